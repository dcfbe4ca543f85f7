/* SPDX-License-Identifier: MIT */
#include "lib/test.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "lib/guard.h"

typedef enum err put_fn(struct buf *out, struct span bytes);

struct row {
	struct span from; /* what is given */
	struct span to;	  /* what is appended */
};

/* Each row, against a guard page and behind bytes that must stay. */
static void assert_puts(put_fn *put, const struct row *rows, size_t count)
{
	struct guard guard = {0};
	struct buf buf = {0};

	for (size_t i = 0; i < count; i++) {
		buf_clear(&buf);
		assert_int_equal(buf_put_str(&buf, "before"), ERR_NONE);
		assert_int_equal(put(&buf, guard_copy(&guard, rows[i].from)), ERR_NONE);
		assert_span(span_of(buf.at, 6), SPAN("before"));
		assert_span(span_skip(buf_span(&buf), 6), rows[i].to);
	}
	buf_done(&buf);
	guard_done(&guard);
}

static void classes_hold_ascii_alone(void **state)
{
	(void)state;
	for (int i = 0; i < 256; i++) {
		char c = (char)i;
		bool is_lower = i >= 'a' && i <= 'z';
		bool is_upper = i >= 'A' && i <= 'Z';
		bool is_digit = i >= '0' && i <= '9';
		bool is_mark = i && i < 128 && strchr("!#$%&'*+-.^_`|~", i);

		assert_int_equal(text_is_alpha(c), is_lower || is_upper);
		assert_int_equal(text_is_digit(c), is_digit);
		assert_int_equal(text_is_token_char(c),
				 is_lower || is_upper || is_digit || is_mark);
		assert_int_equal(text_lower(c), is_upper ? (char)(i + 32) : c);
		assert_int_equal(text_upper(c), is_lower ? (char)(i - 32) : c);
	}
}

static void hexadecimal_digits_have_values_in_both_cases(void **state)
{
	static const char digits[] = "0123456789abcdef";

	(void)state;
	for (int i = 0; i < 256; i++) {
		char c = (char)i;
		const char *found = i && i < 128 ? strchr(digits, text_lower(c)) : NULL;

		assert_int_equal(text_hex_value(c), found ? found - digits : -1);
		assert_int_equal(text_is_hex_digit(c), found != NULL);
	}
}

static void a_token_has_at_least_one_byte(void **state)
{
	(void)state;
	assert_true(text_is_token(SPAN("Content-Type")));
	assert_true(text_is_token(SPAN("~")));
	assert_false(text_is_token(SPAN("")));
	assert_false(text_is_token(SPAN("a b")));
	assert_false(text_is_token(SPAN("a:")));
	assert_false(text_is_token(SPAN("a\0")));
	assert_false(text_is_token(SPAN("\xE4")));
	assert_true(text_is_ascii(SPAN("")));
	assert_true(text_is_ascii(SPAN("\0a\x7F")));
	assert_false(text_is_ascii(SPAN("a\x80")));
}

