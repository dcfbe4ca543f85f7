/* SPDX-License-Identifier: MIT */
/*
 * Negotiate and NTLM against Apache httpd with mod_auth_gssapi, in a realm of
 * lib/realm.h. Each folder of the site wants to know who comes: /kerberos/ by Kerberos,
 * /ntlm/ by NTLM, /either/ by one of them, /free/ not at all.
 * A page who.shtml in each answers with the user and with the client's port, which tells
 * connections apart. All but /kerberos/ keep the user for the whole connection, so that a
 * request over a connection of another's would be taken for the other's.
 */
#include "lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/client.h"
#include "lib/logins.h"
#include "lib/realm.h"
#include "lib/server.h"
#include "lib/tape.h"

/* Bytes of the bodies that are sent. */
#define BODY_BYTES (1024u * 1024)

/* Requests at the same time. */
#define PARALLEL 8

static const char configuration[] =
	"ServerRoot {folder}\n"
	"ServerName localhost\n"
	"Listen 127.0.0.1:{port}\n"
	"PidFile {folder}/pid\n"
	"ErrorLog {folder}/error.log\n"
	"DefaultRuntimeDir {folder}\n"
	"LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so\n"
	"LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so\n"
	"LoadModule authz_user_module /usr/lib/apache2/modules/mod_authz_user.so\n"
	"LoadModule authn_core_module /usr/lib/apache2/modules/mod_authn_core.so\n"
	"LoadModule auth_gssapi_module /usr/lib/apache2/modules/mod_auth_gssapi.so\n"
	"LoadModule alias_module /usr/lib/apache2/modules/mod_alias.so\n"
	"LoadModule mime_module /usr/lib/apache2/modules/mod_mime.so\n"
	"LoadModule include_module /usr/lib/apache2/modules/mod_include.so\n"
	"LoadModule dav_module /usr/lib/apache2/modules/mod_dav.so\n"
	"LoadModule dav_fs_module /usr/lib/apache2/modules/mod_dav_fs.so\n"
	"LoadModule headers_module /usr/lib/apache2/modules/mod_headers.so\n"
	"LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so\n"
	"LoadModule proxy_http_module /usr/lib/apache2/modules/mod_proxy_http.so\n"
	"TypesConfig /dev/null\n"
	"DAVLockDB {folder}/lock\n"
	"MaxKeepAliveRequests 0\n"
	"KeepAliveTimeout 30\n"
	"StartServers 1\n"
	"ServerLimit 1\n"
	"ThreadsPerChild 32\n"
	"MinSpareThreads 1\n"
	"MaxSpareThreads 32\n"
	"MaxRequestWorkers 32\n"
	"LogFormat \"%m %U %>s %u [%{Authorization}i] %{Content-Length}i\" answers\n"
	"CustomLog {folder}/access.log answers\n"
	"DocumentRoot {folder}/root\n"
	"<Directory {folder}/root>\n"
	"	Require all granted\n"
	"	Options +Includes\n"
	"	AddType text/html .shtml\n"
	"	AddOutputFilter INCLUDES .shtml\n"
	"	Dav On\n"
	"</Directory>\n"
	"<VirtualHost 127.0.0.1:{port}>\n"
	"<Location /kerberos/>\n"
	"	AuthType GSSAPI\n"
	"	AuthName cave\n"
	"	Require valid-user\n"
	"	GssapiAllowedMech krb5\n"
	"</Location>\n"
	"<Location /ntlm/>\n"
	"	AuthType GSSAPI\n"
	"	AuthName cave\n"
	"	Require valid-user\n"
	"	GssapiAllowedMech ntlmssp\n"
	"	GssapiConnectionBound On\n"
	"</Location>\n"
	"<Location /either/>\n"
	"	AuthType GSSAPI\n"
	"	AuthName cave\n"
	"	Require valid-user\n"
	"	GssapiConnectionBound On\n"
	"</Location>\n"
	"</VirtualHost>\n"
	"Redirect 302 /away/ http://localhost:{port}/kerberos/\n"
	"Listen 127.0.0.1:{port1}\n"
	"<VirtualHost 127.0.0.1:{port1}>\n"
	"	ProxyPass / http://127.0.0.1:{port}/ max=1\n"
	"	Header edit WWW-Authenticate ^Negotiate Other\n"
	"</VirtualHost>\n";

