/* SPDX-License-Identifier: MIT */
/* Bodies over HTTP/2: those that are sent, and windows. */
#include "h2_scene.h"

static struct scene scene;

#define PUT(length)                                                                      \
	&(struct scene_request)                                                          \
	{                                                                                \
		.method = "PUT", .body_length = (length)                                 \
	}

static void forget_sent(void)
{
	scene_flush(&scene);
	scene.text.len = 0;
}

static enum err write_body(unsigned number, struct span *body, bool is_last)
{
	return h2_stream_write(&scene.streams[number].stream, body, is_last);
}

static void a_body_is_sent_in_one_frame(void)
{
	struct span body = SPAN("12345");

	scene_begin(&scene);
	scene_start(&scene, PUT(5));
	assert_int_equal(write_body(1, &body, true), ERR_AGAIN);
	assert_int_equal(body.len, 5);
	assert_sent(&scene, "HEADERS 1 :method=PUT :scheme=https "
			    ":authority=a.example :path=/p?q content-length=5\n"
			    "DATA 1 5 end\n");
	assert_int_equal(scene.streams[1].news, 1);
	assert_int_equal(write_body(1, &body, true), 0);
	assert_int_equal(body.len, 0);
	assert_int_equal(write_body(1, &body, true), 0);
	scene_head(&scene, END_STREAM, 1, ":status: 204\n");
	assert_told(&scene, 1, "[204].");
	assert_sent(&scene, "");
	scene_done(&scene);
}

static void a_body_may_come_bit_by_bit(void)
{
	struct span first = SPAN("ab");
	struct span more = SPAN("cdef");
	struct span none = SPAN("");

	scene_begin(&scene);
	scene_start(&scene, PUT(MESSAGE_LENGTH_UNKNOWN));
	assert_int_equal(write_body(1, &none, false), 0);
	forget_sent();
	assert_int_equal(write_body(1, &first, false), ERR_AGAIN);
	assert_sent(&scene, "DATA 1 2\n");
	assert_int_equal(write_body(1, &first, false), 0);
	assert_int_equal(first.len, 0);
	assert_sent(&scene, "");
	assert_int_equal(write_body(1, &more, false), ERR_AGAIN);
	assert_sent(&scene, "DATA 1 4\n");
	assert_int_equal(write_body(1, &more, true), ERR_AGAIN);
	assert_int_equal(more.len, 0);
	assert_sent(&scene, "DATA 1 0 end\n");
	assert_int_equal(write_body(1, &more, true), 0);
	assert_false(h2_has_output(scene.h2));
	scene_done(&scene);
}

static void a_request_without_a_body_has_ended(void)
{
	struct span none = SPAN("");

	scene_begin(&scene);
	scene_get(&scene);
	scene_start(&scene, PUT(0));
	assert_int_equal(write_body(1, &none, true), 0);
	assert_int_equal(write_body(2, &none, true), 0);
	scene_done(&scene);
}

static void a_body_waits_for_the_window(void)
{
	static char bytes[100000];
	struct span body = {bytes, sizeof(bytes)};

	scene_begin(&scene);
	scene_start(&scene, PUT(sizeof(bytes)));
	assert_int_equal(write_body(1, &body, true), ERR_AGAIN);
	assert_sent(&scene, "HEADERS 1 :method=PUT :scheme=https "
			    ":authority=a.example :path=/p?q content-length=100000\n"
			    "DATA 1 16384\nDATA 1 16384\nDATA 1 16384\nDATA 1 16383\n");
	assert_int_equal(write_body(1, &body, true), ERR_AGAIN);
	assert_int_equal(body.len, 100000 - 65535);
	assert_sent(&scene, "");
	scene_number(&scene, NGHTTP2_WINDOW_UPDATE, 0, 1000);
	assert_sent(&scene, "");
	scene_number(&scene, NGHTTP2_WINDOW_UPDATE, 1, 100000);
	assert_sent(&scene, "DATA 1 1000\n");
	scene_number(&scene, NGHTTP2_WINDOW_UPDATE, 0, 100000);
	assert_sent(&scene, "DATA 1 16384\nDATA 1 16384\nDATA 1 697 end\n");
	assert_int_equal(write_body(1, &body, true), 0);
	assert_int_equal(body.len, 0);
	scene_done(&scene);
}

