/* SPDX-License-Identifier: MIT */
/* Exchanges over an HTTP/2 connection, and how it begins and ends, in good order. */
#include "h2_scene.h"

#include "http/h2_inside.h"

static struct scene scene;

static void the_client_greets_and_is_greeted(void)
{
	scene_init(&scene);
	assert_true(h2_has_output(scene.h2));
	assert_int_equal(h2_room(scene.h2), 100);
	assert_sent(&scene, "SETTINGS 2=0 4=262144 6=262144\n"
			    "WINDOW_UPDATE 0 16711681\n");
	assert_false(h2_has_output(scene.h2));
	scene_settings(&scene, 0, 0);
	assert_sent(&scene, "SETTINGS ack\n");
	assert_int_equal(h2_room(scene.h2), 100);
	scene_done(&scene);
}

static void a_request_may_go_before_the_peer_has_greeted(void)
{
	scene_init(&scene);
	scene_start(&scene, &(struct scene_request){0});
	assert_sent(&scene, "SETTINGS 2=0 4=262144 6=262144\n"
			    "WINDOW_UPDATE 0 16711681\n"
			    "HEADERS 1 end :method=GET :scheme=https "
			    ":authority=a.example :path=/p?q\n");
	scene_done(&scene);
}

static void a_get_is_sent_and_answered(void)
{
	scene_begin(&scene);
	scene_start(&scene, &(struct scene_request){.fields = "Accept: */*\nX-Y: z\n"});
	assert_false(scene.streams[1].stream.has_bytes);
	assert_sent(&scene, "HEADERS 1 end :method=GET :scheme=https "
			    ":authority=a.example :path=/p?q accept=*/* x-y=z\n");
	scene_head(&scene, 0, 1,
		   ":status: 200\nserver: s\nset-cookie: a\nset-cookie: b\nempty: \n");
	assert_true(scene.streams[1].stream.has_bytes);
	assert_told(&scene, 1, "[200|server=s|set-cookie=a|set-cookie=b|empty=]");
	scene_data(&scene, 0, 1, "hello ");
	assert_told(&scene, 1, "hello ");
	assert_int_equal(scene.streams[1].result, ERR_AGAIN);
	scene_data(&scene, END_STREAM, 1, "world");
	assert_told(&scene, 1, "world.");
	assert_int_equal(scene.streams[1].result, ERR_EOF);
	scene_end_stream(&scene, 1);
	assert_sent(&scene, "");
	scene_done(&scene);
}

static void responses_come_in_any_order(void)
{
	scene_begin(&scene);
	for (unsigned i = 1; i <= 3; i++)
		scene_get(&scene);
	scene_head(&scene, 0, 5, ":status: 203\n");
	scene_head(&scene, END_STREAM, 1, ":status: 201\n");
	scene_head(&scene, 0, 3, ":status: 299\n");
	scene_data(&scene, 0, 5, "c");
	scene_data(&scene, END_STREAM, 3, "b");
	scene_data(&scene, END_STREAM, 5, "c");
	assert_told(&scene, 1, "[201].");
	assert_told(&scene, 2, "[299]b.");
	assert_told(&scene, 3, "[203]cc.");
	assert_sent(&scene, "");
	scene_done(&scene);
}

static void fields_of_the_connection_stay_away(void)
{
	scene_begin(&scene);
	scene_start(&scene,
		    &(struct scene_request){
			    .fields = "TE: trailers\n"
				      "Upgrade: h2c\n"
				      "Connection: close\n"
				      "Keep-Alive: 1\n"
				      "HTTP2-Settings: A\n"
				      "Content-Length: 7\n"
				      "Proxy-Connection: close\n"
				      "Transfer-Encoding: chunked\n"
				      "Tf: 1\nCookies: 2\nUpgradf: 3\nKEEP-alivf: 4\n"
				      "A[Z`{@: 5\n"});
	assert_sent(&scene, "HEADERS 1 end :method=GET :scheme=https "
			    ":authority=a.example :path=/p?q "
			    "tf=1 cookies=2 upgradf=3 keep-alivf=4 a[z`{@=5\n");
	scene_done(&scene);
}

static void host_becomes_the_authority(void)
{
	scene_begin(&scene);
	scene_start(&scene, &(struct scene_request){.fields = "HOST: b.example:1\n"});
	assert_sent(&scene, "HEADERS 1 end :method=GET :scheme=https "
			    ":authority=b.example:1 :path=/p?q\n");
	scene_done(&scene);
}

