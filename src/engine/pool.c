/* SPDX-License-Identifier: MIT */
/*
 * A *place* is an origin: its idle connections, those who wait there, and how many
 * connections it has, those that are being made included. It exists while it has any.
 *
 * One who waits is served by whatever connection of its place comes first: one that
 * another gives back, or the one that is being made for it. A connection that is made
 * for somebody who has been served goes to the next, or becomes idle.
 *
 * Descriptors are a limit of the whole pool. It begins below RLIMIT_NOFILE, falls to
 * what is open when the system refuses one, and grows again slowly while somebody
 * waits for it. Nobody waits while there is an idle connection: the oldest is closed.
 * Those who wait are looked after by a task, so that one connection that ends does not
 * begin a cascade of others.
 */
#include "engine/pool.h"

#include <sys/resource.h>

#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "engine/conn_h1.h"
#include "engine/dial.h"

/* Descriptors that are left to the program: an eighth, but not more than this. */
#define RESERVED_DESCRIPTORS 64

struct pool {
	struct loop *loop;		 /* runs it */
	struct dns *dns;		 /* names */
	const struct settings *settings; /* routes and times */
	struct map places;		 /* by origin */
	struct list idle;		 /* all idle exchanges, oldest first */
	struct list starved;		 /* wants that wait for a descriptor */
	struct list dials;		 /* connections that are being made */
	struct loop_timer sweep;	 /* drops what has been idle for long */
	struct loop_timer retry;	 /* looks for descriptors */
	struct loop_task feed;		 /* looks after those who are starved */
	uint64_t open;			 /* connections, those being made included */
	uint64_t limit;			 /* of open */
};

struct pool_place {
	struct map_entry entry; /* in pool.places */
	struct pool *pool;	/* whose it is */
	struct list idle;	/* exchanges, the one used last first */
	struct list waiting;	/* wants, first come first */
	uint64_t open;		/* connections, those being made included */
	uint64_t queued;	/* wants that wait because of max_connections alone */
	uint32_t highest_limit; /* of those; or higher, when one has left */
	uint16_t port;		/* of the URL */
	size_t host_len;	/* bytes of host */
	const char *host;	/* of the URL, behind the key */
	char key[];		/* "s" or "p", authority, host */
};

/* A connection that is being made. */
struct pool_dial {
	struct list node;	  /* in pool.dials */
	struct pool_place *place; /* where it will belong */
	struct pool_want *want;	  /* for whom, or NULL: served otherwise */
	struct dial *dial;	  /* at work */
};

static enum err start_dial(struct pool_want *want);
static void drop_idle(struct exchange *x);
static void place_free_if_empty(struct pool_place *place);
static void serve(struct pool_want *want, struct exchange *x, const struct fault *fault);

/* ---- descriptors ---- */

static uint64_t descriptor_cap(void)
{
	struct rlimit rlimit;
	uint64_t reserved;

	if (getrlimit(RLIMIT_NOFILE, &rlimit) || rlimit.rlim_cur == RLIM_INFINITY)
		return UINT64_MAX;
	reserved = rlimit.rlim_cur / 8;
	if (reserved > RESERVED_DESCRIPTORS)
		reserved = RESERVED_DESCRIPTORS;
	return rlimit.rlim_cur > reserved ? rlimit.rlim_cur - reserved : 1;
}

/* Whether one more connection may be made now; idle ones make room for it. */
static bool has_room(struct pool *pool)
{
	while (pool->open >= pool->limit && !list_is_empty(&pool->idle))
		drop_idle(LIST_ENTRY(pool->idle.next, struct exchange, idle));
	return pool->open < pool->limit;
}

/* Begins to make a connection, or tells the want that this is not possible. */
static void dial_or_fail(struct pool_want *want)
{
	struct fault fault = {ERR_NO_MEMORY, 0, "connecting"};

	if (start_dial(want))
		serve(want, NULL, &fault);
}

static void on_feed(struct loop_task *task)
{
	struct pool *pool = LIST_ENTRY(task, struct pool, feed);

	while (!list_is_empty(&pool->starved) && has_room(pool)) {
		struct list *node = list_take_first(&pool->starved);
		struct pool_want *want = LIST_ENTRY(node, struct pool_want, starved);
		struct pool_place *place = want->place;

		dial_or_fail(want);
		place_free_if_empty(place);
	}
}

/* To be called when there may be room: a connection has ended or become idle. */
static void feed_starved(struct pool *pool)
{
	if (!list_is_empty(&pool->starved))
		loop_task_queue(pool->loop, &pool->feed);
}

/* Lets a want wait for a descriptor. ERR_NO_MEMORY: nobody would look after it. */
static enum err starve(struct pool *pool, struct pool_want *want)
{
	if (!loop_timer_is_running(&pool->retry) &&
	    loop_timer_start(pool->loop, &pool->retry, POOL_RETRY_MS))
		return ERR_NO_MEMORY;
	list_put_last(&pool->starved, &want->starved);
	return ERR_NONE;
}

