/* SPDX-License-Identifier: MIT */
/*
 * The order in which OpenSSL asks, in TLS 1.2 and 1.3 alike: the chain (verify_chain,
 * which only gathers), the staple, for which it asks without one too (verify_conclude,
 * which decides), and only then, if the server wants one, our certificate. So a server
 * that is refused has not seen it. A resumed session brings no chain and no staple; what
 * was found when it was made holds.
 *
 * A server of TLS 1.2 may ask for another handshake later. Its certificate must be the
 * one that it had, or the bytes before and behind would come from two servers; what was
 * told of the first handshake then stays true.
 *
 * A function that refuses leaves the reason in fault, where it is found when OpenSSL has
 * told the peer and comes back.
 */
#include "tls/handshake.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/clock.h"
#include "tls/reason.h"

/* ---- what OpenSSL calls ---- */

static int on_chain(X509_STORE_CTX *store, void *argument)
{
	const SSL *ssl =
		X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct handshake *handshake = SSL_get_app_data(ssl);
	enum err err = verify_chain(handshake->verify, store);

	(void)argument;
	if (!err)
		return 1;
	fault_set(&handshake->fault, err, 0, "verifying the server's certificate");
	X509_STORE_CTX_set_error(store, err == ERR_NO_MEMORY ? X509_V_ERR_OUT_OF_MEM
							     : X509_V_ERR_UNSPECIFIED);
	return 0;
}

static struct span staple_of(SSL *ssl)
{
	const unsigned char *der = NULL;
	long bytes = SSL_get_tlsext_status_ocsp_resp(ssl, &der);

	return bytes > 0 ? span_of((const char *)der, (size_t)bytes) : span_of(NULL, 0);
}

/* Whether the server may go on with this verdict, which becomes the connection's if it
 * has none; otherwise the fault is set. */
static bool accept_verdict(struct handshake *handshake, const struct verdict *verdict)
{
	const struct verdict *first = handshake->verdict;

	if (!first)
		handshake->verdict = verdict_ref(verdict);
	else if (!span_eq(first->chain[0], verdict->chain[0]))
		fault_set(&handshake->fault, ERR_TLS, 0,
			  "the server has changed its certificate");
	if (verdict->err)
		fault_set(&handshake->fault, verdict->err, 0, NULL);
	return !handshake->fault.err;
}

static int on_status(SSL *ssl, void *argument)
{
	struct handshake *handshake = SSL_get_app_data(ssl);
	const struct verdict *verdict;
	bool is_accepted;
	enum err err;

	(void)argument;
	if (SSL_session_reused(ssl))
		return 1;
	err = verify_conclude(handshake->verify, staple_of(ssl), &verdict);
	if (err) {
		fault_set(&handshake->fault, err, 0,
			  "verifying the server's certificate");
		return -1;
	}
	is_accepted = accept_verdict(handshake, verdict);
	verdict_unref(verdict);
	return is_accepted;
}

static int show_identity(SSL *ssl, struct handshake *handshake)
{
	const struct identity *identity = handshake->identity;
	struct fault fault;

	if (SSL_use_cert_and_key(ssl, identity->certificate, identity->key,
				 identity->chain, 1))
		return 1;
	fault = reason_take().fault;
	if (fault.err == ERR_TLS)
		fault.err = ERR_CLIENT_CERT;
	fault_set(&handshake->fault, fault.err, 0, fault.what);
	return 0;
}

/* The server wants to see our certificate. */
static int on_asked(SSL *ssl, void *argument)
{
	struct handshake *handshake = SSL_get_app_data(ssl);
	const struct issuers *issuers;
	enum err err;

	(void)argument;
	handshake->is_asked = true;
	if (handshake->identity)
		return show_identity(ssl, handshake);
	err = issuers_new(SSL_get0_peer_CA_list(ssl), &issuers);
	if (err) {
		fault_set(&handshake->fault, err, 0, "the server's list of issuers");
		return 0;
	}
	issuers_unref(handshake->issuers);
	handshake->issuers = issuers;
	handshake->questions++;
	return 1;
}

/* Answers whether it keeps the reference that it is given: it takes its own. */
static int on_session(SSL *ssl, SSL_SESSION *session)
{
	const struct handshake *handshake = SSL_get_app_data(ssl);

	if (handshake->verdict && !handshake->fault.err)
		resumption_put(handshake->resumption, handshake->key, session,
			       handshake->verdict);
	return 0;
}

void handshake_install(SSL_CTX *ctx)
{
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(ctx, on_chain, NULL);
	SSL_CTX_set_tlsext_status_type(ctx, TLSEXT_STATUSTYPE_ocsp);
	SSL_CTX_set_tlsext_status_cb(ctx, on_status);
	SSL_CTX_set_cert_cb(ctx, on_asked, NULL);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT |
						    SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(ctx, on_session);
}

/* ---- life ---- */

#define MS_PER_S 1000

/* Without a session the handshake is longer, that is all. */
static void offer_session(struct handshake *handshake, SSL *ssl)
{
	SSL_SESSION *session;

	if (resumption_take(handshake->resumption, handshake->key,
			    clock_wall_ms() / MS_PER_S, &session, &handshake->offered))
		return;
	if (!SSL_set_session(ssl, session)) {
		ERR_clear_error();
		verdict_unref(handshake->offered);
		handshake->offered = NULL;
	}
	SSL_SESSION_free(session);
}

enum err handshake_init(struct handshake *handshake, SSL *ssl,
			const struct verify_target *target, struct resumption *resumption,
			struct span key)
{
	enum err err;

	*handshake = (struct handshake){.resumption = resumption, .key = key};
	if (!SSL_set_app_data(ssl, handshake)) {
		ERR_clear_error();
		return ERR_NO_MEMORY;
	}
	err = verify_new(target, &handshake->verify);
	if (err)
		return err;
	offer_session(handshake, ssl);
	return ERR_NONE;
}

enum err handshake_end(struct handshake *handshake, const SSL *ssl)
{
	if (!handshake->verdict && SSL_session_reused(ssl)) {
		handshake->verdict = handshake->offered;
		handshake->offered = NULL;
	}
	if (handshake->verdict)
		return ERR_NONE;
	return fault_set(&handshake->fault, ERR_TLS, 0,
			 "the server has shown no certificate");
}

void handshake_done(struct handshake *handshake)
{
	verify_free(handshake->verify);
	identity_unref(handshake->identity);
	verdict_unref(handshake->offered);
	verdict_unref(handshake->verdict);
	issuers_unref(handshake->issuers);
}
