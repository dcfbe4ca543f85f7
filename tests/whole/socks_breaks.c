/* SPDX-License-Identifier: MIT */
/*
 * SOCKS servers that refuse, end, stall and lie: each failure has its codes and words, is
 * the proxy's, and comes from one connection alone.
 */
#include "whole/socks.h"

#include "base/mem.h"
#include "lib/hourglass.h"

#define EXTENDED(error) HRESULT_FROM_WIN32(error)

/* A wait that is too short for anything to happen by itself. */
#define TIMEOUT_MS 150

#define MAX_ALLOCATIONS 5000

/* Bytes of all that a server says to one who has logged in. */
#define SAID_5_BYTES (2 + 2 + 10)
#define SAID_4_BYTES 8

static const struct logins no_login = {.user = NULL};

/* How one request ends, and with which words. */
struct ending {
	HRESULT error, extended;
	const char *words; /* in the sentence; NULL: any */
};

static void expect(struct client *client, const struct ending *ending, bool is_extended)
{
	client_wait(client);
	client_expect_error(client, is_extended ? ending->extended : ending->error);
	assert_string_equal(client->order, "E");
	if (ending->words)
		proxy_expect_text(client, ending->words);
	proxy_expect_fault(client, TRUE, 0);
	client_end(client);
}

/* A request by default and one with EXTENDED_ERROR; each has one connection to the
 * server. */
static void fail_twice(struct socks_setting *setting, const char *url,
		       const struct logins *logins, const struct ending *ending)
{
	for (unsigned i = 0; i < 2; i++) {
		struct client *client = client_new();

		logins_open(client, "GET", url, logins);
		client_property(client, XHR_PROP_EXTENDED_ERROR, i);
		client_send(client);
		expect(client, ending, i);
	}
	socks_server_await_connections(setting->server, 2);
	assert_int_equal(socks_server_count(setting->server), 2);
}

/* A setting of its own, with one login in the proxy's URL. */
static void check(const struct socks_server_options *options, const char *scheme,
		  const char *login, const struct ending *ending)
{
	static const char *const urls[] = {"http://origin.test/", "https://good.test/"};

	for (size_t i = 0; i < TEST_COUNT(urls); i++) {
		struct socks_setting setting = {.options = *options};

		socks_begin(&setting, scheme, login);
		fail_twice(&setting, urls[i], &no_login, ending);
		assert_int_equal(answerer_connections(setting.origin), 0);
		assert_int_equal(tls_origin_count(setting.secure).connections, 0);
		socks_finish_once(&setting);
	}
}

/* ---- logins ---- */

static const struct ending refused_login = {INET_E_AUTHENTICATION_REQUIRED,
					    EXTENDED(ERROR_INTERNET_INCORRECT_PASSWORD),
					    "the SOCKS server refuses the login"};
static const struct ending wanted_login = {INET_E_AUTHENTICATION_REQUIRED,
					   EXTENDED(ERROR_INTERNET_INCORRECT_PASSWORD),
					   "the SOCKS server wants a login"};

static void the_codes_are_those_of_the_contract(void **state)
{
	(void)state;
	assert_int_equal(refused_login.error, (HRESULT)0x800C0009);
	assert_int_equal(refused_login.extended, (HRESULT)0x80072EEE);
}

static void a_wrong_login_is_an_error(void **state)
{
	static const char *const logins[] = {"ann:wrong", "ann", "bob:secret", "ann:"};
	static const struct socks_server_options options = {.user = "ann",
							    .password = "secret"};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(logins); i++)
		check(&options, "socks5h", logins[i], &refused_login);
}

static void a_missing_login_is_an_error(void **state)
{
	static const struct socks_server_options options = {.user = "ann",
							    .password = "secret"};

	(void)state;
	check(&options, "socks5h", NULL, &wanted_login);
}

static void a_wrong_login_of_open_is_an_error(void **state)
{
	static const struct logins wrong = {.proxy_user = "ann",
					    .proxy_password = "wrong"};
	struct socks_setting setting = {.options = {.user = "ann", .password = "secret"}};

	(void)state;
	socks_begin(&setting, "socks5h", "ann:secret");
	fail_twice(&setting, "http://origin.test/", &wrong, &refused_login);
	client_finish(client_get("http://origin.test/"), 200, "/");
	socks_finish(&setting);
}

