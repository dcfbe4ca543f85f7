/* SPDX-License-Identifier: MIT */
/*
 * The key begins with the scheme and the authority, as they stand in a URL; mostly that
 * is all. Where there is more, a byte follows that says what of it is there, and that no
 * authority has: a byte of forgiven bits, one for the protocol, the thumbprint of the
 * certificate to show, the digests of the logins. So no two keys that mean different
 * things are the same.
 */
#include "engine/place.h"

#include "base/mem.h"
#include "tls/identity.h"
#include "tls/tls.h"

/* What there is behind the authority. */
enum key_part {
	KEY_FORGIVEN = 1,
	KEY_IDENTITY = 2,
	KEY_LOGIN = 4,
	KEY_PROXY_LOGIN = 8,
	KEY_TICKET = 16,
	KEY_NO_PROXY_AUTH = 32,
	KEY_PROTOCOL = 64
};

/* What there is besides the authority, at most: four bytes and three digests. */
#define KEY_MORE_BYTES (4 + IDENTITY_SHA256_BYTES + 2 * LOGIN_SHA256_BYTES)

static unsigned parts_of(const struct url *url, const struct pool_want *want)
{
	const struct pool_access *access = want->access;
	unsigned parts = 0;

	if (url->is_https && want->forgiven)
		parts |= KEY_FORGIVEN;
	if (url->is_https && want->identity)
		parts |= KEY_IDENTITY;
	if (want->protocol)
		parts |= KEY_PROTOCOL;
	if (!access)
		return parts;
	if (access->login)
		parts |= KEY_LOGIN;
	if (access->proxy_login)
		parts |= KEY_PROXY_LOGIN;
	if (access->may_use_ticket)
		parts |= KEY_TICKET;
	if (access->no_proxy_auth)
		parts |= KEY_NO_PROXY_AUTH;
	return parts;
}

/* Puts bytes at a place, and answers where they end. */
static char *put(char *at, const void *from, size_t bytes)
{
	memcpy(at, from, bytes);
	return at + bytes;
}

/* Writes a key that is more than a part of the URL, instead of what is in key. */
static enum err put_key(struct buf *key, const struct url *url, unsigned parts,
			const struct pool_want *want)
{
	struct span scheme = url_scheme(url), authority = url_authority(url);
	enum err err;
	char *at;

	buf_clear(key);
	err = buf_reserve(key, scheme.len + authority.len + KEY_MORE_BYTES);
	if (err)
		return err;
	at = put(key->at, scheme.at, scheme.len);
	at = put(at, authority.at, authority.len);
	/* Above all characters. */
	if (parts)
		*at++ = (char)(parts | 0x80);
	if (parts & KEY_FORGIVEN)
		*at++ = (char)want->forgiven;
	if (parts & KEY_PROTOCOL)
		*at++ = (char)want->protocol;
	if (parts & KEY_IDENTITY)
		at = put(at, want->identity->sha256, IDENTITY_SHA256_BYTES);
	if (parts & KEY_LOGIN)
		at = put(at, want->access->login->sha256, LOGIN_SHA256_BYTES);
	if (parts & KEY_PROXY_LOGIN)
		at = put(at, want->access->proxy_login->sha256, LOGIN_SHA256_BYTES);
	key->len = (size_t)(at - key->at);
	return ERR_NONE;
}

enum err place_make_key(const struct url *url, const struct pool_want *want,
			struct buf *room, struct span *out_key)
{
	unsigned parts = parts_of(url, want);
	enum err err;

	if (!parts && !url_has_login(url)) {
		*out_key = url_part(url, 0, url->target);
		return ERR_NONE;
	}
	err = put_key(room, url, parts, want);
	if (!err)
		*out_key = buf_span(room);
	return err;
}

/* What a want brings to its place. */
static void take_want(struct place *place, const struct pool_want *want)
{
	const struct pool_access *access = want->access;

	if (place->is_https) {
		place->forgiven = want->forgiven;
		place->identity = identity_ref(want->identity);
	}
	place->protocol = want->protocol;
	if (!access || !access->proxy)
		return;
	place->proxy = access->proxy;
	place->proxy_login = login_ref(access->proxy_login ? access->proxy_login
							   : access->proxy->login);
	place->may_use_proxy_ticket = access->may_use_proxy_ticket;
	place->no_proxy_auth = access->no_proxy_auth;
}

/* Through a proxy that reads the heads, HTTP/1.1 is what it reads. */
static bool has_open_proxy(const struct place *place)
{
	return !place->is_https && place->proxy && proxy_is_http(place->proxy);
}

