/* SPDX-License-Identifier: MIT */
/* What a pool does when connections fail, and descriptors or memory run short. */
#include "engine/bench.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>

/* ---- failures ---- */

static void a_refused_connection_is_told_to_its_want_alone(void **state)
{
	struct bench bench;
	struct want *wants[3];
	char url[40];

	(void)state;
	bench_init(&bench);
	for (int i = 0; i < 3; i++) {
		wants[i] = want_new(&bench, refusing_url(url), 0);
		assert_int_equal(get(wants[i]), ERR_AGAIN);
	}
	for (int i = 0; i < 3; i++) {
		await(wants[i]);
		assert_null(wants[i]->x);
		assert_int_equal(wants[i]->fault.err, ERR_CONNECT);
		assert_int_equal(wants[i]->fault.sys, ECONNREFUSED);
	}
	bench_done(&bench);
}

static void each_who_waits_has_its_own_try(void **state)
{
	struct bench bench;
	struct want *wants[4];
	char url[40];

	(void)state;
	bench_init(&bench);
	for (int i = 0; i < 4; i++) {
		wants[i] = want_new(&bench, refusing_url(url), 1);
		assert_int_equal(get(wants[i]), ERR_AGAIN);
	}
	for (int i = 0; i < 4; i++) {
		await(wants[i]);
		assert_int_equal(wants[i]->order, i + 1);
		assert_int_equal(wants[i]->fault.err, ERR_CONNECT);
	}
	bench_done(&bench);
}

static void a_connection_that_is_not_made_in_time_is_a_timeout(void **state)
{
	struct bench bench;
	struct want *want;
	char url[40];

	(void)state;
	bench_init(&bench);
	want = want_new(&bench, deaf_url(url), 0);
	want->timeout_ms = 50;
	assert_int_equal(get(want), ERR_AGAIN);
	await(want);
	assert_int_equal(want->fault.err, ERR_TIMEOUT);
	bench_done(&bench);
}

static void a_rule_leads_elsewhere(void **state)
{
	struct listener listener;
	struct bench bench;
	struct want *want;
	char rule[64];
	int fd;

	(void)state;
	bench_init(&bench);
	listener_open(&listener);
	snprintf(rule, sizeof(rule), "nowhere.invalid:80:127.0.0.1:%u", listener.port);
	assert_int_equal(settings_set(&bench.settings, SESSION_CONNECT_TO, rule), 0);
	want = want_new(&bench, "http://nowhere.invalid/", 0);
	assert_int_equal(get(want), ERR_AGAIN);
	await(want);
	assert_non_null(want->x);
	fd = listener_accept(&listener);
	put(want);
	bench_done(&bench);
	close(fd);
	listener_close(&listener);
}

static void a_long_host_has_its_own_place(void **state)
{
	struct listener listener;
	struct bench bench;
	struct want *first, *second;
	char rule[64], url[300];
	int fd;

	(void)state;
	bench_init(&bench);
	listener_open(&listener);
	snprintf(rule, sizeof(rule), ":80:127.0.0.1:%u", listener.port);
	assert_int_equal(settings_set(&bench.settings, SESSION_CONNECT_TO, rule), 0);
	memcpy(url, "http://", 8);
	for (int i = 0; i < 4; i++)
		strcat(url, "0123456789abcdef0123456789abcdef0123456789.");
	strcat(url, "invalid/");
	first = want_new(&bench, url, 1);
	assert_int_equal(get(first), ERR_AGAIN);
	second = want_new(&bench, url, 1);
	assert_int_equal(get(second), ERR_AGAIN);
	await(first);
	fd = listener_accept(&listener);
	serve_once(first, fd);
	put(first);
	await(second);
	put(second);
	bench_done(&bench);
	close(fd);
	listener_close(&listener);
}

/* ---- descriptors ---- */

