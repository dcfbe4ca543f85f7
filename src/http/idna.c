/* SPDX-License-Identifier: MIT */
/*
 * A domain is taken label by label. libidn2 maps (UTS #46), normalises and checks a
 * label by the rules of IDNA2008, which are stricter than what URLs need: no symbols,
 * no hyphens at the ends, no letters newer than its tables for them. A label that it
 * refuses for such a reason alone goes a longer way:
 *
 *	label -> framed in digits, which hide hyphens at its ends
 *	-> libidn2, transitional, which maps and normalises and checks no more
 *	-> out of Punycode -> without the frame -> into Punycode again
 *
 * Transitional mapping would replace the sharp s and the final sigma, so two syllables
 * of the Yi script stand for them on the way. It drops joiners as well, and knows no
 * bidirectional rule: labels with joiners or from right to left do not go that way.
 *
 * libidn2 applies the rule of bidirectional text to one label alone. At the end a
 * domain that has any right-to-left label is looked at as a whole: its other labels
 * must begin with a letter and end with a letter or digit, as far as ASCII goes.
 */
#include "http/idna.h"

#include <idn2.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "http/puny.h"

/* Digits at both ends of a label keep its hyphens from being seen as outermost, or as
 * third and fourth. */
#define FRAME_FRONT SPAN("0000")
#define FRAME_BACK  SPAN("0")

/* How a label that is not ASCII begins in its ASCII form. */
#define ACE_PREFIX SPAN("xn--")

#define ZERO_WIDTH_NON_JOINER SPAN("\xE2\x80\x8C")
#define ZERO_WIDTH_JOINER     SPAN("\xE2\x80\x8D")

/* The Yi syllables that stand for letters, which no mapping or normalisation touches. */
#define FOR_SHARP_S	"\xEA\x80\x80"
#define FOR_FINAL_SIGMA "\xEA\x80\x81"

/* The longest domain that is looked at, in bytes; DNS knows 253. */
#define DOMAIN_MAX_BYTES 4096

/* A character, in UTF-8, that is replaced before libidn2 sees it. */
struct swap {
	const char *take; /* what is there */
	const char *give; /* what is put in its place */
};

/* The capital sharp s is mapped to the small one since Unicode 15.1. */
static const struct swap plain_swaps[] = {{"\xE1\xBA\x9E", "\xC3\x9F"}, {NULL, NULL}};

static const struct swap framed_swaps[] = {
	{"\xE1\xBA\x9E", FOR_SHARP_S},
	{"\xC3\x9F", FOR_SHARP_S},
	{"\xCF\x82", FOR_FINAL_SIGMA},
	{NULL, NULL},
};

/* The letters and their stand-ins as code points. */
enum {
	CP_SHARP_S = 0xDF,
	CP_FINAL_SIGMA = 0x3C2,
	CP_FOR_SHARP_S = 0xA000,
	CP_FOR_FINAL_SIGMA = 0xA001,
};

/* Full stops that are mapped to the ASCII one: ideographic, full-width, half-width. */
static const struct span other_dots[] = {
	{"\xE3\x80\x82", 3},
	{"\xEF\xBC\x8E", 3},
	{"\xEF\xBD\xA1", 3},
};

/* Blocks that are written from right to left. */
static const uint32_t right_to_left[][2] = {
	{0x590, 0x5FF},	  {0x600, 0x6EF},     {0x6FA, 0x8FF},	  {0xFB1D, 0xFDFF},
	{0xFE70, 0xFEFE}, {0x10800, 0x10CFF}, {0x10D00, 0x10FFF}, {0x1E800, 0x1EFFF},
};

static enum err err_of(int rc)
{
	if (rc == IDN2_OK)
		return ERR_NONE;
	return rc == IDN2_MALLOC ? ERR_NO_MEMORY : ERR_URL;
}

static bool is_right_to_left(uint32_t c)
{
	for (size_t i = 0; i < sizeof(right_to_left) / sizeof(right_to_left[0]); i++)
		if (c >= right_to_left[i][0] && c <= right_to_left[i][1])
			return true;
	return false;
}

static bool has_right_to_left(const struct puny_label *label)
{
	for (size_t i = 0; i < label->len; i++)
		if (is_right_to_left(label->at[i]))
			return true;
	return false;
}

static bool has_part(struct span text, struct span part)
{
	return text.len && memmem(text.at, text.len, part.at, part.len) != NULL;
}

static bool has_ace_prefix(struct span text)
{
	return text.len >= ACE_PREFIX.len &&
	       span_eq_nocase(span_of(text.at, ACE_PREFIX.len), ACE_PREFIX);
}

