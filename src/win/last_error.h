/* SPDX-License-Identifier: MIT */
/* The last error of a thread (ixhr2/errhandlingapi.h), as the functions here set it. */
#ifndef IXHR2_WIN_LAST_ERROR_H
#define IXHR2_WIN_LAST_ERROR_H

#include "ixhr2/errhandlingapi.h"

/* Sets the last error of the thread. */
static inline void last_error_set(DWORD error)
{
	ixhr2_set_last_error(error);
}

/* The same; answers FALSE. */
static inline BOOL last_error_fail(DWORD error)
{
	last_error_set(error);
	return FALSE;
}

#endif
