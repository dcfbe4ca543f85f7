/* SPDX-License-Identifier: MIT */
/* Calls of libcrypto on behalf of wincrypt.h, and what comes of them. */
#ifndef IXHR2_WIN_CERTIFICATE_H
#define IXHR2_WIN_CERTIFICATE_H

#include "base/err.h"
#include "ixhr2/wincrypt.h"

/* Before a call of libcrypto, and after it. certificate_enter: ERR_NO_MEMORY; then there
 * is nothing to leave. What libcrypto writes into its list of errors in between goes. */
MUST_USE enum err certificate_enter(void);
void certificate_leave(void);

/* ERR_NO_MEMORY or ERR_INVALID, after libcrypto has failed. */
MUST_USE enum err certificate_failure(void);

/* What GetLastError says for a failure. */
DWORD certificate_error(enum err err);

#endif
