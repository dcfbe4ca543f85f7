/* SPDX-License-Identifier: MIT */
#include "lib/test.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "lib/remains.h"
#include "web/basic.h"

static const struct login *make(struct span user, struct span password)
{
	const struct login *login = NULL;

	assert_int_equal(login_new(user, password, &login), 0);
	return login;
}

static void a_login_is_said_in_base64(void **state)
{
	static const struct {
		const char *user;
		const char *password;
		const char *value;
	} rows[] = {
		{"Aladdin", "open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="},
		{"test", "123\xC2\xA3", "Basic dGVzdDoxMjPCow=="},
		{"a", "", "Basic YTo="},
		{"a", "b:c", "Basic YTpiOmM="},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		const struct login *login =
			make(span_str(rows[i].user), span_str(rows[i].password));
		struct buf out = {0};

		assert_int_equal(basic_put(&out, login), 0);
		assert_span(buf_span(&out), span_str(rows[i].value));
		buf_done(&out);
		login_unref(login);
	}
}

static json_t *load_vectors(void)
{
	const char *folder = getenv("IXHR2_TEST_DATA");
	json_error_t error;
	char path[4096];

	snprintf(path, sizeof(path), "%s/auth-vectors.json",
		 folder ? folder : "../shared/data");
	return json_load_file(path, 0, &error);
}

static struct span text_of(const json_t *row, const char *name)
{
	return span_str(json_string_value(json_object_get(row, name)));
}

static void the_public_vectors_are_met(void **state)
{
	json_t *rows = load_vectors();
	const json_t *row;
	size_t checked = 0;
	size_t i;

	(void)state;
	if (!rows) {
		print_message("skipped: auth-vectors.json is not there\n");
		skip();
	}
	json_array_foreach(rows, i, row)
	{
		const struct login *login;
		struct buf out = {0};

		if (!span_eq(text_of(row, "scheme"), SPAN("Basic")))
			continue;
		login = make(text_of(row, "user"), text_of(row, "password"));
		assert_int_equal(basic_put(&out, login), 0);
		assert_span(buf_span(&out), text_of(row, "header"));
		buf_done(&out);
		login_unref(login);
		checked++;
	}
	json_decref(rows);
	assert_true(checked > 0);
}

static void a_user_with_a_colon_cannot_be_said(void **state)
{
	static const struct {
		const char *user;
		bool may_say;
	} rows[] = {{"a", true}, {":", false}, {"a:", false}, {"a:b", false}};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		const struct login *login = make(span_str(rows[i].user), SPAN("x:y"));

		assert_int_equal(basic_may_say(login), rows[i].may_say);
		login_unref(login);
	}
}

static void it_is_appended_or_nothing_is(void **state)
{
	long before = mem_live_blocks();
	const struct login *login = make(SPAN("Aladdin"), SPAN("open sesame"));
	struct buf out = {0};
	unsigned long n = 1;

	(void)state;
	for (;; n++) {
		enum err err;

		buf_done(&out);
		assert_int_equal(buf_put_str(&out, "before "), 0);
		out.cap = out.len; /* so that it must grow */
		mem_fail_at(n);
		err = basic_put(&out, login);
		if (!mem_has_failed())
			break;
		assert_int_equal(err, ERR_NO_MEMORY);
		assert_span(buf_span(&out), SPAN("before "));
	}
	mem_fail_at(0);
	assert_int_equal(n, 3);
	assert_span(buf_span(&out), SPAN("before Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
	buf_done(&out);
	login_unref(login);
	assert_int_equal(mem_live_blocks(), before);
}

static void the_pair_and_what_was_written_stand_nowhere_else(void **state)
{
	const struct span secret = SPAN("correct horse battery staple");
	const struct login *login = make(SPAN("a"), secret);
	struct buf out = {0};

	(void)state;
	assert_int_equal(buf_put_str(&out, "Basic: "), 0);
	assert_int_equal(basic_put(&out, login), 0);
	assert_int_equal(remains_of(secret), 1);
	assert_int_equal(remains_of(span_skip(buf_span(&out), 16)), 1);
	buf_done(&out);
	login_unref(login);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_login_is_said_in_base64),
		cmocka_unit_test(the_public_vectors_are_met),
		cmocka_unit_test(a_user_with_a_colon_cannot_be_said),
		cmocka_unit_test(it_is_appended_or_nothing_is),
		cmocka_unit_test(the_pair_and_what_was_written_stand_nowhere_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
