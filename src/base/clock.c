/* SPDX-License-Identifier: MIT */
/*
 * The clocks are the kernel's, read without a system call through the vDSO, unless a
 * test has set them.
 *
 * Dates are reckoned in the proleptic Gregorian calendar without the C library, whose
 * functions ask for time zones and locales. A year is taken to begin in March, so that
 * the leap day is its last; an era is 400 years, after which the calendar repeats.
 *
 * The three forms of a date are read by one small pattern language, see get_date.
 */
#include "base/clock.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "base/text.h"

#define DAY_S	      86400
#define DAYS_OF_ERA   146097
#define DAYS_TO_EPOCH 719468 /* from 0000-03-01 to 1970-01-01 */

/* The first second of the year 1, and the last of the year 9999. */
#define FIRST_S (-62135596800)
#define LAST_S	253402300799

/* A two-digit year is at most this far ahead (RFC 9110 5.6.7). */
#define AHEAD_YEARS 50

struct date {
	int64_t year;	  /* as written, or with the century missing */
	unsigned int mon; /* 1 to 12 */
	unsigned int day; /* 1 to 31 */
	unsigned int hour;
	unsigned int min;
	unsigned int sec; /* 60 for a leap second */
};

static const char day_names[7][10] = {"Sunday",	  "Monday", "Tuesday", "Wednesday",
				      "Thursday", "Friday", "Saturday"};
