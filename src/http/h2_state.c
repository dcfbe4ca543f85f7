/* SPDX-License-Identifier: MIT */
/*
 * How streams and the connection fail, and the frames that nghttp2 gives before somebody
 * asks for them.
 *
 * nghttp2 ends a connection by itself when the peer breaks the rules, and says so only in
 * the GOAWAY that it queues. It resets streams by itself as well, and tells of that when
 * the frame goes. So the queued frames are taken off it at once (h2_settle); DATA are not
 * among them, since a body is lent to us only until h2_put.
 */
#include "http/h2_inside.h"

#include "base/mem.h"

/* From so many bytes on that the peer does not take, nghttp2 keeps its frames, and counts
 * those that answer the peer. */
#define MAX_READY_BYTES (1024u * 1024)

/* Of a GOAWAY, with its header: where the code lies, and behind it. */
#define GOAWAY_CODE_AT	13u
#define GOAWAY_CODE_END 17u

/* Where the type of a frame lies in its header. */
#define FRAME_TYPE_AT 3u

/* nghttp2 tells several things of one stream in a row. */
struct h2_stream_state *h2_state_of(struct h2 *h2, int32_t id)
{
	struct h2_stream_state *state = h2->latest;

	if (state && state->id == id)
		return state;
	state = nghttp2_session_get_stream_user_data(h2->session, id);
	if (state)
		h2->latest = state;
	return state;
}

void h2_state_forget(struct h2_stream_state *state)
{
	struct h2 *h2 = state->h2;

	if (h2->heading == state)
		h2->heading = NULL;
	if (h2->latest == state)
		h2->latest = NULL;
}

void h2_state_tell(struct h2_stream_state *state)
{
	struct list *news = &state->stream->news;

	if (list_is_empty(news))
		list_put_last(&state->h2->news, news);
}

void h2_state_fail(struct h2_stream_state *state, enum err err, const char *what)
{
	if (state->has_failed)
		return;
	h2_state_tell(state);
	if (state->has_ended)
		return;
	state->has_failed = true;
	state->stream->fault = (struct fault){.err = err, .what = what};
}

static void fail_streams(struct h2 *h2)
{
	struct list *at;

	for (at = h2->streams.next; at != &h2->streams; at = at->next) {
		struct h2_stream_state *state =
			LIST_ENTRY(at, struct h2_stream_state, node);

		h2_state_fail(state, h2->fault.err, h2->fault.what);
		if (state->has_failed)
			state->stream->fault.sys = h2->fault.sys;
	}
}

void h2_ready_clear(struct h2 *h2)
{
	if (h2->is_secret)
		mem_wipe(h2->ready.at, h2->ready.len);
	h2->is_secret = false;
	buf_clear(&h2->ready);
}

/* As buf_reserve, and leaves nothing behind where the bytes were. */
static enum err grow_ready(struct h2 *h2, size_t more)
{
	struct buf roomy = {0};
	enum err err;

	if (!h2->is_secret)
		return buf_reserve(&h2->ready, more);
	err = buf_reserve(&roomy, 2 * h2->ready.cap + more);
	if (err)
		return err;
	memcpy(roomy.at, h2->ready.at, h2->ready.len);
	roomy.len = h2->ready.len;
	mem_wipe(h2->ready.at, h2->ready.len);
	buf_done(&h2->ready);
	h2->ready = roomy;
	return ERR_NONE;
}

enum err h2_ready_put(struct h2 *h2, struct span bytes, bool is_secret)
{
	if (bytes.len > h2->ready.cap - h2->ready.len) {
		enum err err = grow_ready(h2, bytes.len);

		if (err)
			return err;
	}
	memcpy(h2->ready.at + h2->ready.len, bytes.at, bytes.len);
	h2->ready.len += bytes.len;
	if (is_secret) {
		mem_wipe((char *)(uintptr_t)bytes.at, bytes.len);
		h2->is_secret = true;
	}
	return ERR_NONE;
}

