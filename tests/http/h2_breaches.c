/* SPDX-License-Identifier: MIT */
/*
 * What a peer may not send over HTTP/2 (RFC 9113). Whatever is wrong in a response fails
 * its stream, and others go on; whatever is wrong with frames ends the connection.
 */
#include "h2_scene.h"

static struct scene scene;

struct breach {
	const char *name; /* what is wrong */
	const char *head; /* of the response */
	const char *body; /* or NULL: the head ends it */
	const char *told; /* by the stream */
};

static const struct breach breaches[] = {
	{"upper case", ":status: 200\nServer: x\n", NULL, "!protocol"},
	{"no status", "server: x\n", NULL, "!protocol"},
	{"empty head", "", NULL, "!protocol"},
	{"two statuses", ":status: 200\n:status: 200\n", NULL, "!protocol"},
	{"status behind a field", "a: b\n:status: 200\n", NULL, "!protocol"},
	{"other pseudo field", ":status: 200\n:path: /\n", NULL, "!protocol"},
	{"status of two digits", ":status: 20\n", NULL, "!protocol"},
	{"status of four digits", ":status: 2000\n", NULL, "!protocol"},
	{"status of letters", ":status: abc\n", NULL, "!protocol"},
	{"status below 100", ":status: 099\n", NULL, "!protocol"},
	{"upgrade", ":status: 101\n", NULL, "!protocol"},
	{"connection", ":status: 200\nconnection: close\n", NULL, "!protocol"},
	{"keep-alive", ":status: 200\nkeep-alive: 1\n", NULL, "!protocol"},
	{"proxy-connection", ":status: 200\nproxy-connection: x\n", NULL, "!protocol"},
	{"transfer-encoding", ":status: 200\ntransfer-encoding: x\n", NULL, "!protocol"},
	{"upgrade field", ":status: 200\nupgrade: h2c\n", NULL, "!protocol"},
	{"name with a space", ":status: 200\na b: c\n", NULL, "!protocol"},
	{"value with a CR", ":status: 200\na: b\rc\n", NULL, "!protocol"},
	{"value ends in a space", ":status: 200\na: b \n", NULL, "!protocol"},
	{"two lengths", ":status: 200\ncontent-length: 1\ncontent-length: 1\n", "x",
	 "!protocol"},
	{"length of letters", ":status: 200\ncontent-length: x\n", "x", "!protocol"},
	{"negative length", ":status: 200\ncontent-length: -1\n", "x", "!protocol"},
	{"short body", ":status: 200\ncontent-length: 5\n", "1234",
	 "[200|content-length=5]1234!protocol"},
	{"long body", ":status: 200\ncontent-length: 3\n", "1234",
	 "[200|content-length=3]!protocol"},
	{"body of 204", ":status: 204\n", "x", "[204]!protocol"},
	{"body of 304", ":status: 304\n", "x", "[304]!protocol"},
	{"interim that ends", ":status: 100\n", NULL, "!protocol"},
	{"body of an interim", ":status: 103\n", "x", "<103>!protocol"},
};

/* With small pieces more of a long body is told before it is too long. */
static bool is_as_expected(const struct breach *breach)
{
	struct h2_bytes *told = &scene.streams[1].told;
	const char *failure = strchr(breach->told, '!');
	size_t head = (size_t)(failure - breach->told);

	if (scene_piece_bytes == 0 || !strstr(breach->name, "long body"))
		return span_eq(h2_bytes_span(told), span_str(breach->told));
	return told->len >= head && memcmp(told->at, breach->told, head) == 0 &&
	       memcmp(told->at + told->len - strlen(failure), failure, strlen(failure)) ==
		       0;
}

static void breach_it(const struct breach *breach)
{
	scene_begin(&scene);
	scene_get(&scene);
	scene_get(&scene);
	scene_head(&scene, breach->body ? 0 : END_STREAM, 1, breach->head);
	if (breach->body)
		scene_data(&scene, END_STREAM, 1, breach->body);
	scene_head(&scene, END_STREAM, 3, ":status: 200\n");
	if (!is_as_expected(breach))
		print_error("%s: %.*s\n", breach->name, (int)scene.streams[1].told.len,
			    scene.streams[1].told.at);
	assert_true(is_as_expected(breach));
	assert_told(&scene, 2, "[200].");
	assert_sent(&scene, "RST_STREAM 1 PROTOCOL_ERROR\n");
	assert_int_equal(scene.err, 0);
	scene_done(&scene);
}

