/* SPDX-License-Identifier: MIT */
/* Bodies that are read past the buffer, straight to memory. */
#include "engine/talk.h"

#include "http/chunk.h"
#include "lib/pattern.h"

#define LARGE_BYTES ((size_t)256 * 1024)

/* Behind what a straight read was allowed to write. */
#define UNTOUCHED 0x5A

/* An answer that is built piece by piece. */
struct answer {
	char *at;	/* owned */
	size_t len;	/* of it */
	size_t of_body; /* of it, without framing */
};

static void add(struct answer *answer, const char *text)
{
	memcpy(answer->at + answer->len, text, strlen(text));
	answer->len += strlen(text);
}

static void add_body(struct answer *answer, size_t len)
{
	pattern_fill(answer->at + answer->len, answer->of_body, len);
	answer->len += len;
	answer->of_body += len;
}

static void add_chunk(struct answer *answer, size_t len)
{
	answer->len += chunk_begin(answer->at + answer->len, len);
	add_body(answer, len);
	add(answer, "\r\n");
}

static void build_length(struct answer *answer)
{
	add(answer, "HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n");
	add_body(answer, 300000);
}

static void build_chunks(struct answer *answer)
{
	static const size_t chunks[] = {5, 100000, 20000, 16384, 1, 300000, 30479, 30480};

	add(answer, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
	for (size_t i = 0; i < TEST_COUNT(chunks); i++)
		add_chunk(answer, chunks[i]);
	add(answer, "0\r\nA: b\r\n\r\n");
}

static void build_until_close(struct answer *answer)
{
	add(answer, "HTTP/1.1 200 OK\r\n\r\n");
	add_body(answer, 300000);
}

static void (*const builds[])(struct answer *) = {build_length, build_chunks,
						  build_until_close};

static struct answer build(size_t which)
{
	struct answer answer = {.at = malloc(TALK_BYTES)};

	assert_non_null(answer.at);
	builds[which](&answer);
	return answer;
}

/* How a body was read. */
struct reader {
	size_t cap;	 /* of straight reads */
	size_t len;	 /* bytes of the body so far */
	size_t straight; /* of them */
	bool is_wrong;	 /* a byte is another one, or one was written that may not be */
};

static void take(struct reader *reader, const char *at, size_t len)
{
	reader->is_wrong |= !pattern_matches(at, reader->len, len);
	reader->len += len;
}

/* Reads straight until there is nothing. */
static void read_on(struct reader *reader, struct exchange *x)
{
	char *room = malloc(reader->cap + 1);
	size_t len = 1;

	assert_non_null(room);
	while (x->may_read && len) {
		memset(room, UNTOUCHED, reader->cap + 1);
		len = x->ops->read(x, room, reader->cap);
		assert_true(len <= reader->cap);
		reader->is_wrong |= room[reader->cap] != UNTOUCHED;
		take(reader, room, len);
		reader->straight += len;
	}
	free(room);
}

/* Pulls until there is nothing, reading straight where that is possible. */
static void pull(struct talk *talk, struct reader *reader)
{
	struct response_event event;

	while (!talk->is_over) {
		enum err err = talk->x->ops->next(talk->x, &event);

		if (err == ERR_AGAIN)
			return;
		talk->err = err;
		talk->is_over = err || event.kind == RESPONSE_END;
		if (talk->is_over || event.kind != RESPONSE_DATA)
			continue;
		for (size_t i = 0; i < event.data.count; i++)
			take(reader, event.data.at[i].at, event.data.at[i].len);
		read_on(reader, talk->x);
	}
}

/* Connects and asks; the answer arrives when it is told. */
static void begin(struct talk *talk, struct span input, enum err end, size_t piece_bytes)
{
	talk_init(talk);
	talk->fake.input = input;
	talk->fake.end = end;
	talk->fake.piece_bytes = piece_bytes;
	assert_true(connect_talk(talk));
	assert_true(ask(talk, &get));
	send_some(talk);
}

static void run_reader(struct talk *talk, struct reader *reader)
{
	bool has_more = true, is_told = true;

	while (!talk->is_over && (has_more || is_told)) {
		has_more = !talk->fake.has_arrived;
		fake_wire_arrive(&talk->fake);
		is_told = fake_wire_tell(&talk->fake) || still_loop_turn(&talk->loop);
		pull(talk, reader);
	}
}

static void check_whole(size_t which, size_t cap, size_t piece_bytes)
{
	struct answer answer = build(which);
	bool is_until_close = builds[which] == build_until_close;
	struct reader reader = {.cap = cap};
	struct talk talk;

	begin(&talk, span_of(answer.at, answer.len), is_until_close ? ERR_EOF : ERR_AGAIN,
	      piece_bytes);
	run_reader(&talk, &reader);
	assert_true(talk.is_over);
	assert_int_equal(talk.err, ERR_NONE);
	assert_int_equal(reader.len, answer.of_body);
	assert_false(reader.is_wrong);
	assert_int_equal(talk.fake.taken, answer.len);
	assert_int_equal(talk.x->ops->is_reusable(talk.x), !is_until_close);
	talk_done(&talk);
	free(answer.at);
}

static void a_body_is_the_same_however_it_is_read(void **state)
{
	static const size_t caps[] = {EXCHANGE_READ_BYTES, 20000, 65536, 1000000};
	static const size_t pieces[] = {0, 999, 16384, 17000, 100000};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(builds); i++)
		for (size_t j = 0; j < TEST_COUNT(caps); j++)
			for (size_t k = 0; k < TEST_COUNT(pieces); k++)
				check_whole(i, caps[j], pieces[k]);
}

