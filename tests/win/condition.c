/* SPDX-License-Identifier: MIT */
/* Condition variables and what is done once. A wake-up that is lost is a test that does
 * not end. */
#include "lib/test.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "ixhr2/errhandlingapi.h"
#include "ixhr2/synchapi.h"

#define PIECES	5000
#define THREADS 4

/* A box for one piece, with each kind of lock. */
static CRITICAL_SECTION section;
static SRWLOCK lock = SRWLOCK_INIT;
static CONDITION_VARIABLE filled = CONDITION_VARIABLE_INIT;
static CONDITION_VARIABLE emptied = CONDITION_VARIABLE_INIT;
static bool is_full;
static long taken;
static bool uses_section;

static void take_lock(void)
{
	if (uses_section)
		EnterCriticalSection(&section);
	else
		AcquireSRWLockExclusive(&lock);
}

static void give_lock(void)
{
	if (uses_section)
		LeaveCriticalSection(&section);
	else
		ReleaseSRWLockExclusive(&lock);
}

static void sleep_at(CONDITION_VARIABLE *condition)
{
	BOOL is_woken =
		uses_section ? SleepConditionVariableCS(condition, &section, INFINITE)
			     : SleepConditionVariableSRW(condition, &lock, INFINITE, 0);

	if (!is_woken)
		abort();
}

static void *put_pieces(void *unused)
{
	for (int i = 0; i < PIECES; i++) {
		take_lock();
		while (is_full)
			sleep_at(&emptied);
		is_full = true;
		give_lock();
		WakeConditionVariable(&filled);
	}
	return unused;
}

static void *take_pieces(void *unused)
{
	for (int i = 0; i < PIECES; i++) {
		take_lock();
		while (!is_full)
			sleep_at(&filled);
		is_full = false;
		taken++;
		WakeConditionVariable(&emptied);
		give_lock();
	}
	return unused;
}

static void no_wake_up_is_lost(void **state)
{
	(void)state;
	for (int kind = 0; kind < 2; kind++) {
		pthread_t threads[2 * THREADS];

		uses_section = kind;
		taken = 0;
		InitializeCriticalSection(&section);
		InitializeConditionVariable(&filled);
		for (size_t i = 0; i < 2 * THREADS; i++)
			assert_int_equal(pthread_create(&threads[i], NULL,
							i % 2 ? put_pieces : take_pieces,
							NULL),
					 0);
		for (size_t i = 0; i < 2 * THREADS; i++)
			pthread_join(threads[i], NULL);
		assert_int_equal(taken, THREADS * PIECES);
		DeleteCriticalSection(&section);
	}
}

static void time_is_up_with_the_lock_held(void **state)
{
	(void)state;
	InitializeCriticalSection(&section);
	EnterCriticalSection(&section);
	assert_int_equal(SleepConditionVariableCS(&filled, &section, 5), FALSE);
	assert_int_equal(GetLastError(), ERROR_TIMEOUT);
	LeaveCriticalSection(&section);
	DeleteCriticalSection(&section);
	for (ULONG flags = 0; flags < 2; flags++) {
		ixhr2_acquire_srw_lock(&lock, (BOOL)flags);
		SetLastError(0);
		assert_int_equal(SleepConditionVariableSRW(&filled, &lock, 5, flags),
				 FALSE);
		assert_int_equal(GetLastError(), ERROR_TIMEOUT);
		assert_false(TryAcquireSRWLockExclusive(&lock));
		ixhr2_release_srw_lock(&lock);
	}
	AcquireSRWLockExclusive(&lock);
	assert_int_equal(SleepConditionVariableSRW(&filled, &lock, INFINITE, 2), FALSE);
	assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);
	ReleaseSRWLockExclusive(&lock);
}

static bool may_go;
static long gone;

static void *go_together(void *unused)
{
	AcquireSRWLockShared(&lock);
	while (!may_go)
		(void)SleepConditionVariableSRW(&filled, &lock, INFINITE,
						CONDITION_VARIABLE_LOCKMODE_SHARED);
	ReleaseSRWLockShared(&lock);
	AcquireSRWLockExclusive(&lock);
	gone++;
	ReleaseSRWLockExclusive(&lock);
	return unused;
}

static void all_are_woken_at_once(void **state)
{
	pthread_t threads[THREADS];

	(void)state;
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, go_together, NULL), 0);
	AcquireSRWLockExclusive(&lock);
	may_go = true;
	ReleaseSRWLockExclusive(&lock);
	WakeAllConditionVariable(&filled);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(gone, THREADS);
}

/* How often it was tried, and what was made. */
static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
static long tries;
static long made;
static atomic_int arrived;

/* Fails as often as the parameter says. Lasts until all have come, most of whom wait
 * then.
 */
static BOOL CALLBACK make_once(PINIT_ONCE which, PVOID parameter, PVOID *context)
{
	if (which != &once)
		abort();
	while (atomic_load(&arrived) < THREADS)
		sched_yield();
	if (tries++ < *(const long *)parameter)
		return FALSE;
	made = 42;
	*context = &made;
	return TRUE;
}

static void *use_once(void *parameter)
{
	void *context = NULL;

	atomic_fetch_add(&arrived, 1);
	while (!InitOnceExecuteOnce(&once, make_once, parameter, &context))
		;
	return *(long *)context == 42 ? context : NULL;
}

static void what_is_done_once_is_seen_by_all(void **state)
{
	(void)state;
	for (long failures = 0; failures < 3; failures++) {
		pthread_t threads[THREADS];

		tries = 0;
		made = 0;
		atomic_store(&arrived, 0);
		InitOnceInitialize(&once);
		for (size_t i = 0; i < THREADS; i++)
			assert_int_equal(
				pthread_create(&threads[i], NULL, use_once, &failures),
				0);
		for (size_t i = 0; i < THREADS; i++) {
			void *seen = NULL;

			pthread_join(threads[i], &seen);
			assert_ptr_equal(seen, &made);
		}
		assert_int_equal(tries, failures + 1);
	}
}

static void a_failed_attempt_says_so_and_sets_nothing(void **state)
{
	long failures = 1;
	void *context = &failures;

	(void)state;
	tries = 0;
	atomic_store(&arrived, THREADS);
	InitOnceInitialize(&once);
	assert_int_equal(InitOnceExecuteOnce(&once, make_once, &failures, &context),
			 FALSE);
	assert_ptr_equal(context, &failures);
	assert_int_equal(InitOnceExecuteOnce(&once, make_once, &failures, NULL), TRUE);
	assert_int_equal(InitOnceExecuteOnce(&once, make_once, NULL, &context), TRUE);
	assert_ptr_equal(context, &made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_wake_up_is_lost),
		cmocka_unit_test(time_is_up_with_the_lock_held),
		cmocka_unit_test(all_are_woken_at_once),
		cmocka_unit_test(what_is_done_once_is_seen_by_all),
		cmocka_unit_test(a_failed_attempt_says_so_and_sets_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
