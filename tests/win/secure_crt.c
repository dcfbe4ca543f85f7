/* SPDX-License-Identifier: MIT */
#include "lib/test.h"

#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "ixhr2/secure_crt.h"
#include "lib/guard.h"

#define ROOM 64

/* ---- strings ---- */

enum call { COPY, JOIN };

static const struct row {
	enum call call;	    /* which function */
	const char *before; /* what is there */
	size_t room;	    /* of the destination */
	const char *from;   /* what comes, or NULL */
	size_t count;	    /* of its units */
	errno_t error;	    /* the answer */
	const char *behind; /* what is there then */
} rows[] = {
	{COPY, "old", 4, "abc", IXHR2_WHOLE, 0, "abc"},
	{COPY, "old", 4, "abcd", IXHR2_WHOLE, ERANGE, ""},
	{COPY, "old", 4, "", IXHR2_WHOLE, 0, ""},
	{COPY, "old", 4, NULL, IXHR2_WHOLE, EINVAL, ""},
	{COPY, "old", 4, "abcd", _TRUNCATE, STRUNCATE, "abc"},
	{COPY, "old", 4, "abc", _TRUNCATE, 0, "abc"},
	{COPY, "old", 4, "abcd", 3, 0, "abc"},
	{COPY, "old", 4, "abcd", 4, ERANGE, ""},
	{COPY, "old", 4, "ab", 9, 0, "ab"},
	{COPY, "old", 4, "abc", 0, 0, ""},
	{COPY, "old", 4, NULL, 0, 0, ""},
	{JOIN, "old", 6, "ab", IXHR2_WHOLE, 0, "oldab"},
	{JOIN, "old", 5, "ab", IXHR2_WHOLE, ERANGE, ""},
	{JOIN, "old", 5, NULL, IXHR2_WHOLE, EINVAL, ""},
	{JOIN, "old", 5, "ab", _TRUNCATE, STRUNCATE, "olda"},
	{JOIN, "old", 5, "ab", 1, 0, "olda"},
	{JOIN, "old", 4, "ab", 1, ERANGE, ""},
	{JOIN, "old", 4, "ab", 0, 0, "old"},
};

/* Writes ASCII as units with a zero. */
static void put_units(void *out, const char *text, unsigned unit_bytes)
{
	size_t len = strlen(text) + 1;

	memset(out, 0, len * unit_bytes);
	for (size_t i = 0; i < len; i++)
		((char *)out)[i * unit_bytes] = text[i];
}

static void assert_row(const struct row *row, unsigned unit_bytes)
{
	struct guard guard = {0};
	char *to = guard_room(&guard, row->room * unit_bytes);
	char from[ROOM], expected[ROOM];
	const void *source = row->from ? from : NULL;
	errno_t error;

	put_units(to, row->before, unit_bytes);
	put_units(from, row->from ? row->from : "", unit_bytes);
	put_units(expected, row->behind, unit_bytes);
	errno = 0;
	error = row->call == COPY
			? ixhr2_strncpy_s(unit_bytes, to, row->room, source, row->count)
			: ixhr2_strncat_s(unit_bytes, to, row->room, source, row->count);
	assert_int_equal(error, row->error);
	assert_int_equal(errno, error == STRUNCATE ? 0 : error);
	assert_memory_equal(to, expected, (strlen(row->behind) + 1) * unit_bytes);
	guard_done(&guard);
}

static void strings_are_copied_and_joined_in_bounds(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		assert_row(&rows[i], 1);
		assert_row(&rows[i], 2);
		assert_row(&rows[i], 4);
	}
}

static void a_destination_that_is_none_is_refused(void **state)
{
	char to[4] = "abc";

	(void)state;
	assert_int_equal(strcpy_s(NULL, 4, "x"), EINVAL);
	assert_int_equal(strcpy_s(to, 0, "x"), ERANGE);
	assert_int_equal(strncpy_s(NULL, 0, "x", 0), 0);
	assert_int_equal(strcat_s(NULL, 4, "x"), EINVAL);
	assert_int_equal(strcat_s(to, 0, "x"), EINVAL);
	assert_int_equal(strncat_s(NULL, 0, NULL, 0), 0);
	assert_int_equal(strcat_s(to, 3, "x"), EINVAL); /* no zero within 3 */
	assert_string_equal(to, "");
	assert_int_equal(ixhr2_strncpy_s(3, to, 4, "x", 1), EINVAL);
	assert_int_equal(ixhr2_strncat_s(3, to, 4, "x", 1), EINVAL);
}

