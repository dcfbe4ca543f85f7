/* SPDX-License-Identifier: MIT */
/*
 * The longer of the span functions; the short ones are inline in the header. Spans are
 * passed by value and nothing is copied: an answer points into what was given.
 */
#include "base/span.h"

/* The cases of a letter differ in one bit. */
static bool is_same_nocase(char a, char b)
{
	char lower = (char)(a | 0x20);

	return a == b || ((a ^ b) == 0x20 && lower >= 'a' && lower <= 'z');
}

bool span_eq_nocase(struct span a, struct span b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++) {
		if (!is_same_nocase(a.at[i], b.at[i]))
			return false;
	}
	return true;
}

bool span_has_prefix(struct span s, struct span prefix)
{
	return s.len >= prefix.len && span_eq(span_of(s.at, prefix.len), prefix);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct span span_trim(struct span s)
{
	while (s.len && is_blank(s.at[0]))
		s = span_skip(s, 1);
	while (s.len && is_blank(s.at[s.len - 1]))
		s.len--;
	return s;
}

struct span span_cut(struct span *rest, char c)
{
	struct span all = *rest;
	const char *found = all.len ? memchr(all.at, c, all.len) : NULL;
	size_t before = found ? (size_t)(found - all.at) : all.len;

	*rest = span_skip(all, found ? before + 1 : all.len);
	return span_of(all.at, before);
}
