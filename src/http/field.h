/* SPDX-License-Identifier: MIT */
/*
 * The grammar inside field values: lists, parameters, quoted strings (RFC 9110 5.6).
 * Nothing is copied; a quoted string is unescaped by field_unquote alone.
 */
#ifndef IXHR2_HTTP_FIELD_H
#define IXHR2_HTTP_FIELD_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

struct field_parameter {
	struct span name;  /* token */
	struct span value; /* token, or the inside of a quoted string, still escaped */
	bool is_quoted;	   /* the value stood in quotes */
};

/* A field name: a token (RFC 9110 5.1). */
bool field_is_name(struct span name);

/* A field value without CR, LF and NUL. */
bool field_is_value(struct span value);

/* Whether there is a control byte but for tabs (RFC 9110 5.5). */
bool field_has_control(struct span value);

/*
 * Takes the next element off a comma-separated list, trimmed; empty elements are
 * skipped; commas in quoted strings do not separate. false when none is left.
 */
bool field_next_element(struct span *rest, struct span *out_element);

/* Whether a comma-separated list has this token as an element, in any case. */
bool field_has_token(struct span list, struct span token);

/*
 * Takes the next ";name=value" off *rest, which begins behind the item that the
 * parameters belong to. ERR_MISSING when none is left, ERR_PROTOCOL for bad grammar.
 */
MUST_USE enum err field_next_parameter(struct span *rest, struct field_parameter *out);

/* What s is behind its spaces and tabs. */
struct span field_skip_whitespace(struct span s);

/* The token that s begins with, or an empty one. */
struct span field_token_at(struct span s);

/* Takes the token or quoted string that *s begins with as the value of *parameter.
 * ERR_PROTOCOL when it is neither. */
MUST_USE enum err field_take_value(struct span *s, struct field_parameter *parameter);

/* Appends the inside of a quoted string without its backslashes. ERR_NO_MEMORY. */
MUST_USE enum err field_unquote(struct buf *out, struct span inside);

#endif
