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
#include "net/lend.h"
#include "net/loop.h"

/* Rounds of posts, calls and tasks before the loop polls again. */
#define LOOP_MAX_ROUNDS 16

/* Receive buffers that are kept for the next taker. */
#define LOOP_SPARE_BUFFERS 8

struct loop {
	struct lend lend; /* who owns the rest */

	/* Any thread's. */
	_Atomic(struct loop_post *) posts; /* the newest, linked to older ones */
	atomic_bool is_asleep;		   /* the owner is or will be in poll */
	int wake_fd;			   /* an eventfd that gets it out of there */

	/* The owner's. */
	uv_loop_t uv;		     /* timers, polls and the thread pool */
	uv_poll_t wake;		     /* of wake_fd */
	struct list calls;	     /* of struct loop_call, in order */
	struct list tasks;	     /* of struct loop_task, in order */
	struct list lasts;	     /* of struct loop_task: right before poll */
	struct list due;	     /* tasks of timers that uv_run has found due */
	struct list ripe;	     /* those of the poll before; in tasks soon */
	struct list mark;	     /* among tasks: behind it the next turn begins */
	struct list watches;	     /* of struct loop_watch: all that are open */
	struct list timers;	     /* of struct loop_timer_slot: those that run */
	struct list spare_timers;    /* of struct loop_timer_slot: to be used again */
	bool is_clock_old;	     /* a call has run since uv read the clock */
	unsigned spare_watch_count;  /* of spare_watches */
	unsigned spare_buffer_count; /* of spare_buffers */
	struct loop_watch **spare_watches; /* by descriptor: a closed one, or NULL */
	char *spare_buffers[LOOP_SPARE_BUFFERS]; /* the last one given back is last */
};

/* Close all watches, open and spare, or all timers of a loop that has stopped; uv_run
 * frees them. */
void loop_watch_close_all(struct loop *loop);
void loop_timer_close_all(struct loop *loop);

/* Frees the spare buffers. */
void loop_buffer_free_all(struct loop *loop);

#endif
