/* SPDX-License-Identifier: MIT */
/*
 * What is kept of TLS between connections and between requests: sessions shorten the
 * next handshake, connections serve the next request, and neither is used for anything
 * but the same origin with the same configuration.
 */
#include "lib/test.h"

#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/session.h"
#include "lib/client.h"
#include "lib/pki.h"
#include "lib/tls_origin.h"

static struct tls_origin *start(const struct tls_origin_options *options)
{
	struct tls_origin *origin = tls_origin_start(options);

	session_reset();
	tls_origin_lead(origin);
	return origin;
}

/* A GET that ignores these errors; closes: over a connection that is not kept. */
static void get(const char *url, ULONGLONG ignored, bool closes)
{
	struct client *client = client_new();

	client_open(client, "GET", url);
	client_property(client, XHR_PROP_IGNORE_CERT_ERRORS, ignored);
	if (closes)
		client_header(client, "Connection", "close");
	client_send(client);
	client_wait(client);
	client_expect(client, 200, "/");
	assert_string_equal(client->order, "chdR");
	client_end(client);
}

static void expect_counts(struct tls_origin *origin, unsigned connections,
			  unsigned resumed)
{
	struct tls_origin_counts counts = tls_origin_count(origin);

	assert_int_equal(counts.connections, connections);
	assert_int_equal(counts.secured, connections);
	assert_int_equal(counts.resumed, resumed);
}

static void a_second_connection_resumes(void **state)
{
	static const struct {
		const char *what;		   /* for the log */
		struct tls_origin_options options; /* of the origin */
		unsigned resumed;		   /* of four connections */
	} cases[] = {
		{"1.3", {.version = TLS1_3_VERSION}, 3},
		{"1.3 with a cache", {.version = TLS1_3_VERSION, .is_stateful = true}, 3},
		{"1.2", {.version = TLS1_2_VERSION}, 3},
		{"1.2 with a cache", {.version = TLS1_2_VERSION, .is_stateful = true}, 3},
		{"1.3 that keeps none",
		 {.version = TLS1_3_VERSION, .has_no_sessions = true},
		 0},
		{"1.2 that keeps none",
		 {.version = TLS1_2_VERSION, .has_no_sessions = true},
		 0},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct tls_origin *origin = start(&cases[i].options);

		print_message("  %s\n", cases[i].what);
		for (unsigned n = 0; n < 4; n++)
			get("https://good.test/", 0, true);
		expect_counts(origin, 4, cases[i].resumed);
		tls_origin_end(origin);
	}
}

static void kept_connections_serve_without_a_handshake(void **state)
{
	struct tls_origin *origin = start(&(struct tls_origin_options){0});

	(void)state;
	for (unsigned n = 0; n < 10; n++)
		get("https://good.test/", 0, false);
	expect_counts(origin, 1, 0);
	assert_int_equal(tls_origin_count(origin).requests, 10);
	tls_origin_end(origin);
}

/* Every pair of these is different in what matters. */
static const struct {
	const char *url;   /* of the request */
	ULONGLONG ignored; /* errors */
} places[] = {
	{"https://good.test/", 0},
	{"https://good.test/", XHR_CERT_IGNORE_REVOCATION_FAILED},
	{"https://good.test/", XHR_CERT_IGNORE_UNKNOWN_CA},
	{"https://good.test/", XHR_CERT_IGNORE_CERT_CN_INVALID},
	{"https://good.test/", XHR_CERT_IGNORE_CERT_DATE_INVALID},
	{"https://good.test/",
	 XHR_CERT_IGNORE_CERT_DATE_INVALID | XHR_CERT_IGNORE_CERT_CN_INVALID},
	{"https://good.test/", TRUE},
	{"https://good.test:444/", 0},
	{"https://www.good.test/", 0},
};

static void connections_of_different_settings_are_never_shared(void **state)
{
	struct tls_origin *origin = start(&(struct tls_origin_options){0});

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(places); i++)
		get(places[i].url, places[i].ignored, false);
	expect_counts(origin, TEST_COUNT(places), 0);
	/* Each finds its own again. */
	for (size_t i = TEST_COUNT(places); i-- > 0;)
		get(places[i].url, places[i].ignored, false);
	expect_counts(origin, TEST_COUNT(places), 0);
	tls_origin_end(origin);
}

static void sessions_of_different_settings_are_never_shared(void **state)
{
	static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

	(void)state;
	for (size_t v = 0; v < TEST_COUNT(versions); v++) {
		struct tls_origin *origin =
			start(&(struct tls_origin_options){.version = versions[v]});

		for (size_t i = 0; i < TEST_COUNT(places); i++)
			get(places[i].url, places[i].ignored, true);
		expect_counts(origin, TEST_COUNT(places), 0);
		for (size_t i = TEST_COUNT(places); i-- > 0;)
			get(places[i].url, places[i].ignored, true);
		expect_counts(origin, 2 * TEST_COUNT(places), TEST_COUNT(places));
		tls_origin_end(origin);
	}
}

