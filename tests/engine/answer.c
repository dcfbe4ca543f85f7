/* SPDX-License-Identifier: MIT */
/*
 * Answers on a loop that stands still, where each moment of a call can be stopped at, and
 * on a real one, where a call may take as long as it likes.
 */
#include "engine/answer.h"

#include <stdio.h>

#include "engine/errand.h"
#include "engine/negotiator.h"
#include "engine/still_loop.h"
#include "lib/remains.h"
#include "lib/test.h"

/* How long another thread may take. */
#define STEP_MS 60000

#define DIGEST "Digest realm=\"r\", qop=\"auth\", nonce=\"n\""

static const struct digest_message get = {
	.method = {"GET", 3}, .uri = {"/x?y", 4}, .is_body_known = true};

struct teller {
	struct answer *answer; /* or NULL */
	unsigned told;	       /* calls of done */
	enum err err;	       /* the last */
	bool frees;	       /* in done */
};

static void on_done(void *owner, enum err err)
{
	struct teller *teller = owner;

	teller->told++;
	teller->err = err;
	if (!teller->frees)
		return;
	answer_free(teller->answer);
	teller->answer = NULL;
}

/* Takes one field of a 401 or 407. */
static enum err take(struct answer *answer, const char *name, const char *value)
{
	struct arena arena = {0};
	struct headers headers;
	enum err err;

	headers_init(&headers, &arena);
	err = headers_put(&headers, span_str(name), span_str(value));
	if (!err)
		err = answer_take(answer, &headers);
	arena_done(&arena);
	return err;
}

static enum err challenge(struct answer *answer, const char *value)
{
	return take(answer, answer->is_proxy ? "Proxy-Authenticate" : "WWW-Authenticate",
		    value);
}

/* One with a login. NULL: no memory. */
static struct answer *new_answer(struct loop *loop, bool is_proxy)
{
	struct answer *answer = answer_new(loop, is_proxy, SPAN("h.test"));
	const struct login *login;

	if (!answer)
		return NULL;
	if (login_new(SPAN("u"), SPAN("p"), &login)) {
		answer_free(answer);
		return NULL;
	}
	answer_set_means(answer, login, false);
	login_unref(login);
	return answer;
}

static void begin(struct teller *teller, struct loop *loop)
{
	*teller = (struct teller){0};
	negotiator_forget();
	still_loop_init(loop);
	teller->answer = new_answer(loop, false);
	assert_non_null(teller->answer);
}

/* Runs the call that was queued. */
static void run_call(struct loop *loop)
{
	struct loop_call *call = still_loop_take_call(loop);

	assert_non_null(call);
	call->call(call);
	call->done(call);
}

/* ---- what is answered ---- */

static void what_does_not_block_is_answered_at_once(void **state)
{
	static const struct {
		const char *challenge;
		const char *value; /* its beginning */
	} cases[] = {
		{"Basic realm=r", "Basic dTpw"},
		{DIGEST, "Digest username=\"u\""},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct teller teller;
		struct loop loop;

		begin(&teller, &loop);
		assert_int_equal(challenge(teller.answer, cases[i].challenge), ERR_NONE);
		assert_int_equal(answer_make(teller.answer, &get, on_done, &teller),
				 ERR_NONE);
		assert_true(span_has_prefix(buf_span(&teller.answer->value),
					    span_str(cases[i].value)));
		assert_null(still_loop_take_call(&loop));
		assert_int_equal(teller.told, 0);
		answer_free(teller.answer);
	}
}

static void what_may_block_is_answered_in_a_call(void **state)
{
	static const struct {
		const char *challenge, *value;
	} cases[] = {{"Negotiate", NEGOTIATE_1}, {"NTLM", NTLM_1}};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct teller teller;
		struct loop loop;

		begin(&teller, &loop);
		assert_int_equal(challenge(teller.answer, cases[i].challenge), ERR_NONE);
		assert_int_equal(answer_make(teller.answer, &get, on_done, &teller),
				 ERR_AGAIN);
		assert_int_equal(negotiator.news, 0);
		assert_int_equal(teller.told, 0);
		run_call(&loop);
		assert_int_equal(teller.told, 1);
		assert_int_equal(teller.err, ERR_NONE);
		assert_span(buf_span(&teller.answer->value), span_str(cases[i].value));
		assert_string_equal(negotiator.host, "h.test");
		assert_null(still_loop_take_call(&loop));
		answer_free(teller.answer);
		assert_int_equal(negotiator.frees, 1);
	}
}

