/* SPDX-License-Identifier: MIT */
/*
 * The C library reads addresses, after the brackets of URLs are taken off. It reads text
 * that ends in a NUL, so a host is copied to a buffer that has room for any address.
 */
#include "net/dns_literal.h"

#include <arpa/inet.h>

static bool parse(int family, struct span text, void *out)
{
	char copy[INET6_ADDRSTRLEN];

	if (text.len >= sizeof(copy))
		return false;
	memcpy(copy, text.at, text.len);
	copy[text.len] = 0;
	return inet_pton(family, copy, out) == 1;
}

static union dns_address from_v4(struct in_addr address)
{
	return (union dns_address){.v4 = {.sin_family = AF_INET, .sin_addr = address}};
}

static union dns_address from_v6(struct in6_addr address)
{
	return (union dns_address){.v6 = {.sin6_family = AF_INET6, .sin6_addr = address}};
}

/* localhost and all names below it, with or without the root's dot. */
static bool is_localhost(struct span host)
{
	struct span last = SPAN("localhost");

	if (host.len > 0 && host.at[host.len - 1] == '.')
		host.len--;
	if (host.len < last.len)
		return false;
	if (host.len > last.len && host.at[host.len - last.len - 1] != '.')
		return false;
	return span_eq_nocase(span_skip(host, host.len - last.len), last);
}

static bool is_bracketed(struct span host)
{
	return host.len > 2 && host.at[0] == '[' && host.at[host.len - 1] == ']';
}

bool dns_literal(struct span host, struct dns_answer *out)
{
	struct in_addr v4;
	struct in6_addr v6;

	if (is_localhost(host)) {
		out->count = 2;
		out->at[0] = from_v6(in6addr_loopback);
		out->at[1] = from_v4((struct in_addr){htonl(INADDR_LOOPBACK)});
		return true;
	}
	if (is_bracketed(host)) {
		if (!parse(AF_INET6, span_of(host.at + 1, host.len - 2), &v6))
			return false;
		out->count = 1;
		out->at[0] = from_v6(v6);
		return true;
	}
	if (!parse(AF_INET, host, &v4))
		return false;
	out->count = 1;
	out->at[0] = from_v4(v4);
	return true;
}
