/* SPDX-License-Identifier: MIT */
/* TLS as a wire: records, readiness, ends. */
#include "tls/rig.h"

#include "lib/pattern.h"

static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

#define EACH_VERSION(version)                                                            \
	for (const int *version = versions; version < versions + TEST_COUNT(versions);   \
	     version++)

/* ---- handshakes ---- */

static void a_handshake_makes_facts_known(void **state)
{
	(void)state;
	EACH_VERSION(version)
	{
		bool is_new = *version == TLS1_3_VERSION;
		SSL_CTX *ctx = tls_peer_ctx("good", *version);
		struct rig rig;

		rig_init(&rig, ctx);
		assert_true(rig_connect(&rig));
		assert_null(rig.facts->version);
		assert_null(rig.facts->verdict);
		rig_run(&rig);
		assert_true(rig.is_open);
		assert_string_equal(rig.facts->version, is_new ? "TLSv1.3" : "TLSv1.2");
		assert_string_equal(rig.facts->cipher,
				    is_new ? "TLS_AES_256_GCM_SHA384"
					   : "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384");
		assert_non_null(rig.facts->verdict);
		assert_int_equal(rig.facts->verdict->errors, 0);
		assert_null(rig.facts->issuers);
		assert_false(rig.facts->is_resumed);
		assert_int_equal(rig.facts->alpn.len, 0);
		assert_span(rig.wire->peer, SPAN("127.0.0.1:80"));
		rig_done(&rig);
		SSL_CTX_free(ctx);
	}
}

static void nothing_but_the_hello_is_sent_before_the_server_has_answered(void **state)
{
	SSL_CTX *ctx = tls_peer_ctx("good", 0);
	struct rig rig;

	(void)state;
	rig_init(&rig, ctx);
	assert_true(tls_new(&rig.loop, &rig.peer.fake.wire, &rig.options, &rig.wire) ==
		    0);
	assert_int_equal(rig.peer.fake.written, 0);
	assert_int_equal(tls_handshake(rig.wire), ERR_AGAIN);
	assert_int_equal(rig.peer.fake.writes, 1);
	assert_int_equal(rig.peer.fake.wanted, WIRE_READABLE);
	rig_done(&rig);
	SSL_CTX_free(ctx);
}

static void bytes_go_both_ways_also_one_by_one(void **state)
{
	static char pattern[60000];

	(void)state;
	pattern_fill(pattern, 0, sizeof(pattern));
	EACH_VERSION(version)
	{
		for (unsigned is_slow = 0; is_slow < 2; is_slow++) {
			struct span some =
				span_of(pattern, is_slow ? 3000 : sizeof(pattern));
			SSL_CTX *ctx = tls_peer_ctx("good", *version);
			struct rig rig;

			rig_init(&rig, ctx);
			rig.peer.fake.piece_bytes = is_slow;
			rig.peer.fake.write_bytes = is_slow;
			rig.peer.fake.blocks = is_slow;
			rig_open(&rig);
			rig_say(&rig, some);
			tls_peer_say(&rig.peer, some);
			rig_run(&rig);
			assert_span(span_of(rig.got, rig.got_len), some);
			assert_span(span_of(rig.peer.got, rig.peer.got_len), some);
			rig_done(&rig);
			SSL_CTX_free(ctx);
		}
	}
}

static void names_are_told_to_the_server_and_addresses_are_not(void **state)
{
	const struct {
		const char *host, *told; /* NULL: nothing */
	} rows[] = {
		{"good.test", "good.test"},
		{"good.test.", "good.test"},
		{"localhost", "localhost"},
		{"a.localhost.", "a.localhost"},
		{"h2", "h2"},
		{"127.0.0.1", NULL},
		{"[::1]", NULL},
		{"", NULL},
		{".", NULL},
	};
	SSL_CTX *ctx = tls_peer_ctx("good", 0);

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct rig rig;
		const char *told;

		rig_init(&rig, ctx);
		rig.options.host = span_str(rows[i].host);
		rig.options.forgiven = VERDICT_NAME;
		rig_open(&rig);
		told = SSL_get_servername(rig.peer.ssl, TLSEXT_NAMETYPE_host_name);
		if (rows[i].told)
			assert_string_equal(told, rows[i].told);
		else
			assert_null(told);
		rig_done(&rig);
	}
	SSL_CTX_free(ctx);
}

