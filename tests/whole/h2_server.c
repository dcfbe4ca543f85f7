/* SPDX-License-Identifier: MIT */
/*
 * The judge of lib/h2_server.h itself: a client of bare frames that does each thing that
 * it must notice, and one that does nothing wrong. What other clients make of its answers
 * is seen wherever it is used.
 */
#include "lib/test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/client.h"
#include "lib/h2_bytes.h"
#include "lib/h2_server.h"

#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

#define GET ":method: GET\n:scheme: http\n:authority: a\n:path: /\n"

/* Flags. */
#define END	 (NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM)
#define OPEN	 NGHTTP2_FLAG_END_HEADERS
#define MORE	 NGHTTP2_FLAG_END_STREAM
#define DATA_END NGHTTP2_FLAG_END_STREAM

/* A frame; its fields for HEADERS, else its payload. */
struct sent {
	uint8_t type, flags; /* as they are sent */
	uint32_t stream;     /* its number */
	const char *text;    /* with a NUL behind */
	size_t bytes;	     /* of text */
};

#define FRAME(type, flags, stream, text)                                                 \
	{                                                                                \
		NGHTTP2_##type, flags, stream, text, sizeof(text) - 1                    \
	}

#define MAX_SENT 4

struct wrong_case {
	const char *complaint; /* a part of it; "": none */
	struct sent frames[MAX_SENT];
	bool has_no_settings; /* nothing before the frames */
};

static const struct wrong_case cases[] = {
	{"", {FRAME(HEADERS, END, 1, GET), FRAME(HEADERS, END, 3, GET)}, false},
	{"",
	 {FRAME(HEADERS, OPEN, 1, GET "content-length: 5\n"),
	  FRAME(DATA, DATA_END, 1, "hello")},
	 false},
	{"",
	 {FRAME(HEADERS, OPEN, 1, GET "te: trailers\n"), FRAME(DATA, 0, 1, "hello"),
	  FRAME(HEADERS, END, 1, "a: b\n")},
	 false},
	{"first frame", {FRAME(HEADERS, END, 1, GET)}, true},
	{"ENABLE_PUSH", {FRAME(SETTINGS, 0, 0, "")}, true},
	{"the number 2", {FRAME(HEADERS, END, 2, GET)}, false},
	{"the number 1",
	 {FRAME(HEADERS, END, 3, GET), FRAME(HEADERS, END, 1, GET)},
	 false},
	{"though 2 are open",
	 {FRAME(SETTINGS, NGHTTP2_FLAG_ACK, 0, ""), FRAME(HEADERS, OPEN, 1, GET),
	  FRAME(HEADERS, OPEN, 3, GET), FRAME(HEADERS, OPEN, 5, GET)},
	 false},
	{"inside a head",
	 {FRAME(HEADERS, MORE, 1, GET), FRAME(PING, 0, 0, "12345678")},
	 false},
	{"out of order", {FRAME(CONTINUATION, OPEN, 1, GET)}, false},
	{"cannot be decoded",
	 {FRAME(HEADERS, MORE, 1, GET), FRAME(CONTINUATION, OPEN, 1, "\xFF\xFF")},
	 false},
	{"capitals", {FRAME(HEADERS, END, 1, GET "Accept: b\n")}, false},
	{"may not be there", {FRAME(HEADERS, END, 1, GET "a c: b\n")}, false},
	{"belongs to a connection", {FRAME(HEADERS, END, 1, GET "host: b\n")}, false},
	{"TE", {FRAME(HEADERS, END, 1, GET "te: gzip\n")}, false},
	{"blanks", {FRAME(HEADERS, END, 1, GET "a: b \n")}, false},
	{"twice", {FRAME(HEADERS, END, 1, GET ":path: /\n")}, false},
	{"behind another", {FRAME(HEADERS, END, 1, "a: b\n" GET)}, false},
	{"do not have", {FRAME(HEADERS, END, 1, GET ":status: 200\n")}, false},
	{"missing", {FRAME(HEADERS, END, 1, ":method: GET\n:path: /\n")}, false},
	{"trailers",
	 {FRAME(HEADERS, OPEN, 1, GET), FRAME(HEADERS, END, 1, ":path: /\n")},
	 false},
	{"trailers",
	 {FRAME(HEADERS, OPEN, 1, GET), FRAME(HEADERS, OPEN, 1, "a: b\n")},
	 false},
	{"not open", {FRAME(DATA, 0, 1, "x")}, false},
	{"not open", {FRAME(HEADERS, END, 1, GET), FRAME(DATA, DATA_END, 1, "x")}, false},
	{"beyond the window",
	 {FRAME(SETTINGS, NGHTTP2_FLAG_ACK, 0, ""), FRAME(HEADERS, OPEN, 1, GET),
	  FRAME(DATA, 0, 1, "12345678901")},
	 false},
	{"instead of 5",
	 {FRAME(HEADERS, OPEN, 1, GET "content-length: 5\n"),
	  FRAME(DATA, DATA_END, 1, "four")},
	 false},
	{"RST_STREAM", {FRAME(RST_STREAM, 0, 1, "\0\0\0\1")}, false},
	{"PING", {FRAME(PING, 0, 0, "short")}, false},
	{"WINDOW_UPDATE", {FRAME(WINDOW_UPDATE, 0, 0, "\0\0\0\0")}, false},
	{"WINDOW_UPDATE", {FRAME(WINDOW_UPDATE, 0, 0, "\x7F\xFF\xFF\xFF")}, false},
	{"WINDOW_UPDATE", {FRAME(WINDOW_UPDATE, 0, 1, "\0\0\0\1")}, false},
	{"GOAWAY", {FRAME(GOAWAY, 0, 0, "\0\0\0\0")}, false},
	{"PUSH_PROMISE", {FRAME(PUSH_PROMISE, 0, 1, "\0\0\0\2")}, false},
};

