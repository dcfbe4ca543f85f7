/* SPDX-License-Identifier: MIT */
/*
 * Out: verbs only tell http/h2 what is to be said. A task at the end of the turn gathers
 * its frames and writes them at once; what the wire does not take is kept and goes first
 * when it is writable again.
 *
 * In: bytes are read into a buffer of the loop, with the h2_input at its beginning, and
 * given to http/h2 whole. Streams that keep bytes in it keep the buffer. Then every
 * stream with news is told. An exchange that is alone reads on when it has pulled all: so
 * a long body needs no look at the loop in between. The wire is always read: what holds
 * a peer back is the window of the stream that nobody pulls.
 *
 * Telling runs requests, which may end the last exchange, and so the connection: it is
 * freed when the telling is over.
 *
 * A silent peer is looked for by a timer that runs while exchanges are open and is not
 * moved by what comes.
 */
#include "engine/conn_h2.h"

#include "base/buf.h"
#include "base/mem.h"
#include "engine/exchange.h"
#include "http/h2.h"

/* Bytes that are read for an exchange that is alone before other connections have their
 * turn. */
#define TURN_BYTES (1024u * 1024)

/* Frames with credentials have room for one more frame of the usual size than is gathered
 * with them: where they had to grow a copy would be left. */
#define SECRET_WRITE_BYTES (16u * 1024)
#define SECRET_ROOM_BYTES  (SECRET_WRITE_BYTES + 17 * 1024)

/* About how much is read of what a peer has said before nothing could be sent any more:
 * no window is open for more than half of it. */
#define LAST_BYTES ((size_t)2 * H2_CONNECTION_WINDOW_BYTES)

struct conn_h2 {
	struct connection connection; /* what the pool sees */
	struct loop *loop;	      /* lends buffers, runs tasks */
	struct h2 *h2;		      /* owned */
	struct list spare;	      /* exchanges that nobody has */
	unsigned promised;	      /* streams, to exchanges that were not started */

	struct loop_task flush; /* writes at the end of the turn */
	struct buf out;		/* frames, from out_at on not written yet */
	size_t out_at;		/* bytes of out that are written */
	bool wants_write;	/* write interest is registered */
	bool is_over;		/* nothing is read any more */
	bool is_secret;		/* what is in out is */
	bool is_next_secret;	/* what goes into out next is */

	struct loop_task again; /* goes on to read */
	struct h2_input *input; /* what was read before, held until then; or NULL */
	bool has_more;		/* the wire has, as far as is known; again is queued */
	size_t turn_left;	/* of TURN_BYTES */
	bool has_waited;	/* for those who have not pulled what lies there */
	bool is_telling;	/* requests run that may free this */
	bool is_freed;		/* they have */

	struct loop_timer silence; /* looks whether the peer is silent */
	uint32_t ping_ms;	   /* how long it may be; 0: for ever */
	uint64_t heard_ms;	   /* when it last said something */
	bool is_asked;		   /* a PING is on its way */
	bool has_served;	   /* an exchange has had an answer */
};

/* One exchange. */
struct exchange_h2 {
	struct exchange x;	 /* what the request sees */
	struct h2_stream stream; /* the peer's side of it */
	struct list spare;	 /* among those that nobody has */
	bool is_started;	 /* stream is */
	bool is_promised;	 /* it is counted among those that will be */
};

/* The buffer of the loop, at its beginning. */
struct conn_h2_input {
	struct h2_input input; /* what http/h2 sees */
	struct loop *loop;     /* whose buffer it is */
	char bytes[];	       /* the rest of the buffer */
};

static struct conn_h2 *impl_from_connection(struct connection *connection)
{
	return (struct conn_h2 *)(void *)connection;
}

static struct conn_h2 *conn_of(const struct exchange *x)
{
	return impl_from_connection(x->connection);
}

static struct exchange_h2 *impl_from_exchange(struct exchange *x)
{
	return (struct exchange_h2 *)(void *)x;
}

