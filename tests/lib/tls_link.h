/* SPDX-License-Identifier: MIT */
/* One connection of lib/tls_origin.h, from its handshake to its end. For its thread, but
 * for the visit. */
#ifndef IXHR2_TESTS_LIB_TLS_LINK_H
#define IXHR2_TESTS_LIB_TLS_LINK_H

#include <openssl/types.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/flag.h"
#include "lib/tls_origin.h"

/* How long a client may take for one thing. */
#define TLS_LINK_STEP_MS 60000

/* The longest head of a request. */
#define TLS_LINK_HEAD_BYTES 32768

struct tls_link {
	struct tls_link *next;			  /* the origin's */
	const struct tls_origin_options *options; /* of the origin */
	pthread_mutex_t *lock;			  /* for visit and options->answer */
	const struct flag *is_stop;		  /* up: end at once */
	unsigned number;			  /* from 0 */
	int fd;					  /* does not block; -1 once closed */
	pthread_t thread;			  /* serves it */

	SSL *ssl;			/* over in and out; owned; NULL at the end */
	BIO *in, *out;			/* memory; the ssl's */
	char head[TLS_LINK_HEAD_BYTES]; /* decrypted, not used up */
	size_t head_len;		/* of head */
	uint64_t sent;			/* encrypted bytes */
	bool is_cut;			/* cut_bytes of the handshake are sent */
	bool is_secured;		/* the handshake is over */
	struct tls_origin_visit visit;	/* the record */
};

/* Serves link, which the client has just made, over an SSL of ctx; then closes it. */
void tls_link_serve(struct tls_link *link, SSL_CTX *ctx);

#endif
