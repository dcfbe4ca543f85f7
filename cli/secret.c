/* SPDX-License-Identifier: MIT */
/*
 * Authorization and Proxy-Authorization: the scheme says what was tried, the rest is
 * nobody's business.
 *
 * A URL need not be well-formed here, as one that is refused is shown too: what stands
 * before the last "@" of what could be the authority is taken for a login. If that does
 * not end as an authority does, a "#" or "/" of the password, which should have been
 * percent-encoded, has ended it: the login goes up to the last "@" of all.
 */
#include "secret.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <wchar.h>

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

/* Whether an authority ends with a host or with the digits of a port. */
static bool is_whole(const char *authority, size_t len)
{
	const char *end = authority + len;
	const char *bracket = memrchr(authority, ']', len);
	const char *begin = bracket ? bracket : authority;
	const char *colon = memrchr(begin, ':', (size_t)(end - begin));

	return !colon || colon + 1 + strspn(colon + 1, "0123456789") == end;
}

/* Where the login begins; *out_len is what it has up to and with "@", or 0. */
static char *find_login(char *url, size_t *out_len)
{
	char *begin = url + strcspn(url, "/\\?#@");
	size_t len;
	char *at;

	if (begin > url && begin[-1] == ':' && (*begin == '/' || *begin == '\\'))
		begin += strspn(begin, "/\\\t\r\n");
	else
		begin = url;
	len = strcspn(begin, "/\\?#");
	at = memrchr(begin, '@', len);
	if (!at && !is_whole(begin, len))
		at = strrchr(begin, '@');
	*out_len = at ? (size_t)(at - begin) + 1 : 0;
	return begin;
}

void secret_cut_login(char *url)
{
	size_t len;
	char *login;

	if (!url)
		return;
	login = find_login(url, &len);
	memmove(login, login + len, strlen(login + len) + 1);
}

void secret_mask_login(char *url)
{
	size_t len;
	char *login = find_login(url, &len);

	if (len)
		memset(login, '*', len - 1);
}

void secret_free(char *text)
{
	if (text)
		explicit_bzero(text, strlen(text));
	free(text);
}

void secret_free_wide(WCHAR *text)
{
	if (text)
		explicit_bzero(text, wcslen(text) * sizeof(*text));
	free(text);
}
