/* SPDX-License-Identifier: MIT */
/*
 * Functions of Microsoft's C library that programs for Windows take for granted: strings
 * in bounds (strcpy_s, wcscpy_s, sprintf_s ...), comparison without regard to case, files
 * by wide names. Any thread. A program that brings functions of these names itself
 * defines IXHR2_NO_SECURE_CRT.
 *
 * What is wrong is answered, and stands in errno: EINVAL: a pointer is NULL, a string has
 * no end, a format is none; ERANGE: the room is too small. There is no invalid parameter
 * handler, and nothing ends the program. Where there is room, the destination of a call
 * that failed is an empty string. Microsoft: "Security features in the CRT", "strcpy_s,
 * wcscpy_s, _mbscpy_s, _mbscpy_s_l" and those beside it.
 *
 * Formats are those of strsafe.h. The names with w take WCHARs. The C library's own
 * wcslen, wcscmp ... take wchar_t of 4 bytes: a program uses them with WCHAR as it is by
 * default. With IXHR2_WCHAR16, C++ finds wcslen, wcsnlen, wcscmp, wcsncmp, wcschr,
 * wcsrchr, wcsstr, wcscpy, wcsncpy and wcscat for char16_t here; C has ixhr2_wcslen and
 * so on. Where -fshort-wchar makes wchar_t 2 bytes long, no wcs function of the C library
 * may be called.
 */
#ifndef IXHR2_SECURE_CRT_H
#define IXHR2_SECURE_CRT_H

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "windef.h"

/* As a count: as much as fits. */
#define _TRUNCATE ((size_t)-1)

#ifndef STRUNCATE
#define STRUNCATE 80
#endif

/* As a count of the functions below: the whole string, which is to fit. */
#define IXHR2_WHOLE ((size_t)-2)

EXTERN_C_START

/* 0 or an error number: EINVAL, ERANGE or STRUNCATE. */
typedef int errno_t;

/*
 * Copies from, at most count units of it, to a room of so many units: strcpy_s with
 * IXHR2_WHOLE, else strncpy_s. unit_bytes: 1, 2 or 4. STRUNCATE: count is _TRUNCATE, and
 * it was cut. ERANGE: it does not fit, or room is 0.
 */
IXHR2_API errno_t ixhr2_strncpy_s(unsigned unit_bytes, void *to, size_t room,
				  const void *from, size_t count);

/* The same behind the string that is in to: strcat_s and strncat_s. */
IXHR2_API errno_t ixhr2_strncat_s(unsigned unit_bytes, void *to, size_t room,
				  const void *from, size_t count);

/*
 * Formats as strsafe.h does, at most count units: sprintf_s with IXHR2_WHOLE, else
 * _snprintf_s. The units without the zero; -1: it does not fit (errno is ERANGE), it was
 * cut because of _TRUNCATE or of a count below room, or an argument is wrong (EINVAL).
 */
IXHR2_API int ixhr2_vsnprintf_s(unsigned unit_bytes, unsigned wchar_bytes, void *to,
				size_t room, size_t count, const void *format,
				va_list list);

/*
 * Formats into count units, and ends with a zero only if there is room for one:
 * _vsnprintf. The units without the zero; -1: there are more, or an argument is wrong
 * (errno is EINVAL). With to NULL and count 0 how many there would be.
 */
IXHR2_API int ixhr2_vsnprintf(unsigned unit_bytes, unsigned wchar_bytes, void *to,
			      size_t count, const void *format, va_list list);

/* Formats and writes the UTF-8 of it to a file, in one piece among what other threads
 * write: _vftprintf. How many units there were, or -1: an argument is wrong, memory is
 * out, or the file took it not. */
IXHR2_API int ixhr2_vfprintf(unsigned unit_bytes, unsigned wchar_bytes, FILE *file,
			     const void *format, va_list list);

/* Copies count bytes to a room of so many: memcpy_s, and memmove_s with may_overlap. A
 * room that is too small is filled with zero bytes, but not with may_overlap. */
IXHR2_API errno_t ixhr2_memcpy_s(void *to, size_t room, const void *from, size_t count,
				 BOOL may_overlap);

/* The order of two strings, at most count units of them, by the values of their units:
 * below 0, 0, above 0. is_nocase: ASCII letters count as small ones. INT_MAX and errno
 * EINVAL: one is NULL. */
IXHR2_API int ixhr2_strncmp(unsigned unit_bytes, const void *a, const void *b,
			    size_t count, BOOL is_nocase);

