/* SPDX-License-Identifier: MIT */
/* Connections that serve again: when they do, when they must not, and what happens when
 * they turn out to be dead. */
#include "lib/test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/answerer.h"
#include "lib/client.h"
#include "lib/origin.h"
#include "lib/tape.h"

/* Long enough for the loop to see what happened to an idle connection. */
#define SEEN_US 100000

static void get(struct origin *origin, const char *body)
{
	client_finish(client_start("GET", origin_url(origin, "/")), 200, body);
}

static void one_connection_serves_one_request_after_another(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_HEAD("GET / HTTP/1.1"), ORIGIN_ANSWER("200 OK", "x"),
		       ORIGIN_REPEAT(2, 49));

	(void)state;
	for (int i = 0; i < 50; i++)
		get(origin, "x");
	origin_join(origin);
	assert_int_equal(origin_connections(origin), 1);
	origin_stop(origin);
}

static void these_answers_end_the_connection(void **state)
{
	static const char *const answers[] = {
		"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx",
		"HTTP/1.1 200 OK\r\nConnection: a, Close\r\nContent-Length: 1\r\n\r\nx",
		"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx",
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxy",
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 200 OK\r\n"
		"Content-Length: 5\r\n\r\nwrong",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: "
		"chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n\r\n",
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(answers); i++) {
		struct origin *origin = ORIGIN(
			ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_SEND(answers[i]),
			ORIGIN_EXPECT_CLOSE(), ORIGIN_NEXT_CONNECTION(),
			ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER("200 OK", "right"));

		print_message("  %zu\n", i);
		get(origin, "x");
		get(origin, "right");
		origin_end(origin);
	}
}

static void
parallel_requests_have_connections_of_their_own_and_share_them_later(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_NEXT_CONNECTION(),
		       ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER("200 OK", "x"),
		       ORIGIN_ON_CONNECTION(0), ORIGIN_ANSWER("200 OK", "x"),
		       ORIGIN_EXPECT_QUIET(0));
	struct client *one = client_start("GET", origin_url(origin, "/"));
	struct client *two = client_start("GET", origin_url(origin, "/"));

	(void)state;
	client_finish(two, 200, "x");
	client_finish(one, 200, "x");
	origin_end(origin);
}

/* ---- connections that die while they are idle ---- */

static void check_idle(struct origin_step step)
{
	struct flag is_over;
	struct origin *origin;
	struct client *client;

	flag_init(&is_over);
	origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER("200 OK", "x"), step,
			ORIGIN_RAISE(&is_over), ORIGIN_NEXT_CONNECTION(),
			ORIGIN_EXPECT_HEAD("POST / HTTP/1.1"),
			ORIGIN_ANSWER("200 OK", "right"));
	get(origin, "x");
	assert_true(flag_wait(&is_over, CLIENT_WAIT_MS));
	usleep(SEEN_US);
	/* A POST is never repeated: it must not have tried the old connection. */
	client = client_start("POST", origin_url(origin, "/"));
	client_finish(client, 200, "right");
	origin_end(origin);
	flag_done(&is_over);
}

static void an_idle_connection_that_becomes_readable_is_dropped(void **state)
{
	(void)state;
	check_idle((struct origin_step)ORIGIN_CLOSE());
	check_idle((struct origin_step)ORIGIN_RESET());
	check_idle((struct origin_step)ORIGIN_HALF_CLOSE());
	check_idle((struct origin_step)ORIGIN_SEND("HTTP/1.1 408 Request Timeout\r\n"
						   "Content-Length: 0\r\n\r\n"));
	check_idle((struct origin_step)ORIGIN_SEND("x"));
}

/* ---- connections that die under a request ---- */

static struct origin *start_dying(struct origin_step death, bool is_retried)
{
	if (is_retried)
		return ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER("200 OK", "x"),
			      ORIGIN_EXPECT_ANY_HEAD(), death, ORIGIN_NEXT_CONNECTION(),
			      ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER("200 OK", "again"));
	return ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER("200 OK", "x"),
		      ORIGIN_EXPECT_ANY_HEAD(), death);
}

static void check_death(struct origin_step death, const char *method, bool is_retried)
{
	struct origin *origin = start_dying(death, is_retried);
	struct client *client;

	get(origin, "x");
	client = client_start(method, origin_url(origin, "/"));
	if (is_retried)
		client_finish(client, 200, strcmp(method, "HEAD") ? "again" : "");
	else
		client_fail(client, INET_E_DOWNLOAD_FAILURE);
	origin_end(origin);
}

