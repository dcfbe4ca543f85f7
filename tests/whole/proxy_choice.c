/* SPDX-License-Identifier: MIT */
/*
 * Which proxy a request goes through: what ixhr2_configure says, else the environment,
 * and for which hosts it does not. Each test begins with a fresh engine, which reads the
 * environment at first use.
 */
#include "lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/answerer.h"
#include "lib/http_proxy.h"
#include "lib/pki.h"
#include "lib/tls_origin.h"
#include "whole/proxy.h"

/* Everything that can name a proxy. */
static const char *const variables[] = {
	"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy",
	"ALL_PROXY",  "no_proxy",   "NO_PROXY",	   "IXHR2_PROXY", "IXHR2_NO_PROXY"};

static void forget_environment(void)
{
	for (size_t i = 0; i < TEST_COUNT(variables); i++)
		unsetenv(variables[i]);
}

static int before(void **state)
{
	forget_environment();
	return client_before(state);
}

static int after(void **state)
{
	forget_environment();
	return client_after(state);
}

#define CHOICE_TEST(test) cmocka_unit_test_setup_teardown(test, before, after)

/* What a name in the environment is set to. */
enum value {
	NOWHERE,    /* a URL at which nobody listens */
	PROXY,	    /* the proxy's URL */
	BARE,	    /* the same without http:// */
	EMPTY,	    /* "" */
	HERE,	    /* 127.0.0.1 */
	ELSEWHERE,  /* other.test */
	ALL,	    /* "*" */
	MALFORMED,  /* what is no URL */
	UNSET = -1, /* ends a list */
};

struct setting {
	const char *name; /* of a variable */
	enum value value; /* what it is set to */
};

/* Which way a request goes. */
enum way { DIRECT, THROUGH, FAILS };

struct choice {
	const char *name;	    /* of the case */
	struct setting settings[4]; /* of the environment */
	bool has_option;	    /* ixhr2_configure is called too, */
	enum value option;	    /* with this as IXHR2_OPTION_PROXY */
	enum way plain;		    /* of an http: URL */
	enum way secure;	    /* of an https: URL */
};

static const struct choice choices[] = {
	{"nothing", {{0}}, false, EMPTY, DIRECT, DIRECT},
	{"the option", {{0}}, true, PROXY, THROUGH, THROUGH},
	{"the option without a scheme", {{0}}, true, BARE, THROUGH, THROUGH},
	{"the option of the environment",
	 {{"IXHR2_PROXY", PROXY}},
	 .plain = THROUGH,
	 .secure = THROUGH},
	{"http_proxy", {{"http_proxy", PROXY}}, .plain = THROUGH, .secure = DIRECT},
	{"http_proxy without a scheme",
	 {{"http_proxy", BARE}},
	 .plain = THROUGH,
	 .secure = DIRECT},
	{"HTTP_PROXY could come from a client of CGI",
	 {{"HTTP_PROXY", PROXY}},
	 .plain = DIRECT,
	 .secure = DIRECT},
	{"https_proxy", {{"https_proxy", PROXY}}, .plain = DIRECT, .secure = THROUGH},
	{"HTTPS_PROXY", {{"HTTPS_PROXY", PROXY}}, .plain = DIRECT, .secure = THROUGH},
	{"small letters win",
	 {{"https_proxy", PROXY}, {"HTTPS_PROXY", NOWHERE}},
	 .plain = DIRECT,
	 .secure = THROUGH},
	{"all_proxy", {{"all_proxy", PROXY}}, .plain = THROUGH, .secure = THROUGH},
	{"ALL_PROXY", {{"ALL_PROXY", PROXY}}, .plain = THROUGH, .secure = THROUGH},
	{"the one for the scheme wins",
	 {{"all_proxy", NOWHERE}, {"http_proxy", PROXY}, {"https_proxy", PROXY}},
	 .plain = THROUGH,
	 .secure = THROUGH},
	{"the option wins",
	 {{"all_proxy", NOWHERE}, {"http_proxy", NOWHERE}, {"IXHR2_PROXY", NOWHERE}},
	 true,
	 PROXY,
	 THROUGH,
	 THROUGH},
	{"the option can be none",
	 {{"all_proxy", NOWHERE}, {"http_proxy", NOWHERE}},
	 true,
	 EMPTY,
	 DIRECT,
	 DIRECT},
	{"an empty variable is none",
	 {{"http_proxy", EMPTY}, {"https_proxy", EMPTY}},
	 .plain = DIRECT,
	 .secure = DIRECT},
	{"no_proxy",
	 {{"all_proxy", NOWHERE}, {"no_proxy", HERE}},
	 .plain = DIRECT,
	 .secure = DIRECT},
	{"NO_PROXY",
	 {{"all_proxy", NOWHERE}, {"NO_PROXY", HERE}},
	 .plain = DIRECT,
	 .secure = DIRECT},
	{"no_proxy of all",
	 {{"all_proxy", NOWHERE}, {"no_proxy", ALL}},
	 .plain = DIRECT,
	 .secure = DIRECT},
	{"no_proxy of others",
	 {{"all_proxy", PROXY}, {"no_proxy", ELSEWHERE}},
	 .plain = THROUGH,
	 .secure = THROUGH},
	{"no_proxy is for the option too",
	 {{"no_proxy", HERE}},
	 true,
	 NOWHERE,
	 DIRECT,
	 DIRECT},
	{"IXHR2_NO_PROXY wins",
	 {{"no_proxy", HERE}, {"IXHR2_NO_PROXY", ELSEWHERE}, {"all_proxy", PROXY}},
	 .plain = THROUGH,
	 .secure = THROUGH},
	{"a malformed variable does not lead another way",
	 {{"http_proxy", MALFORMED}},
	 .plain = FAILS,
	 .secure = DIRECT},
};

