/* SPDX-License-Identifier: MIT */
/* Contract R10 where it is about 401: bodies that are sent again, or cannot be. */
#include "lib/test.h"

#include <stdio.h>
#include <string.h>

#include "lib/client.h"
#include "lib/flag.h"
#include "lib/origin.h"
#include "lib/tape.h"
#include "whole/auth.h"

#define REMEMBERED_BYTES (64u * 1024)

/* More than sockets hold on their way. */
#define LARGE_BYTES (32ull << 20)

struct replay_case {
	const char *name;    /* of the case */
	bool is_sequential;  /* no IStream */
	HRESULT seek_result; /* of Seek */
	bool fails_later;    /* the first Seek does not answer that */
	uint64_t bytes;	     /* of the body */
	bool is_unknown;     /* its length is not told */
	bool is_delivered;   /* the 401 is the response */
	unsigned seeks;	     /* of the body */
};

static const struct replay_case replays[] = {
	{"a small IStream", false, S_OK, false, 5, false, false, 2},
	{"a large IStream", false, S_OK, false, 300000, false, false, 2},
	{"a large IStream of unknown length", false, S_OK, false, 300000, true, false, 2},
	{"an empty one of unknown length", false, S_OK, false, 0, true, false, 1},
	{"a small ISequentialStream", true, S_OK, false, 5, false, false, 0},
	{"64 KiB of it", true, S_OK, false, REMEMBERED_BYTES, false, false, 0},
	{"64 KiB of unknown length", true, S_OK, false, REMEMBERED_BYTES, true, false, 0},
	{"a byte more", true, S_OK, false, REMEMBERED_BYTES + 1, false, true, 0},
	{"a byte more of unknown length", true, S_OK, false, REMEMBERED_BYTES + 1, true,
	 true, 0},
	{"a large one", true, S_OK, false, 3000000, false, true, 0},
	{"a small one whose Seek fails", false, E_NOTIMPL, false, 5, false, false, 1},
	{"a large one whose Seek fails", false, E_NOTIMPL, false, 300000, false, true, 1},
	{"a small one whose second Seek fails", false, E_FAIL, true, 5, false, false, 2},
	{"a large one whose second Seek fails", false, E_FAIL, true, 300000, false, true,
	 2},
	{"one of unknown length whose second Seek fails", false, E_FAIL, true, 300000,
	 true, true, 2},
};

/* From the second one on Seek fails. */
static HRESULT fail_later(struct client *client)
{
	return client->counts[CLIENT_SEEK] > 1 ? E_FAIL : S_OK;
}

static void check_replay(const struct replay_case *c)
{
	struct origin_step body =
		c->is_unknown
			? (struct origin_step)ORIGIN_EXPECT_CHUNKED_PATTERN(c->bytes)
			: (struct origin_step)ORIGIN_EXPECT_BODY_PATTERN(c->bytes);
	struct client *client = client_new();
	struct tape *tape = tape_new(NULL, c->bytes);
	struct origin *origin;

	if (c->is_delivered)
		origin =
			ORIGIN(EXPECT_BARE("POST /a HTTP/1.1"), body,
			       ORIGIN_ANSWER(BASIC_401, "who?"), ORIGIN_EXPECT_QUIET(10));
	else
		origin = ORIGIN(EXPECT_BARE("POST /a HTTP/1.1"), body,
				ORIGIN_ANSWER(BASIC_401, "who?"),
				EXPECT_BASIC("POST /a HTTP/1.1"), body,
				ORIGIN_ANSWER("200 OK", "x"));
	tape->is_sequential = c->is_sequential;
	tape_be_body(tape, client);
	if (c->fails_later)
		client->on[CLIENT_SEEK] = fail_later;
	else
		tape->seek_result = c->seek_result;
	if (c->is_unknown)
		client->body_length = IXHR2_LENGTH_UNKNOWN;
	logins_open(client, "POST", origin_url(origin, "/a"), &ann);
	client_send(client);
	client_wait(client);
	client_expect(client, c->is_delivered ? 401 : 200,
		      c->is_delivered ? "who?" : "x");
	assert_string_equal(client->order, "hdR");
	client_end(client);
	assert_int_equal(tape->seeks, c->seeks);
	tape_end(tape);
	origin_join(origin);
	assert_int_equal(origin_connections(origin), 1);
	origin_stop(origin);
}

static void a_body_is_sent_again_or_the_401_is_the_response(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(replays); i++) {
		print_message("  %s\n", replays[i].name);
		check_replay(&replays[i]);
	}
}

