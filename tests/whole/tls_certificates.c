/* SPDX-License-Identifier: MIT */
/*
 * What becomes of a request when the server's certificate has something wrong with it:
 * the bits that OnServerCertificateReceived tells, the codes of contract section 8, the
 * sentence, and which bits of IGNORE_CERT_ERRORS forgive it. The certificates are those
 * of lib/pki.py.
 */
#include "lib/test.h"

#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/session.h"
#include "lib/client.h"
#include "lib/pki.h"
#include "lib/tls_origin.h"

#define REVOCATION XHR_CERT_ERROR_REVOCATION_FAILED
#define AUTHORITY  XHR_CERT_ERROR_UNKNOWN_CA
#define NAME	   XHR_CERT_ERROR_CERT_CN_INVALID
#define DATE	   XHR_CERT_ERROR_CERT_DATE_INVALID

/* A certificate and what must come of it. */
struct certificate_case {
	const char *certificate; /* NAME of lib/pki.h */
	DWORD errors;		 /* XHR_CERT_ERROR_ */
	const char *host;	 /* NULL: good.test */
	const char *staple;	 /* NULL: none */
	const char *root;	 /* NULL: root.pem */
	const char *text;	 /* the sentence has this too; or NULL */
	int revocation;		 /* the code for REVOCATION alone; 0: REVOKED */
};

#define CANNOT_TELL ERROR_INTERNET_SEC_CERT_REV_FAILED

static const struct certificate_case good_cases[] = {
	{"good", 0, NULL, NULL, NULL, NULL, 0},
	{"good", 0, "www.good.test", NULL, NULL, NULL, 0},
	{"good", 0, "GOOD.test", NULL, NULL, NULL, 0},
	{"good", 0, "good.test.", NULL, NULL, NULL, 0},
	{"good", 0, NULL, "good.ocsp", NULL, NULL, 0},
	{"good", 0, NULL, "delegated.ocsp", NULL, NULL, 0},
	{"good_rsa", 0, NULL, NULL, NULL, NULL, 0},
	{"upper_case", 0, NULL, NULL, NULL, NULL, 0},
	{"no_eku", 0, NULL, NULL, NULL, NULL, 0},
	{"empty_subject", 0, NULL, NULL, NULL, NULL, 0},
	{"idn", 0,
	 "b\xC3\xBC"
	 "cher.test",
	 NULL, NULL, NULL, 0},
	{"many_names", 0, NULL, NULL, NULL, NULL, 0},
	{"deep_10_good", 0, NULL, NULL, NULL, NULL, 0},
	{"wildcard", 0, "a.wild.test", NULL, NULL, NULL, 0},
	{"wildcard_excluded", 0, "a.wild.test", NULL, NULL, NULL, 0},
	{"ip_san", 0, "127.0.0.1", NULL, NULL, NULL, 0},
	{"ip_san", 0, "[::1]", NULL, NULL, NULL, 0},
	{"names_respected", 0, NULL, NULL, NULL, NULL, 0},
	{"must_staple", 0, NULL, "must_staple.ocsp", NULL, NULL, 0},
	/* A root that the program names is trusted whatever it is. */
	{"self_signed", 0, NULL, NULL, "self_signed.pem", NULL, 0},
	{"untrusted", 0, NULL, NULL, "other_root.pem", NULL, 0},
	/* A staple that proves nothing is as good as none. */
	{"good", 0, NULL, "unknown.ocsp", NULL, NULL, 0},
	{"good", 0, NULL, "expired.ocsp", NULL, NULL, 0},
	{"good", 0, NULL, "early.ocsp", NULL, NULL, 0},
	{"good", 0, NULL, "stranger.ocsp", NULL, NULL, 0},
	{"good", 0, NULL, "no_responder.ocsp", NULL, NULL, 0},
	{"good", 0, NULL, "broken_signature.ocsp", NULL, NULL, 0},
	{"good", 0, NULL, "try_later.ocsp", NULL, NULL, 0},
	{"good", 0, NULL, "revoked.ocsp", NULL, NULL, 0},
	{"good", 0, NULL, "good.pem", NULL, NULL, 0},
};

