/* SPDX-License-Identifier: MIT */
#include "lib/test.h"

#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "lib/guard.h"

/* Some time in the year 2024. */
#define NOW_S 1720000000

static int64_t parse(const char *text, int64_t now_s)
{
	struct guard guard = {0};
	int64_t out_s = -1;
	enum err err =
		clock_parse_http_date(guard_copy(&guard, span_str(text)), now_s, &out_s);

	guard_done(&guard);
	assert_int_equal(err, ERR_NONE);
	return out_s;
}

static void the_forward_clock_goes_forward(void **state)
{
	uint64_t last = clock_mono_ns();

	(void)state;
	for (int i = 0; i < 1000; i++) {
		uint64_t now = clock_mono_ns();

		assert_true(now >= last);
		last = now;
	}
}

static void the_wall_clock_is_the_systems(void **state)
{
	int64_t before = (int64_t)time(NULL);
	int64_t now_ms = clock_wall_ms();

	(void)state;
	/* time() may lag behind by a tick. */
	assert_true(now_ms >= before * 1000);
	assert_true(now_ms <= ((int64_t)time(NULL) + 2) * 1000);
}

static void a_set_clock_stands_still(void **state)
{
	(void)state;
	clock_set(UINT64_MAX, -5);
	assert_true(clock_mono_ns() == UINT64_MAX);
	assert_int_equal(clock_wall_ms(), -5);
	clock_set(7, 8);
	assert_int_equal(clock_mono_ns(), 7);
	assert_int_equal(clock_wall_ms(), 8);
	clock_reset();
	assert_true(clock_wall_ms() > 1600000000000);
}

static const struct {
	int64_t unix_s;
	const char *text;
} dates[] = {
	{784111777, "Sun, 06 Nov 1994 08:49:37 GMT"},
	{0, "Thu, 01 Jan 1970 00:00:00 GMT"},
	{-1, "Wed, 31 Dec 1969 23:59:59 GMT"},
	{951782399, "Mon, 28 Feb 2000 23:59:59 GMT"},
	{951782400, "Tue, 29 Feb 2000 00:00:00 GMT"},
	{951868800, "Wed, 01 Mar 2000 00:00:00 GMT"},
	{978220800, "Sun, 31 Dec 2000 00:00:00 GMT"},
	{1709164800, "Thu, 29 Feb 2024 00:00:00 GMT"},
	{-2203891200, "Thu, 01 Mar 1900 00:00:00 GMT"},
	{-2203977600, "Wed, 28 Feb 1900 00:00:00 GMT"},
	{4107542399, "Sun, 28 Feb 2100 23:59:59 GMT"},
	{4107542400, "Mon, 01 Mar 2100 00:00:00 GMT"},
	{2147483648, "Tue, 19 Jan 2038 03:14:08 GMT"},
	{-62135596800, "Mon, 01 Jan 0001 00:00:00 GMT"},
	{253402300799, "Fri, 31 Dec 9999 23:59:59 GMT"},
};

static void dates_are_written_as_imf_fixdate(void **state)
{
	struct guard guard = {0};
	char *out = guard_room(&guard, CLOCK_HTTP_DATE_BYTES);

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(dates); i++) {
		assert_int_equal(clock_put_http_date(dates[i].unix_s, out), ERR_NONE);
		assert_string_equal(out, dates[i].text);
	}
	guard_done(&guard);
}

static void dates_are_read_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(dates); i++)
		assert_int_equal(parse(dates[i].text, NOW_S), dates[i].unix_s);
}

static void every_day_of_eight_centuries_agrees_with_the_c_library(void **state)
{
	int64_t day_s = 86400;
	char ours[CLOCK_HTTP_DATE_BYTES];
	char theirs[CLOCK_HTTP_DATE_BYTES];

	(void)state;
	for (int64_t s = -146097 * day_s; s < 146097 * day_s; s += day_s - 1) {
		time_t when = (time_t)s;
		struct tm tm;
		int64_t back;

		assert_non_null(gmtime_r(&when, &tm));
		strftime(theirs, sizeof(theirs), "%a, %d %b %Y %H:%M:%S GMT", &tm);
		assert_int_equal(clock_put_http_date(s, ours), ERR_NONE);
		assert_string_equal(ours, theirs);
		assert_int_equal(clock_parse_http_date(span_str(ours), 0, &back),
				 ERR_NONE);
		assert_int_equal(back, s);
	}
}

static void years_beyond_four_digits_are_not_written(void **state)
{
	static const int64_t rows[] = {-62135596801, 253402300800, INT64_MAX, INT64_MIN};
	char out[CLOCK_HTTP_DATE_BYTES] = "untouched";

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		assert_int_equal(clock_put_http_date(rows[i], out), ERR_INVALID);
		assert_string_equal(out, "untouched");
	}
}