static void fail_starved(struct pool *pool)
{
	struct fault fault = {ERR_NO_MEMORY, 0, "waiting for a descriptor"};

	while (!list_is_empty(&pool->starved)) {
		struct pool_want *want =
			LIST_ENTRY(pool->starved.next, struct pool_want, starved);
		struct pool_place *place = want->place;

		serve(want, NULL, &fault);
		place_free_if_empty(place);
	}
}

static void on_retry(struct loop_timer *timer)
{
	struct pool *pool = LIST_ENTRY(timer, struct pool, retry);
	uint64_t cap = descriptor_cap();

	if (list_is_empty(&pool->starved))
		return;
	if (pool->limit < cap)
		pool->limit += 1 + pool->limit / 8;
	if (pool->limit > cap)
		pool->limit = cap;
	if (loop_timer_start(pool->loop, timer, POOL_RETRY_MS))
		fail_starved(pool);
	feed_starved(pool);
}

/* ---- places ---- */

static struct span place_key(const struct url *url, struct buf *scratch)
{
	buf_clear(scratch);
	if (buf_put_byte(scratch, url->is_https ? 's' : 'p') ||
	    buf_put(scratch, url->authority))
		return span_of(NULL, 0);
	return buf_span(scratch);
}

static struct pool_place *place_new(struct pool *pool, struct span key,
				    const struct url *url)
{
	struct pool_place *place = mem_zalloc(sizeof(*place) + key.len + url->host.len);

	if (!place)
		return NULL;
	place->pool = pool;
	list_init(&place->idle);
	list_init(&place->waiting);
	place->port = url->port;
	memcpy(place->key, key.at, key.len);
	memcpy(place->key + key.len, url->host.at, url->host.len);
	place->host = place->key + key.len;
	place->host_len = url->host.len;
	if (map_put(&pool->places, &place->entry, span_of(place->key, key.len))) {
		mem_free(place);
		return NULL;
	}
	return place;
}

static struct pool_place *place_get(struct pool *pool, const struct url *url)
{
	char room[128];
	struct buf scratch = {0};
	struct map_entry *entry;
	struct pool_place *place = NULL;
	struct span key;

	if (url->authority.len < sizeof(room)) {
		room[0] = url->is_https ? 's' : 'p';
		memcpy(room + 1, url->authority.at, url->authority.len);
		key = span_of(room, url->authority.len + 1);
	} else {
		key = place_key(url, &scratch);
	}
	if (key.len) {
		entry = map_get(&pool->places, key);
		place = entry ? LIST_ENTRY(entry, struct pool_place, entry)
			      : place_new(pool, key, url);
	}
	buf_done(&scratch);
	return place;
}

static void place_free_if_empty(struct pool_place *place)
{
	if (place->open || !list_is_empty(&place->waiting))
		return;
	map_remove(&place->pool->places, &place->entry);
	mem_free(place);
}

/* ---- connections ---- */

/* The first who waits because of max_connections alone, or NULL. */
static struct pool_want *first_queued(struct pool_place *place)
{
	struct list *node = place->waiting.next;

	if (!place->queued)
		return NULL;
	while (!LIST_ENTRY(node, struct pool_want, node)->is_queued)
		node = node->next;
	return LIST_ENTRY(node, struct pool_want, node);
}

/* The first of them whose own limit leaves room now, or NULL. */
static struct pool_want *first_with_room(struct pool_place *place)
{
	if (!place->queued || place->open >= place->highest_limit)
		return NULL;
	for (struct list *node = place->waiting.next; node != &place->waiting;
	     node = node->next) {
		struct pool_want *want = LIST_ENTRY(node, struct pool_want, node);

		if (want->is_queued && place->open < want->max_connections)
			return want;
	}
	return NULL;
}

static void set_queued(struct pool_want *want, bool is_queued)
{
	struct pool_place *place = want->place;

	if (want->is_queued != is_queued)
		place->queued += is_queued ? 1 : UINT64_MAX;
	want->is_queued = is_queued;
	if (is_queued && place->highest_limit < want->max_connections)
		place->highest_limit = want->max_connections;
	if (!place->queued)
		place->highest_limit = 0;
}

/* A connection of the place is gone, or was not made after all. */
static void count_closed(struct pool_place *place)
{
	struct pool *pool = place->pool;
	struct pool_want *want;

	place->open--;
	pool->open--;
	while ((want = first_with_room(place)))
		dial_or_fail(want);
	place_free_if_empty(place);
	feed_starved(pool);
}

static void take_from_idle(struct exchange *x)
{
	list_remove(&x->node);
	list_remove(&x->idle);
	x->ready = NULL;
	x->owner = NULL;
	x->was_idle = true;
}

