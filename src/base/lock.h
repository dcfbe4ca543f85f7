/* SPDX-License-Identifier: MIT */
/*
 * A lock of one word, for short sections that rarely meet: taken and let go it costs two
 * atomic operations and some ten instructions, a fifth of what pthread_mutex_t takes.
 * Who must wait sleeps. Not recursive. Any thread.
 */
#ifndef IXHR2_BASE_LOCK_H
#define IXHR2_BASE_LOCK_H

#include <stdatomic.h>
#include <stdbool.h>

/* Nobody, somebody, and somebody for whom others wait. */
enum lock_word { LOCK_FREE, LOCK_TAKEN, LOCK_WANTED };

/* All zero bytes are one that nobody holds. It has no end: nothing is given back. */
struct lock {
	atomic_uint word; /* an enum lock_word */
};

/* What lock_take does when somebody holds it, and lock_give when somebody waits. */
void lock_await(struct lock *lock);
void lock_wake(struct lock *lock);

/* Takes it if nobody has it; whether it is the caller's. */
static inline bool lock_try(struct lock *lock)
{
	unsigned word = LOCK_FREE;

	return atomic_compare_exchange_strong_explicit(&lock->word, &word, LOCK_TAKEN,
						       memory_order_acquire,
						       memory_order_relaxed);
}

/* Waits until it is the caller's. */
static inline void lock_take(struct lock *lock)
{
	if (!lock_try(lock))
		lock_await(lock);
}

/* Lets it go. Whoever takes it then may end the memory that it lies in. */
static inline void lock_give(struct lock *lock)
{
	if (atomic_exchange_explicit(&lock->word, LOCK_FREE, memory_order_release) ==
	    LOCK_WANTED)
		lock_wake(lock);
}

/* Waits until whoever holds it has let it go, where nobody will take it any more. */
static inline void lock_pass(struct lock *lock)
{
	if (atomic_load_explicit(&lock->word, memory_order_acquire) != LOCK_FREE)
		lock_take(lock);
}

#endif
