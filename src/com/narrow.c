/* SPDX-License-Identifier: MIT */
/*
 * One pass copies units below 0x80 into the struct until the terminating zero. What
 * holds another unit, or is long, is left to base/wide and lies in a buffer of its own.
 */
#include "com/narrow.h"

#include <string.h>

#include "base/mem.h"

/* Units that are copied in one turn of the loop. */
#define TURN_UNITS 4

_Static_assert(NARROW_SMALL_BYTES % TURN_UNITS == 0, "the last turn is a whole one");

static inline uint32_t unit_at(const char *text, size_t index, enum wide_unit unit)
{
	uint32_t wide;
	uint16_t narrow;

	if (unit == WIDE_32) {
		memcpy(&wide, text + index * WIDE_32, sizeof(wide));
		return wide;
	}
	memcpy(&narrow, text + index * WIDE_16, sizeof(narrow));
	return narrow;
}

/*
 * Copies units below 0x80; answers how many bytes stand before the terminating zero, or
 * NARROW_SMALL_BYTES when the text holds another unit or does not fit. Where unit is a
 * constant, the width is not asked about for each.
 */
static inline size_t copy_ascii(char *to, const char *text, enum wide_unit unit)
{
	for (size_t i = 0; i < NARROW_SMALL_BYTES; i += TURN_UNITS) {
#pragma GCC unroll 4
		for (size_t k = 0; k < TURN_UNITS; k++) {
			uint32_t code = unit_at(text, i + k, unit);

			if (code - 1 >= 0x7F)
				return code ? NARROW_SMALL_BYTES : i + k;
			to[i + k] = (char)code;
		}
	}
	return NARROW_SMALL_BYTES;
}

enum err narrow_set(struct narrow *narrow, const void *text, enum wide_unit unit)
{
	size_t len;
	enum err err;

	if (!text)
		return ERR_NONE;
	len = unit == WIDE_32 ? copy_ascii(narrow->small, text, WIDE_32)
			      : copy_ascii(narrow->small, text, WIDE_16);
	if (len < NARROW_SMALL_BYTES) {
		narrow->text = span_of(narrow->small, len);
		return ERR_NONE;
	}
	err = wide_to_utf8(text, wide_len(text, unit), unit, &narrow->big);
	if (!err)
		narrow->text = buf_span(&narrow->big);
	return err;
}

void narrow_wipe(struct narrow *narrow)
{
	mem_wipe(narrow->small, sizeof(narrow->small));
	mem_wipe(narrow->big.at, narrow->big.cap);
	narrow_done(narrow);
}
