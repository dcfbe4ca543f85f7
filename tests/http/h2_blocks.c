/* SPDX-License-Identifier: MIT */
/* Blocks of all sizes go round, keep what is written into them, and are given back. */
#include "lib/test.h"

#include <stdalign.h>
#include <string.h>

#include "base/mem.h"
#include "http/h2_blocks.h"

#define MAX_BYTES 600u

static void every_size_is_given_and_comes_again(void **state)
{
	struct h2_blocks blocks = {0};
	long live = mem_live_blocks();

	(void)state;
	for (size_t bytes = 0; bytes <= MAX_BYTES; bytes++) {
		char *at = h2_blocks_alloc(&blocks, bytes);
		char *again;

		assert_non_null(at);
		assert_int_equal((uintptr_t)at % alignof(max_align_t), 0);
		memset(at, 0x5A, bytes);
		h2_blocks_free(&blocks, at);
		again = h2_blocks_alloc(&blocks, bytes);
		assert_non_null(again);
		if (bytes <= (size_t)H2_BLOCKS_STEPS * H2_BLOCKS_STEP_BYTES)
			assert_ptr_equal(again, at);
		h2_blocks_free(&blocks, again);
	}
	h2_blocks_free(&blocks, NULL);
	h2_blocks_done(&blocks);
	assert_int_equal(mem_live_blocks(), live);
}

static void used_memory_can_be_zeroed(void **state)
{
	struct h2_blocks blocks = {0};
	char *at = h2_blocks_alloc(&blocks, 60);

	(void)state;
	assert_non_null(at);
	memset(at, 0x5A, 60);
	h2_blocks_free(&blocks, at);
	at = h2_blocks_zalloc(&blocks, 6, 10);
	assert_non_null(at);
	for (size_t i = 0; i < 60; i++)
		assert_int_equal(at[i], 0);
	h2_blocks_free(&blocks, at);
	assert_null(h2_blocks_zalloc(&blocks, SIZE_MAX, 2));
	assert_null(h2_blocks_alloc(&blocks, SIZE_MAX));
	h2_blocks_done(&blocks);
}

static void blocks_grow_with_what_is_in_them(void **state)
{
	struct h2_blocks blocks = {0};
	char *at = NULL;

	(void)state;
	for (size_t bytes = 1; bytes <= 2 * MAX_BYTES; bytes++) {
		at = h2_blocks_resize(&blocks, at, bytes);
		assert_non_null(at);
		at[bytes - 1] = (char)bytes;
	}
	for (size_t bytes = 1; bytes <= 2 * MAX_BYTES; bytes++)
		assert_int_equal(at[bytes - 1], (char)bytes);
	assert_null(h2_blocks_resize(&blocks, at, SIZE_MAX));
	h2_blocks_free(&blocks, at);
	h2_blocks_done(&blocks);
}

static void only_so_many_wait(void **state)
{
	struct h2_blocks blocks = {0};
	void *at[H2_BLOCKS_MAX_WAITING + 1];
	long live = mem_live_blocks();

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(at); i++) {
		at[i] = h2_blocks_alloc(&blocks, 100);
		assert_non_null(at[i]);
	}
	for (size_t i = 0; i < TEST_COUNT(at); i++)
		h2_blocks_free(&blocks, at[i]);
	if (mem_live_blocks())
		assert_int_equal(mem_live_blocks(), live + H2_BLOCKS_MAX_WAITING);
	h2_blocks_done(&blocks);
	assert_int_equal(mem_live_blocks(), live);
}

static void memory_may_be_out(void **state)
{
	struct h2_blocks blocks = {0};
	char *at = h2_blocks_alloc(&blocks, 10);

	(void)state;
	assert_non_null(at);
	at[0] = 'a';
	mem_fail_from(1);
	assert_null(h2_blocks_alloc(&blocks, 10));
	assert_null(h2_blocks_alloc(&blocks, 1000));
	assert_null(h2_blocks_zalloc(&blocks, 1, 10));
	assert_null(h2_blocks_resize(&blocks, at, 100));
	mem_fail_at(0);
	assert_int_equal(at[0], 'a');
	h2_blocks_free(&blocks, at);
	h2_blocks_done(&blocks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_size_is_given_and_comes_again),
		cmocka_unit_test(used_memory_can_be_zeroed),
		cmocka_unit_test(blocks_grow_with_what_is_in_them),
		cmocka_unit_test(only_so_many_wait),
		cmocka_unit_test(memory_may_be_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