static void set(const struct setting *setting, struct http_proxy *proxy)
{
	char url[128] = "";

	switch (setting->value) {
	case NOWHERE:
		snprintf(url, sizeof(url), "http://127.0.0.1:%u", origin_refusing_port());
		break;
	case PROXY:
		snprintf(url, sizeof(url), "%s", http_proxy_url(proxy, NULL));
		break;
	case BARE:
		snprintf(url, sizeof(url), "%s", http_proxy_url(proxy, NULL) + 7);
		break;
	case HERE:
		strcpy(url, "other.test, 127.0.0.0/8");
		break;
	case ELSEWHERE:
		strcpy(url, "other.test,.127.0.0.2");
		break;
	case ALL:
		strcpy(url, "*");
		break;
	case MALFORMED:
		strcpy(url, "gopher://127.0.0.1:1");
		break;
	default:
		break;
	}
	if (setting->name)
		setenv(setting->name, url, 1);
	else
		assert_int_equal(ixhr2_configure(IXHR2_OPTION_PROXY, url), S_OK);
}

/* What a request can be made to: an origin for each scheme, and a proxy before them. */
struct world {
	struct answerer *plain;	   /* of http: URLs */
	struct tls_origin *secure; /* of https: URLs */
	struct http_proxy *proxy;  /* knows 127.0.0.1 */
};

static void check_way(const struct choice *choice, const struct world *world,
		      bool is_secure)
{
	enum way way = is_secure ? choice->secure : choice->plain;
	unsigned asked = http_proxy_count(world->proxy).requests;
	struct client *client;
	char url[64];

	snprintf(url, sizeof(url), "http%s://127.0.0.1:%u/a", is_secure ? "s" : "",
		 is_secure ? tls_origin_port(world->secure)
			   : answerer_port(world->plain));
	client = client_get(url);
	if (way == FAILS)
		assert_true(FAILED(client->error));
	else
		client_expect(client, 200, "/a");
	client_end(client);
	assert_int_equal(http_proxy_count(world->proxy).requests - asked, way == THROUGH);
}

static void run_choice(const struct choice *choice, const struct world *world)
{
	print_message("  %s\n", choice->name);
	for (size_t i = 0; i < TEST_COUNT(choice->settings); i++)
		if (choice->settings[i].name)
			set(&choice->settings[i], world->proxy);
	if (choice->has_option)
		set(&(struct setting){NULL, choice->option}, world->proxy);
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_CA_FILE, pki_path("root.pem")),
			 S_OK);
	check_way(choice, world, false);
	check_way(choice, world, true);
}

static void the_proxy_is_the_one_that_was_said(void **state)
{
	struct tls_origin_options secure = {.certificate = "ip_san"};
	struct http_proxy_options all = {.warden = NULL};
	struct world world = {.plain = answerer_start(NULL, NULL),
			      .secure = tls_origin_start(&secure),
			      .proxy = http_proxy_start(&all)};

	for (size_t i = 0; i < TEST_COUNT(choices); i++) {
		run_choice(&choices[i], &world);
		after(state);
		before(state);
	}
	http_proxy_end(world.proxy);
	tls_origin_end(world.secure);
	answerer_end(world.plain);
}

