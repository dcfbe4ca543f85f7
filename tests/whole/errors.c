/* SPDX-License-Identifier: MIT */
/*
 * A hostile origin: refusing, silent, resetting, closing, endless, or not speaking HTTP,
 * at every stage of an exchange. Always one OnError with the code of contract section 8,
 * by default and extended; never a response that looks complete.
 */
#include "lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/client.h"
#include "lib/flag.h"
#include "lib/hourglass.h"
#include "lib/origin.h"
#include "lib/tape.h"

#define WIN32_TIMEOUT HRESULT_FROM_WIN32(ERROR_INTERNET_TIMEOUT)
#define WIN32_INVALID HRESULT_FROM_WIN32(ERROR_HTTP_INVALID_SERVER_RESPONSE)
#define WIN32_CLOSED  HRESULT_FROM_WIN32(ERROR_INTERNET_CONNECTION_ABORTED)
#define WIN32_RESET   HRESULT_FROM_WIN32(ERROR_INTERNET_CONNECTION_RESET)
#define WIN32_REFUSED HRESULT_FROM_WIN32(ERROR_INTERNET_CANNOT_CONNECT)
#define WIN32_NO_NAME HRESULT_FROM_WIN32(ERROR_INTERNET_NAME_NOT_RESOLVED)

/* The largest script below. */
#define MAX_STEPS 8

/* A script that must fail a GET. */
struct error_case {
	const char *name;		     /* of the case */
	struct origin_step steps[MAX_STEPS]; /* of the origin */
	HRESULT error;			     /* of OnError, by default */
	HRESULT extended;		     /* with XHR_PROP_EXTENDED_ERROR */
};

/* silent: raised by the script when time may pass, or NULL: at once. */
static void run_case(const struct error_case *c, bool is_extended, struct flag *silent,
		     ULONGLONG timeout_ms)
{
	struct origin *origin = origin_start(c->steps);
	struct client *client = client_new();

	if (silent)
		hourglass_stop();
	client_open(client, "GET", origin_url(origin, "/"));
	client_property(client, XHR_PROP_EXTENDED_ERROR, is_extended);
	client_property(client, XHR_PROP_TIMEOUT, timeout_ms);
	client_send(client);
	if (silent) {
		assert_true(flag_wait(silent, CLIENT_WAIT_MS));
		flag_lower(silent);
		hourglass_run();
	}
	client_wait(client);
	client_expect_error(client, is_extended ? c->extended : c->error);
	client_end(client);
	origin_end(origin);
}

static void run_cases(const struct error_case *cases, size_t count, struct flag *silent,
		      ULONGLONG timeout_ms)
{
	for (size_t i = 0; i < count; i++) {
		print_message("  %s\n", cases[i].name);
		run_case(&cases[i], false, silent, timeout_ms);
		run_case(&cases[i], true, silent, timeout_ms);
	}
}

/* ---- ends at each stage ---- */

#define HEAD_OF_10 "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"

/* What tells of itself, and waits for the client to go. */
#define SILENCE(silent) ORIGIN_RAISE(silent), ORIGIN_EXPECT_CLOSE()

#define STAGES(END, WIN32)                                                               \
	{"before a byte",                                                                \
	 {ORIGIN_EXPECT_ANY_HEAD(), END},                                                \
	 INET_E_DOWNLOAD_FAILURE,                                                        \
	 WIN32},                                                                         \
		{"in the version",                                                       \
		 {ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_SEND("HTT"), ORIGIN_SLEEP(20), END},  \
		 INET_E_DOWNLOAD_FAILURE,                                                \
		 WIN32},                                                                 \
		{"in the status",                                                        \
		 {ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_SEND("HTTP/1.1 20"),                  \
		  ORIGIN_SLEEP(20), END},                                                \
		 INET_E_DOWNLOAD_FAILURE,                                                \
		 WIN32},                                                                 \
		{"in the fields",                                                        \
		 {ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_SEND("HTTP/1.1 200 OK\r\nA: b\r\n"),  \
		  ORIGIN_SLEEP(20), END},                                                \
		 INET_E_DOWNLOAD_FAILURE,                                                \
		 WIN32},                                                                 \
		{"behind a 1xx",                                                         \
		 {ORIGIN_EXPECT_ANY_HEAD(),                                              \
		  ORIGIN_SEND("HTTP/1.1 103 Early Hints\r\n\r\n"), ORIGIN_SLEEP(20),     \
		  END},                                                                  \
		 INET_E_DOWNLOAD_FAILURE,                                                \
		 WIN32},                                                                 \
		{"behind the head",                                                      \
		 {ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_SEND(HEAD_OF_10), ORIGIN_SLEEP(20),   \
		  END},                                                                  \
		 INET_E_DOWNLOAD_FAILURE,                                                \
		 WIN32},                                                                 \
		{"in the body",                                                          \
		 {ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_SEND(HEAD_OF_10 "123456789"),         \
		  ORIGIN_SLEEP(20), END},                                                \
		 INET_E_DOWNLOAD_FAILURE,                                                \
		 WIN32},                                                                 \
	{                                                                                \
		"in a chunk",                                                            \
			{ORIGIN_EXPECT_ANY_HEAD(),                                       \
			 ORIGIN_SEND("HTTP/1.1 200 OK\r\nTransfer-Encoding: "            \
				     "chunked\r\n\r\n5\r\nhel"),                         \
			 ORIGIN_SLEEP(20), END},                                         \
			INET_E_DOWNLOAD_FAILURE, WIN32                                   \
	}

