/* SPDX-License-Identifier: MIT */
#include "lib/test.h"

#include <libpsl.h>
#include <string.h>

#include "lib/guard.h"
#include "web/psl.h"

#define NAME(text)                                                                       \
	{                                                                                \
		text, sizeof(text) - 1                                                   \
	}

/* A name, and whether it is under a registry. */
struct psl_case {
	struct span name;
	bool is_registry;
	bool needs_list; /* the default rule alone says otherwise */
};

static const struct psl_case cases[] = {
	/* The ICANN section. */
	{NAME("com"), true, false},
	{NAME("org"), true, false},
	{NAME("uk"), true, false},
	{NAME("co.uk"), true, true},
	{NAME("co.jp"), true, true},
	{NAME("city.kobe.jp"), false, false},  /* an exception */
	{NAME("www.kobe.jp"), true, true},     /* by a wildcard */
	{NAME("a.www.kobe.jp"), false, false}, /* below it */
	{NAME("www.ck"), false, false},
	{NAME("other.ck"), true, true},
	{NAME("example.com"), false, false},
	{NAME("a.example.com"), false, false},
	{NAME("example.co.uk"), false, false},
	{NAME("xn--p1ai"), true, false},
	{NAME("xn--80adxhks"), true, false},
	{NAME("xn--55qx5d.cn"), true, true},
	{NAME("example.xn--p1ai"), false, false},

	/* The private section. */
	{NAME("github.io"), false, false},
	{NAME("a.github.io"), false, false},
	{NAME("blogspot.com"), false, false},
	{NAME("s3.amazonaws.com"), false, false},

	/* What the list does not know. */
	{NAME("localhost"), true, false},
	{NAME("test"), true, false},
	{NAME("good.test"), false, false},
	{NAME("example.internal"), false, false},
	{NAME("a"), true, false},
	{NAME(""), true, false},
};

static void registries_are_known(void **state)
{
	struct guard guard = {0};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		const struct psl_case *c = &cases[i];

		if (c->needs_list && !psl_builtin())
			continue;
		if (psl_is_registry(guard_copy(&guard, c->name)) != c->is_registry)
			fail_msg("\"%s\" is not %d", c->name.at, c->is_registry);
	}
	guard_done(&guard);
}

static void a_name_that_is_too_long_counts(void **state)
{
	char name[300];

	(void)state;
	for (size_t i = 0; i < sizeof(name); i++)
		name[i] = i % 2 ? '.' : 'a';
	assert_false(psl_is_registry(span_of(name, 253)));
	assert_true(psl_is_registry(span_of(name, 254)));
	assert_true(psl_is_registry(span_of(name, sizeof(name))));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(registries_are_known),
		cmocka_unit_test(a_name_that_is_too_long_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
