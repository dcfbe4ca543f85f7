/* SPDX-License-Identifier: MIT */
/*
 * Against nginx over TLS: the site of lib/site.h, and what nginx does with versions,
 * sessions, stapled OCSP responses and client certificates. Its log of requests tells
 * what it has seen.
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
#include "lib/site.h"

/* Which port is for what; the first of them is "{port1}". */
enum port { TLS_1_2, TLS_1_3, NEEDS_CLIENT, ASKS_CLIENT, REVOKED, STAPLED, NOT_STAPLED };

static const char configuration[] =
	"daemon off;\n"
	"master_process off;\n"
	"pid {folder}/pid;\n"
	"error_log stderr;\n"
	"worker_rlimit_nofile 8192;\n"
	"events { worker_connections 4096; }\n"
	"http {\n"
	"	log_format seen '$ssl_server_name $ssl_protocol "
	"reused=$ssl_session_reused $request_method $request_uri $status "
	"<$ssl_client_s_dn>';\n"
	"	access_log {folder}/seen.log seen;\n"
	"	default_type application/octet-stream;\n"
	"	client_max_body_size 0;\n"
	"	client_body_temp_path {folder}/body;\n"
	"	proxy_temp_path {folder}/proxy;\n"
	"	fastcgi_temp_path {folder}/fastcgi;\n"
	"	scgi_temp_path {folder}/scgi;\n"
	"	uwsgi_temp_path {folder}/uwsgi;\n"
	"	root {folder}/root;\n"
	"	ssl_protocols TLSv1.2 TLSv1.3;\n"
	"	ssl_certificate {pki}/good.pem;\n"
	"	ssl_certificate_key {pki}/good.key;\n"
	"	ssl_session_cache shared:sessions:1m;\n"
	"	server {\n"
	"		listen 127.0.0.1:{port} ssl backlog=4096 default_server;\n"
	"		ssl_certificate {pki}/ip_san.pem;\n"
	"		ssl_certificate_key {pki}/ip_san.key;\n"
	"		location ~ shtml$ { ssi on; ssi_types *; }\n"
	"		location /up/ { dav_methods PUT; }\n"
	"		location = /old { return 302 /hello.txt; }\n"
	"	}\n"
	"	server {\n"
	"		listen 127.0.0.1:{port} ssl;\n"
	"		server_name good.test;\n"
	"		location /up/ { dav_methods PUT; }\n"
	"		location = /old { return 302 https://second.test/hello.txt; }\n"
	"		location = /down { return 302 http://good.test/hello.txt; }\n"
	"	}\n"
	"	server {\n"
	"		listen 127.0.0.1:{port} ssl;\n"
	"		server_name second.test;\n"
	"		ssl_certificate {pki}/second.pem;\n"
	"		ssl_certificate_key {pki}/second.key;\n"
	"	}\n"
	"	server {\n"
	"		listen 127.0.0.1:{port1} ssl;\n"
	"		ssl_protocols TLSv1.2;\n"
	"	}\n"
	"	server {\n"
	"		listen 127.0.0.1:{port2} ssl;\n"
	"		ssl_protocols TLSv1.3;\n"
	"	}\n"
	"	server {\n"
	"		listen 127.0.0.1:{port3} ssl;\n"
	"		ssl_client_certificate {pki}/client_root.pem;\n"
	"		ssl_verify_client on;\n"
	"		location / { return 200 $ssl_client_s_dn; }\n"
	"	}\n"
	"	server {\n"
	"		listen 127.0.0.1:{port4} ssl;\n"
	"		ssl_client_certificate {pki}/client_root.pem;\n"
	"		ssl_verify_client optional;\n"
	"		location / { return 200 $ssl_client_verify; }\n"
	"	}\n"
	"	server {\n"
	"		listen 127.0.0.1:{port5} ssl;\n"
	"		ssl_certificate {pki}/revoked.pem;\n"
	"		ssl_certificate_key {pki}/revoked.key;\n"
	"		ssl_stapling on;\n"
	"		ssl_stapling_file {pki}/revoked.ocsp;\n"
	"	}\n"
	"	server {\n"
	"		listen 127.0.0.1:{port6} ssl;\n"
	"		ssl_certificate {pki}/must_staple.pem;\n"
	"		ssl_certificate_key {pki}/must_staple.key;\n"
	"		ssl_stapling on;\n"
	"		ssl_stapling_file {pki}/must_staple.ocsp;\n"
	"	}\n"
	"	server {\n"
	"		listen 127.0.0.1:{port7} ssl;\n"
	"		ssl_certificate {pki}/must_staple.pem;\n"
	"		ssl_certificate_key {pki}/must_staple.key;\n"
	"	}\n"
	"}\n";