static void http_and_https_are_different_origins(void **state)
{
	struct tls_origin *origin = start(&(struct tls_origin_options){0});
	struct client *client;

	(void)state;
	get("https://good.test:8080/", 0, false);
	/* Not TLS: the server does not answer that. */
	client = client_start("GET", "http://good.test:8080/");
	client_wait(client);
	assert_int_equal(client->counts[CLIENT_ERROR], 1);
	client_end(client);
	assert_int_equal(tls_origin_count(origin).connections, 2);
	tls_origin_end(origin);
}

/* A session stands for what was found out when it began; that is told again. */
static void a_resumed_session_tells_what_was_forgiven(void **state)
{
	struct tls_origin *origin =
		start(&(struct tls_origin_options){.certificate = "expired"});

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct client *client = client_new();

		client_open(client, "GET", "https://good.test/");
		client_property(client, XHR_PROP_IGNORE_CERT_ERRORS,
				XHR_CERT_IGNORE_CERT_DATE_INVALID);
		client_header(client, "Connection", "close");
		client_send(client);
		client_wait(client);
		client_expect(client, 200, "/");
		assert_int_equal(client->shown.errors, XHR_CERT_ERROR_CERT_DATE_INVALID);
		shown_expect_chain(
			&client->shown,
			(const char *[]){"expired", "intermediate", "root", NULL});
		client_end(client);
	}
	/* It may not be kept at all, as it has run out already. */
	assert_in_range(tls_origin_count(origin).resumed, 0, 1);
	tls_origin_end(origin);
}

/* The server is another one now, with keys of its own for its tickets. */
static void a_session_that_the_server_does_not_know_does_no_harm(void **state)
{
	struct tls_origin_options options = {.version = TLS1_3_VERSION};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct tls_origin *origin = start(&options);
		struct client *client;

		get("https://good.test/", 0, true);
		get("https://good.test/", 0, true);
		expect_counts(origin, 2, 1);
		options.certificate = "renewed";
		tls_origin_restart(origin, &options);
		client = client_get("https://good.test/");
		client_expect(client, 200, "/");
		shown_expect_leaf(&client->shown, "renewed");
		client_end(client);
		expect_counts(origin, 1, 0);
		tls_origin_end(origin);
		options = (struct tls_origin_options){.version = TLS1_2_VERSION};
	}
}

static void nothing_is_kept_of_a_handshake_that_failed(void **state)
{
	struct tls_origin *origin = start(&(struct tls_origin_options){
		.certificate = "expired", .version = TLS1_2_VERSION});

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		client_fail(client_start("GET", "https://good.test/"),
			    INET_E_INVALID_CERTIFICATE);
	assert_int_equal(tls_origin_count(origin).connections, 3);
	assert_int_equal(tls_origin_count(origin).secured, 0);
	tls_origin_end(origin);
}

/* A pin that was aborted over one connection is asked about again over the next. */
static void abort_does_not_make_the_next_request_trust(void **state)
{
	struct tls_origin *origin = start(&(struct tls_origin_options){0});

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct client *client = client_new();

		client->on[CLIENT_CERTIFICATE] = client_do_abort;
		client_open(client, "GET", "https://good.test/");
		client_send(client);
		client_wait(client);
		client_expect_error(client, E_ABORT);
		assert_string_equal(client->order, "cE");
		client_end(client);
	}
	session_reset();
	tls_origin_await_over(origin);
	assert_int_equal(tls_origin_count(origin).bytes, 0);
	tls_origin_end(origin);
}

static void many_sessions_at_once(void **state)
{
	struct tls_origin *origin = start(&(struct tls_origin_options){0});
	struct client *clients[20];

	(void)state;
	for (unsigned round = 0; round < 3; round++) {
		for (size_t i = 0; i < TEST_COUNT(clients); i++) {
			clients[i] = client_new();
			client_open(clients[i], "GET", "https://good.test/");
			client_header(clients[i], "Connection", "close");
			client_send(clients[i]);
		}
		for (size_t i = 0; i < TEST_COUNT(clients); i++)
			client_finish(clients[i], 200, "/");
	}
	assert_int_equal(tls_origin_count(origin).connections, 60);
	assert_true(tls_origin_count(origin).resumed > 0);
	tls_origin_end(origin);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(a_second_connection_resumes),
		CLIENT_TEST(kept_connections_serve_without_a_handshake),
		CLIENT_TEST(connections_of_different_settings_are_never_shared),
		CLIENT_TEST(sessions_of_different_settings_are_never_shared),
		CLIENT_TEST(http_and_https_are_different_origins),
		CLIENT_TEST(a_resumed_session_tells_what_was_forgiven),
		CLIENT_TEST(a_session_that_the_server_does_not_know_does_no_harm),
		CLIENT_TEST(nothing_is_kept_of_a_handshake_that_failed),
		CLIENT_TEST(abort_does_not_make_the_next_request_trust),
		CLIENT_TEST(many_sessions_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
