/* SPDX-License-Identifier: MIT */
/*
 * http: URLs through a proxy: what it is told, how it may demand a login, and what a
 * program sees. Names such as origin.test are known to the proxy alone.
 */
#include "lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/answerer.h"
#include "lib/http_proxy.h"
#include "lib/pki.h"
#include "lib/tape.h"
#include "whole/proxy.h"

/* The proxy of a test with an origin that answers with its path. */
struct setting {
	struct answerer *origin;	   /* origin.test and origin.test:8080 */
	struct warden warden;		   /* of the proxy; admits all without a user */
	struct http_proxy_options options; /* of the proxy */
	struct http_proxy *proxy;	   /* set by begin */
};

static void begin(struct setting *setting)
{
	unsigned port;

	setting->origin = answerer_start(NULL, NULL);
	port = answerer_port(setting->origin);
	setting->options.targets[0] = (struct http_proxy_target){"origin.test:80", port};
	setting->options.targets[1] =
		(struct http_proxy_target){"origin.test:8080", port};
	setting->options.targets[2] = (struct http_proxy_target){"other.test:80", port};
	if (setting->warden.user)
		setting->options.warden = &setting->warden;
	setting->proxy = http_proxy_start(&setting->options);
}

/* begin, and all requests go through it. */
static void begin_leading(struct setting *setting)
{
	begin(setting);
	http_proxy_lead(setting->proxy);
}

static void finish(struct setting *setting)
{
	http_proxy_end(setting->proxy);
	answerer_end(setting->origin);
}

static const struct logins good_login = {.proxy_user = "ann", .proxy_password = "secret"};
static const struct logins bad_login = {.proxy_user = "ann", .proxy_password = "wrong"};

/* "ann:secret" in base64. */
#define ANN "YW5uOnNlY3JldA=="

/* ---- what the proxy is told ---- */

static void a_proxy_gets_the_whole_url(void **state)
{
	struct setting setting = {0};
	struct client *client;

	(void)state;
	begin_leading(&setting);
	client = client_get("http://user:pass@origin.test/a?b=c#d");
	client_expect(client, 200, "/a?b=c");
	assert_string_equal(client->order, "hdR");
	proxy_expect_head(setting.proxy, 0, "GET http://origin.test/a?b=c HTTP/1.1\r\n",
			  "\r\nHost: origin.test\r\n");
	proxy_expect_none(setting.proxy, 0, "Proxy-");
	proxy_expect_none(setting.proxy, 0, "Authorization");
	client_end(client);
	client_finish(client_get("http://origin.test:8080"), 200, "/");
	proxy_expect_head(setting.proxy, 1, "GET http://origin.test:8080/ HTTP/1.1\r\n",
			  "\r\nHost: origin.test:8080\r\n");
	finish(&setting);
}

static void a_host_of_the_program_does_not_change_the_url(void **state)
{
	struct setting setting = {0};
	struct client *client = client_new();

	(void)state;
	begin_leading(&setting);
	client_open(client, "GET", "http://origin.test/a");
	client_header(client, "Host", "another.test");
	client_header(client, "Proxy-Connection", "keep-alive");
	client_send(client);
	client_finish(client, 200, "/a");
	proxy_expect_head(setting.proxy, 0, "GET http://origin.test/a HTTP/1.1\r\n",
			  "\r\nHost: another.test\r\n");
	proxy_expect_none(setting.proxy, 0, "Proxy-Connection");
	finish(&setting);
}

static void bodies_go_through_a_proxy(void **state)
{
	struct origin *origin = ORIGIN(
		ORIGIN_EXPECT_HEAD("POST /up HTTP/1.1", "Content-Length: 5"),
		ORIGIN_EXPECT_BODY("hello"), ORIGIN_ANSWER("200 OK", "one"),
		ORIGIN_NEXT_CONNECTION(),
		ORIGIN_EXPECT_HEAD("PUT /up HTTP/1.1", "!Content-Length"),
		ORIGIN_EXPECT_CHUNKED_PATTERN(300000), ORIGIN_ANSWER("200 OK", "two"));
	struct http_proxy *proxy = http_proxy_start(&(struct http_proxy_options){
		.targets = {{"origin.test:80", proxy_port_of(origin)}}});
	struct tape *text = tape_new("hello", 0), *pattern = tape_new(NULL, 300000);
	struct client *client = client_new();

	(void)state;
	http_proxy_lead(proxy);
	tape_be_body(text, client);
	client_open(client, "POST", "http://origin.test/up");
	client_send(client);
	client_finish(client, 200, "one");
	client = client_new();
	tape_be_body(pattern, client);
	client->body_length = IXHR2_LENGTH_UNKNOWN;
	client_open(client, "PUT", "http://origin.test/up");
	client_send(client);
	client_finish(client, 200, "two");
	assert_int_equal(http_proxy_count(proxy).connections, 1);
	tape_end(text);
	tape_end(pattern);
	http_proxy_end(proxy);
	origin_end(origin);
}

