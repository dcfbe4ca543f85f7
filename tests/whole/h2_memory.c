/* SPDX-License-Identifier: MIT */
/*
 * Memory that runs out in exchanges over HTTP/2: the n-th allocation of ours, nghttp2's
 * among them, fails, alone or with all that follow. Either a call answers E_OUTOFMEMORY,
 * or there is exactly one final callback; nothing leaks and nothing crashes.
 */
#include "h2.h"

#include <stdio.h>

#include "base/mem.h"
#include "lib/tape.h"

/* More allocations than this in one exchange are a mistake. */
#define MAX_ALLOCATIONS 5000

struct memory_case {
	const char *name;	 /* of the case */
	const char *certificate; /* over TLS with this, or NULL */
	const char *path;	 /* what is asked for, see answer */
	uint64_t body_bytes;	 /* of the request */
	unsigned requests;	 /* at once */
};

#define MOST_REQUESTS 3

static const struct memory_case cases[] = {
	{"GET", NULL, "/", 0, 1},
	{"three at once", NULL, "/", 0, 3},
	{"GET over TLS", "good", "/", 0, 1},
	{"a large body, with trailers", NULL, "/large", 0, 1},
	{"POST", NULL, "/", 100000, 1},
	{"a request that is refused", NULL, "/refused", 5, 1},
	{"GOAWAY", NULL, "/goaway", 0, 2},
	{"a stream that is reset", NULL, "/reset", 0, 1},
	{"a wrong response", NULL, "/wrong", 0, 1},
};

struct owner {
	struct h2_server *server; /* that answers */
	unsigned seen;		  /* requests of this run */
};

static void answer(void *at, const struct h2_server_request *request,
		   struct h2_server_reply *reply)
{
	struct owner *owner = at;
	bool is_first = owner->seen++ == 0;

	if (strcmp(request->path, "/large") == 0) {
		reply->body = SPAN("");
		reply->pattern_bytes = 700000;
		reply->trailers = "x-t: 1\n";
	}
	if (strcmp(request->path, "/refused") == 0 && is_first) {
		reply->status = 0;
		reply->is_reset = true;
		reply->reset_code = NGHTTP2_REFUSED_STREAM;
	}
	if (strcmp(request->path, "/reset") == 0) {
		reply->is_cut = reply->is_reset = true;
		reply->reset_code = NGHTTP2_INTERNAL_ERROR;
	}
	if (strcmp(request->path, "/wrong") == 0)
		reply->fields = "connection: close\n";
	if (strcmp(request->path, "/goaway") == 0 && request->connection == 0 && is_first)
		h2_server_say_goaway(owner->server, 0, request->stream, NGHTTP2_NO_ERROR);
}

static bool is_out(HRESULT hr)
{
	assert_true(hr == S_OK || hr == E_OUTOFMEMORY);
	return hr != S_OK;
}

/* Whether it was sent. */
static bool prepare(struct client *client, const struct memory_case *c, const char *url)
{
	return !is_out(client_try_open(client, c->body_bytes ? "POST" : "GET", url)) &&
	       !is_out(client_try_header(client, "X-A", "some value")) &&
	       !is_out(client_try_send(client));
}

static void check_end(struct client *client, const struct memory_case *c)
{
	bool fails = strcmp(c->path, "/reset") == 0 || strcmp(c->path, "/wrong") == 0;

	client_wait(client);
	if (client->error == E_OUTOFMEMORY && mem_has_failed())
		return;
	/* OpenSSL does not always say that it was memory. */
	if (client->error == INET_E_SECURITY_PROBLEM && mem_has_failed())
		return;
	if (fails)
		client_expect_error(client, INET_E_DOWNLOAD_FAILURE);
	else
		client_expect(client, 200, NULL);
}

/* The exchanges of one case, whose n-th allocation fails; false when there was none. */
static bool run_once(const struct memory_case *c, unsigned long n,
		     void (*order)(unsigned long n))
{
	struct owner owner = {.seen = 0};
	struct client *clients[MOST_REQUESTS];
	struct tape *tapes[MOST_REQUESTS];
	bool is_sent[MOST_REQUESTS], has_failed;
	char url[H2_SERVER_URL_BYTES];

	owner.server = H2_START(.certificate = c->certificate, .answer = answer,
				.owner = &owner, .is_lenient = true);
	h2_server_url(owner.server, c->path, url);
	for (unsigned i = 0; i < c->requests; i++) {
		clients[i] = client_new();
		clients[i]->leaves_all = true;
		tapes[i] = tape_new(NULL, c->body_bytes);
		if (c->body_bytes)
			tape_be_body(tapes[i], clients[i]);
	}
	order(n);
	for (unsigned i = 0; i < c->requests; i++)
		is_sent[i] = prepare(clients[i], c, url);
	for (unsigned i = 0; i < c->requests; i++) {
		if (is_sent[i])
			check_end(clients[i], c);
		client_end(clients[i]);
		tape_end(tapes[i]);
	}
	has_failed = mem_has_failed();
	mem_fail_at(0);
	session_reset();
	if (mem_live_blocks() != 0)
		fail_msg("%s: %ld blocks are left when allocation %lu fails", c->name,
			 mem_live_blocks(), n);
	h2_server_end(owner.server);
	return has_failed;
}

static void run_all(void (*order)(unsigned long n))
{
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		unsigned long n = 1;

		while (run_once(&cases[i], n, order)) {
			n++;
			assert_true(n < MAX_ALLOCATIONS);
		}
		print_message("  %s: %lu allocations\n", cases[i].name, n - 1);
	}
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
