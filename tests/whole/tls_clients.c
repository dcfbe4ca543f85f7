/* SPDX-License-Identifier: MIT */
/*
 * Client certificates: what OnClientCertificateRequested tells, how SetClientCertificate
 * finds a certificate in the folder "my", to whom it is shown, and what becomes of a
 * request when it is missing, wrong or locked. The origin tells whom it has seen.
 */
#include "lib/test.h"

#include <fcntl.h>
#include <ftw.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "engine/certificates.h"
#include "engine/session.h"
#include "lib/client.h"
#include "lib/pki.h"
#include "lib/tape.h"
#include "lib/tls_origin.h"
#include "lib/wide_text.h"

#define NEEDED HRESULT_FROM_WIN32(ERROR_INTERNET_CLIENT_AUTH_CERT_NEEDED)
#define ANN    "CN=Ann,O=Ixhr2 Tests"

/* The data folder of the test that runs. */
static char folder[64];

/* A file in the folder "my" and where its bytes come from. */
struct kept {
	const char *name; /* in "my" */
	const char *from; /* of lib/pki.h */
	mode_t mode;	  /* 0: its owner's alone */
};

/* ---- the folder ---- */

static int make_folder(void **state)
{
	char my[96];

	strcpy(folder, "/tmp/ixhr2-clients-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(my, sizeof(my), "%s/my", folder);
	assert_int_equal(mkdir(my, 0700), 0);
	return client_before(state);
}

static int remove_one(const char *path, const struct stat *status, int kind,
		      struct FTW *place)
{
	(void)status;
	(void)kind;
	(void)place;
	return remove(path);
}

static int remove_folder(void **state)
{
	int result;

	certificates_reset();
	result = client_after(state);
	nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return result;
}

#define FOLDER_TEST(test)                                                                \
	cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

static void keep(const struct kept *kept)
{
	struct span bytes = pki_bytes(kept->from);
	char path[160];
	int fd;

	snprintf(path, sizeof(path), "%s/my/%s", folder, kept->name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes.at, bytes.len), bytes.len);
	assert_int_equal(fchmod(fd, kept->mode ? kept->mode : 0600), 0);
	close(fd);
}

static void empty_folder(void)
{
	char my[96];

	snprintf(my, sizeof(my), "%s/my", folder);
	nftw(my, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	assert_int_equal(mkdir(my, 0700), 0);
}

/* ---- requests ---- */

/* An origin that the process is led to, with the folder as its data folder. */
static struct tls_origin *start(const struct tls_origin_options *options)
{
	struct tls_origin *origin = tls_origin_start(options);

	session_reset();
	tls_origin_lead(origin);
	assert_int_equal(ixhr2_configure(IXHR2_OPTION_DATA_DIR, folder), S_OK);
	return origin;
}

static struct tls_origin *start_asking(bool needs_client, int version)
{
	return start(&(struct tls_origin_options){.client_root = "client_root",
						  .needs_client = needs_client,
						  .version = version});
}

/* Sets the certificate called name, by its SHA-256. */
static HRESULT set(struct client *client, const char *name, const char *pin)
{
	unsigned char hash[SHA256_DIGEST_LENGTH];
	char file[64];
	struct span der;
	WCHAR *wide = wide_text_new(pin);
	HRESULT hr;

	snprintf(file, sizeof(file), "%s.der", name);
	der = pki_bytes(file);
	SHA256((const unsigned char *)der.at, der.len, hash);
	hr = IXMLHTTPRequest3_SetClientCertificate(client->xhr, sizeof(hash), hash, wide);
	free(wide);
	return hr;
}

/* A GET with the certificate called name, or with NULL none; ended. */
static struct client *get(const char *url, const char *name, const char *pin)
{
	struct client *client = client_new();

	client_open(client, "GET", url);
	client_property(client, XHR_PROP_EXTENDED_ERROR, 1);
	if (name)
		assert_int_equal(set(client, name, pin), S_OK);
	client_send(client);
	client_wait(client);
	return client;
}

/* Asserts who connection n has shown to be. */
static void expect_client(struct tls_origin *origin, unsigned n, const char *subject)
{
	struct tls_origin_visit visit;

	tls_origin_visit(origin, n, &visit);
	assert_string_equal(visit.client, subject);
}

/* ---- none is set ---- */

static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

static void
a_server_that_would_like_one_gets_none_and_the_program_hears_of_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(versions); i++) {
		struct tls_origin *origin = start_asking(false, versions[i]);
		struct client *client = get("https://good.test/", NULL, NULL);

		client_expect(client, 200, "/");
		assert_string_equal(client->order, "cqhdR");
		assert_int_equal(client->shown.issuer_count, 1);
		assert_string_equal(client->shown.issuers[0], "DE\r\nIxhr2 B\xC3\xBC"
							      "cher\r\nClient Root");
		client_end(client);
		expect_client(origin, 0, "");
		tls_origin_end(origin);
	}
}