static void a_list_may_be_laid_out_and_lent(void)
{
	const struct url url = url_of_request(SPAN("a.example/p?q"), 9, true);
	struct headers_field fields[8] = {{SPAN("X"), SPAN("1")},
					  {SPAN("Accept"), SPAN("*/*")},
					  {SPAN("UserName"), SPAN("")},
					  {SPAN("X-Nineteen-Letters!"), SPAN("2")}};
	struct request_head head = {.method = SPAN("PUT"), .url = &url};
	struct scene_stream *stream = &scene.streams[1];
	char *names;

	scene_begin(&scene);
	mem_fail_at(1);
	assert_int_equal(h2_lay_out(fields, 4, &names), ERR_NO_MEMORY);
	mem_fail_at(0);
	assert_int_equal(h2_lay_out(fields, 4, &names), 0);
	headers_borrow(&head.headers, fields, 4);
	assert_int_equal(
		h2_stream_start(scene.h2, &stream->stream, &stream->arena, &head), 0);
	scene.started = 1;
	stream->is_started = true;
	assert_sent(&scene, "HEADERS 1 end :method=PUT :scheme=https "
			    ":authority=a.example :path=/p?q x=1 accept=*/* username= "
			    "x-nineteen-letters!=2 content-length=0\n");
	mem_free(names);
	scene_done(&scene);
}

static void credentials_are_never_indexed(void)
{
	const struct request_access access = {.authorization = SPAN("Basic b3Vycw=="),
					      .proxy_authorization = SPAN("Basic cA==")};

	scene_begin(&scene);
	scene_start(&scene,
		    &(struct scene_request){.fields = "Cookie: a=b; c=d\n"
						      "AUTHORIZATION: Bearer x\n"});
	scene_start(&scene, &(struct scene_request){.fields = "Authorization: Bearer x\n",
						    .access = &access});
	assert_sent(&scene,
		    "HEADERS 1 end :method=GET :scheme=https :authority=a.example "
		    ":path=/p?q !cookie=a=b; c=d !authorization=Bearer x\n"
		    "HEADERS 3 end :method=GET :scheme=https :authority=a.example "
		    ":path=/p?q !authorization=Basic b3Vycw== "
		    "!proxy-authorization=Basic cA==\n");
	scene_done(&scene);
}

static void lengths_are_said_as_in_http_1(void)
{
	scene_begin(&scene);
	scene_start(&scene, &(struct scene_request){.method = "POST",
						    .body_length = MESSAGE_NO_BODY});
	scene_start(&scene, &(struct scene_request){.method = "DELETE",
						    .body_length = MESSAGE_NO_BODY});
	scene_start(&scene, &(struct scene_request){.method = "PUT", .body_length = 0});
	scene_start(&scene, &(struct scene_request){.method = "PUT",
						    .body_length = UINT64_MAX - 2});
	scene_start(&scene,
		    &(struct scene_request){.method = "PUT",
					    .body_length = MESSAGE_LENGTH_UNKNOWN});
	assert_sent(&scene,
		    "HEADERS 1 end :method=POST :scheme=https :authority=a.example "
		    ":path=/p?q content-length=0\n"
		    "HEADERS 3 end :method=DELETE :scheme=https :authority=a.example "
		    ":path=/p?q\n"
		    "HEADERS 5 end :method=PUT :scheme=https :authority=a.example "
		    ":path=/p?q content-length=0\n"
		    "HEADERS 7 :method=PUT :scheme=https :authority=a.example "
		    ":path=/p?q content-length=18446744073709551613\n"
		    "HEADERS 9 :method=PUT :scheme=https :authority=a.example "
		    ":path=/p?q\n");
	scene_done(&scene);
}

static void a_long_head_is_continued(void)
{
	enum { VALUE_BYTES = 100000 };
	char *fields = malloc(VALUE_BYTES + 8);
	unsigned continuations = 0;

	if (!fields)
		abort();
	memcpy(fields, "A: ", 3);
	memset(fields + 3, '\\', VALUE_BYTES); /* long in Huffman's code */
	memcpy(fields + 3 + VALUE_BYTES, "\n", 2);
	scene_begin(&scene);
	scene_start(&scene, &(struct scene_request){.fields = fields});
	scene_flush(&scene);
	h2_bytes_put(&scene.text, "", 1);
	for (const char *at = scene.text.at; (at = strstr(at, "CONTINUATION 1\n")); at++)
		continuations++;
	assert_int_equal(continuations, VALUE_BYTES / 16384);
	scene_head(&scene, END_STREAM, 1, ":status: 200\n");
	assert_told(&scene, 1, "[200].");
	scene_done(&scene);
	free(fields);
}

