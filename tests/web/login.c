/* SPDX-License-Identifier: MIT */
#include "lib/test.h"

#include <pthread.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/text.h"
#include "lib/guard.h"
#include "lib/remains.h"
#include "web/login.h"

#define THREADS		4
#define REFS_FOR_THREAD 1000

static const struct login *make(struct span user, struct span password)
{
	const struct login *login = NULL;

	assert_int_equal(login_new(user, password, &login), 0);
	return login;
}

static void a_login_is_a_copy_with_a_nul_behind_each_part(void **state)
{
	struct guard guard = {0};
	struct guard other = {0};
	const struct login *login = make(guard_copy(&guard, SPAN("J\xC3\xA4s\xC3\xB8n")),
					 guard_copy(&other, SPAN("Secret, or not?")));

	(void)state;
	guard_done(&guard);
	guard_done(&other);
	assert_span(login->user, SPAN("J\xC3\xA4s\xC3\xB8n"));
	assert_span(login->password, SPAN("Secret, or not?"));
	assert_int_equal(login->user.at[login->user.len], 0);
	assert_int_equal(login->password.at[login->password.len], 0);
	login_unref(login);
}

static void a_password_may_be_empty_and_a_user_may_not(void **state)
{
	const struct login *login = make(SPAN("a"), span_of(NULL, 0));

	(void)state;
	assert_span(login->password, SPAN(""));
	assert_string_equal(login->password.at, "");
	login_unref(login);
	login = NULL;
	assert_int_equal(login_new(SPAN(""), SPAN("b"), &login), ERR_INVALID);
	assert_int_equal(login_new(span_of(NULL, 0), SPAN("b"), &login), ERR_INVALID);
	assert_null(login);
}

static void a_nul_is_refused(void **state)
{
	const struct login *login = NULL;

	(void)state;
	assert_int_equal(login_new(SPAN("a\0b"), SPAN("c"), &login), ERR_INVALID);
	assert_int_equal(login_new(SPAN("a"), SPAN("b\0"), &login), ERR_INVALID);
	assert_int_equal(login_from_userinfo(SPAN("a%00"), SPAN("b"), &login),
			 ERR_INVALID);
	assert_int_equal(login_from_userinfo(SPAN("a"), SPAN("%00"), &login),
			 ERR_INVALID);
	assert_null(login);
}

static bool has_same_digest(const struct login *a, const struct login *b)
{
	return memcmp(a->sha256, b->sha256, LOGIN_SHA256_BYTES) == 0;
}

static void equal_logins_alone_have_the_same_digest(void **state)
{
	static const struct {
		struct span user;
		struct span password;
	} rows[] = {
		{{"ab", 2}, {"c", 1}},	{{"a", 1}, {"bc", 2}}, {{"abc", 3}, {"", 0}},
		{{"ab", 2}, {"cc", 2}}, {{"AB", 2}, {"c", 1}}, {{"ab", 2}, {"C", 1}},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		const struct login *a = make(rows[i].user, rows[i].password);

		for (size_t k = 0; k < TEST_COUNT(rows); k++) {
			const struct login *b = make(rows[k].user, rows[k].password);

			assert_int_equal(has_same_digest(a, b), i == k);
			login_unref(b);
		}
		login_unref(a);
	}
}

/* The digest keeps connections apart within one process, but it must not change with
 * what lies behind the texts. */
static void the_digest_is_that_of_both_parts(void **state)
{
	const struct login *login = make(SPAN("Aladdin"), SPAN("open sesame"));
	unsigned char expected[HASH_MAX_BYTES];

	(void)state;
	assert_int_equal(hash_of(HASH_SHA256, SPAN("Aladdin\0open sesame"), expected), 0);
	assert_memory_equal(login->sha256, expected, LOGIN_SHA256_BYTES);
	login_unref(login);
}

