/* SPDX-License-Identifier: MIT */
/* Strings of the Windows Runtime; winstring.h has their functions. */
#ifndef IXHR2_HSTRING_H
#define IXHR2_HSTRING_H

#include "windef.h"

/* An immutable string; NULL is the empty one. */
typedef struct HSTRING__ *HSTRING;

#endif
