/* SPDX-License-Identifier: MIT */
/*
 * Which protocol is spoken, what a request looks like in HTTP/2, and every kind of
 * response that is right.
 */
#include "h2.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/pki.h"

/* ---- which protocol ---- */

static void the_protocol_is_agreed_on(void **state)
{
	static const struct {
		const char *protocol; /* configured, or NULL */
		const char *alpn;     /* what the server takes */
		const char *offered;  /* what it is offered */
		unsigned version;     /* that is spoken; 0: none */
	} cases[] = {
		{NULL, "h2,http/1.1", "h2,http/1.1", 20},
		{"any", "h2,http/1.1", "h2,http/1.1", 20},
		{NULL, "http/1.1,h2", "h2,http/1.1", 11},
		{NULL, "http/1.1", "h2,http/1.1", 11},
		{NULL, "h2", "h2,http/1.1", 20},
		{NULL, "", "h2,http/1.1", 11},
		{"http1.1", "h2,http/1.1", "http/1.1", 11},
		{"http2", "h2,http/1.1", "h2", 20},
		{"http2", "", "h2", 0},
		{"http2", "http/1.1", "h2", 0},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct h2_server *server =
			H2_START(.certificate = "good", .alpn = cases[i].alpn);
		struct h2_server_visit visit;
		struct client *client;

		print_message("  %zu\n", i);
		if (cases[i].protocol)
			assert_int_equal(
				ixhr2_configure(IXHR2_OPTION_PROTOCOL, cases[i].protocol),
				S_OK);
		client = h2_send(server, "GET", "/");
		client_wait(client);
		if (cases[i].version) {
			client_expect(client, 200, "/");
			assert_int_equal(h2_version(client), cases[i].version);
		} else {
			assert_int_not_equal(client->error, S_OK);
			assert_int_equal(h2_server_count(server).requests, 0);
		}
		client_end(client);
		h2_server_visit(server, 0, &visit);
		assert_string_equal(visit.offered, cases[i].offered);
		assert_int_equal(visit.version, cases[i].version);
		h2_server_end(server);
	}
}

static void http_means_http2_where_that_is_configured(void **state)
{
	static const char *const protocols[] = {"any", "http1.1", "http2"};

	(void)state;
	for (unsigned i = 0; i < TEST_COUNT(protocols); i++) {
		struct h2_server *server = H2_START(.owner = NULL);
		struct client *client;

		assert_int_equal(ixhr2_configure(IXHR2_OPTION_PROTOCOL, protocols[i]),
				 S_OK);
		client = h2_send(server, "GET", "/");
		client_wait(client);
		client_expect(client, 200, "/");
		assert_int_equal(h2_version(client), i == 2 ? 20 : 11);
		client_end(client);
		h2_server_end(server);
	}
}

/* A server that does not know HTTP/2 answers the preface. */
static void a_server_of_http_1_is_an_error_then(void **state)
{
	struct h2_server *server =
		H2_START(.greeting = SPAN("HTTP/1.1 400 Bad Request\r\n"
					  "Content-Length: 0\r\n\r\n"));

	(void)state;
	client_fail(h2_send(server, "GET", "/"), INET_E_DOWNLOAD_FAILURE);
	h2_server_end(server);
}

/* ---- requests ---- */

static void a_request_has_its_pseudo_fields(void **state)
{
	static const char *const certificates[] = {NULL, "good"};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(certificates); i++) {
		struct h2_server *server = H2_START(.certificate = certificates[i]);
		struct client *client = h2_open(server, "GET", "/a/b?c=d#e");
		struct h2_server_request request;
		char authority[32] = "good.test";

		if (!certificates[i])
			snprintf(authority, sizeof(authority), "127.0.0.1:%u",
				 h2_server_port(server));
		client_header(client, "X-One", "1");
		client_send(client);
		client_finish(client, 200, "/a/b?c=d");
		h2_server_request(server, 0, 1, &request);
		assert_string_equal(request.method, "GET");
		assert_string_equal(request.path, "/a/b?c=d");
		assert_string_equal(request.scheme, i ? "https" : "http");
		assert_string_equal(request.authority, authority);
		assert_string_equal(h2_server_field(request.head, "x-one"), "1");
		assert_string_equal(h2_server_field(request.head, "accept-encoding"),
				    "gzip, deflate, br, zstd");
		h2_server_end(server);
	}
}

