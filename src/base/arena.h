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

/* Ordinary blocks that wait to be used again. */
#define ARENA_MAX_SPARE 128u

struct arena_block;

/* Blocks that go round among the arenas of one thread, because many arenas that live at
 * once need more of them than malloc has at hand. All zero bytes are none. */
struct arena_spare {
	struct arena_block *first; /* that waits, or NULL */
	unsigned count;		   /* so many */
};

struct arena {
	struct arena_block *newest; /* the block that was made last, or NULL */
	char *free;		    /* where the next piece is cut from, */
	char *end;		    /* and the end of that */
	struct arena_spare *spare;  /* where blocks are taken from, and go; or NULL */
};

/* An empty arena; allocates nothing. All zero bytes are one as well. */
void arena_init(struct arena *arena);

/* As arena_init, but the first pieces are cut from the bytes at at, which stay the
 * caller's and must last until arena_done. */
void arena_init_in(struct arena *arena, char *at, size_t bytes);

/* Frees everything that was cut from the arena; it is empty again. */
void arena_done(struct arena *arena);

/* Frees the blocks that wait. */
void arena_spare_done(struct arena_spare *spare);

/* bytes > 0 bytes, aligned for any type, uninitialised; NULL when memory is out. */
MUST_USE void *arena_alloc(struct arena *arena, size_t bytes);

/* A copy of from in the arena, with a NUL behind it (not counted in *out). */
MUST_USE enum err arena_copy(struct arena *arena, struct span from, struct span *out);

#endif