static const char who[] =
	"<!--#echo var=\"REMOTE_USER\" --> <!--#echo var=\"REMOTE_PORT\" -->";

static const char *const folders[] = {"kerberos", "ntlm", "either", "free"};

/* Apache refuses to serve as root. */
static const char as_somebody[] = "User www-data\nGroup www-data\n";

static const struct logins alice = {REALM_USER, REALM_PASSWORD, NULL, NULL};
static const struct logins kasim = {REALM_NTLM_DOMAIN "\\" REALM_NTLM_USER,
				    REALM_NTLM_PASSWORD, NULL, NULL};
static const struct logins kasim_wrong = {REALM_NTLM_DOMAIN "\\" REALM_NTLM_USER,
					  "open rye", NULL, NULL};
static const struct logins nobody;

#define ALICE REALM_USER "@" REALM_NAME
#define KASIM REALM_NTLM_DOMAIN "\\" REALM_NTLM_USER

static struct realm *realm;
static struct server *server;

/* Asserts that the page says who came; answers the port of the client. */
static unsigned finish_who(struct client *client, const char *expected)
{
	char user[128] = "";
	unsigned port = 0;

	client_wait(client);
	client_expect(client, 200, NULL);
	assert_int_equal(sscanf(client->bytes, "%127s %u", user, &port), 2);
	assert_string_equal(user, expected);
	client_end(client);
	return port;
}

static struct client *ask(const char *path, const struct logins *logins)
{
	return logins_start("GET", server_url(server, path), logins);
}

/* A request that shows nothing of the user's: the server would have been content. */
static void assert_unanswered(struct client *client)
{
	char *log;

	client_wait(client);
	client_expect(client, 401, NULL);
	assert_string_equal(client_response_header(client, "WWW-Authenticate"),
			    "Negotiate");
	client_end(client);
	log = server_get_text(server, "access.log");
	assert_null(log ? strstr(log, "[Nego") : NULL);
	free(log);
}

static void allow(const char *hosts)
{
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_NEGOTIATE_HOSTS, hosts), S_OK);
}

/* ---- the user's ticket ---- */

static void the_ticket_goes_to_a_host_that_is_named(void **state)
{
	(void)state;
	realm_get_ticket(realm);
	allow("127.0.0.1");
	finish_who(ask("/kerberos/who.shtml", &nobody), ALICE);
	finish_who(ask("/either/who.shtml", &nobody), ALICE);
}

static void the_ticket_goes_nowhere_else(void **state)
{
	(void)state;
	realm_get_ticket(realm);
	assert_unanswered(ask("/kerberos/who.shtml", &nobody));
}

static void the_ticket_does_not_go_where_another_host_is_named(void **state)
{
	(void)state;
	realm_get_ticket(realm);
	allow("localhost, 127.0.0.2, 127.0.0.1:1");
	assert_unanswered(ask("/kerberos/who.shtml", &nobody));
}

static void without_a_ticket_the_challenge_is_the_response(void **state)
{
	(void)state;
	realm_drop_ticket(realm);
	allow("*");
	assert_unanswered(ask("/kerberos/who.shtml", &nobody));
}

static void no_ntlm_is_spoken_without_a_login(void **state)
{
	(void)state;
	realm_get_ticket(realm);
	allow("*");
	client_finish(ask("/ntlm/who.shtml", &nobody), 401, NULL);
}

static void a_program_may_want_no_answers(void **state)
{
	struct client *client = client_new();

	(void)state;
	realm_get_ticket(realm);
	allow("*");
	client_open(client, "GET", server_url(server, "/kerberos/who.shtml"));
	client_property(client, XHR_PROP_NO_AUTH, XHR_AUTH_NONE);
	client_send(client);
	assert_unanswered(client);
}

/* ---- a login ---- */

static void a_login_goes_by_kerberos(void **state)
{
	static const struct logins by_realm = {ALICE, REALM_PASSWORD, NULL, NULL};

	(void)state;
	realm_drop_ticket(realm);
	finish_who(ask("/kerberos/who.shtml", &alice), ALICE);
	finish_who(ask("/kerberos/who.shtml", &by_realm), ALICE);
	finish_who(ask("/either/who.shtml", &alice), ALICE);
}

static void a_login_goes_by_ntlm(void **state)
{
	(void)state;
	finish_who(ask("/ntlm/who.shtml", &kasim), KASIM);
	finish_who(ask("/either/who.shtml", &kasim), KASIM);
}