/* ---- what is read how ---- */

/* Has an answer of so many bytes of body come, in pieces (0: at once), and reads it. */
static size_t straight_bytes(size_t body, size_t cap, size_t piece_bytes)
{
	struct answer answer = {.at = malloc(body + 100)};
	struct reader reader = {.cap = cap};
	struct talk talk;
	char head[64];

	assert_non_null(answer.at);
	snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n",
		 body);
	add(&answer, head);
	add_body(&answer, body);
	begin(&talk, span_of(answer.at, answer.len), ERR_AGAIN, piece_bytes);
	run_reader(&talk, &reader);
	assert_true(talk.is_over);
	assert_int_equal(talk.err, ERR_NONE);
	assert_int_equal(reader.len, body);
	assert_false(reader.is_wrong);
	talk_done(&talk);
	free(answer.at);
	return reader.straight;
}

static void what_the_first_buffer_holds_is_not_read_straight(void **state)
{
	(void)state;
	assert_int_equal(straight_bytes(100, LARGE_BYTES, 0), 0);
	assert_int_equal(straight_bytes(LOOP_BUFFER_BYTES - 100, LARGE_BYTES, 0), 0);
	/* A few bytes behind it are not worth a read of their own. */
	assert_int_equal(straight_bytes(LOOP_BUFFER_BYTES + 1000, LARGE_BYTES, 0), 0);
}

static void most_of_a_long_body_is_read_straight(void **state)
{
	static const size_t pieces[] = {0, 30000, 65536, 140000, 300000};
	const size_t body = 16u * 1024 * 1024;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(pieces); i++) {
		assert_true(straight_bytes(body, LARGE_BYTES, pieces[i]) >
			    body - body / 20);
		assert_true(straight_bytes(body, 65536, pieces[i]) > body - body / 20);
	}
}

static void pieces_that_are_small_are_not_read_straight(void **state)
{
	(void)state;
	assert_int_equal(straight_bytes(1000000, LARGE_BYTES, 1400), 0);
	assert_int_equal(straight_bytes(1000000, LARGE_BYTES, EXCHANGE_READ_BYTES - 1),
			 0);
}

