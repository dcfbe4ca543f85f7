/* SPDX-License-Identifier: MIT */
/* Punycode, RFC 3492: labels of any characters as ASCII. */
#ifndef IXHR2_HTTP_PUNY_H
#define IXHR2_HTTP_PUNY_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/* Longest label that is encoded, in code points. */
#define PUNY_LABEL_MAX_CHARS 255

/* One label in Unicode, borrowed. */
struct puny_label {
	const uint32_t *at; /* its code points, none above U+10FFFF */
	size_t len;	    /* how many */
};

/* Appends the label in Punycode, without the prefix of domain names; a label of ASCII
 * alone as it is. ERR_INVALID when it is too long; ERR_NO_MEMORY; out may have grown
 * then. */
MUST_USE enum err puny_put(struct buf *out, const struct puny_label *label);

#endif
