/* SPDX-License-Identifier: MIT */
/*
 * An object answers for a handful of interfaces, so its table is searched from the front.
 * All interfaces begin with the methods of IUnknown; the one that was found counts the
 * reference itself, so that this file need not know where an object keeps its count.
 */
#include "com/unknown.h"

HRESULT unknown_query(void *object, const struct unknown_row *rows, size_t count,
		      REFIID iid, void **out)
{
	if (!out)
		return E_POINTER;
	*out = NULL;
	if (!iid)
		return E_INVALIDARG;
	for (size_t i = 0; i < count; i++) {
		IUnknown *found = (void *)((char *)object + rows[i].offset);

		if (!IsEqualIID(iid, rows[i].iid))
			continue;
		found->lpVtbl->AddRef(found);
		*out = found;
		return S_OK;
	}
	return E_NOINTERFACE;
}
