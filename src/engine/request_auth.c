/* SPDX-License-Identifier: MIT */
/*
 * What a request does when the origin (401) or a proxy (407) asks who it is.
 *
 *	CHALLENGED → ANSWER → REPLAY → REPLAYED → DRAIN → START or CONNECT
 *	    └── PROMPTED ──┘       └── the 401 or 407 is the response
 *
 * Until DRAIN the challenge can still become the response: nothing of its body has been
 * taken. An answer may take long (a KDC is asked), so the step waits for it. The exchange
 * is kept, because some schemes authenticate the connection; it is given up when it
 * cannot serve again, or when another login has come up than the one that its connection
 * is kept for in the pool.
 *
 * A first message of several (NTLM) goes without the body: the server cannot be content
 * with it.
 */
#include "engine/request_inside.h"

#include "base/log.h"
#include "engine/connection.h"
#include "engine/settings.h"
#include "http/field.h"

/* How much of a challenge's body is read to keep a connection that alone can go on: no
 * server needs so many to say no. */
#define BOUND_DRAIN_BYTES (1024u * 1024)

/* The answer of the side that has challenged, or NULL. */
static struct answer *answer_of(const struct request *r)
{
	return r->access->is_proxy ? r->access->proxy : r->access->origin;
}

/* ---- before an exchange ---- */

static enum err need_access(struct request *r)
{
	if (!r->access)
		r->access = access_new();
	if (!r->access)
		return ERR_NO_MEMORY;
	r->access->pool.no_proxy_auth = r->wishes.no_proxy_auth;
	return ERR_NONE;
}

static bool needs_access(const struct request *r, const struct access_way *way)
{
	return !r->access && (way->proxy || way->may_use_ticket);
}

enum err request_choose_way(struct request *r)
{
	const struct settings *settings = r->lane->settings;
	struct access_way way = {.url = &r->url, .is_open = !r->url.is_https};

	if (!settings->has_ways && !r->access)
		return ERR_NONE;
	r->info.proxy = NULL;
	r->info.proxy_status = 0;
	r->info.is_proxy_fault = false;
	if (settings_proxy(settings, &r->url, &way.proxy)) {
		r->info.is_proxy_fault = true;
		return fault_set(&r->fault, ERR_PROXY, 0,
				 "the URL of the proxy in the environment is malformed");
	}
	way.may_use_ticket =
		!r->wishes.no_auth &&
		settings_may_negotiate(settings, url_host(&r->url), r->url.port);
	if (way.proxy) {
		r->info.proxy = way.proxy->text.at;
		way.may_use_proxy_ticket =
			!r->wishes.no_proxy_auth &&
			settings_may_negotiate(settings, way.proxy->host,
					       way.proxy->port);
	}
	if (needs_access(r, &way) && need_access(r))
		return fault_set(&r->fault, ERR_NO_MEMORY, 0, "connecting");
	if (r->access && access_go(r->access, &way))
		return fault_set(&r->fault, ERR_NO_MEMORY, 0, "connecting");
	return ERR_NONE;
}

static struct digest_message message_of(const struct request *r)
{
	struct digest_message message = {.method = r->head.method,
					 .uri = url_target(&r->url)};

	message.is_body_known =
		!r->body || upload_is_known(&r->body->upload, &message.body);
	return message;
}

enum err request_put_answers(struct request *r)
{
	struct digest_message message;

	r->head.access = NULL;
	if (!r->access)
		return ERR_NONE;
	r->head.access = &r->access->head;
	message = message_of(r);
	return access_put_answers(r->access, &message);
}

bool request_sends_body(const struct request *r)
{
	return r->body && !(r->access && access_is_opening(r->access));
}

/* ---- prompts ---- */

