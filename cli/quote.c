/* SPDX-License-Identifier: MIT */
/*
 * Runs of plain characters are appended at once; what JSON wants escaped, and bytes that
 * are no UTF-8, interrupt them.
 */
#include "quote.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "unicode.h"

static void put_escape(struct bytes *to, unsigned char c)
{
	static const char letters[] = "\"\"\\\\\bb\ff\nn\rr\tt";
	size_t i;

	for (i = 0; i + 1 < sizeof(letters); i += 2) {
		if ((unsigned char)letters[i] == c) {
			bytes_format(to, "\\%c", letters[i + 1]);
			return;
		}
	}
	bytes_format(to, "\\u%04x", c);
}

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* JSON allows these as they are, but many readers of lines take them for the end of one.
 */
static bool ends_lines(uint32_t code)
{
	return code == 0x85 || code == 0x2028 || code == 0x2029;
}

/* Appends what stands at the front and is not plain; how many bytes it was. */
static size_t put_special(struct bytes *to, const char *at, size_t len)
{
	char octet[UNICODE_MAX_BYTES];
	uint32_t code = 0;
	size_t count;

	if ((unsigned char)*at < 0x80) {
		put_escape(to, (unsigned char)*at);
		return 1;
	}
	count = unicode_decode(at, len, &code);
	if (!count)
		code = (unsigned char)*at;
	if (ends_lines(code))
		bytes_format(to, "\\u%04x", code);
	else
		bytes_put(to, octet, unicode_encode(code, octet));
	return count ? count : 1;
}

void quote_bytes(struct bytes *to, const char *at, size_t len)
{
	size_t plain;

	bytes_put(to, "\"", 1);
	while (len) {
		for (plain = 0; plain < len && is_plain((unsigned char)at[plain]);)
			plain++;
		bytes_put(to, at, plain);
		at += plain;
		len -= plain;
		if (len) {
			size_t count = put_special(to, at, len);

			at += count;
			len -= count;
		}
	}
	bytes_put(to, "\"", 1);
}

void quote_text(struct bytes *to, const char *text)
{
	if (text)
		quote_bytes(to, text, strlen(text));
	else
		bytes_put_text(to, "null");
}

/* U+0000 to U+001F but for the tab, and U+007F to U+009F. */
static bool is_control(uint32_t code)
{
	return (code < 0x20 && code != '\t') || (code >= 0x7f && code < 0xa0);
}

void quote_line(struct bytes *to, const char *text)
{
	size_t len = strlen(text);

	while (len) {
		uint32_t code = (unsigned char)*text;
		size_t count = unicode_decode(text, len, &code);

		if (!count)
			count = 1;
		if (is_control(code))
			bytes_format(to, "\\x%02x", code);
		else
			bytes_put(to, text, count);
		text += count;
		len -= count;
	}
}
