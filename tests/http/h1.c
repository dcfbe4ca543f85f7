/* SPDX-License-Identifier: MIT */
/*
 * An exchange is told as a text: "<103 Early Hints|Link=x>" for an interim response,
 * "[200 OK|A=b]" for the final head, the bytes of the body as they are, "." for the end
 * with "+" where the connection persists and "-" where it does not, "|" for each
 * trailer, "~3" for three bytes that were not taken, "!closed" for a failure.
 */
#include "lib/test.h"

#include "base/mem.h"
#include "http/h1.h"
#include "lib/guard.h"
#include "lib/pieces.h"

/* What a span over a literal is initialised with. */
#define TEXT(literal)                                                                    \
	{                                                                                \
		literal, sizeof(literal) - 1                                             \
	}

/* One exchange that is fed piece by piece. */
struct run {
	struct h1 h1;	      /* what is tested */
	struct arena arena;   /* of h1 */
	struct guard guard;   /* where the input lies */
	struct buf pending;   /* bytes not taken yet */
	struct buf told;      /* the text */
	bool is_over;	      /* a failure was told */
	const char *method;   /* of the request */
	size_t piece_bytes;   /* how much comes at a time */
	bool skips;	      /* plain bytes are taken elsewhere where that is possible */
	bool is_left_closed;  /* whether h1_close comes behind the last piece */
	uint32_t fields_left; /* that may come behind the last head */
};

static void tell(struct run *run, const char *text)
{
	assert_int_equal(buf_put_str(&run->told, text), 0);
}

static void tell_span(struct run *run, struct span bytes)
{
	assert_int_equal(buf_put(&run->told, bytes), 0);
}

static void tell_fields(struct run *run, const struct headers *headers)
{
	for (uint32_t i = 0; i < headers->count; i++) {
		tell(run, "|");
		tell_span(run, headers->at[i].name);
		tell(run, "=");
		tell_span(run, headers->at[i].value);
	}
}

static void tell_head(struct run *run, const struct response_head *head, bool is_interim)
{
	tell(run, is_interim ? "<" : "[");
	assert_int_equal(buf_put_uint(&run->told, head->status), 0);
	tell(run, " ");
	tell_span(run, head->reason);
	tell_fields(run, &head->headers);
	tell(run, is_interim ? ">" : "]");
}

/* Nothing is kept of them, but they count. */
static void tell_trailers(struct run *run)
{
	for (uint32_t i = run->h1.heads.fields_left; i < run->fields_left; i++)
		tell(run, "|");
}

static void tell_event(struct run *run, const struct response_event *event)
{
	switch (event->kind) {
	case RESPONSE_INTERIM:
	case RESPONSE_HEAD:
		tell_head(run, event->head, event->kind == RESPONSE_INTERIM);
		run->fields_left = run->h1.heads.fields_left;
		break;
	case RESPONSE_DATA:
		assert_int_equal(event->data.count, 1);
		assert_true(event->data.at->len > 0);
		tell_span(run, *event->data.at);
		break;
	case RESPONSE_END:
		tell(run, run->h1.is_persistent ? ".+" : ".-");
		tell_trailers(run);
		break;
	}
}

static void tell_failure(struct run *run, enum err err)
{
	tell(run, err == ERR_PROTOCOL	 ? "!protocol"
		  : err == ERR_LIMIT	 ? "!limit"
		  : err == ERR_CLOSED	 ? "!closed"
		  : err == ERR_NO_MEMORY ? "!memory"
					 : "!other");
	assert_int_equal(run->h1.fault.err, err);
	assert_non_null(run->h1.fault.what);
	run->is_over = true;
}

/* Gives h1 all that is pending until it wants more. */
static void pull(struct run *run)
{
	struct span in = guard_copy(&run->guard, buf_span(&run->pending));
	struct response_event event;
	enum err err;

	while (!(err = h1_next(&run->h1, &in, &event)))
		tell_event(run, &event);
	buf_drop(&run->pending, run->pending.len - in.len);
	if (err < 0)
		tell_failure(run, err);
	else
		assert_int_equal(err, run->h1.place == H1_AT_END ? ERR_EOF : ERR_AGAIN);
}

