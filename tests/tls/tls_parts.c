/* SPDX-License-Identifier: MIT */
/*
 * Long bodies that are written: which records wait in the wire below for the next one,
 * and that none does when nothing follows.
 */
#include "tls/rig.h"

#include "lib/pattern.h"

#define PART_BYTES  (62u * 1024) /* as of a TCP socket */
#define EXTRA_BYTES 22		 /* that a record of TLS 1.3 is longer than what it has */
#define BODY_BYTES  (192u * 1024)

static char body[BODY_BYTES];

/* A rig with a wire below of such parts; what it has noted so far is forgotten. */
static void begin(struct rig *rig, SSL_CTX *ctx, uint16_t part_bytes)
{
	struct fake_wire *fake = &rig->peer.fake;

	pattern_fill(body, 0, sizeof(body));
	rig_init(rig, ctx);
	fake->wire.write_bytes = fake->part_bytes = part_bytes;
	rig_open(rig);
	fake->writes = 0;
	memset(fake->puts, 0, sizeof(fake->puts));
}

static void end(struct rig *rig, SSL_CTX *ctx)
{
	rig_done(rig);
	SSL_CTX_free(ctx);
}

/* Offers len bytes of the body from at on until all are written, or it has to wait; how
 * many are. */
static size_t offer(struct rig *rig, size_t at, size_t len, bool may_wait)
{
	size_t written = 0;

	while (written < len) {
		const struct iovec piece = {body + at + written, len - written};
		size_t n = 0;
		enum err err = wire_write(rig->wire, &piece, 1, may_wait, &n);

		if (err == ERR_AGAIN)
			break;
		assert_int_equal(err, 0);
		assert_true(n > 0 && n <= len - written);
		written += n;
	}
	return written;
}

/* ---- which records wait ---- */

#define RECORD(n, waits)                                                                 \
	{                                                                                \
		(n) + EXTRA_BYTES, waits                                                 \
	}

struct part_case {
	const char *name;
	uint16_t part_bytes;  /* of the wire below */
	size_t sizes[3];      /* offered, one after the other; 0: no more */
	bool may_wait;	      /* the owner says so of all but the last */
	uint16_t write_bytes; /* that had best be offered before that */
	uint16_t then_bytes;  /* and behind it */
	struct fake_put puts[FAKE_WIRE_PUTS]; /* 0: no more */
};

static const struct part_case parts[] = {
	{"a short one", PART_BYTES, {100}, false, 63360, 63360, {RECORD(100, false)}},
	{"short ones that may wait",
	 PART_BYTES,
	 {100, 200, 300},
	 true,
	 63360,
	 63360,
	 {RECORD(100, true), RECORD(200, true), RECORD(300, false)}},
	{"two records",
	 PART_BYTES,
	 {20000},
	 false,
	 63360,
	 63360,
	 {RECORD(15840, true), RECORD(4160, false)}},
	{"two records that may wait, and a short one",
	 PART_BYTES,
	 {20000, 100},
	 true,
	 63360,
	 63360,
	 {RECORD(15840, true), RECORD(4160, true), RECORD(100, false)}},
	{"a whole part",
	 PART_BYTES,
	 {63360},
	 false,
	 63360,
	 63360,
	 {RECORD(15840, true), RECORD(15843, true), RECORD(15848, true),
	  RECORD(15829, false)}},
	{"more than a part",
	 PART_BYTES,
	 {64360},
	 false,
	 63360,
	 63360,
	 {RECORD(15840, true), RECORD(15843, true), RECORD(15848, true),
	  RECORD(15859, false), RECORD(970, false)}},
	{"two parts at once",
	 PART_BYTES,
	 {131072},
	 false,
	 63360,
	 63360,
	 {RECORD(15840, true), RECORD(15843, true), RECORD(15848, true),
	  RECORD(15859, false), RECORD(15840, true), RECORD(15843, true),
	  RECORD(15848, true), RECORD(15859, false), RECORD(4292, false)}},
	{"a rest that may wait, and what completes the part",
	 PART_BYTES,
	 {4352, 58986},
	 true,
	 63360,
	 63360,
	 {RECORD(4352, true), RECORD(14746, true), RECORD(14750, true),
	  RECORD(14755, true), RECORD(14735, false)}},
	{"one that nearly fills the part, so that no other would be worth it",
	 17000,
	 {15950, 100},
	 true,
	 16936,
	 16936,
	 {RECORD(8468, true), RECORD(7482, false), RECORD(100, false)}},
	{"a wire below without parts",
	 0,
	 {40000, 100},
	 true,
	 0,
	 0,
	 {RECORD(16384, false), RECORD(16384, false), RECORD(7232, false),
	  RECORD(100, false)}},
	{"a wire below whose parts are shorter than any record",
	 500,
	 {20000},
	 true,
	 500,
	 500,
	 {RECORD(16384, false), RECORD(3616, false)}},
};

