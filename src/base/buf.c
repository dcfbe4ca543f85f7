/* SPDX-License-Identifier: MIT */
/*
 * One block that doubles when it is full. Room is asked for first and bytes are
 * written after, so a failure changes nothing.
 */
#include "base/buf.h"

#include <string.h>

#include "base/mem.h"

/* The first room. */
#define BUF_FIRST_BYTES 64

/* Decimal digits of the largest uint64_t. */
#define UINT64_DIGITS 20

void buf_done(struct buf *buf)
{
	mem_free(buf->at);
	buf_init(buf);
}

void buf_wipe(struct buf *buf)
{
	if (!buf->at)
		return;
	mem_wipe(buf->at, buf->cap);
	buf_done(buf);
}

static enum err grow(struct buf *buf, size_t needed)
{
	size_t cap = buf->cap <= SIZE_MAX / 2 ? buf->cap * 2 : SIZE_MAX;
	char *at;

	if (cap < BUF_FIRST_BYTES)
		cap = BUF_FIRST_BYTES;
	if (cap < needed)
		cap = needed;
	at = mem_resize(buf->at, cap, 1);
	if (!at)
		return ERR_NO_MEMORY;
	buf->at = at;
	buf->cap = cap;
	return ERR_NONE;
}

enum err buf_reserve(struct buf *buf, size_t more)
{
	if (more <= buf->cap - buf->len)
		return ERR_NONE;
	if (more > SIZE_MAX - buf->len)
		return ERR_NO_MEMORY;
	return grow(buf, buf->len + more);
}

enum err buf_put(struct buf *buf, struct span bytes)
{
	enum err err = buf_reserve(buf, bytes.len);

	if (err)
		return err;
	if (bytes.len)
		memcpy(buf->at + buf->len, bytes.at, bytes.len);
	buf->len += bytes.len;
	return ERR_NONE;
}

enum err buf_put_byte(struct buf *buf, char byte)
{
	enum err err = buf_reserve(buf, 1);

	if (err)
		return err;
	buf->at[buf->len++] = byte;
	return ERR_NONE;
}

enum err buf_put_str(struct buf *buf, const char *text)
{
	return buf_put(buf, span_str(text));
}

enum err buf_put_uint(struct buf *buf, uint64_t value)
{
	char digits[UINT64_DIGITS];
	char *end = digits + sizeof(digits);
	char *at = end;

	do {
		*--at = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	return buf_put(buf, span_between(at, end));
}

void buf_drop(struct buf *buf, size_t n)
{
	buf->len -= n;
	if (n && buf->len)
		memmove(buf->at, buf->at + n, buf->len);
}

const char *buf_cstr(struct buf *buf)
{
	if (buf_reserve(buf, 1))
		return NULL;
	buf->at[buf->len] = '\0';
	return buf->at;
}
