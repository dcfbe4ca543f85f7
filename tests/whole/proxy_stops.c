/* SPDX-License-Identifier: MIT */
/*
 * Exchanges through a proxy that end before their time: the proxy breaks off at any byte,
 * is silent, or the program gives up.
 */
#include "lib/test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/answerer.h"
#include "lib/hourglass.h"
#include "lib/http_proxy.h"
#include "lib/tls_origin.h"
#include "whole/proxy.h"

/* A good login, a proxy that wants it, and an origin for each scheme. */
struct setting {
	struct tls_origin_options origin_options; /* of secure */
	struct http_proxy_options options;	  /* of the proxy */
	struct warden warden;			  /* of the proxy */
	struct tls_origin *secure;		  /* good.test:443 */
	struct answerer *plain;			  /* good.test:80 */
	struct http_proxy *proxy;		  /* set by begin, as are both origins */
};

static const struct logins login = {.proxy_user = "ann", .proxy_password = "secret"};

static void begin(struct setting *setting)
{
	setting->secure = tls_origin_start(&setting->origin_options);
	setting->plain = answerer_start(NULL, NULL);
	setting->warden =
		(struct warden){.user = "ann", .password = "secret", .has_digest = true};
	setting->options.warden = &setting->warden;
	setting->options.targets[0] = (struct http_proxy_target){
		"good.test:443", tls_origin_port(setting->secure)};
	setting->options.targets[1] =
		(struct http_proxy_target){"good.test:80", answerer_port(setting->plain)};
	setting->proxy = http_proxy_start(&setting->options);
	http_proxy_lead(setting->proxy);
}

static void finish(struct setting *setting)
{
	http_proxy_end(setting->proxy);
	answerer_end(setting->plain);
	tls_origin_end(setting->secure);
}

/* Where and how an answer of the proxy is cut, or held. */
struct stop {
	unsigned number;	 /* of the request: 0 gets a 407, 1 gets in */
	size_t bytes;		 /* that are sent */
	enum http_proxy_end end; /* behind them */
	size_t len;		 /* filled in: of the whole answer */
	size_t head_len;	 /* of its head */
};

static void stop_answer(void *owner, const struct http_proxy_request *request,
			struct http_proxy_reply *reply)
{
	struct stop *stop = owner;
	struct span end = SPAN("\r\n\r\n");
	const char *at;

	if (request->number != stop->number)
		return;
	stop->len = reply->raw.len;
	at = memmem(reply->raw.at, reply->raw.len, end.at, end.len);
	stop->head_len = at ? (size_t)(at - reply->raw.at) + 4 : 0;
	if (stop->bytes >= stop->len)
		return;
	reply->is_cut = true;
	reply->cut_bytes = stop->bytes;
	reply->end = stop->end;
}

/* ---- cut at each byte ---- */

/* One request whose answer is cut; false when there was nothing left to cut. */
static bool cut_once(struct stop *stop, const char *url)
{
	struct setting setting = {.options = {.answer = stop_answer, .owner = stop}};
	struct client *client;
	bool is_cut;

	begin(&setting);
	client = logins_start("GET", url, &login);
	client_wait(client);
	http_proxy_stop(setting.proxy);
	is_cut = stop->bytes < stop->len;
	if (!is_cut)
		client_expect(client, 200, "/a");
	else if (stop->bytes < stop->head_len && url[4] == 's')
		client_expect_error(client, INET_E_DOWNLOAD_FAILURE);
	else
		/* What is missing of a 407's body need not hinder. */
		assert_true(client->error == INET_E_DOWNLOAD_FAILURE ||
			    client->status == 200);
	if (is_cut && client->error != S_OK && url[4] == 's')
		proxy_expect_fault(client, TRUE, stop->bytes < stop->head_len ? 0 : 407);
	client_end(client);
	finish(&setting);
	return is_cut;
}

static void cut_everywhere(void **state, struct stop *stop, const char *url)
{
	stop->bytes = 0;
	while (cut_once(stop, url)) {
		stop->bytes++;
		client_after(state);
		client_before(state);
	}
	assert_true(stop->bytes > 30);
}