static void a_second_token_is_answered_in_the_same_exchange(void **state)
{
	struct teller teller;
	struct loop loop;

	(void)state;
	begin(&teller, &loop);
	assert_int_equal(challenge(teller.answer, "NTLM"), ERR_NONE);
	assert_int_equal(answer_make(teller.answer, &get, on_done, &teller), ERR_AGAIN);
	run_call(&loop);
	assert_int_equal(challenge(teller.answer, "NTLM YWJj"), ERR_NONE);
	assert_int_equal(answer_make(teller.answer, &get, on_done, &teller), ERR_AGAIN);
	run_call(&loop);
	assert_string_equal(negotiator.heard, "abc");
	assert_span(buf_span(&teller.answer->value), SPAN(NTLM_2));
	assert_int_equal(teller.told, 2);
	assert_int_equal(negotiator.news, 1);
	answer_free(teller.answer);
}

static void each_side_reads_its_own_field(void **state)
{
	static const char *const fields[] = {"WWW-Authenticate", "Proxy-Authenticate"};
	struct loop loop;

	(void)state;
	still_loop_init(&loop);
	for (int is_proxy = 0; is_proxy < 2; is_proxy++)
		for (int i = 0; i < 2; i++) {
			struct answer *answer = new_answer(&loop, is_proxy);

			assert_non_null(answer);
			assert_int_equal(take(answer, fields[i], "Basic"),
					 i == is_proxy ? ERR_NONE : ERR_MISSING);
			answer_free(answer);
		}
}

/* Accepts with one field that has another nonce; whether that was taken. */
static bool takes_nonce(struct answer *answer, const char *field)
{
	struct arena arena = {0};
	struct headers headers;

	headers_init(&headers, &arena);
	assert_int_equal(
		headers_put(&headers, span_str(field), SPAN("nextnonce=\"other\"")),
		ERR_NONE);
	assert_int_equal(answer_accept(answer, &headers), ERR_NONE);
	arena_done(&arena);
	return span_eq(answer->auth.digest.nonce, SPAN("other"));
}

static void each_side_reads_its_own_info(void **state)
{
	static const char *const fields[] = {"Authentication-Info",
					     "Proxy-Authentication-Info"};
	struct loop loop;

	(void)state;
	still_loop_init(&loop);
	for (int is_proxy = 0; is_proxy < 2; is_proxy++)
		for (int i = 0; i < 2; i++) {
			struct answer *answer = new_answer(&loop, is_proxy);

			assert_non_null(answer);
			assert_int_equal(challenge(answer, DIGEST), ERR_NONE);
			assert_int_equal(answer_make(answer, &get, NULL, NULL), ERR_NONE);
			assert_int_equal(takes_nonce(answer, fields[i]), i == is_proxy);
			answer_free(answer);
		}
}

/* What was lent to answer_make is gone when the call runs. */
static void the_message_is_copied_for_a_call(void **state)
{
	char method[] = "PUT", uri[] = "/path", body[] = "body";
	struct digest_message message = {.method = span_str(method),
					 .uri = span_str(uri),
					 .body = span_str(body),
					 .is_body_known = true};
	struct teller teller;
	struct span value;
	struct loop loop;

	(void)state;
	begin(&teller, &loop);
	negotiator.new_err = ERR_MISSING;
	assert_int_equal(challenge(teller.answer, "Negotiate, " DIGEST), ERR_NONE);
	assert_int_equal(answer_make(teller.answer, &message, on_done, &teller),
			 ERR_AGAIN);
	memset(method, 'x', 3);
	memset(uri, 'x', 5);
	memset(body, 'x', 4);
	assert_span(teller.answer->at.method, SPAN("PUT"));
	assert_span(teller.answer->at.uri, SPAN("/path"));
	assert_span(teller.answer->at.body, SPAN("body"));
	assert_true(teller.answer->at.is_body_known);
	run_call(&loop);
	assert_int_equal(teller.err, ERR_NONE);
	value = buf_span(&teller.answer->value);
	assert_non_null(memmem(value.at, value.len, "uri=\"/path\"", 11));
	assert_int_equal(teller.answer->message.cap, 0);
	answer_free(teller.answer);
}

