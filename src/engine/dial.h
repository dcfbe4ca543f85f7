/* SPDX-License-Identifier: MIT */
/*
 * From a host and a port to a connected wire: names, then the race for an address, then
 * what a proxy on the way needs, then the TLS handshake where one is wanted.
 * Owner of the loop only.
 */
#ifndef IXHR2_ENGINE_DIAL_H
#define IXHR2_ENGINE_DIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "net/dns.h"
#include "net/loop.h"
#include "net/wire.h"
#include "tls/tls.h"
#include "web/auth.h"
#include "web/proxy.h"

struct dial;

/* A proxy on the way. */
struct dial_proxy {
	const struct proxy *proxy; /* must outlive the dial; NULL: there is none */
	const struct login *login; /* for it, or NULL; kept by a reference */
	bool may_use_ticket;	   /* without one: the user's Kerberos ticket */
	bool no_auth;		   /* its challenges are not answered */
	struct span user_agent;	   /* for CONNECT, or empty; must outlive the dial */
	struct trust *trust;	   /* https:// proxies; the same */
};

struct dial_target {
	struct span host;	       /* as in a URL; must outlive the dial */
	uint16_t port;		       /* to connect to */
	uint32_t timeout_ms;	       /* for all of it */
	const struct tls_options *tls; /* or NULL; identity is kept by a reference, trust,
					  host and key must outlive the dial */
	struct dial_proxy proxy; /* a wire to an HTTP proxy itself is the result where
				    no TLS is wanted */
};

struct dial_result {
	struct wire *wire;     /* the taker's, or NULL */
	struct fault fault;    /* when wire is NULL; also outcome ERR_NO_DESCRIPTOR */
	const char *peer;      /* whom the fault is about, lent for done; or NULL */
	uint64_t resolved_ns;  /* when the addresses were known, or 0 */
	uint64_t connected_ns; /* when the TCP connection was there, or 0 */
	uint64_t secured_ns;   /* when the TLS handshake was over, or 0 */
	const struct tls_facts *tls; /* of the wire, as long as it lives; or of one whose
					handshake has failed, lent for done; or NULL. Of
					the target, not of a proxy. */
	unsigned proxy_status;	     /* the proxy's last answer to CONNECT, or 0 */
	bool is_proxy_fault;	     /* the fault is the proxy's, or lies before it */
	bool wants_proxy_login;	     /* ERR_PROXY_AUTH: another login might do */
	const struct auth *proxy_auth; /* how a login was asked for, lent for done; or
					  NULL */
};

/* The end: once, never inside dial_new. The dial frees itself after this. */
typedef void dial_done_fn(void *owner, const struct dial_result *result);

/* Starts to dial. ERR_NO_MEMORY: no done. */
MUST_USE enum err dial_new(struct loop *loop, struct dns *dns,
			   const struct dial_target *target, dial_done_fn *done,
			   struct dial **out_dial);

/* Who is given to done; to be set right after dial_new. */
void dial_own(struct dial *dial, void *owner);

/* Begins its time anew, for somebody else. */
void dial_renew(struct dial *dial, uint32_t timeout_ms);

/* Gives up: done does not come. NULL is fine. */
void dial_free(struct dial *dial);

#endif
