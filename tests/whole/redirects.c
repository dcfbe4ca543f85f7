/* SPDX-License-Identifier: MIT */
/* Contract X1 and X3: which responses are followed, where to, and what travels along. */
#include "lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/client.h"
#include "lib/origin.h"
#include "lib/pattern.h"
#include "lib/tape.h"

struct method_case {
	const char *status; /* of the first response */
	const char *method; /* of the request */
	const char *then;   /* the method that follows */
	bool keeps_body;    /* the body is sent again */
};

static const struct method_case methods[] = {
	{"301 Moved Permanently", "GET", "GET", false},
	{"301 Moved Permanently", "HEAD", "HEAD", false},
	{"301 Moved Permanently", "POST", "GET", false},
	{"301 Moved Permanently", "PUT", "PUT", true},
	{"301 Moved Permanently", "DELETE", "DELETE", true},
	{"302 Found", "GET", "GET", false},
	{"302 Found", "HEAD", "HEAD", false},
	{"302 Found", "POST", "GET", false},
	{"302 Found", "PUT", "PUT", true},
	{"302 Found", "PATCH", "PATCH", true},
	{"303 See Other", "GET", "GET", false},
	{"303 See Other", "HEAD", "HEAD", false},
	{"303 See Other", "POST", "GET", false},
	{"303 See Other", "PUT", "GET", false},
	{"303 See Other", "DELETE", "GET", false},
	{"307 Temporary Redirect", "GET", "GET", false},
	{"307 Temporary Redirect", "HEAD", "HEAD", false},
	{"307 Temporary Redirect", "POST", "POST", true},
	{"307 Temporary Redirect", "PUT", "PUT", true},
	{"308 Permanent Redirect", "GET", "GET", false},
	{"308 Permanent Redirect", "POST", "POST", true},
	{"308 Permanent Redirect", "DELETE", "DELETE", true},
};

static bool has_body(const char *method)
{
	return strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0;
}

static void check_method(const struct method_case *c)
{
	char first[64], then[64], response[128];
	const char *sent = has_body(c->method) ? "hello" : "";
	const char *again = c->keeps_body ? "hello" : "";
	struct origin *origin;
	struct client *client = client_new();
	struct tape *tape = tape_new("hello", 0);

	snprintf(first, sizeof(first), "%s /a HTTP/1.1", c->method);
	snprintf(then, sizeof(then), "%s /b HTTP/1.1", c->then);
	snprintf(response, sizeof(response),
		 "HTTP/1.1 %s\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n", c->status);
	origin = ORIGIN(
		ORIGIN_EXPECT_HEAD(first, "Host: {self}", "Content-Type: text/plain"),
		ORIGIN_EXPECT_BODY(sent), ORIGIN_SEND(response),
		ORIGIN_EXPECT_HEAD(
			then, "Host: {self}", "X-Kept: yes",
			c->keeps_body ? "Content-Length: 5" : "!Content-Length",
			c->keeps_body || !has_body(c->method) ? "Content-Type: text/plain"
							      : "!Content-Type"),
		ORIGIN_EXPECT_BODY(again),
		ORIGIN_SEND("HTTP/1.1 204 No Content\r\n\r\n"));
	tape_be_body(tape, client);
	client_open(client, c->method, origin_url(origin, "/a"));
	client_header(client, "Content-Type", "text/plain");
	client_header(client, "X-Kept", "yes");
	client_send(client);
	client_wait(client);
	client_expect(client, 204, "");
	assert_string_equal(client->order, "rhR");
	assert_string_equal(client->url, origin_url(origin, "/b"));
	client_end(client);
	tape_end(tape);
	origin_join(origin);
	assert_int_equal(origin_connections(origin), 1);
	origin_stop(origin);
}

static void methods_and_bodies_follow_the_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(methods); i++) {
		print_message("  %s %s\n", methods[i].status, methods[i].method);
		check_method(&methods[i]);
	}
}

/* ---- where to ---- */

