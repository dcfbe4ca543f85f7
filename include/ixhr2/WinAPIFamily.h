/* SPDX-License-Identifier: MIT */
/* Another spelling of winapifamily.h. */
#include "winapifamily.h"
