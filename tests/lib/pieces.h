/* SPDX-License-Identifier: MIT */
/*
 * Cuts input into pieces of n bytes, each lying against a guard page:
 *
 *	struct pieces pieces = {.rest = input, .bytes = n};
 *	struct span piece;
 *
 *	while (pieces_next(&pieces, &piece))
 *		...
 *	pieces_done(&pieces);
 */
#ifndef IXHR2_TESTS_LIB_PIECES_H
#define IXHR2_TESTS_LIB_PIECES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"
#include "lib/guard.h"

/* Codecs are tested in pieces of 1 up to this many bytes. */
#define PIECES_MAX_BYTES 64

struct pieces {
	struct span rest;   /* what has not been given yet */
	size_t bytes;	    /* length of a piece; the last may be shorter */
	struct guard guard; /* where the piece lies */
};

/* The next piece, valid until the next call; false at the end. */
static inline bool pieces_next(struct pieces *pieces, struct span *out)
{
	size_t n = pieces->bytes < pieces->rest.len ? pieces->bytes : pieces->rest.len;

	if (n == 0)
		return false;
	*out = guard_copy(&pieces->guard, span_of(pieces->rest.at, n));
	pieces->rest = span_skip(pieces->rest, n);
	return true;
}

static inline void pieces_done(struct pieces *pieces)
{
	guard_done(&pieces->guard);
}

#endif
