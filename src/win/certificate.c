/* SPDX-License-Identifier: MIT */
/*
 * CERT_CONTEXT. OpenSSL decodes the certificate once, and what is in it is written into
 * an arena that lives as long as the object: a CERT_INFO with the DER of its parts.
 * Whoever looks into it later needs OpenSSL for names and alternative names only, which
 * are decoded from there.
 *
 * Every call of libcrypto stands between certificate_enter and certificate_leave, which
 * also keep the list of errors of a program that uses OpenSSL itself as it was.
 */
#include "win/certificate.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdatomic.h>
#include <time.h>

#include "base/arena.h"
#include "base/crypto.h"
#include "base/mem.h"
#include "win/last_error.h"

/* First byte of DER's SEQUENCE. */
#define DER_SEQUENCE 0x30

/* Seconds from 1601 to 1970, and FILETIME's steps in one. */
#define EPOCH_SECONDS 11644473600
#define SECOND_STEPS  10000000

struct certificate {
	CERT_CONTEXT shown; /* what the program sees; the first field */
	CERT_INFO info;	    /* what pCertInfo points to */
	atomic_uint refs;   /* the program's references */
	struct arena arena; /* what these point to */
};

/* ---- libcrypto ---- */

enum err certificate_enter(void)
{
	if (crypto_load())
		return ERR_NO_MEMORY;
	crypto_enter();
	ERR_set_mark();
	return ERR_NONE;
}

void certificate_leave(void)
{
	ERR_pop_to_mark();
	crypto_leave();
}

enum err certificate_failure(void)
{
	return ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_MALLOC_FAILURE
		       ? ERR_NO_MEMORY
		       : ERR_INVALID;
}

DWORD certificate_error(enum err err)
{
	return (DWORD)(err == ERR_NO_MEMORY ? E_OUTOFMEMORY : CRYPT_E_ASN1_CORRUPT);
}

/* ---- what is in it ---- */

static enum err fill_bytes(struct arena *arena, struct span from, CRYPT_DATA_BLOB *out)
{
	struct span copy;
	enum err err;

	if (from.len == 0)
		return ERR_NONE;
	err = arena_copy(arena, from, &copy);
	if (err)
		return err;
	out->pbData = (BYTE *)(uintptr_t)copy.at;
	out->cbData = (DWORD)copy.len;
	return ERR_NONE;
}

static struct span span_of_string(const ASN1_STRING *string)
{
	return span_of((const char *)ASN1_STRING_get0_data(string),
		       (size_t)ASN1_STRING_length(string));
}

static enum err fill_bits(struct arena *arena, const ASN1_BIT_STRING *from,
			  CRYPT_BIT_BLOB *out)
{
	CRYPT_DATA_BLOB bytes = {0};
	enum err err;

	if (!from)
		return ERR_NONE;
	err = fill_bytes(arena, span_of_string(from), &bytes);
	out->cbData = bytes.cbData;
	out->pbData = bytes.pbData;
	if (from->flags & ASN1_STRING_FLAG_BITS_LEFT)
		out->cUnusedBits = from->flags & 7;
	return err;
}

static enum err fill_oid(struct arena *arena, const ASN1_OBJECT *object, LPSTR *out)
{
	int len = OBJ_obj2txt(NULL, 0, object, 1);

	if (len <= 0)
		return certificate_failure();
	*out = arena_alloc(arena, (size_t)len + 1);
	if (!*out)
		return ERR_NO_MEMORY;
	OBJ_obj2txt(*out, len + 1, object, 1);
	return ERR_NONE;
}

static enum err fill_algorithm(struct arena *arena, const X509_ALGOR *from,
			       CRYPT_ALGORITHM_IDENTIFIER *out)
{
	int len;
	unsigned char *at;
	enum err err = fill_oid(arena, from->algorithm, &out->pszObjId);

	if (err || !from->parameter)
		return err;
	len = i2d_ASN1_TYPE(from->parameter, NULL);
	if (len <= 0)
		return certificate_failure();
	at = arena_alloc(arena, (size_t)len);
	if (!at)
		return ERR_NO_MEMORY;
	out->Parameters.pbData = at;
	out->Parameters.cbData = (DWORD)len;
	return i2d_ASN1_TYPE(from->parameter, &at) == len ? ERR_NONE
							  : certificate_failure();
}

static enum err fill_serial(struct arena *arena, const ASN1_INTEGER *from,
			    CRYPT_INTEGER_BLOB *out)
{
	unsigned char *der = NULL;
	int len = i2d_ASN1_INTEGER(from, &der);
	const unsigned char *at = der;
	long bytes;
	int tag, class;
	enum err err;

	if (len <= 0)
		return certificate_failure();
	ASN1_get_object(&at, &bytes, &tag, &class, len);
	err = fill_bytes(arena, span_of((const char *)at, (size_t)bytes), out);
	for (long i = 0; !err && i < bytes; i++)
		out->pbData[i] = at[bytes - 1 - i];
	OPENSSL_free(der);
	return err;
}