static void the_first_window_may_change(void)
{
	static char bytes[30000];
	struct span body = {bytes, sizeof(bytes)};

	scene_begin(&scene);
	scene_start(&scene, PUT(sizeof(bytes)));
	scene_settings(&scene, NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 10000);
	assert_int_equal(write_body(1, &body, true), ERR_AGAIN);
	assert_sent(&scene, "HEADERS 1 :method=PUT :scheme=https "
			    ":authority=a.example :path=/p?q content-length=30000\n"
			    "SETTINGS ack\n"
			    "DATA 1 10000\n");
	scene_settings(&scene, NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 4000);
	assert_sent(&scene, "SETTINGS ack\n");
	scene_number(&scene, NGHTTP2_WINDOW_UPDATE, 1, 6000);
	assert_sent(&scene, "");
	scene_number(&scene, NGHTTP2_WINDOW_UPDATE, 1, 1);
	assert_sent(&scene, "DATA 1 1\n");
	scene_settings(&scene, NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 100000);
	assert_sent(&scene, "SETTINGS ack\nDATA 1 16384\nDATA 1 3615 end\n");
	scene_done(&scene);
}

static void frames_grow_no_further_than_the_peer_says(void)
{
	static char bytes[20000];
	struct span body = {bytes, sizeof(bytes)};

	scene_begin(&scene);
	scene_settings(&scene, NGHTTP2_SETTINGS_MAX_FRAME_SIZE, 1u << 20);
	scene_start(&scene, PUT(sizeof(bytes)));
	forget_sent();
	assert_int_equal(write_body(1, &body, true), ERR_AGAIN);
	assert_sent(&scene, "DATA 1 16384\nDATA 1 3616 end\n");
	scene_done(&scene);
}

static void bodies_take_turns(void)
{
	static char bytes[40000];
	struct span bodies[2] = {{bytes, sizeof(bytes)}, {bytes, sizeof(bytes)}};

	scene_begin(&scene);
	scene.put_bytes = 1;
	scene_start(&scene, PUT(sizeof(bytes)));
	scene_start(&scene, PUT(sizeof(bytes)));
	forget_sent();
	assert_int_equal(write_body(1, &bodies[0], true), ERR_AGAIN);
	assert_int_equal(write_body(2, &bodies[1], true), ERR_AGAIN);
	assert_sent(&scene, "DATA 1 16384\nDATA 3 16384\nDATA 1 16384\nDATA 3 16383\n");
	scene_done(&scene);
}

static void a_body_is_put_as_far_as_there_is_room(void)
{
	static char bytes[60000];
	struct span body = {bytes, sizeof(bytes)};
	struct buf out = {0};

	scene_begin(&scene);
	scene_start(&scene, PUT(sizeof(bytes)));
	forget_sent();
	assert_int_equal(write_body(1, &body, true), ERR_AGAIN);
	assert_int_equal(h2_put(scene.h2, &out, 20000), 0);
	assert_int_equal(out.len, 2 * (16384 + 9));
	assert_true(h2_has_output(scene.h2));
	assert_int_equal(write_body(1, &body, true), ERR_AGAIN);
	assert_int_equal(body.len, sizeof(bytes) - 2 * 16384);
	assert_int_equal(h2_put(scene.h2, &out, 0), 0);
	assert_int_equal(out.len, 2 * (16384 + 9));
	buf_done(&out);
	scene_done(&scene);
}

