/* SPDX-License-Identifier: MIT */
/*
 * What an origin behind an open proxy is answered, by whether the proxy says that it
 * leads nobody else over its connection to the origin (RFC 4559 6). The scripted origin
 * plays both of them.
 */
#include "lib/test.h"

#include <stdio.h>
#include <string.h>

#include "lib/logins.h"
#include "lib/origin.h"
#include "whole/auth.h"

#define URL "http://origin.test/a"

#define CHALLENGE                                                                        \
	"401 Who\r\nWWW-Authenticate: NTLM\r\n"                                          \
	"WWW-Authenticate: Basic realm=\"r\""

static void lead_through(struct origin *origin)
{
	char proxy[64];

	snprintf(proxy, sizeof(proxy), "http://%s", origin_authority(origin));
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_PROXY, proxy), S_OK);
}

static void get(struct origin *origin, unsigned status)
{
	static const struct logins logins = {.user = "ann", .password = "secret"};

	lead_through(origin);
	client_finish(logins_start("GET", URL, &logins), status, "x");
}

static void a_proxy_that_says_nothing_gets_no_answer_for_a_connection(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_HEAD("GET " URL " HTTP/1.1", "!Authorization"),
		       ORIGIN_ANSWER(CHALLENGE, "x"),
		       ORIGIN_EXPECT_HEAD("GET " URL " HTTP/1.1",
					  "Authorization: Basic YW5uOnNlY3JldA=="),
		       ORIGIN_ANSWER("200 OK", "x"));

	(void)state;
	get(origin, 200);
	origin_end(origin);
}

static void without_another_scheme_the_401_is_the_response(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_HEAD("GET " URL " HTTP/1.1", "!Authorization"),
		       ORIGIN_ANSWER("401 Who\r\nWWW-Authenticate: NTLM, Negotiate", "x"),
		       ORIGIN_EXPECT_QUIET(20));

	(void)state;
	get(origin, 401);
	origin_end(origin);
}

static void a_proxy_that_keeps_its_connections_apart_gets_one(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_HEAD("GET " URL " HTTP/1.1", "!Authorization"),
		       ORIGIN_ANSWER(CHALLENGE
				     "\r\nProxy-Support: a, session-based-authentication",
				     "x"),
		       ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER("200 OK", "x"));

	(void)state;
	get(origin, 200);
	assert_non_null(
		strstr(origin_head(origin, 1), "\r\nAuthorization: NTLM TlRMTVNTUA"));
	origin_end(origin);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(a_proxy_that_says_nothing_gets_no_answer_for_a_connection),
		CLIENT_TEST(without_another_scheme_the_401_is_the_response),
		CLIENT_TEST(a_proxy_that_keeps_its_connections_apart_gets_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
