/* SPDX-License-Identifier: MIT */
#include "engine/ration.h"

#include <sys/resource.h>

#include "base/mem.h"
#include "engine/still_loop.h"
#include "lib/test.h"

/* A ration, what its pool has to spare, and what it is told. */
struct kitchen {
	struct loop loop;
	struct settings settings;
	struct ration ration;
	struct rlimit before;  /* of the process */
	unsigned spared;       /* connections that can be spared yet */
	unsigned told;	       /* how often the watcher was */
	struct list guests[3]; /* who starve */
	char story[16];	       /* a letter for each who was fed, a capital for each who
				  was abandoned */
};

static bool spare(struct ration *ration)
{
	struct kitchen *kitchen = LIST_ENTRY(ration, struct kitchen, ration);

	if (!kitchen->spared)
		return false;
	kitchen->spared--;
	ration_give(ration);
	return true;
}

static void note(struct ration *ration, const struct list *one, char first)
{
	struct kitchen *kitchen = LIST_ENTRY(ration, struct kitchen, ration);
	char *end = strchr(kitchen->story, 0);

	assert_true(list_is_empty(one));
	*end = (char)(first + (one - kitchen->guests));
}

static void feed(struct ration *ration, struct list *one)
{
	note(ration, one, 'a');
	ration_take(ration);
}

static void abandon(struct ration *ration, struct list *one)
{
	note(ration, one, 'A');
}

static const struct ration_ops ops = {.spare = spare, .feed = feed, .abandon = abandon};

static void note_told(void *owner)
{
	struct kitchen *kitchen = owner;

	kitchen->told++;
}

static void set_descriptors(rlim_t count)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = count;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

/* A kitchen in a process with so many descriptors. */
static void open_kitchen(struct kitchen *kitchen, rlim_t count)
{
	*kitchen = (struct kitchen){.settings = {.loops = 1}};
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &kitchen->before), 0);
	set_descriptors(count);
	still_loop_init(&kitchen->loop);
	loop_timer_open_all(&kitchen->loop);
	ration_init(&kitchen->ration, &ops, &kitchen->loop, &kitchen->settings);
	ration_watch(&kitchen->ration, note_told, kitchen);
	for (int i = 0; i < 3; i++)
		list_init(&kitchen->guests[i]);
}

static void close_kitchen(struct kitchen *kitchen)
{
	ration_done(&kitchen->ration);
	assert_false(still_loop_turn(&kitchen->loop));
	assert_int_equal(kitchen->loop.timer_count, 0);
	loop_timer_close_all(&kitchen->loop);
	still_loop_done(&kitchen->loop);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &kitchen->before), 0);
}

static void take(struct kitchen *kitchen, unsigned count)
{
	while (count--)
		ration_take(&kitchen->ration);
}

static void starve(struct kitchen *kitchen, int guest)
{
	assert_int_equal(ration_starve(&kitchen->ration, &kitchen->guests[guest]),
			 ERR_NONE);
}

/* The time for another look has come. */
static void pass_time(struct kitchen *kitchen)
{
	struct loop_timer *timer = &kitchen->ration.retry;

	assert_true(loop_timer_is_running(timer));
	loop_timer_stop(&kitchen->loop, timer);
	timer->fire(timer);
}

static void some_descriptors_are_left_to_the_program_and_to_other_loops(void **state)
{
	static const struct {
		rlim_t descriptors;
		unsigned loops;
		uint64_t share;
	} cases[] = {
		{40, 1, 35}, {512, 1, 448}, {1000, 1, 936}, {1000, 4, 234}, {40, 64, 1},
	};
	struct kitchen kitchen;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		open_kitchen(&kitchen, cases[i].descriptors);
		kitchen.settings.loops = cases[i].loops;
		ration_init(&kitchen.ration, &ops, &kitchen.loop, &kitchen.settings);
		assert_int_equal(kitchen.ration.limit, cases[i].share);
		close_kitchen(&kitchen);
	}
}

static void what_is_spared_makes_room_but_no_more_than_is_needed(void **state)
{
	struct kitchen kitchen;

	(void)state;
	open_kitchen(&kitchen, 8);
	take(&kitchen, 6);
	assert_true(ration_has_room(&kitchen.ration));
	take(&kitchen, 1);
	assert_false(ration_has_room(&kitchen.ration));
	kitchen.spared = 2;
	assert_true(ration_has_room(&kitchen.ration));
	assert_int_equal(kitchen.spared, 1);
	close_kitchen(&kitchen);
}

