/* SPDX-License-Identifier: MIT */
/*
 * Logins at Apache httpd, by Basic and Digest: one of them alone, and both offered in two
 * fields. What has arrived is read in its log: path, status, how many requests were on
 * the connection before, and the Authorization field. Redirects are made by mod_rewrite,
 * because those of mod_alias come before the login.
 */
#include "lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/client.h"
#include "lib/logins.h"
#include "lib/server.h"
#include "lib/tape.h"

/* Bytes of a large upload. */
#define LARGE_BYTES (8u * 1024 * 1024)

/* Longer than the lifetime of a nonce below /stale. */
#define STALE_US 2100000

static struct server *server;

static const char configuration[] =
	"ServerRoot {folder}\n"
	"ServerName 127.0.0.1\n"
	"Listen 127.0.0.1:{port}\n"
	"PidFile {folder}/pid\n"
	"ErrorLog {folder}/error.log\n"
	"LogFormat \"%U %>s %k %{Authorization}i\" short\n"
	"CustomLog {folder}/access.log short\n"
	"DefaultRuntimeDir {folder}\n"
	"LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so\n"
	"LoadModule authn_core_module /usr/lib/apache2/modules/mod_authn_core.so\n"
	"LoadModule authn_file_module /usr/lib/apache2/modules/mod_authn_file.so\n"
	"LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so\n"
	"LoadModule authz_user_module /usr/lib/apache2/modules/mod_authz_user.so\n"
	"LoadModule auth_basic_module /usr/lib/apache2/modules/mod_auth_basic.so\n"
	"LoadModule auth_digest_module /usr/lib/apache2/modules/mod_auth_digest.so\n"
	"LoadModule headers_module /usr/lib/apache2/modules/mod_headers.so\n"
	"LoadModule rewrite_module /usr/lib/apache2/modules/mod_rewrite.so\n"
	"LoadModule alias_module /usr/lib/apache2/modules/mod_alias.so\n"
	"LoadModule mime_module /usr/lib/apache2/modules/mod_mime.so\n"
	"LoadModule dav_module /usr/lib/apache2/modules/mod_dav.so\n"
	"LoadModule dav_fs_module /usr/lib/apache2/modules/mod_dav_fs.so\n"
	"TypesConfig /dev/null\n"
	"DAVLockDB {folder}/lock\n"
	"LimitRequestBody 0\n"
	"MaxKeepAliveRequests 0\n"
	"KeepAliveTimeout 30\n"
	"StartServers 1\n"
	"ServerLimit 1\n"
	"ThreadsPerChild 8\n"
	"MaxRequestWorkers 8\n"
	"DocumentRoot {folder}/root\n"
	"<Directory {folder}/root>\n"
	"	Require all granted\n"
	"</Directory>\n"
	"AliasMatch ^/(basic|digest|both|fallback|stale)/(.*)$ {folder}/root/$2\n"
	"<LocationMatch ^/(basic|fallback)/>\n"
	"	AuthType Basic\n"
	"	AuthName \"basic realm\"\n"
	"	AuthUserFile {folder}/basic\n"
	"	Require valid-user\n"
	"</LocationMatch>\n"
	"<LocationMatch ^/(digest|both|stale)/>\n"
	"	AuthType Digest\n"
	"	AuthName \"digest realm\"\n"
	"	AuthUserFile {folder}/digest\n"
	"	Require valid-user\n"
	"</LocationMatch>\n"
	"<Location /both/>\n"
	"	Header always add WWW-Authenticate \"Basic realm=\\\"a, "
	"\\\\\\\"b\\\\\\\"\\\"\""
	" \"expr=%{REQUEST_STATUS} == 401\"\n"
	"</Location>\n"
	"<Location /fallback/>\n"
	"	Header always add WWW-Authenticate \"Digest realm=\\\"x\\\", "
	"nonce=\\\"y\\\","
	" qop=\\\"auth\\\"\" \"expr=%{REQUEST_STATUS} == 401\"\n"
	"</Location>\n"
	"<Location /stale/>\n"
	"	AuthDigestNonceLifetime 1\n"
	"</Location>\n"
	"<Location /digest/old>\n"
	"	RewriteEngine On\n"
	"	RewriteRule .* /digest/hello.txt [R=302,L]\n"
	"</Location>\n"
	"<Location /digest/to_basic>\n"
	"	RewriteEngine On\n"
	"	RewriteRule .* /basic/hello.txt [R=302,L]\n"
	"</Location>\n"
	"<Location /stale/old>\n"
	"	RewriteEngine On\n"
	"	RewriteRule .* /stale/hello.txt [R=302,L]\n"
	"</Location>\n"
	"<LocationMatch ^/(basic|digest)/up/>\n"
	"	Dav On\n"
	"</LocationMatch>\n";

