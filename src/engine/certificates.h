/* SPDX-License-Identifier: MIT */
/*
 * The program's own certificates, in the folder "my" of the data folder: those that
 * requests show, and the list, add and remove that a program can do with them. One that
 * a request was given stays in memory until the folder changes (another process's change
 * of a file's content or mode alone is not noticed). Any thread.
 */
#ifndef IXHR2_ENGINE_CERTIFICATES_H
#define IXHR2_ENGINE_CERTIFICATES_H

#include "base/err.h"
#include "base/span.h"
#include "tls/identity.h"
#include "tls/keyring.h"

/* Certificates that stay in memory; the one used longest ago goes first. */
#define CERTIFICATES_MAX_KEPT 64

/* The identity with this thumbprint (see keyring_get); reads its file only the first
 * time, or when the folder has changed. pin: NUL-terminated, or NULL. */
MUST_USE enum err certificates_get(struct span thumbprint, const char *pin,
				   const struct identity **out_identity,
				   struct fault *out_fault);

/* keyring_list, keyring_add and keyring_remove for that folder. ERR_FILE_MISSING too:
 * no data folder is set and there is no home. */
MUST_USE enum err certificates_list(const char *pin,
				    void (*each)(void *owner,
						 const struct keyring_entry *entry),
				    void *owner);
MUST_USE enum err certificates_add(const char *path, const char *key_path,
				   const char *pin,
				   unsigned char out_sha256[IDENTITY_SHA256_BYTES]);
MUST_USE enum err certificates_remove(struct span thumbprint);

/* For tests: forgets what is in memory. */
void certificates_reset(void);

#endif
