/* SPDX-License-Identifier: MIT */
/*
 * What nghttp2 calls. Whatever comes is put at the stream it is for, and there is news of
 * it; a stream that has been ended has no state any more, and what comes for it is
 * dropped. The connection's window is given back as soon as bytes are here, a stream's
 * when they are pulled (h2_stream.c).
 *
 * Whether messages are right is h2_response.c's to say. One that is not has its stream
 * reset, and what nghttp2 still has of it is dropped.
 *
 * Callbacks fail for want of memory alone (h2_break_by).
 */
#include "http/h2_inside.h"

/* RFC 9113 4.1. */
#define FRAME_HEADER_BYTES 9u

static int from_err(enum err err)
{
	return err ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
}

/* ---- heads ---- */

/* Refuses what comes for a stream: nghttp2 is to drop it. */
static int refuse(struct h2_stream_state *state, enum err err, const char *what)
{
	uint32_t code =
		err == ERR_LIMIT ? NGHTTP2_ENHANCE_YOUR_CALM : NGHTTP2_PROTOCOL_ERROR;

	h2_state_fail(state, err, what);
	if (nghttp2_submit_rst_stream(state->h2->session, NGHTTP2_FLAG_NONE, state->id,
				      code))
		return NGHTTP2_ERR_CALLBACK_FAILURE;
	return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

/* What the rules of responses say of what came. */
static int judge(struct h2_stream_state *state, enum err err)
{
	if (!err)
		return 0;
	if (err == ERR_NO_MEMORY)
		return NGHTTP2_ERR_CALLBACK_FAILURE;
	return refuse(state, err, state->response.what);
}

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame,
			    void *owner)
{
	struct h2 *h2 = owner;
	struct h2_stream_state *state = h2_state_of(h2, frame->hd.stream_id);

	(void)session;
	h2->heading = state && !state->has_failed ? state : NULL;
	if (!h2->heading)
		return 0;
	state->stream->has_bytes = true;
	h2_response_begin(&state->response, &h2->section);
	return 0;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame,
		     const uint8_t *name, size_t name_len, const uint8_t *value,
		     size_t value_len, uint8_t flags, void *owner)
{
	struct h2_stream_state *state = ((struct h2 *)owner)->heading;

	(void)session;
	(void)frame;
	(void)flags;
	if (!state)
		return 0;
	return judge(state, h2_response_put(&state->response,
					    span_of((const char *)name, name_len),
					    span_of((const char *)value, value_len)));
}

/* ERR_NO_MEMORY. */
static enum err put_untold(struct h2_stream_state *state)
{
	const struct h2_response *response = &state->response;
	struct h2_untold *untold = arena_alloc(response->arena, sizeof(*untold));

	if (!untold)
		return ERR_NO_MEMORY;
	*untold = (struct h2_untold){.head = response->head};
	if (state->untold)
		state->last_untold->next = untold;
	else
		state->untold = untold;
	state->last_untold = untold;
	return ERR_NONE;
}

static enum err end_section(struct h2_stream_state *state, bool is_last)
{
	struct h2_response *response = &state->response;
	bool is_trailers = response->has_head;
	enum err err = h2_response_end_section(response, is_last);

	if (err || is_trailers)
		return err;
	h2_state_tell(state);
	return put_untold(state);
}

/* ---- frames ---- */

static enum err end_response(struct h2_stream_state *state)
{
	enum err err = h2_response_end(&state->response);

	if (err)
		return err;
	state->has_ended = true;
	h2_state_tell(state);
	return ERR_NONE;
}

static void take_settings(struct h2 *h2, const nghttp2_settings *settings)
{
	for (size_t i = 0; i < settings->niv; i++)
		if (settings->iv[i].settings_id ==
		    NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS)
			h2->max_streams = settings->iv[i].value;
}

