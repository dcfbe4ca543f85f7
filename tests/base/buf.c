/* SPDX-License-Identifier: MIT */
#include "lib/test.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

static void appended_bytes_stand_in_order(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf);
	assert_int_equal(buf_put(&buf, SPAN("a\0b")), ERR_NONE);
	assert_int_equal(buf_put_byte(&buf, 'c'), ERR_NONE);
	assert_int_equal(buf_put_str(&buf, "def"), ERR_NONE);
	assert_int_equal(buf_put(&buf, (struct span){0}), ERR_NONE);
	assert_int_equal(buf_put_uint(&buf, 42), ERR_NONE);
	assert_span(buf_span(&buf), SPAN("a\0bcdef42"));
	buf_done(&buf);
	assert_int_equal(buf.len, 0);
	assert_null(buf.at);
}

static void numbers_are_written_whole(void **state)
{
	static const struct {
		uint64_t value;
		const char *text;
	} rows[] = {
		{0, "0"},
		{9, "9"},
		{10, "10"},
		{1000000, "1000000"},
		{UINT64_MAX, "18446744073709551615"},
	};
	struct buf buf = {0};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		buf_clear(&buf);
		assert_int_equal(buf_put_uint(&buf, rows[i].value), ERR_NONE);
		assert_span(buf_span(&buf), span_str(rows[i].text));
	}
	buf_done(&buf);
}

static void growing_keeps_the_bytes(void **state)
{
	struct buf buf = {0};

	(void)state;
	for (size_t i = 0; i < 10000; i++)
		assert_int_equal(buf_put_byte(&buf, (char)(i % 100)), ERR_NONE);
	assert_int_equal(buf.len, 10000);
	for (size_t i = 0; i < 10000; i++)
		assert_int_equal(buf.at[i], i % 100);
	buf_done(&buf);
}

static void reserved_room_is_enough(void **state)
{
	struct buf buf = {0};

	(void)state;
	assert_int_equal(buf_put_str(&buf, "x"), ERR_NONE);
	assert_int_equal(buf_reserve(&buf, 5000), ERR_NONE);
	mem_fail_from(1);
	for (int i = 0; i < 5000; i++)
		assert_int_equal(buf_put_byte(&buf, 'y'), ERR_NONE);
	mem_fail_from(0);
	assert_int_equal(buf.len, 5001);
	buf_done(&buf);
}

static void clearing_keeps_the_room(void **state)
{
	struct buf buf = {0};

	(void)state;
	assert_int_equal(buf_put_str(&buf, "abc"), ERR_NONE);
	buf_clear(&buf);
	assert_int_equal(buf.len, 0);
	mem_fail_from(1);
	assert_int_equal(buf_put_str(&buf, "def"), ERR_NONE);
	mem_fail_from(0);
	assert_span(buf_span(&buf), SPAN("def"));
	buf_done(&buf);
}

static void dropped_bytes_make_the_rest_move_up(void **state)
{
	struct buf buf = {0};

	(void)state;
	buf_drop(&buf, 0);
	assert_int_equal(buf_put_str(&buf, "abcdef"), ERR_NONE);
	buf_drop(&buf, 0);
	assert_span(buf_span(&buf), SPAN("abcdef"));
	buf_drop(&buf, 2);
	assert_span(buf_span(&buf), SPAN("cdef"));
	buf_drop(&buf, 4);
	assert_int_equal(buf.len, 0);
	buf_done(&buf);
}

static void a_c_string_ends_behind_the_bytes(void **state)
{
	struct buf buf = {0};

	(void)state;
	assert_string_equal(buf_cstr(&buf), "");
	for (size_t i = 1; i < 300; i++) {
		assert_int_equal(buf_put_byte(&buf, 'a'), ERR_NONE);
		assert_int_equal(strlen(buf_cstr(&buf)), i);
		assert_int_equal(buf.len, i);
	}
	buf_done(&buf);
}

static void a_failing_allocation_leaves_the_buffer_as_it_was(void **state)
{
	struct buf buf = {0};
	struct buf before;

	(void)state;
	mem_fail_from(1);
	assert_int_equal(buf_put_byte(&buf, 'a'), ERR_NO_MEMORY);
	assert_null(buf_cstr(&buf));
	mem_fail_from(0);
	do {
		assert_int_equal(buf_put_byte(&buf, 'b'), ERR_NONE);
	} while (buf.len < buf.cap);
	before = buf;
	mem_fail_from(1);
	assert_int_equal(buf_put(&buf, SPAN("more")), ERR_NO_MEMORY);
	assert_int_equal(buf_put_str(&buf, "more"), ERR_NO_MEMORY);
	assert_int_equal(buf_put_uint(&buf, 1), ERR_NO_MEMORY);
	assert_int_equal(buf_reserve(&buf, 1), ERR_NO_MEMORY);
	assert_null(buf_cstr(&buf));
	mem_fail_from(0);
	assert_memory_equal(&buf, &before, sizeof(buf));
	assert_int_equal(buf.at[buf.len - 1], 'b');
	buf_done(&buf);
}

static void room_beyond_all_memory_is_refused(void **state)
{
	struct buf buf = {0};

	(void)state;
	assert_int_equal(buf_put_byte(&buf, 'a'), ERR_NONE);
	assert_int_equal(buf_reserve(&buf, SIZE_MAX), ERR_NO_MEMORY);
	assert_int_equal(buf_reserve(&buf, SIZE_MAX - 1), ERR_NO_MEMORY);
	assert_span(buf_span(&buf), SPAN("a"));
	buf_done(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(appended_bytes_stand_in_order),
		cmocka_unit_test(numbers_are_written_whole),
		cmocka_unit_test(growing_keeps_the_bytes),
		cmocka_unit_test(reserved_room_is_enough),
		cmocka_unit_test(clearing_keeps_the_room),
		cmocka_unit_test(dropped_bytes_make_the_rest_move_up),
		cmocka_unit_test(a_c_string_ends_behind_the_bytes),
		cmocka_unit_test(a_failing_allocation_leaves_the_buffer_as_it_was),
		cmocka_unit_test(room_beyond_all_memory_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
