/* SPDX-License-Identifier: MIT */
/* Who a request is, whom it answers, and what it forgets. */
#include "engine/access_scene.h"

/* ---- logins ---- */

static void logins_are_open_s_or_the_url_s_or_none(void **state)
{
	static const struct {
		struct given given;
		const char *user, *password, *proxy_user, *proxy_password;
	} cases[] = {
		{{.url = NULL}, NULL, NULL, NULL, NULL},
		{{.user = "u", .password = "p"}, "u", "p", NULL, NULL},
		{{.user = "u", .password = ""}, "u", "", NULL, NULL},
		{{.user = "", .password = "p"}, NULL, NULL, NULL, NULL},
		{{.url = "http://a:b@h/"}, "a", "b", NULL, NULL},
		{{.url = "http://a%20b:%C3%BC@h/"}, "a b", "\xc3\xbc", NULL, NULL},
		{{.url = "http://a@h/"}, "a", "", NULL, NULL},
		{{.url = "http://:b@h/"}, NULL, NULL, NULL, NULL},
		{{.url = "http://a:b@h/", .user = "u", .password = "p"},
		 "u",
		 "p",
		 NULL,
		 NULL},
		{{.url = "http://a:b@h/", .user = "", .password = "p"},
		 "a",
		 "b",
		 NULL,
		 NULL},
		{{.user = "u", .password = "p", .no_auth = true}, NULL, NULL, NULL, NULL},
		{{.url = "http://a:b@h/", .no_auth = true}, NULL, NULL, NULL, NULL},
		{{.proxy_user = "x", .proxy_password = "y"}, NULL, NULL, "x", "y"},
		{{.proxy_user = "x", .proxy_password = "y", .no_auth = true},
		 NULL,
		 NULL,
		 "x",
		 "y"},
		{{.proxy_user = "x", .proxy_password = "y", .no_proxy_auth = true},
		 NULL,
		 NULL,
		 NULL,
		 NULL},
		{{.url = "http://a:b@h/", .proxy_user = "x", .proxy_password = "y"},
		 "a",
		 "b",
		 "x",
		 "y"},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct access *access = access_new();

		assert_non_null(access);
		assert_int_equal(take_logins(access, &cases[i].given), ERR_NONE);
		assert_login(access->pool.login, cases[i].user, cases[i].password);
		assert_login(access->pool.proxy_login, cases[i].proxy_user,
			     cases[i].proxy_password);
		assert_int_equal(access->pool.no_proxy_auth,
				 cases[i].given.no_proxy_auth);
		access_free(access);
	}
	access_free(NULL);
}

static void a_login_with_a_nul_in_it_is_none(void **state)
{
	static const struct request_wishes nothing = {0};
	static const struct request_options options[] = {
		{.wishes = &nothing, .login = {{"a\0b", 3}, {"p", 1}}},
		{.wishes = &nothing, .proxy_login = {{"a", 1}, {"p\0", 2}}},
	};
	struct access *access;
	struct scene scene;

	(void)state;
	scene_init(&scene);
	for (size_t i = 0; i < TEST_COUNT(options); i++) {
		access = access_new();
		assert_non_null(access);
		assert_int_equal(access_take_logins(access, &scene.url, &options[i]),
				 ERR_INVALID);
		access_free(access);
	}
	access = access_new();
	assert_non_null(access);
	assert_int_equal(take_logins(access, &(struct given){.url = "http://a%00:b@h/"}),
			 ERR_INVALID);
	access_free(access);
	scene_done(&scene);
}

/* ---- ways ---- */

static void only_an_open_http_proxy_reads_the_head(void **state)
{
	struct access_way way;
	struct access *access;
	struct scene scene;

	(void)state;
	access = begin(&scene, &both);
	assert_true(access->head.is_for_proxy);
	assert_true(access->shown.is_for_proxy);
	assert_span(access_message(access, false, &get).uri, SPAN("/x?y"));
	assert_span(access_message(access, true, &get).uri, SPAN("http://u.test:81/x?y"));
	assert_int_equal(go(&scene, scene.socks), ERR_NONE);
	assert_false(access->head.is_for_proxy);
	assert_int_equal(go(&scene, NULL), ERR_NONE);
	assert_false(access->head.is_for_proxy);
	way = (struct access_way){.url = &scene.url, .proxy = scene.proxies[0]};
	assert_int_equal(access_go(access, &way), ERR_NONE);
	assert_false(access->head.is_for_proxy);
	assert_false(access->shown.is_for_proxy);
	scene_done(&scene);
}