/* ---- telling ---- */

/* What was read before is nobody's, or those' who hold it. */
static void let_input_go(struct conn_h2 *conn)
{
	if (conn->input)
		h2_input_drop(conn->input);
	conn->input = NULL;
	conn->has_waited = false;
}

static void free_now(struct conn_h2 *conn)
{
	struct list *node;

	loop_task_cancel(&conn->flush);
	loop_task_cancel(&conn->again);
	loop_timer_stop(conn->loop, &conn->silence);
	while ((node = list_take_first(&conn->spare)))
		mem_free(LIST_ENTRY(node, struct exchange_h2, spare));
	let_input_go(conn);
	h2_free(conn->h2);
	wire_free(conn->connection.wire);
	buf_wipe(&conn->out);
	mem_free(conn);
}

/* Notes what the pool wants to know and looks at behind its own verbs. */
static void note_room(struct conn_h2 *conn)
{
	conn->connection.has_room = h2_room(conn->h2) > conn->promised;
}

/* An exchange has its stream, or needs none. */
static void end_promise(struct conn_h2 *conn, struct exchange_h2 *each)
{
	if (each->is_promised)
		conn->promised--;
	each->is_promised = false;
}

/* Notes all that the pool wants to know; whether it has to be told. */
static bool note_state(struct conn_h2 *conn)
{
	struct connection *connection = &conn->connection;
	bool had_room = connection->has_room, had_ended = connection->has_ended;

	note_room(conn);
	connection->has_ended = h2_has_ended(conn->h2);
	return connection->has_ended != had_ended || (connection->has_room && !had_room);
}

/* Tells the pool of what has changed for it, and the exchanges of their news. The
 * connection may be gone afterwards. */
static void tell_all(struct conn_h2 *conn)
{
	struct h2_stream *stream;

	conn->is_telling = true;
	if (note_state(conn) && conn->connection.changed)
		conn->connection.changed(&conn->connection);
	while (!conn->is_freed && (stream = h2_next_news(conn->h2))) {
		struct exchange *x = &LIST_ENTRY(stream, struct exchange_h2, stream)->x;

		if (x->ready)
			x->ready(x->owner);
	}
	conn->is_telling = false;
	if (conn->is_freed)
		free_now(conn);
}

/* ---- out ---- */

static void flush_soon(struct conn_h2 *conn)
{
	loop_task_queue_last(conn->loop, &conn->flush);
}

static void update_wants(struct conn_h2 *conn)
{
	wire_wants(conn->connection.wire,
		   (conn->is_over ? 0u : WIRE_READABLE) |
			   (conn->wants_write ? WIRE_WRITABLE : 0u));
}

/* The peer has ended the connection, or it has failed: so have its exchanges. */
static void lose(struct conn_h2 *conn, enum err err, const char *what)
{
	struct fault fault = conn->connection.wire->fault;

	if (err == ERR_EOF)
		fault = (struct fault){ERR_CLOSED, 0, "the HTTP/2 connection"};
	else if (!fault.err)
		fault_set(&fault, err, 0, what);
	/* What has failed by itself may have something left to say. */
	if (!h2_fault(conn->h2)->err)
		h2_lose(conn->h2, &fault);
	conn->is_over = true;
	conn->has_more = false;
	update_wants(conn);
}

/* Writes what is gathered. 0: all of it; ERR_AGAIN; failures. */
static enum err write_out(struct conn_h2 *conn)
{
	while (conn->out_at < conn->out.len) {
		struct iovec piece = {conn->out.at + conn->out_at,
				      conn->out.len - conn->out_at};
		size_t written;
		enum err err =
			wire_write(conn->connection.wire, &piece, 1, false, &written);

		if (err)
			return err;
		conn->out_at += written;
	}
	if (conn->is_secret && conn->out.len) {
		mem_wipe(conn->out.at, conn->out.len);
		conn->is_secret = false;
	}
	buf_clear(&conn->out);
	conn->out_at = 0;
	return ERR_NONE;
}

