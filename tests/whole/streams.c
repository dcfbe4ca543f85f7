/* SPDX-License-Identifier: MIT */
/* Contract R2 to R10 and P4 to P10: bodies that answer oddly, response streams of the
 * program, the response stream of the library. */
#include "lib/test.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/client.h"
#include "lib/flag.h"
#include "lib/origin.h"
#include "lib/pattern.h"
#include "lib/tape.h"

/* ---- bodies ---- */

struct body_case {
	const char *name;	       /* of the case */
	struct tape_answer answers[8]; /* of Read; most 0 and S_OK end the list */
	unsigned count;		       /* of answers */
	HRESULT error;		       /* S_OK: "hello" arrives */
	HRESULT unknown;	       /* the same when the length is not told */
};

static const struct body_case bodies[] = {
	{"all at once", {{0, 0}}, 0, S_OK, S_OK},
	{"byte by byte",
	 {{1, S_OK}, {1, S_OK}, {1, S_OK}, {1, S_OK}, {1, S_OK}},
	 5,
	 S_OK,
	 S_OK},
	{"S_FALSE with bytes", {{2, S_FALSE}, {2, S_FALSE}, {1, S_FALSE}}, 3, S_OK, S_OK},
	{"S_FALSE with all", {{TAPE_ALL, S_FALSE}}, 1, S_OK, S_OK},
	{"another success code", {{3, 574}, {2, 7}}, 2, S_OK, S_OK},
	{"0 bytes at once", {{0, S_OK}}, 1, STG_E_READFAULT, S_FALSE},
	{"0 bytes and S_FALSE at once", {{0, S_FALSE}}, 1, STG_E_READFAULT, S_FALSE},
	{"0 bytes in the middle", {{3, S_OK}, {0, S_OK}}, 2, STG_E_READFAULT, S_FALSE},
	{"0 bytes and S_FALSE in the middle",
	 {{3, S_OK}, {0, S_FALSE}},
	 2,
	 STG_E_READFAULT,
	 S_FALSE},
	{"failure at once", {{0, E_FAIL}}, 1, E_FAIL, E_FAIL},
	{"failure in the middle",
	 {{3, S_OK}, {0, E_ACCESSDENIED}},
	 2,
	 E_ACCESSDENIED,
	 E_ACCESSDENIED},
	{"failure with bytes", {{3, E_FAIL}}, 1, E_FAIL, E_FAIL},
	{"E_PENDING", {{0, E_PENDING}}, 1, E_PENDING, E_PENDING},
	{"E_NOTIMPL", {{0, E_NOTIMPL}}, 1, E_NOTIMPL, E_NOTIMPL},
};

static struct origin *start_body_origin(bool is_fine, bool is_unknown)
{
	if (!is_fine)
		return ORIGIN(ORIGIN_NEXT_CONNECTION(), ORIGIN_DRAIN());
	if (is_unknown)
		return ORIGIN(ORIGIN_EXPECT_HEAD("POST / HTTP/1.1",
						 "Transfer-Encoding: chunked"),
			      ORIGIN_EXPECT_CHUNKED("hello"),
			      ORIGIN_ANSWER("200 OK", "x"));
	return ORIGIN(ORIGIN_EXPECT_HEAD("POST / HTTP/1.1", "Content-Length: 5"),
		      ORIGIN_EXPECT_BODY("hello"), ORIGIN_ANSWER("200 OK", "x"));
}

/* What the origin got must not look like a complete request. */
static void check_incomplete(struct origin *origin, bool is_unknown)
{
	struct span got = origin_received(origin, 0);
	const char *end = got.len ? memmem(got.at, got.len, "\r\n\r\n", 4) : NULL;
	struct span body;

	if (!end)
		return;
	body = span_between(end + 4, got.at + got.len);
	if (is_unknown)
		assert_true(body.len < 5 ||
			    memcmp(body.at + body.len - 5, "0\r\n\r\n", 5) != 0);
	else
		assert_true(body.len < 5);
}

