/* SPDX-License-Identifier: MIT */
/*
 * Sleeping until a number changes (futex(2)), for the things of ixhr2/synchapi.h that
 * have no end at which memory could be given back, and whose memory may be gone right
 * after they have been used the last time.
 */
#ifndef IXHR2_WIN_FUTEX_H
#define IXHR2_WIN_FUTEX_H

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "ixhr2/synchapi.h"

/* Milliseconds of a second, nanoseconds of a millisecond. */
#define FUTEX_SECOND_MS 1000
#define FUTEX_MS_NS	1000000

/* Sleeps while the word has this value, until it is woken or time is up. Whether it is
 * up. May wake without cause. */
static inline bool futex_sleep(atomic_uint *word, unsigned value, DWORD timeout_ms)
{
	struct timespec span = {
		.tv_sec = timeout_ms / FUTEX_SECOND_MS,
		.tv_nsec = (long)(timeout_ms % FUTEX_SECOND_MS) * FUTEX_MS_NS,
	};

	return syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value,
		       timeout_ms == INFINITE ? NULL : &span, NULL, 0) != 0 &&
	       errno == ETIMEDOUT;
}

/* Wakes one that sleeps, or all. The word may be memory that is gone. */
static inline void futex_wake(atomic_uint *word, bool all)
{
	(void)syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, all ? INT_MAX : 1, NULL, NULL,
		      0);
}

#endif