/* The Unicode form of a label in ASCII. ERR_INVALID when it is too long. */
static enum err to_unicode(struct span ascii, struct puny_label *out)
{
	if (has_ace_prefix(ascii))
		return puny_get(span_skip(ascii, ACE_PREFIX.len), out);
	if (ascii.len > PUNY_LABEL_CHARS)
		return ERR_INVALID;
	for (size_t i = 0; i < ascii.len; i++)
		out->at[i] = (unsigned char)ascii.at[i];
	out->len = ascii.len;
	return ERR_NONE;
}

/* Whether libidn2 refused a label for a reason that does not count for URLs. */
static bool is_refused_for_little(int rc)
{
	switch (rc) {
	case IDN2_DISALLOWED:
	case IDN2_UNASSIGNED:
	case IDN2_2HYPHEN:
	case IDN2_HYPHEN_STARTEND:
	case IDN2_CONTEXTO:
	case IDN2_CONTEXTO_NO_RULE:
	case IDN2_ALABEL_ROUNDTRIP_FAILED:
		return true;
	default:
		return false;
	}
}

/* Appends text with swaps, which end with a NULL. */
static enum err put_swapped(struct buf *out, struct span text, const struct swap *swaps)
{
	enum err err = ERR_NONE;

	while (!err && text.len) {
		struct span take = span_of(text.at, 1);
		struct span give = take;

		for (const struct swap *swap = swaps; swap->take; swap++) {
			if (span_has_prefix(text, span_str(swap->take))) {
				take = span_str(swap->take);
				give = span_str(swap->give);
			}
		}
		err = buf_put(out, give);
		text = span_skip(text, take.len);
	}
	return err;
}

/* The text of a label in the frame, with stand-ins. */
static enum err put_framed(struct buf *out, struct span label)
{
	enum err err = buf_put(out, FRAME_FRONT);

	if (!err)
		err = put_swapped(out, label, framed_swaps);
	return err ? err : buf_put(out, FRAME_BACK);
}

/* The ASCII form of a label, by libidn2, whose answer is *out_rc; freed by idn2_free. */
static enum err lookup(struct span text, int flags, char **out_ascii, int *out_rc)
{
	struct buf copy;
	const char *label;
	enum err err;
	uint8_t *ascii;

	buf_init(&copy);
	err = put_swapped(&copy, text, plain_swaps);
	label = err ? NULL : buf_cstr(&copy);
	if (!label) {
		buf_done(&copy);
		return ERR_NO_MEMORY;
	}
	*out_rc = idn2_lookup_u8((const uint8_t *)label, &ascii, flags | IDN2_NFC_INPUT);
	buf_done(&copy);
	if (*out_rc == IDN2_OK)
		*out_ascii = (char *)ascii;
	return err_of(*out_rc);
}

/* The label in Unicode, mapped and normalised. */
static enum err map(struct span text, struct puny_label *out)
{
	struct buf framed;
	char *ascii;
	enum err err;
	int rc;

	buf_init(&framed);
	err = put_framed(&framed, text);
	if (!err)
		err = lookup(buf_span(&framed),
			     IDN2_TRANSITIONAL | IDN2_NO_ALABEL_ROUNDTRIP, &ascii, &rc);
	buf_done(&framed);
	if (err)
		return err;
	err = to_unicode(span_str(ascii), out) ? ERR_URL : ERR_NONE;
	idn2_free(ascii);
	if (err)
		return err;
	out->len -= FRAME_FRONT.len + FRAME_BACK.len;
	memmove(out->at, out->at + FRAME_FRONT.len, out->len * sizeof(out->at[0]));
	return ERR_NONE;
}

/* Puts the letters back for which others stood. */
static void put_back(struct puny_label *label)
{
	for (size_t i = 0; i < label->len; i++) {
		if (label->at[i] == CP_FOR_SHARP_S)
			label->at[i] = CP_SHARP_S;
		else if (label->at[i] == CP_FOR_FINAL_SIGMA)
			label->at[i] = CP_FINAL_SIGMA;
	}
}

/* A label must not begin with a combining mark (UTS #46, 4.1), which the frame hid. */
static enum err check_front(const struct puny_label *label)
{
	const uint32_t front[2] = {label->len ? label->at[0] : 0, 0};
	char *ascii;
	int rc;

	if (front[0] < 0x80)
		return ERR_NONE;
	rc = idn2_to_ascii_4z(front, &ascii, IDN2_NONTRANSITIONAL);
	if (rc == IDN2_OK)
		idn2_free(ascii);
	if (rc == IDN2_MALLOC)
		return ERR_NO_MEMORY;
	return rc == IDN2_LEADING_COMBINING ? ERR_URL : ERR_NONE;
}

/* Whether a label begins as an ASCII form does, and is none. */
static bool is_false_ace(const struct puny_label *label)
{
	static const uint32_t prefix[4] = {'x', 'n', '-', '-'};

	return label->len >= 4 && memcmp(label->at, prefix, sizeof(prefix)) == 0;
}

