/* SPDX-License-Identifier: MIT */
#include "lib/test.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/hash.h"

/* A child of a process with threads makes a thread of its own here; and many processes
 * end, each of which would wait a second for its threads. */
__attribute__((visibility("default"))) const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
	return "die_after_fork=0:atexit_sleep_ms=0";
}

static void *use_nested(void *argument)
{
	unsigned char digest[HASH_MAX_BYTES];

	(void)argument;
	crypto_enter();
	if (hash_of(HASH_SHA256, SPAN("abc"), digest))
		_exit(2);
	crypto_leave();
	return NULL;
}

/* ---- exit ---- */

static void tell_ours(void)
{
	puts("ours");
}

static void tell_libcrypto(void)
{
	puts("libcrypto's");
}

/* In a process of its own, where nothing has used libcrypto. */
static int exit_in_order(void)
{
	if (crypto_load() || atexit(tell_ours) || !OPENSSL_atexit(tell_libcrypto))
		return 1;
	return 0;
}

static void the_cleanup_of_libcrypto_comes_last(void **state)
{
	char path[512], command[600], line[32];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);
	FILE *pipe;

	(void)state;
	assert_true(len > 0);
	path[len] = '\0';
	snprintf(command, sizeof(command), "'%s' exit", path);
	pipe = popen(command, "re");
	assert_non_null(pipe);
	assert_non_null(fgets(line, sizeof(line), pipe));
	assert_string_equal(line, "ours\n");
	assert_non_null(fgets(line, sizeof(line), pipe));
	assert_string_equal(line, "libcrypto's\n");
	assert_int_equal(pclose(pipe), 0);
	/* Once more does no harm. */
	assert_int_equal(crypto_load(), ERR_NONE);
}

/* A program's thread that goes on while the process ends. */
static void *use_for_ever(void *argument)
{
	unsigned char digest[HASH_MAX_BYTES];

	for (;;)
		if (hash_of(HASH_SHA256, SPAN("abc"), digest))
			_exit(2);
	return argument;
}

static int exit_while_it_is_used(void)
{
	pthread_t thread;

	for (int i = 0; i < 4; i++)
		if (crypto_load() || pthread_create(&thread, NULL, use_for_ever, NULL))
			return 1;
	usleep(1000);
	return 0;
}

static void a_process_may_end_while_it_is_used(void **state)
{
	char path[512], command[600];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);

	(void)state;
	assert_true(len > 0);
	path[len] = '\0';
	snprintf(command, sizeof(command), "'%s' use", path);
	for (int i = 0; i < 30; i++)
		assert_int_equal(system(command), 0);
}

#define LEAVERS 16

static pthread_t leavers[LEAVERS];
static pthread_barrier_t door;

static void *use_and_leave(void *unused)
{
	unsigned char bytes[16];

	crypto_enter();
	ERR_clear_error();
	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		_exit(2);
	crypto_leave();
	pthread_barrier_wait(&door);
	return unused;
}

static void join_leavers(void)
{
	for (int i = 0; i < LEAVERS; i++)
		pthread_join(leavers[i], NULL);
}

/* A program waits for its threads behind the cleanup, or before it, or not at all. */
static int leave_while_it_ends(unsigned number)
{
	unsigned way = number % 4;

	if ((way == 1 && atexit(join_leavers)) || crypto_load() ||
	    (way == 2 && atexit(join_leavers)))
		return 1;
	pthread_barrier_init(&door, NULL, LEAVERS + 1);
	for (int i = 0; i < LEAVERS; i++) {
		if (pthread_create(&leavers[i], NULL, use_and_leave, NULL))
			return 1;
		if (way == 0 || way == 3)
			pthread_detach(leavers[i]);
	}
	pthread_barrier_wait(&door);
	for (unsigned volatile i = 0; i < number % 100 * 500; i++)
		;
	return 0;
}

static int leave_in_children(void)
{
	for (unsigned i = 0; i < 200; i++) {
		pid_t child = fork();
		int status;

		if (child == 0)
			exit(leave_while_it_ends(i));
		if (waitpid(child, &status, 0) != child || status)
			return 1;
	}
	return 0;
}

/* What libcrypto keeps for them is not freed twice, nor at all behind its cleanup. */
static void threads_may_end_while_a_process_does(void **state)
{
	char path[512], command[600];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);

	(void)state;
	assert_true(len > 0);
	path[len] = '\0';
	snprintf(command, sizeof(command), "ASAN_OPTIONS=detect_leaks=0 '%s' leave",
		 path);
	assert_int_equal(system(command), 0);
}

/* ---- fork ---- */

/* How long a fork is given to go wrong. */
#define FORK_MS 50

static atomic_bool is_forked;

/* The child uses libcrypto in two threads; its status is the argument's. */
static void *fork_here(void *argument)
{
	pid_t child = fork();
	pthread_t thread;
	int status = -1;

	if (child == 0) {
		use_nested(NULL);
		if (pthread_create(&thread, NULL, use_nested, NULL) ||
		    pthread_join(thread, NULL))
			_exit(3);
		_exit(0);
	}
	atomic_store(&is_forked, true);
	waitpid(child, &status, 0);
	*(int *)argument = status;
	return NULL;
}

static void a_fork_waits_for_those_who_are_inside(void **state)
{
	pthread_t thread;
	int status = -1;

	(void)state;
	assert_int_equal(crypto_load(), ERR_NONE);
	for (unsigned i = 0; i < 3; i++) {
		atomic_store(&is_forked, false);
		crypto_enter();
		assert_int_equal(pthread_create(&thread, NULL, fork_here, &status), 0);
		usleep(FORK_MS * 1000);
		assert_false(atomic_load(&is_forked));
		/* Who waits outside does not keep those inside from going deeper. */
		use_nested(NULL);
		assert_false(atomic_load(&is_forked));
		crypto_leave();
		assert_int_equal(pthread_join(thread, NULL), 0);
		assert_int_equal(status, 0);
	}
}

static void a_thread_may_end(void **state)
{
	(void)state;
	use_nested(NULL);
	crypto_end_thread();
	use_nested(NULL);
}

static atomic_bool is_enough;

/* Of several that do so, one is always inside. */
static void *use_again_and_again(void *unused)
{
	(void)unused;
	while (!atomic_load(&is_enough)) {
		crypto_enter();
		usleep(200);
		crypto_leave();
	}
	return NULL;
}

static void a_fork_comes_through_among_many_who_use_it(void **state)
{
	pthread_t threads[4];
	int status;

	(void)state;
	assert_int_equal(crypto_load(), ERR_NONE);
	for (int i = 0; i < 4; i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, use_again_and_again, NULL), 0);
	for (int i = 0; i < 10; i++) {
		pid_t child;

		usleep(1000);
		child = fork();
		if (child == 0)
			_exit(0);
		assert_int_equal(waitpid(child, &status, 0), child);
	}
	atomic_store(&is_enough, true);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
}

int main(int argc, char **argv)
{
	if (argc > 1 && argv[1][0] == 'l')
		return leave_in_children();
	if (argc > 1)
		return argv[1][0] == 'u' ? exit_while_it_is_used() : exit_in_order();

	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_cleanup_of_libcrypto_comes_last),
		cmocka_unit_test(a_process_may_end_while_it_is_used),
		cmocka_unit_test(threads_may_end_while_a_process_does),
		cmocka_unit_test(a_fork_waits_for_those_who_are_inside),
		cmocka_unit_test(a_fork_comes_through_among_many_who_use_it),
		cmocka_unit_test(a_thread_may_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
