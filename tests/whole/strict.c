/* SPDX-License-Identifier: MIT */
/*
 * Responses that two parsers might cut at different places, and what lies just within and
 * just beyond a limit. What is refused ends in one OnError of contract section 8 and
 * nothing is told as complete; what may have been followed by foreign bytes is delivered;
 * in both cases the connection is closed and the next request has one of its own.
 */
#include "lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/client.h"
#include "lib/origin.h"

#define INVALID HRESULT_FROM_WIN32(ERROR_HTTP_INVALID_SERVER_RESPONSE)
#define CLOSED	HRESULT_FROM_WIN32(ERROR_INTERNET_CONNECTION_ABORTED)

/* A response whose bytes may hold NUL. */
#define BYTES(text) text, sizeof(text) - 1

#define OK	"HTTP/1.1 200 OK\r\n"
#define CHUNKED OK "Transfer-Encoding: chunked\r\n\r\n"
#define SMUGGLE "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong"

struct response {
	const char *name;   /* of the case */
	const char *method; /* of the request */
	const char *bytes;  /* of the response */
	size_t len;	    /* of bytes */
	const char *body;   /* what of it is told */
};

static struct client *start(struct origin *origin, const char *method)
{
	struct client *client = client_new();

	client_open(client, method, origin_url(origin, "/"));
	client_property(client, XHR_PROP_EXTENDED_ERROR, TRUE);
	client_property(client, XHR_PROP_TIMEOUT, 5000);
	client_send(client);
	client_wait(client);
	return client;
}

/* The response, then one on a connection of its own. */
static struct origin *send_and_close(const struct response *c)
{
	return ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_SEND_BYTES(c->bytes, c->len),
		      ORIGIN_EXPECT_CLOSE(), ORIGIN_NEXT_CONNECTION(),
		      ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER("200 OK", "right"));
}

static void check_next(struct origin *origin)
{
	client_finish(client_start("GET", origin_url(origin, "/")), 200, "right");
	origin_end(origin);
}

/* ---- what is refused ---- */