struct location_case {
	const char *path;     /* asked for first */
	const char *location; /* the field's value */
	const char *line;     /* of the second request */
	const char *url;      /* told; behind the authority */
};

static void locations_resolve_as_urls(void **state)
{
	static const struct location_case cases[] = {
		{"/a/b", "c", "GET /a/c HTTP/1.1", "/a/c"},
		{"/a/b", "../c", "GET /c HTTP/1.1", "/c"},
		{"/a/b", "?c", "GET /a/b?c HTTP/1.1", "/a/b?c"},
		{"/a/b", "/c?d", "GET /c?d HTTP/1.1", "/c?d"},
		{"/a/b", "//{self}/c", "GET /c HTTP/1.1", "/c"},
		{"/a/b", "http://{self}/c", "GET /c HTTP/1.1", "/c"},
		{"/a/b", "http://{self}", "GET / HTTP/1.1", "/"},
		{"/a/b", "c d", "GET /a/c%20d HTTP/1.1", "/a/c%20d"},
		{"/a/b", "\xC3\xA4", "GET /a/%C3%A4 HTTP/1.1", "/a/%C3%A4"},
		{"/a/b", "\xE4?\xFF", "GET /a/%E4?%FF HTTP/1.1", "/a/%E4?%FF"},
		{"/a/b", "", "GET /a/b HTTP/1.1", "/a/b"},
		{"/a#f", "/b", "GET /b HTTP/1.1", "/b#f"},
		{"/a#f", "/b#g", "GET /b HTTP/1.1", "/b#g"},
		{"/a#f", "/b#", "GET /b HTTP/1.1", "/b#"},
		{"/a", "/b#g", "GET /b HTTP/1.1", "/b#g"},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		char response[256];
		struct origin *origin;
		struct client *client;

		print_message("  %s\n", cases[i].location);
		snprintf(response, sizeof(response),
			 "HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 4\r\n\r\n"
			 "gone",
			 cases[i].location);
		origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_SEND(response),
				ORIGIN_EXPECT_HEAD(cases[i].line),
				ORIGIN_ANSWER("200 OK", "here"));
		client = client_get(origin_url(origin, cases[i].path));
		client_expect(client, 200, "here");
		assert_string_equal(client->url, origin_url(origin, cases[i].url));
		client_end(client);
		origin_end(origin);
	}
}

static void a_fragment_travels_through_several_redirects(void **state)
{
	struct origin *origin = ORIGIN(
		ORIGIN_EXPECT_HEAD("GET /a HTTP/1.1"),
		ORIGIN_ANSWER("302 Found\r\nLocation: /b", ""),
		ORIGIN_EXPECT_HEAD("GET /b HTTP/1.1"),
		ORIGIN_ANSWER("307 Temporary Redirect\r\nLocation: /c", ""),
		ORIGIN_EXPECT_HEAD("GET /c HTTP/1.1"), ORIGIN_ANSWER("200 OK", "x"));
	struct client *client = client_get(origin_url(origin, "/a#f"));

	(void)state;
	client_expect(client, 200, "x");
	assert_string_equal(client->url, origin_url(origin, "/c#f"));
	assert_string_equal(client->order, "rrhdR");
	client_end(client);
	origin_end(origin);
}

static void these_are_delivered_and_not_followed(void **state)
{
	static const char *const statuses[] = {
		"300 Multiple Choices\r\nLocation: /b",
		"304 Not Modified\r\nLocation: /b",
		"305 Use Proxy\r\nLocation: /b",
		"306 Unused\r\nLocation: /b",
		"302 Found",
		"301 Moved Permanently",
		"201 Created\r\nLocation: /b",
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(statuses); i++) {
		struct origin *origin =
			ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER(statuses[i], ""),
			       ORIGIN_EXPECT_QUIET(20));
		struct client *client = client_start("GET", origin_url(origin, "/a"));

		client_finish(client, (DWORD)atoi(statuses[i]), "");
		origin_end(origin);
	}
}

