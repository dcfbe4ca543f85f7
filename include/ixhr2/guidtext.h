/* SPDX-License-Identifier: MIT */
/*
 * GUIDs as text, and new ones. What else Windows keeps in this file is in objbase.h,
 * which includes this one. Any thread. The functions are in libixhr2win.
 *
 * wchar_bytes is 2 or 4, the bytes of a unit of text. The text of a GUID has 38 units, as
 * "{88D96A09-F192-11D4-A65F-0040963251E5}", and a zero; hexadecimal digits are read in
 * any case and written in capitals.
 */
#ifndef IXHR2_GUIDTEXT_H
#define IXHR2_GUIDTEXT_H

#include "guiddef.h"
#include "windef.h"

EXTERN_C_START

/*
 * Writes guid with its zero to out, which has room for units: StringFromGUID2. The answer
 * is how many units were written, 39; 0: out is NULL, there is no room, or wchar_bytes.
 * Microsoft: "StringFromGUID2 function".
 */
IXHR2_API int ixhr2_string_from_guid2(unsigned wchar_bytes, REFGUID guid, void *out,
				      int units);

/*
 * Writes guid to *out, which is the caller's and freed with CoTaskMemFree:
 * StringFromCLSID and StringFromIID. NULL on failure. S_OK; E_INVALIDARG: out is NULL, or
 * wchar_bytes; E_OUTOFMEMORY. Microsoft: "StringFromCLSID function".
 */
IXHR2_API HRESULT ixhr2_string_from_clsid(unsigned wchar_bytes, REFCLSID guid,
					  void **out);

/*
 * Reads a GUID: CLSIDFromString. text NULL gives CLSID_NULL. *out is CLSID_NULL on
 * failure. S_OK; E_INVALIDARG: out is NULL, or wchar_bytes; CO_E_CLASSSTRING: text is not
 * the text of a GUID (names of programs are not known). Microsoft: "CLSIDFromString
 * function".
 */
IXHR2_API HRESULT ixhr2_clsid_from_string(unsigned wchar_bytes, const void *text,
					  CLSID *out);

/*
 * Reads a GUID: IIDFromString. As ixhr2_clsid_from_string, but for E_INVALIDARG where
 * text has not 38 units, and CO_E_IIDSTRING. Microsoft: "IIDFromString function".
 */
IXHR2_API HRESULT ixhr2_iid_from_string(unsigned wchar_bytes, const void *text, IID *out);

/*
 * A new GUID of random bits (RFC 9562 section 5.4): CoCreateGuid. S_OK; E_INVALIDARG: out
 * is NULL; E_FAIL: the system has no random bytes. Microsoft: "CoCreateGuid function".
 */
IXHR2_API HRESULT ixhr2_co_create_guid(GUID *out);

EXTERN_C_END

/* StringFromGUID2: see ixhr2_string_from_guid2. */
static inline int StringFromGUID2(REFGUID rguid, LPOLESTR lpsz, int cchMax)
{
	return ixhr2_string_from_guid2(sizeof(WCHAR), rguid, lpsz, cchMax);
}

/* StringFromCLSID: see ixhr2_string_from_clsid. */
static inline HRESULT StringFromCLSID(REFCLSID rclsid, LPOLESTR *lplpsz)
{
	return ixhr2_string_from_clsid(sizeof(WCHAR), rclsid, (void **)lplpsz);
}

/* StringFromIID: see ixhr2_string_from_clsid. */
static inline HRESULT StringFromIID(REFIID rclsid, LPOLESTR *lplpsz)
{
	return ixhr2_string_from_clsid(sizeof(WCHAR), rclsid, (void **)lplpsz);
}

/* CLSIDFromString: see ixhr2_clsid_from_string. */
static inline HRESULT CLSIDFromString(LPCOLESTR lpsz, CLSID *pclsid)
{
	return ixhr2_clsid_from_string(sizeof(WCHAR), lpsz, pclsid);
}

/* IIDFromString: see ixhr2_iid_from_string. */
static inline HRESULT IIDFromString(LPCOLESTR lpsz, IID *lpiid)
{
	return ixhr2_iid_from_string(sizeof(WCHAR), lpsz, lpiid);
}

/* CoCreateGuid: see ixhr2_co_create_guid. */
static inline HRESULT CoCreateGuid(GUID *pguid)
{
	return ixhr2_co_create_guid(pguid);
}

#endif
