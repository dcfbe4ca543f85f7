/* SPDX-License-Identifier: MIT */
#include "lib/test.h"

#include <string.h>

#include "ixhr2/errhandlingapi.h"
#include "ixhr2/stringapiset.h"
#include "lib/guard.h"

#define MAX_UNITS 12

/* A span in a table. */
#define BYTES(literal)                                                                   \
	{                                                                                \
		"" literal, sizeof(literal) - 1                                          \
	}

/* Text in three forms. */
struct row {
	struct span utf8;	  /* in bytes */
	uint32_t two[MAX_UNITS];  /* in units of 2 bytes */
	int two_count;		  /* how many */
	uint32_t four[MAX_UNITS]; /* in units of 4 bytes */
	int four_count;		  /* how many */
};

static const struct row good_rows[] = {
	{BYTES("a"), {'a'}, 1, {'a'}, 1},
	{BYTES("a\0b"), {'a', 0, 'b'}, 3, {'a', 0, 'b'}, 3},
	{BYTES("\x7F\xC2\x80"), {0x7F, 0x80}, 2, {0x7F, 0x80}, 2},
	{BYTES("\xDF\xBF\xE0\xA0\x80"), {0x7FF, 0x800}, 2, {0x7FF, 0x800}, 2},
	{BYTES("\xED\x9F\xBF\xEE\x80\x80"), {0xD7FF, 0xE000}, 2, {0xD7FF, 0xE000}, 2},
	{BYTES("\xEF\xBF\xBF"), {0xFFFF}, 1, {0xFFFF}, 1},
	{BYTES("\xF0\x90\x80\x80"), {0xD800, 0xDC00}, 2, {0x10000}, 1},
	{BYTES("\xF4\x8F\xBF\xBF!"), {0xDBFF, 0xDFFF, '!'}, 3, {0x10FFFF, '!'}, 2},
};

#define BAD 0xFFFD

/* What is no UTF-8; both widths give the same. */
static const struct row bad_rows[] = {
	{BYTES("\x80"), {BAD}, 1, {BAD}, 1},
	{BYTES("\xC0\x80"), {BAD, BAD}, 2, {BAD, BAD}, 2},
	{BYTES("\xC1\xBF"), {BAD, BAD}, 2, {BAD, BAD}, 2},
	{BYTES("\xC3"), {BAD}, 1, {BAD}, 1},
	{BYTES("\xC3z"), {BAD, 'z'}, 2, {BAD, 'z'}, 2},
	{BYTES("\xE2\x82"), {BAD}, 1, {BAD}, 1},
	{BYTES("\xE2\x82\xE2\x82\xAC"), {BAD, 0x20AC}, 2, {BAD, 0x20AC}, 2},
	{BYTES("\xE0\x80\x80"), {BAD, BAD, BAD}, 3, {BAD, BAD, BAD}, 3},
	{BYTES("\xED\xA0\x80"), {BAD, BAD, BAD}, 3, {BAD, BAD, BAD}, 3},
	{BYTES("\xF0\x9F\x98"), {BAD}, 1, {BAD}, 1},
	{BYTES("\xF0\x8F\xBF\xBF"), {BAD, BAD, BAD, BAD}, 4, {BAD, BAD, BAD, BAD}, 4},
	{BYTES("\xF4\x90\x80\x80"), {BAD, BAD, BAD, BAD}, 4, {BAD, BAD, BAD, BAD}, 4},
	{BYTES("\xF5\x80"), {BAD, BAD}, 2, {BAD, BAD}, 2},
	{BYTES("\xFF"), {BAD}, 1, {BAD}, 1},
};

/* Lays the units of a row at the end of memory; answers how many. */
static int lay_out(struct guard *guard, const struct row *row, unsigned unit_bytes,
		   char **out)
{
	int count = unit_bytes == 2 ? row->two_count : row->four_count;

	*out = guard_room(guard, (size_t)count * unit_bytes);
	for (int i = 0; i < count; i++) {
		uint16_t two = (uint16_t)row->two[i];

		memcpy(*out + (unsigned)i * unit_bytes,
		       unit_bytes == 2 ? (const void *)&two : &row->four[i], unit_bytes);
	}
	return count;
}

static void assert_widens(const struct row *row, DWORD flags, unsigned unit_bytes)
{
	struct guard bytes = {0};
	struct guard expected = {0};
	struct guard room = {0};
	struct span utf8 = guard_copy(&bytes, row->utf8);
	char *units;
	int count = lay_out(&expected, row, unit_bytes, &units);
	char *out = guard_room(&room, (size_t)count * unit_bytes);

	assert_int_equal(ixhr2_multi_byte_to_wide_char(unit_bytes, CP_UTF8, flags,
						       utf8.at, (int)utf8.len, NULL, 0),
			 count);
	assert_int_equal(ixhr2_multi_byte_to_wide_char(unit_bytes, CP_UTF8, flags,
						       utf8.at, (int)utf8.len, out,
						       count),
			 count);
	assert_memory_equal(out, units, (size_t)count * unit_bytes);
	guard_done(&bytes);
	guard_done(&expected);
	guard_done(&room);
}

