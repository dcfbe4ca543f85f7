/* SPDX-License-Identifier: MIT */
/* Another spelling of robuffer.h. */
#include "robuffer.h"