static void a_close_at_each_stage(void **state)
{
	const struct error_case cases[] = {STAGES(ORIGIN_CLOSE(), WIN32_CLOSED)};

	(void)state;
	run_cases(cases, TEST_COUNT(cases), NULL, 0);
}

static void a_half_close_at_each_stage(void **state)
{
	const struct error_case cases[] = {STAGES(ORIGIN_HALF_CLOSE(), WIN32_CLOSED)};

	(void)state;
	run_cases(cases, TEST_COUNT(cases), NULL, 0);
}

static void a_reset_at_each_stage(void **state)
{
	const struct error_case cases[] = {
		STAGES(ORIGIN_RESET(), WIN32_RESET),
		{"in a body until close",
		 {ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_SEND("HTTP/1.1 200 OK\r\n\r\nabc"),
		  ORIGIN_SLEEP(20), ORIGIN_RESET()},
		 INET_E_DOWNLOAD_FAILURE,
		 WIN32_RESET},
	};

	(void)state;
	run_cases(cases, TEST_COUNT(cases), NULL, 0);
}

/* Time passes only when the origin is silent. */
static void silence_at_each_stage_ends_by_timeout(void **state)
{
	struct flag silent;
	struct error_case cases[] = {STAGES(SILENCE(&silent), WIN32_TIMEOUT)};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		cases[i].error = INET_E_CONNECTION_TIMEOUT;
		flag_init(&silent);
		run_cases(&cases[i], 1, &silent, 200);
		flag_done(&silent);
	}
}

static void a_connection_that_is_closed_at_once(void **state)
{
	const struct error_case closing = {
		"", {ORIGIN_NEXT_CONNECTION(), ORIGIN_CLOSE()}, 0, 0};

	(void)state;
	for (int i = 0; i < 20; i++) {
		struct origin *origin = origin_start(closing.steps);
		struct client *client = client_get(origin_url(origin, "/"));

		client_expect_error(client, INET_E_DOWNLOAD_FAILURE);
		client_end(client);
		origin_end(origin);
	}
}

/* ---- no connection ---- */

static void check_no_connection(const char *url, ULONGLONG timeout_ms, HRESULT error,
				HRESULT extended)
{
	for (int i = 0; i < 2; i++) {
		struct client *client = client_new();

		client_open(client, "GET", url);
		client_property(client, XHR_PROP_EXTENDED_ERROR, (ULONGLONG)i);
		client_property(client, XHR_PROP_TIMEOUT, timeout_ms);
		client_send(client);
		client_wait(client);
		client_expect_error(client, i ? extended : error);
		assert_string_equal(client->order, "E");
		client_end(client);
	}
}

static void a_refused_connection(void **state)
{
	char url[64];

	(void)state;
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/", origin_refusing_port());
	check_no_connection(url, 0, INET_E_CANNOT_CONNECT, WIN32_REFUSED);
	snprintf(url, sizeof(url), "http://localhost:%u/", origin_refusing_port());
	check_no_connection(url, 0, INET_E_CANNOT_CONNECT, WIN32_REFUSED);
}

static void a_peer_that_does_not_answer_the_connection(void **state)
{
	char url[64];

	(void)state;
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/", origin_deaf_port());
	check_no_connection(url, 80, INET_E_CONNECTION_TIMEOUT, WIN32_TIMEOUT);
}

