/* SPDX-License-Identifier: MIT */
/* Another spelling of tchar.h. */
#include "tchar.h"
