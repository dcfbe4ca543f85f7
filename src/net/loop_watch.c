/* SPDX-License-Identifier: MIT */
/*
 * Watches, and the poll that finds what they watch for. Readiness is only noted while the
 * loop polls; a task tells it at top level. All that were noted are told before the next
 * poll that waits.
 *
 * A change of what the system polls for costs a call, so interest that is taken back
 * stays registered until readiness comes that nobody wants: a reader that stops for the
 * time of a call and goes on costs nothing. Registration is level-triggered, so what was
 * dropped is told again when it is wanted again.
 *
 * The system tells errors and hang-ups of a socket even where nothing is asked for. Then
 * it is taken out, and put in again with the next interest. It is taken out before it is
 * closed, too: after a fork another process may hold it open, and it would be told of for
 * ever.
 */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/loop_inside.h"

/* What one look at the system can find. */
#define MAX_EVENTS 256

struct loop_watch {
	struct loop_task tell; /* tells what is noted */
	struct list node;      /* among the loop's watches */
	struct loop *loop;     /* whose it is */
	loop_ready_fn *ready;  /* who is told, */
	void *owner;	       /* and its argument */
	int fd;		       /* what is watched; owned */
	uint8_t wanted;	       /* what is to be told */
	uint8_t registered;    /* what the system polls for */
	uint8_t noted;	       /* what is there and not told yet */
	bool is_in;	       /* the system knows the descriptor */
};

static int change(const struct loop_watch *watch, int verb)
{
	struct epoll_event event = {.data.ptr = (void *)(uintptr_t)watch};

	if (watch->wanted & LOOP_READABLE)
		event.events |= EPOLLIN;
	if (watch->wanted & LOOP_WRITABLE)
		event.events |= EPOLLOUT;
	return epoll_ctl(watch->loop->epoll_fd, verb, watch->fd, &event);
}

static void take_out(struct loop_watch *watch)
{
	if (watch->is_in)
		(void)change(watch, EPOLL_CTL_DEL);
	watch->is_in = false;
	watch->registered = 0;
}

/* Lets the system poll for what is wanted and nothing else. */
static void settle(struct loop_watch *watch)
{
	if (!watch->wanted) {
		take_out(watch);
		return;
	}
	if (change(watch, watch->is_in ? EPOLL_CTL_MOD : EPOLL_CTL_ADD)) {
		/* The system is short of memory: the task tries again. */
		loop_task_queue(watch->loop, &watch->tell);
		return;
	}
	watch->is_in = true;
	watch->registered = watch->wanted;
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

/* ---- the poll ---- */

static void note(struct loop_watch *watch, uint32_t events)
{
	unsigned ready = 0;

	if (events & EPOLLIN)
		ready |= LOOP_READABLE;
	if (events & EPOLLOUT)
		ready |= LOOP_WRITABLE;
	if (events & (EPOLLERR | EPOLLHUP))
		ready |= watch->wanted;
	if (!watch->wanted || ready & ~(unsigned)watch->wanted)
		settle(watch);
	ready &= watch->wanted;
	if (!ready)
		return;
	if (events & EPOLLERR)
		ready |= LOOP_BROKEN;
	watch->noted |= (uint8_t)ready;
	loop_task_queue(watch->loop, &watch->tell);
}

void loop_watch_poll(struct loop *loop, int timeout_ms)
{
	struct epoll_event events[MAX_EVENTS];
	int count = epoll_wait(loop->epoll_fd, events, MAX_EVENTS, timeout_ms);

	for (int i = 0; i < count; i++) {
		eventfd_t wakes;

		if (events[i].data.ptr)
			note(events[i].data.ptr, events[i].events);
		else
			(void)eventfd_read(loop->wake_fd, &wakes);
	}
}

/* ---- life ---- */

static enum err from_errno(int sys)
{
	enum err err = err_from_errno(sys);

	return err == ERR_NO_MEMORY || err == ERR_NO_DESCRIPTOR ? err : ERR_SYSTEM;
}

enum err loop_watch_open_all(struct loop *loop)
{
	struct epoll_event wakes = {.events = EPOLLIN};
	int sys;

	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll_fd < 0)
		return from_errno(errno);
	loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (loop->wake_fd >= 0 &&
	    epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, loop->wake_fd, &wakes) == 0)
		return ERR_NONE;
	sys = errno;
	if (loop->wake_fd >= 0)
		close(loop->wake_fd);
	close(loop->epoll_fd);
	return from_errno(sys);
}

enum err loop_watch_new(struct loop *loop, int fd, loop_ready_fn *ready, void *owner,
			struct loop_watch **out_watch)
{
	struct loop_watch *watch = mem_zalloc(sizeof(*watch));

	if (!watch)
		return ERR_NO_MEMORY;
	watch->loop = loop;
	watch->fd = fd;
	watch->ready = ready;
	watch->owner = owner;
	loop_task_init(&watch->tell, tell);
	if (change(watch, EPOLL_CTL_ADD)) {
		enum err err = from_errno(errno);

		mem_free(watch);
		return err;
	}
	watch->is_in = true;
	list_put_last(&loop->watches, &watch->node);
	*out_watch = watch;
	return ERR_NONE;
}

void loop_watch_for(struct loop_watch *watch, unsigned wanted)
{
	watch->wanted = (uint8_t)wanted;
	if (wanted & ~(unsigned)watch->registered)
		settle(watch);
}

void loop_watch_close(struct loop_watch *watch)
{
	if (!watch)
		return;
	take_out(watch);
	loop_task_cancel(&watch->tell);
	list_remove(&watch->node);
	close(watch->fd);
	mem_free(watch);
}

void loop_watch_close_all(struct loop *loop)
{
	while (!list_is_empty(&loop->watches)) {
		struct list *node = loop->watches.next;

		loop_watch_close(LIST_ENTRY(node, struct loop_watch, node));
	}
	close(loop->wake_fd);
	close(loop->epoll_fd);
}
