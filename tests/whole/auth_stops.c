/* SPDX-License-Identifier: MIT */
/* Abort, Release, TIMEOUT and lack of memory in the rounds of a login. */
#include "lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "engine/session.h"
#include "lib/client.h"
#include "lib/flag.h"
#include "lib/hourglass.h"
#include "lib/origin.h"
#include "lib/tape.h"
#include "whole/auth.h"

#define BODY_BYTES 100000

/* Two rounds and a response, in pieces. */
static const struct origin_step script[] = {
	EXPECT_BARE("POST / HTTP/1.1"),
	ORIGIN_EXPECT_BODY_PATTERN(BODY_BYTES),
	ORIGIN_EXPECT_BODY_PATTERN(0),
	ORIGIN_SEND("HTTP/1.1 401 No\r\nWWW-Auth"),
	ORIGIN_SEND("enticate: Basic realm=r\r\nContent-Length: 8\r\n\r"),
	ORIGIN_SEND("\n"),
	ORIGIN_SEND("who"),
	ORIGIN_SEND(" are?"),
	EXPECT_BASIC("POST / HTTP/1.1"),
	ORIGIN_EXPECT_BODY_PATTERN(BODY_BYTES),
	ORIGIN_SEND("HTTP/1.1 20"),
	ORIGIN_SEND("0 OK\r\nContent-Length: 2\r\n\r\n"),
	ORIGIN_SEND("x"),
	ORIGIN_SEND("y"),
};

static struct client *start(struct origin *origin, struct tape *tape)
{
	struct client *client = client_new();

	tape_be_body(tape, client);
	logins_open(client, "POST", origin_url(origin, "/"), &ann);
	client_send(client);
	return client;
}

static void check_abort_behind(size_t count)
{
	struct origin_step steps[TEST_COUNT(script) + 4] = {ORIGIN_NEXT_CONNECTION()};
	struct tape *tape = tape_new(NULL, BODY_BYTES);
	struct origin *origin;
	struct client *client;
	struct flag is_there;

	flag_init(&is_there);
	memcpy(steps + 1, script, count * sizeof(script[0]));
	steps[count + 1] = (struct origin_step)ORIGIN_RAISE(&is_there);
	steps[count + 2] = (struct origin_step)ORIGIN_DRAIN();
	origin = origin_start(steps);
	client = start(origin, tape);
	assert_true(flag_wait(&is_there, CLIENT_WAIT_MS));
	assert_int_equal(IXMLHTTPRequest3_Abort(client->xhr), S_OK);
	client_wait(client);
	client_expect_error(client, E_ABORT);
	client_end(client);
	tape_end(tape);
	origin_end(origin);
	flag_done(&is_there);
}

static void abort_at_every_step_ends_the_request_and_the_connection(void **state)
{
	(void)state;
	/* Behind the last step the response may be there. */
	for (size_t i = 0; i < TEST_COUNT(script); i++) {
		print_message("  behind step %zu\n", i);
		check_abort_behind(i);
	}
}

static void check_release_behind(size_t count)
{
	struct origin_step steps[TEST_COUNT(script) + 4] = {ORIGIN_NEXT_CONNECTION()};
	struct tape *tape = tape_new(NULL, BODY_BYTES);
	struct flag is_there, goes_on;
	struct origin *origin;
	struct client *client;

	flag_init(&is_there);
	flag_init(&goes_on);
	memcpy(steps + 1, script, count * sizeof(script[0]));
	steps[count + 1] = (struct origin_step)ORIGIN_RAISE(&is_there);
	steps[count + 2] = (struct origin_step)ORIGIN_WAIT(&goes_on);
	memcpy(steps + count + 3, script + count,
	       (TEST_COUNT(script) - count) * sizeof(script[0]));
	origin = origin_start(steps);
	client = start(origin, tape);
	assert_true(flag_wait(&is_there, CLIENT_WAIT_MS));
	client_release(client);
	flag_raise(&goes_on);
	client_wait(client);
	client_expect(client, 200, "xy");
	assert_string_equal(client->order, "hdR");
	client_end(client);
	tape_end(tape);
	origin_end(origin);
	flag_done(&is_there);
	flag_done(&goes_on);
}