static void a_wrong_response_fails_its_stream(void)
{
	for (size_t i = 0; i < TEST_COUNT(breaches); i++)
		breach_it(&breaches[i]);
}

static void trailers_have_to_be_right(void)
{
	static const char *const trailers[] = {":status: 200\n", "connection: x\n"};

	for (size_t i = 0; i <= TEST_COUNT(trailers); i++) {
		bool is_last = i < TEST_COUNT(trailers);

		scene_begin(&scene);
		scene_get(&scene);
		scene_head(&scene, 0, 1, ":status: 200\n");
		scene_head(&scene, is_last ? END_STREAM : 0, 1,
			   is_last ? trailers[i] : "a: b\n");
		assert_told(&scene, 1, "[200]!protocol");
		assert_sent(&scene, "RST_STREAM 1 PROTOCOL_ERROR\n");
		scene_done(&scene);
	}
}

static void a_response_has_to_be_right_behind_goaway_too(void)
{
	scene_begin(&scene);
	scene_get(&scene);
	scene_goaway(&scene, 1, NGHTTP2_NO_ERROR);
	scene_head(&scene, 0, 1, ":status: 200\ncontent-length: 5\n");
	scene_data(&scene, END_STREAM, 1, "x");
	assert_told(&scene, 1, "[200|content-length=5]x!protocol");
	assert_int_equal(scene.err, 0);
	scene_done(&scene);
}

/* ---- frames ---- */

struct break_up {
	const char *name;    /* what is wrong */
	uint8_t type;	     /* of a frame */
	uint8_t flags;	     /* the same */
	uint32_t stream;     /* the same; 1 is open */
	struct span payload; /* the same */
	const char *code;    /* that the client says */
};

