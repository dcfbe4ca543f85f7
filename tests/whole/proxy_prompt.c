/* SPDX-License-Identifier: MIT */
/* Logins for HTTP proxies that the program is asked for, also in the midst of the rounds
 * of an origin's. */
#include "lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/answerer.h"
#include "lib/http_proxy.h"
#include "lib/tls_origin.h"
#include "whole/auth.h"
#include "whole/proxy.h"

#define BASIC_407                                                                        \
	"HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm=p\r\nContent-Length: 4\r\n" \
	"\r\nwho?"

static char *copy_of(const char *text)
{
	char *copy = CoTaskMemAlloc(strlen(text) + 1);

	if (!copy)
		abort();
	return strcpy(copy, text);
}

/* Knows ann, and counts for whom it was asked: the server, the proxy. */
static HRESULT know_ann(void *owner, IUnknown *xhr, const struct ixhr2_prompt *prompt,
			char **out_user, char **out_password)
{
	unsigned *asked = owner;

	(void)xhr;
	asked[prompt->is_proxy]++;
	*out_user = copy_of("ann");
	*out_password = copy_of("secret");
	return S_OK;
}

/* Lets whoever comes over a connection but the first one pass with ann's login alone. */
static void demand_later(void *owner, const struct http_proxy_request *request,
			 struct http_proxy_reply *reply)
{
	(void)owner;
	if (request->connection == 0 ||
	    strstr(request->head, "\r\nProxy-Authorization: Basic " ANN "\r\n"))
		return;
	reply->raw = SPAN(BASIC_407);
	reply->is_open = false;
}

/* Lets ann pass and closes behind a 401. */
static void admit_ann(void *owner, const struct tls_origin_request *request,
		      struct tls_origin_reply *reply)
{
	(void)owner;
	if (strstr(request->head, "\r\nAuthorization: Basic " ANN "\r\n"))
		return;
	reply->status = "401 Who";
	reply->fields = "WWW-Authenticate: Basic realm=r\r\n";
	reply->body = "who?";
	reply->end = TLS_ORIGIN_CLOSE;
}

/* The answer to the origin is made; the connection for it is refused at first. */
static void a_proxy_may_ask_behind_the_origin(void **state)
{
	struct tls_origin *origin =
		tls_origin_start(&(struct tls_origin_options){.answer = admit_ann});
	struct http_proxy *proxy = http_proxy_start(&(struct http_proxy_options){
		.targets = {{"good.test:443", tls_origin_port(origin)}},
		.answer = demand_later});
	unsigned asked[2] = {0, 0};

	(void)state;
	http_proxy_lead(proxy);
	assert_int_equal(ixhr2_set_prompt(know_ann, asked), S_OK);
	client_finish(auth_get("https://good.test/a", &ann), 200, "/a");
	assert_int_equal(ixhr2_set_prompt(NULL, NULL), S_OK);
	assert_int_equal(asked[false], 0);
	assert_int_equal(asked[true], 1);
	assert_int_equal(tls_origin_count(origin).requests, 2);
	http_proxy_end(proxy);
	tls_origin_end(origin);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(a_proxy_may_ask_behind_the_origin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
