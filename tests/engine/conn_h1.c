/* SPDX-License-Identifier: MIT */
/* Answers and requests over one connection, whole and in pieces. */
#include "engine/talk.h"

/* ---- responses ---- */

struct answer_case {
	const char *name;
	const char *method;
	const char *bytes; /* what the peer sends */
	enum err end;	   /* and then */
	const char *told;  /* events before the end or the failure */
	enum err err;	   /* the failure, or 0 */
	bool is_reusable;  /* afterwards */
};

static const struct answer_case answers[] = {
	{"a length", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
	 ERR_AGAIN, "<200 OK>hello<end>", 0, true},
	{"length 0", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ERR_AGAIN,
	 "<200 OK><end>", 0, true},
	{"chunks", "GET",
	 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	 "3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n",
	 ERR_AGAIN, "<200 OK>hello<end>", 0, true},
	{"chunks and trailers", "GET",
	 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	 "5\r\nhello\r\n0\r\nA: b\r\nC: d\r\n\r\n",
	 ERR_AGAIN, "<200 OK>hello<end>", 0, true},
	{"until close", "GET", "HTTP/1.1 200 OK\r\n\r\nhello", ERR_EOF,
	 "<200 OK>hello<end>", 0, false},
	{"no body at all", "GET", "HTTP/1.1 204 No Content\r\n\r\n", ERR_AGAIN,
	 "<204 No Content><end>", 0, true},
	{"HEAD", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", ERR_AGAIN,
	 "<200 OK><end>", 0, true},
	{"interim responses", "GET",
	 "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
	 "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
	 ERR_AGAIN, "<100 Continue><103 Early Hints><200 OK>x<end>", 0, true},
	{"Connection: close", "GET",
	 "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi", ERR_AGAIN,
	 "<200 OK>hi<end>", 0, false},
	{"HTTP/1.0", "GET", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", ERR_AGAIN,
	 "<200 OK>hi<end>", 0, false},
	{"HTTP/1.0 with keep-alive", "GET",
	 "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi",
	 ERR_AGAIN, "<200 OK>hi<end>", 0, true},
	{"silence", "GET", "", ERR_AGAIN, "", 0, false},
	{"silence within the body", "GET",
	 "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", ERR_AGAIN, "<200 OK>hel", 0,
	 false},
	{"closed before the answer", "GET", "", ERR_EOF, "", ERR_CLOSED, false},
	{"closed within the head", "GET", "HTTP/1.1 200 OK\r\nCont", ERR_EOF, "",
	 ERR_CLOSED, false},
	{"closed within the body", "GET",
	 "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", ERR_EOF, "<200 OK>hel",
	 ERR_CLOSED, false},
	{"closed within a chunk", "GET",
	 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", ERR_EOF,
	 "<200 OK>hel", ERR_CLOSED, false},
	{"closed within the trailers", "GET",
	 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n", ERR_EOF,
	 "<200 OK>", ERR_CLOSED, false},
	{"reset before the answer", "GET", "", ERR_RESET, "", ERR_RESET, false},
	{"reset within the head", "GET", "HTTP/1.1 200", ERR_RESET, "", ERR_RESET, false},
	{"reset within a body until close", "GET", "HTTP/1.1 200 OK\r\n\r\nhel",
	 ERR_RESET, "<200 OK>hel", ERR_RESET, false},
	{"no HTTP", "GET", "SSH-2.0-x\r\n", ERR_AGAIN, "", ERR_PROTOCOL, false},
	{"bad framing", "GET",
	 "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
	 ERR_AGAIN, "", ERR_PROTOCOL, false},
	{"a bad chunk", "GET",
	 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\nz\r\n",
	 ERR_AGAIN, "<200 OK>x", ERR_PROTOCOL, false},
};

