/* SPDX-License-Identifier: MIT */
/* Logins that are asked for, and what is shown and left of secrets. */
#include "engine/access_scene.h"
#include "lib/remains.h"

/* ---- prompts ---- */

/* A challenge that cannot be answered, and the prompt for it. */
static void ask(struct scene *scene, enum side side, const char *value)
{
	struct access *access = scene->access;

	assert_int_equal(challenge(scene, side, value), ERR_MISSING);
	assert_int_equal(access_note_asked(access, side == PROXY ? &access->proxy->auth
								 : &access->origin->auth),
			 ERR_NONE);
	assert_int_equal(access_begin_prompt(access, &scene->url), ERR_NONE);
}

static enum err reply(struct access *access, const char *user, const char *password)
{
	assert_int_equal(buf_put_str(access->prompt.user, user), ERR_NONE);
	assert_int_equal(buf_put_str(access->prompt.password, password), ERR_NONE);
	return access_end_prompt(access);
}

static void a_prompt_says_who_asks_and_how(void **state)
{
	static const struct {
		const char *challenge, *scheme, *realm;
	} cases[] = {
		{"Basic realm=\"a \\\"b\\\"\"", "Basic", "a \"b\""},
		{"Basic realm=x, " DIGEST, "Digest", "r"},
		{"NTLM, Basic realm=x", "NTLM", "x"},
		{"NTLM, Negotiate", "Negotiate", ""},
	};

	(void)state;
	for (enum side side = ORIGIN; side <= PROXY; side++)
		for (size_t i = 0; i < TEST_COUNT(cases); i++) {
			const struct request_prompt *prompt;
			struct scene scene;

			begin(&scene, &nobody);
			prompt = &scene.access->prompt;
			ask(&scene, side, cases[i].challenge);
			assert_int_equal(prompt->is_proxy, side == PROXY);
			assert_span(prompt->host, side == PROXY ? SPAN("p.test:3128")
								: SPAN("u.test:81"));
			assert_span(prompt->scheme, span_str(cases[i].scheme));
			assert_span(prompt->realm, span_str(cases[i].realm));
			assert_int_equal(prompt->attempt, 0);
			assert_int_equal(prompt->user->len, 0);
			assert_int_equal(prompt->password->len, 0);
			scene_done(&scene);
		}
}

static void one_who_did_not_say_how_is_asked_for_too(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, &nobody);
	scene.access->is_proxy = true;
	assert_int_equal(access_note_asked(scene.access, NULL), ERR_NONE);
	assert_int_equal(access_begin_prompt(scene.access, &scene.url), ERR_NONE);
	assert_int_equal(scene.access->prompt.scheme.len, 0);
	assert_int_equal(scene.access->prompt.realm.len, 0);
	assert_int_equal(reply(scene.access, "a", "b"), ERR_NONE);
	assert_login(scene.access->pool.proxy_login, "a", "b");
	scene_done(&scene);
}

static void what_is_given_answers_the_challenge(void **state)
{
	const struct login *const *side_login;

	(void)state;
	for (enum side side = ORIGIN; side <= PROXY; side++) {
		struct access *access;
		struct answer *answer;
		struct scene scene;

		access = begin(&scene, &nobody);
		side_login =
			side == PROXY ? &access->pool.proxy_login : &access->pool.login;
		ask(&scene, side, "Basic");
		assert_false(access->is_new);
		assert_int_equal(reply(access, "u", "p"), ERR_NONE);
		assert_login(*side_login, "u", "p");
		assert_true(access->is_new);
		assert_int_equal(access->user.cap, 0);
		assert_int_equal(access->password.cap, 0);
		answer = side == PROXY ? access->proxy : access->origin;
		assert_int_equal(answer_make(answer, &get, NULL, NULL), ERR_NONE);
		assert_span(buf_span(&answer->value), SPAN("Basic dTpw"));
		/* It was wrong: asked once more. */
		ask(&scene, side, "Basic");
		assert_int_equal(access->prompt.attempt, 1);
		assert_int_equal(reply(access, "u", "q"), ERR_NONE);
		assert_login(*side_login, "u", "q");
		assert_int_equal(answer_make(answer, &get, NULL, NULL), ERR_NONE);
		assert_span(buf_span(&answer->value), SPAN("Basic dTpx"));
		scene_done(&scene);
	}
}

static void nothing_given_changes_nothing(void **state)
{
	struct access *access;
	struct scene scene;

	(void)state;
	access = begin(&scene, &nobody);
	ask(&scene, ORIGIN, "Basic");
	assert_int_equal(reply(access, "", "p"), ERR_MISSING);
	assert_int_equal(access->password.cap, 0);
	assert_int_equal(access_begin_prompt(access, &scene.url), ERR_NONE);
	assert_int_equal(buf_put(access->prompt.user, span_of("a\0b", 3)), ERR_NONE);
	assert_int_equal(access_end_prompt(access), ERR_MISSING);
	assert_int_equal(access->user.cap, 0);
	assert_null(access->pool.login);
	assert_false(access->is_new);
	scene_done(&scene);
}

static void who_has_given_a_login_does_not_show_the_ticket(void **state)
{
	struct access_way way = {.may_use_ticket = true, .is_open = true};
	struct scene scene;

	(void)state;
	begin(&scene, &nobody);
	way.url = &scene.url;
	assert_int_equal(access_go(scene.access, &way), ERR_NONE);
	assert_true(scene.access->pool.may_use_ticket);
	ask(&scene, ORIGIN, "Basic");
	assert_int_equal(reply(scene.access, "u", "p"), ERR_NONE);
	assert_false(scene.access->pool.may_use_ticket);
	scene_done(&scene);
}

