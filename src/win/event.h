/* SPDX-License-Identifier: MIT */
/*
 * Events, and the waits that are queued at them (ixhr2/synchapi.h). Everything here is
 * called under the lock of win/object.h.
 */
#ifndef IXHR2_WIN_EVENT_H
#define IXHR2_WIN_EVENT_H

#include "base/list.h"
#include "ixhr2/synchapi.h"
#include "win/object.h"

struct event {
	struct object object; /* what its handles name */
	struct list turns;    /* of waits, in the order in which they came */
	bool is_manual;	      /* it stays set when it lets a wait through */
	bool is_set;	      /* it lets waits through */
};

/* The place of a wait in the queue of one event. */
struct event_turn {
	struct list link;	 /* in the event's turns, or in none */
	struct event *event;	 /* which; a reference while the wait is queued */
	struct event_wait *wait; /* whose turn it is */
};

/* One wait, on the stack of the thread that waits. */
struct event_wait {
	struct event_turn turns[MAXIMUM_WAIT_OBJECTS]; /* one an event, in the order of
							  the handles */
	DWORD count;				       /* how many turns */
	bool needs_all;	     /* it takes all the events at once */
	bool is_over;	     /* it has taken what it needs */
	DWORD taken;	     /* which turn's event; 0 if all */
	pthread_cond_t wake; /* signalled when it is over; made by who queues it */
};

/* Fills a wait; its wake is left as it is. 0, or ERROR_INVALID_HANDLE, or
 * ERROR_INVALID_PARAMETER for an event that stands twice. */
DWORD event_wait_init(struct event_wait *wait, DWORD count, const HANDLE *handles,
		      bool needs_all);

/* Takes the events that the wait needs, if they are set: it is over then. */
bool event_wait_try(struct event_wait *wait);

/* Puts a wait that is not over at the end of each queue, and takes references. */
void event_wait_queue(struct event_wait *wait);

/* Takes a wait out of the queues where it still is. The references stay. */
void event_wait_unqueue(struct event_wait *wait);

/* Gives the references back; without the lock. */
void event_wait_done(struct event_wait *wait);

#endif
