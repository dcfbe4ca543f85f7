/* SPDX-License-Identifier: MIT */
/*
 * A stream of the program, played: it gives as many bytes at a time as the test says,
 * and what the exchange would take is collected.
 */
#include "lib/test.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/still_loop.h"
#include "engine/upload.h"
#include "lib/pattern.h"

struct play {
	struct loop loop;     /* still */
	struct upload upload; /* what is tested */
	uint64_t given;	      /* bytes of the pattern that the stream has given */
	uint64_t taken;	      /* bytes that the exchange has seen, all right */
};

static void play_init(struct play *play, uint64_t length)
{
	*play = (struct play){0};
	still_loop_init(&play->loop);
	upload_init(&play->upload, &play->loop, length);
}

static void play_done(struct play *play)
{
	upload_done(&play->upload);
	still_loop_done(&play->loop);
}

/* Asks the stream, which gives at most most bytes. */
static enum err read_piece(struct play *play, uint32_t most)
{
	uint32_t cap;
	char *at;

	assert_true(upload_wants_piece(&play->upload));
	assert_int_equal(upload_make_room(&play->upload), ERR_NONE);
	cap = upload_room(&play->upload, &at);
	assert_true(cap > 0);
	assert_true(cap <= UPLOAD_PIECE_BYTES);
	if (play->upload.length != MESSAGE_LENGTH_UNKNOWN)
		assert_true(cap <= play->upload.length - play->given);
	if (most > cap)
		most = cap;
	pattern_fill(at, play->given, most);
	play->given += most;
	return upload_put(&play->upload, most, cap);
}

/* The exchange takes what is pending, a few bytes at a time. */
static void take_pending(struct play *play)
{
	struct span *pending = &play->upload.pending;

	while (pending->len) {
		size_t n = pending->len < 999 ? pending->len : 999;

		assert_true(pattern_matches(pending->at, play->taken, n));
		play->taken += n;
		*pending = span_skip(*pending, n);
	}
}

/* Sends all of the body; the stream has so many bytes. */
static void send_all(struct play *play, uint64_t bytes, uint32_t most)
{
	take_pending(play);
	while (!upload_is_last(&play->upload)) {
		uint64_t left = bytes - play->given;

		assert_int_equal(read_piece(play, left < most ? (uint32_t)left : most),
				 ERR_NONE);
		take_pending(play);
	}
	assert_false(upload_wants_piece(&play->upload));
	assert_int_equal(play->taken, bytes);
}

static const uint64_t lengths[] = {1,
				   2,
				   1000,
				   UPLOAD_KEEP_BYTES - 1,
				   UPLOAD_KEEP_BYTES,
				   UPLOAD_KEEP_BYTES + 1,
				   UPLOAD_PIECE_BYTES,
				   UPLOAD_PIECE_BYTES + 1,
				   UPLOAD_KEEP_BYTES + UPLOAD_PIECE_BYTES,
				   1000000};
static const uint32_t pieces[] = {1,
				  7,
				  1000,
				  UPLOAD_KEEP_BYTES - 1,
				  UPLOAD_KEEP_BYTES,
				  UPLOAD_KEEP_BYTES + 1,
				  UPLOAD_PIECE_BYTES};

static void a_body_of_any_length_goes_through_in_pieces_of_any_size(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(lengths); i++)
		for (size_t j = 0; j < TEST_COUNT(pieces); j++) {
			struct play play;

			play_init(&play, lengths[i]);
			assert_true(upload_has_body(&play.upload));
			send_all(&play, lengths[i], pieces[j]);
			play_done(&play);
			play_init(&play, MESSAGE_LENGTH_UNKNOWN);
			send_all(&play, lengths[i], pieces[j]);
			play_done(&play);
		}
}

static void what_has_no_body_never_asks(void **state)
{
	static const uint64_t none[] = {0, MESSAGE_NO_BODY};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(none); i++) {
		struct play play;

		play_init(&play, none[i]);
		assert_false(upload_has_body(&play.upload));
		assert_false(upload_wants_piece(&play.upload));
		assert_true(upload_is_last(&play.upload));
		upload_restart(&play.upload);
		assert_false(upload_wants_piece(&play.upload));
		play_done(&play);
	}
}

