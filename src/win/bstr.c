/* SPDX-License-Identifier: MIT */
/*
 * BSTR and VARIANT (oleauto.h). In front of the text of a BSTR stands struct head, whose
 * last field is the length, where Windows programs look for it; behind it four bytes of
 * zero, which end units of any size.
 */
#include "ixhr2/oleauto.h"

#include <stdint.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

/* Bytes of zero behind the text: one unit of the largest size. */
#define ZERO_BYTES 4

/* Bytes of text at most. */
#define MAX_BYTES ((size_t)1 << 31)

/* What is in front of the text. */
struct head {
	uint32_t unused; /* keeps the text aligned for pointers */
	uint32_t bytes;	 /* of the text, without the zero */
};

static struct head *head_of(const void *bstr)
{
	return (struct head *)(uintptr_t)bstr - 1;
}

void *ixhr2_sys_alloc_string(const void *text, size_t bytes)
{
	struct head *head;
	char *out;

	if (bytes > MAX_BYTES)
		return NULL;
	head = mem_alloc(sizeof(*head) + bytes + ZERO_BYTES);
	if (!head)
		return NULL;
	*head = (struct head){.bytes = (uint32_t)bytes};
	out = (char *)(head + 1);
	if (text)
		memcpy(out, text, bytes);
	memset(out + bytes, 0, ZERO_BYTES);
	return out;
}

BOOL ixhr2_sys_realloc_string(void **bstr, const void *text, size_t bytes)
{
	const size_t had = ixhr2_sys_string_byte_len(*bstr);
	char *out = ixhr2_sys_alloc_string(text, bytes);

	if (!out)
		return FALSE;
	if (!text && had)
		memcpy(out, *bstr, had < bytes ? had : bytes);
	ixhr2_sys_free_string(*bstr);
	*bstr = out;
	return TRUE;
}

void ixhr2_sys_free_string(void *bstr)
{
	if (bstr)
		mem_free(head_of(bstr));
}

UINT ixhr2_sys_string_byte_len(const void *bstr)
{
	return bstr ? head_of(bstr)->bytes : 0;
}

/* Whether a VARIANT of this type owns nothing. */
static int is_plain(VARTYPE type)
{
	return type <= VT_DATE || (type >= VT_ERROR && type <= VT_BOOL) ||
	       type == VT_DECIMAL || (type >= VT_I1 && type <= VT_UINT);
}

HRESULT ixhr2_variant_clear(VARIANT *variant)
{
	if (!variant)
		return E_INVALIDARG;
	if (variant->vt & (VT_ARRAY | VT_VECTOR | VT_RESERVED))
		return DISP_E_BADVARTYPE;
	if (variant->vt == VT_BSTR) {
		ixhr2_sys_free_string(variant->bstrVal);
	} else if (variant->vt == VT_UNKNOWN || variant->vt == VT_DISPATCH) {
		if (variant->punkVal)
			variant->punkVal->lpVtbl->Release(variant->punkVal);
	} else if (!(variant->vt & VT_BYREF) && !is_plain(variant->vt)) {
		return DISP_E_BADVARTYPE;
	}
	variant->vt = VT_EMPTY;
	return S_OK;
}
