/* SPDX-License-Identifier: MIT */
/*
 * Requests and responses over TLS as they are when nothing breaks: large bodies both ways
 * in records of every size, new keys and new handshakes in the middle, many requests at
 * once, and what the server is told in its ClientHello.
 */
#include "lib/test.h"

#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/session.h"
#include "lib/client.h"
#include "lib/origin.h"
#include "lib/pki.h"
#include "lib/tape.h"
#include "lib/tls_origin.h"

#define LARGE_BYTES (8u * 1024 * 1024)

static struct tls_origin *start(const struct tls_origin_options *options)
{
	struct tls_origin *origin = tls_origin_start(options);

	session_reset();
	tls_origin_lead(origin);
	return origin;
}

/* ---- large bodies ---- */

/* A reply that a test has prepared, with the pattern where it has no body. */
static void reply_prepared(void *owner, const struct tls_origin_request *request,
			   struct tls_origin_reply *reply)
{
	const struct tls_origin_reply *prepared = owner;

	(void)request;
	*reply = *prepared;
	reply->status = "200 OK";
	reply->fields = "";
}

/* The second client reads much at a time. */
static void download(int version, const struct tls_origin_reply *prepared)
{
	struct tls_origin *origin =
		start(&(struct tls_origin_options){.version = version,
						   .answer = reply_prepared,
						   .owner = (void *)(uintptr_t)prepared});

	for (unsigned i = 0; i < 2; i++) {
		struct client *client = client_new();

		client->expects_pattern = true;
		client->read_bytes = i ? 100000 : 8192;
		client_open(client, "GET", "https://good.test/");
		client_send(client);
		client_wait(client);
		client_expect(client, 200, NULL);
		assert_int_equal(client->pattern_len, prepared->pattern_bytes);
		client_end(client);
	}
	assert_int_equal(tls_origin_count(origin).connections, 1);
	tls_origin_end(origin);
}

static void a_body_in_records_of_any_size(void **state)
{
	static const struct tls_origin_reply replies[] = {
		{.pattern_bytes = LARGE_BYTES},
		{.pattern_bytes = LARGE_BYTES, .record_bytes = 4096},
		{.pattern_bytes = 1000000, .record_bytes = 100},
		{.pattern_bytes = 20000, .record_bytes = 1},
		{.pattern_bytes = 16384},
		{.pattern_bytes = 16385},
		{.pattern_bytes = 65536, .record_bytes = 16383},
		{.pattern_bytes = 0},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(replies); i++) {
		download(TLS1_2_VERSION, &replies[i]);
		download(TLS1_3_VERSION, &replies[i]);
	}
}

/* The body of the request must be the pattern. */
static void check_upload(void *owner, const struct tls_origin_request *request,
			 struct tls_origin_reply *reply)
{
	(void)owner;
	reply->body = request->is_pattern && request->body_bytes == LARGE_BYTES ? "right"
										: "wrong";
}

static void a_large_upload(void **state)
{
	static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(versions); i++) {
		struct tls_origin *origin = start(&(struct tls_origin_options){
			.version = versions[i], .answer = check_upload});
		struct client *client = client_new();
		struct tape *tape = tape_new(NULL, LARGE_BYTES);

		tape_be_body(tape, client);
		client_open(client, "PUT", "https://good.test/");
		client_send(client);
		client_finish(client, 200, "right");
		tape_end(tape);
		tls_origin_end(origin);
	}
}

/* The program reads when it likes; what it leaves stays with the server. */
static HRESULT read_slowly(struct client *client)
{
	usleep(client->counts[CLIENT_DATA] < 20 ? 3000 : 0);
	return S_OK;
}

static void a_program_that_reads_slowly(void **state)
{
	static const struct tls_origin_reply reply = {.pattern_bytes = LARGE_BYTES};
	struct tls_origin *origin = start(&(struct tls_origin_options){
		.answer = reply_prepared, .owner = (void *)(uintptr_t)&reply});
	struct client *client = client_new();

	(void)state;
	client->expects_pattern = true;
	client->on[CLIENT_DATA] = read_slowly;
	client_open(client, "GET", "https://good.test/");
	client_send(client);
	client_wait(client);
	client_expect(client, 200, NULL);
	assert_int_equal(client->pattern_len, LARGE_BYTES);
	client_end(client);
	tls_origin_end(origin);
}

/* ---- new keys, new handshakes ---- */

static void the_server_may_change_keys(void **state)
{
	static const struct tls_origin_reply reply = {.pattern_bytes = 300000,
						      .updates_keys = true};

	(void)state;
	download(TLS1_3_VERSION, &reply);
}

