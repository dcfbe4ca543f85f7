/* SPDX-License-Identifier: MIT */
/*
 * nghttp2 does the framing, HPACK and the windows; this hides that it pushes. What a
 * response must be is h2_response.c's. What nghttp2 tells is put at streams (h2_told.c),
 * from where it is pulled (h2_stream.c); what it wants to send goes into ready, or right
 * into what h2_put fills (h2_state.c says why). Its memory is ours, so that a test can
 * have it fail.
 *
 * Before nghttp2 sees bytes, their frames are counted (h2_rate.c). A frame too many ends
 * the connection behind the frames before it.
 *
 * Once the connection has failed nghttp2 is not asked any more; ready still has what is
 * to be said to the peer. Credentials are wiped where nghttp2 and ready had them; nghttp2
 * keeps no others, because it is told not to copy and not to index them.
 */
#include "http/h2.h"

#include "base/mem.h"
#include "http/h2_inside.h"

/* How many streams there may be before the peer has said it. */
#define FIRST_STREAMS 100u

/* The longest head of a request that is packed, whatever a server thinks of it. */
#define MAX_REQUEST_HEAD_BYTES (8u * 1024 * 1024)

/* nghttp2 counts a CONTINUATION anew with each part of its header; it is not the one to
 * count, unless it drops them. */
#define PARTS_OF_HEADER 10u

/* ---- memory ---- */

static void *on_alloc(size_t bytes, void *owner)
{
	return h2_blocks_alloc(owner, bytes);
}

static void on_free(void *at, void *owner)
{
	h2_blocks_free(owner, at);
}

static void *on_calloc(size_t count, size_t bytes, void *owner)
{
	return h2_blocks_zalloc(owner, count, bytes);
}

static void *on_realloc(void *at, size_t bytes, void *owner)
{
	return h2_blocks_resize(owner, at, bytes);
}

/* ---- life ---- */

static void set_options(nghttp2_option *option)
{
	nghttp2_option_set_no_auto_window_update(option, 1);
	nghttp2_option_set_peer_max_concurrent_streams(option, FIRST_STREAMS);
	nghttp2_option_set_max_reserved_remote_streams(option, 0);
	nghttp2_option_set_max_send_header_block_length(option, MAX_REQUEST_HEAD_BYTES);
	nghttp2_option_set_no_closed_streams(option, 1);
	nghttp2_option_set_no_http_messaging(option, 1);
	nghttp2_option_set_max_outbound_ack(option, H2_MAX_CONTROL_FRAMES);
	nghttp2_option_set_max_settings(option, H2_MAX_SETTINGS);
#ifdef IXHR2_NGHTTP2_CONTINUATIONS
	nghttp2_option_set_max_continuations(option,
					     H2_MAX_CONTINUATIONS * PARTS_OF_HEADER);
#endif
}

static enum err make_session(struct h2 *h2)
{
	nghttp2_session_callbacks *callbacks;
	nghttp2_option *option;
	enum err err = h2_told_callbacks(&callbacks);

	if (err)
		return err;
	err = ERR_NO_MEMORY;
	if (nghttp2_option_new(&option))
		goto free_callbacks;
	set_options(option);
	if (!nghttp2_session_client_new3(&h2->session, callbacks, h2, option, &h2->mem))
		err = ERR_NONE;
	nghttp2_option_del(option);
free_callbacks:
	nghttp2_session_callbacks_del(callbacks);
	return err;
}

static enum err say_hello(struct h2 *h2)
{
	static const nghttp2_settings_entry settings[] = {
		{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
		{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, H2_WINDOW_BYTES},
		{NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, H2_HEAD_MAX_BYTES},
	};

	if (nghttp2_submit_settings(h2->session, NGHTTP2_FLAG_NONE, settings,
				    sizeof(settings) / sizeof(*settings)) ||
	    nghttp2_session_set_local_window_size(h2->session, NGHTTP2_FLAG_NONE, 0,
						  H2_CONNECTION_WINDOW_BYTES))
		return ERR_NO_MEMORY;
	return ERR_NONE;
}

static bool is_sending(void *owner, uint32_t stream_id)
{
	struct h2 *h2 = owner;
	struct h2_stream_state *state;

	if (stream_id == 0)
		return h2->sending > 0;
	state = h2_state_of(h2, (int32_t)stream_id);
	return state && state->is_sending;
}

enum err h2_new(struct h2 **out_h2)
{
	struct h2 *h2 = mem_zalloc(sizeof(*h2));
	enum err err;

