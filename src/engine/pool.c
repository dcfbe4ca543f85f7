/* SPDX-License-Identifier: MIT */
/*
 * Connections and those who want one meet at a *place* (see place.h), which exists while
 * it has any of either.
 *
 * One who waits is served by whatever connection of its place has room first: one that
 * another gives back, or the one that is being made for it. A connection that is made
 * for somebody who has been served goes to the next, or becomes idle. One that takes many
 * exchanges serves as many as wait; for those who are left another one is made.
 *
 * Descriptors are a limit of the whole pool (see ration.h). Who would need one more
 * starves, but not while there is an idle connection: the oldest is closed then.
 */
#include "engine/pool.h"

#include "base/map.h"
#include "base/mem.h"
#include "engine/connector.h"
#include "engine/dial.h"
#include "engine/exchange.h"
#include "engine/place.h"
#include "engine/ration.h"

struct pool {
	struct loop *loop;	    /* runs it */
	struct connector connector; /* makes its connections */
	struct map places;	    /* by their keys */
	struct buf key;		    /* that of the last place looked for */
	struct place *last;	    /* the one that was found last, or NULL */
	struct list idle;	    /* all idle connections, oldest first */
	struct ration ration;	    /* of descriptors: one for each connection */
	struct list dials;	    /* connections that are being made */
	struct loop_timer sweep;    /* drops what has been idle for long */
};

/* A connection that is being made. */
struct pool_dial {
	struct list node;	/* in pool.dials */
	struct place *place;	/* where it will belong */
	struct pool_want *want; /* for whom, or NULL: served otherwise */
	struct dial *dial;	/* at work */
};

static enum err start_dial(struct pool_want *want, struct fault *fault);
static void close_connection(struct connection *connection);
static void drop_if_empty(struct place *place);
static void refuse(struct pool_want *want, const struct fault *fault);

/* ---- places ---- */

/* Where want looks for a connection to url's origin; mostly where the one before it did.
 * NULL: no memory. */
static struct place *find_place(struct pool *pool, const struct url *url,
				const struct pool_want *want)
{
	struct map_entry *entry;
	struct span key;

	if (place_put_key(&pool->key, url, want))
		return NULL;
	key = buf_span(&pool->key);
	if (pool->last && span_eq(place_key(pool->last), key))
		return pool->last;
	entry = map_get(&pool->places, key);
	pool->last = entry ? LIST_ENTRY(entry, struct place, entry)
			   : place_new(&pool->places, key, url, want);
	if (pool->last)
		pool->last->pool = pool;
	return pool->last;
}

static void drop_if_empty(struct place *place)
{
	struct pool *pool = place->pool;

	if (!place_is_empty(place))
		return;
	if (pool->last == place)
		pool->last = NULL;
	place_free(place, &pool->places);
}

/* ---- connections ---- */

/* Begins to make a connection, or tells the want that this is not possible. */
static void dial_or_fail(struct pool_want *want)
{
	struct fault fault = {0};

	if (start_dial(want, &fault))
		refuse(want, &fault);
}

/* Makes connections for those whose turn has come. */
static void dial_more(struct place *place)
{
	struct pool_want *want;

	while ((want = place_first_to_dial(place)))
		dial_or_fail(want);
}

/* A connection of the place is gone, or was not made after all. */
static void count_closed(struct place *place)
{
	place->open--;
	ration_give(&place->pool->ration);
	dial_more(place);
	drop_if_empty(place);
}

static void close_connection(struct connection *connection)
{
	struct place *place = connection->place;

	list_remove(&connection->node);
	list_remove(&connection->idle);
	connection->ops->free(connection);
	count_closed(place);
}

/* False: there is none. */
static bool close_oldest_idle(struct pool *pool)
{
	if (list_is_empty(&pool->idle))
		return false;
	close_connection(LIST_ENTRY(pool->idle.next, struct connection, idle));
	return true;
}

