/* SPDX-License-Identifier: MIT */
/*
 * Memory that runs out on the client's side, in any allocation of ours or of OpenSSL's,
 * through a whole handshake and some bytes. The server's memory comes from elsewhere, so
 * that only the client fails: each block says in front whose it is.
 */
#include "tls/rig.h"

#include <openssl/crypto.h>

/* As malloc's. */
#define ALIGNMENT 16

static bool is_client; /* who allocates */

/* In front of each block of OpenSSL's. */
union owner {
	bool is_client;
	char room[ALIGNMENT];
};

static void *alloc(size_t bytes, const char *file, int line)
{
	union owner *owner;

	(void)file;
	(void)line;
	if (!bytes || bytes > SIZE_MAX - sizeof(*owner))
		return NULL;
	bytes += sizeof(*owner);
	owner = is_client ? mem_alloc(bytes) : malloc(bytes);
	if (!owner)
		return NULL;
	owner->is_client = is_client;
	return owner + 1;
}

static void release(void *at, const char *file, int line)
{
	union owner *owner = at;

	(void)file;
	(void)line;
	if (!owner)
		return;
	if ((--owner)->is_client)
		mem_free(owner);
	else
		free(owner);
}

static void *resize(void *at, size_t bytes, const char *file, int line)
{
	union owner *owner = at;

	if (!at)
		return alloc(bytes, file, line);
	if (!bytes) {
		release(at, file, line);
		return NULL;
	}
	owner--;
	owner = owner->is_client ? mem_resize(owner, 1, bytes + sizeof(*owner))
				 : realloc(owner, bytes + sizeof(*owner));
	return owner ? owner + 1 : NULL;
}

/* What the client does in one turn, with its own memory. */
static void act(struct rig *rig)
{
	is_client = true;
	fake_wire_tell(&rig->peer.fake);
	still_loop_turn(&rig->loop);
	rig_act(rig);
	is_client = false;
}

static bool connect_scarce(struct rig *rig)
{
	bool is_connected;

	is_client = true;
	is_connected = rig_connect(rig);
	is_client = false;
	return is_connected;
}

static void free_scarce(struct rig *rig)
{
	is_client = true;
	rig_free_wire(rig);
	is_client = false;
}

/* A whole connection: handshake, bytes both ways, the end. */
static void talk(struct rig *rig)
{
	bool has_spoken = false;

	if (!connect_scarce(rig)) {
		assert_true(rig->peer.fake.is_freed);
		return;
	}
	for (unsigned i = 0; i < 12 && !rig->is_over && !rig->write_err; i++) {
		tls_peer_turn(&rig->peer);
		if (rig->is_open && rig->peer.is_open && !has_spoken) {
			has_spoken = true;
			tls_peer_say(&rig->peer, SPAN("pong"));
			is_client = true;
			rig_say(rig, SPAN("ping"));
			is_client = false;
		}
		fake_wire_arrive(&rig->peer.fake);
		act(rig);
	}
	free_scarce(rig);
}

/* ---- scenes ---- */

/* OpenSSL makes some things when they are needed first, and keeps them. One block for
 * each failure would be hundreds. */
#define KEPT_BLOCKS 32

struct scene {
	int version;
	bool is_resumed;    /* with a session from before */
	bool asks;	    /* for our certificate, which there is */
	unsigned long step; /* from one failure to the next; 1 takes long */
};

static const struct identity *identity;

static void make_trust(void)
{
	is_client = true;
	rig_trust = rig_new_trust();
	is_client = false;
}

static void drop_trust(void)
{
	is_client = true;
	trust_free(rig_trust);
	is_client = false;
}

/* OpenSSL does not always know why it has failed: a root that it cannot look up is not
 * there. */
static bool is_expected(enum err err)
{
	return err == ERR_NO_MEMORY || err == ERR_TLS || err == ERR_CERT_AUTHORITY ||
	       err == ERR_CERT_DATE;
}