static const struct break_up break_ups[] = {
	{"DATA of no stream", NGHTTP2_DATA, 0, 0, BYTES("x"), "PROTOCOL_ERROR"},
	{"DATA of an idle stream", NGHTTP2_DATA, 0, 99, BYTES("x"), "PROTOCOL_ERROR"},
	{"DATA before the head", NGHTTP2_DATA, 0, 1, BYTES("x"), "PROTOCOL_ERROR"},
	{"DATA all padding", NGHTTP2_DATA, PADDED, 3, BYTES("\5\0"), "PROTOCOL_ERROR"},
	{"DATA padded with nothing", NGHTTP2_DATA, PADDED, 3, BYTES(""),
	 "PROTOCOL_ERROR"},
	{"HEADERS of no stream", NGHTTP2_HEADERS, END_HEADERS, 0, BYTES("\x88"),
	 "PROTOCOL_ERROR"},
	{"HEADERS of an idle stream", NGHTTP2_HEADERS, END_HEADERS, 99, BYTES("\x88"),
	 "PROTOCOL_ERROR"},
	{"HEADERS of the peer's stream", NGHTTP2_HEADERS, END_HEADERS, 2, BYTES("\x88"),
	 "PROTOCOL_ERROR"},
	{"HEADERS that cannot be unpacked", NGHTTP2_HEADERS, END_HEADERS, 1,
	 BYTES("\xFF\xFF\xFF\xFF\xFF\xFF"), "COMPRESSION_ERROR"},
	{"HEADERS, padded too much", NGHTTP2_HEADERS, END_HEADERS | PADDED, 1,
	 BYTES("\7\x88"), "PROTOCOL_ERROR"},
	{"CONTINUATION of nothing", NGHTTP2_CONTINUATION, END_HEADERS, 1, BYTES(""),
	 "PROTOCOL_ERROR"},
	{"a push", NGHTTP2_PUSH_PROMISE, END_HEADERS, 1, BYTES("\0\0\0\2\x82"),
	 "PROTOCOL_ERROR"},
	{"PING of a stream", NGHTTP2_PING, 0, 1, BYTES("12345678"), "PROTOCOL_ERROR"},
	{"PING of five bytes", NGHTTP2_PING, 0, 0, BYTES("12345"), "FRAME_SIZE_ERROR"},
	{"SETTINGS of a stream", NGHTTP2_SETTINGS, 0, 1, BYTES(""), "PROTOCOL_ERROR"},
	{"SETTINGS of five bytes", NGHTTP2_SETTINGS, 0, 0, BYTES("12345"),
	 "FRAME_SIZE_ERROR"},
	{"SETTINGS, acknowledged with bytes", NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0,
	 BYTES("\0\1\0\0\0\0"), "FRAME_SIZE_ERROR"},
	{"SETTINGS, acknowledged too often", NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0,
	 BYTES(""), "PROTOCOL_ERROR"},
	{"SETTINGS that allow a push", NGHTTP2_SETTINGS, 0, 0, BYTES("\0\2\0\0\0\1"),
	 "PROTOCOL_ERROR"},
	{"SETTINGS with a huge window", NGHTTP2_SETTINGS, 0, 0, BYTES("\0\4\x80\0\0\0"),
	 "FLOW_CONTROL_ERROR"},
	{"SETTINGS with tiny frames", NGHTTP2_SETTINGS, 0, 0, BYTES("\0\5\0\0\0\1"),
	 "PROTOCOL_ERROR"},
	{"RST_STREAM of no stream", NGHTTP2_RST_STREAM, 0, 0, BYTES("\0\0\0\0"),
	 "PROTOCOL_ERROR"},
	{"RST_STREAM of an idle stream", NGHTTP2_RST_STREAM, 0, 99, BYTES("\0\0\0\0"),
	 "PROTOCOL_ERROR"},
	{"RST_STREAM of three bytes", NGHTTP2_RST_STREAM, 0, 1, BYTES("\0\0\0"),
	 "FRAME_SIZE_ERROR"},
	{"GOAWAY of a stream", NGHTTP2_GOAWAY, 0, 1, BYTES("\0\0\0\0\0\0\0\0"),
	 "PROTOCOL_ERROR"},
	{"GOAWAY of the peer's streams", NGHTTP2_GOAWAY, 0, 0, BYTES("\0\0\0\2\0\0\0\0"),
	 "PROTOCOL_ERROR"},
	{"WINDOW_UPDATE of nothing", NGHTTP2_WINDOW_UPDATE, 0, 0, BYTES("\0\0\0\0"),
	 "PROTOCOL_ERROR"},
	{"WINDOW_UPDATE of too much", NGHTTP2_WINDOW_UPDATE, 0, 0,
	 BYTES("\x7F\xFF\xFF\xFF"), "FLOW_CONTROL_ERROR"},
	{"WINDOW_UPDATE of an idle stream", NGHTTP2_WINDOW_UPDATE, 0, 99,
	 BYTES("\0\0\0\1"), "PROTOCOL_ERROR"},
	{"PRIORITY of itself", NGHTTP2_PRIORITY, 0, 1, BYTES("\0\0\0\1\0"),
	 "PROTOCOL_ERROR"},
};

static void expect_end(const char *name, const char *code)
{
	char expected[64];

	(void)snprintf(expected, sizeof(expected), "GOAWAY 0 %s\n", code);
	scene_flush(&scene);
	if (!span_eq(h2_bytes_span(&scene.text), span_str(expected)))
		print_error("%s\n", name);
	assert_sent(&scene, expected);
	assert_int_equal(scene.err, ERR_PROTOCOL);
	assert_non_null(h2_fault(scene.h2)->what);
	assert_true(h2_has_ended(scene.h2));
	assert_false(h2_has_output(scene.h2));
}

static void end_by(const struct break_up *break_up, bool has_goaway)
{
	scene_begin(&scene);
	scene_get(&scene);
	scene_get(&scene);
	scene_head(&scene, 0, 3, ":status: 200\n");
	if (has_goaway)
		scene_goaway(&scene, 3, NGHTTP2_NO_ERROR);
	scene_frame(&scene, break_up->type, break_up->flags, break_up->stream,
		    break_up->payload);
	scene_frame(&scene, NGHTTP2_PING, 0, 0, SPAN("12345678"));
	assert_int_equal(scene.streams[1].result, ERR_PROTOCOL);
	assert_told(&scene, 2, "[200]!protocol");
	expect_end(break_up->name, break_up->code);
	scene_done(&scene);
}