static bool may_speak_h2(const struct place *place)
{
	if (place->is_https)
		return place->protocol != CONNECTION_HTTP_1_1;
	return place->protocol == CONNECTION_HTTP_2 && !has_open_proxy(place);
}

bool place_needs_h2(const struct place *place)
{
	return place->protocol == CONNECTION_HTTP_2 && may_speak_h2(place);
}

bool place_speaks_h2(const struct place *place, const struct tls_facts *tls)
{
	return may_speak_h2(place) && (!tls || span_eq(tls->alpn, SPAN("h2")));
}

struct place *place_new(struct map *places, struct span key, const struct url *url,
			const struct pool_want *want)
{
	struct span host = url_host(url);
	struct place *place = mem_zalloc(sizeof(*place) + key.len + host.len);

	if (!place)
		return NULL;
	list_init(&place->roomy);
	list_init(&place->waiting);
	place->port = url->port;
	place->is_https = url->is_https;
	memcpy(place->key, key.at, key.len);
	memcpy(place->key + key.len, host.at, host.len);
	place->host = span_of(place->key + key.len, host.len);
	if (map_put(places, &place->entry, span_of(place->key, key.len))) {
		mem_free(place);
		return NULL;
	}
	take_want(place, want);
	place->is_single = !may_speak_h2(place);
	return place;
}

void place_free(struct place *place, struct map *places)
{
	map_remove(places, &place->entry);
	identity_unref(place->identity);
	login_unref(place->proxy_login);
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

/* ---- those who wait ---- */

struct place_wait *place_wait_new(struct place *place, struct pool_want *want)
{
	struct place_wait *wait = mem_zalloc(sizeof(*wait));

	if (!wait)
		return NULL;
	wait->place = place;
	wait->want = want;
	want->wait = wait;
	list_put_last(&place->waiting, &wait->node);
	list_init(&wait->queue);
	return wait;
}

void place_wait_end(struct place_wait *wait)
{
	place_set_queued(wait, false);
	list_remove(&wait->node);
	wait->want->wait = NULL;
	wait->want = NULL;
	if (wait->dial)
		return;
	list_remove(&wait->queue);
	mem_free(wait);
}

struct place_wait *place_wait_end_dial(struct place_wait *wait)
{
	wait->dial = NULL;
	list_remove(&wait->queue);
	if (wait->want)
		return wait;
	mem_free(wait);
	return NULL;
}

static struct place_wait *wait_of(struct list *node)
{
	return LIST_ENTRY(node, struct place_wait, node);
}

struct place_wait *place_first_queued(const struct place *place)
{
	struct list *node = place->waiting.next;

	if (!place->queued)
		return NULL;
	while (!wait_of(node)->is_queued)
		node = node->next;
	return wait_of(node);
}

/* Whether it would be too early: the one that is being made may do for all. */
static bool is_too_early(const struct place *place)
{
	return !place->is_single && place->dials;
}

/* The limit of one who waits; none is above all. */
static uint32_t limit_of(const struct place_wait *wait)
{
	uint32_t limit = wait->want->max_connections;

	return limit ? limit : UINT32_MAX;
}

bool place_may_dial(const struct place_wait *wait)
{
	return wait->place->open < limit_of(wait) && !is_too_early(wait->place);
}

struct place_wait *place_first_to_dial(const struct place *place)
{
	if (!place->queued || place->open >= place->highest_limit || is_too_early(place))
		return NULL;
	for (struct list *node = place->waiting.next; node != &place->waiting;
	     node = node->next) {
		struct place_wait *wait = wait_of(node);

		if (wait->is_queued && place_may_dial(wait))
			return wait;
	}
	return NULL;
}

struct place_wait *place_first_waiting(const struct place *place, bool is_used)
{
	for (struct list *node = place->waiting.next; node != &place->waiting;
	     node = node->next) {
		struct place_wait *wait = wait_of(node);

		if (!is_used || !wait->want->wants_fresh)
			return wait;
	}
	return NULL;
}

void place_set_queued(struct place_wait *wait, bool is_queued)
{
	struct place *place = wait->place;

	if (wait->is_queued != is_queued)
		place->queued += is_queued ? 1 : UINT64_MAX;
	wait->is_queued = is_queued;
	if (is_queued && place->highest_limit < limit_of(wait))
		place->highest_limit = limit_of(wait);
	if (!place->queued)
		place->highest_limit = 0;
}
