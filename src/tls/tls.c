/* SPDX-License-Identifier: MIT */
/*
 * OpenSSL stands between two wires: its BIO is the wire below (wire_bio.c), and the
 * verbs of this wire call SSL_read and SSL_write. Encrypted bytes are received straight
 * into OpenSSL's buffer, a long record or several short ones at a time; decrypted ones go
 * straight to the reader. What is written in small pieces is gathered, so that it leaves
 * as one record in one write of the wire below.
 *
 * A long body is one record after the other, each a write below. What the wire below had
 * best be offered is filled with even records; all but the last of them may wait there
 * for the next, as long as there is more: in what is offered, or soon, as the owner says.
 * He had best offer what fills it, too.
 *
 * Readiness: mostly a read waits for the wire below to be readable and a write for it to
 * be writable. While a handshake runs (the first one, or one inside read and write) both
 * wait for what the handshake waits for. The wire below is asked for what the owner
 * wants, translated so; what it tells is translated back.
 *
 * Two things the wire below does not know: bytes that lie in OpenSSL, and an end that was
 * found behind bytes which a read has given. While the owner wants to read and there is
 * one of them, a task tells him so, as the loop would.
 *
 * The flight that ends the handshake is held back for the request, which mostly follows
 * at once: they leave in one write. A task sends it alone when the loop has gone round
 * twice.
 *
 * What a peer sends need not be worth anything: updates of keys, tickets, records of one
 * byte. A call that has taken CREDIT_BYTES more from below than it has given takes no
 * more; then others have their turn, and the wire below tells of what is left.
 */
#include "tls/tls.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/crypto.h"
#include "base/mem.h"
#include "tls/handshake.h"
#include "tls/hello.h"
#include "tls/reason.h"
#include "tls/trust.h"
#include "tls/wire_bio.h"

/* Bytes of the longest record, without what encryption adds. */
#define RECORD_BYTES SSL3_RT_MAX_PLAIN_LENGTH

/* What encryption adds to it with the usual ciphers: 22 of TLS 1.3, 29 of TLS 1.2. */
#define RECORD_EXTRA_BYTES 32

/* What is left of what the wire below had best be offered is not worth a record if it is
 * less. */
#define LEAST_BYTES 1024

/* Bytes that a reader had best take at a time: what was decrypted last is still near when
 * it is used. */
#define GIVE_BYTES ((size_t)2 * RECORD_BYTES)

/* Bytes that a call may take from below without giving any. What is taken at a time may
 * end in a record that is not whole, which then gives nothing yet. */
#define CREDIT_BYTES (2 * RECORD_BYTES)

/* Laps of the loop that the end of the handshake waits for the request. */
#define FLUSH_LAPS 1

struct tls {
	struct wire wire;	    /* what others see */
	struct loop *loop;	    /* runs the task */
	struct wire_bio lower;	    /* the wire below, owned */
	SSL *ssl;		    /* owned */
	struct handshake handshake; /* its callbacks */
	struct tls_facts facts;	    /* what is known */
	struct loop_task tell;	    /* tells what the wire below does not know */
	struct loop_task flush;	    /* sends the end of the handshake, if nothing did */
	unsigned flush_laps;	    /* of the loop that it waits for yet */
	struct fault end;     /* how reading has ended; err is ERR_EOF, or the failure;
				 0 before */
	size_t blocked_bytes; /* of the write that waits, or 0 */
	unsigned wanted;      /* by the owner: enum wire_ready */
	unsigned asked;	      /* of the wire below */
	unsigned read_waits;  /* what a read waits for below */
	unsigned write_waits; /* what a write waits for */
	bool is_open;	      /* the first handshake is done */
	bool has_more;	      /* OpenSSL has bytes that were not asked for */
	bool is_broken;	      /* TLS itself has failed; nothing is right any more */
	bool is_blocked;      /* the end of the handshake waits to be written */
	bool is_cut;	      /* the wire below has failed */
	struct span offered;  /* the protocols, each behind a byte with its length */
	char bytes[];	      /* the host, the key, and those protocols */
};

static struct tls *tls_of(const struct wire *wire)
{
	return LIST_ENTRY((uintptr_t)wire, struct tls, wire);
}

/* ---- readiness ---- */

static void ask_below(struct tls *tls)
{
	bool is_shaking = !tls->is_open && !tls->end.err;
	unsigned asked = 0;

	if (is_shaking || tls->wanted & WIRE_READABLE)
		asked |= tls->read_waits;
	if (tls->wanted & WIRE_WRITABLE)
		asked |= tls->write_waits;
	if (tls->is_blocked)
		asked |= WIRE_WRITABLE;
	if (asked != tls->asked)
		wire_wants(tls->lower.wire, asked);
	tls->asked = asked;
}

