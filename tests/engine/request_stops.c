/* SPDX-License-Identifier: MIT */
/* What stops a request, or does not: the client, aborts, time, memory. */
#include "engine/errand.h"
#include "engine/player.h"

#include <stdio.h>

#include "lib/answerer.h"
#include "lib/origin.h"

/* ---- what the client does ---- */

/* A request that calls everything: s r h R s r h d E. */
static struct origin *start_rich_origin(void)
{
	return ORIGIN(ORIGIN_EXPECT_HEAD("POST /a HTTP/1.1"), ORIGIN_EXPECT_BODY("hello"),
		      ORIGIN_ANSWER("307 Again\r\nLocation: /b", "ignored"),
		      ORIGIN_EXPECT_HEAD("POST /b HTTP/1.1"), ORIGIN_EXPECT_BODY("hello"),
		      ORIGIN_ANSWER("200 OK", "hi"), ORIGIN_DRAIN());
}

static void init_rich(struct player *player, struct origin *origin)
{
	player_init(player, "POST", origin_url(origin, "/a"));
	player_give(player, "hello");
	player->options.reports_redirects = true;
}

static const char rich_story[] = "srhRsrhdE";

/* Where the first call of this letter is. */
static size_t place_of(char letter)
{
	return (size_t)(strchr(rich_story, letter) - rich_story);
}

static void the_client_s_code_stops_the_request_in_every_call(void **state)
{
	(void)state;
	for (const char *letter = "srhRd"; *letter; letter++) {
		struct origin *origin = start_rich_origin();
		struct player player;
		char story[16];

		init_rich(&player, origin);
		player.at = *letter;
		player.code = -77;
		snprintf(story, sizeof(story), "%.*sF", (int)place_of(*letter) + 1,
			 rich_story);
		player_play(&player, story);
		assert_int_equal(player.fault.err, ERR_CLIENT);
		assert_int_equal(player.failed_code, -77);
		player_done(&player);
		origin_stop(origin);
	}
}

static void success_codes_of_the_client_do_not_stop_it(void **state)
{
	(void)state;
	for (const char *letter = "rhRd"; *letter; letter++) {
		struct origin *origin = start_rich_origin();
		struct player player;

		init_rich(&player, origin);
		player.at = *letter;
		player.code = 574;
		player_play(&player, rich_story);
		player_done(&player);
		origin_stop(origin);
	}
}

static void an_abort_in_any_call_ends_the_request_behind_it(void **state)
{
	(void)state;
	for (const char *letter = "srhRd"; *letter; letter++) {
		struct origin *origin = start_rich_origin();
		struct player player;
		char story[16];

		init_rich(&player, origin);
		player.at = *letter;
		player.aborts = true;
		player.code = *letter == 'h' ? -5 : 0;
		snprintf(story, sizeof(story), "%.*sF", (int)place_of(*letter) + 1,
			 rich_story);
		player_play(&player, story);
		assert_int_equal(player.fault.err, ERR_ABORTED);
		assert_int_equal(player.failed_code, 0);
		player_done(&player);
		origin_stop(origin);
	}
}

static void an_abort_in_the_final_call_comes_too_late(void **state)
{
	struct origin *origin = start_rich_origin();
	struct player player;

	(void)state;
	init_rich(&player, origin);
	player.at = 'E';
	player.aborts = true;
	player_play(&player, rich_story);
	request_abort(player.request);
	request_abort(player.request);
	assert_string_equal(player.story, rich_story);
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
		struct flag here;
		struct origin *origin;
		struct player player;

		flag_init(&here);
		origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_SEND(cases[i].before),
				ORIGIN_RAISE(&here), ORIGIN_EXPECT_CLOSE());
		player_init(&player, "GET", origin_url(origin, "/"));
		player_send(&player);
		assert_true(flag_wait(&here, PLAYER_WAIT_MS));
		usleep(20000);
		request_abort(player.request);
		player_await(&player);
		assert_string_equal(player.story, cases[i].story);
		assert_int_equal(player.fault.err, ERR_ABORTED);
		player_done(&player);
		origin_end(origin);
		flag_done(&here);
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
	player.options.timeout_ms = 100;
	player_play(&player, "srrrrrhE");
	player_done(&player);
	origin_end(origin);
}

static void an_abort_while_the_body_is_blocked_ends_it(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_SLEEP(100), ORIGIN_DRAIN());
	struct player player;

	(void)state;
	player_init(&player, "PUT", origin_url(origin, "/"));
	player.body_bytes = player.body_length = 1u << 30;
	player_send(&player);
	usleep(50000);
	request_abort(player.request);
	player_await(&player);
	assert_int_equal(player.fault.err, ERR_ABORTED);
	player_done(&player);
	origin_end(origin);
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
	slow.options.timeout_ms = 20;
	player_send(&slow);
	assert_true(flag_wait(&in, PLAYER_WAIT_MS));
	for (int i = 0; i < 20; i++) {
		player_init(&fast, "GET", url);
		player_play(&fast, "hdE");
		player_done(&fast);
		request_set_timeout(slow.request, 10 + (unsigned)i);
		usleep(3000);
	}
	assert_string_equal(slow.story, "h");
	flag_raise(&go);
	player_await(&slow);
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
	turns.loop = session->loop;
	errand_run(session->loop, begin_turns, &turns);
	player_send(player);
	player_await(player);
	errand_run(session->loop, end_turns, &turns);
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
	struct pool_want want;
	struct exchange *x;
	struct url url;

	if (session_get(&session) || url_parse(&arena, span_str(data), NULL, &url) ||
	    pool_get(session->pool, &url, 0, false, &want, &x))
		abort();
	whole_ops = x->ops;
	broken_ops = *x->ops;
	broken_ops.write = broken_write;
	x->ops = &broken_ops;
	pool_put(session->pool, x);
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
		errand_run(session->loop, break_here, url);
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

