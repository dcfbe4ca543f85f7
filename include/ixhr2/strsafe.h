/* SPDX-License-Identifier: MIT */
/*
 * Copying, joining and formatting of strings in bounds. A destination always ends with a
 * zero when the function has a room of one unit or more. Any thread.
 *
 * The names with W take WCHARs, those with A UTF-8; Cch counts units, Cb bytes. Each
 * answers S_OK; STRSAFE_E_INVALID_PARAMETER: a pointer is NULL, the room is 0 or above
 * STRSAFE_MAX_CCH units, or as told below; STRSAFE_E_INSUFFICIENT_BUFFER: the result was
 * cut where the room ended. Microsoft: "About Strsafe.h", "StringCchCopyW function" and
 * those beside it.
 */
#ifndef IXHR2_STRSAFE_H
#define IXHR2_STRSAFE_H

#include <stdarg.h>

#include "windef.h"
#include "winerror.h"

#define STRSAFE_MAX_CCH		      2147483647
#define STRSAFE_E_INSUFFICIENT_BUFFER IXHR2_HRESULT(0x8007007A)
#define STRSAFE_E_INVALID_PARAMETER   IXHR2_HRESULT(0x80070057)
#define STRSAFE_E_END_OF_FILE	      IXHR2_HRESULT(0x80070026)

typedef WCHAR *STRSAFE_LPWSTR;
typedef const WCHAR *STRSAFE_LPCWSTR;
typedef char *STRSAFE_LPSTR;
typedef const char *STRSAFE_LPCSTR;

EXTERN_C_START

/* Copies from, at most limit units of it, to a room of so many units: StringCchCopy, with
 * STRSAFE_MAX_CCH as the limit, and StringCchCopyN. unit_bytes: 1, 2 or 4.
 * STRSAFE_E_INVALID_PARAMETER also: unit_bytes; limit is above STRSAFE_MAX_CCH, and to is
 * an empty string then. */
IXHR2_API HRESULT ixhr2_string_copy(unsigned unit_bytes, void *to, size_t room,
				    const void *from, size_t limit);

/* The same behind the string that is in to, which stays where an argument is wrong:
 * StringCchCat and StringCchCatN. STRSAFE_E_INVALID_PARAMETER also: there is no zero
 * within the room. */
IXHR2_API HRESULT ixhr2_string_append(unsigned unit_bytes, void *to, size_t room,
				      const void *from, size_t limit);

/* Sets *out_units, which may be NULL, to the units of text before its zero, which lies
 * within room units, else STRSAFE_E_INVALID_PARAMETER and 0: StringCchLength. */
IXHR2_API HRESULT ixhr2_string_length(unsigned unit_bytes, const void *text, size_t room,
				      size_t *out_units);

/*
 * Formats: StringCchVPrintf. format has units of unit_bytes, wide arguments of
 * wchar_bytes (2 or 4).
 *
 * The formats are those of Windows: %s and %c are wide where the format is wide; %S %C of
 * the other kind; %hs %hc narrow; %ls %ws %lc wide; narrow is UTF-8. %ld, %lu and %lx are
 * for LONG, ULONG and DWORD, which have 32 bits here: of a native long of 64 bits they
 * show the lower half. %lld, %I64d, %zu, %Iu, %p (capital hexadecimal digits, all of
 * them) and floating point as ever. A NULL string is "(null)".
 * STRSAFE_E_INVALID_PARAMETER also: %n, or a conversion that is none.
 */
IXHR2_API HRESULT ixhr2_string_vprintf(unsigned unit_bytes, unsigned wchar_bytes,
				       void *to, size_t room, const void *format,
				       va_list list);

EXTERN_C_END

/* StringCchCopy: see ixhr2_string_copy. */
static inline HRESULT StringCchCopyW(LPWSTR pszDest, size_t cchDest, LPCWSTR pszSrc)
{
	return ixhr2_string_copy(sizeof(WCHAR), pszDest, cchDest, pszSrc,
				 STRSAFE_MAX_CCH);
}

static inline HRESULT StringCchCopyA(LPSTR pszDest, size_t cchDest, LPCSTR pszSrc)
{
	return ixhr2_string_copy(1, pszDest, cchDest, pszSrc, STRSAFE_MAX_CCH);
}

/* StringCbCopy: see ixhr2_string_copy. */
static inline HRESULT StringCbCopyW(LPWSTR pszDest, size_t cbDest, LPCWSTR pszSrc)
{
	return StringCchCopyW(pszDest, cbDest / sizeof(WCHAR), pszSrc);
}

