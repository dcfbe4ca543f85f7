/* SPDX-License-Identifier: MIT */
/*
 * When OnServerCertificateReceived comes, and what its answer does: before any byte of
 * the request goes over that connection, new or kept; so a program can pin certificates.
 * The origin records every byte that it decrypts, which is the proof.
 */
#include "lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine/session.h"
#include "lib/client.h"
#include "lib/hourglass.h"
#include "lib/pki.h"
#include "lib/tape.h"
#include "lib/tls_origin.h"

/* An origin that the process is led to. */
static struct tls_origin *start(const struct tls_origin_options *options)
{
	struct tls_origin *origin = tls_origin_start(options);

	session_reset();
	tls_origin_lead(origin);
	return origin;
}

static struct tls_origin *start_plain(void)
{
	return start(&(struct tls_origin_options){0});
}

/* Asserts that the server has seen so many requests, and not a byte more. */
static void expect_seen(struct tls_origin *origin, unsigned requests)
{
	struct tls_origin_counts counts;

	session_reset();
	tls_origin_await_over(origin);
	counts = tls_origin_count(origin);
	assert_int_equal(counts.requests, requests);
	if (requests == 0)
		assert_int_equal(counts.bytes, 0);
}

/* ---- when ---- */

/* What the origin had decrypted when the callback ran. */
static HRESULT look_at_origin(struct client *client)
{
	struct tls_origin *origin = client->owner;

	/* If a byte had been sent before, it would be there soon. */
	usleep(20000);
	if (tls_origin_count(origin).requests + 1 != client->counts[CLIENT_CERTIFICATE])
		client_complain(client, "the request was sent before the callback");
	return S_OK;
}

static void it_comes_before_any_byte_on_new_and_kept_connections(void **state)
{
	struct tls_origin *origin = start_plain();
	struct client *client = client_new();

	(void)state;
	client->owner = origin;
	client->on[CLIENT_CERTIFICATE] = look_at_origin;
	for (unsigned i = 0; i < 3; i++) {
		client_open(client, i ? "POST" : "GET", "https://good.test/");
		client_send(client);
		client_wait(client);
		client_expect(client, 200, NULL);
		shown_expect_chain(
			&client->shown,
			(const char *[]){"good", "intermediate", "root", NULL});
	}
	assert_string_equal(client->order, "chdRchdRchdR");
	client_end(client);
	assert_int_equal(tls_origin_count(origin).connections, 1);
	tls_origin_end(origin);
}

/* Whether the callback is told rightly that the connection is a kept one. */
static HRESULT look_at_reuse(struct client *client)
{
	struct ixhr2_info info = {.cb = sizeof(info)};

	if (FAILED(ixhr2_get_info((IUnknown *)client->xhr, &info)) ||
	    info.is_reused != (client->counts[CLIENT_CERTIFICATE] > 1))
		client_complain(client, "the info is not of this connection");
	ixhr2_info_free(&info);
	return S_OK;
}

static void it_can_tell_whether_the_connection_is_kept(void **state)
{
	struct tls_origin *origin = start_plain();
	struct client *client = client_new();

	(void)state;
	client->on[CLIENT_CERTIFICATE] = look_at_reuse;
	for (unsigned i = 0; i < 2; i++) {
		client_open(client, "GET", "https://good.test/");
		client_send(client);
		client_wait(client);
	}
	client_end(client);
	tls_origin_end(origin);
}

static void it_comes_on_a_resumed_session_as_well(void **state)
{
	struct tls_origin *origin = start_plain();

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct client *client = client_new();

		client_open(client, "GET", "https://good.test/");
		client_header(client, "Connection", "close");
		client_send(client);
		client_wait(client);
		assert_string_equal(client->order, "chdR");
		shown_expect_chain(
			&client->shown,
			(const char *[]){"good", "intermediate", "root", NULL});
		client_end(client);
	}
	assert_int_equal(tls_origin_count(origin).resumed, 1);
	tls_origin_end(origin);
}

