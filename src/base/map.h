/* SPDX-License-Identifier: MIT */
/*
 * Text keys to embedded entries: open hashing over rings, seeded, growing. The map
 * borrows each entry and its key until the entry is removed. One thread at a time.
 */
#ifndef IXHR2_BASE_MAP_H
#define IXHR2_BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

struct map_entry {
	struct map_entry *next; /* the next in the same slot */
	struct span key;	/* owned by whoever embeds the entry; must not change */
	uint64_t hash;		/* of the key */
};

struct map {
	struct map_entry **slots; /* slot_count chains, or NULL */
	size_t slot_count;	  /* a power of two, or 0 */
	size_t count;		  /* entries */
	uint64_t seed[2];	  /* keeps a hostile peer from choosing collisions */
};

/* An empty map; allocates nothing. ERR_SYSTEM when no random bytes can be had. */
MUST_USE enum err map_init(struct map *map);

/* Frees the slots; the entries are not the map's. */
void map_done(struct map *map);

/* The entry with this key, or NULL. */
struct map_entry *map_get(const struct map *map, struct span key);

/* Adds an entry under key, which must not be in use. ERR_NO_MEMORY. */
MUST_USE enum err map_put(struct map *map, struct map_entry *entry, struct span key);

/* Removes an entry that is in the map. */
void map_remove(struct map *map, struct map_entry *entry);

/* Some entry, or NULL when the map is empty; for taking all out one by one. */
struct map_entry *map_any(const struct map *map);

#endif
