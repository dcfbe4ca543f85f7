/* SPDX-License-Identifier: MIT */
/*
 * OpenSSL decides how much it wants; that is passed on, and so are the bytes, without a
 * copy. A read that the wire cannot fill leaves nothing behind, so the next one is
 * answered here: it saves the system call that would say so. So is one beyond what the
 * owner allows, because OpenSSL goes on for as long as records come that give no bytes.
 *
 * A write may be held back, so that the end of a handshake and the request behind it are
 * one write of the wire: OpenSSL gives each of them on its own.
 *
 * The wire's end is not told to OpenSSL as one (BIO_CTRL_EOF answers 0): it would send an
 * alert and spoil the session, though nothing in TLS was wrong.
 *
 * OpenSSL notes a failure before it writes the alert that tells the peer of it. Where the
 * wire below is TLS too (with a proxy), that begins with a clean list of errors, and
 * there is one list for each thread: so what is noted is kept from it meanwhile.
 *
 * OpenSSL wants the table of functions in memory of its own. It is made once for the
 * process; of two threads that make it, one frees its own again.
 */
#include "tls/wire_bio.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

static bool may_read(const struct wire_bio *lower)
{
	return !lower->is_drained && lower->taken_bytes < lower->allowed_bytes;
}

static int on_read(BIO *bio, char *to, size_t cap, size_t *out_len)
{
	struct wire_bio *lower = BIO_get_data(bio);
	enum err err;

	BIO_clear_retry_flags(bio);
	err = may_read(lower) ? wire_read(lower->wire, to, cap, out_len) : ERR_AGAIN;
	if (!err) {
		lower->is_drained = *out_len < cap;
		lower->taken_bytes += *out_len;
		return 1;
	}
	if (err == ERR_AGAIN) {
		lower->is_drained = true;
		BIO_set_retry_read(bio);
		return 0;
	}
	lower->fault = (struct fault){0};
	if (err < 0)
		lower->fault = lower->wire->fault;
	fault_set(&lower->fault, err, 0, NULL);
	return 0;
}

static enum err write_pieces(struct wire_bio *lower, const struct iovec *pieces,
			     int count, bool may_wait, size_t *out_len)
{
	enum err err = wire_write(lower->wire, pieces, count, may_wait, out_len);

	if (err < 0) {
		lower->fault = lower->wire->fault;
		fault_set(&lower->fault, err, 0, NULL);
	}
	return err;
}

/* Of what is held the first len bytes are written. */
static void drop_held(struct wire_bio *lower, size_t len)
{
	lower->held_bytes -= len;
	memmove(lower->held, lower->held + len, lower->held_bytes);
}

enum err wire_bio_flush(struct wire_bio *lower)
{
	while (lower->held_bytes) {
		const struct iovec piece = {lower->held, lower->held_bytes};
		size_t put;
		enum err err = write_pieces(lower, &piece, 1, false, &put);

		if (err)
			return err;
		drop_held(lower, put);
	}
	return ERR_NONE;
}

/* What is held goes first; bytes behind it that did not go with it are to be offered
 * again. */
static enum err write_behind(struct wire_bio *lower, const char *at, size_t len,
			     size_t *out_len)
{
	const struct iovec pieces[] = {{lower->held, lower->held_bytes},
				       {(char *)(uintptr_t)at, len}};
	bool is_alone = !lower->held_bytes;
	size_t held, put;
	enum err err = write_pieces(lower, pieces + is_alone, 2 - is_alone,
				    lower->may_wait, &put);

	if (err)
		return err;
	held = put < lower->held_bytes ? put : lower->held_bytes;
	drop_held(lower, held);
	if (put == held)
		return ERR_AGAIN;
	*out_len = put - held;
	return ERR_NONE;
}

static bool may_hold(const struct wire_bio *lower, size_t len)
{
	return lower->is_holding && len <= WIRE_BIO_HELD_BYTES - lower->held_bytes;
}

/* Takes what is noted; how many codes these are. */
static unsigned take_errors(unsigned long codes[ERR_NUM_ERRORS])
{
	unsigned count = 0;

	while (count < ERR_NUM_ERRORS && (codes[count] = ERR_get_error()) != 0)
		count++;
	return count;
}

static void put_errors(const unsigned long *codes, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		ERR_raise(ERR_GET_LIB(codes[i]), ERR_GET_REASON(codes[i]));
}

static int on_write(BIO *bio, const char *at, size_t len, size_t *out_len)
{
	struct wire_bio *lower = BIO_get_data(bio);
	unsigned long codes[ERR_NUM_ERRORS];
	unsigned count;
	enum err err;

	BIO_clear_retry_flags(bio);
	if (may_hold(lower, len)) {
		memcpy(lower->held + lower->held_bytes, at, len);
		lower->held_bytes += len;
		*out_len = len;
		return 1;
	}
	count = take_errors(codes);
	err = write_behind(lower, at, len, out_len);
	put_errors(codes, count);
	if (!err)
		return 1;
	if (err == ERR_AGAIN)
		BIO_set_retry_write(bio);
	return 0;
}

static long on_control(BIO *bio, int command, long number, void *pointer)
{
	(void)bio;
	(void)number;
	(void)pointer;
	return command == BIO_CTRL_FLUSH;
}

static BIO_METHOD *new_method(void)
{
	int kind = BIO_get_new_index();
	BIO_METHOD *method =
		kind < 0 ? NULL : BIO_meth_new(kind | BIO_TYPE_SOURCE_SINK, "wire");

	if (!method)
		return NULL;
	BIO_meth_set_read_ex(method, on_read);
	BIO_meth_set_write_ex(method, on_write);
	BIO_meth_set_ctrl(method, on_control);
	return method;
}

static const BIO_METHOD *get_method(void)
{
	static _Atomic(BIO_METHOD *) shared;
	BIO_METHOD *method = atomic_load(&shared), *other = NULL;

	if (method)
		return method;
	method = new_method();
	if (!method || atomic_compare_exchange_strong(&shared, &other, method))
		return method;
	BIO_meth_free(method);
	return other;
}

enum err wire_bio_new(struct wire_bio *lower, BIO **out_bio)
{
	const BIO_METHOD *method = get_method();
	BIO *bio = method ? BIO_new(method) : NULL;

	if (!bio) {
		ERR_clear_error();
		return ERR_NO_MEMORY;
	}
	BIO_set_data(bio, lower);
	BIO_set_init(bio, 1);
	*out_bio = bio;
	return ERR_NONE;
}
