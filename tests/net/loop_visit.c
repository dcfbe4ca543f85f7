/* SPDX-License-Identifier: MIT */
/*
 * Whether a thread may visit depends on whether the owner sleeps just then, which it does
 * sooner or later: so a visit is tried until it is one.
 */
#include "lib/test.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/hourglass.h"
#include "net/stage.h"

/* Between two tries: the owner goes to sleep again. */
#define TRY_US 200

struct
try {
	struct loop_post post;	 /* brings it to whom it may concern */
	void (*run)(void *data); /* what to do in a visit */
	void *data;		 /* its argument */
	bool has_visited;	 /* it was done */
	sem_t is_over;		 /* told when the post has run */
};

static void run_try(struct loop_post *post)
{
	struct try *try = LIST_ENTRY(post, struct try, post);

	try->has_visited = loop_is_visited(stage.loop);
	if (try->has_visited)
		try->run(try->data);
	sem_post(&try->is_over);
}

/* Runs run(data) as a guest, if that can be. */
static bool try_visit(void (*run)(void *data), void *data)
{
	struct try try = {.post.run = run_try, .run = run, .data = data};

	sem_init(&try.is_over, 0, 0);
	loop_visit(stage.loop, &try.post);
	stage_wait(&try.is_over);
	sem_destroy(&try.is_over);
	return try.has_visited;
}

static void visit(void (*run)(void *data), void *data)
{
	while (!try_visit(run, data))
		usleep(TRY_US);
}

/* ---- who runs what ---- */

struct witness {
	bool is_here;	       /* what loop_is_here has said */
	bool was_visited;      /* and loop_is_visited */
	pthread_t thread;      /* who has run it */
	struct loop_task task; /* tells */
	struct loop_task last; /* the same */
	struct loop_call call; /* the same */
};

static void testify(void *data)
{
	struct witness *witness = data;

	witness->is_here = loop_is_here(stage.loop);
	witness->was_visited = loop_is_visited(stage.loop);
	witness->thread = pthread_self();
}

static void a_post_runs_on_its_thread_while_the_owner_sleeps(void **state)
{
	struct witness witness = {0};

	(void)state;
	visit(testify, &witness);
	assert_true(pthread_equal(witness.thread, pthread_self()));
	assert_true(witness.is_here);
	assert_false(loop_is_here(stage.loop));
	stage_run(testify, &witness);
	assert_false(pthread_equal(witness.thread, pthread_self()));
	assert_true(witness.is_here);
	assert_false(witness.was_visited);
}

static void tell_x(struct loop_post *post)
{
	(void)post;
	stage_tell(loop_is_visited(stage.loop) ? '!' : 'x');
}

static struct loop_post posted = {.run = tell_x};

static void visit_here(void *data)
{
	(void)data;
	loop_visit(stage.loop, &posted);
	stage_tell('a');
}

static void call_visits(struct loop_call *call)
{
	(void)call;
	visit_here(NULL);
}

static void call_done(struct loop_call *call)
{
	(void)call;
	stage_tell('b');
}

static void queue_call(void *data)
{
	struct loop_call *call = data;

	loop_call_init(call, call_visits, call_done);
	loop_call_queue(stage.loop, call);
}

static void the_owner_and_his_calls_post(void **state)
{
	struct loop_call call;

	(void)state;
	stage_run(visit_here, NULL);
	assert_string_equal(stage_story(2), "ax");
	stage_run(queue_call, &call);
	assert_string_equal(stage_story(5), "axabx");
}

static void tell_task(struct loop_task *task)
{
	(void)task;
	stage_tell(loop_is_visited(stage.loop) ? 'T' : 't');
}

static void tell_last(struct loop_task *task)
{
	(void)task;
	stage_tell(loop_is_visited(stage.loop) ? 'L' : 'l');
}

static _Thread_local bool is_program_thread;

static void tell_call(struct loop_call *call)
{
	(void)call;
	stage_tell(is_program_thread ? 'C' : 'c');
}

static void never_mind(struct loop_call *call)
{
	(void)call;
	stage_tell(loop_is_visited(stage.loop) ? 'D' : 'd');
}

