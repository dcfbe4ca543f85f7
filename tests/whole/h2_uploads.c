/* SPDX-License-Identifier: MIT */
/* Bodies of requests: through small windows and large ones, with and without a length,
 * and responses that do not wait for them. */
#include "h2.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/hourglass.h"
#include "lib/tape.h"

#define LARGE_BYTES (20u * 1024 * 1024)

struct upload_case {
	uint32_t window; /* the server's INITIAL_WINDOW_SIZE */
	uint64_t bytes;	 /* of the body */
	bool has_length; /* it is known */
	ULONG most;	 /* bytes of each Read; 0: what is asked */
};

static void expect_length(struct h2_server *server, const struct upload_case *c)
{
	struct h2_server_request request;
	const char *length;
	char text[32];

	h2_server_request(server, 0, 1, &request);
	length = h2_server_field(request.head, "content-length");
	snprintf(text, sizeof(text), "%llu", (unsigned long long)c->bytes);
	if (c->has_length)
		assert_string_equal(length, text);
	else
		assert_null(length);
	assert_null(h2_server_field(request.head, "transfer-encoding"));
	assert_int_equal(request.body_bytes, c->bytes);
	assert_true(request.is_pattern);
}

static void bodies_arrive_through_any_window(void **state)
{
	static const struct upload_case cases[] = {
		{65535, 5, true, 0},
		{65535, 5, false, 0},
		{65535, 0, true, 0},
		{65535, 0, false, 0},
		{65535, LARGE_BYTES, true, 0},
		{65535, LARGE_BYTES, false, 0},
		{1, 300, true, 0},
		{1, 300, false, 7},
		{100, 20000, true, 0},
		{16384, 100000, false, 1000},
		{10, 50000, true, 0},
		{10, 10, true, 0},
		{10, 10, false, 0},
		{0x7FFFFFFF, LARGE_BYTES, true, 0},
	};
	static const char *const certificates[] = {NULL, "good"};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases) * 2; i++) {
		const struct upload_case *c = &cases[i / 2];
		struct h2_server *server =
			H2_START(.certificate = certificates[i % 2],
				 .settings = {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE,
					       c->window}},
				 .setting_count = 1);
		struct tape *tape = tape_new(NULL, c->bytes);
		struct client *client = h2_open(server, "PUT", "/up");

		tape->most = c->most;
		tape_be_body(tape, client);
		if (!c->has_length)
			client->body_length = IXHR2_LENGTH_UNKNOWN;
		client_send(client);
		client_finish(client, 200, "/up");
		expect_length(server, c);
		tape_end(tape);
		h2_server_end(server);
	}
}

/* The peer gives windows only when the test says so, and takes them away again. */
static void windows_may_change_while_a_body_goes_out(void **state)
{
	struct h2_server *server =
		H2_START(.keeps_windows = true,
			 .settings = {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 0}},
			 .setting_count = 1);
	struct tape *tape = tape_new(NULL, 30000);
	struct client *client = h2_open(server, "PUT", "/up");

	(void)state;
	h2_get(server, "/");
	tape_be_body(tape, client);
	client_send(client);
	h2_server_await(server, H2_SERVER_REQUESTS, 2);
	usleep(20000);
	h2_server_say_setting(server, 0, NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 10000);
	h2_server_await(server, H2_SERVER_DATA_BYTES, 10000);
	/* 10,000 are gone, so there are -9,000 now. */
	h2_server_say_setting(server, 0, NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1000);
	h2_server_await(server, H2_SERVER_SETTINGS_ACKS, 3);
	usleep(20000);
	h2_server_say_setting(server, 0, NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 30000);
	client_finish(client, 200, "/up");
	tape_end(tape);
	h2_server_end(server);
}

/* One body waits for its window, others go on; the connection's own is never short. */
static void an_upload_that_waits_holds_nobody_back(void **state)
{
	struct h2_server *server =
		H2_START(.settings = {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 0}},
			 .setting_count = 1);
	struct tape *tape = tape_new(NULL, 30000);
	struct client *client;

	(void)state;
	h2_get(server, "/");
	client = h2_open(server, "PUT", "/up");
	tape_be_body(tape, client);
	client_send(client);
	h2_server_await(server, H2_SERVER_REQUESTS, 2);
	for (unsigned i = 0; i < 20; i++)
		h2_get(server, "/");
	assert_int_equal(h2_connections(server), 1);
	h2_server_say_setting(server, 0, NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 65535);
	client_finish(client, 200, "/up");
	tape_end(tape);
	h2_server_end(server);
}

