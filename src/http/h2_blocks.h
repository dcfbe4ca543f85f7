/* SPDX-License-Identifier: MIT */
/*
 * Memory for nghttp2, which takes a few small blocks for each stream and gives them back:
 * here they go round, because with many streams at once they are more than malloc has at
 * hand. One thread at a time.
 */
#ifndef IXHR2_HTTP_H2_BLOCKS_H
#define IXHR2_HTTP_H2_BLOCKS_H

#include <stddef.h>

#include "base/err.h"

/* Sizes of blocks that go round: steps of so many bytes, and how many of them. */
#define H2_BLOCKS_STEP_BYTES 32u
#define H2_BLOCKS_STEPS	     16u

/* Blocks of one size that wait. */
#define H2_BLOCKS_MAX_WAITING 128u

struct h2_block;

/* All zero bytes are an empty one. */
struct h2_blocks {
	struct h2_block *waiting[H2_BLOCKS_STEPS + 1]; /* of so many steps, or NULL */
};

/* Frees the blocks that wait; all others were given back. */
void h2_blocks_done(struct h2_blocks *blocks);

/* As malloc, calloc, realloc and free. bytes may be 0. */
MUST_USE void *h2_blocks_alloc(struct h2_blocks *blocks, size_t bytes);
MUST_USE void *h2_blocks_zalloc(struct h2_blocks *blocks, size_t count, size_t bytes);
MUST_USE void *h2_blocks_resize(struct h2_blocks *blocks, void *at, size_t bytes);
void h2_blocks_free(struct h2_blocks *blocks, void *at);

#endif
