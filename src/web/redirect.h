/* SPDX-License-Identifier: MIT */
/*
 * Where a 3xx leads and what becomes of the request (RFC 9110 15.4, Fetch 4.4;
 * contract X1, X3). No I/O.
 */
#ifndef IXHR2_WEB_REDIRECT_H
#define IXHR2_WEB_REDIRECT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"
#include "http/message.h"
#include "http/url.h"

struct redirect {
	struct url url;	    /* the new URL, with the fragment that it inherits */
	bool becomes_get;   /* the method is GET now; body and its headers are dropped */
	bool leaves_origin; /* credentials stay behind for good */
};

/*
 * Whether and where the response to a request leads. 0: *out is set, its URL lies in
 * arena. ERR_MISSING: it is a response like any other. ERR_REDIRECT: it cannot be
 * followed (another scheme, an unusable Location, two of them); ERR_REDIRECT_DOWNGRADE:
 * from https to http; ERR_NO_MEMORY. *out_what says what is wrong, a constant.
 */
MUST_USE enum err redirect_follow(struct arena *arena, const struct request_head *request,
				  const struct response_head *head, struct redirect *out,
				  const char **out_what);

/* Whether a field describes the body (all that begin with Content-, and some more), and
 * goes when the body is dropped. */
bool redirect_drops_with_body(struct span name);

/* Whether a field belongs to the origin it was meant for. */
bool redirect_drops_with_origin(struct span name);

#endif