/* ---- time ---- */

struct silence_case {
	const char *name;
	const char *before; /* sent before the silence; NULL: nothing is read either */
	const char *story;
	uint64_t body_bytes;
};

static const struct silence_case silences[] = {
	{"no answer", "", "F", 0},
	{"half a head", "HTTP/1.1 200 OK\r\n", "F", 0},
	{"half a body", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", "hdF", 0},
	{"a body that is not taken", NULL, NULL, 1u << 30},
};

static void each_wait_is_bounded_by_the_timeout(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(silences); i++) {
		const struct silence_case *c = &silences[i];
		struct flag over;
		struct origin *origin;
		struct player player;

		flag_init(&over);
		origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(),
				ORIGIN_SEND(c->before ? c->before : ""),
				ORIGIN_WAIT(&over), ORIGIN_DRAIN());
		player_init(&player, c->body_bytes ? "PUT" : "GET",
			    origin_url(origin, "/"));
		player.body_bytes = player.body_length = c->body_bytes;
		player.options.timeout_ms = 50;
		player_send(&player);
		player_await(&player);
		flag_raise(&over);
		if (player.fault.err != ERR_TIMEOUT)
			print_error("%s\n", c->name);
		assert_int_equal(player.fault.err, ERR_TIMEOUT);
		if (c->story)
			assert_string_equal(player.story, c->story);
		player_done(&player);
		origin_end(origin);
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
	player.options.timeout_ms = 50;
	player_play(&player, "F");
	assert_int_equal(player.fault.err, ERR_TIMEOUT);
	player_done(&player);
}

static void a_timeout_set_later_acts_at_once(void **state)
{
	struct origin *origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_EXPECT_CLOSE());
	struct player player;

	(void)state;
	player_init(&player, "GET", origin_url(origin, "/"));
	player_send(&player);
	usleep(30000);
	request_set_timeout(player.request, 60000);
	request_set_timeout(player.request, 50);
	player_await(&player);
	assert_int_equal(player.fault.err, ERR_TIMEOUT);
	player_done(&player);
	origin_end(origin);
}

static void a_timeout_taken_back_does_not_act(void **state)
{
	struct flag go;
	struct origin *origin;
	struct player player;

	(void)state;
	flag_init(&go);
	origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_WAIT(&go),
			ORIGIN_ANSWER("200 OK", ""));
	player_init(&player, "GET", origin_url(origin, "/"));
	player.options.timeout_ms = 300;
	player_send(&player);
	request_set_timeout(player.request, 0);
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
		struct origin *origin = start_rich_origin();
		struct player player;

		init_rich(&player, origin);
		player.at = *letter;
		player.sleep_ms = 300;
		player.options.timeout_ms = 200;
		player_play(&player, rich_story);
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
	first.options.max_connections = second.options.max_connections = 1;
	second.options.timeout_ms = 100;
	first.at = 'h';
	first.raises = &in;
	first.waits = &go;
	player_send(&first);
	assert_true(flag_wait(&in, PLAYER_WAIT_MS));
	player_send(&second);
	usleep(400000);
	assert_false(flag_is_up(&second.ended));
	flag_raise(&go);
	player_await(&first);
	player_await(&second);
	assert_string_equal(second.story, "hdE");
	assert_int_equal(answerer_connections(answerer), 1);
	player_done(&first);
	player_done(&second);
	flag_done(&in);
	flag_done(&go);
	answerer_end(answerer);
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
		players[i].options.max_connections = 3;
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
		PLAYER_TEST(the_client_s_code_stops_the_request_in_every_call),
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
		PLAYER_TEST(each_wait_is_bounded_by_the_timeout),
		PLAYER_TEST(connecting_is_bounded_by_the_timeout),
		PLAYER_TEST(a_timeout_set_later_acts_at_once),
		PLAYER_TEST(a_timeout_taken_back_does_not_act),
		PLAYER_TEST(the_client_s_own_time_does_not_count),
		PLAYER_TEST(waiting_for_others_to_end_does_not_count),
		PLAYER_TEST(many_requests_share_few_connections),
		PLAYER_TEST(many_requests_go_on_when_others_are_aborted),
		PLAYER_TEST(any_allocation_of_a_request_may_fail),
		PLAYER_TEST(there_may_be_no_memory_for_the_line_of_a_chunk),
		PLAYER_TEST(an_error_text_may_find_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
