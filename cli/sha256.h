/* SPDX-License-Identifier: MIT */
/* SHA-256 of bytes that come in pieces. */
#ifndef CLI_SHA256_H
#define CLI_SHA256_H

#include <stddef.h>

/* Hexadecimal digits of the result, and a NUL. */
#define SHA256_TEXT_BYTES 65

struct sha256;

/* Begins. Ended by sha256_free. */
struct sha256 *sha256_new(void);

/* Adds bytes. */
void sha256_put(struct sha256 *hash, const void *at, size_t len);

/* The result so far, in lower case. Nothing can be added after it. */
void sha256_finish(struct sha256 *hash, char to[SHA256_TEXT_BYTES]);

/* NULL is fine. */
void sha256_free(struct sha256 *hash);

#endif