static void a_name_that_is_too_long_is_not_told(void **state)
{
	SSL_CTX *ctx = tls_peer_ctx("good", 0);
	char host[300];

	(void)state;
	memset(host, 'a', sizeof(host));
	for (size_t len = 255; len <= 256; len++) {
		struct rig rig;

		rig_init(&rig, ctx);
		rig.options.host = span_of(host, len);
		rig.options.forgiven = VERDICT_NAME;
		rig_open(&rig);
		assert_int_equal(SSL_get_servername(rig.peer.ssl, 0) != NULL, len == 255);
		rig_done(&rig);
	}
	SSL_CTX_free(ctx);
}

static int choose_second(SSL *ssl, const unsigned char **out, unsigned char *out_len,
			 const unsigned char *in, unsigned in_len, void *argument)
{
	(void)ssl;
	(void)in_len;
	(void)argument;
	*out = in + 1 + in[0] + 1;
	*out_len = in[1 + in[0]];
	return SSL_TLSEXT_ERR_OK;
}

static void the_protocol_that_the_server_chooses_is_a_fact(void **state)
{
	(void)state;
	EACH_VERSION(version)
	{
		SSL_CTX *ctx = tls_peer_ctx("good", *version);
		struct rig rig;

		SSL_CTX_set_alpn_select_cb(ctx, choose_second, NULL);
		rig_init(&rig, ctx);
		rig.options.alpn = SPAN("\x02h2\x08http/1.1");
		rig_open(&rig);
		assert_span(rig.facts->alpn, SPAN("http/1.1"));
		rig_done(&rig);
		SSL_CTX_free(ctx);
	}
}

/* ---- records ---- */

static void head_and_body_leave_as_one_record_in_one_write(void **state)
{
	SSL_CTX *ctx = tls_peer_ctx("good", TLS1_3_VERSION);
	char head[] = "HEAD", body[] = "body", tail[] = "!";
	const struct iovec pieces[] = {{head, 4}, {body, 4}, {tail, 1}};
	unsigned writes, records;
	struct rig rig;
	size_t len;

	(void)state;
	rig_begin(&rig, ctx);
	writes = rig.peer.fake.writes;
	records = rig.peer.records;
	assert_int_equal(wire_write(rig.wire, pieces, 3, false, &len), 0);
	assert_int_equal(len, 9);
	rig_run(&rig);
	assert_int_equal(rig.peer.fake.writes, writes + 1);
	assert_int_equal(rig.peer.records, records + 1);
	assert_string_equal(rig.peer.got, "HEADbody!");
	rig_done(&rig);
	SSL_CTX_free(ctx);
}

static void a_small_head_and_a_large_body_fill_records(void **state)
{
	static char body[40000];
	char head[100];
	struct iovec pieces[] = {{head, sizeof(head)}, {body, sizeof(body)}};
	SSL_CTX *ctx = tls_peer_ctx("good", TLS1_3_VERSION);
	struct rig rig;
	size_t len;

	(void)state;
	memset(head, 'h', sizeof(head));
	pattern_fill(body, 0, sizeof(body));
	rig_begin(&rig, ctx);
	assert_int_equal(wire_write(rig.wire, pieces, 2, false, &len), 0);
	assert_int_equal(len, 16384);
	pieces[1].iov_base = body + len - sizeof(head);
	pieces[1].iov_len -= len - sizeof(head);
	assert_int_equal(wire_write(rig.wire, pieces + 1, 1, false, &len), 0);
	assert_int_equal(len, 16384);
	rig_run(&rig);
	assert_int_equal(rig.peer.got_len, 32768);
	assert_memory_equal(rig.peer.got + 100, body, 32668);
	rig_done(&rig);
	SSL_CTX_free(ctx);
}