static void check_answer(const struct answer_case *c, size_t piece_bytes)
{
	const struct question question = {.method = c->method, .length = MESSAGE_NO_BODY};
	struct talk talk;

	talk_init(&talk);
	talk.fake.input = span_str(c->bytes);
	talk.fake.piece_bytes = piece_bytes;
	talk.fake.end = c->end;
	assert_true(connect_talk(&talk));
	assert_true(ask(&talk, &question));
	run(&talk);
	if (strcmp(talk.text, c->told) || talk.err != c->err)
		print_error("%s, pieces of %zu\n", c->name, piece_bytes);
	assert_string_equal(talk.text, c->told);
	assert_int_equal(talk.err, c->err);
	assert_int_equal(talk.x->fault.err, c->err);
	assert_int_equal(talk.x->ops->is_reusable(talk.x), c->is_reusable);
	assert_int_equal(talk.x->has_bytes, c->bytes[0] != '\0');
	assert_span(talk.x->connection->wire->peer, SPAN("127.0.0.1:80"));
	talk_done(&talk);
	assert_true(talk.fake.is_freed);
}

static void every_answer_is_told_the_same_in_pieces_of_any_size(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(answers); i++)
		for (size_t bytes = 0; bytes <= 64; bytes++)
			check_answer(&answers[i], bytes);
}

/* The first len bytes of the answer come, then the end. */
static void check_cut(const struct answer_case *c, size_t len, enum err end)
{
	const struct question question = {.method = c->method, .length = MESSAGE_NO_BODY};
	bool is_until_close = !strcmp(c->name, "until close") && end == ERR_EOF;
	struct talk talk;

	talk_init(&talk);
	talk.fake.input = span_of(c->bytes, len);
	talk.fake.end = end;
	assert_true(connect_talk(&talk));
	assert_true(ask(&talk, &question));
	run(&talk);
	assert_true(talk.is_over);
	if (!(is_until_close && strstr(talk.text, "<200 OK>"))) {
		assert_null(strstr(talk.text, "<end>"));
		assert_int_equal(talk.err, end == ERR_EOF ? ERR_CLOSED : end);
	}
	assert_false(talk.x->ops->is_reusable(talk.x));
	talk_done(&talk);
}

static void an_answer_cut_off_anywhere_is_never_complete(void **state)
{
	(void)state;
	for (size_t i = 0; i < 10; i++)
		for (size_t len = 0; len < strlen(answers[i].bytes); len++) {
			check_cut(&answers[i], len, ERR_EOF);
			check_cut(&answers[i], len, ERR_RESET);
		}
}

/* ---- requests ---- */

#define HEAD(method, more) method " /p HTTP/1.1\r\nHost: h\r\n" more "\r\n"

struct question_case {
	const char *name;
	struct question question;
	const char *sent;
};

static const struct question_case questions[] = {
	{"no body", {"GET", MESSAGE_NO_BODY, {0}, false}, HEAD("GET", "")},
	{"an empty body", {"POST", 0, {0}, false}, HEAD("POST", "Content-Length: 0\r\n")},
	{"one piece",
	 {"PUT", 5, {"hello"}, false},
	 HEAD("PUT", "Content-Length: 5\r\n") "hello"},
	{"three pieces",
	 {"PUT", 11, {"hello", " ", "world"}, false},
	 HEAD("PUT", "Content-Length: 11\r\n") "hello world"},
	{"chunked, empty",
	 {"POST", MESSAGE_LENGTH_UNKNOWN, {0}, false},
	 HEAD("POST", "Transfer-Encoding: chunked\r\n") "0\r\n\r\n"},
	{"chunked, one piece",
	 {"POST", MESSAGE_LENGTH_UNKNOWN, {"hello"}, false},
	 HEAD("POST", "Transfer-Encoding: chunked\r\n") "5\r\nhello\r\n0\r\n\r\n"},
	{"chunked, one piece not known to be the last",
	 {"POST", MESSAGE_LENGTH_UNKNOWN, {"hello"}, true},
	 HEAD("POST", "Transfer-Encoding: chunked\r\n") "5\r\nhello\r\n0\r\n\r\n"},
	{"chunked, pieces of all kinds",
	 {"POST",
	  MESSAGE_LENGTH_UNKNOWN,
	  {"a", "0123456789abcdef", "two\r\nlines", "last"},
	  true},
	 HEAD("POST", "Transfer-Encoding: chunked\r\n") "1\r\na\r\n10\r\n0123456789abcdef"
							"\r\na\r\ntwo\r\nlines\r\n"
							"4\r\nlast\r\n0\r\n\r\n"},
};