/*
 * Opens a file: fopen_s with unit_bytes 1, _wfopen_s with 2 or 4. *out_file is closed by
 * fclose; NULL on failure. mode as for fopen, where t and what follows a comma count for
 * nothing. 0; EINVAL: something is NULL or no Unicode; ENOMEM; errno of fopen.
 */
IXHR2_API errno_t ixhr2_fopen_s(unsigned unit_bytes, FILE **out_file, const void *path,
				const void *mode);

EXTERN_C_END

/* wcslen and so on of WCHARs, whatever their size. */
static inline size_t ixhr2_wcsnlen(const WCHAR *text, size_t limit)
{
	size_t count = 0;

	while (count < limit && text[count])
		count++;
	return count;
}

static inline size_t ixhr2_wcslen(const WCHAR *text)
{
	return ixhr2_wcsnlen(text, SIZE_MAX);
}

static inline int ixhr2_wcsncmp(const WCHAR *a, const WCHAR *b, size_t count)
{
	return ixhr2_strncmp(sizeof(WCHAR), a, b, count, FALSE);
}

static inline int ixhr2_wcscmp(const WCHAR *a, const WCHAR *b)
{
	return ixhr2_wcsncmp(a, b, SIZE_MAX);
}

static inline WCHAR *ixhr2_wcschr(const WCHAR *text, WCHAR c)
{
	while (*text != c && *text)
		text++;
	return *text == c ? (WCHAR *)(size_t)text : NULL;
}

static inline WCHAR *ixhr2_wcsrchr(const WCHAR *text, WCHAR c)
{
	size_t at = ixhr2_wcslen(text) + 1;

	while (at--) {
		if (text[at] == c)
			return (WCHAR *)(size_t)(text + at);
	}
	return NULL;
}

static inline WCHAR *ixhr2_wcsstr(const WCHAR *text, const WCHAR *part)
{
	size_t len = ixhr2_wcslen(part);

	while (ixhr2_wcsncmp(text, part, len)) {
		if (!*text++)
			return NULL;
	}
	return (WCHAR *)(size_t)text;
}

static inline WCHAR *ixhr2_wcsncpy(WCHAR *to, const WCHAR *from, size_t count)
{
	size_t len = ixhr2_wcsnlen(from, count);

	memcpy(to, from, len * sizeof(WCHAR));
	memset(to + len, 0, (count - len) * sizeof(WCHAR));
	return to;
}

static inline WCHAR *ixhr2_wcscpy(WCHAR *to, const WCHAR *from)
{
	return ixhr2_wcsncpy(to, from, ixhr2_wcslen(from) + 1);
}

static inline WCHAR *ixhr2_wcscat(WCHAR *to, const WCHAR *from)
{
	ixhr2_wcscpy(to + ixhr2_wcslen(to), from);
	return to;
}

/* How many entries an array has. */
#ifndef _countof
#ifdef __cplusplus
namespace ixhr2
{
template <class T, size_t N> char (&count_of(T (&array)[N]))[N];
} // namespace ixhr2
#define _countof(array) (sizeof(::ixhr2::count_of(array)))
#else
#define _countof(array) (sizeof(array) / sizeof((array)[0]))
#endif
#endif

#ifndef IXHR2_NO_SECURE_CRT

/* strcpy_s, wcscpy_s: see ixhr2_strncpy_s. */
static inline errno_t strcpy_s(char *to, size_t room, const char *from)
{
	return ixhr2_strncpy_s(1, to, room, from, IXHR2_WHOLE);
}

static inline errno_t wcscpy_s(WCHAR *to, size_t room, const WCHAR *from)
{
	return ixhr2_strncpy_s(sizeof(WCHAR), to, room, from, IXHR2_WHOLE);
}

/* strcat_s, wcscat_s: see ixhr2_strncat_s. */
static inline errno_t strcat_s(char *to, size_t room, const char *from)
{
	return ixhr2_strncat_s(1, to, room, from, IXHR2_WHOLE);
}

static inline errno_t wcscat_s(WCHAR *to, size_t room, const WCHAR *from)
{
	return ixhr2_strncat_s(sizeof(WCHAR), to, room, from, IXHR2_WHOLE);
}

/* strncpy_s, wcsncpy_s: see ixhr2_strncpy_s. */
static inline errno_t strncpy_s(char *to, size_t room, const char *from, size_t count)
{
	return ixhr2_strncpy_s(1, to, room, from, count);
}

static inline errno_t wcsncpy_s(WCHAR *to, size_t room, const WCHAR *from, size_t count)
{
	return ixhr2_strncpy_s(sizeof(WCHAR), to, room, from, count);
}