static void check_part(const struct part_case *c)
{
	SSL_CTX *ctx = tls_peer_ctx("good", TLS1_3_VERSION);
	struct rig rig;
	size_t at = 0;

	begin(&rig, ctx, c->part_bytes);
	assert_int_equal(rig.wire->write_bytes, c->write_bytes);
	for (unsigned i = 0; i < TEST_COUNT(c->sizes) && c->sizes[i]; i++) {
		bool is_last = i + 1 == TEST_COUNT(c->sizes) || !c->sizes[i + 1];

		at += offer(&rig, at, c->sizes[i], c->may_wait && !is_last);
	}
	for (unsigned k = 0; k < FAKE_WIRE_PUTS; k++) {
		const struct fake_put *put = &rig.peer.fake.puts[k];

		if (put->bytes != c->puts[k].bytes ||
		    put->may_wait != c->puts[k].may_wait)
			print_error("%s, record %u: %zu\n", c->name, k,
				    put->bytes - EXTRA_BYTES);
		assert_int_equal(put->bytes, c->puts[k].bytes);
		assert_int_equal(put->may_wait, c->puts[k].may_wait);
	}
	assert_int_equal(rig.wire->write_bytes, c->then_bytes);
	rig_run(&rig);
	assert_span(span_of(rig.peer.got, rig.peer.got_len), span_of(body, at));
	end(&rig, ctx);
}

static void records_fill_what_the_wire_below_takes_at_a_time(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(parts); i++)
		check_part(&parts[i]);
}

static void what_waits_makes_the_next_part_shorter(void **state)
{
	SSL_CTX *ctx = tls_peer_ctx("good", TLS1_3_VERSION);
	struct rig rig;

	(void)state;
	begin(&rig, ctx, PART_BYTES);
	assert_int_equal(offer(&rig, 0, 1000, true), 1000);
	assert_int_equal(rig.wire->write_bytes, 63360 - 1000 - EXTRA_BYTES);
	/* To three records less is added than to four. */
	assert_int_equal(offer(&rig, 1000, 20000, true), 20000);
	assert_int_equal(rig.wire->write_bytes,
			 PART_BYTES - 21000 - 3 * EXTRA_BYTES - 3 * 32);
	assert_int_equal(offer(&rig, 21000, 1, false), 1);
	assert_int_equal(rig.wire->write_bytes, 63360);
	end(&rig, ctx);
}

/* ---- nothing stays behind ---- */

struct slow_case {
	int version;	     /* of TLS */
	uint16_t part_bytes; /* of the wire below */
	size_t write_bytes;  /* that it takes at a time */
	bool blocks;	     /* and then no more in this turn */
	size_t piece_bytes;  /* that the owner has at a time */
};

/* As HTTP/1.1 does: parts, of which a rest may wait for the next piece. */
static void send_in_parts(struct rig *rig, const struct slow_case *c)
{
	size_t part, end = 0, at = 0;

	for (unsigned turns = 0; at < sizeof(body); turns++) {
		bool is_last;
		size_t len, n;

		assert_true(turns < RIG_MAX_TURNS);
		if (at == end)
			end = at + c->piece_bytes;
		if (end > sizeof(body))
			end = sizeof(body);
		is_last = end == sizeof(body);
		part = rig->wire->write_bytes ? rig->wire->write_bytes : SIZE_MAX;
		len = end - at < part ? end - at : part;
		n = offer(rig, at, len, !is_last && len < part);
		at += n;
		if (n == len && (is_last || len == part))
			assert_false(rig->peer.fake.last_put.may_wait);
		if (n < len)
			rig_turn(rig);
	}
}

static void check_slow(const struct slow_case *c)
{
	SSL_CTX *ctx = tls_peer_ctx("good", c->version);
	struct rig rig;

	begin(&rig, ctx, c->part_bytes);
	rig.peer.fake.write_bytes = c->write_bytes;
	rig.peer.fake.blocks = c->blocks;
	send_in_parts(&rig, c);
	assert_false(rig.peer.fake.last_put.may_wait);
	rig_run(&rig);
	assert_span(span_of(rig.peer.got, rig.peer.got_len), span_of(body, sizeof(body)));
	end(&rig, ctx);
}