static void a_connection_to_a_proxy_is_kept(void **state)
{
	struct setting setting = {0};
	struct ixhr2_info info;
	struct client *client;

	(void)state;
	begin_leading(&setting);
	client_finish(client_get("http://origin.test/a"), 200, "/a");
	client = client_get("http://origin.test/b");
	info = proxy_info(client);
	assert_true(info.is_reused);
	assert_string_equal(info.proxy, http_proxy_url(setting.proxy, NULL));
	assert_string_equal(info.url, "http://origin.test/b");
	assert_non_null(strstr(info.request_head, "GET http://origin.test/b HTTP/1.1"));
	assert_int_equal(info.proxy_status, 0);
	assert_false(info.is_proxy_fault);
	ixhr2_info_free(&info);
	client_finish(client, 200, "/b");
	assert_int_equal(http_proxy_count(setting.proxy).connections, 1);
	finish(&setting);
}

static void a_refusal_of_the_proxy_is_the_response(void **state)
{
	struct setting setting = {0};

	(void)state;
	begin_leading(&setting);
	client_finish(client_get("http://unknown.test/"), 502, "none");
	finish(&setting);
}

/* ---- logins ---- */

/* One way in which a proxy demands its login. */
struct demand {
	const char *name;      /* of the case */
	struct warden warden;  /* without user and password */
	const char *url_login; /* of the proxy's URL, or NULL */
	struct logins logins;  /* of Open */
	bool closes;	       /* as in the options of the proxy, as are these */
	bool hangs_up;	       /* the same */
	unsigned drip_ms;      /* refusal_drip_ms */
	DWORD status;	       /* of the response */
	unsigned heads;	       /* that come to the proxy */
	unsigned connections;  /* that are made */
};

#define BASIC                                                                            \
	{                                                                                \
		.has_basic = true                                                        \
	}
#define DIGEST                                                                           \
	{                                                                                \
		.has_digest = true                                                       \
	}
#define BOTH                                                                             \
	{                                                                                \
		.has_basic = true, .has_digest = true                                    \
	}
#define GOOD                                                                             \
	{                                                                                \
		.proxy_user = "ann", .proxy_password = "secret"                          \
	}
#define BAD                                                                              \
	{                                                                                \
		.proxy_user = "ann", .proxy_password = "wrong"                           \
	}

static const struct demand demands[] = {
	{"Basic", BASIC, .logins = GOOD, .status = 200, .heads = 2, .connections = 1},
	{"Digest", DIGEST, .logins = GOOD, .status = 200, .heads = 2, .connections = 1},
	{"Digest by SHA-256",
	 {.has_digest = true, .algorithm = "SHA-256"},
	 .logins = GOOD,
	 .status = 200,
	 .heads = 2,
	 .connections = 1},
	{"Digest by SHA-512-256",
	 {.has_digest = true, .algorithm = "SHA-512-256"},
	 .logins = GOOD,
	 .status = 200,
	 .heads = 2,
	 .connections = 1},
	{"Digest before Basic", BOTH, .logins = GOOD, .status = 200, .heads = 2,
	 .connections = 1},
	{"a login in the proxy's URL", BASIC, "ann:secret", .status = 200, .heads = 2,
	 .connections = 1},
	{"a login in the proxy's URL, escaped", BASIC, "%61nn:s%65cret", .status = 200,
	 .heads = 2, .connections = 1},
	{"Open before the proxy's URL", BASIC, "bob:wrong", .logins = GOOD, .status = 200,
	 .heads = 2, .connections = 1},
	{"Open before the proxy's URL, wrong", BASIC, "ann:secret", .logins = BAD,
	 .status = 407, .heads = 2, .connections = 1},
	{"it closes and says so", DIGEST, .logins = GOOD, .closes = true, .status = 200,
	 .heads = 2, .connections = 2},
	{"its 407 comes in pieces", BASIC, .logins = GOOD, .drip_ms = 1, .status = 200,
	 .heads = 2, .connections = 1},
	{"wrong by Basic", BASIC, .logins = BAD, .status = 407, .heads = 2,
	 .connections = 1},
	{"wrong by Digest", DIGEST, .logins = BAD, .status = 407, .heads = 2,
	 .connections = 1},
	{"wrong by both", BOTH, .logins = BAD, .status = 407, .heads = 3,
	 .connections = 1},
	{"no login", BOTH, .status = 407, .heads = 1, .connections = 1},
	{"a login for the origin alone", BOTH,
	 .logins = {.user = "ann", .password = "secret"}, .status = 407, .heads = 1,
	 .connections = 1},
};

