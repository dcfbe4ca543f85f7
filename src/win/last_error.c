/* SPDX-License-Identifier: MIT */
/*
 * One number a thread. It lies in the memory that a thread has from its beginning
 * (initial-exec), so that reading it allocates nothing and cannot change errno.
 */
#include "win/last_error.h"

static _Thread_local DWORD last_error __attribute__((tls_model("initial-exec")));

DWORD ixhr2_get_last_error(void)
{
	return last_error;
}

void ixhr2_set_last_error(DWORD error)
{
	last_error = error;
}
