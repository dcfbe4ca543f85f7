/* SPDX-License-Identifier: MIT */
/* What stops a request, or does not: the client, aborts, a write that fails. */
#include "engine/errand.h"
#include "engine/lane.h"
#include "engine/player.h"

#include <stdio.h>

#include "lib/answerer.h"
#include "lib/origin.h"

/* ---- what the client does ---- */

/* Where the first call of this letter is. */
static size_t place_of(char letter)
{
	return (size_t)(strchr(PLAYER_RICH_STORY, letter) - PLAYER_RICH_STORY);
}

static void the_client_s_code_stops_the_request_in_every_call(void **state)
{
	(void)state;
	for (const char *letter = "srhRd"; *letter; letter++) {
		struct origin *origin = player_rich_origin();
		struct player player;
		char story[16];

		player_init_rich(&player, origin);
		player.at = *letter;
		player.code = -77;
		snprintf(story, sizeof(story), "%.*sF", (int)place_of(*letter) + 1,
			 PLAYER_RICH_STORY);
		player_play(&player, story);
		assert_int_equal(player.fault.err, ERR_CLIENT);
		assert_int_equal(player.failed_code, -77);
		player_done(&player);
		origin_stop(origin);
	}
}

/* What is wrong with a body may be known before its head is told. */
static void what_the_client_says_of_a_head_comes_before_what_is_behind_it(void **state)
{
	const struct {
		int32_t code; /* of headers */
		enum err err; /* the end */
	} rows[] = {{0, ERR_PROTOCOL}, {-77, ERR_CLIENT}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct origin *origin =
			ORIGIN(ORIGIN_EXPECT_ANY_HEAD(),
			       ORIGIN_SEND("HTTP/1.1 200 OK\r\n"
					   "Transfer-Encoding: chunked\r\n\r\n?\r\n"),
			       ORIGIN_EXPECT_CLOSE());
		struct player player;

		player_init(&player, "GET", origin_url(origin, "/"));
		player.at = 'h';
		player.code = rows[i].code;
		player_play(&player, "hF");
		assert_int_equal(player.fault.err, rows[i].err);
		assert_int_equal(player.failed_code, rows[i].code);
		player_done(&player);
		origin_end(origin);
	}
}

/* They have come, but nobody was told of them. */
static void bytes_behind_a_head_that_stops_it_do_not_count(void **state)
{
	const struct {
		char at;	/* where the client stops it */
		uint64_t bytes; /* that count */
	} rows[] = {{'h', 0}, {'d', 5}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct origin *origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(),
					       ORIGIN_ANSWER("200 OK", "hello"));
		struct request_info info;
		struct player player;

		player_init(&player, "GET", origin_url(origin, "/"));
		player.at = rows[i].at;
		player.code = -77;
		player_play(&player, rows[i].at == 'h' ? "hF" : "hdF");
		request_get_info(player.request, &info);
		assert_int_equal(info.body_received, rows[i].bytes);
		player_done(&player);
		origin_end(origin);
	}
}

static void success_codes_of_the_client_do_not_stop_it(void **state)
{
	(void)state;
	for (const char *letter = "rhRd"; *letter; letter++) {
		struct origin *origin = player_rich_origin();
		struct player player;

		player_init_rich(&player, origin);
		player.at = *letter;
		player.code = 574;
		player_play(&player, PLAYER_RICH_STORY);
		player_done(&player);
		origin_stop(origin);
	}
}

static void an_abort_in_any_call_ends_the_request_behind_it(void **state)
{
	(void)state;
	for (const char *letter = "srhRd"; *letter; letter++) {
		struct origin *origin = player_rich_origin();
		struct player player;
		char story[16];

		player_init_rich(&player, origin);
		player.at = *letter;
		player.aborts = true;
		player.code = *letter == 'h' ? -5 : 0;
		snprintf(story, sizeof(story), "%.*sF", (int)place_of(*letter) + 1,
			 PLAYER_RICH_STORY);
		player_play(&player, story);
		assert_int_equal(player.fault.err, ERR_ABORTED);
		assert_int_equal(player.failed_code, 0);
		player_done(&player);
		origin_stop(origin);
	}
}

static void an_abort_in_the_final_call_comes_too_late(void **state)
{
	struct origin *origin = player_rich_origin();
	struct player player;

	(void)state;
	player_init_rich(&player, origin);
	player.at = 'E';
	player.aborts = true;
	player_play(&player, PLAYER_RICH_STORY);
	request_abort(player.request);
	request_abort(player.request);
	assert_string_equal(player.story, PLAYER_RICH_STORY);
	player_done(&player);
	origin_stop(origin);
}

