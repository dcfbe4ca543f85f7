/* SPDX-License-Identifier: MIT */
/*
 * A frame is judged first, by what the client may do at this moment: which streams are
 * open, which windows it has, which settings it has answered. The first mistake is
 * written down; nothing follows from it. Streams lie in an array by their numbers and
 * stay until the end, as they are the record.
 */
#include "lib/h2_incoming.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/h2_http1.h"
#include "lib/h2_judge.h"
#include "lib/h2_outgoing.h"

#define PREFACE	      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
#define PREFACE_BYTES (sizeof(PREFACE) - 1)
#define HEAD_BYTES    9

/* What the client may send until settings say otherwise (RFC 9113 6.5.2). */
#define FIRST_FRAME_MAX 16384

/* More streams than a test has. */
#define MAX_STREAMS 100000

/* A frame that has come. */
struct frame {
	uint8_t type, flags; /* as they came */
	uint32_t stream;     /* of 32 bits */
	struct span payload; /* whole, with padding */
};

__attribute__((format(printf, 2, 3))) static void blame(struct h2_link *link,
							const char *format, ...)
{
	va_list args;

	if (link->house->complaint[0])
		return;
	va_start(args, format);
	vsnprintf(link->house->complaint, sizeof(link->house->complaint), format, args);
	va_end(args);
}

/* ---- requests ---- */

static void ask(struct h2_link *link, const struct h2_server_request *request,
		struct h2_server_reply *out)
{
	const struct h2_server_options *options = link->house->options;

	*out = (struct h2_server_reply){
		.status = 200, .fields = "", .body = span_str(request->path)};
	if (options->answer)
		options->answer(options->owner, request, out);
}

/* Answers a request, unless it gets nothing for the moment. */
static void answer(struct h2_link *link, struct h2_link_stream *stream)
{
	struct h2_server_reply reply;

	ask(link, &stream->request, &reply);
	if (reply.status || reply.is_reset || reply.closes)
		h2_outgoing_reply(link, stream, &reply);
}

static void end_request(struct h2_link *link, struct h2_link_stream *stream)
{
	struct h2_server_request *request = &stream->request;

	request->is_whole = true;
	link->visit.whole++;
	if (stream->length != UINT64_MAX && stream->length != request->body_bytes)
		blame(link, "a body of %llu bytes instead of %llu",
		      (unsigned long long)request->body_bytes,
		      (unsigned long long)stream->length);
	h2_outgoing_settle(link, stream);
	if (!link->house->options->answers_heads)
		answer(link, stream);
}

/* Copies the value of a field. */
static void copy_field(const char *head, const char *name, char *to, size_t cap)
{
	const char *value = h2_judge_field(head, name);

	snprintf(to, cap, "%.*s", value ? (int)strcspn(value, "\n") : 0,
		 value ? value : "");
}

static void read_fields(struct h2_link_stream *stream, const char *head)
{
	struct h2_server_request *request = &stream->request;
	const char *length = h2_judge_field(head, "content-length");

	request->head = head;
	copy_field(head, ":method", request->method, sizeof(request->method));
	copy_field(head, ":path", request->path, sizeof(request->path));
	copy_field(head, ":scheme", request->scheme, sizeof(request->scheme));
	copy_field(head, ":authority", request->authority, sizeof(request->authority));
	stream->length = length ? strtoull(length, NULL, 10) : UINT64_MAX;
}

/* A stream for a new request; NULL: there may not be one with this number. */
static struct h2_link_stream *add_stream(struct h2_link *link, uint32_t number)
{
	size_t i = (number - 1) / 2;
	struct h2_link_stream *stream;

	if (number % 2 == 0 || i < link->stream_count || i > MAX_STREAMS) {
		blame(link, "a stream with the number %u", number);
		return NULL;
	}
	if (link->visit.open >= link->ours[NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS])
		blame(link, "stream %u, though %u are open", number, link->visit.open);
	stream = calloc(1, sizeof(*stream));
	link->streams = realloc(link->streams, (i + 1) * sizeof(struct h2_link_stream *));
	if (!stream || !link->streams)
		abort();
	for (; link->stream_count < i; link->stream_count++)
		link->streams[link->stream_count] = NULL;
	link->streams[link->stream_count++] = stream;
	stream->request.connection = link->number;
	stream->request.stream = number;
	stream->request.is_pattern = true;
	stream->request.number = link->house->requests++;
	stream->in_window = link->ours[NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE];
	stream->out_window = link->stream_window;
	stream->is_counted = true;
	link->visit.requests++;
	if (++link->visit.open > link->visit.most_open)
		link->visit.most_open = link->visit.open;
	return stream;
}

/* ---- heads in ---- */

