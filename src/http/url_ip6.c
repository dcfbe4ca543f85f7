/* SPDX-License-Identifier: MIT */
/*
 * Eight pieces of 16 bits are read from left to right. Where "::" stands is remembered;
 * what came behind it is moved to the end when all is read. The last two pieces may be
 * written as an IPv4 address. Written back, the first of the longest runs of at least
 * two zero pieces is "::" (RFC 5952).
 */
#include "http/url_ip6.h"

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

#define PIECES 8

struct address {
	uint16_t piece[PIECES]; /* from left to right */
	unsigned count;		/* pieces so far; "::" counts as one */
	unsigned gap;		/* index of the piece behind "::", or 0 */
};

static char peek(struct span text)
{
	return text.len ? text.at[0] : '\0';
}

/* One decimal number of an embedded IPv4 address: at most 255, no leading zero. */
static enum err read_octet(struct span *text, unsigned *out_octet)
{
	unsigned octet = 0;
	size_t digits = 0;

	while (digits < text->len && text_is_digit(text->at[digits])) {
		if (digits > 0 && octet == 0)
			return ERR_URL;
		octet = octet * 10 + (unsigned)(text->at[digits++] - '0');
		if (octet > 255)
			return ERR_URL;
	}
	if (digits == 0)
		return ERR_URL;
	*text = span_skip(*text, digits);
	*out_octet = octet;
	return ERR_NONE;
}

static enum err read_ip4(struct address *address, struct span text)
{
	unsigned octet[4];

	if (address->count > PIECES - 2)
		return ERR_URL;
	for (unsigned i = 0; i < 4; i++) {
		if (i > 0 && peek(text) != '.')
			return ERR_URL;
		if (i > 0)
			text = span_skip(text, 1);
		if (read_octet(&text, &octet[i]))
			return ERR_URL;
	}
	if (text.len)
		return ERR_URL;
	address->piece[address->count++] = (uint16_t)(octet[0] << 8 | octet[1]);
	address->piece[address->count++] = (uint16_t)(octet[2] << 8 | octet[3]);
	return ERR_NONE;
}

/* "::" is found, which may stand but once. */
static enum err open_gap(struct address *address)
{
	if (address->gap)
		return ERR_URL;
	address->gap = ++address->count;
	return ERR_NONE;
}

/* A piece with the colon behind it, or the rest as an IPv4 address. */
static enum err read_piece(struct address *address, struct span *text)
{
	struct span begin = *text;
	unsigned value = 0;
	size_t digits = 0;

	while (digits < 4 && digits < text->len && text_is_hex_digit(text->at[digits]))
		value = value << 4 | (unsigned)text_hex_value(text->at[digits++]);
	*text = span_skip(*text, digits);
	if (digits > 0 && peek(*text) == '.') {
		*text = span_skip(*text, text->len);
		return read_ip4(address, begin);
	}
	if (text->len) {
		if (text->at[0] != ':' || text->len == 1)
			return ERR_URL;
		*text = span_skip(*text, 1);
	}
	address->piece[address->count++] = (uint16_t)value;
	return ERR_NONE;
}

static enum err read_pieces(struct address *address, struct span text)
{
	enum err err = ERR_NONE;

	if (peek(text) == ':') {
		if (text.len < 2 || text.at[1] != ':')
			return ERR_URL;
		text = span_skip(text, 2);
		err = open_gap(address);
	}
	while (!err && text.len) {
		if (address->count == PIECES)
			return ERR_URL;
		if (text.at[0] != ':') {
			err = read_piece(address, &text);
			continue;
		}
		text = span_skip(text, 1);
		err = open_gap(address);
	}
	return err;
}

/* Moves what stands behind "::" to the end. */
static enum err close_gap(struct address *address)
{
	unsigned from = address->count;
	unsigned to = PIECES;

	if (!address->gap)
		return address->count == PIECES ? ERR_NONE : ERR_URL;
	while (from > address->gap && from < to) {
		address->piece[--to] = address->piece[--from];
		address->piece[from] = 0;
	}
	return ERR_NONE;
}

/* The first of the longest runs of zero pieces; *out_len is 0 unless it is 2 or more. */
static unsigned longest_run(const struct address *address, unsigned *out_len)
{
	unsigned best = 0;
	unsigned best_len = 1;
	unsigned len = 0;

	for (unsigned i = 0; i < PIECES; i++) {
		len = address->piece[i] ? 0 : len + 1;
		if (len > best_len) {
			best_len = len;
			best = i + 1 - len;
		}
	}
	*out_len = best_len > 1 ? best_len : 0;
	return best;
}

static char *put_hex(char *to, unsigned value)
{
	static const char digits[16] = "0123456789abcdef";
	unsigned shift = 12;

	while (shift && !(value >> shift))
		shift -= 4;
	for (;; shift -= 4) {
		*to++ = digits[value >> shift & 15];
		if (!shift)
			return to;
	}
}

static char *put_address(char *to, const struct address *address)
{
	unsigned run_len;
	unsigned run = longest_run(address, &run_len);

	for (unsigned i = 0; i < PIECES; i++) {
		if (run_len && i == run) {
			*to++ = ':';
			if (i == 0)
				*to++ = ':';
			i += run_len - 1;
			continue;
		}
		to = put_hex(to, address->piece[i]);
		if (i + 1 < PIECES)
			*to++ = ':';
	}
	return to;
}

enum err url_ip6_put(struct span text, char **to)
{
	struct address address = {0};
	enum err err = read_pieces(&address, text);

	if (!err)
		err = close_gap(&address);
	if (!err)
		*to = put_address(*to, &address);
	return err;
}