static void run_demand(const struct demand *demand)
{
	struct setting setting = {.warden = demand->warden,
				  .options = {.closes = demand->closes,
					      .hangs_up = demand->hangs_up,
					      .refusal_drip_ms = demand->drip_ms}};
	struct http_proxy_counts counts;
	struct client *client;

	print_message("  %s\n", demand->name);
	setting.warden.user = "ann";
	setting.warden.password = "secret";
	begin(&setting);
	http_proxy_lead_as(setting.proxy, demand->url_login);
	client = logins_start("GET", "http://origin.test/a", &demand->logins);
	client_wait(client);
	client_expect(client, demand->status,
		      demand->status == 200 ? "/a" : "who are you?");
	assert_string_equal(client->order, "hdR");
	client_end(client);
	counts = http_proxy_count(setting.proxy);
	assert_int_equal(counts.requests, demand->heads);
	assert_int_equal(counts.connections, demand->connections);
	proxy_expect_none(setting.proxy, 0, "Authorization");
	finish(&setting);
}

static void a_login_is_given_when_it_is_demanded(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(demands); i++) {
		run_demand(&demands[i]);
		client_after(state);
		client_before(state);
	}
}

static void a_proxy_may_hang_up_behind_a_407(void **state)
{
	struct setting setting = {
		.warden = {.user = "ann", .password = "secret", .has_basic = true},
		.options = {.hangs_up = true}};
	struct client *client;

	(void)state;
	begin_leading(&setting);
	client = logins_start("GET", "http://origin.test/a", &good_login);
	client_finish(client, 200, "/a");
	finish(&setting);
}

static void the_last_407_is_told_with_its_fields(void **state)
{
	struct setting setting = {
		.warden = {.user = "ann", .password = "secret", .has_basic = true}};
	struct client *client;

	(void)state;
	begin_leading(&setting);
	client = logins_start("GET", "http://origin.test/a", &bad_login);
	client_wait(client);
	client_expect(client, 407, "who are you?");
	assert_string_equal(client->reason, "Proxy Authentication Required");
	assert_string_equal(client_response_header(client, "Proxy-Authenticate"),
			    "Basic realm=\"warden\"");
	client_end(client);
	finish(&setting);
}

static void each_send_waits_for_its_own_challenge(void **state)
{
	struct setting setting = {
		.warden = {.user = "ann", .password = "secret", .has_basic = true}};

	(void)state;
	begin_leading(&setting);
	for (unsigned i = 0; i < 3; i++) {
		client_finish(logins_start("GET", "http://origin.test/a", &good_login),
			      200, "/a");
		proxy_expect_none(setting.proxy, i * 2, "Authorization");
		proxy_expect_head(setting.proxy, i * 2 + 1, "GET ",
				  "\r\nProxy-Authorization: Basic " ANN "\r\n");
	}
	assert_int_equal(http_proxy_count(setting.proxy).requests, 6);
	finish(&setting);
}

static void no_auth_leaves_a_407_as_it_is(void **state)
{
	static const struct {
		ULONGLONG value; /* XHR_PROP_NO_AUTH */
		DWORD status;	 /* of the response */
	} cases[] = {{XHR_AUTH_ALL, 200}, {XHR_AUTH_NONE, 407}, {XHR_AUTH_PROXY, 200}};
	struct setting setting = {
		.warden = {.user = "ann", .password = "secret", .has_basic = true}};

	(void)state;
	begin_leading(&setting);
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct client *client = client_new();

		logins_open(client, "GET", "http://origin.test/a", &good_login);
		client_property(client, XHR_PROP_NO_AUTH, cases[i].value);
		client_send(client);
		client_finish(client, cases[i].status, NULL);
	}
	finish(&setting);
}

