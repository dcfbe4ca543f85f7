/* SPDX-License-Identifier: MIT */
/*
 * Certificates, as far as certificate callbacks look into them: what is in one, its names
 * in words, its fingerprint, and bytes as text. Nothing here verifies a certificate. Any
 * thread; a certificate may be used from several at once.
 */
#ifndef IXHR2_WINCRYPT_H
#define IXHR2_WINCRYPT_H

#include <string.h>

#include "windef.h"
#include "winerror.h"

#ifndef CRYPT_E_NOT_FOUND
#define CRYPT_E_NOT_FOUND IXHR2_HRESULT(0x80092004)
#endif
#ifndef CRYPT_E_ASN1_EOD
#define CRYPT_E_ASN1_EOD IXHR2_HRESULT(0x80093102)
#endif
#ifndef CRYPT_E_ASN1_CORRUPT
#define CRYPT_E_ASN1_CORRUPT IXHR2_HRESULT(0x80093103)
#endif
#ifndef CRYPT_E_ASN1_BADTAG
#define CRYPT_E_ASN1_BADTAG IXHR2_HRESULT(0x8009310B)
#endif
#ifndef NTE_BAD_ALGID
#define NTE_BAD_ALGID IXHR2_HRESULT(0x80090008)
#endif
#ifndef ERROR_NOT_SUPPORTED
#define ERROR_NOT_SUPPORTED 50
#endif
#ifndef ERROR_MORE_DATA
#define ERROR_MORE_DATA 234
#endif

#define CRYPT_ASN_ENCODING  0x00000001
#define X509_ASN_ENCODING   0x00000001
#define PKCS_7_ASN_ENCODING 0x00010000

/* What CertNameToStr writes. */
#define CERT_SIMPLE_NAME_STR 1 /* values */
#define CERT_OID_NAME_STR    2 /* 2.5.4.3=value */
#define CERT_X500_NAME_STR   3 /* CN=value */

#define CERT_NAME_STR_DISABLE_IE4_UTF8_FLAG	0x00010000
#define CERT_NAME_STR_ENABLE_T61_UNICODE_FLAG	0x00020000
#define CERT_NAME_STR_ENABLE_UTF8_UNICODE_FLAG	0x00040000
#define CERT_NAME_STR_FORCE_UTF8_DIR_STR_FLAG	0x00080000
#define CERT_NAME_STR_DISABLE_UTF8_DIR_STR_FLAG 0x00100000
#define CERT_NAME_STR_ENABLE_PUNYCODE_FLAG	0x00200000
#define CERT_NAME_STR_FORWARD_FLAG		0x01000000
#define CERT_NAME_STR_REVERSE_FLAG		0x02000000
#define CERT_NAME_STR_COMMA_FLAG		0x04000000
#define CERT_NAME_STR_CRLF_FLAG			0x08000000
#define CERT_NAME_STR_NO_QUOTING_FLAG		0x10000000
#define CERT_NAME_STR_NO_PLUS_FLAG		0x20000000
#define CERT_NAME_STR_SEMICOLON_FLAG		0x40000000

/* Which name CertGetNameString gives. */
#define CERT_NAME_EMAIL_TYPE		1
#define CERT_NAME_RDN_TYPE		2
#define CERT_NAME_ATTR_TYPE		3
#define CERT_NAME_SIMPLE_DISPLAY_TYPE	4
#define CERT_NAME_FRIENDLY_DISPLAY_TYPE 5
#define CERT_NAME_DNS_TYPE		6
#define CERT_NAME_URL_TYPE		7
#define CERT_NAME_UPN_TYPE		8

#define CERT_NAME_ISSUER_FLAG		0x00000001
#define CERT_NAME_SEARCH_ALL_NAMES_FLAG 0x00000002
#define CERT_NAME_DISABLE_IE4_UTF8_FLAG 0x00010000

/* Which property CertGetCertificateContextProperty gives. */
#define CERT_SHA1_HASH_PROP_ID	    3
#define CERT_HASH_PROP_ID	    CERT_SHA1_HASH_PROP_ID
#define CERT_MD5_HASH_PROP_ID	    4
#define CERT_KEY_PROV_INFO_PROP_ID  2
#define CERT_FRIENDLY_NAME_PROP_ID  11
#define CERT_KEY_IDENTIFIER_PROP_ID 20
#define CERT_SHA256_HASH_PROP_ID    107

