/* SPDX-License-Identifier: MIT */
/* Contract section 9: sources with either width of WCHAR in one program, and every way
 * in which characters can come. */
#include "lib/test.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "lib/answerer.h"
#include "lib/client.h"
#include "lib/origin.h"
#include "lib/wide16.h"

/* ä, €, and a character above U+FFFF, in UTF-8. */
#define TEXT_8 "\xC3\xA4\xE2\x82\xAC\xF0\x9D\x84\x9E"

#define ANSWER_WIDE                                                                      \
	ORIGIN_SEND("HTTP/1.1 200 " TEXT_8 "\r\nContent-Length: 4\r\nX-Wide: " TEXT_8    \
		    "\r\n\r\nbody")

static void to_16(const char *text, char16_t *out)
{
	while ((*out++ = (unsigned char)*text++) != 0)
		;
}

static void assert_16(const char16_t *actual, const char16_t *expected)
{
	size_t n = 0;

	for (; expected[n]; n++)
		assert_int_equal(actual[n], expected[n]);
	assert_int_equal(actual[n], 0);
}

static void both_widths_say_the_same(void **state)
{
	struct origin *origin = ORIGIN(
		ORIGIN_EXPECT_HEAD("GET /a HTTP/1.1", "X-Wide: " TEXT_8), ANSWER_WIDE,
		ORIGIN_EXPECT_HEAD("GET /a HTTP/1.1", "X-Wide: " TEXT_8), ANSWER_WIDE);
	struct client *client = client_new();
	struct wide16_result result;
	char16_t url[128];

	(void)state;
	assert_int_equal(sizeof(WCHAR), 4);
	assert_int_equal(wide16_unit(), 2);
	to_16(origin_url(origin, "/a"), url);
	assert_int_equal(wide16_get(url, u"ä€𝄞", &result), S_OK);
	assert_true(result.is_over);
	assert_int_equal(result.error, S_OK);
	assert_int_equal(result.status, 200);
	assert_16(result.reason, u"ä€𝄞");
	assert_16(result.field, u"ä€𝄞");
	assert_string_equal(result.body, "body");

	client_open(client, "GET", origin_url(origin, "/a"));
	client_header(client, "X-Wide", TEXT_8);
	client_send(client);
	client_wait(client);
	client_expect(client, 200, "body");
	assert_string_equal(client->reason, TEXT_8);
	assert_string_equal(client_response_header(client, "X-Wide"), TEXT_8);
	client_end(client);
	origin_end(origin);
}

static void urls_of_redirects_have_the_width_of_their_object(void **state)
{
	struct origin *origin = ORIGIN(
		ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER("302 Found\r\nLocation: /b", ""),
		ORIGIN_EXPECT_HEAD("GET /b HTTP/1.1"), ORIGIN_ANSWER("200 OK", "x"));
	struct wide16_result result;
	char16_t url[128], expected[128];

	(void)state;
	to_16(origin_url(origin, "/a"), url);
	to_16(origin_url(origin, "/b"), expected);
	assert_int_equal(wide16_get(url, u"x", &result), S_OK);
	assert_int_equal(result.status, 200);
	assert_16(result.redirect, expected);
	origin_end(origin);
}

static void bytes_that_are_not_utf_8_become_one_character_each(void **state)
{
	struct origin *origin = ORIGIN(
		ORIGIN_EXPECT_ANY_HEAD(),
		ORIGIN_SEND("HTTP/1.1 200 \xFC\r\nContent-Length: 0\r\nX-Wide: a\xE4\xFF"
			    "b\r\n\r\n"));
	struct wide16_result result;
	char16_t url[128];

	(void)state;
	to_16(origin_url(origin, "/"), url);
	assert_int_equal(wide16_get(url, u"x", &result), S_OK);
	assert_16(result.reason, u"ü");
	assert_16(result.field, u"aäÿb");
	origin_end(origin);
}

static void half_a_pair_is_refused_in_either_width(void **state)
{
	static const char16_t lone[] = {'a', 0xD834, 'b', 0};
	static const WCHAR lone_4[] = {'a', 0xDD1E, 0};
	static const WCHAR too_large[] = {0x110000, 0};
	struct wide16_result result;
	struct client *client = client_new();

	(void)state;
	assert_int_equal(wide16_get(u"http://127.0.0.1:1/", lone, &result), E_INVALIDARG);
	client_open(client, "GET", "http://127.0.0.1:1/");
	assert_int_equal(
		IXMLHTTPRequest3_SetRequestHeader(client->xhr, L"X-Wide", lone_4),
		E_INVALIDARG);
	assert_int_equal(
		IXMLHTTPRequest3_SetRequestHeader(client->xhr, L"X-Wide", too_large),
		E_INVALIDARG);
	client_end(client);
}

struct units_case {
	const char *name;     /* of the case */
	WCHAR units[8];	      /* given to SetRequestHeader */
	const char *expected; /* as ORIGIN_EXPECT_HEAD has it */
};

static void four_byte_units_hold_what_they_hold(void **state)
{
	static const struct units_case cases[] = {
		{"UTF-32", {0xE4, 0x20AC, 0x1D11E, 0}, "X-Wide: " TEXT_8},
		{"a surrogate pair",
		 {0xE4, 0x20AC, 0xD834, 0xDD1E, 0},
		 "X-Wide: " TEXT_8},
		{"octets that are UTF-8",
		 {(WCHAR)0xFFFFFFC3, (WCHAR)0xFFFFFFA4, 0},
		 "X-Wide: \xC3\xA4"},
		{"octets that are not",
		 {(WCHAR)0xFFFFFFE4, 'a', 0},
		 "X-Wide: \xC3\xA4"
		 "a"},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct origin *origin =
			ORIGIN(ORIGIN_EXPECT_HEAD("GET / HTTP/1.1", cases[i].expected),
			       ORIGIN_ANSWER("200 OK", "x"));
		struct client *client = client_new();

		print_message("  %s\n", cases[i].name);
		client_open(client, "GET", origin_url(origin, "/"));
		assert_int_equal(IXMLHTTPRequest3_SetRequestHeader(client->xhr, L"X-Wide",
								   cases[i].units),
				 S_OK);
		client_send(client);
		client_finish(client, 200, "x");
		origin_end(origin);
	}
}

static void *get_16(void *url)
{
	struct wide16_result result;

	for (int i = 0; i < 50; i++)
		if (wide16_get(url, u"x", &result) != S_OK || result.status != 200)
			return "failed";
	return NULL;
}

static void both_widths_run_at_the_same_time(void **state)
{
	struct answerer *answerer = answerer_start(NULL, NULL);
	char url[ANSWERER_URL_BYTES];
	char16_t url_16[ANSWERER_URL_BYTES];
	pthread_t thread;
	void *failure;

	(void)state;
	to_16(answerer_url(answerer, "/x", url), url_16);
	pthread_create(&thread, NULL, get_16, url_16);
	for (int i = 0; i < 50; i++)
		client_finish(client_start("GET", url), 200, "/x");
	pthread_join(thread, &failure);
	assert_null(failure);
	answerer_end(answerer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(both_widths_say_the_same),
		CLIENT_TEST(urls_of_redirects_have_the_width_of_their_object),
		CLIENT_TEST(bytes_that_are_not_utf_8_become_one_character_each),
		CLIENT_TEST(half_a_pair_is_refused_in_either_width),
		CLIENT_TEST(four_byte_units_hold_what_they_hold),
		CLIENT_TEST(both_widths_run_at_the_same_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
