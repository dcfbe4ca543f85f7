/* SPDX-License-Identifier: MIT */
/*
 * Every fault that a chain can have, with the certificates of lib/pki.py, and each with
 * all sixteen sets of errors forgiven. Roots are "root" and "expired_root".
 */
#include "lib/test.h"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "lib/openssl_memory.h"
#include "lib/pki.h"
#include "tls/verify.h"

#define R VERDICT_REVOCATION
#define A VERDICT_AUTHORITY
#define N VERDICT_NAME
#define D VERDICT_DATE

/* A server, and what must be found. */
struct verify_case {
	const char *name;   /* its certificates, NAME.pem */
	const char *host;   /* whom they should be for */
	const char *staple; /* a file, or NULL */
	unsigned errors;    /* all of them */
	enum err err;	    /* with nothing forgiven */
	const char *text;   /* a part of the sentences then */
	size_t count;	    /* of the chain; 0: not looked at */
};

static const struct verify_case cases[] = {
	{"good", "good.test", NULL, 0, 0, "", 3},
	{"good", "www.good.test", "good.ocsp", 0, 0, "", 3},
	{"good", "GOOD.test.", NULL, 0, 0, "", 3},
	{"good_rsa", "good.test", NULL, 0, 0, "", 3},
	{"upper_case", "good.test", NULL, 0, 0, "", 3},
	{"no_eku", "good.test", NULL, 0, 0, "", 3},
	{"empty_subject", "good.test", NULL, 0, 0, "", 3},
	{"idn", "xn--bcher-kva.test", NULL, 0, 0, "", 3},
	{"many_names", "good.test", NULL, 0, 0, "", 3},
	{"many_names", "host-0500.many.test", NULL, 0, 0, "", 3},
	{"deep_10_good", "good.test", NULL, 0, 0, "", 12},

	{"expired", "good.test", NULL, D, ERR_CERT_DATE,
	 "certificate has expired: CN=expired, valid 20", 3},
	{"not_yet_valid", "good.test", NULL, D, ERR_CERT_DATE,
	 "certificate is not yet valid: CN=not_yet_valid, valid 20", 3},
	{"expired_ca", "good.test", NULL, D, ERR_CERT_DATE,
	 "certificate has expired: CN=expired_ca_ca, valid 20", 3},
	{"by_expired_root", "good.test", NULL, D, ERR_CERT_DATE,
	 "certificate has expired: CN=expired_root, valid 20", 2},

	{"wrong_host", "good.test", NULL, N, ERR_CERT_NAME,
	 ", is not for good.test but for other.test", 3},
	{"good", "other.test", NULL, N, ERR_CERT_NAME,
	 ", is not for other.test but for good.test, www.good.test", 3},
	{"good", "a.good.test", NULL, N, ERR_CERT_NAME, "not for a.good.test", 3},
	{"good", "test", NULL, N, ERR_CERT_NAME, "not for test but", 3},
	{"many_names", "bad.test", NULL, N, ERR_CERT_NAME,
	 "not for bad.test but for host-0000.many.test, host-0001.many.test, "
	 "host-0002.many.test, host-0003.many.test and 996 more",
	 3},
	{"no_san", "good.test", NULL, N, ERR_CERT_NAME, "CN=good.test, valid ", 3},
	{"no_san", "good.test", NULL, N, ERR_CERT_NAME,
	 "not for good.test but for no server", 3},
	{"nul_name", "good.test", NULL, N, ERR_CERT_NAME,
	 "but for good.test\\x00.other.test", 3},
	{"nul_name", "other.test", NULL, N, ERR_CERT_NAME, "", 3},
	{"wildcard", "www.wild.test", NULL, 0, 0, "", 3},
	{"wildcard", "wild.test", NULL, N, ERR_CERT_NAME, "but for *.wild.test", 3},
	{"wildcard", "a.www.wild.test", NULL, N, ERR_CERT_NAME, "*.wild.test", 3},
	{"partial_wildcard", "www.wild.test", NULL, N, ERR_CERT_NAME, "w*.wild.test", 3},
	{"registry_wildcard", "good.com", NULL, N, ERR_CERT_NAME, "*.com, *.co.uk", 3},
	{"registry_wildcard", "good.co.uk", NULL, N, ERR_CERT_NAME, "*.com, *.co.uk", 3},
	{"ip_san", "127.0.0.1", NULL, 0, 0, "", 3},
	{"ip_san", "[::1]", NULL, 0, 0, "", 3},
	{"ip_san", "127.0.0.2", NULL, N, ERR_CERT_NAME,
	 "IP address mismatch: CN=ip_san, valid ", 3},
	{"ip_san", "[::2]", NULL, N, ERR_CERT_NAME,
	 "is not for [::2] but for 127.0.0.1, ::1", 3},
	{"ip_san", "[::ffff:7f00:1]", NULL, N, ERR_CERT_NAME, "IP address mismatch", 3},
	{"ip_san", "good.test", NULL, N, ERR_CERT_NAME, "hostname mismatch", 3},
	{"ip_as_dns", "127.0.0.1", NULL, N, ERR_CERT_NAME,
	 "is not for 127.0.0.1 but for 127.0.0.1", 3},

	{"self_signed", "good.test", NULL, A, ERR_CERT_AUTHORITY,
	 "self-signed certificate: CN=self_signed, valid ", 1},
	{"untrusted", "good.test", NULL, A, ERR_CERT_AUTHORITY,
	 "unable to get local issuer certificate: CN=untrusted, valid ", 1},
	{"untrusted_root", "good.test", NULL, A, ERR_CERT_AUTHORITY,
	 "self-signed certificate in certificate chain: CN=Other Root,O=Ixhr2 Tests", 2},
	{"incomplete", "good.test", NULL, A, ERR_CERT_AUTHORITY,
	 "unable to get local issuer certificate: CN=incomplete", 1},
	{"bad_signature", "good.test", NULL, A, ERR_CERT_AUTHORITY,
	 "certificate signature failure: CN=bad_signature", 3},
	{"names_respected", "good.test", NULL, 0, 0, "", 3},
	{"names_violated", "good.test", NULL, A, ERR_CERT_AUTHORITY,
	 "permitted subtree violation: CN=names_violated", 3},
	{"names_excluded", "good.test", NULL, A, ERR_CERT_AUTHORITY,
	 "excluded subtree violation: CN=names_excluded", 3},
	{"wildcard_excluded", "www.wild.test", NULL, 0, 0, "", 3},
	{"wildcard_excluded", "secret.wild.test", NULL, A, ERR_CERT_AUTHORITY,
	 "excluded subtree violation: CN=wildcard_excluded", 3},
	{"wildcard_excluded", "SECRET.wild.test.", NULL, A, ERR_CERT_AUTHORITY, "", 3},
	{"wildcard_excluded", "a.secret.wild.test", NULL, N, ERR_CERT_NAME, "", 3},
	{"wrong_eku", "good.test", NULL, A, ERR_CERT_AUTHORITY,
	 "unsuitable certificate purpose: CN=wrong_eku", 3},
	{"sgc", "good.test", NULL, A, ERR_CERT_AUTHORITY,
	 "unsuitable certificate purpose: CN=sgc", 3},
	{"ca_false", "good.test", NULL, A, ERR_CERT_AUTHORITY, "CN=ca_false_ca", 3},
	{"no_cert_sign", "good.test", NULL, A, ERR_CERT_AUTHORITY, "CN=no_cert_sign", 0},
	{"path_too_long", "good.test", NULL, A, ERR_CERT_AUTHORITY,
	 "path length constraint exceeded: CN=short_path_ca", 4},
	{"deep_11_bad", "good.test", NULL, A, ERR_CERT_AUTHORITY,
	 "certificate chain too long: ", 0},
	{"critical", "good.test", NULL, A, ERR_CERT_AUTHORITY,
	 "unhandled critical extension: CN=critical", 3},
	{"no_aki", "good.test", NULL, A, ERR_CERT_AUTHORITY,
	 "Missing Authority Key Identifier: CN=no_aki", 3},
	{"v1", "good.test", NULL, A | N, ERR_CERT_SEVERAL,
	 "certificate is not of version 3: CN=good.test", 3},
	{"v1_ca", "good.test", NULL, A, ERR_CERT_AUTHORITY, "CN=v1_ca", 3},
	{"sha1", "good.test", NULL, A, ERR_CERT_AUTHORITY,
	 "CA signature digest algorithm too weak: CN=sha1, valid ", 3},
	{"sha1_ca", "good.test", NULL, A, ERR_CERT_AUTHORITY,
	 "CA signature digest algorithm too weak: CN=sha1_ca_ca", 3},
	{"rsa1024", "good.test", NULL, A, ERR_CERT_AUTHORITY,
	 "EE certificate key too weak: CN=rsa1024", 3},
	{"rsa1024_ca", "good.test", NULL, A, ERR_CERT_AUTHORITY,
	 "CA certificate key too weak: CN=rsa1024_ca_ca", 3},
	{"rsa2047", "good.test", NULL, A, ERR_CERT_AUTHORITY,
	 "EE certificate key too weak: CN=rsa2047", 3},
	{"rsa2047_ca", "good.test", NULL, A, ERR_CERT_AUTHORITY,
	 "CA certificate key too weak: CN=rsa2047_ca_ca", 3},

	{"revoked", "good.test", "revoked.ocsp", R, ERR_CERT_REVOKED,
	 "certificate revoked: CN=revoked, valid ", 3},
	{"revoked", "good.test", NULL, 0, 0, "", 3},
	{"must_staple", "good.test", "must_staple.ocsp", 0, 0, "", 3},
	{"must_staple", "good.test", NULL, R, ERR_CERT_STATUS,
	 "no proof was stapled that the certificate is not revoked: CN=must_staple", 3},
	{"must_staple", "good.test", "good.ocsp", R, ERR_CERT_STATUS, "no proof", 3},
	{"must_staple", "good.test", "must_staple_revoked.ocsp", R, ERR_CERT_REVOKED,
	 "certificate revoked", 3},

	/* A staple that is useless does no harm where none is needed. */
	{"good", "good.test", "revoked.ocsp", 0, 0, "", 3},
	{"good", "good.test", "expired.ocsp", 0, 0, "", 3},
	{"good", "good.test", "stranger.ocsp", 0, 0, "", 3},
	{"good", "good.test", "try_later.ocsp", 0, 0, "", 3},
	{"incomplete", "good.test", "good.ocsp", A, ERR_CERT_AUTHORITY, "", 1},

	{"expired_and_wrong_host", "good.test", NULL, D | N, ERR_CERT_SEVERAL,
	 "; hostname mismatch: ", 3},
	{"untrusted_expired_and_wrong_host", "good.test", NULL, A | D | N,
	 ERR_CERT_SEVERAL, "; certificate has expired: ", 1},
	{"everything", "good.test", "everything.ocsp", R | A | D | N, ERR_CERT_SEVERAL,
	 "; certificate revoked: ", 3},
};

