/* SPDX-License-Identifier: MIT */
/*
 * Pieces are cut from a block, one behind the other. A piece that does not fit opens a
 * new block; what is left of the old one is lost until arena_done. A large piece gets a
 * block of its own, and the one before goes on being cut. Thus at most a quarter of a
 * block is ever lost.
 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"

struct arena_block {
	struct arena_block *older;	/* the block made before, or NULL */
	alignas(max_align_t) char at[]; /* what is cut */
};

/* A piece above this gets a block of its own. */
#define LARGE_BYTES (ARENA_BLOCK_BYTES / 4)

void arena_init(struct arena *arena)
{
	*arena = (struct arena){0};
}

void arena_init_in(struct arena *arena, char *at, size_t bytes)
{
	*arena = (struct arena){.free = at, .end = at + bytes};
}

void arena_done(struct arena *arena)
{
	struct arena_block *block = arena->newest;

	while (block) {
		struct arena_block *older = block->older;

		mem_free(block);
		block = older;
	}
	arena_init(arena);
}

static void *cut_large(struct arena *arena, size_t bytes)
{
	struct arena_block *block;

	if (bytes > SIZE_MAX - sizeof(*block))
		return NULL;
	block = mem_alloc(sizeof(*block) + bytes);
	if (!block)
		return NULL;
	block->older = arena->newest;
	arena->newest = block;
	return block->at;
}

static void *cut_from_new_block(struct arena *arena, size_t bytes)
{
	struct arena_block *block = mem_alloc(ARENA_BLOCK_BYTES);

	if (!block)
		return NULL;
	block->older = arena->newest;
	arena->newest = block;
	arena->free = block->at + bytes;
	arena->end = (char *)block + ARENA_BLOCK_BYTES;
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
	return bytes > LARGE_BYTES ? cut_large(arena, bytes)
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
