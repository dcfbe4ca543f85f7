/* SPDX-License-Identifier: MIT */
/*
 * The macros in which Windows sources write functions, interfaces and methods. In C++ an
 * interface is a struct of pure virtual functions; in C, and with CINTERFACE, a struct
 * whose lpVtbl points to a struct of functions, and INTERFACE is its name while THIS_
 * stands in a declaration:
 *
 *	#define INTERFACE IMine
 *	DECLARE_INTERFACE_IID_(IMine, IUnknown, "8e6f1979-...")
 *	{
 *		STDMETHOD(QueryInterface)(THIS_ REFIID iid, void **out) PURE;
 *		...
 *	};
 */
#ifndef IXHR2_BASETYPS_H
#define IXHR2_BASETYPS_H

#include "declspec.h"
#include "guiddef.h"

#ifdef __cplusplus
#define EXTERN_C       extern "C"
#define EXTERN_C_START extern "C" {
#define EXTERN_C_END   }
#else
#define EXTERN_C extern
#define EXTERN_C_START
#define EXTERN_C_END
#endif

/* Calling conventions: Linux has one. */
#define APIENTRY
#define APIPRIVATE
#define CALLBACK
#define NTAPI
#define STDAPICALLTYPE
#define STDAPIVCALLTYPE
#define STDMETHODCALLTYPE
#define STDMETHODVCALLTYPE
#define WINAPI
#define WINAPIV

#define STDAPI		       EXTERN_C HRESULT STDAPICALLTYPE
#define STDAPI_(type)	       EXTERN_C type STDAPICALLTYPE
#define STDAPIV		       EXTERN_C HRESULT STDAPIVCALLTYPE
#define STDAPIV_(type)	       EXTERN_C type STDAPIVCALLTYPE
#define STDMETHODIMP	       HRESULT STDMETHODCALLTYPE
#define STDMETHODIMP_(type)    type STDMETHODCALLTYPE
#define STDMETHODIMPV	       HRESULT STDMETHODVCALLTYPE
#define STDMETHODIMPV_(type)   type STDMETHODVCALLTYPE
#define IFACEMETHODIMP	       STDMETHODIMP
#define IFACEMETHODIMP_(type)  STDMETHODIMP_(type)
#define IFACEMETHODIMPV	       STDMETHODIMPV
#define IFACEMETHODIMPV_(type) STDMETHODIMPV_(type)

#define MIDL_INTERFACE(text) struct DECLSPEC_UUID(text) DECLSPEC_NOVTABLE
#define BEGIN_INTERFACE
#define END_INTERFACE

#if defined(__cplusplus) && !defined(CINTERFACE)
#define STDMETHOD(method)	  virtual HRESULT STDMETHODCALLTYPE method
#define STDMETHOD_(type, method)  virtual type STDMETHODCALLTYPE method
#define STDMETHODV(method)	  virtual HRESULT STDMETHODVCALLTYPE method
#define STDMETHODV_(type, method) virtual type STDMETHODVCALLTYPE method
#define PURE			  = 0
#define THIS_
#define THIS			       void
#define DECLARE_INTERFACE(name)	       struct name
#define DECLARE_INTERFACE_(name, base) struct name : public base
#define DECLARE_INTERFACE_IID(name, text)                                                \
	struct name;                                                                     \
	IXHR2_UUID(name, text) struct DECLSPEC_UUID(text) name
#define DECLARE_INTERFACE_IID_(name, base, text)                                         \
	struct name;                                                                     \
	IXHR2_UUID(name, text) struct DECLSPEC_UUID(text) name : public base
#else
#define STDMETHOD(method)	  HRESULT(STDMETHODCALLTYPE *method)
#define STDMETHOD_(type, method)  type(STDMETHODCALLTYPE *method)
#define STDMETHODV(method)	  HRESULT(STDMETHODVCALLTYPE *method)
#define STDMETHODV_(type, method) type(STDMETHODVCALLTYPE *method)
#define PURE
#define THIS_ INTERFACE *This,
#define THIS  INTERFACE *This
#define DECLARE_INTERFACE(name)                                                          \
	typedef struct name {                                                            \
		const struct name##Vtbl *lpVtbl;                                         \
	} name;                                                                          \
	typedef struct name##Vtbl name##Vtbl;                                            \
	struct name##Vtbl
#define DECLARE_INTERFACE_(name, base)		 DECLARE_INTERFACE(name)
#define DECLARE_INTERFACE_IID(name, text)	 DECLARE_INTERFACE(name)
#define DECLARE_INTERFACE_IID_(name, base, text) DECLARE_INTERFACE(name)
#endif
#define IFACEMETHOD(method)	    STDMETHOD(method)
#define IFACEMETHOD_(type, method)  STDMETHOD_(type, method)
#define IFACEMETHODV(method)	    STDMETHODV(method)
#define IFACEMETHODV_(type, method) STDMETHODV_(type, method)

#endif
