/* SPDX-License-Identifier: MIT */
/*
 * Where logins must not go. Every origin records all that it is told; what it is told
 * besides its own is looked for there. Names ending in .test lead to these origins.
 */
#include "lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/session.h"
#include "lib/client.h"
#include "lib/pki.h"
#include "lib/tls_origin.h"
#include "whole/auth.h"

/* How the origin at home wants it. */
struct demand {
	const char *name; /* of the scheme */
	bool has_basic, has_digest;
	const char *tokens;    /* as in struct guarded */
	const char *challenge; /* the same */
};

static const struct demand demands[] = {
	{"Basic", true, false, NULL, NULL},
	{"Digest", false, true, NULL, NULL},
	{"NTLM", false, false, "NTLM", "WWW-Authenticate: NTLM\r\n"},
	{"Negotiate", false, false, "Negotiate", "WWW-Authenticate: Negotiate\r\n"},
};

/* A way off http://a.test. */
static const char *const ways[] = {
	"http://a.test:8080/leave", "http://b.test/leave",	 "http://w.a.test/leave",
	"http://a.test./leave",	    "http://ann:x@b.test/leave", "//test/leave",
};

/* What it is like over there. */
enum abroad {
	ABROAD_ANSWERS,	   /* with the path */
	ABROAD_CHALLENGES, /* by all schemes */
	ABROAD_SENDS_BACK, /* to http://a.test/back */
	ABROAD_SENDS_ON,   /* to http://c.test, which sends back */
	ABROAD_COUNT
};

/* Whose login it is. */
enum source { FROM_OPEN, FROM_URL, FROM_FIELD, SOURCE_COUNT };

struct world {
	struct guarded *home;	/* http://a.test */
	struct guarded *abroad; /* all others but */
	struct guarded *third;	/* http://c.test */
};

#define EVERYTHING                                                                       \
	"WWW-Authenticate: Negotiate, NTLM\r\n"                                          \
	"WWW-Authenticate: Digest realm=\"warden\", nonce=\"nonce1\", qop=\"auth\"\r\n"  \
	"WWW-Authenticate: Basic realm=\"warden\"\r\n"

static void begin(struct world *world, const struct demand *demand)
{
	world->home = guarded_new();
	world->abroad = guarded_new();
	world->third = guarded_new();
	guarded_admit(world->home, demand->has_basic, demand->has_digest);
	world->home->tokens = demand->tokens;
	world->home->challenge = demand->challenge;
	guarded_start(world->home);
	guarded_start(world->abroad);
	guarded_start(world->third);
}

static void be_abroad(struct world *world, enum abroad abroad)
{
	if (abroad == ABROAD_CHALLENGES) {
		guarded_admit(world->abroad, true, true);
		world->abroad->challenge = EVERYTHING;
	}
	if (abroad == ABROAD_SENDS_BACK)
		world->abroad->to = "http://a.test/back";
	if (abroad == ABROAD_SENDS_ON)
		world->abroad->to = "http://c.test/leave";
	world->third->to = "http://a.test/back";
}

static void lead(const struct world *world)
{
	char rules[256];

	snprintf(rules, sizeof(rules),
		 "a.test:80:127.0.0.1:%u,c.test:80:127.0.0.1:%u,::127.0.0.1:%u",
		 answerer_port(world->home->answerer),
		 answerer_port(world->third->answerer),
		 answerer_port(world->abroad->answerer));
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_CONNECT_TO, rules), S_OK);
}

static void finish(struct world *world)
{
	guarded_end(world->home);
	guarded_end(world->abroad);
	guarded_end(world->third);
}

/* What nobody but the origin at home may be told. */
static const char *const secrets[] = {
	"Authorization", "Cookie",    "Referer", "biscuit", "ann",
	"secret",	 "YW5u", /* ann */
	"nonce",	 "Negotiate", "NTLM",	 "Basic",   "Digest",
};

static void expect_no_secret(const char *told)
{
	for (size_t i = 0; i < TEST_COUNT(secrets); i++)
		if (strcasestr(told, secrets[i]))
			fail_msg("\"%s\" in:\n%s", secrets[i], told);
}

static struct client *start(enum source source)
{
	struct client *client = client_new();

