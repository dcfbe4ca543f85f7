/* SPDX-License-Identifier: MIT */
/*
 * One table says of each byte to which sets it belongs; a set is a bit: the
 * percent-encode sets, what ends a part of a URL, and what no domain has. Bytes above
 * 0x7E are in all percent-encode sets, so UTF-8 needs no decoding here. Nearly all bytes
 * are in no set that matters, so four are asked for at once.
 */
#include "http/url_escape.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* The sets. */
enum {
	USERINFO = 1, /* the percent-encode sets */
	PATH = 2,
	QUERY = 4,
	FRAGMENT = 8,
	SEGMENT_END = 16, /* what ends a segment of a path: / \ ? # */
	QUERY_END = 32,	  /* what ends a query: # */
	NO_DOMAIN = 64,	  /* what a serialised domain never has */

	/* Several. The short names keep the table a picture of the ASCII chart. */
	Q = QUERY,
	U = USERINFO,
	H = NO_DOMAIN,
	UH = U | H,
	UE = UH | SEGMENT_END,
	UP = U | PATH,
	UF = UP | FRAGMENT,
	UQ = UF | QUERY,
	PH = UP | H,
	PE = PH | SEGMENT_END,
	PQ = PE | QUERY | QUERY_END,
	AL = UQ | H,
};

#define ALL_16 AL, AL, AL, AL, AL, AL, AL, AL, AL, AL, AL, AL, AL, AL, AL, AL

/* clang-format off */
static const uint8_t classes[256] = {
	ALL_16, ALL_16,
	/* space ! " # $ % & ' ( ) * + , - . / */
	AL, 0, UQ, PQ, 0, H, 0, Q, 0, 0, 0, 0, 0, 0, 0, UE,
	/* 0 to 9 : ; < = > ? */
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, UH, U, AL, U, AL, PE,
	/* @ A to O */
	UH, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H,
	/* P to Z [ \ ] ^ _ */
	H, H, H, H, H, H, H, H, H, H, H, UH, UE, UH, PH, 0,
	/* ` a to o */
	UF, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	/* p to z { | } ~ delete */
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, UP, UH, UP, 0, AL,
	ALL_16, ALL_16, ALL_16, ALL_16, ALL_16, ALL_16, ALL_16, ALL_16,
};
/* clang-format on */

static const struct {
	uint8_t encoded; /* sets that are percent-encoded */
	uint8_t end;	 /* sets that end the part */
} parts[] = {
	[URL_ESCAPE_USERINFO] = {USERINFO, 0},
	[URL_ESCAPE_SEGMENT] = {PATH, SEGMENT_END},
	[URL_ESCAPE_QUERY] = {QUERY, QUERY_END},
	[URL_ESCAPE_FRAGMENT] = {FRAGMENT, 0},
};

static unsigned class_of(char c)
{
	return classes[(unsigned char)c];
}

/* Whether none of the four bytes at at is in one of the sets. */
static bool are_outside(const char *at, unsigned sets)
{
	return !((class_of(at[0]) | class_of(at[1]) | class_of(at[2]) | class_of(at[3])) &
		 sets);
}

static char *put_escaped(char *to, unsigned char c)
{
	static const char digits[16] = "0123456789ABCDEF";

	to[0] = '%';
	to[1] = digits[c >> 4];
	to[2] = digits[c & 15];
	return to + 3;
}

char *url_escape_put(char *to, struct span *text, enum url_escape part)
{
	const char *at = text->at;
	const char *end = at + text->len;
	unsigned stop = parts[part].end;
	unsigned odd = parts[part].encoded | stop;

	for (; at != end; at++) {
		unsigned class;

		for (; end - at >= 4 && are_outside(at, odd); at += 4, to += 4)
			memcpy(to, at, 4);
		if (at == end)
			break;
		class = class_of(*at);
		if (class & stop)
			break;
		if (class & odd)
			to = put_escaped(to, (unsigned char)*at);
		else
			*to++ = *at;
	}
	*text = span_between(at, end);
	return to;
}

size_t url_escape_domain_bytes(struct span text)
{
	size_t i = 0;

	while (text.len - i >= 4 && are_outside(text.at + i, NO_DOMAIN))
		i += 4;
	while (i < text.len && !(class_of(text.at[i]) & NO_DOMAIN))
		i++;
	return i;
}
