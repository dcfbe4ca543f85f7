/* SPDX-License-Identifier: MIT */
/* Time of the command. */
#ifndef CLI_TICK_H
#define CLI_TICK_H

#include <stdint.h>

/* A moment that does not come. */
#define TICK_NEVER UINT64_MAX

/* Nanoseconds of a clock that only goes forward: that of trace lines. */
uint64_t tick_ns(void);

/* Milliseconds since 1970-01-01 00:00 UTC. */
int64_t tick_wall_ms(void);

/* Milliseconds until a moment of tick_ns, as poll takes them: -1 for TICK_NEVER. */
int tick_until_ms(uint64_t then_ns);

/* The shorter of two waits, of which -1 is the longest. */
int tick_sooner(int a_ms, int b_ms);

#endif