static void a_server_that_needs_one_refuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(versions); i++) {
		struct tls_origin *origin = start_asking(true, versions[i]);
		struct client *client = get("https://good.test/", NULL, NULL);

		client_expect_error(client, NEEDED);
		assert_string_equal(client->order, "cqE");
		client_property(client, XHR_PROP_EXTENDED_ERROR, 0);
		client_open(client, "GET", "https://good.test/");
		client_send(client);
		client_fail(client, INET_E_SECURITY_PROBLEM);
		tls_origin_await_over(origin);
		assert_int_equal(tls_origin_count(origin).requests, 0);
		tls_origin_end(origin);
	}
}

static void who_does_not_ask_causes_no_callback(void **state)
{
	struct tls_origin *origin = start(&(struct tls_origin_options){0});
	struct client *client;

	(void)state;
	keep(&(struct kept){"client.pem", "client_both.pem", 0});
	client = get("https://good.test/", "client", NULL);
	client_expect(client, 200, "/");
	assert_string_equal(client->order, "chdR");
	client_end(client);
	expect_client(origin, 0, "");
	tls_origin_end(origin);
}

/* The server does not ask again on a connection that is kept. */
static void a_question_is_told_once_for_a_connection(void **state)
{
	struct tls_origin *origin = start_asking(false, 0);
	struct client *client = client_new();

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		client_open(client, "GET", "https://good.test/");
		client_send(client);
		client_wait(client);
		client_expect(client, 200, NULL);
	}
	assert_string_equal(client->order, "cqhdRchdR");
	client_end(client);
	assert_int_equal(tls_origin_count(origin).connections, 1);
	tls_origin_end(origin);
}

/* ---- one is set ---- */

static void either_thumbprint_finds_it(void **state)
{
	struct span der = pki_bytes("client.der");
	const unsigned char *at = (const unsigned char *)der.at;
	unsigned char hash[SHA256_DIGEST_LENGTH];

	(void)state;
	keep(&(struct kept){"ann.pem", "client_both.pem", 0});
	keep(&(struct kept){"ron.pem", "client_rsa_both.pem", 0});
	for (unsigned i = 0; i < 4; i++) {
		struct tls_origin *origin = start_asking(true, versions[i / 2]);
		struct client *client = client_new();
		DWORD bytes = i % 2 ? SHA_DIGEST_LENGTH : SHA256_DIGEST_LENGTH;

		if (i % 2)
			SHA1(at, der.len, hash);
		else
			SHA256(at, der.len, hash);
		client_open(client, "GET", "https://good.test/");
		assert_int_equal(IXMLHTTPRequest3_SetClientCertificate(client->xhr, bytes,
								       hash, NULL),
				 S_OK);
		client_send(client);
		client_wait(client);
		client_expect(client, 200, "/");
		assert_string_equal(client->order, "chdR");
		client_end(client);
		expect_client(origin, 0, ANN);
		tls_origin_end(origin);
	}
}

/* A certificate in the folder, and what becomes of a request that is to show it. */
struct kept_case {
	const char *what;	    /* for the log */
	const struct kept files[2]; /* in the folder */
	const char *certificate;    /* NAME that is set */
	const char *pin;	    /* NULL: none */
	const char *seen;	    /* subject that the origin sees; NULL: it fails */
};

