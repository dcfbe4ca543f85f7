/* SPDX-License-Identifier: MIT */
/* Contract C5 to C7: the last Release in every place. It does not stop a request. */
#include "lib/test.h"

#include <stdio.h>
#include <string.h>

#include "lib/client.h"
#include "lib/origin.h"
#include "lib/tape.h"

static struct origin *start_eventful(void)
{
	return ORIGIN(ORIGIN_EXPECT_HEAD("POST /a HTTP/1.1"), ORIGIN_EXPECT_BODY("hello"),
		      ORIGIN_ANSWER("307 Temporary Redirect\r\nLocation: /b", ""),
		      ORIGIN_EXPECT_HEAD("POST /b HTTP/1.1"), ORIGIN_EXPECT_BODY("hello"),
		      ORIGIN_SEND("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst"),
		      ORIGIN_SLEEP(5), ORIGIN_SEND("after"));
}

static void release_in(enum client_event event, bool has_sink)
{
	struct origin *origin = start_eventful();
	struct client *client = client_new();
	struct tape *body = tape_new("hello", 0), *sink = tape_new("", 0);

	client->on[event] = client_do_release;
	tape_be_body(body, client);
	if (has_sink)
		tape_be_sink(sink, client);
	client_open(client, "POST", origin_url(origin, "/a"));
	client_send(client);
	client_wait(client);
	client_expect(client, 200, has_sink ? NULL : "firstafter");
	if (has_sink)
		assert_string_equal(sink->got, "firstafter");
	assert_null(client->xhr);
	client_end(client);
	tape_end(body);
	tape_end(sink);
	origin_end(origin);
}

static void in_every_callback_and_stream_method(void **state)
{
	(void)state;
	release_in(CLIENT_REDIRECT, false);
	release_in(CLIENT_HEADERS, false);
	release_in(CLIENT_DATA, false);
	release_in(CLIENT_RECEIVED, false);
	release_in(CLIENT_READ, false);
	release_in(CLIENT_SEEK, false);
	release_in(CLIENT_WRITE, true);
}

static void in_the_final_error(void **state)
{
	char url[64];
	struct client *client = client_new();

	(void)state;
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/", origin_refusing_port());
	client->on[CLIENT_ERROR] = client_do_release;
	client_open(client, "GET", url);
	client_send(client);
	client_fail(client, INET_E_CANNOT_CONNECT);
}

static void right_after_send(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_HEAD("GET / HTTP/1.1"), ORIGIN_ANSWER("200 OK", "x"),
		       ORIGIN_REPEAT(2, 49));

	(void)state;
	for (int i = 0; i < 50; i++) {
		struct client *client = client_start("GET", origin_url(origin, "/"));

		client_release(client);
		client_finish(client, 200, "x");
	}
	origin_end(origin);
}

static void on_the_programs_thread_while_a_callback_blocks(void **state)
{
	static const enum client_event events[] = {CLIENT_HEADERS, CLIENT_DATA,
						   CLIENT_RECEIVED, CLIENT_READ,
						   CLIENT_REDIRECT};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(events); i++) {
		struct origin *origin = start_eventful();
		struct client *client = client_new();
		struct tape *body = tape_new("hello", 0);

		client->on[events[i]] = client_do_block;
		tape_be_body(body, client);
		client_open(client, "POST", origin_url(origin, "/a"));
		client_send(client);
		client_await_block(client);
		client_release(client);
		client_go(client);
		client_finish(client, 200, "firstafter");
		tape_end(body);
		origin_end(origin);
	}
}

static HRESULT abort_and_release(struct client *client)
{
	client_do_abort(client);
	client_release(client);
	return S_OK;
}

static void together_with_abort(void **state)
{
	struct origin *origin = start_eventful();
	struct client *client = client_new();
	struct tape *body = tape_new("hello", 0);

	(void)state;
	client->on[CLIENT_HEADERS] = abort_and_release;
	tape_be_body(body, client);
	client_open(client, "POST", origin_url(origin, "/a"));
	client_send(client);
	client_fail(client, E_ABORT);
	tape_end(body);
	origin_stop(origin);
}

static void where_nothing_was_sent(void **state)
{
	struct client *client;
	struct tape *sink;

	(void)state;
	client_end(client_new());

	client = client_new();
	client_open(client, "GET", "http://127.0.0.1:1/");
	client_end(client);

	client = client_new();
	client_open(client, "GET", "http://127.0.0.1:1/");
	assert_int_equal(IXMLHTTPRequest3_Abort(client->xhr), S_OK);
	client_end(client);

	client = client_new();
	sink = tape_new("", 0);
	tape_be_sink(sink, client);
	client_open(client, "GET", "http://127.0.0.1:1/");
	client_end(client);
	tape_end(sink);
}

/* What the library holds is given back right after the final callback: a program that
 * keeps the object still gets its callback and streams back. */
static void callback_and_streams_are_released_while_the_object_lives(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_HEAD("POST / HTTP/1.1"), ORIGIN_EXPECT_BODY("hello"),
		       ORIGIN_ANSWER("200 OK", "x"));
	struct client *client = client_new();
	struct tape *body = tape_new("hello", 0), *sink = tape_new("", 0);
	IXMLHTTPRequest3 *xhr = client->xhr;

	(void)state;
	IXMLHTTPRequest3_AddRef(xhr);
	tape_be_body(body, client);
	tape_be_sink(sink, client);
	client_open(client, "POST", origin_url(origin, "/"));
	client_send(client);
	client_finish(client, 200, NULL);
	tape_end(body);
	tape_end(sink);
	origin_end(origin);
	assert_int_equal(IXMLHTTPRequest3_Release(xhr), 0);
}

static void a_response_stream_outlives_everything(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_ANY_HEAD(),
		       ORIGIN_SEND("HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n"),
		       ORIGIN_SEND_PATTERN(3000000));
	struct client *client = client_new();
	ISequentialStream *stream;
	char bytes[1000];
	ULONG n;

	(void)state;
	client->leaves_all = true;
	client->keeps_stream = true;
	client_open(client, "GET", origin_url(origin, "/"));
	client_send(client);
	client_wait(client);
	client_expect(client, 200, NULL);
	stream = client->stream;
	client->stream = NULL;
	client_end(client);
	origin_end(origin);
	for (unsigned i = 0; i < 3000; i++) {
		assert_int_equal(ISequentialStream_Read(stream, bytes, 1000, &n), S_OK);
		assert_int_equal(n, 1000);
	}
	assert_int_equal(ISequentialStream_Read(stream, bytes, 1000, &n), S_FALSE);
	assert_int_equal(n, 0);
	assert_int_equal(ISequentialStream_Release(stream), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(in_every_callback_and_stream_method),
		CLIENT_TEST(in_the_final_error),
		CLIENT_TEST(right_after_send),
		CLIENT_TEST(on_the_programs_thread_while_a_callback_blocks),
		CLIENT_TEST(together_with_abort),
		CLIENT_TEST(where_nothing_was_sent),
		CLIENT_TEST(callback_and_streams_are_released_while_the_object_lives),
		CLIENT_TEST(a_response_stream_outlives_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
