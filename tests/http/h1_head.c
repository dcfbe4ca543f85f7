/* SPDX-License-Identifier: MIT */
/* Heads of responses and trailers, as they are read. */
#include "lib/test.h"

#include <stdio.h>

#include "base/mem.h"
#include "http/h1_head.h"
#include "lib/guard.h"
#include "lib/pieces.h"

/* What a span over a literal is initialised with. */
#define TEXT(literal)                                                                    \
	{                                                                                \
		literal, sizeof(literal) - 1                                             \
	}

static void put(struct buf *buf, struct span bytes)
{
	assert_int_equal(buf_put(buf, bytes), 0);
}

static void put_text(struct buf *buf, const char *text)
{
	put(buf, span_str(text));
}

/* Writes fields as "|name=value". */
static void put_fields(struct buf *out, const struct headers *headers)
{
	for (uint32_t i = 0; i < headers->count; i++) {
		put_text(out, "|");
		put(out, headers->at[i].name);
		put_text(out, "=");
		put(out, headers->at[i].value);
	}
}

/* Writes a head as "version status reason|name=value", or the failure's number. */
static void put_outcome(struct buf *out, enum err err, const struct response_head *head)
{
	if (err) {
		put_text(out, err == ERR_AGAIN	    ? "again"
			      : err == ERR_PROTOCOL ? "protocol"
			      : err == ERR_LIMIT    ? "limit"
						    : "other");
		return;
	}
	assert_int_equal(buf_put_uint(out, head->version), 0);
	put_text(out, " ");
	assert_int_equal(buf_put_uint(out, head->status), 0);
	put_text(out, " ");
	put(out, head->reason);
	put_fields(out, &head->headers);
}

/* Reads a head that comes in pieces of so many bytes; *left is what it leaves. */
static void read_pieces(struct span input, size_t piece_bytes, struct buf *out,
			size_t *left)
{
	struct guard guard = {0};
	struct arena arena;
	struct h1_head head;
	struct response_head *response = NULL;
	enum err err = ERR_AGAIN;

	arena_init(&arena);
	h1_head_init(&head, &arena);
	for (size_t n = piece_bytes; err == ERR_AGAIN; n += piece_bytes) {
		size_t len = n < input.len ? n : input.len;
		struct span in = guard_copy(&guard, span_of(input.at, len));

		err = h1_head_read(&head, &in, &response);
		if (err == ERR_AGAIN)
			assert_int_equal(in.len, len);
		*left = input.len - (len - in.len);
		if (len == input.len)
			break;
	}
	/* What was read does not lie in the input any more. */
	(void)guard_room(&guard, 1);
	if (err < 0)
		assert_non_null(head.what);
	put_outcome(out, err, response);
	arena_done(&arena);
	guard_done(&guard);
}

static void check_row(struct span input, const char *expected, size_t expected_left)
{
	struct buf out;

	buf_init(&out);
	for (size_t bytes = 1; bytes <= PIECES_MAX_BYTES + 1; bytes++) {
		size_t left = 0;

		buf_clear(&out);
		read_pieces(input, bytes <= PIECES_MAX_BYTES ? bytes : input.len + 1,
			    &out, &left);
		assert_span(buf_span(&out), span_str(expected));
		if (!span_eq(buf_span(&out), SPAN("protocol")))
			assert_int_equal(left, expected_left);
	}
	buf_done(&out);
}

