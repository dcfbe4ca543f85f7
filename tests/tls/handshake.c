/* SPDX-License-Identifier: MIT */
/* What is asked in handshakes: verdicts, our certificate, sessions, renegotiation. */
#include "tls/rig.h"

static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

#define EACH_VERSION(version)                                                            \
	for (const int *version = versions; version < versions + TEST_COUNT(versions);   \
	     version++)

static const struct identity *load_identity(const char *name)
{
	const struct identity *identity;
	char file[64];

	snprintf(file, sizeof(file), "%s_both.pem", name);
	assert_int_equal(identity_new(pki_bytes(file), NULL, &identity), 0);
	return identity;
}

/* Connects to a server of ctx; how that ends is the test's to look at. */
static void try_as(struct rig *rig, SSL_CTX *ctx, const struct identity *identity)
{
	rig_init(rig, ctx);
	rig->options.identity = identity;
	assert_true(rig_connect(rig));
	rig_run(rig);
}

static bool has_client(const struct rig *rig)
{
	return SSL_get0_peer_certificate(rig->peer.ssl) != NULL;
}

/* ---- verdicts ---- */

static void bad_certificates_are_refused_unless_forgiven(void **state)
{
	const struct {
		const char *certificate;
		unsigned errors;
		enum err err;
	} rows[] = {
		{"good", 0, ERR_NONE},
		{"expired", VERDICT_DATE, ERR_CERT_DATE},
		{"wrong_host", VERDICT_NAME, ERR_CERT_NAME},
		{"untrusted", VERDICT_AUTHORITY, ERR_CERT_AUTHORITY},
		{"must_staple", VERDICT_REVOCATION, ERR_CERT_STATUS},
		{"expired_and_wrong_host", VERDICT_DATE | VERDICT_NAME, ERR_CERT_SEVERAL},
	};

	(void)state;
	EACH_VERSION(version)
	{
		for (size_t i = 0; i < TEST_COUNT(rows); i++) {
			SSL_CTX *ctx = tls_peer_ctx(rows[i].certificate, *version);
			struct rig rig;

			try_as(&rig, ctx, NULL);
			assert_int_equal(rig.err, rows[i].err);
			assert_int_equal(rig.is_open, !rows[i].err);
			assert_int_equal(rig.facts->verdict->err, rows[i].err);
			assert_int_equal(rig.facts->verdict->errors, rows[i].errors);
			assert_int_equal(rig.peer.is_broken, rig.err != 0);
			rig_done(&rig);

			rig_init(&rig, ctx);
			rig.options.forgiven = rows[i].errors;
			rig_open(&rig);
			assert_int_equal(rig.facts->verdict->err, ERR_NONE);
			assert_int_equal(rig.facts->verdict->errors, rows[i].errors);
			rig_done(&rig);
			SSL_CTX_free(ctx);
		}
	}
}

/* Shows a file as a staple. */
static int staple(SSL *ssl, void *argument)
{
	struct span der = pki_bytes(argument);
	void *copy = OPENSSL_memdup(der.at, der.len);

	SSL_set_tlsext_status_ocsp_resp(ssl, copy, (long)der.len);
	return SSL_TLSEXT_ERR_OK;
}

static void staples_are_asked_for_and_believed(void **state)
{
	const struct {
		const char *certificate, *staple;
		enum err err;
	} rows[] = {
		{"good", "good.ocsp", ERR_NONE},
		{"must_staple", "must_staple.ocsp", ERR_NONE},
		{"revoked", "revoked.ocsp", ERR_CERT_REVOKED},
	};

	(void)state;
	EACH_VERSION(version)
	{
		for (size_t i = 0; i < TEST_COUNT(rows); i++) {
			SSL_CTX *ctx = tls_peer_ctx(rows[i].certificate, *version);
			struct rig rig;

			SSL_CTX_set_tlsext_status_cb(ctx, staple);
			SSL_CTX_set_tlsext_status_arg(ctx,
						      (void *)(uintptr_t)rows[i].staple);
			try_as(&rig, ctx, NULL);
			assert_int_equal(rig.err, rows[i].err);
			rig_done(&rig);
			SSL_CTX_free(ctx);
		}
	}
}