static int on_frame_of_stream(struct h2_stream_state *state, const nghttp2_frame *frame)
{
	bool is_last = frame->hd.flags & NGHTTP2_FLAG_END_STREAM;
	enum err err = ERR_NONE;
	int result;

	if (frame->hd.type == NGHTTP2_RST_STREAM) {
		state->was_reset = true;
		return 0;
	}
	if (frame->hd.type == NGHTTP2_HEADERS)
		err = end_section(state, is_last);
	if (!err && is_last)
		err = end_response(state);
	result = judge(state, err);
	return result == NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE ? 0 : result;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *owner)
{
	struct h2 *h2 = owner;
	struct h2_stream_state *state;

	(void)session;
	/* on_data has told what it says. */
	if (frame->hd.type == NGHTTP2_DATA &&
	    !(frame->hd.flags & NGHTTP2_FLAG_END_STREAM))
		return 0;
	switch (frame->hd.type) {
	case NGHTTP2_SETTINGS:
		if (!(frame->hd.flags & NGHTTP2_FLAG_ACK))
			take_settings(h2, &frame->settings);
		return 0;
	case NGHTTP2_GOAWAY:
		h2->has_ended = true;
		h2->wants_http_1_1 =
			frame->goaway.error_code == NGHTTP2_HTTP_1_1_REQUIRED;
		return 0;
	case NGHTTP2_HEADERS:
	case NGHTTP2_DATA:
	case NGHTTP2_RST_STREAM:
		state = h2_state_of(h2, frame->hd.stream_id);
		return state && !state->has_failed ? on_frame_of_stream(state, frame) : 0;
	default:
		return 0;
	}
}

static int on_wrong_frame(nghttp2_session *session, const nghttp2_frame *frame, int code,
			  void *owner)
{
	struct h2_stream_state *state = h2_state_of(owner, frame->hd.stream_id);

	(void)session;
	(void)code;
	if (state)
		h2_state_fail(state, ERR_PROTOCOL, "a frame of the stream is wrong");
	return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id,
		   const uint8_t *bytes, size_t len, void *owner)
{
	struct h2 *h2 = owner;
	struct h2_stream_state *state = h2_state_of(h2, id);
	int result;

	(void)session;
	(void)flags;
	h2->data_bytes += len;
	if (!state || state->has_failed)
		return 0;
	result = judge(state, h2_response_data(&state->response, len));
	if (result)
		return result == NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE ? 0 : result;
	h2_state_tell(state);
	return from_err(h2_queue_put(&state->queue, h2->input,
				     span_of((const char *)bytes, len)));
}

/* ---- bodies that are sent ---- */

static void end_body(struct h2_stream_state *state)
{
	if (!state->is_sending)
		return;
	state->is_sending = false;
	state->h2->sending--;
}

/* How many bytes the next DATA shall have. They are not written here. */
static ssize_t read_body(nghttp2_session *session, int32_t id, uint8_t *to, size_t most,
			 uint32_t *flags, nghttp2_data_source *source, void *owner)
{
	struct h2 *h2 = owner;
	struct h2_stream_state *state = h2_state_of(h2, id);
	size_t len;

	(void)session;
	(void)to;
	(void)source;
	if (!h2->out || h2->out->len >= h2->out_end)
		return NGHTTP2_ERR_PAUSE;
	if (!state)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	len = state->body.len < most ? state->body.len : most;
	if (len == state->body.len && state->is_last)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	else if (len == 0) {
		state->is_deferred = true;
		return NGHTTP2_ERR_DEFERRED;
	}
	*flags |= NGHTTP2_DATA_FLAG_NO_COPY;
	return (ssize_t)len;
}

static int send_data(nghttp2_session *session, nghttp2_frame *frame,
		     const uint8_t *header, size_t len, nghttp2_data_source *source,
		     void *owner)
{
	struct h2 *h2 = owner;
	struct h2_stream_state *state = h2_state_of(h2, frame->hd.stream_id);
	struct span body;

	(void)session;
	(void)source;
	if (!state)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	body = span_of(state->body.at, len);
	if (buf_put(h2->out, span_of((const char *)header, FRAME_HEADER_BYTES)) ||
	    buf_put(h2->out, body))
		return NGHTTP2_ERR_CALLBACK_FAILURE;
	state->body = span_skip(state->body, len);
	state->gone += len;
	if (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) {
		state->is_sent = true;
		end_body(state);
	}
	h2_state_tell(state);
	return 0;
}

