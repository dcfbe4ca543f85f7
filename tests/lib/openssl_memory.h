/* SPDX-License-Identifier: MIT */
/* OpenSSL's memory through base/mem, so that a test can have it fail and count it. */
#ifndef IXHR2_TESTS_LIB_OPENSSL_MEMORY_H
#define IXHR2_TESTS_LIB_OPENSSL_MEMORY_H

#include <openssl/crypto.h>
#include <stdlib.h>

#include "base/mem.h"

static inline void *openssl_memory_alloc(size_t bytes, const char *file, int line)
{
	(void)file;
	(void)line;
	return bytes ? mem_alloc(bytes) : NULL;
}

static inline void openssl_memory_free(void *at, const char *file, int line)
{
	(void)file;
	(void)line;
	mem_free(at);
}

static inline void *openssl_memory_resize(void *at, size_t bytes, const char *file,
					  int line)
{
	if (bytes)
		return mem_resize(at, 1, bytes);
	openssl_memory_free(at, file, line);
	return NULL;
}

/* The first thing in main. What OpenSSL makes once and keeps is not to be made to fail,
 * nor to be counted: use it once before. */
static inline void openssl_memory_route(void)
{
	if (!CRYPTO_set_mem_functions(openssl_memory_alloc, openssl_memory_resize,
				      openssl_memory_free))
		abort();
}

#endif
