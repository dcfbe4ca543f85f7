/* SPDX-License-Identifier: MIT */
/* The one session of the process: made once, configured before, forgotten by a child. */
#include "lib/test.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "engine/errand.h"
#include "engine/lane.h"
#include "engine/session.h"
#include "engine/settings.h"
#include "engine/spread.h"
#include "http/url.h"
#include "net/loop.h"

#define THREADS 8

/* The sanitizer's allocator does not look after forks: the fewer threads begin their life
 * meanwhile, the better. */
#ifdef __SANITIZE_ADDRESS__
#define FORKED_LOOPS "1"
#else
#define FORKED_LOOPS "3"
#endif

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
	assert_non_null(first->lanes[0].loop);
	assert_non_null(first->lanes[0].dns);
	assert_non_null(first->lanes[0].pool);
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

static void there_are_as_many_lanes_as_loops_are_configured(void **state)
{
	const struct url urls[] = {url_of_request(SPAN("a.example"), 9, false),
				   url_of_request(SPAN("b.example"), 9, false)};
	struct session *session;
	struct lane *lanes[2];

	(void)state;
	assert_int_equal(session_get(&session), ERR_NONE);
	assert_int_equal(session->lane_count, 1);
	assert_null(session->spread);
	session_reset();
	assert_int_equal(session_configure(SESSION_LOOPS, "3"), ERR_NONE);
	assert_int_equal(session_get(&session), ERR_NONE);
	assert_int_equal(session->lane_count, 3);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(session->lanes[i].number, i);
		assert_ptr_equal(session->lanes[i].session, session);
		assert_ptr_equal(session->lanes[i].settings, session->settings);
	}
	assert_ptr_not_equal(session->lanes[0].loop, session->lanes[1].loop);
	for (unsigned i = 0; i < 2; i++)
		lanes[i] = session_enter(session, &urls[i], 0);
	assert_ptr_not_equal(lanes[0], lanes[1]);
	assert_ptr_equal(session_enter(session, &urls[0], 1), lanes[0]);
	session_leave(lanes[0]);
	session_leave(lanes[0]);
	session_leave(lanes[1]);
	assert_int_equal(spread_requests(session->spread), 0);
}

static enum err start(const char *loops, unsigned long n, struct session **out_session)
{
	enum err err;

	assert_int_equal(session_configure(SESSION_LOOPS, loops), ERR_NONE);
	mem_fail_at(n);
	err = session_get(out_session);
	assert_int_equal(err, mem_has_failed() ? ERR_NO_MEMORY : ERR_NONE);
	mem_fail_at(0);
	return err;
}

static void a_failed_start_can_be_tried_again(void **state)
{
	static const char *const loops[] = {"1", "3"};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(loops); i++) {
		for (unsigned long n = 1;; n++) {
			struct session *session = NULL;

			if (!start(loops[i], n, &session))
				break;
			assert_null(session);
			assert_int_equal(session_get(&session), ERR_NONE);
			session_reset();
			assert_int_equal(mem_live_blocks(), 0);
		}
		session_reset();
	}
}

static void note(void *data)
{
	*(int *)data += 1;
}

/* In the child: one more than lanes of a session of its own that run. */
static int try_in_child(const struct session *parents)
{
	struct session *session;
	int answer = 1;

	if (session_get(&session) || session == parents)
		return 1;
	for (unsigned i = 0; i < session->lane_count; i++)
		errand_run(session->lanes[i].loop, note, &answer);
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
	assert_int_equal(session_configure(SESSION_LOOPS, FORKED_LOOPS), ERR_NONE);
	assert_int_equal(session_get(&session), ERR_NONE);
	child = fork();
	assert_true(child >= 0);
	if (!child)
		_exit(try_in_child(session));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), session->lane_count + 1);
	for (unsigned i = 0; i < session->lane_count; i++)
		errand_run(session->lanes[i].loop, note, &answer);
	assert_int_equal(answer, session->lane_count);
}

#define TEST(name) cmocka_unit_test_teardown(name, reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_is_the_same_until_it_is_reset),
		TEST(threads_that_come_together_get_the_same),
		TEST(it_is_configured_before_it_is_used_and_not_after),
		TEST(there_are_as_many_lanes_as_loops_are_configured),
		TEST(a_failed_start_can_be_tried_again),
		TEST(a_child_makes_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
