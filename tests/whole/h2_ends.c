/* SPDX-License-Identifier: MIT */
/*
 * How streams and connections end before their time: by the server's word, by the
 * program's, and by silence. What the server has not processed is sent again; everything
 * else ends once.
 */
#include "h2.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/hourglass.h"
#include "lib/tape.h"

/* A refused request is sent again so often. */
#define MOST_RETRIES 5

/* More than is kept of a body that cannot be read twice. */
#define LONG_BODY_BYTES 300000

static const struct h2_server_frame ping = {.type = NGHTTP2_PING,
					    .payload = {"12345678", 8}};

/* An answer of RST_STREAM for the first count requests. */
struct resets {
	uint32_t code;	/* of it */
	unsigned count; /* how many */
	unsigned seen;	/* requests so far */
};

static void reset_some(void *owner, const struct h2_server_request *request,
		       struct h2_server_reply *reply)
{
	struct resets *resets = owner;

	if (request->stream == 0 || resets->seen++ >= resets->count)
		return;
	reply->status = 0;
	reply->is_reset = true;
	reply->reset_code = resets->code;
}

/* ---- REFUSED_STREAM ---- */

static void a_refused_request_is_sent_again(void **state)
{
	static const char *const methods[] = {"GET", "POST", "PATCH", "DELETE"};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(methods); i++) {
		struct resets resets = {.code = NGHTTP2_REFUSED_STREAM, .count = 2};
		struct h2_server *server =
			H2_START(.answer = reset_some, .owner = &resets);

		client_finish(h2_send(server, methods[i], "/a"), 200, "/a");
		assert_int_equal(h2_server_count(server).requests, 3);
		h2_server_end(server);
	}
}

static void but_not_for_ever(void **state)
{
	struct resets resets = {.code = NGHTTP2_REFUSED_STREAM, .count = 1000};
	struct h2_server *server = H2_START(.answer = reset_some, .owner = &resets);

	(void)state;
	client_fail(h2_send(server, "GET", "/a"), INET_E_DOWNLOAD_FAILURE);
	assert_int_equal(h2_server_count(server).requests, MOST_RETRIES + 1);
	h2_server_end(server);
}

struct body_case {
	bool is_sequential; /* it cannot be read twice */
	uint64_t bytes;	    /* of the body */
	HRESULT error;	    /* or S_OK */
};

static const struct body_case bodies[] = {
	{false, 5, S_OK},
	{false, LONG_BODY_BYTES, S_OK},
	{true, 5, S_OK},
	{true, LONG_BODY_BYTES, STG_E_SEEKERROR},
};

/* A POST of a body to a server that wants it twice. */
static void post_again(struct h2_server *server, const struct body_case *c)
{
	struct tape *tape = tape_new(NULL, c->bytes);
	struct client *client = h2_open(server, "POST", "/a");

	tape->is_sequential = c->is_sequential;
	tape_be_body(tape, client);
	client_send(client);
	if (c->error)
		client_fail(client, c->error);
	else
		client_finish(client, 200, "/a");
	tape_end(tape);
}

static void its_body_is_sent_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(bodies); i++) {
		struct resets resets = {.code = NGHTTP2_REFUSED_STREAM, .count = 1};
		struct h2_server *server =
			H2_START(.answer = reset_some, .owner = &resets);
		struct h2_server_request request;

		post_again(server, &bodies[i]);
		if (!bodies[i].error) {
			h2_server_request(server, 0, 3, &request);
			assert_int_equal(request.body_bytes, bodies[i].bytes);
			assert_true(request.is_pattern);
		}
		h2_server_end(server);
	}
}

/* ---- other codes ---- */