/* Apache refuses to serve as root. */
static const char as_somebody[] = "User www-data\nGroup www-data\n";

/* "secret", by htpasswd -s and htdigest. */
static const char basic_file[] = "ann:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n";
static const char digest_file[] = "ann:digest realm:978473e834545546c410aaf2b21f78c8\n";

static const struct logins good_login = {.user = "ann", .password = "secret"};
static const struct logins bad_login = {.user = "ann", .password = "wrong"};

/* ---- the log ---- */

/* How many lines there are; waits for the last one to begin like this. */
static unsigned count_lines(const char *beginning)
{
	unsigned count = 0;
	char *text;

	server_await_text(server, "access.log", beginning);
	text = server_get_text(server, "access.log");
	for (const char *at = text; *at; at++)
		count += *at == '\n';
	free(text);
	return count;
}

/* Asserts that a line begins like this and has a word. */
static void expect_line(const char *beginning, const char *word)
{
	char line[2048] = "";
	char *text, *at;

	server_await_text(server, "access.log", beginning);
	text = server_get_text(server, "access.log");
	at = strstr(text, beginning);
	snprintf(line, sizeof(line), "%.*s", (int)strcspn(at, "\n"), at);
	free(text);
	if (!strstr(line, word))
		fail_msg("no \"%s\" in \"%s\"", word, line);
}

static void forget_log(void)
{
	char path[SERVER_PATH_BYTES * 2];

	snprintf(path, sizeof(path), "%s/access.log", server->folder);
	assert_int_equal(truncate(path, 0), 0);
}

static int before(void **state)
{
	forget_log();
	return client_before(state);
}

#define AUTH_TEST(test) cmocka_unit_test_setup_teardown(test, before, client_after)

/* ---- tests ---- */

static void basic_is_answered(void **state)
{
	(void)state;
	client_finish(
		logins_start("GET", server_url(server, "/basic/hello.txt"), &good_login),
		200, "hello");
	expect_line("/basic/hello.txt 401 0 ", "-");
	expect_line("/basic/hello.txt 200 1 ", "Basic YW5uOnNlY3JldA==");
}

static void digest_is_answered(void **state)
{
	(void)state;
	client_finish(logins_start("GET", server_url(server, "/digest/hello.txt?a=b,c"),
				   &good_login),
		      200, "hello");
	expect_line("/digest/hello.txt 401 0 ", "-");
	expect_line("/digest/hello.txt 200 1 ", "Digest ");
	expect_line("/digest/hello.txt 200 1 ", "/digest/hello.txt?a=b,c");
}

static void a_login_in_the_url_is_one(void **state)
{
	char url[128];

	(void)state;
	snprintf(url, sizeof(url), "http://ann:s%%65cret@127.0.0.1:%u/digest/hello.txt",
		 server->port);
	client_finish(client_start("GET", url), 200, "hello");
}

static void the_stronger_of_both_is_taken(void **state)
{
	struct client *client;

	(void)state;
	client_finish(
		logins_start("GET", server_url(server, "/both/hello.txt"), &good_login),
		200, "hello");
	expect_line("/both/hello.txt 200 1 ", "Digest ");
	client = client_get(server_url(server, "/both/hello.txt"));
	client_expect(client, 401, NULL);
	assert_non_null(
		strstr(client_response_header(client, "WWW-Authenticate"), "Basic "));
	assert_non_null(
		strstr(client_response_header(client, "WWW-Authenticate"), "Digest "));
	client_end(client);
}

static void the_weaker_follows_one_that_fails(void **state)
{
	(void)state;
	client_finish(logins_start("GET", server_url(server, "/fallback/hello.txt"),
				   &good_login),
		      200, "hello");
	expect_line("/fallback/hello.txt 401 1 ", "Digest ");
	expect_line("/fallback/hello.txt 200 2 ", "Basic ");
}

static void a_wrong_or_missing_login_is_the_response(void **state)
{
	static const struct {
		const char *path;      /* requested */
		unsigned with_wrong;   /* requests with a wrong password */
		const char *beginning; /* of the last line of those */
	} cases[] = {
		{"/basic/hello.txt", 2, "/basic/hello.txt 401 1"},
		{"/digest/hello.txt", 2, "/digest/hello.txt 401 1"},
		{"/both/hello.txt", 3, "/both/hello.txt 401 2"},
		{"/fallback/hello.txt", 3, "/fallback/hello.txt 401 2"},
	};

	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct client *client = logins_start(
			"GET", server_url(server, cases[i].path), &bad_login);

		client_wait(client);
		client_expect(client, 401, NULL);
		assert_non_null(strstr(client->bytes, "Unauthorized"));
		client_end(client);
		assert_int_equal(count_lines(cases[i].beginning), cases[i].with_wrong);
		client_after(state);
		before(state);
		client_finish(client_start("GET", server_url(server, cases[i].path)), 401,
			      NULL);
		assert_int_equal(count_lines("401 0"), 1);
		client_after(state);
		before(state);
	}
}