static const char month_names[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					"Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

static atomic_bool clock_is_set;
static _Atomic uint64_t set_mono_ns;
static _Atomic int64_t set_wall_ms;

uint64_t clock_mono_ns(void)
{
	struct timespec now;

	if (atomic_load_explicit(&clock_is_set, memory_order_acquire))
		return atomic_load(&set_mono_ns);
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

int64_t clock_wall_ms(void)
{
	struct timespec now;

	if (atomic_load_explicit(&clock_is_set, memory_order_acquire))
		return atomic_load(&set_wall_ms);
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void clock_set(uint64_t mono_ns, int64_t wall_ms)
{
	atomic_store(&set_mono_ns, mono_ns);
	atomic_store(&set_wall_ms, wall_ms);
	atomic_store(&clock_is_set, true);
}

void clock_reset(void)
{
	atomic_store(&clock_is_set, false);
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Days from 1970-01-01 to the day of *date. */
static int64_t days_of_date(const struct date *date)
{
	int64_t year = date->year - (date->mon <= 2);
	int64_t era = floor_div(year, 400);
	int64_t year_of_era = year - era * 400;
	int64_t day_of_year = (153 * ((date->mon + 9) % 12) + 2) / 5 + date->day - 1;
	int64_t day_of_era =
		year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return era * DAYS_OF_ERA + day_of_era - DAYS_TO_EPOCH;
}

static int64_t seconds_of_date(const struct date *date)
{
	return days_of_date(date) * DAY_S + date->hour * 3600 + date->min * 60 +
	       date->sec;
}

static struct date date_of_seconds(int64_t unix_s)
{
	int64_t day = floor_div(unix_s, DAY_S);
	unsigned int second = (unsigned int)(unix_s - day * DAY_S);
	int64_t shifted = day + DAYS_TO_EPOCH;
	int64_t era = floor_div(shifted, DAYS_OF_ERA);
	unsigned int day_of_era = (unsigned int)(shifted - era * DAYS_OF_ERA);
	unsigned int year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
				    day_of_era / 146096) /
				   365;
	unsigned int day_of_year =
		day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	unsigned int month = (5 * day_of_year + 2) / 153; /* 0 is March */
	struct date date = {
		.mon = (month + 2) % 12 + 1,
		.day = day_of_year - (153 * month + 2) / 5 + 1,
		.hour = second / 3600,
		.min = second / 60 % 60,
		.sec = second % 60,
	};

	date.year = era * 400 + year_of_era + (date.mon <= 2);
	return date;
}

static void put_digits(char *to, unsigned int value, size_t count)
{
	while (count--) {
		to[count] = (char)('0' + value % 10);
		value /= 10;
	}
}

enum err clock_put_http_date(int64_t unix_s, char out[CLOCK_HTTP_DATE_BYTES])
{
	int64_t day = floor_div(unix_s, DAY_S) + 4; /* 1970 began on a Thursday */
	struct date date;

	if (unix_s < FIRST_S || unix_s > LAST_S)
		return ERR_INVALID;
	date = date_of_seconds(unix_s);
	memcpy(out, "Sun, 00 Jan 0000 00:00:00 GMT", CLOCK_HTTP_DATE_BYTES);
	memcpy(out, day_names[day - floor_div(day, 7) * 7], 3);
	put_digits(out + 5, date.day, 2);
	memcpy(out + 8, month_names[date.mon - 1], 3);
	put_digits(out + 12, (unsigned int)date.year, 4);
	put_digits(out + 17, date.hour, 2);
	put_digits(out + 20, date.min, 2);
	put_digits(out + 23, date.sec, 2);
	return ERR_NONE;
}

/* Takes name off the front of *rest, in any case of letters. */
static bool take_name(struct span *rest, struct span name)
{
	if (rest->len < name.len || !span_eq_nocase(span_of(rest->at, name.len), name))
		return false;
	*rest = span_skip(*rest, name.len);
	return true;
}

static bool take_day_name(struct span *rest, bool is_long)
{
	for (size_t i = 0; i < 7; i++) {
		struct span name = span_str(day_names[i]);

		if (take_name(rest, is_long ? name : span_of(name.at, 3)))
			return true;
	}
	return false;
}

static bool take_month(struct span *rest, unsigned int *out_month)
{
	for (unsigned int i = 0; i < 12; i++) {
		if (take_name(rest, span_str(month_names[i]))) {
			*out_month = i + 1;
			return true;
		}
	}
	return false;
}

static bool take_digits(struct span *rest, size_t count, unsigned int *out_value)
{
	uint64_t value;

	if (rest->len < count || text_parse_uint(span_of(rest->at, count), &value))
		return false;
	*rest = span_skip(*rest, count);
	*out_value = (unsigned int)value;
	return true;
}

/* A day of the month in two places, the first of which may be a space. */
static bool take_spaced_day(struct span *rest, unsigned int *out_day)
{
	if (rest->len && rest->at[0] == ' ') {
		*rest = span_skip(*rest, 1);
		return take_digits(rest, 1, out_day);
	}
	return take_digits(rest, 2, out_day);
}

static bool take_time(struct span *rest, struct date *date)
{
	return take_digits(rest, 2, &date->hour) && take_name(rest, SPAN(":")) &&
	       take_digits(rest, 2, &date->min) && take_name(rest, SPAN(":")) &&
	       take_digits(rest, 2, &date->sec);
}

/* Takes what one letter of a pattern stands for. */
static bool take_part(struct span *rest, char part, struct date *date)
{
	unsigned int year;

	switch (part) {
	case 'a':
		return take_day_name(rest, false);
	case 'A':
		return take_day_name(rest, true);
	case 'd':
		return take_digits(rest, 2, &date->day);
	case 'e':
		return take_spaced_day(rest, &date->day);
	case 'b':
		return take_month(rest, &date->mon);
	case 'T':
		return take_time(rest, date);
	case 'y':
	case 'Y':
		if (!take_digits(rest, part == 'y' ? 2 : 4, &year))
			return false;
		date->year = year;
		return true;
	default:
		return take_name(rest, SPAN("GMT"));
	}
}

/*
 * Reads text by a pattern whose letters are those of strftime: a and A a day's short
 * and long name, d and e a day of two digits or with a space, b a month, y and Y a
 * year of two and four digits, T a time; Z is GMT. Other bytes stand for themselves.
 */
static bool get_date(struct span text, const char *pattern, struct date *date)
{
	for (; *pattern; pattern++) {
		bool is_taken = text_is_alpha(*pattern)
					? take_part(&text, *pattern, date)
					: take_name(&text, span_of(pattern, 1));

		if (!is_taken)
			return false;
	}
	return text.len == 0;
}

static bool is_real(const struct date *date)
{
	struct date back;

	if (date->year < 1 || date->year > 9999 || date->mon < 1 || date->day < 1 ||
	    date->day > 31)
		return false;
	if (date->hour > 23 || date->min > 59 || date->sec > 60)
		return false;
	/* The 30th of February would come back as the first or second of March. */
	back = date_of_seconds(days_of_date(date) * DAY_S);
	return back.mon == date->mon && back.day == date->day;
}

/* The latest year with these two last digits for which the date is not more than 50
 * years ahead of now. A now outside the calendar is taken for 1970. */
static void add_century(struct date *date, int64_t now_s)
{
	struct date limit;
	int64_t behind;

	if (now_s < FIRST_S || now_s > LAST_S)
		now_s = 0;
	limit = date_of_seconds(now_s);
	limit.year += AHEAD_YEARS;
	behind = limit.year - date->year;
	date->year = limit.year - (behind - floor_div(behind, 100) * 100);
	if (seconds_of_date(date) > seconds_of_date(&limit))
		date->year -= 100;
}

enum err clock_parse_http_date(struct span text, int64_t now_s, int64_t *out_s)
{
	struct date date = {0};

	if (get_date(text, "A, d-b-y T Z", &date))
		add_century(&date, now_s);
	else if (!get_date(text, "a, d b Y T Z", &date) &&
		 !get_date(text, "a b e T Y", &date))
		return ERR_INVALID;
	if (!is_real(&date))
		return ERR_INVALID;
	*out_s = seconds_of_date(&date);
	return ERR_NONE;
}
