/* SPDX-License-Identifier: MIT */
/* Contract X8 for servers: when a 401 is answered, with what, and what the program sees.
 */
#include "lib/test.h"

#include <stdio.h>
#include <string.h>

#include "lib/client.h"
#include "lib/flag.h"
#include "lib/origin.h"
#include "whole/auth.h"

/* ---- Basic and Digest ---- */

static void nothing_is_sent_before_a_challenge(void **state)
{
	struct origin *origin =
		ORIGIN(EXPECT_BARE("GET /a HTTP/1.1"), ORIGIN_ANSWER("200 OK", "x"),
		       EXPECT_BARE("GET /b HTTP/1.1"), ORIGIN_ANSWER("200 OK", "x"));
	char url[128];

	(void)state;
	client_finish(auth_get(origin_url(origin, "/a"), &ann), 200, "x");
	snprintf(url, sizeof(url), "http://ann:secret@%s/b", origin_authority(origin));
	client_finish(auth_get(url, &nobody), 200, "x");
	origin_end(origin);
}

static void a_challenge_is_answered_inside(void **state)
{
	struct origin *origin =
		ORIGIN(EXPECT_BARE("GET /a HTTP/1.1"), ORIGIN_ANSWER(BASIC_401, "who?"),
		       EXPECT_BASIC("GET /a HTTP/1.1"), ORIGIN_ANSWER("200 OK", "x"));
	struct client *client = auth_get(origin_url(origin, "/a"), &ann);

	(void)state;
	client_expect(client, 200, "x");
	assert_string_equal(client->order, "hdR");
	assert_string_equal(client_response_header(client, "WWW-Authenticate"), "");
	client_end(client);
	origin_join(origin);
	assert_int_equal(origin_connections(origin), 1);
	origin_stop(origin);
}

static void each_request_waits_for_its_own_challenge(void **state)
{
	struct origin *origin =
		ORIGIN(EXPECT_BARE("GET /a HTTP/1.1"), ORIGIN_ANSWER(BASIC_401, "who?"),
		       EXPECT_BASIC("GET /a HTTP/1.1"), ORIGIN_ANSWER("200 OK", "x"),
		       ORIGIN_REPEAT(4, 3));

	(void)state;
	for (int i = 0; i < 4; i++)
		client_finish(auth_get(origin_url(origin, "/a"), &ann), 200, "x");
	origin_join(origin);
	assert_int_equal(origin_connections(origin), 1);
	origin_stop(origin);
}

/* The same object, the credentials of which are dropped at the end. */
static void the_next_open_brings_its_own_login(void **state)
{
	struct origin *origin =
		ORIGIN(EXPECT_BARE("GET / HTTP/1.1"), ORIGIN_ANSWER(BASIC_401, "who?"),
		       EXPECT_BASIC("GET / HTTP/1.1"), ORIGIN_ANSWER("200 OK", "x"),
		       ORIGIN_NEXT_CONNECTION(), EXPECT_BARE("GET / HTTP/1.1"),
		       ORIGIN_ANSWER(BASIC_401, "who?"));
	struct client *client = auth_get(origin_url(origin, "/"), &ann);

	(void)state;
	client_expect(client, 200, "x");
	client_open(client, "GET", origin_url(origin, "/"));
	client_send(client);
	client_finish(client, 401, "xwho?");
	origin_end(origin);
}

static void the_last_401_is_the_response(void **state)
{
	struct origin *origin = ORIGIN(
		EXPECT_BARE("GET / HTTP/1.1"),
		ORIGIN_ANSWER(BASIC_401 "\r\nX-A: first", "who?"),
		ORIGIN_EXPECT_HEAD("GET / HTTP/1.1", "Authorization: Basic " WRONG),
		ORIGIN_ANSWER("401 Go Away\r\nX-A: last\r\n"
			      "WWW-Authenticate: Basic realm=\"r\"",
			      "no!"),
		EXPECT_BARE("GET /b HTTP/1.1"), ORIGIN_ANSWER("200 OK", "x"));
	struct client *client = auth_get(origin_url(origin, "/"), &ann_wrong);

	(void)state;
	client_expect(client, 401, "no!");
	assert_string_equal(client->order, "hdR");
	assert_string_equal(client->reason, "Go Away");
	assert_string_equal(client_response_header(client, "X-A"), "last");
	assert_string_equal(client_response_header(client, "WWW-Authenticate"),
			    "Basic realm=\"r\"");
	client_end(client);
	client_finish(auth_get(origin_url(origin, "/b"), &ann_wrong), 200, "x");
	origin_join(origin);
	assert_int_equal(origin_connections(origin), 1);
	origin_stop(origin);
}

