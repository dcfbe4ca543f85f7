/* SPDX-License-Identifier: MIT */
/*
 * One table says of each byte to which percent-encode sets it belongs; a set is a bit.
 * Bytes above 0x7E are in all of them, so UTF-8 needs no decoding here. A further bit
 * marks what ends a segment of a path.
 */
#include "http/url_escape.h"

#include <stdint.h>

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

char *url_escape_put(char *to, struct span text, enum url_escape set)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.at[i];

		if (classes[c] & set)
			to = put_escaped(to, c);
		else
			*to++ = (char)c;
	}
	return to;
}

char *url_escape_put_segment(char *to, struct span *text)
{
	size_t i;

	for (i = 0; i < text->len; i++) {
		unsigned char c = (unsigned char)text->at[i];
		unsigned class = classes[c] & (URL_ESCAPE_PATH | SLASH);

		if (!class)
			*to++ = (char)c;
		else if (class & SLASH)
			break;
		else
			to = put_escaped(to, c);
	}
	*text = span_skip(*text, i);
	return to;
}
