/* SPDX-License-Identifier: MIT */
/*
 * Many requests at once whose callbacks, streams, origins and owners do what a dice says:
 * abort, release, fail, dawdle, drop, close. Whatever happens, every request has the
 * grammar of contract section 3 and exactly one end, and nothing is left behind. The
 * dice is the same in every run but for the order of threads.
 */
#include "lib/test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/answerer.h"
#include "lib/client.h"
#include "lib/tape.h"

#define ROUNDS	40
#define AT_ONCE 40

#define LARGE_BYTES 300000

static char large[LARGE_BYTES];

/* A dice of its own for each thread that throws one. */
static unsigned throw_dice(uint32_t *dice, unsigned sides)
{
	*dice = *dice * 1664525u + 1013904223u;
	return (*dice >> 8) % sides;
}

static const char *const paths[] = {
	"/plain", "/plain", "/large", "/redirect", "/again",
	"/drop",  "/late",  "/close", "/error",
};

static void reply(void *owner, const struct answerer_request *request,
		  struct answerer_reply *out)
{
	const char *path = request->path;

	(void)owner;
	out->body = SPAN("body");
	if (strcmp(path, "/large") == 0)
		out->body = span_of(large, sizeof(large));
	if (strcmp(path, "/redirect") == 0) {
		out->status = "302 Found";
		out->fields = "Location: /large\r\n";
	}
	if (strcmp(path, "/again") == 0) {
		out->status = "307 Temporary Redirect";
		out->fields = "Location: /late\r\n";
	}
	if (strcmp(path, "/error") == 0)
		out->status = "500 Internal Server Error";
	if (strcmp(path, "/late") == 0)
		out->delay_ms = 1 + request->number % 5;
	out->drops = strcmp(path, "/drop") == 0;
	out->closes = strcmp(path, "/close") == 0;
}

static HRESULT dawdle(struct client *client)
{
	usleep(((unsigned)(uintptr_t)client >> 6) % 5000);
	return S_OK;
}

static HRESULT abort_and_release(struct client *client)
{
	client_do_abort(client);
	client_release(client);
	return S_OK;
}

static client_hook_fn *const hooks[] = {
	NULL,
	NULL,
	NULL,
	client_do_abort,
	client_do_release,
	client_do_fail,
	dawdle,
	abort_and_release,
};

struct drop {
	struct client *client;	  /* one request */
	struct tape *body, *sink; /* its streams */
	bool may_be_aborted;	  /* xhr is not released by a hook */
};

static struct drop start_drop(const struct answerer *answerer, uint32_t *dice)
{
	struct drop d = {client_new(), tape_new(NULL, throw_dice(dice, 200000)),
			 tape_new("", 0), true};
	client_hook_fn *hook = hooks[throw_dice(dice, TEST_COUNT(hooks))];
	char url[ANSWERER_URL_BYTES];

	answerer_url(answerer, paths[throw_dice(dice, TEST_COUNT(paths))], url);
	d.client->result = E_FAIL;
	d.client->on[throw_dice(dice, CLIENT_EVENTS)] = hook;
	d.may_be_aborted = hook != client_do_release && hook != abort_and_release;
	d.client->leaves_all = throw_dice(dice, 4) == 0;
	d.body->is_sequential = throw_dice(dice, 2) == 0;
	tape_be_body(d.body, d.client);
	d.sink->client = d.client;
	if (throw_dice(dice, 3) == 0)
		tape_be_sink(d.sink, d.client);
	client_open(d.client, throw_dice(dice, 2) ? "GET" : "POST", url);
	if (throw_dice(dice, 3) == 0)
		client_property(d.client, XHR_PROP_MAX_CONNECTIONS, 4);
	if (throw_dice(dice, 3) == 0)
		client_property(d.client, XHR_PROP_REPORT_REDIRECT_STATUS, TRUE);
	client_send(d.client);
	return d;
}

static void every_request_ends_once_in_a_storm(void **state)
{
	struct answerer *answerer = answerer_start(reply, NULL);
	uint32_t dice = 42;
	unsigned errors = 0;

	(void)state;
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct drop drops[AT_ONCE];

		for (unsigned i = 0; i < AT_ONCE; i++) {
			drops[i] = start_drop(answerer, &dice);
			if (drops[i].may_be_aborted && throw_dice(&dice, 8) == 0) {
				usleep(throw_dice(&dice, 1000));
				client_do_abort(drops[i].client);
			}
		}
		for (unsigned i = 0; i < AT_ONCE; i++) {
			client_wait(drops[i].client);
			errors += drops[i].client->error != S_OK;
			client_end(drops[i].client);
			tape_end(drops[i].body);
			tape_end(drops[i].sink);
		}
	}
	print_message("  %u of %u failed, as they should\n", errors, ROUNDS * AT_ONCE);
	answerer_end(answerer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(every_request_ends_once_in_a_storm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
