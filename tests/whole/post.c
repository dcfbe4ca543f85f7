/* SPDX-License-Identifier: MIT */
/* Requests with a body from a stream of the library; odd streams are in streams.c. */
#include "lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/client.h"
#include "lib/origin.h"
#include "lib/pattern.h"
#include "lib/tape.h"

#include "ixhr2/shlwapi.h"

#define LARGE_BYTES (8u * 1024 * 1024 + 3)
#define PIECE_BYTES (128 * 1024) /* that a body is asked for at a time */

static void a_body_goes_out_with_its_length(void **state)
{
	static const char *const methods[] = {"POST", "PUT", "DELETE", "OPTIONS",
					      "PATCH"};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(methods); i++) {
		struct origin *origin = ORIGIN(
			ORIGIN_EXPECT_HEAD("", "Content-Length: 5", "!Content-Type",
					   "!Transfer-Encoding", "!Expect"),
			ORIGIN_EXPECT_BODY("hello"), ORIGIN_ANSWER("200 OK", "thanks"));
		struct client *client = client_new();
		struct tape *tape = tape_new("hello", 0);

		tape_be_body(tape, client);
		client_open(client, methods[i], origin_url(origin, "/"));
		client_send(client);
		client_wait(client);
		client_expect(client, 200, "thanks");
		assert_string_equal(client->order, "hdR");
		assert_int_equal(
			strncmp(origin_head(origin, 0), methods[i], strlen(methods[i])),
			0);
		client_end(client);
		tape_end(tape);
		origin_end(origin);
	}
}

static void without_a_body_some_methods_say_so(void **state)
{
	static const struct {
		const char *method; /* given */
		const char *line;   /* expected about Content-Length */
	} cases[] = {
		{"POST", "Content-Length: 0"}, {"PUT", "Content-Length: 0"},
		{"GET", "!Content-Length"},    {"HEAD", "!Content-Length"},
		{"DELETE", "!Content-Length"},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct origin *origin = ORIGIN(
			ORIGIN_EXPECT_HEAD("", cases[i].line, "!Transfer-Encoding"),
			ORIGIN_SEND("HTTP/1.1 204 No Content\r\n\r\n"));

		client_finish(client_start(cases[i].method, origin_url(origin, "/")), 204,
			      "");
		origin_end(origin);
	}
}

static void check_unread(const char *method, uint64_t length)
{
	struct origin *origin = ORIGIN(ORIGIN_EXPECT_HEAD("", "!Transfer-Encoding"),
				       ORIGIN_SEND("HTTP/1.1 204 No Content\r\n\r\n"),
				       ORIGIN_EXPECT_QUIET(30));
	struct client *client = client_new();
	struct tape *tape = tape_new("hello", 0);

	tape_be_body(tape, client);
	client->body_length = length;
	client_open(client, method, origin_url(origin, "/"));
	client_send(client);
	client_finish(client, 204, "");
	assert_int_equal(tape->reads, 0);
	tape_end(tape);
	origin_end(origin);
}

static void a_body_with_get_or_head_or_of_length_0_is_not_read(void **state)
{
	(void)state;
	check_unread("GET", 5);
	check_unread("HEAD", 5);
	check_unread("get", IXHR2_LENGTH_UNKNOWN);
	check_unread("POST", 0);
}

static void a_length_without_a_stream_is_refused_and_changes_nothing(void **state)
{
	struct origin *origin = ORIGIN(ORIGIN_EXPECT_HEAD("POST / HTTP/1.1"),
				       ORIGIN_ANSWER("200 OK", "x"));
	struct client *client = client_new();

	(void)state;
	client_open(client, "POST", origin_url(origin, "/"));
	assert_int_equal(IXMLHTTPRequest3_Send(client->xhr, NULL, 1), E_INVALIDARG);
	assert_int_equal(IXMLHTTPRequest3_Send(client->xhr, NULL, IXHR2_LENGTH_UNKNOWN),
			 E_INVALIDARG);
	client_send(client);
	client_finish(client, 200, "x");
	origin_end(origin);
}