static void status_lines_are_read_strictly(void **state)
{
	static const struct {
		struct span line; /* with its end */
		const char *head;
	} rows[] = {
		{TEXT("HTTP/1.1 200 OK\r\n"), "11 200 OK"},
		{TEXT("HTTP/1.1 200 OK\n"), "11 200 OK"},
		{TEXT("HTTP/1.0 404 Not Found\r\n"), "10 404 Not Found"},
		{TEXT("HTTP/1.2 200 OK\r\n"), "11 200 OK"},
		{TEXT("HTTP/1.9 999 \r\n"), "11 999 "},
		{TEXT("HTTP/1.1 100\r\n"), "11 100 "},
		{TEXT("HTTP/1.1 200\n"), "11 200 "},
		{TEXT("HTTP/1.1 200 \xE4\t \x80\r\n"), "11 200 \xE4\t \x80"},
		{TEXT("HTTP/1.1 200  OK \r\n"), "11 200  OK "},
		{TEXT("HTTP/0.9 200 OK\r\n"), "protocol"},
		{TEXT("HTTP/2.0 200 OK\r\n"), "protocol"},
		{TEXT("HTTP/2 200\r\n"), "protocol"},
		{TEXT("HTTP/1 200 OK\r\n"), "protocol"},
		{TEXT("HTTP/1.10 200 OK\r\n"), "protocol"},
		{TEXT("HTTP/1.a 200 OK\r\n"), "protocol"},
		{TEXT("http/1.1 200 OK\r\n"), "protocol"},
		{TEXT("ICY 200 OK\r\n"), "protocol"},
		{TEXT(" HTTP/1.1 200 OK\r\n"), "protocol"},
		{TEXT("\r\nHTTP/1.1 200 OK\r\n"), "protocol"},
		{TEXT("\nHTTP/1.1 200 OK\r\n"), "protocol"},
		{TEXT("HTTP/1.1  200 OK\r\n"), "protocol"},
		{TEXT("HTTP/1.1\t200 OK\r\n"), "protocol"},
		{TEXT("HTTP/1.1 20 OK\r\n"), "protocol"},
		{TEXT("HTTP/1.1 20\r\n"), "protocol"},
		{TEXT("HTTP/1.1 2000 OK\r\n"), "protocol"},
		{TEXT("HTTP/1.1 099 OK\r\n"), "protocol"},
		{TEXT("HTTP/1.1 2x0 OK\r\n"), "protocol"},
		{TEXT("HTTP/1.1 +20 OK\r\n"), "protocol"},
		{TEXT("HTTP/1.1 200\tOK\r\n"), "protocol"},
		{TEXT("HTTP/1.1 200-OK\r\n"), "protocol"},
		{TEXT("HTTP/1.1 200 O\rK\r\n"), "protocol"},
		{TEXT("HTTP/1.1 200 OK\r\r\n"), "protocol"},
		{TEXT("HTTP/1.1 200\r\r\n"), "protocol"},
		{TEXT("HTTP/1.1 200 O\0K\r\n"), "protocol"},
		{TEXT("HTTP/1.1 200 O\x1BK\r\n"), "protocol"},
		{TEXT("HTTP/1.1 200 O\x7FK\r\n"), "protocol"},
		{TEXT("HTTP/1.1\r\n"), "protocol"},
		{TEXT("\r\n"), "protocol"},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct buf input;

		buf_init(&input);
		put(&input, rows[i].line);
		put_text(&input, "\r\nbody\n");
		check_row(buf_span(&input), rows[i].head, 5);
		buf_done(&input);
	}
}

