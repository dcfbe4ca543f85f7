/* SPDX-License-Identifier: MIT */
/* Punycode, RFC 3492: labels of any characters as ASCII. */
#ifndef IXHR2_HTTP_PUNY_H
#define IXHR2_HTTP_PUNY_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/* Longest label, in code points; more than DNS can carry. */
#define PUNY_LABEL_CHARS 64

/* One label in Unicode. */
struct puny_label {
	uint32_t at[PUNY_LABEL_CHARS]; /* its code points, none above U+10FFFF */
	size_t len;		       /* how many */
};

/* Appends the label in Punycode, without the prefix of domain names; a label of ASCII
 * alone as it is. ERR_NO_MEMORY; out may have grown then. */
MUST_USE enum err puny_put(struct buf *out, const struct puny_label *label);

/* Reads Punycode without the prefix. ERR_INVALID when it is none or too long. */
MUST_USE enum err puny_get(struct span text, struct puny_label *out);

#endif
