/* SPDX-License-Identifier: MIT */
/*
 * Sends of the program's threads while the library sleeps: over a connection that is
 * kept the head leaves inside Send. Whether the library sleeps just then depends on the
 * machine, so this is tried until it is seen; who writes a head is told by the trace.
 */
#include "lib/test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "engine/session.h"
#include "lib/answerer.h"
#include "lib/client.h"
#include "lib/h2_server.h"
#include "lib/tape.h"

/* Until the library sleeps again, mostly. */
#define REST_US 200

/* ---- the other side ---- */

/* What is spoken: with TLS or not, and what protocol. */
static const struct way {
	const char *name;
	bool has_server;		/* of lib/h2_server.h; else lib/answerer.h */
	const char *certificate, *alpn; /* its options */
} ways[] = {
	{"HTTP/1.1", .has_server = false},
	{"HTTP/1.1 over TLS", true, "good", "http/1.1"},
	{"HTTP/2", true, NULL, NULL},
	{"HTTP/2 over TLS", true, "good", NULL},
};

static struct {
	struct answerer *answerer; /* one of them, the other is NULL */
	struct h2_server *server;
	char url[ANSWERER_URL_BYTES + H2_SERVER_URL_BYTES]; /* of "/x" */
} site;

static void site_start(const struct way *way)
{
	print_message("  %s\n", way->name);
	session_reset();
	if (!way->has_server) {
		site.answerer = answerer_start(NULL, NULL);
		answerer_url(site.answerer, "/x", site.url);
		return;
	}
	site.server = h2_server_start(&(struct h2_server_options){
		.certificate = way->certificate, .alpn = way->alpn});
	h2_server_lead(site.server);
	h2_server_url(site.server, "/x", site.url);
}

static unsigned site_connections(void)
{
	return site.server ? h2_server_count(site.server).connections
			   : answerer_connections(site.answerer);
}

static void site_end(void)
{
	if (site.server)
		h2_server_end(site.server);
	answerer_end(site.answerer);
	site.server = NULL;
	site.answerer = NULL;
}

/* ---- who writes heads ---- */

static _Thread_local bool is_program_thread;
static atomic_uint visits; /* heads that the program's threads have written */

static void take_line(void *owner, uint64_t ns, const char *line)
{
	(void)owner, (void)ns;
	if (is_program_thread && strstr(line, ", connection kept"))
		atomic_fetch_add(&visits, 1);
}

static int before(void **state)
{
	is_program_thread = true;
	atomic_store(&visits, 0);
	return client_before(state) || ixhr2_set_trace(take_line, NULL);
}

static int after(void **state)
{
	ixhr2_set_trace(NULL, NULL);
	return client_after(state);
}

/* ---- tests ---- */

/* One who is not shown certificates: to show them is a call, before the head. */
static struct client *open_client(const char *method)
{
	struct client *client = client_new();

	client->only_callback_2 = true;
	client_open(client, method, site.url);
	return client;
}

static void get(void)
{
	struct client *client = open_client("GET");

	client_send(client);
	client_finish(client, 200, "/x");
}

/* The client sees to it that no callback comes on a thread of the program. */
static void a_head_leaves_inside_send_while_the_library_sleeps(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(ways); i++) {
		site_start(&ways[i]);
		atomic_store(&visits, 0);
		while (atomic_load(&visits) < 20) {
			get();
			usleep(REST_US);
		}
		assert_int_equal(site_connections(), 1);
		site_end();
	}
}

/* A stream is the program's code as callbacks are: so the library waits for its threads.
 */
static void a_request_with_a_body_leaves_from_a_thread_of_the_library(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(ways); i++) {
		site_start(&ways[i]);
		get();
		atomic_store(&visits, 0);
		for (int n = 0; n < 50; n++) {
			struct client *client = open_client("PUT");
			struct tape *tape = tape_new("hello", 0);

			tape_be_body(tape, client);
			usleep(REST_US);
			client_send(client);
			client_finish(client, 200, "/x");
			tape_end(tape);
		}
		assert_int_equal(atomic_load(&visits), 0);
		site_end();
	}
}

static void an_abort_right_behind_a_send_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(ways); i++) {
		site_start(&ways[i]);
		get();
		for (int n = 0; n < 100; n++) {
			struct client *client = open_client("GET");

			usleep(REST_US);
			client_send(client);
			assert_int_equal(IXMLHTTPRequest3_Abort(client->xhr), S_OK);
			client_wait(client);
			assert_true(client->error == E_ABORT || client->status == 200);
			client_end(client);
		}
		get();
		site_end();
	}
}