/* What a handshake holds of a server's certificates. */
struct shown {
	X509_STORE *roots;
	X509 *leaf;
	STACK_OF(X509) * others;
	X509_STORE_CTX *store;
};

static bool is_public_suffix(struct span name)
{
	return span_eq(name, SPAN("com")) || span_eq(name, SPAN("co.uk")) ||
	       span_eq(name, SPAN("test"));
}

/* Reads NAME.pem. */
static STACK_OF(X509) * read_all(const char *name)
{
	STACK_OF(X509) *all = sk_X509_new_null();
	char file[100];
	struct span pem;
	X509 *certificate;
	BIO *bio;

	snprintf(file, sizeof(file), "%s.pem", name);
	pem = pki_bytes(file);
	bio = BIO_new_mem_buf(pem.at, (int)pem.len);
	while ((certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL)
		assert_true(sk_X509_push(all, certificate) > 0);
	BIO_free(bio);
	return all;
}

static void trust(X509_STORE *roots, const char *name)
{
	STACK_OF(X509) *all = read_all(name);

	assert_true(X509_STORE_add_cert(roots, sk_X509_value(all, 0)));
	sk_X509_pop_free(all, X509_free);
}

/* leaf and others become its own. */
static void show(struct shown *shown, X509 *leaf, STACK_OF(X509) * others)
{
	shown->leaf = leaf;
	shown->others = others;
	shown->roots = X509_STORE_new();
	trust(shown->roots, "root");
	trust(shown->roots, "expired_root");
	shown->store = X509_STORE_CTX_new();
	assert_true(X509_STORE_CTX_init(shown->store, shown->roots, leaf, others));
}

static void show_file(struct shown *shown, const char *name)
{
	STACK_OF(X509) *all = read_all(name);
	X509 *leaf = sk_X509_shift(all);

	assert_non_null(leaf);
	show(shown, leaf, all);
}

static void hide(struct shown *shown)
{
	X509_STORE_CTX_free(shown->store);
	X509_STORE_free(shown->roots);
	sk_X509_pop_free(shown->others, X509_free);
	X509_free(shown->leaf);
}

static struct verify_target target_of(const char *host, unsigned forgiven)
{
	return (struct verify_target){.host = span_str(host),
				      .forgiven = forgiven,
				      .is_public_suffix = is_public_suffix};
}

static enum err try_verify(struct shown *shown, const struct verify_target *target,
			   struct span staple, const struct verdict **out_verdict)
{
	struct verify *verify;
	enum err err = verify_new(target, &verify);

	if (err)
		return err;
	err = verify_chain(verify, shown->store);
	if (!err)
		err = verify_conclude(verify, staple, out_verdict);
	verify_free(verify);
	return err;
}

static const struct verdict *judge(const struct verify_case *c, unsigned forgiven)
{
	struct span staple = c->staple ? pki_bytes(c->staple) : SPAN("");
	const struct verify_target target = target_of(c->host, forgiven);
	const struct verdict *verdict;
	struct shown shown;

	show_file(&shown, c->name);
	assert_int_equal(try_verify(&shown, &target, staple, &verdict), 0);
	hide(&shown);
	return verdict;
}

static bool is_as_expected(const struct verify_case *c, const struct verdict *verdict)
{
	if (verdict->errors != c->errors || verdict->err != c->err)
		return false;
	if (c->count && verdict->count != c->count)
		return false;
	return c->err ? strstr(verdict->text, c->text) != NULL : *verdict->text == '\0';
}

static void every_fault_has_its_bits_and_its_sentence(void **state)
{
	unsigned failures = 0;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		const struct verify_case *c = &cases[i];
		const struct verdict *verdict = judge(c, 0);

		if (!is_as_expected(c, verdict)) {
			print_error("%s for %s: %x, %d, chain of %zu, \"%s\"\n", c->name,
				    c->host, verdict->errors, verdict->err,
				    verdict->count, verdict->text);
			failures++;
		}
		verdict_unref(verdict);
	}
	assert_int_equal(failures, 0);
}

