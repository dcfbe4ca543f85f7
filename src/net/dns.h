/* SPDX-License-Identifier: MIT */
/*
 * Names to addresses: getaddrinfo on the resolver's threads. Questions for one name are
 * asked once; answers are kept for 60 s. Numeric addresses and localhost (RFC 6761 6.3)
 * need no thread. Owner of the loop only.
 */
#ifndef IXHR2_NET_DNS_H
#define IXHR2_NET_DNS_H

#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/err.h"
#include "base/list.h"
#include "base/span.h"
#include "net/loop.h"

/* How long an answer is used, and how many names are kept. */
#define DNS_KEEP_MS	  (60u * 1000)
#define DNS_MAX_NAMES	  1000
#define DNS_MAX_ADDRESSES 32

/* A longer name does not exist (RFC 1035 2.3.4). */
#define DNS_MAX_HOST_BYTES 255

union dns_address {
	struct sockaddr any;	/* the family */
	struct sockaddr_in v4;	/* port 0 */
	struct sockaddr_in6 v6; /* port 0 */
};

struct dns_answer {
	unsigned count;				 /* addresses, in the resolver's order */
	union dns_address at[DNS_MAX_ADDRESSES]; /* count of them */
};

struct dns;

struct dns_query {
	struct list node;      /* among those who wait for the same name */
	struct dns *dns;       /* NULL when no answer is due, and at first */
	struct dns_name *name; /* what is waited for */
	/* The end: once, never inside dns_ask. *answer, or NULL with fault->err ERR_NAME,
	 * ERR_NO_DESCRIPTOR or ERR_NO_MEMORY; both are lent for the call. */
	void (*done)(struct dns_query *query, const struct dns_answer *answer,
		     const struct fault *fault);
};

/* Makes an empty cache. ERR_NO_MEMORY, ERR_SYSTEM. */
MUST_USE enum err dns_new(struct loop *loop, struct dns **out_dns);

/* Frees; no question may be open, and none is being told. NULL is fine. */
void dns_free(struct dns *dns);

/* Asks for a host as struct url has it (name, v4, or [v6]). query->done is set by the
 * caller and comes exactly once unless dns_cancel comes first. ERR_NO_MEMORY: no done.
 * Times are clock_mono_ns. */
MUST_USE enum err dns_ask(struct dns *dns, struct span host, struct dns_query *query);

/* done does not come any more; harmless when it is not due. */
void dns_cancel(struct dns_query *query);

#endif
