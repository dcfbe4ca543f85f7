/* SPDX-License-Identifier: MIT */
#include "lib/test.h"

#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/lend.h"
#include "net/stage.h"

/* All blocked calls say begun, wait for may_end, and tell the stage when they are done.
 */
static sem_t begun, may_end;

struct blocked {
	struct loop_call call; /* the call */
	bool is_done_here;     /* whether done came on the owner */
	int done_count;	       /* how often it came */
};

static void block(struct loop_call *call)
{
	(void)call;
	sem_post(&begun);
	stage_wait(&may_end);
}

static void unblocked(struct loop_call *call)
{
	struct blocked *blocked = LIST_ENTRY(call, struct blocked, call);

	blocked->is_done_here = loop_is_here(stage.loop);
	blocked->done_count++;
	sem_post(&stage.told);
}

static void queue_call(void *data)
{
	loop_call_queue(stage.loop, data);
}

static void start_blocked(struct blocked *blocked)
{
	*blocked = (struct blocked){0};
	loop_call_init(&blocked->call, block, unblocked);
	stage_run(queue_call, &blocked->call);
}

static int count_done(void)
{
	int count = 0;

	sem_getvalue(&stage.told, &count);
	return count;
}

static void tell_quick(struct loop_call *call)
{
	(void)call;
	stage_tell('q');
}

static void tell_done(struct loop_call *call)
{
	(void)call;
	stage_tell('d');
}

static void the_loop_goes_on_while_a_call_blocks(void **state)
{
	struct blocked blocked;
	struct loop_call quick;

	(void)state;
	start_blocked(&blocked);
	stage_wait(&begun);
	for (int i = 0; i < 100; i++)
		stage_sync();
	loop_call_init(&quick, tell_quick, tell_done);
	stage_run(queue_call, &quick);
	assert_string_equal(stage_story(2), "qd");
	assert_int_equal(count_done(), 0);
	sem_post(&may_end);
	stage_await(1);
	stage_sync();
	assert_true(blocked.is_done_here);
	assert_int_equal(blocked.done_count, 1);
}

static void block_all(struct blocked *all, int count)
{
	for (int i = 0; i < count; i++)
		start_blocked(&all[i]);
	for (int i = 0; i < count; i++)
		stage_wait(&begun);
	assert_int_equal(count_done(), 0);
}

static void release_all(struct blocked *all, int count, int released)
{
	for (int i = released; i < count; i++)
		sem_post(&may_end);
	stage_await(count);
	stage_sync();
	for (int i = 0; i < count; i++) {
		assert_true(all[i].is_done_here);
		assert_int_equal(all[i].done_count, 1);
	}
}

static void a_hundred_calls_block_at_once_and_return(void **state)
{
	static struct blocked all[100];

	(void)state;
	for (int round = 0; round < 3; round++) {
		block_all(all, 100);
		release_all(all, 100, 0);
	}
}

static void with_every_thread_blocked_the_loop_goes_on_when_one_returns(void **state)
{
	static struct blocked all[LEND_MAX_THREADS];

	(void)state;
	block_all(all, LEND_MAX_THREADS);
	sem_post(&may_end);
	stage_sync();
	release_all(all, LEND_MAX_THREADS, 1);
}

struct talkative {
	struct loop_call call;	   /* the call */
	struct loop_post posts[3]; /* posted from it */
	bool was_here;		   /* what loop_is_here said in the call */
};

static void run_posted(struct loop_post *post)
{
	(void)post;
	stage_tell('p');
}

static void talk(struct loop_call *call)
{
	struct talkative *self = LIST_ENTRY(call, struct talkative, call);

	self->was_here = loop_is_here(stage.loop);
	for (int i = 0; i < 3; i++) {
		self->posts[i].run = run_posted;
		loop_post(stage.loop, &self->posts[i]);
	}
}

#define CHAIN_US    20
#define CHAIN_SYNCS 50

/* Calls of the chain while others wait for one turn: some hundreds where the watch looks
 * at turns, many thousands where only the length of a call counts. */
#define CHAIN_CALLS 2000

static atomic_bool is_chain_over;
static atomic_uint chain_calls;

static void spin(struct loop_call *call)
{
	uint64_t until_ns = clock_mono_ns() + CHAIN_US * 1000;

	(void)call;
	atomic_fetch_add(&chain_calls, 1);
	while (clock_mono_ns() < until_ns)
		continue;
}

static void spin_again(struct loop_call *call)
{
	if (atomic_load(&is_chain_over))
		sem_post(&stage.told);
	else
		loop_call_queue(stage.loop, call);
}

