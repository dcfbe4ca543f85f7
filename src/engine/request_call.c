/* SPDX-License-Identifier: MIT */
/*
 * A call of the client: begun by a step, run by the loop at top level with the loop
 * lent, then the machine goes on. While it runs no step is taken; but another thread may
 * own the loop, so the call writes nothing but its results (code, piece_len, is_refused,
 * is_overtaken), and the owner nothing that the call reads. To read more of the body it
 * takes the loop back for a moment, if nobody else has it: it is the owner then.
 *
 * The fate is decided where client code begins: an abort that comes before the final
 * call has begun turns it into a failure, one that comes later changes nothing.
 */
#include "engine/request_inside.h"

static struct request *request_of(struct loop_call *call)
{
	return LIST_ENTRY(call, struct request, call);
}

/* Whether the client is to be called still: nobody has aborted. */
static bool is_wanted(const struct request *r)
{
	return atomic_load(&r->shared.fate) == REQUEST_LIVES;
}

/* ---- the calls of which any number may come ---- */

static void call_rewind(struct loop_call *call)
{
	struct request *r = request_of(call);

	r->code = is_wanted(r) ? r->client->rewind(r->own) : 0;
}

static void call_read(struct loop_call *call)
{
	struct request *r = request_of(call);
	struct request_body *body = r->body;

	body->piece_len = 0;
	r->code = 0;
	if (is_wanted(r))
		r->code = r->client->read(r->own, body->piece_at, body->piece_cap,
					  &body->piece_len);
}

static void call_server_certificate(struct loop_call *call)
{
	struct request *r = request_of(call);
	const struct verdict *verdict = r->verdict;

	r->code = 0;
	if (is_wanted(r))
		r->code = r->client->server_certificate(r->own, verdict->errors,
							verdict->chain, verdict->count);
}

static void call_certificate_requested(struct loop_call *call)
{
	struct request *r = request_of(call);
	const struct issuers *issuers = r->issuers;

	r->code = 0;
	if (is_wanted(r))
		r->code = r->client->certificate_requested(r->own, issuers->name,
							   issuers->count);
}

static void call_prompt(struct loop_call *call)
{
	struct request *r = request_of(call);

	r->code = 0;
	if (is_wanted(r))
		r->code = r->client->prompt(r->own, &r->access->prompt);
}

static void call_redirect(struct loop_call *call)
{
	struct request *r = request_of(call);

	r->code = 0;
	if (is_wanted(r))
		r->code = r->client->redirect(r->own, url_href(&r->redirect->url));
}

static void call_headers(struct loop_call *call)
{
	struct request *r = request_of(call);

	r->code = is_wanted(r) ? r->client->headers(r->own, r->response) : 0;
}

static void call_data(struct loop_call *call)
{
	struct request *r = request_of(call);

	r->code = is_wanted(r) ? r->client->data(r->own, r->data) : 0;
}

size_t request_read_more(struct request *r, void *to, size_t cap)
{
	struct loop *loop = r->lane->loop;
	size_t len;

	/* may_read does not change while the call runs, but by this. */
	if (!r->x->may_read || r->download || cap < EXCHANGE_READ_BYTES || !is_wanted(r))
		return 0;
	if (!loop_call_reclaim(loop, &r->call))
		return 0;
	len = r->x->ops->read(r->x, to, cap);
	r->info.body_received += len;
	loop_call_lend(loop, &r->call);
	return len;
}

static void call_response(struct loop_call *call)
{
	struct request *r = request_of(call);

	call_headers(call);
	r->is_refused = r->code < 0 || !is_wanted(r);
	if (!r->is_refused)
		r->code = r->client->data(r->own, r->data);
}

/* ---- the final call ---- */

/* Whether it may say how it went: nobody has aborted before. */
static bool seal_fate(struct request *r)
{
	enum request_fate lives = REQUEST_LIVES;

	return atomic_compare_exchange_strong(&r->shared.fate, &lives, REQUEST_IS_TOLD);
}

static void call_received(struct loop_call *call)
{
	struct request *r = request_of(call);

	r->is_overtaken = !seal_fate(r);
	if (!r->is_overtaken)
		r->client->received(r->own);
}

static void call_failed(struct loop_call *call)
{
	struct request *r = request_of(call);
	struct fault fault = r->fault;

	r->is_overtaken = false;
	if (!seal_fate(r))
		fault = (struct fault){ERR_ABORTED, 0, NULL};
	r->client->failed(r->own, &fault, fault.err == ERR_CLIENT ? r->fault_code : 0);
}

/* ---- for the steps ---- */

void request_call(struct request *request, enum request_call_kind kind)
{
	static void (*const calls[])(struct loop_call *) = {
		[REQUEST_CALL_REWIND] = call_rewind,
		[REQUEST_CALL_READ] = call_read,
		[REQUEST_CALL_SERVER_CERTIFICATE] = call_server_certificate,
		[REQUEST_CALL_CERTIFICATE_REQUESTED] = call_certificate_requested,
		[REQUEST_CALL_PROMPT] = call_prompt,
		[REQUEST_CALL_REDIRECT] = call_redirect,
		[REQUEST_CALL_HEADERS] = call_headers,
		[REQUEST_CALL_DATA] = call_data,
		[REQUEST_CALL_RESPONSE] = call_response,
		[REQUEST_CALL_RECEIVED] = call_received,
		[REQUEST_CALL_FAILED] = call_failed,
	};

	request->call.call = calls[kind];
	request->is_in_call = true;
	loop_call_queue(request->lane->loop, &request->call);
}
