/* SPDX-License-Identifier: MIT */
/*
 * The life of a request around its steps: made and prepared by the program's thread,
 * handed to the loop by a post or a visit, told of aborts by another, freed with its last
 * reference. What it is made of lies in its arena. What can be said of it is in
 * request_told.c.
 */
#include "engine/request.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "engine/certificates.h"
#include "engine/header_rule.h"
#include "engine/request_inside.h"
#include "engine/settings.h"
#include "http/field.h"

/* Calls of the client after which others have their turn. */
#define CALLS_IN_A_ROW 16

_Static_assert(sizeof(struct request) < REQUEST_BYTES, "there is room for words");

static void on_called(struct loop_call *call)
{
	struct request *request = LIST_ENTRY(call, struct request, call);

	request->is_in_call = false;
	if (++request->calls_in_a_row < CALLS_IN_A_ROW) {
		request_run(request);
		return;
	}
	request->calls_in_a_row = 0;
	request->wait_since_ms = loop_now_ms(request->lane->loop);
	loop_task_queue(request->lane->loop, &request->task);
}

static void run_task(struct loop_task *task)
{
	request_run(LIST_ENTRY(task, struct request, task));
}

/* A post has come to a lane that the request has left: another one follows it. Any lane
 * may have it by now. */
static bool has_left(struct request *request)
{
	const struct lane *lane = atomic_load(&request->shared.lane);

	if (!lane->session->spread || loop_is_here(lane->loop))
		return false;
	request_post(request);
	request_unref(request);
	return true;
}

/* The first post on a lane brings the reference that the running request has. */
static void on_post(struct loop_post *post)
{
	struct request *request = LIST_ENTRY(post, struct request, shared.post);

	atomic_store(&request->shared.is_posted, false);
	if (has_left(request))
		return;
	if (!request->has_begun) {
		request->has_begun = true;
		request->arena.spare = &request->lane->blocks;
		lane_busy(request->lane, 1);
		request_run(request);
		return;
	}
	if (atomic_load(&request->shared.fate) != REQUEST_IS_ABORTED)
		request_renew_timeout(request);
	else if (request->step != REQUEST_ENDED)
		request_run(request);
	request_unref(request);
}

static void init_shared(struct request *request)
{
	atomic_init(&request->shared.refs, 1);
	atomic_init(&request->shared.fate, REQUEST_LIVES);
	atomic_init(&request->shared.timeout_ms, 0);
	atomic_init(&request->shared.is_posted, false);
	atomic_init(&request->shared.lane, NULL);
	request->shared.post.run = on_post;
}

/* A usual method is a constant, about which nothing need be asked. */
static enum err take_method(struct request *request, struct span given)
{
	struct span method = message_method(given);

	if (method.at == given.at) {
		if (!text_is_token(method))
			return ERR_INVALID;
		if (message_is_forbidden_method(method))
			return ERR_DENIED;
		return arena_copy(&request->arena, method, &request->head.method);
	}
	request->head.method = method;
	return ERR_NONE;
}

enum err request_new(struct span method, struct span url,
		     const struct request_client *client, struct request **out_request)
{
	struct request *request = mem_zalloc(REQUEST_BYTES);
	enum err err;

	if (!request)
		return ERR_NO_MEMORY;
	arena_init_in(&request->arena, request->words,
		      REQUEST_BYTES - offsetof(struct request, words));
	init_shared(request);
	request->client = client;
	loop_task_init(&request->task, run_task);
	loop_call_init(&request->call, NULL, on_called);
	loop_timer_init(&request->timer, request_on_timer);
	headers_init(&request->head.headers, &request->arena);
	request->info.peer = "";
	err = take_method(request, method);
	if (!err)
		err = url_parse(&request->arena, url, NULL, &request->url);
	if (!err)
		err = request_note_url(request);
	if (err) {
		request_unref(request);
		return err;
	}
	request->head.url = &request->url;
	*out_request = request;
	return ERR_NONE;
}

void *request_own(struct request *request)
{
	return request->own;
}

/* ---- headers ---- */

/* Only close has an effect; once given it stays, unless an empty value takes it back. */
static enum err set_connection(struct request *request, struct span value)
{
	struct headers *headers = &request->head.headers;
	enum err err;

	if (!value.len) {
		headers_remove(headers, SPAN("Connection"));
		request->has_connection_close = false;
		return ERR_NONE;
	}
	if (request->has_connection_close || !field_has_token(value, SPAN("close")))
		return ERR_NONE;
	err = headers_put(headers, SPAN("Connection"), SPAN("close"));
	request->has_connection_close = !err;
	return err;
}

