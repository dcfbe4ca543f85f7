/* SPDX-License-Identifier: MIT */
/* Frames are found and counted, however they are cut; floods are in
 * h2_limits.c. */
#include "lib/test.h"

#include "http/h2.h"
#include "http/h2_rate.h"
#include "lib/h2_bytes.h"
#include "lib/pieces.h"

static bool sends_on_7(void *owner, uint32_t stream_id)
{
	assert_null(owner);
	return stream_id == 7;
}

static void put(struct h2_bytes *to, uint8_t type, uint8_t flags, uint32_t stream,
		struct span payload)
{
	h2_bytes_put_frame(to, type, flags, stream, payload);
}

/* Counts in pieces up to the first failure, and answers how many bytes came before. */
static size_t count(struct h2_rate *rate, struct span bytes, size_t piece_bytes,
		    enum err *out)
{
	struct pieces pieces = {.rest = bytes, .bytes = piece_bytes};
	struct span piece;
	size_t at = 0;

	*out = ERR_NONE;
	while (!*out && pieces_next(&pieces, &piece)) {
		size_t len = 99;

		*out = h2_rate_count(rate, piece, 5, &len);
		if (!*out)
			assert_int_equal(len, piece.len);
		at += len;
	}
	pieces_done(&pieces);
	return at;
}

static void every_frame_is_found(void **state)
{
	struct h2_bytes bytes = {0};

	(void)state;
	put(&bytes, 0, 0, 1, SPAN("data"));			/* free */
	put(&bytes, 0, 0, 1, SPAN(""));				/* empty */
	put(&bytes, 0, 1, 1, SPAN(""));				/* ends */
	put(&bytes, 0, 8, 1, span_of("\0", 1));			/* empty */
	put(&bytes, 0, 8, 1, span_of("\2\0\0", 3));		/* empty */
	put(&bytes, 0, 8, 1, span_of("\2x\0\0", 4));		/* free */
	put(&bytes, 0, 9, 1, span_of("\2\0\0", 3));		/* ends */
	put(&bytes, 0, 8, 1, SPAN(""));				/* wrong, and empty */
	put(&bytes, 1, 0, 1, SPAN("headers"));			/* free */
	put(&bytes, 9, 0, 1, SPAN("continued"));		/* of this head */
	put(&bytes, 9, 4, 1, SPAN(""));				/* the same */
	put(&bytes, 3, 0, 1, span_of("\0\0\0\0", 4));		/* reset */
	put(&bytes, 4, 0, 0, SPAN("settin"));			/* control */
	put(&bytes, 6, 0, 0, SPAN("pingping"));			/* control */
	put(&bytes, 7, 0, 0, SPAN("goawaygo"));			/* control */
	put(&bytes, 8, 0, 7, span_of("\0\0\0\1", 4));		/* free */
	put(&bytes, 8, 0, 0x80000007u, span_of("\0\0\0\1", 4)); /* free */
	put(&bytes, 8, 0, 9, span_of("\0\0\0\1", 4));		/* control */
	put(&bytes, 2, 0, 9, SPAN("prior"));			/* control */
	put(&bytes, 255, 255, 9, SPAN("what"));			/* control */
	for (size_t n = 1; n <= bytes.len; n++) {
		struct h2_rate rate = {.is_sending = sends_on_7};
		enum err err;

		assert_int_equal(count(&rate, h2_bytes_span(&bytes), n, &err), bytes.len);
		assert_int_equal(err, 0);
		assert_int_equal(rate.empty_data, 4);
		assert_int_equal(rate.resets, 1);
		assert_int_equal(rate.control_frames, 6);
		assert_int_equal(rate.continuations, 2);
		assert_int_equal(rate.skip, 0);
		assert_int_equal(rate.begun_bytes, 0);
	}
	h2_bytes_done(&bytes);
}

static void a_push_is_wrong(void **state)
{
	struct h2_bytes bytes = {0};

	(void)state;
	put(&bytes, 0, 0, 1, SPAN("data"));
	put(&bytes, 5, 0, 1, SPAN("push"));
	for (size_t n = 1; n <= bytes.len; n++) {
		struct h2_rate rate = {.is_sending = sends_on_7};
		size_t at;
		enum err err;

		at = count(&rate, h2_bytes_span(&bytes), n, &err);
		assert_int_equal(err, ERR_PROTOCOL);
		assert_non_null(rate.what);
		/* up to that frame, or the part of its header that came before */
		assert_true(at >= 13 && at < 13 + 9);
		if (n > 22)
			assert_int_equal(at, 13);
	}
	h2_bytes_done(&bytes);
}

static void the_count_begins_anew(void **state)
{
	struct h2_rate rate = {.is_sending = sends_on_7};
	struct h2_bytes ping = {0};
	uint64_t now_ms = 1000000;
	size_t len;

	(void)state;
	put(&ping, 6, 0, 0, SPAN("pingping"));
	for (unsigned second = 0; second < 2; second++, now_ms += H2_RATE_MS)
		for (unsigned i = 0; i < H2_MAX_CONTROL_FRAMES; i++)
			assert_int_equal(
				h2_rate_count(&rate, h2_bytes_span(&ping), now_ms, &len),
				0);
	now_ms -= 1;
	assert_int_equal(h2_rate_count(&rate, h2_bytes_span(&ping), now_ms, &len),
			 ERR_LIMIT);
	assert_int_equal(len, 0);
	h2_bytes_done(&ping);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_frame_is_found),
		cmocka_unit_test(a_push_is_wrong),
		cmocka_unit_test(the_count_begins_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