static void plan_telling(struct tls *tls)
{
	bool is_due = tls->is_open && (tls->has_more || tls->end.err);

	if (is_due && tls->wanted & WIRE_READABLE)
		loop_task_queue(tls->loop, &tls->tell);
	else
		loop_task_cancel(&tls->tell);
}

/* How many records are what the wire below had best be offered, if they are even. */
static size_t count_records(size_t below)
{
	size_t longest = RECORD_BYTES + RECORD_EXTRA_BYTES;

	return (below + longest - 1) / longest;
}

/* The same without what encryption adds; what is not worth a record stays. */
static uint16_t plain_bytes(size_t below)
{
	size_t extra = count_records(below) * RECORD_EXTRA_BYTES;

	return (uint16_t)(below < LEAST_BYTES ? below : below - extra);
}

/* Behind each verb: what has become known or changed. */
static void settle(struct tls *tls)
{
	/* A write that waits is offered again, whatever part of it has gone below. */
	if (!tls->blocked_bytes)
		tls->wire.write_bytes = plain_bytes(tls->lower.wire->write_bytes);
	tls->facts.verdict = tls->handshake.verdict;
	tls->facts.issuers = tls->handshake.issuers;
	tls->facts.questions = tls->handshake.questions;
	ask_below(tls);
	plan_telling(tls);
}

/* The owner may free the wire when he is told, so that comes last. */
static void tell_owner(struct tls *tls, unsigned ready)
{
	if (ready && tls->wire.ready)
		tls->wire.ready(tls->wire.owner, ready);
}

/* Sends what is held. A failure is told by the next read or write. A write that waits has
 * offered it, and bytes behind it, to the wire below, and is to offer all of them again.
 */
static void flush_held(struct tls *tls)
{
	tls->is_blocked = !tls->blocked_bytes && wire_bio_flush(&tls->lower) == ERR_AGAIN;
	ask_below(tls);
}

/* The request is made ready in the lap behind the one that has ended the handshake. */
static void run_flush(struct loop_task *task)
{
	struct tls *tls = LIST_ENTRY(task, struct tls, flush);

	if (tls->flush_laps-- > 0)
		loop_task_queue(tls->loop, task);
	else
		flush_held(tls);
}

static void on_below(void *owner, unsigned ready)
{
	struct tls *tls = owner;
	unsigned told = 0;

	if (tls->is_blocked && ready & WIRE_WRITABLE)
		flush_held(tls);

	if (!tls->is_open) {
		tell_owner(tls, ready);
		return;
	}
	if (ready & tls->read_waits)
		told |= WIRE_READABLE;
	if (ready & tls->write_waits)
		told |= WIRE_WRITABLE;
	tell_owner(tls, told & tls->wanted);
}

/* It is told again and again, until the owner reads or does not want to. */
static void run_tell(struct loop_task *task)
{
	struct tls *tls = LIST_ENTRY(task, struct tls, tell);

	plan_telling(tls);
	tell_owner(tls, WIRE_READABLE);
}

static void tls_wants(struct wire *wire, unsigned ready)
{
	struct tls *tls = tls_of(wire);

	tls->wanted = ready;
	settle(tls);
}

/* ---- failures ---- */

/* Alerts of TLS (RFC 8446 6.2) about a certificate that was shown, or was not. */
static bool is_about_certificate(const struct tls *tls, int alert)
{
	switch (alert) {
	case SSL_AD_BAD_CERTIFICATE:
	case SSL_AD_UNSUPPORTED_CERTIFICATE:
	case SSL_AD_CERTIFICATE_REVOKED:
	case SSL_AD_CERTIFICATE_EXPIRED:
	case SSL_AD_CERTIFICATE_UNKNOWN:
	case SSL_AD_UNKNOWN_CA:
	case SSL_AD_ACCESS_DENIED:
	case SSL_AD_CERTIFICATE_REQUIRED:
		return true;
	case SSL_AD_HANDSHAKE_FAILURE:
		return !tls->handshake.identity;
	default:
		return false;
	}
}

/* The end of the wire below, which nobody has announced. */
static struct fault cut_off(const struct tls *tls)
{
	return (struct fault){
		.err = ERR_CLOSED,
		.what = tls->is_open ? "the connection ended without close_notify"
				     : "the connection ended during the TLS "
				       "handshake"};
}

