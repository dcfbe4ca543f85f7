/* SPDX-License-Identifier: MIT */
/* Another spelling of wincrypt.h. */
#include "wincrypt.h"
