/* SPDX-License-Identifier: MIT */
/*
 * What Open and the other calls refuse, with the exact HRESULT of contract sections 2, 4
 * and 8, and that a refusal changes nothing; and what becomes of arguments that are odd
 * but good.
 */
#include "lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "lib/client.h"
#include "lib/origin.h"
#include "lib/tape.h"

#define URL_MAX_BYTES (2u * 1024 * 1024)

struct open_case {
	const char *method; /* given to Open */
	const char *url;    /* given to Open */
	HRESULT result;	    /* of Open */
};

static const struct open_case opens[] = {
	{"", "http://a/", E_INVALIDARG},
	{" GET", "http://a/", E_INVALIDARG},
	{"GET ", "http://a/", E_INVALIDARG},
	{"GE T", "http://a/", E_INVALIDARG},
	{"GET\r\n", "http://a/", E_INVALIDARG},
	{"GET / HTTP/1.1\r\nA: b", "http://a/", E_INVALIDARG},
	{"G\xC3\x84T", "http://a/", E_INVALIDARG},
	{"G:T", "http://a/", E_INVALIDARG},
	{"G/T", "http://a/", E_INVALIDARG},
	{"CONNECT", "http://a/", E_ACCESSDENIED},
	{"connect", "http://a/", E_ACCESSDENIED},
	{"TRACE", "http://a/", E_ACCESSDENIED},
	{"Trace", "http://a/", E_ACCESSDENIED},
	{"TRACK", "http://a/", E_ACCESSDENIED},
	{"tracK", "http://a/", E_ACCESSDENIED},
	{"TRACER", "http://a/", S_OK},
	{"!#$%&'*+-.^_`|~9Az", "http://a/", S_OK},
	{"GET", "", INET_E_INVALID_URL},
	{"GET", "a", INET_E_INVALID_URL},
	{"GET", "/a", INET_E_INVALID_URL},
	{"GET", "//a/b", INET_E_INVALID_URL},
	{"GET", "?a", INET_E_INVALID_URL},
	{"GET", "#a", INET_E_INVALID_URL},
	{"GET", "a.example/b", INET_E_INVALID_URL},
	{"GET", "http:", INET_E_INVALID_URL},
	{"GET", "http://", INET_E_INVALID_URL},
	{"GET", "http:///", INET_E_INVALID_URL},
	{"GET", "http://:80/", INET_E_INVALID_URL},
	{"GET", "http://u:p@/", INET_E_INVALID_URL},
	{"GET", "http://a b/", INET_E_INVALID_URL},
	{"GET", "http://a%00b/", INET_E_INVALID_URL},
	{"GET", "http://a<b/", INET_E_INVALID_URL},
	{"GET", "http://a:65536/", INET_E_INVALID_URL},
	{"GET", "http://a:x/", INET_E_INVALID_URL},
	{"GET", "http://a:-1/", INET_E_INVALID_URL},
	{"GET", "http://[::1/", INET_E_INVALID_URL},
	{"GET", "http://[::g]/", INET_E_INVALID_URL},
	{"GET", "http://1.2.3.256/", INET_E_INVALID_URL},
	{"GET", "ftp://a/", INET_E_UNKNOWN_PROTOCOL},
	{"GET", "file:///a", INET_E_UNKNOWN_PROTOCOL},
	{"GET", "ws://a/", INET_E_UNKNOWN_PROTOCOL},
	{"GET", "about:blank", INET_E_UNKNOWN_PROTOCOL},
	{"GET", "mailto:a@b", INET_E_UNKNOWN_PROTOCOL},
	{"GET", "javascript:a", INET_E_UNKNOWN_PROTOCOL},
	{"GET", "httpx://a/", INET_E_UNKNOWN_PROTOCOL},
	{"GET", "C:\\a", INET_E_UNKNOWN_PROTOCOL},
	{"GET", "http:a", S_OK},
	{"GET", "http:/a", S_OK},
	{"GET", "http:\\\\a\\b", S_OK},
	{"GET", " \thttp://a/ \n", S_OK},
	{"GET", "ht\ntp://a/", S_OK},
	{"GET", "HTTPS://A", S_OK},
	{"GET", "http://[::1]:65535/", S_OK},
	{"GET", "http://0x7f.1/", S_OK},
};

static void open_takes_or_refuses_each_of_these(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(opens); i++) {
		struct client *client = client_new();
		HRESULT hr = client_try_open(client, opens[i].method, opens[i].url);

		if (hr != opens[i].result)
			fail_msg("Open(\"%s\", \"%s\"): 0x%08X", opens[i].method,
				 opens[i].url, (unsigned)hr);
		client_end(client);
	}
}

