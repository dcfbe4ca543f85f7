/* SPDX-License-Identifier: MIT */
/*
 * Making objects, and the memory that calls hand over. Every function may be called from
 * any thread, before or after CoInitializeEx or without it.
 *
 * The Windows names are functions of this header; they call the exported ixhr2_ functions
 * with the size of the program's WCHAR, which the object made keeps.
 */
#ifndef IXHR2_OBJBASE_H
#define IXHR2_OBJBASE_H

#include "guidtext.h"
#include "objidl.h"
#include "unknwn.h"
#include "winerror.h"

/* In which context a class runs (Microsoft: "CLSCTX enumeration"). */
typedef enum CLSCTX {
	CLSCTX_INPROC_SERVER = 0x1,
	CLSCTX_INPROC_HANDLER = 0x2,
	CLSCTX_LOCAL_SERVER = 0x4,
	CLSCTX_REMOTE_SERVER = 0x10,
	CLSCTX_INPROC = 0x3,
	CLSCTX_SERVER = 0x15,
	CLSCTX_ALL = 0x17
} CLSCTX;

/* Flags of CoInitializeEx (Microsoft: "COINIT enumeration"). */
typedef enum COINIT {
	COINIT_MULTITHREADED = 0x0,
	COINIT_APARTMENTTHREADED = 0x2,
	COINIT_DISABLE_OLE1DDE = 0x4,
	COINIT_SPEED_OVER_MEMORY = 0x8
} COINIT;

/* One interface asked for, and the answer (Microsoft: "MULTI_QI structure"). */
typedef struct MULTI_QI {
	const IID *pIID; /* which; the caller sets it */
	IUnknown *pItf;	 /* NULL before; then a reference of the caller's, or NULL */
	HRESULT hr;	 /* 0 before; then S_OK or E_NOINTERFACE */
} MULTI_QI;

EXTERN_C_START

/*
 * Makes an object of a class and asks it for an interface: CoCreateInstance.
 * wchar_bytes: 2 or 4, the unit of every wide string that the object takes and gives.
 * clsid: CLSID_FreeThreadedXMLHTTP60. outer: NULL. clsctx: any CLSCTX_ bits that hold an
 * in-process, local or "all" bit. *out gets one reference, the caller's; NULL on
 * failure. S_OK; E_POINTER: out is NULL; E_INVALIDARG: wchar_bytes or clsctx;
 * CLASS_E_NOAGGREGATION: outer is not NULL; REGDB_E_CLASSNOTREG: another class;
 * E_NOINTERFACE: the class has no iid; E_OUTOFMEMORY. Microsoft: "CoCreateInstance
 * function".
 */
IXHR2_API HRESULT ixhr2_co_create_instance(unsigned wchar_bytes, REFCLSID clsid,
					   IUnknown *outer, DWORD clsctx, REFIID iid,
					   void **out);

/*
 * Makes an object and asks it for count interfaces: CoCreateInstanceFromApp. reserved:
 * NULL. Each entry of results gets its interface, or E_NOINTERFACE. S_OK: all;
 * CO_S_NOTALLINTERFACES: some; E_NOINTERFACE: none; E_INVALIDARG: results is NULL, count
 * is 0, reserved is not NULL, or an entry has no pIID; else as ixhr2_co_create_instance.
 * Microsoft: "CoCreateInstanceFromApp function".
 */
IXHR2_API HRESULT ixhr2_co_create_instance_from_app(unsigned wchar_bytes, REFCLSID clsid,
						    IUnknown *outer, DWORD clsctx,
						    void *reserved, DWORD count,
						    MULTI_QI *results);

/*
 * The class object, which makes objects through IClassFactory: CoGetClassObject and
 * DllGetClassObject. *out gets one reference, the caller's; NULL on failure. S_OK;
 * E_POINTER: out is NULL; E_INVALIDARG: wchar_bytes; CLASS_E_CLASSNOTAVAILABLE: another
 * class; E_NOINTERFACE; E_OUTOFMEMORY. Microsoft: "DllGetClassObject entry point".
 */