	logins_open(client, "GET",
		    source == FROM_URL ? "http://ann:secret@a.test/leave"
				       : "http://a.test/leave",
		    source == FROM_OPEN ? &ann : &nobody);
	if (source == FROM_FIELD)
		client_header(client, "Authorization", "Basic " ANN);
	client_header(client, "Cookie", "secret=biscuit");
	client_send(client);
	return client;
}

static void check_end(struct client *client, const struct world *world,
		      enum abroad abroad)
{
	bool is_back = abroad == ABROAD_SENDS_BACK || abroad == ABROAD_SENDS_ON;

	client_wait(client);
	client_expect(client, abroad == ABROAD_ANSWERS ? 200 : 401,
		      abroad == ABROAD_ANSWERS ? "/leave" : "who are you?");
	assert_int_equal(answerer_requests(world->abroad->answerer), 1);
	assert_int_equal(answerer_requests(world->third->answerer),
			 abroad == ABROAD_SENDS_ON);
	expect_no_secret(world->abroad->kept);
	expect_no_secret(world->third->kept);
	if (is_back) {
		const char *back = strstr(world->home->kept, "GET /back");

		assert_non_null(back);
		expect_no_secret(back);
	}
}

static void check_way(const struct demand *demand, const char *way, enum abroad abroad,
		      enum source source)
{
	struct world world;
	struct client *client;

	begin(&world, demand);
	world.home->to = way;
	be_abroad(&world, abroad);
	lead(&world);
	client = start(source);
	client_wait(client);
	if (world.home->warden.admitted == 0)
		print_message("  %s is not there\n", demand->name);
	else
		check_end(client, &world, abroad);
	client_end(client);
	session_reset();
	finish(&world);
}

static void no_way_off_the_origin_takes_a_login_along(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(demands); i++)
		for (size_t j = 0; j < TEST_COUNT(ways); j++)
			for (int abroad = 0; abroad < ABROAD_COUNT; abroad++)
				check_way(&demands[i], ways[j], (enum abroad)abroad,
					  FROM_OPEN);
}

static void wherever_the_login_is_from(void **state)
{
	(void)state;
	for (int source = 0; source < SOURCE_COUNT; source++)
		for (int abroad = 0; abroad < ABROAD_COUNT; abroad++)
			check_way(&demands[0], ways[1], (enum abroad)abroad,
				  (enum source)source);
}

/* ---- between http and https ---- */

static void lead_with_tls(const struct world *world, const struct tls_origin *tls)
{
	char rules[128];

	snprintf(rules, sizeof(rules),
		 "good.test:80:127.0.0.1:%u,good.test:443:127.0.0.1:%u",
		 answerer_port(world->home->answerer), tls_origin_port(tls));
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_CONNECT_TO, rules), S_OK);
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_CA_FILE, pki_path("root.pem")),
			 S_OK);
}

static void https_is_another_origin_than_http(void **state)
{
	struct tls_origin_visit visit;
	struct tls_origin *tls = tls_origin_start(&(struct tls_origin_options){0});
	struct world world;

	(void)state;
	begin(&world, &demands[0]);
	world.home->to = "https://good.test/there";
	lead_with_tls(&world, tls);
	client_finish(auth_get("http://good.test/leave", &ann), 200, "/there");
	assert_int_equal(world.home->warden.admitted, 1);
	tls_origin_visit(tls, 0, &visit);
	assert_int_equal(visit.requests, 1);
	expect_no_secret(visit.kept);
	finish(&world);
	tls_origin_end(tls);
}

static void ask_and_lead_down(void *owner, const struct tls_origin_request *request,
			      struct tls_origin_reply *reply)
{
	bool is_known = strstr(request->head, "\r\nAuthorization: Basic " ANN) != NULL;

	(void)owner;
	reply->status = is_known ? "302 Found" : "401 Unauthorized";
	reply->fields = is_known ? "Location: http://good.test/there\r\n"
				 : "WWW-Authenticate: Basic realm=r\r\n";
}