static struct fault why_below(const struct tls *tls)
{
	return tls->lower.fault.err == ERR_EOF ? cut_off(tls) : tls->lower.fault;
}

static struct fault why_tls(const struct tls *tls)
{
	struct reason reason = reason_take();

	if (tls->handshake.fault.err)
		return tls->handshake.fault;
	if (tls->handshake.is_asked && is_about_certificate(tls, reason.alert))
		reason.fault.err = ERR_CLIENT_CERT;
	return reason.fault;
}

/* Writes down why; what has broken TLS ends reading too. */
static enum err fail(struct tls *tls, bool is_below)
{
	if (is_below)
		tls->is_cut = true;
	else
		tls->is_broken = true;
	tls->wire.fault = is_below ? why_below(tls) : why_tls(tls);
	ERR_clear_error();
	if (!is_below && !tls->end.err)
		tls->end = tls->wire.fault;
	return tls->wire.fault.err;
}

/* What is wrong is known from before. */
static enum err fail_again(struct tls *tls)
{
	if (tls->end.err < 0)
		tls->wire.fault = tls->end;
	return tls->end.err;
}

/* ---- calls of OpenSSL ---- */

static void begin(struct tls *tls)
{
	crypto_enter();
	/* The program's code has used this thread too. To look costs less. */
	if (ERR_peek_error())
		ERR_clear_error();
	tls->lower.fault = (struct fault){0};
	tls->lower.is_drained = false;
	tls->lower.taken_bytes = 0;
	tls->lower.allowed_bytes = CREDIT_BYTES;
}

/* Behind each call of OpenSSL. */
static void end(struct tls *tls)
{
	settle(tls);
	crypto_leave();
}

/* Why a call of OpenSSL has answered result: ERR_AGAIN with what it waits for, ERR_EOF,
 * a failure. */
static enum err why(struct tls *tls, int result, unsigned *out_waits)
{
	switch (SSL_get_error(tls->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		*out_waits = WIRE_READABLE;
		return ERR_AGAIN;
	case SSL_ERROR_WANT_WRITE:
		*out_waits = WIRE_WRITABLE;
		return ERR_AGAIN;
	case SSL_ERROR_ZERO_RETURN:
		/* What a write says too, when the peer has closed before. */
		return tls->lower.fault.err ? fail(tls, true) : ERR_EOF;
	case SSL_ERROR_SYSCALL:
		return fail(tls, tls->lower.fault.err != 0);
	default:
		return fail(tls, false);
	}
}

/* Behind a call that waits, or not (0): a handshake makes reads and writes wait for the
 * same, otherwise each waits for its own. */
static void note_waits(struct tls *tls, unsigned waits)
{
	bool is_shaking = SSL_in_init(tls->ssl);

	if (is_shaking && !waits)
		return;
	tls->read_waits = is_shaking ? waits : WIRE_READABLE;
	tls->write_waits = is_shaking ? waits : WIRE_WRITABLE;
}

/* ---- the handshake ---- */

static enum err open_wire(struct tls *tls)
{
	enum err err = handshake_end(&tls->handshake, tls->ssl);

	if (!err)
		err = hello_protocol(tls->ssl, tls->offered, &tls->facts.alpn,
				     &tls->handshake.fault);
	if (err)
		return fail(tls, false);
	tls->facts.version = SSL_get_version(tls->ssl);
	tls->facts.cipher = SSL_CIPHER_standard_name(SSL_get_current_cipher(tls->ssl));
	tls->facts.is_resumed = SSL_session_reused(tls->ssl);
	tls->is_open = true;
	/* The server may have said more already. */
	tls->has_more = SSL_has_pending(tls->ssl);
	tls->flush_laps = FLUSH_LAPS;
	loop_task_queue(tls->loop, &tls->flush);
	return ERR_NONE;
}

/* Behind a handshake that is not done: a server that has to answer, or to know why it has
 * failed, gets what was held for what would follow. */
static enum err send_flight(struct tls *tls, enum err err, unsigned *waits)
{
	enum err written = wire_bio_flush(&tls->lower);

	if (err != ERR_AGAIN)
		return err;
	if (written < 0)
		return fail(tls, true);
	if (written == ERR_AGAIN)
		*waits = WIRE_WRITABLE;
	return ERR_AGAIN;
}

enum err tls_handshake(struct wire *wire)
{
	struct tls *tls = tls_of(wire);
	unsigned waits = 0;
	enum err err;
	int result;

