/* SPDX-License-Identifier: MIT */
/* Secrets: every width, one block, and nothing of them is left in memory. */
#include "com/secret.h"

#include "lib/test.h"

#include <string.h>
#include <uchar.h>
#include <wchar.h>

#include "base/mem.h"

/* What is looked for in memory that is wiped. */
#define WORD "open sesame"

static unsigned wiped_words; /* blocks that held WORD when they were wiped */

/* In place of the C library's, for what base/mem wipes. The compiler believes that it
 * does not look at the bytes, hence volatile. */
void explicit_bzero(void *at, size_t bytes)
{
	const void *volatile secret = at;

	wiped_words += memmem(secret, bytes, WORD, strlen(WORD)) != NULL;
	memset(at, 0, bytes);
}

static void a_secret_is_utf8_with_a_nul_behind_it(void **state)
{
	static const struct {
		const void *text;
		enum wide_unit unit;
		const char *expected;
	} rows[] = {
		{NULL, WIDE_32, NULL},
		{NULL, WIDE_16, NULL},
		{L"", WIDE_32, NULL},
		{u"", WIDE_16, NULL},
		{L"1234", WIDE_32, "1234"},
		{u"1234", WIDE_16, "1234"},
		{L"\u00e4\u20ac\U0001F600", WIDE_32, "\u00e4\u20ac\U0001F600"},
		{u"\u00e4\u20ac\U0001F600", WIDE_16, "\u00e4\u20ac\U0001F600"},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct secret secret;
		long blocks = mem_live_blocks();

		assert_int_equal(secret_init(&secret, rows[i].text, rows[i].unit),
				 ERR_NONE);
		assert_span(secret_span(&secret), span_str(rows[i].expected));
		if (rows[i].expected)
			assert_string_equal(secret_span(&secret).at, rows[i].expected);
		else
			assert_null(secret_span(&secret).at);
		secret_done(&secret);
		assert_int_equal(secret_span(&secret).len, 0);
		assert_int_equal(mem_live_blocks(), blocks);
	}
}

static void what_is_malformed_is_refused(void **state)
{
	static const WCHAR high[] = {L'o', L'p', L'e', L'n', 0x110000, 0};
	static const char16_t lone[] = {u'o', u'p', u'e', u'n', 0xDC00, 0};
	struct secret secret;
	long blocks = mem_live_blocks();

	(void)state;
	assert_int_equal(secret_init(&secret, high, WIDE_32), ERR_INVALID);
	assert_int_equal(secret_init(&secret, (const WCHAR *)(const void *)lone, WIDE_16),
			 ERR_INVALID);
	assert_int_equal(mem_live_blocks(), blocks);
}

/* One block, so that no other is left with a copy. */
static void a_long_one_takes_one_block(void **state)
{
	struct secret secret;
	long blocks = mem_live_blocks();
	WCHAR text[1001] = {0};

	(void)state;
	wmemset(text, L'\u20ac', 1000);
	for (unsigned long n = 1; n <= 2; n++) {
		mem_fail_at(n);
		assert_int_equal(secret_init(&secret, text, WIDE_32),
				 n == 1 ? ERR_NO_MEMORY : ERR_NONE);
		assert_int_equal(mem_has_failed(), n == 1);
	}
	mem_fail_at(0);
	assert_int_equal(secret_span(&secret).len, 3000);
	secret_done(&secret);
	assert_int_equal(mem_live_blocks(), blocks);
}

static void it_is_wiped_at_its_end(void **state)
{
	struct secret secret;

	(void)state;
	wiped_words = 0;
	assert_int_equal(secret_init(&secret, L"" WORD, WIDE_32), ERR_NONE);
	assert_int_equal(wiped_words, 0);
	secret_done(&secret);
	assert_int_equal(wiped_words, 1);
	secret_done(&secret);
	assert_int_equal(wiped_words, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_secret_is_utf8_with_a_nul_behind_it),
		cmocka_unit_test(what_is_malformed_is_refused),
		cmocka_unit_test(a_long_one_takes_one_block),
		cmocka_unit_test(it_is_wiped_at_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
