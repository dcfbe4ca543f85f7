/* SPDX-License-Identifier: MIT */
#include "lib/test.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include "net/loop_inside.h"
#include "net/stage.h"

/* ---- posts ---- */

#define POSTERS	     8
#define POSTS_OF_ONE 5000

struct numbered {
	struct loop_post post; /* the post */
	int *last;	       /* number of the one before, of the same thread */
	int number;	       /* counted from 1 */
};

struct poster {
	pthread_t thread;		     /* who posts */
	struct numbered posts[POSTS_OF_ONE]; /* what */
	int last;			     /* the last one that has run; the owner's */
};

static struct poster posters[POSTERS];
static bool has_disorder;
static int posts_run;

static void run_numbered(struct loop_post *post)
{
	struct numbered *numbered = LIST_ENTRY(post, struct numbered, post);

	if (*numbered->last != numbered->number - 1)
		has_disorder = true;
	*numbered->last = numbered->number;
	posts_run++;
}

static void *post_all(void *arg)
{
	struct poster *poster = arg;

	for (int i = 0; i < POSTS_OF_ONE; i++) {
		struct numbered *post = &poster->posts[i];

		*post = (struct numbered){
			.post.run = run_numbered, .last = &poster->last, .number = i + 1};
		loop_post(stage.loop, &post->post);
	}
	return NULL;
}

static void posts_of_many_threads_all_run_in_the_order_of_each(void **state)
{
	(void)state;
	posts_run = 0;
	for (int i = 0; i < POSTERS; i++) {
		posters[i].last = 0;
		pthread_create(&posters[i].thread, NULL, post_all, &posters[i]);
	}
	for (int i = 0; i < POSTERS; i++)
		pthread_join(posters[i].thread, NULL);
	stage_sync();
	assert_int_equal(posts_run, POSTERS * POSTS_OF_ONE);
	assert_false(has_disorder);
}

static void is_here(void *data)
{
	*(bool *)data = loop_is_here(stage.loop);
}

static void the_loop_is_here_on_its_owner_alone(void **state)
{
	bool answer = false;

	(void)state;
	assert_false(loop_is_here(stage.loop));
	stage_run(is_here, &answer);
	assert_true(answer);
}

/* ---- tasks ---- */

static struct loop_task task_a, task_b, task_c;

static void run_a(struct loop_task *task)
{
	(void)task;
	stage_tell('a');
	loop_task_cancel(&task_c);
}

static void run_b(struct loop_task *task)
{
	(void)task;
	stage_tell('b');
}

static void run_c(struct loop_task *task)
{
	(void)task;
	stage_tell('c');
}

static void queue_tasks(void *data)
{
	(void)data;
	loop_task_init(&task_a, run_a);
	loop_task_init(&task_b, run_b);
	loop_task_init(&task_c, run_c);
	loop_task_cancel(&task_b);
	loop_task_queue(stage.loop, &task_a);
	loop_task_queue(stage.loop, &task_b);
	loop_task_queue(stage.loop, &task_c);
	loop_task_queue(stage.loop, &task_a);
}

static void tasks_run_once_in_order_unless_they_are_cancelled(void **state)
{
	(void)state;
	stage_run(queue_tasks, NULL);
	stage_sync();
	assert_string_equal(stage_story(2), "ab");
}

#define MANY_TASKS 40

static struct loop_task many[MANY_TASKS];

static void run_between(struct loop_post *post)
{
	(void)post;
	stage_tell('p');
}

static void post_first(struct loop_task *task)
{
	static struct loop_post post = {.run = run_between};

	stage_tell('a');
	if (task == many)
		loop_post(stage.loop, &post);
}

static void queue_many(void *data)
{
	(void)data;
	for (int i = 0; i < MANY_TASKS; i++) {
		loop_task_init(&many[i], post_first);
		loop_task_queue(stage.loop, &many[i]);
	}
}

static void a_post_need_not_wait_for_many_tasks(void **state)
{
	const char *story;

	(void)state;
	stage_run(queue_many, NULL);
	story = stage_story(MANY_TASKS + 1);
	assert_non_null(strchr(story, 'p'));
	assert_int_equal(story[MANY_TASKS], 'a');
}

/* ---- calls ---- */

struct played {
	struct loop_call call; /* the call */
	char letter;	       /* told in capitals at its end */
	struct played *next;   /* queued when it is done, or NULL */
};

static void play(struct loop_call *call)
{
	stage_tell(LIST_ENTRY(call, struct played, call)->letter);
}

