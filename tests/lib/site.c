/* SPDX-License-Identifier: MIT */
/* The exchanges are those of a program on the public headers; see lib/client.h. */
#include "lib/site.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/client.h"
#include "lib/tape.h"

/* Requests at once. */
#define PARALLEL 1000

struct server *site_server;

void site_make(struct server *server)
{
	char folder[SERVER_PATH_BYTES * 2];

	server_put_text(server, "root/hello.txt", "hello, world\n");
	server_put_text(server, "root/empty.txt", "");
	server_put_text(server, "root/page.shtml",
			"before <!--#set var=\"x\" value=\"inside\" -->"
			"<!--#echo var=\"x\" --> after");
	server_put_pattern(server, "root/large.bin", SITE_LARGE_BYTES);
	snprintf(folder, sizeof(folder), "%s/root/up", server->folder);
	assert_int_equal(mkdir(folder, 0777), 0);
	assert_int_equal(chmod(folder, 0777), 0);
}

static void a_file_is_received(void **state)
{
	struct client *client = client_get(server_url(site_server, "/hello.txt"));

	(void)state;
	assert_string_equal(client_response_header(client, "content-length"), "13");
	client_finish(client, 200, "hello, world\n");
}

static void an_empty_file_is_received(void **state)
{
	(void)state;
	client_finish(client_get(server_url(site_server, "/empty.txt")), 200, "");
}

static void a_missing_file_is_a_response(void **state)
{
	(void)state;
	client_finish(client_get(server_url(site_server, "/none")), 404, NULL);
}

static void a_page_of_unknown_length_is_received(void **state)
{
	struct client *client = client_get(server_url(site_server, "/page.shtml"));

	(void)state;
	assert_string_equal(client_response_header(client, "Transfer-Encoding"),
			    "chunked");
	client_finish(client, 200, "before inside after");
}

static void head_has_fields_and_no_body(void **state)
{
	struct client *client =
		client_start("HEAD", server_url(site_server, "/large.bin"));

	(void)state;
	client_wait(client);
	assert_string_equal(client_response_header(client, "Content-Length"), "67108864");
	client_finish(client, 200, "");
}

static void a_range_is_a_part(void **state)
{
	struct client *client = client_new();

	(void)state;
	client_open(client, "GET", server_url(site_server, "/hello.txt"));
	client_header(client, "Range", "bytes=7-11");
	client_send(client);
	client_wait(client);
	assert_string_equal(client_response_header(client, "Content-Range"),
			    "bytes 7-11/13");
	client_finish(client, 206, "world");
}

static void what_has_not_changed_is_304(void **state)
{
	struct client *client = client_get(server_url(site_server, "/hello.txt"));
	char etag[256];

	(void)state;
	snprintf(etag, sizeof(etag), "%s", client_response_header(client, "ETag"));
	client_finish(client, 200, "hello, world\n");
	client = client_new();
	client_open(client, "GET", server_url(site_server, "/hello.txt"));
	client_header(client, "If-None-Match", etag);
	client_send(client);
	client_wait(client);
	client_finish(client, 304, "");
}

static void a_redirect_is_followed(void **state)
{
	struct client *client = client_get(server_url(site_server, "/old"));

	(void)state;
	client_expect(client, 200, "hello, world\n");
	assert_string_equal(client->order, site_server->is_https ? "crchdR" : "rhdR");
	assert_string_equal(client->url, server_url(site_server, "/hello.txt"));
	client_end(client);
}

static void requests_one_after_another_keep_one_connection(void **state)
{
	struct client *client = client_get(server_url(site_server, "/hello.txt"));

	(void)state;
	client_finish(client, 200, "hello, world\n");
	for (int i = 0; i < 100; i++) {
		struct ixhr2_info info = {.cb = sizeof(info)};

		client = client_get(server_url(site_server, "/hello.txt"));
		assert_int_equal(ixhr2_get_info((IUnknown *)client->xhr, &info), S_OK);
		/* Servers close a connection after a number of requests. */
		assert_true(info.is_reused || i == 99 || i > 90);
		ixhr2_info_free(&info);
		client_finish(client, 200, "hello, world\n");
	}
}

static void a_large_file_is_received(void **state)
{
	struct client *client = client_new();

	(void)state;
	client->expects_pattern = true;
	client_open(client, "GET", server_url(site_server, "/large.bin"));
	client_send(client);
	client_wait(client);
	client_expect(client, 200, NULL);
	assert_int_equal(client->pattern_len, SITE_LARGE_BYTES);
	client_end(client);
}

static void expect_uploaded(const char *name, int64_t bytes)
{
	bool is_pattern = false;

	assert_int_equal(server_file_bytes(site_server, name, &is_pattern), bytes);
	assert_true(is_pattern);
}

static void put(const char *path, uint64_t declared, const char *expect)
{
	struct client *client = client_new();
	struct tape *tape = tape_new(NULL, SITE_LARGE_BYTES);

	tape_be_body(tape, client);
	client->body_length = declared;
	client_open(client, "PUT", server_url(site_server, path));
	if (expect)
		client_header(client, "Expect", expect);
	client_send(client);
	client_wait(client);
	assert_in_range(client->status, 200, 204);
	client_end(client);
	tape_end(tape);
}

static void a_large_upload_arrives(void **state)
{
	(void)state;
	put("/up/declared.bin", SITE_LARGE_BYTES, NULL);
	expect_uploaded("root/up/declared.bin", SITE_LARGE_BYTES);
}

static void an_upload_of_unknown_length_arrives(void **state)
{
	(void)state;
	put("/up/unknown.bin", IXHR2_LENGTH_UNKNOWN, NULL);
	expect_uploaded("root/up/unknown.bin", SITE_LARGE_BYTES);
}

static void an_upload_waits_for_100_continue(void **state)
{
	(void)state;
	put("/up/continue.bin", SITE_LARGE_BYTES, "100-continue");
	expect_uploaded("root/up/continue.bin", SITE_LARGE_BYTES);
}

static void a_thousand_at_once_are_received(void **state)
{
	struct client **clients = calloc(PARALLEL, sizeof(struct client *));

	(void)state;
	assert_non_null(clients);
	for (int i = 0; i < PARALLEL; i++)
		clients[i] = client_start("GET", server_url(site_server, "/hello.txt"));
	for (int i = 0; i < PARALLEL; i++) {
		client_wait(clients[i]);
		client_finish(clients[i], 200, "hello, world\n");
	}
	free(clients);
}

const struct CMUnitTest site_tests[] = {
	CLIENT_TEST(a_file_is_received),
	CLIENT_TEST(an_empty_file_is_received),
	CLIENT_TEST(a_missing_file_is_a_response),
	CLIENT_TEST(a_page_of_unknown_length_is_received),
	CLIENT_TEST(head_has_fields_and_no_body),
	CLIENT_TEST(a_range_is_a_part),
	CLIENT_TEST(what_has_not_changed_is_304),
	CLIENT_TEST(a_redirect_is_followed),
	CLIENT_TEST(requests_one_after_another_keep_one_connection),
	CLIENT_TEST(a_large_file_is_received),
	CLIENT_TEST(a_large_upload_arrives),
	CLIENT_TEST(an_upload_of_unknown_length_arrives),
	CLIENT_TEST(an_upload_waits_for_100_continue),
	CLIENT_TEST(a_thousand_at_once_are_received),
};

const size_t site_test_count = sizeof(site_tests) / sizeof(site_tests[0]);
