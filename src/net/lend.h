/* SPDX-License-Identifier: MIT */
/*
 * A piece of work that one thread at a time owns, and the crew of threads that take
 * turns at it. The owner may lend it while it does something that may take long; if
 * that does take long a stand-by thread becomes the owner, and the thread that comes
 * back late becomes a stand-by. Knows nothing of what the work is.
 */
#ifndef IXHR2_NET_LEND_H
#define IXHR2_NET_LEND_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* Threads of one crew at the most, the owner included. */
#define LEND_MAX_THREADS 512

/* Time between two looks of the stand-by at what is lent; it takes over when it finds
 * the same lending at two looks, or the same turn of the owner at three. */
#define LEND_LOOK_US 3000u

/* Looks without a new lending after which the stand-by sleeps until the next one:
 * while something is under way, and while nothing is. */
#define LEND_BUSY_LOOKS 32u
#define LEND_IDLE_LOOKS 2u

/* Stand-bys that are kept for good, and how long others stay. */
#define LEND_KEEP_IDLE 2u
#define LEND_SURPLUS_S 10

/* Time between two attempts to start a stand-by when the system refuses. */
#define LEND_RESPAWN_NS (100u * 1000 * 1000)

/*
 * The work, called on the thread that has become its owner. Answers true when it ends
 * because lend_is_stopping, false when lend_out or lend_back has answered that the work
 * is no longer this thread's (after which it touches nothing that needs the work).
 */
typedef bool lend_run_fn(void *owner);

/* Bits of attention: what a lender must see to. */
enum lend_attention {
	LEND_DOZING = 1,   /* the watch sleeps until the next lending */
	LEND_STOPPING = 2, /* a stop has been ordered */
	LEND_LACKING = 4,  /* no stand-by could be started */
};

struct lend {
	_Atomic uint64_t lease;	   /* number of the lending, and who has the work */
	atomic_uint attention;	   /* bits of enum lend_attention, normally none */
	_Atomic(pthread_t) holder; /* the owner, or the thread it lends from */
	atomic_uint turn;	   /* counted by the owner; see lend_count_turn */
	atomic_int busy;	   /* things under way; written by the owner */
	lend_run_fn *run;	   /* the work */
	void *owner;		   /* given to run */
	uint64_t respawn_ns;	   /* when a thread may be tried again; the owner's */

	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t watch; /* where the stand-by on watch sleeps */
	pthread_cond_t spare; /* where other stand-bys wait to be on watch */
	pthread_cond_t gone;  /* told when the owner has left and when a thread ends */
	unsigned threads;     /* all of them */
	unsigned idle;	      /* of them stand-bys */
	bool has_watch;	      /* whether a stand-by is on watch */
	bool is_dismissed;    /* threads that have stopped may end */
};

/* Makes a crew of two, of which one calls run(owner) soon. ERR_NO_MEMORY, ERR_SYSTEM. */
MUST_USE enum err lend_init(struct lend *lend, lend_run_fn *run, void *owner);

/* Orders a stop: nothing is lent any more. The caller wakes the owner. Any thread. */
void lend_order_stop(struct lend *lend);

/* After lend_order_stop: waits until nobody owns the work, but not for threads that are
 * away. Threads do not end then, they rest. Any thread but the owner while it does not
 * lend; who has taken his place does not wait for himself. */
void lend_await_stop(struct lend *lend);

/* After lend_await_stop: waits for the end of all threads. Not on a thread of the crew.
 */
void lend_done(struct lend *lend);

/* In a child after fork: the work is the parent's. A thread that was away with it when it
 * forked ends when it comes back. */
void lend_forget(struct lend *lend);

/* Whether a stop has been ordered. Any thread. */
static inline bool lend_is_stopping(const struct lend *lend)
{
	return atomic_load(&lend->attention) & LEND_STOPPING;
}

/* Lends the work; *out_lease is for lend_back. Owner only. False: a stop was ordered,
 * nothing is lent, and the work is not this thread's any more. */
MUST_USE bool lend_out(struct lend *lend, uint64_t *out_lease);

/* Takes it back. False: it has been taken over, and the thread is a guest here. */
MUST_USE bool lend_back(struct lend *lend, uint64_t lease);

/* Whether the calling thread is the owner, lending or not. Any thread; an answer given
 * while lending may be out of date at once. */
bool lend_is_here(const struct lend *lend);

/* The calling thread is the owner for others and itself (lend_is_here), while the owner
 * is not at work, until it gives the place back to whom this answers. The owner sees to
 * it that there is one at a time. */
pthread_t lend_take_place(struct lend *lend);
void lend_give_place(struct lend *lend, pthread_t owner);

/* The owner has seen to everybody who waits: a turn begins in which it may lend often,
 * but not for long in all. Owner only. */
void lend_count_turn(struct lend *lend);

/* More (+1) or less (-1) is under way. Owner only. */
void lend_busy(struct lend *lend, int change);

/* Whether something is under way. Any thread. */
static inline bool lend_is_busy(const struct lend *lend)
{
	return atomic_load_explicit(&lend->busy, memory_order_relaxed) > 0;
}

#endif
