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
 * libuv is the owner's alone (see loop.c). What a guest has to tell it is left to the
 * task that tells readiness; the descriptor of a watch that he ends stays open until
 * then, so that its number does not come again.
 *
 * On an error of the socket libuv ends the registration and tells a bad status; that
 * is told as such and as readiness for all that is wanted, and what is still wanted is
 * registered anew.
 */
#include <assert.h>
#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/loop_inside.h"

_Static_assert((int)LOOP_READABLE == (int)UV_READABLE, "readiness is libuv's");
_Static_assert((int)LOOP_WRITABLE == (int)UV_WRITABLE, "readiness is libuv's");

struct loop_watch {
	uv_poll_t uv;	       /* libuv's watch; its data is the argument of ready */
	struct loop_task tell; /* tells what is noted */
	loop_ready_fn *ready;  /* who is told; NULL: it is spare */
	int fd;		       /* what is watched; owned */
	uint8_t wanted;	       /* what is to be told */
	uint8_t registered;    /* what libuv polls for */
	uint8_t noted;	       /* what is there and not told yet */
};

static void on_ready(uv_poll_t *uv, int status, int events);

static struct loop *loop_of(const struct loop_watch *watch)
{
	return watch->uv.loop->data;
}

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
	struct loop_watch *watch = LIST_ENTRY(uv, struct loop_watch, uv);
	unsigned ready;

	loop_take_up(loop_of(watch));
	ready = status < 0 ? watch->wanted : (unsigned)events;
	if (status < 0)
		watch->registered = 0;
	else if (ready & ~watch->wanted)
		settle(watch);
	watch->noted |= (uint8_t)(ready & watch->wanted);
	if (!watch->noted)
		return;
	if (status < 0)
		watch->noted |= LOOP_BROKEN;
	loop_task_queue(loop_of(watch), &watch->tell);
}

/* To libuv it goes on as one that does nothing. */
static void end_watch(struct loop_watch *watch)
{
	settle(watch);
	close(watch->fd);
}

static void tell(struct loop_task *task)
{
	struct loop_watch *watch = LIST_ENTRY(task, struct loop_watch, tell);
	unsigned ready = watch->noted & watch->wanted;
	unsigned broken = watch->noted & LOOP_BROKEN;

	if (!watch->ready) {
		end_watch(watch);
		return;
	}
	watch->noted = 0;
	if (watch->wanted & ~watch->registered)
		settle(watch);
	if (ready)
		watch->ready(watch->uv.data, ready | broken);
}

/* ---- life ---- */

/* Room for the watch of a number. */
static enum err make_room(struct loop *loop, unsigned fd)
{
	unsigned count = (fd + 1) * 2;
	struct loop_watch **watches;

	if (fd < loop->watch_count)
		return ERR_NONE;
	watches = mem_resize(loop->watches, count, sizeof(struct loop_watch *));
	if (!watches)
		return ERR_NO_MEMORY;
	for (unsigned i = loop->watch_count; i < count; i++)
		watches[i] = NULL;
	loop->watches = watches;
	loop->watch_count = count;
	return ERR_NONE;
}

static enum err make_watch(struct loop *loop, int fd)
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
	loop_task_init(&watch->tell, tell);
	watch->fd = fd;
	loop->watches[fd] = watch;
	return ERR_NONE;
}

static bool has_spare(const struct loop *loop, unsigned fd)
{
	return fd < loop->watch_count && loop->watches[fd];
}

enum err loop_watch_new(struct loop *loop, int fd, loop_ready_fn *ready, void *owner,
			struct loop_watch **out_watch)
{
	enum err err = ERR_NONE;

	assert(!loop->is_visited);
	if (!has_spare(loop, (unsigned)fd))
		err = make_watch(loop, fd);
	if (err)
		return err;
	loop->watches[fd]->ready = ready;
	loop->watches[fd]->uv.data = owner;
	*out_watch = loop->watches[fd];
	return ERR_NONE;
}