static void an_early_response_ends_a_body(void)
{
	struct span body = SPAN("abc");

	scene_begin(&scene);
	scene_start(&scene, PUT(MESSAGE_LENGTH_UNKNOWN));
	assert_int_equal(write_body(1, &body, false), ERR_AGAIN);
	forget_sent();
	scene_head(&scene, 0, 1, ":status: 413\n");
	scene_data(&scene, END_STREAM, 1, "too much");
	assert_told(&scene, 1, "[413]too much.");
	assert_int_equal(write_body(1, &body, false), 0);
	body = SPAN("def");
	assert_int_equal(write_body(1, &body, false), ERR_AGAIN);
	scene_reset(&scene, 1, NGHTTP2_NO_ERROR);
	assert_int_equal(write_body(1, &body, false), ERR_CLOSED);
	assert_int_equal(body.len, 3);
	assert_int_equal(scene.streams[1].result, ERR_EOF);
	assert_told(&scene, 1, "");
	scene_end_stream(&scene, 1);
	assert_sent(&scene, "");
	scene_done(&scene);
}

static void an_early_response_may_be_whole_before_it_is_pulled(void)
{
	struct span body = SPAN("abc");

	scene_begin(&scene);
	scene_start(&scene, PUT(MESSAGE_LENGTH_UNKNOWN));
	forget_sent();
	scene.streams[1].is_paused = true;
	scene_head(&scene, END_STREAM, 1, ":status: 413\n");
	scene_reset(&scene, 1, NGHTTP2_CANCEL);
	assert_int_equal(write_body(1, &body, true), ERR_CLOSED);
	while (scene_pull_one(&scene.streams[1]))
		continue;
	assert_told(&scene, 1, "[413].");
	scene_done(&scene);
}

static void a_body_that_nobody_wants_is_cancelled(void)
{
	struct span body = SPAN("abc");

	scene_begin(&scene);
	scene_start(&scene, PUT(MESSAGE_LENGTH_UNKNOWN));
	forget_sent();
	assert_int_equal(write_body(1, &body, false), ERR_AGAIN);
	scene_head(&scene, END_STREAM, 1, ":status: 413\n");
	scene_end_stream(&scene, 1);
	assert_sent(&scene, "RST_STREAM 1 CANCEL\n");
	scene_done(&scene);
}

static void a_reset_stream_takes_no_body(void)
{
	struct span body = SPAN("abc");
	struct span none = SPAN("");

	scene_begin(&scene);
	scene_start(&scene, PUT(3));
	forget_sent();
	assert_int_equal(write_body(1, &body, true), ERR_AGAIN);
	scene_reset(&scene, 1, NGHTTP2_REFUSED_STREAM);
	assert_int_equal(write_body(1, &body, true), ERR_CLOSED);
	assert_int_equal(write_body(1, &none, true), ERR_CLOSED);
	assert_told(&scene, 1, "!refused");
	assert_sent(&scene, "");
	scene_done(&scene);
}

/* ---- windows of responses ---- */

static void what_is_not_pulled_keeps_its_window_only(void)
{
	scene_begin(&scene);
	scene_get(&scene);
	scene_get(&scene);
	scene.streams[1].is_paused = true;
	scene_head(&scene, 0, 1, ":status: 200\n");
	scene_head(&scene, 0, 3, ":status: 200\n");
	scene_much_data(&scene, 1, H2_WINDOW_BYTES);
	assert_sent(&scene, "");
	scene_data(&scene, END_STREAM, 3, "fast");
	assert_told(&scene, 2, "[200]fast.");
	while (scene_pull_one(&scene.streams[1]))
		continue;
	assert_int_equal(scene.streams[1].told.len, 5 + H2_WINDOW_BYTES);
	scene_flush(&scene);
	assert_true(scene.text.len > 0); /* windows open */
	scene_done(&scene);
}