static void a_name_that_does_not_exist(void **state)
{
	(void)state;
	check_no_connection("http://name.invalid/", 0, INET_E_RESOURCE_NOT_FOUND,
			    WIN32_NO_NAME);
}

static void the_error_text_names_what_failed(void **state)
{
	char url[64];
	char *text = NULL;
	unsigned port = origin_refusing_port();
	struct client *client;

	(void)state;
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/", port);
	client = client_get(url);
	client_expect_error(client, INET_E_CANNOT_CONNECT);
	assert_int_equal(ixhr2_error_text((IUnknown *)client->xhr, &text), S_OK);
	print_message("  %s\n", text);
	snprintf(url, sizeof(url), "127.0.0.1:%u", port);
	assert_non_null(strstr(text, url));
	assert_non_null(strstr(text, "refused"));
	CoTaskMemFree(text);
	client_end(client);
}

/* ---- not HTTP ---- */

#define CHUNKED_AND_1                                                                    \
	"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"

static const char *const strange_answers[] = {
	"SSH-2.0-OpenSSH_9.2\r\n",
	"220 mail.example ESMTP\r\n",
	"\x15\x03\x01\x02\x02",
	"<html>hello</html>\r\n\r\n",
	"ICY 200 OK\r\n\r\n",
	"HTTP/2.0 200 OK\r\n\r\n",
	"HTTP/1.1 20 OK\r\n\r\n",
	"HTTP/1.1 2000 OK\r\n\r\n",
	"HTTP/1.1 abc OK\r\n\r\n",
	"HTTP/1.1 099 OK\r\n\r\n",
	"HTTP/1.1200 OK\r\n\r\n",
	"HTTP/1.1 200 OK\r\nNo colon\r\n\r\n",
	"HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
	"HTTP/1.1 200 OK\r\n: b\r\n\r\n",
	"HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n",
	"HTTP/1.1 200 OK\r\n A: b\r\n\r\n",
	"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxy",
	"HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\nxy",
	"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nxy",
	"HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\nxy",
	"HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\nxy",
	"HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\nxy",
	"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nxy",
	CHUNKED_AND_1 "0\r\n\r\n",
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n",
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: strange\r\n\r\n",
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
	"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
};

static void an_answer_that_is_not_http(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(strange_answers); i++) {
		const struct error_case c = {"",
					     {ORIGIN_EXPECT_ANY_HEAD(),
					      ORIGIN_SEND(strange_answers[i]),
					      ORIGIN_EXPECT_CLOSE()},
					     INET_E_DOWNLOAD_FAILURE,
					     WIN32_INVALID};

		print_message("  %.*s\n", (int)strcspn(strange_answers[i], "\r"),
			      strange_answers[i]);
		run_case(&c, false, NULL, 3000);
		run_case(&c, true, NULL, 3000);
	}
}

static void a_nul_in_the_head(void **state)
{
	static const char bytes[] =
		"HTTP/1.1 200 OK\r\nA: b\0c\r\nContent-Length: 0\r\n\r\n";
	const struct error_case c = {"",
				     {ORIGIN_EXPECT_ANY_HEAD(),
				      ORIGIN_SEND_BYTES(bytes, sizeof(bytes) - 1),
				      ORIGIN_EXPECT_CLOSE()},
				     INET_E_DOWNLOAD_FAILURE,
				     WIN32_INVALID};

	(void)state;
	run_case(&c, false, NULL, 0);
	run_case(&c, true, NULL, 0);
}

/* ---- without an end ---- */

#define CHUNKED "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

