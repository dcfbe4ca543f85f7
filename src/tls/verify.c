/* SPDX-License-Identifier: MIT */
/*
 * OpenSSL builds the chain and checks it; the function that it calls at each error takes
 * a note and lets it go on. So it comes to the end of its checks with whatever chain
 * could be built: dates and signatures are looked at as well where there is no way to a
 * root. It is believed only as far as it speaks: when it gives up by itself, or says no
 * without having called, that is an error of authority.
 *
 * The rules are set here, not where the SSL_CTX is made, so that they are in one place:
 * X.509 strict, any certificate among the roots may end a chain (PARTIAL_CHAIN), for TLS
 * servers, security level 2, the time of base/clock. Names are compared here too, and the
 * staple is read when it has come.
 *
 * Each error that is not forgiven becomes a sentence at once; errors that are forgiven
 * cost nothing but their bit.
 */
#include "tls/verify.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "tls/complaint.h"
#include "tls/date.h"
#include "tls/shortage.h"
#include "tls/staple.h"
#include "tls/trust.h"

#define RULES                                                                            \
	(X509_V_FLAG_X509_STRICT | X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST)

/* An error that has been put into words. */
struct said {
	int code;		 /* X509_V_ERR_ */
	const X509 *certificate; /* whose; only compared */
};

struct verify {
	struct verify_target target;
	unsigned char address[16]; /* the host, if it is an address */
	size_t address_bytes;	   /* 4, 16, or 0: it is a name */
	STACK_OF(X509) * chain;	   /* as built; NULL before */
	int64_t now_s;		   /* when, in seconds since 1970 */
	unsigned errors;	   /* bits of enum verdict_error */
	bool is_revoked;	   /* the error of revocation is that */
	enum err err;		   /* what kept an error from being noted */
	struct buf text;	   /* the sentences */
	struct said said[VERIFY_MAX_SENTENCES];
	size_t said_count;   /* of said */
	size_t unsaid_count; /* errors for which there was no room */
};

/* Fills address if host is one. */
static size_t parse_address(struct span host, unsigned char address[16])
{
	char text[INET6_ADDRSTRLEN];
	bool is_v6 = host.len > 2 && host.at[0] == '[' && host.at[host.len - 1] == ']';

	if (is_v6)
		host = span_of(host.at + 1, host.len - 2);
	if (host.len >= sizeof(text))
		return 0;
	memcpy(text, host.at, host.len);
	text[host.len] = '\0';
	if (inet_pton(is_v6 ? AF_INET6 : AF_INET, text, address) != 1)
		return 0;
	return is_v6 ? 16 : 4;
}

enum err verify_new(const struct verify_target *target, struct verify **out_verify)
{
	struct verify *verify = mem_zalloc(sizeof(*verify));

	if (!verify)
		return ERR_NO_MEMORY;
	verify->target = *target;
	verify->address_bytes = parse_address(target->host, verify->address);
	*out_verify = verify;
	return ERR_NONE;
}

static void forget(struct verify *verify)
{
	sk_X509_pop_free(verify->chain, X509_free);
	verify->chain = NULL;
	verify->errors = 0;
	verify->is_revoked = false;
	verify->err = ERR_NONE;
	verify->said_count = 0;
	verify->unsaid_count = 0;
	buf_clear(&verify->text);
}

void verify_free(struct verify *verify)
{
	if (!verify)
		return;
	forget(verify);
	buf_done(&verify->text);
	mem_free(verify);
}

static unsigned bit_of(int code)
{
	switch (code) {
	case X509_V_ERR_CERT_NOT_YET_VALID:
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD:
	case X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD:
		return VERDICT_DATE;
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		return VERDICT_NAME;
	case X509_V_ERR_CERT_REVOKED:
	case X509_V_ERR_OCSP_VERIFY_NEEDED:
		return VERDICT_REVOCATION;
	default:
		return VERDICT_AUTHORITY;
	}
}

static const char *words_of(int code)
{
	switch (code) {
	case X509_V_ERR_OCSP_VERIFY_NEEDED:
		return "no proof was stapled that the certificate is not revoked";
	case X509_V_ERR_EXTENSIONS_REQUIRE_VERSION_3:
		return "certificate is not of version 3";
	default:
		return X509_verify_cert_error_string(code);
	}
}

