/* SPDX-License-Identifier: MIT */
/*
 * What the pool sees of a connection: something that takes a number of exchanges at a
 * time, one for HTTP/1.1, many for HTTP/2. Owner of the loop only.
 */
#ifndef IXHR2_ENGINE_CONNECTION_H
#define IXHR2_ENGINE_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/list.h"

struct connection;
struct exchange;
struct tls_facts;
struct wire;

/* Which protocols may be spoken. */
enum connection_protocol {
	CONNECTION_ANY,	     /* with TLS HTTP/2 or HTTP/1.1, as the server likes; without
				it HTTP/1.1 */
	CONNECTION_HTTP_1_1, /* only this */
	CONNECTION_HTTP_2    /* only this, without TLS too (RFC 9113 3.3) */
};

struct connection_ops {
	/* A further exchange, the opener's until it is closed; there is room for it.
	 * ERR_NO_MEMORY. */
	enum err (*open)(struct connection *connection, struct exchange **out_x);

	/* Takes an exchange back, wherever it is; the connection may be of no use
	 * afterwards. */
	void (*close)(struct connection *connection, struct exchange *x);

	/* Whether one that nobody uses and whose peer has said something may still be
	 * used. */
	bool (*is_alive)(struct connection *connection);

	/* Closes and frees; no exchange is open. */
	void (*free)(struct connection *connection);
};

struct connection {
	const struct connection_ops *ops; /* the verbs */
	struct wire *wire;		  /* its own; knows whom it is connected to */
	const struct tls_facts *tls;	  /* of its TLS, while it lives; NULL without */
	bool is_shared;			  /* it takes several exchanges at a time */
	bool has_room;			  /* one more may be opened now */
	bool has_ended;			  /* none ever will; those that are open go on */
	unsigned exchanges;		  /* the pool's: how many are open */

	/* The pool's ear: its peer has said something while no exchange was open, or
	 * has_room or has_ended have changed otherwise than by open and close. NULL:
	 * nobody hears. Never inside a verb. */
	void (*changed)(struct connection *connection);

	struct place *place;	/* the pool's: where it belongs */
	struct list node;	/* the pool's: among those of its place with room */
	struct list idle;	/* the pool's: among all idle ones, oldest first */
	uint64_t idle_since_ms; /* the pool's */
};

#endif
