/* SPDX-License-Identifier: MIT */
/* Bytes that wait to be pulled: where they lie, in which order they come, who holds what.
 */
#include "lib/test.h"

#include <stdlib.h>

#include "base/mem.h"
#include "http/h2_queue.h"

static char bytes[200000];
static unsigned freed;

static void on_free(struct h2_input *input)
{
	(void)input;
	freed++;
}

static int begin(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7);
	freed = 0;
	return 0;
}

static struct h2_input make_input(void)
{
	return (struct h2_input){{bytes, sizeof(bytes)}, 1, on_free};
}

static void put(struct h2_queue *queue, struct h2_input *input, size_t at, size_t len)
{
	assert_int_equal(h2_queue_put(queue, input, span_of(bytes + at, len)), 0);
}

/* Pulls all; it must be bytes from at up to end. Answers how often it was told. */
static unsigned pull(struct h2_queue *queue, size_t at, size_t end)
{
	unsigned count = 0;
	struct spans told;

	while (!h2_queue_next(queue, &told)) {
		for (size_t i = 0; i < told.count; i++) {
			assert_memory_equal(told.at[i].at, bytes + at, told.at[i].len);
			at += told.at[i].len;
		}
		count++;
		assert_int_equal(h2_queue_drop_told(queue), spans_bytes(told));
		assert_int_equal(h2_queue_drop_told(queue), 0);
	}
	assert_int_equal(at, end);
	assert_true(h2_queue_is_empty(queue));
	return count;
}

static void long_pieces_stay_where_they_are(void **state)
{
	struct h2_input input = make_input();
	struct h2_queue queue = {0};
	struct spans told;

	(void)state;
	put(&queue, &input, 0, 1024);
	put(&queue, &input, 1024, 2000);
	assert_int_equal(input.holds, 2);
	assert_false(h2_queue_is_empty(&queue));
	assert_int_equal(h2_queue_next(&queue, &told), 0);
	assert_int_equal(told.count, 2);
	assert_ptr_equal(told.at[0].at, bytes);
	assert_ptr_equal(told.at[1].at, bytes + 1024);
	assert_true(h2_queue_is_empty(&queue));
	assert_int_equal(input.holds, 2);
	assert_int_equal(h2_queue_drop_told(&queue), 3024);
	assert_int_equal(input.holds, 1);
	assert_int_equal(h2_queue_next(&queue, &told), ERR_AGAIN);
	h2_queue_done(&queue);
}

static void short_pieces_are_copied(void **state)
{
	struct h2_input input = make_input();
	struct h2_queue queue = {0};

	(void)state;
	put(&queue, &input, 0, 1023);
	put(&queue, &input, 1023, 5000); /* behind a copy */
	assert_int_equal(input.holds, 1);
	assert_int_equal(pull(&queue, 0, 6023), 1);
	h2_queue_done(&queue);
}

static void short_pieces_of_a_long_body_are_not(void **state)
{
	struct h2_input input = make_input();
	struct h2_queue queue = {0};

	(void)state;
	for (size_t len = 0; len < H2_QUEUE_LONG_BYTES; len += 4096) {
		put(&queue, &input, 0, 4096);
		assert_int_equal(pull(&queue, 0, 4096), 1);
	}
	put(&queue, &input, 0, 10);
	put(&queue, &input, 10, 5000);
	assert_int_equal(input.holds, 2);
	assert_int_equal(pull(&queue, 0, 5010), 1);
	h2_queue_clear(&queue);
	put(&queue, &input, 0, 10); /* of another body */
	assert_int_equal(input.holds, 1);
	h2_queue_done(&queue);
}

static void pieces_of_another_buffer_are_copied(void **state)
{
	struct h2_input first = make_input();
	struct h2_input second = make_input();
	struct h2_queue queue = {0};

	(void)state;
	put(&queue, &first, 0, 5000);
	put(&queue, &second, 5000, 5000);
	put(&queue, &second, 10000, 5000);
	assert_int_equal(first.holds, 2);
	assert_int_equal(second.holds, 1);
	assert_int_equal(pull(&queue, 0, 15000), 2);
	put(&queue, &second, 0, 5000);
	assert_int_equal(second.holds, 2);
	assert_int_equal(pull(&queue, 0, 5000), 1);
	h2_queue_done(&queue);
}

