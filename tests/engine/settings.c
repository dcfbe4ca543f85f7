/* SPDX-License-Identifier: MIT */
/* Options by program and by environment; the rules of where to connect; proxies. */
#include "lib/test.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/settings.h"

/* More allocations than any test here makes. */
#define ALLOCATIONS 200

static void forget_environment(void)
{
	static const char *const names[] = {
		"IXHR2_DATA_DIR",
		"IXHR2_CONNECT_TO",
		"IXHR2_MAX_CONNECTIONS",
		"IXHR2_TIMEOUT_MS",
		"IXHR2_CONNECT_TIMEOUT_MS",
		"IXHR2_USER_AGENT",
		"IXHR2_CA_FILE",
		"IXHR2_PROXY",
		"IXHR2_NO_PROXY",
		"IXHR2_NEGOTIATE_HOSTS",
		"IXHR2_PROTOCOL",
		"IXHR2_PING_MS",
		"IXHR2_LOOPS",
		"http_proxy",
		"HTTP_PROXY",
		"https_proxy",
		"HTTPS_PROXY",
		"all_proxy",
		"ALL_PROXY",
		"no_proxy",
		"NO_PROXY",
		"LC_ALL",
		"LC_MESSAGES",
		"LANG",
	};

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
	assert_int_equal(settings.protocol, CONNECTION_ANY);
	assert_int_equal(settings.ping_ms, 30000);
	assert_int_equal(settings.loops, 1);
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
	{SESSION_LOOPS, "1", 0},
	{SESSION_LOOPS, "64", 0},
	{SESSION_LOOPS, "65", ERR_INVALID},
	{SESSION_LOOPS, "0", ERR_INVALID},
	{SESSION_LOOPS, "-1", ERR_INVALID},
	{SESSION_LOOPS, "4294967297", ERR_INVALID},
	{SESSION_LOOPS, "", ERR_INVALID},
	{SESSION_LOOPS, "two", ERR_INVALID},
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
	{SESSION_PROXY, "http://p.example:3128", 0},
	{SESSION_PROXY, "p.example", 0},
	{SESSION_PROXY, "socks5://ann:secret@[::1]", 0},
	{SESSION_PROXY, "", 0},
	{SESSION_PROXY, " ", ERR_INVALID},
	{SESSION_PROXY, "http://", ERR_INVALID},
	{SESSION_PROXY, "ftp://p.example", ERR_INVALID},
	{SESSION_PROXY, "http://p.example:0", ERR_INVALID},
	{SESSION_NO_PROXY, "", 0},
	{SESSION_NO_PROXY, "a.example, 192.0.2.0/24 [::1]:80", 0},
	{SESSION_NO_PROXY, "no host at all: //", 0},
	{SESSION_NEGOTIATE_HOSTS, "", 0},
	{SESSION_NEGOTIATE_HOSTS, ".example.org", 0},
	{(enum session_option)SETTINGS_OPTION_COUNT, "x", ERR_INVALID},
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
	static const char *const given[SETTINGS_OPTION_COUNT] = {
		"/x", "a:80:b:81", "3", "4", "5", "me", "/y", "p:1", "a", "b"};
	struct settings settings;

	(void)state;
	forget_environment();
	settings_init(&settings);
	for (unsigned i = 0; i < SETTINGS_OPTION_COUNT; i++)
		assert_int_equal(settings_set(&settings, i, given[i]), 0);
	for (unsigned i = 0; i < SETTINGS_OPTION_COUNT; i++) {
		assert_int_equal(settings_set(&settings, i, NULL), 0);
		assert_null(settings.text[i]);
	}
	assert_int_equal(settings.route_count, 0);
	assert_int_equal(settings.max_connections, 0);
	assert_int_equal(settings.timeout_ms, 0);
	assert_int_equal(settings.connect_timeout_ms, 60000);
	assert_int_equal(settings.protocol, CONNECTION_ANY);
	assert_int_equal(settings.ping_ms, 30000);
	assert_span(settings.user_agent, SPAN("ixhr2/" IXHR2_VERSION_TEXT));
	assert_null(settings.proxy[SETTINGS_PROXY_OPTION]);
	assert_false(settings_may_negotiate(&settings, SPAN("b"), 80));
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
	assert_int_equal(settings.protocol, CONNECTION_ANY);
	assert_int_equal(settings.ping_ms, 30000);
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
	assert_int_equal(settings.protocol, CONNECTION_ANY);
	assert_int_equal(settings.ping_ms, 30000);
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

struct proxy_case {
	const char *option;	 /* SESSION_PROXY, or NULL */
	const char *no_proxy;	 /* SESSION_NO_PROXY, or NULL */
	const char *environment; /* NAME=VALUE;... */
	const char *for_http;	 /* text; NULL: none; "": ERR_INVALID */
	const char *for_https;	 /* the same */
};

static const struct proxy_case proxies[] = {
	/* Nothing. */
	{NULL, NULL, "", NULL, NULL},
	{NULL, "*", "", NULL, NULL},
	{NULL, NULL, "no_proxy=b.example", NULL, NULL},

	/* By scheme. */
	{NULL, NULL, "http_proxy=h:1", "http://h:1", NULL},
	{NULL, NULL, "https_proxy=s:1", NULL, "http://s:1"},
	{NULL, NULL, "HTTPS_PROXY=s:1", NULL, "http://s:1"},
	{NULL, NULL, "all_proxy=a:1", "http://a:1", "http://a:1"},
	{NULL, NULL, "ALL_PROXY=a:1", "http://a:1", "http://a:1"},
	{NULL, NULL, "http_proxy=h:1;https_proxy=socks5h://s", "http://h:1",
	 "socks5h://s:1080"},
	{NULL, NULL, "http_proxy=h:1;https_proxy=s:1;all_proxy=a:1", "http://h:1",
	 "http://s:1"},
	{NULL, NULL, "http_proxy=h:1;all_proxy=a:1", "http://h:1", "http://a:1"},

	/* Small letters and capitals. */
	{NULL, NULL, "HTTP_PROXY=h:1", NULL, NULL},
	{NULL, NULL, "HTTP_PROXY=gopher://p", NULL, NULL},
	{NULL, NULL, "https_proxy=s:1;HTTPS_PROXY=S:2", NULL, "http://s:1"},
	{NULL, NULL, "all_proxy=a:1;ALL_PROXY=A:2", "http://a:1", "http://a:1"},

	/* Empty is unset. */
	{NULL, NULL, "http_proxy=;all_proxy=", NULL, NULL},
	{NULL, NULL, "http_proxy=;all_proxy=a:1", "http://a:1", "http://a:1"},
	{NULL, NULL, "https_proxy=;HTTPS_PROXY=s:1", NULL, "http://s:1"},
	{NULL, NULL, "IXHR2_PROXY=;http_proxy=h:1", "http://h:1", NULL},

	/* The option goes before all. */
	{"o:1", NULL, "", "http://o:1", "http://o:1"},
	{"o:1", NULL, "http_proxy=h:1;https_proxy=s:1", "http://o:1", "http://o:1"},
	{"o:1", NULL, "IXHR2_PROXY=i:1", "http://o:1", "http://o:1"},
	{"o:1", NULL, "http_proxy=gopher://p;IXHR2_PROXY=gopher://p", "http://o:1",
	 "http://o:1"},
	{"", NULL, "http_proxy=h:1;all_proxy=gopher://p", NULL, NULL},
	{"", NULL, "IXHR2_PROXY=i:1", NULL, NULL},
	{NULL, NULL, "IXHR2_PROXY=i:1;http_proxy=h:1;all_proxy=a:1", "http://i:1",
	 "http://i:1"},

	/* One that is malformed is not passed over. */
	{NULL, NULL, "http_proxy=gopher://p", "", NULL},
	{NULL, NULL, "https_proxy=gopher://p", NULL, ""},
	{NULL, NULL, "all_proxy=gopher://p", "", ""},
	{NULL, NULL, "http_proxy=gopher://p;all_proxy=a:1", "", "http://a:1"},
	{NULL, NULL, "http_proxy=h:1;all_proxy=gopher://p", "http://h:1", ""},
	{NULL, NULL, "https_proxy=gopher://p;HTTPS_PROXY=s:1", NULL, ""},
	{NULL, NULL, "IXHR2_PROXY=gopher://p", "", ""},
	{NULL, NULL, "IXHR2_PROXY=gopher://p;http_proxy=h:1", "", ""},
	{NULL, NULL, "http_proxy=gopher://p;no_proxy=a.example", NULL, NULL},
	{NULL, "a.example", "IXHR2_PROXY=gopher://p", NULL, NULL},

	/* Hosts that are reached without one. */
	{NULL, NULL, "all_proxy=a:1;no_proxy=*", NULL, NULL},
	{NULL, NULL, "all_proxy=a:1;NO_PROXY=*", NULL, NULL},
	{NULL, NULL, "all_proxy=a:1;no_proxy=b.example;NO_PROXY=*", "http://a:1",
	 "http://a:1"},
	{NULL, NULL, "all_proxy=a:1;no_proxy=;NO_PROXY=*", NULL, NULL},
	{NULL, NULL, "all_proxy=a:1;no_proxy=a.example:443", "http://a:1", NULL},
	{NULL, NULL, "all_proxy=a:1;no_proxy=b.example :80, .a.example", NULL, NULL},
	{"o:1", NULL, "no_proxy=a.example", NULL, NULL},
	{"o:1", "a.example:80", "", NULL, "http://o:1"},
	{"o:1", "b.example", "no_proxy=a.example", "http://o:1", "http://o:1"},
	{"o:1", "", "no_proxy=*", "http://o:1", "http://o:1"},
	{NULL, "", "no_proxy=*;all_proxy=a:1", "http://a:1", "http://a:1"},
	{"o:1", NULL, "IXHR2_NO_PROXY=*", NULL, NULL},
	{"o:1", "", "IXHR2_NO_PROXY=*", "http://o:1", "http://o:1"},
	{"o:1", NULL, "IXHR2_NO_PROXY=b.example;no_proxy=*", "http://o:1", "http://o:1"},
	{"o:1", NULL, "IXHR2_NO_PROXY=;no_proxy=*", NULL, NULL},
};

static void set_environment(const char *text)
{
	char copy[256];
	char *rest = copy;
	char *value;

	assert_true(strlen(text) < sizeof(copy));
	strcpy(copy, text);
	while ((value = strsep(&rest, ";"))) {
		const char *name = strsep(&value, "=");

		if (value)
			setenv(name, value, 1);
	}
}

static void check_proxy(const struct settings *settings, const char *text,
			const char *expected)
{
	static const struct proxy untouched;
	const struct proxy *proxy = &untouched;
	struct arena arena;
	struct url url;
	enum err err;

	arena_init(&arena);
	assert_int_equal(url_parse(&arena, span_str(text), NULL, &url), ERR_NONE);
	err = settings_proxy(settings, &url, &proxy);
	arena_done(&arena);
	if (expected && !*expected) {
		assert_int_equal(err, ERR_INVALID);
		assert_ptr_equal(proxy, &untouched);
		return;
	}
	assert_int_equal(err, ERR_NONE);
	if (!expected)
		assert_null(proxy);
	else
		assert_string_equal(proxy ? proxy->text.at : "none", expected);
}

static void each_url_has_the_proxy_that_is_said_for_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(proxies); i++) {
		const struct proxy_case *row = &proxies[i];
		struct settings settings;

		forget_environment();
		set_environment(row->environment);
		settings_init(&settings);
		assert_int_equal(settings_set(&settings, SESSION_PROXY, row->option), 0);
		assert_int_equal(settings_set(&settings, SESSION_NO_PROXY, row->no_proxy),
				 0);
		assert_int_equal(settings_read_environment(&settings), ERR_NONE);
		check_proxy(&settings, "http://a.example/", row->for_http);
		check_proxy(&settings, "https://a.example/", row->for_https);
		settings_done(&settings);
	}
	forget_environment();
}