/* Gathers frames; out is empty. */
static enum err fill_out(struct conn_h2 *conn)
{
	enum err err;

	if (!conn->is_next_secret)
		return h2_put(conn->h2, &conn->out, CONN_H2_WRITE_BYTES);
	err = buf_reserve(&conn->out, SECRET_ROOM_BYTES);
	if (err)
		return err;
	conn->is_secret = true;
	conn->is_next_secret = false;
	return h2_put(conn->h2, &conn->out, SECRET_WRITE_BYTES);
}

static enum err write_all(struct conn_h2 *conn)
{
	enum err err = write_out(conn);

	while (!err && h2_has_output(conn->h2)) {
		err = fill_out(conn);
		if (!err)
			err = write_out(conn);
	}
	return err;
}

/* ---- in ---- */

static void free_input(struct h2_input *input)
{
	struct conn_h2_input *in = LIST_ENTRY(input, struct conn_h2_input, input);

	loop_buffer_give(in->loop, (char *)in);
}

/* Reads once. ERR_AGAIN when there is nothing; *out_is_drained: nor will there be now. */
static enum err read_once(struct conn_h2 *conn, size_t *out_len, bool *out_is_drained)
{
	size_t best = conn->connection.wire->read_bytes;
	size_t cap = LOOP_BUFFER_BYTES - sizeof(struct conn_h2_input);
	struct conn_h2_input *in = (void *)loop_buffer_take(conn->loop);
	enum err err;

	if (!in)
		return ERR_NO_MEMORY;
	if (best && best < cap)
		cap = best;
	err = wire_read(conn->connection.wire, in->bytes, cap, out_len);
	if (err) {
		loop_buffer_give(conn->loop, (char *)in);
		return err;
	}
	*out_is_drained = *out_len < cap;
	in->loop = conn->loop;
	in->input = (struct h2_input){span_of(in->bytes, *out_len), 1, free_input};
	conn->input = &in->input;
	return h2_take(conn->h2, conn->input, loop_now_ms(conn->loop));
}

/* Nothing can be sent any more. What the peer has said before that still counts: whole
 * responses, and which requests it has not processed. */
static void read_the_rest(struct conn_h2 *conn)
{
	const struct fault fault = conn->connection.wire->fault;
	bool is_drained;
	size_t len;

	for (size_t all = 0; all < LAST_BYTES; all += len) {
		let_input_go(conn);
		if (read_once(conn, &len, &is_drained))
			break;
	}
	let_input_go(conn);
	conn->connection.wire->fault = fault;
}

static void on_flush(struct loop_task *task)
{
	struct conn_h2 *conn = LIST_ENTRY(task, struct conn_h2, flush);
	enum err err = write_all(conn);

	if (conn->wants_write != (err == ERR_AGAIN)) {
		conn->wants_write = !conn->wants_write;
		update_wants(conn);
	}
	if (err && err != ERR_AGAIN) {
		if (!h2_fault(conn->h2)->err)
			read_the_rest(conn);
		lose(conn, err, "sending");
	}
	tell_all(conn);
}

/* Takes a buffer of what there is. Those of whom it tells are told by tell_all. */
static void read_some(struct conn_h2 *conn)
{
	bool is_drained = false;
	size_t len = 0;
	enum err err;

	let_input_go(conn);
	err = read_once(conn, &len, &is_drained);
	if (len) {
		conn->heard_ms = loop_now_ms(conn->loop);
		conn->is_asked = false;
		flush_soon(conn);
	}
	conn->turn_left -= len < conn->turn_left ? len : conn->turn_left;
	conn->has_more = !err && !is_drained;
	if (!conn->has_more)
		let_input_go(conn);
	if (err && err != ERR_AGAIN)
		lose(conn, err, "receiving");
}

