/* SPDX-License-Identifier: MIT */
/* Waits that must end, and waits that must not: what does not count, and who goes first.
 */
#include "lib/test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/client.h"
#include "lib/flag.h"
#include "lib/hourglass.h"
#include "lib/origin.h"
#include "lib/tape.h"

/* ---- the body and its 100 ---- */

static HRESULT note_slowness(struct client *client)
{
	if (flag_is_up(client->owner))
		client_complain(client, "the body waited for all that the server said");
	return S_OK;
}

/* The second is counted from the head on, not from the last byte that came. */
static void a_chatty_server_does_not_keep_the_body_waiting(void **state)
{
	struct flag is_over;
	struct origin *origin;
	struct client *client = client_new();
	struct tape *tape = tape_new("hello", 0);

	(void)state;
	flag_init(&is_over);
	origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(),
			ORIGIN_SEND_SLOWLY("HTTP/1.1 102 Processing\r\n\r\n", 150),
			ORIGIN_RAISE(&is_over), ORIGIN_EXPECT_BODY("hello"),
			ORIGIN_ANSWER("200 OK", "x"));
	client->on[CLIENT_READ] = note_slowness;
	client->owner = &is_over;
	tape_be_body(tape, client);
	client_open(client, "POST", origin_url(origin, "/"));
	client_header(client, "Expect", "100-continue");
	client_send(client);
	client_finish(client, 200, "x");
	tape_end(tape);
	origin_end(origin);
	flag_done(&is_over);
}

/* Each exchange of a request has a second of its own. */
static void the_body_waits_again_behind_a_redirect(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_HEAD("POST / HTTP/1.1", "Expect: 100-continue"),
		       ORIGIN_EXPECT_QUIET(300), ORIGIN_EXPECT_BODY("hello"),
		       ORIGIN_ANSWER("307 Temporary Redirect\r\nLocation: /b", ""),
		       ORIGIN_EXPECT_HEAD("POST /b HTTP/1.1", "Expect: 100-continue"),
		       ORIGIN_EXPECT_QUIET(300), ORIGIN_EXPECT_BODY("hello"),
		       ORIGIN_ANSWER("200 OK", "x"));
	struct client *client = client_new();
	struct tape *tape = tape_new("hello", 0);

	(void)state;
	tape_be_body(tape, client);
	client_open(client, "POST", origin_url(origin, "/"));
	client_header(client, "Expect", "100-continue");
	client_send(client);
	client_finish(client, 200, "x");
	tape_end(tape);
	origin_end(origin);
}

/* ---- timeouts that change ---- */

/* Long enough for the loop to begin to connect. */
#define DIALING_US 200000

static void check_longer(ULONGLONG timeout_ms)
{
	struct client *client = client_new();
	char url[64];

	snprintf(url, sizeof(url), "http://127.0.0.1:%u/", origin_deaf_port());
	client_open(client, "GET", url);
	client_property(client, XHR_PROP_TIMEOUT, 1000);
	hourglass_stop();
	client_send(client);
	usleep(DIALING_US);
	client_property(client, XHR_PROP_TIMEOUT, timeout_ms);
	hourglass_run();
	assert_false(client_wait_ms(client, 1500));
	assert_int_equal(IXMLHTTPRequest3_Abort(client->xhr), S_OK);
	client_fail(client, E_ABORT);
}

static void a_longer_timeout_helps_a_connection_that_is_being_made(void **state)
{
	(void)state;
	check_longer(60000);
	check_longer(0);
}

/* ---- limits of connections ---- */

static struct client *start_limited(struct origin *origin, const char *path,
				    ULONGLONG max)
{
	struct client *client = client_new();

	client_open(client, "GET", origin_url(origin, path));
	client_property(client, XHR_PROP_MAX_CONNECTIONS, max);
	client_send(client);
	return client;
}

/* One whose limit leaves room does not wait behind one whose limit does not. */
static void a_low_limit_does_not_keep_a_higher_one_waiting(void **state)
{
	struct flag are_waiting;
	struct origin *origin;
	struct client *clients[5];

	(void)state;
	flag_init(&are_waiting);
	origin = ORIGIN(
		ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_NEXT_CONNECTION(),
		ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_NEXT_CONNECTION(),
		ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_WAIT(&are_waiting),
		ORIGIN_ON_CONNECTION(0),
		ORIGIN_ANSWER("200 OK\r\nConnection: close", "x"), ORIGIN_EXPECT_CLOSE(),
		ORIGIN_NEXT_CONNECTION(), ORIGIN_EXPECT_HEAD("GET /three HTTP/1.1"),
		ORIGIN_ANSWER("200 OK", "x"), ORIGIN_EXPECT_HEAD("GET /one HTTP/1.1"),
		ORIGIN_ANSWER("200 OK", "x"), ORIGIN_ON_CONNECTION(1),
		ORIGIN_ANSWER("200 OK", "x"), ORIGIN_ON_CONNECTION(2),
		ORIGIN_ANSWER("200 OK", "x"));
	for (int i = 0; i < 3; i++)
		clients[i] = start_limited(origin, "/", 0);
	clients[3] = start_limited(origin, "/one", 1);
	clients[4] = start_limited(origin, "/three", 3);
	flag_raise(&are_waiting);
	for (int i = 0; i < 5; i++)
		client_finish(clients[i], 200, "x");
	origin_end(origin);
	flag_done(&are_waiting);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(a_chatty_server_does_not_keep_the_body_waiting),
		CLIENT_TEST(the_body_waits_again_behind_a_redirect),
		CLIENT_TEST(a_longer_timeout_helps_a_connection_that_is_being_made),
		CLIENT_TEST(a_low_limit_does_not_keep_a_higher_one_waiting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
