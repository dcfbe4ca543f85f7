/* SPDX-License-Identifier: MIT */
/* What web/auth tells of an answer, and what it needs for the next one. */
#include "lib/test.h"

#include <string.h>

#include "web/auth.h"
#include "web/dialogue.h"

static const struct dialogue plain = {"plain", WITH_LOGIN, .heard = NULL};

static void challenge(struct talk *talk, const char *field, const char *expected)
{
	const struct step step = CHALLENGE(expected, field);

	assert_int_equal(take_step(talk, &step), ERR_NONE);
}

static void content(struct talk *talk)
{
	const struct step step = CONTENT(NULL);

	assert_int_equal(take_step(talk, &step), ERR_NONE);
}

static void tokens_hold_for_a_connection_and_may_be_an_opening(void **state)
{
	struct talk talk;

	(void)state;
	begin_talk(&talk, &plain);
	fake.is_opening = true;
	assert_false(auth_is_bound(&talk.auth));
	assert_false(auth_is_opening(&talk.auth));
	challenge(&talk, "Negotiate", N1);
	assert_true(auth_is_bound(&talk.auth));
	assert_true(auth_is_opening(&talk.auth));
	challenge(&talk, "Negotiate " SERVER_A, N2);
	assert_true(auth_is_bound(&talk.auth));
	assert_false(auth_is_opening(&talk.auth));
	challenge(&talk, "Negotiate, NTLM", T1);
	assert_true(auth_is_bound(&talk.auth));
	assert_true(auth_is_opening(&talk.auth));
	fake.is_opening = false;
	assert_false(auth_is_opening(&talk.auth));
	content(&talk);
	assert_true(auth_is_bound(&talk.auth));
	assert_false(auth_is_opening(&talk.auth));
	assert_false(auth_may_repeat(&talk.auth));
	assert_int_equal(fake.frees, 2);
	challenge(&talk, DIGEST("n"), "Digest ");
	assert_false(auth_is_bound(&talk.auth));
	assert_false(auth_is_opening(&talk.auth));
	challenge(&talk, "Basic realm=r", BASIC);
	assert_false(auth_is_bound(&talk.auth));
	end_talk(&talk);
}

static void what_was_answered_for_a_message_may_be_repeated(void **state)
{
	static const struct {
		const char *field, *answer;
		bool may_repeat;
	} cases[] = {
		{"Basic realm=r", BASIC, true},
		{DIGEST("n"), "Digest ", true},
		{"NTLM", T1, false},
		{"Negotiate", N1, false},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct talk talk;

		begin_talk(&talk, &plain);
		assert_false(auth_may_repeat(&talk.auth));
		content(&talk);
		assert_false(auth_may_repeat(&talk.auth));
		challenge(&talk, cases[i].field, cases[i].answer);
		assert_int_equal(auth_may_repeat(&talk.auth), cases[i].may_repeat);
		content(&talk);
		assert_int_equal(auth_may_repeat(&talk.auth), cases[i].may_repeat);
		challenge(&talk, "Bearer", NULL);
		assert_false(auth_may_repeat(&talk.auth));
		end_talk(&talk);
	}
}

static void without_the_login_nothing_is_repeated(void **state)
{
	struct buf out = {0};
	struct talk talk;

	(void)state;
	begin_talk(&talk, &plain);
	challenge(&talk, "Basic realm=r", BASIC);
	content(&talk);
	talk.means.login = NULL;
	assert_int_equal(auth_put(&talk.auth, &talk.means, &talk.message, &out),
			 ERR_MISSING);
	assert_int_equal(out.len, 0);
	end_talk(&talk);
}

static void only_tokens_may_block(void **state)
{
	static const struct {
		const char *field;
		bool may_block;
	} cases[] = {
		{"Negotiate", true},  {"NTLM, Basic realm=r", true},
		{DIGEST("n"), false}, {"Basic realm=r", false},
		{"Bearer", false},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct arena arena = {0};
		struct headers headers;
		struct talk talk;

		begin_talk(&talk, &plain);
		headers_init(&headers, &arena);
		assert_false(auth_may_block(&talk.auth));
		assert_int_equal(
			headers_put(&headers, SPAN("X"), span_str(cases[i].field)),
			ERR_NONE);
		(void)!auth_take(&talk.auth, &headers, SPAN("X"), &talk.means);
		assert_int_equal(auth_may_block(&talk.auth), cases[i].may_block);
		arena_done(&arena);
		end_talk(&talk);
	}
}

static void after_the_tokens_have_failed_nothing_blocks(void **state)
{
	struct talk talk;

	(void)state;
	begin_talk(&talk, &plain);
	challenge(&talk, "NTLM", T1);
	assert_false(auth_may_block(&talk.auth));
	challenge(&talk, "NTLM", NULL);
	assert_false(auth_may_block(&talk.auth));
	auth_renew(&talk.auth);
	assert_true(auth_may_block(&talk.auth));
	end_talk(&talk);
}