static void other_codes_are_errors(void **state)
{
	static const uint32_t codes[] = {
		NGHTTP2_NO_ERROR,	   NGHTTP2_PROTOCOL_ERROR,
		NGHTTP2_INTERNAL_ERROR,	   NGHTTP2_CANCEL,
		NGHTTP2_ENHANCE_YOUR_CALM, NGHTTP2_INADEQUATE_SECURITY,
		NGHTTP2_STREAM_CLOSED,	   12345,
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(codes); i++) {
		struct resets resets = {.code = codes[i], .count = 1};
		struct h2_server *server =
			H2_START(.answer = reset_some, .owner = &resets);

		client_fail(h2_send(server, "GET", "/a"), INET_E_DOWNLOAD_FAILURE);
		assert_int_equal(h2_server_count(server).requests, 1);
		/* Only the stream is lost. */
		h2_get(server, "/b");
		assert_int_equal(h2_connections(server), 1);
		h2_server_end(server);
	}
}

/* The connection may have served before: it is not dead for that. */
static void reset_the_second(void *owner, const struct h2_server_request *request,
			     struct h2_server_reply *reply)
{
	(void)owner;
	if (request->number != 1)
		return;
	reply->status = 0;
	reply->is_reset = true;
	reply->reset_code = NGHTTP2_INTERNAL_ERROR;
}

static void also_on_a_kept_connection(void **state)
{
	struct h2_server *server = H2_START(.answer = reset_the_second);

	(void)state;
	h2_get(server, "/a");
	client_fail(h2_send(server, "GET", "/b"), INET_E_DOWNLOAD_FAILURE);
	h2_get(server, "/c");
	assert_int_equal(h2_server_count(server).requests, 3);
	assert_int_equal(h2_connections(server), 1);
	h2_server_end(server);
}

static void a_reset_within_a_response_is_an_error(void **state)
{
	static const uint32_t codes[] = {NGHTTP2_REFUSED_STREAM, NGHTTP2_NO_ERROR,
					 NGHTTP2_INTERNAL_ERROR,
					 NGHTTP2_HTTP_1_1_REQUIRED};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(codes); i++) {
		const struct h2_server_reply reply = {.status = 200,
						      .fields = "",
						      .body = {"hello", 5},
						      .is_cut = true,
						      .is_reset = true,
						      .reset_code = codes[i]};
		struct h2_server *server = H2_START(.answer = h2_answer_so,
						    .owner = (void *)(uintptr_t)&reply);

		client_fail(h2_send(server, "GET", "/"), INET_E_DOWNLOAD_FAILURE);
		assert_int_equal(h2_server_count(server).requests, 1);
		h2_server_end(server);
	}
}

/* ---- HTTP_1_1_REQUIRED ---- */

static void a_server_may_want_http_1_1(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct resets resets = {.code = NGHTTP2_HTTP_1_1_REQUIRED, .count = 1};
		struct h2_server *server =
			H2_START(.certificate = "good", .answer = reset_some,
				 .owner = &resets);
		struct h2_server_visit visit;

		post_again(server, &bodies[i]);
		if (!bodies[i].error) {
			h2_server_visit(server, 1, &visit);
			assert_string_equal(visit.offered, "http/1.1");
			assert_int_equal(visit.version, 11);
		}
		h2_server_end(server);
	}
}

static void say_goaway_for_http_1_1(void *owner, const struct h2_server_request *request,
				    struct h2_server_reply *reply)
{
	struct h2_server **server = owner;

	if (request->stream == 0)
		return;
	reply->status = 0;
	h2_server_say_goaway(*server, request->connection, 0, NGHTTP2_HTTP_1_1_REQUIRED);
	h2_server_close(*server, request->connection);
}

static void a_server_may_want_http_1_1_by_goaway(void **state)
{
	struct h2_server *server = NULL;
	struct h2_server_visit visit;

	(void)state;
	server = H2_START(.certificate = "good", .answer = say_goaway_for_http_1_1,
			  .owner = &server);
	client_finish(h2_send(server, "POST", "/a"), 200, "/a");
	h2_server_visit(server, 1, &visit);
	assert_string_equal(visit.offered, "http/1.1");
	h2_server_end(server);
}

