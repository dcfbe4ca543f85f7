/* SPDX-License-Identifier: MIT */
/* Clocks. Any thread. None of these functions fails. */
#ifndef IXHR2_SYSINFOAPI_H
#define IXHR2_SYSINFOAPI_H

#include "minwinbase.h"

EXTERN_C_START

/* Milliseconds since the machine was started, those of its sleep counted:
 * GetTickCount64, and GetTickCount, which begins again after 2^32 ms. Microsoft:
 * "GetTickCount64 function". */
IXHR2_API ULONGLONG ixhr2_get_tick_count(void);

/* 100-nanosecond steps since the machine was started, those of its sleep counted, ten
 * million a second: QueryPerformanceCounter. Microsoft: "QueryPerformanceCounter
 * function". */
IXHR2_API LONGLONG ixhr2_query_performance_counter(void);

/* Now, in UTC: GetSystemTimeAsFileTime, GetSystemTimePreciseAsFileTime. Microsoft:
 * "GetSystemTimePreciseAsFileTime function". */
IXHR2_API void ixhr2_get_system_time_as_file_time(FILETIME *out);

/* Now, as a calendar says it: in UTC GetSystemTime, with local in the time zone of the
 * program's environment GetLocalTime. Microsoft: "GetSystemTime function". */
IXHR2_API void ixhr2_get_system_time(SYSTEMTIME *out, BOOL local);

EXTERN_C_END

/* GetTickCount64: see ixhr2_get_tick_count. */
static inline ULONGLONG GetTickCount64(void)
{
	return ixhr2_get_tick_count();
}

/* GetTickCount: see ixhr2_get_tick_count. */
static inline DWORD GetTickCount(void)
{
	return (DWORD)ixhr2_get_tick_count();
}

/* GetSystemTimeAsFileTime: see ixhr2_get_system_time_as_file_time. */
static inline void GetSystemTimeAsFileTime(FILETIME *lpSystemTimeAsFileTime)
{
	ixhr2_get_system_time_as_file_time(lpSystemTimeAsFileTime);
}

/* GetSystemTimePreciseAsFileTime: see ixhr2_get_system_time_as_file_time. */
static inline void GetSystemTimePreciseAsFileTime(FILETIME *lpSystemTimeAsFileTime)
{
	ixhr2_get_system_time_as_file_time(lpSystemTimeAsFileTime);
}

/* GetSystemTime: see ixhr2_get_system_time. */
static inline void GetSystemTime(SYSTEMTIME *lpSystemTime)
{
	ixhr2_get_system_time(lpSystemTime, FALSE);
}

/* GetLocalTime: see ixhr2_get_system_time. */
static inline void GetLocalTime(SYSTEMTIME *lpSystemTime)
{
	ixhr2_get_system_time(lpSystemTime, TRUE);
}

/* QueryPerformanceCounter: see ixhr2_query_performance_counter. TRUE. */
static inline BOOL QueryPerformanceCounter(LARGE_INTEGER *lpPerformanceCount)
{
	lpPerformanceCount->QuadPart = ixhr2_query_performance_counter();
	return TRUE;
}

/* QueryPerformanceFrequency: steps of QueryPerformanceCounter a second. TRUE. */
static inline BOOL QueryPerformanceFrequency(LARGE_INTEGER *lpFrequency)
{
	lpFrequency->QuadPart = 10000000;
	return TRUE;
}

#endif
