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

#include <stddef.h>
#include <stdint.h>
#if defined(IXHR2_WCHAR16) && !defined(__cplusplus)
#include <uchar.h>
#endif

/* Marks what the shared library exports. */
#define IXHR2_API __attribute__((visibility("default")))

#ifdef __cplusplus
#define EXTERN_C       extern "C"
#define EXTERN_C_START extern "C" {
#define EXTERN_C_END   }
#else
#define EXTERN_C extern
#define EXTERN_C_START
#define EXTERN_C_END
#endif

/* Calling conventions: Linux has one. */
#define WINAPI
#define APIENTRY
#define CALLBACK
#define STDAPICALLTYPE
#define STDMETHODCALLTYPE
#define STDAPI		      EXTERN_C HRESULT STDAPICALLTYPE
#define STDAPI_(type)	      EXTERN_C type STDAPICALLTYPE
#define STDMETHODIMP	      HRESULT STDMETHODCALLTYPE
#define STDMETHODIMP_(type)   type STDMETHODCALLTYPE
#define IFACEMETHODIMP	      STDMETHODIMP
#define IFACEMETHODIMP_(type) STDMETHODIMP_(type)
#ifdef __cplusplus
#define STDMETHOD(method)	       virtual HRESULT STDMETHODCALLTYPE method
#define STDMETHOD_(type, method)       virtual type STDMETHODCALLTYPE method
#define IFACEMETHOD(method)	       STDMETHOD(method)
#define IFACEMETHOD_(type, method)     STDMETHOD_(type, method)
#define DECLARE_INTERFACE(name)	       struct name
#define DECLARE_INTERFACE_(name, base) struct name : public base
#define PURE			       = 0
#endif

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

/* FILE_ATTRIBUTE_ bits of SHCreateStreamOnFileEx. */
#define FILE_ATTRIBUTE_READONLY 0x00000001
#define FILE_ATTRIBUTE_NORMAL	0x00000080

typedef char CHAR, *PCHAR, *PSTR, *LPSTR;
typedef const char *PCSTR, *LPCSTR;
typedef unsigned char BYTE, UCHAR, BOOLEAN, *PBYTE, *LPBYTE;
typedef int16_t SHORT;
typedef uint16_t WORD, USHORT;
typedef int INT, LONG, BOOL, *PLONG, *PBOOL;
typedef unsigned int UINT, ULONG, DWORD, *PUINT, *PULONG, *PDWORD, *LPDWORD;
typedef long long LONGLONG;
typedef unsigned long long ULONGLONG, DWORDLONG;
typedef int8_t INT8;
typedef uint8_t UINT8;
typedef int16_t INT16;
typedef uint16_t UINT16;
typedef int INT32, LONG32;
typedef unsigned int UINT32, ULONG32, DWORD32;
typedef long long INT64, LONG64;
typedef unsigned long long UINT64, ULONG64, DWORD64;
typedef intptr_t INT_PTR, LONG_PTR;
typedef uintptr_t UINT_PTR, ULONG_PTR, DWORD_PTR;
typedef size_t SIZE_T;
typedef float FLOAT;
typedef double DOUBLE;
typedef void *PVOID, *LPVOID, *HANDLE;
typedef const void *LPCVOID;
typedef HANDLE HGLOBAL, HINSTANCE, HMODULE, HWND;

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
typedef WCHAR *PWSTR, *LPWSTR, OLECHAR, *LPOLESTR;
typedef const WCHAR *PCWSTR, *LPCWSTR, *LPCOLESTR;

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
	ULONGLONG QuadPart; /* the whole */
} ULARGE_INTEGER, *PULARGE_INTEGER;

#endif
