/* SPDX-License-Identifier: MIT */
/*
 * A parser of JSON turns numbers into those of the machine, which loses what does not
 * fit. This only finds where a value begins and ends. The text is known to be well
 * formed, so that brackets and strings are all that matters.
 */
#include "member.h"

#include <stdbool.h>
#include <string.h>

#include "bytes.h"

/* What is looked at; end is one behind the last byte. */
struct scan {
	const char *at;	 /* the next byte */
	const char *end; /* the end of the text */
};

static void skip_blanks(struct scan *scan)
{
	while (scan->at < scan->end && strchr(" \t\r\n", *scan->at))
		scan->at++;
}

/* From a quote to behind the one that ends it. */
static void skip_string(struct scan *scan)
{
	for (scan->at++; scan->at < scan->end && *scan->at != '"'; scan->at++)
		if (*scan->at == '\\')
			scan->at++;
	scan->at++;
}

/* To the comma or the bracket behind a value. */
static void skip_value(struct scan *scan)
{
	unsigned depth = 0;

	while (scan->at < scan->end) {
		char c = *scan->at;

		if (!depth && strchr(",]}", c))
			return;
		if (c == '[' || c == '{')
			depth++;
		else if (c == ']' || c == '}')
			depth--;
		if (c == '"')
			skip_string(scan);
		else
			scan->at++;
	}
}

static char *copy_value(const char *from, const char *to)
{
	struct bytes text = {0};

	while (to > from && strchr(" \t\r\n", to[-1]))
		to--;
	for (; from < to; from++)
		bytes_put(&text, (unsigned char)*from < ' ' ? " " : from, 1);
	return bytes_take_text(&text);
}

char *member_text(const char *object, size_t len, const char *name)
{
	struct scan scan = {object, object + len};
	const char *from = NULL, *to = NULL;
	size_t name_len = strlen(name);

	skip_blanks(&scan);
	for (scan.at++, skip_blanks(&scan); scan.at < scan.end && *scan.at == '"';
	     scan.at++, skip_blanks(&scan)) {
		const char *key = scan.at + 1;
		bool is_it;

		skip_string(&scan);
		is_it = (size_t)(scan.at - 1 - key) == name_len &&
			memcmp(key, name, name_len) == 0;
		skip_blanks(&scan);
		scan.at++;
		skip_blanks(&scan);
		from = is_it ? scan.at : from;
		skip_value(&scan);
		to = is_it ? scan.at : to;
	}
	return from ? copy_value(from, to) : NULL;
}