static void check_question(const struct question_case *c, size_t write_bytes,
			   uint16_t part_bytes, bool blocks)
{
	struct talk talk;

	talk_init(&talk);
	talk.fake.write_bytes = write_bytes;
	talk.fake.wire.write_bytes = talk.fake.part_bytes = part_bytes;
	talk.fake.blocks = blocks;
	talk.is_deaf = true;
	assert_true(connect_talk(&talk));
	assert_true(ask(&talk, &c->question));
	run(&talk);
	if (!talk.is_sent)
		print_error("%s, writes of %zu, parts of %u\n", c->name, write_bytes,
			    part_bytes);
	assert_true(talk.is_sent);
	assert_span(fake_wire_output(&talk.fake), span_str(c->sent));
	/* The last byte waits for nothing. */
	assert_false(talk.fake.last_put.may_wait);
	assert_false(talk.x->ops->is_reusable(talk.x));
	talk.is_deaf = false;
	talk.fake.input = TALK_OK;
	run(&talk);
	assert_true(talk.x->ops->is_reusable(talk.x));
	talk_done(&talk);
}

static void every_request_is_sent_exactly_whatever_a_write_takes(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(questions); i++)
		for (size_t bytes = 0; bytes <= strlen(questions[i].sent); bytes++) {
			for (uint16_t part = 0; part < 4; part++) {
				check_question(&questions[i], bytes, part, false);
				check_question(&questions[i], bytes, part, true);
			}
		}
}

static void a_small_request_is_one_write(void **state)
{
	static const struct question put = {"PUT", 5, {"hello"}, false};
	static const struct question post = {
		"POST", MESSAGE_LENGTH_UNKNOWN, {"hello"}, false};
	struct talk talk;

	(void)state;
	talk_once(&talk, &put, TALK_OK, 0);
	assert_int_equal(talk.fake.writes, 1);
	assert_true(ask(&talk, &post));
	send_some(&talk);
	assert_int_equal(talk.fake.writes, 2);
	talk_done(&talk);
}

/* What a write does not offer follows in the next one, and behind all of it the line. */
static void a_large_piece_is_one_chunk_in_several_writes(void **state)
{
	static char large[100001], wanted[sizeof(large) + 256];
	const struct question post = {"POST", MESSAGE_LENGTH_UNKNOWN, {large}, false};
	struct talk talk;

	(void)state;
	for (size_t i = 0; i < sizeof(large) - 1; i++)
		large[i] = (char)('a' + i % 23);
	snprintf(wanted, sizeof(wanted), "%s186a0\r\n%s\r\n0\r\n\r\n",
		 HEAD("POST", "Transfer-Encoding: chunked\r\n"), large);
	talk_init(&talk);
	talk.fake.wire.write_bytes = talk.fake.part_bytes = 48 * 1024;
	talk.fake.input = TALK_OK;
	assert_true(connect_talk(&talk));
	assert_true(ask(&talk, &post));
	run(&talk);
	assert_span(fake_wire_output(&talk.fake), span_str(wanted));
	assert_int_equal(talk.fake.writes, 3);
	talk_done(&talk);
}

#define TEN	"0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define SIZED	HEAD("PUT", "Content-Length: 250\r\n")
#define CHUNKED HEAD("PUT", "Transfer-Encoding: chunked\r\n")

