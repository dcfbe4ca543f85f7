/* SPDX-License-Identifier: MIT */
/*
 * The verification of a server's certificates, as strict as the web's: a way to a root,
 * X.509 strict, dates, key usage for servers, names by subject alternative names alone,
 * name constraints, security level 2, and what a stapled OCSP response says. It does not
 * stop at the first error: all are gathered, so that some can be forgiven and all can be
 * told. Owner of the loop only.
 */
#ifndef IXHR2_TLS_VERIFY_H
#define IXHR2_TLS_VERIFY_H

#include <openssl/types.h>

#include "base/err.h"
#include "base/span.h"
#include "tls/server_name.h"
#include "tls/verdict.h"

/* Errors of one chain that are put into words; those behind are only counted. */
#define VERIFY_MAX_SENTENCES 8

/* Certificates between the server's and the root. */
#define VERIFY_MAX_DEPTH 10

/* Bits of RSA keys, in every certificate of the chain. */
#define VERIFY_MIN_RSA_BITS 2048

/* Whom the certificates must be for, and what is forgiven. */
struct verify_target {
	struct span host;  /* as in a URL: a name, "127.0.0.1", "[::1]"; borrowed */
	unsigned forgiven; /* bits of enum verdict_error */
	server_name_suffix_fn *is_public_suffix; /* asked about wildcards */
};

/* One verification. */
struct verify;

/* One for target, whose host stays as long as this. ERR_NO_MEMORY. */
MUST_USE enum err verify_new(const struct verify_target *target,
			     struct verify **out_verify);

/* Frees it; NULL is fine. */
void verify_free(struct verify *verify);

/*
 * Builds and checks the chain that store holds for a handshake; a second call begins
 * anew (renegotiation). What is wrong with the certificates is no failure of this
 * function. ERR_NO_MEMORY; ERR_TLS: there is no certificate.
 */
MUST_USE enum err verify_chain(struct verify *verify, X509_STORE_CTX *store);

/*
 * After verify_chain: takes into account the stapled OCSP response (empty: none) and
 * says the whole. ERR_NO_MEMORY.
 */
MUST_USE enum err verify_conclude(struct verify *verify, struct span staple,
				  const struct verdict **out_verdict);

#endif