/* strncat_s, wcsncat_s: see ixhr2_strncat_s. */
static inline errno_t strncat_s(char *to, size_t room, const char *from, size_t count)
{
	return ixhr2_strncat_s(1, to, room, from, count);
}

static inline errno_t wcsncat_s(WCHAR *to, size_t room, const WCHAR *from, size_t count)
{
	return ixhr2_strncat_s(sizeof(WCHAR), to, room, from, count);
}

/* strnlen_s, wcsnlen_s: 0 for NULL. */
static inline size_t strnlen_s(const char *text, size_t limit)
{
	const void *end = text ? memchr(text, 0, limit) : text;

	if (!text)
		return 0;
	return end ? (size_t)((const char *)end - text) : limit;
}

static inline size_t wcsnlen_s(const WCHAR *text, size_t limit)
{
	return text ? ixhr2_wcsnlen(text, limit) : 0;
}

/* memcpy_s, memmove_s: see ixhr2_memcpy_s. */
static inline errno_t memcpy_s(void *to, size_t room, const void *from, size_t count)
{
	return ixhr2_memcpy_s(to, room, from, count, FALSE);
}

static inline errno_t memmove_s(void *to, size_t room, const void *from, size_t count)
{
	return ixhr2_memcpy_s(to, room, from, count, TRUE);
}

/* wmemcpy_s, wmemmove_s: the same with WCHARs. */
static inline errno_t wmemcpy_s(WCHAR *to, size_t room, const WCHAR *from, size_t count)
{
	if (room > SIZE_MAX / sizeof(WCHAR) || count > SIZE_MAX / sizeof(WCHAR))
		return errno = EINVAL;
	return ixhr2_memcpy_s(to, room * sizeof(WCHAR), from, count * sizeof(WCHAR),
			      FALSE);
}

static inline errno_t wmemmove_s(WCHAR *to, size_t room, const WCHAR *from, size_t count)
{
	if (room > SIZE_MAX / sizeof(WCHAR) || count > SIZE_MAX / sizeof(WCHAR))
		return errno = EINVAL;
	return ixhr2_memcpy_s(to, room * sizeof(WCHAR), from, count * sizeof(WCHAR),
			      TRUE);
}

/* sprintf_s, vsprintf_s: see ixhr2_vsnprintf_s. */
static inline int vsprintf_s(char *to, size_t room, const char *format, va_list list)
{
	return ixhr2_vsnprintf_s(1, sizeof(WCHAR), to, room, IXHR2_WHOLE, format, list);
}

static inline int sprintf_s(char *to, size_t room, const char *format, ...)
{
	int len;
	va_list list;

	va_start(list, format);
	len = vsprintf_s(to, room, format, list);
	va_end(list);
	return len;
}

/* _snprintf_s, _vsnprintf_s: see ixhr2_vsnprintf_s. */
static inline int _vsnprintf_s(char *to, size_t room, size_t count, const char *format,
			       va_list list)
{
	return ixhr2_vsnprintf_s(1, sizeof(WCHAR), to, room, count, format, list);
}

static inline int _snprintf_s(char *to, size_t room, size_t count, const char *format,
			      ...)
{
	int len;
	va_list list;

	va_start(list, format);
	len = _vsnprintf_s(to, room, count, format, list);
	va_end(list);
	return len;
}

/* _snprintf, _vsnprintf: see ixhr2_vsnprintf. */
static inline int _vsnprintf(char *to, size_t count, const char *format, va_list list)
{
	return ixhr2_vsnprintf(1, sizeof(WCHAR), to, count, format, list);
}

static inline int _snprintf(char *to, size_t count, const char *format, ...)
{
	int len;
	va_list list;

	va_start(list, format);
	len = _vsnprintf(to, count, format, list);
	va_end(list);
	return len;
}

/* _scprintf, _vscprintf: how many units a format makes. */
static inline int _vscprintf(const char *format, va_list list)
{
	return ixhr2_vsnprintf(1, sizeof(WCHAR), NULL, 0, format, list);
}

static inline int _scprintf(const char *format, ...)
{
	int len;
	va_list list;

	va_start(list, format);
	len = _vscprintf(format, list);
	va_end(list);
	return len;
}

/* swprintf_s, vswprintf_s: see ixhr2_vsnprintf_s. */
static inline int vswprintf_s(WCHAR *to, size_t room, const WCHAR *format, va_list list)
{
	return ixhr2_vsnprintf_s(sizeof(WCHAR), sizeof(WCHAR), to, room, IXHR2_WHOLE,
				 format, list);
}

