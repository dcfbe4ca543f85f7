/* SPDX-License-Identifier: MIT */
/*
 * A presented name and a host, with a line feed between them. A match must be one by a
 * simpler reading of the rules as well, whatever the case of both.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/text.h"
#include "tls/server_name.h"
#include "web/psl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* A copy with nothing behind it, in lower or upper case. */
static struct span copy_of(struct span name, char (*of)(char))
{
	char *copy = malloc(name.len ? name.len : 1);

	must(copy != NULL);
	for (size_t i = 0; i < name.len; i++)
		copy[i] = of(name.at[i]);
	return span_of(copy, name.len);
}

/* What a match is at least. */
static void check_match(struct span presented, struct span host)
{
	if (host.at[host.len - 1] == '.')
		host.len--;
	must(host.len > 0 && host.len <= 253);
	must(!memchr(host.at, '\0', host.len) && !memchr(host.at, '*', host.len));
	if (presented.at[0] != '*') {
		must(span_eq_nocase(presented, host));
		return;
	}
	span_cut(&presented, '.');
	must(span_cut(&host, '.').len > 0);
	must(span_eq_nocase(presented, host));
	must(memchr(host.at, '.', host.len) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span host = span_of((const char *)data, size);
	struct span presented = span_cut(&host, '\n');
	struct span lower[2] = {copy_of(presented, text_lower),
				copy_of(host, text_lower)};
	struct span upper[2] = {copy_of(presented, text_upper),
				copy_of(host, text_upper)};
	bool matches = server_name_matches(presented, host, psl_is_registry);

	if (matches)
		check_match(presented, host);
	must(server_name_matches(lower[0], upper[1], psl_is_registry) == matches);
	must(server_name_matches(upper[0], lower[1], psl_is_registry) == matches);
	for (int i = 0; i < 2; i++) {
		free((char *)lower[i].at);
		free((char *)upper[i].at);
	}
	return 0;
}