IXHR2_API HRESULT ixhr2_get_class_object(unsigned wchar_bytes, REFCLSID clsid, REFIID iid,
					 void **out);

/*
 * bytes of uninitialised memory, aligned for any type; NULL when there are none. 0 bytes
 * give a pointer too. The caller frees it with ixhr2_task_free. Microsoft:
 * "CoTaskMemAlloc function".
 */
IXHR2_API void *ixhr2_task_alloc(size_t bytes);

/*
 * Resizes memory of ixhr2_task_alloc and keeps its content. at NULL allocates; bytes 0
 * frees and answers NULL. On failure NULL, and at stays as it is. Microsoft:
 * "CoTaskMemRealloc function".
 */
IXHR2_API void *ixhr2_task_realloc(void *at, size_t bytes);

/* Frees what ixhr2_task_alloc or a method gave; NULL is fine. Microsoft: "CoTaskMemFree
 * function". */
IXHR2_API void ixhr2_task_free(void *at);

/*
 * An empty stream in memory that grows with what is written: CreateStreamOnHGlobal.
 * wchar_bytes: 2 or 4. global: NULL (there are no global handles). delete_on_release
 * changes nothing. *out gets one reference, the caller's; NULL on failure. S_OK;
 * E_INVALIDARG: out is NULL, global is not NULL, or wchar_bytes; E_OUTOFMEMORY.
 * Microsoft: "CreateStreamOnHGlobal function".
 *
 * This stream, and that of SHCreateMemStream (shlwapi.h), may be used from several
 * threads at once. Its methods, and what they answer:
 *
 * Read: S_OK with the bytes that are left, up to cb; at the end 0. pcbRead may be NULL.
 * STG_E_INVALIDPOINTER: pv is NULL.
 *
 * Write: S_OK with all bytes; after a Seek beyond the end the gap is filled with zero
 * bytes. STG_E_MEDIUMFULL and nothing written: memory is out, or more than 256 GiB.
 * STG_E_INVALIDPOINTER: pv is NULL. pcbWritten may be NULL.
 *
 * Seek: S_OK, also beyond the end. STG_E_INVALIDFUNCTION: another origin, or a position
 * below 0 or above 2^63 - 1; the position then stays.
 *
 * SetSize: S_OK; STG_E_MEDIUMFULL. The position stays.
 *
 * CopyTo: S_OK with cb bytes, or with those that lay before the end when it began; both
 * counts may be NULL. STG_E_MEDIUMFULL: the other stream took fewer bytes;
 * STG_E_INVALIDPOINTER: pstm is NULL; E_OUTOFMEMORY; the other stream's failure.
 *
 * Commit, Revert: S_OK. LockRegion, UnlockRegion: STG_E_INVALIDFUNCTION.
 *
 * Stat: S_OK with type, size and mode; there is no name and no time.
 * STG_E_INVALIDPOINTER: pstatstg is NULL; STG_E_INVALIDFLAG.
 *
 * Clone: S_OK with a stream on the same bytes, shared from then on, and the same
 * position. E_OUTOFMEMORY; STG_E_INVALIDPOINTER: ppstm is NULL.
 */
IXHR2_API HRESULT ixhr2_create_stream_on_hglobal(unsigned wchar_bytes, HGLOBAL global,
						 BOOL delete_on_release, IStream **out);

#ifdef IXHR2_BUILDING
/* As ixhr2_get_class_object with the bytes of wchar_t, for those who look the entry point
 * up by name. */
IXHR2_API HRESULT DllGetClassObject(REFCLSID clsid, REFIID iid, void **out);
#endif

EXTERN_C_END

/* CoInitializeEx: the library needs no initialisation; every apartment will do, any
 * number of times. S_OK; E_INVALIDARG: reserved is not NULL. */
static inline HRESULT CoInitializeEx(void *reserved, DWORD coinit)
{
	(void)coinit;
	return reserved ? E_INVALIDARG : S_OK;
}

