/* SPDX-License-Identifier: MIT */
/*
 * A pool on a real loop, and those who want something of it. The pool is used on the
 * loop's thread by errands; what happens there is noted, and judged on the main thread.
 */
#ifndef IXHR2_TESTS_ENGINE_BENCH_H
#define IXHR2_TESTS_ENGINE_BENCH_H

#include "engine/listener.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/mem.h"
#include "engine/errand.h"
#include "engine/exchange.h"
#include "engine/pool.h"
#include "lib/flag.h"
#include "lib/origin.h"

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
	uint64_t resolved_ns;  /* of the connection that was made, or 0 */
	uint64_t connected_ns; /* the same */
	unsigned order;	       /* who came first, from 1; 0: nobody yet */
	struct flag told;      /* it has come */
	struct flag ended;     /* the exchange has ended */
};

static inline void on_done(struct pool_want *pool_want, struct exchange *x,
			   const struct dial_result *result)
{
	struct want *want = LIST_ENTRY(pool_want, struct want, want);

	want->x = x;
	if (!x)
		want->fault = result->fault;
	want->resolved_ns = result ? result->resolved_ns : 0;
	want->connected_ns = result ? result->connected_ns : 0;
	want->order = atomic_fetch_add(&want->bench->done_count, 1) + 1;
	flag_raise(&want->told);
}

static inline void make_pool(void *data)
{
	struct bench *bench = data;

	assert_int_equal(dns_new(bench->loop, &bench->dns), ERR_NONE);
	assert_int_equal(
		pool_new(bench->loop, bench->dns, &bench->settings, &bench->pool),
		ERR_NONE);
}

static inline void bench_init(struct bench *bench)
{
	*bench = (struct bench){.blocks = mem_live_blocks()};
	settings_init(&bench->settings);
	assert_int_equal(loop_new(&bench->loop), ERR_NONE);
	errand_run(bench->loop, make_pool, bench);
}

static inline void free_pool(void *data)
{
	struct bench *bench = data;

	pool_free(bench->pool);
	dns_free(bench->dns);
}

static inline void want_free(struct want *want)
{
	want->bench->wants = want->older;
	flag_done(&want->told);
	flag_done(&want->ended);
	free(want);
}

/* Frees the pool and all wants. */
static inline void bench_done(struct bench *bench)
{
	errand_run(bench->loop, free_pool, bench);
	loop_free(bench->loop);
	settings_done(&bench->settings);
	arena_done(&bench->arena);
	while (bench->wants)
		want_free(bench->wants);
	assert_int_equal(mem_live_blocks(), bench->blocks);
}

static inline struct want *want_new(struct bench *bench, const char *url, uint32_t max)
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

static inline void get_here(void *data)
{
	struct want *want = data;

	want->want.done = on_done;
	want->want.connect_timeout_ms = want->timeout_ms;
	want->want.max_connections = want->max;
	want->want.wants_fresh = want->is_fresh;
	want->err = pool_get(want->bench->pool, &want->url, &want->want, &want->x,
			     &want->fault);
	want->came_at_once = want->order != 0;
}

static inline enum err get(struct want *want)
{
	errand_run(want->bench->loop, get_here, want);
	assert_false(want->came_at_once);
	return want->err;
}

static inline void put_here(void *data)
{
	struct want *want = data;

	pool_put(want->x);
	want->x = NULL;
}

static inline void put(struct want *want)
{
	errand_run(want->bench->loop, put_here, want);
}

static inline void cancel_here(void *data)
{
	struct want *want = data;

	pool_cancel(&want->want);
}

static inline void cancel(struct want *want)
{
	errand_run(want->bench->loop, cancel_here, want);
}

static inline void await(struct want *want)
{
	assert_true(flag_wait(&want->told, LISTENER_STEP_MS));
}

/* Gets an exchange over a connection that is made for it. */
static inline struct want *connect_new(struct bench *bench,
				       const struct listener *listener, uint32_t max,
				       int *out_fd)
{
	struct want *want = want_new(bench, listener->url, max);

	assert_int_equal(get(want), ERR_AGAIN);
	await(want);
	assert_non_null(want->x);
	*out_fd = listener_accept(listener);
	return want;
}

static inline void on_ready(void *owner)
{
	struct want *want = owner;
	struct response_event event;

	while (!want->x->ops->next(want->x, &event)) {
		if (event.kind == RESPONSE_END) {
			flag_raise(&want->ended);
			return;
		}
	}
}

static inline void ask_here(void *data)
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
static inline void serve_once(struct want *want, int fd)
{
	flag_lower(&want->ended);
	errand_run(want->bench->loop, ask_here, want);
	assert_int_equal(want->err, ERR_NONE);
	listener_take_head(fd);
	listener_send(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
	assert_true(flag_wait(&want->ended, LISTENER_STEP_MS));
}

static inline const char *deaf_url(char out[40])
{
	snprintf(out, 40, "http://127.0.0.1:%u/", origin_deaf_port());
	return out;
}

static inline const char *refusing_url(char out[40])
{
	snprintf(out, 40, "http://127.0.0.1:%u/", origin_refusing_port());
	return out;
}

#endif
