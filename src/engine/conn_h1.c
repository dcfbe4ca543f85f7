/* SPDX-License-Identifier: MIT */
/*
 * Out: a small buffer of the loop holds framing (the head, the lines around chunks) until
 * that is written; the body is lent by the request. One write carries all of: what is
 * left of the buffer, the piece of the body, the line behind it.
 *
 * In: bytes are read into a buffer of the loop and parsed where they lie. The buffer is
 * kept only while something in it is not yet used. When h1 needs more and has left part
 * of a head, the part moves to a buffer of the connection's own ("aside") and reading
 * goes on there until all of it is used. What is known of a response lies in the arena of
 * its request, from its first byte on.
 *
 * Read interest stays registered. A connection that is told of bytes which the request
 * does not pull takes the interest away at the second telling, and gives it back at the
 * next pull that finds nothing: that is the back-pressure, and it costs nothing where
 * requests keep up.
 */
#include "engine/conn_h1.h"

#include <assert.h>

#include "base/buf.h"
#include "base/mem.h"
#include "engine/exchange.h"
#include "http/chunk.h"
#include "http/h1.h"

/* How far the aside buffer grows at a time. */
#define ASIDE_BYTES (16u * 1024)

struct conn_h1 {
	struct connection connection; /* what the pool sees */
	struct exchange x;	      /* what the request sees */
	struct loop *loop;	      /* lends buffers and tasks */
	struct wire *wire;	      /* owned */
	struct loop_task again;	      /* tells of bytes left behind for fairness */

	struct buf out;	    /* framing that is not written yet, from out_at on */
	size_t out_at;	    /* bytes of out that are written */
	uint64_t body_left; /* announced bytes, of the body or of a chunk, unsent */
	uint32_t turn_left; /* bytes to take before others have their turn */
	bool is_secret;	    /* out holds credentials */
	bool is_chunked;    /* the request's body is */
	bool is_ended;	    /* the line behind the last chunk is written or in out */
	bool is_sent;	    /* the request is written whole */

	struct arena *arena; /* where responses lie, while somebody has the exchange */
	struct span method;  /* of the request, for h1 */
	struct h1 *h1;	     /* the response, in arena; NULL before its first byte */
	struct span in;	     /* bytes that h1 has not used, in buffer or aside */
	char *buffer;	     /* of the loop, or NULL */
	struct buf aside;    /* part of a head, and what followed it */
	bool is_readable;    /* the wire has bytes, or its end, as far as is known */
	bool is_deaf;	     /* read interest was taken away */
	bool wants_write;    /* write interest is registered */
	bool has_ended;	     /* the wire has ended in good order */
	bool is_done;	     /* the response has ended */
	bool is_persistent;  /* by its head, another may follow it */

	bool is_open; /* somebody has the exchange */
};

static struct conn_h1 *impl_from_exchange(struct exchange *x)
{
	return LIST_ENTRY(x, struct conn_h1, x);
}

static const struct conn_h1 *impl_from_const(const struct exchange *x)
{
	return (const struct conn_h1 *)(const void *)((const char *)x -
						      offsetof(struct conn_h1, x));
}

static struct conn_h1 *impl_from_connection(struct connection *connection)
{
	return (struct conn_h1 *)(void *)connection;
}

static void update_wants(struct conn_h1 *conn)
{
	wire_wants(conn->wire, (conn->is_deaf ? 0u : WIRE_READABLE) |
				       (conn->wants_write ? WIRE_WRITABLE : 0u));
}

static void tell_owner(struct conn_h1 *conn)
{
	if (conn->x.ready)
		conn->x.ready(conn->x.owner);
	else if (!conn->is_open && conn->connection.changed)
		conn->connection.changed(&conn->connection);
}