static void a_write_that_was_blocked_goes_on_with_more_bytes(void **state)
{
	char text[] = "one two three";
	struct iovec first = {text, 4}, more[] = {{text, 4}, {text + 4, 9}};
	SSL_CTX *ctx = tls_peer_ctx("good", 0);
	struct rig rig;
	size_t len = 0;

	(void)state;
	rig_begin(&rig, ctx);
	rig.peer.fake.is_blocked = true;
	assert_int_equal(wire_write(rig.wire, &first, 1, false, &len), ERR_AGAIN);
	assert_int_equal(wire_write(rig.wire, more, 2, false, &len), ERR_AGAIN);
	wire_wants(rig.wire, WIRE_READABLE | WIRE_WRITABLE);
	assert_int_equal(rig.peer.fake.wanted, WIRE_READABLE | WIRE_WRITABLE);
	fake_wire_tell(&rig.peer.fake);
	assert_true(rig.told & WIRE_WRITABLE);
	assert_int_equal(wire_write(rig.wire, more, 2, false, &len), 0);
	assert_int_equal(len, 4);
	assert_int_equal(wire_write(rig.wire, more + 1, 1, false, &len), 0);
	assert_int_equal(len, 9);
	rig_run(&rig);
	assert_string_equal(rig.peer.got, "one two three");
	rig_done(&rig);
	SSL_CTX_free(ctx);
}

static void many_records_come_in_one_read(void **state)
{
	static char pattern[1000];
	SSL_CTX *ctx = tls_peer_ctx("good", 0);
	struct rig rig;
	unsigned reads;

	(void)state;
	rig_begin(&rig, ctx);
	pattern_fill(pattern, 0, sizeof(pattern));
	for (unsigned i = 0; i < 16; i++)
		tls_peer_say(&rig.peer, span_of(pattern, sizeof(pattern)));
	reads = rig.peer.fake.reads;
	rig_run(&rig);
	assert_int_equal(rig.reads, 1);
	assert_int_equal(rig.got_len, 16 * sizeof(pattern));
	assert_int_equal(rig.peer.fake.reads, reads + 1);
	rig_done(&rig);
	SSL_CTX_free(ctx);
}

/* Not first its head and then the rest. */
static void a_long_record_is_received_in_one_read(void **state)
{
	static char pattern[256 * 1024];
	SSL_CTX *ctx = tls_peer_ctx("good", 0);
	struct rig rig;
	unsigned reads;

	(void)state;
	rig_begin(&rig, ctx);
	pattern_fill(pattern, 0, sizeof(pattern));
	tls_peer_say(&rig.peer, span_of(pattern, sizeof(pattern)));
	reads = rig.peer.fake.reads;
	rig_run(&rig);
	assert_span(span_of(rig.got, rig.got_len), span_of(pattern, sizeof(pattern)));
	assert_true(rig.peer.fake.reads - reads <= sizeof(pattern) / (16 * 1024) + 1);
	rig_done(&rig);
	SSL_CTX_free(ctx);
}

static void tickets_are_not_bytes(void **state)
{
	SSL_CTX *ctx = tls_peer_ctx("good", TLS1_3_VERSION);
	struct rig rig;
	char byte;
	size_t len;

	(void)state;
	SSL_CTX_set_num_tickets(ctx, 5);
	rig_begin(&rig, ctx);
	assert_int_equal(rig.reads, 0);
	assert_int_equal(wire_read(rig.wire, &byte, 1, &len), ERR_AGAIN);
	rig_done(&rig);
	SSL_CTX_free(ctx);
}

/* A look at a kept connection, of whose end nobody has told yet. */
static void a_read_that_was_not_told_of_asks_the_wire_below(void **state)
{
	SSL_CTX *ctx = tls_peer_ctx("good", 0);
	struct rig rig;
	char byte;
	size_t len;

	(void)state;
	rig_begin(&rig, ctx);
	assert_int_equal(wire_read(rig.wire, &byte, 1, &len), ERR_AGAIN);
	tls_peer_say(&rig.peer, SPAN("x"));
	fake_wire_arrive(&rig.peer.fake);
	assert_int_equal(wire_read(rig.wire, &byte, 1, &len), 0);
	assert_int_equal(byte, 'x');
	rig_done(&rig);
	SSL_CTX_free(ctx);
}

