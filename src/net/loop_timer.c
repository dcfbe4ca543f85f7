/* SPDX-License-Identifier: MIT */
/*
 * Timers, and the clock that they go by. Those that run lie in a heap: in an array where
 * none is due before the one at half its place (places begin with 1). Each knows its
 * place. So a timer is a few words in its owner and one in the array, and once stopped it
 * can vanish at any moment; one of libuv's, which must be closed before its memory goes
 * and is six times as large, would not do. libuv has one, for the first that is due.
 *
 * Before the loop polls it looks whether timers are due. If so neither this poll nor the
 * next one waits, and a task fires them behind the readiness that the second one finds: a
 * loop that was busy for long does what it was kept from, and looks at what has come,
 * before it calls anything late. Until then the timers count as running. Only those that
 * were due by then are fired, one at a time, and what one has called comes before the
 * next.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "net/loop_inside.h"

#define NS_PER_MS 1000000u

/* Timers that the first array has room for. */
#define FIRST_TIMERS 16u

/* ---- the heap ---- */

/* Whether a is to fire before b. */
static bool is_before(const struct loop_timer *a, const struct loop_timer *b)
{
	if (a->at_ms != b->at_ms)
		return a->at_ms < b->at_ms;
	return a->serial < b->serial;
}

static struct loop_timer *timer_at(const struct loop *loop, unsigned place)
{
	return loop->timers[place - 1];
}

static void put_at(struct loop *loop, unsigned place, struct loop_timer *timer)
{
	loop->timers[place - 1] = timer;
	timer->place = place;
}

/* A timer may be due before those above it. */
static void move_up(struct loop *loop, struct loop_timer *timer)
{
	unsigned place = timer->place;

	while (place > 1 && is_before(timer, timer_at(loop, place / 2))) {
		put_at(loop, place, timer_at(loop, place / 2));
		place /= 2;
	}
	put_at(loop, place, timer);
}

/* A timer may be due behind those below it. */
static void move_down(struct loop *loop, struct loop_timer *timer)
{
	unsigned place = timer->place;
	unsigned below;

	while ((below = place * 2) <= loop->timer_count) {
		if (below < loop->timer_count &&
		    is_before(timer_at(loop, below + 1), timer_at(loop, below)))
			below++;
		if (!is_before(timer_at(loop, below), timer))
			break;
		put_at(loop, place, timer_at(loop, below));
		place = below;
	}
	put_at(loop, place, timer);
}

/* Room for one more. */
static enum err make_room(struct loop *loop)
{
	unsigned cap = loop->timer_cap ? loop->timer_cap * 2 : FIRST_TIMERS;
	struct loop_timer **timers;

	if (loop->timer_count < loop->timer_cap)
		return ERR_NONE;
	timers = mem_resize(loop->timers, cap, sizeof(struct loop_timer *));
	if (!timers)
		return ERR_NO_MEMORY;
	loop->timers = timers;
	loop->timer_cap = cap;
	return ERR_NONE;
}

static void take_out(struct loop *loop, struct loop_timer *timer)
{
	struct loop_timer *last = timer_at(loop, loop->timer_count--);

	if (last != timer) {
		put_at(loop, timer->place, last);
		move_up(loop, last);
		move_down(loop, last);
	}
	timer->place = 0;
}

/* ---- serials ---- */

static int compare(const void *a, const void *b)
{
	const struct loop_timer *const *first = a, *const *second = b;

	return is_before(*first, *second) ? -1 : is_before(*second, *first);
}

/* All serials are used up: those that run get the first ones, in their order. A timer
 * can run for longer than the serials last. What is sorted is a heap. */
static void renumber(struct loop *loop)
{
	if (loop->timer_count)
		qsort(loop->timers, loop->timer_count, sizeof(struct loop_timer *),
		      compare);
	for (unsigned i = 0; i < loop->timer_count; i++) {
		put_at(loop, i + 1, loop->timers[i]);
		loop->timers[i]->serial = i;
	}
	loop->timer_serial = loop->timer_count;
	loop->due_serial = loop->timer_count;
}

/* ---- those that are due ---- */

/* The first timer, if it was due when the loop looked; or NULL. */
static struct loop_timer *first_due(const struct loop *loop)
{
	struct loop_timer *timer;

	if (!loop->timer_count)
		return NULL;
	timer = timer_at(loop, 1);
	if (timer->at_ms > loop->due_ms || timer->serial >= loop->due_serial)
		return NULL;
	return timer;
}

static void fire(struct loop_task *task)
{
	struct loop *loop = LIST_ENTRY(task, struct loop, fire);
	struct loop_timer *timer = first_due(loop);

	if (!timer)
		return;
	take_out(loop, timer);
	list_put_first(&loop->tasks, &task->node);
	timer->fire(timer);
}

bool loop_timer_look(struct loop *loop)
{
	if (!loop->timer_count || !list_is_empty(&loop->fire.node))
		return false;
	loop->due_ms = loop_now_ms(loop);
	loop->due_serial = loop->timer_serial;
	return first_due(loop) != NULL;
}

uint64_t loop_timer_first_ms(const struct loop *loop)
{
	return loop->timer_count ? timer_at(loop, 1)->at_ms : UINT64_MAX;
}

/* ---- the clock ---- */

static void read_clock(struct loop *loop)
{
	loop->now_ns = clock_mono_ns();
	loop->clock_runs = 0;
}

void loop_timer_begin_turn(struct loop *loop)
{
	read_clock(loop);
	loop->turn_ns = loop->now_ns;
}

uint64_t loop_now_ns(struct loop *loop)
{
	if (loop->clock_runs >= LOOP_CLOCK_RUNS)
		read_clock(loop);
	return loop->now_ns;
}

uint64_t loop_now_ms(struct loop *loop)
{
	return loop_now_ns(loop) / NS_PER_MS;
}

uint64_t loop_turn_ns(const struct loop *loop)
{
	return loop->turn_ns;
}

/* ---- what others call ---- */

void loop_timer_init(struct loop_timer *timer, void (*fire_fn)(struct loop_timer *))
{
	timer->place = 0;
	timer->fire = fire_fn;
}

enum err loop_timer_start(struct loop *loop, struct loop_timer *timer, uint64_t delay_ms)
{
	uint64_t now_ms = loop_now_ms(loop);

	if (loop->timer_serial == UINT32_MAX)
		renumber(loop);
	if (!timer->place) {
		if (make_room(loop))
			return ERR_NO_MEMORY;
		put_at(loop, ++loop->timer_count, timer);
	}
	timer->at_ms = delay_ms < UINT64_MAX - now_ms ? now_ms + delay_ms : UINT64_MAX;
	timer->serial = loop->timer_serial++;
	move_up(loop, timer);
	move_down(loop, timer);
	return ERR_NONE;
}

void loop_timer_stop(struct loop *loop, struct loop_timer *timer)
{
	if (timer->place)
		take_out(loop, timer);
}

bool loop_timer_is_running(const struct loop_timer *timer)
{
	return timer->place != 0;
}

void loop_timer_open_all(struct loop *loop)
{
	loop_task_init(&loop->fire, fire);
}

void loop_timer_close_all(struct loop *loop)
{
	mem_free(loop->timers);
}
