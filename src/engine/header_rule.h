/* SPDX-License-Identifier: MIT */
/* What becomes of a header that the program gives (contract R11). */
#ifndef IXHR2_ENGINE_HEADER_RULE_H
#define IXHR2_ENGINE_HEADER_RULE_H

#include "base/span.h"

enum header_rule {
	HEADER_RULE_SEND,	/* it goes out as given */
	HEADER_RULE_DENY,	/* framing and hop-by-hop fields that are ours alone */
	HEADER_RULE_IGNORE,	/* accepted without effect */
	HEADER_RULE_CONNECTION, /* only its token close has an effect */
	HEADER_RULE_EXPECT	/* goes out; 100-continue makes the body wait */
};

/* The rule for a field name, in any case. */
enum header_rule header_rule(struct span name);

#endif
