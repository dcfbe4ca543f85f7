/* SPDX-License-Identifier: MIT */
/*
 * A TLS wire and its server on one thread. The client acts only when it is told: it
 * shakes hands, then writes what it has been given and reads what it is allowed to.
 *
 *	rig_init(&rig, ctx);
 *	rig_connect(&rig);
 *	rig_run(&rig);
 *	...
 *	rig_done(&rig);
 */
#ifndef IXHR2_TESTS_TLS_RIG_H
#define IXHR2_TESTS_TLS_RIG_H

#include "lib/test.h"

#include <openssl/err.h>
#include <string.h>

#include "base/mem.h"
#include "engine/still_loop.h"
#include "lib/pki.h"
#include "lib/tls_peer.h"
#include "tls/tls.h"
#include "tls/trust.h"

/* Turns without any movement after which there is nothing more to come. */
#define RIG_IDLE_TURNS 4

/* Turns after which one is told for ever of what is not there. */
#define RIG_MAX_TURNS 200000

#define RIG_GOT_BYTES (512u * 1024)

struct rig {
	struct loop loop;	    /* still */
	struct tls_peer peer;	    /* the server */
	struct tls_options options; /* of the client; changed before rig_connect */
	struct wire *wire;	    /* the client's, or NULL */
	const struct tls_facts *facts;
	struct span unsent; /* to be written */
	size_t read_bytes;  /* cap of a read; 0: all that there is room for */
	bool is_deaf;	    /* the client does not want to read */
	bool is_open;	    /* its handshake is done */
	bool is_over;	    /* err is how reading has ended */
	unsigned told;	    /* since it has acted */
	unsigned reads;	    /* calls of read that gave bytes */
	enum err err;	    /* the failure of the handshake or of reading, or ERR_EOF */
	enum err write_err; /* of writing */
	struct fault fault; /* of err */
	char *got;	    /* decrypted, with a NUL */
	size_t got_len;	    /* of got */
};

static struct trust *rig_trust; /* with root.pem alone */

static inline bool rig_no_suffix(struct span name)
{
	return span_eq(name, SPAN("test"));
}

/* A trust with the roots of lib/pki.h. */
static inline struct trust *rig_new_trust(void)
{
	const struct trust_options options = {.ca_file = pki_path("root.pem"),
					      .is_public_suffix = rig_no_suffix};
	struct fault fault = {0};
	struct trust *trust;

	assert_int_equal(trust_new(&options, &trust, &fault), 0);
	return trust;
}

static inline int rig_set_up(void **state)
{
	(void)state;
	rig_trust = rig_new_trust();
	return 0;
}

static inline int rig_tear_down(void **state)
{
	(void)state;
	trust_free(rig_trust);
	return mem_live_blocks() == 0 && ERR_peek_error() == 0 ? 0 : -1;
}

/* A test that has rig_trust, and leaves neither memory nor an error behind. */
#define RIG_TEST(name) cmocka_unit_test_setup_teardown(name, rig_set_up, rig_tear_down)

static inline void rig_init(struct rig *rig, SSL_CTX *ctx)
{
	*rig = (struct rig){.options = {.trust = rig_trust,
					.host = SPAN("good.test"),
					.key = SPAN("key")}};
	still_loop_init(&rig->loop);
	tls_peer_init(&rig->peer, ctx);
	rig->got = calloc(1, RIG_GOT_BYTES + 1);
	assert_non_null(rig->got);
}

static inline void rig_free_wire(struct rig *rig)
{
	if (!rig->wire)
		return;
	wire_free(rig->wire);
	rig->wire = NULL;
	rig->facts = NULL;
	assert_true(rig->peer.fake.is_freed);
	assert_false(still_loop_turn(&rig->loop));
	tls_peer_turn(&rig->peer);
}

static inline void rig_done(struct rig *rig)
{
	rig_free_wire(rig);
	still_loop_done(&rig->loop);
	tls_peer_done(&rig->peer);
	free(rig->got);
}

static inline void rig_ready(void *owner, unsigned ready)
{
	struct rig *rig = owner;

	assert_true(ready != 0);
	rig->told |= ready;
}

static inline void rig_want(struct rig *rig)
{
	wire_wants(rig->wire, (rig->is_deaf ? 0u : WIRE_READABLE) |
				      (rig->unsent.len ? WIRE_WRITABLE : 0u));
}