static void check_unusable(const char *location, bool is_extended, HRESULT error)
{
	char status[256];
	struct origin *origin;
	struct client *client = client_new();

	snprintf(status, sizeof(status), "302 Found\r\nLocation: %s", location);
	origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER(status, ""));
	client_open(client, "GET", origin_url(origin, "/a"));
	client_property(client, XHR_PROP_EXTENDED_ERROR, is_extended);
	client_send(client);
	client_wait(client);
	client_expect_error(client, error);
	assert_string_equal(client->order, "E");
	client_end(client);
	origin_end(origin);
}

static void unusable_locations_end_the_request(void **state)
{
	static const char *const locations[] = {
		"ftp://127.0.0.1/",	  "mailto:a@b", "javascript:alert(1)",
		"file:///etc/passwd",	  "http://",	"http://[::1",
		"http://127.0.0.1:99999", "data:,x",	"/b\r\nLocation: /c",
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(locations); i++) {
		print_message("  %s\n", locations[i]);
		check_unusable(locations[i], false, INET_E_REDIRECT_FAILED);
		check_unusable(locations[i], true,
			       HRESULT_FROM_WIN32(ERROR_HTTP_REDIRECT_FAILED));
	}
}

static void check_chain(unsigned redirects, HRESULT error)
{
	struct origin *origin = ORIGIN(
		ORIGIN_EXPECT_HEAD("GET / HTTP/1.1"),
		ORIGIN_ANSWER("302 Found\r\nLocation: /", ""),
		ORIGIN_REPEAT(2, redirects - 1), ORIGIN_EXPECT_HEAD("GET / HTTP/1.1"),
		ORIGIN_ANSWER(error ? "302 Found\r\nLocation: /" : "200 OK", ""));
	struct client *client = client_get(origin_url(origin, "/"));

	if (error)
		client_expect_error(client, error);
	else
		client_expect(client, 200, "");
	assert_int_equal(client->counts[CLIENT_REDIRECT], redirects);
	client_end(client);
	origin_end(origin);
}

static void a_hundred_redirects_are_followed_and_no_more(void **state)
{
	(void)state;
	check_chain(1, S_OK);
	check_chain(100, S_OK);
	check_chain(100, INET_E_REDIRECT_FAILED);
}

static void a_redirect_to_a_closed_port_cannot_connect(void **state)
{
	char status[128];
	struct origin *origin;
	struct client *client;

	(void)state;
	snprintf(status, sizeof(status), "302 Found\r\nLocation: http://127.0.0.1:%u/",
		 origin_refusing_port());
	origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER(status, ""));
	client = client_get(origin_url(origin, "/"));
	client_expect_error(client, INET_E_CANNOT_CONNECT);
	assert_string_equal(client->order, "rE");
	client_end(client);
	origin_end(origin);
}

/* ---- what travels ---- */

static struct client *start_with_secrets(const char *url)
{
	struct client *client = client_new();

	client_open(client, "GET", url);
	client_header(client, "Authorization", "Secret a");
	client_header(client, "Cookie", "secret=b");
	client_header(client, "Host", "secret.example");
	client_header(client, "X-Plain", "c");
	client_send(client);
	return client;
}

#define WITH_SECRETS                                                                     \
	"Authorization: Secret a", "Cookie: secret=b", "X-Plain: c",                     \
		"Host: secret.example"

static void secrets_stay_within_their_origin(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_HEAD("GET /a HTTP/1.1", WITH_SECRETS),
		       ORIGIN_ANSWER("302 Found\r\nLocation: /b", ""),
		       ORIGIN_EXPECT_HEAD("GET /b HTTP/1.1", WITH_SECRETS),
		       ORIGIN_ANSWER("200 OK", "x"));

	(void)state;
	client_finish(start_with_secrets(origin_url(origin, "/a")), 200, "x");
	origin_end(origin);
}