static void check_body(const struct body_case *c, bool is_sequential, bool is_unknown)
{
	HRESULT error = is_unknown ? c->unknown : c->error;
	struct origin *origin;
	struct client *client = client_new();
	struct tape *tape = tape_new("hello", 0);

	if (error == S_FALSE) { /* cut short, and fine: see below */
		client_end(client);
		tape_end(tape);
		return;
	}
	origin = start_body_origin(error == S_OK, is_unknown);
	tape->is_sequential = is_sequential;
	tape->answers = c->answers;
	tape->answer_count = c->count;
	tape_be_body(tape, client);
	if (is_unknown)
		client->body_length = IXHR2_LENGTH_UNKNOWN;
	client_open(client, "POST", origin_url(origin, "/"));
	client_send(client);
	client_wait(client);
	if (error)
		client_expect_error(client, error);
	else
		client_expect(client, 200, "x");
	client_end(client);
	origin_join(origin);
	if (error)
		check_incomplete(origin, is_unknown);
	assert_true(is_unknown || tape->asked_most <= 5);
	origin_stop(origin);
	tape_end(tape);
}

static void bodies_may_answer_oddly(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(bodies); i++) {
		print_message("  %s\n", bodies[i].name);
		check_body(&bodies[i], false, false);
		check_body(&bodies[i], true, false);
		check_body(&bodies[i], false, true);
		check_body(&bodies[i], true, true);
	}
}

static void zero_bytes_end_a_body_of_unknown_length(void **state)
{
	static const struct tape_answer answers[] = {{3, S_OK}, {0, S_OK}};
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_HEAD("POST / HTTP/1.1"),
		       ORIGIN_EXPECT_CHUNKED("hel"), ORIGIN_ANSWER("200 OK", "x"));
	struct client *client = client_new();
	struct tape *tape = tape_new("hello", 0);

	(void)state;
	tape->answers = answers;
	tape->answer_count = 2;
	tape_be_body(tape, client);
	client->body_length = IXHR2_LENGTH_UNKNOWN;
	client_open(client, "POST", origin_url(origin, "/"));
	client_send(client);
	client_finish(client, 200, "x");
	assert_int_equal(tape->reads, 2);
	tape_end(tape);
	origin_end(origin);
}

static void a_longer_stream_is_not_read_beyond_its_length(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_HEAD("POST / HTTP/1.1", "Content-Length: 5"),
		       ORIGIN_EXPECT_BODY("hello"), ORIGIN_ANSWER("200 OK", "x"),
		       ORIGIN_EXPECT_QUIET(20));
	struct client *client = client_new();
	struct tape *tape = tape_new("hello world", 0);

	(void)state;
	tape_be_body(tape, client);
	client->body_length = 5;
	client_open(client, "POST", origin_url(origin, "/"));
	client_send(client);
	client_finish(client, 200, "x");
	assert_int_equal(tape->asked_most, 5);
	tape_end(tape);
	origin_end(origin);
}

static void a_body_begins_where_seek_puts_it(void **state)
{
	static const HRESULT results[] = {S_OK, E_NOTIMPL, STG_E_INVALIDFUNCTION};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(results); i++) {
		struct origin *origin =
			ORIGIN(ORIGIN_EXPECT_HEAD("POST / HTTP/1.1", "Content-Length: 5"),
			       ORIGIN_EXPECT_BODY(i ? "world" : "hello"),
			       ORIGIN_ANSWER("200 OK", "x"));
		struct client *client = client_new();
		struct tape *tape = tape_new("helloworld", 0);

		tape->at = 5;
		tape->seek_result = results[i];
		tape_be_body(tape, client);
		client->body_length = 5;
		client_open(client, "POST", origin_url(origin, "/"));
		client_send(client);
		client_finish(client, 200, "x");
		assert_int_equal(tape->seeks, 1);
		tape_end(tape);
		origin_end(origin);
	}
}

/* ---- response streams of the program ---- */

