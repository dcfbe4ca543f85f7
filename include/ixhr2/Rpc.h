/* SPDX-License-Identifier: MIT */
/* Another spelling of rpc.h. */
#include "rpc.h"