static void a_call_tells_what_it_came_to(void **state)
{
	static const struct {
		enum err new_err, answer_err, told;
	} cases[] = {
		{ERR_MISSING, 0, ERR_MISSING},
		{0, ERR_MISSING, ERR_MISSING},
		{ERR_NO_MEMORY, 0, ERR_NO_MEMORY},
		{0, ERR_NO_MEMORY, ERR_NO_MEMORY},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct teller teller;
		struct loop loop;

		begin(&teller, &loop);
		negotiator.new_err = cases[i].new_err;
		negotiator.answer_err = cases[i].answer_err;
		assert_int_equal(challenge(teller.answer, "Negotiate"), ERR_NONE);
		assert_int_equal(answer_make(teller.answer, &get, on_done, &teller),
				 ERR_AGAIN);
		run_call(&loop);
		assert_int_equal(teller.told, 1);
		assert_int_equal(teller.err, cases[i].told);
		assert_int_equal(teller.answer->value.len, 0);
		answer_free(teller.answer);
	}
}

static void other_means_are_used_from_then_on(void **state)
{
	const struct login *login;
	struct teller teller;
	struct loop loop;

	(void)state;
	begin(&teller, &loop);
	assert_int_equal(login_new(SPAN("a"), SPAN("b"), &login), ERR_NONE);
	assert_int_equal(challenge(teller.answer, "Basic"), ERR_NONE);
	answer_set_means(teller.answer, login, false);
	answer_set_means(teller.answer, login, false);
	login_unref(login);
	assert_int_equal(answer_make(teller.answer, &get, NULL, NULL), ERR_NONE);
	assert_span(buf_span(&teller.answer->value), SPAN("Basic YTpi"));
	answer_set_means(teller.answer, NULL, true);
	assert_int_equal(challenge(teller.answer, "Negotiate, Basic"), ERR_NONE);
	assert_int_equal(answer_make(teller.answer, &get, on_done, &teller), ERR_AGAIN);
	run_call(&loop);
	assert_false(negotiator.had_login);
	assert_span(buf_span(&teller.answer->value), SPAN(NEGOTIATE_1));
	answer_free(teller.answer);
}

/* ---- life ---- */

enum moment { BEFORE, QUEUED, CALLED, INSIDE, AFTER, MOMENTS };

/* Frees at a moment of a call. */
static void free_at(enum moment moment)
{
	long blocks = mem_live_blocks();
	struct loop_call *call;
	struct teller teller;
	struct loop loop;

	begin(&teller, &loop);
	teller.frees = moment == INSIDE;
	assert_int_equal(challenge(teller.answer, "Negotiate"), ERR_NONE);
	if (moment == BEFORE) {
		answer_free(teller.answer);
		assert_int_equal(mem_live_blocks(), blocks);
		return;
	}
	assert_int_equal(answer_make(teller.answer, &get, on_done, &teller), ERR_AGAIN);
	call = still_loop_take_call(&loop);
	if (moment == QUEUED)
		answer_free(teller.answer);
	call->call(call);
	if (moment == CALLED)
		answer_free(teller.answer);
	call->done(call);
	if (moment == AFTER)
		answer_free(teller.answer);
	assert_int_equal(teller.told, moment >= INSIDE);
	assert_int_equal(negotiator.frees, 1);
	assert_int_equal(mem_live_blocks(), blocks);
}

static void it_may_be_freed_at_any_moment(void **state)
{
	(void)state;
	for (enum moment moment = BEFORE; moment < MOMENTS; moment++)
		free_at(moment);
	answer_free(NULL);
}