	if (!h2)
		return ERR_NO_MEMORY;
	h2->mem = (nghttp2_mem){&h2->blocks, on_alloc, on_free, on_calloc, on_realloc};
	h2->rate.is_sending = is_sending;
	h2->rate.owner = h2;
	h2->max_streams = FIRST_STREAMS;
	list_init(&h2->streams);
	list_init(&h2->spare);
	list_init(&h2->news);
	err = make_session(h2);
	if (err)
		goto free_h2;
	err = say_hello(h2);
	if (err)
		goto delete_session;
	*out_h2 = h2;
	return ERR_NONE;
delete_session:
	nghttp2_session_del(h2->session);
free_h2:
	h2_blocks_done(&h2->blocks);
	mem_free(h2);
	return err;
}

void h2_free(struct h2 *h2)
{
	struct list *node;

	if (!h2)
		return;
	while ((node = list_take_first(&h2->spare))) {
		struct h2_stream_state *state =
			LIST_ENTRY(node, struct h2_stream_state, node);

		h2_queue_done(&state->queue);
		mem_free(state);
	}
	nghttp2_session_del(h2->session);
	h2_blocks_done(&h2->blocks);
	h2_ready_clear(h2);
	buf_done(&h2->ready);
	buf_done(&h2->names);
	h2_section_done(&h2->section);
	mem_free(h2->fields);
	mem_free(h2);
}

/* ---- in ---- */

/* The connection's window is open again for the DATA that came. */
static int give_window(struct h2 *h2)
{
	size_t bytes = h2->data_bytes;

	h2->data_bytes = 0;
	return bytes ? nghttp2_session_consume_connection(h2->session, bytes) : 0;
}

enum err h2_take(struct h2 *h2, struct h2_input *input, uint64_t now_ms)
{
	enum err excess;
	size_t len;
	ssize_t taken;

	if (h2->fault.err)
		return h2->fault.err;
	excess = h2_rate_count(&h2->rate, input->bytes, now_ms, &len);
	h2->input = input;
	taken = nghttp2_session_mem_recv(h2->session, (const uint8_t *)input->bytes.at,
					 len);
	h2->input = NULL;
	if (taken < 0)
		return h2_break_by(h2, taken);
	if (give_window(h2))
		return h2_break_by(h2, NGHTTP2_ERR_NOMEM);
	if (h2_settle(h2))
		return h2->fault.err;
	if (excess)
		return h2_break(h2, excess, h2->rate.what,
				excess == ERR_LIMIT ? NGHTTP2_ENHANCE_YOUR_CALM
						    : NGHTTP2_PROTOCOL_ERROR);
	return ERR_NONE;
}

void h2_lose(struct h2 *h2, const struct fault *fault)
{
	h2_break_silently(h2, fault);
	h2_ready_clear(h2);
}

const struct fault *h2_fault(const struct h2 *h2)
{
	return &h2->fault;
}

struct h2_stream *h2_next_news(struct h2 *h2)
{
	struct list *node = list_take_first(&h2->news);

	return node ? LIST_ENTRY(node, struct h2_stream, news) : NULL;
}

/* ---- out ---- */

bool h2_has_output(const struct h2 *h2)
{
	return h2->ready.len || (!h2->is_mute && nghttp2_session_want_write(h2->session));
}

/* What nghttp2 has to be sent, after ready. */
static enum err put_frames(struct h2 *h2, struct buf *out)
{
	while (out->len < h2->out_end) {
		const uint8_t *frame;
		ssize_t len = nghttp2_session_mem_send(h2->session, &frame);

		if (len < 0)
			return h2_break_by(h2, len);
		if (len == 0)
			return ERR_NONE;
		if (buf_put(out, span_of((const char *)frame, (size_t)len)))
			return h2_break_by(h2, NGHTTP2_ERR_NOMEM);
	}
	return ERR_NONE;
}

enum err h2_put(struct h2 *h2, struct buf *out, size_t max)
{
	enum err err = ERR_NONE;

	h2->out_end = out->len + max;
	if (h2->ready.len) {
		if (buf_put(out, buf_span(&h2->ready)))
			return h2_break_by(h2, NGHTTP2_ERR_NOMEM);
		h2_ready_clear(h2);
	}
	if (h2->is_mute)
		return ERR_NONE;
	h2->out = out;
	err = put_frames(h2, out);
	h2->out = NULL;
	return err;
}

enum err h2_ping(struct h2 *h2)
{
	if (h2->is_mute)
		return ERR_NONE;
	if (nghttp2_submit_ping(h2->session, NGHTTP2_FLAG_NONE, NULL))
		return h2_break_by(h2, NGHTTP2_ERR_NOMEM);
	return ERR_NONE;
}

void h2_close(struct h2 *h2)
{
	if (h2->is_mute || h2->is_closing)
		return;
	h2->is_closing = true;
	h2->has_ended = true;
	if (nghttp2_submit_goaway(h2->session, NGHTTP2_FLAG_NONE, 0, NGHTTP2_NO_ERROR,
				  NULL, 0))
		(void)h2_break_by(h2, NGHTTP2_ERR_NOMEM);
}

/* ---- room ---- */

bool h2_has_ended(const struct h2 *h2)
{
	return h2->has_ended;
}

unsigned h2_room(const struct h2 *h2)
{
	if (h2_has_ended(h2) || h2->open >= h2->max_streams)
		return 0;
	return h2->max_streams - h2->open;
}
