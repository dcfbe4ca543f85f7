/* SPDX-License-Identifier: MIT */
/* Thumbprints of certificates, as people write them. */
#ifndef CLI_THUMBPRINT_H
#define CLI_THUMBPRINT_H

#include <ixhr2/windef.h>

/* Bytes of a thumbprint: the SHA-1 or the SHA-256 of a certificate. */
#define THUMBPRINT_SHA1_BYTES	20
#define THUMBPRINT_SHA256_BYTES 32

/* All zero: none. */
struct thumbprint {
	DWORD bytes;			    /* 20 or 32, or 0 */
	BYTE hash[THUMBPRINT_SHA256_BYTES]; /* these */
};

/*
 * Reads 40 or 64 hexadecimal digits in either case; between pairs of them a colon or a
 * space may stand, everywhere the same or nowhere. Answers what follows: the end of the
 * text, or a colon and a pin; NULL: it is no thumbprint. Behind 20 pairs with colons 12
 * more pairs belong to the thumbprint.
 */
const char *thumbprint_read(const char *text, struct thumbprint *out_thumbprint);

#endif
