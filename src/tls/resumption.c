/* SPDX-License-Identifier: MIT */
/*
 * Each kept session stands in two rings: that of its key, the newest first, and that of
 * all, the oldest first. A key is there as long as it has sessions.
 *
 * OpenSSL marks a session that a fatal alert has spoiled while it lies here; it is found
 * out and dropped when it is asked for.
 */
#include "tls/resumption.h"

#include "base/list.h"
#include "base/map.h"
#include "base/mem.h"

struct resumption {
	struct map places; /* of struct place, by key */
	struct list kept;  /* of struct kept: the oldest first */
	size_t count;	   /* length of kept */
};

/* One key. */
struct place {
	struct map_entry entry; /* in places */
	struct list kept;	/* of struct kept: the newest first */
	size_t count;		/* length of kept, at least 1 */
	char key[];		/* the key's bytes */
};

/* One session. */
struct kept {
	struct list in_place;	       /* in its place's kept */
	struct list in_all;	       /* in the resumption's */
	struct place *place;	       /* whose it is */
	SSL_SESSION *session;	       /* a reference */
	const struct verdict *verdict; /* a reference */
	int64_t until_s;	       /* not to be used from then on */
};

enum err resumption_new(struct resumption **out_resumption)
{
	struct resumption *resumption = mem_zalloc(sizeof(*resumption));
	enum err err;

	if (!resumption)
		return ERR_NO_MEMORY;
	err = map_init(&resumption->places);
	if (err) {
		mem_free(resumption);
		return err;
	}
	list_init(&resumption->kept);
	*out_resumption = resumption;
	return ERR_NONE;
}

static struct place *find_place(const struct resumption *resumption, struct span key)
{
	struct map_entry *entry = map_get(&resumption->places, key);

	return entry ? LIST_ENTRY(entry, struct place, entry) : NULL;
}

static struct place *new_place(struct resumption *resumption, struct span key)
{
	struct place *place = mem_zalloc(sizeof(*place) + key.len);

	if (!place)
		return NULL;
	list_init(&place->kept);
	if (key.len)
		memcpy(place->key, key.at, key.len);
	if (map_put(&resumption->places, &place->entry, span_of(place->key, key.len))) {
		mem_free(place);
		return NULL;
	}
	return place;
}

static void drop_place_if_empty(struct resumption *resumption, struct place *place)
{
	if (place->count)
		return;
	map_remove(&resumption->places, &place->entry);
	mem_free(place);
}

/* Takes an entry out of both rings, and its place away with the last one. */
static void take_out(struct resumption *resumption, struct kept *kept)
{
	list_remove(&kept->in_place);
	list_remove(&kept->in_all);
	resumption->count--;
	kept->place->count--;
	drop_place_if_empty(resumption, kept->place);
}

static void drop(struct resumption *resumption, struct kept *kept)
{
	take_out(resumption, kept);
	SSL_SESSION_free(kept->session);
	verdict_unref(kept->verdict);
	mem_free(kept);
}

static struct kept *oldest_of_all(const struct resumption *resumption)
{
	return LIST_ENTRY(resumption->kept.next, struct kept, in_all);
}

void resumption_free(struct resumption *resumption)
{
	if (!resumption)
		return;
	while (resumption->count)
		drop(resumption, oldest_of_all(resumption));
	map_done(&resumption->places);
	mem_free(resumption);
}

static int64_t end_of(const SSL_SESSION *session, const struct verdict *verdict)
{
	int64_t begin_s = SSL_SESSION_get_time(session);
	int64_t until_s = begin_s + SSL_SESSION_get_timeout(session);
	unsigned long hint_s = SSL_SESSION_get_ticket_lifetime_hint(session);

	if (hint_s && begin_s + (int64_t)hint_s < until_s)
		until_s = begin_s + (int64_t)hint_s;
	return verdict->good_until_s < until_s ? verdict->good_until_s : until_s;
}

/* Puts an entry into the rings of its place, which is full of older ones at worst. */
static void put_in(struct resumption *resumption, struct place *place, struct kept *kept)
{
	kept->place = place;
	list_put_first(&place->kept, &kept->in_place);
	list_put_last(&resumption->kept, &kept->in_all);
	place->count++;
	resumption->count++;
	if (place->count > RESUMPTION_MAX_EACH)
		drop(resumption, LIST_ENTRY(place->kept.prev, struct kept, in_place));
	else if (resumption->count > RESUMPTION_MAX_SESSIONS)
		drop(resumption, oldest_of_all(resumption));
}

void resumption_put(struct resumption *resumption, struct span key, SSL_SESSION *session,
		    const struct verdict *verdict)
{
	struct place *place;
	struct kept *kept;

	if (!SSL_SESSION_is_resumable(session))
		return;
	kept = mem_zalloc(sizeof(*kept));
	if (!kept)
		return;
	place = find_place(resumption, key);
	if (!place)
		place = new_place(resumption, key);
	if (!place)
		goto free_kept;
	if (!SSL_SESSION_up_ref(session))
		goto drop_place;
	kept->session = session;
	kept->verdict = verdict_ref(verdict);
	kept->until_s = end_of(session, verdict);
	put_in(resumption, place, kept);
	return;

drop_place:
	drop_place_if_empty(resumption, place);
free_kept:
	mem_free(kept);
}

/* The newest one that is good; what is not is dropped. NULL when there is none. */
static struct kept *find_good(struct resumption *resumption, struct span key,
			      int64_t now_s)
{
	struct place *place;

	while ((place = find_place(resumption, key)) != NULL) {
		struct kept *kept = LIST_ENTRY(place->kept.next, struct kept, in_place);

		if (now_s < kept->until_s && SSL_SESSION_is_resumable(kept->session))
			return kept;
		drop(resumption, kept);
	}
	return NULL;
}

enum err resumption_take(struct resumption *resumption, struct span key, int64_t now_s,
			 SSL_SESSION **out_session, const struct verdict **out_verdict)
{
	struct kept *kept = find_good(resumption, key, now_s);

	if (!kept)
		return ERR_MISSING;
	*out_session = kept->session;
	*out_verdict = kept->verdict;
	if (SSL_SESSION_get_protocol_version(kept->session) < TLS1_3_VERSION &&
	    SSL_SESSION_up_ref(kept->session)) {
		verdict_ref(kept->verdict);
		return ERR_NONE;
	}
	take_out(resumption, kept);
	mem_free(kept);
	return ERR_NONE;
}
