/* SPDX-License-Identifier: MIT */
/* Another spelling of combaseapi.h. */
#include "combaseapi.h"
