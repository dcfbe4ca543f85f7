/* SPDX-License-Identifier: MIT */
/*
 * An HTTP/2 connection for which memory runs out, at each allocation in turn: nghttp2's
 * are among them. Whatever happens, the connection or a stream fails with that, or all is
 * as it should be; nothing is lost.
 */
#include "h2_scene.h"

static struct scene scene;

static const struct headers_field fields[] = {
	{{"Accept", 6}, {"*/*", 3}},
	{{"Authorization", 13}, {"Bearer abc", 10}},
	{{"X-Long-Name", 11}, {"a value", 7}},
};

/* Starts a request; whether it was. */
static bool start(const char *method, uint64_t body_length)
{
	const struct url url = url_of_request(SPAN("a.example/p?q"), 9, true);
	const struct request_head head = {
		.method = span_str(method),
		.url = &url,
		.headers = {.at = (struct headers_field *)(uintptr_t)fields,
			    .count = TEST_COUNT(fields),
			    .cap = TEST_COUNT(fields)},
		.body_length = body_length,
	};
	struct scene_stream *stream = &scene.streams[scene.started + 1];
	enum err err = h2_stream_start(scene.h2, &stream->stream, &stream->arena, &head);

	if (err) {
		assert_true(err == ERR_NO_MEMORY || err == ERR_REFUSED);
		if (!scene.err)
			scene.err = h2_fault(scene.h2)->err;
		return false;
	}
	scene.started++;
	stream->is_started = true;
	stream->result = ERR_AGAIN;
	return true;
}

/* What the connection has told by other ways than those that the scene looks at. */
static void look(void)
{
	if (!scene.err)
		scene.err = h2_fault(scene.h2)->err;
}

static void give_head(uint32_t stream, uint8_t flags, const char *text)
{
	look();
	scene_head(&scene, flags, stream, text);
	look();
}

static void give_data(uint32_t stream, size_t len)
{
	look();
	scene_much_data(&scene, stream, len);
	look();
}

static void flush(void)
{
	look();
	scene_flush(&scene);
	look();
}

static void write_some(unsigned number, struct span body, bool is_last)
{
	struct h2_stream *stream = &scene.streams[number].stream;
	enum err err;

	if (!scene.streams[number].is_started)
		return;
	err = h2_stream_write(stream, &body, is_last);
	flush();
	if (err == ERR_AGAIN)
		err = h2_stream_write(stream, &body, is_last);
	assert_true(err == ERR_NONE || err == ERR_CLOSED || err == ERR_NO_MEMORY);
}

static void exchange(void)
{
	static const char upload[40000];

	(void)start("GET", MESSAGE_NO_BODY);
	(void)start("PUT", sizeof(upload));
	(void)start("PUT", MESSAGE_LENGTH_UNKNOWN);
	(void)start("GET", MESSAGE_NO_BODY);
	flush();
	look();
	scene_settings(&scene, NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, 100);
	look();
	scene_settings(&scene, NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 100000);
	look();
	scene_frame(&scene, NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0, SPAN(""));
	write_some(2, span_of(upload, sizeof(upload)), true);
	write_some(3, SPAN("first"), false);
	write_some(3, SPAN("last"), true);
	scene.streams[1].is_paused = true;
	give_head(1, 0, ":status: 103\nlink: something\n");
	give_head(1, 0, ":status: 200\nserver: s\nx: y\n");
	give_data(1, 60000);
	give_data(1, 100);
	give_data(1, 60000);
	while (scene.streams[1].is_started && scene_pull_one(&scene.streams[1]))
		continue;
	scene.streams[1].is_paused = false;
	give_data(1, 60000);
	give_head(1, END_STREAM, "trailer: x\n");
	give_head(3, END_STREAM, ":status: 204\n");
	give_head(5, END_STREAM, ":status: 200\nTHIS-IS: wrong\n");
	look();
	scene_frame(&scene, NGHTTP2_PING, 0, 0, SPAN("12345678"));
	assert_true(h2_ping(scene.h2) == ERR_NONE || h2_fault(scene.h2)->err);
	flush();
	if (scene.streams[4].is_started)
		scene_end_stream(&scene, 4);
	look();
	scene_goaway(&scene, 7, NGHTTP2_NO_ERROR);
	h2_close(scene.h2);
	flush();
}

/* The connection with all memory tells what it should. */
static void check_plenty(void)
{
	struct h2_bytes *told = &scene.streams[1].told;
	static const char begin[] = "<103|link=something>[200|server=s|x=y]";

	assert_int_equal(scene.err, 0);
	assert_int_equal(told->len, sizeof(begin) - 1 + 3 * 60000 + 100 + 1);
	assert_memory_equal(told->at, begin, sizeof(begin) - 1);
	assert_told(&scene, 2, "[204].");
	assert_told(&scene, 3, "!protocol");
	assert_told(&scene, 4, "");
}

static void check_scarce(void)
{
	assert_true(scene.err == 0 || scene.err == ERR_NO_MEMORY);
	for (unsigned i = 1; i <= scene.started; i++) {
		enum err err = scene.streams[i].result;

		assert_true(err == ERR_AGAIN || err == ERR_EOF || err == ERR_NO_MEMORY ||
			    err == ERR_REFUSED || (err == ERR_PROTOCOL && i == 3));
		if (scene.err && scene.streams[i].is_started)
			assert_int_not_equal(err, ERR_AGAIN);
	}
}

/* false: nothing failed. */
static bool play(void (*order)(unsigned long), unsigned long n)
{
	long blocks = mem_live_blocks();
	bool has_failed;

	memset(&scene, 0, sizeof(scene));
	assert_int_equal(nghttp2_hd_inflate_new(&scene.inflater), 0);
	order(n);
	scene.err = h2_new(&scene.h2);
	if (!scene.err)
		exchange();
	has_failed = mem_has_failed();
	mem_fail_at(0);
	if (has_failed)
		check_scarce();
	else
		check_plenty();
	scene_done(&scene);
	assert_int_equal(mem_live_blocks(), blocks);
	return has_failed;
}

static void one_allocation_fails(void **state)
{
	unsigned long n = 1;

	(void)state;
	while (play(mem_fail_at, n))
		n++;
	assert_true(n > 50);
}

static void all_allocations_fail_from_one_on(void **state)
{
	unsigned long n = 1;

	(void)state;
	while (play(mem_fail_from, n))
		n++;
	assert_true(n > 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_allocation_fails),
		cmocka_unit_test(all_allocations_fail_from_one_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
