/* SPDX-License-Identifier: MIT */
/*
 * The event loop: one libuv loop, and the threads that take turns at running it.
 *
 * One thread at a time is the *owner*; everything below com belongs to it. Other
 * threads only post. Code of the program runs in a *call*: the owner lends the loop,
 * runs the call at top level (never from inside libuv, a parser or a connection), and
 * takes the loop back. When the call lasts longer than a few milliseconds a stand-by
 * thread takes the loop over and goes on with everybody else's work; the thread that
 * comes back late posts the call's end and becomes a stand-by itself. net/lend.h has
 * the times and the number of threads.
 *
 * Except where said otherwise a function is for the owner alone, and a callback comes
 * on the owner, at top level, with the loop not lent.
 */
#ifndef IXHR2_NET_LOOP_H
#define IXHR2_NET_LOOP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/list.h"

/* Bytes of one receive buffer: what a fast peer has sent by the time it is read mostly
 * fits, and is still in a processor's second cache when the program gets it. */
#define LOOP_BUFFER_BYTES (256u * 1024)

/* Posts and tasks that may share one look at the clock. */
#define LOOP_CLOCK_RUNS 16u

/* Time between two visits: what comes sooner comes in a flock, and the owner is woken for
 * all of it. */
#define LOOP_FLOCK_NS (20u * 1000)

struct loop;

/* ---- life ---- */

/* Makes a loop and its first two threads. ERR_NO_MEMORY, ERR_NO_DESCRIPTOR,
 * ERR_SYSTEM. Any thread. */
MUST_USE enum err loop_new(struct loop **out_loop);

/*
 * Stops the loop: no callback and no call begins any more. Waits until no thread is
 * in engine code, but not for calls that are running. The loop's memory stays, because
 * such calls may yet return. Any thread, in a call too, but not in the loop's other
 * callbacks; for process exit.
 */
void loop_stop(struct loop *loop);

/* In a child after fork: the loop is the parent's and is not run here. A call that has
 * forked ends its thread when it returns. */
void loop_forget(struct loop *loop);

/* For tests: stops, waits for every call and thread, closes everything that is left and
 * frees. Nobody may use the loop any more. Not on a thread of the loop. */
void loop_free(struct loop *loop);

/* Whether the calling thread owns this loop now, or is in a call of it that has not
 * been taken over. Any thread. */
bool loop_is_here(const struct loop *loop);

/* ---- posts: from any thread to the owner ---- */

struct loop_post {
	struct loop_post *next;		 /* the loop's, from loop_post until run */
	void (*run)(struct loop_post *); /* set by the poster */
};

/*
 * Hands a post to the owner, who runs it soon, in the order of posting as seen by one
 * thread. The post is borrowed until its run begins. Any thread; never fails. Costs a
 * wake-up only when the loop may be asleep in poll and no other wake-up is on its way.
 */
void loop_post(struct loop *loop, struct loop_post *post);

/* ---- visits: any thread in the owner's place ---- */

/*
 * As loop_post; but where the owner sleeps and nothing waits for him, the calling thread
 * runs the post itself, at once, and so begins a turn: for this thread it is the owner's
 * code, at top level, with the loop not lent. It is a *guest*. One that comes within
 * LOOP_FLOCK_NS behind another only posts, so that the owner has what many bring. What is
 * to be last in the turn runs behind the post, unless that has queued calls or tasks.
 * These are left to the owner, who is woken for them, for a timer that is earlier than
 * what he waits for, and for new readiness that is to be told: so a guest never runs the
 * program's code.
 *
 * The owner waits for the end of a visit when he is awake. So a post that is given to
 * this function must do nothing that takes long; and no watch can be begun in it. What
 * may come to either of these asks loop_is_visited, and leaves it to a task.
 */
void loop_visit(struct loop *loop, struct loop_post *post);

/* Whether who asks is a guest. The owner's question, or a guest's. */
bool loop_is_visited(const struct loop *loop);

/* ---- tasks: soon, by the owner to itself ---- */

struct loop_task {
	struct list node;		 /* in the loop's queue, or alone */
	void (*run)(struct loop_task *); /* set by loop_task_init */
};

/* A task that is not queued. */
void loop_task_init(struct loop_task *task, void (*run)(struct loop_task *));

/* Runs the task once before the loop polls for longer than not at all, after what is
 * queued already; a task that is queued stays queued once. */
void loop_task_queue(struct loop *loop, struct loop_task *task);

/* Runs the task once right before the loop polls, behind all that this turn brings; for
 * what many of a turn's tasks want done together. */
void loop_task_queue_last(struct loop *loop, struct loop_task *task);

/* Takes it out of its queue; harmless when it is not queued. */
void loop_task_cancel(struct loop_task *task);

/* ---- calls: the program's code, with the loop lent ---- */

