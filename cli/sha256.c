/* SPDX-License-Identifier: MIT */
/*
 * libcrypto does the work. It fails for want of memory alone, and such a hash would be
 * wrong without anybody seeing it, so that the program ends instead.
 */
#include "sha256.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#include "exit_status.h"
#include "memory.h"

struct sha256 {
	EVP_MD_CTX *digest; /* libcrypto's */
};

static void expect(int is_done)
{
	if (is_done)
		return;
	fputs("ixhr2: libcrypto refuses SHA-256\n", stderr);
	_Exit(EXIT_STATUS_OTHER);
}

struct sha256 *sha256_new(void)
{
	struct sha256 *hash = memory_take(sizeof(*hash));

	hash->digest = EVP_MD_CTX_new();
	expect(hash->digest && EVP_DigestInit_ex(hash->digest, EVP_sha256(), NULL));
	return hash;
}

void sha256_put(struct sha256 *hash, const void *at, size_t len)
{
	expect(EVP_DigestUpdate(hash->digest, at, len));
}

void sha256_finish(struct sha256 *hash, char to[SHA256_TEXT_BYTES])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char result[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	unsigned i;

	expect(EVP_DigestFinal_ex(hash->digest, result, &len));
	for (i = 0; i < len && 2 * i + 2 < SHA256_TEXT_BYTES; i++) {
		to[2 * i] = digits[result[i] >> 4];
		to[2 * i + 1] = digits[result[i] & 15];
	}
	to[2 * i] = '\0';
}

void sha256_free(struct sha256 *hash)
{
	if (!hash)
		return;
	EVP_MD_CTX_free(hash->digest);
	free(hash);
}
