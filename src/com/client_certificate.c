/* SPDX-License-Identifier: MIT */
/* A thumbprint is kept as it is given; the pin is a secret. Most objects have neither,
 * and pay for a pointer. */
#include "com/client_certificate.h"

#include <string.h>

#include "base/mem.h"
#include "com/secret.h"

struct client_certificate_choice {
	BYTE thumbprint[CLIENT_CERTIFICATE_SHA256_BYTES]; /* SHA-1 or SHA-256 */
	DWORD bytes;					  /* of thumbprint */
	struct secret pin;				  /* empty: no pin */
};

enum err client_certificate_init(struct client_certificate *certificate, DWORD bytes,
				 const BYTE *hash, const WCHAR *pin, enum wide_unit unit)
{
	struct client_certificate_choice *choice;
	enum err err;

	if (!hash || (bytes != CLIENT_CERTIFICATE_SHA1_BYTES &&
		      bytes != CLIENT_CERTIFICATE_SHA256_BYTES))
		return ERR_INVALID;
	choice = mem_alloc(sizeof(*choice));
	if (!choice)
		return ERR_NO_MEMORY;
	err = secret_init(&choice->pin, pin, unit);
	if (err) {
		mem_free(choice);
		return err;
	}
	memcpy(choice->thumbprint, hash, bytes);
	choice->bytes = bytes;
	certificate->choice = choice;
	return ERR_NONE;
}

void client_certificate_done(struct client_certificate *certificate)
{
	if (!certificate->choice)
		return;
	secret_done(&certificate->choice->pin);
	mem_free(certificate->choice);
	certificate->choice = NULL;
}

struct span client_certificate_thumbprint(const struct client_certificate *certificate)
{
	const struct client_certificate_choice *choice = certificate->choice;

	if (!choice)
		return SPAN("");
	return span_of((const char *)choice->thumbprint, choice->bytes);
}

const char *client_certificate_pin(const struct client_certificate *certificate)
{
	return certificate->choice ? secret_span(&certificate->choice->pin).at : NULL;
}