/* A body that is there again for every answer, and for the redirect behind them. */
static void a_body_goes_through_rounds_and_redirects(void **state)
{
	struct origin *origin = ORIGIN(
		EXPECT_BARE("POST /a HTTP/1.1"), ORIGIN_EXPECT_BODY("hello"),
		ORIGIN_ANSWER(STATUS_401("Digest realm=r, nonce=n, qop=auth"), "who?"),
		ORIGIN_EXPECT_HEAD("POST /a HTTP/1.1", "Authorization:"),
		ORIGIN_EXPECT_BODY("hello"), ORIGIN_ANSWER(BASIC_401, "who?"),
		EXPECT_BASIC("POST /a HTTP/1.1"), ORIGIN_EXPECT_BODY("hello"),
		ORIGIN_ANSWER("307 Temporary Redirect\r\nLocation: /b", ""),
		EXPECT_BASIC("POST /b HTTP/1.1"), ORIGIN_EXPECT_BODY("hello"),
		ORIGIN_ANSWER("303 See Other\r\nLocation: /c", ""),
		ORIGIN_EXPECT_HEAD("GET /c HTTP/1.1", "Authorization: Basic " ANN,
				   "!Content-Length"),
		ORIGIN_ANSWER("200 OK", "x"));
	struct client *client = client_new();
	struct tape *tape = tape_new("hello", 0);

	(void)state;
	tape_be_body(tape, client);
	logins_open(client, "POST", origin_url(origin, "/a"), &ann);
	client_send(client);
	client_wait(client);
	client_expect(client, 200, "x");
	assert_string_equal(client->order, "rrhdR");
	client_end(client);
	assert_int_equal(tape->seeks, 4);
	tape_end(tape);
	origin_join(origin);
	assert_int_equal(origin_connections(origin), 1);
	origin_stop(origin);
}

static HRESULT fail_second_reading(struct client *client)
{
	return client->counts[CLIENT_SEEK] > 1 ? E_FAIL : S_OK;
}

static void a_body_that_cannot_be_read_again_ends_the_request(void **state)
{
	struct origin *origin =
		ORIGIN(EXPECT_BARE("POST / HTTP/1.1"), ORIGIN_EXPECT_BODY("hello"),
		       ORIGIN_ANSWER(BASIC_401, "who?"), ORIGIN_DRAIN());
	struct client *client = client_new();
	struct tape *tape = tape_new("hello", 0);

	(void)state;
	tape_be_body(tape, client);
	client->on[CLIENT_READ] = fail_second_reading;
	logins_open(client, "POST", origin_url(origin, "/"), &ann);
	client_send(client);
	client_wait(client);
	client_expect_error(client, E_FAIL);
	assert_string_equal(client->order, "E");
	client_end(client);
	tape_end(tape);
	origin_end(origin);
}

/* The second Seek waits until the origin has closed. */
static HRESULT await_close(struct client *client)
{
	if (client->counts[CLIENT_SEEK] > 1 && !flag_wait(client->owner, CLIENT_WAIT_MS))
		client_complain(client, "the origin has not closed");
	return S_OK;
}

/* Nobody has read of it yet: what must not be sent twice goes out over another one. */
static void a_post_does_not_take_a_connection_that_died_meanwhile(void **state)
{
	struct client *client = client_new();
	struct tape *tape = tape_new("hello", 0);
	struct origin *origin;
	struct flag is_closed;

	(void)state;
	flag_init(&is_closed);
	origin = ORIGIN(EXPECT_BARE("POST / HTTP/1.1"), ORIGIN_EXPECT_BODY("hello"),
			ORIGIN_ANSWER(BASIC_401, "who?"), ORIGIN_CLOSE(),
			ORIGIN_RAISE(&is_closed), ORIGIN_NEXT_CONNECTION(),
			EXPECT_BASIC("POST / HTTP/1.1"), ORIGIN_EXPECT_BODY("hello"),
			ORIGIN_ANSWER("200 OK", "x"));
	client->owner = &is_closed;
	client->on[CLIENT_SEEK] = await_close;
	tape_be_body(tape, client);
	logins_open(client, "POST", origin_url(origin, "/"), &ann);
	client_send(client);
	client_finish(client, 200, "x");
	tape_end(tape);
	origin_end(origin);
	flag_done(&is_closed);
}

/* ---- qop=auth-int ---- */

#define INT_DIGEST "Digest realm=r, nonce=n, qop=\"auth-int\""

