/* SPDX-License-Identifier: MIT */
/* Servers that are reached through a SOCKS server: what it is told, and what it is not.
 */
#include "whole/socks.h"

#include "lib/tape.h"

#define BODY_BYTES (300u * 1024)

#define PARALLEL 30

/* ---- schemes ---- */

static void http_and_https_go_through_every_kind(void **state)
{
	static const struct {
		const char *scheme;
		unsigned version;
	} rows[] = {{"socks5h", 5}, {"socks4a", 4}, {"SOCKS5H", 5}};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct socks_setting setting = {0};
		struct client *client;

		socks_begin(&setting, rows[i].scheme, NULL);
		client_finish(client_get("http://origin.test/a"), 200, "/a");
		socks_expect(&setting, rows[i].version, true, "origin.test", 80);
		client_finish(client_get("http://origin.test:8080/b"), 200, "/b");
		socks_expect(&setting, rows[i].version, true, "origin.test", 8080);
		client = client_get("https://good.test/c");
		client_expect(client, 200, "/c");
		assert_string_equal(client->order, "chdR");
		client_end(client);
		socks_expect(&setting, rows[i].version, true, "good.test", 443);
		assert_int_equal(socks_server_count(setting.server), 3);
		socks_finish_once(&setting);
	}
}

static void socks5_tells_addresses(void **state)
{
	struct socks_setting setting = {0};
	char url[ANSWERER_URL_BYTES];
	unsigned port;

	(void)state;
	socks_begin(&setting, "socks5", NULL);
	port = answerer_port(setting.origin);
	snprintf(url, sizeof(url), "http://localhost:%u/a", port);
	client_finish(client_get(url), 200, "/a");
	socks_expect(&setting, 5, false, "127.0.0.1", port);
	port = tls_origin_port(setting.secure);
	snprintf(url, sizeof(url), "https://127.0.0.1:%u/b", port);
	client_finish(client_get(url), 200, "/b");
	socks_expect(&setting, 5, false, "127.0.0.1", port);
	client_finish(client_get("http://[::1]/c"), 200, "/c");
	socks_expect(&setting, 5, false, "::1", 80);
	socks_finish(&setting);
}

/* The name is known to the server alone. */
static void socks5_resolves_here_and_socks5h_there(void **state)
{
	struct socks_setting setting = {0};
	struct client *client;

	(void)state;
	socks_begin(&setting, "socks5", NULL);
	client = client_get("http://name.invalid/");
	client_expect_error(client, INET_E_RESOURCE_NOT_FOUND);
	client_end(client);
	assert_int_equal(socks_server_count(setting.server), 0);
	socks_finish_once(&setting);

	setting = (struct socks_setting){0};
	socks_begin(&setting, "socks5h", NULL);
	client = client_get("http://name.invalid/");
	client_expect_error(client, INET_E_CANNOT_CONNECT);
	proxy_expect_text(client, "host unreachable");
	client_end(client);
	socks_finish(&setting);
}

static void an_address_is_told_as_one_whoever_resolves(void **state)
{
	static const struct {
		const char *scheme;
		unsigned version;
	} rows[] = {{"socks5h", 5}, {"socks4a", 4}, {"socks4", 4}};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct socks_setting setting = {0};
		char url[ANSWERER_URL_BYTES];
		unsigned port;

		socks_begin(&setting, rows[i].scheme, NULL);
		port = answerer_port(setting.origin);
		snprintf(url, sizeof(url), "http://127.0.0.1:%u/", port);
		client_finish(client_get(url), 200, "/");
		socks_expect(&setting, rows[i].version, false, "127.0.0.1", port);
		socks_finish_once(&setting);
	}
}

static void replies_with_any_type_of_address_are_read_to_their_end(void **state)
{
	static const unsigned types[] = {1, 3, 4};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(types); i++) {
		struct socks_setting setting = {.options = {.bound_type = types[i]}};

		socks_begin(&setting, "socks5h", NULL);
		client_finish(client_get("http://origin.test/"), 200, "/");
		client_finish(client_get("https://good.test/"), 200, "/");
		socks_finish_once(&setting);
	}
}

static void a_server_that_answers_byte_by_byte(void **state)
{
	static const char *const schemes[] = {"socks5h", "socks4a"};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(schemes); i++) {
		struct socks_setting setting = {
			.options = {.user = "ann", .password = "secret", .drip_ms = 2}};

		socks_begin(&setting, schemes[i], "ann:secret");
		client_finish(client_get("http://origin.test/"), 200, "/");
		client_finish(client_get("https://good.test/"), 200, "/");
		socks_finish_once(&setting);
	}
}

