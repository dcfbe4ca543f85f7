/* SPDX-License-Identifier: MIT */
/*
 * A certificate of ours with its private key and its chain, to be shown to servers that
 * ask. Never changed once made; shared. Any thread.
 */
#ifndef IXHR2_TLS_IDENTITY_H
#define IXHR2_TLS_IDENTITY_H

#include <openssl/types.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/span.h"

/* Bytes of a thumbprint: a digest of the certificate's DER. */
#define IDENTITY_SHA1_BYTES   20
#define IDENTITY_SHA256_BYTES 32

struct identity_parts;

struct identity {
	X509 *certificate;	/* ours */
	EVP_PKEY *key;		/* its private key */
	STACK_OF(X509) * chain; /* those between it and a root, or NULL */
	unsigned char sha1[IDENTITY_SHA1_BYTES];     /* of the certificate */
	unsigned char sha256[IDENTITY_SHA256_BYTES]; /* the same */
};

/*
 * From PEM (certificates, the private key's one among them, and the key, in any order)
 * or PKCS#12 in DER. pin opens what is encrypted; NULL: none. One reference.
 * ERR_INVALID: neither, or a certificate or a key is missing, or they do not belong
 * together; ERR_PIN: the pin is wrong or missing; ERR_NO_MEMORY.
 */
MUST_USE enum err identity_new(struct span bytes, const char *pin,
			       const struct identity **out_identity);

/* The same from what was read before (see identity_parts.h). */
MUST_USE enum err identity_open(const struct identity_parts *parts, const char *pin,
				const struct identity **out_identity);

/* Whether thumbprint, of 20 or 32 bytes, is that of this certificate. */
bool identity_has(const struct identity *identity, struct span thumbprint);

/* One more reference; answers the same. NULL is fine. */
const struct identity *identity_ref(const struct identity *identity);

/* One less; the last one frees, and wipes the key. NULL is fine. */
void identity_unref(const struct identity *identity);

#endif
