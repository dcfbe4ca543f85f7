/* SPDX-License-Identifier: MIT */
/* Another spelling of synchapi.h. */
#include "synchapi.h"
