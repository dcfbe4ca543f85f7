/* SPDX-License-Identifier: MIT */
/*
 * The key begins with the scheme and the authority. Behind them come, for TLS, a byte of
 * forgiven bits and the thumbprint of the certificate to show: bytes that no authority
 * has, so that no two keys that mean different things are the same.
 */
#include "engine/place.h"

#include "base/mem.h"
#include "tls/identity.h"

enum err place_put_key(struct buf *key, const struct url *url,
		       const struct pool_want *want)
{
	enum err err;

	buf_clear(key);
	err = buf_put_byte(key, url->is_https ? 's' : 'p');
	if (!err)
		err = buf_put(key, url->authority);
	if (err || !url->is_https)
		return err;
	err = buf_put_byte(key, (char)want->forgiven);
	if (!err && want->identity)
		err = buf_put(key, span_of((const char *)want->identity->sha256,
					   IDENTITY_SHA256_BYTES));
	return err;
}

struct place *place_new(struct pool *pool, struct map *places, struct span key,
			const struct url *url, const struct pool_want *want)
{
	struct place *place = mem_zalloc(sizeof(*place) + key.len + url->host.len);

	if (!place)
		return NULL;
	place->pool = pool;
	list_init(&place->idle);
	list_init(&place->waiting);
	place->port = url->port;
	place->is_https = url->is_https;
	memcpy(place->key, key.at, key.len);
	memcpy(place->key + key.len, url->host.at, url->host.len);
	place->host = span_of(place->key + key.len, url->host.len);
	if (map_put(places, &place->entry, span_of(place->key, key.len))) {
		mem_free(place);
		return NULL;
	}
	if (place->is_https) {
		place->forgiven = want->forgiven;
		place->identity = identity_ref(want->identity);
	}
	return place;
}

void place_free(struct place *place, struct map *places)
{
	map_remove(places, &place->entry);
	identity_unref(place->identity);
	mem_free(place);
}

struct span place_key(const struct place *place)
{
	return place->entry.key;
}

bool place_is_empty(const struct place *place)
{
	return !place->open && list_is_empty(&place->waiting);
}

static struct pool_want *want_of(struct list *node)
{
	return LIST_ENTRY(node, struct pool_want, node);
}

struct pool_want *place_first_queued(struct place *place)
{
	struct list *node = place->waiting.next;

	if (!place->queued)
		return NULL;
	while (!want_of(node)->is_queued)
		node = node->next;
	return want_of(node);
}

struct pool_want *place_first_with_room(struct place *place)
{
	if (!place->queued || place->open >= place->highest_limit)
		return NULL;
	for (struct list *node = place->waiting.next; node != &place->waiting;
	     node = node->next) {
		struct pool_want *want = want_of(node);

		if (want->is_queued && place->open < want->max_connections)
			return want;
	}
	return NULL;
}

struct pool_want *place_first_waiting(struct place *place, bool is_used)
{
	for (struct list *node = place->waiting.next; node != &place->waiting;
	     node = node->next) {
		struct pool_want *want = want_of(node);

		if (!is_used || !want->wants_fresh)
			return want;
	}
	return NULL;
}

void place_set_queued(struct pool_want *want, bool is_queued)
{
	struct place *place = want->place;

	if (want->is_queued != is_queued)
		place->queued += is_queued ? 1 : UINT64_MAX;
	want->is_queued = is_queued;
	if (is_queued && place->highest_limit < want->max_connections)
		place->highest_limit = want->max_connections;
	if (!place->queued)
		place->highest_limit = 0;
}
