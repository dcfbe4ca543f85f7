/* SPDX-License-Identifier: MIT */
/*
 * Who waits says so in the word, and sleeps while it says so (futex(2)). Who lets go of a
 * wanted lock wakes one that sleeps; that one cannot know whether more do, so it takes
 * the lock as a wanted one. A wake-up for nothing is all that can come of it, also where
 * the lock is gone by then.
 */
#include "base/lock.h"

#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

void lock_await(struct lock *lock)
{
	while (atomic_exchange_explicit(&lock->word, LOCK_WANTED, memory_order_acquire) !=
	       LOCK_FREE)
		(void)syscall(SYS_futex, &lock->word, FUTEX_WAIT_PRIVATE, LOCK_WANTED,
			      NULL, NULL, 0);
}

void lock_wake(struct lock *lock)
{
	(void)syscall(SYS_futex, &lock->word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}
