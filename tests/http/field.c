/* SPDX-License-Identifier: MIT */
#include "lib/test.h"

#include <stdlib.h>

#include "base/mem.h"
#include "http/field.h"
#include "lib/guard.h"

/* What a span over a literal is initialised with. */
#define TEXT(literal)                                                                    \
	{                                                                                \
		literal, sizeof(literal) - 1                                             \
	}

static void a_name_is_a_token(void **state)
{
	(void)state;
	assert_true(field_is_name(SPAN("Content-Type")));
	assert_true(field_is_name(SPAN("!#$%&'*+-.^_`|~09azAZ")));
	assert_false(field_is_name(SPAN("")));
	assert_false(field_is_name(SPAN("a b")));
	assert_false(field_is_name(SPAN("a:")));
	assert_false(field_is_name(SPAN("\xC3\xA4")));
}

static void a_value_has_no_cr_lf_or_nul(void **state)
{
	(void)state;
	assert_true(field_is_value(SPAN("")));
	assert_true(field_is_value(SPAN("a\tb \x01\x7F\xFF")));
	assert_false(field_is_value(SPAN("a\r")));
	assert_false(field_is_value(SPAN("\nb")));
	assert_false(field_is_value(SPAN("a\0b")));
}

static void a_list_is_cut_at_commas_outside_quotes(void **state)
{
	static const struct {
		struct span list;
		const char *elements[5]; /* up to NULL */
	} rows[] = {
		{TEXT(""), {NULL}},
		{TEXT(" ,\t,, "), {NULL}},
		{TEXT("a"), {"a"}},
		{TEXT("a,b"), {"a", "b"}},
		{TEXT(" a , b\t,,c d "), {"a", "b", "c d"}},
		{TEXT("\"a,b\",c"), {"\"a,b\"", "c"}},
		{TEXT("\"a\\\",b\",c"), {"\"a\\\",b\"", "c"}},
		{TEXT("a\\,b"), {"a\\", "b"}},
		{TEXT("x=\"1,2\";y, z"), {"x=\"1,2\";y", "z"}},
		{TEXT("a,\"b,c"), {"a", "\"b,c"}},
		{TEXT("a,\"b\\"), {"a", "\"b\\"}},
	};
	struct guard guard = {0};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct span rest = guard_copy(&guard, rows[i].list);
		struct span element;
		size_t k = 0;

		for (; rows[i].elements[k]; k++) {
			assert_true(field_next_element(&rest, &element));
			assert_span(element, span_str(rows[i].elements[k]));
		}
		assert_false(field_next_element(&rest, &element));
		assert_int_equal(rest.len, 0);
	}
	guard_done(&guard);
}

static void a_token_is_found_in_any_case_as_a_whole_element(void **state)
{
	(void)state;
	assert_true(field_has_token(SPAN("close"), SPAN("close")));
	assert_true(field_has_token(SPAN("Keep-Alive, CLOSE"), SPAN("close")));
	assert_false(field_has_token(SPAN("closed"), SPAN("close")));
	assert_false(field_has_token(SPAN("close x"), SPAN("close")));
	assert_false(field_has_token(SPAN("\"a, close\""), SPAN("close")));
	assert_false(field_has_token(SPAN(""), SPAN("close")));
}

/* One parameter that is expected, or the end with its result. */
struct step {
	enum err err;
	const char *name;
	const char *value;
	bool is_quoted;
};