static void more_pieces_than_there_is_room_for_are_copied(void **state)
{
	struct h2_input input = make_input();
	struct h2_queue queue = {0};

	(void)state;
	for (size_t i = 0; i < H2_QUEUE_PIECES + 2; i++)
		put(&queue, &input, 1024 * i, 1024);
	assert_int_equal(pull(&queue, 0, 1024 * (H2_QUEUE_PIECES + 2)), 2);
	assert_int_equal(input.holds, 1);
	h2_queue_done(&queue);
}

static void what_is_told_stays_while_more_comes(void **state)
{
	struct h2_input input = make_input();
	struct h2_queue queue = {0};
	struct spans told;

	(void)state;
	put(&queue, &input, 0, 100);
	assert_int_equal(h2_queue_next(&queue, &told), 0);
	put(&queue, &input, 100, 60000);
	put(&queue, &input, 60100, 60000);
	assert_memory_equal(told.at->at, bytes, 100);
	assert_int_equal(h2_queue_drop_told(&queue), 100);
	assert_int_equal(pull(&queue, 100, 120100), 2);
	h2_queue_done(&queue);
}

static void memory_is_given_back_when_it_is_empty(void **state)
{
	struct h2_input input = make_input();
	struct h2_queue queue = {0};
	long blocks = mem_live_blocks();

	(void)state;
	put(&queue, &input, 0, 1);
	put(&queue, &input, 1, 100000);
	(void)pull(&queue, 0, 100001);
	assert_int_equal(mem_live_blocks(), blocks);
	h2_queue_clear(&queue); /* the next body */
	put(&queue, &input, 0, 10);
	(void)pull(&queue, 0, 10);
	put(&queue, &input, 10, 10);
	h2_queue_clear(&queue);
	assert_true(h2_queue_is_empty(&queue));
	assert_int_equal(queue.young.cap + queue.old.cap > 0, 1);
	h2_queue_done(&queue);
	assert_int_equal(mem_live_blocks(), blocks);
}

static void pieces_that_were_told_stay_while_more_comes(void **state)
{
	struct h2_input first = make_input();
	struct h2_input second = make_input();
	struct h2_queue queue = {0};
	struct spans told;

	(void)state;
	put(&queue, &first, 0, 5000);
	assert_int_equal(h2_queue_next(&queue, &told), 0);
	put(&queue, &first, 5000, 5000);
	put(&queue, &second, 10000, 5000);
	assert_false(h2_queue_is_empty(&queue));
	assert_int_equal(told.count, 1);
	assert_int_equal(h2_queue_drop_told(&queue), 5000);
	assert_int_equal(first.holds, 1);
	assert_int_equal(pull(&queue, 5000, 15000), 1);
	h2_queue_done(&queue);
}

static void what_is_dropped_is_held_no_longer(void **state)
{
	struct h2_input *input = malloc(sizeof(*input));
	struct h2_queue queue = {0};

	(void)state;
	if (!input)
		abort();
	*input = make_input();
	put(&queue, input, 0, 5000);
	h2_input_drop(input); /* the maker's */
	assert_int_equal(freed, 0);
	h2_queue_clear(&queue);
	assert_int_equal(freed, 1);
	free(input);
	assert_true(h2_queue_is_empty(&queue));
}

static void memory_may_be_out(void **state)
{
	struct h2_input input = make_input();
	struct h2_queue queue = {0};

	(void)state;
	mem_fail_at(1);
	assert_int_equal(h2_queue_put(&queue, &input, span_of(bytes, 10)), ERR_NO_MEMORY);
	mem_fail_at(0);
	assert_true(h2_queue_is_empty(&queue));
	h2_queue_done(&queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(long_pieces_stay_where_they_are, begin),
		cmocka_unit_test_setup(short_pieces_are_copied, begin),
		cmocka_unit_test_setup(short_pieces_of_a_long_body_are_not, begin),
		cmocka_unit_test_setup(pieces_of_another_buffer_are_copied, begin),
		cmocka_unit_test_setup(more_pieces_than_there_is_room_for_are_copied,
				       begin),
		cmocka_unit_test_setup(what_is_told_stays_while_more_comes, begin),
		cmocka_unit_test_setup(pieces_that_were_told_stay_while_more_comes,
				       begin),
		cmocka_unit_test_setup(memory_is_given_back_when_it_is_empty, begin),
		cmocka_unit_test_setup(what_is_dropped_is_held_no_longer, begin),
		cmocka_unit_test_setup(memory_may_be_out, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
