/* SPDX-License-Identifier: MIT */
/*
 * What the clients of `./run bench` count, and how they tell it: requests that ended
 * well, bytes of body, and time. Processor time is that of the whole process, all
 * threads, user and system. C and C++.
 */
#ifndef IXHR2_BENCH_TALLY_H
#define IXHR2_BENCH_TALLY_H

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

struct tally {
	uint64_t begin_us;	/* processor time at tally_begin; 0 without it */
	uint64_t begin_wall_us; /* the clock then */
	uint64_t first_us;	/* processor time up to the end of the first request */
	uint64_t requests;	/* that ended well, the first one included */
	uint64_t resumed; /* of them, bodies that begin with 'r': see single_server.c; for
			     clients with one request at a time */
	uint64_t bytes;	  /* of body */
	bool is_inside;	  /* a body has begun */
};

/* Processor time since the process began. */
static inline uint64_t tally_us(void)
{
	struct rusage use;

	getrusage(RUSAGE_SELF, &use);
	return (uint64_t)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000000u +
	       (uint64_t)(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
}

static inline uint64_t tally_wall_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

/* All is prepared; the first request follows. cpu_us and wall_us begin here. */
static inline void tally_begin(struct tally *tally)
{
	tally->begin_us = tally_us();
	tally->begin_wall_us = tally_wall_us();
}

/* Some bytes of a body have come. */
static inline void tally_take(struct tally *tally, const char *bytes, size_t len)
{
	if (len == 0)
		return;
	if (!tally->is_inside && bytes[0] == 'r')
		tally->resumed++;
	tally->is_inside = true;
	tally->bytes += len;
}

/* A request has ended well. */
static inline void tally_end(struct tally *tally)
{
	tally->is_inside = false;
	if (tally->requests++ == 0)
		tally->first_us = tally_us();
}

/* All is done: one line for the script, of JSON. */
static inline void tally_print(const struct tally *tally)
{
	uint64_t now_us = tally_us(), now_wall_us = tally_wall_us();

	printf("{\"requests\": %" PRIu64 ", \"bytes\": %" PRIu64 ", \"cpu_us\": %" PRIu64
	       ", \"wall_us\": %" PRIu64,
	       tally->requests, tally->bytes, now_us - tally->begin_us,
	       tally->begin_wall_us ? now_wall_us - tally->begin_wall_us : 0);
	printf(", \"first_us\": %" PRIu64 ", \"rest_us\": %" PRIu64 ", \"resumed\": "
	       "%" PRIu64 "}\n",
	       tally->first_us, now_us - tally->first_us, tally->resumed);
}

#endif
