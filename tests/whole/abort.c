/* SPDX-License-Identifier: MIT */
/* Contract T8 and T9: Abort in every callback, in every stream method, at every step of
 * an exchange, from other threads, and where there is nothing to abort. */
#include "lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/answerer.h"
#include "lib/client.h"
#include "lib/origin.h"
#include "lib/tape.h"

/* An exchange with every event; it need not come to its end. */
static struct origin *start_eventful(void)
{
	return ORIGIN(ORIGIN_EXPECT_HEAD("POST /a HTTP/1.1"), ORIGIN_EXPECT_BODY("hello"),
		      ORIGIN_ANSWER("307 Temporary Redirect\r\nLocation: /b", ""),
		      ORIGIN_EXPECT_HEAD("POST /b HTTP/1.1"), ORIGIN_EXPECT_BODY("hello"),
		      ORIGIN_SEND("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst"),
		      ORIGIN_SLEEP(20), ORIGIN_SEND("after"));
}

static void check_abort_in(enum client_event event, client_hook_fn *hook, bool has_sink)
{
	bool is_final = event == CLIENT_RECEIVED;
	struct origin *origin = start_eventful();
	struct client *client = client_new();
	struct tape *body = tape_new("hello", 0), *sink = tape_new("", 0);

	client->on[event] = hook;
	client->result = E_FAIL;
	tape_be_body(body, client);
	if (has_sink)
		tape_be_sink(sink, client);
	client_open(client, "POST", origin_url(origin, "/a"));
	client_property(client, XHR_PROP_REPORT_REDIRECT_STATUS, TRUE);
	client_send(client);
	client_wait(client);
	if (is_final)
		client_expect(client, 200, has_sink ? NULL : "firstafter");
	else
		client_expect_error(client, E_ABORT);
	client_end(client);
	tape_end(body);
	tape_end(sink);
	origin_stop(origin);
}

static const enum client_event aborted_events[] = {
	CLIENT_REDIRECT, CLIENT_HEADERS, CLIENT_DATA, CLIENT_RECEIVED,
	CLIENT_READ,	 CLIENT_WRITE,	 CLIENT_SEEK,
};

static void abort_in_every_callback_and_stream_method(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(aborted_events); i++) {
		print_message("  event %d\n", aborted_events[i]);
		check_abort_in(aborted_events[i], client_do_abort,
			       aborted_events[i] == CLIENT_WRITE);
	}
}

static HRESULT abort_and_fail(struct client *client)
{
	client_do_abort(client);
	return E_FAIL;
}

static void what_an_aborted_call_answers_is_ignored(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(aborted_events); i++)
		check_abort_in(aborted_events[i], abort_and_fail,
			       aborted_events[i] == CLIENT_WRITE);
}

static HRESULT abort_often(struct client *client)
{
	for (int i = 0; i < 10; i++)
		client_do_abort(client);
	return S_OK;
}

static void abort_may_come_many_times(void **state)
{
	(void)state;
	check_abort_in(CLIENT_HEADERS, abort_often, false);
	check_abort_in(CLIENT_RECEIVED, abort_often, false);
}

static void abort_in_the_final_error_is_harmless(void **state)
{
	char url[64];
	struct client *client = client_new();

	(void)state;
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/", origin_refusing_port());
	client->on[CLIENT_ERROR] = client_do_abort;
	client_open(client, "GET", url);
	client_send(client);
	client_fail(client, INET_E_CANNOT_CONNECT);
}

/* ---- from the thread of the program ---- */

/* How long an abort may take where no code of the program blocks, and how often that is
 * tried. */
#define ABORT_NS    (100u * 1000 * 1000)
#define ABORT_TRIES 100

static const struct origin_step script[] = {
	ORIGIN_EXPECT_HEAD("POST / HTTP/1.1"),
	ORIGIN_EXPECT_BODY_PATTERN(100000),
	ORIGIN_EXPECT_BODY_PATTERN(0),
	ORIGIN_SEND("HTTP/1.1 100 Continue\r\n\r\n"),
	ORIGIN_SEND("HTTP/1.1 "),
	ORIGIN_SEND("200 OK\r\nX"),
	ORIGIN_SEND(": y\r\nTransfer-Encoding: chunked\r"),
	ORIGIN_SEND("\n\r\n"),
	ORIGIN_SEND("5"),
	ORIGIN_SEND("\r\nhel"),
	ORIGIN_SEND("lo\r\n"),
	ORIGIN_SEND("0\r\nA: b\r\n"),
};

