/* SPDX-License-Identifier: MIT */
/*
 * What credentials leave in the memory of an HTTP/2 connection that the wire holds up.
 * The wire forgets what is written, so that whatever is found is the connection's. The
 * secret is made of bytes that Huffman's code makes longer, so that it goes as it is.
 */
#include "lib/test.h"

#include "engine/conn_h2.h"
#include "engine/exchange.h"
#include "engine/still_loop.h"
#include "http/url.h"
#include "lib/remains.h"

#define SECRET "{\\^}<\\^>{\\^}<\\^>{\\^}<\\^>held up"

/* More than is kept for frames with credentials from the beginning. */
#define LARGE_BYTES (40u * 1024)

/* A wire that takes bytes and forgets them. */
struct sink {
	struct wire wire; /* what is tested talks to this */
	bool is_blocked;  /* writing is ERR_AGAIN */
};

static enum err sink_read(struct wire *wire, void *to, size_t cap, size_t *out_len)
{
	(void)wire;
	(void)to;
	(void)cap;
	(void)out_len;
	return ERR_AGAIN;
}

static enum err sink_write(struct wire *wire, const struct iovec *pieces, int count,
			   bool may_wait, size_t *out_len)
{
	struct sink *sink = LIST_ENTRY(wire, struct sink, wire);

	(void)may_wait;
	if (sink->is_blocked)
		return ERR_AGAIN;
	*out_len = 0;
	for (int i = 0; i < count; i++)
		*out_len += pieces[i].iov_len;
	return ERR_NONE;
}

static void sink_wants(struct wire *wire, unsigned ready)
{
	(void)wire;
	(void)ready;
}

static void sink_free(struct wire *wire)
{
	(void)wire;
}

static const struct wire_ops sink_ops = {
	.read = sink_read,
	.write = sink_write,
	.wants = sink_wants,
	.free = sink_free,
};

/* A connection to a sink. */
struct rig {
	struct loop loop;	       /* still */
	struct sink sink;	       /* the peer */
	struct arena arena;	       /* of the requests */
	struct url url;		       /* where they go */
	struct connection *connection; /* what is tested */
};

static struct exchange *begin(struct rig *rig, const struct request_access *access,
			      struct span body)
{
	struct request_head head = {
		.method = SPAN("POST"),
		.url = &rig->url,
		.body_length = body.len ? body.len : MESSAGE_NO_BODY,
		.access = access,
	};
	struct exchange *x;
	enum err err;

	assert_int_equal(rig->connection->ops->open(rig->connection, &x), ERR_NONE);
	headers_init(&head.headers, &rig->arena);
	assert_int_equal(x->ops->start(x, &rig->arena, &head), ERR_NONE);
	err = x->ops->write(x, &body, true);
	assert_true(err == ERR_NONE || err == ERR_AGAIN);
	return x;
}

static void run_tasks(struct rig *rig)
{
	while (still_loop_turn(&rig->loop))
		continue;
}

static void unblock(struct rig *rig)
{
	rig->sink.is_blocked = false;
	rig->sink.wire.ready(rig->sink.wire.owner, WIRE_WRITABLE);
	run_tasks(rig);
}

/* A request with a secret comes while other frames, or none, wait for the wire, and with
 * a large body behind it or without. */
static void nothing_remains_of(struct rig *rig, bool is_held_up, struct span body)
{
	static const struct request_access access = {
		.authorization = {SECRET, sizeof(SECRET) - 1}};
	struct span nothing = {NULL, 0};
	struct exchange *x[2];

	if (!is_held_up)
		run_tasks(rig);
	rig->sink.is_blocked = is_held_up;
	x[0] = begin(rig, NULL, nothing);
	run_tasks(rig);
	x[1] = begin(rig, &access, body);
	run_tasks(rig);
	if (is_held_up)
		unblock(rig);
	assert_int_equal(remains_of(SPAN(SECRET)), 0);
	for (int i = 0; i < 2; i++)
		rig->connection->ops->close(rig->connection, x[i]);
}

static void nothing_remains_when_all_is_written(void **state)
{
	static char body[LARGE_BYTES];

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct rig rig = {.sink.wire.ops = &sink_ops};
		size_t body_bytes = i & 2 ? LARGE_BYTES : 0;

		still_loop_init(&rig.loop);
		assert_int_equal(
			url_parse(&rig.arena, SPAN("https://h/p"), NULL, &rig.url),
			ERR_NONE);
		assert_int_equal(
			conn_h2_new(&rig.loop, &rig.sink.wire, 0, &rig.connection),
			ERR_NONE);
		nothing_remains_of(&rig, i & 1, span_of(body, body_bytes));
		rig.connection->ops->free(rig.connection);
		assert_int_equal(remains_of(SPAN(SECRET)), 0);
		arena_done(&rig.arena);
		still_loop_done(&rig.loop);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_remains_when_all_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