static void the_server_may_renegotiate(void **state)
{
	static const struct tls_origin_reply reply = {.pattern_bytes = 300000,
						      .renegotiates = true};

	(void)state;
	download(TLS1_2_VERSION, &reply);
}

/* RFC 5246 7.4.1.1: what it sends meanwhile belongs to the old handshake. */
static void the_server_may_go_on_until_the_new_handshake_begins(void **state)
{
	static const struct tls_origin_reply replies[] = {
		{.pattern_bytes = 5, .renegotiates = true, .goes_on = true},
		{.pattern_bytes = 300000, .renegotiates = true, .goes_on = true},
		{.pattern_bytes = 300,
		 .record_bytes = 1,
		 .renegotiates = true,
		 .goes_on = true},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(replies); i++)
		download(TLS1_2_VERSION, &replies[i]);
}

static void a_renegotiation_is_timed(void **state)
{
	struct tls_origin *origin;
	struct client *client;
	struct flag hold;
	static struct tls_origin_reply reply;

	(void)state;
	flag_init(&hold);
	reply = (struct tls_origin_reply){
		.body = "x", .renegotiates = true, .hold = &hold};
	origin = start(&(struct tls_origin_options){
		.version = TLS1_2_VERSION, .answer = reply_prepared, .owner = &reply});
	client = client_new();
	client_open(client, "GET", "https://good.test/");
	client_property(client, XHR_PROP_TIMEOUT, 80);
	client_send(client);
	client_fail(client, INET_E_CONNECTION_TIMEOUT);
	flag_raise(&hold);
	tls_origin_end(origin);
	flag_done(&hold);
}

/* ---- what the server is told ---- */

static void the_server_is_told_the_name_of_the_host(void **state)
{
	static const struct {
		const char *url;	 /* of the request */
		const char *certificate; /* for it */
		const char *host;	 /* in SNI */
	} cases[] = {
		{"https://good.test/", "good", "good.test"},
		{"https://GOOD.test:444/", "good", "good.test"},
		{"https://good.test./", "good", "good.test"},
		{"https://b\xC3\xBC"
		 "cher.test/",
		 "idn", "xn--bcher-kva.test"},
		{"https://127.0.0.1/", "ip_san", ""},
		{"https://[::1]/", "ip_san", ""},
		{"https://0x7f.1/", "ip_san", ""},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct tls_origin *origin = start(&(struct tls_origin_options){
			.certificate = cases[i].certificate});
		struct tls_origin_visit visit;

		print_message("  %s\n", cases[i].url);
		client_finish(client_start("GET", cases[i].url), 200, "/");
		tls_origin_visit(origin, 0, &visit);
		assert_string_equal(visit.host, cases[i].host);
		tls_origin_end(origin);
	}
}

static void each_host_has_its_certificate(void **state)
{
	static const struct {
		const char *url;  /* of the request */
		const char *leaf; /* that is shown; NULL: it fails */
	} cases[] = {{"https://good.test/", "good"},
		     {"https://second.test/", "second"},
		     {"https://other.test/", "wrong_host"},
		     {"https://third.test/", NULL}};
	struct tls_origin *origin = start(&(struct tls_origin_options){
		.hosts = {{"second.test", "second", NULL},
			  {"other.test", "wrong_host", NULL}}});

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct client *client = client_get(cases[i].url);

		if (cases[i].leaf) {
			client_expect(client, 200, "/");
			shown_expect_leaf(&client->shown, cases[i].leaf);
		} else {
			client_expect_error(client, INET_E_INVALID_CERTIFICATE);
		}
		client_end(client);
	}
	tls_origin_end(origin);
}

static void these_servers_are_understood(void **state)
{
	static const struct {
		const char *what;		   /* for the log */
		struct tls_origin_options options; /* of the server */
	} cases[] = {
		{"one that wants another group", {.groups = "P-384"}},
		{"the same with TLS 1.2", {.groups = "P-384", .version = TLS1_2_VERSION}},
		{"one that warns of the name", {.warns = true}},
		{"the same with TLS 1.2", {.warns = true, .version = TLS1_2_VERSION}},
		{"one that takes HTTP/1.1 alone", {.alpn = "http/1.1"}},
		{"RSA", {.certificate = "good_rsa"}},
		{"RSA with TLS 1.2",
		 {.certificate = "good_rsa", .version = TLS1_2_VERSION}},
		{"CBC",
		 {.certificate = "good_rsa",
		  .ciphers = "ECDHE-RSA-AES128-SHA256",
		  .version = TLS1_2_VERSION}},
		{"ChaCha20",
		 {.ciphers = "ECDHE-ECDSA-CHACHA20-POLY1305", .version = TLS1_2_VERSION}},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct tls_origin *origin = start(&cases[i].options);

		print_message("  %s\n", cases[i].what);
		client_finish(client_start("GET", "https://good.test/"), 200, "/");
		tls_origin_end(origin);
	}
}

