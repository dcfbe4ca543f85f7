/* SPDX-License-Identifier: MIT */
/*
 * IUnknown and IClassFactory.
 *
 * In C an interface is a struct whose lpVtbl points to a struct of functions; define
 * COBJMACROS before including for IUnknown_Release(it) and the like. In C++ it is a
 * struct with pure virtual functions and, as in COM, no virtual destructor. CINTERFACE
 * asks for the C form in C++. Both have the same binary form; but the library's objects
 * carry no type information of C++: dynamic_cast, typeid and -fsanitize=vptr are not for
 * them.
 */
#ifndef IXHR2_UNKNWN_H
#define IXHR2_UNKNWN_H

#include "guiddef.h"
#include "windef.h"

DEFINE_OLEGUID(IID_IUnknown, 0x00000000, 0, 0);
DEFINE_OLEGUID(IID_IClassFactory, 0x00000001, 0, 0);

/*
 * IUnknown: what every interface begins with. Any thread (Microsoft: "IUnknown
 * interface").
 *
 * QueryInterface(riid, ppvObject): S_OK with a new reference in *ppvObject;
 * E_NOINTERFACE with NULL there when the object has no such interface; E_POINTER when
 * ppvObject is NULL.
 *
 * AddRef(), Release(): one reference more or less; the answer, the count, is for tests
 * alone. At the last Release the object is gone.
 */
#if defined(__cplusplus) && !defined(CINTERFACE)
struct IUnknown {
	virtual HRESULT STDMETHODCALLTYPE QueryInterface(REFIID riid,
							 void **ppvObject) = 0;
	virtual ULONG STDMETHODCALLTYPE AddRef() = 0;
	virtual ULONG STDMETHODCALLTYPE Release() = 0;

	/* The same with the identity taken from the type of the pointer. */
	template <class T> HRESULT QueryInterface(T **out)
	{
		return QueryInterface(::ixhr2::iid_of<T>::value(),
				      reinterpret_cast<void **>(out));
	}
};
#else
typedef struct IUnknown IUnknown;
typedef struct IUnknownVtbl {
	HRESULT(STDMETHODCALLTYPE *QueryInterface)
	(IUnknown *This, REFIID riid, void **ppvObject);
	ULONG(STDMETHODCALLTYPE *AddRef)(IUnknown *This);
	ULONG(STDMETHODCALLTYPE *Release)(IUnknown *This);
} IUnknownVtbl;
struct IUnknown {
	const IUnknownVtbl *lpVtbl; /* the functions */
};
#ifdef COBJMACROS
#define IUnknown_QueryInterface(This, riid, ppvObject)                                   \
	((This)->lpVtbl->QueryInterface((This), (riid), (ppvObject)))
#define IUnknown_AddRef(This)  ((This)->lpVtbl->AddRef((This)))
#define IUnknown_Release(This) ((This)->lpVtbl->Release((This)))
#endif
#endif
typedef IUnknown *LPUNKNOWN;
IXHR2_IID_OF(IUnknown, IID_IUnknown)

/*
 * IClassFactory: makes objects of one class. Any thread (Microsoft: "IClassFactory").
 *
 * CreateInstance(pUnkOuter, riid, ppvObject): S_OK with a new object in *ppvObject;
 * CLASS_E_NOAGGREGATION when pUnkOuter is not NULL; E_NOINTERFACE; E_OUTOFMEMORY;
 * E_POINTER when ppvObject is NULL.
 *
 * LockServer(fLock): S_OK. The library stays loaded in any case.
 */
#if defined(__cplusplus) && !defined(CINTERFACE)
struct IClassFactory : public IUnknown {
	virtual HRESULT STDMETHODCALLTYPE CreateInstance(IUnknown *pUnkOuter, REFIID riid,
							 void **ppvObject) = 0;
	virtual HRESULT STDMETHODCALLTYPE LockServer(BOOL fLock) = 0;
};
#else
typedef struct IClassFactory IClassFactory;
typedef struct IClassFactoryVtbl {
	HRESULT(STDMETHODCALLTYPE *QueryInterface)
	(IClassFactory *This, REFIID riid, void **ppvObject);
	ULONG(STDMETHODCALLTYPE *AddRef)(IClassFactory *This);
	ULONG(STDMETHODCALLTYPE *Release)(IClassFactory *This);
	HRESULT(STDMETHODCALLTYPE *CreateInstance)
	(IClassFactory *This, IUnknown *pUnkOuter, REFIID riid, void **ppvObject);
	HRESULT(STDMETHODCALLTYPE *LockServer)(IClassFactory *This, BOOL fLock);
} IClassFactoryVtbl;
struct IClassFactory {
	const IClassFactoryVtbl *lpVtbl; /* the functions */
};
#ifdef COBJMACROS
#define IClassFactory_QueryInterface(This, riid, ppvObject)                              \
	((This)->lpVtbl->QueryInterface((This), (riid), (ppvObject)))
#define IClassFactory_AddRef(This)  ((This)->lpVtbl->AddRef((This)))
#define IClassFactory_Release(This) ((This)->lpVtbl->Release((This)))
#define IClassFactory_CreateInstance(This, pUnkOuter, riid, ppvObject)                   \
	((This)->lpVtbl->CreateInstance((This), (pUnkOuter), (riid), (ppvObject)))
#define IClassFactory_LockServer(This, fLock)                                            \
	((This)->lpVtbl->LockServer((This), (fLock)))
#endif
#endif
IXHR2_IID_OF(IClassFactory, IID_IClassFactory)

#endif