const nghttp2_data_provider h2_told_body = {.read_callback = read_body};

/* ---- the end ---- */

/* What a reset says (RFC 9113 7). */
static const char *reset_text(uint32_t code)
{
	static const char *const texts[] = {
		[NGHTTP2_NO_ERROR] = "the server has reset the stream: NO_ERROR",
		[NGHTTP2_PROTOCOL_ERROR] =
			"the server has reset the stream: PROTOCOL_ERROR",
		[NGHTTP2_INTERNAL_ERROR] =
			"the server has reset the stream: INTERNAL_ERROR",
		[NGHTTP2_FLOW_CONTROL_ERROR] =
			"the server has reset the stream: FLOW_CONTROL_ERROR",
		[NGHTTP2_CANCEL] = "the server has reset the stream: CANCEL",
		[NGHTTP2_ENHANCE_YOUR_CALM] =
			"the server has reset the stream: ENHANCE_YOUR_CALM",
		[NGHTTP2_INADEQUATE_SECURITY] =
			"the server has reset the stream: INADEQUATE_SECURITY",
	};

	if (code < sizeof(texts) / sizeof(*texts) && texts[code])
		return texts[code];
	return "the server has reset the stream";
}

/* Why a stream is closed without a whole response. */
static void fail_by(struct h2_stream_state *state, uint32_t code)
{
	const struct h2 *h2 = state->h2;

	if (h2->wants_http_1_1 && code == NGHTTP2_REFUSED_STREAM)
		code = NGHTTP2_HTTP_1_1_REQUIRED;
	if (code == NGHTTP2_REFUSED_STREAM && !state->response.has_head) {
		h2_state_fail(state, ERR_REFUSED, "the server has refused the stream");
	} else if (code == NGHTTP2_HTTP_1_1_REQUIRED && !state->response.has_head) {
		h2_state_fail(state, ERR_HTTP_1_1, "the server wants HTTP/1.1");
	} else if (state->was_reset || code == NGHTTP2_REFUSED_STREAM ||
		   code == NGHTTP2_HTTP_1_1_REQUIRED) {
		h2_state_fail(state, ERR_RESET, reset_text(code));
	} else if (code == NGHTTP2_FLOW_CONTROL_ERROR) {
		h2_state_fail(state, ERR_PROTOCOL, "the stream's window is overrun");
	} else {
		h2_state_fail(state, ERR_PROTOCOL, "the stream is closed before its end");
	}
}

static int on_close(nghttp2_session *session, int32_t id, uint32_t code, void *owner)
{
	struct h2 *h2 = owner;
	struct h2_stream_state *state = h2_state_of(h2, id);

	(void)session;
	h2->open--;
	if (!state)
		return 0;
	state->is_open = false;
	h2_state_forget(state);
	end_body(state);
	fail_by(state, code);
	return 0;
}

enum err h2_told_callbacks(nghttp2_session_callbacks **out)
{
	nghttp2_session_callbacks *to;

	if (nghttp2_session_callbacks_new(&to))
		return ERR_NO_MEMORY;
	nghttp2_session_callbacks_set_on_begin_headers_callback(to, on_begin_headers);
	nghttp2_session_callbacks_set_on_header_callback(to, on_header);
	nghttp2_session_callbacks_set_on_frame_recv_callback(to, on_frame);
	nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(to, on_wrong_frame);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(to, on_data);
	nghttp2_session_callbacks_set_send_data_callback(to, send_data);
	nghttp2_session_callbacks_set_on_stream_close_callback(to, on_close);
	*out = to;
	return ERR_NONE;
}