static void queue_last(void *data)
{
	struct witness *witness = data;

	loop_task_init(&witness->last, tell_last);
	loop_task_queue_last(stage.loop, &witness->last);
}

static void queue_last_and_task(void *data)
{
	struct witness *witness = data;

	queue_last(data);
	loop_task_init(&witness->task, tell_task);
	loop_task_queue(stage.loop, &witness->task);
}

static void queue_last_and_call(void *data)
{
	struct witness *witness = data;

	queue_last(data);
	loop_call_init(&witness->call, tell_call, never_mind);
	loop_call_queue(stage.loop, &witness->call);
}

static void what_is_to_be_last_runs_in_the_visit(void **state)
{
	struct witness witness;

	(void)state;
	visit(queue_last, &witness);
	assert_string_equal(stage.story, "L");
}

static void tasks_and_calls_are_left_to_the_owner(void **state)
{
	struct witness witness;

	(void)state;
	is_program_thread = true;
	visit(queue_last_and_task, &witness);
	assert_string_equal(stage_story(2), "tl");
	visit(queue_last_and_call, &witness);
	assert_string_equal(stage_story(5), "tlcdl");
}

static void tell_behind(struct loop_post *post)
{
	(void)post;
	stage_tell(loop_is_visited(stage.loop) && stage.letters < 2 ? '!' : 'x');
}

static void no_guest_comes_before_the_owner_has_what_another_has_left(void **state)
{
	struct loop_post post = {.run = tell_behind};
	struct witness witness;

	(void)state;
	for (int i = 0; i < 50; i++) {
		visit(queue_last_and_task, &witness);
		loop_visit(stage.loop, &post);
		assert_null(strchr(stage_story(3), '!'));
		stage.letters = 0;
	}
}

/* ---- timers ---- */

static void fire(struct loop_timer *timer)
{
	(void)timer;
	stage_tell(loop_is_visited(stage.loop) ? '!' : 'f');
	sem_post(&stage.told);
}

struct clock {
	struct loop_timer timer; /* fires */
	uint64_t delay_ms;	 /* when */
	uint64_t turn_ns;	 /* when the visit's turn began */
};

static void start_clock(void *data)
{
	struct clock *clock = data;

	clock->turn_ns = loop_turn_ns(stage.loop);
	loop_timer_init(&clock->timer, fire);
	if (loop_timer_start(stage.loop, &clock->timer, clock->delay_ms))
		abort();
}

static void stop_clock(void *data)
{
	loop_timer_stop(stage.loop, &((struct clock *)data)->timer);
}

static void the_owner_wakes_for_a_timer_that_a_guest_has_started(void **state)
{
	struct clock late = {.delay_ms = 100000}, soon = {.delay_ms = 1};

	(void)state;
	visit(start_clock, &late);
	visit(start_clock, &soon);
	stage_await(1);
	assert_string_equal(stage.story, "f");
	assert_true(soon.turn_ns > late.turn_ns);
	visit(stop_clock, &late);
}

static void tell_too_early(void *data)
{
	(void)data;
	if (!stage.letters)
		stage_tell('!');
}

/* By the test's clock the owner is late; the kernel, by its own, does not wake him yet.
 */
static void nobody_visits_where_a_timer_is_due(void **state)
{
	struct clock clock = {.delay_ms = 60000};

	(void)state;
	hourglass_stop();
	visit(start_clock, &clock);
	usleep(TRY_US);
	hourglass_step(61000);
	(void)try_visit(tell_too_early, NULL);
	stage_await(1);
	hourglass_run();
	assert_string_equal(stage.story, "f");
}

/* ---- watches ---- */

struct ear {
	struct loop_watch *watch; /* of the first of the pair */
	int fds[2];		  /* a connected pair; the second is the test's */
	unsigned wanted;	  /* what to watch for */
};

static void hear(void *owner, unsigned ready)
{
	struct ear *ear = owner;

	(void)ready;
	stage_tell(loop_is_visited(stage.loop) ? '!' : 'h');
	loop_watch_for(ear->watch, 0);
	sem_post(&stage.told);
}

static void open_ear(void *data)
{
	struct ear *ear = data;

	if (loop_watch_new(stage.loop, ear->fds[0], hear, ear, &ear->watch))
		abort();
}

