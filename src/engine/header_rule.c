/* SPDX-License-Identifier: MIT */
/* A table; what is not in it goes out as given. */
#include "engine/header_rule.h"

#include <stddef.h>

static const struct {
	struct span name;      /* of the field */
	enum header_rule rule; /* what becomes of it */
} rules[] = {
	{{"TE", 2}, HEADER_RULE_DENY},
	{{"Expect", 6}, HEADER_RULE_EXPECT},
	{{"Trailer", 7}, HEADER_RULE_DENY},
	{{"Upgrade", 7}, HEADER_RULE_DENY},
	{{"Connection", 10}, HEADER_RULE_CONNECTION},
	{{"Keep-Alive", 10}, HEADER_RULE_IGNORE},
	{{"Content-Length", 14}, HEADER_RULE_IGNORE},
	{{"HTTP2-Settings", 14}, HEADER_RULE_DENY},
	{{"Proxy-Connection", 16}, HEADER_RULE_IGNORE},
	{{"Transfer-Encoding", 17}, HEADER_RULE_DENY},
	{{"Proxy-Authorization", 19}, HEADER_RULE_DENY},
};

enum header_rule header_rule(struct span name)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].name.len == name.len && span_eq_nocase(rules[i].name, name))
			return rules[i].rule;
	return HEADER_RULE_SEND;
}
