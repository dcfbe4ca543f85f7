/* SPDX-License-Identifier: MIT */
/*
 * Many requests over one connection: how many at a time, when there is a further
 * connection, who waits for whom, and who does not.
 */
#include "h2.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/tape.h"

/* A limit of streams, for the options of a server. */
#define STREAMS(n)                                                                       \
	.settings = {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, n}}, .setting_count = 1

/* Long enough for the client to do what it must not do. */
#define QUIET_US 50000

static void send_all(struct h2_server *server, struct client **clients, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		clients[i] = h2_send(server, "GET", "/");
}

static void finish_all(struct client **clients, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		client_finish(clients[i], 200, "/");
}

/* ---- one connection ---- */

static void all_requests_share_one_connection(void **state)
{
	static const char *const certificates[] = {NULL, "good"};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(certificates); i++) {
		struct h2_server *server = H2_START(.certificate = certificates[i],
						    .answer = h2_answer_held);
		struct h2_server_visit visit;
		struct client *clients[50];

		send_all(server, clients, 50);
		h2_server_await(server, H2_SERVER_REQUESTS, 50);
		h2_server_release(server);
		finish_all(clients, 50);
		assert_int_equal(h2_connections(server), 1);
		h2_server_visit(server, 0, &visit);
		assert_int_equal(visit.most_open, 50);
		h2_server_end(server);
	}
}

#define AT_ONCE 1000

static void a_thousand_at_once_end(void **state)
{
	static const char *const certificates[] = {NULL, "good"};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(certificates); i++) {
		struct h2_server *server =
			H2_START(.certificate = certificates[i], STREAMS(AT_ONCE));
		static struct client *clients[AT_ONCE];

		/* It has said how many it takes. */
		h2_get(server, "/");
		send_all(server, clients, AT_ONCE);
		finish_all(clients, AT_ONCE);
		assert_int_equal(h2_connections(server), 1);
		h2_server_end(server);
	}
}

static void end_apart(void *owner, const struct h2_server_request *request,
		      struct h2_server_reply *reply)
{
	(void)owner;
	(void)request;
	reply->ends_apart = true;
}

/* As many servers do it: that is no flood of DATA without bytes. */
static void an_end_may_stand_apart(void **state)
{
	struct h2_server *server = H2_START(.answer = end_apart, STREAMS(AT_ONCE));
	static struct client *clients[AT_ONCE];

	(void)state;
	h2_get(server, "/");
	send_all(server, clients, AT_ONCE);
	finish_all(clients, AT_ONCE);
	assert_int_equal(h2_connections(server), 1);
	h2_server_end(server);
}

/* How many requests a client is still to send from its final callback. */
static HRESULT send_again(struct client *client)
{
	unsigned *left = client->owner;
	char url[H2_SERVER_URL_BYTES];
	IUnknown *xhr = (IUnknown *)client->xhr;
	struct ixhr2_info info = {.cb = sizeof(info)};

	if ((*left)-- == 0)
		return S_OK;
	if (ixhr2_get_info(xhr, &info) != S_OK)
		client_complain(client, "there is no info");
	snprintf(url, sizeof(url), "%s", info.url ? info.url : "");
	ixhr2_info_free(&info);
	client_open(client, "GET", url);
	client_send(client);
	return S_OK;
}

#define CHAINS	  100
#define CHAIN_LEN 100

static void ten_thousand_requests_go_over_one_connection(void **state)
{
	struct h2_server *server = H2_START(STREAMS(CHAINS));
	struct client *clients[CHAINS];
	unsigned left[CHAINS];
	struct h2_server_visit visit;

	(void)state;
	h2_get(server, "/");
	for (unsigned i = 0; i < CHAINS; i++) {
		clients[i] = h2_open(server, "GET", "/");
		left[i] = CHAIN_LEN - 1;
		clients[i]->owner = &left[i];
		clients[i]->on[CLIENT_RECEIVED] = send_again;
		clients[i]->leaves_all = true;
		client_send(clients[i]);
	}
	for (unsigned i = 0; i < CHAINS; i++)
		client_finish(clients[i], 200, NULL);
	h2_server_visit(server, 0, &visit);
	assert_int_equal(visit.requests, CHAINS * CHAIN_LEN + 1);
	assert_int_equal(h2_connections(server), 1);
	h2_server_end(server);
}