static int start(void **state)
{
	char my[SERVER_PATH_BYTES + 16];

	(void)state;
	site_server = server_new();
	site_server->is_https = true;
	site_make(site_server);
	server_put_text(site_server, "conf", configuration);
	server_start(site_server,
		     (const char *[]){"nginx", "-p", "{folder}", "-e", "stderr", "-c",
				      "{folder}/conf", NULL});
	snprintf(my, sizeof(my), "%s/my", site_server->folder);
	assert_int_equal(mkdir(my, 0700), 0);
	setenv("IXHR2_CA_FILE", pki_path("root.pem"), 1);
	setenv("IXHR2_DATA_DIR", site_server->folder, 1);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	server_end(site_server);
	return 0;
}

/* ---- requests ---- */

/* Leads every connection to a port of the server. */
static void lead(uint16_t port)
{
	char rule[64];

	snprintf(rule, sizeof(rule), "::127.0.0.1:%u", port);
	session_reset();
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_CONNECT_TO, rule), S_OK);
}

static void lead_to(enum port port)
{
	lead(site_server->more[port]);
}

static struct client *get(const char *url)
{
	struct client *client = client_new();

	client_open(client, "GET", url);
	client_property(client, XHR_PROP_EXTENDED_ERROR, 1);
	client_send(client);
	client_wait(client);
	return client;
}

/* Whether the server has logged this. */
static bool has_seen(const char *text)
{
	char *log = server_get_text(site_server, "seen.log");
	bool has = log && strstr(log, text);

	free(log);
	return has;
}

/* ---- versions and sessions ---- */

static void both_versions_are_spoken(void **state)
{
	static const char *const seen[] = {
		"good.test TLSv1.2 reused=. GET /hello.txt?TLSv1.2 200",
		"good.test TLSv1.3 reused=. GET /hello.txt?TLSv1.3 200"};
	static const char *const versions[] = {"TLSv1.2", "TLSv1.3"};
	struct ixhr2_info info = {.cb = sizeof(info)};
	char url[64];

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(versions); i++) {
		struct client *client;

		snprintf(url, sizeof(url), "https://good.test/hello.txt?%s", versions[i]);
		lead_to(i ? TLS_1_3 : TLS_1_2);
		client = get(url);
		client_expect(client, 200, "hello, world\n");
		assert_int_equal(ixhr2_get_info((IUnknown *)client->xhr, &info), S_OK);
		assert_string_equal(info.tls_version, versions[i]);
		ixhr2_info_free(&info);
		client_end(client);
		server_await_text(site_server, "seen.log", seen[i]);
	}
}

static void a_second_connection_resumes(void **state)
{
	static const enum port ports[] = {TLS_1_2, TLS_1_3};
	static const char *const versions[] = {"TLSv1.2", "TLSv1.3"};
	char url[64], seen[128];

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(ports); i++) {
		lead_to(ports[i]);
		for (unsigned n = 0; n < 3; n++) {
			struct client *client = client_new();

			snprintf(url, sizeof(url), "https://good.test/hello.txt?again-%u",
				 n);
			client_open(client, "GET", url);
			client_header(client, "Connection", "close");
			client_send(client);
			client_finish(client, 200, "hello, world\n");
			snprintf(seen, sizeof(seen),
				 "good.test %s reused=%s GET /hello.txt?again-%u",
				 versions[i], n ? "r" : ".", n);
			server_await_text(site_server, "seen.log", seen);
		}
	}
}

static void each_name_has_its_certificate(void **state)
{
	struct client *client;

	(void)state;
	lead(site_server->port);
	client = get("https://second.test/hello.txt");
	client_expect(client, 200, "hello, world\n");
	shown_expect_chain(&client->shown,
			   (const char *[]){"second", "intermediate", "root", NULL});
	client_end(client);
	client = get("https://good.test/old");
	client_expect(client, 200, "hello, world\n");
	assert_string_equal(client->order, "crchdR");
	client_end(client);
	client = get("https://third.test/hello.txt");
	client_expect_error(client,
			    HRESULT_FROM_WIN32(ERROR_INTERNET_SEC_CERT_CN_INVALID));
	shown_expect_leaf(&client->shown, "ip_san");
	client_end(client);
	client_fail(get("https://good.test/down"),
		    HRESULT_FROM_WIN32(ERROR_INTERNET_HTTPS_TO_HTTP_ON_REDIR));
}

/* ---- pins ---- */

