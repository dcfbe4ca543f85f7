/* SPDX-License-Identifier: MIT */
/*
 * https: URLs through a proxy: CONNECT, its answers good and bad, logins for it, and what
 * a program sees. good.test and second.test are known to the proxy alone.
 */
#include "lib/test.h"

#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/session.h"
#include "lib/http_proxy.h"
#include "lib/tls_origin.h"
#include "whole/proxy.h"

#define WIN32_WRONG_LOGIN HRESULT_FROM_WIN32(ERROR_INTERNET_INCORRECT_PASSWORD)

/* The proxy of a test with an origin. */
struct setting {
	struct tls_origin_options origin_options; /* of the origin */
	struct warden warden;			  /* admits all without a user */
	struct http_proxy_options options;	  /* of the proxy */
	struct tls_origin *origin;		  /* set by begin, as is proxy */
	struct http_proxy *proxy;		  /* leads to origin */
};

static void begin(struct setting *setting)
{
	static const char *const names[] = {"good.test:443", "good.test:8443",
					    "second.test:443"};
	unsigned port;

	setting->origin = tls_origin_start(&setting->origin_options);
	port = tls_origin_port(setting->origin);
	for (size_t i = 0; i < TEST_COUNT(names); i++)
		setting->options.targets[i] = (struct http_proxy_target){names[i], port};
	if (setting->warden.user)
		setting->options.warden = &setting->warden;
	setting->proxy = http_proxy_start(&setting->options);
	http_proxy_lead(setting->proxy);
}

static void finish(struct setting *setting)
{
	http_proxy_end(setting->proxy);
	tls_origin_end(setting->origin);
}

static const struct logins good_login = {.proxy_user = "ann", .proxy_password = "secret"};
static const struct logins bad_login = {.proxy_user = "ann", .proxy_password = "wrong"};

/* A request that fails with an error of each kind. */
static void expect_failure(const struct logins *logins, HRESULT error, HRESULT extended)
{
	for (int is_extended = 0; is_extended < 2; is_extended++) {
		struct client *client = client_new();

		client_property(client, XHR_PROP_EXTENDED_ERROR, (ULONGLONG)is_extended);
		logins_open(client, "GET", "https://good.test/a", logins);
		client_send(client);
		client_wait(client);
		client_expect_error(client, is_extended ? extended : error);
		assert_string_equal(client->order, "E");
		client_end(client);
	}
}

/* ---- what the proxy is told ---- */

static void a_tunnel_is_asked_for_by_name_and_port(void **state)
{
	struct setting setting = {0};
	struct client *client = client_new();
	struct ixhr2_info info;

	(void)state;
	begin(&setting);
	client_open(client, "GET", "https://good.test/a?b#c");
	client_header(client, "Cookie", "c=hidden");
	client_header(client, "X-A", "hidden");
	client_header(client, "User-Agent", "agent");
	client_send(client);
	client_wait(client);
	client_expect(client, 200, "/a?b");
	assert_string_equal(client->order, "chdR");
	shown_expect_leaf(&client->shown, "good");
	info = proxy_info(client);
	assert_int_equal(info.proxy_status, 200);
	assert_false(info.is_proxy_fault);
	assert_string_equal(info.proxy, http_proxy_url(setting.proxy, NULL));
	assert_true(info.secured_us >= info.connected_us);
	assert_non_null(strstr(info.request_head, "GET /a?b HTTP/1.1\r\n"));
	ixhr2_info_free(&info);
	client_end(client);
	proxy_expect_head(setting.proxy, 0, "CONNECT good.test:443 HTTP/1.1\r\n",
			  "\r\nHost: good.test:443\r\n");
	proxy_expect_none(setting.proxy, 0, "hidden");
	proxy_expect_none(setting.proxy, 0, "Accept");
	proxy_expect_none(setting.proxy, 0, "Authorization");
	proxy_expect_none(setting.proxy, 0, "Content-Length");
	finish(&setting);
}

