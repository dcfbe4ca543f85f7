/* SPDX-License-Identifier: MIT */
/* Also what win/format makes of formats, seen from here. */
#include "lib/test.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uchar.h>
#include <wchar.h>

#include "base/mem.h"
#include "ixhr2/strsafe.h"
#include "lib/guard.h"

#define ROOM 512

/* As a limit: the whole string. */
#define ALL STRSAFE_MAX_CCH

/* ---- copying ---- */

static const struct copy_row {
	const char *before; /* what is there */
	const char *from;   /* what comes */
	size_t limit;	    /* units of it */
	size_t room;	    /* of the destination */
	HRESULT hr;	    /* the answer */
	const char *behind; /* what is there then */
} copy_rows[] = {
	{"", "abc", ALL, 4, S_OK, "abc"},
	{"", "abc", ALL, 3, STRSAFE_E_INSUFFICIENT_BUFFER, "ab"},
	{"", "abc", ALL, 1, STRSAFE_E_INSUFFICIENT_BUFFER, ""},
	{"", "", ALL, 1, S_OK, ""},
	{"", "abc", 2, 3, S_OK, "ab"},
	{"", "abc", 2, 2, STRSAFE_E_INSUFFICIENT_BUFFER, "a"},
	{"", "abc", 9, 9, S_OK, "abc"},
	{"", "abc", 0, 1, S_OK, ""},
	{"xy", "abc", ALL, 6, S_OK, "xyabc"},
	{"xy", "abc", ALL, 5, STRSAFE_E_INSUFFICIENT_BUFFER, "xyab"},
	{"xy", "abc", ALL, 3, STRSAFE_E_INSUFFICIENT_BUFFER, "xy"},
	{"xy", "abc", 1, 4, S_OK, "xya"},
	{"xy", "", ALL, 3, S_OK, "xy"},
};

/* Writes ASCII as units with a zero. */
static void *units_of(void *out, const char *text, unsigned unit_bytes)
{
	size_t len = strlen(text) + 1;

	memset(out, 0, len * unit_bytes);
	for (size_t i = 0; i < len; i++)
		((char *)out)[i * unit_bytes] = text[i];
	return out;
}

static void strings_are_copied_and_joined_in_bounds(void **state)
{
	struct guard to_pages = {0};
	struct guard from_pages = {0};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(copy_rows) * 3; i++) {
		const struct copy_row *row = &copy_rows[i / 3];
		unsigned unit_bytes = 1u << i % 3;
		size_t from_len = strlen(row->from) + 1;
		char *to = guard_room(&to_pages, row->room * unit_bytes);
		char *from = guard_room(&from_pages, from_len * unit_bytes);
		char expected[32];

		units_of(from, row->from, unit_bytes);
		units_of(expected, row->behind, unit_bytes);
		if (*row->before) {
			units_of(to, row->before, unit_bytes);
			assert_int_equal(ixhr2_string_append(unit_bytes, to, row->room,
							     from, row->limit),
					 row->hr);
		} else {
			assert_int_equal(ixhr2_string_copy(unit_bytes, to, row->room,
							   from, row->limit),
					 row->hr);
		}
		assert_memory_equal(to, expected, (strlen(row->behind) + 1) * unit_bytes);
	}
	guard_done(&to_pages);
	guard_done(&from_pages);
}

static void a_source_is_read_no_further_than_its_limit(void **state)
{
	struct guard guard = {0};
	char *from = guard_room(&guard, 3);
	char to[8];

	(void)state;
	memcpy(from, "abc", 3);
	assert_int_equal(StringCchCopyNA(to, 8, from, 3), S_OK);
	assert_string_equal(to, "abc");
	assert_int_equal(StringCchCatNA(to, 8, from, 3), S_OK);
	assert_string_equal(to, "abcabc");
	assert_int_equal(StringCchPrintfA(to, 8, "%.3s", from), S_OK);
	assert_string_equal(to, "abc");
	assert_int_equal(StringCchCopyA(to, 3, from), STRSAFE_E_INSUFFICIENT_BUFFER);
	assert_string_equal(to, "ab");
	guard_done(&guard);
}