static const struct response bad_heads[] = {
	{"a length of 0 and 5", "GET",
	 BYTES(OK "Content-Length: 0\r\nContent-Length: 5\r\n\r\nhello"), NULL},
	{"three lengths, the last of them other", "GET",
	 BYTES(OK "Content-Length: 5\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n"
		  "hello"),
	 NULL},
	{"lengths in other case", "GET",
	 BYTES(OK "content-length: 5\r\nCONTENT-LENGTH: 6\r\n\r\nhello"), NULL},
	{"a list with an empty element", "GET",
	 BYTES(OK "Content-Length: 5,\r\n\r\nhello"), NULL},
	{"a length in quotes", "GET", BYTES(OK "Content-Length: \"5\"\r\n\r\nhello"),
	 NULL},
	{"a length in hexadecimal", "GET", BYTES(OK "Content-Length: 0x5\r\n\r\nhello"),
	 NULL},
	{"a length with a fraction", "GET", BYTES(OK "Content-Length: 5.0\r\n\r\nhello"),
	 NULL},
	{"a length with an exponent", "GET", BYTES(OK "Content-Length: 5e0\r\n\r\nhello"),
	 NULL},
	{"two numbers", "GET", BYTES(OK "Content-Length: 5 5\r\n\r\nhello"), NULL},
	{"a length with semicolon", "GET", BYTES(OK "Content-Length: 5;5\r\n\r\nhello"),
	 NULL},
	{"a folded length", "GET", BYTES(OK "Content-Length: 1\r\n 0\r\n\r\nhello"),
	 NULL},
	{"2 to the 63rd", "GET",
	 BYTES(OK "Content-Length: 9223372036854775808\r\n\r\nhello"), NULL},
	{"2 to the 64th and 5", "GET",
	 BYTES(OK "Content-Length: 18446744073709551621\r\n\r\nhello"), NULL},
	{"an arabic digit", "GET", BYTES(OK "Content-Length: \xD9\xA5\r\n\r\nhello"),
	 NULL},
	{"a length behind a vertical tab", "GET",
	 BYTES(OK "Content-Length:\v5\r\n\r\nhello"), NULL},
	{"a length and chunks", "GET",
	 BYTES(OK "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
	 NULL},
	{"chunks and a length", "GET",
	 BYTES(OK "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"),
	 NULL},
	{"chunks and a length of 0", "GET",
	 BYTES(OK "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n0\r\n\r\n"),
	 NULL},
	{"chunks and a wrong length", "GET",
	 BYTES(OK "Transfer-Encoding: chunked\r\nContent-Length: x\r\n\r\n0\r\n\r\n"),
	 NULL},
	{"an unknown coding and a length", "GET",
	 BYTES(OK "Transfer-Encoding: x\r\nContent-Length: 5\r\n\r\nhello"), NULL},
	{"no coding", "GET", BYTES(OK "Transfer-Encoding:\r\n\r\n0\r\n\r\n"), NULL},
	{"no coding and a length", "GET",
	 BYTES(OK "Transfer-Encoding:\r\nContent-Length: 5\r\n\r\nhello"), NULL},
	{"identity", "GET", BYTES(OK "Transfer-Encoding: identity\r\n\r\nhello"), NULL},
	{"identity and a length", "GET",
	 BYTES(OK "Transfer-Encoding: identity\r\nContent-Length: 5\r\n\r\nhello"), NULL},
	{"gzip, chunked", "GET",
	 BYTES(OK "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), NULL},
	{"a comma before chunked", "GET",
	 BYTES(OK "Transfer-Encoding: , chunked\r\n\r\n0\r\n\r\n"), NULL},
	{"a comma behind chunked", "GET",
	 BYTES(OK "Transfer-Encoding: chunked,\r\n\r\n0\r\n\r\n"), NULL},
	{"chunked in quotes", "GET",
	 BYTES(OK "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n"), NULL},
	{"chunked with a parameter", "GET",
	 BYTES(OK "Transfer-Encoding: chunked;a=b\r\n\r\n0\r\n\r\n"), NULL},
	{"xchunked", "GET", BYTES(OK "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
	 NULL},
	{"chunked behind a vertical tab", "GET",
	 BYTES(OK "Transfer-Encoding:\vchunked\r\n\r\n0\r\n\r\n"), NULL},
	{"chunked behind a NUL", "GET",
	 BYTES(OK "Transfer-Encoding: chunked\0\r\n\r\n0\r\n\r\n"), NULL},
	{"chunked twice", "GET",
	 BYTES(OK "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"
		  "0\r\n\r\n"),
	 NULL},
	{"chunked and identity", "GET",
	 BYTES(OK "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n"
		  "0\r\n\r\n"),
	 NULL},
	{"a space before the colon", "GET",
	 BYTES(OK "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"), NULL},
	{"a tab before the colon", "GET", BYTES(OK "Content-Length\t: 5\r\n\r\nhello"),
	 NULL},
	{"a name with a NUL", "GET", BYTES(OK "Content-\0Length: 5\r\n\r\nhello"), NULL},
	{"a name with a byte above 127", "GET", BYTES(OK "A\xE4: b\r\n\r\n"), NULL},
	{"a name with parentheses", "GET", BYTES(OK "A(b): c\r\n\r\n"), NULL},
	{"a first field that is folded", "GET", BYTES(OK "\tA: b\r\n\r\n"), NULL},
	{"CR before CR LF", "GET", BYTES(OK "A: b\r\r\nContent-Length: 0\r\n\r\n"), NULL},
	{"CR alone ends a field", "GET", BYTES(OK "A: b\rContent-Length: 0\r\n\r\n"),
	 NULL},
	{"CR alone in a folding", "GET", BYTES(OK "A: b\r\n c\rd\r\n\r\n"), NULL},
	{"CR CR LF ends the head", "GET", BYTES(OK "Content-Length: 0\r\n\r\r\n\n"),
	 NULL},
	{"a NUL behind a folding", "GET", BYTES(OK "A: b\r\n \0\r\n\r\n"), NULL},
	{"a DEL in a value", "GET", BYTES(OK "A: b\x7F\r\n\r\n"), NULL},
	{"an escape in a value", "GET", BYTES(OK "A: \x1B[0m\r\n\r\n"), NULL},
	{"a NUL in the reason", "GET", BYTES("HTTP/1.1 200 O\0K\r\n\r\n"), NULL},
	{"CR in the reason", "GET", BYTES("HTTP/1.1 200 O\rK\r\n\r\n"), NULL},
	{"an empty line in front", "GET", BYTES("\r\nHTTP/1.1 200 OK\r\n\r\n"), NULL},
	{"a space in front", "GET", BYTES(" HTTP/1.1 200 OK\r\n\r\n"), NULL},
	{"a mark of byte order in front", "GET",
	 BYTES("\xEF\xBB\xBFHTTP/1.1 200 OK\r\n\r\n"), NULL},
	{"small letters", "GET", BYTES("http/1.1 200 OK\r\n\r\n"), NULL},
	{"two spaces before the status", "GET", BYTES("HTTP/1.1  200 OK\r\n\r\n"), NULL},
	{"a tab before the status", "GET", BYTES("HTTP/1.1\t200 OK\r\n\r\n"), NULL},
	{"a tab behind the status", "GET", BYTES("HTTP/1.1 200\tOK\r\n\r\n"), NULL},
	{"a status with a sign", "GET", BYTES("HTTP/1.1 +20 OK\r\n\r\n"), NULL},
	{"a status of four digits", "GET", BYTES("HTTP/1.1 2000\r\n\r\n"), NULL},
	{"status 000", "GET", BYTES("HTTP/1.1 000 OK\r\n\r\n"), NULL},
	{"HTTP/1", "GET", BYTES("HTTP/1 200 OK\r\n\r\n"), NULL},
	{"HTTP/1.", "GET", BYTES("HTTP/1. 200 OK\r\n\r\n"), NULL},
	{"HTTP/1.10", "GET", BYTES("HTTP/1.10 200 OK\r\n\r\n"), NULL},
	{"HTTP/3.0", "GET", BYTES("HTTP/3.0 200 OK\r\n\r\n"), NULL},
	{"HTTP/0.9", "GET", BYTES("<p>hello</p>\r\n"), NULL},
	{"chunks in HTTP/1.0", "GET",
	 BYTES("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), NULL},
	{"a body behind a 1xx", "GET",
	 BYTES("HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\nhello" SMUGGLE),
	 NULL},
	{"101", "GET", BYTES("HTTP/1.1 101 Switching\r\n\r\n" SMUGGLE), NULL},
	{"two lengths of an error", "GET",
	 BYTES("HTTP/1.1 404 No\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
	 NULL},
	{"two lengths of a redirect", "GET",
	 BYTES("HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 5\r\n"
	       "Content-Length: 6\r\n\r\nhello"),
	 NULL},
};

/* With a body, the head of the response is right. */
static void expect_refused(struct client *client, const struct response *c)
{
	client_expect_error(client, INVALID);
	assert_string_equal(client->order, c->body ? *c->body ? "hdE" : "hE" : "E");
	if (c->body)
		assert_span(span_of(client->bytes, client->len), span_str(c->body));
	client_end(client);
}

static void check_refused(const struct response *c)
{
	struct origin *origin = send_and_close(c);

	expect_refused(start(origin, c->method), c);
	check_next(origin);
}

/* A client that has found the fault may close before all was sent. */
static void check_slowly(const struct response *c)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_SEND_SLOWLY(c->bytes, 0));

	expect_refused(start(origin, c->method), c);
	origin_stop(origin);
}

static void a_head_that_could_be_read_in_two_ways_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(bad_heads); i++) {
		print_message("  %s\n", bad_heads[i].name);
		check_refused(&bad_heads[i]);
	}
}

static const struct response bad_bodies[] = {
	{"an empty size", "GET", BYTES(CHUNKED "\r\n"), ""},
	{"an extension without a size", "GET", BYTES(CHUNKED ";a\r\nhello\r\n"), ""},
	{"a size in quotes", "GET", BYTES(CHUNKED "\"5\"\r\nhello\r\n"), ""},
	{"a size with an underline", "GET", BYTES(CHUNKED "0_5\r\nhello\r\n"), ""},
	{"a space behind the size", "GET", BYTES(CHUNKED "5 \r\nhello\r\n0\r\n\r\n"), ""},
	{"a tab in front of the size", "GET", BYTES(CHUNKED "\t5\r\nhello\r\n"), ""},
	{"two sizes", "GET", BYTES(CHUNKED "5 5\r\nhello\r\n"), ""},
	{"2 to the 63rd", "GET", BYTES(CHUNKED "8000000000000000\r\nhello"), ""},
	{"2 to the 64th and 5", "GET", BYTES(CHUNKED "10000000000000005\r\nhello"), ""},
	{"all bits", "GET", BYTES(CHUNKED "ffffffffffffffff\r\nhello"), ""},
	{"LF alone behind the size", "GET", BYTES(CHUNKED "5\nhello\r\n0\r\n\r\n"), ""},
	{"LF alone in the extension", "GET", BYTES(CHUNKED "5;a\nhello\r\n0\r\n\r\n"),
	 ""},
	{"CR alone in the extension", "GET", BYTES(CHUNKED "5;\ra\r\nhello\r\n"), ""},
	{"CR CR LF behind the size", "GET", BYTES(CHUNKED "5\r\r\nhello\r\n"), ""},
	{"a NUL in the extension", "GET", BYTES(CHUNKED "5;\0\r\nhello\r\n"), ""},
	{"a NUL behind the size", "GET", BYTES(CHUNKED "5\0\r\nhello\r\n"), ""},
	{"LF alone behind the data", "GET", BYTES(CHUNKED "5\r\nhello\n0\r\n\r\n"),
	 "hello"},
	{"CR alone behind the data", "GET", BYTES(CHUNKED "5\r\nhello\r0\r\n\r\n"),
	 "hello"},
	{"nothing behind the data", "GET", BYTES(CHUNKED "5\r\nhello0\r\n\r\n"), "hello"},
	{"a byte too many", "GET", BYTES(CHUNKED "5\r\nhello!\r\n0\r\n\r\n"), "hello"},
	{"a head as a size", "GET", BYTES(CHUNKED "5\r\nhello\r\n" SMUGGLE), "hello"},
	{"a sign on the last chunk", "GET", BYTES(CHUNKED "5\r\nhello\r\n-0\r\n\r\n"),
	 "hello"},
	{"LF alone behind the last size", "GET", BYTES(CHUNKED "5\r\nhello\r\n0\n\r\n"),
	 "hello"},
	{"a head as trailers", "GET", BYTES(CHUNKED "0\r\n" SMUGGLE), ""},
	{"a trailer without a colon", "GET", BYTES(CHUNKED "0\r\nA\r\n\r\n"), ""},
	{"a trailer with a space before the colon", "GET",
	 BYTES(CHUNKED "0\r\nA : b\r\n\r\n"), ""},
	{"a trailer with a NUL", "GET", BYTES(CHUNKED "0\r\nA: \0\r\n\r\n"), ""},
	{"a folding before the first trailer", "GET", BYTES(CHUNKED "0\r\n A: b\r\n\r\n"),
	 ""},
	{"CR CR LF ends the trailers", "GET", BYTES(CHUNKED "0\r\nA: b\r\n\r\r\n\n"), ""},
};

static void a_body_whose_framing_breaks_is_never_complete(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(bad_bodies); i++) {
		print_message("  %s\n", bad_bodies[i].name);
		check_refused(&bad_bodies[i]);
	}
}

/* Whether it is a text, as ORIGIN_SEND_SLOWLY wants it. */
static bool may_be_slow(const struct response *c)
{
	return strlen(c->bytes) == c->len;
}

static void hostile_bytes_that_come_one_by_one_change_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(bad_heads); i++)
		if (may_be_slow(&bad_heads[i]))
			check_slowly(&bad_heads[i]);
	for (size_t i = 0; i < TEST_COUNT(bad_bodies); i++)
		if (may_be_slow(&bad_bodies[i]))
			check_slowly(&bad_bodies[i]);
}