/* ---- readiness ---- */

static void who_does_not_want_to_read_holds_the_peer_back(void **state)
{
	SSL_CTX *ctx = tls_peer_ctx("good", 0);
	struct rig rig;

	(void)state;
	rig_begin(&rig, ctx);
	assert_int_equal(rig.peer.fake.wanted, WIRE_READABLE);
	rig.is_deaf = true;
	rig_want(&rig);
	assert_int_equal(rig.peer.fake.wanted, 0);
	tls_peer_say(&rig.peer, SPAN("later"));
	rig_run(&rig);
	assert_int_equal(rig.got_len, 0);
	rig.is_deaf = false;
	rig_want(&rig);
	assert_int_equal(rig.peer.fake.wanted, WIRE_READABLE);
	rig_run(&rig);
	assert_string_equal(rig.got, "later");
	rig_done(&rig);
	SSL_CTX_free(ctx);
}

static void bytes_inside_are_told_as_those_outside(void **state)
{
	SSL_CTX *ctx = tls_peer_ctx("good", 0);
	struct rig rig;
	char bytes[8];
	size_t len;

	(void)state;
	rig_begin(&rig, ctx);
	tls_peer_say(&rig.peer, SPAN("0123456789abcdef"));
	fake_wire_arrive(&rig.peer.fake);
	assert_int_equal(wire_read(rig.wire, bytes, sizeof(bytes), &len), 0);
	assert_int_equal(len, sizeof(bytes));
	for (unsigned i = 0; i < 3; i++) {
		rig.told = 0;
		assert_true(still_loop_turn(&rig.loop));
		assert_int_equal(rig.told, WIRE_READABLE);
	}
	wire_wants(rig.wire, 0);
	assert_false(still_loop_turn(&rig.loop));
	wire_wants(rig.wire, WIRE_READABLE);
	assert_true(still_loop_turn(&rig.loop));
	assert_int_equal(wire_read(rig.wire, bytes, sizeof(bytes), &len), 0);
	assert_memory_equal(bytes, "89abcdef", 8);
	assert_false(still_loop_turn(&rig.loop));
	rig_done(&rig);
	SSL_CTX_free(ctx);
}

static void free_when_told(void *owner, unsigned ready)
{
	struct rig *rig = owner;

	(void)ready;
	wire_free(rig->wire);
	rig->wire = NULL;
}

static void a_wire_may_be_freed_when_it_tells(void **state)
{
	SSL_CTX *ctx = tls_peer_ctx("good", 0);

	(void)state;
	for (unsigned when = 0; when < 3; when++) {
		struct rig rig;
		char byte;
		size_t len;

		rig_init(&rig, ctx);
		assert_true(rig_connect(&rig));
		if (when)
			rig_run(&rig);
		wire_own(rig.wire, free_when_told, &rig);
		if (when)
			tls_peer_say(&rig.peer, SPAN("two"));
		else
			tls_peer_turn(&rig.peer);
		fake_wire_arrive(&rig.peer.fake);
		if (when == 2) {
			assert_int_equal(wire_read(rig.wire, &byte, 1, &len), 0);
			assert_true(still_loop_turn(&rig.loop));
		} else {
			assert_true(fake_wire_tell(&rig.peer.fake));
		}
		assert_null(rig.wire);
		assert_true(rig.peer.fake.is_freed);
		rig_done(&rig);
	}
	SSL_CTX_free(ctx);
}

static void nobody_has_to_be_told(void **state)
{
	SSL_CTX *ctx = tls_peer_ctx("good", 0);
	struct rig rig;

	(void)state;
	rig_begin(&rig, ctx);
	wire_own(rig.wire, NULL, NULL);
	tls_peer_say(&rig.peer, SPAN("two"));
	fake_wire_arrive(&rig.peer.fake);
	assert_false(rig.told);
	fake_wire_tell(&rig.peer.fake);
	rig_done(&rig);
	SSL_CTX_free(ctx);
}

/* ---- fairness ---- */

