/* SPDX-License-Identifier: MIT */
/*
 * A wire as the BIO that OpenSSL reads records from and writes them to. What the wire
 * answers is remembered here, because OpenSSL can only pass on that it was no success.
 * Owner of the loop only.
 */
#ifndef IXHR2_TLS_WIRE_BIO_H
#define IXHR2_TLS_WIRE_BIO_H

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "net/wire.h"

/* Set by the owner, and reset before every call of OpenSSL. */
struct wire_bio {
	struct wire *wire;    /* borrowed */
	struct fault fault;   /* why it has failed; err is ERR_EOF at its end */
	bool is_drained;      /* a read was short: the wire is not asked again */
	size_t taken_bytes;   /* from the wire */
	size_t allowed_bytes; /* of them; when so many are taken it is not asked again */
};

/* A BIO over lower, which stays as long as the BIO. ERR_NO_MEMORY. */
MUST_USE enum err wire_bio_new(struct wire_bio *lower, BIO **out_bio);

#endif
