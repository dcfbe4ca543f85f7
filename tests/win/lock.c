/* SPDX-License-Identifier: MIT */
/* Critical sections and SRW locks. What they guard is not atomic. */
#include "lib/test.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ixhr2/synchapi.h"

#define ROUNDS	3000
#define THREADS 4

static CRITICAL_SECTION section;
static SRWLOCK lock = SRWLOCK_INIT;
static long count;

static void run_threads(void *(*run)(void *))
{
	pthread_t threads[THREADS];

	count = 0;
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, run, NULL), 0);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

/* What a thread of its own answers. */
static bool elsewhere(void *(*ask)(void *))
{
	pthread_t thread;
	void *answer;

	assert_int_equal(pthread_create(&thread, NULL, ask, NULL), 0);
	pthread_join(thread, &answer);
	return answer != NULL;
}

static void *can_enter(void *unused)
{
	(void)unused;
	if (!TryEnterCriticalSection(&section))
		return NULL;
	LeaveCriticalSection(&section);
	return &section;
}

static void a_thread_may_enter_again_and_others_may_not(void **state)
{
	(void)state;
	InitializeCriticalSection(&section);
	EnterCriticalSection(&section);
	EnterCriticalSection(&section);
	assert_int_equal(TryEnterCriticalSection(&section), TRUE);
	for (int i = 0; i < 3; i++) {
		assert_false(elsewhere(can_enter));
		LeaveCriticalSection(&section);
	}
	assert_true(elsewhere(can_enter));
	DeleteCriticalSection(&section);
}

static void *count_in_section(void *unused)
{
	for (int i = 0; i < ROUNDS; i++) {
		if (i % 3 || !TryEnterCriticalSection(&section))
			EnterCriticalSection(&section);
		count++;
		LeaveCriticalSection(&section);
	}
	return unused;
}

static void one_thread_is_in_a_critical_section_at_a_time(void **state)
{
	(void)state;
	assert_int_equal(InitializeCriticalSectionAndSpinCount(&section, 4000), TRUE);
	run_threads(count_in_section);
	assert_int_equal(count, THREADS * ROUNDS);
	DeleteCriticalSection(&section);
	assert_int_equal(InitializeCriticalSectionEx(&section, 0, 0x01000000), TRUE);
	run_threads(count_in_section);
	assert_int_equal(count, THREADS * ROUNDS);
	DeleteCriticalSection(&section);
}

static void an_srw_lock_begins_as_the_systems_locks_do(void **state)
{
	const pthread_rwlock_t initial = PTHREAD_RWLOCK_INITIALIZER;
	const pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
	SRWLOCK other;

	(void)state;
	assert_memory_equal(&lock, &initial, sizeof(initial));
	assert_memory_equal(&lock, &gate, sizeof(gate));
	memset(&other, 1, sizeof(other));
	InitializeSRWLock(&other);
	assert_memory_equal(&other, &lock, sizeof(lock));
}

static void *can_write(void *unused)
{
	(void)unused;
	if (!TryAcquireSRWLockExclusive(&lock))
		return NULL;
	ReleaseSRWLockExclusive(&lock);
	return &lock;
}

static void *can_read(void *unused)
{
	(void)unused;
	if (!TryAcquireSRWLockShared(&lock))
		return NULL;
	ReleaseSRWLockShared(&lock);
	return &lock;
}

static void readers_let_readers_in_and_writers_nobody(void **state)
{
	(void)state;
	assert_true(elsewhere(can_read));
	assert_true(elsewhere(can_write));
	AcquireSRWLockShared(&lock);
	assert_true(elsewhere(can_read));
	assert_false(elsewhere(can_write));
	ReleaseSRWLockShared(&lock);
	AcquireSRWLockExclusive(&lock);
	assert_false(elsewhere(can_read));
	assert_false(elsewhere(can_write));
	ReleaseSRWLockExclusive(&lock);
	assert_true(elsewhere(can_write));
}

/* Two halves that a reader sees equal. */
static long halves[2];
static atomic_long torn;

static void *read_and_write(void *unused)
{
	for (int i = 0; i < ROUNDS; i++) {
		AcquireSRWLockExclusive(&lock);
		halves[0]++;
		count++;
		halves[1]++;
		ReleaseSRWLockExclusive(&lock);
		AcquireSRWLockShared(&lock);
		torn += halves[0] != halves[1];
		ReleaseSRWLockShared(&lock);
	}
	return unused;
}

static void a_reader_sees_what_a_writer_has_finished(void **state)
{
	(void)state;
	run_threads(read_and_write);
	assert_int_equal(count, THREADS * ROUNDS);
	assert_int_equal(atomic_load(&torn), 0);
}

/* How often a reader looks whether the other one has come, before it goes. */
#define LOOKS 1000

static atomic_bool is_written;
static atomic_int readers_come;

/* Goes when the other reader has come, so that there is always one. */
static void *read_by_turns(void *unused)
{
	while (!atomic_load(&is_written)) {
		int mine;

		AcquireSRWLockShared(&lock);
		mine = atomic_fetch_add(&readers_come, 1) + 1;
		for (int i = 0; i < LOOKS && atomic_load(&readers_come) == mine; i++)
			sched_yield();
		ReleaseSRWLockShared(&lock);
	}
	return unused;
}

static void readers_that_relieve_each_other_let_a_writer_in(void **state)
{
	pthread_t readers[2];

	(void)state;
	(void)alarm(300); /* instead of a test that never ends */
	for (size_t i = 0; i < TEST_COUNT(readers); i++)
		assert_int_equal(pthread_create(&readers[i], NULL, read_by_turns, NULL),
				 0);
	while (atomic_load(&readers_come) < 10)
		sched_yield();
	AcquireSRWLockExclusive(&lock);
	atomic_store(&is_written, true);
	ReleaseSRWLockExclusive(&lock);
	for (size_t i = 0; i < TEST_COUNT(readers); i++)
		pthread_join(readers[i], NULL);
	(void)alarm(0);
}

#ifndef __SANITIZE_THREAD__ /* it ends the process before the library does */
static void who_takes_a_lock_alone_twice_ends_the_process(void **state)
{
	const struct rlimit none = {0, 0};
	int status;
	pid_t child = fork();

	(void)state;
	assert_true(child >= 0);
	if (child == 0) {
		(void)setrlimit(RLIMIT_CORE, &none);
		(void)signal(SIGABRT, SIG_DFL); /* not the test's own */
		AcquireSRWLockExclusive(&lock);
		AcquireSRWLockExclusive(&lock);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_thread_may_enter_again_and_others_may_not),
		cmocka_unit_test(one_thread_is_in_a_critical_section_at_a_time),
		cmocka_unit_test(an_srw_lock_begins_as_the_systems_locks_do),
		cmocka_unit_test(readers_let_readers_in_and_writers_nobody),
		cmocka_unit_test(a_reader_sees_what_a_writer_has_finished),
		cmocka_unit_test(readers_that_relieve_each_other_let_a_writer_in),
#ifndef __SANITIZE_THREAD__
		cmocka_unit_test(who_takes_a_lock_alone_twice_ends_the_process),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