/* Appends the ASCII form of a label. */
static enum err put_ace(struct buf *out, const struct puny_label *label)
{
	size_t begin = out->len;
	bool is_plain = true;
	enum err err = ERR_NONE;

	for (size_t i = 0; i < label->len; i++)
		is_plain = is_plain && label->at[i] < 0x80;
	if (!is_plain)
		err = buf_put(out, ACE_PREFIX);
	if (!err)
		err = puny_put(out, label);
	if (!err && out->len - begin > IDN2_LABEL_MAX_LENGTH)
		err = ERR_URL;
	return err;
}

/* What libidn2 refused for little. */
static enum err put_refused(struct buf *out, struct span text)
{
	struct puny_label label;
	enum err err;

	if (has_part(text, ZERO_WIDTH_JOINER) || has_part(text, ZERO_WIDTH_NON_JOINER) ||
	    has_part(text, SPAN(FOR_SHARP_S)) || has_part(text, SPAN(FOR_FINAL_SIGMA)))
		return ERR_URL;
	err = map(text, &label);
	if (err)
		return err;
	put_back(&label);
	if (is_false_ace(&label) || has_right_to_left(&label))
		return ERR_URL;
	err = check_front(&label);
	return err ? err : put_ace(out, &label);
}

/* An ASCII label that has no ACE prefix is as it should be, but for capitals. */
static enum err put_ascii_label(struct buf *out, struct span label)
{
	enum err err = buf_reserve(out, label.len);

	for (size_t i = 0; !err && i < label.len; i++)
		err = buf_put_byte(out, text_lower(label.at[i]));
	return err;
}

static enum err put_label(struct buf *out, struct span label)
{
	bool is_plain = text_is_ascii(label);
	char *ascii;
	enum err err;
	int rc = IDN2_OK;

	if (is_plain && !has_ace_prefix(label))
		return put_ascii_label(out, label);
	err = lookup(label, IDN2_NONTRANSITIONAL, &ascii, &rc);
	if (err == ERR_URL && is_refused_for_little(rc)) {
		if (!is_plain)
			return put_refused(out, label);
		err = lookup(label, IDN2_NONTRANSITIONAL | IDN2_NO_ALABEL_ROUNDTRIP,
			     &ascii, &rc);
	}
	if (err)
		return err;
	err = buf_put_str(out, ascii);
	idn2_free(ascii);
	return err;
}

/* The bidirectional rule (RFC 5893) for a label that has no right-to-left characters. */
static bool may_stand_beside_right_to_left(const struct puny_label *label)
{
	uint32_t first = label->len ? label->at[0] : 'a';
	uint32_t last = label->len ? label->at[label->len - 1] : 'a';

	if (first < 0x80 && !text_is_alpha((char)first))
		return false;
	return last >= 0x80 || text_is_alpha((char)last) || text_is_digit((char)last);
}

static bool is_any_right_to_left(struct span domain)
{
	struct puny_label label;

	while (domain.len)
		if (!to_unicode(span_cut(&domain, '.'), &label) &&
		    has_right_to_left(&label))
			return true;
	return false;
}

/* domain is in ASCII. */
static enum err check_directions(struct span domain)
{
	struct puny_label label;

	if (!is_any_right_to_left(domain))
		return ERR_NONE;
	while (domain.len)
		if (!to_unicode(span_cut(&domain, '.'), &label) &&
		    !has_right_to_left(&label) && !may_stand_beside_right_to_left(&label))
			return ERR_URL;
	return ERR_NONE;
}

/* Cuts the first label off *rest; *out_has_dot says whether a dot was behind it. */
static struct span cut_text_label(struct span *rest, bool *out_has_dot)
{
	struct span all = *rest;

	for (size_t i = 0; i < all.len; i++) {
		struct span here = span_skip(all, i);
		size_t dot_bytes = here.at[0] == '.' ? 1 : 0;

		for (size_t j = 0; j < sizeof(other_dots) / sizeof(other_dots[0]); j++)
			if (span_has_prefix(here, other_dots[j]))
				dot_bytes = other_dots[j].len;
		if (dot_bytes) {
			*rest = span_skip(here, dot_bytes);
			*out_has_dot = true;
			return span_of(all.at, i);
		}
	}
	*rest = span_skip(all, all.len);
	*out_has_dot = false;
	return all;
}

enum err idna_put_ascii(struct buf *out, struct span domain)
{
	size_t begin = out->len;
	bool has_dot = true;
	enum err err = ERR_NONE;

	if (domain.len > DOMAIN_MAX_BYTES)
		return ERR_URL;
	while (!err && has_dot) {
		struct span label = cut_text_label(&domain, &has_dot);

		err = put_label(out, label);
		if (!err && has_dot)
			err = buf_put_byte(out, '.');
	}
	return err ? err : check_directions(span_skip(buf_span(out), begin));
}
