/* SPDX-License-Identifier: MIT */
/*
 * The pool and the names are used by the loop's owner alone, so a lane that was in use is
 * closed there, when the last request has ended. That is the last one of the session: one
 * of another lane may still come over.
 *
 * Descriptors are the whole process's. Each lane has its share of them; when the system
 * has fewer, who gets none asks the others to close their idle connections.
 */
#include "engine/lane.h"

#include <pthread.h>
#include <stdbool.h>

#include "engine/pool.h"
#include "engine/session.h"
#include "engine/settings.h"
#include "engine/spread.h"
#include "net/dns.h"
#include "net/loop.h"

/* Between two looks of lane_close. */
#define CLOSE_LOOK_MS 1

static void on_shed(struct loop_post *post)
{
	struct lane *lane = LIST_ENTRY(post, struct lane, shed);

	atomic_store(&lane->is_asked, false);
	if (lane->pool)
		pool_shed(lane->pool);
}

static void on_starved(void *owner)
{
	const struct lane *lane = owner;
	struct session *session = lane->session;

	for (unsigned i = 0; i < session->lane_count; i++) {
		struct lane *other = &session->lanes[i];

		if (other != lane && !atomic_exchange(&other->is_asked, true))
			loop_post(other->loop, &other->shed);
	}
}

/* Runs before the loop polls: what a flock of requests leaves is there for those that
 * follow in the same turn. */
static void rest(struct loop_task *task)
{
	struct lane *lane = LIST_ENTRY(task, struct lane, rest);

	if (loop_is_busy(lane->loop))
		return;
	arena_spare_done(&lane->blocks);
	loop_buffer_rest(lane->loop);
}

/* Requests that the program keeps leave no blocks, but buffers as any. */
static bool has_leavings(const struct lane *lane)
{
	return lane->blocks.count || loop_buffer_may_rest(lane->loop);
}

void lane_busy(struct lane *lane, int change)
{
	loop_busy(lane->loop, change);
	if (!loop_is_busy(lane->loop) && has_leavings(lane))
		loop_task_queue_last(lane->loop, &lane->rest);
}

enum err lane_init(struct lane *lane, struct session *session, unsigned number)
{
	const struct settings *settings = session->settings;
	enum err err = loop_new(&lane->loop);

	if (err)
		return err;
	err = dns_new(lane->loop, &lane->dns);
	if (err)
		goto free_loop;
	err = pool_new(lane->loop, lane->dns, settings, &lane->pool);
	if (err)
		goto free_dns;
	if (settings->loops > 1)
		pool_watch(lane->pool, on_starved, lane);
	lane->settings = settings;
	lane->session = session;
	lane->number = number;
	lane->shed.run = on_shed;
	atomic_init(&lane->is_asked, false);
	lane->blocks = (struct arena_spare){0};
	loop_task_init(&lane->rest, rest);
	return ERR_NONE;
free_dns:
	dns_free(lane->dns);
free_loop:
	loop_free(lane->loop);
	return err;
}

void lane_done(struct lane *lane)
{
	pool_free(lane->pool);
	dns_free(lane->dns);
	loop_free(lane->loop);
}

struct closing {
	struct loop_post post;	 /* brings it to the owner */
	struct loop_timer timer; /* looks again */
	unsigned looks;		 /* how often it has */
	struct lane *lane;	 /* what is closed */
	pthread_mutex_t lock;	 /* for is_closed */
	pthread_cond_t closed;	 /* signals is_closed */
	bool is_closed;		 /* the owner is through */
};

static bool is_busy(const struct lane *lane)
{
	const struct spread *spread = lane->session->spread;

	return spread ? spread_requests(spread) > 0 : loop_is_busy(lane->loop);
}

static void close_if_quiet(struct closing *closing)
{
	struct lane *lane = closing->lane;

	if (is_busy(lane) && closing->looks++ < LANE_CLOSE_WAIT_MS / CLOSE_LOOK_MS &&
	    !loop_timer_start(lane->loop, &closing->timer, CLOSE_LOOK_MS))
		return;
	pool_free(lane->pool);
	lane->pool = NULL;
	dns_free(lane->dns);
	pthread_mutex_lock(&closing->lock);
	closing->is_closed = true;
	pthread_cond_signal(&closing->closed);
	pthread_mutex_unlock(&closing->lock);
}

static void close_on_owner(struct loop_post *post)
{
	close_if_quiet(LIST_ENTRY(post, struct closing, post));
}

static void look_again(struct loop_timer *timer)
{
	close_if_quiet(LIST_ENTRY(timer, struct closing, timer));
}

void lane_close(struct lane *lane)
{
	struct closing closing = {.post = {.run = close_on_owner},
				  .lane = lane,
				  .lock = PTHREAD_MUTEX_INITIALIZER,
				  .closed = PTHREAD_COND_INITIALIZER};

	loop_timer_init(&closing.timer, look_again);
	loop_post(lane->loop, &closing.post);
	pthread_mutex_lock(&closing.lock);
	while (!closing.is_closed)
		pthread_cond_wait(&closing.closed, &closing.lock);
	pthread_mutex_unlock(&closing.lock);
	/* Behind it no thread gives them back any more. */
	loop_free(lane->loop);
	arena_spare_done(&lane->blocks);
}
