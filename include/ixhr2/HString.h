/* SPDX-License-Identifier: MIT */
/* Another spelling of hstring.h. */
#include "hstring.h"
