/* SPDX-License-Identifier: MIT */
/* Many requests at once: a thousand, with a limit on connections, with too few
 * descriptors, and sent by several threads. */
#include "lib/test.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/answerer.h"
#include "lib/client.h"
#include "lib/origin.h"

#define MANY 1000

/* As many descriptors as the system allows; whether they are enough for MANY. */
static bool raise_limit(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	return limit.rlim_cur > 2 * MANY + 100;
}

static void hold(void *owner, const struct answerer_request *request,
		 struct answerer_reply *reply)
{
	(void)owner;
	(void)request;
	reply->is_held = true;
	reply->body = SPAN("held");
}

static void a_thousand_requests_run_at_once(void **state)
{
	static struct client *clients[MANY];
	struct answerer *answerer;
	char url[ANSWERER_URL_BYTES];

	(void)state;
	if (!raise_limit())
		skip();
	answerer = answerer_start(hold, NULL);
	answerer_url(answerer, "/", url);
	for (unsigned i = 0; i < MANY; i++)
		clients[i] = client_start("GET", url);
	assert_true(answerer_await_requests(answerer, MANY, CLIENT_WAIT_MS));
	assert_int_equal(answerer_most_open(answerer), MANY);
	answerer_release(answerer);
	for (unsigned i = 0; i < MANY; i++)
		client_finish(clients[i], 200, "held");
	assert_int_equal(answerer_requests(answerer), MANY);
	answerer_end(answerer);
}

static void a_thousand_waiting_requests_can_be_aborted(void **state)
{
	static struct client *clients[MANY];
	struct answerer *answerer;
	char url[ANSWERER_URL_BYTES];

	(void)state;
	if (!raise_limit())
		skip();
	answerer = answerer_start(hold, NULL);
	answerer_url(answerer, "/", url);
	for (unsigned i = 0; i < MANY; i++)
		clients[i] = client_start("GET", url);
	usleep(5000);
	for (unsigned i = 0; i < MANY; i++)
		assert_int_equal(IXMLHTTPRequest3_Abort(clients[i]->xhr), S_OK);
	for (unsigned i = 0; i < MANY; i++)
		client_fail(clients[i], E_ABORT);
	answerer_end(answerer);
}

static void reply_late(void *owner, const struct answerer_request *request,
		       struct answerer_reply *reply)
{
	(void)owner;
	(void)request;
	reply->delay_ms = 2;
	reply->body = SPAN("late");
}

static void no_more_connections_are_made_than_the_property_says(void **state)
{
	static const unsigned limits[] = {1, 3};
	struct client *clients[40];

	(void)state;
	for (size_t n = 0; n < TEST_COUNT(limits); n++) {
		struct answerer *answerer = answerer_start(reply_late, NULL);
		char url[ANSWERER_URL_BYTES];

		answerer_url(answerer, "/", url);
		for (size_t i = 0; i < TEST_COUNT(clients); i++) {
			clients[i] = client_new();
			client_open(clients[i], "GET", url);
			client_property(clients[i], XHR_PROP_MAX_CONNECTIONS, limits[n]);
			client_send(clients[i]);
		}
		for (size_t i = 0; i < TEST_COUNT(clients); i++)
			client_finish(clients[i], 200, "late");
		assert_in_range(answerer_most_open(answerer), 1, limits[n]);
		assert_int_equal(answerer_requests(answerer), TEST_COUNT(clients));
		answerer_end(answerer);
	}
}

static void a_request_that_waits_for_a_connection_can_be_aborted(void **state)
{
	struct answerer *answerer = answerer_start(hold, NULL);
	struct client *clients[10];
	char url[ANSWERER_URL_BYTES];

	(void)state;
	answerer_url(answerer, "/", url);
	for (size_t i = 0; i < TEST_COUNT(clients); i++) {
		clients[i] = client_new();
		client_open(clients[i], "GET", url);
		client_property(clients[i], XHR_PROP_MAX_CONNECTIONS, 1);
		client_send(clients[i]);
	}
	assert_true(answerer_await_requests(answerer, 1, CLIENT_WAIT_MS));
	for (size_t i = 1; i < TEST_COUNT(clients); i += 2) {
		assert_int_equal(IXMLHTTPRequest3_Abort(clients[i]->xhr), S_OK);
		client_fail(clients[i], E_ABORT);
	}
	answerer_release(answerer);
	for (size_t i = 0; i < TEST_COUNT(clients); i += 2)
		client_finish(clients[i], 200, "held");
	assert_int_equal(answerer_requests(answerer), TEST_COUNT(clients) / 2);
	answerer_end(answerer);
}

/* ---- too few descriptors ---- */

#define SHORT_OF  200
#define FREE_ONES 12

