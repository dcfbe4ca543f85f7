/* SPDX-License-Identifier: MIT */
/*
 * Sentences about what is wrong with a certificate, for people. They stay short and
 * printable whatever the certificate holds: only ASCII, the rest escaped. Any thread.
 */
#ifndef IXHR2_TLS_COMPLAINT_H
#define IXHR2_TLS_COMPLAINT_H

#include <openssl/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

/* Bytes of a subject that are told, and of its encoding that are looked at. */
#define COMPLAINT_MAX_SUBJECT_BYTES 200
#define COMPLAINT_MAX_SUBJECT_DER   4096

/* Names of a certificate that are told, and bytes of each. */
#define COMPLAINT_MAX_NAMES	 4
#define COMPLAINT_MAX_NAME_BYTES 253

/* Appends "WHAT: SUBJECT, valid FROM to TO", with the subject as in RFC 2253 and dates
 * as in ISO 8601. ERR_NO_MEMORY. */
MUST_USE enum err complaint_put(struct buf *out, const char *what,
				const X509 *certificate);

/* Appends what complaint_put does, and then which names and addresses the certificate has
 * instead of host. ERR_NO_MEMORY. */
MUST_USE enum err complaint_put_names(struct buf *out, const char *what,
				      const X509 *certificate, struct span host);

#endif