static void what_never_ends_is_over_a_limit(void **state)
{
	const struct error_case cases[] = {
		{"a status line",
		 {ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_SEND("HTTP/1.1 200 "),
		  ORIGIN_SEND_FOREVER("long reason ")},
		 INET_E_DOWNLOAD_FAILURE,
		 WIN32_INVALID},
		{"a field",
		 {ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_SEND("HTTP/1.1 200 OK\r\nA: "),
		  ORIGIN_SEND_FOREVER("a long value ")},
		 INET_E_DOWNLOAD_FAILURE,
		 WIN32_INVALID},
		{"fields",
		 {ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_SEND("HTTP/1.1 200 OK\r\n"),
		  ORIGIN_SEND_FOREVER("Name: value of some length\r\n")},
		 INET_E_DOWNLOAD_FAILURE,
		 WIN32_INVALID},
		{"small fields",
		 {ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_SEND("HTTP/1.1 200 OK\r\n"),
		  ORIGIN_SEND_FOREVER("A:\r\n")},
		 INET_E_DOWNLOAD_FAILURE,
		 WIN32_INVALID},
		{"interim responses",
		 {ORIGIN_EXPECT_ANY_HEAD(),
		  ORIGIN_SEND_FOREVER("HTTP/1.1 103 Early Hints\r\n\r\n")},
		 INET_E_DOWNLOAD_FAILURE,
		 WIN32_INVALID},
		{"a chunk extension",
		 {ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_SEND(CHUNKED "5;"),
		  ORIGIN_SEND_FOREVER("extension")},
		 INET_E_DOWNLOAD_FAILURE,
		 WIN32_INVALID},
		{"a chunk size",
		 {ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_SEND(CHUNKED),
		  ORIGIN_SEND_FOREVER("0000")},
		 INET_E_DOWNLOAD_FAILURE,
		 WIN32_INVALID},
		{"trailers",
		 {ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_SEND(CHUNKED "0\r\n"),
		  ORIGIN_SEND_FOREVER("Name: value of some length\r\n")},
		 INET_E_DOWNLOAD_FAILURE,
		 WIN32_INVALID},
	};

	(void)state;
	run_cases(cases, TEST_COUNT(cases), NULL, 0);
}

/* ---- time ---- */

static void slow_bytes_are_in_time(void **state)
{
	struct origin *origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(),
				       ORIGIN_SEND_SLOWLY(HEAD_OF_10 "0123456789", 80));
	struct client *client = client_new();

	(void)state;
	client_open(client, "GET", origin_url(origin, "/"));
	client_property(client, XHR_PROP_TIMEOUT, 3000);
	client_send(client);
	client_finish(client, 200, "0123456789");
	origin_end(origin);
}

static HRESULT dawdle(struct client *client)
{
	(void)client;
	hourglass_pass(400);
	return S_OK;
}

static void time_in_client_code_does_not_count(void **state)
{
	static const char body[] = "hello";
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_EXPECT_BODY(body),
		       ORIGIN_ANSWER("307 Temporary Redirect\r\nLocation: /b", ""),
		       ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_EXPECT_BODY(body),
		       ORIGIN_SEND(HEAD_OF_10 "0123456789"));
	struct client *client = client_new();
	struct tape *tape = tape_new(body, 0);

	(void)state;
	client->on[CLIENT_REDIRECT] = dawdle;
	client->on[CLIENT_HEADERS] = dawdle;
	client->on[CLIENT_DATA] = dawdle;
	client->on[CLIENT_READ] = dawdle;
	client->on[CLIENT_SEEK] = dawdle;
	tape_be_body(tape, client);
	client_open(client, "POST", origin_url(origin, "/"));
	client_property(client, XHR_PROP_TIMEOUT, 300);
	hourglass_stop();
	client_send(client);
	client_finish(client, 200, "0123456789");
	hourglass_run();
	tape_end(tape);
	origin_end(origin);
}

static void a_timeout_set_while_it_runs_acts_at_once(void **state)
{
	struct flag is_there;
	struct origin *origin;
	struct client *client;

	(void)state;
	flag_init(&is_there);
	origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_RAISE(&is_there),
			ORIGIN_EXPECT_CLOSE());
	client = client_start("GET", origin_url(origin, "/"));
	assert_true(flag_wait(&is_there, CLIENT_WAIT_MS));
	client_property(client, XHR_PROP_TIMEOUT, 60);
	client_fail(client, INET_E_CONNECTION_TIMEOUT);
	origin_end(origin);
	flag_done(&is_there);
}

static void a_peer_that_takes_no_bytes(void **state)
{
	struct flag has_begun, is_over;
	struct origin *origin;
	struct client *client = client_new();
	struct tape *tape = tape_new(NULL, 64u << 20);

	(void)state;
	flag_init(&has_begun);
	flag_init(&is_over);
	origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_RAISE(&has_begun),
			ORIGIN_WAIT(&is_over), ORIGIN_DRAIN());
	tape_be_body(tape, client);
	client_open(client, "POST", origin_url(origin, "/"));
	client_property(client, XHR_PROP_TIMEOUT, 100);
	hourglass_stop();
	client_send(client);
	assert_true(flag_wait(&has_begun, CLIENT_WAIT_MS));
	hourglass_run();
	client_fail(client, INET_E_CONNECTION_TIMEOUT);
	flag_raise(&is_over);
	tape_end(tape);
	origin_end(origin);
	flag_done(&has_begun);
	flag_done(&is_over);
}

