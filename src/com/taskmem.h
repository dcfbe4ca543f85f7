/* SPDX-License-Identifier: MIT */
/*
 * Memory that is handed to the program, which frees it with CoTaskMemFree (objbase.h:
 * ixhr2_task_alloc, _realloc, _free). Any thread.
 */
#ifndef IXHR2_COM_TASKMEM_H
#define IXHR2_COM_TASKMEM_H

#include "base/err.h"
#include "base/span.h"
#include "base/wide.h"

/* A zero-terminated copy of UTF-8 in the program's units. ERR_NO_MEMORY. */
MUST_USE enum err taskmem_wide(struct span utf8, enum wide_unit unit, void **out_text);

#endif