static void a_refused_proxy_leaves_the_one_before_it(void **state)
{
	struct settings settings;

	(void)state;
	forget_environment();
	setenv("IXHR2_PROXY", "gopher://p", 1);
	settings_init(&settings);
	assert_int_equal(settings_set(&settings, SESSION_PROXY, "o:1"), 0);
	assert_int_equal(settings_set(&settings, SESSION_PROXY, "gopher://p"),
			 ERR_INVALID);
	check_proxy(&settings, "http://a.example/", "http://o:1");
	assert_int_equal(settings_set(&settings, SESSION_PROXY, NULL), 0);
	check_proxy(&settings, "http://a.example/", NULL);
	assert_int_equal(settings_read_environment(&settings), ERR_NONE);
	check_proxy(&settings, "http://a.example/", "");
	assert_int_equal(settings_set(&settings, SESSION_PROXY, "o:2"), 0);
	check_proxy(&settings, "http://a.example/", "http://o:2");
	settings_done(&settings);
	forget_environment();
}

static void a_proxy_keeps_the_login_of_its_url(void **state)
{
	struct settings settings;
	const struct proxy *proxy;

	(void)state;
	forget_environment();
	setenv("https_proxy", "socks5://ann:se%63ret@p", 1);
	settings_init(&settings);
	assert_int_equal(settings_read_environment(&settings), ERR_NONE);
	proxy = settings.proxy[SETTINGS_PROXY_HTTPS];
	assert_non_null(proxy);
	assert_span(proxy->login->user, SPAN("ann"));
	assert_span(proxy->login->password, SPAN("secret"));
	settings_done(&settings);
	forget_environment();
}

