/* SPDX-License-Identifier: MIT */
/*
 * What a server must not send: each ends in OnError, costs the stream or the connection
 * that it is the fault of, and is told to the server. Floods end in ENHANCE_YOUR_CALM.
 */
#include "h2.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/h2_bytes.h"

/* ---- responses ---- */

/* A request whose server sends frames by hand. */
struct script {
	struct h2_server *server; /* whose */
	const char *heads[3];	  /* fields of HEADERS, one after the other */
	uint8_t flags[3];	  /* of them */
	struct span body;	  /* of DATA with END_STREAM behind them, or empty */
};

static void play(void *owner, const struct h2_server_request *request,
		 struct h2_server_reply *reply)
{
	const struct script *script = owner;
	struct h2_server_frame data = {.type = NGHTTP2_DATA,
				       .flags = NGHTTP2_FLAG_END_STREAM,
				       .stream = request->stream,
				       .payload = script->body};

	if (strcmp(request->path, "/") != 0)
		return;
	reply->status = 0;
	for (unsigned i = 0; i < 3 && script->heads[i]; i++)
		h2_server_say_head(script->server, request->connection, request->stream,
				   script->flags[i], script->heads[i]);
	if (script->body.len)
		h2_server_say_frame(script->server, request->connection, &data);
}

#define END NGHTTP2_FLAG_END_STREAM
#define OK  ":status: 200\n"

static const struct script wrong[] = {
	{.heads = {"x-a: b\n"}, .flags = {END}},
	{.heads = {":status: 200\n:status: 200\n"}, .flags = {END}},
	{.heads = {":status: abc\n"}, .flags = {END}},
	{.heads = {":status: 2000\n"}, .flags = {END}},
	{.heads = {":status: 20\n"}, .flags = {END}},
	{.heads = {":status:\n"}, .flags = {END}},
	{.heads = {OK ":path: /\n"}, .flags = {END}},
	{.heads = {OK ":unknown: a\n"}, .flags = {END}},
	{.heads = {"x-a: b\n" OK}, .flags = {END}},
	{.heads = {OK "X-Upper: a\n"}, .flags = {END}},
	{.heads = {OK "x-uppeR: a\n"}, .flags = {END}},
	{.heads = {OK "connection: close\n"}, .flags = {END}},
	{.heads = {OK "keep-alive: timeout=5\n"}, .flags = {END}},
	{.heads = {OK "proxy-connection: close\n"}, .flags = {END}},
	{.heads = {OK "transfer-encoding: chunked\n"}, .flags = {END}},
	{.heads = {OK "upgrade: h2c\n"}, .flags = {END}},
	{.heads = {OK "content-length: x\n"}, .flags = {END}},
	{.heads = {OK "content-length: -1\n"}, .flags = {END}},
	{.heads = {OK "content-length: 5\n"}, .flags = {END}},
	{.heads = {OK "content-length: 5\n"}, .body = {"four", 4}},
	{.heads = {OK "content-length: 3\n"}, .body = {"four", 4}},
	{.heads = {OK "content-length: 4\ncontent-length: 5\n"}, .body = {"four", 4}},
	{.heads = {":status: 101\n"}, .flags = {END}},
	{.heads = {":status: 103\n"}, .flags = {END}},
	{.heads = {":status: 101\n", OK}, .flags = {0, END}},
	{.heads = {OK, "x-t: a\n"}},
	{.heads = {OK, ":status: 200\n"}, .flags = {0, END}},
	{.heads = {OK, "X-T: a\n"}, .flags = {0, END}},
	{.heads = {OK, "connection: close\n"}, .flags = {0, END}},
	{.heads = {":status: 103\nX-A: b\n", OK}, .flags = {0, END}},
	{.heads = {NULL}, .body = {"no head", 7}},
	{.heads = {":status: 103\n"}, .body = {"no head", 7}},
};

static void these_responses_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(wrong); i++) {
		struct script script = wrong[i];
		struct h2_server *server = H2_START(.answer = play, .owner = &script);
		struct h2_server_visit visit;

		script.server = server;
		print_message("  %zu: %s\n", i, script.heads[0] ? script.heads[0] : "");
		client_fail(h2_send(server, "GET", "/"), INET_E_DOWNLOAD_FAILURE);
		/* Only the stream is lost, or the connection is by a word of leave. */
		h2_get(server, "/next");
		h2_server_visit(server, 0, &visit);
		assert_true(visit.resets == 1 || visit.has_goaway);
		h2_server_end(server);
	}
}