static void those_who_starve_are_fed_in_order_as_descriptors_come_back(void **state)
{
	struct kitchen kitchen;

	(void)state;
	open_kitchen(&kitchen, 8);
	take(&kitchen, 7);
	for (int i = 0; i < 3; i++)
		starve(&kitchen, i);
	assert_false(still_loop_turn(&kitchen.loop));
	for (int i = 0; i < 2; i++)
		ration_give(&kitchen.ration);
	assert_string_equal(kitchen.story, "");
	assert_true(still_loop_turn(&kitchen.loop));
	assert_string_equal(kitchen.story, "ab");
	assert_false(still_loop_turn(&kitchen.loop));
	kitchen.spared = 1;
	ration_look(&kitchen.ration);
	assert_true(still_loop_turn(&kitchen.loop));
	assert_string_equal(kitchen.story, "abc");
	close_kitchen(&kitchen);
}

static void who_does_not_want_any_more_is_not_fed(void **state)
{
	struct kitchen kitchen;

	(void)state;
	open_kitchen(&kitchen, 8);
	take(&kitchen, 7);
	for (int i = 0; i < 3; i++)
		starve(&kitchen, i);
	list_remove(&kitchen.guests[1]);
	for (int i = 0; i < 3; i++)
		ration_give(&kitchen.ration);
	while (still_loop_turn(&kitchen.loop))
		;
	assert_string_equal(kitchen.story, "ac");
	close_kitchen(&kitchen);
}

static void a_refusal_lowers_the_limit_and_time_raises_it_while_one_starves(void **state)
{
	static const uint64_t limits[] = {20, 23, 26, 30, 34, 35, 35};
	struct kitchen kitchen;

	(void)state;
	open_kitchen(&kitchen, 40);
	take(&kitchen, 18);
	ration_lower(&kitchen.ration);
	ration_give(&kitchen.ration);
	assert_int_equal(kitchen.ration.limit, 17);
	starve(&kitchen, 0);
	ration_take(&kitchen.ration);
	ration_lower(&kitchen.ration);
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		take(&kitchen, 10);
		pass_time(&kitchen);
		assert_int_equal(kitchen.ration.limit, limits[i]);
	}
	list_remove(&kitchen.guests[0]);
	pass_time(&kitchen);
	assert_false(loop_timer_is_running(&kitchen.ration.retry));
	while (still_loop_turn(&kitchen.loop))
		;
	close_kitchen(&kitchen);
}

static void a_process_that_may_have_fewer_has_fewer_when_one_starves(void **state)
{
	struct kitchen kitchen;

	(void)state;
	open_kitchen(&kitchen, 40);
	take(&kitchen, 35);
	starve(&kitchen, 0);
	set_descriptors(16);
	pass_time(&kitchen);
	assert_int_equal(kitchen.ration.limit, 14);
	while (still_loop_turn(&kitchen.loop))
		;
	close_kitchen(&kitchen);
}

static void who_watches_is_told_when_one_starves_and_while_it_does(void **state)
{
	struct kitchen kitchen;

	(void)state;
	open_kitchen(&kitchen, 8);
	take(&kitchen, 20);
	starve(&kitchen, 0);
	assert_int_equal(kitchen.told, 1);
	pass_time(&kitchen);
	pass_time(&kitchen);
	assert_int_equal(kitchen.told, 3);
	list_remove(&kitchen.guests[0]);
	pass_time(&kitchen);
	assert_int_equal(kitchen.told, 3);
	while (still_loop_turn(&kitchen.loop))
		;
	close_kitchen(&kitchen);
}

static void without_memory_for_the_timer_nobody_is_left_to_starve(void **state)
{
	struct kitchen kitchen;
	struct loop_timer *timer = &kitchen.ration.retry;

	(void)state;
	open_kitchen(&kitchen, 8);
	take(&kitchen, 7);
	mem_fail_at(1);
	assert_int_equal(ration_starve(&kitchen.ration, &kitchen.guests[0]),
			 ERR_NO_MEMORY);
	mem_fail_at(0);
	assert_true(list_is_empty(&kitchen.guests[0]));
	starve(&kitchen, 1);
	starve(&kitchen, 2);
	loop_timer_stop(&kitchen.loop, timer);
	/* All that there is room for are running. */
	loop_timer_close_all(&kitchen.loop);
	kitchen.loop.timers = NULL;
	kitchen.loop.timer_cap = 0;
	mem_fail_at(1);
	timer->fire(timer);
	mem_fail_at(0);
	assert_string_equal(kitchen.story, "BC");
	close_kitchen(&kitchen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			some_descriptors_are_left_to_the_program_and_to_other_loops),
		cmocka_unit_test(what_is_spared_makes_room_but_no_more_than_is_needed),
		cmocka_unit_test(
			those_who_starve_are_fed_in_order_as_descriptors_come_back),
		cmocka_unit_test(who_does_not_want_any_more_is_not_fed),
		cmocka_unit_test(
			a_refusal_lowers_the_limit_and_time_raises_it_while_one_starves),
		cmocka_unit_test(
			a_process_that_may_have_fewer_has_fewer_when_one_starves),
		cmocka_unit_test(who_watches_is_told_when_one_starves_and_while_it_does),
		cmocka_unit_test(without_memory_for_the_timer_nobody_is_left_to_starve),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
