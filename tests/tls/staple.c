/* SPDX-License-Identifier: MIT */
/* RFC 6960: responses made by the openssl command (lib/pki.py) and by code. */
#include "lib/test.h"

#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "lib/guard.h"
#include "lib/openssl_memory.h"
#include "lib/pki.h"
#include "tls/staple.h"

#define DAY_S 86400

/* A moment when all certificates are good. */
static int64_t now_s;

static X509 *certificate(const char *name)
{
	char file[100];
	struct span der;
	const unsigned char *at;
	X509 *certificate;

	snprintf(file, sizeof(file), "%s.der", name);
	der = pki_bytes(file);
	at = (const unsigned char *)der.at;
	certificate = d2i_X509(NULL, &at, (long)der.len);
	assert_non_null(certificate);
	return certificate;
}

static EVP_PKEY *key(const char *name)
{
	char file[100];
	EVP_PKEY *key;
	BIO *bio;

	snprintf(file, sizeof(file), "%s.key", name);
	bio = BIO_new_mem_buf(pki_bytes(file).at, (int)pki_bytes(file).len);
	key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	BIO_free(bio);
	assert_non_null(key);
	return key;
}

static struct staple read_at(struct span der, const char *leaf, const char *issuer,
			     int64_t at_s)
{
	struct staple staple = {0};
	X509 *of = certificate(leaf);
	X509 *by = certificate(issuer);

	assert_int_equal(staple_read(der, of, by, at_s, &staple), 0);
	X509_free(of);
	X509_free(by);
	return staple;
}

/* ---- responses of the openssl command ---- */

struct file_case {
	const char *file; /* the response */
	const char *leaf;
	const char *issuer;
	enum staple_status status;
};

static const struct file_case files[] = {
	{"good.ocsp", "good", "intermediate", STAPLE_GOOD},
	{"must_staple.ocsp", "must_staple", "intermediate", STAPLE_GOOD},
	{"delegated.ocsp", "good", "intermediate", STAPLE_GOOD},
	{"no_next.ocsp", "good", "intermediate", STAPLE_GOOD},
	{"revoked.ocsp", "revoked", "intermediate", STAPLE_REVOKED},
	{"must_staple_revoked.ocsp", "must_staple", "intermediate", STAPLE_REVOKED},
	{"unknown.ocsp", "good", "intermediate", STAPLE_USELESS},
	{"expired.ocsp", "good", "intermediate", STAPLE_USELESS},
	{"early.ocsp", "good", "intermediate", STAPLE_USELESS},
	{"no_responder.ocsp", "good", "intermediate", STAPLE_USELESS},
	{"stranger.ocsp", "good", "intermediate", STAPLE_USELESS},
	{"expired_responder.ocsp", "good", "intermediate", STAPLE_USELESS},
	{"broken_signature.ocsp", "good", "intermediate", STAPLE_USELESS},
	{"try_later.ocsp", "good", "intermediate", STAPLE_USELESS},
	/* Another certificate's, another issuer's. */
	{"good.ocsp", "renewed", "intermediate", STAPLE_USELESS},
	{"good.ocsp", "second", "intermediate", STAPLE_USELESS},
	{"revoked.ocsp", "good", "intermediate", STAPLE_USELESS},
	{"good.ocsp", "good", "root", STAPLE_USELESS},
	{"good.ocsp", "good", "other_root", STAPLE_USELESS},
	{"good.ocsp", "good", "good", STAPLE_USELESS},
};

static void responses_say_what_the_table_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(files); i++) {
		const struct file_case *c = &files[i];
		struct staple staple =
			read_at(pki_bytes(c->file), c->leaf, c->issuer, now_s);

		if (staple.status != c->status)
			fail_msg("%s of %s by %s: %d", c->file, c->leaf, c->issuer,
				 staple.status);
	}
}

static void nothing_is_none(void **state)
{
	(void)state;
	assert_int_equal(read_at(SPAN(""), "good", "intermediate", now_s).status,
			 STAPLE_NONE);
	assert_int_equal(read_at(SPAN("garbage"), "good", "intermediate", now_s).status,
			 STAPLE_USELESS);
}