/* ---- an upload that the peer cuts off ---- */

/* A close with bytes unread, and a reset, reach the client as a reset; but what it was
 * writing at that time may have failed otherwise. */
static void check_cut_upload(struct origin_step end, bool is_unknown, bool is_extended)
{
	struct origin *origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), end);
	struct client *client = client_new();
	struct tape *tape = tape_new(NULL, 64u << 20);

	tape_be_body(tape, client);
	if (is_unknown)
		client->body_length = IXHR2_LENGTH_UNKNOWN;
	client_open(client, "POST", origin_url(origin, "/"));
	client_property(client, XHR_PROP_EXTENDED_ERROR, is_extended);
	client_send(client);
	client_wait(client);
	if (is_extended && client->error == WIN32_CLOSED)
		client_expect_error(client, WIN32_CLOSED);
	else
		client_expect_error(client,
				    is_extended ? WIN32_RESET : INET_E_DOWNLOAD_FAILURE);
	assert_string_equal(client->order, "E");
	assert_true(tape->at < tape->len);
	client_end(client);
	tape_end(tape);
	origin_end(origin);
}

static void an_upload_that_is_cut_off_fails(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		check_cut_upload((struct origin_step)ORIGIN_CLOSE(), i & 1, i & 2);
		check_cut_upload((struct origin_step)ORIGIN_RESET(), i & 1, i & 2);
	}
}

/* ---- client code fails ---- */

static void a_failure_from_a_callback_stops_at_once(void **state)
{
	static const enum client_event events[] = {CLIENT_HEADERS, CLIENT_DATA};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(events); i++) {
		struct origin *origin =
			ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_SEND(HEAD_OF_10 "01234"),
			       ORIGIN_EXPECT_CLOSE());
		struct client *client = client_new();

		client->on[events[i]] = client_do_fail;
		client->result = HRESULT_FROM_WIN32(ERROR_DISK_FULL);
		client_open(client, "GET", origin_url(origin, "/"));
		client_send(client);
		client_wait(client);
		client_expect_error(client, HRESULT_FROM_WIN32(ERROR_DISK_FULL));
		assert_string_equal(client->order, i ? "hdE" : "hE");
		client_end(client);
		origin_end(origin);
	}
}

static void success_codes_and_final_results_stop_nothing(void **state)
{
	static const HRESULT results[] = {S_FALSE, 574};
	struct client *client;
	struct origin *origin;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(results); i++) {
		origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(),
				ORIGIN_ANSWER("302 Found\r\nLocation: /b", ""),
				ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER("200 OK", "x"));
		client = client_new();
		client->result = results[i];
		for (int event = CLIENT_REDIRECT; event <= CLIENT_RECEIVED; event++)
			client->on[event] = client_do_fail;
		client_open(client, "GET", origin_url(origin, "/"));
		client_send(client);
		client_finish(client, 200, "x");
		origin_end(origin);
	}
	origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER("200 OK", "x"));
	client = client_new();
	client->result = E_FAIL;
	client->on[CLIENT_RECEIVED] = client_do_fail;
	client_open(client, "GET", origin_url(origin, "/"));
	client_send(client);
	client_finish(client, 200, "x");
	origin_end(origin);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(a_close_at_each_stage),
		CLIENT_TEST(a_half_close_at_each_stage),
		CLIENT_TEST(a_reset_at_each_stage),
		CLIENT_TEST(silence_at_each_stage_ends_by_timeout),
		CLIENT_TEST(a_connection_that_is_closed_at_once),
		CLIENT_TEST(a_refused_connection),
		CLIENT_TEST(a_peer_that_does_not_answer_the_connection),
		CLIENT_TEST(a_name_that_does_not_exist),
		CLIENT_TEST(the_error_text_names_what_failed),
		CLIENT_TEST(an_answer_that_is_not_http),
		CLIENT_TEST(a_nul_in_the_head),
		CLIENT_TEST(what_never_ends_is_over_a_limit),
		CLIENT_TEST(slow_bytes_are_in_time),
		CLIENT_TEST(time_in_client_code_does_not_count),
		CLIENT_TEST(a_timeout_set_while_it_runs_acts_at_once),
		CLIENT_TEST(a_peer_that_takes_no_bytes),
		CLIENT_TEST(an_upload_that_is_cut_off_fails),
		CLIENT_TEST(a_failure_from_a_callback_stops_at_once),
		CLIENT_TEST(success_codes_and_final_results_stop_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