/* What comes behind the reply is the target's. */
static void bytes_behind_the_reply_are_the_response(void **state)
{
	struct socks_setting setting = {
		.options.extra =
			SPAN("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nearly")};
	struct client *client;

	(void)state;
	socks_begin(&setting, "socks5h", NULL);
	client = client_get("http://origin.test/");
	client_expect(client, 200, "early");
	client_end(client);
	socks_finish(&setting);
}

/* ---- messages ---- */

static void the_origin_gets_an_ordinary_request(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_HEAD("GET /a?b HTTP/1.1", "Host: {self}",
					  "!Proxy-Connection", "!Proxy-Authorization",
					  "!Authorization", "!Via"),
		       ORIGIN_ANSWER("200 OK", "x"));
	struct socks_setting setting = {.options = {.user = "ann", .password = "secret"}};

	(void)state;
	socks_begin(&setting, "socks5", "ann:secret");
	client_finish(client_get(origin_url(origin, "/a?b#c")), 200, "x");
	origin_end(origin);
	socks_finish(&setting);
}

static void large_bodies_go_both_ways(void **state)
{
	static const char *const urls[] = {"http://origin.test/a", "https://good.test/a"};
	struct socks_setting setting = {0};

	(void)state;
	socks_begin(&setting, "socks5h", NULL);
	for (size_t i = 0; i < TEST_COUNT(urls); i++) {
		struct client *client = client_new();
		struct tape *body = tape_new(NULL, BODY_BYTES);

		tape_be_body(body, client);
		client_open(client, "POST", urls[i]);
		client_send(client);
		client_finish(client, 200, "/a");
		tape_end(body);
	}
	socks_finish(&setting);
}

static void a_407_of_the_origin_is_a_response(void **state)
{
	static const struct logins logins = {.proxy_user = "ann",
					     .proxy_password = "secret"};
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_HEAD("GET / HTTP/1.1", "!Proxy-Authorization"),
		       ORIGIN_ANSWER("407 Proxy Authentication Required\r\n"
				     "Proxy-Authenticate: Basic realm=\"x\"",
				     "who?"));
	struct socks_setting setting = {.options = {.user = "ann", .password = "secret"}};

	(void)state;
	socks_begin(&setting, "socks5", NULL);
	client_finish(logins_start("GET", origin_url(origin, "/"), &logins), 407, "who?");
	origin_end(origin);
	socks_finish(&setting);
}

static void a_redirect_goes_through_as_well(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_HEAD("GET /a HTTP/1.1"),
		       ORIGIN_ANSWER("302 Found\r\nLocation: http://origin.test/b", ""));
	struct socks_setting setting = {0};

	(void)state;
	socks_begin(&setting, "socks5h", NULL);
	client_finish(client_get(origin_url(origin, "/a")), 200, "/b");
	assert_int_equal(socks_server_count(setting.server), 2);
	origin_end(origin);
	socks_finish(&setting);
}

static void hosts_without_a_proxy_are_reached_directly(void **state)
{
	struct socks_setting setting = {0};
	char url[ANSWERER_URL_BYTES];

	(void)state;
	socks_begin(&setting, "socks5h", NULL);
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_NO_PROXY, "127.0.0.1"), S_OK);
	answerer_url(setting.origin, "/a", url);
	client_finish(client_get(url), 200, "/a");
	assert_int_equal(socks_server_count(setting.server), 0);
	client_finish(client_get("http://origin.test/b"), 200, "/b");
	assert_int_equal(socks_server_count(setting.server), 1);
	socks_finish(&setting);
}

static void the_environment_can_name_the_server(void **state)
{
	struct socks_setting setting = {0};

	(void)state;
	socks_begin(&setting, "socks5h", NULL);
	session_reset();
	setenv("all_proxy", socks_server_url(setting.server, "socks5h", NULL), 1);
	client_finish(client_get("http://origin.test/a"), 200, "/a");
	unsetenv("all_proxy");
	socks_expect(&setting, 5, true, "origin.test", 80);
	socks_finish(&setting);
}

/* ---- connections ---- */

