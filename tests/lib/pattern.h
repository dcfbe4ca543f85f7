/* SPDX-License-Identifier: MIT */
/* Large bodies that need not be kept: byte n of the pattern follows from n. */
#ifndef IXHR2_TESTS_LIB_PATTERN_H
#define IXHR2_TESTS_LIB_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline char pattern_at(uint64_t offset)
{
	return (char)(uint8_t)((offset * 2654435761u) >> 13 ^ offset >> 7 ^ offset);
}

/* Writes bytes [offset, offset + len) of the pattern. */
static inline void pattern_fill(char *to, uint64_t offset, size_t len)
{
	for (size_t i = 0; i < len; i++)
		to[i] = pattern_at(offset + i);
}

/* Whether these are bytes [offset, offset + len) of the pattern. */
static inline bool pattern_matches(const char *at, uint64_t offset, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (at[i] != pattern_at(offset + i))
			return false;
	}
	return true;
}

#endif
