/* SPDX-License-Identifier: MIT */
/* How much a peer may say over HTTP/2: up to each limit all is well, one more is not. */
#include "h2_scene.h"

static struct scene scene;

static void expect_calm(void)
{
	assert_int_equal(scene.err, ERR_LIMIT);
	assert_non_null(h2_fault(scene.h2)->what);
	scene.text.len = 0;
	assert_sent(&scene, "GOAWAY 0 ENHANCE_YOUR_CALM\n");
}

static void expect_no_limit(void)
{
	scene_flush(&scene);
	scene.text.len = 0;
	assert_int_equal(scene.err, 0);
}

/* One of the kinds of frames that are counted. */
struct flood {
	const char *name;    /* the kind */
	uint8_t type;	     /* of a frame */
	uint8_t flags;	     /* the same */
	uint32_t stream;     /* the same */
	struct span payload; /* the same */
	unsigned most;	     /* how many may come */
};

static const struct flood floods[] = {
	{"PING", NGHTTP2_PING, 0, 0, BYTES("12345678"), H2_MAX_CONTROL_FRAMES},
	{"PING ack", NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, BYTES("12345678"),
	 H2_MAX_CONTROL_FRAMES},
	{"SETTINGS", NGHTTP2_SETTINGS, 0, 0, BYTES(""), H2_MAX_CONTROL_FRAMES},
	{"PRIORITY", NGHTTP2_PRIORITY, 0, 1, BYTES("\0\0\0\0\1"), H2_MAX_CONTROL_FRAMES},
	{"WINDOW_UPDATE", NGHTTP2_WINDOW_UPDATE, 0, 0, BYTES("\0\0\0\1"),
	 H2_MAX_CONTROL_FRAMES},
	{"WINDOW_UPDATE of a GET", NGHTTP2_WINDOW_UPDATE, 0, 1, BYTES("\0\0\0\1"),
	 H2_MAX_CONTROL_FRAMES},
	{"GOAWAY", NGHTTP2_GOAWAY, 0, 0, BYTES("\0\0\0\1\0\0\0\0"),
	 H2_MAX_CONTROL_FRAMES},
	{"unknown", 0x42, 0, 0, BYTES("x"), H2_MAX_CONTROL_FRAMES},
	{"DATA", NGHTTP2_DATA, 0, 1, BYTES(""), H2_MAX_EMPTY_DATA},
	{"DATA of padding", NGHTTP2_DATA, PADDED, 1, BYTES("\3\0\0\0"),
	 H2_MAX_EMPTY_DATA},
	{"DATA of no padding", NGHTTP2_DATA, PADDED, 1, BYTES("\0"), H2_MAX_EMPTY_DATA},
	{"RST_STREAM", NGHTTP2_RST_STREAM, 0, 1, BYTES("\0\0\0\0"), H2_MAX_RESETS},
};

static void give_flood(const struct flood *flood, unsigned count)
{
	struct h2_bytes bytes = {0};

	while (count--)
		h2_bytes_put_frame(&bytes, flood->type, flood->flags, flood->stream,
				   flood->payload);
	scene_give(&scene, &bytes);
}

/* The greeting has had its SETTINGS and their acknowledgement counted. */
static void begin(void)
{
	scene_begin(&scene);
	scene.now_ms += H2_RATE_MS;
	scene_get(&scene);
	scene_head(&scene, 0, 1, ":status: 200\n");
}

static void floods_are_stopped(void)
{
	for (size_t i = 0; i < TEST_COUNT(floods); i++) {
		const struct flood *flood = &floods[i];

		begin();
		give_flood(flood, flood->most);
		expect_no_limit();
		scene.now_ms += H2_RATE_MS - 1;
		give_flood(flood, 1);
		expect_calm();
		scene_done(&scene);
	}
}

static void floods_may_come_slowly(void)
{
	for (size_t i = 0; i < TEST_COUNT(floods); i++) {
		const struct flood *flood = &floods[i];

		begin();
		for (unsigned second = 0; second < 3; second++) {
			give_flood(flood, flood->most);
			expect_no_limit();
			scene.now_ms += H2_RATE_MS;
		}
		scene_done(&scene);
	}
}

