/* SPDX-License-Identifier: MIT */
/*
 * A face knows its object, so that one set of functions serves every interface of every
 * kind, wherever in its object it lies.
 *
 * GetIids leaves out what every object has: IUnknown, IInspectable and IAgileObject.
 */
#include "win/inspected.h"

#include <stdbool.h>

#include "ixhr2/winstring.h"

#define MAX_NAME_UNITS 127

void inspected_init(struct inspected *inspected, const struct inspected_class *class)
{
	inspected->class = class;
	atomic_init(&inspected->refs, 1);
}

struct inspected *inspected_of(const void *face)
{
	return ((const struct inspected_face *)face)->owner;
}

HRESULT inspected_query(void *face, REFIID iid, void **out)
{
	struct inspected *inspected = inspected_of(face);

	return unknown_query(inspected, inspected->class->rows,
			     inspected->class->row_count, iid, out);
}

ULONG inspected_ref(void *face)
{
	return unknown_ref(&inspected_of(face)->refs);
}

ULONG inspected_unref(void *face)
{
	struct inspected *inspected = inspected_of(face);
	ULONG refs = unknown_unref(&inspected->refs);

	if (refs == 0)
		inspected->class->free(inspected);
	return refs;
}

static bool is_own(const IID *iid)
{
	return !IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IInspectable) &&
	       !IsEqualIID(iid, &IID_IAgileObject);
}

HRESULT inspected_iids(void *face, ULONG *out_count, IID **out_iids)
{
	const struct inspected_class *class = inspected_of(face)->class;
	ULONG count = 0;
	IID *iids;

	if (!out_count || !out_iids)
		return E_POINTER;
	*out_count = 0;
	*out_iids = NULL;
	iids = ixhr2_task_alloc(class->row_count * sizeof(*iids));
	if (!iids)
		return E_OUTOFMEMORY;
	for (size_t i = 0; i < class->row_count; i++)
		if (is_own(class->rows[i].iid))
			iids[count++] = *class->rows[i].iid;
	*out_count = count;
	*out_iids = iids;
	return S_OK;
}

HRESULT inspected_name(void *face, HSTRING *out)
{
	const char *name = inspected_of(face)->class->name;
	uint32_t units[MAX_NAME_UNITS];
	UINT32 length = 0;

	if (!out)
		return E_POINTER;
	for (; length < MAX_NAME_UNITS && name[length]; length++)
		units[length] = (unsigned char)name[length];
	return ixhr2_windows_create_string(sizeof(units[0]), units, length, out);
}

HRESULT inspected_trust(void *face, TrustLevel *out)
{
	(void)face;
	if (!out)
		return E_POINTER;
	*out = BaseTrust;
	return S_OK;
}
