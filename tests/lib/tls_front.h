/* SPDX-License-Identifier: MIT */
/*
 * TLS in front of a server that speaks without it: a thread shakes hands with the client
 * and carries the bytes between it and a socket of plain ones. Ends go through in both
 * ways: a FIN there is close_notify and FIN here.
 */
#ifndef IXHR2_TESTS_LIB_TLS_FRONT_H
#define IXHR2_TESTS_LIB_TLS_FRONT_H

#include <openssl/types.h>

#include "lib/flag.h"

struct tls_front;

/* For servers that show the certificate NAME of lib/pki.h. Freed by SSL_CTX_free. */
SSL_CTX *tls_front_ctx(const char *certificate);

/* Takes a connection over, which is closed in the end. *out_plain is the caller's: what
 * the client says, decrypted; an end when the handshake fails. The flag ends it all. */
struct tls_front *tls_front_start(SSL_CTX *ctx, int fd, const struct flag *is_stop,
				  int *out_plain);

/* After the caller has closed the plain socket: waits for the thread and frees. NULL is
 * fine. */
void tls_front_end(struct tls_front *front);

#endif
