/* SPDX-License-Identifier: MIT */
#include "com/narrow.h"

#include "lib/guard.h"
#include "lib/test.h"

#include <string.h>
#include <uchar.h>

#include "base/mem.h"

/* Texts of the lengths around the room in the struct. */
#define MOST_UNITS (NARROW_SMALL_BYTES + 3)

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

static void check(const void *text, enum wide_unit unit, struct span expected)
{
	struct narrow narrow;

	narrow_init(&narrow);
	assert_int_equal(narrow_set(&narrow, text, unit), ERR_NONE);
	assert_span(narrow.text, expected);
	narrow_done(&narrow);
	assert_int_equal(narrow.text.len, 0);
}

static void text_of_both_widths_becomes_utf8(void **state)
{
	(void)state;
	check(NULL, WIDE_32, SPAN(""));
	check(u"", WIDE_16, SPAN(""));
	check(U"", WIDE_32, SPAN(""));
	check(u"GET", WIDE_16, SPAN("GET"));
	check(U"GET", WIDE_32, SPAN("GET"));
	check(u"a\u00e4\U0001F600", WIDE_16, SPAN("a\u00e4\U0001F600"));
	check(U"a\u00e4\U0001F600", WIDE_32, SPAN("a\u00e4\U0001F600"));
}

static void ascii_of_every_length_is_read_up_to_its_zero(void **state)
{
	struct guard guard = {0};
	char expected[MOST_UNITS];

	(void)state;
	memset(expected, 'x', sizeof(expected));
	for (size_t len = 0; len <= MOST_UNITS; len++) {
		char16_t *narrow = (char16_t *)(void *)guard_room(&guard, (len + 1) * 2);
		char32_t *wide;

		for (size_t i = 0; i <= len; i++)
			narrow[i] = i < len ? u'x' : 0;
		check(narrow, WIDE_16, span_of(expected, len));
		wide = (char32_t *)(void *)guard_room(&guard, (len + 1) * 4);
		for (size_t i = 0; i <= len; i++)
			wide[i] = i < len ? U'x' : 0;
		check(wide, WIDE_32, span_of(expected, len));
	}
	guard_done(&guard);
}

static void what_is_no_text_is_refused(void **state)
{
	static const uint16_t lone[] = {'a', 0xD800, 0};
	static const uint32_t high[] = {'a', 0x110000, 0};
	struct narrow narrow;

	(void)state;
	narrow_init(&narrow);
	assert_int_equal(narrow_set(&narrow, lone, WIDE_16), ERR_INVALID);
	assert_int_equal(narrow_set(&narrow, high, WIDE_32), ERR_INVALID);
	assert_int_equal(narrow.text.len, 0);
	narrow_done(&narrow);
}

static void short_ascii_takes_no_allocation(void **state)
{
	struct narrow narrow;

	(void)state;
	narrow_init(&narrow);
	mem_fail_at(1);
	assert_int_equal(narrow_set(&narrow, U"http://a.example/", WIDE_32), ERR_NONE);
	assert_int_equal(narrow_set(&narrow, U"\u00e4", WIDE_32), ERR_NO_MEMORY);
	mem_fail_at(0);
	narrow_done(&narrow);
}

static void what_may_be_secret_is_wiped_wherever_it_lies(void **state)
{
	static const struct {
		const char32_t *text;
		bool is_small;
	} rows[] = {
		{U"http://me:"
		 U"open sesame@a/",
		 true},
		{U"http://me:"
		 U"open sesame@\u00e4/",
		 false},
	};
	struct narrow narrow;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		wiped_words = 0;
		narrow_init(&narrow);
		assert_int_equal(narrow_set(&narrow, rows[i].text, WIDE_32), ERR_NONE);
		assert_int_equal(narrow.text.at == narrow.small, rows[i].is_small);
		narrow_wipe(&narrow);
		assert_int_equal(narrow.text.len, 0);
		assert_null(
			memmem(narrow.small, sizeof(narrow.small), WORD, strlen(WORD)));
		assert_int_equal(wiped_words, rows[i].is_small ? 1 : 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_of_both_widths_becomes_utf8),
		cmocka_unit_test(ascii_of_every_length_is_read_up_to_its_zero),
		cmocka_unit_test(what_is_no_text_is_refused),
		cmocka_unit_test(short_ascii_takes_no_allocation),
		cmocka_unit_test(what_may_be_secret_is_wiped_wherever_it_lies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