/* The warden of these reckons by itself what an answer must be. */
struct digest_case {
	const char *method;    /* of the request */
	const char *algorithm; /* of the challenge; NULL: MD5 */
	bool has_basic;	       /* Basic is offered too */
	const struct logins *logins;
	DWORD status;	  /* of the response */
	unsigned refused; /* answers */
};

static void digest_is_answered(void **state)
{
	static const struct digest_case cases[] = {
		{"GET", NULL, false, &ann, 200, 0},
		{"HEAD", NULL, false, &ann, 200, 0},
		{"POST", NULL, false, &ann, 200, 0},
		{"GET", "SHA-256", false, &ann, 200, 0},
		{"GET", "SHA-512-256", false, &ann, 200, 0},
		{"GET", "SHA-256", true, &ann, 200, 0},
		{"GET", NULL, false, &ann_wrong, 401, 1},
		{"GET", "SHA-512-256", false, &ann_wrong, 401, 1},
		{"GET", "SHA-256", true, &ann_wrong, 401, 2},
		{"GET", "SHA-256", true, &nobody, 401, 0},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct guarded *guarded = guarded_new();
		char url[ANSWERER_URL_BYTES];
		struct client *client;

		print_message("  %zu\n", i);
		guarded_admit(guarded, cases[i].has_basic, true);
		guarded->warden.algorithm = cases[i].algorithm;
		guarded_start(guarded);
		client = logins_start(cases[i].method,
				      answerer_url(guarded->answerer, "/a?b", url),
				      cases[i].logins);
		client_wait(client);
		client_expect(client, cases[i].status,
			      strcmp(cases[i].method, "HEAD") == 0 ? ""
			      : cases[i].status == 200		   ? "/a?b"
								   : "who are you?");
		client_end(client);
		assert_int_equal(guarded->warden.refused, cases[i].refused);
		assert_int_equal(guarded->warden.admitted, cases[i].status == 200);
		guarded_end(guarded);
	}
}

static void a_refused_scheme_is_followed_by_the_next(void **state)
{
	static const char *const digest_only[] = {"Authorization: Digest "};
	struct origin *origin = ORIGIN(
		EXPECT_BARE("GET / HTTP/1.1"),
		ORIGIN_ANSWER(STATUS_401("Basic realm=r, Digest realm=r, nonce=n, "
					 "qop=\"auth\", algorithm=SHA-256, Bearer x=y"),
			      "who?"),
		ORIGIN_EXPECT_HEAD("GET / HTTP/1.1", "Authorization:"),
		ORIGIN_ANSWER(STATUS_401("Digest realm=r, nonce=o, qop=\"auth\"\r\n"
					 "WWW-Authenticate: Basic realm=r"),
			      "who?"),
		EXPECT_BASIC("GET / HTTP/1.1"), ORIGIN_ANSWER("200 OK", "x"));

	(void)state;
	client_finish(auth_get(origin_url(origin, "/"), &ann), 200, "x");
	origin_join(origin);
	assert_non_null(strstr(origin_head(origin, 1), digest_only[0]));
	assert_int_equal(origin_connections(origin), 1);
	origin_stop(origin);
}

static void every_method_is_asked_again(void **state)
{
	static const char *const methods[] = {"GET",  "HEAD", "OPTIONS",   "DELETE",
					      "POST", "PUT",  "FROBNICATE"};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(methods); i++) {
		bool is_head = strcmp(methods[i], "HEAD") == 0;
		char line[64];
		struct origin *origin;

		snprintf(line, sizeof(line), "%s / HTTP/1.1", methods[i]);
		origin = ORIGIN(EXPECT_BARE(line),
				ORIGIN_ANSWER(BASIC_401, is_head ? "" : "who?"),
				EXPECT_BASIC(line),
				ORIGIN_ANSWER("200 OK", is_head ? "" : "x"));
		client_finish(logins_start(methods[i], origin_url(origin, "/"), &ann),
			      200, is_head ? "" : "x");
		origin_join(origin);
		assert_int_equal(origin_connections(origin), 1);
		origin_stop(origin);
	}
}

