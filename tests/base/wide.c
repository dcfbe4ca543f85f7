/* SPDX-License-Identifier: MIT */
#include "lib/test.h"

#include <string.h>

#include "base/mem.h"
#include "base/wide.h"
#include "lib/guard.h"

#define MAX_UNITS 16

/* A sign-extended byte. */
#define OCTET(byte) (0xFFFFFF00 | (byte))

struct row {
	uint32_t units[MAX_UNITS]; /* what the program holds */
	size_t count;		   /* how many of them */
	struct span utf8;	   /* the same as UTF-8 */
};

/* The units of a row against a guard page, each in unit bytes. */
static void *lay_out(struct guard *guard, const struct row *row, enum wide_unit unit)
{
	char *at = guard_room(guard, row->count * unit);

	for (size_t i = 0; i < row->count; i++) {
		uint16_t narrow = (uint16_t)row->units[i];

		memcpy(at + i * unit,
		       unit == WIDE_16 ? (const void *)&narrow : &row->units[i], unit);
	}
	return at;
}

static void assert_goes_in(const struct row *row, enum wide_unit unit)
{
	struct guard guard = {0};
	struct buf out = {0};

	assert_int_equal(buf_put_str(&out, "before"), ERR_NONE);
	assert_int_equal(wide_to_utf8(lay_out(&guard, row, unit), row->count, unit, &out),
			 ERR_NONE);
	assert_span(span_of(out.at, 6), SPAN("before"));
	assert_span(span_skip(buf_span(&out), 6), row->utf8);
	buf_done(&out);
	guard_done(&guard);
}

static void assert_is_refused(const struct row *row, enum wide_unit unit)
{
	struct guard guard = {0};
	struct buf out = {0};

	assert_int_equal(buf_put_str(&out, "before"), ERR_NONE);
	assert_int_equal(wide_to_utf8(lay_out(&guard, row, unit), row->count, unit, &out),
			 ERR_INVALID);
	assert_span(buf_span(&out), SPAN("before"));
	buf_done(&out);
	guard_done(&guard);
}

static void assert_comes_out(const struct row *row, enum wide_unit unit)
{
	struct guard units = {0};
	struct guard bytes = {0};
	struct guard room = {0};
	struct span utf8 = guard_copy(&bytes, row->utf8);
	char *expected = lay_out(&units, row, unit);
	char *out = guard_room(&room, row->count * unit);

	assert_int_equal(wide_units_for(utf8, unit), row->count);
	wide_from_utf8(utf8, unit, out);
	assert_memory_equal(out, expected, row->count * unit);
	guard_done(&units);
	guard_done(&bytes);
	guard_done(&room);
}

/* Each end of each length of UTF-8, as one unit. */
static const struct row single_rows[] = {
	{{0}, 0, {"", 0}},
	{{0}, 1, {"\0", 1}},
	{{'a', 0x7F}, 2, {"a\x7F", 2}},
	{{0x80, 0x7FF}, 2, {"\xC2\x80\xDF\xBF", 4}},
	{{0xE4}, 1, {"\xC3\xA4", 2}},
	{{0x800, 0xFFFF}, 2, {"\xE0\xA0\x80\xEF\xBF\xBF", 6}},
	{{0xD7FF, 0xE000}, 2, {"\xED\x9F\xBF\xEE\x80\x80", 6}},
	{{0xFEFF, 'a'},
	 2,
	 {"\xEF\xBB\xBF"
	  "a",
	  4}},
	/* In 2-byte units the half-width katakana are no sign-extended bytes. */
	{{0xFF80, 0xFF9F}, 2, {"\xEF\xBE\x80\xEF\xBE\x9F", 6}},
};

/* Characters outside the basic plane, as surrogate pairs. */
static const struct row pair_rows[] = {
	{{0xD800, 0xDC00}, 2, {"\xF0\x90\x80\x80", 4}},
	{{0xDBFF, 0xDFFF}, 2, {"\xF4\x8F\xBF\xBF", 4}},
	{{'a', 0xD83D, 0xDE00, 'b'},
	 4,
	 {"a\xF0\x9F\x98\x80"
	  "b",
	  6}},
	{{0xD83D, 0xDE00, 0xD83D, 0xDE01}, 4, {"\xF0\x9F\x98\x80\xF0\x9F\x98\x81", 8}},
};