static const struct certificate_case bad_cases[] = {
	{"expired", DATE, NULL, NULL, NULL, "has expired: CN=expired, valid 20", 0},
	{"not_yet_valid", DATE, NULL, NULL, NULL, "not yet valid: CN=not_yet_valid", 0},
	{"expired_ca", DATE, NULL, NULL, NULL, "CN=expired_ca_ca", 0},
	{"by_expired_root", DATE, NULL, NULL, "expired_root.pem", "CN=expired_root", 0},
	{"wrong_host", NAME, NULL, NULL, NULL, "good.test but for other.test", 0},
	{"good", NAME, "sub.good.test", NULL, NULL, "CN=good", 0},
	{"good", NAME, "127.0.0.1", NULL, NULL, "good.test, www.good.test", 0},
	{"no_san", NAME, NULL, NULL, NULL, "CN=good.test", 0},
	{"nul_name", NAME, NULL, NULL, NULL, "\\x00", 0},
	{"wildcard", NAME, "wild.test", NULL, NULL, "*.wild.test", 0},
	{"wildcard", NAME, "a.b.wild.test", NULL, NULL, "*.wild.test", 0},
	{"partial_wildcard", NAME, "www.wild.test", NULL, NULL, "w*.wild.test", 0},
	{"registry_wildcard", NAME, "good.com", NULL, NULL, "*.com", 0},
	{"registry_wildcard", NAME, "good.co.uk", NULL, NULL, "*.co.uk", 0},
	{"ip_as_dns", NAME, "127.0.0.1", NULL, NULL, "CN=ip_as_dns", 0},
	{"ip_san", NAME, "127.0.0.2", NULL, NULL, "127.0.0.1, ::1", 0},
	{"self_signed", AUTHORITY, NULL, NULL, NULL, "self-signed", 0},
	{"untrusted", AUTHORITY, NULL, NULL, NULL, "CN=untrusted", 0},
	{"untrusted_root", AUTHORITY, NULL, NULL, NULL, "Other Root", 0},
	{"incomplete", AUTHORITY, NULL, NULL, NULL, "CN=incomplete", 0},
	{"bad_signature", AUTHORITY, NULL, NULL, NULL, "signature", 0},
	{"names_violated", AUTHORITY, NULL, NULL, NULL, "subtree", 0},
	{"names_excluded", AUTHORITY, NULL, NULL, NULL, "subtree", 0},
	{"wrong_eku", AUTHORITY, NULL, NULL, NULL, "purpose", 0},
	{"ca_false", AUTHORITY, NULL, NULL, NULL, "CN=ca_false_ca", 0},
	{"no_cert_sign", AUTHORITY, NULL, NULL, NULL, "CN=no_cert_sign_ca", 0},
	{"path_too_long", AUTHORITY, NULL, NULL, NULL, "path length", 0},
	{"deep_11_bad", AUTHORITY, NULL, NULL, NULL, NULL, 0},
	{"critical", AUTHORITY, NULL, NULL, NULL, "critical", 0},
	{"no_aki", AUTHORITY, NULL, NULL, NULL, "uthority Key Identifier", 0},
	{"v1", AUTHORITY | NAME, NULL, NULL, NULL, "CN=good.test", 0},
	{"v1_ca", AUTHORITY, NULL, NULL, NULL, "CN=v1_ca_ca", 0},
	{"sha1", AUTHORITY, NULL, NULL, NULL, "too weak", 0},
	{"sha1_ca", AUTHORITY, NULL, NULL, NULL, "too weak", 0},
	{"wildcard_excluded", AUTHORITY, "secret.wild.test", NULL, NULL, "subtree", 0},
	{"sgc", AUTHORITY, NULL, NULL, NULL, "CN=sgc", 0},
	{"rsa2047", AUTHORITY, NULL, NULL, NULL, "CN=rsa2047", 0},
	{"rsa2047_ca", AUTHORITY, NULL, NULL, NULL, "CN=rsa2047_ca_ca", 0},
	{"rsa1024", AUTHORITY, NULL, NULL, NULL, "too weak", 0},
	{"rsa1024_ca", AUTHORITY, NULL, NULL, NULL, "too weak", 0},
	{"revoked", REVOCATION, NULL, "revoked.ocsp", NULL, "revoked: CN=revoked", 0},
	{"must_staple", REVOCATION, NULL, "must_staple_revoked.ocsp", NULL, "revoked", 0},
	{"must_staple", REVOCATION, NULL, NULL, NULL, "CN=must_staple", CANNOT_TELL},
	{"must_staple", REVOCATION, NULL, "good.ocsp", NULL, "CN=must_staple",
	 CANNOT_TELL},
	{"must_staple", REVOCATION, NULL, "try_later.ocsp", NULL, "CN=must_staple",
	 CANNOT_TELL},
	{"expired_and_wrong_host", DATE | NAME, NULL, NULL, NULL, "expired", 0},
	{"untrusted_expired_and_wrong_host", AUTHORITY | DATE | NAME, NULL, NULL, NULL,
	 "other.test", 0},
	{"everything", REVOCATION | AUTHORITY | DATE | NAME, NULL, "everything.ocsp",
	 NULL, "purpose", 0},
};

