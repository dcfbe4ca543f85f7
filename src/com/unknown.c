/* SPDX-License-Identifier: MIT */
/*
 * An object answers for a handful of interfaces, so its table is searched from the front.
 * All interfaces begin with the methods of IUnknown; the one that was found counts the
 * reference itself, so that this file need not know where an object keeps its count.
 */
#include "com/unknown.h"

const struct unknown_row *unknown_find(const struct unknown_row *rows, size_t count,
				       REFIID iid)
{
	for (size_t i = 0; i < count; i++)
		if (IsEqualIID(iid, rows[i].iid))
			return &rows[i];
	return NULL;
}

HRESULT unknown_query(void *object, const struct unknown_row *rows, size_t count,
		      REFIID iid, void **out)
{
	const struct unknown_row *row;
	IUnknown *found;

	if (!out)
		return E_POINTER;
	*out = NULL;
	if (!iid)
		return E_INVALIDARG;
	row = unknown_find(rows, count, iid);
	if (!row)
		return E_NOINTERFACE;
	found = (void *)((char *)object + row->offset);
	found->lpVtbl->AddRef(found);
	*out = found;
	return S_OK;
}