static void every_kind_of_host_is_named_right(void **state)
{
	static const struct {
		const char *url;  /* requested */
		const char *line; /* of CONNECT, and Host */
	} cases[] = {
		{"https://good.test:8443/", "good.test:8443"},
		{"https://GOOD.test/", "good.test:443"},
		{"https://user:pass@good.test/", "good.test:443"},
		{"https://[::1]/", "[::1]:443"},
		{"https://[0:0:0:0:0:0:0:1]:1234/", "[::1]:1234"},
		{"https://192.0.2.1/", "192.0.2.1:443"},
		{"https://b\xC3\xBC"
		 "cher.test/",
		 "xn--bcher-kva.test:443"},
	};
	struct http_proxy *proxy = http_proxy_start(&(struct http_proxy_options){0});

	(void)state;
	http_proxy_lead(proxy);
	for (unsigned i = 0; i < TEST_COUNT(cases); i++) {
		char line[128], host[128];

		client_fail(client_start("GET", cases[i].url), INET_E_CANNOT_CONNECT);
		snprintf(line, sizeof(line), "CONNECT %s HTTP/1.1\r\n", cases[i].line);
		snprintf(host, sizeof(host), "\r\nHost: %s\r\n", cases[i].line);
		proxy_expect_head(proxy, i, line, host);
		proxy_expect_none(proxy, i, "pass");
	}
	http_proxy_end(proxy);
}

static void a_tunnel_can_be_led_elsewhere(void **state)
{
	struct setting setting = {0};
	char rule[64], line[96];

	(void)state;
	begin(&setting);
	snprintf(rule, sizeof(rule), "good.test:4443:127.0.0.1:%u",
		 tls_origin_port(setting.origin));
	snprintf(line, sizeof(line), "CONNECT %s HTTP/1.1\r\n", rule + 15);
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_CONNECT_TO, rule), S_OK);
	client_finish(client_get("https://good.test:4443/a"), 200, "/a");
	proxy_expect_head(setting.proxy, 0, line, NULL);
	finish(&setting);
}

static void a_tunnel_is_used_again(void **state)
{
	struct setting setting = {0};
	struct ixhr2_info info;
	struct client *client;

	(void)state;
	begin(&setting);
	client_finish(client_get("https://good.test/a"), 200, "/a");
	client = client_get("https://good.test/b");
	info = proxy_info(client);
	assert_true(info.is_reused);
	assert_string_equal(info.proxy, http_proxy_url(setting.proxy, NULL));
	ixhr2_info_free(&info);
	client_finish(client, 200, "/b");
	assert_int_equal(http_proxy_count(setting.proxy).tunnels, 1);
	assert_int_equal(http_proxy_count(setting.proxy).requests, 1);
	client_finish(client_get("https://good.test:8443/b"), 200, "/b");
	assert_int_equal(http_proxy_count(setting.proxy).tunnels, 2);
	finish(&setting);
}

static void close_first(void *owner, const struct tls_origin_request *request,
			struct tls_origin_reply *reply)
{
	(void)owner;
	if (request->connection == 0)
		reply->end = TLS_ORIGIN_CLOSE;
}

static void a_tunnel_that_has_died_is_replaced(void **state)
{
	struct setting setting = {.origin_options = {.answer = close_first}};

	(void)state;
	begin(&setting);
	client_finish(client_get("https://good.test/a"), 200, "/a");
	client_finish(client_get("https://good.test/b"), 200, "/b");
	assert_int_equal(http_proxy_count(setting.proxy).tunnels, 2);
	finish(&setting);
}

/* ---- answers to CONNECT ---- */

/* Sends a text instead of the proxy's answer, at once. */
static void answer_raw(void *text, const struct http_proxy_request *request,
		       struct http_proxy_reply *reply)
{
	(void)request;
	reply->raw = span_str(text);
}

