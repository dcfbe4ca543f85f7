/* SPDX-License-Identifier: MIT */
/* Requests that run out of time or of memory. */
#include "engine/player.h"

#include <stdio.h>

#include "lib/answerer.h"
#include "lib/origin.h"

/* ---- time ---- */

struct silence_case {
	const char *name;
	const char *before; /* sent before the silence; NULL: nothing is read either */
	const char *story;
	uint64_t body_bytes;
	char last; /* letter that comes before the silence, or 0 */
};

static const struct silence_case silences[] = {
	{"no answer", "", "F", 0, 0},
	{"half a head", "HTTP/1.1 200 OK\r\n", "F", 0, 0},
	{"half a body", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", "hdF", 0, 'd'},
	{"a body that is not taken", NULL, NULL, 1u << 30, 0},
};

static void each_wait_is_bounded_by_the_timeout(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(silences); i++) {
		const struct silence_case *c = &silences[i];
		struct flag silent, told, over;
		struct origin *origin;
		struct player player;

		flag_init(&silent);
		flag_init(&told);
		flag_init(&over);
		origin = ORIGIN(
			ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_SEND(c->before ? c->before : ""),
			ORIGIN_RAISE(&silent), ORIGIN_WAIT(&over), ORIGIN_DRAIN());
		player_init(&player, c->body_bytes ? "PUT" : "GET",
			    origin_url(origin, "/"));
		player.body_bytes = player.body_length = c->body_bytes;
		player.at = c->last;
		player.raises = c->last ? &told : NULL;
		player.wishes.timeout_ms = 50;
		hourglass_stop();
		player_send(&player);
		assert_true(flag_wait(&silent, PLAYER_WAIT_MS));
		assert_true(!c->last || flag_wait(&told, PLAYER_WAIT_MS));
		hourglass_run();
		player_await(&player);
		flag_raise(&over);
		if (player.fault.err != ERR_TIMEOUT)
			print_error("%s\n", c->name);
		assert_int_equal(player.fault.err, ERR_TIMEOUT);
		if (c->story)
			assert_string_equal(player.story, c->story);
		player_done(&player);
		origin_end(origin);
		flag_done(&silent);
		flag_done(&told);
		flag_done(&over);
	}
}

static void connecting_is_bounded_by_the_timeout(void **state)
{
	struct player player;
	char url[64];

	(void)state;
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/", origin_deaf_port());
	player_init(&player, "GET", url);
	player.wishes.timeout_ms = 50;
	player_play(&player, "F");
	assert_int_equal(player.fault.err, ERR_TIMEOUT);
	player_done(&player);
}

static void a_timeout_set_later_acts_at_once(void **state)
{
	struct flag silent;
	struct origin *origin;
	struct player player;

	(void)state;
	flag_init(&silent);
	origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_RAISE(&silent),
			ORIGIN_EXPECT_CLOSE());
	player_init(&player, "GET", origin_url(origin, "/"));
	player_send(&player);
	assert_true(flag_wait(&silent, PLAYER_WAIT_MS));
	request_set_timeout(player.request, 60000);
	request_set_timeout(player.request, 50);
	player_await(&player);
	assert_int_equal(player.fault.err, ERR_TIMEOUT);
	player_done(&player);
	origin_end(origin);
	flag_done(&silent);
}

static void a_timeout_taken_back_does_not_act(void **state)
{
	struct flag go;
	struct origin *origin;
	struct player player, other;

	(void)state;
	flag_init(&go);
	origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_NEXT_CONNECTION(),
			ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER("200 OK", ""),
			ORIGIN_ON_CONNECTION(0), ORIGIN_WAIT(&go),
			ORIGIN_ANSWER("200 OK", ""));
	player_init(&player, "GET", origin_url(origin, "/"));
	player.wishes.timeout_ms = 300;
	hourglass_stop();
	player_send(&player);
	request_set_timeout(player.request, 0);
	/* What the loop hears later is done, so this is, too. */
	player_init(&other, "GET", origin_url(origin, "/"));
	player_play(&other, "hE");
	player_done(&other);
	hourglass_run();
	usleep(500000);
	flag_raise(&go);
	player_await(&player);
	assert_string_equal(player.story, "hE");
	player_done(&player);
	origin_end(origin);
	flag_done(&go);
}

