/* SPDX-License-Identifier: MIT */
/*
 * The response side of one HTTP/1.1 exchange: bytes in, events out, pulled. No I/O, no
 * clock. Interim responses are counted and told; the framing of the body is applied
 * and proved.
 */
#ifndef IXHR2_HTTP_H1_H
#define IXHR2_HTTP_H1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"
#include "http/chunk.h"
#include "http/h1_head.h"
#include "http/message.h"

/* Interim (1xx) responses before the final one (contract section 11). */
#define H1_MAX_INTERIM 32

/* H1_AT_END: RESPONSE_END has been told. */
enum h1_place { H1_AT_HEAD, H1_AT_BODY, H1_AT_TRAILERS, H1_AT_END, H1_FAILED };

struct h1 {
	struct span method;	      /* of the request; decides about the body */
	enum h1_place place;	      /* what comes next */
	enum message_framing framing; /* of the final response's body */
	uint64_t left;		      /* MESSAGE_LENGTH: bytes still to come */
	struct chunk chunk;	      /* MESSAGE_CHUNKED */
	struct h1_head heads;	      /* the reading of heads and trailers */
	unsigned interim_count;	      /* 1xx so far */
	bool has_bytes;		      /* at least one byte of the response came */
	bool is_persistent;	      /* the connection may be used again behind it */
	struct response_head *head;   /* the last, in the arena; or NULL */
	struct span data;	      /* the last bytes of the body; lie in the input */
	struct fault fault;	      /* why it failed */
};

/* Ready for the first byte of the answer to a request with this method, whose span
 * must stay. Heads will lie in arena; there is nothing to be freed but that. */
void h1_init(struct h1 *h1, struct arena *arena, struct span method);

/*
 * Takes bytes off *in until something can be told. 0: *out is set; its data lies in the
 * input. ERR_AGAIN: more bytes are needed; what is left in *in (part of a head or trailer
 * section) must be given again, with more behind it. After RESPONSE_END: ERR_EOF, and *in
 * is left alone. ERR_PROTOCOL, ERR_LIMIT, ERR_NO_MEMORY: for good; fault says why.
 */
MUST_USE enum err h1_next(struct h1 *h1, struct span *in, struct response_event *out);

/* Bytes of the body that come next before anything else: whoever has no bytes left to
 * give may read as many elsewhere. UINT64_MAX until the wire ends. */
uint64_t h1_plain(const struct h1 *h1);

/* len of them were read elsewhere. */
void h1_skip(struct h1 *h1, uint64_t len);

/*
 * The wire has ended in good order, and the bytes left are given. 0: *out is
 * RESPONSE_END, because the framing allows this end; ERR_CLOSED: it does not; fault says
 * why. ERR_EOF when RESPONSE_END was told before.
 */
MUST_USE enum err h1_close(struct h1 *h1, struct span left, struct response_event *out);

#endif
