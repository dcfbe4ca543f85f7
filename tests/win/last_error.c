/* SPDX-License-Identifier: MIT */
/* The last error belongs to its thread, and to nothing else. */
#include "lib/test.h"

#include <errno.h>
#include <pthread.h>

#include "win/last_error.h"

static void it_is_what_was_set(void **state)
{
	(void)state;
	SetLastError(ERROR_INVALID_HANDLE);
	assert_int_equal(GetLastError(), ERROR_INVALID_HANDLE);
	assert_int_equal(GetLastError(), ERROR_INVALID_HANDLE);
	SetLastError(0xFFFFFFFFu);
	assert_int_equal(GetLastError(), 0xFFFFFFFFu);
	SetLastError(0);
	assert_int_equal(GetLastError(), 0);
}

static void errno_and_it_leave_each_other_alone(void **state)
{
	(void)state;
	SetLastError(5);
	errno = ENOENT;
	assert_int_equal(GetLastError(), 5);
	SetLastError(6);
	assert_int_equal(errno, ENOENT);
	errno = 0;
	assert_int_equal(GetLastError(), 6);
}

static void *use_own(void *out)
{
	*(DWORD *)out = GetLastError();
	SetLastError(7);
	return NULL;
}

static void every_thread_has_its_own_which_is_0_first(void **state)
{
	(void)state;
	SetLastError(9);
	for (int i = 0; i < 3; i++) {
		pthread_t thread;
		DWORD first = 1;

		assert_int_equal(pthread_create(&thread, NULL, use_own, &first), 0);
		pthread_join(thread, NULL);
		assert_int_equal(first, 0);
		assert_int_equal(GetLastError(), 9);
	}
}

static void a_failing_function_sets_it_and_answers_false(void **state)
{
	(void)state;
	assert_int_equal(last_error_fail(ERROR_ACCESS_DENIED), FALSE);
	assert_int_equal(GetLastError(), ERROR_ACCESS_DENIED);
	last_error_set(3);
	assert_int_equal(GetLastError(), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_what_was_set),
		cmocka_unit_test(errno_and_it_leave_each_other_alone),
		cmocka_unit_test(every_thread_has_its_own_which_is_0_first),
		cmocka_unit_test(a_failing_function_sets_it_and_answers_false),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
