/* SPDX-License-Identifier: MIT */
/* A program as Windows has them, with units of 2 bytes: _tmain, TCHAR, and the forms of
 * the secure functions that know the size of an array. Ends with 1 where something is
 * wrong. */
#define IXHR2_WCHAR16
#define _UNICODE

#include <string.h>

#include "ixhr2/tchar.h"

#include "ixhr2/strsafe.h"

static int failed;

static void check(bool is_right, int line)
{
	if (is_right)
		return;
	_ftprintf(stderr, _T("%hs:%d\n"), __FILE__, line);
	failed = 1;
}

#define CHECK(condition) check((condition), __LINE__)

static int print_list(TCHAR (&to)[8], const TCHAR *format, ...)
{
	va_list list;
	int len;

	va_start(list, format);
	len = _vstprintf_s(to, format, list);
	va_end(list);
	return len;
}

static void check_strings()
{
	TCHAR to[8];
	char narrow[4];

	CHECK(_tcscpy_s(to, _T("abc")) == 0 && _tcscmp(to, _T("abc")) == 0);
	CHECK(_tcscat_s(to, _T("de")) == 0 && _tcslen(to) == 5);
	CHECK(_tcsncpy_s(to, _T("123456789"), _TRUNCATE) == STRUNCATE);
	CHECK(_tcsncat_s(to, _T("x"), 1) == ERANGE && to[0] == 0);
	CHECK(strcpy_s(narrow, "abc") == 0 && strcat_s(narrow, "d") == ERANGE);
	CHECK(strncpy_s(narrow, "abcd", 2) == 0 && strncat_s(narrow, "cd", 1) == 0);
	CHECK(strcmp(narrow, "abc") == 0);
	CHECK(_tcsicmp(_T("aBc"), _T("AbC")) == 0 &&
	      _tcsnicmp(_T("ab"), _T("AC"), 1) == 0);
	CHECK(_countof(to) == 8);
}

static void check_formats()
{
	TCHAR to[8];
	char narrow[4];

	CHECK(_stprintf_s(to, _T("%s%hs%d"), _T("a"), "b", 3) == 3);
	CHECK(_tcscmp(to, _T("ab3")) == 0);
	CHECK(_stprintf_s(to, _countof(to), _T("%S"), "xyz") == 3);
	CHECK(_sntprintf_s(to, _TRUNCATE, _T("%s"), _T("123456789")) == -1);
	CHECK(_tcscmp(to, _T("1234567")) == 0);
	CHECK(print_list(to, _T("%c"), 'x') == 1);
	CHECK(sprintf_s(narrow, "%d", 12) == 2 && _snprintf_s(narrow, 1, "%d", 12) == -1);
	CHECK(strcmp(narrow, "1") == 0);
	CHECK(StringCchPrintf(to, 8, TEXT("%s"), TEXT("wide")) == S_OK);
	CHECK(_tcscmp(to, _T("wide")) == 0);
}

/* The C library's functions for char16_t. */
static void check_overloads()
{
	const WCHAR *text = u"abcab";
	WCHAR to[8] = u"";

	CHECK(wcslen(text) == 5 && wcsnlen(text, 2) == 2 && wcslen(L"wide") == 4);
	CHECK(wcscmp(text, u"abd") < 0 && wcsncmp(text, u"abd", 2) == 0);
	CHECK(wcschr(text, u'b') == text + 1 && wcsrchr(text, u'b') == text + 4);
	CHECK(wcsstr(text, u"ca") == text + 2);
	CHECK(wcscmp(wcscat(wcscpy(to, u"x"), u"y"), u"xy") == 0);
	CHECK(wcsncpy(to, u"z", 2)[1] == 0);
	CHECK(wcschr(to, u'z') == to && wcsrchr(to, u'z') == to &&
	      wcsstr(to, u"z") == to);
}

int _tmain(int argc, _TCHAR *argv[])
{
	CHECK(argc == 1 && argv[argc] == nullptr);
	CHECK(_tcsstr(argv[0], _T("tchar")) != nullptr);
	check_strings();
	check_formats();
	check_overloads();
	return failed;
}