static void the_last_byte_of_a_known_length_is_known_to_be_the_last(void **state)
{
	struct play play;

	(void)state;
	play_init(&play, 10);
	assert_int_equal(read_piece(&play, 9), ERR_NONE);
	assert_false(upload_is_last(&play.upload));
	take_pending(&play);
	assert_int_equal(read_piece(&play, 9), ERR_NONE);
	assert_int_equal(play.upload.pending.len, 1);
	assert_true(upload_is_last(&play.upload));
	play_done(&play);
}

static void an_end_before_the_declared_length_is_a_failure(void **state)
{
	struct play play;

	(void)state;
	play_init(&play, 10);
	assert_int_equal(read_piece(&play, 9), ERR_NONE);
	take_pending(&play);
	assert_int_equal(read_piece(&play, 0), ERR_BODY_SHORT);
	assert_false(upload_is_last(&play.upload));
	play_done(&play);
}

static void a_stream_that_claims_too_much_is_not_believed(void **state)
{
	struct play play;
	uint32_t cap;
	char *at;

	(void)state;
	play_init(&play, 10);
	assert_int_equal(upload_make_room(&play.upload), ERR_NONE);
	cap = upload_room(&play.upload, &at);
	assert_int_equal(cap, 10);
	assert_int_equal(upload_put(&play.upload, 11, cap), ERR_BODY_SHORT);
	assert_int_equal(play.upload.pending.len, 0);
	assert_false(upload_is_last(&play.upload));
	play_done(&play);
}

static void a_small_body_is_sent_again_without_the_stream(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(lengths); i++)
		for (size_t j = 0; j < TEST_COUNT(pieces); j++) {
			bool is_small = lengths[i] <= UPLOAD_KEEP_BYTES;
			struct play play;

			play_init(&play, MESSAGE_LENGTH_UNKNOWN);
			send_all(&play, lengths[i], pieces[j]);
			assert_int_equal(upload_replay(&play.upload), is_small);
			play.taken = 0;
			if (is_small)
				send_all(&play, lengths[i], 1);
			play_done(&play);
		}
}

static void a_body_sent_in_part_is_sent_again_and_goes_on(void **state)
{
	struct play play;

	(void)state;
	play_init(&play, 1000);
	assert_int_equal(read_piece(&play, 100), ERR_NONE);
	take_pending(&play);
	assert_int_equal(read_piece(&play, 100), ERR_NONE);
	play.upload.pending = span_skip(play.upload.pending, 50);
	assert_true(upload_replay(&play.upload));
	assert_int_equal(play.upload.pending.len, 200);
	play.taken = 0;
	send_all(&play, 1000, 100);
	assert_true(upload_replay(&play.upload));
	play.taken = 0;
	send_all(&play, 1000, 100);
	play_done(&play);
}

static void a_seek_begins_anew_whatever_was_kept(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(lengths); i++) {
		struct play play;

		play_init(&play, lengths[i]);
		send_all(&play, lengths[i], 5000);
		play.given = play.taken = 0;
		upload_restart(&play.upload);
		send_all(&play, lengths[i], 4000);
		assert_int_equal(upload_replay(&play.upload),
				 lengths[i] <= UPLOAD_KEEP_BYTES);
		play_done(&play);
	}
}

/* Whether all of the body is at hand, and if so that it is right. */
static bool is_known(struct play *play)
{
	struct span body = SPAN("untouched");
	bool is_known = upload_is_known(&play->upload, &body);

	if (!is_known)
		assert_span(body, SPAN("untouched"));
	else if (body.len)
		assert_true(pattern_matches(body.at, 0, body.len));
	if (is_known)
		assert_int_equal(body.len, play->given);
	return is_known;
}

