/* SPDX-License-Identifier: MIT */
/*
 * A stream as its owner sees it. Its request is packed as soon as it is started, into
 * ready: so nghttp2 copies nothing of it, and a number is given only to what goes out.
 * Its response is pulled from where h2_told.c has put it.
 *
 * The window is given back for what was pulled. Each time half of it was used up, and
 * nothing is left to be pulled at that moment, it doubles: then it is the window that
 * holds the peer back, not the reader.
 *
 * States go round: a new stream takes one that another has left.
 */
#include "http/h2_inside.h"

#include "base/mem.h"

/* What was pulled is given back in pieces of this size: half the window that there is
 * before the peer has heard of ours (RFC 9113 6.9.2), so that it never runs dry. */
#define GIVE_BYTES (32u * 1024)

/* Of what it says nothing counts but that its queue is empty. */
static struct h2_stream_state *take_state(struct h2 *h2)
{
	struct list *node = list_take_first(&h2->spare);
	struct h2_stream_state *state;

	if (node) {
		h2->spare_count--;
		return LIST_ENTRY(node, struct h2_stream_state, node);
	}
	return mem_zalloc(sizeof(*state));
}

static void give_state(struct h2 *h2, struct h2_stream_state *state)
{
	if (h2->spare_count == H2_MAX_SPARE) {
		h2_queue_done(&state->queue);
		mem_free(state);
		return;
	}
	h2_queue_clear(&state->queue);
	list_put_first(&h2->spare, &state->node);
	h2->spare_count++;
}

/* Whether a frame is the last of a head. */
static bool ends_head(const uint8_t *frame)
{
	return (frame[3] == NGHTTP2_HEADERS || frame[3] == NGHTTP2_CONTINUATION) &&
	       (frame[4] & NGHTTP2_FLAG_END_HEADERS);
}

/* Moves all frames up to the head that was submitted to ready. ERR_REFUSED: there is
 * none. */
static enum err pack(struct h2 *h2, bool is_secret)
{
	bool is_whole = false;

	while (!is_whole) {
		const uint8_t *frame;
		ssize_t len = nghttp2_session_mem_send(h2->session, &frame);

		if (len < 0)
			return h2_break_by(h2, len);
		if (len == 0)
			return ERR_REFUSED;
		is_whole = ends_head(frame); /* which may be wiped now */
		if (h2_ready_put(h2, span_of((const char *)frame, (size_t)len),
				 is_secret))
			return h2_break_by(h2, NGHTTP2_ERR_NOMEM);
	}
	return ERR_NONE;
}

static bool has_body(const struct request_head *head)
{
	return head->body_length != MESSAGE_NO_BODY && head->body_length != 0;
}

static enum err submit(struct h2_stream_state *state, const struct request_head *head)
{
	struct h2 *h2 = state->h2;
	size_t count;
	bool is_secret;
	enum err err = h2_head_write(h2, head, &count, &is_secret);

	if (err)
		return err;
	state->id = nghttp2_submit_request(h2->session, NULL, h2->fields, count,
					   has_body(head) ? &h2_told_body : NULL, state);
	if (state->id == NGHTTP2_ERR_NOMEM)
		return ERR_NO_MEMORY;
	if (state->id < 0)
		return ERR_REFUSED;
	/* RFC 9113 5.1.1: that was the last number. */
	h2->has_ended |= state->id > INT32_MAX - 2;
	state->is_open = true;
	h2->open++;
	state->is_sent = !has_body(head);
	if (!state->is_sent) {
		state->is_sending = true;
		h2->sending++;
	}
	return pack(h2, is_secret);
}

enum err h2_stream_start(struct h2 *h2, struct h2_stream *stream, struct arena *arena,
			 const struct request_head *head)
{
	struct h2_stream_state *state;
	enum err err;

	if (!h2_room(h2))
		return ERR_REFUSED;
	state = take_state(h2);
	if (!state)
		return ERR_NO_MEMORY;
	*stream = (struct h2_stream){.in = state};
	list_init(&stream->news);
	memset(state, 0, offsetof(struct h2_stream_state, response));
	state->h2 = h2;
	state->stream = stream;
	list_put_last(&h2->streams, &state->node);
	h2_response_init(&state->response, arena, head->method);
	err = submit(state, head);
	if (err)
		h2_stream_end(stream);
	/* Whatever its reason is, nghttp2 would refuse the next one too. */
	h2->has_ended |= err == ERR_REFUSED;
	return err;
}

enum err h2_stream_write(struct h2_stream *stream, struct span *body, bool is_last)
{
	struct h2_stream_state *state = stream->in;