/* Lets the server send what is no bytes of the application, or hardly any. */
static void flood(struct tls_peer *peer, bool has_bytes)
{
	for (unsigned i = 0; i < 10000; i++) {
		if (has_bytes) {
			assert_int_equal(SSL_write(peer->ssl, "x", 1), 1);
			continue;
		}
		SSL_key_update(peer->ssl, SSL_KEY_UPDATE_NOT_REQUESTED);
		assert_int_equal(SSL_do_handshake(peer->ssl), 1);
	}
	tls_peer_flush(peer);
}

/* Who sends for ever what is not worth it must not keep the loop for ever. */
static void a_read_takes_only_so_much_from_below(void **state)
{
	SSL_CTX *ctx = tls_peer_ctx("good", TLS1_3_VERSION);

	(void)state;
	for (unsigned has_bytes = 0; has_bytes < 2; has_bytes++) {
		struct rig rig;
		size_t before;
		enum err err;
		size_t len = 0;

		rig_begin(&rig, ctx);
		flood(&rig.peer, has_bytes);
		fake_wire_arrive(&rig.peer.fake);
		before = rig.peer.fake.taken;
		err = wire_read(rig.wire, rig.got, RIG_GOT_BYTES, &len);
		assert_int_equal(err, has_bytes ? ERR_NONE : ERR_AGAIN);
		assert_in_range(rig.peer.fake.taken - before, 1, 3 * TLS_READ_BYTES);
		assert_int_equal(rig.peer.fake.wanted, WIRE_READABLE);
		rig.got_len += len;
		rig_run(&rig);
		assert_int_equal(rig.got_len, has_bytes ? 10000 : 0);
		assert_int_equal(rig.peer.fake.taken, rig.peer.sent_len);
		rig_done(&rig);
	}
	SSL_CTX_free(ctx);
}

/* ---- ends ---- */

static void close_notify_is_an_end_and_a_cut_is_not(void **state)
{
	(void)state;
	EACH_VERSION(version)
	{
		for (unsigned is_cut = 0; is_cut < 2; is_cut++) {
			SSL_CTX *ctx = tls_peer_ctx("good", *version);
			struct rig rig;

			rig_begin(&rig, ctx);
			tls_peer_say(&rig.peer, SPAN("bye"));
			if (!is_cut)
				SSL_shutdown(rig.peer.ssl);
			tls_peer_flush(&rig.peer);
			rig.peer.fake.end = ERR_EOF;
			rig_run(&rig);
			assert_string_equal(rig.got, "bye");
			assert_true(rig.is_over);
			assert_int_equal(rig.err, is_cut ? ERR_CLOSED : ERR_EOF);
			if (is_cut)
				assert_string_equal(
					rig.fault.what,
					"the connection ended without close_notify");
			rig_done(&rig);
			SSL_CTX_free(ctx);
		}
	}
}

/* The wire below has no more to tell then. */
static void an_end_behind_bytes_is_told_by_itself(void **state)
{
	SSL_CTX *ctx = tls_peer_ctx("good", 0);
	struct rig rig;
	char bytes[16];
	size_t len;

	(void)state;
	rig_begin(&rig, ctx);
	tls_peer_say(&rig.peer, SPAN("bye"));
	SSL_shutdown(rig.peer.ssl);
	tls_peer_flush(&rig.peer);
	fake_wire_arrive(&rig.peer.fake);
	assert_int_equal(wire_read(rig.wire, bytes, sizeof(bytes), &len), 0);
	assert_int_equal(len, 3);
	for (unsigned i = 0; i < 2; i++) {
		assert_true(still_loop_turn(&rig.loop));
		assert_true(rig.told);
		assert_int_equal(wire_read(rig.wire, bytes, sizeof(bytes), &len),
				 ERR_EOF);
	}
	wire_wants(rig.wire, 0);
	assert_false(still_loop_turn(&rig.loop));
	rig_done(&rig);
	SSL_CTX_free(ctx);
}

