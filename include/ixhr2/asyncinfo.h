/* SPDX-License-Identifier: MIT */
/* IAsyncInfo: how an operation of the Windows Runtime stands. */
#ifndef IXHR2_ASYNCINFO_H
#define IXHR2_ASYNCINFO_H

#include "inspectable.h"

/*
 * How an operation stands; Microsoft: "AsyncStatus enumeration". In C++ the enumerators
 * have short names in the global scope too, unless _HIDE_GLOBAL_ASYNC_STATUS is defined.
 */
#ifdef __cplusplus
namespace ABI
{
namespace Windows
{
namespace Foundation
{
enum class AsyncStatus { Started = 0, Completed, Canceled, Error };
} // namespace Foundation
} // namespace Windows
} // namespace ABI
using ABI::Windows::Foundation::AsyncStatus;
#ifndef _HIDE_GLOBAL_ASYNC_STATUS
static const AsyncStatus Started = AsyncStatus::Started;
static const AsyncStatus Completed = AsyncStatus::Completed;
static const AsyncStatus Canceled = AsyncStatus::Canceled;
static const AsyncStatus Error = AsyncStatus::Error;
#endif
#else
typedef enum AsyncStatus { Started = 0, Completed, Canceled, Error } AsyncStatus;
#endif

DEFINE_GUID(IID_IAsyncInfo, 0x00000036, 0x0000, 0x0000, 0xC0, 0x00, 0x00, 0x00, 0x00,
	    0x00, 0x00, 0x46);

/*
 * IAsyncInfo (Microsoft: "IAsyncInfo interface").
 *
 * get_Id(id): never 0. get_Status(status). get_ErrorCode(errorCode): why the status is
 * Error. Cancel(): asks for the end. Close(): the operation is not used any more.
 */
#if defined(__cplusplus) && !defined(CINTERFACE)
struct IAsyncInfo : public IInspectable {
	virtual HRESULT STDMETHODCALLTYPE get_Id(UINT32 *id) = 0;
	virtual HRESULT STDMETHODCALLTYPE get_Status(AsyncStatus *status) = 0;
	virtual HRESULT STDMETHODCALLTYPE get_ErrorCode(HRESULT *errorCode) = 0;
	virtual HRESULT STDMETHODCALLTYPE Cancel() = 0;
	virtual HRESULT STDMETHODCALLTYPE Close() = 0;
};
namespace ABI
{
namespace Windows
{
namespace Foundation
{
using ::IAsyncInfo;
} // namespace Foundation
} // namespace Windows
} // namespace ABI
#else
typedef struct IAsyncInfo IAsyncInfo;
typedef struct IAsyncInfoVtbl {
	IXHR2_INSPECTABLE_METHODS(IAsyncInfo)
	HRESULT(STDMETHODCALLTYPE *get_Id)(IAsyncInfo *This, UINT32 *id);
	HRESULT(STDMETHODCALLTYPE *get_Status)(IAsyncInfo *This, AsyncStatus *status);
	HRESULT(STDMETHODCALLTYPE *get_ErrorCode)(IAsyncInfo *This, HRESULT *errorCode);
	HRESULT(STDMETHODCALLTYPE *Cancel)(IAsyncInfo *This);
	HRESULT(STDMETHODCALLTYPE *Close)(IAsyncInfo *This);
} IAsyncInfoVtbl;
struct IAsyncInfo {
	const IAsyncInfoVtbl *lpVtbl; /* the functions */
};
#ifdef COBJMACROS
#define IAsyncInfo_QueryInterface(This, riid, ppvObject)                                 \
	((This)->lpVtbl->QueryInterface((This), (riid), (ppvObject)))
#define IAsyncInfo_AddRef(This)		    ((This)->lpVtbl->AddRef((This)))
#define IAsyncInfo_Release(This)	    ((This)->lpVtbl->Release((This)))
#define IAsyncInfo_get_Id(This, id)	    ((This)->lpVtbl->get_Id((This), (id)))
#define IAsyncInfo_get_Status(This, status) ((This)->lpVtbl->get_Status((This), (status)))
#define IAsyncInfo_get_ErrorCode(This, errorCode)                                        \
	((This)->lpVtbl->get_ErrorCode((This), (errorCode)))
#define IAsyncInfo_Cancel(This) ((This)->lpVtbl->Cancel((This)))
#define IAsyncInfo_Close(This)	((This)->lpVtbl->Close((This)))
#endif
#endif
IXHR2_IID_OF(IAsyncInfo, IID_IAsyncInfo)

#endif