static void a_response_that_is_cut_is_useless(void **state)
{
	const struct span der = pki_bytes("delegated.ocsp");
	struct guard guard = {0};

	(void)state;
	for (size_t len = 1; len < der.len; len++) {
		const struct span cut = guard_copy(&guard, span_of(der.at, len));

		assert_int_equal(read_at(cut, "good", "intermediate", now_s).status,
				 STAPLE_USELESS);
	}
	assert_int_equal(
		read_at(guard_copy(&guard, der), "good", "intermediate", now_s).status,
		STAPLE_GOOD);
	/* The NUL of pki_bytes behind it. */
	assert_int_equal(
		read_at(span_of(der.at, der.len + 1), "good", "intermediate", now_s)
			.status,
		STAPLE_USELESS);
	guard_done(&guard);
}

/* No change makes it good for another or turns it round. */
static void a_response_that_is_changed_never_says_otherwise(void **state)
{
	const struct span der = pki_bytes("revoked.ocsp");
	char *copy = malloc(der.len);

	(void)state;
	for (size_t i = 0; i < der.len; i++) {
		struct span changed = span_of(copy, der.len);

		memcpy(copy, der.at, der.len);
		copy[i] = (char)(copy[i] ^ 0x01);
		assert_int_not_equal(
			read_at(changed, "revoked", "intermediate", now_s).status,
			STAPLE_GOOD);
		copy[i] = (char)(copy[i] ^ 0x81);
		assert_int_not_equal(
			read_at(changed, "revoked", "intermediate", now_s).status,
			STAPLE_GOOD);
	}
	free(copy);
}

/* ---- responses made by code ---- */

/* An entry of a response. */
struct single {
	const char *leaf; /* about whom; NULL: no entry */
	int status;	  /* V_OCSP_CERTSTATUS_ */
	int64_t from_s;	  /* this update, from now on */
	int64_t until_s;  /* next update, from now on; 0: none */
	bool is_sha256;	  /* the digest of the certificate's id */
};

/* A response. */
struct response {
	struct single singles[3];
	size_t repeat;	      /* how often the first entry is put in front; 0: not */
	const char *issuer;   /* of the ids */
	const char *signer;   /* whose key signs */
	const char *carries;  /* a certificate in it besides the signer's, or NULL */
	const EVP_MD *digest; /* of the signature */
};

static ASN1_TIME *time_of(int64_t from_now_s)
{
	return ASN1_GENERALIZEDTIME_set(NULL, (time_t)(now_s + from_now_s));
}

static void add(OCSP_BASICRESP *basic, const struct single *single, const char *issuer)
{
	X509 *of = certificate(single->leaf);
	X509 *by = certificate(issuer);
	OCSP_CERTID *id =
		OCSP_cert_to_id(single->is_sha256 ? EVP_sha256() : EVP_sha1(), of, by);
	ASN1_TIME *from = time_of(single->from_s);
	ASN1_TIME *until = single->until_s ? time_of(single->until_s) : NULL;
	ASN1_TIME *revoked = time_of(-DAY_S);

	assert_non_null(OCSP_basic_add1_status(basic, id, single->status, 0, revoked,
					       from, until));
	OCSP_CERTID_free(id);
	ASN1_TIME_free(from);
	ASN1_TIME_free(until);
	ASN1_TIME_free(revoked);
	X509_free(of);
	X509_free(by);
}

/* DER, to be freed by free. */
static struct span make(const struct response *response)
{
	OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
	X509 *signer = certificate(response->signer);
	X509 *carried = certificate(response->carries ? response->carries : "good");
	EVP_PKEY *signs = key(response->signer);
	STACK_OF(X509) *carries = sk_X509_new_null();
	OCSP_RESPONSE *whole;
	unsigned char *der = NULL;
	struct span copy;
	int len;

