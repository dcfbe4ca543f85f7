/* SPDX-License-Identifier: MIT */
/* Names in certificates, and their attributes. Between certificate_enter and
 * certificate_leave. */
#ifndef IXHR2_WIN_CERTIFICATE_NAME_H
#define IXHR2_WIN_CERTIFICATE_NAME_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "ixhr2/wincrypt.h"

/* Whether the form in a type of CertNameToStr is one. */
bool certificate_name_has_form(DWORD type);

/* Appends a name in words, as ixhr2_cert_name_to_str; type has a form. ERR_INVALID: it is
 * no name; ERR_NO_MEMORY. */
MUST_USE enum err certificate_name_put(struct buf *out, const CERT_NAME_BLOB *name,
				       DWORD type);

/* Appends the value, unquoted, of the first attribute with the identifier, in digits and
 * dots; NULL: of the first attribute. ERR_MISSING: there is none; ERR_INVALID: it is no
 * name; ERR_NO_MEMORY. */
MUST_USE enum err certificate_name_put_attribute(struct buf *out,
						 const CERT_NAME_BLOB *name,
						 const char *oid, DWORD flags);

#endif