static void played(struct loop_call *call)
{
	struct played *self = LIST_ENTRY(call, struct played, call);

	stage_tell((char)(self->letter - 'a' + 'A'));
	if (self->next)
		loop_call_queue(stage.loop, &self->next->call);
}

static struct played call_x, call_y, call_z;

static void queue_x(struct loop_task *task)
{
	(void)task;
	stage_tell('a');
	loop_call_queue(stage.loop, &call_x.call);
	loop_call_queue(stage.loop, &call_y.call);
}

static void queue_calls(void *data)
{
	(void)data;
	call_x = (struct played){.letter = 'x', .next = &call_z};
	call_y = (struct played){.letter = 'y'};
	call_z = (struct played){.letter = 'z'};
	loop_call_init(&call_x.call, play, played);
	loop_call_init(&call_y.call, play, played);
	loop_call_init(&call_z.call, play, played);
	loop_task_init(&task_a, queue_x);
	loop_task_init(&task_b, run_b);
	loop_task_queue(stage.loop, &task_a);
	loop_task_queue(stage.loop, &task_b);
}

static void calls_run_in_order_before_the_next_task(void **state)
{
	(void)state;
	stage_run(queue_calls, NULL);
	assert_string_equal(stage_story(8), "axXyYzZb");
}

/* ---- calls that take the loop back ---- */

static void queue_call(void *data)
{
	loop_call_queue(stage.loop, data);
}

/* A call in which the loop is taken back. */
struct reclaiming {
	struct loop_call call;	/* the call */
	struct loop_task task;	/* queued while the loop is back */
	struct loop_call *late; /* another call, which was overtaken; or NULL */
	bool is_mine;		/* whether the call got the loop */
	bool is_late;		/* whether it did in the name of the late one */
	bool is_others;		/* whether a thread of the program did */
};

static sem_t reached, may_go;

static void *reclaim_elsewhere(void *arg)
{
	struct reclaiming *self = arg;

	self->is_others = loop_call_reclaim(stage.loop, &self->call);
	return NULL;
}

static void reclaim(struct loop_call *call)
{
	struct reclaiming *self = LIST_ENTRY(call, struct reclaiming, call);
	pthread_t thread;

	for (int i = 0; i < 100; i++) {
		self->is_mine = loop_call_reclaim(stage.loop, call);
		if (!self->is_mine)
			return;
		loop_task_queue(stage.loop, &self->task);
		loop_call_lend(stage.loop, call);
	}
	if (self->late)
		self->is_late = loop_call_reclaim(stage.loop, self->late);
	pthread_create(&thread, NULL, reclaim_elsewhere, self);
	pthread_join(thread, NULL);
}

static void reclaim_late(struct loop_call *call)
{
	struct reclaiming *self = LIST_ENTRY(call, struct reclaiming, call);

	sem_post(&reached);
	stage_wait(&may_go);
	self->is_mine = loop_call_reclaim(stage.loop, call);
}

static void note_task(struct loop_task *task)
{
	(void)task;
	sem_post(&reached);
}

static void note_end(struct loop_call *call)
{
	(void)call;
	sem_post(&stage.told);
}

static void begin_reclaiming(struct reclaiming *self, void (*run)(struct loop_call *))
{
	loop_call_init(&self->call, run, note_end);
	loop_task_init(&self->task, note_task);
	stage_run(queue_call, &self->call);
}

/* A machine that is slow enough has the call overtaken; then it is made once more. */
static void reclaim_once(struct loop_call *late)
{
	struct reclaiming self = {.late = late};

	while (!self.is_mine) {
		begin_reclaiming(&self, reclaim);
		stage_await(1);
		stage_sync();
	}
	stage_wait(&reached);
	assert_false(self.is_others);
	assert_false(self.is_late);
	stage_sync();
}

static void a_call_can_take_the_loop_back_and_no_other_thread_can(void **state)
{
	(void)state;
	sem_init(&reached, 0, 0);
	reclaim_once(NULL);
}

static void a_call_that_was_overtaken_does_not_get_the_loop_back(void **state)
{
	struct reclaiming late = {.is_mine = true};

	(void)state;
	sem_init(&reached, 0, 0);
	sem_init(&may_go, 0, 0);
	begin_reclaiming(&late, reclaim_late);
	stage_wait(&reached);
	reclaim_once(&late.call);
	sem_post(&may_go);
	stage_await(1);
	stage_sync();
	assert_false(late.is_mine);
}

/* ---- buffers ---- */

