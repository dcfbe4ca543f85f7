/* SPDX-License-Identifier: MIT */
/*
 * Who waits says so in the word, and sleeps while it says so (futex(2)). Who lets go of a
 * wanted lock wakes one that sleeps; that one cannot know whether more do, so it takes
 * the lock as a wanted one. A wake-up for nothing is all that can come of it, also where
 * the lock is gone by then.
 */
#include "base/lock.h"

#include "base/futex.h"

void lock_await(struct lock *lock)
{
	while (atomic_exchange_explicit(&lock->word, LOCK_WANTED, memory_order_acquire) !=
	       LOCK_FREE)
		(void)futex_sleep(&lock->word, LOCK_WANTED, FUTEX_FOR_EVER);
}

void lock_wake(struct lock *lock)
{
	futex_wake(&lock->word, false);
}
