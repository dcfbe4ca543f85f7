/* SPDX-License-Identifier: MIT */
/*
 * Contract T5: client code may block as long as it likes; other requests go on. The
 * tests assert that others end while the blocked ones are still blocked; how long the
 * worst of them took is printed.
 */
#include "lib/test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/answerer.h"
#include "lib/client.h"
#include "lib/origin.h"
#include "lib/tape.h"

#define OTHERS	 100
#define AT_ONCE	 16
#define BLOCK_MS 2000

/* Others are delayed by far less than this, whatever the machine; it tells a loop that
 * serves nobody else from one that does: what runs meanwhile has no end. */
#define STARVED_NS (20 * (uint64_t)1000000000)

static uint64_t max_ns(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Runs OTHERS requests, AT_ONCE at a time; answers how long the worst one took. */
static uint64_t run_others(const char *url)
{
	struct client *clients[AT_ONCE];
	uint64_t worst_ns = 0;

	for (unsigned done = 0; done < OTHERS; done += AT_ONCE) {
		for (unsigned i = 0; i < AT_ONCE; i++)
			clients[i] = client_start("GET", url);
		for (unsigned i = 0; i < AT_ONCE; i++) {
			client_wait(clients[i]);
			client_expect(clients[i], 200, "/other");
			worst_ns = max_ns(worst_ns,
					  clients[i]->end_ns - clients[i]->sent_ns);
			client_end(clients[i]);
		}
	}
	return worst_ns;
}

static struct origin *start_eventful(void)
{
	return ORIGIN(ORIGIN_EXPECT_HEAD("POST /a HTTP/1.1"), ORIGIN_EXPECT_BODY("hello"),
		      ORIGIN_ANSWER("307 Temporary Redirect\r\nLocation: /b", ""),
		      ORIGIN_EXPECT_HEAD("POST /b HTTP/1.1"), ORIGIN_EXPECT_BODY("hello"),
		      ORIGIN_ANSWER("200 OK", "body"));
}

struct blocked {
	struct origin *origin;	  /* of its own */
	struct client *client;	  /* that blocks */
	struct tape *body, *sink; /* its streams */
};

/* Starts a request that blocks in event, and waits until it does. */
static struct blocked block_in(enum client_event event)
{
	struct blocked b = {start_eventful(), client_new(), tape_new("hello", 0),
			    tape_new("", 0)};

	b.client->on[event] = client_do_block;
	tape_be_body(b.body, b.client);
	if (event == CLIENT_WRITE)
		tape_be_sink(b.sink, b.client);
	client_open(b.client, "POST", origin_url(b.origin, "/a"));
	client_send(b.client);
	client_await_block(b.client);
	return b;
}

static void unblock(struct blocked *b)
{
	assert_true(b->client->is_blocked);
	client_go(b->client);
	client_finish(b->client, 200, NULL);
	tape_end(b->body);
	tape_end(b->sink);
	origin_end(b->origin);
}

static const enum client_event events[] = {
	CLIENT_REDIRECT, CLIENT_HEADERS, CLIENT_DATA, CLIENT_RECEIVED,
	CLIENT_READ,	 CLIENT_WRITE,	 CLIENT_SEEK,
};

static void others_end_while_one_blocks_in_any_call(void **state)
{
	struct answerer *answerer = answerer_start(NULL, NULL);
	char url[ANSWERER_URL_BYTES];
	uint64_t alone_ns = run_others(answerer_url(answerer, "/other", url));

	(void)state;
	print_message("  nobody blocks: worst %.1f ms\n", (double)alone_ns / 1e6);
	for (size_t i = 0; i < TEST_COUNT(events); i++) {
		struct blocked b = block_in(events[i]);
		uint64_t worst_ns = run_others(url);

		print_message("  event %d blocks: worst %.1f ms\n", events[i],
			      (double)worst_ns / 1e6);
		unblock(&b);
	}
	answerer_end(answerer);
}

static void others_end_while_all_kinds_of_calls_block_for_long(void **state)
{
	struct answerer *answerer = answerer_start(NULL, NULL);
	struct blocked blocked[TEST_COUNT(events)];
	char url[ANSWERER_URL_BYTES];
	uint64_t until_ns, worst_ns = 0;
	unsigned rounds = 0;

	(void)state;
	answerer_url(answerer, "/other", url);
	for (size_t i = 0; i < TEST_COUNT(events); i++)
		blocked[i] = block_in(events[i]);
	until_ns = client_now_ns() + BLOCK_MS * (uint64_t)1000000;
	while (client_now_ns() < until_ns) {
		worst_ns = max_ns(worst_ns, run_others(url));
		rounds++;
		usleep(20000);
	}
	print_message("  %u requests in %u ms: worst %.1f ms\n", rounds * OTHERS,
		      BLOCK_MS, (double)worst_ns / 1e6);
	for (size_t i = 0; i < TEST_COUNT(events); i++)
		unblock(&blocked[i]);
	answerer_end(answerer);
}

#define MANY 64

static void others_end_while_many_block(void **state)
{
	struct answerer *answerer = answerer_start(NULL, NULL);
	struct client *clients[MANY];
	char url[ANSWERER_URL_BYTES], blocked_url[ANSWERER_URL_BYTES];
	uint64_t worst_ns;

	(void)state;
	answerer_url(answerer, "/other", url);
	answerer_url(answerer, "/blocked", blocked_url);
	for (unsigned i = 0; i < MANY; i++) {
		clients[i] = client_new();
		clients[i]->on[CLIENT_HEADERS] = client_do_block;
		client_open(clients[i], "GET", blocked_url);
		client_send(clients[i]);
	}
	for (unsigned i = 0; i < MANY; i++)
		client_await_block(clients[i]);
	worst_ns = run_others(url);
	print_message("  %u block: worst %.1f ms\n", MANY, (double)worst_ns / 1e6);
	for (unsigned i = 0; i < MANY; i++) {
		assert_true(clients[i]->is_blocked);
		client_go(clients[i]);
	}
	for (unsigned i = 0; i < MANY; i++)
		client_finish(clients[i], 200, "/blocked");
	answerer_end(answerer);
}

/* ---- requests that never wait ---- */

/* Ends when the test says so: the client's body or response would last for hours. */
#define ENDLESS (1ull << 42)

/* A stream that always has bytes, and a peer that always takes them. */
static void others_end_during_an_upload_that_never_waits(void **state)
{
	struct answerer *answerer = answerer_start(NULL, NULL);
	struct origin *origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_DRAIN());
	struct client *client = client_new();
	struct tape *tape = tape_new(NULL, ENDLESS);
	char url[ANSWERER_URL_BYTES];
	uint64_t worst_ns;

	(void)state;
	tape->most = 200;
	tape_be_body(tape, client);
	client_open(client, "POST", origin_url(origin, "/"));
	client_send(client);
	assert_false(client_wait_ms(client, 20));
	worst_ns = run_others(answerer_url(answerer, "/other", url));
	print_message("  during an upload: worst %.1f ms\n", (double)worst_ns / 1e6);
	assert_true(worst_ns < STARVED_NS);
	assert_int_equal(IXMLHTTPRequest3_Abort(client->xhr), S_OK);
	client_fail(client, E_ABORT);
	tape_end(tape);
	origin_end(origin);
	answerer_end(answerer);
}

