/* SPDX-License-Identifier: MIT */
/*
 * HTTP/2 over TLS: each request on a shared connection is told of the certificate and may
 * refuse it, settings of TLS that differ have connections of their own, and credentials
 * are given to who asks for them.
 */
#include "h2.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/logins.h"
#include "lib/tape.h"
#include "lib/warden.h"
#include "whole/auth.h"

static void hold(void *owner, const struct h2_server_request *request,
		 struct h2_server_reply *reply)
{
	(void)owner;
	reply->is_held = strcmp(request->path, "/held") == 0;
}

/* ---- certificates ---- */

static void every_request_is_told_of_the_certificate(void **state)
{
	struct h2_server *server = H2_START(.certificate = "good", .answer = hold);
	struct client *clients[20];

	(void)state;
	for (unsigned i = 0; i < 20; i++)
		clients[i] = h2_send(server, "GET", "/held");
	h2_server_await(server, H2_SERVER_REQUESTS, 20);
	h2_server_release(server);
	for (unsigned i = 0; i < 20; i++) {
		client_wait(clients[i]);
		client_expect(clients[i], 200, "/held");
		assert_string_equal(clients[i]->order, "chdR");
		shown_expect_chain(
			&clients[i]->shown,
			(const char *[]){"good", "intermediate", "root", NULL});
		client_end(clients[i]);
	}
	assert_int_equal(h2_connections(server), 1);
	h2_server_end(server);
}

/* Also where most of them wait for a stream. */
static void once_however_long_it_waits(void **state)
{
	struct h2_server *server =
		H2_START(.certificate = "good",
			 .settings = {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 2}},
			 .setting_count = 1);
	struct client *clients[20];

	(void)state;
	h2_get(server, "/");
	for (unsigned i = 0; i < 20; i++) {
		clients[i] = h2_open(server, "GET", "/");
		client_property(clients[i], XHR_PROP_MAX_CONNECTIONS, 1);
		client_send(clients[i]);
	}
	for (unsigned i = 0; i < 20; i++) {
		client_wait(clients[i]);
		client_expect(clients[i], 200, "/");
		assert_string_equal(clients[i]->order, "chdR");
		client_end(clients[i]);
	}
	assert_int_equal(h2_connections(server), 1);
	h2_server_end(server);
}

static void fail_access(struct client *client)
{
	client->on[CLIENT_CERTIFICATE] = client_do_fail;
	client->result = E_ACCESSDENIED;
}

/* Whether the connection is shared or new, the server never sees the request. */
static void what_a_pin_refuses_is_never_seen(void **state)
{
	static const char *const methods[] = {"GET", "POST", "PUT"};

	(void)state;
	for (unsigned i = 0; i < TEST_COUNT(methods) * 4; i++) {
		struct h2_server *server =
			H2_START(.certificate = "good", .answer = hold);
		struct tape *tape = tape_new(NULL, 100000);
		bool is_shared = i % 2, fails = i / 2 % 2;
		struct client *client, *other = NULL;

		if (is_shared) {
			other = h2_send(server, "GET", "/held");
			h2_server_await(server, H2_SERVER_REQUESTS, 1);
		}
		client = h2_open(server, methods[i / 4], "/secret");
		client->on[CLIENT_CERTIFICATE] = client_do_abort;
		if (fails)
			fail_access(client);
		tape_be_body(tape, client);
		client_send(client);
		client_wait(client);
		client_expect_error(client, fails ? E_ACCESSDENIED : E_ABORT);
		assert_string_equal(client->order, "cE");
		client_end(client);
		if (is_shared) {
			h2_server_release(server);
			client_finish(other, 200, "/held");
		}
		session_reset();
		assert_int_equal(h2_server_count(server).requests, is_shared);
		tape_end(tape);
		h2_server_end(server);
	}
}

