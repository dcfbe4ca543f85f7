/* SPDX-License-Identifier: MIT */
/*
 * The machine of a request. A step reads facts, does one thing and answers the next
 * step; request_run alone writes where the request stands. A step that has the client
 * called answers its successor at once, and the machine rests until the call is done.
 * Whatever has happened meanwhile (an abort, the client's refusal, a failure) is noticed
 * when it goes on: the first failure wins and leads to REQUEST_FAIL.
 */
#include "engine/request_inside.h"

#include <assert.h>

#include "base/log.h"
#include "engine/connection.h"
#include "engine/settings.h"

/* ---- steps ---- */

static uint64_t note_now(struct request *r)
{
	return request_note_time(r, loop_now_ns(r->lane->loop));
}

static enum request_step begin(struct request *r)
{
	return r->body ? REQUEST_REWIND : REQUEST_CONNECT;
}

/* The first time and every further time the body is sent. */
static enum request_step rewind_body(struct request *r)
{
	struct upload *upload = &r->body->upload;
	bool is_first = !upload->taken && !upload->may_seek;

	if (is_first || upload->may_seek) {
		request_call(r, REQUEST_CALL_REWIND);
		return REQUEST_REWOUND;
	}
	if (!upload_replay(upload))
		return request_fail(r, ERR_REPLAY, "the stream cannot seek");
	return REQUEST_CONNECT;
}

static enum request_step rewound(struct request *r)
{
	struct upload *upload = &r->body->upload;

	if (r->code == 0) {
		upload->may_seek = true;
		upload_restart(upload);
	} else if (upload->may_seek && !upload_replay(upload)) {
		return request_fail(r, ERR_REPLAY, "the stream does not seek any more");
	}
	return REQUEST_CONNECT;
}

/* The connection takes no request, or none any more: another one may. A new one of
 * HTTP/2 can say so too, so that has an end. */
static enum request_step find_other(struct request *r)
{
	if (r->x->connection->is_shared && r->refusals++ == REQUEST_MAX_REFUSALS) {
		r->fault = r->x->fault;
		return request_fail(r, ERR_CLOSED, "the request head");
	}
	request_release_exchange(r);
	return REQUEST_CONNECT;
}

static void on_exchange_ready(void *owner)
{
	request_run(owner);
}

static enum request_step start(struct request *r)
{
	enum err err;

	r->is_continued = false;
	r->waits_for_100 = false;
	r->has_send_failed = false;
	r->info.sent_ns = 0;
	r->info.first_byte_ns = 0;
	r->info.body_sent = 0;
	r->x->ready = on_exchange_ready;
	r->x->owner = r;
	r->x->is_last = r->has_connection_close;
	err = request_put_answers(r);
	if (err)
		return request_fail(r, err, "the answer to a challenge");
	r->sends_body = request_sends_body(r);
	r->head.body_length = r->sends_body ? r->body->upload.length : MESSAGE_NO_BODY;
	err = r->x->ops->start(r->x, &r->arena, &r->head);
	if (err == ERR_CLOSED)
		return find_other(r);
	if (err)
		return request_fail(r, err, "the request head");
	r->has_head = true;
	r->is_http_2 = r->x->connection->is_shared;
	if (log_on())
		log_line("%.*s %.*s to %s%s", (int)r->head.method.len, r->head.method.at,
			 (int)url_target(&r->url).len, url_target(&r->url).at,
			 r->info.peer, r->x->is_reused ? ", connection kept" : "");
	if (r->expects_continue && r->sends_body)
		return REQUEST_CONTINUE;
	return REQUEST_SEND;
}

/* Whether the request is to be sent again because the peer has said so (RFC 9113 8.7):
 * then any request may be. */
static bool is_sent_back(struct request *r, enum err err)
{
	bool wants_other = err == ERR_HTTP_1_1 && !r->needs_http_1_1 &&
			   r->lane->settings->protocol != CONNECTION_HTTP_2;
	bool is_refused = err == ERR_REFUSED && r->refusals < REQUEST_MAX_REFUSALS;

	if (!wants_other && !is_refused)
		return false;
	if (log_on())
		log_line("%s %s; once more", r->info.peer,
			 is_refused ? "has not processed it" : "wants HTTP/1.1");
	r->needs_http_1_1 |= wants_other;
	r->refusals += is_refused;
	return true;
}

