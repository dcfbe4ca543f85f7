/* SPDX-License-Identifier: MIT */
/* Another spelling of unknwn.h. */
#include "unknwn.h"
