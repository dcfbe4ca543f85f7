/* SPDX-License-Identifier: MIT */
/* IPv6 addresses by the WHATWG URL Standard, sections 3.5 and 3.6. */
#ifndef IXHR2_HTTP_URL_IP6_H
#define IXHR2_HTTP_URL_IP6_H

#include "base/err.h"
#include "base/span.h"

/* Most bytes of an address, without brackets. */
#define URL_IP6_BYTES 39

/* Writes the address that text (without brackets) stands for, in its shortest form,
 * behind *to and moves *to to its end. ERR_URL when it is none. */
MUST_USE enum err url_ip6_put(struct span text, char **to);

#endif