static void numbers_are_digits_alone_and_fit_64_bits(void **state)
{
	static const struct {
		const char *text;
		enum err uint_err;
		uint64_t uint_value;
		enum err hex_err;
		uint64_t hex_value;
	} rows[] = {
		{"", ERR_INVALID, 7, ERR_INVALID, 7},
		{"0", ERR_NONE, 0, ERR_NONE, 0},
		{"007", ERR_NONE, 7, ERR_NONE, 7},
		{"10", ERR_NONE, 10, ERR_NONE, 16},
		{"+1", ERR_INVALID, 7, ERR_INVALID, 7},
		{"-1", ERR_INVALID, 7, ERR_INVALID, 7},
		{" 1", ERR_INVALID, 7, ERR_INVALID, 7},
		{"1 ", ERR_INVALID, 7, ERR_INVALID, 7},
		{"1,1", ERR_INVALID, 7, ERR_INVALID, 7},
		{"0x1", ERR_INVALID, 7, ERR_INVALID, 7},
		{"fF", ERR_INVALID, 7, ERR_NONE, 255},
		{"g", ERR_INVALID, 7, ERR_INVALID, 7},
		{"ffffffffffffffff", ERR_INVALID, 7, ERR_NONE, UINT64_MAX},
		{"10000000000000000", ERR_NONE, 10000000000000000, ERR_INVALID, 7},
		{"00000000000000000000001", ERR_NONE, 1, ERR_NONE, 1},
		{"18446744073709551615", ERR_NONE, UINT64_MAX, ERR_INVALID, 7},
		{"18446744073709551616", ERR_INVALID, 7, ERR_INVALID, 7},
		{"18446744073709551620", ERR_INVALID, 7, ERR_INVALID, 7},
		{"99999999999999999999", ERR_INVALID, 7, ERR_INVALID, 7},
	};
	struct guard guard = {0};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct span text = guard_copy(&guard, span_str(rows[i].text));
		uint64_t value = 7;

		assert_int_equal(text_parse_uint(text, &value), rows[i].uint_err);
		assert_int_equal(value, rows[i].uint_value);
		value = 7;
		assert_int_equal(text_parse_hex(text, &value), rows[i].hex_err);
		assert_int_equal(value, rows[i].hex_value);
	}
	guard_done(&guard);
}

/* RFC 4648 section 10, and bytes that need every digit. */
static const struct row base64_rows[] = {
	{{"", 0}, {"", 0}},
	{{"f", 1}, {"Zg==", 4}},
	{{"fo", 2}, {"Zm8=", 4}},
	{{"foo", 3}, {"Zm9v", 4}},
	{{"foob", 4}, {"Zm9vYg==", 8}},
	{{"fooba", 5}, {"Zm9vYmE=", 8}},
	{{"foobar", 6}, {"Zm9vYmFy", 8}},
	{{"\0\0\0", 3}, {"AAAA", 4}},
	{{"\xFF\xFF\xFF", 3}, {"////", 4}},
	{{"\xFB\xEF\xBE", 3}, {"++++", 4}},
};

static void base64_is_written_with_padding(void **state)
{
	(void)state;
	assert_puts(text_put_base64, base64_rows, TEST_COUNT(base64_rows));
}

static void base64_is_read_back(void **state)
{
	struct row rows[TEST_COUNT(base64_rows)];

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++)
		rows[i] = (struct row){base64_rows[i].to, base64_rows[i].from};
	assert_puts(text_get_base64, rows, TEST_COUNT(rows));
}

static void base64_of_any_bytes_comes_back(void **state)
{
	char bytes[256];
	struct buf text = {0};
	struct buf back = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7);
	for (size_t len = 0; len <= sizeof(bytes); len++) {
		buf_clear(&text);
		buf_clear(&back);
		assert_int_equal(text_put_base64(&text, span_of(bytes, len)), ERR_NONE);
		assert_int_equal(text.len, (len + 2) / 3 * 4);
		assert_int_equal(text_get_base64(&back, buf_span(&text)), ERR_NONE);
		assert_span(buf_span(&back), span_of(bytes, len));
	}
	buf_done(&text);
	buf_done(&back);
}

static void loose_base64_is_refused(void **state)
{
	static const struct span rows[] = {
		{"Z", 1},     {"Zg", 2},	 {"Zg=", 3},	      {"Zg===", 5},
		{"=", 1},     {"====", 4},	 {"Z===", 4},	      {"Zg=g", 4},
		{"=g==", 4},  {"Zg==Zg==", 8},	 {"Zm8=Zm8=", 8},     {"Zm9v\n", 5},
		{" Zm9", 4},  {"Zm9v\r\n  ", 8}, {"Zm9-", 4},	      {"Zm9_", 4},
		{"Zm9\0", 4}, {"Zm9\xC3", 4},	 {"Zh==", 4},	      {"Zm9=", 4},
		{"Zm9vZ", 5}, {"Zm9v====", 8},	 {"Zg==\0\0\0\0", 8},
	};
	struct guard guard = {0};
	struct buf buf = {0};

	(void)state;
	assert_int_equal(buf_put_str(&buf, "before"), ERR_NONE);
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct span text = guard_copy(&guard, rows[i]);

		assert_int_equal(text_get_base64(&buf, text), ERR_INVALID);
		assert_span(buf_span(&buf), SPAN("before"));
	}
	buf_done(&buf);
	guard_done(&guard);
}

