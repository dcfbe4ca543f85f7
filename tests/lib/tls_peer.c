/* SPDX-License-Identifier: MIT */
/*
 * OpenSSL reads from one piece of memory and writes to another. What it has written is
 * put behind what the fake wire has as its input; what the client has written to the
 * wire since the last turn is put into what OpenSSL reads.
 */
#include "lib/tls_peer.h"

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "lib/pki.h"
#include "lib/test.h"

static const char *path_of(const char *certificate, const char *ending)
{
	char file[128];

	snprintf(file, sizeof(file), "%s%s", certificate, ending);
	return pki_path(file);
}

SSL_CTX *tls_peer_ctx(const char *certificate, int version)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	assert_non_null(ctx);
	/* Bad certificates are for the client to find. */
	SSL_CTX_set_security_level(ctx, 0);
	assert_int_equal(SSL_CTX_set_min_proto_version(ctx, version), 1);
	assert_int_equal(SSL_CTX_set_max_proto_version(ctx, version), 1);
	assert_int_equal(
		SSL_CTX_use_certificate_chain_file(ctx, path_of(certificate, ".pem")), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey_file(ctx, path_of(certificate, ".key"),
						     SSL_FILETYPE_PEM),
			 1);
	assert_int_equal(
		SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"peer", 4), 1);
	return ctx;
}

void tls_peer_ask(SSL_CTX *ctx, bool needs)
{
	const char *root = pki_path("client_root.pem");

	assert_int_equal(SSL_CTX_load_verify_file(ctx, root), 1);
	SSL_CTX_set_client_CA_list(ctx, SSL_load_client_CA_file(root));
	SSL_CTX_set_verify(
		ctx, SSL_VERIFY_PEER | (needs ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
		NULL);
}

static void count_record(int is_written, int version, int type, const void *at,
			 size_t len, SSL *ssl, void *argument)
{
	struct tls_peer *peer = argument;
	const unsigned char *header = at;

	(void)version;
	(void)ssl;
	if (!is_written && type == SSL3_RT_HEADER && len > 0 &&
	    header[0] == SSL3_RT_APPLICATION_DATA)
		peer->records++;
}

void tls_peer_init(struct tls_peer *peer, SSL_CTX *ctx)
{
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());

	*peer = (struct tls_peer){.ssl = SSL_new(ctx)};
	assert_true(in && out && peer->ssl);
	BIO_set_mem_eof_return(in, -1);
	SSL_set_bio(peer->ssl, in, out);
	SSL_set_accept_state(peer->ssl);
	SSL_set_msg_callback(peer->ssl, count_record);
	SSL_set_msg_callback_arg(peer->ssl, peer);
	fake_wire_init(&peer->fake);
	peer->got = calloc(1, TLS_PEER_KEPT_BYTES + 1);
	assert_non_null(peer->got);
}

void tls_peer_done(struct tls_peer *peer)
{
	SSL_free(peer->ssl);
	fake_wire_done(&peer->fake);
	free(peer->sent);
	free(peer->got);
}

void tls_peer_send_raw(struct tls_peer *peer, struct span bytes)
{
	peer->sent = realloc(peer->sent, peer->sent_len + bytes.len + 1);
	assert_non_null(peer->sent);
	memcpy(peer->sent + peer->sent_len, bytes.at, bytes.len);
	peer->sent_len += bytes.len;
	peer->fake.input = span_of(peer->sent, peer->sent_len);
}

bool tls_peer_flush(struct tls_peer *peer)
{
	BIO *out = SSL_get_wbio(peer->ssl);
	char *at;
	size_t len = (size_t)BIO_get_mem_data(out, &at);

	if (!len)
		return false;
	tls_peer_send_raw(peer, span_of(at, len));
	(void)BIO_reset(out);
	return true;
}

static bool feed(struct tls_peer *peer)
{
	struct span output = span_skip(fake_wire_output(&peer->fake), peer->fed);

	if (!output.len)
		return false;
	assert_int_equal(BIO_write(SSL_get_rbio(peer->ssl), output.at, (int)output.len),
			 output.len);
	peer->fed += output.len;
	return true;
}

/* After a call that did not succeed. */
static void note_failure(struct tls_peer *peer, int result)
{
	switch (SSL_get_error(peer->ssl, result)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		break;
	case SSL_ERROR_ZERO_RETURN:
		peer->is_notified = true;
		/* One who does not answer loses the session. */
		SSL_shutdown(peer->ssl);
		break;
	default:
		peer->is_broken = true;
		ERR_error_string_n(ERR_peek_error(), peer->error, sizeof(peer->error));
	}
	ERR_clear_error();
}

static void work(struct tls_peer *peer)
{
	int result;

	ERR_clear_error();
	if (!peer->is_open) {
		result = SSL_do_handshake(peer->ssl);
		if (result != 1) {
			note_failure(peer, result);
			return;
		}
		peer->is_open = true;
	}
	while ((result = SSL_read(peer->ssl, peer->got + peer->got_len,
				  (int)(TLS_PEER_KEPT_BYTES - peer->got_len))) > 0)
		peer->got_len += (size_t)result;
	note_failure(peer, result);
}

bool tls_peer_turn(struct tls_peer *peer)
{
	bool has_moved = !peer->is_deaf && feed(peer);

	if (has_moved && !peer->is_broken && !peer->is_notified)
		work(peer);
	return tls_peer_flush(peer) || has_moved;
}

void tls_peer_say(struct tls_peer *peer, struct span bytes)
{
	assert_int_equal(SSL_write(peer->ssl, bytes.at, (int)bytes.len), bytes.len);
	tls_peer_flush(peer);
}

void tls_peer_renegotiate(struct tls_peer *peer)
{
	assert_int_equal(SSL_renegotiate(peer->ssl), 1);
	SSL_do_handshake(peer->ssl);
	tls_peer_flush(peer);
}