void h2_break_silently(struct h2 *h2, const struct fault *fault)
{
	if (h2->fault.err)
		return;
	h2->fault = *fault;
	h2->has_ended = true;
	h2->is_mute = true;
	fail_streams(h2);
}

/* The code of a frame that is a GOAWAY; otherwise NO_ERROR. */
static uint32_t goaway_code(const uint8_t *frame, size_t len)
{
	const uint8_t *code = frame + GOAWAY_CODE_AT;

	if (len < GOAWAY_CODE_END || frame[FRAME_TYPE_AT] != NGHTTP2_GOAWAY)
		return NGHTTP2_NO_ERROR;
	return (uint32_t)code[0] << 24 | (uint32_t)code[1] << 16 |
	       (uint32_t)code[2] << 8 | code[3];
}

/* What nghttp2 has found, if it ends the connection with this code. */
static struct fault fault_of(uint32_t code)
{
	switch (code) {
	case NGHTTP2_ENHANCE_YOUR_CALM:
		return (struct fault){ERR_LIMIT, 0, "too many entries in SETTINGS"};
	case NGHTTP2_FLOW_CONTROL_ERROR:
		return (struct fault){ERR_PROTOCOL, 0, "a window of HTTP/2 is overrun"};
	case NGHTTP2_FRAME_SIZE_ERROR:
		return (struct fault){ERR_PROTOCOL, 0, "a frame has a wrong size"};
	case NGHTTP2_COMPRESSION_ERROR:
		return (struct fault){ERR_PROTOCOL, 0, "a head cannot be unpacked"};
	default:
		return (struct fault){ERR_PROTOCOL, 0, "the peer breaks HTTP/2"};
	}
}

/* Moves frames to ready; the code of a GOAWAY among them, or an answer of nghttp2's below
 * 0. */
static ssize_t move_frames(struct h2 *h2)
{
	uint32_t found = NGHTTP2_NO_ERROR;

	while (nghttp2_session_get_outbound_queue_size(h2->session) > 0) {
		const uint8_t *at;
		ssize_t len = nghttp2_session_mem_send(h2->session, &at);
		uint32_t code;

		if (len <= 0)
			return len < 0 ? len : (ssize_t)found;
		if (h2_ready_put(h2, span_of((const char *)at, (size_t)len), false))
			return NGHTTP2_ERR_NOMEM;
		code = goaway_code(at, (size_t)len);
		if (code)
			found = code;
	}
	return (ssize_t)found;
}

enum err h2_settle(struct h2 *h2)
{
	bool has_ended = !nghttp2_session_check_request_allowed(h2->session);
	ssize_t code;

	if (!has_ended && h2->ready.len > MAX_READY_BYTES)
		return ERR_NONE;
	code = move_frames(h2);
	if (code < 0)
		return h2_break_by(h2, code);
	if (code > 0) {
		struct fault fault = fault_of((uint32_t)code);

		h2_break_silently(h2, &fault);
	}
	return h2->fault.err;
}

enum err h2_break(struct h2 *h2, enum err err, const char *what, uint32_t code)
{
	struct fault fault = {.err = err, .what = what};

	if (h2->fault.err)
		return h2->fault.err;
	h2_break_silently(h2, &fault);
	if (!nghttp2_session_terminate_session(h2->session, code))
		(void)move_frames(h2);
	return err;
}

enum err h2_break_by(struct h2 *h2, ssize_t code)
{
	switch (code) {
	case NGHTTP2_ERR_CALLBACK_FAILURE: /* memory is the one thing that ours lack */
	case NGHTTP2_ERR_NOMEM:
		h2_break_silently(h2, &(struct fault){ERR_NO_MEMORY, 0, "HTTP/2"});
		return h2->fault.err;
	case NGHTTP2_ERR_FLOODED:
		return h2_break(h2, ERR_LIMIT, "too many frames to be answered",
				NGHTTP2_ENHANCE_YOUR_CALM);
	default:
		return h2_break(h2, ERR_LIMIT, "too many CONTINUATION frames",
				NGHTTP2_ENHANCE_YOUR_CALM);
	}
}