/* ---- what is delivered, but spoils the connection ---- */

static const struct response spoiled[] = {
	{"another response behind a length", "GET",
	 BYTES(OK "Content-Length: 2\r\n\r\nhi" SMUGGLE), "hi"},
	{"another response behind chunks", "GET",
	 BYTES(CHUNKED "2\r\nhi\r\n0\r\n\r\n" SMUGGLE), "hi"},
	{"another response behind trailers", "GET",
	 BYTES(CHUNKED "2\r\nhi\r\n0\r\nA: b\r\n\r\n" SMUGGLE), "hi"},
	{"an empty line behind a length", "GET",
	 BYTES(OK "Content-Length: 2\r\n\r\nhi\r\n"), "hi"},
	{"a NUL behind a length", "GET", BYTES(OK "Content-Length: 2\r\n\r\nhi\0"), "hi"},
	{"a 1xx behind a length", "GET",
	 BYTES(OK "Content-Length: 2\r\n\r\nhiHTTP/1.1 100 Continue\r\n\r\n"), "hi"},
	{"a body behind an answer to HEAD", "HEAD",
	 BYTES(OK "Content-Length: 5\r\n\r\nhello"), ""},
	{"chunks behind an answer to HEAD", "HEAD",
	 BYTES(CHUNKED "5\r\nhello\r\n0\r\n\r\n"), ""},
	{"another response behind an answer to HEAD", "HEAD",
	 BYTES(OK "Content-Length: 5\r\n\r\n" SMUGGLE), ""},
	{"a body behind a length of 0", "GET", BYTES(OK "Content-Length: 0\r\n\r\nx"),
	 ""},
	{"one more chunk behind the last", "GET",
	 BYTES(CHUNKED "0\r\n\r\n5\r\nhello\r\n0\r\n\r\n"), ""},
	{"close among other options", "GET",
	 BYTES(OK "Connection: keep-alive\r\nConnection: a, CLOSE\r\n"
		  "Content-Length: 2\r\n\r\nhi"),
	 "hi"},
	{"HTTP/1.0 that says close and keep-alive", "GET",
	 BYTES("HTTP/1.0 200 OK\r\nConnection: keep-alive, close\r\n"
	       "Content-Length: 2\r\n\r\nhi"),
	 "hi"},
};