static void hold(void *owner, const struct answerer_request *request,
		 struct answerer_reply *reply)
{
	(void)owner;
	reply->is_held = strcmp(request->path, "/held") == 0;
}

/* The library sleeps for longer, and is woken for it. */
static void a_timeout_that_begins_in_send_ends(void **state)
{
	char url[ANSWERER_URL_BYTES], held[ANSWERER_URL_BYTES];

	(void)state;
	site.answerer = answerer_start(hold, NULL);
	answerer_url(site.answerer, "/", url);
	answerer_url(site.answerer, "/held", held);
	while (atomic_load(&visits) < 3) {
		struct client *client = client_new();

		client_finish(client_start("GET", url), 200, "");
		client_open(client, "GET", held);
		client_property(client, XHR_PROP_TIMEOUT, 20);
		usleep(REST_US);
		client_send(client);
		client_fail(client, INET_E_CONNECTION_TIMEOUT);
	}
	site_end();
}

static void close_behind(void *owner, const struct answerer_request *request,
			 struct answerer_reply *reply)
{
	(void)owner, (void)request;
	reply->closes = true;
	reply->body = SPAN("/x");
}

/* That it is dead may be seen inside Send, behind it, or before. */
static void a_kept_connection_that_is_dead_is_replaced(void **state)
{
	(void)state;
	site.answerer = answerer_start(close_behind, NULL);
	answerer_url(site.answerer, "/x", site.url);
	for (int i = 0; i < 300; i++) {
		get();
		if (i % 2)
			usleep((useconds_t)(i % 16) * 10);
	}
	assert_int_equal(answerer_requests(site.answerer), 300);
	site_end();
}

static void *send_and_end(void *client)
{
	is_program_thread = true;
	client_send(client);
	return NULL;
}

/* What OpenSSL has kept for them goes with them. */
static void threads_end_behind_their_visits(void **state)
{
	(void)state;
	site_start(&ways[1]);
	while (atomic_load(&visits) < 20) {
		struct client *client = open_client("GET");
		pthread_t thread;

		assert_int_equal(pthread_create(&thread, NULL, send_and_end, client), 0);
		pthread_join(thread, NULL);
		client_finish(client, 200, "/x");
		usleep(REST_US);
	}
	site_end();
}

/* ---- many at once ---- */

#define THREADS	     4
#define SENDS_OF_ONE 40

static struct sender {
	pthread_t thread;		      /* who sends */
	struct client *clients[SENDS_OF_ONE]; /* what: opened */
} senders[THREADS];

static void *send_and_abort(void *at)
{
	struct sender *sender = at;

	is_program_thread = true;
	for (unsigned i = 0; i < SENDS_OF_ONE; i++) {
		if (client_try_send(sender->clients[i]) != S_OK)
			client_complain(sender->clients[i], "Send failed");
		if (i % 4 == 1)
			IXMLHTTPRequest3_Abort(sender->clients[i]->xhr);
		if (i % 4 == 2)
			usleep(REST_US);
	}
	return NULL;
}

static void threads_send_and_abort_at_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(ways); i++) {
		site_start(&ways[i]);
		for (unsigned t = 0; t < THREADS; t++) {
			for (unsigned n = 0; n < SENDS_OF_ONE; n++)
				senders[t].clients[n] = open_client("GET");
		}
		for (unsigned t = 0; t < THREADS; t++)
			pthread_create(&senders[t].thread, NULL, send_and_abort,
				       &senders[t]);
		for (unsigned t = 0; t < THREADS; t++)
			pthread_join(senders[t].thread, NULL);
		for (unsigned t = 0; t < THREADS; t++) {
			for (unsigned n = 0; n < SENDS_OF_ONE; n++) {
				struct client *client = senders[t].clients[n];

				client_wait(client);
				assert_true(client->status == 200 ||
					    (n % 4 == 1 && client->error == E_ABORT));
				client_end(client);
			}
		}
		site_end();
	}
}

#define VISITS_TEST(test) cmocka_unit_test_setup_teardown(test, before, after)

int main(void)
{
	const struct CMUnitTest tests[] = {
		VISITS_TEST(a_head_leaves_inside_send_while_the_library_sleeps),
		VISITS_TEST(a_request_with_a_body_leaves_from_a_thread_of_the_library),
		VISITS_TEST(an_abort_right_behind_a_send_is_told),
		VISITS_TEST(a_timeout_that_begins_in_send_ends),
		VISITS_TEST(a_kept_connection_that_is_dead_is_replaced),
		VISITS_TEST(threads_end_behind_their_visits),
		VISITS_TEST(threads_send_and_abort_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