static void head_is_answered_as_well(void **state)
{
	struct setting setting = {
		.warden = {.user = "ann", .password = "secret", .has_digest = true}};
	struct client *client;

	(void)state;
	begin_leading(&setting);
	client = logins_start("HEAD", "http://origin.test/abc", &good_login);
	client_wait(client);
	assert_string_equal(client_response_header(client, "Content-Length"), "4");
	client_finish(client, 200, "");
	assert_int_equal(http_proxy_count(setting.proxy).connections, 1);
	finish(&setting);
}

static void call_stale(void *owner, const struct http_proxy_request *request,
		       struct http_proxy_reply *reply)
{
	(void)owner;
	(void)request;
	reply->is_open = false;
	reply->raw = SPAN("HTTP/1.1 407 Again\r\n"
			  "Proxy-Authenticate: Digest realm=\"x\", nonce=\"y\", "
			  "qop=\"auth\", stale=true\r\nContent-Length: 4\r\n\r\nmore");
}

static void eight_answers_are_enough(void **state)
{
	struct setting setting = {.options = {.answer = call_stale}};

	(void)state;
	begin_leading(&setting);
	client_finish(logins_start("GET", "http://origin.test/", &good_login), 407,
		      "more");
	assert_int_equal(http_proxy_count(setting.proxy).requests, 9);
	client_fail(logins_start("GET", "https://origin.test/", &good_login),
		    INET_E_AUTHENTICATION_REQUIRED);
	assert_int_equal(http_proxy_count(setting.proxy).requests, 18);
	assert_int_equal(http_proxy_count(setting.proxy).connections, 2);
	finish(&setting);
}

/* ---- both sides want a login ---- */

static void proxy_and_origin_get_each_their_own(void **state)
{
	struct origin *origin = ORIGIN(
		ORIGIN_EXPECT_HEAD("GET /a HTTP/1.1", "!Authorization"),
		ORIGIN_ANSWER("401 Who\r\nWWW-Authenticate: Basic realm=\"o\"", "401"),
		ORIGIN_NEXT_CONNECTION(),
		ORIGIN_EXPECT_HEAD("GET /a HTTP/1.1", "Authorization: Basic Ym9iOm9wZW4=",
				   "!Proxy-Authorization"),
		ORIGIN_ANSWER("200 OK", "both"));
	struct warden warden = {.user = "ann", .password = "secret", .has_digest = true};
	struct http_proxy *proxy = http_proxy_start(&(struct http_proxy_options){
		.targets = {{"origin.test:80", proxy_port_of(origin)}},
		.warden = &warden});
	struct logins both = {"bob", "open", "ann", "secret"};

	(void)state;
	http_proxy_lead(proxy);
	client_finish(logins_start("GET", "http://origin.test/a", &both), 200, "both");
	assert_int_equal(warden.refused, 0);
	assert_int_equal(warden.admitted, 2);
	assert_int_equal(http_proxy_count(proxy).connections, 1);
	http_proxy_end(proxy);
	origin_end(origin);
}

/* ---- bodies are sent again ---- */

struct replay {
	const char *name;    /* of the case */
	bool is_sequential;  /* a plain ISequentialStream */
	HRESULT seek_result; /* of Seek */
	uint64_t bytes;	     /* of the body */
	uint64_t declared;   /* cbBody */
	DWORD status;	     /* of the response */
};

static const struct replay replays[] = {
	{"an IStream", false, S_OK, 300000, 300000, 200},
	{"an IStream of unknown length", false, S_OK, 300000, IXHR2_LENGTH_UNKNOWN, 200},
	{"a small ISequentialStream", true, S_OK, 60000, 60000, 200},
	{"a large ISequentialStream", true, S_OK, 300000, 300000, 407},
	{"an IStream that cannot seek, small", false, STG_E_INVALIDFUNCTION, 60000, 60000,
	 200},
	{"an IStream that cannot seek, large", false, STG_E_INVALIDFUNCTION, 300000,
	 300000, 407},
};