static void settings_of_tls_that_differ_share_nothing(void **state)
{
	static const ULONGLONG ignored[] = {0, XHR_CERT_IGNORE_UNKNOWN_CA,
					    XHR_CERT_IGNORE_ALL_SERVER_ERRORS};
	struct h2_server *server = H2_START(.certificate = "good", .answer = hold);
	struct client *clients[6];

	(void)state;
	for (unsigned i = 0; i < 6; i++) {
		clients[i] = h2_open(server, "GET", "/held");
		client_property(clients[i], XHR_PROP_IGNORE_CERT_ERRORS, ignored[i % 3]);
		client_send(clients[i]);
	}
	h2_server_await(server, H2_SERVER_REQUESTS, 6);
	h2_server_release(server);
	for (unsigned i = 0; i < 6; i++)
		client_finish(clients[i], 200, "/held");
	assert_int_equal(h2_connections(server), 3);
	h2_server_end(server);
}

/* What one request has forgiven, no other has. */
static void a_bad_certificate_is_bad_for_everybody_else(void **state)
{
	struct h2_server *server = H2_START(.certificate = "expired", .answer = hold);
	struct client *lax = h2_open(server, "GET", "/held");

	(void)state;
	client_property(lax, XHR_PROP_IGNORE_CERT_ERRORS,
			XHR_CERT_IGNORE_ALL_SERVER_ERRORS);
	client_send(lax);
	h2_server_await(server, H2_SERVER_REQUESTS, 1);
	client_fail(h2_send(server, "GET", "/strict"), INET_E_INVALID_CERTIFICATE);
	h2_server_release(server);
	client_finish(lax, 200, "/held");
	assert_int_equal(h2_server_count(server).requests, 1);
	h2_server_end(server);
}

static void hosts_share_nothing(void **state)
{
	struct h2_server *server = H2_START(.certificate = "good");

	(void)state;
	client_finish(client_start("GET", "https://good.test/a"), 200, "/a");
	client_finish(client_start("GET", "https://www.good.test/b"), 200, "/b");
	client_finish(client_start("GET", "https://good.test:444/c"), 200, "/c");
	assert_int_equal(h2_connections(server), 3);
	h2_server_end(server);
}

static void a_client_certificate_may_be_asked_for(void **state)
{
	struct h2_server *server =
		H2_START(.certificate = "good", .client_root = "client_root");

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct client *client = h2_send(server, "GET", "/a");

		client_wait(client);
		client_expect(client, 200, "/a");
		assert_int_equal(client->order[0], 'c');
		client_end(client);
	}
	h2_server_end(server);
}

/* ---- credentials ---- */

/* Lets nobody pass whom its warden does not admit. */
struct guard {
	struct warden warden; /* who asks */
	char challenge[1024]; /* its fields */
	const char *scheme;   /* or this one, whose first token is enough */
	unsigned over_h2;     /* requests that came over HTTP/2 */
	unsigned tokens;      /* those with the scheme that did */
};

static bool may_pass(struct guard *guard, const struct h2_server_request *request)
{
	const char *given = h2_server_field(request->head, "authorization");
	char head[4096];

	if (request->stream)
		guard->over_h2++;
	if (!given)
		return false;
	if (guard->scheme) {
		guard->tokens += request->stream != 0;
		return !request->stream &&
		       strncmp(given, guard->scheme, strlen(guard->scheme)) == 0;
	}
	snprintf(head, sizeof(head), "%s %s HTTP/1.1\r\nAuthorization: %s\r\n\r\n",
		 request->method, request->path, given);
	return warden_admits(&guard->warden, head, "Authorization");
}

static void put_challenge(struct guard *guard)
{
	char *end;

	if (guard->scheme) {
		snprintf(guard->challenge, sizeof(guard->challenge),
			 "www-authenticate: %s\n", guard->scheme);
		return;
	}
	warden_put_challenge(&guard->warden, "www-authenticate", guard->challenge,
			     sizeof(guard->challenge));
	while ((end = strchr(guard->challenge, '\r')) != NULL)
		memmove(end, end + 1, strlen(end));
}

