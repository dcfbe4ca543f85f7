/* SPDX-License-Identifier: MIT */
/* Owned bytes that grow. One thread at a time. */
#ifndef IXHR2_BASE_BUF_H
#define IXHR2_BASE_BUF_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

struct buf {
	char *at;   /* the bytes, or NULL */
	size_t len; /* how many are in use */
	size_t cap; /* how many there is room for */
};

/* An empty buffer; allocates nothing. All zero bytes are one as well. */
static inline void buf_init(struct buf *buf)
{
	*buf = (struct buf){0};
}

/* Frees the bytes; the buffer is empty again and usable. */
void buf_done(struct buf *buf);

/* As buf_done, for secrets: all the room is wiped before. */
void buf_wipe(struct buf *buf);

/* Forgets the bytes and keeps the room. */
static inline void buf_clear(struct buf *buf)
{
	buf->len = 0;
}

/* Makes room for more further bytes. ERR_NO_MEMORY leaves the buffer as it was. */
MUST_USE enum err buf_reserve(struct buf *buf, size_t more);

/* Appends; ERR_NO_MEMORY leaves the buffer as it was. */
MUST_USE enum err buf_put(struct buf *buf, struct span bytes);
MUST_USE enum err buf_put_byte(struct buf *buf, char byte);
MUST_USE enum err buf_put_str(struct buf *buf, const char *text);
MUST_USE enum err buf_put_uint(struct buf *buf, uint64_t value);

/* Drops the first n <= len bytes; the rest moves to the front. */
void buf_drop(struct buf *buf, size_t n);

/* The bytes in use, valid until the buffer changes. */
static inline struct span buf_span(const struct buf *buf)
{
	return span_of(buf->at, buf->len);
}

/* Puts a NUL behind the bytes (not counted in len) and answers them, or NULL when
 * memory is out. Valid until the buffer changes. */
MUST_USE const char *buf_cstr(struct buf *buf);

#endif
