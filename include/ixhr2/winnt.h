/* SPDX-License-Identifier: MIT */
/* Characters whose type the program chooses as a whole. */
#ifndef IXHR2_WINNT_H
#define IXHR2_WINNT_H

#include "windef.h"

/* TCHAR is WCHAR where the program defines UNICODE, else char. */
#ifdef UNICODE
typedef WCHAR TCHAR, TBYTE;
#define TEXT(text) IXHR2_WIDE(text)
#else
typedef char TCHAR;
typedef unsigned char TBYTE;
#define TEXT(text) text
#endif
typedef TCHAR *PTCHAR, *PTSTR, *LPTSTR;
typedef const TCHAR *PCTSTR, *LPCTSTR;

#endif
