/* SPDX-License-Identifier: MIT */
/* Another spelling of asyncinfo.h. */
#include "asyncinfo.h"