static void release_at_every_step_stops_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(script); i++) {
		print_message("  behind step %zu\n", i);
		check_release_behind(i);
	}
}

/* ---- in calls of the program ---- */

static HRESULT abort_second_pass(struct client *client)
{
	return client->counts[CLIENT_SEEK] > 1 ? client_do_abort(client) : S_OK;
}

static HRESULT block_second_pass(struct client *client)
{
	return client->counts[CLIENT_SEEK] > 1 ? client_do_block(client) : S_OK;
}

static void abort_while_the_body_is_read_again(void **state)
{
	static const enum client_event events[] = {CLIENT_SEEK, CLIENT_READ};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(events); i++)
		for (int blocks = 0; blocks < 2; blocks++) {
			struct origin *origin =
				ORIGIN(EXPECT_BARE("POST / HTTP/1.1"),
				       ORIGIN_EXPECT_BODY_PATTERN(BODY_BYTES),
				       ORIGIN_ANSWER(BASIC_401, "who?"), ORIGIN_DRAIN());
			struct tape *tape = tape_new(NULL, BODY_BYTES);
			struct client *client = client_new();

			client->on[events[i]] =
				blocks ? block_second_pass : abort_second_pass;
			tape_be_body(tape, client);
			logins_open(client, "POST", origin_url(origin, "/"), &ann);
			client_send(client);
			if (blocks) {
				client_await_block(client);
				assert_int_equal(IXMLHTTPRequest3_Abort(client->xhr),
						 S_OK);
				client_go(client);
			}
			client_wait(client);
			client_expect_error(client, E_ABORT);
			assert_string_equal(client->order, "E");
			client_end(client);
			tape_end(tape);
			origin_end(origin);
		}
}

static HRESULT abort_in_prompt(void *owner, IUnknown *xhr,
			       const struct ixhr2_prompt *prompt, char **out_user,
			       char **out_password)
{
	struct client *client = owner;

	(void)xhr;
	(void)prompt;
	(void)out_password;
	assert_int_equal(IXMLHTTPRequest3_Abort(client->xhr), S_OK);
	*out_user = CoTaskMemAlloc(4);
	memcpy(*out_user, "ann", 4);
	return S_OK;
}

static HRESULT fail_in_prompt(void *owner, IUnknown *xhr,
			      const struct ixhr2_prompt *prompt, char **out_user,
			      char **out_password)
{
	(void)owner;
	(void)xhr;
	(void)prompt;
	(void)out_user;
	(void)out_password;
	return E_FAIL;
}

static void abort_and_failure_in_a_prompt_stop_the_request(void **state)
{
	(void)state;
	for (int fails = 0; fails < 2; fails++) {
		struct origin *origin =
			ORIGIN(EXPECT_BARE("GET / HTTP/1.1"),
			       ORIGIN_ANSWER(BASIC_401, "who?"), ORIGIN_EXPECT_CLOSE());
		struct client *client = client_new();

		assert_int_equal(
			ixhr2_set_prompt(fails ? fail_in_prompt : abort_in_prompt,
					 client),
			S_OK);
		client_open(client, "GET", origin_url(origin, "/"));
		client_send(client);
		client_wait(client);
		client_expect_error(client, fails ? E_FAIL : E_ABORT);
		assert_string_equal(client->order, "E");
		assert_int_equal(ixhr2_set_prompt(NULL, NULL), S_OK);
		client_end(client);
		origin_end(origin);
	}
}

/* ---- while a KDC is asked ---- */

