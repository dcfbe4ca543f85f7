/* SPDX-License-Identifier: MIT */
/*
 * Against `openssl s_server`, which does what no web server does: old versions, alerts,
 * no certificate at all, cookies in a HelloRetryRequest, early data, and renegotiation in
 * the middle of a connection by a letter on its standard input.
 */
#include "lib/test.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/certificates.h"
#include "engine/session.h"
#include "lib/client.h"
#include "lib/pki.h"
#include "lib/server.h"

#define MAX_ARGUMENTS 24

#define WIN32_TLS HRESULT_FROM_WIN32(ERROR_INTERNET_SECURITY_CHANNEL_ERROR)

static struct server *server;

/* Starts s_server with this certificate and further arguments. */
static void start(const char *certificate, const char *const *more)
{
	const char *arguments[MAX_ARGUMENTS + 1] = {"openssl", "s_server", "-accept",
						    "127.0.0.1:{port}"};
	char rule[64], pem[128], key[128];
	unsigned n = 4;

	server = server_new();
	if (certificate) {
		snprintf(pem, sizeof(pem), "{pki}/%s.pem", certificate);
		snprintf(key, sizeof(key), "{pki}/%s.key", certificate);
		arguments[n++] = "-cert";
		arguments[n++] = pem;
		arguments[n++] = "-cert_chain";
		arguments[n++] = pem;
		arguments[n++] = "-key";
		arguments[n++] = key;
	}
	for (; *more; more++) {
		assert_true(n < MAX_ARGUMENTS);
		arguments[n++] = *more;
	}
	server_start(server, arguments);
	session_reset();
	snprintf(rule, sizeof(rule), "::127.0.0.1:%u", server->port);
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_CONNECT_TO, rule), S_OK);
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_CA_FILE, pki_path("root.pem")),
			 S_OK);
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_DATA_DIR, server->folder), S_OK);
}

#define START(certificate, ...)                                                          \
	start(certificate, (const char *const[]){__VA_ARGS__, NULL})

static void stop(void)
{
	server_end(server);
	server = NULL;
}

static struct client *begin(void)
{
	struct client *client = client_new();

	client_open(client, "GET", "https://good.test/");
	client_property(client, XHR_PROP_EXTENDED_ERROR, 1);
	return client;
}

static struct client *get(void)
{
	struct client *client = begin();

	client_send(client);
	client_wait(client);
	return client;
}

/* ---- servers that are fine ---- */

/* The page of -www has no length: close_notify ends it. */
static void a_page_that_ends_with_the_connection(void **state)
{
	static const char *const versions[] = {"-tls1_2", "-tls1_3"};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(versions); i++) {
		struct client *client;

		START("good", "-www", versions[i]);
		client = get();
		client_expect(client, 200, NULL);
		assert_non_null(strstr(client->bytes, "Ciphers supported in s_server"));
		assert_non_null(strstr(client->bytes, "New, TLSv1."));
		client_end(client);
		/* The next connection resumes. */
		client = get();
		client_expect(client, 200, NULL);
		assert_non_null(strstr(client->bytes, "Reused, TLSv1."));
		client_end(client);
		stop();
	}
}

static void a_cookie_in_a_hello_retry_request(void **state)
{
	(void)state;
	START("good", "-www", "-tls1_3", "-stateless");
	client_finish(get(), 200, NULL);
	client_finish(get(), 200, NULL);
	stop();
}

static void small_records(void **state)
{
	(void)state;
	START("good", "-www", "-max_send_frag", "512", "-no_ticket");
	client_finish(get(), 200, NULL);
	stop();
}

/* ---- stapled ---- */

static void a_staple_from_a_file(void **state)
{
	static const struct {
		const char *certificate; /* of the server */
		const char *staple;	 /* its file */
		int error;		 /* Win32; 0: none */
	} cases[] = {
		{"good", "{pki}/good.ocsp", 0},
		{"good", "{pki}/delegated.ocsp", 0},
		{"good", "{pki}/expired.ocsp", 0},
		{"revoked", "{pki}/revoked.ocsp", ERROR_INTERNET_SEC_CERT_REVOKED},
		{"must_staple", "{pki}/must_staple.ocsp", 0},
		{"must_staple", "{pki}/must_staple_revoked.ocsp",
		 ERROR_INTERNET_SEC_CERT_REVOKED},
		{"must_staple", "{pki}/good.ocsp", ERROR_INTERNET_SEC_CERT_REV_FAILED},
		{"must_staple", "{pki}/try_later.ocsp",
		 ERROR_INTERNET_SEC_CERT_REV_FAILED},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		START(cases[i].certificate, "-www", "-status_file", cases[i].staple);
		print_message("  %s with %s\n", cases[i].certificate, cases[i].staple);
		if (cases[i].error)
			client_fail(get(), HRESULT_FROM_WIN32(cases[i].error));
		else
			client_finish(get(), 200, NULL);
		stop();
	}
}

