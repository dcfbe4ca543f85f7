/* SPDX-License-Identifier: MIT */
/* Another spelling of comdef.h. */
#include "comdef.h"
