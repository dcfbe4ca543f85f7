/* SPDX-License-Identifier: MIT */
/*
 * Timers, and the clock that they go by. A libuv timer has to be closed before its memory
 * goes, which takes a turn; so what a timer needs of libuv lies in a slot of its own,
 * used again and again and closed when the loop ends. struct loop_timer can then vanish
 * at any moment.
 *
 * When libuv finds a timer due, it is inside uv_run: the slot only queues its task,
 * which tells at top level. That is not before the next poll, which does not wait, and
 * behind the readiness that this one finds: a loop that was busy for long does what it
 * was kept from, and looks at what has come, before it calls anything late. Until then
 * the timer counts as running.
 */
#include "base/mem.h"
#include "net/loop_inside.h"

struct loop_timer_slot {
	uv_timer_t uv;		  /* libuv's timer */
	struct loop_task due;	  /* tells that it is due */
	struct loop *loop;	  /* whose it is */
	struct loop_timer *timer; /* who uses the slot, or NULL */
	struct list node;	  /* in the loop's timers or spare_timers */
};

/* Parts a timer from its slot. */
static void give_back(struct loop_timer_slot *slot)
{
	slot->timer->slot = NULL;
	slot->timer = NULL;
	list_remove(&slot->node);
	list_put_first(&slot->loop->spare_timers, &slot->node);
}

static void fire(struct loop_task *task)
{
	struct loop_timer_slot *slot = LIST_ENTRY(task, struct loop_timer_slot, due);
	struct loop_timer *timer = slot->timer;

	give_back(slot);
	timer->fire(timer);
}

static void on_due(uv_timer_t *uv)
{
	struct loop_timer_slot *slot = uv->data;

	if (list_is_empty(&slot->due.node))
		list_put_last(&slot->loop->due, &slot->due.node);
	/* uv_run looks for due timers before it polls: it must not wait then. */
	uv_stop(&slot->loop->uv);
}

/* Memory for one more slot, set up. NULL when memory is out. */
static struct loop_timer_slot *make_slot(struct loop *loop)
{
	struct loop_timer_slot *slot = mem_alloc(sizeof(*slot));

	if (!slot)
		return NULL;
	uv_timer_init(&loop->uv, &slot->uv);
	slot->uv.data = slot;
	loop_task_init(&slot->due, fire);
	slot->loop = loop;
	slot->timer = NULL;
	list_init(&slot->node);
	return slot;
}

static struct loop_timer_slot *take_slot(struct loop *loop)
{
	struct list *node = list_take_first(&loop->spare_timers);

	return node ? LIST_ENTRY(node, struct loop_timer_slot, node) : make_slot(loop);
}

uint64_t loop_now_ms(struct loop *loop)
{
	if (loop->is_clock_old)
		uv_update_time(&loop->uv);
	loop->is_clock_old = false;
	return uv_now(&loop->uv);
}

void loop_timer_init(struct loop_timer *timer, void (*fire_fn)(struct loop_timer *))
{
	timer->slot = NULL;
	timer->fire = fire_fn;
}

enum err loop_timer_start(struct loop *loop, struct loop_timer *timer, uint64_t delay_ms)
{
	struct loop_timer_slot *slot = timer->slot;

	if (!slot) {
		slot = take_slot(loop);
		if (!slot)
			return ERR_NO_MEMORY;
		slot->timer = timer;
		timer->slot = slot;
		list_put_last(&loop->timers, &slot->node);
	}
	loop_task_cancel(&slot->due);
	/* libuv counts from the time that it knows. */
	(void)loop_now_ms(loop);
	uv_timer_start(&slot->uv, on_due, delay_ms, 0);
	return ERR_NONE;
}

void loop_timer_stop(struct loop *loop, struct loop_timer *timer)
{
	struct loop_timer_slot *slot = timer->slot;

	(void)loop;
	if (!slot)
		return;
	loop_task_cancel(&slot->due);
	uv_timer_stop(&slot->uv);
	give_back(slot);
}

bool loop_timer_is_running(const struct loop_timer *timer)
{
	return timer->slot != NULL;
}

static void on_closed(uv_handle_t *handle)
{
	mem_free(handle->data);
}

static void close_slots(struct list *slots)
{
	struct list *node;

	while ((node = list_take_first(slots))) {
		struct loop_timer_slot *slot =
			LIST_ENTRY(node, struct loop_timer_slot, node);

		uv_close((uv_handle_t *)&slot->uv, on_closed);
	}
}

void loop_timer_close_all(struct loop *loop)
{
	close_slots(&loop->timers);
	close_slots(&loop->spare_timers);
}
