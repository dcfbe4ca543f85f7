/* SPDX-License-Identifier: MIT */
/*
 * One request's identities, driven as the request drives them, challenge by challenge.
 * For one file of a test program.
 */
#ifndef IXHR2_TESTS_ENGINE_ACCESS_SCENE_H
#define IXHR2_TESTS_ENGINE_ACCESS_SCENE_H

#include "engine/access.h"

#include <stdio.h>

#include "engine/negotiator.h"
#include "engine/still_loop.h"
#include "lib/test.h"

#define DIGEST "Digest realm=\"r\", qop=\"auth\", nonce=\"n\""

static const struct digest_message get = {
	.method = {"GET", 3}, .uri = {"/x?y", 4}, .is_body_known = true};

enum side { ORIGIN, PROXY };

/* A request to http://u.test/x?y, through a proxy. */
struct scene {
	struct loop loop;	  /* still */
	struct arena arena;	  /* of the URL */
	struct url url;		  /* where it goes */
	struct proxy *proxies[2]; /* http:// without and with a login */
	struct proxy *socks;	  /* socks5:// */
	struct access *access;	  /* what is tested */
};

static inline void scene_init(struct scene *scene)
{
	*scene = (struct scene){0};
	negotiator_forget();
	still_loop_init(&scene->loop);
	assert_int_equal(
		url_parse(&scene->arena, SPAN("http://u.test:81/x?y"), NULL, &scene->url),
		ERR_NONE);
	assert_int_equal(proxy_new(SPAN("http://p.test:3128"), &scene->proxies[0]),
			 ERR_NONE);
	assert_int_equal(proxy_new(SPAN("http://pu:pp@q.test"), &scene->proxies[1]),
			 ERR_NONE);
	assert_int_equal(proxy_new(SPAN("socks5://s.test"), &scene->socks), ERR_NONE);
	scene->access = access_new();
	assert_non_null(scene->access);
}

static inline void scene_done(struct scene *scene)
{
	access_free(scene->access);
	proxy_free(scene->proxies[0]);
	proxy_free(scene->proxies[1]);
	proxy_free(scene->socks);
	arena_done(&scene->arena);
	still_loop_done(&scene->loop);
}

/* What a request gets with Open; a URL may have a login too. */
struct given {
	const char *url;
	const char *user, *password;
	const char *proxy_user, *proxy_password;
	bool no_auth, no_proxy_auth;
};

static inline enum err take_logins(struct access *access, const struct given *given)
{
	struct request_wishes wishes = {.no_auth = given->no_auth,
					.no_proxy_auth = given->no_proxy_auth};
	struct request_options options = {.wishes = &wishes};
	struct arena arena = {0};
	struct url url;
	enum err err;

	if (given->user)
		options.login = (struct request_login){span_str(given->user),
						       span_str(given->password)};
	if (given->proxy_user)
		options.proxy_login = (struct request_login){
			span_str(given->proxy_user), span_str(given->proxy_password)};
	err = url_parse(&arena, span_str(given->url ? given->url : "http://u.test/"),
			NULL, &url);
	if (!err)
		err = access_take_logins(access, &url, &options);
	arena_done(&arena);
	return err;
}

static const struct given nobody = {0};

static const struct given both = {
	.user = "u", .password = "p", .proxy_user = "a", .proxy_password = "b"};

/* Goes through a proxy, in the open. */
static inline enum err go(struct scene *scene, const struct proxy *proxy)
{
	const struct access_way way = {
		.url = &scene->url, .proxy = proxy, .is_open = true};

	return access_go(scene->access, &way);
}

static inline struct access *begin(struct scene *scene, const struct given *given)
{
	scene_init(scene);
	assert_int_equal(take_logins(scene->access, given), ERR_NONE);
	assert_int_equal(go(scene, scene->proxies[0]), ERR_NONE);
	return scene->access;
}

/* The request hears a response with one field. */
static inline enum err hear(struct access *access, unsigned status, const char *name,
			    const char *value)
{
	struct response_head head = {.status = status, .version = 11};
	struct arena arena = {0};
	enum err err;

	headers_init(&head.headers, &arena);
	err = headers_put(&head.headers, span_str(name), span_str(value));
	if (!err)
		err = access_hear(access, &head);
	arena_done(&arena);
	return err;
}

/* As request_challenged and request_answer do. ERR_MISSING: nothing can be answered. */
static inline enum err challenge(struct scene *scene, enum side side, const char *value)
{
	static const char *const names[] = {"WWW-Authenticate", "Proxy-Authenticate"};
	struct access *access = scene->access;
	struct digest_message message;
	struct arena arena = {0};
	struct answer *answer;
	struct headers headers;
	enum err err = hear(access, side == PROXY ? 407 : 401, names[side], value);

	access->is_proxy = side == PROXY;
	answer = err ? NULL
		     : access_need_answer(access, &scene->loop, url_host(&scene->url));
	if (!answer)
		return ERR_NO_MEMORY;
	headers_init(&headers, &arena);
	err = headers_put(&headers, span_str(names[side]), span_str(value));
	if (!err)
		err = answer_take(answer, &headers);
	arena_done(&arena);
	message = access_message(access, side == PROXY, &get);
	if (!err)
		err = answer_make(answer, &message, NULL, NULL);
	if (err == ERR_AGAIN) {
		struct loop_call *call = still_loop_take_call(&scene->loop);

		call->call(call);
		answer->is_at_work = false;
		err = answer->err;
	}
	answer->is_fresh = !err;
	return err;
}

static inline void expect_challenge(struct scene *scene, enum side side,
				    const char *value)
{
	assert_int_equal(challenge(scene, side, value), ERR_NONE);
}

/* The values for the next head. */
static inline void put(struct access *access)
{
	assert_int_equal(access_put_answers(access, &get), ERR_NONE);
}

static inline bool has(struct span text, const char *part)
{
	return text.len && memmem(text.at, text.len, part, strlen(part));
}

static inline void assert_login(const struct login *login, const char *user,
				const char *password)
{
	if (!user) {
		assert_null(login);
		return;
	}
	assert_non_null(login);
	assert_span(login->user, span_str(user));
	assert_span(login->password, span_str(password));
}

#endif
