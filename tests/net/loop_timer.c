/* SPDX-License-Identifier: MIT */
#include "lib/test.h"

#include <sys/socket.h>
#include <unistd.h>

#include "net/loop_inside.h"
#include "net/stage.h"

static struct loop_timer timer_a, timer_b;

static void fire_a(struct loop_timer *timer)
{
	stage_tell(loop_timer_is_running(timer) ? '!' : 'a');
	loop_timer_stop(stage.loop, &timer_b);
	sem_post(&stage.told);
}

static void fire_b(struct loop_timer *timer)
{
	(void)timer;
	stage_tell('b');
	sem_post(&stage.told);
}

static enum err timer_results[3];

static void start_two_due_at_once(void *data)
{
	(void)data;
	loop_timer_init(&timer_a, fire_a);
	loop_timer_init(&timer_b, fire_b);
	timer_results[0] = loop_timer_start(stage.loop, &timer_a, 0);
	timer_results[1] = loop_timer_start(stage.loop, &timer_b, 0);
}

static void a_timer_that_is_due_can_still_be_stopped(void **state)
{
	(void)state;
	stage_run(start_two_due_at_once, NULL);
	stage_await(1);
	stage_sync();
	assert_int_equal(timer_results[0], ERR_NONE);
	assert_int_equal(timer_results[1], ERR_NONE);
	assert_string_equal(stage.story, "a");
	assert_false(loop_timer_is_running(&timer_a));
	assert_false(loop_timer_is_running(&timer_b));
}

static void start_out_of_order(void *data)
{
	(void)data;
	loop_timer_init(&timer_a, fire_a);
	loop_timer_init(&timer_b, fire_b);
	timer_results[0] = loop_timer_start(stage.loop, &timer_a, 1);
	timer_results[1] = loop_timer_start(stage.loop, &timer_b, 5);
	timer_results[2] = loop_timer_start(stage.loop, &timer_a, 30);
}

static void a_running_timer_starts_anew(void **state)
{
	(void)state;
	stage_run(start_out_of_order, NULL);
	stage_await(2);
	assert_string_equal(stage.story, "ba");
}

/* More than there is room for at first. */
#define TIMERS 100

struct timers {
	struct loop_timer at[TIMERS]; /* started in turn */
	enum err results[TIMERS];     /* what starting them said */
	enum err again;		      /* and starting the first once more */
};

static void start_without_memory(void *data)
{
	struct timers *timers = data;

	mem_fail_from(2);
	for (int i = 0; i < TIMERS; i++) {
		loop_timer_init(&timers->at[i], fire_b);
		timers->results[i] = loop_timer_start(stage.loop, &timers->at[i], 100000);
	}
	timers->again = loop_timer_start(stage.loop, &timers->at[0], 100000);
	mem_fail_from(0);
}

static void stop_all(void *data)
{
	struct timers *timers = data;

	for (int i = 0; i < TIMERS; i++) {
		loop_timer_stop(stage.loop, &timers->at[i]);
		loop_timer_stop(stage.loop, &timers->at[i]);
	}
}

static void
a_timer_says_when_there_is_no_memory_and_one_that_runs_needs_none(void **state)
{
	struct timers timers;

	(void)state;
	stage_run(start_without_memory, &timers);
	assert_int_equal(timers.results[0], ERR_NONE);
	assert_int_equal(timers.results[TIMERS - 1], ERR_NO_MEMORY);
	for (int i = 0; i < TIMERS; i++)
		assert_int_equal(loop_timer_is_running(&timers.at[i]),
				 !timers.results[i]);
	assert_int_equal(timers.again, ERR_NONE);
	stage_run(stop_all, &timers);
	assert_false(loop_timer_is_running(&timers.at[0]));
}

/* Timers that are started in an order of their own, moved and stopped. */
static struct {
	struct loop_timer at[TIMERS]; /* by number */
	uint64_t due[TIMERS];	      /* when each is due */
	int fired[TIMERS];	      /* their numbers, in the order in which they fire */
	int count;		      /* of fired */
	enum err err;		      /* of starting them */
} crowd;

static void tell(char what)
{
	stage_tell(what);
	sem_post(&stage.told);
}

static void fire_one(struct loop_timer *timer)
{
	crowd.fired[crowd.count++] = (int)(timer - crowd.at);
	if (crowd.count == TIMERS - TIMERS / 4)
		tell('e');
}

/* Each fourth is stopped, each third is moved. */
static void start_crowd(void *data)
{
	(void)data;
	for (int i = 0; i < TIMERS; i++) {
		loop_timer_init(&crowd.at[i], fire_one);
		crowd.due[i] = (uint64_t)(i * 37 % 20);
		crowd.err |= loop_timer_start(stage.loop, &crowd.at[i], crowd.due[i]);
	}
	for (int i = 0; i < TIMERS; i += 3) {
		crowd.due[i] = (uint64_t)(i * 11 % 20);
		crowd.err |= loop_timer_start(stage.loop, &crowd.at[i], crowd.due[i]);
	}
	for (int i = 3; i < TIMERS; i += 4)
		loop_timer_stop(stage.loop, &crowd.at[i]);
}