#define szOID_COMMON_NAME		"2.5.4.3"
#define szOID_SUR_NAME			"2.5.4.4"
#define szOID_DEVICE_SERIAL_NUMBER	"2.5.4.5"
#define szOID_COUNTRY_NAME		"2.5.4.6"
#define szOID_LOCALITY_NAME		"2.5.4.7"
#define szOID_STATE_OR_PROVINCE_NAME	"2.5.4.8"
#define szOID_STREET_ADDRESS		"2.5.4.9"
#define szOID_ORGANIZATION_NAME		"2.5.4.10"
#define szOID_ORGANIZATIONAL_UNIT_NAME	"2.5.4.11"
#define szOID_TITLE			"2.5.4.12"
#define szOID_GIVEN_NAME		"2.5.4.42"
#define szOID_RSA_emailAddr		"1.2.840.113549.1.9.1"
#define szOID_DOMAIN_COMPONENT		"0.9.2342.19200300.100.1.25"
#define szOID_SUBJECT_ALT_NAME2		"2.5.29.17"
#define szOID_ISSUER_ALT_NAME2		"2.5.29.18"
#define szOID_BASIC_CONSTRAINTS2	"2.5.29.19"
#define szOID_KEY_USAGE			"2.5.29.15"
#define szOID_ENHANCED_KEY_USAGE	"2.5.29.37"
#define szOID_SUBJECT_KEY_IDENTIFIER	"2.5.29.14"
#define szOID_AUTHORITY_KEY_IDENTIFIER2 "2.5.29.35"
#define szOID_NT_PRINCIPAL_NAME		"1.3.6.1.4.1.311.20.2.3"
#define szOID_RSA_RSA			"1.2.840.113549.1.1.1"
#define szOID_ECC_PUBLIC_KEY		"1.2.840.10045.2.1"

/* Digests for CryptHashCertificate. */
#define CALG_MD5     0x00008003
#define CALG_SHA1    0x00008004
#define CALG_SHA     CALG_SHA1
#define CALG_SHA_256 0x0000800C

/* Forms of CryptBinaryToString and CryptStringToBinary. */
#define CRYPT_STRING_BASE64HEADER	 0x00000000
#define CRYPT_STRING_BASE64		 0x00000001
#define CRYPT_STRING_BINARY		 0x00000002
#define CRYPT_STRING_BASE64REQUESTHEADER 0x00000003
#define CRYPT_STRING_HEX		 0x00000004
#define CRYPT_STRING_HEXRAW		 0x0000000C
#define CRYPT_STRING_NOCRLF		 0x40000000
#define CRYPT_STRING_NOCR		 0x80000000

typedef ULONG_PTR HCRYPTPROV, HCRYPTPROV_LEGACY;
typedef void *HCERTSTORE;
typedef unsigned int ALG_ID;

/* Bytes. */
typedef struct _CRYPTOAPI_BLOB {
	DWORD cbData; /* how many they are */
	BYTE *pbData; /* the bytes */
} CRYPT_INTEGER_BLOB, *PCRYPT_INTEGER_BLOB, CRYPT_UINT_BLOB, CRYPT_OBJID_BLOB,
	*PCRYPT_OBJID_BLOB, CERT_NAME_BLOB, *PCERT_NAME_BLOB, CERT_RDN_VALUE_BLOB,
	CERT_BLOB, *PCERT_BLOB, CRYPT_DATA_BLOB, *PCRYPT_DATA_BLOB, CRYPT_HASH_BLOB,
	*PCRYPT_HASH_BLOB, CRYPT_DIGEST_BLOB, CRYPT_DER_BLOB, CRYPT_ATTR_BLOB, DATA_BLOB,
	*PDATA_BLOB;

/* Bits. */
typedef struct _CRYPT_BIT_BLOB {
	DWORD cbData;	   /* how many bytes they fill */
	BYTE *pbData;	   /* the bytes */
	DWORD cUnusedBits; /* bits of the last byte that do not count */
} CRYPT_BIT_BLOB, *PCRYPT_BIT_BLOB;

/* An algorithm (RFC 5280, 4.1.1.2). */
typedef struct _CRYPT_ALGORITHM_IDENTIFIER {
	LPSTR pszObjId;		     /* which: "1.2.840.113549.1.1.11" */
	CRYPT_OBJID_BLOB Parameters; /* in DER; none: 0 bytes */
} CRYPT_ALGORITHM_IDENTIFIER, *PCRYPT_ALGORITHM_IDENTIFIER;