static enum err err_of(const struct verify_case *c, unsigned left)
{
	switch (left) {
	case 0:
		return 0;
	case R:
		return c->staple && strstr(c->staple, "good.ocsp") == NULL
			       ? ERR_CERT_REVOKED
			       : ERR_CERT_STATUS;
	case A:
		return ERR_CERT_AUTHORITY;
	case N:
		return ERR_CERT_NAME;
	case D:
		return ERR_CERT_DATE;
	default:
		return ERR_CERT_SEVERAL;
	}
}

static void every_bit_forgives_its_own_errors_and_no_other(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		for (unsigned forgiven = 0; forgiven <= VERDICT_ALL; forgiven++) {
			const struct verify_case *c = &cases[i];
			const struct verdict *verdict = judge(c, forgiven);
			unsigned left = c->errors & ~forgiven;

			assert_int_equal(verdict->errors, c->errors);
			assert_int_equal(verdict->err, err_of(c, left));
			assert_int_equal(*verdict->text == '\0', left == 0);
			verdict_unref(verdict);
		}
	}
}

static void assert_chain(const struct verdict *verdict, size_t i, const char *file)
{
	assert_true(i < verdict->count);
	assert_span(verdict->chain[i], pki_bytes(file));
}

static void the_chain_is_the_one_that_was_built(void **state)
{
	const struct verify_case *good = &cases[0];
	const struct verify_target target = target_of("good.test", 0);
	const struct verdict *verdict = judge(good, 0);
	STACK_OF(X509) *others = sk_X509_new_null();
	STACK_OF(X509) * more;
	struct shown shown;

	(void)state;
	assert_chain(verdict, 0, "good.der");
	assert_chain(verdict, 1, "intermediate.der");
	assert_chain(verdict, 2, "root.der");
	verdict_unref(verdict);

	/* Sent in a mess, with strangers among them. */
	more = read_all("second");
	assert_true(sk_X509_push(others, sk_X509_shift(more)));
	assert_true(sk_X509_push(others, sk_X509_shift(more)));
	sk_X509_pop_free(more, X509_free);
	more = read_all("other_root");
	assert_true(sk_X509_unshift(others, sk_X509_shift(more)));
	sk_X509_free(more);
	more = read_all("good");
	show(&shown, sk_X509_shift(more), others);
	sk_X509_pop_free(more, X509_free);
	assert_int_equal(try_verify(&shown, &target, SPAN(""), &verdict), 0);
	hide(&shown);
	assert_int_equal(verdict->errors, 0);
	assert_int_equal(verdict->count, 3);
	assert_chain(verdict, 0, "good.der");
	assert_chain(verdict, 1, "intermediate.der");
	assert_chain(verdict, 2, "root.der");
	verdict_unref(verdict);
}

