/* SPDX-License-Identifier: MIT */
/*
 * What a connection is worth after an answer, whom it tells what, how much it takes at a
 * time, and what it needs of memory.
 */
#include "engine/talk.h"

#include "base/mem.h"
#include "http/h1_head.h"

static const struct question post = {
	.method = "POST",
	.length = MESSAGE_LENGTH_UNKNOWN,
	.pieces = {"a", "0123456789abcdef", "two\r\nlines", "last"},
	.ends_alone = true,
};

/* ---- reuse ---- */

static void a_connection_serves_again_and_again(void **state)
{
	struct talk talk;

	(void)state;
	talk_once(&talk, &get, TALK_OK, 0);
	assert_false(talk.x->is_reused);
	for (int i = 0; i < 3; i++) {
		assert_true(talk.x->ops->is_reusable(talk.x));
		assert_true(ask(&talk, &post));
		assert_true(talk.x->is_reused);
		assert_false(talk.x->has_bytes);
		talk.fake.arrived = talk.fake.taken = 0;
		run(&talk);
		assert_string_equal(talk.text, "<200 OK><end>");
	}
	talk_done(&talk);
}

static void a_connection_of_which_nothing_is_asked_is_as_good_as_it_was(void **state)
{
	struct connection *connection;
	struct talk talk;

	(void)state;
	talk_once(&talk, &get, TALK_OK, 0);
	connection = talk.x->connection;
	for (int i = 0; i < 3; i++) {
		connection->ops->close(connection, talk.x);
		assert_true(connection->has_room);
		assert_false(connection->has_ended);
		assert_int_equal(connection->ops->open(connection, &talk.x), ERR_NONE);
	}
	talk_done(&talk);
	talk_init(&talk);
	assert_true(connect_talk(&talk));
	connection = talk.x->connection;
	connection->ops->close(connection, talk.x);
	assert_true(connection->has_ended);
	talk_done(&talk);
}

static void bytes_behind_the_answer_spoil_the_connection(void **state)
{
	struct talk talk;

	(void)state;
	talk_once(&talk, &get, SPAN("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxy"), 0);
	assert_string_equal(talk.text, "<200 OK>x<end>");
	assert_false(talk.x->ops->is_reusable(talk.x));
	talk_done(&talk);
}

static void the_owner_s_wish_is_kept(void **state)
{
	struct talk talk;

	(void)state;
	talk_once(&talk, &get, TALK_OK, 0);
	talk.x->is_last = true;
	assert_false(talk.x->ops->is_reusable(talk.x));
	talk_done(&talk);
}

static void an_answer_before_the_body_was_sent_spoils_the_connection(void **state)
{
	static const struct question put = {"PUT", 5, {"hello"}, false};
	struct talk talk;

	(void)state;
	talk_init(&talk);
	talk.fake.input = TALK_OK;
	talk.is_mute = true;
	assert_true(connect_talk(&talk));
	assert_true(ask(&talk, &put));
	run(&talk);
	assert_string_equal(talk.text, "<200 OK><end>");
	assert_false(talk.x->ops->is_reusable(talk.x));
	talk_done(&talk);
}

/* The client takes its time between the head and the body that is here already, and the
 * peer closes meanwhile, or says more. */
static void check_late_news(struct span more, enum err end)
{
	const size_t whole = sizeof("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx") - 1;
	struct response_event event;
	struct talk talk;

	talk_init(&talk);
	talk.fake.input = span_of(more.at, whole);
	assert_true(connect_talk(&talk));
	assert_true(ask(&talk, &get));
	send_some(&talk);
	fake_wire_arrive(&talk.fake);
	assert_true(fake_wire_tell(&talk.fake));
	assert_int_equal(talk.x->ops->next(talk.x, &event), ERR_NONE);
	talk.fake.input = more;
	talk.fake.end = end;
	fake_wire_arrive(&talk.fake);
	assert_true(fake_wire_tell(&talk.fake));
	pull_some(&talk);
	assert_string_equal(talk.text, "x<end>");
	assert_false(talk.x->ops->is_reusable(talk.x));
	talk_done(&talk);
}

static void a_connection_known_to_be_closed_or_to_say_more_is_not_used_again(void **state)
{
	(void)state;
	check_late_news(SPAN("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"), ERR_EOF);
	check_late_news(SPAN("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"), ERR_RESET);
	check_late_news(SPAN("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxy"),
			ERR_AGAIN);
}

