/* SPDX-License-Identifier: MIT */
/*
 * The two sides are alike: a login, an answer to challenges, a field of the head. An
 * answer is made for one message, by a challenge of its side; it is sent until a response
 * shows that it has arrived. For the next message it is made again without being asked,
 * if its scheme can do that (Digest, Basic); what authenticates a connection is not
 * repeated.
 *
 * The proxy's side counts for the head only where the proxy reads it: not in a tunnel,
 * which has been asked for with answers of its own (engine/tunnel.h).
 */
#include "engine/access.h"

#include "base/mem.h"

struct access *access_new(void)
{
	return mem_zalloc(sizeof(struct access));
}

/* ---- logins ---- */

static enum err take_login(const struct request_login *from,
			   const struct login **out_login)
{
	if (!from->user.len)
		return ERR_NONE;
	return login_new(from->user, from->password, out_login);
}

enum err access_take_logins(struct access *access, const struct url *url,
			    const struct request_options *options)
{
	struct pool_access *pool = &access->pool;
	enum err err = ERR_NONE;

	pool->no_proxy_auth = options->wishes->no_proxy_auth;
	if (!options->wishes->no_auth && options->login.user.len)
		err = take_login(&options->login, &pool->login);
	else if (!options->wishes->no_auth && url_username(url).len)
		err = login_from_userinfo(url_username(url), url_password(url),
					  &pool->login);
	if (!err && !options->wishes->no_proxy_auth)
		err = take_login(&options->proxy_login, &pool->proxy_login);
	return err;
}

static void drop_answer(struct answer **answer)
{
	answer_free(*answer);
	*answer = NULL;
}

static void drop_login(const struct login **login)
{
	login_unref(*login);
	*login = NULL;
}

/* What a side is answered with. */
static void set_means(struct access *access, struct answer *answer)
{
	const struct pool_access *pool = &access->pool;
	const struct login *login = pool->proxy_login;

	if (!answer->is_proxy)
		answer_set_means(answer, pool->login, pool->may_use_ticket);
	else
		answer_set_means(answer, login ? login : pool->proxy->login,
				 pool->may_use_proxy_ticket);
}

/* ---- messages ---- */

/* Writes the target of the request line that an open proxy reads (RFC 9112 3.2.2). */
static enum err put_uri(struct access *access, const struct url *url)
{
	enum err err;

	buf_clear(&access->uri);
	err = buf_put_str(&access->uri, "http://");
	if (!err)
		err = buf_put(&access->uri, url_authority(url));
	return err ? err : buf_put(&access->uri, url_target(url));
}

enum err access_go(struct access *access, const struct access_way *way)
{
	struct pool_access *pool = &access->pool;
	bool is_other = way->proxy != pool->proxy;

	if (is_other) {
		drop_answer(&access->proxy);
		access->prompts[1] = 0;
	}
	if (is_other && access->is_proxy_asked) {
		drop_login(&pool->proxy_login);
		access->is_proxy_asked = false;
	}
	access->is_new = false;
	pool->proxy = way->proxy;
	pool->may_use_ticket = way->may_use_ticket && !pool->login;
	pool->may_use_proxy_ticket = way->may_use_proxy_ticket;
	access->head.is_for_proxy =
		way->is_open && way->proxy && proxy_is_http(way->proxy);
	access->shown.is_for_proxy = access->head.is_for_proxy;
	return access->head.is_for_proxy ? put_uri(access, way->url) : ERR_NONE;
}

struct digest_message access_message(const struct access *access, bool is_proxy,
				     const struct digest_message *message)
{
	struct digest_message seen = *message;

	if (is_proxy)
		seen.uri = buf_span(&access->uri);
	return seen;
}

/* Repeated answers come from schemes that do not block. */
static enum err repeat(struct answer *answer, const struct digest_message *message)
{
	enum err err = ERR_MISSING;

	answer_clear(answer);
	if (auth_may_repeat(&answer->auth) && !auth_may_block(&answer->auth))
		err = answer_make(answer, message, NULL, NULL);
	return err == ERR_MISSING ? ERR_NONE : err;
}

/* Lends the value of a side's field, and what is shown of it. */
static enum err put_answer(const struct access *access, struct answer *answer,
			   const struct digest_message *message, struct span *out_shown,
			   struct span *out_value)
{
	struct digest_message seen;
	enum err err = ERR_NONE;

	*out_value = *out_shown = span_of(NULL, 0);
	if (!answer)
		return ERR_NONE;
	seen = access_message(access, answer->is_proxy, message);
	if (!answer->is_fresh)
		err = repeat(answer, &seen);
	if (err)
		return err;
	*out_value = buf_span(&answer->value);
	if (out_value->len)
		*out_shown = auth_scheme_shown(answer->auth.scheme);
	return ERR_NONE;
}

enum err access_put_answers(struct access *access, const struct digest_message *message)
{
	enum err err =
		put_answer(access, access->origin, message, &access->shown.authorization,
			   &access->head.authorization);