/* ---- when nothing is answered ---- */

static void check_unanswered(const char *status, const struct logins *logins)
{
	struct origin *origin =
		ORIGIN(EXPECT_BARE("GET / HTTP/1.1"), ORIGIN_ANSWER(status, "who?"),
		       ORIGIN_EXPECT_QUIET(20));
	struct client *client = auth_get(origin_url(origin, "/"), logins);

	client_expect(client, (DWORD)atoi(status), "who?");
	assert_string_equal(client->order, "hdR");
	client_end(client);
	origin_end(origin);
}

static void these_are_delivered_at_once(void **state)
{
	static const struct {
		const char *status;
		const struct logins *logins;
	} cases[] = {
		{BASIC_401, &nobody},
		{STATUS_401("Negotiate"), &nobody},
		{STATUS_401("NTLM"), &nobody},
		{"401 Unauthorized", &ann},
		{STATUS_401(""), &ann},
		{STATUS_401("Bearer realm=\"r\""), &ann},
		{STATUS_401("Digest realm=\"r\""), &ann},
		{STATUS_401("Digest realm=r, nonce=n, algorithm=SHA-3"), &ann},
		{STATUS_401("\"Basic realm=r"), &ann},
		{"403 Forbidden\r\nWWW-Authenticate: Basic realm=r", &ann},
		{"200 OK\r\nWWW-Authenticate: Basic realm=r", &ann},
		/* Without a proxy a 407 is a response. */
		{"407 Proxy Authentication Required\r\n"
		 "Proxy-Authenticate: Basic realm=r\r\nWWW-Authenticate: Basic realm=r",
		 &ann},
		{"401 Unauthorized\r\nProxy-Authenticate: Basic realm=r", &ann},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		print_message("  %s\n", cases[i].status);
		check_unanswered(cases[i].status, cases[i].logins);
	}
}

static void a_user_with_a_colon_has_no_basic(void **state)
{
	static const struct logins colon = {.user = "a:b", .password = "c"};

	(void)state;
	check_unanswered(BASIC_401, &colon);
}

static void a_program_may_switch_answers_off(void **state)
{
	static const struct {
		ULONGLONG value;
		DWORD status;
	} cases[] = {{XHR_AUTH_ALL, 200}, {XHR_AUTH_NONE, 401}, {XHR_AUTH_PROXY, 401}};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct guarded *guarded = guarded_new();
		struct client *client = client_new();
		char url[ANSWERER_URL_BYTES];

		guarded_admit(guarded, true, false);
		guarded_start(guarded);
		logins_open(client, "GET", answerer_url(guarded->answerer, "/", url),
			    &ann);
		client_property(client, XHR_PROP_NO_AUTH, cases[i].value);
		client_send(client);
		client_wait(client);
		assert_int_equal(client->status, cases[i].status);
		client_end(client);
		assert_int_equal(guarded->warden.refused, 0);
		assert_int_equal(answerer_requests(guarded->answerer),
				 cases[i].status == 200 ? 2 : 1);
		guarded_end(guarded);
	}
}

/* ---- whose login ---- */