static void on_wire_ready(void *owner, unsigned ready)
{
	struct conn_h1 *conn = owner;

	if (ready & WIRE_READABLE) {
		if (conn->is_readable) {
			conn->is_deaf = true;
			update_wants(conn);
		}
		conn->is_readable = true;
		conn->turn_left = CONN_H1_TURN_BYTES;
	}
	if (ready & WIRE_WRITABLE) {
		conn->wants_write = false;
		update_wants(conn);
	}
	tell_owner(conn);
}

static void run_again(struct loop_task *task)
{
	struct conn_h1 *conn = LIST_ENTRY(task, struct conn_h1, again);

	conn->turn_left = CONN_H1_TURN_BYTES;
	tell_owner(conn);
}

/* Whether the wire has nothing to say. */
static bool is_quiet(struct conn_h1 *conn)
{
	size_t len;
	char byte;

	return wire_read(conn->wire, &byte, 1, &len) == ERR_AGAIN;
}

/* ---- out ---- */

/*
 * Whether a kept connection is dead. The loop may not have seen that yet; a look costs a
 * system call, so it is taken only for a request that cannot just be sent again, and
 * where the wire has had something to say.
 */
static bool is_spoiled(struct conn_h1 *conn, const struct request_head *head)
{
	bool has_body = head->body_length && head->body_length != MESSAGE_NO_BODY;
	bool is_easy = message_is_idempotent(head->method) && !has_body;

	if (!conn->x.has_bytes && !conn->x.was_idle)
		return false;
	if (is_easy && !conn->is_readable)
		return false;
	conn->is_readable = !is_quiet(conn);
	return conn->is_readable;
}

/* All of it is written, or never will be. Credentials do not stay behind in memory. */
static void drop_out(struct conn_h1 *conn)
{
	if (conn->is_secret)
		mem_wipe(conn->out.at, conn->out.cap);
	conn->is_secret = false;
	loop_buf_give(conn->loop, &conn->out);
	conn->out_at = 0;
}

static enum err start(struct exchange *x, struct arena *arena,
		      const struct request_head *head)
{
	struct conn_h1 *conn = impl_from_exchange(x);
	enum err err;

	if (is_spoiled(conn, head))
		return fault_set(&x->fault, ERR_CLOSED, 0, "the kept connection");
	drop_out(conn);
	conn->out = loop_buf_take(conn->loop);
	conn->is_secret = message_has_credentials(head);
	err = h1_head_put(&conn->out, head);
	if (err)
		return fault_set(&x->fault, err, 0, "the request head");
	conn->is_chunked = head->body_length == MESSAGE_LENGTH_UNKNOWN;
	conn->is_ended = false;
	conn->body_left = head->body_length;
	if (conn->is_chunked || head->body_length == MESSAGE_NO_BODY)
		conn->body_left = 0;
	conn->is_sent = false;
	conn->is_done = false;
	conn->is_persistent = false;
	x->is_reused = x->has_bytes;
	x->has_bytes = false;
	conn->arena = arena;
	conn->method = head->method;
	conn->h1 = NULL;
	return ERR_NONE;
}

/* Drops what n written bytes were, in the order in which they were offered. */
static enum err count_written(struct conn_h1 *conn, size_t n, struct span *body,
			      size_t offered, struct span tail)
{
	size_t out_left = conn->out.len - conn->out_at;
	size_t of_out = n < out_left ? n : out_left;
	size_t of_body = n - of_out < offered ? n - of_out : offered;
	size_t of_tail = n - of_out - of_body;

	conn->out_at += of_out;
	if (conn->out_at == conn->out.len)
		drop_out(conn);
	conn->body_left -= of_body;
	*body = span_skip(*body, of_body);
	if (of_body < offered || !tail.len)
		return ERR_NONE;
	/* What is left of the line behind the body waits among the framing. */
	conn->is_ended = !span_eq(tail, CHUNK_END);
	return buf_put(&conn->out, span_skip(tail, of_tail));
}