static void more_than_32_interims_are_too_many(void **state)
{
	static const struct h2_server_reply reply = {
		.status = 200, .fields = "", .interims = 33};
	struct h2_server *server =
		H2_START(.answer = h2_answer_so, .owner = (void *)(uintptr_t)&reply);

	(void)state;
	client_fail(h2_send(server, "GET", "/"), INET_E_DOWNLOAD_FAILURE);
	h2_server_end(server);
}

/* ---- heads that are too large ---- */

/* A text of count fields of bytes each; the caller's, from malloc. */
static char *many_fields(unsigned count, unsigned bytes)
{
	char *text = malloc((size_t)count * (bytes + 32) + 1), *at = text;

	if (!text)
		abort();
	*text = '\0';
	for (unsigned i = 0; i < count; i++) {
		at += sprintf(at, "x-%u: ", i);
		memset(at, 'a', bytes);
		at += bytes;
		*at++ = '\n';
		*at = '\0';
	}
	return text;
}

/* What the server was told, if it was told that it is too much. */
static bool is_calmed(struct h2_server *server)
{
	struct h2_server_request request;
	struct h2_server_visit visit;

	h2_server_visit(server, 0, &visit);
	h2_server_request(server, 0, 1, &request);
	return visit.goaway_code == NGHTTP2_ENHANCE_YOUR_CALM ||
	       request.reset_code == NGHTTP2_ENHANCE_YOUR_CALM;
}

static void heads_have_limits(void **state)
{
	static const struct {
		unsigned count, bytes; /* of fields */
		unsigned fragment;     /* bytes in a frame */
		bool is_in_trailers;   /* not in the head */
		bool is_refused;       /* it is too much */
	} cases[] = {
		{200, 1000, 16000, false, false}, {270, 1000, 16000, false, true},
		{990, 10, 16000, false, false},	  {1001, 1, 16000, false, true},
		{4, 60000, 16000, false, false},  {5, 60000, 16000, false, true},
		{20, 1000, 1000, false, false},	  {100, 100, 100, false, true},
		{200, 1000, 16000, true, false},  {270, 1000, 16000, true, true},
		{1001, 1, 16000, true, true},	  {100, 100, 100, true, true},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		char *fields = many_fields(cases[i].count, cases[i].bytes);
		struct h2_server_reply reply = {.status = 200,
						.fields = "",
						.body = {"body", 4},
						.fragment_bytes = cases[i].fragment};
		struct h2_server *server =
			H2_START(.answer = h2_answer_so, .owner = &reply);

		print_message("  %u fields of %u bytes\n", cases[i].count,
			      cases[i].bytes);
		if (cases[i].is_in_trailers)
			reply.trailers = fields;
		else
			reply.fields = fields;
		if (cases[i].is_refused)
			client_fail(h2_send(server, "GET", "/"), INET_E_DOWNLOAD_FAILURE);
		else
			client_finish(h2_send(server, "GET", "/"), 200, "body");
		session_reset();
		h2_server_await(server, H2_SERVER_OVER, 1);
		if (cases[i].is_refused)
			assert_true(is_calmed(server));
		h2_server_end(server);
		free(fields);
	}
}

/* ---- frames ---- */

struct frame_case {
	const char *name;		  /* of the case */
	struct h2_server_frame frames[2]; /* one, or two; a type of 255 is none */
};

#define FRAME(name, flag_bits, number, bytes)                                            \
	{                                                                                \
		.type = NGHTTP2_##name, .flags = flag_bits, .stream = number,            \
		.payload = {                                                             \
			bytes,                                                           \
			sizeof(bytes) - 1                                                \
		}                                                                        \
	}

#define NONE                                                                             \
	{                                                                                \
		.type = 255                                                              \
	}