static void the_login_in_a_url_counts_only_without_another(void **state)
{
	static const struct logins empty = {.user = "", .password = "secret"};
	static const struct logins other = {.user = "bob", .password = "hidden"};
	static const struct {
		const char *userinfo;
		const struct logins *logins;
		const char *basic; /* NULL: nothing is answered */
	} cases[] = {
		{"ann:secret@", &nobody, ANN},
		{"ann:secret@", &empty, ANN},
		{"ann:secret@", &other, "Ym9iOmhpZGRlbg=="},
		{"ann:secret@", &ann_wrong, WRONG},
		{"%61nn:s%65cret@", &nobody, ANN},
		{"ann@", &nobody, "YW5uOg=="},
		{"ann:@", &nobody, "YW5uOg=="},
		{"%C3%A4:%C3%B6@", &nobody, "w6Q6w7Y="},
		{"ann:se:cret@", &nobody, "YW5uOnNlOmNyZXQ="},
		{":secret@", &nobody, NULL},
		{"@", &nobody, NULL},
		{"", &nobody, NULL},
		{"", &empty, NULL},
		{"", &ann, ANN},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		char url[128], field[64];
		struct origin *origin;

		snprintf(field, sizeof(field), "Authorization: Basic %s",
			 cases[i].basic ? cases[i].basic : "");
		if (cases[i].basic)
			origin = ORIGIN(ORIGIN_EXPECT_HEAD("GET /a HTTP/1.1",
							   "!Authorization",
							   "Host: {self}"),
					ORIGIN_ANSWER(BASIC_401, "who?"),
					ORIGIN_EXPECT_HEAD("GET /a HTTP/1.1", field,
							   "Host: {self}"),
					ORIGIN_ANSWER("401 OK", "x"));
		else
			origin = ORIGIN(EXPECT_BARE("GET /a HTTP/1.1"),
					ORIGIN_ANSWER(BASIC_401, "x"));
		snprintf(url, sizeof(url), "http://%s%s/a", cases[i].userinfo,
			 origin_authority(origin));
		print_message("  %s %s\n", cases[i].userinfo,
			      cases[i].logins->user ? cases[i].logins->user : "-");
		client_finish(auth_get(url, cases[i].logins), 401, "x");
		origin_end(origin);
	}
}

static void an_answer_takes_the_place_of_the_programs_field(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_HEAD("GET / HTTP/1.1", "Authorization: Bearer x"),
		       ORIGIN_ANSWER(BASIC_401, "who?"), EXPECT_BASIC("GET / HTTP/1.1"),
		       ORIGIN_ANSWER("200 OK", "x"), ORIGIN_NEXT_CONNECTION(),
		       ORIGIN_EXPECT_HEAD("GET / HTTP/1.1", "Authorization: Bearer x"),
		       ORIGIN_ANSWER(BASIC_401, "who?"));

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct client *client = client_new();

		logins_open(client, "GET", origin_url(origin, "/"), i ? &nobody : &ann);
		client_header(client, "Authorization", "Bearer x");
		client_send(client);
		client_finish(client, i ? 401 : 200, i ? "who?" : "x");
	}
	origin_end(origin);
}

static void names_and_passwords_may_have_any_characters(void **state)
{
	static const struct logins logins = {.user = "J\xC3\xA4s\xC3\xB8n",
					     .password = "\xE2\x82\xAC \"\\:@/\x01"};
	struct origin *origin = ORIGIN(
		EXPECT_BARE("GET / HTTP/1.1"), ORIGIN_ANSWER(BASIC_401, "who?"),
		ORIGIN_EXPECT_HEAD("GET / HTTP/1.1",
				   "Authorization: Basic SsOkc8O4bjrigqwgIlw6QC8B"),
		ORIGIN_ANSWER("200 OK", "x"));

	(void)state;
	client_finish(auth_get(origin_url(origin, "/"), &logins), 200, "x");
	origin_end(origin);
}

/* ---- how often ---- */

static void a_server_that_never_has_enough_is_given_up(void **state)
{
	struct origin *origin = ORIGIN(
		EXPECT_BARE("GET / HTTP/1.1"),
		ORIGIN_ANSWER(STATUS_401("Digest realm=r, nonce=n, qop=auth"), "who?"),
		ORIGIN_EXPECT_HEAD("GET / HTTP/1.1", "Authorization:"),
		ORIGIN_ANSWER(STATUS_401("Digest realm=r, nonce=o, qop=auth, stale=true"),
			      "who?"),
		ORIGIN_REPEAT(2, 6),
		ORIGIN_EXPECT_HEAD("GET / HTTP/1.1", "Authorization:"),
		ORIGIN_ANSWER(STATUS_401("Digest realm=r, nonce=o, qop=auth, stale=true"),
			      "the last"),
		ORIGIN_EXPECT_QUIET(50));
	struct client *client = auth_get(origin_url(origin, "/"), &ann);

	(void)state;
	client_expect(client, 401, "the last");
	assert_string_equal(client->order, "hdR");
	client_end(client);
	origin_join(origin);
	assert_int_equal(origin_heads(origin), 9);
	assert_int_equal(origin_connections(origin), 1);
	origin_stop(origin);
}

