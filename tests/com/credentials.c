/* SPDX-License-Identifier: MIT */
/* The credentials of Open: which Send gets them, how long they are kept, that they are
 * wiped, and the properties that say what is answered. */
#include "com/credentials.h"

#include "lib/scene.h"
#include "lib/test.h"

#include <string.h>
#include <uchar.h>

#include "base/mem.h"

/* What is looked for in memory that is wiped. */
#define WORD "open sesame"

/* A lone surrogate. */
static const WCHAR broken[] = {L'a', 0xD800, L'b', 0};

static unsigned wiped_words; /* blocks that held WORD when they were wiped */

/* In place of the C library's, for what base/mem wipes. The compiler believes that it
 * does not look at the bytes, hence volatile. */
void explicit_bzero(void *at, size_t bytes)
{
	const void *volatile secret = at;

	wiped_words += memmem(secret, bytes, WORD, strlen(WORD)) != NULL;
	memset(at, 0, bytes);
}

/* ---- what is sent ---- */

/* The last four arguments of Open. */
struct four {
	const WCHAR *user;
	const WCHAR *password;
	const WCHAR *proxy_user;
	const WCHAR *proxy_password;
};

static HRESULT open_with(struct scene *scene, struct four four)
{
	return IXMLHTTPRequest3_Open(scene->xhr, L"GET", L"http://a.example/",
				     probe_callback_2(&scene->callback), four.user,
				     four.password, four.proxy_user, four.proxy_password);
}

/* Opens with one for the server alone. */
static void open_as(struct scene *scene, const WCHAR *user)
{
	assert_int_equal(open_with(scene, (struct four){.user = user, .password = user}),
			 S_OK);
}

static void check_login(struct request_login login, const char *user,
			const char *password)
{
	assert_span(login.user, span_str(user));
	assert_span(login.password, span_str(password));
}

/* What the latest request was sent with for the server. */
static void check_sent(const char *user)
{
	check_login(fake_latest()->options.login, user, user);
}

static void both_logins_go_to_the_engine_as_utf8(void **state)
{
	static const struct {
		struct four four;
		const char *expected[CREDENTIALS_COUNT];
	} rows[] = {
		{{NULL, NULL, NULL, NULL}, {"", "", "", ""}},
		{{L"", L"", L"", L""}, {"", "", "", ""}},
		{{NULL, L"p", NULL, L"q"}, {"", "", "", ""}},
		{{L"", L"p", L"", L"q"}, {"", "", "", ""}},
		{{L"u", NULL, L"v", NULL}, {"u", "", "v", ""}},
		{{L"u", L"", L"v", L""}, {"u", "", "v", ""}},
		{{L"u", L"p", NULL, L"q"}, {"u", "p", "", ""}},
		{{NULL, L"p", L"v", L"q"}, {"", "", "v", "q"}},
		{{L"u", L"p", L"v", L"q"}, {"u", "p", "v", "q"}},
		{{L"u:v", L"p:q", L"D\\v", L" "}, {"u:v", "p:q", "D\\v", " "}},
		{{L"J\u00e4s\u00f8n", L"\u20ac", L"\U0001F600", L"\u00e4"},
		 {"J\u00e4s\u00f8n", "\u20ac", "\U0001F600", "\u00e4"}},
	};
	struct scene *scene = *state;

	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		const char *const *expected = rows[i].expected;

		assert_int_equal(open_with(scene, rows[i].four), S_OK);
		scene_send(scene);
		check_login(fake_latest()->options.login, expected[CREDENTIALS_USER],
			    expected[CREDENTIALS_PASSWORD]);
		check_login(fake_latest()->options.proxy_login,
			    expected[CREDENTIALS_PROXY_USER],
			    expected[CREDENTIALS_PROXY_PASSWORD]);
		fake_received(fake_latest());
	}
}

static void units_of_two_bytes_do_as_well(void **state)
{
	static const WCHAR *const texts[] = {(const WCHAR *)u"u\u00e4",
					     (const WCHAR *)u"\U0001F600",
					     (const WCHAR *)u"v", (const WCHAR *)u""};
	struct credentials credentials;

	(void)state;
	assert_int_equal(credentials_init(&credentials, texts, WIDE_16), ERR_NONE);
	check_login(credentials_login(&credentials), "u\u00e4", "\U0001F600");
	check_login(credentials_proxy_login(&credentials), "v", "");
	credentials_done(&credentials);
	check_login(credentials_login(&credentials), "", "");
}

/* ---- how long they are kept ---- */

static void they_are_for_the_send_of_their_open_alone(void **state)
{
	struct scene *scene = *state;

	open_as(scene, L"1");
	scene_send(scene);
	check_sent("1");
	assert_int_equal(open_with(scene, (struct four){.user = L"2"}), E_PENDING);
	fake_received(fake_latest());
	scene_start(scene);
	check_sent("");
	fake_failed(fake_latest(), ERR_CONNECT, 0);

	open_as(scene, L"3");
	open_as(scene, L"4");
	scene_send(scene);
	check_sent("4");
	fake_received(fake_latest());

	open_as(scene, L"5");
	scene_start(scene);
	check_sent("");
}

static void an_open_that_fails_leaves_those_of_the_one_before(void **state)
{
	struct scene *scene = *state;

	open_as(scene, L"1");
	assert_int_equal(open_with(scene, (struct four){.user = broken}), E_INVALIDARG);
	assert_int_equal(open_with(scene, (struct four){.proxy_password = broken}),
			 E_INVALIDARG);
	fake_fail_new(ERR_URL);
	assert_int_equal(open_with(scene, (struct four){.user = L"2"}),
			 INET_E_INVALID_URL);
	fake_fail_new(ERR_NONE);
	mem_fail_at(1);
	assert_int_equal(open_with(scene, (struct four){.user = L"3"}), E_OUTOFMEMORY);
	mem_fail_at(0);
	scene_send(scene);
	check_sent("1");
}

