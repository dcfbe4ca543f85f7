/* SPDX-License-Identifier: MIT */
/* Handles: what is refused, what is shared, how many there may be. */
#include "lib/test.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ixhr2/fileapi.h"
#include "ixhr2/processthreadsapi.h"
#include "ixhr2/synchapi.h"
#include "win/object.h"

/* More than the first tables have room for. */
#define MANY 5000

#define ROUNDS	200
#define RACES	2000
#define THREADS 4

static HANDLE make_event(void)
{
	HANDLE event = CreateEventExW(NULL, NULL, 0, EVENT_ALL_ACCESS);

	assert_non_null(event);
	return event;
}

static void assert_no_handle(HANDLE handle)
{
	SetLastError(0);
	assert_int_equal(CloseHandle(handle), FALSE);
	assert_int_equal(GetLastError(), ERROR_INVALID_HANDLE);
	SetLastError(0);
	assert_int_equal(SetEvent(handle), FALSE);
	assert_int_equal(GetLastError(), ERROR_INVALID_HANDLE);
	SetLastError(0);
	assert_int_equal(WaitForSingleObject(handle, INFINITE), WAIT_FAILED);
	assert_int_equal(GetLastError(), ERROR_INVALID_HANDLE);
}

static void what_is_no_handle_is_refused(void **state)
{
	HANDLE open = make_event();
	void *memory = malloc(100);
	int local = 0;

	(void)state;
	assert_no_handle(NULL);
	assert_no_handle(INVALID_HANDLE_VALUE);
	assert_no_handle((HANDLE)(intptr_t)-2);
	assert_no_handle(memory);
	assert_no_handle(&local);
	assert_no_handle((HANDLE)(uintptr_t)assert_no_handle);
	for (uintptr_t bits = 1; bits < 4; bits++)
		assert_no_handle((HANDLE)((uintptr_t)open | bits));
	for (unsigned bit = 2; bit < 8 * sizeof(HANDLE); bit++)
		assert_no_handle((HANDLE)((uintptr_t)open ^ (uintptr_t)1 << bit));
	for (uintptr_t bits = 0; bits < 4000; bits++) {
		if ((HANDLE)bits != open)
			assert_int_equal(CloseHandle((HANDLE)bits), FALSE);
	}
	free(memory);
	assert_int_equal(CloseHandle(open), TRUE);
}

static void a_closed_handle_stays_closed_however_often_its_slot_is_used(void **state)
{
	HANDLE stale[ROUNDS];

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		stale[i] = make_event();
		assert_int_equal(CloseHandle(stale[i]), TRUE);
		for (int k = 0; k < i; k++)
			assert_ptr_not_equal(stale[k], stale[i]);
	}
	for (int i = 0; i < ROUNDS; i++)
		assert_no_handle(stale[i]);
}

static void there_may_be_thousands(void **state)
{
	static HANDLE events[MANY];
	long blocks;

	(void)state;
	for (int i = 0; i < MANY; i++)
		events[i] = make_event();
	blocks = mem_live_blocks();
	assert_int_equal(SetEvent(events[MANY / 2]), TRUE);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(WaitForSingleObject(events[i], 0),
				 i == MANY / 2 ? WAIT_OBJECT_0 : WAIT_TIMEOUT);
	for (int i = 0; i < MANY; i += 2)
		assert_int_equal(CloseHandle(events[i]), TRUE);
	for (int i = 1; i < MANY; i += 2)
		assert_int_equal(CloseHandle(events[i]), TRUE);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(SetEvent(events[i]), FALSE);
	assert_int_equal(mem_live_blocks(), blocks ? blocks - MANY : 0);
}

static void a_duplicate_means_the_same_event(void **state)
{
	HANDLE first = make_event();
	HANDLE second;

	(void)state;
	assert_int_equal(DuplicateHandle(GetCurrentProcess(), first, GetCurrentProcess(),
					 &second, 0, FALSE, DUPLICATE_SAME_ACCESS),
			 TRUE);
	assert_ptr_not_equal(first, second);
	assert_int_equal(SetEvent(first), TRUE);
	assert_int_equal(CloseHandle(first), TRUE);
	assert_no_handle(first);
	assert_int_equal(WaitForSingleObject(second, 0), WAIT_OBJECT_0);
	assert_int_equal(WaitForSingleObject(second, 0), WAIT_TIMEOUT);
	assert_int_equal(CloseHandle(second), TRUE);
}