struct sink_case {
	const char *name;	       /* of the case */
	struct tape_answer answers[4]; /* of Write */
	unsigned count;		       /* of answers */
	HRESULT error;		       /* S_OK: everything arrives */
};

static const struct sink_case sinks[] = {
	{"takes all", {{0, 0}}, 0, S_OK},
	{"S_FALSE with all", {{TAPE_ALL, S_FALSE}}, 1, S_OK},
	{"takes less", {{1, S_OK}}, 1, STG_E_MEDIUMFULL},
	{"takes nothing", {{0, S_OK}}, 1, STG_E_MEDIUMFULL},
	{"fails", {{0, STG_E_WRITEFAULT}}, 1, STG_E_WRITEFAULT},
	{"fails having taken all", {{TAPE_ALL, E_FAIL}}, 1, E_FAIL},
	{"E_PENDING", {{0, E_PENDING}}, 1, E_PENDING},
	{"fails later", {{TAPE_ALL, S_OK}, {0, E_FAIL}}, 2, E_FAIL},
};

static HRESULT tell_of_write(struct client *client)
{
	flag_raise(client->owner);
	return S_OK;
}

static void response_streams_may_answer_oddly(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(sinks); i++) {
		struct flag is_written;
		struct origin *origin;
		struct client *client = client_new();
		struct tape *tape = tape_new("", 0);

		flag_init(&is_written);
		origin = ORIGIN(
			ORIGIN_EXPECT_ANY_HEAD(),
			ORIGIN_SEND("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe"),
			ORIGIN_WAIT(&is_written), ORIGIN_SEND("llo"));
		client->on[CLIENT_WRITE] = tell_of_write;
		client->owner = &is_written;
		print_message("  %s\n", sinks[i].name);
		tape->answers = sinks[i].answers;
		tape->answer_count = sinks[i].count;
		tape_be_sink(tape, client);
		client_open(client, "GET", origin_url(origin, "/"));
		client_send(client);
		client_wait(client);
		if (sinks[i].error) {
			client_expect_error(client, sinks[i].error);
			assert_int_equal(tape->ends, 0);
		} else {
			client_expect(client, 200, NULL);
			assert_string_equal(tape->got, "hello");
			assert_int_equal(tape->ends, 1);
		}
		client_end(client);
		tape_end(tape);
		origin_stop(origin);
		flag_done(&is_written);
	}
}

/* Data has been written before it is told, and the end before the last callback. */
static HRESULT check_written(struct client *client)
{
	struct tape *tape = client->sink;

	if (tape->got_len == 0)
		client_complain(client, "OnDataAvailable before Write");
	return S_OK;
}

static HRESULT check_ended(struct client *client)
{
	if (client->sink->ends != 1)
		client_complain(client, "the end was written %u times",
				client->sink->ends);
	return S_OK;
}

static void writes_come_before_their_callbacks(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER("200 OK", "hello"));
	struct client *client = client_new();
	struct tape *tape = tape_new("", 0);

	(void)state;
	client->on[CLIENT_DATA] = check_written;
	client->on[CLIENT_RECEIVED] = check_ended;
	tape_be_sink(tape, client);
	client_open(client, "GET", origin_url(origin, "/"));
	client_send(client);
	client_wait(client);
	client_expect(client, 200, NULL);
	assert_string_equal(client->order, "hdR");
	assert_string_equal(tape->got, "hello");
	client_end(client);
	tape_end(tape);
	origin_end(origin);
}

static void an_empty_response_is_written_as_its_end(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER("200 OK", ""));
	struct client *client = client_new();
	struct tape *tape = tape_new("", 0);

	(void)state;
	client->on[CLIENT_RECEIVED] = check_ended;
	tape_be_sink(tape, client);
	client_open(client, "GET", origin_url(origin, "/"));
	client_send(client);
	client_wait(client);
	client_expect(client, 200, NULL);
	assert_string_equal(client->order, "hR");
	assert_int_equal(tape->writes, 1);
	client_end(client);
	tape_end(tape);
	origin_end(origin);
}