static void a_wrong_user_of_4a_is_an_error(void **state)
{
	static const struct socks_server_options options = {.user = "ann"};
	struct ending ending = refused_login;

	(void)state;
	ending.words = "the user is another";
	check(&options, "socks4a", "bob", &ending);
	check(&options, "socks4a", NULL, &ending);
}

static void no_error_text_holds_a_password(void **state)
{
	struct socks_setting setting = {.options = {.user = "ann", .password = "secret"}};
	struct client *client;
	char *text;

	(void)state;
	socks_begin(&setting, "socks5h", "ann:hidden");
	client = client_get("http://origin.test/");
	client_expect_error(client, INET_E_AUTHENTICATION_REQUIRED);
	assert_int_equal(ixhr2_error_text((IUnknown *)client->xhr, &text), S_OK);
	assert_null(strstr(text, "hidden"));
	CoTaskMemFree(text);
	client_end(client);
	socks_finish(&setting);
}

/* ---- refusals ---- */

static void every_refusal_has_its_words(void **state)
{
	static const struct {
		const char *scheme;
		unsigned code;
		const char *words;
	} rows[] = {
		{"socks5h", 1, "the SOCKS server: general failure"},
		{"socks5h", 2, "the SOCKS server: not allowed by its rules"},
		{"socks5h", 3, "the SOCKS server: network unreachable"},
		{"socks5h", 4, "the SOCKS server: host unreachable"},
		{"socks5h", 5, "the SOCKS server: connection refused"},
		{"socks5h", 6, "the SOCKS server: time to live expired"},
		{"socks5h", 7, "the SOCKS server: command not supported"},
		{"socks5h", 8, "the SOCKS server: address type not supported"},
		{"socks5h", 9, "the SOCKS server: unknown reason"},
		{"socks5h", 255, "the SOCKS server: unknown reason"},
		{"socks4a", 91, "the SOCKS server: request rejected or failed"},
		{"socks4a", 92, "the SOCKS server: it cannot ask who the user is"},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		const struct socks_server_options options = {.refuses_with =
								     rows[i].code};
		const struct ending ending = {INET_E_CANNOT_CONNECT,
					      EXTENDED(ERROR_INTERNET_CANNOT_CONNECT),
					      rows[i].words};

		check(&options, rows[i].scheme, NULL, &ending);
	}
}

static void a_server_that_is_not_there_is_an_error(void **state)
{
	char url[64];

	(void)state;
	snprintf(url, sizeof(url), "socks5h://127.0.0.1:%u", origin_refusing_port());
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_PROXY, url), S_OK);
	for (unsigned i = 0; i < 2; i++) {
		struct client *client = client_new();

		client_open(client, "GET", "http://origin.test/");
		client_property(client, XHR_PROP_EXTENDED_ERROR, i);
		client_send(client);
		expect(client,
		       &(struct ending){INET_E_CANNOT_CONNECT,
					EXTENDED(ERROR_INTERNET_CANNOT_CONNECT),
					"127.0.0.1"},
		       i);
	}
}

static void a_server_whose_name_does_not_exist_is_an_error(void **state)
{
	(void)state;
	assert_int_equal(
		ixhr2_configure(IXHR2_OPTION_PROXY, "socks5h://name.invalid:1080"), S_OK);
	for (unsigned i = 0; i < 2; i++) {
		struct client *client = client_new();

		client_open(client, "GET", "http://127.0.0.1/");
		client_property(client, XHR_PROP_EXTENDED_ERROR, i);
		client_send(client);
		expect(client,
		       &(struct ending){INET_E_RESOURCE_NOT_FOUND,
					EXTENDED(ERROR_INTERNET_NAME_NOT_RESOLVED), NULL},
		       i);
	}
}

/* What no SOCKS server can be told. */
static void what_cannot_be_said_is_an_error(void **state)
{
	static char long_login[300];
	const struct {
		const char *scheme, *url, *login, *words;
	} rows[] = {
		{"socks4a", "http://[::1]/", NULL, "SOCKS 4A knows no IPv6 address"},
		{"socks5h", "http://origin.test/", long_login,
		 "the login is too long for SOCKS"},
	};

	(void)state;
	memset(long_login, 'x', 256);
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct socks_setting setting = {0};

		socks_begin(&setting, rows[i].scheme, rows[i].login);
		fail_twice(&setting, rows[i].url, &no_login,
			   &(struct ending){INET_E_CANNOT_CONNECT,
					    EXTENDED(ERROR_INTERNET_CANNOT_CONNECT),
					    rows[i].words});
		socks_finish_once(&setting);
	}
}

