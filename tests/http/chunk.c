/* SPDX-License-Identifier: MIT */
#include "lib/test.h"

#include "base/buf.h"
#include "http/chunk.h"
#include "lib/pieces.h"

/* What a span over a literal is initialised with. */
#define TEXT(literal)                                                                    \
	{                                                                                \
		literal, sizeof(literal) - 1                                             \
	}

/* What came of a chunked body. */
struct outcome {
	struct buf body; /* all pieces together */
	enum err err;	 /* ERR_AGAIN, ERR_EOF or a failure */
	size_t taken;	 /* bytes of the input up to then */
};

static void read_piece(struct chunk *chunk, struct span piece, struct outcome *out)
{
	struct span data;
	size_t len = piece.len;

	while (!(out->err = chunk_next(chunk, &piece, &data))) {
		assert_true(data.len > 0);
		assert_int_equal(buf_put(&out->body, data), 0);
	}
	out->taken += len - piece.len;
}

static void read_all(struct span input, size_t piece_bytes, struct outcome *out)
{
	struct pieces pieces = {.rest = input, .bytes = piece_bytes};
	struct span piece;
	struct chunk chunk;

	*out = (struct outcome){.err = ERR_AGAIN};
	chunk_init(&chunk);
	while (out->err == ERR_AGAIN && pieces_next(&pieces, &piece))
		read_piece(&chunk, piece, out);
	pieces_done(&pieces);
}

static void a_body_reads_the_same_whole_and_in_pieces(void **state)
{
	static const struct {
		struct span input;
		const char *body;
		enum err err;
		size_t left; /* bytes behind the last chunk's line */
	} rows[] = {
		{TEXT(""), "", ERR_AGAIN, 0},
		{TEXT("0\r\n\r\n"), "", ERR_EOF, 2},
		{TEXT("0\r\nA: b\r\n\r\n"), "", ERR_EOF, 8},
		{TEXT("5\r\nhello\r\n0\r\n\r\n"), "hello", ERR_EOF, 2},
		{TEXT("1\r\na\r\n2\r\nbc\r\n0\r\n"), "abc", ERR_EOF, 0},
		{TEXT("A\r\n0123456789\r\n0\r\n"), "0123456789", ERR_EOF, 0},
		{TEXT("a\r\n0123456789\r\n0\r\n"), "0123456789", ERR_EOF, 0},
		{TEXT("0000000000000000000001\r\na\r\n000\r\n"), "a", ERR_EOF, 0},
		{TEXT("1;a\r\na\r\n0;b=c;d=\"e\"\r\n"), "a", ERR_EOF, 0},
		{TEXT("1 ; a = b\r\na\r\n0\t;\r\n"), "a", ERR_EOF, 0},
		{TEXT("1;\t\xFF\r\na\r\n0\r\n"), "a", ERR_EOF, 0},
		{TEXT("2\r\n\r\n\r\n0\r\n"), "\r\n", ERR_EOF, 0},
		/* Not at its end yet. */
		{TEXT("5\r\nhel"), "hel", ERR_AGAIN, 0},
		{TEXT("5\r\nhello"), "hello", ERR_AGAIN, 0},
		{TEXT("5\r\nhello\r\n"), "hello", ERR_AGAIN, 0},
		{TEXT("5\r\nhello\r\n0\r"), "hello", ERR_AGAIN, 0},
		{TEXT("7fffffffffffffff\r\na"), "a", ERR_AGAIN, 0},
		/* No size. */
		{TEXT("\r\n"), "", ERR_PROTOCOL, 0},
		{TEXT(";a\r\n"), "", ERR_PROTOCOL, 0},
		{TEXT(" 5\r\nhello"), "", ERR_PROTOCOL, 0},
		{TEXT("+5\r\nhello"), "", ERR_PROTOCOL, 0},
		{TEXT("-5\r\nhello"), "", ERR_PROTOCOL, 0},
		{TEXT("0x5\r\nhello"), "", ERR_PROTOCOL, 0},
		{TEXT("g\r\n"), "", ERR_PROTOCOL, 0},
		{TEXT("5h\r\n"), "", ERR_PROTOCOL, 0},
		{TEXT("5 5\r\n"), "", ERR_PROTOCOL, 0},
		{TEXT("5,5\r\n"), "", ERR_PROTOCOL, 0},
		{TEXT("5\0\r\n"), "", ERR_PROTOCOL, 0},
		/* Blanks without an extension behind them. */
		{TEXT("5 \r\nhello"), "", ERR_PROTOCOL, 0},
		{TEXT("5\t\r\nhello"), "", ERR_PROTOCOL, 0},
		/* 2^63 and more. */
		{TEXT("8000000000000000\r\n"), "", ERR_PROTOCOL, 0},
		{TEXT("ffffffffffffffff\r\n"), "", ERR_PROTOCOL, 0},
		{TEXT("10000000000000005\r\nhello"), "", ERR_PROTOCOL, 0},
		/* Line ends. */
		{TEXT("5\nhello\r\n0\r\n\r\n"), "", ERR_PROTOCOL, 0},
		{TEXT("5\rhello"), "", ERR_PROTOCOL, 0},
		{TEXT("5\r\rhello"), "", ERR_PROTOCOL, 0},
		{TEXT("5;a\nhello\r\n"), "", ERR_PROTOCOL, 0},
		{TEXT("5;a\rb\r\n"), "", ERR_PROTOCOL, 0},
		{TEXT("5;a\0\r\n"), "", ERR_PROTOCOL, 0},
		{TEXT("5;a\x7F\r\n"), "", ERR_PROTOCOL, 0},
		{TEXT("5\r\nhello\n0\r\n\r\n"), "hello", ERR_PROTOCOL, 0},
		{TEXT("5\r\nhello\r0\r\n\r\n"), "hello", ERR_PROTOCOL, 0},
		{TEXT("5\r\nhelloo\r\n0\r\n"), "hello", ERR_PROTOCOL, 0},
		{TEXT("5\r\nhell\r\n0\r\n\r\n"), "hell\r", ERR_PROTOCOL, 0},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		for (size_t bytes = 1; bytes <= PIECES_MAX_BYTES; bytes++) {
			struct outcome outcome;

			read_all(rows[i].input, bytes, &outcome);
			if (outcome.err != rows[i].err)
				print_error("row %zu, pieces of %zu\n", i, bytes);
			assert_int_equal(outcome.err, rows[i].err);
			assert_span(buf_span(&outcome.body), span_str(rows[i].body));
			if (rows[i].err >= 0)
				assert_int_equal(outcome.taken + rows[i].left,
						 rows[i].input.len);
			buf_done(&outcome.body);
		}
	}
}

