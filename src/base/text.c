/* SPDX-License-Identifier: MIT */
/*
 * Sets of bytes are bit maps of the 128 ASCII codes, tested with a shift; no byte
 * above them is in any set. What is appended to a buffer is sized first, reserved
 * once and then written, so a failure leaves the buffer as it was.
 */
#include "base/text.h"

#include <string.h>

static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789+/";

/* 0-9 A-Z a-z and !#$%&'*+-.^_`|~ */
static const uint64_t token_chars[2] = {0x03FF6CFA00000000, 0x57FFFFFFC7FFFFFE};

/* 0-9 A-Z a-z and -._~ */
static const uint64_t unreserved_chars[2] = {0x03FF600000000000, 0x47FFFFFE87FFFFFE};

static bool is_in(const uint64_t set[2], char c)
{
	unsigned char code = (unsigned char)c;

	return code < 128 && (set[code >> 6] >> (code & 63) & 1);
}

bool text_is_alpha(char c)
{
	return (unsigned char)((c | 0x20) - 'a') < 26;
}

bool text_is_digit(char c)
{
	return (unsigned char)(c - '0') < 10;
}

bool text_is_hex_digit(char c)
{
	return text_hex_value(c) >= 0;
}

bool text_is_token_char(char c)
{
	return is_in(token_chars, c);
}

bool text_is_token(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (!text_is_token_char(s.at[i]))
			return false;
	}
	return s.len > 0;
}

bool text_is_ascii(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		if ((unsigned char)s.at[i] > 0x7F)
			return false;
	}
	return true;
}

char text_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

char text_upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c & ~0x20) : c;
}

int text_hex_value(char c)
{
	if (text_is_digit(c))
		return c - '0';
	c = text_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static enum err parse(struct span s, unsigned int radix, uint64_t *out_value)
{
	uint64_t value = 0;

	if (s.len == 0)
		return ERR_INVALID;
	for (size_t i = 0; i < s.len; i++) {
		int digit = text_hex_value(s.at[i]);

		if (digit < 0 || (unsigned int)digit >= radix)
			return ERR_INVALID;
		if (__builtin_mul_overflow(value, radix, &value) ||
		    __builtin_add_overflow(value, (unsigned int)digit, &value))
			return ERR_INVALID;
	}
	*out_value = value;
	return ERR_NONE;
}

enum err text_parse_uint(struct span s, uint64_t *out_value)
{
	return parse(s, 10, out_value);
}

enum err text_parse_hex(struct span s, uint64_t *out_value)
{
	return parse(s, 16, out_value);
}

/* Writes four digits for 1 to 3 bytes. */
static void put_base64_group(char *to, const unsigned char *from, size_t count)
{
	uint32_t bits = (uint32_t)from[0] << 16;

	if (count > 1)
		bits |= (uint32_t)from[1] << 8;
	if (count > 2)
		bits |= from[2];
	to[0] = base64_digits[bits >> 18];
	to[1] = base64_digits[bits >> 12 & 63];
	to[2] = count > 1 ? base64_digits[bits >> 6 & 63] : '=';
	to[3] = count > 2 ? base64_digits[bits & 63] : '=';
}

enum err text_put_base64(struct buf *out, struct span bytes)
{
	const unsigned char *from = (const unsigned char *)bytes.at;
	enum err err;

	if (bytes.len > SIZE_MAX / 4 * 3 - 3)
		return ERR_NO_MEMORY;
	err = buf_reserve(out, (bytes.len + 2) / 3 * 4);
	if (err)
		return err;
	for (size_t i = 0; i < bytes.len; i += 3) {
		size_t left = bytes.len - i;

		put_base64_group(out->at + out->len, from + i, left < 3 ? left : 3);
		out->len += 4;
	}
	return ERR_NONE;
}

static int base64_value(char c)
{
	const char *found = c ? strchr(base64_digits, c) : NULL;

	return found ? (int)(found - base64_digits) : -1;
}

/* Decodes four digits, of which the last `pad` are padding, to 3 - pad bytes. The bits
 * that padding leaves over must be zero (RFC 4648 section 3.5). */
static bool get_base64_group(char *to, const char *from, size_t pad)
{
	uint32_t bits = 0;

	for (size_t i = 0; i < 4; i++) {
		int value = i < 4 - pad ? base64_value(from[i]) : 0;

		if (value < 0)
			return false;
		bits = bits << 6 | (uint32_t)value;
	}
	for (size_t i = 0; i < 3 - pad; i++)
		to[i] = (char)(bits >> (16 - 8 * i) & 0xFF);
	return pad == 0 || (bits & ((1U << 8 * pad) - 1)) == 0;
}

static size_t base64_pad(struct span text)
{
	if (text.len == 0 || text.at[text.len - 1] != '=')
		return 0;
	return text.at[text.len - 2] == '=' ? 2 : 1;
}

enum err text_get_base64(struct buf *out, struct span text)
{
	size_t old_len = out->len;
	enum err err;

	if (text.len % 4)
		return ERR_INVALID;
	err = buf_reserve(out, text.len / 4 * 3);
	if (err)
		return err;
	for (; text.len; text = span_skip(text, 4)) {
		size_t pad = text.len == 4 ? base64_pad(text) : 0;

		if (!get_base64_group(out->at + out->len, text.at, pad))
			goto drop_output;
		out->len += 3 - pad;
	}
	return ERR_NONE;

drop_output:
	out->len = old_len;
	return ERR_INVALID;
}

static void put_hex_byte(struct buf *out, char byte, const char *digits)
{
	out->at[out->len++] = digits[(unsigned char)byte >> 4];
	out->at[out->len++] = digits[byte & 15];
}

enum err text_put_hex(struct buf *out, struct span bytes)
{
	enum err err = bytes.len > SIZE_MAX / 2 ? ERR_NO_MEMORY
						: buf_reserve(out, bytes.len * 2);

	if (err)
		return err;
	for (size_t i = 0; i < bytes.len; i++)
		put_hex_byte(out, bytes.at[i], "0123456789abcdef");
	return ERR_NONE;
}

static bool is_escape(struct span s)
{
	return s.len >= 3 && s.at[0] == '%' && text_is_hex_digit(s.at[1]) &&
	       text_is_hex_digit(s.at[2]);
}

enum err text_put_unescaped(struct buf *out, struct span text)
{
	enum err err = buf_reserve(out, text.len);

	if (err)
		return err;
	while (text.len) {
		bool escape = is_escape(text);
		char c = text.at[0];

		if (escape)
			c = (char)(text_hex_value(text.at[1]) << 4 |
				   text_hex_value(text.at[2]));
		out->at[out->len++] = c;
		text = span_skip(text, escape ? 3 : 1);
	}
	return ERR_NONE;
}

enum err text_put_escaped(struct buf *out, struct span bytes)
{
	enum err err = bytes.len > SIZE_MAX / 3 ? ERR_NO_MEMORY
						: buf_reserve(out, bytes.len * 3);

	if (err)
		return err;
	for (size_t i = 0; i < bytes.len; i++) {
		char c = bytes.at[i];

		if (is_in(unreserved_chars, c)) {
			out->at[out->len++] = c;
			continue;
		}
		out->at[out->len++] = '%';
		put_hex_byte(out, c, "0123456789ABCDEF");
	}
	return ERR_NONE;
}