static void short_calls_without_end_do_not_keep_others_waiting(void **state)
{
	struct loop_call chain;

	(void)state;
	atomic_store(&is_chain_over, false);
	atomic_store(&chain_calls, 0);
	loop_call_init(&chain, spin, spin_again);
	stage_run(queue_call, &chain);
	for (int i = 0; i < CHAIN_SYNCS; i++)
		stage_sync();
	atomic_store(&is_chain_over, true);
	stage_wait(&stage.told);
	assert_in_range(atomic_load(&chain_calls), 1, CHAIN_SYNCS * CHAIN_CALLS);
}

static void a_call_can_post(void **state)
{
	struct talkative self;

	(void)state;
	loop_call_init(&self.call, talk, tell_done);
	stage_run(queue_call, &self.call);
	assert_int_equal(strspn(stage_story(4), "pd"), 4);
	assert_true(self.was_here);
}

/* Many short calls, so that take-overs and returns meet in every way. */
#define SHORT_CALLS 2000

struct brief {
	struct loop_call call; /* the call */
	struct loop_post post; /* queues it */
	int us;		       /* how long it sleeps, 0 for not at all */
	int done_count;	       /* how often done came */
};

static int brief_done;

static void be_brief(struct loop_call *call)
{
	struct brief *self = LIST_ENTRY(call, struct brief, call);

	if (self->us)
		usleep((useconds_t)self->us);
}

static void was_brief(struct loop_call *call)
{
	LIST_ENTRY(call, struct brief, call)->done_count++;
	if (++brief_done == SHORT_CALLS)
		sem_post(&stage.told);
}

static void queue_brief(struct loop_post *post)
{
	loop_call_queue(stage.loop, &LIST_ENTRY(post, struct brief, post)->call);
}

static void calls_of_every_length_end_exactly_once(void **state)
{
	static struct brief all[SHORT_CALLS];

	(void)state;
	brief_done = 0;
	stage_sync();
	for (int i = 0; i < SHORT_CALLS; i++) {
		all[i] = (struct brief){.us = i % 20 ? 0 : (i / 20 % 20) * 500,
					.post.run = queue_brief};
		loop_call_init(&all[i].call, be_brief, was_brief);
		loop_post(stage.loop, &all[i].post);
	}
	stage_await(1);
	for (int i = 0; i < SHORT_CALLS; i++)
		assert_int_equal(all[i].done_count, 1);
}

static void see_signals(struct loop_call *call)
{
	sigset_t mask;

	(void)call;
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	stage_tell(sigismember(&mask, SIGINT) && sigismember(&mask, SIGUSR1) ? 'y' : 'n');
	stage_tell(sigismember(&mask, SIGSEGV) ? 'y' : 'n');
}

static void the_programs_signals_are_not_delivered_to_the_loops_threads(void **state)
{
	struct loop_call call;

	(void)state;
	loop_call_init(&call, see_signals, tell_done);
	stage_run(queue_call, &call);
	assert_string_equal(stage_story(3), "ynd");
}

static void cancel_itself(struct loop_call *call)
{
	(void)call;
	pthread_cancel(pthread_self());
	pthread_testcancel();
	stage_tell('y');
}

static void a_program_cannot_cancel_the_loops_threads(void **state)
{
	struct loop_call call;

	(void)state;
	loop_call_init(&call, cancel_itself, tell_done);
	stage_run(queue_call, &call);
	assert_string_equal(stage_story(2), "yd");
}

static void add_busy(void *data)
{
	loop_busy(stage.loop, *(int *)data);
}

static void an_idle_loop_makes_no_system_call(void **state)
{
	struct blocked blocked;
	int more = 1, less = -1;

	(void)state;
	stage_await_stillness();
	start_blocked(&blocked);
	stage_wait(&begun);
	sem_post(&may_end);
	stage_await(1);
	stage_await_stillness();
	stage_run(add_busy, &more);
	stage_await_stillness();
	stage_run(add_busy, &less);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(the_loop_goes_on_while_a_call_blocks),
		STAGE_TEST(a_hundred_calls_block_at_once_and_return),
		STAGE_TEST(with_every_thread_blocked_the_loop_goes_on_when_one_returns),
		STAGE_TEST(short_calls_without_end_do_not_keep_others_waiting),
		STAGE_TEST(a_call_can_post),
		STAGE_TEST(calls_of_every_length_end_exactly_once),
		STAGE_TEST(the_programs_signals_are_not_delivered_to_the_loops_threads),
		STAGE_TEST(a_program_cannot_cancel_the_loops_threads),
		STAGE_TEST(an_idle_loop_makes_no_system_call),
	};

	sem_init(&begun, 0, 0);
	sem_init(&may_end, 0, 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