struct part_case {
	const char *name;
	struct question question;
	struct fake_put puts[FAKE_WIRE_PUTS]; /* with parts of 30 bytes; 0: no more */
};

static const struct part_case parts[] = {
	{"long pieces",
	 {"PUT", 250, {HUNDRED, HUNDRED, TEN TEN TEN TEN TEN}, false},
	 {{sizeof(SIZED) - 1 + 30, false},
	  {30, false},
	  {30, false},
	  {10, true},
	  {20, false},
	  {30, false},
	  {30, false},
	  {20, true},
	  {10, false},
	  {30, false},
	  {10, false}}},
	{"long pieces in chunks",
	 {"PUT", MESSAGE_LENGTH_UNKNOWN, {HUNDRED, HUNDRED}, true},
	 {{sizeof(CHUNKED) - 1 + 4 + 30, false},
	  {30, false},
	  {30, false},
	  {10 + 2, true},
	  {4 + 18, false},
	  {30, false},
	  {30, false},
	  {22 + 2, true},
	  {5, false}}},
	{"pieces that are not longer than a part",
	 {"PUT", 250, {TEN TEN TEN, TEN TEN, TEN}, false},
	 {{sizeof(SIZED) - 1 + 30, false}, {20, false}, {10, false}}},
	{"a short piece behind a long one",
	 {"PUT", 250, {HUNDRED, TEN, TEN}, false},
	 {{sizeof(SIZED) - 1 + 30, false},
	  {30, false},
	  {30, false},
	  {10, true},
	  {10, false},
	  {10, false}}},
	{"a piece that goes beyond the part which the one before has begun",
	 {"PUT", 250, {HUNDRED, TEN TEN "01234", TEN}, false},
	 {{sizeof(SIZED) - 1 + 30, false},
	  {30, false},
	  {30, false},
	  {10, true},
	  {20, false},
	  {5, true},
	  {10, false}}},
	{"whole parts",
	 {"PUT", 250, {TEN TEN TEN TEN TEN TEN, TEN}, false},
	 {{sizeof(SIZED) - 1 + 30, false}, {30, false}, {10, false}}},
};

/* What is left of a piece behind the end of a part may wait for the next piece, and
 * nothing else. */
static void a_long_body_goes_in_parts_across_its_pieces(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(parts); i++) {
		struct talk talk;

		talk_init(&talk);
		talk.fake.wire.write_bytes = talk.fake.part_bytes = 30;
		assert_true(connect_talk(&talk));
		assert_true(ask(&talk, &parts[i].question));
		send_some(&talk);
		for (unsigned k = 0; k < FAKE_WIRE_PUTS; k++) {
			if (talk.fake.puts[k].bytes != parts[i].puts[k].bytes)
				print_error("%s, write %u\n", parts[i].name, k);
			assert_int_equal(talk.fake.puts[k].bytes, parts[i].puts[k].bytes);
			assert_int_equal(talk.fake.puts[k].may_wait,
					 parts[i].puts[k].may_wait);
		}
		talk_done(&talk);
	}
}

static void write_interest_is_asked_for_when_blocked_and_goes_again(void **state)
{
	static const struct question put = {"PUT", 5, {"hello"}, false};
	struct talk talk;

	(void)state;
	talk_init(&talk);
	assert_true(connect_talk(&talk));
	assert_int_equal(talk.fake.wanted, WIRE_READABLE);
	assert_true(ask(&talk, &put));
	talk.fake.is_blocked = true;
	send_some(&talk);
	assert_int_equal(talk.fake.wanted, WIRE_READABLE | WIRE_WRITABLE);
	assert_true(fake_wire_tell(&talk.fake));
	assert_int_equal(talk.fake.wanted, WIRE_READABLE);
	assert_true(talk.is_ready);
	send_some(&talk);
	assert_true(talk.is_sent);
	talk_done(&talk);
}