static void a_stale_nonce_is_no_refusal(void **state)
{
	struct guarded *guarded = guarded_new();
	char url[ANSWERER_URL_BYTES];

	(void)state;
	guarded_admit(guarded, false, true);
	guarded->warden.most_uses = 1;
	guarded->to = "/b";
	guarded_start(guarded);
	client_finish(auth_get(answerer_url(guarded->answerer, "/leave", url), &ann), 200,
		      "/b");
	assert_int_equal(guarded->warden.stale, 1);
	assert_int_equal(guarded->warden.admitted, 2);
	assert_int_equal(guarded->warden.asked, 2);
	guarded_end(guarded);
}

static void many_logins_at_once_are_kept_apart(void **state)
{
	struct guarded *guarded = guarded_new();
	struct client *clients[60];
	char url[ANSWERER_URL_BYTES];
	static const struct logins *const all[] = {&ann, &ann_wrong, &nobody};

	(void)state;
	guarded_admit(guarded, false, true);
	guarded_start(guarded);
	answerer_url(guarded->answerer, "/", url);
	for (size_t i = 0; i < TEST_COUNT(clients); i++)
		clients[i] = logins_start("GET", url, all[i % 3]);
	for (size_t i = 0; i < TEST_COUNT(clients); i++)
		client_finish(clients[i], i % 3 ? 401 : 200,
			      i % 3 ? "who are you?" : "/");
	assert_int_equal(guarded->warden.admitted, 20);
	assert_int_equal(guarded->warden.refused, 20);
	guarded_end(guarded);
}

/* ---- redirects within the origin ---- */

static void a_redirect_within_the_origin_repeats_the_answer(void **state)
{
	(void)state;
	for (int is_digest = 0; is_digest < 2; is_digest++) {
		struct guarded *guarded = guarded_new();
		char url[ANSWERER_URL_BYTES];

		guarded_admit(guarded, !is_digest, is_digest);
		guarded->to = "/b";
		guarded_start(guarded);
		client_finish(
			auth_get(answerer_url(guarded->answerer, "/leave", url), &ann),
			200, "/b");
		assert_int_equal(guarded->warden.asked, 1);
		assert_int_equal(guarded->warden.admitted, 2);
		assert_int_equal(guarded->warden.refused, 0);
		assert_int_equal(guarded->warden.uses[1], is_digest ? 2 : 0);
		assert_int_equal(answerer_requests(guarded->answerer), 3);
		assert_int_equal(answerer_connections(guarded->answerer), 1);
		guarded_end(guarded);
	}
}

/* More than there are rounds. */
static void many_redirects_need_no_new_challenge(void **state)
{
	struct origin *origin = ORIGIN(
		EXPECT_BARE("GET / HTTP/1.1"), ORIGIN_ANSWER(BASIC_401, "who?"),
		EXPECT_BASIC("GET / HTTP/1.1"),
		ORIGIN_ANSWER("302 Found\r\nLocation: /", ""), ORIGIN_REPEAT(2, 29),
		EXPECT_BASIC("GET / HTTP/1.1"), ORIGIN_ANSWER("200 OK", "x"));

	(void)state;
	client_finish(auth_get(origin_url(origin, "/"), &ann), 200, "x");
	origin_end(origin);
}

static void assert_holds(const char *head, const char *part)
{
	if (!strstr(head, part))
		fail_msg("no %s in:\n%s", part, head);
}

