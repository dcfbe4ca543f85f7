/* SPDX-License-Identifier: MIT */
/* Logins for SOCKS servers that the program is asked for, and traces that tell none. */
#include "whole/socks.h"

#include <stdlib.h>

/* How often one request asks, and more. */
#define MAX_ASKED 8

/* Lines of a trace. */
#define TRACE_BYTES 65536

/* Who knows one answer for each time that he is asked; the last one for all others. */
struct asker {
	const char *users[MAX_ASKED]; /* NULL: nobody is known */
	const char *passwords[MAX_ASKED];
	unsigned count;	      /* how often he was asked */
	DWORD last_attempt;   /* when he was asked last, */
	char host[128];	      /* for whom, */
	char scheme[32];      /* by what, */
	char realm[32];	      /* and where */
	bool is_always_proxy; /* each time for a proxy */
};

static char *copy_of(const char *text)
{
	char *copy = CoTaskMemAlloc(strlen(text) + 1);

	if (!copy)
		abort();
	return strcpy(copy, text);
}

static HRESULT answer(void *owner, IUnknown *xhr, const struct ixhr2_prompt *prompt,
		      char **out_user, char **out_password)
{
	struct asker *asker = owner;
	unsigned n = asker->count++;

	(void)xhr;
	asker->last_attempt = prompt->attempt;
	asker->is_always_proxy = (n == 0 || asker->is_always_proxy) && prompt->is_proxy;
	snprintf(asker->host, sizeof(asker->host), "%s", prompt->host);
	snprintf(asker->scheme, sizeof(asker->scheme), "%s", prompt->scheme);
	snprintf(asker->realm, sizeof(asker->realm), "%s", prompt->realm);
	if (n >= MAX_ASKED || !asker->users[n])
		return S_FALSE;
	*out_user = copy_of(asker->users[n]);
	*out_password = copy_of(asker->passwords[n]);
	return S_OK;
}

static void begin(struct socks_setting *setting, const char *scheme, const char *login,
		  struct asker *asker)
{
	setting->options.user = "ann";
	setting->options.password = "secret";
	socks_begin(setting, scheme, login);
	assert_int_equal(ixhr2_set_prompt(answer, asker), S_OK);
}

static void finish(struct socks_setting *setting)
{
	assert_int_equal(ixhr2_set_prompt(NULL, NULL), S_OK);
	socks_finish_once(setting);
}

static void a_login_that_is_missing_is_asked_for(void **state)
{
	static const char *const urls[] = {"http://origin.test/a", "https://good.test/a"};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(urls); i++) {
		struct asker asker = {.users = {"ann"}, .passwords = {"secret"}};
		struct socks_setting setting = {0};

		begin(&setting, "socks5h", NULL, &asker);
		client_finish(client_get(urls[i]), 200, "/a");
		assert_int_equal(asker.count, 1);
		assert_int_equal(asker.last_attempt, 0);
		assert_true(asker.is_always_proxy);
		assert_string_equal(
			asker.host,
			strchr(socks_server_url(setting.server, "s", NULL), '/') + 2);
		assert_string_equal(asker.scheme, "");
		assert_string_equal(asker.realm, "");
		assert_int_equal(socks_server_count(setting.server), 2);
		finish(&setting);
	}
}

static void a_login_that_is_refused_is_asked_for_again(void **state)
{
	struct asker asker = {.users = {"ann", "ann"}, .passwords = {"other", "secret"}};
	struct socks_setting setting = {0};

	(void)state;
	begin(&setting, "socks5h", "ann:wrong", &asker);
	client_finish(client_get("http://origin.test/a"), 200, "/a");
	assert_int_equal(asker.count, 2);
	assert_int_equal(asker.last_attempt, 1);
	assert_int_equal(socks_server_count(setting.server), 3);
	finish(&setting);
}

static void a_user_of_4a_is_asked_for(void **state)
{
	struct asker asker = {.users = {"ann"}, .passwords = {""}};
	struct socks_setting setting = {0};

	(void)state;
	begin(&setting, "socks4a", "bob", &asker);
	client_finish(client_get("http://origin.test/a"), 200, "/a");
	assert_int_equal(asker.count, 1);
	finish(&setting);
}

static void nobody_is_asked_for_ever(void **state)
{
	static const char *const wrong[MAX_ASKED] = {"a", "a", "a", "a",
						     "a", "a", "a", "a"};
	struct socks_setting setting = {0};
	struct asker asker = {0};

	(void)state;
	memcpy(asker.users, wrong, sizeof(wrong));
	memcpy(asker.passwords, wrong, sizeof(wrong));
	begin(&setting, "socks5h", NULL, &asker);
	client_fail(client_get("http://origin.test/"), INET_E_AUTHENTICATION_REQUIRED);
	assert_int_equal(asker.count, 3);
	finish(&setting);
}

