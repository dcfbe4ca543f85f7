/* SPDX-License-Identifier: MIT */
/*
 * Out: a small buffer of the loop holds framing (the head, the lines around chunks) until
 * that is written; the body is lent by the request. One write carries all of: what is
 * left of the buffer, the piece of the body, the line behind it. A long piece is offered
 * in parts of as many bytes as the wire says; what is left of it behind them may wait
 * there for the next piece.
 *
 * In: bytes are read into a buffer of the loop and parsed where they lie. The buffer is
 * kept only while something in it is not yet used. When h1 needs more and has left part
 * of a head, the part moves to a buffer of the connection's own ("aside") and reading
 * goes on there until all of it is used. All that reading needs is made, in the arena of
 * the request, when there is something to read: a request that waits does without.
 *
 * Read interest stays registered. A connection that is told of bytes which the request
 * does not pull takes the interest away at the second telling, and gives it back at the
 * next pull that finds nothing: that is the back-pressure, and it costs nothing where
 * requests keep up.
 *
 * A program that reads much of a body at a time gets it straight from the wire, behind
 * what lay in the buffer. While it does so a read into the buffer takes a taste alone:
 * enough to tell that there is something.
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

/* What a read into the buffer takes where the rest is read straight. */
#define TASTE_BYTES ((size_t)256)

/* A response that is being read; in the arena of its request. */
struct incoming {
	struct h1 h1;		/* knows how far it is */
	struct span in;		/* bytes that h1 has not used, in buffer or aside */
	char *buffer;		/* of the loop, or NULL */
	struct buf aside;	/* part of a head, and what followed it */
	uint32_t turn_left;	/* bytes to take before others have their turn */
	bool has_ended;		/* the wire has, in good order */
	bool goes_straight;	/* many were read so since the last read into buffer */
	enum err found;		/* by a straight read, for next to tell; or 0 */
	struct loop_task again; /* tells of bytes left behind for fairness */
	struct conn_h1 *conn;	/* whose it is */
};

struct conn_h1 {
	struct connection connection; /* what the pool sees */
	struct exchange x;	      /* what the request sees */
	struct loop *loop;	      /* lends buffers and tasks */

	struct buf out;	     /* framing that is not written yet */
	uint64_t body_left;  /* announced bytes, of the body or of a chunk, unsent */
	struct arena *arena; /* where the response is to lie; NULL: none was asked for */
	struct span method;  /* of the request, for h1 */
	struct incoming *incoming; /* the response; NULL before there is any of it */
	bool is_secret;		   /* out holds credentials */
	bool is_chunked;	   /* the request's body is */
	bool is_ended; /* the line behind the last chunk is written or in out */
	bool is_sent;  /* the request is written whole */

	bool is_readable; /* the wire has bytes, or its end, as far as is known */
	bool is_deaf;	  /* read interest was taken away */
	bool wants_write; /* write interest is registered */
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
	wire_wants(conn->connection.wire,
		   (conn->is_deaf ? 0u : WIRE_READABLE) |
			   (conn->wants_write ? WIRE_WRITABLE : 0u));
}

/* Whether somebody has the exchange. */
static bool is_open(const struct conn_h1 *conn)
{
	return !conn->connection.has_room && !conn->connection.has_ended;
}

static void tell_owner(struct conn_h1 *conn)
{
	if (conn->x.ready)
		conn->x.ready(conn->x.owner);
	else if (!is_open(conn) && conn->connection.changed)
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
		conn->x.is_quiet = false;
		if (conn->incoming)
			conn->incoming->turn_left = CONN_H1_TURN_BYTES;
	}
	if (ready & WIRE_WRITABLE) {
		conn->wants_write = false;
		update_wants(conn);
	}
	tell_owner(conn);
}

static void run_again(struct loop_task *task)
{
	struct incoming *incoming = LIST_ENTRY(task, struct incoming, again);

	incoming->turn_left = CONN_H1_TURN_BYTES;
	tell_owner(incoming->conn);
}

/* Whether the wire has nothing to say. */
static bool is_quiet(struct conn_h1 *conn)
{
	size_t len;
	char byte;

	return wire_read(conn->connection.wire, &byte, 1, &len) == ERR_AGAIN;
}