/* Whether a kept connection was dead; what cannot do harm twice is sent again, once. */
static bool is_dead(struct request *r, enum err err)
{
	const struct connection *connection = r->x->connection;
	bool was_kept = r->x->is_reused || r->x->was_idle;

	/* One stream of a connection that lives is no dead connection. */
	if (connection->is_shared && !connection->has_ended)
		return false;
	if (!was_kept || (err != ERR_CLOSED && err != ERR_RESET) || r->is_retried ||
	    !message_is_idempotent(r->head.method))
		return false;
	if (log_on())
		log_line("the kept connection to %s was dead; once more", r->info.peer);
	r->is_retried = true;
	r->want.wants_fresh = true;
	return true;
}

static enum request_step exchange_failed(struct request *r, enum err err)
{
	if (!r->x->has_bytes && (is_sent_back(r, err) || is_dead(r, err)))
		return REQUEST_RETRY;
	if (r->x->fault.err)
		r->fault = r->x->fault;
	/* It is a failure of the request then. */
	if (err == ERR_REFUSED || err == ERR_HTTP_1_1)
		r->fault.err = err = ERR_RESET;
	return request_fail(r, err, "the exchange");
}

/* Pulls until the final head: 0, ERR_AGAIN or a failure. Notes a 100 on the way. */
static enum err pull_head(struct request *r)
{
	struct response_event event;
	enum err err;

	for (;;) {
		err = r->x->ops->next(r->x, &event);
		if (err)
			return err;
		if (event.kind == RESPONSE_HEAD)
			break;
		r->is_continued |= event.head->status == 100;
	}
	r->response = event.head;
	r->info.version = r->response->version;
	r->info.first_byte_ns = request_note_time(r, loop_turn_ns(r->lane->loop));
	return ERR_NONE;
}

/* Whether a peer to which nothing can be sent may have answered before. */
static bool may_have_answered(enum err write_err)
{
	return write_err == ERR_CLOSED || write_err == ERR_RESET;
}

/* The head goes alone; the body follows a 100 or after a while. */
static enum request_step await_continue(struct request *r)
{
	struct span nothing = {NULL, 0};
	enum err err = r->x->ops->write(r->x, &nothing, false);

	if (err && err != ERR_AGAIN) {
		if (!may_have_answered(err))
			return exchange_failed(r, err);
		r->has_send_failed = true;
	}
	err = pull_head(r);
	if (!err)
		return REQUEST_JUDGE;
	if (err != ERR_AGAIN)
		return exchange_failed(r, err);
	return r->is_continued ? REQUEST_SEND : REQUEST_WAIT;
}

/* Has the client fill the next piece of the body. */
static enum request_step read_piece(struct request *r)
{
	struct request_body *body = r->body;

	if (upload_make_room(&body->upload))
		return request_fail(r, ERR_NO_MEMORY, "the body");
	body->piece_cap = upload_room(&body->upload, &body->piece_at);
	request_call(r, REQUEST_CALL_READ);
	return REQUEST_SEND;
}

/* Takes what the client has filled, if it was asked. */
static enum err take_piece(struct request_body *body)
{
	uint32_t cap = body->piece_cap;

	body->piece_cap = 0;
	return cap ? upload_put(&body->upload, body->piece_len, cap) : ERR_NONE;
}

static enum request_step send_more(struct request *r)
{
	struct upload *upload = r->sends_body ? &r->body->upload : NULL;
	struct span nothing = {NULL, 0};
	struct span *body = upload ? &upload->pending : &nothing;
	bool is_blocked, is_last;
	size_t before;
	enum err err;