/* What the program sets for a connection is not sent; the server's judge looks for it. */
static void fields_of_a_connection_are_not_sent(void **state)
{
	static const char *const fields[][2] = {
		{"Connection", "keep-alive, X-Hop"},
		{"X-Hop", "a"},
		{"Keep-Alive", "timeout=5"},
		{"Proxy-Connection", "close"},
		{"Upgrade", "h2c"},
		{"TE", "gzip"},
		{"Transfer-Encoding", "chunked"},
		{"HTTP2-Settings", "AAMAAABk"},
	};
	struct h2_server *server = H2_START(.owner = NULL);
	struct h2_server_request request;
	unsigned sent = 0;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(fields); i++) {
		struct client *client = h2_open(server, "GET", "/");

		print_message("  %s\n", fields[i][0]);
		client_try_header(client, fields[i][0], fields[i][1]);
		client_send(client);
		client_wait(client);
		client_expect(client, 200, "/");
		client_end(client);
		sent++;
	}
	assert_int_equal(h2_server_count(server).requests, sent);
	h2_server_request(server, 0, 1, &request);
	assert_null(h2_server_field(request.head, "connection"));
	h2_server_end(server);
}

static void host_becomes_the_authority(void **state)
{
	struct h2_server *server = H2_START(.owner = NULL);
	struct client *client = h2_open(server, "GET", "/");
	struct h2_server_request request;

	(void)state;
	client_header(client, "Host", "other.test");
	client_send(client);
	client_finish(client, 200, "/");
	h2_server_request(server, 0, 1, &request);
	assert_string_equal(request.authority, "other.test");
	h2_server_end(server);
}

/* RFC 9113 8.2.3: crumbs, which together are what the program has set. */
static void a_cookie_arrives_whole_or_in_crumbs(void **state)
{
	struct h2_server *server = H2_START(.owner = NULL);
	struct client *client = h2_open(server, "GET", "/");
	struct h2_server_request request;
	char cookie[64] = "";

	(void)state;
	client_header(client, "Cookie", "a=1; bb=22; c=3");
	client_send(client);
	client_finish(client, 200, "/");
	h2_server_request(server, 0, 1, &request);
	for (const char *line = request.head; *line; line = strchr(line, '\n') + 1)
		if (strncmp(line, "cookie: ", 8) == 0) {
			size_t n = strlen(cookie);

			snprintf(cookie + n, sizeof(cookie) - n, "%s%.*s", n ? "; " : "",
				 (int)strcspn(line + 8, "\n"), line + 8);
		}
	assert_string_equal(cookie, "a=1; bb=22; c=3");
	h2_server_end(server);
}

/* Beyond a frame, so that CONTINUATION is needed. */
static void a_head_may_be_large(void **state)
{
	struct h2_server *server = H2_START(.owner = NULL);
	struct client *client = h2_open(server, "GET", "/");
	struct h2_server_request request;
	struct h2_server_visit visit;
	static char value[40001];

	(void)state;
	for (size_t i = 0; i < sizeof(value) - 1; i++)
		value[i] = (char)('!' + (i * 7919) % 90);
	client_header(client, "X-Large", value);
	client_send(client);
	client_finish(client, 200, "/");
	h2_server_request(server, 0, 1, &request);
	assert_non_null(strstr(request.head, value));
	h2_server_visit(server, 0, &visit);
	assert_true(visit.frames[NGHTTP2_CONTINUATION] >= 1);
	h2_server_end(server);
}

static void a_head_is_compressed(void **state)
{
	struct h2_server *server = H2_START(.owner = NULL);
	struct h2_server_visit first, last;

	(void)state;
	h2_get(server, "/");
	h2_server_visit(server, 0, &first);
	for (unsigned i = 0; i < 100; i++)
		h2_get(server, "/");
	h2_server_visit(server, 0, &last);
	/* 9 bytes of HEADERS and a byte for each field, and now and then windows. */
	assert_true((last.bytes - first.bytes) / 100 < 50);
	h2_server_end(server);
}

/* ---- responses ---- */

struct response_case {
	const char *name;	      /* of the case */
	const char *method;	      /* of the request */
	struct h2_server_reply reply; /* to it */
	const char *body;	      /* that the program gets */
	const char *order;	      /* of its callbacks */
};