static void who_knows_no_login_gets_the_error(void **state)
{
	struct socks_setting setting = {0};
	struct asker asker = {0};
	struct client *client;

	(void)state;
	begin(&setting, "socks5h", NULL, &asker);
	client = client_get("http://origin.test/");
	client_expect_error(client, INET_E_AUTHENTICATION_REQUIRED);
	proxy_expect_text(client, "the SOCKS server wants a login");
	client_end(client);
	assert_int_equal(asker.count, 1);
	finish(&setting);
}

static void whoever_does_not_want_to_be_asked_is_not(void **state)
{
	static const struct {
		XHR_PROPERTY property;
		ULONGLONG value;
	} rows[] = {{XHR_PROP_NO_CRED_PROMPT, XHR_CRED_PROMPT_NONE},
		    {XHR_PROP_NO_AUTH, XHR_AUTH_NONE}};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct asker asker = {.users = {"ann"}, .passwords = {"secret"}};
		struct socks_setting setting = {0};
		struct client *client = client_new();

		begin(&setting, "socks5h", NULL, &asker);
		client_open(client, "GET", "http://origin.test/");
		client_property(client, rows[i].property, rows[i].value);
		client_send(client);
		client_fail(client, INET_E_AUTHENTICATION_REQUIRED);
		assert_int_equal(asker.count, 0);
		finish(&setting);
	}
}

/* With NO_AUTH not even the login that there is. */
static void no_auth_offers_no_login(void **state)
{
	struct socks_setting setting = {.options = {.user = "ann", .password = "secret"}};
	struct client *client = client_new();

	(void)state;
	socks_begin(&setting, "socks5h", "ann:secret");
	client_open(client, "GET", "http://origin.test/");
	client_property(client, XHR_PROP_NO_AUTH, XHR_AUTH_NONE);
	client_send(client);
	client_fail(client, INET_E_AUTHENTICATION_REQUIRED);
	assert_false(socks_last(&setting).has_offered);
	socks_finish(&setting);
}

/* A server that takes no names and passwords takes no other ones either. */
static void nobody_is_asked_for_what_would_not_help(void **state)
{
	struct asker asker = {.users = {"ann"}, .passwords = {"secret"}};
	struct socks_setting setting = {
		.options = {.is_bent = true, .bent_at = 1, .bent_to = 0xFF}};

	(void)state;
	begin(&setting, "socks5h", "ann:secret", &asker);
	client_fail(client_get("http://origin.test/"), INET_E_CANNOT_CONNECT);
	assert_int_equal(asker.count, 0);
	finish(&setting);
}

/* ---- traces ---- */

static pthread_mutex_t trace_lock = PTHREAD_MUTEX_INITIALIZER;
static char trace_text[TRACE_BYTES];
static size_t trace_len;

static void take_line(void *owner, uint64_t mono_ns, const char *line)
{
	(void)owner;
	(void)mono_ns;
	pthread_mutex_lock(&trace_lock);
	trace_len += (size_t)snprintf(trace_text + trace_len, TRACE_BYTES - trace_len,
				      "%s\n", line);
	if (trace_len >= TRACE_BYTES)
		abort();
	pthread_mutex_unlock(&trace_lock);
}

static void no_trace_tells_a_login(void **state)
{
	static const char *const logins[] = {"ann:secret", "ann:wrong"};

	(void)state;
	ixhr2_set_trace(take_line, NULL);
	for (size_t i = 0; i < TEST_COUNT(logins); i++) {
		struct socks_setting setting = {
			.options = {.user = "ann", .password = "secret"}};
		struct client *client;

		socks_begin(&setting, "socks5h", logins[i]);
		client = client_get("http://origin.test/");
		assert_int_equal(client->error,
				 i ? INET_E_AUTHENTICATION_REQUIRED : S_OK);
		client_end(client);
		socks_finish_once(&setting);
	}
	ixhr2_set_trace(NULL, NULL);
	assert_true(trace_len > 0);
	assert_non_null(strstr(trace_text, "socks5h://127.0.0.1:"));
	assert_null(strstr(trace_text, "secret"));
	assert_null(strstr(trace_text, "wrong"));
	assert_null(strstr(trace_text, "ann"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(a_login_that_is_missing_is_asked_for),
		CLIENT_TEST(a_login_that_is_refused_is_asked_for_again),
		CLIENT_TEST(a_user_of_4a_is_asked_for),
		CLIENT_TEST(nobody_is_asked_for_ever),
		CLIENT_TEST(who_knows_no_login_gets_the_error),
		CLIENT_TEST(whoever_does_not_want_to_be_asked_is_not),
		CLIENT_TEST(no_auth_offers_no_login),
		CLIENT_TEST(nobody_is_asked_for_what_would_not_help),
		CLIENT_TEST(no_trace_tells_a_login),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
