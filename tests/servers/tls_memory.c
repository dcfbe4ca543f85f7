/* SPDX-License-Identifier: MIT */
/*
 * Memory that runs out in exchanges over TLS, OpenSSL's allocations included: the n-th
 * fails, alone or with all that follow. Either a call answers E_OUTOFMEMORY, or there is
 * exactly one final callback; nothing leaks and nothing crashes. nginx is the server, as
 * one in this process would run out of memory too.
 *
 * OpenSSL does not always say that it was memory: what it could not read or check is then
 * refused as broken. It never makes anything good.
 *
 * There are thousands of allocations, most of them in the verification; so not every one
 * is tried, but all of the first, and further on fewer and fewer.
 */
#include "lib/test.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "engine/certificates.h"
#include "engine/session.h"
#include "lib/client.h"
#include "lib/openssl_memory.h"
#include "lib/pki.h"
#include "lib/server.h"

/* More allocations than this in one exchange are a mistake. */
#define MAX_ALLOCATIONS 100000

/* So many are tried one by one. */
#define EACH 40

static struct server *server;

/* Of the client's certificate; made before memory runs out. */
static unsigned char hash[SHA256_DIGEST_LENGTH];

static const char configuration[] =
	"daemon off;\n"
	"master_process off;\n"
	"pid {folder}/pid;\n"
	"error_log stderr;\n"
	"events { worker_connections 4096; }\n"
	"http {\n"
	"	access_log off;\n"
	"	client_body_temp_path {folder}/body;\n"
	"	proxy_temp_path {folder}/proxy;\n"
	"	fastcgi_temp_path {folder}/fastcgi;\n"
	"	scgi_temp_path {folder}/scgi;\n"
	"	uwsgi_temp_path {folder}/uwsgi;\n"
	"	ssl_protocols TLSv1.2 TLSv1.3;\n"
	"	ssl_client_certificate {pki}/client_root.pem;\n"
	"	ssl_verify_client optional;\n"
	"	ssl_session_cache shared:sessions:1m;\n"
	"	server {\n"
	"		listen 127.0.0.1:{port} ssl;\n"
	"		ssl_certificate {pki}/good.pem;\n"
	"		ssl_certificate_key {pki}/good.key;\n"
	"		ssl_stapling on;\n"
	"		ssl_stapling_file {pki}/good.ocsp;\n"
	"		location = /old { return 302 /new; }\n"
	"		location / { return 200 $ssl_client_verify; }\n"
	"	}\n"
	"	server {\n"
	"		listen 127.0.0.1:{port1} ssl;\n"
	"		ssl_protocols TLSv1.2;\n"
	"		ssl_certificate {pki}/expired_and_wrong_host.pem;\n"
	"		ssl_certificate_key {pki}/expired_and_wrong_host.key;\n"
	"	}\n"
	"}\n";

struct memory_case {
	const char *name;     /* for the log */
	const char *path;     /* of the request */
	bool is_bad;	      /* the certificate has two errors */
	bool has_certificate; /* one of the client's is set */
	bool is_repeated;     /* over a second connection, which resumes */
};

static const struct memory_case cases[] = {
	{"GET", "/", false, false, false},
	{"GET with a redirect", "/old", false, false, false},
	{"GET that is refused", "/", true, false, false},
	{"GET with a certificate", "/", false, true, false},
	{"GET twice", "/", false, false, true},
};

static void configure(const struct memory_case *c)
{
	char rule[64];

	session_reset();
	certificates_reset();
	snprintf(rule, sizeof(rule), "::127.0.0.1:%u",
		 c->is_bad ? server->more[0] : server->port);
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_CONNECT_TO, rule), S_OK);
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_CA_FILE, pki_path("root.pem")),
			 S_OK);
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_DATA_DIR, server->folder), S_OK);
}

static bool is_out(HRESULT hr)
{
	assert_true(hr == S_OK || hr == E_OUTOFMEMORY);
	return hr != S_OK;
}