/* Goes on when those who wait for what there is had their turn, so that they find it
 * where it came. */
static void take_turn(struct conn_h2 *conn)
{
	conn->turn_left = TURN_BYTES;
	read_some(conn);
	if (conn->has_more)
		loop_task_queue(conn->loop, &conn->again);
	tell_all(conn);
}

/* Whether an exchange that has pulled all may have more at once: nobody else has to be
 * told of anything, or has bytes where the last ones lie. */
static bool may_read_on(const struct conn_h2 *conn)
{
	return conn->has_more && conn->connection.exchanges == 1 && conn->turn_left &&
	       conn->input->holds == 1;
}

static void on_wire_ready(void *owner, unsigned ready)
{
	struct conn_h2 *conn = owner;

	if (ready & WIRE_WRITABLE) {
		conn->wants_write = false;
		update_wants(conn);
		flush_soon(conn);
	}
	if (ready & WIRE_READABLE && !conn->is_over)
		take_turn(conn);
}

static void on_again(struct loop_task *task)
{
	struct conn_h2 *conn = LIST_ENTRY(task, struct conn_h2, again);

	/* What comes behind bytes that lie elsewhere has to be copied. */
	if (conn->input && conn->input->holds > 1 && !conn->has_waited) {
		conn->has_waited = true;
		loop_task_queue(conn->loop, task);
		return;
	}
	if (conn->has_more)
		take_turn(conn);
	else
		tell_all(conn);
}

/* ---- silence ---- */

/* A timer that there is no memory for looks at the next chance. */
static void listen_for_silence(struct conn_h2 *conn, uint64_t delay_ms)
{
	if (loop_timer_start(conn->loop, &conn->silence, delay_ms))
		loop_timer_stop(conn->loop, &conn->silence);
}

static void on_silence(struct loop_timer *timer)
{
	struct conn_h2 *conn = LIST_ENTRY(timer, struct conn_h2, silence);
	uint64_t silent_ms = loop_now_ms(conn->loop) - conn->heard_ms;

	if (!conn->connection.exchanges)
		return;
	if (silent_ms < conn->ping_ms) {
		listen_for_silence(conn, conn->ping_ms - silent_ms);
		return;
	}
	if (!conn->is_asked && !h2_ping(conn->h2)) {
		conn->is_asked = true;
		flush_soon(conn);
		listen_for_silence(conn, conn->ping_ms);
		return;
	}
	lose(conn, ERR_CLOSED, "a PING was not answered");
	tell_all(conn);
}

/* The first exchange begins. */
static void expect_words(struct conn_h2 *conn)
{
	if (!conn->ping_ms || loop_timer_is_running(&conn->silence))
		return;
	conn->heard_ms = loop_now_ms(conn->loop);
	conn->is_asked = false;
	listen_for_silence(conn, conn->ping_ms);
}

/* ---- for the request ---- */

static enum err start(struct exchange *x, struct arena *arena,
		      const struct request_head *head)
{
	struct exchange_h2 *each = impl_from_exchange(x);
	struct conn_h2 *conn = conn_of(x);
	enum err err;

	if (each->is_started)
		h2_stream_end(&each->stream);
	each->is_started = false;
	conn->has_served |= x->has_bytes;
	x->fault.err = ERR_NONE;
	x->is_reused = conn->has_served;
	x->has_bytes = false;
	end_promise(conn, each);
	err = h2_stream_start(conn->h2, &each->stream, arena, head);
	note_room(conn);
	flush_soon(conn);
	if (err == ERR_REFUSED)
		return fault_set(&x->fault, ERR_CLOSED, 0, "the kept connection");
	if (err)
		return fault_set(&x->fault, err, 0, "the request head");
	each->is_started = true;
	conn->is_next_secret |= message_has_credentials(head);
	expect_words(conn);
	return ERR_NONE;
}

static enum err write_request(struct exchange *x, struct span *body, bool is_last)
{
	enum err err = h2_stream_write(&impl_from_exchange(x)->stream, body, is_last);

