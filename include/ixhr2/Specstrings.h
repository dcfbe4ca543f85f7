/* SPDX-License-Identifier: MIT */
/* Another spelling of specstrings.h. */
#include "specstrings.h"
