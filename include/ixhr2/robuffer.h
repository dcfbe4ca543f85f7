/* SPDX-License-Identifier: MIT */
/* The bytes of an IBuffer. */
#ifndef IXHR2_ROBUFFER_H
#define IXHR2_ROBUFFER_H

#include "objbase.h"
#include "windows.storage.streams.h"

/* 8 bits. */
typedef unsigned char byte;

DEFINE_GUID(IID_IBufferByteAccess, 0x905A0FEF, 0xBC53, 0x11DF, 0x8C, 0x49, 0x00, 0x1E,
	    0x4F, 0xC6, 0x86, 0xDA);

/*
 * IBufferByteAccess (Microsoft: "IBufferByteAccess interface"). Buffer(value): where the
 * bytes are, as many as the capacity, as long as the buffer lives.
 */
#if defined(__cplusplus) && !defined(CINTERFACE)
namespace Windows
{
namespace Storage
{
namespace Streams
{
struct IBufferByteAccess : public IUnknown {
	virtual HRESULT STDMETHODCALLTYPE Buffer(byte **value) = 0;
};
} // namespace Streams
} // namespace Storage
} // namespace Windows
IXHR2_IID_OF(Windows::Storage::Streams::IBufferByteAccess, IID_IBufferByteAccess)
#else
typedef struct IBufferByteAccess IBufferByteAccess;
typedef struct IBufferByteAccessVtbl {
	IXHR2_UNKNOWN_METHODS(IBufferByteAccess)
	HRESULT(STDMETHODCALLTYPE *Buffer)(IBufferByteAccess *This, byte **value);
} IBufferByteAccessVtbl;
struct IBufferByteAccess {
	const IBufferByteAccessVtbl *lpVtbl; /* the functions */
};
#ifdef COBJMACROS
#define IBufferByteAccess_QueryInterface(This, riid, ppvObject)                          \
	((This)->lpVtbl->QueryInterface((This), (riid), (ppvObject)))
#define IBufferByteAccess_AddRef(This)	      ((This)->lpVtbl->AddRef((This)))
#define IBufferByteAccess_Release(This)	      ((This)->lpVtbl->Release((This)))
#define IBufferByteAccess_Buffer(This, value) ((This)->lpVtbl->Buffer((This), (value)))
#endif
#endif

#endif