static const struct frame_case frames[] = {
	{"DATA for no stream", {FRAME(DATA, 0, 0, "x"), NONE}},
	{"DATA for an idle stream", {FRAME(DATA, 0, 99, "x"), NONE}},
	{"DATA of padding alone that is too long",
	 {FRAME(DATA, NGHTTP2_FLAG_PADDED, 1, "\xFF"), NONE}},
	{"HEADERS for no stream", {FRAME(HEADERS, 4, 0, "\x88"), NONE}},
	{"HEADERS for an idle stream", {FRAME(HEADERS, 4, 99, "\x88"), NONE}},
	{"HEADERS for a stream of its own", {FRAME(HEADERS, 4, 2, "\x88"), NONE}},
	{"HEADERS that cannot be decoded", {FRAME(HEADERS, 4, 1, "\xFF\xFF\xFF"), NONE}},
	{"HEADERS with an index of 0", {FRAME(HEADERS, 4, 1, "\x80"), NONE}},
	{"HEADERS with a table that is too large",
	 {FRAME(HEADERS, 4, 1, "\x3F\xE1\xFF\xFF\x0F\x88"), NONE}},
	{"HEADERS that are cut off", {FRAME(HEADERS, 4, 1, "\x00\x05x"), NONE}},
	{"HEADERS of padding that is too long",
	 {FRAME(HEADERS, NGHTTP2_FLAG_PADDED | 4, 1, "\x09\x88"), NONE}},
	{"CONTINUATION alone", {FRAME(CONTINUATION, 4, 1, "\x88"), NONE}},
	{"something inside a head",
	 {FRAME(HEADERS, 0, 1, "\x88"), FRAME(PING, 0, 0, "12345678")}},
	{"CONTINUATION of another stream",
	 {FRAME(HEADERS, 0, 1, "\x88"), FRAME(CONTINUATION, 4, 3, "")}},
	{"PRIORITY of 4 bytes", {FRAME(PRIORITY, 0, 1, "1234"), NONE}},
	{"RST_STREAM of 3 bytes", {FRAME(RST_STREAM, 0, 1, "123"), NONE}},
	{"RST_STREAM for no stream", {FRAME(RST_STREAM, 0, 0, "\0\0\0\1"), NONE}},
	{"RST_STREAM for an idle stream", {FRAME(RST_STREAM, 0, 99, "\0\0\0\1"), NONE}},
	{"SETTINGS of 5 bytes", {FRAME(SETTINGS, 0, 0, "\0\1\0\0\0"), NONE}},
	{"SETTINGS for a stream", {FRAME(SETTINGS, 0, 1, "\0\1\0\0\0\0"), NONE}},
	{"SETTINGS that answer, with something",
	 {FRAME(SETTINGS, NGHTTP2_FLAG_ACK, 0, "\0\1\0\0\0\0"), NONE}},
	{"ENABLE_PUSH 2", {FRAME(SETTINGS, 0, 0, "\0\2\0\0\0\2"), NONE}},
	{"INITIAL_WINDOW_SIZE of 2^31", {FRAME(SETTINGS, 0, 0, "\0\4\x80\0\0\0"), NONE}},
	{"MAX_FRAME_SIZE of 16383", {FRAME(SETTINGS, 0, 0, "\0\5\0\0\x3F\xFF"), NONE}},
	{"MAX_FRAME_SIZE of 2^24", {FRAME(SETTINGS, 0, 0, "\0\5\1\0\0\0"), NONE}},
	{"PING of 7 bytes", {FRAME(PING, 0, 0, "1234567"), NONE}},
	{"PING for a stream", {FRAME(PING, 0, 1, "12345678"), NONE}},
	{"GOAWAY of 7 bytes", {FRAME(GOAWAY, 0, 0, "1234567"), NONE}},
	{"GOAWAY for a stream", {FRAME(GOAWAY, 0, 1, "\0\0\0\1\0\0\0\0"), NONE}},
	{"WINDOW_UPDATE of 3 bytes", {FRAME(WINDOW_UPDATE, 0, 0, "123"), NONE}},
	{"WINDOW_UPDATE of 0", {FRAME(WINDOW_UPDATE, 0, 0, "\0\0\0\0"), NONE}},
	{"WINDOW_UPDATE of 0 for a stream",
	 {FRAME(WINDOW_UPDATE, 0, 1, "\0\0\0\0"), NONE}},
	{"WINDOW_UPDATE beyond all windows",
	 {FRAME(WINDOW_UPDATE, 0, 0, "\x7F\xFF\xFF\xFF"), NONE}},
	{"WINDOW_UPDATE beyond a stream's window",
	 {FRAME(WINDOW_UPDATE, 0, 1, "\x7F\xFF\xFF\xFF"), NONE}},
	{"WINDOW_UPDATE for an idle stream",
	 {FRAME(WINDOW_UPDATE, 0, 99, "\0\0\0\1"), NONE}},
	{"PUSH_PROMISE", {FRAME(PUSH_PROMISE, 4, 1, "\0\0\0\2\x82\x84\x87"), NONE}},
	{"a frame that is too large",
	 {{.type = NGHTTP2_DATA, .stream = 1, .lie_bytes = 0xFFFFFF}, NONE}},
	{"an unknown frame that is too large",
	 {{.type = 200, .stream = 1, .lie_bytes = 0xFFFFFF}, NONE}},
};

