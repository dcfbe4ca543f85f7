/* SPDX-License-Identifier: MIT */
/*
 * Before each block stands how many steps long it is. A block of the n-th list has room
 * for n + 1 steps; one that is larger than all of them has 0 written before it, and comes
 * and goes by base/mem.
 */
#include "http/h2_blocks.h"

#include <stdalign.h>
#include <string.h>

#include "base/mem.h"

struct h2_block {
	size_t steps;			/* its room; 0: it is large */
	struct h2_block *next;		/* while it waits, or NULL */
	alignas(max_align_t) char at[]; /* what nghttp2 has */
};

static struct h2_block *block_of(void *at)
{
	return (struct h2_block *)(void *)((char *)at - offsetof(struct h2_block, at));
}

/* The room that bytes need; 0: it is large. */
static size_t steps_for(size_t bytes)
{
	if (bytes > (size_t)H2_BLOCKS_STEPS * H2_BLOCKS_STEP_BYTES)
		return 0;
	return bytes ? (bytes - 1) / H2_BLOCKS_STEP_BYTES + 1 : 1;
}

static void *make(size_t steps, size_t bytes)
{
	size_t room = steps ? steps * H2_BLOCKS_STEP_BYTES : bytes;
	struct h2_block *block;

	if (room > SIZE_MAX - sizeof(*block))
		return NULL;
	block = mem_alloc(sizeof(*block) + room);
	if (!block)
		return NULL;
	block->steps = steps;
	return block->at;
}

void *h2_blocks_alloc(struct h2_blocks *blocks, size_t bytes)
{
	size_t steps = steps_for(bytes);
	struct h2_block *block = steps ? blocks->waiting[steps - 1] : NULL;

	if (!block)
		return make(steps, bytes);
	blocks->waiting[steps - 1] = block->next;
	blocks->counts[steps - 1]--;
	return block->at;
}

void *h2_blocks_zalloc(struct h2_blocks *blocks, size_t count, size_t bytes)
{
	size_t all;
	void *at;

	if (__builtin_mul_overflow(count, bytes, &all))
		return NULL;
	at = h2_blocks_alloc(blocks, all);
	if (at)
		memset(at, 0, all);
	return at;
}

void h2_blocks_free(struct h2_blocks *blocks, void *at)
{
	struct h2_block *block = at ? block_of(at) : NULL;
	size_t steps = block ? block->steps : 0;

	if (!steps || blocks->counts[steps - 1] == H2_BLOCKS_MAX_WAITING) {
		mem_free(block);
		return;
	}
	block->next = blocks->waiting[steps - 1];
	blocks->waiting[steps - 1] = block;
	blocks->counts[steps - 1]++;
}

static void *resize_large(struct h2_block *block, size_t bytes)
{
	if (bytes > SIZE_MAX - sizeof(*block))
		return NULL;
	block = mem_resize(block, sizeof(*block) + bytes, 1);
	return block ? block->at : NULL;
}

void *h2_blocks_resize(struct h2_blocks *blocks, void *at, size_t bytes)
{
	struct h2_block *block = at ? block_of(at) : NULL;
	size_t room;
	void *moved;

	if (!block)
		return h2_blocks_alloc(blocks, bytes);
	if (!block->steps)
		return resize_large(block, bytes);
	room = block->steps * H2_BLOCKS_STEP_BYTES;
	if (bytes <= room)
		return at;
	moved = h2_blocks_alloc(blocks, bytes);
	if (!moved)
		return NULL;
	memcpy(moved, at, room);
	h2_blocks_free(blocks, at);
	return moved;
}

void h2_blocks_done(struct h2_blocks *blocks)
{
	for (size_t i = 0; i < H2_BLOCKS_STEPS; i++) {
		struct h2_block *block;

		while ((block = blocks->waiting[i])) {
			blocks->waiting[i] = block->next;
			mem_free(block);
		}
	}
	*blocks = (struct h2_blocks){0};
}