/* ---- a limit ---- */

static void beyond_the_limit_there_are_further_connections(void **state)
{
	struct h2_server *server = H2_START(.answer = NULL, STREAMS(2));
	struct client *clients[5];

	(void)state;
	h2_get(server, "/");
	h2_server_freeze(server, true);
	send_all(server, clients, 5);
	usleep(QUIET_US);
	h2_server_freeze(server, false);
	finish_all(clients, 5);
	assert_in_range(h2_connections(server), 1, 3);
	h2_server_end(server);
}

static void answer_slowly(void *owner, const struct h2_server_request *request,
			  struct h2_server_reply *reply)
{
	(void)owner;
	reply->is_held = strcmp(request->path, "/held") == 0;
}

static void what_waits_for_a_stream_gets_one_elsewhere(void **state)
{
	struct h2_server *server = H2_START(.answer = answer_slowly, STREAMS(2));
	struct h2_server_visit visit;
	struct client *clients[5];

	(void)state;
	h2_get(server, "/");
	for (unsigned i = 0; i < 5; i++)
		clients[i] = h2_send(server, "GET", "/held");
	h2_server_await(server, H2_SERVER_REQUESTS, 6);
	/* A new one's limit is not known when it gets its first. */
	assert_in_range(h2_connections(server), 2, 3);
	h2_server_visit(server, 0, &visit);
	assert_int_equal(visit.most_open, 2);
	h2_server_release(server);
	for (unsigned i = 0; i < 5; i++)
		client_finish(clients[i], 200, "/held");
	h2_server_end(server);
}

static void within_the_limit_there_is_none(void **state)
{
	struct h2_server *server = H2_START(.answer = answer_slowly, STREAMS(4));
	struct client *clients[4];

	(void)state;
	h2_get(server, "/");
	for (unsigned i = 0; i < 4; i++)
		clients[i] = h2_send(server, "GET", "/held");
	h2_server_await(server, H2_SERVER_REQUESTS, 5);
	usleep(QUIET_US);
	assert_int_equal(h2_connections(server), 1);
	h2_server_release(server);
	for (unsigned i = 0; i < 4; i++)
		client_finish(clients[i], 200, "/held");
	h2_server_end(server);
}

static void with_one_connection_requests_wait_for_streams(void **state)
{
	struct h2_server *server = H2_START(STREAMS(2));
	struct h2_server_visit visit;
	struct client *clients[50];

	(void)state;
	h2_get(server, "/");
	for (unsigned i = 0; i < 50; i++) {
		clients[i] = h2_open(server, "GET", "/");
		client_property(clients[i], XHR_PROP_MAX_CONNECTIONS, 1);
		client_send(clients[i]);
	}
	finish_all(clients, 50);
	assert_int_equal(h2_connections(server), 1);
	h2_server_visit(server, 0, &visit);
	assert_in_range(visit.most_open, 1, 2);
	h2_server_end(server);
}

/* What was sent before the server said how few it takes is refused, and sent again. */
static void refuse_the_third(void *owner, const struct h2_server_request *request,
			     struct h2_server_reply *reply)
{
	(void)owner;
	if (request->number < 2 || request->number >= 5)
		return;
	reply->status = 0;
	reply->is_reset = true;
	reply->reset_code = NGHTTP2_REFUSED_STREAM;
}

static void requests_before_the_limit_is_known_are_not_lost(void **state)
{
	struct h2_server *server = H2_START(.answer = refuse_the_third, STREAMS(2));
	struct client *clients[10];

	(void)state;
	send_all(server, clients, 10);
	finish_all(clients, 10);
	h2_server_end(server);
}

