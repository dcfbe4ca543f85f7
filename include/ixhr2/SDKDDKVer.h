/* SPDX-License-Identifier: MIT */
/* Another spelling of sdkddkver.h. */
#include "sdkddkver.h"