static void secrets_are_gone_for_good_once_a_redirect_leaves(void **state)
{
	struct origin *origin = origin_new(), *other = origin_new();
	const struct origin_step here[] = {
		ORIGIN_EXPECT_HEAD("GET /a HTTP/1.1", WITH_SECRETS),
		ORIGIN_ANSWER("302 Found\r\nLocation: http://{other}/b", ""),
		ORIGIN_EXPECT_HEAD("GET /c HTTP/1.1", "Host: {self}", "!Authorization",
				   "!Cookie", "X-Plain: c"),
		ORIGIN_ANSWER("200 OK", "x"),
		{.verb = ORIGIN_VERB_END},
	};
	const struct origin_step there[] = {
		ORIGIN_EXPECT_HEAD("GET /b HTTP/1.1", "Host: {self}", "!Authorization",
				   "!Cookie", "X-Plain: c"),
		ORIGIN_ANSWER("302 Found\r\nLocation: http://{other}/c", ""),
		{.verb = ORIGIN_VERB_END},
	};

	(void)state;
	origin_link(origin, other);
	origin_link(other, origin);
	origin_begin(origin, here);
	origin_begin(other, there);
	client_finish(start_with_secrets(origin_url(origin, "/a")), 200, "x");
	origin_end(other);
	origin_end(origin);
}

/* ---- bodies that are sent again ---- */

#define REMEMBERED_BYTES (64u * 1024)

struct replay_case {
	const char *name;    /* of the case */
	bool is_sequential;  /* no IStream */
	HRESULT seek_result; /* of Seek */
	uint64_t bytes;	     /* of the body */
	bool is_unknown;     /* its length is not told */
	HRESULT error;	     /* S_OK: it is sent again */
	unsigned seeks;	     /* of the body */
};

static const struct replay_case replays[] = {
	{"a small IStream", false, S_OK, 5, false, S_OK, 2},
	{"a large IStream", false, S_OK, 300000, false, S_OK, 2},
	{"a large IStream of unknown length", false, S_OK, 300000, true, S_OK, 2},
	{"a small ISequentialStream", true, S_OK, 5, false, S_OK, 0},
	{"64 KiB of ISequentialStream", true, S_OK, REMEMBERED_BYTES, false, S_OK, 0},
	{"64 KiB of unknown length", true, S_OK, REMEMBERED_BYTES, true, S_OK, 0},
	{"a byte more", true, S_OK, REMEMBERED_BYTES + 1, false, STG_E_SEEKERROR, 0},
	{"a byte more of unknown length", true, S_OK, REMEMBERED_BYTES + 1, true,
	 STG_E_SEEKERROR, 0},
	{"a large one whose Seek fails", false, E_NOTIMPL, 300000, false, STG_E_SEEKERROR,
	 1},
	{"a small one whose Seek fails", false, E_NOTIMPL, 5, false, S_OK, 1},
};

static void check_replay(const struct replay_case *c)
{
	struct origin_step body =
		c->is_unknown
			? (struct origin_step)ORIGIN_EXPECT_CHUNKED_PATTERN(c->bytes)
			: (struct origin_step)ORIGIN_EXPECT_BODY_PATTERN(c->bytes);
	struct origin *origin;
	struct client *client = client_new();
	struct tape *tape = tape_new(NULL, c->bytes);

	if (c->error)
		origin = ORIGIN(
			ORIGIN_EXPECT_HEAD("POST /a HTTP/1.1"), body,
			ORIGIN_ANSWER("307 Temporary Redirect\r\nLocation: /b", ""));
	else
		origin = ORIGIN(
			ORIGIN_EXPECT_HEAD("POST /a HTTP/1.1"), body,
			ORIGIN_ANSWER("307 Temporary Redirect\r\nLocation: /b", ""),
			ORIGIN_EXPECT_HEAD("POST /b HTTP/1.1"), body,
			ORIGIN_ANSWER("200 OK", "x"));
	tape->is_sequential = c->is_sequential;
	tape->seek_result = c->seek_result;
	tape_be_body(tape, client);
	if (c->is_unknown)
		client->body_length = IXHR2_LENGTH_UNKNOWN;
	client_open(client, "POST", origin_url(origin, "/a"));
	client_send(client);
	client_wait(client);
	if (c->error)
		client_expect_error(client, c->error);
	else
		client_expect(client, 200, "x");
	client_end(client);
	if (!c->seek_result)
		assert_int_equal(tape->seeks, c->seeks);
	tape_end(tape);
	origin_end(origin);
}