/* The line that follows the last byte of body, if it ends a chunk or the whole. */
static struct span tail_of(const struct conn_h1 *conn, struct span body, bool is_last)
{
	if (!conn->is_chunked || conn->is_ended)
		return span_of(NULL, 0);
	if (!is_last)
		return body.len ? CHUNK_END : span_of(NULL, 0);
	return body.len ? SPAN("\r\n0\r\n\r\n") : CHUNK_LAST;
}

/* Announces the bytes of body as the next chunk, unless one is under way. */
static enum err begin_chunk(struct conn_h1 *conn, struct span body)
{
	char line[CHUNK_BEGIN_BYTES];

	if (!conn->is_chunked || conn->body_left || !body.len)
		return ERR_NONE;
	conn->body_left = body.len;
	return buf_put(&conn->out, span_of(line, chunk_begin(line, body.len)));
}

/* One write of all that is at hand; ERR_EOF when nothing is. */
static enum err write_some(struct conn_h1 *conn, struct span *body, bool is_last)
{
	struct span tail = tail_of(conn, *body, is_last);
	struct iovec pieces[3];
	int count = 0;
	size_t written;
	enum err err;

	assert(body->len <= conn->body_left);
	if (conn->out_at < conn->out.len)
		pieces[count++] = (struct iovec){conn->out.at + conn->out_at,
						 conn->out.len - conn->out_at};
	if (body->len)
		pieces[count++] = (struct iovec){(char *)(uintptr_t)body->at, body->len};
	if (tail.len)
		pieces[count++] = (struct iovec){(char *)(uintptr_t)tail.at, tail.len};
	if (!count)
		return ERR_EOF;
	err = wire_write(conn->wire, pieces, count, &written);
	if (err)
		return err;
	return count_written(conn, written, body, body->len, tail);
}

static enum err write_failed(struct conn_h1 *conn, enum err err)
{
	if (err == ERR_AGAIN) {
		conn->wants_write = true;
		update_wants(conn);
		return ERR_AGAIN;
	}
	if (conn->wire->fault.err)
		conn->x.fault = conn->wire->fault;
	return fault_set(&conn->x.fault, err, 0, "sending the request");
}

static enum err write_request(struct exchange *x, struct span *body, bool is_last)
{
	struct conn_h1 *conn = impl_from_exchange(x);
	enum err err;

	do {
		err = begin_chunk(conn, *body);
		if (!err)
			err = write_some(conn, body, is_last);
	} while (!err);
	if (err != ERR_EOF)
		return write_failed(conn, err);
	conn->is_sent = is_last;
	return ERR_NONE;
}

/* ---- in ---- */

static void give_buffer(struct conn_h1 *conn)
{
	loop_buffer_give(conn->loop, conn->buffer);
	conn->buffer = NULL;
}

/* Nothing more can be told now: what is not used yet moves aside, the buffer goes. */
static enum err settle_input(struct conn_h1 *conn)
{
	if (conn->buffer) {
		enum err err = ERR_NONE;

		if (conn->in.len) {
			err = buf_put(&conn->aside, conn->in);
			conn->in = buf_span(&conn->aside);
		}
		give_buffer(conn);
		return err;
	}
	if (!conn->in.len)
		buf_done(&conn->aside);
	return ERR_NONE;
}

/* Reads behind part of a head that stands aside. */
static enum err read_aside(struct conn_h1 *conn, size_t *out_len)
{
	enum err err;

	buf_drop(&conn->aside, conn->aside.len - conn->in.len);
	err = buf_reserve(&conn->aside, ASIDE_BYTES);
	if (err)
		return err;
	conn->in = buf_span(&conn->aside);
	err = wire_read(conn->wire, conn->aside.at + conn->aside.len, ASIDE_BYTES,
			out_len);
	if (err)
		return err;
	conn->aside.len += *out_len;
	conn->in = buf_span(&conn->aside);
	conn->is_readable = *out_len == ASIDE_BYTES;
	return ERR_NONE;
}