/* The fields of the block that has come, from malloc; NULL: it cannot be decoded. */
static char *decode_block(struct h2_link *link)
{
	const uint8_t *at = (const uint8_t *)link->block.at;
	size_t len = link->block.len;
	struct h2_bytes head = {NULL, 0, 0};
	int flags = 0;

	while (!(flags & NGHTTP2_HD_INFLATE_FINAL)) {
		nghttp2_nv field;
		ssize_t n = nghttp2_hd_inflate_hd2(link->inflater, &field, &flags, at,
						   len, 1);

		if (n < 0 || (n == 0 && !flags)) {
			h2_bytes_done(&head);
			return NULL;
		}
		at += n;
		len -= (size_t)n;
		if (!(flags & NGHTTP2_HD_INFLATE_EMIT))
			continue;
		h2_bytes_put(&head, field.name, field.namelen);
		h2_bytes_put_text(&head, ": ");
		h2_bytes_put(&head, field.value, field.valuelen);
		h2_bytes_put_text(&head, "\n");
	}
	nghttp2_hd_inflate_end_headers(link->inflater);
	h2_bytes_put(&head, "", 1);
	return head.at;
}

static void take_head(struct h2_link *link, char *head)
{
	struct h2_link_stream *stream = add_stream(link, link->block_stream);
	const char *wrong = h2_judge_head(head);

	if (wrong)
		blame(link, "%s in \"%s\"", wrong, head);
	if (!stream) {
		free(head);
		return;
	}
	read_fields(stream, head);
	if (link->house->options->answers_heads)
		answer(link, stream);
	if (link->block_flags & NGHTTP2_FLAG_END_STREAM)
		end_request(link, stream);
}

static void take_trailers(struct h2_link *link, struct h2_link_stream *stream,
			  char *trailers)
{
	const char *wrong = h2_judge_trailers(trailers);

	if (wrong || stream->request.is_whole || stream->request.trailers ||
	    !(link->block_flags & NGHTTP2_FLAG_END_STREAM)) {
		blame(link, "wrong trailers \"%s\"", trailers);
		free(trailers);
		return;
	}
	stream->request.trailers = trailers;
	end_request(link, stream);
}

static void take_block(struct h2_link *link)
{
	struct h2_link_stream *stream = h2_outgoing_find(link, link->block_stream);
	char *fields = decode_block(link);

	link->block.len = 0;
	if (!fields)
		blame(link, "a head that cannot be decoded");
	else if (stream)
		take_trailers(link, stream, fields);
	else
		take_head(link, fields);
	link->block_stream = 0;
}

/* What lies between padding and priority. */
static struct span bare(struct h2_link *link, const struct frame *frame)
{
	struct span payload = frame->payload;
	size_t skipped = 0, padding = 0;

	if (frame->flags & NGHTTP2_FLAG_PADDED) {
		padding = payload.len ? (uint8_t)*payload.at : 1;
		skipped = 1;
	}
	if (frame->type == NGHTTP2_HEADERS && (frame->flags & NGHTTP2_FLAG_PRIORITY))
		skipped += 5;
	if (skipped + padding > payload.len) {
		blame(link, "padding longer than its frame");
		return span_of(NULL, 0);
	}
	return span_of(payload.at + skipped, payload.len - skipped - padding);
}

static void take_fragment(struct h2_link *link, const struct frame *frame)
{
	struct span fragment =
		frame->type == NGHTTP2_HEADERS ? bare(link, frame) : frame->payload;

	if ((frame->type == NGHTTP2_HEADERS) == (link->block_stream != 0)) {
		blame(link, "CONTINUATION out of order");
		return;
	}
	if (frame->type == NGHTTP2_HEADERS) {
		link->block_stream = frame->stream;
		link->block_flags = frame->flags;
	}
	h2_bytes_put(&link->block, fragment.at, fragment.len);
	if (frame->flags & NGHTTP2_FLAG_END_HEADERS)
		take_block(link);
}

/* ---- other frames in ---- */

static void take_data(struct h2_link *link, const struct frame *frame)
{
	struct h2_link_stream *stream = h2_outgoing_find(link, frame->stream);
	int64_t len = (int64_t)frame->payload.len;
	struct span body = bare(link, frame);

	if (!stream || stream->request.is_whole || stream->request.is_reset) {
		blame(link, "DATA for stream %u, which is not open", frame->stream);
		return;
	}
	link->in_window -= len;
	stream->in_window -= len;
	if (link->in_window < 0 || stream->in_window < 0)
		blame(link, "DATA beyond the window of stream %u", frame->stream);
	h2_judge_body(&stream->request, body.at, body.len);
	if (len && !link->house->options->keeps_windows) {
		h2_outgoing_put_number(link, NGHTTP2_WINDOW_UPDATE, 0, (uint32_t)len);
		link->in_window += len;
		if (!(frame->flags & NGHTTP2_FLAG_END_STREAM) && !stream->is_over) {
			h2_outgoing_put_number(link, NGHTTP2_WINDOW_UPDATE, frame->stream,
					       (uint32_t)len);
			stream->in_window += len;
		}
	}
	if (frame->flags & NGHTTP2_FLAG_END_STREAM)
		end_request(link, stream);
}

