/* SPDX-License-Identifier: MIT */
/*
 * International domain names; the door to libidn2. Unicode ToASCII (UTS #46, not
 * transitional) as the WHATWG URL Standard asks for it in section 3.3: bidirectional
 * text and joiners are checked, hyphens are not.
 */
#ifndef IXHR2_HTTP_IDNA_H
#define IXHR2_HTTP_IDNA_H

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

/*
 * Appends the ASCII form of domain, which is UTF-8 and not pure ASCII. Its ASCII
 * characters can be any, also such as a host must not have, but for NUL. ERR_URL when
 * there is no such form, or it or a label of it is far longer than what DNS knows;
 * ERR_NO_MEMORY. out may have grown then.
 */
MUST_USE enum err idna_put_ascii(struct buf *out, struct span domain);

#endif
