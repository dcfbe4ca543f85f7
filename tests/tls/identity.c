/* SPDX-License-Identifier: MIT */
/* Certificates with keys in every form in which people keep them. */
#include "lib/test.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "lib/guard.h"
#include "lib/openssl_memory.h"
#include "lib/pki.h"
#include "tls/identity.h"

/* ---- what is read ---- */

static struct buf text; /* files behind each other */

static struct span join(const char *const *files)
{
	buf_clear(&text);
	for (; *files; files++)
		assert_int_equal(buf_put(&text, pki_bytes(*files)), 0);
	return buf_span(&text);
}

#define JOIN(...) join((const char *const[]){__VA_ARGS__, NULL})

/* The BIO's bytes, which go to the text; frees the BIO. */
static struct span take(BIO *bio)
{
	char *at = NULL;
	long len = BIO_get_mem_data(bio, &at);

	buf_clear(&text);
	assert_int_equal(buf_put(&text, span_of(at, (size_t)len)), 0);
	BIO_free(bio);
	return buf_span(&text);
}

static X509 *certificate_of(const char *file)
{
	struct span bytes = pki_bytes(file);
	BIO *bio = BIO_new_mem_buf(bytes.at, (int)bytes.len);
	X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);

	assert_non_null(certificate);
	BIO_free(bio);
	return certificate;
}

static EVP_PKEY *key_of(const char *file)
{
	struct span bytes = pki_bytes(file);
	BIO *bio = BIO_new_mem_buf(bytes.at, (int)bytes.len);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);

	assert_non_null(key);
	BIO_free(bio);
	return key;
}

/* Asserts the outcome; on success, that it is the certificate in NAME.der, with its key
 * and as many certificates behind it. */
static void check(struct span bytes, const char *pin, enum err expected,
		  const char *der_file, int chain)
{
	const struct identity *identity = NULL;
	enum err err = identity_new(bytes, pin, &identity);
	unsigned char *der = NULL;
	int len;

	assert_int_equal(err, expected);
	assert_int_equal(ERR_peek_error(), 0);
	if (err) {
		assert_null(identity);
		return;
	}
	len = i2d_X509(identity->certificate, &der);
	assert_span(span_of((char *)der, (size_t)len), pki_bytes(der_file));
	OPENSSL_free(der);
	assert_int_equal(X509_check_private_key(identity->certificate, identity->key), 1);
	assert_int_equal(identity->chain ? sk_X509_num(identity->chain) : 0, chain);
	identity_unref(identity);
}

/* ---- tests ---- */

static void files_as_people_have_them(void **state)
{
	static const struct {
		const char *files[3];
		const char *pin;
		enum err err;
		const char *der;
		int chain;
	} rows[] = {
		{{"client_both.pem"}, NULL, 0, "client.der", 0},
		{{"client_both.pem"}, "needless", 0, "client.der", 0},
		{{"client_rsa_both.pem"}, NULL, 0, "client_rsa.der", 0},
		{{"client_chain_both.pem"}, NULL, 0, "client_chain.der", 1},
		{{"client_expired_both.pem"}, NULL, 0, "client_expired.der", 0},
		{{"client.key", "client.pem"}, NULL, 0, "client.der", 0},
		{{"client.pem", "client_locked.key"}, "secret", 0, "client.der", 0},
		{{"client.pem", "client_locked.key"}, NULL, ERR_PIN, NULL, 0},
		{{"client.pem", "client_locked.key"}, "", ERR_PIN, NULL, 0},
		{{"client.pem", "client_locked.key"}, "Secret", ERR_PIN, NULL, 0},
		{{"client.p12"}, NULL, 0, "client.der", 0},
		{{"client.p12"}, "", 0, "client.der", 0},
		{{"client.p12"}, "secret", ERR_PIN, NULL, 0},
		{{"client_rsa.p12"}, NULL, 0, "client_rsa.der", 0},
		{{"client_chain.p12"}, NULL, 0, "client_chain.der", 1},
		{{"client_locked.p12"}, "secret", 0, "client.der", 0},
		{{"client_chain_locked.p12"}, "secret", 0, "client_chain.der", 1},
		{{"client_locked.p12"}, NULL, ERR_PIN, NULL, 0},
		{{"client_locked.p12"}, "", ERR_PIN, NULL, 0},
		{{"client_locked.p12"}, "secret ", ERR_PIN, NULL, 0},
		{{"client.pem"}, NULL, ERR_INVALID, NULL, 0},
		{{"client.key"}, NULL, ERR_INVALID, NULL, 0},
		{{"client_locked.key"}, "secret", ERR_INVALID, NULL, 0},
		{{"client.der"}, NULL, ERR_INVALID, NULL, 0},
		{{"client.pem", "client_rsa.key"}, NULL, ERR_INVALID, NULL, 0},
		{{"client_rsa.pem", "client.key"}, NULL, ERR_INVALID, NULL, 0},
		{{"client_both.pem", "client.key"}, NULL, ERR_INVALID, NULL, 0},
		{{"client_both.pem", "client_rsa.key"}, NULL, ERR_INVALID, NULL, 0},
		{{"client.p12", "client.pem"}, NULL, 0, "client.der", 0},
		{{"client.pem", "client.p12"}, NULL, ERR_INVALID, NULL, 0},
		{{"good.ocsp"}, NULL, ERR_INVALID, NULL, 0},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct span bytes = join(rows[i].files);

		print_message("%s %s\n", rows[i].files[0],
			      rows[i].files[1] ? rows[i].files[1] : "");
		check(bytes, rows[i].pin, rows[i].err, rows[i].der, rows[i].chain);
	}
}