static void a_duplicate_may_close_its_source(void **state)
{
	HANDLE first = make_event();
	HANDLE second;

	(void)state;
	assert_int_equal(DuplicateHandle(GetCurrentProcess(), first, GetCurrentProcess(),
					 &second, 0, FALSE,
					 DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE),
			 TRUE);
	assert_no_handle(first);
	assert_int_equal(DuplicateHandle(GetCurrentProcess(), second, GetCurrentProcess(),
					 NULL, 0, FALSE, DUPLICATE_CLOSE_SOURCE),
			 TRUE);
	assert_no_handle(second);
}

/* What another thread closes as soon as it is there; then whether it could. */
static _Atomic(HANDLE) offered;
static atomic_int was_closed;

static void *close_what_is_offered(void *unused)
{
	for (int i = 0; i < RACES; i++) {
		HANDLE handle;

		while (!(handle = atomic_exchange(&offered, NULL)))
			sched_yield();
		atomic_store(&was_closed, CloseHandle(handle));
	}
	return unused;
}

static void a_source_that_another_thread_closes_leaves_no_duplicate(void **state)
{
	HANDLE self = GetCurrentProcess();
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, close_what_is_offered, NULL), 0);
	for (int i = 0; i < RACES; i++) {
		HANDLE event = make_event();
		HANDLE out = event;
		BOOL is_done;

		atomic_store(&was_closed, -1);
		atomic_store(&offered, event);
		is_done = DuplicateHandle(self, event, self, &out, 0, FALSE,
					  DUPLICATE_CLOSE_SOURCE);
		while (atomic_load(&was_closed) < 0)
			sched_yield();
		assert_int_equal(is_done, !atomic_load(&was_closed));
		assert_int_equal(out != NULL, is_done);
		assert_int_equal(CloseHandle(out), is_done);
	}
	pthread_join(thread, NULL);
}

static void what_cannot_be_duplicated_is_refused(void **state)
{
	HANDLE event = make_event();
	HANDLE self = GetCurrentProcess();
	const struct {
		HANDLE from;   /* process */
		HANDLE handle; /* of which */
		HANDLE to;     /* process */
		BOOL inherit;  /* by children */
		DWORD options; /* how */
		DWORD error;   /* the answer */
	} rows[] = {
		{self, NULL, self, FALSE, 0, ERROR_INVALID_HANDLE},
		{self, self, self, FALSE, 0, ERROR_INVALID_HANDLE},
		{event, event, self, FALSE, 0, ERROR_INVALID_HANDLE},
		{self, event, NULL, FALSE, 0, ERROR_INVALID_HANDLE},
		{self, event, self, TRUE, 0, ERROR_NOT_SUPPORTED},
		{self, event, self, FALSE, 4, ERROR_INVALID_PARAMETER},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		HANDLE out = event;

		SetLastError(0);
		assert_int_equal(DuplicateHandle(rows[i].from, rows[i].handle, rows[i].to,
						 &out, 0, rows[i].inherit,
						 rows[i].options),
				 FALSE);
		assert_int_equal(GetLastError(), rows[i].error);
		assert_null(out);
	}
	assert_int_equal(DuplicateHandle(self, event, self, NULL, 0, FALSE, 0), FALSE);
	assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);
	assert_int_equal(
		DuplicateHandle(self, NULL, self, NULL, 0, FALSE, DUPLICATE_CLOSE_SOURCE),
		FALSE);
	assert_int_equal(GetLastError(), ERROR_INVALID_HANDLE);
	assert_int_equal(CloseHandle(event), TRUE);
}