static void a_redirect_counts_on_over_the_same_connection(void **state)
{
	(void)state;
	client_finish(logins_start("GET", server_url(server, "/digest/old"), &good_login),
		      200, "hello");
	expect_line("/digest/old 302 1 ", "nc=00000001");
	expect_line("/digest/hello.txt 200 2 ", "nc=00000002");
}

static void a_redirect_may_lead_to_another_realm(void **state)
{
	(void)state;
	client_finish(
		logins_start("GET", server_url(server, "/digest/to_basic"), &good_login),
		200, "hello");
	expect_line("/basic/hello.txt 200 3 ", "Basic ");
}

static HRESULT wait_until_stale(struct client *client)
{
	(void)client;
	usleep(STALE_US);
	return S_OK;
}

static void a_stale_nonce_is_replaced(void **state)
{
	struct client *client = client_new();

	(void)state;
	client->on[CLIENT_REDIRECT] = wait_until_stale;
	logins_open(client, "GET", server_url(server, "/stale/old"), &good_login);
	client_send(client);
	client_finish(client, 200, "hello");
	expect_line("/stale/hello.txt 401 2 ", "nc=00000002");
	expect_line("/stale/hello.txt 200 3 ", "nc=00000001");
}

/* ---- bodies ---- */

struct upload {
	const char *path;   /* to be put */
	uint64_t bytes;	    /* of the body */
	uint64_t declared;  /* cbBody */
	bool is_sequential; /* a plain ISequentialStream */
	const char *expect; /* field of that name, or NULL */
	bool arrives;	    /* else the 401 is the response */
};

static const struct upload uploads[] = {
	{"/basic/up/a", LARGE_BYTES, LARGE_BYTES, false, NULL, true},
	{"/digest/up/b", LARGE_BYTES, LARGE_BYTES, false, NULL, true},
	{"/digest/up/c", LARGE_BYTES, IXHR2_LENGTH_UNKNOWN, false, NULL, true},
	{"/digest/up/d", LARGE_BYTES, LARGE_BYTES, false, "100-continue", true},
	{"/digest/up/e", 60000, 60000, true, NULL, true},
	{"/digest/up/f", LARGE_BYTES, LARGE_BYTES, true, NULL, false},
	{"/digest/up/g", LARGE_BYTES, LARGE_BYTES, true, "100-continue", true},
};

static void run_upload(const struct upload *upload)
{
	struct tape *tape = tape_new(NULL, upload->bytes);
	struct client *client = client_new();
	bool is_pattern = false;
	char name[64];

	print_message("  %s\n", upload->path);
	tape->is_sequential = upload->is_sequential;
	tape_be_body(tape, client);
	client->body_length = upload->declared;
	logins_open(client, "PUT", server_url(server, upload->path), &good_login);
	if (upload->expect)
		client_header(client, "Expect", upload->expect);
	client_send(client);
	client_wait(client);
	client_expect(client, upload->arrives ? 201 : 401, NULL);
	client_end(client);
	tape_end(tape);
	snprintf(name, sizeof(name), "root%s", strstr(upload->path, "/up/"));
	assert_int_equal(server_file_bytes(server, name, &is_pattern),
			 upload->arrives ? (int64_t)upload->bytes : -1);
	assert_true(is_pattern == upload->arrives);
}

static void bodies_are_sent_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(uploads); i++)
		run_upload(&uploads[i]);
}

/* ---- the server ---- */

static int start(void **state)
{
	char path[SERVER_PATH_BYTES + 16];

	(void)state;
	server = server_new();
	snprintf(path, sizeof(path), "%s/root/up", server->folder);
	assert_int_equal(mkdir(path, 0777), 0);
	assert_int_equal(chmod(path, 0777), 0);
	server_put_text(server, "root/hello.txt", "hello");
	server_put_text(server, "basic", basic_file);
	server_put_text(server, "digest", digest_file);
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
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		AUTH_TEST(basic_is_answered),
		AUTH_TEST(digest_is_answered),
		AUTH_TEST(a_login_in_the_url_is_one),
		AUTH_TEST(the_stronger_of_both_is_taken),
		AUTH_TEST(the_weaker_follows_one_that_fails),
		AUTH_TEST(a_wrong_or_missing_login_is_the_response),
		AUTH_TEST(a_redirect_counts_on_over_the_same_connection),
		AUTH_TEST(a_redirect_may_lead_to_another_realm),
		AUTH_TEST(a_stale_nonce_is_replaced),
		AUTH_TEST(bodies_are_sent_again),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
