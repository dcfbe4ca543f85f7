/* SPDX-License-Identifier: MIT */
#include "lib/test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/mem.h"

#define THREADS		4
#define BLOCKS_A_THREAD 1000

static bool is_all_zero(const char *at, size_t bytes)
{
	while (bytes--) {
		if (at[bytes])
			return false;
	}
	return true;
}

static void zeroed_memory_is_zero(void **state)
{
	char *single = mem_zalloc(100);
	char *array = mem_array(10, 10);

	(void)state;
	assert_non_null(single);
	assert_non_null(array);
	assert_true(is_all_zero(single, 100));
	assert_true(is_all_zero(array, 100));
	mem_free(single);
	mem_free(array);
}

static void an_array_that_overflows_is_refused(void **state)
{
	char *old = mem_alloc(8);
	/* Hidden from the compiler, which would warn. */
	volatile size_t half = SIZE_MAX / 2 + 1;

	(void)state;
	assert_non_null(old);
	memcpy(old, "content", 8);
	assert_null(mem_array(half, 2));
	assert_null(mem_resize(old, half, 2));
	assert_string_equal(old, "content");
	mem_free(old);
}

static void resizing_keeps_what_was_there(void **state)
{
	char *at = mem_resize(NULL, 4, 1);

	(void)state;
	assert_non_null(at);
	memcpy(at, "abc", 4);
	at = mem_resize(at, 1000, 4);
	assert_non_null(at);
	assert_string_equal(at, "abc");
	mem_free(at);
}

static void a_wiped_secret_is_gone(void **state)
{
	char secret[] = "password";

	(void)state;
	mem_wipe(secret, sizeof(secret));
	assert_true(is_all_zero(secret, sizeof(secret)));
	mem_wipe(NULL, 0);
}

static void only_the_nth_allocation_fails(void **state)
{
	void *blocks[5];

	(void)state;
	mem_fail_at(3);
	for (size_t i = 0; i < TEST_COUNT(blocks); i++) {
		assert_int_equal(mem_has_failed(), i > 2);
		blocks[i] = mem_alloc(1);
		assert_int_equal(blocks[i] == NULL, i == 2);
	}
	mem_fail_at(0);
	assert_false(mem_has_failed());
	for (size_t i = 0; i < TEST_COUNT(blocks); i++)
		mem_free(blocks[i]);
}

static void every_door_to_memory_can_fail(void **state)
{
	char *old = mem_alloc(1);

	(void)state;
	assert_non_null(old);
	mem_fail_from(1);
	assert_null(mem_alloc(1));
	assert_null(mem_zalloc(1));
	assert_null(mem_array(1, 1));
	assert_null(mem_resize(old, 100, 1));
	assert_null(mem_resize(NULL, 1, 1));
	assert_true(mem_has_failed());
	mem_fail_at(0);
	mem_free(old);
}

static void every_allocation_from_the_nth_on_fails(void **state)
{
	void *first;

	(void)state;
	mem_fail_from(2);
	first = mem_alloc(1);
	assert_non_null(first);
	assert_false(mem_has_failed());
	for (int i = 0; i < 10; i++)
		assert_null(mem_alloc(1));
	assert_true(mem_has_failed());
	mem_fail_from(0);
	mem_free(first);
}

static void live_blocks_are_counted_in_debug_builds(void **state)
{
	long before = mem_live_blocks();
	void *a = mem_alloc(1);
	void *b = mem_resize(NULL, 1, 1);

	(void)state;
	b = mem_resize(b, 100, 1);
#ifndef NDEBUG
	assert_int_equal(mem_live_blocks(), before + 2);
#else
	assert_int_equal(mem_live_blocks(), 0);
#endif
	mem_free(a);
	mem_free(b);
	mem_free(NULL);
	assert_int_equal(mem_live_blocks(), before);
}

static void *allocate_many(void *failures)
{
	for (int i = 0; i < BLOCKS_A_THREAD; i++) {
		void *at = mem_alloc(16);

		if (!at)
			atomic_fetch_add((atomic_int *)failures, 1);
		mem_free(at);
	}
	return NULL;
}

static int failures_in_many_threads(void)
{
	pthread_t threads[THREADS];
	atomic_int failures = 0;

	for (int i = 0; i < THREADS; i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, allocate_many, &failures), 0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	return failures;
}

static void of_many_threads_exactly_one_meets_the_failure(void **state)
{
	(void)state;
	mem_fail_at(THREADS * BLOCKS_A_THREAD / 2);
	assert_int_equal(failures_in_many_threads(), 1);
	assert_true(mem_has_failed());
	mem_fail_at(0);
}

static void of_many_threads_each_meets_the_failures_that_follow(void **state)
{
	(void)state;
	mem_fail_from(THREADS * BLOCKS_A_THREAD / 2 + 1);
	assert_int_equal(failures_in_many_threads(), THREADS * BLOCKS_A_THREAD / 2);
	mem_fail_from(0);
}

static void blocks_of_many_threads_are_counted(void **state)
{
	long before = mem_live_blocks();

	(void)state;
	assert_int_equal(failures_in_many_threads(), 0);
	assert_int_equal(mem_live_blocks(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zeroed_memory_is_zero),
		cmocka_unit_test(an_array_that_overflows_is_refused),
		cmocka_unit_test(resizing_keeps_what_was_there),
		cmocka_unit_test(a_wiped_secret_is_gone),
		cmocka_unit_test(only_the_nth_allocation_fails),
		cmocka_unit_test(every_door_to_memory_can_fail),
		cmocka_unit_test(every_allocation_from_the_nth_on_fails),
		cmocka_unit_test(live_blocks_are_counted_in_debug_builds),
		cmocka_unit_test(of_many_threads_exactly_one_meets_the_failure),
		cmocka_unit_test(of_many_threads_each_meets_the_failures_that_follow),
		cmocka_unit_test(blocks_of_many_threads_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
