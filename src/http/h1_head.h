/* SPDX-License-Identifier: MIT */
/*
 * The text of HTTP/1.1 heads: request heads are written, response heads and trailer
 * sections are read (RFC 9112 2 to 5, 7.1.2). No I/O.
 */
#ifndef IXHR2_HTTP_H1_HEAD_H
#define IXHR2_HTTP_H1_HEAD_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"
#include "http/message.h"

/* Limits of one exchange: all heads and trailers together (contract section 11). */
#define H1_HEAD_MAX_BYTES  (256u * 1024)
#define H1_HEAD_MAX_FIELDS 1000u

/* What one exchange may still use up. */
struct h1_head_budget {
	uint32_t bytes;	 /* of heads and trailers */
	uint32_t fields; /* of heads and trailers */
};

/*
 * Where the head or trailer section at the beginning of in ends: *out_bytes counts
 * its final empty line. ERR_AGAIN when the end is not there yet; *scanned (0 at first)
 * remembers how far was looked, so that slow bytes cost no second look.
 */
MUST_USE enum err h1_head_end(struct span in, size_t *scanned, size_t *out_bytes);

/*
 * Reads a whole response head. text must stay as long as out, which borrows from it;
 * the list of fields lies in arena. Bare LF ends a line as CR LF does; an obsolete
 * line folding is read as spaces (text is overwritten for that). ERR_PROTOCOL for all
 * that is not such a head; ERR_LIMIT over the budget, which is used up by the head;
 * ERR_NO_MEMORY. *out_what says what is wrong, a constant.
 */
MUST_USE enum err h1_head_parse(struct arena *arena, char *text, size_t bytes,
				struct h1_head_budget *budget, struct response_head *out,
				const char **out_what);

/* Reads a whole trailer section and appends its fields to trailers; the same rules. */
MUST_USE enum err h1_head_parse_trailers(char *text, size_t bytes,
					 struct h1_head_budget *budget,
					 struct headers *trailers, const char **out_what);

/*
 * Appends a request head: request line, Host (unless headers has one) first, the
 * fields in order, then Content-Length or Transfer-Encoding as body_length demands.
 * ERR_NO_MEMORY.
 */
MUST_USE enum err h1_head_put(struct buf *out, const struct request_head *head);

#endif
