/* SPDX-License-Identifier: MIT */
/*
 * A list is cut at the commas that stand outside quotes; inside quotes a backslash
 * takes its successor along, so that \" does not end the string. A string whose closing
 * quote is missing reaches to the end of the value: the element is then odd, but no
 * byte is read twice or left out.
 *
 * Parameters are read more strictly than lists, because what they hold (a charset, a
 * realm, a nonce) is acted upon: a name is a token, "=" follows without whitespace, and
 * the value is a token or a closed quoted string without control bytes. Only empty
 * parameters (";;") are passed over, as RFC 9110 5.6.6 has it.
 *
 * Values are searched for control bytes eight bytes at a time. In (x - 0x20) & ~x the top
 * bit of a byte is set for one below 0x20; a borrow may set it in the byte above such a
 * one, so that each is looked at again.
 */
#include "http/field.h"

#include "base/text.h"
#include "base/word.h"

bool field_is_name(struct span name)
{
	return text_is_token(name);
}

bool field_is_value(struct span value)
{
	for (size_t i = 0; i < value.len; i++) {
		char c = value.at[i];

		if (c == '\r' || c == '\n' || c == '\0')
			return false;
	}
	return true;
}

static bool is_control(char c)
{
	return ((unsigned char)c < 0x20 && c != '\t') || c == 0x7F;
}

static bool has_control_byte(struct span value)
{
	for (size_t i = 0; i < value.len; i++)
		if (is_control(value.at[i]))
			return true;
	return false;
}

/* Marks control bytes, tabs included, and perhaps the byte above one. */
static uint64_t mark_controls(uint64_t word)
{
	return ((word - WORD_EACH(0x20)) & ~word & WORD_EACH(0x80)) |
	       word_mark(word, 0x7F);
}

/* The last word may hold bytes of the one before. */
bool field_has_control(struct span value)
{
	uint64_t odd = 0;

	if (value.len < WORD_BYTES)
		return has_control_byte(value);
	for (size_t i = 0; i + WORD_BYTES < value.len; i += WORD_BYTES)
		odd |= mark_controls(word_at(value.at + i));
	odd |= mark_controls(word_at(value.at + value.len - WORD_BYTES));
	return odd && has_control_byte(value);
}

/* Where the first element of rest, not empty, ends: at a comma or behind the last byte.
 */
static size_t element_end(struct span rest)
{
	bool is_quoted = false;

	if (!memchr(rest.at, ',', rest.len))
		return rest.len;
	for (size_t i = 0; i < rest.len; i++) {
		char c = rest.at[i];

		if (c == '"')
			is_quoted = !is_quoted;
		else if (is_quoted && c == '\\')
			i++;
		else if (!is_quoted && c == ',')
			return i;
	}
	return rest.len;
}

bool field_next_element(struct span *rest, struct span *out_element)
{
	while (rest->len > 0) {
		size_t end = element_end(*rest);
		struct span element = span_trim(span_of(rest->at, end));

		*rest = span_skip(*rest, end < rest->len ? end + 1 : end);
		if (element.len > 0) {
			*out_element = element;
			return true;
		}
	}
	return false;
}

bool field_has_token(struct span list, struct span token)
{
	struct span element;

	while (field_next_element(&list, &element)) {
		if (span_eq_nocase(element, token))
			return true;
	}
	return false;
}

struct span field_skip_whitespace(struct span s)
{
	size_t n = 0;

	while (n < s.len && (s.at[n] == ' ' || s.at[n] == '\t'))
		n++;
	return span_skip(s, n);
}

struct span field_token_at(struct span s)
{
	size_t n = 0;

	while (n < s.len && text_is_token_char(s.at[n]))
		n++;
	return span_of(s.at, n);
}

static bool is_quotable(char c)
{
	unsigned char byte = (unsigned char)c;

	return c == '\t' || (byte >= 0x20 && byte != 0x7f);
}

/* The inside of the quoted string that s, which begins with its quote, opens. */
static enum err quoted_at(struct span s, struct span *out_inside)
{
	for (size_t i = 1; i < s.len; i++) {
		if (s.at[i] == '"') {
			*out_inside = span_of(s.at + 1, i - 1);
			return ERR_NONE;
		}
		if (s.at[i] == '\\' && ++i == s.len)
			break;
		if (!is_quotable(s.at[i]))
			break;
	}
	return ERR_PROTOCOL;
}

enum err field_take_value(struct span *s, struct field_parameter *parameter)
{
	enum err err;

	parameter->is_quoted = s->len > 0 && s->at[0] == '"';
	if (!parameter->is_quoted) {
		parameter->value = field_token_at(*s);
		*s = span_skip(*s, parameter->value.len);
		return parameter->value.len > 0 ? ERR_NONE : ERR_PROTOCOL;
	}
	err = quoted_at(*s, &parameter->value);
	if (!err)
		*s = span_skip(*s, parameter->value.len + 2);
	return err;
}

enum err field_next_parameter(struct span *rest, struct field_parameter *out)
{
	struct field_parameter parameter = {0};
	struct span s = field_skip_whitespace(*rest);
	bool is_separated = false;
	enum err err;

	while (s.len > 0 && s.at[0] == ';') {
		is_separated = true;
		s = field_skip_whitespace(span_skip(s, 1));
	}
	if (s.len == 0) {
		*rest = s;
		return ERR_MISSING;
	}
	parameter.name = field_token_at(s);
	s = span_skip(s, parameter.name.len);
	if (!is_separated || parameter.name.len == 0 || s.len == 0 || s.at[0] != '=')
		return ERR_PROTOCOL;
	s = span_skip(s, 1);
	err = field_take_value(&s, &parameter);
	if (err)
		return err;
	*rest = s;
	*out = parameter;
	return ERR_NONE;
}

enum err field_unquote(struct buf *out, struct span inside)
{
	enum err err = buf_reserve(out, inside.len); /* so that nothing below fails */

	for (size_t i = 0; !err && i < inside.len; i++) {
		if (inside.at[i] == '\\' && i + 1 < inside.len)
			i++;
		err = buf_put_byte(out, inside.at[i]);
	}
	return err;
}
