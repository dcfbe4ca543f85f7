/* SPDX-License-Identifier: MIT */
/* Another spelling of windows.foundation.h. */
#include "windows.foundation.h"
