/* SPDX-License-Identifier: MIT */
/*
 * Three bytes are four characters. Reading is strict: full groups, padding at the end
 * alone, and the bits that padding leaves over are zero, so that each text stands for
 * bytes in one way.
 */
#include "base64.h"

#include <stdint.h>

static const char alphabet[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void put_group(char to[4], const unsigned char *at, size_t len)
{
	uint32_t bits = (uint32_t)at[0] << 16;

	if (len > 1)
		bits |= (uint32_t)at[1] << 8;
	if (len > 2)
		bits |= at[2];
	to[0] = alphabet[bits >> 18];
	to[1] = alphabet[bits >> 12 & 63];
	to[2] = '=';
	to[3] = '=';
	if (len > 1)
		to[2] = alphabet[bits >> 6 & 63];
	if (len > 2)
		to[3] = alphabet[bits & 63];
}

void base64_put(struct bytes *to, const void *at, size_t len)
{
	const unsigned char *from = at;
	char *room = bytes_room(to, (len + 2) / 3 * 4);
	size_t done;

	for (done = 0; done < len; done += 3, room += 4)
		put_group(room, from + done, len - done < 3 ? len - done : 3);
	to->len += (len + 2) / 3 * 4;
}

/* The 6 bits of a character, or -1. */
static int value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

/* Reads count (2 to 4) characters into count - 1 bytes. */
static bool get_group(char *to, const char *text, size_t count)
{
	uint32_t bits = 0;
	size_t i;

	for (i = 0; i < 4; i++) {
		int value = i < count ? value_of(text[i]) : 0;

		if (value < 0)
			return false;
		bits = bits << 6 | (uint32_t)value;
	}
	for (i = 0; i + 1 < count; i++)
		to[i] = (char)(bits >> (16 - 8 * i) & 0xff);
	return count == 4 || (bits & (count == 3 ? 0xffu : 0xffffu)) == 0;
}

bool base64_get(struct bytes *to, const char *text, size_t len)
{
	size_t padding = 0;
	char *room;
	size_t i;

	if (len % 4)
		return false;
	while (padding < 2 && len > padding && text[len - padding - 1] == '=')
		padding++;
	room = bytes_room(to, len / 4 * 3);
	for (i = 0; i < len; i += 4, room += 3) {
		size_t count = i + 4 == len ? 4 - padding : 4;

		if (!get_group(room, text + i, count))
			return false;
	}
	to->len += len / 4 * 3 - padding;
	return true;
}
