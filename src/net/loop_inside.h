/* SPDX-License-Identifier: MIT */
/*
 * What the files of the loop share: loop.c (life, turns, posts), loop_queue.c (tasks,
 * calls, buffers), loop_timer.c and loop_watch.c. For these alone.
 */
#ifndef IXHR2_NET_LOOP_INSIDE_H
#define IXHR2_NET_LOOP_INSIDE_H

#include <stdatomic.h>
#include <stdbool.h>

#include <uv.h>

#include "base/list.h"
#include "base/lock.h"
#include "net/lend.h"
#include "net/loop.h"

/* Rounds of posts, calls and tasks before the loop polls again. */
#define LOOP_MAX_ROUNDS 16

/* Tasks that run before posts that have come meanwhile. */
#define LOOP_TASKS_IN_A_ROW 16

/* Receive buffers that are kept for the next taker. */
#define LOOP_SPARE_BUFFERS 8

/* Of them, those that are kept where nothing runs: one to receive, one to send. */
#define LOOP_REST_BUFFERS 2

/* Room of a small buffer that is kept for the next taker, at most. */
#define LOOP_SPARE_BUF_BYTES 4096

struct loop {
	struct lend lend; /* who owns the rest */

	/* Any thread's. */
	_Atomic(struct loop_post *) posts; /* the newest, linked to older ones */
	atomic_bool is_asleep;		   /* the owner is or will be in poll */
	int wake_fd;			   /* an eventfd that gets it out of there */
	struct lock baton; /* who has it runs the loop: the owner, but while
			      he sleeps */

	/* The owner's alone: guests leave it. */
	uv_loop_t uv;	  /* what polls */
	uv_poll_t wake;	  /* of wake_fd */
	uv_timer_t alarm; /* ends a poll when the first timer is due */
	bool is_down;	  /* the baton: he has put it down */

	/* His who has the baton. */
	bool is_visited;	     /* a guest has it */
	uint64_t visited_ns;	     /* when the last visit began, by its clock */
	uint64_t until_ms;	     /* a sleeping owner wakes by himself then */
	struct list calls;	     /* of struct loop_call, in order */
	struct list tasks;	     /* of struct loop_task, in order */
	struct list lasts;	     /* of struct loop_task: right before poll */
	struct list mark;	     /* among tasks: behind it the next turn begins */
	struct loop_task fire;	     /* fires those that are due */
	bool is_due;		     /* timers are due since the last poll */
	uint64_t due_ms;	     /* when the loop has looked for them, */
	uint32_t due_serial;	     /* and the serial of what was not started then */
	uint32_t timer_serial;	     /* of the timer that is started next */
	unsigned timer_count;	     /* of timers: how many run */
	unsigned timer_cap;	     /* of timers: how many there is room for */
	struct loop_timer **timers;  /* a heap; see loop_timer.c */
	uint64_t turn_ns;	     /* when the turn began */
	uint64_t now_ns;	     /* when the clock was last read */
	unsigned clock_runs;	     /* posts and tasks since then; see loop_now_ns */
	unsigned watch_count;	     /* of watches */
	struct loop_watch **watches; /* by descriptor: open or spare, or NULL */
	unsigned spare_buffer_count; /* of spare_buffers */
	char *spare_buffers[LOOP_SPARE_BUFFERS]; /* the last one given back is last */
	struct buf spare_buf; /* a small buffer for the next taker; or without room */
};

/* The owner sleeps from now on, until_ms at the longest: a guest may come. */
static inline void loop_put_down(struct loop *loop, uint64_t until_ms)
{
	loop->until_ms = until_ms;
	loop->is_down = true;
	lock_give(&loop->baton);
}

/* The owner is about to touch what may be a guest's: none comes any more, and one that is
 * there is waited for. */
static inline void loop_take_up(struct loop *loop)
{
	if (!loop->is_down)
		return;
	atomic_store_explicit(&loop->is_asleep, false, memory_order_relaxed);
	lock_take(&loop->baton);
	loop->is_down = false;
}

/* The beginning of libuv's loop, with wake_fd, and its end, with all watches.
 * ERR_NO_MEMORY, ERR_NO_DESCRIPTOR, ERR_SYSTEM: nothing is left. */
MUST_USE enum err loop_watch_open_all(struct loop *loop);
void loop_watch_close_all(struct loop *loop);

/* Looks at the system until something is ready, wake_fd is written to or it is until_ms
 * by loop_now_ms (0: now, UINT64_MAX: never), and queues what tells it. */
void loop_watch_poll(struct loop *loop, uint64_t until_ms);

/* The beginning and the end of what timers share. */
void loop_timer_open_all(struct loop *loop);
void loop_timer_close_all(struct loop *loop);

/* Whether timers are due that loop.fire would fire now. */
bool loop_timer_look(struct loop *loop);

/* When the first timer is due: UINT64_MAX if there is none. */
uint64_t loop_timer_first_ms(const struct loop *loop);

/* A turn begins: reads the clock. */
void loop_timer_begin_turn(struct loop *loop);

/* Frees the spare buffers. */
void loop_buffer_free_all(struct loop *loop);

#endif
