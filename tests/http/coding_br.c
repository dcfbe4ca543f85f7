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

static void a_window_has_up_to_16_mib(void **state)
{
	static const struct {
		int window_bits;
		enum err err;
	} rows[] = {
		{10, ERR_NONE},
		{CODING_BR_WINDOW_BITS, ERR_NONE},
		{CODING_BR_WINDOW_BITS + 1, ERR_CODING},
		{30, ERR_CODING},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct buf input = {0};

		coder_put(&input, CODER_BR, decoded_body(), rows[i].window_bits);
		decoded_check("br", buf_span(&input), rows[i].err, decoded_body());
		buf_done(&input);
	}
}

static void a_stream_ends_once(void **state)
{
	struct buf input = coder_make(CODER_BR, decoded_body());

	(void)state;
	coder_put(&input, CODER_BR, SPAN("not read"), 0);
	decoded_check("br", buf_span(&input), ERR_NONE, decoded_body());
	buf_done(&input);
}

/* RFC 7932 9.1 to 9.2: what is no stream, or one in which nothing stands. */
static void the_shortest_streams_are_read(void **state)
{
	static const struct {
		struct span input;
		enum err err;
	} rows[] = {
		{TEXT("\6"), ERR_NONE},
		{TEXT("\x3b"), ERR_NONE},
		{TEXT("\6!"), ERR_NONE},
		/* Two bytes that are skipped. */
		{TEXT("\xac\0!!\3"), ERR_NONE},
		{TEXT("\0"), ERR_CODING},
		{TEXT("\x11"), ERR_CODING},
		{TEXT("\x1f\x8b\x08\0\0\0\0\0\0\3"), ERR_CODING},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++)
		decoded_check("br", rows[i].input, rows[i].err, SPAN(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_window_has_up_to_16_mib),
		cmocka_unit_test(a_stream_ends_once),
		cmocka_unit_test(the_shortest_streams_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
