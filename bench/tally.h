/* SPDX-License-Identifier: MIT */
/*
 * What the clients of `./run bench tls` count, and how they tell it: processor time, user
 * and system, of the whole process up to the end of the first request, and of those
 * behind it.
 */
#ifndef IXHR2_BENCH_TALLY_H
#define IXHR2_BENCH_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>

struct tally {
	uint64_t first_us; /* processor time up to the end of the first request */
	uint64_t requests; /* that ended well, the first one included */
	uint64_t resumed;  /* of them, bodies that begin with 'r': see tls_server.c */
	uint64_t bytes;	   /* of body */
	bool is_inside;	   /* a body has begun */
};

static inline uint64_t tally_us(void)
{
	struct rusage use;

	getrusage(RUSAGE_SELF, &use);
	return (uint64_t)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000000u +
	       (uint64_t)(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
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

/* One line for the script. */
static inline void tally_print(const struct tally *tally)
{
	printf("{\"first_us\": %ju, \"rest_us\": %ju, \"requests\": %ju, \"resumed\": "
	       "%ju, \"bytes\": %ju}\n",
	       (uintmax_t)tally->first_us, (uintmax_t)(tally_us() - tally->first_us),
	       (uintmax_t)tally->requests, (uintmax_t)tally->resumed,
	       (uintmax_t)tally->bytes);
}

#endif