static void finish(struct run *run)
{
	struct response_event event;
	enum err err;

	if (run->h1.place == H1_AT_END && run->pending.len > 0) {
		tell(run, "~");
		assert_int_equal(buf_put_uint(&run->told, run->pending.len), 0);
	}
	if (run->is_over || !run->is_left_closed)
		return;
	err = h1_close(&run->h1, buf_span(&run->pending), &event);
	if (!err)
		tell_event(run, &event);
	else if (err < 0)
		tell_failure(run, err);
	else
		assert_int_equal(err, ERR_EOF);
}

static void start(struct run *run)
{
	buf_init(&run->pending);
	buf_init(&run->told);
	arena_init(&run->arena);
	h1_init(&run->h1, &run->arena, span_str(run->method));
}

static void stop(struct run *run)
{
	arena_done(&run->arena);
	buf_done(&run->pending);
	buf_done(&run->told);
	guard_done(&run->guard);
}

/* Tells plain bytes, of n, without h1; answers how many these are. */
static size_t skip_plain(struct run *run, const char *at, size_t n)
{
	uint64_t plain = run->pending.len ? 0 : h1_plain(&run->h1);

	if (!run->skips || !plain)
		return 0;
	if (n > plain)
		n = (size_t)plain;
	tell_span(run, span_of(at, n));
	h1_skip(&run->h1, n);
	return n;
}

static void feed(struct run *run, struct span input)
{
	pull(run);
	while (input.len > 0 && !run->is_over) {
		size_t n = run->piece_bytes < input.len ? run->piece_bytes : input.len;
		size_t skipped = skip_plain(run, input.at, n);

		if (skipped)
			n = skipped;
		else
			assert_int_equal(buf_put(&run->pending, span_of(input.at, n)), 0);
		input = span_skip(input, n);
		pull(run);
	}
	finish(run);
}

/* One exchange and what is to be told of it. */
struct row {
	const char *method;
	struct span input;
	const char *told;
};

static void check_row_so(const struct row *row, bool skips)
{
	for (size_t bytes = 1; bytes <= PIECES_MAX_BYTES + 1; bytes++) {
		struct run run = {.method = row->method,
				  .piece_bytes = bytes,
				  .skips = skips,
				  .is_left_closed = true};

		if (bytes > PIECES_MAX_BYTES)
			run.piece_bytes = row->input.len + 1;
		start(&run);
		feed(&run, row->input);
		assert_span(buf_span(&run.told), span_str(row->told));
		stop(&run);
	}
}

static void check_row(const struct row *row)
{
	check_row_so(row, false);
	check_row_so(row, true);
}

static void check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check_row(&rows[i]);
}

#define OK   "HTTP/1.1 200 OK\r\n"
#define TE   "Transfer-Encoding: chunked\r\n"
#define TOLD "|Transfer-Encoding=chunked]"

static void a_body_ends_where_its_framing_says(void **state)
{
	static const struct row rows[] = {
		{"GET", TEXT(OK "Content-Length: 5\r\n\r\nhello"),
		 "[200 OK|Content-Length=5]hello.+"},
		{"GET", TEXT(OK "Content-Length: 0\r\n\r\n"),
		 "[200 OK|Content-Length=0].+"},
		{"GET", TEXT("HTTP/1.1 200 OK\nContent-Length: 5\n\nhello"),
		 "[200 OK|Content-Length=5]hello.+"},
		{"POST", TEXT(OK "Content-Length: 5, 5\r\n\r\nhello"),
		 "[200 OK|Content-Length=5, 5]hello.+"},
		{"GET", TEXT(OK TE "\r\n5\r\nhello\r\n6;x\r\n world\r\n0\r\n\r\n"),
		 "[200 OK" TOLD "hello world.+"},
		{"GET", TEXT(OK TE "\r\n0\r\n\r\n"), "[200 OK" TOLD ".+"},
		{"GET", TEXT(OK TE "\r\n1\r\na\r\n0\r\nA: b\r\nC: d\r\n\r\n"),
		 "[200 OK" TOLD "a.+||"},
		{"GET", TEXT(OK TE "\r\n0\r\nA: b\n\n"), "[200 OK" TOLD ".+|"},
		{"GET", TEXT(OK "\r\nhello"), "[200 OK]hello.-"},
		{"GET", TEXT(OK "\r\n"), "[200 OK].-"},
		{"GET", TEXT("HTTP/1.0 200\r\n\r\nhello"), "[200 ]hello.-"},
	};

	(void)state;
	check_rows(rows, TEST_COUNT(rows));
}