static void a_certificate_that_is_a_root_itself_is_good(void **state)
{
	const struct verify_target target = target_of("good.test", 0);
	const struct verdict *verdict;
	struct shown shown;

	(void)state;
	show_file(&shown, "incomplete");
	trust(shown.roots, "incomplete");
	assert_int_equal(try_verify(&shown, &target, SPAN(""), &verdict), 0);
	hide(&shown);
	assert_int_equal(verdict->errors, 0);
	assert_int_equal(verdict->count, 1);
	verdict_unref(verdict);
}

static void a_higher_security_level_stays(void **state)
{
	const struct verify_target target = target_of("good.test", 0);
	const struct verdict *verdict;
	struct shown shown;

	(void)state;
	show_file(&shown, "good_rsa");
	X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(shown.store), 3);
	assert_int_equal(try_verify(&shown, &target, SPAN(""), &verdict), 0);
	hide(&shown);
	assert_int_equal(verdict->err, ERR_CERT_AUTHORITY);
	verdict_unref(verdict);
}

static int64_t end_of(X509 *certificate)
{
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	int days;
	int seconds;

	assert_true(
		ASN1_TIME_diff(&days, &seconds, epoch, X509_get0_notAfter(certificate)));
	ASN1_TIME_free(epoch);
	return (int64_t)days * 24 * 3600 + seconds;
}

