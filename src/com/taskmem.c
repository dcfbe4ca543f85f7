/* SPDX-License-Identifier: MIT */
/*
 * The task allocator is base/mem: so a test can make it fail as well, and a program that
 * frees with free() what it got from here is not hurt. What differs is size zero, which
 * gives a pointer when allocating and frees when resizing.
 */
#include "com/taskmem.h"

#include <stdint.h>

#include "base/mem.h"
#include "ixhr2/objbase.h"

void *ixhr2_task_alloc(size_t bytes)
{
	return mem_alloc(bytes ? bytes : 1);
}

void *ixhr2_task_realloc(void *at, size_t bytes)
{
	if (at && bytes == 0) {
		mem_free(at);
		return NULL;
	}
	return mem_resize(at, 1, bytes ? bytes : 1);
}

void ixhr2_task_free(void *at)
{
	mem_free(at);
}

enum err taskmem_wide(struct span utf8, enum wide_unit unit, void **out_text)
{
	size_t units = wide_units_for(utf8, unit);
	size_t bytes;
	char *text;

	if (__builtin_mul_overflow(units + 1, (size_t)unit, &bytes))
		return ERR_NO_MEMORY;
	text = mem_alloc(bytes);
	if (!text)
		return ERR_NO_MEMORY;
	wide_put_text(utf8, unit, text);
	*out_text = text;
	return ERR_NONE;
}