	if (err == ERR_CLOSED)
		return fault_set(&x->fault, err, 0, "sending the request");
	if (err == ERR_AGAIN)
		flush_soon(conn_of(x));
	return err;
}

static enum err next(struct exchange *x, struct response_event *out)
{
	struct exchange_h2 *each = impl_from_exchange(x);
	struct conn_h2 *conn = conn_of(x);
	enum err err;

	while ((err = h2_stream_next(&each->stream, out)) == ERR_AGAIN &&
	       may_read_on(conn))
		read_some(conn);
	x->has_bytes = each->stream.has_bytes;
	if (err == ERR_AGAIN) {
		/* What was pulled may have opened the window. */
		flush_soon(conn);
		return err;
	}
	if (err)
		x->fault = each->stream.fault;
	return err;
}

static bool may_follow(const struct exchange *x)
{
	return !h2_has_ended(conn_of(x)->h2);
}

static const struct exchange_ops exchange_ops = {
	.start = start,
	.write = write_request,
	.next = next,
	.is_persistent = may_follow,
	.is_reusable = may_follow,
};

/* ---- for the pool ---- */

static enum err open_exchange(struct connection *connection, struct exchange **out_x)
{
	struct conn_h2 *conn = impl_from_connection(connection);
	struct list *node = list_take_first(&conn->spare);
	struct exchange_h2 *each = node ? LIST_ENTRY(node, struct exchange_h2, spare)
					: mem_alloc(sizeof(*each));

	if (!each)
		return ERR_NO_MEMORY;
	each->x = (struct exchange){.ops = &exchange_ops,
				    .connection = connection,
				    .is_reused = conn->has_served};
	each->is_started = false;
	each->is_promised = true;
	conn->promised++;
	note_room(conn);
	*out_x = &each->x;
	return ERR_NONE;
}

static void close_exchange(struct connection *connection, struct exchange *x)
{
	struct conn_h2 *conn = impl_from_connection(connection);
	struct exchange_h2 *each = impl_from_exchange(x);

	if (each->is_started)
		h2_stream_end(&each->stream);
	conn->has_served |= x->has_bytes;
	end_promise(conn, each);
	list_put_first(&conn->spare, &each->spare);
	note_room(conn);
	flush_soon(conn);
}

static bool is_alive(struct connection *connection)
{
	return !connection->has_ended;
}

static void conn_free(struct connection *connection)
{
	struct conn_h2 *conn = impl_from_connection(connection);
	enum err err;

	h2_close(conn->h2);
	conn->is_freed = true;
	/* A good-bye, as far as it goes. */
	err = write_all(conn);
	(void)err;
	wire_own(conn->connection.wire, NULL, NULL);
	if (!conn->is_telling)
		free_now(conn);
}

static const struct connection_ops connection_ops = {
	open_exchange,
	close_exchange,
	is_alive,
	conn_free,
};

enum err conn_h2_new(struct loop *loop, struct wire *wire, uint32_t ping_ms,
		     struct connection **out_connection)
{
	struct conn_h2 *conn = mem_zalloc(sizeof(*conn));

	if (!conn || h2_new(&conn->h2)) {
		mem_free(conn);
		wire_free(wire);
		return ERR_NO_MEMORY;
	}
	conn->connection.ops = &connection_ops;
	conn->connection.wire = wire;
	conn->connection.is_shared = true;
	conn->connection.has_room = true;
	conn->loop = loop;
	conn->ping_ms = ping_ms;
	list_init(&conn->spare);
	loop_task_init(&conn->flush, on_flush);
	loop_task_init(&conn->again, on_again);
	loop_timer_init(&conn->silence, on_silence);
	wire_own(wire, on_wire_ready, conn);
	wire_wants(wire, WIRE_READABLE);
	flush_soon(conn);
	*out_connection = &conn->connection;
	return ERR_NONE;
}