static void failures_of_the_wire_below_keep_their_code(void **state)
{
	static const enum err failures[] = {ERR_RESET, ERR_TIMEOUT, ERR_NO_MEMORY};
	SSL_CTX *ctx = tls_peer_ctx("good", 0);

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(failures); i++) {
		struct rig rig;

		rig_begin(&rig, ctx);
		rig.peer.fake.end = failures[i];
		rig_run(&rig);
		assert_int_equal(rig.err, failures[i]);
		assert_string_equal(rig.fault.what, "recv");
		rig_done(&rig);

		rig_begin(&rig, ctx);
		rig.peer.fake.break_at = rig.peer.fake.written;
		rig.peer.fake.break_with = failures[i];
		rig_say(&rig, SPAN("x"));
		assert_int_equal(rig.write_err, failures[i]);
		assert_string_equal(rig.wire->fault.what, "send");
		/* What had been on its way can still be read. */
		tls_peer_say(&rig.peer, SPAN("early"));
		rig_run(&rig);
		assert_string_equal(rig.got, "early");
		rig_done(&rig);
	}
	SSL_CTX_free(ctx);
}

static void one_who_has_said_good_bye_can_be_written_to(void **state)
{
	SSL_CTX *ctx = tls_peer_ctx("good", 0);
	char byte[] = "x";
	const struct iovec piece = {byte, 1};
	struct rig rig;
	size_t len;

	(void)state;
	rig_begin(&rig, ctx);
	SSL_shutdown(rig.peer.ssl);
	tls_peer_flush(&rig.peer);
	rig_run(&rig);
	assert_int_equal(rig.err, ERR_EOF);
	assert_int_equal(wire_write(rig.wire, &piece, 1, false, &len), 0);
	rig.peer.fake.break_at = rig.peer.fake.written;
	rig.peer.fake.break_with = ERR_CLOSED;
	assert_int_equal(wire_write(rig.wire, &piece, 1, false, &len), ERR_CLOSED);
	rig_done(&rig);
	SSL_CTX_free(ctx);
}

static void the_one_who_frees_says_good_bye(void **state)
{
	(void)state;
	EACH_VERSION(version)
	{
		for (unsigned is_blocked = 0; is_blocked < 2; is_blocked++) {
			SSL_CTX *ctx = tls_peer_ctx("good", *version);
			char byte[] = "x";
			const struct iovec piece = {byte, 1};
			struct rig rig;
			size_t len;

			rig_begin(&rig, ctx);
			if (is_blocked) {
				rig.peer.fake.is_blocked = true;
				assert_int_equal(
					wire_write(rig.wire, &piece, 1, false, &len),
					ERR_AGAIN);
				rig.peer.fake.is_blocked = false;
			}
			rig_free_wire(&rig);
			tls_peer_turn(&rig.peer);
			assert_int_equal(rig.peer.is_notified, !is_blocked);
			assert_false(rig.peer.is_broken);
			rig_done(&rig);
			SSL_CTX_free(ctx);
		}
	}
}

static void nobody_says_good_bye_in_a_handshake_or_behind_a_failure(void **state)
{
	SSL_CTX *ctx = tls_peer_ctx("good", 0);
	struct rig rig;
	size_t written;

	(void)state;
	rig_init(&rig, ctx);
	assert_true(rig_connect(&rig));
	written = rig.peer.fake.written;
	rig_free_wire(&rig);
	assert_int_equal(rig.peer.fake.written, written);
	rig_done(&rig);

	rig_begin(&rig, ctx);
	rig.peer.fake.end = ERR_RESET;
	rig_run(&rig);
	written = rig.peer.fake.written;
	rig_free_wire(&rig);
	assert_int_equal(rig.peer.fake.written, written);
	rig_done(&rig);
	SSL_CTX_free(ctx);
}