static void a_dead_kept_connection_is_tried_again_where_that_is_safe(void **state)
{
	static const struct {
		const char *method; /* of the request */
		bool is_retried;    /* RFC 9110 9.2.2 */
	} cases[] = {
		{"GET", true},	  {"HEAD", true},	 {"OPTIONS", true},
		{"PUT", true},	  {"DELETE", true},	 {"POST", false},
		{"PATCH", false}, {"FROBNICATE", false},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		print_message("  %s\n", cases[i].method);
		check_death((struct origin_step)ORIGIN_CLOSE(), cases[i].method,
			    cases[i].is_retried);
		check_death((struct origin_step)ORIGIN_RESET(), cases[i].method,
			    cases[i].is_retried);
	}
}

static void once_a_byte_has_come_nothing_is_tried_again(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER("200 OK", "x"),
		       ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_SEND("H"), ORIGIN_CLOSE());

	(void)state;
	get(origin, "x");
	client_fail(client_start("GET", origin_url(origin, "/")),
		    INET_E_DOWNLOAD_FAILURE);
	origin_end(origin);
}

static void a_second_death_is_told(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER("200 OK", "x"),
		       ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_CLOSE(), ORIGIN_NEXT_CONNECTION(),
		       ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_CLOSE());

	(void)state;
	get(origin, "x");
	client_fail(client_start("GET", origin_url(origin, "/")),
		    INET_E_DOWNLOAD_FAILURE);
	origin_end(origin);
}

static void a_fresh_connection_that_dies_is_not_tried_again(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_CLOSE(), ORIGIN_EXPECT_QUIET(50));

	(void)state;
	client_fail(client_start("GET", origin_url(origin, "/")),
		    INET_E_DOWNLOAD_FAILURE);
	origin_end(origin);
}

/* Two idle connections are dead: the one retry takes a fresh one, not the other. */
static void the_retry_takes_a_fresh_connection(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_NEXT_CONNECTION(),
		       ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER("200 OK", "x"),
		       ORIGIN_ON_CONNECTION(0), ORIGIN_ANSWER("200 OK", "x"),
		       ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_CLOSE(), ORIGIN_NEXT_CONNECTION(),
		       ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER("200 OK", "again"));
	struct client *one = client_start("GET", origin_url(origin, "/"));
	struct client *two = client_start("GET", origin_url(origin, "/"));

	(void)state;
	/* The connection used last is taken first: number 0. */
	client_finish(two, 200, "x");
	client_finish(one, 200, "x");
	get(origin, "again");
	origin_end(origin);
}

/* The redirect goes over the connection of the retry, which is kept; and when that dies
 * too, the request to the new place has a retry of its own. */
static void behind_a_redirect_everything_begins_anew(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER("200 OK", "x"),
		       ORIGIN_EXPECT_HEAD("GET / HTTP/1.1"), ORIGIN_CLOSE(),
		       ORIGIN_NEXT_CONNECTION(), ORIGIN_EXPECT_HEAD("GET / HTTP/1.1"),
		       ORIGIN_ANSWER("302 Found\r\nLocation: /b", ""),
		       ORIGIN_EXPECT_HEAD("GET /b HTTP/1.1"), ORIGIN_CLOSE(),
		       ORIGIN_NEXT_CONNECTION(), ORIGIN_EXPECT_HEAD("GET /b HTTP/1.1"),
		       ORIGIN_ANSWER("200 OK", "again"));

	(void)state;
	get(origin, "x");
	get(origin, "again");
	origin_end(origin);
}

static void check_retried_body(bool is_sequential, uint64_t bytes, HRESULT error)
{
	struct origin_step body = ORIGIN_EXPECT_BODY_PATTERN(bytes);
	struct origin *origin;
	struct client *client = client_new();
	struct tape *tape = tape_new(NULL, bytes);

	if (error)
		origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER("200 OK", "x"),
				ORIGIN_EXPECT_HEAD("PUT / HTTP/1.1"), body,
				ORIGIN_CLOSE());
	else
		origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER("200 OK", "x"),
				ORIGIN_EXPECT_HEAD("PUT / HTTP/1.1"), body,
				ORIGIN_CLOSE(), ORIGIN_NEXT_CONNECTION(),
				ORIGIN_EXPECT_HEAD("PUT / HTTP/1.1"), body,
				ORIGIN_ANSWER("200 OK", "again"));
	get(origin, "x");
	tape->is_sequential = is_sequential;
	tape_be_body(tape, client);
	client_open(client, "PUT", origin_url(origin, "/"));
	client_send(client);
	if (error)
		client_fail(client, error);
	else
		client_finish(client, 200, "again");
	tape_end(tape);
	origin_end(origin);
}

