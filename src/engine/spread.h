/* SPDX-License-Identifier: MIT */
/*
 * Which lane a request runs on where there are several (see engine/lane.h). Each origin
 * has a home, so that its connections are used again; the homes are given in turn, to
 * whatever origin comes first. A request goes to the home of its origin unless that has
 * clearly more to do than the lane with the least. It then stays on the lane that it is
 * sent from, if there is one and that has not too much to do, or else goes to the one
 * with the least. Knows nothing of what a lane is. Any thread.
 */
#ifndef IXHR2_ENGINE_SPREAD_H
#define IXHR2_ENGINE_SPREAD_H

#include <limits.h>
#include <stdbool.h>

#include "base/err.h"
#include "http/url.h"

/* How many lanes there may be. */
#define SPREAD_MAX_LANES 64

/* How many requests more than the least busy lane a home runs at least before it sends
 * one there: below that, what a further connection costs is not worth it. */
#define SPREAD_SLACK 32

/* Origins that are told apart; further ones share a home with another. */
#define SPREAD_MAX_ORIGINS 1024

/* For whoever is not on a lane. */
#define SPREAD_NOWHERE UINT_MAX

struct spread;

/* For 2 to SPREAD_MAX_LANES lanes, numbered from 0, without requests. ERR_NO_MEMORY. */
MUST_USE enum err spread_new(unsigned lanes, struct spread **out_spread);

/* NULL is fine. */
void spread_free(struct spread *spread);

/*
 * The lane for a request to url's origin, which is counted there from now on. is_limited:
 * only so many connections may be made to the origin; then neither this request nor any
 * later one to this origin leaves the home, where the connections are counted. here: the
 * lane that the caller is on, or SPREAD_NOWHERE.
 */
unsigned spread_enter(struct spread *spread, const struct url *url, bool is_limited,
		      unsigned here);

/* A request on that lane has ended, or is another one's now. */
void spread_leave(struct spread *spread, unsigned lane);

/* How many requests are counted on all lanes. */
unsigned spread_requests(const struct spread *spread);

#endif
