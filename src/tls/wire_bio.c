/* SPDX-License-Identifier: MIT */
/*
 * OpenSSL decides how much it wants; that is passed on, and so are the bytes, without a
 * copy. A read that the wire cannot fill leaves nothing behind, so the next one is
 * answered here: it saves the system call that would say so. So is one beyond what the
 * owner allows, because OpenSSL goes on for as long as records come that give no bytes.
 *
 * The wire's end is not told to OpenSSL as one (BIO_CTRL_EOF answers 0): it would send an
 * alert and spoil the session, though nothing in TLS was wrong.
 *
 * OpenSSL wants the table of functions in memory of its own. It is made once for the
 * process; of two threads that make it, one frees its own again.
 */
#include "tls/wire_bio.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <stdatomic.h>

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

static int on_write(BIO *bio, const char *at, size_t len, size_t *out_len)
{
	struct wire_bio *lower = BIO_get_data(bio);
	const struct iovec piece = {(char *)(uintptr_t)at, len};
	enum err err;

	BIO_clear_retry_flags(bio);
	err = wire_write(lower->wire, &piece, 1, out_len);
	if (!err)
		return 1;
	if (err == ERR_AGAIN) {
		BIO_set_retry_write(bio);
		return 0;
	}
	lower->fault = lower->wire->fault;
	fault_set(&lower->fault, err, 0, NULL);
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
