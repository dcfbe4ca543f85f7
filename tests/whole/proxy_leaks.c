/* SPDX-License-Identifier: MIT */
/*
 * Who gets to see what: a login, a cookie or a path never reaches anybody but the side
 * that it is for. The proxy keeps all that is said to it, and both origins all that
 * reaches them; afterwards nobody may have anything of another.
 *
 * The proxy's login is ann's, the origin's bob's.
 */
#include "lib/test.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/answerer.h"
#include "lib/http_proxy.h"
#include "lib/tls_origin.h"
#include "whole/proxy.h"

/* What must stay secret, in every form in which it can be said. */
#define ANN	   "ann"
#define ANN_SECRET "annssecret"
#define ANN_BASIC  "YW5uOmFubnNzZWNyZXQ="
#define BOB	   "bob"
#define BOB_SECRET "bobssecret"
#define BOB_BASIC  "Ym9iOmJvYnNzZWNyZXQ="
#define COOKIE	   "hiddencookie"

static const struct logins both = {BOB, BOB_SECRET, ANN, ANN_SECRET};

static const char *const of_ann[] = {ANN_SECRET, ANN_BASIC, "username=\"ann\"",
				     "Proxy-Authorization", NULL};
static const char *const of_bob[] = {
	BOB_SECRET, BOB_BASIC, "username=\"bob\"", COOKIE, "Cookie:", "Referer", NULL};

/* ---- origins that keep all heads ---- */

/* What reaches the names of one side, and what it answers. */
struct side {
	pthread_mutex_t lock; /* for all below */
	char *heads;	      /* of every request, one behind the other; owned */
	size_t len;	      /* of heads */
	struct warden warden; /* of the paths below /in */
	const char *leads[8]; /* "/path URL" pairs: redirects; NULL behind the last */
};

static void keep(struct side *side, const char *head)
{
	size_t len = strlen(head);

	side->heads = realloc(side->heads, side->len + len + 1);
	if (!side->heads)
		abort();
	memcpy(side->heads + side->len, head, len + 1);
	side->len += len;
}

/* The URL that a path leads to, or NULL. */
static const char *find_lead(const struct side *side, const char *path)
{
	size_t len = strlen(path);

	for (unsigned i = 0; i < TEST_COUNT(side->leads) && side->leads[i]; i++)
		if (strncmp(side->leads[i], path, len) == 0 && side->leads[i][len] == ' ')
			return side->leads[i] + len + 1;
	return NULL;
}

/* Fields of the answer to a request, and its status. */
static const char *judge(struct side *side, const char *path, const char *head,
			 char fields[1024])
{
	const char *status = "200 OK", *lead = find_lead(side, path);

	fields[0] = '\0';
	pthread_mutex_lock(&side->lock);
	keep(side, head);
	if (strncmp(path, "/in", 3) == 0 &&
	    !warden_admits(&side->warden, head, "Authorization")) {
		status = "401 Who";
		warden_put_challenge(&side->warden, "WWW-Authenticate", fields, 1024);
	} else if (lead) {
		status = "302 Found";
		snprintf(fields, 1024, "Location: %s\r\n", lead);
	}
	pthread_mutex_unlock(&side->lock);
	return status;
}

static void answer_plain(void *owner, const struct answerer_request *request,
			 struct answerer_reply *reply)
{
	static _Thread_local char fields[1024];

	reply->status = judge(owner, request->path, request->head, fields);
	reply->fields = fields;
	reply->body = SPAN("body");
}

static void answer_secure(void *owner, const struct tls_origin_request *request,
			  struct tls_origin_reply *reply)
{
	static _Thread_local char fields[1024];

	reply->status = judge(owner, request->path, request->head, fields);
	reply->fields = fields;
	reply->body = "body";
}

/* ---- the setting ---- */

struct setting {
	struct side plain;		  /* every name without TLS */
	struct side secure;		  /* every name with it */
	struct warden warden;		  /* of the proxy */
	struct answerer *plain_origin;	  /* of plain */
	struct tls_origin *secure_origin; /* of secure */
	struct http_proxy *proxy;	  /* leads to both */
};