static void window_updates_for_a_body_are_free(void)
{
	static const struct flood updates[] = {
		{"stream", NGHTTP2_WINDOW_UPDATE, 0, 3, BYTES("\0\0\0\1"), 0},
		{"connection", NGHTTP2_WINDOW_UPDATE, 0, 0, BYTES("\0\0\0\1"), 0},
	};
	struct span none = SPAN("");

	begin();
	scene_start(&scene,
		    &(struct scene_request){.method = "PUT",
					    .body_length = MESSAGE_LENGTH_UNKNOWN});
	expect_no_limit();
	give_flood(&updates[0], 2 * H2_MAX_CONTROL_FRAMES);
	give_flood(&updates[1], 2 * H2_MAX_CONTROL_FRAMES);
	expect_no_limit();
	assert_int_equal(h2_stream_write(&scene.streams[2].stream, &none, true),
			 ERR_AGAIN);
	expect_no_limit();
	give_flood(&updates[0], H2_MAX_CONTROL_FRAMES + 1);
	expect_calm();
	scene_done(&scene);
}

static void what_came_before_a_flood_is_told(void)
{
	struct h2_bytes bytes = {0};

	begin();
	h2_bytes_put_frame(&bytes, NGHTTP2_DATA, 0, 1, SPAN("before"));
	for (unsigned i = 0; i <= H2_MAX_CONTROL_FRAMES; i++)
		h2_bytes_put_frame(&bytes, 0x42, 0, 0, SPAN(""));
	h2_bytes_put_frame(&bytes, NGHTTP2_DATA, END_STREAM, 1, SPAN("after"));
	scene_give(&scene, &bytes);
	assert_told(&scene, 1, "[200]before!limit");
	scene_done(&scene);
}

static void answers_wait_for_a_peer_that_does_not_read(void)
{
	begin();
	for (unsigned i = 0; i < 120 && !scene.err; i++) {
		give_flood(&floods[0], floods[0].most);
		scene.now_ms += H2_RATE_MS;
	}
	assert_int_equal(scene.err, ERR_LIMIT);
	scene_done(&scene);
}

static void settings_have_a_limit(void)
{
	struct h2_bytes payload = {0};

	begin();
	for (unsigned i = 0; i < H2_MAX_SETTINGS; i++) {
		h2_bytes_put_number(&payload, 0x100 + i, 2);
		h2_bytes_put_number(&payload, i, 4);
	}
	scene_frame(&scene, NGHTTP2_SETTINGS, 0, 0, h2_bytes_span(&payload));
	expect_no_limit();
	h2_bytes_put_number(&payload, 0, 6);
	scene_frame(&scene, NGHTTP2_SETTINGS, 0, 0, h2_bytes_span(&payload));
	assert_told(&scene, 1, "[200]!limit");
	expect_calm();
	h2_bytes_done(&payload);
	scene_done(&scene);
}

/* A head in as many CONTINUATIONs of no bytes. */
static void give_continuations(uint32_t stream, unsigned count)
{
	scene_frame(&scene, NGHTTP2_HEADERS, 0, stream, SPAN("\x88"));
	while (count-- && !scene.err)
		scene_frame(&scene, NGHTTP2_CONTINUATION, count ? 0 : END_HEADERS, stream,
			    SPAN(""));
}

static void continuations_have_a_limit(void)
{
	begin();
	scene_get(&scene);
	scene_get(&scene);
	give_continuations(3, H2_MAX_CONTINUATIONS);
	assert_told(&scene, 2, "[200]");
	give_continuations(5, H2_MAX_CONTINUATIONS + 1);
	assert_told(&scene, 3, "!limit");
	expect_calm();
	scene_done(&scene);
}

static void continuations_of_a_stream_that_is_gone_have_a_limit(void)
{
	begin();
	scene_end_stream(&scene, 1);
	scene_flush(&scene);
	give_continuations(1, H2_MAX_CONTINUATIONS + 1);
	expect_calm();
	scene_done(&scene);
}

/* ---- heads ---- */

/* A head with so many fields of one byte. */
static void give_fields(uint8_t flags, const char *status, unsigned count)
{
	struct h2_bytes block = {0};
	uint8_t type = NGHTTP2_HEADERS;
	struct span rest;

	h2_bytes_put_fields(&block, status);
	while (count--)
		h2_bytes_put_fields(&block, "a: b");
	for (rest = h2_bytes_span(&block); rest.len > 16384;
	     rest = span_skip(rest, 16384)) {
		scene_frame(&scene, type, flags, 1, span_of(rest.at, 16384));
		type = NGHTTP2_CONTINUATION;
	}
	scene_frame(&scene, type,
		    type == NGHTTP2_HEADERS ? flags | END_HEADERS : END_HEADERS, 1, rest);
	h2_bytes_done(&block);
}

