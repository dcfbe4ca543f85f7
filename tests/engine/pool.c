/* SPDX-License-Identifier: MIT */
/*
 * A pool on a real loop, dialling listeners of the test. The pool is used on the loop's
 * thread by errands; what happens there is noted, and judged on the main thread.
 */
#include "engine/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>

#include "base/mem.h"
#include "engine/errand.h"
#include "engine/pool.h"
#include "lib/flag.h"
#include "lib/origin.h"

/* ---- a clock that can be put forward ---- */

static atomic_llong forward_s;

/* libuv and base/clock find this one before the system's. */
__attribute__((visibility("default"))) int clock_gettime(clockid_t clock,
							 struct timespec *out)
{
	int status = (int)syscall(SYS_clock_gettime, clock, out);

	if (clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_COARSE)
		out->tv_sec += atomic_load(&forward_s);
	return status;
}

/* ---- the pool and those who want ---- */

struct bench {
	struct loop *loop;
	struct dns *dns;
	struct settings settings;
	struct pool *pool;
	struct arena arena;	/* of urls and heads */
	long blocks;		/* allocated before */
	atomic_uint done_count; /* wants that were told their end */
	struct want *wants;	/* all, the newest first */
};

struct want {
	struct pool_want want; /* the pool's */
	struct bench *bench;   /* the pool's bench */
	struct want *older;    /* among all of the bench */
	struct url url;	       /* where to */
	uint32_t max;	       /* connections there */
	uint32_t timeout_ms;   /* to connect */
	bool is_fresh;	       /* wants_fresh */
	enum err err;	       /* of pool_get */
	bool came_at_once;     /* done, inside pool_get */
	struct exchange *x;    /* what it got */
	struct fault fault;    /* or why it did not */
	unsigned order;	       /* who came first, from 1; 0: nobody yet */
	struct flag told;      /* it has come */
	struct flag ended;     /* the exchange has ended */
};

static void on_done(struct pool_want *pool_want, struct exchange *x,
		    const struct fault *fault)
{
	struct want *want = LIST_ENTRY(pool_want, struct want, want);

	want->x = x;
	if (!x)
		want->fault = *fault;
	want->order = atomic_fetch_add(&want->bench->done_count, 1) + 1;
	flag_raise(&want->told);
}

static void make_pool(void *data)
{
	struct bench *bench = data;

	assert_int_equal(dns_new(bench->loop, &bench->dns), ERR_NONE);
	assert_int_equal(
		pool_new(bench->loop, bench->dns, &bench->settings, &bench->pool),
		ERR_NONE);
}

static void bench_init(struct bench *bench)
{
	*bench = (struct bench){.blocks = mem_live_blocks()};
	settings_init(&bench->settings);
	assert_int_equal(loop_new(&bench->loop), ERR_NONE);
	errand_run(bench->loop, make_pool, bench);
}

static void free_pool(void *data)
{
	struct bench *bench = data;

	pool_free(bench->pool);
	dns_free(bench->dns);
}

static void want_free(struct want *want)
{
	want->bench->wants = want->older;
	flag_done(&want->told);
	flag_done(&want->ended);
	free(want);
}

/* Frees the pool and all wants. */
static void bench_done(struct bench *bench)
{
	errand_run(bench->loop, free_pool, bench);
	loop_free(bench->loop);
	settings_done(&bench->settings);
	arena_done(&bench->arena);
	while (bench->wants)
		want_free(bench->wants);
	assert_int_equal(mem_live_blocks(), bench->blocks);
}

static struct want *want_new(struct bench *bench, const char *url, uint32_t max)
{
	struct want *want = calloc(1, sizeof(*want));

	assert_non_null(want);
	want->bench = bench;
	want->older = bench->wants;
	bench->wants = want;
	want->max = max;
	want->timeout_ms = 60000;
	flag_init(&want->told);
	flag_init(&want->ended);
	assert_int_equal(url_parse(&bench->arena, span_str(url), NULL, &want->url),
			 ERR_NONE);
	return want;
}

/* ---- errands ---- */

static void get_here(void *data)
{
	struct want *want = data;

	want->want.done = on_done;
	want->want.connect_timeout_ms = want->timeout_ms;
	want->err = pool_get(want->bench->pool, &want->url, want->max, want->is_fresh,
			     &want->want, &want->x);
	want->came_at_once = want->order != 0;
}

static enum err get(struct want *want)
{
	errand_run(want->bench->loop, get_here, want);
	assert_false(want->came_at_once);
	return want->err;
}

