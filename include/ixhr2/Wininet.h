/* SPDX-License-Identifier: MIT */
/* Another spelling of wininet.h. */
#include "wininet.h"