/* Twenty bodies share the connection's window. */
static void many_uploads_at_once_arrive(void **state)
{
	struct h2_server *server = H2_START(.certificate = "good");
	struct tape *tapes[20];
	struct client *clients[20];

	(void)state;
	h2_get(server, "/");
	for (unsigned i = 0; i < 20; i++) {
		tapes[i] = tape_new(NULL, 500000);
		clients[i] = h2_open(server, "POST", "/up");
		tape_be_body(tapes[i], clients[i]);
		if (i % 2)
			clients[i]->body_length = IXHR2_LENGTH_UNKNOWN;
		client_send(clients[i]);
	}
	for (unsigned i = 0; i < 20; i++) {
		struct h2_server_request request;

		client_finish(clients[i], 200, "/up");
		h2_server_request(server, 0, 2 * i + 3, &request);
		assert_int_equal(request.body_bytes, 500000);
		assert_true(request.is_pattern);
		tape_end(tapes[i]);
	}
	assert_int_equal(h2_connections(server), 1);
	h2_server_end(server);
}

/* ---- a response that does not wait ---- */

struct early_case {
	const char *name;	      /* of the case */
	struct h2_server_reply reply; /* at the head of the request */
	uint32_t window;	      /* the server's for the body */
};

static const struct early_case early[] = {
	{"an end", {.status = 413, .fields = "", .body = {"too large", 9}}, 65535},
	{"an end, then NO_ERROR",
	 {.status = 413,
	  .fields = "",
	  .body = {"too large", 9},
	  .is_reset = true,
	  .reset_code = NGHTTP2_NO_ERROR},
	 65535},
	{"an end without a window",
	 {.status = 413, .fields = "", .body = {"too large", 9}},
	 0},
	{"NO_ERROR without a window",
	 {.status = 413,
	  .fields = "",
	  .body = {"too large", 9},
	  .is_reset = true,
	  .reset_code = NGHTTP2_NO_ERROR},
	 0},
};

static void a_response_may_come_before_the_body_has_gone(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(early) * 2; i++) {
		const struct early_case *c = &early[i / 2];
		struct h2_server *server =
			H2_START(.answer = h2_answer_so,
				 .owner = (void *)(uintptr_t)&c->reply,
				 .answers_heads = true, .keeps_windows = true,
				 .settings = {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE,
					       c->window}},
				 .setting_count = 1);
		struct tape *tape = tape_new(NULL, LARGE_BYTES);
		struct client *client = h2_open(server, "POST", "/up");

		print_message("  %s\n", c->name);
		tape_be_body(tape, client);
		if (i % 2)
			client->body_length = IXHR2_LENGTH_UNKNOWN;
		client_send(client);
		client_finish(client, 413, "too large");
		assert_true(tape->at < LARGE_BYTES);
		tape_end(tape);
		/* The connection goes on. */
		client_finish(h2_send(server, "GET", "/"), 413, "too large");
		assert_int_equal(h2_connections(server), 1);
		h2_server_end(server);
	}
}

/* The response goes on while the body does: nobody waits for the other. */
static void both_bodies_may_flow_at_once(void **state)
{
	static const struct h2_server_reply reply = {
		.status = 200, .fields = "", .pattern_bytes = LARGE_BYTES};
	struct h2_server *server =
		H2_START(.answer = h2_answer_so, .owner = (void *)(uintptr_t)&reply,
			 .answers_heads = true);
	struct tape *tape = tape_new(NULL, 5000000);
	struct client *client = h2_open(server, "POST", "/both");

	(void)state;
	client->expects_pattern = true;
	tape_be_body(tape, client);
	client_send(client);
	client_wait(client);
	client_expect(client, 200, NULL);
	assert_int_equal(client->pattern_len, LARGE_BYTES);
	client_end(client);
	tape_end(tape);
	h2_server_end(server);
}

/* ---- bodies that break ---- */

static void a_body_that_fails_resets_its_stream(void **state)
{
	static const struct tape_answer answers[] = {{1000, S_OK}, {0, E_FAIL}};
	struct h2_server *server = H2_START(.owner = NULL);
	struct tape *tape = tape_new(NULL, 5000);
	struct client *client = h2_open(server, "POST", "/up");
	struct h2_server_request request;

	(void)state;
	tape_be_body(tape, client);
	tape->answers = answers;
	tape->answer_count = TEST_COUNT(answers);
	client_send(client);
	client_fail(client, E_FAIL);
	h2_server_await(server, H2_SERVER_RESETS, 1);
	h2_server_request(server, 0, 1, &request);
	assert_false(request.is_whole);
	h2_get(server, "/");
	assert_int_equal(h2_connections(server), 1);
	tape_end(tape);
	h2_server_end(server);
}