static inline HRESULT StringCbCopyA(LPSTR pszDest, size_t cbDest, LPCSTR pszSrc)
{
	return StringCchCopyA(pszDest, cbDest, pszSrc);
}

/* StringCchCopyN: see ixhr2_string_copy. */
static inline HRESULT StringCchCopyNW(LPWSTR pszDest, size_t cchDest, LPCWSTR pszSrc,
				      size_t cchToCopy)
{
	return ixhr2_string_copy(sizeof(WCHAR), pszDest, cchDest, pszSrc, cchToCopy);
}

static inline HRESULT StringCchCopyNA(LPSTR pszDest, size_t cchDest, LPCSTR pszSrc,
				      size_t cchToCopy)
{
	return ixhr2_string_copy(1, pszDest, cchDest, pszSrc, cchToCopy);
}

/* StringCbCopyN: see ixhr2_string_copy. */
static inline HRESULT StringCbCopyNW(LPWSTR pszDest, size_t cbDest, LPCWSTR pszSrc,
				     size_t cbToCopy)
{
	return StringCchCopyNW(pszDest, cbDest / sizeof(WCHAR), pszSrc,
			       cbToCopy / sizeof(WCHAR));
}

static inline HRESULT StringCbCopyNA(LPSTR pszDest, size_t cbDest, LPCSTR pszSrc,
				     size_t cbToCopy)
{
	return StringCchCopyNA(pszDest, cbDest, pszSrc, cbToCopy);
}

/* StringCchCat: see ixhr2_string_append. */
static inline HRESULT StringCchCatW(LPWSTR pszDest, size_t cchDest, LPCWSTR pszSrc)
{
	return ixhr2_string_append(sizeof(WCHAR), pszDest, cchDest, pszSrc,
				   STRSAFE_MAX_CCH);
}

static inline HRESULT StringCchCatA(LPSTR pszDest, size_t cchDest, LPCSTR pszSrc)
{
	return ixhr2_string_append(1, pszDest, cchDest, pszSrc, STRSAFE_MAX_CCH);
}

/* StringCbCat: see ixhr2_string_append. */
static inline HRESULT StringCbCatW(LPWSTR pszDest, size_t cbDest, LPCWSTR pszSrc)
{
	return StringCchCatW(pszDest, cbDest / sizeof(WCHAR), pszSrc);
}

static inline HRESULT StringCbCatA(LPSTR pszDest, size_t cbDest, LPCSTR pszSrc)
{
	return StringCchCatA(pszDest, cbDest, pszSrc);
}

/* StringCchCatN: see ixhr2_string_append. */
static inline HRESULT StringCchCatNW(LPWSTR pszDest, size_t cchDest, LPCWSTR pszSrc,
				     size_t cchToAppend)
{
	return ixhr2_string_append(sizeof(WCHAR), pszDest, cchDest, pszSrc, cchToAppend);
}

static inline HRESULT StringCchCatNA(LPSTR pszDest, size_t cchDest, LPCSTR pszSrc,
				     size_t cchToAppend)
{
	return ixhr2_string_append(1, pszDest, cchDest, pszSrc, cchToAppend);
}

/* StringCbCatN: see ixhr2_string_append. */
static inline HRESULT StringCbCatNW(LPWSTR pszDest, size_t cbDest, LPCWSTR pszSrc,
				    size_t cbToAppend)
{
	return StringCchCatNW(pszDest, cbDest / sizeof(WCHAR), pszSrc,
			      cbToAppend / sizeof(WCHAR));
}

static inline HRESULT StringCbCatNA(LPSTR pszDest, size_t cbDest, LPCSTR pszSrc,
				    size_t cbToAppend)
{
	return StringCchCatNA(pszDest, cbDest, pszSrc, cbToAppend);
}

/* StringCchLength: see ixhr2_string_length. */
static inline HRESULT StringCchLengthW(LPCWSTR psz, size_t cchMax, size_t *pcchLength)
{
	return ixhr2_string_length(sizeof(WCHAR), psz, cchMax, pcchLength);
}

static inline HRESULT StringCchLengthA(LPCSTR psz, size_t cchMax, size_t *pcchLength)
{
	return ixhr2_string_length(1, psz, cchMax, pcchLength);
}

/* StringCbLength: see ixhr2_string_length. */
static inline HRESULT StringCbLengthW(LPCWSTR psz, size_t cbMax, size_t *pcbLength)
{
	HRESULT hr = StringCchLengthW(psz, cbMax / sizeof(WCHAR), pcbLength);

	if (pcbLength)
		*pcbLength *= sizeof(WCHAR);
	return hr;
}