static void a_tunnel_opens_by_any_2xx_whatever_else_it_says(void **state)
{
	static const char *const answers[] = {
		"HTTP/1.1 200 OK\r\n\r\n",
		"HTTP/1.0 200 Connection established\r\n\r\n",
		"HTTP/1.1 200\r\n\r\n",
		"HTTP/1.1 201 Created\r\n\r\n",
		"HTTP/1.1 204 No Content\r\n\r\n",
		"HTTP/1.1 299 Odd\r\nContent-Length: 100\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
		"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
		"HTTP/1.1 200 OK\r\nProxy-Authenticate: Basic realm=\"x\"\r\n\r\n",
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
		("HTTP/1.1 102 Processing\r\nX: y\r\n\r\nHTTP/1.1 103 Hints\r\n\r\n"
		 "HTTP/1.1 200 OK\r\n\r\n"),
	};

	for (size_t i = 0; i < TEST_COUNT(answers); i++) {
		struct setting setting = {
			.options = {.answer = answer_raw,
				    .owner = (void *)(uintptr_t)answers[i]}};

		print_message("  %s", answers[i]);
		begin(&setting);
		client_finish(client_get("https://good.test/a"), 200, "/a");
		finish(&setting);
		client_after(state);
		client_before(state);
	}
}

static void drip(void *owner, const struct http_proxy_request *request,
		 struct http_proxy_reply *reply)
{
	(void)owner;
	(void)request;
	reply->drip_ms = 1;
}

static void an_answer_may_come_byte_by_byte(void **state)
{
	struct setting setting = {.options = {.answer = drip}};

	(void)state;
	begin(&setting);
	client_finish(client_get("https://good.test/a"), 200, "/a");
	finish(&setting);
}

/* Refuses with the text, and then closes. */
static void refuse(void *text, const struct http_proxy_request *request,
		   struct http_proxy_reply *reply)
{
	(void)request;
	reply->raw = span_str(text);
	reply->is_open = false;
	reply->end = HTTP_PROXY_CLOSE;
}

static void a_refused_tunnel_is_an_error_with_the_status(void **state)
{
	static const struct {
		const char *status; /* in the text */
		const char *answer; /* to CONNECT */
	} cases[] = {
		{"403", "HTTP/1.1 403 Forbidden\r\nContent-Length: 6\r\n\r\nhidden"},
		{"502", "HTTP/1.1 502 Bad Gateway\r\nX-A: b\r\n\r\nhidden"},
		{"500", "HTTP/1.1 500 Oh\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nhidden"
			"\r\n0\r\n\r\n"},
		{"503", "HTTP/1.0 503\r\n\r\n"},
		{"404",
		 "HTTP/1.1 404 Not Found\r\nContent-Length: 1000000\r\n\r\nhidden"},
		{"302", "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n"
			"Content-Length: 0\r\n\r\n"},
		{"401", "HTTP/1.1 401 Who\r\nWWW-Authenticate: Basic realm=\"x\"\r\n"
			"Content-Length: 0\r\n\r\n"},
	};
	static const struct logins all = {"ann", "secret", "ann", "secret"};

	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct setting setting = {
			.options = {.answer = refuse,
				    .owner = (void *)(uintptr_t)cases[i].answer}};
		struct client *client;

		print_message("  %s\n", cases[i].status);
		begin(&setting);
		expect_failure(&all, INET_E_CANNOT_CONNECT,
			       HRESULT_FROM_WIN32(ERROR_INTERNET_CANNOT_CONNECT));
		client = logins_start("GET", "https://good.test/a", &all);
		client_wait(client);
		client_expect_error(client, INET_E_CANNOT_CONNECT);
		assert_null(client->headers);
		assert_string_equal(client_response_header(client, "X-A"), "");
		proxy_expect_text(client, cases[i].status);
		proxy_expect_fault(client, TRUE, (DWORD)atoi(cases[i].status));
		client_end(client);
		assert_int_equal(http_proxy_count(setting.proxy).requests, 3);
		finish(&setting);
		client_after(state);
		client_before(state);
	}
}

#define LONG_LINE                                                                        \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" \
	"xx"                                                                             \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" \
	"xx"