	if (response->carries)
		assert_true(sk_X509_push(carries, carried));
	for (size_t i = 0; i < response->repeat; i++)
		add(basic, &response->singles[0], response->issuer);
	for (size_t i = 0; i < TEST_COUNT(response->singles); i++)
		if (response->singles[i].leaf)
			add(basic, &response->singles[i], response->issuer);
	assert_true(OCSP_basic_sign(basic, signer, signs, response->digest, carries, 0));
	whole = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
	len = i2d_OCSP_RESPONSE(whole, &der);
	assert_true(len > 0);
	copy = span_of(malloc((size_t)len), (size_t)len);
	memcpy((char *)copy.at, der, (size_t)len);
	OPENSSL_free(der);
	OCSP_RESPONSE_free(whole);
	OCSP_BASICRESP_free(basic);
	EVP_PKEY_free(signs);
	sk_X509_free(carries);
	X509_free(carried);
	X509_free(signer);
	return copy;
}

static struct response by_intermediate(struct single single)
{
	return (struct response){.singles = {single},
				 .issuer = "intermediate",
				 .signer = "intermediate",
				 .digest = EVP_sha256()};
}

/* What response says about leaf, by issuer. */
static struct staple read_made(const struct response *response, const char *leaf,
			       const char *issuer)
{
	struct span der = make(response);
	struct staple staple = read_at(der, leaf, issuer, now_s);

	free((char *)der.at);
	return staple;
}

#define GOOD	V_OCSP_CERTSTATUS_GOOD
#define REVOKED V_OCSP_CERTSTATUS_REVOKED
#define UNKNOWN V_OCSP_CERTSTATUS_UNKNOWN

static void time_counts_as_the_table_says(void **state)
{
	static const struct {
		struct single single;
		enum staple_status status;
		int64_t until_s; /* from now on */
	} rows[] = {
		{{"good", GOOD, -10, 1000, false}, STAPLE_GOOD, 1000},
		{{"good", GOOD, 0, 10 * DAY_S, false}, STAPLE_GOOD, 10 * DAY_S},
		{{"good", GOOD, -10, 0, false}, STAPLE_GOOD, 7 * DAY_S - 10},
		/* Clocks may differ. */
		{{"good", GOOD, STAPLE_SKEW_S, 1000, false}, STAPLE_GOOD, 1000},
		{{"good", GOOD, STAPLE_SKEW_S + 1, 1000, false}, STAPLE_USELESS, 0},
		{{"good", GOOD, -1000, -STAPLE_SKEW_S, false},
		 STAPLE_GOOD,
		 -STAPLE_SKEW_S},
		{{"good", GOOD, -1000, -STAPLE_SKEW_S - 1, false}, STAPLE_USELESS, 0},
		{{"good", GOOD, -7 * DAY_S, 0, false}, STAPLE_GOOD, 0},
		{{"good", GOOD, -7 * DAY_S - STAPLE_SKEW_S - 1, 0, false},
		 STAPLE_USELESS,
		 0},
		{{"good", GOOD, 100, 50, false}, STAPLE_USELESS, 0},
		/* Revoked stays revoked. */
		{{"good", REVOKED, -20 * DAY_S, -10 * DAY_S, false}, STAPLE_REVOKED, 0},
		{{"good", REVOKED, DAY_S, 2 * DAY_S, false}, STAPLE_USELESS, 0},
		{{"good", UNKNOWN, -10, 1000, false}, STAPLE_USELESS, 0},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct response response = by_intermediate(rows[i].single);
		struct staple staple = read_made(&response, "good", "intermediate");

		if (staple.status != rows[i].status)
			fail_msg("row %zu: %d", i, staple.status);
		if (staple.status == STAPLE_GOOD)
			assert_int_equal(staple.until_s, now_s + rows[i].until_s);
	}
}

static void ids_of_both_digests_are_known(void **state)
{
	struct response response =
		by_intermediate((struct single){"good", GOOD, -10, 1000, true});

	(void)state;
	assert_int_equal(read_made(&response, "good", "intermediate").status,
			 STAPLE_GOOD);
	assert_int_equal(read_made(&response, "second", "intermediate").status,
			 STAPLE_USELESS);
}