static bool is_said(const struct verify *verify, int code, const X509 *certificate)
{
	for (size_t i = 0; i < verify->said_count; i++) {
		if (verify->said[i].code == code &&
		    verify->said[i].certificate == certificate)
			return true;
	}
	return false;
}

static enum err say(struct verify *verify, int code, const X509 *certificate)
{
	enum err err = ERR_NONE;

	if (verify->said_count == VERIFY_MAX_SENTENCES) {
		verify->unsaid_count++;
		return ERR_NONE;
	}
	if (verify->said_count > 0)
		err = buf_put(&verify->text, SPAN("; "));
	verify->said[verify->said_count++] = (struct said){code, certificate};
	if (err)
		return err;
	if (bit_of(code) == VERDICT_NAME)
		return complaint_put_names(&verify->text, words_of(code), certificate,
					   verify->target.host);
	return complaint_put(&verify->text, words_of(code), certificate);
}

/* Notes an error of a certificate. */
static void complain(struct verify *verify, int code, const X509 *certificate)
{
	unsigned bit = bit_of(code);

	verify->errors |= bit;
	if ((verify->target.forgiven & bit) || is_said(verify, code, certificate))
		return;
	if (!verify->err)
		verify->err = say(verify, code, certificate);
}

/* What OpenSSL calls at each error; 0 makes it give up. */
static int gather(int is_good, X509_STORE_CTX *store)
{
	struct verify *verify = X509_STORE_CTX_get_app_data(store);
	X509 *certificate = X509_STORE_CTX_get_current_cert(store);
	int code = X509_STORE_CTX_get_error(store);

	if (is_good)
		return 1;
	if (code == X509_V_ERR_OUT_OF_MEM)
		verify->err = ERR_NO_MEMORY;
	else
		complain(verify, code,
			 certificate ? certificate : X509_STORE_CTX_get0_cert(store));
	return verify->err == ERR_NONE;
}

static enum err set_rules(struct verify *verify, X509_STORE_CTX *store)
{
	X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(store);

	verify->now_s = clock_wall_ms() / 1000;
	X509_VERIFY_PARAM_set_time(param, verify->now_s);
	X509_VERIFY_PARAM_set_depth(param, VERIFY_MAX_DEPTH);
	/* The system may demand more. */
	if (X509_VERIFY_PARAM_get_auth_level(param) < TRUST_SECURITY_LEVEL)
		X509_VERIFY_PARAM_set_auth_level(param, TRUST_SECURITY_LEVEL);
	X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	X509_STORE_CTX_set_verify_cb(store, gather);
	if (X509_VERIFY_PARAM_set_flags(param, RULES) &&
	    X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_SERVER) &&
	    X509_VERIFY_PARAM_set_trust(param, X509_TRUST_SSL_SERVER) &&
	    X509_STORE_CTX_set_app_data(store, verify))
		return ERR_NONE;
	return ERR_NO_MEMORY;
}

static enum err build(struct verify *verify, X509_STORE_CTX *store, const X509 *leaf)
{
	bool is_good = X509_verify_cert(store) > 0;
	int code = X509_STORE_CTX_get_error(store);

	if (verify->err)
		return verify->err;
	if (code == X509_V_ERR_OUT_OF_MEM || shortage_is_told())
		return ERR_NO_MEMORY;
	if (!is_good || (code != X509_V_OK && !verify->errors)) {
		if (code == X509_V_OK || bit_of(code) != VERDICT_AUTHORITY)
			code = X509_V_ERR_UNSPECIFIED;
		complain(verify, code, leaf);
	}
	verify->chain = X509_STORE_CTX_get1_chain(store);
	return verify->chain ? verify->err : ERR_NO_MEMORY;
}

/* OpenSSL asks for the version of authorities alone, and takes a certificate for Server
 * Gated Cryptography as one for servers. */
static void check_leaf(struct verify *verify, X509 *leaf)
{
	uint32_t uses = X509_get_extended_key_usage(leaf);

	if (X509_get_version(leaf) != X509_VERSION_3)
		complain(verify, X509_V_ERR_EXTENSIONS_REQUIRE_VERSION_3, leaf);
	if (!(uses & XKU_SSL_SERVER))
		complain(verify, X509_V_ERR_INVALID_PURPOSE, leaf);
}

