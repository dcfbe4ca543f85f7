/* SPDX-License-Identifier: MIT */
/* What ixhr2_configure and the environment change for every request. Each test begins
 * with a fresh engine, which reads its configuration at first use. */
#include "lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/answerer.h"
#include "lib/client.h"
#include "lib/flag.h"
#include "lib/hourglass.h"
#include "lib/origin.h"

static void connections_can_be_led_elsewhere(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_HEAD("GET /a HTTP/1.1", "Host: name.example"),
		       ORIGIN_ANSWER("200 OK", "x"));
	char rule[128];

	(void)state;
	snprintf(rule, sizeof(rule), "other.example:80:127.0.0.1:1,name.example:80:%s",
		 origin_authority(origin));
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_CONNECT_TO, rule), S_OK);
	client_finish(client_start("GET", "http://name.example/a"), 200, "x");
	origin_end(origin);
}

static void an_empty_host_in_a_rule_fits_all(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_HEAD("GET /a HTTP/1.1", "Host: name.example:8080"),
		       ORIGIN_ANSWER("200 OK", "x"));
	char rule[128];

	(void)state;
	snprintf(rule, sizeof(rule), "::%s", origin_authority(origin));
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_CONNECT_TO, rule), S_OK);
	client_finish(client_start("GET", "http://name.example:8080/a"), 200, "x");
	origin_end(origin);
}

static void the_environment_configures_as_well(void **state)
{
	struct origin *origin = ORIGIN(
		ORIGIN_EXPECT_HEAD("GET / HTTP/1.1", "User-Agent: from environment"),
		ORIGIN_ANSWER("200 OK", "x"));

	(void)state;
	setenv("IXHR2_USER_AGENT", "from environment", 1);
	client_finish(client_start("GET", origin_url(origin, "/")), 200, "x");
	unsetenv("IXHR2_USER_AGENT");
	origin_end(origin);
}

static void a_call_wins_over_the_environment_and_a_header_over_both(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_HEAD("GET / HTTP/1.1", "User-Agent: from call"),
		       ORIGIN_ANSWER("200 OK", "x"),
		       ORIGIN_EXPECT_HEAD("GET / HTTP/1.1", "User-Agent: from program"),
		       ORIGIN_ANSWER("200 OK", "x"));
	struct client *client;

	(void)state;
	setenv("IXHR2_USER_AGENT", "from environment", 1);
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_USER_AGENT, "from call"), S_OK);
	client_finish(client_start("GET", origin_url(origin, "/")), 200, "x");
	client = client_new();
	client_open(client, "GET", origin_url(origin, "/"));
	client_header(client, "User-Agent", "from program");
	client_send(client);
	client_finish(client, 200, "x");
	unsetenv("IXHR2_USER_AGENT");
	origin_end(origin);
}

static void an_empty_user_agent_is_none(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_HEAD("GET / HTTP/1.1", "!User-Agent"),
		       ORIGIN_ANSWER("200 OK", "x"));

	(void)state;
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_USER_AGENT, ""), S_OK);
	client_finish(client_start("GET", origin_url(origin, "/")), 200, "x");
	origin_end(origin);
}

/* is_set: the program sets the property to 0, which it was before. */
static void check_default_timeout(bool is_set)
{
	struct client *client = client_new();
	struct flag silent;
	struct origin *origin;

	flag_init(&silent);
	origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_RAISE(&silent),
			ORIGIN_EXPECT_CLOSE());
	hourglass_stop();
	if (is_set)
		client_property(client, XHR_PROP_TIMEOUT, 0);
	client_open(client, "GET", origin_url(origin, "/"));
	client_send(client);
	assert_true(flag_wait(&silent, CLIENT_WAIT_MS));
	hourglass_run();
	client_fail(client, INET_E_CONNECTION_TIMEOUT);
	origin_end(origin);
	flag_done(&silent);
}

static void a_default_timeout_bounds_every_wait(void **state)
{
	(void)state;
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_TIMEOUT_MS, "80"), S_OK);
	check_default_timeout(false);
	check_default_timeout(true);
}

static void a_connect_timeout_bounds_the_connection(void **state)
{
	char url[64];

	(void)state;
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/", origin_deaf_port());
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_CONNECT_TIMEOUT_MS, "80"), S_OK);
	client_fail(client_start("GET", url), INET_E_CONNECTION_TIMEOUT);
}

static void reply_late(void *owner, const struct answerer_request *request,
		       struct answerer_reply *reply)
{
	(void)owner;
	(void)request;
	reply->delay_ms = 2;
}

static void a_default_limits_the_connections_to_an_origin(void **state)
{
	struct answerer *answerer = answerer_start(reply_late, NULL);
	struct client *clients[20];
	char url[ANSWERER_URL_BYTES];

	(void)state;
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_MAX_CONNECTIONS, "2"), S_OK);
	answerer_url(answerer, "/", url);
	for (size_t i = 0; i < TEST_COUNT(clients); i++)
		clients[i] = client_start("GET", url);
	for (size_t i = 0; i < TEST_COUNT(clients); i++)
		client_finish(clients[i], 200, "");
	assert_in_range(answerer_most_open(answerer), 1, 2);
	answerer_end(answerer);
}

static void malformed_values_are_refused(void **state)
{
	static const struct {
		enum ixhr2_option option; /* given */
		const char *value;	  /* given */
	} cases[] = {
		{IXHR2_OPTION_TIMEOUT_MS, ""},
		{IXHR2_OPTION_TIMEOUT_MS, "x"},
		{IXHR2_OPTION_TIMEOUT_MS, "-1"},
		{IXHR2_OPTION_TIMEOUT_MS, "4294967296"},
		{IXHR2_OPTION_TIMEOUT_MS, NULL},
		{IXHR2_OPTION_MAX_CONNECTIONS, "1 2"},
		{IXHR2_OPTION_CONNECT_TO, "a"},
		{IXHR2_OPTION_CONNECT_TO, "a:b:c:d"},
		{IXHR2_OPTION_USER_AGENT, "a\r\nb"},
		{(enum ixhr2_option)99, "1"},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		print_message("  %d %s\n", (int)cases[i].option,
			      cases[i].value ? cases[i].value : "NULL");
		assert_int_equal(ixhr2_configure(cases[i].option, cases[i].value),
				 E_INVALIDARG);
	}
}

static void nothing_is_configured_after_the_first_use(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER("200 OK", "x"));

	(void)state;
	client_finish(client_start("GET", origin_url(origin, "/")), 200, "x");
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_TIMEOUT_MS, "80"), E_UNEXPECTED);
	origin_end(origin);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(connections_can_be_led_elsewhere),
		CLIENT_TEST(an_empty_host_in_a_rule_fits_all),
		CLIENT_TEST(the_environment_configures_as_well),
		CLIENT_TEST(a_call_wins_over_the_environment_and_a_header_over_both),
		CLIENT_TEST(an_empty_user_agent_is_none),
		CLIENT_TEST(a_default_timeout_bounds_every_wait),
		CLIENT_TEST(a_connect_timeout_bounds_the_connection),
		CLIENT_TEST(a_default_limits_the_connections_to_an_origin),
		CLIENT_TEST(malformed_values_are_refused),
		CLIENT_TEST(nothing_is_configured_after_the_first_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
