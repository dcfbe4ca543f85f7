/* SPDX-License-Identifier: MIT */
/*
 * Any file as a certificate with its key, without a pin and with the pin "pin". What is
 * taken must fit together, and written again as PEM it must be the same. The keys of the
 * inputs that come with the project are constants.
 */
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tls/identity.h"
#include "tls/identity_parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
	if (!holds)
		abort();
}

/* What is written of PEM must be read as the same. */
static void check_again(const struct identity_parts *parts,
			const struct identity *identity, const char *pin)
{
	BIO *bio = BIO_new(BIO_s_secmem());
	const struct identity *again;
	char *at = NULL;
	long len;

	must(bio && !identity_parts_write(parts, identity, bio));
	len = BIO_get_mem_data(bio, &at);
	must(!identity_new(span_of(at, (size_t)len), pin, &again));
	must(memcmp(identity->sha256, again->sha256, sizeof(again->sha256)) == 0);
	must(sk_X509_num(identity->chain) == sk_X509_num(again->chain));
	identity_unref(again);
	BIO_free(bio);
}

static void check(const struct identity_parts *parts, const char *pin)
{
	const struct identity *identity = NULL;
	enum err err = identity_open(parts, pin, &identity);

	must(ERR_peek_error() == 0 && !err == !!identity);
	if (err) {
		must(err == ERR_INVALID || err == ERR_PIN || err == ERR_NO_MEMORY);
		return;
	}
	must(identity_parts_has_key(parts));
	must(pin || !identity_parts_is_encrypted(parts));
	must(X509_check_private_key(identity->certificate, identity->key) == 1);
	must(identity_has(identity, span_of((const char *)identity->sha1, 20)));
	if (!parts->pkcs12)
		check_again(parts, identity, pin);
	identity_unref(identity);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *block = mem_alloc(size + 1);
	struct identity_parts parts = {0};

	must(block != NULL);
	/* Bytes that end where the memory ends. */
	memcpy(block + 1, data, size);
	if (!identity_parts_add(&parts, span_of(block + 1, size))) {
		check(&parts, NULL);
		check(&parts, "pin");
	}
	identity_parts_done(&parts);
	mem_free(block);
	return 0;
}