/* Leaves the process so many descriptors more. */
static struct rlimit leave_descriptors(unsigned count)
{
	struct rlimit before, now;
	int highest = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_true(highest >= 0);
	close(highest);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	now = before;
	now.rlim_cur = (rlim_t)highest + count;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &now), 0);
	return before;
}

static unsigned count_told(struct want **wants, unsigned count)
{
	unsigned told = 0;

	for (unsigned i = 0; i < count; i++)
		told += flag_is_up(&wants[i]->told);
	return told;
}

static void await_told(struct want **wants, unsigned count, unsigned told)
{
	for (int tries = 0; count_told(wants, count) < told; tries++) {
		assert_true(tries < LISTENER_STEP_MS);
		usleep(1000);
	}
}

#define MANY 12

/* Nothing is accepted: the system completes connections without us. */
static void when_descriptors_run_short_all_are_served_one_after_another(void **state)
{
	struct listener listener;
	struct bench bench;
	struct want *wants[MANY];
	struct rlimit before;

	(void)state;
	bench_init(&bench);
	listener_open(&listener);
	for (int i = 0; i < MANY; i++)
		wants[i] = want_new(&bench, listener.url, 0);
	before = leave_descriptors(4);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(get(wants[i]), ERR_AGAIN);
	for (unsigned served = 0; served < MANY; served++) {
		await_told(wants, MANY, served + 1);
		for (int i = 0; i < MANY; i++) {
			if (!flag_is_up(&wants[i]->told))
				continue;
			assert_int_equal(wants[i]->fault.err, ERR_NONE);
			if (wants[i]->x) {
				put(wants[i]);
				break;
			}
		}
	}
	setrlimit(RLIMIT_NOFILE, &before);
	bench_done(&bench);
	listener_close(&listener);
}

static void when_descriptors_are_there_again_those_who_wait_are_served(void **state)
{
	struct listener listener;
	struct bench bench;
	struct want *wants[MANY];
	struct rlimit before;

	(void)state;
	bench_init(&bench);
	listener_open(&listener);
	for (int i = 0; i < MANY; i++)
		wants[i] = want_new(&bench, listener.url, 0);
	before = leave_descriptors(3);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(get(wants[i]), ERR_AGAIN);
	await_told(wants, MANY, 1);
	cancel(wants[MANY - 1]);
	setrlimit(RLIMIT_NOFILE, &before);
	await_told(wants, MANY - 1, MANY - 1);
	assert_int_equal(wants[MANY - 1]->order, 0);
	for (int i = 0; i < MANY - 1; i++) {
		assert_non_null(wants[i]->x);
		put(wants[i]);
	}
	bench_done(&bench);
	listener_close(&listener);
}

static void an_idle_connection_makes_room_when_descriptors_run_short(void **state)
{
	struct listener listener[2];
	struct bench bench;
	struct want *first, *second;
	struct rlimit before;
	int fd;

	(void)state;
	bench_init(&bench);
	listener_open(&listener[0]);
	listener_open(&listener[1]);
	first = connect_new(&bench, &listener[0], 0, &fd);
	serve_once(first, fd);
	put(first);
	second = want_new(&bench, listener[1].url, 0);
	before = leave_descriptors(0);
	assert_int_equal(get(second), ERR_AGAIN);
	await(second);
	setrlimit(RLIMIT_NOFILE, &before);
	assert_int_equal(second->fault.err, ERR_NONE);
	listener_expect_close(fd);
	put(second);
	bench_done(&bench);
	listener_close(&listener[0]);
	listener_close(&listener[1]);
}