static void want(void *data)
{
	struct ear *ear = data;

	loop_watch_for(ear->watch, ear->wanted);
}

static void close_ear(void *data)
{
	struct ear *ear = data;

	loop_watch_close(ear->watch);
}

static void start_ear(struct ear *ear, unsigned wanted)
{
	*ear = (struct ear){.wanted = wanted};
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ear->fds),
			 0);
	stage_run(open_ear, ear);
}

static void what_a_guest_wants_to_be_told_is_told_by_the_owner(void **state)
{
	struct ear ear;

	(void)state;
	start_ear(&ear, LOOP_WRITABLE);
	visit(want, &ear);
	stage_await(1);
	ear.wanted = LOOP_READABLE | LOOP_WRITABLE;
	visit(want, &ear);
	stage_await(1);
	stage_run(close_ear, &ear);
	close(ear.fds[1]);
}

/* The last sync is behind the task that the guest has left. */
static void a_watch_that_a_guest_ends_is_closed_by_the_owner(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct ear ear;

		start_ear(&ear, LOOP_READABLE);
		stage_run(want, &ear);
		assert_int_equal(write(ear.fds[1], "x", i % 2), i % 2);
		visit(close_ear, &ear);
		stage_sync();
		stage_sync();
		assert_int_equal(fcntl(ear.fds[0], F_GETFD), -1);
		close(ear.fds[1]);
	}
}

static void want_and_close(void *data)
{
	want(data);
	close_ear(data);
	loop_stop(stage.loop);
}

static void a_watch_that_a_guest_ends_before_a_stop_is_closed_at_the_end(void **state)
{
	struct ear ear;

	(void)state;
	start_ear(&ear, LOOP_READABLE);
	visit(want_and_close, &ear);
	loop_free(stage.loop);
	stage.loop = NULL;
	assert_int_equal(fcntl(ear.fds[0], F_GETFD), -1);
	close(ear.fds[1]);
}

/* ---- many at once ---- */

#define GUESTS	     4
#define POSTS_OF_ONE 4000

struct numbered {
	struct loop_post post; /* the post */
	int *last;	       /* number of the one before, of the same thread */
	int number;	       /* counted from 1 */
};

static struct guest {
	pthread_t thread;		     /* who posts and visits */
	struct numbered posts[POSTS_OF_ONE]; /* what */
	int last;			     /* the last one that has run; the owner's */
	atomic_bool *may_end;		     /* goes on until then */
} guests[GUESTS];

static bool has_disorder;
static int posts_run;
static struct loop_task shared_task, shared_last;
static struct loop_call shared_call;
static bool is_called;

static void count_call(struct loop_call *call)
{
	(void)call;
	if (is_program_thread)
		has_disorder = true;
}

static void end_call(struct loop_call *call)
{
	(void)call;
	is_called = false;
}

static void do_nothing(struct loop_task *task)
{
	(void)task;
}

/* Leaves something to the owner now and then. */
static void run_numbered(struct loop_post *post)
{
	struct numbered *numbered = LIST_ENTRY(post, struct numbered, post);

	if (*numbered->last != numbered->number - 1)
		has_disorder = true;
	*numbered->last = numbered->number;
	posts_run++;
	if (posts_run % 3 == 0)
		loop_task_queue_last(stage.loop, &shared_last);
	if (posts_run % 7 == 0)
		loop_task_queue(stage.loop, &shared_task);
	if (posts_run % 11 == 0 && !is_called) {
		is_called = true;
		loop_call_queue(stage.loop, &shared_call);
	}
}

static void give(struct guest *guest, int i)
{
	struct numbered *post = &guest->posts[i];

	*post = (struct numbered){
		.post.run = run_numbered, .last = &guest->last, .number = i + 1};
	if (i % 5)
		loop_visit(stage.loop, &post->post);
	else
		loop_post(stage.loop, &post->post);
	if (i % 8 == 0)
		usleep(TRY_US);
}

static void *give_all(void *arg)
{
	is_program_thread = true;
	for (int i = 0; i < POSTS_OF_ONE; i++)
		give(arg, i);
	return NULL;
}

