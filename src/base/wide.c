/* SPDX-License-Identifier: MIT */
/*
 * Going in, the text is read twice: once to refuse what is no text and to count bytes,
 * once to write them, so that the buffer grows once and a failure leaves it alone.
 * Sign-extended bytes are first written as octets. If the whole is UTF-8 then (as it
 * is when a program widened a UTF-8 string char by char), it stays; otherwise it is
 * written again with those octets as U+0080 to U+00FF.
 *
 * Going out, a sequence that is not well-formed UTF-8 (RFC 3629: overlong, surrogate,
 * above U+10FFFF, cut short) gives its first byte alone, and reading goes on behind it.
 *
 * Units are read and written by memcpy: a program's text need not be aligned.
 */
#include "base/wide.h"

#include <stdbool.h>
#include <string.h>

/* The highest code point, and what take_code answers for what is none. */
#define LAST_CODE 0x10FFFF
#define NO_CODE	  0x110000

/* The first sign-extended byte. */
#define FIRST_OCTET 0xFFFFFF80

struct units {
	const char *at;	     /* the units */
	size_t count;	     /* how many they are */
	size_t next;	     /* the first not yet taken */
	enum wide_unit unit; /* bytes of one */
};

static uint32_t unit_at(const struct units *units, size_t index)
{
	uint32_t wide;
	uint16_t narrow;

	if (units->unit == WIDE_32) {
		memcpy(&wide, units->at + index * WIDE_32, sizeof(wide));
		return wide;
	}
	memcpy(&narrow, units->at + index * WIDE_16, sizeof(narrow));
	return narrow;
}

size_t wide_len(const void *text, enum wide_unit unit)
{
	struct units units = {.at = text, .unit = unit};

	while (unit_at(&units, units.next))
		units.next++;
	return units.next;
}

static bool is_surrogate(uint32_t code)
{
	return code >= 0xD800 && code <= 0xDFFF;
}

/* The next code point, a sign-extended byte as it stands, or NO_CODE. */
static uint32_t take_code(struct units *units)
{
	uint32_t high = unit_at(units, units->next++);
	uint32_t low;

	if (!is_surrogate(high))
		return high <= LAST_CODE || high >= FIRST_OCTET ? high : NO_CODE;
	if (high >= 0xDC00 || units->next == units->count)
		return NO_CODE;
	low = unit_at(units, units->next++);
	if (low < 0xDC00 || !is_surrogate(low))
		return NO_CODE;
	return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
}

/* Bytes of UTF-8 behind the first one. */
static size_t bytes_behind(uint32_t code)
{
	if (code < 0x80)
		return 0;
	if (code < 0x800)
		return 1;
	return code < 0x10000 ? 2 : 3;
}

static char *put_code(char *to, uint32_t code)
{
	static const unsigned char lead_bits[4] = {0, 0xC0, 0xE0, 0xF0};
	size_t behind = bytes_behind(code);

	*to++ = (char)(lead_bits[behind] | code >> 6 * behind);
	while (behind--)
		*to++ = (char)(0x80 | (code >> 6 * behind & 0x3F));
	return to;
}

/* Counts bytes, taking an octet for two, and octets. */
static enum err measure(struct units units, size_t *out_bytes, size_t *out_octets)
{
	size_t bytes = 0;
	size_t octets = 0;

	while (units.next < units.count) {
		uint32_t code = take_code(&units);

		if (code == NO_CODE)
			return ERR_INVALID;
		octets += code >= FIRST_OCTET;
		bytes += code >= FIRST_OCTET ? 2 : 1 + bytes_behind(code);
	}
	*out_bytes = bytes;
	*out_octets = octets;
	return ERR_NONE;
}

/* Answers the end of what it wrote. */
static char *put_units(struct units units, bool has_raw_octets, char *to)
{
	while (units.next < units.count) {
		uint32_t code = take_code(&units);

		if (code >= FIRST_OCTET && has_raw_octets)
			*to++ = (char)code;
		else
			to = put_code(to, code >= FIRST_OCTET ? code & 0xFF : code);
	}
	return to;
}

