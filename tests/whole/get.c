/* SPDX-License-Identifier: MIT */
/* Requests without a body, and every way a response can be framed but for chunks. */
#include "lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/client.h"
#include "lib/origin.h"
#include "lib/wide_text.h"

static void a_get_tells_head_data_and_end(void **state)
{
	struct origin *origin = ORIGIN(
		ORIGIN_EXPECT_HEAD("GET /a?b=c HTTP/1.1", "Host: {self}", "Accept: */*",
				   "User-Agent:", "!Content-Length", "!Transfer-Encoding",
				   "!Content-Type", "!Authorization", "!Cookie"),
		ORIGIN_ANSWER("200 Fine", "hello"));
	struct client *client = client_get(origin_url(origin, "/a?b=c"));

	(void)state;
	client_expect(client, 200, "hello");
	assert_string_equal(client->order, "hdR");
	assert_string_equal(client->reason, "Fine");
	client_end(client);
	origin_end(origin);
}

static void an_empty_body_has_a_stream_but_no_data(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_HEAD("GET / HTTP/1.1"), ORIGIN_ANSWER("200 OK", ""));
	struct client *client = client_get(origin_url(origin, ""));

	(void)state;
	client_expect(client, 200, "");
	assert_string_equal(client->order, "hR");
	client_end(client);
	origin_end(origin);
}

/* A response and what must be told of it. */
struct answer_case {
	const char *name;   /* of the case */
	const char *method; /* of the request */
	const char *bytes;  /* the response */
	bool closes;	    /* the origin closes behind it */
	DWORD status;	    /* told */
	const char *reason; /* told */
	const char *body;   /* told */
};

static const struct answer_case answers[] = {
	{"a body until close", "GET", "HTTP/1.1 200 OK\r\n\r\nall", true, 200, "OK",
	 "all"},
	{"an empty body until close", "GET", "HTTP/1.1 200 OK\r\n\r\n", true, 200, "OK",
	 ""},
	{"HTTP/1.0", "GET", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", false, 200,
	 "OK", "hi"},
	{"HTTP/1.0 until close", "GET", "HTTP/1.0 200 OK\r\n\r\nhi", true, 200, "OK",
	 "hi"},
	{"HEAD has no body", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
	 false, 200, "OK", ""},
	{"HEAD of chunks", "HEAD",
	 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", false, 200, "OK", ""},
	{"204", "GET", "HTTP/1.1 204 No Content\r\n\r\n", false, 204, "No Content", ""},
	{"304", "GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", false,
	 304, "Not Modified", ""},
	{"404 is a response", "GET",
	 "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno", false, 404, "Not Found",
	 "no"},
	{"500 is a response", "GET",
	 "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n", false, 500,
	 "Internal Server Error", ""},
	{"401 is delivered", "GET",
	 "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\n"
	 "Content-Length: 2\r\n\r\nno",
	 false, 401, "Unauthorized", "no"},
	{"407 is delivered", "GET",
	 "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n", false,
	 407, "Proxy Authentication Required", ""},
	{"an unknown status", "GET", "HTTP/1.1 599 Odd\r\nContent-Length: 0\r\n\r\n",
	 false, 599, "Odd", ""},
	{"100 comes before", "GET",
	 "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
	 false, 200, "OK", "x"},
	{"several 1xx come before", "GET",
	 "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
	 "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
	 false, 200, "OK", "x"},
	{"lines end with LF alone", "GET",
	 "HTTP/1.1 200 OK\nContent-Length: 2\nX: y\n\nhi", false, 200, "OK", "hi"},
	{"the same length twice", "GET",
	 "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi", false,
	 200, "OK", "hi"},
	{"300 without Location", "GET",
	 "HTTP/1.1 300 Multiple Choices\r\nContent-Length: 1\r\n\r\nx", false, 300,
	 "Multiple Choices", "x"},
	{"OPTIONS", "OPTIONS", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", false,
	 200, "OK", "x"},
	{"DELETE", "DELETE", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", false, 200,
	 "OK", "x"},
};

static void check_answer(const struct answer_case *c, bool is_slow)
{
	struct origin_step send =
		is_slow ? (struct origin_step)ORIGIN_SEND_SLOWLY(c->bytes, 0)
			: (struct origin_step)ORIGIN_SEND(c->bytes);
	struct origin_step close =
		c->closes ? (struct origin_step)ORIGIN_CLOSE()
			  : (struct origin_step){.verb = ORIGIN_VERB_END};
	struct origin *origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), send, close);
	struct client *client = client_start(c->method, origin_url(origin, "/"));

	client_wait(client);
	client_expect(client, c->status, c->body);
	assert_string_equal(client->reason, c->reason);
	client_end(client);
	origin_end(origin);
}

static void every_framing_is_told_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(answers); i++) {
		print_message("  %s\n", answers[i].name);
		check_answer(&answers[i], false);
	}
}