static void these_frames_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(frames); i++) {
		struct h2_server *server = H2_START(.answer = h2_answer_nothing);
		struct client *client = h2_send(server, "GET", "/");
		struct h2_server_visit visit;

		print_message("  %s\n", frames[i].name);
		h2_server_await(server, H2_SERVER_REQUESTS, 1);
		for (unsigned n = 0; n < 2; n++)
			if (frames[i].frames[n].type != 255)
				h2_server_say_frame(server, 0, &frames[i].frames[n]);
		client_fail(client, INET_E_DOWNLOAD_FAILURE);
		session_reset();
		h2_server_await(server, H2_SERVER_OVER, 1);
		h2_server_visit(server, 0, &visit);
		assert_true(visit.resets == 1 ||
			    (visit.has_goaway && visit.goaway_code != NGHTTP2_NO_ERROR));
		h2_server_end(server);
	}
}

/* RFC 9113 4.1, 5.5 and 5.1: what is to be passed over. */
static void these_frames_are_passed_over(void **state)
{
	static const struct frame_case cases[] = {
		{"an unknown frame", {{.type = 200, .stream = 1}, NONE}},
		{"unknown flags", {FRAME(PING, 0xFE, 0, "12345678"), NONE}},
		{"an unknown setting", {FRAME(SETTINGS, 0, 0, "\xFF\xFE\1\2\3\4"), NONE}},
		{"PRIORITY", {FRAME(PRIORITY, 0, 1, "\0\0\0\0\1"), NONE}},
		{"PRIORITY of an idle stream",
		 {FRAME(PRIORITY, 0, 9, "\0\0\0\0\1"), NONE}},
		{"an answer to no PING",
		 {FRAME(PING, NGHTTP2_FLAG_ACK, 0, "12345678"), NONE}},
		{"WINDOW_UPDATE", {FRAME(WINDOW_UPDATE, 0, 1, "\0\0\0\1"), NONE}},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		static const struct h2_server_reply reply = {
			.status = 200, .fields = "", .body = {"hello", 5}};
		struct h2_server *server = H2_START(.answer = h2_answer_nothing);
		struct client *client = h2_send(server, "GET", "/");

		print_message("  %s\n", cases[i].name);
		h2_server_await(server, H2_SERVER_REQUESTS, 1);
		h2_server_say_frame(server, 0, &cases[i].frames[0]);
		h2_server_reply(server, 0, 1, &reply);
		client_finish(client, 200, "hello");
		h2_server_end(server);
	}
}

/* What comes for a stream that the client has reset is late, not wrong (5.1). */
static void late_frames_are_passed_over(void **state)
{
	static const struct h2_server_frame late[] = {
		FRAME(DATA, 0, 1, "late"), FRAME(WINDOW_UPDATE, 0, 1, "\0\0\0\1"),
		FRAME(HEADERS, 5, 1, "\x88"), FRAME(RST_STREAM, 0, 1, "\0\0\0\0")};
	struct h2_server *server = H2_START(.answer = play, .owner = &(struct script){0});
	struct client *client = h2_send(server, "GET", "/");

	(void)state;
	h2_server_await(server, H2_SERVER_REQUESTS, 1);
	client_do_abort(client);
	client_fail(client, E_ABORT);
	h2_server_await(server, H2_SERVER_RESETS, 1);
	for (size_t i = 0; i < TEST_COUNT(late); i++) {
		h2_server_say_frame(server, 0, &late[i]);
		h2_get(server, "/next");
	}
	assert_int_equal(h2_connections(server), 1);
	h2_server_end(server);
}

