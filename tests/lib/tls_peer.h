/* SPDX-License-Identifier: MIT */
/*
 * A TLS server of OpenSSL behind a fake wire, on memory and without a thread: it takes
 * what was written to the wire, and what it sends is the wire's input. Every byte moves
 * when the test says so. The server's name and certificate are those of lib/pki.h.
 */
#ifndef IXHR2_TESTS_LIB_TLS_PEER_H
#define IXHR2_TESTS_LIB_TLS_PEER_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"
#include "lib/wire.h"

/* Decrypted bytes that are kept, and those taken in one turn. */
#define TLS_PEER_KEPT_BYTES (256u * 1024)

struct tls_peer {
	struct fake_wire fake; /* the client's side */
	SSL *ssl;	       /* for the test too */

	/* The record. */
	char *sent;	  /* encrypted, all of it; owned */
	size_t sent_len;  /* of sent */
	size_t fed;	  /* of the fake's output */
	char *got;	  /* decrypted; owned; a NUL behind */
	size_t got_len;	  /* of got */
	unsigned records; /* of application data that came */
	bool is_open;	  /* a handshake was done */
	bool is_notified; /* close_notify came */
	bool is_broken;	  /* OpenSSL has failed */
	char error[256];  /* how, or "" */

	/* Set by the test. */
	bool is_deaf; /* takes nothing */
};

/* What servers share: the certificate NAME of lib/pki.h, one version of TLS or any (0).
 * Freed by SSL_CTX_free. */
SSL_CTX *tls_peer_ctx(const char *certificate, int version);

/* Lets servers of ctx ask for certificates of client_root; needs: and insist. */
void tls_peer_ask(SSL_CTX *ctx, bool needs);

/* A server that waits for its client. */
void tls_peer_init(struct tls_peer *peer, SSL_CTX *ctx);

void tls_peer_done(struct tls_peer *peer);

/* Takes what has been written, goes on with a handshake, decrypts; whether bytes moved.
 */
bool tls_peer_turn(struct tls_peer *peer);

/* Encrypts bytes as one record, or several if there are too many for one. */
void tls_peer_say(struct tls_peer *peer, struct span bytes);

/* Sends bytes as they are. */
void tls_peer_send_raw(struct tls_peer *peer, struct span bytes);

/* Asks for another handshake, as TLS 1.2 may. */
void tls_peer_renegotiate(struct tls_peer *peer);

/* Moves what OpenSSL has written to the wire; whether there was anything. */
bool tls_peer_flush(struct tls_peer *peer);

#endif
