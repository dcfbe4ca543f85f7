/* SPDX-License-Identifier: MIT */
/*
 * The client's last flight: held back for the first record, and never lost. It is that of
 * a new session of TLS 1.3, and of one taken up again in TLS 1.2.
 */
#include "tls/rig.h"

/* The longest that can be held, and a record behind it. */
#define MOST_BYTES 200

static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

#define EACH_VERSION(version)                                                            \
	for (const int *version = versions; version < versions + TEST_COUNT(versions);   \
	     version++)

/* Up to the call that ends the handshake of the client; the server waits for its end. */
static void shake(struct rig *rig, SSL_CTX *ctx)
{
	bool is_old = SSL_CTX_get_max_proto_version(ctx) == TLS1_2_VERSION;

	if (is_old) {
		rig_begin(rig, ctx);
		rig_done(rig);
	}
	rig_init(rig, ctx);
	assert_true(rig_connect(rig));
	tls_peer_turn(&rig->peer);
	fake_wire_arrive(&rig->peer.fake);
	fake_wire_tell(&rig->peer.fake);
	rig_act(rig);
	assert_true(rig->is_open);
	assert_true(rig->facts->is_resumed || !is_old);
	assert_int_equal(rig->peer.fake.writes, 1);
	assert_false(rig->peer.is_open);
}

static void the_last_flight_leaves_with_the_first_record(void **state)
{
	(void)state;
	EACH_VERSION(version)
	{
		SSL_CTX *ctx = tls_peer_ctx("good", *version);
		struct rig rig;

		shake(&rig, ctx);
		rig_say(&rig, SPAN("request"));
		assert_int_equal(rig.peer.fake.writes, 2);
		assert_false(still_loop_turn(&rig.loop));
		tls_peer_turn(&rig.peer);
		assert_true(rig.peer.is_open);
		assert_string_equal(rig.peer.got, "request");
		rig_done(&rig);
		SSL_CTX_free(ctx);
	}
}

static void the_last_flight_leaves_alone_one_lap_later(void **state)
{
	(void)state;
	EACH_VERSION(version)
	{
		SSL_CTX *ctx = tls_peer_ctx("good", *version);
		struct rig rig;

		shake(&rig, ctx);
		assert_true(still_loop_turn(&rig.loop));
		assert_int_equal(rig.peer.fake.writes, 1);
		assert_true(still_loop_turn(&rig.loop));
		assert_int_equal(rig.peer.fake.writes, 2);
		assert_false(still_loop_turn(&rig.loop));
		assert_int_equal(rig.peer.fake.wanted, WIRE_READABLE);
		tls_peer_turn(&rig.peer);
		assert_true(rig.peer.is_open);
		rig_say(&rig, SPAN("request"));
		tls_peer_turn(&rig.peer);
		assert_string_equal(rig.peer.got, "request");
		rig_done(&rig);
		SSL_CTX_free(ctx);
	}
}

/* What the client has to answer before the handshake is over is sent at once. */
static void a_flight_that_is_not_the_last_is_not_held(void **state)
{
	SSL_CTX *ctx = tls_peer_ctx("good", TLS1_2_VERSION);
	struct rig rig;

	(void)state;
	rig_init(&rig, ctx);
	assert_true(rig_connect(&rig));
	tls_peer_turn(&rig.peer);
	fake_wire_arrive(&rig.peer.fake);
	fake_wire_tell(&rig.peer.fake);
	rig_act(&rig);
	assert_false(rig.is_open);
	assert_int_equal(rig.peer.fake.writes, 2);
	rig_run(&rig);
	assert_true(rig.is_open && rig.peer.is_open);
	assert_int_equal(rig.peer.fake.writes, 2);
	rig_done(&rig);
	SSL_CTX_free(ctx);
}

static void the_last_flight_leaves_before_close_notify(void **state)
{
	(void)state;
	EACH_VERSION(version)
	{
		SSL_CTX *ctx = tls_peer_ctx("good", *version);
		struct rig rig;

		shake(&rig, ctx);
		rig_free_wire(&rig);
		assert_int_equal(rig.peer.fake.writes, 2);
		assert_true(rig.peer.is_open && rig.peer.is_notified);
		assert_false(rig.peer.is_broken);
		rig_done(&rig);
		SSL_CTX_free(ctx);
	}
}

/* A record that does not decrypt, right behind the server's flight. */
static void the_last_flight_leaves_before_an_alert(void **state)
{
	static const char forged[5 + 32] = "\x17\x03\x03\x00\x20";

	(void)state;
	EACH_VERSION(version)
	{
		SSL_CTX *ctx = tls_peer_ctx("good", *version);
		struct rig rig;
		char byte;
		size_t len;

		shake(&rig, ctx);
		tls_peer_send_raw(&rig.peer, span_of(forged, sizeof(forged)));
		fake_wire_arrive(&rig.peer.fake);
		assert_int_equal(wire_read(rig.wire, &byte, 1, &len), ERR_TLS);
		assert_int_equal(rig.peer.fake.writes, 2);
		tls_peer_turn(&rig.peer);
		assert_true(rig.peer.is_open && rig.peer.is_broken);
		assert_non_null(strstr(rig.peer.error, "bad record mac"));
		rig_done(&rig);
		SSL_CTX_free(ctx);
	}
}

