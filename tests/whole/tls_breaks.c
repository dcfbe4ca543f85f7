/* SPDX-License-Identifier: MIT */
/*
 * A hostile origin behind TLS: it cuts, stalls, resets or talks nonsense at every byte of
 * the handshake and behind it, and answers with alerts or with what is not TLS at all.
 * Always one OnError with the code of contract section 8; never a response that looks
 * complete. And Abort, which works whatever the server is doing.
 */
#include "lib/test.h"

#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/session.h"
#include "lib/client.h"
#include "lib/tls_origin.h"

#define WIN32_TLS     HRESULT_FROM_WIN32(ERROR_INTERNET_SECURITY_CHANNEL_ERROR)
#define WIN32_CLOSED  HRESULT_FROM_WIN32(ERROR_INTERNET_CONNECTION_ABORTED)
#define WIN32_RESET   HRESULT_FROM_WIN32(ERROR_INTERNET_CONNECTION_RESET)
#define WIN32_TIMEOUT HRESULT_FROM_WIN32(ERROR_INTERNET_TIMEOUT)

/* Bytes of a literal, also with NULs. */
#define RAW(bytes)                                                                       \
	{                                                                                \
		bytes, sizeof(bytes) - 1                                                 \
	}

/* Places of a handshake that are tried. */
#define PLACES 40

static struct tls_origin *start(const struct tls_origin_options *options)
{
	struct tls_origin *origin = tls_origin_start(options);

	session_reset();
	tls_origin_lead(origin);
	return origin;
}

/* A GET, ended; is_extended: its error. */
static struct client *get(bool is_extended, ULONGLONG timeout_ms)
{
	struct client *client = client_new();

	client_open(client, "GET", "https://good.test/");
	client_property(client, XHR_PROP_EXTENDED_ERROR, is_extended);
	client_property(client, XHR_PROP_TIMEOUT, timeout_ms);
	client_send(client);
	client_wait(client);
	return client;
}

static void expect_failure(const struct tls_origin_options *options, HRESULT error,
			   HRESULT extended, ULONGLONG timeout_ms)
{
	struct tls_origin *origin = start(options);
	struct client *client = get(false, timeout_ms);
	char *text = NULL;

	assert_int_equal(ixhr2_error_text((IUnknown *)client->xhr, &text), S_OK);
	client_expect_error(client, error);
	assert_non_null(strstr(text, "good.test"));
	CoTaskMemFree(text);
	client_end(client);
	session_reset();
	tls_origin_lead(origin);
	client = get(true, timeout_ms);
	client_expect_error(client, extended);
	client_end(client);
	tls_origin_end(origin);
}

/* ---- handshakes that break off ---- */

/* Bytes that a server sends in a handshake of this version, but for a few at its end:
 * signatures are not always of the same length. */
static int64_t handshake_bytes(int version)
{
	struct tls_origin *origin =
		start(&(struct tls_origin_options){.version = version});
	struct tls_origin_visit visit;

	client_finish(get(false, 0), 200, "/");
	tls_origin_visit(origin, 0, &visit);
	tls_origin_end(origin);
	return (int64_t)visit.sent_bytes - 16;
}

/* Cuts at places all over the handshake. Not before its first byte: a reset there may
 * come before the client knows that it is connected. */
static void cut_everywhere(int version, enum tls_origin_end end, HRESULT error,
			   HRESULT extended)
{
	int64_t bytes = handshake_bytes(version);

	for (int i = 0; i <= PLACES; i++) {
		struct tls_origin_options options = {.version = version, .cut_end = end};

		options.cut_bytes = 1 + i * (bytes - 1) / PLACES;
		expect_failure(&options, error, extended,
			       end == TLS_ORIGIN_STALL ? 40 : 0);
	}
}

static void a_close_at_each_place_of_the_handshake(void **state)
{
	(void)state;
	cut_everywhere(TLS1_2_VERSION, TLS_ORIGIN_TRUNCATE, INET_E_DOWNLOAD_FAILURE,
		       WIN32_CLOSED);
	cut_everywhere(TLS1_3_VERSION, TLS_ORIGIN_TRUNCATE, INET_E_DOWNLOAD_FAILURE,
		       WIN32_CLOSED);
}