static void the_names_of_windows_count_units_or_bytes(void **state)
{
	WCHAR wide[8];
	char narrow[8];
	size_t len;

	(void)state;
	assert_int_equal(StringCbCopyW(wide, sizeof(wide), L"abc"), S_OK);
	assert_int_equal(StringCchCatW(wide, 8, L"de"), S_OK);
	assert_int_equal(StringCbCatW(wide, sizeof(wide) + 1, L"fgh"),
			 STRSAFE_E_INSUFFICIENT_BUFFER);
	assert_memory_equal(wide, L"abcdefg", sizeof(wide));
	assert_int_equal(StringCchLengthW(wide, 8, &len), S_OK);
	assert_int_equal(len, 7);
	assert_int_equal(StringCbLengthW(wide, sizeof(wide), &len), S_OK);
	assert_int_equal(len, 7 * sizeof(WCHAR));
	assert_int_equal(StringCbLengthW(wide, 7 * sizeof(WCHAR), &len),
			 STRSAFE_E_INVALID_PARAMETER);
	assert_int_equal(len, 0);
	assert_int_equal(StringCbCopyNW(wide, sizeof(wide), L"abc", 2 * sizeof(WCHAR)),
			 S_OK);
	assert_int_equal(StringCbCatNW(wide, sizeof(wide), L"xyz", sizeof(WCHAR)), S_OK);
	assert_memory_equal(wide, L"abx", 4 * sizeof(WCHAR));
	assert_int_equal(StringCbCopyA(narrow, 8, "abc"), S_OK);
	assert_int_equal(StringCbCatA(narrow, 8, "d"), S_OK);
	assert_int_equal(StringCbCatNA(narrow, 8, "efg", 1), S_OK);
	assert_int_equal(StringCbLengthA(narrow, 8, &len), S_OK);
	assert_int_equal(len, 5);
	assert_int_equal(StringCbPrintfA(narrow, 8, "%d", 5), S_OK);
	assert_int_equal(StringCbPrintfW(wide, 2 * sizeof(WCHAR), L"%d", 55),
			 STRSAFE_E_INSUFFICIENT_BUFFER);
	assert_memory_equal(wide, L"5", 2 * sizeof(WCHAR));
	assert_int_equal(StringCchPrintfW(wide, 8, L"%ls", L"x"), S_OK);
}

static void wrong_arguments_are_refused(void **state)
{
	char to[4] = "abc";
	WCHAR wide[2];
	size_t len = 9;

	(void)state;
	assert_int_equal(StringCchCopyA(NULL, 4, "x"), STRSAFE_E_INVALID_PARAMETER);
	assert_int_equal(StringCchCopyA(to, 0, "x"), STRSAFE_E_INVALID_PARAMETER);
	assert_int_equal(StringCchCopyA(to, (size_t)INT_MAX + 1, "x"),
			 STRSAFE_E_INVALID_PARAMETER);
	assert_string_equal(to, "abc");
	assert_int_equal(ixhr2_string_copy(3, to, 4, "x", 1),
			 STRSAFE_E_INVALID_PARAMETER);
	assert_int_equal(StringCchCopyNA(to, 4, "x", (size_t)INT_MAX + 1),
			 STRSAFE_E_INVALID_PARAMETER);
	assert_string_equal(to, "");
	strcpy(to, "abc");
	assert_int_equal(StringCchCopyNA(to, 4, "x", SIZE_MAX),
			 STRSAFE_E_INVALID_PARAMETER);
	assert_string_equal(to, "");
	assert_int_equal(StringCchCatNA(to, 4, "x", SIZE_MAX),
			 STRSAFE_E_INVALID_PARAMETER);
	assert_string_equal(to, "");
	assert_int_equal(StringCbCopyNW(wide, 2 * sizeof(WCHAR), L"x", SIZE_MAX),
			 STRSAFE_E_INVALID_PARAMETER);
	memset(to, 'x', 4);
	assert_int_equal(StringCchCatA(to, 4, "x"), STRSAFE_E_INVALID_PARAMETER);
	assert_int_equal(StringCchCatA(to, 4, NULL), STRSAFE_E_INVALID_PARAMETER);
	assert_int_equal(StringCchLengthA(to, 4, &len), STRSAFE_E_INVALID_PARAMETER);
	assert_int_equal(len, 0);
	assert_int_equal(StringCchLengthA(NULL, 4, NULL), STRSAFE_E_INVALID_PARAMETER);
	assert_int_equal(StringCchPrintfA(to, 4, NULL), STRSAFE_E_INVALID_PARAMETER);
	assert_string_equal(to, "");
	assert_int_equal(StringCchPrintfA(NULL, 4, "x"), STRSAFE_E_INVALID_PARAMETER);
}

