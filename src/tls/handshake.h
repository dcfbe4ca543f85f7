/* SPDX-License-Identifier: MIT */
/*
 * What one connection answers when OpenSSL asks in the course of a handshake: are these
 * certificates good, what of the staple, which certificate of ours, here is a session to
 * keep. The functions that OpenSSL calls are installed once for all connections; each
 * finds its connection's struct handshake at the SSL. Owner of the loop only.
 */
#ifndef IXHR2_TLS_HANDSHAKE_H
#define IXHR2_TLS_HANDSHAKE_H

#include <openssl/types.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/span.h"
#include "tls/identity.h"
#include "tls/issuers.h"
#include "tls/resumption.h"
#include "tls/verdict.h"
#include "tls/verify.h"

struct handshake {
	struct verify *verify;		 /* of this connection; owned */
	struct resumption *resumption;	 /* where sessions are kept; borrowed */
	struct span key;		 /* under which; lives as long as this */
	const struct identity *identity; /* ours to show; a reference, or NULL; set by the
					    owner */
	const struct verdict *offered;	 /* that of the session which is offered to the
					    server; a reference, or NULL */
	const struct verdict *verdict;	 /* on the chain of the first handshake; a
					    reference, NULL before */
	const struct issuers *issuers;	 /* a reference; NULL: ours was not asked for, or
					    there is an identity */
	unsigned questions; /* how often issuers have come: a server may ask again */
	bool is_asked;	    /* the server has asked for ours */
	struct fault fault; /* why a function refused; err is 0 before */
};

/* Makes every SSL of ctx call the functions of this file. */
void handshake_install(SSL_CTX *ctx);

/*
 * Prepares ssl, whose callbacks go to *handshake from now on; what it borrows and the
 * target's host stay as long as it. Offers a kept session if there is one. ERR_NO_MEMORY:
 * *handshake needs no handshake_done.
 */
MUST_USE enum err handshake_init(struct handshake *handshake, SSL *ssl,
				 const struct verify_target *target,
				 struct resumption *resumption, struct span key);

/* The first handshake is done; a verdict there is from now on: a resumed session brings
 * its own. ERR_TLS if the server has shown no certificate all the same. */
MUST_USE enum err handshake_end(struct handshake *handshake, const SSL *ssl);

/* Drops what it holds. The ssl is gone already. */
void handshake_done(struct handshake *handshake);

#endif
