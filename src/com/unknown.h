/* SPDX-License-Identifier: MIT */
/*
 * What every COM object here needs: a count of references, and QueryInterface from a
 * table. Any thread.
 */
#ifndef IXHR2_COM_UNKNOWN_H
#define IXHR2_COM_UNKNOWN_H

#include <stdatomic.h>
#include <stddef.h>

#include "ixhr2/unknwn.h"
#include "ixhr2/winerror.h"

/* One interface of an object. */
struct unknown_row {
	const IID *iid; /* what it is asked for by */
	size_t offset;	/* where the member lies in the object */
};

/* The first of count rows with this iid, or NULL. */
const struct unknown_row *unknown_find(const struct unknown_row *rows, size_t count,
				       REFIID iid);

/*
 * QueryInterface: the first of count rows with this iid; the interface found is given a
 * reference by its own AddRef. S_OK; E_NOINTERFACE and NULL; E_POINTER when out is NULL,
 * E_INVALIDARG when iid is. Every table has a row for IID_IUnknown, always the same
 * member, which is the identity of the object.
 */
HRESULT unknown_query(void *object, const struct unknown_row *rows, size_t count,
		      REFIID iid, void **out);

/* One reference more; answers the new count. */
static inline ULONG unknown_ref(atomic_uint *refs)
{
	return atomic_fetch_add_explicit(refs, 1, memory_order_relaxed) + 1;
}

/* One reference less; answers the new count. At 0 the caller frees the object, and sees
 * everything that other threads did before they dropped theirs. */
static inline ULONG unknown_unref(atomic_uint *refs)
{
	return atomic_fetch_sub_explicit(refs, 1, memory_order_acq_rel) - 1;
}

#endif
