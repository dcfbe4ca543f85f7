/* SPDX-License-Identifier: MIT */
/* The last error. Any thread. */
#ifndef IXHR2_ERRHANDLINGAPI_H
#define IXHR2_ERRHANDLINGAPI_H

#include "minwinbase.h"

EXTERN_C_START

/*
 * The number (ERROR_..., winerror.h) that the thread's last call of these headers left
 * that sets it: GetLastError. Each thread has its own; 0 in a new thread. errno is
 * another thing: neither changes the other. A call that succeeds leaves it as it was,
 * where its own words do not say otherwise. Microsoft: "GetLastError function".
 */
IXHR2_API DWORD ixhr2_get_last_error(void);

/* Sets it: SetLastError. Microsoft: "SetLastError function". */
IXHR2_API void ixhr2_set_last_error(DWORD error);

EXTERN_C_END

/* GetLastError: see ixhr2_get_last_error. */
static inline DWORD GetLastError(void)
{
	return ixhr2_get_last_error();
}

/* SetLastError: see ixhr2_set_last_error. */
static inline void SetLastError(DWORD dwErrCode)
{
	ixhr2_set_last_error(dwErrCode);
}

#endif
