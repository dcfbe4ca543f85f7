/* SPDX-License-Identifier: MIT */
/* Another spelling of ixmlhttprequest2.h. */
#include "ixmlhttprequest2.h"