static void a_name_is_resolved_to_its_service(void **state)
{
	char url[128];

	(void)state;
	snprintf(url, sizeof(url), "http://localhost:%u/kerberos/who.shtml",
		 server->port);
	finish_who(logins_start("GET", url, &alice), ALICE);
}

static void with_a_wrong_password_the_last_challenge_is_the_response(void **state)
{
	static const struct {
		const char *path;
		struct logins logins;
	} cases[] = {
		{"/kerberos/who.shtml", {REALM_USER, "open rye", NULL, NULL}},
		{"/kerberos/who.shtml", {REALM_NTLM_USER, "open rye", NULL, NULL}},
		{"/ntlm/who.shtml", {REALM_NTLM_USER, "open rye", NULL, NULL}},
		{"/either/who.shtml", {REALM_USER, "open rye", NULL, NULL}},
		{"/either/who.shtml", {REALM_USER, "", NULL, NULL}},
	};

	(void)state;
	realm_get_ticket(realm); /* which is not to be taken instead */
	allow("*");
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct client *client = ask(cases[i].path, &cases[i].logins);

		client_wait(client);
		client_expect(client, 401, NULL);
		assert_non_null(strstr(client->bytes, "could not verify"));
		client_end(client);
	}
}

/* mod_auth_gssapi offers Negotiate wherever it offers NTLM, but who stands before it does
 * not pass that on. It has one connection to it, and so have we. */
static void a_server_may_know_ntlm_alone(void **state)
{
	char url[128];

	(void)state;
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/ntlm/who.shtml", server->more[0]);
	finish_who(logins_start("GET", url, &kasim), KASIM);
	server_await_text(server, "access.log", "[NTLM TlRMTVNTUAAB"); /* message 1 */
	server_await_text(server, "access.log", "[NTLM TlRMTVNTUAAD"); /* message 3 */
}

/* ---- another host ---- */

static void a_login_is_left_behind_by_a_redirect(void **state)
{
	(void)state;
	realm_get_ticket(realm);
	client_finish(ask("/away/who.shtml", &alice), 401, NULL);
}

static void the_ticket_is_for_the_host_where_a_redirect_ends(void **state)
{
	(void)state;
	realm_get_ticket(realm);
	allow("localhost");
	finish_who(ask("/away/who.shtml", &nobody), ALICE);
}

/* ---- bodies ---- */

static void put(const char *folder, const struct logins *logins, bool is_sized)
{
	struct client *client = client_new();
	struct tape *tape = tape_new(NULL, BODY_BYTES);
	char path[64];
	bool is_pattern = false;

	snprintf(path, sizeof(path), "/%s/put", folder);
	logins_open(client, "PUT", server_url(server, path), logins);
	tape_be_body(tape, client);
	if (!is_sized)
		client->body_length = (uint64_t)-1;
	client_send(client);
	client_wait(client);
	assert_true(client->status == 201 || client->status == 204);
	client_end(client);
	tape_end(tape);
	snprintf(path, sizeof(path), "root/%s/put", folder);
	assert_int_equal(server_file_bytes(server, path, &is_pattern), BODY_BYTES);
	assert_true(is_pattern);
}

static void a_body_is_sent_again(void **state)
{
	(void)state;
	for (int is_sized = 0; is_sized < 2; is_sized++) {
		put("kerberos", &alice, is_sized);
		put("either", &alice, is_sized);
		put("either", &kasim, is_sized);
		put("ntlm", &kasim, is_sized);
	}
}

static void for_a_body_that_cannot_be_the_challenge_is_the_response(void **state)
{
	struct client *client = client_new();
	struct tape *tape = tape_new(NULL, BODY_BYTES);

	(void)state;
	tape->is_sequential = true;
	logins_open(client, "PUT", server_url(server, "/kerberos/never"), &alice);
	tape_be_body(tape, client);
	client_send(client);
	client_finish(client, 401, NULL);
	tape_end(tape);
}

/* ---- connections ---- */

