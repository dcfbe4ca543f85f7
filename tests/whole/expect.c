/* SPDX-License-Identifier: MIT */
/* Expect: 100-continue, and final answers that come before the body is out. */
#include "lib/test.h"

#include <string.h>

#include "lib/client.h"
#include "lib/origin.h"
#include "lib/tape.h"

static struct client *start(const char *url, struct tape *tape, bool expects)
{
	struct client *client = client_new();

	tape_be_body(tape, client);
	client_open(client, "POST", url);
	if (expects)
		client_header(client, "Expect", "100-continue");
	client_send(client);
	return client;
}

static void the_body_waits_for_100(void **state)
{
	struct origin *origin = ORIGIN(
		ORIGIN_EXPECT_HEAD("POST / HTTP/1.1", "Expect: 100-continue",
				   "Content-Length: 5"),
		ORIGIN_EXPECT_QUIET(100), ORIGIN_SEND("HTTP/1.1 100 Continue\r\n\r\n"),
		ORIGIN_EXPECT_BODY("hello"), ORIGIN_ANSWER("200 OK", "x"));
	struct tape *tape = tape_new("hello", 0);
	struct client *client = start(origin_url(origin, "/"), tape, true);

	(void)state;
	client_wait(client);
	client_expect(client, 200, "x");
	assert_string_equal(client->order, "hdR");
	client_end(client);
	tape_end(tape);
	origin_end(origin);
}

static void a_further_expectation_does_not_let_the_body_go(void **state)
{
	struct origin *origin = ORIGIN(
		ORIGIN_EXPECT_HEAD("POST / HTTP/1.1", "Expect: 100-continue, a"),
		ORIGIN_EXPECT_QUIET(100), ORIGIN_SEND("HTTP/1.1 100 Continue\r\n\r\n"),
		ORIGIN_EXPECT_BODY("hello"), ORIGIN_ANSWER("200 OK", "x"));
	struct tape *tape = tape_new("hello", 0);
	struct client *client = client_new();

	(void)state;
	tape_be_body(tape, client);
	client_open(client, "POST", origin_url(origin, "/"));
	client_header(client, "Expect", "100-continue");
	client_header(client, "Expect", "a");
	client_send(client);
	client_finish(client, 200, "x");
	tape_end(tape);
	origin_end(origin);
}

static void the_body_waits_for_a_second_at_most(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_HEAD("POST / HTTP/1.1", "Expect: 100-continue"),
		       ORIGIN_EXPECT_QUIET(500), ORIGIN_EXPECT_BODY("hello"),
		       ORIGIN_ANSWER("200 OK", "x"));
	struct tape *tape = tape_new("hello", 0);
	struct client *client = start(origin_url(origin, "/"), tape, true);

	(void)state;
	client_finish(client, 200, "x");
	tape_end(tape);
	origin_end(origin);
}

/* Another 1xx is not the one that the body waits for. */
static void another_1xx_does_not_let_the_body_go(void **state)
{
	struct origin *origin = ORIGIN(
		ORIGIN_EXPECT_ANY_HEAD(),
		ORIGIN_SEND("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
		ORIGIN_EXPECT_QUIET(100), ORIGIN_SEND("HTTP/1.1 100 Continue\r\n\r\n"),
		ORIGIN_EXPECT_BODY("hello"), ORIGIN_ANSWER("200 OK", "x"));
	struct tape *tape = tape_new("hello", 0);
	struct client *client = start(origin_url(origin, "/"), tape, true);

	(void)state;
	client_finish(client, 200, "x");
	tape_end(tape);
	origin_end(origin);
}

static void a_final_status_cancels_the_body(void **state)
{
	static const char *const statuses[] = {"417 Expectation Failed",
					       "413 Content Too Large", "200 OK",
					       "401 Unauthorized"};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(statuses); i++) {
		struct origin *origin =
			ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER(statuses[i], "no"),
			       ORIGIN_EXPECT_CLOSE());
		struct tape *tape = tape_new("hello", 0);
		struct client *client = start(origin_url(origin, "/"), tape, true);

		client_wait(client);
		assert_string_equal(client->bytes, "no");
		assert_int_equal(strncmp(statuses[i],
					 client->status == 417	 ? "417"
					 : client->status == 413 ? "413"
					 : client->status == 200 ? "200"
								 : "401",
					 3),
				 0);
		client_end(client);
		assert_int_equal(tape->at, 0);
		tape_end(tape);
		origin_end(origin);
	}
}

