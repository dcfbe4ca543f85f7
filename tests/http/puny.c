/* SPDX-License-Identifier: MIT */
#include "lib/test.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "http/puny.h"
#include "lib/guard.h"

/* The samples of RFC 3492, 7.1, that domain names can carry, in lower case, and some. */
static const struct sample {
	const char *name;
	const uint32_t *label;
	const char *puny;
} samples[] = {
	{"Arabic (Egyptian)", U"ليهمابتكلموشعربي؟", "egbpdaj6bu4bxfgehfvwxn"},
	{"Chinese (simplified)", U"他们为什么不说中文", "ihqwcrb4cv8a8dqg056pqjye"},
	{"Czech", U"pročprostěnemluvíčesky", "proprostnemluvesky-uyb24dma41a"},
	{"Hebrew", U"למההםפשוטלאמדבריםעברית", "4dbcagdahymbxekheh6e0a7fei0b"},
	{"Vietnamese", U"tạisaohọkhôngthểchỉnóitiếngviệt",
	 "tisaohkhngthchnitingvit-kjcr8268qyxafd2f1b9g"},
	{"a number and letters", U"3年b組金八先生", "3b-ww4c5e180e575a65lsy2b"},
	{"hyphens", U"hello-another-way-それぞれの場所",
	 "hello-another-way--fc4qua05auwb3674vfr0b"},
	{"beyond 16 bits", U"💩", "ls8h"},
	{"the last code point", U"\U0010FFFF", "dn32g"},
	{"the same twice", U"ééa", "a-9faa"},
	{"punctuation", U"é!", "!-9fa"},
	{"nothing", U"", ""},
};

static struct puny_label label_of(const uint32_t *text)
{
	struct puny_label label = {.len = 0};

	while (text[label.len]) {
		label.at[label.len] = text[label.len];
		label.len++;
	}
	return label;
}

static void the_samples_are_written(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(samples); i++) {
		struct puny_label label = label_of(samples[i].label);
		struct buf out;

		buf_init(&out);
		assert_int_equal(puny_put(&out, &label), ERR_NONE);
		assert_span(buf_span(&out), span_str(samples[i].puny));
		buf_done(&out);
	}
}

static void the_samples_are_read_up_to_a_guard_page(void **state)
{
	struct guard guard = {0};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(samples); i++) {
		struct puny_label expected = label_of(samples[i].label);
		struct puny_label label;
		struct span text = guard_copy(&guard, span_str(samples[i].puny));

		assert_int_equal(puny_get(text, &label), ERR_NONE);
		assert_int_equal(label.len, expected.len);
		assert_memory_equal(label.at, expected.at,
				    label.len * sizeof(label.at[0]));
	}
	guard_done(&guard);
}

static void what_is_no_punycode_is_refused(void **state)
{
	static const struct {
		const char *name, *text;
	} rows[] = {
		{"a number that does not end", "9"},
		{"the same behind a letter", "a-9"},
		{"no digit", "ls8h!"},
		{"not ASCII", "ls8h\xC3"},
		{"not ASCII in front", "\xC3-ls8h"},
		{"a surrogate", "ib9b"},
		{"behind the last code point", "en32g"},
		{"far behind it", "99999999"},
		{"beyond any number", "999999999999999999999999"},
	};
	struct puny_label label = {.len = 7};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		assert_int_equal(puny_get(span_str(rows[i].text), &label), ERR_INVALID);
		assert_int_equal(label.len, 7);
	}
}

static void a_hyphen_alone_ends_an_empty_front(void **state)
{
	struct puny_label label = {.len = 7};

	(void)state;
	assert_int_equal(puny_get(SPAN("-"), &label), ERR_NONE);
	assert_int_equal(label.len, 0);
}

static void a_label_has_64_characters_at_most(void **state)
{
	char text[PUNY_LABEL_CHARS + 2];
	struct puny_label label;

	(void)state;
	memset(text, 'a', sizeof(text));
	text[PUNY_LABEL_CHARS] = '-';
	assert_int_equal(puny_get(span_of(text, PUNY_LABEL_CHARS + 1), &label), ERR_NONE);
	assert_int_equal(label.len, PUNY_LABEL_CHARS);
	text[PUNY_LABEL_CHARS] = 'a';
	text[PUNY_LABEL_CHARS + 1] = '-';
	assert_int_equal(puny_get(span_of(text, PUNY_LABEL_CHARS + 2), &label),
			 ERR_INVALID);
}

static void every_allocation_may_fail(void **state)
{
	struct puny_label label = label_of(samples[4].label);
	struct buf out;

	(void)state;
	buf_init(&out);
	mem_fail_at(1);
	assert_int_equal(puny_put(&out, &label), ERR_NO_MEMORY);
	mem_fail_at(0);
	buf_done(&out);
	assert_int_equal(mem_live_blocks(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_samples_are_written),
		cmocka_unit_test(the_samples_are_read_up_to_a_guard_page),
		cmocka_unit_test(what_is_no_punycode_is_refused),
		cmocka_unit_test(a_hyphen_alone_ends_an_empty_front),
		cmocka_unit_test(a_label_has_64_characters_at_most),
		cmocka_unit_test(every_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
