/* SPDX-License-Identifier: MIT */
/*
 * TLS inside TLS, as through a tunnel of a proxy that speaks TLS: what waits below for
 * what follows, and that nothing is lost when the socket takes little.
 */
#include "tls/rig.h"

#include "lib/pattern.h"

#define PART_BYTES (62u * 1024) /* as of a TCP socket */
#define BODY_BYTES (192u * 1024)

static char body[BODY_BYTES];

/* The rig is the way to the proxy; behind that stands a server. */
struct way {
	struct rig rig;		/* to the proxy, on the fake wire */
	struct tls_peer far;	/* the server; of its fake wire only the bytes are used */
	struct wire *wire;	/* to the server, over that of the rig, which it owns */
	size_t to_far;		/* bytes that the proxy has handed on */
	size_t to_near;		/* and back */
	bool is_open;		/* the handshake with the server is done */
	struct span unsent;	/* to be written */
	unsigned told;		/* since it was looked at */
	SSL_CTX *ctx, *far_ctx; /* of the proxy and of the server */
};

static void on_ready(void *owner, unsigned ready)
{
	struct way *way = owner;

	way->told |= ready;
}

/* Hands on what has come to the proxy, both ways; whether there was anything. */
static bool relay(struct way *way)
{
	struct tls_peer *near = &way->rig.peer, *far = &way->far;
	const struct iovec piece = {near->got + way->to_far, near->got_len - way->to_far};
	size_t len = 0;

	if (piece.iov_len)
		assert_int_equal(wire_write(&far->fake.wire, &piece, 1, false, &len), 0);
	way->to_far += len;
	tls_peer_turn(far);
	if (far->sent_len > way->to_near) {
		len = far->sent_len - way->to_near;
		tls_peer_say(near, span_of(far->sent + way->to_near, len));
		way->to_near += len;
	}
	return len != 0;
}

static void shake(struct way *way)
{
	enum err err = tls_handshake(way->wire);

	way->is_open = !err;
	if (err)
		assert_int_equal(err, ERR_AGAIN);
}

/* Writes until there is nothing more, or it has to wait. */
static void write_on(struct way *way)
{
	enum err err = ERR_NONE;
	size_t len;

	while (way->unsent.len && !err) {
		const struct iovec piece = {(char *)(uintptr_t)way->unsent.at,
					    way->unsent.len};

		err = wire_write(way->wire, &piece, 1, false, &len);
		if (!err)
			way->unsent = span_skip(way->unsent, len);
	}
	assert_true(!err || err == ERR_AGAIN);
	wire_wants(way->wire, WIRE_READABLE | (err ? WIRE_WRITABLE : 0u));
}

/* The server says nothing, but for what TLS says on its own account. */
static void read_on(struct way *way)
{
	size_t len;
	char byte;

	assert_int_equal(wire_read(way->wire, &byte, 1, &len), ERR_AGAIN);
}

static bool turn(struct way *way)
{
	struct fake_wire *fake = &way->rig.peer.fake;
	bool has_moved = tls_peer_turn(&way->rig.peer);
	unsigned told;

	has_moved |= relay(way);
	fake_wire_arrive(fake);
	has_moved |= fake_wire_tell(fake);
	has_moved |= still_loop_turn(&way->rig.loop);
	told = way->told;
	way->told = 0;
	if (told && !way->is_open) {
		shake(way);
		return true;
	}
	if (told & WIRE_WRITABLE)
		write_on(way);
	if (told & WIRE_READABLE)
		read_on(way);
	return has_moved;
}

static void init(struct way *way)
{
	struct fake_wire *fake = &way->rig.peer.fake;

	pattern_fill(body, 0, sizeof(body));
	*way = (struct way){.ctx = tls_peer_ctx("good", TLS1_3_VERSION),
			    .far_ctx = tls_peer_ctx("good", TLS1_3_VERSION)};
	rig_init(&way->rig, way->ctx);
	fake->wire.write_bytes = fake->part_bytes = PART_BYTES;
	rig_open(&way->rig);
}

/* Until the handshake with the server is done, whose end is held. */
static void open_way(struct way *way)
{
	tls_peer_init(&way->far, way->far_ctx);
	assert_int_equal(
		tls_new(&way->rig.loop, way->rig.wire, &way->rig.options, &way->wire), 0);
	wire_own(way->wire, on_ready, way);
	shake(way);
	for (unsigned i = 0; !way->is_open; i++) {
		turn(way);
		assert_true(i < RIG_MAX_TURNS);
	}
}

