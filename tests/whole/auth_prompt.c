/* SPDX-License-Identifier: MIT */
/* Whom a server's challenge makes the library ask, what for, and how often. */
#include "lib/test.h"

#include <stdio.h>
#include <string.h>

#include "lib/client.h"
#include "lib/origin.h"
#include "lib/tape.h"
#include "whole/auth.h"

#define MAX_ANSWERS 4

/* A person who knows some logins and gives one after the other. */
struct person {
	const char *passwords[MAX_ANSWERS]; /* of ann; NULL: she gives up */
	unsigned asked;			    /* so far */
	char questions[512];		    /* "SCHEME REALM ATTEMPT;" each */
	char host[64];			    /* of the last question */
};

static char *copy(const char *text)
{
	size_t bytes = strlen(text) + 1;
	char *to = CoTaskMemAlloc(bytes);

	assert_non_null(to);
	memcpy(to, text, bytes);
	return to;
}

static HRESULT ask(void *owner, IUnknown *xhr, const struct ixhr2_prompt *prompt,
		   char **out_user, char **out_password)
{
	struct person *person = owner;
	size_t len = strlen(person->questions);
	const char *password = NULL;

	assert_non_null(xhr);
	assert_int_equal(prompt->cb, sizeof(*prompt));
	assert_false(prompt->is_proxy);
	snprintf(person->questions + len, sizeof(person->questions) - len, "%s %s %u;",
		 prompt->scheme, prompt->realm, prompt->attempt);
	snprintf(person->host, sizeof(person->host), "%s", prompt->host);
	if (person->asked < MAX_ANSWERS)
		password = person->passwords[person->asked++];
	if (!password)
		return S_FALSE;
	*out_user = copy("ann");
	*out_password = copy(password);
	return S_OK;
}

struct prompt_case {
	const char *name;	     /* the sentence */
	bool has_basic, has_digest;  /* what the server takes */
	const struct logins *logins; /* of Open */
	const char *passwords[MAX_ANSWERS];
	DWORD status;	       /* of the response */
	const char *questions; /* as in struct person */
	unsigned refused;      /* answers */
};

static const struct prompt_case prompt_cases[] = {
	{"nobody is asked who need not be", true, false, &ann, {"secret"}, 200, "", 0},
	{"a person is asked",
	 true,
	 false,
	 &nobody,
	 {"secret"},
	 200,
	 "Basic warden 0;",
	 0},
	{"for the strongest scheme",
	 true,
	 true,
	 &nobody,
	 {"secret"},
	 200,
	 "Digest warden 0;",
	 0},
	{"instead of a wrong login",
	 false,
	 true,
	 &ann_wrong,
	 {"secret"},
	 200,
	 "Digest warden 0;",
	 1},
	{"and may be wrong",
	 true,
	 false,
	 &nobody,
	 {"wrong", "secret"},
	 200,
	 "Basic warden 0;Basic warden 1;",
	 1},
	{"three times",
	 true,
	 false,
	 &nobody,
	 {"wrong", "wronger", "wrongest", "secret"},
	 401,
	 "Basic warden 0;Basic warden 1;Basic warden 2;",
	 3},
	{"all rounds are over then",
	 true,
	 true,
	 &ann_wrong,
	 {"wrong", "wronger", "wrongest", "secret"},
	 401,
	 "Digest warden 0;Digest warden 1;Digest warden 2;",
	 8},
	{"or give up", true, false, &nobody, {NULL}, 401, "Basic warden 0;", 0},
	{"later",
	 true,
	 false,
	 &nobody,
	 {"wrong", NULL, "secret"},
	 401,
	 "Basic warden 0;Basic warden 1;",
	 1},
};

/* "127.0.0.1:PORT" of the URL. */
static void check_host(const struct person *person, const char *url)
{
	const char *authority = url + strlen("http://");

	assert_span(span_str(person->host), span_of(authority, strcspn(authority, "/")));
}

static void check_prompt(const struct prompt_case *c)
{
	struct guarded *guarded = guarded_new();
	struct person person = {.asked = 0};
	char url[ANSWERER_URL_BYTES];
	struct client *client;

	memcpy(person.passwords, c->passwords, sizeof(person.passwords));
	guarded_admit(guarded, c->has_basic, c->has_digest);
	guarded_start(guarded);
	assert_int_equal(ixhr2_set_prompt(ask, &person), S_OK);
	client = auth_get(answerer_url(guarded->answerer, "/a", url), c->logins);
	assert_int_equal(ixhr2_set_prompt(NULL, NULL), S_OK);
	client_expect(client, c->status, c->status == 200 ? "/a" : "who are you?");
	assert_string_equal(client->order, "hdR");
	client_end(client);
	assert_string_equal(person.questions, c->questions);
	if (person.asked)
		check_host(&person, url);
	assert_int_equal(guarded->warden.refused, c->refused);
	guarded_end(guarded);
}

static void a_person_is_asked_where_one_could_help(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(prompt_cases); i++) {
		print_message("  %s\n", prompt_cases[i].name);
		check_prompt(&prompt_cases[i]);
	}
}