/* A whole buffer was read, so there may be more; there is not. */
static void an_answer_that_fills_the_buffer_exactly_leaves_the_connection(void **state)
{
	char head[64];
	char *bytes = malloc(LOOP_BUFFER_BYTES);
	size_t head_len = 0;
	struct talk talk;

	(void)state;
	assert_non_null(bytes);
	memset(bytes, 'x', LOOP_BUFFER_BYTES);
	for (int i = 0; i < 2; i++)
		head_len = (size_t)snprintf(head, sizeof(head),
					    "HTTP/1.1 200 OK\r\n"
					    "Content-Length: %zu\r\n\r\n",
					    LOOP_BUFFER_BYTES - (size_t)head_len);
	memcpy(bytes, head, head_len);
	talk_once(&talk, &get, span_of(bytes, LOOP_BUFFER_BYTES), 0);
	assert_true(talk.is_over);
	assert_int_equal(talk.err, ERR_NONE);
	assert_true(talk.x->ops->is_reusable(talk.x));
	talk_done(&talk);
	free(bytes);
}

/* ---- readiness ---- */

static void bytes_that_are_not_pulled_are_told_twice_and_then_no_more(void **state)
{
	struct talk talk;

	(void)state;
	talk_init(&talk);
	talk.fake.input = SPAN("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
	talk.fake.piece_bytes = 40;
	assert_true(connect_talk(&talk));
	assert_true(ask(&talk, &get));
	send_some(&talk);
	fake_wire_arrive(&talk.fake);
	assert_true(fake_wire_tell(&talk.fake));
	assert_int_equal(talk.fake.wanted, WIRE_READABLE);
	assert_true(fake_wire_tell(&talk.fake));
	assert_int_equal(talk.fake.wanted, 0);
	assert_false(fake_wire_tell(&talk.fake));
	pull_some(&talk);
	assert_int_equal(talk.fake.wanted, WIRE_READABLE);
	run(&talk);
	assert_string_equal(talk.text, "<200 OK>hello<end>");
	assert_true(talk.x->ops->is_reusable(talk.x));
	talk_done(&talk);
}

/* The taker takes its time, and TLS says something on its own account meanwhile. */
static void a_connection_that_was_told_too_often_listens_to_the_next_answer(void **state)
{
	struct connection *connection;
	struct talk talk;

	(void)state;
	talk_once(&talk, &get, TALK_OK, 0);
	connection = talk.x->connection;
	connection->ops->close(connection, talk.x);
	assert_int_equal(connection->ops->open(connection, &talk.x), ERR_NONE);
	for (int i = 0; i < 2; i++)
		talk.fake.wire.ready(talk.fake.wire.owner, WIRE_READABLE);
	assert_int_equal(talk.fake.wanted, 0);
	assert_true(ask(&talk, &get));
	send_some(&talk);
	assert_true(talk.x->is_quiet);
	assert_int_equal(talk.fake.wanted, WIRE_READABLE);
	talk_done(&talk);
}

static void a_connection_listens_again_when_its_answer_has_ended(void **state)
{
	struct talk talk;

	(void)state;
	talk_init(&talk);
	talk.fake.input = TALK_OK;
	assert_true(connect_talk(&talk));
	assert_true(ask(&talk, &get));
	send_some(&talk);
	fake_wire_arrive(&talk.fake);
	assert_true(fake_wire_tell(&talk.fake));
	assert_true(fake_wire_tell(&talk.fake));
	pull_some(&talk);
	assert_string_equal(talk.text, "<200 OK><end>");
	assert_true(talk.x->ops->is_reusable(talk.x));
	assert_int_equal(talk.fake.wanted, WIRE_READABLE);
	talk_done(&talk);
}

/* The body could be written before the wire told so. */
static void nothing_old_is_told_to_the_next_owner(void **state)
{
	static const struct question put = {"PUT", 5, {"hello"}, false};
	struct talk talk;

	(void)state;
	talk_init(&talk);
	assert_true(connect_talk(&talk));
	assert_true(ask(&talk, &put));
	talk.fake.is_blocked = true;
	send_some(&talk);
	talk.fake.is_blocked = false;
	send_some(&talk);
	assert_true(talk.is_sent);
	talk.fake.input = TALK_OK;
	fake_wire_arrive(&talk.fake);
	talk.fake.wire.ready(talk.fake.wire.owner, WIRE_READABLE);
	pull_some(&talk);
	assert_true(talk.x->ops->is_reusable(talk.x));
	assert_int_equal(talk.fake.wanted, WIRE_READABLE);
	assert_false(fake_wire_tell(&talk.fake));
	assert_false(still_loop_turn(&talk.loop));
	talk_done(&talk);
}

static void a_connection_takes_a_megabyte_and_lets_others_have_their_turn(void **state)
{
	const size_t body = 3u * 1024 * 1024;
	static const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 3145728\r\n\r\n";
	struct response_event event;
	size_t taken = 0, turns = 0;
	char *bytes = malloc(sizeof(head) + body);
	struct talk talk;
	enum err err;

	(void)state;
	assert_non_null(bytes);
	memset(bytes, 'x', sizeof(head) + body);
	memcpy(bytes, head, sizeof(head) - 1);
	talk_init(&talk);
	talk.fake.input = span_of(bytes, sizeof(head) - 1 + body);
	assert_true(connect_talk(&talk));
	assert_true(ask(&talk, &get));
	send_some(&talk);
	fake_wire_arrive(&talk.fake);
	assert_true(fake_wire_tell(&talk.fake));
	for (;;) {
		err = talk.x->ops->next(talk.x, &event);
		if (err == ERR_AGAIN) {
			assert_true(taken <= CONN_H1_TURN_BYTES + LOOP_BUFFER_BYTES);
			assert_true(still_loop_turn(&talk.loop));
			assert_true(talk.is_ready);
			talk.is_ready = false;
			taken = 0;
			turns++;
			continue;
		}
		assert_int_equal(err, ERR_NONE);
		if (event.kind == RESPONSE_END)
			break;
		if (event.kind == RESPONSE_DATA)
			taken += spans_bytes(event.data);
	}
	assert_int_equal(turns, 3);
	assert_false(still_loop_turn(&talk.loop));
	talk_done(&talk);
	free(bytes);
}

static void freeing_within_a_turn_takes_the_task_back(void **state)
{
	const size_t body = 2u * 1024 * 1024;
	char *bytes = malloc(body);
	struct talk talk;

	(void)state;
	assert_non_null(bytes);
	memset(bytes, 'x', body);
	memcpy(bytes, "HTTP/1.1 200 OK\r\n\r\n", 19);
	talk_init(&talk);
	talk.fake.input = span_of(bytes, body);
	assert_true(connect_talk(&talk));
	assert_true(ask(&talk, &get));
	send_some(&talk);
	fake_wire_arrive(&talk.fake);
	assert_true(fake_wire_tell(&talk.fake));
	for (;;) {
		struct response_event event;

		if (talk.x->ops->next(talk.x, &event) == ERR_AGAIN)
			break;
	}
	talk.x->connection->ops->free(talk.x->connection);
	talk.x = NULL;
	assert_false(still_loop_turn(&talk.loop));
	talk_done(&talk);
	free(bytes);
}

/* ---- large heads ---- */

/* An answer whose head has about so many bytes, and a body of 3. */
static char *make_large(size_t bytes)
{
	char *at = malloc(bytes + 200), *end = at;

	assert_non_null(at);
	end += sprintf(end, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n");
	for (unsigned n = 0; (size_t)(end - at) < bytes; n++) {
		size_t left = bytes - (size_t)(end - at);
		int fill = left > 2000 ? 2000 : (int)left;

		end += sprintf(end, "X-%u: %0*d\r\n", n, fill, 0);
	}
	sprintf(end, "\r\nabc");
	return at;
}

static void check_large(size_t bytes, size_t piece_bytes, bool is_told)
{
	char *answer = make_large(bytes);
	struct talk talk;

	talk_once(&talk, &get, span_str(answer), piece_bytes);
	if (is_told) {
		assert_string_equal(talk.text, "<200 OK>abc<end>");
		assert_true(talk.x->ops->is_reusable(talk.x));
	} else {
		assert_int_equal(talk.err, ERR_LIMIT);
	}
	talk_done(&talk);
	free(answer);
}

static void a_head_of_any_size_may_come_in_odd_pieces(void **state)
{
	static const size_t heads[] = {300, 16384, 65000, 131072, 131073, 250000};
	static const size_t pieces[] = {1,	7,	997,	16383,	16384, 16385,
					131071, 131072, 131073, 200000, 0};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(heads); i++)
		for (size_t j = 0; j < TEST_COUNT(pieces); j++)
			check_large(heads[i], pieces[j], true);
}

static void a_head_over_the_limit_is_refused_in_any_pieces(void **state)
{
	static const size_t pieces[] = {1, 997, 16384, 131072, 0};

	(void)state;
	for (size_t j = 0; j < TEST_COUNT(pieces); j++)
		check_large(H1_HEAD_MAX_BYTES + 10, pieces[j], false);
}

/* ---- memory ---- */

static void a_buffer_is_held_only_while_something_lies_in_it(void **state)
{
	struct response_event event;
	struct talk talk;

	(void)state;
	talk_init(&talk);
	talk.fake.input = SPAN("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
	talk.fake.piece_bytes = 39;
	assert_true(connect_talk(&talk));
	assert_true(ask(&talk, &get));
	send_some(&talk);
	fake_wire_arrive(&talk.fake);
	assert_true(fake_wire_tell(&talk.fake));
	assert_int_equal(talk.x->ops->next(talk.x, &event), ERR_NONE);
	assert_int_equal(talk.loop.spare_buffer_count, 0);
	assert_int_equal(talk.x->ops->next(talk.x, &event), ERR_NONE);
	assert_int_equal(talk.loop.spare_buffer_count, 0);
	assert_int_equal(talk.x->ops->next(talk.x, &event), ERR_AGAIN);
	assert_int_equal(talk.loop.spare_buffer_count, 1);
	fake_wire_arrive(&talk.fake);
	assert_true(fake_wire_tell(&talk.fake));
	pull_some(&talk);
	assert_true(talk.is_over);
	assert_int_equal(talk.loop.spare_buffer_count, 1);
	talk_done(&talk);
}

static long blocks_behind(size_t piece_bytes)
{
	struct talk talk;
	long blocks;

	talk_once(&talk, &get, TALK_OK, piece_bytes);
	assert_true(talk.x->ops->is_reusable(talk.x));
	blocks = mem_live_blocks();
	talk_done(&talk);
	return blocks;
}

static void a_connection_that_waits_keeps_nothing_of_a_head_in_pieces(void **state)
{
	(void)state;
	assert_int_equal(blocks_behind(7), blocks_behind(0));
}

/* Whole talks with the n-th allocation failing, until none fails any more. */
static void check_short_of_memory(const struct question *question, struct span answer,
				  size_t piece_bytes)
{
	for (unsigned long n = 1;; n++) {
		long before = mem_live_blocks();
		bool has_failed, is_asked = false;
		struct talk talk;

		talk_init(&talk);
		talk.fake.input = answer;
		talk.fake.piece_bytes = piece_bytes;
		talk.fake.write_bytes = 3;
		mem_fail_at(n);
		if (connect_talk(&talk))
			is_asked = ask(&talk, question);
		if (is_asked)
			run(&talk);
		has_failed = mem_has_failed();
		mem_fail_at(0);
		if (is_asked && has_failed) {
			assert_true(talk.err == ERR_NO_MEMORY ||
				    talk.write_err == ERR_NO_MEMORY);
			assert_int_equal(talk.x->fault.err, ERR_NO_MEMORY);
			assert_false(talk.x->ops->is_reusable(talk.x));
		}
		talk_done(&talk);
		assert_int_equal(mem_live_blocks(), before);
		if (!has_failed)
			return;
		assert_true(n < 1000);
	}
}

static void any_allocation_may_fail(void **state)
{
	static const char chunked[] =
		"HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\n"
		"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nC: d\r\n\r\n";
	char *large = make_large(100000);

	(void)state;
	for (size_t bytes = 0; bytes < 6; bytes++) {
		check_short_of_memory(&get, span_str(chunked), bytes);
		check_short_of_memory(&post, span_str(chunked), bytes);
	}
	check_short_of_memory(&get, span_str(large), 0);
	check_short_of_memory(&get, span_str(large), 9999);
	free(large);
}

static void a_wire_is_freed_even_when_there_is_no_connection(void **state)
{
	struct connection *connection;
	struct fake_wire fake;
	struct loop loop;

	(void)state;
	still_loop_init(&loop);
	fake_wire_init(&fake);
	mem_fail_at(1);
	assert_int_equal(conn_h1_new(&loop, &fake.wire, &connection), ERR_NO_MEMORY);
	mem_fail_at(0);
	assert_true(fake.is_freed);
	fake_wire_done(&fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_connection_serves_again_and_again),
		cmocka_unit_test(
			a_connection_of_which_nothing_is_asked_is_as_good_as_it_was),
		cmocka_unit_test(bytes_behind_the_answer_spoil_the_connection),
		cmocka_unit_test(the_owner_s_wish_is_kept),
		cmocka_unit_test(
			an_answer_before_the_body_was_sent_spoils_the_connection),
		cmocka_unit_test(
			a_connection_known_to_be_closed_or_to_say_more_is_not_used_again),
		cmocka_unit_test(
			an_answer_that_fills_the_buffer_exactly_leaves_the_connection),
		cmocka_unit_test(
			bytes_that_are_not_pulled_are_told_twice_and_then_no_more),
		cmocka_unit_test(
			a_connection_that_was_told_too_often_listens_to_the_next_answer),
		cmocka_unit_test(a_connection_listens_again_when_its_answer_has_ended),
		cmocka_unit_test(nothing_old_is_told_to_the_next_owner),
		cmocka_unit_test(
			a_connection_takes_a_megabyte_and_lets_others_have_their_turn),
		cmocka_unit_test(freeing_within_a_turn_takes_the_task_back),
		cmocka_unit_test(a_head_of_any_size_may_come_in_odd_pieces),
		cmocka_unit_test(a_head_over_the_limit_is_refused_in_any_pieces),
		cmocka_unit_test(a_buffer_is_held_only_while_something_lies_in_it),
		cmocka_unit_test(
			a_connection_that_waits_keeps_nothing_of_a_head_in_pieces),
		cmocka_unit_test(any_allocation_may_fail),
		cmocka_unit_test(a_wire_is_freed_even_when_there_is_no_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
