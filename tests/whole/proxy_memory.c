/* SPDX-License-Identifier: MIT */
/*
 * Memory that runs out in exchanges through a proxy that wants a login: the n-th
 * allocation of ours fails, alone or with all that follow. Either a call answers
 * E_OUTOFMEMORY, or there is exactly one final callback; nothing leaks and nothing
 * crashes.
 */
#include "lib/test.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "engine/session.h"
#include "lib/answerer.h"
#include "lib/http_proxy.h"
#include "lib/tape.h"
#include "lib/tls_origin.h"
#include "whole/proxy.h"

/* More allocations than this in one exchange are a mistake. */
#define MAX_ALLOCATIONS 5000

struct memory_case {
	const char *name;   /* of the case */
	const char *url;    /* requested */
	const char *scheme; /* that the proxy wants */
	bool closes;	    /* behind a 407 */
	bool has_body;	    /* a body is sent, again behind the 407 */
	bool is_refused;    /* the tunnel is */
};

static const struct memory_case cases[] = {
	{"Basic", "http://good.test/a", "Basic", false, false, false},
	{"Digest and a body", "http://good.test/a", "Digest", false, true, false},
	{"a tunnel by Basic", "https://good.test/a", "Basic", true, false, false},
	{"a tunnel by Digest", "https://good.test/a", "Digest", false, false, false},
	{"a tunnel that is refused", "https://none.test/a", "Digest", false, false, true},
};

static const struct logins login = {.proxy_user = "ann", .proxy_password = "secret"};

static bool is_out(HRESULT hr)
{
	assert_true(hr == S_OK || hr == E_OUTOFMEMORY);
	return hr != S_OK;
}

static bool prepare(struct client *client, const struct memory_case *c)
{
	return !is_out(logins_try_open(client, c->has_body ? "POST" : "GET", c->url,
				       &login)) &&
	       !is_out(client_try_send(client));
}

static void check_end(struct client *client, const struct memory_case *c)
{
	client_wait(client);
	if (mem_has_failed() && client->error == E_OUTOFMEMORY)
		return;
	if (mem_has_failed() && client->error == INET_E_SECURITY_PROBLEM)
		return; /* OpenSSL does not always say that it was memory. */
	if (c->is_refused)
		client_expect_error(client, INET_E_CANNOT_CONNECT);
	else
		client_expect(client, 200, "/a");
}

/* One exchange whose n-th allocation fails; false when there was none. */
static bool run_once(const struct memory_case *c, struct http_proxy *proxy,
		     unsigned long n, void (*order)(unsigned long n))
{
	struct client *client;
	struct tape *body = tape_new("hello", 0);
	bool has_failed;

	http_proxy_lead(proxy);
	client = client_new();
	if (c->has_body)
		tape_be_body(body, client);
	order(n);
	if (prepare(client, c))
		check_end(client, c);
	client_end(client);
	has_failed = mem_has_failed();
	mem_fail_at(0);
	tape_end(body);
	session_reset();
	if (mem_live_blocks() != 0)
		fail_msg("%s: %ld blocks are left when allocation %lu fails", c->name,
			 mem_live_blocks(), n);
	return has_failed;
}

static void run_case(const struct memory_case *c, void (*order)(unsigned long n))
{
	struct answerer *plain = answerer_start(NULL, NULL);
	struct tls_origin *secure =
		tls_origin_start(&(struct tls_origin_options){.has_no_sessions = true});
	unsigned long n = 1;
	bool has_failed = true;

	for (; has_failed; n++) {
		struct warden warden = {.user = "ann",
					.password = "secret",
					.has_basic = strcmp(c->scheme, "Basic") == 0,
					.has_digest = strcmp(c->scheme, "Digest") == 0};
		struct http_proxy *proxy = http_proxy_start(&(struct http_proxy_options){
			.targets = {{"good.test:80", answerer_port(plain)},
				    {"good.test:443", tls_origin_port(secure)}},
			.warden = &warden,
			.closes = c->closes});

		has_failed = run_once(c, proxy, n, order);
		http_proxy_end(proxy);
		assert_true(n < MAX_ALLOCATIONS);
	}
	print_message("  %s: %lu allocations\n", c->name, n - 2);
	tls_origin_end(secure);
	answerer_end(plain);
}

static void any_one_allocation_may_fail(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++)
		run_case(&cases[i], mem_fail_at);
}

static void all_allocations_may_fail_from_any_one_on(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++)
		run_case(&cases[i], mem_fail_from);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(any_one_allocation_may_fail),
		CLIENT_TEST(all_allocations_may_fail_from_any_one_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