static inline int swprintf_s(WCHAR *to, size_t room, const WCHAR *format, ...)
{
	int len;
	va_list list;

	va_start(list, format);
	len = vswprintf_s(to, room, format, list);
	va_end(list);
	return len;
}

/* _snwprintf_s, _vsnwprintf_s: see ixhr2_vsnprintf_s. */
static inline int _vsnwprintf_s(WCHAR *to, size_t room, size_t count, const WCHAR *format,
				va_list list)
{
	return ixhr2_vsnprintf_s(sizeof(WCHAR), sizeof(WCHAR), to, room, count, format,
				 list);
}

static inline int _snwprintf_s(WCHAR *to, size_t room, size_t count, const WCHAR *format,
			       ...)
{
	int len;
	va_list list;

	va_start(list, format);
	len = _vsnwprintf_s(to, room, count, format, list);
	va_end(list);
	return len;
}

/* _snwprintf, _vsnwprintf: see ixhr2_vsnprintf. */
static inline int _vsnwprintf(WCHAR *to, size_t count, const WCHAR *format, va_list list)
{
	return ixhr2_vsnprintf(sizeof(WCHAR), sizeof(WCHAR), to, count, format, list);
}

static inline int _snwprintf(WCHAR *to, size_t count, const WCHAR *format, ...)
{
	int len;
	va_list list;

	va_start(list, format);
	len = _vsnwprintf(to, count, format, list);
	va_end(list);
	return len;
}

/* _scwprintf, _vscwprintf: how many units a format makes. */
static inline int _vscwprintf(const WCHAR *format, va_list list)
{
	return ixhr2_vsnprintf(sizeof(WCHAR), sizeof(WCHAR), NULL, 0, format, list);
}

static inline int _scwprintf(const WCHAR *format, ...)
{
	int len;
	va_list list;

	va_start(list, format);
	len = _vscwprintf(format, list);
	va_end(list);
	return len;
}

/* _stricmp, _wcsicmp, _strnicmp, _wcsnicmp: see ixhr2_strncmp. */
static inline int _stricmp(const char *a, const char *b)
{
	return ixhr2_strncmp(1, a, b, SIZE_MAX, TRUE);
}

static inline int _strnicmp(const char *a, const char *b, size_t count)
{
	return ixhr2_strncmp(1, a, b, count, TRUE);
}

static inline int _wcsicmp(const WCHAR *a, const WCHAR *b)
{
	return ixhr2_strncmp(sizeof(WCHAR), a, b, SIZE_MAX, TRUE);
}

static inline int _wcsnicmp(const WCHAR *a, const WCHAR *b, size_t count)
{
	return ixhr2_strncmp(sizeof(WCHAR), a, b, count, TRUE);
}

/* _strdup, _wcsdup: a copy that free frees, or NULL. */
static inline char *_strdup(const char *text)
{
	size_t bytes = text ? strlen(text) + 1 : 0;
	void *copy = bytes ? malloc(bytes) : NULL;

	return copy ? (char *)memcpy(copy, text, bytes) : NULL;
}

static inline WCHAR *_wcsdup(const WCHAR *text)
{
	size_t bytes = text ? (ixhr2_wcslen(text) + 1) * sizeof(WCHAR) : 0;
	void *copy = bytes ? malloc(bytes) : NULL;

	return copy ? (WCHAR *)memcpy(copy, text, bytes) : NULL;
}

/* fopen_s, _wfopen_s: see ixhr2_fopen_s. */
static inline errno_t fopen_s(FILE **out_file, const char *path, const char *mode)
{
	return ixhr2_fopen_s(1, out_file, path, mode);
}

static inline errno_t _wfopen_s(FILE **out_file, const WCHAR *path, const WCHAR *mode)
{
	return ixhr2_fopen_s(sizeof(WCHAR), out_file, path, mode);
}

/* _wfopen: the file, or NULL with errno. */
static inline FILE *_wfopen(const WCHAR *path, const WCHAR *mode)
{
	FILE *file = NULL;

	ixhr2_fopen_s(sizeof(WCHAR), &file, path, mode);
	return file;
}

#ifdef __cplusplus
/* The forms that know the size of an array. They are a file's own, because formats know
 * its width. */

template <size_t N> static inline errno_t strcpy_s(char (&to)[N], const char *from)
{
	return strcpy_s(to, N, from);
}

template <size_t N> static inline errno_t wcscpy_s(WCHAR (&to)[N], const WCHAR *from)
{
	return wcscpy_s(to, N, from);
}

template <size_t N> static inline errno_t strcat_s(char (&to)[N], const char *from)
{
	return strcat_s(to, N, from);
}