static void the_order_does_not_matter(void **state)
{
	(void)state;
	check(JOIN("client_chain.crt", "client_intermediate.crt", "client_chain.key"),
	      NULL, 0, "client_chain.der", 1);
	check(JOIN("client_intermediate.crt", "client_chain.crt", "client_chain.key"),
	      NULL, 0, "client_chain.der", 1);
	check(JOIN("client_chain.key", "client_intermediate.crt", "client_chain.crt"),
	      NULL, 0, "client_chain.der", 1);
	check(JOIN("client_intermediate.crt", "client_chain.key", "client_chain.crt"),
	      NULL, 0, "client_chain.der", 1);
}

static void strangers_and_roots_are_left_out(void **state)
{
	(void)state;
	check(JOIN("client_root.crt", "client.crt", "client.key"), NULL, 0, "client.der",
	      0);
	check(JOIN("good.crt", "client_intermediate.crt", "client_chain.crt",
		   "client_chain.crt", "client_root.crt", "client_chain.key"),
	      NULL, 0, "client_chain.der", 1);
	check(JOIN("client_root.crt", "client_root.key"), NULL, 0, "client_root.der", 0);
}

static void a_long_chain_is_in_order(void **state)
{
	struct span bytes =
		JOIN("deep_1.crt", "deep_9.crt", "deep_3.crt", "deep_10.crt",
		     "deep_2.crt", "deep_8.crt", "deep_5.crt", "deep_7.crt", "deep_4.crt",
		     "deep_6.crt", "deep_11.crt", "deep_11.key");
	const struct identity *identity;
	X509 *last;

	(void)state;
	assert_int_equal(identity_new(bytes, NULL, &identity), 0);
	assert_int_equal(sk_X509_num(identity->chain), 10);
	last = identity->certificate;
	for (int i = 0; i < 10; i++) {
		X509 *issuer = sk_X509_value(identity->chain, i);

		assert_int_equal(X509_check_issued(issuer, last), X509_V_OK);
		last = issuer;
	}
	identity_unref(identity);
}

static void other_words_stand_between(void **state)
{
	struct buf all = {0};
	static const char parameters[] = "-----BEGIN EC PARAMETERS-----\n"
					 "BggqhkjOPQMBBw==\n"
					 "-----END EC PARAMETERS-----\n";

	(void)state;
	assert_int_equal(buf_put_str(&all, "\xEF\xBB\xBF"), 0);
	assert_int_equal(buf_put(&all, pki_bytes("client.key")), 0);
	assert_int_equal(buf_put_str(&all, "Bag Attributes\n    friendlyName: ann\n"), 0);
	assert_int_equal(buf_put_str(&all, parameters), 0);
	assert_int_equal(buf_put(&all, pki_bytes("client.crt")), 0);
	assert_int_equal(buf_put_str(&all, "that is all"), 0);
	check(buf_span(&all), NULL, 0, "client.der", 0);
	buf_done(&all);
	assert_int_equal(buf_put_str(&all, "0 first\n"), 0);
	assert_int_equal(buf_put(&all, pki_bytes("client_both.pem")), 0);
	check(buf_span(&all), NULL, 0, "client.der", 0);
	buf_done(&all);
}