static void userinfo_is_percent_decoded(void **state)
{
	static const struct {
		const char *username;
		const char *password;
		const char *user;
		const char *secret;
	} rows[] = {
		{"user", "", "user", ""},
		{"us%65r", "p%40ss%3Aword", "user", "p@ss:word"},
		{"a%3ab", "%25", "a:b", "%"},
		{"%C3%A4", "%c2%a3", "\xC3\xA4", "\xC2\xA3"},
		{"a%zz%", "%4", "a%zz%", "%4"},
		{"dom%5Cuser", "a+b", "dom\\user", "a+b"},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		const struct login *login = NULL;

		assert_int_equal(login_from_userinfo(span_str(rows[i].username),
						     span_str(rows[i].password), &login),
				 0);
		assert_span(login->user, span_str(rows[i].user));
		assert_span(login->password, span_str(rows[i].secret));
		login_unref(login);
	}
}

static void userinfo_without_a_user_is_refused(void **state)
{
	const struct login *login = NULL;

	(void)state;
	assert_int_equal(login_from_userinfo(SPAN(""), SPAN("a"), &login), ERR_INVALID);
	assert_int_equal(login_from_userinfo(span_of(NULL, 0), span_of(NULL, 0), &login),
			 ERR_INVALID);
	assert_null(login);
}

static void the_last_reference_frees(void **state)
{
	long before = mem_live_blocks();
	const struct login *login = make(SPAN("a"), SPAN("b"));

	(void)state;
	assert_ptr_equal(login_ref(login), login);
	login_unref(login);
	assert_span(login->user, SPAN("a"));
	login_unref(login);
	assert_int_equal(mem_live_blocks(), before);
	assert_null(login_ref(NULL));
	login_unref(NULL);
}

static void a_login_leaves_nothing_behind(void **state)
{
	const struct span secret = SPAN("correct horse battery staple");
	const struct login *login = make(SPAN("a"), secret);

	(void)state;
	assert_int_equal(remains_of(secret), 1);
	login_unref(login);
	assert_int_equal(login_from_userinfo(SPAN("%41"),
					     SPAN("correct%20horse%20battery%20staple"),
					     &login),
			 0);
	assert_int_equal(remains_of(secret), 1);
	login_unref(login);
	assert_int_equal(remains_of(secret), 0);
}

static void *refer(void *opaque)
{
	const struct login *login = opaque;

	for (int i = 0; i < REFS_FOR_THREAD; i++)
		login_unref(login_ref(login));
	login_unref(login);
	return NULL;
}

static void threads_may_share_a_login(void **state)
{
	long before = mem_live_blocks();
	const struct login *login = make(SPAN("a"), SPAN("b"));
	pthread_t threads[THREADS];

	(void)state;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, refer,
						(void *)login_ref(login)),
				 0);
	login_unref(login);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(mem_live_blocks(), before);
}

static void every_allocation_of_a_login_may_fail(void **state)
{
	long before = mem_live_blocks();
	const struct login *login = NULL;
	unsigned long n = 1;

	(void)state;
	for (;; n++) {
		enum err err;

		mem_fail_at(n);
		err = login_from_userinfo(SPAN("%41"), SPAN("b"), &login);
		if (!mem_has_failed())
			break;
		assert_int_equal(err, ERR_NO_MEMORY);
		assert_null(login);
		assert_int_equal(mem_live_blocks(), before);
	}
	mem_fail_at(0);
	assert_int_equal(n, 3);
	login_unref(login);
	assert_int_equal(mem_live_blocks(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_login_is_a_copy_with_a_nul_behind_each_part),
		cmocka_unit_test(a_password_may_be_empty_and_a_user_may_not),
		cmocka_unit_test(a_nul_is_refused),
		cmocka_unit_test(equal_logins_alone_have_the_same_digest),
		cmocka_unit_test(the_digest_is_that_of_both_parts),
		cmocka_unit_test(userinfo_is_percent_decoded),
		cmocka_unit_test(userinfo_without_a_user_is_refused),
		cmocka_unit_test(the_last_reference_frees),
		cmocka_unit_test(a_login_leaves_nothing_behind),
		cmocka_unit_test(threads_may_share_a_login),
		cmocka_unit_test(every_allocation_of_a_login_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