static void check_spoiled(const struct response *c, DWORD status)
{
	struct origin *origin = send_and_close(c);
	struct client *client = start(origin, c->method);

	client_expect(client, status, c->body);
	client_end(client);
	check_next(origin);
}

static void bytes_behind_the_end_are_nobodys(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(spoiled); i++) {
		print_message("  %s\n", spoiled[i].name);
		check_spoiled(&spoiled[i], 200);
	}
}

static void a_status_without_body_has_none_whatever_follows(void **state)
{
	static const struct response none[] = {
		{"204 and a length", "GET",
		 BYTES("HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\nhello"), ""},
		{"204 and chunks", "GET",
		 BYTES("HTTP/1.1 204 No\r\nTransfer-Encoding: chunked\r\n\r\n"
		       "5\r\nhello\r\n0\r\n\r\n"),
		 ""},
		{"204 and another response", "GET",
		 BYTES("HTTP/1.1 204 No\r\n\r\n" SMUGGLE), ""},
		{"304 and a length", "GET",
		 BYTES("HTTP/1.1 304 Same\r\nContent-Length: 5\r\n\r\nhello"), ""},
		{"304 and another response", "GET",
		 BYTES("HTTP/1.1 304 Same\r\n\r\n" SMUGGLE), ""},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(none); i++) {
		print_message("  %s\n", none[i].name);
		check_spoiled(&none[i], i < 3 ? 204 : 304);
	}
}