/* Aborts when the origin has taken the first count steps; answers how long that took. */
static uint64_t check_abort_behind(size_t count)
{
	struct origin_step steps[TEST_COUNT(script) + 4] = {ORIGIN_NEXT_CONNECTION()};
	struct flag is_there;
	struct origin *origin;
	struct client *client = client_new();
	struct tape *tape = tape_new(NULL, 100000);
	uint64_t begin_ns, took_ns;

	flag_init(&is_there);
	memcpy(steps + 1, script, count * sizeof(script[0]));
	steps[count + 1] = (struct origin_step)ORIGIN_RAISE(&is_there);
	steps[count + 2] = (struct origin_step)ORIGIN_DRAIN();
	origin = origin_start(steps);
	tape_be_body(tape, client);
	client_open(client, "POST", origin_url(origin, "/"));
	client_send(client);
	assert_true(flag_wait(&is_there, CLIENT_WAIT_MS));
	begin_ns = client_now_ns();
	assert_int_equal(IXMLHTTPRequest3_Abort(client->xhr), S_OK);
	client_wait(client);
	client_expect_error(client, E_ABORT);
	took_ns = client->end_ns - begin_ns;
	print_message("  behind step %zu: %.1f ms\n", count, (double)took_ns / 1e6);
	client_end(client);
	tape_end(tape);
	origin_end(origin);
	flag_done(&is_there);
	return took_ns;
}

/* Contract T8. A busy machine may be late now and then, but not every time. */
static void abort_at_every_step_ends_the_request_and_the_connection(void **state)
{
	(void)state;
	for (size_t i = 0; i <= TEST_COUNT(script); i++) {
		unsigned tries = 1;

		while (check_abort_behind(i) >= ABORT_NS && tries < ABORT_TRIES)
			tries++;
		assert_true(tries < ABORT_TRIES);
	}
}

static void abort_while_connecting(void **state)
{
	char url[64];
	struct client *client;

	(void)state;
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/", origin_deaf_port());
	client = client_start("GET", url);
	assert_false(client_wait_ms(client, 50));
	assert_int_equal(IXMLHTTPRequest3_Abort(client->xhr), S_OK);
	client_fail(client, E_ABORT);
}

static void abort_while_a_name_is_resolved(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		struct client *client = client_start("GET", "http://name.invalid/");

		assert_int_equal(IXMLHTTPRequest3_Abort(client->xhr), S_OK);
		client_wait(client);
		assert_true(client->error == E_ABORT ||
			    client->error == INET_E_RESOURCE_NOT_FOUND);
		client_end(client);
	}
}

static void abort_right_after_send_ends_once(void **state)
{
	struct answerer *answerer = answerer_start(NULL, NULL);
	char url[ANSWERER_URL_BYTES];
	unsigned aborted = 0;

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		struct client *client =
			client_start("GET", answerer_url(answerer, "/", url));

		if (i % 4)
			usleep(i * 5);
		assert_int_equal(IXMLHTTPRequest3_Abort(client->xhr), S_OK);
		client_wait(client);
		assert_true(client->error == E_ABORT ||
			    (client->error == S_OK && client->status == 200));
		aborted += client->error == E_ABORT;
		client_end(client);
	}
	print_message("  %u of 100 were aborted\n", aborted);
	answerer_end(answerer);
}

static void *abort_from_thread(void *at)
{
	for (int i = 0; i < 100; i++)
		client_do_abort(at);
	return NULL;
}

static void abort_from_many_threads_ends_once(void **state)
{
	(void)state;
	for (int round = 0; round < 10; round++) {
		struct origin *origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_DRAIN());
		struct client *client = client_new();
		struct tape *tape = tape_new("hello", 0);
		pthread_t threads[4];

		tape_be_body(tape, client);
		client_open(client, "POST", origin_url(origin, "/a"));
		client_send(client);
		for (size_t i = 0; i < TEST_COUNT(threads); i++)
			pthread_create(&threads[i], NULL, abort_from_thread, client);
		for (size_t i = 0; i < TEST_COUNT(threads); i++)
			pthread_join(threads[i], NULL);
		client_fail(client, E_ABORT);
		tape_end(tape);
		origin_stop(origin);
	}
}