static void begin(struct setting *setting, bool is_digest)
{
	struct warden bob = {.user = BOB,
			     .password = BOB_SECRET,
			     .has_basic = !is_digest,
			     .has_digest = is_digest};
	struct http_proxy_options options = {.warden = &setting->warden};
	static const char *const plain[] = {"good.test:80", "good.test:8080",
					    "second.test:80", "third.test:80"};
	static const char *const secure[] = {"good.test:443", "good.test:8443",
					     "second.test:443"};

	setting->warden = bob;
	setting->warden.user = ANN;
	setting->warden.password = ANN_SECRET;
	setting->plain.warden = bob;
	setting->secure.warden = bob;
	pthread_mutex_init(&setting->plain.lock, NULL);
	pthread_mutex_init(&setting->secure.lock, NULL);
	setting->plain_origin = answerer_start(answer_plain, &setting->plain);
	setting->secure_origin = tls_origin_start(
		&(struct tls_origin_options){.hosts = {{"second.test", "second", NULL}},
					     .answer = answer_secure,
					     .owner = &setting->secure});
	for (size_t i = 0; i < TEST_COUNT(plain); i++)
		options.targets[i] = (struct http_proxy_target){
			plain[i], answerer_port(setting->plain_origin)};
	for (size_t i = 0; i < TEST_COUNT(secure); i++)
		options.targets[TEST_COUNT(plain) + i] = (struct http_proxy_target){
			secure[i], tls_origin_port(setting->secure_origin)};
	setting->proxy = http_proxy_start(&options);
	http_proxy_lead(setting->proxy);
}

static void finish(struct setting *setting)
{
	http_proxy_end(setting->proxy);
	answerer_end(setting->plain_origin);
	tls_origin_end(setting->secure_origin);
	free(setting->plain.heads);
	free(setting->secure.heads);
	pthread_mutex_destroy(&setting->plain.lock);
	pthread_mutex_destroy(&setting->secure.lock);
}

static struct client *start(const char *url)
{
	struct client *client = client_new();

	logins_open(client, "GET", url, &both);
	client_header(client, "Cookie", "c=" COOKIE);
	client_send(client);
	return client;
}

/* Asserts that none of the texts is in what a side got. */
static void expect_none(const char *heads, const char *const *texts, const char *whom)
{
	for (; heads && *texts; texts++)
		if (strcasestr(heads, *texts))
			fail_msg("%s got \"%s\":\n%s", whom, *texts, heads);
}

/* Asserts that none of the texts was said to the proxy itself, or through it in the
 * clear. */
static void expect_untold(struct setting *setting, const char *const *texts)
{
	http_proxy_stop(setting->proxy);
	for (; *texts; texts++)
		if (http_proxy_was_told(setting->proxy, *texts) ||
		    http_proxy_has_carried(setting->proxy, *texts))
			fail_msg("the proxy got \"%s\"", *texts);
}

/* What a side got from the first mark on. */
static const char *behind(const char *heads, const char *mark)
{
	const char *at = heads ? strstr(heads, mark) : NULL;

	if (!at)
		fail_msg("nobody got \"%s\"", mark);
	return at;
}

/* ---- proxy and origin ---- */

static void check_secure(bool is_digest)
{
	struct setting setting = {0};

	begin(&setting, is_digest);
	client_finish(start("https://good.test/in?hiddenpath"), 200, "body");
	assert_int_equal(setting.warden.admitted, 1);
	assert_int_equal(setting.secure.warden.admitted, 1);
	expect_none(setting.secure.heads, of_ann, "the origin");
	behind(setting.secure.heads, COOKIE);
	expect_untold(&setting, of_bob);
	expect_untold(&setting,
		      (const char *const[]){"hiddenpath", "\r\nAuthorization", NULL});
	finish(&setting);
}

static void a_proxy_sees_nothing_of_what_is_for_a_secure_origin(void **state)
{
	for (int is_digest = 0; is_digest < 2; is_digest++) {
		check_secure(is_digest);
		client_after(state);
		client_before(state);
	}
}

static void check_plain(bool is_digest)
{
	struct setting setting = {0};

	begin(&setting, is_digest);
	client_finish(start("http://good.test/in"), 200, "body");
	assert_int_equal(setting.plain.warden.admitted, 1);
	expect_none(setting.plain.heads, of_ann, "the origin");
	finish(&setting);
}

static void an_origin_sees_nothing_of_what_is_for_the_proxy(void **state)
{
	for (int is_digest = 0; is_digest < 2; is_digest++) {
		check_plain(is_digest);
		client_after(state);
		client_before(state);
	}
}

static void a_proxy_does_not_get_the_origins_login(void **state)
{
	static const struct logins of_origin = {.user = BOB, .password = BOB_SECRET};
	struct setting setting = {0};

	(void)state;
	begin(&setting, false);
	client_finish(logins_start("GET", "http://good.test/in", &of_origin), 407, NULL);
	client_fail(logins_start("GET", "https://good.test/in", &of_origin),
		    INET_E_AUTHENTICATION_REQUIRED);
	client_fail(client_start("GET", "https://bob:bobssecret@good.test/in"),
		    INET_E_AUTHENTICATION_REQUIRED);
	expect_untold(&setting, of_bob);
	expect_untold(&setting, (const char *const[]){"Authorization", NULL});
	finish(&setting);
}