/* There are no bytes now; those that come are told again. */
static enum err wait_for_more(struct conn_h1 *conn)
{
	if (conn->is_deaf) {
		conn->is_deaf = false;
		update_wants(conn);
	}
	return ERR_AGAIN;
}

/* Looks whether the peer has said something where nothing is under way. What TLS says on
 * its own account (a ticket) is nothing. */
static bool has_spoken(struct conn_h1 *conn)
{
	conn->is_readable = !is_quiet(conn);
	if (!conn->is_readable)
		(void)wait_for_more(conn);
	return conn->is_readable;
}

static void give_buffer(struct incoming *incoming)
{
	loop_buffer_give(incoming->conn->loop, incoming->buffer);
	incoming->buffer = NULL;
}

/* The arena need not stay any more. */
static void drop_incoming(struct conn_h1 *conn)
{
	struct incoming *incoming = conn->incoming;

	if (!incoming)
		return;
	loop_task_cancel(&incoming->again);
	give_buffer(incoming);
	buf_done(&incoming->aside);
	conn->incoming = NULL;
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
	return has_spoken(conn);
}

/* All of it is written, or never will be. Credentials do not stay behind in memory. */
static void drop_out(struct conn_h1 *conn)
{
	if (conn->is_secret)
		mem_wipe(conn->out.at, conn->out.cap);
	conn->is_secret = false;
	loop_buf_give(conn->loop, &conn->out);
}

static enum err start(struct exchange *x, struct arena *arena,
		      const struct request_head *head)
{
	struct conn_h1 *conn = impl_from_exchange(x);
	enum err err;

	if (is_spoiled(conn, head))
		return fault_set(&x->fault, ERR_CLOSED, 0, "the kept connection");
	assert(!conn->out.at);
	drop_incoming(conn);
	conn->out = loop_buf_take(conn->loop);
	conn->is_secret = message_has_credentials(head);
	err = h1_head_put(&conn->out, head);
	if (err) {
		drop_out(conn);
		return fault_set(&x->fault, err, 0, "the request head");
	}
	conn->is_chunked = head->body_length == MESSAGE_LENGTH_UNKNOWN;
	conn->is_ended = false;
	conn->body_left = head->body_length;
	if (conn->is_chunked || head->body_length == MESSAGE_NO_BODY)
		conn->body_left = 0;
	conn->is_sent = false;
	x->is_reused = x->has_bytes;
	x->has_bytes = false;
	x->is_quiet = !conn->is_readable;
	x->may_read = false;
	conn->arena = arena;
	conn->method = head->method;
	return ERR_NONE;
}