static void interim_heads_are_told(void)
{
	scene_begin(&scene);
	scene_get(&scene);
	scene.streams[1].is_paused = true;
	scene_head(&scene, 0, 1, ":status: 100\n");
	scene_head(&scene, 0, 1, ":status: 103\nlink: x\n");
	scene_head(&scene, 0, 1, ":status: 200\na: b\n");
	scene_data(&scene, END_STREAM, 1, "x");
	while (scene_pull_one(&scene.streams[1]))
		continue;
	assert_told(&scene, 1, "<100><103|link=x>[200|a=b]x.");
	scene_done(&scene);
}

static void trailers_are_taken_and_not_told(void)
{
	scene_begin(&scene);
	scene_get(&scene);
	scene_head(&scene, 0, 1, ":status: 200\n");
	scene_data(&scene, 0, 1, "body");
	scene_head(&scene, END_STREAM, 1, "x-checksum: 1\n");
	assert_told(&scene, 1, "[200]body.");
	assert_sent(&scene, "");
	scene_done(&scene);
}

static void a_head_may_come_in_many_frames(void)
{
	struct h2_bytes block = {0};

	scene_begin(&scene);
	scene_get(&scene);
	h2_bytes_put_fields(&block, ":status: 200\nname: value\n");
	for (size_t i = 0; i < block.len; i++) {
		bool is_last = i + 1 == block.len;

		if (i == H2_MAX_CONTINUATIONS - 1) {
			scene_frame(&scene, NGHTTP2_CONTINUATION, END_HEADERS, 1,
				    span_skip(h2_bytes_span(&block), i));
			break;
		}
		scene_frame(&scene, i ? NGHTTP2_CONTINUATION : NGHTTP2_HEADERS,
			    is_last ? END_HEADERS : 0, 1, span_of(block.at + i, 1));
	}
	h2_bytes_done(&block);
	assert_told(&scene, 1, "[200|name=value]");
	scene_done(&scene);
}

static void heads_and_data_may_be_padded(void)
{
	struct h2_bytes bytes = {0};

	scene_begin(&scene);
	scene_get(&scene);
	h2_bytes_put_number(&bytes, 3, 1);
	h2_bytes_put_fields(&bytes, ":status: 200\n");
	h2_bytes_put(&bytes, "\0\0\0", 3);
	scene_frame(&scene, NGHTTP2_HEADERS, END_HEADERS | PADDED, 1,
		    h2_bytes_span(&bytes));
	scene_frame(&scene, NGHTTP2_DATA, PADDED, 1, span_of("\2ab\0\0", 5));
	scene_frame(&scene, NGHTTP2_DATA, PADDED | END_STREAM, 1, span_of("\2\0\0", 3));
	assert_told(&scene, 1, "[200]ab.");
	assert_sent(&scene, "");
	h2_bytes_done(&bytes);
	scene_done(&scene);
}

static void some_responses_have_no_body(void)
{
	static const char *const lengths[] = {":status: 200\ncontent-length: 5\n",
					      ":status: 304\ncontent-length: 5\n"};

	scene_begin(&scene);
	scene_start(&scene, &(struct scene_request){.method = "HEAD",
						    .body_length = MESSAGE_NO_BODY});
	scene_get(&scene);
	scene_get(&scene);
	scene_head(&scene, END_STREAM, 1, lengths[0]);
	scene_head(&scene, END_STREAM, 3, lengths[1]);
	scene_head(&scene, END_STREAM, 5, ":status: 204\n");
	assert_told(&scene, 1, "[200|content-length=5].");
	assert_told(&scene, 2, "[304|content-length=5].");
	assert_told(&scene, 3, "[204].");
	scene_done(&scene);
}

static void pings_are_answered_and_sent(void)
{
	scene_begin(&scene);
	scene_frame(&scene, NGHTTP2_PING, 0, 0, SPAN("\1\2\3\4\5\6\7\10"));
	assert_sent(&scene, "PING ack 0102030405060708\n");
	assert_int_equal(h2_ping(scene.h2), 0);
	assert_sent(&scene, "PING 0000000000000000\n");
	scene_frame(&scene, NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0,
		    span_of("\0\0\0\0\0\0\0\0", 8));
	assert_sent(&scene, "");
	scene_done(&scene);
}

