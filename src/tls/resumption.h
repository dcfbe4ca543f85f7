/* SPDX-License-Identifier: MIT */
/*
 * TLS sessions that are kept to shorten later handshakes (RFC 8446 section 2.2, RFC
 * 5077), each with the verdict on the certificates it stands for. They are found by a key
 * that names origin and configuration, and are never used for another. Owner of the loop
 * only.
 */
#ifndef IXHR2_TLS_RESUMPTION_H
#define IXHR2_TLS_RESUMPTION_H

#include <openssl/ssl.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "tls/verdict.h"

/* Sessions that are kept; the oldest goes first. */
#define RESUMPTION_MAX_SESSIONS 512

/* Of them, for one key. */
#define RESUMPTION_MAX_EACH 4

struct resumption;

/* An empty store. ERR_NO_MEMORY, ERR_SYSTEM. */
MUST_USE enum err resumption_new(struct resumption **out_resumption);

/* Forgets all. NULL is fine. */
void resumption_free(struct resumption *resumption);

/* Keeps a session, of which it takes a reference, as of the verdict, until the earlier
 * of the session's own end and verdict->good_until_s. One that cannot be resumed, or
 * that no memory is left for, is not kept. */
void resumption_put(struct resumption *resumption, struct span key, SSL_SESSION *session,
		    const struct verdict *verdict);

/*
 * The newest session of key that is good at now_s, with its verdict; both references
 * become the caller's. One of TLS 1.3 is given out once (RFC 8446 C.4), one of TLS 1.2
 * again and again. ERR_MISSING.
 */
MUST_USE enum err resumption_take(struct resumption *resumption, struct span key,
				  int64_t now_s, SSL_SESSION **out_session,
				  const struct verdict **out_verdict);

#endif