static void some_responses_have_no_body(void **state)
{
	static const struct row rows[] = {
		{"HEAD", TEXT(OK "Content-Length: 5\r\n\r\n"),
		 "[200 OK|Content-Length=5].+"},
		{"HEAD", TEXT(OK TE "\r\n"), "[200 OK" TOLD ".+"},
		{"HEAD", TEXT(OK "\r\n"), "[200 OK].+"},
		{"HEAD", TEXT("HTTP/1.0 200 OK\r\n\r\n"), "[200 OK].-"},
		{"GET", TEXT("HTTP/1.1 204 No Content\r\n\r\n"), "[204 No Content].+"},
		{"GET", TEXT("HTTP/1.1 204 X\r\nContent-Length: 5\r\n\r\n"),
		 "[204 X|Content-Length=5].+"},
		{"GET", TEXT("HTTP/1.1 304 X\r\nContent-Length: 5\r\n\r\n"),
		 "[304 X|Content-Length=5].+"},
		{"GET", TEXT("HTTP/1.1 304 X\r\nConnection: close\r\n\r\n"),
		 "[304 X|Connection=close].-"},
	};

	(void)state;
	check_rows(rows, TEST_COUNT(rows));
}

static void interim_responses_are_told_and_passed_over(void **state)
{
	static const struct row rows[] = {
		{"GET",
		 TEXT("HTTP/1.1 100 Continue\r\n\r\n" OK "Content-Length: 1\r\n\r\na"),
		 "<100 Continue>[200 OK|Content-Length=1]a.+"},
		{"GET",
		 TEXT("HTTP/1.1 103 E\r\nLink: x\r\n\r\nHTTP/1.1 102\r\n\r\n"
		      "HTTP/1.1 204 N\r\n\r\n"),
		 "<103 E|Link=x><102 >[204 N].+"},
		{"HEAD", TEXT("HTTP/1.1 199 X\r\nContent-Length: 5\r\n\r\n" OK "\r\n"),
		 "<199 X|Content-Length=5>[200 OK].+"},
		{"GET", TEXT("HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n" OK "\r\n"),
		 "!protocol"},
		{"GET", TEXT("HTTP/1.1 100 C\r\n\r\n"), "<100 C>!closed"},
		{"GET", TEXT("HTTP/1.1 100 C\r\n\r\n\r\n" OK "\r\n"), "<100 C>!protocol"},
	};

	(void)state;
	check_rows(rows, TEST_COUNT(rows));
}

static void the_connection_persists_only_where_it_may(void **state)
{
	static const struct row rows[] = {
		{"GET", TEXT(OK "Connection: close\r\nContent-Length: 1\r\n\r\na"),
		 "[200 OK|Connection=close|Content-Length=1]a.-"},
		{"GET", TEXT("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na"),
		 "[200 OK|Content-Length=1]a.-"},
		{"GET",
		 TEXT("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n"
		      "Content-Length: 1\r\n\r\na"),
		 "[200 OK|Connection=keep-alive|Content-Length=1]a.+"},
		{"GET", TEXT(OK "Connection: keep-alive\r\n\r\na"),
		 "[200 OK|Connection=keep-alive]a.-"},
	};

	(void)state;
	check_rows(rows, TEST_COUNT(rows));
}

static void bytes_behind_the_end_are_left_alone(void **state)
{
	static const struct row rows[] = {
		{"GET", TEXT(OK "Content-Length: 1\r\n\r\nab"),
		 "[200 OK|Content-Length=1]a.+~1"},
		{"GET", TEXT(OK "Content-Length: 0\r\n\r\n" OK),
		 "[200 OK|Content-Length=0].+~17"},
		{"GET", TEXT(OK TE "\r\n0\r\n\r\n\r\n"), "[200 OK" TOLD ".+~2"},
		{"HEAD", TEXT(OK "Content-Length: 5\r\n\r\nhello"),
		 "[200 OK|Content-Length=5].+~5"},
		{"GET", TEXT("HTTP/1.1 204 X\r\n\r\n0\r\n\r\n"), "[204 X].+~5"},
	};

	(void)state;
	check_rows(rows, TEST_COUNT(rows));
}

