/* SPDX-License-Identifier: MIT */
/* Handshakes that are cut off, or that are none. */
#include "tls/rig.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

#define EACH_VERSION(version)                                                            \
	for (const int *version = versions; version < versions + TEST_COUNT(versions);   \
	     version++)

/* Gives the client bytes instead of a server, and then the end. */
static void answer_raw(struct rig *rig, SSL_CTX *ctx, struct span bytes)
{
	rig_init(rig, ctx);
	rig->peer.is_deaf = true;
	tls_peer_send_raw(&rig->peer, bytes);
	rig->peer.fake.end = ERR_EOF;
	assert_true(rig_connect(rig));
	rig_run(rig);
}

static void answers_that_are_no_handshake_say_why(void **state)
{
	const struct {
		struct span bytes;
		enum err err;
		const char *what;
	} rows[] = {
		{SPAN(""), ERR_CLOSED, "the connection ended during the TLS handshake"},
		{SPAN("\x16\x03"), ERR_CLOSED,
		 "the connection ended during the TLS handshake"},
		{SPAN("HTTP/1.1 400 Bad Request\r\n\r\n"), ERR_TLS,
		 "wrong version number"},
		{SPAN("\xff\xff\xff\xff\xff\xff\xff\xff"), ERR_TLS,
		 "wrong version number"},
		{SPAN("\x15\x03\x01\x00\x02\x02\x28"), ERR_TLS,
		 "sslv3 alert handshake failure"},
		{SPAN("\x15\x03\x01\x00\x02\x02\x46"), ERR_TLS,
		 "tlsv1 alert protocol version"},
		{SPAN("\x15\x03\x01\x00\x02\x02\x70"), ERR_TLS,
		 "tlsv1 unrecognized name"},
		/* As unknown_ca is, where no certificate of ours was asked for. */
		{SPAN("\x15\x03\x01\x00\x02\x02\x30"), ERR_TLS, "tlsv1 alert unknown ca"},
		/* close_notify */
		{SPAN("\x15\x03\x01\x00\x02\x01\x00"), ERR_CLOSED,
		 "the connection ended during the TLS handshake"},
		{SPAN("\x17\x03\x03\x00\x01x"), ERR_TLS, "unexpected message"},
		{SPAN("\x16\x03\x03\x00\x04\x00\x00\x00\x00"), ERR_CLOSED,
		 "the connection ended during the TLS handshake"},
	};
	SSL_CTX *ctx = tls_peer_ctx("good", 0);

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct rig rig;

		answer_raw(&rig, ctx, rows[i].bytes);
		assert_true(rig.is_over);
		assert_int_equal(rig.err, rows[i].err);
		assert_string_equal(rig.fault.what, rows[i].what);
		assert_null(rig.facts->verdict);
		/* And again. */
		assert_int_equal(tls_handshake(rig.wire), rows[i].err);
		assert_string_equal(rig.wire->fault.what, rows[i].what);
		rig_done(&rig);
	}
	SSL_CTX_free(ctx);
}

/* Old servers end with one failure, and none with TLS 1.1. */
static void old_protocols_are_not_spoken(void **state)
{
	static const int old[] = {TLS1_VERSION, TLS1_1_VERSION};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(old); i++) {
		SSL_CTX *ctx = tls_peer_ctx("good", old[i]);
		struct rig rig;

		rig_init(&rig, ctx);
		assert_true(rig_connect(&rig));
		rig_run(&rig);
		assert_int_equal(rig.err, ERR_TLS);
		assert_string_equal(rig.fault.what, "tlsv1 alert protocol version");
		rig_done(&rig);
		SSL_CTX_free(ctx);
	}
}

/* Fills with bytes without an order: in a group with one the generator soon comes back to
 * 1, which OpenSSL refuses as a secret. */
static void fill(unsigned char *at, size_t bytes)
{
	uint32_t seed = 1;

	for (size_t i = 0; i < bytes; i++) {
		seed = seed * 1103515245 + 12345;
		at[i] = (unsigned char)(seed >> 16) | 1;
	}
	at[bytes - 1] |= 0x80;
}

