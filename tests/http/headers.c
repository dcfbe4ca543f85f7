/* SPDX-License-Identifier: MIT */
#include "lib/test.h"

#include "base/mem.h"
#include "http/headers.h"

static void put(struct headers *headers, const char *name, const char *value)
{
	assert_int_equal(headers_put(headers, span_str(name), span_str(value)), 0);
}

static void merge(struct headers *headers, const char *name, const char *value)
{
	assert_int_equal(headers_merge(headers, span_str(name), span_str(value)), 0);
}

static void an_empty_list_allocates_nothing(void **state)
{
	long before = mem_live_blocks();
	struct arena arena;
	struct headers headers;

	(void)state;
	arena_init(&arena);
	headers_init(&headers, &arena);
	assert_null(headers_find(&headers, SPAN("A"), 0));
	assert_null(headers_get(&headers, SPAN("A")).at);
	headers_remove(&headers, SPAN("A"));
	assert_int_equal(mem_live_blocks(), before);
	arena_done(&arena);
}

static void names_compare_without_case_and_keep_it(void **state)
{
	struct arena arena;
	struct headers headers;
	const struct headers_field *field;

	(void)state;
	arena_init(&arena);
	headers_init(&headers, &arena);
	put(&headers, "Accept", "1");
	put(&headers, "aCCEPT", "2");
	put(&headers, "Accept-", "3");
	put(&headers, "@ccept", "4");
	assert_span(headers_get(&headers, SPAN("accept")), SPAN("1"));
	field = headers_find(&headers, SPAN("ACCEPT"), 1);
	assert_non_null(field);
	assert_span(field->name, SPAN("aCCEPT"));
	assert_null(headers_find(&headers, SPAN("ACCEPT"), 2));
	assert_null(headers_find(&headers, SPAN("ACCEPT"), 9));
	assert_null(headers_find(&headers, SPAN("`ccept"), 0));
	assert_null(headers_find(&headers, SPAN(""), 0));
	arena_done(&arena);
}

static void fields_keep_their_order_however_many(void **state)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
	struct arena arena;
	struct headers headers;

	(void)state;
	arena_init(&arena);
	headers_init(&headers, &arena);
	assert_int_equal(headers_reserve(&headers, 3), 0);
	assert_int_equal(headers_reserve(&headers, 2), 0);
	for (unsigned i = 0; i < 2600; i++)
		assert_int_equal(headers_put(&headers, span_of(letters + i % 26, 1),
					     span_of(letters, i % 27)),
				 0);
	assert_int_equal(headers.count, 2600);
	for (unsigned i = 0; i < 2600; i++) {
		assert_span(headers.at[i].name, span_of(letters + i % 26, 1));
		assert_int_equal(headers.at[i].value.len, i % 27);
	}
	headers_remove(&headers, SPAN("B"));
	assert_int_equal(headers.count, 2500);
	assert_span(headers.at[1].name, SPAN("c"));
	assert_null(headers_find(&headers, SPAN("b"), 0));
	arena_done(&arena);
}

static void more_fields_than_a_list_may_have_are_refused(void **state)
{
	struct arena arena;
	struct headers headers;

	(void)state;
	arena_init(&arena);
	headers_init(&headers, &arena);
	assert_int_equal(headers_reserve(&headers, HEADERS_MAX_COUNT), 0);
	assert_int_equal(headers_reserve(&headers, HEADERS_MAX_COUNT + 1), ERR_NO_MEMORY);
	assert_int_equal(headers.cap, HEADERS_MAX_COUNT);
	arena_done(&arena);
}

static void a_borrowed_list_is_copied_before_it_grows(void **state)
{
	static const struct headers_field lent[] = {{{"A", 1}, {"1", 1}},
						    {{"B", 1}, {"2", 1}}};
	struct arena arena;
	struct headers headers;

	(void)state;
	arena_init(&arena);
	headers_init(&headers, &arena);
	headers_borrow(&headers, lent, TEST_COUNT(lent));
	assert_ptr_equal(headers_find(&headers, SPAN("b"), 0), &lent[1]);
	headers_remove(&headers, SPAN("C"));
	assert_int_equal(headers.count, 2);
	put(&headers, "C", "3");
	assert_int_equal(headers.count, 3);
	assert_ptr_not_equal(headers.at, lent);
	headers_remove(&headers, SPAN("A"));
	assert_span(headers.at[0].value, SPAN("2"));
	assert_span(headers.at[1].value, SPAN("3"));
	arena_done(&arena);
}