static void a_body_is_sent_again_where_that_is_possible(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(replays); i++) {
		print_message("  %s\n", replays[i].name);
		check_replay(&replays[i]);
	}
}

static void an_early_redirect_during_the_upload_is_followed(void **state)
{
	struct origin *origin = ORIGIN(
		ORIGIN_EXPECT_HEAD("POST /a HTTP/1.1"),
		ORIGIN_ANSWER("303 See Other\r\nLocation: /b\r\nConnection: close", ""),
		ORIGIN_DRAIN(), ORIGIN_NEXT_CONNECTION(),
		ORIGIN_EXPECT_HEAD("GET /b HTTP/1.1", "!Content-Length"),
		ORIGIN_ANSWER("200 OK", "x"));
	struct client *client = client_new();
	struct tape *tape = tape_new(NULL, 64u * 1024 * 1024);

	(void)state;
	tape_be_body(tape, client);
	client_open(client, "POST", origin_url(origin, "/a"));
	client_send(client);
	client_finish(client, 200, "x");
	tape_end(tape);
	origin_end(origin);
}

/* ---- what is told ---- */

static HRESULT check_reported(struct client *client)
{
	const char *want = client->counts[CLIENT_HEADERS] == 1 ? "first" : "second";

	if (strcmp(client_response_header(client, "X"), want) != 0)
		client_complain(client, "the header is \"%s\" instead of \"%s\"",
				client_response_header(client, "X"), want);
	return S_OK;
}

static void redirects_are_reported_on_demand(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_HEAD("GET /a HTTP/1.1"),
		       ORIGIN_ANSWER("302 Found\r\nLocation: /b\r\nX: first", "gone"),
		       ORIGIN_EXPECT_HEAD("GET /b HTTP/1.1"),
		       ORIGIN_ANSWER("200 OK\r\nX: second", "here"));
	struct client *client = client_new();

	(void)state;
	client->on[CLIENT_HEADERS] = check_reported;
	client->on[CLIENT_REDIRECT] = check_reported;
	client_open(client, "GET", origin_url(origin, "/a"));
	client_property(client, XHR_PROP_REPORT_REDIRECT_STATUS, TRUE);
	client_send(client);
	client_wait(client);
	client_expect(client, 200, "here");
	assert_string_equal(client->order, "hrhdR");
	client_end(client);
	origin_end(origin);
}

static void a_reported_3xx_without_location_is_the_response(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER("302 Found", "body"));
	struct client *client = client_new();

	(void)state;
	client_open(client, "GET", origin_url(origin, "/a"));
	client_property(client, XHR_PROP_REPORT_REDIRECT_STATUS, TRUE);
	client_send(client);
	client_wait(client);
	client_expect(client, 302, "body");
	assert_string_equal(client->order, "hdR");
	client_end(client);
	origin_end(origin);
}

/* What stops a request in OnRedirect: nothing is sent, and nothing was followed. */
static void check_stopped_redirect(client_hook_fn *stop, HRESULT error)
{
	struct origin *origin = ORIGIN(ORIGIN_EXPECT_HEAD("GET /a HTTP/1.1"),
				       ORIGIN_ANSWER("302 Found\r\nLocation: /b", ""),
				       ORIGIN_EXPECT_CLOSE());
	struct client *client = client_new();
	struct ixhr2_info info = {.cb = sizeof(info)};

	client->result = error;
	client->on[CLIENT_REDIRECT] = stop;
	client_open(client, "GET", origin_url(origin, "/a"));
	client_send(client);
	client_wait(client);
	client_expect_error(client, error);
	assert_string_equal(client->order, "rE");
	assert_int_equal(ixhr2_get_info((IUnknown *)client->xhr, &info), S_OK);
	assert_int_equal(info.redirects, 0);
	assert_string_equal(info.url, origin_url(origin, "/a"));
	ixhr2_info_free(&info);
	client_end(client);
	origin_join(origin);
	assert_int_equal(origin_heads(origin), 1);
	origin_stop(origin);
}

