/* SPDX-License-Identifier: MIT */
/* Hosts that need no resolver: addresses, and localhost (RFC 6761 6.3). Any thread. */
#ifndef IXHR2_NET_DNS_LITERAL_H
#define IXHR2_NET_DNS_LITERAL_H

#include <stdbool.h>

#include "base/span.h"
#include "net/dns.h"

/* Fills *out when host (v4, [v6], localhost or a name below it) needs no resolver. */
bool dns_literal(struct span host, struct dns_answer *out);

#endif