static void a_failure_at_the_end_is_a_failure(void **state)
{
	static const struct tape_answer answers[] = {{TAPE_ALL, S_OK}, {0, E_FAIL}};
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER("200 OK", "hello"));
	struct client *client = client_new();
	struct tape *tape = tape_new("", 0);

	(void)state;
	tape->answers = answers;
	tape->answer_count = 2;
	tape_be_sink(tape, client);
	client_open(client, "GET", origin_url(origin, "/"));
	client_send(client);
	client_fail(client, E_FAIL);
	tape_end(tape);
	origin_end(origin);
}

#define LARGE_BYTES (5u * 1024 * 1024 + 11)
#define LARGE_HEAD  "HTTP/1.1 200 OK\r\nContent-Length: 5242891\r\n\r\n"

static void a_large_response_goes_to_the_stream_whole(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_ANY_HEAD(),
		       ORIGIN_ANSWER("302 Found\r\nLocation: /b", "not this"),
		       ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_SEND(LARGE_HEAD),
		       ORIGIN_SEND_PATTERN(LARGE_BYTES));
	struct client *client = client_new();
	struct tape *tape = tape_new("", 0);

	(void)state;
	tape->is_pattern = true;
	tape_be_sink(tape, client);
	client_open(client, "GET", origin_url(origin, "/"));
	client_send(client);
	client_finish(client, 200, NULL);
	assert_int_equal(tape->pattern_len, LARGE_BYTES);
	assert_int_equal(tape->ends, 1);
	tape_end(tape);
	origin_end(origin);
}

static void a_response_stream_is_for_one_request(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER("200 OK", "one"),
		       ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER("200 OK", "two"));
	struct client *client = client_new();
	struct tape *tape = tape_new("", 0);

	(void)state;
	tape_be_sink(tape, client);
	client_open(client, "GET", origin_url(origin, "/"));
	client_send(client);
	client_wait(client);
	client->sink = NULL;
	client_open(client, "GET", origin_url(origin, "/"));
	client_send(client);
	client_finish(client, 200, "two");
	assert_string_equal(tape->got, "one");
	tape_end(tape);
	origin_end(origin);
}

/* ---- the response stream of the library ---- */

static void unread_data_stays_until_the_end(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_ANY_HEAD(),
		       ORIGIN_SEND("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\none"),
		       ORIGIN_SLEEP(10), ORIGIN_SEND("two"), ORIGIN_SLEEP(10),
		       ORIGIN_SEND("six"));
	struct client *client = client_new();

	(void)state;
	client->leaves_data = true;
	client_open(client, "GET", origin_url(origin, "/"));
	client_send(client);
	client_finish(client, 200, "onetwosix");
	origin_end(origin);
}

static void a_threshold_delays_the_callback(void **state)
{
	struct flag is_sent;
	struct origin *origin;
	struct client *client = client_new();

	(void)state;
	flag_init(&is_sent);
	origin = ORIGIN(
		ORIGIN_EXPECT_ANY_HEAD(),
		ORIGIN_SEND("HTTP/1.1 200 OK\r\nContent-Length: 24\r\n\r\n01234567"),
		ORIGIN_SLEEP(50), ORIGIN_RAISE(&is_sent), ORIGIN_SLEEP(50),
		ORIGIN_SEND("0123456"), ORIGIN_SLEEP(50), ORIGIN_SEND("789abcdef"));
	client_open(client, "GET", origin_url(origin, "/"));
	client_property(client, XHR_PROP_ONDATA_THRESHOLD, 12);
	client_send(client);
	assert_true(flag_wait(&is_sent, CLIENT_WAIT_MS));
	assert_int_equal(client->counts[CLIENT_DATA], 0);
	client_wait(client);
	client_expect(client, 200, "012345670123456789abcdef");
	/* 15 bytes were told of; the other 9 are under the threshold. */
	assert_int_equal(client->counts[CLIENT_DATA], 1);
	client_end(client);
	origin_end(origin);
	flag_done(&is_sent);
}

