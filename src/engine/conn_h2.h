/* SPDX-License-Identifier: MIT */
/*
 * An HTTP/2 connection: bytes between a wire and http/h2, many exchanges at a time. What
 * all of them have to say in one turn of the loop leaves in one write. Owner of the loop
 * only.
 */
#ifndef IXHR2_ENGINE_CONN_H2_H
#define IXHR2_ENGINE_CONN_H2_H

#include <stdint.h>

#include "base/err.h"
#include "engine/connection.h"
#include "net/loop.h"
#include "net/wire.h"

/* Most that is gathered for one write. */
#define CONN_H2_WRITE_BYTES (128u * 1024)

/* Makes one of a connected wire, which is the connection's from now on; on ERR_NO_MEMORY
 * it is freed. ping_ms: how long the peer may be silent while exchanges are open before
 * it is asked whether it lives, and then before it is given up; 0: for ever. */
MUST_USE enum err conn_h2_new(struct loop *loop, struct wire *wire, uint32_t ping_ms,
			      struct connection **out_connection);

#endif
