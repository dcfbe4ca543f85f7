/* SPDX-License-Identifier: MIT */
/* Connections that are idle, limited in number, given up. */
#include "engine/bench.h"

#include "lib/hourglass.h"

/* ---- idle connections ---- */

static void a_connection_that_was_given_back_is_used_again(void **state)
{
	struct listener listener;
	struct bench bench;
	struct want *first, *second;
	int fd;

	(void)state;
	bench_init(&bench);
	listener_open(&listener);
	first = connect_new(&bench, &listener, 0, &fd);
	assert_true(first->connected_ns > 0);
	assert_true(first->resolved_ns > 0);
	serve_once(first, fd);
	put(first);
	second = want_new(&bench, listener.url, 0);
	assert_int_equal(get(second), ERR_NONE);
	assert_non_null(second->x);
	serve_once(second, fd);
	assert_true(second->x->is_reused);
	put(second);
	bench_done(&bench);
	listener_expect_close(fd);
	listener_close(&listener);
}

static void the_connection_used_last_is_used_first(void **state)
{
	struct listener listener;
	struct bench bench;
	struct want *wants[3], *again[3];
	struct exchange *x[3];
	int fd[3];

	(void)state;
	bench_init(&bench);
	listener_open(&listener);
	for (int i = 0; i < 3; i++) {
		wants[i] = connect_new(&bench, &listener, 0, &fd[i]);
		x[i] = wants[i]->x;
	}
	for (int i = 0; i < 3; i++) {
		serve_once(wants[i], fd[i]);
		put(wants[i]);
	}
	for (int i = 0; i < 3; i++) {
		again[i] = want_new(&bench, listener.url, 0);
		assert_int_equal(get(again[i]), ERR_NONE);
		assert_ptr_equal(again[i]->x, x[2 - i]);
	}
	for (int i = 0; i < 3; i++) {
		put(again[i]);
		close(fd[i]);
	}
	bench_done(&bench);
	listener_close(&listener);
}

static void origins_do_not_share_connections(void **state)
{
	struct listener listener[2];
	struct bench bench;
	struct want *first, *second;
	int fd[2];

	(void)state;
	bench_init(&bench);
	listener_open(&listener[0]);
	listener_open(&listener[1]);
	first = connect_new(&bench, &listener[0], 1, &fd[0]);
	serve_once(first, fd[0]);
	put(first);
	second = connect_new(&bench, &listener[1], 1, &fd[1]);
	put(second);
	listener_expect_close(fd[1]);
	bench_done(&bench);
	close(fd[0]);
	listener_close(&listener[0]);
	listener_close(&listener[1]);
}

static void origins_that_take_turns_each_find_their_own_connection(void **state)
{
	struct listener listener[2];
	struct bench bench;
	struct exchange *x[2];
	int fd[2];

	(void)state;
	bench_init(&bench);
	for (int i = 0; i < 2; i++) {
		struct want *want;

		listener_open(&listener[i]);
		want = connect_new(&bench, &listener[i], 0, &fd[i]);
		x[i] = want->x;
		serve_once(want, fd[i]);
		put(want);
	}
	for (int i = 0; i < 8; i++) {
		/* One, the other; later one twice, the other twice. */
		int which = i < 4 ? i % 2 : i / 2 % 2;
		struct want *want = want_new(&bench, listener[which].url, 0);

		assert_int_equal(get(want), ERR_NONE);
		assert_ptr_equal(want->x, x[which]);
		serve_once(want, fd[which]);
		put(want);
	}
	bench_done(&bench);
	for (int i = 0; i < 2; i++) {
		listener_expect_close(fd[i]);
		listener_close(&listener[i]);
	}
}

static void an_idle_connection_that_closes_or_speaks_is_dropped(void **state)
{
	struct listener listener;
	struct bench bench;

	(void)state;
	bench_init(&bench);
	listener_open(&listener);
	for (int speaks = 0; speaks < 2; speaks++) {
		struct want *first, *second;
		int fd, fd2;

		first = connect_new(&bench, &listener, 0, &fd);
		serve_once(first, fd);
		put(first);
		if (speaks)
			listener_send(fd, "HTTP/1.1 408 Too late\r\n\r\n");
		else
			shutdown(fd, SHUT_WR);
		listener_expect_close(fd);
		second = connect_new(&bench, &listener, 0, &fd2);
		put(second);
		listener_expect_close(fd2);
	}
	bench_done(&bench);
	listener_close(&listener);
}

