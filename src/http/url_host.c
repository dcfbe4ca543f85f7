/* SPDX-License-Identifier: MIT */
/*
 * A host in brackets is an IPv6 address; an IPv4 address in its usual form is copied.
 * Any other is a domain: it is decoded first unless all of it may stand in a serialised
 * URL, then copied. A domain whose last label is a number must be an IPv4
 * address, of one to four decimal, octal or hexadecimal numbers; the last number fills
 * all the bytes that are left.
 */
#include "http/url_host.h"

#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "http/idna.h"
#include "http/url_escape.h"
#include "http/url_ip6.h"

_Static_assert(URL_HOST_NUMBER_BYTES == URL_IP6_BYTES + 2, "an address in brackets");

/* Stands for any number that is too large for an IPv4 address. */
#define TOO_LARGE UINT64_C(0x100000000)

/* [IPv6], or empty. */
static size_t address_bytes(struct span text)
{
	size_t i = 1;

	while (i < text.len &&
	       (text_is_hex_digit(text.at[i]) || text.at[i] == ':' || text.at[i] == '.'))
		i++;
	return i < text.len && text.at[i] == ']' ? i + 1 : 0;
}

size_t url_host_bytes(struct span text)
{
	return text.len && text.at[0] == '[' ? address_bytes(text)
					     : url_escape_domain_bytes(text);
}

enum err url_host_decode(struct buf *out, struct span text)
{
	struct buf decoded;
	struct span domain;
	enum err err;

	buf_init(&decoded);
	err = text_put_unescaped(&decoded, text);
	if (err)
		goto done;
	for (size_t i = 0; i < decoded.len; i++)
		decoded.at[i] = text_lower(decoded.at[i]);
	domain = buf_span(&decoded);
	if (text_is_ascii(domain))
		err = buf_put(out, domain);
	else if (memchr(domain.at, '\0', domain.len))
		err = ERR_URL;
	else
		err = idna_put_ascii(out, domain);
	/* An IPv6 address cannot be hidden behind percent signs or full-width
	 * characters. */
	if (!err && (out->len == 0 || url_escape_domain_bytes(buf_span(out)) < out->len))
		err = ERR_URL;
done:
	buf_done(&decoded);
	return err;
}

/* As text_hex_value, and quick where it is a decimal digit. */
static unsigned digit_value(char c)
{
	unsigned digit = (unsigned char)(c - '0');

	return digit < 10 ? digit : (unsigned)text_hex_value(c);
}

/* Decimal, 0 octal, or 0x hexadecimal; TOO_LARGE or above stays so. */
static enum err read_number(struct span text, uint64_t *out_value)
{
	unsigned radix = 10;
	uint64_t value = 0;

	if (text.len == 0)
		return ERR_URL;
	if (text.len >= 2 && text.at[0] == '0') {
		radix = text_lower(text.at[1]) == 'x' ? 16 : 8;
		text = span_skip(text, radix == 16 ? 2 : 1);
	}
	for (size_t i = 0; i < text.len; i++) {
		unsigned digit = digit_value(text.at[i]);

		if (digit >= radix)
			return ERR_URL;
		value = value * radix + digit;
		if (value > TOO_LARGE)
			value = TOO_LARGE;
	}
	*out_value = value;
	return ERR_NONE;
}

/* The domain without one dot at its end. */
static struct span without_last_dot(struct span domain)
{
	if (domain.len && domain.at[domain.len - 1] == '.')
		domain.len--;
	return domain;
}

/* Section 3.5, the ends-in-a-number checker. */
static bool is_number_at_end(struct span domain)
{
	struct span last = without_last_dot(domain);
	size_t begin = last.len;
	uint64_t value;
	size_t digits = 0;

	while (begin && last.at[begin - 1] != '.')
		begin--;
	last = span_skip(last, begin);
	if (last.len == 0 || !text_is_digit(last.at[0]))
		return false;
	while (digits < last.len && text_is_digit(last.at[digits]))
		digits++;
	return digits == last.len || read_number(last, &value) == ERR_NONE;
}

static enum err read_ip4(struct span domain, uint32_t *out_address)
{
	struct span rest = without_last_dot(domain);
	uint64_t address = 0;
	uint64_t value;
	unsigned count = 0;
	unsigned bits;

	for (;;) {
		if (count == 4 || read_number(span_cut(&rest, '.'), &value))
			return ERR_URL;
		count++;
		if (rest.len == 0)
			break;
		if (value > 255)
			return ERR_URL;
		address = address << 8 | value;
	}
	bits = 8 * (5 - count);
	if (value >> bits)
		return ERR_URL;
	*out_address = (uint32_t)(address << bits | value);
	return ERR_NONE;
}

/* How many digits at at, which a NUL ends, are a number as put_octet writes it. */
static size_t octet_digits(const char *at)
{
	if (!text_is_digit(at[0]))
		return 0;
	if (!text_is_digit(at[1]))
		return 1;
	if (at[0] == '0')
		return 0;
	if (!text_is_digit(at[2]))
		return 2;
	return memcmp(at, "255", 3) > 0 ? 0 : 3;
}

/* Whether a domain, which a NUL ends, is an IPv4 address as put_ip4 writes it; most
 * addresses are. */
static bool is_usual_ip4(const char *at)
{
	for (unsigned dots = 0;; dots++) {
		size_t digits = octet_digits(at);

		at += digits;
		if (!digits || dots == 3)
			return digits && *at == '\0';
		if (*at++ != '.')
			return false;
	}
}

static char *put_octet(char *to, unsigned octet)
{
	if (octet >= 100)
		*to++ = (char)('0' + octet / 100);
	if (octet >= 10)
		*to++ = (char)('0' + octet / 10 % 10);
	*to++ = (char)('0' + octet % 10);
	return to;
}

static char *put_ip4(char *to, uint32_t address)
{
	for (unsigned shift = 24;; shift -= 8) {
		to = put_octet(to, address >> shift & 255);
		if (shift == 0)
			return to;
		*to++ = '.';
	}
}

static enum err put_domain(struct span text, char **to)
{
	struct span domain = span_of(*to, text.len);
	char *end = *to + text.len;
	uint32_t address;

	memcpy(*to, text.at, text.len);
	*end = '\0';
	if (!is_usual_ip4(*to) && is_number_at_end(domain)) {
		if (read_ip4(domain, &address))
			return ERR_URL;
		end = put_ip4(*to, address);
	}
	*to = end;
	return ERR_NONE;
}

enum err url_host_put(struct span text, char **to)
{
	char *end = *to + 1;
	enum err err;

	if (text.at[0] != '[')
		return put_domain(text, to);
	err = url_ip6_put(span_of(text.at + 1, text.len - 2), &end);
	if (err)
		return err;
	**to = '[';
	*end++ = ']';
	*to = end;
	return ERR_NONE;
}