/* ---- servers that are refused ---- */

static void these_servers_are_refused(void **state)
{
	static const struct {
		const char *what;	 /* for the log */
		const char *certificate; /* NULL: none */
		const char *more[10];	 /* arguments */
	} cases[] = {
		{"TLS 1.0",
		 "good",
		 {"-www", "-tls1", "-cipher", "DEFAULT:@SECLEVEL=0", NULL}},
		{"TLS 1.1",
		 "good",
		 {"-www", "-tls1_1", "-cipher", "DEFAULT:@SECLEVEL=0", NULL}},
		{"no certificate", NULL, {"-www", "-nocert", NULL}},
		{"anonymous",
		 NULL,
		 {"-www", "-nocert", "-tls1_2", "-cipher", "aNULL:@SECLEVEL=0", NULL}},
		{"another protocol", "good", {"-www", "-alpn", "h3", NULL}},
		{"a fatal unrecognized_name",
		 "good",
		 {"-www", "-servername", "other.test", "-servername_fatal", "-cert2",
		  "{pki}/second.pem", "-key2", "{pki}/second.key", NULL}},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct client *client;

		print_message("  %s\n", cases[i].what);
		start(cases[i].certificate, cases[i].more);
		client = get();
		client_expect_error(client, WIN32_TLS);
		assert_string_equal(client->order, "E");
		client_end(client);
		stop();
	}
}

/* ---- a conversation ---- */

/* Sends client's request and waits until the server has it. */
static void ask(struct client *client)
{
	client_send(client);
	server_await_text(server, "output.log", "GET / HTTP/1.1");
}

/* Waits for that many handshakes of TLS 1.2, as -state tells them. (OpenSSL's client does
 * not always survive two HelloRequests before its ClientHello.) */
static void await_handshakes(unsigned count)
{
	static const char text[] = "read finished";

	for (int ms = 0; ms < SERVER_START_MS; ms += 5) {
		char *log = server_get_text(server, "output.log");
		unsigned found = 0;

		for (const char *at = log; at && (at = strstr(at, text)); at++)
			found++;
		free(log);
		if (found >= count)
			return;
		usleep(5000);
	}
	fail_msg("there were no %u handshakes", count);
}

static void answer(const char *text)
{
	char reply[256];

	snprintf(reply, sizeof(reply), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s",
		 strlen(text), text);
	server_say(server, reply);
}

static void the_server_renegotiates_while_we_wait(void **state)
{
	struct client *client;

	(void)state;
	START("good", "-tls1_2", "-state");
	client = begin();
	ask(client);
	server_say(server, "r\n");
	await_handshakes(2);
	answer("hello");
	client_finish(client, 200, "hello");
	stop();
}

static void the_server_renegotiates_in_the_middle_of_a_body(void **state)
{
	struct client *client;

	(void)state;
	START("good", "-tls1_2", "-state");
	client = begin();
	client->on[CLIENT_DATA] = client_do_block;
	ask(client);
	server_say(server, "HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\nfirst");
	client_await_block(client);
	for (unsigned i = 0; i < 3; i++) {
		server_say(server, "r\n");
		if (i == 0)
			client_go(client);
		await_handshakes(2 + i);
	}
	server_say(server, " and second");
	client_wait(client);
	client_expect(client, 200, "first and second");
	client_end(client);
	stop();
}

static void keep(const char *name)
{
	char path[SERVER_PATH_BYTES * 2], file[64];
	struct span bytes;
	FILE *out;

	snprintf(path, sizeof(path), "%s/my", server->folder);
	mkdir(path, 0700);
	snprintf(file, sizeof(file), "%s_both.pem", name);
	bytes = pki_bytes(file);
	snprintf(path, sizeof(path), "%s/my/%s.pem", server->folder, name);
	out = fopen(path, "w");
	assert_non_null(out);
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(fwrite(bytes.at, 1, bytes.len, out), bytes.len);
	assert_int_equal(fclose(out), 0);
}