/* Drops what n written bytes were, in the order in which they were offered. */
static enum err count_written(struct conn_h1 *conn, size_t n, struct span *body,
			      size_t offered, struct span tail)
{
	size_t of_out = n < conn->out.len ? n : conn->out.len;
	size_t of_body = n - of_out < offered ? n - of_out : offered;
	size_t of_tail = n - of_out - of_body;

	if (of_out == conn->out.len)
		drop_out(conn);
	else
		buf_drop(&conn->out, of_out);
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

/* Bytes of body that the next write had best offer. */
static size_t part_bytes(const struct wire *wire)
{
	return wire->write_bytes ? wire->write_bytes : SIZE_MAX;
}

/* One write of all that is at hand, of a long body of a part; ERR_EOF when nothing is.
 * may_wait: what is less than a part may wait for the next piece. */
static enum err write_some(struct conn_h1 *conn, struct span *body, bool is_last,
			   bool may_wait)
{
	struct wire *wire = conn->connection.wire;
	size_t part = part_bytes(wire);
	size_t offered = body->len < part ? body->len : part;
	struct span tail = tail_of(conn, *body, is_last);
	struct iovec pieces[3];
	int count = 0;
	size_t written;
	enum err err;

	if (!conn->out.len && !body->len && !tail.len)
		return ERR_EOF;
	assert(body->len <= conn->body_left);
	if (offered < body->len)
		tail = span_of(NULL, 0);
	if (conn->out.len)
		pieces[count++] = (struct iovec){conn->out.at, conn->out.len};
	if (offered)
		pieces[count++] = (struct iovec){(char *)(uintptr_t)body->at, offered};
	if (tail.len)
		pieces[count++] = (struct iovec){(char *)(uintptr_t)tail.at, tail.len};
	wire->has_more = may_wait && offered < part;
	err = wire_write(wire, pieces, count, &written);
	if (err)
		return err;
	return count_written(conn, written, body, offered, tail);
}

static enum err write_failed(struct conn_h1 *conn, enum err err)
{
	if (err == ERR_AGAIN) {
		conn->wants_write = true;
		update_wants(conn);
		return ERR_AGAIN;
	}
	if (conn->connection.wire->fault.err)
		conn->x.fault = conn->connection.wire->fault;
	return fault_set(&conn->x.fault, err, 0, "sending the request");
}

static enum err write_request(struct exchange *x, struct span *body, bool is_last)
{
	struct conn_h1 *conn = impl_from_exchange(x);
	bool may_wait = !is_last && body->len > part_bytes(conn->connection.wire);
	enum err err;

	do {
		err = begin_chunk(conn, *body);
		if (!err)
			err = write_some(conn, body, is_last, may_wait);
	} while (!err);
	if (err != ERR_EOF)
		return write_failed(conn, err);
	conn->is_sent = is_last;
	return ERR_NONE;
}

/* ---- in ---- */

/* There is something to read. */
static enum err need_incoming(struct conn_h1 *conn)
{
	struct incoming *incoming;

	if (conn->incoming)
		return ERR_NONE;
	incoming = arena_alloc(conn->arena, sizeof(*incoming));
	if (!incoming)
		return ERR_NO_MEMORY;
	h1_init(&incoming->h1, conn->arena, conn->method);
	incoming->in = span_of(NULL, 0);
	incoming->buffer = NULL;
	buf_init(&incoming->aside);
	incoming->turn_left = CONN_H1_TURN_BYTES;
	incoming->has_ended = false;
	incoming->goes_straight = false;
	incoming->found = ERR_NONE;
	loop_task_init(&incoming->again, run_again);
	incoming->conn = conn;
	conn->incoming = incoming;
	return ERR_NONE;
}

/* Nothing more can be told now: what is not used yet moves aside, the buffer goes. */
static enum err settle_input(struct incoming *incoming)
{
	enum err err = ERR_NONE;

	if (!incoming->buffer) {
		if (!incoming->in.len)
			buf_done(&incoming->aside);
		return ERR_NONE;
	}
	if (incoming->in.len) {
		err = buf_put(&incoming->aside, incoming->in);
		incoming->in = buf_span(&incoming->aside);
	}
	give_buffer(incoming);
	return err;
}

/* Reads behind part of a head that stands aside. */
static enum err read_aside(struct conn_h1 *conn, size_t *out_len)
{
	struct incoming *incoming = conn->incoming;
	struct buf *aside = &incoming->aside;
	enum err err;

	buf_drop(aside, aside->len - incoming->in.len);
	err = buf_reserve(aside, ASIDE_BYTES);
	if (err)
		return err;
	incoming->in = buf_span(aside);
	err = wire_read(conn->connection.wire, aside->at + aside->len, ASIDE_BYTES,
			out_len);
	if (err)
		return err;
	aside->len += *out_len;
	incoming->in = buf_span(aside);
	conn->is_readable = *out_len == ASIDE_BYTES;
	return ERR_NONE;
}

/* What a read into the buffer had best take. */
static size_t buffer_cap(const struct conn_h1 *conn)
{
	const struct incoming *incoming = conn->incoming;
	size_t best = conn->connection.wire->read_bytes;

	if (incoming->goes_straight &&
	    h1_plain(&incoming->h1) >= TASTE_BYTES + EXCHANGE_READ_BYTES)
		return TASTE_BYTES;
	return best ? best : LOOP_BUFFER_BYTES;
}

static enum err read_buffer(struct conn_h1 *conn, size_t *out_len)
{
	struct incoming *incoming = conn->incoming;
	size_t cap = buffer_cap(conn);
	enum err err;

	incoming->goes_straight = false;
	incoming->buffer = loop_buffer_take(conn->loop);
	if (!incoming->buffer)
		return ERR_NO_MEMORY;
	err = wire_read(conn->connection.wire, incoming->buffer, cap, out_len);
	if (err)
		return err;
	incoming->in = span_of(incoming->buffer, *out_len);
	conn->is_readable = *out_len == cap;
	return ERR_NONE;
}

/* Bytes have come, in their turn. */
static void count_read(struct conn_h1 *conn, size_t len)
{
	struct incoming *incoming = conn->incoming;

	incoming->turn_left -=
		len < incoming->turn_left ? (uint32_t)len : incoming->turn_left;
	conn->x.has_bytes = true;
}

/* Gets more bytes; ERR_AGAIN when there are none now, ERR_EOF at the wire's end. */
static enum err read_more(struct conn_h1 *conn)
{
	struct incoming *incoming;
	size_t len = 0;
	enum err err = conn->incoming ? settle_input(conn->incoming) : ERR_NONE;

	if (err)
		return err;
	if (!conn->is_readable)
		return wait_for_more(conn);
	err = need_incoming(conn);
	if (err)
		return err;
	incoming = conn->incoming;
	if (!incoming->turn_left) {
		loop_task_queue(conn->loop, &incoming->again);
		return ERR_AGAIN;
	}
	err = incoming->found;
	if (!err)
		err = incoming->in.len ? read_aside(conn, &len) : read_buffer(conn, &len);
	if (err == ERR_AGAIN) {
		conn->is_readable = false;
		return read_more(conn);
	}
	if (err)
		return err;
	count_read(conn, len);
	return ERR_NONE;
}

/* Whether a straight read may give bytes. */
static bool may_read(const struct conn_h1 *conn)
{
	const struct incoming *incoming = conn->incoming;

	return conn->is_readable && !incoming->found && !incoming->in.len &&
	       incoming->turn_left >= EXCHANGE_READ_BYTES &&
	       h1_plain(&incoming->h1) >= EXCHANGE_READ_BYTES;
}

/* Reads on while reads give much: Linux ends one that may not wait without a look at what
 * has come meanwhile. A wire that gives little has no more now, or wants others to have
 * their turn; it tells of what is left. One may fail but once, so that is kept. */
static size_t fill(struct conn_h1 *conn, char *to, size_t cap)
{
	size_t len = 0, n = EXCHANGE_READ_BYTES;
	enum err err = ERR_NONE;

	while (len < cap && n >= EXCHANGE_READ_BYTES && !err) {
		err = wire_read(conn->connection.wire, to + len, cap - len, &n);
		len += err ? 0 : n;
	}
	if (err && err != ERR_AGAIN)
		conn->incoming->found = err;
	conn->is_readable = len == cap || conn->incoming->found;
	return len;
}

static size_t read_straight(struct exchange *x, void *to, size_t cap)
{
	struct conn_h1 *conn = impl_from_exchange(x);
	struct incoming *incoming = conn->incoming;
	uint64_t plain = h1_plain(&incoming->h1);
	size_t len;

	if (cap > incoming->turn_left)
		cap = incoming->turn_left;
	if (cap > plain)
		cap = (size_t)plain;
	len = fill(conn, to, cap);
	h1_skip(&incoming->h1, len);
	count_read(conn, len);
	incoming->goes_straight |= len >= EXCHANGE_READ_BYTES;
	x->may_read = may_read(conn);
	return len;
}

/* The connection is ready for another owner, who must not be told of what is past. */
static void end_response(struct conn_h1 *conn)
{
	struct incoming *incoming = conn->incoming;

	if (!incoming->in.len) {
		give_buffer(incoming);
		buf_done(&incoming->aside);
	}
	if (conn->is_readable && !incoming->has_ended)
		conn->is_readable = !is_quiet(conn);
	loop_task_cancel(&incoming->again);
	if (!conn->is_deaf && !conn->wants_write)
		return;
	conn->is_deaf = false;
	conn->wants_write = false;
	update_wants(conn);
}

static enum err next_failed(struct conn_h1 *conn, enum err err)
{
	const struct incoming *incoming = conn->incoming;
	const struct fault *cause = incoming && incoming->h1.fault.err
					    ? &incoming->h1.fault
					    : &conn->connection.wire->fault;
	bool is_alert = err == ERR_TLS || err == ERR_CLIENT_CERT;

	/* A write that failed before says more, unless the peer has said why: one that
	 * refuses a certificate in TLS 1.3 closes on a request that is under way. */
	if (cause->err && (is_alert || !conn->x.fault.err))
		conn->x.fault = *cause;
	return fault_set(&conn->x.fault, err, 0, "receiving the response");
}

static enum err parse(struct incoming *incoming, struct response_event *out)
{
	return h1_next(&incoming->h1, &incoming->in, out);
}

static enum err parse_end(struct incoming *incoming, struct response_event *out)
{
	incoming->has_ended = true;
	return h1_close(&incoming->h1, incoming->in, out);
}

/* The next event of what is here or can be read; ERR_AGAIN. */
static enum err pull(struct conn_h1 *conn, struct response_event *out)
{
	enum err err = conn->incoming ? parse(conn->incoming, out) : ERR_AGAIN;

	while (err == ERR_AGAIN) {
		err = read_more(conn);
		if (err == ERR_EOF)
			return parse_end(conn->incoming, out);
		if (err)
			return err;
		err = parse(conn->incoming, out);
	}
	return err;
}

static enum err next(struct exchange *x, struct response_event *out)
{
	struct conn_h1 *conn = impl_from_exchange(x);
	enum err err = pull(conn, out);

	if (err == ERR_AGAIN)
		return err;
	if (err)
		return next_failed(conn, err);
	if (out->kind == RESPONSE_END)
		end_response(conn);
	else if (out->kind == RESPONSE_DATA)
		x->may_read = may_read(conn);
	return ERR_NONE;
}

/* ---- what may follow ---- */

/* Where the request was not sent whole, nothing can follow it. */
static bool is_persistent(const struct exchange *x)
{
	const struct conn_h1 *conn = impl_from_const(x);
	const struct incoming *incoming = conn->incoming;

	return conn->is_sent && incoming && !incoming->has_ended &&
	       incoming->h1.is_persistent && !x->is_last && !x->fault.err;
}

/* Whether all of the response was taken, and nothing behind it came. */
static bool is_at_end(const struct incoming *incoming)
{
	return incoming->h1.place == H1_AT_END && !incoming->in.len;
}

static bool is_reusable(const struct exchange *x)
{
	const struct conn_h1 *conn = impl_from_const(x);

	if (conn->is_readable || x->fault.err)
		return false;
	/* Of which nothing was asked: as good as it was. */
	if (!conn->arena)
		return x->is_reused;
	return is_persistent(x) && is_at_end(conn->incoming);
}

/* ---- for the pool ---- */

static enum err open_exchange(struct connection *connection, struct exchange **out_x)
{
	struct conn_h1 *conn = impl_from_connection(connection);

	conn->x.is_reused = conn->x.has_bytes;
	connection->has_room = false;
	*out_x = &conn->x;
	return ERR_NONE;
}

static void close_exchange(struct connection *connection, struct exchange *x)
{
	struct conn_h1 *conn = impl_from_connection(connection);

	connection->has_room = is_reusable(x);
	connection->has_ended = !connection->has_room;
	drop_incoming(conn);
	conn->arena = NULL;
}

static bool is_alive(struct connection *connection)
{
	return !has_spoken(impl_from_connection(connection));
}

static void conn_free(struct connection *connection)
{
	struct conn_h1 *conn = impl_from_connection(connection);

	drop_incoming(conn);
	wire_free(conn->connection.wire);
	drop_out(conn);
	mem_free(conn);
}

static const struct exchange_ops exchange_ops = {
	start, write_request, next, read_straight, is_persistent, is_reusable,
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
	conn->connection.wire = wire;
	conn->connection.has_room = true;
	conn->x.ops = &exchange_ops;
	conn->x.connection = &conn->connection;
	conn->loop = loop;
	wire_own(wire, on_wire_ready, conn);
	update_wants(conn);
	*out_connection = &conn->connection;
	return ERR_NONE;
}
