/* SPDX-License-Identifier: MIT */
/*
 * The room doubles, so that appending costs a constant time for each byte. An addition
 * that cannot be is left to memory_resize, which refuses it.
 */
#include "bytes.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

/* The first room. */
#define FIRST_BYTES 256

char *bytes_room(struct bytes *bytes, size_t extra)
{
	size_t need = bytes->len + extra;
	size_t cap = bytes->cap ? bytes->cap : FIRST_BYTES;

	if (need < extra)
		need = SIZE_MAX;
	if (need > bytes->cap) {
		while (cap < need)
			cap = cap > SIZE_MAX / 2 ? SIZE_MAX : cap * 2;
		bytes->at = memory_resize(bytes->at, cap);
		bytes->cap = cap;
	}
	return bytes->at + bytes->len;
}

void bytes_put(struct bytes *bytes, const void *at, size_t len)
{
	if (!len)
		return;
	memcpy(bytes_room(bytes, len), at, len);
	bytes->len += len;
}

void bytes_put_text(struct bytes *bytes, const char *text)
{
	bytes_put(bytes, text, strlen(text));
}

void bytes_format(struct bytes *bytes, const char *format, ...)
{
	va_list arguments;
	int len;

	va_start(arguments, format);
	len = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (len < 0)
		return;
	va_start(arguments, format);
	vsnprintf(bytes_room(bytes, (size_t)len + 1), (size_t)len + 1, format, arguments);
	va_end(arguments);
	bytes->len += (size_t)len;
}

char *bytes_take_text(struct bytes *bytes)
{
	char *text;

	*bytes_room(bytes, 1) = '\0';
	text = bytes->at;
	*bytes = (struct bytes){0};
	return text;
}

void bytes_done(struct bytes *bytes)
{
	free(bytes->at);
	*bytes = (struct bytes){0};
}