static void on_sweep(struct loop_timer *timer)
{
	struct pool *pool = LIST_ENTRY(timer, struct pool, sweep);
	uint64_t now_ms = loop_now_ms(pool->loop), age_ms;

	while (!list_is_empty(&pool->idle)) {
		struct connection *connection =
			LIST_ENTRY(pool->idle.next, struct connection, idle);

		age_ms = now_ms - connection->idle_since_ms;
		if (age_ms < POOL_IDLE_MS &&
		    !loop_timer_start(pool->loop, timer, POOL_IDLE_MS - age_ms))
			return;
		close_connection(connection);
	}
}

/* False: it had to be closed. */
static bool make_idle(struct connection *connection)
{
	struct pool *pool = connection->place->pool;

	connection->idle_since_ms = loop_turn_ms(pool->loop);
	list_put_last(&pool->idle, &connection->idle);
	if (!loop_timer_is_running(&pool->sweep) &&
	    loop_timer_start(pool->loop, &pool->sweep, POOL_IDLE_MS)) {
		close_connection(connection);
		return false;
	}
	ration_look(&pool->ration);
	return true;
}

/* ---- those who wait ---- */

/* Takes a want out of all queues; a dial for it goes on for nobody. */
static void stop_waiting(struct pool_want *want)
{
	place_set_queued(want, false);
	list_remove(&want->node);
	list_remove(&want->starved);
	if (want->dial)
		want->dial->want = NULL;
	want->dial = NULL;
	want->place = NULL;
}

static void tell(struct pool_want *want, struct exchange *x,
		 const struct dial_result *result)
{
	stop_waiting(want);
	want->done(want, x, result);
}

/* No connection was made at all. */
static void refuse(struct pool_want *want, const struct fault *fault)
{
	tell(want, NULL, &(struct dial_result){.fault = *fault});
}

/* A further exchange of a connection with room. ERR_NO_MEMORY. */
static enum err open_exchange(struct connection *connection, struct exchange **out_x)
{
	bool was_idle = !list_is_empty(&connection->idle);
	enum err err = connection->ops->open(connection, out_x);

	if (err)
		return err;
	list_remove(&connection->idle);
	if (was_idle)
		(*out_x)->was_idle = true;
	connection->exchanges++;
	if (!connection->has_room)
		list_remove(&connection->node);
	return ERR_NONE;
}

/* Gives one who waits an exchange; result: of a connection that was made for it, or NULL.
 */
static void serve(struct connection *connection, struct pool_want *want,
		  const struct dial_result *result)
{
	const struct fault fault = {ERR_NO_MEMORY, 0, "the connection"};
	struct exchange *x;

	if (open_exchange(connection, &x))
		refuse(want, &fault);
	else
		tell(want, x, result);
}

/* An exchange of the connection has ended, or its peer has said something, or it is new:
 * it is used for whatever can be. is_new: nobody has used it. */
static void settle(struct connection *connection, bool is_new)
{
	struct place *place = connection->place;
	struct pool_want *want = NULL;

	if (connection->has_ended) {
		list_remove(&connection->node);
		if (!connection->exchanges)
			close_connection(connection);
		else
			dial_more(place);
		return;
	}
	while (connection->has_room && !list_is_empty(&place->waiting) &&
	       (want = place_first_waiting(place, !is_new && !connection->is_shared)))
		serve(connection, want, NULL);
	if (connection->has_room && list_is_empty(&connection->node))
		list_put_first(&place->roomy, &connection->node);
	/* Whoever waits because of max_connections alone must have its place. */
	if (!connection->exchanges && place->queued) {
		close_connection(connection);
		return;
	}
	if (!connection->exchanges && list_is_empty(&connection->idle) &&
	    !make_idle(connection))
		return;
	if (place->queued)
		dial_more(place);
}

/* An idle one is of no use any more when its peer has said something, unless that meant
 * nothing. */