static void many_timers_fire_in_order(void **state)
{
	(void)state;
	stage_run(start_crowd, NULL);
	stage_await(1);
	assert_int_equal(crowd.err, ERR_NONE);
	for (int i = 0; i < crowd.count; i++) {
		assert_int_not_equal(crowd.fired[i] % 4, 3);
		assert_false(i &&
			     crowd.due[crowd.fired[i]] < crowd.due[crowd.fired[i - 1]]);
	}
}

static struct loop_timer restless; /* starts itself anew, without delay */
static int rounds;		   /* how often it has fired */

static void fire_again(struct loop_timer *timer)
{
	if (++rounds == 3)
		tell('r');
	else if (loop_timer_start(stage.loop, timer, 0))
		tell('!');
}

static void start_restless(void *data)
{
	(void)data;
	loop_timer_init(&restless, fire_again);
	loop_timer_init(&timer_b, fire_b);
	timer_results[0] = loop_timer_start(stage.loop, &restless, 0);
	timer_results[1] = loop_timer_start(stage.loop, &timer_b, 0);
}

static void a_timer_that_starts_itself_anew_lets_others_fire(void **state)
{
	(void)state;
	stage_run(start_restless, NULL);
	stage_await(2);
	assert_string_equal(stage.story, "br");
}

static struct loop_timer timer_c;

static void fire_in_turn(struct loop_timer *timer)
{
	tell(timer == &timer_a ? 'a' : timer == &timer_b ? 'b' : 'c');
}

/* The first one has run while nearly as many others were started as there are serials. */
static void start_late_in_life(void *data)
{
	(void)data;
	loop_timer_init(&timer_a, fire_in_turn);
	loop_timer_init(&timer_b, fire_in_turn);
	loop_timer_init(&timer_c, fire_in_turn);
	timer_results[0] = loop_timer_start(stage.loop, &timer_a, 5);
	stage.loop->timer_serial = UINT32_MAX - 1;
	timer_results[1] = loop_timer_start(stage.loop, &timer_b, 5);
	timer_results[2] = loop_timer_start(stage.loop, &timer_c, 5);
}

static void a_timer_fires_however_many_were_started_since(void **state)
{
	(void)state;
	stage_run(start_late_in_life, NULL);
	stage_await(3);
	assert_string_equal(stage.story, "abc");
	for (int i = 0; i < 3; i++)
		assert_int_equal(timer_results[i], ERR_NONE);
}

struct clock_look {
	struct loop_timer timer; /* measures the time */
	uint64_t started_ms;	 /* when it was started */
	uint64_t fired_ms;	 /* when it fired */
};

static void look_at_clock(struct loop_timer *timer)
{
	struct clock_look *look = LIST_ENTRY(timer, struct clock_look, timer);

	look->fired_ms = loop_now_ms(stage.loop);
	sem_post(&stage.told);
}

static void sleep_in_call(struct loop_call *call)
{
	(void)call;
	usleep(3000);
}

static struct clock_look clock_look;
static struct loop_call clock_call;

static void start_after_call(struct loop_call *call)
{
	(void)call;
	loop_timer_init(&clock_look.timer, look_at_clock);
	if (loop_timer_start(stage.loop, &clock_look.timer, 20))
		abort();
	clock_look.started_ms = loop_now_ms(stage.loop);
}

static void queue_call(void *data)
{
	loop_call_queue(stage.loop, data);
}

static void a_timer_started_after_a_call_runs_its_whole_time(void **state)
{
	(void)state;
	loop_call_init(&clock_call, sleep_in_call, start_after_call);
	stage_run(queue_call, &clock_call);
	stage_await(1);
	assert_true(clock_look.fired_ms >= clock_look.started_ms + 20);
}

/* What the loop says of the time. */
static struct {
	uint64_t before_ns; /* before a call */
	uint64_t after_ns;  /* behind it */
	uint64_t again_ns;  /* and again */
	uint64_t turn_ns;   /* when the turn began that goes on behind it */
} told;

static void ask_after_call(struct loop_call *call)
{
	(void)call;
	told.turn_ns = loop_turn_ns(stage.loop);
	told.after_ns = loop_now_ns(stage.loop);
	told.again_ns = loop_now_ns(stage.loop);
	sem_post(&stage.told);
}

static void ask_before_call(void *data)
{
	told.before_ns = loop_now_ns(stage.loop);
	loop_call_queue(stage.loop, data);
}