static const struct kept_case kept_cases[] = {
	{"one file", {{"a.pem", "client_both.pem", 0}}, "client", NULL, ANN},
	{"a pair",
	 {{"a.pem", "client.pem", 0644}, {"a.key", "client.key", 0}},
	 "client",
	 NULL,
	 ANN},
	{"a pair with crt",
	 {{"a.crt", "client.pem", 0644}, {"a.key", "client.key", 0}},
	 "client",
	 NULL,
	 ANN},
	{"PKCS#12", {{"a.p12", "client.p12", 0}}, "client", NULL, ANN},
	{"PKCS#12 as pfx", {{"a.pfx", "client.p12", 0}}, "client", NULL, ANN},
	{"locked PKCS#12", {{"a.p12", "client_locked.p12", 0}}, "client", "secret", ANN},
	{"locked key",
	 {{"a.pem", "client.pem", 0}, {"a.key", "client_locked.key", 0}},
	 "client",
	 "secret",
	 ANN},
	{"RSA",
	 {{"a.pem", "client_rsa_both.pem", 0}},
	 "client_rsa",
	 NULL,
	 "CN=Ron,O=Ixhr2 Tests"},
	{"over an intermediate",
	 {{"a.pem", "client_chain_both.pem", 0}},
	 "client_chain",
	 NULL,
	 "CN=client_chain"},
	{"over an intermediate, PKCS#12",
	 {{"a.p12", "client_chain.p12", 0}},
	 "client_chain",
	 NULL,
	 "CN=client_chain"},
	{"an unneeded pin", {{"a.pem", "client_both.pem", 0}}, "client", "secret", ANN},

	{"an empty folder", {{0}}, "client", NULL, NULL},
	{"another one", {{"a.pem", "client_rsa_both.pem", 0}}, "client", NULL, NULL},
	{"locked PKCS#12 without pin",
	 {{"a.p12", "client_locked.p12", 0}},
	 "client",
	 NULL,
	 NULL},
	{"locked PKCS#12 with a wrong pin",
	 {{"a.p12", "client_locked.p12", 0}},
	 "client",
	 "Secret",
	 NULL},
	{"locked key without pin",
	 {{"a.pem", "client.pem", 0}, {"a.key", "client_locked.key", 0}},
	 "client",
	 NULL,
	 NULL},
	{"locked key with a wrong pin",
	 {{"a.pem", "client.pem", 0}, {"a.key", "client_locked.key", 0}},
	 "client",
	 "Secret",
	 NULL},
	{"a missing key", {{"a.pem", "client.pem", 0}}, "client", NULL, NULL},
	{"somebody else's key",
	 {{"a.pem", "client.pem", 0}, {"a.key", "client_rsa.key", 0}},
	 "client",
	 NULL,
	 NULL},
	{"a key that the group reads",
	 {{"a.pem", "client_both.pem", 0640}},
	 "client",
	 NULL,
	 NULL},
	{"a key that all read",
	 {{"a.pem", "client.pem", 0644}, {"a.key", "client.key", 0604}},
	 "client",
	 NULL,
	 NULL},
	{"a key that others write",
	 {{"a.p12", "client.p12", 0602}},
	 "client",
	 NULL,
	 NULL},
};

static void check_kept(const struct kept_case *c)
{
	struct tls_origin *origin = start_asking(true, 0);
	struct client *client;

	print_message("  %s\n", c->what);
	empty_folder();
	for (unsigned i = 0; i < 2 && c->files[i].name; i++)
		keep(&c->files[i]);
	client = get("https://good.test/", c->certificate, c->pin);
	if (c->seen) {
		client_expect(client, 200, "/");
		expect_client(origin, 0, c->seen);
	} else {
		client_expect_error(client, NEEDED);
		assert_string_equal(client->order, "E");
		assert_int_equal(tls_origin_count(origin).connections, 0);
	}
	client_end(client);
	tls_origin_end(origin);
}

static void what_is_in_the_folder_is_shown_or_the_request_fails(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(kept_cases); i++)
		check_kept(&kept_cases[i]);
}

static void the_sentence_says_what_is_wrong_with_the_key(void **state)
{
	struct tls_origin *origin = start_asking(true, 0);
	struct client *client;
	char *text = NULL;

	(void)state;
	keep(&(struct kept){"exposed.pem", "client_both.pem", 0644});
	client = get("https://good.test/", "client", NULL);
	client_expect_error(client, NEEDED);
	assert_int_equal(ixhr2_error_text((IUnknown *)client->xhr, &text), S_OK);
	assert_non_null(strstr(text, "other"));
	CoTaskMemFree(text);
	client_end(client);
	tls_origin_end(origin);
}

