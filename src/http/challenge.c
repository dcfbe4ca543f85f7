/* SPDX-License-Identifier: MIT */
/*
 * In this grammar one comma separates two things: the parameters of a challenge, and the
 * challenges. What comes behind a comma is told from what follows its first token: "=",
 * also behind whitespace, makes it a parameter; a new challenge cannot have it there,
 * since neither a token68 nor the name of a parameter begins with "=".
 *
 * What comes behind a scheme is a token68 if only a comma or the end follows it ("abc="
 * is one, "abc=d" is not); otherwise it must be a parameter. Behind a token68 there are
 * no parameters. Lists may have empty elements anywhere (RFC 9110 5.6.1.2), so "Basic ,
 * realm=x" is one challenge, and so are its parameters wherever they are cut.
 *
 * Strict are tokens, quotes (closed, no control bytes) and what follows a value; tabs are
 * taken for spaces. Nothing is read twice but the names of parameters.
 */
#include "http/challenge.h"

#include "base/text.h"

/* Behind commas and whitespace: at the next element, or at the end. */
static struct span skip_separators(struct span s)
{
	s = field_skip_whitespace(s);
	while (s.len > 0 && s.at[0] == ',')
		s = field_skip_whitespace(span_skip(s, 1));
	return s;
}

/* Whether an element ends here, perhaps behind whitespace. */
static bool is_element_end(struct span s)
{
	s = field_skip_whitespace(s);
	return s.len == 0 || s.at[0] == ',';
}

static bool is_token68_char(char c)
{
	return text_is_alpha(c) || text_is_digit(c) ||
	       (c != '\0' && strchr("-._~+/", c) != NULL);
}

/* The token68 that is the rest of an element; empty when that is something else. */
static struct span token68_at(struct span s)
{
	size_t n = 0;

	while (n < s.len && is_token68_char(s.at[n]))
		n++;
	while (n > 0 && n < s.len && s.at[n] == '=')
		n++;
	return span_of(s.at, is_element_end(span_skip(s, n)) ? n : 0);
}

/* Whether s begins with a name and "=". */
static bool begins_parameter(struct span s)
{
	struct span name = field_token_at(s);

	s = field_skip_whitespace(span_skip(s, name.len));
	return name.len > 0 && s.len > 0 && s.at[0] == '=';
}

/* Takes the parameter that *rest begins with, and nothing behind it. */
static enum err take_parameter(struct span *rest, struct field_parameter *out)
{
	struct field_parameter parameter;
	struct span s = *rest;
	enum err err;

	if (!begins_parameter(s))
		return ERR_PROTOCOL;
	parameter.name = field_token_at(s);
	s = field_skip_whitespace(span_skip(s, parameter.name.len));
	s = field_skip_whitespace(span_skip(s, 1));
	err = field_take_value(&s, &parameter);
	if (err)
		return err;
	if (!is_element_end(s))
		return ERR_PROTOCOL;
	*rest = s;
	*out = parameter;
	return ERR_NONE;
}

/* Takes all parameters up to the next challenge, and the commas before that. */
static enum err take_parameters(struct span *rest, struct span *out)
{
	struct span s = skip_separators(*rest);
	struct span all = span_of(s.at, 0);

	while (begins_parameter(s)) {
		struct field_parameter parameter;
		enum err err = take_parameter(&s, &parameter);

		if (err)
			return err;
		all = span_between(all.at, s.at);
		s = skip_separators(s);
	}
	*rest = s;
	*out = all;
	return ERR_NONE;
}

/* Takes the challenge that *rest begins with. */
static enum err take_challenge(struct span *rest, struct challenge *out)
{
	struct challenge challenge = {.scheme = field_token_at(*rest)};
	struct span behind = span_skip(*rest, challenge.scheme.len);
	struct span s = field_skip_whitespace(behind);
	bool is_alone = is_element_end(s);
	enum err err;

	if (challenge.scheme.len == 0 || (!is_alone && s.len == behind.len))
		return ERR_PROTOCOL;
	challenge.token68 = token68_at(s);
	if (challenge.token68.len == 0 && !is_alone && !begins_parameter(s))
		return ERR_PROTOCOL;
	if (challenge.token68.len > 0) {
		s = span_skip(s, challenge.token68.len);
	} else {
		err = take_parameters(&s, &challenge.parameters);
		if (err)
			return err;
	}
	*rest = s;
	*out = challenge;
	return ERR_NONE;
}

enum err challenge_next(struct span *rest, struct challenge *out)
{
	struct span s = skip_separators(*rest);
	enum err err = s.len > 0 ? take_challenge(&s, out) : ERR_MISSING;

	*rest = err ? span_skip(s, s.len) : s;
	return err;
}

enum err challenge_next_parameter(struct span *rest, struct field_parameter *out)
{
	struct span s = skip_separators(*rest);
	enum err err = s.len > 0 ? take_parameter(&s, out) : ERR_MISSING;

	if (err != ERR_PROTOCOL)
		*rest = s;
	return err;
}