static void what_a_pin_refuses_is_never_seen(void **state)
{
	static const char *const methods[] = {"GET", "POST", "PUT", "DELETE"};
	char url[64];

	(void)state;
	lead(site_server->port);
	for (size_t i = 0; i < TEST_COUNT(methods); i++) {
		struct client *client = client_new();

		snprintf(url, sizeof(url), "https://good.test/pinned-%s", methods[i]);
		client->on[CLIENT_CERTIFICATE] = client_do_abort;
		client_open(client, methods[i], url);
		client_send(client);
		client_fail(client, E_ABORT);
	}
	/* The connection it was refused on serves this one. */
	client_finish(get("https://good.test/hello.txt?after-pins"), 200, NULL);
	server_await_text(site_server, "seen.log", "after-pins");
	assert_false(has_seen("pinned-"));
}

/* ---- stapled ---- */

static void a_staple_says_what_it_says(void **state)
{
	(void)state;
	lead_to(REVOKED);
	client_fail(get("https://good.test/hello.txt?revoked"),
		    HRESULT_FROM_WIN32(ERROR_INTERNET_SEC_CERT_REVOKED));
	lead_to(STAPLED);
	client_finish(get("https://good.test/hello.txt?stapled"), 200, NULL);
	lead_to(NOT_STAPLED);
	client_fail(get("https://good.test/hello.txt?bare"),
		    HRESULT_FROM_WIN32(ERROR_INTERNET_SEC_CERT_REV_FAILED));
	server_await_text(site_server, "seen.log", "?stapled");
	assert_false(has_seen("?revoked"));
	assert_false(has_seen("?bare"));
}

/* ---- client certificates ---- */

/* Puts a certificate into the folder "my". */
static void keep(const char *name)
{
	char path[SERVER_PATH_BYTES * 2], file[64];
	struct span bytes;
	FILE *out;

	snprintf(file, sizeof(file), "%s_both.pem", name);
	bytes = pki_bytes(file);
	snprintf(path, sizeof(path), "%s/my/%s.pem", site_server->folder, name);
	out = fopen(path, "w");
	assert_non_null(out);
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(fwrite(bytes.at, 1, bytes.len, out), bytes.len);
	assert_int_equal(fclose(out), 0);
}

static struct client *get_as(const char *name, const char *url)
{
	struct client *client = client_new();
	unsigned char hash[SHA_DIGEST_LENGTH];
	char file[64];
	struct span der;

	snprintf(file, sizeof(file), "%s.der", name);
	der = pki_bytes(file);
	SHA1((const unsigned char *)der.at, der.len, hash);
	client_open(client, "GET", url);
	assert_int_equal(IXMLHTTPRequest3_SetClientCertificate(client->xhr, sizeof(hash),
							       hash, NULL),
			 S_OK);
	client_send(client);
	client_wait(client);
	return client;
}

static void a_server_that_needs_a_certificate(void **state)
{
	struct client *client;

	(void)state;
	keep("client");
	keep("client_chain");
	keep("client_other");
	lead_to(NEEDS_CLIENT);
	/* nginx says so itself. */
	client = get("https://good.test/none");
	client_expect(client, 400, NULL);
	assert_non_null(strstr(client->bytes, "No required SSL certificate was sent"));
	assert_string_equal(client->order, "cqhdR");
	assert_string_equal(client->shown.issuers[0], "DE\r\nIxhr2 B\xC3\xBC"
						      "cher\r\nClient Root");
	client_end(client);
	client = get_as("client", "https://good.test/right");
	client_expect(client, 200, "CN=Ann,O=Ixhr2 Tests");
	assert_string_equal(client->order, "chdR");
	client_end(client);
	client_finish(get_as("client_chain", "https://good.test/chain"), 200,
		      "CN=client_chain");
	client = get_as("client_other", "https://good.test/wrong");
	client_expect(client, 400, NULL);
	assert_non_null(strstr(client->bytes, "The SSL certificate error"));
	client_end(client);
	certificates_reset();
}

static void a_server_that_would_like_a_certificate(void **state)
{
	(void)state;
	keep("client");
	lead_to(ASKS_CLIENT);
	client_finish(get("https://good.test/"), 200, "NONE");
	client_finish(get_as("client", "https://good.test/"), 200, "SUCCESS");
	client_finish(get("https://good.test/"), 200, "NONE");
	certificates_reset();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(both_versions_are_spoken),
		CLIENT_TEST(a_second_connection_resumes),
		CLIENT_TEST(each_name_has_its_certificate),
		CLIENT_TEST(what_a_pin_refuses_is_never_seen),
		CLIENT_TEST(a_staple_says_what_it_says),
		CLIENT_TEST(a_server_that_needs_a_certificate),
		CLIENT_TEST(a_server_that_would_like_a_certificate),
	};
	int failed = _cmocka_run_group_tests("the site over TLS", site_tests,
					     site_test_count, start, stop);

	return failed + cmocka_run_group_tests(tests, start, stop);
}