/* OpenSSL estimates how strong a key is, and rounds up: to it 2047 bits are 2048. */
static void check_keys(struct verify *verify)
{
	for (int i = 0; i < sk_X509_num(verify->chain); i++) {
		const X509 *each = sk_X509_value(verify->chain, i);
		const EVP_PKEY *key = X509_get0_pubkey(each);
		int kind = key ? EVP_PKEY_get_base_id(key) : EVP_PKEY_NONE;

		if ((kind == EVP_PKEY_RSA || kind == EVP_PKEY_RSA_PSS) &&
		    EVP_PKEY_get_bits(key) < VERIFY_MIN_RSA_BITS)
			complain(verify,
				 i ? X509_V_ERR_CA_KEY_TOO_SMALL
				   : X509_V_ERR_EE_KEY_TOO_SMALL,
				 each);
	}
}

static struct span bytes_of(const ASN1_STRING *string)
{
	return span_of((const char *)ASN1_STRING_get0_data(string),
		       (size_t)ASN1_STRING_length(string));
}

static bool is_named(const struct verify *verify, const GENERAL_NAME *name)
{
	const struct verify_target *target = &verify->target;

	if (verify->address_bytes)
		return name->type == GEN_IPADD &&
		       span_eq(bytes_of(name->d.iPAddress),
			       span_of((const char *)verify->address,
				       verify->address_bytes));
	return name->type == GEN_DNS &&
	       server_name_matches(bytes_of(name->d.dNSName), target->host,
				   target->is_public_suffix);
}

static bool is_in_any(struct span host, const STACK_OF(GENERAL_SUBTREE) * trees)
{
	for (int i = 0; i < sk_GENERAL_SUBTREE_num(trees); i++) {
		const GENERAL_NAME *base = sk_GENERAL_SUBTREE_value(trees, i)->base;

		if (base->type == GEN_DNS &&
		    server_name_is_below(host, bytes_of(base->d.dNSName)))
			return true;
	}
	return false;
}

/* What an authority must not sign for it could sign by a wildcard, of which OpenSSL sees
 * the words alone. */
static enum err check_excluded(struct verify *verify, const X509 *leaf)
{
	for (int i = 1; i < sk_X509_num(verify->chain); i++) {
		NAME_CONSTRAINTS *names =
			X509_get_ext_d2i(sk_X509_value(verify->chain, i),
					 NID_name_constraints, NULL, NULL);

		if (!names && shortage_is_told())
			return ERR_NO_MEMORY;
		if (names && is_in_any(verify->target.host, names->excludedSubtrees))
			complain(verify, X509_V_ERR_EXCLUDED_VIOLATION, leaf);
		NAME_CONSTRAINTS_free(names);
	}
	return verify->err;
}

/* Whether the host is one of the certificate's subject alternative names. */
static enum err check_names(struct verify *verify, const X509 *leaf)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);
	bool is_found = false;

	if (!names && shortage_is_told())
		return ERR_NO_MEMORY;
	for (int i = 0; i < sk_GENERAL_NAME_num(names) && !is_found; i++)
		is_found = is_named(verify, sk_GENERAL_NAME_value(names, i));
	GENERAL_NAMES_free(names);
	if (is_found)
		return verify->address_bytes ? ERR_NONE : check_excluded(verify, leaf);
	complain(verify,
		 verify->address_bytes ? X509_V_ERR_IP_ADDRESS_MISMATCH
				       : X509_V_ERR_HOSTNAME_MISMATCH,
		 leaf);
	return verify->err;
}

enum err verify_chain(struct verify *verify, X509_STORE_CTX *store)
{
	X509 *leaf = X509_STORE_CTX_get0_cert(store);
	enum err err;

	if (!leaf)
		return ERR_TLS;
	forget(verify);
	ERR_clear_error();
	err = set_rules(verify, store);
	if (!err)
		err = build(verify, store, leaf);
	if (!err) {
		check_leaf(verify, leaf);
		check_keys(verify);
		ERR_clear_error();
		err = check_names(verify, leaf);
	}
	ERR_clear_error();
	return err;
}

/* The issuer of the chain's first certificate, or NULL. */
static X509 *issuer_of(const STACK_OF(X509) * chain)
{
	X509 *leaf = sk_X509_value(chain, 0);

	if (sk_X509_num(chain) > 1)
		return sk_X509_value(chain, 1);
	return X509_self_signed(leaf, 0) == 1 ? leaf : NULL;
}

/* Moves *until_s to the end of a good staple, if that comes before. */
static enum err check_staple(struct verify *verify, struct span der, int64_t *until_s)
{
	struct staple staple = {.status = STAPLE_NONE};
	X509 *leaf = sk_X509_value(verify->chain, 0);
	X509 *issuer = issuer_of(verify->chain);
	enum err err = ERR_NONE;

