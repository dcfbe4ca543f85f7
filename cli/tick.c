/* SPDX-License-Identifier: MIT */
/* A wait is rounded up, so that a moment has come when it is over. */
#include "tick.h"

#include <time.h>

/* The longest wait; who waits looks again then. */
#define MAX_WAIT_MS 3600000u

uint64_t tick_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int64_t tick_wall_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int tick_until_ms(uint64_t then_ns)
{
	uint64_t now_ns = tick_ns();
	uint64_t ms;

	if (then_ns == TICK_NEVER)
		return -1;
	ms = then_ns > now_ns ? (then_ns - now_ns + 999999) / 1000000 : 0;
	return (int)(ms < MAX_WAIT_MS ? ms : MAX_WAIT_MS);
}

int tick_sooner(int a_ms, int b_ms)
{
	if (a_ms < 0 || b_ms < 0)
		return a_ms < 0 ? b_ms : a_ms;
	return a_ms < b_ms ? a_ms : b_ms;
}
