/* SPDX-License-Identifier: MIT */
/* Contract R11, field by field. */
#include "lib/test.h"

#include "engine/header_rule.h"

static const struct {
	const char *name;
	enum header_rule rule;
} fields[] = {
	/* What the program gives goes out as given. */
	{"Host", HEADER_RULE_SEND},
	{"Cookie", HEADER_RULE_SEND},
	{"Range", HEADER_RULE_SEND},
	{"If-Modified-Since", HEADER_RULE_SEND},
	{"If-None-Match", HEADER_RULE_SEND},
	{"User-Agent", HEADER_RULE_SEND},
	{"Accept-Encoding", HEADER_RULE_SEND},
	{"Authorization", HEADER_RULE_SEND},
	{"Content-Type", HEADER_RULE_SEND},
	{"Content-Encoding", HEADER_RULE_SEND},
	{"X-Custom", HEADER_RULE_SEND},
	{"Expect", HEADER_RULE_EXPECT},
	{"EXPECT", HEADER_RULE_EXPECT},
	/* Content-Length is always our own. */
	{"Content-Length", HEADER_RULE_IGNORE},
	{"content-length", HEADER_RULE_IGNORE},
	/* E_ACCESSDENIED. */
	{"Transfer-Encoding", HEADER_RULE_DENY},
	{"transfer-encoding", HEADER_RULE_DENY},
	{"TE", HEADER_RULE_DENY},
	{"te", HEADER_RULE_DENY},
	{"Trailer", HEADER_RULE_DENY},
	{"Upgrade", HEADER_RULE_DENY},
	{"HTTP2-Settings", HEADER_RULE_DENY},
	{"http2-settings", HEADER_RULE_DENY},
	{"Proxy-Authorization", HEADER_RULE_DENY},
	/* Only close has an effect; two are ignored. */
	{"Connection", HEADER_RULE_CONNECTION},
	{"connection", HEADER_RULE_CONNECTION},
	{"Keep-Alive", HEADER_RULE_IGNORE},
	{"Proxy-Connection", HEADER_RULE_IGNORE},
	/* Not quite the names above. */
	{"T", HEADER_RULE_SEND},
	{"TEE", HEADER_RULE_SEND},
	{"Trailers", HEADER_RULE_SEND},
	{"X-Connection", HEADER_RULE_SEND},
	{"Proxy-Authenticate", HEADER_RULE_SEND},
};

static void every_field_has_its_rule(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(fields); i++) {
		enum header_rule rule = header_rule(span_str(fields[i].name));

		if (rule != fields[i].rule)
			print_error("%s\n", fields[i].name);
		assert_int_equal(rule, fields[i].rule);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_has_its_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
