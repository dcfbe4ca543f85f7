/* SPDX-License-Identifier: MIT */
/* The one session of the process: made once, configured before, forgotten by a child. */
#include "lib/test.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "engine/errand.h"
#include "engine/session.h"
#include "engine/settings.h"

#define THREADS 8

static int reset(void **state)
{
	(void)state;
	session_reset();
	unsetenv("IXHR2_TIMEOUT_MS");
	return mem_live_blocks() ? -1 : 0;
}

static void it_is_the_same_until_it_is_reset(void **state)
{
	struct session *first = NULL, *second = NULL;

	(void)state;
	session_reset();
	assert_int_equal(session_get(&first), ERR_NONE);
	assert_int_equal(session_get(&second), ERR_NONE);
	assert_ptr_equal(first, second);
	assert_non_null(first->loop);
	assert_non_null(first->dns);
	assert_non_null(first->pool);
	session_reset();
	session_reset();
	assert_int_equal(session_get(&second), ERR_NONE);
}

static void *get_it(void *out)
{
	if (session_get(out))
		*(struct session **)out = NULL;
	return NULL;
}

static void threads_that_come_together_get_the_same(void **state)
{
	(void)state;
	for (int round = 0; round < 10; round++) {
		struct session *sessions[THREADS] = {NULL};
		pthread_t threads[THREADS];

		for (int i = 0; i < THREADS; i++)
			assert_int_equal(
				pthread_create(&threads[i], NULL, get_it, &sessions[i]),
				0);
		for (int i = 0; i < THREADS; i++)
			pthread_join(threads[i], NULL);
		for (int i = 0; i < THREADS; i++) {
			assert_non_null(sessions[i]);
			assert_ptr_equal(sessions[i], sessions[0]);
		}
		session_reset();
	}
}

static void it_is_configured_before_it_is_used_and_not_after(void **state)
{
	struct session *session;

	(void)state;
	setenv("IXHR2_TIMEOUT_MS", "7", 1);
	assert_int_equal(session_configure(SESSION_MAX_CONNECTIONS, "six"), ERR_INVALID);
	assert_int_equal(session_configure(SESSION_MAX_CONNECTIONS, "6"), ERR_NONE);
	assert_int_equal(session_get(&session), ERR_NONE);
	assert_int_equal(session->settings->max_connections, 6);
	assert_int_equal(session->settings->timeout_ms, 7);
	assert_int_equal(session_configure(SESSION_MAX_CONNECTIONS, "7"),
			 ERR_WRONG_STATE);
	assert_int_equal(session_configure(SESSION_MAX_CONNECTIONS, NULL),
			 ERR_WRONG_STATE);
	assert_int_equal(session->settings->max_connections, 6);
	session_reset();
	unsetenv("IXHR2_TIMEOUT_MS");
	assert_int_equal(session_get(&session), ERR_NONE);
	assert_int_equal(session->settings->max_connections, 0);
	assert_int_equal(session->settings->timeout_ms, 0);
}

static void a_failed_start_can_be_tried_again(void **state)
{
	(void)state;
	for (unsigned long n = 1;; n++) {
		struct session *session = NULL;
		bool has_failed;
		enum err err;

		mem_fail_at(n);
		err = session_get(&session);
		has_failed = mem_has_failed();
		mem_fail_at(0);
		assert_int_equal(err, has_failed ? ERR_NO_MEMORY : ERR_NONE);
		if (!has_failed)
			return;
		assert_null(session);
		assert_int_equal(session_get(&session), ERR_NONE);
		session_reset();
		assert_int_equal(mem_live_blocks(), 0);
	}
}

static void note(void *data)
{
	*(int *)data = 42;
}

/* In the child: 42 when a session of its own runs. */
static int try_in_child(const struct session *parents)
{
	struct session *session;
	int answer = 0;

	if (session_get(&session) || session == parents)
		return 1;
	errand_run(session->loop, note, &answer);
	return answer;
}

static void a_child_makes_its_own(void **state)
{
	struct session *session;
	int answer = 0, status;
	pid_t child;

	(void)state;
#ifdef __SANITIZE_THREAD__
	skip(); /* it knows no threads behind a fork */
#endif
	assert_int_equal(session_get(&session), ERR_NONE);
	child = fork();
	assert_true(child >= 0);
	if (!child)
		_exit(try_in_child(session));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 42);
	errand_run(session->loop, note, &answer);
	assert_int_equal(answer, 42);
}

#define TEST(name) cmocka_unit_test_teardown(name, reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_is_the_same_until_it_is_reset),
		TEST(threads_that_come_together_get_the_same),
		TEST(it_is_configured_before_it_is_used_and_not_after),
		TEST(a_failed_start_can_be_tried_again),
		TEST(a_child_makes_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
