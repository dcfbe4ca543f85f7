/* SPDX-License-Identifier: MIT */
/* The certificate under test is made here, with names of every kind in it. */
#include "lib/test.h"

#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ixhr2/errhandlingapi.h"
#include "ixhr2/wincrypt.h"
#include "lib/guard.h"
#include "lib/openssl_memory.h"

#define NAME_ROOM 512

/* A span in a table. */
#define BYTES(literal)                                                                   \
	{                                                                                \
		"" literal, sizeof(literal) - 1                                          \
	}

/* One attribute of a name. */
struct attribute {
	const char *oid;   /* which */
	int type;	   /* of its string */
	struct span value; /* its bytes */
	bool joins;	   /* whether it is in the same set as the one before */
};

static struct span made; /* the certificate in DER */

static X509_NAME *new_name(const struct attribute *attributes, size_t count)
{
	X509_NAME *name = X509_NAME_new();

	for (size_t i = 0; i < count; i++) {
		ASN1_OBJECT *object = OBJ_txt2obj(attributes[i].oid, 1);
		X509_NAME_ENTRY *entry = X509_NAME_ENTRY_create_by_OBJ(
			NULL, object, attributes[i].type,
			(const unsigned char *)attributes[i].value.at,
			(int)attributes[i].value.len);

		assert_non_null(entry);
		assert_true(X509_NAME_add_entry(name, entry, -1,
						attributes[i].joins ? -1 : 0));
		X509_NAME_ENTRY_free(entry);
		ASN1_OBJECT_free(object);
	}
	return name;
}

static void add_general(GENERAL_NAMES *names, int type, const char *text)
{
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_IA5STRING *string = ASN1_IA5STRING_new();

	ASN1_STRING_set(string, text, -1);
	GENERAL_NAME_set0_value(name, type, string);
	sk_GENERAL_NAME_push(names, name);
}

static void add_principal(GENERAL_NAMES *names, const char *text)
{
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_UTF8STRING *string = ASN1_UTF8STRING_new();
	ASN1_TYPE *type = ASN1_TYPE_new();

	ASN1_STRING_set(string, text, -1);
	ASN1_TYPE_set(type, V_ASN1_UTF8STRING, string);
	GENERAL_NAME_set0_othername(name, OBJ_nid2obj(NID_ms_upn), type);
	sk_GENERAL_NAME_push(names, name);
}

static void add_alternatives(X509 *certificate)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();

	add_general(names, GEN_DNS, "one.example");
	add_general(names, GEN_DNS, "two.example");
	add_general(names, GEN_EMAIL, "alt@example.org");
	add_general(names, GEN_URI, "https://example.org/");
	add_principal(names, "user@corp.example");
	assert_true(X509_add1_ext_i2d(certificate, NID_subject_alt_name, names, 1, 0));
	GENERAL_NAMES_free(names);
}

#define UTF8	  V_ASN1_UTF8STRING
#define PRINTABLE V_ASN1_PRINTABLESTRING
#define CN	  szOID_COMMON_NAME
#define OU	  szOID_ORGANIZATIONAL_UNIT_NAME

static const struct attribute subject[] = {
	{szOID_COUNTRY_NAME, PRINTABLE, BYTES("DE"), false},
	{szOID_STATE_OR_PROVINCE_NAME, UTF8, BYTES("Th\xC3\xBCringen"), false},
	{szOID_ORGANIZATION_NAME, UTF8, BYTES("Acme, Inc."), false},
	{OU, UTF8, BYTES("Research"), false},
	{szOID_TITLE, UTF8, BYTES("Head"), true},
	{CN, UTF8, BYTES("www.example.org"), false},
	{CN, UTF8, BYTES("second"), false},
	{szOID_RSA_emailAddr, V_ASN1_IA5STRING, BYTES("me@example.org"), false},
	{"1.2.3.4", UTF8, BYTES("odd"), false},
};

static const struct attribute issuer[] = {
	{szOID_ORGANIZATION_NAME, UTF8, BYTES("Root Org"), false},
};

static X509_NAME *set_names(X509 *certificate)
{
	X509_NAME *name = new_name(subject, TEST_COUNT(subject));

	X509_set_subject_name(certificate, name);
	X509_NAME_free(name);
	name = new_name(issuer, TEST_COUNT(issuer));
	X509_set_issuer_name(certificate, name);
	return name;
}

