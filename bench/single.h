/* SPDX-License-Identifier: MIT */
/*
 * What the programs single_*.c share: clients that make one request at a time, each on a
 * connection of its own, as it is closed by single_server.c.
 *
 *	single_X SCHEME PORT PATH COUNT WAY [BYTES [PIECE]]
 *
 * GET / from good.test:PORT at 127.0.0.1, then COUNT times GET PATH; with the way "up" it
 * is PUT instead, with a body of as many bytes as the number in PATH says, which the
 * server has to answer. SCHEME is http or https, WAY how a body is taken. What BYTES and
 * PIECE are says the program. All print a tally.
 */
#ifndef IXHR2_BENCH_SINGLE_H
#define IXHR2_BENCH_SINGLE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tally.h"

#define SINGLE_HOST	    "good.test"
#define SINGLE_SOURCE_BYTES (1024 * 1024) /* that bodies repeat */

struct single {
	const char *scheme;  /* "http" or "https" */
	uint16_t port;	     /* of 127.0.0.1 */
	const char *path;    /* of the requests behind the first */
	unsigned long count; /* of them */
	const char *way;     /* how a body is taken; "up": it is sent */
	size_t bytes;	     /* BYTES, or 0 */
	size_t piece_bytes;  /* PIECE, or 0 */

	uint64_t up_bytes; /* of the body of the request that runs; 0: GET */
	uint64_t up_left;  /* of them, those that were not given yet */
	uint64_t answered; /* the number at the beginning of the response */
	struct tally tally;
};

/* False: the command line is wrong, as has been said. */
static inline bool single_init(struct single *single, int argc, char **argv)
{
	if (argc < 6 || argc > 8) {
		fprintf(stderr, "usage: %s SCHEME PORT PATH COUNT WAY [BYTES [PIECE]]\n",
			argv[0]);
		return false;
	}
	*single = (struct single){
		.scheme = argv[1],
		.port = (uint16_t)strtoul(argv[2], NULL, 10),
		.path = argv[3],
		.count = strtoul(argv[4], NULL, 10),
		.way = argv[5],
		.bytes = argc > 6 ? strtoul(argv[6], NULL, 10) : 0,
		.piece_bytes = argc > 7 ? strtoul(argv[7], NULL, 10) : 0,
	};
	tally_begin(&single->tally);
	return true;
}

static inline bool single_is_tls(const struct single *single)
{
	return strcmp(single->scheme, "https") == 0;
}

/* A request begins; its path. */
static inline const char *single_begin(struct single *single)
{
	bool is_first = single->tally.requests == 0;
	bool is_up = !is_first && strcmp(single->way, "up") == 0;

	single->up_bytes = is_up ? strtoull(single->path + 1, NULL, 10) : 0;
	single->up_left = single->up_bytes;
	single->answered = 0;
	return is_first ? "/" : single->path;
}

/* The next bytes of the body that is sent: copied, as a body has to come from somewhere.
 * 0: it has ended. */
static inline size_t single_fill(struct single *single, char *to, size_t cap)
{
	static char source[SINGLE_SOURCE_BYTES];
	size_t at = (single->up_bytes - single->up_left) % sizeof(source);
	size_t len = cap < sizeof(source) - at ? cap : sizeof(source) - at;

	if (len > single->up_left)
		len = (size_t)single->up_left;
	memcpy(to, source + at, len);
	single->up_left -= len;
	return len;
}

/* Some bytes of a response's body have come. */
static inline void single_take(struct single *single, const char *bytes, size_t len)
{
	tally_take(&single->tally, bytes, len);
	if (!single->up_bytes)
		return;
	for (size_t i = 0; i < len && bytes[i] >= '0' && bytes[i] <= '9'; i++)
		single->answered = single->answered * 10 + (uint64_t)(bytes[i] - '0');
}

/* A request has ended; whether all is well. */
static inline bool single_end(struct single *single)
{
	if (single->up_bytes && single->answered != single->up_bytes) {
		fprintf(stderr, "%ju of %ju bytes have come\n",
			(uintmax_t)single->answered, (uintmax_t)single->up_bytes);
		return false;
	}
	tally_end(&single->tally);
	return true;
}

/* Whether another request is to follow. */
static inline bool single_has_more(const struct single *single)
{
	return single->tally.requests <= single->count;
}

#endif