static void put_frame(struct h2_bytes *out, const struct sent *frame)
{
	struct h2_bytes payload = {NULL, 0, 0};

	if (frame->type == NGHTTP2_HEADERS)
		h2_bytes_put_fields(&payload, frame->text);
	else
		h2_bytes_put(&payload, frame->text, frame->bytes);
	h2_bytes_put_frame(out, frame->type, frame->flags, frame->stream,
			   h2_bytes_span(&payload));
	h2_bytes_done(&payload);
}

static void put_case(struct h2_bytes *out, const struct wrong_case *c)
{
	static const struct sent settings = FRAME(SETTINGS, 0, 0, "\0\2\0\0\0\0");

	h2_bytes_put_text(out, PREFACE);
	if (!c->has_no_settings)
		put_frame(out, &settings);
	for (unsigned i = 0; i < MAX_SENT && c->frames[i].text; i++)
		put_frame(out, &c->frames[i]);
}

/* Sends everything, then takes what comes until the server has closed too. */
static void play(const struct h2_server *server, struct span bytes)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				 .sin_port = htons((uint16_t)h2_server_port(server))};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char piece[4096];

	assert_int_equal(connect(fd, (const struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(send(fd, bytes.at, bytes.len, MSG_NOSIGNAL), bytes.len);
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	while (recv(fd, piece, sizeof(piece), 0) > 0)
		continue;
	close(fd);
}

static void what_a_client_does_wrong_is_noticed(void **state)
{
	static const struct h2_server_options options = {
		.settings = {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 2},
			     {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 10}},
		.setting_count = 2,
		.answers_heads = true,
		.is_lenient = true};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct h2_server *server = h2_server_start(&options);
		struct h2_bytes bytes = {NULL, 0, 0};

		put_case(&bytes, &cases[i]);
		play(server, h2_bytes_span(&bytes));
		h2_bytes_done(&bytes);
		h2_server_await(server, H2_SERVER_OVER, 1);
		if (!strstr(h2_server_complaint(server), cases[i].complaint) ||
		    (!cases[i].complaint[0] && h2_server_complaint(server)[0]))
			fail_msg("case %zu: \"%s\" instead of \"%s\"", i,
				 h2_server_complaint(server), cases[i].complaint);
		h2_server_end(server);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(what_a_client_does_wrong_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
