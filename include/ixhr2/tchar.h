/* SPDX-License-Identifier: MIT */
/*
 * Names that are wide where the program defines UNICODE, or _UNICODE before its first
 * include, and otherwise narrow, in UTF-8. Formats are those of strsafe.h; what is
 * printed to a file is UTF-8, and the C library sees the file as one of bytes.
 */
#ifndef IXHR2_TCHAR_H
#define IXHR2_TCHAR_H

#if defined(_UNICODE) && !defined(UNICODE)
#define UNICODE
#endif

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "secure_crt.h"
#include "stringapiset.h"
#include "winnt.h"

typedef TCHAR _TCHAR;

#ifdef UNICODE
#define _T(text) IXHR2_WIDE(text)
#else
#define _T(text) text
#endif
#define _TEXT(text) _T(text)
#define __T(text)   _T(text)

/* _tprintf, _ftprintf, _vtprintf, _vftprintf: see ixhr2_vfprintf. */
static inline int _vftprintf(FILE *file, const TCHAR *format, va_list list)
{
	return ixhr2_vfprintf(sizeof(TCHAR), sizeof(WCHAR), file, format, list);
}

static inline int _vtprintf(const TCHAR *format, va_list list)
{
	return _vftprintf(stdout, format, list);
}

static inline int _ftprintf(FILE *file, const TCHAR *format, ...)
{
	int len;
	va_list list;

	va_start(list, format);
	len = _vftprintf(file, format, list);
	va_end(list);
	return len;
}

static inline int _tprintf(const TCHAR *format, ...)
{
	int len;
	va_list list;

	va_start(list, format);
	len = _vftprintf(stdout, format, list);
	va_end(list);
	return len;
}

/* _putts: text and a line end to stdout; below 0 on failure. */
static inline int _putts(const TCHAR *text)
{
	return _tprintf(_T("%s\n"), text);
}

#ifndef IXHR2_NO_SECURE_CRT
#ifdef UNICODE
#define _tcscpy_s     wcscpy_s
#define _tcscat_s     wcscat_s
#define _tcsncpy_s    wcsncpy_s
#define _tcsncat_s    wcsncat_s
#define _tcsnlen_s    wcsnlen_s
#define _tcslen	      ixhr2_wcslen
#define _tcscmp	      ixhr2_wcscmp
#define _tcsncmp      ixhr2_wcsncmp
#define _tcschr	      ixhr2_wcschr
#define _tcsrchr      ixhr2_wcsrchr
#define _tcsstr	      ixhr2_wcsstr
#define _tcscpy	      ixhr2_wcscpy
#define _tcsncpy      ixhr2_wcsncpy
#define _tcscat	      ixhr2_wcscat
#define _tcsicmp      _wcsicmp
#define _tcsnicmp     _wcsnicmp
#define _tcsdup	      _wcsdup
#define _stprintf_s   swprintf_s
#define _vstprintf_s  vswprintf_s
#define _sntprintf_s  _snwprintf_s
#define _vsntprintf_s _vsnwprintf_s
#define _sntprintf    _snwprintf
#define _vsntprintf   _vsnwprintf
#define _sctprintf    _scwprintf
#define _vsctprintf   _vscwprintf
#define _tfopen_s     _wfopen_s
#define _tfopen	      _wfopen
#else
#define _tcscpy_s     strcpy_s
#define _tcscat_s     strcat_s
#define _tcsncpy_s    strncpy_s
#define _tcsncat_s    strncat_s
#define _tcsnlen_s    strnlen_s
#define _tcslen	      strlen
#define _tcscmp	      strcmp
#define _tcsncmp      strncmp
#define _tcschr	      strchr
#define _tcsrchr      strrchr
#define _tcsstr	      strstr
#define _tcscpy	      strcpy
#define _tcsncpy      strncpy
#define _tcscat	      strcat
#define _tcsicmp      _stricmp
#define _tcsnicmp     _strnicmp
#define _tcsdup	      _strdup
#define _stprintf_s   sprintf_s
#define _vstprintf_s  vsprintf_s
#define _sntprintf_s  _snprintf_s
#define _vsntprintf_s _vsnprintf_s
#define _sntprintf    _snprintf
#define _vsntprintf   _vsnprintf
#define _sctprintf    _scprintf
#define _vsctprintf   _vscprintf
#define _tfopen_s     fopen_s
#define _tfopen	      fopen
#endif
#endif

/*
 * _tmain: main with TCHARs; _tmain(void), _tmain(argc, argv) and in C++ also with the
 * environment, which is NULL then. With UNICODE the name stands for a declaration, the
 * program's main, and the beginning of the function.
 */
#ifdef UNICODE
/* The arguments as wide text with a NULL behind the last one, in one block that free
 * frees; NULL: memory is out. */
static inline WCHAR **ixhr2_wide_arguments(int argc, char **argv)
{
	size_t head = ((size_t)argc + 1) * sizeof(WCHAR *);
	size_t units = 0;
	WCHAR **wide;
	WCHAR *at;

	for (int i = 0; i < argc; i++)
		units += strlen(argv[i]) + 1;
	wide = (WCHAR **)calloc(1, head + units * sizeof(WCHAR));
	if (!wide)
		return NULL;
	at = (WCHAR *)(void *)((char *)wide + head);
	for (int i = 0; i < argc; i++) {
		wide[i] = at;
		at += MultiByteToWideChar(CP_UTF8, 0, argv[i], -1, at,
					  (int)strlen(argv[i]) + 1);
	}
	return wide;
}

#ifdef __cplusplus
#define IXHR2_DECLARE_TMAIN                                                              \
	ixhr2_tmain() __attribute__((weak));                                             \
	int ixhr2_tmain(int, WCHAR **) __attribute__((weak));                            \
	int ixhr2_tmain(int, WCHAR **, WCHAR **) __attribute__((weak));                  \
	static inline int ixhr2_call_tmain(int argc, WCHAR **argv)                       \
	{                                                                                \
		int (*none)() = ixhr2_tmain;                                             \
		int (*two)(int, WCHAR **) = ixhr2_tmain;                                 \
		int (*three)(int, WCHAR **, WCHAR **) = ixhr2_tmain;                     \
		if (two)                                                                 \
			return two(argc, argv);                                          \
		return none ? none() : three(argc, argv, NULL);                          \
	}
#else
#define IXHR2_DECLARE_TMAIN                                                              \
	ixhr2_tmain();                                                                   \
	static inline int ixhr2_call_tmain(int argc, WCHAR **argv)                       \
	{                                                                                \
		return ixhr2_tmain(argc, argv);                                          \
	}
#endif

#define _tmain                                                                           \
	IXHR2_DECLARE_TMAIN                                                              \
	int main(int argc, char **argv)                                                  \
	{                                                                                \
		WCHAR **wide = ixhr2_wide_arguments(argc, argv);                         \
		int status = wide ? ixhr2_call_tmain(argc, wide) : EXIT_FAILURE;         \
		free(wide);                                                              \
		return status;                                                           \
	}                                                                                \
	int ixhr2_tmain
#else
#define _tmain main
#endif

#endif
