/* SPDX-License-Identifier: MIT */
/* Events: how they are made, what they let through, and in which order. */
#include "lib/test.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "ixhr2/errhandlingapi.h"
#include "win/waiter.h"

#define WAITERS 3

#if defined(__SANITIZE_THREAD__)
const char *__tsan_default_options(void);

/* A test forks while threads wait, and its child starts none. */
const char *__tsan_default_options(void)
{
	return "die_after_fork=0";
}
#endif

static HANDLE make(DWORD flags)
{
	HANDLE event;

	SetLastError(ERROR_ALREADY_EXISTS);
	event = CreateEventExW(NULL, NULL, flags, EVENT_ALL_ACCESS);
	assert_non_null(event);
	assert_int_equal(GetLastError(), 0);
	return event;
}

static void flags_say_what_an_event_is(void **state)
{
	static const struct {
		DWORD flags;	/* of CreateEventEx */
		bool is_set;	/* at first */
		bool stays_set; /* behind a wait */
	} rows[] = {
		{0, false, false},
		{CREATE_EVENT_MANUAL_RESET, false, true},
		{CREATE_EVENT_INITIAL_SET, true, false},
		{CREATE_EVENT_MANUAL_RESET | CREATE_EVENT_INITIAL_SET, true, true},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		HANDLE event = make(rows[i].flags);

		assert_int_equal(waiter_takes(event), rows[i].is_set);
		assert_int_equal(SetEvent(event), TRUE);
		assert_int_equal(SetEvent(event), TRUE);
		assert_true(waiter_takes(event));
		assert_int_equal(waiter_takes(event), rows[i].stays_set);
		assert_int_equal(SetEvent(event), TRUE);
		assert_int_equal(ResetEvent(event), TRUE);
		assert_false(waiter_takes(event));
		assert_int_equal(CloseHandle(event), TRUE);
	}
}

static void every_spelling_makes_the_same(void **state)
{
	SECURITY_ATTRIBUTES attributes = {sizeof(attributes), NULL, FALSE};
	HANDLE events[] = {
		CreateEventW(&attributes, TRUE, TRUE, NULL),
		CreateEventA(NULL, 5, -1, NULL),
		CreateEvent(NULL, TRUE, TRUE, NULL),
		CreateEventEx(NULL, NULL, 3, 0),
		CreateEventExA(NULL, NULL, 3, SYNCHRONIZE | EVENT_MODIFY_STATE),
		CreateEventExW(&attributes, NULL, 3, MAXIMUM_ALLOWED),
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(events); i++) {
		assert_non_null(events[i]);
		assert_true(waiter_takes(events[i]));
		assert_true(waiter_takes(events[i]));
		assert_int_equal(CloseHandle(events[i]), TRUE);
	}
}

static void what_is_not_offered_is_refused(void **state)
{
	SECURITY_ATTRIBUTES inherited = {sizeof(inherited), NULL, TRUE};

	(void)state;
	assert_null(CreateEventW(NULL, TRUE, FALSE, L"name"));
	assert_int_equal(GetLastError(), ERROR_NOT_SUPPORTED);
	SetLastError(0);
	assert_null(CreateEventA(NULL, TRUE, FALSE, "Local\\name"));
	assert_int_equal(GetLastError(), ERROR_NOT_SUPPORTED);
	SetLastError(0);
	assert_null(ixhr2_create_event_ex(2, NULL, u"name", 0, 0));
	assert_int_equal(GetLastError(), ERROR_NOT_SUPPORTED);
	SetLastError(0);
	assert_null(CreateEventW(&inherited, TRUE, FALSE, NULL));
	assert_int_equal(GetLastError(), ERROR_NOT_SUPPORTED);
	assert_null(CreateEventExW(NULL, NULL, 4, EVENT_ALL_ACCESS));
	assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);
	SetLastError(0);
	assert_null(ixhr2_create_event_ex(3, NULL, NULL, 0, 0));
	assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);
}

static void an_auto_reset_event_wakes_one_in_the_order_of_coming(void **state)
{
	HANDLE event = make(0);
	struct waiter waiters[WAITERS];

	(void)state;
	for (size_t i = 0; i < WAITERS; i++)
		waiter_begin_one(&waiters[i], &event);
	for (size_t i = 0; i < WAITERS; i++) {
		assert_int_equal(SetEvent(event), TRUE);
		/* Handed over, so nothing is left for others. */
		assert_false(waiter_takes(event));
		assert_int_equal(waiter_count(event), WAITERS - i - 1);
		assert_int_equal(waiter_end(&waiters[i]), WAIT_OBJECT_0);
		for (size_t k = i + 1; k < WAITERS; k++)
			assert_false(atomic_load(&waiters[k].has_ended));
	}
	assert_int_equal(SetEvent(event), TRUE);
	assert_true(waiter_takes(event));
	assert_int_equal(CloseHandle(event), TRUE);
}

static void a_manual_reset_event_wakes_all(void **state)
{
	HANDLE event = make(CREATE_EVENT_MANUAL_RESET);
	struct waiter waiters[WAITERS];

	(void)state;
	for (size_t i = 0; i < WAITERS; i++)
		waiter_begin_one(&waiters[i], &event);
	assert_int_equal(SetEvent(event), TRUE);
	/* They have been let through already. */
	assert_int_equal(ResetEvent(event), TRUE);
	for (size_t i = 0; i < WAITERS; i++)
		assert_int_equal(waiter_end(&waiters[i]), WAIT_OBJECT_0);
	assert_false(waiter_takes(event));
	assert_int_equal(CloseHandle(event), TRUE);
}

