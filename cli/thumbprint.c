/* SPDX-License-Identifier: MIT */
/*
 * The third byte says what stands between the pairs. The longer thumbprint is tried
 * first, as with colons the shorter one is its beginning.
 */
#include "thumbprint.h"

#include <stddef.h>
#include <string.h>

/* 0 to 15, or -1. */
static int digit_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	digit = (char)(digit | 0x20);
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* Reads bytes of them; answers what follows, or NULL. between is 0: nothing. */
static const char *read_pairs(const char *text, DWORD bytes, char between, BYTE *to)
{
	DWORD i;

	for (i = 0; i < bytes; i++) {
		int high, low;

		if (i && between && *text++ != between)
			return NULL;
		high = digit_value(text[0]);
		low = high < 0 ? -1 : digit_value(text[1]);
		if (low < 0)
			return NULL;
		to[i] = (BYTE)(high << 4 | low);
		text += 2;
	}
	return *text && *text != ':' ? NULL : text;
}

const char *thumbprint_read(const char *text, struct thumbprint *out_thumbprint)
{
	static const DWORD lengths[] = {THUMBPRINT_SHA256_BYTES, THUMBPRINT_SHA1_BYTES};
	char third = strlen(text) > 2 ? text[2] : '\0';
	char between = third == ':' || third == ' ' ? third : '\0';
	size_t i;

	for (i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		struct thumbprint read = {.bytes = lengths[i]};
		const char *rest = read_pairs(text, read.bytes, between, read.hash);

		if (!rest)
			continue;
		*out_thumbprint = read;
		return rest;
	}
	return NULL;
}
