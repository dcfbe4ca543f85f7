/* SPDX-License-Identifier: MIT */
/*
 * Asking an HTTP proxy for a tunnel by CONNECT (RFC 9110 9.3.6), with all the rounds of
 * authentication that takes. It works on a wire to the proxy that it does not own, and
 * may need several, one after the other: a proxy may close behind a 407. When it is done
 * the wire leads to the target. Owner of the loop only.
 */
#ifndef IXHR2_ENGINE_TUNNEL_H
#define IXHR2_ENGINE_TUNNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "net/loop.h"
#include "net/wire.h"
#include "web/auth.h"

/* Bytes of a refusal's body that are read so that the wire can be used again. */
#define TUNNEL_DRAIN_BYTES (64u * 1024)

struct tunnel;

struct tunnel_target {
	struct span host;	   /* of the target, as in a URL; copied */
	uint16_t port;		   /* there */
	struct span user_agent;	   /* value of that field, or empty; copied */
	struct span proxy_host;	   /* as in a URL; copied */
	const struct login *login; /* for the proxy, or NULL; kept by a reference */
	bool may_use_ticket;	   /* without one: the user's Kerberos ticket */
	bool no_auth;		   /* a 407 is a refusal */
};

enum tunnel_end {
	TUNNEL_OPEN,  /* the wire leads to the target */
	TUNNEL_AGAIN, /* a fresh wire to the proxy is needed, for tunnel_run */
	TUNNEL_FAILED /* for good */
};

struct tunnel_result {
	enum tunnel_end end;
	struct fault fault; /* TUNNEL_FAILED: ERR_PROXY, ERR_PROXY_AUTH, ERR_PROTOCOL,
			       ERR_CLOSED, ... */
	unsigned status;    /* the proxy's last answer, or 0 */
	bool wants_login;   /* ERR_PROXY_AUTH: another login might do */
	const struct auth *auth; /* how it was asked for; lives as long as the tunnel */
};

/* Told once for each tunnel_run, never inside it. The tunnel may be freed in it. */
typedef void tunnel_done_fn(void *owner, const struct tunnel_result *result);

/* One that has not begun. ERR_NO_MEMORY. */
MUST_USE enum err tunnel_new(struct loop *loop, const struct tunnel_target *target,
			     tunnel_done_fn *done, void *owner,
			     struct tunnel **out_tunnel);

/* Asks over a fresh wire, which stays the caller's and is watched by the tunnel until
 * done. */
void tunnel_run(struct tunnel *tunnel, struct wire *wire);

/* The proxy's last answer, or 0. NULL is fine. */
unsigned tunnel_status(const struct tunnel *tunnel);

/* done does not come any more. NULL is fine. */
void tunnel_free(struct tunnel *tunnel);

#endif