static void put_here(void *data)
{
	struct want *want = data;

	pool_put(want->bench->pool, want->x);
	want->x = NULL;
}

static void put(struct want *want)
{
	errand_run(want->bench->loop, put_here, want);
}

static void cancel_here(void *data)
{
	struct want *want = data;

	pool_cancel(want->bench->pool, &want->want);
}

static void cancel(struct want *want)
{
	errand_run(want->bench->loop, cancel_here, want);
}

static void await(struct want *want)
{
	assert_true(flag_wait(&want->told, LISTENER_STEP_MS));
}

/* Gets an exchange over a connection that is made for it. */
static struct want *connect_new(struct bench *bench, const struct listener *listener,
				uint32_t max, int *out_fd)
{
	struct want *want = want_new(bench, listener->url, max);

	assert_int_equal(get(want), ERR_AGAIN);
	await(want);
	assert_non_null(want->x);
	*out_fd = listener_accept(listener);
	return want;
}

static void on_ready(void *owner)
{
	struct want *want = owner;
	struct exchange_event event;

	while (!want->x->ops->next(want->x, &event)) {
		if (event.kind == EXCHANGE_END) {
			flag_raise(&want->ended);
			return;
		}
	}
}

static void ask_here(void *data)
{
	struct want *want = data;
	struct request_head head = {
		.method = SPAN("GET"), .url = &want->url, .body_length = MESSAGE_NO_BODY};
	struct span nothing = {NULL, 0};

	headers_init(&head.headers, &want->bench->arena);
	want->x->ready = on_ready;
	want->x->owner = want;
	want->err = want->x->ops->start(want->x, &want->bench->arena, &head);
	if (!want->err)
		want->err = want->x->ops->write(want->x, &nothing, true);
}

/* One request and its answer over the exchange of want; the peer is fd. */
static void serve_once(struct want *want, int fd)
{
	flag_lower(&want->ended);
	errand_run(want->bench->loop, ask_here, want);
	assert_int_equal(want->err, ERR_NONE);
	listener_take_head(fd);
	listener_send(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
	assert_true(flag_wait(&want->ended, LISTENER_STEP_MS));
}

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
	assert_true(first->want.connected_ns > 0);
	assert_true(first->want.resolved_ns > 0);
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
	atomic_fetch_add(&forward_s, 50);
	errand_run(bench.loop, do_nothing, NULL);
	assert_false(listener_has(fd[0], 50));
	put(young);
	atomic_fetch_add(&forward_s, 11);
	errand_run(bench.loop, do_nothing, NULL);
	listener_expect_close(fd[0]);
	assert_false(listener_has(fd[1], 50));
	atomic_fetch_add(&forward_s, 50);
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
			assert_int_equal(wants[i]->want.connected_ns, 0);
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

static const char *deaf_url(char out[40])
{
	snprintf(out, 40, "http://127.0.0.1:%u/", origin_deaf_port());
	return out;
}

static const char *refusing_url(char out[40])
{
	snprintf(out, 40, "http://127.0.0.1:%u/", origin_refusing_port());
	return out;
}

static void one_who_waits_for_a_connection_can_give_up(void **state)
{
	struct bench bench;
	struct want *want;
	char url[40];

	(void)state;
	bench_init(&bench);
	want = want_new(&bench, deaf_url(url), 0);
	assert_int_equal(get(want), ERR_AGAIN);
	assert_non_null(want->want.dial);
	cancel(want);
	assert_null(want->want.place);
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

	(void)state;
	bench_init(&bench);
	first = want_new(&bench, deaf_url(url), 1);
	first->timeout_ms = 100;
	second = want_new(&bench, url, 1);
	assert_int_equal(get(first), ERR_AGAIN);
	assert_int_equal(get(second), ERR_AGAIN);
	assert_null(second->want.dial);
	cancel(first);
	assert_non_null(second->want.dial);
	assert_false(flag_wait(&second->told, 300));
	atomic_fetch_add(&forward_s, 61);
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
	assert_int_equal(second->want.connected_ns, 0);
	orphan = listener_accept(&listener);
	/* It is idle now, or will be served with what is being made. */
	third = want_new(&bench, listener.url, 2);
	if (get(third) == ERR_AGAIN)
		await(third);
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
		cmocka_unit_test(a_connection_that_was_given_back_is_used_again),
		cmocka_unit_test(the_connection_used_last_is_used_first),
		cmocka_unit_test(origins_do_not_share_connections),
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
		cmocka_unit_test(any_allocation_may_fail),
		cmocka_unit_test(one_who_cannot_be_served_does_not_block_the_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
