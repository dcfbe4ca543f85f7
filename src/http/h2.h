/* SPDX-License-Identifier: MIT */
/*
 * The client's side of an HTTP/2 connection (RFC 9113): requests and bytes in, bytes and
 * responses out, pulled. No I/O, no clock. The one door to nghttp2, which pushes; what
 * it pushes stays at its stream until somebody pulls it, and closes the window of this
 * stream alone.
 */
#ifndef IXHR2_HTTP_H2_H
#define IXHR2_HTTP_H2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/list.h"
#include "base/span.h"
#include "http/message.h"

/* Limits of one exchange: all heads and trailers together (contract section 11). */
#define H2_HEAD_MAX_BYTES  (256u * 1024)
#define H2_HEAD_MAX_FIELDS 1000u
#define H2_MAX_INTERIM	   32

/* A stream's window: how many bytes of a body the peer may send before they are pulled.
 * It begins with the first and doubles while whoever pulls keeps up. */
#define H2_WINDOW_BYTES	    (256u * 1024)
#define H2_MAX_WINDOW_BYTES (4u * 1024 * 1024)

/* The connection's, which is open again as soon as bytes have come. */
#define H2_CONNECTION_WINDOW_BYTES (16u * 1024 * 1024)

/* What a peer may send within H2_RATE_MS that carries nothing of a response: SETTINGS,
 * PING, PRIORITY, WINDOW_UPDATE and unknown frames; DATA without bytes; RST_STREAM. More
 * is ENHANCE_YOUR_CALM, as are more entries in one SETTINGS, or more CONTINUATIONs of
 * one head. WINDOW_UPDATEs of streams whose body goes out are not counted. */
#define H2_RATE_MS	      1000u
#define H2_MAX_CONTROL_FRAMES 1000u
#define H2_MAX_EMPTY_DATA     100u
#define H2_MAX_RESETS	      200u
#define H2_MAX_SETTINGS	      32u
#define H2_MAX_CONTINUATIONS  32u

struct h2;

/*
 * A buffer with bytes that have come. Streams may hold it until the DATA in it are
 * pulled, so that they need not be copied. Whoever makes it holds it too.
 */
struct h2_input {
	struct span bytes;		   /* what has come */
	unsigned holds;			   /* the maker's included */
	void (*free)(struct h2_input *in); /* called when nobody holds it any more */
};

/* One hold less. */
void h2_input_drop(struct h2_input *input);

/* One exchange; embedded by its owner. */
struct h2_stream {
	struct list news;	    /* the connection's: it has news, or alone */
	bool has_bytes;		    /* at least one byte of the response came */
	struct fault fault;	    /* why h2_stream_next failed */
	struct h2_stream_state *in; /* the connection's, from start to end; or NULL */
};

/*
 * ---- the connection ----
 */

/* A connection whose preface and SETTINGS are ready to go out. ERR_NO_MEMORY. */
MUST_USE enum err h2_new(struct h2 **out_h2);

/* Frees; every stream has been ended. NULL is fine. */
void h2_free(struct h2 *h2);

/*
 * Takes all bytes of input at the time now_ms. 0, or the connection has failed for good:
 * ERR_PROTOCOL, ERR_LIMIT, ERR_NO_MEMORY, with h2_fault. All its streams have then, as
 * after h2_lose, and what h2_put gives says why to the peer.
 */
MUST_USE enum err h2_take(struct h2 *h2, struct h2_input *input, uint64_t now_ms);

/* The wire has failed, or ended: so have all streams whose response is not whole, with
 * this fault. */
void h2_lose(struct h2 *h2, const struct fault *fault);

/* Why the connection has failed; err is ERR_NONE while it has not. */
const struct fault *h2_fault(const struct h2 *h2);

/* Whether h2_put would give something. */
bool h2_has_output(const struct h2 *h2);

/* Appends frames that are to be sent to out, until max bytes or more were, or there are
 * none; body bytes are taken off what h2_stream_write was given, so there may be news
 * afterwards. Credentials that h2_stream_start was given are among them. ERR_NO_MEMORY:
 * the connection has failed. */
MUST_USE enum err h2_put(struct h2 *h2, struct buf *out, size_t max);

/* A stream on which something has happened since it was last answered here: an event can
 * be pulled, or bytes of its body were taken. NULL: none. */
struct h2_stream *h2_next_news(struct h2 *h2);

/* How many streams more may be started now; 100 streams in all until the peer has said
 * otherwise. */
unsigned h2_room(const struct h2 *h2);

/* Whether none will ever be: it has failed, the peer has said GOAWAY, or the numbers are
 * used up. Those that run go on, if it has not failed. */
bool h2_has_ended(const struct h2 *h2);

/* Has the peer say that it lives: a PING is to be sent. ERR_NO_MEMORY. */
MUST_USE enum err h2_ping(struct h2 *h2);

/* Says good-bye: GOAWAY is to be sent, and no stream starts any more. */
void h2_close(struct h2 *h2);

/*
 * ---- a request ----
 */

/*
 * Puts the count fields of a list that requests will borrow (headers_borrow) once more
 * behind them, where there is room for as many, with their names as HTTP/2 has them. None
 * of them may be about the connection, or Host, Authorization or Cookie. The names are
 * the caller's, for mem_free. ERR_NO_MEMORY.
 */
MUST_USE enum err h2_lay_out(struct headers_field *fields, uint32_t count,
			     char **out_names);

/*
 * ---- a stream ----
 */

/*
 * Starts one with a request; the caller has seen that there is room. Heads of responses
 * will lie in arena, which stays until h2_stream_end. Fields that belong to a connection
 * (RFC 9113 8.2.2) are left out; Host, or the URL's authority, becomes :authority; names
 * become lower case; what access says stands as h1_head_put has it. The request is packed
 * at once: nothing of head is needed afterwards, and it goes out even if the stream is
 * ended before h2_put. ERR_NO_MEMORY; ERR_REFUSED: no stream can be started (any more).
 * After a failure it was not started.
 */
MUST_USE enum err h2_stream_start(struct h2 *h2, struct h2_stream *stream,
				  struct arena *arena, const struct request_head *head);

/*
 * Has body sent; is_last: nothing follows it. What has gone into h2_put since the last
 * call is taken off *body first, which otherwise must begin with the same bytes as then
 * and stay where it is. 0: *body is empty, and if is_last the end is said; ERR_AGAIN:
 * news will come. ERR_CLOSED: the stream takes no more bytes, but a response may be
 * there.
 */
MUST_USE enum err h2_stream_write(struct h2_stream *stream, struct span *body,
				  bool is_last);

/*
 * The next event. DATA that were told before count as pulled. ERR_AGAIN: news will come.
 * ERR_EOF behind RESPONSE_END. Failures, for good: ERR_REFUSED: the peer has not
 * processed the request (REFUSED_STREAM, or GOAWAY for this number), so any request may
 * be sent again; ERR_HTTP_1_1: it wants HTTP/1.1 for this (HTTP_1_1_REQUIRED); ERR_RESET:
 * the peer has ended it otherwise; ERR_PROTOCOL; ERR_LIMIT; ERR_NO_MEMORY; what h2_lose
 * was given.
 */
MUST_USE enum err h2_stream_next(struct h2_stream *stream, struct response_event *out);

/* Ends it, wherever it is: the peer is told (CANCEL) unless both sides have ended. Not
 * twice; not before it was started. */
void h2_stream_end(struct h2_stream *stream);

#endif
