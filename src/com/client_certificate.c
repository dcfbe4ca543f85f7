/* SPDX-License-Identifier: MIT */
/* A thumbprint is kept as it is given; the pin is a secret. */
#include "com/client_certificate.h"

#include <string.h>

enum err client_certificate_init(struct client_certificate *certificate, DWORD bytes,
				 const BYTE *hash, const WCHAR *pin, enum wide_unit unit)
{
	struct secret secret;
	enum err err;

	if (!hash || (bytes != CLIENT_CERTIFICATE_SHA1_BYTES &&
		      bytes != CLIENT_CERTIFICATE_SHA256_BYTES))
		return ERR_INVALID;
	err = secret_init(&secret, pin, unit);
	if (err)
		return err;
	memcpy(certificate->thumbprint, hash, bytes);
	certificate->bytes = bytes;
	certificate->pin = secret;
	return ERR_NONE;
}

void client_certificate_done(struct client_certificate *certificate)
{
	secret_done(&certificate->pin);
	certificate->bytes = 0;
}

struct span client_certificate_thumbprint(const struct client_certificate *certificate)
{
	return span_of((const char *)certificate->thumbprint, certificate->bytes);
}

const char *client_certificate_pin(const struct client_certificate *certificate)
{
	return secret_span(&certificate->pin).at;
}
