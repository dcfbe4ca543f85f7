/* SPDX-License-Identifier: MIT */
/*
 * Bytes that are lent are read where they lie. Most programs read them all while they are
 * told of them; then nothing is ever kept, and there is no backlog. What is kept comes
 * first, so order stays; and what the lender has besides comes last, without a copy.
 *
 * The methods take the lock: in a callback two threads of the program may read. Our own
 * side needs it only while the program has a reference; without one nobody reads then.
 */
#include "com/sequential.h"

#include <string.h>

#include "com/backlog.h"
#include "com/unknown.h"
#include "ixhr2/winerror.h"

static struct sequential *impl_from_ISequentialStream(ISequentialStream *iface)
{
	return (struct sequential *)iface;
}

/* ---- our side ---- */

/* Takes the lock if there may be others; answers whether. */
static bool enter(struct sequential *sequential)
{
	bool is_held = sequential_is_held(sequential);

	if (is_held)
		lock_take(&sequential->lock);
	return is_held;
}

static void leave(struct sequential *sequential, bool has_lock)
{
	if (has_lock)
		lock_give(&sequential->lock);
}

/* Puts bytes into the backlog. */
static enum err store(struct sequential *sequential, struct span bytes)
{
	if (!sequential->backlog)
		sequential->backlog = backlog_new();
	if (!sequential->backlog)
		return ERR_NO_MEMORY;
	return backlog_put(sequential->backlog, bytes);
}

/* What is unread of the first piece of a loan that has one. */
static struct span first_piece(const struct sequential_loan *loan)
{
	return span_skip(loan->rest.at[0], loan->taken);
}

/* n bytes of the first piece are not unread any more. */
static void drop(struct sequential_loan *loan, size_t n)
{
	loan->taken += n;
	if (loan->taken < loan->rest.at[0].len)
		return;
	loan->taken = 0;
	loan->rest.at++;
	loan->rest.count--;
}

uint64_t sequential_lend(struct sequential *sequential, struct sequential_loan *loan)
{
	bool has_lock = enter(sequential);
	uint64_t bytes = spans_bytes(loan->rest) - loan->taken;

	sequential->loan = loan;
	if (sequential->backlog)
		bytes += backlog_bytes(sequential->backlog);
	leave(sequential, has_lock);
	return bytes;
}

enum err sequential_keep(struct sequential *sequential)
{
	bool has_lock = enter(sequential);
	struct sequential_loan *loan = sequential->loan;
	enum err err = ERR_NONE;

	while (!err && loan && loan->rest.count) {
		struct span piece = first_piece(loan);

		err = piece.len ? store(sequential, piece) : ERR_NONE;
		drop(loan, piece.len);
	}
	sequential->loan = NULL;
	leave(sequential, has_lock);
	return err;
}

void sequential_end(struct sequential *sequential, HRESULT after_drained)
{
	bool has_lock = enter(sequential);

	sequential->after_drained = after_drained;
	if (sequential->backlog)
		backlog_end(sequential->backlog);
	leave(sequential, has_lock);
}

/* ---- the program's ---- */

/* Takes up to cap of the lent bytes; answers how many. */
static size_t take_lent(struct sequential *sequential, char *to, size_t cap)
{
	struct sequential_loan *loan = sequential->loan;
	size_t len = 0;

	while (len < cap && loan && loan->rest.count) {
		struct span piece = first_piece(loan);
		size_t n = piece.len < cap - len ? piece.len : cap - len;

		memcpy(to + len, piece.at, n);
		drop(loan, n);
		len += n;
	}
	return len;
}

/* Takes what the lender has besides, where all that was lent is read. */
static size_t take_more(struct sequential *sequential, char *to, size_t cap)
{
	const struct sequential_loan *loan = sequential->loan;

	return cap && loan && loan->more ? loan->more(loan->owner, to, cap) : 0;
}

/* Read, with the lock held: *out_len bytes are there, also after a failure. */
static HRESULT read_locked(struct sequential *sequential, char *to, size_t cap,
			   size_t *out_len)
{
	size_t len = 0;
	enum err err = ERR_NONE;

	if (sequential->backlog)
		err = backlog_take(sequential->backlog, to, cap, &len);
	if (!err) {
		len += take_lent(sequential, to + len, cap - len);
		len += take_more(sequential, to + len, cap - len);
	}
	*out_len = len;
	if (len == cap)
		return S_OK;
	if (len)
		return S_FALSE;
	if (err)
		return STG_E_READFAULT;
	return FAILED(sequential->after_drained) ? sequential->after_drained : S_FALSE;
}

static HRESULT sequential_Read(ISequentialStream *iface, void *pv, ULONG cb,
			       ULONG *pcbRead)
{
	struct sequential *sequential = impl_from_ISequentialStream(iface);
	size_t len = 0;
	HRESULT hr = S_OK;

	if (pcbRead)
		*pcbRead = 0;
	if (!pv)
		return STG_E_INVALIDPOINTER;
	if (cb == 0)
		return S_OK;
	lock_take(&sequential->lock);
	hr = read_locked(sequential, pv, cb, &len);
	lock_give(&sequential->lock);
	if (pcbRead)
		*pcbRead = (ULONG)len;
	return hr;
}

static HRESULT sequential_Write(ISequentialStream *iface, const void *pv, ULONG cb,
				ULONG *pcbWritten)
{
	(void)iface;
	(void)pv;
	(void)cb;
	if (pcbWritten)
		*pcbWritten = 0;
	return STG_E_ACCESSDENIED;
}

static const struct unknown_row rows[] = {
	{&IID_IUnknown, offsetof(struct sequential, ISequentialStream_iface)},
	{&IID_ISequentialStream, offsetof(struct sequential, ISequentialStream_iface)},
	{&IID_IAgileObject, offsetof(struct sequential, ISequentialStream_iface)},
};

static HRESULT sequential_QueryInterface(ISequentialStream *iface, REFIID riid,
					 void **out)
{
	return unknown_query(impl_from_ISequentialStream(iface), rows,
			     sizeof(rows) / sizeof(rows[0]), riid, out);
}

static ULONG sequential_AddRef(ISequentialStream *iface)
{
	return unknown_ref(&impl_from_ISequentialStream(iface)->refs);
}

/* Only where the owner has left it to the program does the program drop the last one. */
static ULONG sequential_Release(ISequentialStream *iface)
{
	struct sequential *sequential = impl_from_ISequentialStream(iface);
	ULONG refs = unknown_unref(&sequential->refs);

	if (refs == 0) {
		sequential_done(sequential);
		sequential->gone(sequential);
	}
	return refs;
}

static const ISequentialStreamVtbl vtbl = {
	sequential_QueryInterface, sequential_AddRef, sequential_Release,
	sequential_Read,	   sequential_Write,
};

/* ---- life ---- */

void sequential_init(struct sequential *sequential, void (*gone)(struct sequential *))
{
	*sequential = (struct sequential){
		.ISequentialStream_iface.lpVtbl = &vtbl, .refs = 1, .gone = gone};
}

void sequential_done(struct sequential *sequential)
{
	backlog_free(sequential->backlog);
	sequential->backlog = NULL;
}

void sequential_leave(struct sequential *sequential)
{
	sequential_Release(&sequential->ISequentialStream_iface);
}
