/* SPDX-License-Identifier: MIT */
/* Whether it was for lack of memory that OpenSSL gave nothing. Any thread. */
#ifndef IXHR2_TLS_SHORTAGE_H
#define IXHR2_TLS_SHORTAGE_H

#include <openssl/err.h>
#include <stdbool.h>

/* Whether OpenSSL's list of errors, which was emptied before, begins with that. The list
 * stays. Functions that may give nothing for a good reason leave it empty then. */
static inline bool shortage_is_told(void)
{
	return ERR_GET_REASON(ERR_peek_error()) == ERR_R_MALLOC_FAILURE;
}

#endif
