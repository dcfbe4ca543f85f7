/* SPDX-License-Identifier: MIT */
/* Another spelling of inspectable.h. */
#include "inspectable.h"