static enum err read_buffer(struct conn_h1 *conn, size_t *out_len)
{
	size_t best = conn->wire->read_bytes;
	size_t cap = best ? best : LOOP_BUFFER_BYTES;
	enum err err;

	conn->buffer = loop_buffer_take(conn->loop);
	if (!conn->buffer)
		return ERR_NO_MEMORY;
	err = wire_read(conn->wire, conn->buffer, cap, out_len);
	if (err)
		return err;
	conn->in = span_of(conn->buffer, *out_len);
	conn->is_readable = *out_len == cap;
	return ERR_NONE;
}

/* Gets more bytes; ERR_AGAIN when there are none now, ERR_EOF at the wire's end. */
static enum err read_more(struct conn_h1 *conn)
{
	size_t len = 0;
	enum err err = settle_input(conn);

	if (err)
		return err;
	if (!conn->is_readable) {
		if (conn->is_deaf) {
			conn->is_deaf = false;
			update_wants(conn);
		}
		return ERR_AGAIN;
	}
	if (!conn->turn_left) {
		loop_task_queue(conn->loop, &conn->again);
		return ERR_AGAIN;
	}
	err = conn->in.len ? read_aside(conn, &len) : read_buffer(conn, &len);
	if (err == ERR_AGAIN) {
		conn->is_readable = false;
		return read_more(conn);
	}
	if (err)
		return err;
	conn->turn_left -= len < conn->turn_left ? (uint32_t)len : conn->turn_left;
	conn->x.has_bytes = true;
	return ERR_NONE;
}

/* The connection is ready for another owner, who must not be told of what is past. */
static void end_response(struct conn_h1 *conn)
{
	conn->is_done = true;
	if (!conn->in.len) {
		give_buffer(conn);
		buf_done(&conn->aside);
	}
	if (conn->is_readable && !conn->has_ended)
		conn->is_readable = !is_quiet(conn);
	loop_task_cancel(&conn->again);
	if (!conn->is_deaf && !conn->wants_write)
		return;
	conn->is_deaf = false;
	conn->wants_write = false;
	update_wants(conn);
}

static void translate(struct conn_h1 *conn, const struct h1_event *from,
		      struct exchange_event *out)
{
	static const enum exchange_event_kind kinds[] = {
		[H1_INTERIM] = EXCHANGE_INTERIM,
		[H1_HEAD] = EXCHANGE_HEAD,
		[H1_DATA] = EXCHANGE_DATA,
		[H1_END] = EXCHANGE_END,
	};

	out->kind = kinds[from->kind];
	out->head = from->head;
	out->data = from->data;
	conn->is_persistent = conn->h1->is_persistent;
	if (from->kind == H1_END)
		end_response(conn);
}

static enum err next_failed(struct conn_h1 *conn, enum err err)
{
	const struct fault *cause =
		conn->h1 && conn->h1->fault.err ? &conn->h1->fault : &conn->wire->fault;
	bool is_alert = err == ERR_TLS || err == ERR_CLIENT_CERT;

	/* A write that failed before says more, unless the peer has said why: one that
	 * refuses a certificate in TLS 1.3 closes on a request that is under way. */
	if (cause->err && (is_alert || !conn->x.fault.err))
		conn->x.fault = *cause;
	return fault_set(&conn->x.fault, err, 0, "receiving the response");
}

/* The first byte of a response is here, or the end of the wire. */
static enum err need_h1(struct conn_h1 *conn)
{
	if (conn->h1)
		return ERR_NONE;
	conn->h1 = arena_alloc(conn->arena, sizeof(*conn->h1));
	if (!conn->h1)
		return ERR_NO_MEMORY;
	h1_init(conn->h1, conn->arena, conn->method);
	return ERR_NONE;
}

/* The next event of what is here; ERR_AGAIN: more is needed. */
static enum err parse(struct conn_h1 *conn, struct h1_event *out)
{
	enum err err;

