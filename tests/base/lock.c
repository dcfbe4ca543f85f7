/* SPDX-License-Identifier: MIT */
#include "lib/test.h"

#include <pthread.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/lock.h"

#define THREADS 4
#define ROUNDS	20000

static struct lock lock;
static unsigned long long guarded; /* by it */

static void *count_up(void *unused)
{
	for (int i = 0; i < ROUNDS; i++) {
		lock_take(&lock);
		guarded++;
		lock_give(&lock);
	}
	return unused;
}

static void one_at_a_time_holds_it(void **state)
{
	pthread_t threads[THREADS];

	(void)state;
	guarded = 0;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, count_up, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(guarded, THREADS * ROUNDS);
	assert_int_equal(lock.word, LOCK_FREE);
}

/* Several sleep at once, so that each who gets it must wake the next one. */
static void all_who_wait_get_it(void **state)
{
	pthread_t threads[THREADS];

	(void)state;
	guarded = 0;
	lock_take(&lock);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, count_up, NULL), 0);
	while (atomic_load(&lock.word) != LOCK_WANTED)
		usleep(100);
	assert_int_equal(guarded, 0);
	lock_give(&lock);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(guarded, THREADS * ROUNDS);
}

static void nobody_is_woken_where_nobody_waits(void **state)
{
	(void)state;
	lock_take(&lock);
	assert_int_equal(lock.word, LOCK_TAKEN);
	lock_give(&lock);
	assert_int_equal(lock.word, LOCK_FREE);
}

static void who_only_tries_does_not_wait(void **state)
{
	(void)state;
	assert_true(lock_try(&lock));
	assert_false(lock_try(&lock));
	assert_int_equal(lock.word, LOCK_TAKEN);
	lock_give(&lock);
	assert_int_equal(lock.word, LOCK_FREE);
}

static void *let_go(void *out_has_gone)
{
	usleep(1000);
	*(bool *)out_has_gone = true;
	lock_give(&lock);
	return NULL;
}

static void the_end_waits_for_the_last_holder(void **state)
{
	bool has_gone = false;
	pthread_t thread;

	(void)state;
	lock_pass(&lock);
	assert_int_equal(lock.word, LOCK_FREE);
	lock_take(&lock);
	assert_int_equal(pthread_create(&thread, NULL, let_go, &has_gone), 0);
	lock_pass(&lock);
	assert_true(has_gone);
	pthread_join(thread, NULL);
	lock_give(&lock);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_at_a_time_holds_it),
		cmocka_unit_test(all_who_wait_get_it),
		cmocka_unit_test(nobody_is_woken_where_nobody_waits),
		cmocka_unit_test(who_only_tries_does_not_wait),
		cmocka_unit_test(the_end_waits_for_the_last_holder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