static void make_certificate(void)
{
	static unsigned char der[4096];
	static const unsigned char serial[] = {0xF0, 0x01, 0x02};
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = X509_new();
	BIGNUM *number = BN_bin2bn(serial, sizeof(serial), NULL);
	unsigned char *at = der;

	assert_non_null(key);
	X509_set_version(certificate, 2);
	BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
	X509_NAME_free(set_names(certificate));
	ASN1_TIME_set_string(X509_getm_notBefore(certificate), "20200101000000Z");
	ASN1_TIME_set_string(X509_getm_notAfter(certificate), "20500102030405Z");
	X509_set_pubkey(certificate, key);
	add_alternatives(certificate);
	assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
	assert_in_range(i2d_X509(certificate, NULL), 1, sizeof(der));
	made = span_of((const char *)der, (size_t)i2d_X509(certificate, &at));
	X509_free(certificate);
	EVP_PKEY_free(key);
	BN_free(number);
}

static PCCERT_CONTEXT create(struct span der)
{
	return CertCreateCertificateContext(X509_ASN_ENCODING, (const BYTE *)der.at,
					    (DWORD)der.len);
}

/* ---- what is in it ---- */

static void the_fields_of_a_certificate_are_filled(void **state)
{
	PCCERT_CONTEXT it = create(made);
	const CERT_INFO *info;

	(void)state;
	assert_non_null(it);
	info = it->pCertInfo;
	assert_int_equal(it->dwCertEncodingType, X509_ASN_ENCODING);
	assert_null(it->hCertStore);
	assert_span(span_of((const char *)it->pbCertEncoded, it->cbCertEncoded), made);
	assert_int_equal(info->dwVersion, CERT_V3);
	assert_int_equal(info->SerialNumber.cbData, 4);
	assert_memory_equal(info->SerialNumber.pbData, "\x02\x01\xF0\x00", 4);
	assert_string_equal(info->SignatureAlgorithm.pszObjId, "1.2.840.10045.4.3.2");
	assert_int_equal(info->SignatureAlgorithm.Parameters.cbData, 0);
	assert_string_equal(info->SubjectPublicKeyInfo.Algorithm.pszObjId,
			    szOID_ECC_PUBLIC_KEY);
	assert_memory_equal(info->SubjectPublicKeyInfo.Algorithm.Parameters.pbData,
			    "\x06\x08\x2A\x86\x48\xCE\x3D\x03\x01\x07", 10);
	assert_int_equal(info->SubjectPublicKeyInfo.PublicKey.cbData, 65);
	assert_int_equal(info->SubjectPublicKeyInfo.PublicKey.pbData[0], 4);
	assert_int_equal(info->SubjectPublicKeyInfo.PublicKey.cUnusedBits, 0);
	assert_int_equal(info->IssuerUniqueId.cbData, 0);
	assert_int_equal(info->cExtension, 1);
	assert_string_equal(info->rgExtension[0].pszObjId, szOID_SUBJECT_ALT_NAME2);
	assert_true(info->rgExtension[0].fCritical);
	assert_ptr_equal(CertFindExtension(szOID_SUBJECT_ALT_NAME2, info->cExtension,
					   info->rgExtension),
			 info->rgExtension);
	assert_null(
		CertFindExtension(szOID_KEY_USAGE, info->cExtension, info->rgExtension));
	assert_true(CertFreeCertificateContext(it));
}

static FILETIME time_of(uint64_t seconds)
{
	uint64_t steps = (seconds + 11644473600) * 10000000;
	FILETIME time = {(DWORD)steps, (DWORD)(steps >> 32)};

	return time;
}

static void validity_is_that_of_the_certificate(void **state)
{
	PCCERT_CONTEXT it = create(made);
	FILETIME first = time_of(1577836800); /* 2020-01-01 */
	FILETIME last = time_of(2524705445);  /* 2050-01-02 03:04:05 */
	FILETIME before = time_of(1577836799);
	FILETIME behind = time_of(2524705446);

	(void)state;
	assert_memory_equal(&it->pCertInfo->NotBefore, &first, sizeof(first));
	assert_memory_equal(&it->pCertInfo->NotAfter, &last, sizeof(last));
	assert_int_equal(CertVerifyTimeValidity(&before, it->pCertInfo), -1);
	assert_int_equal(CertVerifyTimeValidity(&first, it->pCertInfo), 0);
	assert_int_equal(CertVerifyTimeValidity(&last, it->pCertInfo), 0);
	assert_int_equal(CertVerifyTimeValidity(&behind, it->pCertInfo), 1);
	assert_int_equal(CertVerifyTimeValidity(NULL, it->pCertInfo), 0);
	CertFreeCertificateContext(it);
}