static void an_answer_that_is_not_http_is_an_error(void **state)
{
	static const char *const answers[] = {
		"SSH-2.0-OpenSSH_9.2\r\n",
		"\x16\x03\x01\x02\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01",
		"HTTP/2 200\r\n\r\n",
		"HTTP/1.1 2x0 OK\r\n\r\n",
		"HTTP/1.1 200 OK\r\nA\x01: b\r\n\r\n",
		"HTTP/1.1 200 OK\r\n A: b\r\n\r\n",
		"ICY 200 OK\r\n\r\n" LONG_LINE LONG_LINE,
	};

	for (size_t i = 0; i < TEST_COUNT(answers); i++) {
		struct setting setting = {
			.options = {.answer = refuse,
				    .owner = (void *)(uintptr_t)answers[i]}};
		struct client *client;

		print_message("  %zu\n", i);
		begin(&setting);
		client = client_get("https://good.test/a");
		client_expect_error(client, INET_E_DOWNLOAD_FAILURE);
		assert_string_equal(client->order, "E");
		proxy_expect_fault(client, TRUE, 0);
		client_end(client);
		finish(&setting);
		client_after(state);
		client_before(state);
	}
}

static void bytes_behind_the_head_are_an_error(void **state)
{
	static const char *const answers[] = {
		"HTTP/1.1 200 OK\r\n\r\nx",
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
		"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\nhello",
	};

	for (size_t i = 0; i < TEST_COUNT(answers); i++) {
		struct setting setting = {
			.options = {.answer = answer_raw,
				    .owner = (void *)(uintptr_t)answers[i]}};
		struct client *client;

		begin(&setting);
		client = client_get("https://good.test/a");
		client_expect_error(client, INET_E_DOWNLOAD_FAILURE);
		assert_string_equal(client->order, "E");
		proxy_expect_fault(client, TRUE, 200);
		client_end(client);
		assert_int_equal(tls_origin_count(setting.origin).secured, 0);
		finish(&setting);
		client_after(state);
		client_before(state);
	}
}

static void flood(void *owner, const struct http_proxy_request *request,
		  struct http_proxy_reply *reply)
{
	(void)request;
	reply->raw = *(const struct span *)owner;
	reply->is_open = false;
	reply->end = HTTP_PROXY_STALL;
}

static void a_head_without_an_end_is_an_error(void **state)
{
	struct span all = {.len = 400u * 1024};
	char *text = malloc(all.len);
	struct setting setting = {.options = {.answer = flood, .owner = &all}};

	(void)state;
	assert_non_null(text);
	memset(text, 'x', all.len);
	memcpy(text, "HTTP/1.1 200 OK\r\nA: ", 20);
	all.at = text;
	begin(&setting);
	client_fail(client_get("https://good.test/a"), INET_E_DOWNLOAD_FAILURE);
	finish(&setting);
	free(text);
}

/* ---- logins ---- */

/* One way in which a proxy demands its login. */
struct demand {
	const char *name;     /* of the case */
	struct warden warden; /* without user and password */
	const char *refusal;  /* body of a 407, or NULL */
	unsigned drip_ms;     /* between its bytes */
	bool closes;	      /* as in the options of the proxy, as is hangs_up */
	bool hangs_up;	      /* the same */
	bool is_wrong;	      /* the password is */
	unsigned heads;	      /* that come to the proxy */
	unsigned connections; /* that are made */
};

static const struct demand demands[] = {
	{"Basic", {.has_basic = true}, .heads = 2, .connections = 1},
	{"Digest", {.has_digest = true}, .heads = 2, .connections = 1},
	{"Digest by SHA-256",
	 {.has_digest = true, .algorithm = "SHA-256"},
	 .heads = 2,
	 .connections = 1},
	{"Digest before Basic",
	 {.has_digest = true, .has_basic = true},
	 .heads = 2,
	 .connections = 1},
	{"it closes and says so",
	 {.has_digest = true},
	 .closes = true,
	 .heads = 2,
	 .connections = 2},
	{"it hangs up", {.has_basic = true}, .hangs_up = true, .heads = 2},
	{"an empty 407", {.has_basic = true}, "", .heads = 2, .connections = 1},
	{"a 407 in pieces",
	 {.has_digest = true},
	 "some words that take their time",
	 1,
	 .heads = 2,
	 .connections = 1},
	{"wrong by Basic", {.has_basic = true}, .is_wrong = true, .heads = 2},
	{"wrong by Digest", {.has_digest = true}, .is_wrong = true, .heads = 2},
	{"wrong by both",
	 {.has_digest = true, .has_basic = true},
	 .is_wrong = true,
	 .heads = 3},
	{"wrong, and it closes",
	 {.has_digest = true, .has_basic = true},
	 .is_wrong = true,
	 .closes = true,
	 .heads = 3,
	 .connections = 3},
	{"a scheme that nobody knows", {0}, .is_wrong = true, .heads = 1},
};

