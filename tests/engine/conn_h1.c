/* SPDX-License-Identifier: MIT */
/*
 * An exchange on a fake wire, driven as a request drives it: write until it is blocked,
 * pull until there is nothing, let the wire tell. What is told is a text,
 * "<103><200 OK>hello<end>", so that tables can hold it.
 */
#include "lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/conn_h1.h"
#include "engine/still_loop.h"
#include "http/h1_head.h"
#include "http/url.h"
#include "lib/pattern.h"
#include "lib/wire.h"

#define TALK_BYTES (600u * 1024)
#define MAX_PIECES 8

/* One request, as a test wants it sent. */
struct question {
	const char *method;		/* "GET" */
	uint64_t length;		/* body_length of the head */
	const char *pieces[MAX_PIECES]; /* of the body */
	bool ends_alone;		/* the last piece is not known to be the last */
};

static const struct question get = {.method = "GET", .length = MESSAGE_NO_BODY};

struct talk {
	struct loop loop;      /* still */
	struct fake_wire fake; /* the peer */
	struct exchange *x;    /* what is tested, or NULL */
	struct arena arena;    /* of the request */
	struct url url;	       /* where it goes */

	const struct question *question; /* what is sent */
	unsigned piece;			 /* the next of its pieces */
	struct span pending;		 /* of the piece that is being sent */
	bool is_sent;			 /* written whole */
	bool is_mute;			 /* the test does not write */
	bool is_deaf;			 /* the test does not pull */
	bool is_over;			 /* end or failure */
	bool is_ready;			 /* told since the last step */
	enum err err;			 /* the failure of next */
	enum err write_err;		 /* the failure of write */
	char *text;			 /* what was told */
	size_t len;			 /* of it */
};

static void put_text(struct talk *talk, const char *at, size_t len)
{
	assert_true(talk->len + len < TALK_BYTES);
	memcpy(talk->text + talk->len, at, len);
	talk->len += len;
	talk->text[talk->len] = '\0';
}

static void on_ready(void *owner)
{
	struct talk *talk = owner;

	talk->is_ready = true;
}

static void talk_init(struct talk *talk)
{
	*talk = (struct talk){0};
	still_loop_init(&talk->loop);
	fake_wire_init(&talk->fake);
	arena_init(&talk->arena);
	talk->text = malloc(TALK_BYTES);
	assert_non_null(talk->text);
	talk->text[0] = '\0';
}

/* Connects; false when memory is out. */
static bool connect_talk(struct talk *talk)
{
	if (url_parse(&talk->arena, SPAN("http://h/p"), NULL, &talk->url) ||
	    conn_h1_new(&talk->loop, &talk->fake.wire, &talk->x))
		return false;
	talk->x->ready = on_ready;
	talk->x->owner = talk;
	return true;
}

/* Begins a request on the connection; false when memory is out. */
static bool ask(struct talk *talk, const struct question *question)
{
	struct request_head head = {.method = span_str(question->method),
				    .url = &talk->url,
				    .body_length = question->length};

	headers_init(&head.headers, &talk->arena);
	talk->question = question;
	talk->piece = 0;
	talk->pending = span_of(NULL, 0);
	talk->is_sent = talk->is_over = false;
	talk->err = talk->write_err = ERR_NONE;
	talk->len = 0;
	return talk->x->ops->start(talk->x, &talk->arena, &head) == ERR_NONE;
}

static void talk_done(struct talk *talk)
{
	if (talk->x)
		talk->x->ops->free(talk->x);
	arena_done(&talk->arena);
	still_loop_done(&talk->loop);
	fake_wire_done(&talk->fake);
	free(talk->text);
}

/* Takes the next piece; whether it is known to be the last. */
static bool take_piece(struct talk *talk)
{
	const struct question *question = talk->question;
	const char *piece = question->pieces[talk->piece];

	if (!talk->pending.len && piece) {
		talk->pending = span_str(piece);
		talk->piece++;
	}
	if (question->pieces[talk->piece])
		return false;
	return !question->ends_alone || !talk->pending.len;
}

