/* SPDX-License-Identifier: MIT */
/* Another spelling of msxml6.h. */
#include "msxml6.h"
