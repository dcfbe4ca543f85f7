/* SPDX-License-Identifier: MIT */
/*
 * A lane: an event loop with the names and the connections that belong to it. A request
 * runs on one lane at a time, and its callbacks come there. What lanes share is the
 * session's.
 */
#ifndef IXHR2_ENGINE_LANE_H
#define IXHR2_ENGINE_LANE_H

#include <stdatomic.h>

#include "base/arena.h"
#include "base/err.h"
#include "net/loop.h"

struct dns;
struct pool;
struct session;
struct settings;

struct lane {
	struct loop *loop;		 /* owned */
	struct dns *dns;		 /* owned */
	struct pool *pool;		 /* owned */
	const struct settings *settings; /* frozen; the session's */
	struct session *session;	 /* whose it is */
	unsigned number;		 /* among its lanes, from 0 */
	struct loop_post shed;		 /* asks for its descriptors */
	atomic_bool is_asked;		 /* shed is on its way */
	struct arena_spare blocks;	 /* for the arenas of its requests */
	struct loop_task rest;		 /* frees what they leave when there are none */
};

/* Makes the lane with that number of a session. ERR_NO_MEMORY, ERR_NO_DESCRIPTOR,
 * ERR_SYSTEM: nothing is left. */
MUST_USE enum err lane_init(struct lane *lane, struct session *session, unsigned number);

/* A request begins to run here (+1), or has ended or left (-1). Owner of the loop. */
void lane_busy(struct lane *lane, int change);

/* Frees all of a lane that nobody has used. */
void lane_done(struct lane *lane);

/* For tests: frees all of a lane when no request of the session runs any more, or after
 * LANE_CLOSE_WAIT_MS. Not on a thread of its loop. */
void lane_close(struct lane *lane);

/* How long lane_close waits for requests to end. */
#define LANE_CLOSE_WAIT_MS 2000

#endif
