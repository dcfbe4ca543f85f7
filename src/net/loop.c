/* SPDX-License-Identifier: MIT */
/*
 * A turn of the loop is a few rounds, then poll. A round: run the posts that have come;
 * run the calls, then a task, then the calls again, until the tasks that were queued
 * when the round began have run. Another round follows if there are new posts. What was
 * to be last runs then. Poll waits only when nothing is queued. libuv's callbacks
 * (readiness, timers, answers of the thread pool) only queue tasks, so everything else
 * runs at top level, and a call can be left to its thread at any time: whoever takes the
 * loop over begins a turn of his own.
 *
 * Posts are a stack that any thread pushes to and the owner takes whole and turns
 * round. Waking works by a flag: the owner raises it before he looks at the stack for
 * the last time and polls; a poster pushes first and then takes the flag down. Who
 * takes it down sends the one wake-up: an eventfd of our own, because a uv_async_t may
 * keep the owner spinning for a poster that was preempted right behind its write.
 *
 * Threads, lending and take-over are lend.c's; queues, timers and watches have files
 * of their own.
 */
#include "net/loop.h"

#include <assert.h>
#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/loop_inside.h"

/* ---- posts ---- */

static void wake(struct loop *loop)
{
	if (atomic_load(&loop->is_asleep) && atomic_exchange(&loop->is_asleep, false))
		(void)eventfd_write(loop->wake_fd, 1);
}

void loop_post(struct loop *loop, struct loop_post *post)
{
	struct loop_post *newest =
		atomic_load_explicit(&loop->posts, memory_order_relaxed);

	do {
		post->next = newest;
	} while (!atomic_compare_exchange_weak(&loop->posts, &newest, post));
	wake(loop);
}

/* All posts, the oldest first. */
static struct loop_post *take_posts(struct loop *loop)
{
	struct loop_post *oldest = NULL;
	struct loop_post *post;

	if (!atomic_load_explicit(&loop->posts, memory_order_relaxed))
		return NULL;
	post = atomic_exchange(&loop->posts, NULL);
	while (post) {
		struct loop_post *next = post->next;

		post->next = oldest;
		oldest = post;
		post = next;
	}
	return oldest;
}

static void run_posts(struct loop *loop)
{
	struct loop_post *post = take_posts(loop);

	while (post && !lend_is_stopping(&loop->lend)) {
		struct loop_post *next = post->next;

		post->run(post);
		post = next;
	}
}

/* ---- a turn ---- */

/* Runs a call with the loop lent. False: the loop is not this thread's any more. */
static bool run_call(struct loop *loop, struct loop_call *call)
{
	uint64_t lease;

	if (!lend_out(&loop->lend, &lease))
		return false;
	call->call(call);
	if (!lend_back(&loop->lend, lease)) {
		loop_post(loop, &call->post);
		return false;
	}
	loop->is_clock_old = true;
	call->done(call);
	return true;
}

/* Runs all calls, those that come up meanwhile too. False as run_call. */
static bool run_calls(struct loop *loop)
{
	struct list *node;

	while (!lend_is_stopping(&loop->lend) && (node = list_take_first(&loop->calls))) {
		if (!run_call(loop, LIST_ENTRY(node, struct loop_call, node)))
			return false;
	}
	return true;
}

/* Runs calls, and the tasks that are queued now. False as run_call. */
static bool run_queues(struct loop *loop)
{
	list_remove(&loop->mark);
	list_put_last(&loop->tasks, &loop->mark);
	while (!lend_is_stopping(&loop->lend)) {
		struct list *node;
		struct loop_task *task;

		if (!run_calls(loop))
			return false;
		node = list_take_first(&loop->tasks);
		if (node == &loop->mark)
			break;
		task = LIST_ENTRY(node, struct loop_task, node);
		task->run(task);
	}
	return true;
}

/* Waits until something is ready, a timer is due or a post wakes. */
static void sleep_in_poll(struct loop *loop)
{
	atomic_store(&loop->is_asleep, true);
	if (atomic_load(&loop->posts) || lend_is_stopping(&loop->lend))
		uv_run(&loop->uv, UV_RUN_NOWAIT);
	else
		uv_run(&loop->uv, UV_RUN_ONCE);
	atomic_store_explicit(&loop->is_asleep, false, memory_order_relaxed);
}

static void move_all(struct list *from, struct list *to)
{
	struct list *node;

	while ((node = list_take_first(from)))
		list_put_last(to, node);
}