static void the_end_of_a_body_waits_for_nothing(void **state)
{
	static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
	static const uint16_t part_sizes[] = {0, 500, 5000, 17000, PART_BYTES};
	static const size_t takes[] = {0, 700, 15863, 20001};
	static const size_t pieces[] = {10000, 63360, 131072, BODY_BYTES};

	(void)state;
	for (unsigned i = 0; i < TEST_COUNT(versions) * TEST_COUNT(part_sizes); i++)
		for (unsigned k = 0; k < TEST_COUNT(takes) * TEST_COUNT(pieces); k++)
			for (unsigned blocks = 0; blocks < 2; blocks++) {
				const struct slow_case c = {
					versions[i / TEST_COUNT(part_sizes)],
					part_sizes[i % TEST_COUNT(part_sizes)],
					takes[k / TEST_COUNT(pieces)], blocks,
					pieces[k % TEST_COUNT(pieces)]};

				check_slow(&c);
			}
}

/* Most of a record that may wait is below, so less is left of the part than the record
 * has; it is to be offered again all the same. */
static void a_record_that_is_half_written_had_best_be_offered_whole(void **state)
{
	SSL_CTX *ctx = tls_peer_ctx("good", TLS1_3_VERSION);
	struct rig rig;

	(void)state;
	begin(&rig, ctx, 13000);
	assert_int_equal(offer(&rig, 0, 1000, true), 1000);
	rig.peer.fake.write_bytes = 6000;
	rig.peer.fake.blocks = true;
	assert_int_equal(offer(&rig, 1000, 7000, true), 0);
	assert_true(rig.peer.fake.last_put.may_wait);
	rig.peer.fake.write_bytes = 9000;
	rig_turn(&rig);
	assert_true(rig.wire->write_bytes >= 7000);
	assert_int_equal(offer(&rig, 1000, 7000, false), 7000);
	assert_false(rig.peer.fake.last_put.may_wait);
	assert_int_equal(rig.wire->write_bytes, 12968);
	rig_run(&rig);
	assert_span(span_of(rig.peer.got, rig.peer.got_len), span_of(body, 8000));
	end(&rig, ctx);
}

/* What OpenSSL says itself behind a record that waits takes it along. */
static void alerts_wait_for_nothing(void **state)
{
	(void)state;
	for (unsigned is_forged = 0; is_forged < 2; is_forged++) {
		SSL_CTX *ctx = tls_peer_ctx("good", TLS1_3_VERSION);
		struct rig rig;
		unsigned writes;

		begin(&rig, ctx, PART_BYTES);
		assert_int_equal(offer(&rig, 0, 1000, true), 1000);
		assert_true(rig.peer.fake.last_put.may_wait);
		writes = rig.peer.fake.writes;
		if (is_forged) {
			tls_peer_say(&rig.peer, SPAN("forged"));
			rig.peer.sent[rig.peer.sent_len - 1] ^= 1;
			rig_run(&rig);
			assert_int_equal(rig.err, ERR_TLS);
		} else {
			rig_free_wire(&rig);
		}
		assert_int_equal(rig.peer.fake.writes, writes + 1);
		assert_false(rig.peer.fake.last_put.may_wait);
		end(&rig, ctx);
	}
}

/* The server answers no hello that waits for bytes which only follow its answer. */
static void a_handshake_waits_for_nothing(void **state)
{
	SSL_CTX *ctx = tls_peer_ctx("good", TLS1_2_VERSION);
	struct rig rig;
	size_t len;
	char byte;

	(void)state;
	begin(&rig, ctx, PART_BYTES);
	tls_peer_renegotiate(&rig.peer);
	fake_wire_arrive(&rig.peer.fake);
	rig.peer.fake.is_blocked = true;
	assert_int_equal(wire_read(rig.wire, &byte, 1, &len), ERR_AGAIN);
	rig.peer.fake.is_blocked = false;
	assert_int_equal(offer(&rig, 0, 40000, true), 0);
	assert_false(rig.peer.fake.last_put.may_wait);
	rig.unsent = span_of(body, 40000);
	rig_want(&rig);
	rig_run(&rig);
	assert_span(span_of(rig.peer.got, rig.peer.got_len), span_of(body, 40000));
	end(&rig, ctx);
}

