/* SPDX-License-Identifier: MIT */
/*
 * Many threads, many events. What they count is not atomic: the events alone order it, so
 * that a thread sanitizer sees where they do not. A wake-up that is lost is a test that
 * does not end.
 */
#include "lib/test.h"

#include "base/mem.h"
#include "ixhr2/errhandlingapi.h"
#include "win/waiter.h"

#define ROUNDS	3000
#define THREADS 6

/* Rounds in which one rests for so long. */
#define SLOW_ROUNDS 200
#define REST_MS	    1

/* The events of a test, and what they guard. */
static HANDLE events[2 * THREADS];
static long counts[2 * THREADS];
static HANDLE stop;

/* What a thread is told. */
struct part {
	pthread_t thread; /* which does it */
	unsigned index;	  /* which of them it is */
	long done;	  /* what it has counted */
};

static void open_events(BOOL manual, BOOL is_set)
{
	for (size_t i = 0; i < TEST_COUNT(events); i++) {
		events[i] = CreateEventW(NULL, manual, is_set, NULL);
		assert_non_null(events[i]);
		counts[i] = 0;
	}
	stop = CreateEventW(NULL, TRUE, FALSE, NULL);
	assert_non_null(stop);
}

static void close_events(void)
{
	for (size_t i = 0; i < TEST_COUNT(events); i++)
		assert_int_equal(CloseHandle(events[i]), TRUE);
	assert_int_equal(CloseHandle(stop), TRUE);
}

static void start(struct part *parts, size_t count, void *(*run)(void *))
{
	for (size_t i = 0; i < count; i++) {
		parts[i].index = (unsigned)i;
		parts[i].done = 0;
		assert_int_equal(pthread_create(&parts[i].thread, NULL, run, &parts[i]),
				 0);
	}
}

static long join(struct part *parts, size_t count)
{
	long done = 0;

	for (size_t i = 0; i < count; i++) {
		pthread_join(parts[i].thread, NULL);
		done += parts[i].done;
	}
	return done;
}

static bool takes(DWORD count, const HANDLE *handles, BOOL all, DWORD *out_index)
{
	DWORD result = WaitForMultipleObjects(count, handles, all, INFINITE);

	*out_index = result - WAIT_OBJECT_0;
	return *out_index < count;
}

static bool takes_one(HANDLE event)
{
	DWORD index;

	return takes(1, &event, FALSE, &index);
}

/* Two threads hand one number to and fro. */
static void *hand_over(void *at)
{
	struct part *part = at;

	for (int i = 0; i < ROUNDS; i++) {
		if (!takes_one(events[part->index]))
			return NULL;
		counts[0]++;
		part->done++;
		SetEvent(events[1 - part->index]);
	}
	return NULL;
}

static void two_threads_hand_a_number_to_and_fro(void **state)
{
	struct part parts[2];

	(void)state;
	open_events(FALSE, FALSE);
	start(parts, 2, hand_over);
	assert_int_equal(SetEvent(events[0]), TRUE);
	assert_int_equal(join(parts, 2), 2 * ROUNDS);
	assert_int_equal(counts[0], 2 * ROUNDS);
	close_events();
}

/* An auto-reset event that is set is a lock that is free. */
static void *count_under_lock(void *at)
{
	struct part *part = at;

	for (int i = 0; i < ROUNDS; i++) {
		if (!takes_one(events[0]))
			return NULL;
		counts[0]++;
		part->done++;
		SetEvent(events[0]);
	}
	return NULL;
}

static void an_auto_reset_event_lets_one_thread_through_at_a_time(void **state)
{
	struct part parts[THREADS];

	(void)state;
	open_events(FALSE, TRUE);
	start(parts, THREADS, count_under_lock);
	assert_int_equal(join(parts, THREADS), THREADS * ROUNDS);
	assert_int_equal(counts[0], THREADS * ROUNDS);
	close_events();
}

/* Each takes its own fork and its neighbour's; who took one only would block all. */
static void *dine(void *at)
{
	struct part *part = at;
	unsigned left = part->index;
	unsigned right = (part->index + 1) % THREADS;
	HANDLE forks[] = {events[left], events[right]};
	DWORD index;

	for (int i = 0; i < ROUNDS; i++) {
		if (!takes(2, forks, TRUE, &index))
			return NULL;
		counts[left]++;
		counts[right]++;
		part->done++;
		SetEvent(forks[i % 2]);
		SetEvent(forks[1 - i % 2]);
	}
	return NULL;
}

static void a_wait_for_all_takes_all_at_one_moment(void **state)
{
	struct part parts[THREADS];

	(void)state;
	open_events(FALSE, TRUE);
	start(parts, THREADS, dine);
	assert_int_equal(join(parts, THREADS), THREADS * ROUNDS);
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(counts[i], 2 * ROUNDS);
	close_events();
}

/* How many pieces each producer puts, and how long it rests before each. */
static int pieces;
static DWORD rest_ms;