/* ---- formats ---- */

/* A format in units of 2 bytes, formatted with wide arguments of 2 bytes. */
static HRESULT print16(char16_t *to, size_t room, const char16_t *format, ...)
{
	va_list list;
	HRESULT hr;

	va_start(list, format);
	hr = ixhr2_string_vprintf(2, 2, to, room, format, list);
	va_end(list);
	return hr;
}

/* Checks a format in all three kinds of unit. Its arguments must not be strings. */
#define assert_prints(expected, format, ...)                                             \
	do {                                                                             \
		char narrow[ROOM];                                                       \
		char16_t two[ROOM];                                                      \
		WCHAR wide[ROOM];                                                        \
		assert_int_equal(StringCchPrintfA(narrow, ROOM, format, __VA_ARGS__),    \
				 S_OK);                                                  \
		assert_string_equal(narrow, expected);                                   \
		assert_int_equal(print16(two, ROOM, u"" format, __VA_ARGS__), S_OK);     \
		assert_memory_equal(two, u"" expected, sizeof(u"" expected));            \
		assert_int_equal(StringCchPrintfW(wide, ROOM, L"" format, __VA_ARGS__),  \
				 S_OK);                                                  \
		assert_memory_equal(wide, L"" expected, sizeof(L"" expected));           \
	} while (0)

static void numbers_are_printed_by_their_windows_size(void **state)
{
	const ULONG all = 0xFFFFFFFF;

	(void)state;
	assert_prints("-1 4294967295 ffffffff", "%ld %lu %lx", (LONG)-1, all, all);
	assert_prints("-1 4294967295", "%ld %lu", -1L, 0xFFFFFFFFFFUL);
	assert_prints("-1 18446744073709551615", "%I64d %I64u", -1LL, ~0ULL);
	assert_prints("-1 18446744073709551615", "%lld %llu", -1LL, ~0ULL);
	assert_prints("-9223372036854775808", "%lld", LLONG_MIN);
	assert_prints("-1 4294967295", "%I32d %I32u", -1, all);
	assert_prints("7 8 9 10", "%Id %Iu %zu %td", (ptrdiff_t)7, (size_t)8, (size_t)9,
		      (ptrdiff_t)10);
	assert_prints("-1 255", "%hhd %hhu", -1, -1);
	assert_prints("-1 65535", "%hd %hu", -1, -1);
	assert_prints("12", "%jd", (intmax_t)12);
	assert_prints("800C0005", "%08lX", (HRESULT)0x800C0005);
	assert_prints("0x800c0005", "%#010x", (HRESULT)0x800C0005);
	assert_prints("00000000000000AB", "%p", (void *)0xAB);
	assert_prints("  5|5  |005|+5| 5|%", "%3d|%-3d|%03d|%+d|% d|%%", 5, 5, 5, 5, 5);
	assert_prints("  005|005  ||0", "%5.3d|%-5.3d|%.0d|%#o", 5, 5, 0, 0);
	assert_prints("  5|5  |05", "%*d|%*d|%.*d", 3, 5, -3, 5, 2, 5);
	assert_prints("5", "%.*d", -1, 5);
	assert_prints("1.500 1e+10 -0.5 inf", "%.3f %g %g %f", 1.5, 1e10, -0.5,
		      1.0 / 0.0);
	assert_prints("  1.50|001.50|+1.5|-01.5|1.5  |",
		      "%6.2f|%06.2f|%+.1f|%05.1f|%-5.1f|", 1.5, 1.5, 1.5, -1.5, 1.5);
	assert_prints("0x1p+0|0x001p+0|  inf", "%a|%08a|%05f", 1.0, 1.0, 1.0 / 0.0);
	assert_prints("2.5", "%Lg", 2.5L);
}

