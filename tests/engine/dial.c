/* SPDX-License-Identifier: MIT */
/* A dial on a real loop, to listeners of the test. */
#include "engine/listener.h"

#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "engine/dial.h"
#include "engine/errand.h"
#include "lib/flag.h"
#include "lib/origin.h"

struct caller {
	struct loop *loop;	   /* where it dials */
	struct dns *dns;	   /* there */
	struct dial_target target; /* whom */
	struct dial *dial;	   /* while it is at it */
	enum err err;		   /* of dial_new */
	bool came_at_once;	   /* done, inside dial_new */
	struct dial_result result; /* the end */
	struct flag ended;	   /* raised then */
	unsigned long fail_at;	   /* the allocation that fails */
	bool has_failed;	   /* it did */
	long blocks;		   /* allocated before */
};

static void on_dialed(void *owner, const struct dial_result *result)
{
	struct caller *caller = owner;

	caller->result = *result;
	caller->dial = NULL;
	if (caller->fail_at)
		caller->has_failed = mem_has_failed();
	mem_fail_at(0);
	flag_raise(&caller->ended);
}

static void make_dns(void *data)
{
	struct caller *caller = data;

	caller->err = dns_new(caller->loop, &caller->dns);
}

static void caller_init(struct caller *caller, const char *host, uint16_t port)
{
	*caller = (struct caller){.blocks = mem_live_blocks()};
	flag_init(&caller->ended);
	caller->target = (struct dial_target){
		.host = span_str(host), .port = port, .timeout_ms = 60000};
	assert_int_equal(loop_new(&caller->loop), ERR_NONE);
	errand_run(caller->loop, make_dns, caller);
	assert_int_equal(caller->err, ERR_NONE);
}

static void free_here(void *data)
{
	struct caller *caller = data;

	dial_free(caller->dial);
	wire_free(caller->result.wire);
	dns_free(caller->dns);
}

static void caller_done(struct caller *caller)
{
	errand_run(caller->loop, free_here, caller);
	loop_free(caller->loop);
	flag_done(&caller->ended);
	assert_int_equal(mem_live_blocks(), caller->blocks);
}

static void dial_here(void *data)
{
	struct caller *caller = data;
	char *host = malloc(caller->target.host.len + 1);
	struct dial_target target = caller->target;

	if (!host)
		abort();
	memcpy(host, target.host.at, target.host.len);
	target.host.at = host;
	mem_fail_at(caller->fail_at);
	caller->err =
		dial_new(caller->loop, caller->dns, &target, on_dialed, &caller->dial);
	if (!caller->err)
		dial_own(caller->dial, caller);
	memset(host, 'x', target.host.len);
	free(host);
	caller->came_at_once = flag_is_up(&caller->ended);
	if (caller->err) {
		caller->has_failed = mem_has_failed();
		mem_fail_at(0);
	}
}

/* Dials and waits for the end. */
static void dial(struct caller *caller)
{
	errand_run(caller->loop, dial_here, caller);
	assert_false(caller->came_at_once);
	if (!caller->err)
		assert_true(flag_wait(&caller->ended, LISTENER_STEP_MS));
}

static void an_address_a_name_and_the_other_family_are_dialled(void **state)
{
	static const char *const hosts[] = {"127.0.0.1", "localhost", "LOCALHOST",
					    "x.localhost"};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(hosts); i++) {
		struct listener listener;
		struct caller caller;
		char peer[32];

		listener_open(&listener);
		caller_init(&caller, hosts[i], listener.port);
		dial(&caller);
		assert_int_equal(caller.err, ERR_NONE);
		assert_non_null(caller.result.wire);
		snprintf(peer, sizeof(peer), "127.0.0.1:%u", listener.port);
		assert_span(caller.result.wire->peer, span_str(peer));
		assert_true(caller.result.resolved_ns > 0);
		assert_true(caller.result.connected_ns >= caller.result.resolved_ns);
		close(listener_accept(&listener));
		caller_done(&caller);
		listener_close(&listener);
	}
}

