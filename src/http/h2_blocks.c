/* SPDX-License-Identifier: MIT */
/*
 * Before each block stands how many steps long it is. One that is longer than all that go
 * round comes and goes by base/mem.
 */
#include "http/h2_blocks.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"

#define MAX_BYTES (H2_BLOCKS_STEPS * H2_BLOCKS_STEP_BYTES)

/* Steps of a block that does not go round. */
#define LARGE UINT32_MAX

struct h2_block {
	uint32_t steps;			/* its room, or LARGE */
	uint32_t waiting;		/* how many do with it and behind it */
	struct h2_block *next;		/* while it waits, or NULL */
	alignas(max_align_t) char at[]; /* what nghttp2 has */
};

static struct h2_block *block_of(void *at)
{
	return (struct h2_block *)(void *)((char *)at - offsetof(struct h2_block, at));
}

static void *make(uint32_t steps, size_t bytes)
{
	struct h2_block *block;

	if (bytes > SIZE_MAX - sizeof(*block))
		return NULL;
	block = mem_alloc(sizeof(*block) + bytes);
	if (!block)
		return NULL;
	block->steps = steps;
	return block->at;
}

void *h2_blocks_alloc(struct h2_blocks *blocks, size_t bytes)
{
	struct h2_block *block;
	uint32_t steps;

	if (bytes > MAX_BYTES)
		return make(LARGE, bytes);
	steps = ((uint32_t)bytes + H2_BLOCKS_STEP_BYTES - 1) / H2_BLOCKS_STEP_BYTES;
	block = blocks->waiting[steps];
	if (!block)
		return make(steps, (size_t)steps * H2_BLOCKS_STEP_BYTES);
	blocks->waiting[steps] = block->next;
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
	struct h2_block *block, *next;

	if (!at)
		return;
	block = block_of(at);
	if (block->steps == LARGE) {
		mem_free(block);
		return;
	}
	next = blocks->waiting[block->steps];
	block->waiting = next ? next->waiting + 1 : 1;
	if (block->waiting > H2_BLOCKS_MAX_WAITING) {
		mem_free(block);
		return;
	}
	block->next = next;
	blocks->waiting[block->steps] = block;
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
	if (block->steps == LARGE)
		return resize_large(block, bytes);
	room = (size_t)block->steps * H2_BLOCKS_STEP_BYTES;
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
	for (size_t i = 0; i <= H2_BLOCKS_STEPS; i++) {
		struct h2_block *block;

		while ((block = blocks->waiting[i])) {
			blocks->waiting[i] = block->next;
			mem_free(block);
		}
	}
	*blocks = (struct h2_blocks){0};
}
