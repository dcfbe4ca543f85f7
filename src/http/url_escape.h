/* SPDX-License-Identifier: MIT */
/*
 * Percent-encoding by the WHATWG URL Standard, section 1.3. What is given is UTF-8,
 * taken byte by byte; every byte becomes one byte or three.
 */
#ifndef IXHR2_HTTP_URL_ESCAPE_H
#define IXHR2_HTTP_URL_ESCAPE_H

#include <stddef.h>

#include "base/span.h"

/*
 * The parts of a URL. Each has its percent-encode set (the query's is the one of special
 * schemes), and some end before certain bytes.
 */
enum url_escape {
	URL_ESCAPE_USERINFO, /* a user name or a password */
	URL_ESCAPE_SEGMENT,  /* of a path; ends before / \ ? # */
	URL_ESCAPE_QUERY,    /* with its ?; ends before # */
	URL_ESCAPE_FRAGMENT, /* with its # */
};

/*
 * Writes what stands at the front of *text up to the end of this part to to, which has
 * room for three times the length of all; answers the end of what was written. *text is
 * then what is left.
 */
char *url_escape_put(char *to, struct span *text, enum url_escape part);

/* How many bytes at the front of text a serialised domain may have: no forbidden domain
 * code points (section 3.1), no capital letters, nothing that is not ASCII. */
size_t url_escape_domain_bytes(struct span text);

#endif