static void take_reset(struct h2_link *link, const struct frame *frame)
{
	struct h2_link_stream *stream = h2_outgoing_find(link, frame->stream);

	if (!stream || stream->request.is_reset || frame->payload.len != 4) {
		blame(link, "a wrong RST_STREAM for stream %u", frame->stream);
		return;
	}
	stream->request.is_reset = true;
	stream->request.reset_code = h2_bytes_number(frame->payload.at, 4);
	stream->is_sending = false;
	link->visit.resets++;
	h2_outgoing_settle(link, stream);
}

/* The client has answered a frame of our settings. */
static void take_ack(struct h2_link *link)
{
	unsigned n = 0;

	link->visit.settings_acks++;
	for (; n < link->unanswered_count; n++) {
		uint32_t id = (uint32_t)link->unanswered[n].settings_id;
		uint32_t value = link->unanswered[n].value;

		if (id == 0)
			break;
		if (id == NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE)
			for (size_t i = 0; i < link->stream_count; i++)
				if (link->streams[i])
					link->streams[i]->in_window +=
						(int64_t)value - (int64_t)link->ours[id];
		if (id == NGHTTP2_SETTINGS_HEADER_TABLE_SIZE)
			nghttp2_hd_inflate_change_table_size(link->inflater, value);
		if (id < H2_SERVER_MAX_SETTINGS)
			link->ours[id] = value;
	}
	if (n < link->unanswered_count)
		n++;
	link->unanswered_count -= n;
	memmove(link->unanswered, link->unanswered + n,
		link->unanswered_count * sizeof(link->unanswered[0]));
}

static void take_setting(struct h2_link *link, uint32_t id, uint32_t value)
{
	if (id < H2_SERVER_MAX_SETTINGS)
		link->visit.settings[id] = value;
	if (id == NGHTTP2_SETTINGS_MAX_FRAME_SIZE)
		link->frame_max = value;
	if (id != NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE)
		return;
	for (size_t i = 0; i < link->stream_count; i++)
		if (link->streams[i])
			link->streams[i]->out_window +=
				(int64_t)value - (int64_t)link->stream_window;
	link->stream_window = value;
}

static void take_settings(struct h2_link *link, const struct frame *frame)
{
	if (frame->flags & NGHTTP2_FLAG_ACK) {
		take_ack(link);
		return;
	}
	for (size_t at = 0; at + 6 <= frame->payload.len; at += 6)
		take_setting(link, h2_bytes_number(frame->payload.at + at, 2),
			     h2_bytes_number(frame->payload.at + at + 2, 4));
	if (!link->has_settings && link->visit.settings[NGHTTP2_SETTINGS_ENABLE_PUSH])
		blame(link, "ENABLE_PUSH is not 0");
	link->has_settings = true;
	h2_outgoing_put(link, &(struct h2_server_frame){.type = NGHTTP2_SETTINGS,
							.flags = NGHTTP2_FLAG_ACK});
}

static void take_ping(struct h2_link *link, const struct frame *frame)
{
	if (frame->payload.len != 8 || frame->stream)
		blame(link, "a wrong PING");
	else if (frame->flags & NGHTTP2_FLAG_ACK)
		link->visit.ping_acks++;
	else if (!link->house->options->ignores_pings)
		h2_outgoing_put(link,
				&(struct h2_server_frame){.type = NGHTTP2_PING,
							  .flags = NGHTTP2_FLAG_ACK,
							  .payload = frame->payload});
}

static void take_window(struct h2_link *link, const struct frame *frame)
{
	struct h2_link_stream *stream = h2_outgoing_find(link, frame->stream);
	int64_t *window = frame->stream ? NULL : &link->out_window;
	uint32_t n = frame->payload.len == 4 ? h2_bytes_number(frame->payload.at, 4) : 0;

	if (stream)
		window = &stream->out_window;
	if (!window || n == 0 || *window + n > INT32_MAX) {
		blame(link, "a wrong WINDOW_UPDATE for stream %u", frame->stream);
		return;
	}
	if (stream && stream->request.is_reset)
		blame(link, "WINDOW_UPDATE behind RST_STREAM");
	*window += n;
}

