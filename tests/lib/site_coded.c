/* SPDX-License-Identifier: MIT */
/* The exchanges are those of a program on the public headers; see lib/client.h. */
#include "lib/site_coded.h"

#include <stdio.h>
#include <string.h>

#include "lib/client.h"
#include "lib/site.h"
#include "lib/test.h"

/* Requests at once. */
#define PARALLEL 100

/* What servers find worth coding: words, again and again. */
#define WORDS	    "hello, world\n"
#define WORDS_TIMES 100
#define TEXT_BYTES  (WORDS_TIMES * (sizeof(WORDS) - 1))

static char text[TEXT_BYTES + 1];

/* Makes the text, and a file of the site with it. */
static void make_text(void)
{
	for (size_t i = 0; i < WORDS_TIMES; i++)
		strcpy(text + i * (sizeof(WORDS) - 1), WORDS);
	server_put_text(site_server, "root/text.txt", text);
}

/* A URL below path; valid until the next. */
static const char *url_of(const char *path, const char *name)
{
	char whole[SERVER_PATH_BYTES];

	snprintf(whole, sizeof(whole), "%s%s", path, name);
	return server_url(site_server, whole);
}

static uint64_t received_bytes(struct client *client)
{
	struct ixhr2_info info = {.cb = sizeof(info)};
	uint64_t bytes;

	assert_int_equal(ixhr2_get_info((IUnknown *)client->xhr, &info), S_OK);
	bytes = info.received_bytes;
	ixhr2_info_free(&info);
	return bytes;
}

static void check_small(const char *path)
{
	struct client *client = client_get(url_of(path, "text.txt"));

	client_expect(client, 200, text);
	assert_string_equal(client_response_header(client, "Content-Encoding"), "");
	assert_string_equal(client_response_header(client, "Content-Length"), "");
	assert_true(received_bytes(client) < TEXT_BYTES / 4);
	client_end(client);
	client_finish(client_get(url_of(path, "empty.txt")), 200, "");
	client_finish(client_get(url_of(path, "none")), 404, NULL);
}

static void check_large(const char *path)
{
	struct client *client = client_new();
	uint64_t came;

	client->expects_pattern = true;
	client_open(client, "GET", url_of(path, "large.bin"));
	client_send(client);
	client_wait(client);
	client_expect(client, 200, NULL);
	assert_int_equal(client->pattern_len, SITE_LARGE_BYTES);
	came = received_bytes(client);
	print_message("  64 MiB came as %llu KiB\n", (unsigned long long)came / 1024);
	assert_true(came != SITE_LARGE_BYTES);
	client_end(client);
}

/* What the program asks for itself comes as it is. */
static void check_own(const char *path, const char *coding)
{
	struct client *client = client_new();

	client_open(client, "GET", url_of(path, "text.txt"));
	client_header(client, "Accept-Encoding", coding);
	client_send(client);
	client_wait(client);
	client_expect(client, 200, NULL);
	assert_string_equal(client_response_header(client, "Content-Encoding"), coding);
	assert_int_equal(received_bytes(client), client->len);
	assert_true(client->len < TEXT_BYTES / 4);
	client_end(client);
}

static void check_range(const char *path)
{
	struct client *client = client_new();

	client_open(client, "GET", url_of(path, "text.txt"));
	client_header(client, "Range", "bytes=7-11");
	client_send(client);
	client_finish(client, 206, "world");
}

static void check_head(const char *path, const char *coding)
{
	struct client *client = client_start("HEAD", url_of(path, "text.txt"));

	client_wait(client);
	client_expect(client, 200, "");
	assert_string_equal(client_response_header(client, "Content-Encoding"), coding);
	client_end(client);
}

static void check_many(const char *path)
{
	struct client *clients[PARALLEL];

	for (int i = 0; i < PARALLEL; i++)
		clients[i] = client_start("GET", url_of(path, "text.txt"));
	for (int i = 0; i < PARALLEL; i++)
		client_finish(clients[i], 200, text);
}

void site_coded_check(const char *path, const char *coding)
{
	make_text();
	check_small(path);
	check_large(path);
	check_own(path, coding);
	check_range(path);
	check_head(path, coding);
	check_many(path);
}
