/* SPDX-License-Identifier: MIT */
/*
 * Makes the connections of a pool: knows what leads to a place, what is demanded of TLS
 * there, and which protocol is spoken on the wire that comes of it. Whose connections
 * they are, and how many there may be, is the pool's affair. Owner of the loop only.
 */
#ifndef IXHR2_ENGINE_CONNECTOR_H
#define IXHR2_ENGINE_CONNECTOR_H

#include <stdint.h>

#include "base/err.h"
#include "engine/connection.h"
#include "engine/dial.h"
#include "engine/place.h"
#include "engine/settings.h"
#include "net/dns.h"
#include "net/loop.h"

/* All but trust is set by the pool, and borrowed. */
struct connector {
	struct loop *loop;		 /* runs all */
	struct dns *dns;		 /* names */
	const struct settings *settings; /* routes, times, roots */
	dial_done_fn *done;		 /* told the end of each dial; see dial_own */
	struct trust *trust;		 /* of all TLS; owned; NULL before the first */
};

/* Frees what is its own. No connection is left. */
void connector_done(struct connector *connector);

/* Begins to dial to a place. ERR_NO_MEMORY; ERR_TLS: the roots cannot be had;
 * *out_fault says more. */
MUST_USE enum err connector_dial(struct connector *connector, const struct place *place,
				 uint32_t timeout_ms, struct dial **out_dial,
				 struct fault *out_fault);

/* Makes a connection of the wire that was dialled, which is its own then, or gone; the
 * place learns whether it takes one exchange at a time. ERR_NO_MEMORY; ERR_PROTOCOL:
 * nothing but HTTP/2 would do; *out_fault says more. */
MUST_USE enum err connector_open(const struct connector *connector, struct place *place,
				 const struct dial_result *result,
				 struct connection **out_connection,
				 struct fault *out_fault);

#endif