static void close_exchange(struct exchange *x)
{
	struct pool_place *place = x->place;

	x->ops->free(x);
	count_closed(place);
}

static void drop_idle(struct exchange *x)
{
	take_from_idle(x);
	close_exchange(x);
}

/* Bytes, or the end, on a connection that nobody uses: it is of no use any more. */
static void on_idle_ready(void *owner)
{
	drop_idle(owner);
}

static void on_sweep(struct loop_timer *timer)
{
	struct pool *pool = LIST_ENTRY(timer, struct pool, sweep);
	uint64_t now_ms = loop_now_ms(pool->loop), age_ms;

	while (!list_is_empty(&pool->idle)) {
		struct exchange *x = LIST_ENTRY(pool->idle.next, struct exchange, idle);

		age_ms = now_ms - x->idle_since_ms;
		if (age_ms < POOL_IDLE_MS &&
		    !loop_timer_start(pool->loop, timer, POOL_IDLE_MS - age_ms))
			return;
		drop_idle(x);
	}
}

static void make_idle(struct pool *pool, struct exchange *x)
{
	x->ready = on_idle_ready;
	x->owner = x;
	x->idle_since_ms = loop_now_ms(pool->loop);
	list_put_first(&x->place->idle, &x->node);
	list_put_last(&pool->idle, &x->idle);
	if (!loop_timer_is_running(&pool->sweep) &&
	    loop_timer_start(pool->loop, &pool->sweep, POOL_IDLE_MS))
		drop_idle(x);
	feed_starved(pool);
}

/* ---- those who wait ---- */

/* Takes a want out of all queues; a dial for it goes on for nobody. */
static void stop_waiting(struct pool_want *want)
{
	set_queued(want, false);
	list_remove(&want->node);
	list_remove(&want->starved);
	if (want->dial)
		want->dial->want = NULL;
	want->dial = NULL;
	want->place = NULL;
}

static void serve(struct pool_want *want, struct exchange *x, const struct fault *fault)
{
	stop_waiting(want);
	want->done(want, x, fault);
}

/* The first who waits and takes a connection of this kind, or NULL. */
static struct pool_want *first_waiting(struct pool_place *place, bool is_used)
{
	for (struct list *node = place->waiting.next; node != &place->waiting;
	     node = node->next) {
		struct pool_want *want = LIST_ENTRY(node, struct pool_want, node);

		if (!is_used || !want->wants_fresh)
			return want;
	}
	return NULL;
}

/* A connection was made: for its want, else the first who waits, else for later. */
static void on_connected(struct pool_place *place, struct pool_want *want,
			 const struct dial_result *result)
{
	struct fault fault = {ERR_NO_MEMORY, 0, "the connection"};
	struct exchange *x;

	if (conn_h1_new(place->pool->loop, result->wire, &x)) {
		if (want)
			serve(want, NULL, &fault);
		count_closed(place);
		return;
	}
	x->place = place;
	list_init(&x->node);
	list_init(&x->idle);
	if (!want)
		want = first_waiting(place, false);
	if (!want) {
		make_idle(place->pool, x);
		return;
	}
	want->resolved_ns = result->resolved_ns;
	want->connected_ns = result->connected_ns;
	serve(want, x, NULL);
}

static void on_dialed(void *owner, const struct dial_result *result)
{
	const struct fault no_memory = {ERR_NO_MEMORY, 0, "waiting for a descriptor"};
	struct pool_dial *dial = owner;
	struct pool_place *place = dial->place;
	struct pool *pool = place->pool;
	struct pool_want *want = dial->want;

	if (want)
		want->dial = NULL;
	list_remove(&dial->node);
	mem_free(dial);
	if (result->wire) {
		on_connected(place, want, result);
		return;
	}
	if (result->fault.err == ERR_NO_DESCRIPTOR) {
		pool->limit = pool->open - 1;
		if (want && starve(pool, want))
			serve(want, NULL, &no_memory);
	} else if (want) {
		want->peer = result->peer;
		serve(want, NULL, &result->fault);
	}
	count_closed(place);
}

/* Begins to make a connection for a want, or has it wait for others to end. */
static enum err start_dial(struct pool_want *want)
{
	struct pool_place *place = want->place;
	struct pool *pool = place->pool;
	struct dial_target target = {span_of(place->host, place->host_len), place->port,
				     want->connect_timeout_ms};
	struct pool_dial *dial;

