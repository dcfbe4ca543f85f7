/* SPDX-License-Identifier: MIT */
/* The insides of an HTTP/2 connection, for its files alone: what programs call (h2.c,
 * h2_stream.c), what nghttp2 calls (h2_told.c), heads of requests (h2_head.c), what is
 * common to them (h2_state.c). */
#ifndef IXHR2_HTTP_H2_INSIDE_H
#define IXHR2_HTTP_H2_INSIDE_H

#include <nghttp2/nghttp2.h>

#include "http/h2.h"
#include "http/h2_blocks.h"
#include "http/h2_queue.h"
#include "http/h2_rate.h"
#include "http/h2_response.h"

/* States that are kept for further streams. */
#define H2_MAX_SPARE 128u

/* A head that waits to be pulled; in the arena of its stream. */
struct h2_untold {
	struct h2_untold *next;	   /* the one behind, or NULL */
	struct response_head head; /* what it says */
};

/* The part of a stream that the connection owns. */
struct h2_stream_state {
	struct h2 *h2;		  /* whose it is */
	struct h2_stream *stream; /* for whom */
	struct list node;	  /* among the connection's streams, or the spare ones */
	int32_t id;		  /* the stream's number */

	bool is_open;	  /* nghttp2 has it */
	bool is_sent;	  /* the request is, whole */
	bool is_sending;  /* it is not, and may be */
	bool is_deferred; /* nghttp2 waits for bytes of the body */
	bool is_last;	  /* nothing follows body */
	bool has_ended;	  /* the response is whole */
	bool is_end_told; /* h2_stream_next has told the end */
	bool has_failed;  /* stream->fault says why */
	bool was_reset;	  /* by the peer */
	struct span body; /* lent, and not sent */
	size_t gone;	  /* bytes that have gone since they were lent */
	size_t owed;	  /* bytes that were pulled, and not given back to the window */
	size_t pulled;	  /* bytes since the window was thought over */

	struct h2_untold *untold;      /* the first head to be told, or NULL */
	struct h2_untold *last_untold; /* the last, if there is any */
	struct h2_response response;   /* what has come of it */
	struct h2_queue queue;	       /* of the body; empty while it is spare */
};

struct h2 {
	nghttp2_session *session;	 /* owned */
	nghttp2_mem mem;		 /* its memory */
	struct h2_blocks blocks;	 /* what it is made of */
	struct h2_rate rate;		 /* what the peer says without need */
	struct fault fault;		 /* why the connection has failed */
	bool has_ended;			 /* no stream starts any more */
	bool wants_http_1_1;		 /* the peer has said so in GOAWAY */
	bool is_closing;		 /* we have said GOAWAY */
	bool is_mute;			 /* nghttp2 is not asked for frames any more */
	uint32_t max_streams;		 /* as the peer has it */
	uint32_t open;			 /* streams that nghttp2 has */
	uint32_t sending;		 /* of these, those with a body under way */
	struct h2_stream_state *heading; /* whose head is coming, or NULL */
	struct h2_section section;	 /* of it */
	struct h2_stream_state *latest;	 /* asked for last, and open; or NULL */
	size_t data_bytes;		 /* of DATA in what is being taken */
	struct list streams;		 /* states in use */
	struct list spare;		 /* states that are not */
	uint32_t spare_count;		 /* of spare */
	struct list news;		 /* streams of which there is news */
	struct buf ready;   /* frames that nghttp2 has given before they were asked for */
	bool is_secret;	    /* ready has credentials */
	struct buf names;   /* for the fields of a request, while they are read */
	nghttp2_nv *fields; /* the same: an array */
	size_t field_cap;   /* of fields */
	struct h2_input *input; /* that is being taken, or NULL */
	struct buf *out;	/* that is being filled by h2_put, or NULL */
	size_t out_end;		/* length of out that is enough */
};

/* Has h2_next_news tell of the stream. */
void h2_state_tell(struct h2_stream_state *state);

/* The stream has failed, unless it had before, or its response is whole. err: see
 * h2_stream_next. */
void h2_state_fail(struct h2_stream_state *state, enum err err, const char *what);

/*
 * The connection has failed: so have its streams. Says GOAWAY with this code (RFC 9113
 * 7), unless something failed before. Answers why it has failed: err, or what was first.
 */
enum err h2_break(struct h2 *h2, enum err err, const char *what, uint32_t code);

/* The connection has failed without a word to the peer. */
void h2_break_silently(struct h2 *h2, const struct fault *fault);

/* What nghttp2 answered (below 0) has the connection fail. Answers why it has failed. */
enum err h2_break_by(struct h2 *h2, ssize_t code);

/*
 * Moves frames that nghttp2 has, but for DATA, to ready, so that it tells what becomes of
 * streams by them. The connection has failed if one of them says so. The failure, or 0.
 */
enum err h2_settle(struct h2 *h2);

/* Appends to ready. is_secret: bytes are wiped where they were, and will be in ready.
 * ERR_NO_MEMORY. */
MUST_USE enum err h2_ready_put(struct h2 *h2, struct span bytes, bool is_secret);

/* Empties ready. */
void h2_ready_clear(struct h2 *h2);

/* The fields of a request as nghttp2 has them, in h2->fields and h2->names: only until
 * they are sent, and the head's spans must stay as long. ERR_NO_MEMORY. */
MUST_USE enum err h2_head_write(struct h2 *h2, const struct request_head *head,
				size_t *out_count, bool *out_is_secret);

/* The state of a stream that nghttp2 has; NULL: it was ended. */
struct h2_stream_state *h2_state_of(struct h2 *h2, int32_t id);

/* nghttp2 has closed the stream, or is to forget its state. */
void h2_state_forget(struct h2_stream_state *state);

/* What nghttp2 tells goes to its user data, a struct h2. ERR_NO_MEMORY. */
MUST_USE enum err h2_told_callbacks(nghttp2_session_callbacks **out);

/* The source of the body of every request that has one. */
extern const nghttp2_data_provider h2_told_body;

#endif