static void a_list_that_is_empty_again_borrows_as_a_new_one(void **state)
{
	static const struct headers_field lent[] = {{{"A", 1}, {"1", 1}}};
	struct arena arena;
	struct headers headers;

	(void)state;
	arena_init(&arena);
	headers_init(&headers, &arena);
	put(&headers, "B", "2");
	headers_remove(&headers, SPAN("B"));
	headers_borrow(&headers, lent, TEST_COUNT(lent));
	assert_int_equal(headers.cap, 0);
	put(&headers, "C", "3");
	assert_ptr_not_equal(headers.at, lent);
	assert_int_equal(headers.count, 2);
	arena_done(&arena);
}

static void a_borrowed_list_stays_when_there_is_no_memory(void **state)
{
	static const struct headers_field lent[] = {{{"A", 1}, {"1", 1}}};
	struct arena arena;
	struct headers headers;

	(void)state;
	arena_init(&arena);
	headers_init(&headers, &arena);
	headers_borrow(&headers, lent, 1);
	mem_fail_at(1);
	assert_int_equal(headers_put(&headers, SPAN("B"), SPAN("2")), ERR_NO_MEMORY);
	mem_fail_at(0);
	assert_ptr_equal(headers.at, lent);
	assert_int_equal(headers.count, 1);
	arena_done(&arena);
}

static void an_empty_value_is_found(void **state)
{
	struct arena arena;
	struct headers headers;

	(void)state;
	arena_init(&arena);
	headers_init(&headers, &arena);
	put(&headers, "A", "");
	assert_non_null(headers_get(&headers, SPAN("a")).at);
	assert_int_equal(headers_get(&headers, SPAN("a")).len, 0);
	arena_done(&arena);
}

static void values_are_joined_in_order(void **state)
{
	struct arena arena;
	struct headers headers;
	struct buf buf;

	(void)state;
	arena_init(&arena);
	buf_init(&buf);
	headers_init(&headers, &arena);
	put(&headers, "Via", "a");
	put(&headers, "X", "no");
	put(&headers, "VIA", "");
	put(&headers, "via", "c");
	assert_int_equal(headers_join(&headers, SPAN("Via"), SPAN(", "), &buf), 0);
	assert_span(buf_span(&buf), SPAN("a, , c"));
	assert_int_equal(headers_join(&headers, SPAN("x"), SPAN(", "), &buf), 0);
	assert_span(buf_span(&buf), SPAN("a, , cno"));
	assert_int_equal(headers_join(&headers, SPAN("y"), SPAN(", "), &buf),
			 ERR_MISSING);
	assert_span(buf_span(&buf), SPAN("a, , cno"));
	buf_done(&buf);
	arena_done(&arena);
}

static void a_join_without_memory_leaves_the_buffer(void **state)
{
	static char big[200];
	struct arena arena;
	struct headers headers;
	struct buf buf;

	(void)state;
	arena_init(&arena);
	buf_init(&buf);
	headers_init(&headers, &arena);
	put(&headers, "A", "1");
	assert_int_equal(headers_put(&headers, SPAN("A"), span_of(big, sizeof(big))), 0);
	assert_int_equal(buf_put(&buf, SPAN("x")), 0);
	mem_fail_at(1);
	assert_int_equal(headers_join(&headers, SPAN("A"), SPAN(","), &buf),
			 ERR_NO_MEMORY);
	assert_true(mem_has_failed());
	mem_fail_at(0);
	assert_span(buf_span(&buf), SPAN("x"));
	buf_done(&buf);
	arena_done(&arena);
}