static void the_server_may_name_the_next_nonce(void **state)
{
	struct origin *origin =
		ORIGIN(EXPECT_BARE("GET /a HTTP/1.1"),
		       ORIGIN_ANSWER(STATUS_401("Digest realm=r, nonce=\"n\", qop=auth"),
				     "who?"),
		       ORIGIN_EXPECT_HEAD("GET /a HTTP/1.1", "Authorization:"),
		       ORIGIN_ANSWER("302 Found\r\nLocation: /b\r\n"
				     "Authentication-Info: nextnonce=\"o\"",
				     ""),
		       ORIGIN_EXPECT_HEAD("GET /b HTTP/1.1", "Authorization:"),
		       ORIGIN_ANSWER("302 Found\r\nLocation: /c", ""),
		       ORIGIN_EXPECT_HEAD("GET /c HTTP/1.1", "Authorization:"),
		       ORIGIN_ANSWER("200 OK", "x"));

	(void)state;
	client_finish(auth_get(origin_url(origin, "/a"), &ann), 200, "x");
	origin_join(origin);
	assert_holds(origin_head(origin, 1), "nonce=\"n\"");
	assert_holds(origin_head(origin, 1), "nc=00000001");
	assert_holds(origin_head(origin, 2), "nonce=\"o\"");
	assert_holds(origin_head(origin, 2), "nc=00000001");
	assert_holds(origin_head(origin, 2), "uri=\"/b\"");
	assert_holds(origin_head(origin, 3), "nonce=\"o\"");
	assert_holds(origin_head(origin, 3), "nc=00000002");
	origin_stop(origin);
}

static void another_realm_of_the_origin_is_answered_too(void **state)
{
	struct origin *origin = ORIGIN(
		EXPECT_BARE("GET /a HTTP/1.1"),
		ORIGIN_ANSWER(STATUS_401("Digest realm=\"r\", nonce=\"n\", qop=auth"),
			      "who?"),
		ORIGIN_EXPECT_HEAD("GET /a HTTP/1.1", "Authorization:"),
		ORIGIN_ANSWER("302 Found\r\nLocation: /b", ""),
		ORIGIN_EXPECT_HEAD("GET /b HTTP/1.1", "Authorization:"),
		ORIGIN_ANSWER(STATUS_401("Digest realm=\"s\", nonce=\"m\", qop=auth"),
			      "who?"),
		ORIGIN_EXPECT_HEAD("GET /b HTTP/1.1", "Authorization:"),
		ORIGIN_ANSWER("200 OK", "x"));

	(void)state;
	client_finish(auth_get(origin_url(origin, "/a"), &ann), 200, "x");
	origin_join(origin);
	assert_holds(origin_head(origin, 2), "realm=\"r\"");
	assert_holds(origin_head(origin, 3), "realm=\"s\"");
	origin_stop(origin);
}

/* The connection with which the answer is repeated is dead: the second try has an answer
 * of its own. */
static void an_answer_is_repeated_over_a_fresh_connection_too(void **state)
{
	struct origin *origin = ORIGIN(
		EXPECT_BARE("GET /a HTTP/1.1"),
		ORIGIN_ANSWER(STATUS_401("Digest realm=\"r\", nonce=\"n\", qop=auth"),
			      "who?"),
		ORIGIN_EXPECT_HEAD("GET /a HTTP/1.1", "Authorization:"),
		ORIGIN_ANSWER("302 Found\r\nLocation: /b", ""),
		ORIGIN_EXPECT_HEAD("GET /b HTTP/1.1", "Authorization:"), ORIGIN_CLOSE(),
		ORIGIN_NEXT_CONNECTION(),
		ORIGIN_EXPECT_HEAD("GET /b HTTP/1.1", "Authorization:"),
		ORIGIN_ANSWER("200 OK", "x"));

	(void)state;
	client_finish(auth_get(origin_url(origin, "/a"), &ann), 200, "x");
	origin_end(origin);
}

static void the_answer_is_sent_again_when_its_connection_is_dead(void **state)
{
	struct origin *origin = ORIGIN(
		EXPECT_BARE("GET / HTTP/1.1"), ORIGIN_ANSWER(BASIC_401, "who?"),
		EXPECT_BASIC("GET / HTTP/1.1"), ORIGIN_CLOSE(), ORIGIN_NEXT_CONNECTION(),
		EXPECT_BASIC("GET / HTTP/1.1"), ORIGIN_ANSWER("200 OK", "x"));

	(void)state;
	client_finish(auth_get(origin_url(origin, "/"), &ann), 200, "x");
	origin_end(origin);
}

/* ---- the body of the 401 ---- */

