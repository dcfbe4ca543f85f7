/* SPDX-License-Identifier: MIT */
/*
 * A turn of the loop is a few rounds, then what was to be last, then poll. A round runs
 * the posts that have come, and the tasks that are queued then. Before each of these run
 * all calls; behind so many of them run the posts that have come meanwhile: with many
 * responses in one turn what their callbacks send is not kept until all are read, but
 * what is alike is done in a row. Another round follows if there are posts still. Poll
 * waits only when nothing is queued.
 *
 * Readiness and timers only queue tasks, so everything else runs at top level, and calls
 * too: nothing is half done while one runs. So it can be left to its thread at any time,
 * and whoever takes the loop over begins a turn of his own; and its thread can have the
 * loop back for a moment within it.
 *
 * Posts are a stack that any thread pushes to and the owner takes whole and turns
 * round. Waking works by a flag: the owner raises it before he looks at the stack for
 * the last time and polls; a poster pushes first and then takes the flag down. Who
 * takes it down sends the one wake-up, by an eventfd.
 *
 * While the owner is in poll nobody uses what he owns, and who wants something of it need
 * not wait until he is awake: a guest runs a post in his place. The baton says whose turn
 * it is. The owner puts it down before he calls libuv to wait, and takes it up before he
 * touches anything again: behind that call, or in the first callback that libuv makes in
 * it. A guest never waits for the baton, so he cannot hold up anybody but for what he
 * runs himself; nor does one come while the owner wants it, because the flag is down
 * then. libuv itself works on what it knows of descriptors and timers meanwhile, so that
 * is not for guests: what they would have to tell it waits in a task for the owner, as
 * all does that they leave queued; they wake him for it.
 *
 * Threads, lending and take-over are lend.c's; queues, timers and watches have files
 * of their own.
 */
#include "net/loop.h"

#include <pthread.h>
#include <sys/eventfd.h>

#include "base/mem.h"
#include "net/loop_inside.h"

/* ---- posts ---- */

/* The flag says that somebody wakes the owner, so he must not be cancelled before. */
static void send_wake_up(const struct loop *loop)
{
	int state;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	(void)eventfd_write(loop->wake_fd, 1);
	pthread_setcancelstate(state, NULL);
}

static void wake(struct loop *loop)
{
	if (atomic_load(&loop->is_asleep) && atomic_exchange(&loop->is_asleep, false))
		send_wake_up(loop);
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

		loop->clock_runs++;
		post->run(post);
		post = next;
	}
}

/* ---- calls ---- */

/* Takes the loop back from a call. False: it is not this thread's any more. */
static bool take_back(struct loop *loop, const struct loop_call *call)
{
	if (!lend_back(&loop->lend, call->lease))
		return false;
	loop->clock_runs = LOOP_CLOCK_RUNS;
	return true;
}

static void bring_end(struct loop_post *post)
{
	struct loop_call *call = LIST_ENTRY(post, struct loop_call, post);

	call->done(call);
}

/* Runs a call with the loop lent. False: the loop is not this thread's any more. */
static bool run_call(struct loop *loop, struct loop_call *call)
{
	if (!lend_out(&loop->lend, &call->lease))
		return false;
	call->call(call);
	if (!take_back(loop, call)) {
		call->post.run = bring_end;
		loop_post(loop, &call->post);
		return false;
	}
	call->done(call);
	return true;
}

/* Runs all calls, those that come up meanwhile too. False as run_call. */
static bool run_calls(struct loop *loop)
{
	struct list *node;

	while ((node = list_take_first(&loop->calls))) {
		if (!run_call(loop, LIST_ENTRY(node, struct loop_call, node)))
			return false;
	}
	return true;
}

/* Another thread may find the lease of a call that its own has not overtaken: so it is
 * asked first who this is. */
bool loop_call_reclaim(struct loop *loop, struct loop_call *call)
{
	return lend_is_here(&loop->lend) && take_back(loop, call);
}

/* After a stop the call's end will find that nothing is lent, as after a take-over. */
void loop_call_lend(struct loop *loop, struct loop_call *call)
{
	if (!lend_out(&loop->lend, &call->lease))
		call->lease = 0;
}

bool loop_is_here(const struct loop *loop)
{
	return lend_is_here(&loop->lend);
}

/* ---- a turn ---- */

/* Runs calls, the tasks that are queued now, and posts among them. False as run_call. */
static bool run_queues(struct loop *loop)
{
	unsigned in_a_row = 0;

	list_remove(&loop->mark);
	list_put_last(&loop->tasks, &loop->mark);
	while (!lend_is_stopping(&loop->lend)) {
		struct list *node;
		struct loop_task *task;

		if (!run_calls(loop))
			return false;
		if (in_a_row++ == LOOP_TASKS_IN_A_ROW) {
			in_a_row = 0;
			run_posts(loop);
			continue;
		}
		node = list_take_first(&loop->tasks);
		if (node == &loop->mark)
			break;
		task = LIST_ENTRY(node, struct loop_task, node);
		loop->clock_runs++;
		task->run(task);
	}
	return true;
}

