/* SPDX-License-Identifier: MIT */
/*
 * A host in brackets is an IPv6 address; an IPv4 address in its usual form is copied.
 * Any other is a domain: it is decoded first if it has a percent sign or is not ASCII,
 * then copied through a table that gives each byte in lower case, or 0 where a domain
 * must not have it. A domain whose last label is a number must be an IPv4 address, of one
 * to four decimal, octal or hexadecimal numbers; the last number fills all the bytes that
 * are left.
 */
#include "http/url_host.h"

#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "http/idna.h"
#include "http/url_clean.h"
#include "http/url_ip6.h"

_Static_assert(URL_HOST_NUMBER_BYTES == URL_IP6_BYTES + 2, "an address in brackets");

/* Stands for any number that is too large for an IPv4 address. */
#define TOO_LARGE UINT64_C(0x100000000)

#define ZERO_16 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0

/* clang-format off */
/* A domain's bytes in lower case; 0 for the forbidden domain code points. */
static const char domain_chars[256] = {
	ZERO_16, ZERO_16,
	0, '!', '"', 0, '$', 0, '&', '\'', '(', ')', '*', '+', ',', '-', '.', 0,
	'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 0, ';', 0, '=', 0, 0,
	0, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
	'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 0, 0, 0, 0, '_',
	'`', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
	'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', '{', 0, '}', '~', 0,
	ZERO_16, ZERO_16, ZERO_16, ZERO_16, ZERO_16, ZERO_16, ZERO_16, ZERO_16,
};
/* clang-format on */

bool url_host_is_encoded(struct span text)
{
	if (text.len && text.at[0] == '[')
		return false;
	return !url_clean_is_needless(text) || memchr(text.at, '%', text.len);
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
	domain = buf_span(&decoded);
	if (text_is_ascii(domain))
		err = buf_put(out, domain);
	else if (memchr(domain.at, '\0', domain.len))
		err = ERR_URL;
	else
		err = idna_put_ascii(out, domain);
	/* An address cannot be hidden behind percent signs or full-width characters. */
	if (!err && (out->len == 0 || out->at[0] == '['))
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
	const char *dot = last.len ? memrchr(last.at, '.', last.len) : NULL;
	uint64_t value;
	size_t digits = 0;

	if (dot)
		last = span_between(dot + 1, last.at + last.len);
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

/* Whether domain is an IPv4 address as put_ip4 writes it, which most of them are. */
static bool is_usual_ip4(struct span domain)
{
	const char *at = domain.at;
	const char *end = at + domain.len;
	unsigned count = 0;

	do {
		const char *begin = at;
		unsigned value = 0;

		while (at != end && (unsigned char)(*at - '0') < 10)
			value = value * 10 + (unsigned)(*at++ - '0');
		if (at == begin || at - begin > 3 || value > 255 ||
		    (*begin == '0' && at - begin > 1))
			return false;
	} while (++count < 4 && at != end && *at++ == '.');
	return count == 4 && at == end;
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
	const char *end = text.at + text.len;
	struct span domain = span_of(*to, text.len);
	char *last = *to;
	uint32_t address;

	if (is_usual_ip4(text)) {
		memcpy(*to, text.at, text.len);
		*to += text.len;
		return ERR_NONE;
	}
	for (const char *at = text.at; at != end; at++) {
		char c = domain_chars[(unsigned char)*at];

		if (!c)
			return ERR_URL;
		*last++ = c;
	}
	if (is_number_at_end(domain)) {
		if (read_ip4(domain, &address))
			return ERR_URL;
		last = put_ip4(*to, address);
	}
	*to = last;
	return ERR_NONE;
}

enum err url_host_put(struct span text, char **to)
{
	char *end = *to + 1;
	enum err err;

	if (text.len == 0)
		return ERR_URL;
	if (text.at[0] != '[')
		return put_domain(text, to);
	if (text.len < 2 || text.at[text.len - 1] != ']')
		return ERR_URL;
	err = url_ip6_put(span_of(text.at + 1, text.len - 2), &end);
	if (err)
		return err;
	**to = '[';
	*end++ = ']';
	*to = end;
	return ERR_NONE;
}
