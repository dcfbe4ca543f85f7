/* SPDX-License-Identifier: MIT */
/*
 * What nghttp2 calls. Whatever comes is put at the stream it is for, and there is news of
 * it; a stream that has been ended has no state any more, and what comes for it is
 * dropped. The connection's window is given back as soon as bytes are here, a stream's
 * when they are pulled (h2_stream.c).
 *
 * nghttp2 checks that messages are right (RFC 9113 8.1 to 8.3) and tells nothing of a
 * field that is not. The others are copied into the stream's arena.
 *
 * Callbacks fail for want of memory alone (h2_break_by).
 */
#include "http/h2_inside.h"

/* What a field adds to the length of a head: ": ", CR LF, as in HTTP/1.1. */
#define FIELD_EXTRA_BYTES 4u

/* RFC 9113 4.1. */
#define FRAME_HEADER_BYTES 9u

/* "HTTP/2" as response_head has it. */
#define VERSION 20u

static struct h2_stream_state *state_of(nghttp2_session *session, int32_t id)
{
	return nghttp2_session_get_stream_user_data(session, id);
}

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

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame,
			    void *owner)
{
	struct h2 *h2 = owner;
	struct h2_stream_state *state = state_of(session, frame->hd.stream_id);

	h2->heading = state;
	if (!state)
		return 0;
	state->stream->has_bytes = true;
	if (state->has_head)
		return 0;
	state->head = (struct response_head){.version = VERSION};
	headers_init(&state->head.headers, state->arena);
	return 0;
}

/* nghttp2 has seen that these are three digits. */
static int take_status(struct h2_stream_state *state, const uint8_t *digits)
{
	unsigned status = (digits[0] - '0') * 100u + (digits[1] - '0') * 10u +
			  (unsigned)(digits[2] - '0');

	if (status < 100)
		return refuse(state, ERR_PROTOCOL, "the status is no status");
	state->head.status = status;
	return 0;
}

/* Copies name and value in one piece. */
static int take_field(struct h2_stream_state *state, struct span name, struct span value)
{
	char *at = arena_alloc(state->arena, name.len + value.len);

	if (!at)
		return NGHTTP2_ERR_CALLBACK_FAILURE;
	memcpy(at, name.at, name.len);
	memcpy(at + name.len, value.at, value.len);
	return from_err(headers_put(&state->head.headers, span_of(at, name.len),
				    span_of(at + name.len, value.len)));
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame,
		     const uint8_t *name, size_t name_len, const uint8_t *value,
		     size_t value_len, uint8_t flags, void *owner)
{
	struct h2_stream_state *state = ((struct h2 *)owner)->heading;
	size_t bytes = name_len + value_len + FIELD_EXTRA_BYTES;

	(void)session;
	(void)frame;
	(void)flags;
	if (!state)
		return 0;
	if (bytes > state->bytes_left || state->fields_left == 0)
		return refuse(state, ERR_LIMIT, "the head is too long");
	state->bytes_left -= (uint32_t)bytes;
	state->fields_left--;
	if (state->has_head) /* of the trailers nothing is told */
		return 0;
	if (name[0] == ':')
		return take_status(state, value);
	return take_field(state, span_of((const char *)name, name_len),
			  span_of((const char *)value, value_len));
}

static int put_interim(struct h2_stream_state *state)
{
	struct h2_interim *interim;

	if (state->interim_count == H2_MAX_INTERIM)
		return refuse(state, ERR_LIMIT, "too many interim responses");
	interim = arena_alloc(state->arena, sizeof(*interim));
	if (!interim)
		return NGHTTP2_ERR_CALLBACK_FAILURE;
	state->interim_count++;
	*interim = (struct h2_interim){.head = state->head};
	if (state->interim)
		state->last_interim->next = interim;
	else
		state->interim = interim;
	state->last_interim = interim;
	h2_state_tell(state);
	return 0;
}

static int end_head(struct h2_stream_state *state)
{
	if (state->has_head)
		return 0;
	state->head.reason = message_phrase(state->head.status);
	if (state->head.status < 200)
		return put_interim(state);
	state->has_head = true;
	h2_state_tell(state);
	return 0;
}

/* ---- frames ---- */

static void end_response(struct h2_stream_state *state)
{
	state->has_ended = true;
	h2_state_tell(state);
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
	int result = 0;

	if (frame->hd.type == NGHTTP2_RST_STREAM) {
		state->was_reset = true;
		return 0;
	}
	if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA)
		return 0;
	if (frame->hd.type == NGHTTP2_HEADERS)
		result = end_head(state);
	if (!result && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM))
		end_response(state);
	return result == NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE ? 0 : result;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *owner)
{
	struct h2 *h2 = owner;
	struct h2_stream_state *state;

	switch (frame->hd.type) {
	case NGHTTP2_SETTINGS:
		if (!(frame->hd.flags & NGHTTP2_FLAG_ACK))
			take_settings(h2, &frame->settings);
		return 0;
	case NGHTTP2_GOAWAY:
		h2->has_goaway = true;
		h2->wants_http_1_1 =
			frame->goaway.error_code == NGHTTP2_HTTP_1_1_REQUIRED;
		return 0;
	default:
		state = state_of(session, frame->hd.stream_id);
		return state ? on_frame_of_stream(state, frame) : 0;
	}
}

static int on_wrong_frame(nghttp2_session *session, const nghttp2_frame *frame, int code,
			  void *owner)
{
	struct h2_stream_state *state = state_of(session, frame->hd.stream_id);

	(void)owner;
	if (!state)
		return 0;
	h2_state_fail(state, ERR_PROTOCOL,
		      code == NGHTTP2_ERR_HTTP_HEADER
			      ? "a field is not allowed in HTTP/2"
			      : "the head is not allowed in HTTP/2");
	return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id,
		   const uint8_t *bytes, size_t len, void *owner)
{
	struct h2 *h2 = owner;
	struct h2_stream_state *state = state_of(session, id);

	(void)flags;
	if (nghttp2_session_consume_connection(session, len))
		return NGHTTP2_ERR_CALLBACK_FAILURE;
	if (!state)
		return 0;
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
	struct h2_stream_state *state = state_of(session, id);
	size_t len;

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
	struct h2_stream_state *state = state_of(session, frame->hd.stream_id);
	struct span body;

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
	if (code == NGHTTP2_REFUSED_STREAM && !state->has_head) {
		h2_state_fail(state, ERR_REFUSED, "the server has refused the stream");
	} else if (code == NGHTTP2_HTTP_1_1_REQUIRED && !state->has_head) {
		h2_state_fail(state, ERR_HTTP_1_1, "the server wants HTTP/1.1");
	} else if (state->was_reset || code == NGHTTP2_REFUSED_STREAM ||
		   code == NGHTTP2_HTTP_1_1_REQUIRED) {
		h2_state_fail(state, ERR_RESET, reset_text(code));
	} else if (code == NGHTTP2_FLOW_CONTROL_ERROR) {
		h2_state_fail(state, ERR_PROTOCOL, "the stream's window is overrun");
	} else {
		h2_state_fail(state, ERR_PROTOCOL, "the body is not as the head says");
	}
}

static int on_close(nghttp2_session *session, int32_t id, uint32_t code, void *owner)
{
	struct h2 *h2 = owner;
	struct h2_stream_state *state = state_of(session, id);

	h2->open--;
	if (!state)
		return 0;
	state->is_open = false;
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
