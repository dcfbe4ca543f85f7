/* SPDX-License-Identifier: MIT */
/*
 * TLS 1.2 and 1.3 (RFC 5246, RFC 8446) as a wire over a wire: over TCP or a tunnel
 * through a proxy alike. Non-blocking; nothing is sent before the handshake is over (no
 * 0-RTT). A read gives up to all that cap takes; an end without close_notify is
 * ERR_CLOSED. wire_free sends close_notify if that is possible at once. A server of TLS
 * 1.2 may renegotiate: that is done inside read and write, and the server must show the
 * same certificate. Owner of the loop only.
 */
#ifndef IXHR2_TLS_TLS_H
#define IXHR2_TLS_TLS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "net/loop.h"
#include "net/wire.h"
#include "tls/identity.h"
#include "tls/issuers.h"
#include "tls/verdict.h"

/* Bytes that are taken from the wire below at a time: the longest record and a little of
 * the next one. */
#define TLS_READ_BYTES (17u * 1024)

struct trust;

struct tls_options {
	struct trust *trust; /* borrowed for the wire's life */
	struct span host;    /* as in a URL; copied */
	struct span key;     /* of kept sessions: origin and configuration; copied */
	unsigned forgiven;   /* bits of enum verdict_error */
	const struct identity *identity; /* to show when asked, or NULL */
	struct span alpn; /* protocols, each behind a byte with its length; or empty */
};

/* What is known of the other side. The pointers live as long as the wire; verdict and
 * issuers may be kept by a reference. */
struct tls_facts {
	const struct verdict *verdict; /* NULL before it has shown its certificates */
	const struct issuers *issuers; /* of the last certificate that it has asked for
					  and not got; or NULL. May change later
					  (renegotiation). */
	unsigned questions;	       /* how often it has asked so */
	const char *version;	       /* "TLSv1.3"; a constant; NULL in the handshake */
	const char *cipher;	       /* "TLS_AES_128_GCM_SHA256"; the same */
	struct span alpn;	       /* the protocol chosen, or empty */
	bool is_resumed;	       /* by a session kept from another connection */
};

/* Puts TLS on a connected wire, which is the new wire's from now on; freed on
 * ERR_NO_MEMORY. Nothing is sent yet. */
MUST_USE enum err tls_new(struct loop *loop, struct wire *below,
			  const struct tls_options *options, struct wire **out_wire);

/*
 * Goes on with the handshake. 0: done. ERR_AGAIN: the owner is told (of whatever
 * readiness) when to call again; wire_wants is not needed. Failures: wire->fault is set:
 * ERR_CERT_..., ERR_CLIENT_CERT, ERR_TLS with OpenSSL's reason, and those of the wire
 * below.
 */
MUST_USE enum err tls_handshake(struct wire *wire);

/* What is known now, also after a failure. */
const struct tls_facts *tls_facts(const struct wire *wire);

#endif