static void a_refusal_says_what_the_system_said(void **state)
{
	struct caller caller;

	(void)state;
	caller_init(&caller, "127.0.0.1", (uint16_t)origin_refusing_port());
	dial(&caller);
	assert_null(caller.result.wire);
	assert_int_equal(caller.result.fault.err, ERR_CONNECT);
	assert_int_equal(caller.result.fault.sys, ECONNREFUSED);
	assert_true(caller.result.resolved_ns > 0);
	assert_int_equal(caller.result.connected_ns, 0);
	caller_done(&caller);
}

static void a_name_that_is_none_is_told(void **state)
{
	struct caller caller;

	(void)state;
	caller_init(&caller, "[::zz]", 80);
	dial(&caller);
	assert_null(caller.result.wire);
	assert_int_equal(caller.result.fault.err, ERR_NAME);
	assert_int_equal(caller.result.resolved_ns, 0);
	caller_done(&caller);
}

static void silence_is_a_timeout(void **state)
{
	struct caller caller;

	(void)state;
	caller_init(&caller, "127.0.0.1", (uint16_t)origin_deaf_port());
	caller.target.timeout_ms = 50;
	dial(&caller);
	assert_null(caller.result.wire);
	assert_int_equal(caller.result.fault.err, ERR_TIMEOUT);
	assert_string_equal(caller.result.fault.what, "connecting");
	caller_done(&caller);
}

static void renew_here(void *data)
{
	struct caller *caller = data;

	dial_renew(caller->dial, 60000);
}

static void its_time_can_begin_anew(void **state)
{
	struct caller caller;

	(void)state;
	caller_init(&caller, "127.0.0.1", (uint16_t)origin_deaf_port());
	caller.target.timeout_ms = 200;
	errand_run(caller.loop, dial_here, &caller);
	errand_run(caller.loop, renew_here, &caller);
	assert_false(flag_wait(&caller.ended, 400));
	caller_done(&caller);
}

static void dial_and_give_up_here(void *data)
{
	struct caller *caller = data;

	dial_here(data);
	dial_free(caller->dial);
	caller->dial = NULL;
}

static void giving_up_at_any_time_leaves_nothing(void **state)
{
	struct listener listener;
	struct caller caller;

	(void)state;
	listener_open(&listener);
	for (int i = 0; i < 20; i++) {
		caller_init(&caller, i % 2 ? "127.0.0.1" : "localhost", listener.port);
		errand_run(caller.loop, dial_and_give_up_here, &caller);
		assert_int_equal(caller.err, ERR_NONE);
		assert_false(flag_wait(&caller.ended, 1));
		caller_done(&caller);
		caller_init(&caller, "localhost", listener.port);
		errand_run(caller.loop, dial_here, &caller);
		usleep((unsigned)i * 20);
		caller_done(&caller);
	}
	dial_free(NULL);
	listener_close(&listener);
}

static void any_allocation_may_fail(void **state)
{
	(void)state;
	for (unsigned long n = 1;; n++) {
		struct listener listener;
		struct caller caller;
		bool has_failed;

		listener_open(&listener);
		caller_init(&caller, "localhost", listener.port);
		caller.fail_at = n;
		dial(&caller);
		has_failed = caller.has_failed;
		if (caller.err)
			assert_int_equal(caller.err, ERR_NO_MEMORY);
		else if (!caller.result.wire)
			assert_int_equal(caller.result.fault.err, ERR_NO_MEMORY);
		assert_true(has_failed || caller.result.wire);
		caller_done(&caller);
		listener_close(&listener);
		if (!has_failed)
			return;
		assert_true(n < 100);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_a_name_and_the_other_family_are_dialled),
		cmocka_unit_test(a_refusal_says_what_the_system_said),
		cmocka_unit_test(a_name_that_is_none_is_told),
		cmocka_unit_test(silence_is_a_timeout),
		cmocka_unit_test(its_time_can_begin_anew),
		cmocka_unit_test(giving_up_at_any_time_leaves_nothing),
		cmocka_unit_test(any_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
