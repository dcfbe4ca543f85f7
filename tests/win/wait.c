/* SPDX-License-Identifier: MIT */
/* Waits: which event is taken, for how long one waits, and what is refused. */
#include "lib/test.h"

#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "ixhr2/errhandlingapi.h"
#include "ixhr2/processthreadsapi.h"
#include "win/waiter.h"

/* Long enough to be seen on a clock. */
#define SHORT_MS 20

#define MS_NS	  1000000u
#define SECOND_NS 1000000000u

/* Auto-reset events and, where made so, manual-reset ones. */
static HANDLE events[MAXIMUM_WAIT_OBJECTS];

static int make_events(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(events); i++) {
		events[i] = CreateEventW(NULL, FALSE, FALSE, NULL);
		if (!events[i])
			return -1;
	}
	return 0;
}

static int close_events(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(events); i++) {
		if (!CloseHandle(events[i]))
			return -1;
	}
	return mem_live_blocks() > 1; /* the table of the handles */
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

static void set(size_t index)
{
	assert_int_equal(SetEvent(events[index]), TRUE);
}

static DWORD any_of(DWORD count)
{
	return WaitForMultipleObjects(count, events, FALSE, 0);
}

static DWORD all_of(DWORD count)
{
	return WaitForMultipleObjects(count, events, TRUE, 0);
}

static void the_first_of_several_is_taken_and_no_other(void **state)
{
	(void)state;
	assert_int_equal(any_of(MAXIMUM_WAIT_OBJECTS), WAIT_TIMEOUT);
	set(63);
	assert_int_equal(any_of(MAXIMUM_WAIT_OBJECTS), WAIT_OBJECT_0 + 63);
	set(5);
	set(2);
	set(7);
	assert_int_equal(any_of(MAXIMUM_WAIT_OBJECTS), WAIT_OBJECT_0 + 2);
	assert_int_equal(any_of(3), WAIT_TIMEOUT);
	assert_int_equal(any_of(MAXIMUM_WAIT_OBJECTS), WAIT_OBJECT_0 + 5);
	assert_int_equal(any_of(MAXIMUM_WAIT_OBJECTS), WAIT_OBJECT_0 + 7);
	assert_int_equal(any_of(MAXIMUM_WAIT_OBJECTS), WAIT_TIMEOUT);
}

static void all_are_taken_or_none(void **state)
{
	(void)state;
	set(0);
	set(2);
	assert_int_equal(all_of(3), WAIT_TIMEOUT);
	set(1);
	assert_int_equal(all_of(3), WAIT_OBJECT_0);
	assert_int_equal(any_of(3), WAIT_TIMEOUT);
	for (size_t i = 0; i < MAXIMUM_WAIT_OBJECTS; i++)
		set(i);
	assert_int_equal(all_of(MAXIMUM_WAIT_OBJECTS), WAIT_OBJECT_0);
	assert_int_equal(any_of(MAXIMUM_WAIT_OBJECTS), WAIT_TIMEOUT);
}

static void a_waiter_for_any_is_woken_by_each(void **state)
{
	(void)state;
	for (DWORD i = 0; i < MAXIMUM_WAIT_OBJECTS; i++) {
		struct waiter waiter = {.handles = events, .count = MAXIMUM_WAIT_OBJECTS};

		waiter_begin(&waiter);
		set(i);
		assert_int_equal(waiter_end(&waiter), WAIT_OBJECT_0 + i);
		assert_int_equal(waiter_count(events[0]), 0);
		assert_int_equal(waiter_count(events[63]), 0);
	}
	assert_int_equal(any_of(MAXIMUM_WAIT_OBJECTS), WAIT_TIMEOUT);
}

static void a_waiter_for_all_holds_nothing_until_all_are_set(void **state)
{
	struct waiter waiter = {.handles = events, .count = 3, .all = TRUE};

	(void)state;
	waiter_begin(&waiter);
	set(0);
	set(1);
	/* Still there for others. */
	assert_true(waiter_takes(events[0]));
	set(2);
	assert_false(atomic_load(&waiter.has_ended));
	assert_int_equal(waiter_count(events[1]), 1);
	set(0);
	assert_int_equal(waiter_end(&waiter), WAIT_OBJECT_0);
	assert_int_equal(any_of(3), WAIT_TIMEOUT);
}

