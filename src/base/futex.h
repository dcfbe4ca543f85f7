/* SPDX-License-Identifier: MIT */
/*
 * Sleeping until a number changes (futex(2)), for locks of one word: they have no end at
 * which memory could be given back, and their memory may be gone right after they have
 * been used the last time.
 */
#ifndef IXHR2_BASE_FUTEX_H
#define IXHR2_BASE_FUTEX_H

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* A time that is never up. */
#define FUTEX_FOR_EVER UINT32_MAX

/* Milliseconds of a second, nanoseconds of a millisecond. */
#define FUTEX_SECOND_MS 1000
#define FUTEX_MS_NS	1000000

/* Sleeps while the word has this value, until it is woken or time is up. Whether it is
 * up. May wake without cause. */
static inline bool futex_sleep(atomic_uint *word, unsigned value, uint32_t timeout_ms)
{
	struct timespec span = {
		.tv_sec = timeout_ms / FUTEX_SECOND_MS,
		.tv_nsec = (long)(timeout_ms % FUTEX_SECOND_MS) * FUTEX_MS_NS,
	};

	return syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value,
		       timeout_ms == FUTEX_FOR_EVER ? NULL : &span, NULL, 0) != 0 &&
	       errno == ETIMEDOUT;
}

/* Wakes one that sleeps, or all. The word may be memory that is gone. */
static inline void futex_wake(atomic_uint *word, bool all)
{
	(void)syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, all ? INT_MAX : 1, NULL, NULL,
		      0);
}

#endif
