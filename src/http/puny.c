/* SPDX-License-Identifier: MIT */
/*
 * The ASCII characters come first, then a hyphen if there are any, then one number for
 * each other character, in the order of code points: how many places a decoder has to
 * step over before it inserts the next one. Numbers are written in base 36, low digits
 * first, with thresholds that follow the size of the numbers before. Reading is the same
 * the other way round.
 */
#include "http/puny.h"

#include <stdbool.h>
#include <string.h>

#include "base/text.h"

/* RFC 3492, section 5. */
enum {
	PUNY_BASE = 36,
	PUNY_TMIN = 1,
	PUNY_TMAX = 26,
	PUNY_SKEW = 38,
	PUNY_DAMP = 700,
	PUNY_BIAS = 72,
};

static uint32_t puny_threshold(uint32_t k, uint32_t bias)
{
	if (k <= bias + PUNY_TMIN)
		return PUNY_TMIN;
	return k >= bias + PUNY_TMAX ? PUNY_TMAX : k - bias;
}

/* RFC 3492, 6.1. */
static uint32_t puny_adapt(uint32_t delta, uint32_t count, bool is_first)
{
	uint32_t k = 0;

	delta = is_first ? delta / PUNY_DAMP : delta / 2;
	delta += delta / count;
	for (; delta > (PUNY_BASE - PUNY_TMIN) * PUNY_TMAX / 2; k += PUNY_BASE)
		delta /= PUNY_BASE - PUNY_TMIN;
	return k + (PUNY_BASE - PUNY_TMIN + 1) * delta / (delta + PUNY_SKEW);
}

static enum err puny_put_delta(struct buf *out, uint32_t delta, uint32_t bias)
{
	static const char digits[PUNY_BASE + 1] = "abcdefghijklmnopqrstuvwxyz0123456789";
	enum err err = ERR_NONE;

	for (uint32_t k = PUNY_BASE; !err; k += PUNY_BASE) {
		uint32_t t = puny_threshold(k, bias);

		if (delta < t)
			return buf_put_byte(out, digits[delta]);
		err = buf_put_byte(out, digits[t + (delta - t) % (PUNY_BASE - t)]);
		delta = (delta - t) / (PUNY_BASE - t);
	}
	return err;
}

/* The smallest code point that is at least floor. */
static uint32_t next_code_point(const struct puny_label *label, uint32_t floor)
{
	uint32_t next = UINT32_MAX;

	for (size_t i = 0; i < label->len; i++)
		if (label->at[i] >= floor && label->at[i] < next)
			next = label->at[i];
	return next;
}

/* The ASCII characters of the label; *out_count is how many. */
static enum err puny_put_basic(struct buf *out, const struct puny_label *label,
			       uint32_t *out_count)
{
	enum err err = ERR_NONE;
	uint32_t count = 0;

	for (size_t i = 0; !err && i < label->len; i++) {
		if (label->at[i] > 0x7F)
			continue;
		err = buf_put_byte(out, (char)label->at[i]);
		count++;
	}
	*out_count = count;
	return err;
}

/* RFC 3492, 6.3. PUNY_LABEL_CHARS keeps delta from overflowing. */
static enum err puny_put_rest(struct buf *out, const struct puny_label *label,
			      uint32_t basic)
{
	enum err err = ERR_NONE;
	uint32_t n = 0x80;
	uint32_t delta = 0;
	uint32_t bias = PUNY_BIAS;
	uint32_t done = basic;

	while (!err && done < label->len) {
		uint32_t next = next_code_point(label, n);

		delta += (next - n) * (done + 1);
		n = next;
		for (size_t i = 0; !err && i < label->len; i++) {
			delta += label->at[i] < n;
			if (label->at[i] != n)
				continue;
			err = puny_put_delta(out, delta, bias);
			bias = puny_adapt(delta, done + 1, done == basic);
			delta = 0;
			done++;
		}
		delta++;
		n++;
	}
	return err;
}

enum err puny_put(struct buf *out, const struct puny_label *label)
{
	uint32_t basic;
	enum err err;

	err = puny_put_basic(out, label, &basic);
	if (err || basic == label->len)
		return err;
	if (basic)
		err = buf_put_byte(out, '-');
	return err ? err : puny_put_rest(out, label, basic);
}

/* The value of a digit in base 36, or 36. */
static uint32_t digit_value(char c)
{
	if (text_is_digit(c))
		return (uint32_t)(c - '0') + 26;
	return text_is_alpha(c) ? (uint32_t)(text_lower(c) - 'a') : PUNY_BASE;
}

/* Cuts one number off *text and adds it to *sum. */
static enum err get_delta(struct span *text, uint32_t bias, uint32_t *sum)
{
	uint64_t total = *sum;
	uint64_t weight = 1;

	for (uint32_t k = PUNY_BASE;; k += PUNY_BASE) {
		uint32_t digit = text->len ? digit_value(text->at[0]) : PUNY_BASE;
		uint32_t t = puny_threshold(k, bias);

		if (digit == PUNY_BASE)
			return ERR_INVALID;
		total += digit * weight;
		weight *= PUNY_BASE - t;
		if (total > UINT32_MAX || weight > UINT32_MAX)
			return ERR_INVALID;
		*text = span_skip(*text, 1);
		if (digit < t) {
			*sum = (uint32_t)total;
			return ERR_NONE;
		}
	}
}

static enum err insert(struct puny_label *label, size_t where, uint32_t c)
{
	bool is_surrogate = c >= 0xD800 && c <= 0xDFFF;

	if (label->len == PUNY_LABEL_CHARS || c > 0x10FFFF || is_surrogate)
		return ERR_INVALID;
	memmove(&label->at[where + 1], &label->at[where],
		(label->len - where) * sizeof(label->at[0]));
	label->at[where] = c;
	label->len++;
	return ERR_NONE;
}

/* The ASCII characters, which end at the last hyphen, if there is one. */
static enum err get_basic(struct span *text, struct puny_label *label)
{
	const char *hyphen = text->len ? memrchr(text->at, '-', text->len) : NULL;
	size_t count = hyphen ? (size_t)(hyphen - text->at) : 0;
	enum err err = ERR_NONE;

	for (size_t i = 0; !err && i < count; i++) {
		unsigned char c = (unsigned char)text->at[i];

		err = c < 0x80 ? insert(label, i, c) : ERR_INVALID;
	}
	if (hyphen)
		*text = span_skip(*text, count + 1);
	return err;
}

enum err puny_get(struct span text, struct puny_label *out)
{
	struct puny_label label = {.len = 0};
	enum err err = get_basic(&text, &label);
	uint32_t bias = PUNY_BIAS;
	uint32_t n = 0x80;
	uint32_t i = 0;
	bool is_first = true;

	while (!err && text.len) {
		uint32_t before = i;
		uint32_t places = (uint32_t)label.len + 1;

		err = get_delta(&text, bias, &i);
		if (err)
			return err;
		bias = puny_adapt(i - before, places, is_first);
		is_first = false;
		if (i / places > 0x10FFFF)
			return ERR_INVALID;
		n += i / places;
		i %= places;
		err = insert(&label, i++, n);
	}
	if (!err)
		*out = label;
	return err;
}
