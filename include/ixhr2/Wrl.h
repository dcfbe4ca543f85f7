/* SPDX-License-Identifier: MIT */
/* Another spelling of wrl.h. */
#include "wrl.h"
