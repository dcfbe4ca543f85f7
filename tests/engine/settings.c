/* SPDX-License-Identifier: MIT */
/* Options by program and by environment; the rules of where to connect. */
#include "lib/test.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/settings.h"

static void forget_environment(void)
{
	static const char *const names[] = {
		"IXHR2_DATA_DIR",	    "IXHR2_CONNECT_TO", "IXHR2_MAX_CONNECTIONS",
		"IXHR2_TIMEOUT_MS",	    "IXHR2_USER_AGENT", "LC_ALL",
		"IXHR2_CONNECT_TIMEOUT_MS", "LC_MESSAGES",	"LANG"};

	for (size_t i = 0; i < TEST_COUNT(names); i++)
		unsetenv(names[i]);
}

static void defaults_are_those_of_the_contract(void **state)
{
	struct settings settings;

	(void)state;
	forget_environment();
	settings_init(&settings);
	assert_int_equal(settings.max_connections, 0);
	assert_int_equal(settings.timeout_ms, 0);
	assert_int_equal(settings.connect_timeout_ms, 60000);
	assert_span(settings.user_agent, SPAN("ixhr2/" IXHR2_VERSION_TEXT));
	assert_span(settings.accept_language, SPAN("en-US"));
	settings_done(&settings);
}

static void the_language_follows_the_locale(void **state)
{
	static const struct {
		const char *lc_all, *lc_messages, *lang, *language;
	} cases[] = {
		{NULL, NULL, "de_DE.UTF-8", "de-DE"},
		{NULL, NULL, "de", "de"},
		{NULL, "fr_CH", "de_DE", "fr-CH"},
		{"ja_JP.eucJP", "fr_CH", "de_DE", "ja-JP"},
		{"", "fr_CH", "de_DE", "fr-CH"},
		{"", "", "", "en-US"},
		{NULL, NULL, "C", "en-US"},
		{NULL, NULL, "C.UTF-8", "en-US"},
		{NULL, NULL, "POSIX", "en-US"},
		{NULL, NULL, "sr_RS@latin", "sr-RS"},
		{NULL, NULL, "x\r\nEvil: y", "en-US"},
		{NULL, NULL, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaa"},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct settings settings;

		forget_environment();
		if (cases[i].lc_all)
			setenv("LC_ALL", cases[i].lc_all, 1);
		if (cases[i].lc_messages)
			setenv("LC_MESSAGES", cases[i].lc_messages, 1);
		if (cases[i].lang)
			setenv("LANG", cases[i].lang, 1);
		settings_init(&settings);
		assert_span(settings.accept_language, span_str(cases[i].language));
		settings_done(&settings);
	}
	forget_environment();
}

struct value_case {
	enum session_option option;
	const char *value;
	enum err err;
};

static const struct value_case values[] = {
	{SESSION_DATA_DIR, "/tmp/x", 0},
	{SESSION_DATA_DIR, "", ERR_INVALID},
	{SESSION_MAX_CONNECTIONS, "0", 0},
	{SESSION_MAX_CONNECTIONS, "4294967295", 0},
	{SESSION_MAX_CONNECTIONS, "4294967296", ERR_INVALID},
	{SESSION_MAX_CONNECTIONS, "-1", ERR_INVALID},
	{SESSION_MAX_CONNECTIONS, "6 ", ERR_INVALID},
	{SESSION_MAX_CONNECTIONS, "", ERR_INVALID},
	{SESSION_MAX_CONNECTIONS, "six", ERR_INVALID},
	{SESSION_TIMEOUT_MS, "1500", 0},
	{SESSION_TIMEOUT_MS, "99999999999999999999999", ERR_INVALID},
	{SESSION_CONNECT_TIMEOUT_MS, "10", 0},
	{SESSION_CONNECT_TIMEOUT_MS, "1e3", ERR_INVALID},
	{SESSION_USER_AGENT, "me/1.0 (x)", 0},
	{SESSION_USER_AGENT, "", 0},
	{SESSION_USER_AGENT, "me\r\nEvil: y", ERR_INVALID},
	{SESSION_CONNECT_TO, "", 0},
	{SESSION_CONNECT_TO, "a:80:b:81", 0},
	{SESSION_CONNECT_TO, ":::", 0},
	{SESSION_CONNECT_TO, "a:80:b:81,c:80:d:", 0},
	{SESSION_CONNECT_TO, "a:80:b:81, c:80:d:", 0},
	{SESSION_CONNECT_TO, "[::1]:80:[::2]:81", 0},
	{SESSION_CONNECT_TO, "a", ERR_INVALID},
	{SESSION_CONNECT_TO, "a:80", ERR_INVALID},
	{SESSION_CONNECT_TO, "a:80:b", ERR_INVALID},
	{SESSION_CONNECT_TO, "a:80:b:81:", ERR_INVALID},
	{SESSION_CONNECT_TO, "a:x:b:81", ERR_INVALID},
	{SESSION_CONNECT_TO, "a:0:b:81", ERR_INVALID},
	{SESSION_CONNECT_TO, "a:80:b:65536", ERR_INVALID},
	{SESSION_CONNECT_TO, "a:80:::81", ERR_INVALID},
	{SESSION_CONNECT_TO, ",", ERR_INVALID},
	{SESSION_CONNECT_TO, "a:80:b:81,,c:80:d:", ERR_INVALID},
	{(enum session_option)99, "x", ERR_INVALID},
};

static void every_value_is_taken_or_refused(void **state)
{
	struct settings settings;

	(void)state;
	forget_environment();
	settings_init(&settings);
	for (size_t i = 0; i < TEST_COUNT(values); i++) {
		enum err err = settings_set(&settings, values[i].option, values[i].value);

		if (err != values[i].err)
			print_error("\"%s\"\n", values[i].value);
		assert_int_equal(err, values[i].err);
	}
	settings_done(&settings);
}

static void a_refused_value_changes_nothing(void **state)
{
	struct settings settings;
	struct span host = SPAN("a");
	uint16_t port = 80;

	(void)state;
	forget_environment();
	settings_init(&settings);
	assert_int_equal(settings_set(&settings, SESSION_TIMEOUT_MS, "70"), 0);
	assert_int_equal(settings_set(&settings, SESSION_TIMEOUT_MS, "x"), ERR_INVALID);
	assert_int_equal(settings.timeout_ms, 70);
	assert_int_equal(settings_set(&settings, SESSION_CONNECT_TO, "a:80:b:81"), 0);
	assert_int_equal(settings_set(&settings, SESSION_CONNECT_TO, "a:80:c:82,x"),
			 ERR_INVALID);
	settings_route(&settings, &host, &port);
	assert_span(host, SPAN("b"));
	assert_int_equal(port, 81);
	settings_done(&settings);
}

static void no_value_is_the_default_again(void **state)
{
	static const char *const given[] = {"/x", "a:80:b:81", "3", "4", "5", "me"};
	struct settings settings;

	(void)state;
	forget_environment();
	settings_init(&settings);
	for (unsigned i = 0; i <= SESSION_USER_AGENT; i++)
		assert_int_equal(settings_set(&settings, i, given[i]), 0);
	for (unsigned i = 0; i <= SESSION_USER_AGENT; i++) {
		assert_int_equal(settings_set(&settings, i, NULL), 0);
		assert_null(settings.text[i]);
	}
	assert_int_equal(settings.route_count, 0);
	assert_int_equal(settings.max_connections, 0);
	assert_int_equal(settings.timeout_ms, 0);
	assert_int_equal(settings.connect_timeout_ms, 60000);
	assert_span(settings.user_agent, SPAN("ixhr2/" IXHR2_VERSION_TEXT));
	settings_done(&settings);
}

static void no_time_for_connecting_is_the_default_time(void **state)
{
	struct settings settings;

	(void)state;
	settings_init(&settings);
	assert_int_equal(settings_set(&settings, SESSION_CONNECT_TIMEOUT_MS, "9"), 0);
	assert_int_equal(settings.connect_timeout_ms, 9);
	assert_int_equal(settings_set(&settings, SESSION_CONNECT_TIMEOUT_MS, "0"), 0);
	assert_int_equal(settings.connect_timeout_ms, 60000);
	settings_done(&settings);
}

static void the_program_goes_before_the_environment(void **state)
{
	struct settings settings;

	(void)state;
	forget_environment();
	setenv("IXHR2_TIMEOUT_MS", "11", 1);
	setenv("IXHR2_MAX_CONNECTIONS", "12", 1);
	setenv("IXHR2_CONNECT_TIMEOUT_MS", "nonsense", 1);
	setenv("IXHR2_USER_AGENT", "env/1", 1);
	settings_init(&settings);
	assert_int_equal(settings_set(&settings, SESSION_TIMEOUT_MS, "70"), 0);
	assert_int_equal(settings_read_environment(&settings), ERR_NONE);
	assert_int_equal(settings.timeout_ms, 70);
	assert_int_equal(settings.max_connections, 12);
	assert_int_equal(settings.connect_timeout_ms, 60000);
	assert_span(settings.user_agent, SPAN("env/1"));
	settings_done(&settings);
	forget_environment();
}

static void the_first_rule_that_matches_is_applied(void **state)
{
	static const struct {
		const char *rules, *host;
		uint16_t port;
		const char *to_host;
		uint16_t to_port;
	} cases[] = {
		{"a:80:b:81", "a", 80, "b", 81},
		{"a:80:b:81", "A", 80, "b", 81},
		{"a:80:b:81", "a", 81, "a", 81},
		{"a:80:b:81", "c", 80, "c", 80},
		{"a::b:", "a", 7, "b", 7},
		{":80::81", "x", 80, "x", 81},
		{":::9", "x", 80, "x", 9},
		{":::", "x", 80, "x", 80},
		{"a:80:b:81,:::9", "a", 80, "b", 81},
		{"a:80:b:81,:::9", "c", 80, "c", 9},
		{"a:80::,:::9", "a", 80, "a", 80},
		{"[::1]:80:[::2]:81", "[::1]", 80, "[::2]", 81},
		{"a:80:[::2]:81,b:1:c:2", "b", 1, "c", 2},
		{"", "a", 80, "a", 80},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct settings settings;
		struct span host = span_str(cases[i].host);
		uint16_t port = cases[i].port;

		settings_init(&settings);
		assert_int_equal(
			settings_set(&settings, SESSION_CONNECT_TO, cases[i].rules), 0);
		settings_route(&settings, &host, &port);
		assert_span(host, span_str(cases[i].to_host));
		assert_int_equal(port, cases[i].to_port);
		settings_done(&settings);
	}
}

static void too_many_rules_are_refused(void **state)
{
	char *rules = malloc(4 * 1002 + 1);
	struct settings settings;

	(void)state;
	assert_non_null(rules);
	for (int i = 0; i < 1002; i++)
		memcpy(rules + (ptrdiff_t)4 * i, ":::,", 5);
	settings_init(&settings);
	assert_int_equal(settings_set(&settings, SESSION_CONNECT_TO, rules), ERR_INVALID);
	rules[4 * 1000 - 1] = '\0';
	assert_int_equal(settings_set(&settings, SESSION_CONNECT_TO, rules), ERR_NONE);
	assert_int_equal(settings.route_count, 1000);
	settings_done(&settings);
	free(rules);
}

static void any_allocation_may_fail(void **state)
{
	(void)state;
	forget_environment();
	for (unsigned long n = 1; n < 10; n++) {
		long before = mem_live_blocks();
		struct settings settings;
		bool has_failed;
		enum err err;

		settings_init(&settings);
		setenv("IXHR2_CONNECT_TO", "a:80:b:81", 1);
		mem_fail_at(n);
		err = settings_set(&settings, SESSION_USER_AGENT, "me");
		if (!err)
			err = settings_read_environment(&settings);
		has_failed = mem_has_failed();
		mem_fail_at(0);
		assert_int_equal(err, has_failed ? ERR_NO_MEMORY : ERR_NONE);
		if (has_failed)
			assert_int_equal(settings.route_count, 0);
		settings_done(&settings);
		assert_int_equal(mem_live_blocks(), before);
	}
	forget_environment();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_those_of_the_contract),
		cmocka_unit_test(the_language_follows_the_locale),
		cmocka_unit_test(every_value_is_taken_or_refused),
		cmocka_unit_test(a_refused_value_changes_nothing),
		cmocka_unit_test(no_value_is_the_default_again),
		cmocka_unit_test(no_time_for_connecting_is_the_default_time),
		cmocka_unit_test(the_program_goes_before_the_environment),
		cmocka_unit_test(the_first_rule_that_matches_is_applied),
		cmocka_unit_test(too_many_rules_are_refused),
		cmocka_unit_test(any_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