static void a_redirect_cancels_the_body_and_takes_it_along(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_ANY_HEAD(),
		       ORIGIN_ANSWER("307 Temporary Redirect\r\nLocation: /b", ""),
		       ORIGIN_EXPECT_CLOSE(), ORIGIN_NEXT_CONNECTION(),
		       ORIGIN_EXPECT_HEAD("POST /b HTTP/1.1", "Expect: 100-continue"),
		       ORIGIN_SEND("HTTP/1.1 100 Continue\r\n\r\n"),
		       ORIGIN_EXPECT_BODY("hello"), ORIGIN_ANSWER("200 OK", "x"));
	struct tape *tape = tape_new("hello", 0);
	struct client *client = start(origin_url(origin, "/"), tape, true);

	(void)state;
	client_finish(client, 200, "x");
	tape_end(tape);
	origin_end(origin);
}

#define LARGE_BYTES (64ull << 20)

static void an_early_answer_stops_the_upload(void **state)
{
	struct origin *origin = ORIGIN(
		ORIGIN_EXPECT_ANY_HEAD(),
		ORIGIN_ANSWER("413 Content Too Large\r\nConnection: close", "too large"),
		ORIGIN_DRAIN());
	struct tape *tape = tape_new(NULL, LARGE_BYTES);
	struct client *client = start(origin_url(origin, "/"), tape, false);

	(void)state;
	client_finish(client, 413, "too large");
	assert_true(tape->at < LARGE_BYTES);
	tape_end(tape);
	origin_end(origin);
}

static void an_early_answer_is_read_though_the_peer_takes_no_more(void **state)
{
	struct flag is_over;
	struct origin *origin;
	struct tape *tape = tape_new(NULL, LARGE_BYTES);
	struct client *client;

	(void)state;
	flag_init(&is_over);
	origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(),
			ORIGIN_ANSWER("413 Content Too Large", "too large"),
			ORIGIN_WAIT(&is_over));
	client = start(origin_url(origin, "/"), tape, false);
	client_finish(client, 413, "too large");
	flag_raise(&is_over);
	tape_end(tape);
	origin_end(origin);
	flag_done(&is_over);
}

static void an_answer_during_the_upload_of_unknown_length(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER("403 Forbidden", "no"),
		       ORIGIN_DRAIN());
	struct client *client = client_new();
	struct tape *tape = tape_new(NULL, LARGE_BYTES);

	(void)state;
	tape_be_body(tape, client);
	client->body_length = IXHR2_LENGTH_UNKNOWN;
	client_open(client, "POST", origin_url(origin, "/"));
	client_send(client);
	client_finish(client, 403, "no");
	tape_end(tape);
	origin_end(origin);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(the_body_waits_for_100),
		CLIENT_TEST(a_further_expectation_does_not_let_the_body_go),
		CLIENT_TEST(the_body_waits_for_a_second_at_most),
		CLIENT_TEST(another_1xx_does_not_let_the_body_go),
		CLIENT_TEST(a_final_status_cancels_the_body),
		CLIENT_TEST(a_redirect_cancels_the_body_and_takes_it_along),
		CLIENT_TEST(an_early_answer_stops_the_upload),
		CLIENT_TEST(an_early_answer_is_read_though_the_peer_takes_no_more),
		CLIENT_TEST(an_answer_during_the_upload_of_unknown_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