static void redirect_once(void *owner, const struct tls_origin_request *request,
			  struct tls_origin_reply *reply)
{
	(void)owner;
	if (strcmp(request->path, "/old") != 0)
		return;
	reply->status = "302 Found";
	reply->fields = "Location: /new\r\n";
}

static void it_comes_once_for_each_exchange(void **state)
{
	struct tls_origin *origin =
		start(&(struct tls_origin_options){.answer = redirect_once});
	struct client *client = client_get("https://good.test/old");

	(void)state;
	client_expect(client, 200, "/new");
	assert_string_equal(client->order, "crchdR");
	client_end(client);
	assert_int_equal(tls_origin_count(origin).connections, 1);
	tls_origin_end(origin);
}

/* The first connection dies under its second request. */
static void drop_once(void *owner, const struct tls_origin_request *request,
		      struct tls_origin_reply *reply)
{
	(void)owner;
	if (request->connection != 0 || request->number != 1)
		return;
	reply->is_dropped = true;
	reply->end = TLS_ORIGIN_RESET;
}

static void it_comes_again_where_the_request_is_repeated(void **state)
{
	struct tls_origin *origin =
		start(&(struct tls_origin_options){.answer = drop_once});
	struct client *client = client_new();

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		client_open(client, "GET", "https://good.test/a");
		client_send(client);
		client_wait(client);
		client_expect(client, 200, NULL);
	}
	assert_string_equal(client->order, "chdRcchdR");
	client_end(client);
	assert_int_equal(tls_origin_count(origin).connections, 2);
	tls_origin_end(origin);
}

static void an_old_callback_interface_hears_nothing(void **state)
{
	struct tls_origin *origin = start(&(struct tls_origin_options){
		.client_root = "client_root", .certificate = "good"});
	struct client *client = client_new();

	(void)state;
	client->only_callback_2 = true;
	client_open(client, "GET", "https://good.test/");
	client_send(client);
	client_wait(client);
	client_expect(client, 200, "/");
	assert_string_equal(client->order, "hdR");
	client_end(client);
	tls_origin_end(origin);
}

/* ---- its answer ---- */

static HRESULT fail_second(struct client *client)
{
	return client->counts[CLIENT_CERTIFICATE] == 2 ? client->result : S_OK;
}

static HRESULT abort_second(struct client *client)
{
	return client->counts[CLIENT_CERTIFICATE] == 2 ? client_do_abort(client) : S_OK;
}

static void abort_keeps_the_request_from_the_server(void **state)
{
	static const struct {
		const char *method; /* of the request */
		uint64_t body;	    /* its length */
	} cases[] = {{"GET", 0}, {"POST", 0}, {"POST", 5}, {"PUT", 1000000}};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct tls_origin *origin = start_plain();
		struct client *client = client_new();
		struct tape *tape = tape_new(NULL, cases[i].body);

		if (cases[i].body)
			tape_be_body(tape, client);
		client->on[CLIENT_CERTIFICATE] = client_do_abort;
		client_open(client, cases[i].method, "https://good.test/secret");
		client_header(client, "X-Secret", "pinned");
		client_send(client);
		client_wait(client);
		client_expect_error(client, E_ABORT);
		assert_string_equal(client->order, "cE");
		client_end(client);
		tape_end(tape);
		expect_seen(origin, 0);
		tls_origin_end(origin);
	}
}

static void abort_works_on_a_kept_connection(void **state)
{
	struct tls_origin *origin = start_plain();
	struct client *client = client_new();

	(void)state;
	client->on[CLIENT_CERTIFICATE] = abort_second;
	for (unsigned i = 0; i < 2; i++) {
		client_open(client, "GET", "https://good.test/");
		client_send(client);
		client_wait(client);
	}
	client_expect_error(client, E_ABORT);
	assert_string_equal(client->order, "chdRcE");
	client_end(client);
	expect_seen(origin, 1);
	tls_origin_end(origin);
}