struct loop_call {
	union {
		struct list node;      /* in the loop's queue of calls */
		struct loop_post post; /* brings done to the owner after a take-over */
		uint64_t lease;	       /* while it runs: for net/lend */
	};
	void (*call)(struct loop_call *); /* runs without the loop: program's code */
	void (*done)(struct loop_call *); /* runs on the owner, exactly once, after it */
};

/* A call that is not queued. */
void loop_call_init(struct loop_call *call, void (*run)(struct loop_call *),
		    void (*done)(struct loop_call *));

/* Queues a call: it begins before the next task runs, so a done that queues the next
 * call for ever keeps the tasks waiting. It cannot be taken back. What it lies in must
 * stay until done has begun. */
void loop_call_queue(struct loop *loop, struct loop_call *call);

/*
 * Within a call: takes the loop back for a moment, in which no code of the program runs.
 * Where it does, the calling thread is the owner until loop_call_lend. False: it is not
 * the thread that runs the call, or the loop has been taken over or stopped. Any thread
 * while the call runs, one at a time.
 */
MUST_USE bool loop_call_reclaim(struct loop *loop, struct loop_call *call);

/* Lends it again, for the rest of the call. */
void loop_call_lend(struct loop *loop, struct loop_call *call);

/* ---- timers ---- */

struct loop_timer {
	void (*fire)(struct loop_timer *); /* set by loop_timer_init */
	uint64_t at_ms;			   /* when, by loop_now_ms */
	uint32_t serial;		   /* of its start: first started, first fired */
	uint32_t place;			   /* among those that run; 0: it does not */
};

/* A timer that does not run. */
void loop_timer_init(struct loop_timer *timer, void (*fire)(struct loop_timer *));

/* Fires once in delay_ms; a running timer starts anew. ERR_NO_MEMORY (a timer that was
 * running stays as it was). */
MUST_USE enum err loop_timer_start(struct loop *loop, struct loop_timer *timer,
				   uint64_t delay_ms);

/* Does not fire any more; harmless when it is not running. */
void loop_timer_stop(struct loop *loop, struct loop_timer *timer);

/* Whether it will fire. */
bool loop_timer_is_running(const struct loop_timer *timer);

/*
 * clock_mono_ns as the loop last read it. It reads it behind poll, and when it is asked
 * for behind a call or behind LOOP_CLOCK_RUNS posts and tasks: so this is late by as long
 * as these take, at the most, and never by a call.
 */
uint64_t loop_now_ns(struct loop *loop);

/* The same in milliseconds: what timers go by. */
uint64_t loop_now_ms(struct loop *loop);

/* loop_now_ns when this turn began: what poll found ready was there then. Calls may have
 * run since. */
uint64_t loop_turn_ns(const struct loop *loop);

/* ---- watches: readiness of a descriptor ---- */

enum loop_ready {
	LOOP_READABLE = 1,
	LOOP_WRITABLE = 2,
	LOOP_BROKEN = 4, /* told besides the others, never asked for: there is an error */
};

struct loop_watch; /* allocated by the loop */

/* Told which of enum loop_ready are there (with an error or a hang-up all that was asked
 * for; the next read or write says what it is). Level-triggered. */
typedef void loop_ready_fn(void *owner, unsigned ready);

/* Begins to watch a non-blocking socket, for nothing yet. It is the watch's if there is
 * no error. ERR_NO_MEMORY, ERR_SYSTEM. Not in a visit. */
MUST_USE enum err loop_watch_new(struct loop *loop, int fd, loop_ready_fn *ready,
				 void *owner, struct loop_watch **out_watch);

/* Tells exactly these of enum loop_ready from now on (0: none). Costs a system call only
 * when there is a new one; one that is taken back costs it when it comes unwanted. */
void loop_watch_for(struct loop_watch *watch, unsigned wanted);

/* Ends the watch and closes the descriptor, in a visit when the owner is awake; ready
 * comes no more. NULL is fine. */
void loop_watch_close(struct loop_watch *watch);

/* ---- receive buffers ---- */

/* A buffer of LOOP_BUFFER_BYTES, or NULL when memory is out; the last one given back
 * comes first. The taker owns it until loop_buffer_give. */
MUST_USE char *loop_buffer_take(struct loop *loop);

/* Gives a buffer back; NULL is fine. */
void loop_buffer_give(struct loop *loop, char *buffer);

/* Frees the buffers that many at once have left behind: for a while nobody takes any. */
void loop_buffer_rest(struct loop *loop);

/* Whether there are any of these. */
bool loop_buffer_may_rest(const struct loop *loop);

/* An empty small buffer for what is written soon, with room if there is one that was
 * given back. The taker owns it. */
struct buf loop_buf_take(struct loop *loop);

/* Gives it back, empty again; one that has grown large is freed. */
void loop_buf_give(struct loop *loop, struct buf *buf);

/* ---- activity ---- */

/*
 * A request has begun (+1) or ended (-1). While there is none the stand-by is
 * quick to sleep. Owner only.
 */
void loop_busy(struct loop *loop, int change);

/* Whether a request runs. Owner only. */
bool loop_is_busy(const struct loop *loop);

#endif