/* CoInitialize: as CoInitializeEx. */
static inline HRESULT CoInitialize(void *reserved)
{
	return CoInitializeEx(reserved, COINIT_APARTMENTTHREADED);
}

/* CoUninitialize: nothing is to be done. */
static inline void CoUninitialize(void)
{
}

/* CoCreateInstance: see ixhr2_co_create_instance. */
static inline HRESULT CoCreateInstance(REFCLSID rclsid, IUnknown *pUnkOuter,
				       DWORD dwClsContext, REFIID riid, void **ppv)
{
	return ixhr2_co_create_instance(sizeof(WCHAR), rclsid, pUnkOuter, dwClsContext,
					riid, ppv);
}

/* CoCreateInstanceFromApp: see ixhr2_co_create_instance_from_app. */
static inline HRESULT CoCreateInstanceFromApp(REFCLSID rclsid, IUnknown *pUnkOuter,
					      DWORD dwClsContext, void *reserved,
					      DWORD dwCount, MULTI_QI *pResults)
{
	return ixhr2_co_create_instance_from_app(sizeof(WCHAR), rclsid, pUnkOuter,
						 dwClsContext, reserved, dwCount,
						 pResults);
}

/* DllGetClassObject: see ixhr2_get_class_object. */
#ifndef IXHR2_BUILDING
static inline HRESULT DllGetClassObject(REFCLSID rclsid, REFIID riid, void **ppv)
{
	return ixhr2_get_class_object(sizeof(WCHAR), rclsid, riid, ppv);
}
#endif

/* CoGetClassObject: see ixhr2_get_class_object. E_INVALIDARG: reserved is not NULL. */
static inline HRESULT CoGetClassObject(REFCLSID rclsid, DWORD dwClsContext,
				       void *reserved, REFIID riid, void **ppv)
{
	(void)dwClsContext;
	if (ppv)
		*ppv = NULL;
	return reserved ? E_INVALIDARG
			: ixhr2_get_class_object(sizeof(WCHAR), rclsid, riid, ppv);
}

/* CoFreeUnusedLibraries: libraries stay loaded. */
static inline void CoFreeUnusedLibraries(void)
{
}

/* CoTaskMemAlloc: see ixhr2_task_alloc. */
static inline void *CoTaskMemAlloc(SIZE_T cb)
{
	return ixhr2_task_alloc(cb);
}

/* CoTaskMemRealloc: see ixhr2_task_realloc. */
static inline void *CoTaskMemRealloc(void *pv, SIZE_T cb)
{
	return ixhr2_task_realloc(pv, cb);
}

/* CoTaskMemFree: see ixhr2_task_free. */
static inline void CoTaskMemFree(void *pv)
{
	ixhr2_task_free(pv);
}

/* CreateStreamOnHGlobal: see ixhr2_create_stream_on_hglobal. */
static inline HRESULT CreateStreamOnHGlobal(HGLOBAL hGlobal, BOOL fDeleteOnRelease,
					    IStream **ppstm)
{
	return ixhr2_create_stream_on_hglobal(sizeof(WCHAR), hGlobal, fDeleteOnRelease,
					      ppstm);
}

/*
 * C++: the last two arguments of QueryInterface and CoCreateInstance at once, from the
 * address of a pointer: CoCreateInstance(clsid, NULL, CLSCTX_ALL, IID_PPV_ARGS(&xhr)).
 *
 * A class that stands for such an address takes part by two things: *address is a pointer
 * to the interface, and IID_PPV_ARGS_Helper takes one, as that of
 * Microsoft::WRL::Details:: ComPtrRef in wrl/client.h does. In templates it is found in
 * the class's own namespace too.
 */
#if defined(__cplusplus) && !defined(CINTERFACE)
template <class T> void **IID_PPV_ARGS_Helper(T **pointer)
{
	static_assert(sizeof(static_cast<IUnknown *>(*pointer)) != 0, "not an interface");
	return reinterpret_cast<void **>(pointer);
}

#define IID_PPV_ARGS(pointer) __uuidof(**(pointer)), IID_PPV_ARGS_Helper(pointer)
#endif

#endif
