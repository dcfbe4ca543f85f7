/* SPDX-License-Identifier: MIT */
/*
 * Against dante, a SOCKS server of versions 5 and 4: what it leads to, what it refuses by
 * its rules, and logins. Those it looks up in the system's password file, so it sees one
 * of its own, mounted where no other process does; where that is not allowed, the tests
 * with logins are left out. One dante demands a login, the other takes one that is
 * offered only if it has to.
 */
#include "lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/answerer.h"
#include "lib/client.h"
#include "lib/logins.h"
#include "lib/pki.h"
#include "lib/server.h"
#include "lib/tape.h"
#include "lib/tls_origin.h"
#include "whole/proxy.h"

#define BODY_BYTES (1024u * 1024)

#define PARALLEL 100

/* "ann" with the password "secret". */
#define ANN_PASSWD "ann:x:54321:54321::/nonexistent:/usr/sbin/nologin\n"
#define ANN_SHADOW                                                                       \
	"ann:$6$ixhr2$JU4H6KHflzU8v7QZFsFfbkSsBc2UDSUyXJvfHHuULDHX0euDQEuxD6eJ8job2Wdy"  \
	"KufL/rlTqNFaGHaoy8gJC.:19000:0:99999:7:::\n"

/* With the logins that it takes, the one it likes best first. */
#define CONFIGURATION(methods)                                                           \
	"logoutput: {folder}/log\n"                                                      \
	"internal: 127.0.0.1 port = {port}\n"                                            \
	"external: 127.0.0.1\n"                                                          \
	"clientmethod: none\n"                                                           \
	"socksmethod: " methods "\n"                                                     \
	"client pass { from: 127.0.0.0/8 to: 127.0.0.0/8 }\n"                            \
	"socks block { from: 0/0 to: 127.0.0.1/32 port = {port1} }\n"                    \
	"socks pass { from: 127.0.0.0/8 to: 127.0.0.0/8 log: connect }\n"

/* Who runs as root has to say as whom it works. */
#define AS_SOMEBODY "user.privileged: root\nuser.unprivileged: nobody\n"

static struct server *open_server, *strict_server; /* strict: NULL if there is none */
static struct answerer *origin;
static struct tls_origin *secure;

/* ---- life ---- */

/* The system's users and ann; of them all she alone has a password. */
static void put_users(struct server *server)
{
	char text[32768];
	FILE *file = fopen("/etc/passwd", "r");
	size_t len;

	assert_non_null(file);
	len = fread(text, 1, sizeof(text) - sizeof(ANN_PASSWD), file);
	assert_true(feof(file));
	fclose(file);
	strcpy(text + len, ANN_PASSWD);
	server_put_text(server, "passwd", text);
	server_put_text(server, "shadow", ANN_SHADOW);
}

static bool may_mount(void)
{
	return geteuid() == 0 && system("unshare --mount true 2>/dev/null") == 0;
}

static struct server *start_open(void)
{
	struct server *server = server_new();

	server_put_text(server, "conf",
			geteuid() == 0 ? AS_SOMEBODY CONFIGURATION("none username")
				       : CONFIGURATION("none username"));
	server_start(server, (const char *[]){"danted", "-f", "{folder}/conf", "-p",
					      "{folder}/pid", NULL});
	return server;
}

static struct server *start_strict(void)
{
	struct server *server = server_new();

	put_users(server);
	server_put_text(server, "conf", AS_SOMEBODY CONFIGURATION("username"));
	server_put_text(server, "start",
			"mount --bind {folder}/passwd /etc/passwd &&\n"
			"mount --bind {folder}/shadow /etc/shadow &&\n"
			"exec danted -f {folder}/conf -p {folder}/pid\n");
	server_start(server, (const char *[]){"unshare", "--mount", "sh",
					      "{folder}/start", NULL});
	return server;
}

static int start(void **state)
{
	static const struct tls_origin_options options = {.certificate = "ip_san"};

	(void)state;
	origin = answerer_start(NULL, NULL);
	secure = tls_origin_start(&options);
	open_server = start_open();
	if (may_mount())
		strict_server = start_strict();
	return 0;
}

static int stop(void **state)
{
	(void)state;
	server_end(open_server);
	if (strict_server)
		server_end(strict_server);
	answerer_end(origin);
	tls_origin_end(secure);
	return 0;
}

/* ---- requests ---- */

/* Leads every request through a server. */
static void lead(const struct server *server, const char *scheme, const char *login)
{
	char url[256];

	snprintf(url, sizeof(url), "%s://%s127.0.0.1:%u", scheme, login, server->port);
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_PROXY, url), S_OK);
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_CA_FILE, pki_path("root.pem")),
			 S_OK);
}

static const char *url_of(const char *scheme, const char *host, unsigned port)
{
	static char url[128];

	snprintf(url, sizeof(url), "%s://%s:%u/a", scheme, host, port);
	return url;
}

static const char *http_url(const char *host)
{
	return url_of("http", host, answerer_port(origin));
}

static const char *https_url(void)
{
	return url_of("https", "127.0.0.1", tls_origin_port(secure));
}

static void fail_with(const char *url, HRESULT error, const char *words)
{
	struct client *client = client_get(url);

	client_expect_error(client, error);
	proxy_expect_text(client, words);
	proxy_expect_fault(client, TRUE, 0);
	client_end(client);
}

/* ---- the way through ---- */

static void check_way(const char *scheme)
{
	lead(open_server, scheme, "");
	client_finish(client_get(http_url("127.0.0.1")), 200, "/a");
	client_finish(client_get(https_url()), 200, "/a");
}

