/* SPDX-License-Identifier: MIT */
/*
 * The entries tell one failure from where it was born up to where it was noticed. The
 * words are those of the first that libssl has written, because it speaks of TLS and not
 * of ciphers or numbers; or else of the first. That memory is out may be told by any of
 * them. An alert of the peer is a reason of libssl's, counted from SSL_AD_REASON_OFFSET.
 * All words are constants.
 */
#include "tls/reason.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdbool.h>

/* The entry that says what is wrong, or 0 if memory is. The list is empty then. */
static unsigned long take_code(void)
{
	unsigned long first = 0, of_ssl = 0, code;
	bool is_no_memory = false;

	while ((code = ERR_get_error()) != 0) {
		if (ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE)
			is_no_memory = true;
		if (!of_ssl && ERR_GET_LIB(code) == ERR_LIB_SSL)
			of_ssl = code;
		if (!first)
			first = code;
	}
	if (is_no_memory)
		return 0;
	return of_ssl ? of_ssl : first;
}

struct reason reason_take(void)
{
	struct reason reason = {.fault = {.err = ERR_NO_MEMORY}, .alert = -1};
	unsigned long code = take_code();

	if (!code)
		return reason;
	reason.fault.err = ERR_TLS;
	reason.fault.what = ERR_reason_error_string(code);
	if (ERR_GET_LIB(code) == ERR_LIB_SSL &&
	    ERR_GET_REASON(code) > SSL_AD_REASON_OFFSET)
		reason.alert = ERR_GET_REASON(code) - SSL_AD_REASON_OFFSET;
	return reason;
}