/* Everything up to Send; false when memory was out. */
static bool prepare(struct client *client, const struct memory_case *c)
{
	char url[64];

	snprintf(url, sizeof(url), "https://good.test%s", c->path);
	if (is_out(client_try_open(client, "GET", url)))
		return false;
	if (c->is_repeated && is_out(client_try_header(client, "Connection", "close")))
		return false;
	if (c->has_certificate && is_out(IXMLHTTPRequest3_SetClientCertificate(
					  client->xhr, sizeof(hash), hash, NULL)))
		return false;
	return !is_out(client_try_send(client));
}

/* What a request without memory may end with. */
static bool is_refusal(HRESULT error)
{
	return error == E_OUTOFMEMORY || error == INET_E_INVALID_CERTIFICATE ||
	       error == INET_E_SECURITY_PROBLEM;
}

static void check_end(struct client *client, const struct memory_case *c)
{
	client_wait(client);
	if (mem_has_failed() && is_refusal(client->error))
		return;
	if (c->is_bad)
		client_expect_error(client, INET_E_INVALID_CERTIFICATE);
	else
		client_expect(client, 200, c->has_certificate ? "SUCCESS" : "NONE");
}

/* One exchange whose n-th allocation fails; false when there was none. */
static bool run_once(const struct memory_case *c, unsigned long n,
		     void (*order)(unsigned long n))
{
	bool has_failed;

	configure(c);
	for (unsigned i = 0; i < (c->is_repeated ? 2 : 1); i++) {
		struct client *client;

		client = client_new();
		/* Of two it is the second that memory runs out in. */
		if (i == 0 || c->is_repeated)
			order(i == 0 && c->is_repeated ? 0 : n);
		if (prepare(client, c))
			check_end(client, c);
		client_end(client);
	}
	has_failed = mem_has_failed();
	mem_fail_at(0);
	session_reset();
	certificates_reset();
	return has_failed;
}

static void run_case(const struct memory_case *c, void (*order)(unsigned long n))
{
	unsigned long n = 1, tried = 1;
	long blocks;

	/* What OpenSSL makes once and keeps. */
	for (unsigned i = 0; i < 3; i++)
		run_once(c, 0, mem_fail_at);
	blocks = mem_live_blocks();
	while (run_once(c, n, order)) {
		/* Something more may be kept, but only once. */
		if (mem_live_blocks() > blocks) {
			blocks = mem_live_blocks();
			run_once(c, n, order);
		}
		if (mem_live_blocks() > blocks)
			fail_msg("%s: %ld blocks are left when allocation %lu fails",
				 c->name, mem_live_blocks() - blocks, n);
		n += 1 + n / EACH;
		tried++;
		assert_true(n < MAX_ALLOCATIONS);
	}
	print_message("  %s: %lu of %lu allocations\n", c->name, tried, n);
}

static void any_one_allocation_may_fail(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++)
		run_case(&cases[i], mem_fail_at);
}

static void all_allocations_may_fail_from_any_one_on(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++)
		run_case(&cases[i], mem_fail_from);
}

/* ---- the server ---- */

static int start(void **state)
{
	char path[SERVER_PATH_BYTES + 32];
	struct span both = pki_bytes("client_both.pem"), der = pki_bytes("client.der");
	FILE *out;

	(void)state;
	server = server_new();
	server_put_text(server, "conf", configuration);
	server_start(server, (const char *[]){"nginx", "-p", "{folder}", "-e", "stderr",
					      "-c", "{folder}/conf", NULL});
	snprintf(path, sizeof(path), "%s/my", server->folder);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/my/client.pem", server->folder);
	out = fopen(path, "w");
	assert_non_null(out);
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(fwrite(both.at, 1, both.len, out), both.len);
	assert_int_equal(fclose(out), 0);
	SHA256((const unsigned char *)der.at, der.len, hash);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	server_end(server);
	return 0;
}

static int before(void **state)
{
	return client_before(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(any_one_allocation_may_fail, before),
		cmocka_unit_test_setup(all_allocations_may_fail_from_any_one_on, before),
	};

	openssl_memory_route();
	return cmocka_run_group_tests(tests, start, stop);
}