static void bytes_behind_the_body_are_nobody_s(void **state)
{
	struct answer answer = build(0);
	struct reader reader = {.cap = 1000000};
	struct talk talk;

	(void)state;
	add(&answer, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong");
	begin(&talk, span_of(answer.at, answer.len), ERR_AGAIN, 0);
	run_reader(&talk, &reader);
	assert_true(talk.is_over);
	assert_int_equal(talk.err, ERR_NONE);
	assert_int_equal(reader.len, 300000);
	assert_true(reader.straight > 0);
	assert_false(reader.is_wrong);
	assert_false(talk.x->ops->is_reusable(talk.x));
	talk_done(&talk);
	free(answer.at);
}

/* A program that does not go on reading straight gets whole buffers again. */
static void a_taste_comes_only_behind_straight_reads(void **state)
{
	const size_t body = 4 * LARGE_BYTES;
	struct answer answer = {.at = malloc(body + 100)};
	struct response_event event;
	struct talk talk;

	(void)state;
	assert_non_null(answer.at);
	add(&answer, "HTTP/1.1 200 OK\r\nContent-Length: 1048576\r\n\r\n");
	add_body(&answer, body);
	begin(&talk, span_of(answer.at, answer.len), ERR_AGAIN, 0);
	fake_wire_arrive(&talk.fake);
	assert_true(fake_wire_tell(&talk.fake));
	assert_int_equal(talk.x->ops->next(talk.x, &event), ERR_NONE);
	assert_int_equal(event.kind, RESPONSE_HEAD);
	assert_int_equal(talk.x->ops->next(talk.x, &event), ERR_NONE);
	assert_true(spans_bytes(event.data) > LARGE_BYTES - 100);
	assert_int_equal(talk.x->ops->read(talk.x, answer.at, 65536), 65536);
	assert_int_equal(talk.x->ops->next(talk.x, &event), ERR_NONE);
	assert_true(spans_bytes(event.data) < EXCHANGE_READ_BYTES);
	assert_int_equal(talk.x->ops->next(talk.x, &event), ERR_NONE);
	assert_int_equal(spans_bytes(event.data), LARGE_BYTES);
	talk_done(&talk);
	free(answer.at);
}

/* TLS gives a part of what there is where a peer makes it dear, and has others have their
 * turn. */
static void a_wire_that_gives_little_is_asked_once(void **state)
{
	static const struct {
		size_t given;
		unsigned reads;
	} rows[] = {
		{1, 1},
		{1000, 1},
		{EXCHANGE_READ_BYTES - 1, 1},
		{EXCHANGE_READ_BYTES, 2},
		{100000, 1},
		{200000, 1},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		const size_t body = 2 * LARGE_BYTES;
		struct answer answer = {.at = malloc(body + 100)};
		struct response_event event;
		struct talk talk;
		unsigned before;

		assert_non_null(answer.at);
		add(&answer, "HTTP/1.1 200 OK\r\nContent-Length: 524288\r\n\r\n");
		add_body(&answer, body);
		begin(&talk, span_of(answer.at, answer.len), ERR_AGAIN,
		      LOOP_BUFFER_BYTES + rows[i].given);
		fake_wire_arrive(&talk.fake);
		assert_true(fake_wire_tell(&talk.fake));
		assert_int_equal(talk.x->ops->next(talk.x, &event), ERR_NONE);
		assert_int_equal(talk.x->ops->next(talk.x, &event), ERR_NONE);
		assert_true(talk.x->may_read);
		before = talk.fake.reads;
		assert_int_equal(talk.x->ops->read(talk.x, answer.at, 100000),
				 rows[i].given < 100000 ? rows[i].given : 100000);
		assert_int_equal(talk.fake.reads - before, rows[i].reads);
		assert_int_equal(talk.x->may_read, rows[i].given >= 100000);
		talk_done(&talk);
		free(answer.at);
	}
}

/* ---- ends ---- */

/* The first len bytes come, then the end: as with an answer that nobody reads straight.
 */
static void check_cut(size_t which, size_t len, enum err end)
{
	struct answer answer = build(which);
	bool is_right = builds[which] == build_until_close && end == ERR_EOF;
	struct reader reader = {.cap = LARGE_BYTES};
	struct talk talk;

	begin(&talk, span_of(answer.at, len), end, 0);
	run_reader(&talk, &reader);
	assert_true(talk.is_over);
	assert_false(reader.is_wrong);
	assert_true(reader.straight > 0);
	if (is_right) {
		assert_int_equal(talk.err, ERR_NONE);
	} else {
		assert_int_equal(talk.err, end == ERR_EOF ? ERR_CLOSED : end);
		assert_int_equal(talk.x->fault.err, talk.err);
	}
	if (end != ERR_EOF)
		assert_string_equal(talk.x->fault.what, "recv");
	assert_false(talk.x->ops->is_reusable(talk.x));
	talk_done(&talk);
	free(answer.at);
}

static void an_end_behind_a_straight_read_is_told(void **state)
{
	static const size_t lens[] = {290000, 290001, 299990};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(builds); i++)
		for (size_t j = 0; j < TEST_COUNT(lens); j++) {
			if (builds[i] == build_chunks)
				continue;
			check_cut(i, lens[j], ERR_EOF);
			check_cut(i, lens[j], ERR_RESET);
		}
	check_cut(1, 430000, ERR_EOF);
	check_cut(1, 430000, ERR_RESET);
}