static void a_failure_stops_the_request_with_its_code(void **state)
{
	static const HRESULT codes[] = {E_FAIL, E_ACCESSDENIED, E_POINTER,
					INET_E_INVALID_CERTIFICATE,
					HRESULT_FROM_WIN32(ERROR_INTERNET_INVALID_CA)};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(codes); i++) {
		struct tls_origin *origin = start_plain();
		struct client *client = client_new();

		client->on[CLIENT_CERTIFICATE] = client_do_fail;
		client->result = codes[i];
		client_open(client, "POST", "https://good.test/");
		client_send(client);
		client_wait(client);
		client_expect_error(client, codes[i]);
		assert_string_equal(client->order, "cE");
		client_end(client);
		expect_seen(origin, 0);
		tls_origin_end(origin);
	}
}

static void a_failure_stops_it_on_a_kept_connection(void **state)
{
	struct tls_origin *origin = start_plain();
	struct client *client = client_new();

	(void)state;
	client->on[CLIENT_CERTIFICATE] = fail_second;
	client->result = E_ACCESSDENIED;
	for (unsigned i = 0; i < 2; i++) {
		client_open(client, "GET", "https://good.test/");
		client_send(client);
		client_wait(client);
	}
	client_expect_error(client, E_ACCESSDENIED);
	assert_string_equal(client->order, "chdRcE");
	client_end(client);
	expect_seen(origin, 1);
	tls_origin_end(origin);
}

static void these_answers_do_not_stop_it(void **state)
{
	static const HRESULT codes[] = {S_OK, S_FALSE, E_NOTIMPL, (HRESULT)574};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(codes); i++) {
		struct tls_origin *origin = start_plain();
		struct client *client = client_new();

		client->on[CLIENT_CERTIFICATE] = client_do_fail;
		client->result = codes[i];
		client_open(client, "GET", "https://good.test/");
		client_send(client);
		client_finish(client, 200, "/");
		tls_origin_end(origin);
	}
}

/* The certificate is bad and not ignored: no answer makes it good, and Abort and failures
 * still give their own codes. */
static void no_answer_makes_a_bad_certificate_good(void **state)
{
	static const struct {
		client_hook_fn *hook; /* of the callback */
		HRESULT result;	      /* its answer */
		HRESULT error;	      /* of OnError */
	} cases[] = {{client_do_fail, S_OK, INET_E_INVALID_CERTIFICATE},
		     {client_do_fail, E_NOTIMPL, INET_E_INVALID_CERTIFICATE},
		     {client_do_fail, E_ACCESSDENIED, E_ACCESSDENIED},
		     {client_do_abort, S_OK, E_ABORT}};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct tls_origin *origin =
			start(&(struct tls_origin_options){.certificate = "expired"});
		struct client *client = client_new();

		client->on[CLIENT_CERTIFICATE] = cases[i].hook;
		client->result = cases[i].result;
		client_open(client, "GET", "https://good.test/");
		client_send(client);
		client_wait(client);
		client_expect_error(client, cases[i].error);
		assert_string_equal(client->order, "cE");
		client_end(client);
		expect_seen(origin, 0);
		tls_origin_end(origin);
	}
}

/* ---- a program that takes its time ---- */

static void it_may_block_while_others_go_on(void **state)
{
	struct tls_origin *origin = start_plain();
	struct client *blocked = client_new();

	(void)state;
	blocked->on[CLIENT_CERTIFICATE] = client_do_block;
	client_open(blocked, "GET", "https://good.test/blocked");
	client_send(blocked);
	client_await_block(blocked);
	for (unsigned i = 0; i < 20; i++)
		client_finish(client_start("GET", "https://good.test/x"), 200, "/x");
	assert_int_equal(tls_origin_count(origin).requests, 20);
	client_go(blocked);
	client_finish(blocked, 200, "/blocked");
	tls_origin_end(origin);
}

/* A timeout does not count the time in the program's code. */
static HRESULT sleep_long(struct client *client)
{
	(void)client;
	hourglass_pass(300);
	return S_OK;
}

static void time_in_the_callback_does_not_count(void **state)
{
	struct tls_origin *origin = start_plain();
	struct client *client = client_new();

	(void)state;
	client->on[CLIENT_CERTIFICATE] = sleep_long;
	client_open(client, "GET", "https://good.test/");
	client_property(client, XHR_PROP_TIMEOUT, 200);
	hourglass_stop();
	client_send(client);
	client_finish(client, 200, "/");
	hourglass_run();
	tls_origin_end(origin);
}