static void auth_int_is_for_bodies_in_memory(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *challenge, *part;
		DWORD status;
	} cases[] = {
		{5, STATUS_401(INT_DIGEST), "qop=auth-int", 200},
		{0, STATUS_401(INT_DIGEST), "qop=auth-int", 200},
		{300000, STATUS_401(INT_DIGEST ", Basic realm=r"), "Basic " ANN, 200},
		{300000, STATUS_401(INT_DIGEST), NULL, 401},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct origin_step body = ORIGIN_EXPECT_BODY_PATTERN(cases[i].bytes);
		bool is_answered = cases[i].status == 200;
		struct client *client = client_new();
		struct tape *tape = tape_new(NULL, cases[i].bytes);
		struct origin *origin;

		if (is_answered)
			origin = ORIGIN(
				EXPECT_BARE("POST / HTTP/1.1"), body,
				ORIGIN_ANSWER(cases[i].challenge, "x"),
				ORIGIN_EXPECT_HEAD("POST / HTTP/1.1", "Authorization:"),
				body, ORIGIN_ANSWER("200 OK", "x"));
		else
			origin = ORIGIN(EXPECT_BARE("POST / HTTP/1.1"), body,
					ORIGIN_ANSWER(cases[i].challenge, "x"));
		tape_be_body(tape, client);
		logins_open(client, "POST", origin_url(origin, "/"), &ann);
		client_send(client);
		client_finish(client, cases[i].status, "x");
		tape_end(tape);
		origin_join(origin);
		if (is_answered && !strstr(origin_head(origin, 1), cases[i].part))
			fail_msg("no %s in:\n%s", cases[i].part, origin_head(origin, 1));
		origin_stop(origin);
	}
}

/* ---- a 401 that comes before the body is out ---- */

/* With Expect the stream is not touched before the answer, so it need not seek. */
static void a_body_that_waits_for_100_waits_for_the_answer_too(void **state)
{
	(void)state;
	for (int is_sequential = 0; is_sequential < 2; is_sequential++) {
		struct origin *origin = ORIGIN(
			ORIGIN_EXPECT_HEAD("POST / HTTP/1.1", "!Authorization",
					   "Expect: 100-continue"),
			ORIGIN_EXPECT_QUIET(20), ORIGIN_ANSWER(BASIC_401, "who?"),
			ORIGIN_EXPECT_CLOSE(), ORIGIN_NEXT_CONNECTION(),
			ORIGIN_EXPECT_HEAD("POST / HTTP/1.1", "Authorization: Basic " ANN,
					   "Expect: 100-continue"),
			ORIGIN_EXPECT_QUIET(20),
			ORIGIN_SEND("HTTP/1.1 100 Continue\r\n\r\n"),
			ORIGIN_EXPECT_BODY_PATTERN(300000), ORIGIN_ANSWER("200 OK", "x"));
		struct client *client = client_new();
		struct tape *tape = tape_new(NULL, 300000);

		tape->is_sequential = is_sequential;
		tape_be_body(tape, client);
		logins_open(client, "POST", origin_url(origin, "/"), &ann);
		client_header(client, "Expect", "100-continue");
		client_send(client);
		client_finish(client, 200, "x");
		assert_int_equal(tape->at, 300000);
		tape_end(tape);
		origin_end(origin);
	}
}

static void a_refused_login_spares_the_body(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_HEAD("POST / HTTP/1.1", "Expect: 100-continue"),
		       ORIGIN_ANSWER(BASIC_401, "who?"), ORIGIN_EXPECT_CLOSE(),
		       ORIGIN_NEXT_CONNECTION(),
		       ORIGIN_EXPECT_HEAD("POST / HTTP/1.1", "Expect: 100-continue",
					  "Authorization: Basic " WRONG),
		       ORIGIN_ANSWER(BASIC_401, "no!"), ORIGIN_EXPECT_CLOSE());
	struct client *client = client_new();
	struct tape *tape = tape_new("hello", 0);

	(void)state;
	tape_be_body(tape, client);
	logins_open(client, "POST", origin_url(origin, "/"), &ann_wrong);
	client_header(client, "Expect", "100-continue");
	client_send(client);
	client_finish(client, 401, "no!");
	assert_int_equal(tape->at, 0);
	tape_end(tape);
	origin_end(origin);
}