static void a_pulse_lets_through_who_waits_and_leaves_nothing(void **state)
{
	struct waiter waiters[WAITERS];

	(void)state;
	for (DWORD flags = 0; flags < 4; flags++) {
		bool is_manual = flags & CREATE_EVENT_MANUAL_RESET;
		HANDLE event = make(flags);

		assert_int_equal(PulseEvent(event), TRUE);
		assert_false(waiter_takes(event));
		for (size_t i = 0; i < WAITERS; i++)
			waiter_begin_one(&waiters[i], &event);
		assert_int_equal(PulseEvent(event), TRUE);
		assert_false(waiter_takes(event));
		assert_int_equal(waiter_count(event), is_manual ? 0 : WAITERS - 1);
		assert_int_equal(waiter_end(&waiters[0]), WAIT_OBJECT_0);
		for (size_t i = 1; i < WAITERS; i++) {
			assert_int_equal(PulseEvent(event), TRUE);
			assert_int_equal(waiter_end(&waiters[i]), WAIT_OBJECT_0);
		}
		assert_int_equal(CloseHandle(event), TRUE);
	}
}

static void what_is_no_event_is_refused(void **state)
{
	BOOL (*const calls[])(HANDLE) = {SetEvent, ResetEvent, PulseEvent};
	HANDLE closed = make(0);

	(void)state;
	assert_int_equal(CloseHandle(closed), TRUE);
	for (size_t i = 0; i < TEST_COUNT(calls); i++) {
		HANDLE none[] = {NULL, INVALID_HANDLE_VALUE, closed, &closed};

		for (size_t k = 0; k < TEST_COUNT(none); k++) {
			SetLastError(0);
			assert_int_equal(calls[i](none[k]), FALSE);
			assert_int_equal(GetLastError(), ERROR_INVALID_HANDLE);
		}
	}
}

static void success_leaves_the_last_error(void **state)
{
	HANDLE event = make(0);

	(void)state;
	SetLastError(77);
	assert_int_equal(SetEvent(event), TRUE);
	assert_true(waiter_takes(event));
	assert_false(waiter_takes(event));
	assert_int_equal(ResetEvent(event), TRUE);
	assert_int_equal(PulseEvent(event), TRUE);
	assert_int_equal(CloseHandle(event), TRUE);
	assert_int_equal(GetLastError(), 77);
}

static void without_memory_there_is_no_event(void **state)
{
	long blocks = mem_live_blocks();

	(void)state;
	for (unsigned long n = 1;; n++) {
		HANDLE event;

		mem_fail_at(n);
		event = CreateEventW(NULL, TRUE, FALSE, NULL);
		if (!mem_has_failed()) {
			mem_fail_at(0);
			assert_non_null(event);
			assert_int_equal(CloseHandle(event), TRUE);
			assert_true(n > 1);
			break;
		}
		mem_fail_at(0);
		assert_null(event);
		assert_int_equal(GetLastError(), ERROR_NOT_ENOUGH_MEMORY);
		assert_int_equal(mem_live_blocks(), blocks);
	}
}

static void a_child_has_the_events_but_none_who_wait(void **state)
{
	HANDLE event = make(0);
	struct waiter waiter;
	pid_t child;
	int status;

	(void)state;
	waiter_begin_one(&waiter, &event);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		/* Were the parent's thread still in the queue, it would get the event. */
		bool is_well = waiter_count(event) == 0 && SetEvent(event) &&
			       waiter_takes(event) && !waiter_takes(event) &&
			       CloseHandle(event) && !SetEvent(event) &&
			       CreateEventW(NULL, TRUE, TRUE, NULL);

		_exit(is_well ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_false(atomic_load(&waiter.has_ended));
	assert_int_equal(SetEvent(event), TRUE);
	assert_int_equal(waiter_end(&waiter), WAIT_OBJECT_0);
	assert_int_equal(CloseHandle(event), TRUE);
}

/* What a program does with its own locks when it forks may need an event. */
static HANDLE fork_event;
static int forks_seen;

static void set_fork_event(void)
{
	if (fork_event && SetEvent(fork_event) && waiter_takes(fork_event))
		forks_seen++;
}

static void a_program_may_use_events_while_it_forks(void **state)
{
	pid_t child;
	int status;

	(void)state;
	fork_event = make(0);
	(void)alarm(300); /* instead of a test that never ends */
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(forks_seen == 2 ? 0 : 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	(void)alarm(0);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_int_equal(forks_seen, 2);
	assert_int_equal(CloseHandle(fork_event), TRUE);
	fork_event = NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_memory_there_is_no_event),
		cmocka_unit_test(flags_say_what_an_event_is),
		cmocka_unit_test(every_spelling_makes_the_same),
		cmocka_unit_test(what_is_not_offered_is_refused),
		cmocka_unit_test(an_auto_reset_event_wakes_one_in_the_order_of_coming),
		cmocka_unit_test(a_manual_reset_event_wakes_all),
		cmocka_unit_test(a_pulse_lets_through_who_waits_and_leaves_nothing),
		cmocka_unit_test(what_is_no_event_is_refused),
		cmocka_unit_test(success_leaves_the_last_error),
		cmocka_unit_test(a_child_has_the_events_but_none_who_wait),
		cmocka_unit_test(a_program_may_use_events_while_it_forks),
	};

	/* Before the first event, as programs do it when they begin. */
	if (pthread_atfork(set_fork_event, set_fork_event, set_fork_event))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