static void bytes_that_come_one_by_one_change_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(answers); i++)
		check_answer(&answers[i], true);
}

static void a_missing_reason_is_never_null(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_HEAD("GET / HTTP/1.1"),
		       ORIGIN_SEND("HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n"),
		       ORIGIN_EXPECT_HEAD("GET / HTTP/1.1"),
		       ORIGIN_SEND("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n"));

	(void)state;
	client_finish(client_start("GET", origin_url(origin, "/")), 200, "");
	client_finish(client_start("GET", origin_url(origin, "/")), 200, "");
	origin_end(origin);
}

/* ---- what is sent ---- */

struct target_case {
	const char *method;   /* given to Open */
	const char *url_tail; /* behind the authority */
	const char *line;     /* the request line */
};

static void methods_and_targets_go_out_as_the_rules_say(void **state)
{
	static const struct target_case cases[] = {
		{"get", "/", "GET / HTTP/1.1"},
		{"Head", "/", "HEAD / HTTP/1.1"},
		{"options", "/", "OPTIONS / HTTP/1.1"},
		{"delete", "/", "DELETE / HTTP/1.1"},
		{"patch", "/", "patch / HTTP/1.1"},
		{"PROPFIND", "/", "PROPFIND / HTTP/1.1"},
		{"GET", "", "GET / HTTP/1.1"},
		{"GET", "?q", "GET /?q HTTP/1.1"},
		{"GET", "/a#b", "GET /a HTTP/1.1"},
		{"GET", "/a?b#c?d", "GET /a?b HTTP/1.1"},
		{"GET", "/a/../b/./c", "GET /b/c HTTP/1.1"},
		{"GET", "/a b?c d", "GET /a%20b?c%20d HTTP/1.1"},
		{"GET", "/\xC3\xA4?\xE2\x82\xAC", "GET /%C3%A4?%E2%82%AC HTTP/1.1"},
		{"GET", "\\a", "GET /a HTTP/1.1"},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct origin *origin =
			ORIGIN(ORIGIN_EXPECT_HEAD(cases[i].line, "Host: {self}"),
			       ORIGIN_SEND("HTTP/1.1 204 No Content\r\n\r\n"));
		struct client *client = client_start(
			cases[i].method, origin_url(origin, cases[i].url_tail));

		client_finish(client, 204, "");
		origin_end(origin);
	}
}

static void user_information_of_the_url_is_not_sent(void **state)
{
	struct origin *origin = ORIGIN(
		ORIGIN_EXPECT_HEAD("GET /a HTTP/1.1", "Host: {self}", "!Authorization"),
		ORIGIN_ANSWER("200 OK", "x"));
	char url[128];

	(void)state;
	snprintf(url, sizeof(url), "http://user:secret@%s/a", origin_authority(origin));
	client_finish(client_start("GET", url), 200, "x");
	origin_end(origin);
}

static void localhost_needs_no_resolver(void **state)
{
	struct origin *origin = ORIGIN(ORIGIN_EXPECT_HEAD("GET /a HTTP/1.1"),
				       ORIGIN_ANSWER("200 OK", "x"));
	char url[128];

	(void)state;
	snprintf(url, sizeof(url), "HTTP://LocalHost%s/a",
		 strchr(origin_authority(origin), ':'));
	client_finish(client_start("GET", url), 200, "x");
	origin_join(origin);
	assert_non_null(strstr(origin_head(origin, 0), "\r\nHost: localhost:"));
	origin_stop(origin);
}

/* ---- what is told of the head ---- */

#define FIELDS                                                                           \
	"HTTP/1.1 200 OK\r\nX-One:  a \r\nSet-Cookie: a=1\r\nx-one: b,c\r\n"             \
	"Set-Cookie: b=2\r\nEmpty:\r\nContent-Length: 1\r\nLatin: \xE4\r\n"              \
	"Utf: \xC3\xA4\r\n\r\nx"

static void fields_are_told_in_order_and_joined_by_name(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_HEAD("GET / HTTP/1.1"), ORIGIN_SEND(FIELDS));
	struct client *client = client_get(origin_url(origin, "/"));
	WCHAR *value = (WCHAR *)1;
	WCHAR *name = wide_text_new("X-None");

	(void)state;
	client_expect(client, 200, "x");
	assert_string_equal(client->headers,
			    "X-One: a\r\nSet-Cookie: a=1\r\nx-one: b,c\r\n"
			    "Set-Cookie: b=2\r\nEmpty: \r\nContent-Length: 1\r\n"
			    "Latin: \xC3\xA4\r\nUtf: \xC3\xA4\r\n\r\n");
	assert_string_equal(client_response_header(client, "X-ONE"), "a, b,c");
	assert_string_equal(client_response_header(client, "set-cookie"), "a=1\r\nb=2");
	assert_string_equal(client_response_header(client, "latin"), "\xC3\xA4");
	assert_int_equal(IXMLHTTPRequest3_GetResponseHeader(client->xhr, name, &value),
			 HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND));
	assert_null(value);
	free(name);
	client_end(client);
	origin_end(origin);
}

