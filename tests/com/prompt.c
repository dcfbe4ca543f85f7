/* SPDX-License-Identifier: MIT */
/* ixhr2_set_prompt: what the function is told, what its answers do, and that they are
 * wiped. */
#include "lib/scene.h"
#include "lib/test.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

/* A code that is neither ours nor a success. */
#define OWN_FAILURE IXHR2_HRESULT(0x8004AAAA)

/* What is looked for in memory that is wiped. */
#define WORD "open sesame"

static unsigned wiped_words; /* blocks that held WORD when they were wiped */

/* In place of the C library's, for what base/mem wipes. The compiler believes that it
 * does not look at the bytes, hence volatile. */
void explicit_bzero(void *at, size_t bytes)
{
	const void *volatile secret = at;

	wiped_words += memmem(secret, bytes, WORD, strlen(WORD)) != NULL;
	memset(at, 0, bytes);
}

/* ---- a function that asks nobody ---- */

struct asker {
	HRESULT answer;		  /* what it answers */
	const char *user;	  /* what it gives, or NULL */
	const char *password;	  /* the same */
	bool aborts;		  /* it aborts the request */
	unsigned calls;		  /* how often it was asked */
	IUnknown *xhr;		  /* of the last call, as the rest */
	struct ixhr2_prompt told; /* its texts are gone */
	char host[64];		  /* of told */
	char scheme[64];	  /* of told */
	char realm[4096];	  /* of told */
};

static char *task_copy(const char *text)
{
	char *copy = text ? CoTaskMemAlloc(strlen(text) + 1) : NULL;

	if (copy)
		strcpy(copy, text);
	return copy;
}

static HRESULT answer(void *owner, IUnknown *xhr, const struct ixhr2_prompt *prompt,
		      char **out_user, char **out_password)
{
	struct asker *asker = owner;

	assert_null(*out_user);
	assert_null(*out_password);
	asker->calls++;
	asker->xhr = xhr;
	asker->told = *prompt;
	strcpy(asker->host, prompt->host);
	strcpy(asker->scheme, prompt->scheme);
	strcpy(asker->realm, prompt->realm);
	*out_user = task_copy(asker->user);
	*out_password = task_copy(asker->password);
	if (asker->aborts)
		IXMLHTTPRequest3_Abort((IXMLHTTPRequest3 *)(void *)xhr);
	return asker->answer;
}

/* What the engine gets. */
struct got {
	int32_t code;	     /* of the call */
	struct buf user;     /* to be freed */
	struct buf password; /* to be freed */
};

static struct got ask(void)
{
	struct got got = {0};

	got.code = fake_prompt(fake_latest(), &got.user, &got.password);
	return got;
}

static void check_got(struct got got, int32_t code, const char *user,
		      const char *password)
{
	assert_int_equal(got.code, code);
	assert_span(buf_span(&got.user), span_str(user));
	assert_span(buf_span(&got.password), span_str(password));
	buf_done(&got.user);
	buf_done(&got.password);
}

static int end(void **state)
{
	ixhr2_set_prompt(NULL, NULL);
	return scene_end(state);
}

/* ---- what is told ---- */

static void without_a_function_nobody_is_known(void **state)
{
	struct scene *scene = *state;
	struct asker asker = {.user = "me"};

	scene_start(scene);
	check_got(ask(), 0, "", "");
	assert_int_equal(ixhr2_set_prompt(answer, &asker), S_OK);
	assert_int_equal(ixhr2_set_prompt(NULL, &asker), S_OK);
	check_got(ask(), 0, "", "");
	assert_int_equal(asker.calls, 0);
}

static void it_is_told_who_wants_to_know(void **state)
{
	struct scene *scene = *state;
	struct asker asker = {.user = "me", .password = "word"};

	scene_start(scene);
	ixhr2_set_prompt(answer, &asker);
	check_got(ask(), 0, "me", "word");
	assert_int_equal(asker.calls, 1);
	assert_ptr_equal(asker.xhr, scene->xhr);
	assert_int_equal(asker.told.cb, sizeof(asker.told));
	assert_int_equal(asker.told.is_proxy, FALSE);
	assert_int_equal(asker.told.attempt, 0);
	assert_string_equal(asker.host, "a.example:80");
	assert_string_equal(asker.scheme, "Digest");
	assert_string_equal(asker.realm, "place");
	fake_received(fake_latest());
	assert_string_equal(scene->log.text, "R");
}

static void texts_may_be_long_or_empty_and_end_where_they_end(void **state)
{
	struct scene *scene = *state;
	struct asker asker = {.answer = S_FALSE};
	struct buf user = {0};
	struct buf password = {0};
	char realm[4000];
	struct request_prompt prompt = {
		.is_proxy = true,
		.host = span_of("[::1]:8080 and more", 10),
		.scheme = span_of("Basically", 5),
		.realm = span_of(realm, sizeof(realm)),
		.attempt = 3,
		.user = &user,
		.password = &password,
	};

	memset(realm, 'r', sizeof(realm));
	scene_start(scene);
	ixhr2_set_prompt(answer, &asker);
	assert_int_equal(fake_latest()->client->prompt(fake_latest()->owner, &prompt), 0);
	assert_int_equal(asker.told.is_proxy, TRUE);
	assert_int_equal(asker.told.attempt, 3);
	assert_string_equal(asker.host, "[::1]:8080");
	assert_string_equal(asker.scheme, "Basic");
	assert_int_equal(strlen(asker.realm), sizeof(realm));
	prompt.realm = SPAN("");
	assert_int_equal(fake_latest()->client->prompt(fake_latest()->owner, &prompt), 0);
	assert_string_equal(asker.realm, "");
	assert_null(user.at);
}