/* Asks for the login of the side that has challenged; false: nobody is to be asked. */
static bool begin_prompt(struct request *r)
{
	struct access *access = r->access;
	bool is_off = access->is_proxy
			      ? r->wishes.no_proxy_auth || r->wishes.no_proxy_prompt
			      : r->wishes.no_auth || r->wishes.no_prompt;

	if (is_off || !r->client->prompt ||
	    access->prompts[access->is_proxy] >= ACCESS_MAX_PROMPTS)
		return false;
	if (access_begin_prompt(access, &r->url)) {
		fault_set(&r->fault, ERR_NO_MEMORY, 0, "the prompt");
		return false;
	}
	request_call(r, REQUEST_CALL_PROMPT);
	return true;
}

/* The challenge is the response, unless somebody knows another login. */
static enum request_step give_up(struct request *r)
{
	const struct auth *auth = &answer_of(r)->auth;

	if (access_note_asked(r->access, auth))
		return request_fail(r, ERR_NO_MEMORY, "the prompt");
	if (auth_wants_login(auth) && begin_prompt(r))
		return REQUEST_PROMPTED;
	if (r->fault.err)
		return REQUEST_FAIL;
	return request_deliver(r);
}

void request_note_proxy(struct request *r, const struct dial_result *result)
{
	r->info.proxy_status = result->proxy_status;
	r->info.is_proxy_fault = result->is_proxy_fault;
	r->wants_proxy_login = result->wants_proxy_login;
	if (!r->wants_proxy_login)
		return;
	r->access->is_proxy = true;
	if (access_note_asked(r->access, result->proxy_auth))
		r->wants_proxy_login = false;
}

bool request_prompts_for_proxy(struct request *r)
{
	if (!r->wants_proxy_login)
		return false;
	r->wants_proxy_login = false;
	return begin_prompt(r);
}

enum request_step request_prompted(struct request *r)
{
	enum err err = access_end_prompt(r->access);

	if (err == ERR_MISSING && r->x)
		return request_deliver(r);
	if (err == ERR_MISSING) {
		r->fault = r->late_fault;
		return REQUEST_FAIL;
	}
	if (err)
		return request_fail(r, err, "the prompt");
	return r->x ? REQUEST_CHALLENGED : REQUEST_CONNECT;
}

/* ---- steps ---- */

static bool is_from_proxy(const struct request *r)
{
	return r->response->status == 407 && r->access && r->access->head.is_for_proxy;
}

bool request_is_challenged(const struct request *r)
{
	if (r->response->status == 407)
		return !r->wishes.no_proxy_auth && is_from_proxy(r);
	return r->response->status == 401 && !r->wishes.no_auth;
}

/* Whether the body can be sent once more, as far as is known before the stream is asked.
 */
static bool may_replay(const struct request *r)
{
	const struct upload *upload;

	if (!r->body)
		return true;
	upload = &r->body->upload;
	return !upload->taken || upload->may_seek || upload_may_replay(upload);
}

/* Whether the connection to the origin may serve others too, and there can be no other: a
 * proxy in between may lead the requests of others over the one that it has, unless it
 * says that it does not (RFC 4559 6). */
static bool is_shared(const struct request *r)
{
	struct span support = headers_get(&r->response->headers, SPAN("Proxy-Support"));

	if (r->x->connection->is_shared &&
	    r->lane->settings->protocol == CONNECTION_HTTP_2)
		return true;
	return !r->access->is_proxy && r->access->head.is_for_proxy &&
	       !field_has_token(support, SPAN("Session-Based-Authentication"));
}

enum request_step request_challenged(struct request *r)
{
	struct answer *answer;
	enum err err;

	if (!may_replay(r))
		return request_deliver(r);
	if (need_access(r) || access_hear(r->access, r->response))
		return request_fail(r, ERR_NO_MEMORY, "the answer to a challenge");
	r->access->is_proxy = is_from_proxy(r);
	answer = access_need_answer(r->access, r->lane->loop, url_host(&r->url));
	if (!answer)
		return request_fail(r, ERR_NO_MEMORY, "the answer to a challenge");
	answer->means.is_shared = is_shared(r);
	err = answer_take(answer, &r->response->headers);
	if (err == ERR_MISSING)
		return give_up(r);
	if (err)
		return request_fail(r, err, "the answer to a challenge");
	answer_clear(answer);
	r->access->made = ERR_NONE;
	r->drained = 0;
	return REQUEST_ANSWER;
}