/* ---- our certificate ---- */

static void a_server_that_asks_gets_our_certificate_with_its_chain(void **state)
{
	const struct identity *identity = load_identity("client_chain");

	(void)state;
	EACH_VERSION(version)
	{
		SSL_CTX *ctx = tls_peer_ctx("good", *version);
		struct rig rig;

		tls_peer_ask(ctx, true);
		try_as(&rig, ctx, identity);
		assert_true(rig.is_open && rig.peer.is_open && !rig.err);
		assert_true(has_client(&rig));
		assert_int_equal(X509_cmp(SSL_get0_peer_certificate(rig.peer.ssl),
					  identity->certificate),
				 0);
		assert_null(rig.facts->issuers);
		rig_done(&rig);
		SSL_CTX_free(ctx);
	}
	identity_unref(identity);
}

static void a_server_that_does_not_ask_sees_no_certificate(void **state)
{
	const struct identity *identity = load_identity("client");

	(void)state;
	EACH_VERSION(version)
	{
		SSL_CTX *ctx = tls_peer_ctx("good", *version);
		struct rig rig;

		try_as(&rig, ctx, identity);
		assert_true(rig.is_open && !rig.err);
		assert_false(has_client(&rig));
		rig_done(&rig);
		SSL_CTX_free(ctx);
	}
	identity_unref(identity);
}

static void a_server_that_is_refused_has_not_seen_our_certificate(void **state)
{
	const struct identity *identity = load_identity("client");

	(void)state;
	EACH_VERSION(version)
	{
		SSL_CTX *ctx = tls_peer_ctx("expired", *version);
		struct rig rig;

		tls_peer_ask(ctx, true);
		try_as(&rig, ctx, identity);
		assert_int_equal(rig.err, ERR_CERT_DATE);
		assert_false(has_client(&rig));
		rig_done(&rig);
		SSL_CTX_free(ctx);
	}
	identity_unref(identity);
}

static void without_a_certificate_the_issuers_are_known(void **state)
{
	(void)state;
	EACH_VERSION(version)
	{
		SSL_CTX *ctx = tls_peer_ctx("good", *version);
		struct rig rig;

		tls_peer_ask(ctx, false);
		try_as(&rig, ctx, NULL);
		assert_true(rig.is_open && !rig.err);
		assert_non_null(rig.facts->issuers);
		assert_int_equal(rig.facts->issuers->count, 1);
		rig_done(&rig);
		SSL_CTX_free(ctx);
	}
}

/* In TLS 1.3 the client is through when the server finds that out. */
static void a_server_that_insists_ends_it_with_a_failure_of_its_own_kind(void **state)
{
	(void)state;
	EACH_VERSION(version)
	{
		SSL_CTX *ctx = tls_peer_ctx("good", *version);
		struct rig rig;

		tls_peer_ask(ctx, true);
		try_as(&rig, ctx, NULL);
		assert_int_equal(rig.is_open, *version == TLS1_3_VERSION);
		assert_int_equal(rig.err, ERR_CLIENT_CERT);
		assert_string_equal(rig.fault.what,
				    *version == TLS1_3_VERSION
					    ? "tlsv13 alert certificate required"
					    : "sslv3 alert handshake failure");
		assert_non_null(rig.facts->issuers);
		rig_done(&rig);
		SSL_CTX_free(ctx);
	}
}