static void lines_may_end_as_on_windows(void **state)
{
	struct span bytes = pki_bytes("client_both.pem");
	struct buf all = {0};

	(void)state;
	for (size_t i = 0; i < bytes.len; i++) {
		if (bytes.at[i] == '\n')
			assert_int_equal(buf_put_byte(&all, '\r'), 0);
		assert_int_equal(buf_put_byte(&all, bytes.at[i]), 0);
	}
	check(buf_span(&all), NULL, 0, "client.der", 0);
	buf_done(&all);
}

/* The forms of keys before PKCS#8. */
static void check_traditional(const char *name, const EVP_CIPHER *cipher)
{
	char pem[64], key_name[64], der[64];
	BIO *bio = BIO_new(BIO_s_mem());
	struct span file, bytes;
	EVP_PKEY *key;

	snprintf(key_name, sizeof(key_name), "%s.key", name);
	snprintf(pem, sizeof(pem), "%s.crt", name);
	snprintf(der, sizeof(der), "%s.der", name);
	key = key_of(key_name);
	assert_true(PEM_write_bio_PrivateKey_traditional(bio, key, cipher,
							 (const unsigned char *)"secret",
							 cipher ? 6 : 0, NULL, NULL));
	file = pki_bytes(pem);
	assert_int_equal(BIO_write(bio, file.at, (int)file.len), file.len);
	EVP_PKEY_free(key);
	bytes = take(bio);
	check(bytes, "secret", 0, der, 0);
	check(bytes, NULL, cipher ? ERR_PIN : 0, der, 0);
	check(bytes, "wrong", cipher ? ERR_PIN : 0, der, 0);
	check(bytes, "", cipher ? ERR_PIN : 0, der, 0);
}

static void keys_in_older_forms(void **state)
{
	(void)state;
	check_traditional("client", NULL);
	check_traditional("client_rsa", NULL);
	check_traditional("client", EVP_aes_256_cbc());
	check_traditional("client_rsa", EVP_aes_128_cbc());
	check_traditional("client_rsa", EVP_des_ede3_cbc());
}

/* One in 256 wrong pins leaves padding that fits. */
static void no_wrong_pin_is_taken(void **state)
{
	EVP_PKEY *key = key_of("client.key");
	BIO *bio = BIO_new(BIO_s_mem());

	(void)state;
	assert_true(PEM_write_bio_PrivateKey_traditional(bio, key, EVP_aes_128_cbc(),
							 (const unsigned char *)"secret",
							 6, NULL, NULL));
	EVP_PKEY_free(key);
	take(bio);
	assert_int_equal(buf_put(&text, pki_bytes("client.pem")), 0);
	for (int i = 0; i < 1000; i++) {
		char pin[16];

		snprintf(pin, sizeof(pin), "pin%d", i);
		check(buf_span(&text), pin, ERR_PIN, NULL, 0);
	}
	check(buf_span(&text), "secret", 0, "client.der", 0);
}

static void a_pin_may_be_too_long(void **state)
{
	char pin[3000];
	BIO *bio = BIO_new(BIO_s_mem());
	EVP_PKEY *key = key_of("client.key");

	(void)state;
	memset(pin, 'x', sizeof(pin) - 1);
	pin[sizeof(pin) - 1] = '\0';
	check(JOIN("client.pem", "client_locked.key"), pin, ERR_PIN, NULL, 0);
	check(JOIN("client_locked.p12"), pin, ERR_PIN, NULL, 0);
	assert_true(PEM_write_bio_PrivateKey_traditional(bio, key, EVP_aes_128_cbc(),
							 (const unsigned char *)"secret",
							 6, NULL, NULL));
	EVP_PKEY_free(key);
	check(take(bio), pin, ERR_PIN, NULL, 0);
}

