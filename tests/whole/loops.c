/* SPDX-License-Identifier: MIT */
/*
 * Several loops: origins are spread among them, a request that is redirected goes to the
 * loop of where it goes, limits and the grammar of callbacks hold. Which loop a request
 * ran on is told by the thread of its callbacks: no thread serves two loops.
 */
#include "lib/test.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/answerer.h"
#include "lib/client.h"
#include "lib/tape.h"

/* Origins of one test, and a request to one of them: "/b" at origin 0 is its own "/b",
 * "/to/2/b" leads to "/b" at origin 2. */
#define ORIGINS 5

static struct answerer *origins[ORIGINS];
static char moved[ORIGINS][ANSWERER_URL_BYTES + 32];

/* "/to/N/...": a redirect to origin N; "/late": later; anything else: its path. */
static void reply(void *owner, const struct answerer_request *request,
		  struct answerer_reply *out)
{
	const char *path = request->path;

	(void)owner;
	out->body = SPAN("body");
	if (strncmp(path, "/late", 5) == 0)
		out->delay_ms = 1 + request->number % 3;
	if (strncmp(path, "/to/", 4) != 0)
		return;
	out->status = "307 Temporary Redirect";
	out->fields = moved[path[4] - '0'];
}

/* Starts the origins, with that many loops for the program. */
static void begin(const char *loops)
{
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_LOOPS, loops), S_OK);
	for (unsigned i = 0; i < ORIGINS; i++) {
		char url[ANSWERER_URL_BYTES];

		origins[i] = answerer_start(reply, NULL);
		snprintf(moved[i], sizeof(moved[i]), "Location: %s\r\n",
			 answerer_url(origins[i], "/late", url));
	}
}

static void end(void)
{
	for (unsigned i = 0; i < ORIGINS; i++)
		answerer_end(origins[i]);
}

/* ---- where requests run ---- */

/* The threads of two callbacks. */
struct places {
	pthread_t redirect; /* of OnRedirect */
	pthread_t headers;  /* of OnHeadersAvailable */
};

static HRESULT note_redirect(struct client *client)
{
	((struct places *)client->owner)->redirect = pthread_self();
	return S_OK;
}

static HRESULT note_headers(struct client *client)
{
	((struct places *)client->owner)->headers = pthread_self();
	return S_OK;
}

static struct places places_of(unsigned origin, const char *path)
{
	struct client *client = client_new();
	char url[ANSWERER_URL_BYTES];
	struct places places = {0};

	client->owner = &places;
	client->on[CLIENT_REDIRECT] = note_redirect;
	client->on[CLIENT_HEADERS] = note_headers;
	client_open(client, "GET", answerer_url(origins[origin], path, url));
	client_send(client);
	client_finish(client, 200, "body");
	return places;
}

#define TIMES 20

static void two_origins_have_two_loops(void **state)
{
	(void)state;
	begin("2");
	for (unsigned i = 0; i < TIMES; i++) {
		pthread_t first = places_of(0, "/").headers;
		pthread_t second = places_of(1, "/").headers;

		assert_false(pthread_equal(first, second));
	}
	assert_int_equal(answerer_connections(origins[0]), 1);
	assert_int_equal(answerer_connections(origins[1]), 1);
	end();
}

static void a_redirect_goes_to_the_loop_of_where_it_goes(void **state)
{
	(void)state;
	begin("2");
	places_of(0, "/");
	places_of(1, "/");
	for (unsigned i = 0; i < TIMES; i++) {
		struct places there = places_of(0, "/to/1");
		struct places back = places_of(1, "/to/0");

		assert_false(pthread_equal(there.redirect, there.headers));
		assert_false(pthread_equal(back.redirect, back.headers));
		assert_false(pthread_equal(there.headers, back.headers));
	}
	/* Each is found where the other's requests have left it. */
	assert_int_equal(answerer_connections(origins[0]), 1);
	assert_int_equal(answerer_connections(origins[1]), 1);
	end();
}

static void a_body_goes_along_with_a_redirect(void **state)
{
	(void)state;
	begin("3");
	for (unsigned i = 0; i < TIMES; i++) {
		struct client *client = client_new();
		struct tape *body = tape_new("a body that is sent twice", 25);
		char url[ANSWERER_URL_BYTES];

		tape_be_body(body, client);
		if (i % 2)
			client->body_length = IXHR2_LENGTH_UNKNOWN;
		client_open(client, "POST",
			    answerer_url(origins[i % 3], i % 3 == 1 ? "/to/0" : "/to/1",
					 url));
		client_send(client);
		client_finish(client, 200, "body");
		tape_end(body);
	}
	end();
}

/* ---- many ---- */

#define SENDERS 6
#define EACH	60

struct sender {
	unsigned number;	      /* of this one */
	struct client *clients[EACH]; /* its requests, opened */
};

static void open_all(struct sender *sender)
{
	static const char *const paths[] = {"/", "/late", "/to/0", "/to/1", "/to/4"};

	for (unsigned i = 0; i < EACH; i++) {
		char url[ANSWERER_URL_BYTES];

		sender->clients[i] = client_new();
		answerer_url(origins[(sender->number + i) % ORIGINS],
			     paths[i % TEST_COUNT(paths)], url);
		client_open(sender->clients[i], "GET", url);
	}
}

static void *send_all(void *at)
{
	struct sender *sender = at;

	for (unsigned i = 0; i < EACH; i++) {
		if (client_try_send(sender->clients[i]) != S_OK)
			client_complain(sender->clients[i], "Send failed");
	}
	return NULL;
}

/* One that was aborted before cannot be sent. */
static void *try_to_send_all(void *at)
{
	struct sender *sender = at;

	for (unsigned i = 0; i < EACH; i++)
		(void)client_try_send(sender->clients[i]);
	return NULL;
}