static const struct response_case responses[] = {
	{"a body",
	 "GET",
	 {.status = 200, .fields = "", .body = {"hello", 5}},
	 "hello",
	 "hdR"},
	{"with its length",
	 "GET",
	 {.status = 200, .fields = "content-length: 5\n", .body = {"hello", 5}},
	 "hello",
	 "hdR"},
	{"no body", "GET", {.status = 200, .fields = ""}, "", "hR"},
	{"of length 0",
	 "GET",
	 {.status = 200, .fields = "content-length: 0\n"},
	 "",
	 "hR"},
	{"HEAD", "HEAD", {.status = 200, .fields = "content-length: 5\n"}, "", "hR"},
	{"204", "GET", {.status = 204, .fields = ""}, "", "hR"},
	{"304", "GET", {.status = 304, .fields = "content-length: 5\n"}, "", "hR"},
	{"404", "GET", {.status = 404, .fields = "", .body = {"none", 4}}, "none", "hdR"},
	{"999", "GET", {.status = 999, .fields = "", .body = {"odd", 3}}, "odd", "hdR"},
	{"interims",
	 "GET",
	 {.status = 200, .fields = "", .body = {"hello", 5}, .interims = 3},
	 "hello",
	 "hdR"},
	{"as many interims as may be",
	 "GET",
	 {.status = 200, .fields = "", .body = {"hello", 5}, .interims = 32},
	 "hello",
	 "hdR"},
	{"trailers",
	 "GET",
	 {.status = 200, .fields = "", .body = {"hello", 5}, .trailers = "x-t: 1\n"},
	 "hello",
	 "hdR"},
	{"trailers without a body",
	 "GET",
	 {.status = 200, .fields = "", .trailers = "x-t: 1\n"},
	 "",
	 "hR"},
	{"padding",
	 "GET",
	 {.status = 200, .fields = "", .body = {"hello", 5}, .padding = 255},
	 "hello",
	 "hdR"},
	{"frames of a byte",
	 "GET",
	 {.status = 200, .fields = "", .body = {"hello", 5}, .frame_bytes = 1},
	 "hello",
	 "hdR"},
	{"padded frames of a byte",
	 "GET",
	 {.status = 200,
	  .fields = "",
	  .body = {"hello", 5},
	  .frame_bytes = 1,
	  .padding = 3},
	 "hello",
	 "hdR"},
	{"a head in many frames",
	 "GET",
	 {.status = 200,
	  .fields = "x-a: 1\nx-b: 2\n",
	  .body = {"hello", 5},
	  .fragment_bytes = 3},
	 "hello",
	 "hdR"},
	{"an early end without an error",
	 "GET",
	 {.status = 200,
	  .fields = "",
	  .body = {"hello", 5},
	  .is_reset = true,
	  .reset_code = NGHTTP2_NO_ERROR},
	 "hello",
	 "hdR"},
};

static void these_responses_are_received(void **state)
{
	static const char *const certificates[] = {NULL, "good"};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(responses) * 2; i++) {
		const struct response_case *c = &responses[i / 2];
		struct h2_server *server =
			H2_START(.certificate = certificates[i % 2],
				 .answer = h2_answer_so,
				 .owner = (void *)(uintptr_t)&c->reply);
		struct client *client = h2_send(server, c->method, "/");

		print_message("  %s\n", c->name);
		client_wait(client);
		client_expect(client, c->reply.status, c->body);
		assert_string_equal(client->order + i % 2, c->order);
		client_end(client);
		/* The connection is as good as it was. */
		client = h2_send(server, c->method, "/");
		client_finish(client, c->reply.status, c->body);
		assert_int_equal(h2_connections(server), 1);
		h2_server_end(server);
	}
}