static void check_refusal(const struct origin_step *steps, bool is_kept)
{
	struct origin_step script[16] = {EXPECT_BARE("GET / HTTP/1.1")};
	struct origin *origin;
	unsigned n = 1;

	for (; steps->verb; steps++)
		script[n++] = *steps;
	if (!is_kept)
		script[n++] = (struct origin_step)ORIGIN_NEXT_CONNECTION();
	script[n++] = (struct origin_step)EXPECT_BASIC("GET / HTTP/1.1");
	script[n++] = (struct origin_step)ORIGIN_ANSWER("200 OK", "x");
	script[n].verb = ORIGIN_VERB_END;
	origin = origin_start(script);
	client_finish(auth_get(origin_url(origin, "/"), &ann), 200, "x");
	origin_end(origin);
}

#define STEPS(...)                                                                       \
	(const struct origin_step[])                                                     \
	{                                                                                \
		__VA_ARGS__,                                                             \
		{                                                                        \
			.verb = ORIGIN_VERB_END                                          \
		}                                                                        \
	}
#define BASIC_HEAD HEAD_401("Basic realm=\"r\"")

static void a_refusal_of_any_shape_is_answered(void **state)
{
	(void)state;
	print_message("  without a body\n");
	check_refusal(STEPS(ORIGIN_SEND(BASIC_HEAD "Content-Length: 0\r\n\r\n")), true);
	print_message("  in chunks that come slowly\n");
	check_refusal(STEPS(ORIGIN_SEND(BASIC_HEAD "Transfer-Encoding: chunked\r\n\r\n"),
			    ORIGIN_SEND_SLOWLY("3\r\nwho\r\n1\r\n?\r\n0\r\n\r\n", 5)),
		      true);
	print_message("  all of it slowly\n");
	check_refusal(
		STEPS(ORIGIN_SEND_SLOWLY(BASIC_HEAD "Content-Length: 4\r\n\r\nwho?", 1)),
		true);
	print_message("  before which a 1xx comes\n");
	check_refusal(STEPS(ORIGIN_SEND("HTTP/1.1 103 Early Hints\r\n\r\n"),
			    ORIGIN_ANSWER(BASIC_401, "who?")),
		      true);
	print_message("  behind which the server closes, and says so\n");
	check_refusal(STEPS(ORIGIN_ANSWER(BASIC_401 "\r\nConnection: close", "who?"),
			    ORIGIN_EXPECT_CLOSE()),
		      false);
	print_message("  behind which it closes, and does not say so\n");
	check_refusal(STEPS(ORIGIN_ANSWER(BASIC_401, "who?"), ORIGIN_CLOSE()), false);
	print_message("  whose end is the end of the connection\n");
	check_refusal(STEPS(ORIGIN_SEND(BASIC_HEAD "\r\nwho?"), ORIGIN_CLOSE()), false);
	print_message("  of HTTP/1.0\n");
	check_refusal(STEPS(ORIGIN_SEND("HTTP/1.0 401 No\r\nContent-Length: 4\r\n"
					"WWW-Authenticate: Basic realm=r\r\n\r\nwho?"),
			    ORIGIN_EXPECT_CLOSE()),
		      false);
	print_message("  in the middle of which it closes\n");
	check_refusal(STEPS(ORIGIN_SEND(BASIC_HEAD "Content-Length: 9\r\n\r\nwho?"),
			    ORIGIN_CLOSE()),
		      false);
	print_message("  in the middle of which it resets\n");
	check_refusal(STEPS(ORIGIN_SEND(BASIC_HEAD "Content-Length: 9\r\n\r\nwho?"),
			    ORIGIN_RESET()),
		      false);
	print_message("  with broken chunks\n");
	check_refusal(STEPS(ORIGIN_SEND(BASIC_HEAD "Transfer-Encoding: chunked\r\n\r\n"
						   "zz\r\n"),
			    ORIGIN_DRAIN()),
		      false);
}

static void a_large_refusal_is_not_read_to_its_end(void **state)
{
	(void)state;
	print_message("  less than 64 KiB\n");
	check_refusal(STEPS(ORIGIN_SEND(BASIC_HEAD "Content-Length: 65000\r\n\r\n"),
			    ORIGIN_SEND_PATTERN(65000)),
		      true);
	print_message("  more\n");
	check_refusal(STEPS(ORIGIN_SEND(BASIC_HEAD "Content-Length: 1000000\r\n\r\n"),
			    ORIGIN_SEND_PATTERN(100000)),
		      false);
	print_message("  endless\n");
	check_refusal(STEPS(ORIGIN_SEND(BASIC_HEAD "\r\n"),
			    ORIGIN_SEND_FOREVER("some bytes that nobody wants ")),
		      false);
}