static void what_is_unknown_is_passed_over(void)
{
	scene_begin(&scene);
	scene_get(&scene);
	scene_frame(&scene, 0x20, 0xFF, 0, SPAN("anything"));
	scene_frame(&scene, 0xFF, 0, 1, SPAN(""));
	scene_frame(&scene, NGHTTP2_ALTSVC, 0, 0, SPAN("\0\1ah3"));
	scene_frame(&scene, NGHTTP2_PRIORITY, 0, 1, span_of("\0\0\0\0\1", 5));
	scene_settings(&scene, 0x99, 7);
	scene_frame(&scene, 0x20, 0, 99, SPAN("x"));
	assert_sent(&scene, "SETTINGS ack\n");
	scene_head(&scene, END_STREAM, 1, ":status: 200\n");
	assert_told(&scene, 1, "[200].");
	scene_done(&scene);
}

static void settings_say_how_many_streams_there_may_be(void)
{
	scene_begin(&scene);
	scene_get(&scene);
	assert_int_equal(h2_room(scene.h2), 99);
	scene_settings(&scene, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 2);
	assert_int_equal(h2_room(scene.h2), 1);
	scene_settings(&scene, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 0);
	assert_int_equal(h2_room(scene.h2), 0);
	assert_int_equal(scene_try(&scene, &(struct scene_request){0}), ERR_REFUSED);
	scene_head(&scene, END_STREAM, 1, ":status: 200\n");
	assert_told(&scene, 1, "[200].");
	assert_int_equal(h2_room(scene.h2), 0);
	assert_false(h2_has_ended(scene.h2));
	scene_settings(&scene, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 200);
	assert_int_equal(h2_room(scene.h2), 200);
	scene_flush(&scene);
	scene.text.len = 0;
	scene_start(&scene, &(struct scene_request){0});
	assert_sent(&scene, "HEADERS 3 end :method=GET :scheme=https "
			    ":authority=a.example :path=/p?q\n");
	scene_done(&scene);
}

static void as_many_streams_run_as_the_peer_allows(void)
{
	enum { STREAMS = 200 };

	scene_begin(&scene);
	scene_settings(&scene, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, STREAMS);
	for (unsigned i = 1; i <= STREAMS; i++)
		scene_get(&scene);
	assert_int_equal(h2_room(scene.h2), 0);
	for (unsigned i = STREAMS; i >= 1; i--)
		scene_head(&scene, END_STREAM, 2 * i - 1, ":status: 200\n");
	for (unsigned i = 1; i <= STREAMS; i++) {
		assert_told(&scene, i, "[200].");
		scene_end_stream(&scene, i);
	}
	assert_int_equal(h2_room(scene.h2), STREAMS);
	scene_get(&scene);
	scene_head(&scene, END_STREAM, 2 * STREAMS + 1, ":status: 200\n");
	assert_told(&scene, STREAMS + 1, "[200].");
	scene_done(&scene);
}

/* RFC 9113 5.1.1. */
static void the_last_number_is_used(void)
{
	scene_begin(&scene);
	assert_int_equal(nghttp2_session_set_next_stream_id(scene.h2->session, INT32_MAX),
			 0);
	assert_false(h2_has_ended(scene.h2));
	scene_start(&scene, &(struct scene_request){0});
	assert_sent(&scene, "HEADERS 2147483647 end :method=GET :scheme=https "
			    ":authority=a.example :path=/p?q\n");
	assert_true(h2_has_ended(scene.h2));
	assert_int_equal(h2_room(scene.h2), 0);
	assert_int_equal(scene_try(&scene, &(struct scene_request){0}), ERR_REFUSED);
	scene_head(&scene, END_STREAM, INT32_MAX, ":status: 200\n");
	assert_told(&scene, 1, "[200].");
	assert_sent(&scene, "");
	scene_done(&scene);
}

