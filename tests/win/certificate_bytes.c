/* SPDX-License-Identifier: MIT */
/* Bytes as text; digests are tried with certificates. */
#include "lib/test.h"

#include <string.h>

#include "base/mem.h"
#include "ixhr2/errhandlingapi.h"
#include "ixhr2/wincrypt.h"
#include "lib/guard.h"

#define ROOM 512

static const struct binary_row {
	DWORD flags;	      /* the form */
	const char *expected; /* of the bytes 0 to 49 */
} binary_rows[] = {
	{CRYPT_STRING_BASE64,
	 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4v\r\nMDE=\r\n"},
	{CRYPT_STRING_BASE64 | CRYPT_STRING_NOCRLF,
	 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDE="},
	{CRYPT_STRING_BASE64HEADER | CRYPT_STRING_NOCR,
	 "-----BEGIN CERTIFICATE-----\n"
	 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4v\nMDE=\n"
	 "-----END CERTIFICATE-----\n"},
	{CRYPT_STRING_HEXRAW | CRYPT_STRING_NOCRLF,
	 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
	 "202122232425262728292a2b2c2d2e2f3031"},
};

static void bytes_become_text(void **state)
{
	BYTE bytes[50];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (BYTE)i;
	for (size_t i = 0; i < TEST_COUNT(binary_rows); i++) {
		DWORD flags = binary_rows[i].flags;
		size_t len = strlen(binary_rows[i].expected);
		WCHAR wide[ROOM];
		char text[ROOM];
		DWORD room = 0;

		assert_true(CryptBinaryToStringA(bytes, 50, flags, NULL, &room));
		assert_int_equal(room, len + 1);
		room = (DWORD)len;
		assert_false(CryptBinaryToStringA(bytes, 50, flags, text, &room));
		assert_int_equal(GetLastError(), ERROR_MORE_DATA);
		assert_true(CryptBinaryToStringA(bytes, 50, flags, text, &room));
		assert_int_equal(room, len);
		assert_string_equal(text, binary_rows[i].expected);
		room = ROOM;
		assert_true(CryptBinaryToStringW(bytes, 50, flags, wide, &room));
		for (size_t at = 0; at <= len; at++)
			assert_int_equal(wide[at], text[at]);
	}
	{
		DWORD room = 9;

		assert_false(
			CryptBinaryToStringA(bytes, 50, CRYPT_STRING_HEX, NULL, &room));
		assert_int_equal(GetLastError(), ERROR_NOT_SUPPORTED);
		assert_false(CryptBinaryToStringA(bytes, 0, 1, NULL, &room));
		assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);
	}
}

static void more_bytes_than_a_text_may_have_are_not_read(void **state)
{
	struct guard guard = {0};
	const BYTE *bytes = (const BYTE *)guard_room(&guard, 1);
	DWORD room = 0;

	(void)state;
	SetLastError(0);
	assert_false(CryptBinaryToStringA(bytes, 0x40000001, CRYPT_STRING_HEXRAW, NULL,
					  &room));
	assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);
	assert_int_equal(room, 0);
	guard_done(&guard);
}

static void memory_that_is_out_is_told(void **state)
{
	DWORD room = 0;

	(void)state;
	mem_fail_at(1);
	assert_false(CryptBinaryToStringA((const BYTE *)"x", 1, CRYPT_STRING_BASE64, NULL,
					  &room));
	mem_fail_at(0);
	assert_int_equal((HRESULT)GetLastError(), E_OUTOFMEMORY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_become_text),
		cmocka_unit_test(more_bytes_than_a_text_may_have_are_not_read),
		cmocka_unit_test(memory_that_is_out_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