static void a_connection_that_cannot_be_used_again_is_closed(void **state)
{
	struct listener listener;
	struct bench bench;
	struct want *want;
	int fd;

	(void)state;
	bench_init(&bench);
	listener_open(&listener);
	want = connect_new(&bench, &listener, 0, &fd);
	put(want);
	listener_expect_close(fd);
	want = connect_new(&bench, &listener, 0, &fd);
	serve_once(want, fd);
	want->x->is_last = true;
	put(want);
	listener_expect_close(fd);
	bench_done(&bench);
	listener_close(&listener);
}

static void do_nothing(void *data)
{
	(void)data;
}

static void an_idle_connection_is_dropped_after_a_minute(void **state)
{
	struct listener listener;
	struct bench bench;
	struct want *old, *young;
	int fd[2];

	(void)state;
	bench_init(&bench);
	listener_open(&listener);
	old = connect_new(&bench, &listener, 0, &fd[0]);
	young = connect_new(&bench, &listener, 0, &fd[1]);
	serve_once(old, fd[0]);
	serve_once(young, fd[1]);
	put(old);
	hourglass_forward(50);
	errand_run(bench.loop, do_nothing, NULL);
	assert_false(listener_has(fd[0], 50));
	put(young);
	hourglass_forward(11);
	errand_run(bench.loop, do_nothing, NULL);
	listener_expect_close(fd[0]);
	assert_false(listener_has(fd[1], 50));
	hourglass_forward(50);
	errand_run(bench.loop, do_nothing, NULL);
	listener_expect_close(fd[1]);
	bench_done(&bench);
	listener_close(&listener);
}

/* ---- fresh ones ---- */

static void who_wants_a_fresh_connection_gets_one_and_idle_ones_go(void **state)
{
	struct listener listener;
	struct bench bench;
	struct want *first, *fresh;
	int fd, fresh_fd;

	(void)state;
	bench_init(&bench);
	listener_open(&listener);
	first = connect_new(&bench, &listener, 1, &fd);
	serve_once(first, fd);
	put(first);
	fresh = want_new(&bench, listener.url, 1);
	fresh->is_fresh = true;
	assert_int_equal(get(fresh), ERR_AGAIN);
	listener_expect_close(fd);
	await(fresh);
	fresh_fd = listener_accept(&listener);
	serve_once(fresh, fresh_fd);
	assert_false(fresh->x->is_reused);
	put(fresh);
	bench_done(&bench);
	close(fresh_fd);
	listener_close(&listener);
}

static void who_waits_for_a_fresh_connection_is_not_given_a_used_one(void **state)
{
	struct listener listener;
	struct bench bench;
	struct want *first, *fresh, *other;
	int fd;

	(void)state;
	bench_init(&bench);
	listener_open(&listener);
	first = connect_new(&bench, &listener, 1, &fd);
	serve_once(first, fd);
	fresh = want_new(&bench, listener.url, 1);
	fresh->is_fresh = true;
	assert_int_equal(get(fresh), ERR_AGAIN);
	other = want_new(&bench, listener.url, 1);
	assert_int_equal(get(other), ERR_AGAIN);
	put(first);
	await(other);
	assert_int_equal(fresh->order, 0);
	serve_once(other, fd);
	put(other);
	listener_expect_close(fd);
	await(fresh);
	fd = listener_accept(&listener);
	assert_non_null(fresh->x);
	serve_once(fresh, fd);
	assert_false(fresh->x->is_reused);
	put(fresh);
	bench_done(&bench);
	close(fd);
	listener_close(&listener);
}

/* ---- a limited number ---- */

static void those_who_wait_are_served_in_order(void **state)
{
	struct listener listener;
	struct bench bench;
	struct want *wants[5];
	int fd;

	(void)state;
	bench_init(&bench);
	listener_open(&listener);
	wants[0] = connect_new(&bench, &listener, 1, &fd);
	for (int i = 1; i < 5; i++) {
		wants[i] = want_new(&bench, listener.url, 1);
		assert_int_equal(get(wants[i]), ERR_AGAIN);
	}
	for (int i = 0; i < 5; i++) {
		await(wants[i]);
		assert_int_equal(wants[i]->order, i + 1);
		assert_int_equal(atomic_load(&bench.done_count), i + 1);
		if (i)
			assert_int_equal(wants[i]->connected_ns, 0);
		serve_once(wants[i], fd);
		put(wants[i]);
	}
	assert_false(listener_has(listener.fd, 0));
	bench_done(&bench);
	close(fd);
	listener_close(&listener);
}