/* Opens handles while one allocation fails, until it is the table's turn to grow. */
static void without_memory_for_the_table_nothing_is_opened_or_lost(void **state)
{
	static HANDLE events[4 * MANY];
	HANDLE self = GetCurrentProcess();
	size_t count = 0;
	int failures = 0;

	(void)state;
	events[count++] = make_event();
	while (failures < 2 && count < TEST_COUNT(events)) {
		HANDLE out = events[0];

		mem_fail_at(1);
		if (DuplicateHandle(self, events[0], self, &out, 0, FALSE, 0)) {
			mem_fail_at(0);
			events[count++] = out;
			continue;
		}
		mem_fail_at(0);
		assert_int_equal(GetLastError(), ERROR_NOT_ENOUGH_MEMORY);
		assert_null(out);
		failures++;
		assert_int_equal(
			DuplicateHandle(self, events[0], self, &out, 0, FALSE, 0), TRUE);
		events[count++] = out;
	}
	assert_int_equal(failures, 2);
	assert_int_equal(SetEvent(events[count - 1]), TRUE);
	assert_int_equal(WaitForSingleObject(events[0], 0), WAIT_OBJECT_0);
	while (count > 0)
		assert_int_equal(CloseHandle(events[--count]), TRUE);
}

/* Handles that all threads open, close and use at once. */
static HANDLE shared[8];
static pthread_mutex_t shared_lock = PTHREAD_MUTEX_INITIALIZER;

static HANDLE look(size_t at)
{
	HANDLE handle;

	pthread_mutex_lock(&shared_lock);
	handle = shared[at];
	pthread_mutex_unlock(&shared_lock);
	return handle;
}

static void *use_shared(void *at)
{
	unsigned seed = *(unsigned *)at;

	for (int i = 0; i < ROUNDS * 20; i++) {
		size_t which = (size_t)rand_r(&seed) % TEST_COUNT(shared);
		HANDLE handle = look(which);

		switch (rand_r(&seed) % 5) {
		case 0:
			(void)CloseHandle(handle);
			break;
		case 1:
			handle = CreateEventW(NULL, rand_r(&seed) % 2, FALSE, NULL);
			pthread_mutex_lock(&shared_lock);
			(void)CloseHandle(shared[which]);
			shared[which] = handle;
			pthread_mutex_unlock(&shared_lock);
			break;
		case 2:
			(void)SetEvent(handle);
			break;
		case 3:
			(void)WaitForSingleObject(handle, 0);
			break;
		default:
			(void)PulseEvent(handle);
			break;
		}
	}
	return NULL;
}

static void threads_may_open_close_and_use_the_same_handles(void **state)
{
	pthread_t threads[THREADS];
	unsigned seeds[THREADS];
	long blocks = mem_live_blocks();

	(void)state;
	for (unsigned i = 0; i < THREADS; i++) {
		seeds[i] = i + 1;
		assert_int_equal(pthread_create(&threads[i], NULL, use_shared, &seeds[i]),
				 0);
	}
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (size_t i = 0; i < TEST_COUNT(shared); i++)
		(void)CloseHandle(shared[i]);
	assert_int_equal(mem_live_blocks(), blocks);
}

static void a_handle_of_another_kind_is_no_event(void **state)
{
	HANDLE file =
		CreateFileW(L"/dev/null", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
	HANDLE event = make_event();
	DWORD got;
	char byte;

	(void)state;
	assert_ptr_not_equal(file, INVALID_HANDLE_VALUE);
	assert_int_equal(SetEvent(file), FALSE);
	assert_int_equal(GetLastError(), ERROR_INVALID_HANDLE);
	assert_int_equal(WaitForSingleObject(file, 0), WAIT_FAILED);
	assert_int_equal(GetLastError(), ERROR_INVALID_HANDLE);
	SetLastError(0);
	assert_int_equal(ReadFile(event, &byte, 1, &got, NULL), FALSE);
	assert_int_equal(GetLastError(), ERROR_INVALID_HANDLE);
	assert_int_equal(CloseHandle(file), TRUE);
	assert_int_equal(CloseHandle(event), TRUE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_handle_is_refused),
		cmocka_unit_test(
			a_closed_handle_stays_closed_however_often_its_slot_is_used),
		cmocka_unit_test(there_may_be_thousands),
		cmocka_unit_test(a_duplicate_means_the_same_event),
		cmocka_unit_test(a_duplicate_may_close_its_source),
		cmocka_unit_test(a_source_that_another_thread_closes_leaves_no_duplicate),
		cmocka_unit_test(what_cannot_be_duplicated_is_refused),
		cmocka_unit_test(without_memory_for_the_table_nothing_is_opened_or_lost),
		cmocka_unit_test(threads_may_open_close_and_use_the_same_handles),
		cmocka_unit_test(a_handle_of_another_kind_is_no_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