/* Puts one piece after the other; the next one when the last has been taken. */
static void *produce(void *at)
{
	struct part *part = at;

	for (int i = 0; i < pieces; i++) {
		if (rest_ms)
			Sleep(rest_ms);
		counts[part->index]++;
		SetEvent(events[part->index]);
		if (!takes_one(events[THREADS + part->index]))
			return NULL;
	}
	return NULL;
}

/* Takes from whoever has something, until it is told to stop. */
static void *consume(void *at)
{
	struct part *part = at;
	HANDLE handles[THREADS + 1];
	DWORD index;

	for (size_t i = 0; i < THREADS; i++)
		handles[i] = events[(i + part->index) % THREADS];
	handles[THREADS] = stop;
	while (takes(THREADS + 1, handles, FALSE, &index) && index != THREADS) {
		size_t from = (index + part->index) % THREADS;

		counts[from]--;
		part->done++;
		SetEvent(events[THREADS + from]);
	}
	return NULL;
}

/* As consume, with waits that end by themselves, about when a piece comes. */
static void *consume_impatiently(void *at)
{
	struct part *part = at;
	DWORD result;

	do {
		result = WaitForMultipleObjects(THREADS, events, FALSE, REST_MS);
		if (result < THREADS) {
			counts[result]--;
			part->done++;
			SetEvent(events[THREADS + result]);
		}
	} while (result != WAIT_FAILED && !waiter_takes(stop));
	return NULL;
}

/* Everything that is put is taken once, in this manner. */
static void assert_all_is_taken(void *(*how)(void *))
{
	struct part producers[THREADS];
	struct part consumers[THREADS];

	open_events(FALSE, FALSE);
	start(consumers, THREADS, how);
	start(producers, THREADS, produce);
	join(producers, THREADS);
	assert_int_equal(SetEvent(stop), TRUE);
	assert_int_equal(join(consumers, THREADS), THREADS * pieces);
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(counts[i], 0);
	close_events();
}

static void nothing_that_is_set_is_lost_or_taken_twice(void **state)
{
	(void)state;
	pieces = ROUNDS;
	rest_ms = 0;
	assert_all_is_taken(consume);
}

static void what_comes_when_time_is_up_is_not_lost(void **state)
{
	(void)state;
	pieces = SLOW_ROUNDS;
	rest_ms = REST_MS;
	assert_all_is_taken(consume_impatiently);
}

/* A gate that opens and shuts while threads run through it. */
static void *pass(void *at)
{
	struct part *part = at;

	for (int i = 0; i < ROUNDS; i++) {
		if (!takes_one(events[0]))
			return NULL;
		part->done++;
	}
	return NULL;
}

static void *open_and_shut(void *at)
{
	struct part *part = at;

	while (!waiter_takes(stop)) {
		if (part->done++ % 2)
			PulseEvent(events[0]);
		else
			SetEvent(events[0]);
		ResetEvent(events[0]);
		sched_yield();
	}
	return NULL;
}

static void a_gate_may_open_and_shut_while_threads_pass(void **state)
{
	struct part passers[THREADS];
	struct part keeper;

	(void)state;
	open_events(TRUE, FALSE);
	start(passers, THREADS, pass);
	start(&keeper, 1, open_and_shut);
	assert_int_equal(join(passers, THREADS), THREADS * ROUNDS);
	assert_int_equal(SetEvent(stop), TRUE);
	join(&keeper, 1);
	close_events();
}

/* One event a round, which the thread that waits closes as soon as it is woken: the other
 * may still be in SetEvent. */
static HANDLE passed_event;

static void *set_what_is_passed(void *at)
{
	struct part *part = at;

	for (int i = 0; i < ROUNDS && takes_one(events[0]); i++) {
		HANDLE event = passed_event;

		part->done += SetEvent(event);
	}
	return NULL;
}

static void an_event_may_be_closed_by_who_was_woken_by_it(void **state)
{
	struct part setter;
	long blocks;

	(void)state;
	open_events(FALSE, FALSE);
	blocks = mem_live_blocks();
	start(&setter, 1, set_what_is_passed);
	for (int i = 0; i < ROUNDS; i++) {
		HANDLE event = CreateEventW(NULL, i % 2, FALSE, NULL);

		passed_event = event;
		assert_int_equal(SetEvent(events[0]), TRUE);
		assert_true(takes_one(event));
		assert_int_equal(CloseHandle(event), TRUE);
	}
	assert_int_equal(join(&setter, 1), ROUNDS);
	assert_int_equal(mem_live_blocks(), blocks);
	close_events();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_threads_hand_a_number_to_and_fro),
		cmocka_unit_test(an_auto_reset_event_lets_one_thread_through_at_a_time),
		cmocka_unit_test(a_wait_for_all_takes_all_at_one_moment),
		cmocka_unit_test(nothing_that_is_set_is_lost_or_taken_twice),
		cmocka_unit_test(what_comes_when_time_is_up_is_not_lost),
		cmocka_unit_test(a_gate_may_open_and_shut_while_threads_pass),
		cmocka_unit_test(an_event_may_be_closed_by_who_was_woken_by_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
