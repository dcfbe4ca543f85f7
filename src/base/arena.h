/* SPDX-License-Identifier: MIT */
/*
 * Memory that is given back all at once: what belongs to one request lies in its
 * arena. One thread at a time.
 */
#ifndef IXHR2_BASE_ARENA_H
#define IXHR2_BASE_ARENA_H

#include <stddef.h>

#include "base/err.h"
#include "base/span.h"

/* Size of an ordinary block, chosen so that malloc's thread cache recycles it. */
#define ARENA_BLOCK_BYTES 1000

struct arena_block;

struct arena {
	struct arena_block *newest; /* where the next piece is cut from, or NULL */
	char *free;		    /* first free byte of newest */
	char *end;		    /* end of newest */
};

/* An empty arena; allocates nothing. All zero bytes are one as well. */
void arena_init(struct arena *arena);

/* Frees everything that was cut from the arena; it is empty again. */
void arena_done(struct arena *arena);

/* bytes > 0 bytes, aligned for any type, uninitialised; NULL when memory is out. */
MUST_USE void *arena_alloc(struct arena *arena, size_t bytes);

/* A copy of from in the arena, with a NUL behind it (not counted in *out). */
MUST_USE enum err arena_copy(struct arena *arena, struct span from, struct span *out);

#endif