static struct tls_origin *start(const struct certificate_case *c, int version)
{
	struct tls_origin *origin = tls_origin_start(&(struct tls_origin_options){
		.certificate = c->certificate, .staple = c->staple, .version = version});

	print_message("  %s for %s, staple %s\n", c->certificate,
		      c->host ? c->host : "good.test", c->staple ? c->staple : "none");
	session_reset();
	tls_origin_lead(origin);
	if (c->root)
		assert_int_equal(ixhr2_configure(IXHR2_OPTION_CA_FILE, pki_path(c->root)),
				 S_OK);
	return origin;
}

/* A GET, with these properties; ended. */
static struct client *get(const struct certificate_case *c, ULONGLONG ignored,
			  bool is_extended)
{
	struct client *client = client_new();
	char url[128];

	snprintf(url, sizeof(url), "https://%s/", c->host ? c->host : "good.test");
	client_open(client, "GET", url);
	client_property(client, XHR_PROP_IGNORE_CERT_ERRORS, ignored);
	client_property(client, XHR_PROP_EXTENDED_ERROR, is_extended);
	client_send(client);
	client_wait(client);
	return client;
}

/* What OnError tells, extended, of errors that were not ignored. */
static HRESULT extended_of(const struct certificate_case *c, DWORD errors)
{
	switch (errors) {
	case DATE:
		return HRESULT_FROM_WIN32(ERROR_INTERNET_SEC_CERT_DATE_INVALID);
	case NAME:
		return HRESULT_FROM_WIN32(ERROR_INTERNET_SEC_CERT_CN_INVALID);
	case AUTHORITY:
		return HRESULT_FROM_WIN32(ERROR_INTERNET_INVALID_CA);
	case REVOCATION:
		return HRESULT_FROM_WIN32(
			c->revocation ? c->revocation : ERROR_INTERNET_SEC_CERT_REVOKED);
	default:
		return HRESULT_FROM_WIN32(ERROR_INTERNET_SEC_CERT_ERRORS);
	}
}

static void expect_text(struct client *client, const struct certificate_case *c)
{
	char *text = NULL;

	assert_int_equal(ixhr2_error_text((IUnknown *)client->xhr, &text), S_OK);
	if (!strstr(text, c->host ? c->host : "good.test"))
		fail_msg("no host in \"%s\"", text);
	if (!strstr(text, ", valid 20"))
		fail_msg("no date in \"%s\"", text);
	if (c->text && !strstr(text, c->text))
		fail_msg("no \"%s\" in \"%s\"", c->text, text);
	CoTaskMemFree(text);
}

/* The request fails, tells these errors, and the server has seen nothing of it. */
static void expect_refused(const struct certificate_case *c, int version)
{
	struct tls_origin *origin = start(c, version);
	struct client *client = get(c, 0, false);

	client_expect_error(client, INET_E_INVALID_CERTIFICATE);
	assert_string_equal(client->order, "cE");
	assert_int_equal(client->shown.errors, c->errors);
	shown_expect_leaf(&client->shown, c->certificate);
	expect_text(client, c);
	client_end(client);
	client = get(c, 0, true);
	client_expect_error(client, extended_of(c, c->errors));
	client_end(client);
	tls_origin_await_over(origin);
	assert_int_equal(tls_origin_count(origin).bytes, 0);
	assert_int_equal(tls_origin_count(origin).secured, 0);
	tls_origin_end(origin);
}