static void a_tunnels_answer_may_be_cut_anywhere(void **state)
{
	struct stop stop = {.number = 1, .end = HTTP_PROXY_CLOSE};

	for (stop.bytes = 0;; stop.bytes++) {
		struct setting setting = {
			.options = {.answer = stop_answer, .owner = &stop}};
		struct client *client;

		begin(&setting);
		client = logins_start("GET", "https://good.test/a", &login);
		client_wait(client);
		http_proxy_stop(setting.proxy);
		/* As if it had hung up behind its 407. */
		if (stop.bytes > 0 && stop.bytes < stop.len) {
			client_expect_error(client, INET_E_DOWNLOAD_FAILURE);
			assert_string_equal(client->order, "E");
		} else {
			client_expect(client, 200, "/a");
		}
		client_end(client);
		finish(&setting);
		client_after(state);
		client_before(state);
		if (stop.bytes >= stop.len)
			break;
	}
	assert_int_equal(stop.bytes, stop.head_len);
}

static void a_tunnels_407_may_be_cut_anywhere(void **state)
{
	struct stop stop = {.number = 0, .end = HTTP_PROXY_CLOSE};

	cut_everywhere(state, &stop, "https://good.test/a");
}

static void a_tunnels_407_may_be_reset_anywhere(void **state)
{
	struct stop stop = {.number = 0, .end = HTTP_PROXY_RESET};

	cut_everywhere(state, &stop, "https://good.test/a");
}

static void a_407_may_be_cut_anywhere(void **state)
{
	struct stop stop = {.number = 0, .end = HTTP_PROXY_CLOSE};

	cut_everywhere(state, &stop, "http://good.test/a");
}

/* ---- silence ---- */

static void time_bounds_the_making_of_a_tunnel(void **state)
{
	static const struct {
		unsigned number; /* of the request that is not answered to the end */
		size_t bytes;	 /* of the answer that come */
	} cases[] = {{0, 0}, {0, 20}, {1, 0}, {1, 20}};

	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct stop stop = {.number = cases[i].number,
				    .bytes = cases[i].bytes,
				    .end = HTTP_PROXY_STALL};
		struct setting setting = {
			.options = {.answer = stop_answer, .owner = &stop}};
		struct client *client = client_new();

		begin(&setting);
		client_property(client, XHR_PROP_TIMEOUT, 150);
		logins_open(client, "GET", "https://good.test/a", &login);
		hourglass_stop();
		client_send(client);
		http_proxy_await_heads(setting.proxy, cases[i].number + 1);
		hourglass_run();
		client_wait(client);
		client_expect_error(client, INET_E_CONNECTION_TIMEOUT);
		proxy_expect_fault(client, TRUE, cases[i].number == 0 ? 0 : 407);
		client_end(client);
		http_proxy_await_over(setting.proxy);
		finish(&setting);
		client_after(state);
		client_before(state);
	}
}

static void the_default_bounds_the_making_of_a_tunnel_too(void **state)
{
	struct stop stop = {.number = 0, .end = HTTP_PROXY_STALL};
	struct setting setting = {.options = {.answer = stop_answer, .owner = &stop}};
	struct client *client;

	(void)state;
	begin(&setting);
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_CONNECT_TIMEOUT_MS, "150"), S_OK);
	hourglass_stop();
	client = logins_start("GET", "https://good.test/a", &login);
	http_proxy_await_heads(setting.proxy, 1);
	hourglass_run();
	client_fail(client, INET_E_CONNECTION_TIMEOUT);
	finish(&setting);
}

static void time_bounds_the_wait_for_a_407(void **state)
{
	struct stop stop = {.number = 1, .end = HTTP_PROXY_STALL};
	struct setting setting = {.options = {.answer = stop_answer, .owner = &stop}};
	struct client *client = client_new();

	(void)state;
	stop.number = 0;
	stop.bytes = 20;
	begin(&setting);
	client_property(client, XHR_PROP_TIMEOUT, 150);
	logins_open(client, "GET", "http://good.test/a", &login);
	hourglass_stop();
	client_send(client);
	http_proxy_await_heads(setting.proxy, 1);
	hourglass_run();
	client_fail(client, INET_E_CONNECTION_TIMEOUT);
	finish(&setting);
}