static void the_one_that_is_set_at_the_challenge_is_asked(void **state)
{
	struct scene *scene = *state;
	struct asker one = {.user = "1"};
	struct asker two = {.user = "2"};

	ixhr2_set_prompt(answer, &one);
	scene_start(scene);
	ixhr2_set_prompt(answer, &two);
	check_got(ask(), 0, "2", "");
	ixhr2_set_prompt(answer, &one);
	check_got(ask(), 0, "1", "");
	assert_int_equal(one.calls, 1);
	assert_int_equal(two.calls, 1);
}

/* ---- what is answered ---- */

static void a_login_counts_with_s_ok_and_a_user_alone(void **state)
{
	static const struct {
		HRESULT answer;
		const char *user;
		const char *password;
		int32_t code; /* what follows */
		const char *got_user;
		const char *got_password;
	} rows[] = {
		{S_OK, "me", "word", 0, "me", "word"},
		{S_OK, "me", "", 0, "me", ""},
		{S_OK, "me", NULL, 0, "me", ""},
		{S_OK, "", "word", 0, "", ""},
		{S_OK, NULL, "word", 0, "", ""},
		{S_OK, NULL, NULL, 0, "", ""},
		{S_FALSE, NULL, NULL, 0, "", ""},
		{S_FALSE, "me", "word", 0, "", ""},
		{574, "me", "word", 0, "", ""},
		{E_FAIL, NULL, NULL, E_FAIL, "", ""},
		{E_NOTIMPL, NULL, NULL, E_NOTIMPL, "", ""},
		{OWN_FAILURE, "me", "word", OWN_FAILURE, "", ""},
	};
	struct scene *scene = *state;

	scene_start(scene);
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct asker asker = {.answer = rows[i].answer,
				      .user = rows[i].user,
				      .password = rows[i].password};

		ixhr2_set_prompt(answer, &asker);
		check_got(ask(), rows[i].code, rows[i].got_user, rows[i].got_password);
	}
}

static void a_failure_is_what_on_error_gives(void **state)
{
	struct scene *scene = *state;
	struct asker asker = {.answer = OWN_FAILURE};

	scene_start(scene);
	ixhr2_set_prompt(answer, &asker);
	check_got(ask(), OWN_FAILURE, "", "");
	fake_failed(fake_latest(), ERR_CLIENT, OWN_FAILURE);
	assert_string_equal(scene->log.text, "E");
	assert_int_equal(scene->callback.error, OWN_FAILURE);
}

static void an_abort_meanwhile_wins(void **state)
{
	struct scene *scene = *state;
	struct asker asker = {.user = "me", .aborts = true};

	scene_start(scene);
	ixhr2_set_prompt(answer, &asker);
	check_got(ask(), E_ABORT, "me", "");
	fake_failed(fake_latest(), ERR_ABORTED, 0);
	assert_int_equal(scene->callback.error, E_ABORT);
}

static void what_was_answered_is_wiped_and_freed_whatever_it_is(void **state)
{
	static const HRESULT answers[] = {S_OK, S_FALSE, E_FAIL};
	struct scene *scene = *state;
	struct asker asker = {.user = WORD, .password = WORD};

	scene_start(scene);
	ixhr2_set_prompt(answer, &asker);
	wiped_words = 0;
	for (size_t i = 0; i < TEST_COUNT(answers); i++) {
		struct got got;

		asker.answer = answers[i];
		got = ask();
		buf_done(&got.user);
		buf_done(&got.password);
		assert_int_equal(wiped_words, 2 * (i + 1));
	}
}

/* ---- memory and threads ---- */

static void every_allocation_may_fail(void **state)
{
	struct scene *scene = *state;
	struct asker asker = {.user = "me", .password = "word"};
	unsigned failures = 0;

	scene_start(scene);
	ixhr2_set_prompt(answer, &asker);
	for (unsigned long n = 1; n < 12; n++) {
		struct got got;

		mem_fail_at(n);
		got = ask();
		failures += got.code == E_OUTOFMEMORY;
		assert_true(got.code == 0 || got.code == E_OUTOFMEMORY);
		assert_true(got.code == 0 || got.user.len == 0);
		mem_fail_at(0);
		buf_done(&got.user);
		buf_done(&got.password);
	}
	assert_true(failures >= 5);
}

static void *set_again_and_again(void *owner)
{
	for (int i = 0; i < 1000; i++)
		ixhr2_set_prompt(i % 2 ? answer : NULL, owner);
	return NULL;
}

static void it_may_be_set_while_others_ask(void **state)
{
	struct scene *scene = *state;
	struct asker asker = {.answer = S_FALSE};
	pthread_t thread;

	scene_start(scene);
	assert_int_equal(pthread_create(&thread, NULL, set_again_and_again, &asker), 0);
	for (int i = 0; i < 1000; i++)
		check_got(ask(), 0, "", "");
	pthread_join(thread, NULL);
}

#define PROMPT_TEST(test) cmocka_unit_test_setup_teardown(test, scene_begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROMPT_TEST(without_a_function_nobody_is_known),
		PROMPT_TEST(it_is_told_who_wants_to_know),
		PROMPT_TEST(texts_may_be_long_or_empty_and_end_where_they_end),
		PROMPT_TEST(the_one_that_is_set_at_the_challenge_is_asked),
		PROMPT_TEST(a_login_counts_with_s_ok_and_a_user_alone),
		PROMPT_TEST(a_failure_is_what_on_error_gives),
		PROMPT_TEST(an_abort_meanwhile_wins),
		PROMPT_TEST(what_was_answered_is_wiped_and_freed_whatever_it_is),
		PROMPT_TEST(every_allocation_may_fail),
		PROMPT_TEST(it_may_be_set_while_others_ask),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
