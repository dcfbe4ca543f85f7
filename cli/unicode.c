/* SPDX-License-Identifier: MIT */
/*
 * WCHAR is wchar_t here: one unit is one character. The library gives valid characters
 * only.
 */
#include "unicode.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"

_Static_assert(sizeof(WCHAR) == 4, "the command uses units of 4 bytes");

/* How many bytes the first one promises; 0 when it cannot be a first one. */
static size_t promised_bytes(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first < 0xe0)
		return 2;
	if (first >= 0xe0 && first < 0xf0)
		return 3;
	return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

size_t unicode_decode(const char *at, size_t len, uint32_t *out_code)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	static const unsigned char mask[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	size_t count = promised_bytes((unsigned char)at[0]);
	uint32_t code;
	size_t i;

	if (!count || count > len)
		return 0;
	code = (unsigned char)at[0] & mask[count];
	for (i = 1; i < count; i++) {
		if (((unsigned char)at[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | ((unsigned char)at[i] & 0x3f);
	}
	if (code < least[count] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0;
	*out_code = code;
	return count;
}

size_t unicode_encode(uint32_t code, char to[UNICODE_MAX_BYTES])
{
	static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
	size_t count = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	size_t i;

	for (i = count - 1; i > 0; i--, code >>= 6)
		to[i] = (char)(0x80 | (code & 0x3f));
	to[0] = (char)(lead[count] | code);
	return count;
}

WCHAR *unicode_widen(const char *text)
{
	size_t len = text ? strlen(text) : 0;
	WCHAR *wide, *to;

	if (!text)
		return NULL;
	wide = memory_take((len + 1) * sizeof(*wide));
	for (to = wide; len; to++) {
		uint32_t code = 0;
		size_t count = unicode_decode(text, len, &code);

		if (count == 0) {
			*to = (WCHAR)(signed char)*text;
			count = 1;
		} else {
			*to = (WCHAR)code;
		}
		text += count;
		len -= count;
	}
	return wide;
}

char *unicode_narrow(const WCHAR *text)
{
	struct bytes narrow = {0};

	if (!text)
		return NULL;
	for (; *text; text++) {
		char *to = bytes_room(&narrow, UNICODE_MAX_BYTES);

		narrow.len += unicode_encode((uint32_t)*text, to);
	}
	return bytes_take_text(&narrow);
}