/* Everything up to an answer; false: no memory somewhere. */
static bool answer_once(const char *value, struct loop *loop, struct teller *teller)
{
	enum err err;

	*teller = (struct teller){0};
	teller->answer = new_answer(loop, false);
	if (!teller->answer)
		return false;
	err = challenge(teller->answer, value);
	if (!err)
		err = answer_make(teller->answer, &get, on_done, teller);
	if (err == ERR_AGAIN) {
		run_call(loop);
		assert_int_equal(teller->told, 1);
		err = teller->err;
	}
	assert_int_equal(teller->answer->value.len > 0, !err);
	assert_true(!err || err == ERR_NO_MEMORY);
	answer_free(teller->answer);
	return !err;
}

static void any_allocation_may_fail(void **state)
{
	static const char *const values[] = {"Basic", DIGEST, "Negotiate", "NTLM"};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(values); i++)
		for (unsigned long n = 1, is_done = 0; !is_done; n++) {
			long blocks = mem_live_blocks();
			struct teller teller;
			struct loop loop;

			still_loop_init(&loop);
			negotiator_forget();
			mem_fail_at(n);
			is_done = answer_once(values[i], &loop, &teller);
			assert_int_equal(is_done, !mem_has_failed());
			mem_fail_at(0);
			assert_int_equal(mem_live_blocks(), blocks);
			assert_true(n < 100);
		}
}

/* ---- secrets ---- */

/* Their ends are looked for: free() overwrites beginnings. The second is that of "u:" and
 * the whole of the first in base64. */
#define SECRET_END "is found in freed memory"
#define SECRET	   "a secret of an answer whose end " SECRET_END
#define BASIC_END  "ZW5kIGlzIGZvdW5kIGluIGZyZWVkIG1lbW9yeQ=="

static size_t remains(void)
{
	return remains_of(span_str(SECRET_END)) + remains_of(span_str(BASIC_END));
}

static struct answer *answer_secretly(struct loop *loop)
{
	struct answer *answer = answer_new(loop, false, SPAN("h"));
	const struct login *login;

	assert_non_null(answer);
	assert_int_equal(login_new(SPAN("u"), SPAN(SECRET), &login), ERR_NONE);
	answer_set_means(answer, login, false);
	login_unref(login);
	assert_int_equal(challenge(answer, "Basic"), ERR_NONE);
	assert_int_equal(answer_make(answer, &get, NULL, NULL), ERR_NONE);
	assert_true(remains_of(span_str(BASIC_END)) > 0);
	return answer;
}

static void nothing_secret_stays(void **state)
{
	struct answer *answer;
	struct loop loop;

	(void)state;
	still_loop_init(&loop);
	answer = answer_secretly(&loop);
	answer_clear(answer);
	assert_int_equal(answer->value.len, 0);
	assert_int_equal(remains_of(span_str(BASIC_END)), 0);
	answer_free(answer);
	assert_int_equal(remains(), 0);
	answer_free(answer_secretly(&loop));
	assert_int_equal(remains(), 0);
}

/* ---- a real loop ---- */

/* What happens on the loop of a test. */
struct stage {
	struct loop *loop;
	struct teller teller;
	struct flag begun, hold; /* of the call */
	bool is_at_work;	 /* as the owner saw it */
};

static void stage_init(struct stage *stage)
{
	*stage = (struct stage){0};
	negotiator_forget();
	flag_init(&stage->begun);
	flag_init(&stage->hold);
	negotiator.begun = &stage->begun;
	negotiator.hold = &stage->hold;
	assert_int_equal(loop_new(&stage->loop), ERR_NONE);
}

static void stage_done(struct stage *stage)
{
	flag_done(&stage->begun);
	flag_done(&stage->hold);
}

static void make_here(void *data)
{
	struct stage *stage = data;
	struct answer *answer = new_answer(stage->loop, false);

	if (!answer || challenge(answer, "Negotiate") ||
	    answer_make(answer, &get, on_done, &stage->teller) != ERR_AGAIN)
		abort();
	stage->teller.answer = answer;
}

