/* SPDX-License-Identifier: MIT */
/*
 * The connections of a session, by origin, credentials and what matters for TLS: those
 * that can take an exchange, and those who wait for one. Owner of the loop only.
 */
#ifndef IXHR2_ENGINE_POOL_H
#define IXHR2_ENGINE_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/list.h"
#include "engine/connection.h"
#include "engine/dial.h"
#include "engine/ration.h"
#include "engine/settings.h"
#include "http/url.h"
#include "net/dns.h"
#include "net/loop.h"

/* An idle connection is dropped after this. */
#define POOL_IDLE_MS 60000u

struct identity;
struct place_wait;
struct pool;

/* Whose a want is. Connections are kept apart by all of it, because some schemes
 * authenticate a connection and not a message. */
struct pool_access {
	const struct login *login;	 /* for the origin, or NULL */
	bool may_use_ticket;		 /* without one: the user's Kerberos ticket */
	const struct proxy *proxy;	 /* on the way, or NULL; outlives the pool */
	const struct login *proxy_login; /* for the proxy; NULL: that of its URL */
	bool may_use_proxy_ticket;	 /* the proxy may get the user's ticket */
	bool no_proxy_auth;		 /* the proxy's challenges are not answered */
};

/* One who wants an exchange. */
struct pool_want {
	/* Set by the caller before pool_get. */
	uint32_t max_connections;	   /* to the origin; 0: no limit */
	uint32_t connect_timeout_ms;	   /* for a connection made for it */
	enum connection_protocol protocol; /* stays the same until done */
	uint8_t forgiven; /* https: bits of enum verdict_error; the same */
	bool wants_fresh; /* one that nobody has used; idle ones are closed */
	const struct identity
		*identity; /* https: to show when asked, or NULL; the same */
	const struct pool_access *access; /* or NULL: nobody's; the same */
	/* The end: once, never inside pool_get. x is the taker's, until pool_put; or
	 * NULL with result->fault. result is what came of the connection that was made,
	 * lent for the call; NULL where x is a kept one. */
	void (*done)(struct pool_want *want, struct exchange *x,
		     const struct dial_result *result);
	struct place_wait *wait; /* the pool's: while it waits, else NULL */
};

/* An empty pool that borrows all it is given. ERR_NO_MEMORY, ERR_SYSTEM. */
MUST_USE enum err pool_new(struct loop *loop, struct dns *dns,
			   const struct settings *settings, struct pool **out_pool);

/* Closes every idle connection and frees. Nobody may wait. NULL is fine. */
void pool_free(struct pool *pool);

/* Whom to tell that somebody starves, because others in the process may have connections
 * to spare. */
void pool_watch(struct pool *pool, ration_starved_fn *starved, void *owner);

/* Closes every idle connection: somebody else needs the descriptors. */
void pool_shed(struct pool *pool);

/*
 * An exchange to url's origin. 0: *out_x, of a kept connection, at once. ERR_AGAIN:
 * want->done will come. ERR_NO_MEMORY; ERR_TLS: the roots cannot be had; *out_fault says
 * more.
 */
MUST_USE enum err pool_get(struct pool *pool, const struct url *url,
			   struct pool_want *want, struct exchange **out_x,
			   struct fault *out_fault);

/* Whether a connection is being made for want, and since when, by loop_now_ms. */
bool pool_is_dialing(const struct pool_want *want, uint64_t *out_since_ms);

/* Gives one who wants another time for the connection that is made for it, counted from
 * when that began. Harmless when it does not wait. */
void pool_renew(struct pool *pool, struct pool_want *want, uint32_t connect_timeout_ms);

/* done does not come any more; harmless when it is not due. */
void pool_cancel(struct pool_want *want);

/* Gives an exchange back. Whoever waits gets one of its connection, or that becomes idle,
 * or is closed when it cannot be used again. */
void pool_put(struct exchange *x);

#endif
