/* SPDX-License-Identifier: MIT */
/*
 * Asynchronous operations of the Windows Runtime, and IClosable.
 *
 * In C++ they are templates in ABI::Windows::Foundation; a program that uses one with
 * types other than those below says IXHR2_IID_OF(type, iid) for it. In C, and for
 * IXHR2_IID_OF, each has a name of its own, as in the headers of Windows.
 */
#ifndef IXHR2_WINDOWS_FOUNDATION_H
#define IXHR2_WINDOWS_FOUNDATION_H

#include "asyncinfo.h"
#include "eventtoken.h"

#ifndef RO_E_CLOSED
#define RO_E_CLOSED IXHR2_HRESULT(0x80000013)
#endif
#ifndef E_ILLEGAL_METHOD_CALL
#define E_ILLEGAL_METHOD_CALL IXHR2_HRESULT(0x8000000E)
#endif
#ifndef E_ILLEGAL_DELEGATE_ASSIGNMENT
#define E_ILLEGAL_DELEGATE_ASSIGNMENT IXHR2_HRESULT(0x80000018)
#endif

DEFINE_GUID(IID___x_ABI_CWindows_CFoundation_CIClosable, 0x30D5A829, 0x7FA4, 0x4026, 0x83,
	    0xBB, 0xD7, 0x5B, 0xAE, 0x4E, 0xA9, 0x9E);
DEFINE_GUID(IID___FIAsyncOperation_1_boolean, 0xCDB5EFB3, 0x5788, 0x509D, 0x9B, 0xE1,
	    0x71, 0xCC, 0xB8, 0xA3, 0x36, 0x2A);
DEFINE_GUID(IID___FIAsyncOperationCompletedHandler_1_boolean, 0xC1D3D1A2, 0xAE17, 0x5A5F,
	    0xB5, 0xA2, 0xBD, 0xCC, 0x88, 0x44, 0x88, 0x9A);
DEFINE_GUID(IID___FIAsyncOperationWithProgress_2_UINT32_UINT32, 0xECCB574A, 0xC684,
	    0x5572, 0xA6, 0x79, 0x6B, 0x08, 0x42, 0xCF, 0xB5, 0x7F);
DEFINE_GUID(IID___FIAsyncOperationWithProgressCompletedHandler_2_UINT32_UINT32,
	    0x1E466DC5, 0x840F, 0x54F9, 0xB8, 0x77, 0x5E, 0x3A, 0x9F, 0x4B, 0x6C, 0x74);
DEFINE_GUID(IID___FIAsyncOperationProgressHandler_2_UINT32_UINT32, 0xEA0FE405, 0xD432,
	    0x5AC7, 0x9E, 0xF8, 0x5A, 0x65, 0xE1, 0xF9, 0x7D, 0x7E);

/*
 * IClosable (Microsoft: "IClosable interface"). Close(): gives up what the object holds;
 * other methods answer RO_E_CLOSED from then on.
 *
 * IAsyncOperation, IAsyncOperationWithProgress (Microsoft: the pages of these names): an
 * operation that has been started; its IAsyncInfo says how it stands.
 * put_Completed(handler): once; handler->Invoke(operation, status) is called once when
 * the operation ends, on any thread, or in put_Completed if it has ended.
 * put_Progress(handler): called meanwhile. get_Completed, get_Progress(handler): what
 * was put. GetResults(results): once the status is Completed; else the failure.
 */
#if defined(__cplusplus) && !defined(CINTERFACE)
namespace ixhr2
{
/* As what a type of the Windows Runtime is passed. */
template <class T> struct abi_of {
	typedef T type;
};
template <> struct abi_of<bool> {
	typedef boolean type;
};
} // namespace ixhr2

