/* SPDX-License-Identifier: MIT */
/* Who runs. Any thread. */
#ifndef IXHR2_PROCESSTHREADSAPI_H
#define IXHR2_PROCESSTHREADSAPI_H

#include "handleapi.h"

EXTERN_C_START

/* The number of the calling thread, as the kernel knows it; no other living thread of the
 * machine has it: GetCurrentThreadId. Microsoft: "GetCurrentThreadId function". */
IXHR2_API DWORD ixhr2_get_current_thread_id(void);

/* The number of this process, as getpid() answers it: GetCurrentProcessId. Microsoft:
 * "GetCurrentProcessId function". */
IXHR2_API DWORD ixhr2_get_current_process_id(void);

EXTERN_C_END

/* GetCurrentThreadId: see ixhr2_get_current_thread_id. */
static inline DWORD GetCurrentThreadId(void)
{
	return ixhr2_get_current_thread_id();
}

/* GetCurrentProcessId: see ixhr2_get_current_process_id. */
static inline DWORD GetCurrentProcessId(void)
{
	return ixhr2_get_current_process_id();
}

/* GetCurrentProcess: a number that stands for this process in DuplicateHandle and is no
 * handle elsewhere. Microsoft: "GetCurrentProcess function". */
static inline HANDLE GetCurrentProcess(void)
{
	return INVALID_HANDLE_VALUE;
}

#endif
