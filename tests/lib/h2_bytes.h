/* SPDX-License-Identifier: MIT */
/*
 * Bytes that grow, outside the memory that tests count and let run out; and what HTTP/2
 * writes into them: numbers, and fields as HPACK's literals (RFC 7541 6.2.2).
 */
#ifndef IXHR2_TESTS_LIB_H2_BYTES_H
#define IXHR2_TESTS_LIB_H2_BYTES_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"

struct h2_bytes {
	char *at;	 /* owned, or NULL */
	size_t len, cap; /* of at */
};

/* Room for n bytes more; answers where it is. */
static inline char *h2_bytes_room(struct h2_bytes *bytes, size_t n)
{
	if (bytes->cap - bytes->len < n) {
		bytes->cap = bytes->cap * 2 + n + 64;
		bytes->at = realloc(bytes->at, bytes->cap);
		if (!bytes->at)
			abort();
	}
	return bytes->at + bytes->len;
}

static inline void h2_bytes_put(struct h2_bytes *bytes, const void *at, size_t len)
{
	if (len)
		memcpy(h2_bytes_room(bytes, len), at, len);
	bytes->len += len;
}

static inline void h2_bytes_put_text(struct h2_bytes *bytes, const char *text)
{
	h2_bytes_put(bytes, text, strlen(text));
}

/* The count low bytes of a number, the highest first. */
static inline void h2_bytes_put_number(struct h2_bytes *bytes, uint64_t number,
				       unsigned count)
{
	while (count--) {
		char byte = (char)(uint8_t)(number >> 8 * count);

		h2_bytes_put(bytes, &byte, 1);
	}
}

/* The number that count bytes make. */
static inline uint32_t h2_bytes_number(const char *at, unsigned count)
{
	uint32_t number = 0;

	while (count--)
		number = number << 8 | (uint8_t)*at++;
	return number;
}

static inline struct span h2_bytes_span(const struct h2_bytes *bytes)
{
	return span_of(bytes->at, bytes->len);
}

/* Drops the first n. */
static inline void h2_bytes_drop(struct h2_bytes *bytes, size_t n)
{
	if (n == 0)
		return;
	bytes->len -= n;
	memmove(bytes->at, bytes->at + n, bytes->len);
}

static inline void h2_bytes_done(struct h2_bytes *bytes)
{
	free(bytes->at);
	*bytes = (struct h2_bytes){NULL, 0, 0};
}

/* A string literal without Huffman coding. */
static inline void h2_bytes_put_literal(struct h2_bytes *bytes, const char *at,
					size_t len)
{
	size_t left = len;

	if (len < 127) {
		h2_bytes_put_number(bytes, len, 1);
	} else {
		h2_bytes_put_number(bytes, 127, 1);
		for (left -= 127; left >= 128; left >>= 7)
			h2_bytes_put_number(bytes, (left & 127) | 128, 1);
		h2_bytes_put_number(bytes, left, 1);
	}
	h2_bytes_put(bytes, at, len);
}

/* Fields, each "name: value\n"; none is indexed. */
static inline void h2_bytes_put_fields(struct h2_bytes *bytes, const char *fields)
{
	while (*fields) {
		const char *end = strchrnul(fields, '\n');
		const char *colon = memchr(fields + 1, ':', (size_t)(end - fields - 1));
		const char *value;

		if (!colon)
			abort();
		value = colon + 1 + (colon[1] == ' ');
		h2_bytes_put_number(bytes, 0, 1);
		h2_bytes_put_literal(bytes, fields, (size_t)(colon - fields));
		h2_bytes_put_literal(bytes, value, (size_t)(end - value));
		fields = end + (*end == '\n');
	}
}

/* A frame with its head (RFC 9113 4.1). */
static inline void h2_bytes_put_frame(struct h2_bytes *bytes, uint8_t type, uint8_t flags,
				      uint32_t stream, struct span payload)
{
	h2_bytes_put_number(bytes, payload.len, 3);
	h2_bytes_put_number(bytes, type, 1);
	h2_bytes_put_number(bytes, flags, 1);
	h2_bytes_put_number(bytes, stream, 4);
	h2_bytes_put(bytes, payload.at, payload.len);
}

#endif