/* Writes a configuration of Kerberos that knows one KDC; answers its path. */
static void configure_kerberos(const struct origin *kdc, char path[64])
{
	FILE *file;
	int fd;

	snprintf(path, 64, "/tmp/ixhr2-krb5-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	file = fdopen(fd, "w");
	assert_non_null(file);
	fprintf(file,
		"[libdefaults]\n default_realm = R.TEST\n dns_lookup_kdc = false\n"
		" dns_canonicalize_hostname = false\n rdns = false\n"
		" udp_preference_limit = 1\n"
		"[realms]\n R.TEST = {\n  kdc = %s\n }\n",
		origin_authority(kdc));
	fclose(file);
	setenv("KRB5_CONFIG", path, 1);
}

/* The KDC is silent; the request need not wait for it, but the engine must live until
 * GSSAPI comes back. */
static void abort_does_not_wait_for_a_kdc(void **state)
{
	static const struct logins in_realm = {.user = "ann@R.TEST",
					       .password = "secret"};
	struct flag is_there, is_over;
	struct origin *origin, *kdc;
	struct client *client;
	char path[64];
	long before;

	(void)state;
	flag_init(&is_there);
	flag_init(&is_over);
	kdc = ORIGIN(ORIGIN_NEXT_CONNECTION(), ORIGIN_RAISE(&is_there),
		     ORIGIN_WAIT(&is_over), ORIGIN_CLOSE());
	configure_kerberos(kdc, path);
	origin = ORIGIN(EXPECT_BARE("GET / HTTP/1.1"),
			ORIGIN_ANSWER(STATUS_401("Negotiate"), "who?"), ORIGIN_DRAIN());
	client = logins_start("GET", origin_url(origin, "/"), &in_realm);
	if (flag_wait(&is_there, 3000)) {
		assert_int_equal(IXMLHTTPRequest3_Abort(client->xhr), S_OK);
		client_wait(client);
		client_expect_error(client, E_ABORT);
	} else {
		print_message("  there is no Kerberos\n");
		client_wait(client);
	}
	client_end(client);
	before = mem_live_blocks();
	flag_raise(&is_over);
	for (int i = 0; mem_live_blocks() && mem_live_blocks() >= before && i < 10000;
	     i++)
		usleep(1000);
	origin_stop(origin);
	origin_stop(kdc);
	auth_forget_kerberos();
	unlink(path);
	flag_done(&is_there);
	flag_done(&is_over);
}

/* ---- TIMEOUT ---- */

static void check_timeout(const struct origin_step *silence)
{
	struct origin_step steps[8] = {EXPECT_BARE("GET / HTTP/1.1")};
	struct client *client = client_new();
	struct flag silent;
	struct origin *origin;
	unsigned n = 1;

	flag_init(&silent);
	for (; silence->verb; silence++)
		steps[n++] = *silence;
	steps[n++] = (struct origin_step)ORIGIN_RAISE(&silent);
	steps[n++] = (struct origin_step)ORIGIN_DRAIN();
	steps[n].verb = ORIGIN_VERB_END;
	origin = origin_start(steps);
	logins_open(client, "GET", origin_url(origin, "/"), &ann);
	client_property(client, XHR_PROP_TIMEOUT, 300);
	hourglass_stop();
	client_send(client);
	assert_true(flag_wait(&silent, CLIENT_WAIT_MS));
	hourglass_run();
	client_wait(client);
	client_expect_error(client, INET_E_CONNECTION_TIMEOUT);
	assert_string_equal(client->order, "E");
	client_end(client);
	origin_end(origin);
	flag_done(&silent);
}

#define STEPS(...)                                                                       \
	(const struct origin_step[])                                                     \
	{                                                                                \
		__VA_ARGS__,                                                             \
		{                                                                        \
			.verb = ORIGIN_VERB_END                                          \
		}                                                                        \
	}
#define BASIC_HEAD HEAD_401("Basic realm=r")

static void every_wait_of_a_round_is_bounded(void **state)
{
	(void)state;
	check_timeout(STEPS(ORIGIN_SEND("HTTP/1.1 401 No\r\nWWW-Auth")));
	check_timeout(STEPS(ORIGIN_SEND(BASIC_HEAD "Content-Length: 4\r\n\r\nwh")));
	check_timeout(
		STEPS(ORIGIN_ANSWER(BASIC_401, "who?"), EXPECT_BASIC("GET / HTTP/1.1")));
	check_timeout(STEPS(ORIGIN_ANSWER(BASIC_401 "\r\nConnection: close", "who?"),
			    ORIGIN_EXPECT_CLOSE(), ORIGIN_NEXT_CONNECTION(),
			    EXPECT_BASIC("GET / HTTP/1.1")));
}

#define TIMEOUT_MS     300
#define LONG_ENOUGH_MS 600

static HRESULT ponder(void *owner, IUnknown *xhr, const struct ixhr2_prompt *prompt,
		      char **out_user, char **out_password)
{
	(void)owner;
	(void)xhr;
	(void)prompt;
	hourglass_pass(LONG_ENOUGH_MS);
	*out_user = CoTaskMemAlloc(4);
	*out_password = CoTaskMemAlloc(7);
	memcpy(*out_user, "ann", 4);
	memcpy(*out_password, "secret", 7);
	return S_OK;
}

static void a_person_may_take_longer(void **state)
{
	struct origin *origin =
		ORIGIN(EXPECT_BARE("GET / HTTP/1.1"), ORIGIN_ANSWER(BASIC_401, "who?"),
		       ORIGIN_NEXT_CONNECTION(), EXPECT_BASIC("GET / HTTP/1.1"),
		       ORIGIN_ANSWER("200 OK", "x"));
	struct client *client = client_new();

	(void)state;
	assert_int_equal(ixhr2_set_prompt(ponder, NULL), S_OK);
	client_open(client, "GET", origin_url(origin, "/"));
	client_property(client, XHR_PROP_TIMEOUT, TIMEOUT_MS);
	hourglass_stop();
	client_send(client);
	client_finish(client, 200, "x");
	hourglass_run();
	assert_int_equal(ixhr2_set_prompt(NULL, NULL), S_OK);
	origin_end(origin);
}

/* ---- memory ---- */

/* More allocations than this in one exchange are a mistake. */
#define MAX_ALLOCATIONS 5000

static bool is_out(HRESULT hr)
{
	assert_true(hr == S_OK || hr == E_OUTOFMEMORY);
	return hr != S_OK;
}

/* Challenges, a redirect, and a body that is sent four times; false when no allocation
 * failed any more. */
static bool run_scarce(bool is_digest, unsigned long n)
{
	struct guarded *guarded = guarded_new();
	struct tape *tape = tape_new("hello", 0);
	struct client *client = client_new();
	char url[ANSWERER_URL_BYTES];
	bool has_failed;

	guarded_admit(guarded, !is_digest, is_digest);
	guarded->to = "/b";
	guarded_start(guarded);
	answerer_url(guarded->answerer, "/leave", url);
	tape->is_sequential = n % 2;
	tape_be_body(tape, client);
	mem_fail_at(n);
	if (!is_out(logins_try_open(client, "POST", url, &ann)) &&
	    !is_out(client_try_send(client)))
		client_wait(client);
	client_release(client);
	has_failed = mem_has_failed();
	mem_fail_at(0);
	if (!has_failed)
		client_expect(client, 200, "/b");
	else if (client->error != S_OK)
		client_expect_error(client, E_OUTOFMEMORY);
	else
		assert_int_not_equal(client->status, 401);
	client_end(client);
	tape_end(tape);
	session_reset();
	guarded_end(guarded);
	if (mem_live_blocks() != 0)
		fail_msg("%ld blocks are left when allocation %lu fails",
			 mem_live_blocks(), n);
	return has_failed;
}

static void any_allocation_may_fail(void **state)
{
	(void)state;
	for (int is_digest = 0; is_digest < 2; is_digest++) {
		unsigned long n = 1;

		while (run_scarce(is_digest, n)) {
			n++;
			assert_true(n < MAX_ALLOCATIONS);
		}
		print_message("  %lu allocations\n", n - 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(abort_at_every_step_ends_the_request_and_the_connection),
		CLIENT_TEST(release_at_every_step_stops_nothing),
		CLIENT_TEST(abort_while_the_body_is_read_again),
		CLIENT_TEST(abort_and_failure_in_a_prompt_stop_the_request),
		CLIENT_TEST(abort_does_not_wait_for_a_kdc),
		CLIENT_TEST(every_wait_of_a_round_is_bounded),
		CLIENT_TEST(a_person_may_take_longer),
		CLIENT_TEST(any_allocation_may_fail),
	};

	auth_forget_kerberos();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