static void it_is_good_until_the_first_of_all_runs_out(void **state)
{
	const struct verify_case staple_of_a_week = {
		"good", "good.test", "no_next.ocsp", 0, 0, "", 3};
	STACK_OF(X509) *all = read_all("good");
	int64_t now_s = clock_wall_ms() / 1000;
	const struct verdict *verdict = judge(&cases[0], 0);

	(void)state;
	assert_int_equal(verdict->good_until_s, end_of(sk_X509_value(all, 0)));
	verdict_unref(verdict);
	sk_X509_pop_free(all, X509_free);
	verdict = judge(&staple_of_a_week, 0);
	assert_in_range(verdict->good_until_s, now_s, now_s + 7 * 24 * 3600);
	verdict_unref(verdict);
	verdict = judge(&(struct verify_case){.name = "expired", .host = "good.test"}, D);
	assert_true(verdict->good_until_s < now_s);
	verdict_unref(verdict);
}

/* Years behind now, when all has expired. */
static void errors_without_room_are_counted(void **state)
{
	const struct verify_case deep = {.name = "deep_10_good", .host = "good.test"};
	const int64_t years_ms = (int64_t)20 * 365 * 24 * 3600 * 1000;
	const struct verdict *verdict;

	(void)state;
	clock_set(0, clock_wall_ms() + years_ms);
	verdict = judge(&deep, 0);
	clock_reset();
	assert_int_equal(verdict->errors, D);
	assert_int_equal(verdict->err, ERR_CERT_DATE);
	assert_non_null(strstr(verdict->text, "; and 4 more"));
	verdict_unref(verdict);
}