static void another_certificate_than_the_server_takes_does_so_too(void **state)
{
	static const char *const names[] = {"client_other", "client_expired"};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(names); i++) {
		const struct identity *identity = load_identity(names[i]);

		EACH_VERSION(version)
		{
			SSL_CTX *ctx = tls_peer_ctx("good", *version);
			struct rig rig;

			tls_peer_ask(ctx, true);
			try_as(&rig, ctx, identity);
			assert_int_equal(rig.err, ERR_CLIENT_CERT);
			rig_done(&rig);
			SSL_CTX_free(ctx);
		}
		identity_unref(identity);
	}
}

/* ---- renegotiation ---- */

/* The server begins another handshake, without the session, and both go on until all is
 * still. */
static void renegotiate(struct rig *rig, bool asks)
{
	SSL_set_options(rig->peer.ssl, SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION);
	if (asks)
		SSL_set_verify(rig->peer.ssl, SSL_VERIFY_PEER, NULL);
	tls_peer_renegotiate(&rig->peer);
	rig_run(rig);
}

/* Bytes still go both ways. */
static void assert_alive(struct rig *rig)
{
	size_t got = rig->got_len, peer_got = rig->peer.got_len;

	assert_false(rig->is_over);
	rig_say(rig, SPAN("ping"));
	tls_peer_say(&rig->peer, SPAN("pong"));
	rig_run(rig);
	assert_string_equal(rig->got + got, "pong");
	assert_string_equal(rig->peer.got + peer_got, "ping");
}

static void a_server_may_ask_for_another_handshake(void **state)
{
	(void)state;
	for (size_t piece = 0; piece < 2; piece++) {
		SSL_CTX *ctx = tls_peer_ctx("good", TLS1_2_VERSION);
		const struct verdict *verdict;
		struct rig rig;

		rig_begin(&rig, ctx);
		rig.peer.fake.piece_bytes = piece;
		rig.peer.fake.write_bytes = piece;
		rig.peer.fake.blocks = piece;
		verdict = rig.facts->verdict;
		renegotiate(&rig, false);
		assert_false(SSL_renegotiate_pending(rig.peer.ssl));
		assert_ptr_equal(rig.facts->verdict, verdict);
		assert_null(rig.facts->issuers);
		assert_alive(&rig);
		rig_done(&rig);
		SSL_CTX_free(ctx);
	}
}

static void a_certificate_may_be_asked_for_later(void **state)
{
	const struct identity *identity = load_identity("client");

	(void)state;
	for (unsigned has = 0; has < 2; has++) {
		SSL_CTX *ctx = tls_peer_ctx("good", TLS1_2_VERSION);
		struct rig rig;

		tls_peer_ask(ctx, false);
		SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
		rig_init(&rig, ctx);
		rig.options.identity = has ? identity : NULL;
		rig_open(&rig);
		assert_null(rig.facts->issuers);
		assert_false(has_client(&rig));
		renegotiate(&rig, true);
		assert_false(SSL_renegotiate_pending(rig.peer.ssl));
		assert_int_equal(has_client(&rig), has);
		assert_int_equal(rig.facts->issuers == NULL, has);
		assert_alive(&rig);
		/* And asked again. */
		renegotiate(&rig, true);
		assert_alive(&rig);
		rig_done(&rig);
		SSL_CTX_free(ctx);
	}
	identity_unref(identity);
}

static void insist(SSL *ssl)
{
	SSL_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
}

static void one_who_insists_later_ends_it_too(void **state)
{
	SSL_CTX *ctx = tls_peer_ctx("good", TLS1_2_VERSION);
	struct rig rig;

	(void)state;
	tls_peer_ask(ctx, false);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
	rig_begin(&rig, ctx);
	insist(rig.peer.ssl);
	renegotiate(&rig, false);
	assert_true(rig.is_over);
	assert_int_equal(rig.err, ERR_CLIENT_CERT);
	assert_non_null(rig.facts->issuers);
	rig_done(&rig);
	SSL_CTX_free(ctx);
}

