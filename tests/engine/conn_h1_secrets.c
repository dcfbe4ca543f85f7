/* SPDX-License-Identifier: MIT */
/*
 * What credentials leave in the memory of a connection. The wire forgets what is written,
 * so that whatever is found is the connection's.
 */
#include "lib/test.h"

#include <stdlib.h>
#include <string.h>

#include "engine/conn_h1.h"
#include "engine/exchange.h"
#include "engine/still_loop.h"
#include "http/url.h"
#include "lib/remains.h"

#define SECRET	     "c2VjcmV0IG9mIGEgY29ubmVjdGlvbg"
#define PROXY_SECRET "c2VjcmV0IGZvciBhIHByb3h5"

/* Said in five digits: the longest line before a chunk. */
#define PIECE_BYTES 0x10000

/* A wire that takes bytes and forgets them. */
struct sink {
	struct wire wire;     /* what is tested talks to this */
	const size_t *takes;  /* how many bytes each write takes, 0 is the last: all */
	const char *answer;   /* what is read, once, when it is set */
	enum err breaks_with; /* every write, unless it is 0 */
	bool is_blocked;      /* writing is ERR_AGAIN, once */
	size_t taken;	      /* bytes so far */
};

static enum err sink_read(struct wire *wire, void *to, size_t cap, size_t *out_len)
{
	struct sink *sink = LIST_ENTRY(wire, struct sink, wire);
	size_t len = sink->answer ? strlen(sink->answer) : 0;

	if (!len)
		return ERR_AGAIN;
	assert_true(len <= cap);
	memcpy(to, sink->answer, len);
	sink->answer = NULL;
	*out_len = len;
	return ERR_NONE;
}

static enum err sink_write(struct wire *wire, const struct iovec *pieces, int count,
			   bool may_wait, size_t *out_len)
{
	struct sink *sink = LIST_ENTRY(wire, struct sink, wire);
	size_t len = 0;

	(void)may_wait;
	for (int i = 0; i < count; i++)
		len += pieces[i].iov_len;
	if (sink->breaks_with)
		return fault_set(&wire->fault, sink->breaks_with, 0, "send");
	if (sink->is_blocked) {
		sink->is_blocked = false;
		return ERR_AGAIN;
	}
	if (sink->takes && *sink->takes) {
		if (*sink->takes < len)
			len = *sink->takes;
		sink->takes++;
		sink->is_blocked = true;
	}
	sink->taken += len;
	*out_len = len;
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
	struct loop loop;   /* still */
	struct sink sink;   /* the peer */
	struct arena arena; /* of the request */
	struct url url;	    /* where it goes */
	struct exchange *x; /* what is tested */
};

static void rig_init(struct rig *rig)
{
	struct connection *connection;

	*rig = (struct rig){.sink.wire.ops = &sink_ops};
	still_loop_init(&rig->loop);
	assert_int_equal(url_parse(&rig->arena, SPAN("http://h/p"), NULL, &rig->url),
			 ERR_NONE);
	assert_int_equal(conn_h1_new(&rig->loop, &rig->sink.wire, &connection), ERR_NONE);
	assert_int_equal(connection->ops->open(connection, &rig->x), ERR_NONE);
}

static void rig_done(struct rig *rig)
{
	if (rig->x)
		rig->x->connection->ops->free(rig->x->connection);
	arena_done(&rig->arena);
	still_loop_done(&rig->loop);
}

static void start(struct rig *rig, uint64_t body_length,
		  const struct request_access *access)
{
	struct request_head head = {.method = SPAN("POST"),
				    .url = &rig->url,
				    .body_length = body_length,
				    .access = access};

	headers_init(&head.headers, &rig->arena);
	assert_int_equal(rig->x->ops->start(rig->x, &rig->arena, &head), ERR_NONE);
}

static size_t remains(void)
{
	return remains_of(span_str(SECRET)) + remains_of(span_str(PROXY_SECRET));
}

static const struct request_access accesses[] = {
	{.authorization = {SECRET, sizeof(SECRET) - 1}},
	{.proxy_authorization = {PROXY_SECRET, sizeof(PROXY_SECRET) - 1}},
	{.authorization = {SECRET, sizeof(SECRET) - 1},
	 .proxy_authorization = {PROXY_SECRET, sizeof(PROXY_SECRET) - 1},
	 .is_for_proxy = true},
};