static void the_wide_names_take_wide_strings(void **state)
{
	WCHAR to[8];

	(void)state;
	assert_int_equal(wcscpy_s(to, _countof(to), L"abc"), 0);
	assert_int_equal(wcscat_s(to, _countof(to), L"de"), 0);
	assert_int_equal(wcsncat_s(to, _countof(to), L"fgh", 1), 0);
	assert_int_equal(wcscmp(to, L"abcdef"), 0);
	assert_int_equal(wcsncpy_s(to, _countof(to), L"123456789", _TRUNCATE), STRUNCATE);
	assert_int_equal(wcscmp(to, L"1234567"), 0);
	assert_int_equal(wcsnlen_s(to, 8), 7);
	assert_int_equal(wcsnlen_s(to, 3), 3);
	assert_int_equal(wcsnlen_s(NULL, 3), 0);
	assert_int_equal(strnlen_s("abc", 9), 3);
	assert_int_equal(strnlen_s("abc", 2), 2);
	assert_int_equal(strnlen_s(NULL, 2), 0);
}

static void bytes_are_copied_in_bounds(void **state)
{
	char to[4] = "abc";
	WCHAR wide[2];

	(void)state;
	assert_int_equal(memcpy_s(to, 4, "xy", 2), 0);
	assert_string_equal(to, "xyc");
	assert_int_equal(memmove_s(to + 1, 3, to, 2), 0);
	assert_memory_equal(to, "xxy", 4);
	assert_int_equal(memmove_s(to, 3, "12345", 5), ERANGE);
	assert_memory_equal(to, "xxy", 4);
	assert_int_equal(memcpy_s(to, 2, "12345", 5), ERANGE);
	assert_memory_equal(to, "\0\0y", 4);
	assert_int_equal(memcpy_s(NULL, 0, NULL, 0), 0);
	assert_int_equal(memcpy_s(NULL, 4, "x", 1), EINVAL);
	assert_int_equal(memcpy_s(to, 4, NULL, 1), EINVAL);
	assert_memory_equal(to, "\0\0\0", 4);
	assert_int_equal(wmemcpy_s(wide, 2, L"ab", 2), 0);
	assert_int_equal(wmemmove_s(wide, 2, wide + 1, 1), 0);
	assert_memory_equal(wide, L"bb", sizeof(wide));
	assert_int_equal(wmemcpy_s(wide, 2, L"abc", 3), ERANGE);
	assert_int_equal(wmemcpy_s(wide, SIZE_MAX, L"abc", 3), EINVAL);
}

/* ---- formats ---- */