static void send_some(struct talk *talk)
{
	while (!talk->is_sent && !talk->is_mute && !talk->write_err) {
		bool is_last = take_piece(talk);
		enum err err = talk->x->ops->write(talk->x, &talk->pending, is_last);

		if (err == ERR_AGAIN)
			return;
		talk->write_err = err;
		if (!err)
			assert_int_equal(talk->pending.len, 0);
		talk->is_sent = !err && is_last;
	}
}

static void tell_head(struct talk *talk, const struct response_head *head)
{
	char line[64];

	snprintf(line, sizeof(line), "<%u%s%.*s>", head->status,
		 head->reason.len ? " " : "", (int)head->reason.len, head->reason.at);
	put_text(talk, line, strlen(line));
}

static void tell(struct talk *talk, const struct exchange_event *event)
{
	switch (event->kind) {
	case EXCHANGE_INTERIM:
	case EXCHANGE_HEAD:
		tell_head(talk, event->head);
		break;
	case EXCHANGE_DATA:
		assert_true(event->data.len > 0);
		put_text(talk, event->data.at, event->data.len);
		break;
	case EXCHANGE_END:
		put_text(talk, "<end>", 5);
		talk->is_over = true;
		break;
	}
}

static void pull_some(struct talk *talk)
{
	struct exchange_event event;

	while (!talk->is_over && !talk->is_deaf) {
		enum err err = talk->x->ops->next(talk->x, &event);

		if (err == ERR_AGAIN)
			return;
		if (err) {
			assert_true(err < 0);
			assert_int_equal(talk->x->fault.err < 0, true);
			talk->err = err;
			talk->is_over = true;
			return;
		}
		tell(talk, &event);
	}
}

/* Goes on until the response has ended or nothing moves any more. */
static void run(struct talk *talk)
{
	bool has_more = true, is_told = true;

	send_some(talk);
	while (!talk->is_over && (has_more || is_told)) {
		has_more = !talk->fake.has_arrived;
		fake_wire_arrive(&talk->fake);
		is_told = fake_wire_tell(&talk->fake) || still_loop_turn(&talk->loop);
		send_some(talk);
		pull_some(talk);
	}
}

/* Connects, asks, gets an answer of pieces of so many bytes. */
static void talk_once(struct talk *talk, const struct question *question,
		      struct span answer, size_t piece_bytes)
{
	talk_init(talk);
	talk->fake.input = answer;
	talk->fake.piece_bytes = piece_bytes;
	assert_true(connect_talk(talk));
	assert_true(ask(talk, question));
	run(talk);
}

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
	assert_span(talk.x->peer, SPAN("127.0.0.1:80"));
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