static void a_connection_through_the_server_serves_again(void **state)
{
	static const char *const urls[] = {"http://origin.test/a", "https://good.test/a"};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(urls); i++) {
		struct socks_setting setting = {
			.options = {.user = "ann", .password = "secret"}};

		socks_begin(&setting, "socks5h", "ann:secret");
		for (unsigned n = 0; n < 10; n++)
			client_finish(client_get(urls[i]), 200, "/a");
		assert_int_equal(socks_server_count(setting.server), 1);
		socks_finish_once(&setting);
	}
}

/* One connection leads to one target. */
static void hosts_and_ports_have_connections_of_their_own(void **state)
{
	static const char *const urls[] = {"http://origin.test/", "http://other.test/",
					   "http://origin.test:81/"};
	struct socks_setting setting = {0};

	(void)state;
	socks_begin(&setting, "socks5h", NULL);
	for (unsigned n = 0; n < 2; n++)
		for (size_t i = 0; i < TEST_COUNT(urls); i++)
			client_finish(client_get(urls[i]), 200, "/");
	assert_int_equal(socks_server_count(setting.server), TEST_COUNT(urls));
	socks_finish(&setting);
}

static void many_requests_at_once(void **state)
{
	struct socks_setting setting = {.options = {.user = "ann", .password = "secret"}};
	struct client *clients[PARALLEL];

	(void)state;
	socks_begin(&setting, "socks5h", "ann:secret");
	for (unsigned i = 0; i < PARALLEL; i++)
		clients[i] = client_start("GET", i & 1 ? "https://good.test/a"
						       : "http://origin.test/a");
	for (unsigned i = 0; i < PARALLEL; i++)
		client_finish(clients[i], 200, "/a");
	socks_finish(&setting);
}

/* ---- logins ---- */

static void a_login_is_offered_and_told_when_it_is_asked_for(void **state)
{
	struct socks_setting setting = {
		.options = {.user = "ann", .password = "p@ss: 1"}};
	struct socks_server_visit visit;

	(void)state;
	socks_begin(&setting, "socks5h", "%61nn:p%40ss:%201");
	client_finish(client_get("http://origin.test/"), 200, "/");
	visit = socks_last(&setting);
	assert_true(visit.has_offered);
	assert_string_equal(visit.user, "ann");
	assert_string_equal(visit.password, "p@ss: 1");
	assert_false(visit.is_early);
	socks_finish(&setting);
}

static void a_login_that_is_not_asked_for_is_not_told(void **state)
{
	struct socks_setting setting = {0};

	(void)state;
	socks_begin(&setting, "socks5h", "ann:secret");
	client_finish(client_get("http://origin.test/"), 200, "/");
	client_finish(client_get("https://good.test/"), 200, "/");
	assert_true(socks_last(&setting).has_offered);
	socks_server_stop(setting.server);
	assert_false(socks_server_was_told(setting.server, "ann"));
	assert_false(socks_server_was_told(setting.server, "secret"));
	assert_false(socks_server_has_carried(setting.server, "ann"));
	assert_false(socks_server_has_carried(setting.server, "secret"));
	socks_finish(&setting);
}

static void without_a_login_none_is_offered(void **state)
{
	static const struct logins origin_login = {.user = "bob", .password = "hidden"};
	struct socks_setting setting = {0};

	(void)state;
	socks_begin(&setting, "socks5h", NULL);
	client_finish(logins_start("GET", "http://origin.test/", &origin_login), 200,
		      "/");
	assert_false(socks_last(&setting).has_offered);
	socks_server_stop(setting.server);
	assert_false(socks_server_was_told(setting.server, "bob"));
	assert_false(socks_server_was_told(setting.server, "hidden"));
	socks_finish(&setting);
}

static void the_login_of_open_goes_before_that_of_the_url(void **state)
{
	static const struct logins logins = {.proxy_user = "ann",
					     .proxy_password = "secret"};
	static const char *const in_url[] = {NULL, "bob:wrong"};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(in_url); i++) {
		struct socks_setting setting = {
			.options = {.user = "ann", .password = "secret"}};

		socks_begin(&setting, "socks5h", in_url[i]);
		client_finish(logins_start("GET", "http://origin.test/", &logins), 200,
			      "/");
		client_finish(logins_start("GET", "https://good.test/", &logins), 200,
			      "/");
		socks_server_stop(setting.server);
		assert_false(socks_server_was_told(setting.server, "bob"));
		assert_false(socks_server_has_carried(setting.server, "ann"));
		assert_false(socks_server_has_carried(setting.server, "secret"));
		socks_finish_once(&setting);
	}
}

