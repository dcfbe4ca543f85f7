/* SPDX-License-Identifier: MIT */
/* Responses in chunks: whole, in pieces, cut off, and wrong. */
#include "lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/client.h"
#include "lib/origin.h"

#define HEAD "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

struct chunked_case {
	const char *name;  /* of the case */
	const char *bytes; /* behind the head */
	const char *body;  /* NULL: an error */
};

static const struct chunked_case cases[] = {
	{"one chunk", "5\r\nhello\r\n0\r\n\r\n", "hello"},
	{"no chunk", "0\r\n\r\n", ""},
	{"several chunks", "1\r\nh\r\n3\r\nell\r\n1\r\no\r\n0\r\n\r\n", "hello"},
	{"large digits", "A\r\n0123456789\r\n0\r\n\r\n", "0123456789"},
	{"small digits", "a\r\n0123456789\r\n0\r\n\r\n", "0123456789"},
	{"leading zeros", "0005\r\nhello\r\n000\r\n\r\n", "hello"},
	{"an extension", "5;a=b;c=\"d;e\"\r\nhello\r\n0;x\r\n\r\n", "hello"},
	{"trailers", "5\r\nhello\r\n0\r\nA: b\r\nC: d\r\n\r\n", "hello"},
	{"no size", "\r\nhello\r\n0\r\n\r\n", NULL},
	{"a sign", "+5\r\nhello\r\n0\r\n\r\n", NULL},
	{"a minus", "-1\r\nhello\r\n0\r\n\r\n", NULL},
	{"0x", "0x5\r\nhello\r\n0\r\n\r\n", NULL},
	{"no digit", "g\r\nhello\r\n0\r\n\r\n", NULL},
	{"a space in front", " 5\r\nhello\r\n0\r\n\r\n", NULL},
	{"more data than said", "4\r\nhello\r\n0\r\n\r\n", NULL},
	{"less data than said", "6\r\nhello\r\n0\r\n\r\n", NULL},
	{"17 digits", "10000000000000000\r\nhello\r\n0\r\n\r\n", NULL},
	{"CR without LF", "5\rhello\r\n0\r\n\r\n", NULL},
	{"a bad trailer", "5\r\nhello\r\n0\r\nA b\r\n\r\n", NULL},
};

static void check(const struct chunked_case *c, bool is_slow)
{
	struct origin_step bytes =
		is_slow ? (struct origin_step)ORIGIN_SEND_SLOWLY(c->bytes, 0)
			: (struct origin_step)ORIGIN_SEND(c->bytes);
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_SEND(HEAD), bytes);
	struct client *client = client_start("GET", origin_url(origin, "/"));

	if (c->body)
		client_finish(client, 200, c->body);
	else
		client_fail(client, INET_E_DOWNLOAD_FAILURE);
	/* A client that has found the fault may close before all was sent. */
	if (c->body)
		origin_end(origin);
	else
		origin_stop(origin);
}

static void chunks_are_told_as_one_body_or_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		print_message("  %s\n", cases[i].name);
		check(&cases[i], false);
	}
}

static void chunks_that_come_byte_by_byte_change_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++)
		check(&cases[i], true);
}

static const char cut_bytes[] = "5;e=f\r\nhello\r\n3\r\nabc\r\n0\r\nA: b\r\n\r\n";

#define CUT_BYTES (sizeof(cut_bytes) - 1)

/* Cuts the response behind n bytes of its body. */
static void check_cut(size_t n, bool is_reset)
{
	struct origin_step end = is_reset ? (struct origin_step)ORIGIN_RESET()
					  : (struct origin_step)ORIGIN_CLOSE();
	struct origin *origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_SEND(HEAD),
				       ORIGIN_SEND_BYTES(cut_bytes, n), end);
	struct client *client = client_new();

	client_open(client, "GET", origin_url(origin, "/"));
	client_property(client, XHR_PROP_EXTENDED_ERROR, TRUE);
	client_send(client);
	if (n == CUT_BYTES && !is_reset)
		client_finish(client, 200, "helloabc");
	else if (!is_reset)
		client_fail(client,
			    HRESULT_FROM_WIN32(ERROR_INTERNET_CONNECTION_ABORTED));
	else {
		client_wait(client);
		client_end(client);
	}
	origin_end(origin);
}

static void a_body_cut_off_anywhere_is_never_complete(void **state)
{
	(void)state;
	for (size_t n = 0; n <= CUT_BYTES; n++)
		check_cut(n, false);
}

static void a_body_reset_anywhere_ends_once(void **state)
{
	(void)state;
	for (size_t n = 0; n <= CUT_BYTES; n += 5)
		check_cut(n, true);
}

static void many_small_chunks_come_whole(void **state)
{
	static char bytes[70000];
	static char body[10001];
	size_t n = 0;
	struct origin *origin;

	(void)state;
	for (unsigned i = 0; i < 10000; i++) {
		body[i] = (char)('a' + i % 26);
		n += (size_t)snprintf(bytes + n, sizeof(bytes) - n, "1\r\n%c\r\n",
				      body[i]);
	}
	snprintf(bytes + n, sizeof(bytes) - n, "0\r\n\r\n");
	origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_SEND(HEAD), ORIGIN_SEND(bytes));
	client_finish(client_start("GET", origin_url(origin, "/")), 200, body);
	origin_end(origin);
}

static void after_chunks_the_connection_serves_again(void **state)
{
	struct origin *origin = ORIGIN(
		ORIGIN_EXPECT_ANY_HEAD(),
		ORIGIN_SEND(HEAD "5\r\nhello\r\n0\r\nA: b\r\n\r\n"),
		ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_SEND(HEAD "3\r\nabc\r\n0\r\n\r\n"));

	(void)state;
	client_finish(client_start("GET", origin_url(origin, "/")), 200, "hello");
	client_finish(client_start("GET", origin_url(origin, "/")), 200, "abc");
	origin_join(origin);
	assert_int_equal(origin_connections(origin), 1);
	origin_stop(origin);
}

static void after_a_wrong_chunk_the_connection_is_closed(void **state)
{
	struct origin *origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(),
				       ORIGIN_SEND(HEAD "x\r\n"), ORIGIN_EXPECT_CLOSE());

	(void)state;
	client_fail(client_start("GET", origin_url(origin, "/")),
		    INET_E_DOWNLOAD_FAILURE);
	origin_end(origin);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(chunks_are_told_as_one_body_or_refused),
		CLIENT_TEST(chunks_that_come_byte_by_byte_change_nothing),
		CLIENT_TEST(a_body_cut_off_anywhere_is_never_complete),
		CLIENT_TEST(a_body_reset_anywhere_ends_once),
		CLIENT_TEST(many_small_chunks_come_whole),
		CLIENT_TEST(after_chunks_the_connection_serves_again),
		CLIENT_TEST(after_a_wrong_chunk_the_connection_is_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