static void expect_stream_limit(void)
{
	assert_int_equal(scene.streams[1].result, ERR_LIMIT);
	scene.text.len = 0;
	assert_sent(&scene, "RST_STREAM 1 ENHANCE_YOUR_CALM\n");
	assert_int_equal(scene.err, 0);
	scene_head(&scene, END_STREAM, 3, ":status: 200\n");
	assert_told(&scene, 2, "[200].");
}

static void fields_have_a_limit(void)
{
	scene_begin(&scene);
	scene_get(&scene);
	scene_get(&scene);
	give_fields(0, ":status: 103\n", 499);
	give_fields(0, ":status: 200\n", 498);
	assert_int_equal(scene.streams[1].result, ERR_AGAIN);
	give_fields(END_STREAM, "a: b\n", 1); /* trailers */
	expect_stream_limit();
	scene_done(&scene);
}

static void a_thousand_fields_are_right(void)
{
	scene_begin(&scene);
	scene_get(&scene);
	give_fields(END_STREAM, ":status: 200\n", H2_HEAD_MAX_FIELDS - 1);
	assert_int_equal(scene.streams[1].result, ERR_EOF);
	scene_done(&scene);
}

/* Heads that have so many bytes, as they are counted: interim ones of 32 KiB, the rest.
 */
static void give_bytes(size_t bytes)
{
	const size_t own = strlen(":status") + strlen("103") + 4;
	char *field = malloc(40000);

	if (!field)
		abort();
	for (; bytes > 0 && scene.streams[1].result == ERR_AGAIN;) {
		size_t len = bytes < 2 * 32768 ? bytes : 32768;
		struct h2_bytes block = {0};
		size_t rest = len > 33000 ? len / 2 : len;

		h2_bytes_put_fields(&block, ":status: 103\n");
		(void)snprintf(field, 40000, "a: ");
		memset(field + 3, '0', rest - own - 5);
		field[3 + rest - own - 5] = '\0';
		h2_bytes_put_fields(&block, field);
		for (size_t at = 0; at < block.len; at += 16384) {
			bool is_last = at + 16384 >= block.len;

			scene_frame(
				&scene, at ? NGHTTP2_CONTINUATION : NGHTTP2_HEADERS,
				is_last ? END_HEADERS : 0, 1,
				span_of(block.at + at, is_last ? block.len - at : 16384));
		}
		h2_bytes_done(&block);
		bytes -= rest;
	}
	free(field);
}

static void bytes_of_heads_have_a_limit(void)
{
	scene_begin(&scene);
	scene_get(&scene);
	scene_get(&scene);
	give_bytes(H2_HEAD_MAX_BYTES - 14);
	assert_int_equal(scene.streams[1].result, ERR_AGAIN);
	scene_head(&scene, 0, 1, ":status: 200\n");
	assert_int_equal(scene.streams[1].result, ERR_AGAIN);
	scene_head(&scene, END_STREAM, 1, "a: b\n");
	expect_stream_limit();
	scene_done(&scene);
}

static void interim_heads_have_a_limit(void)
{
	scene_begin(&scene);
	scene_get(&scene);
	scene_get(&scene);
	for (unsigned i = 0; i < H2_MAX_INTERIM; i++)
		scene_head(&scene, 0, 1, ":status: 103\n");
	assert_int_equal(scene.streams[1].result, ERR_AGAIN);
	scene_head(&scene, 0, 1, ":status: 103\n");
	expect_stream_limit();
	scene_done(&scene);
}

int main(void)
{
	static const struct scene_play plays[] = {
		SCENE_PLAY(window_updates_for_a_body_are_free),
		SCENE_PLAY(what_came_before_a_flood_is_told),
		SCENE_PLAY(settings_have_a_limit),
		SCENE_PLAY(continuations_have_a_limit),
		SCENE_PLAY(fields_have_a_limit),
		SCENE_PLAY(a_thousand_fields_are_right),
		SCENE_PLAY(interim_heads_have_a_limit),
	};
	/* Many bytes; how they are cut is not what matters. */
	const struct CMUnitTest tests[] = {
		SCENE_TEST(floods_are_stopped),
		SCENE_TEST(floods_may_come_slowly),
		SCENE_TEST(answers_wait_for_a_peer_that_does_not_read),
		SCENE_TEST(continuations_of_a_stream_that_is_gone_have_a_limit),
		SCENE_TEST(bytes_of_heads_have_a_limit),
	};
	int failed = scene_run(plays, TEST_COUNT(plays));

	return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
