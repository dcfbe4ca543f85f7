/* SPDX-License-Identifier: MIT */
/*
 * Strings of the Windows Runtime. Any thread.
 *
 * A string keeps its text in units of 2 and of 4 bytes, so that a program reads what
 * another of the other width made.
 */
#ifndef IXHR2_WINSTRING_H
#define IXHR2_WINSTRING_H

#include "hstring.h"
#include "winerror.h"

EXTERN_C_START

/*
 * A string with a copy of length units of text, which may hold zero units:
 * WindowsCreateString. wchar_bytes: 2 or 4. *out gets one reference, the caller's; NULL
 * for length 0 and on failure. S_OK; E_INVALIDARG: out is NULL, or wchar_bytes;
 * E_POINTER: text is NULL and length is not 0; E_OUTOFMEMORY. Microsoft:
 * "WindowsCreateString function".
 */
IXHR2_API HRESULT ixhr2_windows_create_string(unsigned wchar_bytes, const void *text,
					      UINT32 length, HSTRING *out);

/* One reference more, as *out: WindowsDuplicateString. S_OK; E_INVALIDARG: out is NULL.
 * Microsoft: "WindowsDuplicateString function". */
IXHR2_API HRESULT ixhr2_windows_duplicate_string(HSTRING string, HSTRING *out);

/* One reference less; with the last one the string is gone. NULL is fine. Microsoft:
 * "WindowsDeleteString function". */
IXHR2_API void ixhr2_windows_delete_string(HSTRING string);

/*
 * The text, with a zero unit behind, as long as the string lives; never NULL:
 * WindowsGetStringRawBuffer. wchar_bytes: 2 or 4. *out_length, which may be NULL, gets
 * its units. Microsoft: "WindowsGetStringRawBuffer function".
 */
IXHR2_API const void *ixhr2_windows_get_string_raw_buffer(unsigned wchar_bytes,
							  HSTRING string,
							  UINT32 *out_length);

EXTERN_C_END

/* WindowsCreateString: see ixhr2_windows_create_string. */
static inline HRESULT WindowsCreateString(LPCWSTR sourceString, UINT32 length,
					  HSTRING *string)
{
	return ixhr2_windows_create_string(sizeof(WCHAR), sourceString, length, string);
}

/* WindowsDuplicateString: see ixhr2_windows_duplicate_string. */
static inline HRESULT WindowsDuplicateString(HSTRING string, HSTRING *newString)
{
	return ixhr2_windows_duplicate_string(string, newString);
}

/* WindowsDeleteString: see ixhr2_windows_delete_string. S_OK. */
static inline HRESULT WindowsDeleteString(HSTRING string)
{
	ixhr2_windows_delete_string(string);
	return S_OK;
}

/* WindowsGetStringRawBuffer: see ixhr2_windows_get_string_raw_buffer. */
static inline PCWSTR WindowsGetStringRawBuffer(HSTRING string, UINT32 *length)
{
	return (PCWSTR)ixhr2_windows_get_string_raw_buffer(sizeof(WCHAR), string, length);
}

/* WindowsGetStringLen: how many units the text has. Microsoft: "WindowsGetStringLen
 * function". */
static inline UINT32 WindowsGetStringLen(HSTRING string)
{
	UINT32 length = 0;

	(void)WindowsGetStringRawBuffer(string, &length);
	return length;
}

/* WindowsIsStringEmpty: whether the text has no unit. Microsoft: "WindowsIsStringEmpty
 * function". */
static inline BOOL WindowsIsStringEmpty(HSTRING string)
{
	return WindowsGetStringLen(string) == 0;
}

#endif