	if (r->has_send_failed)
		return REQUEST_AWAIT;
	err = upload ? take_piece(r->body) : ERR_NONE;
	if (err)
		return request_fail(r, err, "reading the body");
	if (upload && upload_wants_piece(upload))
		return read_piece(r);
	is_last = !upload || upload_is_last(upload);
	before = body->len;
	err = r->x->ops->write(r->x, body, is_last);
	r->info.body_sent += before - body->len;
	if (err && err != ERR_AGAIN) {
		if (!may_have_answered(err))
			return exchange_failed(r, err);
		r->has_send_failed = true;
		return REQUEST_AWAIT;
	}
	if (!err && is_last) {
		r->info.sent_ns = note_now(r);
		return REQUEST_AWAIT;
	}
	/* A response that comes early ends the sending. */
	is_blocked = err == ERR_AGAIN;
	err = pull_head(r);
	if (err == ERR_AGAIN)
		return is_blocked ? REQUEST_WAIT : REQUEST_SEND;
	if (err)
		return exchange_failed(r, err);
	return REQUEST_JUDGE;
}

static enum request_step await_head(struct request *r)
{
	enum err err = r->x->is_quiet ? ERR_AGAIN : pull_head(r);

	if (err == ERR_AGAIN)
		return REQUEST_WAIT;
	if (err)
		return exchange_failed(r, err);
	return REQUEST_JUDGE;
}

static enum request_step judge(struct request *r)
{
	const char *what = NULL;
	enum err err;

	if (r->x->connection->tls && request_tell_issuers(r))
		return REQUEST_JUDGE;
	if (request_is_challenged(r))
		return REQUEST_CHALLENGED;
	if (r->access && access_hear(r->access, r->response))
		return request_fail(r, ERR_NO_MEMORY, "the answer to a challenge");
	if (r->wishes.no_redirects || r->response->status / 100 != 3)
		return request_deliver(r);
	r->redirect = arena_alloc(&r->arena, sizeof(*r->redirect));
	if (!r->redirect)
		return request_fail(r, ERR_NO_MEMORY, "the redirect");
	err = redirect_follow(&r->arena, &r->head, r->response, r->redirect, &what);
	if (err == ERR_MISSING)
		return request_deliver(r);
	if (err)
		return request_fail(r, err, what);
	if (r->info.redirects == REQUEST_MAX_REDIRECTS)
		return request_fail(r, ERR_REDIRECT, "there are too many of them");
	if (r->wishes.reports_redirects)
		request_call(r, REQUEST_CALL_HEADERS);
	return REQUEST_FOLLOW;
}

static enum request_step follow(struct request *r)
{
	request_call(r, REQUEST_CALL_REDIRECT);
	return REQUEST_LEAVE;
}

/* Reads what is here of the body, so that the connection may be kept. */
static void drain(struct request *r)
{
	struct response_event event;
	size_t drained = 0;

	while (drained < REQUEST_DRAIN_BYTES) {
		if (r->x->ops->next(r->x, &event) || event.kind == RESPONSE_END)
			return;
		drained += spans_bytes(event.data);
	}
}

static void drop_headers(struct headers *headers, bool (*is_dropped)(struct span name))
{
	for (uint32_t i = 0; i < headers->count;) {
		if (is_dropped(headers->at[i].name))
			headers_remove(headers, headers->at[i].name);
		else
			i++;
	}
}

static void drop_body(struct request *r)
{
	if (r->body)
		upload_done(&r->body->upload);
	r->body = NULL;
}

/* Whether another lane is to go on with it, now that it goes to another origin. */
static bool wants_other_lane(struct request *r)
{
	struct lane *lane = r->lane;
	struct lane *next =
		session_enter(lane->session, &r->url, r->want.max_connections);

	session_leave(lane);
	r->next_lane = (uint8_t)next->number;
	return next != lane;
}

static enum request_step leave(struct request *r)
{
	const struct redirect *redirect = r->redirect;

	drain(r);
	request_release_exchange(r);
	r->info.redirects++;
	r->url = redirect->url;
	if (request_note_url(r))
		return request_fail(r, ERR_NO_MEMORY, "the redirect");
	r->is_retried = false;
	r->want.wants_fresh = false;
	if (redirect->leaves_origin) {
		r->needs_http_1_1 = false;
		drop_headers(&r->head.headers, redirect_drops_with_origin);
		identity_unref(r->want.identity);
		r->want.identity = NULL;
		if (r->access)
			access_leave_origin(r->access);
	}
	if (redirect->becomes_get) {
		r->head.method = SPAN("GET");
		drop_headers(&r->head.headers, redirect_drops_with_body);
		drop_body(r);
	}
	if (redirect->leaves_origin && wants_other_lane(r))
		return REQUEST_DEPART;
	return begin(r);
}

