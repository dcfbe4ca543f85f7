/* SPDX-License-Identifier: MIT */
/* Which lane an origin's requests run on: homes in turn, and when they are left. */
#include "engine/spread.h"

#include <pthread.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/mem.h"
#include "lib/test.h"

static struct arena arena;

static struct url url_of(const char *text)
{
	struct url url;

	assert_int_equal(url_parse(&arena, span_str(text), NULL, &url), ERR_NONE);
	return url;
}

static unsigned enter(struct spread *spread, const char *text)
{
	struct url url = url_of(text);

	return spread_enter(spread, &url, false, SPREAD_NOWHERE);
}

static unsigned enter_limited(struct spread *spread, const char *text)
{
	struct url url = url_of(text);

	return spread_enter(spread, &url, true, SPREAD_NOWHERE);
}

static struct spread *spread_of(unsigned lanes)
{
	struct spread *spread = NULL;

	assert_int_equal(spread_new(lanes, &spread), ERR_NONE);
	return spread;
}

static int end(void **state)
{
	(void)state;
	arena_done(&arena);
	return mem_live_blocks() ? -1 : 0;
}

static void origins_get_their_homes_in_turn_and_keep_them(void **state)
{
	static const struct {
		const char *url;
		unsigned lane;
	} rows[] = {
		{"http://a.example/", 0},	 {"http://b.example/", 1},
		{"http://a.example/other", 0},	 {"https://a.example/", 2},
		{"http://a.example:81/", 0},	 {"http://b.example:80/?x", 1},
		{"http://ann@a.example:81/", 0}, {"https://a.example:443/", 2},
	};
	struct spread *spread = spread_of(3);

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		unsigned lane = enter(spread, rows[i].url);

		if (lane != rows[i].lane)
			fail_msg("%s is on %u", rows[i].url, lane);
	}
	spread_free(spread);
}

static void every_origin_has_a_home_however_many_there_are(void **state)
{
	struct spread *spread = spread_of(SPREAD_MAX_LANES);

	(void)state;
	for (unsigned i = 0; i < 3 * SPREAD_MAX_ORIGINS; i++) {
		char text[40];
		unsigned home;

		snprintf(text, sizeof(text), "http://host-%u.example/", i);
		home = enter(spread, text);
		assert_in_range(home, 0, SPREAD_MAX_LANES - 1);
		spread_leave(spread, home);
		assert_int_equal(enter(spread, text), home);
		spread_leave(spread, home);
	}
	assert_int_equal(spread_requests(spread), 0);
	spread_free(spread);
}

static void a_home_is_left_when_another_lane_has_clearly_less_to_do(void **state)
{
	struct spread *spread = spread_of(2);
	unsigned away = 0;

	(void)state;
	for (unsigned i = 0; i < SPREAD_SLACK; i++)
		assert_int_equal(enter(spread, "http://a.example/"), 0);
	assert_int_equal(enter(spread, "http://a.example/"), 1);
	assert_int_equal(enter(spread, "http://a.example/"), 0);
	assert_int_equal(spread_requests(spread), SPREAD_SLACK + 2);
	for (unsigned i = 0; i < 100; i++)
		away += enter(spread, "http://a.example/");
	assert_int_equal(away, 50);
	spread_free(spread);
}

static void it_goes_home_again_when_there_is_less_to_do(void **state)
{
	struct spread *spread = spread_of(2);

	(void)state;
	for (unsigned i = 0; i < SPREAD_SLACK; i++)
		assert_int_equal(enter(spread, "http://a.example/"), 0);
	spread_leave(spread, 0);
	assert_int_equal(enter(spread, "http://a.example/"), 0);
	assert_int_equal(enter(spread, "http://a.example/"), 1);
	spread_free(spread);
}

static void of_several_lanes_the_least_busy_helps(void **state)
{
	struct spread *spread = spread_of(4);

	(void)state;
	for (unsigned i = 0; i < SPREAD_SLACK; i++)
		enter(spread, "http://a.example/");
	assert_int_equal(enter(spread, "http://b.example/"), 1);
	assert_int_equal(enter(spread, "http://c.example/"), 2);
	assert_int_equal(enter(spread, "http://a.example/"), 3);
	spread_free(spread);
}

static void who_is_on_a_lane_stays_there_when_home_is_busy(void **state)
{
	const struct url a = url_of("http://a.example/");
	struct spread *spread = spread_of(3);

	(void)state;
	assert_int_equal(spread_enter(spread, &a, false, 2), 0);
	for (unsigned i = 1; i < SPREAD_SLACK; i++)
		assert_int_equal(enter(spread, "http://a.example/"), 0);
	for (unsigned i = 0; i < SPREAD_SLACK; i++)
		assert_int_equal(spread_enter(spread, &a, false, 2), 2);
	assert_int_equal(spread_enter(spread, &a, false, 2), 1);
	assert_int_equal(spread_enter(spread, &a, false, 0), 0);
	assert_int_equal(spread_enter(spread, &a, true, 2), 0);
	spread_free(spread);
}

static void a_limit_keeps_an_origin_at_home(void **state)
{
	struct spread *spread = spread_of(2);

	(void)state;
	for (unsigned i = 0; i < 3 * SPREAD_SLACK; i++)
		assert_int_equal(enter_limited(spread, "http://a.example/"), 0);
	/* Those without one as well, because they use up connections. */
	assert_int_equal(enter(spread, "http://a.example/"), 0);
	assert_int_equal(enter_limited(spread, "http://b.example/"), 1);
	spread_free(spread);
}

static void a_limit_that_comes_later_ends_the_leaving(void **state)
{
	struct spread *spread = spread_of(2);

	(void)state;
	for (unsigned i = 0; i < SPREAD_SLACK; i++)
		assert_int_equal(enter(spread, "http://a.example/"), 0);
	assert_int_equal(enter(spread, "http://a.example/"), 1);
	assert_int_equal(enter_limited(spread, "http://a.example/"), 0);
	assert_int_equal(enter(spread, "http://a.example/"), 0);
	spread_free(spread);
}

#define THREADS	 4
#define REQUESTS 20000

static void *come_and_go(void *spread)
{
	const struct url url = url_of_request(SPAN("a.example"), 9, false);

	for (unsigned i = 0; i < REQUESTS; i++)
		spread_leave(spread,
			     spread_enter(spread, &url, i == REQUESTS / 2, i % 3));
	return NULL;
}

static void requests_of_several_threads_are_counted_right(void **state)
{
	struct spread *spread = spread_of(3);
	pthread_t threads[THREADS];

	(void)state;
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, come_and_go, spread),
				 0);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(spread_requests(spread), 0);
	spread_free(spread);
}

static void no_memory_is_an_error(void **state)
{
	struct spread *spread = NULL;

	(void)state;
	mem_fail_at(1);
	assert_int_equal(spread_new(2, &spread), ERR_NO_MEMORY);
	mem_fail_at(0);
	assert_null(spread);
	spread_free(NULL);
}

#define TEST(name) cmocka_unit_test_teardown(name, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(origins_get_their_homes_in_turn_and_keep_them),
		TEST(every_origin_has_a_home_however_many_there_are),
		TEST(a_home_is_left_when_another_lane_has_clearly_less_to_do),
		TEST(it_goes_home_again_when_there_is_less_to_do),
		TEST(of_several_lanes_the_least_busy_helps),
		TEST(who_is_on_a_lane_stays_there_when_home_is_busy),
		TEST(a_limit_keeps_an_origin_at_home),
		TEST(a_limit_that_comes_later_ends_the_leaving),
		TEST(requests_of_several_threads_are_counted_right),
		TEST(no_memory_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