static void be_client(struct client *client, const char *name)
{
	unsigned char hash[SHA256_DIGEST_LENGTH];
	char file[64];
	struct span der;

	keep(name);
	snprintf(file, sizeof(file), "%s.der", name);
	der = pki_bytes(file);
	SHA256((const unsigned char *)der.at, der.len, hash);
	assert_int_equal(IXMLHTTPRequest3_SetClientCertificate(client->xhr, sizeof(hash),
							       hash, NULL),
			 S_OK);
}

static void the_server_asks_for_a_certificate_in_the_middle(void **state)
{
	struct client *client;

	(void)state;
	START("good", "-tls1_2", "-CAfile", "{pki}/client_root.pem",
	      "-no_resumption_on_reneg", "-state");
	client = begin();
	be_client(client, "client");
	ask(client);
	server_say(server, "R\n");
	server_await_text(server, "output.log", "CN = Ann");
	answer("hello Ann");
	client_wait(client);
	client_expect(client, 200, "hello Ann");
	assert_string_equal(client->order, "chdR");
	client_end(client);
	certificates_reset();
	stop();
}

static void a_question_in_the_middle_that_is_not_answered(void **state)
{
	struct client *client;

	(void)state;
	START("good", "-tls1_2", "-CAfile", "{pki}/client_root.pem",
	      "-no_resumption_on_reneg", "-state");
	client = begin();
	ask(client);
	server_say(server, "R\n");
	await_handshakes(2);
	answer("hello");
	client_wait(client);
	client_expect(client, 200, "hello");
	assert_string_equal(client->order, "cqhdR");
	client_end(client);
	stop();
}

static void the_server_changes_keys(void **state)
{
	struct client *client;

	(void)state;
	START("good", "-tls1_3");
	client = begin();
	ask(client);
	server_say(server, "k\n");
	server_say(server, "K\n");
	answer("hello");
	client_finish(client, 200, "hello");
	stop();
}

/* A server that takes early data gets none, in the connections that resume neither. */
static void early_data_is_never_sent(void **state)
{
	char url[64], line[64];
	char *log;

	(void)state;
	START("good", "-tls1_3", "-early_data", "-max_early_data", "16384");
	for (unsigned i = 0; i < 3; i++) {
		struct client *client = client_new();

		snprintf(url, sizeof(url), "https://good.test/%u", i);
		snprintf(line, sizeof(line), "GET /%u HTTP/1.1", i);
		client_open(client, "GET", url);
		client_header(client, "Connection", "close");
		client_send(client);
		server_await_text(server, "output.log", line);
		answer("hello");
		client_finish(client, 200, "hello");
	}
	log = server_get_text(server, "output.log");
	assert_non_null(strstr(log, "Reused"));
	assert_null(strstr(log, "Early data received"));
	free(log);
	stop();
}

/* ---- client certificates ---- */

static void a_server_that_demands_a_certificate(void **state)
{
	static const char *const versions[] = {"-tls1_2", "-tls1_3"};
	static const HRESULT needed =
		HRESULT_FROM_WIN32(ERROR_INTERNET_CLIENT_AUTH_CERT_NEEDED);

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(versions); i++) {
		struct client *client;

		START("good", "-www", versions[i], "-Verify", "3", "-CAfile",
		      "{pki}/client_root.pem", "-verify_return_error");
		client = get();
		client_expect_error(client, needed);
		assert_string_equal(client->order, "cqE");
		client_end(client);
		client = begin();
		be_client(client, "client_other");
		client_send(client);
		client_fail(client, needed);
		client = begin();
		be_client(client, "client");
		client_send(client);
		client_wait(client);
		client_expect(client, 200, NULL);
		assert_non_null(strstr(client->bytes, "Ann"));
		client_end(client);
		certificates_reset();
		stop();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(a_page_that_ends_with_the_connection),
		CLIENT_TEST(a_cookie_in_a_hello_retry_request),
		CLIENT_TEST(small_records),
		CLIENT_TEST(early_data_is_never_sent),
		CLIENT_TEST(a_staple_from_a_file),
		CLIENT_TEST(these_servers_are_refused),
		CLIENT_TEST(the_server_renegotiates_while_we_wait),
		CLIENT_TEST(the_server_renegotiates_in_the_middle_of_a_body),
		CLIENT_TEST(the_server_asks_for_a_certificate_in_the_middle),
		CLIENT_TEST(a_question_in_the_middle_that_is_not_answered),
		CLIENT_TEST(the_server_changes_keys),
		CLIENT_TEST(a_server_that_demands_a_certificate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