static void the_limit_may_change_in_flight(void **state)
{
	struct h2_server *server = H2_START(.answer = answer_slowly, STREAMS(10));
	struct client *clients[6];

	(void)state;
	h2_get(server, "/");
	for (unsigned i = 0; i < 3; i++)
		clients[i] = h2_send(server, "GET", "/held");
	h2_server_await(server, H2_SERVER_REQUESTS, 4);
	h2_server_say_setting(server, 0, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 1);
	h2_server_await(server, H2_SERVER_SETTINGS_ACKS, 2);
	/* The judge sees to it that none goes over this connection now. */
	for (unsigned i = 3; i < 6; i++) {
		clients[i] = h2_open(server, "GET", "/held");
		client_property(clients[i], XHR_PROP_MAX_CONNECTIONS, 1);
		client_send(clients[i]);
	}
	usleep(QUIET_US);
	assert_int_equal(h2_server_count(server).requests, 4);
	h2_server_say_setting(server, 0, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 10);
	h2_server_await(server, H2_SERVER_REQUESTS, 7);
	h2_server_release(server);
	for (unsigned i = 0; i < 6; i++)
		client_finish(clients[i], 200, "/held");
	assert_int_equal(h2_connections(server), 1);
	h2_server_end(server);
}

/* A server that takes none at all for a while is waited for. */
static void the_limit_may_be_none_for_a_while(void **state)
{
	struct h2_server *server = H2_START(.owner = NULL);
	struct client *clients[3];

	(void)state;
	h2_get(server, "/");
	h2_server_say_setting(server, 0, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 0);
	h2_server_await(server, H2_SERVER_SETTINGS_ACKS, 2);
	for (unsigned i = 0; i < 3; i++) {
		clients[i] = h2_open(server, "GET", "/");
		client_property(clients[i], XHR_PROP_MAX_CONNECTIONS, 1);
		client_send(clients[i]);
	}
	usleep(QUIET_US);
	assert_int_equal(h2_server_count(server).requests, 1);
	h2_server_say_setting(server, 0, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 1);
	finish_all(clients, 3);
	assert_int_equal(h2_connections(server), 1);
	h2_server_end(server);
}

static void refuse(void *owner, const struct h2_server_request *request,
		   struct h2_server_reply *reply)
{
	(void)owner;
	(void)request;
	reply->status = 0;
	reply->is_reset = true;
	reply->reset_code = NGHTTP2_REFUSED_STREAM;
}

/* Nor does one that never takes any get connections without end. */
static void a_limit_of_none_at_all_is_an_error(void **state)
{
	struct h2_server *server = H2_START(.answer = refuse, STREAMS(0));
	struct client *clients[3];

	(void)state;
	send_all(server, clients, 3);
	for (unsigned i = 0; i < 3; i++)
		client_fail(clients[i], INET_E_DOWNLOAD_FAILURE);
	print_message("  %u connections\n", h2_connections(server));
	assert_in_range(h2_connections(server), 1, 3 * 6);
	h2_server_end(server);
}

static HRESULT pause_a_while(struct client *client)
{
	(void)client;
	usleep(QUIET_US);
	return S_OK;
}

/* The limit may be known before a request could start: it waits for the program. */
static void nor_when_that_is_known_before(void **state)
{
	struct h2_server *server =
		H2_START(.certificate = "good", .answer = refuse, STREAMS(0));
	struct client *client = h2_open(server, "GET", "/");

	(void)state;
	client->on[CLIENT_CERTIFICATE] = pause_a_while;
	client_send(client);
	client_fail(client, INET_E_DOWNLOAD_FAILURE);
	assert_in_range(h2_connections(server), 1, 6);
	h2_server_end(server);
}

/* What waits may be aborted, and what follows gets its place. */
static void what_waits_may_be_aborted(void **state)
{
	struct h2_server *server = H2_START(.answer = answer_slowly, STREAMS(1));
	struct client *clients[6];

	(void)state;
	h2_get(server, "/");
	for (unsigned i = 0; i < 6; i++) {
		clients[i] = h2_open(server, "GET", "/held");
		client_property(clients[i], XHR_PROP_MAX_CONNECTIONS, 1);
		client_send(clients[i]);
	}
	h2_server_await(server, H2_SERVER_REQUESTS, 2);
	for (unsigned i = 0; i < 6; i += 2)
		client_do_abort(clients[i]);
	for (unsigned i = 0; i < 6; i += 2)
		client_fail(clients[i], E_ABORT);
	h2_server_release(server);
	for (unsigned i = 1; i < 6; i += 2)
		client_finish(clients[i], 200, "/held");
	h2_server_end(server);
}

