/* SPDX-License-Identifier: MIT */
/*
 * Requests through the whole engine, from a client in C to scripted origins: the steps of
 * the table in request_steps.c.
 */
#include "engine/player.h"

#include <stdio.h>

#include "base/log.h"
#include "lib/answerer.h"
#include "lib/origin.h"

static const char *origin_path(struct origin *origin, const char *path, char out[64])
{
	snprintf(out, 64, "http://%s%s", origin_authority(origin), path);
	return out;
}

/* ---- what is refused at once ---- */

static void a_request_is_refused_for_its_method_or_url(void **state)
{
	static const struct {
		const char *method, *url;
		enum err err;
	} cases[] = {
		{"", "http://a/", ERR_INVALID},
		{"GE T", "http://a/", ERR_INVALID},
		{"GET\r\nEvil: x", "http://a/", ERR_INVALID},
		{"CONNECT", "http://a/", ERR_DENIED},
		{"trace", "http://a/", ERR_DENIED},
		{"TRACK", "http://a/", ERR_DENIED},
		{"GET", "", ERR_URL},
		{"GET", "/a", ERR_URL},
		{"GET", "http://", ERR_URL},
		{"GET", "ftp://a/", ERR_SCHEME},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct player player;

		assert_int_equal(player_try(&player, cases[i].method, cases[i].url),
				 cases[i].err);
		assert_null(player.request);
		flag_done(&player.ended);
	}
}

static void a_header_is_refused_for_its_name_or_value(void **state)
{
	static const struct {
		const char *name, *value;
		enum err err;
	} cases[] = {
		{"", "x", ERR_INVALID},
		{"a b", "x", ERR_INVALID},
		{"a:", "x", ERR_INVALID},
		{"a", "x\r\nEvil: y", ERR_INVALID},
		{"a", "x\ny", ERR_INVALID},
		{"Transfer-Encoding", "chunked", ERR_DENIED},
		{"te", "trailers", ERR_DENIED},
		{"Proxy-Authorization", "Basic x", ERR_DENIED},
		{"Content-Length", "7", ERR_NONE},
	};
	struct player player;

	(void)state;
	player_init(&player, "GET", "http://a/");
	for (size_t i = 0; i < TEST_COUNT(cases); i++)
		assert_int_equal(request_set_header(player.request,
						    span_str(cases[i].name),
						    span_str(cases[i].value)),
				 cases[i].err);
	assert_int_equal(player.request->head.headers.count, 0);
	player_done(&player);
}

static void a_length_that_stands_for_no_body_is_refused(void **state)
{
	struct player player;

	(void)state;
	player_init(&player, "PUT", "http://a/");
	assert_int_equal(request_send(player.request, MESSAGE_NO_BODY, &player.options),
			 ERR_INVALID);
	request_abort(player.request);
	usleep(20000);
	assert_string_equal(player.story, "");
	player_done(&player);
}

static void what_was_not_sent_can_be_aborted_and_dropped(void **state)
{
	struct player player;

	(void)state;
	player_init(&player, "GET", "http://a/");
	request_abort(player.request);
	request_set_timeout(player.request, 5);
	assert_int_equal(atomic_load(&player.request->shared.refs), 1);
	player_done(&player);
	request_unref(NULL);
}

/* ---- the straight way ---- */

static void a_get_is_told_from_head_to_end(void **state)
{
	struct origin *origin = ORIGIN(
		ORIGIN_EXPECT_HEAD("GET /a?b HTTP/1.1", "Host: {self}", "Accept: */*",
				   "Accept-Language:", "User-Agent:", "!Content-Length",
				   "!Connection"),
		ORIGIN_ANSWER("200 OK", "hello"));
	struct request_info info;
	struct player player;
	struct buf head = {0};

	(void)state;
	player_init(&player, "get", origin_url(origin, "/a?b#c"));
	player_play(&player, "hdE");
	assert_int_equal(player.status, 200);
	assert_string_equal(player.content, "hello");
	request_get_info(player.request, &info);
	assert_int_equal(info.version, 11);
	assert_int_equal(info.redirects, 0);
	assert_false(info.is_reused);
	assert_span(info.url, span_str(origin_url(origin, "/a?b#c")));
	assert_string_equal(info.peer, origin_authority(origin));
	assert_true(info.begin_ns <= info.resolved_ns);
	assert_true(info.resolved_ns <= info.connected_ns);
	assert_true(info.connected_ns <= info.sent_ns);
	assert_true(info.sent_ns <= info.first_byte_ns);
	assert_true(info.first_byte_ns <= info.end_ns);
	assert_int_equal(info.body_sent, 0);
	assert_int_equal(info.body_received, 5);
	assert_int_equal(request_put_head(player.request, &head), ERR_NONE);
	origin_join(origin);
	assert_span(buf_span(&head), span_str(origin_head(origin, 0)));
	buf_clear(&head);
	assert_int_equal(request_put_error_text(player.request, &head), ERR_MISSING);
	buf_done(&head);
	player_done(&player);
	origin_end(origin);
}