static void data_beyond_a_window_are_refused(void **state)
{
	static char zeros[16384];
	const struct h2_server_frame data = {
		.type = NGHTTP2_DATA, .stream = 1, .payload = {zeros, sizeof(zeros)}};
	struct h2_server *server = H2_START(.answer = h2_answer_nothing);
	struct client *client = h2_open(server, "GET", "/");
	struct h2_server_request request;

	(void)state;
	client->on[CLIENT_DATA] = client_do_block;
	client_send(client);
	h2_server_await(server, H2_SERVER_REQUESTS, 1);
	h2_server_say_head(server, 0, 1, 0, ":status: 200\n");
	for (unsigned i = 0; i < 1200; i++)
		h2_server_say_frame(server, 0, &data);
	client_await_block(client);
	h2_server_await(server, H2_SERVER_RESETS, 1);
	h2_server_request(server, 0, 1, &request);
	assert_int_equal(request.reset_code, NGHTTP2_FLOW_CONTROL_ERROR);
	client_go(client);
	client_fail(client, INET_E_DOWNLOAD_FAILURE);
	h2_server_end(server);
}

/* Instead of the server's preface. */
static void a_connection_begins_with_settings(void **state)
{
	static const struct span greetings[] = {
		{"\0\0\10\6\0\0\0\0\00012345678", 17},
		{"\0\0\0\1\4\0\0\0\1", 9},
		{"\0\0\0\4\1\0\0\0\0", 9},
		{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 38},
		{"SSH-2.0-OpenSSH_9.2\r\n", 21},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(greetings); i++) {
		struct h2_server *server =
			H2_START(.greeting = greetings[i], .answer = h2_answer_nothing);

		client_fail(h2_send(server, "GET", "/"), INET_E_DOWNLOAD_FAILURE);
		h2_server_end(server);
	}
}

/* ---- floods ---- */

struct flood_case {
	const char *name;	      /* of the case */
	struct h2_server_frame frame; /* again and again */
	unsigned most;		      /* that go well */
};

static char settings_33[33 * 6];

static const struct flood_case floods[] = {
	{"PING", FRAME(PING, 0, 0, "12345678"), 500},
	{"answers to PING", FRAME(PING, NGHTTP2_FLAG_ACK, 0, "12345678"), 500},
	{"SETTINGS", FRAME(SETTINGS, 0, 0, ""), 500},
	{"PRIORITY", FRAME(PRIORITY, 0, 1, "\0\0\0\0\1"), 500},
	{"unknown frames", {.type = 200, .payload = {"x", 1}}, 500},
	{"WINDOW_UPDATE", FRAME(WINDOW_UPDATE, 0, 0, "\0\0\0\1"), 500},
	{"DATA without bytes", FRAME(DATA, 0, 1, ""), 50},
	{"DATA of padding", FRAME(DATA, NGHTTP2_FLAG_PADDED, 1, "\4abcd"), 50},
};

#define FLOOD_FRAMES 3000

static void floods_are_calmed(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(floods); i++) {
		struct h2_server *server = H2_START(.answer = h2_answer_nothing);
		struct client *client = h2_send(server, "GET", "/");
		struct h2_server_visit visit;

		print_message("  %s\n", floods[i].name);
		h2_server_await(server, H2_SERVER_REQUESTS, 1);
		h2_server_say_head(server, 0, 1, 0, ":status: 200\n");
		for (unsigned n = 0; n < FLOOD_FRAMES; n++)
			h2_server_say_frame(server, 0, &floods[i].frame);
		client_fail(client, INET_E_DOWNLOAD_FAILURE);
		h2_server_await(server, H2_SERVER_OVER, 1);
		h2_server_visit(server, 0, &visit);
		assert_true(visit.has_goaway);
		assert_int_equal(visit.goaway_code, NGHTTP2_ENHANCE_YOUR_CALM);
		h2_server_end(server);
	}
}