static void a_certificate_that_the_server_does_not_take_is_told(void **state)
{
	static const char *const names[] = {"client_other", "client_expired"};

	(void)state;
	keep(&(struct kept){"other.pem", "client_other_both.pem", 0});
	keep(&(struct kept){"expired.pem", "client_expired_both.pem", 0});
	for (size_t i = 0; i < TEST_COUNT(names) * TEST_COUNT(versions); i++) {
		struct tls_origin *origin = start_asking(true, versions[i % 2]);
		struct client *client = get("https://good.test/", names[i / 2], NULL);

		print_message("  %s, %s\n", names[i / 2], i % 2 ? "1.3" : "1.2");
		client_expect_error(client, NEEDED);
		client_end(client);
		tls_origin_await_over(origin);
		assert_int_equal(tls_origin_count(origin).requests, 0);
		tls_origin_end(origin);
	}
}

static void a_thumbprint_has_20_or_32_bytes(void **state)
{
	static const BYTE hash[64] = {1};
	struct client *client = client_new();

	(void)state;
	for (DWORD bytes = 0; bytes <= sizeof(hash); bytes++) {
		HRESULT hr = IXMLHTTPRequest3_SetClientCertificate(client->xhr, bytes,
								   hash, NULL);

		assert_int_equal(hr, bytes == 20 || bytes == 32 ? S_OK : E_INVALIDARG);
	}
	assert_int_equal(
		IXMLHTTPRequest3_SetClientCertificate(client->xhr, 20, NULL, NULL),
		E_INVALIDARG);
	client_end(client);
}

/* Neither the certificate nor the login is lost, or kept twice. */
static void a_send_that_was_short_of_memory_can_be_repeated(void **state)
{
	struct tls_origin *origin = start_asking(true, 0);
	bool is_short = true;

	(void)state;
	keep(&(struct kept){"ann.pem", "client_both.pem", 0});
	for (unsigned long n = 1; is_short; n++) {
		struct client *client = client_new();
		bool is_loop_short;

		client_open(client, "GET", "https://ann:secret@good.test/a");
		assert_int_equal(set(client, "client", NULL), S_OK);
		mem_fail_at(n);
		is_short = client_try_send(client) != S_OK;
		is_loop_short = !is_short && mem_has_failed();
		mem_fail_at(0);
		assert_true(n < 1000);
		if (is_short)
			client_send(client);
		client_wait(client);
		/* Where the loop was quicker than this thread, it is what was short. */
		if (!is_loop_short)
			client_expect(client, 200, "/a");
		client_end(client);
	}
	expect_client(origin, 0, ANN);
	tls_origin_end(origin);
}

/* ---- for whom ---- */

static void the_final_callback_drops_it(void **state)
{
	struct tls_origin *origin = start_asking(false, 0);
	struct client *client = client_new();

	(void)state;
	keep(&(struct kept){"ann.pem", "client_both.pem", 0});
	/* It may be set before Open. */
	assert_int_equal(set(client, "client", NULL), S_OK);
	for (unsigned i = 0; i < 2; i++) {
		client_open(client, "GET", "https://good.test/");
		client_send(client);
		client_wait(client);
		client_expect(client, 200, NULL);
	}
	assert_string_equal(client->order, "chdRcqhdR");
	client_end(client);
	expect_client(origin, 0, ANN);
	expect_client(origin, 1, "");
	tls_origin_end(origin);
}

static void different_certificates_share_neither_connection_nor_session(void **state)
{
	static const char *const names[] = {"client",	  NULL, "client_rsa", "client",
					    "client_rsa", NULL, "client"};
	static const char *const subjects[] = {ANN, "", "CN=Ron,O=Ixhr2 Tests"};
	struct tls_origin *origin = start_asking(false, 0);

	(void)state;
	keep(&(struct kept){"ann.pem", "client_both.pem", 0});
	keep(&(struct kept){"ron.pem", "client_rsa_both.pem", 0});
	for (size_t i = 0; i < TEST_COUNT(names); i++) {
		struct client *client = get("https://good.test/", names[i], NULL);

		client_expect(client, 200, "/");
		client_end(client);
	}
	assert_int_equal(tls_origin_count(origin).connections, 3);
	assert_int_equal(tls_origin_count(origin).resumed, 0);
	for (unsigned i = 0; i < 3; i++)
		expect_client(origin, i, subjects[i]);
	tls_origin_end(origin);
}

static void a_resumed_session_is_that_of_the_same_certificate(void **state)
{
	struct tls_origin *origin = start_asking(true, 0);

	(void)state;
	keep(&(struct kept){"ann.pem", "client_both.pem", 0});
	for (unsigned i = 0; i < 3; i++) {
		struct client *client = client_new();

		client_open(client, "GET", "https://good.test/");
		client_header(client, "Connection", "close");
		assert_int_equal(set(client, "client", NULL), S_OK);
		client_send(client);
		client_finish(client, 200, "/");
		expect_client(origin, i, ANN);
	}
	assert_int_equal(tls_origin_count(origin).resumed, 2);
	tls_origin_end(origin);
}