	if (tls->end.err)
		return fail_again(tls);
	begin(tls);
	/* Who has not been greeted has nothing to say yet. */
	tls->lower.is_drained = SSL_in_before(tls->ssl);
	tls->lower.is_holding = true;
	result = SSL_do_handshake(tls->ssl);
	tls->lower.is_holding = false;
	err = result == 1 ? open_wire(tls) : why(tls, result, &waits);
	if (err)
		err = send_flight(tls, err, &waits);
	note_waits(tls, waits);
	if (err == ERR_EOF) {
		tls->wire.fault = cut_off(tls);
		err = tls->wire.fault.err;
	}
	if (err < 0)
		tls->end = tls->wire.fault;
	end(tls);
	return err;
}

const struct tls_facts *tls_facts(const struct wire *wire)
{
	return &tls_of(wire)->facts;
}

/* ---- read and write ---- */

/* The bytes that there are come first; the end behind them waits until it is asked
 * for. */
static enum err tls_read(struct wire *wire, void *to, size_t cap, size_t *out_len)
{
	struct tls *tls = tls_of(wire);
	unsigned waits = 0;
	enum err err = ERR_NONE;
	size_t len = 0, got;

	if (tls->end.err)
		return fail_again(tls);
	begin(tls);
	while (len < cap && !err) {
		if (!SSL_read_ex(tls->ssl, (char *)to + len, cap - len, &got)) {
			err = why(tls, 0, &waits);
			continue;
		}
		len += got;
		tls->lower.allowed_bytes += got;
	}
	note_waits(tls, waits);
	tls->has_more = !err && SSL_has_pending(tls->ssl);
	if (err == ERR_EOF)
		tls->end = (struct fault){.err = ERR_EOF};
	else if (err < 0)
		tls->end = tls->wire.fault;
	end(tls);
	if (!len)
		return err;
	*out_len = len;
	return ERR_NONE;
}

/* At most so many bytes are the next record. A write that waits is made again with as
 * many: they may be encrypted already. */
static size_t record_bytes(const struct tls *tls)
{
	size_t below = tls->lower.wire->write_bytes;

	if (tls->blocked_bytes)
		return tls->blocked_bytes;
	if (below < LEAST_BYTES)
		return RECORD_BYTES;
	return below / count_records(below) - RECORD_EXTRA_BYTES;
}

/* The next record, of at most cap bytes: where the first piece lies, or gathered in
 * room. */
static struct span next_record(const struct iovec *pieces, int count, size_t cap,
			       char room[RECORD_BYTES])
{
	size_t len = pieces[0].iov_len;

	if (count == 1 || len >= cap)
		return span_of(pieces[0].iov_base, len < cap ? len : cap);
	len = 0;
	for (int i = 0; i < count && len < cap; i++) {
		size_t n = pieces[i].iov_len;

		if (n > cap - len)
			n = cap - len;
		memcpy(room + len, pieces[i].iov_base, n);
		len += n;
	}
	return span_of(room, len);
}

/* Whether more is offered than the record: it follows in the next write, at once. */
static bool has_rest(const struct iovec *pieces, int count, size_t len)
{
	size_t offered = 0;

	for (int i = 0; i < count; i++)
		offered += pieces[i].iov_len;
	return offered > len;
}

/* Whether another record goes into what the wire below had best be offered. */
static bool leaves_room(const struct tls *tls, size_t len)
{
	return len + RECORD_EXTRA_BYTES + LEAST_BYTES <= tls->lower.wire->write_bytes;
}

static enum err tls_write(struct wire *wire, const struct iovec *pieces, int count,
			  bool may_wait, size_t *out_len)
{
	struct tls *tls = tls_of(wire);
	char room[RECORD_BYTES];
	struct span record = next_record(pieces, count, record_bytes(tls), room);
	bool was_shaking = SSL_in_init(tls->ssl);
	unsigned waits = 0;
	enum err err = ERR_NONE;

	if (tls->is_broken)
		return fail_again(tls);
	assert(record.len >= tls->blocked_bytes);
	begin(tls);
	/* Nobody answers a hello that waits for bytes which only follow the answer. */
	tls->lower.may_wait = (may_wait || has_rest(pieces, count, record.len)) &&
			      leaves_room(tls, record.len) &&
			      !SSL_renegotiate_pending(tls->ssl);
	if (!SSL_write_ex(tls->ssl, record.at, record.len, out_len))
		err = why(tls, 0, &waits);
	tls->lower.may_wait = false;
	if (!tls->lower.held_bytes)
		loop_task_cancel(&tls->flush);
	tls->blocked_bytes = err == ERR_AGAIN ? record.len : 0;
	note_waits(tls, waits);
	/* A handshake has read from below, also what came behind its end. */
	if (was_shaking)
		tls->has_more = SSL_has_pending(tls->ssl);
	end(tls);
	return err;
}

/* ---- life ---- */

/* Says good-bye if that can be said at once. OpenSSL takes a connection that ends
 * otherwise for an attack and spoils its session; what is not broken keeps it. */
static void shut(struct tls *tls)
{
	bool is_quiet = !tls->is_open || tls->is_cut || tls->end.err < 0 ||
			tls->blocked_bytes || SSL_in_init(tls->ssl);

	if (tls->is_broken)
		return;
	ERR_clear_error();
	if (is_quiet)
		SSL_set_shutdown(tls->ssl, SSL_SENT_SHUTDOWN);
	else
		SSL_shutdown(tls->ssl);
	ERR_clear_error();
}

static void tls_free(struct wire *wire)
{
	struct tls *tls = tls_of(wire);

	loop_task_cancel(&tls->tell);
	loop_task_cancel(&tls->flush);
	crypto_enter();
	shut(tls);
	SSL_free(tls->ssl);
	wire_free(tls->lower.wire);
	handshake_done(&tls->handshake);
	crypto_leave();
	mem_free(tls);
}

static const struct wire_ops tls_ops = {
	.read = tls_read,
	.write = tls_write,
	.wants = tls_wants,
	.free = tls_free,
};

/* Bytes go from the wire to OpenSSL's buffer a long record or several short ones at a
 * time, and the buffer is given back when it is empty. */
static void set_buffers(SSL *ssl)
{
	SSL_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
				  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_set_read_ahead(ssl, 1);
	SSL_set_default_read_buffer_len(ssl, TLS_READ_BYTES);
}

static enum err new_ssl(struct tls *tls, const struct tls_options *options)
{
	BIO *bio;