static void a_second_chain_begins_anew(void **state)
{
	const struct verify_target target = target_of("good.test", 0);
	const struct verdict *verdict;
	struct verify *verify;
	struct shown first;
	struct shown second;

	(void)state;
	assert_int_equal(verify_new(&target, &verify), 0);
	show_file(&first, "everything");
	assert_int_equal(verify_chain(verify, first.store), 0);
	assert_int_equal(verify_conclude(verify, pki_bytes("everything.ocsp"), &verdict),
			 0);
	verdict_unref(verdict);
	hide(&first);
	show_file(&second, "good");
	assert_int_equal(verify_chain(verify, second.store), 0);
	hide(&second);
	assert_int_equal(verify_conclude(verify, SPAN(""), &verdict), 0);
	verify_free(verify);
	assert_int_equal(verdict->errors, 0);
	assert_string_equal(verdict->text, "");
	assert_chain(verdict, 0, "good.der");
	verdict_unref(verdict);
}

static void without_a_certificate_there_is_nothing_to_verify(void **state)
{
	const struct verify_target target = target_of("good.test", 0);
	struct shown shown;
	struct verify *verify;

	(void)state;
	show(&shown, NULL, NULL);
	assert_int_equal(verify_new(&target, &verify), 0);
	assert_int_equal(verify_chain(verify, shown.store), ERR_TLS);
	verify_free(verify);
	verify_free(NULL);
	hide(&shown);
}

/* A chain that OpenSSL refuses to look at, as it does for faults of its own. */
static void what_openssl_gives_up_is_never_good(void **state)
{
	const struct verify_target target = target_of("good.test", D | N | R);
	const struct verdict *verdict;
	struct shown shown;

	(void)state;
	show_file(&shown, "good");
	assert_int_equal(X509_verify_cert(shown.store), 1);
	assert_int_equal(try_verify(&shown, &target, SPAN(""), &verdict), 0);
	hide(&shown);
	assert_int_equal(verdict->errors, A);
	assert_int_equal(verdict->err, ERR_CERT_AUTHORITY);
	assert_true(*verdict->text);
	verdict_unref(verdict);
}

/* ---- certificates that mean harm ---- */

static void fill_many_names(X509 *certificate)
{
	GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();

	for (int i = 0; i < 10000; i++) {
		ASN1_IA5STRING *text = ASN1_IA5STRING_new();
		GENERAL_NAME *name = GENERAL_NAME_new();
		char host[30];

		snprintf(host, sizeof(host), "host-%d.test", i);
		assert_true(ASN1_STRING_set(text, host, -1));
		GENERAL_NAME_set0_value(name, GEN_DNS, text);
		assert_true(sk_GENERAL_NAME_push(names, name));
	}
	assert_true(X509_add1_ext_i2d(certificate, NID_subject_alt_name, names, 0, 0));
	GENERAL_NAMES_free(names);
}