static void headers_go_out_as_they_were_given(void **state)
{
	struct origin *origin = ORIGIN(
		ORIGIN_EXPECT_HEAD("GET / HTTP/1.1", "Host: elsewhere", "X-A: 1, 2",
				   "Cookie: a=b; c=d", "!Accept", "User-Agent: me",
				   "Connection: close", "!Content-Length"),
		ORIGIN_ANSWER("200 OK", ""), ORIGIN_EXPECT_CLOSE());
	struct player player;

	(void)state;
	player_init(&player, "GET", origin_url(origin, "/"));
	player_set(&player, "Host", "elsewhere");
	player_set(&player, "X-A", "1");
	player_set(&player, "X-A", " 2 ");
	player_set(&player, "Cookie", "a=b");
	player_set(&player, "Cookie", "c=d");
	player_set(&player, "Accept", "");
	player_set(&player, "User-Agent", "me");
	player_set(&player, "Connection", "keep-alive");
	player_set(&player, "Connection", "close");
	player_set(&player, "Content-Length", "77");
	player_play(&player, "hE");
	player_done(&player);
	origin_end(origin);
}

static void without_defaults_host_is_alone(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_HEAD("OPTIONS / HTTP/1.1", "Host:", "!Accept",
					  "!Accept-Language", "!User-Agent"),
		       ORIGIN_ANSWER("200 OK", ""));
	struct player player;

	(void)state;
	player_init(&player, "options", origin_url(origin, "/"));
	player.wishes.no_default_headers = true;
	player_play(&player, "hE");
	player_done(&player);
	origin_end(origin);
}

static void a_body_is_read_and_sent(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_HEAD("POST / HTTP/1.1", "Content-Length: 5"),
		       ORIGIN_EXPECT_BODY("hello"), ORIGIN_ANSWER("200 OK", "1"),
		       ORIGIN_EXPECT_HEAD("POST / HTTP/1.1", "Transfer-Encoding: chunked",
					  "!Content-Length"),
		       ORIGIN_EXPECT_CHUNKED("hello"), ORIGIN_ANSWER("200 OK", "2"),
		       ORIGIN_EXPECT_HEAD("PUT / HTTP/1.1", "Content-Length: 0"),
		       ORIGIN_ANSWER("200 OK", "3"));
	static const char *const stories[] = {"srrrhdE", "srrrrhdE", "hdE"};

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct request_info info;
		struct player player;

		player_init(&player, i == 2 ? "PUT" : "POST", origin_url(origin, "/"));
		player_give(&player, i == 2 ? "" : "hello");
		player.read_bytes = 2;
		if (i == 1)
			player.body_length = REQUEST_LENGTH_UNKNOWN;
		player_play(&player, stories[i]);
		request_get_info(player.request, &info);
		assert_int_equal(info.is_reused, i > 0);
		assert_int_equal(info.body_sent, i < 2 ? 5 : 0);
		assert_int_equal(info.connected_ns != 0, i == 0);
		player_done(&player);
	}
	origin_end(origin);
}

static void a_large_body_goes_both_ways(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_HEAD("PUT / HTTP/1.1"),
		       ORIGIN_EXPECT_CHUNKED_PATTERN(5u << 20),
		       ORIGIN_SEND("HTTP/1.1 200 OK\r\nContent-Length: 5242880\r\n\r\n"),
		       ORIGIN_SEND_PATTERN(5u << 20));
	struct player player;

	(void)state;
	player_init(&player, "PUT", origin_url(origin, "/"));
	player.body_bytes = 5u << 20;
	player.body_length = REQUEST_LENGTH_UNKNOWN;
	player_send(&player);
	player_await(&player);
	assert_int_equal(player.story[player.letters - 1], 'E');
	assert_int_equal(player.content_bytes, 5u << 20);
	player_done(&player);
	origin_end(origin);
}

