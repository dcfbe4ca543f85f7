/* SPDX-License-Identifier: MIT */
/*
 * The base types of the Windows API, as this library means them: LONG, ULONG, DWORD and
 * BOOL have 32 bits on every machine, ULONG and DWORD are one type, HRESULT is a signed
 * 32-bit number.
 *
 * WCHAR is wchar_t (4 bytes on Linux; 2 with -fshort-wchar), or char16_t when the
 * program defines IXHR2_WCHAR16 before its first include. The library serves both: the
 * functions of these headers pass sizeof(WCHAR) where strings are concerned, and an
 * object keeps the width that it was created with. OLESTR("text") is a literal of the
 * right width.
 */
#ifndef IXHR2_WINDEF_H
#define IXHR2_WINDEF_H

#include "basetyps.h"

#include <stddef.h>
#include <stdint.h>
#if defined(IXHR2_WCHAR16) && !defined(__cplusplus)
#include <uchar.h>
#endif

/* Marks what the shared library exports. */
#define IXHR2_API __attribute__((visibility("default")))

#ifndef TRUE
#define TRUE 1
#endif
#ifndef FALSE
#define FALSE 0
#endif
#ifndef VOID
#define VOID void
#endif
#ifndef CONST
#define CONST const
#endif
#define MAX_PATH 260

#define MINCHAR	 0x80
#define MAXCHAR	 0x7f
#define MINSHORT 0x8000
#define MAXSHORT 0x7fff
#define MINLONG	 0x80000000
#define MAXLONG	 0x7fffffff
#define MAXBYTE	 0xff
#define MAXWORD	 0xffff
#define MAXDWORD 0xffffffff

/* The last values of types; those of Microsoft's basetsd.h, and some of winnt.h. */
#define MAXUSHORT    0xffff
#define MAXINT	     0x7fffffff
#define MININT	     (-MAXINT - 1)
#define MAXINT32     MAXINT
#define MININT32     MININT
#define MAXUINT	     0xffffffffu
#define MAXUINT32    MAXUINT
#define MAXULONG     MAXUINT
#define MAXULONG32   MAXUINT
#define MAXLONGLONG  0x7fffffffffffffffLL
#define MAXINT64     MAXLONGLONG
#define MININT64     (-MAXINT64 - 1)
#define MAXULONGLONG 0xffffffffffffffffULL
#define MAXUINT64    MAXULONGLONG
#define MAXULONG64   MAXULONGLONG
#define MAXSIZE_T    ((SIZE_T) ~(SIZE_T)0)
#define MAXUINT_PTR  ((UINT_PTR) ~(UINT_PTR)0)
#define MAXULONG_PTR ((ULONG_PTR) ~(ULONG_PTR)0)
#define MAXDWORD_PTR MAXULONG_PTR

/* FILE_ATTRIBUTE_ bits of SHCreateStreamOnFileEx. */
#define FILE_ATTRIBUTE_READONLY 0x00000001
#define FILE_ATTRIBUTE_NORMAL	0x00000080

