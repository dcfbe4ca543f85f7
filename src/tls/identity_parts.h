/* SPDX-License-Identifier: MIT */
/*
 * What files with an identity hold, before the private key is opened: PEM blocks, or
 * PKCS#12. One thread at a time.
 */
#ifndef IXHR2_TLS_IDENTITY_PARTS_H
#define IXHR2_TLS_IDENTITY_PARTS_H

#include <openssl/bio.h>
#include <openssl/pkcs12.h>
#include <openssl/types.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/span.h"
#include "tls/identity.h"

/* A private key as it stands in PEM. */
struct identity_key_block {
	char *name;	     /* such as "EC PRIVATE KEY"; NULL: there is none. Owned */
	char *header;	     /* how RFC 1421 has it encrypted, else "". Owned */
	unsigned char *data; /* what was base64. Owned */
	long bytes;	     /* of data */
};

/* All zero is empty. */
struct identity_parts {
	PKCS12 *pkcs12;		       /* owned; NULL: it is PEM */
	STACK_OF(X509) * certificates; /* owned; those of PEM in their order, or NULL */
	struct identity_key_block key; /* that of PEM */
};

/*
 * Adds what is in a file. PKCS#12 comes alone; PEM may come in several files. Blocks of
 * PEM that are neither certificates nor private keys are passed over. ERR_INVALID:
 * neither of both, broken, or a second private key; ERR_NO_MEMORY. On failure what was
 * added before stays.
 */
MUST_USE enum err identity_parts_add(struct identity_parts *parts, struct span bytes);

/* Whether there is a private key, as far as can be told without a pin. */
bool identity_parts_has_key(const struct identity_parts *parts);

/* Whether the private key of PEM is encrypted. */
bool identity_parts_is_encrypted(const struct identity_parts *parts);

/* Forgets the private key of PEM. */
void identity_parts_drop_key(struct identity_parts *parts);

/* Opens it all: sets certificate, key and chain, which are the caller's then.
 * ERR_INVALID: a certificate or a key is missing or broken, or they do not belong
 * together; ERR_PIN; ERR_NO_MEMORY. */
MUST_USE enum err identity_parts_open(const struct identity_parts *parts, const char *pin,
				      struct identity *out_identity);

/* Writes what was opened as PEM: certificate, chain, and the key as it stood.
 * ERR_NO_MEMORY. */
MUST_USE enum err identity_parts_write(const struct identity_parts *parts,
				       const struct identity *identity, BIO *to);

/* Frees, and wipes the key. */
void identity_parts_done(struct identity_parts *parts);

#endif