/* Bytes that a first byte of UTF-8 announces. */
static size_t bytes_announced(uint32_t lead)
{
	if (lead < 0xC0)
		return 0;
	if (lead < 0xE0)
		return 1;
	return lead < 0xF0 ? 2 : 3;
}

/* How many bytes the well-formed sequence of several at the front of text has, and its
 * code point; 0 where there is none. */
static size_t sequence_bytes(struct span text, uint32_t *out_code)
{
	static const uint32_t least[4] = {0, 0x80, 0x800, 0x10000};
	const unsigned char *at = (const unsigned char *)text.at;
	uint32_t lead = at[0];
	size_t behind = bytes_announced(lead);
	uint32_t code = lead & 0x3FU >> behind;
	bool is_good = behind && lead < 0xF8 && behind < text.len;

	for (size_t i = 1; is_good && i <= behind; i++) {
		is_good = at[i] >> 6 == 2;
		code = code << 6 | (at[i] & 0x3F);
	}
	*out_code = code;
	is_good = is_good && code >= least[behind] && code <= LAST_CODE &&
		  !is_surrogate(code);
	return is_good ? 1 + behind : 0;
}

/* Takes one well-formed sequence off the front, or its first byte alone. */
static inline bool take_utf8(struct span *rest, uint32_t *out_code)
{
	unsigned char first = (unsigned char)rest->at[0];
	size_t bytes = 1;
	uint32_t code;

	*out_code = first;
	if (first >= 0x80) {
		bytes = sequence_bytes(*rest, &code);
		if (bytes)
			*out_code = code;
	}
	*rest = span_skip(*rest, bytes ? bytes : 1);
	return bytes > 0;
}

static bool is_utf8(struct span bytes)
{
	uint32_t code;

	while (bytes.len) {
		if (!take_utf8(&bytes, &code))
			return false;
	}
	return true;
}

enum err wide_to_utf8(const void *text, size_t count, enum wide_unit unit,
		      struct buf *out)
{
	struct units units = {.at = text, .count = count, .unit = unit};
	size_t bytes;
	size_t octets;
	enum err err = measure(units, &bytes, &octets);
	char *begin;
	char *end;

	if (!err)
		err = buf_reserve(out, bytes);
	if (err || bytes == 0)
		return err;
	begin = out->at + out->len;
	end = put_units(units, true, begin);
	if (octets && !is_utf8(span_between(begin, end)))
		end = put_units(units, false, begin);
	out->len += (size_t)(end - begin);
	return ERR_NONE;
}

size_t wide_units_for(struct span utf8, enum wide_unit unit)
{
	size_t count = 0;
	uint32_t code;

	while (utf8.len) {
		take_utf8(&utf8, &code);
		count += unit == WIDE_16 && code >= 0x10000 ? 2 : 1;
	}
	return count;
}

static char *put_narrow(char *to, uint32_t unit)
{
	uint16_t narrow = (uint16_t)unit;

	memcpy(to, &narrow, sizeof(narrow));
	return to + sizeof(narrow);
}

/* A code point that takes one unit. */
static char *put_unit(char *to, uint32_t code, enum wide_unit unit)
{
	if (unit == WIDE_16)
		return put_narrow(to, code);
	memcpy(to, &code, sizeof(code));
	return to + sizeof(code);
}

void *wide_from_utf8(struct span utf8, enum wide_unit unit, void *out)
{
	char *to = out;
	uint32_t code;

	while (utf8.len) {
		take_utf8(&utf8, &code);
		if (unit == WIDE_32 || code < 0x10000) {
			to = put_unit(to, code, unit);
		} else {
			to = put_narrow(to, 0xD7C0 + (code >> 10));
			to = put_narrow(to, 0xDC00 + (code & 0x3FF));
		}
	}
	return to;
}

void *wide_put_text(struct span utf8, enum wide_unit unit, void *out)
{
	return put_unit(wide_from_utf8(utf8, unit, out), 0, unit);
}
