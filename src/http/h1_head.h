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

/* The reading of all heads and trailers of one exchange, one after the other. */
struct h1_head {
	struct arena *arena;  /* where what was read lies */
	size_t scanned;	      /* bytes of an incomplete section that were looked at */
	uint32_t bytes_left;  /* that sections may still have */
	uint32_t fields_left; /* that sections may still have */
	const char *what;     /* is wrong, after a failure; a constant */
};

/* Ready for the first head, with the limits above. Allocates nothing. */
void h1_head_init(struct h1_head *head, struct arena *arena);

/*
 * Takes a whole response head off *in and copies it once into the arena, where *out lies.
 * ERR_AGAIN when its end is not there yet: nothing is taken, and the same bytes are to be
 * given again with more behind them; the time for all calls together is linear. Bare LF
 * ends a line as CR LF does; an obsolete line folding is read as spaces. ERR_PROTOCOL for
 * all that is not such a head; ERR_LIMIT over a limit, as soon as that is certain;
 * ERR_NO_MEMORY.
 */
MUST_USE enum err h1_head_read(struct h1_head *head, struct span *in,
			       struct response_head **out);

/* Takes a trailer section off *in: fields or none, and an empty line. As h1_head_read,
 * but nothing of it is kept. */
MUST_USE enum err h1_head_skip_trailers(struct h1_head *head, struct span *in);

/*
 * Appends a request head: request line, Host (unless headers has one) first, the
 * fields in order, then Authorization and Proxy-Authorization of access, then
 * Content-Length or Transfer-Encoding as body_length demands. An Authorization of access
 * stands in place of one among headers. The target is in absolute form (RFC 9112 3.2.2)
 * if access is for a proxy, without userinfo and fragment. ERR_NO_MEMORY leaves out as
 * it was.
 */
MUST_USE enum err h1_head_put(struct buf *out, const struct request_head *request);

/*
 * Copies count fields, as h1_head_put would write them, into one text, and points them
 * there: then requests may borrow them (headers_borrow). No Host or Authorization may be
 * among them. The text is the caller's, for mem_free. ERR_NO_MEMORY.
 */
MUST_USE enum err h1_head_lay_out(struct headers_field *fields, uint32_t count,
				  char **out_text);

#endif
