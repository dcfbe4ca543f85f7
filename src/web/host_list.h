/* SPDX-License-Identifier: MIT */
/*
 * A list of hosts in text, as no_proxy has it: elements separated by commas or white
 * space. "*" is every host; "example.org" and ".example.org" are that name and all below
 * it; "192.0.2.1", "[2001:db8::1]" and "2001:db8::1" an address; "192.0.2.0/24",
 * "2001:db8::/32" a network; ":port" behind a name, an IPv4 address or brackets means
 * this port alone. Names are compared in any case, without a trailing dot. What is
 * malformed is no host. No I/O. Any thread.
 */
#ifndef IXHR2_WEB_HOST_LIST_H
#define IXHR2_WEB_HOST_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

/* Whether host (as in a parsed URL: lower case, ASCII, [v6] in brackets) with this port
 * is on the list. */
bool host_list_has(struct span list, struct span host, uint16_t port);

#endif