static inline bool is_suppressed(const struct request *request, struct span name)
{
	return request->suppressed && headers_find(request->suppressed, name, 0);
}

static enum err need_suppressed(struct request *request)
{
	if (request->suppressed)
		return ERR_NONE;
	request->suppressed = arena_alloc(&request->arena, sizeof(*request->suppressed));
	if (!request->suppressed)
		return ERR_NO_MEMORY;
	headers_init(request->suppressed, &request->arena);
	return ERR_NONE;
}

static enum err suppress(struct request *request, struct span name)
{
	struct span copy;
	enum err err;

	if (is_suppressed(request, name))
		return ERR_NONE;
	err = need_suppressed(request);
	if (!err)
		err = arena_copy(&request->arena, name, &copy);
	if (!err)
		err = headers_put(request->suppressed, copy, span_of(NULL, 0));
	if (!err)
		headers_remove(&request->head.headers, name);
	return err;
}

static enum err merge(struct request *request, struct span name, struct span value)
{
	enum err err = headers_merge(&request->head.headers, name, value);

	if (!err && request->suppressed)
		headers_remove(request->suppressed, name);
	return err;
}

enum err request_set_header(struct request *request, struct span name, struct span value)
{
	enum header_rule rule = header_rule(name);
	enum err err;

	value = span_trim(value);
	if (!field_is_name(name) || !field_is_value(value))
		return ERR_INVALID;
	switch (rule) {
	case HEADER_RULE_DENY:
		return ERR_DENIED;
	case HEADER_RULE_IGNORE:
		return ERR_NONE;
	case HEADER_RULE_CONNECTION:
		return set_connection(request, value);
	case HEADER_RULE_EXPECT:
	case HEADER_RULE_SEND:
		break;
	}
	err = value.len ? merge(request, name, value) : suppress(request, name);
	if (!err && rule == HEADER_RULE_EXPECT)
		request->expects_continue = field_has_token(
			headers_get(&request->head.headers, name), SPAN("100-continue"));
	return err;
}

/* Whether the program has set a field, or has said that it is not to be sent. */
static inline bool is_decided(const struct request *request, const struct headers *given,
			      struct span name)
{
	return (given->count && headers_find(given, name, 0)) ||
	       is_suppressed(request, name);
}

/* The default headers that the program has not decided about, behind its own. Bytes of a
 * range of a coded body could not be decoded, so none is asked for. */
static enum err merge_defaults(struct request *request, const struct settings *settings)
{
	struct headers *headers = &request->head.headers;
	const struct headers given = *headers;
	const struct span encoding = SPAN("Accept-Encoding");
	bool wants_range = given.count && headers_find(&given, SPAN("Range"), 0);
	enum err err = headers_reserve(headers, given.count + settings->default_count);

	for (uint32_t i = 0; i < settings->default_count && !err; i++) {
		struct headers_field field = settings->defaults[i];

		if (is_decided(request, &given, field.name))
			continue;
		if (wants_range && span_eq(field.name, encoding))
			field.value = SPAN("identity");
		err = headers_put(headers, field.name, field.value);
	}
	request->offers_codings =
		!err && !wants_range && !is_decided(request, &given, encoding);
	return err;
}

/* A request for which nothing is decided borrows the list of all. Nothing of it is
 * removed by a redirect. */
static enum err put_defaults(struct request *request, const struct settings *settings)
{
	if (request->head.headers.count || request->suppressed)
		return merge_defaults(request, settings);
	headers_borrow(&request->head.headers, settings->defaults,
		       settings->default_count);
	request->offers_codings = true;
	return ERR_NONE;
}

/* ---- what any thread may do ---- */

/* Gets the certificate that is to be shown. What is wrong with it fails the request
 * later, as what is wrong with a connection does. ERR_NO_MEMORY. */
static enum err need_identity(struct request *request,
			      const struct request_options *options)
{
	struct fault fault = {0};
	enum err err;

	if (!options->thumbprint.len || !request->url.is_https)
		return ERR_NONE;
	err = certificates_get(options->thumbprint, options->pin, &request->want.identity,
			       &fault);
	if (err == ERR_NO_MEMORY)
		return err;
	if (err)
		request->fault = fault;
	return ERR_NONE;
}

