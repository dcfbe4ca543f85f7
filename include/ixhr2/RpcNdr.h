/* SPDX-License-Identifier: MIT */
/* Another spelling of rpcndr.h. */
#include "rpcndr.h"