static void guard_answer(void *owner, const struct h2_server_request *request,
			 struct h2_server_reply *reply)
{
	struct guard *guard = owner;

	if (may_pass(guard, request))
		return;
	put_challenge(guard);
	reply->status = 401;
	reply->fields = guard->challenge;
	reply->body = SPAN("who are you?");
}

static void a_login_is_given_over_http_2(void **state)
{
	static const struct logins right = {.user = "ann", .password = "secret"};

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct guard guard = {.warden = {.user = "ann",
						 .password = "secret",
						 .has_basic = i % 2 == 0,
						 .has_digest = i % 2 == 1,
						 .algorithm = "SHA-256"}};
		struct h2_server *server =
			H2_START(.certificate = i < 2 ? "good" : NULL,
				 .answer = guard_answer, .owner = &guard);
		char url[H2_SERVER_URL_BYTES];

		h2_server_url(server, "/a?b=c", url);
		for (unsigned n = 0; n < 3; n++)
			client_finish(logins_start("GET", url, &right), 200, "/a?b=c");
		client_finish(logins_start("GET", url, &ann_wrong), 401, "who are you?");
		client_finish(logins_start("GET", url, &nobody), 401, "who are you?");
		assert_int_equal(guard.warden.admitted, 3);
		/* Logins do not share connections with each other. */
		assert_int_equal(h2_connections(server), 3);
		h2_server_end(server);
	}
}

static void a_body_is_sent_again_with_the_login(void **state)
{
	struct guard guard = {
		.warden = {.user = "ann", .password = "secret", .has_digest = true}};
	struct h2_server *server =
		H2_START(.certificate = "good", .answer = guard_answer, .owner = &guard);
	struct client *client = client_new();
	struct tape *tape = tape_new(NULL, 300000);
	struct h2_server_request request;
	char url[H2_SERVER_URL_BYTES];

	(void)state;
	logins_open(client, "POST", h2_server_url(server, "/up", url), &ann);
	tape_be_body(tape, client);
	client_send(client);
	client_finish(client, 200, "/up");
	h2_server_request(server, 0, 3, &request);
	assert_int_equal(request.body_bytes, 300000);
	tape_end(tape);
	h2_server_end(server);
}

/* They authenticate a connection, which HTTP/2 shares: so it is done over HTTP/1.1. */
static void logins_of_a_connection_go_over_to_http_1_1(void **state)
{
	static const char *const schemes[] = {"NTLM", "Negotiate"};

	(void)state;
	auth_forget_kerberos();
	for (unsigned i = 0; i < TEST_COUNT(schemes); i++) {
		struct guard guard = {.scheme = schemes[i]};
		struct h2_server *server =
			H2_START(.certificate = "good", .answer = guard_answer,
				 .owner = &guard);
		struct client *client;
		char url[H2_SERVER_URL_BYTES];

		h2_server_url(server, "/a", url);
		client = logins_start("GET", url, &ann);
		client_wait(client);
		print_message("  %s: %u\n", schemes[i], client->status);
		/* Negotiate may have no way to a token here. */
		if (client->status == 200)
			assert_int_equal(h2_version(client), 11);
		assert_int_equal(guard.tokens, 0);
		if (i == 0)
			client_expect(client, 200, "/a");
		client_end(client);
		h2_server_end(server);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(every_request_is_told_of_the_certificate),
		CLIENT_TEST(once_however_long_it_waits),
		CLIENT_TEST(what_a_pin_refuses_is_never_seen),
		CLIENT_TEST(settings_of_tls_that_differ_share_nothing),
		CLIENT_TEST(a_bad_certificate_is_bad_for_everybody_else),
		CLIENT_TEST(hosts_share_nothing),
		CLIENT_TEST(a_client_certificate_may_be_asked_for),
		CLIENT_TEST(a_login_is_given_over_http_2),
		CLIENT_TEST(a_body_is_sent_again_with_the_login),
		CLIENT_TEST(logins_of_a_connection_go_over_to_http_1_1),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