/* What a PKCS#12 file is made of. Pins are stretched but once: it is for the tests. */
struct bag {
	const char *name; /* of the test */
	const char *make_pin, *key, *certificate, *other;
	const char *pin;
	enum err err;
	int chain;
	int mac_iterations; /* -1: none */
};

static struct span make_pkcs12(const struct bag *bag)
{
	BIO *bio = BIO_new(BIO_s_mem());
	EVP_PKEY *key = bag->key ? key_of(bag->key) : NULL;
	X509 *certificate = bag->certificate ? certificate_of(bag->certificate) : NULL;
	STACK_OF(X509) *others = NULL;
	PKCS12 *pkcs12;

	if (bag->other) {
		others = sk_X509_new_null();
		sk_X509_push(others, certificate_of(bag->other));
	}
	pkcs12 = PKCS12_create(bag->make_pin, "name", key, certificate, others, 0, 0, 1,
			       bag->mac_iterations, 0);
	assert_non_null(pkcs12);
	assert_true(i2d_PKCS12_bio(bio, pkcs12));
	PKCS12_free(pkcs12);
	EVP_PKEY_free(key);
	X509_free(certificate);
	sk_X509_pop_free(others, X509_free);
	ERR_clear_error();
	return take(bio);
}

static void pkcs12_of_all_kinds(void **state)
{
	static const struct bag bags[] = {
		{"no pin", NULL, "client.key", "client.crt", NULL, NULL, 0, 0, 1},
		{"no pin, empty given", NULL, "client.key", "client.crt", NULL, "", 0, 0,
		 1},
		{"no pin, one given", NULL, "client.key", "client.crt", NULL, "x",
		 ERR_PIN, 0, 1},
		{"UTF-8", "p\xC3\xA4\xF0\x9F\x94\x91", "client.key", "client.crt", NULL,
		 "p\xC3\xA4\xF0\x9F\x94\x91", 0, 0, 1},
		{"UTF-8, wrong", "p\xC3\xA4", "client.key", "client.crt", NULL,
		 "p\xC3\xA5", ERR_PIN, 0, 1},
		{"no UTF-8", "p\xE4", "client.key", "client.crt", NULL, "p\xE4", 0, 0, 1},
		{"no MAC", NULL, "client.key", "client.crt", NULL, NULL, 0, 0, -1},
		{"no MAC, one given", NULL, "client.key", "client.crt", NULL, "x",
		 ERR_PIN, 0, -1},
		{"no key", "pin", NULL, "client.crt", NULL, "pin", ERR_INVALID, 0, 1},
		{"no certificate", "pin", "client.key", NULL, NULL, "pin", ERR_INVALID, 0,
		 1},
		{"another's certificate", "pin", "client.key", NULL, "client_rsa.crt",
		 "pin", ERR_INVALID, 0, 1},
		{"unmarked certificate", "pin", "client.key", NULL, "client.crt", "pin",
		 0, 0, 1},
		{"a stranger too", "pin", "client.key", "client.crt", "good.crt", "pin",
		 0, 0, 1},
		{"the root too", "pin", "client.key", "client.crt", "client_root.crt",
		 "pin", 0, 0, 1},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(bags); i++) {
		print_message("%s\n", bags[i].name);
		check(make_pkcs12(&bags[i]), bags[i].pin, bags[i].err, "client.der",
		      bags[i].chain);
	}
}