static void wrong_frames_end_the_connection(void)
{
	for (size_t i = 0; i < TEST_COUNT(break_ups); i++)
		end_by(&break_ups[i], false);
}

static void wrong_frames_end_a_connection_that_is_ending(void)
{
	for (size_t i = 0; i < TEST_COUNT(break_ups); i++)
		end_by(&break_ups[i], true);
}

static void a_frame_may_not_be_too_long(void)
{
	static const char bytes[16385];

	scene_begin(&scene);
	scene_get(&scene);
	scene_head(&scene, 0, 1, ":status: 200\n");
	scene_frame(&scene, NGHTTP2_DATA, 0, 1, span_of(bytes, sizeof(bytes)));
	assert_told(&scene, 1, "[200]!protocol");
	expect_end("too long", "FRAME_SIZE_ERROR");
	scene_done(&scene);
}

static void a_head_may_not_be_interrupted(void)
{
	scene_begin(&scene);
	scene_get(&scene);
	scene_frame(&scene, NGHTTP2_HEADERS, 0, 1, SPAN("\x88"));
	scene_frame(&scene, NGHTTP2_PING, 0, 0, SPAN("12345678"));
	assert_told(&scene, 1, "!protocol");
	expect_end("interrupted", "PROTOCOL_ERROR");
	scene_done(&scene);
}

static void nothing_may_follow_the_end(void)
{
	static const uint8_t types[] = {NGHTTP2_DATA, NGHTTP2_HEADERS};

	for (size_t i = 0; i < TEST_COUNT(types); i++) {
		scene_begin(&scene);
		scene_start(&scene,
			    &(struct scene_request){.method = "PUT", .body_length = 5});
		scene_flush(&scene);
		scene.text.len = 0;
		scene_head(&scene, END_STREAM, 1, ":status: 200\n");
		scene_frame(&scene, types[i], END_HEADERS | END_STREAM, 1, SPAN("\x88"));
		assert_told(&scene, 1, "[200].");
		expect_end("more", "STREAM_CLOSED");
		scene_done(&scene);
	}
}

/* How far a peer may go on with a stream that has failed, and is not told of it. */
static void what_follows_a_failure_is_dropped(void)
{
	scene_begin(&scene);
	scene_get(&scene);
	scene_get(&scene);
	scene_head(&scene, 0, 1, ":status: 200\ncontent-length: 3\n");
	scene_data(&scene, 0, 1, "12");
	assert_told(&scene, 1, "[200|content-length=3]12");
	scene_data(&scene, 0, 1, "34");
	scene_data(&scene, 0, 1, "5");
	scene_head(&scene, 0, 1, ":status: 200\n");
	scene_data(&scene, END_STREAM, 1, "6");
	scene_head(&scene, END_STREAM, 1, "a: b\n");
	scene_head(&scene, END_STREAM, 3, ":status: 200\n");
	assert_told(&scene, 2, "[200].");
	assert_sent(&scene, "RST_STREAM 1 PROTOCOL_ERROR\n");
	assert_int_equal(scene.streams[1].result, ERR_PROTOCOL);
	scene_done(&scene);
}

/* The head of stream 1 fails at its beginning, and puts a field into the table of HPACK
 * at its end, which stream 3 has as its own (index 62). */