/* A record that does not decrypt. */
static void a_forged_record_breaks_the_connection_for_good(void **state)
{
	(void)state;
	EACH_VERSION(version)
	{
		SSL_CTX *ctx = tls_peer_ctx("good", *version);
		struct rig rig;
		char byte[1] = {0};
		const struct iovec piece = {byte, 1};
		size_t len;

		rig_begin(&rig, ctx);
		tls_peer_say(&rig.peer, SPAN("good"));
		tls_peer_say(&rig.peer, SPAN("forged"));
		rig.peer.sent[rig.peer.sent_len - 1] ^= 1;
		rig_run(&rig);
		assert_string_equal(rig.got, "good");
		assert_int_equal(rig.err, ERR_TLS);
		assert_string_equal(rig.fault.what,
				    "decryption failed or bad record mac");
		assert_int_equal(wire_read(rig.wire, byte, 1, &len), ERR_TLS);
		assert_int_equal(wire_write(rig.wire, &piece, 1, false, &len), ERR_TLS);
		rig_free_wire(&rig);
		tls_peer_turn(&rig.peer);
		assert_true(rig.peer.is_broken);
		assert_non_null(strstr(rig.peer.error, "bad record mac"));
		rig_done(&rig);
		SSL_CTX_free(ctx);
	}
}

/* The verbs of the fake wire, which the next function stands before. */
static const struct wire_ops *plain_ops;

/* As TLS with a proxy does: it begins with a clean list of errors. */
static enum err write_by_openssl(struct wire *wire, const struct iovec *pieces, int count,
				 bool may_wait, size_t *out_len)
{
	ERR_clear_error();
	return plain_ops->write(wire, pieces, count, may_wait, out_len);
}

/* The peer is told of the failure before the failure is read. */
static void a_failure_is_known_also_where_tls_lies_below(void **state)
{
	(void)state;
	EACH_VERSION(version)
	{
		SSL_CTX *ctx = tls_peer_ctx("good", *version);
		struct wire_ops ops;
		struct rig rig;

		rig_begin(&rig, ctx);
		plain_ops = rig.peer.fake.wire.ops;
		ops = *plain_ops;
		ops.write = write_by_openssl;
		rig.peer.fake.wire.ops = &ops;
		tls_peer_say(&rig.peer, SPAN("forged"));
		rig.peer.sent[rig.peer.sent_len - 1] ^= 1;
		rig_run(&rig);
		assert_int_equal(rig.err, ERR_TLS);
		assert_string_equal(rig.fault.what,
				    "decryption failed or bad record mac");
		rig_done(&rig);
		SSL_CTX_free(ctx);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(a_handshake_makes_facts_known),
		RIG_TEST(nothing_but_the_hello_is_sent_before_the_server_has_answered),
		RIG_TEST(bytes_go_both_ways_also_one_by_one),
		RIG_TEST(names_are_told_to_the_server_and_addresses_are_not),
		RIG_TEST(a_name_that_is_too_long_is_not_told),
		RIG_TEST(the_protocol_that_the_server_chooses_is_a_fact),
		RIG_TEST(head_and_body_leave_as_one_record_in_one_write),
		RIG_TEST(a_small_head_and_a_large_body_fill_records),
		RIG_TEST(a_write_that_was_blocked_goes_on_with_more_bytes),
		RIG_TEST(many_records_come_in_one_read),
		RIG_TEST(a_long_record_is_received_in_one_read),
		RIG_TEST(tickets_are_not_bytes),
		RIG_TEST(a_read_that_was_not_told_of_asks_the_wire_below),
		RIG_TEST(who_does_not_want_to_read_holds_the_peer_back),
		RIG_TEST(bytes_inside_are_told_as_those_outside),
		RIG_TEST(a_wire_may_be_freed_when_it_tells),
		RIG_TEST(nobody_has_to_be_told),
		RIG_TEST(a_read_takes_only_so_much_from_below),
		RIG_TEST(close_notify_is_an_end_and_a_cut_is_not),
		RIG_TEST(an_end_behind_bytes_is_told_by_itself),
		RIG_TEST(failures_of_the_wire_below_keep_their_code),
		RIG_TEST(one_who_has_said_good_bye_can_be_written_to),
		RIG_TEST(the_one_who_frees_says_good_bye),
		RIG_TEST(nobody_says_good_bye_in_a_handshake_or_behind_a_failure),
		RIG_TEST(a_forged_record_breaks_the_connection_for_good),
		RIG_TEST(a_failure_is_known_also_where_tls_lies_below),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