static void use_buffers(void *data)
{
	char *buffers[12];

	(void)data;
	for (int i = 0; i < 12; i++)
		buffers[i] = loop_buffer_take(stage.loop);
	for (int i = 0; i < 12; i++)
		loop_buffer_give(stage.loop, buffers[i]);
	loop_buffer_give(stage.loop, NULL);
	buffers[0] = loop_buffer_take(stage.loop);
	stage_tell(buffers[0] == buffers[7] ? 'y' : 'n');
	loop_buffer_give(stage.loop, buffers[0]);
}

static void the_buffer_given_back_last_comes_first(void **state)
{
	(void)state;
	stage_run(use_buffers, NULL);
	assert_string_equal(stage.story, "y");
}

static void rest_behind_buffers(void *data)
{
	char *buffers[5];
	long blocks;

	(void)data;
	for (int i = 0; i < 5; i++)
		buffers[i] = loop_buffer_take(stage.loop);
	for (int i = 0; i < 5; i++)
		loop_buffer_give(stage.loop, buffers[i]);
	blocks = mem_live_blocks();
	stage_tell(loop_buffer_may_rest(stage.loop) ? 'm' : '!');
	loop_buffer_rest(stage.loop);
	stage_tell(loop_buffer_may_rest(stage.loop) ? '!' : 'n');
	stage_tell((char)('0' + blocks - mem_live_blocks()));
	loop_buffer_rest(stage.loop);
	stage_tell((char)('0' + blocks - mem_live_blocks()));
}

static void a_loop_at_rest_keeps_two_buffers(void **state)
{
	(void)state;
	stage_run(rest_behind_buffers, NULL);
	assert_string_equal(stage.story, "mn33");
}

static void use_small_buffers(void *data)
{
	static char large[8192];
	struct buf first = loop_buf_take(stage.loop), second;
	const char *room;

	(void)data;
	stage_tell(!first.at && !buf_put(&first, SPAN("x")) ? 'e' : '!');
	room = first.at;
	loop_buf_give(stage.loop, &first);
	stage_tell(first.at ? '!' : 'g');
	first = loop_buf_take(stage.loop);
	second = loop_buf_take(stage.loop);
	stage_tell(first.at == room && !first.len && !second.at ? 'a' : '!');
	/* One that has grown large is not kept, nor is a second one. */
	if (buf_put(&first, span_of(large, sizeof(large))) || buf_put(&second, SPAN("y")))
		abort();
	loop_buf_give(stage.loop, &first);
	room = second.at;
	loop_buf_give(stage.loop, &second);
	if (buf_put(&first, SPAN("z")))
		abort();
	loop_buf_give(stage.loop, &first);
	first = loop_buf_take(stage.loop);
	stage_tell(first.at == room ? 's' : '!');
	buf_done(&first);
}

static void a_small_buffer_given_back_is_used_again(void **state)
{
	(void)state;
	stage_run(use_small_buffers, NULL);
	assert_string_equal(stage.story, "egas");
}

/* ---- life ---- */
static atomic_int late_posts;

static void run_late(struct loop_post *post)
{
	(void)post;
	atomic_fetch_add(&late_posts, 1);
}

static sem_t begun, may_end;

static void block(struct loop_call *call)
{
	(void)call;
	sem_post(&begun);
	stage_wait(&may_end);
}

static void never_done(struct loop_call *call)
{
	(void)call;
	stage_tell('!');
}

static void stopping_does_not_wait_for_a_call_and_ends_everything_else(void **state)
{
	struct loop_call call;
	struct loop_post post = {.run = run_late};

	(void)state;
	sem_init(&begun, 0, 0);
	sem_init(&may_end, 0, 0);
	loop_call_init(&call, block, never_done);
	stage_run(queue_call, &call);
	stage_wait(&begun);
	loop_stop(stage.loop);
	loop_post(stage.loop, &post);
	sem_post(&may_end);
	loop_free(stage.loop);
	stage.loop = NULL;
	assert_int_equal(atomic_load(&late_posts), 0);
	assert_string_equal(stage.story, "");
}

static void stop_in_call(struct loop_call *call)
{
	(void)call;
	loop_stop(stage.loop);
	sem_post(&stage.told);
}

static void a_call_may_stop_the_loop(void **state)
{
	struct loop_call call;

	(void)state;
	loop_call_init(&call, stop_in_call, never_done);
	stage_run(queue_call, &call);
	stage_await(1);
	loop_free(stage.loop);
	stage.loop = NULL;
	assert_string_equal(stage.story, "");
}

static bool is_back; /* whether the call got the loop */

/* Keeps the loop until a stop is ordered, and goes on. */
static void hold_in_call(struct loop_call *call)
{
	is_back = loop_call_reclaim(stage.loop, call);
	sem_post(&begun);
	if (!is_back)
		return;
	while (!lend_is_stopping(&stage.loop->lend))
		usleep(100);
	loop_call_lend(stage.loop, call);
	stage_wait(&may_end);
	is_back = loop_call_reclaim(stage.loop, call);
}