static void credentials_are_wiped_when_they_are_written(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(accesses); i++) {
		struct span nothing = {NULL, 0};
		struct rig rig;

		rig_init(&rig);
		start(&rig, MESSAGE_NO_BODY, &accesses[i]);
		assert_true(remains() > 0);
		assert_int_equal(rig.x->ops->write(rig.x, &nothing, true), ERR_NONE);
		assert_int_equal(remains(), 0);
		rig_done(&rig);
	}
}

static void credentials_that_are_written_in_part_go_with_the_connection(void **state)
{
	static const size_t takes[] = {1, 0};
	static const enum err ends[] = {ERR_NONE, ERR_RESET};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(accesses) * 2; i++) {
		struct span nothing = {NULL, 0};
		struct rig rig;

		rig_init(&rig);
		rig.sink.takes = takes;
		rig.sink.breaks_with = ends[i % 2];
		start(&rig, MESSAGE_NO_BODY, &accesses[i / 2]);
		assert_int_equal(rig.x->ops->write(rig.x, &nothing, true),
				 ends[i % 2] ? ERR_RESET : ERR_AGAIN);
		assert_true(remains() > 0);
		rig.x->connection->ops->free(rig.x->connection);
		rig.x = NULL;
		assert_int_equal(remains(), 0);
		rig_done(&rig);
	}
}

/* Bytes of the head of a request with a body in chunks. */
static size_t measure_head(const struct request_access *access)
{
	struct span nothing = {NULL, 0};
	struct rig rig;
	size_t bytes;

	rig_init(&rig);
	start(&rig, MESSAGE_LENGTH_UNKNOWN, access);
	assert_int_equal(rig.x->ops->write(rig.x, &nothing, false), ERR_NONE);
	bytes = rig.sink.taken;
	rig_done(&rig);
	return bytes;
}

/* Writes a chunk; the first write takes so many bytes, the second one no more than the
 * chunk has. */
static void check_chunk(const struct request_access *access, char *piece, size_t cut)
{
	const size_t takes[] = {cut, PIECE_BYTES, 1, 1, 0};
	struct span body = {piece, PIECE_BYTES};
	struct rig rig;
	enum err err;

	rig_init(&rig);
	rig.sink.takes = takes;
	start(&rig, MESSAGE_LENGTH_UNKNOWN, access);
	do
		err = rig.x->ops->write(rig.x, &body, true);
	while (err == ERR_AGAIN);
	assert_int_equal(err, ERR_NONE);
	assert_int_equal(remains(), 0);
	rig_done(&rig);
}

/* What is appended behind the head must not have it copied elsewhere. */
static void a_body_in_chunks_leaves_no_copy_of_the_head(void **state)
{
	size_t bytes = measure_head(&accesses[2]);
	char *piece = calloc(1, PIECE_BYTES);

	(void)state;
	assert_non_null(piece);
	for (size_t cut = bytes; cut <= bytes + 8; cut++)
		check_chunk(&accesses[2], piece, cut);
	free(piece);
}

static void a_connection_that_serves_again_forgets_whose_it_was(void **state)
{
	static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
	struct response_event event = {.kind = RESPONSE_INTERIM};
	struct span nothing = {NULL, 0};
	struct rig rig;

	(void)state;
	rig_init(&rig);
	start(&rig, MESSAGE_NO_BODY, &accesses[2]);
	assert_int_equal(rig.x->ops->write(rig.x, &nothing, true), ERR_NONE);
	rig.sink.answer = answer;
	rig.sink.wire.ready(rig.sink.wire.owner, WIRE_READABLE);
	while (event.kind != RESPONSE_END)
		assert_int_equal(rig.x->ops->next(rig.x, &event), ERR_NONE);
	assert_true(rig.x->ops->is_reusable(rig.x));
	start(&rig, MESSAGE_NO_BODY, NULL);
	assert_int_equal(remains(), 0);
	assert_int_equal(rig.x->ops->write(rig.x, &nothing, true), ERR_NONE);
	assert_int_equal(remains(), 0);
	rig_done(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(credentials_are_wiped_when_they_are_written),
		cmocka_unit_test(
			credentials_that_are_written_in_part_go_with_the_connection),
		cmocka_unit_test(a_body_in_chunks_leaves_no_copy_of_the_head),
		cmocka_unit_test(a_connection_that_serves_again_forgets_whose_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
