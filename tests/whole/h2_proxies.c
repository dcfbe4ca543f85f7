/* SPDX-License-Identifier: MIT */
/* HTTP/2 through proxies: inside a tunnel it is as without one; where a proxy reads the
 * heads, HTTP/1.1 is spoken. */
#include "h2.h"

#include "lib/http_proxy.h"
#include "lib/tape.h"
#include "whole/proxy.h"

/* A proxy that leads good.test to a server; the process is led through it. */
static struct http_proxy *start_proxy(struct h2_server *server, const char *certificate,
				      bool is_tls)
{
	struct http_proxy *proxy;
	const struct http_proxy_options options = {
		.targets = {{is_tls ? "good.test:443" : "good.test:80",
			     h2_server_port(server)}},
		.certificate = certificate};

	session_reset();
	proxy = http_proxy_start(&options);
	http_proxy_lead(proxy);
	return proxy;
}

static void a_tunnel_is_shared_by_all_requests(void **state)
{
	static const char *const certificates[] = {NULL, "ip_san"};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(certificates); i++) {
		struct h2_server *server =
			H2_START(.certificate = "good", .answer = h2_answer_held);
		struct http_proxy *proxy = start_proxy(server, certificates[i], true);
		struct client *clients[20];

		for (unsigned n = 0; n < 20; n++)
			clients[n] = h2_send(server, "GET", "/");
		h2_server_await(server, H2_SERVER_REQUESTS, 20);
		h2_server_release(server);
		for (unsigned n = 0; n < 20; n++) {
			client_wait(clients[n]);
			client_expect(clients[n], 200, "/");
			assert_int_equal(h2_version(clients[n]), 20);
			client_end(clients[n]);
		}
		assert_int_equal(h2_connections(server), 1);
		assert_int_equal(http_proxy_count(proxy).tunnels, 1);
		session_reset();
		h2_server_end(server);
		http_proxy_end(proxy);
	}
}

static void a_proxy_that_reads_heads_gets_http_1_1(void **state)
{
	struct h2_server *server = H2_START(.owner = NULL);
	struct http_proxy *proxy = start_proxy(server, NULL, false);
	struct h2_server_visit visit;
	struct client *client;

	(void)state;
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_PROTOCOL, "http2"), S_OK);
	client = client_get("http://good.test/a");
	client_expect(client, 200, "/a");
	assert_int_equal(h2_version(client), 11);
	client_end(client);
	h2_server_visit(server, 0, &visit);
	assert_int_equal(visit.version, 11);
	session_reset();
	h2_server_end(server);
	http_proxy_end(proxy);
}

/* What the tunnel's end does is what the connection's does. */
static void a_request_that_is_refused_stays_in_the_tunnel(void **state)
{
	static const struct h2_server_reply refusal = {
		.is_reset = true, .reset_code = NGHTTP2_REFUSED_STREAM};
	struct h2_server *server = H2_START(.certificate = "good", .answer = h2_answer_so,
					    .owner = (void *)(uintptr_t)&refusal);
	struct http_proxy *proxy = start_proxy(server, NULL, true);

	(void)state;
	client_fail(h2_send(server, "GET", "/"), INET_E_DOWNLOAD_FAILURE);
	assert_int_equal(http_proxy_count(proxy).tunnels, h2_connections(server));
	session_reset();
	h2_server_end(server);
	http_proxy_end(proxy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(a_tunnel_is_shared_by_all_requests),
		CLIENT_TEST(a_proxy_that_reads_heads_gets_http_1_1),
		CLIENT_TEST(a_request_that_is_refused_stays_in_the_tunnel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