/* ---- what is let through ---- */

static const struct response lenient[] = {
	{"LF alone in the head", "GET", BYTES("HTTP/1.1 200 OK\nContent-Length: 2\n\nhi"),
	 "hi"},
	{"LF and CR LF", "GET", BYTES("HTTP/1.1 200 OK\r\nContent-Length: 2\n\r\nhi"),
	 "hi"},
	{"a folded value", "GET",
	 BYTES(OK "A: b\r\n c\r\n\td\r\nContent-Length: 2\r\n\r\nhi"), "hi"},
	{"a line of blanks", "GET", BYTES(OK "A: b\r\n  \r\nContent-Length: 2\r\n\r\nhi"),
	 "hi"},
	{"a status without a space behind", "GET",
	 BYTES("HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi"), "hi"},
	{"a reason of strange bytes", "GET",
	 BYTES("HTTP/1.1 200 \xFF\t\xC3\xA4\r\nContent-Length: 2\r\n\r\nhi"), "hi"},
	{"HTTP/1.9", "GET", BYTES("HTTP/1.9 200 OK\r\nContent-Length: 2\r\n\r\nhi"),
	 "hi"},
	{"leading zeros", "GET",
	 BYTES(OK "Content-Length: 0000000000000000000002\r\n\r\nhi"), "hi"},
	{"a list of one length", "GET", BYTES(OK "Content-Length: 2, 2,2\r\n\r\nhi"),
	 "hi"},
	{"blanks around", "GET", BYTES(OK "Content-Length: \t 2 \t\r\n\r\nhi"), "hi"},
	{"Chunked", "GET",
	 BYTES(OK "transfer-encoding:ChUnKeD\r\n\r\n2;a=\"b\"\r\nhi\r\n0\r\n\r\n"), "hi"},
	{"blanks before an extension", "GET",
	 BYTES(CHUNKED "2 \t; a\r\nhi\r\n0 ;b\r\n\r\n"), "hi"},
	{"a trailer that says another length", "GET",
	 BYTES(CHUNKED "2\r\nhi\r\n0\r\nContent-Length: 7\r\n\r\n"), "hi"},
	{"HTTP/1.0 that keeps alive", "GET",
	 BYTES("HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: "
	       "2\r\n\r\nhi"),
	 "hi"},
	{"a length of an answer to HEAD", "HEAD", BYTES(OK "Content-Length: 5\r\n\r\n"),
	 ""},
	{"a 1xx that says close", "GET",
	 BYTES("HTTP/1.1 103 Hi\r\nConnection: close\r\nContent-Length: 9\r\n\r\n" OK
	       "Content-Length: 2\r\n\r\nhi"),
	 "hi"},
};