/* ---- ends and lies ---- */

static void check_cuts(const char *scheme, size_t said_bytes, enum socks_server_end end,
		       const struct ending *ending)
{
	for (size_t cut = 0; cut < said_bytes; cut++) {
		struct socks_setting setting = {.options = {.user = "ann",
							    .password = "secret",
							    .is_cut = true,
							    .cut_bytes = cut,
							    .end = end}};

		socks_begin(&setting, scheme, "ann:secret");
		fail_twice(&setting, "http://origin.test/", &no_login, ending);
		socks_finish_once(&setting);
	}
}

static void an_end_at_every_byte(void **state)
{
	static const struct ending ending = {
		INET_E_DOWNLOAD_FAILURE, EXTENDED(ERROR_INTERNET_CONNECTION_ABORTED),
		"the connection ended during the SOCKS handshake"};

	(void)state;
	check_cuts("socks5h", SAID_5_BYTES, SOCKS_SERVER_CLOSE, &ending);
	check_cuts("socks4a", SAID_4_BYTES, SOCKS_SERVER_CLOSE, &ending);
}

static void a_reset_at_every_byte(void **state)
{
	static const struct ending ending = {
		INET_E_DOWNLOAD_FAILURE, EXTENDED(ERROR_INTERNET_CONNECTION_RESET), NULL};

	(void)state;
	check_cuts("socks5h", SAID_5_BYTES, SOCKS_SERVER_RESET, &ending);
	check_cuts("socks4a", SAID_4_BYTES, SOCKS_SERVER_RESET, &ending);
}

static const struct ending not_socks = {INET_E_DOWNLOAD_FAILURE,
					EXTENDED(ERROR_HTTP_INVALID_SERVER_RESPONSE),
					"the proxy does not speak SOCKS"};

static void other_servers_are_not_taken_for_one(void **state)
{
	static const struct span says[] = {
		{"HTTP/1.1 400 Bad Request\r\n\r\n", 28},
		{"SSH-2.0-OpenSSH_9.2\r\n", 21},
		{"\0\0\0\0\0\0\0\0\0\0\0\0", 12},
		{"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 8},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(says); i++) {
		const struct socks_server_options options = {.raw = says[i]};

		check(&options, "socks5h", NULL, &not_socks);
		if (says[i].at[0])
			check(&options, "socks4a", NULL, &not_socks);
	}
}

/* The versions of the choice, the login's status and the reply, and the type of its
 * address. */
static void a_wrong_byte_is_not_socks(void **state)
{
	static const size_t places[] = {0, 2, 4, 7};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(places); i++) {
		struct socks_setting setting = {.options = {.user = "ann",
							    .password = "secret",
							    .is_bent = true,
							    .bent_at = places[i],
							    .bent_to = 9}};

		socks_begin(&setting, "socks5h", "ann:secret");
		fail_twice(&setting, "http://origin.test/", &no_login, &not_socks);
		socks_finish_once(&setting);
	}
}

static void a_login_that_was_not_offered_is_not_told(void **state)
{
	struct socks_setting setting = {
		.options = {.is_bent = true, .bent_at = 1, .bent_to = 2}};
	struct ending ending = not_socks;

	(void)state;
	ending.words = "the SOCKS server has chosen a login that was not offered";
	socks_begin(&setting, "socks5h", NULL);
	fail_twice(&setting, "http://origin.test/", &no_login, &ending);
	socks_finish(&setting);
}

/* ---- time ---- */

static void a_server_that_stalls_anywhere_is_waited_for_in_vain(void **state)
{
	static const size_t cuts[] = {0, 1, 2, 4, 9, SAID_5_BYTES - 1};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cuts); i++) {
		struct socks_setting setting = {.options = {.user = "ann",
							    .password = "secret",
							    .is_cut = true,
							    .cut_bytes = cuts[i],
							    .end = SOCKS_SERVER_STALL}};
		struct client *client = client_new();

		socks_begin(&setting, "socks5h", "ann:secret");
		client_open(client, "GET", "http://origin.test/");
		client_property(client, XHR_PROP_TIMEOUT, TIMEOUT_MS);
		hourglass_stop();
		client_send(client);
		socks_server_await_connections(setting.server, 1);
		hourglass_run();
		expect(client,
		       &(struct ending){INET_E_CONNECTION_TIMEOUT,
					EXTENDED(ERROR_INTERNET_TIMEOUT), NULL},
		       false);
		socks_server_await_over(setting.server);
		socks_finish_once(&setting);
	}
}

