/* SPDX-License-Identifier: MIT */
/* Another spelling of strsafe.h. */
#include "strsafe.h"
