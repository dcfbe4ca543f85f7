/* SPDX-License-Identifier: MIT */
/* One object for many requests, one after the other and from inside its own callbacks. */
#include "lib/test.h"

#include <stdio.h>
#include <string.h>

#include "lib/answerer.h"
#include "lib/client.h"
#include "lib/flag.h"
#include "lib/origin.h"
#include "lib/tape.h"

static void an_object_serves_a_hundred_requests(void **state)
{
	struct answerer *answerer = answerer_start(NULL, NULL);
	struct client *client = client_new();
	char url[ANSWERER_URL_BYTES];

	(void)state;
	for (int i = 0; i < 100; i++) {
		client_open(client, "GET", answerer_url(answerer, "/a", url));
		client_send(client);
		client_wait(client);
		client_expect(client, 200, NULL);
	}
	assert_int_equal(client->len, 200);
	client_end(client);
	assert_int_equal(answerer_connections(answerer), 1);
	answerer_end(answerer);
}

struct chain {
	const char *url; /* asked for again and again */
	unsigned left;	 /* requests still to be sent */
};

static HRESULT send_next(struct client *client)
{
	struct chain *chain = client->owner;

	if (chain->left-- == 0)
		return S_OK;
	client_open(client, "GET", chain->url);
	client_send(client);
	return S_OK;
}

static void the_final_callback_may_send_the_next_request(void **state)
{
	struct answerer *answerer = answerer_start(NULL, NULL);
	struct client *client = client_new();
	char url[ANSWERER_URL_BYTES];
	struct chain chain = {answerer_url(answerer, "/a", url), 99};

	(void)state;
	client->owner = &chain;
	client->on[CLIENT_RECEIVED] = send_next;
	client_open(client, "GET", url);
	client_send(client);
	client_wait(client);
	client_expect(client, 200, NULL);
	assert_int_equal(client->counts[CLIENT_RECEIVED], 100);
	client_end(client);
	answerer_end(answerer);
}

static void an_error_may_send_the_next_request(void **state)
{
	char url[64];
	struct client *client = client_new();
	struct chain chain = {url, 9};

	(void)state;
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/", origin_refusing_port());
	client->owner = &chain;
	client->on[CLIENT_ERROR] = send_next;
	client_open(client, "GET", url);
	client_send(client);
	client_wait(client);
	client_expect_error(client, INET_E_CANNOT_CONNECT);
	assert_int_equal(client->counts[CLIENT_ERROR], 10);
	client_end(client);
}

static void after_an_error_or_an_abort_the_object_serves_again(void **state)
{
	struct flag here;
	struct origin *origin;
	struct client *client;

	(void)state;
	flag_init(&here);
	origin =
		ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_CLOSE(), ORIGIN_NEXT_CONNECTION(),
		       ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_RAISE(&here),
		       ORIGIN_EXPECT_CLOSE(), ORIGIN_NEXT_CONNECTION(),
		       ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER("200 OK", "x"));
	client = client_get(origin_url(origin, "/"));
	client_expect_error(client, INET_E_DOWNLOAD_FAILURE);
	client_open(client, "GET", origin_url(origin, "/"));
	client_send(client);
	assert_true(flag_wait(&here, CLIENT_WAIT_MS));
	assert_false(client_wait_ms(client, 30));
	assert_int_equal(IXMLHTTPRequest3_Abort(client->xhr), S_OK);
	client_wait(client);
	client_expect_error(client, E_ABORT);
	client_open(client, "GET", origin_url(origin, "/"));
	client_send(client);
	client_finish(client, 200, "x");
	origin_end(origin);
	flag_done(&here);
}

static HRESULT check_running(struct client *client)
{
	if (client_try_open(client, "GET", "http://127.0.0.1:1/") != E_PENDING ||
	    client_try_header(client, "A", "b") != E_UNEXPECTED ||
	    IXMLHTTPRequest3_Send(client->xhr, NULL, 0) != E_UNEXPECTED ||
	    IXMLHTTPRequest3_SetCustomResponseStream(
		    client->xhr, tape_sequential(client->owner)) != E_UNEXPECTED)
		client_complain(client, "a running object changed its state");
	return S_OK;
}