/* The wire fails at a straight read, and says only once why. */
static void a_failure_of_a_straight_read_is_not_lost(void **state)
{
	static const enum err ends[] = {ERR_RESET, ERR_EOF, ERR_TIMEOUT};
	const size_t body = LOOP_BUFFER_BYTES;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(ends); i++) {
		struct answer answer = {.at = malloc(body)};
		struct response_event event;
		struct talk talk;

		assert_non_null(answer.at);
		add(&answer, "HTTP/1.1 200 OK\r\nContent-Length: 1048576\r\n\r\n");
		add_body(&answer, body - answer.len);
		begin(&talk, span_of(answer.at, answer.len), ends[i], 0);
		fake_wire_arrive(&talk.fake);
		assert_true(fake_wire_tell(&talk.fake));
		assert_int_equal(talk.x->ops->next(talk.x, &event), ERR_NONE);
		assert_int_equal(talk.x->ops->next(talk.x, &event), ERR_NONE);
		assert_true(talk.x->may_read);
		assert_int_equal(talk.x->ops->read(talk.x, answer.at, 65536), 0);
		assert_false(talk.x->may_read);
		/* What it says from now on. */
		talk.fake.end = ERR_EOF;
		assert_int_equal(talk.x->ops->next(talk.x, &event),
				 ends[i] == ERR_EOF ? ERR_CLOSED : ends[i]);
		talk_done(&talk);
		free(answer.at);
	}
}

/* ---- fairness ---- */

static void straight_reads_are_part_of_a_turn(void **state)
{
	const size_t body = 5u * 1024 * 1024;
	struct answer answer = {.at = malloc(body + 100)};
	struct reader reader = {.cap = 2000000};
	size_t turns = 0, before = 0;
	struct talk talk;

	(void)state;
	assert_non_null(answer.at);
	add(&answer, "HTTP/1.1 200 OK\r\n\r\n");
	add_body(&answer, body);
	begin(&talk, span_of(answer.at, answer.len), ERR_EOF, 0);
	fake_wire_arrive(&talk.fake);
	assert_true(fake_wire_tell(&talk.fake));
	for (; !talk.is_over; turns++) {
		pull(&talk, &reader);
		assert_true(reader.len - before <=
			    CONN_H1_TURN_BYTES + LOOP_BUFFER_BYTES);
		before = reader.len;
		assert_true(talk.is_over || still_loop_turn(&talk.loop) ||
			    fake_wire_tell(&talk.fake));
	}
	assert_int_equal(reader.len, body);
	assert_false(reader.is_wrong);
	assert_true(turns >= 5);
	assert_false(still_loop_turn(&talk.loop));
	talk_done(&talk);
	free(answer.at);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_body_is_the_same_however_it_is_read),
		cmocka_unit_test(what_the_first_buffer_holds_is_not_read_straight),
		cmocka_unit_test(most_of_a_long_body_is_read_straight),
		cmocka_unit_test(pieces_that_are_small_are_not_read_straight),
		cmocka_unit_test(bytes_behind_the_body_are_nobody_s),
		cmocka_unit_test(a_taste_comes_only_behind_straight_reads),
		cmocka_unit_test(a_wire_that_gives_little_is_asked_once),
		cmocka_unit_test(an_end_behind_a_straight_read_is_told),
		cmocka_unit_test(a_failure_of_a_straight_read_is_not_lost),
		cmocka_unit_test(straight_reads_are_part_of_a_turn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