/* It cannot be had where nothing but HTTP/2 is allowed. */
static void but_not_where_http_2_alone_is_spoken(void **state)
{
	static const char *const certificates[] = {NULL, "good"};

	(void)state;
	for (unsigned i = 0; i < TEST_COUNT(certificates); i++) {
		struct resets resets = {.code = NGHTTP2_HTTP_1_1_REQUIRED, .count = 9};
		struct h2_server *server =
			H2_START(.certificate = certificates[i], .answer = reset_some,
				 .owner = &resets);

		assert_int_equal(ixhr2_configure(IXHR2_OPTION_PROTOCOL, "http2"), S_OK);
		client_fail(h2_send(server, "GET", "/a"), INET_E_DOWNLOAD_FAILURE);
		assert_int_equal(h2_server_count(server).requests, 1);
		h2_server_end(server);
	}
}

/* ---- GOAWAY ---- */

static void answer_held(void *owner, const struct h2_server_request *request,
			struct h2_server_reply *reply)
{
	(void)owner;
	reply->is_held =
		strncmp(request->path, "/held", 5) == 0 && request->connection == 0;
}

/* Streams 1, 3 and 5, of which the server has processed the first. */
static void what_goaway_names_not_is_sent_again(void **state)
{
	static const char *const methods[] = {"GET", "POST"};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(methods); i++) {
		struct h2_server *server = H2_START(.answer = answer_held);
		struct client *clients[3];

		for (unsigned n = 0; n < 3; n++) {
			clients[n] = h2_send(server, methods[i], "/held");
			h2_server_await(server, H2_SERVER_REQUESTS, n + 1);
		}
		h2_server_say_goaway(server, 0, 1, NGHTTP2_NO_ERROR);
		client_finish(clients[1], 200, "/held");
		client_finish(clients[2], 200, "/held");
		h2_get(server, "/new");
		assert_int_equal(h2_connections(server), 2);
		h2_server_release(server);
		client_finish(clients[0], 200, "/held");
		/* Nobody needs the old connection any more. */
		h2_server_await(server, H2_SERVER_OVER, 1);
		h2_server_end(server);
	}
}

/* First the largest number, then the one that counts (RFC 9113 6.8). */
static void goaway_may_come_twice(void **state)
{
	struct h2_server *server = H2_START(.answer = answer_held);
	struct client *clients[2];

	(void)state;
	for (unsigned n = 0; n < 2; n++) {
		clients[n] = h2_send(server, "GET", "/held");
		h2_server_await(server, H2_SERVER_REQUESTS, n + 1);
	}
	h2_server_say_goaway(server, 0, 0x7FFFFFFF, NGHTTP2_NO_ERROR);
	/* Its answer tells that the client has seen both. */
	h2_server_say_frame(server, 0, &ping);
	h2_server_await(server, H2_SERVER_PING_ACKS, 1);
	h2_get(server, "/new");
	assert_int_equal(h2_connections(server), 2);
	h2_server_say_goaway(server, 0, 1, NGHTTP2_NO_ERROR);
	client_finish(clients[1], 200, "/held");
	h2_server_release(server);
	client_finish(clients[0], 200, "/held");
	h2_server_end(server);
}

static void goaway_on_an_idle_connection(void **state)
{
	struct h2_server *server = H2_START(.owner = NULL);

	(void)state;
	h2_get(server, "/a");
	h2_server_say_goaway(server, 0, 1, NGHTTP2_NO_ERROR);
	h2_server_await(server, H2_SERVER_OVER, 1);
	client_finish(h2_send(server, "POST", "/b"), 200, "/b");
	assert_int_equal(h2_connections(server), 2);
	h2_server_end(server);
}

/* Whatever its code is: what it does not name was not processed. */
static void goaway_for_an_error(void **state)
{
	static const uint32_t codes[] = {NGHTTP2_ENHANCE_YOUR_CALM,
					 NGHTTP2_PROTOCOL_ERROR, NGHTTP2_INTERNAL_ERROR};

	(void)state;
	for (unsigned i = 0; i < TEST_COUNT(codes); i++) {
		struct h2_server *server = H2_START(.answer = answer_held);
		struct client *clients[2];

		for (unsigned n = 0; n < 2; n++) {
			clients[n] = h2_send(server, "POST", "/held");
			h2_server_await(server, H2_SERVER_REQUESTS, n + 1);
		}
		h2_server_say_goaway(server, 0, 1, codes[i]);
		h2_server_close(server, 0);
		client_fail(clients[0], INET_E_DOWNLOAD_FAILURE);
		client_finish(clients[1], 200, "/held");
		h2_server_end(server);
	}
}

