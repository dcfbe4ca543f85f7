/* SPDX-License-Identifier: MIT */
/*
 * One pass copies units below 0x80 into the struct until the terminating zero. What
 * holds another unit, or is long, is left to base/wide and lies in a buffer of its own.
 */
#include "com/narrow.h"

#include <string.h>

#include "base/mem.h"

/*
 * Copies units below 0x80; answers how many bytes stand before the terminating zero, or
 * NARROW_SMALL_BYTES when the text holds another unit or does not fit. Two loops, because
 * the width need not be asked about for each unit.
 */
static size_t copy_ascii_32(char *to, const char *text)
{
	uint32_t code;

#pragma GCC unroll 4
	for (size_t i = 0; i < NARROW_SMALL_BYTES; i++) {
		memcpy(&code, text + i * sizeof(code), sizeof(code));
		if (code - 1 >= 0x7F)
			return code ? NARROW_SMALL_BYTES : i;
		to[i] = (char)code;
	}
	return NARROW_SMALL_BYTES;
}

static size_t copy_ascii_16(char *to, const char *text)
{
	uint16_t code;

#pragma GCC unroll 4
	for (size_t i = 0; i < NARROW_SMALL_BYTES; i++) {
		memcpy(&code, text + i * sizeof(code), sizeof(code));
		if (code - 1u >= 0x7F)
			return code ? NARROW_SMALL_BYTES : i;
		to[i] = (char)code;
	}
	return NARROW_SMALL_BYTES;
}

enum err narrow_set(struct narrow *narrow, const void *text, enum wide_unit unit)
{
	size_t len;
	enum err err;

	if (!text)
		return ERR_NONE;
	len = unit == WIDE_32 ? copy_ascii_32(narrow->small, text)
			      : copy_ascii_16(narrow->small, text);
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