static void a_window_that_is_overrun_fails_its_stream(void)
{
	scene_begin(&scene);
	scene_get(&scene);
	scene_get(&scene);
	scene.streams[1].is_paused = true;
	scene_head(&scene, 0, 1, ":status: 200\n");
	scene_much_data(&scene, 1, H2_WINDOW_BYTES + 1);
	while (scene_pull_one(&scene.streams[1]))
		continue;
	scene.streams[1].told.len = 0;
	assert_int_equal(scene.streams[1].result, ERR_PROTOCOL);
	assert_sent(&scene, "RST_STREAM 1 FLOW_CONTROL_ERROR\n");
	scene_head(&scene, END_STREAM, 3, ":status: 200\n");
	assert_told(&scene, 2, "[200].");
	scene_done(&scene);
}

static void the_connections_window_opens_when_bytes_come(void)
{
	scene_begin(&scene);
	for (unsigned i = 1; i <= 40; i++) {
		scene_get(&scene);
		scene.streams[i].is_paused = true;
		scene_head(&scene, 0, 2 * i - 1, ":status: 200\n");
	}
	for (unsigned i = 1; i <= 40; i++)
		scene_much_data(&scene, 2 * i - 1, H2_WINDOW_BYTES);
	assert_sent(&scene, "WINDOW_UPDATE 0 8388608\n");
	for (unsigned i = 1; i <= 40; i++)
		scene_end_stream(&scene, i);
	scene_done(&scene);
}

