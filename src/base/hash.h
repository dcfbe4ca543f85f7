/* SPDX-License-Identifier: MIT */
/* Digests and random bytes; the door to libcrypto's. Any thread. */
#ifndef IXHR2_BASE_HASH_H
#define IXHR2_BASE_HASH_H

#include <stddef.h>

#include "base/err.h"
#include "base/span.h"

/* Bytes of the longest digest here. */
#define HASH_MAX_BYTES 32

enum hash_kind { HASH_MD5, HASH_SHA1, HASH_SHA256, HASH_SHA512_256 };

struct hash;

/* How many bytes a digest of this kind has. */
size_t hash_bytes(enum hash_kind kind);

/* The digest of one span. ERR_NO_MEMORY; ERR_SYSTEM when the kind is not available. */
MUST_USE enum err hash_of(enum hash_kind kind, struct span bytes,
			  unsigned char out[HASH_MAX_BYTES]);

/* A digest in pieces: new, put any number of times, end once, free. */
MUST_USE enum err hash_new(enum hash_kind kind, struct hash **out_hash);
MUST_USE enum err hash_put(struct hash *hash, struct span bytes);
MUST_USE enum err hash_end(struct hash *hash, unsigned char out[HASH_MAX_BYTES]);
void hash_free(struct hash *hash);

/* Random bytes fit for secrets. ERR_SYSTEM. */
MUST_USE enum err hash_random(void *out, size_t bytes);

#endif
