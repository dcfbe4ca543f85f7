/* SPDX-License-Identifier: MIT */
/* Contract R11 to R13: the header fields of a request. */
#include "lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/client.h"
#include "lib/origin.h"

struct header {
	const char *name;  /* given to SetRequestHeader */
	const char *value; /* given to SetRequestHeader */
};

struct header_case {
	const char *name;	  /* of the case */
	struct header headers[4]; /* set in this order */
	const char *expected[4];  /* as ORIGIN_EXPECT_HEAD has it */
};

static const struct header_case cases[] = {
	{"as given", {{"X-A", "b"}}, {"X-A: b"}},
	{"trimmed", {{"X-A", " \t b c \t "}}, {"X-A: b c"}},
	{"joined", {{"X-A", "b"}, {"x-a", "c"}}, {"X-A: b, c"}},
	{"cookies joined", {{"Cookie", "a=b"}, {"Cookie", "c=d"}}, {"Cookie: a=b; c=d"}},
	{"the last host wins", {{"Host", "a"}, {"Host", "b"}}, {"Host: b"}},
	{"the last user agent wins",
	 {{"User-Agent", "a"}, {"User-Agent", "b"}},
	 {"User-Agent: b"}},
	{"the last content type wins",
	 {{"Content-Type", "a/b"}, {"Content-Type", "c/d"}},
	 {"Content-Type: c/d"}},
	{"accept replaces the default", {{"Accept", "text/html"}}, {"Accept: text/html"}},
	{"accept is a list",
	 {{"Accept", "text/html"}, {"Accept", "text/plain"}},
	 {"Accept: text/html, text/plain"}},
	{"an empty value takes the default away", {{"Accept", ""}}, {"!Accept"}},
	{"NULL takes the default away", {{"User-Agent", NULL}}, {"!User-Agent"}},
	{"an empty value of a field of its own", {{"X-A", ""}}, {"!X-A"}},
	{"spaces are empty", {{"X-A", "   "}}, {"!X-A"}},
	{"taken away and given again", {{"X-A", "b"}, {"X-A", ""}}, {"!X-A"}},
	{"taken away, given and taken away again",
	 {{"X-A", ""}, {"X-A", "b"}, {"X-A", NULL}},
	 {"!X-A"}},
	{"a default taken away and given after all",
	 {{"Accept", ""}, {"Accept", "b"}},
	 {"Accept: b"}},
	{"content length is our own", {{"Content-Length", "7"}}, {"!Content-Length"}},
	{"keep-alive is ignored", {{"Keep-Alive", "timeout=5"}}, {"!Keep-Alive"}},
	{"proxy-connection is ignored",
	 {{"Proxy-Connection", "keep-alive"}},
	 {"!Proxy-Connection"}},
	{"connection: keep-alive is ignored",
	 {{"Connection", "keep-alive"}},
	 {"!Connection"}},
	{"connection: other is ignored", {{"Connection", "X-A"}}, {"!Connection"}},
	{"connection: close", {{"Connection", "close"}}, {"Connection: close"}},
	{"connection: Close among others",
	 {{"Connection", "keep-alive, Close"}},
	 {"Connection: close"}},
	{"connection: close stays, whatever follows",
	 {{"Connection", "close"}, {"Connection", "keep-alive"}},
	 {"Connection: close"}},
	{"connection: close is sent once",
	 {{"Connection", "close"}, {"connection", "Close"}},
	 {"Connection: close"}},
	{"an empty connection takes close back",
	 {{"Connection", "close"}, {"Connection", ""}},
	 {"!Connection"}},
	{"expect is a list",
	 {{"Expect", "100-continue"}, {"Expect", "a"}},
	 {"Expect: 100-continue, a"}},
	{"range", {{"Range", "bytes=0-1"}}, {"Range: bytes=0-1"}},
	{"if-none-match", {{"If-None-Match", "\"a\""}}, {"If-None-Match: \"a\""}},
	{"accept-encoding", {{"Accept-Encoding", "gzip"}}, {"Accept-Encoding: gzip"}},
	{"authorization", {{"Authorization", "Any b"}}, {"Authorization: Any b"}},
	{"utf-8", {{"X-A", "\xC3\xA4"}}, {"X-A: \xC3\xA4"}},
	{"tabs inside", {{"X-A", "b\tc"}}, {"X-A: b\tc"}},
};

static void fields_go_out_as_the_rules_say(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		const struct header_case *c = &cases[i];
		struct origin_step head = ORIGIN_EXPECT_HEAD("GET / HTTP/1.1");
		struct client *client = client_new();
		struct origin *origin;

		print_message("  %s\n", c->name);
		for (unsigned n = 0; n < 4; n++)
			head.lines[n + 1] = c->expected[n];
		origin = ORIGIN(head, ORIGIN_ANSWER("200 OK", "x"));
		client_open(client, "GET", origin_url(origin, "/"));
		for (unsigned n = 0; n < 4 && c->headers[n].name; n++)
			client_header(client, c->headers[n].name, c->headers[n].value);
		client_send(client);
		client_finish(client, 200, "x");
		origin_end(origin);
	}
}