static void what_is_odd_but_clear_keeps_the_connection(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(lenient); i++) {
		const struct response *c = &lenient[i];
		struct origin *origin = ORIGIN(
			ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_SEND_BYTES(c->bytes, c->len),
			ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER("200 OK", "right"));
		struct client *client = start(origin, c->method);

		print_message("  %s\n", c->name);
		client_expect(client, 200, c->body);
		client_end(client);
		check_next(origin);
	}
}

/* ---- cut off ---- */

/* A reset may overtake bytes; so the origin closes in good order. */
static void check_cut(const char *bytes, size_t n, bool is_whole)
{
	struct origin *origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(),
				       ORIGIN_SEND_BYTES(bytes, n), ORIGIN_CLOSE());
	struct client *client = start(origin, "GET");

	if (is_whole)
		client_expect(client, 200, "hello");
	else
		client_expect_error(client, CLOSED);
	client_end(client);
	origin_end(origin);
}

static void a_response_closed_at_any_byte_is_never_complete(void **state)
{
	static const char *const responses[] = {
		"HTTP/1.1 103 A\r\nB: c\r\n\r\n" OK "Content-Length: 5\r\n\r\nhello",
		OK "A: b\r\n c\r\nTransfer-Encoding: chunked\r\n\r\n"
		   "2;x\r\nhe\r\n3\r\nllo\r\n0\r\nA: b\r\n\r\n",
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(responses); i++)
		for (size_t n = 0; n <= strlen(responses[i]); n++)
			check_cut(responses[i], n, n == strlen(responses[i]));
}

