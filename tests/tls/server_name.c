/* SPDX-License-Identifier: MIT */
/* RFC 9525 section 6: which presented names stand for which hosts. */
#include "lib/test.h"

#include <string.h>

#include "lib/guard.h"
#include "tls/server_name.h"

#define NAME(text)                                                                       \
	{                                                                                \
		text, sizeof(text) - 1                                                   \
	}

/* 63 and 64 bytes. */
#define LABEL_63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define LABEL_64 LABEL_63 "a"

/* 253 and 254 bytes. */
#define NAME_253 LABEL_63 "." LABEL_63 "." LABEL_63 "." TAIL_61
#define TAIL_61	 "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define NAME_254 NAME_253 "b"

struct name_case {
	struct span presented; /* in a certificate */
	struct span host;      /* asked for */
	bool matches;
};

static const struct name_case cases[] = {
	{NAME("example.org"), NAME("example.org"), true},
	{NAME("a.example.org"), NAME("a.example.org"), true},
	{NAME("localhost"), NAME("localhost"), true},
	{NAME("example.org"), NAME("example.com"), false},
	{NAME("example.org"), NAME("a.example.org"), false},
	{NAME("a.example.org"), NAME("example.org"), false},
	{NAME("xample.org"), NAME("example.org"), false},
	{NAME(""), NAME("example.org"), false},
	{NAME("example.org"), NAME(""), false},
	{NAME(""), NAME(""), false},

	/* Case. */
	{NAME("EXAMPLE.org"), NAME("example.ORG"), true},
	{NAME("*.EXAMPLE.org"), NAME("A.example.ORG"), true},

	/* Dots at the end: one, and only the host's. */
	{NAME("example.org"), NAME("example.org."), true},
	{NAME("*.example.org"), NAME("a.example.org."), true},
	{NAME("example.org."), NAME("example.org"), false},
	{NAME("example.org."), NAME("example.org."), false},
	{NAME("*.example.org."), NAME("a.example.org."), false},
	{NAME("example.org"), NAME("example.org.."), false},
	{NAME("example.org.."), NAME("example.org.."), false},

	/* Empty labels. */
	{NAME("."), NAME("."), false},
	{NAME(".."), NAME(".."), false},
	{NAME(".org"), NAME(".org"), false},
	{NAME("a..org"), NAME("a..org"), false},
	{NAME(".example.org"), NAME("example.org"), false},
	{NAME(".example.org"), NAME("a.example.org"), false},
	{NAME("*.example.org"), NAME(".example.org"), false},
	{NAME("*..org"), NAME("a..org"), false},

	/* A wildcard is one whole label, the first. */
	{NAME("*.example.org"), NAME("a.example.org"), true},
	{NAME("*.example.org"), NAME("xn--bcher-kva.example.org"), true},
	{NAME("*.a.example.org"), NAME("b.a.example.org"), true},
	{NAME("*.example.org"), NAME("example.org"), false},
	{NAME("*.example.org"), NAME("b.a.example.org"), false},
	{NAME("*.example.org"), NAME("a.example.com"), false},
	{NAME("*.example.org"), NAME("*.example.org"), false},
	{NAME("*.example.org"), NAME("aexample.org"), false},
	{NAME("f*.example.org"), NAME("foo.example.org"), false},
	{NAME("*oo.example.org"), NAME("foo.example.org"), false},
	{NAME("f*o.example.org"), NAME("foo.example.org"), false},
	{NAME("f*.example.org"), NAME("f*.example.org"), false},
	{NAME("xn--*.example.org"), NAME("xn--bcher-kva.example.org"), false},
	{NAME("a.*.example.org"), NAME("a.b.example.org"), false},
	{NAME("*.*.example.org"), NAME("a.b.example.org"), false},
	{NAME("**.example.org"), NAME("a.example.org"), false},
	{NAME("example.*"), NAME("example.org"), false},
	{NAME("*"), NAME("localhost"), false},
	{NAME("*"), NAME("example.org"), false},
	{NAME("*"), NAME("*"), false},
	{NAME("*."), NAME("localhost"), false},
	{NAME("*."), NAME("localhost."), false},
	{NAME("*."), NAME("example.org"), false},
	{NAME("*.localhost"), NAME("localhost"), false},

	/* Public suffixes: none of com, co.uk, localhost; github.io is private. */
	{NAME("*.com"), NAME("example.com"), false},
	{NAME("*.COM"), NAME("example.com"), false},
	{NAME("*.com"), NAME("example.COM."), false},
	{NAME("*.co.uk"), NAME("example.co.uk"), false},
	{NAME("*.example.co.uk"), NAME("a.example.co.uk"), true},
	{NAME("*.localhost"), NAME("a.localhost"), false},
	{NAME("*.github.io"), NAME("a.github.io"), true},
	{NAME("co.uk"), NAME("co.uk"), true},

	/* International names are A-labels. */
	{NAME("xn--bcher-kva.example"), NAME("xn--bcher-kva.example"), true},
	{NAME("XN--BCHER-KVA.example"), NAME("xn--bcher-kva.example"), true},
	{NAME("b\xC3\xBC"
	      "cher.example"),
	 NAME("xn--bcher-kva.example"), false},
	{NAME("b\xC3\xBC"
	      "cher.example"),
	 NAME("b\xC3\xBC"
	      "cher.example"),
	 false},

	/* Other bytes. */
	{NAME("a_b.example.org"), NAME("a_b.example.org"), true},
	{NAME("*.example.org"), NAME("_a.example.org"), true},
	{NAME("a-b-.example.org"), NAME("a-b-.example.org"), true},
	{NAME("1.example.org"), NAME("1.example.org"), true},
	{NAME("a b.example.org"), NAME("a b.example.org"), false},
	{NAME("example.org "), NAME("example.org"), false},
	{NAME("a!.example.org"), NAME("a!.example.org"), false},
	{NAME("example.org\0.evil.test"), NAME("example.org"), false},
	{NAME("example.org\0"), NAME("example.org"), false},
	{NAME("example.org\0"), NAME("example.org\0"), false},
	{NAME("*.example.org\0"), NAME("a.example.org"), false},
	{NAME("\0.example.org"), NAME("a.example.org"), false},
	{NAME("[::1]"), NAME("[::1]"), false},

	/* Lengths. */
	{NAME(LABEL_63 ".org"), NAME(LABEL_63 ".org"), true},
	{NAME(LABEL_64 ".org"), NAME(LABEL_64 ".org"), false},
	{NAME("*.example.org"), NAME(LABEL_63 ".example.org"), true},
	{NAME("*.example.org"), NAME(LABEL_64 ".example.org"), false},
	{NAME(NAME_253), NAME(NAME_253), true},
	{NAME(NAME_253), NAME(NAME_253 "."), true},
	{NAME(NAME_254), NAME(NAME_254), false},
	{NAME("*." LABEL_63 "." LABEL_63 "." TAIL_61), NAME(NAME_253), true},
};