static void change_certificate(SSL *ssl, const char *name)
{
	char file[64];

	snprintf(file, sizeof(file), "%s.pem", name);
	assert_int_equal(SSL_use_certificate_chain_file(ssl, pki_path(file)), 1);
	snprintf(file, sizeof(file), "%s.key", name);
	assert_int_equal(SSL_use_PrivateKey_file(ssl, pki_path(file), SSL_FILETYPE_PEM),
			 1);
}

static void a_server_that_changes_its_certificate_is_refused(void **state)
{
	const struct {
		const char *name, *what;
	} rows[] = {
		{"renewed", "the server has changed its certificate"},
		{"expired", "the server has changed its certificate"},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		SSL_CTX *ctx = tls_peer_ctx("good", TLS1_2_VERSION);
		const struct verdict *verdict;
		struct rig rig;

		rig_begin(&rig, ctx);
		verdict = rig.facts->verdict;
		change_certificate(rig.peer.ssl, rows[i].name);
		renegotiate(&rig, false);
		assert_true(rig.is_over);
		assert_int_equal(rig.err, ERR_TLS);
		assert_string_equal(rig.fault.what, rows[i].what);
		assert_ptr_equal(rig.facts->verdict, verdict);
		assert_true(rig.peer.is_broken);
		rig_done(&rig);
		SSL_CTX_free(ctx);
	}
}

/* The same certificate, which is not good any more. */
static void a_verdict_that_has_changed_ends_it(void **state)
{
	SSL_CTX *ctx = tls_peer_ctx("revoked", TLS1_2_VERSION);
	struct rig rig;

	(void)state;
	rig_begin(&rig, ctx);
	SSL_CTX_set_tlsext_status_cb(ctx, staple);
	SSL_CTX_set_tlsext_status_arg(ctx, (void *)(uintptr_t) "revoked.ocsp");
	renegotiate(&rig, false);
	assert_true(rig.is_over);
	assert_int_equal(rig.err, ERR_CERT_REVOKED);
	rig_done(&rig);
	SSL_CTX_free(ctx);
}

/* A write, too, goes on with the handshake that a read has begun, and waits for it. */
static void a_write_in_a_renegotiation_waits_for_it(void **state)
{
	SSL_CTX *ctx = tls_peer_ctx("good", TLS1_2_VERSION);
	char text[] = "text";
	const struct iovec piece = {text, 4};
	struct rig rig;
	size_t len;
	char byte;

	(void)state;
	rig_begin(&rig, ctx);
	tls_peer_renegotiate(&rig.peer);
	fake_wire_arrive(&rig.peer.fake);
	/* The hello cannot leave: reading waits for writing. */
	rig.peer.fake.is_blocked = true;
	assert_int_equal(wire_read(rig.wire, &byte, 1, &len), ERR_AGAIN);
	assert_int_equal(rig.peer.fake.wanted, WIRE_WRITABLE);
	rig.told = 0;
	assert_true(fake_wire_tell(&rig.peer.fake));
	assert_int_equal(rig.told, WIRE_READABLE);
	/* The hello has left: writing waits for reading. */
	assert_int_equal(wire_write(rig.wire, &piece, 1, false, &len), ERR_AGAIN);
	wire_wants(rig.wire, WIRE_WRITABLE);
	assert_int_equal(rig.peer.fake.wanted, WIRE_READABLE);
	tls_peer_turn(&rig.peer);
	fake_wire_arrive(&rig.peer.fake);
	rig.told = 0;
	assert_true(fake_wire_tell(&rig.peer.fake));
	assert_int_equal(rig.told, WIRE_WRITABLE);
	rig.unsent = span_of(text, 4);
	rig_act(&rig);
	rig_run(&rig);
	assert_string_equal(rig.peer.got, "text");
	assert_alive(&rig);
	rig_done(&rig);
	SSL_CTX_free(ctx);
}

/* What the server says behind its last message comes with that, and the wire below does
 * not know of it. */