static void hexadecimal_is_lower_case(void **state)
{
	static const struct row rows[] = {
		{{"", 0}, {"", 0}},
		{{"\0\x01\x9A\xFF", 4}, {"00019aff", 8}},
	};

	(void)state;
	assert_puts(text_put_hex, rows, TEST_COUNT(rows));
}

static void whole_escapes_are_replaced_and_others_stay(void **state)
{
	static const struct row rows[] = {
		{{"", 0}, {"", 0}},	    {{"plain", 5}, {"plain", 5}},
		{{"%41%7a", 6}, {"Az", 2}}, {{"%00%fF", 6}, {"\0\xFF", 2}},
		{{"%2541", 5}, {"%41", 3}}, {{"%", 1}, {"%", 1}},
		{{"%4", 2}, {"%4", 2}},	    {{"%4g%g4", 6}, {"%4g%g4", 6}},
		{{"%%41", 4}, {"%A", 2}},   {{"a+b", 3}, {"a+b", 3}},
	};

	(void)state;
	assert_puts(text_put_unescaped, rows, TEST_COUNT(rows));
}

static void all_but_unreserved_bytes_are_escaped(void **state)
{
	struct buf out = {0};

	(void)state;
	for (int i = 0; i < 256; i++) {
		char c = (char)i;
		bool is_unreserved = text_is_alpha(c) || text_is_digit(c) ||
				     (i && i < 128 && strchr("-._~", i));
		char escape[4] = {'%', "0123456789ABCDEF"[i >> 4],
				  "0123456789ABCDEF"[i & 15]};

		buf_clear(&out);
		assert_int_equal(text_put_escaped(&out, span_of(&c, 1)), ERR_NONE);
		assert_span(buf_span(&out),
			    is_unreserved ? span_of(&c, 1) : span_str(escape));
	}
	buf_done(&out);
}

static void a_failing_allocation_appends_nothing(void **state)
{
	static put_fn *const puts[] = {text_put_base64, text_get_base64, text_put_hex,
				       text_put_unescaped, text_put_escaped};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(puts); i++) {
		struct buf buf = {0};

		mem_fail_at(1);
		assert_int_equal(puts[i](&buf, SPAN("Zm9v")), ERR_NO_MEMORY);
		mem_fail_at(0);
		assert_int_equal(buf.len, 0);
		assert_int_equal(puts[i](&buf, SPAN("Zm9v")), ERR_NONE);
		buf_done(&buf);
	}
}

static void what_no_memory_could_hold_is_refused(void **state)
{
	static put_fn *const puts[] = {text_put_base64, text_put_hex, text_put_escaped};
	struct buf buf = {0};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(puts); i++)
		assert_int_equal(puts[i](&buf, span_of("", SIZE_MAX)), ERR_NO_MEMORY);
	assert_int_equal(buf.len, 0);
	buf_done(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(classes_hold_ascii_alone),
		cmocka_unit_test(hexadecimal_digits_have_values_in_both_cases),
		cmocka_unit_test(a_token_has_at_least_one_byte),
		cmocka_unit_test(numbers_are_digits_alone_and_fit_64_bits),
		cmocka_unit_test(base64_is_written_with_padding),
		cmocka_unit_test(base64_is_read_back),
		cmocka_unit_test(base64_of_any_bytes_comes_back),
		cmocka_unit_test(loose_base64_is_refused),
		cmocka_unit_test(hexadecimal_is_lower_case),
		cmocka_unit_test(whole_escapes_are_replaced_and_others_stay),
		cmocka_unit_test(all_but_unreserved_bytes_are_escaped),
		cmocka_unit_test(a_failing_allocation_appends_nothing),
		cmocka_unit_test(what_no_memory_could_hold_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
