/* SPDX-License-Identifier: MIT */
/*
 * What the headers of events, files and clocks share: rights, and three structures.
 * Rights are bits of an access mask; winerror.h has the numbers of errors.
 */
#ifndef IXHR2_MINWINBASE_H
#define IXHR2_MINWINBASE_H

#include "windef.h"
#include "winerror.h"

/* Rights on any object (Microsoft: "Standard Access Rights", "Generic Access Rights").
 * DELETE is not defined: too many programs use the word. */
#define READ_CONTROL		 0x00020000u
#define WRITE_DAC		 0x00040000u
#define WRITE_OWNER		 0x00080000u
#define SYNCHRONIZE		 0x00100000u
#define STANDARD_RIGHTS_REQUIRED 0x000F0000u
#define STANDARD_RIGHTS_READ	 READ_CONTROL
#define STANDARD_RIGHTS_ALL	 0x001F0000u
#define MAXIMUM_ALLOWED		 0x02000000u
#define GENERIC_ALL		 0x10000000u
#define GENERIC_EXECUTE		 0x20000000u
#define GENERIC_WRITE		 0x40000000u
#define GENERIC_READ		 0x80000000u

/* Who may use a new object, and whether a child process gets it (Microsoft:
 * "SECURITY_ATTRIBUTES structure"). */
typedef struct SECURITY_ATTRIBUTES {
	DWORD nLength;		     /* sizeof(SECURITY_ATTRIBUTES) */
	LPVOID lpSecurityDescriptor; /* not read */
	BOOL bInheritHandle;	     /* FALSE: handles are of one process */
} SECURITY_ATTRIBUTES, *PSECURITY_ATTRIBUTES, *LPSECURITY_ATTRIBUTES;

/* A call that ends later (Microsoft: "OVERLAPPED structure"). None does; pointers to it
 * are NULL. */
typedef struct OVERLAPPED {
	ULONG_PTR Internal;	/* not read */
	ULONG_PTR InternalHigh; /* not read */
	DWORD Offset;		/* not read */
	DWORD OffsetHigh;	/* not read */
	HANDLE hEvent;		/* not read */
} OVERLAPPED, *LPOVERLAPPED;

/* A moment as a calendar says it (Microsoft: "SYSTEMTIME structure"). */
typedef struct SYSTEMTIME {
	WORD wYear;	    /* 1601 to 30827 */
	WORD wMonth;	    /* 1 to 12 */
	WORD wDayOfWeek;    /* 0 (Sunday) to 6 */
	WORD wDay;	    /* 1 to 31 */
	WORD wHour;	    /* 0 to 23 */
	WORD wMinute;	    /* 0 to 59 */
	WORD wSecond;	    /* 0 to 59 */
	WORD wMilliseconds; /* 0 to 999 */
} SYSTEMTIME, *PSYSTEMTIME, *LPSYSTEMTIME;

#endif