static void after_the_last_chunk_nothing_is_taken(void **state)
{
	struct span in = SPAN("0\r\n5\r\nhello\r\n");
	struct span data;
	struct chunk chunk;

	(void)state;
	chunk_init(&chunk);
	assert_int_equal(chunk_next(&chunk, &in, &data), ERR_EOF);
	assert_int_equal(chunk_next(&chunk, &in, &data), ERR_EOF);
	assert_span(in, SPAN("5\r\nhello\r\n"));
}

/* The outcome for a size line of so many bytes, of which the first are head. */
static enum err read_line(struct span head, size_t bytes, size_t piece_bytes)
{
	struct buf input;
	struct outcome outcome;

	buf_init(&input);
	assert_int_equal(buf_put(&input, head), 0);
	while (input.len < bytes)
		assert_int_equal(buf_put_byte(&input, '0'), 0);
	assert_int_equal(buf_put_str(&input, "\r\n"), 0);
	read_all(buf_span(&input), piece_bytes, &outcome);
	buf_done(&input);
	buf_done(&outcome.body);
	return outcome.err;
}

static void a_size_line_has_up_to_4096_bytes(void **state)
{
	static const size_t piece_bytes[] = {1, 7, 4096, 9999};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(piece_bytes); i++) {
		size_t n = piece_bytes[i];

		assert_int_equal(read_line(SPAN("0;"), CHUNK_MAX_LINE, n), ERR_EOF);
		assert_int_equal(read_line(SPAN("0;"), CHUNK_MAX_LINE + 1, n), ERR_LIMIT);
		assert_int_equal(read_line(SPAN("0"), CHUNK_MAX_LINE, n), ERR_EOF);
		assert_int_equal(read_line(SPAN("0"), CHUNK_MAX_LINE + 1, n), ERR_LIMIT);
	}
}

static void the_limit_is_for_each_line(void **state)
{
	struct buf input;
	struct outcome outcome;

	(void)state;
	buf_init(&input);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(buf_put_str(&input, "1;"), 0);
		while (input.len % CHUNK_MAX_LINE != 0)
			assert_int_equal(buf_put_byte(&input, 'x'), 0);
		assert_int_equal(buf_put_str(&input, "\r\na\r\n"), 0);
	}
	read_all(buf_span(&input), input.len, &outcome);
	assert_int_equal(outcome.err, ERR_AGAIN);
	assert_span(buf_span(&outcome.body), SPAN("aaa"));
	buf_done(&input);
	buf_done(&outcome.body);
}

static void the_line_before_a_chunk_is_its_size(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *line;
	} rows[] = {
		{1, "1\r\n"},
		{15, "f\r\n"},
		{16, "10\r\n"},
		{131072, "20000\r\n"},
		{UINT64_MAX, "ffffffffffffffff\r\n"},
	};
	struct guard guard = {0};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		char *out = guard_room(&guard, CHUNK_BEGIN_BYTES);
		size_t len = chunk_begin(out, rows[i].bytes);

		assert_span(span_of(out, len), span_str(rows[i].line));
	}
	guard_done(&guard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_body_reads_the_same_whole_and_in_pieces),
		cmocka_unit_test(after_the_last_chunk_nothing_is_taken),
		cmocka_unit_test(a_size_line_has_up_to_4096_bytes),
		cmocka_unit_test(the_limit_is_for_each_line),
		cmocka_unit_test(the_line_before_a_chunk_is_its_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
