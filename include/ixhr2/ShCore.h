/* SPDX-License-Identifier: MIT */
/* Another spelling of shcore.h. */
#include "shcore.h"
