/* SPDX-License-Identifier: MIT */
/* Text in certificates, and text that is handed to a program. */
#ifndef IXHR2_WIN_CERTIFICATE_TEXT_H
#define IXHR2_WIN_CERTIFICATE_TEXT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"
#include "ixhr2/windef.h"

struct asn1_string_st; /* OpenSSL's ASN1_STRING */

/*
 * Appends the text of a string as UTF-8, by its ASN.1 type. skips_utf8: T61String is
 * Latin-1, and not first tried as UTF-8. A NUL, and what is no text, becomes U+FFFD. A
 * type that is no text gives # and the whole in DER as hexadecimal digits, and
 * *out_is_hex is true. ERR_NO_MEMORY.
 */
MUST_USE enum err certificate_text_put(struct buf *out,
				       const struct asn1_string_st *string,
				       bool skips_utf8, bool *out_is_hex);

/* The same for bytes that are to be IA5, and are taken for UTF-8 or Latin-1. */
MUST_USE enum err certificate_text_put_ia5(struct buf *out,
					   const struct asn1_string_st *string);

/*
 * Hands UTF-8 to a program, as CertNameToStr does: answers the units with the zero. out
 * may be NULL and room 0: then nothing is written.
 */
DWORD certificate_deliver(unsigned wchar_bytes, struct span text, void *out, DWORD room);

#endif