/* ---- redirects ---- */

static void redirect(void *owner, const struct tls_origin_request *request,
		     struct tls_origin_reply *reply)
{
	if (strcmp(request->path, "/old") != 0)
		return;
	reply->status = "302 Found";
	reply->fields = owner;
}

static struct client *get_old(const char *url, bool is_extended)
{
	struct client *client = client_new();

	client_open(client, "GET", url);
	client_property(client, XHR_PROP_EXTENDED_ERROR, is_extended);
	client_send(client);
	client_wait(client);
	return client;
}

static void a_redirect_from_https_to_http_is_refused(void **state)
{
	struct tls_origin *origin = start(&(struct tls_origin_options){
		.answer = redirect,
		.owner = (void *)"Location: http://good.test/new\r\n"});

	(void)state;
	client_fail(get_old("https://good.test/old", false), INET_E_REDIRECT_FAILED);
	client_fail(get_old("https://good.test/old", true),
		    HRESULT_FROM_WIN32(ERROR_INTERNET_HTTPS_TO_HTTP_ON_REDIR));
	tls_origin_end(origin);
}

static void a_redirect_from_http_to_https_is_followed(void **state)
{
	struct tls_origin *secure = tls_origin_start(&(struct tls_origin_options){0});
	struct origin *plain = ORIGIN(
		ORIGIN_EXPECT_HEAD("GET /old HTTP/1.1"),
		ORIGIN_ANSWER("301 Moved Permanently\r\nLocation: https://good.test/new",
			      ""));
	struct client *client;
	char rule[64];

	(void)state;
	tls_origin_lead(secure);
	snprintf(rule, sizeof(rule), "good.test:443:127.0.0.1:%u",
		 tls_origin_port(secure));
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_CONNECT_TO, rule), S_OK);
	client = client_get(origin_url(plain, "/old"));
	client_expect(client, 200, "/new");
	assert_string_equal(client->order, "rchdR");
	client_end(client);
	origin_end(plain);
	tls_origin_end(secure);
}

static void the_target_of_a_redirect_is_verified_like_any_other(void **state)
{
	struct tls_origin *origin = start(&(struct tls_origin_options){
		.hosts = {{"second.test", "expired", NULL}},
		.answer = redirect,
		.owner = (void *)"Location: https://second.test/new\r\n"});
	struct client *client = get_old("https://good.test/old", true);

	(void)state;
	client_expect_error(client, HRESULT_FROM_WIN32(ERROR_INTERNET_SEC_CERT_ERRORS));
	assert_string_equal(client->order, "crcE");
	shown_expect_leaf(&client->shown, "expired");
	client_end(client);
	assert_int_equal(tls_origin_count(origin).requests, 1);
	tls_origin_end(origin);
}

static HRESULT abort_second(struct client *client)
{
	return client->counts[CLIENT_CERTIFICATE] == 2 ? client_do_abort(client) : S_OK;
}

static void a_pin_keeps_a_redirect_from_its_target(void **state)
{
	struct tls_origin *origin = start(&(struct tls_origin_options){
		.hosts = {{"second.test", "second", NULL}},
		.answer = redirect,
		.owner = (void *)"Location: https://second.test/new\r\n"});
	struct client *client = client_new();
	struct tls_origin_visit visit;

	(void)state;
	client->on[CLIENT_CERTIFICATE] = abort_second;
	client_open(client, "GET", "https://good.test/old");
	client_send(client);
	client_wait(client);
	client_expect_error(client, E_ABORT);
	assert_string_equal(client->order, "crcE");
	client_end(client);
	session_reset();
	tls_origin_await_over(origin);
	tls_origin_visit(origin, 1, &visit);
	assert_int_equal(visit.bytes, 0);
	tls_origin_end(origin);
}

/* ---- many at once ---- */

static void a_hundred_at_once(void **state)
{
	struct tls_origin *origin = start(&(struct tls_origin_options){0});
	struct client *clients[100];
	char url[64], path[32];

	(void)state;
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < TEST_COUNT(clients); i++) {
			snprintf(url, sizeof(url), "https://good.test/%u/%u", round, i);
			clients[i] = client_start("GET", url);
		}
		for (unsigned i = 0; i < TEST_COUNT(clients); i++) {
			snprintf(path, sizeof(path), "/%u/%u", round, i);
			client_finish(clients[i], 200, path);
		}
	}
	assert_int_equal(tls_origin_count(origin).requests, 200);
	/* A connection may not be idle yet when its response has been told. */
	assert_in_range(tls_origin_count(origin).connections, 1, 199);
	tls_origin_end(origin);
}

