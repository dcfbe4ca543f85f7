/* SPDX-License-Identifier: MIT */
/*
 * Through squid, to origins of this process: without a login, with Basic, with Digest and
 * with both, each at a port of its own; and at a port where it refuses everything.
 */
#include "lib/test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/answerer.h"
#include "lib/client.h"
#include "lib/logins.h"
#include "lib/pattern.h"
#include "lib/pki.h"
#include "lib/server.h"
#include "lib/tape.h"
#include "lib/tls_origin.h"
#include "whole/proxy.h"

/* Bytes of a large body. */
#define LARGE_BYTES (8u * 1024 * 1024)

/* Requests at once. */
#define PARALLEL 100

static struct server *server;
static struct answerer *plain;
static struct tls_origin *secure;

/* The first port comes last, so that all are open when it answers. squid 5 closes when
 * its buffer is full, so that is larger than any body. */
static const char configuration[] =
	"http_port 127.0.0.1:{port1} name=basic\n"
	"http_port 127.0.0.1:{port2} name=digest\n"
	"http_port 127.0.0.1:{port3} name=both\n"
	"http_port 127.0.0.1:{port4} name=closed\n"
	"http_port 127.0.0.1:{port} name=open\n"
	"pid_filename none\n"
	"access_log none\n"
	"cache_log {folder}/cache.log\n"
	"netdb_filename none\n"
	"coredump_dir {folder}\n"
	"hosts_file {folder}/hosts\n"
	"cache deny all\n"
	"cache_mem 8 MB\n"
	"client_request_buffer_max_size 64 MB\n"
	"shutdown_lifetime 0 seconds\n"
	"pinger_enable off\n"
	"visible_hostname squid.test\n"
	"auth_param basic program /usr/lib/squid/basic_ncsa_auth {folder}/basic\n"
	"auth_param basic children 1\n"
	"auth_param basic realm squid, basic\n"
	"auth_param digest program /usr/lib/squid/digest_file_auth {folder}/digest\n"
	"auth_param digest children 1\n"
	"auth_param digest realm squid, digest\n"
	"auth_param digest check_nonce_count on\n"
	"acl on_basic myportname basic\n"
	"acl on_digest myportname digest\n"
	"acl on_closed myportname closed\n"
	"acl on_open myportname open\n"
	"acl known proxy_auth REQUIRED\n"
	"auth_schemes basic on_basic\n"
	"auth_schemes digest on_digest\n"
	"http_access deny on_closed\n"
	"http_access allow on_open\n"
	"http_access allow known\n"
	"http_access deny all\n";

/* "secret", by openssl passwd -apr1. */
static const char basic_file[] = "ann:$apr1$ixhr2abc$BEhYXKr3WRj9HF7bbs9fk.\n";
static const char digest_file[] = "ann:secret\n";

static const struct logins good_login = {.proxy_user = "ann", .proxy_password = "secret"};
static const struct logins bad_login = {.proxy_user = "ann", .proxy_password = "wrong"};

enum port { OPEN, BASIC, DIGEST, BOTH, CLOSED, PORT_COUNT };

static const char *const port_names[] = {"no login", "Basic", "Digest", "both",
					 "refusing"};

static void lead(enum port port)
{
	char url[64];

	print_message("  %s\n", port_names[port]);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u",
		 port == OPEN ? server->port : server->more[port - 1]);
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_PROXY, url), S_OK);
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_CA_FILE, pki_path("root.pem")),
			 S_OK);
}

/* The URL of a path, by each scheme; valid until the next. */
static const char *url_of(bool is_secure, const char *path)
{
	static char url[128];

	if (is_secure)
		snprintf(url, sizeof(url), "https://good.test:%u%s",
			 tls_origin_port(secure), path);
	else
		snprintf(url, sizeof(url), "http://good.test:%u%s", answerer_port(plain),
			 path);
	return url;
}

/* Runs a check for each port and scheme, with a fresh engine. */
static void for_each(void **state, enum port first, enum port last,
		     void (*check)(enum port port, bool is_secure))
{
	for (enum port port = first; port <= last; port++)
		for (int is_secure = 0; is_secure < 2; is_secure++) {
			lead(port);
			check(port, is_secure);
			client_after(state);
			client_before(state);
		}
}

/* ---- tests ---- */

