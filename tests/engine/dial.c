/* SPDX-License-Identifier: MIT */
/* A dial on a real loop, to listeners of the test. */
#include "engine/caller.h"

#include <errno.h>

#include "lib/hourglass.h"
#include "lib/origin.h"

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
	hourglass_stop();
	errand_run(caller.loop, dial_here, &caller);
	errand_run(caller.loop, renew_here, &caller);
	hourglass_run();
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
