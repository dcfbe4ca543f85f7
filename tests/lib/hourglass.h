/* SPDX-License-Identifier: MIT */
/*
 * The monotonic clock of a test program, which the test stops, lets run and puts forward.
 * While it stands, nothing of what is to be in time can be late, however busy the machine
 * is; what is to be late is late only when the test has seen that all is ready for it.
 *
 * base/clock and the loop find this clock before the system's. What waits in the kernel
 * does so by the kernel's: a timer fires when its time is over by both, so it is to be
 * short. A stopped clock runs on from where it stood. Functions of this file are for one
 * thread at a time. It defines clock_gettime: one file of a program may include it.
 */
#ifndef IXHR2_TESTS_LIB_HOURGLASS_H
#define IXHR2_TESTS_LIB_HOURGLASS_H

#include <stdatomic.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define HOURGLASS_SECOND_NS 1000000000

/* What hourglass_held_ns is while the clock runs, and while it is being stopped. */
#define HOURGLASS_RUNS	 (-1)
#define HOURGLASS_UNSURE (-2)

static _Atomic int64_t hourglass_ahead_ns;		   /* of the system's clock */
static _Atomic int64_t hourglass_held_ns = HOURGLASS_RUNS; /* where it stands */

/* Where the running clock is. */
static inline int64_t hourglass_running_ns(clockid_t clock)
{
	struct timespec now = {0};

	syscall(SYS_clock_gettime, clock, &now);
	return (int64_t)now.tv_sec * HOURGLASS_SECOND_NS + now.tv_nsec +
	       atomic_load(&hourglass_ahead_ns);
}

/* Whoever has read the running clock while it was stopped reads again: it never goes
 * back. */
static inline int64_t hourglass_ns(clockid_t clock)
{
	for (;;) {
		int64_t held_ns = atomic_load(&hourglass_held_ns);
		int64_t running_ns = hourglass_running_ns(clock);

		if (held_ns >= 0)
			return held_ns;
		if (held_ns == HOURGLASS_RUNS &&
		    atomic_load(&hourglass_held_ns) == HOURGLASS_RUNS)
			return running_ns;
	}
}

__attribute__((visibility("default"))) int clock_gettime(clockid_t clock,
							 struct timespec *out)
{
	int64_t ns;

	if (clock != CLOCK_MONOTONIC && clock != CLOCK_MONOTONIC_COARSE)
		return (int)syscall(SYS_clock_gettime, clock, out);
	ns = hourglass_ns(clock);
	out->tv_sec = (time_t)(ns / HOURGLASS_SECOND_NS);
	out->tv_nsec = (long)(ns % HOURGLASS_SECOND_NS);
	return 0;
}

/* Stops the clock, if it runs. */
static inline void hourglass_stop(void)
{
	if (atomic_load(&hourglass_held_ns) != HOURGLASS_RUNS)
		return;
	atomic_store(&hourglass_held_ns, HOURGLASS_UNSURE);
	atomic_store(&hourglass_held_ns, hourglass_running_ns(CLOCK_MONOTONIC));
}

/* Lets it run again, if it stands. */
static inline void hourglass_run(void)
{
	int64_t held_ns = atomic_load(&hourglass_held_ns);

	if (held_ns < 0)
		return;
	atomic_fetch_add(&hourglass_ahead_ns,
			 held_ns - hourglass_running_ns(CLOCK_MONOTONIC));
	atomic_store(&hourglass_held_ns, HOURGLASS_RUNS);
}

/* Puts the running clock forward. */
static inline void hourglass_forward(int seconds)
{
	atomic_fetch_add(&hourglass_ahead_ns, (int64_t)seconds * HOURGLASS_SECOND_NS);
}

/* Moves a clock that stands, and that stands on. */
static inline void hourglass_step(unsigned ms)
{
	atomic_fetch_add(&hourglass_held_ns, (int64_t)ms * 1000000);
}

/* Lets so much time pass; then the clock stands. */
static inline void hourglass_pass(unsigned ms)
{
	hourglass_run();
	usleep(ms * 1000);
	hourglass_stop();
}

#endif
