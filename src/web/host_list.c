/* SPDX-License-Identifier: MIT */
/*
 * Elements are cut off the list one by one and compared as they stand; nothing is kept.
 * What stands in an element is told by its punctuation: brackets are an IPv6 address, a
 * slash is a network, two colons or more are an IPv6 address without a port, one colon
 * is a port. What is left is an IPv4 address or a name.
 *
 * An address is compared with an address by its bits, and never with a name: "2.1" is no
 * suffix of 192.0.2.1. An address is a network of which all bits count.
 */
#include "web/host_list.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "base/text.h"

/* An IPv4 or IPv6 address. */
struct address {
	unsigned char bytes[sizeof(struct in6_addr)]; /* the first bits / 8 of them */
	unsigned bits;				      /* 32 or 128; 0: it is none */
};

/* What is asked for. */
struct wanted {
	struct span name;	/* without a last dot */
	struct address address; /* the host, if it is one */
	uint16_t port;		/* not 0 */
};

static struct address read_address(struct span text)
{
	struct address address = {.bits = 0};
	char copy[INET6_ADDRSTRLEN];

	if (text.len >= sizeof(copy) || (text.len && memchr(text.at, '\0', text.len)))
		return address;
	if (text.len)
		memcpy(copy, text.at, text.len);
	copy[text.len] = '\0';
	if (inet_pton(AF_INET, copy, address.bytes) == 1)
		address.bits = 32;
	else if (inet_pton(AF_INET6, copy, address.bytes) == 1)
		address.bits = 128;
	return address;
}

/* Whether the first bits of both are the same. */
static bool is_same_network(const struct address *a, const struct address *b,
			    unsigned bits)
{
	unsigned bytes = bits / 8;
	unsigned mask = 0xFF00u >> bits % 8 & 0xFF;

	if (memcmp(a->bytes, b->bytes, bytes) != 0)
		return false;
	return !mask || ((a->bytes[bytes] ^ b->bytes[bytes]) & mask) == 0;
}

static struct span without_last_dot(struct span name)
{
	if (name.len && name.at[name.len - 1] == '.')
		name.len--;
	return name;
}

/* Whether wanted is an address in the network of bits bits. */
static bool is_in_network(const struct wanted *wanted, struct span text, uint64_t bits)
{
	struct address network = read_address(text);

	return network.bits && network.bits == wanted->address.bits &&
	       bits <= network.bits &&
	       is_same_network(&network, &wanted->address, (unsigned)bits);
}

static bool is_address(const struct wanted *wanted, struct span text)
{
	return is_in_network(wanted, text, wanted->address.bits);
}

/* Whether wanted is the name, or one below it. */
static bool is_name(const struct wanted *wanted, struct span name)
{
	struct span host = wanted->name;

	name = without_last_dot(name);
	if (name.len && name.at[0] == '.')
		name = span_skip(name, 1);
	if (name.len == 0 || name.at[0] == '.' || name.len > host.len)
		return false;
	if (host.len > name.len && host.at[host.len - name.len - 1] != '.')
		return false;
	return span_eq_nocase(span_skip(host, host.len - name.len), name);
}

static bool is_port(const struct wanted *wanted, struct span text)
{
	uint64_t port;

	return !text_parse_uint(text, &port) && port == wanted->port;
}

/* element begins with a bracket. */
static bool has_bracketed(struct span element, const struct wanted *wanted)
{
	const char *end = memchr(element.at, ']', element.len);
	struct span inside;
	struct span behind;

	if (!end)
		return false;
	inside = span_between(element.at + 1, end);
	behind = span_between(end + 1, element.at + element.len);
	if (!memchr(inside.at, ':', inside.len))
		return false;
	if (behind.len && (behind.at[0] != ':' || !is_port(wanted, span_skip(behind, 1))))
		return false;
	return is_address(wanted, inside);
}

/* element is not empty. */
static bool has_element(struct span element, const struct wanted *wanted)
{
	struct span bits = element;
	struct span front = span_cut(&bits, '/');
	struct span port;
	uint64_t value;

	if (span_eq(element, SPAN("*")))
		return true;
	if (element.at[0] == '[')
		return has_bracketed(element, wanted);
	if (front.len < element.len)
		return !text_parse_uint(bits, &value) &&
		       is_in_network(wanted, front, value);
	port = element;
	front = span_cut(&port, ':');
	if (port.len && memchr(port.at, ':', port.len))
		return is_address(wanted, element);
	if (front.len < element.len && !is_port(wanted, port))
		return false;
	return wanted->address.bits ? is_address(wanted, front) : is_name(wanted, front);
}

static bool is_separator(char c)
{
	return c == ',' || c == ' ' || (c >= '\t' && c <= '\r');
}

/* Cuts the next element off *rest; an empty one when there is no more. */
static struct span cut_element(struct span *rest)
{
	struct span element;
	size_t len = 0;

	while (rest->len && is_separator(rest->at[0]))
		*rest = span_skip(*rest, 1);
	while (len < rest->len && !is_separator(rest->at[len]))
		len++;
	element = span_of(rest->at, len);
	*rest = span_skip(*rest, len);
	return element;
}

bool host_list_has(struct span list, struct span host, uint16_t port)
{
	bool is_bracketed = host.len >= 2 && host.at[0] == '[';
	struct wanted wanted = {.name = without_last_dot(host), .port = port};
	struct span element;

	if (is_bracketed)
		host = span_of(host.at + 1, host.len - 2);
	wanted.address = read_address(host);
	while ((element = cut_element(&list)).len) {
		if (has_element(element, &wanted))
			return true;
	}
	return false;
}