/* The server asks for it while a record is half written: it begins behind that. */
static void a_handshake_behind_a_record_waits_for_nothing(void **state)
{
	SSL_CTX *ctx = tls_peer_ctx("good", TLS1_2_VERSION);
	struct rig rig;
	size_t len, at;
	char byte;

	(void)state;
	begin(&rig, ctx, PART_BYTES);
	rig.peer.fake.is_blocked = true;
	assert_int_equal(offer(&rig, 0, 40000, true), 0);
	tls_peer_renegotiate(&rig.peer);
	fake_wire_arrive(&rig.peer.fake);
	assert_int_equal(wire_read(rig.wire, &byte, 1, &len), ERR_AGAIN);
	rig.peer.fake.is_blocked = false;
	at = offer(&rig, 0, 40000, true);
	assert_true(at > 0 && at < 40000);
	assert_false(rig.peer.fake.last_put.may_wait);
	rig.unsent = span_of(body + at, 40000 - at);
	rig_want(&rig);
	rig_run(&rig);
	assert_span(span_of(rig.peer.got, rig.peer.got_len), span_of(body, 40000));
	end(&rig, ctx);
}

/* ---- new keys ---- */

/* The client answers the update with one of its own, in front of its next record. */
static void an_update_of_keys_waits_with_the_record_behind_it(void **state)
{
	SSL_CTX *ctx = tls_peer_ctx("good", TLS1_3_VERSION);
	struct rig rig;
	struct fake_put *puts = rig.peer.fake.puts;

	(void)state;
	begin(&rig, ctx, PART_BYTES);
	assert_int_equal(offer(&rig, 0, 1000, true), 1000);
	SSL_key_update(rig.peer.ssl, SSL_KEY_UPDATE_REQUESTED);
	SSL_do_handshake(rig.peer.ssl);
	tls_peer_flush(&rig.peer);
	rig_run(&rig);
	assert_int_equal(rig.peer.fake.writes, 1);
	assert_int_equal(offer(&rig, 1000, 20000, false), 20000);
	assert_int_equal(rig.peer.fake.writes, 4);
	assert_true(puts[1].bytes < 40 && puts[1].may_wait && puts[2].may_wait);
	assert_false(puts[3].may_wait);
	rig_run(&rig);
	assert_span(span_of(rig.peer.got, rig.peer.got_len), span_of(body, 21000));
	end(&rig, ctx);
}

/* One who reads a long body straight from the wire does not notice. */
static void keys_may_change_in_the_middle_of_what_is_read(void **state)
{
	static const int kinds[] = {SSL_KEY_UPDATE_NOT_REQUESTED,
				    SSL_KEY_UPDATE_REQUESTED};
	static const size_t caps[] = {0, 1000, 2 * 16384, 100000};
	static const size_t arrivals[] = {0, 1, 40000};

	(void)state;
	for (unsigned i = 0; i < TEST_COUNT(kinds) * TEST_COUNT(caps); i++)
		for (unsigned k = 0; k < TEST_COUNT(arrivals); k++) {
			SSL_CTX *ctx = tls_peer_ctx("good", TLS1_3_VERSION);
			struct rig rig;

			begin(&rig, ctx, PART_BYTES);
			rig.read_bytes = caps[i / 2];
			rig.peer.fake.piece_bytes = arrivals[k];
			for (size_t at = 0; at < sizeof(body); at += sizeof(body) / 4) {
				tls_peer_say(&rig.peer,
					     span_of(body + at, sizeof(body) / 4));
				SSL_key_update(rig.peer.ssl, kinds[i % 2]);
				SSL_do_handshake(rig.peer.ssl);
				tls_peer_flush(&rig.peer);
			}
			rig_run(&rig);
			assert_span(span_of(rig.got, rig.got_len),
				    span_of(body, sizeof(body)));
			rig_say(&rig, SPAN("thanks"));
			rig_run(&rig);
			assert_string_equal(rig.peer.got, "thanks");
			end(&rig, ctx);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(records_fill_what_the_wire_below_takes_at_a_time),
		RIG_TEST(what_waits_makes_the_next_part_shorter),
		RIG_TEST(the_end_of_a_body_waits_for_nothing),
		RIG_TEST(a_record_that_is_half_written_had_best_be_offered_whole),
		RIG_TEST(alerts_wait_for_nothing),
		RIG_TEST(a_handshake_waits_for_nothing),
		RIG_TEST(a_handshake_behind_a_record_waits_for_nothing),
		RIG_TEST(an_update_of_keys_waits_with_the_record_behind_it),
		RIG_TEST(keys_may_change_in_the_middle_of_what_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
