/* SPDX-License-Identifier: MIT */
/*
 * Whose certificates a server takes from a client: the names in its request, each as
 * one string. Never changed once made; shared. Any thread.
 */
#ifndef IXHR2_TLS_ISSUERS_H
#define IXHR2_TLS_ISSUERS_H

#include <openssl/types.h>
#include <stddef.h>

#include "base/err.h"
#include "base/span.h"

struct issuers {
	size_t count;		 /* of names; 0: the server takes any */
	const struct span *name; /* UTF-8; the values of the name's attributes, in its
				    order, joined by CR LF; without NUL bytes */
};

/* From a CertificateRequest; names NULL: none. One reference. ERR_NO_MEMORY. */
MUST_USE enum err issuers_new(const STACK_OF(X509_NAME) * names,
			      const struct issuers **out_issuers);

/* One more reference; answers the same. NULL is fine. */
const struct issuers *issuers_ref(const struct issuers *issuers);

/* One less; the last one frees. NULL is fine. */
void issuers_unref(const struct issuers *issuers);

#endif