/* A server that takes leave at once, whatever comes, is not asked for ever. */
static void say_goaway(void *owner, const struct h2_server_request *request,
		       struct h2_server_reply *reply)
{
	struct h2_server **server = owner;

	reply->status = 0;
	h2_server_say_goaway(*server, request->connection, 0, NGHTTP2_NO_ERROR);
	h2_server_close(*server, request->connection);
}

static void goaway_for_ever_is_an_error(void **state)
{
	struct h2_server *server = NULL;

	(void)state;
	server = H2_START(.answer = say_goaway, .owner = &server);
	client_fail(h2_send(server, "GET", "/a"), INET_E_DOWNLOAD_FAILURE);
	assert_in_range(h2_connections(server), 1, MOST_RETRIES + 1);
	h2_server_end(server);
}

/* ---- a connection that is lost ---- */

#define LOST 50

/* Every request ends once: those that cannot be sent again, by an error. */
static void a_lost_connection_ends_every_request_once(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 4; round++) {
		struct h2_server *server = H2_START(.answer = answer_held);
		struct client *clients[LOST];

		for (unsigned i = 0; i < LOST; i++)
			clients[i] = h2_send(server, i % 2 ? "GET" : "POST", "/held");
		h2_server_await(server, H2_SERVER_REQUESTS, LOST);
		if (round % 2)
			h2_server_close(server, 0);
		else
			h2_server_reset(server, 0);
		for (unsigned i = 0; i < LOST; i++) {
			client_wait(clients[i]);
			if (clients[i]->error == S_OK && i % 2)
				client_expect(clients[i], 200, "/held");
			else
				client_expect_error(clients[i], INET_E_DOWNLOAD_FAILURE);
			client_end(clients[i]);
		}
		h2_server_end(server);
	}
}

/* As with HTTP/1.1: the connection has served, so it may have been dead before. */
static void on_a_kept_connection_what_is_safe_is_sent_again(void **state)
{
	static const struct {
		const char *method; /* of the request */
		bool is_retried;    /* RFC 9110 9.2.2 */
	} cases[] = {{"GET", true},    {"HEAD", true},	{"PUT", true},
		     {"DELETE", true}, {"POST", false}, {"PATCH", false}};

	(void)state;
	for (unsigned i = 0; i < TEST_COUNT(cases); i++) {
		struct h2_server *server = H2_START(.answer = answer_held);
		struct client *client;

		h2_get(server, "/");
		client = h2_send(server, cases[i].method, "/held");
		h2_server_await(server, H2_SERVER_REQUESTS, 2);
		h2_server_reset(server, 0);
		if (cases[i].is_retried)
			client_finish(client, 200, i == 1 ? "" : "/held");
		else
			client_fail(client, INET_E_DOWNLOAD_FAILURE);
		h2_server_end(server);
	}
}

static void an_idle_connection_that_is_closed_is_not_used(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct h2_server *server = H2_START(.owner = NULL);

		h2_get(server, "/a");
		if (i)
			h2_server_close(server, 0);
		else
			h2_server_reset(server, 0);
		h2_server_await(server, H2_SERVER_OVER, 1);
		usleep(100000);
		client_finish(h2_send(server, "POST", "/b"), 200, "/b");
		h2_server_end(server);
	}
}

static void the_end_of_the_connection_does_not_end_a_body(void **state)
{
	static const struct h2_server_reply reply = {.status = 200,
						     .fields = "",
						     .body = {"hello", 5},
						     .is_cut = true,
						     .closes = true};
	struct h2_server *server =
		H2_START(.answer = h2_answer_so, .owner = (void *)(uintptr_t)&reply);

	(void)state;
	client_fail(h2_send(server, "GET", "/"), INET_E_DOWNLOAD_FAILURE);
	h2_server_end(server);
}

/* ---- silence ---- */

