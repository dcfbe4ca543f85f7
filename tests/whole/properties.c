/* SPDX-License-Identifier: MIT */
/* Which value of a property counts, where the program changes it while a request runs. */
#include "lib/test.h"

#include <pthread.h>
#include <stdatomic.h>

#include "lib/answerer.h"
#include "lib/client.h"
#include "lib/origin.h"

#define REQUESTS 200

static void set(struct client *client, XHR_PROPERTY property, ULONGLONG value)
{
	if (IXMLHTTPRequest3_SetProperty(client->xhr, property, value) != S_OK)
		client_complain(client, "property %d is refused", (int)property);
}

static HRESULT wish_otherwise(struct client *client)
{
	set(client, XHR_PROP_REPORT_REDIRECT_STATUS, TRUE);
	set(client, XHR_PROP_NO_DEFAULT_HEADERS, TRUE);
	set(client, XHR_PROP_MAX_CONNECTIONS, 1);
	if (ixhr2_follow_redirects((IUnknown *)client->xhr, FALSE) != S_OK)
		client_complain(client, "redirects are to be followed");
	return S_OK;
}

static void a_request_does_what_its_send_has_found(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_HEAD("GET /a HTTP/1.1", "Accept: */*"),
		       ORIGIN_ANSWER("302 Found\r\nLocation: /b", ""),
		       ORIGIN_EXPECT_HEAD("GET /b HTTP/1.1", "Accept: */*"),
		       ORIGIN_ANSWER("302 Found\r\nLocation: /c", ""),
		       ORIGIN_EXPECT_HEAD("GET /c HTTP/1.1", "Accept: */*"),
		       ORIGIN_ANSWER("200 OK", "hello"),
		       ORIGIN_EXPECT_HEAD("GET /a HTTP/1.1", "!Accept"),
		       ORIGIN_ANSWER("302 Found\r\nLocation: /b", "moved"));
	struct client *client = client_new();

	(void)state;
	client->on[CLIENT_REDIRECT] = wish_otherwise;
	client_open(client, "GET", origin_url(origin, "/a"));
	client_send(client);
	client_wait(client);
	client_expect(client, 200, "hello");
	assert_string_equal(client->order, "rrhdR");
	client_open(client, "GET", origin_url(origin, "/a"));
	client_send(client);
	client_wait(client);
	client_expect(client, 302, "hellomoved");
	assert_string_equal(client->order, "rrhdRhdR");
	client_end(client);
	origin_end(origin);
}

static HRESULT hear_less_and_more(struct client *client)
{
	set(client, XHR_PROP_ONDATA_THRESHOLD, XHR_PROP_ONDATA_NEVER);
	set(client, XHR_PROP_EXTENDED_ERROR, TRUE);
	return S_OK;
}

static void what_callbacks_depend_on_is_read_when_they_come(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_ANY_HEAD(),
		       ORIGIN_SEND("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"),
		       ORIGIN_CLOSE());
	struct client *client = client_new();

	(void)state;
	client->on[CLIENT_HEADERS] = hear_less_and_more;
	client_open(client, "GET", origin_url(origin, "/"));
	client_send(client);
	client_wait(client);
	client_expect_error(client, HRESULT_FROM_WIN32(12030));
	assert_string_equal(client->order, "hE");
	client_end(client);
	origin_end(origin);
}

struct changer {
	struct client *client; /* whose object's properties change */
	atomic_bool is_over;   /* no more of them */
};

static void *change(void *owner)
{
	struct changer *changer = owner;

	for (ULONGLONG value = 0; !changer->is_over; value = !value) {
		for (int property = 0; property <= XHR_PROP_MAX_CONNECTIONS; property++)
			if (property != XHR_PROP_REPORT_REDIRECT_STATUS &&
			    property != XHR_PROP_TIMEOUT)
				set(changer->client, (XHR_PROPERTY)property, value);
		set(changer->client, XHR_PROP_TIMEOUT, value ? 0 : UINT32_MAX);
	}
	return NULL;
}

static void they_may_change_on_another_thread_at_any_time(void **state)
{
	struct answerer *answerer = answerer_start(NULL, NULL);
	struct changer changer = {.client = client_new()};
	char url[ANSWERER_URL_BYTES];
	pthread_t thread;

	(void)state;
	answerer_url(answerer, "/a", url);
	assert_int_equal(pthread_create(&thread, NULL, change, &changer), 0);
	for (int i = 0; i < REQUESTS; i++) {
		client_open(changer.client, "GET", url);
		client_send(changer.client);
		client_wait(changer.client);
		client_expect(changer.client, 200, NULL);
	}
	changer.is_over = true;
	pthread_join(thread, NULL);
	client_end(changer.client);
	answerer_end(answerer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(a_request_does_what_its_send_has_found),
		CLIENT_TEST(what_callbacks_depend_on_is_read_when_they_come),
		CLIENT_TEST(they_may_change_on_another_thread_at_any_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