/* What is said on a connection that cannot serve again is not waited for. */
static void a_refusal_without_an_end_is_no_hindrance(void **state)
{
	(void)state;
	print_message("  behind which the server means to close\n");
	check_refusal(STEPS(ORIGIN_SEND(BASIC_HEAD "Connection: close\r\n"
						   "Content-Length: 9\r\n\r\nwho?"),
			    ORIGIN_EXPECT_CLOSE()),
		      false);
	print_message("  which the end of the connection would end\n");
	check_refusal(STEPS(ORIGIN_SEND(BASIC_HEAD "\r\nwho?"), ORIGIN_EXPECT_CLOSE()),
		      false);
	print_message("  of HTTP/1.0\n");
	check_refusal(STEPS(ORIGIN_SEND("HTTP/1.0 401 No\r\nContent-Length: 9\r\n"
					"WWW-Authenticate: Basic realm=r\r\n\r\nwho?"),
			    ORIGIN_EXPECT_CLOSE()),
		      false);
}

static void the_large_body_of_the_last_401_is_delivered(void **state)
{
	struct origin *origin =
		ORIGIN(EXPECT_BARE("GET / HTTP/1.1"), ORIGIN_ANSWER(BASIC_401, "who?"),
		       ORIGIN_EXPECT_HEAD("GET / HTTP/1.1", "Authorization:"),
		       ORIGIN_SEND(BASIC_HEAD "Content-Length: 3000000\r\n\r\n"),
		       ORIGIN_SEND_PATTERN(3000000));
	struct client *client = client_new();

	(void)state;
	client->expects_pattern = true;
	logins_open(client, "GET", origin_url(origin, "/"), &ann_wrong);
	client_send(client);
	client_wait(client);
	client_expect(client, 401, NULL);
	assert_int_equal(client->pattern_len, 3000000);
	client_end(client);
	origin_end(origin);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(nothing_is_sent_before_a_challenge),
		CLIENT_TEST(a_challenge_is_answered_inside),
		CLIENT_TEST(each_request_waits_for_its_own_challenge),
		CLIENT_TEST(the_next_open_brings_its_own_login),
		CLIENT_TEST(the_last_401_is_the_response),
		CLIENT_TEST(digest_is_answered),
		CLIENT_TEST(a_refused_scheme_is_followed_by_the_next),
		CLIENT_TEST(every_method_is_asked_again),
		CLIENT_TEST(these_are_delivered_at_once),
		CLIENT_TEST(a_user_with_a_colon_has_no_basic),
		CLIENT_TEST(a_program_may_switch_answers_off),
		CLIENT_TEST(the_login_in_a_url_counts_only_without_another),
		CLIENT_TEST(an_answer_takes_the_place_of_the_programs_field),
		CLIENT_TEST(names_and_passwords_may_have_any_characters),
		CLIENT_TEST(a_server_that_never_has_enough_is_given_up),
		CLIENT_TEST(a_stale_nonce_is_no_refusal),
		CLIENT_TEST(many_logins_at_once_are_kept_apart),
		CLIENT_TEST(a_redirect_within_the_origin_repeats_the_answer),
		CLIENT_TEST(many_redirects_need_no_new_challenge),
		CLIENT_TEST(the_server_may_name_the_next_nonce),
		CLIENT_TEST(another_realm_of_the_origin_is_answered_too),
		CLIENT_TEST(an_answer_is_repeated_over_a_fresh_connection_too),
		CLIENT_TEST(the_answer_is_sent_again_when_its_connection_is_dead),
		CLIENT_TEST(a_refusal_of_any_shape_is_answered),
		CLIENT_TEST(a_large_refusal_is_not_read_to_its_end),
		CLIENT_TEST(a_refusal_without_an_end_is_no_hindrance),
		CLIENT_TEST(the_large_body_of_the_last_401_is_delivered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
