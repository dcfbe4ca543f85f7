/* SPDX-License-Identifier: MIT */
/* Strings of the Windows Runtime, made and read in either width. */
#include "lib/test.h"

#include <stdbool.h>

#include "base/mem.h"
#include "ixhr2/winstring.h"
#include "lib/guard.h"

#define UNITS 6

/* The same text in both widths. */
static const struct {
	const char *name;	 /* for messages */
	uint16_t text_16[UNITS]; /* 2 bytes a unit, a zero behind */
	uint32_t text_32[UNITS]; /* 4 bytes a unit, a zero behind */
	uint32_t length_16;	 /* units */
	uint32_t length_32;	 /* units */
	bool only_32;		 /* it does not come back from 2 bytes */
} rows[] = {
	{"plain", {'a', 'b'}, {'a', 'b'}, 2, 2, false},
	{"a zero inside", {'a', 0, 'b'}, {'a', 0, 'b'}, 3, 3, false},
	{"a pair", {'a', 0xD834, 0xDD1E, 'b'}, {'a', 0x1D11E, 'b'}, 4, 3, false},
	{"the last pair", {0xDBFF, 0xDFFF}, {0x10FFFF}, 2, 1, false},
	{"half a pair", {'a', 0xD834}, {'a', 0xD834}, 2, 2, false},
	{"the other half", {0xDD1E, 0xD834}, {0xDD1E, 0xD834}, 2, 2, false},
	{"a pair in wide units", {0xD834, 0xDD1E}, {0xD834, 0xDD1E}, 2, 2, true},
	{"no character", {0xFFFD}, {0x110000}, 1, 1, true},
};

static void assert_text(HSTRING string, unsigned wchar_bytes, const void *text,
			uint32_t length)
{
	UINT32 got = 77;
	const void *at = ixhr2_windows_get_string_raw_buffer(wchar_bytes, string, &got);

	assert_int_equal(got, length);
	assert_memory_equal(at, text, (length + 1) * wchar_bytes);
}

static void either_width_reads_what_the_other_made(void **state)
{
	struct guard guard = {0};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct span text_16 = {(const char *)rows[i].text_16,
				       rows[i].length_16 * sizeof(uint16_t)};
		struct span text_32 = {(const char *)rows[i].text_32,
				       rows[i].length_32 * sizeof(uint32_t)};
		HSTRING string = NULL;

		print_message("             %s\n", rows[i].name);
		assert_int_equal(
			ixhr2_windows_create_string(4, guard_copy(&guard, text_32).at,
						    rows[i].length_32, &string),
			S_OK);
		assert_text(string, 4, rows[i].text_32, rows[i].length_32);
		assert_text(string, 2, rows[i].text_16, rows[i].length_16);
		ixhr2_windows_delete_string(string);
		if (rows[i].only_32)
			continue;
		assert_int_equal(
			ixhr2_windows_create_string(2, guard_copy(&guard, text_16).at,
						    rows[i].length_16, &string),
			S_OK);
		assert_text(string, 2, rows[i].text_16, rows[i].length_16);
		assert_text(string, 4, rows[i].text_32, rows[i].length_32);
		ixhr2_windows_delete_string(string);
	}
	guard_done(&guard);
	assert_int_equal(mem_live_blocks(), 0);
}

static void the_empty_string_is_null(void **state)
{
	HSTRING string = (HSTRING)state;
	UINT32 length = 77;

	assert_int_equal(WindowsCreateString(NULL, 0, &string), S_OK);
	assert_null(string);
	assert_true(WindowsIsStringEmpty(string));
	assert_int_equal(WindowsGetStringRawBuffer(string, &length)[0], 0);
	assert_int_equal(length, 0);
	assert_int_equal(WindowsGetStringLen(string), 0);
	assert_int_equal(WindowsDuplicateString(string, &string), S_OK);
	assert_null(string);
	assert_int_equal(WindowsDeleteString(string), S_OK);
}

static void a_duplicate_outlives_the_string(void **state)
{
	HSTRING string = NULL;
	HSTRING other = NULL;

	(void)state;
	assert_int_equal(WindowsCreateString(L"abc", 3, &string), S_OK);
	assert_int_equal(WindowsDuplicateString(string, &other), S_OK);
	assert_int_equal(WindowsDeleteString(string), S_OK);
	assert_int_equal(WindowsGetStringLen(other), 3);
	assert_false(WindowsIsStringEmpty(other));
	assert_memory_equal(WindowsGetStringRawBuffer(other, NULL), L"abc",
			    4 * sizeof(WCHAR));
	assert_int_equal(WindowsDeleteString(other), S_OK);
	assert_int_equal(mem_live_blocks(), 0);
}

static void wrong_arguments_are_refused(void **state)
{
	HSTRING string = (HSTRING)state;

	assert_int_equal(WindowsCreateString(L"a", 1, NULL), E_INVALIDARG);
	assert_int_equal(WindowsDuplicateString(NULL, NULL), E_INVALIDARG);
	assert_int_equal(WindowsCreateString(NULL, 1, &string), E_POINTER);
	assert_null(string);
	assert_int_equal(ixhr2_windows_create_string(3, "a", 1, &string), E_INVALIDARG);
	mem_fail_at(1);
	assert_int_equal(WindowsCreateString(L"a", 1, &string), E_OUTOFMEMORY);
	mem_fail_at(0);
	assert_null(string);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(either_width_reads_what_the_other_made),
		cmocka_unit_test(the_empty_string_is_null),
		cmocka_unit_test(a_duplicate_outlives_the_string),
		cmocka_unit_test(wrong_arguments_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
