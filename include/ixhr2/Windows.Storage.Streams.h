/* SPDX-License-Identifier: MIT */
/* Another spelling of windows.storage.streams.h. */
#include "windows.storage.streams.h"