static void a_body_that_ends_early_is_never_a_whole_request(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_HEAD("PUT / HTTP/1.1", "Content-Length: 9"),
		       ORIGIN_EXPECT_BODY("hel"), ORIGIN_EXPECT_CLOSE());
	struct player player;

	(void)state;
	player_init(&player, "PUT", origin_url(origin, "/"));
	player_give(&player, "hel");
	player.body_length = 9;
	player_play(&player, "srrF");
	assert_int_equal(player.fault.err, ERR_BODY_SHORT);
	player_done(&player);
	origin_end(origin);
}

static void keep_line(void *owner, uint64_t mono_ns, const char *line)
{
	struct buf *lines = owner;

	(void)mono_ns;
	if (buf_put_str(lines, line) || buf_put_byte(lines, '\n'))
		abort();
}

static void a_trace_tells_what_is_done(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER("200 OK", ""),
		       ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_CLOSE(), ORIGIN_NEXT_CONNECTION(),
		       ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER("200 OK", ""));
	struct buf lines = {0};
	struct player player;

	(void)state;
	log_set_sink(keep_line, &lines);
	for (int i = 0; i < 2; i++) {
		player_init(&player, "GET", origin_url(origin, "/a"));
		player_play(&player, "hE");
		player_done(&player);
	}
	log_set_sink(NULL, NULL);
	assert_non_null(buf_cstr(&lines));
	assert_non_null(strstr(lines.at, "connect 127.0.0.1:"));
	assert_non_null(strstr(lines.at, "GET /a to 127.0.0.1:"));
	assert_non_null(strstr(lines.at, ", connection kept\n"));
	assert_non_null(strstr(lines.at, "was dead; once more\n"));
	buf_done(&lines);
	origin_end(origin);
}

/* ---- expectations ---- */

static void a_body_waits_for_a_100(void **state)
{
	struct origin *origin = ORIGIN(
		ORIGIN_EXPECT_HEAD("PUT / HTTP/1.1", "Expect: 100-continue"),
		ORIGIN_EXPECT_QUIET(50), ORIGIN_SEND("HTTP/1.1 103 Hints\r\n\r\n"),
		ORIGIN_EXPECT_QUIET(50), ORIGIN_SEND("HTTP/1.1 100 Continue\r\n\r\n"),
		ORIGIN_EXPECT_BODY("hello"), ORIGIN_ANSWER("201 Created", ""));
	struct player player;

	(void)state;
	player_init(&player, "PUT", origin_url(origin, "/"));
	player_set(&player, "Expect", "100-continue");
	player_give(&player, "hello");
	player_play(&player, "srhE");
	assert_int_equal(player.status, 201);
	player_done(&player);
	origin_end(origin);
}

static void a_final_answer_spares_the_body(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_HEAD("PUT / HTTP/1.1"),
		       ORIGIN_ANSWER("417 No", "no"), ORIGIN_EXPECT_CLOSE());
	struct player player;

	(void)state;
	player_init(&player, "PUT", origin_url(origin, "/"));
	player_set(&player, "Expect", "100-continue");
	player_give(&player, "hello");
	player_play(&player, "shdE");
	assert_int_equal(player.status, 417);
	player_done(&player);
	origin_end(origin);
}

static void a_body_does_not_wait_for_ever(void **state)
{
	struct flag waits;
	struct origin *origin;
	struct player player;

	(void)state;
	flag_init(&waits);
	origin = ORIGIN(ORIGIN_EXPECT_HEAD("PUT / HTTP/1.1"), ORIGIN_RAISE(&waits),
			ORIGIN_EXPECT_BODY("hello"), ORIGIN_ANSWER("200 OK", ""));
	hourglass_stop();
	player_init(&player, "PUT", origin_url(origin, "/"));
	player.wishes.timeout_ms = 100;
	player.at = 'r';
	player.sleep_ms = 1; /* then the clock stands again */
	player_set(&player, "Expect", "100-continue");
	player_give(&player, "hello");
	player_send(&player);
	request_set_timeout(player.request, 50);
	assert_true(flag_wait(&waits, PLAYER_WAIT_MS));
	hourglass_run();
	player_await(&player);
	hourglass_run();
	assert_string_equal(player.story, "srhE");
	player_done(&player);
	origin_end(origin);
	flag_done(&waits);
}

