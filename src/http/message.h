/* SPDX-License-Identifier: MIT */
/*
 * What HTTP messages mean, whatever carries them: methods, statuses, and which body a
 * response has (RFC 9110 6.4, 9; RFC 9112 6.3).
 */
#ifndef IXHR2_HTTP_MESSAGE_H
#define IXHR2_HTTP_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "http/headers.h"
#include "http/url.h"

/* body_length of a request without a body, and of one of unknown length. */
#define MESSAGE_NO_BODY	       (UINT64_MAX - 1)
#define MESSAGE_LENGTH_UNKNOWN UINT64_MAX

/* What a request says beyond its own words: to whom it is given, and with which right. */
struct request_access {
	struct span authorization;	 /* value of that field, ours; or empty */
	struct span proxy_authorization; /* the same */
	bool is_for_proxy; /* a proxy gets it: the request line has all of the URL */
};

struct request_head {
	struct span method;	/* as sent */
	const struct url *url;	/* where it goes; authority and target are sent */
	struct headers headers; /* without Content-Length and Transfer-Encoding */
	uint64_t body_length;	/* bytes, MESSAGE_NO_BODY or MESSAGE_LENGTH_UNKNOWN */
	const struct request_access *access; /* or NULL */
};

struct response_head {
	unsigned status;	/* 100 to 999 */
	unsigned version;	/* 10 for HTTP/1.0, 11 for HTTP/1.1, 20 for HTTP/2 */
	struct span reason;	/* as received, or the standard phrase; may be empty */
	struct headers headers; /* in order */
};

/*
 * What comes of a response, pulled from whatever carries it:
 *
 *	( RESPONSE_INTERIM )* RESPONSE_HEAD ( RESPONSE_DATA )* RESPONSE_END
 */
enum response_event_kind { RESPONSE_INTERIM, RESPONSE_HEAD, RESPONSE_DATA, RESPONSE_END };

struct response_event {
	enum response_event_kind kind; /* which of the following is set */
	struct response_head *head;    /* INTERIM, HEAD: in the arena of the request */
	struct spans data;	       /* DATA: none is empty; until the next event */
};

enum message_framing {
	MESSAGE_EMPTY,	    /* no body, whatever the fields say */
	MESSAGE_LENGTH,	    /* Content-Length bytes */
	MESSAGE_CHUNKED,    /* chunked coding, ends with its last chunk */
	MESSAGE_UNTIL_CLOSE /* ends when the connection is closed in good order */
};

/* DELETE GET HEAD OPTIONS POST PUT in capitals if method is one of them in any case
 * (contract R1); otherwise method. Borrowed from a constant or from method. */
struct span message_method(struct span method);

/* CONNECT, TRACE, TRACK in any case: never sent for a program. */
bool message_is_forbidden_method(struct span method);

/* RFC 9110 9.2.2: may be repeated when the connection fails. method as sent. */
bool message_is_idempotent(struct span method);

/* Whether the head has an answer of ours to a challenge, which must not stay in memory.
 */
bool message_has_credentials(const struct request_head *head);

/* GET and HEAD: a body is never sent (contract R2). */
bool message_has_no_body(struct span method);

/* Whether a field of this name, in small letters, is about the connection that carries
 * the message (RFC 9113 8.2.2): HTTP/2 has none of them. */
static inline bool message_is_of_connection(struct span name)
{
	switch (name.len) {
	case 7:
		return span_eq(name, SPAN("upgrade"));
	case 10:
		return span_eq(name, SPAN("connection")) ||
		       span_eq(name, SPAN("keep-alive"));
	case 16:
		return span_eq(name, SPAN("proxy-connection"));
	case 17:
		return span_eq(name, SPAN("transfer-encoding"));
	default:
		return false;
	}
}

/* POST, PUT, PATCH: Content-Length: 0 is sent when there is no body (RFC 9110 8.6). */
bool message_expects_body(struct span method);

/*
 * How the body of a response to method ends. Strict: ERR_PROTOCOL for different or
 * malformed Content-Lengths, Content-Length beside Transfer-Encoding, a chunked that
 * is not last, an unknown transfer coding, Transfer-Encoding in HTTP/1.0.
 */
MUST_USE enum err message_framing(const struct response_head *head, struct span method,
				  enum message_framing *out_framing,
				  uint64_t *out_length);

/* Whether the connection may be used again after this response (RFC 9112 9.3). */
bool message_is_persistent(const struct response_head *head);

/* The standard phrase of a status (RFC 9110 15), or "" for one that has none. */
struct span message_phrase(unsigned status);

#endif
