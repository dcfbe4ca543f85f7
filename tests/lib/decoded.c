/* SPDX-License-Identifier: MIT */
/*
 * Each byte of output is kept in turn, whatever the room for it was, so that two ways of
 * cutting the same input can be compared. A damaged body may stand for very much output:
 * what does not fit is only counted.
 */
#include "lib/decoded.h"

#include "lib/test.h"

#include "base/arena.h"
#include "http/headers.h"
#include "lib/guard.h"
#include "lib/pattern.h"
#include "lib/pieces.h"

#define BODY_BYTES 1500

struct span decoded_body(void)
{
	static const char words[] = "the quick brown fox jumps over the lazy dog; ";
	static char bytes[BODY_BYTES];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = i / 100 % 3 == 2 ? pattern_at(i)
					    : words[(i + i / 300) % (sizeof(words) - 1)];
	return span_of(bytes, sizeof(bytes));
}

struct span decoded_span(const struct decoded *decoded)
{
	assert_true(decoded->len <= sizeof(decoded->bytes));
	return span_of(decoded->bytes, decoded->len);
}

static void append(struct decoded *out, const char *at, size_t len)
{
	for (size_t i = 0; i < len && out->len + i < sizeof(out->bytes); i++)
		out->bytes[out->len + i] = at[i];
	out->len += len;
}

enum err decoded_new(const char *codings, struct coding **out_coding)
{
	struct arena arena;
	struct headers headers;
	enum err err;

	arena_init(&arena);
	headers_init(&headers, &arena);
	err = headers_put(&headers, SPAN("content-encoding"), span_str(codings));
	if (!err)
		err = coding_new(&headers, out_coding);
	arena_done(&arena);
	return err;
}

enum err decoded_read(struct coding *coding, struct span *in, size_t cap,
		      struct decoded *out)
{
	static struct guard guard;
	enum err err;
	size_t len;

	if (cap > sizeof(out->bytes))
		cap = sizeof(out->bytes);
	for (;;) {
		char *to = guard_room(&guard, cap);

		err = coding_read(coding, in, to, cap, &len);
		if (err)
			return err;
		assert_in_range(len, 1, cap);
		append(out, to, len);
	}
}

void decoded_run(const char *codings, struct span input, size_t piece_bytes, size_t cap,
		 struct decoded *out)
{
	struct pieces pieces = {.rest = input, .bytes = piece_bytes};
	struct coding *coding = NULL;
	struct span piece;

	out->len = 0;
	out->err = decoded_new(codings, &coding);
	assert_int_equal(out->err, ERR_NONE);
	assert_non_null(coding);
	out->err = ERR_AGAIN;
	while (out->err == ERR_AGAIN && pieces_next(&pieces, &piece)) {
		out->err = decoded_read(coding, &piece, cap, out);
		assert_true(out->err < 0 || piece.len == 0);
	}
	pieces_done(&pieces);
	if (out->err == ERR_AGAIN)
		out->err = coding_end(coding);
	assert_true(out->err == ERR_NONE || out->err == ERR_CODING ||
		    out->err == ERR_LIMIT);
	coding_free(coding);
}

void decoded_check(const char *codings, struct span input, enum err err,
		   struct span bytes)
{
	static const size_t caps[] = {1, 3, 64, SIZE_MAX};
	static struct decoded decoded;

	for (size_t n = 1; n <= PIECES_MAX_BYTES + 1; n++) {
		size_t piece_bytes = n <= PIECES_MAX_BYTES ? n : SIZE_MAX;

		for (size_t i = 0; i < TEST_COUNT(caps); i++) {
			decoded_run(codings, input, piece_bytes, caps[i], &decoded);
			if (decoded.err != err)
				print_error("%s, pieces of %zu, room for %zu\n", codings,
					    piece_bytes, caps[i]);
			assert_int_equal(decoded.err, err);
			if (!err)
				assert_span(decoded_span(&decoded), bytes);
		}
	}
}