static void an_early_answer_ends_the_sending(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_HEAD("PUT / HTTP/1.1"),
		       ORIGIN_ANSWER("413 Too much", "no"), ORIGIN_DRAIN());
	struct player player;

	(void)state;
	player_init(&player, "PUT", origin_url(origin, "/"));
	player.body_bytes = player.body_length = 1u << 30;
	player_send(&player);
	player_await(&player);
	assert_int_equal(player.story[player.letters - 1], 'E');
	assert_int_equal(player.status, 413);
	assert_true(player.read_at < 1u << 30);
	player_done(&player);
	origin_end(origin);
}

/* ---- redirects ---- */

static void a_redirect_is_followed_and_told(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_HEAD("POST /a HTTP/1.1", "Content-Type: text/plain",
					  "Authorization: x"),
		       ORIGIN_EXPECT_BODY("hello"),
		       ORIGIN_ANSWER("302 Found\r\nLocation: /b", "ignored"),
		       ORIGIN_EXPECT_HEAD("GET /b HTTP/1.1", "!Content-Type",
					  "!Content-Length", "Authorization: x"),
		       ORIGIN_ANSWER("200 OK", "hi"));
	struct request_info info;
	struct player player;
	char to[64];

	(void)state;
	player_init(&player, "POST", origin_url(origin, "/a#f"));
	player_set(&player, "Content-Type", "text/plain");
	player_set(&player, "Authorization", "x");
	player_give(&player, "hello");
	player.wishes.reports_redirects = true;
	player_play(&player, "srhRhdE");
	assert_string_equal(player.content, "hi");
	assert_memory_equal(player.redirects, origin_path(origin, "/b#f ", to),
			    strlen(to));
	request_get_info(player.request, &info);
	assert_int_equal(info.redirects, 1);
	assert_true(info.is_reused);
	assert_int_equal(info.body_sent, 0);
	assert_int_equal(info.body_received, 2);
	player_done(&player);
	origin_end(origin);
}

static void a_redirect_can_be_the_answer(void **state)
{
	struct origin *origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(),
				       ORIGIN_ANSWER("302 Found\r\nLocation: /b", "x"));
	struct player player;

	(void)state;
	player_init(&player, "GET", origin_url(origin, "/a"));
	player.wishes.no_redirects = true;
	player_play(&player, "hdE");
	assert_int_equal(player.status, 302);
	player_done(&player);
	origin_end(origin);
}

static void what_belongs_to_an_origin_stays_there_for_good(void **state)
{
	struct origin *here = origin_new(), *there = origin_new();
	const struct origin_step steps_here[] = {
		ORIGIN_EXPECT_HEAD("GET /a HTTP/1.1", "Authorization: x", "Cookie: y",
				   "Host: me", "X: z"),
		ORIGIN_ANSWER("302 Found\r\nLocation: http://{other}/b", ""),
		ORIGIN_EXPECT_HEAD("GET /c HTTP/1.1", "!Authorization", "!Cookie",
				   "Host: {self}", "X: z"),
		ORIGIN_ANSWER("200 OK", ""),
		{.verb = ORIGIN_VERB_END}};
	const struct origin_step steps_there[] = {
		ORIGIN_EXPECT_HEAD("GET /b HTTP/1.1", "!Authorization", "!Cookie",
				   "Host: {self}", "X: z"),
		ORIGIN_ANSWER("302 Found\r\nLocation: http://{other}/c", ""),
		{.verb = ORIGIN_VERB_END}};
	struct player player;

	(void)state;
	origin_link(here, there);
	origin_link(there, here);
	origin_begin(here, steps_here);
	origin_begin(there, steps_there);
	player_init(&player, "GET", origin_url(here, "/a"));
	player_set(&player, "Authorization", "x");
	player_set(&player, "Cookie", "y");
	player_set(&player, "Host", "me");
	player_set(&player, "X", "z");
	player_play(&player, "RRhE");
	player_done(&player);
	origin_end(here);
	origin_end(there);
}

