/* SPDX-License-Identifier: MIT */
#include "lib/test.h"

#include "base/span.h"
#include "lib/guard.h"

static const struct span nothing = {0};

static void spans_are_made_of_what_they_are_made_of(void **state)
{
	const char *text = "abc";

	(void)state;
	assert_span(SPAN("abc"), span_of(text, 3));
	assert_span(span_str(text), span_between(text, text + 3));
	assert_int_equal(span_str(NULL).len, 0);
	assert_span(SPAN("a\0b"), span_of("a\0b", 3));
	assert_span(span_skip(SPAN("abc"), 2), SPAN("c"));
	assert_span(span_skip(nothing, 0), nothing);
}

static void equality_asks_every_byte(void **state)
{
	static const struct {
		struct span a;
		struct span b;
		bool is_equal;
		bool is_equal_nocase;
	} rows[] = {
		{{0}, {"", 0}, true, true},
		{{"a", 1}, {"a", 1}, true, true},
		{{"a", 1}, {"A", 1}, false, true},
		{{"Content-Length", 14}, {"content-lengtH", 14}, false, true},
		{{"a", 1}, {"ab", 2}, false, false},
		{{"a\0b", 3}, {"a\0c", 3}, false, false},
		/* Not letters, though one bit apart. */
		{{"@", 1}, {"`", 1}, false, false},
		{{"[", 1}, {"{", 1}, false, false},
		{{"\xC4", 1}, {"\xE4", 1}, false, false},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		assert_int_equal(span_eq(rows[i].a, rows[i].b), rows[i].is_equal);
		assert_int_equal(span_eq_nocase(rows[i].a, rows[i].b),
				 rows[i].is_equal_nocase);
	}
}

static void a_prefix_is_no_longer_than_the_span(void **state)
{
	(void)state;
	assert_true(span_has_prefix(SPAN("abc"), SPAN("ab")));
	assert_true(span_has_prefix(SPAN("abc"), SPAN("abc")));
	assert_true(span_has_prefix(SPAN("abc"), nothing));
	assert_true(span_has_prefix(nothing, nothing));
	assert_false(span_has_prefix(SPAN("abc"), SPAN("abcd")));
	assert_false(span_has_prefix(SPAN("abc"), SPAN("b")));
	assert_false(span_has_prefix(SPAN("abc"), SPAN("AB")));
}

static void trimming_takes_spaces_and_tabs_from_both_ends(void **state)
{
	static const struct {
		const char *text;
		const char *trimmed;
	} rows[] = {
		{"", ""},    {" ", ""},	   {" \t \t", ""},     {"a", "a"},
		{" a", "a"}, {"a\t", "a"}, {"\t a b ", "a b"}, {"\r\na\v", "\r\na\v"},
	};
	struct guard guard = {0};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct span text = guard_copy(&guard, span_str(rows[i].text));

		assert_span(span_trim(text), span_str(rows[i].trimmed));
	}
	assert_span(span_trim(nothing), nothing);
	guard_done(&guard);
}

static void cutting_goes_from_separator_to_separator(void **state)
{
	struct guard guard = {0};
	struct span rest = guard_copy(&guard, SPAN("a,,bc,"));

	(void)state;
	assert_span(span_cut(&rest, ','), SPAN("a"));
	assert_span(span_cut(&rest, ','), SPAN(""));
	assert_span(rest, SPAN("bc,"));
	assert_span(span_cut(&rest, ','), SPAN("bc"));
	assert_span(rest, nothing);
	assert_span(span_cut(&rest, ','), nothing);

	rest = guard_copy(&guard, SPAN("no separator"));
	assert_span(span_cut(&rest, ','), SPAN("no separator"));
	assert_span(rest, nothing);

	rest = nothing;
	assert_span(span_cut(&rest, ','), nothing);
	guard_done(&guard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spans_are_made_of_what_they_are_made_of),
		cmocka_unit_test(equality_asks_every_byte),
		cmocka_unit_test(a_prefix_is_no_longer_than_the_span),
		cmocka_unit_test(trimming_takes_spaces_and_tabs_from_both_ends),
		cmocka_unit_test(cutting_goes_from_separator_to_separator),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