static void a_head_is_unpacked_behind_a_failure(void)
{
	static const struct span begin = BYTES("\x88\0\1A\1z");
	static const struct span end = BYTES("\x40\4name\5value");

	for (unsigned is_ended = 0; is_ended < 2; is_ended++) {
		scene_begin(&scene);
		scene_get(&scene);
		scene_get(&scene);
		scene_frame(&scene, NGHTTP2_HEADERS, 0, 1, begin);
		if (is_ended)
			scene_end_stream(&scene, 1);
		scene_frame(&scene, NGHTTP2_CONTINUATION, 0, 1, SPAN(""));
		scene_frame(&scene, NGHTTP2_CONTINUATION, END_HEADERS, 1, end);
		scene_frame(&scene, NGHTTP2_HEADERS, END_HEADERS | END_STREAM, 3,
			    SPAN("\x88\xBE"));
		assert_told(&scene, 2, "[200|name=value].");
		assert_sent(&scene, "RST_STREAM 1 PROTOCOL_ERROR\n");
		scene_done(&scene);
	}
}

/* The second stream has the state of the first one by then. */
static void a_head_that_nobody_waits_for_goes_to_nobody(void)
{
	scene_begin(&scene);
	scene_get(&scene);
	scene_frame(&scene, NGHTTP2_HEADERS, 0, 1, SPAN("\x88"));
	scene_end_stream(&scene, 1);
	scene_get(&scene);
	scene_frame(&scene, NGHTTP2_CONTINUATION, 0, 1, SPAN("\0\1x\1y"));
	scene_frame(&scene, NGHTTP2_CONTINUATION, END_HEADERS, 1, SPAN("\x89"));
	scene_data(&scene, END_STREAM, 1, "x");
	assert_told(&scene, 2, "");
	scene_head(&scene, 0, 3, ":status: 200\n");
	scene_data(&scene, 0, 1, "y");
	scene_data(&scene, END_STREAM, 3, "z");
	assert_told(&scene, 2, "[200]z.");
	assert_int_equal(scene.err, 0);
	scene_done(&scene);
}

/* nghttp2 has not reset the first stream yet when more of its head comes. */
static void a_head_goes_to_nobody_while_much_waits_to_be_sent(void)
{
	static char field[2u << 20];

	memcpy(field, "Name: ", 6);
	memset(field + 6, 'x', sizeof(field) - 8);
	field[sizeof(field) - 2] = '\n';
	scene_begin(&scene);
	scene_get(&scene);
	scene_start(&scene, &(struct scene_request){.fields = field});
	scene_frame(&scene, NGHTTP2_HEADERS, 0, 1, SPAN("\x88"));
	scene_end_stream(&scene, 1);
	scene_frame(&scene, NGHTTP2_CONTINUATION, END_HEADERS, 1, SPAN("\0\1x\1y"));
	scene_data(&scene, END_STREAM, 1, "x");
	scene_head(&scene, END_STREAM, 3, ":status: 200\n");
	assert_told(&scene, 2, "[200].");
	assert_int_equal(scene.err, 0);
	scene_done(&scene);
}

/* The connection's window is given back for DATA that nobody gets. */
static void what_is_dropped_keeps_no_window(void)
{
	static const char *const lengths[] = {":status: 200\ncontent-length: 1\n",
					      ":status: 200\n"};
	size_t all = 0;
	unsigned given = 0;
	unsigned update;

	if (scene_piece_bytes)
		return; /* it is too much */
	scene_begin(&scene);
	for (unsigned i = 1; i <= 80; i++) {
		scene_get(&scene);
		scene_head(&scene, 0, 2 * i - 1, lengths[i % 2]);
		if (i % 2)
			scene_end_stream(&scene, i);
		scene_much_data(&scene, 2 * i - 1, H2_WINDOW_BYTES);
		all += H2_WINDOW_BYTES;
		scene_flush(&scene);
		h2_bytes_put(&scene.text, "", 1);
		for (const char *at = scene.text.at;
		     (at = strstr(at, "WINDOW_UPDATE 0 ")); at++)
			if (sscanf(at, "WINDOW_UPDATE 0 %u", &update) == 1)
				given += update;
		scene.text.len = 0;
	}
	assert_int_equal(scene.err, 0);
	assert_true(all - given < H2_CONNECTION_WINDOW_BYTES / 2 + 16384);
	scene_done(&scene);
}

