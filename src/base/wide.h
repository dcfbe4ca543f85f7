/* SPDX-License-Identifier: MIT */
/*
 * UTF-8 to and from the program's wide characters, whose unit is 2 or 4 bytes.
 * What goes in: 2-byte units are UTF-16; 4-byte units are UTF-32, or UTF-16 surrogate
 * pairs held in 4-byte units; a 4-byte unit 0xFFFFFF80 to 0xFFFFFFFF (a sign-extended
 * byte) is that octet (contract section 9).
 */
#ifndef IXHR2_BASE_WIDE_H
#define IXHR2_BASE_WIDE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

/* Bytes of one unit. */
enum wide_unit { WIDE_16 = 2, WIDE_32 = 4 };

/* How many units stand before the terminating zero unit of text (not NULL). */
size_t wide_len(const void *text, enum wide_unit unit);

/*
 * Appends the UTF-8 of count units. ERR_INVALID for a lone surrogate or a unit above
 * 0x10FFFF that is no sign-extended byte; ERR_NO_MEMORY; out is then unchanged.
 * Sign-extended bytes are written as the octets they were, if the whole is UTF-8 then;
 * otherwise as U+0080 to U+00FF in UTF-8.
 */
MUST_USE enum err wide_to_utf8(const void *text, size_t count, enum wide_unit unit,
			       struct buf *out);

/*
 * How many units wide_from_utf8 writes for the bytes. Bytes that are not UTF-8 become
 * U+0080 to U+00FF, one each.
 */
size_t wide_units_for(struct span utf8, enum wide_unit unit);

/* Writes those units, never more than there are bytes, to out, which has room for them;
 * no terminating zero. Answers the end of what it wrote. */
void *wide_from_utf8(struct span utf8, enum wide_unit unit, void *out);

/* The same with a terminating zero, for which there is room, too; answers the end behind
 * that. */
void *wide_put_text(struct span utf8, enum wide_unit unit, void *out);

#endif
