/* SPDX-License-Identifier: MIT */
#include "lib/test.h"

#include <unistd.h>

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

struct timers {
	struct loop_timer at[3]; /* started in turn */
	enum err results[3];	 /* what starting them said */
};

static void start_without_memory(void *data)
{
	struct timers *timers = data;

	for (int i = 0; i < 3; i++) {
		loop_timer_init(&timers->at[i], fire_b);
		mem_fail_at(i == 1 ? 1 : 0);
		timers->results[i] = loop_timer_start(stage.loop, &timers->at[i], 100000);
	}
	mem_fail_at(0);
	loop_timer_stop(stage.loop, &timers->at[0]);
	loop_timer_stop(stage.loop, &timers->at[0]);
	mem_fail_from(1);
	timers->results[0] = loop_timer_start(stage.loop, &timers->at[0], 100000);
	mem_fail_from(0);
}

static void timers_use_memory_again_and_say_when_there_is_none(void **state)
{
	struct timers timers;

	(void)state;
	stage_run(start_without_memory, &timers);
	assert_int_equal(timers.results[0], ERR_NONE);
	assert_int_equal(timers.results[1], ERR_NO_MEMORY);
	assert_int_equal(timers.results[2], ERR_NONE);
	assert_false(loop_timer_is_running(&timers.at[1]));
	assert_true(loop_timer_is_running(&timers.at[2]));
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(a_timer_that_is_due_can_still_be_stopped),
		STAGE_TEST(a_running_timer_starts_anew),
		STAGE_TEST(timers_use_memory_again_and_say_when_there_is_none),
		STAGE_TEST(a_timer_started_after_a_call_runs_its_whole_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