/* The body is complete: its framing proves it, and its codings do. */
static enum request_step end_body(struct request *r)
{
	if (r->download && download_end(r->download))
		return request_fail(r, ERR_CODING, "the body is cut off");
	request_release_exchange(r);
	r->info.end_ns = note_now(r);
	request_call(r, REQUEST_CALL_RECEIVED);
	return REQUEST_ENDED;
}

/* Pulls r->data: 0; ERR_AGAIN; ERR_EOF: the body has ended; or a failure, which is noted.
 */
static enum err pull_body(struct request *r)
{
	struct response_event event;
	enum err err;

	for (;;) {
		err = r->download ? download_next(r->download, &r->data) : ERR_AGAIN;
		if (!err)
			return ERR_NONE;
		if (err != ERR_AGAIN)
			return fault_set(&r->fault, err, 0, "decoding the body");
		err = r->x->ops->next(r->x, &event);
		if (err == ERR_AGAIN)
			return ERR_AGAIN;
		if (err) {
			exchange_failed(r, err);
			return r->fault.err;
		}
		if (event.kind == RESPONSE_END)
			return ERR_EOF;
		r->info.body_received += spans_bytes(event.data);
		r->data = event.data;
		if (!r->download)
			return ERR_NONE;
		download_take(r->download, event.data);
	}
}

/* The head is told together with what is here of the body; what else has come of that
 * is for the next step. */
static enum request_step tell_response(struct request *r, enum err body)
{
	r->is_untold = false;
	r->is_whole = body == ERR_EOF;
	r->late_fault = r->fault;
	r->fault = (struct fault){0};
	request_call(r, body ? REQUEST_CALL_HEADERS : REQUEST_CALL_RESPONSE);
	return REQUEST_RECEIVE;
}

static enum request_step receive(struct request *r)
{
	enum err body;

	if (r->is_whole)
		return end_body(r);
	if (r->late_fault.err) {
		r->fault = r->late_fault;
		return REQUEST_FAIL;
	}
	body = pull_body(r);
	if (r->is_untold)
		return tell_response(r, body);
	if (body == ERR_EOF)
		return end_body(r);
	if (body == ERR_AGAIN)
		return REQUEST_WAIT;
	if (body)
		return REQUEST_FAIL;
	request_call(r, REQUEST_CALL_DATA);
	return REQUEST_RECEIVE;
}

static enum request_step retry(struct request *r)
{
	request_release_exchange(r);
	return r->body && r->body->upload.taken ? REQUEST_REWIND : REQUEST_CONNECT;
}

static enum request_step fail_now(struct request *r)
{
	/* Behind the head it is too late for that. */
	if (r->fault.err == ERR_CLIENT_CERT && !r->info.first_byte_ns &&
	    request_tell_issuers(r))
		return REQUEST_FAIL;
	pool_cancel(&r->want);
	request_release_exchange(r);
	r->info.end_ns = note_now(r);
	request_call(r, REQUEST_CALL_FAILED);
	return REQUEST_ENDED;
}

/* An abort may have come between the end of the body and the final call. */
static enum request_step ended(struct request *r)
{
	if (r->is_overtaken)
		return request_fail(r, ERR_ABORTED, NULL);
	return REQUEST_WAIT;
}

/* ---- the table ---- */

#define TO(step) (1u << REQUEST_##step)