static void the_table_of_fields_may_shrink(void)
{
	scene_begin(&scene);
	scene_start(&scene, &(struct scene_request){.fields = "A-Name: a value\n"});
	scene_settings(&scene, NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, 0);
	scene_start(&scene, &(struct scene_request){.fields = "A-Name: a value\n"});
	assert_sent(&scene, "HEADERS 1 end :method=GET :scheme=https "
			    ":authority=a.example :path=/p?q a-name=a value\n"
			    "SETTINGS ack\n"
			    "HEADERS 3 end :method=GET :scheme=https "
			    ":authority=a.example :path=/p?q a-name=a value\n");
	scene_done(&scene);
}

static void an_ended_stream_is_cancelled(void)
{
	scene_begin(&scene);
	scene_get(&scene);
	scene_get(&scene);
	scene_head(&scene, 0, 1, ":status: 200\n");
	scene_data(&scene, 0, 1, "abc");
	scene_end_stream(&scene, 1);
	scene_end_stream(&scene, 2);
	assert_int_equal(h2_room(scene.h2), 100);
	assert_sent(&scene, "RST_STREAM 1 CANCEL\nRST_STREAM 3 CANCEL\n");
	assert_int_equal(h2_room(scene.h2), 100);
	scene_data(&scene, END_STREAM, 1, "def");
	scene_head(&scene, END_STREAM, 3, ":status: 204\n");
	scene_reset(&scene, 1, NGHTTP2_CANCEL);
	assert_sent(&scene, "");
	assert_int_equal(scene.err, 0);
	scene_done(&scene);
}

static void a_stream_may_end_within_its_head(void)
{
	struct h2_bytes block = {0};

	scene_begin(&scene);
	scene_get(&scene);
	scene_get(&scene);
	h2_bytes_put_fields(&block, ":status: 200\nname: value\n");
	scene_frame(&scene, NGHTTP2_HEADERS, 0, 1, span_of(block.at, block.len - 3));
	scene_end_stream(&scene, 1);
	scene_frame(&scene, NGHTTP2_CONTINUATION, END_HEADERS, 1,
		    span_skip(h2_bytes_span(&block), block.len - 3));
	scene_head(&scene, END_STREAM, 3, ":status: 200\n");
	assert_told(&scene, 2, "[200].");
	assert_sent(&scene, "RST_STREAM 1 CANCEL\n");
	h2_bytes_done(&block);
	scene_done(&scene);
}

static void a_stream_ended_at_once_was_started(void)
{
	scene_begin(&scene);
	scene_start(&scene, &(struct scene_request){0});
	scene_end_stream(&scene, 1);
	assert_sent(&scene, "HEADERS 1 end :method=GET :scheme=https "
			    ":authority=a.example :path=/p?q\n"
			    "RST_STREAM 1 CANCEL\n");
	scene_done(&scene);
}

static void goaway_refuses_what_comes_after(void)
{
	scene_begin(&scene);
	for (unsigned i = 1; i <= 3; i++)
		scene_get(&scene);
	scene_goaway(&scene, 3, NGHTTP2_NO_ERROR);
	assert_told(&scene, 1, "");
	assert_told(&scene, 2, "");
	assert_told(&scene, 3, "!refused");
	assert_true(h2_has_ended(scene.h2));
	assert_int_equal(h2_room(scene.h2), 0);
	assert_int_equal(scene_try(&scene, &(struct scene_request){0}), ERR_REFUSED);
	scene_goaway(&scene, 1, NGHTTP2_NO_ERROR);
	assert_told(&scene, 2, "!refused");
	scene_head(&scene, END_STREAM, 1, ":status: 200\n");
	assert_told(&scene, 1, "[200].");
	assert_int_equal(scene.err, 0);
	assert_sent(&scene, "");
	scene_done(&scene);
}

static void goaway_may_want_http_1_1(void)
{
	scene_begin(&scene);
	scene_get(&scene);
	scene_goaway(&scene, 0, NGHTTP2_HTTP_1_1_REQUIRED);
	assert_told(&scene, 1, "!http/1.1");
	scene_done(&scene);
}