static void stopping_waits_until_the_loop_is_lent_again_and_no_longer(void **state)
{
	struct loop_call call;

	(void)state;
	sem_init(&begun, 0, 0);
	sem_init(&may_end, 0, 0);
	for (is_back = false; !is_back;) {
		loop_call_init(&call, hold_in_call, note_end);
		stage_run(queue_call, &call);
		stage_wait(&begun);
		if (!is_back)
			stage_await(1);
	}
	loop_stop(stage.loop);
	sem_post(&may_end);
	loop_free(stage.loop);
	stage.loop = NULL;
	assert_false(is_back);
}

/* Something of everything that goes on until the loop is stopped under it. */
struct bustle {
	struct loop_post post;	 /* starts it */
	struct loop_call call;	 /* queues itself for ever, by way of the task */
	struct loop_task task;	 /* queues the call and the timer */
	struct loop_timer timer; /* queues the task */
	int round;		 /* how often the call has run */
};

static void bustle_call(struct loop_call *call)
{
	struct bustle *self = LIST_ENTRY(call, struct bustle, call);

	if (self->round % 3 == 0 && loop_call_reclaim(stage.loop, call))
		loop_call_lend(stage.loop, call);
	if (++self->round % 16 == 0)
		usleep(7000);
}

static void bustle_done(struct loop_call *call)
{
	loop_task_queue(stage.loop, &LIST_ENTRY(call, struct bustle, call)->task);
}

static void bustle_task(struct loop_task *task)
{
	struct bustle *self = LIST_ENTRY(task, struct bustle, task);

	if (loop_timer_start(stage.loop, &self->timer, 0))
		abort();
}

static void bustle_fire(struct loop_timer *timer)
{
	loop_call_queue(stage.loop, &LIST_ENTRY(timer, struct bustle, timer)->call);
}

static void bustle_begin(struct loop_post *post)
{
	struct bustle *self = LIST_ENTRY(post, struct bustle, post);

	loop_call_init(&self->call, bustle_call, bustle_done);
	loop_task_init(&self->task, bustle_task);
	loop_timer_init(&self->timer, bustle_fire);
	loop_task_queue(stage.loop, &self->task);
}

static void a_loop_can_be_stopped_at_every_moment(void **state)
{
	(void)state;
	for (int i = 0; i < 100; i++) {
		static struct bustle bustles[4];

		for (int k = 0; k < 4; k++) {
			bustles[k] = (struct bustle){.post.run = bustle_begin};
			loop_post(stage.loop, &bustles[k].post);
		}
		usleep((useconds_t)(i * 97));
		if (i % 2)
			loop_stop(stage.loop);
		loop_free(stage.loop);
		assert_int_equal(loop_new(&stage.loop), ERR_NONE);
	}
}

static void a_loop_says_when_it_cannot_be_made(void **state)
{
	struct loop *none = NULL;
	struct rlimit limit, low;

	(void)state;
	mem_fail_at(1);
	assert_int_equal(loop_new(&none), ERR_NO_MEMORY);
	mem_fail_at(0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	low = limit;
	low.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	assert_int_equal(loop_new(&none), ERR_NO_DESCRIPTOR);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_null(none);
	loop_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(posts_of_many_threads_all_run_in_the_order_of_each),
		STAGE_TEST(the_loop_is_here_on_its_owner_alone),
		STAGE_TEST(tasks_run_once_in_order_unless_they_are_cancelled),
		STAGE_TEST(a_post_need_not_wait_for_many_tasks),
		STAGE_TEST(calls_run_in_order_before_the_next_task),
		STAGE_TEST(a_call_can_take_the_loop_back_and_no_other_thread_can),
		STAGE_TEST(a_call_that_was_overtaken_does_not_get_the_loop_back),
		STAGE_TEST(the_buffer_given_back_last_comes_first),
		STAGE_TEST(a_loop_at_rest_keeps_two_buffers),
		STAGE_TEST(a_small_buffer_given_back_is_used_again),
		STAGE_TEST(stopping_does_not_wait_for_a_call_and_ends_everything_else),
		STAGE_TEST(a_call_may_stop_the_loop),
		STAGE_TEST(stopping_waits_until_the_loop_is_lent_again_and_no_longer),
		STAGE_TEST(a_loop_can_be_stopped_at_every_moment),
		STAGE_TEST(a_loop_says_when_it_cannot_be_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