static void a_refused_open_leaves_the_one_before(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_HEAD("PUT /a HTTP/1.1", "X-A: b"),
		       ORIGIN_EXPECT_BODY("hello"), ORIGIN_ANSWER("200 OK", "x"));
	struct tape *tape = tape_new("hello", 0);
	struct client *client = client_new();

	(void)state;
	tape_be_body(tape, client);
	client_open(client, "PUT", origin_url(origin, "/a"));
	client_header(client, "X-A", "b");
	for (size_t i = 0; i < TEST_COUNT(opens); i++) {
		if (FAILED(opens[i].result))
			assert_int_equal(
				client_try_open(client, opens[i].method, opens[i].url),
				opens[i].result);
	}
	assert_int_equal(IXMLHTTPRequest3_Send(client->xhr, NULL, 5), E_INVALIDARG);
	assert_int_equal(IXMLHTTPRequest3_SetCustomResponseStream(client->xhr, NULL),
			 E_INVALIDARG);
	assert_int_equal(client_try_header(client, "X-A", "c\r\n"), E_INVALIDARG);
	assert_int_equal(client_try_header(client, "Upgrade", "d"), E_ACCESSDENIED);
	client_send(client);
	client_finish(client, 200, "x");
	tape_end(tape);
	origin_end(origin);
}

static void check_long_url(size_t bytes, HRESULT result)
{
	static const char begin[] = "http://a.example/";
	char *url = malloc(bytes + 1);
	struct client *client = client_new();

	assert_non_null(url);
	memset(url, 'x', bytes);
	memcpy(url, begin, sizeof(begin) - 1);
	url[bytes] = '\0';
	assert_int_equal(client_try_open(client, "GET", url), result);
	client_end(client);
	free(url);
}

static void a_url_has_2_mib_and_no_more(void **state)
{
	(void)state;
	check_long_url(URL_MAX_BYTES, S_OK);
	check_long_url(URL_MAX_BYTES + 1, INET_E_INVALID_URL);
}

static void a_long_url_is_sent_whole(void **state)
{
	static char path[60001];
	static char line[60100];
	struct origin *origin;
	struct origin_step head = ORIGIN_EXPECT_HEAD(line);

	(void)state;
	memset(path, 'x', sizeof(path) - 1);
	path[0] = '/';
	snprintf(line, sizeof(line), "GET %s HTTP/1.1", path);
	origin = ORIGIN(head, ORIGIN_ANSWER("200 OK", "x"));
	client_finish(client_start("GET", origin_url(origin, path)), 200, "x");
	origin_end(origin);
}

static void a_host_name_is_mapped_by_idna(void **state)
{
	struct origin *origin = ORIGIN(
		ORIGIN_EXPECT_HEAD("GET /a HTTP/1.1", "Host: xn--bcher-kva.example"),
		ORIGIN_ANSWER("200 OK", "x"));
	char rule[128];

	(void)state;
	snprintf(rule, sizeof(rule), "::%s", origin_authority(origin));
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_CONNECT_TO, rule), S_OK);
	client_finish(client_start("GET", "http://B\xC3\x9C"
					  "cher.EXAMPLE/a"),
		      200, "x");
	origin_end(origin);
}

/* ---- credentials ---- */

static HRESULT open_as(struct client *client, const WCHAR *url, const WCHAR *user,
		       const WCHAR *password)
{
	IXMLHTTPRequest3Callback *callback = &client->IXMLHTTPRequest3Callback_iface;

	return IXMLHTTPRequest3_Open(client->xhr, L"GET", url,
				     (IXMLHTTPRequest2Callback *)(void *)callback, user,
				     password, user, password);
}

static void check_credentials(const WCHAR *user, const WCHAR *password)
{
	struct origin *origin = ORIGIN(
		ORIGIN_EXPECT_HEAD("GET / HTTP/1.1", "!Authorization",
				   "!Proxy-Authorization"),
		ORIGIN_ANSWER("401 No\r\nWWW-Authenticate: Unheard-Of realm=\"a\"", "no"),
		ORIGIN_EXPECT_QUIET(20));
	struct client *client = client_new();
	WCHAR url[64];

	swprintf(url, TEST_COUNT(url), L"http://%s/", origin_authority(origin));
	client_open(client, "GET", origin_url(origin, "/"));
	assert_int_equal(open_as(client, url, user, password), S_OK);
	client_send(client);
	client_finish(client, 401, "no");
	origin_end(origin);
}

/* Nobody can answer that 401; it is the response. */
static void credentials_are_never_sent_unasked(void **state)
{
	(void)state;
	check_credentials(L"user", L"secret");
	check_credentials(L"", L"");
	check_credentials(NULL, NULL);
	check_credentials(L"user", NULL);
}

/* ---- https where no TLS is spoken ---- */

/* Closes when a byte has come, as a server of HTTP does that is spoken TLS to. */
#define NO_TLS ORIGIN_SEND("HTTP/1.1 400 Bad Request\r\n\r\n"), ORIGIN_DRAIN()

static void expect_no_tls(struct client *client, bool is_extended)
{
	char *text = NULL;

	client_expect_error(
		client,
		is_extended ? HRESULT_FROM_WIN32(ERROR_INTERNET_SECURITY_CHANNEL_ERROR)
			    : INET_E_SECURITY_PROBLEM);
	assert_int_equal(ixhr2_error_text((IUnknown *)client->xhr, &text), S_OK);
	assert_non_null(strstr(text, "wrong version number"));
	CoTaskMemFree(text);
	client_end(client);
}