typedef char CHAR, CCHAR, *PCHAR, *LPCH, *PCH, *PSTR, *LPSTR, *NPSTR;
typedef const char *PCSTR, *LPCSTR, *LPCCH, *PCCH;
typedef unsigned char BYTE, UCHAR, BOOLEAN, *PBYTE, *LPBYTE, *PUCHAR, *PBOOLEAN;
typedef int16_t SHORT, *PSHORT;
typedef uint16_t WORD, USHORT, ATOM, LANGID, *PWORD, *LPWORD, *PUSHORT;
typedef int INT, LONG, BOOL, SCODE, NTSTATUS;
typedef int *PINT, *LPINT, *PLONG, *LPLONG, *PBOOL, *LPBOOL;
typedef unsigned int UINT, ULONG, DWORD, LCID;
typedef unsigned int *PUINT, *LPUINT, *PULONG, *PDWORD, *LPDWORD;
typedef long long LONGLONG, *PLONGLONG;
typedef unsigned long long ULONGLONG, DWORDLONG, *PULONGLONG, *PDWORDLONG;
typedef int8_t INT8, *PINT8;
typedef uint8_t UINT8, *PUINT8;
typedef int16_t INT16, *PINT16;
typedef uint16_t UINT16, *PUINT16;
typedef int INT32, LONG32, *PINT32, *PLONG32;
typedef unsigned int UINT32, ULONG32, DWORD32, *PUINT32, *PULONG32, *PDWORD32;
typedef long long INT64, LONG64, *PINT64, *PLONG64;
typedef unsigned long long UINT64, ULONG64, DWORD64, *PUINT64, *PULONG64, *PDWORD64;
typedef intptr_t INT_PTR, LONG_PTR, LPARAM, LRESULT, SSIZE_T, *PINT_PTR, *PLONG_PTR;
typedef uintptr_t UINT_PTR, ULONG_PTR, DWORD_PTR, WPARAM;
typedef uintptr_t *PUINT_PTR, *PULONG_PTR, *PDWORD_PTR;
typedef size_t SIZE_T, *PSIZE_T;
typedef float FLOAT, *PFLOAT;
typedef double DOUBLE;
typedef void *PVOID, *LPVOID, *HANDLE;
typedef const void *LPCVOID;
typedef HANDLE *PHANDLE, *LPHANDLE;
typedef HANDLE HGLOBAL, HLOCAL, HINSTANCE, HMODULE, HWND, HKEY, HDC, HICON;
#define DECLARE_HANDLE(name) typedef HANDLE name

/* Negative: a failure; 0 or positive: success. winerror.h has the values. */
typedef int HRESULT;

#ifdef IXHR2_WCHAR16
typedef char16_t WCHAR;
#define IXHR2_WIDE(text) u##text
#else
typedef wchar_t WCHAR;
#define IXHR2_WIDE(text) L##text
#endif
#define OLESTR(text) IXHR2_WIDE(text)
typedef WCHAR OLECHAR, *PWCHAR, *LPWCH, *PWCH, *PWSTR, *LPWSTR, *NWPSTR, *LPOLESTR;
typedef const WCHAR *PCWSTR, *LPCWSTR, *LPCWCH, *PCWCH, *LPCOLESTR;

/* 100-nanosecond steps since 1601-01-01 00:00 UTC, cut in two. */
typedef struct FILETIME {
	DWORD dwLowDateTime;  /* lower 32 bits */
	DWORD dwHighDateTime; /* upper 32 bits */
} FILETIME, *PFILETIME, *LPFILETIME;

/* A 64-bit number, also seen as two halves. */
typedef union LARGE_INTEGER {
	__extension__ struct {
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
		LONG HighPart; /* upper 32 bits, with the sign */
		DWORD LowPart; /* lower 32 bits */
#else
		DWORD LowPart;	/* lower 32 bits */
		LONG HighPart;	/* upper 32 bits, with the sign */
#endif
	};
	struct {
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
		LONG HighPart; /* upper 32 bits */
		DWORD LowPart; /* lower 32 bits */
#else
		DWORD LowPart;	/* lower 32 bits */
		LONG HighPart;	/* upper 32 bits */
#endif
	} u;		   /* the halves once more */
	LONGLONG QuadPart; /* the whole */
} LARGE_INTEGER, *PLARGE_INTEGER;

/* As LARGE_INTEGER, without a sign. */
typedef union ULARGE_INTEGER {
	__extension__ struct {
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
		DWORD HighPart; /* upper 32 bits */
		DWORD LowPart;	/* lower 32 bits */
#else
		DWORD LowPart;	/* lower 32 bits */
		DWORD HighPart; /* upper 32 bits */
#endif
	};
	struct {
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
		DWORD HighPart; /* upper 32 bits */
		DWORD LowPart;	/* lower 32 bits */
#else
		DWORD LowPart;	/* lower 32 bits */
		DWORD HighPart; /* upper 32 bits */
#endif
	} u;		    /* the halves once more */
	ULONGLONG QuadPart; /* the whole */
} ULARGE_INTEGER, *PULARGE_INTEGER;

#endif
