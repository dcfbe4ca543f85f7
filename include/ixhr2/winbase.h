/* SPDX-License-Identifier: MIT */
/* Sentences for errors, the memory that they come in, and lengths of strings. Any thread.
 */
#ifndef IXHR2_WINBASE_H
#define IXHR2_WINBASE_H

#include <stdarg.h>
#include <string.h>

#include "objbase.h"
#include "windef.h"
#include "winerror.h"

#ifndef ERROR_MR_MID_NOT_FOUND
#define ERROR_MR_MID_NOT_FOUND 317
#endif
#ifndef ERROR_NOT_SUPPORTED
#define ERROR_NOT_SUPPORTED 50
#endif

#define FORMAT_MESSAGE_ALLOCATE_BUFFER 0x00000100
#define FORMAT_MESSAGE_IGNORE_INSERTS  0x00000200
#define FORMAT_MESSAGE_FROM_STRING     0x00000400
#define FORMAT_MESSAGE_FROM_HMODULE    0x00000800
#define FORMAT_MESSAGE_FROM_SYSTEM     0x00001000
#define FORMAT_MESSAGE_ARGUMENT_ARRAY  0x00002000
#define FORMAT_MESSAGE_MAX_WIDTH_MASK  0x000000FF

#ifndef MAKELANGID
#define LANG_NEUTRAL		       0x00
#define LANG_ENGLISH		       0x09
#define SUBLANG_NEUTRAL		       0x00
#define SUBLANG_DEFAULT		       0x01
#define SUBLANG_ENGLISH_US	       0x01
#define MAKELANGID(primary, secondary) ((WORD)((secondary) << 10 | (primary)))
#endif

#define LMEM_FIXED    0x0000
#define LMEM_ZEROINIT 0x0040
#define LPTR	      (LMEM_FIXED | LMEM_ZEROINIT)

EXTERN_C_START

/* The arguments of FORMAT_MESSAGE_FROM_STRING. */
struct ixhr2_inserts {
	const void *const *array; /* strings in the unit of the text; or NULL */
	va_list *list;		  /* the same as an argument list; or NULL */
};

/*
 * The sentence for an error: FormatMessage. wchar_bytes: 1 (UTF-8), 2 or 4.
 *
 * flags: FORMAT_MESSAGE_FROM_SYSTEM: code is an HRESULT or a Win32 number; the sentence
 * is English, whatever the language, and ends with a full stop, CR and LF. Otherwise
 * FORMAT_MESSAGE_FROM_STRING: source is the text. In it, unless there is
 * FORMAT_MESSAGE_IGNORE_INSERTS, %1 to %99 and %1!s! stand for strings of inserts, %n for
 * a line end, %r for CR, %0 ends the text, %% and others for the character behind %. A
 * line end of the text (CR, LF or both) becomes CR and LF, or with a width of 255 in
 * flags (FORMAT_MESSAGE_MAX_WIDTH_MASK) a space.
 *
 * out: room for so many units; with FORMAT_MESSAGE_ALLOCATE_BUFFER the address of a
 * pointer that gets memory of at least room units, which LocalFree frees. The answer is
 * the units written without the terminating zero.
 *
 * 0 on failure, and GetLastError: ERROR_MR_MID_NOT_FOUND: the code has no sentence, also
 * where FORMAT_MESSAGE_FROM_HMODULE stands alone; ERROR_INVALID_PARAMETER: out or source
 * is NULL, no place to take it from is named, an insert is not given, or wchar_bytes;
 * ERROR_NOT_SUPPORTED: another width, or an insert with another format;
 * ERROR_INSUFFICIENT_BUFFER; ERROR_NOT_ENOUGH_MEMORY. Microsoft: "FormatMessageW
 * function".
 */
IXHR2_API DWORD ixhr2_format_message(unsigned wchar_bytes, DWORD flags,
				     const void *source, DWORD code, void *out,
				     DWORD room, const struct ixhr2_inserts *inserts);

EXTERN_C_END

/* What Arguments of FormatMessage means with these flags. */
static inline struct ixhr2_inserts ixhr2_inserts_of(DWORD flags, va_list *arguments)
{
	struct ixhr2_inserts inserts = {NULL, arguments};

	if (flags & FORMAT_MESSAGE_ARGUMENT_ARRAY) {
		inserts.array = (const void *const *)(const void *)arguments;
		inserts.list = NULL;
	}
	return inserts;
}

/* FormatMessage: see ixhr2_format_message. */
static inline DWORD FormatMessageW(DWORD dwFlags, LPCVOID lpSource, DWORD dwMessageId,
				   DWORD dwLanguageId, LPWSTR lpBuffer, DWORD nSize,
				   va_list *Arguments)
{
	const struct ixhr2_inserts inserts = ixhr2_inserts_of(dwFlags, Arguments);

	(void)dwLanguageId;
	return ixhr2_format_message(sizeof(WCHAR), dwFlags, lpSource, dwMessageId,
				    lpBuffer, nSize, &inserts);
}

static inline DWORD FormatMessageA(DWORD dwFlags, LPCVOID lpSource, DWORD dwMessageId,
				   DWORD dwLanguageId, LPSTR lpBuffer, DWORD nSize,
				   va_list *Arguments)
{
	const struct ixhr2_inserts inserts = ixhr2_inserts_of(dwFlags, Arguments);

	(void)dwLanguageId;
	return ixhr2_format_message(1, dwFlags, lpSource, dwMessageId, lpBuffer, nSize,
				    &inserts);
}

/* LocalAlloc: uBytes of memory that LocalFree frees, zeroed with LMEM_ZEROINIT; NULL when
 * there are none. All memory is fixed: the handle is the address. */
static inline HLOCAL LocalAlloc(UINT uFlags, SIZE_T uBytes)
{
	void *at = ixhr2_task_alloc(uBytes);

	if (at && uFlags & LMEM_ZEROINIT)
		memset(at, 0, uBytes);
	return at;
}

/* LocalFree: frees it; NULL, which is fine to free as well. */
static inline HLOCAL LocalFree(HLOCAL hMem)
{
	ixhr2_task_free(hMem);
	return NULL;
}

/* lstrlen: the units before the zero; 0 for NULL. */
static inline int lstrlenW(LPCWSTR lpString)
{
	int count = 0;

	while (lpString && lpString[count])
		count++;
	return count;
}

static inline int lstrlenA(LPCSTR lpString)
{
	return lpString ? (int)strlen(lpString) : 0;
}

#ifdef UNICODE
#define FormatMessage FormatMessageW
#define lstrlen	      lstrlenW
#else
#define FormatMessage FormatMessageA
#define lstrlen	      lstrlenA
#endif

#endif
