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

/* Bytes of a write that may be held back: the longest last flight without a certificate
 * (a change of cipher and a Finished) needs 80. */
#define WIRE_BIO_HELD_BYTES 128

/* Set by the owner; what reading needs is reset before every call of OpenSSL. */
struct wire_bio {
	struct wire *wire;    /* borrowed */
	struct fault fault;   /* why it has failed; err is ERR_EOF at its end */
	bool is_drained;      /* a read was short: the wire is not asked again */
	size_t taken_bytes;   /* from the wire */
	size_t allowed_bytes; /* of them; when so many are taken it is not asked again */
	bool may_wait;	      /* writes of the wire may, for the next one */
	bool is_holding;      /* a short write waits for the next one or wire_bio_flush */
	size_t held_bytes;    /* of held, which the wire has not got yet */
	char held[WIRE_BIO_HELD_BYTES];
};

/* A BIO over lower, which stays as long as the BIO. ERR_NO_MEMORY. */
MUST_USE enum err wire_bio_new(struct wire_bio *lower, BIO **out_bio);

/* Writes what is held. ERR_AGAIN when the wire takes no more now; the wire's failures,
 * put down as lower->fault. */
MUST_USE enum err wire_bio_flush(struct wire_bio *lower);

#endif
