/* SPDX-License-Identifier: MIT */
/* Another spelling of eventtoken.h. */
#include "eventtoken.h"