static void formatting_tells_what_does_not_fit(void **state)
{
	WCHAR wide[4];
	char to[4];

	(void)state;
	assert_int_equal(sprintf_s(to, 4, "%d", 123), 3);
	assert_string_equal(to, "123");
	assert_int_equal(sprintf_s(to, 4, "%d", 1234), -1);
	assert_int_equal(errno, ERANGE);
	assert_string_equal(to, "");
	assert_int_equal(swprintf_s(wide, 4, L"%s", L"abc"), 3);
	assert_int_equal(wcscmp(wide, L"abc"), 0);
	assert_int_equal(sprintf_s(to, 4, "%n", NULL), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(sprintf_s(NULL, 4, "x"), -1);
	assert_int_equal(sprintf_s(to, 0, "x"), -1);
	assert_int_equal(sprintf_s(to, 4, NULL), -1);
	assert_int_equal(_snprintf_s(to, 4, _TRUNCATE, "%s", "abcd"), -1);
	assert_string_equal(to, "abc");
	assert_int_equal(_snprintf_s(to, 4, 2, "%s", "abcd"), -1);
	assert_string_equal(to, "ab");
	assert_int_equal(_snprintf_s(to, 4, 2, "%s", "ab"), 2);
	assert_int_equal(_snprintf_s(to, 4, 9, "%s", "abcd"), -1);
	assert_string_equal(to, "");
	assert_int_equal(_snprintf_s(NULL, 0, 0, "x"), 0);
	assert_int_equal(_snwprintf_s(wide, 4, _TRUNCATE, L"%s", L"abcd"), -1);
	assert_int_equal(wcscmp(wide, L"abc"), 0);
}

static void the_old_names_may_leave_out_the_zero(void **state)
{
	char to[4] = "....";
	WCHAR wide[4];

	(void)state;
	assert_int_equal(_snprintf(to, 3, "%s", "abc"), 3);
	assert_memory_equal(to, "abc.", 4);
	assert_int_equal(_snprintf(to, 3, "%s", "xyz0"), -1);
	assert_memory_equal(to, "xyz.", 4);
	assert_int_equal(_snprintf(to, 3, "%s", "ab"), 2);
	assert_memory_equal(to, "ab\0.", 4);
	assert_int_equal(_snwprintf(wide, 4, L"%d", 12), 2);
	assert_int_equal(_snprintf(NULL, 0, "%d", 1234), 4);
	assert_int_equal(_snprintf(NULL, 1, "%d", 1234), -1);
	assert_int_equal(_scprintf("%d", 1234), 4);
	assert_int_equal(_scwprintf(L"%s", L"abc"), 3);
}

static int print(FILE *file, unsigned unit_bytes, const void *format, ...)
{
	va_list list;
	int len;

	va_start(list, format);
	len = ixhr2_vfprintf(unit_bytes, sizeof(WCHAR), file, format, list);
	va_end(list);
	return len;
}

static void what_is_printed_to_a_file_is_utf8(void **state)
{
	char bytes[2048] = "";
	FILE *file = fmemopen(bytes, sizeof(bytes), "w");

	(void)state;
	assert_int_equal(print(file, sizeof(WCHAR), L"\x20AC %s|", L"\xFC"), 4);
	assert_int_equal(print(file, 1, "%S|", L"\xFC"), 3);
	assert_int_equal(print(file, sizeof(WCHAR), L"%500d", 1), 500);
	mem_fail_at(1);
	assert_int_equal(print(file, sizeof(WCHAR), L"%500d", 1), -1);
	mem_fail_at(0);
	assert_int_equal(print(file, 1, "%n", NULL), -1);
	assert_int_equal(print(NULL, 1, "x"), -1);
	fclose(file);
	assert_memory_equal(bytes, "\xE2\x82\xAC \xC3\xBC|\xC3\xBC|   ", 12);
	assert_int_equal(strlen(bytes), 510);
}

#define LINES 2000

static void *print_lines(void *file)
{
	for (int i = 0; i < LINES; i++)
		print(file, sizeof(WCHAR), L"%s\n", L"0123456789");
	return NULL;
}

static void what_two_threads_print_stays_whole(void **state)
{
	FILE *file = tmpfile();
	pthread_t thread;
	char line[32];
	int count = 0;

	(void)state;
	assert_non_null(file);
	assert_int_equal(pthread_create(&thread, NULL, print_lines, file), 0);
	print_lines(file);
	pthread_join(thread, NULL);
	rewind(file);
	while (fgets(line, sizeof(line), file)) {
		assert_string_equal(line, "0123456789\n");
		count++;
	}
	assert_int_equal(count, 2 * LINES);
	fclose(file);
}

/* ---- comparison, copies, files ---- */

static void letters_compare_without_case(void **state)
{
	(void)state;
	assert_int_equal(_stricmp("Content-Type", "content-TYPE"), 0);
	assert_true(_stricmp("a", "B") < 0);
	assert_true(_stricmp("a_", "aB") < 0); /* by small letters */
	assert_int_equal(_strnicmp("abX", "ABy", 2), 0);
	assert_true(_strnicmp("abX", "ABy", 3) < 0);
	assert_int_equal(_strnicmp(NULL, NULL, 0), 0);
	assert_int_equal(_stricmp(NULL, "a"), INT_MAX);
	assert_int_equal(_wcsicmp(L"\xC4"
				  L"B",
				  L"\xC4"
				  L"b"),
			 0);
	assert_true(_wcsicmp(L"\xC4", L"\xE4") < 0);
	assert_int_equal(_wcsnicmp(L"abc", L"ABD", 2), 0);
	assert_true(ixhr2_wcscmp(L"b", L"a") > 0);
	assert_int_equal(ixhr2_wcsncmp(L"ab", L"ac", 1), 0);
}

static void wide_strings_have_functions_of_their_own(void **state)
{
	WCHAR to[8];
	WCHAR *copy = _wcsdup(L"abc");
	char *narrow = _strdup("abc");

	(void)state;
	assert_int_equal(ixhr2_wcslen(ixhr2_wcscat(ixhr2_wcscpy(to, L"ab"), L"cab")), 5);
	assert_ptr_equal(ixhr2_wcschr(to, 'a'), to);
	assert_ptr_equal(ixhr2_wcschr(to, 0), to + 5);
	assert_null(ixhr2_wcschr(to, 'x'));
	assert_ptr_equal(ixhr2_wcsrchr(to, 'a'), to + 3);
	assert_null(ixhr2_wcsrchr(to, 'x'));
	assert_ptr_equal(ixhr2_wcsstr(to, L"ca"), to + 2);
	assert_ptr_equal(ixhr2_wcsstr(to, L""), to);
	assert_null(ixhr2_wcsstr(to, L"cb"));
	ixhr2_wcsncpy(to, L"x", 3);
	assert_memory_equal(to, L"x\0\0ab", 6 * sizeof(WCHAR));
	assert_int_equal(wcscmp(copy, L"abc"), 0);
	assert_string_equal(narrow, "abc");
	assert_null(_wcsdup(NULL));
	free(copy);
	free(narrow);
}

static void files_are_opened_by_wide_names(void **state)
{
	char path[] = "/tmp/ixhr2-\xC3\xBC-XXXXXX";
	int descriptor = mkstemp(path);
	WCHAR wide[sizeof(path)];
	FILE *file;

	(void)state;
	assert_true(descriptor >= 0);
	close(descriptor);
	swprintf_s(wide, sizeof(path), L"%S", path);
	assert_int_equal(_wfopen_s(&file, wide, L"wb"), 0);
	fputs("text", file);
	fclose(file);
	assert_int_equal(fopen_s(&file, path, "rt, ccs=UTF-8"), 0);
	assert_int_equal(fgetc(file), 't');
	fclose(file);
	file = _wfopen(wide, L"r");
	assert_non_null(file);
	fclose(file);
	unlink(path);
	assert_int_equal(_wfopen_s(&file, wide, L"rb"), ENOENT);
	assert_null(file);
	assert_null(_wfopen(wide, L"rb"));
	assert_int_equal(errno, ENOENT);
	assert_int_equal(fopen_s(&file, NULL, "r"), EINVAL);
	assert_int_equal(fopen_s(&file, path, NULL), EINVAL);
	assert_int_equal(fopen_s(NULL, path, "r"), EINVAL);
	assert_int_equal(_wfopen_s(&file, L"\xD800", L"r"), EINVAL);
	for (unsigned long n = 1; n <= 2; n++) {
		mem_fail_at(n);
		assert_int_equal(_wfopen_s(&file, wide, L"r"), ENOMEM);
		mem_fail_at(0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings_are_copied_and_joined_in_bounds),
		cmocka_unit_test(a_destination_that_is_none_is_refused),
		cmocka_unit_test(the_wide_names_take_wide_strings),
		cmocka_unit_test(bytes_are_copied_in_bounds),
		cmocka_unit_test(formatting_tells_what_does_not_fit),
		cmocka_unit_test(the_old_names_may_leave_out_the_zero),
		cmocka_unit_test(what_is_printed_to_a_file_is_utf8),
		cmocka_unit_test(what_two_threads_print_stays_whole),
		cmocka_unit_test(letters_compare_without_case),
		cmocka_unit_test(wide_strings_have_functions_of_their_own),
		cmocka_unit_test(files_are_opened_by_wide_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
