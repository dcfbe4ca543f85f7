/* SPDX-License-Identifier: MIT */
/* The functions of ixhr2.h for the program's own certificates. */
#include "engine/certificates.h"

#include <string.h>

#include "com/hresult.h"
#include "ixhr2/ixhr2.h"

/* Who is told of the certificates. */
struct listener {
	ixhr2_certificate_fn *each; /* the program's */
	void *owner;		    /* its first argument */
};

static void tell(void *owner, const struct keyring_entry *entry)
{
	const struct listener *listener = owner;
	struct ixhr2_certificate certificate = {
		.path = entry->path,
		.subject = entry->subject,
		.issuer = entry->issuer,
		.from = entry->from_s,
		.to = entry->to_s,
		.is_locked = entry->is_locked,
		.is_encrypted = entry->is_encrypted,
		.is_exposed = entry->is_exposed,
	};

	memcpy(certificate.sha1, entry->sha1, sizeof(certificate.sha1));
	memcpy(certificate.sha256, entry->sha256, sizeof(certificate.sha256));
	listener->each(listener->owner, &certificate);
}

/* What ixhr2.h says: a pin has a code of its own, which by default is not told. */
static HRESULT result(enum err err)
{
	switch (err) {
	case ERR_PIN:
		return hresult_extended(err);
	case ERR_FILE_EXISTS:
		return E_FAIL;
	default:
		return hresult_of(err);
	}
}

HRESULT ixhr2_list_certificates(const char *pin, ixhr2_certificate_fn *each, void *owner)
{
	struct listener listener = {.each = each, .owner = owner};

	if (!each)
		return E_POINTER;
	return result(certificates_list(pin, tell, &listener));
}

HRESULT ixhr2_add_certificate(const char *path, const char *key_path, const char *pin,
			      BYTE *sha256)
{
	unsigned char thumbprint[IDENTITY_SHA256_BYTES];
	enum err err;

	if (!path)
		return E_POINTER;
	err = certificates_add(path, key_path, pin, thumbprint);
	if (!err && sha256)
		memcpy(sha256, thumbprint, sizeof(thumbprint));
	return result(err);
}

HRESULT ixhr2_remove_certificate(DWORD bytes, const BYTE *hash)
{
	enum err err;

	if (!hash || (bytes != IDENTITY_SHA1_BYTES && bytes != IDENTITY_SHA256_BYTES))
		return E_INVALIDARG;
	err = certificates_remove(span_of((const char *)hash, bytes));
	return err == ERR_MISSING ? S_FALSE : result(err);
}