static void a_ping_is_answered(void **state)
{
	struct h2_server *server = H2_START(.answer = answer_held);
	struct client *client = h2_send(server, "GET", "/held");

	(void)state;
	h2_server_await(server, H2_SERVER_REQUESTS, 1);
	h2_server_say_frame(server, 0, &ping);
	h2_server_await(server, H2_SERVER_PING_ACKS, 1);
	h2_server_release(server);
	client_finish(client, 200, "/held");
	/* Idle, too. */
	h2_server_say_frame(server, 0, &ping);
	h2_server_await(server, H2_SERVER_PING_ACKS, 2);
	h2_server_end(server);
}

/* What the client is told, and a little longer than that. */
#define PING_MS	  "50"
#define SILENT_MS 60

static void lead_with_ping(struct h2_server *server, const char *ping_ms)
{
	h2_server_lead(server);
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_PING_MS, ping_ms), S_OK);
}

/* Times after which the client must have asked. */
#define MAX_SILENCES 1000

/* Makes the server silent again and again, until it was asked so often. When the first
 * request behind a silence ends, the client has looked at the clock; behind the second,
 * what the server answers has come. */
static void be_silent(struct h2_server *server, unsigned times)
{
	struct h2_server_visit visit;
	unsigned tries = 0;

	do {
		hourglass_step(SILENT_MS);
		h2_get(server, "/");
		h2_get(server, "/");
		h2_server_visit(server, 0, &visit);
		assert_true(++tries < MAX_SILENCES);
	} while (visit.frames[NGHTTP2_PING] - visit.ping_acks < times);
}

static void a_silent_server_is_asked_whether_it_lives(void **state)
{
	struct h2_server *server = H2_START(.answer = answer_held);
	struct client *client;

	(void)state;
	lead_with_ping(server, PING_MS);
	hourglass_stop();
	client = h2_send(server, "GET", "/held");
	h2_server_await(server, H2_SERVER_REQUESTS, 1);
	be_silent(server, 3);
	hourglass_run();
	h2_server_release(server);
	client_finish(client, 200, "/held");
	assert_int_equal(h2_connections(server), 1);
	h2_server_end(server);
}

static void a_dead_connection_is_found(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct h2_server *server =
			H2_START(.certificate = i ? "good" : NULL, .answer = answer_held,
				 .ignores_pings = true);
		struct client *clients[3];

		lead_with_ping(server, "100");
		for (unsigned n = 0; n < 3; n++)
			clients[n] = h2_send(server, "POST", "/held");
		for (unsigned n = 0; n < 3; n++) {
			client_wait(clients[n]);
			print_message("  OnError(0x%08X)\n", (unsigned)clients[n]->error);
			assert_true(clients[n]->error == INET_E_DOWNLOAD_FAILURE ||
				    clients[n]->error == INET_E_CONNECTION_TIMEOUT);
			client_end(clients[n]);
		}
		h2_server_end(server);
	}
}

static void answer_large(void *owner, const struct h2_server_request *request,
			 struct h2_server_reply *reply)
{
	(void)owner;
	if (strcmp(request->path, "/large") != 0)
		return;
	reply->body = SPAN("");
	reply->pattern_bytes = 5000000;
}

/* The program holds the server back: the silence is ours, and takes no time from us. */
static void a_program_that_reads_slowly_is_no_dead_connection(void **state)
{
	struct h2_server *server = H2_START(.answer = answer_large);
	struct client *client;

	(void)state;
	lead_with_ping(server, PING_MS);
	client = h2_open(server, "GET", "/large");
	client->expects_pattern = true;
	client->on[CLIENT_DATA] = client_do_block;
	client_property(client, XHR_PROP_TIMEOUT, 200);
	hourglass_stop();
	client_send(client);
	client_await_block(client);
	be_silent(server, 6);
	client_go(client);
	client_wait(client);
	hourglass_run();
	client_expect(client, 200, NULL);
	assert_int_equal(client->pattern_len, 5000000);
	client_end(client);
	h2_server_end(server);
}

/* ---- the program ---- */