static void a_tunnel_in_which_nobody_answers_is_bounded(void **state)
{
	struct setting setting = {
		.origin_options = {.cut_end = TLS_ORIGIN_STALL, .cut_bytes = 50}};
	struct client *client = client_new();

	(void)state;
	begin(&setting);
	client_property(client, XHR_PROP_TIMEOUT, 200);
	logins_open(client, "GET", "https://good.test/a", &login);
	hourglass_stop();
	client_send(client);
	tls_origin_await_cut(setting.secure);
	hourglass_run();
	client_wait(client);
	client_expect_error(client, INET_E_CONNECTION_TIMEOUT);
	proxy_expect_fault(client, FALSE, 200);
	client_end(client);
	finish(&setting);
}

/* ---- Abort ---- */

/* The program gives up when so many heads have come to the proxy. */
static void abort_at(unsigned number, size_t bytes, const char *url)
{
	struct stop stop = {.number = number, .bytes = bytes, .end = HTTP_PROXY_STALL};
	struct setting setting = {.options = {.answer = stop_answer, .owner = &stop}};
	struct client *client;

	begin(&setting);
	client = logins_start("GET", url, &login);
	http_proxy_await_heads(setting.proxy, number + 1);
	usleep(2000);
	client_do_abort(client);
	client_wait(client);
	client_expect_error(client, E_ABORT);
	assert_string_equal(client->order, "E");
	client_end(client);
	http_proxy_await_over(setting.proxy);
	finish(&setting);
}

static void a_request_may_be_aborted_at_every_step(void **state)
{
	static const char *const urls[] = {"http://good.test/a", "https://good.test/a"};
	static const size_t bytes[] = {0, 1, 20, 170};

	for (size_t i = 0; i < TEST_COUNT(urls); i++)
		for (size_t n = 0; n < TEST_COUNT(bytes); n++) {
			abort_at(0, bytes[n], urls[i]);
			client_after(state);
			client_before(state);
			if (bytes[n] > 20 || i == 0)
				continue;
			abort_at(1, bytes[n], urls[i]);
			client_after(state);
			client_before(state);
		}
}

static void a_tunnel_may_be_aborted_in_its_handshake(void **state)
{
	struct flag hold;
	struct setting setting = {.origin_options = {.hold = &hold}};
	struct client *client;

	(void)state;
	flag_init(&hold);
	begin(&setting);
	client = logins_start("GET", "https://good.test/a", &login);
	tls_origin_await_connections(setting.secure, 1);
	client_do_abort(client);
	client_fail(client, E_ABORT);
	flag_raise(&hold);
	http_proxy_await_over(setting.proxy);
	finish(&setting);
	flag_done(&hold);
}

static void a_request_may_be_aborted_at_any_moment(void **state)
{
	struct setting setting = {0};

	(void)state;
	begin(&setting);
	for (unsigned i = 0; i < 60; i++) {
		const char *url = i % 2 ? "http://good.test/a" : "https://good.test/a";
		struct client *client = logins_start("GET", url, &login);

		usleep(i * 100);
		client_do_abort(client);
		client_wait(client);
		if (client->error != S_OK)
			client_expect_error(client, E_ABORT);
		client_end(client);
	}
	finish(&setting);
}

static void callbacks_may_abort(void **state)
{
	static const enum client_event events[] = {CLIENT_CERTIFICATE, CLIENT_HEADERS};
	struct setting setting = {0};

	(void)state;
	begin(&setting);
	for (size_t i = 0; i < TEST_COUNT(events); i++) {
		struct client *client = client_new();

		client->on[events[i]] = client_do_abort;
		logins_open(client, "GET", "https://good.test/a", &login);
		client_send(client);
		client_fail(client, E_ABORT);
	}
	finish(&setting);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(a_tunnels_answer_may_be_cut_anywhere),
		CLIENT_TEST(a_tunnels_407_may_be_cut_anywhere),
		CLIENT_TEST(a_tunnels_407_may_be_reset_anywhere),
		CLIENT_TEST(a_407_may_be_cut_anywhere),
		CLIENT_TEST(time_bounds_the_making_of_a_tunnel),
		CLIENT_TEST(the_default_bounds_the_making_of_a_tunnel_too),
		CLIENT_TEST(time_bounds_the_wait_for_a_407),
		CLIENT_TEST(a_tunnel_in_which_nobody_answers_is_bounded),
		CLIENT_TEST(a_request_may_be_aborted_at_every_step),
		CLIENT_TEST(a_tunnel_may_be_aborted_in_its_handshake),
		CLIENT_TEST(a_request_may_be_aborted_at_any_moment),
		CLIENT_TEST(callbacks_may_abort),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
