/* SPDX-License-Identifier: MIT */
/*
 * Happy Eyeballs (RFC 8305): a connection to the first of several addresses that
 * answers. Families alternate; the next address is tried when one fails or 250 ms
 * have passed. Owner of the loop only.
 */
#ifndef IXHR2_NET_RACE_H
#define IXHR2_NET_RACE_H

#include <stdint.h>

#include "base/err.h"
#include "net/dns.h"
#include "net/loop.h"
#include "net/tcp.h"
#include "net/wire.h"

/* Time between two attempts (RFC 8305 section 5). */
#define RACE_NEXT_MS 250

struct race;

struct race_result {
	/* The winner, which is the taker's, wants nothing and has no owner; or NULL. */
	struct wire *wire;
	/* Without a winner the failure that says most: ERR_CONNECT, ERR_NO_DESCRIPTOR,
	 * ERR_NO_MEMORY, ERR_SYSTEM. */
	struct fault fault;
	/* Whom that failure is about, as tcp_put_peer writes it. */
	char peer[TCP_PEER_BYTES];
};

/* The end: once, never inside race_new. The race is gone already. */
typedef void race_done_fn(void *owner, const struct race_result *result);

/* Starts a race to answer's addresses (copied) on port. ERR_NO_MEMORY: no done. */
MUST_USE enum err race_new(struct loop *loop, const struct dns_answer *answer,
			   uint16_t port, race_done_fn *done, void *owner,
			   struct race **out_race);

/* Gives up: done does not come. NULL is fine. */
void race_free(struct race *race);

#endif