static void these_are_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(good_cases); i++) {
		struct tls_origin *origin = start(&good_cases[i], 0);
		struct client *client = get(&good_cases[i], 0, false);

		client_expect(client, 200, "/");
		assert_string_equal(client->order, "chdR");
		assert_int_equal(client->shown.errors, 0);
		client_end(client);
		tls_origin_end(origin);
	}
}

static void these_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(bad_cases); i++)
		expect_refused(&bad_cases[i], 0);
}

static void tls_1_2_refuses_them_too(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(bad_cases); i++)
		expect_refused(&bad_cases[i], TLS1_2_VERSION);
}

static void an_ignored_error_is_told_and_does_no_harm(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(bad_cases); i++) {
		struct tls_origin *origin = start(&bad_cases[i], 0);
		struct client *client = get(&bad_cases[i], 1, false);

		client_expect(client, 200, "/");
		assert_string_equal(client->order, "chdR");
		assert_int_equal(client->shown.errors, bad_cases[i].errors);
		client_end(client);
		tls_origin_end(origin);
	}
}

/* ---- every set of ignored errors ---- */

static const struct {
	ULONGLONG ignored; /* XHR_CERT_IGNORE_ */
	DWORD error;	   /* XHR_CERT_ERROR_ */
} bits[] = {{XHR_CERT_IGNORE_REVOCATION_FAILED, REVOCATION},
	    {XHR_CERT_IGNORE_UNKNOWN_CA, AUTHORITY},
	    {XHR_CERT_IGNORE_CERT_CN_INVALID, NAME},
	    {XHR_CERT_IGNORE_CERT_DATE_INVALID, DATE}};

static void check_set(const struct certificate_case *c, unsigned set)
{
	ULONGLONG ignored = 0;
	DWORD left = c->errors;
	struct client *client;

	for (unsigned i = 0; i < TEST_COUNT(bits); i++) {
		if (!(set & 1u << i))
			continue;
		ignored |= bits[i].ignored;
		left &= ~bits[i].error;
	}
	client = get(c, ignored, true);
	if (left)
		client_expect_error(client, extended_of(c, left));
	else
		client_expect(client, 200, "/");
	assert_int_equal(client->shown.errors, c->errors);
	client_end(client);
}

/* All over one pool and one store of sessions: what was made with one set is of no use
 * for another. */
static void each_bit_forgives_its_own_error_and_no_other(void **state)
{
	static const struct certificate_case cases[] = {
		{"good", 0, NULL, NULL, NULL, NULL, 0},
		{"expired", DATE, NULL, NULL, NULL, NULL, 0},
		{"wrong_host", NAME, NULL, NULL, NULL, NULL, 0},
		{"untrusted", AUTHORITY, NULL, NULL, NULL, NULL, 0},
		{"self_signed", AUTHORITY, NULL, NULL, NULL, NULL, 0},
		{"sha1", AUTHORITY, NULL, NULL, NULL, NULL, 0},
		{"revoked", REVOCATION, NULL, "revoked.ocsp", NULL, NULL, 0},
		{"must_staple", REVOCATION, NULL, NULL, NULL, NULL, CANNOT_TELL},
		{"expired_and_wrong_host", DATE | NAME, NULL, NULL, NULL, NULL, 0},
		{"untrusted_expired_and_wrong_host", AUTHORITY | DATE | NAME, NULL, NULL,
		 NULL, NULL, 0},
		{"everything", REVOCATION | AUTHORITY | DATE | NAME, NULL,
		 "everything.ocsp", NULL, NULL, 0},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct tls_origin *origin = start(&cases[i], 0);

		for (unsigned set = 0; set < 1u << TEST_COUNT(bits); set++)
			check_set(&cases[i], set);
		for (unsigned set = 1u << TEST_COUNT(bits); set-- > 0;)
			check_set(&cases[i], set);
		tls_origin_end(origin);
	}
}