static void a_reset_at_each_place_of_the_handshake(void **state)
{
	(void)state;
	cut_everywhere(TLS1_2_VERSION, TLS_ORIGIN_RESET, INET_E_DOWNLOAD_FAILURE,
		       WIN32_RESET);
	cut_everywhere(TLS1_3_VERSION, TLS_ORIGIN_RESET, INET_E_DOWNLOAD_FAILURE,
		       WIN32_RESET);
}

static void garbage_at_each_place_of_the_handshake(void **state)
{
	(void)state;
	cut_everywhere(TLS1_2_VERSION, TLS_ORIGIN_GARBAGE, INET_E_SECURITY_PROBLEM,
		       WIN32_TLS);
	cut_everywhere(TLS1_3_VERSION, TLS_ORIGIN_GARBAGE, INET_E_SECURITY_PROBLEM,
		       WIN32_TLS);
}

static void silence_at_each_place_of_the_handshake(void **state)
{
	(void)state;
	cut_everywhere(TLS1_2_VERSION, TLS_ORIGIN_STALL, INET_E_CONNECTION_TIMEOUT,
		       WIN32_TIMEOUT);
	cut_everywhere(TLS1_3_VERSION, TLS_ORIGIN_STALL, INET_E_CONNECTION_TIMEOUT,
		       WIN32_TIMEOUT);
}

/* Name, connection and handshake are one wait: bytes that come do not lengthen it. */
static void a_server_that_drips_is_out_of_time(void **state)
{
	struct tls_origin *origin = start(&(struct tls_origin_options){.drip_ms = 10});
	struct client *client = get(false, 150);
	uint64_t spent_ms = (client->end_ns - client->sent_ns) / 1000000;

	(void)state;
	client_expect_error(client, INET_E_CONNECTION_TIMEOUT);
	/* All bytes take far longer. */
	assert_in_range(spent_ms, 140, 10000);
	client_end(client);
	tls_origin_end(origin);
}

static void the_connect_timeout_bounds_the_handshake(void **state)
{
	struct tls_origin *origin =
		start(&(struct tls_origin_options){.cut_end = TLS_ORIGIN_STALL});

	(void)state;
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_CONNECT_TIMEOUT_MS, "80"), S_OK);
	client_fail(get(false, 0), INET_E_CONNECTION_TIMEOUT);
	tls_origin_end(origin);
}

/* ---- what is not TLS, or not one that is wanted ---- */

static void these_answers_are_no_handshake(void **state)
{
	static const struct {
		const char *what; /* for the log */
		struct span raw;  /* what the server says */
	} cases[] = {
		{"HTTP", RAW("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")},
		{"a banner", RAW("220 mail.example ESMTP\r\n")},
		{"zeros", RAW("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")},
		{"handshake_failure", RAW("\x15\3\3\0\2\2\x28")},
		{"protocol_version", RAW("\x15\3\3\0\2\2\x46")},
		{"internal_error", RAW("\x15\3\3\0\2\2\x50")},
		{"unrecognized_name", RAW("\x15\3\3\0\2\2\x70")},
		{"an alert of no meaning", RAW("\x15\3\3\0\2\2\xFF")},
		{"an alert cut short", RAW("\x15\3\3\0\1\2\x16\3\3\0\1\1")},
		{"a huge record", RAW("\x16\3\3\xFF\xFF")},
		{"an empty record", RAW("\x16\3\3\0\0\x16\3\3\0\0\x17\3\3\0\0")},
		{"data first", RAW("\x17\3\3\0\5hello")},
		{"change cipher spec first", RAW("\x14\3\3\0\1\1\x14\3\3\0\1\1"
						 "\x16\3\3\0\1\1")},
		{"a ServerHello of TLS 1.1",
		 RAW("\x16\3\2\0\x2A\2\0\0\x26\3\2"
		     "0123456789abcdef0123456789ABCDEF\0\0\x2F\0")},
		{"a ServerHello of SSL 3", RAW("\x16\3\0\0\x2A\2\0\0\x26\3\0"
					       "0123456789abcdef0123456789ABCDEF"
					       "\0\0\x0A\0")},
		{"a ServerHello with a cipher that nobody asked for",
		 RAW("\x16\3\3\0\x2A\2\0\0\x26\3\3"
		     "0123456789abcdef0123456789ABCDEF\0\0\x01\0")},
		{"a HelloRequest", RAW("\x16\3\3\0\4\0\0\0\0\x15\3\3\0\2\2\x28")},
		{"a ClientHello",
		 RAW("\x16\3\1\0\x2D\1\0\0\x29\3\3"
		     "0123456789abcdef0123456789ABCDEF\0\0\2\x13\1\1\0")},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		print_message("  %s\n", cases[i].what);
		expect_failure(&(struct tls_origin_options){.raw = cases[i].raw,
							    .raw_end = TLS_ORIGIN_STALL},
			       INET_E_SECURITY_PROBLEM, WIN32_TLS, 0);
	}
}