static void a_connection_that_ends_makes_place_for_one_who_waits(void **state)
{
	struct listener listener;
	struct bench bench;
	struct want *wants[4];
	int fd;

	(void)state;
	bench_init(&bench);
	listener_open(&listener);
	wants[0] = connect_new(&bench, &listener, 1, &fd);
	for (int i = 1; i < 4; i++) {
		wants[i] = want_new(&bench, listener.url, 1);
		assert_int_equal(get(wants[i]), ERR_AGAIN);
	}
	for (int i = 0; i < 3; i++) {
		put(wants[i]);
		listener_expect_close(fd);
		await(wants[i + 1]);
		assert_int_equal(atomic_load(&bench.done_count), i + 2);
		fd = listener_accept(&listener);
	}
	put(wants[3]);
	listener_expect_close(fd);
	assert_false(listener_has(listener.fd, 0));
	bench_done(&bench);
	listener_close(&listener);
}

static void each_want_has_its_own_limit(void **state)
{
	struct listener listener;
	struct bench bench;
	struct want *first, *second, *third;
	int fd[2];

	(void)state;
	bench_init(&bench);
	listener_open(&listener);
	first = connect_new(&bench, &listener, 1, &fd[0]);
	second = connect_new(&bench, &listener, 2, &fd[1]);
	third = want_new(&bench, listener.url, 2);
	assert_int_equal(get(third), ERR_AGAIN);
	assert_false(flag_is_up(&third->told));
	put(first);
	await(third);
	listener_expect_close(fd[0]);
	fd[0] = listener_accept(&listener);
	put(second);
	put(third);
	bench_done(&bench);
	close(fd[0]);
	close(fd[1]);
	listener_close(&listener);
}

/* ---- giving up ---- */

static void one_who_waits_in_the_queue_can_give_up(void **state)
{
	struct listener listener;
	struct bench bench;
	struct want *wants[4];
	int fd;

	(void)state;
	bench_init(&bench);
	listener_open(&listener);
	wants[0] = connect_new(&bench, &listener, 1, &fd);
	for (int i = 1; i < 4; i++) {
		wants[i] = want_new(&bench, listener.url, 1);
		assert_int_equal(get(wants[i]), ERR_AGAIN);
	}
	cancel(wants[1]);
	cancel(wants[1]);
	serve_once(wants[0], fd);
	put(wants[0]);
	await(wants[2]);
	cancel(wants[2]);
	cancel(wants[3]);
	put(wants[2]);
	assert_int_equal(wants[1]->order, 0);
	assert_int_equal(wants[3]->order, 0);
	bench_done(&bench);
	close(fd);
	listener_close(&listener);
}

static void one_who_waits_for_a_connection_can_give_up(void **state)
{
	struct bench bench;
	struct want *want;
	char url[40];
	uint64_t since_ms;

	(void)state;
	bench_init(&bench);
	want = want_new(&bench, deaf_url(url), 0);
	assert_int_equal(get(want), ERR_AGAIN);
	assert_true(pool_is_dialing(&want->want, &since_ms));
	cancel(want);
	assert_false(pool_is_dialing(&want->want, &since_ms));
	assert_int_equal(want->order, 0);
	bench_done(&bench);
}

/* Two things in one errand: nothing can happen between them. */
static void get_and_cancel_here(void *data)
{
	get_here(data);
	cancel_here(data);
}

static void giving_up_at_once_leaves_nothing(void **state)
{
	struct bench bench;
	struct want *want;
	char url[40];

	(void)state;
	bench_init(&bench);
	want = want_new(&bench, refusing_url(url), 0);
	errand_run(bench.loop, get_and_cancel_here, want);
	assert_int_equal(want->err, ERR_AGAIN);
	assert_int_equal(want->order, 0);
	bench_done(&bench);
}