namespace ABI
{
namespace Windows
{
namespace Foundation
{
struct IClosable : public IInspectable {
	virtual HRESULT STDMETHODCALLTYPE Close() = 0;
};
static const IID &IID_IClosable __attribute__((unused)) =
	IID___x_ABI_CWindows_CFoundation_CIClosable;

template <class TResult> struct IAsyncOperation;
template <class TResult, class TProgress> struct IAsyncOperationWithProgress;

template <class TResult> struct IAsyncOperationCompletedHandler : public IUnknown {
	virtual HRESULT STDMETHODCALLTYPE Invoke(IAsyncOperation<TResult> *asyncInfo,
						 AsyncStatus asyncStatus) = 0;
};

template <class TResult> struct IAsyncOperation : public IInspectable {
	virtual HRESULT STDMETHODCALLTYPE
	put_Completed(IAsyncOperationCompletedHandler<TResult> *handler) = 0;
	virtual HRESULT STDMETHODCALLTYPE
	get_Completed(IAsyncOperationCompletedHandler<TResult> **handler) = 0;
	virtual HRESULT STDMETHODCALLTYPE
	GetResults(typename ::ixhr2::abi_of<TResult>::type *results) = 0;
};

template <class TResult, class TProgress>
struct IAsyncOperationWithProgressCompletedHandler : public IUnknown {
	virtual HRESULT STDMETHODCALLTYPE
	Invoke(IAsyncOperationWithProgress<TResult, TProgress> *asyncInfo,
	       AsyncStatus asyncStatus) = 0;
};

template <class TResult, class TProgress>
struct IAsyncOperationProgressHandler : public IUnknown {
	virtual HRESULT STDMETHODCALLTYPE
	Invoke(IAsyncOperationWithProgress<TResult, TProgress> *asyncInfo,
	       TProgress progressInfo) = 0;
};

template <class TResult, class TProgress>
struct IAsyncOperationWithProgress : public IInspectable {
	virtual HRESULT STDMETHODCALLTYPE
	put_Progress(IAsyncOperationProgressHandler<TResult, TProgress> *handler) = 0;
	virtual HRESULT STDMETHODCALLTYPE
	get_Progress(IAsyncOperationProgressHandler<TResult, TProgress> **handler) = 0;
	virtual HRESULT STDMETHODCALLTYPE put_Completed(
		IAsyncOperationWithProgressCompletedHandler<TResult, TProgress>
			*handler) = 0;
	virtual HRESULT STDMETHODCALLTYPE get_Completed(
		IAsyncOperationWithProgressCompletedHandler<TResult, TProgress> *
			*handler) = 0;
	virtual HRESULT STDMETHODCALLTYPE
	GetResults(typename ::ixhr2::abi_of<TResult>::type *results) = 0;
};
} // namespace Foundation
} // namespace Windows
} // namespace ABI
typedef ABI::Windows::Foundation::IClosable __x_ABI_CWindows_CFoundation_CIClosable;
typedef ABI::Windows::Foundation::IAsyncOperation<bool> __FIAsyncOperation_1_boolean;
typedef ABI::Windows::Foundation::IAsyncOperationCompletedHandler<bool>
	__FIAsyncOperationCompletedHandler_1_boolean;
typedef ABI::Windows::Foundation::IAsyncOperationWithProgress<UINT32, UINT32>
	__FIAsyncOperationWithProgress_2_UINT32_UINT32;
typedef ABI::Windows::Foundation::IAsyncOperationWithProgressCompletedHandler<UINT32,
									      UINT32>
	__FIAsyncOperationWithProgressCompletedHandler_2_UINT32_UINT32;
typedef ABI::Windows::Foundation::IAsyncOperationProgressHandler<UINT32, UINT32>
	__FIAsyncOperationProgressHandler_2_UINT32_UINT32;
#else
typedef struct __x_ABI_CWindows_CFoundation_CIClosable
	__x_ABI_CWindows_CFoundation_CIClosable;
typedef struct __x_ABI_CWindows_CFoundation_CIClosableVtbl {
	IXHR2_INSPECTABLE_METHODS(__x_ABI_CWindows_CFoundation_CIClosable)
	HRESULT(STDMETHODCALLTYPE *Close)(__x_ABI_CWindows_CFoundation_CIClosable *This);
} __x_ABI_CWindows_CFoundation_CIClosableVtbl;
struct __x_ABI_CWindows_CFoundation_CIClosable {
	const __x_ABI_CWindows_CFoundation_CIClosableVtbl *lpVtbl; /* the functions */
};
typedef struct __FIAsyncOperation_1_boolean __FIAsyncOperation_1_boolean;
typedef struct __FIAsyncOperationCompletedHandler_1_boolean
	__FIAsyncOperationCompletedHandler_1_boolean;
typedef struct __FIAsyncOperationCompletedHandler_1_booleanVtbl {
	IXHR2_UNKNOWN_METHODS(__FIAsyncOperationCompletedHandler_1_boolean)
	HRESULT(STDMETHODCALLTYPE *Invoke)
	(__FIAsyncOperationCompletedHandler_1_boolean *This,
	 __FIAsyncOperation_1_boolean *asyncInfo, AsyncStatus asyncStatus);
} __FIAsyncOperationCompletedHandler_1_booleanVtbl;
struct __FIAsyncOperationCompletedHandler_1_boolean {
	const __FIAsyncOperationCompletedHandler_1_booleanVtbl
		*lpVtbl; /* the functions */
};
typedef struct __FIAsyncOperation_1_booleanVtbl {
	IXHR2_INSPECTABLE_METHODS(__FIAsyncOperation_1_boolean)
	HRESULT(STDMETHODCALLTYPE *put_Completed)
	(__FIAsyncOperation_1_boolean *This,
	 __FIAsyncOperationCompletedHandler_1_boolean *handler);
	HRESULT(STDMETHODCALLTYPE *get_Completed)
	(__FIAsyncOperation_1_boolean *This,
	 __FIAsyncOperationCompletedHandler_1_boolean **handler);
	HRESULT(STDMETHODCALLTYPE *GetResults)
	(__FIAsyncOperation_1_boolean *This, boolean *results);
} __FIAsyncOperation_1_booleanVtbl;
struct __FIAsyncOperation_1_boolean {
	const __FIAsyncOperation_1_booleanVtbl *lpVtbl; /* the functions */
};
typedef struct __FIAsyncOperationWithProgress_2_UINT32_UINT32
	__FIAsyncOperationWithProgress_2_UINT32_UINT32;