static inline HRESULT StringCbLengthA(LPCSTR psz, size_t cbMax, size_t *pcbLength)
{
	return StringCchLengthA(psz, cbMax, pcbLength);
}

/* StringCchVPrintf: see ixhr2_string_vprintf. */
static inline HRESULT StringCchVPrintfW(LPWSTR pszDest, size_t cchDest, LPCWSTR pszFormat,
					va_list argList)
{
	return ixhr2_string_vprintf(sizeof(WCHAR), sizeof(WCHAR), pszDest, cchDest,
				    pszFormat, argList);
}

static inline HRESULT StringCchVPrintfA(LPSTR pszDest, size_t cchDest, LPCSTR pszFormat,
					va_list argList)
{
	return ixhr2_string_vprintf(1, sizeof(WCHAR), pszDest, cchDest, pszFormat,
				    argList);
}

/* StringCbVPrintf: see ixhr2_string_vprintf. */
static inline HRESULT StringCbVPrintfW(LPWSTR pszDest, size_t cbDest, LPCWSTR pszFormat,
				       va_list argList)
{
	return StringCchVPrintfW(pszDest, cbDest / sizeof(WCHAR), pszFormat, argList);
}

static inline HRESULT StringCbVPrintfA(LPSTR pszDest, size_t cbDest, LPCSTR pszFormat,
				       va_list argList)
{
	return StringCchVPrintfA(pszDest, cbDest, pszFormat, argList);
}

/* StringCchPrintf: see ixhr2_string_vprintf. */
static inline HRESULT StringCchPrintfW(LPWSTR pszDest, size_t cchDest, LPCWSTR pszFormat,
				       ...)
{
	HRESULT hr;
	va_list list;

	va_start(list, pszFormat);
	hr = StringCchVPrintfW(pszDest, cchDest, pszFormat, list);
	va_end(list);
	return hr;
}

static inline HRESULT StringCchPrintfA(LPSTR pszDest, size_t cchDest, LPCSTR pszFormat,
				       ...)
{
	HRESULT hr;
	va_list list;

	va_start(list, pszFormat);
	hr = StringCchVPrintfA(pszDest, cchDest, pszFormat, list);
	va_end(list);
	return hr;
}

/* StringCbPrintf: see ixhr2_string_vprintf. */
static inline HRESULT StringCbPrintfW(LPWSTR pszDest, size_t cbDest, LPCWSTR pszFormat,
				      ...)
{
	HRESULT hr;
	va_list list;

	va_start(list, pszFormat);
	hr = StringCbVPrintfW(pszDest, cbDest, pszFormat, list);
	va_end(list);
	return hr;
}

static inline HRESULT StringCbPrintfA(LPSTR pszDest, size_t cbDest, LPCSTR pszFormat, ...)
{
	HRESULT hr;
	va_list list;

	va_start(list, pszFormat);
	hr = StringCbVPrintfA(pszDest, cbDest, pszFormat, list);
	va_end(list);
	return hr;
}

#ifdef UNICODE
#define StringCchCopy	 StringCchCopyW
#define StringCbCopy	 StringCbCopyW
#define StringCchCopyN	 StringCchCopyNW
#define StringCbCopyN	 StringCbCopyNW
#define StringCchCat	 StringCchCatW
#define StringCbCat	 StringCbCatW
#define StringCchCatN	 StringCchCatNW
#define StringCbCatN	 StringCbCatNW
#define StringCchLength	 StringCchLengthW
#define StringCbLength	 StringCbLengthW
#define StringCchPrintf	 StringCchPrintfW
#define StringCbPrintf	 StringCbPrintfW
#define StringCchVPrintf StringCchVPrintfW
#define StringCbVPrintf	 StringCbVPrintfW
#else
#define StringCchCopy	 StringCchCopyA
#define StringCbCopy	 StringCbCopyA
#define StringCchCopyN	 StringCchCopyNA
#define StringCbCopyN	 StringCbCopyNA
#define StringCchCat	 StringCchCatA
#define StringCbCat	 StringCbCatA
#define StringCchCatN	 StringCchCatNA
#define StringCbCatN	 StringCbCatNA
#define StringCchLength	 StringCchLengthA
#define StringCbLength	 StringCbLengthA
#define StringCchPrintf	 StringCchPrintfA
#define StringCbPrintf	 StringCbPrintfA
#define StringCchVPrintf StringCchVPrintfA
#define StringCbVPrintf	 StringCbVPrintfA
#endif

#endif