static void strings_are_of_the_kind_that_windows_says(void **state)
{
	const char16_t *two = u"\x00FC"
			      u"ber";
	const char *narrow = "\xC3\xBC"
			     "ber";
	const WCHAR *wide = L"\x00FC"
			    L"ber";
	char16_t out16[ROOM];
	WCHAR out[ROOM];
	char bytes[ROOM];

	(void)state;
	assert_int_equal(StringCchPrintfW(out, ROOM, L"%s %S %hs %ls %ws %hS %lS", wide,
					  narrow, narrow, wide, wide, narrow, wide),
			 S_OK);
	assert_int_equal(wcscmp(out, L"\xFC"
				     L"ber \xFC"
				     L"ber \xFC"
				     L"ber \xFC"
				     L"ber \xFC"
				     L"ber \xFC"
				     L"ber \xFC"
				     L"ber"),
			 0);
	assert_int_equal(print16(out16, ROOM, u"%s %S %hs %ls", two, narrow, narrow, two),
			 S_OK);
	assert_memory_equal(out16,
			    u"\xFC"
			    u"ber \xFC"
			    u"ber \xFC"
			    u"ber \xFC"
			    u"ber",
			    20 * sizeof(char16_t));
	assert_int_equal(StringCchPrintfA(bytes, ROOM, "%s %S %hs %ls %ws", narrow, wide,
					  narrow, wide, wide),
			 S_OK);
	assert_string_equal(bytes, "\xC3\xBC"
				   "ber \xC3\xBC"
				   "ber \xC3\xBC"
				   "ber \xC3\xBC"
				   "ber \xC3\xBC"
				   "ber");
}

static void characters_are_of_the_kind_that_windows_says(void **state)
{
	WCHAR out[ROOM];
	char bytes[ROOM];

	(void)state;
	assert_int_equal(StringCchPrintfW(out, ROOM, L"%c%C%hc%lc|%3c|%-3c|", 0x20AC, 'b',
					  'c', 0x20AC, L'd', L'e'),
			 S_OK);
	assert_int_equal(wcscmp(out, L"\x20AC"
				     L"bc\x20AC|  d|e  |"),
			 0);
	assert_int_equal(
		StringCchPrintfA(bytes, ROOM, "%c%C%hc%lc", 'a', 0x20AC, 'c', 0xDF),
		S_OK);
	assert_string_equal(bytes, "a\xE2\x82\xAC"
				   "c\xC3\x9F");
	assert_int_equal(StringCchPrintfW(out, ROOM, L"%C", 0xE2), S_OK);
	assert_int_equal(out[0], 0xFFFD);
}

