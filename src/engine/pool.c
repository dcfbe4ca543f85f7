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
 * To make a connection is not for a guest of the loop (see net/loop.h): names are asked,
 * descriptors watched, roots read. So who would need one in a visit is put off until the
 * owner is there, and so is who comes behind him.
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
	struct buf key;		    /* room for that of the place looked for */
	struct place *last;	    /* the one that was found last, or NULL */
	struct list idle;	    /* all idle connections, oldest first */
	struct ration ration;	    /* of descriptors: one for each connection */
	struct list dials;	    /* of struct place_wait: those that have a dial */
	struct list put_off;	   /* the same: those that dial when the owner is there */
	struct loop_task catch_up; /* does that */
	struct loop_timer sweep;   /* drops what has been idle for long */
};

static enum err start_dial(struct place_wait *wait, struct fault *fault);
static void close_connection(struct connection *connection);
static void drop_if_empty(struct place *place);
static void refuse(struct place_wait *wait, const struct fault *fault);

/* ---- places ---- */

/* Where want looks for a connection to url's origin; mostly where the one before it did.
 * NULL: no memory. */
static struct place *find_place(struct pool *pool, const struct url *url,
				const struct pool_want *want)
{
	struct map_entry *entry;
	struct span key;

	if (place_make_key(url, want, &pool->key, &key))
		return NULL;
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

/* Begins to make a connection, or tells who waits that this is not possible. */
static void dial_or_fail(struct place_wait *wait)
{
	struct fault fault = {0};

	if (start_dial(wait, &fault))
		refuse(wait, &fault);
}

/* Makes connections for those whose turn has come. */
static void dial_more(struct place *place)
{
	struct place_wait *wait;

	while ((wait = place_first_to_dial(place)))
		dial_or_fail(wait);
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

	connection->idle_since_ms = loop_now_ms(pool->loop);
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

static void tell(struct place_wait *wait, struct exchange *x,
		 const struct dial_result *result)
{
	struct pool_want *want = wait->want;

	place_wait_end(wait);
	want->done(want, x, result);
}

/* No connection was made at all. */
static void refuse(struct place_wait *wait, const struct fault *fault)
{
	tell(wait, NULL, &(struct dial_result){.fault = *fault});
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
static void serve(struct connection *connection, struct place_wait *wait,
		  const struct dial_result *result)
{
	const struct fault fault = {ERR_NO_MEMORY, 0, "the connection"};
	struct exchange *x;

	if (open_exchange(connection, &x))
		refuse(wait, &fault);
	else
		tell(wait, x, result);
}

/* An exchange of the connection has ended, or its peer has said something, or it is new:
 * it is used for whatever can be. is_new: nobody has used it. */
static void settle(struct connection *connection, bool is_new)
{
	struct place *place = connection->place;
	struct place_wait *wait;

	if (connection->has_ended) {
		list_remove(&connection->node);
		if (!connection->exchanges)
			close_connection(connection);
		else
			dial_more(place);
		return;
	}
	while (connection->has_room && !list_is_empty(&place->waiting) &&
	       (wait = place_first_waiting(place, !is_new && !connection->is_shared)))
		serve(connection, wait, NULL);
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

/* A connection was made: for wait, else the first who waits, else for later. */
static void on_connected(struct place *place, struct place_wait *wait,
			 const struct dial_result *result)
{
	struct connection *connection;
	struct fault fault = {0};

	if (connector_open(&place->pool->connector, place, result, &connection, &fault)) {
		if (wait)
			refuse(wait, &fault);
		count_closed(place);
		return;
	}
	connection->place = place;
	connection->changed = on_changed;
	list_init(&connection->node);
	list_init(&connection->idle);
	if (!wait)
		wait = place_first_waiting(place, false);
	if (wait)
		serve(connection, wait, result);
	settle(connection, true);
}

/* No connection was made. */
static void on_failed(struct place *place, struct place_wait *wait,
		      const struct dial_result *result)
{
	const struct fault no_memory = {ERR_NO_MEMORY, 0, "waiting for a descriptor"};
	struct ration *ration = &place->pool->ration;

	if (result->fault.err == ERR_NO_DESCRIPTOR) {
		ration_lower(ration);
		if (wait && ration_starve(ration, &wait->queue))
			refuse(wait, &no_memory);
	} else {
		/* The others fail as quickly, each by its own try. */
		place->is_single = true;
		if (wait)
			tell(wait, NULL, result);
	}
	count_closed(place);
}

static void on_dialed(void *owner, const struct dial_result *result)
{
	struct place_wait *wait = owner;
	struct place *place = wait->place;

	place->dials--;
	wait = place_wait_end_dial(wait);
	if (result->wire)
		on_connected(place, wait, result);
	else
		on_failed(place, wait, result);
}

/* A dial is one's who waits from now on. */
static void take_dial(struct place_wait *wait, struct dial *dial)
{
	struct pool *pool = wait->place->pool;

	wait->dial = dial;
	wait->dial_since_ms = loop_now_ms(pool->loop);
	dial_own(dial, wait);
	list_put_last(&pool->dials, &wait->queue);
}

/* Begins to make a connection for one who waits, or has it wait for others to end, or for
 * the owner of the loop. Failures: *fault is set. */
static enum err start_dial(struct place_wait *wait, struct fault *fault)
{
	struct place *place = wait->place;
	struct pool *pool = place->pool;
	struct dial *dial;
	enum err err;

	place_set_queued(wait, !place_may_dial(wait));
	if (wait->is_queued)
		return ERR_NONE;
	if (loop_is_visited(pool->loop) || !list_is_empty(&pool->put_off)) {
		list_put_last(&pool->put_off, &wait->queue);
		loop_task_queue(pool->loop, &pool->catch_up);
		return ERR_NONE;
	}
	if (!ration_has_room(&pool->ration)) {
		err = ration_starve(&pool->ration, &wait->queue);
		return err ? fault_set(fault, err, 0, "waiting for a descriptor")
			   : ERR_NONE;
	}
	err = connector_dial(&pool->connector, place, wait->want->connect_timeout_ms,
			     &dial, fault);
	if (err)
		return err;
	take_dial(wait, dial);
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

/* Makes a connection for one who has starved, or was put off. */
static void dial_for(struct list *one)
{
	struct place_wait *wait = LIST_ENTRY(one, struct place_wait, queue);
	struct place *place = wait->place;

	dial_or_fail(wait);
	drop_if_empty(place);
}

static void feed(struct ration *ration, struct list *one)
{
	(void)ration;
	dial_for(one);
}

static void abandon(struct ration *ration, struct list *one)
{
	const struct fault fault = {ERR_NO_MEMORY, 0, "waiting for a descriptor"};
	struct place_wait *wait = LIST_ENTRY(one, struct place_wait, queue);
	struct place *place = wait->place;

	(void)ration;
	refuse(wait, &fault);
	drop_if_empty(place);
}

static const struct ration_ops ration_ops = {
	.spare = spare,
	.feed = feed,
	.abandon = abandon,
};

/* ---- those who are put off ---- */

static void on_catch_up(struct loop_task *task)
{
	struct pool *pool = LIST_ENTRY(task, struct pool, catch_up);
	struct list waits, *node;

	list_init(&waits);
	list_move_all(&pool->put_off, &waits);
	while ((node = list_take_first(&waits)))
		dial_for(node);
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
	pool->connector = (struct connector){
		.loop = loop, .dns = dns, .settings = settings, .done = on_dialed};
	ration_init(&pool->ration, &ration_ops, loop, settings);
	list_init(&pool->idle);
	list_init(&pool->dials);
	list_init(&pool->put_off);
	loop_task_init(&pool->catch_up, on_catch_up);
	loop_timer_init(&pool->sweep, on_sweep);
	*out_pool = pool;
	return ERR_NONE;
}

/* Gives up a connection that is made for nobody. */
static void drop_dial(struct place_wait *wait)
{
	struct place *place = wait->place;

	dial_free(wait->dial);
	place->dials--;
	place_wait_end_dial(wait);
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
		drop_dial(LIST_ENTRY(pool->dials.next, struct place_wait, queue));
	loop_timer_stop(pool->loop, &pool->sweep);
	loop_task_cancel(&pool->catch_up);
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
	struct place_wait *wait;
	enum err err;

	if (!place)
		return fault_set(out_fault, ERR_NO_MEMORY, 0, "connecting");
	connection = want->wants_fresh ? NULL : first_roomy(place);
	if (connection) {
		err = open_exchange(connection, out_x);
		return err ? fault_set(out_fault, err, 0, "the connection") : ERR_NONE;
	}
	wait = place_wait_new(place, want);
	if (!wait) {
		drop_if_empty(place);
		return fault_set(out_fault, ERR_NO_MEMORY, 0, "connecting");
	}
	if (want->wants_fresh)
		close_unused(place);
	err = start_dial(wait, out_fault);
	if (!err)
		return ERR_AGAIN;
	place_wait_end(wait);
	drop_if_empty(place);
	return err;
}

bool pool_is_dialing(const struct pool_want *want, uint64_t *out_since_ms)
{
	const struct place_wait *wait = want->wait;

	if (!wait || !wait->dial)
		return false;
	*out_since_ms = wait->dial_since_ms;
	return true;
}

void pool_renew(struct pool *pool, struct pool_want *want, uint32_t connect_timeout_ms)
{
	uint64_t since_ms, passed_ms;

	want->connect_timeout_ms = connect_timeout_ms;
	if (!pool_is_dialing(want, &since_ms))
		return;
	passed_ms = loop_now_ms(pool->loop) - since_ms;
	dial_renew(want->wait->dial, passed_ms < connect_timeout_ms
					     ? connect_timeout_ms - (uint32_t)passed_ms
					     : 0);
}

/* The dial of one who gives up is another's, who gets time of its own. */
static void pass_dial(struct place_wait *from, struct place_wait *to)
{
	place_set_queued(to, false);
	take_dial(to, from->dial);
	dial_renew(to->dial, to->want->connect_timeout_ms);
	from->dial = NULL;
}

void pool_cancel(struct pool_want *want)
{
	struct place_wait *wait = want->wait, *next;
	struct place *place;

	if (!wait)
		return;
	place = wait->place;
	next = wait->dial ? place_first_queued(place) : NULL;
	if (next)
		pass_dial(wait, next);
	if (wait->dial) {
		place_wait_end(wait);
		drop_dial(wait);
	} else {
		place_wait_end(wait);
		drop_if_empty(place);
	}
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
