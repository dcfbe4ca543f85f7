/* SPDX-License-Identifier: MIT */
/*
 * How a program comes to its objects: ixhr2_create at the bottom, the Windows ways above
 * it. The class object is a constant for each width of WCHAR and is not counted: the
 * library stays loaded anyway.
 */
#include "com/hresult.h"
#include "com/unknown.h"
#include "com/xhr.h"
#include "ixhr2/ixhr2.h"
#include "ixhr2/objbase.h"

/* Where the class may be asked to run; it always runs here. */
#define CLASS_CONTEXTS (CLSCTX_INPROC | CLSCTX_LOCAL_SERVER)

/* What AddRef and Release of the class object answer. */
#define FACTORY_REFS 2

struct factory {
	IClassFactory IClassFactory_iface; /* the one interface */
	enum wide_unit unit;		   /* of the objects it makes */
};

static bool is_unit(unsigned wchar_bytes)
{
	return wchar_bytes == WIDE_16 || wchar_bytes == WIDE_32;
}

/* ---- objects ---- */

static HRESULT make(unsigned wchar_bytes, IXMLHTTPRequest3 **out_xhr)
{
	if (!is_unit(wchar_bytes))
		return E_INVALIDARG;
	return hresult_of(xhr_new((enum wide_unit)wchar_bytes, out_xhr));
}

HRESULT ixhr2_create(unsigned wchar_bytes, REFIID iid, void **out)
{
	IXMLHTTPRequest3 *xhr = NULL;
	HRESULT hr;

	if (!out)
		return E_POINTER;
	*out = NULL;
	if (!iid || !is_unit(wchar_bytes))
		return E_INVALIDARG;
	if (!xhr_has_interface(iid))
		return E_NOINTERFACE;
	hr = make(wchar_bytes, &xhr);
	*out = xhr;
	return hr;
}

/* What is wrong with asking for an object of a class, whatever its interfaces. */
static HRESULT check_class(REFCLSID clsid, const IUnknown *outer, DWORD contexts)
{
	if (!clsid || !(contexts & CLASS_CONTEXTS))
		return E_INVALIDARG;
	if (outer)
		return CLASS_E_NOAGGREGATION;
	if (!IsEqualCLSID(clsid, &CLSID_FreeThreadedXMLHTTP60))
		return REGDB_E_CLASSNOTREG;
	return S_OK;
}

HRESULT ixhr2_co_create_instance(unsigned wchar_bytes, REFCLSID clsid, IUnknown *outer,
				 DWORD clsctx, REFIID iid, void **out)
{
	HRESULT hr;

	if (!out)
		return E_POINTER;
	*out = NULL;
	hr = check_class(clsid, outer, clsctx);
	return FAILED(hr) ? hr : ixhr2_create(wchar_bytes, iid, out);
}

/* Gives every entry the same answer, and no interface. E_INVALIDARG: one asks for none.
 */
static HRESULT answer_all(MULTI_QI *results, DWORD count, HRESULT answer)
{
	HRESULT hr = S_OK;

	for (DWORD i = 0; i < count; i++) {
		if (!results[i].pIID)
			hr = E_INVALIDARG;
		results[i].pItf = NULL;
		results[i].hr = answer;
	}
	return hr;
}

static HRESULT query_all(IXMLHTTPRequest3 *xhr, MULTI_QI *results, DWORD count)
{
	DWORD found = 0;

	for (DWORD i = 0; i < count; i++) {
		void *itf = NULL;

		results[i].hr = xhr->lpVtbl->QueryInterface(xhr, results[i].pIID, &itf);
		results[i].pItf = itf;
		found += SUCCEEDED(results[i].hr);
	}
	if (found == count)
		return S_OK;
	return found ? CO_S_NOTALLINTERFACES : E_NOINTERFACE;
}

HRESULT ixhr2_co_create_instance_from_app(unsigned wchar_bytes, REFCLSID clsid,
					  IUnknown *outer, DWORD clsctx, void *reserved,
					  DWORD count, MULTI_QI *results)
{
	IXMLHTTPRequest3 *xhr = NULL;
	HRESULT hr;

	if (!results || count == 0)
		return E_INVALIDARG;
	hr = answer_all(results, count, E_NOINTERFACE);
	if (SUCCEEDED(hr))
		hr = reserved ? E_INVALIDARG : check_class(clsid, outer, clsctx);
	if (SUCCEEDED(hr))
		hr = make(wchar_bytes, &xhr);
	if (!xhr) {
		answer_all(results, count, hr);
		return hr;
	}
	hr = query_all(xhr, results, count);
	xhr->lpVtbl->Release(xhr);
	return hr;
}

/* ---- the class object ---- */

static struct factory *impl_from_IClassFactory(IClassFactory *iface)
{
	return (struct factory *)((char *)iface -
				  offsetof(struct factory, IClassFactory_iface));
}

static HRESULT factory_QueryInterface(IClassFactory *iface, REFIID iid, void **out)
{
	static const size_t offset = offsetof(struct factory, IClassFactory_iface);
	static const struct unknown_row rows[] = {
		{&IID_IClassFactory, offset},
		{&IID_IUnknown, offset},
		{&IID_IAgileObject, offset},
	};

	return unknown_query(impl_from_IClassFactory(iface), rows,
			     sizeof(rows) / sizeof(rows[0]), iid, out);
}

static ULONG factory_AddRef(IClassFactory *iface)
{
	(void)iface;
	return FACTORY_REFS;
}

static ULONG factory_Release(IClassFactory *iface)
{
	(void)iface;
	return FACTORY_REFS - 1;
}

static HRESULT factory_CreateInstance(IClassFactory *iface, IUnknown *outer, REFIID iid,
				      void **out)
{
	return ixhr2_co_create_instance(impl_from_IClassFactory(iface)->unit,
					&CLSID_FreeThreadedXMLHTTP60, outer,
					CLSCTX_INPROC_SERVER, iid, out);
}

static HRESULT factory_LockServer(IClassFactory *iface, BOOL is_locked)
{
	(void)iface;
	(void)is_locked;
	return S_OK;
}

static const IClassFactoryVtbl factory_vtbl = {
	factory_QueryInterface, factory_AddRef,	    factory_Release,
	factory_CreateInstance, factory_LockServer,
};

HRESULT ixhr2_get_class_object(unsigned wchar_bytes, REFCLSID clsid, REFIID iid,
			       void **out)
{
	static struct factory factories[] = {
		{{&factory_vtbl}, WIDE_16},
		{{&factory_vtbl}, WIDE_32},
	};
	struct factory *factory = &factories[wchar_bytes == WIDE_32];

	if (!out)
		return E_POINTER;
	*out = NULL;
	if (!is_unit(wchar_bytes) || !clsid)
		return E_INVALIDARG;
	if (!IsEqualCLSID(clsid, &CLSID_FreeThreadedXMLHTTP60))
		return CLASS_E_CLASSNOTAVAILABLE;
	return factory_QueryInterface(&factory->IClassFactory_iface, iid, out);
}

HRESULT DllGetClassObject(REFCLSID clsid, REFIID iid, void **out)
{
	return ixhr2_get_class_object(sizeof(WCHAR), clsid, iid, out);
}