/* Whether nothing is queued. */
static bool is_at_rest(const struct loop *loop)
{
	return list_is_empty(&loop->tasks) && list_is_empty(&loop->ripe) &&
	       list_is_empty(&loop->calls) && list_is_empty(&loop->lasts);
}

static void poll_events(struct loop *loop)
{
	lend_count_turn(&loop->lend);
	loop->is_clock_old = false;
	if (is_at_rest(loop))
		sleep_in_poll(loop);
	else
		uv_run(&loop->uv, UV_RUN_NOWAIT);
	move_all(&loop->ripe, &loop->tasks);
	move_all(&loop->due, &loop->ripe);
}

/* Runs posts and what they queue, until none is left or I/O must have its turn: what
 * callbacks post costs no poll in between. False as run_call. */
static bool run_rounds(struct loop *loop)
{
	for (unsigned round = 0; round < LOOP_MAX_ROUNDS; round++) {
		run_posts(loop);
		if (!run_queues(loop))
			return false;
		if (!atomic_load_explicit(&loop->posts, memory_order_relaxed))
			break;
	}
	return true;
}

/* Runs what was to be last; what that brings has its turn behind the next poll. */
static void run_lasts(struct loop *loop)
{
	struct list lasts, *node;

	if (list_is_empty(&loop->lasts))
		return;
	list_init(&lasts);
	move_all(&loop->lasts, &lasts);
	while (!lend_is_stopping(&loop->lend) && (node = list_take_first(&lasts))) {
		struct loop_task *task = LIST_ENTRY(node, struct loop_task, node);

		task->run(task);
	}
	move_all(&lasts, &loop->lasts);
}

/* The owner's work, as lend_run_fn says. */
static bool run(void *owner)
{
	struct loop *loop = owner;

	loop->is_clock_old = true;
	while (!lend_is_stopping(&loop->lend)) {
		if (!run_rounds(loop))
			return false;
		run_lasts(loop);
		poll_events(loop);
	}
	return true;
}

bool loop_is_here(const struct loop *loop)
{
	return lend_is_here(&loop->lend);
}

/* ---- life ---- */

/* Coming out of poll is all there is to it. */
static void on_wake(uv_poll_t *uv, int status, int events)
{
	struct loop *loop = uv->data;
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

static void init_lists(struct loop *loop)
{
	list_init(&loop->calls);
	list_init(&loop->tasks);
	list_init(&loop->lasts);
	list_init(&loop->due);
	list_init(&loop->ripe);
	list_init(&loop->mark);
	list_init(&loop->watches);
	list_init(&loop->timers);
	list_init(&loop->spare_timers);
}

static void close_uv(struct loop *loop)
{
	int left;

	uv_close((uv_handle_t *)&loop->wake, NULL);
	close(loop->wake_fd);
	loop_watch_close_all(loop);
	loop_timer_close_all(loop);
	uv_run(&loop->uv, UV_RUN_DEFAULT);
	left = uv_loop_close(&loop->uv);
	assert(left == 0);
	(void)left;
}

/* 0 or libuv's status; on failure nothing is left. */
static int init_wake(struct loop *loop)
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
	loop->wake.data = loop;
	uv_poll_start(&loop->wake, UV_READABLE, on_wake);
	return 0;
}

enum err loop_new(struct loop **out_loop)
{
	struct loop *loop = mem_zalloc(sizeof(*loop));
	enum err err = ERR_NONE;
	int status;

	if (!loop)
		return ERR_NO_MEMORY;
	init_lists(loop);
	status = uv_loop_init(&loop->uv);
	if (status) {
		err = from_uv(status);
		goto free_loop;
	}
	status = init_wake(loop);
	if (status) {
		err = from_uv(status);
		uv_loop_close(&loop->uv);
		goto free_loop;
	}
	err = lend_init(&loop->lend, run, loop);
	if (err)
		goto close_uv;
	*out_loop = loop;
	return ERR_NONE;

close_uv:
	close_uv(loop);
free_loop:
	mem_free(loop);
	return err;
}

void loop_stop(struct loop *loop)
{
	lend_order_stop(&loop->lend);
	wake(loop);
	lend_await_stop(&loop->lend);
}

void loop_forget(struct loop *loop)
{
	lend_forget(&loop->lend);
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	loop_stop(loop);
	lend_done(&loop->lend);
	close_uv(loop);
	loop_buffer_free_all(loop);
	mem_free(loop);
}