/* A public key (RFC 5280, 4.1.2.7). */
typedef struct _CERT_PUBLIC_KEY_INFO {
	CRYPT_ALGORITHM_IDENTIFIER Algorithm; /* of the key */
	CRYPT_BIT_BLOB PublicKey;	      /* the key as it stands there */
} CERT_PUBLIC_KEY_INFO, *PCERT_PUBLIC_KEY_INFO;

/* An extension (RFC 5280, 4.2). */
typedef struct _CERT_EXTENSION {
	LPSTR pszObjId;		/* which: "2.5.29.17" */
	BOOL fCritical;		/* whether it may not be passed over */
	CRYPT_OBJID_BLOB Value; /* in DER */
} CERT_EXTENSION, *PCERT_EXTENSION;
typedef const CERT_EXTENSION *PCCERT_EXTENSION;

#define CERT_V1 0
#define CERT_V2 1
#define CERT_V3 2

/* What is in a certificate (RFC 5280, 4.1). */
typedef struct _CERT_INFO {
	DWORD dwVersion;		 /* CERT_V1, CERT_V2 or CERT_V3 */
	CRYPT_INTEGER_BLOB SerialNumber; /* two's complement, the lowest byte first */
	CRYPT_ALGORITHM_IDENTIFIER SignatureAlgorithm; /* of the signature */
	CERT_NAME_BLOB Issuer;			       /* in DER */
	FILETIME NotBefore;			       /* the first moment it is valid */
	FILETIME NotAfter;			       /* the last */
	CERT_NAME_BLOB Subject;			       /* in DER */
	CERT_PUBLIC_KEY_INFO SubjectPublicKeyInfo;     /* whose it is */
	CRYPT_BIT_BLOB IssuerUniqueId;		       /* none: 0 bytes */
	CRYPT_BIT_BLOB SubjectUniqueId;		       /* none: 0 bytes */
	DWORD cExtension;			       /* entries of rgExtension */
	PCERT_EXTENSION rgExtension;		       /* NULL: none */
} CERT_INFO, *PCERT_INFO;

/* A certificate, counted. */
typedef struct _CERT_CONTEXT {
	DWORD dwCertEncodingType; /* X509_ASN_ENCODING, and what was given besides */
	BYTE *pbCertEncoded;	  /* in DER */
	DWORD cbCertEncoded;	  /* how many bytes these are */
	PCERT_INFO pCertInfo;	  /* what is in it */
	HCERTSTORE hCertStore;	  /* NULL */
} CERT_CONTEXT, *PCERT_CONTEXT;
typedef const CERT_CONTEXT *PCCERT_CONTEXT;

EXTERN_C_START

/*
 * Decodes a certificate: CertCreateCertificateContext. bytes: len bytes of DER, copied;
 * what lies behind the certificate is left out. encoding: X509_ASN_ENCODING, perhaps with
 * PKCS_7_ASN_ENCODING. The answer is one reference, which ixhr2_cert_free drops. NULL on
 * failure, and GetLastError tells: ERROR_INVALID_PARAMETER: bytes is NULL;
 * E_INVALIDARG: encoding; CRYPT_E_ASN1_BADTAG: it does not begin as one;
 * CRYPT_E_ASN1_EOD: cut short; CRYPT_E_ASN1_CORRUPT; E_OUTOFMEMORY. Microsoft:
 * "CertCreateCertificateContext function".
 */
IXHR2_API PCCERT_CONTEXT ixhr2_cert_create(DWORD encoding, const BYTE *bytes, DWORD len);

/* One more reference to it, or NULL for NULL: CertDuplicateCertificateContext. */
IXHR2_API PCCERT_CONTEXT ixhr2_cert_duplicate(PCCERT_CONTEXT certificate);

/* Drops one; TRUE. NULL is fine: CertFreeCertificateContext. */
IXHR2_API BOOL ixhr2_cert_free(PCCERT_CONTEXT certificate);