static void a_hundred_at_once_some_of_which_fail(void **state)
{
	struct tls_origin *origin = start(
		&(struct tls_origin_options){.hosts = {{"second.test", "second", NULL},
						       {"bad.test", "expired", NULL}}});
	struct client *clients[100];
	static const char *const urls[] = {"https://good.test/", "https://second.test/",
					   "https://bad.test/", "https://good.test/"};

	(void)state;
	for (unsigned i = 0; i < TEST_COUNT(clients); i++) {
		clients[i] = client_new();
		if (i % 4 == 3)
			clients[i]->on[CLIENT_CERTIFICATE] = client_do_abort;
		client_open(clients[i], "GET", urls[i % 4]);
		client_send(clients[i]);
	}
	for (unsigned i = 0; i < TEST_COUNT(clients); i++) {
		if (i % 4 == 2)
			client_fail(clients[i], INET_E_INVALID_CERTIFICATE);
		else if (i % 4 == 3)
			client_fail(clients[i], E_ABORT);
		else
			client_finish(clients[i], 200, "/");
	}
	assert_int_equal(tls_origin_count(origin).requests, 50);
	tls_origin_end(origin);
}

static void a_limit_on_connections_holds(void **state)
{
	struct tls_origin *origin = start(&(struct tls_origin_options){0});
	struct client *clients[30];

	(void)state;
	for (unsigned i = 0; i < TEST_COUNT(clients); i++) {
		clients[i] = client_new();
		client_open(clients[i], "GET", "https://good.test/");
		client_property(clients[i], XHR_PROP_MAX_CONNECTIONS, 2);
		client_send(clients[i]);
	}
	for (unsigned i = 0; i < TEST_COUNT(clients); i++)
		client_finish(clients[i], 200, "/");
	assert_in_range(tls_origin_count(origin).connections, 1, 2);
	tls_origin_end(origin);
}

/* Ten threads block in the callback; other requests go on, and Abort works on them. */
static void many_callbacks_that_block(void **state)
{
	struct tls_origin *origin = start(&(struct tls_origin_options){0});
	struct client *blocked[10];

	(void)state;
	for (unsigned i = 0; i < TEST_COUNT(blocked); i++) {
		blocked[i] = client_new();
		blocked[i]->on[CLIENT_CERTIFICATE] = client_do_block;
		client_open(blocked[i], "GET", "https://good.test/");
		client_send(blocked[i]);
	}
	for (unsigned i = 0; i < TEST_COUNT(blocked); i++)
		client_await_block(blocked[i]);
	client_finish(client_start("GET", "https://good.test/x"), 200, "/x");
	for (unsigned i = 0; i < TEST_COUNT(blocked); i++) {
		if (i % 2)
			assert_int_equal(IXMLHTTPRequest3_Abort(blocked[i]->xhr), S_OK);
		client_go(blocked[i]);
	}
	for (unsigned i = 0; i < TEST_COUNT(blocked); i++) {
		if (i % 2)
			client_fail(blocked[i], E_ABORT);
		else
			client_finish(blocked[i], 200, "/");
	}
	assert_int_equal(tls_origin_count(origin).requests, 6);
	tls_origin_end(origin);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(a_body_in_records_of_any_size),
		CLIENT_TEST(a_large_upload),
		CLIENT_TEST(a_program_that_reads_slowly),
		CLIENT_TEST(the_server_may_change_keys),
		CLIENT_TEST(the_server_may_renegotiate),
		CLIENT_TEST(the_server_may_go_on_until_the_new_handshake_begins),
		CLIENT_TEST(a_renegotiation_is_timed),
		CLIENT_TEST(the_server_is_told_the_name_of_the_host),
		CLIENT_TEST(each_host_has_its_certificate),
		CLIENT_TEST(these_servers_are_understood),
		CLIENT_TEST(a_redirect_from_https_to_http_is_refused),
		CLIENT_TEST(a_redirect_from_http_to_https_is_followed),
		CLIENT_TEST(the_target_of_a_redirect_is_verified_like_any_other),
		CLIENT_TEST(a_pin_keeps_a_redirect_from_its_target),
		CLIENT_TEST(a_hundred_at_once),
		CLIENT_TEST(a_hundred_at_once_some_of_which_fail),
		CLIENT_TEST(a_limit_on_connections_holds),
		CLIENT_TEST(many_callbacks_that_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
