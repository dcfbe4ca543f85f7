/* SPDX-License-Identifier: MIT */
/*
 * Bytes are read into a buffer of the loop and parsed where they lie. The buffer is kept
 * only while something in it is not yet used. When h1 needs more and has left part of a
 * head, the part moves to a buffer of the connection's own ("aside") and reading goes on
 * there until all of it is used. All that reading needs is made, in the arena of the
 * request, when there is something to read: a request that waits does without.
 *
 * A program that reads much of a body at a time gets it straight from the wire, behind
 * what lay in the buffer. While it does so a read into the buffer takes a taste alone:
 * enough to tell that there is something. A read that gave much may be followed by
 * another though it gave less than it was to: Linux ends one that may not wait without a
 * look at what has come meanwhile. So a program that asks for more than a buffer had is
 * seen.
 */
#include "engine/conn_h1_reader.h"

#include "base/buf.h"
#include "engine/exchange.h"
#include "http/h1.h"

/* How far the aside buffer grows at a time. */
#define ASIDE_BYTES (16u * 1024)

/* What a read into the buffer takes where the rest is read straight. */
#define TASTE_BYTES ((size_t)256)

struct conn_h1_response {
	struct h1 h1;		/* knows how far it is */
	struct span in;		/* bytes that h1 has not used, in buffer or aside */
	char *buffer;		/* of the loop, or NULL */
	struct buf aside;	/* part of a head, and what followed it */
	uint32_t turn_left;	/* bytes to take before others have their turn */
	uint32_t buffered;	/* bytes of the last read, if that was into buffer */
	bool has_ended;		/* the wire has, in good order */
	bool goes_straight;	/* much came, and more was asked for straight */
	enum err found;		/* by a straight read, for next to tell; or 0 */
	struct loop_task again; /* tells of bytes left behind for fairness */
	struct conn_h1_reader *reader; /* whose it is */
};

void conn_h1_reader_init(struct conn_h1_reader *reader, struct loop *loop,
			 struct wire *wire, void (*again)(struct conn_h1_reader *reader))
{
	*reader = (struct conn_h1_reader){.wire = wire, .loop = loop, .again = again};
}

static void give_buffer(struct conn_h1_response *response)
{
	loop_buffer_give(response->reader->loop, response->buffer);
	response->buffer = NULL;
}

void conn_h1_reader_drop(struct conn_h1_reader *reader)
{
	struct conn_h1_response *response = reader->response;

	reader->arena = NULL;
	if (!response)
		return;
	loop_task_cancel(&response->again);
	give_buffer(response);
	buf_done(&response->aside);
	reader->response = NULL;
}

void conn_h1_reader_begin(struct conn_h1_reader *reader, struct arena *arena,
			  struct span method)
{
	conn_h1_reader_drop(reader);
	reader->arena = arena;
	reader->method = method;
	reader->has_bytes = false;
}

void conn_h1_reader_wake(struct conn_h1_reader *reader)
{
	reader->is_readable = true;
	if (reader->response)
		reader->response->turn_left = CONN_H1_TURN_BYTES;
}

bool conn_h1_reader_has_spoken(struct conn_h1_reader *reader)
{
	size_t len;
	char byte;

	reader->is_readable = wire_read(reader->wire, &byte, 1, &len) != ERR_AGAIN;
	return reader->is_readable;
}

/* ---- bytes ---- */

static void run_again(struct loop_task *task)
{
	struct conn_h1_response *response =
		LIST_ENTRY(task, struct conn_h1_response, again);

	response->turn_left = CONN_H1_TURN_BYTES;
	response->reader->again(response->reader);
}

/* There is something to read. */
static enum err need_response(struct conn_h1_reader *reader)
{
	struct conn_h1_response *response;