static void the_client_s_own_time_does_not_count(void **state)
{
	(void)state;
	for (const char *letter = "srhRdE"; *letter; letter++) {
		struct origin *origin = player_rich_origin();
		struct player player;

		player_init_rich(&player, origin);
		player.at = *letter;
		player.sleep_ms = 300;
		player.wishes.timeout_ms = 200;
		hourglass_stop();
		player_play(&player, PLAYER_RICH_STORY);
		hourglass_run();
		player_done(&player);
		origin_stop(origin);
	}
}

static void waiting_for_others_to_end_does_not_count(void **state)
{
	struct answerer *answerer = answerer_start(NULL, NULL);
	char url[ANSWERER_URL_BYTES];
	struct player first, second;
	struct flag in, go;

	(void)state;
	flag_init(&in);
	flag_init(&go);
	answerer_url(answerer, "/", url);
	player_init(&first, "GET", url);
	player_init(&second, "GET", url);
	first.wishes.max_connections = second.wishes.max_connections = 1;
	second.wishes.timeout_ms = 100;
	first.at = 'h';
	first.raises = &in;
	first.waits = &go;
	hourglass_stop();
	player_send(&first);
	assert_true(flag_wait(&in, PLAYER_WAIT_MS));
	player_send(&second);
	hourglass_pass(400);
	assert_false(flag_is_up(&second.ended));
	flag_raise(&go);
	player_await(&first);
	player_await(&second);
	hourglass_run();
	assert_string_equal(second.story, "hdE");
	assert_int_equal(answerer_connections(answerer), 1);
	player_done(&first);
	player_done(&second);
	flag_done(&in);
	flag_done(&go);
	answerer_end(answerer);
}

/* What the loop hears later is done, so what it has heard is, too. */
static void let_the_loop_hear(void)
{
	struct answerer *answerer = answerer_start(NULL, NULL);
	char url[ANSWERER_URL_BYTES];
	struct player player;

	answerer_url(answerer, "/", url);
	player_init(&player, "GET", url);
	player_play(&player, "hdE");
	player_done(&player);
	answerer_end(answerer);
}

/* Its name was resolved before there was the request that gets it. */
static void a_connection_begun_for_another_tells_no_time_before_the_request(void **state)
{
	struct player first, second;
	struct request_info info;
	char url[64];

	(void)state;
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/", origin_deaf_port());
	player_init(&first, "GET", url);
	player_init(&second, "GET", url);
	first.wishes.max_connections = second.wishes.max_connections = 1;
	second.wishes.timeout_ms = 50;
	player_send(&first);
	let_the_loop_hear();
	player_send(&second);
	request_abort(first.request);
	player_await(&first);
	player_await(&second);
	assert_int_equal(second.fault.err, ERR_TIMEOUT);
	request_get_info(second.request, &info);
	assert_true(info.resolved_ns >= info.begin_ns);
	assert_int_equal(info.connected_ns, 0);
	assert_int_equal(info.secured_ns, 0);
	assert_true(info.end_ns >= info.resolved_ns);
	player_done(&first);
	player_done(&second);
}

/* ---- memory ---- */

static void answer_rich(void *owner, const struct answerer_request *request,
			struct answerer_reply *reply)
{
	(void)owner;
	if (!strcmp(request->path, "/a")) {
		reply->status = "307 Again";
		reply->fields = "Location: /b\r\n";
	}
	reply->body = SPAN("hi");
}

/* One request with the n-th allocation failing; whether one has failed. */
static bool play_short_of_memory(const char *url, const char *method, uint64_t length,
				 unsigned long n)
{
	struct player player;
	bool has_failed, is_sent = false;
	enum err err;

	mem_fail_at(n);
	err = player_try(&player, method, url);
	if (!err)
		err = request_set_header(player.request, SPAN("X"), SPAN("y"));
	player.body = "hello";
	player.body_bytes = 5;
	player.read_bytes = 3;
	player.seek = player.later_seek = length == 5;
	if (!err) {
		err = request_send(player.request, length, &player.options);
		is_sent = !err;
	}
	if (is_sent)
		player_await(&player);
	has_failed = mem_has_failed();
	mem_fail_at(0);
	if (err)
		assert_true(err == ERR_NO_MEMORY);
	if (is_sent && player.story[player.letters - 1] == 'F') {
		assert_true(has_failed);
		if (player.fault.err != ERR_NO_MEMORY)
			print_error("%lu: %s (%s)\n", n, err_text(player.fault.err),
				    player.fault.what);
		assert_int_equal(player.fault.err, ERR_NO_MEMORY);
	}
	player_done(&player);
	return has_failed;
}