static void on_answered(void *owner, enum err err)
{
	struct request *r = owner;

	r->access->made = err;
	loop_task_queue(r->lane->loop, &r->task);
}

enum request_step request_answer(struct request *r)
{
	struct answer *answer = answer_of(r);
	enum err err = r->access->made;

	if (err == ERR_NONE && !answer->value.len) {
		struct digest_message message = message_of(r);

		message = access_message(r->access, answer->is_proxy, &message);
		err = answer_make(answer, &message, on_answered, r);
		r->access->made = err;
	}
	if (err == ERR_AGAIN)
		return REQUEST_WAIT;
	if (err == ERR_MISSING)
		return give_up(r);
	if (err)
		return request_fail(r, err, "the answer to a challenge");
	return REQUEST_REPLAY;
}

enum request_step request_replay(struct request *r)
{
	struct upload *upload;

	if (!r->body || !r->body->upload.taken)
		return REQUEST_DRAIN;
	upload = &r->body->upload;
	if (upload->may_seek) {
		request_call(r, REQUEST_CALL_REWIND);
		return REQUEST_REPLAYED;
	}
	return upload_replay(upload) ? REQUEST_DRAIN : request_deliver(r);
}

enum request_step request_replayed(struct request *r)
{
	if (r->code == 0)
		upload_restart(&r->body->upload);
	else if (!upload_replay(&r->body->upload))
		return request_deliver(r);
	return REQUEST_DRAIN;
}

/* Whether the connection that the challenge came over is the right one for the answer.
 * squid 5 loses the bounds of a chunked body that comes on the connection on which it has
 * refused one. */
static bool may_stay_on(const struct request *r)
{
	const struct auth *auth = &answer_of(r)->auth;
	bool is_chunked =
		r->sends_body && r->body->upload.length == MESSAGE_LENGTH_UNKNOWN;

	if (r->access->is_proxy && is_chunked && !auth_is_bound(auth))
		return false;
	if (r->needs_http_1_1 && r->x->connection->is_shared)
		return false;
	return !r->access->is_new && r->x->ops->is_reusable(r->x);
}

/* The answer goes out over the connection that the challenge came over, or another one.
 */
static enum request_step go_on(struct request *r, bool is_over)
{
	bool may_stay;

	/* What authenticates a connection cannot do so for one request of many. */
	if (auth_is_bound(&answer_of(r)->auth) && r->x->connection->is_shared)
		r->needs_http_1_1 = true;
	may_stay = is_over && may_stay_on(r);

	if (log_on())
		log_line("%u from %s answered%s", r->response->status, r->info.peer,
			 may_stay ? "" : ", over another connection");
	answer_of(r)->is_fresh = true;
	r->is_retried = false;
	r->want.wants_fresh = false;
	if (may_stay)
		return REQUEST_START;
	request_release_exchange(r);
	return REQUEST_CONNECT;
}

enum request_step request_drain(struct request *r)
{
	size_t limit = auth_is_bound(&answer_of(r)->auth) ? BOUND_DRAIN_BYTES
							  : REQUEST_DRAIN_BYTES;
	struct response_event event;
	enum err err;

	while (r->x->ops->is_persistent(r->x) && r->drained < limit) {
		err = r->x->ops->next(r->x, &event);
		if (err == ERR_AGAIN)
			return REQUEST_WAIT;
		if (err)
			return go_on(r, false);
		if (event.kind == RESPONSE_END)
			return go_on(r, true);
		r->drained += spans_bytes(event.data);
	}
	return go_on(r, false);
}
