/* SPDX-License-Identifier: MIT */
/*
 * The kernel is asked each time: what is remembered would be wrong in a forked child, and
 * the calls are cheap.
 */
#include <unistd.h>

#include "ixhr2/processthreadsapi.h"

DWORD ixhr2_get_current_thread_id(void)
{
	return (DWORD)gettid();
}

DWORD ixhr2_get_current_process_id(void)
{
	return (DWORD)getpid();
}
