/* SPDX-License-Identifier: MIT */
/*
 * OpenSSL decodes the response and checks its signature. The signer is either the issuer
 * itself, whose key alone counts then, or a responder of which the issuer is the only
 * root and that carries the extended key usage for OCSP. So nothing is asked about the
 * chain above the issuer: a staple says the same below an unknown root.
 *
 * Which of the statuses in it is that of our certificate, and whether it is of today, is
 * looked at here: serial number and both digests of the issuer must be the same, with
 * SHA-1 or SHA-256. Of several that are, one that says revoked is believed before one
 * that says good. What is revoked stays so: that status does not run out.
 *
 * OpenSSL does not always tell a lack of memory from a bad signature. The staple is then
 * useless, as if the server had sent none.
 */
#include "tls/staple.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/ocsp.h>
#include <openssl/tls1.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "tls/date.h"
#include "tls/shortage.h"
#include "tls/trust.h"

/* How long a response is good that does not say so. */
#define WITHOUT_NEXT_S (7 * 24 * 3600)

/* What is asked of a response. */
struct question {
	OCSP_BASICRESP *basic; /* the response */
	X509 *issuer;	       /* whose word counts */
	OCSP_CERTID *sha1;     /* the certificate's name in responses */
	OCSP_CERTID *sha256;   /* the same with the other digest */
	int64_t now_s;	       /* seconds since 1970 */
};

/* NULL: it is none, or memory is out. */
static OCSP_BASICRESP *decode(struct span der)
{
	const unsigned char *at = (const unsigned char *)der.at;
	OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &at, (long)der.len);
	OCSP_BASICRESP *basic = NULL;

	if (response && at == (const unsigned char *)der.at + der.len &&
	    OCSP_response_status(response) == OCSP_RESPONSE_STATUS_SUCCESSFUL)
		basic = OCSP_response_get1_basic(response);
	OCSP_RESPONSE_free(response);
	return basic;
}

/* OpenSSL asks for no level of the digest that a response is signed with. Where the
 * algorithm does not name one (RSA-PSS) it could be any. */
static bool is_strong(const OCSP_BASICRESP *basic)
{
	const ASN1_OBJECT *object;
	int algorithm;
	int digest;

	X509_ALGOR_get0(&object, NULL, NULL, OCSP_resp_get0_tbs_sigalg(basic));
	algorithm = OBJ_obj2nid(object);
	if (algorithm == NID_ED25519 || algorithm == NID_ED448)
		return true;
	return OBJ_find_sigid_algs(algorithm, &digest, NULL) && digest != NID_undef &&
	       digest != NID_sha1 && digest != NID_md5;
}

/* The store that has the issuer alone. NULL: memory is out. */
static X509_STORE *store_of(const struct question *question)
{
	X509_STORE *store = X509_STORE_new();
	X509_VERIFY_PARAM *param;

	if (!store)
		return NULL;
	param = X509_STORE_get0_param(store);
	X509_VERIFY_PARAM_set_time(param, question->now_s);
	X509_VERIFY_PARAM_set_auth_level(param, TRUST_SECURITY_LEVEL);
	if (X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN) &&
	    X509_STORE_add_cert(store, question->issuer))
		return store;
	X509_STORE_free(store);
	return NULL;
}

static bool is_signed(const struct question *question)
{
	const unsigned long flags = OCSP_TRUSTOTHER | OCSP_NOEXPLICIT;
	STACK_OF(X509) *issuers = sk_X509_new_null();
	X509_STORE *store = store_of(question);
	bool is_signed = false;

	if (issuers && store && sk_X509_push(issuers, question->issuer))
		is_signed = OCSP_basic_verify(question->basic, issuers, store, flags) > 0;
	X509_STORE_free(store);
	sk_X509_free(issuers);
	return is_signed;
}

/* When an entry begins and ends. ERR_INVALID. */
static enum err read_times(const ASN1_GENERALIZEDTIME *this_update,
			   const ASN1_GENERALIZEDTIME *next_update, int64_t *out_from_s,
			   int64_t *out_until_s)
{
	if (!this_update || date_read(this_update, out_from_s))
		return ERR_INVALID;
	*out_until_s = *out_from_s + WITHOUT_NEXT_S;
	return next_update ? date_read(next_update, out_until_s) : ERR_NONE;
}