static void a_body_that_ends_early_resets_its_stream(void **state)
{
	struct h2_server *server = H2_START(.owner = NULL);
	struct tape *tape = tape_new("hello", 0);
	struct client *client = h2_open(server, "POST", "/up");

	(void)state;
	tape_be_body(tape, client);
	client->body_length = 10;
	client_send(client);
	client_fail(client, STG_E_READFAULT);
	h2_server_await(server, H2_SERVER_RESETS, 1);
	h2_get(server, "/");
	assert_int_equal(h2_connections(server), 1);
	tape_end(tape);
	h2_server_end(server);
}

static void an_upload_may_be_aborted(void **state)
{
	struct h2_server *server = H2_START(.keeps_windows = true);
	struct tape *tape = tape_new(NULL, LARGE_BYTES);
	struct client *client = h2_open(server, "POST", "/up");
	struct h2_server_request request;

	(void)state;
	tape_be_body(tape, client);
	client_send(client);
	h2_server_await(server, H2_SERVER_DATA_BYTES, 65535);
	client_do_abort(client);
	client_fail(client, E_ABORT);
	h2_server_await(server, H2_SERVER_RESETS, 1);
	h2_server_request(server, 0, 1, &request);
	assert_int_equal(request.reset_code, NGHTTP2_CANCEL);
	tape_end(tape);
	h2_server_end(server);
}

/* The peer gives no window: that is a wait like any other. */
static void a_timeout_ends_an_upload_that_waits(void **state)
{
	struct h2_server *server = H2_START(.keeps_windows = true);
	struct tape *tape = tape_new(NULL, LARGE_BYTES);
	struct client *client = h2_open(server, "POST", "/up");

	(void)state;
	tape_be_body(tape, client);
	client_property(client, XHR_PROP_TIMEOUT, 80);
	hourglass_stop();
	client_send(client);
	h2_server_await(server, H2_SERVER_DATA_BYTES, 65535);
	hourglass_run();
	client_fail(client, INET_E_CONNECTION_TIMEOUT);
	h2_server_await(server, H2_SERVER_RESETS, 1);
	h2_get(server, "/");
	assert_int_equal(h2_connections(server), 1);
	tape_end(tape);
	h2_server_end(server);
}

static void say_continue(void *owner, const struct h2_server_request *request,
			 struct h2_server_reply *reply)
{
	struct h2_server **server = owner;

	if (h2_server_field(request->head, "expect"))
		h2_server_say_head(*server, request->connection, request->stream, 0,
				   ":status: 100\n");
	reply->status = 0;
}

/* 100 is told by the server's frame, the rest by the test. */
static void a_body_may_wait_for_100(void **state)
{
	struct h2_server *server = NULL;
	struct tape *tape = tape_new("hello", 0);
	const struct h2_server_reply reply = {
		.status = 200, .fields = "", .body = {"thanks", 6}};
	struct client *client;

	(void)state;
	server =
		H2_START(.answer = say_continue, .owner = &server, .answers_heads = true);
	client = h2_open(server, "POST", "/up");
	tape_be_body(tape, client);
	client_header(client, "Expect", "100-continue");
	client_send(client);
	h2_server_await(server, H2_SERVER_WHOLE, 1);
	h2_server_reply(server, 0, 1, &reply);
	client_finish(client, 200, "thanks");
	tape_end(tape);
	h2_server_end(server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(bodies_arrive_through_any_window),
		CLIENT_TEST(windows_may_change_while_a_body_goes_out),
		CLIENT_TEST(an_upload_that_waits_holds_nobody_back),
		CLIENT_TEST(many_uploads_at_once_arrive),
		CLIENT_TEST(a_response_may_come_before_the_body_has_gone),
		CLIENT_TEST(both_bodies_may_flow_at_once),
		CLIENT_TEST(a_body_that_fails_resets_its_stream),
		CLIENT_TEST(a_body_that_ends_early_resets_its_stream),
		CLIENT_TEST(an_upload_may_be_aborted),
		CLIENT_TEST(a_timeout_ends_an_upload_that_waits),
		CLIENT_TEST(a_body_may_wait_for_100),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