static void who_waits_for_all_does_not_stand_before_who_waits_for_one(void **state)
{
	struct waiter both = {.handles = events, .count = 2, .all = TRUE};
	struct waiter one;

	(void)state;
	waiter_begin(&both);
	waiter_begin_one(&one, &events[1]);
	set(1);
	assert_int_equal(waiter_end(&one), WAIT_OBJECT_0);
	set(1);
	set(0);
	assert_int_equal(waiter_end(&both), WAIT_OBJECT_0);
}

static void a_manual_reset_event_lets_all_kinds_of_waiters_through(void **state)
{
	HANDLE gate[] = {CreateEventW(NULL, TRUE, FALSE, NULL), events[0]};
	struct waiter any = {.handles = gate, .count = 2};
	struct waiter all = {.handles = gate, .count = 2, .all = TRUE};
	struct waiter one;

	(void)state;
	waiter_begin(&all);
	waiter_begin(&any);
	waiter_begin_one(&one, gate);
	assert_int_equal(SetEvent(gate[0]), TRUE);
	assert_int_equal(waiter_end(&any), WAIT_OBJECT_0);
	assert_int_equal(waiter_end(&one), WAIT_OBJECT_0);
	assert_int_equal(waiter_count(gate[0]), 1);
	set(0);
	assert_int_equal(waiter_end(&all), WAIT_OBJECT_0);
	assert_true(waiter_takes(gate[0]));
	assert_false(waiter_takes(gate[1]));
	assert_int_equal(CloseHandle(gate[0]), TRUE);
}

static void wrong_arguments_are_refused(void **state)
{
	HANDLE handles[MAXIMUM_WAIT_OBJECTS + 1] = {events[0], events[1], events[0]};
	HANDLE same;

	(void)state;
	set(0);
	memcpy(handles + 3, events + 3, sizeof(events) - 3 * sizeof(*events));
	for (int all = 0; all < 2; all++) {
		const struct {
			const HANDLE *handles; /* for which */
			DWORD count;	       /* how many */
			DWORD error;	       /* the answer */
		} rows[] = {
			{NULL, 1, ERROR_INVALID_PARAMETER},
			{handles, 0, ERROR_INVALID_PARAMETER},
			{handles, MAXIMUM_WAIT_OBJECTS + 1, ERROR_INVALID_PARAMETER},
			{handles, 0xFFFFFFFFu, ERROR_INVALID_PARAMETER},
			{handles, 3, ERROR_INVALID_PARAMETER},
			{(HANDLE[]){events[0], NULL}, 2, ERROR_INVALID_HANDLE},
			{(HANDLE[]){INVALID_HANDLE_VALUE}, 1, ERROR_INVALID_HANDLE},
			{(HANDLE[]){GetCurrentProcess()}, 1, ERROR_INVALID_HANDLE},
		};

		for (size_t i = 0; i < TEST_COUNT(rows); i++) {
			SetLastError(0);
			assert_int_equal(WaitForMultipleObjects(rows[i].count,
								rows[i].handles, all,
								INFINITE),
					 WAIT_FAILED);
			assert_int_equal(GetLastError(), rows[i].error);
		}
	}
	/* Two handles, one event. */
	assert_int_equal(DuplicateHandle(GetCurrentProcess(), events[0],
					 GetCurrentProcess(), &same, 0, FALSE,
					 DUPLICATE_SAME_ACCESS),
			 TRUE);
	handles[1] = same;
	SetLastError(0);
	assert_int_equal(WaitForMultipleObjects(2, handles, FALSE, INFINITE),
			 WAIT_FAILED);
	assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);
	assert_int_equal(CloseHandle(same), TRUE);
	/* Nothing of it was taken. */
	assert_true(waiter_takes(events[0]));
}

static void time_is_up_no_sooner_than_it_was_asked_for(void **state)
{
	(void)state;
	set(1);
	for (int all = 0; all < 2; all++) {
		uint64_t begin = now_ns();

		SetLastError(77);
		assert_int_equal(WaitForMultipleObjects(1, events, all, SHORT_MS),
				 WAIT_TIMEOUT);
		assert_true(now_ns() - begin >= SHORT_MS * MS_NS);
		assert_int_equal(GetLastError(), 77);
		assert_int_equal(waiter_count(events[0]), 0);
	}
	assert_int_equal(WaitForMultipleObjects(2, events, TRUE, SHORT_MS), WAIT_TIMEOUT);
	assert_int_equal(waiter_count(events[1]), 0);
	assert_true(waiter_takes(events[1]));
}