static void run_demand(const struct demand *demand)
{
	struct setting setting = {.warden = demand->warden,
				  .options = {.refusal = demand->refusal,
					      .refusal_drip_ms = demand->drip_ms,
					      .closes = demand->closes,
					      .hangs_up = demand->hangs_up}};
	struct http_proxy_counts counts;
	struct client *client;

	print_message("  %s\n", demand->name);
	setting.warden.user = "ann";
	setting.warden.password = "secret";
	begin(&setting);
	client = logins_start("GET", "https://good.test/a",
			      demand->is_wrong ? &bad_login : &good_login);
	client_wait(client);
	if (demand->is_wrong) {
		client_expect_error(client, INET_E_AUTHENTICATION_REQUIRED);
		proxy_expect_text(client, "407");
		proxy_expect_fault(client, TRUE, 407);
	} else {
		client_expect(client, 200, "/a");
		proxy_expect_fault(client, FALSE, 200);
	}
	assert_string_equal(client->order, demand->is_wrong ? "E" : "chdR");
	client_end(client);
	counts = http_proxy_count(setting.proxy);
	assert_int_equal(counts.requests, demand->heads);
	if (demand->connections)
		assert_int_equal(counts.connections, demand->connections);
	proxy_expect_none(setting.proxy, 0, "Authorization");
	finish(&setting);
}

static void a_login_is_given_when_it_is_demanded(void **state)
{
	for (size_t i = 0; i < TEST_COUNT(demands); i++) {
		run_demand(&demands[i]);
		client_after(state);
		client_before(state);
	}
}

static void a_wrong_or_missing_login_is_an_error(void **state)
{
	static const struct logins none = {0},
				   of_origin = {.user = "ann", .password = "secret"};
	struct setting setting = {
		.warden = {.user = "ann", .password = "secret", .has_basic = true}};

	(void)state;
	begin(&setting);
	expect_failure(&bad_login, INET_E_AUTHENTICATION_REQUIRED, WIN32_WRONG_LOGIN);
	assert_int_equal(http_proxy_count(setting.proxy).requests, 4);
	expect_failure(&none, INET_E_AUTHENTICATION_REQUIRED, WIN32_WRONG_LOGIN);
	expect_failure(&of_origin, INET_E_AUTHENTICATION_REQUIRED, WIN32_WRONG_LOGIN);
	assert_int_equal(http_proxy_count(setting.proxy).requests, 8);
	assert_int_equal(http_proxy_count(setting.proxy).tunnels, 0);
	finish(&setting);
}

static void a_407_without_challenge_is_an_error(void **state)
{
	struct setting setting = {
		.options = {.answer = refuse,
			    .owner = "HTTP/1.1 407 Who\r\nContent-Length: 0\r\n\r\n"}};

	(void)state;
	begin(&setting);
	expect_failure(&good_login, INET_E_AUTHENTICATION_REQUIRED, WIN32_WRONG_LOGIN);
	finish(&setting);
}

static void no_auth_makes_a_407_a_refusal(void **state)
{
	static const struct {
		ULONGLONG value; /* XHR_PROP_NO_AUTH */
		bool is_open;	 /* the tunnel */
	} cases[] = {
		{XHR_AUTH_ALL, true}, {XHR_AUTH_NONE, false}, {XHR_AUTH_PROXY, true}};
	struct setting setting = {
		.warden = {.user = "ann", .password = "secret", .has_basic = true}};

	(void)state;
	begin(&setting);
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct client *client = client_new();

		logins_open(client, "GET", "https://good.test/a", &good_login);
		client_property(client, XHR_PROP_NO_AUTH, cases[i].value);
		client_header(client, "Connection", "close");
		client_send(client);
		if (cases[i].is_open)
			client_finish(client, 200, "/a");
		else
			client_fail(client, INET_E_AUTHENTICATION_REQUIRED);
	}
	finish(&setting);
}