static void assert_narrows(const struct row *row, unsigned unit_bytes)
{
	struct guard from = {0};
	struct guard room = {0};
	char *units;
	int count = lay_out(&from, row, unit_bytes, &units);
	int bytes = (int)row->utf8.len;
	char *out = guard_room(&room, row->utf8.len);

	assert_int_equal(ixhr2_wide_char_to_multi_byte(unit_bytes, CP_ACP,
						       WC_ERR_INVALID_CHARS, units, count,
						       NULL, 0, NULL, NULL),
			 bytes);
	assert_int_equal(ixhr2_wide_char_to_multi_byte(unit_bytes, CP_UTF8, 0, units,
						       count, out, bytes, NULL, NULL),
			 bytes);
	assert_span(span_of(out, row->utf8.len), row->utf8);
	guard_done(&from);
	guard_done(&room);
}

static void text_goes_both_ways_in_both_widths(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(good_rows); i++) {
		assert_widens(&good_rows[i], MB_ERR_INVALID_CHARS, 2);
		assert_widens(&good_rows[i], MB_ERR_INVALID_CHARS, 4);
		assert_narrows(&good_rows[i], 2);
		assert_narrows(&good_rows[i], 4);
	}
}

static void what_is_no_utf8_is_replaced_or_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(bad_rows); i++) {
		const struct row *row = &bad_rows[i];

		assert_widens(row, 0, 2);
		assert_widens(row, 0, 4);
		assert_int_equal(MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS,
						     row->utf8.at, (int)row->utf8.len,
						     NULL, 0),
				 0);
		assert_int_equal(GetLastError(), ERROR_NO_UNICODE_TRANSLATION);
	}
}

static const struct lone_row {
	unsigned unit_bytes;	   /* of the text */
	uint32_t units[MAX_UNITS]; /* the text */
	int count;		   /* of units */
	struct span utf8;	   /* with U+FFFD in it */
} lone_rows[] = {
	{2, {0xD800}, 1, BYTES("\xEF\xBF\xBD")},
	{2,
	 {0xDC00, 'a'},
	 2,
	 BYTES("\xEF\xBF\xBD"
	       "a")},
	{2,
	 {0xD800, 'a'},
	 2,
	 BYTES("\xEF\xBF\xBD"
	       "a")},
	{2, {0xD800, 0xD800, 0xDC00}, 3, BYTES("\xEF\xBF\xBD\xF0\x90\x80\x80")},
	{4, {0xD800}, 1, BYTES("\xEF\xBF\xBD")},
	{4, {0xD800, 0xDC00}, 2, BYTES("\xF0\x90\x80\x80")},
	{4, {0x110000}, 1, BYTES("\xEF\xBF\xBD")},
	{4, {0xFFFFFFFF}, 1, BYTES("\xEF\xBF\xBD")},
};

static void what_is_no_wide_text_is_replaced_or_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(lone_rows); i++) {
		const struct lone_row *row = &lone_rows[i];
		uint16_t two[MAX_UNITS];
		const void *text = row->unit_bytes == 2 ? (const void *)two : row->units;
		char out[MAX_UNITS];
		BOOL used = FALSE;

		for (int at = 0; at < row->count; at++)
			two[at] = (uint16_t)row->units[at];
		assert_int_equal(ixhr2_wide_char_to_multi_byte(row->unit_bytes, CP_ACP, 0,
							       text, row->count, out,
							       sizeof(out), "?", &used),
				 row->utf8.len);
		assert_span(span_of(out, row->utf8.len), row->utf8);
		assert_int_equal(used, row->units[1] != 0xDC00);
		if (!used)
			continue;
		assert_int_equal(ixhr2_wide_char_to_multi_byte(
					 row->unit_bytes, CP_UTF8, WC_ERR_INVALID_CHARS,
					 text, row->count, out, sizeof(out), NULL, NULL),
				 0);
		assert_int_equal(GetLastError(), ERROR_NO_UNICODE_TRANSLATION);
	}
}

static void length_minus_one_includes_the_zero(void **state)
{
	WCHAR wide[4];
	char bytes[4];

	(void)state;
	assert_int_equal(MultiByteToWideChar(CP_UTF8, 0, "abc", -1, NULL, 0), 4);
	assert_int_equal(MultiByteToWideChar(CP_UTF8, 0, "abc", -1, wide, 4), 4);
	assert_memory_equal(wide, L"abc", sizeof(wide));
	assert_int_equal(
		WideCharToMultiByte(CP_UTF8, 0, L"abc", -1, bytes, 4, NULL, NULL), 4);
	assert_memory_equal(bytes, "abc", 4);
	assert_int_equal(MultiByteToWideChar(CP_UTF8, 0, "", -1, NULL, 0), 1);
}

