/* SPDX-License-Identifier: MIT */
/*
 * The clocks of ixhr2/sysinfoapi.h. Those that count from the machine's start are
 * CLOCK_BOOTTIME, which goes on while the machine sleeps, as Windows' do. A FILETIME
 * counts steps of 100 ns since 1601; time_t counts seconds since 1970.
 */
#include <time.h>

#include "ixhr2/sysinfoapi.h"

#define SECOND_MS    1000
#define SECOND_STEPS 10000000
#define MS_NS	     1000000
#define STEP_NS	     100

/* From 1601 to 1970. */
#define EPOCH_S 11644473600

/* What struct tm counts from. */
#define TM_YEAR	 1900
#define TM_MONTH 1

static struct timespec now(clockid_t clock)
{
	struct timespec at;

	clock_gettime(clock, &at);
	return at;
}

ULONGLONG ixhr2_get_tick_count(void)
{
	struct timespec at = now(CLOCK_BOOTTIME);

	return (ULONGLONG)at.tv_sec * SECOND_MS + (ULONGLONG)at.tv_nsec / MS_NS;
}

LONGLONG ixhr2_query_performance_counter(void)
{
	struct timespec at = now(CLOCK_BOOTTIME);

	return (LONGLONG)at.tv_sec * SECOND_STEPS + at.tv_nsec / STEP_NS;
}

void ixhr2_get_system_time_as_file_time(FILETIME *out)
{
	struct timespec at = now(CLOCK_REALTIME);
	LONGLONG steps =
		((LONGLONG)at.tv_sec + EPOCH_S) * SECOND_STEPS + at.tv_nsec / STEP_NS;

	out->dwLowDateTime = (DWORD)steps;
	out->dwHighDateTime = (DWORD)(steps >> 32);
}

void ixhr2_get_system_time(SYSTEMTIME *out, BOOL local)
{
	struct timespec at = now(CLOCK_REALTIME);
	struct tm date = {.tm_mday = 1};

	/* Both fail for years beyond an int's only. */
	if (local)
		(void)localtime_r(&at.tv_sec, &date);
	else
		(void)gmtime_r(&at.tv_sec, &date);
	*out = (SYSTEMTIME){
		.wYear = (WORD)(date.tm_year + TM_YEAR),
		.wMonth = (WORD)(date.tm_mon + TM_MONTH),
		.wDayOfWeek = (WORD)date.tm_wday,
		.wDay = (WORD)date.tm_mday,
		.wHour = (WORD)date.tm_hour,
		.wMinute = (WORD)date.tm_min,
		.wSecond = (WORD)date.tm_sec,
		.wMilliseconds = (WORD)(at.tv_nsec / MS_NS),
	};
}
