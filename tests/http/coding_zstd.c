/* SPDX-License-Identifier: MIT */
#include "lib/test.h"

#include "http/coding.h"
#include "lib/coder.h"
#include "lib/decoded.h"

/* What a span over a literal is initialised with. */
#define TEXT(literal)                                                                    \
	{                                                                                \
		literal, sizeof(literal) - 1                                             \
	}

static void zstd_goes_on_with_further_frames(void **state)
{
	static const struct {
		struct span rest; /* behind two frames and one to be skipped */
		enum err err;
	} rows[] = {
		{TEXT(""), ERR_NONE},
		/* Not the beginning of a frame. */
		{TEXT("\0"), ERR_NONE},
		{TEXT("\x28\xb5\x2f\0"), ERR_NONE},
		{TEXT("\x28\x28\xb5\x2f\xfd"), ERR_NONE},
		{TEXT("\x60\x2a\x4d\x18"), ERR_NONE},
		{TEXT("\x50\x2a\x4d\x19"), ERR_NONE},
		/* A format before the RFC's. */
		{TEXT("\x27\xb5\x2f\xfd\0\0\0\0\0\0\0\0"), ERR_NONE},
		/* Frames cut off. */
		{TEXT("\x28"), ERR_CODING},
		{TEXT("\x28\xb5\x2f"), ERR_CODING},
		{TEXT("\x28\xb5\x2f\xfd"), ERR_CODING},
		{TEXT("\x28\xb5\x2f\xfd\0"), ERR_CODING},
		{TEXT("\x50"), ERR_CODING},
		{TEXT("\x5f\x2a\x4d\x18\2\0\0\0!"), ERR_CODING},
		/* With a bit that is reserved, and with a dictionary that there is not.
		 */
		{TEXT("\x28\xb5\x2f\xfd\x08\x58\1\0\0"), ERR_CODING},
		{TEXT("\x28\xb5\x2f\xfd\x21\x07\0\1\0\0"), ERR_CODING},
		/* To be skipped. */
		{TEXT("\x50\x2a\x4d\x18\0\0\0\0"), ERR_NONE},
		{TEXT("\x5f\x2a\x4d\x18\2\0\0\0!!"), ERR_NONE},
		{TEXT("\x5f\x2a\x4d\x18\2\0\0\0!!!"), ERR_NONE},
		/* An empty one. */
		{TEXT("\x28\xb5\x2f\xfd\x20\0\1\0\0"), ERR_NONE},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct buf input = coder_make(CODER_ZSTD, SPAN("Hello, "));

		assert_int_equal(buf_put(&input, SPAN("\x53\x2a\x4d\x18\3\0\0\0pad")), 0);
		coder_put(&input, CODER_ZSTD, SPAN("frames"), 0);
		assert_int_equal(buf_put(&input, rows[i].rest), 0);
		decoded_check("zstd", buf_span(&input), rows[i].err,
			      SPAN("Hello, frames"));
		buf_done(&input);
	}
}

static void zstd_begins_with_a_frame(void **state)
{
	static const struct {
		struct span input;
		enum err err;
	} rows[] = {
		{TEXT("\x50\x2a\x4d\x18\0\0\0\0"), ERR_NONE},
		{TEXT("\x50\x2a\x4d\x18\0\0\0\0trailing"), ERR_NONE},
		{TEXT("\x28\xb5\x2f\xfd\x20\0\1\0\0"), ERR_NONE},
		{TEXT("\x60\x2a\x4d\x18\0\0\0\0"), ERR_CODING},
		{TEXT("\x27\xb5\x2f\xfd\x20\0\1\0\0"), ERR_CODING},
		{TEXT("\x26\xb5\x2f\xfd\x20\0\1\0\0"), ERR_CODING},
		{TEXT("\x25\xb5\x2f\xfd\x20\0\1\0\0"), ERR_CODING},
		{TEXT("plain text"), ERR_CODING},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++)
		decoded_check("zstd", rows[i].input, rows[i].err, SPAN(""));
}

/* A head that reads like a frame to be skipped from its fifth byte on. */
static void a_head_is_not_taken_for_a_frame(void **state)
{
	static const struct {
		struct span input;
		enum err err;
	} rows[] = {
		/* A window of 40 KiB, a length of 6477, then blocks. */
		{TEXT("\x28\xb5\x2f\xfd\x50\x2a\x4d\x18\0\0\0\0\0\0\0\0"), ERR_CODING},
		{TEXT("\x28\xb5\x2f\xfd\x50\x2a\x4d\x18\3\0\0\0\0\0\0\0"), ERR_CODING},
		/* The same with a dictionary. */
		{TEXT("\x28\xb5\x2f\xfd\x53\x2a\x4d\x18\3\0\0\0pad"), ERR_CODING},
	};
	/* The same again, all of it good: one block, the same byte 6477 times. */
	const struct span good = SPAN("\x28\xb5\x2f\xfd\x50\x2a\x4d\x18\x6b\xca\0!");
	static char bytes[6477];

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++)
		decoded_check("zstd", rows[i].input, rows[i].err, SPAN(""));
	memset(bytes, '!', sizeof(bytes));
	decoded_check("zstd", good, ERR_NONE, span_of(bytes, sizeof(bytes)));
}

static void a_window_has_up_to_8_mib(void **state)
{
	static const struct {
		int window_bits;
		enum err err;
	} rows[] = {
		{10, ERR_NONE},
		{CODING_ZSTD_WINDOW_BITS, ERR_NONE},
		{CODING_ZSTD_WINDOW_BITS + 1, ERR_CODING},
		{27, ERR_CODING},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct buf input = {0};

		coder_put(&input, CODER_ZSTD, decoded_body(), rows[i].window_bits);
		decoded_check("zstd", buf_span(&input), rows[i].err, decoded_body());
		buf_done(&input);
	}
	/* The exponent alone, and an eighth above it. */
	decoded_check("zstd", SPAN("\x28\xb5\x2f\xfd\0\x68\1\0\0"), ERR_NONE, SPAN(""));
	decoded_check("zstd", SPAN("\x28\xb5\x2f\xfd\0\x69\1\0\0"), ERR_CODING, SPAN(""));
	/* A single segment, whose content is its window. */
	decoded_check("zstd", SPAN("\x28\xb5\x2f\xfd\xa0\1\0\x80\0\1\0\0"), ERR_CODING,
		      SPAN(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zstd_goes_on_with_further_frames),
		cmocka_unit_test(zstd_begins_with_a_frame),
		cmocka_unit_test(a_head_is_not_taken_for_a_frame),
		cmocka_unit_test(a_window_has_up_to_8_mib),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
