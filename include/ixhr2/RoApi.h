/* SPDX-License-Identifier: MIT */
/* Another spelling of roapi.h. */
#include "roapi.h"
