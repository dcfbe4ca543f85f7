/* SPDX-License-Identifier: MIT */
/* The exchanges are those of a program on the public headers; see lib/client.h. */
#include "lib/h2_site.h"

#include "lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "lib/client.h"
#include "lib/pki.h"
#include "lib/tape.h"

#define LARGE_BYTES (20u * 1024 * 1024)

/* Requests at once. */
#define PARALLEL 1000

static const struct h2_site *site; /* whose turn it is */
static struct server *server;	   /* of it */

static void make_files(void)
{
	static const char *const folders[] = {"up", "small"};

	server_put_text(server, "root/hello.txt", "hello, world\n");
	server_put_text(server, "root/empty.txt", "");
	server_put_pattern(server, "root/large.bin", LARGE_BYTES);
	for (size_t i = 0; i < TEST_COUNT(folders); i++) {
		char folder[SERVER_PATH_BYTES * 2];

		snprintf(folder, sizeof(folder), "%s/root/%s", server->folder,
			 folders[i]);
		assert_int_equal(mkdir(folder, 0777), 0);
		assert_int_equal(chmod(folder, 0777), 0);
	}
}

static void start(bool is_tls)
{
	server = server_new();
	server->is_https = is_tls;
	make_files();
	setenv("IXHR2_CA_FILE", pki_path("root.pem"), 1);
	setenv("IXHR2_PROTOCOL", is_tls ? "any" : "http2", 1);
	site->start(server, is_tls);
}

static int start_secure(void **state)
{
	(void)state;
	start(true);
	return 0;
}

static int start_clear(void **state)
{
	(void)state;
	start(false);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	server_end(server);
	return 0;
}

static struct client *open_path(const char *method, const char *path)
{
	struct client *client = client_new();

	client_open(client, method, server_url(server, path));
	return client;
}

/* Waits, and expects it to have been HTTP/2. */
static void wait_for(struct client *client)
{
	struct ixhr2_info info = {.cb = sizeof(info)};

	client_wait(client);
	assert_int_equal(client->error, S_OK);
	assert_int_equal(ixhr2_get_info((IUnknown *)client->xhr, &info), S_OK);
	assert_int_equal(info.http_version, 20);
	ixhr2_info_free(&info);
}

static struct client *get(const char *method, const char *path)
{
	struct client *client = open_path(method, path);

	client_send(client);
	wait_for(client);
	return client;
}

/* ---- responses ---- */

static void a_file_is_received(void **state)
{
	struct client *client = get("GET", "/hello.txt");

	(void)state;
	assert_string_equal(client_response_header(client, "content-length"), "13");
	client_finish(client, 200, "hello, world\n");
}

static void an_empty_file_is_received(void **state)
{
	(void)state;
	client_finish(get("GET", "/empty.txt"), 200, "");
}

static void a_missing_file_is_a_response(void **state)
{
	(void)state;
	client_finish(get("GET", "/none"), 404, NULL);
}

static void head_has_fields_and_no_body(void **state)
{
	struct client *client = get("HEAD", "/large.bin");

	(void)state;
	assert_string_equal(client_response_header(client, "Content-Length"), "20971520");
	client_finish(client, 200, "");
}

static void what_has_not_changed_is_304(void **state)
{
	struct client *client = get("GET", "/hello.txt");
	char since[128];

	(void)state;
	snprintf(since, sizeof(since), "%s",
		 client_response_header(client, "Last-Modified"));
	client_finish(client, 200, "hello, world\n");
	client = open_path("GET", "/hello.txt");
	client_header(client, "If-Modified-Since", since);
	client_send(client);
	wait_for(client);
	client_finish(client, 304, "");
}

static void a_large_file_is_received(void **state)
{
	struct client *client = open_path("GET", "/large.bin");

	(void)state;
	client->expects_pattern = true;
	client_send(client);
	wait_for(client);
	client_expect(client, 200, NULL);
	assert_int_equal(client->pattern_len, LARGE_BYTES);
	client_end(client);
}

static void a_thousand_at_once_are_received(void **state)
{
	static struct client *clients[PARALLEL];

	(void)state;
	for (unsigned i = 0; i < PARALLEL; i++) {
		clients[i] = open_path("GET", "/hello.txt");
		client_send(clients[i]);
	}
	for (unsigned i = 0; i < PARALLEL; i++) {
		wait_for(clients[i]);
		client_finish(clients[i], 200, "hello, world\n");
	}
}

/* ---- uploads ---- */

static void expect_stored(const char *path)
{
	char name[SERVER_PATH_BYTES];
	bool is_pattern = false;

	snprintf(name, sizeof(name), "root%s", path);
	assert_int_equal(server_file_bytes(server, name, &is_pattern), LARGE_BYTES);
	assert_true(is_pattern);
}

static void upload(const char *path, uint64_t declared)
{
	struct client *client = open_path(site->method, path);
	struct tape *tape = tape_new(NULL, LARGE_BYTES);

	tape_be_body(tape, client);
	client->body_length = declared;
	client->expects_pattern = !site->stores;
	client_send(client);
	wait_for(client);
	assert_in_range(client->status, 200, 204);
	if (site->stores)
		expect_stored(path);
	else
		assert_int_equal(client->pattern_len, LARGE_BYTES);
	client_end(client);
	tape_end(tape);
}

static void a_large_upload_arrives(void **state)
{
	(void)state;
	if (site->method)
		upload(site->upload, LARGE_BYTES);
}

static void an_upload_of_unknown_length_arrives(void **state)
{
	(void)state;
	if (site->method)
		upload(site->upload, IXHR2_LENGTH_UNKNOWN);
}

static void an_upload_that_is_too_large_is_a_response(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2 && site->limited; i++) {
		struct client *client = open_path(site->method, site->limited);
		struct tape *tape = tape_new(NULL, LARGE_BYTES);

		tape_be_body(tape, client);
		if (i)
			client->body_length = IXHR2_LENGTH_UNKNOWN;
		client_send(client);
		wait_for(client);
		client_finish(client, 413, NULL);
		assert_true(tape->at < LARGE_BYTES);
		tape_end(tape);
		client_finish(get("GET", "/hello.txt"), 200, "hello, world\n");
	}
}

int h2_site_run(const struct h2_site *its)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(a_file_is_received),
		CLIENT_TEST(an_empty_file_is_received),
		CLIENT_TEST(a_missing_file_is_a_response),
		CLIENT_TEST(head_has_fields_and_no_body),
		CLIENT_TEST(what_has_not_changed_is_304),
		CLIENT_TEST(a_large_file_is_received),
		CLIENT_TEST(a_thousand_at_once_are_received),
		CLIENT_TEST(a_large_upload_arrives),
		CLIENT_TEST(an_upload_of_unknown_length_arrives),
		CLIENT_TEST(an_upload_that_is_too_large_is_a_response),
	};
	int failed;

	site = its;
	print_message("%s over TLS\n", its->name);
	failed = cmocka_run_group_tests(tests, start_secure, stop);
	print_message("%s in cleartext\n", its->name);
	return failed + cmocka_run_group_tests(tests, start_clear, stop);
}