struct replay_case {
	const char *name;
	const char *story;
	uint64_t bytes;		  /* of the body */
	int32_t seek, later_seek; /* what rewind answers */
	enum err err;		  /* the failure, or 0 */
};

/* A 307, and how the body gets there a second time (contract R10). */
static const struct replay_case replays[] = {
	{"a stream that seeks", "srRsrhE", 5, 0, 0, 0},
	{"a small one that does not", "srRhE", 5, 1, 1, 0},
	{"a large one that seeks", "srrRsrrhE", 200000, 0, 0, 0},
	{"a large one that does not", "srrRF", 200000, 1, 1, ERR_REPLAY},
	{"a small one that seeks once", "srRshE", 5, 0, 1, 0},
	{"a large one that seeks once", "srrRsF", 200000, 0, 1, ERR_REPLAY},
	{"one that fails to seek", "sF", 5, -7, 0, ERR_CLIENT},
	{"one that fails to seek again", "srRsF", 5, 0, -7, ERR_CLIENT},
};

static void check_replay(const struct replay_case *c)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_HEAD("POST /a HTTP/1.1"),
		       ORIGIN_EXPECT_BODY_PATTERN(c->bytes),
		       ORIGIN_ANSWER("307 Again\r\nLocation: /b", ""),
		       ORIGIN_EXPECT_HEAD("POST /b HTTP/1.1"),
		       ORIGIN_EXPECT_BODY_PATTERN(c->bytes), ORIGIN_ANSWER("200 OK", ""));
	struct player player;

	player_init(&player, "POST", origin_url(origin, "/a"));
	player.body_bytes = player.body_length = c->bytes;
	player.seek = c->seek;
	player.later_seek = c->later_seek;
	player_send(&player);
	player_await(&player);
	if (strcmp(player.story, c->story) != 0)
		print_error("%s\n", c->name);
	assert_string_equal(player.story, c->story);
	assert_int_equal(player.fault.err, c->err);
	assert_int_equal(player.failed_code, c->err == ERR_CLIENT ? -7 : 0);
	player_done(&player);
	if (c->err)
		origin_stop(origin);
	else
		origin_end(origin);
}

static void a_body_is_sent_again_if_that_is_possible(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(replays); i++)
		check_replay(&replays[i]);
}

static void answer_redirect(void *owner, const struct answerer_request *request,
			    struct answerer_reply *reply)
{
	unsigned hops = (unsigned)strtoul(request->path + 1, NULL, 10);
	char *fields = owner;

	if (!hops)
		return;
	sprintf(fields, "Location: /%u\r\n", hops - 1);
	reply->status = "302 Found";
	reply->fields = fields;
}

static void a_hundred_redirects_are_followed_and_not_one_more(void **state)
{
	char fields[64], url[ANSWERER_URL_BYTES];
	struct answerer *answerer = answerer_start(answer_redirect, fields);

	(void)state;
	for (int more = 0; more < 2; more++) {
		struct request_info info;
		struct player player;

		player_init(&player, "GET",
			    answerer_url(answerer, more ? "/101" : "/100", url));
		player_send(&player);
		player_await(&player);
		request_get_info(player.request, &info);
		assert_int_equal(info.redirects, 100);
		assert_int_equal(player.letters, more ? 101 : 102);
		assert_int_equal(player.fault.err, more ? ERR_REDIRECT : ERR_NONE);
		player_done(&player);
	}
	assert_int_equal(answerer_connections(answerer), 1);
	answerer_end(answerer);
}

static void a_redirect_that_leads_nowhere_fails(void **state)
{
	static const struct {
		const char *answer;
		enum err err;
	} cases[] = {
		{"302 Found\r\nLocation: ftp://x/", ERR_REDIRECT},
		{"302 Found\r\nLocation: http://", ERR_REDIRECT},
		{"301 Moved\r\nLocation: /a\r\nLocation: /b", ERR_REDIRECT},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct origin *origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(),
					       ORIGIN_ANSWER(cases[i].answer, ""));
		struct player player;

		player_init(&player, "GET", origin_url(origin, "/"));
		player_play(&player, "F");
		assert_int_equal(player.fault.err, cases[i].err);
		assert_non_null(player.fault.what);
		player_done(&player);
		origin_end(origin);
	}
}