static void an_alert_that_ends_the_handshake_is_sent_at_once(void **state)
{
	(void)state;
	EACH_VERSION(version)
	{
		SSL_CTX *ctx = tls_peer_ctx("good", *version);
		struct rig rig;

		rig_init(&rig, ctx);
		rig.options.host = SPAN("other.test");
		assert_true(rig_connect(&rig));
		tls_peer_turn(&rig.peer);
		fake_wire_arrive(&rig.peer.fake);
		fake_wire_tell(&rig.peer.fake);
		rig_act(&rig);
		assert_int_equal(rig.err, ERR_CERT_NAME);
		assert_int_equal(rig.peer.fake.writes, 2);
		tls_peer_turn(&rig.peer);
		assert_true(rig.peer.is_broken);
		assert_non_null(strstr(rig.peer.error, "bad certificate"));
		rig_done(&rig);
		SSL_CTX_free(ctx);
	}
}

/* The wire takes so many bytes, then says ERR_AGAIN until the next turn. */
static void a_wire_that_takes_little_loses_nothing(void **state)
{
	(void)state;
	EACH_VERSION(version)
	{
		SSL_CTX *ctx = tls_peer_ctx("good", *version);

		for (size_t bytes = 1; bytes < MOST_BYTES; bytes++) {
			for (unsigned is_silent = 0; is_silent < 2; is_silent++) {
				struct rig rig;

				shake(&rig, ctx);
				rig.peer.fake.write_bytes = bytes;
				rig.peer.fake.blocks = true;
				rig_say(&rig, is_silent ? SPAN("") : SPAN("request"));
				rig_run(&rig);
				assert_true(rig.peer.is_open);
				assert_int_equal(rig.peer.fake.wanted, WIRE_READABLE);
				rig_say(&rig, SPAN(" body"));
				rig_run(&rig);
				assert_string_equal(rig.peer.got, is_silent ? " body"
									    : "request "
									      "body");
				tls_peer_say(&rig.peer, SPAN("answer"));
				rig_run(&rig);
				assert_string_equal(rig.got, "answer");
				rig_done(&rig);
			}
		}
		SSL_CTX_free(ctx);
	}
}

/* The task has found the wire full; what is written then is not written twice. */
static void a_write_overtakes_no_flight_that_waits(void **state)
{
	char text[] = "request";
	const struct iovec piece = {text, 7};

	(void)state;
	EACH_VERSION(version)
	{
		SSL_CTX *ctx = tls_peer_ctx("good", *version);
		struct rig rig;
		size_t len;

		shake(&rig, ctx);
		rig.peer.fake.is_blocked = true;
		while (still_loop_turn(&rig.loop))
			continue;
		assert_true(rig.peer.fake.wanted & WIRE_WRITABLE);
		assert_int_equal(wire_write(rig.wire, &piece, 1, false, &len), ERR_AGAIN);
		rig.peer.fake.is_blocked = false;
		assert_int_equal(wire_write(rig.wire, &piece, 1, false, &len), 0);
		assert_int_equal(len, 7);
		rig_run(&rig);
		assert_true(rig.peer.is_open);
		assert_string_equal(rig.peer.got, "request");
		assert_int_equal(rig.peer.fake.wanted, WIRE_READABLE);
		rig_done(&rig);
		SSL_CTX_free(ctx);
	}
}

static void a_flight_that_cannot_leave_is_told_by_the_next_write(void **state)
{
	char text[] = "request";
	const struct iovec piece = {text, 7};

	(void)state;
	EACH_VERSION(version)
	{
		SSL_CTX *ctx = tls_peer_ctx("good", *version);

		for (size_t bytes = 0; bytes < 40; bytes++) {
			struct rig rig;
			size_t len;

			shake(&rig, ctx);
			rig.peer.fake.break_at = rig.peer.fake.written + bytes;
			rig.peer.fake.break_with = ERR_RESET;
			while (still_loop_turn(&rig.loop))
				continue;
			assert_int_equal(wire_write(rig.wire, &piece, 1, false, &len),
					 ERR_RESET);
			assert_string_equal(rig.wire->fault.what, "send");
			rig_done(&rig);
		}
		SSL_CTX_free(ctx);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(the_last_flight_leaves_with_the_first_record),
		RIG_TEST(the_last_flight_leaves_alone_one_lap_later),
		RIG_TEST(a_flight_that_is_not_the_last_is_not_held),
		RIG_TEST(the_last_flight_leaves_before_close_notify),
		RIG_TEST(the_last_flight_leaves_before_an_alert),
		RIG_TEST(an_alert_that_ends_the_handshake_is_sent_at_once),
		RIG_TEST(a_wire_that_takes_little_loses_nothing),
		RIG_TEST(a_write_overtakes_no_flight_that_waits),
		RIG_TEST(a_flight_that_cannot_leave_is_told_by_the_next_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
