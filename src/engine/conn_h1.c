/* SPDX-License-Identifier: MIT */
/*
 * Out: a small buffer of the loop holds framing (the head, the lines around chunks) until
 * that is written; the body is lent by the request. One write carries all of: what is
 * left of the buffer, the piece of the body, the line behind it. A long piece is offered
 * in parts of as many bytes as the wire says; what is left of it behind them may wait
 * there for the next piece.
 *
 * In: conn_h1_reader reads the response.
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
#include "engine/conn_h1_reader.h"
#include "engine/exchange.h"
#include "http/chunk.h"
#include "http/h1_head.h"

struct conn_h1 {
	struct connection connection; /* what the pool sees */
	struct exchange x;	      /* what the request sees */
	struct conn_h1_reader reader; /* what comes; has the loop, too */

	struct buf out;	    /* framing that is not written yet */
	uint64_t body_left; /* announced bytes, of the body or of a chunk, unsent */
	bool is_secret;	    /* out holds credentials */
	bool is_chunked;    /* the request's body is */
	bool is_ended;	    /* the line behind the last chunk is written or in out */
	bool is_sent;	    /* the request is written whole */

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
		if (conn->reader.is_readable) {
			conn->is_deaf = true;
			update_wants(conn);
		}
		conn_h1_reader_wake(&conn->reader);
		conn->x.is_quiet = false;
	}
	if (ready & WIRE_WRITABLE) {
		conn->wants_write = false;
		update_wants(conn);
	}
	tell_owner(conn);
}

static void on_again(struct conn_h1_reader *reader)
{
	tell_owner(LIST_ENTRY(reader, struct conn_h1, reader));
}

/* There are no bytes now; those that come are told again. */
static void wait_for_more(struct conn_h1 *conn)
{
	if (!conn->is_deaf)
		return;
	conn->is_deaf = false;
	update_wants(conn);
}

/* Looks whether the peer has said something where nothing is under way. */
static bool has_spoken(struct conn_h1 *conn)
{
	if (conn_h1_reader_has_spoken(&conn->reader))
		return true;
	wait_for_more(conn);
	return false;
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
	if (is_easy && !conn->reader.is_readable)
		return false;
	return has_spoken(conn);
}

/* All of it is written, or never will be. Credentials do not stay behind in memory. */
static void drop_out(struct conn_h1 *conn)
{
	if (conn->is_secret)
		mem_wipe(conn->out.at, conn->out.cap);
	conn->is_secret = false;
	loop_buf_give(conn->reader.loop, &conn->out);
}

static enum err start(struct exchange *x, struct arena *arena,
		      const struct request_head *head)
{
	struct conn_h1 *conn = impl_from_exchange(x);
	enum err err;

	if (is_spoiled(conn, head))
		return fault_set(&x->fault, ERR_CLOSED, 0, "the kept connection");
	assert(!conn->out.at);
	conn_h1_reader_begin(&conn->reader, arena, head->method);
	conn->out = loop_buf_take(conn->reader.loop);
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
	x->is_quiet = !conn->reader.is_readable;
	x->may_read = false;
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
	err = wire_write(wire, pieces, count, may_wait && offered < part, &written);
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

static enum err next_failed(struct conn_h1 *conn, enum err err)
{
	const struct fault *cause = conn_h1_reader_fault(&conn->reader);
	bool is_alert = err == ERR_TLS || err == ERR_CLIENT_CERT;

	/* A write that failed before says more, unless the peer has said why: one that
	 * refuses a certificate in TLS 1.3 closes on a request that is under way. */
	if (cause->err && (is_alert || !conn->x.fault.err))
		conn->x.fault = *cause;
	return fault_set(&conn->x.fault, err, 0, "receiving the response");
}

/* The connection is ready for another owner, who must not be told of what is past. */
static void end_response(struct conn_h1 *conn)
{
	if (!conn->is_deaf && !conn->wants_write)
		return;
	conn->is_deaf = false;
	conn->wants_write = false;
	update_wants(conn);
}

static enum err next(struct exchange *x, struct response_event *out)
{
	struct conn_h1 *conn = impl_from_exchange(x);
	enum err err = conn_h1_reader_next(&conn->reader, out);

	x->has_bytes |= conn->reader.has_bytes;
	if (err == ERR_AGAIN && !conn->reader.is_readable)
		wait_for_more(conn);
	if (err == ERR_AGAIN)
		return err;
	if (err)
		return next_failed(conn, err);
	if (out->kind == RESPONSE_END)
		end_response(conn);
	else if (out->kind == RESPONSE_DATA)
		x->may_read = conn_h1_reader_may_read(&conn->reader);
	return ERR_NONE;
}

static size_t read_straight(struct exchange *x, void *to, size_t cap)
{
	struct conn_h1 *conn = impl_from_exchange(x);
	size_t len = conn_h1_reader_read(&conn->reader, to, cap);

	x->may_read = conn_h1_reader_may_read(&conn->reader);
	return len;
}

/* ---- what may follow ---- */

/* Where the request was not sent whole, nothing can follow it. */
static bool is_persistent(const struct exchange *x)
{
	const struct conn_h1 *conn = impl_from_const(x);

	return conn->is_sent && conn_h1_reader_is_persistent(&conn->reader) &&
	       !x->is_last && !x->fault.err;
}

static bool is_reusable(const struct exchange *x)
{
	const struct conn_h1 *conn = impl_from_const(x);

	if (conn->reader.is_readable || x->fault.err)
		return false;
	/* Of which nothing was asked: as good as it was. */
	if (!conn->reader.arena)
		return x->is_reused;
	return is_persistent(x) && conn_h1_reader_is_at_end(&conn->reader);
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
	conn_h1_reader_drop(&conn->reader);
}

static bool is_alive(struct connection *connection)
{
	return !has_spoken(impl_from_connection(connection));
}

static void conn_free(struct connection *connection)
{
	struct conn_h1 *conn = impl_from_connection(connection);

	conn_h1_reader_drop(&conn->reader);
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
	conn_h1_reader_init(&conn->reader, loop, wire, on_again);
	wire_own(wire, on_wire_ready, conn);
	update_wants(conn);
	*out_connection = &conn->connection;
	return ERR_NONE;
}