static void what_is_none_of_both_is_refused(void **state)
{
	const struct span garbage[] = {
		{NULL, 0},
		SPAN(""),
		SPAN("\x30"),
		SPAN("\x30\x80\x00\x00"),
		SPAN("\x30\x84\xFF\xFF\xFF\xFF"),
		SPAN("\0\0\0\0"),
		SPAN("-----BEGIN"),
		SPAN("-----BEGIN CERTIFICATE-----"),
		SPAN("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"),
		SPAN("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
		SPAN("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"),
		SPAN("-----BEGIN CERTIFICATE-----\nMAAA\n-----END PRIVATE KEY-----\n"),
		SPAN("-----BEGIN PRIVATE KEY-----\nMAAA\n-----END PRIVATE KEY-----\n"),
		SPAN("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n"),
		SPAN("-----BEGIN OPENSSH PRIVATE KEY-----\nMAAA\n"
		     "-----END OPENSSH PRIVATE KEY-----\n"),
		SPAN("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"
		     "DEK-Info: NONE-SUCH,00\n\nMAAA\n-----END RSA PRIVATE KEY-----\n"),
		SPAN("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nMAAA\n"
		     "-----END RSA PRIVATE KEY-----\n"),
		SPAN("-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n"
		     "-----END EC PARAMETERS-----\n"),
		SPAN("\xEF\xBB\xBF"),
	};
	struct guard guard = {0};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(garbage); i++)
		check(guard_copy(&guard, garbage[i]), "secret", ERR_INVALID, NULL, 0);
	guard_done(&guard);
}

static void half_a_file_is_never_taken_for_another(void **state)
{
	static const struct {
		const char *file, *pin, *der;
	} rows[] = {
		{"client_both.pem", NULL, "client.der"},
		{"client_chain_both.pem", NULL, "client_chain.der"},
		{"client.p12", NULL, "client.der"},
		{"client_locked.p12", "secret", "client.der"},
	};
	struct guard guard = {0};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct span whole = pki_bytes(rows[i].file);

		/* The last line feed may be missing. */
		for (size_t len = 0; len + 1 < whole.len; len++)
			check(guard_copy(&guard, span_of(whole.at, len)), rows[i].pin,
			      ERR_INVALID, NULL, 0);
		check(guard_copy(&guard, whole), rows[i].pin, 0, rows[i].der,
		      i == 1 ? 1 : 0);
	}
	guard_done(&guard);
}

/* A changed byte may make another pin of it, or change nothing that counts. */
static void check_changed_bytes(struct span whole)
{
	struct guard guard = {0};

	for (size_t at = 0; at < whole.len; at++) {
		struct span copy = guard_copy(&guard, whole);
		const struct identity *identity = NULL;
		enum err err;

		guard.end[(ptrdiff_t)at - (ptrdiff_t)whole.len] ^= 1;
		err = identity_new(copy, NULL, &identity);
		assert_true(err == 0 || err == ERR_INVALID || err == ERR_PIN);
		assert_true(!err == !!identity);
		identity_unref(identity);
	}
	guard_done(&guard);
}

static void no_changed_byte_is_fatal(void **state)
{
	static const struct bag bag = {"", NULL, "client.key", "client.crt", NULL, "", 0,
				       0,  1};

	(void)state;
	check_changed_bytes(pki_bytes("client_both.pem"));
	check_changed_bytes(make_pkcs12(&bag));
}

static void thumbprints_are_digests_of_the_certificate(void **state)
{
	const struct identity *identity;
	unsigned char sha1[EVP_MAX_MD_SIZE], sha256[EVP_MAX_MD_SIZE];
	struct span der = pki_bytes("client.der");

	(void)state;
	assert_int_equal(identity_new(JOIN("client_both.pem"), NULL, &identity), 0);
	assert_true(EVP_Digest(der.at, der.len, sha1, NULL, EVP_sha1(), NULL));
	assert_true(EVP_Digest(der.at, der.len, sha256, NULL, EVP_sha256(), NULL));
	assert_memory_equal(identity->sha1, sha1, IDENTITY_SHA1_BYTES);
	assert_memory_equal(identity->sha256, sha256, IDENTITY_SHA256_BYTES);
	assert_true(identity_has(identity, span_of((char *)sha1, 20)));
	assert_true(identity_has(identity, span_of((char *)sha256, 32)));
	assert_false(identity_has(identity, span_of((char *)sha256, 20)));
	assert_false(identity_has(identity, span_of((char *)sha1, 19)));
	assert_false(identity_has(identity, span_of(NULL, 0)));
	sha256[31] ^= 1;
	assert_false(identity_has(identity, span_of((char *)sha256, 32)));
	identity_unref(identity);
}