static void parameters_follow_the_grammar(void **state)
{
	static const struct {
		struct span text;
		struct step steps[4];
	} rows[] = {
		{TEXT(""), {{ERR_MISSING, NULL, NULL, false}}},
		{TEXT(" ; ;"), {{ERR_MISSING, NULL, NULL, false}}},
		{TEXT(";a=b"),
		 {{ERR_NONE, "a", "b", false}, {ERR_MISSING, NULL, NULL, false}}},
		{TEXT(" ; a=b;; c=\"d;e\" "),
		 {{ERR_NONE, "a", "b", false},
		  {ERR_NONE, "c", "d;e", true},
		  {ERR_MISSING, NULL, NULL, false}}},
		{TEXT(";q=\"\""),
		 {{ERR_NONE, "q", "", true}, {ERR_MISSING, NULL, NULL, false}}},
		{TEXT(";q=\"a\\\"b\""),
		 {{ERR_NONE, "q", "a\\\"b", true}, {ERR_MISSING, NULL, NULL, false}}},
		{TEXT(";q=\"\t\xFF\""),
		 {{ERR_NONE, "q", "\t\xFF", true}, {ERR_MISSING, NULL, NULL, false}}},
		{TEXT("a=b"), {{ERR_PROTOCOL, NULL, NULL, false}}},
		{TEXT(";a"), {{ERR_PROTOCOL, NULL, NULL, false}}},
		{TEXT(";a="), {{ERR_PROTOCOL, NULL, NULL, false}}},
		{TEXT(";=b"), {{ERR_PROTOCOL, NULL, NULL, false}}},
		{TEXT(";a =b"), {{ERR_PROTOCOL, NULL, NULL, false}}},
		{TEXT(";a= b"), {{ERR_PROTOCOL, NULL, NULL, false}}},
		{TEXT(";a=\"b"), {{ERR_PROTOCOL, NULL, NULL, false}}},
		{TEXT(";a=\"b\\"), {{ERR_PROTOCOL, NULL, NULL, false}}},
		{TEXT(";a=\"\x01\""), {{ERR_PROTOCOL, NULL, NULL, false}}},
		{TEXT(";a=\"\\\0\""), {{ERR_PROTOCOL, NULL, NULL, false}}},
		{TEXT(";a=\"\x7F\""), {{ERR_PROTOCOL, NULL, NULL, false}}},
		{TEXT(";a=b c=d"),
		 {{ERR_NONE, "a", "b", false}, {ERR_PROTOCOL, NULL, NULL, false}}},
		{TEXT(";a=\"b\"c"),
		 {{ERR_NONE, "a", "b", true}, {ERR_PROTOCOL, NULL, NULL, false}}},
	};
	struct guard guard = {0};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct span rest = guard_copy(&guard, rows[i].text);
		struct field_parameter parameter;
		const struct step *step = rows[i].steps;

		for (; !step->err; step++) {
			assert_int_equal(field_next_parameter(&rest, &parameter), 0);
			assert_span(parameter.name, span_str(step->name));
			assert_span(parameter.value, span_str(step->value));
			assert_int_equal(parameter.is_quoted, step->is_quoted);
		}
		assert_int_equal(field_next_parameter(&rest, &parameter), step->err);
	}
	guard_done(&guard);
}

static void unquoting_drops_backslashes(void **state)
{
	static const struct {
		struct span inside;
		struct span plain;
	} rows[] = {
		{TEXT(""), TEXT("")},		{TEXT("abc"), TEXT("abc")},
		{TEXT("a\\\"b"), TEXT("a\"b")}, {TEXT("\\\\\\\\"), TEXT("\\\\")},
		{TEXT("a\\"), TEXT("a\\")},
	};
	struct buf buf;

	(void)state;
	buf_init(&buf);
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		buf_clear(&buf);
		assert_int_equal(field_unquote(&buf, rows[i].inside), 0);
		assert_span(buf_span(&buf), rows[i].plain);
	}
	buf_done(&buf);
}

static void unquoting_without_memory_leaves_the_buffer(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf);
	mem_fail_at(1);
	assert_int_equal(field_unquote(&buf, SPAN("abc")), ERR_NO_MEMORY);
	mem_fail_at(0);
	assert_int_equal(buf.len, 0);
	buf_done(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_a_token),
		cmocka_unit_test(a_value_has_no_cr_lf_or_nul),
		cmocka_unit_test(a_list_is_cut_at_commas_outside_quotes),
		cmocka_unit_test(a_token_is_found_in_any_case_as_a_whole_element),
		cmocka_unit_test(parameters_follow_the_grammar),
		cmocka_unit_test(unquoting_drops_backslashes),
		cmocka_unit_test(unquoting_without_memory_leaves_the_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