/* A certificate that is valid since another moment. */
static PCCERT_CONTEXT create_since(const char *time)
{
	static unsigned char der[4096];
	const unsigned char *from = (const unsigned char *)made.at;
	X509 *certificate = d2i_X509(NULL, &from, (long)made.len);
	unsigned char *at = der;
	size_t len;

	assert_true(ASN1_TIME_set_string(X509_getm_notBefore(certificate), time));
	assert_true(i2d_re_X509_tbs(certificate, NULL) > 0);
	len = (size_t)i2d_X509(certificate, &at);
	X509_free(certificate);
	return create(span_of((const char *)der, len));
}

static void moments_are_those_that_a_filetime_can_say(void **state)
{
	PCCERT_CONTEXT it = create_since("16010101000001Z");

	(void)state;
	assert_non_null(it);
	assert_int_equal(it->pCertInfo->NotBefore.dwLowDateTime, 10000000);
	assert_int_equal(it->pCertInfo->NotBefore.dwHighDateTime, 0);
	CertFreeCertificateContext(it);
	assert_null(create_since("16001231235959Z"));
	assert_int_equal((HRESULT)GetLastError(), CRYPT_E_ASN1_CORRUPT);
}

static void references_are_counted(void **state)
{
	PCCERT_CONTEXT it = create(made);
	long blocks;

	(void)state;
	assert_ptr_equal(CertDuplicateCertificateContext(it), it);
	CertFreeCertificateContext(it);
	assert_span(span_of((const char *)it->pbCertEncoded, it->cbCertEncoded), made);
	blocks = mem_live_blocks();
	CertFreeCertificateContext(it);
#ifndef NDEBUG
	assert_true(mem_live_blocks() < blocks);
#endif
	(void)blocks;
	assert_null(CertDuplicateCertificateContext(NULL));
	assert_true(CertFreeCertificateContext(NULL));
}

static void what_is_no_certificate_is_refused_with_its_reason(void **state)
{
	char more[4096];

	(void)state;
	assert_null(CertCreateCertificateContext(X509_ASN_ENCODING, NULL, 1));
	assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);
	assert_null(
		CertCreateCertificateContext(PKCS_7_ASN_ENCODING, (const BYTE *)"", 1));
	assert_int_equal((HRESULT)GetLastError(), E_INVALIDARG);
	assert_null(create(SPAN("hello")));
	assert_int_equal((HRESULT)GetLastError(), CRYPT_E_ASN1_BADTAG);
	assert_null(create(SPAN("")));
	assert_int_equal((HRESULT)GetLastError(), CRYPT_E_ASN1_EOD);
	assert_null(create(SPAN("\x30\x03\x02\x01\x01")));
	assert_int_equal((HRESULT)GetLastError(), CRYPT_E_ASN1_CORRUPT);
	memcpy(more, made.at, made.len);
	memcpy(more + made.len, "more", 4);
	{
		PCCERT_CONTEXT it = create(span_of(more, made.len + 4));

		assert_non_null(it);
		assert_int_equal(it->cbCertEncoded, made.len);
		CertFreeCertificateContext(it);
	}
}

/* ---- names ---- */

/* The bytes of wide text that is ASCII, or the text itself. */
static struct span narrow(const void *text, unsigned unit_bytes, char out[NAME_ROOM])
{
	size_t len = 0;

	for (;; len++) {
		uint32_t unit = 0;

		memcpy(&unit, (const char *)text + len * unit_bytes, unit_bytes);
		if (unit == 0)
			return span_of(out, len);
		out[len] = (char)unit;
	}
}

static void assert_name(const CERT_NAME_BLOB *blob, DWORD type, const char *expected)
{
	const unsigned units[] = {1, 2, 4};

	for (size_t i = 0; i < TEST_COUNT(units); i++) {
		char out[NAME_ROOM * 4];
		char text[NAME_ROOM];
		DWORD count = (DWORD)strlen(expected) + 1;

		if (units[i] > 1 && strlen(expected) > 0 && (expected[0] & 0x80))
			continue;
		assert_int_equal(ixhr2_cert_name_to_str(units[i], X509_ASN_ENCODING, blob,
							type, NULL, 0),
				 count);
		assert_int_equal(ixhr2_cert_name_to_str(units[i], X509_ASN_ENCODING, blob,
							type, out, NAME_ROOM),
				 count);
		assert_span(narrow(out, units[i], text), span_str(expected));
	}
}