/* The same as UTF-32. */
static const struct row whole_rows[] = {
	{{0x10000}, 1, {"\xF0\x90\x80\x80", 4}},
	{{0x10FFFF}, 1, {"\xF4\x8F\xBF\xBF", 4}},
	{{'a', 0x1F600, 'b'},
	 3,
	 {"a\xF0\x9F\x98\x80"
	  "b",
	  6}},
};

static void single_units_go_in_and_come_out_in_both_widths(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(single_rows); i++) {
		assert_goes_in(&single_rows[i], WIDE_16);
		assert_goes_in(&single_rows[i], WIDE_32);
		assert_comes_out(&single_rows[i], WIDE_16);
		assert_comes_out(&single_rows[i], WIDE_32);
	}
}

static void surrogate_pairs_go_in_in_both_widths(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(pair_rows); i++) {
		assert_goes_in(&pair_rows[i], WIDE_16);
		assert_goes_in(&pair_rows[i], WIDE_32);
	}
}

static void characters_beyond_the_basic_plane_come_out_as_pairs_in_2_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(pair_rows); i++)
		assert_comes_out(&pair_rows[i], WIDE_16);
}

static void characters_beyond_the_basic_plane_are_one_unit_of_4_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(whole_rows); i++) {
		assert_goes_in(&whole_rows[i], WIDE_32);
		assert_comes_out(&whole_rows[i], WIDE_32);
	}
}

static void sign_extended_bytes_that_form_utf8_are_taken_as_octets(void **state)
{
	static const struct row rows[] = {
		{{OCTET(0xC3), OCTET(0xA4)}, 2, {"\xC3\xA4", 2}},
		{{'a', OCTET(0xC3), OCTET(0xA4), 'b'},
		 4,
		 {"a\xC3\xA4"
		  "b",
		  4}},
		{{OCTET(0xF0), OCTET(0x9F), OCTET(0x98), OCTET(0x80)},
		 4,
		 {"\xF0\x9F\x98\x80", 4}},
		/* Beside characters that are whole. */
		{{0xE4, OCTET(0xC3), OCTET(0xA4), 0x1F600},
		 4,
		 {"\xC3\xA4\xC3\xA4\xF0\x9F\x98\x80", 8}},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++)
		assert_goes_in(&rows[i], WIDE_32);
}

static void other_sign_extended_bytes_are_taken_as_latin_1(void **state)
{
	static const struct row rows[] = {
		{{OCTET(0x80)}, 1, {"\xC2\x80", 2}},
		{{OCTET(0xFF)}, 1, {"\xC3\xBF", 2}},
		{{'f', OCTET(0xFC), 'r'}, 3, {"f\xC3\xBCr", 4}},
		/* Cut short, overlong, a surrogate, the wrong way round. */
		{{OCTET(0xC3)}, 1, {"\xC3\x83", 2}},
		{{OCTET(0xC0), OCTET(0x80)}, 2, {"\xC3\x80\xC2\x80", 4}},
		{{OCTET(0xED), OCTET(0xA0), OCTET(0x80)},
		 3,
		 {"\xC3\xAD\xC2\xA0\xC2\x80", 6}},
		{{OCTET(0xA4), OCTET(0xC3)}, 2, {"\xC2\xA4\xC3\x83", 4}},
		/* Parted by another character. */
		{{OCTET(0xC3), 'a', OCTET(0xA4)},
		 3,
		 {"\xC3\x83"
		  "a\xC2\xA4",
		  5}},
		/* One bad byte makes all Latin-1. */
		{{OCTET(0xC3), OCTET(0xA4), ' ', OCTET(0xE4)},
		 4,
		 {"\xC3\x83\xC2\xA4 \xC3\xA4", 7}},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++)
		assert_goes_in(&rows[i], WIDE_32);
}