static void begin(struct way *way)
{
	struct fake_wire *fake = &way->rig.peer.fake;

	init(way);
	open_way(way);
	fake->writes = 0;
	memset(fake->puts, 0, sizeof(fake->puts));
}

static void run(struct way *way)
{
	for (unsigned idle = 0, turns = 0; idle < RIG_IDLE_TURNS; turns++) {
		idle = turn(way) ? 0 : idle + 1;
		assert_true(turns < RIG_MAX_TURNS);
	}
}

static void end(struct way *way)
{
	run(way);
	wire_free(way->wire);
	way->rig.wire = NULL;
	assert_true(way->rig.peer.fake.is_freed);
	rig_done(&way->rig);
	tls_peer_done(&way->far);
	SSL_CTX_free(way->ctx);
	SSL_CTX_free(way->far_ctx);
}

static void a_part_is_one_group_of_records_here_too(void **state)
{
	struct way way;
	struct fake_put *puts = way.rig.peer.fake.puts;
	size_t bytes = 0;
	unsigned k = 0;

	(void)state;
	begin(&way);
	run(&way);
	way.rig.peer.fake.writes = 0;
	way.unsent = span_of(body, way.wire->write_bytes);
	write_on(&way);
	assert_int_equal(way.unsent.len, 0);
	for (; k < way.rig.peer.fake.writes; k++) {
		bytes += puts[k].bytes;
		assert_int_equal(puts[k].may_wait, k + 1 < way.rig.peer.fake.writes);
	}
	assert_int_equal(k, 4);
	assert_in_range(bytes, PART_BYTES - 100, PART_BYTES);
	end(&way);
}

/* What ends the handshake is held for what was to follow, and that has to wait. */
static void a_write_that_waits_takes_the_last_flight_along(void **state)
{
	struct way way;

	(void)state;
	begin(&way);
	way.unsent = span_of(body, 1000);
	way.rig.peer.fake.is_blocked = true;
	write_on(&way);
	assert_int_equal(way.unsent.len, 1000);
	while (still_loop_turn(&way.rig.loop))
		continue;
	run(&way);
	assert_true(way.far.is_open);
	assert_span(span_of(way.far.got, way.far.got_len), span_of(body, 1000));
	end(&way);
}

/* The server wants another key first, so the client has three flights. */
static void a_handshake_ends_through_a_socket_that_takes_little(void **state)
{
	static const size_t takes[] = {1, 20, 90, 300, 0};

	(void)state;
	for (unsigned i = 0; i < TEST_COUNT(takes); i++) {
		struct way way;

		init(&way);
		assert_int_equal(SSL_CTX_set1_groups_list(way.far_ctx, "P-384"), 1);
		way.rig.peer.fake.write_bytes = takes[i];
		way.rig.peer.fake.blocks = way.rig.peer.fake.is_blocked = true;
		open_way(&way);
		way.unsent = span_of(body, 1000);
		write_on(&way);
		run(&way);
		assert_span(span_of(way.far.got, way.far.got_len), span_of(body, 1000));
		end(&way);
	}
}

static void a_body_arrives_through_a_socket_that_takes_little(void **state)
{
	static const size_t takes[] = {700, 15863, 20001};

	(void)state;
	for (unsigned i = 0; i < TEST_COUNT(takes); i++) {
		struct way way;

		begin(&way);
		way.rig.peer.fake.write_bytes = takes[i];
		way.rig.peer.fake.blocks = true;
		way.unsent = span_of(body, sizeof(body));
		write_on(&way);
		run(&way);
		assert_int_equal(way.unsent.len, 0);
		assert_false(way.rig.peer.fake.last_put.may_wait);
		assert_span(span_of(way.far.got, way.far.got_len),
			    span_of(body, sizeof(body)));
		end(&way);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(a_part_is_one_group_of_records_here_too),
		RIG_TEST(a_write_that_waits_takes_the_last_flight_along),
		RIG_TEST(a_handshake_ends_through_a_socket_that_takes_little),
		RIG_TEST(a_body_arrives_through_a_socket_that_takes_little),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
