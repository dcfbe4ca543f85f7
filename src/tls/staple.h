/* SPDX-License-Identifier: MIT */
/*
 * The proof that a server staples to its handshake that its certificate is not revoked:
 * an OCSP response (RFC 6960, RFC 6066 section 8). Any thread.
 */
#ifndef IXHR2_TLS_STAPLE_H
#define IXHR2_TLS_STAPLE_H

#include <openssl/types.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

/* How far the clocks of the responder and ours may differ. */
#define STAPLE_SKEW_S 300

/* Bytes of a response that are looked at; a longer one is useless. */
#define STAPLE_MAX_BYTES (64u * 1024)

enum staple_status {
	STAPLE_NONE,	/* there is none */
	STAPLE_GOOD,	/* not revoked: signed by the issuer, or for it, and of today */
	STAPLE_REVOKED, /* revoked; signed likewise; what is revoked stays so */
	STAPLE_USELESS	/* broken, not signed by whom it should be, too old, of another
			   certificate, or says that it does not know */
};

/* What a response says. */
struct staple {
	enum staple_status status;
	int64_t until_s; /* when STAPLE_GOOD runs out, in seconds since 1970 */
};

/* What der says about leaf, which issuer has issued, at now_s (seconds since 1970). An
 * empty der: STAPLE_NONE. ERR_NO_MEMORY. */
MUST_USE enum err staple_read(struct span der, X509 *leaf, X509 *issuer, int64_t now_s,
			      struct staple *out_staple);

/* Whether leaf must not be used without a good staple (RFC 7633). */
bool staple_is_required(const X509 *leaf);

#endif