static void bytes_that_a_write_has_received_are_told(void **state)
{
	SSL_CTX *ctx = tls_peer_ctx("good", TLS1_2_VERSION);
	char text[] = "text";
	const struct iovec piece = {text, 4};
	struct rig rig;
	size_t len;

	(void)state;
	rig_begin(&rig, ctx);
	SSL_set_options(rig.peer.ssl, SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION);
	tls_peer_renegotiate(&rig.peer);
	fake_wire_arrive(&rig.peer.fake);
	rig_read(&rig);
	tls_peer_turn(&rig.peer);
	fake_wire_arrive(&rig.peer.fake);
	assert_int_equal(wire_write(rig.wire, &piece, 1, false, &len), ERR_AGAIN);
	tls_peer_turn(&rig.peer);
	assert_false(SSL_renegotiate_pending(rig.peer.ssl));
	tls_peer_say(&rig.peer, SPAN("early"));
	fake_wire_arrive(&rig.peer.fake);
	rig.told = 0;
	assert_int_equal(wire_write(rig.wire, &piece, 1, false, &len), 0);
	assert_false(fake_wire_tell(&rig.peer.fake));
	rig_run(&rig);
	assert_string_equal(rig.got, "early");
	assert_string_equal(rig.peer.got, "text");
	rig_done(&rig);
	SSL_CTX_free(ctx);
}

static void bytes_behind_the_request_for_a_handshake_are_read(void **state)
{
	SSL_CTX *ctx = tls_peer_ctx("good", TLS1_2_VERSION);
	struct rig rig;

	(void)state;
	rig_begin(&rig, ctx);
	tls_peer_say(&rig.peer, SPAN("before "));
	tls_peer_renegotiate(&rig.peer);
	rig.read_bytes = 3;
	rig_run(&rig);
	assert_string_equal(rig.got, "before ");
	assert_false(SSL_renegotiate_pending(rig.peer.ssl));
	assert_alive(&rig);
	rig_done(&rig);
	SSL_CTX_free(ctx);
}

static void keys_may_be_updated(void **state)
{
	static const int kinds[] = {SSL_KEY_UPDATE_NOT_REQUESTED,
				    SSL_KEY_UPDATE_REQUESTED};
	SSL_CTX *ctx = tls_peer_ctx("good", TLS1_3_VERSION);

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(kinds) * 2; i++) {
		struct rig rig;

		rig_begin(&rig, ctx);
		rig.peer.fake.piece_bytes = i / 2;
		rig.peer.fake.write_bytes = i / 2;
		rig.peer.fake.blocks = i / 2;
		for (unsigned round = 0; round < 3; round++) {
			assert_int_equal(SSL_key_update(rig.peer.ssl, kinds[i % 2]), 1);
			assert_alive(&rig);
			rig_run(&rig);
		}
		rig_done(&rig);
	}
	SSL_CTX_free(ctx);
}

/* ---- sessions ---- */

/* Connects with a key, ends in good order; whether a session was resumed. */
static bool visit(SSL_CTX *ctx, struct span key)
{
	struct rig rig;
	bool is_resumed;

	rig_init(&rig, ctx);
	rig.options.key = key;
	rig_open(&rig);
	is_resumed = rig.facts->is_resumed;
	assert_int_equal(SSL_session_reused(rig.peer.ssl), is_resumed);
	assert_non_null(rig.facts->verdict);
	assert_int_equal(rig.facts->verdict->count, 3);
	assert_alive(&rig);
	rig_done(&rig);
	return is_resumed;
}

static void sessions_are_resumed_under_their_key(void **state)
{
	(void)state;
	EACH_VERSION(version)
	{
		SSL_CTX *ctx = tls_peer_ctx("good", *version);

		assert_false(visit(ctx, SPAN("one")));
		assert_true(visit(ctx, SPAN("one")));
		assert_false(visit(ctx, SPAN("two")));
		assert_true(visit(ctx, SPAN("one")));
		assert_true(visit(ctx, SPAN("two")));
		SSL_CTX_free(ctx);
		trust_free(rig_trust);
		rig_trust = rig_new_trust();
	}
}