static void an_abort_ends_a_handshake(void **state)
{
	struct socks_setting setting = {
		.options = {.is_cut = true, .cut_bytes = 1, .end = SOCKS_SERVER_STALL}};
	struct client *client;

	(void)state;
	socks_begin(&setting, "socks5h", NULL);
	client = client_start("GET", "http://origin.test/");
	socks_server_await_connections(setting.server, 1);
	assert_int_equal(IXMLHTTPRequest3_Abort(client->xhr), S_OK);
	client_fail(client, E_ABORT);
	socks_server_await_over(setting.server);
	socks_finish(&setting);
}

/* ---- memory ---- */

/* Everything up to Send; false when memory was out. */
static bool prepare(struct client *client, const char *url)
{
	static const struct logins logins = {.proxy_user = "ann",
					     .proxy_password = "secret"};
	HRESULT hr = logins_try_open(client, "GET", url, &logins);

	if (hr == S_OK)
		hr = client_try_send(client);
	assert_true(hr == S_OK || hr == E_OUTOFMEMORY);
	return hr == S_OK;
}

/* What is requested, through what. */
struct memory_case {
	const char *scheme;
	const char *url; /* NULL: that of the origin, by its address */
};

/* One request whose n-th allocation fails; false when there was none. */
static bool run_once(struct socks_setting *setting, const struct memory_case *c,
		     unsigned long n, void (*order)(unsigned long n))
{
	struct client *client = client_new();
	char url[ANSWERER_URL_BYTES];
	bool has_failed;

	answerer_url(setting->origin, "/", url);
	socks_server_lead(setting->server, c->scheme, NULL);
	order(n);
	if (prepare(client, c->url ? c->url : url)) {
		client_wait(client);
		if (client->error != E_OUTOFMEMORY)
			client_expect(client, 200, "/");
	}
	client_end(client);
	has_failed = mem_has_failed();
	mem_fail_at(0);
	session_reset();
	if (mem_live_blocks() != 0)
		fail_msg("%ld blocks are left when allocation %lu fails",
			 mem_live_blocks(), n);
	return has_failed;
}

static void run_all(void (*order)(unsigned long n))
{
	static const struct memory_case cases[] = {{"socks5h", "http://origin.test/"},
						   {"socks5", NULL},
						   {"socks4a", "http://origin.test/"}};

	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct socks_setting setting = {
			.options = {.user = "ann", .password = "secret"}};
		unsigned long n = 1;

		socks_begin(&setting, cases[i].scheme, NULL);
		session_reset();
		while (run_once(&setting, &cases[i], n, order)) {
			n++;
			assert_true(n < MAX_ALLOCATIONS);
		}
		socks_finish(&setting);
	}
}

static void memory_may_run_out_at_one_allocation(void **state)
{
	(void)state;
	run_all(mem_fail_at);
}

static void memory_may_run_out_from_one_allocation_on(void **state)
{
	(void)state;
	run_all(mem_fail_from);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(the_codes_are_those_of_the_contract),
		CLIENT_TEST(a_wrong_login_is_an_error),
		CLIENT_TEST(a_missing_login_is_an_error),
		CLIENT_TEST(a_wrong_login_of_open_is_an_error),
		CLIENT_TEST(a_wrong_user_of_4a_is_an_error),
		CLIENT_TEST(no_error_text_holds_a_password),
		CLIENT_TEST(every_refusal_has_its_words),
		CLIENT_TEST(a_server_that_is_not_there_is_an_error),
		CLIENT_TEST(a_server_whose_name_does_not_exist_is_an_error),
		CLIENT_TEST(what_cannot_be_said_is_an_error),
		CLIENT_TEST(an_end_at_every_byte),
		CLIENT_TEST(a_reset_at_every_byte),
		CLIENT_TEST(other_servers_are_not_taken_for_one),
		CLIENT_TEST(a_wrong_byte_is_not_socks),
		CLIENT_TEST(a_login_that_was_not_offered_is_not_told),
		CLIENT_TEST(a_server_that_stalls_anywhere_is_waited_for_in_vain),
		CLIENT_TEST(an_abort_ends_a_handshake),
		CLIENT_TEST(memory_may_run_out_at_one_allocation),
		CLIENT_TEST(memory_may_run_out_from_one_allocation_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