static enum err fill_name(struct arena *arena, const X509_NAME *from, CERT_NAME_BLOB *out)
{
	const unsigned char *der;
	size_t len;

	if (!X509_NAME_get0_der(from, &der, &len))
		return certificate_failure();
	return fill_bytes(arena, span_of((const char *)der, len), out);
}

static enum err fill_time(const ASN1_TIME *from, FILETIME *out)
{
	struct tm tm;
	int64_t seconds;
	uint64_t steps;

	if (!ASN1_TIME_to_tm(from, &tm))
		return ERR_INVALID;
	seconds = timegm(&tm) + EPOCH_SECONDS;
	if (seconds < 0)
		return ERR_INVALID;
	steps = (uint64_t)seconds * SECOND_STEPS;
	out->dwLowDateTime = (DWORD)steps;
	out->dwHighDateTime = (DWORD)(steps >> 32);
	return ERR_NONE;
}

static enum err fill_key(struct arena *arena, X509_PUBKEY *from,
			 CERT_PUBLIC_KEY_INFO *out)
{
	const unsigned char *key;
	X509_ALGOR *algorithm;
	CRYPT_DATA_BLOB bytes = {0};
	int len;
	enum err err;

	if (!X509_PUBKEY_get0_param(NULL, &key, &len, &algorithm, from))
		return certificate_failure();
	err = fill_algorithm(arena, algorithm, &out->Algorithm);
	if (!err)
		err = fill_bytes(arena, span_of((const char *)key, (size_t)len), &bytes);
	out->PublicKey.pbData = bytes.pbData;
	out->PublicKey.cbData = bytes.cbData;
	return err;
}

static enum err fill_extension(struct arena *arena, X509_EXTENSION *from,
			       CERT_EXTENSION *out)
{
	enum err err = fill_oid(arena, X509_EXTENSION_get_object(from), &out->pszObjId);

	if (err)
		return err;
	out->fCritical = X509_EXTENSION_get_critical(from) != 0;
	return fill_bytes(arena, span_of_string(X509_EXTENSION_get_data(from)),
			  &out->Value);
}

static enum err fill_extensions(struct arena *arena, const X509 *from, CERT_INFO *out)
{
	int count = X509_get_ext_count(from);
	enum err err = ERR_NONE;
	size_t bytes = (size_t)(count > 0 ? count : 0) * sizeof(CERT_EXTENSION);

	if (bytes == 0)
		return ERR_NONE;
	out->rgExtension = arena_alloc(arena, bytes);
	if (!out->rgExtension)
		return ERR_NO_MEMORY;
	memset(out->rgExtension, 0, bytes);
	out->cExtension = (DWORD)count;
	for (int i = 0; !err && i < count; i++)
		err = fill_extension(arena, X509_get_ext(from, i), &out->rgExtension[i]);
	return err;
}

static enum err fill_validity(const X509 *from, CERT_INFO *out)
{
	enum err err = fill_time(X509_get0_notBefore(from), &out->NotBefore);

	return err ? err : fill_time(X509_get0_notAfter(from), &out->NotAfter);
}

static enum err fill_ids(struct arena *arena, const X509 *from, CERT_INFO *out)
{
	const ASN1_BIT_STRING *issuer = NULL;
	const ASN1_BIT_STRING *subject = NULL;
	enum err err;

	X509_get0_uids(from, &issuer, &subject);
	err = fill_bits(arena, issuer, &out->IssuerUniqueId);
	return err ? err : fill_bits(arena, subject, &out->SubjectUniqueId);
}

static enum err fill_info(struct arena *arena, const X509 *from, CERT_INFO *out)
{
	enum err err;

	out->dwVersion = (DWORD)X509_get_version(from);
	err = fill_serial(arena, X509_get0_serialNumber(from), &out->SerialNumber);
	if (!err)
		err = fill_algorithm(arena, X509_get0_tbs_sigalg(from),
				     &out->SignatureAlgorithm);
	if (!err)
		err = fill_name(arena, X509_get_issuer_name(from), &out->Issuer);
	if (!err)
		err = fill_validity(from, out);
	if (!err)
		err = fill_name(arena, X509_get_subject_name(from), &out->Subject);
	if (!err)
		err = fill_key(arena, X509_get_X509_PUBKEY(from),
			       &out->SubjectPublicKeyInfo);
	if (!err)
		err = fill_ids(arena, from, out);
	return err ? err : fill_extensions(arena, from, out);
}