	if (!err)
		err = put_answer(access, access->head.is_for_proxy ? access->proxy : NULL,
				 message, &access->shown.proxy_authorization,
				 &access->head.proxy_authorization);
	return err;
}

static bool is_opening(const struct answer *answer)
{
	return answer && answer->is_fresh && auth_is_opening(&answer->auth);
}

bool access_is_opening(const struct access *access)
{
	return is_opening(access->origin) || is_opening(access->proxy);
}

/* A side that challenges by this status has replied. */
static enum err hear(struct answer *answer, const struct response_head *head,
		     unsigned challenge)
{
	if (!answer)
		return ERR_NONE;
	answer->is_fresh = false;
	return head->status == challenge ? ERR_NONE
					 : answer_accept(answer, &head->headers);
}

enum err access_hear(struct access *access, const struct response_head *head)
{
	bool is_at_proxy = access->head.is_for_proxy;
	enum err err = is_at_proxy ? hear(access->proxy, head, 407) : ERR_NONE;

	/* What a proxy says itself has not been to the origin. */
	if (!err && !(is_at_proxy && head->status == 407))
		err = hear(access->origin, head, 401);
	return err;
}

struct answer *access_need_answer(struct access *access, struct loop *loop,
				  struct span host)
{
	struct answer **side = access->is_proxy ? &access->proxy : &access->origin;

	if (access->is_proxy)
		host = access->pool.proxy->host;
	if (!*side)
		*side = answer_new(loop, access->is_proxy, host);
	if (!*side)
		return NULL;
	/* One from before a redirect may have come from another. */
	(*side)->loop = loop;
	set_means(access, *side);
	return *side;
}

/* ---- prompts ---- */

/* The strongest of the schemes offered that takes a login. */
static struct span prompted_scheme(const struct auth *auth)
{
	for (int i = 0; auth && i < AUTH_SCHEME_COUNT; i++) {
		if (auth->offered & 1u << i)
			return auth_scheme_name((enum auth_scheme)i);
	}
	return span_of(NULL, 0);
}

/* "example.org:8080" */
static enum err put_host(const struct access *access, const struct url *url,
			 struct buf *out)
{
	const struct proxy *proxy = access->pool.proxy;
	enum err err = buf_put(out, access->is_proxy ? proxy->host : url_host(url));

	if (!err)
		err = buf_put_byte(out, ':');
	if (!err)
		err = buf_put_uint(out, access->is_proxy ? proxy->port : url->port);
	return err;
}

enum err access_note_asked(struct access *access, const struct auth *auth)
{
	buf_clear(&access->realm);
	access->scheme = prompted_scheme(auth);
	return auth ? buf_put(&access->realm, buf_span(&auth->realm)) : ERR_NONE;
}

enum err access_begin_prompt(struct access *access, const struct url *url)
{
	enum err err;

	buf_clear(&access->host);
	err = put_host(access, url, &access->host);
	if (err)
		return err;
	access->prompt = (struct request_prompt){
		.is_proxy = access->is_proxy,
		.host = buf_span(&access->host),
		.scheme = access->scheme,
		.realm = buf_span(&access->realm),
		.attempt = access->prompts[access->is_proxy]++,
		.user = &access->user,
		.password = &access->password,
	};
	return ERR_NONE;
}

enum err access_end_prompt(struct access *access)
{
	const struct request_login given = {buf_span(&access->user),
					    buf_span(&access->password)};
	const struct login **side =
		access->is_proxy ? &access->pool.proxy_login : &access->pool.login;
	struct answer *answer = access->is_proxy ? access->proxy : access->origin;
	const struct login *login = NULL;
	enum err err = take_login(&given, &login);

	buf_wipe(&access->user);
	buf_wipe(&access->password);
	if (err)
		return err == ERR_INVALID ? ERR_MISSING : err;
	if (!login)
		return ERR_MISSING;
	login_unref(*side);
	*side = login;
	access->is_new = true;
	if (access->is_proxy)
		access->is_proxy_asked = true;
	else
		access->pool.may_use_ticket = false;
	if (answer) {
		auth_renew(&answer->auth);
		set_means(access, answer);
	}
	return ERR_NONE;
}

/* ---- the end ---- */

void access_leave_origin(struct access *access)
{
	drop_answer(&access->origin);
	drop_login(&access->pool.login);
	access->prompts[0] = 0;
}

void access_end(struct access *access)
{
	drop_answer(&access->origin);
	drop_answer(&access->proxy);
	drop_login(&access->pool.login);
	drop_login(&access->pool.proxy_login);
	buf_wipe(&access->user);
	buf_wipe(&access->password);
	buf_done(&access->host);
	buf_done(&access->realm);
	buf_done(&access->uri);
}

void access_free(struct access *access)
{
	if (!access)
		return;
	access_end(access);
	mem_free(access);
}
