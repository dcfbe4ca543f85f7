/* SPDX-License-Identifier: MIT */
/* Another spelling of objbase.h. */
#include "objbase.h"