static void an_origin_does_not_get_the_proxys_login(void **state)
{
	static const char *const urls[] = {"http://good.test/in", "https://good.test/in"};
	static const struct logins of_proxy = {.proxy_user = ANN,
					       .proxy_password = ANN_SECRET};
	struct setting setting = {0};

	(void)state;
	begin(&setting, false);
	for (size_t i = 0; i < TEST_COUNT(urls); i++)
		client_finish(logins_start("GET", urls[i], &of_proxy), 401, "body");
	expect_none(setting.plain.heads, of_ann, "the origin");
	expect_none(setting.secure.heads, of_ann, "the origin");
	expect_none(setting.plain.heads, (const char *const[]){"Authorization", NULL},
		    "the origin");
	expect_none(setting.secure.heads, (const char *const[]){"Authorization", NULL},
		    "the origin");
	finish(&setting);
}

static void refuse_as_proxy(void *owner, const struct answerer_request *request,
			    struct answerer_reply *reply)
{
	keep(owner, request->head);
	reply->status = "407 Who";
	reply->fields = "Proxy-Authenticate: Basic realm=\"x\"\r\n";
	reply->body = SPAN("407");
}

static void an_origin_that_plays_the_proxy_gets_nothing(void **state)
{
	struct side side = {0};
	struct answerer *origin = answerer_start(refuse_as_proxy, &side);
	char url[ANSWERER_URL_BYTES];

	(void)state;
	/* Directly, though there is a login of a proxy and a proxy for others. */
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_PROXY,
					 "http://" ANN ":" ANN_SECRET "@127.0.0.1:1"),
			 S_OK);
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_NO_PROXY, "127.0.0.1"), S_OK);
	client_finish(start(answerer_url(origin, "/", url)), 407, "407");
	answerer_end(origin);
	expect_none(side.heads, of_ann, "the origin");
	expect_none(side.heads, (const char *const[]){"Authorization", NULL},
		    "the origin");
	free(side.heads);
}

/* ---- ways off the origin ---- */

struct way {
	const char *name;	 /* of the case */
	const char *url;	 /* of Open; wants bob's login */
	const char *leads[2][3]; /* redirects of plain, and of secure */
	const char *mark;	 /* the first request line away from home */
	bool is_secure;		 /* that goes to secure */
};

static const struct way ways[] = {
	{"another host",
	 "http://good.test/in",
	 {{"/in http://second.test/away"}, {0}},
	 "GET /away ",
	 false},
	{"another port",
	 "http://good.test/in",
	 {{"/in http://good.test:8080/away"}, {0}},
	 "GET /away ",
	 false},
	{"a secure origin",
	 "http://good.test/in",
	 {{"/in https://good.test/away"}, {0}},
	 "GET /away ",
	 true},
	{"another secure host",
	 "https://good.test/in",
	 {{0}, {"/in https://second.test/away"}},
	 "GET /away ",
	 true},
	{"another secure port",
	 "https://good.test/in",
	 {{0}, {"/in https://good.test:8443/away"}},
	 "GET /away ",
	 true},
	{"another host and back",
	 "http://good.test/in",
	 {{"/in http://second.test/away", "/away http://good.test/back"}, {0}},
	 "GET /away ",
	 false},
	{"over a third and back",
	 "http://good.test/in",
	 {{"/in http://second.test/away", "/away http://third.test/third",
	   "/third http://good.test/back"},
	  {0}},
	 "GET /away ",
	 false},
	{"another secure host and back",
	 "https://good.test/in",
	 {{0}, {"/in https://second.test/away", "/away https://good.test/back"}},
	 "GET /away ",
	 true},
};

static void run_way(const struct way *way, bool is_digest)
{
	struct setting setting = {0};
	const char *rest;

	print_message("  %s\n", way->name);
	begin(&setting, is_digest);
	for (unsigned i = 0; i < TEST_COUNT(way->leads[0]); i++) {
		setting.plain.leads[i] = way->leads[0][i];
		setting.secure.leads[i] = way->leads[1][i];
	}
	client_finish(start(way->url), 200, "body");
	rest = behind(way->is_secure ? setting.secure.heads : setting.plain.heads,
		      way->mark);
	expect_none(rest, of_bob, "somebody away");
	expect_none(rest, (const char *const[]){"Authorization", NULL}, "somebody away");
	expect_none(setting.plain.heads, of_ann, "an origin");
	expect_none(setting.secure.heads, of_ann, "an origin");
	if (strncmp(way->url, "https:", 6) == 0)
		expect_untold(&setting, of_bob);
	else
		/* The proxy sees what a plain origin sees. */
		http_proxy_stop(setting.proxy);
	finish(&setting);
}

