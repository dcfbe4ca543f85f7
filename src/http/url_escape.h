/* SPDX-License-Identifier: MIT */
/*
 * Percent-encoding by the WHATWG URL Standard, section 1.3. What is given is UTF-8,
 * taken byte by byte; every byte becomes one byte or three.
 */
#ifndef IXHR2_HTTP_URL_ESCAPE_H
#define IXHR2_HTTP_URL_ESCAPE_H

#include "base/span.h"

/* The percent-encode sets; the query's is the one of special schemes. */
enum url_escape {
	URL_ESCAPE_USERINFO = 1,
	URL_ESCAPE_PATH = 2,
	URL_ESCAPE_QUERY = 4,
	URL_ESCAPE_FRAGMENT = 8,
};

/* Writes text to to, which has room for three times its length; answers the end. */
char *url_escape_put(char *to, struct span text, enum url_escape set);

/*
 * Writes one segment of a path: all of *text before its first slash or backslash, with
 * the path set; answers the end of what was written. *text is then what is left, and
 * begins with the slash, if there was one.
 */
char *url_escape_put_segment(char *to, struct span *text);

#endif
