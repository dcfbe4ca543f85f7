/* SPDX-License-Identifier: MIT */
/*
 * The response stream: an ISequentialStream that the library fills at one end and the
 * program reads at the other. Bytes come out in the order in which they went in; what is
 * not read stays, in a backlog. It lies in an object of its owner's.
 *
 * It answers for IUnknown, ISequentialStream and IAgileObject. The program calls its
 * methods from any thread at any time: with a reference of its own, or in a callback that
 * is given the stream. The functions here are for one thread at a time, and for when no
 * such callback runs.
 *
 * Read(pv, cb, pcbRead): S_OK with cb bytes; S_FALSE with fewer or none, when no more are
 * there (now, or ever); when all is read and the response has failed, its HRESULT. Never
 * waits, never E_PENDING. STG_E_INVALIDPOINTER: pv is NULL; STG_E_READFAULT: the file
 * cannot be read. pcbRead may be NULL. Write: STG_E_ACCESSDENIED.
 */
#ifndef IXHR2_COM_SEQUENTIAL_H
#define IXHR2_COM_SEQUENTIAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/lock.h"
#include "base/span.h"
#include "ixhr2/objidl.h"

struct backlog;

/* Bytes that are lent, as far as they are unread, and where there are more. */
struct sequential_loan {
	struct spans rest; /* the pieces that have some */
	size_t taken;	   /* bytes of the first of these that are read */
	/* Puts up to cap bytes behind all these to memory; answers how many. Called by
	 * Read alone, by one thread at a time, until sequential_keep. NULL: there are
	 * none. */
	size_t (*more)(void *owner, void *to, size_t cap);
	void *owner; /* given to more */
};

struct sequential {
	ISequentialStream ISequentialStream_iface; /* the interface for the program;
						      stands first */
	atomic_uint refs;	      /* the owner's one, and the program's */
	struct lock lock;	      /* guards what follows while there are several */
	struct backlog *backlog;      /* what was kept; owned, or NULL: nothing ever */
	struct sequential_loan *loan; /* behind that: the lender's, or NULL */
	void (*gone)(struct sequential *); /* told behind the program's last reference,
					      where the owner has let it have it */
	HRESULT after_drained;		   /* S_OK, or what Read answers then */
};

/* An empty one, whose first reference is the owner's; allocates nothing. */
void sequential_init(struct sequential *sequential, void (*gone)(struct sequential *));

/* Whether the program has references. Between its calls it cannot get the first one. */
static inline bool sequential_is_held(const struct sequential *sequential)
{
	return atomic_load_explicit(&sequential->refs, memory_order_acquire) > 1;
}

/* The end where the program has no reference: frees what is unread. gone is not told. */
void sequential_done(struct sequential *sequential);

/* Leaves it to the program: drops the owner's reference. gone is told, once, when the
 * last one is dropped, here or later and on any thread; then the memory is the owner's
 * again. */
void sequential_leave(struct sequential *sequential);

/*
 * Appends bytes that stay where they are until sequential_keep, which must come before
 * anything else is appended: what the program reads meanwhile is copied once only. Until
 * then loan, which says what they are, stays too; it changes while they are read. Answers
 * how many bytes the program has not read, these included.
 */
uint64_t sequential_lend(struct sequential *sequential, struct sequential_loan *loan);

/* The loan ends: what is unread of it is copied. The failures of backlog_put, and
 * ERR_NO_MEMORY: what was not copied is lost; what was before is there. */
MUST_USE enum err sequential_keep(struct sequential *sequential);

/* No more bytes will come. after_drained: S_OK, or what Read answers once all is read. */
void sequential_end(struct sequential *sequential, HRESULT after_drained);

#endif
