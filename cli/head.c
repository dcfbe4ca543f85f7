/* SPDX-License-Identifier: MIT */
/* GetAllResponseHeaders gives one text; it is kept whole and taken apart where it is
 * needed. */
#include "head.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool head_next(const char **at, struct head_field *out_field)
{
	const char *line = *at;
	const char *end = strstr(line, "\r\n");
	const char *colon = end ? memchr(line, ':', (size_t)(end - line)) : NULL;

	if (!colon)
		return false;
	out_field->name = line;
	out_field->name_len = (size_t)(colon - line);
	out_field->value = colon + 1;
	while (*out_field->value == ' ')
		out_field->value++;
	out_field->value_len = (size_t)(end - out_field->value);
	*at = end + 2;
	return true;
}

bool head_find(const char *fields, const char *name, struct head_field *out_field)
{
	size_t len = strlen(name);

	while (head_next(&fields, out_field))
		if (out_field->name_len == len &&
		    strncasecmp(out_field->name, name, len) == 0)
			return true;
	return false;
}

const char *head_version(DWORD version)
{
	switch (version) {
	case 10:
		return "1.0";
	case 20:
		return "2";
	default:
		return "1.1";
	}
}

bool head_is_redirect(const struct head *head)
{
	struct head_field location;

	switch (head->status) {
	case 301:
	case 302:
	case 303:
	case 307:
	case 308:
		return head_find(head->fields, "Location", &location);
	default:
		return false;
	}
}

uint64_t head_length(const struct head *head)
{
	struct head_field length;

	if (!head->fields || !head_find(head->fields, "Content-Length", &length))
		return 0;
	return strtoull(length.value, NULL, 10);
}

void head_done(struct head *head)
{
	free(head->reason);
	free(head->fields);
	*head = (struct head){0};
}