static struct staple read_single(OCSP_SINGLERESP *single, int64_t now_s)
{
	struct staple answer = {STAPLE_USELESS, 0};
	ASN1_GENERALIZEDTIME *this_update;
	ASN1_GENERALIZEDTIME *next_update;
	int64_t from_s;
	int status;

	status = OCSP_single_get0_status(single, NULL, NULL, &this_update, &next_update);
	if (read_times(this_update, next_update, &from_s, &answer.until_s))
		return answer;
	if (from_s > now_s + STAPLE_SKEW_S || answer.until_s < from_s)
		return answer;
	if (status == V_OCSP_CERTSTATUS_REVOKED)
		answer.status = STAPLE_REVOKED;
	else if (status == V_OCSP_CERTSTATUS_GOOD &&
		 answer.until_s >= now_s - STAPLE_SKEW_S)
		answer.status = STAPLE_GOOD;
	return answer;
}

static bool is_about(const struct question *question, const OCSP_SINGLERESP *single)
{
	const OCSP_CERTID *id = OCSP_SINGLERESP_get0_id(single);

	return OCSP_id_cmp(id, question->sha1) == 0 ||
	       OCSP_id_cmp(id, question->sha256) == 0;
}

/* What the entries about our certificate say together. */
static struct staple read_all(const struct question *question)
{
	struct staple all = {STAPLE_USELESS, 0};

	for (int i = 0; i < OCSP_resp_count(question->basic); i++) {
		OCSP_SINGLERESP *single = OCSP_resp_get0(question->basic, i);
		struct staple one;

		if (!is_about(question, single))
			continue;
		one = read_single(single, question->now_s);
		if (one.status == STAPLE_REVOKED)
			return one;
		if (one.status == STAPLE_GOOD && one.until_s > all.until_s)
			all = one;
	}
	return all;
}

static enum err ask(struct question *question, X509 *leaf, struct staple *out_answer)
{
	struct staple answer = {STAPLE_USELESS, 0};
	enum err err = ERR_NO_MEMORY;

	question->sha1 = OCSP_cert_to_id(EVP_sha1(), leaf, question->issuer);
	question->sha256 = OCSP_cert_to_id(EVP_sha256(), leaf, question->issuer);
	if (!question->sha1 || !question->sha256)
		goto free_ids;
	answer = read_all(question);
	if (answer.status != STAPLE_USELESS &&
	    !(is_strong(question->basic) && is_signed(question)))
		answer.status = STAPLE_USELESS;
	if (answer.status == STAPLE_USELESS && shortage_is_told())
		goto free_ids;
	*out_answer = answer;
	err = ERR_NONE;
free_ids:
	OCSP_CERTID_free(question->sha1);
	OCSP_CERTID_free(question->sha256);
	return err;
}

enum err staple_read(struct span der, X509 *leaf, X509 *issuer, int64_t now_s,
		     struct staple *out_staple)
{
	struct question question = {.issuer = issuer, .now_s = now_s};
	struct staple answer = {der.len ? STAPLE_USELESS : STAPLE_NONE, 0};
	enum err err = ERR_NONE;

	ERR_clear_error();
	if (der.len > 0 && der.len <= STAPLE_MAX_BYTES)
		question.basic = decode(der);
	if (question.basic)
		err = ask(&question, leaf, &answer);
	else if (shortage_is_told())
		err = ERR_NO_MEMORY;
	OCSP_BASICRESP_free(question.basic);
	ERR_clear_error();
	if (!err)
		*out_staple = answer;
	return err;
}

/* An extension that cannot be read counts as the demand. */
bool staple_is_required(const X509 *leaf)
{
	bool is_required = false;
	TLS_FEATURE *features;

	if (X509_get_ext_by_NID(leaf, NID_tlsfeature, -1) < 0)
		return false;
	features = X509_get_ext_d2i(leaf, NID_tlsfeature, NULL, NULL);
	if (!features) {
		ERR_clear_error();
		return true;
	}
	for (int i = 0; i < sk_ASN1_INTEGER_num(features); i++) {
		const ASN1_INTEGER *feature = sk_ASN1_INTEGER_value(features, i);

		is_required |= ASN1_INTEGER_get(feature) == TLSEXT_TYPE_status_request;
	}
	TLS_FEATURE_free(features);
	return is_required;
}