static const struct name_row {
	struct attribute attribute; /* the name has only this */
	const char *x500;	    /* with CERT_X500_NAME_STR */
	const char *simple;	    /* with CERT_SIMPLE_NAME_STR */
} name_rows[] = {
	{{CN, PRINTABLE, BYTES("1"), 0}, "CN=1", "1"},
	{{CN, PRINTABLE, BYTES("'1'"), 0}, "CN='1'", "'1'"},
	{{CN, PRINTABLE, BYTES(" 1"), 0}, "CN=\" 1\"", "\" 1\""},
	{{CN, PRINTABLE, BYTES("1\t"), 0}, "CN=\"1\t\"", "\"1\t\""},
	{{CN, UTF8, BYTES("a  b"), 0}, "CN=a  b", "a  b"},
	{{CN, UTF8, BYTES(""), 0}, "CN=\"\"", "\"\""},
	{{CN, UTF8, BYTES("\"1\""), 0}, "CN=\"\"\"1\"\"\"", "\"\"\"1\"\"\""},
	{{CN, UTF8, BYTES("1+2"), 0}, "CN=\"1+2\"", "\"1+2\""},
	{{CN, UTF8, BYTES("a,b"), 0}, "CN=\"a,b\"", "\"a,b\""},
	{{CN, UTF8, BYTES("a=b"), 0}, "CN=\"a=b\"", "\"a=b\""},
	{{CN, UTF8, BYTES("<"), 0}, "CN=\"<\"", "\"<\""},
	{{CN, UTF8, BYTES(">"), 0}, "CN=\">\"", "\">\""},
	{{CN, UTF8, BYTES("#"), 0}, "CN=\"#\"", "\"#\""},
	{{CN, UTF8, BYTES(";"), 0}, "CN=\";\"", "\";\""},
	{{CN, UTF8, BYTES("a\nb"), 0}, "CN=\"a\nb\"", "\"a\nb\""},
	{{"2.5.4.4", UTF8, BYTES("x"), 0}, "SN=x", "x"},
	{{"2.5.4.42", UTF8, BYTES("x"), 0}, "G=x", "x"},
	{{"2.5.4.9", UTF8, BYTES("x"), 0}, "STREET=x", "x"},
	{{"2.5.4.5", UTF8, BYTES("x"), 0}, "SERIALNUMBER=x", "x"},
	{{szOID_DOMAIN_COMPONENT, UTF8, BYTES("x"), 0}, "DC=x", "x"},
	{{"1.2.3.4.5", UTF8, BYTES("x"), 0}, "OID.1.2.3.4.5=x", "x"},
	{{CN, V_ASN1_BMPSTRING, BYTES("\0h\0i"), 0}, "CN=hi", "hi"},
	{{CN, V_ASN1_UNIVERSALSTRING, BYTES("\0\0\0h\0\0\0i"), 0}, "CN=hi", "hi"},
	{{CN, V_ASN1_BIT_STRING, BYTES("\xCF"), 0}, "CN=#030200CF", "#030200CF"},
};

static CERT_NAME_BLOB encode(const struct attribute *attributes, size_t count,
			     unsigned char room[NAME_ROOM])
{
	X509_NAME *name = new_name(attributes, count);
	unsigned char *at = room;
	CERT_NAME_BLOB blob = {(DWORD)i2d_X509_NAME(name, &at), room};

	X509_NAME_free(name);
	return blob;
}

static void values_are_quoted_as_windows_does(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(name_rows); i++) {
		unsigned char room[NAME_ROOM];
		CERT_NAME_BLOB blob = encode(&name_rows[i].attribute, 1, room);

		assert_name(&blob, CERT_X500_NAME_STR, name_rows[i].x500);
		assert_name(&blob, CERT_SIMPLE_NAME_STR, name_rows[i].simple);
	}
}

static const struct text_row {
	int type;	   /* of the string */
	struct span value; /* its bytes */
	const char *utf8;  /* what is shown */
} text_rows[] = {
	{UTF8, BYTES("Z\xC3\xBCrich"), "Z\xC3\xBCrich"},
	{UTF8, BYTES("good\0bad"),
	 "good\xEF\xBF\xBD"
	 "bad"},
	{V_ASN1_T61STRING, BYTES("Z\xC3\xBCrich"), "Z\xC3\xBCrich"},
	{V_ASN1_T61STRING, BYTES("Z\xFCrich"), "Z\xC3\xBCrich"},
	{V_ASN1_IA5STRING, BYTES("\xFC"), "\xC3\xBC"},
	{V_ASN1_BMPSTRING, BYTES("\x20\xAC"), "\xE2\x82\xAC"},
	{V_ASN1_UNIVERSALSTRING, BYTES("\0\x01\xF6\0"), "\xF0\x9F\x98\x80"},
};