	if (reader->response)
		return ERR_NONE;
	response = arena_alloc(reader->arena, sizeof(*response));
	if (!response)
		return ERR_NO_MEMORY;
	h1_init(&response->h1, reader->arena, reader->method);
	response->in = span_of(NULL, 0);
	response->buffer = NULL;
	buf_init(&response->aside);
	response->turn_left = CONN_H1_TURN_BYTES;
	response->buffered = 0;
	response->has_ended = false;
	response->goes_straight = false;
	response->found = ERR_NONE;
	loop_task_init(&response->again, run_again);
	response->reader = reader;
	reader->response = response;
	return ERR_NONE;
}

/* Nothing more can be told now: what is not used yet moves aside, the buffer goes. */
static enum err settle(struct conn_h1_response *response)
{
	enum err err = ERR_NONE;

	if (!response->buffer) {
		if (!response->in.len)
			buf_done(&response->aside);
		return ERR_NONE;
	}
	if (response->in.len) {
		err = buf_put(&response->aside, response->in);
		response->in = buf_span(&response->aside);
	}
	give_buffer(response);
	return err;
}

/* Reads behind part of a head that stands aside. */
static enum err read_aside(struct conn_h1_reader *reader, size_t *out_len)
{
	struct conn_h1_response *response = reader->response;
	struct buf *aside = &response->aside;
	enum err err;

	buf_drop(aside, aside->len - response->in.len);
	err = buf_reserve(aside, ASIDE_BYTES);
	if (err)
		return err;
	response->in = buf_span(aside);
	err = wire_read(reader->wire, aside->at + aside->len, ASIDE_BYTES, out_len);
	if (err)
		return err;
	aside->len += *out_len;
	response->in = buf_span(aside);
	reader->is_readable = *out_len == ASIDE_BYTES;
	return ERR_NONE;
}

/* What a read into the buffer had best take. */
static size_t buffer_cap(const struct conn_h1_reader *reader)
{
	const struct conn_h1_response *response = reader->response;
	size_t best = reader->wire->read_bytes;

	if (response->goes_straight &&
	    h1_plain(&response->h1) >= TASTE_BYTES + EXCHANGE_READ_BYTES)
		return TASTE_BYTES;
	return best ? best : LOOP_BUFFER_BYTES;
}

static enum err read_buffer(struct conn_h1_reader *reader, size_t *out_len)
{
	struct conn_h1_response *response = reader->response;
	size_t cap = buffer_cap(reader);
	enum err err;

	response->goes_straight = false;
	response->buffer = loop_buffer_take(reader->loop);
	if (!response->buffer)
		return ERR_NO_MEMORY;
	err = wire_read(reader->wire, response->buffer, cap, out_len);
	if (err)
		return err;
	response->in = span_of(response->buffer, *out_len);
	response->buffered = (uint32_t)*out_len;
	reader->is_readable = *out_len == cap;
	return ERR_NONE;
}

/* Bytes have come, in their turn. */
static void count(struct conn_h1_reader *reader, size_t len)
{
	struct conn_h1_response *response = reader->response;

	response->turn_left -=
		len < response->turn_left ? (uint32_t)len : response->turn_left;
	reader->has_bytes = true;
}

/* Gets more bytes; ERR_AGAIN when there are none now, ERR_EOF at the wire's end. */
static enum err read_more(struct conn_h1_reader *reader)
{
	struct conn_h1_response *response = reader->response;
	size_t len = 0;
	enum err err = response ? settle(response) : ERR_NONE;

	if (err)
		return err;
	if (!reader->is_readable)
		return ERR_AGAIN;
	err = need_response(reader);
	if (err)
		return err;
	response = reader->response;
	if (!response->turn_left) {
		loop_task_queue(reader->loop, &response->again);
		return ERR_AGAIN;
	}
	response->buffered = 0;
	err = response->found;
	if (!err)
		err = response->in.len ? read_aside(reader, &len)
				       : read_buffer(reader, &len);
	if (err == ERR_AGAIN) {
		reader->is_readable = false;
		return read_more(reader);
	}
	if (err)
		return err;
	count(reader, len);
	return ERR_NONE;
}