static inline void rig_fail(struct rig *rig, enum err err)
{
	rig->err = err;
	rig->is_over = true;
	rig->fault = rig->wire->fault;
	if (err < 0)
		assert_int_equal(rig->fault.err, err);
	wire_wants(rig->wire, 0);
}

static inline void rig_shake(struct rig *rig)
{
	enum err err = tls_handshake(rig->wire);

	if (err == ERR_AGAIN)
		return;
	if (err) {
		rig_fail(rig, err);
		return;
	}
	rig->is_open = true;
	rig_want(rig);
}

static inline void rig_write(struct rig *rig)
{
	while (rig->unsent.len && !rig->write_err) {
		const struct iovec piece = {(char *)(uintptr_t)rig->unsent.at,
					    rig->unsent.len};
		size_t len = 0;
		enum err err = wire_write(rig->wire, &piece, 1, false, &len);

		if (err == ERR_AGAIN)
			break;
		rig->write_err = err;
		rig->unsent = err ? span_of(NULL, 0) : span_skip(rig->unsent, len);
	}
	rig_want(rig);
}

static inline void rig_read(struct rig *rig)
{
	while (!rig->is_over && !rig->is_deaf) {
		size_t room = RIG_GOT_BYTES - rig->got_len, len = 0;
		size_t cap = rig->read_bytes && rig->read_bytes < room ? rig->read_bytes
								       : room;
		enum err err = wire_read(rig->wire, rig->got + rig->got_len, cap, &len);

		if (err == ERR_AGAIN)
			return;
		if (err) {
			rig_fail(rig, err);
			return;
		}
		rig->reads++;
		rig->got_len += len;
		if (len < cap)
			return;
	}
}

static inline void rig_act(struct rig *rig)
{
	unsigned told = rig->told;

	rig->told = 0;
	if (!told || rig->is_over)
		return;
	if (!rig->is_open) {
		rig_shake(rig);
		return;
	}
	if (told & WIRE_WRITABLE)
		rig_write(rig);
	if (told & WIRE_READABLE)
		rig_read(rig);
}

/* Gives the client something to write. */
static inline void rig_say(struct rig *rig, struct span bytes)
{
	rig->unsent = bytes;
	rig_write(rig);
}

/* One turn; whether anything moved. */
static inline bool rig_turn(struct rig *rig)
{
	struct fake_wire *fake = &rig->peer.fake;
	size_t before = fake->arrived + fake->taken + fake->written;
	bool has_moved = tls_peer_turn(&rig->peer);

	fake_wire_arrive(fake);
	has_moved |= fake_wire_tell(fake);
	has_moved |= still_loop_turn(&rig->loop);
	rig_act(rig);
	return has_moved || fake->arrived + fake->taken + fake->written != before;
}

/* Until nothing moves any more. */
static inline void rig_run(struct rig *rig)
{
	unsigned turns = 0;

	for (unsigned idle = 0; idle < RIG_IDLE_TURNS; turns++) {
		idle = rig_turn(rig) ? 0 : idle + 1;
		assert_true(turns < RIG_MAX_TURNS);
	}
}

/* Puts TLS on the fake wire and takes the first step; false when memory is out. */
static inline bool rig_connect(struct rig *rig)
{
	if (tls_new(&rig->loop, &rig->peer.fake.wire, &rig->options, &rig->wire)) {
		rig->wire = NULL;
		return false;
	}
	rig->facts = tls_facts(rig->wire);
	wire_own(rig->wire, rig_ready, rig);
	rig_shake(rig);
	return true;
}

/* As rig_connect and rig_run; the handshake must succeed on both sides. */
static inline void rig_open(struct rig *rig)
{
	assert_true(rig_connect(rig));
	rig_run(rig);
	if (rig->err)
		fail_msg("%s: %s", err_text(rig->err),
			 rig->fault.what ? rig->fault.what : "");
	assert_true(rig->is_open && rig->peer.is_open);
}

/* The same with a server of ctx, on a rig that is not in use. */
static inline void rig_begin(struct rig *rig, SSL_CTX *ctx)
{
	rig_init(rig, ctx);
	rig_open(rig);
}

#endif