static void fields_are_read_strictly(void **state)
{
	static const struct {
		struct span lines; /* behind the status line */
		const char *fields;
	} rows[] = {
		{TEXT(""), ""},
		{TEXT("A: b\r\n"), "|A=b"},
		{TEXT("A: b\n"), "|A=b"},
		{TEXT("A:b\r\nC:\td\t \r\n"), "|A=b|C=d"},
		{TEXT("A:\r\nB: \r\nC: \t \n"), "|A=|B=|C="},
		{TEXT("A: b c:d\r\na: B\r\n"), "|A=b c:d|a=B"},
		{TEXT("!#$%&'*+-.^_`|~09azAZ: x\r\n"), "|!#$%&'*+-.^_`|~09azAZ=x"},
		{TEXT("A: \x80\xFF\tb\t\tc\r\n"), "|A=\x80\xFF\tb\t\tc"},
		{TEXT("A: 0123456789abcdef0123456789abcdef\r\n"),
		 "|A=0123456789abcdef0123456789abcdef"},
		{TEXT("Content-Type: text/html; charset=utf-8\r\nServer: nginx\r\n"),
		 "|Content-Type=text/html; charset=utf-8|Server=nginx"},
		/* Obsolete folding. */
		{TEXT("A: b\r\n c\r\n"), "|A=b   c"},
		{TEXT("A: b\n\tc\r\nD: e\r\n"), "|A=b \tc|D=e"},
		{TEXT("A: b\r\n c\r\n\t d\r\n"), "|A=b   c  \t d"},
		{TEXT("A:\r\n b\r\n"), "|A=b"},
		{TEXT("A: b\r\n \r\n\t\r\n"), "|A=b"},
		{TEXT("A:\r\n \r\nB: c\r\n"), "|A=|B=c"},
		{TEXT("A: b\r\n C: d\r\n"), "|A=b   C: d"},
		/* Names. */
		{TEXT(": b\r\n"), NULL},
		{TEXT("A : b\r\n"), NULL},
		{TEXT("A\t: b\r\n"), NULL},
		{TEXT("A B: c\r\n"), NULL},
		{TEXT("A\r\n"), NULL},
		{TEXT("A\r\n: b\r\n"), NULL},
		{TEXT("\xC3\xA4: b\r\n"), NULL},
		{TEXT("A\0: b\r\n"), NULL},
		{TEXT("\"A\": b\r\n"), NULL},
		{TEXT("A: b\r\n: c\r\n"), NULL},
		{TEXT(" A: b\r\n"), NULL},
		{TEXT("\tA: b\r\n"), NULL},
		{TEXT(" \r\nA: b\r\n"), NULL},
		/* Values. */
		{TEXT("A: b\rc\r\n"), NULL},
		{TEXT("A: b\r\r\n"), NULL},
		{TEXT("A: b\r \r\n"), NULL},
		{TEXT("A:\r b\r\n"), NULL},
		{TEXT("\rA: b\r\n"), NULL},
		{TEXT("A: b\r\n\rC: d\r\n"), NULL},
		{TEXT("A: b\r\n c\rd\r\n"), NULL},
		{TEXT("A: b\0c\r\n"), NULL},
		{TEXT("A: \0\r\n"), NULL},
		{TEXT("A: b\x01\r\n"), NULL},
		{TEXT("A: b\x0B\x0C\r\n"), NULL},
		{TEXT("A: 0123456789abcdef0123456\x1F\r\n"), NULL},
		{TEXT("A: b\x7F\r\n"), NULL},
		{TEXT("A: b\r\n c\0\r\n"), NULL},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		for (int is_bare = 0; is_bare < 2; is_bare++) {
			struct buf input;
			struct buf expected;

			buf_init(&input);
			buf_init(&expected);
			put_text(&input, "HTTP/1.1 200 OK\r\n");
			put(&input, rows[i].lines);
			put_text(&input, is_bare ? "\nHTTP" : "\r\nHTTP");
			put_text(&expected, rows[i].fields ? "11 200 OK" : "protocol");
			put_text(&expected, rows[i].fields ? rows[i].fields : "");
			check_row(buf_span(&input), buf_cstr(&expected), 4);
			buf_done(&input);
			buf_done(&expected);
		}
	}
}

static void a_head_without_its_end_is_waited_for(void **state)
{
	static const struct span rows[] = {
		TEXT("H"),
		TEXT("HTTP/1.1 200 OK"),
		TEXT("HTTP/1.1 200 OK\r"),
		TEXT("HTTP/1.1 200 OK\r\n"),
		TEXT("HTTP/1.1 200 OK\r\nA: b\r\n"),
		TEXT("HTTP/1.1 200 OK\r\nA: b\r\n\r"),
		TEXT("HTTP/1.1 200 OK\r\nA: b\r\n "),
		TEXT("HTTP/1.1 200 OK\r\nbad\r\n"),
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++)
		check_row(rows[i], "again", rows[i].len);
}

static void nothing_is_asked_of_an_empty_input(void **state)
{
	struct arena arena;
	struct h1_head head;
	struct response_head *response = NULL;
	struct span in = {0};

	(void)state;
	arena_init(&arena);
	h1_head_init(&head, &arena);
	assert_int_equal(h1_head_read(&head, &in, &response), ERR_AGAIN);
	head.bytes_left = 0;
	assert_int_equal(h1_head_read(&head, &in, &response), ERR_AGAIN);
	in = SPAN("H");
	assert_int_equal(h1_head_read(&head, &in, &response), ERR_LIMIT);
	arena_done(&arena);
}