static void run_replay(const struct replay *c)
{
	struct warden warden = {.user = "ann", .password = "secret", .has_basic = true};
	struct http_proxy_options options = {.warden = &warden};
	struct tape *tape = tape_new(NULL, c->bytes);
	struct client *client = client_new();
	struct http_proxy *proxy;
	struct origin *origin = NULL;

	print_message("  %s\n", c->name);
	if (c->status == 200) {
		origin = c->declared == IXHR2_LENGTH_UNKNOWN
				 ? ORIGIN(ORIGIN_EXPECT_ANY_HEAD(),
					  ORIGIN_EXPECT_CHUNKED_PATTERN(c->bytes),
					  ORIGIN_ANSWER("200 OK", "x"))
				 : ORIGIN(ORIGIN_EXPECT_ANY_HEAD(),
					  ORIGIN_EXPECT_BODY_PATTERN(c->bytes),
					  ORIGIN_ANSWER("200 OK", "x"));
		options.targets[0] = (struct http_proxy_target){"origin.test:80",
								proxy_port_of(origin)};
	}
	proxy = http_proxy_start(&options);
	http_proxy_lead(proxy);
	tape->is_sequential = c->is_sequential;
	tape->seek_result = c->seek_result;
	tape_be_body(tape, client);
	client->body_length = c->declared;
	logins_open(client, "POST", "http://origin.test/", &good_login);
	client_send(client);
	client_finish(client, c->status, c->status == 200 ? "x" : "who are you?");
	tape_end(tape);
	http_proxy_end(proxy);
	if (origin)
		origin_end(origin);
}

static void a_body_is_sent_again_behind_a_407(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(replays); i++) {
		run_replay(&replays[i]);
		client_after(state);
		client_before(state);
	}
}

/* ---- connections are kept apart ---- */

static void proxy_logins_never_share_a_connection(void **state)
{
	static const struct {
		struct logins logins; /* of Open */
		unsigned connections; /* so far */
	} cases[] = {
		{{NULL, NULL, "ann", "secret"}, 1}, {{NULL, NULL, "ann", "secret"}, 1},
		{{NULL, NULL, "bob", "secret"}, 2}, {{NULL, NULL, "ann", "other"}, 3},
		{{NULL, NULL, NULL, NULL}, 4},	    {{NULL, NULL, "ann", "secret"}, 4},
	};
	struct setting setting = {0};

	(void)state;
	begin_leading(&setting);
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		client_finish(
			logins_start("GET", "http://origin.test/a", &cases[i].logins),
			200, "/a");
		assert_int_equal(http_proxy_count(setting.proxy).connections,
				 cases[i].connections);
	}
	finish(&setting);
}

/* ---- proxies that cannot be reached ---- */

static void a_proxy_without_an_address_is_at_fault(void **state)
{
	struct client *client;

	(void)state;
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_PROXY, "http://name.invalid:3128"),
			 S_OK);
	client = client_get("http://127.0.0.1:1/");
	client_expect_error(client, INET_E_RESOURCE_NOT_FOUND);
	proxy_expect_fault(client, TRUE, 0);
	proxy_expect_text(client, "name.invalid");
	client_end(client);
	client = client_new();
	client_property(client, XHR_PROP_EXTENDED_ERROR, TRUE);
	client_open(client, "GET", "https://127.0.0.1:1/");
	client_send(client);
	client_wait(client);
	client_expect_error(client, HRESULT_FROM_WIN32(ERROR_INTERNET_NAME_NOT_RESOLVED));
	proxy_expect_fault(client, TRUE, 0);
	client_end(client);
}

static void a_proxy_that_refuses_connections_is_at_fault(void **state)
{
	unsigned port = origin_refusing_port();
	struct client *client;
	char url[64], word[32];

	(void)state;
	snprintf(url, sizeof(url), "http://127.0.0.1:%u", port);
	snprintf(word, sizeof(word), "%u", port);
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_PROXY, url), S_OK);
	client = client_get("http://origin.test/");
	client_expect_error(client, INET_E_CANNOT_CONNECT);
	proxy_expect_fault(client, TRUE, 0);
	proxy_expect_text(client, word);
	client_end(client);
}