static void the_ticket_is_for_who_has_no_login(void **state)
{
	struct access_way way = {.may_use_ticket = true};
	struct access *access;
	struct scene scene;

	(void)state;
	access = begin(&scene, &nobody);
	way.url = &scene.url;
	assert_int_equal(access_go(access, &way), ERR_NONE);
	assert_true(access->pool.may_use_ticket);
	way.may_use_ticket = false;
	assert_int_equal(access_go(access, &way), ERR_NONE);
	assert_false(access->pool.may_use_ticket);
	scene_done(&scene);
	access = begin(&scene, &both);
	way.may_use_ticket = true;
	way.url = &scene.url;
	assert_int_equal(access_go(access, &way), ERR_NONE);
	assert_false(access->pool.may_use_ticket);
	scene_done(&scene);
}

/* ---- answers ---- */

static void before_a_challenge_nothing_is_said(void **state)
{
	struct access *access;
	struct scene scene;

	(void)state;
	access = begin(&scene, &both);
	for (int i = 0; i < 2; i++) {
		put(access);
		assert_int_equal(access->head.authorization.len, 0);
		assert_int_equal(access->head.proxy_authorization.len, 0);
		assert_int_equal(hear(access, 200, "A", "b"), ERR_NONE);
	}
	scene_done(&scene);
}

static void each_side_gets_its_own_answer(void **state)
{
	struct access *access;
	struct scene scene;

	(void)state;
	access = begin(&scene, &both);
	expect_challenge(&scene, ORIGIN, "Basic");
	put(access);
	assert_span(access->head.authorization, SPAN("Basic dTpw"));
	assert_int_equal(access->head.proxy_authorization.len, 0);
	scene_done(&scene);
	access = begin(&scene, &both);
	expect_challenge(&scene, PROXY, "Basic");
	put(access);
	assert_span(access->head.proxy_authorization, SPAN("Basic YTpi"));
	assert_int_equal(access->head.authorization.len, 0);
	expect_challenge(&scene, ORIGIN, "Basic");
	put(access);
	assert_span(access->head.authorization, SPAN("Basic dTpw"));
	assert_span(access->head.proxy_authorization, SPAN("Basic YTpi"));
	scene_done(&scene);
}

static void the_proxy_s_url_has_a_login_of_last_resort(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, &nobody);
	assert_int_equal(challenge(&scene, PROXY, "Basic"), ERR_MISSING);
	assert_int_equal(go(&scene, scene.proxies[1]), ERR_NONE);
	expect_challenge(&scene, PROXY, "Basic");
	put(scene.access);
	assert_span(scene.access->head.proxy_authorization, SPAN("Basic cHU6cHA="));
	scene_done(&scene);
	begin(&scene, &both);
	assert_int_equal(go(&scene, scene.proxies[1]), ERR_NONE);
	expect_challenge(&scene, PROXY, "Basic");
	put(scene.access);
	assert_span(scene.access->head.proxy_authorization, SPAN("Basic YTpi"));
	scene_done(&scene);
}

static void tickets_are_for_the_host_that_asks(void **state)
{
	struct access_way way = {
		.is_open = true, .may_use_ticket = true, .may_use_proxy_ticket = true};
	struct scene scene;

	(void)state;
	begin(&scene, &nobody);
	way.url = &scene.url;
	way.proxy = scene.proxies[0];
	assert_int_equal(access_go(scene.access, &way), ERR_NONE);
	expect_challenge(&scene, PROXY, "Negotiate");
	assert_string_equal(negotiator.host, "p.test");
	expect_challenge(&scene, ORIGIN, "Negotiate");
	assert_string_equal(negotiator.host, "u.test");
	scene_done(&scene);
}

/* The connection has died before the answer arrived: it is said again as it is. */
static void a_fresh_answer_is_kept_over_a_retry(void **state)
{
	static const char *const challenges[] = {"Basic", DIGEST, "Negotiate", "NTLM"};

	(void)state;
	for (enum side side = ORIGIN; side <= PROXY; side++)
		for (size_t i = 0; i < TEST_COUNT(challenges); i++) {
			struct span value;
			struct buf kept = {0};
			struct scene scene;

			begin(&scene, &both);
			expect_challenge(&scene, side, challenges[i]);
			for (int k = 0; k < 3; k++) {
				put(scene.access);
				value = side == PROXY
						? scene.access->head.proxy_authorization
						: scene.access->head.authorization;
				assert_true(value.len > 0);
				if (!k)
					assert_int_equal(buf_put(&kept, value), ERR_NONE);
				assert_span(value, buf_span(&kept));
			}
			buf_done(&kept);
			scene_done(&scene);
		}
}