static void the_clock_is_read_behind_a_call_and_not_with_every_question(void **state)
{
	(void)state;
	loop_call_init(&clock_call, sleep_in_call, ask_after_call);
	stage_run(ask_before_call, &clock_call);
	stage_await(1);
	assert_true(told.after_ns >= told.before_ns + 3000000);
	assert_int_equal(told.again_ns, told.after_ns);
	assert_true(told.turn_ns <= told.after_ns);
}

/* What asks for the time, one behind the other. */
static struct {
	struct loop_task task;		  /* queues itself until all is told */
	uint64_t ns[3 * LOOP_CLOCK_RUNS]; /* what the loop has said */
	unsigned count;			  /* of ns */
} asked;

static void ask_in_task(struct loop_task *task)
{
	asked.ns[asked.count++] = loop_now_ns(stage.loop);
	usleep(50);
	if (asked.count < sizeof(asked.ns) / sizeof(asked.ns[0]))
		loop_task_queue(stage.loop, task);
	else
		sem_post(&stage.told);
}

static void queue_asking(void *data)
{
	(void)data;
	loop_task_init(&asked.task, ask_in_task);
	loop_task_queue(stage.loop, &asked.task);
}

static void not_many_tasks_share_a_look_at_the_clock(void **state)
{
	unsigned same = 0;

	(void)state;
	stage_run(queue_asking, NULL);
	stage_await(1);
	for (unsigned i = 1; i < asked.count; i++) {
		same = asked.ns[i] == asked.ns[i - 1] ? same + 1 : 0;
		assert_true(asked.ns[i] >= asked.ns[i - 1]);
		assert_true(same < LOOP_CLOCK_RUNS);
	}
}

/* A socket that becomes readable while the owner is busy, and a timer that falls due. */
static struct {
	struct loop_watch *watch; /* of the first of the pair */
	int fds[2];		  /* a connected pair */
	struct loop_timer timer;  /* due while the owner is busy */
	struct loop_task first;	  /* queued while it is busy; queues second, */
	struct loop_task second;  /* which begins to watch */
} late;

static void hear_late(void *owner, unsigned ready)
{
	(void)owner;
	(void)ready;
	stage_tell('r');
	loop_watch_for(late.watch, 0);
	sem_post(&stage.told);
}

static void fire_late(struct loop_timer *timer)
{
	(void)timer;
	stage_tell('t');
	sem_post(&stage.told);
}

static void watch_late(void)
{
	if (loop_watch_new(stage.loop, late.fds[0], hear_late, NULL, &late.watch))
		abort();
	loop_watch_for(late.watch, LOOP_READABLE);
}

/* Starts the timer, and keeps the owner until long after it is due. */
static void be_busy(void)
{
	loop_timer_init(&late.timer, fire_late);
	if (loop_timer_start(stage.loop, &late.timer, 1) ||
	    write(late.fds[1], "x", 1) != 1)
		abort();
	usleep(20000);
}

static void watch_and_be_busy(void *data)
{
	(void)data;
	watch_late();
	be_busy();
}

static void take_second(struct loop_task *task)
{
	(void)task;
	watch_late();
}

static void take_first(struct loop_task *task)
{
	(void)task;
	loop_task_queue(stage.loop, &late.second);
}

static void be_busy_and_watch(void *data)
{
	(void)data;
	loop_task_init(&late.first, take_first);
	loop_task_init(&late.second, take_second);
	loop_task_queue(stage.loop, &late.first);
	be_busy();
}

static void close_late(void *data)
{
	(void)data;
	loop_watch_close(late.watch);
	close(late.fds[1]);
}

static void expect_readiness_first(void (*run)(void *data))
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, late.fds),
			 0);
	stage_run(run, NULL);
	stage_await(2);
	stage_run(close_late, NULL);
	assert_string_equal(stage.story, "rt");
}

static void what_came_while_the_owner_was_busy_is_told_before_what_is_due(void **state)
{
	(void)state;
	expect_readiness_first(watch_and_be_busy);
}

static void what_was_put_off_while_the_owner_was_busy_is_done_before_that(void **state)
{
	(void)state;
	expect_readiness_first(be_busy_and_watch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(a_timer_that_is_due_can_still_be_stopped),
		STAGE_TEST(a_running_timer_starts_anew),
		STAGE_TEST(
			a_timer_says_when_there_is_no_memory_and_one_that_runs_needs_none),
		STAGE_TEST(many_timers_fire_in_order),
		STAGE_TEST(a_timer_that_starts_itself_anew_lets_others_fire),
		STAGE_TEST(a_timer_fires_however_many_were_started_since),
		STAGE_TEST(a_timer_started_after_a_call_runs_its_whole_time),
		STAGE_TEST(the_clock_is_read_behind_a_call_and_not_with_every_question),
		STAGE_TEST(not_many_tasks_share_a_look_at_the_clock),
		STAGE_TEST(what_came_while_the_owner_was_busy_is_told_before_what_is_due),
		STAGE_TEST(what_was_put_off_while_the_owner_was_busy_is_done_before_that),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