static void sessions_without_tickets_are_resumed_too(void **state)
{
	(void)state;
	EACH_VERSION(version)
	{
		SSL_CTX *ctx = tls_peer_ctx("good", *version);

		SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
		assert_false(visit(ctx, SPAN("key")));
		assert_true(visit(ctx, SPAN("key")));
		SSL_CTX_free(ctx);
		trust_free(rig_trust);
		rig_trust = rig_new_trust();
	}
}

/* TLS 1.3: each ticket once. */
static void a_ticket_is_offered_once(void **state)
{
	SSL_CTX *ctx = tls_peer_ctx("good", TLS1_3_VERSION);

	(void)state;
	SSL_CTX_set_num_tickets(ctx, 2);
	assert_false(visit(ctx, SPAN("key")));
	SSL_CTX_set_num_tickets(ctx, 0);
	assert_true(visit(ctx, SPAN("key")));
	assert_true(visit(ctx, SPAN("key")));
	assert_false(visit(ctx, SPAN("key")));
	SSL_CTX_free(ctx);
}

/* What another server refuses is no harm. */
static void a_session_that_is_refused_leads_to_a_full_handshake(void **state)
{
	(void)state;
	EACH_VERSION(version)
	{
		SSL_CTX *ctx = tls_peer_ctx("good", *version);
		SSL_CTX *other = tls_peer_ctx("good", *version);
		SSL_CTX *expired = tls_peer_ctx("expired", *version);
		struct rig rig;

		assert_false(visit(ctx, SPAN("key")));
		assert_false(visit(other, SPAN("key")));
		/* The verdict of the session does not count then. */
		try_as(&rig, expired, NULL);
		assert_int_equal(rig.err, ERR_CERT_DATE);
		rig_done(&rig);
		SSL_CTX_free(ctx);
		SSL_CTX_free(other);
		SSL_CTX_free(expired);
	}
}

/* A wire that was cut off has not spoiled its session, but one that was forged has. */
static void only_what_breaks_tls_spoils_a_session(void **state)
{
	(void)state;
	EACH_VERSION(version)
	{
		for (unsigned is_forged = 0; is_forged < 2; is_forged++) {
			SSL_CTX *ctx = tls_peer_ctx("good", *version);
			struct rig rig;

			if (*version == TLS1_3_VERSION)
				SSL_CTX_set_num_tickets(ctx, 1);
			rig_begin(&rig, ctx);
			if (is_forged)
				tls_peer_send_raw(&rig.peer,
						  SPAN("\x17\x03\x03\x00\x02xx"));
			rig.peer.fake.end = ERR_EOF;
			rig_run(&rig);
			assert_int_equal(rig.err, is_forged ? ERR_TLS : ERR_CLOSED);
			rig_done(&rig);
			rig_begin(&rig, ctx);
			assert_int_equal(rig.facts->is_resumed, !is_forged);
			rig_done(&rig);
			SSL_CTX_free(ctx);
			trust_free(rig_trust);
			rig_trust = rig_new_trust();
		}
	}
}

/* Whoever is freed in haste has not spoiled it either. */
static void a_blocked_write_does_not_spoil_a_session(void **state)
{
	(void)state;
	EACH_VERSION(version)
	{
		SSL_CTX *ctx = tls_peer_ctx("good", *version);
		struct rig rig;

		if (*version == TLS1_3_VERSION)
			SSL_CTX_set_num_tickets(ctx, 1);
		rig_begin(&rig, ctx);
		rig.peer.fake.is_blocked = true;
		rig_say(&rig, SPAN("x"));
		assert_int_equal(rig.unsent.len, 1);
		rig_done(&rig);
		rig_begin(&rig, ctx);
		assert_true(rig.facts->is_resumed);
		rig_done(&rig);
		SSL_CTX_free(ctx);
		trust_free(rig_trust);
		rig_trust = rig_new_trust();
	}
}

