/* SPDX-License-Identifier: MIT */
/*
 * The one file that knows libcrypto's digests. A digest in pieces is libcrypto's own
 * context under our name. libcrypto refuses kinds that its configuration forbids (MD5
 * on some machines); its list of errors is then emptied, so that TLS does not find
 * them there later. Random bytes come straight from the kernel.
 */
#include "base/hash.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <sys/random.h>

#include "base/crypto.h"
#include "base/mem.h"

struct hash {
	EVP_MD_CTX *md; /* owned */
};

static const EVP_MD *digest_of(enum hash_kind kind)
{
	switch (kind) {
	case HASH_MD5:
		return EVP_md5();
	case HASH_SHA1:
		return EVP_sha1();
	case HASH_SHA256:
		return EVP_sha256();
	case HASH_SHA512_256:
		return EVP_sha512_256();
	}
	return NULL;
}

/* A kind that it has not is told by libcrypto's first error. A lack of memory is not
 * always told, and must not pass for that: a weaker scheme may be taken where a kind is
 * missing.
 */
static enum err result(int is_done)
{
	bool is_missing;

	if (is_done)
		return ERR_NONE;
	is_missing = ERR_GET_REASON(ERR_peek_error()) == ERR_R_UNSUPPORTED;
	ERR_clear_error();
	return is_missing ? ERR_SYSTEM : ERR_NO_MEMORY;
}

size_t hash_bytes(enum hash_kind kind)
{
	return (size_t)EVP_MD_get_size(digest_of(kind));
}

enum err hash_of(enum hash_kind kind, struct span bytes,
		 unsigned char out[HASH_MAX_BYTES])
{
	enum err err;

	crypto_enter();
	err = result(EVP_Digest(bytes.at, bytes.len, out, NULL, digest_of(kind), NULL));
	crypto_leave();
	return err;
}

enum err hash_new(enum hash_kind kind, struct hash **out_hash)
{
	enum err err = ERR_NO_MEMORY;
	struct hash *hash = mem_alloc(sizeof(*hash));

	if (!hash)
		return err;
	hash->md = EVP_MD_CTX_new();
	if (!hash->md)
		goto free_hash;
	crypto_enter();
	err = result(EVP_DigestInit_ex(hash->md, digest_of(kind), NULL));
	crypto_leave();
	if (err)
		goto free_hash;
	*out_hash = hash;
	return ERR_NONE;

free_hash:
	hash_free(hash);
	return err;
}

enum err hash_put(struct hash *hash, struct span bytes)
{
	return result(EVP_DigestUpdate(hash->md, bytes.at, bytes.len));
}

enum err hash_end(struct hash *hash, unsigned char out[HASH_MAX_BYTES])
{
	return result(EVP_DigestFinal_ex(hash->md, out, NULL));
}

void hash_free(struct hash *hash)
{
	if (!hash)
		return;
	EVP_MD_CTX_free(hash->md);
	mem_free(hash);
}

enum err hash_random(void *out, size_t bytes)
{
	char *at = out;

	while (bytes) {
		ssize_t got = getrandom(at, bytes, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return ERR_SYSTEM;
		at += got;
		bytes -= (size_t)got;
	}
	return ERR_NONE;
}
