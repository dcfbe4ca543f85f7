/* SPDX-License-Identifier: MIT */
/*
 * A call of the client: begun by a step, run by the loop at top level with the loop
 * lent, then the machine goes on. While it runs no step is taken; but another thread may
 * own the loop, so the call writes nothing but its results (code, piece_len,
 * is_overtaken), and the owner nothing that the call reads.
 *
 * The fate is decided where client code begins: an abort that comes before the final
 * call has begun turns it into a failure, one that comes later changes nothing.
 */
#include "engine/request_inside.h"

void request_call(struct request *request, enum request_call_kind kind)
{
	request->call_kind = kind;
	request->is_in_call = true;
	loop_call_queue(request->lane->loop, &request->call);
}

static int32_t call_read(struct request *request)
{
	struct request_body *body = request->body;

	body->piece_len = 0;
	return request->client->read(request->client_owner, body->piece_at,
				     body->piece_cap, &body->piece_len);
}

/* The calls of which any number may come. */
static int32_t call_client(struct request *request)
{
	const struct request_client *client = request->client;
	void *owner = request->client_owner;

	switch (request->call_kind) {
	case REQUEST_CALL_REWIND:
		return client->rewind(owner);
	case REQUEST_CALL_READ:
		return call_read(request);
	case REQUEST_CALL_SERVER_CERTIFICATE:
		return client->server_certificate(owner, request->verdict->errors,
						  request->verdict->chain,
						  request->verdict->count);
	case REQUEST_CALL_CERTIFICATE_REQUESTED:
		return client->certificate_requested(owner, request->issuers->name,
						     request->issuers->count);
	case REQUEST_CALL_PROMPT:
		return client->prompt(owner, &request->access->prompt);
	case REQUEST_CALL_REDIRECT:
		return client->redirect(owner, url_href(&request->redirect->url));
	case REQUEST_CALL_HEADERS:
		return client->headers(owner, request->response);
	case REQUEST_CALL_DATA:
		return client->data(owner, request->data);
	case REQUEST_CALL_RECEIVED:
	case REQUEST_CALL_FAILED:
		break;
	}
	return 0;
}

/* Whether the final call may say how it went: nobody has aborted before. */
static bool seal_fate(struct request *request)
{
	enum request_fate lives = REQUEST_LIVES;

	return atomic_compare_exchange_strong(&request->shared.fate, &lives,
					      REQUEST_IS_TOLD);
}

static void call_failed(struct request *request)
{
	struct fault fault = request->fault;

	if (!seal_fate(request))
		fault = (struct fault){ERR_ABORTED, 0, NULL};
	request->client->failed(request->client_owner, &fault,
				fault.err == ERR_CLIENT ? request->fault_code : 0);
}

void request_run_call(struct loop_call *call)
{
	struct request *request = LIST_ENTRY(call, struct request, call);

	request->code = 0;
	request->is_overtaken = false;
	if (request->call_kind == REQUEST_CALL_FAILED) {
		call_failed(request);
	} else if (request->call_kind == REQUEST_CALL_RECEIVED) {
		if (seal_fate(request))
			request->client->received(request->client_owner);
		else
			request->is_overtaken = true;
	} else if (atomic_load(&request->shared.fate) == REQUEST_LIVES) {
		request->code = call_client(request);
	}
}

void request_end_call(struct request *request)
{
	struct request_body *body = request->body;

	request->is_in_call = false;
	if (request->call_kind == REQUEST_CALL_READ && request->code >= 0 &&
	    atomic_load(&request->shared.fate) == REQUEST_LIVES)
		fault_set(&request->fault,
			  upload_put(&body->upload, body->piece_len, body->piece_cap), 0,
			  "reading the body");
}
