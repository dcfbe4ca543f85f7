/* SPDX-License-Identifier: MIT */
/*
 * The first entry is the cause, those behind it tell where it was noticed; but memory
 * that is out may be told by any of them. libssl gives alerts of the peer reasons of
 * their own, which count from SSL_AD_REASON_OFFSET. The words are constants of OpenSSL.
 */
#include "tls/reason.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdbool.h>

struct reason reason_take(void)
{
	struct reason reason = {.fault = {.err = ERR_TLS}, .alert = -1};
	unsigned long first = ERR_peek_error(), code;
	bool is_no_memory = first == 0;

	while ((code = ERR_get_error()) != 0)
		if (ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE)
			is_no_memory = true;
	if (is_no_memory) {
		reason.fault.err = ERR_NO_MEMORY;
		return reason;
	}
	reason.fault.what = ERR_reason_error_string(first);
	if (ERR_GET_LIB(first) == ERR_LIB_SSL &&
	    ERR_GET_REASON(first) > SSL_AD_REASON_OFFSET)
		reason.alert = ERR_GET_REASON(first) - SSL_AD_REASON_OFFSET;
	return reason;
}