/* In a process of its own: leaves FREE_ONES descriptors and sends SHORT_OF requests. */
static void run_short(const char *url)
{
	static struct client *clients[SHORT_OF];
	struct rlimit limit;
	int next = dup(0);

	close(next);
	getrlimit(RLIMIT_NOFILE, &limit);
	for (unsigned i = 0; i < SHORT_OF; i++)
		clients[i] = client_new();
	client_finish(client_start("GET", url), 200, "late");
	/* What the engine itself needs is open now. */
	next = dup(0);
	close(next);
	limit.rlim_cur = (rlim_t)next + FREE_ONES;
	setrlimit(RLIMIT_NOFILE, &limit);
	for (unsigned i = 0; i < SHORT_OF; i++) {
		client_open(clients[i], "GET", url);
		client_send(clients[i]);
	}
	for (unsigned i = 0; i < SHORT_OF; i++)
		client_finish(clients[i], 200, "late");
}

/* Takes every descriptor there is, sends, and gives them back a little later. */
static void run_without(const char *url)
{
	struct rlimit limit = {.rlim_cur = 200, .rlim_max = 200};
	struct client *client = client_new();
	int taken[200], count = 0;
	char refused[64];

	setrlimit(RLIMIT_NOFILE, &limit);
	snprintf(refused, sizeof(refused), "http://127.0.0.1:%u/",
		 origin_refusing_port());
	client_fail(client_start("GET", refused), INET_E_CANNOT_CONNECT);
	client_open(client, "GET", url);
	while ((taken[count] = dup(0)) >= 0)
		count++;
	client_send(client);
	assert_false(client_wait_ms(client, 100));
	while (count > 0)
		close(taken[--count]);
	client_finish(client, 200, "late");
}

/* Runs this program again as a child that does something else; see main. */
static void run_child(const char *what, const char *url)
{
	int status = 0;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		execl("/proc/self/exe", what, url, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void too_few_descriptors_delay_requests_but_fail_none(void **state)
{
	struct answerer *answerer = answerer_start(reply_late, NULL);
	char url[ANSWERER_URL_BYTES];

	(void)state;
	run_child("short", answerer_url(answerer, "/", url));
	assert_int_equal(answerer_requests(answerer), SHORT_OF + 1);
	print_message("  %u connections for %u requests\n",
		      answerer_connections(answerer), SHORT_OF);
	answerer_end(answerer);
}

static void a_request_waits_until_a_descriptor_is_free(void **state)
{
	struct answerer *answerer = answerer_start(reply_late, NULL);
	char url[ANSWERER_URL_BYTES];

	(void)state;
	run_child("without", answerer_url(answerer, "/", url));
	answerer_end(answerer);
}

/* ---- several threads ---- */

struct sender {
	struct client *clients[50]; /* opened */
};

static void *send_all(void *at)
{
	struct sender *sender = at;

	for (size_t i = 0; i < TEST_COUNT(sender->clients); i++)
		if (client_try_send(sender->clients[i]) != S_OK)
			client_complain(sender->clients[i], "Send failed");
	return NULL;
}

static void several_threads_send_at_once(void **state)
{
	struct answerer *answerer = answerer_start(NULL, NULL);
	struct sender senders[8];
	pthread_t threads[TEST_COUNT(senders)];
	char url[ANSWERER_URL_BYTES];

	(void)state;
	answerer_url(answerer, "/x", url);
	for (size_t t = 0; t < TEST_COUNT(senders); t++) {
		for (size_t i = 0; i < TEST_COUNT(senders[t].clients); i++) {
			senders[t].clients[i] = client_new();
			client_open(senders[t].clients[i], "GET", url);
		}
	}
	for (size_t t = 0; t < TEST_COUNT(senders); t++)
		pthread_create(&threads[t], NULL, send_all, &senders[t]);
	for (size_t t = 0; t < TEST_COUNT(senders); t++)
		pthread_join(threads[t], NULL);
	for (size_t t = 0; t < TEST_COUNT(senders); t++)
		for (size_t i = 0; i < TEST_COUNT(senders[t].clients); i++)
			client_finish(senders[t].clients[i], 200, "/x");
	answerer_end(answerer);
}

static void child_short(void **state)
{
	run_short(*state);
}

static void child_without(void **state)
{
	run_without(*state);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(a_thousand_requests_run_at_once),
		CLIENT_TEST(a_thousand_waiting_requests_can_be_aborted),
		CLIENT_TEST(no_more_connections_are_made_than_the_property_says),
		CLIENT_TEST(a_request_that_waits_for_a_connection_can_be_aborted),
		CLIENT_TEST(too_few_descriptors_delay_requests_but_fail_none),
		CLIENT_TEST(a_request_waits_until_a_descriptor_is_free),
		CLIENT_TEST(several_threads_send_at_once),
	};
	const struct CMUnitTest as_short[] = {
		{"child_short", child_short, client_before, client_after, argv[argc - 1]},
	};
	const struct CMUnitTest as_without[] = {
		{"child_without", child_without, client_before, client_after,
		 argv[argc - 1]},
	};

	if (strcmp(argv[0], "short") == 0)
		return cmocka_run_group_tests(as_short, NULL, NULL);
	if (strcmp(argv[0], "without") == 0)
		return cmocka_run_group_tests(as_without, NULL, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