static void an_answer_that_arrived_is_repeated_for_the_next_message(void **state)
{
	static const struct {
		const char *challenge;
		const char *repeated; /* what it holds, or NULL: nothing is said */
	} cases[] = {
		{"Basic", "Basic dTpw"},
		{DIGEST, "nc=00000002"},
		{"Negotiate", NULL},
		{"NTLM", NULL},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct access *access;
		struct scene scene;

		access = begin(&scene, &both);
		expect_challenge(&scene, ORIGIN, cases[i].challenge);
		put(access);
		assert_int_equal(hear(access, 302, "A", "b"), ERR_NONE);
		put(access);
		if (cases[i].repeated)
			assert_true(has(access->head.authorization, cases[i].repeated));
		else
			assert_int_equal(access->head.authorization.len, 0);
		scene_done(&scene);
	}
}

/* The proxy asks in the midst of the origin's rounds, of which the origin knows nothing.
 */
static void a_fresh_answer_is_kept_over_a_question_of_the_proxy(void **state)
{
	static const char *const challenges[] = {"Basic", DIGEST, "Negotiate", "NTLM"};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(challenges); i++) {
		struct buf kept = {0};
		struct access *access;
		struct scene scene;

		access = begin(&scene, &both);
		expect_challenge(&scene, ORIGIN, challenges[i]);
		put(access);
		assert_int_equal(buf_put(&kept, access->head.authorization), ERR_NONE);
		expect_challenge(&scene, PROXY, "Basic");
		put(access);
		assert_span(access->head.authorization, buf_span(&kept));
		assert_span(access->head.proxy_authorization, SPAN("Basic YTpi"));
		buf_done(&kept);
		scene_done(&scene);
	}
}

/* While one side's answer is fresh the other's is made again for the same message. */
static void the_other_side_s_answer_is_made_again(void **state)
{
	struct access *access;
	struct scene scene;

	(void)state;
	access = begin(&scene, &both);
	expect_challenge(&scene, PROXY, DIGEST);
	put(access);
	assert_true(has(access->head.proxy_authorization, "nc=00000001"));
	expect_challenge(&scene, ORIGIN, DIGEST);
	put(access);
	assert_true(has(access->head.authorization, "nc=00000001"));
	assert_true(has(access->head.authorization, "uri=\"/x?y\""));
	assert_true(has(access->head.proxy_authorization, "nc=00000002"));
	assert_true(
		has(access->head.proxy_authorization, "uri=\"http://u.test:81/x?y\""));
	scene_done(&scene);
}

static void a_tunnel_s_head_is_not_for_the_proxy(void **state)
{
	struct access_way way = {0};
	struct access *access;
	struct scene scene;

	(void)state;
	access = begin(&scene, &both);
	expect_challenge(&scene, PROXY, "Basic");
	expect_challenge(&scene, ORIGIN, "Basic");
	way = (struct access_way){.url = &scene.url, .proxy = scene.proxies[0]};
	assert_int_equal(access_go(access, &way), ERR_NONE);
	put(access);
	assert_int_equal(access->head.proxy_authorization.len, 0);
	assert_int_equal(access->shown.proxy_authorization.len, 0);
	assert_span(access->head.authorization, SPAN("Basic dTpw"));
	scene_done(&scene);
}

static void who_does_not_challenge_is_content(void **state)
{
	static const struct {
		unsigned status;
		bool is_open;
		bool origin_is_content, proxy_is_content;
		bool origin_has_it, proxy_has_it; /* the answer */
	} cases[] = {
		{200, true, true, true, true, true},
		{302, true, true, true, true, true},
		{401, true, false, true, true, true},
		{407, true, false, false, false, true},
		{407, false, true, false, true, false},
		{401, false, false, false, true, false},
		{200, false, true, false, true, false},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct access_way way = {.is_open = cases[i].is_open};
		struct access *access;
		struct scene scene;

		access = begin(&scene, &both);
		expect_challenge(&scene, PROXY, "Basic");
		expect_challenge(&scene, ORIGIN, "Basic");
		put(access);
		way.url = &scene.url;
		way.proxy = scene.proxies[0];
		assert_int_equal(access_go(access, &way), ERR_NONE);
		access->origin->is_fresh = access->proxy->is_fresh = true;
		assert_true(access->origin->auth.is_pending);
		assert_true(access->proxy->auth.is_pending);
		assert_int_equal(hear(access, cases[i].status, "A", "b"), ERR_NONE);
		assert_int_equal(access->origin->is_fresh, !cases[i].origin_has_it);
		assert_int_equal(access->proxy->is_fresh, !cases[i].proxy_has_it);
		assert_int_equal(access->origin->auth.is_pending,
				 !cases[i].origin_is_content);
		assert_int_equal(access->proxy->auth.is_pending,
				 !cases[i].proxy_is_content);
		scene_done(&scene);
	}
}

/* ---- another origin, another proxy ---- */