static void on_changed(struct connection *connection)
{
	if (!connection->exchanges && !connection->ops->is_alive(connection))
		close_connection(connection);
	else
		settle(connection, false);
}

/* A connection was made: for its want, else the first who waits, else for later. */
static void on_connected(struct place *place, struct pool_want *want,
			 const struct dial_result *result)
{
	struct connection *connection;
	struct fault fault = {0};

	if (connector_open(&place->pool->connector, place, result, &connection, &fault)) {
		if (want)
			refuse(want, &fault);
		count_closed(place);
		return;
	}
	connection->place = place;
	connection->changed = on_changed;
	list_init(&connection->node);
	list_init(&connection->idle);
	if (!want)
		want = place_first_waiting(place, false);
	if (want)
		serve(connection, want, result);
	settle(connection, true);
}

static void on_dialed(void *owner, const struct dial_result *result)
{
	const struct fault no_memory = {ERR_NO_MEMORY, 0, "waiting for a descriptor"};
	struct pool_dial *dial = owner;
	struct place *place = dial->place;
	struct pool *pool = place->pool;
	struct pool_want *want = dial->want;

	if (want)
		want->dial = NULL;
	list_remove(&dial->node);
	mem_free(dial);
	place->dials--;
	if (result->wire) {
		on_connected(place, want, result);
		return;
	}
	if (result->fault.err == ERR_NO_DESCRIPTOR) {
		ration_lower(&pool->ration);
		if (want && ration_starve(&pool->ration, &want->starved))
			refuse(want, &no_memory);
	} else {
		/* The others fail as quickly, each by its own try. */
		place->is_single = true;
		if (want)
			tell(want, NULL, result);
	}
	count_closed(place);
}

/* Begins to make a connection for a want, or has it wait for others to end. Failures:
 * *fault is set. */
static enum err start_dial(struct pool_want *want, struct fault *fault)
{
	struct place *place = want->place;
	struct pool *pool = place->pool;
	struct pool_dial *dial;
	enum err err;

	place_set_queued(want, !place_may_dial(want));
	if (want->is_queued)
		return ERR_NONE;
	if (!ration_has_room(&pool->ration))
		return fault_set(fault, ration_starve(&pool->ration, &want->starved), 0,
				 "waiting for a descriptor");
	dial = mem_zalloc(sizeof(*dial));
	if (!dial)
		return fault_set(fault, ERR_NO_MEMORY, 0, "connecting");
	err = connector_dial(&pool->connector, place, want->connect_timeout_ms,
			     &dial->dial, fault);
	if (err) {
		mem_free(dial);
		return err;
	}
	dial_own(dial->dial, dial);
	list_put_last(&pool->dials, &dial->node);
	dial->place = place;
	dial->want = want;
	want->dial = dial;
	want->dial_since_ms = loop_now_ms(pool->loop);
	place->dials++;
	place->open++;
	ration_take(&pool->ration);
	return ERR_NONE;
}

/* ---- those who starve ---- */

static bool spare(struct ration *ration)
{
	return close_oldest_idle(LIST_ENTRY(ration, struct pool, ration));
}

static void feed(struct ration *ration, struct list *one)
{
	struct pool_want *want = LIST_ENTRY(one, struct pool_want, starved);
	struct place *place = want->place;

	(void)ration;
	dial_or_fail(want);
	drop_if_empty(place);
}

static void abandon(struct ration *ration, struct list *one)
{
	const struct fault fault = {ERR_NO_MEMORY, 0, "waiting for a descriptor"};
	struct pool_want *want = LIST_ENTRY(one, struct pool_want, starved);
	struct place *place = want->place;

	(void)ration;
	refuse(want, &fault);
	drop_if_empty(place);
}