static const char ok[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

static void check_question(const struct question_case *c, size_t write_bytes, bool blocks)
{
	struct talk talk;

	talk_init(&talk);
	talk.fake.write_bytes = write_bytes;
	talk.fake.blocks = blocks;
	talk.is_deaf = true;
	assert_true(connect_talk(&talk));
	assert_true(ask(&talk, &c->question));
	run(&talk);
	if (!talk.is_sent)
		print_error("%s, writes of %zu\n", c->name, write_bytes);
	assert_true(talk.is_sent);
	assert_span(fake_wire_output(&talk.fake), span_str(c->sent));
	assert_false(talk.x->ops->is_reusable(talk.x));
	talk.is_deaf = false;
	talk.fake.input = SPAN("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	run(&talk);
	assert_true(talk.x->ops->is_reusable(talk.x));
	talk_done(&talk);
}

static void every_request_is_sent_exactly_whatever_a_write_takes(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(questions); i++)
		for (size_t bytes = 0; bytes <= strlen(questions[i].sent); bytes++) {
			check_question(&questions[i], bytes, false);
			check_question(&questions[i], bytes, true);
		}
}

static void a_small_request_is_one_write(void **state)
{
	static const struct question put = {"PUT", 5, {"hello"}, false};
	static const struct question post = {
		"POST", MESSAGE_LENGTH_UNKNOWN, {"hello"}, false};
	struct talk talk;

	(void)state;
	talk_once(&talk, &put, span_str(ok), 0);
	assert_int_equal(talk.fake.writes, 1);
	assert_true(ask(&talk, &post));
	send_some(&talk);
	assert_int_equal(talk.fake.writes, 2);
	talk_done(&talk);
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

/* ---- reuse ---- */

static void a_connection_serves_again_and_again(void **state)
{
	struct talk talk;

	(void)state;
	talk_once(&talk, &get, span_str(ok), 0);
	assert_false(talk.x->is_reused);
	for (int i = 0; i < 3; i++) {
		assert_true(talk.x->ops->is_reusable(talk.x));
		assert_true(ask(&talk, &questions[7].question));
		assert_true(talk.x->is_reused);
		assert_false(talk.x->has_bytes);
		talk.fake.arrived = talk.fake.taken = 0;
		run(&talk);
		assert_string_equal(talk.text, "<200 OK><end>");
	}
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
	talk_once(&talk, &get, span_str(ok), 0);
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
	talk.fake.input = span_str(ok);
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
	struct exchange_event event;
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

static void a_connection_listens_again_when_its_answer_has_ended(void **state)
{
	struct talk talk;

	(void)state;
	talk_init(&talk);
	talk.fake.input = span_str(ok);
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
	talk.fake.input = span_str(ok);
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
	struct exchange_event event;
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
		if (event.kind == EXCHANGE_END)
			break;
		if (event.kind == EXCHANGE_DATA)
			taken += event.data.len;
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
		struct exchange_event event;

		if (talk.x->ops->next(talk.x, &event) == ERR_AGAIN)
			break;
	}
	talk.x->ops->free(talk.x);
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
	struct exchange_event event;
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
	for (size_t i = 0; i < TEST_COUNT(questions); i++) {
		check_short_of_memory(&questions[i].question, span_str(chunked), 0);
		check_short_of_memory(&questions[i].question, span_str(chunked), 5);
	}
	check_short_of_memory(&get, span_str(large), 0);
	check_short_of_memory(&get, span_str(large), 9999);
	free(large);
}

static void a_wire_is_freed_even_when_there_is_no_connection(void **state)
{
	struct fake_wire fake;
	struct exchange *x;
	struct loop loop;

	(void)state;
	still_loop_init(&loop);
	fake_wire_init(&fake);
	mem_fail_at(1);
	assert_int_equal(conn_h1_new(&loop, &fake.wire, &x), ERR_NO_MEMORY);
	mem_fail_at(0);
	assert_true(fake.is_freed);
	fake_wire_done(&fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_answer_is_told_the_same_in_pieces_of_any_size),
		cmocka_unit_test(an_answer_cut_off_anywhere_is_never_complete),
		cmocka_unit_test(every_request_is_sent_exactly_whatever_a_write_takes),
		cmocka_unit_test(a_small_request_is_one_write),
		cmocka_unit_test(write_interest_is_asked_for_when_blocked_and_goes_again),
		cmocka_unit_test(the_head_can_go_alone_before_the_body),
		cmocka_unit_test(a_failed_write_is_told_and_an_answer_may_still_come),
		cmocka_unit_test(a_failed_write_is_the_cause_when_no_answer_comes),
		cmocka_unit_test(a_connection_serves_again_and_again),
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
		cmocka_unit_test(a_connection_listens_again_when_its_answer_has_ended),
		cmocka_unit_test(nothing_old_is_told_to_the_next_owner),
		cmocka_unit_test(
			a_connection_takes_a_megabyte_and_lets_others_have_their_turn),
		cmocka_unit_test(freeing_within_a_turn_takes_the_task_back),
		cmocka_unit_test(a_head_of_any_size_may_come_in_odd_pieces),
		cmocka_unit_test(a_head_over_the_limit_is_refused_in_any_pieces),
		cmocka_unit_test(a_buffer_is_held_only_while_something_lies_in_it),
		cmocka_unit_test(any_allocation_may_fail),
		cmocka_unit_test(a_wire_is_freed_even_when_there_is_no_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