static void
the_verdict_of_a_resumed_session_is_the_one_that_it_was_made_with(void **state)
{
	(void)state;
	EACH_VERSION(version)
	{
		SSL_CTX *ctx = tls_peer_ctx("wrong_host", *version);
		const struct verdict *first = NULL;

		for (unsigned i = 0; i < 2; i++) {
			struct rig rig;

			rig_init(&rig, ctx);
			rig.options.forgiven = VERDICT_NAME;
			rig_open(&rig);
			assert_int_equal(rig.facts->is_resumed, i);
			assert_int_equal(rig.facts->verdict->errors, VERDICT_NAME);
			if (first)
				assert_ptr_equal(rig.facts->verdict, first);
			else
				first = verdict_ref(rig.facts->verdict);
			rig_done(&rig);
		}
		verdict_unref(first);
		SSL_CTX_free(ctx);
		trust_free(rig_trust);
		rig_trust = rig_new_trust();
	}
}

/* A server's request for a handshake may itself be met with the session. */
static void a_resumed_connection_may_be_renegotiated(void **state)
{
	SSL_CTX *ctx = tls_peer_ctx("good", TLS1_2_VERSION);
	struct rig rig;

	(void)state;
	assert_false(visit(ctx, SPAN("key")));
	rig_begin(&rig, ctx);
	assert_true(rig.facts->is_resumed);
	renegotiate(&rig, false);
	assert_alive(&rig);
	change_certificate(rig.peer.ssl, "renewed");
	renegotiate(&rig, false);
	assert_int_equal(rig.err, ERR_TLS);
	rig_done(&rig);

	rig_begin(&rig, ctx);
	SSL_renegotiate_abbreviated(rig.peer.ssl);
	SSL_do_handshake(rig.peer.ssl);
	tls_peer_flush(&rig.peer);
	rig_run(&rig);
	assert_true(SSL_session_reused(rig.peer.ssl));
	assert_alive(&rig);
	rig_done(&rig);
	SSL_CTX_free(ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(bad_certificates_are_refused_unless_forgiven),
		RIG_TEST(staples_are_asked_for_and_believed),
		RIG_TEST(a_server_that_asks_gets_our_certificate_with_its_chain),
		RIG_TEST(a_server_that_does_not_ask_sees_no_certificate),
		RIG_TEST(a_server_that_is_refused_has_not_seen_our_certificate),
		RIG_TEST(without_a_certificate_the_issuers_are_known),
		RIG_TEST(a_server_that_insists_ends_it_with_a_failure_of_its_own_kind),
		RIG_TEST(another_certificate_than_the_server_takes_does_so_too),
		RIG_TEST(a_server_may_ask_for_another_handshake),
		RIG_TEST(a_certificate_may_be_asked_for_later),
		RIG_TEST(one_who_insists_later_ends_it_too),
		RIG_TEST(a_server_that_changes_its_certificate_is_refused),
		RIG_TEST(a_verdict_that_has_changed_ends_it),
		RIG_TEST(a_write_in_a_renegotiation_waits_for_it),
		RIG_TEST(bytes_that_a_write_has_received_are_told),
		RIG_TEST(bytes_behind_the_request_for_a_handshake_are_read),
		RIG_TEST(keys_may_be_updated),
		RIG_TEST(sessions_are_resumed_under_their_key),
		RIG_TEST(sessions_without_tickets_are_resumed_too),
		RIG_TEST(a_ticket_is_offered_once),
		RIG_TEST(a_session_that_is_refused_leads_to_a_full_handshake),
		RIG_TEST(only_what_breaks_tls_spoils_a_session),
		RIG_TEST(a_blocked_write_does_not_spoil_a_session),
		RIG_TEST(
			the_verdict_of_a_resumed_session_is_the_one_that_it_was_made_with),
		RIG_TEST(a_resumed_connection_may_be_renegotiated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