static void of_several_entries_ours_counts(void **state)
{
	static const struct {
		struct single singles[3];
		enum staple_status status;
		int64_t until_s;
	} rows[] = {
		{{{"second", REVOKED, -10, 1000, false},
		  {"good", GOOD, -10, 2000, false},
		  {"renewed", REVOKED, -10, 1000, false}},
		 STAPLE_GOOD,
		 2000},
		{{{"second", GOOD, -10, 1000, false},
		  {"renewed", GOOD, -10, 2000, false}},
		 STAPLE_USELESS,
		 0},
		{{{"good", GOOD, -10, 1000, false}, {"good", GOOD, -10, 2000, true}},
		 STAPLE_GOOD,
		 2000},
		{{{"good", GOOD, -10, 2000, false}, {"good", GOOD, -10, 1000, true}},
		 STAPLE_GOOD,
		 2000},
		{{{"good", GOOD, -10, 1000, false}, {"good", UNKNOWN, -10, 2000, true}},
		 STAPLE_GOOD,
		 1000},
		{{{"good", GOOD, -10, 1000, false}, {"good", REVOKED, -10, 1000, true}},
		 STAPLE_REVOKED,
		 0},
		{{{"good", REVOKED, -10, 1000, false}, {"good", GOOD, -10, 1000, true}},
		 STAPLE_REVOKED,
		 0},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct response response = by_intermediate(rows[i].singles[0]);
		struct staple staple;

		memcpy(response.singles, rows[i].singles, sizeof(response.singles));
		staple = read_made(&response, "good", "intermediate");
		if (staple.status != rows[i].status)
			fail_msg("row %zu: %d", i, staple.status);
		if (staple.status == STAPLE_GOOD)
			assert_int_equal(staple.until_s, now_s + rows[i].until_s);
	}
}

/* Who signs for the certificate "intermediate", of which "root" is the issuer. */
static void who_may_sign(void **state)
{
	const struct single good = {"intermediate", GOOD, -10, 1000, false};
	struct response response = by_intermediate(good);

	(void)state;
	response.issuer = "root";
	response.signer = "root";
	assert_int_equal(read_made(&response, "intermediate", "root").status,
			 STAPLE_GOOD);
	/* Itself. */
	response.signer = "intermediate";
	assert_int_equal(read_made(&response, "intermediate", "root").status,
			 STAPLE_USELESS);
	/* A responder that is not the issuer's own. */
	response.signer = "responder";
	response.carries = "intermediate";
	assert_int_equal(read_made(&response, "intermediate", "root").status,
			 STAPLE_USELESS);
	/* A server. */
	response = by_intermediate((struct single){"good", GOOD, -10, 1000, false});
	response.signer = "second";
	assert_int_equal(read_made(&response, "good", "intermediate").status,
			 STAPLE_USELESS);
	/* The certificate itself, being its own issuer. */
	response = by_intermediate(
		(struct single){"self_signed", REVOKED, -10, 1000, false});
	response.issuer = "self_signed";
	response.signer = "self_signed";
	assert_int_equal(read_made(&response, "self_signed", "self_signed").status,
			 STAPLE_REVOKED);
}

static void weak_signatures_are_none(void **state)
{
	struct response response =
		by_intermediate((struct single){"good", GOOD, -10, 1000, false});

	(void)state;
	response.digest = EVP_sha1();
	assert_int_equal(read_made(&response, "good", "intermediate").status,
			 STAPLE_USELESS);
	response.digest = EVP_sha384();
	assert_int_equal(read_made(&response, "good", "intermediate").status,
			 STAPLE_GOOD);
}

static void a_response_over_the_limit_is_useless(void **state)
{
	struct response response =
		by_intermediate((struct single){"good", GOOD, -10, 1000, false});
	struct span der;

	(void)state;
	response.repeat = 400;
	der = make(&response);
	assert_in_range(der.len, STAPLE_MAX_BYTES / 2, STAPLE_MAX_BYTES);
	assert_int_equal(read_at(der, "good", "intermediate", now_s).status, STAPLE_GOOD);
	free((char *)der.at);
	response.repeat = 1000;
	der = make(&response);
	assert_true(der.len > STAPLE_MAX_BYTES);
	assert_int_equal(read_at(der, "good", "intermediate", now_s).status,
			 STAPLE_USELESS);
	free((char *)der.at);
}