static void all_three_forms_are_read(void **state)
{
	static const struct {
		const char *text;
		int64_t unix_s;
	} rows[] = {
		/* RFC 9110 5.6.7 */
		{"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
		{"Sunday, 06-Nov-94 08:49:37 GMT", 784111777},
		{"Sun Nov  6 08:49:37 1994", 784111777},
		{"Sun Nov 06 08:49:37 1994", 784111777},
		{"Wed Nov 16 08:49:37 1994", 784975777},
		/* RFC 9111 4.2: in any case of letters. */
		{"SUN, 06 NOV 1994 08:49:37 gmt", 784111777},
		{"sunday, 06-nov-94 08:49:37 GMT", 784111777},
		{"sun nov  6 08:49:37 1994", 784111777},
		/* The name of the day is not reckoned. */
		{"Mon, 06 Nov 1994 08:49:37 GMT", 784111777},
		{"Wednesday, 06-Nov-94 08:49:37 GMT", 784111777},
		/* A leap second. */
		{"Sat, 31 Dec 2016 23:59:60 GMT", 1483228800},
		{"Sun, 06 Nov 1994 00:00:00 GMT", 784080000},
		{"Sun, 06 Nov 1994 23:59:59 GMT", 784166399},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++)
		assert_int_equal(parse(rows[i].text, NOW_S), rows[i].unix_s);
}

static void two_digit_years_are_at_most_fifty_years_ahead(void **state)
{
	static const struct {
		const char *now;
		const char *text;
		const char *meant;
	} rows[] = {
		{"Thu, 04 Jul 2024 12:00:00 GMT", "Monday, 04-Jul-24 12:00:00 GMT",
		 "Thu, 04 Jul 2024 12:00:00 GMT"},
		{"Thu, 04 Jul 2024 12:00:00 GMT", "Monday, 01-Jan-70 00:00:00 GMT",
		 "Thu, 01 Jan 2070 00:00:00 GMT"},
		{"Thu, 04 Jul 2024 12:00:00 GMT", "Monday, 04-Jul-74 12:00:00 GMT",
		 "Wed, 04 Jul 2074 12:00:00 GMT"},
		{"Thu, 04 Jul 2024 12:00:00 GMT", "Monday, 04-Jul-74 12:00:01 GMT",
		 "Thu, 04 Jul 1974 12:00:01 GMT"},
		{"Thu, 04 Jul 2024 12:00:00 GMT", "Monday, 01-Jan-75 00:00:00 GMT",
		 "Wed, 01 Jan 1975 00:00:00 GMT"},
		{"Thu, 04 Jul 2024 12:00:00 GMT", "Monday, 31-Dec-99 00:00:00 GMT",
		 "Fri, 31 Dec 1999 00:00:00 GMT"},
		{"Thu, 04 Jul 2024 12:00:00 GMT", "Monday, 01-Jan-00 00:00:00 GMT",
		 "Sat, 01 Jan 2000 00:00:00 GMT"},
		{"Fri, 31 Dec 1999 23:59:59 GMT", "Monday, 01-Jan-00 00:00:00 GMT",
		 "Sat, 01 Jan 2000 00:00:00 GMT"},
		{"Thu, 29 Feb 2024 00:00:00 GMT", "Monday, 01-Mar-74 00:00:00 GMT",
		 "Thu, 01 Mar 2074 00:00:00 GMT"},
		{"Thu, 29 Feb 2024 00:00:00 GMT", "Monday, 02-Mar-74 00:00:00 GMT",
		 "Sat, 02 Mar 1974 00:00:00 GMT"},
		{"Mon, 01 Jan 2080 00:00:00 GMT", "Monday, 29-Feb-96 00:00:00 GMT",
		 "Wed, 29 Feb 2096 00:00:00 GMT"},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++)
		assert_int_equal(parse(rows[i].text, parse(rows[i].now, 0)),
				 parse(rows[i].meant, 0));
}

static void any_now_is_borne(void **state)
{
	static const struct {
		int64_t now_s;
		const char *meant;
	} rows[] = {
		/* A clock that cannot be is taken for one that stands at its beginning.
		 */
		{INT64_MIN, "Sun, 06 Nov 1994 08:49:37 GMT"},
		{INT64_MAX, "Sun, 06 Nov 1994 08:49:37 GMT"},
	};
	const char *text = "Sunday, 06-Nov-94 08:49:37 GMT";
	int64_t out_s = 7;

	(void)state;
	assert_int_equal(clock_parse_http_date(span_str(text), -62135596800, &out_s),
			 ERR_INVALID);
	assert_int_equal(clock_parse_http_date(SPAN("Sunday, 06-Nov-10 08:49:37 GMT"),
					       253402300799, &out_s),
			 ERR_INVALID);
	assert_int_equal(out_s, 7);
	for (size_t i = 0; i < TEST_COUNT(rows); i++)
		assert_int_equal(parse(text, rows[i].now_s), parse(rows[i].meant, 0));
}

static void what_is_no_date_is_refused(void **state)
{
	static const char *const rows[] = {
		"",
		"0",
		"-1",
		"Sun",
		"Sun, 06 Nov 1994 08:49:37",
		"Sun, 06 Nov 1994 08:49:37 ",
		"Sun, 06 Nov 1994 08:49:37 GM",
		"Sun, 06 Nov 1994 08:49:37 GMT ",
		" Sun, 06 Nov 1994 08:49:37 GMT",
		"Sun, 06 Nov 1994 08:49:37 UTC",
		"Sun, 06 Nov 1994 08:49:37 +0000",
		"Sun 06 Nov 1994 08:49:37 GMT",
		"Sun, 6 Nov 1994 08:49:37 GMT",
		"Sun,  6 Nov 1994 08:49:37 GMT",
		"Sun,06 Nov 1994 08:49:37 GMT",
		"Sun, 06  Nov 1994 08:49:37 GMT",
		"Sun, 06-Nov-1994 08:49:37 GMT",
		"Sun, 06-Nov-94 08:49:37 GMT",
		"Sunday, 06 Nov 1994 08:49:37 GMT",
		"Sunday, 06-Nov-1994 08:49:37 GMT",
		"Sunday, 06-Nov-94 08:49:37",
		"Xyz, 06 Nov 1994 08:49:37 GMT",
		"Sun, 06 Xyz 1994 08:49:37 GMT",
		"Sun, 06 November 1994 08:49:37 GMT",
		"Sun, 06 Nov 94 08:49:37 GMT",
		"Sun, 06 Nov 01994 08:49:37 GMT",
		"Sun, +6 Nov 1994 08:49:37 GMT",
		"Sun, 06 Nov 1994 8:49:37 GMT",
		"Sun, 06 Nov 1994 08:49 GMT",
		"Sun, 06 Nov 1994 08.49.37 GMT",
		"Sun, 06 Nov 1994 24:00:00 GMT",
		"Sun, 06 Nov 1994 08:60:00 GMT",
		"Sun, 06 Nov 1994 08:49:61 GMT",
		"Sun, 00 Nov 1994 08:49:37 GMT",
		"Sun, 31 Nov 1994 08:49:37 GMT",
		"Sun, 32 Jan 1994 08:49:37 GMT",
		"Sun, 99 Dec 1994 08:49:37 GMT",
		"Sun, 29 Feb 1994 08:49:37 GMT",
		"Sun, 29 Feb 1900 08:49:37 GMT",
		"Sun, 29 Feb 2100 08:49:37 GMT",
		"Sun, 30 Feb 2000 08:49:37 GMT",
		"Sun, 06 Nov 0000 08:49:37 GMT",
		"Sun Nov 6 08:49:37 1994",
		"Sun Nov   6 08:49:37 1994",
		"Sun Nov  06 08:49:37 1994",
		"Sun Nov  6 08:49:37 94",
		"Sun Nov  6 08:49:37 1994 GMT",
		"Sun Nov  6 08:49:37",
		"1994-11-06T08:49:37Z",
	};
	struct guard guard = {0};
	int64_t out_s = 7;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct span text = guard_copy(&guard, span_str(rows[i]));

		assert_int_equal(clock_parse_http_date(text, NOW_S, &out_s), ERR_INVALID);
		assert_int_equal(out_s, 7);
	}
	guard_done(&guard);
}