static void the_head_can_go_alone_before_the_body(void **state)
{
	static const struct question post = {
		"POST", MESSAGE_LENGTH_UNKNOWN, {"hello"}, false};
	struct span nothing = {NULL, 0};
	struct talk talk;

	(void)state;
	talk_init(&talk);
	assert_true(connect_talk(&talk));
	assert_true(ask(&talk, &post));
	assert_int_equal(talk.x->ops->write(talk.x, &nothing, false), ERR_NONE);
	assert_span(fake_wire_output(&talk.fake),
		    SPAN("POST /p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
			 "chunked\r\n\r\n"));
	send_some(&talk);
	assert_true(talk.is_sent);
	talk_done(&talk);
}

static void a_failed_write_is_told_and_an_answer_may_still_come(void **state)
{
	static const struct question put = {"PUT", 5, {"hello"}, false};

	(void)state;
	for (size_t at = 0; at < strlen(HEAD("PUT", "Content-Length: 5\r\n") "hello");
	     at++) {
		struct talk talk;

		talk_init(&talk);
		talk.fake.break_at = at;
		talk.fake.break_with = ERR_RESET;
		talk.fake.input = SPAN("HTTP/1.1 413 No\r\nContent-Length: 1\r\n\r\nx");
		assert_true(connect_talk(&talk));
		assert_true(ask(&talk, &put));
		run(&talk);
		assert_int_equal(talk.write_err, ERR_RESET);
		assert_string_equal(talk.text, "<413 No>x<end>");
		assert_false(talk.x->ops->is_reusable(talk.x));
		talk_done(&talk);
	}
}

static void a_failed_write_is_the_cause_when_no_answer_comes(void **state)
{
	struct talk talk;

	(void)state;
	talk_init(&talk);
	talk.fake.break_with = ERR_RESET;
	talk.fake.end = ERR_EOF;
	assert_true(connect_talk(&talk));
	assert_true(ask(&talk, &get));
	run(&talk);
	assert_int_equal(talk.write_err, ERR_RESET);
	assert_int_equal(talk.err, ERR_CLOSED);
	assert_int_equal(talk.x->fault.err, ERR_RESET);
	assert_string_equal(talk.x->fault.what, "send");
	talk_done(&talk);
}

static void what_the_peer_says_is_the_cause_even_behind_a_failed_write(void **state)
{
	static const enum err alerts[] = {ERR_TLS, ERR_CLIENT_CERT};

	(void)state;
	for (size_t i = 0; i < sizeof(alerts) / sizeof(*alerts); i++) {
		struct talk talk;

		talk_init(&talk);
		talk.fake.break_with = ERR_RESET;
		talk.fake.end = alerts[i];
		assert_true(connect_talk(&talk));
		assert_true(ask(&talk, &get));
		run(&talk);
		assert_int_equal(talk.write_err, ERR_RESET);
		assert_int_equal(talk.err, alerts[i]);
		assert_int_equal(talk.x->fault.err, alerts[i]);
		talk_done(&talk);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_answer_is_told_the_same_in_pieces_of_any_size),
		cmocka_unit_test(an_answer_cut_off_anywhere_is_never_complete),
		cmocka_unit_test(every_request_is_sent_exactly_whatever_a_write_takes),
		cmocka_unit_test(a_small_request_is_one_write),
		cmocka_unit_test(a_large_piece_is_one_chunk_in_several_writes),
		cmocka_unit_test(a_long_body_goes_in_parts_across_its_pieces),
		cmocka_unit_test(write_interest_is_asked_for_when_blocked_and_goes_again),
		cmocka_unit_test(the_head_can_go_alone_before_the_body),
		cmocka_unit_test(a_failed_write_is_told_and_an_answer_may_still_come),
		cmocka_unit_test(a_failed_write_is_the_cause_when_no_answer_comes),
		cmocka_unit_test(
			what_the_peer_says_is_the_cause_even_behind_a_failed_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
