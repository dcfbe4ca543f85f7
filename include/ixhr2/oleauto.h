/* SPDX-License-Identifier: MIT */
/*
 * Functions on BSTR and VARIANT. Any thread; one object is not used by two at once. They
 * are in libixhr2win.
 *
 * A BSTR is text with its length in bytes in front of it and a zero behind it, and may
 * hold zeros. NULL is an empty BSTR. Its units are WCHAR; the memory is not that of
 * CoTaskMemAlloc.
 */
#ifndef IXHR2_OLEAUTO_H
#define IXHR2_OLEAUTO_H

#include "oaidl.h"
#include "winerror.h"

#include <string.h>

EXTERN_C_START

/*
 * A BSTR of a copy of bytes: SysAllocString, SysAllocStringLen, SysAllocStringByteLen.
 * text NULL: the bytes are not set, but for the zero behind them. The answer is the
 * caller's and freed with SysFreeString; NULL: no memory, or more than 2^31 bytes.
 * Microsoft: "SysAllocStringByteLen function".
 */
IXHR2_API void *ixhr2_sys_alloc_string(const void *text, size_t bytes);

/*
 * Makes *bstr a copy of bytes, and frees what it was, of which text may be a part:
 * SysReAllocString, SysReAllocStringLen. text NULL keeps what was there. TRUE; FALSE with
 * *bstr as it was: as above. Microsoft: "SysReAllocStringLen function".
 */
IXHR2_API BOOL ixhr2_sys_realloc_string(void **bstr, const void *text, size_t bytes);

/* Frees a BSTR; NULL is fine. Microsoft: "SysFreeString function". */
IXHR2_API void ixhr2_sys_free_string(void *bstr);

/* The bytes of a BSTR without the zero behind it; of NULL 0. Microsoft:
 * "SysStringByteLen function". */
IXHR2_API UINT ixhr2_sys_string_byte_len(const void *bstr);

/*
 * Frees what *variant holds and makes it VT_EMPTY: VariantClear. A BSTR is freed, an
 * interface released; what VT_BYREF points to is left alone. S_OK; E_INVALIDARG: variant
 * is NULL; DISP_E_BADVARTYPE: arrays, records and what is no type of a VARIANT; it then
 * stays as it is. Microsoft: "VariantClear function".
 */
IXHR2_API HRESULT ixhr2_variant_clear(VARIANT *variant);

EXTERN_C_END

/* The bytes of text before its zero. */
static inline size_t ixhr2_olestr_bytes(const OLECHAR *text)
{
	size_t units = 0;

	while (text[units])
		units++;
	return units * sizeof(OLECHAR);
}

/* SysAllocString: a BSTR of text up to its zero; NULL for NULL. */
static inline BSTR SysAllocString(const OLECHAR *psz)
{
	return psz ? (BSTR)ixhr2_sys_alloc_string(psz, ixhr2_olestr_bytes(psz)) : NULL;
}

/* SysAllocStringLen: see ixhr2_sys_alloc_string; ui counts units. */
static inline BSTR SysAllocStringLen(const OLECHAR *strIn, UINT ui)
{
	return (BSTR)ixhr2_sys_alloc_string(strIn, ui * sizeof(OLECHAR));
}

/* SysAllocStringByteLen: see ixhr2_sys_alloc_string. */
static inline BSTR SysAllocStringByteLen(LPCSTR psz, UINT len)
{
	return (BSTR)ixhr2_sys_alloc_string(psz, len);
}

/* SysReAllocString: see ixhr2_sys_realloc_string; text up to its zero. */
static inline INT SysReAllocString(BSTR *pbstr, const OLECHAR *psz)
{
	return ixhr2_sys_realloc_string((void **)pbstr, psz,
					psz ? ixhr2_olestr_bytes(psz) : 0);
}

/* SysReAllocStringLen: see ixhr2_sys_realloc_string; len counts units. */
static inline INT SysReAllocStringLen(BSTR *pbstr, const OLECHAR *psz, UINT len)
{
	return ixhr2_sys_realloc_string((void **)pbstr, psz, len * sizeof(OLECHAR));
}

/* SysFreeString: see ixhr2_sys_free_string. */
static inline void SysFreeString(BSTR bstrString)
{
	ixhr2_sys_free_string(bstrString);
}

/* SysStringByteLen: see ixhr2_sys_string_byte_len. */
static inline UINT SysStringByteLen(BSTR bstr)
{
	return ixhr2_sys_string_byte_len(bstr);
}

/* SysStringLen: the units of a BSTR without the zero behind it; of NULL 0. */
static inline UINT SysStringLen(BSTR pbstr)
{
	return (UINT)(ixhr2_sys_string_byte_len(pbstr) / sizeof(OLECHAR));
}

/* VariantInit: makes memory a VT_EMPTY, whatever it was. */
static inline void VariantInit(VARIANTARG *pvarg)
{
	memset(pvarg, 0, sizeof(*pvarg));
}

/* VariantClear: see ixhr2_variant_clear. */
static inline HRESULT VariantClear(VARIANTARG *pvarg)
{
	return ixhr2_variant_clear(pvarg);
}

#define V_VT(variant)		 ((variant)->vt)
#define V_UNION(variant, member) ((variant)->member)
#define V_ISBYREF(variant)	 (V_VT(variant) & VT_BYREF)
#define V_BOOL(variant)		 V_UNION(variant, boolVal)
#define V_BSTR(variant)		 V_UNION(variant, bstrVal)
#define V_DISPATCH(variant)	 V_UNION(variant, pdispVal)
#define V_ERROR(variant)	 V_UNION(variant, scode)
#define V_I4(variant)		 V_UNION(variant, lVal)
#define V_I8(variant)		 V_UNION(variant, llVal)
#define V_R8(variant)		 V_UNION(variant, dblVal)
#define V_UI4(variant)		 V_UNION(variant, ulVal)
#define V_UNKNOWN(variant)	 V_UNION(variant, punkVal)

#endif