static void nobody_uses_a_connection_of_another_user(void **state)
{
	unsigned of_kasim, of_alice, of_nobody;

	(void)state;
	of_kasim = finish_who(ask("/either/who.shtml", &kasim), KASIM);
	of_nobody = finish_who(ask("/free/who.shtml", &nobody), "(none)");
	of_alice = finish_who(ask("/either/who.shtml", &alice), ALICE);
	assert_int_not_equal(of_kasim, of_nobody);
	assert_int_not_equal(of_kasim, of_alice);
	assert_int_not_equal(of_nobody, of_alice);
	client_finish(ask("/either/who.shtml", &kasim_wrong), 401, NULL);
	client_finish(ask("/either/who.shtml", &nobody), 401, NULL);
	assert_int_equal(finish_who(ask("/either/who.shtml", &kasim), KASIM), of_kasim);
	assert_int_equal(finish_who(ask("/either/who.shtml", &alice), ALICE), of_alice);
}

static void nobody_uses_the_connection_of_the_ticket(void **state)
{
	struct client *client = client_new();
	unsigned of_ticket;

	(void)state;
	realm_get_ticket(realm);
	allow("*");
	of_ticket = finish_who(ask("/either/who.shtml", &nobody), ALICE);
	client_open(client, "GET", server_url(server, "/either/who.shtml"));
	client_property(client, XHR_PROP_NO_AUTH, XHR_AUTH_NONE);
	client_send(client);
	client_finish(client, 401, NULL);
	assert_int_not_equal(finish_who(ask("/free/who.shtml", &kasim), "(none)"),
			     of_ticket);
	finish_who(ask("/either/who.shtml", &kasim), KASIM);
	finish_who(ask("/either/who.shtml", &nobody), ALICE);
}

static void many_ask_at_the_same_time(void **state)
{
	struct client *clients[PARALLEL];

	(void)state;
	for (unsigned i = 0; i < PARALLEL; i++)
		clients[i] = ask(i % 4 < 2 ? "/either/who.shtml" : "/ntlm/who.shtml",
				 i % 4 == 0 ? &alice : &kasim);
	for (unsigned i = 0; i < PARALLEL; i++)
		finish_who(clients[i], i % 4 == 0 ? ALICE : KASIM);
}

/* ---- */

static int start(void **state)
{
	char path[64], command[SERVER_PATH_BYTES + 64];

	(void)state;
	realm = realm_new(); /* before the server, which gets its environment */
	server = server_new();
	for (size_t i = 0; i < TEST_COUNT(folders); i++) {
		snprintf(command, sizeof(command), "mkdir -m 0777 %s/root/%s",
			 server->folder, folders[i]);
		assert_int_equal(system(command), 0);
		snprintf(path, sizeof(path), "root/%s/who.shtml", folders[i]);
		server_put_text(server, path, who);
	}
	server_put_text(server, "user", geteuid() == 0 ? as_somebody : "");
	server_put_text(server, "conf", configuration);
	server_start(server, (const char *[]){"apache2", "-D", "FOREGROUND", "-f",
					      "{folder}/conf", "-c",
					      "Include {folder}/user", NULL});
	return 0;
}

static int stop(void **state)
{
	(void)state;
	server_end(server);
	realm_end(realm);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		/* The first four look for answers in the log. */
		CLIENT_TEST(the_ticket_goes_nowhere_else),
		CLIENT_TEST(the_ticket_does_not_go_where_another_host_is_named),
		CLIENT_TEST(without_a_ticket_the_challenge_is_the_response),
		CLIENT_TEST(a_program_may_want_no_answers),
		CLIENT_TEST(the_ticket_goes_to_a_host_that_is_named),
		CLIENT_TEST(no_ntlm_is_spoken_without_a_login),
		CLIENT_TEST(a_login_goes_by_kerberos),
		CLIENT_TEST(a_login_goes_by_ntlm),
		CLIENT_TEST(a_server_may_know_ntlm_alone),
		CLIENT_TEST(a_name_is_resolved_to_its_service),
		CLIENT_TEST(with_a_wrong_password_the_last_challenge_is_the_response),
		CLIENT_TEST(a_login_is_left_behind_by_a_redirect),
		CLIENT_TEST(the_ticket_is_for_the_host_where_a_redirect_ends),
		CLIENT_TEST(a_body_is_sent_again),
		CLIENT_TEST(for_a_body_that_cannot_be_the_challenge_is_the_response),
		CLIENT_TEST(nobody_uses_a_connection_of_another_user),
		CLIENT_TEST(nobody_uses_the_connection_of_the_ticket),
		CLIENT_TEST(many_ask_at_the_same_time),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
