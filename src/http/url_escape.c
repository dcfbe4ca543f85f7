/* SPDX-License-Identifier: MIT */
/*
 * One table says of each byte to which percent-encode sets it belongs; a set is a bit.
 * Bytes above 0x7E are in all of them, so UTF-8 needs no decoding here. A further bit
 * marks what ends a segment of a path.
 */
#include "http/url_escape.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* A slash or a backslash; beside the bits of enum url_escape. */
#define SLASH 16

/* The short names keep the table a picture of the ASCII chart. */
enum {
	U = URL_ESCAPE_USERINFO,
	UP = U | URL_ESCAPE_PATH,
	Q = URL_ESCAPE_QUERY,
	UPQ = UP | Q,
	UPF = UP | URL_ESCAPE_FRAGMENT,
	ALL = UPQ | URL_ESCAPE_FRAGMENT,
	US = U | SLASH,
};

#define ALL_16                                                                           \
	ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL

/* clang-format off */
static const uint8_t classes[256] = {
	ALL_16, ALL_16,
	/* space ! " # $ % & ' ( ) * + , - . / */
	ALL, 0, ALL, UPQ, 0, 0, 0, Q, 0, 0, 0, 0, 0, 0, 0, US,
	/* 0 to 9 : ; < = > ? */
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, U, U, ALL, U, ALL, UP,
	/* @ A to O */
	U, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	/* P to Z [ \ ] ^ _ */
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, U, US, U, UP, 0,
	/* ` a to o */
	UPF, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	/* p to z { | } ~ delete */
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, UP, U, UP, 0, ALL,
	ALL_16, ALL_16, ALL_16, ALL_16, ALL_16, ALL_16, ALL_16, ALL_16,
};
/* clang-format on */

static char *put_escaped(char *to, unsigned char c)
{
	static const char digits[16] = "0123456789ABCDEF";

	to[0] = '%';
	to[1] = digits[c >> 4];
	to[2] = digits[c & 15];
	return to + 3;
}

/* Whether none of four bytes is in the set. */
static bool are_plain(const char *text, unsigned set)
{
	const unsigned char *at = (const unsigned char *)text;

	return !((classes[at[0]] | classes[at[1]] | classes[at[2]] | classes[at[3]]) &
		 set);
}

char *url_escape_put(char *to, struct span text, enum url_escape set)
{
	const char *at = text.at;
	const char *end = at + text.len;

	while (at != end) {
		unsigned char c = (unsigned char)*at;

		if (end - at >= 4 && are_plain(at, set)) {
			memcpy(to, at, 4);
			at += 4;
			to += 4;
			continue;
		}
		if (classes[c] & set)
			to = put_escaped(to, c);
		else
			*to++ = *at;
		at++;
	}
	return to;
}

char *url_escape_put_segment(char *to, struct span *text)
{
	const char *end = text->at + text->len;
	const char *at;

	for (at = text->at; at != end; at++) {
		unsigned char c = (unsigned char)*at;
		unsigned class = classes[c] & (URL_ESCAPE_PATH | SLASH);

		if (!class)
			*to++ = *at;
		else if (class & SLASH)
			break;
		else
			to = put_escaped(to, c);
	}
	*text = span_between(at, end);
	return to;
}