static void check_get(enum port port, bool is_secure)
{
	(void)port;
	for (unsigned i = 0; i < 3; i++) {
		struct client *client =
			logins_start("GET", url_of(is_secure, "/a"), &good_login);
		struct ixhr2_info info;

		client_wait(client);
		client_expect(client, 200, "/a");
		info = proxy_info(client);
		/* A 407 is answered over the same connection. */
		assert_true(info.is_reused || i == 0);
		assert_int_equal(info.proxy_status, is_secure && i == 0 ? 200 : 0);
		ixhr2_info_free(&info);
		client_end(client);
	}
}

static void origins_are_reached(void **state)
{
	for_each(state, OPEN, BOTH, check_get);
}

static void check_post(enum port port, bool is_secure)
{
	struct tape *tape = tape_new(NULL, LARGE_BYTES);
	struct client *client = client_new();

	(void)port;
	tape_be_body(tape, client);
	logins_open(client, "POST", url_of(is_secure, "/pattern"), &good_login);
	client_send(client);
	client_finish(client, 200, "whole");
	tape_end(tape);
}

static void a_large_body_arrives(void **state)
{
	for_each(state, OPEN, BOTH, check_post);
}

static void check_expecting(enum port port, bool is_secure)
{
	struct tape *tape = tape_new(NULL, LARGE_BYTES);
	struct client *client = client_new();

	(void)port;
	/* It can be read once, and is not before the login is accepted. */
	tape->is_sequential = true;
	tape_be_body(tape, client);
	logins_open(client, "POST", url_of(is_secure, "/pattern"), &good_login);
	client_header(client, "Expect", "100-continue");
	client_send(client);
	client_finish(client, 200, "whole");
	tape_end(tape);
}

static void a_body_that_waits_for_100_is_sent_once(void **state)
{
	for_each(state, BASIC, BOTH, check_expecting);
}

/* squid 5 loses its way where a chunked body that it has refused is followed by another
 * on the same connection. */
static void check_unknown_length(enum port port, bool is_secure)
{
	struct tape *tape = tape_new(NULL, LARGE_BYTES);
	struct client *client = client_new();

	(void)port;
	tape_be_body(tape, client);
	client->body_length = IXHR2_LENGTH_UNKNOWN;
	logins_open(client, "POST", url_of(is_secure, "/pattern"), &good_login);
	client_send(client);
	client_finish(client, 200, "whole");
	tape_end(tape);
}

static void a_body_of_unknown_length_arrives(void **state)
{
	for_each(state, OPEN, BOTH, check_unknown_length);
}

static void check_wrong(enum port port, bool is_secure)
{
	static const struct logins none = {0};
	const struct logins *all[] = {&bad_login, &none};

	(void)port;
	for (size_t i = 0; i < TEST_COUNT(all); i++) {
		struct client *client =
			logins_start("GET", url_of(is_secure, "/a"), all[i]);

		client_wait(client);
		if (is_secure) {
			client_expect_error(client, INET_E_AUTHENTICATION_REQUIRED);
			proxy_expect_text(client, "407");
			proxy_expect_fault(client, TRUE, 407);
		} else {
			client_expect(client, 407, NULL);
			assert_non_null(strstr(
				client_response_header(client, "Proxy-Authenticate"),
				"squid"));
		}
		client_end(client);
	}
}

static void a_wrong_or_missing_login_is_refused(void **state)
{
	for_each(state, BASIC, BOTH, check_wrong);
}

static void check_refused(enum port port, bool is_secure)
{
	struct client *client = logins_start("GET", url_of(is_secure, "/a"), &good_login);

	(void)port;
	client_wait(client);
	if (is_secure) {
		client_expect_error(client, INET_E_CANNOT_CONNECT);
		assert_string_equal(client->order, "E");
		proxy_expect_text(client, "403");
		proxy_expect_fault(client, TRUE, 403);
	} else {
		client_expect(client, 403, NULL);
	}
	client_end(client);
}

static void a_refusal_has_its_status(void **state)
{
	for_each(state, CLOSED, CLOSED, check_refused);
}

static void an_origin_that_is_not_there(void **state)
{
	char url[64];
	struct client *client;

	(void)state;
	lead(DIGEST);
	snprintf(url, sizeof(url), "https://127.0.0.1:%u/", origin_refusing_port());
	client = logins_start("GET", url, &good_login);
	client_wait(client);
	client_expect_error(client, INET_E_CANNOT_CONNECT);
	proxy_expect_text(client, "503");
	proxy_expect_fault(client, TRUE, 503);
	client_end(client);
	client = logins_start("GET", url_of(true, "/a"), &good_login);
	client_finish(client, 200, "/a");
}