template <size_t N> static inline errno_t wcscat_s(WCHAR (&to)[N], const WCHAR *from)
{
	return wcscat_s(to, N, from);
}

template <size_t N>
static inline errno_t strncpy_s(char (&to)[N], const char *from, size_t count)
{
	return strncpy_s(to, N, from, count);
}

template <size_t N>
static inline errno_t wcsncpy_s(WCHAR (&to)[N], const WCHAR *from, size_t count)
{
	return wcsncpy_s(to, N, from, count);
}

template <size_t N>
static inline errno_t strncat_s(char (&to)[N], const char *from, size_t count)
{
	return strncat_s(to, N, from, count);
}

template <size_t N>
static inline errno_t wcsncat_s(WCHAR (&to)[N], const WCHAR *from, size_t count)
{
	return wcsncat_s(to, N, from, count);
}

template <size_t N>
static inline int vsprintf_s(char (&to)[N], const char *format, va_list list)
{
	return vsprintf_s(to, N, format, list);
}

template <size_t N> static inline int sprintf_s(char (&to)[N], const char *format, ...)
{
	int len;
	va_list list;

	va_start(list, format);
	len = vsprintf_s(to, N, format, list);
	va_end(list);
	return len;
}

template <size_t N>
static inline int _vsnprintf_s(char (&to)[N], size_t count, const char *format,
			       va_list list)
{
	return _vsnprintf_s(to, N, count, format, list);
}

template <size_t N>
static inline int _snprintf_s(char (&to)[N], size_t count, const char *format, ...)
{
	int len;
	va_list list;

	va_start(list, format);
	len = _vsnprintf_s(to, N, count, format, list);
	va_end(list);
	return len;
}

template <size_t N>
static inline int vswprintf_s(WCHAR (&to)[N], const WCHAR *format, va_list list)
{
	return vswprintf_s(to, N, format, list);
}

template <size_t N> static inline int swprintf_s(WCHAR (&to)[N], const WCHAR *format, ...)
{
	int len;
	va_list list;

	va_start(list, format);
	len = vswprintf_s(to, N, format, list);
	va_end(list);
	return len;
}

template <size_t N>
static inline int _vsnwprintf_s(WCHAR (&to)[N], size_t count, const WCHAR *format,
				va_list list)
{
	return _vsnwprintf_s(to, N, count, format, list);
}

template <size_t N>
static inline int _snwprintf_s(WCHAR (&to)[N], size_t count, const WCHAR *format, ...)
{
	int len;
	va_list list;

	va_start(list, format);
	len = _vsnwprintf_s(to, N, count, format, list);
	va_end(list);
	return len;
}

#endif

#if defined(__cplusplus) && defined(IXHR2_WCHAR16)
/* The C library's functions for char16_t. */

static inline size_t wcslen(const char16_t *text)
{
	return ixhr2_wcslen(text);
}

static inline size_t wcsnlen(const char16_t *text, size_t limit)
{
	return ixhr2_wcsnlen(text, limit);
}

static inline int wcscmp(const char16_t *a, const char16_t *b)
{
	return ixhr2_wcscmp(a, b);
}

static inline int wcsncmp(const char16_t *a, const char16_t *b, size_t count)
{
	return ixhr2_wcsncmp(a, b, count);
}

static inline const char16_t *wcschr(const char16_t *text, char16_t c)
{
	return ixhr2_wcschr(text, c);
}

static inline char16_t *wcschr(char16_t *text, char16_t c)
{
	return ixhr2_wcschr(text, c);
}

static inline const char16_t *wcsrchr(const char16_t *text, char16_t c)
{
	return ixhr2_wcsrchr(text, c);
}

static inline char16_t *wcsrchr(char16_t *text, char16_t c)
{
	return ixhr2_wcsrchr(text, c);
}

static inline const char16_t *wcsstr(const char16_t *text, const char16_t *part)
{
	return ixhr2_wcsstr(text, part);
}

static inline char16_t *wcsstr(char16_t *text, const char16_t *part)
{
	return ixhr2_wcsstr(text, part);
}

static inline char16_t *wcscpy(char16_t *to, const char16_t *from)
{
	return ixhr2_wcscpy(to, from);
}

static inline char16_t *wcsncpy(char16_t *to, const char16_t *from, size_t count)
{
	return ixhr2_wcsncpy(to, from, count);
}

static inline char16_t *wcscat(char16_t *to, const char16_t *from)
{
	return ixhr2_wcscat(to, from);
}

#endif

#endif

#endif