static void take_goaway(struct h2_link *link, const struct frame *frame)
{
	if (frame->payload.len < 8 || frame->stream) {
		blame(link, "a wrong GOAWAY");
		return;
	}
	link->visit.has_goaway = true;
	link->visit.goaway_code = h2_bytes_number(frame->payload.at + 4, 4);
}

static void take_frame(struct h2_link *link, const struct frame *frame)
{
	static void (*const takes[])(struct h2_link *, const struct frame *) = {
		[NGHTTP2_DATA] = take_data,
		[NGHTTP2_HEADERS] = take_fragment,
		[NGHTTP2_RST_STREAM] = take_reset,
		[NGHTTP2_SETTINGS] = take_settings,
		[NGHTTP2_PING] = take_ping,
		[NGHTTP2_GOAWAY] = take_goaway,
		[NGHTTP2_WINDOW_UPDATE] = take_window,
		[NGHTTP2_CONTINUATION] = take_fragment,
	};

	if (!link->has_settings && frame->type != NGHTTP2_SETTINGS)
		blame(link, "the first frame is not SETTINGS");
	if (frame->payload.len > FIRST_FRAME_MAX &&
	    frame->payload.len > link->ours[NGHTTP2_SETTINGS_MAX_FRAME_SIZE])
		blame(link, "a frame of %zu bytes", frame->payload.len);
	if (link->block_stream &&
	    (frame->type != NGHTTP2_CONTINUATION || frame->stream != link->block_stream))
		blame(link, "a frame inside a head");
	if (frame->type == NGHTTP2_PUSH_PROMISE)
		blame(link, "PUSH_PROMISE of a client");
	if (frame->type >= H2_SERVER_FRAME_TYPES)
		return;
	link->visit.frames[frame->type]++;
	if (takes[frame->type])
		takes[frame->type](link, frame);
}

/* ---- bytes in ---- */

static void greet(struct h2_link *link)
{
	const struct h2_server_options *options = link->house->options;
	struct h2_bytes payload = {NULL, 0, 0};

	if (options->greeting.len) {
		h2_bytes_put(&link->out, options->greeting.at, options->greeting.len);
		return;
	}
	for (unsigned i = 0; i < options->setting_count; i++) {
		h2_bytes_put_number(&payload, (uint32_t)options->settings[i].settings_id,
				    2);
		h2_bytes_put_number(&payload, options->settings[i].value, 4);
	}
	h2_outgoing_put(link,
			&(struct h2_server_frame){.type = NGHTTP2_SETTINGS,
						  .payload = h2_bytes_span(&payload)});
	h2_bytes_done(&payload);
}

/* Which protocol is spoken; false: that cannot be told yet. */
static bool find_version(struct h2_link *link)
{
	size_t n = link->in.len < PREFACE_BYTES ? link->in.len : PREFACE_BYTES;

	if (link->visit.version)
		return true;
	if (memcmp(link->in.at, PREFACE, n) != 0) {
		link->visit.version = 11;
		return true;
	}
	if (n < PREFACE_BYTES)
		return false;
	h2_bytes_drop(&link->in, n);
	link->visit.version = 20;
	greet(link);
	return true;
}

/* Requests of HTTP/1.1 are kept as if they were streams. */
static void take_http1(struct h2_link *link)
{
	struct h2_server_request request;
	struct h2_server_reply reply;
	char *head;
	size_t n;

	while ((n = h2_http1_take(h2_bytes_span(&link->in), &request, &head)) > 0) {
		struct h2_link_stream *stream =
			add_stream(link, (uint32_t)(link->stream_count * 2 + 1));

		h2_bytes_drop(&link->in, n);
		if (!stream)
			abort();
		request.connection = link->number;
		request.number = stream->request.number;
		request.head = head;
		copy_field(head, "host", request.authority, sizeof(request.authority));
		stream->request = request;
		link->visit.whole++;
		link->visit.open = 0;
		ask(link, &stream->request, &reply);
		h2_http1_put(&link->out, &request, &reply);
		link->is_closing = reply.closes;
	}
}

void h2_incoming_take(struct h2_link *link)
{
	size_t used = 0;

	if (link->in.len == 0 || !find_version(link))
		return;
	if (link->visit.version == 11) {
		take_http1(link);
		return;
	}
	while (link->in.len - used >= HEAD_BYTES) {
		const char *at = link->in.at + used;
		size_t len = h2_bytes_number(at, 3);
		struct frame frame = {.type = (uint8_t)at[3],
				      .flags = (uint8_t)at[4],
				      .stream = h2_bytes_number(at + 5, 4),
				      .payload = span_of(at + HEAD_BYTES, len)};

		if (link->in.len - used < HEAD_BYTES + len)
			break;
		used += HEAD_BYTES + len;
		take_frame(link, &frame);
	}
	h2_bytes_drop(&link->in, used);
}