/* Who waits gets the stream of one that was aborted, on the same connection. */
static void an_aborted_stream_makes_room_at_once(void **state)
{
	struct h2_server *server = H2_START(.answer = answer_slowly, STREAMS(1));
	struct client *clients[6];

	(void)state;
	h2_get(server, "/");
	for (unsigned i = 0; i < 6; i++) {
		clients[i] = h2_open(server, "GET", i == 5 ? "/last" : "/held");
		client_property(clients[i], XHR_PROP_MAX_CONNECTIONS, 1);
		client_send(clients[i]);
		h2_server_await(server, H2_SERVER_REQUESTS, 2);
	}
	for (unsigned i = 0; i < 5; i++) {
		h2_server_await(server, H2_SERVER_REQUESTS, i + 2);
		client_do_abort(clients[i]);
		client_fail(clients[i], E_ABORT);
	}
	client_finish(clients[5], 200, "/last");
	assert_int_equal(h2_connections(server), 1);
	h2_server_end(server);
}

/* ---- settings in flight ---- */

static void a_table_of_heads_may_shrink_and_grow(void **state)
{
	static const uint32_t bytes[] = {0, 100, 4096, 65536, 0, 4096};
	struct h2_server *server = H2_START(.owner = NULL);

	(void)state;
	h2_get(server, "/");
	for (unsigned i = 0; i < TEST_COUNT(bytes); i++) {
		h2_server_say_setting(server, 0, NGHTTP2_SETTINGS_HEADER_TABLE_SIZE,
				      bytes[i]);
		h2_server_await(server, H2_SERVER_SETTINGS_ACKS, i + 2);
		h2_get(server, "/a");
		h2_get(server, "/a");
	}
	assert_int_equal(h2_connections(server), 1);
	h2_server_end(server);
}

/* ---- slow readers ---- */

#define LARGE_BYTES (16u * 1024 * 1024)

static void answer_large(void *owner, const struct h2_server_request *request,
			 struct h2_server_reply *reply)
{
	(void)owner;
	if (strcmp(request->path, "/large") != 0)
		return;
	reply->body = SPAN("");
	reply->pattern_bytes = LARGE_BYTES;
}

/* The program reads nothing for a while, others go on; the server is held back. */
static void a_slow_reader_holds_nobody_else_back(void **state)
{
	static const char *const certificates[] = {NULL, "good"};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(certificates); i++) {
		struct h2_server *server =
			H2_START(.certificate = certificates[i], .answer = answer_large);
		struct client *slow = h2_open(server, "GET", "/large");
		struct h2_server_request request;
		struct client *fast;

		slow->expects_pattern = true;
		slow->on[CLIENT_DATA] = client_do_block;
		client_send(slow);
		client_await_block(slow);
		for (unsigned n = 0; n < 20; n++)
			h2_get(server, "/");
		fast = h2_open(server, "GET", "/large");
		fast->expects_pattern = true;
		client_send(fast);
		client_wait(fast);
		assert_int_equal(fast->pattern_len, LARGE_BYTES);
		client_end(fast);
		h2_server_request(server, 0, 1, &request);
		print_message("  %llu bytes are sent to who does not read\n",
			      (unsigned long long)request.sent_bytes);
		assert_true(request.sent_bytes < LARGE_BYTES);
		client_go(slow);
		client_wait(slow);
		client_expect(slow, 200, NULL);
		assert_int_equal(slow->pattern_len, LARGE_BYTES);
		client_end(slow);
		assert_int_equal(h2_connections(server), 1);
		h2_server_end(server);
	}
}

/* All of them block at once: the connection's window is not theirs. */
static void twenty_slow_readers_hold_nobody_else_back(void **state)
{
	struct h2_server *server = H2_START(.answer = answer_large);
	struct client *slow[20];

	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		slow[i] = h2_open(server, "GET", "/large");
		slow[i]->expects_pattern = true;
		slow[i]->on[CLIENT_DATA] = client_do_block;
		client_send(slow[i]);
	}
	for (unsigned i = 0; i < 20; i++)
		client_await_block(slow[i]);
	for (unsigned i = 0; i < 20; i++)
		h2_get(server, "/");
	for (unsigned i = 0; i < 20; i++) {
		client_do_abort(slow[i]);
		client_go(slow[i]);
		client_fail(slow[i], E_ABORT);
	}
	h2_get(server, "/");
	assert_int_equal(h2_connections(server), 1);
	h2_server_end(server);
}