static void a_date_cut_short_anywhere_is_refused(void **state)
{
	static const char *const rows[] = {"Sun, 06 Nov 1994 08:49:37 GMT",
					   "Sunday, 06-Nov-94 08:49:37 GMT",
					   "Sun Nov  6 08:49:37 1994"};
	struct guard guard = {0};
	int64_t out_s;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		for (size_t len = 0; len < strlen(rows[i]); len++) {
			struct span text = guard_copy(&guard, span_of(rows[i], len));

			assert_int_equal(clock_parse_http_date(text, NOW_S, &out_s),
					 ERR_INVALID);
		}
	}
	guard_done(&guard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_forward_clock_goes_forward),
		cmocka_unit_test(the_wall_clock_is_the_systems),
		cmocka_unit_test(a_set_clock_stands_still),
		cmocka_unit_test(dates_are_written_as_imf_fixdate),
		cmocka_unit_test(dates_are_read_back),
		cmocka_unit_test(every_day_of_eight_centuries_agrees_with_the_c_library),
		cmocka_unit_test(years_beyond_four_digits_are_not_written),
		cmocka_unit_test(all_three_forms_are_read),
		cmocka_unit_test(two_digit_years_are_at_most_fifty_years_ahead),
		cmocka_unit_test(any_now_is_borne),
		cmocka_unit_test(what_is_no_date_is_refused),
		cmocka_unit_test(a_date_cut_short_anywhere_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