static void the_largest_sizes_are_sizes(void **state)
{
	static const char *const responses[] = {
		OK "Content-Length: 9223372036854775807\r\n\r\nhello",
		CHUNKED "7fffffffffffffff\r\nhello",
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(responses); i++)
		check_cut(responses[i], strlen(responses[i]), false);
}

/* ---- limits ---- */

#define HEAD_MAX_BYTES	(256u * 1024)
#define HEAD_MAX_FIELDS 1000u
#define MAX_INTERIM	32u
#define CHUNK_MAX_LINE	4096u

/* A response as it is put together. */
struct sheet {
	char *at;   /* the bytes */
	size_t len; /* how many */
};

static struct sheet sheet_new(const char *begin)
{
	struct sheet sheet = {malloc(1u << 20), strlen(begin)};

	assert_non_null(sheet.at);
	memcpy(sheet.at, begin, sheet.len);
	return sheet;
}

static void put(struct sheet *sheet, const char *text)
{
	memcpy(sheet->at + sheet->len, text, strlen(text));
	sheet->len += strlen(text);
}

static void put_fields(struct sheet *sheet, unsigned count)
{
	while (count--)
		put(sheet, "A:\r\n");
}

static void put_filling(struct sheet *sheet, size_t bytes)
{
	memset(sheet->at + sheet->len, 'x', bytes);
	sheet->len += bytes;
}

/* A field of so many bytes with its line end. */
static void put_long_field(struct sheet *sheet, size_t bytes)
{
	put(sheet, "Long: ");
	put_filling(sheet, bytes - strlen("Long: \r\n"));
	put(sheet, "\r\n");
}

/* Within its limit the response comes whole; one above it is refused. */
static void check_limit(struct sheet sheet, bool is_above, const char *order)
{
	const struct response c = {"", "GET", sheet.at, sheet.len, "hi"};
	struct origin *origin = send_and_close(&c);
	struct client *client;

	if (!is_above) {
		origin_stop(origin);
		origin = ORIGIN(
			ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_SEND_BYTES(sheet.at, sheet.len),
			ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER("200 OK", "right"));
	}
	client = start(origin, "GET");
	if (is_above) {
		client_expect_error(client, INVALID);
		assert_string_equal(client->order, order);
	} else {
		client_expect(client, 200, "hi");
	}
	client_end(client);
	check_next(origin);
	free(sheet.at);
}

static void a_head_has_256_kib_and_no_more(void **state)
{
	(void)state;
	for (unsigned above = 0; above < 2; above++) {
		struct sheet sheet = sheet_new(OK "Content-Length: 2\r\n");

		put_long_field(&sheet, HEAD_MAX_BYTES + above - sheet.len - 2);
		put(&sheet, "\r\nhi");
		check_limit(sheet, above, "E");
	}
}

static void all_1xx_and_the_head_share_256_kib(void **state)
{
	(void)state;
	for (unsigned above = 0; above < 2; above++) {
		struct sheet sheet = sheet_new("HTTP/1.1 103 Early Hints\r\n");

		put_long_field(&sheet, 200000);
		put(&sheet, "\r\n" OK "Content-Length: 2\r\n");
		put_long_field(&sheet, HEAD_MAX_BYTES + above - sheet.len - 2);
		put(&sheet, "\r\nhi");
		check_limit(sheet, above, "E");
	}
}

