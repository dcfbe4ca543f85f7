/* SPDX-License-Identifier: MIT */
/* Another spelling of oaidl.h. */
#include "oaidl.h"