static void redirect(void *owner, const struct tls_origin_request *request,
		     struct tls_origin_reply *reply)
{
	if (strcmp(request->path, "/old") != 0)
		return;
	reply->status = "307 Temporary Redirect";
	reply->fields = owner;
}

static void a_redirect_that_leaves_the_origin_drops_it(void **state)
{
	static const struct {
		const char *location; /* the field */
		unsigned connections; /* in all */
		bool is_dropped;      /* on the way */
	} cases[] = {
		{"Location: /new\r\n", 1, false},
		{"Location: https://good.test/new\r\n", 1, false},
		{"Location: https://good.test:443/new\r\n", 1, false},
		{"Location: https://good.test:444/new\r\n", 2, true},
		{"Location: https://www.good.test/new\r\n", 2, true},
		{"Location: https://second.test/new\r\n", 2, true},
	};

	(void)state;
	keep(&(struct kept){"ann.pem", "client_both.pem", 0});
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct tls_origin *origin = start(&(struct tls_origin_options){
			.client_root = "client_root",
			.hosts = {{"second.test", "second", NULL}},
			.answer = redirect,
			.owner = (void *)(uintptr_t)cases[i].location});
		struct client *client = get("https://good.test/old", "client", NULL);

		print_message("  %s", cases[i].location);
		client_expect(client, 200, "/new");
		assert_string_equal(client->order,
				    cases[i].is_dropped ? "crcqhdR" : "crchdR");
		client_end(client);
		assert_int_equal(tls_origin_count(origin).connections,
				 cases[i].connections);
		expect_client(origin, 0, ANN);
		if (cases[i].is_dropped)
			expect_client(origin, 1, "");
		tls_origin_end(origin);
	}
}

/* The certificate was dropped on the way; coming back does not bring it back. */
static void redirect_there_and_back(void *owner, const struct tls_origin_request *request,
				    struct tls_origin_reply *reply)
{
	(void)owner;
	reply->status = "302 Found";
	if (strcmp(request->path, "/1") == 0)
		reply->fields = "Location: https://second.test/2\r\n";
	else if (strcmp(request->path, "/2") == 0)
		reply->fields = "Location: https://good.test/3\r\n";
	else
		reply->status = "200 OK";
}

static void it_is_dropped_for_good(void **state)
{
	struct tls_origin *origin = start(
		&(struct tls_origin_options){.client_root = "client_root",
					     .hosts = {{"second.test", "second", NULL}},
					     .answer = redirect_there_and_back});
	struct client *client;

	(void)state;
	keep(&(struct kept){"ann.pem", "client_both.pem", 0});
	client = get("https://good.test/1", "client", NULL);
	client_expect(client, 200, "/3");
	assert_string_equal(client->order, "crcqrcqhdR");
	client_end(client);
	expect_client(origin, 0, ANN);
	expect_client(origin, 1, "");
	expect_client(origin, 2, "");
	tls_origin_end(origin);
}

/* ---- asked for in the middle (TLS 1.2) ---- */

static void ask_for_client(void *owner, const struct tls_origin_request *request,
			   struct tls_origin_reply *reply)
{
	(void)owner;
	reply->renegotiates = strcmp(request->path, "/private") == 0;
	reply->asks = true;
}

static struct tls_origin *start_asking_late(void)
{
	return start(&(struct tls_origin_options){.client_root = "client_root",
						  .asks_late = true,
						  .version = TLS1_2_VERSION,
						  .answer = ask_for_client});
}

static void a_server_may_ask_after_it_has_read_the_request(void **state)
{
	struct tls_origin *origin = start_asking_late();
	struct client *client;

	(void)state;
	keep(&(struct kept){"ann.pem", "client_both.pem", 0});
	client = get("https://good.test/public", "client", NULL);
	client_expect(client, 200, "/public");
	client_end(client);
	expect_client(origin, 0, "");
	client = get("https://good.test/private", "client", NULL);
	client_expect(client, 200, "/private");
	assert_string_equal(client->order, "chdR");
	client_end(client);
	expect_client(origin, 0, ANN);
	assert_int_equal(tls_origin_count(origin).connections, 1);
	tls_origin_end(origin);
}