	*body = span_skip(*body, state->gone);
	state->gone = 0;
	state->body = *body;
	state->is_last = is_last;
	if (state->is_sent)
		return ERR_NONE;
	if (!state->is_sending || state->has_failed || state->h2->fault.err)
		return ERR_CLOSED;
	if (!body->len && !is_last)
		return ERR_NONE;
	if (!state->is_deferred)
		return ERR_AGAIN;
	state->is_deferred = false;
	if (nghttp2_session_resume_data(state->h2->session, state->id) ==
	    NGHTTP2_ERR_NOMEM)
		return h2_break_by(state->h2, NGHTTP2_ERR_NOMEM);
	return ERR_AGAIN;
}

static enum err widen(struct h2_stream_state *state, int32_t window)
{
	nghttp2_session *session = state->h2->session;
	int32_t wider = window * 2;

	if (window >= (int32_t)H2_MAX_WINDOW_BYTES)
		return ERR_NONE;
	if (wider > (int32_t)H2_MAX_WINDOW_BYTES)
		wider = (int32_t)H2_MAX_WINDOW_BYTES;
	return nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE,
						     state->id, wider)
		       ? ERR_NO_MEMORY
		       : ERR_NONE;
}

/* The peer may send anew what was pulled. ERR_NO_MEMORY. */
static enum err give_window(struct h2_stream_state *state)
{
	nghttp2_session *session = state->h2->session;
	int32_t window = nghttp2_session_get_stream_effective_local_window_size(
		session, state->id);

	if (nghttp2_session_consume_stream(session, state->id, state->owed))
		return ERR_NO_MEMORY;
	state->pulled += state->owed;
	state->owed = 0;
	if (state->pulled < (size_t)window / 2)
		return ERR_NONE;
	state->pulled = 0;
	return h2_queue_is_empty(&state->queue) ? widen(state, window) : ERR_NONE;
}

/* What was told is pulled by now. */
static void drop_told(struct h2_stream_state *state)
{
	state->owed += h2_queue_drop_told(&state->queue);
	if (state->owed < GIVE_BYTES || !state->is_open || state->has_ended ||
	    state->h2->fault.err)
		return;
	if (give_window(state))
		(void)h2_break_by(state->h2, NGHTTP2_ERR_NOMEM);
}

/* The next thing that came before the end. */
static enum err next_received(struct h2_stream_state *state, struct response_event *out)
{
	struct spans data;
	enum err err;

	if (state->untold) {
		struct response_head *head = &state->untold->head;

		out->kind = head->status < 200 ? RESPONSE_INTERIM : RESPONSE_HEAD;
		out->head = head;
		state->untold = state->untold->next;
		return ERR_NONE;
	}
	if (!state->response.has_head)
		return ERR_AGAIN;
	err = h2_queue_next(&state->queue, &data);
	if (!err)
		*out = (struct response_event){.kind = RESPONSE_DATA, .data = data};
	return err;
}

enum err h2_stream_next(struct h2_stream *stream, struct response_event *out)
{
	struct h2_stream_state *state = stream->in;

	drop_told(state);
	if (!next_received(state, out))
		return ERR_NONE;
	if (state->is_end_told)
		return ERR_EOF;
	if (state->has_ended) {
		state->is_end_told = true;
		*out = (struct response_event){.kind = RESPONSE_END};
		return ERR_NONE;
	}
	return state->has_failed ? stream->fault.err : ERR_AGAIN;
}

/* nghttp2 is not to tell of it any more, and the peer is to hear of it. It has room for
 * another one at once. */
static void cancel(struct h2_stream_state *state)
{
	struct h2 *h2 = state->h2;

	if (state->is_sending)
		h2->sending--;
	h2_state_forget(state);
	if (!state->is_open || h2->is_mute)
		return;
	(void)nghttp2_session_set_stream_user_data(h2->session, state->id, NULL);
	if (nghttp2_submit_rst_stream(h2->session, NGHTTP2_FLAG_NONE, state->id,
				      NGHTTP2_CANCEL))
		(void)h2_break_by(h2, NGHTTP2_ERR_NOMEM);
	else
		(void)h2_settle(h2);
}

void h2_stream_end(struct h2_stream *stream)
{
	struct h2_stream_state *state = stream->in;
	struct h2 *h2 = state->h2;

	list_remove(&state->node); /* so it does not fail with the others now */
	cancel(state);
	list_remove(&stream->news);
	stream->in = NULL;
	give_state(h2, state);
}