/*
 * A name in words: CertNameToStr. name: an X.501 Name in DER. type: CERT_SIMPLE_NAME_STR
 * (or 0), CERT_OID_NAME_STR or CERT_X500_NAME_STR, with flags:
 * CERT_NAME_STR_REVERSE_FLAG: the last one first; SEMICOLON: "; " between two, CRLF: a
 * new line, otherwise ", "; NO_PLUS: " " instead of " + " between two of one set;
 * NO_QUOTING. FORWARD, COMMA, DISABLE_IE4_UTF8 and those for encoding are accepted;
 * ENABLE_PUNYCODE changes nothing.
 *
 * A value is quoted where it is empty, begins or ends with white space, or has one of
 * , + = " < > # ; or a line feed; a quote in it is doubled. A value that is no text
 * stands as # and its DER in hexadecimal. X.500 keys are those of Windows: CN, OU, O,
 * L, S, C, E, DC, T, G, I, SN, STREET, SERIALNUMBER, Description, PostalCode, POBox,
 * Phone, X21Address, dnQualifier; others stand as "OID.1.2.3". A NUL in a value becomes
 * U+FFFD.
 *
 * The answer counts units, the terminating zero among them. out has room units of
 * wchar_bytes (1: UTF-8); with room 0 or out NULL it tells how many there would be. If
 * they do not fit, wide text is cut between two characters and the answer is what was
 * written; UTF-8 becomes an empty string and 1. 1 and an empty string too when something
 * is wrong, and GetLastError tells: ERROR_FILE_NOT_FOUND: encoding;
 * ERROR_INVALID_PARAMETER: name is NULL, type or wchar_bytes; CRYPT_E_ASN1_CORRUPT;
 * E_OUTOFMEMORY. Microsoft: "CertNameToStrW function".
 */
IXHR2_API DWORD ixhr2_cert_name_to_str(unsigned wchar_bytes, DWORD encoding,
				       const CERT_NAME_BLOB *name, DWORD type, void *out,
				       DWORD room);

/*
 * One name of a certificate's subject, or with CERT_NAME_ISSUER_FLAG of its issuer:
 * CertGetNameString. Answer, out and room as above; a name that is not there is an empty
 * string and 1. type, and what is looked for, in this order:
 *
 * CERT_NAME_EMAIL_TYPE: the alternative name of this kind, the attribute E.
 * CERT_NAME_RDN_TYPE: the whole name in the form of the DWORD at para, or of
 * CERT_SIMPLE_NAME_STR. CERT_NAME_ATTR_TYPE: the first attribute with the identifier
 * that para is. CERT_NAME_SIMPLE_DISPLAY_TYPE, and CERT_NAME_FRIENDLY_DISPLAY_TYPE,
 * because nothing here has a friendly name: CN, OU, O, E, the alternative name of an
 * e-mail, the first attribute. CERT_NAME_DNS_TYPE: the first alternative name of this
 * kind, CN. CERT_NAME_URL_TYPE, CERT_NAME_UPN_TYPE: the alternative name of this kind.
 *
 * GetLastError, where something is wrong: ERROR_INVALID_PARAMETER: certificate is NULL,
 * type, para or wchar_bytes; ERROR_NOT_SUPPORTED: CERT_NAME_SEARCH_ALL_NAMES_FLAG;
 * CRYPT_E_ASN1_CORRUPT; E_OUTOFMEMORY. Microsoft: "CertGetNameStringW function".
 */
IXHR2_API DWORD ixhr2_cert_get_name_string(unsigned wchar_bytes,
					   PCCERT_CONTEXT certificate, DWORD type,
					   DWORD flags, const void *para, void *out,
					   DWORD room);

/*
 * A property: CertGetCertificateContextProperty. id: CERT_SHA1_HASH_PROP_ID,
 * CERT_MD5_HASH_PROP_ID, CERT_SHA256_HASH_PROP_ID; no other is there. *room: the bytes
 * that out has room for; then those of the property. With out NULL only this is told.
 * FALSE, and GetLastError: ERROR_INVALID_PARAMETER: certificate or room is NULL;
 * CRYPT_E_NOT_FOUND: another id; ERROR_MORE_DATA: it does not fit; E_OUTOFMEMORY.
 * Microsoft: "CertGetCertificateContextProperty function".
 */
IXHR2_API BOOL ixhr2_cert_get_property(PCCERT_CONTEXT certificate, DWORD id, void *out,
				       DWORD *room);

/* The digest of encoded bytes: CryptHashCertificate. algorithm: CALG_SHA1 (or 0),
 * CALG_MD5 or CALG_SHA_256, else NTE_BAD_ALGID; out, room and errors as for a property.
 */