static void nobody_gets_the_ticket_who_is_not_named(void **state)
{
	struct settings settings;

	(void)state;
	forget_environment();
	setenv("no_proxy", "*", 1);
	settings_init(&settings);
	assert_int_equal(settings_read_environment(&settings), ERR_NONE);
	assert_false(settings_may_negotiate(&settings, SPAN("a.example"), 80));
	assert_int_equal(settings_set(&settings, SESSION_NEGOTIATE_HOSTS, ""), 0);
	assert_false(settings_may_negotiate(&settings, SPAN("a.example"), 80));
	assert_int_equal(
		settings_set(&settings, SESSION_NEGOTIATE_HOSTS, "a.example:443"), 0);
	assert_true(settings_may_negotiate(&settings, SPAN("a.example"), 443));
	assert_true(settings_may_negotiate(&settings, SPAN("www.a.example"), 443));
	assert_false(settings_may_negotiate(&settings, SPAN("a.example"), 80));
	assert_false(settings_may_negotiate(&settings, SPAN("b.example"), 443));
	assert_int_equal(settings_set(&settings, SESSION_NEGOTIATE_HOSTS, NULL), 0);
	setenv("IXHR2_NEGOTIATE_HOSTS", "b.example", 1);
	assert_int_equal(settings_read_environment(&settings), ERR_NONE);
	assert_false(settings_may_negotiate(&settings, SPAN("a.example"), 443));
	assert_true(settings_may_negotiate(&settings, SPAN("b.example"), 443));
	settings_done(&settings);
	forget_environment();
}