/* ---- events ---- */

/* What was of use to this response alone goes. Whether something lies behind it shows in
 * is_readable, or in what is not used. */
static void end_response(struct conn_h1_reader *reader)
{
	struct conn_h1_response *response = reader->response;

	if (!response->in.len) {
		give_buffer(response);
		buf_done(&response->aside);
	}
	if (reader->is_readable && !response->has_ended)
		(void)conn_h1_reader_has_spoken(reader);
	loop_task_cancel(&response->again);
}

static enum err parse(struct conn_h1_response *response, struct response_event *out)
{
	return h1_next(&response->h1, &response->in, out);
}

static enum err parse_end(struct conn_h1_response *response, struct response_event *out)
{
	response->has_ended = true;
	return h1_close(&response->h1, response->in, out);
}

static enum err pull(struct conn_h1_reader *reader, struct response_event *out)
{
	enum err err = reader->response ? parse(reader->response, out) : ERR_AGAIN;

	while (err == ERR_AGAIN) {
		err = read_more(reader);
		if (err == ERR_EOF)
			return parse_end(reader->response, out);
		if (err)
			return err;
		err = parse(reader->response, out);
	}
	return err;
}

enum err conn_h1_reader_next(struct conn_h1_reader *reader, struct response_event *out)
{
	enum err err = pull(reader, out);

	if (!err && out->kind == RESPONSE_END)
		end_response(reader);
	return err;
}

const struct fault *conn_h1_reader_fault(const struct conn_h1_reader *reader)
{
	const struct conn_h1_response *response = reader->response;

	return response && response->h1.fault.err ? &response->h1.fault
						  : &reader->wire->fault;
}

bool conn_h1_reader_is_persistent(const struct conn_h1_reader *reader)
{
	const struct conn_h1_response *response = reader->response;

	return response && !response->has_ended && response->h1.is_persistent;
}

bool conn_h1_reader_is_at_end(const struct conn_h1_reader *reader)
{
	const struct conn_h1_response *response = reader->response;

	return response && response->h1.place == H1_AT_END && !response->in.len;
}

/* ---- straight ---- */

bool conn_h1_reader_may_read(const struct conn_h1_reader *reader)
{
	const struct conn_h1_response *response = reader->response;

	return (reader->is_readable || response->buffered >= EXCHANGE_READ_BYTES) &&
	       !response->found && !response->in.len &&
	       response->turn_left >= EXCHANGE_READ_BYTES &&
	       h1_plain(&response->h1) >= EXCHANGE_READ_BYTES;
}

/* Reads on while reads give much. A wire that gives little has no more now, or wants
 * others to have their turn; it tells of what is left. One may fail but once, so that is
 * kept. */
static size_t fill(struct conn_h1_reader *reader, char *to, size_t cap)
{
	size_t len = 0, n = EXCHANGE_READ_BYTES;
	enum err err = ERR_NONE;

	while (len < cap && n >= EXCHANGE_READ_BYTES && !err) {
		err = wire_read(reader->wire, to + len, cap - len, &n);
		len += err ? 0 : n;
	}
	if (err && err != ERR_AGAIN)
		reader->response->found = err;
	reader->is_readable = len == cap || reader->response->found;
	return len;
}

size_t conn_h1_reader_read(struct conn_h1_reader *reader, void *to, size_t cap)
{
	struct conn_h1_response *response = reader->response;
	uint64_t plain = h1_plain(&response->h1);
	size_t len;

	if (cap > response->turn_left)
		cap = response->turn_left;
	if (cap > plain)
		cap = (size_t)plain;
	len = fill(reader, to, cap);
	h1_skip(&response->h1, len);
	count(reader, len);
	response->goes_straight |= response->buffered + len >= EXCHANGE_READ_BYTES;
	response->buffered = 0;
	return len;
}