static void what_was_the_origin_s_is_gone_behind_a_redirect(void **state)
{
	struct access *access;
	struct scene scene;

	(void)state;
	access = begin(&scene, &both);
	expect_challenge(&scene, PROXY, "Basic");
	expect_challenge(&scene, ORIGIN, "Basic");
	put(access);
	assert_int_equal(hear(access, 302, "A", "b"), ERR_NONE);
	access_leave_origin(access);
	assert_null(access->pool.login);
	assert_int_equal(go(&scene, scene.proxies[0]), ERR_NONE);
	put(access);
	assert_int_equal(access->head.authorization.len, 0);
	assert_int_equal(access->shown.authorization.len, 0);
	assert_span(access->head.proxy_authorization, SPAN("Basic YTpi"));
	assert_int_equal(challenge(&scene, ORIGIN, "Basic"), ERR_MISSING);
	put(access);
	assert_int_equal(access->head.authorization.len, 0);
	scene_done(&scene);
}

static void another_proxy_is_not_told_what_the_last_one_was(void **state)
{
	struct access *access;
	struct scene scene;

	(void)state;
	access = begin(&scene, &both);
	expect_challenge(&scene, PROXY, "Basic");
	put(access);
	assert_int_equal(hear(access, 302, "A", "b"), ERR_NONE);
	assert_int_equal(go(&scene, scene.proxies[0]), ERR_NONE);
	put(access);
	assert_span(access->head.proxy_authorization, SPAN("Basic YTpi"));
	assert_int_equal(go(&scene, scene.proxies[1]), ERR_NONE);
	put(access);
	assert_int_equal(access->head.proxy_authorization.len, 0);
	assert_login(access->pool.proxy_login, "a", "b");
	expect_challenge(&scene, PROXY, "Basic");
	assert_int_equal(go(&scene, NULL), ERR_NONE);
	assert_int_equal(go(&scene, scene.proxies[1]), ERR_NONE);
	put(access);
	assert_int_equal(access->head.proxy_authorization.len, 0);
	scene_done(&scene);
}

/* ---- memory ---- */

/* All that a request may go through. */
static enum err live(struct scene *scene)
{
	static const char *const challenges[] = {"Basic", DIGEST, "NTLM"};
	struct access *access = scene->access;
	enum err err = take_logins(access, &both);

	if (!err)
		err = go(scene, scene->proxies[0]);
	for (size_t i = 0; i < TEST_COUNT(challenges) && !err; i++) {
		err = challenge(scene, i % 2 ? PROXY : ORIGIN, challenges[i]);
		if (!err)
			err = access_put_answers(access, &get);
	}
	if (!err)
		err = hear(access, 302, "Proxy-Authentication-Info",
			   "nextnonce=\"a nonce that is long enough for a new room\"");
	if (!err)
		err = access_put_answers(access, &get);
	if (!err)
		err = access_note_asked(access, &access->proxy->auth);
	if (!err)
		err = access_begin_prompt(access, &scene->url);
	if (!err)
		err = buf_put_str(access->prompt.user, "u");
	return err ? err : access_end_prompt(access);
}

static void any_allocation_may_fail(void **state)
{
	enum err err = ERR_NO_MEMORY;

	(void)state;
	for (unsigned long n = 1; err; n++) {
		long blocks = mem_live_blocks();
		struct scene scene;

		scene_init(&scene);
		mem_fail_at(n);
		err = live(&scene);
		assert_int_equal(err, mem_has_failed() ? ERR_NO_MEMORY : ERR_NONE);
		mem_fail_at(0);
		scene_done(&scene);
		assert_int_equal(mem_live_blocks(), blocks);
		assert_true(n < 200);
	}
	mem_fail_at(1);
	assert_null(access_new());
	mem_fail_at(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(logins_are_open_s_or_the_url_s_or_none),
		cmocka_unit_test(a_login_with_a_nul_in_it_is_none),
		cmocka_unit_test(only_an_open_http_proxy_reads_the_head),
		cmocka_unit_test(the_ticket_is_for_who_has_no_login),
		cmocka_unit_test(before_a_challenge_nothing_is_said),
		cmocka_unit_test(each_side_gets_its_own_answer),
		cmocka_unit_test(the_proxy_s_url_has_a_login_of_last_resort),
		cmocka_unit_test(tickets_are_for_the_host_that_asks),
		cmocka_unit_test(a_fresh_answer_is_kept_over_a_retry),
		cmocka_unit_test(a_fresh_answer_is_kept_over_a_question_of_the_proxy),
		cmocka_unit_test(an_answer_that_arrived_is_repeated_for_the_next_message),
		cmocka_unit_test(the_other_side_s_answer_is_made_again),
		cmocka_unit_test(a_tunnel_s_head_is_not_for_the_proxy),
		cmocka_unit_test(who_does_not_challenge_is_content),
		cmocka_unit_test(what_was_the_origin_s_is_gone_behind_a_redirect),
		cmocka_unit_test(another_proxy_is_not_told_what_the_last_one_was),
		cmocka_unit_test(any_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