static void lone_surrogates_are_refused_in_both_widths(void **state)
{
	static const struct row rows[] = {
		{{0xD800}, 1, {0}},
		{{0xDBFF, 'a'}, 2, {0}},
		{{0xDC00}, 1, {0}},
		{{'a', 0xDFFF}, 2, {0}},
		{{0xDC00, 0xDC00}, 2, {0}},
		{{0xDFFF, 0xDFFF}, 2, {0}},
		{{0xDC00, 0xD800}, 2, {0}},
		{{0xD800, 0xD800}, 2, {0}},
		{{0xD800, 0xD800, 0xDC00}, 3, {0}},
		{{0xD800, 0xDC00, 0xDC00}, 3, {0}},
		{{0xD800, 0xE000}, 2, {0}},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		assert_is_refused(&rows[i], WIDE_16);
		assert_is_refused(&rows[i], WIDE_32);
	}
}

static void units_beyond_unicode_are_refused(void **state)
{
	static const struct row rows[] = {
		{{0x110000}, 1, {0}},
		{{'a', 0x7FFFFFFF}, 2, {0}},
		{{0x80000000}, 1, {0}},
		{{0xFFFFFF7F}, 1, {0}},
		{{0xD800, OCTET(0x80)}, 2, {0}},
		{{0xD800, 0x1DC00}, 2, {0}},
		{{OCTET(0x80), 0xDC00}, 2, {0}},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++)
		assert_is_refused(&rows[i], WIDE_32);
}

static void bytes_that_are_not_utf8_come_out_one_by_one(void **state)
{
	static const struct row rows[] = {
		{{0x80}, 1, {"\x80", 1}},
		{{0xFF, 0xFE}, 2, {"\xFF\xFE", 2}},
		{{'f', 0xFC, 'r'}, 3, {"f\xFCr", 3}},
		{{0xC0, 0x80}, 2, {"\xC0\x80", 2}},
		{{0xC1, 0xBF}, 2, {"\xC1\xBF", 2}},
		{{0xE0, 0x9F, 0xBF}, 3, {"\xE0\x9F\xBF", 3}},
		{{0xED, 0xA0, 0x80}, 3, {"\xED\xA0\x80", 3}},
		{{0xF0, 0x8F, 0xBF, 0xBF}, 4, {"\xF0\x8F\xBF\xBF", 4}},
		{{0xF4, 0x90, 0x80, 0x80}, 4, {"\xF4\x90\x80\x80", 4}},
		{{0xF5, 0x80, 0x80, 0x80}, 4, {"\xF5\x80\x80\x80", 4}},
		{{0xF8, 0x88, 0x80, 0x80, 0x80}, 5, {"\xF8\x88\x80\x80\x80", 5}},
		/* Cut short, by the end or by another character. */
		{{0xC3}, 1, {"\xC3", 1}},
		{{0xE2, 0x82}, 2, {"\xE2\x82", 2}},
		{{0xF0, 0x9F, 0x98}, 3, {"\xF0\x9F\x98", 3}},
		{{0xE2, 0x82, 'a'},
		 3,
		 {"\xE2\x82"
		  "a",
		  3}},
		{{0xE2, 0xE4}, 2, {"\xE2\xC3\xA4", 3}},
		/* Good ones beside them stay good. */
		{{0xE4, 0xE4, 0x20AC}, 3, {"\xC3\xA4\xE4\xE2\x82\xAC", 6}},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		assert_comes_out(&rows[i], WIDE_16);
		assert_comes_out(&rows[i], WIDE_32);
	}
}

static void every_character_comes_back(void **state)
{
	struct buf out = {0};

	(void)state;
	for (uint32_t code = 0; code <= 0x10FFFF; code++) {
		uint32_t back = 0;

		if (code >= 0xD800 && code <= 0xDFFF)
			continue;
		buf_clear(&out);
		if (wide_to_utf8(&code, 1, WIDE_32, &out) != ERR_NONE)
			fail();
		if (wide_units_for(buf_span(&out), WIDE_32) != 1)
			fail();
		wide_from_utf8(buf_span(&out), WIDE_32, &back);
		if (back != code)
			fail();
	}
	buf_done(&out);
}

static void the_length_is_counted_up_to_the_zero_unit(void **state)
{
	static const struct row rows[] = {
		{{0}, 1, {0}},
		{{'a', 0}, 2, {0}},
		{{'a', 0x100, 0xFF00, 0}, 4, {0}},
	};
	struct guard guard = {0};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		size_t len = rows[i].count - 1;

		assert_int_equal(wide_len(lay_out(&guard, &rows[i], WIDE_16), WIDE_16),
				 len);
		assert_int_equal(wide_len(lay_out(&guard, &rows[i], WIDE_32), WIDE_32),
				 len);
	}
	guard_done(&guard);
}

