/* SPDX-License-Identifier: MIT */
/*
 * The limit begins below RLIMIT_NOFILE, falls to what is taken when the system refuses
 * one, and grows again slowly while somebody starves. Nobody starves while there is
 * something to spare.
 *
 * Those who starve are fed by a task, so that one descriptor that comes back does not
 * begin a cascade of others.
 */
#include "engine/ration.h"

#include <sys/resource.h>

/* Descriptors that are left to the program: an eighth, but not more than this. */
#define RESERVED_DESCRIPTORS 64

/* Each loop's pool has its share: one cannot close what another does not use. */
static uint64_t share_of(const struct settings *settings)
{
	struct rlimit rlimit;
	uint64_t reserved, share;

	if (getrlimit(RLIMIT_NOFILE, &rlimit) || rlimit.rlim_cur == RLIM_INFINITY)
		return UINT64_MAX;
	reserved = rlimit.rlim_cur / 8;
	if (reserved > RESERVED_DESCRIPTORS)
		reserved = RESERVED_DESCRIPTORS;
	share = (rlimit.rlim_cur - reserved) / settings->loops;
	return share ? share : 1;
}

bool ration_has_room(struct ration *ration)
{
	while (ration->taken >= ration->limit && ration->ops->spare(ration))
		;
	return ration->taken < ration->limit;
}

void ration_take(struct ration *ration)
{
	ration->taken++;
}

void ration_give(struct ration *ration)
{
	ration->taken--;
	ration_look(ration);
}

void ration_lower(struct ration *ration)
{
	ration->limit = ration->taken - 1;
}

/* ---- those who starve ---- */

static void on_feed(struct loop_task *task)
{
	struct ration *ration = LIST_ENTRY(task, struct ration, feed);

	while (!list_is_empty(&ration->starved) && ration_has_room(ration))
		ration->ops->feed(ration, list_take_first(&ration->starved));
}

void ration_look(struct ration *ration)
{
	if (!list_is_empty(&ration->starved))
		loop_task_queue(ration->loop, &ration->feed);
}

static void tell(const struct ration *ration)
{
	if (ration->tell)
		ration->tell(ration->watcher);
}

enum err ration_starve(struct ration *ration, struct list *one)
{
	if (!loop_timer_is_running(&ration->retry) &&
	    loop_timer_start(ration->loop, &ration->retry, RATION_RETRY_MS))
		return ERR_NO_MEMORY;
	list_put_last(&ration->starved, one);
	tell(ration);
	return ERR_NONE;
}

static void abandon_all(struct ration *ration)
{
	while (!list_is_empty(&ration->starved))
		ration->ops->abandon(ration, list_take_first(&ration->starved));
}

/* The limit may be raised while somebody starves. */
static void on_retry(struct loop_timer *timer)
{
	struct ration *ration = LIST_ENTRY(timer, struct ration, retry);
	uint64_t share = share_of(ration->settings);

	if (list_is_empty(&ration->starved))
		return;
	if (ration->limit < share)
		ration->limit += 1 + ration->limit / 8;
	if (ration->limit > share)
		ration->limit = share;
	if (loop_timer_start(ration->loop, timer, RATION_RETRY_MS))
		abandon_all(ration);
	else
		tell(ration);
	ration_look(ration);
}

/* ---- life ---- */

void ration_init(struct ration *ration, const struct ration_ops *ops, struct loop *loop,
		 const struct settings *settings)
{
	*ration = (struct ration){.ops = ops,
				  .loop = loop,
				  .settings = settings,
				  .limit = share_of(settings)};
	list_init(&ration->starved);
	loop_timer_init(&ration->retry, on_retry);
	loop_task_init(&ration->feed, on_feed);
}

void ration_done(struct ration *ration)
{
	loop_timer_stop(ration->loop, &ration->retry);
	loop_task_cancel(&ration->feed);
}

void ration_watch(struct ration *ration, ration_starved_fn *starved, void *owner)
{
	ration->tell = starved;
	ration->watcher = owner;
}