static void https_to_a_server_without_tls_ends_in_an_error(void **state)
{
	(void)state;
	for (unsigned is_extended = 0; is_extended < 2; is_extended++) {
		struct origin *origin = ORIGIN(ORIGIN_NEXT_CONNECTION(), NO_TLS);
		struct client *client = client_new();
		char url[64];

		snprintf(url, sizeof(url), "https://%s/", origin_authority(origin));
		client_open(client, "GET", url);
		client_property(client, XHR_PROP_EXTENDED_ERROR, is_extended);
		client_send(client);
		client_wait(client);
		assert_string_equal(client->order, "E");
		expect_no_tls(client, is_extended);
		origin_end(origin);
	}
}

static void a_redirect_to_https_is_followed(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_ANY_HEAD(),
		       ORIGIN_ANSWER("302 Found\r\nLocation: https://{self}/b#c", ""),
		       ORIGIN_NEXT_CONNECTION(), NO_TLS);
	struct client *client = client_get(origin_url(origin, "/a"));
	char url[64];

	(void)state;
	snprintf(url, sizeof(url), "https://%s/b#c", origin_authority(origin));
	assert_string_equal(client->url, url);
	assert_string_equal(client->order, "rE");
	expect_no_tls(client, false);
	origin_end(origin);
}

/* ---- after the end ---- */

static void headers_outlive_an_error_in_the_body(void **state)
{
	struct origin *origin = ORIGIN(
		ORIGIN_EXPECT_ANY_HEAD(),
		ORIGIN_SEND(
			"HTTP/1.1 200 OK\r\nA:\r\nB: c\r\nContent-Length: 9\r\n\r\nx"),
		ORIGIN_CLOSE());
	struct client *client = client_get(origin_url(origin, "/"));
	WCHAR *text = (WCHAR *)1;

	(void)state;
	client_expect_error(client, INET_E_DOWNLOAD_FAILURE);
	assert_string_equal(client_response_header(client, "b"), "c");
	assert_int_equal(IXMLHTTPRequest3_GetResponseHeader(client->xhr, L"a", &text),
			 S_OK);
	assert_true(text && !*text);
	CoTaskMemFree(text);
	client_open(client, "GET", origin_url(origin, "/"));
	assert_int_equal(IXMLHTTPRequest3_GetAllResponseHeaders(client->xhr, &text),
			 E_UNEXPECTED);
	assert_null(text);
	client_end(client);
	origin_end(origin);
}

static void an_error_before_the_head_leaves_no_headers(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_ANY_HEAD(),
		       ORIGIN_SEND("HTTP/1.1 103 Hi\r\nA: b\r\n\r\n"), ORIGIN_CLOSE());
	struct client *client = client_get(origin_url(origin, "/"));
	WCHAR *text = (WCHAR *)1;

	(void)state;
	client_expect_error(client, INET_E_DOWNLOAD_FAILURE);
	assert_int_equal(IXMLHTTPRequest3_GetResponseHeader(client->xhr, L"a", &text),
			 E_UNEXPECTED);
	assert_null(text);
	client_end(client);
	origin_end(origin);
}

static void a_body_is_asked_for_in_pieces_of_128_kib(void **state)
{
	static const uint64_t bytes[] = {131071, 131072, 131073, 1000000};
	uint64_t most = 131072;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(bytes); i++) {
		struct origin *origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(),
					       ORIGIN_EXPECT_BODY_PATTERN(bytes[i]),
					       ORIGIN_ANSWER("200 OK", "x"));
		struct client *client = client_new();
		struct tape *tape = tape_new(NULL, bytes[i]);

		tape_be_body(tape, client);
		client_open(client, "PUT", origin_url(origin, "/"));
		client_send(client);
		client_finish(client, 200, "x");
		assert_int_equal(tape->most_asked, bytes[i] < most ? bytes[i] : most);
		assert_int_equal(tape->reads, (bytes[i] + most - 1) / most);
		tape_end(tape);
		origin_end(origin);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(open_takes_or_refuses_each_of_these),
		CLIENT_TEST(a_refused_open_leaves_the_one_before),
		CLIENT_TEST(a_url_has_2_mib_and_no_more),
		CLIENT_TEST(a_long_url_is_sent_whole),
		CLIENT_TEST(a_host_name_is_mapped_by_idna),
		CLIENT_TEST(credentials_are_never_sent_unasked),
		CLIENT_TEST(https_to_a_server_without_tls_ends_in_an_error),
		CLIENT_TEST(a_redirect_to_https_is_followed),
		CLIENT_TEST(headers_outlive_an_error_in_the_body),
		CLIENT_TEST(an_error_before_the_head_leaves_no_headers),
		CLIENT_TEST(a_body_is_asked_for_in_pieces_of_128_kib),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