void loop_watch_for(struct loop_watch *watch, unsigned wanted)
{
	struct loop *loop = loop_of(watch);

	watch->wanted = (uint8_t)wanted;
	if (!(wanted & ~(unsigned)watch->registered))
		return;
	if (loop->is_visited)
		loop_task_queue(loop, &watch->tell);
	else
		settle(watch);
}

void loop_watch_close(struct loop_watch *watch)
{
	struct loop *loop;

	if (!watch)
		return;
	loop = loop_of(watch);
	loop_task_cancel(&watch->tell);
	watch->ready = NULL;
	watch->wanted = 0;
	watch->noted = 0;
	if (loop->is_visited)
		loop_task_queue(loop, &watch->tell);
	else
		end_watch(watch);
}

/* Whether the descriptor is there: also of a watch that a guest has ended, and the owner
 * not yet. */
static bool is_open(const struct loop_watch *watch)
{
	return watch->ready || !list_is_empty(&watch->tell.node);
}

static void on_watch_closed(uv_handle_t *handle)
{
	mem_free(LIST_ENTRY(handle, struct loop_watch, uv));
}

/* Coming out of poll is all there is to it. */
static void on_wake(uv_poll_t *uv, int status, int events)
{
	const struct loop *loop = uv->loop->data;
	eventfd_t count;

	(void)status;
	(void)events;
	(void)eventfd_read(loop->wake_fd, &count);
}

static enum err from_uv(int status)
{
	enum err err = err_from_errno(-status);

	return err == ERR_NO_MEMORY || err == ERR_NO_DESCRIPTOR ? err : ERR_SYSTEM;
}

/* 0 or libuv's status; on failure nothing is left. */
static int open_wake(struct loop *loop)
{
	int status;

	loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (loop->wake_fd < 0)
		return -errno;
	status = uv_poll_init(&loop->uv, &loop->wake, loop->wake_fd);
	if (status) {
		close(loop->wake_fd);
		return status;
	}
	uv_poll_start(&loop->wake, UV_READABLE, on_wake);
	return 0;
}

enum err loop_watch_open_all(struct loop *loop)
{
	int status = uv_loop_init(&loop->uv);

	if (status)
		return from_uv(status);
	loop->uv.data = loop;
	status = open_wake(loop);
	if (status) {
		uv_loop_close(&loop->uv);
		return from_uv(status);
	}
	uv_timer_init(&loop->uv, &loop->alarm);
	return ERR_NONE;
}

void loop_watch_close_all(struct loop *loop)
{
	int left;

	for (unsigned i = 0; i < loop->watch_count; i++) {
		struct loop_watch *watch = loop->watches[i];

		if (!watch)
			continue;
		if (is_open(watch))
			loop_watch_close(watch);
		uv_close((uv_handle_t *)&watch->uv, on_watch_closed);
	}
	mem_free(loop->watches);
	uv_close((uv_handle_t *)&loop->alarm, NULL);
	uv_close((uv_handle_t *)&loop->wake, NULL);
	close(loop->wake_fd);
	uv_run(&loop->uv, UV_RUN_DEFAULT);
	left = uv_loop_close(&loop->uv);
	assert(left == 0);
	(void)left;
}

/* ---- the poll ---- */

/* uv_run looks for due timers before it polls, too: it must not wait then. */
static void on_alarm(uv_timer_t *uv)
{
	uv_stop(uv->loop);
}

/* libuv's clock is the same one, but it may have been read earlier. */
void loop_watch_poll(struct loop *loop, uint64_t until_ms)
{
	uint64_t now_ms = uv_now(&loop->uv);

	if (until_ms && until_ms != UINT64_MAX)
		uv_timer_start(&loop->alarm, on_alarm,
			       until_ms > now_ms ? until_ms - now_ms : 0, 0);
	uv_run(&loop->uv, until_ms ? UV_RUN_ONCE : UV_RUN_NOWAIT);
	loop_take_up(loop);
	loop_timer_begin_turn(loop);
}
