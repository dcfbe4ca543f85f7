/* SPDX-License-Identifier: MIT */
/*
 * One pass copies units below 0x80 into the struct until the terminating zero. What
 * holds another unit, or is long, is left to base/wide and lies in a buffer of its own.
 */
#include "com/narrow.h"

#include <string.h>

/* Copies ASCII; answers the number of bytes, or NARROW_SMALL_BYTES when the text holds
 * something else or does not fit. */
static size_t copy_ascii(char *to, const char *text, enum wide_unit unit)
{
	uint32_t code = 0;
	uint16_t half;

	for (size_t i = 0; i < NARROW_SMALL_BYTES; i++, text += unit) {
		if (unit == WIDE_32) {
			memcpy(&code, text, sizeof(code));
		} else {
			memcpy(&half, text, sizeof(half));
			code = half;
		}
		if (code == 0)
			return i;
		if (code >= 0x80)
			break;
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
	len = copy_ascii(narrow->small, text, unit);
	if (len < NARROW_SMALL_BYTES) {
		narrow->text = span_of(narrow->small, len);
		return ERR_NONE;
	}
	err = wide_to_utf8(text, wide_len(text, unit), unit, &narrow->big);
	if (!err)
		narrow->text = buf_span(&narrow->big);
	return err;
}