static void an_abort_right_behind_the_sending_ends_it(void **state)
{
	struct origin *origin = ORIGIN(ORIGIN_SLEEP(0));

	(void)state;
	for (int i = 0; i < 200; i++) {
		struct player player;

		player_init(&player, "GET", origin_url(origin, "/"));
		player_send(&player);
		if (i % 4)
			usleep((unsigned)i % 50 * 10);
		request_abort(player.request);
		request_abort(player.request);
		player_await(&player);
		assert_string_equal(player.story, "F");
		assert_int_equal(player.fault.err, ERR_ABORTED);
		player_done(&player);
	}
	origin_stop(origin);
}

static void an_abort_while_a_connection_is_made_ends_it(void **state)
{
	struct player player;
	char url[64];

	(void)state;
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/", origin_deaf_port());
	player_init(&player, "GET", url);
	player_send(&player);
	usleep(20000);
	request_abort(player.request);
	player_await(&player);
	assert_string_equal(player.story, "F");
	assert_int_equal(player.fault.err, ERR_ABORTED);
	player_done(&player);
}

/* The origin is silent at each of these; then the abort comes. */
static void an_abort_in_any_wait_ends_it(void **state)
{
	static const struct {
		const char *before, *story;
	} cases[] = {
		{"", "F"},
		{"HTTP/1.1 10", "F"},
		{"HTTP/1.1 100 Continue\r\n\r\n", "F"},
		{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "hF"},
		{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", "hdF"},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "hF"},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		size_t letters = strlen(cases[i].story);
		struct flag here, told;
		struct origin *origin;
		struct player player;

		flag_init(&here);
		flag_init(&told);
		origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_SEND(cases[i].before),
				ORIGIN_RAISE(&here), ORIGIN_EXPECT_CLOSE());
		player_init(&player, "GET", origin_url(origin, "/"));
		if (letters > 1) {
			player.at = cases[i].story[letters - 2];
			player.raises = &told;
		}
		player_send(&player);
		assert_true(flag_wait(&here, PLAYER_WAIT_MS));
		assert_true(letters == 1 || flag_wait(&told, PLAYER_WAIT_MS));
		usleep(20000);
		request_abort(player.request);
		player_await(&player);
		assert_string_equal(player.story, cases[i].story);
		assert_int_equal(player.fault.err, ERR_ABORTED);
		player_done(&player);
		origin_end(origin);
		flag_done(&here);
		flag_done(&told);
	}
}

/* The timer fires again and again while the client reads on a thread of its own. */
static void a_stream_may_block_for_longer_than_the_timeout(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_HEAD("PUT / HTTP/1.1"), ORIGIN_EXPECT_BODY("hello"),
		       ORIGIN_ANSWER("200 OK", ""));
	struct player player;

	(void)state;
	player_init(&player, "PUT", origin_url(origin, "/"));
	player_give(&player, "hello");
	player.read_bytes = 1;
	player.at = 'r';
	player.sleep_ms = 150;
	player.wishes.timeout_ms = 100;
	hourglass_stop();
	player_play(&player, "srrrrrhE");
	hourglass_run();
	player_done(&player);
	origin_end(origin);
}

static void an_abort_while_the_body_is_blocked_ends_it(void **state)
{
	struct flag here, over;
	struct origin *origin;
	struct player player;

	(void)state;
	flag_init(&here);
	flag_init(&over);
	origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_RAISE(&here), ORIGIN_WAIT(&over),
			ORIGIN_DRAIN());
	player_init(&player, "PUT", origin_url(origin, "/"));
	player.body_bytes = player.body_length = 1u << 30;
	player_send(&player);
	assert_true(flag_wait(&here, PLAYER_WAIT_MS));
	usleep(50000);
	request_abort(player.request);
	player_await(&player);
	assert_int_equal(player.fault.err, ERR_ABORTED);
	player_done(&player);
	flag_raise(&over);
	origin_end(origin);
	flag_done(&here);
	flag_done(&over);
}

static void a_call_that_blocks_delays_its_own_request_alone(void **state)
{
	struct answerer *answerer = answerer_start(NULL, NULL);
	char url[ANSWERER_URL_BYTES];
	struct player slow, fast;
	struct flag in, go;

	(void)state;
	flag_init(&in);
	flag_init(&go);
	answerer_url(answerer, "/", url);
	player_init(&slow, "GET", url);
	slow.at = 'h';
	slow.raises = &in;
	slow.waits = &go;
	slow.wishes.timeout_ms = 20;
	hourglass_stop();
	player_send(&slow);
	assert_true(flag_wait(&in, PLAYER_WAIT_MS));
	hourglass_run();
	for (int i = 0; i < 20; i++) {
		player_init(&fast, "GET", url);
		player_play(&fast, "hdE");
		player_done(&fast);
		request_set_timeout(slow.request, 10 + (unsigned)i);
		usleep(3000);
	}
	hourglass_stop();
	assert_string_equal(slow.story, "h");
	flag_raise(&go);
	player_await(&slow);
	hourglass_run();
	assert_string_equal(slow.story, "hdE");
	player_done(&slow);
	flag_done(&in);
	flag_done(&go);
	answerer_end(answerer);
}