static void an_end_that_the_framing_does_not_allow_is_a_failure(void **state)
{
	static const struct row rows[] = {
		{"GET", TEXT(""), "!closed"},
		{"GET", TEXT("H"), "!closed"},
		{"GET", TEXT(OK), "!closed"},
		{"GET", TEXT(OK "Content-Length: 5\r\n\r"), "!closed"},
		{"GET", TEXT(OK "Content-Length: 5\r\n\r\n"),
		 "[200 OK|Content-Length=5]!closed"},
		{"GET", TEXT(OK "Content-Length: 5\r\n\r\nhell"),
		 "[200 OK|Content-Length=5]hell!closed"},
		{"GET", TEXT("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhell"),
		 "[200 OK|Content-Length=5]hell!closed"},
		{"GET", TEXT(OK TE "\r\n"), "[200 OK" TOLD "!closed"},
		{"GET", TEXT(OK TE "\r\n5"), "[200 OK" TOLD "!closed"},
		{"GET", TEXT(OK TE "\r\n5\r\nhell"), "[200 OK" TOLD "hell!closed"},
		{"GET", TEXT(OK TE "\r\n5\r\nhello"), "[200 OK" TOLD "hello!closed"},
		{"GET", TEXT(OK TE "\r\n5\r\nhello\r\n"), "[200 OK" TOLD "hello!closed"},
		{"GET", TEXT(OK TE "\r\n0"), "[200 OK" TOLD "!closed"},
		{"GET", TEXT(OK TE "\r\n0\r\n"), "[200 OK" TOLD "!closed"},
		{"GET", TEXT(OK TE "\r\n0\r\nA: b\r\n"), "[200 OK" TOLD "!closed"},
		{"GET", TEXT(OK TE "\r\n0\r\nA: b\r\n\r"), "[200 OK" TOLD "!closed"},
	};

	(void)state;
	check_rows(rows, TEST_COUNT(rows));
}

