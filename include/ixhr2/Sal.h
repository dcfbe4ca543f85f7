/* SPDX-License-Identifier: MIT */
/* Another spelling of sal.h. */
#include "sal.h"
