/* SPDX-License-Identifier: MIT */
#include "lib/test.h"

#include <string.h>

#include "base/mem.h"
#include "com/taskmem.h"
#include "ixhr2/objbase.h"

static void no_bytes_are_a_pointer_too(void **state)
{
	void *at = CoTaskMemAlloc(0);

	(void)state;
	assert_non_null(at);
	CoTaskMemFree(at);
}

static void memory_is_aligned_for_any_type(void **state)
{
	(void)state;
	for (size_t bytes = 1; bytes < 100; bytes++) {
		void *at = CoTaskMemAlloc(bytes);

		assert_int_equal((uintptr_t)at % _Alignof(max_align_t), 0);
		memset(at, 0x5A, bytes);
		CoTaskMemFree(at);
	}
}

static void freeing_null_is_fine(void **state)
{
	(void)state;
	CoTaskMemFree(NULL);
}

static void resizing_keeps_the_content(void **state)
{
	char *at = CoTaskMemAlloc(4);

	(void)state;
	memcpy(at, "abc", 4);
	at = CoTaskMemRealloc(at, 100000);
	assert_string_equal(at, "abc");
	at = CoTaskMemRealloc(at, 2);
	assert_memory_equal(at, "ab", 2);
	CoTaskMemFree(at);
}

static void resizing_null_allocates(void **state)
{
	void *none = CoTaskMemRealloc(NULL, 0);
	void *some = CoTaskMemRealloc(NULL, 10);

	(void)state;
	assert_non_null(none);
	assert_non_null(some);
	CoTaskMemFree(none);
	CoTaskMemFree(some);
}

static void resizing_to_nothing_frees(void **state)
{
	long before = mem_live_blocks();

	(void)state;
	assert_null(CoTaskMemRealloc(CoTaskMemAlloc(10), 0));
	assert_int_equal(mem_live_blocks(), before);
}

static void too_much_is_null_and_the_old_memory_stays(void **state)
{
	char *at = CoTaskMemAlloc(2);

	(void)state;
	memcpy(at, "x", 2);
	assert_null(CoTaskMemAlloc(SIZE_MAX));
	assert_null(CoTaskMemRealloc(at, SIZE_MAX));
	mem_fail_at(1);
	assert_null(CoTaskMemRealloc(at, 100));
	assert_string_equal(at, "x");
	CoTaskMemFree(at);
}

static void a_failing_allocation_is_null(void **state)
{
	(void)state;
	mem_fail_at(1);
	assert_null(CoTaskMemAlloc(10));
	assert_true(mem_has_failed());
	mem_fail_at(0);
}

static void text_is_copied_in_both_widths(void **state)
{
	const struct span text = SPAN("a\xC3\xA9\xF0\x9F\x98\x80");
	uint16_t *half;
	uint32_t *whole;
	void *out;

	(void)state;
	assert_int_equal(taskmem_wide(text, WIDE_16, &out), ERR_NONE);
	half = out;
	assert_memory_equal(half, ((uint16_t[]){'a', 0xE9, 0xD83D, 0xDE00, 0}), 10);
	CoTaskMemFree(out);
	assert_int_equal(taskmem_wide(text, WIDE_32, &out), ERR_NONE);
	whole = out;
	assert_memory_equal(whole, ((uint32_t[]){'a', 0xE9, 0x1F600, 0}), 16);
	CoTaskMemFree(out);
}

static void text_fails_when_memory_is_out(void **state)
{
	void *out = state;

	mem_fail_at(1);
	assert_int_equal(taskmem_wide(SPAN("abc"), WIDE_32, &out), ERR_NO_MEMORY);
	assert_ptr_equal(out, state);
	mem_fail_at(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_bytes_are_a_pointer_too),
		cmocka_unit_test(memory_is_aligned_for_any_type),
		cmocka_unit_test(freeing_null_is_fine),
		cmocka_unit_test(resizing_keeps_the_content),
		cmocka_unit_test(resizing_null_allocates),
		cmocka_unit_test(resizing_to_nothing_frees),
		cmocka_unit_test(too_much_is_null_and_the_old_memory_stays),
		cmocka_unit_test(a_failing_allocation_is_null),
		cmocka_unit_test(text_is_copied_in_both_widths),
		cmocka_unit_test(text_fails_when_memory_is_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