static void check_large(enum port port, bool is_secure)
{
	struct client *client = client_new();

	(void)port;
	client->expects_pattern = true;
	logins_open(client, "GET", url_of(is_secure, "/large"), &good_login);
	client_send(client);
	client_wait(client);
	client_expect(client, 200, NULL);
	assert_int_equal(client->pattern_len, LARGE_BYTES);
	client_end(client);
}

static void a_large_response_is_received(void **state)
{
	for_each(state, DIGEST, DIGEST, check_large);
}

static void check_parallel(enum port port, bool is_secure)
{
	struct client *clients[PARALLEL];

	(void)port;
	for (unsigned i = 0; i < PARALLEL; i++)
		clients[i] = logins_start("GET", url_of(is_secure, "/a"), &good_login);
	for (unsigned i = 0; i < PARALLEL; i++)
		client_finish(clients[i], 200, "/a");
}

static void many_at_once_are_received(void **state)
{
	for_each(state, OPEN, DIGEST, check_parallel);
}

static void a_redirect_goes_from_one_scheme_to_the_other(void **state)
{
	(void)state;
	lead(DIGEST);
	client_finish(logins_start("GET", url_of(false, "/to_secure"), &good_login), 200,
		      "/a");
}

/* ---- the origins ---- */

static char large[LARGE_BYTES];

static void answer_plain(void *owner, const struct answerer_request *request,
			 struct answerer_reply *reply)
{
	static char location[128];

	(void)owner;
	reply->body = span_str("/a");
	if (strcmp(request->path, "/large") == 0)
		reply->body = span_of(large, sizeof(large));
	if (strcmp(request->path, "/pattern") == 0)
		reply->body =
			span_str(pattern_matches(request->body.at, 0, request->body.len)
					 ? "whole"
					 : "broken");
	if (strcmp(request->path, "/to_secure") == 0) {
		snprintf(location, sizeof(location),
			 "Location: https://good.test:%u/a\r\n", tls_origin_port(secure));
		reply->status = "302 Found";
		reply->fields = location;
	}
}

static void answer_secure(void *owner, const struct tls_origin_request *request,
			  struct tls_origin_reply *reply)
{
	(void)owner;
	if (strcmp(request->path, "/pattern") == 0)
		reply->body = request->is_pattern ? "whole" : "broken";
	if (strcmp(request->path, "/large") == 0) {
		reply->body = NULL;
		reply->pattern_bytes = LARGE_BYTES;
	}
}

/* squid drops root's rights, and with them the order to die with us, unless it has none
 * from the beginning. */
static void start_squid(void)
{
	if (geteuid() == 0)
		server_start(server, (const char *[]){"setpriv", "--pdeathsig", "TERM",
						      "--reuid", "proxy", "--regid",
						      "proxy", "--clear-groups", "squid",
						      "-N", "-f", "{folder}/conf", NULL});
	else
		server_start(server, (const char *[]){"squid", "-N", "-f",
						      "{folder}/conf", NULL});
}

static int start(void **state)
{
	static const struct tls_origin_options options = {.answer = answer_secure};

	(void)state;
	pattern_fill(large, 0, sizeof(large));
	plain = answerer_start(answer_plain, NULL);
	secure = tls_origin_start(&options);
	server = server_new();
	server_put_text(server, "hosts", "127.0.0.1 good.test\n");
	server_put_text(server, "basic", basic_file);
	server_put_text(server, "digest", digest_file);
	server_put_text(server, "conf", configuration);
	start_squid();
	return 0;
}

static int stop(void **state)
{
	(void)state;
	server_end(server);
	tls_origin_end(secure);
	answerer_end(plain);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(origins_are_reached),
		CLIENT_TEST(a_large_body_arrives),
		CLIENT_TEST(a_body_that_waits_for_100_is_sent_once),
		CLIENT_TEST(a_body_of_unknown_length_arrives),
		CLIENT_TEST(a_wrong_or_missing_login_is_refused),
		CLIENT_TEST(a_refusal_has_its_status),
		CLIENT_TEST(an_origin_that_is_not_there),
		CLIENT_TEST(a_large_response_is_received),
		CLIENT_TEST(many_at_once_are_received),
		CLIENT_TEST(a_redirect_goes_from_one_scheme_to_the_other),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
