/* SPDX-License-Identifier: MIT */
/* The clocks agree with the system's, between two looks at which they are read. */
#include "lib/test.h"

#include <stdlib.h>
#include <time.h>

#include "ixhr2/sysinfoapi.h"

#define EPOCH_S 11644473600

static int64_t steps_of(clockid_t clock, int64_t a_second)
{
	struct timespec at;

	clock_gettime(clock, &at);
	return at.tv_sec * a_second + at.tv_nsec / (1000000000 / a_second);
}

static void ticks_count_from_the_start_of_the_machine(void **state)
{
	int64_t before = steps_of(CLOCK_BOOTTIME, 1000);
	int64_t ticks = (int64_t)GetTickCount64();
	int64_t after = steps_of(CLOCK_BOOTTIME, 1000);
	DWORD low = GetTickCount();

	(void)state;
	assert_true(before <= ticks && ticks <= after);
	assert_true(low - (DWORD)ticks <= (DWORD)GetTickCount64() - (DWORD)ticks);
}

static void the_counter_has_ten_million_steps_a_second(void **state)
{
	LARGE_INTEGER frequency;
	LARGE_INTEGER count;
	int64_t before = steps_of(CLOCK_BOOTTIME, 10000000);

	(void)state;
	assert_int_equal(QueryPerformanceCounter(&count), TRUE);
	assert_true(before <= count.QuadPart &&
		    count.QuadPart <= steps_of(CLOCK_BOOTTIME, 10000000));
	assert_int_equal(QueryPerformanceFrequency(&frequency), TRUE);
	assert_int_equal(frequency.QuadPart, 10000000);
}

static void file_times_count_from_1601(void **state)
{
	void (*const calls[])(FILETIME *) = {GetSystemTimeAsFileTime,
					     GetSystemTimePreciseAsFileTime};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(calls); i++) {
		int64_t before = steps_of(CLOCK_REALTIME, 10000000);
		FILETIME now;
		int64_t steps;

		calls[i](&now);
		steps = (int64_t)((uint64_t)now.dwHighDateTime << 32 |
				  now.dwLowDateTime) -
			EPOCH_S * 10000000;
		assert_true(before <= steps &&
			    steps <= steps_of(CLOCK_REALTIME, 10000000));
	}
}

/* Milliseconds since 1970 that a calendar of UTC means. */
static int64_t ms_of(const SYSTEMTIME *time)
{
	struct tm date = {
		.tm_year = time->wYear - 1900,
		.tm_mon = time->wMonth - 1,
		.tm_mday = time->wDay,
		.tm_hour = time->wHour,
		.tm_min = time->wMinute,
		.tm_sec = time->wSecond,
	};
	time_t seconds = timegm(&date);

	assert_int_equal(date.tm_wday, time->wDayOfWeek);
	return (int64_t)seconds * 1000 + time->wMilliseconds;
}

static void the_calendar_is_of_utc_or_of_the_programs_zone(void **state)
{
	int64_t before;
	SYSTEMTIME now;

	(void)state;
	setenv("TZ", "XXX-5:30", 1);
	tzset();
	before = steps_of(CLOCK_REALTIME, 1000);
	GetSystemTime(&now);
	assert_true(before <= ms_of(&now) &&
		    ms_of(&now) <= steps_of(CLOCK_REALTIME, 1000));
	before = steps_of(CLOCK_REALTIME, 1000) + (5 * 60 + 30) * 60 * 1000;
	GetLocalTime(&now);
	assert_true(before <= ms_of(&now) && ms_of(&now) - (5 * 60 + 30) * 60 * 1000 <=
						     steps_of(CLOCK_REALTIME, 1000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ticks_count_from_the_start_of_the_machine),
		cmocka_unit_test(the_counter_has_ten_million_steps_a_second),
		cmocka_unit_test(file_times_count_from_1601),
		cmocka_unit_test(the_calendar_is_of_utc_or_of_the_programs_zone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
