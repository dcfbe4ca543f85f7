/* SPDX-License-Identifier: MIT */
/*
 * The certificate that a program has chosen to show (SetClientCertificate): its
 * thumbprint, and the pin of its private key, which is wiped before it is freed. One
 * thread at a time; a copy of the struct takes the place of the original.
 */
#ifndef IXHR2_COM_CLIENT_CERTIFICATE_H
#define IXHR2_COM_CLIENT_CERTIFICATE_H

#include "base/err.h"
#include "base/span.h"
#include "base/wide.h"
#include "ixhr2/windef.h"

/* Bytes of a thumbprint: SHA-1 or SHA-256. */
#define CLIENT_CERTIFICATE_SHA1_BYTES	20
#define CLIENT_CERTIFICATE_SHA256_BYTES 32

/* All zero bytes are none. */
struct client_certificate {
	struct client_certificate_choice *choice; /* owned; NULL: none */
};

/*
 * Makes one from the arguments of SetClientCertificate. pin: NULL and "" are none.
 * ERR_INVALID: hash is NULL, bytes is the length of no thumbprint, or pin is what
 * wide_to_utf8 refuses; ERR_NO_MEMORY.
 */
MUST_USE enum err client_certificate_init(struct client_certificate *certificate,
					  DWORD bytes, const BYTE *hash, const WCHAR *pin,
					  enum wide_unit unit);

/* Wipes and frees; it is none then. */
void client_certificate_done(struct client_certificate *certificate);

/* The thumbprint, empty for none, and the pin, or NULL. Valid until it is changed. */
struct span client_certificate_thumbprint(const struct client_certificate *certificate);
const char *client_certificate_pin(const struct client_certificate *certificate);

#endif