static void fill_odd_names(X509 *certificate)
{
	static char endless[60000];
	GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
	const struct {
		int type;
		const char *bytes;
		int len;
	} odd[] = {{GEN_DNS, endless, sizeof(endless)},
		   {GEN_IPADD, "12345", 5},
		   {GEN_DNS, "\x1b[31m\r\n\\\xff", 9},
		   {GEN_DNS, "", 0},
		   {GEN_IPADD, "", 0}};

	memset(endless, 'a', sizeof(endless));
	for (size_t i = 0; i < TEST_COUNT(odd); i++) {
		ASN1_STRING *text = ASN1_STRING_type_new(
			odd[i].type == GEN_DNS ? V_ASN1_IA5STRING : V_ASN1_OCTET_STRING);
		GENERAL_NAME *name = GENERAL_NAME_new();

		assert_true(ASN1_STRING_set(text, odd[i].bytes, odd[i].len));
		GENERAL_NAME_set0_value(name, odd[i].type, text);
		assert_true(sk_GENERAL_NAME_push(names, name));
	}
	assert_true(X509_add1_ext_i2d(certificate, NID_subject_alt_name, names, 0, 0));
	GENERAL_NAMES_free(names);
}

static void fill_subject(X509 *certificate, size_t bytes)
{
	unsigned char *text = calloc(1, bytes);
	X509_NAME *name = X509_NAME_new();

	memset(text, '\x1b', bytes);
	memcpy(text, "a,b\r\n\"c\"", 8);
	assert_true(X509_NAME_add_entry_by_NID(
		name, NID_organizationName, V_ASN1_UTF8STRING, text, (int)bytes, -1, 0));
	assert_true(X509_set_subject_name(certificate, name));
	X509_NAME_free(name);
	free(text);
}

static void fill_long_subject(X509 *certificate)
{
	fill_subject(certificate, 3000);
}

static void fill_enormous_subject(X509 *certificate)
{
	fill_subject(certificate, 900 * 1000);
}

static void fill_bad_dates(X509 *certificate)
{
	assert_true(ASN1_STRING_set(X509_getm_notBefore(certificate), "\r\n", 2));
	assert_true(ASN1_STRING_set(X509_getm_notAfter(certificate), "99", 2));
}

static void fill_two_alternatives(X509 *certificate)
{
	for (int i = 0; i < 2; i++) {
		X509_EXTENSION *extension = X509V3_EXT_conf_nid(
			NULL, NULL, NID_subject_alt_name, "DNS:good.test");

		assert_true(X509_add_ext(certificate, extension, -1));
		X509_EXTENSION_free(extension);
	}
}

static void fill_broken_alternative(X509 *certificate)
{
	X509_EXTENSION *extension =
		X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "DNS:good.test");

	assert_true(ASN1_STRING_set(X509_EXTENSION_get_data(extension), "0\x0b\x82", 3));
	assert_true(X509_add_ext(certificate, extension, -1));
	X509_EXTENSION_free(extension);
}

/* Signed by itself, and as it is read from a handshake. */
static X509 *forge(void (*fill)(X509 *))
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	X509 *made = X509_new();
	unsigned char *der = NULL;
	const unsigned char *at;
	X509 *read;
	int len;

	assert_true(X509_set_version(made, X509_VERSION_3));
	X509_gmtime_adj(X509_getm_notBefore(made), -60);
	X509_gmtime_adj(X509_getm_notAfter(made), 3600);
	X509_set_pubkey(made, key);
	fill(made);
	assert_true(X509_sign(made, key, EVP_sha256()));
	len = i2d_X509(made, &der);
	at = der;
	read = d2i_X509(NULL, &at, len);
	OPENSSL_free(der);
	X509_free(made);
	EVP_PKEY_free(key);
	return read;
}

static void assert_modest(const char *text)
{
	assert_in_range(strlen(text), 1, 5000);
	for (; *text; text++)
		assert_in_range(*text, ' ', '~');
}

