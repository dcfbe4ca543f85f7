/* SPDX-License-Identifier: MIT */
/*
 * UTF-8 to and from wide text. UTF-8 is the only code page: it is the ANSI and the OEM
 * one as well, as on a Windows that is set so. Any thread.
 */
#ifndef IXHR2_STRINGAPISET_H
#define IXHR2_STRINGAPISET_H

#include "windef.h"
#include "winerror.h"

#ifndef ERROR_INSUFFICIENT_BUFFER
#define ERROR_INSUFFICIENT_BUFFER 122
#endif
#ifndef ERROR_INVALID_FLAGS
#define ERROR_INVALID_FLAGS 1004
#endif

#define CP_ACP	      0
#define CP_OEMCP      1
#define CP_MACCP      2
#define CP_THREAD_ACP 3
#define CP_UTF7	      65000
#define CP_UTF8	      65001

#define MB_PRECOMPOSED	     0x01
#define MB_COMPOSITE	     0x02
#define MB_USEGLYPHCHARS     0x04
#define MB_ERR_INVALID_CHARS 0x08

#define WC_ERR_INVALID_CHARS 0x0080
#define WC_COMPOSITECHECK    0x0200
#define WC_NO_BEST_FIT_CHARS 0x0400

EXTERN_C_START

/*
 * UTF-8 to units of wchar_bytes: MultiByteToWideChar. code_page: CP_UTF8, CP_ACP,
 * CP_OEMCP or CP_THREAD_ACP, all of which are UTF-8. text has text_len bytes; -1: up to
 * its zero byte, which is converted too. The answer is how many units were written to
 * out, which has room for out_room; with out_room 0 how many there would be, and nothing
 * is written. What is not UTF-8 becomes U+FFFD, one for each longest piece that begins a
 * character.
 *
 * 0 on failure, and GetLastError tells: ERROR_INSUFFICIENT_BUFFER: out holds what fitted;
 * ERROR_INVALID_FLAGS: flags other than MB_ERR_INVALID_CHARS, or, with code pages that
 * are UTF-8 only here, MB_PRECOMPOSED; ERROR_INVALID_PARAMETER: another code page or
 * wchar_bytes, text is NULL or out, text_len is 0, out_room is negative, or the result
 * has more than INT_MAX units; ERROR_NO_UNICODE_TRANSLATION: with MB_ERR_INVALID_CHARS,
 * not UTF-8. Microsoft: "MultiByteToWideChar function".
 */
IXHR2_API int ixhr2_multi_byte_to_wide_char(unsigned wchar_bytes, UINT code_page,
					    DWORD flags, LPCSTR text, int text_len,
					    void *out, int out_room);

/*
 * Units of wchar_bytes to UTF-8: WideCharToMultiByte; all as above. Lone surrogates, and
 * 4-byte units that are no characters, become U+FFFD, or with WC_ERR_INVALID_CHARS
 * ERROR_NO_UNICODE_TRANSLATION.
 *
 * default_char and used_default are NULL with CP_UTF8, else ERROR_INVALID_PARAMETER. With
 * the other code pages *used_default tells whether something was replaced;
 * WC_NO_BEST_FIT_CHARS is accepted, and default_char too (what replaces stays U+FFFD, as
 * every character has its place in UTF-8). Microsoft: "WideCharToMultiByte function".
 */
IXHR2_API int ixhr2_wide_char_to_multi_byte(unsigned wchar_bytes, UINT code_page,
					    DWORD flags, const void *text, int text_len,
					    LPSTR out, int out_room, LPCSTR default_char,
					    BOOL *used_default);

EXTERN_C_END

/* MultiByteToWideChar: see ixhr2_multi_byte_to_wide_char. */
static inline int MultiByteToWideChar(UINT CodePage, DWORD dwFlags, LPCSTR lpMultiByteStr,
				      int cbMultiByte, LPWSTR lpWideCharStr,
				      int cchWideChar)
{
	return ixhr2_multi_byte_to_wide_char(sizeof(WCHAR), CodePage, dwFlags,
					     lpMultiByteStr, cbMultiByte, lpWideCharStr,
					     cchWideChar);
}

/* WideCharToMultiByte: see ixhr2_wide_char_to_multi_byte. */
static inline int WideCharToMultiByte(UINT CodePage, DWORD dwFlags, LPCWSTR lpWideCharStr,
				      int cchWideChar, LPSTR lpMultiByteStr,
				      int cbMultiByte, LPCSTR lpDefaultChar,
				      BOOL *lpUsedDefaultChar)
{
	return ixhr2_wide_char_to_multi_byte(
		sizeof(WCHAR), CodePage, dwFlags, lpWideCharStr, cchWideChar,
		lpMultiByteStr, cbMultiByte, lpDefaultChar, lpUsedDefaultChar);
}

/* GetACP, GetOEMCP: the code page of the system. */
static inline UINT GetACP(void)
{
	return CP_UTF8;
}

static inline UINT GetOEMCP(void)
{
	return CP_UTF8;
}

#endif
