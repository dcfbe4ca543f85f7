/* SPDX-License-Identifier: MIT */
/* What ixhr2_get_info and ixhr2_error_text tell of a request. */
#include "lib/test.h"

#include <stdio.h>
#include <string.h>

#include "lib/client.h"
#include "lib/origin.h"
#include "lib/tape.h"

static struct ixhr2_info get_info(struct client *client)
{
	struct ixhr2_info info = {.cb = sizeof(info)};

	assert_int_equal(ixhr2_get_info((IUnknown *)client->xhr, &info), S_OK);
	return info;
}

static void an_exchange_is_told_in_numbers(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_EXPECT_BODY("hello"),
		       ORIGIN_ANSWER("200 OK", "four"), ORIGIN_EXPECT_ANY_HEAD(),
		       ORIGIN_ANSWER("307 Temporary Redirect\r\nLocation: /c#f", ""),
		       ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER("200 OK", ""));
	struct client *client = client_new();
	struct tape *tape = tape_new("hello", 0);
	struct ixhr2_info info;

	(void)state;
	tape_be_body(tape, client);
	client_open(client, "POST", origin_url(origin, "/a?b#c"));
	client_send(client);
	client_wait(client);
	client_expect(client, 200, "four");
	info = get_info(client);
	assert_int_equal(info.http_version, 11);
	assert_false(info.is_reused);
	assert_int_equal(info.redirects, 0);
	assert_string_equal(info.url, origin_url(origin, "/a?b"));
	assert_string_equal(info.peer, origin_authority(origin));
	assert_int_equal(info.sent_bytes, 5);
	assert_int_equal(info.received_bytes, 4);
	assert_int_equal(info.error, S_OK);
	assert_null(info.error_name);
	assert_true(info.secured_us == IXHR2_NO_TIME);
	assert_true(info.connected_us >= 0);
	assert_true(info.sent_us >= info.connected_us);
	assert_true(info.first_byte_us >= info.sent_us);
	assert_true(info.done_us >= info.first_byte_us);
	assert_non_null(info.request_head);
	assert_int_equal(strncmp(info.request_head, "POST /a?b HTTP/1.1\r\n", 20), 0);
	ixhr2_info_free(&info);
	assert_null(info.url);

	client->body = NULL;
	client_open(client, "GET", origin_url(origin, "/b"));
	client_send(client);
	client_wait(client);
	info = get_info(client);
	assert_true(info.is_reused);
	assert_int_equal(info.redirects, 1);
	assert_string_equal(info.url, origin_url(origin, "/c"));
	assert_int_equal(info.received_bytes, 0);
	ixhr2_info_free(&info);
	client_end(client);
	origin_join(origin);
	origin_stop(origin);
	tape_end(tape);
}

static void the_head_is_told_as_it_was_sent(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER("200 OK", "x"));
	struct client *client = client_get(origin_url(origin, "/"));
	struct ixhr2_info info = get_info(client);

	(void)state;
	origin_join(origin);
	assert_string_equal(info.request_head, origin_head(origin, 0));
	ixhr2_info_free(&info);
	client_end(client);
	origin_stop(origin);
}

static void no_head_is_told_where_none_was_sent(void **state)
{
	struct origin *origin = ORIGIN(
		ORIGIN_EXPECT_ANY_HEAD(),
		ORIGIN_ANSWER("302 Found\r\nLocation: https://{self}/", ""),
		ORIGIN_NEXT_CONNECTION(), ORIGIN_SEND("no TLS, this"), ORIGIN_DRAIN());
	struct client *client = client_new();
	struct ixhr2_info info;

	(void)state;
	client_open(client, "GET", origin_url(origin, "/"));
	info = get_info(client);
	assert_null(info.request_head);
	ixhr2_info_free(&info);
	client_send(client);
	client_wait(client);
	client_expect_error(client, INET_E_SECURITY_PROBLEM);
	info = get_info(client);
	assert_null(info.request_head);
	ixhr2_info_free(&info);
	client_end(client);
	origin_end(origin);
}

