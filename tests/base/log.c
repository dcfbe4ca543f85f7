/* SPDX-License-Identifier: MIT */
#include "lib/test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

#define THREADS 3
#define ROUNDS	200

struct sheet {
	int count;			 /* lines written */
	uint64_t mono_ns;		 /* when the last one was */
	char last[LOG_LINE_BYTES + 100]; /* the last one */
};

static void write_down(void *owner, uint64_t mono_ns, const char *line)
{
	struct sheet *sheet = owner;

	sheet->count++;
	sheet->mono_ns = mono_ns;
	strncpy(sheet->last, line, sizeof(sheet->last) - 1);
}

static void without_a_sink_nothing_is_formatted(void **state)
{
	(void)state;
	assert_false(log_on());
	log_line("%s", "to nobody");
}

static void a_line_reaches_the_sink_with_its_time(void **state)
{
	struct sheet sheet = {0};

	(void)state;
	clock_set(1234, 0);
	log_set_sink(write_down, &sheet);
	assert_true(log_on());
	log_line("%s %d", "line", 1);
	log_set_sink(NULL, NULL);
	clock_reset();
	assert_false(log_on());
	log_line("after the end");
	assert_int_equal(sheet.count, 1);
	assert_int_equal(sheet.mono_ns, 1234);
	assert_string_equal(sheet.last, "line 1");
}

static void a_long_line_is_cut(void **state)
{
	struct sheet sheet = {0};
	char text[2 * LOG_LINE_BYTES];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_set_sink(write_down, &sheet);
	log_line("%s", text);
	log_set_sink(NULL, NULL);
	assert_int_equal(strlen(sheet.last), LOG_LINE_BYTES);
}

static void a_new_sink_replaces_the_old_one(void **state)
{
	struct sheet first = {0};
	struct sheet second = {0};

	(void)state;
	log_set_sink(write_down, &first);
	log_line("one");
	log_set_sink(write_down, &second);
	log_line("two");
	log_set_sink(NULL, NULL);
	assert_string_equal(first.last, "one");
	assert_string_equal(second.last, "two");
	assert_int_equal(first.count + second.count, 2);
}

struct watched {
	atomic_bool is_gone;   /* log_set_sink has returned */
	atomic_int late_lines; /* lines that came although it is gone */
};

static void watch(void *owner, uint64_t mono_ns, const char *line)
{
	struct watched *watched = owner;

	(void)mono_ns;
	(void)line;
	if (atomic_load(&watched->is_gone))
		atomic_fetch_add(&watched->late_lines, 1);
}

static atomic_bool is_over;

static void *log_all_the_time(void *unused)
{
	while (!atomic_load(&is_over))
		log_line("%s", "line");
	return unused;
}

static void an_old_sink_is_not_running_once_it_is_replaced(void **state)
{
	static struct watched watched[ROUNDS];
	pthread_t threads[THREADS];

	(void)state;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, log_all_the_time, NULL), 0);
	for (int i = 0; i < ROUNDS; i++) {
		log_set_sink(watch, &watched[i]);
		if (i)
			atomic_store(&watched[i - 1].is_gone, true);
	}
	log_set_sink(NULL, NULL);
	atomic_store(&watched[ROUNDS - 1].is_gone, true);
	atomic_store(&is_over, true);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	for (int i = 0; i < ROUNDS; i++)
		assert_int_equal(watched[i].late_lines, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_sink_nothing_is_formatted),
		cmocka_unit_test(a_line_reaches_the_sink_with_its_time),
		cmocka_unit_test(a_long_line_is_cut),
		cmocka_unit_test(a_new_sink_replaces_the_old_one),
		cmocka_unit_test(an_old_sink_is_not_running_once_it_is_replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
