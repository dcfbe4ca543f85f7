/* SPDX-License-Identifier: MIT */
#include "lib/test.h"

#include <stdalign.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"

static void an_empty_arena_allocates_nothing(void **state)
{
	struct arena arena;

	(void)state;
	mem_fail_from(1);
	arena_init(&arena);
	arena_done(&arena);
	assert_false(mem_has_failed());
	mem_fail_from(0);
}

static void pieces_are_aligned_and_do_not_overlap(void **state)
{
	struct arena arena = {0};
	char *pieces[500];

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(pieces); i++) {
		pieces[i] = arena_alloc(&arena, i + 1);
		assert_non_null(pieces[i]);
		assert_int_equal((uintptr_t)pieces[i] % alignof(max_align_t), 0);
		memset(pieces[i], (int)(i & 0x7F), i + 1);
	}
	for (size_t i = 0; i < TEST_COUNT(pieces); i++) {
		assert_int_equal(pieces[i][0], i & 0x7F);
		assert_int_equal(pieces[i][i], i & 0x7F);
	}
	arena_done(&arena);
}

static void small_pieces_share_a_block(void **state)
{
	struct arena arena = {0};

	(void)state;
	assert_non_null(arena_alloc(&arena, 100));
	mem_fail_from(1);
	assert_non_null(arena_alloc(&arena, 100));
	assert_non_null(arena_alloc(&arena, 500));
	mem_fail_from(0);
	arena_done(&arena);
}

static void a_large_piece_leaves_the_newest_block_in_use(void **state)
{
	struct arena arena = {0};

	(void)state;
	assert_non_null(arena_alloc(&arena, 100));
	assert_non_null(arena_alloc(&arena, 100000));
	mem_fail_from(1);
	assert_non_null(arena_alloc(&arena, 100));
	mem_fail_from(0);
	arena_done(&arena);
}

static void a_large_piece_may_be_the_first(void **state)
{
	struct arena arena = {0};
	char *large = arena_alloc(&arena, 5000);
	char *small;

	(void)state;
	assert_non_null(large);
	memset(large, 'x', 5000);
	small = arena_alloc(&arena, 1);
	assert_non_null(small);
	*small = 'y';
	assert_int_equal(large[4999], 'x');
	arena_done(&arena);
}

static void the_block_with_more_left_goes_on_being_cut(void **state)
{
	struct arena arena = {0};
	char *first = arena_alloc(&arena, 16);
	char *second;

	(void)state;
	assert_non_null(first);
	assert_non_null(arena_alloc(&arena, ARENA_BLOCK_BYTES - 16));
	assert_ptr_equal(arena_alloc(&arena, 16), first + 16);
	assert_non_null(arena_alloc(&arena, ARENA_BLOCK_BYTES - 32));
	assert_ptr_equal(arena_alloc(&arena, 688), first + 32);
	second = arena_alloc(&arena, 304);
	assert_non_null(second);
	assert_ptr_equal(arena_alloc(&arena, 16), second + 304);
	arena_done(&arena);
}

static void blocks_go_round(void **state)
{
	static struct arena arenas[ARENA_MAX_SPARE + 1];
	long before = mem_live_blocks();
	struct arena_spare spare = {0};

	(void)state;
	for (unsigned round = 0; round < 2; round++) {
		for (size_t i = 0; i < TEST_COUNT(arenas); i++) {
			arenas[i].spare = &spare;
			assert_non_null(arena_alloc(&arenas[i], 900));
			assert_non_null(arena_alloc(&arenas[i], 1000));
		}
		assert_int_equal(spare.count, 0);
		for (size_t i = 0; i < TEST_COUNT(arenas); i++)
			arena_done(&arenas[i]);
		assert_in_range(spare.count, 0, ARENA_MAX_SPARE);
		if (mem_live_blocks())
			assert_int_equal(mem_live_blocks(), before + spare.count);
	}
#ifndef __SANITIZE_ADDRESS__
	assert_int_equal(spare.count, ARENA_MAX_SPARE);
	mem_fail_from(1);
	arenas[0].spare = &spare;
	assert_non_null(arena_alloc(&arenas[0], 900));
	mem_fail_from(0);
	arena_done(&arenas[0]);
#endif
	arena_spare_done(&spare);
	assert_int_equal(mem_live_blocks(), before);
}

