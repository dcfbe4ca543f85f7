/* SPDX-License-Identifier: MIT */
/*
 * libpsl has the list built in. It is asked for rules of the ICANN section; without
 * PSL_TYPE_NO_STAR_RULE it lets the list's default rule "*" count too, so that every
 * single label is a suffix. Where libpsl was built without a list, that rule is all.
 */
#include "web/psl.h"

#include <libpsl.h>
#include <string.h>

/* The longest name of DNS (RFC 1035 2.3.4). */
#define NAME_MAX_BYTES 253

bool psl_is_registry(struct span name)
{
	const psl_ctx_t *list = psl_builtin();
	char copy[NAME_MAX_BYTES + 1];

	if (name.len > NAME_MAX_BYTES)
		return true;
	if (name.len)
		memcpy(copy, name.at, name.len);
	copy[name.len] = '\0';
	if (!list)
		return !strchr(copy, '.');
	return psl_is_public_suffix2(list, copy, PSL_TYPE_ICANN);
}