	if (issuer)
		err = staple_read(der, leaf, issuer, verify->now_s, &staple);
	if (err)
		return err;
	verify->is_revoked = staple.status == STAPLE_REVOKED;
	if (staple.status == STAPLE_GOOD && staple.until_s < *until_s)
		*until_s = staple.until_s;
	if (staple.status == STAPLE_REVOKED)
		complain(verify, X509_V_ERR_CERT_REVOKED, leaf);
	else if (staple.status != STAPLE_GOOD && staple_is_required(leaf))
		complain(verify, X509_V_ERR_OCSP_VERIFY_NEEDED, leaf);
	return verify->err;
}

/* When the first of the chain runs out; one whose end cannot be read has run out. */
static int64_t end_of(const STACK_OF(X509) * chain)
{
	int64_t first_s = INT64_MAX;

	for (int i = 0; i < sk_X509_num(chain); i++) {
		int64_t end_s = 0;

		if (date_read(X509_get0_notAfter(sk_X509_value(chain, i)), &end_s))
			end_s = 0;
		if (end_s < first_s)
			first_s = end_s;
	}
	return first_s;
}

static enum err err_of(const struct verify *verify)
{
	switch (verify->errors & ~verify->target.forgiven) {
	case 0:
		return ERR_NONE;
	case VERDICT_REVOCATION:
		return verify->is_revoked ? ERR_CERT_REVOKED : ERR_CERT_STATUS;
	case VERDICT_AUTHORITY:
		return ERR_CERT_AUTHORITY;
	case VERDICT_NAME:
		return ERR_CERT_NAME;
	case VERDICT_DATE:
		return ERR_CERT_DATE;
	default:
		return ERR_CERT_SEVERAL;
	}
}

/* Appends how many errors there was no room for. */
static enum err count_unsaid(struct verify *verify)
{
	enum err err = ERR_NONE;

	if (verify->unsaid_count == 0)
		return ERR_NONE;
	err = buf_put(&verify->text, SPAN("; and "));
	if (!err)
		err = buf_put_uint(&verify->text, verify->unsaid_count);
	return err ? err : buf_put(&verify->text, SPAN(" more"));
}

/* Appends the DER of each certificate, and says how long each is. ERR_NO_MEMORY. */
static enum err put_chain(struct buf *der, const STACK_OF(X509) * chain,
			  struct span *each)
{
	for (int i = 0; i < sk_X509_num(chain); i++) {
		unsigned char *at = NULL;
		int len = i2d_X509(sk_X509_value(chain, i), &at);
		enum err err;

		if (len < 0)
			return ERR_NO_MEMORY;
		each[i].len = (size_t)len;
		err = buf_put(der, span_of((const char *)at, (size_t)len));
		OPENSSL_free(at);
		if (err)
			return err;
	}
	return ERR_NONE;
}

static enum err sum_up(struct verify *verify, int64_t until_s,
		       const struct verdict **out_verdict)
{
	struct verdict verdict = {.errors = verify->errors, .err = err_of(verify)};
	struct span *chain;
	struct buf der = {0};
	enum err err = count_unsaid(verify);
	size_t from = 0;

	verdict.good_until_s = until_s;
	verdict.count = (size_t)sk_X509_num(verify->chain);
	verdict.text = verify->text.len ? buf_cstr(&verify->text) : "";
	chain = mem_array(verdict.count, sizeof(*chain));
	if (!err && (!verdict.text || !chain))
		err = ERR_NO_MEMORY;
	if (!err)
		err = put_chain(&der, verify->chain, chain);
	for (size_t i = 0; !err && i < verdict.count; i++) {
		chain[i].at = der.at + from;
		from += chain[i].len;
	}
	verdict.chain = chain;
	if (!err)
		err = verdict_new(&verdict, out_verdict);
	buf_done(&der);
	mem_free(chain);
	return err;
}

enum err verify_conclude(struct verify *verify, struct span staple,
			 const struct verdict **out_verdict)
{
	int64_t until_s = end_of(verify->chain);
	enum err err;

	ERR_clear_error();
	err = check_staple(verify, staple, &until_s);
	if (!err)
		err = sum_up(verify, until_s, out_verdict);
	ERR_clear_error();
	return err;
}