static void the_first_pieces_lie_in_what_was_given(void **state)
{
	long before = mem_live_blocks();
	alignas(max_align_t) char room[64];
	struct arena arena;
	struct span copy;

	(void)state;
	arena_init_in(&arena, room, sizeof(room));
	assert_int_equal(arena_copy(&arena, SPAN("abc"), &copy), ERR_NONE);
	assert_ptr_equal(copy.at, room);
	assert_ptr_equal(arena_alloc(&arena, 16), room + 16);
	/* A large piece leaves the rest of it in use. */
	assert_non_null(arena_alloc(&arena, 1000));
	assert_ptr_equal(arena_alloc(&arena, 32), room + 32);
	assert_int_equal(arena_copy(&arena, SPAN("d"), &copy), ERR_NONE);
	assert_span(copy, SPAN("d"));
	assert_true(copy.at < room || copy.at >= room + sizeof(room));
	arena_done(&arena);
	assert_int_equal(mem_live_blocks(), before);
}

static void a_size_beyond_all_memory_is_refused(void **state)
{
	struct arena arena = {0};
	struct span out = SPAN("untouched");

	(void)state;
	assert_null(arena_alloc(&arena, SIZE_MAX));
	assert_null(arena_alloc(&arena, SIZE_MAX - 20));
	assert_int_equal(arena_copy(&arena, span_of("", SIZE_MAX), &out), ERR_NO_MEMORY);
	assert_span(out, SPAN("untouched"));
	arena_done(&arena);
}

static void a_copy_is_followed_by_a_nul(void **state)
{
	static const size_t lengths[] = {0, 1, 15, 16, 17, 240, 249, 250, 983, 984, 3000};
	char bytes[3000];
	struct arena arena = {0};
	struct span copy;

	(void)state;
	memset(bytes, 'b', sizeof(bytes));
	for (size_t i = 0; i < TEST_COUNT(lengths); i++) {
		struct span from = span_of(bytes, lengths[i]);

		assert_int_equal(arena_copy(&arena, from, &copy), ERR_NONE);
		assert_span(copy, from);
		assert_int_equal(copy.at[copy.len], '\0');
		assert_ptr_not_equal(copy.at, bytes);
	}
	assert_int_equal(arena_copy(&arena, (struct span){0}, &copy), ERR_NONE);
	assert_int_equal(copy.at[0], '\0');
	arena_done(&arena);
}

static void an_arena_is_usable_after_done(void **state)
{
	long before = mem_live_blocks();
	struct arena arena = {0};

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (size_t i = 1; i < 2000; i += 7)
			assert_non_null(arena_alloc(&arena, i));
		arena_done(&arena);
		assert_int_equal(mem_live_blocks(), before);
	}
}

static void a_failing_allocation_leaves_the_arena_as_it_was(void **state)
{
	struct arena arena = {0};
	struct arena before;
	struct span out = SPAN("untouched");

	(void)state;
	for (size_t bytes = 50; bytes < 5000; bytes *= 3) {
		before = arena;
		mem_fail_at(1);
		while (arena_alloc(&arena, bytes))
			before = arena;
		assert_true(mem_has_failed());
		assert_memory_equal(&before, &arena, sizeof(arena));
		mem_fail_at(1);
		assert_int_equal(arena_copy(&arena, span_of("", 5000), &out),
				 ERR_NO_MEMORY);
		assert_span(out, SPAN("untouched"));
		mem_fail_at(0);
		assert_non_null(arena_alloc(&arena, bytes));
	}
	arena_done(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_arena_allocates_nothing),
		cmocka_unit_test(pieces_are_aligned_and_do_not_overlap),
		cmocka_unit_test(small_pieces_share_a_block),
		cmocka_unit_test(a_large_piece_leaves_the_newest_block_in_use),
		cmocka_unit_test(a_large_piece_may_be_the_first),
		cmocka_unit_test(the_block_with_more_left_goes_on_being_cut),
		cmocka_unit_test(blocks_go_round),
		cmocka_unit_test(the_first_pieces_lie_in_what_was_given),
		cmocka_unit_test(a_size_beyond_all_memory_is_refused),
		cmocka_unit_test(a_copy_is_followed_by_a_nul),
		cmocka_unit_test(an_arena_is_usable_after_done),
		cmocka_unit_test(a_failing_allocation_leaves_the_arena_as_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