static HRESULT block_once(struct client *client)
{
	return client->counts[CLIENT_WRITE] == 1 ? client_do_block(client) : S_OK;
}

static void a_stream_that_takes_nothing_holds_its_server_back(void **state)
{
	struct h2_server *server = H2_START(.answer = answer_large);
	struct tape *sink = tape_new("", 0);
	struct client *slow = h2_open(server, "GET", "/large");
	struct h2_server_request request;

	(void)state;
	sink->is_pattern = true;
	tape_be_sink(sink, slow);
	slow->on[CLIENT_WRITE] = block_once;
	client_send(slow);
	client_await_block(slow);
	for (unsigned n = 0; n < 20; n++)
		h2_get(server, "/");
	h2_server_request(server, 0, 1, &request);
	assert_true(request.sent_bytes < LARGE_BYTES);
	client_go(slow);
	client_finish(slow, 200, NULL);
	assert_int_equal(sink->pattern_len, LARGE_BYTES);
	tape_end(sink);
	h2_server_end(server);
}

/* What nobody reads does not keep the connection's window. */
static void what_is_thrown_away_does_not_close_the_connections_window(void **state)
{
	struct h2_server *server = H2_START(.answer = answer_large);

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		struct client *client = h2_open(server, "GET", "/large");

		client->on[CLIENT_DATA] = client_do_abort;
		client->leaves_all = true;
		client_send(client);
		client_fail(client, E_ABORT);
	}
	h2_get(server, "/");
	assert_int_equal(h2_connections(server), 1);
	h2_server_end(server);
}

/* ---- writes ---- */

struct burst {
	struct client *clients[50]; /* opened, sent by one callback */
};

static HRESULT send_burst(struct client *client)
{
	struct burst *burst = client->owner;

	for (unsigned i = 0; i < 50; i++)
		client_send(burst->clients[i]);
	return S_OK;
}

/* What one callback sends leaves together: a record or two, not fifty. */
static void what_is_sent_together_leaves_together(void **state)
{
	struct h2_server *server = H2_START(.certificate = "good");
	struct h2_server_visit before, after;
	struct client *first;
	struct burst burst;

	(void)state;
	h2_get(server, "/");
	for (unsigned i = 0; i < 50; i++)
		burst.clients[i] = h2_open(server, "GET", "/");
	first = h2_open(server, "GET", "/");
	first->owner = &burst;
	first->on[CLIENT_RECEIVED] = send_burst;
	h2_server_visit(server, 0, &before);
	client_send(first);
	client_finish(first, 200, "/");
	finish_all(burst.clients, 50);
	h2_server_visit(server, 0, &after);
	print_message("  %u records\n", after.records - before.records);
	assert_true(after.records - before.records < 15);
	h2_server_end(server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(all_requests_share_one_connection),
		CLIENT_TEST(a_thousand_at_once_end),
		CLIENT_TEST(an_end_may_stand_apart),
		CLIENT_TEST(ten_thousand_requests_go_over_one_connection),
		CLIENT_TEST(beyond_the_limit_there_are_further_connections),
		CLIENT_TEST(what_waits_for_a_stream_gets_one_elsewhere),
		CLIENT_TEST(within_the_limit_there_is_none),
		CLIENT_TEST(with_one_connection_requests_wait_for_streams),
		CLIENT_TEST(requests_before_the_limit_is_known_are_not_lost),
		CLIENT_TEST(the_limit_may_change_in_flight),
		CLIENT_TEST(the_limit_may_be_none_for_a_while),
		CLIENT_TEST(a_limit_of_none_at_all_is_an_error),
		CLIENT_TEST(nor_when_that_is_known_before),
		CLIENT_TEST(what_waits_may_be_aborted),
		CLIENT_TEST(an_aborted_stream_makes_room_at_once),
		CLIENT_TEST(a_table_of_heads_may_shrink_and_grow),
		CLIENT_TEST(a_slow_reader_holds_nobody_else_back),
		CLIENT_TEST(twenty_slow_readers_hold_nobody_else_back),
		CLIENT_TEST(a_stream_that_takes_nothing_holds_its_server_back),
		CLIENT_TEST(what_is_thrown_away_does_not_close_the_connections_window),
		CLIENT_TEST(what_is_sent_together_leaves_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