static void trailers_are_fields_and_an_empty_line(void **state)
{
	static const struct {
		struct span input;
		enum err err;
		uint32_t fields;
		size_t left;
	} rows[] = {
		{TEXT("\r\n"), ERR_NONE, 0, 0},
		{TEXT("\n\n"), ERR_NONE, 0, 1},
		{TEXT("A: b\r\nC: d\r\n e\r\n\r\nHTTP"), ERR_NONE, 2, 4},
		{TEXT("\r"), ERR_AGAIN, 0, 1},
		{TEXT("A: b\r\n"), ERR_AGAIN, 0, 6},
		{TEXT("\r\r\n\r\n"), ERR_PROTOCOL, 0, 5},
		{TEXT(" A: b\r\n\r\n"), ERR_PROTOCOL, 0, 9},
		{TEXT("A: b\r\nC: \1\r\n\r\n"), ERR_PROTOCOL, 0, 14},
		{TEXT("HTTP/1.1 200 OK\r\n\r\n"), ERR_PROTOCOL, 0, 19},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct arena arena;
		struct h1_head head;
		struct span in = rows[i].input;

		arena_init(&arena);
		h1_head_init(&head, &arena);
		assert_int_equal(h1_head_skip_trailers(&head, &in), rows[i].err);
		assert_int_equal(in.len, rows[i].left);
		assert_int_equal(head.fields_left, H1_HEAD_MAX_FIELDS - rows[i].fields);
		assert_int_equal(head.bytes_left,
				 H1_HEAD_MAX_BYTES -
					 (rows[i].err ? 0 : rows[i].input.len - in.len));
		arena_done(&arena);
	}
}

/* A head of exactly so many bytes. */
static void make_head(struct buf *out, size_t bytes)
{
	put_text(out, "HTTP/1.1 200 OK\r\nA: ");
	while (out->len < bytes - 4)
		put_text(out, "x");
	put_text(out, "\r\n\r\n");
}

/* Reads heads of these sizes one after the other; the result of the last. Nothing is
 * copied, so that small pieces of a large head take no longer than they must. */
static enum err read_sizes(const size_t *sizes, size_t count, size_t piece_bytes)
{
	struct arena arena;
	struct h1_head head;
	struct response_head *response = NULL;
	enum err err = ERR_NONE;

	arena_init(&arena);
	h1_head_init(&head, &arena);
	for (size_t i = 0; i < count; i++) {
		struct buf input;

		assert_int_equal(err, 0);
		buf_init(&input);
		make_head(&input, sizes[i]);
		err = ERR_AGAIN;
		for (size_t n = 0; err == ERR_AGAIN && n < input.len;) {
			struct span in;

			n = n + piece_bytes < input.len ? n + piece_bytes : input.len;
			in = span_of(input.at, n);
			err = h1_head_read(&head, &in, &response);
		}
		buf_done(&input);
	}
	arena_done(&arena);
	return err;
}

static void all_heads_together_have_up_to_256_kib(void **state)
{
	static const struct {
		size_t sizes[3];
		size_t count;
		enum err err;
	} rows[] = {
		{{H1_HEAD_MAX_BYTES}, 1, ERR_NONE},
		{{H1_HEAD_MAX_BYTES + 1}, 1, ERR_LIMIT},
		{{H1_HEAD_MAX_BYTES + 99999}, 1, ERR_LIMIT},
		{{100, 200, H1_HEAD_MAX_BYTES - 300}, 3, ERR_NONE},
		{{100, 200, H1_HEAD_MAX_BYTES - 299}, 3, ERR_LIMIT},
		{{H1_HEAD_MAX_BYTES, 100}, 2, ERR_LIMIT},
	};
	static const size_t piece_bytes[] = {1, 64, 1000, 9999999};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		for (size_t k = 0; k < TEST_COUNT(piece_bytes); k++)
			assert_int_equal(
				read_sizes(rows[i].sizes, rows[i].count, piece_bytes[k]),
				rows[i].err);
	}
}

static void a_head_over_the_limit_is_refused_before_it_ends(void **state)
{
	struct arena arena;
	struct h1_head head;
	struct response_head *response = NULL;
	struct buf input;
	struct span in;

	(void)state;
	buf_init(&input);
	make_head(&input, H1_HEAD_MAX_BYTES + 10);
	arena_init(&arena);
	h1_head_init(&head, &arena);
	in = span_of(input.at, H1_HEAD_MAX_BYTES - 1);
	assert_int_equal(h1_head_read(&head, &in, &response), ERR_AGAIN);
	in = span_of(input.at, H1_HEAD_MAX_BYTES);
	assert_int_equal(h1_head_read(&head, &in, &response), ERR_LIMIT);
	arena_done(&arena);
	buf_done(&input);
}

/* Reads a head with so many fields, then trailers with so many. */
static enum err read_counts(unsigned fields, unsigned trailer_fields)
{
	struct arena arena;
	struct h1_head head;
	struct response_head *response = NULL;
	struct buf input;
	struct span in;
	enum err err;