static void never_means_that_no_data_is_told(void **state)
{
	struct origin *origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_SEND(LARGE_HEAD),
				       ORIGIN_SEND_PATTERN(LARGE_BYTES));
	struct client *client = client_new();

	(void)state;
	client->expects_pattern = true;
	client_open(client, "GET", origin_url(origin, "/"));
	client_property(client, XHR_PROP_ONDATA_THRESHOLD, XHR_PROP_ONDATA_NEVER);
	client_send(client);
	client_wait(client);
	client_expect(client, 200, NULL);
	assert_string_equal(client->order, "hR");
	assert_int_equal(client->pattern_len, LARGE_BYTES);
	client_end(client);
	origin_end(origin);
}

static HRESULT read_with_null_count(struct client *client)
{
	char byte;

	if (ISequentialStream_Read(client->stream, &byte, 1, NULL) != S_OK || byte != 'h')
		client_complain(client, "Read without a count");
	if (SUCCEEDED(ISequentialStream_Write(client->stream, "x", 1, NULL)))
		client_complain(client, "a response stream took bytes");
	return S_OK;
}

static void the_count_of_read_may_be_null_and_write_is_refused(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER("200 OK", "hello"));
	struct client *client = client_new();

	(void)state;
	client->leaves_data = true;
	client->keeps_stream = true;
	client->on[CLIENT_DATA] = read_with_null_count;
	client_open(client, "GET", origin_url(origin, "/"));
	client_send(client);
	client_finish(client, 200, "ello");
	origin_end(origin);
}

struct reader {
	ISequentialStream *stream; /* read by several */
	size_t sum;		   /* bytes read */
};

static void *read_stream(void *at)
{
	struct reader *reader = at;
	char bytes[100];
	ULONG n = 1;

	while (n) {
		if (FAILED(ISequentialStream_Read(reader->stream, bytes, 100, &n)))
			abort();
		reader->sum += n;
	}
	return NULL;
}

static void several_threads_may_read_at_once(void **state)
{
	struct origin *origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_SEND(LARGE_HEAD),
				       ORIGIN_SEND_PATTERN(LARGE_BYTES));
	struct client *client = client_new();
	struct reader readers[3];
	pthread_t threads[3];
	size_t sum = 0;

	(void)state;
	client->leaves_all = true;
	client->keeps_stream = true;
	client_open(client, "GET", origin_url(origin, "/"));
	client_send(client);
	client_wait(client);
	client_expect(client, 200, NULL);
	for (int i = 0; i < 3; i++) {
		readers[i] = (struct reader){.stream = client->stream};
		pthread_create(&threads[i], NULL, read_stream, &readers[i]);
	}
	for (int i = 0; i < 3; i++) {
		pthread_join(threads[i], NULL);
		sum += readers[i].sum;
	}
	assert_int_equal(sum, LARGE_BYTES);
	client_end(client);
	origin_end(origin);
}

static void a_failed_response_gives_what_came_and_then_its_error(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_ANY_HEAD(),
		       ORIGIN_SEND("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"),
		       ORIGIN_SLEEP(10), ORIGIN_CLOSE());
	struct client *client = client_new();
	char bytes[10];
	ULONG n = 77;

	(void)state;
	client->leaves_all = true;
	client->keeps_stream = true;
	client_open(client, "GET", origin_url(origin, "/"));
	client_send(client);
	client_wait(client);
	client_expect_error(client, INET_E_DOWNLOAD_FAILURE);
	assert_string_equal(client->order, "hdE");
	assert_int_equal(ISequentialStream_Read(client->stream, bytes, 10, &n), S_FALSE);
	assert_int_equal(n, 5);
	assert_memory_equal(bytes, "hello", 5);
	assert_int_equal(ISequentialStream_Read(client->stream, bytes, 10, &n),
			 INET_E_DOWNLOAD_FAILURE);
	assert_int_equal(n, 0);
	client_end(client);
	origin_end(origin);
}