static void a_failure_is_told_by_both_codes_and_its_name(void **state)
{
	char url[64], *text = NULL;
	struct client *client;
	struct ixhr2_info info;

	(void)state;
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/", origin_refusing_port());
	client = client_get(url);
	client_expect_error(client, INET_E_CANNOT_CONNECT);
	info = get_info(client);
	assert_int_equal(info.error, INET_E_CANNOT_CONNECT);
	assert_int_equal(info.error_extended,
			 HRESULT_FROM_WIN32(ERROR_INTERNET_CANNOT_CONNECT));
	assert_string_equal(info.error_name, "INET_E_CANNOT_CONNECT");
	assert_int_equal(info.http_version, 0);
	assert_true(info.first_byte_us == IXHR2_NO_TIME);
	ixhr2_info_free(&info);
	assert_int_equal(ixhr2_error_text((IUnknown *)client->xhr, &text), S_OK);
	assert_non_null(strstr(text, "127.0.0.1"));
	CoTaskMemFree(text);
	client_end(client);
}

static void without_a_request_or_a_failure_there_is_little_to_tell(void **state)
{
	struct client *client = client_new();
	struct ixhr2_info info = {.cb = sizeof(info)};
	struct ixhr2_info wrong = {.cb = 1};
	char *text = (char *)1;

	(void)state;
	assert_int_equal(ixhr2_get_info((IUnknown *)client->xhr, &info), S_OK);
	assert_null(info.url);
	assert_null(info.peer);
	assert_true(info.done_us == IXHR2_NO_TIME);
	ixhr2_info_free(&info);
	assert_int_equal(ixhr2_get_info((IUnknown *)client->xhr, &wrong), E_INVALIDARG);
	assert_int_equal(ixhr2_get_info((IUnknown *)client->xhr, NULL), E_INVALIDARG);
	assert_int_equal(ixhr2_get_info(NULL, &info), E_INVALIDARG);
	assert_int_equal(ixhr2_error_text((IUnknown *)client->xhr, &text), S_FALSE);
	assert_null(text);
	assert_int_equal(ixhr2_error_text(NULL, &text), E_INVALIDARG);
	client_end(client);
}

static HRESULT ask_inside(struct client *client)
{
	struct ixhr2_info info = {.cb = sizeof(info)};
	char *text = NULL;

	if (ixhr2_get_info((IUnknown *)client->xhr, &info) != S_OK || !info.peer)
		client_complain(client, "no information inside a callback");
	ixhr2_info_free(&info);
	if (FAILED(ixhr2_error_text((IUnknown *)client->xhr, &text)))
		client_complain(client, "no error text inside a callback");
	CoTaskMemFree(text);
	return S_OK;
}

static void all_of_it_can_be_asked_in_callbacks(void **state)
{
	struct origin *origin = ORIGIN(
		ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER("302 Found\r\nLocation: /b", ""),
		ORIGIN_EXPECT_ANY_HEAD(),
		ORIGIN_SEND("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"),
		ORIGIN_SLEEP(10), ORIGIN_CLOSE());
	struct client *client = client_new();

	(void)state;
	for (int event = CLIENT_REDIRECT; event <= CLIENT_ERROR; event++)
		client->on[event] = ask_inside;
	client_open(client, "GET", origin_url(origin, "/"));
	client_send(client);
	client_fail(client, INET_E_DOWNLOAD_FAILURE);
	origin_end(origin);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(an_exchange_is_told_in_numbers),
		CLIENT_TEST(the_head_is_told_as_it_was_sent),
		CLIENT_TEST(no_head_is_told_where_none_was_sent),
		CLIENT_TEST(a_failure_is_told_by_both_codes_and_its_name),
		CLIENT_TEST(without_a_request_or_a_failure_there_is_little_to_tell),
		CLIENT_TEST(all_of_it_can_be_asked_in_callbacks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
