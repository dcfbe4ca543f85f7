/* SPDX-License-Identifier: MIT */
/* Another spelling of shlwapi.h. */
#include "shlwapi.h"