static void strings_of_every_type_become_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(text_rows); i++) {
		const struct attribute attribute = {CN, text_rows[i].type,
						    text_rows[i].value, false};
		unsigned char room[NAME_ROOM];
		CERT_NAME_BLOB blob = encode(&attribute, 1, room);
		char out[NAME_ROOM];

		CertNameToStrA(X509_ASN_ENCODING, &blob, CERT_SIMPLE_NAME_STR, out,
			       NAME_ROOM);
		assert_string_equal(out, text_rows[i].utf8);
	}
}

#define WHOLE                                                                            \
	"C=DE, S=Th\xC3\xBCringen, O=\"Acme, Inc.\", T=Head + OU=Research, "             \
	"CN=www.example.org, CN=second, E=me@example.org, OID.1.2.3.4=odd"

static const struct form_row {
	DWORD type;	      /* form and flags */
	const char *expected; /* of the subject */
} form_rows[] = {
	{CERT_X500_NAME_STR, WHOLE},
	{CERT_X500_NAME_STR | CERT_NAME_STR_REVERSE_FLAG,
	 "OID.1.2.3.4=odd, E=me@example.org, CN=second, CN=www.example.org, "
	 "T=Head + OU=Research, O=\"Acme, Inc.\", S=Th\xC3\xBCringen, C=DE"},
	{CERT_SIMPLE_NAME_STR | CERT_NAME_STR_SEMICOLON_FLAG,
	 "DE; Th\xC3\xBCringen; \"Acme, Inc.\"; Head + Research; www.example.org; "
	 "second; "
	 "me@example.org; odd"},
	{0 | CERT_NAME_STR_NO_QUOTING_FLAG | CERT_NAME_STR_NO_PLUS_FLAG,
	 "DE, Th\xC3\xBCringen, Acme, Inc., Head Research, www.example.org, second, "
	 "me@example.org, odd"},
	{CERT_OID_NAME_STR | CERT_NAME_STR_CRLF_FLAG,
	 "2.5.4.6=DE\r\n2.5.4.8=Th\xC3\xBCringen\r\n2.5.4.10=\"Acme, Inc.\"\r\n"
	 "2.5.4.12=Head + 2.5.4.11=Research\r\n2.5.4.3=www.example.org\r\n"
	 "2.5.4.3=second\r\n1.2.840.113549.1.9.1=me@example.org\r\n1.2.3.4=odd"},
};

static void a_name_has_three_forms_and_their_flags(void **state)
{
	PCCERT_CONTEXT it = create(made);

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(form_rows); i++) {
		char out[NAME_ROOM];

		CertNameToStrA(X509_ASN_ENCODING, &it->pCertInfo->Subject,
			       form_rows[i].type, out, NAME_ROOM);
		assert_string_equal(out, form_rows[i].expected);
		assert_int_equal(CertGetNameStringA(it, CERT_NAME_RDN_TYPE, 0,
						    (DWORD[]){form_rows[i].type}, out,
						    NAME_ROOM),
				 strlen(form_rows[i].expected) + 1);
		assert_string_equal(out, form_rows[i].expected);
	}
	CertFreeCertificateContext(it);
}

static void a_name_that_does_not_fit_is_cut_when_it_is_wide(void **state)
{
	PCCERT_CONTEXT it = create(made);
	CERT_NAME_BLOB *name = &it->pCertInfo->Issuer;
	struct guard guard = {0};

	(void)state;
	for (DWORD room = 1; room <= sizeof("O=Root Org"); room++) {
		bool fits = room == sizeof("O=Root Org");
		WCHAR *wide = (WCHAR *)(void *)guard_room(&guard, room * sizeof(WCHAR));
		char *bytes;

		assert_int_equal(CertNameToStrW(X509_ASN_ENCODING, name,
						CERT_X500_NAME_STR, wide, room),
				 room);
		assert_int_equal(wide[room - 1], 0);
		assert_memory_equal(wide, L"O=Root Org", (room - 1) * sizeof(WCHAR));
		bytes = guard_room(&guard, room);
		assert_int_equal(CertNameToStrA(X509_ASN_ENCODING, name,
						CERT_X500_NAME_STR, bytes, room),
				 fits ? room : 1);
		assert_string_equal(bytes, fits ? "O=Root Org" : "");
	}
	guard_done(&guard);
	CertFreeCertificateContext(it);
}

