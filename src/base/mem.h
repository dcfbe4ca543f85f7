/* SPDX-License-Identifier: MIT */
/*
 * The only door to malloc. Every call can fail, and a test can make the n-th one
 * fail. Any thread.
 */
#ifndef IXHR2_BASE_MEM_H
#define IXHR2_BASE_MEM_H

#include <stddef.h>

#include "base/err.h"

/* Uninitialised memory of bytes > 0 bytes, or NULL. Freed by mem_free. */
MUST_USE void *mem_alloc(size_t bytes);

/* Zeroed memory of bytes > 0 bytes, or NULL. Freed by mem_free. */
MUST_USE void *mem_zalloc(size_t bytes);

/* A zeroed array; NULL too when count * bytes overflows. Freed by mem_free. */
MUST_USE void *mem_array(size_t count, size_t bytes);

/* Resizes an array as realloc does; on failure NULL, and the old one stays. */
MUST_USE void *mem_resize(void *array, size_t count, size_t bytes);

/* Frees what the functions above gave; NULL is fine. */
void mem_free(void *at);

/* Overwrites a secret in a way that the compiler does not remove. */
void mem_wipe(void *at, size_t bytes);

/*
 * For tests: the n-th allocation from now on fails (1 is the next), once, in
 * whichever thread makes it; 0 switches this off.
 */
void mem_fail_at(unsigned long n);

/* For tests: as mem_fail_at, but every allocation from the n-th on fails. */
void mem_fail_from(unsigned long n);

/* For tests: whether the failure that was ordered last has happened. */
int mem_has_failed(void);

/* For tests: how many blocks are allocated now; always 0 in builds with NDEBUG, which
 * do not count. */
long mem_live_blocks(void);

#endif
