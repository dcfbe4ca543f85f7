/* SPDX-License-Identifier: MIT */
/* Another spelling of objidl.h. */
#include "objidl.h"