/* A program gives what it is asked for, or as much of it as answers say. */
static void check_large(bool is_unknown, const struct tape_answer *answers,
			unsigned answer_count)
{
	struct origin_step body =
		is_unknown
			? (struct origin_step)ORIGIN_EXPECT_CHUNKED_PATTERN(LARGE_BYTES)
			: (struct origin_step)ORIGIN_EXPECT_BODY_PATTERN(LARGE_BYTES);
	struct origin *origin = ORIGIN(
		ORIGIN_EXPECT_HEAD("POST / HTTP/1.1",
				   is_unknown ? "Transfer-Encoding: chunked"
					      : "Content-Length: 8388611",
				   is_unknown ? "!Content-Length" : "!Transfer-Encoding"),
		body, ORIGIN_ANSWER("200 OK", "x"));
	struct client *client = client_new();
	struct tape *tape = tape_new(NULL, LARGE_BYTES);

	tape->answers = answers;
	tape->answer_count = answer_count;
	tape_be_body(tape, client);
	if (is_unknown)
		client->body_length = IXHR2_LENGTH_UNKNOWN;
	client_open(client, "POST", origin_url(origin, "/"));
	client_send(client);
	client_finish(client, 200, "x");
	assert_int_equal(tape->at, LARGE_BYTES);
	assert_true(tape->reads >= LARGE_BYTES / PIECE_BYTES);
	if (!is_unknown)
		assert_int_equal(tape->asked_most, LARGE_BYTES);
	tape_end(tape);
	origin_end(origin);
}

static void a_large_body_goes_out_whole_and_no_byte_more_is_asked(void **state)
{
	(void)state;
	check_large(false, NULL, 0);
}

static void a_body_of_unknown_length_goes_out_in_chunks(void **state)
{
	(void)state;
	check_large(true, NULL, 0);
}

/* Shorter and longer than what the socket is offered at a time, in every order. */
static void pieces_of_all_lengths_arrive_whole(void **state)
{
	static struct tape_answer answers[200];
	uint32_t random = 1;

	(void)state;
	for (unsigned i = 0; i < TEST_COUNT(answers); i++) {
		random = random * 1664525 + 1013904223;
		answers[i] = (struct tape_answer){
			.most = 1 + (random >> 8) % (i % 3 ? PIECE_BYTES : 1000),
			.result = S_OK};
	}
	check_large(false, answers, TEST_COUNT(answers));
	check_large(true, answers, TEST_COUNT(answers));
}

static void an_empty_body_of_unknown_length_is_one_last_chunk(void **state)
{
	struct origin *origin = ORIGIN(
		ORIGIN_EXPECT_HEAD("POST / HTTP/1.1", "Transfer-Encoding: chunked"),
		ORIGIN_EXPECT_CHUNKED(""), ORIGIN_ANSWER("200 OK", "x"));
	struct client *client = client_new();
	struct tape *tape = tape_new("", 0);

	(void)state;
	tape_be_body(tape, client);
	client->body_length = IXHR2_LENGTH_UNKNOWN;
	client_open(client, "POST", origin_url(origin, "/"));
	client_send(client);
	client_finish(client, 200, "x");
	tape_end(tape);
	origin_end(origin);
}

static void post_stream(IStream *stream, uint64_t length)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_HEAD("POST / HTTP/1.1"),
		       ORIGIN_EXPECT_BODY_PATTERN(length), ORIGIN_ANSWER("200 OK", "x"));
	struct client *client = client_new();

	client_open(client, "POST", origin_url(origin, "/"));
	client->sends++;
	client->grammar = 1;
	assert_int_equal(
		IXMLHTTPRequest3_Send(client->xhr, (ISequentialStream *)stream, length),
		S_OK);
	client_finish(client, 200, "x");
	assert_int_equal(IStream_Release(stream), 0);
	origin_end(origin);
}

static void a_stream_in_memory_is_sent_from_its_beginning(void **state)
{
	static char bytes[200000];
	LARGE_INTEGER end = {.QuadPart = 0};
	IStream *stream;

	(void)state;
	pattern_fill(bytes, 0, sizeof(bytes));
	stream = SHCreateMemStream((const BYTE *)bytes, sizeof(bytes));
	assert_non_null(stream);
	assert_int_equal(IStream_Seek(stream, end, STREAM_SEEK_END, NULL), S_OK);
	post_stream(stream, sizeof(bytes));
}