/* The time that one has spent on it does not count for the other. */
static void a_connection_being_made_is_left_to_the_next_with_time_of_its_own(void **state)
{
	struct bench bench;
	struct want *first, *second;
	char url[40];
	uint64_t since_ms;

	(void)state;
	bench_init(&bench);
	first = want_new(&bench, deaf_url(url), 1);
	first->timeout_ms = 100;
	second = want_new(&bench, url, 1);
	hourglass_stop();
	assert_int_equal(get(first), ERR_AGAIN);
	assert_int_equal(get(second), ERR_AGAIN);
	assert_false(pool_is_dialing(&second->want, &since_ms));
	cancel(first);
	assert_true(pool_is_dialing(&second->want, &since_ms));
	hourglass_run();
	assert_false(flag_wait(&second->told, 300));
	hourglass_forward(61);
	errand_run(bench.loop, do_nothing, NULL);
	await(second);
	assert_int_equal(second->fault.err, ERR_TIMEOUT);
	assert_int_equal(first->order, 0);
	bench_done(&bench);
}

struct pair {
	struct want *a, *b;
};

static void get_and_put_here(void *data)
{
	struct pair *pair = data;

	get_here(pair->a);
	put_here(pair->b);
}

static void a_connection_made_for_one_who_was_served_is_kept_for_later(void **state)
{
	struct listener listener;
	struct bench bench;
	struct want *first, *second, *third;
	struct pair pair;
	int fd, orphan;

	(void)state;
	bench_init(&bench);
	listener_open(&listener);
	first = connect_new(&bench, &listener, 0, &fd);
	serve_once(first, fd);
	second = want_new(&bench, listener.url, 0);
	pair = (struct pair){second, first};
	errand_run(bench.loop, get_and_put_here, &pair);
	assert_int_equal(second->err, ERR_AGAIN);
	await(second);
	assert_int_equal(second->connected_ns, 0);
	orphan = listener_accept(&listener);
	/* It is idle now, or will be served with what is being made. */
	third = want_new(&bench, listener.url, 2);
	if (get(third) == ERR_AGAIN)
		await(third);
	else
		assert_true(third->x->was_idle);
	assert_non_null(third->x);
	serve_once(third, orphan);
	put(third);
	put(second);
	bench_done(&bench);
	close(fd);
	close(orphan);
	listener_close(&listener);
}

static void a_connection_made_for_one_who_was_served_may_fail_unheard(void **state)
{
	struct listener listener;
	struct bench bench;
	struct want *first, *second;
	struct pair pair;
	int fd;

	(void)state;
	bench_init(&bench);
	listener_open(&listener);
	first = connect_new(&bench, &listener, 0, &fd);
	serve_once(first, fd);
	listener_close(&listener);
	second = want_new(&bench, listener.url, 0);
	pair = (struct pair){second, first};
	errand_run(bench.loop, get_and_put_here, &pair);
	await(second);
	assert_non_null(second->x);
	serve_once(second, fd);
	put(second);
	bench_done(&bench);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_connection_that_was_given_back_is_used_again),
		cmocka_unit_test(the_connection_used_last_is_used_first),
		cmocka_unit_test(origins_do_not_share_connections),
		cmocka_unit_test(origins_that_take_turns_each_find_their_own_connection),
		cmocka_unit_test(an_idle_connection_that_closes_or_speaks_is_dropped),
		cmocka_unit_test(a_connection_that_cannot_be_used_again_is_closed),
		cmocka_unit_test(an_idle_connection_is_dropped_after_a_minute),
		cmocka_unit_test(who_wants_a_fresh_connection_gets_one_and_idle_ones_go),
		cmocka_unit_test(
			who_waits_for_a_fresh_connection_is_not_given_a_used_one),
		cmocka_unit_test(those_who_wait_are_served_in_order),
		cmocka_unit_test(a_connection_that_ends_makes_place_for_one_who_waits),
		cmocka_unit_test(each_want_has_its_own_limit),
		cmocka_unit_test(one_who_waits_in_the_queue_can_give_up),
		cmocka_unit_test(one_who_waits_for_a_connection_can_give_up),
		cmocka_unit_test(giving_up_at_once_leaves_nothing),
		cmocka_unit_test(
			a_connection_being_made_is_left_to_the_next_with_time_of_its_own),
		cmocka_unit_test(
			a_connection_made_for_one_who_was_served_is_kept_for_later),
		cmocka_unit_test(
			a_connection_made_for_one_who_was_served_may_fail_unheard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