static void any_allocation_of_a_request_may_fail(void **state)
{
	static const struct {
		const char *method;
		uint64_t length;
	} cases[] = {{"GET", 0}, {"POST", 5}, {"POST", REQUEST_LENGTH_UNKNOWN}};
	struct answerer *answerer = answerer_start(answer_rich, NULL);
	char url[ANSWERER_URL_BYTES];

	(void)state;
	answerer_url(answerer, "/a", url);
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		for (int is_cold = 0; is_cold < 2; is_cold++) {
			for (unsigned long n = 1; play_short_of_memory(
				     url, cases[i].method, cases[i].length, n);
			     n++) {
				assert_true(n < 1000);
				if (!is_cold)
					continue;
				session_reset();
				assert_int_equal(mem_live_blocks(), player_blocks);
			}
		}
	}
	answerer_end(answerer);
}

/* The first Send finds that there is no such certificate, and then no memory. */
static void what_was_wrong_with_a_send_that_failed_is_forgotten_by_the_next(void **state)
{
	struct player player;
	struct arena *arena;
	char url[64];

	(void)state;
	let_the_loop_hear();
	snprintf(url, sizeof(url), "https://127.0.0.1:%u/", origin_deaf_port());
	player_init(&player, "POST", url);
	player_give(&player, "hello");
	arena = &player.request->arena;
	assert_non_null(arena_alloc(arena, (size_t)(arena->end - arena->free) - 16));
	player.options.thumbprint = SPAN("none");
	mem_fail_at(1);
	assert_int_equal(request_send(player.request, 5, &player.options), ERR_NO_MEMORY);
	mem_fail_at(0);
	player.options.thumbprint = span_of(NULL, 0);
	player.wishes.timeout_ms = 50;
	player_play(&player, "sF");
	assert_int_equal(player.fault.err, ERR_TIMEOUT);
	player_done(&player);
}

/* The line before a chunk does not fit behind the head, for some of these. */
static void there_may_be_no_memory_for_the_line_of_a_chunk(void **state)
{
	struct answerer *answerer = answerer_start(NULL, NULL);
	char url[ANSWERER_URL_BYTES], path[80] = "/";

	(void)state;
	for (int more = 0; more < 64; more++) {
		strcat(path, "a");
		answerer_url(answerer, path, url);
		for (unsigned long n = 1;
		     play_short_of_memory(url, "POST", REQUEST_LENGTH_UNKNOWN, n); n++)
			assert_true(n < 1000);
	}
	answerer_end(answerer);
}

static void an_error_text_may_find_no_memory(void **state)
{
	struct player player;
	struct buf text = {0};
	char url[64];

	(void)state;
	snprintf(url, sizeof(url), "http://u:p@127.0.0.1:%u/a#f", origin_refusing_port());
	player_init(&player, "GET", url);
	player_play(&player, "F");
	assert_int_equal(player.fault.err, ERR_CONNECT);
	for (unsigned long n = 1;; n++) {
		enum err err;

		mem_fail_at(n);
		err = request_put_error_text(player.request, &text);
		if (!mem_has_failed())
			break;
		assert_int_equal(err, ERR_NO_MEMORY);
		buf_done(&text);
	}
	mem_fail_at(0);
	assert_non_null(buf_cstr(&text));
	assert_non_null(strstr(text.at, "Connection refused"));
	assert_null(strstr(text.at, "u:p"));
	buf_done(&text);
	player_done(&player);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLAYER_TEST(each_wait_is_bounded_by_the_timeout),
		PLAYER_TEST(connecting_is_bounded_by_the_timeout),
		PLAYER_TEST(a_timeout_set_later_acts_at_once),
		PLAYER_TEST(a_timeout_taken_back_does_not_act),
		PLAYER_TEST(the_client_s_own_time_does_not_count),
		PLAYER_TEST(waiting_for_others_to_end_does_not_count),
		PLAYER_TEST(
			a_connection_begun_for_another_tells_no_time_before_the_request),
		PLAYER_TEST(any_allocation_of_a_request_may_fail),
		PLAYER_TEST(
			what_was_wrong_with_a_send_that_failed_is_forgotten_by_the_next),
		PLAYER_TEST(there_may_be_no_memory_for_the_line_of_a_chunk),
		PLAYER_TEST(an_error_text_may_find_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