static void check_abort_while_blocked(enum client_event event)
{
	bool is_final = event == CLIENT_RECEIVED;
	struct origin *origin = start_eventful();
	struct client *client = client_new();
	struct tape *body = tape_new("hello", 0), *sink = tape_new("", 0);

	client->on[event] = client_do_block;
	client->result = event == CLIENT_HEADERS ? E_FAIL : S_OK;
	tape_be_body(body, client);
	if (event == CLIENT_WRITE)
		tape_be_sink(sink, client);
	client_open(client, "POST", origin_url(origin, "/a"));
	client_send(client);
	client_await_block(client);
	assert_int_equal(IXMLHTTPRequest3_Abort(client->xhr), S_OK);
	assert_false(client_wait_ms(client, 20));
	client_go(client);
	client_wait(client);
	if (is_final)
		client_expect(client, 200, NULL);
	else
		client_expect_error(client, E_ABORT);
	client_end(client);
	tape_end(body);
	tape_end(sink);
	origin_stop(origin);
}

static void abort_does_not_wait_for_a_call_that_blocks(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(aborted_events); i++) {
		print_message("  event %d\n", aborted_events[i]);
		check_abort_while_blocked(aborted_events[i]);
	}
}

/* ---- where nothing runs ---- */

static void abort_before_send_takes_open_back(void **state)
{
	struct client *client = client_new();

	(void)state;
	assert_int_equal(IXMLHTTPRequest3_Abort(client->xhr), S_OK);
	client_open(client, "GET", "http://127.0.0.1:1/");
	assert_int_equal(IXMLHTTPRequest3_Abort(client->xhr), S_OK);
	assert_int_equal(client_try_send(client), E_UNEXPECTED);
	assert_int_equal(client_try_header(client, "A", "b"), E_UNEXPECTED);
	assert_string_equal(client->order, "");
	client_end(client);
}

static void abort_after_the_end_changes_nothing(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER("200 OK\r\nX: y", "x"));
	struct client *client = client_get(origin_url(origin, "/"));

	(void)state;
	assert_int_equal(IXMLHTTPRequest3_Abort(client->xhr), S_OK);
	assert_string_equal(client_response_header(client, "X"), "y");
	client_expect(client, 200, "x");
	assert_string_equal(client->order, "hdR");
	client_end(client);
	origin_end(origin);
}

static void
a_stream_of_an_aborted_request_gives_what_came_and_then_the_error(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_ANY_HEAD(),
		       ORIGIN_SEND("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst"),
		       ORIGIN_EXPECT_CLOSE());
	struct client *client = client_new();
	char bytes[3];
	ULONG n = 9;

	(void)state;
	client->leaves_all = true;
	client->keeps_stream = true;
	client->on[CLIENT_DATA] = client_do_abort;
	client_open(client, "GET", origin_url(origin, "/"));
	client_send(client);
	client_wait(client);
	client_expect_error(client, E_ABORT);
	assert_int_equal(ISequentialStream_Read(client->stream, bytes, 3, &n), S_OK);
	assert_int_equal(n, 3);
	assert_memory_equal(bytes, "fir", 3);
	assert_int_equal(ISequentialStream_Read(client->stream, bytes, 3, &n), S_FALSE);
	assert_int_equal(n, 2);
	assert_int_equal(ISequentialStream_Read(client->stream, bytes, 3, &n), E_ABORT);
	assert_int_equal(n, 0);
	client_end(client);
	origin_end(origin);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(abort_in_every_callback_and_stream_method),
		CLIENT_TEST(what_an_aborted_call_answers_is_ignored),
		CLIENT_TEST(abort_may_come_many_times),
		CLIENT_TEST(abort_in_the_final_error_is_harmless),
		CLIENT_TEST(abort_at_every_step_ends_the_request_and_the_connection),
		CLIENT_TEST(abort_while_connecting),
		CLIENT_TEST(abort_while_a_name_is_resolved),
		CLIENT_TEST(abort_right_after_send_ends_once),
		CLIENT_TEST(abort_from_many_threads_ends_once),
		CLIENT_TEST(abort_does_not_wait_for_a_call_that_blocks),
		CLIENT_TEST(abort_before_send_takes_open_back),
		CLIENT_TEST(abort_after_the_end_changes_nothing),
		CLIENT_TEST(
			a_stream_of_an_aborted_request_gives_what_came_and_then_the_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