static void an_abort_drops_them(void **state)
{
	struct scene *scene = *state;

	open_as(scene, L"1");
	assert_int_equal(IXMLHTTPRequest3_Abort(scene->xhr), S_OK);
	scene_start(scene);
	check_sent("");
}

static void a_send_that_fails_keeps_them(void **state)
{
	struct scene *scene = *state;

	open_as(scene, L"1");
	fake_fail_send(ERR_NO_MEMORY);
	assert_int_equal(IXMLHTTPRequest3_Send(scene->xhr, NULL, 0), E_OUTOFMEMORY);
	fake_fail_send(ERR_NONE);
	scene_send(scene);
	check_sent("1");
}

static void open_in_the_end(struct probe_callback *callback, char letter)
{
	assert_int_equal(letter, 'R');
	assert_int_equal(
		IXMLHTTPRequest3_Open(callback->poked, L"GET", L"http://a.example/",
				      probe_callback_2(callback), L"2", L"2", NULL, NULL),
		S_OK);
	callback->hook = NULL;
}

static void the_final_callback_may_open_with_others(void **state)
{
	struct scene *scene = *state;

	open_as(scene, L"1");
	scene_send(scene);
	scene->callback.hook = open_in_the_end;
	fake_received(fake_latest());
	scene_send(scene);
	check_sent("2");
}

static void every_allocation_may_fail(void **state)
{
	static const WCHAR *const texts[] = {L"a", L"b", L"c", L"d"};
	struct credentials credentials;
	long blocks = mem_live_blocks();
	unsigned long n;

	(void)state;
	for (n = 1;; n++) {
		mem_fail_at(n);
		if (!credentials_init(&credentials, texts, WIDE_32))
			break;
		assert_true(mem_has_failed());
		assert_int_equal(mem_live_blocks(), blocks);
	}
	mem_fail_at(0);
	assert_int_equal(n, 6);
	credentials_done(&credentials);
	assert_int_equal(mem_live_blocks(), blocks);
}

static void they_are_wiped_when_they_are_no_longer_needed(void **state)
{
	static const struct four secrets = {L"" WORD, L"" WORD, L"" WORD, L"" WORD};
	struct scene *scene = *state;

	wiped_words = 0;
	open_with(scene, secrets);
	assert_int_equal(wiped_words, 0);
	open_with(scene, secrets);
	assert_int_equal(wiped_words, 4); /* replaced */
	IXMLHTTPRequest3_Abort(scene->xhr);
	assert_int_equal(wiped_words, 8); /* dropped */
	open_with(scene, secrets);
	scene_send(scene);
	assert_int_equal(wiped_words, 12); /* sent */
	assert_int_equal(open_with(scene, secrets), E_PENDING);
	assert_int_equal(wiped_words, 16); /* refused */
	fake_received(fake_latest());
	open_with(scene, (struct four){.password = L"" WORD});
	assert_int_equal(wiped_words, 17); /* nobody's */
	open_with(scene, secrets);
	scene_release(scene);
	assert_int_equal(wiped_words, 21); /* freed */
}

/* ---- what is answered, and who is asked ---- */

static void properties_say_what_is_answered_and_asked(void **state)
{
	static const struct {
		ULONGLONG value;
		bool no_server; /* neither answered nor asked */
		bool no_proxy;
	} rows[] = {
		{XHR_AUTH_ALL, false, false},
		{XHR_AUTH_NONE, true, true},
		{XHR_AUTH_PROXY, true, false},
	};
	struct scene *scene = *state;

	for (size_t i = 0; i < 2 * TEST_COUNT(rows); i++) {
		bool is_auth = i < TEST_COUNT(rows);
		size_t row = i % TEST_COUNT(rows);
		const struct request_options *options;

		IXMLHTTPRequest3_SetProperty(scene->xhr, XHR_PROP_NO_AUTH,
					     is_auth ? rows[row].value : 0);
		IXMLHTTPRequest3_SetProperty(scene->xhr, XHR_PROP_NO_CRED_PROMPT,
					     is_auth ? 0 : rows[row].value);
		scene_start(scene);
		options = &fake_latest()->options;
		assert_int_equal(options->wishes->no_auth,
				 is_auth && rows[row].no_server);
		assert_int_equal(options->wishes->no_proxy_auth,
				 is_auth && rows[row].no_proxy);
		assert_int_equal(options->wishes->no_prompt,
				 !is_auth && rows[row].no_server);
		assert_int_equal(options->wishes->no_proxy_prompt,
				 !is_auth && rows[row].no_proxy);
		fake_received(fake_latest());
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(both_logins_go_to_the_engine_as_utf8),
		cmocka_unit_test(units_of_two_bytes_do_as_well),
		SCENE_TEST(they_are_for_the_send_of_their_open_alone),
		SCENE_TEST(an_open_that_fails_leaves_those_of_the_one_before),
		SCENE_TEST(an_abort_drops_them),
		SCENE_TEST(a_send_that_fails_keeps_them),
		SCENE_TEST(the_final_callback_may_open_with_others),
		cmocka_unit_test(every_allocation_may_fail),
		SCENE_TEST(they_are_wiped_when_they_are_no_longer_needed),
		SCENE_TEST(properties_say_what_is_answered_and_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