/* A task that queues itself: how many calls of a client there are between two runs. */
struct turns {
	struct loop_task task; /* queues itself */
	struct loop *loop;     /* there */
	struct player *player; /* whose calls are counted */
	unsigned before;       /* calls at the last run */
	unsigned most;	       /* calls between two runs */
};

static void count_turn(struct loop_task *task)
{
	struct turns *turns = LIST_ENTRY(task, struct turns, task);
	unsigned calls = atomic_load(&turns->player->calls);

	if (calls - turns->before > turns->most)
		turns->most = calls - turns->before;
	turns->before = calls;
	loop_task_queue(turns->loop, &turns->task);
}

static void begin_turns(void *data)
{
	struct turns *turns = data;

	loop_task_init(&turns->task, count_turn);
	loop_task_queue(turns->loop, &turns->task);
}

static void end_turns(void *data)
{
	struct turns *turns = data;

	loop_task_cancel(&turns->task);
}

/* Plays, and counts the calls between two turns of the loop. */
static unsigned count_calls_in_a_row(struct player *player)
{
	struct turns turns = {.player = player};
	struct session *session;

	assert_int_equal(session_get(&session), ERR_NONE);
	turns.loop = session->lanes[0].loop;
	errand_run(session->lanes[0].loop, begin_turns, &turns);
	player_send(player);
	player_await(player);
	errand_run(session->lanes[0].loop, end_turns, &turns);
	return turns.most;
}

/* The stream is never at a loss, and the peer takes all there is. */
static void others_have_their_turn_during_an_upload(void **state)
{
	struct answerer *answerer = answerer_start(NULL, NULL);
	char url[ANSWERER_URL_BYTES];
	struct player player;

	(void)state;
	player_init(&player, "PUT", answerer_url(answerer, "/", url));
	player.body_bytes = player.body_length = 5000;
	player.read_bytes = 1;
	assert_in_range(count_calls_in_a_row(&player), 1, 32);
	assert_int_equal(atomic_load(&player.calls), 5004);
	player_done(&player);
	answerer_end(answerer);
}

/* All chunks are there at once, and each is a call. */
static void others_have_their_turn_during_a_download(void **state)
{
	static char answer[100 + 5000 * 6] =
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
	struct origin *origin;
	struct player player;
	char *end = answer + strlen(answer);

	(void)state;
	for (int i = 0; i < 5000; i++, end += 6)
		memcpy(end, "1\r\nx\r\n", 6);
	memcpy(end, "0\r\n\r\n", 6);
	origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_SEND(answer));
	player_init(&player, "GET", origin_url(origin, "/"));
	assert_in_range(count_calls_in_a_row(&player), 1, 32);
	assert_int_equal(atomic_load(&player.calls), 5002);
	player_done(&player);
	origin_end(origin);
}

static void an_abort_at_any_moment_leaves_one_end(void **state)
{
	struct answerer *answerer = answerer_start(NULL, NULL);
	char url[ANSWERER_URL_BYTES];

	(void)state;
	answerer_url(answerer, "/", url);
	for (unsigned i = 0; i < 500; i++) {
		struct player player;
		char last;

		player_init(&player, "GET", url);
		player_send(&player);
		for (volatile unsigned spin = 0; spin < i * 200; spin++)
			;
		request_abort(player.request);
		player_await(&player);
		last = player.story[player.letters - 1];
		assert_true(last == 'E' || last == 'F');
		assert_int_equal(player.fault.err, last == 'F' ? ERR_ABORTED : ERR_NONE);
		assert_ptr_equal(strpbrk(player.story, "EF"),
				 player.story + player.letters - 1);
		player_done(&player);
	}
	answerer_end(answerer);
}

/* ---- writing that fails ---- */

static const struct exchange_ops *whole_ops; /* of the exchange that is broken */
static struct exchange_ops broken_ops;	     /* what it has instead */
static enum err write_err;		     /* what its write answers */

/* Writes all the same, if only the answer is to be told; then fails. */
static enum err broken_write(struct exchange *x, struct span *body, bool is_last)
{
	if (write_err == ERR_RESET && whole_ops->write(x, body, is_last))
		abort();
	return fault_set(&x->fault, write_err, 0, "a test");
}