/* Not a byte of a head, and no end of it. */
static void a_head_without_end_is_calmed(void **state)
{
	static const struct h2_server_frame head = FRAME(HEADERS, 0, 1, "");
	static const struct h2_server_frame more = FRAME(CONTINUATION, 0, 1, "");
	struct h2_server *server = H2_START(.answer = h2_answer_nothing);
	struct client *client = h2_send(server, "GET", "/");

	(void)state;
	h2_server_await(server, H2_SERVER_REQUESTS, 1);
	h2_server_say_frame(server, 0, &head);
	for (unsigned n = 0; n < FLOOD_FRAMES; n++)
		h2_server_say_frame(server, 0, &more);
	client_fail(client, INET_E_DOWNLOAD_FAILURE);
	h2_server_await(server, H2_SERVER_OVER, 1);
	assert_true(is_calmed(server));
	h2_server_end(server);
}

static void a_few_of_them_are_no_flood(void **state)
{
	static const struct h2_server_frame end = {
		.type = NGHTTP2_DATA, .flags = NGHTTP2_FLAG_END_STREAM, .stream = 1};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(floods); i++) {
		struct h2_server *server = H2_START(.answer = h2_answer_nothing);
		struct client *client = h2_send(server, "GET", "/");

		h2_server_await(server, H2_SERVER_REQUESTS, 1);
		h2_server_say_head(server, 0, 1, 0, ":status: 200\n");
		for (unsigned n = 0; n < floods[i].most; n++)
			h2_server_say_frame(server, 0, &floods[i].frame);
		h2_server_say_frame(server, 0, &end);
		client_finish(client, 200, "");
		h2_server_end(server);
	}
}

static void settings_have_a_limit(void **state)
{
	struct h2_server *server = H2_START(.answer = h2_answer_nothing);
	struct client *client = h2_send(server, "GET", "/");
	struct h2_server_visit visit;

	(void)state;
	for (unsigned i = 0; i < sizeof(settings_33); i += 6)
		memcpy(settings_33 + i, "\0\1\0\0\x10\0", 6);
	h2_server_await(server, H2_SERVER_REQUESTS, 1);
	h2_server_say_frame(
		server, 0,
		&(struct h2_server_frame){.type = NGHTTP2_SETTINGS,
					  .payload = {settings_33, sizeof(settings_33)}});
	client_fail(client, INET_E_DOWNLOAD_FAILURE);
	h2_server_await(server, H2_SERVER_OVER, 1);
	h2_server_visit(server, 0, &visit);
	assert_int_equal(visit.goaway_code, NGHTTP2_ENHANCE_YOUR_CALM);
	h2_server_end(server);
}

/* Each request is reset; more than a number of them is no accident. */
static void a_flood_of_resets_is_calmed(void **state)
{
	static const struct h2_server_reply reply = {.is_reset = true,
						     .reset_code = NGHTTP2_CANCEL};
	struct h2_server *server =
		H2_START(.answer = h2_answer_so, .owner = (void *)(uintptr_t)&reply,
			 .settings = {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 1000}},
			 .setting_count = 1);
	static struct client *clients[600];
	struct h2_server_visit visit;

	(void)state;
	client_fail(h2_send(server, "POST", "/"), INET_E_DOWNLOAD_FAILURE);
	for (unsigned i = 0; i < TEST_COUNT(clients); i++)
		clients[i] = h2_send(server, "POST", "/");
	for (unsigned i = 0; i < TEST_COUNT(clients); i++)
		client_fail(clients[i], INET_E_DOWNLOAD_FAILURE);
	h2_server_await(server, H2_SERVER_OVER, 1);
	h2_server_visit(server, 0, &visit);
	assert_int_equal(visit.goaway_code, NGHTTP2_ENHANCE_YOUR_CALM);
	h2_server_end(server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(these_responses_are_refused),
		CLIENT_TEST(more_than_32_interims_are_too_many),
		CLIENT_TEST(heads_have_limits),
		CLIENT_TEST(these_frames_are_refused),
		CLIENT_TEST(these_frames_are_passed_over),
		CLIENT_TEST(late_frames_are_passed_over),
		CLIENT_TEST(data_beyond_a_window_are_refused),
		CLIENT_TEST(a_connection_begins_with_settings),
		CLIENT_TEST(floods_are_calmed),
		CLIENT_TEST(a_head_without_end_is_calmed),
		CLIENT_TEST(a_few_of_them_are_no_flood),
		CLIENT_TEST(settings_have_a_limit),
		CLIENT_TEST(a_flood_of_resets_is_calmed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
