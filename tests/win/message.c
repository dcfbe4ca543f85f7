/* SPDX-License-Identifier: MIT */
#include "lib/test.h"

#include <string.h>
#include <uchar.h>

#include "base/mem.h"
#include "ixhr2/errhandlingapi.h"
#include "ixhr2/winbase.h"
#include "ixhr2/wincrypt.h"
#include "lib/guard.h"

#define SYSTEM (FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS)
#define STRING FORMAT_MESSAGE_FROM_STRING
#define ROOM   200

static void every_sentence_is_one_and_is_found(void **state)
{
	static const DWORD codes[] = {
#define MESSAGE(code, text) (DWORD)(code),
#include "win/message.def"
#undef MESSAGE
	};
	static const char *const texts[] = {
#define MESSAGE(code, text) text,
#include "win/message.def"
#undef MESSAGE
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(codes); i++) {
		char out[ROOM];
		DWORD len = FormatMessageA(SYSTEM, NULL, codes[i], 0, out, ROOM, NULL);

		assert_int_equal(len, strlen(texts[i]) + 2);
		assert_memory_equal(out, texts[i], strlen(texts[i]));
		assert_string_equal(out + len - 3, ".\r\n");
	}
}

static void an_hresult_may_carry_a_win32_number(void **state)
{
	WCHAR wide[ROOM];
	char out[ROOM];

	(void)state;
	assert_int_equal(
		FormatMessageA(SYSTEM, NULL, (DWORD)E_ACCESSDENIED, 0, out, ROOM, NULL),
		19);
	assert_string_equal(out, "Access is denied.\r\n");
	assert_int_equal(
		FormatMessageW(SYSTEM | FORMAT_MESSAGE_MAX_WIDTH_MASK, NULL,
			       (DWORD)HRESULT_FROM_WIN32(ERROR_INTERNET_CANNOT_CONNECT),
			       MAKELANGID(LANG_NEUTRAL, SUBLANG_DEFAULT), wide, ROOM,
			       NULL),
		30);
	assert_memory_equal(wide, L"The server cannot be reached. ", 31 * sizeof(WCHAR));
}

static void a_buffer_is_allocated_where_it_is_wanted(void **state)
{
	char16_t *two = NULL;
	WCHAR *wide = NULL;
	long blocks = mem_live_blocks();

	(void)state;
	assert_int_equal(FormatMessageW(SYSTEM | FORMAT_MESSAGE_ALLOCATE_BUFFER, NULL,
					ERROR_ACCESS_DENIED, 0, (LPWSTR)(void *)&wide,
					100, NULL),
			 19);
	assert_memory_equal(wide, L"Access is denied.\r\n", 20 * sizeof(WCHAR));
	wide[99] = 0;
	assert_null(LocalFree(wide));
	assert_int_equal(ixhr2_format_message(2, SYSTEM | FORMAT_MESSAGE_ALLOCATE_BUFFER,
					      NULL, ERROR_ACCESS_DENIED, &two, 0, NULL),
			 19);
	assert_memory_equal(two, u"Access is denied.\r\n", 40);
	LocalFree(two);
	assert_int_equal(mem_live_blocks(), blocks);
	mem_fail_at(1);
	assert_int_equal(FormatMessageW(SYSTEM | FORMAT_MESSAGE_ALLOCATE_BUFFER, NULL,
					ERROR_ACCESS_DENIED, 0, (LPWSTR)(void *)&wide, 0,
					NULL),
			 0);
	mem_fail_at(0);
	assert_int_equal(GetLastError(), ERROR_NOT_ENOUGH_MEMORY);
	assert_null(wide);
}

static void a_buffer_that_is_too_small_is_left_alone(void **state)
{
	struct guard guard = {0};

	(void)state;
	for (DWORD room = 0; room <= 20; room++) {
		char *out = guard_room(&guard, room);
		DWORD len = FormatMessageA(SYSTEM, NULL, ERROR_ACCESS_DENIED, 0, out,
					   room, NULL);

		assert_int_equal(len, room == 20 ? 19 : 0);
		if (len == 0)
			assert_int_equal(GetLastError(), ERROR_INSUFFICIENT_BUFFER);
	}
	guard_done(&guard);
}

static DWORD fill(DWORD flags, const char *source, char *out, ...)
{
	va_list list;
	DWORD len;

	va_start(list, out);
	len = FormatMessageA(flags, source, 0, 0, out, ROOM, &list);
	va_end(list);
	return len;
}