static void a_running_object_refuses_what_would_change_it(void **state)
{
	struct origin *origin = ORIGIN(
		ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER("302 Found\r\nLocation: /b", ""),
		ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER("200 OK", "x"));
	struct client *client = client_new();
	struct tape *tape = tape_new("", 0);

	(void)state;
	client->owner = tape;
	client->on[CLIENT_REDIRECT] = check_running;
	client->on[CLIENT_HEADERS] = check_running;
	client->on[CLIENT_DATA] = check_running;
	client_open(client, "GET", origin_url(origin, "/"));
	client_send(client);
	client_finish(client, 200, "x");
	tape_end(tape);
	origin_end(origin);
}

static void a_second_open_starts_over(void **state)
{
	struct origin *origin = ORIGIN(ORIGIN_EXPECT_HEAD("DELETE /b HTTP/1.1", "!X-A"),
				       ORIGIN_ANSWER("200 OK", "x"));
	struct client *client = client_new();

	(void)state;
	client_open(client, "GET", origin_url(origin, "/a"));
	client_header(client, "X-A", "b");
	client_open(client, "DELETE", origin_url(origin, "/b"));
	client_send(client);
	client_finish(client, 200, "x");
	origin_end(origin);
}

static void a_failing_open_changes_nothing(void **state)
{
	static const struct {
		const char *method; /* given */
		const char *url;    /* given */
		HRESULT result;	    /* of Open */
	} cases[] = {
		{NULL, "http://a/", E_INVALIDARG},
		{"", "http://a/", E_INVALIDARG},
		{"GE T", "http://a/", E_INVALIDARG},
		{"CONNECT", "http://a/", E_ACCESSDENIED},
		{"trace", "http://a/", E_ACCESSDENIED},
		{"TRACK", "http://a/", E_ACCESSDENIED},
		{"GET", NULL, E_INVALIDARG},
		{"GET", "", INET_E_INVALID_URL},
		{"GET", "/relative", INET_E_INVALID_URL},
		{"GET", "http://", INET_E_INVALID_URL},
		{"GET", "http://a:99999/", INET_E_INVALID_URL},
		{"GET", "ftp://a/", INET_E_UNKNOWN_PROTOCOL},
	};
	struct origin *origin = ORIGIN(ORIGIN_EXPECT_HEAD("GET / HTTP/1.1", "X-A: b"),
				       ORIGIN_ANSWER("200 OK", "x"));
	struct client *client = client_new();

	(void)state;
	client_open(client, "GET", origin_url(origin, "/"));
	client_header(client, "X-A", "b");
	for (size_t i = 0; i < TEST_COUNT(cases); i++)
		assert_int_equal(client_try_open(client, cases[i].method, cases[i].url),
				 cases[i].result);
	client_send(client);
	client_finish(client, 200, "x");
	origin_end(origin);
}

static void properties_stay_from_request_to_request(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_HEAD("GET /a HTTP/1.1", "!User-Agent", "!Accept"),
		       ORIGIN_ANSWER("200 OK", "x"),
		       ORIGIN_EXPECT_HEAD("GET /b HTTP/1.1", "!User-Agent", "!Accept"),
		       ORIGIN_CLOSE(), ORIGIN_NEXT_CONNECTION(),
		       ORIGIN_EXPECT_HEAD("GET /b HTTP/1.1"), ORIGIN_CLOSE());
	struct client *client = client_new();

	(void)state;
	client_property(client, XHR_PROP_NO_DEFAULT_HEADERS, TRUE);
	client_property(client, XHR_PROP_EXTENDED_ERROR, TRUE);
	client_open(client, "GET", origin_url(origin, "/a"));
	client_send(client);
	client_wait(client);
	client_expect(client, 200, "x");
	client_open(client, "GET", origin_url(origin, "/b"));
	client_send(client);
	client_fail(client, HRESULT_FROM_WIN32(ERROR_INTERNET_CONNECTION_ABORTED));
	origin_end(origin);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(an_object_serves_a_hundred_requests),
		CLIENT_TEST(the_final_callback_may_send_the_next_request),
		CLIENT_TEST(an_error_may_send_the_next_request),
		CLIENT_TEST(after_an_error_or_an_abort_the_object_serves_again),
		CLIENT_TEST(a_running_object_refuses_what_would_change_it),
		CLIENT_TEST(a_second_open_starts_over),
		CLIENT_TEST(a_failing_open_changes_nothing),
		CLIENT_TEST(properties_stay_from_request_to_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