static void it_lives_as_long_as_its_references(void **state)
{
	const struct identity *identity;
	long before;

	(void)state;
	JOIN("client_both.pem");
	before = mem_live_blocks();
	assert_int_equal(identity_new(buf_span(&text), NULL, &identity), 0);
	assert_ptr_equal(identity_ref(identity), identity);
	identity_unref(identity);
	assert_int_equal(X509_check_private_key(identity->certificate, identity->key), 1);
	identity_unref(identity);
	assert_int_equal(mem_live_blocks(), before);
	assert_null(identity_ref(NULL));
	identity_unref(NULL);
}

/* What OpenSSL may keep for the errors of a thread: three texts for each of 16. */
#define KEPT_BLOCKS 48

/* The first allocations fail one by one, of the thousands behind them some. */
static void check_failing(struct span bytes, const char *pin, bool is_good)
{
	long before = mem_live_blocks();
	bool has_failed = true;

	for (unsigned long n = 1; has_failed; n += 1 + n / 64) {
		const struct identity *identity = NULL;
		enum err err;

		mem_fail_at(n);
		err = identity_new(bytes, pin, &identity);
		has_failed = mem_has_failed();
		mem_fail_at(0);
		assert_true(!err == !!identity);
		if (!has_failed)
			assert_true(!err == is_good);
		if (identity) {
			assert_true(is_good);
			assert_int_equal(X509_check_private_key(identity->certificate,
								identity->key),
					 1);
		}
		identity_unref(identity);
		assert_int_equal(ERR_peek_error(), 0);
	}
	assert_in_range(mem_live_blocks(), before, before + KEPT_BLOCKS);
}

static void any_allocation_may_fail(void **state)
{
	(void)state;
	check_failing(JOIN("client_both.pem"), NULL, true);
	check_failing(JOIN("client_chain_both.pem"), NULL, true);
	check_failing(JOIN("client_rsa_both.pem"), NULL, true);
	check_failing(JOIN("client.pem", "client_rsa.key"), NULL, false);
}

static void any_allocation_for_a_pin_may_fail(void **state)
{
	static const struct bag bag = {
		"", "pin", "client.key", "client.crt", "good.crt", "", 0, 0, 1};
	BIO *bio = BIO_new(BIO_s_mem());
	EVP_PKEY *key = key_of("client.key");

	(void)state;
	assert_true(PEM_write_bio_PrivateKey_traditional(bio, key, EVP_aes_128_cbc(),
							 (const unsigned char *)"pin", 3,
							 NULL, NULL));
	take(bio);
	assert_int_equal(buf_put(&text, pki_bytes("client.crt")), 0);
	check_failing(buf_span(&text), "pin", true);

	bio = BIO_new(BIO_s_mem());
	assert_true(PEM_write_bio_PKCS8PrivateKey(bio, key, EVP_aes_128_cbc(), "pin", 3,
						  NULL, NULL));
	take(bio);
	assert_int_equal(buf_put(&text, pki_bytes("client.crt")), 0);
	check_failing(buf_span(&text), "pin", true);
	EVP_PKEY_free(key);

	check_failing(make_pkcs12(&bag), "pin", true);
	check_failing(make_pkcs12(&bag), "pun", false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_as_people_have_them),
		cmocka_unit_test(the_order_does_not_matter),
		cmocka_unit_test(strangers_and_roots_are_left_out),
		cmocka_unit_test(a_long_chain_is_in_order),
		cmocka_unit_test(other_words_stand_between),
		cmocka_unit_test(lines_may_end_as_on_windows),
		cmocka_unit_test(keys_in_older_forms),
		cmocka_unit_test(no_wrong_pin_is_taken),
		cmocka_unit_test(a_pin_may_be_too_long),
		cmocka_unit_test(pkcs12_of_all_kinds),
		cmocka_unit_test(what_is_none_of_both_is_refused),
		cmocka_unit_test(half_a_file_is_never_taken_for_another),
		cmocka_unit_test(no_changed_byte_is_fatal),
		cmocka_unit_test(thumbprints_are_digests_of_the_certificate),
		cmocka_unit_test(it_lives_as_long_as_its_references),
		cmocka_unit_test(any_allocation_may_fail),
		cmocka_unit_test(any_allocation_for_a_pin_may_fail),
	};
	int failed;

	openssl_memory_route();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	buf_done(&text);
	return failed;
}
