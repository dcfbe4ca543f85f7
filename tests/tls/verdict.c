/* SPDX-License-Identifier: MIT */
#include "lib/test.h"

#include <pthread.h>
#include <string.h>

#include "base/mem.h"
#include "tls/verdict.h"

#define THREADS	      4
#define REFS_A_THREAD 10000

static const struct verdict *make(void)
{
	char first[] = "first certificate";
	char text[] = "certificate has expired";
	const struct span chain[] = {span_str(first), {"\0\1", 2}};
	const struct verdict from = {.errors = VERDICT_DATE | VERDICT_NAME,
				     .err = ERR_CERT_DATE,
				     .text = text,
				     .count = TEST_COUNT(chain),
				     .chain = chain,
				     .good_until_s = 12345};
	const struct verdict *verdict;

	assert_int_equal(verdict_new(&from, &verdict), 0);
	memset(first, 'x', sizeof(first));
	memset(text, 'x', sizeof(text));
	return verdict;
}

static void a_verdict_is_a_copy(void **state)
{
	const struct verdict *verdict = make();

	(void)state;
	assert_int_equal(verdict->errors, VERDICT_DATE | VERDICT_NAME);
	assert_int_equal(verdict->err, ERR_CERT_DATE);
	assert_string_equal(verdict->text, "certificate has expired");
	assert_int_equal(verdict->count, 2);
	assert_span(verdict->chain[0], SPAN("first certificate"));
	assert_span(verdict->chain[1], SPAN("\0\1"));
	assert_int_equal(verdict->good_until_s, 12345);
	verdict_unref(verdict);
}

static void the_last_reference_frees(void **state)
{
	long before = mem_live_blocks();
	const struct verdict *verdict = make();

	(void)state;
	assert_ptr_equal(verdict_ref(verdict), verdict);
	verdict_unref(verdict);
	assert_string_equal(verdict->text, "certificate has expired");
	verdict_unref(verdict);
	assert_int_equal(mem_live_blocks(), before);
	assert_null(verdict_ref(NULL));
	verdict_unref(NULL);
}

static void *take_and_give(void *verdict)
{
	for (int i = 0; i < REFS_A_THREAD; i++)
		verdict_unref(verdict_ref(verdict));
	verdict_unref(verdict);
	return NULL;
}

static void threads_share_it(void **state)
{
	long before = mem_live_blocks();
	const struct verdict *verdict = make();
	pthread_t threads[THREADS];

	(void)state;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, take_and_give,
						(void *)verdict_ref(verdict)),
				 0);
	verdict_unref(verdict);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(mem_live_blocks(), before);
}

static void without_memory_there_is_none(void **state)
{
	const struct span chain[] = {SPAN("first")};
	const struct verdict from = {.text = "", .count = 1, .chain = chain};
	const struct verdict *verdict = NULL;

	(void)state;
	mem_fail_at(1);
	assert_int_equal(verdict_new(&from, &verdict), ERR_NO_MEMORY);
	mem_fail_at(0);
	assert_null(verdict);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_verdict_is_a_copy),
		cmocka_unit_test(the_last_reference_frees),
		cmocka_unit_test(threads_share_it),
		cmocka_unit_test(without_memory_there_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