/* Takes what credentials there are. ERR_NO_MEMORY, ERR_SYSTEM, ERR_INVALID. */
static enum err need_logins(struct request *request,
			    const struct request_options *options)
{
	struct access *access;
	enum err err;

	if (!options->login.user.len && !options->proxy_login.user.len &&
	    !url_username(&request->url).len)
		return ERR_NONE;
	access = access_new();
	if (!access)
		return ERR_NO_MEMORY;
	err = access_take_logins(access, &request->url, options);
	if (err)
		access_free(access);
	else
		request->access = access;
	return err;
}

/* What was given to one Send alone. */
static void take_options(struct request *request, const struct request_options *options)
{
	const struct request_wishes *wishes = options->wishes;

	request->wishes = *wishes;
	request->hears_certificates = options->hears_certificates;
	request->want.forgiven = wishes->forgiven;
	request->want.max_connections = wishes->max_connections;
	if (!wishes->max_connections)
		request->want.max_connections = request->lane->settings->max_connections;
}

/* What a body of that length needs. ERR_NO_MEMORY. */
static enum err need_body(struct request *request, struct loop *loop, uint64_t length)
{
	request->head.body_length = MESSAGE_NO_BODY;
	request->body = NULL;
	if (message_has_no_body(request->head.method) || !length)
		return ERR_NONE;
	request->body = arena_alloc(&request->arena, sizeof(*request->body));
	if (!request->body)
		return ERR_NO_MEMORY;
	upload_init(&request->body->upload, loop, length);
	request->body->piece_cap = 0;
	request->head.body_length = length;
	return ERR_NONE;
}

/* Forgets what a call that fails has got and noted. */
static void drop_prepared(struct request *request)
{
	access_free(request->access);
	request->access = NULL;
	identity_unref(request->want.identity);
	request->want.identity = NULL;
	request->fault = (struct fault){0};
}

/* All that may fail. */
static enum err prepare(struct request *request, const struct lane *lane,
			uint64_t body_length, const struct request_options *options)
{
	enum err err = need_logins(request, options);

	if (!err)
		err = need_identity(request, options);
	if (!err)
		err = need_body(request, lane->loop, body_length);
	/* The last that may fail: the program may go on changing its own. */
	if (!err && !options->wishes->no_default_headers)
		err = put_defaults(request, lane->settings);
	return err;
}

/* The request goes to the loop, or takes its first steps there, with a reference of its
 * own. Until then nobody else posts, and mostly there is only the caller's reference. An
 * abort may come as soon as the lane is there; it finds that the post is on its way. */
static void hand_over(struct request *request, uint32_t timeout_ms)
{
	struct lane *lane = request->lane;

	atomic_store_explicit(&request->shared.timeout_ms, timeout_ms,
			      memory_order_relaxed);
	if (request_is_alone(request))
		atomic_store_explicit(&request->shared.refs, 2, memory_order_relaxed);
	else
		request_ref(request);
	atomic_store_explicit(&request->shared.is_posted, true, memory_order_relaxed);
	atomic_store_explicit(&request->shared.lane, lane, memory_order_release);
	loop_visit(lane->loop, &request->shared.post);
}

enum err request_send(struct request *request, uint64_t body_length,
		      const struct request_options *options)
{
	struct session *session;
	struct lane *lane;
	enum err err;

	if (body_length == MESSAGE_NO_BODY)
		return ERR_INVALID;
	err = session_get(&session);
	if (err)
		return err;
	lane = session_enter(session, &request->url, options->wishes->max_connections);
	err = prepare(request, lane, body_length, options);
	if (err) {
		drop_prepared(request);
		session_leave(lane);
		return err;
	}
	url_drop_login(&request->url);
	request->lane = lane;
	take_options(request, options);
	request->info.begin_ns = clock_mono_ns();
	request->latest_ns = request->info.begin_ns;
	hand_over(request, options->wishes->timeout_ms);
	return ERR_NONE;
}

static bool is_sent(const struct request *request)
{
	return atomic_load_explicit(&request->shared.lane, memory_order_acquire);
}

void request_abort(struct request *request)
{
	enum request_fate lives = REQUEST_LIVES;

	if (is_sent(request) &&
	    atomic_compare_exchange_strong(&request->shared.fate, &lives,
					   REQUEST_IS_ABORTED))
		request_post(request);
}

void request_set_timeout(struct request *request, uint32_t timeout_ms)
{
	atomic_store(&request->shared.timeout_ms, timeout_ms);
	if (is_sent(request))
		request_post(request);
}