static void default_fields_are_these(void **state)
{
	struct origin *origin = ORIGIN(
		ORIGIN_EXPECT_HEAD("GET / HTTP/1.1", "Host: {self}", "Accept: */*",
				   "User-Agent:", "!Content-Type", "!Content-Length",
				   "!Connection", "!Cookie", "!Referer", "!Expect"),
		ORIGIN_ANSWER("200 OK", "x"));

	(void)state;
	client_finish(client_start("GET", origin_url(origin, "/")), 200, "x");
	origin_end(origin);
}

static void the_language_comes_from_the_locale(void **state)
{
	struct origin *origin;

	(void)state;
	setenv("LC_ALL", "de_AT.UTF-8", 1);
	origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER("200 OK", "x"));
	client_finish(client_start("GET", origin_url(origin, "/")), 200, "x");
	unsetenv("LC_ALL");
	origin_join(origin);
	assert_non_null(strstr(origin_head(origin, 0), "\r\nAccept-Language: de-AT"));
	origin_stop(origin);
}

static void without_defaults_host_alone_is_sent(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER("200 OK", "x"));
	struct client *client = client_new();
	char expected[128];

	(void)state;
	client_open(client, "GET", origin_url(origin, "/"));
	client_property(client, XHR_PROP_NO_DEFAULT_HEADERS, TRUE);
	client_send(client);
	client_finish(client, 200, "x");
	origin_join(origin);
	snprintf(expected, sizeof(expected), "GET / HTTP/1.1\r\nHost: %s\r\n\r\n",
		 origin_authority(origin));
	assert_string_equal(origin_head(origin, 0), expected);
	origin_stop(origin);
}

static void these_fields_are_refused_and_change_nothing(void **state)
{
	static const struct {
		const char *name;  /* given */
		const char *value; /* given */
		HRESULT result;	   /* of SetRequestHeader */
	} refused[] = {
		{"Transfer-Encoding", "chunked", E_ACCESSDENIED},
		{"transfer-encoding", "identity", E_ACCESSDENIED},
		{"TE", "trailers", E_ACCESSDENIED},
		{"Trailer", "X", E_ACCESSDENIED},
		{"Upgrade", "websocket", E_ACCESSDENIED},
		{"HTTP2-Settings", "x", E_ACCESSDENIED},
		{"Proxy-Authorization", "Basic x", E_ACCESSDENIED},
		{"", "x", E_INVALIDARG},
		{NULL, "x", E_INVALIDARG},
		{"a b", "x", E_INVALIDARG},
		{"a:", "x", E_INVALIDARG},
		{"a\r\nb", "x", E_INVALIDARG},
		{"\xC3\xA4", "x", E_INVALIDARG},
		{"X-A", "b\r\nC: d", E_INVALIDARG},
		{"X-A", "b\nc", E_INVALIDARG},
		{"X-A", "b\rc", E_INVALIDARG},
	};
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_HEAD("GET / HTTP/1.1", "!Transfer-Encoding", "!TE",
					  "!Trailer", "!Upgrade", "!HTTP2-Settings",
					  "!Proxy-Authorization", "!X-A", "!C"),
		       ORIGIN_ANSWER("200 OK", "x"));
	struct client *client = client_new();

	(void)state;
	client_open(client, "GET", origin_url(origin, "/"));
	for (size_t i = 0; i < TEST_COUNT(refused); i++)
		assert_int_equal(
			client_try_header(client, refused[i].name, refused[i].value),
			refused[i].result);
	client_send(client);
	client_finish(client, 200, "x");
	origin_end(origin);
}

static void connection_close_is_kept(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_HEAD("GET / HTTP/1.1", "Connection: close"),
		       ORIGIN_ANSWER("200 OK", "x"), ORIGIN_EXPECT_CLOSE());
	struct client *client = client_new();

	(void)state;
	client_open(client, "GET", origin_url(origin, "/"));
	client_header(client, "Connection", "close");
	client_send(client);
	client_finish(client, 200, "x");
	origin_end(origin);
}

static void headers_are_those_of_one_request_alone(void **state)
{
	struct origin *origin = ORIGIN(ORIGIN_EXPECT_HEAD("GET /a HTTP/1.1", "X-A: b"),
				       ORIGIN_ANSWER("200 OK", "x"),
				       ORIGIN_EXPECT_HEAD("GET /b HTTP/1.1", "!X-A"),
				       ORIGIN_ANSWER("200 OK", "x"));
	struct client *client = client_new();

	(void)state;
	client_open(client, "GET", origin_url(origin, "/a"));
	client_header(client, "X-A", "b");
	client_send(client);
	client_wait(client);
	client_expect(client, 200, "x");
	assert_int_equal(client_try_header(client, "X-A", "b"), E_UNEXPECTED);
	client_open(client, "GET", origin_url(origin, "/b"));
	client_send(client);
	client_finish(client, 200, "xx");
	origin_end(origin);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(fields_go_out_as_the_rules_say),
		CLIENT_TEST(default_fields_are_these),
		CLIENT_TEST(the_language_comes_from_the_locale),
		CLIENT_TEST(without_defaults_host_alone_is_sent),
		CLIENT_TEST(these_fields_are_refused_and_change_nothing),
		CLIENT_TEST(connection_close_is_kept),
		CLIENT_TEST(headers_are_those_of_one_request_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