/* ---- memory and back-pressure ---- */

#define FLOOD_BYTES (64u << 20)
#define FLOOD_HEAD  "HTTP/1.1 200 OK\r\nContent-Length: 67108864\r\n\r\n"

/* Bytes of memory that this process uses. */
static long used_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	long all = 0, resident = 0;

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%ld %ld", &all, &resident), 2);
	fclose(file);
	return resident * sysconf(_SC_PAGESIZE);
}

static void what_nobody_reads_does_not_stay_in_memory(void **state)
{
	struct origin *origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_SEND(FLOOD_HEAD),
				       ORIGIN_SEND_PATTERN(FLOOD_BYTES));
	struct client *client = client_new();
	long before = used_bytes(), grown;

	(void)state;
	client->leaves_all = true;
	client->expects_pattern = true;
	client->on[CLIENT_RECEIVED] = client_do_block;
	client->keeps_stream = true;
	client_open(client, "GET", origin_url(origin, "/"));
	client_send(client);
	client_await_block(client);
	grown = used_bytes() - before;
	print_message("  64 MiB unread take %ld KiB\n", grown / 1024);
	assert_true(grown < 24 * 1024 * 1024);
	client_go(client);
	client_wait(client);
	client_expect(client, 200, NULL);
	assert_int_equal(client_read(client, client->stream), FLOOD_BYTES);
	client_end(client);
	origin_end(origin);
}

static void check_back_pressure(enum client_event event)
{
	struct flag is_out;
	struct origin *origin;
	struct client *client = client_new();
	struct tape *sink = tape_new("", 0);

	flag_init(&is_out);
	origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_SEND(FLOOD_HEAD),
			ORIGIN_SEND_PATTERN(FLOOD_BYTES), ORIGIN_RAISE(&is_out));
	client->on[event] = client_do_block;
	client->expects_pattern = true;
	sink->is_pattern = true;
	if (event == CLIENT_WRITE)
		tape_be_sink(sink, client);
	client_open(client, "GET", origin_url(origin, "/"));
	client_send(client);
	client_await_block(client);
	assert_false(flag_wait(&is_out, 300));
	client_go(client);
	client_wait(client);
	client_expect(client, 200, NULL);
	assert_int_equal(client->pattern_len + sink->pattern_len, FLOOD_BYTES);
	client_end(client);
	tape_end(sink);
	origin_end(origin);
	flag_done(&is_out);
}

static void reception_stops_while_client_code_runs(void **state)
{
	(void)state;
	check_back_pressure(CLIENT_HEADERS);
	check_back_pressure(CLIENT_DATA);
	check_back_pressure(CLIENT_WRITE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(bodies_may_answer_oddly),
		CLIENT_TEST(zero_bytes_end_a_body_of_unknown_length),
		CLIENT_TEST(a_longer_stream_is_not_read_beyond_its_length),
		CLIENT_TEST(a_body_begins_where_seek_puts_it),
		CLIENT_TEST(response_streams_may_answer_oddly),
		CLIENT_TEST(writes_come_before_their_callbacks),
		CLIENT_TEST(an_empty_response_is_written_as_its_end),
		CLIENT_TEST(a_failure_at_the_end_is_a_failure),
		CLIENT_TEST(a_large_response_goes_to_the_stream_whole),
		CLIENT_TEST(a_response_stream_is_for_one_request),
		CLIENT_TEST(unread_data_stays_until_the_end),
		CLIENT_TEST(a_threshold_delays_the_callback),
		CLIENT_TEST(never_means_that_no_data_is_told),
		CLIENT_TEST(the_count_of_read_may_be_null_and_write_is_refused),
		CLIENT_TEST(several_threads_may_read_at_once),
		CLIENT_TEST(a_failed_response_gives_what_came_and_then_its_error),
		CLIENT_TEST(what_nobody_reads_does_not_stay_in_memory),
		CLIENT_TEST(reception_stops_while_client_code_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
