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

/* Whether host is in a tree of names that a name constraint speaks of (RFC 5280 section
 * 4.2.1.10): the same name, or one with more labels in front; only the latter if tree
 * begins with a dot. An empty tree has all. Any case; one dot at host's end does not
 * count. */
bool server_name_is_below(struct span host, struct span tree);

#endif
