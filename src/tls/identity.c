/* SPDX-License-Identifier: MIT */
/*
 * The bytes are cut into their parts (identity_parts.c), the key is opened with the pin,
 * and the thumbprints are computed once. The count of references stands behind the
 * public struct, in the block that both share.
 */
#include "tls/identity.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdatomic.h>
#include <string.h>

#include "base/crypto.h"
#include "base/mem.h"
#include "tls/identity_parts.h"

struct shared_identity {
	struct identity identity; /* the first, so that its address is ours */
	atomic_uint references;	  /* the last one frees */
};

static void identity_free(struct shared_identity *shared)
{
	crypto_enter();
	X509_free(shared->identity.certificate);
	EVP_PKEY_free(shared->identity.key);
	sk_X509_pop_free(shared->identity.chain, X509_free);
	crypto_leave();
	mem_free(shared);
}

static enum err compute_thumbprints(struct identity *identity)
{
	if (X509_digest(identity->certificate, EVP_sha1(), identity->sha1, NULL) &&
	    X509_digest(identity->certificate, EVP_sha256(), identity->sha256, NULL))
		return ERR_NONE;
	ERR_clear_error();
	return ERR_NO_MEMORY;
}

enum err identity_open(const struct identity_parts *parts, const char *pin,
		       const struct identity **out_identity)
{
	struct shared_identity *shared = mem_zalloc(sizeof(*shared));
	enum err err;

	if (!shared)
		return ERR_NO_MEMORY;
	err = identity_parts_open(parts, pin, &shared->identity);
	if (err)
		goto free_shared;
	atomic_init(&shared->references, 1);
	err = compute_thumbprints(&shared->identity);
	if (err)
		goto free_shared;
	*out_identity = &shared->identity;
	return ERR_NONE;

free_shared:
	identity_free(shared);
	return err;
}

enum err identity_new(struct span bytes, const char *pin,
		      const struct identity **out_identity)
{
	struct identity_parts parts = {0};
	enum err err = identity_parts_add(&parts, bytes);

	if (!err)
		err = identity_open(&parts, pin, out_identity);
	identity_parts_done(&parts);
	return err;
}

bool identity_has(const struct identity *identity, struct span thumbprint)
{
	if (thumbprint.len == IDENTITY_SHA1_BYTES)
		return memcmp(thumbprint.at, identity->sha1, IDENTITY_SHA1_BYTES) == 0;
	if (thumbprint.len == IDENTITY_SHA256_BYTES)
		return memcmp(thumbprint.at, identity->sha256, IDENTITY_SHA256_BYTES) ==
		       0;
	return false;
}

static struct shared_identity *shared_of(const struct identity *identity)
{
	return (struct shared_identity *)(uintptr_t)identity;
}

const struct identity *identity_ref(const struct identity *identity)
{
	if (identity)
		atomic_fetch_add_explicit(&shared_of(identity)->references, 1,
					  memory_order_relaxed);
	return identity;
}

void identity_unref(const struct identity *identity)
{
	if (identity && atomic_fetch_sub_explicit(&shared_of(identity)->references, 1,
						  memory_order_acq_rel) == 1)
		identity_free(shared_of(identity));
}
