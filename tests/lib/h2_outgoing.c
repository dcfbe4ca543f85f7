/* SPDX-License-Identifier: MIT */
/*
 * Everything lies in the link's one buffer. Replies fill it in turn, a frame each, as far
 * as the client's windows go and the buffer is not long. Settings that are sent are kept
 * in a queue, as they count for the client when it answers them.
 */
#include "lib/h2_outgoing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/pattern.h"

/* Replies wait while so much is to be sent. */
#define OUT_BYTES (256u * 1024)

/* Bytes of a head in a frame, where the reply does not say. */
#define FRAGMENT_BYTES 8192

struct h2_link_stream *h2_outgoing_find(const struct h2_link *link, uint32_t number)
{
	size_t i = (number - 1) / 2;

	return number && i < link->stream_count ? link->streams[i] : NULL;
}

/* ---- frames out ---- */

static void put(struct h2_link *link, uint8_t type, uint8_t flags, uint32_t stream,
		struct span payload)
{
	h2_bytes_put_frame(&link->out, type, flags, stream, payload);
}

void h2_outgoing_put_number(struct h2_link *link, uint8_t type, uint32_t stream,
			    uint32_t number)
{
	struct h2_bytes payload = {NULL, 0, 0};

	h2_bytes_put_number(&payload, number, 4);
	put(link, type, 0, stream, h2_bytes_span(&payload));
	h2_bytes_done(&payload);
}

void h2_outgoing_settle(struct h2_link *link, struct h2_link_stream *stream)
{
	bool is_over =
		stream->request.is_reset ||
		(stream->is_over && (stream->request.is_whole || stream->reply.is_reset));

	if (!is_over || !stream->is_counted)
		return;
	stream->is_counted = false;
	link->visit.open--;
}

static void remember(struct h2_link *link, uint32_t id, uint32_t value)
{
	if (link->unanswered_count == H2_LINK_MAX_UNANSWERED)
		return; /* a flood */
	link->unanswered[link->unanswered_count++] =
		(nghttp2_settings_entry){.settings_id = (int32_t)id, .value = value};
}

static void remember_settings(struct h2_link *link, struct span payload)
{
	for (size_t at = 0; at + 6 <= payload.len; at += 6)
		remember(link, h2_bytes_number(payload.at + at, 2),
			 h2_bytes_number(payload.at + at + 2, 4));
	remember(link, 0, 0);
}

void h2_outgoing_put(struct h2_link *link, const struct h2_server_frame *frame)
{
	struct h2_link_stream *stream = h2_outgoing_find(link, frame->stream);
	size_t at = link->out.len;

	put(link, frame->type, frame->flags, frame->stream, frame->payload);
	for (unsigned i = 0; frame->lie_bytes && i < 3; i++)
		link->out.at[at + i] = (char)(uint8_t)(frame->lie_bytes >> (16 - 8 * i));
	if (frame->type == NGHTTP2_SETTINGS && !(frame->flags & NGHTTP2_FLAG_ACK))
		remember_settings(link, frame->payload);
	if (frame->type == NGHTTP2_DATA) {
		link->out_window -= (int64_t)frame->payload.len;
		if (stream)
			stream->out_window -= (int64_t)frame->payload.len;
	}
	if (!stream)
		return;
	if (frame->type == NGHTTP2_RST_STREAM)
		stream->reply.is_reset = stream->is_over = true;
	if (frame->type <= NGHTTP2_HEADERS && (frame->flags & NGHTTP2_FLAG_END_STREAM))
		stream->is_over = true;
	h2_outgoing_settle(link, stream);
}

/* ---- replies ---- */

static bool has_body(const struct h2_link_stream *stream)
{
	return strcmp(stream->request.method, "HEAD") != 0 &&
	       stream->reply.status != 204 && stream->reply.status != 304;
}

static uint64_t bytes_left(const struct h2_link_stream *stream)
{
	const struct h2_server_reply *reply = &stream->reply;
	uint64_t all = reply->body.len ? reply->body.len : reply->pattern_bytes;

	return has_body(stream) ? all - stream->request.sent_bytes : 0;
}

/* Whether the last bytes, or the head without any, have END_STREAM. */
static bool may_end(const struct h2_server_reply *reply)
{
	return !reply->is_cut && !reply->trailers && !reply->ends_apart;
}

/* A block of fields in HEADERS, padded and cut as the reply says. */
static void put_block(struct h2_link *link, const struct h2_link_stream *stream,
		      uint8_t flags, const char *fields)
{
	const struct h2_server_reply *reply = &stream->reply;
	struct h2_bytes block = {NULL, 0, 0}, payload = {NULL, 0, 0};
	size_t most = reply->fragment_bytes ? reply->fragment_bytes : FRAGMENT_BYTES;
	uint8_t type = NGHTTP2_HEADERS;

	h2_bytes_put_fields(&block, fields);
	do {
		size_t n = block.len < most ? block.len : most;
		bool is_padded = reply->padding && type == NGHTTP2_HEADERS;

		if (n == block.len)
			flags |= NGHTTP2_FLAG_END_HEADERS;
		if (is_padded) {
			flags |= NGHTTP2_FLAG_PADDED;
			h2_bytes_put_number(&payload, reply->padding, 1);
		}
		h2_bytes_put(&payload, block.at, n);
		for (unsigned i = 0; is_padded && i < reply->padding; i++)
			h2_bytes_put_number(&payload, 0, 1);
		put(link, type, flags, stream->request.stream, h2_bytes_span(&payload));
		h2_bytes_drop(&block, n);
		payload.len = 0;
		type = NGHTTP2_CONTINUATION;
		flags = 0;
	} while (block.len);
	h2_bytes_done(&block);
	h2_bytes_done(&payload);
}