IXHR2_API BOOL ixhr2_crypt_hash_certificate(ALG_ID algorithm, const BYTE *bytes,
					    DWORD len, BYTE *out, DWORD *room);

/* -1: *when, or now for NULL, is before the certificate is valid; 1: behind; 0: within.
 * CertVerifyTimeValidity. */
IXHR2_API LONG ixhr2_cert_verify_time(const FILETIME *when, const CERT_INFO *info);

/*
 * Bytes as text: CryptBinaryToString. flags: CRYPT_STRING_BASE64, BASE64HEADER (between
 * the lines of a certificate in PEM) or HEXRAW, with NOCRLF: no line ends, or NOCR: "\n"
 * instead of "\r\n". Lines of base64 have 64 characters. *room: the units that out has
 * room for; then those written, without the terminating zero. With out NULL *room becomes
 * what is needed, with it. FALSE, and GetLastError: ERROR_INVALID_PARAMETER: bytes is
 * NULL, len is 0 or above 2^30, room is NULL, or wchar_bytes; ERROR_NOT_SUPPORTED: other
 * flags; ERROR_MORE_DATA; E_OUTOFMEMORY. Microsoft: "CryptBinaryToStringW function".
 */
IXHR2_API BOOL ixhr2_crypt_binary_to_string(unsigned wchar_bytes, const BYTE *bytes,
					    DWORD len, DWORD flags, void *out,
					    DWORD *room);

EXTERN_C_END

/* CertCreateCertificateContext: see ixhr2_cert_create. */
static inline PCCERT_CONTEXT CertCreateCertificateContext(DWORD dwCertEncodingType,
							  const BYTE *pbCertEncoded,
							  DWORD cbCertEncoded)
{
	return ixhr2_cert_create(dwCertEncodingType, pbCertEncoded, cbCertEncoded);
}

/* CertDuplicateCertificateContext: see ixhr2_cert_duplicate. */
static inline PCCERT_CONTEXT CertDuplicateCertificateContext(PCCERT_CONTEXT pCertContext)
{
	return ixhr2_cert_duplicate(pCertContext);
}

/* CertFreeCertificateContext: see ixhr2_cert_free. */
static inline BOOL CertFreeCertificateContext(PCCERT_CONTEXT pCertContext)
{
	return ixhr2_cert_free(pCertContext);
}

/* CertNameToStr: see ixhr2_cert_name_to_str. */
static inline DWORD CertNameToStrW(DWORD dwCertEncodingType, PCERT_NAME_BLOB pName,
				   DWORD dwStrType, LPWSTR psz, DWORD csz)
{
	return ixhr2_cert_name_to_str(sizeof(WCHAR), dwCertEncodingType, pName, dwStrType,
				      psz, csz);
}

static inline DWORD CertNameToStrA(DWORD dwCertEncodingType, PCERT_NAME_BLOB pName,
				   DWORD dwStrType, LPSTR psz, DWORD csz)
{
	return ixhr2_cert_name_to_str(1, dwCertEncodingType, pName, dwStrType, psz, csz);
}

/* CertGetNameString: see ixhr2_cert_get_name_string. */
static inline DWORD CertGetNameStringW(PCCERT_CONTEXT pCertContext, DWORD dwType,
				       DWORD dwFlags, void *pvTypePara,
				       LPWSTR pszNameString, DWORD cchNameString)
{
	return ixhr2_cert_get_name_string(sizeof(WCHAR), pCertContext, dwType, dwFlags,
					  pvTypePara, pszNameString, cchNameString);
}

static inline DWORD CertGetNameStringA(PCCERT_CONTEXT pCertContext, DWORD dwType,
				       DWORD dwFlags, void *pvTypePara,
				       LPSTR pszNameString, DWORD cchNameString)
{
	return ixhr2_cert_get_name_string(1, pCertContext, dwType, dwFlags, pvTypePara,
					  pszNameString, cchNameString);
}

/* CertGetCertificateContextProperty: see ixhr2_cert_get_property. */
static inline BOOL CertGetCertificateContextProperty(PCCERT_CONTEXT pCertContext,
						     DWORD dwPropId, void *pvData,
						     DWORD *pcbData)
{
	return ixhr2_cert_get_property(pCertContext, dwPropId, pvData, pcbData);
}

/* CryptHashCertificate: see ixhr2_crypt_hash_certificate. hCryptProv and dwFlags are of
 * no account. */
