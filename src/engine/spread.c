/* SPDX-License-Identifier: MIT */
/*
 * The homes are an array that an origin's hash leads into; two that meet there share a
 * home, which does no harm. So nothing is allocated, locked or forgotten. A byte of it is
 * written when the first request comes, and once more when the first with a limit does.
 *
 * The counts are each on a cache line of their own: a lane's loop writes its own all the
 * time. They are read without an order among them, because a choice that is a little out
 * of date is as good.
 */
#include "engine/spread.h"

#include <stdatomic.h>
#include <stdint.h>

#include "base/mem.h"

/* A home in the array: the lane's number above 0, and whether a limit keeps the origin
 * there. */
#define HOME_LANE  0x7Fu
#define HOME_BOUND 0x80u

_Static_assert(SPREAD_MAX_LANES <= HOME_LANE, "a home is in a byte");

#define CACHE_LINE_BYTES 64

/* FNV-1a (Fowler, Noll, Vo), 32 bits. */
#define FNV_BASIS 2166136261u
#define FNV_PRIME 16777619u

struct load {
	atomic_uint requests;				   /* on this lane */
	char rest[CACHE_LINE_BYTES - sizeof(atomic_uint)]; /* nobody's */
};

struct spread {
	unsigned lanes;				   /* how many there are */
	atomic_uint next;			   /* whose turn it is to be a home */
	_Atomic uint8_t homes[SPREAD_MAX_ORIGINS]; /* by origin; 0: none yet */
	struct load loads[];			   /* of each lane */
};

enum err spread_new(unsigned lanes, struct spread **out_spread)
{
	struct spread *spread = mem_zalloc(sizeof(*spread) + lanes * sizeof(struct load));

	if (!spread)
		return ERR_NO_MEMORY;
	spread->lanes = lanes;
	*out_spread = spread;
	return ERR_NONE;
}

void spread_free(struct spread *spread)
{
	mem_free(spread);
}

/* Where an origin's home is kept. */
static _Atomic uint8_t *slot_of(struct spread *spread, const struct url *url)
{
	struct span authority = url_authority(url);
	uint32_t hash = FNV_BASIS ^ url->is_https;

	for (size_t i = 0; i < authority.len; i++)
		hash = (hash ^ (unsigned char)authority.at[i]) * FNV_PRIME;
	return &spread->homes[(hash ^ hash >> 16) % SPREAD_MAX_ORIGINS];
}

/* A home that is given now, unless another thread is quicker. */
static uint8_t settle(struct spread *spread, _Atomic uint8_t *slot)
{
	unsigned turn = atomic_fetch_add(&spread->next, 1);
	uint8_t home = (uint8_t)(turn % spread->lanes + 1);
	uint8_t none = 0;

	return atomic_compare_exchange_strong(slot, &none, home) ? home : none;
}

/* The home of an origin, and whether it may be left. */
static unsigned home_of(struct spread *spread, const struct url *url, bool is_limited,
			bool *out_is_bound)
{
	_Atomic uint8_t *slot = slot_of(spread, url);
	uint8_t home = atomic_load_explicit(slot, memory_order_relaxed);

	if (!home)
		home = settle(spread, slot);
	if (is_limited && !(home & HOME_BOUND))
		home = atomic_fetch_or(slot, HOME_BOUND) | HOME_BOUND;
	*out_is_bound = home & HOME_BOUND;
	return (home & HOME_LANE) - 1;
}

static unsigned requests_on(const struct spread *spread, unsigned lane)
{
	return atomic_load_explicit(&spread->loads[lane].requests, memory_order_relaxed);
}

static bool has_clearly_more(const struct spread *spread, unsigned lane, unsigned than)
{
	return requests_on(spread, lane) >= than + SPREAD_SLACK;
}

/* The lane with the fewest requests, and how many those are. */
static unsigned least_busy(const struct spread *spread, unsigned *out_fewest)
{
	unsigned best = 0, fewest = requests_on(spread, 0);

	for (unsigned lane = 1; lane < spread->lanes; lane++) {
		unsigned requests = requests_on(spread, lane);

		if (requests < fewest) {
			best = lane;
			fewest = requests;
		}
	}
	*out_fewest = fewest;
	return best;
}

static unsigned choose(const struct spread *spread, unsigned home, unsigned here)
{
	unsigned best, fewest;

	if (!has_clearly_more(spread, home, 0))
		return home;
	best = least_busy(spread, &fewest);
	if (here != SPREAD_NOWHERE && !has_clearly_more(spread, here, fewest))
		return here;
	return has_clearly_more(spread, home, fewest) ? best : home;
}

unsigned spread_enter(struct spread *spread, const struct url *url, bool is_limited,
		      unsigned here)
{
	bool is_bound;
	unsigned lane = home_of(spread, url, is_limited, &is_bound);

	if (!is_bound)
		lane = choose(spread, lane, here);
	atomic_fetch_add(&spread->loads[lane].requests, 1);
	return lane;
}

void spread_leave(struct spread *spread, unsigned lane)
{
	atomic_fetch_sub(&spread->loads[lane].requests, 1);
}

unsigned spread_requests(const struct spread *spread)
{
	unsigned requests = 0;

	for (unsigned lane = 0; lane < spread->lanes; lane++)
		requests += atomic_load(&spread->loads[lane].requests);
	return requests;
}