static void a_login_is_wanted_while_one_could_be_taken(void **state)
{
	static const char *const fields[] = {"Negotiate", "NTLM", DIGEST("n"),
					     "Basic realm=r"};
	const struct dialogue nobody = {"nobody", WITH_NOTHING, .heard = NULL};
	struct talk talk;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(fields); i++) {
		begin_talk(&talk, &nobody);
		assert_false(auth_wants_login(&talk.auth));
		challenge(&talk, "Bearer", NULL);
		assert_false(auth_wants_login(&talk.auth));
		challenge(&talk, fields[i], NULL);
		assert_true(auth_wants_login(&talk.auth));
		end_talk(&talk);
	}
	begin_talk(&talk, &plain);
	challenge(&talk, DIGEST("n"), "Digest ");
	for (unsigned i = 1; i < AUTH_MAX_ROUNDS; i++) {
		assert_true(auth_wants_login(&talk.auth));
		challenge(&talk, STALE("n"), "Digest ");
	}
	challenge(&talk, STALE("n"), NULL);
	assert_false(auth_wants_login(&talk.auth));
	end_talk(&talk);
}

static void the_realm_is_that_of_digest_or_basic(void **state)
{
	static const struct {
		const char *field, *realm;
	} cases[] = {
		{"Basic realm=\"a \\\"b\\\"\"", "a \"b\""},
		{"Basic charset=\"UTF-8\", Realm=\"\xC3\xA4\"", "\xC3\xA4"},
		{"Basic realm=a, Basic realm=b", "a"},
		{"Basic realm=a, Digest realm=\"b\\\\\", nonce=n", "b\\"},
		{"Basic realm=a, Digest realm=b", "a"},
		{"NTLM, Basic realm=a", "a"},
		{"NTLM realm=a", ""},
		{"Basic", ""},
		{"Basic realm=\"\"", ""},
		{"Bearer realm=a", ""},
	};
	const struct dialogue nobody = {"nobody", WITH_NOTHING, .heard = NULL};
	struct talk talk;

	(void)state;
	begin_talk(&talk, &nobody);
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		print_message("  %s\n", cases[i].field);
		challenge(&talk, cases[i].field, NULL);
		assert_span(buf_span(&talk.auth.realm), span_str(cases[i].realm));
	}
	end_talk(&talk);
}

static void an_exchange_is_told_whose_it_is(void **state)
{
	const struct dialogue ticket = {"ticket", WITH_TICKET, .heard = NULL};
	struct talk talk;

	(void)state;
	begin_talk(&talk, &plain);
	challenge(&talk, "Negotiate", N1);
	assert_string_equal(fake.host, "a.example");
	assert_ptr_equal(fake.login, talk.login);
	assert_int_equal(fake.news[NEGOTIATE_SPNEGO], 1);
	assert_int_equal(fake.news[NEGOTIATE_NTLM], 0);
	end_talk(&talk);
	assert_int_equal(fake.frees, 1);
	begin_talk(&talk, &ticket);
	challenge(&talk, "Negotiate", N1);
	assert_null(fake.login);
	end_talk(&talk);
}

static void failures_are_handed_up(void **state)
{
	struct arena arena = {0};
	struct headers headers;
	struct buf out = {0};
	struct talk talk;

	(void)state;
	begin_talk(&talk, &plain);
	fake.new_err[NEGOTIATE_SPNEGO] = ERR_NO_MEMORY;
	headers_init(&headers, &arena);
	assert_int_equal(headers_put(&headers, SPAN("X"), SPAN("Negotiate, Basic")),
			 ERR_NONE);
	assert_int_equal(auth_take(&talk.auth, &headers, SPAN("X"), &talk.means),
			 ERR_NONE);
	assert_int_equal(auth_put(&talk.auth, &talk.means, &talk.message, &out),
			 ERR_NO_MEMORY);
	assert_int_equal(out.len, 0);
	arena_done(&arena);
	buf_done(&out);
	end_talk(&talk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tokens_hold_for_a_connection_and_may_be_an_opening),
		cmocka_unit_test(what_was_answered_for_a_message_may_be_repeated),
		cmocka_unit_test(without_the_login_nothing_is_repeated),
		cmocka_unit_test(only_tokens_may_block),
		cmocka_unit_test(after_the_tokens_have_failed_nothing_blocks),
		cmocka_unit_test(a_login_is_wanted_while_one_could_be_taken),
		cmocka_unit_test(the_realm_is_that_of_digest_or_basic),
		cmocka_unit_test(an_exchange_is_told_whose_it_is),
		cmocka_unit_test(failures_are_handed_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
