/* SPDX-License-Identifier: MIT */
/* Another spelling of urlmon.h. */
#include "urlmon.h"
