/* SPDX-License-Identifier: MIT */
/*
 * Any OCSP response for a certificate of a made-up authority, whose keys are constants.
 * As it is it must say nothing, unless the authority has signed it: the inputs that come
 * with the project are. Signed here with the authority's key it may say anything, but
 * what is good must be good now.
 */
#include <openssl/ocsp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tls/staple.h"

/* The time of all that is read: in 2026. */
#define NOW_S 1780000000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
	if (!holds)
		abort();
}

/* The key of the authority (1) and of the server (2). */
static EVP_PKEY *key_of(unsigned char number)
{
	unsigned char bytes[32];
	EVP_PKEY *key;

	memset(bytes, number, sizeof(bytes));
	key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, bytes, sizeof(bytes));
	must(key != NULL);
	return key;
}

static void be_authority(X509 *made)
{
	X509_EXTENSION *extension =
		X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, "CA:TRUE");

	must(extension != NULL && X509_add_ext(made, extension, -1));
	X509_EXTENSION_free(extension);
	must(X509_set_subject_name(made, X509_get_issuer_name(made)));
}

static X509 *certificate_of(unsigned char number, EVP_PKEY *key, EVP_PKEY *signs)
{
	X509 *made = X509_new();
	X509_NAME *name = X509_NAME_new();

	must(made != NULL && name != NULL);
	must(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
					(const unsigned char *)"Authority", -1, -1, 0));
	must(X509_set_version(made, X509_VERSION_3));
	must(ASN1_INTEGER_set(X509_get_serialNumber(made), number));
	must(X509_set_issuer_name(made, name));
	if (number == 1)
		be_authority(made);
	must(ASN1_TIME_set(X509_getm_notBefore(made), NOW_S - 1000) != NULL);
	must(ASN1_TIME_set(X509_getm_notAfter(made), NOW_S + 1000) != NULL);
	must(X509_set_pubkey(made, key));
	must(X509_sign(made, signs, NULL));
	X509_NAME_free(name);
	return made;
}

/* A copy of the response that the authority has signed, or an empty span. */
static struct span sign(struct span der, X509 *issuer, EVP_PKEY *key)
{
	const unsigned char *at = (const unsigned char *)der.at;
	OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &at, (long)der.len);
	OCSP_BASICRESP *basic = response ? OCSP_response_get1_basic(response) : NULL;
	OCSP_RESPONSE *again = NULL;
	unsigned char *bytes = NULL;
	int len = 0;

	if (basic && OCSP_basic_sign(basic, issuer, key, NULL, NULL, OCSP_NOTIME))
		again = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
	if (again)
		len = i2d_OCSP_RESPONSE(again, &bytes);
	OCSP_RESPONSE_free(again);
	OCSP_BASICRESP_free(basic);
	OCSP_RESPONSE_free(response);
	return span_of((const char *)bytes, len > 0 ? (size_t)len : 0);
}

static struct staple read_staple(struct span der, X509 *leaf, X509 *issuer)
{
	struct staple staple;

	must(staple_read(der, leaf, issuer, NOW_S, &staple) == ERR_NONE);
	must(staple.status != STAPLE_GOOD || staple.until_s >= NOW_S - STAPLE_SKEW_S);
	must((staple.status == STAPLE_NONE) == (der.len == 0));
	return staple;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static EVP_PKEY *keys[2];
	static X509 *issuer;
	static X509 *leaf;
	struct span der = span_of((const char *)data, size);

	if (!issuer) {
		keys[0] = key_of(1);
		keys[1] = key_of(2);
		issuer = certificate_of(1, keys[0], keys[0]);
		leaf = certificate_of(2, keys[1], keys[0]);
	}
	read_staple(der, leaf, issuer);
	/* Of another authority it says nothing. */
	must(read_staple(der, issuer, leaf).status != STAPLE_GOOD);
	der = sign(der, issuer, keys[0]);
	if (der.len)
		read_staple(der, leaf, issuer);
	OPENSSL_free((char *)der.at);
	return 0;
}