static void the_whole_of_a_small_body_is_known_when_it_was_sent(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(lengths); i++)
		for (size_t j = 0; j < TEST_COUNT(pieces); j++) {
			bool is_small = lengths[i] <= UPLOAD_KEEP_BYTES;
			struct play play;

			play_init(&play, lengths[i]);
			assert_false(is_known(&play));
			send_all(&play, lengths[i], pieces[j]);
			assert_int_equal(is_known(&play), is_small);
			play_done(&play);
			play_init(&play, MESSAGE_LENGTH_UNKNOWN);
			assert_false(is_known(&play));
			send_all(&play, lengths[i], pieces[j]);
			assert_int_equal(is_known(&play), is_small);
			play_done(&play);
		}
}

static void a_body_that_is_not_there_is_known_to_be_empty(void **state)
{
	static const uint64_t none[] = {0, MESSAGE_NO_BODY};
	struct play play;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(none); i++) {
		play_init(&play, none[i]);
		assert_true(is_known(&play));
		play_done(&play);
	}
	play_init(&play, MESSAGE_LENGTH_UNKNOWN);
	send_all(&play, 0, 1);
	assert_true(is_known(&play));
	play_done(&play);
}

static void a_body_is_not_known_before_its_last_byte_nor_after_a_seek(void **state)
{
	struct play play;

	(void)state;
	play_init(&play, 10);
	assert_int_equal(read_piece(&play, 9), ERR_NONE);
	assert_false(is_known(&play));
	take_pending(&play);
	assert_false(is_known(&play));
	assert_int_equal(read_piece(&play, 1), ERR_NONE);
	assert_true(is_known(&play));
	assert_true(upload_replay(&play.upload));
	assert_true(is_known(&play));
	upload_restart(&play.upload);
	assert_false(is_known(&play));
	play_done(&play);
}

static void a_small_body_takes_just_its_room(void **state)
{
	struct play play;

	(void)state;
	play_init(&play, 10);
	assert_int_equal(upload_make_room(&play.upload), ERR_NONE);
	assert_int_equal(play.upload.cap, 10);
	assert_int_equal(upload_make_room(&play.upload), ERR_NONE);
	play_done(&play);
	play_init(&play, UPLOAD_KEEP_BYTES + 1);
	assert_int_equal(upload_make_room(&play.upload), ERR_NONE);
	assert_int_equal(play.upload.cap, UPLOAD_PIECE_BYTES);
	upload_done(&play.upload);
	assert_int_equal(play.loop.spare_buffer_count, 1);
	still_loop_done(&play.loop);
}

static void there_may_be_no_memory_for_the_room(void **state)
{
	static const uint64_t both[] = {10, MESSAGE_LENGTH_UNKNOWN};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(both); i++) {
		struct play play;

		play_init(&play, both[i]);
		mem_fail_at(1);
		assert_int_equal(upload_make_room(&play.upload), ERR_NO_MEMORY);
		mem_fail_at(0);
		send_all(&play, 10, 3);
		play_done(&play);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_body_of_any_length_goes_through_in_pieces_of_any_size),
		cmocka_unit_test(what_has_no_body_never_asks),
		cmocka_unit_test(the_last_byte_of_a_known_length_is_known_to_be_the_last),
		cmocka_unit_test(an_end_before_the_declared_length_is_a_failure),
		cmocka_unit_test(a_stream_that_claims_too_much_is_not_believed),
		cmocka_unit_test(a_small_body_is_sent_again_without_the_stream),
		cmocka_unit_test(a_body_sent_in_part_is_sent_again_and_goes_on),
		cmocka_unit_test(a_seek_begins_anew_whatever_was_kept),
		cmocka_unit_test(the_whole_of_a_small_body_is_known_when_it_was_sent),
		cmocka_unit_test(a_body_that_is_not_there_is_known_to_be_empty),
		cmocka_unit_test(
			a_body_is_not_known_before_its_last_byte_nor_after_a_seek),
		cmocka_unit_test(a_small_body_takes_just_its_room),
		cmocka_unit_test(there_may_be_no_memory_for_the_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