static void no_head_follows_the_final_one(void)
{
	static const char *const heads[] = {":status: 103\n", ":status: 200\n",
					    "a: b\n:status: 103\n"};

	for (size_t i = 0; i < 2 * TEST_COUNT(heads); i++) {
		scene_begin(&scene);
		scene_get(&scene);
		scene_head(&scene, 0, 1, ":status: 200\n");
		scene_data(&scene, 0, 1, "x");
		scene_head(&scene, i % 2 ? END_STREAM : 0, 1, heads[i / 2]);
		scene_data(&scene, END_STREAM, 1, "y");
		assert_told(&scene, 1, "[200]x!protocol");
		assert_sent(&scene, "RST_STREAM 1 PROTOCOL_ERROR\n");
		scene_done(&scene);
	}
}

static void the_window_of_a_stream_may_not_be_too_wide(void)
{
	scene_begin(&scene);
	scene_start(&scene, &(struct scene_request){.method = "PUT", .body_length = 5});
	scene_flush(&scene);
	scene.text.len = 0;
	scene_number(&scene, NGHTTP2_WINDOW_UPDATE, 1, INT32_MAX);
	assert_told(&scene, 1, "!protocol");
	assert_string_equal(scene.streams[1].stream.fault.what,
			    "a frame of the stream is wrong");
	assert_sent(&scene, "RST_STREAM 1 FLOW_CONTROL_ERROR\n");
	assert_int_equal(scene.err, 0);
	scene_done(&scene);
}

/* ---- the connection ---- */

static void a_push_is_refused_before_settings_are_acknowledged(void)
{
	scene_init(&scene);
	scene_settings(&scene, 0, 0);
	scene_get(&scene);
	scene_frame(&scene, NGHTTP2_PUSH_PROMISE, END_HEADERS, 1,
		    span_of("\0\0\0\2\x82", 5));
	assert_told(&scene, 1, "!protocol");
	expect_end("push", "PROTOCOL_ERROR");
	scene_done(&scene);
}

static void a_peer_that_speaks_http_1_is_found_out(void)
{
	struct h2_bytes bytes = {0};

	scene_init(&scene);
	scene_get(&scene);
	h2_bytes_put_text(&bytes, "HTTP/1.1 400 Bad Request\r\n\r\n");
	scene_give(&scene, &bytes);
	assert_int_equal(scene.err, ERR_PROTOCOL);
	assert_told(&scene, 1, "!protocol");
	scene_flush(&scene);
	scene_done(&scene);
}

static void goaway_may_not_allow_more_later(void)
{
	scene_begin(&scene);
	scene_get(&scene);
	scene_goaway(&scene, 1, NGHTTP2_NO_ERROR);
	scene_goaway(&scene, 3, NGHTTP2_NO_ERROR);
	assert_told(&scene, 1, "!protocol");
	expect_end("more streams", "PROTOCOL_ERROR");
	scene_done(&scene);
}

int main(void)
{
	static const struct scene_play plays[] = {
		SCENE_PLAY(a_wrong_response_fails_its_stream),
		SCENE_PLAY(trailers_have_to_be_right),
		SCENE_PLAY(a_response_has_to_be_right_behind_goaway_too),
		SCENE_PLAY(wrong_frames_end_the_connection),
		SCENE_PLAY(wrong_frames_end_a_connection_that_is_ending),
		SCENE_PLAY(a_frame_may_not_be_too_long),
		SCENE_PLAY(a_head_may_not_be_interrupted),
		SCENE_PLAY(nothing_may_follow_the_end),
		SCENE_PLAY(what_follows_a_failure_is_dropped),
		SCENE_PLAY(a_head_is_unpacked_behind_a_failure),
		SCENE_PLAY(a_head_that_nobody_waits_for_goes_to_nobody),
		SCENE_PLAY(a_head_goes_to_nobody_while_much_waits_to_be_sent),
		SCENE_PLAY(what_is_dropped_keeps_no_window),
		SCENE_PLAY(no_head_follows_the_final_one),
		SCENE_PLAY(the_window_of_a_stream_may_not_be_too_wide),
		SCENE_PLAY(a_push_is_refused_before_settings_are_acknowledged),
		SCENE_PLAY(a_peer_that_speaks_http_1_is_found_out),
		SCENE_PLAY(goaway_may_not_allow_more_later),
	};

	return scene_run(plays, TEST_COUNT(plays));
}