static void look_here(void *data)
{
	struct stage *stage = data;

	stage->is_at_work = stage->teller.answer->is_at_work;
}

static void free_here(void *data)
{
	struct stage *stage = data;

	answer_free(stage->teller.answer);
}

static void the_loop_goes_on_while_an_answer_blocks(void **state)
{
	long blocks = mem_live_blocks();
	struct stage stage;

	(void)state;
	stage_init(&stage);
	errand_run(stage.loop, make_here, &stage);
	assert_true(flag_wait(&stage.begun, STEP_MS));
	for (int i = 0; i < 3; i++) {
		errand_run(stage.loop, look_here, &stage);
		assert_true(stage.is_at_work);
	}
	flag_raise(&stage.hold);
	while (stage.is_at_work)
		errand_run(stage.loop, look_here, &stage);
	assert_int_equal(stage.teller.told, 1);
	assert_span(buf_span(&stage.teller.answer->value), SPAN(NEGOTIATE_1));
	errand_run(stage.loop, free_here, &stage);
	loop_free(stage.loop);
	stage_done(&stage);
	assert_int_equal(mem_live_blocks(), blocks);
}

static void nothing_here(void *data)
{
	(void)data;
}

static void one_that_blocks_may_be_freed(void **state)
{
	long blocks = mem_live_blocks();
	struct stage stage;
	long all;

	(void)state;
	stage_init(&stage);
	errand_run(stage.loop, nothing_here, &stage);
	all = mem_live_blocks();
	errand_run(stage.loop, make_here, &stage);
	assert_true(flag_wait(&stage.begun, STEP_MS));
	errand_run(stage.loop, free_here, &stage);
	assert_true(mem_live_blocks() > all);
	flag_raise(&stage.hold);
	/* It frees itself when the loop hears of the end. */
	for (int ms = 0; mem_live_blocks() > all; ms++) {
		assert_true(ms < STEP_MS);
		usleep(1000);
		errand_run(stage.loop, nothing_here, &stage);
	}
	loop_free(stage.loop);
	assert_int_equal(stage.teller.told, 0);
	assert_int_equal(negotiator.frees, 1);
	stage_done(&stage);
	assert_int_equal(mem_live_blocks(), blocks);
}

static void the_loop_may_stop_while_an_answer_blocks(void **state)
{
	long blocks = mem_live_blocks();
	struct answer *answer;
	struct stage stage;

	(void)state;
	stage_init(&stage);
	errand_run(stage.loop, make_here, &stage);
	assert_true(flag_wait(&stage.begun, STEP_MS));
	loop_stop(stage.loop);
	flag_raise(&stage.hold);
	loop_free(stage.loop);
	answer = stage.teller.answer;
	assert_int_equal(stage.teller.told, 0);
	assert_true(answer->is_at_work);
	assert_span(buf_span(&answer->value), SPAN(NEGOTIATE_1));
	/* Nobody hears of the end any more, so the test says it. */
	answer_free(answer);
	answer->call.done(&answer->call);
	assert_int_equal(stage.teller.told, 0);
	stage_done(&stage);
	assert_int_equal(mem_live_blocks(), blocks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_does_not_block_is_answered_at_once),
		cmocka_unit_test(what_may_block_is_answered_in_a_call),
		cmocka_unit_test(a_second_token_is_answered_in_the_same_exchange),
		cmocka_unit_test(each_side_reads_its_own_field),
		cmocka_unit_test(each_side_reads_its_own_info),
		cmocka_unit_test(the_message_is_copied_for_a_call),
		cmocka_unit_test(a_call_tells_what_it_came_to),
		cmocka_unit_test(other_means_are_used_from_then_on),
		cmocka_unit_test(it_may_be_freed_at_any_moment),
		cmocka_unit_test(any_allocation_may_fail),
		cmocka_unit_test(nothing_secret_stays),
		cmocka_unit_test(the_loop_goes_on_while_an_answer_blocks),
		cmocka_unit_test(one_that_blocks_may_be_freed),
		cmocka_unit_test(the_loop_may_stop_while_an_answer_blocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
