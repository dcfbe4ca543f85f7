/* SPDX-License-Identifier: MIT */
/*
 * What a request sees of a connection (engine/connection.h): one request out, one
 * response in. An HTTP/1.1 connection and a stream of an HTTP/2 connection look alike.
 * Pulled: what is not pulled stays where it is, and so the peer is held back. Owner of
 * the loop only.
 */
#ifndef IXHR2_ENGINE_EXCHANGE_H
#define IXHR2_ENGINE_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"
#include "http/message.h"

/* Fewest bytes that are worth a read of their own: copying them costs as much. */
#define EXCHANGE_READ_BYTES (24u * 1024)

struct connection;
struct exchange;

struct exchange_ops {
	/* Takes a request's head. Heads of responses will lie in arena, which stays
	 * until release. Writes nothing yet. ERR_NO_MEMORY; ERR_CLOSED: a request that
	 * may not be repeated, or not easily, finds that the peer has closed or spoken
	 * meanwhile. */
	enum err (*start)(struct exchange *x, struct arena *arena,
			  const struct request_head *head);

	/* Writes what is pending, then takes bytes off *body. 0: *body is empty, and if
	 * it was the last (is_last) everything is written; ERR_AGAIN: ready will tell;
	 * failures: nothing can be sent any more, but a response may still come. */
	enum err (*write)(struct exchange *x, struct span *body, bool is_last);

	/* The next event of the response. ERR_AGAIN: ready will tell. Failures: for
	 * good. */
	enum err (*next)(struct exchange *x, struct response_event *out);

	/* Where may_read: reads up to cap bytes of the body, from EXCHANGE_READ_BYTES on,
	 * behind all that next has told, straight to memory. How many; 0: none are there
	 * now, or next will tell why. NULL where may_read never is. */
	size_t (*read)(struct exchange *x, void *to, size_t cap);

	/* Whether another request may follow when the response, whose head is here, has
	 * ended. */
	bool (*is_persistent)(const struct exchange *x);

	/* Whether it may serve another request now, after RESPONSE_END. */
	bool (*is_reusable)(const struct exchange *x);
};

struct exchange {
	const struct exchange_ops *ops; /* the verbs */
	void (*ready)(void *owner);    /* write or next may get on; never inside a verb */
	void *owner;		       /* given to ready; never freed */
	struct connection *connection; /* whose it is */
	bool is_last;	    /* set by the owner: do not use the connection again */
	bool was_idle;	    /* the pool's: the peer may have closed it meanwhile */
	bool is_reused;	    /* the connection has served another request before */
	bool has_bytes;	    /* at least one byte of the response is there */
	bool is_quiet;	    /* since start nothing has come that next could tell */
	bool may_read;	    /* behind data that next has told: read may give more */
	unsigned told;	    /* the request's: questions of tls that it has been told */
	struct fault fault; /* why a verb failed */
};

#endif