static void put_head(struct h2_link *link, struct h2_link_stream *stream)
{
	const struct h2_server_reply *reply = &stream->reply;
	struct h2_bytes fields = {NULL, 0, 0};
	bool is_end = may_end(reply) && bytes_left(stream) == 0;
	char status[32];

	for (unsigned i = 0; i < reply->interims; i++)
		put_block(link, stream, 0, ":status: 103\nlink: </a>\n");
	snprintf(status, sizeof(status), ":status: %u\n", reply->status);
	h2_bytes_put_text(&fields, status);
	h2_bytes_put(&fields, reply->fields, strlen(reply->fields) + 1);
	put_block(link, stream, is_end ? NGHTTP2_FLAG_END_STREAM : 0, fields.at);
	h2_bytes_done(&fields);
	stream->has_head = true;
	stream->is_over = is_end;
}

/* How many bytes of the body the next DATA can have. */
static uint64_t bytes_now(const struct h2_link *link, const struct h2_link_stream *stream)
{
	const struct h2_server_reply *reply = &stream->reply;
	int64_t window = stream->out_window < link->out_window ? stream->out_window
							       : link->out_window;
	uint64_t most = reply->frame_bytes ? reply->frame_bytes : link->frame_max;
	int64_t extra = reply->padding ? reply->padding + 1 : 0;

	if (window <= extra)
		return 0;
	if (!reply->frame_bytes && extra)
		most -= (uint64_t)extra;
	if (most > (uint64_t)(window - extra))
		most = (uint64_t)(window - extra);
	return most < bytes_left(stream) ? most : bytes_left(stream);
}

static void put_data(struct h2_link *link, struct h2_link_stream *stream, size_t n)
{
	const struct h2_server_reply *reply = &stream->reply;
	size_t extra = reply->padding ? reply->padding + 1u : 0;
	bool is_end = may_end(reply) && n == bytes_left(stream);
	uint64_t at = stream->request.sent_bytes;
	char *to;

	h2_bytes_put_number(&link->out, n + extra, 3);
	h2_bytes_put_number(&link->out, NGHTTP2_DATA, 1);
	h2_bytes_put_number(&link->out,
			    (extra ? NGHTTP2_FLAG_PADDED : 0u) |
				    (is_end ? NGHTTP2_FLAG_END_STREAM : 0u),
			    1);
	h2_bytes_put_number(&link->out, stream->request.stream, 4);
	if (extra)
		h2_bytes_put_number(&link->out, reply->padding, 1);
	to = h2_bytes_room(&link->out, n + reply->padding);
	if (reply->body.len)
		memcpy(to, reply->body.at + at, n);
	else
		pattern_fill(to, at, n);
	memset(to + n, 0, reply->padding);
	link->out.len += n + reply->padding;
	stream->request.sent_bytes += n;
	stream->out_window -= (int64_t)(n + extra);
	link->out_window -= (int64_t)(n + extra);
	stream->is_over = is_end;
}

/* What stands behind the body. */
static void put_end(struct h2_link *link, struct h2_link_stream *stream)
{
	const struct h2_server_reply *reply = &stream->reply;

	if (reply->trailers && !stream->is_over) {
		put_block(link, stream, NGHTTP2_FLAG_END_STREAM, reply->trailers);
		stream->is_over = true;
	}
	if (reply->ends_apart && !stream->is_over) {
		put(link, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, stream->request.stream,
		    span_of(NULL, 0));
		stream->is_over = true;
	}
	if (reply->is_reset) {
		h2_outgoing_put_number(link, NGHTTP2_RST_STREAM, stream->request.stream,
				       reply->reset_code);
		stream->is_over = true;
	}
	stream->is_sending = false;
	stream->request.is_answered = true;
	link->is_closing = link->is_closing || reply->closes;
	h2_outgoing_settle(link, stream);
}

/* One frame or so; false when the stream has to wait. */
static bool send_some(struct h2_link *link, struct h2_link_stream *stream)
{
	uint64_t n;

	if (stream->reply.is_held && !link->house->is_released)
		return false;
	if (stream->reply.status && !stream->has_head) {
		put_head(link, stream);
		return true;
	}
	n = stream->reply.status ? bytes_now(link, stream) : 0;
	if (n) {
		put_data(link, stream, (size_t)n);
		return true;
	}
	if (stream->reply.status && bytes_left(stream))
		return false;
	put_end(link, stream);
	return true;
}

void h2_outgoing_send(struct h2_link *link)
{
	bool has_moved = true;
	size_t kept = 0;

	while (has_moved && link->out.len < OUT_BYTES && !link->is_closing) {
		has_moved = false;
		for (size_t i = 0; i < link->sending_count && link->out.len < OUT_BYTES;
		     i++)
			if (link->sending[i]->is_sending)
				has_moved |= send_some(link, link->sending[i]);
	}
	for (size_t i = 0; i < link->sending_count; i++)
		if (link->sending[i]->is_sending)
			link->sending[kept++] = link->sending[i];
	link->sending_count = kept;
}

void h2_outgoing_reply(struct h2_link *link, struct h2_link_stream *stream,
		       const struct h2_server_reply *reply)
{
	if (stream->is_over || stream->request.is_reset || stream->is_sending)
		return;
	stream->reply = *reply;
	stream->has_reply = stream->is_sending = true;
	if (link->sending_count == link->sending_cap) {
		link->sending_cap = link->sending_cap * 2 + 64;
		link->sending =
			realloc(link->sending,
				link->sending_cap * sizeof(struct h2_link_stream *));
		if (!link->sending)
			abort();
	}
	link->sending[link->sending_count++] = stream;
}
