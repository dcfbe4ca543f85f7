/* SPDX-License-Identifier: MIT */
/*
 * OpenSSL's list of errors of the calling thread, turned into a fault. Whoever calls
 * OpenSSL and sees it fail empties the list with this, so that nothing old is found there
 * later. Any thread.
 */
#ifndef IXHR2_TLS_REASON_H
#define IXHR2_TLS_REASON_H

#include "base/err.h"

struct reason {
	struct fault fault; /* ERR_NO_MEMORY; or ERR_TLS with OpenSSL's words */
	int alert;	    /* which the peer has sent (RFC 8446 6), or -1 */
};

/* Empties the list. One that is empty already says ERR_NO_MEMORY: there was no memory
 * for the list itself. */
struct reason reason_take(void);

#endif