static void a_name_that_is_none_is_empty(void **state)
{
	CERT_NAME_BLOB bad = {2, (BYTE[]){0x31, 0}};
	CERT_NAME_BLOB empty = {2, (BYTE[]){0x30, 0}};
	char out[8] = "x";

	(void)state;
	assert_int_equal(CertNameToStrA(X509_ASN_ENCODING, &bad, 3, out, 8), 1);
	assert_int_equal((HRESULT)GetLastError(), CRYPT_E_ASN1_CORRUPT);
	assert_string_equal(out, "");
	assert_int_equal(CertNameToStrA(X509_ASN_ENCODING, &empty, 3, out, 8), 1);
	assert_int_equal(CertNameToStrA(0, &empty, 3, out, 8), 1);
	assert_int_equal(GetLastError(), ERROR_FILE_NOT_FOUND);
	strcpy(out, "x");
	assert_int_equal(CertNameToStrA(X509_ASN_ENCODING, NULL, 3, out, 8), 1);
	assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);
	assert_string_equal(out, "");
	strcpy(out, "x");
	assert_int_equal(CertNameToStrA(X509_ASN_ENCODING, &empty, 4, out, 8), 1);
	assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);
	assert_string_equal(out, "");
	assert_int_equal(ixhr2_cert_name_to_str(3, X509_ASN_ENCODING, &empty, 3, out, 2),
			 1);
	assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);
}

/* ---- one of several names ---- */

static const struct pick_row {
	DWORD type;	      /* which name */
	DWORD flags;	      /* of the call */
	const char *oid;      /* of the attribute, or NULL */
	const char *expected; /* what comes */
} pick_rows[] = {
	{CERT_NAME_EMAIL_TYPE, 0, NULL, "alt@example.org"},
	{CERT_NAME_EMAIL_TYPE, CERT_NAME_ISSUER_FLAG, NULL, ""},
	{CERT_NAME_ATTR_TYPE, 0, CN, "www.example.org"},
	{CERT_NAME_ATTR_TYPE, 0, szOID_ORGANIZATION_NAME, "Acme, Inc."},
	{CERT_NAME_ATTR_TYPE, 0, "1.2.3.4", "odd"},
	{CERT_NAME_ATTR_TYPE, 0, "1.2.3.5", ""},
	{CERT_NAME_ATTR_TYPE, 0, "no identifier", ""},
	{CERT_NAME_ATTR_TYPE, CERT_NAME_ISSUER_FLAG, szOID_ORGANIZATION_NAME, "Root Org"},
	{CERT_NAME_SIMPLE_DISPLAY_TYPE, 0, NULL, "www.example.org"},
	{CERT_NAME_SIMPLE_DISPLAY_TYPE, CERT_NAME_ISSUER_FLAG, NULL, "Root Org"},
	{CERT_NAME_FRIENDLY_DISPLAY_TYPE, 0, NULL, "www.example.org"},
	{CERT_NAME_DNS_TYPE, 0, NULL, "one.example"},
	{CERT_NAME_DNS_TYPE, CERT_NAME_ISSUER_FLAG, NULL, ""},
	{CERT_NAME_URL_TYPE, 0, NULL, "https://example.org/"},
	{CERT_NAME_UPN_TYPE, 0, NULL, "user@corp.example"},
	{CERT_NAME_RDN_TYPE, CERT_NAME_ISSUER_FLAG, NULL, "Root Org"},
};

static void each_type_of_name_is_found_where_windows_finds_it(void **state)
{
	PCCERT_CONTEXT it = create(made);

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(pick_rows); i++) {
		const struct pick_row *row = &pick_rows[i];
		void *para = (void *)(uintptr_t)row->oid;
		WCHAR wide[NAME_ROOM];
		char text[NAME_ROOM];
		char out[NAME_ROOM];
		DWORD count = (DWORD)strlen(row->expected) + 1;

		assert_int_equal(
			CertGetNameStringA(it, row->type, row->flags, para, NULL, 0),
			count);
		assert_int_equal(CertGetNameStringA(it, row->type, row->flags, para, out,
						    NAME_ROOM),
				 count);
		assert_string_equal(out, row->expected);
		assert_int_equal(CertGetNameStringW(it, row->type, row->flags, para, wide,
						    NAME_ROOM),
				 count);
		assert_span(narrow(wide, sizeof(WCHAR), text), span_str(row->expected));
	}
	CertFreeCertificateContext(it);
}