static void a_program_may_forbid_to_ask(void **state)
{
	static const struct {
		XHR_PROPERTY property;
		ULONGLONG value;
		DWORD status;
	} cases[] = {
		{XHR_PROP_NO_CRED_PROMPT, XHR_CRED_PROMPT_ALL, 200},
		{XHR_PROP_NO_CRED_PROMPT, XHR_CRED_PROMPT_NONE, 401},
		{XHR_PROP_NO_CRED_PROMPT, XHR_CRED_PROMPT_PROXY, 401},
		{XHR_PROP_NO_AUTH, XHR_AUTH_ALL, 200},
		{XHR_PROP_NO_AUTH, XHR_AUTH_NONE, 401},
		{XHR_PROP_NO_AUTH, XHR_AUTH_PROXY, 401},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct person person = {.passwords = {"secret"}};
		struct guarded *guarded = guarded_new();
		struct client *client = client_new();
		char url[ANSWERER_URL_BYTES];

		guarded_admit(guarded, true, false);
		guarded_start(guarded);
		assert_int_equal(ixhr2_set_prompt(ask, &person), S_OK);
		client_open(client, "GET", answerer_url(guarded->answerer, "/", url));
		client_property(client, cases[i].property, cases[i].value);
		client_send(client);
		client_wait(client);
		assert_int_equal(client->status, cases[i].status);
		assert_int_equal(person.asked, cases[i].status == 200);
		assert_int_equal(ixhr2_set_prompt(NULL, NULL), S_OK);
		client_end(client);
		guarded_end(guarded);
	}
}

static void these_are_not_asked_about(void **state)
{
	static const char *const statuses[] = {
		"401 Unauthorized",
		STATUS_401("Bearer realm=r"),
		STATUS_401("Digest realm=r"),
		"403 Forbidden\r\nWWW-Authenticate: Basic realm=r",
		"407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=r",
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(statuses); i++) {
		struct person person = {.passwords = {"secret"}};
		struct origin *origin = ORIGIN(EXPECT_BARE("GET / HTTP/1.1"),
					       ORIGIN_ANSWER(statuses[i], "who?"));
		struct client *client;

		assert_int_equal(ixhr2_set_prompt(ask, &person), S_OK);
		client = auth_get(origin_url(origin, "/"), &nobody);
		client_expect(client, (DWORD)atoi(statuses[i]), "who?");
		assert_int_equal(person.asked, 0);
		assert_int_equal(ixhr2_set_prompt(NULL, NULL), S_OK);
		client_end(client);
		origin_end(origin);
	}
}

/* The body is sent again for what was given; and the login goes on behind a redirect. */
static void what_was_given_serves_the_whole_request(void **state)
{
	struct person person = {.passwords = {"secret"}};
	struct guarded *guarded = guarded_new();
	struct client *client = client_new();
	struct tape *tape = tape_new("hello", 0);
	char url[ANSWERER_URL_BYTES];

	(void)state;
	guarded_admit(guarded, false, true);
	guarded->to = "/b";
	guarded_start(guarded);
	assert_int_equal(ixhr2_set_prompt(ask, &person), S_OK);
	tape_be_body(tape, client);
	client_open(client, "POST", answerer_url(guarded->answerer, "/leave", url));
	client_send(client);
	client_finish(client, 200, "/b");
	assert_int_equal(ixhr2_set_prompt(NULL, NULL), S_OK);
	assert_int_equal(person.asked, 1);
	assert_int_equal(guarded->warden.admitted, 2);
	assert_int_equal(guarded->warden.asked, 1);
	tape_end(tape);
	guarded_end(guarded);
}

/* Each Send asks anew. */
static void what_was_given_is_not_kept(void **state)
{
	struct person person = {.passwords = {"secret", "secret"}};
	struct guarded *guarded = guarded_new();
	char url[ANSWERER_URL_BYTES];

	(void)state;
	guarded_admit(guarded, true, false);
	guarded_start(guarded);
	answerer_url(guarded->answerer, "/", url);
	assert_int_equal(ixhr2_set_prompt(ask, &person), S_OK);
	client_finish(auth_get(url, &nobody), 200, "/");
	client_finish(auth_get(url, &nobody), 200, "/");
	assert_int_equal(ixhr2_set_prompt(NULL, NULL), S_OK);
	client_finish(auth_get(url, &nobody), 401, "who are you?");
	assert_int_equal(person.asked, 2);
	guarded_end(guarded);
}

/* The connection over which it was asked is in nobody's way. */
static void one_connection_is_enough(void **state)
{
	struct person person = {.passwords = {"wrong", "secret"}};
	struct guarded *guarded = guarded_new();
	struct client *client = client_new();
	char url[ANSWERER_URL_BYTES];

	(void)state;
	guarded_admit(guarded, true, false);
	guarded_start(guarded);
	assert_int_equal(ixhr2_set_prompt(ask, &person), S_OK);
	client_open(client, "GET", answerer_url(guarded->answerer, "/", url));
	client_property(client, XHR_PROP_MAX_CONNECTIONS, 1);
	client_send(client);
	client_finish(client, 200, "/");
	assert_int_equal(ixhr2_set_prompt(NULL, NULL), S_OK);
	assert_int_equal(person.asked, 2);
	guarded_end(guarded);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(a_person_is_asked_where_one_could_help),
		CLIENT_TEST(a_program_may_forbid_to_ask),
		CLIENT_TEST(these_are_not_asked_about),
		CLIENT_TEST(what_was_given_serves_the_whole_request),
		CLIENT_TEST(what_was_given_is_not_kept),
		CLIENT_TEST(one_connection_is_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
