/* SPDX-License-Identifier: MIT */
/*
 * Watches. libuv tells readiness inside uv_run; it is only noted there, and a task
 * tells it at top level. All that were noted are told before the next poll that waits.
 *
 * A change of what libuv polls for costs system calls, so interest that is taken back
 * stays registered until readiness comes that nobody wants: a reader that stops for
 * the time of a call and goes on costs nothing. Registration is level-triggered, so
 * what was dropped is told again when it is wanted again.
 *
 * To begin with a descriptor costs libuv three system calls: it tries whether it can be
 * polled and makes it non-blocking. To libuv the watch of a socket that is closed is a
 * poll of its number that does nothing; it is kept for the next socket that gets this
 * number, as it will soon, because the system gives the lowest one that is free.
 *
 * On an error of the socket libuv ends the registration and tells a bad status; that
 * is told as such and as readiness for all that is wanted, and what is still wanted is
 * registered anew.
 */
#include <unistd.h>

#include "base/mem.h"
#include "net/loop_inside.h"

_Static_assert((int)LOOP_READABLE == (int)UV_READABLE, "readiness is libuv's");
_Static_assert((int)LOOP_WRITABLE == (int)UV_WRITABLE, "readiness is libuv's");

struct loop_watch {
	uv_poll_t uv;	       /* libuv's watch */
	struct loop_task tell; /* tells what is noted */
	struct list node;      /* among the loop's watches */
	struct loop *loop;     /* whose it is */
	loop_ready_fn *ready;  /* who is told, */
	void *owner;	       /* and its argument */
	int fd;		       /* what is watched; owned */
	unsigned wanted;       /* what is to be told */
	unsigned registered;   /* what libuv polls for */
	unsigned noted;	       /* what is there and not told yet */
};

static void on_ready(uv_poll_t *uv, int status, int events);

/* Lets libuv poll for what is wanted and nothing else. */
static void settle(struct loop_watch *watch)
{
	watch->registered = watch->wanted;
	if (watch->wanted)
		uv_poll_start(&watch->uv, (int)watch->wanted, on_ready);
	else
		uv_poll_stop(&watch->uv);
}

static void on_ready(uv_poll_t *uv, int status, int events)
{
	struct loop_watch *watch = uv->data;
	unsigned ready = status < 0 ? watch->wanted : (unsigned)events;

	if (status < 0)
		watch->registered = 0;
	else if (ready & ~watch->wanted)
		settle(watch);
	watch->noted |= ready & watch->wanted;
	if (!watch->noted)
		return;
	if (status < 0)
		watch->noted |= LOOP_BROKEN;
	loop_task_queue(watch->loop, &watch->tell);
}

static void tell(struct loop_task *task)
{
	struct loop_watch *watch = LIST_ENTRY(task, struct loop_watch, tell);
	unsigned ready = watch->noted & watch->wanted;
	unsigned broken = watch->noted & LOOP_BROKEN;

	watch->noted = 0;
	if (watch->wanted & ~watch->registered)
		settle(watch);
	if (ready)
		watch->ready(watch->owner, ready | broken);
}

/* ---- life ---- */

static struct loop_watch *take_spare(struct loop *loop, unsigned fd)
{
	struct loop_watch *watch =
		fd < loop->spare_watch_count ? loop->spare_watches[fd] : NULL;

	if (watch)
		loop->spare_watches[fd] = NULL;
	return watch;
}

/* Room for the spare watch of a number, so that closing one needs no memory. */
static enum err make_room(struct loop *loop, unsigned fd)
{
	unsigned count = (fd + 1) * 2;
	struct loop_watch **watches;

	if (fd < loop->spare_watch_count)
		return ERR_NONE;
	watches = mem_resize(loop->spare_watches, count, sizeof(struct loop_watch *));
	if (!watches)
		return ERR_NO_MEMORY;
	for (unsigned i = loop->spare_watch_count; i < count; i++)
		watches[i] = NULL;
	loop->spare_watches = watches;
	loop->spare_watch_count = count;
	return ERR_NONE;
}

static enum err make_watch(struct loop *loop, int fd, struct loop_watch **out_watch)
{
	struct loop_watch *watch;
	int status;

	if (make_room(loop, (unsigned)fd))
		return ERR_NO_MEMORY;
	watch = mem_zalloc(sizeof(*watch));
	if (!watch)
		return ERR_NO_MEMORY;
	status = uv_poll_init(&loop->uv, &watch->uv, fd);
	if (status) {
		mem_free(watch);
		return status == UV_ENOMEM ? ERR_NO_MEMORY : ERR_SYSTEM;
	}
	watch->uv.data = watch;
	loop_task_init(&watch->tell, tell);
	watch->loop = loop;
	watch->fd = fd;
	*out_watch = watch;
	return ERR_NONE;
}

enum err loop_watch_new(struct loop *loop, int fd, loop_ready_fn *ready, void *owner,
			struct loop_watch **out_watch)
{
	struct loop_watch *watch = take_spare(loop, (unsigned)fd);
	enum err err = watch ? ERR_NONE : make_watch(loop, fd, &watch);

	if (err)
		return err;
	list_put_last(&loop->watches, &watch->node);
	watch->ready = ready;
	watch->owner = owner;
	*out_watch = watch;
	return ERR_NONE;
}

void loop_watch_for(struct loop_watch *watch, unsigned wanted)
{
	watch->wanted = wanted;
	if (wanted & ~watch->registered)
		settle(watch);
}

void loop_watch_close(struct loop_watch *watch)
{
	if (!watch)
		return;
	loop_task_cancel(&watch->tell);
	list_remove(&watch->node);
	watch->wanted = 0;
	watch->noted = 0;
	settle(watch);
	watch->loop->spare_watches[watch->fd] = watch;
	close(watch->fd);
}

static void on_closed(uv_handle_t *handle)
{
	mem_free(handle->data);
}

void loop_watch_close_all(struct loop *loop)
{
	while (!list_is_empty(&loop->watches)) {
		struct list *node = loop->watches.next;

		loop_watch_close(LIST_ENTRY(node, struct loop_watch, node));
	}
	for (unsigned i = 0; i < loop->spare_watch_count; i++) {
		if (loop->spare_watches[i])
			uv_close((uv_handle_t *)&loop->spare_watches[i]->uv, on_closed);
	}
	mem_free(loop->spare_watches);
	loop->spare_watch_count = 0;
}