static void resets_are_told_apart(void)
{
	scene_begin(&scene);
	for (unsigned i = 1; i <= 6; i++)
		scene_get(&scene);
	scene_reset(&scene, 1, NGHTTP2_REFUSED_STREAM);
	scene_reset(&scene, 3, NGHTTP2_HTTP_1_1_REQUIRED);
	scene_reset(&scene, 5, NGHTTP2_INTERNAL_ERROR);
	scene_reset(&scene, 7, NGHTTP2_NO_ERROR);
	scene_head(&scene, 0, 9, ":status: 200\n");
	scene_reset(&scene, 9, NGHTTP2_REFUSED_STREAM);
	scene_head(&scene, 0, 11, ":status: 100\n");
	scene_reset(&scene, 11, NGHTTP2_REFUSED_STREAM);
	assert_told(&scene, 1, "!refused");
	assert_told(&scene, 2, "!http/1.1");
	assert_told(&scene, 3, "!reset");
	assert_told(&scene, 4, "!reset");
	assert_told(&scene, 5, "[200]!reset");
	assert_told(&scene, 6, "<100>!refused");
	assert_int_equal(h2_room(scene.h2), 100);
	assert_sent(&scene, "");
	scene_done(&scene);
}

static void the_client_says_good_bye(void)
{
	scene_begin(&scene);
	scene_get(&scene);
	h2_close(scene.h2);
	h2_close(scene.h2);
	assert_true(h2_has_ended(scene.h2));
	assert_sent(&scene, "GOAWAY 0 NO_ERROR\n");
	scene_head(&scene, END_STREAM, 1, ":status: 200\n");
	assert_told(&scene, 1, "[200].");
	assert_int_equal(scene.err, 0);
	scene_done(&scene);
}

static void a_lost_wire_fails_what_is_not_whole(void)
{
	const struct fault fault = {ERR_CLOSED, 104, "the wire"};

	scene_begin(&scene);
	scene_get(&scene);
	scene_get(&scene);
	scene.streams[1].is_paused = scene.streams[2].is_paused = true;
	scene_head(&scene, 0, 1, ":status: 200\n");
	scene_data(&scene, END_STREAM, 1, "whole");
	scene_head(&scene, 0, 3, ":status: 200\n");
	scene_data(&scene, 0, 3, "part");
	h2_lose(scene.h2, &fault);
	while (scene_pull_one(&scene.streams[1]) || scene_pull_one(&scene.streams[2]))
		continue;
	assert_told(&scene, 1, "[200]whole.");
	assert_told(&scene, 2, "[200]part!closed");
	assert_int_equal(scene.streams[2].stream.fault.sys, 104);
	assert_false(h2_has_output(scene.h2));
	assert_true(h2_has_ended(scene.h2));
	assert_int_equal(h2_ping(scene.h2), 0);
	h2_close(scene.h2);
	assert_false(h2_has_output(scene.h2));
	scene_done(&scene);
}

int main(void)
{
	static const struct scene_play plays[] = {
		SCENE_PLAY(the_client_greets_and_is_greeted),
		SCENE_PLAY(a_request_may_go_before_the_peer_has_greeted),
		SCENE_PLAY(a_get_is_sent_and_answered),
		SCENE_PLAY(responses_come_in_any_order),
		SCENE_PLAY(fields_of_the_connection_stay_away),
		SCENE_PLAY(host_becomes_the_authority),
		SCENE_PLAY(a_list_may_be_laid_out_and_lent),
		SCENE_PLAY(credentials_are_never_indexed),
		SCENE_PLAY(lengths_are_said_as_in_http_1),
		SCENE_PLAY(a_long_head_is_continued),
		SCENE_PLAY(interim_heads_are_told),
		SCENE_PLAY(trailers_are_taken_and_not_told),
		SCENE_PLAY(a_head_may_come_in_many_frames),
		SCENE_PLAY(heads_and_data_may_be_padded),
		SCENE_PLAY(some_responses_have_no_body),
		SCENE_PLAY(pings_are_answered_and_sent),
		SCENE_PLAY(what_is_unknown_is_passed_over),
		SCENE_PLAY(settings_say_how_many_streams_there_may_be),
		SCENE_PLAY(as_many_streams_run_as_the_peer_allows),
		SCENE_PLAY(the_last_number_is_used),
		SCENE_PLAY(the_table_of_fields_may_shrink),
		SCENE_PLAY(an_ended_stream_is_cancelled),
		SCENE_PLAY(a_stream_may_end_within_its_head),
		SCENE_PLAY(a_stream_ended_at_once_was_started),
		SCENE_PLAY(goaway_refuses_what_comes_after),
		SCENE_PLAY(goaway_may_want_http_1_1),
		SCENE_PLAY(resets_are_told_apart),
		SCENE_PLAY(the_client_says_good_bye),
		SCENE_PLAY(a_lost_wire_fails_what_is_not_whole),
	};

	return scene_run(plays, TEST_COUNT(plays));
}
