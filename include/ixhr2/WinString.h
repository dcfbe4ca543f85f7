/* SPDX-License-Identifier: MIT */
/* Another spelling of winstring.h. */
#include "winstring.h"