/* As the real one it relies on lower case and a name without a dot at its end. */
static bool is_public_suffix(struct span name)
{
	for (size_t i = 0; i < name.len; i++)
		assert_false(name.at[i] >= 'A' && name.at[i] <= 'Z');
	assert_true(name.len > 0 && name.at[name.len - 1] != '.');
	return span_eq(name, SPAN("com")) || span_eq(name, SPAN("co.uk")) ||
	       !memchr(name.at, '.', name.len);
}

static void names_match_as_the_table_says(void **state)
{
	unsigned failures = 0;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		const struct name_case *c = &cases[i];

		if (server_name_matches(c->presented, c->host, is_public_suffix) ==
		    c->matches)
			continue;
		print_error("\"%s\" for \"%s\": not %d\n", c->presented.at, c->host.at,
			    c->matches);
		failures++;
	}
	assert_int_equal(failures, 0);
}

static void no_byte_behind_a_name_is_read(void **state)
{
	struct guard presented = {0};
	struct guard host = {0};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		const struct name_case *c = &cases[i];

		assert_int_equal(server_name_matches(guard_copy(&presented, c->presented),
						     guard_copy(&host, c->host),
						     is_public_suffix),
				 c->matches);
	}
	guard_done(&presented);
	guard_done(&host);
}

static void a_part_of_a_name_is_another_name(void **state)
{
	const struct span name = SPAN("www.example.org");

	(void)state;
	for (size_t i = 0; i < name.len; i++) {
		assert_false(
			server_name_matches(span_of(name.at, i), name, is_public_suffix));
		assert_false(
			server_name_matches(name, span_of(name.at, i), is_public_suffix));
	}
}

/* RFC 5280 section 4.2.1.10, with a dot in front as everybody reads it. */
static const struct {
	struct span host;
	struct span tree; /* of a name constraint */
	bool is_below;
} trees[] = {
	{NAME("example.org"), NAME("example.org"), true},
	{NAME("a.example.org"), NAME("example.org"), true},
	{NAME("a.b.EXAMPLE.org."), NAME("example.ORG"), true},
	{NAME("example.org"), NAME("org"), true},
	{NAME("example.org"), NAME(""), true},
	{NAME("a.example.org"), NAME(".example.org"), true},
	{NAME("example.org"), NAME(".example.org"), false},
	{NAME("an-example.org"), NAME("example.org"), false},
	{NAME("example.org"), NAME("a.example.org"), false},
	{NAME("example.com"), NAME("example.org"), false},
	{NAME("example.org"), NAME("example.org."), false},
	{NAME(""), NAME("org"), false},
};

static void a_host_is_below_the_trees_of_the_table(void **state)
{
	struct guard host = {0};
	struct guard tree = {0};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(trees); i++)
		assert_int_equal(server_name_is_below(guard_copy(&host, trees[i].host),
						      guard_copy(&tree, trees[i].tree)),
				 trees[i].is_below);
	guard_done(&host);
	guard_done(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_host_is_below_the_trees_of_the_table),
		cmocka_unit_test(names_match_as_the_table_says),
		cmocka_unit_test(no_byte_behind_a_name_is_read),
		cmocka_unit_test(a_part_of_a_name_is_another_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
