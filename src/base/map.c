/* SPDX-License-Identifier: MIT */
/*
 * An array of chains. It doubles when there are as many entries as chains, so a chain
 * has one entry on average. The hash is SipHash-1-3 (Aumasson and Bernstein, 2012)
 * with a random key for each map: a peer that chooses names cannot make them collide.
 */
#include "base/map.h"

#include "base/hash.h"
#include "base/mem.h"
#include "base/word.h"

/* Chains of the first array; a power of two. */
#define FIRST_SLOTS 8

struct sip {
	uint64_t v[4]; /* the four words of the state */
};

static inline uint64_t rotate(uint64_t word, unsigned int bits)
{
	return word << bits | word >> (64 - bits);
}

static inline void sip_round(struct sip *sip)
{
	uint64_t *v = sip->v;

	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] = rotate(v[0], 32) + v[3];
	v[2] += v[1];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

static inline void sip_put(struct sip *sip, uint64_t word)
{
	sip->v[3] ^= word;
	sip_round(sip);
	sip->v[0] ^= word;
}

static uint64_t hash_key(const uint64_t seed[2], struct span key)
{
	struct sip sip = {{seed[0] ^ 0x736f6d6570736575, seed[1] ^ 0x646f72616e646f6d,
			   seed[0] ^ 0x6c7967656e657261, seed[1] ^ 0x7465646279746573}};
	uint64_t length = (uint64_t)key.len << 56;

	for (; key.len >= WORD_BYTES; key = span_skip(key, WORD_BYTES))
		sip_put(&sip, word_at(key.at));
	sip_put(&sip, length | word_of_few(key.at, key.len, 0));
	sip.v[2] ^= 0xFF;
	for (int i = 0; i < 3; i++)
		sip_round(&sip);
	return sip.v[0] ^ sip.v[1] ^ sip.v[2] ^ sip.v[3];
}

enum err map_init(struct map *map)
{
	struct map empty = {0};
	enum err err = hash_random(empty.seed, sizeof(empty.seed));

	if (!err)
		*map = empty;
	return err;
}

void map_done(struct map *map)
{
	mem_free(map->slots);
	map->slots = NULL;
	map->slot_count = 0;
	map->count = 0;
}

static struct map_entry **slot_of(const struct map *map, uint64_t hash)
{
	return &map->slots[hash & (map->slot_count - 1)];
}

struct map_entry *map_get(const struct map *map, struct span key)
{
	struct map_entry *entry;
	uint64_t hash;

	if (map->count == 0)
		return NULL;
	hash = hash_key(map->seed, key);
	for (entry = *slot_of(map, hash); entry; entry = entry->next) {
		if (entry->hash == hash && span_eq(entry->key, key))
			break;
	}
	return entry;
}

static void link_entry(struct map *map, struct map_entry *entry)
{
	struct map_entry **slot = slot_of(map, entry->hash);

	entry->next = *slot;
	*slot = entry;
}

static enum err grow(struct map *map)
{
	struct map bigger = *map;

	bigger.slot_count = map->slot_count ? map->slot_count * 2 : FIRST_SLOTS;
	bigger.slots = mem_array(bigger.slot_count, sizeof(struct map_entry *));
	if (!bigger.slots)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < map->slot_count; i++) {
		struct map_entry *entry = map->slots[i];

		while (entry) {
			struct map_entry *next = entry->next;

			link_entry(&bigger, entry);
			entry = next;
		}
	}
	mem_free(map->slots);
	*map = bigger;
	return ERR_NONE;
}

enum err map_put(struct map *map, struct map_entry *entry, struct span key)
{
	enum err err = map->count == map->slot_count ? grow(map) : ERR_NONE;

	if (err)
		return err;
	entry->key = key;
	entry->hash = hash_key(map->seed, key);
	link_entry(map, entry);
	map->count++;
	return ERR_NONE;
}

void map_remove(struct map *map, struct map_entry *entry)
{
	struct map_entry **at = slot_of(map, entry->hash);

	while (*at != entry)
		at = &(*at)->next;
	*at = entry->next;
	entry->next = NULL;
	map->count--;
}

struct map_entry *map_any(const struct map *map)
{
	for (size_t i = 0; map->count && i < map->slot_count; i++) {
		if (map->slots[i])
			return map->slots[i];
	}
	return NULL;
}