static void what_is_ambiguous_or_no_http_is_refused(void **state)
{
	static const struct row rows[] = {
		{"GET", TEXT("SSH-2.0-OpenSSH\r\n"), "!protocol"},
		{"GET", TEXT("HTTP/2.0 200 OK\r\n\r\n"), "!protocol"},
		{"GET", TEXT("\r\n" OK "\r\n"), "!protocol"},
		{"GET", TEXT("hello"), "!protocol"},
		{"GET", TEXT(OK "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
		 "!protocol"},
		{"GET", TEXT(OK "Content-Length: 5\r\n" TE "\r\n0\r\n\r\n"), "!protocol"},
		{"GET", TEXT(OK TE "Content-Length: 5\r\n\r\n0\r\n\r\n"), "!protocol"},
		{"GET", TEXT(OK "Content-Length: -5\r\n\r\n"), "!protocol"},
		{"GET", TEXT(OK "Content-Length : 5\r\n\r\nhello"), "!protocol"},
		{"GET", TEXT(OK "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
		 "!protocol"},
		{"GET", TEXT(OK "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"),
		 "!protocol"},
		{"GET",
		 TEXT(OK "Transfer-Encoding: \x0B"
			 "chunked\r\n\r\n0\r\n\r\n"),
		 "!protocol"},
		{"GET", TEXT(OK "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"),
		 "[200 OK" TOLD ".+"},
		{"GET", TEXT("HTTP/1.0 200 OK\r\n" TE "\r\n0\r\n\r\n"), "!protocol"},
		{"GET", TEXT(OK TE "\r\n5\nhello\n0\n\n"), "[200 OK" TOLD "!protocol"},
		{"GET", TEXT(OK TE "\r\n5\r\nhellooo"), "[200 OK" TOLD "hello!protocol"},
		{"GET", TEXT(OK TE "\r\n0\r\nA : b\r\n\r\n"), "[200 OK" TOLD "!protocol"},
		{"GET", TEXT(OK TE "\r\n0\r\n A: b\r\n\r\n"), "[200 OK" TOLD "!protocol"},
		{"GET", TEXT(OK TE "\r\n0\r\nA: b\rc\r\n\r\n"),
		 "[200 OK" TOLD "!protocol"},
	};

	(void)state;
	check_rows(rows, TEST_COUNT(rows));
}

static void whether_a_byte_came_is_remembered(void **state)
{
	struct run run = {.method = "GET", .piece_bytes = 1};

	(void)state;
	start(&run);
	feed(&run, SPAN(""));
	assert_false(run.h1.has_bytes);
	feed(&run, SPAN("H"));
	assert_true(run.h1.has_bytes);
	stop(&run);
}

static void plain_bytes_are_those_before_the_next_framing(void **state)
{
	static const struct {
		struct span input;
		uint64_t plain;
	} rows[] = {
		{TEXT(""), 0},
		{TEXT(OK "Content-Length: 5\r\n"), 0},
		{TEXT(OK "Content-Length: 5\r\n\r\n"), 5},
		{TEXT(OK "Content-Length: 5\r\n\r\nhel"), 2},
		{TEXT(OK "Content-Length: 5\r\n\r\nhello"), 0},
		{TEXT(OK "Content-Length: 0\r\n\r\n"), 0},
		{TEXT(OK "\r\nhel"), UINT64_MAX},
		{TEXT(OK TE "\r\n"), 0},
		{TEXT(OK TE "\r\n5"), 0},
		{TEXT(OK TE "\r\n5\r\n"), 5},
		{TEXT(OK TE "\r\n5\r\nhel"), 2},
		{TEXT(OK TE "\r\n5\r\nhello"), 0},
		{TEXT(OK TE "\r\n5\r\nhello\r\n0\r\n"), 0},
		{TEXT("HTTP/1.1 204 No\r\n\r\n"), 0},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct run run = {.method = "GET", .piece_bytes = 1000};

		start(&run);
		feed(&run, rows[i].input);
		assert_int_equal(h1_plain(&run.h1), rows[i].plain);
		stop(&run);
	}
}

static void a_failure_is_for_good_and_so_is_the_end(void **state)
{
	struct run run = {.method = "GET", .piece_bytes = 99};
	struct response_event event;
	struct span in = SPAN(OK "\r\n");

	(void)state;
	start(&run);
	feed(&run, SPAN("no"));
	assert_span(buf_span(&run.told), SPAN("!protocol"));
	assert_int_equal(h1_next(&run.h1, &in, &event), ERR_PROTOCOL);
	assert_int_equal(h1_close(&run.h1, in, &event), ERR_PROTOCOL);
	stop(&run);

	start(&run);
	run.is_over = false;
	feed(&run, SPAN("HTTP/1.1 204 X\r\n\r\n"));
	assert_int_equal(h1_next(&run.h1, &in, &event), ERR_EOF);
	assert_int_equal(h1_close(&run.h1, in, &event), ERR_EOF);
	stop(&run);
}

static void an_end_that_was_not_pulled_yet_is_told_at_the_close(void **state)
{
	struct run run = {.method = "HEAD", .piece_bytes = 99};
	struct response_event event;
	struct span in = SPAN(OK "\r\n");

	(void)state;
	start(&run);
	assert_int_equal(h1_next(&run.h1, &in, &event), 0);
	assert_int_equal(event.kind, RESPONSE_HEAD);
	assert_int_equal(h1_close(&run.h1, in, &event), 0);
	assert_int_equal(event.kind, RESPONSE_END);
	stop(&run);
}

/* Whether so many interim responses and then a final one are let through. */
static bool may_come(unsigned interim_count, size_t piece_bytes)
{
	struct run run = {.method = "GET", .piece_bytes = piece_bytes};
	struct buf input;
	bool is_over;

	buf_init(&input);
	for (unsigned i = 0; i < interim_count; i++)
		assert_int_equal(buf_put_str(&input, "HTTP/1.1 100 C\r\n\r\n"), 0);
	assert_int_equal(buf_put_str(&input, "HTTP/1.1 204 X\r\n\r\n"), 0);
	start(&run);
	feed(&run, buf_span(&input));
	is_over = run.is_over;
	assert_int_equal(run.h1.fault.err, is_over ? ERR_LIMIT : 0);
	assert_int_equal(run.h1.interim_count, is_over ? H1_MAX_INTERIM : interim_count);
	stop(&run);
	buf_done(&input);
	return !is_over;
}

static void up_to_32_interim_responses_may_come(void **state)
{
	(void)state;
	assert_true(may_come(H1_MAX_INTERIM, 9999));
	assert_true(may_come(H1_MAX_INTERIM, 1));
	assert_false(may_come(H1_MAX_INTERIM + 1, 9999));
	assert_false(may_come(H1_MAX_INTERIM + 1, 1));
}

/* The result for a response whose heads, interim, final and trailers, have so many
 * bytes together. */
static enum err read_total(size_t bytes)
{
	static const char start_text[] = "HTTP/1.1 103 E\r\nLink: x\r\n\r\n" OK TE "\r\n";
	struct run run = {.method = "GET", .piece_bytes = SIZE_MAX};
	struct buf input;
	enum err err;

	buf_init(&input);
	assert_int_equal(buf_put_str(&input, start_text), 0);
	assert_int_equal(buf_put_str(&input, "0\r\nA: "), 0);
	while (input.len < bytes + 3 - 4)
		assert_int_equal(buf_put_byte(&input, 'x'), 0);
	assert_int_equal(buf_put_str(&input, "\r\n\r\n"), 0);
	start(&run);
	feed(&run, buf_span(&input));
	err = run.h1.fault.err;
	stop(&run);
	buf_done(&input);
	return err;
}

static void heads_and_trailers_share_one_limit(void **state)
{
	(void)state;
	assert_int_equal(read_total(H1_HEAD_MAX_BYTES), 0);
	assert_int_equal(read_total(H1_HEAD_MAX_BYTES + 1), ERR_LIMIT);
}

static void a_chunk_line_over_its_limit_is_refused(void **state)
{
	struct run run = {.method = "GET", .piece_bytes = 1000};
	struct buf input;

	(void)state;
	buf_init(&input);
	assert_int_equal(buf_put_str(&input, OK TE "\r\n1;"), 0);
	for (unsigned i = 0; i < CHUNK_MAX_LINE; i++)
		assert_int_equal(buf_put_byte(&input, 'x'), 0);
	start(&run);
	feed(&run, buf_span(&input));
	assert_span(buf_span(&run.told), SPAN("[200 OK" TOLD "!limit"));
	stop(&run);
	buf_done(&input);
}

static void every_allocation_of_an_exchange_may_fail(void **state)
{
	static const struct span input = TEXT(
		"HTTP/1.1 103 E\r\nLink: "
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		"\r\n\r\n" OK TE
		"A:1\r\nA:2\r\nA:3\r\nA:4\r\nA:5\r\nA:6\r\nA:7\r\nA:8\r\nA:9\r\n"
		"B:1\r\nB:2\r\nB:3\r\nB:4\r\nB:5\r\nB:6\r\nB:7\r\nB:8\r\nB:9\r\n"
		"\r\n1\r\na\r\n0\r\n"
		"C:1\r\nC:2\r\nC:3\r\nC:4\r\nC:5\r\nC:6\r\nC:7\r\nC:8\r\nC:9\r\n\r\n");
	long before = mem_live_blocks();
	unsigned long failed = 0;

	(void)state;
	for (unsigned long n = 1;; n++) {
		struct arena arena;
		struct h1 h1;
		struct response_event event = {.kind = RESPONSE_HEAD};
		struct span in = input;
		enum err err;

		arena_init(&arena);
		h1_init(&h1, &arena, SPAN("GET"));
		mem_fail_at(n);
		do
			err = h1_next(&h1, &in, &event);
		while (!err && event.kind != RESPONSE_END);
		arena_done(&arena);
		assert_int_equal(mem_live_blocks(), before);
		if (!mem_has_failed())
			break;
		assert_int_equal(err, ERR_NO_MEMORY);
		assert_int_equal(h1.fault.err, ERR_NO_MEMORY);
		failed++;
	}
	mem_fail_at(0);
	assert_true(failed >= 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_body_ends_where_its_framing_says),
		cmocka_unit_test(some_responses_have_no_body),
		cmocka_unit_test(interim_responses_are_told_and_passed_over),
		cmocka_unit_test(the_connection_persists_only_where_it_may),
		cmocka_unit_test(bytes_behind_the_end_are_left_alone),
		cmocka_unit_test(an_end_that_the_framing_does_not_allow_is_a_failure),
		cmocka_unit_test(what_is_ambiguous_or_no_http_is_refused),
		cmocka_unit_test(whether_a_byte_came_is_remembered),
		cmocka_unit_test(plain_bytes_are_those_before_the_next_framing),
		cmocka_unit_test(a_failure_is_for_good_and_so_is_the_end),
		cmocka_unit_test(an_end_that_was_not_pulled_yet_is_told_at_the_close),
		cmocka_unit_test(up_to_32_interim_responses_may_come),
		cmocka_unit_test(heads_and_trailers_share_one_limit),
		cmocka_unit_test(a_chunk_line_over_its_limit_is_refused),
		cmocka_unit_test(every_allocation_of_an_exchange_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