/* Aborts some of the requests, and gives others a timeout. */
static void *disturb(void *at)
{
	struct sender *sender = at;

	for (unsigned i = 0; i < EACH; i++) {
		IXMLHTTPRequest3 *xhr = sender->clients[i]->xhr;

		if (i % 3 == 0)
			IXMLHTTPRequest3_Abort(xhr);
		else
			IXMLHTTPRequest3_SetProperty(xhr, XHR_PROP_TIMEOUT,
						     i % 2 ? 0 : 10000);
		if (i % 8 == 0)
			usleep(200);
	}
	return NULL;
}

static void run_all(struct sender *senders, void *(*run)(void *at), pthread_t *threads)
{
	for (unsigned t = 0; t < SENDERS; t++)
		assert_int_equal(pthread_create(&threads[t], NULL, run, &senders[t]), 0);
}

static void join_all(const pthread_t *threads)
{
	for (unsigned t = 0; t < SENDERS; t++)
		pthread_join(threads[t], NULL);
}

static void requests_of_many_threads_to_many_origins_end_once_each(void **state)
{
	static struct sender senders[SENDERS];
	pthread_t threads[SENDERS];

	(void)state;
	begin("4");
	for (unsigned t = 0; t < SENDERS; t++) {
		senders[t].number = t;
		open_all(&senders[t]);
	}
	run_all(senders, send_all, threads);
	join_all(threads);
	for (unsigned t = 0; t < SENDERS; t++)
		for (unsigned i = 0; i < EACH; i++)
			client_finish(senders[t].clients[i], 200, "body");
	end();
}

/* A request that was aborted has either end, or was not sent. */
static void end_disturbed(struct client *client)
{
	client_wait(client);
	if (client->error != S_OK)
		assert_int_equal(client->error, E_ABORT);
	else if (client->finals)
		client_expect(client, 200, "body");
	client_end(client);
}

static void aborts_and_timeouts_find_requests_on_their_way(void **state)
{
	static struct sender senders[SENDERS];
	pthread_t sending[SENDERS], disturbing[SENDERS];

	(void)state;
	begin("4");
	for (unsigned round = 0; round < 5; round++) {
		for (unsigned t = 0; t < SENDERS; t++) {
			senders[t].number = t;
			open_all(&senders[t]);
		}
		run_all(senders, try_to_send_all, sending);
		run_all(senders, disturb, disturbing);
		join_all(sending);
		join_all(disturbing);
		for (unsigned t = 0; t < SENDERS; t++)
			for (unsigned i = 0; i < EACH; i++)
				end_disturbed(senders[t].clients[i]);
	}
	end();
}

/* ---- limits ---- */

#define LIMIT	3
#define LIMITED 60

static void a_limit_on_connections_holds_wherever_requests_come_from(void **state)
{
	static struct client *clients[LIMITED];

	(void)state;
	begin("4");
	for (unsigned i = 0; i < LIMITED; i++) {
		char url[ANSWERER_URL_BYTES];

		clients[i] = client_new();
		answerer_url(origins[i % ORIGINS], i % ORIGINS ? "/to/0" : "/late", url);
		client_open(clients[i], "GET", url);
		client_property(clients[i], XHR_PROP_MAX_CONNECTIONS, LIMIT);
		client_send(clients[i]);
	}
	for (unsigned i = 0; i < LIMITED; i++)
		client_finish(clients[i], 200, "body");
	for (unsigned i = 0; i < ORIGINS; i++)
		assert_in_range(answerer_most_open(origins[i]), 1, LIMIT);
	assert_int_equal(answerer_requests(origins[0]), LIMITED);
	end();
}

static void hold(void *owner, const struct answerer_request *request,
		 struct answerer_reply *out)
{
	(void)owner;
	(void)request;
	out->is_held = true;
	out->body = SPAN("body");
}

#define HELD 150

/* Nothing is served before all wait, so that nobody's count falls meanwhile. */
static unsigned threads_for_one_origin(void)
{
	static struct client *clients[HELD];
	static struct places places[HELD];
	struct answerer *origin = answerer_start(hold, NULL);
	char url[ANSWERER_URL_BYTES];
	unsigned threads = 0;

	for (unsigned i = 0; i < HELD; i++) {
		clients[i] = client_new();
		clients[i]->owner = &places[i];
		clients[i]->on[CLIENT_HEADERS] = note_headers;
		client_open(clients[i], "GET", answerer_url(origin, "/", url));
		client_send(clients[i]);
	}
	assert_true(answerer_await_requests(origin, HELD, CLIENT_WAIT_MS));
	answerer_release(origin);
	for (unsigned i = 0; i < HELD; i++) {
		unsigned k = 0;

		client_finish(clients[i], 200, "body");
		while (k < i && !pthread_equal(places[k].headers, places[i].headers))
			k++;
		threads += k == i;
	}
	answerer_end(origin);
	return threads;
}

static void a_busy_origin_has_the_help_of_all_loops(void **state)
{
	(void)state;
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_LOOPS, "4"), S_OK);
	assert_true(threads_for_one_origin() >= 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(two_origins_have_two_loops),
		CLIENT_TEST(a_redirect_goes_to_the_loop_of_where_it_goes),
		CLIENT_TEST(a_body_goes_along_with_a_redirect),
		CLIENT_TEST(requests_of_many_threads_to_many_origins_end_once_each),
		CLIENT_TEST(aborts_and_timeouts_find_requests_on_their_way),
		CLIENT_TEST(a_limit_on_connections_holds_wherever_requests_come_from),
		CLIENT_TEST(a_busy_origin_has_the_help_of_all_loops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
