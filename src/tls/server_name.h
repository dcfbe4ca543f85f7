/* SPDX-License-Identifier: MIT */
/*
 * Whether a name in a certificate is the name of a server (RFC 9525 section 6). Bytes
 * alone: nothing is allocated. Any thread.
 */
#ifndef IXHR2_TLS_SERVER_NAME_H
#define IXHR2_TLS_SERVER_NAME_H

#include <stdbool.h>

#include "base/span.h"

/* Whether a name, in lower case and without a dot at its end, is a public suffix. */
typedef bool server_name_suffix_fn(struct span name);

/*
 * Whether presented, a dNSName of a certificate, stands for host, a name as in a URL
 * (never an address). Any case; one dot at host's end does not count. A "*" stands for
 * exactly one whole label, the first; not for a public suffix's ("*.com", "*.co.uk").
 * Anything that is no name (empty labels, a NUL, other bytes) matches nothing.
 */
bool server_name_matches(struct span presented, struct span host,
			 server_name_suffix_fn *is_public_suffix);

#endif
