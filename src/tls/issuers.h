/* SPDX-License-Identifier: MIT */
/*
 * Whose certificates a server takes from a client: the names in its request, each as one
 * string, as CertNameToStr writes it with CERT_SIMPLE_NAME_STR and
 * CERT_NAME_STR_CRLF_FLAG. Never changed once made; shared. Any thread.
 */
#ifndef IXHR2_TLS_ISSUERS_H
#define IXHR2_TLS_ISSUERS_H

#include <openssl/x509.h>
#include <stddef.h>

#include "base/err.h"
#include "base/span.h"

/* Names that are taken, and bytes of all their strings; names beyond are left out. */
#define ISSUERS_MAX_NAMES 1000
#define ISSUERS_MAX_BYTES (256u * 1024)

struct issuers {
	size_t count; /* of names; 0: the server takes any */
	/* UTF-8 without NUL bytes: the values of the name's attributes in its order,
	 * joined by CR LF, or by " + " within one RDN. A value is quoted if it is empty,
	 * begins or ends with a blank, or has one of , + = " CR LF < > # ; in it; quotes
	 * inside are doubled. One that is no text is "#" and its bytes in hexadecimal. */
	const struct span *name;
};

/* From a CertificateRequest; names NULL: none. One reference. ERR_NO_MEMORY. */
MUST_USE enum err issuers_new(const STACK_OF(X509_NAME) * names,
			      const struct issuers **out_issuers);

/* One more reference; answers the same. NULL is fine. */
const struct issuers *issuers_ref(const struct issuers *issuers);

/* One less; the last one frees. NULL is fine. */
void issuers_unref(const struct issuers *issuers);

#endif
