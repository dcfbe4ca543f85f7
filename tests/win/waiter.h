/* SPDX-License-Identifier: MIT */
/* Threads that wait for events, and how a test knows that they do. */
#ifndef IXHR2_TESTS_WIN_WAITER_H
#define IXHR2_TESTS_WIN_WAITER_H

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "win/event.h"

/* One wait on a thread of its own. */
struct waiter {
	pthread_t thread;      /* where it waits */
	const HANDLE *handles; /* for what; lent */
	DWORD count;	       /* how many */
	BOOL all;	       /* for all of them */
	DWORD timeout_ms;      /* how long */
	DWORD result;	       /* what came of it, behind waiter_end */
	atomic_bool has_ended; /* the wait has returned */
};

static inline void *waiter_run(void *at)
{
	struct waiter *waiter = at;

	waiter->result = WaitForMultipleObjects(waiter->count, waiter->handles,
						waiter->all, waiter->timeout_ms);
	atomic_store(&waiter->has_ended, true);
	return NULL;
}

/* How many waits are queued at an event. */
static inline size_t waiter_count(HANDLE event)
{
	struct event_wait wait;
	size_t count = 0;

	object_lock();
	if (event_wait_init(&wait, 1, &event, false) == 0) {
		const struct list *turns = &wait.turns[0].event->turns;

		for (const struct list *at = turns->next; at != turns; at = at->next)
			count++;
	}
	object_unlock();
	return count;
}

/* Returns when so many waits are queued at an event. */
static inline void waiter_await(HANDLE event, size_t count)
{
	while (waiter_count(event) != count)
		sched_yield();
}

/* Begins a wait, without end, and returns when it is queued. The waiter has handles,
 * count and all. */
static inline void waiter_begin(struct waiter *waiter)
{
	size_t before = waiter_count(waiter->handles[0]);

	waiter->timeout_ms = INFINITE;
	atomic_init(&waiter->has_ended, false);
	if (pthread_create(&waiter->thread, NULL, waiter_run, waiter) != 0)
		abort();
	waiter_await(waiter->handles[0], before + 1);
}

/* Begins a wait for one event. */
static inline void waiter_begin_one(struct waiter *waiter, const HANDLE *event)
{
	waiter->handles = event;
	waiter->count = 1;
	waiter->all = FALSE;
	waiter_begin(waiter);
}

/* Waits until it has ended; answers its result. */
static inline DWORD waiter_end(struct waiter *waiter)
{
	pthread_join(waiter->thread, NULL);
	return waiter->result;
}

/* Whether an event is set; an auto-reset event is not set then. */
static inline bool waiter_takes(HANDLE event)
{
	return WaitForSingleObject(event, 0) == WAIT_OBJECT_0;
}

#endif