static void text_need_not_be_aligned(void **state)
{
	static const struct row row = {{'a', 0xE4, 0}, 3, {"a\xC3\xA4", 3}};
	struct guard guard = {0};
	struct buf out = {0};
	char shifted[MAX_UNITS * 4 + 1];
	char back[MAX_UNITS * 4 + 1];

	(void)state;
	memcpy(shifted + 1, lay_out(&guard, &row, WIDE_32), 12);
	assert_int_equal(wide_len(shifted + 1, WIDE_32), 2);
	assert_int_equal(wide_to_utf8(shifted + 1, 2, WIDE_32, &out), ERR_NONE);
	assert_span(buf_span(&out), row.utf8);
	wide_from_utf8(row.utf8, WIDE_32, back + 1);
	assert_memory_equal(back + 1, shifted + 1, 8);
	buf_done(&out);
	guard_done(&guard);
}

static void a_text_ends_with_a_zero_unit_and_no_further(void **state)
{
	static const struct row rows[] = {
		{{0}, 1, {0}},
		{{'a', 0}, 2, {"a", 1}},
		{{'a', 0, 'b', 0}, 4, {"a\0b", 3}},
		{{0xE4, 0x20AC, 0xFF, 0}, 4, {"\xC3\xA4\xE2\x82\xAC\xFF", 6}},
		/* Half a surrogate pair is no UTF-8. */
		{{0xED, 0xA0, 0x80, 0}, 4, {"\xED\xA0\x80", 3}},
	};
	static const enum wide_unit units[] = {WIDE_16, WIDE_32};

	(void)state;
	for (size_t i = 0; i < 2 * TEST_COUNT(rows); i++) {
		const struct row *row = &rows[i / 2];
		enum wide_unit unit = units[i % 2];
		struct guard expected = {0}, room = {0};
		void *text = lay_out(&expected, row, unit);
		char *at = guard_room(&room, row->count * unit);

		memset(at, 0x55, row->count * unit);
		assert_ptr_equal(wide_put_text(row->utf8, unit, at),
				 at + row->count * unit);
		assert_memory_equal(at, text, row->count * unit);
		guard_done(&expected);
		guard_done(&room);
	}
}

static void a_failing_allocation_appends_nothing(void **state)
{
	static const uint16_t text[] = {'a', 0xE4};
	struct buf out = {0};

	(void)state;
	mem_fail_at(1);
	assert_int_equal(wide_to_utf8(text, 2, WIDE_16, &out), ERR_NO_MEMORY);
	mem_fail_at(0);
	assert_int_equal(out.len, 0);
	assert_int_equal(wide_to_utf8(text, 2, WIDE_16, &out), ERR_NONE);
	assert_span(buf_span(&out), SPAN("a\xC3\xA4"));
	buf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(single_units_go_in_and_come_out_in_both_widths),
		cmocka_unit_test(surrogate_pairs_go_in_in_both_widths),
		cmocka_unit_test(
			characters_beyond_the_basic_plane_come_out_as_pairs_in_2_bytes),
		cmocka_unit_test(
			characters_beyond_the_basic_plane_are_one_unit_of_4_bytes),
		cmocka_unit_test(sign_extended_bytes_that_form_utf8_are_taken_as_octets),
		cmocka_unit_test(other_sign_extended_bytes_are_taken_as_latin_1),
		cmocka_unit_test(lone_surrogates_are_refused_in_both_widths),
		cmocka_unit_test(units_beyond_unicode_are_refused),
		cmocka_unit_test(bytes_that_are_not_utf8_come_out_one_by_one),
		cmocka_unit_test(every_character_comes_back),
		cmocka_unit_test(the_length_is_counted_up_to_the_zero_unit),
		cmocka_unit_test(text_need_not_be_aligned),
		cmocka_unit_test(a_text_ends_with_a_zero_unit_and_no_further),
		cmocka_unit_test(a_failing_allocation_appends_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