/* ---- the object ---- */

/* Drops everything. */
static void certificate_free(struct certificate *certificate)
{
	arena_done(&certificate->arena);
	mem_free(certificate);
}

/* Decodes and fills; *out_bytes: those of the certificate alone. */
static enum err decode(struct certificate *certificate, const BYTE *bytes, DWORD len,
		       DWORD *out_bytes)
{
	const unsigned char *at = bytes;
	enum err err = certificate_enter();
	X509 *decoded;

	if (err)
		return err;
	decoded = d2i_X509(NULL, &at, (long)len);
	err = decoded ? fill_info(&certificate->arena, decoded, &certificate->info)
		      : certificate_failure();
	X509_free(decoded);
	certificate_leave();
	*out_bytes = (DWORD)(at - bytes);
	return err;
}

static enum err new_certificate(DWORD encoding, const BYTE *bytes, DWORD len,
				struct certificate **out)
{
	struct certificate *certificate = mem_zalloc(sizeof(*certificate));
	CRYPT_DATA_BLOB encoded = {0};
	DWORD used = 0;
	enum err err;

	if (!certificate)
		return ERR_NO_MEMORY;
	arena_init(&certificate->arena);
	err = decode(certificate, bytes, len, &used);
	if (!err)
		err = fill_bytes(&certificate->arena, span_of((const char *)bytes, used),
				 &encoded);
	if (err) {
		certificate_free(certificate);
		return err;
	}
	certificate->shown.dwCertEncodingType = encoding;
	certificate->shown.pbCertEncoded = encoded.pbData;
	certificate->shown.cbCertEncoded = encoded.cbData;
	certificate->shown.pCertInfo = &certificate->info;
	atomic_init(&certificate->refs, 1);
	*out = certificate;
	return ERR_NONE;
}

/* Whether the outermost SEQUENCE says that there are more bytes. */
static bool is_cut(const BYTE *bytes, DWORD len)
{
	size_t more = len > 1 && bytes[1] > 0x80 ? bytes[1] & 0x7Fu : 0;
	size_t content = 0;

	if (len < 2 || len < 2 + more)
		return true;
	if (more > sizeof(DWORD))
		return false;
	if (more == 0)
		return bytes[1] < 0x80 && len - 2 < bytes[1];
	for (size_t i = 0; i < more; i++)
		content = content << 8 | bytes[2 + i];
	return len - 2 - more < content;
}

static DWORD why_not(enum err err, const BYTE *bytes, DWORD len)
{
	if (err == ERR_INVALID && len && bytes[0] != DER_SEQUENCE)
		return (DWORD)CRYPT_E_ASN1_BADTAG;
	if (err == ERR_INVALID && is_cut(bytes, len))
		return (DWORD)CRYPT_E_ASN1_EOD;
	return certificate_error(err);
}

PCCERT_CONTEXT ixhr2_cert_create(DWORD encoding, const BYTE *bytes, DWORD len)
{
	struct certificate *certificate = NULL;
	enum err err;

	if (!bytes) {
		ixhr2_set_last_error(ERROR_INVALID_PARAMETER);
		return NULL;
	}
	if ((encoding & 0xFFFF) != X509_ASN_ENCODING) {
		ixhr2_set_last_error((DWORD)E_INVALIDARG);
		return NULL;
	}
	err = len > INT_MAX ? ERR_INVALID
			    : new_certificate(encoding, bytes, len, &certificate);
	if (err) {
		ixhr2_set_last_error(why_not(err, bytes, len));
		return NULL;
	}
	return &certificate->shown;
}

static struct certificate *certificate_of(PCCERT_CONTEXT shown)
{
	return (struct certificate *)(uintptr_t)shown;
}

PCCERT_CONTEXT ixhr2_cert_duplicate(PCCERT_CONTEXT certificate)
{
	if (certificate)
		atomic_fetch_add(&certificate_of(certificate)->refs, 1);
	return certificate;
}

BOOL ixhr2_cert_free(PCCERT_CONTEXT certificate)
{
	if (certificate && atomic_fetch_sub(&certificate_of(certificate)->refs, 1) == 1)
		certificate_free(certificate_of(certificate));
	return TRUE;
}

static uint64_t steps_of(const FILETIME *time)
{
	return (uint64_t)time->dwHighDateTime << 32 | time->dwLowDateTime;
}

LONG ixhr2_cert_verify_time(const FILETIME *when, const CERT_INFO *info)
{
	uint64_t steps = ((uint64_t)time(NULL) + EPOCH_SECONDS) * SECOND_STEPS;

	if (when)
		steps = steps_of(when);
	if (steps < steps_of(&info->NotBefore))
		return -1;
	return steps > steps_of(&info->NotAfter);
}