	tls->ssl = SSL_new(trust_ssl_ctx(options->trust));
	if (!tls->ssl || wire_bio_new(&tls->lower, &bio))
		return ERR_NO_MEMORY;
	SSL_set_bio(tls->ssl, bio, bio);
	SSL_set_connect_state(tls->ssl);
	set_buffers(tls->ssl);
	return hello_set(tls->ssl, options->host, options->alpn);
}

/* A copy behind what *at points to already; moves *at on. */
static struct span copy(char **at, struct span from)
{
	struct span to = span_of(*at, from.len);

	if (from.len)
		memcpy(*at, from.at, from.len);
	*at += from.len;
	return to;
}

/* On failure nothing of OpenSSL's is left. */
static enum err prepare(struct tls *tls, const struct tls_options *options)
{
	char *at = tls->bytes;
	struct verify_target target = {.host = copy(&at, options->host),
				       .forgiven = options->forgiven,
				       .is_public_suffix =
					       trust_public_suffix(options->trust)};
	struct span key = copy(&at, options->key);
	enum err err;

	tls->offered = copy(&at, options->alpn);
	crypto_enter();
	err = new_ssl(tls, options);
	if (!err)
		err = handshake_init(&tls->handshake, tls->ssl, &target,
				     trust_resumption(options->trust), key);
	if (err) {
		SSL_free(tls->ssl);
		ERR_clear_error();
	}
	crypto_leave();
	if (!err)
		tls->handshake.identity = identity_ref(options->identity);
	return err;
}

enum err tls_new(struct loop *loop, struct wire *below, const struct tls_options *options,
		 struct wire **out_wire)
{
	struct tls *tls = mem_zalloc(sizeof(*tls) + options->host.len + options->key.len +
				     options->alpn.len);

	if (!tls)
		goto free_below;
	tls->wire.ops = &tls_ops;
	tls->wire.peer = below->peer;
	tls->wire.read_bytes = GIVE_BYTES;
	tls->loop = loop;
	tls->lower.wire = below;
	loop_task_init(&tls->tell, run_tell);
	loop_task_init(&tls->flush, run_flush);
	tls->read_waits = WIRE_READABLE;
	tls->write_waits = WIRE_WRITABLE;
	if (prepare(tls, options))
		goto free_tls;
	wire_own(below, on_below, tls);
	*out_wire = &tls->wire;
	return ERR_NONE;

free_tls:
	mem_free(tls);
free_below:
	wire_free(below);
	return ERR_NO_MEMORY;
}