static void a_name_of_no_type_is_refused(void **state)
{
	PCCERT_CONTEXT it = create(made);
	char out[NAME_ROOM] = "x";

	(void)state;
	assert_int_equal(CertGetNameStringA(it, 9, 0, NULL, out, 8), 1);
	assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);
	assert_string_equal(out, "");
	assert_int_equal(CertGetNameStringA(it, CERT_NAME_ATTR_TYPE, 0, NULL, out, 8), 1);
	assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);
	strcpy(out, "x");
	SetLastError(0);
	assert_int_equal(CertGetNameStringA(it, CERT_NAME_RDN_TYPE, 0,
					    (DWORD[]){CERT_X500_NAME_STR + 1}, out,
					    NAME_ROOM),
			 1);
	assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);
	assert_string_equal(out, "");
	assert_int_equal(CertGetNameStringA(NULL, CERT_NAME_DNS_TYPE, 0, NULL, out, 8),
			 1);
	assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);
	assert_int_equal(CertGetNameStringA(it, CERT_NAME_DNS_TYPE,
					    CERT_NAME_SEARCH_ALL_NAMES_FLAG, NULL, out,
					    8),
			 1);
	assert_int_equal(GetLastError(), ERROR_NOT_SUPPORTED);
	assert_int_equal(
		ixhr2_cert_get_name_string(3, it, CERT_NAME_DNS_TYPE, 0, NULL, out, 2),
		1);
	assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);
	CertFreeCertificateContext(it);
}

/* ---- bytes ---- */

static void a_fingerprint_is_a_property(void **state)
{
	PCCERT_CONTEXT it = create(made);
	BYTE expected[32];
	BYTE got[32];
	DWORD room = 0;
	BYTE hashed[32];

	(void)state;
	EVP_Digest(made.at, made.len, expected, NULL, EVP_sha1(), NULL);
	assert_true(
		CertGetCertificateContextProperty(it, CERT_HASH_PROP_ID, NULL, &room));
	assert_int_equal(room, 20);
	room = 19;
	assert_false(
		CertGetCertificateContextProperty(it, CERT_HASH_PROP_ID, got, &room));
	assert_int_equal(GetLastError(), ERROR_MORE_DATA);
	assert_int_equal(room, 20);
	assert_true(CertGetCertificateContextProperty(it, CERT_HASH_PROP_ID, got, &room));
	assert_memory_equal(got, expected, 20);
	assert_true(CryptHashCertificate(0, CALG_SHA1, 0, it->pbCertEncoded,
					 it->cbCertEncoded, hashed, &room));
	assert_memory_equal(hashed, expected, 20);
	EVP_Digest(made.at, made.len, expected, NULL, EVP_sha256(), NULL);
	room = 32;
	assert_true(CertGetCertificateContextProperty(it, CERT_SHA256_HASH_PROP_ID, got,
						      &room));
	assert_memory_equal(got, expected, 32);
	assert_true(CertGetCertificateContextProperty(it, CERT_MD5_HASH_PROP_ID, NULL,
						      &room));
	assert_int_equal(room, 16);
	assert_false(CertGetCertificateContextProperty(it, CERT_FRIENDLY_NAME_PROP_ID,
						       NULL, &room));
	assert_int_equal((HRESULT)GetLastError(), CRYPT_E_NOT_FOUND);
	assert_false(CryptHashCertificate(0, 1, 0, got, 1, hashed, &room));
	assert_int_equal((HRESULT)GetLastError(), NTE_BAD_ALGID);
	room = 32;
	assert_true(CryptHashCertificate(0, CALG_SHA_256, 0, (const BYTE *)made.at,
					 (DWORD)made.len, hashed, &room));
	assert_memory_equal(hashed, expected, 32);
	assert_true(CryptHashCertificate(0, CALG_MD5, 0, hashed, 0, NULL, &room));
	assert_int_equal(room, 16);
	assert_false(CryptHashCertificate(0, CALG_MD5, 0, NULL, 1, NULL, &room));
	assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);
	assert_false(CertGetCertificateContextProperty(NULL, 3, NULL, &room));
	assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);
	mem_fail_from(1);
	assert_false(CertGetCertificateContextProperty(it, 3, got, &room));
	mem_fail_from(0);
	assert_int_equal((HRESULT)GetLastError(), E_OUTOFMEMORY);
	CertFreeCertificateContext(it);
}

static void certificates_are_told_apart(void **state)
{
	PCCERT_CONTEXT one = create(made);
	PCCERT_CONTEXT two = create(made);
	CRYPT_INTEGER_BLOB small = {1, (BYTE[]){5}};
	CRYPT_INTEGER_BLOB padded = {3, (BYTE[]){5, 0, 0}};
	CRYPT_INTEGER_BLOB other = {2, (BYTE[]){0xFF, 0}};
	CRYPT_INTEGER_BLOB minus = {1, (BYTE[]){0xFF}};

	(void)state;
	assert_true(CertCompareCertificate(X509_ASN_ENCODING, one->pCertInfo,
					   two->pCertInfo));
	two->pCertInfo->SerialNumber.pbData[0] ^= 1;
	assert_false(CertCompareCertificate(X509_ASN_ENCODING, one->pCertInfo,
					    two->pCertInfo));
	assert_true(CertCompareIntegerBlob(&small, &padded));
	assert_false(CertCompareIntegerBlob(&other, &minus));
	assert_false(CertCompareCertificateName(
		X509_ASN_ENCODING, &one->pCertInfo->Subject, &one->pCertInfo->Issuer));
	CertFreeCertificateContext(one);
	CertFreeCertificateContext(two);
}

