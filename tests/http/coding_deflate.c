/* SPDX-License-Identifier: MIT */
#include "lib/test.h"

#include "lib/coder.h"
#include "lib/decoded.h"

/* What a span over a literal is initialised with. */
#define TEXT(literal)                                                                    \
	{                                                                                \
		literal, sizeof(literal) - 1                                             \
	}

/* ---- gzip ---- */

static void gzip_goes_on_with_further_members(void **state)
{
	static const struct {
		struct span rest; /* behind two members */
		enum err err;
	} rows[] = {
		{TEXT(""), ERR_NONE},
		/* Not the beginning of a member. */
		{TEXT("\0"), ERR_NONE},
		{TEXT("\0\0\0\0\0\0\0\0\0\0\0\0"), ERR_NONE},
		{TEXT("\r\n"), ERR_NONE},
		{TEXT("\x1f\x1f\x8b"), ERR_NONE},
		{TEXT("\x1f\0garbage"), ERR_NONE},
		{TEXT("\x8b\x1f"), ERR_NONE},
		/* One that is cut off. */
		{TEXT("\x1f"), ERR_CODING},
		{TEXT("\x1f\x8b"), ERR_CODING},
		{TEXT("\x1f\x8b\x08\0\0\0\0\0\0"), ERR_CODING},
		/* One that is damaged. */
		{TEXT("\x1f\x8b\x07\0\0\0\0\0\0\3"), ERR_CODING},
		{TEXT("\x1f\x8b\x08\xe0\0\0\0\0\0\3"), ERR_CODING},
		/* An empty one, and something behind it. */
		{TEXT("\x1f\x8b\x08\0\0\0\0\0\0\3\3\0\0\0\0\0\0\0\0\0"), ERR_NONE},
		{TEXT("\x1f\x8b\x08\0\0\0\0\0\0\3\3\0\0\0\0\0\0\0\0\0!"), ERR_NONE},
		{TEXT("\x1f\x8b\x08\0\0\0\0\0\0\3\3\0\0\0\0\0\0\0\0\1"), ERR_CODING},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct buf input = coder_make(CODER_GZIP, SPAN("Hello, "));

		coder_put(&input, CODER_GZIP, SPAN("members"), 0);
		assert_int_equal(buf_put(&input, rows[i].rest), 0);
		decoded_check("gzip", buf_span(&input), rows[i].err,
			      SPAN("Hello, members"));
		buf_done(&input);
	}
}

/* All that may stand in a member's head, RFC 1952 2.3.1. */
static void a_gzip_head_may_have_every_part(void **state)
{
	static const struct span rows[] = {
		TEXT("\x1f\x8b\x08\x01\1\2\3\4\0\3"),	       /* text */
		TEXT("\x1f\x8b\x08\x04\0\0\0\0\2\xff\3\0abc"), /* extra */
		TEXT("\x1f\x8b\x08\x08\0\0\0\0\0\3name\0"),    /* name */
		TEXT("\x1f\x8b\x08\x10\0\0\0\0\0\3comment\0"), /* comment */
		TEXT("\x1f\x8b\x08\x02\0\0\0\0\0\3\xa7"
		     "\x77"),					 /* sum of the head */
		TEXT("\x1f\x8b\x08\x1c\0\0\0\0\0\3\1\0an\0c\0"), /* several */
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct buf plain = coder_make(CODER_GZIP, decoded_body());
		struct buf input;

		buf_init(&input);
		assert_int_equal(buf_put(&input, rows[i]), 0);
		assert_int_equal(buf_put(&input, span_skip(buf_span(&plain), 10)), 0);
		decoded_check("gzip", buf_span(&input), ERR_NONE, decoded_body());
		buf_done(&input);
		buf_done(&plain);
	}
}

static void gzip_is_not_taken_for_what_it_is_not(void **state)
{
	static const enum coder_format formats[] = {CODER_ZLIB, CODER_BARE, CODER_BR,
						    CODER_ZSTD};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(formats); i++) {
		struct buf input = coder_make(formats[i], decoded_body());

		decoded_check("gzip", buf_span(&input), ERR_CODING, SPAN(""));
		buf_done(&input);
	}
}

/* ---- deflate ---- */

static void deflate_is_told_from_its_bare_form_by_two_bytes(void **state)
{
	static const struct {
		struct span input;
		const char *body;
		enum err err;
	} rows[] = {
		/* Bare: fixed codes, stored, and what can be neither. */
		{TEXT("\3\0"), "", ERR_NONE},
		{TEXT("\x4b\4\0"), "a", ERR_NONE},
		{TEXT("\1\1\0\xfe\xff"
		      "a"),
		 "a", ERR_NONE},
		{TEXT("\0\1\0\xfe\xff"
		      "a\3\0"),
		 "a", ERR_NONE},
		{TEXT("\7\0"), "", ERR_CODING},
		{TEXT("\1\1\0\xff\xff"
		      "a"),
		 "", ERR_CODING},
		/* A stored block with padding: no window is as large as the first says,
		 * and in the second row the bytes are no multiple of 31. */
		{TEXT("\x88\1\0\xfe\xff"
		      "a\3\0"),
		 "a", ERR_NONE},
		{TEXT("\x78\1\0\xfe\xff"
		      "a\3\0"),
		 "", ERR_CODING},
		{TEXT("\x78\2\0\xfd\xff"
		      "ab\3\0"),
		 "ab", ERR_NONE},
		/* zlib's, with every level that the head can tell, and a small window. */
		{TEXT("\x78\x01\x4b\x04\0\0\x62\0\x62"), "a", ERR_NONE},
		{TEXT("\x78\x5e\x4b\x04\0\0\x62\0\x62"), "a", ERR_NONE},
		{TEXT("\x78\x9c\x4b\x04\0\0\x62\0\x62"), "a", ERR_NONE},
		{TEXT("\x78\xda\x4b\x04\0\0\x62\0\x62"), "a", ERR_NONE},
		{TEXT("\x08\x1d\x4b\x04\0\0\x62\0\x62"), "a", ERR_NONE},
		/* A wrong sum; a dictionary; no more than the first byte. */
		{TEXT("\x78\x9c\x4b\x04\0\0\x62\0\x63"), "", ERR_CODING},
		{TEXT("\x78\xbb\0\0\0\1\x4b\x04\0\0\x62\0\x62"), "", ERR_CODING},
		{TEXT("\x78"), "", ERR_CODING},
		{TEXT("\3"), "", ERR_CODING},
		/* gzip is neither. */
		{TEXT("\x1f\x8b\x08\0\0\0\0\0\0\3\3\0\0\0\0\0\0\0\0\0"), "", ERR_CODING},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++)
		decoded_check("deflate", rows[i].input, rows[i].err,
			      span_str(rows[i].body));
}

static void deflate_ends_once(void **state)
{
	static const enum coder_format formats[] = {CODER_ZLIB, CODER_BARE};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(formats); i++) {
		struct buf input = coder_make(formats[i], decoded_body());

		coder_put(&input, formats[i], SPAN("not read"), 0);
		decoded_check("deflate", buf_span(&input), ERR_NONE, decoded_body());
		buf_done(&input);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gzip_goes_on_with_further_members),
		cmocka_unit_test(a_gzip_head_may_have_every_part),
		cmocka_unit_test(gzip_is_not_taken_for_what_it_is_not),
		cmocka_unit_test(deflate_is_told_from_its_bare_form_by_two_bytes),
		cmocka_unit_test(deflate_ends_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
