/* SPDX-License-Identifier: MIT */
/* What is loaded is loaded once, so every case has a process of its own. */
#include "lib/test.h"

#include <pthread.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "web/negotiate.h"
#include "web/negotiate_library.h"

#define THREADS 8

/* Whether a child, for which the library is in this file, finds no scheme. */
static bool is_missing_from(const char *file)
{
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		struct negotiate *negotiate = NULL;
		bool is_missing;

		negotiate_library_rename(file);
		is_missing = !negotiate_library_get() && !negotiate_library_get() &&
			     negotiate_new(NEGOTIATE_SPNEGO, SPAN("localhost"), NULL,
					   &negotiate) == ERR_MISSING &&
			     !negotiate;
		_exit(is_missing ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void without_the_library_there_is_no_scheme(void **state)
{
	(void)state;
	assert_true(is_missing_from("libgssapi_krb5.so.none"));
}

static void a_library_without_the_functions_is_none(void **state)
{
	(void)state;
	assert_true(is_missing_from("libpthread.so.0"));
}

static void *get(void *unused)
{
	(void)unused;
	return (void *)(uintptr_t)negotiate_library_get();
}

static void all_threads_get_the_same_library(void **state)
{
	pthread_t threads[THREADS];
	void *first, *other;

	(void)state;
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, get, NULL), 0);
	pthread_join(threads[0], &first);
	assert_non_null(first);
	for (unsigned i = 1; i < THREADS; i++) {
		pthread_join(threads[i], &other);
		assert_ptr_equal(other, first);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_the_library_there_is_no_scheme),
		cmocka_unit_test(a_library_without_the_functions_is_none),
		cmocka_unit_test(all_threads_get_the_same_library),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