/* How many bytes a stream's window has grown by, as the client says. */
static uint64_t read_updates(void)
{
	uint64_t sum = 0;
	char *line;
	char *rest;

	scene_flush(&scene);
	h2_bytes_put(&scene.text, "", 1);
	for (line = strtok_r(scene.text.at, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		unsigned stream;
		unsigned update;

		if (sscanf(line, "WINDOW_UPDATE %u %u", &stream, &update) == 2 && stream)
			sum += update;
	}
	scene.text.len = 0;
	return sum;
}

static void a_window_grows_with_its_reader(void)
{
	uint64_t given = 0;
	uint64_t granted = H2_WINDOW_BYTES;

	scene_begin(&scene);
	scene_get(&scene);
	scene_head(&scene, 0, 1, ":status: 200\n");
	while (given < 2 * H2_MAX_WINDOW_BYTES) {
		scene_much_data(&scene, 1, 16384);
		given += 16384;
		granted += read_updates();
		assert_true(granted - given <= H2_MAX_WINDOW_BYTES);
		assert_true(granted - given >= H2_WINDOW_BYTES / 2);
		scene.streams[1].told.len = 0;
	}
	assert_true(granted - given > H2_MAX_WINDOW_BYTES / 2);
	scene_done(&scene);
}

/* Until it has, a window has 64 KiB less one byte (RFC 9113 6.9.2). */
static void a_window_never_runs_dry_where_the_peer_acknowledges_nothing(void)
{
	static const size_t frames[] = {1, 999, 16383};

	for (size_t i = 0; i < TEST_COUNT(frames); i++) {
		uint64_t given = 0;
		uint64_t granted = 65535;

		scene_init(&scene);
		scene_settings(&scene, 0, 0);
		scene_get(&scene);
		scene_head(&scene, 0, 1, ":status: 200\n");
		scene.streams[1].told.len = 0;
		while (given < 300000) {
			size_t len =
				granted - given < frames[i] ? granted - given : frames[i];

			assert_true(len > 0);
			scene_much_data(&scene, 1, len);
			given += len;
			granted += read_updates();
			scene.streams[1].told.len = 0;
		}
		scene_done(&scene);
	}
}

static void a_window_stays_with_a_slow_reader(void)
{
	uint64_t given = 0;
	uint64_t granted = H2_WINDOW_BYTES;

	scene_begin(&scene);
	scene_get(&scene);
	scene.streams[1].is_paused = true;
	scene_head(&scene, 0, 1, ":status: 200\n");
	scene_much_data(&scene, 1, H2_WINDOW_BYTES / 2);
	given += H2_WINDOW_BYTES / 2;
	for (unsigned i = 0; i < 50; i++) {
		if (granted - given >= 16384) {
			scene_much_data(&scene, 1, 16384);
			given += 16384;
		}
		while (scene.streams[1].told.len < 16384)
			assert_true(scene_pull_one(&scene.streams[1]));
		scene.streams[1].told.len -= 16384;
		granted += read_updates();
		assert_true(granted - given <= H2_WINDOW_BYTES);
	}
	assert_true(given > 2 * H2_WINDOW_BYTES);
	scene_done(&scene);
}

static void padding_does_not_use_a_window_up(void)
{
	struct h2_bytes payload = {0};

	scene_begin(&scene);
	scene_get(&scene);
	scene_head(&scene, 0, 1, ":status: 200\n");
	h2_bytes_put_number(&payload, 255, 1);
	memset(h2_bytes_room(&payload, 256), 0, 256);
	payload.len += 256;
	for (unsigned i = 0; i < 2 * H2_WINDOW_BYTES / 257; i++) {
		scene_frame(&scene, NGHTTP2_DATA, PADDED, 1, h2_bytes_span(&payload));
		(void)read_updates();
	}
	assert_int_equal(scene.streams[1].result, ERR_AGAIN);
	h2_bytes_done(&payload);
	scene_done(&scene);
}

static void what_is_held_back_comes_in_order(void)
{
	static const size_t lens[] = {1024, 5000, 10, 2000, 1, 16384, 16384, 3};
	uint8_t next = 0;
	size_t all = 0;

	scene_begin(&scene);
	scene_get(&scene);
	scene.streams[1].is_paused = true;
	scene_head(&scene, 0, 1, ":status: 200\n");
	for (unsigned i = 0; i < TEST_COUNT(lens); i++) {
		char bytes[16384];

		for (size_t at = 0; at < lens[i]; at++)
			bytes[at] = (char)next++;
		scene_frame(&scene, NGHTTP2_DATA, 0, 1, span_of(bytes, lens[i]));
		all += lens[i];
		if (i == 4) /* the head and the first bytes */
			assert_true(scene_pull_one(&scene.streams[1]) &&
				    scene_pull_one(&scene.streams[1]));
	}
	while (scene_pull_one(&scene.streams[1]))
		continue;
	assert_int_equal(scene.streams[1].told.len, all + 5);
	for (size_t at = 0; at < all; at++)
		assert_int_equal((uint8_t)scene.streams[1].told.at[5 + at], at & 0xFF);
	scene_done(&scene);
}

int main(void)
{
	static const struct scene_play plays[] = {
		SCENE_PLAY(a_body_is_sent_in_one_frame),
		SCENE_PLAY(a_body_may_come_bit_by_bit),
		SCENE_PLAY(a_request_without_a_body_has_ended),
		SCENE_PLAY(a_body_waits_for_the_window),
		SCENE_PLAY(the_first_window_may_change),
		SCENE_PLAY(frames_grow_no_further_than_the_peer_says),
		SCENE_PLAY(bodies_take_turns),
		SCENE_PLAY(a_body_is_put_as_far_as_there_is_room),
		SCENE_PLAY(an_early_response_ends_a_body),
		SCENE_PLAY(an_early_response_may_be_whole_before_it_is_pulled),
		SCENE_PLAY(a_body_that_nobody_wants_is_cancelled),
		SCENE_PLAY(a_reset_stream_takes_no_body),
		SCENE_PLAY(what_is_held_back_comes_in_order),
	};
	/* Many bytes; how they are cut is not what matters. */
	const struct CMUnitTest tests[] = {
		SCENE_TEST(what_is_not_pulled_keeps_its_window_only),
		SCENE_TEST(a_window_that_is_overrun_fails_its_stream),
		SCENE_TEST(the_connections_window_opens_when_bytes_come),
		SCENE_TEST(a_window_grows_with_its_reader),
		SCENE_TEST(a_window_never_runs_dry_where_the_peer_acknowledges_nothing),
		SCENE_TEST(a_window_stays_with_a_slow_reader),
		SCENE_TEST(padding_does_not_use_a_window_up),
	};
	int failed = scene_run(plays, TEST_COUNT(plays));

	return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