	buf_init(&input);
	put_text(&input, "HTTP/1.1 200 OK\r\n");
	for (unsigned i = 0; i < fields; i++)
		put_text(&input, "A: b\r\n");
	put_text(&input, "\r\n");
	for (unsigned i = 0; i < trailer_fields; i++)
		put_text(&input, "C: d\r\n");
	put_text(&input, "\r\n");
	arena_init(&arena);
	h1_head_init(&head, &arena);
	in = buf_span(&input);
	err = h1_head_read(&head, &in, &response);
	if (!err) {
		assert_int_equal(response->headers.count, fields);
		assert_span(headers_get(&response->headers, SPAN("a")),
			    fields ? SPAN("b") : SPAN(""));
		err = h1_head_skip_trailers(&head, &in);
	}
	arena_done(&arena);
	buf_done(&input);
	return err;
}

static void all_heads_together_have_up_to_1000_fields(void **state)
{
	(void)state;
	assert_int_equal(read_counts(0, 0), 0);
	assert_int_equal(read_counts(16, 0), 0);
	assert_int_equal(read_counts(17, 17), 0);
	assert_int_equal(read_counts(H1_HEAD_MAX_FIELDS, 0), 0);
	assert_int_equal(read_counts(H1_HEAD_MAX_FIELDS + 1, 0), ERR_LIMIT);
	assert_int_equal(read_counts(H1_HEAD_MAX_FIELDS - 3, 3), 0);
	assert_int_equal(read_counts(H1_HEAD_MAX_FIELDS - 3, 4), ERR_LIMIT);
	assert_int_equal(read_counts(0, H1_HEAD_MAX_FIELDS), 0);
	assert_int_equal(read_counts(0, H1_HEAD_MAX_FIELDS + 1), ERR_LIMIT);
}

static void a_list_of_read_fields_can_grow(void **state)
{
	struct arena arena;
	struct h1_head head;
	struct response_head *response = NULL;
	struct headers longer;
	struct span in = SPAN("HTTP/1.1 200 OK\r\nA: b\r\n\r\n");

	(void)state;
	arena_init(&arena);
	h1_head_init(&head, &arena);
	assert_int_equal(h1_head_read(&head, &in, &response), 0);
	longer = response->headers;
	assert_int_equal(headers_put(&longer, SPAN("C"), SPAN("d")), 0);
	assert_span(headers_get(&longer, SPAN("A")), SPAN("b"));
	assert_span(headers_get(&longer, SPAN("C")), SPAN("d"));
	arena_done(&arena);
}

static void every_allocation_of_a_head_may_fail(void **state)
{
	long before = mem_live_blocks();
	unsigned long failed = 0;
	struct buf input;

	(void)state;
	buf_init(&input);
	put_text(&input, "HTTP/1.1 200 OK\r\n");
	for (unsigned i = 0; i < 100; i++)
		put_text(&input, "A: b\r\n");
	put_text(&input, "\r\n");
	for (unsigned long n = 1;; n++) {
		struct arena arena;
		struct h1_head head;
		struct response_head *response;
		struct span in = buf_span(&input);
		enum err err;

		arena_init(&arena);
		h1_head_init(&head, &arena);
		mem_fail_at(n);
		err = h1_head_read(&head, &in, &response);
		arena_done(&arena);
		if (!mem_has_failed())
			break;
		assert_int_equal(err, ERR_NO_MEMORY);
		assert_int_equal(in.len, input.len);
		failed++;
	}
	mem_fail_at(0);
	assert_true(failed >= 2);
	buf_done(&input);
	assert_int_equal(mem_live_blocks(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(status_lines_are_read_strictly),
		cmocka_unit_test(fields_are_read_strictly),
		cmocka_unit_test(a_head_without_its_end_is_waited_for),
		cmocka_unit_test(nothing_is_asked_of_an_empty_input),
		cmocka_unit_test(trailers_are_fields_and_an_empty_line),
		cmocka_unit_test(all_heads_together_have_up_to_256_kib),
		cmocka_unit_test(a_head_over_the_limit_is_refused_before_it_ends),
		cmocka_unit_test(all_heads_together_have_up_to_1000_fields),
		cmocka_unit_test(a_list_of_read_fields_can_grow),
		cmocka_unit_test(every_allocation_of_a_head_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