static void nothing_of_the_origin_goes_away_from_it(void **state)
{
	for (size_t i = 0; i < 2 * TEST_COUNT(ways); i++) {
		run_way(&ways[i / 2], i % 2);
		client_after(state);
		client_before(state);
	}
}

static void an_origin_away_that_asks_gets_nothing(void **state)
{
	static const struct way away[] = {
		{"another host",
		 "http://good.test/in",
		 {{"/in http://second.test/in2"}, {0}},
		 "GET /in2 ",
		 false},
		{"a secure origin",
		 "http://good.test/in",
		 {{"/in https://good.test/in2"}, {0}},
		 "GET /in2 ",
		 true},
		{"back",
		 "http://good.test/in",
		 {{"/in http://second.test/away", "/away http://good.test/in2"}, {0}},
		 "GET /in2 ",
		 false},
		{"away with a login in Location",
		 "http://good.test/in",
		 {{"/in http://bob:bobssecret@second.test/in2"}, {0}},
		 "GET /in2 ",
		 false},
	};

	for (size_t i = 0; i < TEST_COUNT(away); i++) {
		struct setting setting = {0};
		const char *rest;

		print_message("  %s\n", away[i].name);
		begin(&setting, i % 2);
		for (unsigned n = 0; n < TEST_COUNT(away[i].leads[0]); n++)
			setting.plain.leads[n] = away[i].leads[0][n];
		client_finish(start(away[i].url), 401, "body");
		rest = behind(away[i].is_secure ? setting.secure.heads
						: setting.plain.heads,
			      away[i].mark);
		expect_none(rest, of_bob, "somebody away");
		expect_none(rest, (const char *const[]){"Authorization", NULL},
			    "somebody away");
		finish(&setting);
		client_after(state);
		client_before(state);
	}
}

/* ---- what is told of it ---- */

static char *trace_text;
static size_t trace_len;
static pthread_mutex_t trace_lock = PTHREAD_MUTEX_INITIALIZER;

static void take_line(void *owner, uint64_t mono_ns, const char *line)
{
	size_t len = strlen(line);

	(void)owner;
	(void)mono_ns;
	pthread_mutex_lock(&trace_lock);
	trace_text = realloc(trace_text, trace_len + len + 1);
	if (!trace_text)
		abort();
	memcpy(trace_text + trace_len, line, len + 1);
	trace_len += len;
	pthread_mutex_unlock(&trace_lock);
}

/* Asserts that no secret is in a text. */
static void expect_clean(const char *text)
{
	static const char *const secrets[] = {ANN_SECRET, ANN_BASIC,   BOB_SECRET,
					      BOB_BASIC,  "response=", NULL};

	expect_none(text, secrets, "somebody who reads");
}

static void expect_clean_info(struct client *client)
{
	struct ixhr2_info info = proxy_info(client);
	char *text = NULL;

	expect_clean(info.url);
	expect_clean(info.proxy);
	expect_clean(info.request_head);
	expect_clean(info.peer);
	ixhr2_info_free(&info);
	ixhr2_error_text((IUnknown *)client->xhr, &text);
	expect_clean(text);
	CoTaskMemFree(text);
}

static void no_secret_is_told(void **state)
{
	static const char *const urls[] = {
		"http://bob:bobssecret@good.test/in",  "https://good.test/in",
		"https://bob:bobssecret@none.test/in", "http://none.invalid/",
		"https://good.test:8443/in",
	};

	ixhr2_set_trace(take_line, NULL);
	for (size_t i = 0; i < 2 * TEST_COUNT(urls); i++) {
		struct setting setting = {0};
		struct client *client = client_new();

		begin(&setting, i % 2);
		http_proxy_lead_as(setting.proxy, ANN ":" ANN_SECRET);
		client_open(client, "GET", urls[i / 2]);
		client_send(client);
		client_wait(client);
		expect_clean_info(client);
		client_end(client);
		finish(&setting);
		client_after(state);
		client_before(state);
	}
	ixhr2_set_trace(NULL, NULL);
	assert_non_null(trace_text);
	expect_clean(trace_text);
	free(trace_text);
	trace_text = NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(a_proxy_sees_nothing_of_what_is_for_a_secure_origin),
		CLIENT_TEST(an_origin_sees_nothing_of_what_is_for_the_proxy),
		CLIENT_TEST(a_proxy_does_not_get_the_origins_login),
		CLIENT_TEST(an_origin_does_not_get_the_proxys_login),
		CLIENT_TEST(an_origin_that_plays_the_proxy_gets_nothing),
		CLIENT_TEST(nothing_of_the_origin_goes_away_from_it),
		CLIENT_TEST(an_origin_away_that_asks_gets_nothing),
		CLIENT_TEST(no_secret_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