static void every_spelling_waits(void **state)
{
	(void)state;
	for (int alertable = 0; alertable < 2; alertable++) {
		set(0);
		assert_int_equal(WaitForSingleObjectEx(events[0], INFINITE, alertable),
				 WAIT_OBJECT_0);
		assert_int_equal(WaitForSingleObjectEx(events[0], 1, alertable),
				 WAIT_TIMEOUT);
		set(1);
		assert_int_equal(
			WaitForMultipleObjectsEx(2, events, FALSE, INFINITE, alertable),
			WAIT_OBJECT_0 + 1);
		assert_int_equal(WaitForMultipleObjectsEx(2, events, TRUE, 1, alertable),
				 WAIT_TIMEOUT);
	}
	/* The longest time that ends. */
	set(0);
	assert_int_equal(WaitForSingleObject(events[0], INFINITE - 1), WAIT_OBJECT_0);
}

static void a_handle_may_be_closed_while_a_thread_waits(void **state)
{
	HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL);
	HANDLE other;
	struct waiter waiter;
	long blocks = mem_live_blocks();

	(void)state;
	assert_int_equal(DuplicateHandle(GetCurrentProcess(), event, GetCurrentProcess(),
					 &other, 0, FALSE, DUPLICATE_SAME_ACCESS),
			 TRUE);
	waiter_begin_one(&waiter, &event);
	assert_int_equal(CloseHandle(event), TRUE);
	assert_int_equal(SetEvent(event), FALSE);
	assert_int_equal(SetEvent(other), TRUE);
	assert_int_equal(waiter_end(&waiter), WAIT_OBJECT_0);
	assert_int_equal(mem_live_blocks(), blocks);
	assert_int_equal(CloseHandle(other), TRUE);
}

static void who_waits_for_a_closed_event_and_others_is_woken_by_these(void **state)
{
	HANDLE handles[] = {CreateEventW(NULL, FALSE, FALSE, NULL), events[0]};
	struct waiter waiter = {.handles = handles, .count = 2};
	long blocks = mem_live_blocks();

	(void)state;
	waiter_begin(&waiter);
	assert_int_equal(CloseHandle(handles[0]), TRUE);
	assert_int_equal(mem_live_blocks(), blocks);
	set(0);
	assert_int_equal(waiter_end(&waiter), WAIT_OBJECT_0 + 1);
	/* The last who used it has freed it. */
	assert_int_equal(mem_live_blocks(), blocks ? blocks - 1 : 0);
}

static void a_thread_is_not_cancelled_while_it_waits(void **state)
{
	struct waiter waiter;

	(void)state;
	waiter_begin_one(&waiter, &events[0]);
	assert_int_equal(pthread_cancel(waiter.thread), 0);
	set(0);
	assert_int_equal(waiter_end(&waiter), WAIT_OBJECT_0);
	assert_true(atomic_load(&waiter.has_ended));
}

static void sleep_lasts_at_least_as_long_as_it_was_asked_for(void **state)
{
	uint64_t begin = now_ns();

	(void)state;
	Sleep(SHORT_MS);
	assert_true(now_ns() - begin >= SHORT_MS * MS_NS);
	begin = now_ns();
	assert_int_equal(SleepEx(SHORT_MS, TRUE), 0);
	assert_true(now_ns() - begin >= SHORT_MS * MS_NS);
	Sleep(0);
	assert_int_equal(SwitchToThread(), TRUE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_of_several_is_taken_and_no_other),
		cmocka_unit_test(all_are_taken_or_none),
		cmocka_unit_test(a_waiter_for_any_is_woken_by_each),
		cmocka_unit_test(a_waiter_for_all_holds_nothing_until_all_are_set),
		cmocka_unit_test(
			who_waits_for_all_does_not_stand_before_who_waits_for_one),
		cmocka_unit_test(a_manual_reset_event_lets_all_kinds_of_waiters_through),
		cmocka_unit_test(wrong_arguments_are_refused),
		cmocka_unit_test(time_is_up_no_sooner_than_it_was_asked_for),
		cmocka_unit_test(every_spelling_waits),
		cmocka_unit_test(a_handle_may_be_closed_while_a_thread_waits),
		cmocka_unit_test(
			who_waits_for_a_closed_event_and_others_is_woken_by_these),
		cmocka_unit_test(a_thread_is_not_cancelled_while_it_waits),
		cmocka_unit_test(sleep_lasts_at_least_as_long_as_it_was_asked_for),
	};

	return cmocka_run_group_tests(tests, make_events, close_events);
}