/* ---- what is damaged ---- */

/* Looks at everything. */
static void look_into(struct span der)
{
	PCCERT_CONTEXT it = create(der);
	WCHAR out[64];

	if (!it)
		return;
	for (DWORD type = CERT_NAME_EMAIL_TYPE; type <= CERT_NAME_UPN_TYPE; type++) {
		void *para = type == CERT_NAME_ATTR_TYPE ? (void *)(uintptr_t)CN : NULL;

		CertGetNameStringW(it, type, 0, para, out, 64);
		CertGetNameStringW(it, type, CERT_NAME_ISSUER_FLAG, para, out, 64);
	}
	CertNameToStrW(X509_ASN_ENCODING, &it->pCertInfo->Subject, CERT_X500_NAME_STR,
		       out, 64);
	CertNameToStrW(X509_ASN_ENCODING, &it->pCertInfo->Issuer,
		       CERT_OID_NAME_STR | CERT_NAME_STR_REVERSE_FLAG, out, 64);
	CertFreeCertificateContext(it);
}

static void a_certificate_cut_anywhere_is_refused(void **state)
{
	struct guard guard = {0};

	(void)state;
	for (size_t len = 0; len < made.len; len++) {
		assert_null(create(guard_copy(&guard, span_of(made.at, len))));
		assert_int_equal((HRESULT)GetLastError(), CRYPT_E_ASN1_EOD);
	}
	look_into(guard_copy(&guard, made));
	guard_done(&guard);
}

static void a_certificate_with_any_bit_changed_does_no_harm(void **state)
{
	struct guard guard = {0};

	(void)state;
	for (size_t i = 0; i < made.len; i++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			struct span copy = guard_copy(&guard, made);
			char *byte = (char *)(uintptr_t)(copy.at + i);

			*byte = (char)(*byte ^ (1 << bit));
			look_into(copy);
		}
	}
	guard_done(&guard);
}

static void any_allocation_may_fail(void **state)
{
	(void)state;
	look_into(made);
	for (unsigned long n = 1;; n++) {
		long blocks = mem_live_blocks();

		mem_fail_at(n);
		look_into(made);
		assert_int_equal(mem_live_blocks(), blocks);
		if (!mem_has_failed())
			break;
	}
	mem_fail_at(0);
}

static void memory_that_is_out_is_told(void **state)
{
	char out[8] = "x";
	PCCERT_CONTEXT it = create(made);

	(void)state;
	mem_fail_at(1);
	assert_null(create(made));
	assert_int_equal((HRESULT)GetLastError(), E_OUTOFMEMORY);
	mem_fail_from(1);
	assert_int_equal(CertGetNameStringA(it, CERT_NAME_ATTR_TYPE, 0,
					    (void *)(uintptr_t)CN, out, 8),
			 1);
	mem_fail_from(0);
	assert_int_equal((HRESULT)GetLastError(), E_OUTOFMEMORY);
	assert_string_equal(out, "");
	CertFreeCertificateContext(it);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_fields_of_a_certificate_are_filled),
		cmocka_unit_test(validity_is_that_of_the_certificate),
		cmocka_unit_test(moments_are_those_that_a_filetime_can_say),
		cmocka_unit_test(references_are_counted),
		cmocka_unit_test(what_is_no_certificate_is_refused_with_its_reason),
		cmocka_unit_test(values_are_quoted_as_windows_does),
		cmocka_unit_test(strings_of_every_type_become_text),
		cmocka_unit_test(a_name_has_three_forms_and_their_flags),
		cmocka_unit_test(a_name_that_does_not_fit_is_cut_when_it_is_wide),
		cmocka_unit_test(a_name_that_is_none_is_empty),
		cmocka_unit_test(each_type_of_name_is_found_where_windows_finds_it),
		cmocka_unit_test(a_name_of_no_type_is_refused),
		cmocka_unit_test(a_fingerprint_is_a_property),
		cmocka_unit_test(certificates_are_told_apart),
		cmocka_unit_test(a_certificate_cut_anywhere_is_refused),
		cmocka_unit_test(a_certificate_with_any_bit_changed_does_no_harm),
		cmocka_unit_test(any_allocation_may_fail),
		cmocka_unit_test(memory_that_is_out_is_told),
	};

	openssl_memory_route();
	make_certificate();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
