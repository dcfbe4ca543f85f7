/* SPDX-License-Identifier: MIT */
/* What becomes of those who want a connection of a guest's (see net/loop.h). */
#include "engine/bench.h"

#include <unistd.h>

/* Between two tries: the owner goes to sleep again. */
#define TRY_US 200

/* What is done in a visit; where it did not become one, it is tried again. */
struct
try {
	struct loop_post post;	 /* brings it to whom it may concern */
	struct loop *loop;	 /* that is visited */
	void (*run)(void *data); /* what to do */
	void *data;		 /* its argument */
	bool has_visited;	 /* it was done */
	sem_t is_over;		 /* told when the post has run */
};

static void run_try(struct loop_post *post)
{
	struct try *try = LIST_ENTRY(post, struct try, post);

	try->has_visited = loop_is_visited(try->loop);
	if (try->has_visited)
		try->run(try->data);
	sem_post(&try->is_over);
}

static void visit(struct loop *loop, void (*run)(void *data), void *data)
{
	struct try try = {.post.run = run_try, .loop = loop, .run = run, .data = data};

	sem_init(&try.is_over, 0, 0);
	while (!try.has_visited) {
		usleep(TRY_US);
		loop_visit(loop, &try.post);
		while (sem_wait(&try.is_over) != 0)
			;
	}
	sem_destroy(&try.is_over);
}

static void get_both(void *data)
{
	struct want **wants = data;
	uint64_t since_ms;

	for (int i = 0; i < 2; i++) {
		get_here(wants[i]);
		if (wants[i]->err == ERR_AGAIN &&
		    pool_is_dialing(&wants[i]->want, &since_ms))
			wants[i]->err = ERR_WRONG_STATE;
	}
}

static void a_guest_leaves_it_to_the_owner_to_make_a_connection(void **state)
{
	struct listener listener;
	struct bench bench;
	struct want *wants[2];
	int fds[2];

	(void)state;
	bench_init(&bench);
	listener_open(&listener);
	for (int i = 0; i < 2; i++)
		wants[i] = want_new(&bench, listener.url, 0);
	visit(bench.loop, get_both, wants);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(wants[i]->err, ERR_AGAIN);
		await(wants[i]);
		assert_non_null(wants[i]->x);
		fds[i] = listener_accept(&listener);
		put(wants[i]);
	}
	bench_done(&bench);
	for (int i = 0; i < 2; i++)
		close(fds[i]);
	listener_close(&listener);
}

static void who_is_put_off_waits_for_others_as_well(void **state)
{
	struct listener listener;
	struct bench bench;
	struct want *wants[2];
	int fd;

	(void)state;
	bench_init(&bench);
	listener_open(&listener);
	for (int i = 0; i < 2; i++)
		wants[i] = want_new(&bench, listener.url, 1);
	visit(bench.loop, get_both, wants);
	await(wants[0]);
	fd = listener_accept(&listener);
	assert_null(wants[1]->x);
	serve_once(wants[0], fd);
	put(wants[0]);
	await(wants[1]);
	assert_non_null(wants[1]->x);
	put(wants[1]);
	bench_done(&bench);
	close(fd);
	listener_close(&listener);
}

/* Behind the visit the other comes before the owner has made up for it, or after. */
static void who_comes_behind_one_who_is_put_off_is_served_behind_him(void **state)
{
	struct listener listener;

	(void)state;
	listener_open(&listener);
	for (int i = 0; i < 20; i++) {
		struct bench bench;
		struct want *first, *second;
		int fd;

		bench_init(&bench);
		first = want_new(&bench, listener.url, 1);
		second = want_new(&bench, listener.url, 1);
		visit(bench.loop, get_here, first);
		assert_int_equal(get(second), ERR_AGAIN);
		await(first);
		fd = listener_accept(&listener);
		assert_null(second->x);
		serve_once(first, fd);
		put(first);
		await(second);
		put(second);
		bench_done(&bench);
		close(fd);
	}
	listener_close(&listener);
}

static void get_and_cancel(void *data)
{
	get_here(data);
	cancel_here(data);
}

static void who_is_put_off_can_give_up(void **state)
{
	struct listener listener;
	struct bench bench;
	struct want *want;

	(void)state;
	bench_init(&bench);
	listener_open(&listener);
	want = want_new(&bench, listener.url, 0);
	visit(bench.loop, get_and_cancel, want);
	assert_int_equal(want->err, ERR_AGAIN);
	assert_int_equal(want->order, 0);
	bench_done(&bench);
	listener_close(&listener);
}

static void a_guest_uses_and_closes_connections_that_are_kept(void **state)
{
	struct listener listener;
	struct bench bench;
	struct want *want, *again, *fresh;
	int fd, second;

	(void)state;
	bench_init(&bench);
	listener_open(&listener);
	want = connect_new(&bench, &listener, 0, &fd);
	serve_once(want, fd);
	put(want);
	again = want_new(&bench, listener.url, 0);
	visit(bench.loop, get_here, again);
	assert_int_equal(again->err, ERR_NONE);
	serve_once(again, fd);
	visit(bench.loop, put_here, again);
	fresh = want_new(&bench, listener.url, 0);
	fresh->is_fresh = true;
	visit(bench.loop, get_here, fresh);
	listener_expect_close(fd);
	await(fresh);
	second = listener_accept(&listener);
	put(fresh);
	bench_done(&bench);
	close(second);
	listener_close(&listener);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_guest_leaves_it_to_the_owner_to_make_a_connection),
		cmocka_unit_test(who_is_put_off_waits_for_others_as_well),
		cmocka_unit_test(
			who_comes_behind_one_who_is_put_off_is_served_behind_him),
		cmocka_unit_test(who_is_put_off_can_give_up),
		cmocka_unit_test(a_guest_uses_and_closes_connections_that_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