static void a_large_407_is_no_hindrance(void **state)
{
	static const size_t sizes[] = {4000, 60u * 1024, 70u * 1024, 1024u * 1024};

	for (size_t i = 0; i < TEST_COUNT(sizes); i++) {
		struct setting setting = {.warden = {.user = "ann",
						     .password = "secret",
						     .has_basic = true}};
		char *text = calloc(1, sizes[i] + 1);

		assert_non_null(text);
		memset(text, 'x', sizes[i]);
		setting.options.refusal = text;
		begin(&setting);
		client_finish(logins_start("GET", "https://good.test/a", &good_login),
			      200, "/a");
		finish(&setting);
		free(text);
		client_after(state);
		client_before(state);
	}
}

/* ---- whose answer it is ---- */

static void answer_407(void *owner, const struct tls_origin_request *request,
		       struct tls_origin_reply *reply)
{
	(void)owner;
	(void)request;
	reply->status = "407 Who";
	reply->fields = "Proxy-Authenticate: Basic realm=\"x\"\r\n";
	reply->body = "from the origin";
}

static void a_407_of_the_origin_is_a_response(void **state)
{
	struct setting setting = {.origin_options = {.answer = answer_407}};
	struct client *client;

	(void)state;
	begin(&setting);
	client = logins_start("GET", "https://good.test/a", &good_login);
	client_wait(client);
	client_expect(client, 407, "from the origin");
	proxy_expect_fault(client, FALSE, 200);
	client_end(client);
	assert_int_equal(tls_origin_count(setting.origin).requests, 1);
	finish(&setting);
}

static void what_is_wrong_inside_a_tunnel_is_not_the_proxys_fault(void **state)
{
	static const struct {
		struct tls_origin_options origin; /* what it is */
		HRESULT error;			  /* of OnError */
	} cases[] = {
		{{.certificate = "expired"}, INET_E_INVALID_CERTIFICATE},
		{{.certificate = "untrusted"}, INET_E_INVALID_CERTIFICATE},
		{{.cut_end = TLS_ORIGIN_GARBAGE, .cut_bytes = 5},
		 INET_E_SECURITY_PROBLEM},
		{{.cut_end = TLS_ORIGIN_TRUNCATE, .cut_bytes = 100},
		 INET_E_DOWNLOAD_FAILURE},
	};

	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct setting setting = {.origin_options = cases[i].origin};
		struct client *client;

		print_message("  %zu\n", i);
		begin(&setting);
		client = client_get("https://good.test/a");
		client_expect_error(client, cases[i].error);
		proxy_expect_fault(client, FALSE, 200);
		client_end(client);
		finish(&setting);
		client_after(state);
		client_before(state);
	}
}

/* ---- TLS inside TLS ---- */

static void a_tunnel_may_go_through_tls(void **state)
{
	struct setting setting = {
		.warden = {.user = "ann", .password = "secret", .has_digest = true},
		.options = {.certificate = "ip_san"}};
	struct client *client;

	(void)state;
	begin(&setting);
	client = logins_start("GET", "https://good.test/a", &good_login);
	client_wait(client);
	client_expect(client, 200, "/a");
	assert_string_equal(client->order, "chdR");
	shown_expect_leaf(&client->shown, "good");
	client_end(client);
	client_finish(logins_start("GET", "https://good.test/b", &good_login), 200, "/b");
	assert_int_equal(http_proxy_count(setting.proxy).tunnels, 1);
	finish(&setting);
}

/* ---- connections are kept apart ---- */

