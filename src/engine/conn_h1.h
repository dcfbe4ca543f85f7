/* SPDX-License-Identifier: MIT */
/*
 * An HTTP/1.1 connection: bytes between a wire and http/h1, one exchange at a time. Owner
 * of the loop only.
 */
#ifndef IXHR2_ENGINE_CONN_H1_H
#define IXHR2_ENGINE_CONN_H1_H

#include "base/err.h"
#include "engine/connection.h"
#include "net/loop.h"
#include "net/wire.h"

/* Makes one of a connected wire, which is the connection's from now on; on ERR_NO_MEMORY
 * it is freed. */
MUST_USE enum err conn_h1_new(struct loop *loop, struct wire *wire,
			      struct connection **out_connection);

#endif
