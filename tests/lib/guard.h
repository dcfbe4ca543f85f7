/* SPDX-License-Identifier: MIT */
/*
 * Bytes that end where the memory ends: reading or writing one byte behind them is a
 * crash. The mapping is used again for the next bytes, so that a pointer kept too
 * long sees other bytes.
 */
#ifndef IXHR2_TESTS_LIB_GUARD_H
#define IXHR2_TESTS_LIB_GUARD_H

#include <stddef.h>

#include "base/span.h"

/* All zero bytes are an empty one. */
struct guard {
	char *pages; /* the mapping, or NULL */
	char *end;   /* first byte of the page that may not be touched */
};

/* Room for len bytes right before the guard page, filled with 0xA5. */
char *guard_room(struct guard *guard, size_t len);

/* A copy of bytes right before the guard page; the copy before it is gone. */
struct span guard_copy(struct guard *guard, struct span bytes);

/* Unmaps; the guard is empty again. */
void guard_done(struct guard *guard);

#endif