static void start_guests(void *(*run)(void *))
{
	has_disorder = false;
	is_called = false;
	posts_run = 0;
	loop_task_init(&shared_task, do_nothing);
	loop_task_init(&shared_last, do_nothing);
	loop_call_init(&shared_call, count_call, end_call);
	for (int i = 0; i < GUESTS; i++) {
		guests[i].last = 0;
		pthread_create(&guests[i].thread, NULL, run, &guests[i]);
	}
}

static void join_guests(void)
{
	for (int i = 0; i < GUESTS; i++)
		pthread_join(guests[i].thread, NULL);
}

static void visits_and_posts_all_run_in_the_order_of_each_thread(void **state)
{
	(void)state;
	start_guests(give_all);
	join_guests();
	stage_sync();
	assert_int_equal(posts_run, GUESTS * POSTS_OF_ONE);
	assert_false(has_disorder);
}

static void *give_until_the_end(void *arg)
{
	struct guest *guest = arg;

	is_program_thread = true;
	for (int i = 0; i < POSTS_OF_ONE && !atomic_load(guest->may_end); i++)
		give(guest, i);
	return NULL;
}

static void a_loop_can_be_stopped_during_visits(void **state)
{
	atomic_bool may_end;

	(void)state;
	for (int i = 0; i < 60; i++) {
		atomic_store(&may_end, false);
		for (int k = 0; k < GUESTS; k++)
			guests[k].may_end = &may_end;
		start_guests(give_until_the_end);
		usleep((useconds_t)(i * 53));
		loop_stop(stage.loop);
		atomic_store(&may_end, true);
		join_guests();
		assert_false(has_disorder);
		loop_free(stage.loop);
		assert_int_equal(loop_new(&stage.loop), ERR_NONE);
	}
}

/* ---- ends ---- */

static void stop_here(void *data)
{
	(void)data;
	loop_stop(stage.loop);
}

/* A signal may end the process on a thread that visits. */
static void a_guest_who_stops_the_loop_does_not_wait_for_himself(void **state)
{
	(void)state;
	visit(stop_here, NULL);
	loop_visit(stage.loop, &posted);
	loop_stop(stage.loop);
	loop_free(stage.loop);
	stage.loop = NULL;
	assert_string_equal(stage.story, "");
}

static void take_time(struct loop_post *post)
{
	(void)post;
	pthread_testcancel();
}

static void *be_cancelled(void *post)
{
	pthread_cancel(pthread_self());
	loop_visit(stage.loop, post);
	pthread_testcancel();
	abort();
}

static void a_guest_who_is_cancelled_leaves_the_loop_in_order(void **state)
{
	struct loop_post post = {.run = take_time};

	(void)state;
	for (int i = 0; i < 20; i++) {
		struct witness witness;
		pthread_t thread;

		usleep(TRY_US);
		pthread_create(&thread, NULL, be_cancelled, &post);
		pthread_join(thread, NULL);
		visit(testify, &witness);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(a_post_runs_on_its_thread_while_the_owner_sleeps),
		STAGE_TEST(the_owner_and_his_calls_post),
		STAGE_TEST(what_is_to_be_last_runs_in_the_visit),
		STAGE_TEST(tasks_and_calls_are_left_to_the_owner),
		STAGE_TEST(no_guest_comes_before_the_owner_has_what_another_has_left),
		STAGE_TEST(the_owner_wakes_for_a_timer_that_a_guest_has_started),
		STAGE_TEST(nobody_visits_where_a_timer_is_due),
		STAGE_TEST(what_a_guest_wants_to_be_told_is_told_by_the_owner),
		STAGE_TEST(a_watch_that_a_guest_ends_is_closed_by_the_owner),
		STAGE_TEST(a_watch_that_a_guest_ends_before_a_stop_is_closed_at_the_end),
		STAGE_TEST(visits_and_posts_all_run_in_the_order_of_each_thread),
		STAGE_TEST(a_loop_can_be_stopped_during_visits),
		STAGE_TEST(a_guest_who_stops_the_loop_does_not_wait_for_himself),
		STAGE_TEST(a_guest_who_is_cancelled_leaves_the_loop_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
