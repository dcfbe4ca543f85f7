/* SPDX-License-Identifier: MIT */
/*
 * How much a peer of HTTP/2 says that carries nothing of a response: its frames are
 * counted by their headers, whatever becomes of them (RFC 9113 4.1, 10.5). No I/O, no
 * clock.
 */
#ifndef IXHR2_HTTP_H2_RATE_H
#define IXHR2_HTTP_H2_RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

/* The longest beginning of a frame that is looked at: its header, and a pad length. */
#define H2_RATE_BEGIN_BYTES 10u

/* Whether bytes of a body go out on the stream of this number; 0: on any. */
typedef bool h2_rate_asks_fn(void *owner, uint32_t stream_id);

/* All zero bytes, but for the first two, are one whose peer has said nothing yet. */
struct h2_rate {
	h2_rate_asks_fn *is_sending; /* which WINDOW_UPDATEs are asked for */
	void *owner;		     /* is passed to it */
	uint64_t since_ms;	     /* begin of the time in which is counted */
	uint32_t control_frames;     /* since then */
	uint32_t empty_data;	     /* the same */
	uint32_t resets;	     /* the same */
	uint32_t continuations;	     /* of the head that is coming */
	uint32_t skip;		     /* bytes of a frame that are still to come */
	uint32_t begun_bytes;	     /* of begun, in use */
	unsigned char begun[H2_RATE_BEGIN_BYTES]; /* a header of which a part came */
	const char *what;			  /* is too much, or wrong */
};

/* Counts the frames that begin in bytes, which follow those of the last call. ERR_LIMIT:
 * one is too many; ERR_PROTOCOL: it is a push, which we never allow. *out_len is how many
 * of the bytes came before that one; or all. */
MUST_USE enum err h2_rate_count(struct h2_rate *rate, struct span bytes, uint64_t now_ms,
				size_t *out_len);

#endif