/* A Diffie-Hellman group of so many bits; what it is worth does not matter here. */
static EVP_PKEY *new_group(unsigned bits)
{
	static unsigned char prime[2048], generator[] = {2};
	OSSL_PARAM params[] = {
		OSSL_PARAM_BN(OSSL_PKEY_PARAM_FFC_P, prime, bits / 8),
		OSSL_PARAM_BN(OSSL_PKEY_PARAM_FFC_G, generator, sizeof(generator)),
		OSSL_PARAM_END,
	};
	EVP_PKEY_CTX *maker = EVP_PKEY_CTX_new_from_name(NULL, "DH", NULL);
	EVP_PKEY *group = NULL;

	fill(prime, bits / 8);
	assert_int_equal(EVP_PKEY_fromdata_init(maker), 1);
	assert_int_equal(
		EVP_PKEY_fromdata(maker, &group, EVP_PKEY_KEY_PARAMETERS, params), 1);
	EVP_PKEY_CTX_free(maker);
	return group;
}

/* Who chooses a group that takes long to compute in keeps everybody waiting. */
static void groups_may_not_be_enormous(void **state)
{
	const struct {
		unsigned bits;
		enum err err;
	} rows[] = {{2048, ERR_NONE}, {4096, ERR_NONE}, {4104, ERR_TLS}};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		SSL_CTX *ctx = tls_peer_ctx("good_rsa", TLS1_2_VERSION);
		struct rig rig;

		assert_int_equal(
			SSL_CTX_set_cipher_list(ctx, "DHE-RSA-AES128-GCM-SHA256"), 1);
		assert_int_equal(SSL_CTX_set0_tmp_dh_pkey(ctx, new_group(rows[i].bits)),
				 1);
		rig_init(&rig, ctx);
		assert_true(rig_connect(&rig));
		rig_run(&rig);
		assert_int_equal(rig.err, rows[i].err);
		assert_int_equal(rig.is_open, !rows[i].err);
		rig_done(&rig);
		SSL_CTX_free(ctx);
	}
}

/* Cuts what the client gets after so many bytes; whether the handshake was done before.
 */
static bool cut_input(SSL_CTX *ctx, size_t bytes)
{
	struct rig rig;
	bool is_open;

	rig_init(&rig, ctx);
	assert_true(rig_connect(&rig));
	tls_peer_turn(&rig.peer);
	for (unsigned i = 0; i < 20 && !rig.is_over; i++) {
		if (rig.peer.sent_len >= bytes) {
			rig.peer.fake.input.len = bytes;
			rig.peer.fake.end = ERR_EOF;
		}
		fake_wire_arrive(&rig.peer.fake);
		fake_wire_tell(&rig.peer.fake);
		rig_act(&rig);
		tls_peer_turn(&rig.peer);
	}
	is_open = rig.is_open;
	if (!is_open) {
		assert_true(rig.is_over);
		assert_int_equal(rig.err, ERR_CLOSED);
		assert_string_equal(rig.fault.what,
				    "the connection ended during the TLS handshake");
	}
	rig_done(&rig);
	return is_open;
}

static void a_handshake_that_the_server_cuts_ends_in_one_failure(void **state)
{
	(void)state;
	EACH_VERSION(version)
	{
		SSL_CTX *ctx = tls_peer_ctx("good", *version);
		size_t bytes = 0;

		while (!cut_input(ctx, bytes))
			bytes++;
		assert_true(bytes > 500);
		SSL_CTX_free(ctx);
	}
}

/* Breaks the wire after so many bytes of the client's. */
static bool cut_output(SSL_CTX *ctx, size_t bytes)
{
	struct rig rig;
	bool is_open;

	rig_init(&rig, ctx);
	rig.peer.fake.break_at = bytes;
	rig.peer.fake.break_with = ERR_RESET;
	assert_true(rig_connect(&rig));
	rig_run(&rig);
	is_open = rig.is_open;
	if (!is_open) {
		assert_int_equal(rig.err, ERR_RESET);
		assert_string_equal(rig.fault.what, "send");
	}
	rig_done(&rig);
	return is_open;
}

static void a_handshake_that_cannot_be_sent_ends_in_one_failure(void **state)
{
	(void)state;
	EACH_VERSION(version)
	{
		SSL_CTX *ctx = tls_peer_ctx("good", *version);
		size_t bytes = 0;

		while (!cut_output(ctx, bytes))
			bytes++;
		assert_true(bytes > 250);
		SSL_CTX_free(ctx);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(answers_that_are_no_handshake_say_why),
		RIG_TEST(old_protocols_are_not_spoken),
		RIG_TEST(groups_may_not_be_enormous),
		RIG_TEST(a_handshake_that_the_server_cuts_ends_in_one_failure),
		RIG_TEST(a_handshake_that_cannot_be_sent_ends_in_one_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