static void a_buffer_that_is_too_small_holds_what_fitted(void **state)
{
	struct guard guard = {0};

	(void)state;
	for (int room = 1; room < 4; room++) {
		char *out = guard_room(&guard, (size_t)room);
		WCHAR *wide;

		assert_int_equal(WideCharToMultiByte(CP_UTF8, 0, L"abc", -1, out, room,
						     NULL, NULL),
				 0);
		assert_int_equal(GetLastError(), ERROR_INSUFFICIENT_BUFFER);
		assert_memory_equal(out, "abc", (size_t)room);
		wide = (WCHAR *)(void *)guard_room(&guard, (size_t)room * sizeof(WCHAR));
		assert_int_equal(MultiByteToWideChar(CP_UTF8, 0, "abc", -1, wide, room),
				 0);
		assert_int_equal(GetLastError(), ERROR_INSUFFICIENT_BUFFER);
		assert_memory_equal(wide, L"abc", (size_t)room * sizeof(WCHAR));
	}
	guard_done(&guard);
}

static const struct refused_row {
	UINT code_page;	     /* of the call */
	DWORD flags;	     /* of the call */
	const char *text;    /* or NULL */
	int text_len;	     /* of the text */
	int room;	     /* of the result */
	bool has_room;	     /* whether there is a buffer */
	DWORD error;	     /* what GetLastError says */
	unsigned unit_bytes; /* of the result */
} refused_rows[] = {
	{CP_UTF8, 0, NULL, 1, 4, true, ERROR_INVALID_PARAMETER, 4},
	{CP_UTF8, 0, "a", 0, 4, true, ERROR_INVALID_PARAMETER, 4},
	{CP_UTF8, 0, "a", 1, -1, true, ERROR_INVALID_PARAMETER, 4},
	{CP_UTF8, 0, "a", 1, 4, false, ERROR_INVALID_PARAMETER, 4},
	{CP_UTF8, 0, "a", 1, 4, true, ERROR_INVALID_PARAMETER, 1},
	{CP_UTF8, 0, "a", 1, 4, true, ERROR_INVALID_PARAMETER, 3},
	{CP_UTF7, 0, "a", 1, 4, true, ERROR_INVALID_PARAMETER, 4},
	{1252, 0, "a", 1, 4, true, ERROR_INVALID_PARAMETER, 4},
	{CP_UTF8, MB_PRECOMPOSED, "a", 1, 4, true, ERROR_INVALID_FLAGS, 4},
	{CP_UTF8, MB_COMPOSITE, "a", 1, 4, true, ERROR_INVALID_FLAGS, 4},
	{CP_ACP, MB_COMPOSITE, "a", 1, 4, true, ERROR_INVALID_FLAGS, 4},
};

static void wrong_arguments_have_the_errors_of_windows(void **state)
{
	char out[16];
	BOOL used;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(refused_rows); i++) {
		const struct refused_row *row = &refused_rows[i];

		SetLastError(0);
		assert_int_equal(ixhr2_multi_byte_to_wide_char(
					 row->unit_bytes, row->code_page, row->flags,
					 row->text, row->text_len,
					 row->has_room ? out : NULL, row->room),
				 0);
		assert_int_equal(GetLastError(), row->error);
	}
	SetLastError(0);
	assert_int_equal(WideCharToMultiByte(CP_UTF8, 0, L"a", 1, out, 9, "?", NULL), 0);
	assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);
	SetLastError(0);
	assert_int_equal(WideCharToMultiByte(CP_UTF8, 0, L"a", 1, out, 9, NULL, &used),
			 0);
	assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);
	assert_int_equal(WideCharToMultiByte(CP_UTF8, WC_NO_BEST_FIT_CHARS, L"a", 1, out,
					     9, NULL, NULL),
			 0);
	assert_int_equal(GetLastError(), ERROR_INVALID_FLAGS);
}

static void programs_for_ansi_pages_are_served(void **state)
{
	char out[4];
	WCHAR wide[4];
	BOOL used = TRUE;

	(void)state;
	assert_int_equal(WideCharToMultiByte(CP_ACP, WC_NO_BEST_FIT_CHARS, L"\x20AC", 1,
					     out, 4, NULL, &used),
			 3);
	assert_false(used);
	assert_int_equal(MultiByteToWideChar(CP_OEMCP, MB_PRECOMPOSED, out, 3, wide, 4),
			 1);
	assert_int_equal(wide[0], 0x20AC);
	assert_int_equal(MultiByteToWideChar(CP_THREAD_ACP, 0, "a", 1, wide, 4), 1);
	assert_int_equal(GetACP(), CP_UTF8);
	assert_int_equal(GetOEMCP(), CP_UTF8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_goes_both_ways_in_both_widths),
		cmocka_unit_test(what_is_no_utf8_is_replaced_or_refused),
		cmocka_unit_test(what_is_no_wide_text_is_replaced_or_refused),
		cmocka_unit_test(length_minus_one_includes_the_zero),
		cmocka_unit_test(a_buffer_that_is_too_small_holds_what_fitted),
		cmocka_unit_test(wrong_arguments_have_the_errors_of_windows),
		cmocka_unit_test(programs_for_ansi_pages_are_served),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
