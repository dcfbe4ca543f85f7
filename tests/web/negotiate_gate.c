/* SPDX-License-Identifier: MIT */
#include "web/negotiate_gate.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/flag.h"
#include "lib/test.h"

/* How long another thread may take. */
#define STEP_MS 60000

/* How long nothing must happen. */
#define QUIET_MS 20

/* A thread that goes in, and out when it is told to. */
struct visitor {
	pthread_t thread;
	struct flag in, go; /* it is inside; it may leave */
};

static void *visit(void *data)
{
	struct visitor *visitor = data;

	if (!negotiate_gate_enter())
		abort();
	flag_raise(&visitor->in);
	if (!flag_wait(&visitor->go, STEP_MS))
		abort();
	negotiate_gate_leave();
	return NULL;
}

static void visitor_begin(struct visitor *visitor)
{
	flag_init(&visitor->in);
	flag_init(&visitor->go);
	assert_int_equal(pthread_create(&visitor->thread, NULL, visit, visitor), 0);
}

static void visitor_end(struct visitor *visitor)
{
	flag_raise(&visitor->go);
	pthread_join(visitor->thread, NULL);
	flag_done(&visitor->in);
	flag_done(&visitor->go);
}

static void many_may_be_inside(void **state)
{
	struct visitor visitors[3];

	(void)state;
	for (int i = 0; i < 3; i++)
		visitor_begin(&visitors[i]);
	for (int i = 0; i < 3; i++)
		assert_true(flag_wait(&visitors[i].in, STEP_MS));
	for (int i = 0; i < 3; i++)
		visitor_end(&visitors[i]);
}

static void who_holds_waits_for_those_inside(void **state)
{
	struct visitor visitor;

	(void)state;
	visitor_begin(&visitor);
	assert_true(flag_wait(&visitor.in, STEP_MS));
	flag_raise(&visitor.go);
	negotiate_gate_hold(STEP_MS);
	/* It may be told so only when it has left. */
	negotiate_gate_forget();
	assert_true(negotiate_gate_enter());
	negotiate_gate_leave();
	visitor_end(&visitor);
}

static void who_holds_does_not_wait_for_ever(void **state)
{
	struct visitor visitor;

	(void)state;
	visitor_begin(&visitor);
	assert_true(flag_wait(&visitor.in, STEP_MS));
	negotiate_gate_hold(1);
	negotiate_gate_open();
	visitor_end(&visitor);
}

static void nobody_enters_while_it_is_held(void **state)
{
	struct visitor visitor;

	(void)state;
	negotiate_gate_hold(1);
	visitor_begin(&visitor);
	assert_false(flag_wait(&visitor.in, QUIET_MS));
	negotiate_gate_hold(1);
	negotiate_gate_open();
	assert_false(flag_wait(&visitor.in, QUIET_MS));
	negotiate_gate_open();
	assert_true(flag_wait(&visitor.in, STEP_MS));
	visitor_end(&visitor);
}

/* What a child, which is made while the gate is held, finds. */
static bool child_may_enter(void)
{
	int status;
	pid_t child;

	negotiate_gate_hold(1);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		bool may;

		negotiate_gate_forget();
		may = negotiate_gate_enter();
		if (may)
			negotiate_gate_leave();
		_exit(may);
	}
	negotiate_gate_open();
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void a_child_enters_only_if_nobody_was_inside(void **state)
{
	struct visitor visitor;

	(void)state;
	assert_true(child_may_enter());
	visitor_begin(&visitor);
	assert_true(flag_wait(&visitor.in, STEP_MS));
	assert_false(child_may_enter());
	visitor_end(&visitor);
	assert_true(child_may_enter());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_may_be_inside),
		cmocka_unit_test(who_holds_waits_for_those_inside),
		cmocka_unit_test(who_holds_does_not_wait_for_ever),
		cmocka_unit_test(nobody_enters_while_it_is_held),
		cmocka_unit_test(a_child_enters_only_if_nobody_was_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
