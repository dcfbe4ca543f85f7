/* SPDX-License-Identifier: MIT */
/*
 * A character is taken from units of one size and put into units of another. UTF-8 is
 * checked byte by byte as Unicode's table 3-7 does it: the first byte says how many
 * follow, and the range of the second one leaves out what would be too long a form, a
 * surrogate or above U+10FFFF. So the first byte that does not fit is known when it is
 * seen, and it begins the next character.
 *
 * Writing counts on behind the end of the room, so that one pass both fills a buffer and
 * tells how large it should have been. A character that does not fit closes the room.
 */
#include "win/transcode.h"

#include <string.h>

#define LAST_CODE 0x10FFFFu

/* Units of one character at the most: bytes of UTF-8. */
#define MAX_UNITS 4

bool transcode_has_unit(unsigned unit_bytes)
{
	return unit_bytes == 1 || unit_bytes == 2 || unit_bytes == 4;
}

uint32_t transcode_unit(const void *text, unsigned unit_bytes, size_t index)
{
	const char *at = (const char *)text + index * unit_bytes;
	uint32_t four;
	uint16_t two;

	if (unit_bytes == 1)
		return (unsigned char)*at;
	if (unit_bytes == 4) {
		memcpy(&four, at, sizeof(four));
		return four;
	}
	memcpy(&two, at, sizeof(two));
	return two;
}

size_t transcode_length(const void *text, unsigned unit_bytes, size_t limit)
{
	size_t count = 0;

	while (count < limit && transcode_unit(text, unit_bytes, count))
		count++;
	return count;
}

static bool is_high_surrogate(uint32_t code)
{
	return code >= 0xD800 && code <= 0xDBFF;
}

static bool is_low_surrogate(uint32_t code)
{
	return code >= 0xDC00 && code <= 0xDFFF;
}

static bool take_wide(struct transcode_text *text, uint32_t *out_code)
{
	uint32_t code = transcode_unit(text->at, text->unit_bytes, text->next++);
	uint32_t low;

	*out_code = TRANSCODE_BAD;
	if (is_high_surrogate(code)) {
		if (text->next == text->count)
			return false;
		low = transcode_unit(text->at, text->unit_bytes, text->next);
		if (!is_low_surrogate(low))
			return false;
		text->next++;
		*out_code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
		return true;
	}
	if (is_low_surrogate(code) || code > LAST_CODE)
		return false;
	*out_code = code;
	return true;
}

/* Bytes that follow a first byte; 0 where it is none. */
static size_t bytes_behind(uint32_t lead)
{
	if (lead < 0xC2 || lead > 0xF4)
		return 0;
	if (lead < 0xE0)
		return 1;
	return lead < 0xF0 ? 2 : 3;
}

/* Whether a byte may be the second one behind this first one. */
static bool may_follow(uint32_t lead, uint32_t second)
{
	uint32_t least = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
	uint32_t most = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;

	return second >= least && second <= most;
}

static bool take_utf8(struct transcode_text *text, uint32_t *out_code)
{
	uint32_t lead = transcode_unit(text->at, 1, text->next++);
	size_t behind = bytes_behind(lead);
	uint32_t code = lead & (0x3Fu >> behind);

	*out_code = lead < 0x80 ? lead : TRANSCODE_BAD;
	if (behind == 0)
		return lead < 0x80;
	for (size_t i = 0; i < behind; i++) {
		uint32_t byte;

		if (text->next == text->count)
			return false;
		byte = transcode_unit(text->at, 1, text->next);
		if (i == 0 ? !may_follow(lead, byte) : byte >> 6 != 2)
			return false;
		text->next++;
		code = code << 6 | (byte & 0x3F);
	}
	*out_code = code;
	return true;
}

bool transcode_take(struct transcode_text *text, uint32_t *out_code)
{
	return text->unit_bytes == 1 ? take_utf8(text, out_code)
				     : take_wide(text, out_code);
}

static void write_unit(const struct transcode_room *out, size_t index, uint32_t unit)
{
	char *at = (char *)out->at + index * out->unit_bytes;
	uint16_t two = (uint16_t)unit;

	if (out->unit_bytes == 1)
		*at = (char)unit;
	else if (out->unit_bytes == 4)
		memcpy(at, &unit, sizeof(unit));
	else
		memcpy(at, &two, sizeof(two));
}

static void put_units(struct transcode_room *out, const uint32_t *units, size_t count)
{
	if (out->len > out->room || count > out->room - out->len) {
		out->room = out->len < out->room ? out->len : out->room;
		out->len += count;
		return;
	}
	for (size_t i = 0; i < count; i++)
		write_unit(out, out->len++, units[i]);
}

void transcode_put_unit(struct transcode_room *out, uint32_t unit)
{
	put_units(out, &unit, 1);
}

static size_t to_utf8(uint32_t code, uint32_t units[MAX_UNITS])
{
	static const uint32_t lead_bits[MAX_UNITS] = {0, 0xC0, 0xE0, 0xF0};
	size_t behind = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;

	units[0] = lead_bits[behind] | code >> 6 * behind;
	for (size_t i = 1; i <= behind; i++)
		units[i] = 0x80 | (code >> 6 * (behind - i) & 0x3F);
	return behind + 1;
}

void transcode_put(struct transcode_room *out, uint32_t code)
{
	uint32_t units[MAX_UNITS] = {code};
	size_t count = 1;

	if (out->unit_bytes == 1) {
		count = to_utf8(code, units);
	} else if (out->unit_bytes == 2 && code >= 0x10000) {
		units[0] = 0xD7C0 + (code >> 10);
		units[1] = 0xDC00 + (code & 0x3FF);
		count = 2;
	}
	put_units(out, units, count);
}

size_t transcode_all(struct transcode_room *out, struct transcode_text *text)
{
	size_t bad = 0;
	uint32_t code;

	while (text->next < text->count) {
		bad += !transcode_take(text, &code);
		transcode_put(out, code);
	}
	return bad;
}
