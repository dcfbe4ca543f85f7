/* SPDX-License-Identifier: MIT */
/* UTF-8 and the program's WCHARs, of 4 bytes. */
#ifndef IXHR2_TESTS_LIB_WIDE_TEXT_H
#define IXHR2_TESTS_LIB_WIDE_TEXT_H

#include <stddef.h>

#include "ixhr2/windef.h"

/* text, well-formed UTF-8, as WCHARs from malloc; NULL stays NULL. */
WCHAR *wide_text_new(const char *text);

/* Writes text as UTF-8, cut to cap bytes with its NUL; answers its length. */
size_t wide_text_put(const WCHAR *text, char *out, size_t cap);

#endif
