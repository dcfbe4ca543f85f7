/* SPDX-License-Identifier: MIT */
/*
 * The challenges in WWW-Authenticate and Proxy-Authenticate (RFC 9110 11.6.1): a list of
 * schemes, each with a token68 or with parameters, all of it separated by commas. Nothing
 * is copied. No I/O.
 */
#ifndef IXHR2_HTTP_CHALLENGE_H
#define IXHR2_HTTP_CHALLENGE_H

#include "base/err.h"
#include "base/span.h"
#include "http/field.h"

struct challenge {
	struct span scheme;  /* token, in whatever case */
	struct span token68; /* "abc==" as in "Negotiate abc==", or empty */
	struct span
		parameters; /* "realm="a", nonce=b", or empty; for the function below */
};

/*
 * Takes the next challenge off a field value; empty list elements are skipped.
 * ERR_MISSING when none is left; ERR_PROTOCOL for bad grammar, and the rest is given up:
 * *rest is empty then.
 */
MUST_USE enum err challenge_next(struct span *rest, struct challenge *out);

/*
 * Takes the next name=value off *rest, which begins as parameters of a challenge, or as
 * the value of Authentication-Info (RFC 7615). ERR_MISSING when none is left;
 * ERR_PROTOCOL for bad grammar. A value that is_quoted is unescaped by field_unquote.
 */
MUST_USE enum err challenge_next_parameter(struct span *rest,
					   struct field_parameter *out);

#endif