static const struct ration_ops ration_ops = {
	.spare = spare,
	.feed = feed,
	.abandon = abandon,
};

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
	pool->connector = (struct connector){
		.loop = loop, .dns = dns, .settings = settings, .done = on_dialed};
	ration_init(&pool->ration, &ration_ops, loop, settings);
	list_init(&pool->idle);
	list_init(&pool->dials);
	loop_timer_init(&pool->sweep, on_sweep);
	*out_pool = pool;
	return ERR_NONE;
}

static void drop_dial(struct pool_dial *dial)
{
	struct place *place = dial->place;

	list_remove(&dial->node);
	dial_free(dial->dial);
	mem_free(dial);
	place->dials--;
	count_closed(place);
}

void pool_watch(struct pool *pool, ration_starved_fn *starved, void *owner)
{
	ration_watch(&pool->ration, starved, owner);
}

void pool_shed(struct pool *pool)
{
	while (close_oldest_idle(pool))
		;
}

void pool_free(struct pool *pool)
{
	if (!pool)
		return;
	pool_shed(pool);
	while (!list_is_empty(&pool->dials))
		drop_dial(LIST_ENTRY(pool->dials.next, struct pool_dial, node));
	loop_timer_stop(pool->loop, &pool->sweep);
	ration_done(&pool->ration);
	map_done(&pool->places);
	buf_done(&pool->key);
	connector_done(&pool->connector);
	mem_free(pool);
}

/* A connection that nobody uses, or NULL. */
static struct connection *first_unused(const struct place *place)
{
	for (struct list *node = place->roomy.next; node != &place->roomy;
	     node = node->next) {
		struct connection *connection = LIST_ENTRY(node, struct connection, node);

		if (!connection->exchanges)
			return connection;
	}
	return NULL;
}

/* The place itself stays: its one who wants is in its queue already. */
static void close_unused(struct place *place)
{
	struct connection *connection;

	while ((connection = first_unused(place)))
		close_connection(connection);
}

/* The connection that serves next, or NULL. Those that have lost their room meanwhile
 * come again when they have some. */
static struct connection *first_roomy(struct place *place)
{
	while (!list_is_empty(&place->roomy)) {
		struct connection *connection =
			LIST_ENTRY(place->roomy.next, struct connection, node);

		if (connection->has_room)
			return connection;
		list_remove(&connection->node);
	}
	return NULL;
}

enum err pool_get(struct pool *pool, const struct url *url, struct pool_want *want,
		  struct exchange **out_x, struct fault *out_fault)
{
	struct place *place = find_place(pool, url, want);
	struct connection *connection;
	enum err err;

	if (!place)
		return fault_set(out_fault, ERR_NO_MEMORY, 0, "connecting");
	connection = want->wants_fresh ? NULL : first_roomy(place);
	if (connection) {
		err = open_exchange(connection, out_x);
		return err ? fault_set(out_fault, err, 0, "the connection") : ERR_NONE;
	}
	list_init(&want->node);
	list_init(&want->starved);
	want->place = place;
	want->dial = NULL;
	want->is_queued = false;
	list_put_last(&place->waiting, &want->node);
	if (want->wants_fresh)
		close_unused(place);
	err = start_dial(want, out_fault);
	if (!err)
		return ERR_AGAIN;
	stop_waiting(want);
	drop_if_empty(place);
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
	struct place *place = want->place;
	struct pool_dial *dial = want->dial;

	if (!place)
		return;
	stop_waiting(want);
	if (!dial) {
		drop_if_empty(place);
		return;
	}
	want = place_first_queued(place);
	if (!want) {
		drop_dial(dial);
		return;
	}
	place_set_queued(want, false);
	want->dial = dial;
	want->dial_since_ms = loop_now_ms(pool->loop);
	dial->want = want;
	dial_renew(dial->dial, want->connect_timeout_ms);
}

void pool_put(struct exchange *x)
{
	struct connection *connection = x->connection;

	x->ready = NULL;
	x->owner = NULL;
	connection->ops->close(connection, x);
	connection->exchanges--;
	settle(connection, false);
}