/* Breaks the idle connection to the origin of a URL. */
static void break_here(void *data)
{
	struct session *session;
	struct arena arena = {0};
	struct pool_want want = {0};
	struct exchange *x;
	struct fault fault = {0};
	struct url url;

	if (session_get(&session) || url_parse(&arena, span_str(data), NULL, &url) ||
	    pool_get(session->lanes[0].pool, &url, &want, &x, &fault))
		abort();
	whole_ops = x->ops;
	broken_ops = *x->ops;
	broken_ops.write = broken_write;
	x->ops = &broken_ops;
	pool_put(x);
	arena_done(&arena);
}

static void writing_that_fails_waits_for_an_answer_only_if_one_may_come(void **state)
{
	static const struct {
		enum err write_err;
		bool expects;
		const char *story;
		enum err err;
	} cases[] = {
		{ERR_RESET, false, "srhdE", 0},
		{ERR_RESET, true, "shdE", 0},
		{ERR_NO_MEMORY, false, "srF", ERR_NO_MEMORY},
		{ERR_NO_MEMORY, true, "sF", ERR_NO_MEMORY},
		{ERR_TIMEOUT, false, "srF", ERR_TIMEOUT},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct origin *origin = ORIGIN(
			ORIGIN_EXPECT_HEAD("GET / HTTP/1.1"), ORIGIN_ANSWER("200 OK", ""),
			ORIGIN_EXPECT_HEAD("POST / HTTP/1.1"),
			ORIGIN_ANSWER("413 No", "no"), ORIGIN_DRAIN());
		struct session *session;
		struct player player;
		char url[64];

		assert_int_equal(session_get(&session), ERR_NONE);
		snprintf(url, sizeof(url), "%s", origin_url(origin, "/"));
		player_init(&player, "GET", url);
		player_play(&player, "hE");
		player_done(&player);
		write_err = cases[i].write_err;
		errand_run(session->lanes[0].loop, break_here, url);
		player_init(&player, "POST", url);
		player_give(&player, "hello");
		if (cases[i].expects)
			player_set(&player, "Expect", "100-continue");
		player_play(&player, cases[i].story);
		assert_int_equal(player.fault.err, cases[i].err);
		player_done(&player);
		origin_stop(origin);
	}
}

/* ---- many ---- */

#define MANY 100

static void check_many(bool aborts)
{
	struct answerer *answerer = answerer_start(NULL, NULL);
	struct player *players = calloc(MANY, sizeof(*players));
	char url[ANSWERER_URL_BYTES];

	assert_non_null(players);
	answerer_url(answerer, "/", url);
	for (int i = 0; i < MANY; i++) {
		player_init(&players[i], "GET", url);
		players[i].wishes.max_connections = 3;
		player_send(&players[i]);
	}
	for (int i = 0; aborts && i < MANY; i += 7)
		request_abort(players[i].request);
	for (int i = 0; i < MANY; i++) {
		player_await(&players[i]);
		if (i % 7 || !aborts)
			assert_string_equal(players[i].story, "hdE");
		player_done(&players[i]);
	}
	/* The peer hears of a new connection before it has heard of an old one's end. */
	if (!aborts)
		assert_in_range(answerer_connections(answerer), 1, 3);
	free(players);
	answerer_end(answerer);
}

static void many_requests_share_few_connections(void **state)
{
	(void)state;
	check_many(false);
}

static void many_requests_go_on_when_others_are_aborted(void **state)
{
	(void)state;
	check_many(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLAYER_TEST(the_client_s_code_stops_the_request_in_every_call),
		PLAYER_TEST(
			what_the_client_says_of_a_head_comes_before_what_is_behind_it),
		PLAYER_TEST(bytes_behind_a_head_that_stops_it_do_not_count),
		PLAYER_TEST(success_codes_of_the_client_do_not_stop_it),
		PLAYER_TEST(an_abort_in_any_call_ends_the_request_behind_it),
		PLAYER_TEST(an_abort_in_the_final_call_comes_too_late),
		PLAYER_TEST(an_abort_right_behind_the_sending_ends_it),
		PLAYER_TEST(an_abort_while_a_connection_is_made_ends_it),
		PLAYER_TEST(an_abort_in_any_wait_ends_it),
		PLAYER_TEST(a_stream_may_block_for_longer_than_the_timeout),
		PLAYER_TEST(an_abort_while_the_body_is_blocked_ends_it),
		PLAYER_TEST(a_call_that_blocks_delays_its_own_request_alone),
		PLAYER_TEST(others_have_their_turn_during_an_upload),
		PLAYER_TEST(others_have_their_turn_during_a_download),
		PLAYER_TEST(an_abort_at_any_moment_leaves_one_end),
		PLAYER_TEST(writing_that_fails_waits_for_an_answer_only_if_one_may_come),
		PLAYER_TEST(many_requests_share_few_connections),
		PLAYER_TEST(many_requests_go_on_when_others_are_aborted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
