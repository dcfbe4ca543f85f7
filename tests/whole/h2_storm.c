/* SPDX-License-Identifier: MIT */
/*
 * Many requests at once over shared connections, whose callbacks, streams, server and
 * owners do what a dice says: abort, release, fail, dawdle, refuse, reset, take leave,
 * close. Every request has the grammar of contract section 3 and exactly one end, and
 * nothing is left behind. The dice is the same in every run but for the order of threads.
 */
#include "h2.h"

#include <stdlib.h>
#include <unistd.h>

#include "lib/tape.h"

#define ROUNDS	15
#define AT_ONCE 60

/* A dice of its own for each thread that throws one. */
static unsigned throw_dice(uint32_t *dice, unsigned sides)
{
	*dice = *dice * 1664525u + 1013904223u;
	return (*dice >> 8) % sides;
}

/* A server, and the dice of its thread. */
struct weather {
	struct h2_server *server; /* that answers */
	uint32_t dice;		  /* for what it does */
};

static const char *const paths[] = {"/plain", "/plain",	   "/large", "/large",
				    "/odd",   "/redirect", "/held",  "/leave"};

static void reply_oddly(struct weather *weather, const struct h2_server_request *request,
			struct h2_server_reply *reply)
{
	static const uint32_t codes[] = {NGHTTP2_NO_ERROR, NGHTTP2_REFUSED_STREAM,
					 NGHTTP2_CANCEL, NGHTTP2_INTERNAL_ERROR,
					 NGHTTP2_HTTP_1_1_REQUIRED};

	reply->is_reset = request->stream != 0;
	reply->reset_code = codes[throw_dice(&weather->dice, TEST_COUNT(codes))];
	if (throw_dice(&weather->dice, 2))
		reply->status = request->stream ? 0 : 200;
	reply->is_cut = true;
}

static void reply(void *owner, const struct h2_server_request *request,
		  struct h2_server_reply *out)
{
	struct weather *weather = owner;
	const char *path = request->path;

	out->interims = throw_dice(&weather->dice, 3);
	out->padding = (uint8_t)throw_dice(&weather->dice, 4);
	if (strcmp(path, "/large") == 0) {
		out->body = SPAN("");
		out->pattern_bytes = 300000;
	}
	if (strcmp(path, "/redirect") == 0) {
		out->status = 302;
		out->fields = "location: /large\n";
	}
	if (strcmp(path, "/odd") == 0)
		reply_oddly(weather, request, out);
	if (strcmp(path, "/leave") == 0 && throw_dice(&weather->dice, 4) == 0)
		h2_server_say_goaway(weather->server, request->connection,
				     request->stream, NGHTTP2_NO_ERROR);
	if (strcmp(path, "/leave") == 0 && throw_dice(&weather->dice, 8) == 0)
		out->closes = true;
	out->is_held = strcmp(path, "/held") == 0;
}

static HRESULT dawdle(struct client *client)
{
	usleep(((unsigned)(uintptr_t)client >> 6) % 3000);
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
	struct client *client; /* one request */
	struct tape *body;     /* its body */
	bool may_be_aborted;   /* xhr is not released by a hook */
	bool is_held;	       /* the server holds it, unless it fails before */
};

static struct drop start_drop(struct h2_server *server, uint32_t *dice)
{
	struct drop d = {client_new(), tape_new(NULL, throw_dice(dice, 200000)), true,
			 false};
	client_hook_fn *hook = hooks[throw_dice(dice, TEST_COUNT(hooks))];
	unsigned path = throw_dice(dice, TEST_COUNT(paths));
	char url[H2_SERVER_URL_BYTES];

	h2_server_url(server, paths[path], url);
	d.client->result = E_FAIL;
	d.client->on[throw_dice(dice, CLIENT_EVENTS)] = hook;
	d.may_be_aborted = hook != client_do_release && hook != abort_and_release;
	d.is_held = strcmp(paths[path], "/held") == 0;
	d.client->leaves_all = throw_dice(dice, 4) == 0;
	d.body->is_sequential = throw_dice(dice, 2) == 0;
	if (throw_dice(dice, 2))
		tape_be_body(d.body, d.client);
	client_open(d.client, throw_dice(dice, 2) ? "GET" : "POST", url);
	if (throw_dice(dice, 3) == 0)
		client_property(d.client, XHR_PROP_MAX_CONNECTIONS, 2);
	client_send(d.client);
	return d;
}

/* One after the other, as the dice wants. */
static unsigned end_drops(struct drop *drops, uint32_t *dice)
{
	unsigned errors = 0;

	for (unsigned i = 0; i < AT_ONCE; i++) {
		if (drops[i].may_be_aborted && throw_dice(dice, 4) == 0) {
			usleep(throw_dice(dice, 300));
			client_do_abort(drops[i].client);
		}
	}
	for (unsigned i = 0; i < AT_ONCE; i++) {
		client_wait(drops[i].client);
		errors += drops[i].client->error != S_OK;
		client_end(drops[i].client);
		tape_end(drops[i].body);
	}
	return errors;
}

static void run_storm(const char *certificate, uint32_t dice)
{
	unsigned errors = 0;

	for (unsigned round = 0; round < ROUNDS; round++) {
		struct weather weather = {.dice = dice + round};
		struct drop drops[AT_ONCE];

		weather.server = h2_server_start(&(struct h2_server_options){
			.certificate = certificate,
			.answer = reply,
			.owner = &weather,
			.settings = {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS,
				      10 + round}},
			.setting_count = 1});
		h2_server_lead(weather.server);
		for (unsigned i = 0; i < AT_ONCE; i++)
			drops[i] = start_drop(weather.server, &dice);
		h2_server_release(weather.server);
		errors += end_drops(drops, &dice);
		h2_server_end(weather.server);
	}
	print_message("  %u of %u failed, as they should\n", errors, ROUNDS * AT_ONCE);
}

static void every_request_ends_once_in_a_storm(void **state)
{
	(void)state;
	run_storm(NULL, 42);
}

static void every_request_ends_once_in_a_storm_over_tls(void **state)
{
	(void)state;
	run_storm("good", 4711);
}

#define ABORTED 200

/* Nothing but aborts, at every moment: before, while and after streams run. */
static void what_is_aborted_leaves_the_connection_to_others(void **state)
{
	struct h2_server *server =
		H2_START(.settings = {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 50}},
			 .setting_count = 1);
	static struct client *clients[ABORTED];

	(void)state;
	h2_get(server, "/");
	for (unsigned round = 0; round < 10; round++) {
		uint32_t dice = round;

		for (unsigned i = 0; i < ABORTED; i++) {
			clients[i] = h2_open(server, "GET", "/");
			client_property(clients[i], XHR_PROP_MAX_CONNECTIONS, 1);
			client_send(clients[i]);
			if (throw_dice(&dice, 2))
				client_do_abort(clients[throw_dice(&dice, i + 1)]);
		}
		for (unsigned i = 0; i < ABORTED; i++) {
			client_wait(clients[i]);
			assert_true(clients[i]->error == S_OK ||
				    clients[i]->error == E_ABORT);
			client_end(clients[i]);
		}
		h2_get(server, "/");
	}
	assert_int_equal(h2_connections(server), 1);
	h2_server_end(server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(every_request_ends_once_in_a_storm),
		CLIENT_TEST(every_request_ends_once_in_a_storm_over_tls),
		CLIENT_TEST(what_is_aborted_leaves_the_connection_to_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
