/* SPDX-License-Identifier: MIT */
/* Numbers of threads and processes. */
#include "lib/test.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ixhr2/processthreadsapi.h"

static void *ask(void *out)
{
	*(DWORD *)out = GetCurrentThreadId();
	return NULL;
}

static void threads_have_numbers_of_their_own(void **state)
{
	pthread_t thread;
	DWORD other = 0;

	(void)state;
	assert_int_equal(GetCurrentThreadId(), gettid());
	assert_int_equal(GetCurrentThreadId(), GetCurrentThreadId());
	assert_int_equal(pthread_create(&thread, NULL, ask, &other), 0);
	pthread_join(thread, NULL);
	assert_int_not_equal(other, 0);
	assert_int_not_equal(other, GetCurrentThreadId());
}

static void a_child_has_its_own_number(void **state)
{
	DWORD parent = GetCurrentProcessId();
	pid_t child;
	int status;

	(void)state;
	assert_int_equal(parent, getpid());
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(GetCurrentProcessId() == parent ||
		      GetCurrentProcessId() != (DWORD)getpid() ||
		      GetCurrentThreadId() != (DWORD)gettid());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_have_numbers_of_their_own),
		cmocka_unit_test(a_child_has_its_own_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