static void a_login_asked_for_one_proxy_is_not_for_another(void **state)
{
	struct access *access;
	struct scene scene;

	(void)state;
	access = begin(&scene, &nobody);
	ask(&scene, PROXY, "Basic");
	assert_int_equal(reply(access, "a", "b"), ERR_NONE);
	assert_int_equal(go(&scene, scene.proxies[0]), ERR_NONE);
	assert_login(access->pool.proxy_login, "a", "b");
	assert_false(access->is_new);
	assert_int_equal(go(&scene, scene.proxies[1]), ERR_NONE);
	assert_null(access->pool.proxy_login);
	scene_done(&scene);
}

static void attempts_are_counted_for_each_host_anew(void **state)
{
	struct access *access;
	struct scene scene;

	(void)state;
	access = begin(&scene, &nobody);
	ask(&scene, ORIGIN, "Basic");
	ask(&scene, ORIGIN, "Basic");
	assert_int_equal(access->prompt.attempt, 1);
	ask(&scene, PROXY, "Basic");
	assert_int_equal(access->prompt.attempt, 0);
	access_leave_origin(access);
	ask(&scene, ORIGIN, "Basic");
	assert_int_equal(access->prompt.attempt, 0);
	assert_int_equal(go(&scene, scene.socks), ERR_NONE);
	ask(&scene, PROXY, "Basic");
	assert_int_equal(access->prompt.attempt, 0);
	scene_done(&scene);
}

/* ---- secrets ---- */

/* Their ends are looked for: free() overwrites beginnings. The second is that of "u:" and
 * the whole of the first in base64. */
#define SECRET_END "is found in freed memory"
#define SECRET	   "a secret of an access whose end " SECRET_END
#define BASIC_END  "ZW5kIGlzIGZvdW5kIGluIGZyZWVkIG1lbW9yeQ=="

static const struct given secretive = {
	.user = "u", .password = SECRET, .proxy_user = "u", .proxy_password = SECRET};

static size_t remains(void)
{
	return remains_of(span_str(SECRET_END)) + remains_of(span_str(BASIC_END));
}

static void what_is_shown_is_never_secret(void **state)
{
	static const struct {
		const char *challenge, *shown;
	} cases[] = {
		{"Basic", "Basic (not shown)"},
		{DIGEST, "Digest (not shown)"},
		{"Negotiate", "Negotiate (not shown)"},
		{"NTLM", "NTLM (not shown)"},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++)
		for (enum side side = ORIGIN; side <= PROXY; side++) {
			struct access *access;
			struct scene scene;
			struct span shown, other;

			access = begin(&scene, &secretive);
			expect_challenge(&scene, side, cases[i].challenge);
			put(access);
			shown = access->shown.authorization;
			other = access->shown.proxy_authorization;
			assert_span(side == PROXY ? other : shown,
				    span_str(cases[i].shown));
			assert_int_equal(side == PROXY ? shown.len : other.len, 0);
			access_end(access);
			assert_span(side == PROXY ? access->shown.proxy_authorization
						  : access->shown.authorization,
				    span_str(cases[i].shown));
			scene_done(&scene);
		}
}

static void nothing_secret_stays_behind_the_end(void **state)
{
	struct access *access;
	struct scene scene;

	(void)state;
	access = begin(&scene, &secretive);
	expect_challenge(&scene, PROXY, "Basic");
	expect_challenge(&scene, ORIGIN, "Basic");
	put(access);
	assert_true(remains() > 0);
	access_end(access);
	assert_int_equal(remains(), 0);
	scene_done(&scene);
}

static void nothing_secret_stays_of_an_origin_that_was_left(void **state)
{
	struct given given = secretive;
	struct access *access;
	struct scene scene;

	(void)state;
	given.proxy_user = NULL;
	access = begin(&scene, &given);
	expect_challenge(&scene, ORIGIN, DIGEST);
	expect_challenge(&scene, ORIGIN, "Basic");
	put(access);
	access_leave_origin(access);
	assert_int_equal(remains(), 0);
	scene_done(&scene);
}

/* The buffers of a prompt are the client's to fill: it may let them grow. */
static void nothing_secret_stays_of_a_prompt(void **state)
{
	struct access *access;
	struct scene scene;

	(void)state;
	for (int is_ended = 0; is_ended < 2; is_ended++) {
		access = begin(&scene, &nobody);
		ask(&scene, ORIGIN, "Basic");
		assert_int_equal(buf_put_str(access->prompt.user, "u"), ERR_NONE);
		assert_int_equal(buf_put_str(access->prompt.password, SECRET), ERR_NONE);
		assert_true(remains() > 0);
		if (is_ended) {
			assert_int_equal(access_end_prompt(access), ERR_NONE);
			access_leave_origin(access);
		} else {
			access_end(access);
		}
		assert_int_equal(remains(), 0);
		scene_done(&scene);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_prompt_says_who_asks_and_how),
		cmocka_unit_test(one_who_did_not_say_how_is_asked_for_too),
		cmocka_unit_test(what_is_given_answers_the_challenge),
		cmocka_unit_test(nothing_given_changes_nothing),
		cmocka_unit_test(who_has_given_a_login_does_not_show_the_ticket),
		cmocka_unit_test(a_login_asked_for_one_proxy_is_not_for_another),
		cmocka_unit_test(attempts_are_counted_for_each_host_anew),
		cmocka_unit_test(what_is_shown_is_never_secret),
		cmocka_unit_test(nothing_secret_stays_behind_the_end),
		cmocka_unit_test(nothing_secret_stays_of_an_origin_that_was_left),
		cmocka_unit_test(nothing_secret_stays_of_a_prompt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