static void socks5_leads_through(void **state)
{
	(void)state;
	check_way("socks5");
	client_finish(client_get(http_url("localhost")), 200, "/a");
}

static void socks5h_leads_through(void **state)
{
	(void)state;
	check_way("socks5h");
	client_finish(client_get(http_url("localhost")), 200, "/a");
}

static void socks4a_leads_to_addresses(void **state)
{
	(void)state;
	check_way("socks4a");
}

/* It takes the mark of version 4A for an address. */
static void names_of_version_4a_are_refused(void **state)
{
	(void)state;
	lead(open_server, "socks4a", "");
	fail_with(http_url("localhost"), INET_E_CANNOT_CONNECT,
		  "the SOCKS server: request rejected or failed");
}

static void a_connection_serves_again(void **state)
{
	unsigned before = answerer_connections(origin);

	(void)state;
	lead(open_server, "socks5h", "");
	for (unsigned i = 0; i < 20; i++)
		client_finish(client_get(http_url("127.0.0.1")), 200, "/a");
	assert_int_equal(answerer_connections(origin), before + 1);
}

static void a_large_body_goes_through(void **state)
{
	struct client *client = client_new();
	struct tape *body = tape_new(NULL, BODY_BYTES);

	(void)state;
	lead(open_server, "socks5h", "");
	tape_be_body(body, client);
	client_open(client, "POST", https_url());
	client_send(client);
	client_finish(client, 200, "/a");
	tape_end(body);
}

static void many_requests_at_once(void **state)
{
	struct client *clients[PARALLEL];

	(void)state;
	lead(open_server, "socks5h", "");
	for (unsigned i = 0; i < PARALLEL; i++)
		clients[i] =
			client_start("GET", i & 1 ? https_url() : http_url("127.0.0.1"));
	for (unsigned i = 0; i < PARALLEL; i++)
		client_finish(clients[i], 200, "/a");
}

/* ---- refusals ---- */

static void its_rules_refuse(void **state)
{
	(void)state;
	lead(open_server, "socks5h", "");
	fail_with(url_of("http", "127.0.0.1", open_server->more[0]),
		  INET_E_CANNOT_CONNECT, "the SOCKS server: not allowed by its rules");
	fail_with(url_of("https", "127.0.0.1", open_server->more[0]),
		  INET_E_CANNOT_CONNECT, "the SOCKS server: not allowed by its rules");
}

static void a_target_refuses(void **state)
{
	(void)state;
	lead(open_server, "socks5", "");
	fail_with(url_of("http", "127.0.0.1", origin_refusing_port()),
		  INET_E_CANNOT_CONNECT, "the SOCKS server: connection refused");
}

/* ---- logins ---- */

static void need_logins(void)
{
	if (!strict_server)
		skip();
}

static void a_login_that_is_not_asked_for_does_no_harm(void **state)
{
	(void)state;
	lead(open_server, "socks5h", "nobody:wrong@");
	client_finish(client_get(http_url("127.0.0.1")), 200, "/a");
}

static void the_right_login_is_let_in(void **state)
{
	static const struct logins ann = {.proxy_user = "ann",
					  .proxy_password = "secret"};

	(void)state;
	need_logins();
	lead(strict_server, "socks5h", "ann:secret@");
	client_finish(client_get(http_url("127.0.0.1")), 200, "/a");
	client_finish(client_get(https_url()), 200, "/a");
	client_finish(logins_start("GET", http_url("localhost"), &ann), 200, "/a");
	server_await_text(strict_server, "log", "%ann@");
}

static void a_wrong_login_is_not(void **state)
{
	static const struct logins wrong[] = {
		{.proxy_user = "ann", .proxy_password = "wrong"},
		{.proxy_user = "ann", .proxy_password = ""},
		{.proxy_user = "nobody-at-all", .proxy_password = "secret"},
	};

	(void)state;
	need_logins();
	lead(strict_server, "socks5h", "ann:secret@");
	for (size_t i = 0; i < TEST_COUNT(wrong); i++) {
		struct client *client =
			logins_start("GET", http_url("127.0.0.1"), &wrong[i]);

		client_wait(client);
		client_expect_error(client, INET_E_AUTHENTICATION_REQUIRED);
		proxy_expect_text(client, "the SOCKS server refuses the login");
		client_end(client);
	}
	client_finish(client_get(http_url("127.0.0.1")), 200, "/a");
}

static void without_a_login_nobody_is(void **state)
{
	(void)state;
	need_logins();
	lead(strict_server, "socks5", "");
	fail_with(http_url("127.0.0.1"), INET_E_AUTHENTICATION_REQUIRED,
		  "the SOCKS server wants a login");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(socks5_leads_through),
		CLIENT_TEST(socks5h_leads_through),
		CLIENT_TEST(socks4a_leads_to_addresses),
		CLIENT_TEST(names_of_version_4a_are_refused),
		CLIENT_TEST(a_connection_serves_again),
		CLIENT_TEST(a_large_body_goes_through),
		CLIENT_TEST(many_requests_at_once),
		CLIENT_TEST(its_rules_refuse),
		CLIENT_TEST(a_target_refuses),
		CLIENT_TEST(a_login_that_is_not_asked_for_does_no_harm),
		CLIENT_TEST(the_right_login_is_let_in),
		CLIENT_TEST(a_wrong_login_is_not),
		CLIENT_TEST(without_a_login_nobody_is),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
