/* SPDX-License-Identifier: MIT */
/*
 * Pieces are cut from a block, one behind the other. A piece that does not fit opens a
 * new block. That of the two of which more is left goes on being cut, so at most half of
 * one is ever lost until arena_done. A piece that is larger than an ordinary block gets
 * one of its own size.
 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"

struct arena_block {
	struct arena_block *older;	/* the block made before, or NULL */
	bool is_large;			/* it is not an ordinary one */
	alignas(max_align_t) char at[]; /* what is cut */
};

/* The address sanitizer sees the use of what was freed, not of what waits. */
#ifdef __SANITIZE_ADDRESS__
#define MAX_SPARE 0u
#else
#define MAX_SPARE ARENA_MAX_SPARE
#endif

/* The largest piece that an ordinary block has room for. */
#define MOST_BYTES (ARENA_BLOCK_BYTES - sizeof(struct arena_block))

void arena_init(struct arena *arena)
{
	*arena = (struct arena){0};
}

void arena_init_in(struct arena *arena, char *at, size_t bytes)
{
	*arena = (struct arena){.free = at, .end = at + bytes};
}

static struct arena_block *take_block(struct arena_spare *spare)
{
	struct arena_block *block = spare ? spare->first : NULL;

	if (!block)
		return mem_alloc(ARENA_BLOCK_BYTES);
	spare->first = block->older;
	spare->count--;
	return block;
}

static void give_block(struct arena_spare *spare, struct arena_block *block)
{
	if (!spare || block->is_large || spare->count == MAX_SPARE) {
		mem_free(block);
		return;
	}
	block->older = spare->first;
	spare->first = block;
	spare->count++;
}

void arena_done(struct arena *arena)
{
	struct arena_block *block = arena->newest;

	while (block) {
		struct arena_block *older = block->older;

		give_block(arena->spare, block);
		block = older;
	}
	arena_init(arena);
}

void arena_spare_done(struct arena_spare *spare)
{
	struct arena_block *block;

	while ((block = spare->first)) {
		spare->first = block->older;
		mem_free(block);
	}
	spare->count = 0;
}

static void *cut_large(struct arena *arena, size_t bytes)
{
	struct arena_block *block;

	if (bytes > SIZE_MAX - sizeof(*block))
		return NULL;
	block = mem_alloc(sizeof(*block) + bytes);
	if (!block)
		return NULL;
	block->is_large = true;
	block->older = arena->newest;
	arena->newest = block;
	return block->at;
}

static void *cut_from_new_block(struct arena *arena, size_t bytes)
{
	struct arena_block *block = take_block(arena->spare);

	if (!block)
		return NULL;
	block->is_large = false;
	block->older = arena->newest;
	arena->newest = block;
	if (MOST_BYTES - bytes > (size_t)(arena->end - arena->free)) {
		arena->free = block->at + bytes;
		arena->end = block->at + MOST_BYTES;
	}
	return block->at;
}

/* align is a power of two. */
static void *cut(struct arena *arena, size_t bytes, size_t align)
{
	size_t gap = -(uintptr_t)arena->free & (align - 1);
	size_t room = (size_t)(arena->end - arena->free);
	char *at;

	if (gap <= room && bytes <= room - gap) {
		at = arena->free + gap;
		arena->free = at + bytes;
		return at;
	}
	return bytes > MOST_BYTES ? cut_large(arena, bytes)
				  : cut_from_new_block(arena, bytes);
}

void *arena_alloc(struct arena *arena, size_t bytes)
{
	return cut(arena, bytes, alignof(max_align_t));
}

enum err arena_copy(struct arena *arena, struct span from, struct span *out)
{
	char *at = from.len < SIZE_MAX ? cut(arena, from.len + 1, 1) : NULL;

	if (!at)
		return ERR_NO_MEMORY;
	if (from.len)
		memcpy(at, from.at, from.len);
	at[from.len] = '\0';
	*out = span_of(at, from.len);
	return ERR_NONE;
}