static inline BOOL CryptHashCertificate(HCRYPTPROV_LEGACY hCryptProv, ALG_ID Algid,
					DWORD dwFlags, const BYTE *pbEncoded,
					DWORD cbEncoded, BYTE *pbComputedHash,
					DWORD *pcbComputedHash)
{
	(void)hCryptProv;
	(void)dwFlags;
	return ixhr2_crypt_hash_certificate(Algid, pbEncoded, cbEncoded, pbComputedHash,
					    pcbComputedHash);
}

/* CertVerifyTimeValidity: see ixhr2_cert_verify_time. */
static inline LONG CertVerifyTimeValidity(LPFILETIME pTimeToVerify, PCERT_INFO pCertInfo)
{
	return ixhr2_cert_verify_time(pTimeToVerify, pCertInfo);
}

/* CryptBinaryToString: see ixhr2_crypt_binary_to_string. */
static inline BOOL CryptBinaryToStringW(const BYTE *pbBinary, DWORD cbBinary,
					DWORD dwFlags, LPWSTR pszString,
					DWORD *pcchString)
{
	return ixhr2_crypt_binary_to_string(sizeof(WCHAR), pbBinary, cbBinary, dwFlags,
					    pszString, pcchString);
}

static inline BOOL CryptBinaryToStringA(const BYTE *pbBinary, DWORD cbBinary,
					DWORD dwFlags, LPSTR pszString, DWORD *pcchString)
{
	return ixhr2_crypt_binary_to_string(1, pbBinary, cbBinary, dwFlags, pszString,
					    pcchString);
}

/* CertCompareCertificateName: whether two names are the same byte by byte. */
static inline BOOL CertCompareCertificateName(DWORD dwCertEncodingType,
					      PCERT_NAME_BLOB pCertName1,
					      PCERT_NAME_BLOB pCertName2)
{
	(void)dwCertEncodingType;
	return pCertName1->cbData == pCertName2->cbData &&
	       (pCertName1->cbData == 0 ||
		memcmp(pCertName1->pbData, pCertName2->pbData, pCertName1->cbData) == 0);
}

/* CertCompareIntegerBlob: whether two numbers are the same; bytes on top that say nothing
 * do not count. */
static inline BOOL CertCompareIntegerBlob(PCRYPT_INTEGER_BLOB pInt1,
					  PCRYPT_INTEGER_BLOB pInt2)
{
	const CRYPT_INTEGER_BLOB *number[2] = {pInt1, pInt2};
	DWORD bytes[2] = {pInt1->cbData, pInt2->cbData};

	for (int i = 0; i < 2; i++) {
		const BYTE *at = number[i]->pbData;

		while (bytes[i] > 1 &&
		       ((at[bytes[i] - 1] == 0 && at[bytes[i] - 2] < 128) ||
			(at[bytes[i] - 1] == 255 && at[bytes[i] - 2] >= 128)))
			bytes[i]--;
	}
	return bytes[0] == bytes[1] &&
	       (bytes[0] == 0 || memcmp(pInt1->pbData, pInt2->pbData, bytes[0]) == 0);
}

/* CertCompareCertificate: whether two have the same issuer and the same number. */
static inline BOOL CertCompareCertificate(DWORD dwCertEncodingType, PCERT_INFO pCertId1,
					  PCERT_INFO pCertId2)
{
	return CertCompareCertificateName(dwCertEncodingType, &pCertId1->Issuer,
					  &pCertId2->Issuer) &&
	       CertCompareIntegerBlob(&pCertId1->SerialNumber, &pCertId2->SerialNumber);
}

/* CertFindExtension: the first extension with this identifier, or NULL. */
static inline PCERT_EXTENSION CertFindExtension(LPCSTR pszObjId, DWORD cExtensions,
						CERT_EXTENSION rgExtensions[])
{
	for (DWORD i = 0; i < cExtensions; i++) {
		if (strcmp(rgExtensions[i].pszObjId, pszObjId) == 0)
			return &rgExtensions[i];
	}
	return NULL;
}

#ifdef UNICODE
#define CertNameToStr	    CertNameToStrW
#define CertGetNameString   CertGetNameStringW
#define CryptBinaryToString CryptBinaryToStringW
#else
#define CertNameToStr	    CertNameToStrA
#define CertGetNameString   CertGetNameStringA
#define CryptBinaryToString CryptBinaryToStringA
#endif

#endif
