/* SPDX-License-Identifier: MIT */
/*
 * A place in a pool: an origin together with what keeps its connections apart from
 * others to the same origin (credentials; for TLS: what is forgiven, and the certificate
 * to show). Which proxy leads there is decided by the origin alone. It knows its
 * connections that have room, those who wait there, and how many connections it has,
 * those that are being made included. For pool.c alone. Owner of the loop only.
 *
 * A connection that is being made may turn out to serve many (HTTP/2). So as long as that
 * can be, only one is made at a time, and who comes meanwhile waits for it.
 */
#ifndef IXHR2_ENGINE_PLACE_H
#define IXHR2_ENGINE_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/list.h"
#include "base/map.h"
#include "base/span.h"
#include "engine/pool.h"
#include "http/url.h"

struct place {
	struct map_entry entry; /* among all places, by its key */
	struct pool *pool;	/* whose it is */
	struct list roomy;	/* connections with room, the one used last first */
	struct list waiting;	/* struct place_wait, first come first */
	uint64_t open;		/* connections, those being made included */
	uint64_t dials;		/* of them, those that are being made */
	uint64_t queued;	/* of waiting: for connections of others alone */
	uint32_t highest_limit; /* of those; or higher, when one has left */
	uint16_t port;		/* of the URL */
	bool is_https;		/* TLS is spoken there */
	bool is_single;		/* each connection takes one exchange, as far as is
				   known */
	enum connection_protocol protocol; /* that may be spoken */
	unsigned forgiven;		   /* https: bits of enum verdict_error */
	const struct identity
		*identity;	   /* https: to show when asked; a reference, or NULL */
	const struct proxy *proxy; /* on the way, or NULL; borrowed */
	const struct login *proxy_login; /* for that; a reference, or NULL */
	bool may_use_proxy_ticket;	 /* the proxy may get the user's ticket */
	bool no_proxy_auth;		 /* its challenges are not answered */
	struct span host;		 /* of the URL, behind the key */
	char key[];			 /* what makes it this one; see place_make_key */
};

/*
 * One who waits at a place, a connection that is being made there, or both: that for
 * whom it is made. Who is served otherwise leaves the connection behind. The pool's,
 * while it is either.
 */
struct place_wait {
	struct list node;	/* in place.waiting; alone: nobody waits */
	struct list queue;	/* among those who starve or are put off, or all dials, or
				   alone */
	struct place *place;	/* where */
	struct pool_want *want; /* who waits, or NULL */
	struct dial *dial;	/* makes a connection, or NULL */
	uint64_t dial_since_ms; /* when that was begun for want, by loop_now_ms */
	bool is_queued;		/* it waits for connections of others alone */
};

/* The key of the place where want looks for a connection to url's origin. It lies in the
 * text of url, or in room, instead of what is in there. ERR_NO_MEMORY. */
MUST_USE enum err place_make_key(const struct url *url, const struct pool_want *want,
				 struct buf *room, struct span *out_key);

/* An empty place, to be found in places by key, which is copied. NULL: no memory. */
MUST_USE struct place *place_new(struct map *places, struct span key,
				 const struct url *url, const struct pool_want *want);

/* Takes a place that nobody uses out of places and frees it. */
void place_free(struct place *place, struct map *places);

/* The key, which lives as long as the place. */
struct span place_key(const struct place *place);

/* Whether HTTP/2 is spoken on a connection to the place; tls: of it, or NULL. */
bool place_speaks_h2(const struct place *place, const struct tls_facts *tls);

/* Whether nothing else would do there. */
bool place_needs_h2(const struct place *place);

/* Whether no connection is there and nobody waits. */
bool place_is_empty(const struct place *place);

/* Has want wait at a place, behind the others. NULL: no memory. */
MUST_USE struct place_wait *place_wait_new(struct place *place, struct pool_want *want);

/* want does not wait any more. A dial that there is goes on for nobody; without one, wait
 * is freed. */
void place_wait_end(struct place_wait *wait);

/* The dial has ended. Answers wait, or NULL: nobody waits, and it is freed. */
struct place_wait *place_wait_end_dial(struct place_wait *wait);

/* Whether a connection may be made now for one who waits. If not, it is queued. */
bool place_may_dial(const struct place_wait *wait);

/* One waits for connections of others alone, or does not any more. */
void place_set_queued(struct place_wait *wait, bool is_queued);

/* The first who waits for connections of others alone, or NULL. */
struct place_wait *place_first_queued(const struct place *place);

/* The first of them for whom a connection may be made now, or NULL. */
struct place_wait *place_first_to_dial(const struct place *place);

/* The first who waits and takes a connection of this kind, or NULL. */
struct place_wait *place_first_waiting(const struct place *place, bool is_used);

#endif
