/* SPDX-License-Identifier: MIT */
/* Names in certificates, and their attributes. Between certificate_enter and
 * certificate_leave. */
#ifndef IXHR2_WIN_CERTIFICATE_NAME_H
#define IXHR2_WIN_CERTIFICATE_NAME_H

#include "base/buf.h"
#include "base/err.h"
#include "ixhr2/wincrypt.h"

/* Appends a name in words, as ixhr2_cert_name_to_str. ERR_INVALID: it is none, or type is
 * none; ERR_NO_MEMORY. */
MUST_USE enum err certificate_name_put(struct buf *out, const CERT_NAME_BLOB *name,
				       DWORD type);

/* Appends the value, unquoted, of the first attribute with the identifier, in digits and
 * dots; NULL: of the first attribute. ERR_MISSING: there is none; ERR_INVALID: it is no
 * name; ERR_NO_MEMORY. */
MUST_USE enum err certificate_name_put_attribute(struct buf *out,
						 const CERT_NAME_BLOB *name,
						 const char *oid, DWORD flags);

#endif