static const struct string_row {
	DWORD flags;	      /* beside STRING */
	const char *source;   /* the text */
	const char *expected; /* with the inserts "one", "two", "three" */
} string_rows[] = {
	{0, "%1-%2!s!-%3", "one-two-three"},
	{0, "%3 %1 %1", "three one one"},
	{0, "100%% %! %. a%nb%rc", "100% ! . a\r\nb\rc"},
	{0, "over%0 and more", "over"},
	{0, "%\xC3\xBC %\xF0\x9F\x98\x80", "\xC3\xBC \xF0\x9F\x98\x80"},
	{0, "a\nb\r\nc\rd\r\r\n", "a\r\nb\r\nc\r\nd\r\n\r\n"},
	{0, "", ""},
	{FORMAT_MESSAGE_IGNORE_INSERTS, "%1 %n", "%1 %n"},
	{FORMAT_MESSAGE_MAX_WIDTH_MASK, "a\r\nb\nc\rd%ne", "a b c d\r\ne"},
};

static void a_string_is_filled_with_its_inserts(void **state)
{
	const char *inserts[] = {"one", "two", "three"};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(string_rows); i++) {
		const struct string_row *row = &string_rows[i];
		DWORD flags = STRING | row->flags;
		char out[ROOM];

		assert_int_equal(fill(flags, row->source, out, "one", "two", "three"),
				 strlen(row->expected));
		assert_string_equal(out, row->expected);
		assert_int_equal(FormatMessageA(flags | FORMAT_MESSAGE_ARGUMENT_ARRAY,
						row->source, 0, 0, out, ROOM,
						(va_list *)(void *)inserts),
				 strlen(row->expected));
		assert_string_equal(out, row->expected);
	}
}

static void a_character_behind_a_percent_sign_stays_whole(void **state)
{
	char16_t two[ROOM];

	(void)state;
	assert_int_equal(
		ixhr2_format_message(2, STRING, u"%\xD83D\xDE00", 0, two, ROOM, NULL), 2);
	assert_memory_equal(two, u"\xD83D\xDE00", 3 * sizeof(char16_t));
}

static const struct refused_row {
	DWORD flags;	    /* of the call */
	const char *source; /* of the call */
	DWORD code;	    /* of the call */
	DWORD error;	    /* what GetLastError says */
} refused_rows[] = {
	{SYSTEM, NULL, 0x12345678, ERROR_MR_MID_NOT_FOUND},
	{SYSTEM, NULL, 0x8007FFFF, ERROR_MR_MID_NOT_FOUND},
	{SYSTEM | 40, NULL, 5, ERROR_NOT_SUPPORTED},
	{FORMAT_MESSAGE_FROM_HMODULE, NULL, 5, ERROR_MR_MID_NOT_FOUND},
	{0, NULL, 5, ERROR_INVALID_PARAMETER},
	{STRING, NULL, 0, ERROR_INVALID_PARAMETER},
	{STRING, "%1", 0, ERROR_INVALID_PARAMETER},
	{STRING, "%", 0, ERROR_INVALID_PARAMETER},
	{STRING, "%1!d!", 0, ERROR_NOT_SUPPORTED},
	{STRING, "%1!s", 0, ERROR_NOT_SUPPORTED},
};

static void what_cannot_be_told_is_refused(void **state)
{
	char out[ROOM];

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(refused_rows); i++) {
		const struct refused_row *row = &refused_rows[i];

		SetLastError(0);
		assert_int_equal(FormatMessageA(row->flags, row->source, row->code, 0,
						out, ROOM, NULL),
				 0);
		assert_int_equal(GetLastError(), row->error);
	}
	assert_int_equal(FormatMessageA(SYSTEM, NULL, 5, 0, NULL, ROOM, NULL), 0);
	assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);
	assert_int_equal(ixhr2_format_message(3, SYSTEM, NULL, 5, out, 10, NULL), 0);
	assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);
	assert_int_equal(FormatMessageA(SYSTEM | FORMAT_MESSAGE_FROM_HMODULE, NULL, 5, 0,
					out, ROOM, NULL),
			 19);
}

static void local_memory_is_zeroed_where_it_is_wanted(void **state)
{
	char *at = LocalAlloc(LPTR, 8);

	(void)state;
	assert_memory_equal(at, "\0\0\0\0\0\0\0\0", 8);
	assert_null(LocalFree(at));
	assert_null(LocalFree(NULL));
	at = LocalAlloc(LMEM_FIXED, 0);
	assert_non_null(at);
	LocalFree(at);
	assert_int_equal(lstrlenW(L"abc"), 3);
	assert_int_equal(lstrlenW(NULL), 0);
	assert_int_equal(lstrlenA("abcd"), 4);
	assert_int_equal(lstrlenA(NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_sentence_is_one_and_is_found),
		cmocka_unit_test(an_hresult_may_carry_a_win32_number),
		cmocka_unit_test(a_buffer_is_allocated_where_it_is_wanted),
		cmocka_unit_test(a_buffer_that_is_too_small_is_left_alone),
		cmocka_unit_test(a_string_is_filled_with_its_inserts),
		cmocka_unit_test(a_character_behind_a_percent_sign_stays_whole),
		cmocka_unit_test(what_cannot_be_told_is_refused),
		cmocka_unit_test(local_memory_is_zeroed_where_it_is_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
