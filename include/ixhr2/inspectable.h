/* SPDX-License-Identifier: MIT */
/*
 * IInspectable: what every interface of the Windows Runtime begins with. C and C++ as in
 * unknwn.h.
 */
#ifndef IXHR2_INSPECTABLE_H
#define IXHR2_INSPECTABLE_H

#include "hstring.h"
#include "objbase.h"

/* How far a class is trusted (Microsoft: "TrustLevel enumeration"). */
typedef enum TrustLevel { BaseTrust = 0, PartialTrust = 1, FullTrust = 2 } TrustLevel;

/* A truth of the Windows Runtime: 0 or 1. */
typedef unsigned char boolean;

DEFINE_GUID(IID_IInspectable, 0xAF86E2E0, 0xB12D, 0x4C6A, 0x9C, 0x5A, 0xD7, 0xAA, 0x65,
	    0x10, 0x1E, 0x90);

/*
 * IInspectable (Microsoft: "IInspectable interface").
 *
 * GetIids(iidCount, iids): the interfaces beside IUnknown and IInspectable, in an array
 * for CoTaskMemFree. GetRuntimeClassName(className): a string for WindowsDeleteString.
 * GetTrustLevel(trustLevel).
 */
#if defined(__cplusplus) && !defined(CINTERFACE)
struct IInspectable : public IUnknown {
	virtual HRESULT STDMETHODCALLTYPE GetIids(ULONG *iidCount, IID **iids) = 0;
	virtual HRESULT STDMETHODCALLTYPE GetRuntimeClassName(HSTRING *className) = 0;
	virtual HRESULT STDMETHODCALLTYPE GetTrustLevel(TrustLevel *trustLevel) = 0;
};
#else
/* The first members of a table of functions in C, for an interface of that type. */
#define IXHR2_UNKNOWN_METHODS(type)                                                      \
	HRESULT(STDMETHODCALLTYPE *QueryInterface)                                       \
	(type * This, REFIID riid, void **ppvObject);                                    \
	ULONG(STDMETHODCALLTYPE *AddRef)(type * This);                                   \
	ULONG(STDMETHODCALLTYPE *Release)(type * This);
#define IXHR2_INSPECTABLE_METHODS(type)                                                  \
	IXHR2_UNKNOWN_METHODS(type)                                                      \
	HRESULT(STDMETHODCALLTYPE *GetIids)(type * This, ULONG * iidCount, IID * *iids); \
	HRESULT(STDMETHODCALLTYPE *GetRuntimeClassName)                                  \
	(type * This, HSTRING * className);                                              \
	HRESULT(STDMETHODCALLTYPE *GetTrustLevel)(type * This, TrustLevel * trustLevel);

typedef struct IInspectable IInspectable;
typedef struct IInspectableVtbl {
	IXHR2_INSPECTABLE_METHODS(IInspectable)
} IInspectableVtbl;
struct IInspectable {
	const IInspectableVtbl *lpVtbl; /* the functions */
};
#ifdef COBJMACROS
#define IInspectable_QueryInterface(This, riid, ppvObject)                               \
	((This)->lpVtbl->QueryInterface((This), (riid), (ppvObject)))
#define IInspectable_AddRef(This)  ((This)->lpVtbl->AddRef((This)))
#define IInspectable_Release(This) ((This)->lpVtbl->Release((This)))
#define IInspectable_GetIids(This, iidCount, iids)                                       \
	((This)->lpVtbl->GetIids((This), (iidCount), (iids)))
#define IInspectable_GetRuntimeClassName(This, className)                                \
	((This)->lpVtbl->GetRuntimeClassName((This), (className)))
#define IInspectable_GetTrustLevel(This, trustLevel)                                     \
	((This)->lpVtbl->GetTrustLevel((This), (trustLevel)))
#endif
#endif
IXHR2_IID_OF(IInspectable, IID_IInspectable)

#endif