	if (!conn->in.len && !conn->h1)
		return ERR_AGAIN;
	err = need_h1(conn);
	return err ? err : h1_next(conn->h1, &conn->in, out);
}

static enum err parse_end(struct conn_h1 *conn, struct h1_event *out)
{
	enum err err = need_h1(conn);

	conn->has_ended = true;
	return err ? err : h1_close(conn->h1, conn->in, out);
}

static enum err next(struct exchange *x, struct exchange_event *out)
{
	struct conn_h1 *conn = impl_from_exchange(x);
	struct h1_event event;
	enum err err;

	while ((err = parse(conn, &event)) == ERR_AGAIN) {
		err = read_more(conn);
		if (err == ERR_AGAIN)
			return ERR_AGAIN;
		if (err == ERR_EOF)
			err = parse_end(conn, &event);
		else if (!err)
			continue;
		break;
	}
	if (err)
		return next_failed(conn, err);
	translate(conn, &event, out);
	return ERR_NONE;
}

/* ---- what may follow ---- */

/* Where the request was not sent whole, nothing can follow it. */
static bool is_persistent(const struct exchange *x)
{
	const struct conn_h1 *conn = impl_from_const(x);

	return conn->is_sent && !conn->has_ended && conn->is_persistent && !x->is_last &&
	       !x->fault.err;
}

static bool is_reusable(const struct exchange *x)
{
	const struct conn_h1 *conn = impl_from_const(x);

	return conn->is_done && !conn->in.len && !conn->is_readable && is_persistent(x);
}

/* ---- for the pool ---- */

static enum err open_exchange(struct connection *connection, struct exchange **out_x)
{
	struct conn_h1 *conn = impl_from_connection(connection);

	conn->is_open = true;
	conn->x.is_reused = conn->x.has_bytes;
	connection->has_room = false;
	*out_x = &conn->x;
	return ERR_NONE;
}

static void close_exchange(struct connection *connection, struct exchange *x)
{
	struct conn_h1 *conn = impl_from_connection(connection);

	conn->is_open = false;
	connection->has_room = is_reusable(x);
	connection->has_ended = !connection->has_room;
	conn->h1 = NULL;
}

/* What TLS says on its own account (a ticket) is no reason to give a connection up. */
static bool is_alive(struct connection *connection)
{
	struct conn_h1 *conn = impl_from_connection(connection);

	conn->is_readable = !is_quiet(conn);
	if (!conn->is_readable && conn->is_deaf) {
		conn->is_deaf = false;
		update_wants(conn);
	}
	return !conn->is_readable;
}

static void conn_free(struct connection *connection)
{
	struct conn_h1 *conn = impl_from_connection(connection);

	loop_task_cancel(&conn->again);
	give_buffer(conn);
	wire_free(conn->wire);
	drop_out(conn);
	buf_done(&conn->aside);
	mem_free(conn);
}

static const struct exchange_ops exchange_ops = {
	start, write_request, next, is_persistent, is_reusable,
};

static const struct connection_ops connection_ops = {
	open_exchange,
	close_exchange,
	is_alive,
	conn_free,
};

enum err conn_h1_new(struct loop *loop, struct wire *wire,
		     struct connection **out_connection)
{
	struct conn_h1 *conn = mem_zalloc(sizeof(*conn));

	if (!conn) {
		wire_free(wire);
		return ERR_NO_MEMORY;
	}
	conn->connection.ops = &connection_ops;
	conn->connection.peer = wire->peer;
	conn->connection.has_room = true;
	conn->x.ops = &exchange_ops;
	conn->x.connection = &conn->connection;
	conn->loop = loop;
	conn->wire = wire;
	loop_task_init(&conn->again, run_again);
	wire_own(wire, on_wire_ready, conn);
	update_wants(conn);
	*out_connection = &conn->connection;
	return ERR_NONE;
}