/* ---- a second try ---- */

struct retry_case {
	const char *name;
	const char *method;
	const char *body;   /* or NULL */
	int32_t seek;	    /* what rewind answers */
	const char *before; /* sent before the connection is closed */
	bool is_reset;	    /* by RST */
	const char *story;  /* of the second request */
	enum err err;	    /* its failure, or 0 */
};

static const struct retry_case retries[] = {
	{"GET", "GET", NULL, 0, "", false, "hE", 0},
	{"GET and a reset", "GET", NULL, 0, "", true, "hE", 0},
	{"HEAD", "HEAD", NULL, 0, "", false, "hE", 0},
	{"DELETE", "DELETE", NULL, 0, "", false, "hE", 0},
	{"OPTIONS", "OPTIONS", NULL, 0, "", false, "hE", 0},
	{"PUT that seeks", "PUT", "hello", 0, "", false, "srsrhE", 0},
	{"PUT that does not", "PUT", "hello", 1, "", false, "srhE", 0},
	{"POST is not idempotent", "POST", "hello", 0, "", false, "srF", ERR_CLOSED},
	{"PATCH neither", "PATCH", NULL, 0, "", false, "F", ERR_CLOSED},
	{"others neither", "FROB", NULL, 0, "", false, "F", ERR_CLOSED},
	{"something was read", "GET", NULL, 0, "HTTP/1.1 2", false, "F", ERR_CLOSED},
	{"an interim answer was read", "GET", NULL, 0, "HTTP/1.1 103 x\r\n\r\n", false,
	 "F", ERR_CLOSED},
};

static void check_retry(const struct retry_case *c)
{
	struct origin_step close = c->is_reset ? (struct origin_step)ORIGIN_RESET()
					       : (struct origin_step)ORIGIN_CLOSE();
	struct origin_step body =
		c->body ? (struct origin_step)ORIGIN_EXPECT_BODY("hello")
			: (struct origin_step)ORIGIN_SEND("");
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_HEAD("GET /first HTTP/1.1"),
		       ORIGIN_ANSWER("200 OK", ""), ORIGIN_EXPECT_ANY_HEAD(), body,
		       ORIGIN_SEND(c->before), close, ORIGIN_NEXT_CONNECTION(),
		       ORIGIN_EXPECT_ANY_HEAD(), body, ORIGIN_ANSWER("200 OK", ""));
	struct player player;
	struct request_info info;
	char url[64];

	player_init(&player, "GET", origin_path(origin, "/first", url));
	player_play(&player, "hE");
	player_done(&player);
	player_init(&player, c->method, origin_path(origin, "/second", url));
	if (c->body)
		player_give(&player, c->body);
	player.seek = c->seek;
	player_send(&player);
	player_await(&player);
	if (strcmp(player.story, c->story) != 0)
		print_error("%s\n", c->name);
	assert_string_equal(player.story, c->story);
	assert_int_equal(player.fault.err, c->err);
	request_get_info(player.request, &info);
	assert_int_equal(info.is_reused, c->err != 0);
	assert_int_equal(info.body_sent, c->body ? strlen(c->body) : 0);
	player_done(&player);
	if (c->err)
		origin_stop(origin);
	else
		origin_end(origin);
}

static void a_dead_kept_connection_is_replaced_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(retries); i++)
		check_retry(&retries[i]);
}

static void there_is_no_third_try(void **state)
{
	struct origin *origin =
		ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_ANSWER("200 OK", ""),
		       ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_CLOSE(), ORIGIN_NEXT_CONNECTION(),
		       ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_CLOSE());
	struct player player;

	(void)state;
	player_init(&player, "GET", origin_url(origin, "/"));
	player_play(&player, "hE");
	player_done(&player);
	player_init(&player, "GET", origin_url(origin, "/"));
	player_play(&player, "F");
	assert_int_equal(player.fault.err, ERR_CLOSED);
	player_done(&player);
	origin_end(origin);
}