static void what_is_aborted_is_reset(void **state)
{
	struct h2_server *server = H2_START(.answer = answer_held);
	struct client *client = h2_send(server, "GET", "/held");
	struct h2_server_request request;

	(void)state;
	h2_server_await(server, H2_SERVER_REQUESTS, 1);
	client_do_abort(client);
	client_fail(client, E_ABORT);
	h2_server_await(server, H2_SERVER_RESETS, 1);
	h2_server_request(server, 0, 1, &request);
	assert_int_equal(request.reset_code, NGHTTP2_CANCEL);
	h2_get(server, "/b");
	assert_int_equal(h2_connections(server), 1);
	h2_server_end(server);
}

static void answer_all_there_is(void *owner, const struct h2_server_request *request,
				struct h2_server_reply *reply)
{
	(void)owner;
	(void)request;
	reply->interims = 1;
	reply->fields = "x-a: b\n";
	reply->trailers = "x-t: 1\n";
	reply->frame_bytes = 1;
}

static void abort_in_every_callback(void **state)
{
	static const enum client_event events[] = {CLIENT_HEADERS, CLIENT_DATA,
						   CLIENT_RECEIVED, CLIENT_ERROR,
						   CLIENT_CERTIFICATE};
	struct h2_server *server =
		H2_START(.certificate = "good", .answer = answer_all_there_is);

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(events); i++) {
		struct client *client = h2_open(server, "GET", "/hello");

		client->on[events[i]] = client_do_abort;
		client_send(client);
		client_wait(client);
		assert_true(client->error == E_ABORT || client->error == S_OK);
		client_end(client);
	}
	h2_get(server, "/b");
	assert_int_equal(h2_connections(server), 1);
	h2_server_end(server);
}

/* After the request's times, and with no stream open, the connection waits silently. */
static void a_timeout_ends_its_request_alone(void **state)
{
	struct h2_server *server = H2_START(.answer = answer_held);
	struct client *patient = h2_send(server, "GET", "/held");
	struct client *client = h2_open(server, "GET", "/held");

	(void)state;
	client_property(client, XHR_PROP_TIMEOUT, 80);
	hourglass_stop();
	client_send(client);
	h2_server_await(server, H2_SERVER_REQUESTS, 2);
	hourglass_run();
	client_fail(client, INET_E_CONNECTION_TIMEOUT);
	h2_server_await(server, H2_SERVER_RESETS, 1);
	h2_server_release(server);
	client_finish(patient, 200, "/held");
	assert_int_equal(h2_connections(server), 1);
	h2_server_end(server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(a_refused_request_is_sent_again),
		CLIENT_TEST(but_not_for_ever),
		CLIENT_TEST(its_body_is_sent_again),
		CLIENT_TEST(other_codes_are_errors),
		CLIENT_TEST(also_on_a_kept_connection),
		CLIENT_TEST(a_reset_within_a_response_is_an_error),
		CLIENT_TEST(a_server_may_want_http_1_1),
		CLIENT_TEST(a_server_may_want_http_1_1_by_goaway),
		CLIENT_TEST(but_not_where_http_2_alone_is_spoken),
		CLIENT_TEST(what_goaway_names_not_is_sent_again),
		CLIENT_TEST(goaway_may_come_twice),
		CLIENT_TEST(goaway_on_an_idle_connection),
		CLIENT_TEST(goaway_for_an_error),
		CLIENT_TEST(goaway_for_ever_is_an_error),
		CLIENT_TEST(a_lost_connection_ends_every_request_once),
		CLIENT_TEST(on_a_kept_connection_what_is_safe_is_sent_again),
		CLIENT_TEST(an_idle_connection_that_is_closed_is_not_used),
		CLIENT_TEST(the_end_of_the_connection_does_not_end_a_body),
		CLIENT_TEST(a_ping_is_answered),
		CLIENT_TEST(a_silent_server_is_asked_whether_it_lives),
		CLIENT_TEST(a_dead_connection_is_found),
		CLIENT_TEST(a_program_that_reads_slowly_is_no_dead_connection),
		CLIENT_TEST(what_is_aborted_is_reset),
		CLIENT_TEST(abort_in_every_callback),
		CLIENT_TEST(a_timeout_ends_its_request_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
