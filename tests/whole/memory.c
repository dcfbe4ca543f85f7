/* SPDX-License-Identifier: MIT */
/*
 * Memory that runs out: for n = 1, 2, … the n-th allocation of a whole exchange fails,
 * alone or with all that follow. Either a call answers E_OUTOFMEMORY, or there is exactly
 * one final callback; nothing leaks and nothing crashes.
 */
#include "lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/session.h"
#include "lib/answerer.h"
#include "lib/client.h"
#include "lib/tape.h"

/* More allocations than this in one exchange are a mistake. */
#define MAX_ALLOCATIONS 5000

/* Larger than what a response stream keeps in memory. */
#define LARGE_BYTES (2u * 1024 * 1024)

static char large[LARGE_BYTES];

struct exchange_case {
	const char *name;   /* of the case */
	const char *method; /* of the request */
	const char *path;   /* /a leads to /b, /large is large, /drop is dropped */
	bool has_body;	    /* an IStream */
	bool is_sequential; /* a plain ISequentialStream */
	bool has_sink;	    /* a response stream */
	bool leaves_all;    /* the response is not read */
};

static const struct exchange_case cases[] = {
	{"GET", "GET", "/b", false, false, false, false},
	{"GET with a redirect", "GET", "/a", false, false, false, false},
	{"POST of an IStream, sent twice", "POST", "/a", true, false, false, false},
	{"POST of an ISequentialStream, sent twice", "POST", "/a", true, true, false,
	 false},
	{"GET to a stream", "GET", "/large", false, false, true, false},
	{"GET of a large response, unread", "GET", "/large", false, false, false, true},
	{"GET that fails", "GET", "/drop", false, false, false, false},
};

static void reply(void *owner, const struct answerer_request *request,
		  struct answerer_reply *out)
{
	(void)owner;
	out->body = SPAN("body");
	out->fields = "X-A: b\r\n";
	if (strcmp(request->path, "/a") == 0) {
		out->status = "307 Temporary Redirect";
		out->fields = "Location: /b\r\nX-A: b\r\n";
	}
	if (strcmp(request->path, "/large") == 0)
		out->body = span_of(large, sizeof(large));
	out->drops = strcmp(request->path, "/drop") == 0;
}

static bool is_out(HRESULT hr)
{
	assert_true(hr == S_OK || hr == E_OUTOFMEMORY);
	return hr != S_OK;
}

/* Everything up to Send; false when memory was out. */
static bool prepare(struct client *client, const struct exchange_case *c, const char *url)
{
	void *xhr = NULL;

	if (is_out(CoCreateInstance(&CLSID_FreeThreadedXMLHTTP60, NULL,
				    CLSCTX_INPROC_SERVER, &IID_IXMLHTTPRequest3, &xhr))) {
		assert_null(xhr);
		return false;
	}
	client->xhr = xhr;
	client->identity = xhr;
	if (c->has_sink && is_out(IXMLHTTPRequest3_SetCustomResponseStream(
				   client->xhr, tape_sequential(client->sink))))
		return false;
	if (is_out(client_try_open(client, c->method, url)) ||
	    is_out(client_try_header(client, "X-A", "some value")) ||
	    is_out(client_try_header(client, "X-A", "another value")))
		return false;
	return !is_out(client_try_send(client));
}

static void check_end(struct client *client, const struct exchange_case *c)
{
	client_wait(client);
	if (client->error == S_OK)
		assert_int_equal(client->status, 200);
	else if (strcmp(c->path, "/drop") == 0)
		assert_true(client->error == INET_E_DOWNLOAD_FAILURE ||
			    client->error == E_OUTOFMEMORY);
	else if (mem_has_failed())
		assert_int_equal(client->error, E_OUTOFMEMORY);
	else
		client_expect(client, 200, NULL);
	if (client->error == S_OK && !c->leaves_all && !c->has_sink)
		assert_string_equal(client->bytes, "body");
}

/* One exchange whose n-th allocation fails; false when there was none. */
static bool run_once(const struct exchange_case *c, const char *url, unsigned long n,
		     void (*order)(unsigned long n))
{
	struct client *client = client_new();
	struct tape *body = tape_new("hello", 0), *sink = tape_new("", 0);
	bool has_failed;

	client_release(client);
	client->leaves_all = c->leaves_all;
	sink->client = client;
	if (c->has_sink)
		client->sink = sink;
	if (c->has_body)
		tape_be_body(body, client);
	body->is_sequential = c->is_sequential;
	order(n);
	if (prepare(client, c, url))
		check_end(client, c);
	client_end(client);
	has_failed = mem_has_failed();
	mem_fail_at(0);
	tape_end(body);
	tape_end(sink);
	session_reset();
	if (mem_live_blocks() != 0)
		fail_msg("%s: %ld blocks are left when allocation %lu fails", c->name,
			 mem_live_blocks(), n);
	return has_failed;
}

static void run_all(void (*order)(unsigned long n))
{
	struct answerer *answerer = answerer_start(reply, NULL);
	char url[ANSWERER_URL_BYTES];

	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		unsigned long n = 1;

		answerer_url(answerer, cases[i].path, url);
		while (run_once(&cases[i], url, n, order)) {
			n++;
			assert_true(n < MAX_ALLOCATIONS);
		}
		print_message("  %s: %lu allocations\n", cases[i].name, n - 1);
	}
	answerer_end(answerer);
}

static void any_one_allocation_may_fail(void **state)
{
	(void)state;
	run_all(mem_fail_at);
}

static void all_allocations_may_fail_from_any_one_on(void **state)
{
	(void)state;
	run_all(mem_fail_from);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(any_one_allocation_may_fail),
		CLIENT_TEST(all_allocations_may_fail_from_any_one_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