static void all_server_errors_is_true(void **state)
{
	static const struct certificate_case everything = {"everything",
							   REVOCATION | AUTHORITY | DATE |
								   NAME,
							   NULL,
							   "everything.ocsp",
							   NULL,
							   NULL,
							   0};
	struct tls_origin *origin = start(&everything, 0);
	struct client *client;

	(void)state;
	client = get(&everything, XHR_CERT_IGNORE_ALL_SERVER_ERRORS, false);
	client_finish(client, 200, "/");
	client = get(&everything, TRUE, false);
	client_finish(client, 200, "/");
	/* They are the same, and so is the connection. */
	assert_int_equal(tls_origin_count(origin).connections, 1);
	client = get(&everything, FALSE, false);
	client_fail(client, INET_E_INVALID_CERTIFICATE);
	tls_origin_end(origin);
}

/* ---- the chain ---- */

static void the_chain_is_told_leaf_first_as_far_as_it_leads(void **state)
{
	static const struct {
		const char *certificate;
		const char *const chain[8];
	} cases[] = {
		{"good", {"good", "intermediate", "root"}},
		{"self_signed", {"self_signed"}},
		{"untrusted", {"untrusted"}},
		{"untrusted_root", {"untrusted_root", "other_root"}},
		{"incomplete", {"incomplete"}},
		{"path_too_long",
		 {"path_too_long", "path_too_long_ca", "short_path_ca", "root"}},
		{"empty_subject", {"empty_subject", "intermediate", "root"}},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		const struct certificate_case c = {.certificate = cases[i].certificate};
		struct tls_origin *origin = start(&c, 0);
		struct client *client = get(&c, 1, false);

		client_expect(client, 200, "/");
		shown_expect_chain(&client->shown, cases[i].chain);
		client_end(client);
		tls_origin_end(origin);
	}
}

/* ---- roots ---- */

static void a_file_of_roots_that_cannot_be_read_fails_every_request(void **state)
{
	static const struct {
		const char *path; /* relative to the certificates */
	} cases[] = {{"no_such_file.pem"}, {"good.key"}, {"good.der"}, {"good.ocsp"}};
	char path[512];

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct tls_origin *origin =
			tls_origin_start(&(struct tls_origin_options){0});

		print_message("  %s\n", cases[i].path);
		session_reset();
		tls_origin_lead(origin);
		snprintf(path, sizeof(path), "%s/%s", getenv("IXHR2_PKI"), cases[i].path);
		assert_int_equal(ixhr2_configure(IXHR2_OPTION_CA_FILE, path), S_OK);
		for (unsigned n = 0; n < 2; n++) {
			struct client *client = client_start("GET", "https://good.test/");

			client_wait(client);
			assert_string_equal(client->order, "E");
			assert_int_equal(client->error, INET_E_SECURITY_PROBLEM);
			client_end(client);
		}
		tls_origin_end(origin);
	}
}

static void the_environment_names_roots_where_the_program_does_not(void **state)
{
	struct tls_origin *origin = tls_origin_start(&(struct tls_origin_options){0});
	char rule[64];

	(void)state;
	snprintf(rule, sizeof(rule), "::127.0.0.1:%u", tls_origin_port(origin));
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_CONNECT_TO, rule), S_OK);
	setenv("SSL_CERT_FILE", pki_path("root.pem"), 1);
	client_finish(client_start("GET", "https://good.test/"), 200, "/");
	session_reset();
	/* Those of the system do not know it. */
	unsetenv("SSL_CERT_FILE");
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_CONNECT_TO, rule), S_OK);
	client_fail(client_start("GET", "https://good.test/"),
		    INET_E_INVALID_CERTIFICATE);
	tls_origin_end(origin);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(these_are_good),
		CLIENT_TEST(these_are_refused),
		CLIENT_TEST(tls_1_2_refuses_them_too),
		CLIENT_TEST(an_ignored_error_is_told_and_does_no_harm),
		CLIENT_TEST(each_bit_forgives_its_own_error_and_no_other),
		CLIENT_TEST(all_server_errors_is_true),
		CLIENT_TEST(the_chain_is_told_leaf_first_as_far_as_it_leads),
		CLIENT_TEST(a_file_of_roots_that_cannot_be_read_fails_every_request),
		CLIENT_TEST(the_environment_names_roots_where_the_program_does_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