static void a_missing_origin_is_not_the_proxys_fault(void **state)
{
	struct client *client;

	(void)state;
	client = client_get("http://name.invalid/");
	client_expect_error(client, INET_E_RESOURCE_NOT_FOUND);
	proxy_expect_fault(client, FALSE, 0);
	client_end(client);
}

/* ---- proxies that speak TLS ---- */

static void a_proxy_may_speak_tls(void **state)
{
	struct setting setting = {
		.warden = {.user = "ann", .password = "secret", .has_digest = true},
		.options = {.certificate = "ip_san"}};
	struct client *client;

	(void)state;
	begin_leading(&setting);
	client = logins_start("GET", "http://origin.test/a", &good_login);
	client_wait(client);
	client_expect(client, 200, "/a");
	/* The certificate is not one of the server's. */
	assert_string_equal(client->order, "hdR");
	client_end(client);
	client_finish(logins_start("GET", "http://origin.test/b", &good_login), 200,
		      "/b");
	assert_int_equal(http_proxy_count(setting.proxy).connections, 1);
	finish(&setting);
}

static void a_proxys_certificate_must_be_good(void **state)
{
	struct setting setting = {.options = {.certificate = "good"}};

	(void)state;
	begin_leading(&setting);
	for (int ignores = 0; ignores < 2; ignores++) {
		struct client *client = client_new();

		/* What is forgiven is forgiven to the server alone. */
		client_property(client, XHR_PROP_IGNORE_CERT_ERRORS, (ULONGLONG)ignores);
		client_open(client, "GET", "http://origin.test/a");
		client_send(client);
		client_wait(client);
		client_expect_error(client, INET_E_INVALID_CERTIFICATE);
		assert_string_equal(client->order, "E");
		proxy_expect_fault(client, TRUE, 0);
		client_end(client);
	}
	assert_int_equal(http_proxy_count(setting.proxy).requests, 0);
	finish(&setting);
}

static void a_proxy_that_speaks_no_tls_is_at_fault(void **state)
{
	static const char *const urls[] = {"http://origin.test/", "https://origin.test/"};
	struct setting setting = {0};
	char url[64];

	(void)state;
	begin(&setting);
	snprintf(url, sizeof(url), "https%s", http_proxy_url(setting.proxy, NULL) + 4);
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_PROXY, url), S_OK);
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_TIMEOUT_MS, "200"), S_OK);
	for (size_t i = 0; i < TEST_COUNT(urls); i++) {
		struct client *client = client_get(urls[i]);

		/* It waits for the end of a line; there may be one in the random bytes of
		 * a ClientHello, and then it says something that is no TLS. */
		if (client->error != INET_E_SECURITY_PROBLEM)
			client_expect_error(client, INET_E_CONNECTION_TIMEOUT);
		proxy_expect_fault(client, TRUE, 0);
		proxy_expect_text(client, "proxy");
		client_end(client);
	}
	finish(&setting);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(a_proxy_gets_the_whole_url),
		CLIENT_TEST(a_host_of_the_program_does_not_change_the_url),
		CLIENT_TEST(bodies_go_through_a_proxy),
		CLIENT_TEST(a_connection_to_a_proxy_is_kept),
		CLIENT_TEST(a_refusal_of_the_proxy_is_the_response),
		CLIENT_TEST(a_login_is_given_when_it_is_demanded),
		CLIENT_TEST(a_proxy_may_hang_up_behind_a_407),
		CLIENT_TEST(the_last_407_is_told_with_its_fields),
		CLIENT_TEST(each_send_waits_for_its_own_challenge),
		CLIENT_TEST(no_auth_leaves_a_407_as_it_is),
		CLIENT_TEST(head_is_answered_as_well),
		CLIENT_TEST(eight_answers_are_enough),
		CLIENT_TEST(proxy_and_origin_get_each_their_own),
		CLIENT_TEST(a_body_is_sent_again_behind_a_407),
		CLIENT_TEST(proxy_logins_never_share_a_connection),
		CLIENT_TEST(a_proxy_without_an_address_is_at_fault),
		CLIENT_TEST(a_proxy_that_refuses_connections_is_at_fault),
		CLIENT_TEST(a_missing_origin_is_not_the_proxys_fault),
		CLIENT_TEST(a_proxy_may_speak_tls),
		CLIENT_TEST(a_proxys_certificate_must_be_good),
		CLIENT_TEST(a_proxy_that_speaks_no_tls_is_at_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
