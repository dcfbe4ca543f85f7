/* SPDX-License-Identifier: MIT */
/*
 * What all TLS connections of one configuration share: OpenSSL's SSL_CTX with the roots,
 * parsed once, the protocols and ciphers, the key log, and the kept TLS sessions. Owner
 * of the loop only.
 */
#ifndef IXHR2_TLS_TRUST_H
#define IXHR2_TLS_TRUST_H

#include <openssl/types.h>

#include "base/err.h"
#include "tls/server_name.h"

/* Lowest security level (SSL_CTX_set_security_level): 112 bits, no SHA-1. */
#define TRUST_SECURITY_LEVEL 2

struct trust_options {
	/* A file of PEM certificates that are the only roots. NULL: SSL_CERT_FILE and
	 * SSL_CERT_DIR of the environment, else those of the system. */
	const char *ca_file;
	server_name_suffix_fn *is_public_suffix; /* for wildcards in certificates */
};

struct resumption;
struct trust;

/*
 * TLS 1.2 and 1.3, certificates always verified. SSLKEYLOGFILE of the environment names
 * a file to which the secrets of every handshake are appended, for debugging.
 * *out_fault says more on failure: ERR_FILE_MISSING, ERR_FILE_DENIED, ERR_INVALID (no
 * certificate in the file), ERR_NO_MEMORY, ERR_TLS.
 */
MUST_USE enum err trust_new(const struct trust_options *options, struct trust **out_trust,
			    struct fault *out_fault);

/* No connection may be left. NULL is fine. */
void trust_free(struct trust *trust);

/* Borrowed. */
SSL_CTX *trust_ssl_ctx(struct trust *trust);

/* Borrowed. */
struct resumption *trust_resumption(struct trust *trust);

/* The function given at trust_new. */
server_name_suffix_fn *trust_public_suffix(const struct trust *trust);

#endif