static void a_connection_that_becomes_idle_makes_room_too(void **state)
{
	struct listener listener[2];
	struct bench bench;
	struct want *first, *second;
	struct rlimit before;
	int fd;

	(void)state;
	bench_init(&bench);
	listener_open(&listener[0]);
	listener_open(&listener[1]);
	first = connect_new(&bench, &listener[0], 0, &fd);
	serve_once(first, fd);
	second = want_new(&bench, listener[1].url, 0);
	before = leave_descriptors(0);
	assert_int_equal(get(second), ERR_AGAIN);
	assert_false(flag_wait(&second->told, 150));
	put(first);
	await(second);
	setrlimit(RLIMIT_NOFILE, &before);
	assert_int_equal(second->fault.err, ERR_NONE);
	listener_expect_close(fd);
	put(second);
	bench_done(&bench);
	listener_close(&listener[0]);
	listener_close(&listener[1]);
}

static void a_limit_to_an_origin_holds_when_descriptors_run_short(void **state)
{
	struct listener listener;
	struct bench bench;
	struct want *wants[3];
	struct rlimit before;

	(void)state;
	bench_init(&bench);
	listener_open(&listener);
	for (int i = 0; i < 3; i++)
		wants[i] = want_new(&bench, listener.url, 1);
	before = leave_descriptors(0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(get(wants[i]), ERR_AGAIN);
	assert_false(flag_wait(&wants[0]->told, 150));
	setrlimit(RLIMIT_NOFILE, &before);
	for (int i = 0; i < 3; i++) {
		await_told(wants, 3, (unsigned)i + 1);
		usleep(20000);
		assert_int_equal(count_told(wants, 3), i + 1);
		for (int j = 0; j < 3; j++)
			if (flag_is_up(&wants[j]->told) && wants[j]->x) {
				put(wants[j]);
				break;
			}
	}
	bench_done(&bench);
	listener_close(&listener);
}

/* A pool, and who is told that it starves. */
struct watched {
	struct bench bench;  /* with the pool */
	struct flag starved; /* raised then */
};

static void note_starved(void *owner)
{
	flag_raise(owner);
}

static void watch_here(void *data)
{
	struct watched *watched = data;

	pool_watch(watched->bench.pool, note_starved, &watched->starved);
}

static void shed_here(void *pool)
{
	pool_shed(pool);
}

static void who_looks_after_others_is_told_that_the_pool_starves(void **state)
{
	struct listener listener;
	struct watched watched;
	struct want *want;
	struct rlimit before;

	(void)state;
	bench_init(&watched.bench);
	flag_init(&watched.starved);
	errand_run(watched.bench.loop, watch_here, &watched);
	listener_open(&listener);
	want = want_new(&watched.bench, listener.url, 0);
	before = leave_descriptors(0);
	assert_int_equal(get(want), ERR_AGAIN);
	/* Once when it begins, and again while it lasts. */
	for (int i = 0; i < 3; i++) {
		assert_true(flag_wait(&watched.starved, LISTENER_STEP_MS));
		flag_lower(&watched.starved);
	}
	setrlimit(RLIMIT_NOFILE, &before);
	await(want);
	assert_int_equal(want->fault.err, ERR_NONE);
	put(want);
	bench_done(&watched.bench);
	flag_done(&watched.starved);
	listener_close(&listener);
}

static void what_is_idle_is_shed_and_what_is_used_is_not(void **state)
{
	struct listener listener[2];
	struct bench bench;
	struct want *idle, *used;
	int fds[2];

	(void)state;
	bench_init(&bench);
	listener_open(&listener[0]);
	listener_open(&listener[1]);
	idle = connect_new(&bench, &listener[0], 0, &fds[0]);
	used = connect_new(&bench, &listener[1], 0, &fds[1]);
	serve_once(idle, fds[0]);
	put(idle);
	errand_run(bench.loop, shed_here, bench.pool);
	listener_expect_close(fds[0]);
	serve_once(used, fds[1]);
	put(used);
	bench_done(&bench);
	close(fds[1]);
	listener_close(&listener[0]);
	listener_close(&listener[1]);
}

/* ---- memory ---- */

struct scene {
	struct bench *bench;
	struct want *wants[3];
	unsigned long fail_at;
	bool has_failed;
};

static void get_all_here(void *data)
{
	struct scene *scene = data;

	mem_fail_at(scene->fail_at);
	for (int i = 0; i < 3; i++)
		get_here(scene->wants[i]);
}

static void stop_failing_here(void *data)
{
	struct scene *scene = data;

	scene->has_failed = mem_has_failed();
	mem_fail_at(0);
}

/* Whatever fails, everybody is told, and those who were not hit are served. */
static bool play_short_of_memory(unsigned long fail_at, uint32_t max)
{
	struct listener listener;
	struct bench bench;
	struct scene scene = {.bench = &bench, .fail_at = fail_at};
	unsigned failed = 0;

	bench_init(&bench);
	listener_open(&listener);
	for (int i = 0; i < 3; i++)
		scene.wants[i] = want_new(&bench, listener.url, max);
	errand_run(bench.loop, get_all_here, &scene);
	for (int i = 0; i < 3; i++) {
		struct want *want = scene.wants[i];

		if (want->err == ERR_AGAIN)
			await(want);
		if (want->x) {
			put(want);
			continue;
		}
		failed++;
		assert_true(want->err == ERR_NO_MEMORY ||
			    want->fault.err == ERR_NO_MEMORY);
	}
	errand_run(bench.loop, stop_failing_here, &scene);
	assert_true(failed <= scene.has_failed);
	bench_done(&bench);
	listener_close(&listener);
	return scene.has_failed;
}

static void any_allocation_may_fail(void **state)
{
	(void)state;
	for (uint32_t max = 0; max < 3; max++)
		for (unsigned long n = 1; play_short_of_memory(n, max); n++)
			assert_true(n < 200);
}

static void put_short_of_memory_here(void *data)
{
	mem_fail_at(1);
	put_here(data);
	mem_fail_at(0);
}

/* The connection that was to be made for the second cannot be; the third goes on. */
static void one_who_cannot_be_served_does_not_block_the_next(void **state)
{
	struct listener listener;
	struct bench bench;
	struct want *wants[3];
	int fd;

	(void)state;
	bench_init(&bench);
	listener_open(&listener);
	wants[0] = connect_new(&bench, &listener, 1, &fd);
	for (int i = 1; i < 3; i++) {
		wants[i] = want_new(&bench, listener.url, 1);
		assert_int_equal(get(wants[i]), ERR_AGAIN);
	}
	errand_run(bench.loop, put_short_of_memory_here, wants[0]);
	await(wants[1]);
	assert_int_equal(wants[1]->fault.err, ERR_NO_MEMORY);
	await(wants[2]);
	assert_non_null(wants[2]->x);
	put(wants[2]);
	bench_done(&bench);
	close(fd);
	listener_close(&listener);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_refused_connection_is_told_to_its_want_alone),
		cmocka_unit_test(each_who_waits_has_its_own_try),
		cmocka_unit_test(a_connection_that_is_not_made_in_time_is_a_timeout),
		cmocka_unit_test(a_rule_leads_elsewhere),
		cmocka_unit_test(a_long_host_has_its_own_place),
		cmocka_unit_test(
			when_descriptors_run_short_all_are_served_one_after_another),
		cmocka_unit_test(
			when_descriptors_are_there_again_those_who_wait_are_served),
		cmocka_unit_test(
			an_idle_connection_makes_room_when_descriptors_run_short),
		cmocka_unit_test(a_connection_that_becomes_idle_makes_room_too),
		cmocka_unit_test(a_limit_to_an_origin_holds_when_descriptors_run_short),
		cmocka_unit_test(who_looks_after_others_is_told_that_the_pool_starves),
		cmocka_unit_test(what_is_idle_is_shed_and_what_is_used_is_not),
		cmocka_unit_test(any_allocation_may_fail),
		cmocka_unit_test(one_who_cannot_be_served_does_not_block_the_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