typedef struct __FIAsyncOperationWithProgressCompletedHandler_2_UINT32_UINT32
	__FIAsyncOperationWithProgressCompletedHandler_2_UINT32_UINT32;
typedef struct __FIAsyncOperationWithProgressCompletedHandler_2_UINT32_UINT32Vtbl {
	IXHR2_UNKNOWN_METHODS(
		__FIAsyncOperationWithProgressCompletedHandler_2_UINT32_UINT32)
	HRESULT(STDMETHODCALLTYPE *Invoke)
	(__FIAsyncOperationWithProgressCompletedHandler_2_UINT32_UINT32 *This,
	 __FIAsyncOperationWithProgress_2_UINT32_UINT32 *asyncInfo,
	 AsyncStatus asyncStatus);
} __FIAsyncOperationWithProgressCompletedHandler_2_UINT32_UINT32Vtbl;
struct __FIAsyncOperationWithProgressCompletedHandler_2_UINT32_UINT32 {
	const __FIAsyncOperationWithProgressCompletedHandler_2_UINT32_UINT32Vtbl
		*lpVtbl; /* the functions */
};
typedef struct __FIAsyncOperationProgressHandler_2_UINT32_UINT32
	__FIAsyncOperationProgressHandler_2_UINT32_UINT32;
typedef struct __FIAsyncOperationProgressHandler_2_UINT32_UINT32Vtbl {
	IXHR2_UNKNOWN_METHODS(__FIAsyncOperationProgressHandler_2_UINT32_UINT32)
	HRESULT(STDMETHODCALLTYPE *Invoke)
	(__FIAsyncOperationProgressHandler_2_UINT32_UINT32 *This,
	 __FIAsyncOperationWithProgress_2_UINT32_UINT32 *asyncInfo, UINT32 progressInfo);
} __FIAsyncOperationProgressHandler_2_UINT32_UINT32Vtbl;
struct __FIAsyncOperationProgressHandler_2_UINT32_UINT32 {
	const __FIAsyncOperationProgressHandler_2_UINT32_UINT32Vtbl
		*lpVtbl; /* the functions */
};
typedef struct __FIAsyncOperationWithProgress_2_UINT32_UINT32Vtbl {
	IXHR2_INSPECTABLE_METHODS(__FIAsyncOperationWithProgress_2_UINT32_UINT32)
	HRESULT(STDMETHODCALLTYPE *put_Progress)
	(__FIAsyncOperationWithProgress_2_UINT32_UINT32 *This,
	 __FIAsyncOperationProgressHandler_2_UINT32_UINT32 *handler);
	HRESULT(STDMETHODCALLTYPE *get_Progress)
	(__FIAsyncOperationWithProgress_2_UINT32_UINT32 *This,
	 __FIAsyncOperationProgressHandler_2_UINT32_UINT32 **handler);
	HRESULT(STDMETHODCALLTYPE *put_Completed)
	(__FIAsyncOperationWithProgress_2_UINT32_UINT32 *This,
	 __FIAsyncOperationWithProgressCompletedHandler_2_UINT32_UINT32 *handler);
	HRESULT(STDMETHODCALLTYPE *get_Completed)
	(__FIAsyncOperationWithProgress_2_UINT32_UINT32 *This,
	 __FIAsyncOperationWithProgressCompletedHandler_2_UINT32_UINT32 **handler);
	HRESULT(STDMETHODCALLTYPE *GetResults)
	(__FIAsyncOperationWithProgress_2_UINT32_UINT32 *This, UINT32 *results);
} __FIAsyncOperationWithProgress_2_UINT32_UINT32Vtbl;
struct __FIAsyncOperationWithProgress_2_UINT32_UINT32 {
	const __FIAsyncOperationWithProgress_2_UINT32_UINT32Vtbl
		*lpVtbl; /* the functions */
};
#endif
IXHR2_IID_OF(__x_ABI_CWindows_CFoundation_CIClosable,
	     IID___x_ABI_CWindows_CFoundation_CIClosable)
IXHR2_IID_OF(__FIAsyncOperation_1_boolean, IID___FIAsyncOperation_1_boolean)
IXHR2_IID_OF(__FIAsyncOperationCompletedHandler_1_boolean,
	     IID___FIAsyncOperationCompletedHandler_1_boolean)
IXHR2_IID_OF(__FIAsyncOperationWithProgress_2_UINT32_UINT32,
	     IID___FIAsyncOperationWithProgress_2_UINT32_UINT32)
IXHR2_IID_OF(__FIAsyncOperationWithProgressCompletedHandler_2_UINT32_UINT32,
	     IID___FIAsyncOperationWithProgressCompletedHandler_2_UINT32_UINT32)
IXHR2_IID_OF(__FIAsyncOperationProgressHandler_2_UINT32_UINT32,
	     IID___FIAsyncOperationProgressHandler_2_UINT32_UINT32)

#endif