	set_queued(want, want->max_connections && place->open >= want->max_connections);
	if (want->is_queued)
		return ERR_NONE;
	if (!has_room(pool))
		return starve(pool, want);
	settings_route(pool->settings, &target.host, &target.port);
	dial = mem_zalloc(sizeof(*dial));
	if (!dial)
		return ERR_NO_MEMORY;
	if (dial_new(pool->loop, pool->dns, &target, on_dialed, &dial->dial)) {
		mem_free(dial);
		return ERR_NO_MEMORY;
	}
	dial_own(dial->dial, dial);
	list_put_last(&pool->dials, &dial->node);
	dial->place = place;
	dial->want = want;
	want->dial = dial;
	want->dial_since_ms = loop_now_ms(pool->loop);
	place->open++;
	pool->open++;
	return ERR_NONE;
}

/* ---- what others call ---- */

enum err pool_new(struct loop *loop, struct dns *dns, const struct settings *settings,
		  struct pool **out_pool)
{
	struct pool *pool = mem_zalloc(sizeof(*pool));
	enum err err;

	if (!pool)
		return ERR_NO_MEMORY;
	err = map_init(&pool->places);
	if (err) {
		mem_free(pool);
		return err;
	}
	pool->loop = loop;
	pool->dns = dns;
	pool->settings = settings;
	pool->limit = descriptor_cap();
	list_init(&pool->idle);
	list_init(&pool->starved);
	list_init(&pool->dials);
	loop_timer_init(&pool->sweep, on_sweep);
	loop_timer_init(&pool->retry, on_retry);
	loop_task_init(&pool->feed, on_feed);
	*out_pool = pool;
	return ERR_NONE;
}

static void drop_dial(struct pool_dial *dial)
{
	struct pool_place *place = dial->place;

	list_remove(&dial->node);
	dial_free(dial->dial);
	mem_free(dial);
	count_closed(place);
}

void pool_free(struct pool *pool)
{
	if (!pool)
		return;
	while (!list_is_empty(&pool->idle))
		drop_idle(LIST_ENTRY(pool->idle.next, struct exchange, idle));
	while (!list_is_empty(&pool->dials))
		drop_dial(LIST_ENTRY(pool->dials.next, struct pool_dial, node));
	loop_timer_stop(pool->loop, &pool->sweep);
	loop_timer_stop(pool->loop, &pool->retry);
	loop_task_cancel(&pool->feed);
	map_done(&pool->places);
	mem_free(pool);
}

static void drop_idle_of(struct pool_place *place)
{
	/* The place itself stays: its one who wants is in its queue already. */
	while (!list_is_empty(&place->idle))
		drop_idle(LIST_ENTRY(place->idle.next, struct exchange, node));
}

enum err pool_get(struct pool *pool, const struct url *url, struct pool_want *want,
		  struct exchange **out_x)
{
	struct pool_place *place = place_get(pool, url);
	enum err err;

	if (!place)
		return ERR_NO_MEMORY;
	if (!want->wants_fresh && !list_is_empty(&place->idle)) {
		*out_x = LIST_ENTRY(place->idle.next, struct exchange, node);
		take_from_idle(*out_x);
		return ERR_NONE;
	}
	list_init(&want->node);
	list_init(&want->starved);
	want->place = place;
	want->dial = NULL;
	want->peer = NULL;
	want->is_queued = false;
	list_put_last(&place->waiting, &want->node);
	if (want->wants_fresh)
		drop_idle_of(place);
	err = start_dial(want);
	if (!err)
		return ERR_AGAIN;
	stop_waiting(want);
	place_free_if_empty(place);
	return err;
}

void pool_renew(struct pool *pool, struct pool_want *want, uint32_t connect_timeout_ms)
{
	uint64_t passed_ms = loop_now_ms(pool->loop) - want->dial_since_ms;

	want->connect_timeout_ms = connect_timeout_ms;
	if (want->place && want->dial)
		dial_renew(want->dial->dial,
			   passed_ms < connect_timeout_ms
				   ? connect_timeout_ms - (uint32_t)passed_ms
				   : 0);
}

void pool_cancel(struct pool *pool, struct pool_want *want)
{
	struct pool_place *place = want->place;
	struct pool_dial *dial = want->dial;

	if (!place)
		return;
	stop_waiting(want);
	if (!dial) {
		place_free_if_empty(place);
		return;
	}
	want = first_queued(place);
	if (!want) {
		drop_dial(dial);
		return;
	}
	set_queued(want, false);
	want->dial = dial;
	want->dial_since_ms = loop_now_ms(pool->loop);
	dial->want = want;
	dial_renew(dial->dial, want->connect_timeout_ms);
}

void pool_put(struct pool *pool, struct exchange *x)
{
	struct pool_want *want = first_waiting(x->place, true);

	x->ready = NULL;
	x->owner = NULL;
	/* Whoever waits because of max_connections alone must have its place. */
	if (!x->ops->is_reusable(x) || (!want && first_queued(x->place))) {
		close_exchange(x);
		return;
	}
	if (!want) {
		make_idle(pool, x);
		return;
	}
	want->resolved_ns = 0;
	want->connected_ns = 0;
	serve(want, x, NULL);
}