static const struct {
	enum request_step (*run)(struct request *r); /* takes the step */
	unsigned next; /* steps that may follow; REQUEST_FAIL may always */
} steps[REQUEST_STEP_COUNT] = {
	[REQUEST_BEGIN] = {begin, TO(REWIND) | TO(CONNECT)},
	[REQUEST_REWIND] = {rewind_body, TO(REWOUND) | TO(CONNECT)},
	[REQUEST_REWOUND] = {rewound, TO(CONNECT)},
	[REQUEST_CONNECT] = {request_connect, TO(DIALING) | TO(SHOW) | TO(START)},
	[REQUEST_DIALING] = {request_dialing, TO(SHOW) | TO(START)},
	[REQUEST_SHOW] = {request_show, TO(ASKED)},
	[REQUEST_ASKED] = {request_asked, TO(START) | TO(PROMPTED)},
	[REQUEST_START] = {start, TO(CONNECT) | TO(CONTINUE) | TO(SEND)},
	[REQUEST_CONTINUE] = {await_continue, TO(SEND) | TO(JUDGE) | TO(RETRY)},
	[REQUEST_SEND] = {send_more, TO(SEND) | TO(AWAIT) | TO(JUDGE) | TO(RETRY)},
	[REQUEST_AWAIT] = {await_head, TO(JUDGE) | TO(RETRY)},
	[REQUEST_JUDGE] = {judge, TO(JUDGE) | TO(CHALLENGED) | TO(FOLLOW) | TO(RECEIVE)},
	[REQUEST_CHALLENGED] = {request_challenged,
				TO(ANSWER) | TO(PROMPTED) | TO(RECEIVE)},
	[REQUEST_ANSWER] = {request_answer, TO(REPLAY) | TO(PROMPTED) | TO(RECEIVE)},
	[REQUEST_REPLAY] = {request_replay, TO(REPLAYED) | TO(DRAIN) | TO(RECEIVE)},
	[REQUEST_REPLAYED] = {request_replayed, TO(DRAIN) | TO(RECEIVE)},
	[REQUEST_DRAIN] = {request_drain, TO(START) | TO(CONNECT)},
	[REQUEST_PROMPTED] = {request_prompted,
			      TO(CHALLENGED) | TO(CONNECT) | TO(RECEIVE)},
	[REQUEST_FOLLOW] = {follow, TO(LEAVE)},
	[REQUEST_LEAVE] = {leave, TO(BEGIN) | TO(REWIND) | TO(CONNECT)},
	[REQUEST_RECEIVE] = {receive, TO(RECEIVE) | TO(ENDED)},
	[REQUEST_RETRY] = {retry, TO(REWIND) | TO(CONNECT)},
	[REQUEST_FAIL] = {fail_now, TO(ENDED)},
	[REQUEST_ENDED] = {ended, 0},
};

/* Whether something has stopped the request since the machine rested. */
static bool is_stopped(struct request *r)
{
	if (atomic_load(&r->shared.fate) == REQUEST_IS_ABORTED) {
		fault_set(&r->fault, ERR_ABORTED, 0, NULL);
	} else if (r->code < 0) {
		fault_set(&r->fault, ERR_CLIENT, 0, "the program's own code");
		r->fault_code = r->code;
	}
	return r->fault.err != ERR_NONE;
}

/* ---- the machine ---- */

/* The final call has returned. */
static void finish(struct request *r)
{
	struct lane *lane = r->lane;

	loop_timer_stop(r->lane->loop, &r->timer);
	loop_task_cancel(&r->task);
	drop_body(r);
	download_free(r->download);
	if (r->access)
		access_end(r->access);
	/* Whoever has it besides may be the last to drop it, on another thread. */
	if (!request_is_alone(r))
		r->arena.spare = NULL;
	request_unref(r);
	lane_busy(lane, -1);
	session_leave(lane);
}

/* No step follows now. */
static void rest(struct request *r, enum request_step why)
{
	if (why == REQUEST_DEPART) {
		r->step = REQUEST_BEGIN;
		request_depart(r);
	} else if (r->step == REQUEST_ENDED) {
		finish(r);
	} else {
		request_begin_wait(r);
	}
}

void request_run(struct request *r)
{
	if (r->is_in_call)
		return;
	if (r->step < REQUEST_FAIL && is_stopped(r))
		r->step = REQUEST_FAIL;
	do {
		enum request_step next = steps[r->step].run(r);

		if (next >= REQUEST_WAIT) {
			rest(r, next);
			return;
		}
		assert(next == REQUEST_FAIL || steps[r->step].next & 1u << next);
		r->step = next;
	} while (!r->is_in_call);
}