static HRESULT check_headers_inside(struct client *client)
{
	if (strcmp(client_response_header(client, "X"), "y") != 0)
		client_complain(client, "no header inside the callback");
	return S_OK;
}

static void headers_can_be_asked_for_in_every_callback(void **state)
{
	struct origin *origin = ORIGIN(ORIGIN_EXPECT_HEAD("GET / HTTP/1.1"),
				       ORIGIN_ANSWER("200 OK\r\nX: y", "body"));
	struct client *client = client_new();

	(void)state;
	client->on[CLIENT_HEADERS] = check_headers_inside;
	client->on[CLIENT_DATA] = check_headers_inside;
	client->on[CLIENT_RECEIVED] = check_headers_inside;
	client_open(client, "GET", origin_url(origin, "/"));
	client_send(client);
	client_finish(client, 200, "body");
	origin_end(origin);
}

static void headers_are_pending_until_they_come(void **state)
{
	struct flag answers_now;
	struct origin *origin;
	struct client *client;
	WCHAR *all = (WCHAR *)1;

	(void)state;
	flag_init(&answers_now);
	origin = ORIGIN(ORIGIN_EXPECT_HEAD("GET / HTTP/1.1"), ORIGIN_WAIT(&answers_now),
			ORIGIN_ANSWER("200 OK", "x"));
	client = client_start("GET", origin_url(origin, "/"));
	assert_int_equal(IXMLHTTPRequest3_GetAllResponseHeaders(client->xhr, &all),
			 E_PENDING);
	assert_null(all);
	flag_raise(&answers_now);
	client_finish(client, 200, "x");
	origin_end(origin);
	flag_done(&answers_now);
}

static void a_callback_without_the_third_interface_will_do(void **state)
{
	struct origin *origin = ORIGIN(ORIGIN_EXPECT_HEAD("GET / HTTP/1.1"),
				       ORIGIN_ANSWER("200 OK", "x"));
	struct client *client = client_new();

	(void)state;
	client->only_callback_2 = true;
	client_open(client, "GET", origin_url(origin, "/"));
	client_send(client);
	client_finish(client, 200, "x");
	origin_end(origin);
}

/* ---- large ones ---- */

#define LARGE_BYTES (5u * 1024 * 1024 + 7)

static void a_large_body_comes_whole(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_HEAD("GET / HTTP/1.1"),
		       ORIGIN_SEND("HTTP/1.1 200 OK\r\nContent-Length: 5242887\r\n\r\n"),
		       ORIGIN_SEND_PATTERN(LARGE_BYTES));
	struct client *client = client_new();

	(void)state;
	client->expects_pattern = true;
	client_open(client, "GET", origin_url(origin, "/"));
	client_send(client);
	client_wait(client);
	client_expect(client, 200, NULL);
	assert_int_equal(client->pattern_len, LARGE_BYTES);
	client_end(client);
	origin_end(origin);
}

static void a_large_head_comes_whole(void **state)
{
	static char head[200000];
	struct origin *origin;
	struct client *client;
	int n = snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n");

	(void)state;
	for (unsigned i = 0; i < 900; i++)
		n += snprintf(head + n, sizeof(head) - (size_t)n, "X-%03u: %0150u\r\n", i,
			      i);
	snprintf(head + n, sizeof(head) - (size_t)n, "\r\nx");
	origin = ORIGIN(ORIGIN_EXPECT_HEAD("GET / HTTP/1.1"), ORIGIN_SEND(head));
	client = client_get(origin_url(origin, "/"));
	client_expect(client, 200, "x");
	assert_int_equal(strlen(client_response_header(client, "x-899")), 150);
	client_end(client);
	origin_end(origin);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(a_get_tells_head_data_and_end),
		CLIENT_TEST(an_empty_body_has_a_stream_but_no_data),
		CLIENT_TEST(every_framing_is_told_whole),
		CLIENT_TEST(bytes_that_come_one_by_one_change_nothing),
		CLIENT_TEST(a_missing_reason_is_never_null),
		CLIENT_TEST(methods_and_targets_go_out_as_the_rules_say),
		CLIENT_TEST(user_information_of_the_url_is_not_sent),
		CLIENT_TEST(localhost_needs_no_resolver),
		CLIENT_TEST(fields_are_told_in_order_and_joined_by_name),
		CLIENT_TEST(headers_can_be_asked_for_in_every_callback),
		CLIENT_TEST(headers_are_pending_until_they_come),
		CLIENT_TEST(a_callback_without_the_third_interface_will_do),
		CLIENT_TEST(a_large_body_comes_whole),
		CLIENT_TEST(a_large_head_comes_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