static void nothing_comes_down_from_https(void **state)
{
	struct tls_origin *tls = tls_origin_start(
		&(struct tls_origin_options){.answer = ask_and_lead_down});
	struct client *client;
	struct world world;

	(void)state;
	begin(&world, &demands[0]);
	lead_with_tls(&world, tls);
	client = auth_get("https://good.test/", &ann);
	client_expect_error(client, INET_E_REDIRECT_FAILED);
	client_end(client);
	assert_int_equal(tls_origin_count(tls).requests, 2);
	assert_int_equal(answerer_connections(world.home->answerer), 0);
	finish(&world);
	tls_origin_end(tls);
}

/* ---- connections ---- */

/* Who asks, in turn, and over which connection, from 1. */
struct turn {
	const struct logins *logins;
	unsigned connection;
};

static void check_turns(const struct demand *demand, const struct turn *turns,
			size_t count)
{
	struct world world;

	begin(&world, demand);
	lead(&world);
	for (size_t i = 0; i < count; i++) {
		client_end(auth_get("http://a.test/", turns[i].logins));
		if (world.home->connection != turns[i].connection)
			fail_msg("%s, turn %zu: connection %u instead of %u",
				 demand->name, i, world.home->connection,
				 turns[i].connection);
	}
	session_reset();
	finish(&world);
}

/* What was shown over a connection may hold for all of it. */
static void a_connection_serves_one_login_alone(void **state)
{
	static const struct logins bob = {.user = "bob", .password = "secret"};
	static const struct logins annse = {.user = "annse", .password = "cret"};
	static const struct turn turns[] = {
		{&ann, 1},   {&nobody, 2}, {&bob, 3}, {&ann_wrong, 4},
		{&annse, 5}, {&nobody, 2}, {&ann, 1}, {&bob, 3},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(demands); i++)
		check_turns(&demands[i], turns, TEST_COUNT(turns));
}

/* ---- prompts ---- */

struct prompted {
	char hosts[128]; /* that were asked for, each with a blank behind */
};

static HRESULT know_a(void *owner, IUnknown *xhr, const struct ixhr2_prompt *prompt,
		      char **out_user, char **out_password)
{
	struct prompted *prompted = owner;
	size_t len = strlen(prompted->hosts);

	(void)xhr;
	snprintf(prompted->hosts + len, sizeof(prompted->hosts) - len, "%s ",
		 prompt->host);
	if (strcmp(prompt->host, "a.test:80") != 0)
		return S_FALSE;
	*out_user = CoTaskMemAlloc(4);
	*out_password = CoTaskMemAlloc(7);
	memcpy(*out_user, "ann", 4);
	memcpy(*out_password, "secret", 7);
	return S_OK;
}

static void a_login_that_was_asked_for_stays_too(void **state)
{
	(void)state;
	for (int abroad = 0; abroad < ABROAD_COUNT; abroad++) {
		bool is_back = abroad == ABROAD_SENDS_BACK || abroad == ABROAD_SENDS_ON;
		struct prompted prompted = {.hosts = ""};
		struct world world;

		begin(&world, &demands[0]);
		world.home->to = "http://b.test/leave";
		be_abroad(&world, (enum abroad)abroad);
		lead(&world);
		assert_int_equal(ixhr2_set_prompt(know_a, &prompted), S_OK);
		client_end(auth_get("http://a.test/leave", &nobody));
		assert_int_equal(ixhr2_set_prompt(NULL, NULL), S_OK);
		assert_string_equal(prompted.hosts, is_back ? "a.test:80 a.test:80 "
						    : abroad == ABROAD_CHALLENGES
							    ? "a.test:80 b.test:80 "
							    : "a.test:80 ");
		/* Back home it is asked for anew. */
		assert_int_equal(world.home->warden.admitted, is_back ? 2 : 1);
		expect_no_secret(world.abroad->kept);
		expect_no_secret(world.third->kept);
		session_reset();
		finish(&world);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(no_way_off_the_origin_takes_a_login_along),
		CLIENT_TEST(wherever_the_login_is_from),
		CLIENT_TEST(https_is_another_origin_than_http),
		CLIENT_TEST(nothing_comes_down_from_https),
		CLIENT_TEST(a_connection_serves_one_login_alone),
		CLIENT_TEST(a_login_that_was_asked_for_stays_too),
	};

	auth_forget_kerberos();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