static void proxy_logins_never_share_a_tunnel(void **state)
{
	static const struct {
		struct logins logins; /* of Open */
		unsigned tunnels;     /* so far */
	} cases[] = {
		{{NULL, NULL, "ann", "secret"}, 1}, {{NULL, NULL, "ann", "secret"}, 1},
		{{NULL, NULL, "bob", "secret"}, 2}, {{NULL, NULL, "ann", "other"}, 3},
		{{NULL, NULL, NULL, NULL}, 4},	    {{NULL, NULL, "ann", "secret"}, 4},
	};
	struct setting setting = {0};

	(void)state;
	begin(&setting);
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		client_finish(
			logins_start("GET", "https://good.test/a", &cases[i].logins), 200,
			"/a");
		assert_int_equal(http_proxy_count(setting.proxy).tunnels,
				 cases[i].tunnels);
	}
	finish(&setting);
}

/* ---- redirects ---- */

static void redirect_to_second(void *owner, const struct tls_origin_request *request,
			       struct tls_origin_reply *reply)
{
	(void)owner;
	if (strcmp(request->path, "/a") == 0) {
		reply->status = "302 Found";
		reply->fields = "Location: https://second.test/b\r\n";
	}
	if (strcmp(request->path, "/down") == 0) {
		reply->status = "302 Found";
		reply->fields = "Location: http://second.test/b\r\n";
	}
}

static void redirects_go_through_the_proxy_too(void **state)
{
	struct origin *plain = ORIGIN(ORIGIN_EXPECT_HEAD("GET /0 HTTP/1.1"),
				      ORIGIN_ANSWER("302 Found\r\nLocation: "
						    "https://good.test/a",
						    "x"));
	struct setting setting = {
		.origin_options = {.answer = redirect_to_second,
				   .hosts = {{"second.test", "second", NULL}}},
		.warden = {.user = "ann", .password = "secret", .has_digest = true}};
	struct client *client;

	(void)state;
	setting.options.targets[3] =
		(struct http_proxy_target){"plain.test:80", proxy_port_of(plain)};
	begin(&setting);
	client = logins_start("GET", "http://plain.test/0", &good_login);
	client_wait(client);
	client_expect(client, 200, "/b");
	assert_string_equal(client->order, "rcrchdR");
	assert_int_equal(http_proxy_count(setting.proxy).tunnels, 2);
	assert_int_equal(setting.warden.refused, 0);
	client_end(client);
	client_fail(logins_start("GET", "https://good.test/down", &good_login),
		    INET_E_REDIRECT_FAILED);
	finish(&setting);
	origin_end(plain);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(a_tunnel_is_asked_for_by_name_and_port),
		CLIENT_TEST(every_kind_of_host_is_named_right),
		CLIENT_TEST(a_tunnel_can_be_led_elsewhere),
		CLIENT_TEST(a_tunnel_is_used_again),
		CLIENT_TEST(a_tunnel_that_has_died_is_replaced),
		CLIENT_TEST(a_tunnel_opens_by_any_2xx_whatever_else_it_says),
		CLIENT_TEST(an_answer_may_come_byte_by_byte),
		CLIENT_TEST(a_refused_tunnel_is_an_error_with_the_status),
		CLIENT_TEST(an_answer_that_is_not_http_is_an_error),
		CLIENT_TEST(bytes_behind_the_head_are_an_error),
		CLIENT_TEST(a_head_without_an_end_is_an_error),
		CLIENT_TEST(a_login_is_given_when_it_is_demanded),
		CLIENT_TEST(a_wrong_or_missing_login_is_an_error),
		CLIENT_TEST(a_407_without_challenge_is_an_error),
		CLIENT_TEST(no_auth_makes_a_407_a_refusal),
		CLIENT_TEST(a_large_407_is_no_hindrance),
		CLIENT_TEST(a_407_of_the_origin_is_a_response),
		CLIENT_TEST(what_is_wrong_inside_a_tunnel_is_not_the_proxys_fault),
		CLIENT_TEST(a_tunnel_may_go_through_tls),
		CLIENT_TEST(proxy_logins_never_share_a_tunnel),
		CLIENT_TEST(redirects_go_through_the_proxy_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