/* Waits until something is ready, a timer is due or a post wakes. */
static void sleep_in_poll(struct loop *loop)
{
	uint64_t until_ms = loop_timer_first_ms(loop);

	atomic_store(&loop->is_asleep, true);
	if (atomic_load(&loop->posts) || lend_is_stopping(&loop->lend)) {
		loop_watch_poll(loop, 0);
	} else {
		loop_put_down(loop, until_ms);
		loop_watch_poll(loop, until_ms);
	}
	atomic_store_explicit(&loop->is_asleep, false, memory_order_relaxed);
}

/* Whether nothing is queued. */
static bool is_at_rest(const struct loop *loop)
{
	return list_is_empty(&loop->tasks) && list_is_empty(&loop->calls) &&
	       list_is_empty(&loop->lasts);
}

static void poll_events(struct loop *loop)
{
	bool is_ripe = loop->is_due;

	lend_count_turn(&loop->lend);
	loop->is_due = !is_ripe && loop_timer_look(loop);
	if (!is_ripe && !loop->is_due && is_at_rest(loop))
		sleep_in_poll(loop);
	else
		loop_watch_poll(loop, 0);
	if (is_ripe)
		loop_task_queue(loop, &loop->fire);
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
	list_move_all(&loop->lasts, &lasts);
	while (!lend_is_stopping(&loop->lend) && (node = list_take_first(&lasts))) {
		struct loop_task *task = LIST_ENTRY(node, struct loop_task, node);

		task->run(task);
	}
	list_move_all(&lasts, &loop->lasts);
}

/* The owner's work, as lend_run_fn says. */
static bool run(void *owner)
{
	struct loop *loop = owner;

	loop_timer_begin_turn(loop);
	while (!lend_is_stopping(&loop->lend)) {
		if (!run_rounds(loop))
			return false;
		run_lasts(loop);
		poll_events(loop);
	}
	return true;
}

/* ---- visits ---- */

/* Whether nothing waits for the owner, who sleeps, or slept until just now. Who has the
 * baton asks, so that no post of his own can be under way. */
static bool is_quiet(struct loop *loop)
{
	return atomic_load(&loop->is_asleep) && !atomic_load(&loop->posts) &&
	       is_at_rest(loop) && loop_timer_first_ms(loop) > loop_now_ms(loop) &&
	       !lend_is_stopping(&loop->lend);
}

static bool may_visit(struct loop *loop)
{
	return is_quiet(loop) && loop_now_ns(loop) - loop->visited_ns >= LOOP_FLOCK_NS;
}

/* Whether the calling thread is a guest from now on. To look costs less than to try. */
static bool begin_visit(struct loop *loop)
{
	if (!atomic_load_explicit(&loop->is_asleep, memory_order_relaxed) ||
	    !lock_try(&loop->baton))
		return false;
	loop_timer_begin_turn(loop);
	if (!may_visit(loop)) {
		lock_give(&loop->baton);
		return false;
	}
	loop->is_visited = true;
	loop->visited_ns = loop->turn_ns;
	return true;
}

/* Whoever has posted meanwhile has woken the owner himself. */
static void end_visit(struct loop *loop)
{
	bool is_left = !is_at_rest(loop) || loop_timer_first_ms(loop) < loop->until_ms;

	loop->is_visited = false;
	lock_give(&loop->baton);
	if (is_left)
		wake(loop);
}

void loop_visit(struct loop *loop, struct loop_post *post)
{
	pthread_t owner;
	int state;

	if (!begin_visit(loop)) {
		loop_post(loop, post);
		return;
	}
	/* Who is cancelled in between would keep the baton. */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	owner = lend_take_place(&loop->lend);
	post->run(post);
	if (list_is_empty(&loop->calls) && list_is_empty(&loop->tasks))
		run_lasts(loop);
	lend_give_place(&loop->lend, owner);
	end_visit(loop);
	pthread_setcancelstate(state, NULL);
}

bool loop_is_visited(const struct loop *loop)
{
	return loop->is_visited;
}

/* ---- life ---- */

static void init_lists(struct loop *loop)
{
	list_init(&loop->calls);
	list_init(&loop->tasks);
	list_init(&loop->lasts);
	list_init(&loop->mark);
}

enum err loop_new(struct loop **out_loop)
{
	struct loop *loop = mem_zalloc(sizeof(*loop));
	enum err err;

	if (!loop)
		return ERR_NO_MEMORY;
	init_lists(loop);
	lock_take(&loop->baton); /* for who will be the first owner */
	loop_timer_open_all(loop);
	err = loop_watch_open_all(loop);
	if (err)
		goto free_loop;
	err = lend_init(&loop->lend, run, loop);
	if (err)
		goto close_all;
	*out_loop = loop;
	return ERR_NONE;

close_all:
	loop_watch_close_all(loop);
	loop_timer_close_all(loop);
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
	loop_watch_close_all(loop);
	loop_timer_close_all(loop);
	loop_buffer_free_all(loop);
	mem_free(loop);
}