static void a_merged_field_is_joined_or_replaced_by_its_kind(void **state)
{
	static const struct {
		const char *name;
		const char *first;
		const char *second;
		const char *merged;
	} rows[] = {
		{"Accept", "a", "b", "a, b"},
		{"X-Mine", "a", "b", "a, b"},
		{"Cookie", "a=1", "b=2", "a=1; b=2"},
		{"cOOKIE", "a=1", "b=2", "a=1; b=2"},
		{"If-Match", "\"a\"", "\"b\"", "\"a\", \"b\""},
		{"If-None-Match", "\"a\"", "\"b\"", "\"a\", \"b\""},
		{"Expect", "100-continue", "x", "100-continue, x"},
		{"Connection", "close", "x", "close, x"},
		{"Accept", "", "b", "b"},
		{"Accept", "a", "", "a"},
		{"Authorization", "a", "b", "b"},
		{"content-length", "1", "2", "2"},
		{"Content-Location", "a", "b", "b"},
		{"Content-Range", "a", "b", "b"},
		{"CONTENT-TYPE", "a", "b", "b"},
		{"Date", "a", "b", "b"},
		{"From", "a", "b", "b"},
		{"Host", "a", "b", "b"},
		{"If-Modified-Since", "a", "b", "b"},
		{"If-Range", "a", "b", "b"},
		{"If-Unmodified-Since", "a", "b", "b"},
		{"Max-Forwards", "a", "b", "b"},
		{"Origin", "a", "b", "b"},
		{"Proxy-Authorization", "a", "b", "b"},
		{"Range", "a", "b", "b"},
		{"Referer", "a", "b", "b"},
		{"User-Agent", "a", "b", "b"},
		{"Host", "a", "", ""},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct arena arena;
		struct headers headers;

		arena_init(&arena);
		headers_init(&headers, &arena);
		merge(&headers, "X-Other", "o");
		merge(&headers, rows[i].name, rows[i].first);
		merge(&headers, rows[i].name, rows[i].second);
		assert_int_equal(headers.count, 2);
		assert_span(headers.at[0].value, SPAN("o"));
		assert_span(headers.at[1].name, span_str(rows[i].name));
		assert_span(headers.at[1].value, span_str(rows[i].merged));
		arena_done(&arena);
	}
}

static void a_merged_field_is_a_copy(void **state)
{
	char name[] = "Accept";
	char value[] = "text/html";
	struct arena arena;
	struct headers headers;

	(void)state;
	arena_init(&arena);
	headers_init(&headers, &arena);
	merge(&headers, name, value);
	merge(&headers, name, value);
	memset(name, '?', sizeof(name) - 1);
	memset(value, '?', sizeof(value) - 1);
	assert_span(headers.at[0].name, SPAN("Accept"));
	assert_span(headers.at[0].value, SPAN("text/html, text/html"));
	arena_done(&arena);
}

static enum err merge_big(struct arena *arena, struct headers *headers)
{
	static const char big[600] = "";
	struct span value = span_of(big, sizeof(big));
	enum err err;

	headers_init(headers, arena);
	err = headers_merge(headers, SPAN("Accept"), value);
	if (!err)
		err = headers_merge(headers, SPAN("Accept"), value);
	if (!err)
		err = headers_merge(headers, SPAN("Host"), value);
	if (!err)
		err = headers_merge(headers, SPAN("Host"), value);
	return err;
}

static void every_allocation_of_a_merge_may_fail(void **state)
{
	long before = mem_live_blocks();
	unsigned long failed = 0;

	(void)state;
	for (unsigned long n = 1;; n++) {
		struct arena arena;
		struct headers headers;
		enum err err;

		arena_init(&arena);
		mem_fail_at(n);
		err = merge_big(&arena, &headers);
		arena_done(&arena);
		assert_int_equal(mem_live_blocks(), before);
		if (!mem_has_failed())
			break;
		assert_int_equal(err, ERR_NO_MEMORY);
		failed++;
	}
	mem_fail_at(0);
	assert_true(failed >= 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_list_allocates_nothing),
		cmocka_unit_test(names_compare_without_case_and_keep_it),
		cmocka_unit_test(fields_keep_their_order_however_many),
		cmocka_unit_test(more_fields_than_a_list_may_have_are_refused),
		cmocka_unit_test(a_borrowed_list_is_copied_before_it_grows),
		cmocka_unit_test(a_list_that_is_empty_again_borrows_as_a_new_one),
		cmocka_unit_test(a_borrowed_list_stays_when_there_is_no_memory),
		cmocka_unit_test(an_empty_value_is_found),
		cmocka_unit_test(values_are_joined_in_order),
		cmocka_unit_test(a_join_without_memory_leaves_the_buffer),
		cmocka_unit_test(a_merged_field_is_joined_or_replaced_by_its_kind),
		cmocka_unit_test(a_merged_field_is_a_copy),
		cmocka_unit_test(every_allocation_of_a_merge_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
