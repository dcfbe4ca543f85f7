/* SPDX-License-Identifier: MIT */
/* Authorization and Proxy-Authorization: the scheme says what was tried, the rest is
 * nobody's business. */
#include "secret.h"

#include <string.h>
#include <strings.h>

size_t secret_shown_bytes(const char *line, size_t len)
{
	static const char *const names[] = {"Authorization:", "Proxy-Authorization:"};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		size_t name_len = strlen(names[i]);
		const char *scheme, *space;

		if (len < name_len || strncasecmp(line, names[i], name_len) != 0)
			continue;
		scheme = line + name_len;
		while (scheme < line + len && *scheme == ' ')
			scheme++;
		space = memchr(scheme, ' ', len - (size_t)(scheme - line));
		return space ? (size_t)(space - line) : name_len;
	}
	return len;
}
