/* SPDX-License-Identifier: MIT */
/*
 * Nearly every URL is printable ASCII, which is found out eight bytes at a time: in
 * (x - 0x20) | x the top bit of a byte is set for a control and for what is not ASCII.
 * A borrow may reach the byte above a control, but then the word is odd anyway.
 *
 * Otherwise characters are copied one by one. A broken sequence ends before the first
 * byte that cannot continue it; that byte begins the next character.
 */
#include "http/url_clean.h"

#include "base/word.h"

/* U+FFFD in UTF-8. */
#define REPLACEMENT SPAN("\xEF\xBF\xBD")

static bool is_odd(uint64_t word)
{
	return (((word - WORD_EACH(0x20)) | word) & WORD_EACH(0x80)) != 0;
}

bool url_clean_is_needless(struct span text)
{
	const char *at = text.at;
	const char *last;

	if (text.len < WORD_BYTES)
		return !is_odd(word_of_few(text.at, text.len, ' '));
	last = at + text.len - WORD_BYTES;
	for (; at < last; at += WORD_BYTES) {
		if (is_odd(word_at(at)))
			return false;
	}
	/* It may begin in the word before. */
	return !is_odd(word_at(last));
}

/* How many bytes follow this first byte of a character; 0 too where it is none. */
static size_t bytes_behind(unsigned char lead)
{
	if (lead < 0xC2 || lead > 0xF4)
		return 0;
	return lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
}

/* Whether next may stand behind lead: no overlong forms, surrogates, above U+10FFFF. */
static bool may_be_second(unsigned char lead, unsigned char next)
{
	unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
	unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;

	return next >= low && next <= high;
}

/* The length of the character at the front of text, or of what is broken there. */
static size_t char_bytes(struct span text, bool *out_is_whole)
{
	const unsigned char *at = (const unsigned char *)text.at;
	size_t behind = bytes_behind(at[0]);
	size_t i;

	*out_is_whole = false;
	if (behind == 0) {
		*out_is_whole = at[0] < 0x80;
		return 1;
	}
	for (i = 1; i <= behind; i++) {
		if (i == text.len || (at[i] & 0xC0) != 0x80)
			return i;
		if (i == 1 && !may_be_second(at[0], at[1]))
			return i;
	}
	*out_is_whole = true;
	return i;
}

static bool is_dropped(char c)
{
	return c == '\t' || c == '\n' || c == '\r';
}

enum err url_clean_put(struct buf *out, struct span text)
{
	enum err err = buf_reserve(out, text.len);

	while (!err && text.len) {
		bool is_whole;
		size_t bytes = char_bytes(text, &is_whole);

		if (!is_whole)
			err = buf_put(out, REPLACEMENT);
		else if (!is_dropped(text.at[0]))
			err = buf_put(out, span_of(text.at, bytes));
		text = span_skip(text, bytes);
	}
	return err;
}