static void a_failure_from_on_redirect_stops_before_the_next_request(void **state)
{
	(void)state;
	check_stopped_redirect(client_do_fail, MAKE_HRESULT(1, 4, 0x1234));
}

static void an_abort_in_on_redirect_stops_before_the_next_request(void **state)
{
	(void)state;
	check_stopped_redirect(client_do_abort, E_ABORT);
}

static void the_body_of_a_redirect_may_be_endless(void **state)
{
	struct origin *origin = ORIGIN(
		ORIGIN_EXPECT_HEAD("GET /a HTTP/1.1"),
		ORIGIN_SEND("HTTP/1.1 302 Found\r\nLocation: /b\r\n\r\n"),
		ORIGIN_SEND_FOREVER("some bytes that nobody wants to read at all "),
		ORIGIN_NEXT_CONNECTION(), ORIGIN_EXPECT_HEAD("GET /b HTTP/1.1"),
		ORIGIN_ANSWER("200 OK", "x"));

	(void)state;
	client_finish(client_start("GET", origin_url(origin, "/a")), 200, "x");
	origin_end(origin);
}

static void a_program_may_want_the_3xx_itself(void **state)
{
	struct origin *origin = ORIGIN(
		ORIGIN_EXPECT_HEAD("GET /a HTTP/1.1"),
		ORIGIN_ANSWER("302 Found\r\nLocation: /b", "over there"),
		ORIGIN_EXPECT_HEAD("GET /a HTTP/1.1"),
		ORIGIN_ANSWER("302 Found\r\nLocation: /b", ""),
		ORIGIN_EXPECT_HEAD("GET /b HTTP/1.1"), ORIGIN_ANSWER("200 OK", "x"));
	struct client *client = client_new();

	(void)state;
	assert_int_equal(ixhr2_follow_redirects((IUnknown *)client->xhr, FALSE), S_OK);
	client_open(client, "GET", origin_url(origin, "/a"));
	client_send(client);
	client_wait(client);
	client_expect(client, 302, "over there");
	assert_string_equal(client->order, "hdR");
	assert_string_equal(client_response_header(client, "Location"), "/b");
	assert_int_equal(ixhr2_follow_redirects((IUnknown *)client->xhr, TRUE), S_OK);
	client_open(client, "GET", origin_url(origin, "/a"));
	client_send(client);
	client_wait(client);
	assert_int_equal(client->status, 200);
	assert_int_equal(ixhr2_follow_redirects(NULL, TRUE), E_INVALIDARG);
	client_end(client);
	origin_end(origin);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(methods_and_bodies_follow_the_table),
		CLIENT_TEST(locations_resolve_as_urls),
		CLIENT_TEST(a_fragment_travels_through_several_redirects),
		CLIENT_TEST(these_are_delivered_and_not_followed),
		CLIENT_TEST(unusable_locations_end_the_request),
		CLIENT_TEST(a_hundred_redirects_are_followed_and_no_more),
		CLIENT_TEST(a_redirect_to_a_closed_port_cannot_connect),
		CLIENT_TEST(secrets_stay_within_their_origin),
		CLIENT_TEST(secrets_are_gone_for_good_once_a_redirect_leaves),
		CLIENT_TEST(a_body_is_sent_again_where_that_is_possible),
		CLIENT_TEST(an_early_redirect_during_the_upload_is_followed),
		CLIENT_TEST(redirects_are_reported_on_demand),
		CLIENT_TEST(a_reported_3xx_without_location_is_the_response),
		CLIENT_TEST(a_failure_from_on_redirect_stops_before_the_next_request),
		CLIENT_TEST(an_abort_in_on_redirect_stops_before_the_next_request),
		CLIENT_TEST(the_body_of_a_redirect_may_be_endless),
		CLIENT_TEST(a_program_may_want_the_3xx_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