static void fields_are_told(void **state)
{
	static const struct h2_server_reply reply = {
		.status = 200,
		.fields = "x-a: 1\nset-cookie: a=b\nx-empty:\nx-a: 2\nset-cookie: c=d\n"};
	struct h2_server *server =
		H2_START(.answer = h2_answer_so, .owner = (void *)(uintptr_t)&reply);
	struct client *client = h2_send(server, "GET", "/");

	(void)state;
	client_wait(client);
	assert_string_equal(client_response_header(client, "X-A"), "1, 2");
	assert_string_equal(client_response_header(client, "Set-Cookie"), "a=b\r\nc=d");
	assert_string_equal(client->headers, "x-a: 1\r\nset-cookie: a=b\r\nx-empty: \r\n"
					     "x-a: 2\r\nset-cookie: c=d\r\n\r\n");
	/* HTTP/2 has no reason phrase, so it is the usual one. */
	assert_string_equal(client->reason, "OK");
	client_finish(client, 200, "");
	h2_server_end(server);
}

static void it_is_known_what_was_done(void **state)
{
	static const struct h2_server_reply reply = {
		.status = 200, .fields = "", .body = {"hello", 5}, .padding = 9};
	struct h2_server *server = H2_START(.certificate = "good", .answer = h2_answer_so,
					    .owner = (void *)(uintptr_t)&reply);

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct client *client = h2_send(server, "GET", "/a");
		struct ixhr2_info info = {.cb = sizeof(info)};

		client_wait(client);
		client_expect(client, 200, "hello");
		assert_int_equal(ixhr2_get_info((IUnknown *)client->xhr, &info), S_OK);
		assert_int_equal(info.http_version, 20);
		assert_int_equal(info.is_reused, i > 0);
		assert_int_equal(info.received_bytes, 5);
		assert_string_equal(info.tls_version, "TLSv1.3");
		assert_non_null(info.request_head);
		assert_non_null(strstr(info.request_head, "GET /a"));
		assert_true(info.sent_us >= 0 && info.first_byte_us >= info.sent_us &&
			    info.done_us >= info.first_byte_us);
		ixhr2_info_free(&info);
		client_end(client);
	}
	h2_server_end(server);
}

#define LARGE_BYTES (20u * 1024 * 1024)

static void a_large_body_is_received(void **state)
{
	static const struct h2_server_reply replies[] = {
		{.status = 200, .fields = "", .pattern_bytes = LARGE_BYTES},
		{.status = 200,
		 .fields = "content-length: 1000000\n",
		 .pattern_bytes = 1000000,
		 .frame_bytes = 1000,
		 .padding = 7},
	};
	static const char *const certificates[] = {NULL, "good"};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(replies) * 2; i++) {
		const struct h2_server_reply *reply = &replies[i / 2];
		struct h2_server *server = H2_START(.certificate = certificates[i % 2],
						    .answer = h2_answer_so,
						    .owner = (void *)(uintptr_t)reply);
		struct client *client = h2_open(server, "GET", "/");

		client->expects_pattern = true;
		client_send(client);
		client_wait(client);
		client_expect(client, 200, NULL);
		assert_int_equal(client->pattern_len, reply->pattern_bytes);
		client_end(client);
		h2_server_end(server);
	}
}

static void redirect(void *owner, const struct h2_server_request *request,
		     struct h2_server_reply *reply)
{
	(void)owner;
	if (strcmp(request->path, "/old") != 0)
		return;
	reply->status = 302;
	reply->fields = "location: /new\n";
}

static void a_redirect_stays_on_the_connection(void **state)
{
	struct h2_server *server = H2_START(.answer = redirect);
	struct client *client = h2_send(server, "GET", "/old");

	(void)state;
	client_wait(client);
	client_expect(client, 200, "/new");
	assert_string_equal(client->order, "rhdR");
	client_end(client);
	assert_int_equal(h2_connections(server), 1);
	h2_server_end(server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(the_protocol_is_agreed_on),
		CLIENT_TEST(http_means_http2_where_that_is_configured),
		CLIENT_TEST(a_server_of_http_1_is_an_error_then),
		CLIENT_TEST(a_request_has_its_pseudo_fields),
		CLIENT_TEST(fields_of_a_connection_are_not_sent),
		CLIENT_TEST(host_becomes_the_authority),
		CLIENT_TEST(a_cookie_arrives_whole_or_in_crumbs),
		CLIENT_TEST(a_head_may_be_large),
		CLIENT_TEST(a_head_is_compressed),
		CLIENT_TEST(these_responses_are_received),
		CLIENT_TEST(fields_are_told),
		CLIENT_TEST(it_is_known_what_was_done),
		CLIENT_TEST(a_large_body_is_received),
		CLIENT_TEST(a_redirect_stays_on_the_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