static void abort_from_outside_while_it_blocks(void **state)
{
	struct tls_origin *origin = start_plain();
	struct client *client = client_new();

	(void)state;
	client->on[CLIENT_CERTIFICATE] = client_do_block;
	client_open(client, "GET", "https://good.test/");
	client_send(client);
	client_await_block(client);
	assert_int_equal(IXMLHTTPRequest3_Abort(client->xhr), S_OK);
	client_go(client);
	client_wait(client);
	client_expect_error(client, E_ABORT);
	assert_string_equal(client->order, "cE");
	client_end(client);
	expect_seen(origin, 0);
	tls_origin_end(origin);
}

static void the_last_release_may_come_in_it(void **state)
{
	struct tls_origin *origin = start_plain();
	struct client *client = client_new();

	(void)state;
	client->on[CLIENT_CERTIFICATE] = client_do_release;
	client_open(client, "GET", "https://good.test/");
	client_send(client);
	client_finish(client, 200, "/");
	tls_origin_end(origin);
}

/* The connection dies while the program looks at its certificates. */
static void a_kept_connection_may_end_while_it_blocks(void **state)
{
	struct tls_origin *origin = start_plain();
	struct client *client = client_new();

	(void)state;
	client->on[CLIENT_CERTIFICATE] = client_do_block;
	client_open(client, "GET", "https://good.test/");
	client_send(client);
	client_await_block(client);
	tls_origin_end(origin);
	client_go(client);
	client_wait(client);
	assert_int_equal(client->counts[CLIENT_ERROR], 1);
	client_end(client);
}

/* ---- what else is known ---- */

static void the_info_tells_the_version_and_the_cipher(void **state)
{
	struct tls_origin *origin = start_plain();
	struct ixhr2_info info = {.cb = sizeof(info)};
	struct client *client;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		client = client_new();
		client_open(client, "GET", "https://good.test/");
		client_header(client, "Connection", "close");
		client_send(client);
		client_wait(client);
		assert_int_equal(ixhr2_get_info((IUnknown *)client->xhr, &info), S_OK);
		assert_string_equal(info.tls_version, "TLSv1.3");
		assert_string_equal(info.tls_cipher, "TLS_AES_256_GCM_SHA384");
		assert_int_equal(info.is_resumed, i);
		assert_true(info.connected_us >= 0);
		assert_true(info.secured_us >= info.connected_us);
		assert_true(info.sent_us >= info.secured_us);
		ixhr2_info_free(&info);
		client_end(client);
	}
	tls_origin_end(origin);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(it_comes_before_any_byte_on_new_and_kept_connections),
		CLIENT_TEST(it_can_tell_whether_the_connection_is_kept),
		CLIENT_TEST(it_comes_on_a_resumed_session_as_well),
		CLIENT_TEST(it_comes_once_for_each_exchange),
		CLIENT_TEST(it_comes_again_where_the_request_is_repeated),
		CLIENT_TEST(an_old_callback_interface_hears_nothing),
		CLIENT_TEST(abort_keeps_the_request_from_the_server),
		CLIENT_TEST(abort_works_on_a_kept_connection),
		CLIENT_TEST(a_failure_stops_the_request_with_its_code),
		CLIENT_TEST(a_failure_stops_it_on_a_kept_connection),
		CLIENT_TEST(these_answers_do_not_stop_it),
		CLIENT_TEST(no_answer_makes_a_bad_certificate_good),
		CLIENT_TEST(it_may_block_while_others_go_on),
		CLIENT_TEST(time_in_the_callback_does_not_count),
		CLIENT_TEST(abort_from_outside_while_it_blocks),
		CLIENT_TEST(the_last_release_may_come_in_it),
		CLIENT_TEST(a_kept_connection_may_end_while_it_blocks),
		CLIENT_TEST(the_info_tells_the_version_and_the_cipher),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