static void the_body_of_a_retried_request_is_sent_again(void **state)
{
	(void)state;
	check_retried_body(false, 5, S_OK);
	check_retried_body(false, 300000, S_OK);
	check_retried_body(true, 5, S_OK);
	check_retried_body(true, 65536, S_OK);
	check_retried_body(true, 65537, STG_E_SEEKERROR);
}

/* ---- connections that the loop does not know to be dead ---- */

/* What a chain of two requests needs: the second is sent by the first's final callback,
 * when the origin is through with the connection but the loop has not seen that. */
struct chain {
	struct flag is_over; /* the origin is through */
	const char *url;     /* of the second request */
	const char *method;  /* of the second request */
};

static HRESULT send_second(struct client *client)
{
	struct chain *chain = client->owner;

	client->on[CLIENT_RECEIVED] = NULL;
	if (!flag_wait(&chain->is_over, CLIENT_WAIT_MS))
		client_complain(client, "the origin is not through");
	client_open(client, chain->method, chain->url);
	client_send(client);
	return S_OK;
}

static void check_unseen(struct origin_step step, const char *method, uint64_t bytes)
{
	struct chain chain = {.method = method};
	struct client *client = client_new();
	struct tape *tape = tape_new(NULL, bytes);
	struct origin *origin;

	flag_init(&chain.is_over);
	origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER("200 OK", "x"), step,
			ORIGIN_RAISE(&chain.is_over), ORIGIN_NEXT_CONNECTION(),
			ORIGIN_EXPECT_HEAD(""), ORIGIN_EXPECT_BODY_PATTERN(bytes),
			ORIGIN_ANSWER("200 OK", "y"));
	chain.url = origin_url(origin, "/b");
	tape->is_sequential = true;
	if (bytes)
		tape_be_body(tape, client);
	client->owner = &chain;
	client->on[CLIENT_RECEIVED] = send_second;
	client_open(client, "GET", origin_url(origin, "/a"));
	client_send(client);
	client_finish(client, 200, "xy");
	tape_end(tape);
	origin_end(origin);
	flag_done(&chain.is_over);
}

static void what_cannot_be_repeated_does_not_take_a_dead_connection(void **state)
{
	static const struct origin_step steps[] = {
		ORIGIN_CLOSE(), ORIGIN_HALF_CLOSE(), ORIGIN_RESET(),
		ORIGIN_SEND("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong")};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(steps); i++) {
		check_unseen(steps[i], "POST", 0);
		check_unseen(steps[i], "POST", 5);
		check_unseen(steps[i], "PATCH", 5);
		check_unseen(steps[i], "PUT", 100000);
	}
}

static void many_in_turn_over_few_connections(void **state)
{
	struct answerer *answerer = answerer_start(NULL, NULL);
	struct client *clients[4];
	char url[ANSWERER_URL_BYTES], path[32];

	(void)state;
	for (unsigned round = 0; round < 50; round++) {
		for (unsigned i = 0; i < 4; i++) {
			snprintf(path, sizeof(path), "/%u/%u", round, i);
			clients[i] =
				client_start("GET", answerer_url(answerer, path, url));
		}
		for (unsigned i = 0; i < 4; i++) {
			snprintf(path, sizeof(path), "/%u/%u", round, i);
			client_finish(clients[i], 200, path);
		}
	}
	assert_int_equal(answerer_requests(answerer), 200);
	assert_true(answerer_connections(answerer) <= 4);
	answerer_end(answerer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(one_connection_serves_one_request_after_another),
		CLIENT_TEST(these_answers_end_the_connection),
		CLIENT_TEST(
			parallel_requests_have_connections_of_their_own_and_share_them_later),
		CLIENT_TEST(an_idle_connection_that_becomes_readable_is_dropped),
		CLIENT_TEST(a_dead_kept_connection_is_tried_again_where_that_is_safe),
		CLIENT_TEST(once_a_byte_has_come_nothing_is_tried_again),
		CLIENT_TEST(a_second_death_is_told),
		CLIENT_TEST(a_fresh_connection_that_dies_is_not_tried_again),
		CLIENT_TEST(the_retry_takes_a_fresh_connection),
		CLIENT_TEST(behind_a_redirect_everything_begins_anew),
		CLIENT_TEST(the_body_of_a_retried_request_is_sent_again),
		CLIENT_TEST(what_cannot_be_repeated_does_not_take_a_dead_connection),
		CLIENT_TEST(many_in_turn_over_few_connections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