static void these_servers_have_nothing_in_common_with_us(void **state)
{
	static const struct {
		const char *what;		   /* for the log */
		struct tls_origin_options options; /* of the server */
	} cases[] = {
		{"TLS 1.0", {.version = TLS1_VERSION}},
		{"TLS 1.1", {.version = TLS1_1_VERSION}},
		{"no encryption",
		 {.version = TLS1_2_VERSION,
		  .certificate = "good_rsa",
		  .ciphers = "NULL-SHA256"}},
		{"no authentication",
		 {.version = TLS1_2_VERSION, .ciphers = "ADH-AES128-GCM-SHA256"}},
		{"HTTP/3 alone", {.alpn = "h3"}},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		print_message("  %s\n", cases[i].what);
		expect_failure(&cases[i].options, INET_E_SECURITY_PROBLEM, WIN32_TLS, 0);
	}
}

/* ---- responses that break off ---- */

/* A reply and what must become of it. */
struct reply_case {
	const char *what;	       /* for the log */
	struct tls_origin_reply reply; /* body NULL: see reply_as_told */
	HRESULT error;		       /* S_OK: the response is whole */
	HRESULT extended;	       /* of the same */
};

#define CHUNKED "Transfer-Encoding: chunked\r\n"

static const struct reply_case reply_cases[] = {
	{"no length, close_notify",
	 {.body = "hello", .has_no_length = true, .end = TLS_ORIGIN_CLOSE},
	 S_OK,
	 S_OK},
	{"no length, FIN",
	 {.body = "hello", .has_no_length = true, .end = TLS_ORIGIN_TRUNCATE},
	 INET_E_DOWNLOAD_FAILURE,
	 WIN32_CLOSED},
	{"no length, RST",
	 {.body = "hello", .has_no_length = true, .end = TLS_ORIGIN_RESET},
	 INET_E_DOWNLOAD_FAILURE,
	 WIN32_RESET},
	{"no length, garbage",
	 {.body = "hello", .has_no_length = true, .end = TLS_ORIGIN_GARBAGE},
	 INET_E_SECURITY_PROBLEM,
	 WIN32_TLS},
	{"whole, close_notify", {.body = "hello", .end = TLS_ORIGIN_CLOSE}, S_OK, S_OK},
	{"whole, FIN", {.body = "hello", .end = TLS_ORIGIN_TRUNCATE}, S_OK, S_OK},
	{"whole, silence", {.body = "hello", .end = TLS_ORIGIN_STALL}, S_OK, S_OK},
	{"cut body, close_notify",
	 {.body = "hello", .cut_bytes = 41, .end = TLS_ORIGIN_CLOSE},
	 INET_E_DOWNLOAD_FAILURE,
	 WIN32_CLOSED},
	{"cut body, FIN",
	 {.body = "hello", .cut_bytes = 41, .end = TLS_ORIGIN_TRUNCATE},
	 INET_E_DOWNLOAD_FAILURE,
	 WIN32_CLOSED},
	{"cut body, garbage",
	 {.body = "hello", .cut_bytes = 41, .end = TLS_ORIGIN_GARBAGE},
	 INET_E_SECURITY_PROBLEM,
	 WIN32_TLS},
	{"cut head, close_notify",
	 {.body = "hello", .cut_bytes = 20, .end = TLS_ORIGIN_CLOSE},
	 INET_E_DOWNLOAD_FAILURE,
	 WIN32_CLOSED},
	{"cut head, FIN",
	 {.body = "hello", .cut_bytes = 20, .end = TLS_ORIGIN_TRUNCATE},
	 INET_E_DOWNLOAD_FAILURE,
	 WIN32_CLOSED},
	{"cut head, garbage",
	 {.body = "hello", .cut_bytes = 20, .end = TLS_ORIGIN_GARBAGE},
	 INET_E_SECURITY_PROBLEM,
	 WIN32_TLS},
	{"nothing, close_notify",
	 {.is_dropped = true, .end = TLS_ORIGIN_CLOSE},
	 INET_E_DOWNLOAD_FAILURE,
	 WIN32_CLOSED},
	{"nothing, FIN",
	 {.is_dropped = true, .end = TLS_ORIGIN_TRUNCATE},
	 INET_E_DOWNLOAD_FAILURE,
	 WIN32_CLOSED},
	{"nothing, garbage",
	 {.is_dropped = true, .end = TLS_ORIGIN_GARBAGE},
	 INET_E_SECURITY_PROBLEM,
	 WIN32_TLS},
	{"whole chunks, FIN",
	 {.fields = CHUNKED,
	  .body = "5\r\nhello\r\n0\r\n\r\n",
	  .has_no_length = true,
	  .end = TLS_ORIGIN_TRUNCATE},
	 S_OK,
	 S_OK},
	{"no last chunk, close_notify",
	 {.fields = CHUNKED,
	  .body = "5\r\nhello\r\n",
	  .has_no_length = true,
	  .end = TLS_ORIGIN_CLOSE},
	 INET_E_DOWNLOAD_FAILURE,
	 WIN32_CLOSED},
};