static void precision_cuts_strings_between_characters(void **state)
{
	WCHAR out[ROOM];
	char bytes[ROOM];

	(void)state;
	assert_int_equal(StringCchPrintfW(out, ROOM, L"%.2s|%5.2s|%-5.2s|", L"abc",
					  L"abc", L"abc"),
			 S_OK);
	assert_int_equal(wcscmp(out, L"ab|   ab|ab   |"), 0);
	assert_int_equal(StringCchPrintfA(bytes, ROOM, "%.3S|%6.3S|%.2S|", L"a\x20AC",
					  L"a\x20AC", L"\xFC\xFC"),
			 S_OK);
	assert_string_equal(bytes, "a|     a|\xC3\xBC|");
	assert_int_equal(StringCchPrintfW(out, ROOM, L"%.3S|%.2S|%.0S|", "a\xE2\x82\xAC",
					  "\xC3\xBC", "abc"),
			 S_OK);
	assert_int_equal(wcscmp(out, L"a|\xFC||"), 0);
	assert_int_equal(StringCchPrintfW(out, ROOM, L"%s|%.2s|%S", NULL, NULL, NULL),
			 S_OK);
	assert_int_equal(wcscmp(out, L"(null)|(n|(null)"), 0);
	assert_int_equal(StringCchPrintfW(out, ROOM, L"%.9S|", "a\xFFz"), S_OK);
	assert_int_equal(wcscmp(out, L"a\xFFFDz|"), 0);
}

static const char *const bad_formats[] = {
	"%n",  "%",   "%5",	 "%y", "%Z", "%99999999999d", "%.", "%.99999999999d",
	"%ll", "%I6", "%.10001f"};

static void a_format_that_is_none_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(bad_formats); i++) {
		char out[ROOM] = "x";

		assert_int_equal(StringCchPrintfA(out, ROOM, bad_formats[i], 1.0, 1, 1),
				 STRSAFE_E_INVALID_PARAMETER);
		assert_string_equal(out, "");
	}
	{
		char out[ROOM];

		assert_int_equal(StringCchPrintfA(out, ROOM, "%*d", INT_MIN, 1),
				 STRSAFE_E_INVALID_PARAMETER);
		assert_int_equal(
			StringCchPrintfA(out, ROOM, "%*d%*d", INT_MAX, 1, INT_MAX, 1),
			STRSAFE_E_INVALID_PARAMETER);
	}
}

static void what_does_not_fit_is_cut_at_the_end_of_the_room(void **state)
{
	struct guard guard = {0};
	const char *whole = "<  -42|\xE2\x82\xAC|text|00000000000000AB>";

	(void)state;
	for (size_t room = 1; room <= strlen(whole) + 1; room++) {
		char *to = guard_room(&guard, room);
		HRESULT hr = StringCchPrintfA(to, room, "<%5d|%S|%s|%p>", -42, L"\x20AC",
					      "text", (void *)0xAB);

		assert_int_equal(
			hr, room > strlen(whole) ? S_OK : STRSAFE_E_INSUFFICIENT_BUFFER);
		assert_true(strlen(to) < room && strlen(to) + 3 >= room);
		assert_memory_equal(to, whole, strlen(to));
	}
	guard_done(&guard);
}

static void long_numbers_need_memory_that_may_fail(void **state)
{
	char out[ROOM];
	char expected[ROOM];

	(void)state;
	snprintf(expected, ROOM, "%.*f", 100, 1e150);
	assert_int_equal(StringCchPrintfA(out, ROOM, "%.100f", 1e150), S_OK);
	assert_string_equal(out, expected);
	mem_fail_at(1);
	assert_int_equal(StringCchPrintfA(out, ROOM, "%.100f", 1e150),
			 STRSAFE_E_INVALID_PARAMETER);
	mem_fail_at(0);
}

/* ---- against the C library ---- */

static const char *pick(const char *const *from, size_t count)
{
	return from[(size_t)rand() % count];
}