/* One connection, in which the n-th allocation fails (0: none); whether that was so. */
static bool connect_once(const struct scene *scene, SSL_CTX *ctx, unsigned long n)
{
	struct rig rig;
	bool has_failed;

	rig_init(&rig, ctx);
	rig.options.identity = scene->asks ? identity : NULL;
	mem_fail_at(n);
	talk(&rig);
	has_failed = n && mem_has_failed();
	mem_fail_at(0);
	if (!has_failed) {
		assert_int_equal(rig.err, 0);
		assert_string_equal(rig.got, "pong");
		assert_string_equal(rig.peer.got, "ping");
	} else if (rig.err) {
		assert_true(is_expected(rig.err));
	}
	rig_done(&rig);
	return has_failed;
}

static bool play(const struct scene *scene, SSL_CTX *ctx, unsigned long n)
{
	bool has_failed;

	make_trust();
	if (scene->is_resumed)
		connect_once(scene, ctx, 0);
	has_failed = connect_once(scene, ctx, n);
	drop_trust();
	return has_failed;
}

static void play_all(const struct scene *scene)
{
	SSL_CTX *ctx = tls_peer_ctx("good", scene->version);
	unsigned long n = 1;
	long blocks;

	if (scene->asks)
		tls_peer_ask(ctx, false);
	play(scene, ctx, 0);
	blocks = mem_live_blocks();
	while (play(scene, ctx, n)) {
		assert_int_equal(ERR_peek_error(), 0);
		n += scene->step;
	}
	assert_true(mem_live_blocks() - blocks <= KEPT_BLOCKS);
	SSL_CTX_free(ctx);
}

static void a_handshake_of_tls_1_2(void **state)
{
	(void)state;
	play_all(&(struct scene){.version = TLS1_2_VERSION, .step = 5});
}

static void a_handshake_of_tls_1_3(void **state)
{
	(void)state;
	play_all(&(struct scene){.version = TLS1_3_VERSION, .step = 5});
}

static void a_resumed_handshake_of_tls_1_2(void **state)
{
	(void)state;
	play_all(&(struct scene){
		.version = TLS1_2_VERSION, .is_resumed = true, .step = 1});
}

static void a_resumed_handshake_of_tls_1_3(void **state)
{
	(void)state;
	play_all(&(struct scene){
		.version = TLS1_3_VERSION, .is_resumed = true, .step = 1});
}

static void a_handshake_with_our_certificate(void **state)
{
	(void)state;
	play_all(&(struct scene){.version = TLS1_3_VERSION, .asks = true, .step = 5});
}

static void roots(void **state)
{
	const struct trust_options options = {.ca_file = pki_path("root.pem")};
	unsigned long n = 0;
	bool has_failed;
	long blocks = 0;

	(void)state;
	is_client = true;
	do {
		struct fault fault = {0};
		struct trust *trust = NULL;
		enum err err;

		mem_fail_at(n);
		err = trust_new(&options, &trust, &fault);
		has_failed = mem_has_failed();
		mem_fail_at(0);
		assert_int_equal(fault.err, err);
		assert_true(!err || err == ERR_NO_MEMORY || err == ERR_INVALID);
		trust_free(trust);
		if (n == 0)
			blocks = mem_live_blocks();
	} while (n++ == 0 || has_failed);
	is_client = false;
	assert_true(mem_live_blocks() - blocks <= KEPT_BLOCKS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(roots),
		cmocka_unit_test(a_handshake_of_tls_1_2),
		cmocka_unit_test(a_handshake_of_tls_1_3),
		cmocka_unit_test(a_resumed_handshake_of_tls_1_2),
		cmocka_unit_test(a_resumed_handshake_of_tls_1_3),
		cmocka_unit_test(a_handshake_with_our_certificate),
	};
	int failures;

	if (!CRYPTO_set_mem_functions(alloc, resize, release))
		abort();
	if (identity_new(pki_bytes("client_both.pem"), NULL, &identity))
		abort();
	failures = cmocka_run_group_tests(tests, NULL, NULL);
	identity_unref(identity);
	return failures;
}
