/* SPDX-License-Identifier: MIT */
/* A plain UTF-8 codec, apart from the library's, which is under test. */
#include "lib/wide_text.h"

#include <stdlib.h>
#include <string.h>

/* Takes one character off UTF-8 text, which is well-formed. */
static uint32_t next_character(const unsigned char **at)
{
	uint32_t c = *(*at)++;
	int more = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : c >= 0xC0 ? 1 : 0;

	if (more)
		c &= 0x3Fu >> more;
	while (more--)
		c = c << 6 | (*(*at)++ & 0x3Fu);
	return c;
}

WCHAR *wide_text_new(const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	WCHAR *out;
	size_t n = 0;

	if (!text)
		return NULL;
	out = malloc((strlen(text) + 1) * sizeof(*out));
	if (!out)
		abort();
	while (*at)
		out[n++] = (WCHAR)next_character(&at);
	out[n] = 0;
	return out;
}

size_t wide_text_put(const WCHAR *text, char *out, size_t cap)
{
	size_t n = 0;

	for (; *text && n + 5 < cap; text++) {
		uint32_t c = (uint32_t)*text;

		if (c < 0x80) {
			out[n++] = (char)c;
			continue;
		}
		if (c >= 0x10000)
			out[n++] = (char)(0xF0 | c >> 18);
		if (c >= 0x800)
			out[n++] = (char)(c >= 0x10000 ? 0x80 | (c >> 12 & 0x3F)
						       : 0xE0 | c >> 12);
		out[n++] = (char)(c >= 0x800 ? 0x80 | (c >> 6 & 0x3F) : 0xC0 | c >> 6);
		out[n++] = (char)(0x80 | (c & 0x3F));
	}
	out[n] = '\0';
	return n;
}