/* A random conversion, in C's spelling and in that of Windows. */
static void make_spec(char *c_format, char *windows_format, char *out_conversion)
{
	static const char *const flags[] = {"",	 "-",  "0",  "+",  " ",
					    "#", "-0", "+0", "-+#"};
	static const char *const widths[] = {"", "1", "7", "30"};
	static const char *const precisions[] = {"", ".", ".0", ".3", ".25"};
	const char *flag = pick(flags, TEST_COUNT(flags));
	const char *width = pick(widths, TEST_COUNT(widths));
	const char *precision = pick(precisions, TEST_COUNT(precisions));

	*out_conversion = "diuxXoeEfFgGaA"[rand() % 14];
	snprintf(c_format, 32, "[%%%s%s%s%s%c]", flag, width, precision,
		 strchr("diuxXo", *out_conversion) ? "ll" : "", *out_conversion);
	snprintf(windows_format, 32, "[%%%s%s%s%s%c]", flag, width, precision,
		 strchr("diuxXo", *out_conversion) ? "I64" : "", *out_conversion);
}

static void random_numbers_are_printed_as_the_c_library_does(void **state)
{
	(void)state;
	srand(7);
	for (int i = 0; i < 20000; i++) {
		char c_format[32], windows_format[32], conversion;
		char expected[ROOM], got[ROOM];
		long long whole =
			(long long)((uint64_t)rand() << 33 ^ (uint64_t)rand()) >>
			rand() % 64;
		double real = (double)whole / (1 + rand() % 1000);
		bool is_whole;

		make_spec(c_format, windows_format, &conversion);
		is_whole = strchr("diuxXo", conversion);
		if (rand() % 5 == 0)
			real = (double)(whole = 0);
		if (is_whole)
			snprintf(expected, ROOM, c_format, whole);
		else
			snprintf(expected, ROOM, c_format, real);
		assert_int_equal(
			is_whole ? StringCchPrintfA(got, ROOM, windows_format, whole)
				 : StringCchPrintfA(got, ROOM, windows_format, real),
			S_OK);
		if (strcmp(expected, got) != 0)
			print_error("%s\n", c_format);
		assert_string_equal(got, expected);
	}
}

/* Random formats with arguments that every conversion can bear. */
static void random_formats_stay_in_bounds(void **state)
{
	static const char alphabet[] = "%%%%%%0123456789.*-+ #hlwIL64jzt"
				       "diouxXpcCsSeEfFgGaAnyZ";
	struct guard guard = {0};

	(void)state;
	srand(11);
	for (int i = 0; i < 20000; i++) {
		char format[16];
		size_t room = 1 + (size_t)(rand() % 40);
		char *to = guard_room(&guard, room);
		int at;

		for (at = 0; at < 15; at++)
			format[at] = alphabet[(size_t)rand() % (sizeof(alphabet) - 1)];
		format[at] = '\0';
		/* Strings would read numbers, and a * may make it slow. */
		for (at = 0; at < 15; at++) {
			if (strchr("sS*", format[at]))
				format[at] = 'd';
		}
		StringCchPrintfA(to, room, format, 1LL, 2LL, 3LL, 4LL, 5LL, 6LL, 7LL, 8LL,
				 9LL, 10LL, 11LL, 12LL, 13LL, 14LL, 15LL);
		assert_non_null(memchr(to, 0, room));
	}
	guard_done(&guard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings_are_copied_and_joined_in_bounds),
		cmocka_unit_test(a_source_is_read_no_further_than_its_limit),
		cmocka_unit_test(the_names_of_windows_count_units_or_bytes),
		cmocka_unit_test(wrong_arguments_are_refused),
		cmocka_unit_test(numbers_are_printed_by_their_windows_size),
		cmocka_unit_test(strings_are_of_the_kind_that_windows_says),
		cmocka_unit_test(characters_are_of_the_kind_that_windows_says),
		cmocka_unit_test(precision_cuts_strings_between_characters),
		cmocka_unit_test(a_format_that_is_none_is_refused),
		cmocka_unit_test(what_does_not_fit_is_cut_at_the_end_of_the_room),
		cmocka_unit_test(long_numbers_need_memory_that_may_fail),
		cmocka_unit_test(random_numbers_are_printed_as_the_c_library_does),
		cmocka_unit_test(random_formats_stay_in_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