static void a_file_is_sent_through_its_stream(void **state)
{
	char path[] = "/tmp/ixhr2-post-XXXXXX";
	char bytes[1000];
	int fd = mkstemp(path);
	IStream *stream = NULL;

	(void)state;
	assert_true(fd >= 0);
	for (unsigned i = 0; i < 1000; i++) {
		pattern_fill(bytes, i * sizeof(bytes), sizeof(bytes));
		assert_int_equal(write(fd, bytes, sizeof(bytes)), sizeof(bytes));
	}
	close(fd);
	assert_int_equal(SHCreateStreamOnFileA(path, STGM_READ, &stream), S_OK);
	unlink(path);
	post_stream(stream, 1000 * sizeof(bytes));
}

static void a_peer_that_reads_slowly_gets_everything(void **state)
{
	struct flag reads_on;
	struct origin *origin;
	struct client *client = client_new();
	struct tape *tape = tape_new(NULL, LARGE_BYTES);

	(void)state;
	flag_init(&reads_on);
	origin = ORIGIN(ORIGIN_EXPECT_HEAD("POST / HTTP/1.1"), ORIGIN_WAIT(&reads_on),
			ORIGIN_EXPECT_BODY_PATTERN(LARGE_BYTES),
			ORIGIN_ANSWER("200 OK", "x"));
	tape_be_body(tape, client);
	client_open(client, "POST", origin_url(origin, "/"));
	client_send(client);
	assert_false(client_wait_ms(client, 200));
	flag_raise(&reads_on);
	client_finish(client, 200, "x");
	assert_int_equal(tape->at, LARGE_BYTES);
	tape_end(tape);
	origin_end(origin);
	flag_done(&reads_on);
}

static HRESULT wait_for_what_was_given(struct client *client)
{
	struct flag *has_arrived = client->owner;

	/* The first Read has nothing to wait for. */
	if (client->counts[CLIENT_READ] > 1 && !flag_wait(has_arrived, CLIENT_WAIT_MS))
		client_complain(client, "a piece has not arrived");
	return S_OK;
}

/* Also what may be sent together with the next piece. */
static void what_a_stream_has_given_arrives_before_it_gives_more(void **state)
{
	static char bytes[PIECE_BYTES + 5];
	struct flag has_arrived;
	struct origin *origin;
	struct client *client = client_new();
	struct tape *tape = tape_new(NULL, sizeof(bytes));

	(void)state;
	flag_init(&has_arrived);
	pattern_fill(bytes, 0, PIECE_BYTES);
	memcpy(bytes + PIECE_BYTES, "hello", 5);
	tape->content = bytes;
	origin = ORIGIN(ORIGIN_EXPECT_HEAD("POST / HTTP/1.1"),
			ORIGIN_EXPECT_BODY_PATTERN(PIECE_BYTES),
			ORIGIN_RAISE(&has_arrived), ORIGIN_EXPECT_BODY("hello"),
			ORIGIN_ANSWER("200 OK", "x"));
	tape_be_body(tape, client);
	client->on[CLIENT_READ] = wait_for_what_was_given;
	client->owner = &has_arrived;
	client_open(client, "POST", origin_url(origin, "/"));
	client_send(client);
	client_finish(client, 200, "x");
	assert_int_equal(tape->reads, 2);
	tape_end(tape);
	origin_end(origin);
	flag_done(&has_arrived);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(a_body_goes_out_with_its_length),
		CLIENT_TEST(without_a_body_some_methods_say_so),
		CLIENT_TEST(a_body_with_get_or_head_or_of_length_0_is_not_read),
		CLIENT_TEST(a_length_without_a_stream_is_refused_and_changes_nothing),
		CLIENT_TEST(a_large_body_goes_out_whole_and_no_byte_more_is_asked),
		CLIENT_TEST(a_body_of_unknown_length_goes_out_in_chunks),
		CLIENT_TEST(pieces_of_all_lengths_arrive_whole),
		CLIENT_TEST(an_empty_body_of_unknown_length_is_one_last_chunk),
		CLIENT_TEST(a_stream_in_memory_is_sent_from_its_beginning),
		CLIENT_TEST(a_file_is_sent_through_its_stream),
		CLIENT_TEST(a_peer_that_reads_slowly_gets_everything),
		CLIENT_TEST(what_a_stream_has_given_arrives_before_it_gives_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