/* ---- no_proxy ---- */

static void hosts_on_the_list_are_reached_directly(void **state)
{
	static const struct {
		const char *list; /* IXHR2_OPTION_NO_PROXY */
		bool is_direct;	  /* the way */
	} cases[] = {
		{"", false},
		{"127.0.0.1", true},
		{"127.0.0.2", false},
		{"127.0.0.1:1", false},
		{"127.0.0.0/8", true},
		{"10.0.0.0/8", false},
		{"::1 127.0.0.1", true},
		{"a.test,\t*", true},
		{"*.0.1", false},
	};
	struct answerer *origin = answerer_start(NULL, NULL);
	struct http_proxy *proxy = http_proxy_start(&(struct http_proxy_options){0});
	char url[ANSWERER_URL_BYTES];

	answerer_url(origin, "/a", url);
	for (unsigned i = 0; i < TEST_COUNT(cases); i++) {
		unsigned asked = http_proxy_count(proxy).requests;

		print_message("  \"%s\"\n", cases[i].list);
		http_proxy_lead(proxy);
		assert_int_equal(ixhr2_configure(IXHR2_OPTION_NO_PROXY, cases[i].list),
				 S_OK);
		client_finish(client_get(url), 200, "/a");
		assert_int_equal(http_proxy_count(proxy).requests - asked,
				 !cases[i].is_direct);
		after(state);
		before(state);
	}
	http_proxy_end(proxy);
	answerer_end(origin);
}

static void a_redirect_is_judged_anew(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_HEAD("GET /a HTTP/1.1"),
		       ORIGIN_ANSWER("302 Found\r\nLocation: http://{self}/b", "x"),
		       ORIGIN_NEXT_CONNECTION(),
		       ORIGIN_EXPECT_HEAD("GET /b HTTP/1.1", "Host: {self}"),
		       ORIGIN_ANSWER("302 Found\r\nLocation: http://origin.test/c", "x"),
		       ORIGIN_NEXT_CONNECTION(), ORIGIN_EXPECT_HEAD("GET /c HTTP/1.1"),
		       ORIGIN_ANSWER("200 OK", "end"));
	struct http_proxy *proxy = http_proxy_start(&(struct http_proxy_options){
		.targets = {{"origin.test:80", proxy_port_of(origin)}}});
	struct ixhr2_info info;
	struct client *client;

	(void)state;
	http_proxy_lead(proxy);
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_NO_PROXY, "127.0.0.1"), S_OK);
	client = client_get("http://origin.test/a");
	client_expect(client, 200, "end");
	info = proxy_info(client);
	assert_non_null(info.proxy);
	ixhr2_info_free(&info);
	client_end(client);
	assert_int_equal(http_proxy_count(proxy).requests, 2);
	proxy_expect_head(proxy, 1, "GET http://origin.test/c HTTP/1.1\r\n", NULL);
	http_proxy_end(proxy);
	origin_end(origin);
}

static void a_direct_request_knows_no_proxy(void **state)
{
	struct answerer *origin = answerer_start(NULL, NULL);
	char url[ANSWERER_URL_BYTES];
	struct ixhr2_info info;
	struct client *client;

	(void)state;
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_PROXY, ""), S_OK);
	client = client_get(answerer_url(origin, "/a", url));
	info = proxy_info(client);
	assert_null(info.proxy);
	assert_int_equal(info.proxy_status, 0);
	assert_false(info.is_proxy_fault);
	ixhr2_info_free(&info);
	client_finish(client, 200, "/a");
	answerer_end(origin);
}

static void malformed_values_are_refused(void **state)
{
	static const char *const values[] = {"ftp://a", "http://", "http://a:b",
					     "a:99999", "http://a b"};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(values); i++) {
		print_message("  %s\n", values[i]);
		assert_int_equal(ixhr2_configure(IXHR2_OPTION_PROXY, values[i]),
				 E_INVALIDARG);
	}
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_PROXY, NULL), E_INVALIDARG);
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_NO_PROXY, NULL), E_INVALIDARG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CHOICE_TEST(the_proxy_is_the_one_that_was_said),
		CHOICE_TEST(hosts_on_the_list_are_reached_directly),
		CHOICE_TEST(a_redirect_is_judged_anew),
		CHOICE_TEST(a_direct_request_knows_no_proxy),
		CHOICE_TEST(malformed_values_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