static void a_first_connection_that_dies_is_not_replaced(void **state)
{
	struct origin *origin = ORIGIN(ORIGIN_EXPECT_ANY_HEAD(), ORIGIN_CLOSE());
	struct player player;
	struct buf text = {0};

	(void)state;
	player_init(&player, "GET", origin_url(origin, "/"));
	player_play(&player, "F");
	assert_int_equal(player.fault.err, ERR_CLOSED);
	assert_int_equal(request_put_error_text(player.request, &text), ERR_NONE);
	assert_non_null(buf_cstr(&text));
	assert_non_null(strstr(text.at, origin_authority(origin)));
	assert_non_null(strstr(text.at, "closed before the answer"));
	buf_done(&text);
	player_done(&player);
	origin_end(origin);
}

/* A look at a lane by its owner. */
struct look {
	struct loop_post post; /* brings it there */
	struct lane *lane;     /* at this one */
	atomic_int blocks;     /* that wait there; below 0: not known yet */
};

static void take_look(struct loop_post *post)
{
	struct look *look = LIST_ENTRY(post, struct look, post);

	atomic_store(&look->blocks, (int)look->lane->blocks.count);
}

static int blocks_of(struct lane *lane)
{
	struct look look = {.post = {.run = take_look}, .lane = lane, .blocks = -1};

	loop_post(lane->loop, &look.post);
	while (atomic_load(&look.blocks) < 0)
		usleep(100);
	return look.blocks;
}

static void a_lane_at_rest_keeps_no_blocks(void **state)
{
	struct origin *origin = ORIGIN(ORIGIN_ANSWER("200 OK", "hello"));
	struct player player;
	struct lane *lane;

	(void)state;
	player_init(&player, "GET", origin_url(origin, "/"));
	player_send(&player);
	lane = player.request->lane;
	request_unref(player.request);
	assert_true(flag_wait(&player.ended, PLAYER_WAIT_MS));
	while (blocks_of(lane) > 0)
		;
	origin_end(origin);
}

static void a_reference_taken_before_send_counts(void **state)
{
	struct origin *origin = ORIGIN(ORIGIN_ANSWER("200 OK", "hello"));
	struct player player;

	(void)state;
	player_init(&player, "GET", origin_url(origin, "/"));
	request_ref(player.request);
	player_send(&player);
	assert_true(flag_wait(&player.ended, PLAYER_WAIT_MS));
	request_unref(player.request);
	player_await(&player);
	player_done(&player);
	origin_end(origin);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLAYER_TEST(a_request_is_refused_for_its_method_or_url),
		PLAYER_TEST(a_header_is_refused_for_its_name_or_value),
		PLAYER_TEST(a_length_that_stands_for_no_body_is_refused),
		PLAYER_TEST(what_was_not_sent_can_be_aborted_and_dropped),
		PLAYER_TEST(a_reference_taken_before_send_counts),
		PLAYER_TEST(a_lane_at_rest_keeps_no_blocks),
		PLAYER_TEST(a_get_is_told_from_head_to_end),
		PLAYER_TEST(headers_go_out_as_they_were_given),
		PLAYER_TEST(without_defaults_host_is_alone),
		PLAYER_TEST(a_body_is_read_and_sent),
		PLAYER_TEST(a_large_body_goes_both_ways),
		PLAYER_TEST(a_body_that_ends_early_is_never_a_whole_request),
		PLAYER_TEST(a_trace_tells_what_is_done),
		PLAYER_TEST(a_body_waits_for_a_100),
		PLAYER_TEST(a_final_answer_spares_the_body),
		PLAYER_TEST(a_body_does_not_wait_for_ever),
		PLAYER_TEST(an_early_answer_ends_the_sending),
		PLAYER_TEST(a_redirect_is_followed_and_told),
		PLAYER_TEST(a_redirect_can_be_the_answer),
		PLAYER_TEST(what_belongs_to_an_origin_stays_there_for_good),
		PLAYER_TEST(a_body_is_sent_again_if_that_is_possible),
		PLAYER_TEST(a_hundred_redirects_are_followed_and_not_one_more),
		PLAYER_TEST(a_redirect_that_leads_nowhere_fails),
		PLAYER_TEST(a_dead_kept_connection_is_replaced_once),
		PLAYER_TEST(there_is_no_third_try),
		PLAYER_TEST(a_first_connection_that_dies_is_not_replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