static void reply_as_told(void *owner, const struct tls_origin_request *request,
			  struct tls_origin_reply *reply)
{
	const struct reply_case *c = owner;

	(void)request;
	*reply = c->reply;
	reply->status = "200 OK";
	if (!reply->fields)
		reply->fields = "";
}

static void check_reply(const struct reply_case *c, int version)
{
	struct tls_origin *origin =
		start(&(struct tls_origin_options){.version = version,
						   .answer = reply_as_told,
						   .owner = (void *)(uintptr_t)c});

	print_message("  %s\n", c->what);
	for (unsigned is_extended = 0; is_extended < 2; is_extended++) {
		struct client *client;

		session_reset();
		tls_origin_lead(origin);
		client = get(is_extended, 0);
		if (c->error)
			client_expect_error(client, is_extended ? c->extended : c->error);
		else
			client_expect(client, 200, "hello");
		client_end(client);
	}
	tls_origin_end(origin);
}

static void a_response_is_whole_only_if_its_end_is_proved(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(reply_cases); i++) {
		check_reply(&reply_cases[i], TLS1_2_VERSION);
		check_reply(&reply_cases[i], TLS1_3_VERSION);
	}
}

/* A long body of which much is read at a time, or little. */
static void check_long(const struct reply_case *c, int version)
{
	struct tls_origin *origin =
		start(&(struct tls_origin_options){.version = version,
						   .answer = reply_as_told,
						   .owner = (void *)(uintptr_t)c});
	uint64_t came[2];

	print_message("  %s\n", c->what);
	for (unsigned i = 0; i < 2; i++) {
		struct client *client = client_new();

		session_reset();
		tls_origin_lead(origin);
		client->expects_pattern = true;
		client->read_bytes = i ? CLIENT_MANY_BYTES : CLIENT_FEW_BYTES;
		client_open(client, "GET", "https://good.test/");
		client_property(client, XHR_PROP_EXTENDED_ERROR, 1);
		client_send(client);
		client_wait(client);
		client_expect_error(client, c->extended);
		came[i] = client->pattern_len;
		client_end(client);
	}
	assert_true(came[0] > c->reply.cut_bytes - 1000);
	assert_int_equal(came[1], came[0]);
	tls_origin_end(origin);
}

static void all_that_came_before_a_break_is_given_however_it_is_read(void **state)
{
	static const struct reply_case cases[] = {
		{"close_notify",
		 {.pattern_bytes = 8000000,
		  .cut_bytes = 3000000,
		  .end = TLS_ORIGIN_CLOSE},
		 0,
		 WIN32_CLOSED},
		{"FIN",
		 {.pattern_bytes = 8000000,
		  .cut_bytes = 3000000,
		  .end = TLS_ORIGIN_TRUNCATE},
		 0,
		 WIN32_CLOSED},
		{"no length, FIN",
		 {.pattern_bytes = 8000000,
		  .has_no_length = true,
		  .cut_bytes = 3000000,
		  .end = TLS_ORIGIN_TRUNCATE},
		 0,
		 WIN32_CLOSED},
		{"garbage",
		 {.pattern_bytes = 8000000,
		  .cut_bytes = 3000000,
		  .end = TLS_ORIGIN_GARBAGE},
		 0,
		 WIN32_TLS},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		check_long(&cases[i], TLS1_2_VERSION);
		check_long(&cases[i], TLS1_3_VERSION);
	}
}

