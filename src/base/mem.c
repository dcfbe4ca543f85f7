/* SPDX-License-Identifier: MIT */
/*
 * Every allocation passes has_room, which costs one relaxed load and one branch while
 * no test has ordered a failure. An order is a mode and a countdown. The countdown is
 * taken down by whichever thread allocates, so exactly one allocation sees it reach
 * zero; with FAIL_FROM the later ones see it below zero and fail too.
 *
 * Blocks are counted where assert is on (no NDEBUG): a shared counter would cost
 * release builds more than the allocation itself.
 */
#include "base/mem.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum fail_mode { FAIL_NEVER, FAIL_AT, FAIL_FROM };

static atomic_int fail_mode;  /* an enum fail_mode */
static atomic_long fail_left; /* allocations until the one that fails, itself counted */
static atomic_bool fail_is_done; /* an ordered failure has happened */

#ifndef NDEBUG
static atomic_long live_blocks; /* allocated and not yet freed */
#endif

static void count_blocks(long change)
{
#ifndef NDEBUG
	atomic_fetch_add_explicit(&live_blocks, change, memory_order_relaxed);
#else
	(void)change;
#endif
}

static bool is_ordered_to_fail(void)
{
	long left = atomic_fetch_sub(&fail_left, 1);
	bool fails = left == 1 || (left < 1 && atomic_load(&fail_mode) == FAIL_FROM);

	if (fails)
		atomic_store(&fail_is_done, true);
	return fails;
}

/* Whether an allocation of count * bytes may be tried. No object is larger than
 * PTRDIFF_MAX; malloc would refuse it too, but the sanitizers' malloc ends the process.
 */
static inline bool has_room(size_t count, size_t bytes)
{
	size_t total;

	if (__builtin_mul_overflow(count, bytes, &total) || total > PTRDIFF_MAX)
		return false;
	if (__builtin_expect(atomic_load_explicit(&fail_mode, memory_order_relaxed) ==
				     FAIL_NEVER,
			     1))
		return true;
	return !is_ordered_to_fail();
}

void *mem_alloc(size_t bytes)
{
	void *at = has_room(1, bytes) ? malloc(bytes) : NULL;

	if (at)
		count_blocks(1);
	return at;
}

/* Small blocks come out of malloc's thread cache, which calloc does not use; a compiler
 * that saw malloc and memset together would make one of them. Where the size is a
 * constant it would put eight bytes at a time in place of memset. */
__attribute__((noinline)) void *mem_zalloc(size_t bytes)
{
	void *at = mem_alloc(bytes);
	void *unseen = at;

	__asm__("" : "+r"(unseen)); /* that this is what malloc gave */
	if (at)
		memset(unseen, 0, bytes);
	return at;
}

void *mem_array(size_t count, size_t bytes)
{
	void *at = has_room(count, bytes) ? calloc(count, bytes) : NULL;

	if (at)
		count_blocks(1);
	return at;
}

void *mem_resize(void *array, size_t count, size_t bytes)
{
	void *at = has_room(count, bytes) ? realloc(array, count * bytes) : NULL;

	if (at && !array)
		count_blocks(1);
	return at;
}

void mem_free(void *at)
{
	if (!at)
		return;
	count_blocks(-1);
	free(at);
}

void mem_wipe(void *at, size_t bytes)
{
	if (bytes)
		explicit_bzero(at, bytes);
}

static void order(enum fail_mode mode, unsigned long n)
{
	atomic_store(&fail_mode, FAIL_NEVER);
	atomic_store(&fail_is_done, false);
	atomic_store(&fail_left, (long)n);
	if (n)
		atomic_store(&fail_mode, (int)mode);
}

void mem_fail_at(unsigned long n)
{
	order(FAIL_AT, n);
}

void mem_fail_from(unsigned long n)
{
	order(FAIL_FROM, n);
}

int mem_has_failed(void)
{
	return atomic_load(&fail_is_done);
}

long mem_live_blocks(void)
{
#ifndef NDEBUG
	return atomic_load(&live_blocks);
#else
	return 0;
#endif
}
