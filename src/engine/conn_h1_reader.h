/* SPDX-License-Identifier: MIT */
/*
 * The side of an HTTP/1.1 connection that reads: bytes of a wire become events of a
 * response. One response at a time. Owner of the loop only.
 */
#ifndef IXHR2_ENGINE_CONN_H1_READER_H
#define IXHR2_ENGINE_CONN_H1_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"
#include "http/message.h"
#include "net/loop.h"
#include "net/wire.h"

/* Bytes that one connection takes, straight ones too, before others have their turn. */
#define CONN_H1_TURN_BYTES (1024u * 1024)

struct conn_h1_response;

struct conn_h1_reader {
	struct wire *wire;			      /* read from; the connection's */
	struct loop *loop;			      /* lends buffers and tasks */
	void (*again)(struct conn_h1_reader *reader); /* what was left for fairness */
	struct conn_h1_response *response; /* that is read; NULL before there is any */
	struct arena *arena; /* where it is to lie; NULL: none was asked for */
	struct span method;  /* of the request */
	bool is_readable;    /* the wire has bytes, or its end, as far as is known */
	bool has_bytes;	     /* at least one of the response came */
};

/* Reads nothing yet. again is called in a later turn of the loop, where next answered
 * ERR_AGAIN though is_readable. */
void conn_h1_reader_init(struct conn_h1_reader *reader, struct loop *loop,
			 struct wire *wire, void (*again)(struct conn_h1_reader *reader));

/* From now on reads the answer to a request with this method, whose span must stay. It
 * is made in arena when the first of it comes. What was read of another is dropped. */
void conn_h1_reader_begin(struct conn_h1_reader *reader, struct arena *arena,
			  struct span method);

/* The wire has told that there is something to read. */
void conn_h1_reader_wake(struct conn_h1_reader *reader);

/*
 * The next event of what is here or can be read. ERR_AGAIN: none now; where is_readable,
 * again will tell, otherwise the wire does. Other failures: for good, and
 * conn_h1_reader_fault says why.
 */
MUST_USE enum err conn_h1_reader_next(struct conn_h1_reader *reader,
				      struct response_event *out);

/* Why next has failed: of the response, if that was wrong, or else of the wire. */
const struct fault *conn_h1_reader_fault(const struct conn_h1_reader *reader);

/* Behind RESPONSE_DATA: whether a straight read may give bytes. */
bool conn_h1_reader_may_read(const struct conn_h1_reader *reader);

/* Where that is so: verb read of exchange_ops. */
size_t conn_h1_reader_read(struct conn_h1_reader *reader, void *to, size_t cap);

/* Looks whether the peer has said something where nothing is under way. What TLS says on
 * its own account (a ticket) is nothing. */
bool conn_h1_reader_has_spoken(struct conn_h1_reader *reader);

/* Whether another request may follow the response, of which a head was told. */
bool conn_h1_reader_is_persistent(const struct conn_h1_reader *reader);

/* Whether all of the response was taken, and nothing behind it came. */
bool conn_h1_reader_is_at_end(const struct conn_h1_reader *reader);

/* Drops what was read; the arena need not stay any more. */
void conn_h1_reader_drop(struct conn_h1_reader *reader);

#endif
