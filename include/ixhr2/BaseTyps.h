/* SPDX-License-Identifier: MIT */
/* Another spelling of basetyps.h. */
#include "basetyps.h"