/* A peer that always has bytes, and a client that always takes them. */
static void others_end_during_a_download_that_never_waits(void **state)
{
	static char text[1u << 20];
	struct answerer *answerer = answerer_start(NULL, NULL);
	struct origin *origin;
	struct client *client = client_new();
	struct tape *sink = tape_new("", 0);
	char url[ANSWERER_URL_BYTES];
	uint64_t worst_ns;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_SEND("HTTP/1.1 200 OK\r\n\r\n"),
			ORIGIN_SEND_BYTES(text, sizeof(text) - 1),
			ORIGIN_REPEAT(1, 100000));
	sink->forgets = true;
	tape_be_sink(sink, client);
	client_open(client, "GET", origin_url(origin, "/"));
	client_send(client);
	assert_false(client_wait_ms(client, 20));
	worst_ns = run_others(answerer_url(answerer, "/other", url));
	print_message("  during a download: worst %.1f ms\n", (double)worst_ns / 1e6);
	assert_true(worst_ns < STARVED_NS);
	assert_int_equal(IXMLHTTPRequest3_Abort(client->xhr), S_OK);
	client_fail(client, E_ABORT);
	tape_end(sink);
	origin_stop(origin);
	answerer_end(answerer);
}

/* A request sent from a callback that then blocks is called back from another thread. */
static struct client *inner;
static const char *inner_url;

static HRESULT send_and_await_inner(struct client *client)
{
	client_open(inner, "GET", inner_url);
	client_send(inner);
	if (!client_wait_ms(inner, CLIENT_WAIT_MS))
		client_complain(client, "the inner request does not end");
	return S_OK;
}

static void a_callback_may_wait_for_another_request(void **state)
{
	struct answerer *answerer = answerer_start(NULL, NULL);
	struct client *client = client_new();
	char url[ANSWERER_URL_BYTES];

	(void)state;
	inner = client_new();
	inner_url = answerer_url(answerer, "/other", url);
	client->on[CLIENT_HEADERS] = send_and_await_inner;
	client_open(client, "GET", url);
	client_send(client);
	client_finish(client, 200, "/other");
	client_finish(inner, 200, "/other");
	answerer_end(answerer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(others_end_while_one_blocks_in_any_call),
		CLIENT_TEST(others_end_while_all_kinds_of_calls_block_for_long),
		CLIENT_TEST(others_end_while_many_block),
		CLIENT_TEST(others_end_during_an_upload_that_never_waits),
		CLIENT_TEST(others_end_during_a_download_that_never_waits),
		CLIENT_TEST(a_callback_may_wait_for_another_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