static void silence_behind_the_handshake_is_timed(void **state)
{
	static const struct reply_case cases[] = {
		{"before the head", {.is_dropped = true, .end = TLS_ORIGIN_STALL}, 0, 0},
		{"in the head",
		 {.body = "x", .cut_bytes = 9, .end = TLS_ORIGIN_STALL},
		 0,
		 0},
		{"in the body",
		 {.body = "hello", .cut_bytes = 41, .end = TLS_ORIGIN_STALL},
		 0,
		 0},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct tls_origin *origin = start(&(struct tls_origin_options){
			.answer = reply_as_told, .owner = (void *)(uintptr_t)&cases[i]});

		print_message("  %s\n", cases[i].what);
		client_fail(get(false, 100), INET_E_CONNECTION_TIMEOUT);
		tls_origin_end(origin);
	}
}

/* ---- Abort ---- */

static void abort_works_at_each_place_of_the_handshake(void **state)
{
	static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

	(void)state;
	for (int i = 0; i <= 2 * PLACES; i++) {
		int version = versions[i % 2];
		int64_t bytes = handshake_bytes(version);
		struct tls_origin *origin = start(&(struct tls_origin_options){
			.version = version,
			.cut_bytes = i * bytes / (2 * PLACES),
			.cut_end = TLS_ORIGIN_STALL});
		struct client *client = client_start("GET", "https://good.test/");

		tls_origin_await_connections(origin, 1);
		usleep((unsigned)(i % 4) * 1000);
		assert_int_equal(IXMLHTTPRequest3_Abort(client->xhr), S_OK);
		client_fail(client, E_ABORT);
		/* Nothing of it is left. */
		session_reset();
		tls_origin_await_over(origin);
		assert_int_equal(tls_origin_count(origin).bytes, 0);
		tls_origin_end(origin);
	}
}

static void abort_before_the_server_says_anything(void **state)
{
	struct flag may_begin;
	struct tls_origin *origin;
	struct client *client;

	(void)state;
	flag_init(&may_begin);
	origin = start(&(struct tls_origin_options){.hold = &may_begin});
	client = client_start("GET", "https://good.test/");
	tls_origin_await_connections(origin, 1);
	assert_int_equal(IXMLHTTPRequest3_Abort(client->xhr), S_OK);
	client_wait(client);
	assert_true(client->end_ns - client->sent_ns < 30000000000u);
	client_fail(client, E_ABORT);
	flag_raise(&may_begin);
	/* Another request does not mind. */
	client_finish(client_start("GET", "https://good.test/"), 200, "/");
	tls_origin_end(origin);
	flag_done(&may_begin);
}

static void the_last_release_in_a_handshake_does_not_stop_it(void **state)
{
	struct flag may_begin;
	struct tls_origin *origin;
	struct client *client;

	(void)state;
	flag_init(&may_begin);
	origin = start(&(struct tls_origin_options){.hold = &may_begin});
	client = client_start("GET", "https://good.test/");
	tls_origin_await_connections(origin, 1);
	client_release(client);
	flag_raise(&may_begin);
	client_finish(client, 200, "/");
	tls_origin_end(origin);
	flag_done(&may_begin);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(a_close_at_each_place_of_the_handshake),
		CLIENT_TEST(a_reset_at_each_place_of_the_handshake),
		CLIENT_TEST(garbage_at_each_place_of_the_handshake),
		CLIENT_TEST(silence_at_each_place_of_the_handshake),
		CLIENT_TEST(a_server_that_drips_is_out_of_time),
		CLIENT_TEST(the_connect_timeout_bounds_the_handshake),
		CLIENT_TEST(these_answers_are_no_handshake),
		CLIENT_TEST(these_servers_have_nothing_in_common_with_us),
		CLIENT_TEST(a_response_is_whole_only_if_its_end_is_proved),
		CLIENT_TEST(all_that_came_before_a_break_is_given_however_it_is_read),
		CLIENT_TEST(silence_behind_the_handshake_is_timed),
		CLIENT_TEST(abort_works_at_each_place_of_the_handshake),
		CLIENT_TEST(abort_before_the_server_says_anything),
		CLIENT_TEST(the_last_release_in_a_handshake_does_not_stop_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