static void an_early_401_stops_the_upload(void **state)
{
	struct origin *origin = ORIGIN(
		EXPECT_BARE("POST / HTTP/1.1"), ORIGIN_ANSWER(BASIC_401, "who?"),
		ORIGIN_DRAIN(), ORIGIN_NEXT_CONNECTION(), EXPECT_BASIC("POST / HTTP/1.1"),
		ORIGIN_EXPECT_BODY_PATTERN(LARGE_BYTES), ORIGIN_ANSWER("200 OK", "x"));
	struct client *client = client_new();
	struct tape *tape = tape_new(NULL, LARGE_BYTES);

	(void)state;
	tape_be_body(tape, client);
	logins_open(client, "POST", origin_url(origin, "/"), &ann);
	client_send(client);
	client_finish(client, 200, "x");
	assert_int_equal(tape->seeks, 2);
	tape_end(tape);
	origin_end(origin);
}

static void an_early_401_is_the_response_if_the_body_is_half_gone(void **state)
{
	struct origin *origin = ORIGIN(EXPECT_BARE("POST / HTTP/1.1"),
				       ORIGIN_ANSWER(BASIC_401, "who?"), ORIGIN_DRAIN());
	struct client *client = client_new();
	struct tape *tape = tape_new(NULL, LARGE_BYTES);

	(void)state;
	tape->is_sequential = true;
	tape_be_body(tape, client);
	logins_open(client, "POST", origin_url(origin, "/"), &ann);
	client_send(client);
	client_finish(client, 401, "who?");
	tape_end(tape);
	origin_end(origin);
}

/* ---- schemes with several messages ---- */

/* What an origin that wants NTLM, or else Basic, has seen. */
struct opening {
	pthread_mutex_t lock; /* for all of it */
	unsigned openings;    /* first messages of NTLM */
	size_t opening_bytes; /* of body with them */
	char body[32];	      /* of the request that was let in */
};

static void ask_for_ntlm(void *owner, const struct answerer_request *request,
			 struct answerer_reply *reply)
{
	struct opening *opening = owner;

	pthread_mutex_lock(&opening->lock);
	if (strstr(request->head, "\r\nAuthorization: NTLM TlRMTVNTUAAB")) {
		opening->openings++;
		opening->opening_bytes += request->body.len;
	}
	if (strstr(request->head, "\r\nAuthorization: Basic " ANN "\r\n")) {
		snprintf(opening->body, sizeof(opening->body), "%.*s",
			 (int)request->body.len, request->body.at);
	} else {
		reply->status = "401 Unauthorized";
		reply->fields = "WWW-Authenticate: NTLM\r\n"
				"WWW-Authenticate: Basic realm=r\r\n";
	}
	pthread_mutex_unlock(&opening->lock);
}

/* Where the machine has no NTLM, Basic is taken at once. */
static void the_body_is_not_wasted_on_an_opening(void **state)
{
	struct opening opening = {.openings = 0};
	struct answerer *answerer = answerer_start(ask_for_ntlm, &opening);
	struct client *client = client_new();
	struct tape *tape = tape_new("hello", 0);
	char url[ANSWERER_URL_BYTES];

	(void)state;
	pthread_mutex_init(&opening.lock, NULL);
	tape->is_sequential = true;
	tape_be_body(tape, client);
	logins_open(client, "POST", answerer_url(answerer, "/", url), &ann);
	client_send(client);
	client_wait(client);
	assert_int_equal(client->status, 200);
	client_end(client);
	print_message("  %u openings\n", opening.openings);
	assert_true(opening.openings <= 1);
	assert_int_equal(opening.opening_bytes, 0);
	assert_string_equal(opening.body, "hello");
	assert_int_equal(answerer_requests(answerer), 2 + opening.openings);
	tape_end(tape);
	answerer_end(answerer);
	pthread_mutex_destroy(&opening.lock);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(a_body_is_sent_again_or_the_401_is_the_response),
		CLIENT_TEST(a_body_goes_through_rounds_and_redirects),
		CLIENT_TEST(a_body_that_cannot_be_read_again_ends_the_request),
		CLIENT_TEST(a_post_does_not_take_a_connection_that_died_meanwhile),
		CLIENT_TEST(auth_int_is_for_bodies_in_memory),
		CLIENT_TEST(a_body_that_waits_for_100_waits_for_the_answer_too),
		CLIENT_TEST(a_refused_login_spares_the_body),
		CLIENT_TEST(an_early_401_stops_the_upload),
		CLIENT_TEST(an_early_401_is_the_response_if_the_body_is_half_gone),
		CLIENT_TEST(the_body_is_not_wasted_on_an_opening),
	};

	auth_forget_kerberos();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