static void a_late_question_is_told_before_the_response(void **state)
{
	struct tls_origin *origin = start_asking_late();
	struct client *client = get("https://good.test/private", NULL, NULL);

	(void)state;
	client_expect(client, 200, "/private");
	assert_string_equal(client->order, "cqhdR");
	assert_int_equal(client->shown.issuer_count, 1);
	client_end(client);
	expect_client(origin, 0, "");
	tls_origin_end(origin);
}

static void each_late_question_is_told(void **state)
{
	struct tls_origin *origin = start_asking_late();
	struct client *client = client_new();

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		client_open(client, "GET",
			    i == 1 ? "https://good.test/public"
				   : "https://good.test/private");
		client_send(client);
		client_wait(client);
		client_expect(client, 200, NULL);
	}
	assert_string_equal(client->order, "cqhdRchdRcqhdR");
	client_end(client);
	assert_int_equal(tls_origin_count(origin).connections, 1);
	tls_origin_end(origin);
}

static void ask_behind_the_head(void *owner, const struct tls_origin_request *request,
				struct tls_origin_reply *reply)
{
	(void)owner;
	(void)request;
	reply->body = NULL;
	reply->pattern_bytes = 100000;
	reply->renegotiates = true;
	reply->waits_for_head = true;
	reply->asks = true;
}

/* The grammar of the callbacks has no place for it there. */
static void a_question_behind_the_head_is_not_told(void **state)
{
	(void)state;
	for (unsigned needs = 0; needs < 2; needs++) {
		struct tls_origin *origin = start(
			&(struct tls_origin_options){.client_root = "client_root",
						     .asks_late = true,
						     .needs_client = needs,
						     .version = TLS1_2_VERSION,
						     .answer = ask_behind_the_head});
		struct client *client = client_new();

		client->expects_pattern = true;
		client_property(client, XHR_PROP_EXTENDED_ERROR, 1);
		client_open(client, "GET", "https://good.test/private");
		client_send(client);
		client_wait(client);
		if (needs)
			client_expect_error(client, NEEDED);
		assert_string_equal(client->order, needs ? "chE" : "chdR");
		client_end(client);
		tls_origin_end(origin);
	}
}

static void a_late_question_about_an_upload(void **state)
{
	struct tls_origin *origin = start_asking_late();
	struct client *client = client_new();
	struct tape *tape = tape_new(NULL, 300000);

	(void)state;
	keep(&(struct kept){"ann.pem", "client_both.pem", 0});
	tape_be_body(tape, client);
	client_open(client, "PUT", "https://good.test/private");
	assert_int_equal(set(client, "client", NULL), S_OK);
	client_send(client);
	client_finish(client, 200, "/private");
	tape_end(tape);
	expect_client(origin, 0, ANN);
	assert_true(tls_origin_count(origin).bytes > 300000);
	tls_origin_end(origin);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(
			a_server_that_would_like_one_gets_none_and_the_program_hears_of_it),
		FOLDER_TEST(a_server_that_needs_one_refuses),
		FOLDER_TEST(who_does_not_ask_causes_no_callback),
		FOLDER_TEST(a_question_is_told_once_for_a_connection),
		FOLDER_TEST(either_thumbprint_finds_it),
		FOLDER_TEST(what_is_in_the_folder_is_shown_or_the_request_fails),
		FOLDER_TEST(the_sentence_says_what_is_wrong_with_the_key),
		FOLDER_TEST(a_certificate_that_the_server_does_not_take_is_told),
		FOLDER_TEST(a_thumbprint_has_20_or_32_bytes),
		FOLDER_TEST(a_send_that_was_short_of_memory_can_be_repeated),
		FOLDER_TEST(the_final_callback_drops_it),
		FOLDER_TEST(different_certificates_share_neither_connection_nor_session),
		FOLDER_TEST(a_resumed_session_is_that_of_the_same_certificate),
		FOLDER_TEST(a_redirect_that_leaves_the_origin_drops_it),
		FOLDER_TEST(it_is_dropped_for_good),
		FOLDER_TEST(a_server_may_ask_after_it_has_read_the_request),
		FOLDER_TEST(a_late_question_is_told_before_the_response),
		FOLDER_TEST(each_late_question_is_told),
		FOLDER_TEST(a_question_behind_the_head_is_not_told),
		FOLDER_TEST(a_late_question_about_an_upload),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
