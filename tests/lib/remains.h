/* SPDX-License-Identifier: MIT */
/*
 * Looks for what a secret has left in this process: in all memory that is written to,
 * freed blocks and stacks included. Constants do not count, so a test gives its secret as
 * a literal. While no other thread maps or unmaps memory.
 */
#ifndef IXHR2_TESTS_LIB_REMAINS_H
#define IXHR2_TESTS_LIB_REMAINS_H

#include <stddef.h>

#include "base/span.h"

/* In how many places the bytes stand; a copy that is part of a larger one counts. */
size_t remains_of(struct span secret);

#endif
