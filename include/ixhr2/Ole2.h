/* SPDX-License-Identifier: MIT */
/* Another spelling of oleauto.h. */
#include "oleauto.h"