/* ---- must staple ---- */

static bool is_required_by(int nid, const char *value, const char *octets)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
	X509 *leaf = X509_new();
	bool is_required;

	assert_non_null(extension);
	if (octets)
		assert_true(ASN1_STRING_set(X509_EXTENSION_get_data(extension), octets,
					    (int)strlen(octets)));
	assert_true(X509_add_ext(leaf, extension, -1));
	is_required = staple_is_required(leaf);
	X509_EXTENSION_free(extension);
	X509_free(leaf);
	return is_required;
}

static void certificates_demand_a_staple(void **state)
{
	X509 *must = certificate("must_staple");
	X509 *good = certificate("good");

	(void)state;
	assert_true(staple_is_required(must));
	assert_false(staple_is_required(good));
	X509_free(must);
	X509_free(good);
	assert_true(is_required_by(NID_tlsfeature, "status_request", NULL));
	assert_true(is_required_by(NID_tlsfeature, "17,5", NULL));
	assert_false(is_required_by(NID_tlsfeature, "17", NULL));
	assert_false(is_required_by(NID_ext_key_usage, "serverAuth", NULL));
	/* What cannot be read counts. */
	assert_true(is_required_by(NID_tlsfeature, "17", "garbage"));
	assert_true(is_required_by(NID_tlsfeature, "17", "\x30\x05"));
}

/* ---- out of memory ---- */

/* Fails every n-th allocation, alone, until there is none left to fail. That may make a
 * staple useless, but never turns it round. */
static void fail_allocations(const char *file, const char *leaf,
			     enum staple_status status, unsigned long step)
{
	bool has_failed = true;

	for (unsigned long n = 1; has_failed; n += step) {
		struct staple staple = {.status = status};
		X509 *by = certificate("intermediate");
		X509 *of = certificate(leaf);
		enum err err;

		mem_fail_at(n);
		err = staple_read(pki_bytes(file), of, by, now_s, &staple);
		has_failed = mem_has_failed();
		mem_fail_at(0);
		assert_true(err == ERR_NONE || err == ERR_NO_MEMORY);
		assert_true(staple.status == status || staple.status == STAPLE_USELESS);
		assert_true(has_failed || staple.status == status);
		X509_free(of);
		X509_free(by);
	}
}

static void out_of_memory_never_turns_a_staple_round(void **state)
{
	(void)state;
	fail_allocations("revoked.ocsp", "revoked", STAPLE_REVOKED, 1);
	fail_allocations("good.ocsp", "good", STAPLE_GOOD, 11);
	fail_allocations("delegated.ocsp", "good", STAPLE_GOOD, 11);
	fail_allocations("broken_signature.ocsp", "good", STAPLE_USELESS, 11);
}

static void without_memory_a_demand_counts(void **state)
{
	X509 *must = certificate("must_staple");

	(void)state;
	for (unsigned long n = 1; n < 20; n++) {
		mem_fail_at(n);
		assert_true(staple_is_required(must));
		mem_fail_at(0);
	}
	X509_free(must);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(responses_say_what_the_table_says),
		cmocka_unit_test(nothing_is_none),
		cmocka_unit_test(a_response_that_is_cut_is_useless),
		cmocka_unit_test(a_response_that_is_changed_never_says_otherwise),
		cmocka_unit_test(time_counts_as_the_table_says),
		cmocka_unit_test(ids_of_both_digests_are_known),
		cmocka_unit_test(of_several_entries_ours_counts),
		cmocka_unit_test(who_may_sign),
		cmocka_unit_test(weak_signatures_are_none),
		cmocka_unit_test(a_response_over_the_limit_is_useless),
		cmocka_unit_test(certificates_demand_a_staple),
		cmocka_unit_test(out_of_memory_never_turns_a_staple_round),
		cmocka_unit_test(without_memory_a_demand_counts),
	};

	openssl_memory_route();
	now_s = clock_wall_ms() / 1000;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
