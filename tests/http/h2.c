/* SPDX-License-Identifier: MIT */
/* Exchanges over an HTTP/2 connection, and how a connection begins and ends. */
#include "h2_scene.h"

static struct scene scene;

static void the_client_greets_and_is_greeted(void **state)
{
	(void)state;
	scene_init(&scene);
	assert_true(h2_has_output(scene.h2));
	assert_sent(&scene, "SETTINGS 2=0 4=262144 6=262144\n"
			    "WINDOW_UPDATE 0 16711681\n");
	assert_false(h2_has_output(scene.h2));
	scene_settings(&scene, 0, 0);
	assert_sent(&scene, "SETTINGS ack\n");
	scene_done(&scene);
}

static void a_get_is_sent_and_answered(void **state)
{
	(void)state;
	scene_begin(&scene);
	scene_start(&scene, &(struct scene_request){.fields = "Accept: */*\nX-Y: z\n"});
	assert_sent(&scene, "HEADERS 1 end :method=GET :scheme=https "
			    ":authority=a.example :path=/p?q accept=*/* x-y=z\n");
	scene_head(&scene, 0, 1,
		   ":status: 200\nserver: s\nset-cookie: a\nset-cookie: b\n");
	assert_told(&scene, 1, "[200|server=s|set-cookie=a|set-cookie=b]");
	scene_data(&scene, 0, 1, "hello ");
	assert_told(&scene, 1, "hello ");
	scene_data(&scene, END_STREAM, 1, "world");
	assert_told(&scene, 1, "world.");
	scene_end_stream(&scene, 1);
	assert_sent(&scene, "");
	scene_done(&scene);
}

static void a_body_is_sent(void **state)
{
	struct span body = SPAN("12345");
	struct h2_stream *stream = &scene.streams[1].stream;

	(void)state;
	scene_begin(&scene);
	scene_start(&scene, &(struct scene_request){.method = "PUT", .body_length = 5});
	assert_int_equal(h2_stream_write(stream, &body, true), ERR_AGAIN);
	assert_int_equal(body.len, 5);
	assert_sent(&scene, "HEADERS 1 :method=PUT :scheme=https "
			    ":authority=a.example :path=/p?q content-length=5\n"
			    "DATA 1 5 end\n");
	assert_int_equal(scene.streams[1].news, 1);
	assert_int_equal(h2_stream_write(stream, &body, true), 0);
	assert_int_equal(body.len, 0);
	scene_head(&scene, END_STREAM, 1, ":status: 204\n");
	assert_told(&scene, 1, "[204].");
	scene_done(&scene);
}

static void a_stream_is_cancelled(void **state)
{
	(void)state;
	scene_begin(&scene);
	scene_get(&scene);
	scene_end_stream(&scene, 1);
	assert_sent(&scene, "RST_STREAM 1 CANCEL\n");
	scene_head(&scene, END_STREAM, 1, ":status: 204\n");
	assert_sent(&scene, "");
	scene_done(&scene);
}

static void a_broken_frame_ends_the_connection(void **state)
{
	(void)state;
	scene_begin(&scene);
	scene_get(&scene);
	scene_frame(&scene, NGHTTP2_PING, 0, 0, SPAN("short"));
	assert_int_equal(scene.err, ERR_PROTOCOL);
	assert_told(&scene, 1, "!protocol");
	assert_sent(&scene, "GOAWAY 0 FRAME_SIZE_ERROR\n");
	scene_done(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_client_greets_and_is_greeted),
		cmocka_unit_test(a_get_is_sent_and_answered),
		cmocka_unit_test(a_body_is_sent),
		cmocka_unit_test(a_stream_is_cancelled),
		cmocka_unit_test(a_broken_frame_ends_the_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