static void what_a_certificate_holds_stays_short_and_printable(void **state)
{
	static const struct {
		void (*fill)(X509 *);
		unsigned errors;
		const char *text;
	} rows[] = {
		{fill_many_names, A | N, "host-3.test and 9996 more"},
		{fill_odd_names, A | N, ", an empty name and 1 more"},
		{fill_odd_names, A | N, "\\x1b[31m\\x0d\\x0a\\x5c\\xff"},
		{fill_odd_names, A | N, "aaa..., a malformed address, \\x1b["},
		{fill_long_subject, A | N, "O=a\\,b\\0D\\0A\\\"c\\\"\\1B"},
		{fill_long_subject, A | N, "..., valid "},
		{fill_bad_dates, A | N | D, "valid a malformed date to a malformed date"},
		{fill_two_alternatives, A | N, "but for no server"},
		{fill_broken_alternative, A | N, "but for no server"},
	};
	const struct verify_target target = target_of("good.test", 0);

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		const struct verdict *verdict;
		struct shown shown;

		show(&shown, forge(rows[i].fill), NULL);
		assert_non_null(shown.leaf);
		assert_int_equal(try_verify(&shown, &target, SPAN(""), &verdict), 0);
		hide(&shown);
		assert_int_equal(verdict->errors, rows[i].errors);
		assert_modest(verdict->text);
		if (!strstr(verdict->text, rows[i].text))
			fail_msg("%s: not in %s", rows[i].text, verdict->text);
		verdict_unref(verdict);
	}
}

static void an_enormous_subject_is_not_printed(void **state)
{
	const struct verify_target target = target_of("good.test", 0);
	X509 *certificate = forge(fill_enormous_subject);
	const struct verdict *verdict;
	struct shown shown;

	(void)state;
	if (!certificate) /* some OpenSSL reads no such names */
		skip();
	show(&shown, certificate, NULL);
	assert_int_equal(try_verify(&shown, &target, SPAN(""), &verdict), 0);
	hide(&shown);
	assert_non_null(strstr(verdict->text, "enormous subject, valid "));
	assert_modest(verdict->text);
	verdict_unref(verdict);
}

/* ---- out of memory ---- */

/* Fails every n-th allocation, alone, until there is none left to fail. A verdict that
 * comes nevertheless must not miss one of these errors. */
static void fail_allocations(const char *name, struct span staple, unsigned errors,
			     unsigned long step)
{
	const struct verify_target target = target_of("good.test", 0);
	unsigned long n = 1;
	bool has_failed;

	do {
		const struct verdict *verdict = NULL;
		struct shown shown;
		enum err err;

		show_file(&shown, name);
		mem_fail_at(n);
		n += step;
		err = try_verify(&shown, &target, staple, &verdict);
		has_failed = mem_has_failed();
		mem_fail_at(0);
		hide(&shown);
		assert_true(err == ERR_NO_MEMORY || err == ERR_NONE);
		assert_true((err == ERR_NONE) == (verdict != NULL));
		if (verdict)
			assert_int_equal(verdict->errors & errors, errors);
		verdict_unref(verdict);
	} while (has_failed);
}

static void out_of_memory_never_hides_an_error(void **state)
{
	(void)state;
	/* A staple that could not be read is none. */
	fail_allocations("everything", pki_bytes("everything.ocsp"), A | D | N, 1);
	fail_allocations("good", pki_bytes("good.ocsp"), 0, 11);
	fail_allocations("must_staple", SPAN(""), R, 11);
	fail_allocations("must_staple", pki_bytes("must_staple_revoked.ocsp"), R, 11);
	fail_allocations("names_violated", SPAN(""), A, 11);
	fail_allocations("sha1", SPAN(""), A, 11);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_fault_has_its_bits_and_its_sentence),
		cmocka_unit_test(every_bit_forgives_its_own_errors_and_no_other),
		cmocka_unit_test(the_chain_is_the_one_that_was_built),
		cmocka_unit_test(a_certificate_that_is_a_root_itself_is_good),
		cmocka_unit_test(a_higher_security_level_stays),
		cmocka_unit_test(it_is_good_until_the_first_of_all_runs_out),
		cmocka_unit_test(errors_without_room_are_counted),
		cmocka_unit_test(a_second_chain_begins_anew),
		cmocka_unit_test(without_a_certificate_there_is_nothing_to_verify),
		cmocka_unit_test(what_openssl_gives_up_is_never_good),
		cmocka_unit_test(what_a_certificate_holds_stays_short_and_printable),
		cmocka_unit_test(an_enormous_subject_is_not_printed),
		cmocka_unit_test(out_of_memory_never_hides_an_error),
	};

	openssl_memory_route();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
