/* SPDX-License-Identifier: MIT */
/*
 * What a ClientHello says for one connection, besides what is the same for all (see
 * trust.h): which server is meant, and which protocols would do there. And what the
 * server has made of it.
 */
#ifndef IXHR2_TLS_HELLO_H
#define IXHR2_TLS_HELLO_H

#include <openssl/types.h>

#include "base/err.h"
#include "base/span.h"

/* To be said: host, as in a URL (SNI, RFC 6066 section 3: a name only); protocols, each
 * behind a byte with its length, or empty (ALPN, RFC 7301). ERR_NO_MEMORY. */
MUST_USE enum err hello_set(SSL *ssl, struct span host, struct span protocols);

/* Behind the handshake: which of the protocols the server has chosen, a part of
 * protocols, or empty. ERR_TLS: one that was not offered; *out_fault says so. */
MUST_USE enum err hello_protocol(const SSL *ssl, struct span protocols,
				 struct span *out_protocol, struct fault *out_fault);

#endif
