/* SPDX-License-Identifier: MIT */
/*
 * The library lists what it has. Of a locked PKCS#12 nothing is known but its file, which
 * may hold anything: so a pin is needed when no other file holds the certificate.
 */
#include "pin.h"

#include <string.h>

#include <ixhr2/ixhr2.h>

/* What the list has shown so far. */
struct search {
	const struct thumbprint *thumbprint; /* what is looked for */
	bool is_found;			     /* it is there */
	bool is_encrypted;		     /* and its key needs a pin */
	bool has_locked; /* there are files that cannot be looked into */
};

static void look_at(void *owner, const struct ixhr2_certificate *certificate)
{
	struct search *search = owner;
	const struct thumbprint *wanted = search->thumbprint;
	const BYTE *hash = wanted->bytes == THUMBPRINT_SHA1_BYTES ? certificate->sha1
								  : certificate->sha256;

	if (certificate->is_locked) {
		search->has_locked = true;
	} else if (memcmp(hash, wanted->hash, wanted->bytes) == 0) {
		search->is_found = true;
		search->is_encrypted = certificate->is_encrypted;
	}
}

bool pin_is_needed(const struct thumbprint *thumbprint)
{
	struct search search = {.thumbprint = thumbprint};

	if (!thumbprint->bytes || FAILED(ixhr2_list_certificates(NULL, look_at, &search)))
		return false;
	return search.is_found ? search.is_encrypted : search.has_locked;
}