static void in_4a_the_user_is_told_without_the_password(void **state)
{
	struct socks_setting setting = {.options = {.user = "ann"}};

	(void)state;
	socks_begin(&setting, "socks4a", "ann:secret");
	client_finish(client_get("http://origin.test/"), 200, "/");
	assert_string_equal(socks_last(&setting).user, "ann");
	socks_server_stop(setting.server);
	assert_false(socks_server_was_told(setting.server, "secret"));
	socks_finish(&setting);
}

/* What is for the origin is not told to the server, nor the other way round. */
static void nothing_of_the_request_is_told_to_the_server(void **state)
{
	static const struct logins logins = {.user = "bob",
					     .password = "hidden",
					     .proxy_user = "ann",
					     .proxy_password = "secret"};
	struct socks_setting setting = {.options = {.user = "ann", .password = "secret"}};
	struct client *client = client_new();

	(void)state;
	socks_begin(&setting, "socks5h", NULL);
	logins_open(client, "GET", "http://origin.test/path", &logins);
	client_header(client, "Cookie", "a=cookie");
	client_header(client, "Referer", "http://referer.test/");
	client_send(client);
	client_finish(client, 200, "/path");
	socks_server_stop(setting.server);
	assert_true(socks_server_was_told(setting.server, "secret"));
	assert_true(socks_server_has_carried(setting.server, "cookie"));
	assert_false(socks_server_was_told(setting.server, "cookie"));
	assert_false(socks_server_was_told(setting.server, "referer"));
	assert_false(socks_server_was_told(setting.server, "path"));
	assert_false(socks_server_was_told(setting.server, "bob"));
	assert_false(socks_server_was_told(setting.server, "hidden"));
	assert_false(socks_server_has_carried(setting.server, "ann"));
	assert_false(socks_server_has_carried(setting.server, "secret"));
	socks_finish(&setting);
}

/* The server may grant one what it does not grant another. */
static void different_logins_never_share_a_connection(void **state)
{
	static const struct logins logins[] = {
		{.proxy_user = "ann", .proxy_password = "secret"},
		{.proxy_user = "ann", .proxy_password = "other"},
		{.proxy_user = "bob", .proxy_password = "secret"},
		{.proxy_user = NULL},
	};
	static const char *const urls[] = {"http://origin.test/", "https://good.test/"};

	(void)state;
	for (size_t url = 0; url < TEST_COUNT(urls); url++) {
		struct socks_setting setting = {0};

		socks_begin(&setting, "socks5h", NULL);
		for (unsigned n = 0; n < 2; n++)
			for (size_t i = 0; i < TEST_COUNT(logins); i++)
				client_finish(logins_start("GET", urls[url], &logins[i]),
					      200, "/");
		assert_int_equal(socks_server_count(setting.server), TEST_COUNT(logins));
		socks_finish_once(&setting);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(http_and_https_go_through_every_kind),
		CLIENT_TEST(socks5_tells_addresses),
		CLIENT_TEST(socks5_resolves_here_and_socks5h_there),
		CLIENT_TEST(an_address_is_told_as_one_whoever_resolves),
		CLIENT_TEST(replies_with_any_type_of_address_are_read_to_their_end),
		CLIENT_TEST(a_server_that_answers_byte_by_byte),
		CLIENT_TEST(bytes_behind_the_reply_are_the_response),
		CLIENT_TEST(the_origin_gets_an_ordinary_request),
		CLIENT_TEST(large_bodies_go_both_ways),
		CLIENT_TEST(a_407_of_the_origin_is_a_response),
		CLIENT_TEST(a_redirect_goes_through_as_well),
		CLIENT_TEST(hosts_without_a_proxy_are_reached_directly),
		CLIENT_TEST(the_environment_can_name_the_server),
		CLIENT_TEST(a_connection_through_the_server_serves_again),
		CLIENT_TEST(hosts_and_ports_have_connections_of_their_own),
		CLIENT_TEST(many_requests_at_once),
		CLIENT_TEST(a_login_is_offered_and_told_when_it_is_asked_for),
		CLIENT_TEST(a_login_that_is_not_asked_for_is_not_told),
		CLIENT_TEST(without_a_login_none_is_offered),
		CLIENT_TEST(the_login_of_open_goes_before_that_of_the_url),
		CLIENT_TEST(in_4a_the_user_is_told_without_the_password),
		CLIENT_TEST(nothing_of_the_request_is_told_to_the_server),
		CLIENT_TEST(different_logins_never_share_a_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
