/* SPDX-License-Identifier: MIT */
/*
 * The folder "my" of the data folder: the certificates with private keys that requests
 * may show. Each is a file NAME.pem (certificates and key), a pair NAME.pem or NAME.crt
 * (certificates) and NAME.key (the key), or NAME.p12 or NAME.pfx (PKCS#12). A file with a
 * private key that others than its owner may read or write is refused. Any thread; no
 * state is kept.
 */
#ifndef IXHR2_TLS_KEYRING_H
#define IXHR2_TLS_KEYRING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "tls/identity.h"

/* The longest file that is read. */
#define KEYRING_MAX_FILE_BYTES (1024u * 1024)

/* What is known of one certificate; all borrowed for the call. */
struct keyring_entry {
	const char *path;    /* of the file with the certificate */
	const char *subject; /* as in RFC 2253; NULL where locked */
	const char *issuer;  /* the same */
	int64_t from_s;	     /* valid from, seconds since 1970; 0 where locked */
	int64_t to_s;	     /* until */
	unsigned char sha1[IDENTITY_SHA1_BYTES]; /* thumbprints; zero where locked */
	unsigned char sha256[IDENTITY_SHA256_BYTES];
	bool is_locked; /* PKCS#12 that this pin does not open: nothing else is known */
	bool is_encrypted; /* the private key needs a pin */
	bool is_exposed;   /* others may read or write it: it is refused */
};

/*
 * The identity with this thumbprint (20 bytes: SHA-1; 32: SHA-256). *out_fault, empty
 * before, says more on failure. ERR_CLIENT_CERT: there is none, or its key is missing,
 * broken, or can be read by others; ERR_PIN; ERR_FILE_..., ERR_NO_MEMORY, ERR_SYSTEM.
 */
MUST_USE enum err keyring_get(const char *folder, struct span thumbprint, const char *pin,
			      const struct identity **out_identity,
			      struct fault *out_fault);

/* Calls each for every certificate, by file name. A folder that is not there is empty;
 * files that hold none are passed over. ERR_FILE_DENIED, ERR_NO_MEMORY, ERR_SYSTEM. */
MUST_USE enum err
keyring_list(const char *folder, const char *pin,
	     void (*each)(void *owner, const struct keyring_entry *entry), void *owner);

/*
 * Copies the certificate and key in a file (PEM or PKCS#12), and in key_path if that is
 * not NULL, into the folder, which is made if need be; the new file is its owner's alone,
 * is named for the SHA-256 thumbprint, and is there whole or not at all. An encrypted key
 * stays encrypted. One that was added before is replaced. *out_sha256 is its thumbprint.
 * ERR_INVALID, ERR_PIN, ERR_FILE_..., ERR_NO_MEMORY, ERR_SYSTEM.
 */
MUST_USE enum err keyring_add(const char *folder, const char *path, const char *key_path,
			      const char *pin,
			      unsigned char out_sha256[IDENTITY_SHA256_BYTES]);

/* Removes the files of the certificate with this thumbprint. A locked PKCS#12 is found
 * by its file name. ERR_MISSING, ERR_FILE_..., ERR_NO_MEMORY, ERR_SYSTEM. */
MUST_USE enum err keyring_remove(const char *folder, struct span thumbprint);

#endif
