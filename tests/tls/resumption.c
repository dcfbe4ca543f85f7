/* SPDX-License-Identifier: MIT */
/* Which sessions are kept, for how long, and for whom. */
#include "lib/test.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "tls/resumption.h"

/* When the sessions here were made. */
#define BEGIN_S 1000000

static struct resumption *resumption;
static const struct verdict *verdict; /* good for a long time */

static const struct verdict *new_verdict(int64_t good_until_s)
{
	const struct span chain[] = {SPAN("der")};
	const struct verdict from = {
		.text = "", .count = 1, .chain = chain, .good_until_s = good_until_s};
	const struct verdict *made;

	assert_int_equal(verdict_new(&from, &made), 0);
	return made;
}

static int set_up(void **state)
{
	(void)state;
	verdict = new_verdict(INT64_MAX);
	return resumption_new(&resumption) == ERR_NONE ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	resumption_free(resumption);
	verdict_unref(verdict);
	return mem_live_blocks() == 0 ? 0 : -1;
}

/* A session that could be resumed, of 1,000 s. */
static SSL_SESSION *new_session(int version, unsigned char id)
{
	SSL_SESSION *session = SSL_SESSION_new();

	assert_non_null(session);
	assert_int_equal(SSL_SESSION_set_protocol_version(session, version), 1);
	assert_int_equal(SSL_SESSION_set1_id(session, &id, 1), 1);
	SSL_SESSION_set_time(session, BEGIN_S);
	SSL_SESSION_set_timeout(session, 1000);
	return session;
}

static void put(const char *key, int version, unsigned char id)
{
	SSL_SESSION *session = new_session(version, id);

	resumption_put(resumption, span_str(key), session, verdict);
	SSL_SESSION_free(session);
}

/* The id of the session that is taken, or -1. */
static int take_at(const char *key, int64_t now_s)
{
	const struct verdict *with;
	SSL_SESSION *session;
	enum err err = resumption_take(resumption, span_str(key), now_s, &session, &with);
	unsigned len;
	int id;

	if (err) {
		assert_int_equal(err, ERR_MISSING);
		return -1;
	}
	id = SSL_SESSION_get_id(session, &len)[0];
	assert_ptr_equal(with, verdict);
	SSL_SESSION_free(session);
	verdict_unref(with);
	return id;
}

static int take(const char *key)
{
	return take_at(key, BEGIN_S);
}

static void nothing_is_there_at_first(void **state)
{
	(void)state;
	assert_int_equal(take("key"), -1);
	resumption_free(NULL);
}

static void a_session_is_found_by_its_whole_key(void **state)
{
	(void)state;
	put("one", TLS1_2_VERSION, 1);
	put("two", TLS1_2_VERSION, 2);
	put("", TLS1_2_VERSION, 3);
	assert_int_equal(take("one"), 1);
	assert_int_equal(take("two"), 2);
	assert_int_equal(take(""), 3);
	assert_int_equal(take("on"), -1);
	assert_int_equal(take("one "), -1);
}

static void one_of_tls_1_3_is_given_once_and_others_again_and_again(void **state)
{
	(void)state;
	put("new", TLS1_3_VERSION, 1);
	put("old", TLS1_2_VERSION, 2);
	assert_int_equal(take("new"), 1);
	assert_int_equal(take("new"), -1);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(take("old"), 2);
}

static void the_newest_comes_first_and_the_oldest_goes_first(void **state)
{
	(void)state;
	for (unsigned char id = 1; id <= RESUMPTION_MAX_EACH + 2; id++)
		put("key", TLS1_3_VERSION, id);
	for (int id = RESUMPTION_MAX_EACH + 2; id > 2; id--)
		assert_int_equal(take("key"), id);
	assert_int_equal(take("key"), -1);
}

static void only_so_many_are_kept_of_all(void **state)
{
	char key[16];

	(void)state;
	for (unsigned i = 0; i < RESUMPTION_MAX_SESSIONS + 10; i++) {
		snprintf(key, sizeof(key), "%u", i);
		put(key, TLS1_2_VERSION, 7);
	}
	for (unsigned i = 0; i < RESUMPTION_MAX_SESSIONS + 10; i++) {
		snprintf(key, sizeof(key), "%u", i);
		assert_int_equal(take(key), i < 10 ? -1 : 7);
	}
}

static void a_session_ends_at_its_time(void **state)
{
	(void)state;
	put("key", TLS1_2_VERSION, 1);
	assert_int_equal(take_at("key", BEGIN_S + 999), 1);
	assert_int_equal(take_at("key", BEGIN_S + 1000), -1);
	/* It is gone for good. */
	assert_int_equal(take_at("key", BEGIN_S), -1);
}

static void a_session_ends_with_its_certificates(void **state)
{
	const struct verdict *with = new_verdict(BEGIN_S + 10), *got;
	SSL_SESSION *session = new_session(TLS1_3_VERSION, 1), *again;

	(void)state;
	resumption_put(resumption, SPAN("key"), session, with);
	assert_int_equal(
		resumption_take(resumption, SPAN("key"), BEGIN_S + 10, &again, &got),
		ERR_MISSING);
	resumption_put(resumption, SPAN("key"), session, with);
	assert_int_equal(
		resumption_take(resumption, SPAN("key"), BEGIN_S + 9, &again, &got), 0);
	assert_ptr_equal(again, session);
	assert_ptr_equal(got, with);
	SSL_SESSION_free(again);
	verdict_unref(got);
	SSL_SESSION_free(session);
	verdict_unref(with);
}

static void one_that_cannot_be_resumed_is_not_kept(void **state)
{
	SSL_SESSION *session = SSL_SESSION_new();

	(void)state;
	assert_non_null(session);
	resumption_put(resumption, SPAN("key"), session, verdict);
	SSL_SESSION_free(session);
	assert_int_equal(take_at("key", 0), -1);
}

static void one_that_is_spoiled_while_it_is_kept_is_passed_over(void **state)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL_SESSION *session = new_session(TLS1_2_VERSION, 2);

	(void)state;
	assert_non_null(ctx);
	put("key", TLS1_2_VERSION, 1);
	resumption_put(resumption, SPAN("key"), session, verdict);
	SSL_CTX_remove_session(ctx, session);
	assert_int_equal(take("key"), 1);
	SSL_SESSION_free(session);
	SSL_CTX_free(ctx);
}

static void without_memory_nothing_is_kept_or_lost(void **state)
{
	(void)state;
	for (unsigned long n = 1; n < 4; n++) {
		mem_fail_at(n);
		put("key", TLS1_3_VERSION, (unsigned char)n);
		assert_true(mem_has_failed());
		mem_fail_at(0);
		assert_int_equal(take("key"), -1);
	}
	for (unsigned long n = 1; n < 3; n++) {
		struct resumption *other;

		mem_fail_at(n);
		if (!resumption_new(&other))
			resumption_free(other);
		mem_fail_at(0);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_there_at_first),
		TEST(a_session_is_found_by_its_whole_key),
		TEST(one_of_tls_1_3_is_given_once_and_others_again_and_again),
		TEST(the_newest_comes_first_and_the_oldest_goes_first),
		TEST(only_so_many_are_kept_of_all),
		TEST(a_session_ends_at_its_time),
		TEST(a_session_ends_with_its_certificates),
		TEST(one_that_cannot_be_resumed_is_not_kept),
		TEST(one_that_is_spoiled_while_it_is_kept_is_passed_over),
		TEST(without_memory_nothing_is_kept_or_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