static void any_allocation_may_fail(void **state)
{
	bool has_failed = true;

	(void)state;
	forget_environment();
	setenv("IXHR2_CONNECT_TO", "a:80:b:81", 1);
	setenv("IXHR2_PROXY", "ann:secret@i", 1);
	setenv("https_proxy", "ann:secret@s", 1);
	setenv("no_proxy", "a", 1);
	for (unsigned long n = 1; has_failed; n++) {
		long before = mem_live_blocks();
		struct settings settings;
		enum err err;

		assert_true(n < ALLOCATIONS);
		settings_init(&settings);
		mem_fail_at(n);
		err = settings_set(&settings, SESSION_USER_AGENT, "me");
		if (!err)
			err = settings_read_environment(&settings);
		has_failed = mem_has_failed();
		mem_fail_at(0);
		assert_int_equal(err, has_failed ? ERR_NO_MEMORY : ERR_NONE);
		/* What has failed for a while is read when there is memory again. */
		assert_int_equal(settings_read_environment(&settings), ERR_NONE);
		assert_int_equal(settings.route_count, 1);
		assert_non_null(settings.proxy[SETTINGS_PROXY_OPTION]);
		assert_non_null(settings.proxy[SETTINGS_PROXY_HTTPS]);
		assert_string_equal(settings.no_proxy, "a");
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
		cmocka_unit_test(each_url_has_the_proxy_that_is_said_for_it),
		cmocka_unit_test(a_refused_proxy_leaves_the_one_before_it),
		cmocka_unit_test(a_proxy_keeps_the_login_of_its_url),
		cmocka_unit_test(nobody_gets_the_ticket_who_is_not_named),
		cmocka_unit_test(any_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