static void the_head_and_trailers_share_256_kib(void **state)
{
	const size_t framing = strlen("2\r\nhi\r\n0\r\n");

	(void)state;
	for (unsigned above = 0; above < 2; above++) {
		struct sheet sheet = sheet_new(OK "Transfer-Encoding: chunked\r\n");

		put_long_field(&sheet, 200000);
		put(&sheet, "\r\n2\r\nhi\r\n0\r\n");
		put_long_field(&sheet, HEAD_MAX_BYTES + above - sheet.len + framing - 2);
		put(&sheet, "\r\n");
		check_limit(sheet, above, "hdE");
	}
}

static void a_head_has_1000_fields_and_no_more(void **state)
{
	(void)state;
	for (unsigned above = 0; above < 2; above++) {
		struct sheet sheet = sheet_new(OK "Content-Length: 2\r\n");

		put_fields(&sheet, HEAD_MAX_FIELDS - 1 + above);
		put(&sheet, "\r\nhi");
		check_limit(sheet, above, "E");
	}
}

static void all_sections_share_1000_fields(void **state)
{
	(void)state;
	for (unsigned above = 0; above < 2; above++) {
		struct sheet sheet = sheet_new("HTTP/1.1 103 Early Hints\r\n");

		put_fields(&sheet, 300);
		put(&sheet, "\r\n" OK "Transfer-Encoding: chunked\r\n");
		put_fields(&sheet, 300);
		put(&sheet, "\r\n2\r\nhi\r\n0\r\n");
		put_fields(&sheet, HEAD_MAX_FIELDS - 601 + above);
		put(&sheet, "\r\n");
		check_limit(sheet, above, "hdE");
	}
}

static void there_may_be_32_interim_responses_and_no_more(void **state)
{
	(void)state;
	for (unsigned above = 0; above < 2; above++) {
		struct sheet sheet = sheet_new("");

		for (unsigned i = 0; i < MAX_INTERIM + above; i++)
			put(&sheet, i % 2 ? "HTTP/1.1 100 Continue\r\n\r\n"
					  : "HTTP/1.1 199 Odd\r\n\r\n");
		put(&sheet, OK "Content-Length: 2\r\n\r\nhi");
		check_limit(sheet, above, "E");
	}
}

static void the_line_of_a_chunk_has_4_kib_and_no_more(void **state)
{
	(void)state;
	for (unsigned above = 0; above < 2; above++) {
		struct sheet sheet = sheet_new(CHUNKED "2;");

		put_filling(&sheet, CHUNK_MAX_LINE - 2 + above);
		put(&sheet, "\r\nhi\r\n0\r\n\r\n");
		check_limit(sheet, above, "hE");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(a_head_that_could_be_read_in_two_ways_is_refused),
		CLIENT_TEST(a_body_whose_framing_breaks_is_never_complete),
		CLIENT_TEST(hostile_bytes_that_come_one_by_one_change_nothing),
		CLIENT_TEST(bytes_behind_the_end_are_nobodys),
		CLIENT_TEST(a_status_without_body_has_none_whatever_follows),
		CLIENT_TEST(what_is_odd_but_clear_keeps_the_connection),
		CLIENT_TEST(a_response_closed_at_any_byte_is_never_complete),
		CLIENT_TEST(the_largest_sizes_are_sizes),
		CLIENT_TEST(a_head_has_256_kib_and_no_more),
		CLIENT_TEST(all_1xx_and_the_head_share_256_kib),
		CLIENT_TEST(the_head_and_trailers_share_256_kib),
		CLIENT_TEST(a_head_has_1000_fields_and_no_more),
		CLIENT_TEST(all_sections_share_1000_fields),
		CLIENT_TEST(there_may_be_32_interim_responses_and_no_more),
		CLIENT_TEST(the_line_of_a_chunk_has_4_kib_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
