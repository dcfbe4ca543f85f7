/* SPDX-License-Identifier: MIT */
/* Another spelling of windef.h. */
#include "windef.h"
