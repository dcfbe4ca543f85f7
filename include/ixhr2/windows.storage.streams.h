/* SPDX-License-Identifier: MIT */
/*
 * Streams and buffers of the Windows Runtime, as shcore.h takes and makes them. In C++
 * they are in ABI::Windows::Storage::Streams. robuffer.h says how to get at the bytes of
 * a buffer.
 */
#ifndef IXHR2_WINDOWS_STORAGE_STREAMS_H
#define IXHR2_WINDOWS_STORAGE_STREAMS_H

#include "windows.foundation.h"

DEFINE_GUID(IID___x_ABI_CWindows_CStorage_CStreams_CIBuffer, 0x905A0FE0, 0xBC53, 0x11DF,
	    0x8C, 0x49, 0x00, 0x1E, 0x4F, 0xC6, 0x86, 0xDA);
DEFINE_GUID(IID___x_ABI_CWindows_CStorage_CStreams_CIInputStream, 0x905A0FE2, 0xBC53,
	    0x11DF, 0x8C, 0x49, 0x00, 0x1E, 0x4F, 0xC6, 0x86, 0xDA);
DEFINE_GUID(IID___x_ABI_CWindows_CStorage_CStreams_CIOutputStream, 0x905A0FE6, 0xBC53,
	    0x11DF, 0x8C, 0x49, 0x00, 0x1E, 0x4F, 0xC6, 0x86, 0xDA);
DEFINE_GUID(IID___x_ABI_CWindows_CStorage_CStreams_CIRandomAccessStream, 0x905A0FE1,
	    0xBC53, 0x11DF, 0x8C, 0x49, 0x00, 0x1E, 0x4F, 0xC6, 0x86, 0xDA);
DEFINE_GUID(IID___x_ABI_CWindows_CStorage_CStreams_CIContentTypeProvider, 0x97D098A5,
	    0x3B99, 0x4DE9, 0x88, 0xA5, 0xE1, 0x1D, 0x2F, 0x50, 0xC7, 0x95);
DEFINE_GUID(IID___x_ABI_CWindows_CStorage_CStreams_CIRandomAccessStreamWithContentType,
	    0xCC254827, 0x4B3D, 0x438F, 0x92, 0x32, 0x10, 0xC7, 0x6B, 0xC7, 0xE0, 0x38);
DEFINE_GUID(
	IID___FIAsyncOperationWithProgress_2_Windows__CStorage__CStreams__CIBuffer_UINT32,
	0xD26B2819, 0x897F, 0x5C7D, 0x84, 0xD6, 0x56, 0xD7, 0x96, 0x56, 0x14, 0x31);
DEFINE_GUID(
	IID___FIAsyncOperationWithProgressCompletedHandler_2_Windows__CStorage__CStreams__CIBuffer_UINT32,
	0x06386A7A, 0xE009, 0x5B0B, 0xAB, 0x68, 0xA8, 0xE4, 0x8B, 0x51, 0x66, 0x47);
DEFINE_GUID(
	IID___FIAsyncOperationProgressHandler_2_Windows__CStorage__CStreams__CIBuffer_UINT32,
	0xBF666554, 0x7605, 0x5D9A, 0xB1, 0x4E, 0x18, 0xD8, 0xC8, 0x47, 0x2A, 0xFE);

/*
 * IBuffer (Microsoft: "IBuffer interface"): bytes, of which the first Length count.
 * get_Capacity, get_Length(value). put_Length(value): at most the capacity.
 *
 * IInputStream: ReadAsync(buffer, count, options, operation) reads up to count bytes
 * at the stream's position; its result is a buffer, this one or another, whose length
 * is what was read, 0 at the end. InputStreamOptions_Partial: what there is, instead of
 * all count bytes.
 *
 * IOutputStream: WriteAsync(buffer, operation) writes the bytes of the buffer at the
 * stream's position; its result is how many. FlushAsync(operation): its result is
 * whether all is where it belongs.
 *
 * IRandomAccessStream: its object has IInputStream, IOutputStream and IClosable too.
 * get_Size, put_Size, get_Position, Seek: as their names say. GetInputStreamAt,
 * GetOutputStreamAt(position, stream): a stream with a position of its own.
 * CloneStream(stream): the same bytes, at position 0. get_CanRead, get_CanWrite(value).
 *
 * IContentTypeProvider: get_ContentType(value), a string for WindowsDeleteString.
 * IRandomAccessStreamWithContentType: says that an object has it and
 * IRandomAccessStream.
 */
#if defined(__cplusplus) && !defined(CINTERFACE)
namespace ABI
{
namespace Windows
{
namespace Storage
{
namespace Streams
{
enum InputStreamOptions : unsigned int {
	InputStreamOptions_None = 0,
	InputStreamOptions_Partial = 1,
	InputStreamOptions_ReadAhead = 2
};

struct IBuffer : public IInspectable {
	virtual HRESULT STDMETHODCALLTYPE get_Capacity(UINT32 *value) = 0;
	virtual HRESULT STDMETHODCALLTYPE get_Length(UINT32 *value) = 0;
	virtual HRESULT STDMETHODCALLTYPE put_Length(UINT32 value) = 0;
};
static const IID &IID_IBuffer __attribute__((unused)) =
	IID___x_ABI_CWindows_CStorage_CStreams_CIBuffer;

struct IInputStream : public IInspectable {
	virtual HRESULT STDMETHODCALLTYPE
	ReadAsync(IBuffer *buffer, UINT32 count, InputStreamOptions options,
		  Foundation::IAsyncOperationWithProgress<IBuffer *, UINT32> *
			  *operation) = 0;
};
static const IID &IID_IInputStream __attribute__((unused)) =
	IID___x_ABI_CWindows_CStorage_CStreams_CIInputStream;

struct IOutputStream : public IInspectable {
	virtual HRESULT STDMETHODCALLTYPE WriteAsync(
		IBuffer *buffer,
		Foundation::IAsyncOperationWithProgress<UINT32, UINT32> **operation) = 0;
	virtual HRESULT STDMETHODCALLTYPE
	FlushAsync(Foundation::IAsyncOperation<bool> **operation) = 0;
};
static const IID &IID_IOutputStream __attribute__((unused)) =
	IID___x_ABI_CWindows_CStorage_CStreams_CIOutputStream;

struct IRandomAccessStream : public IInspectable {
	virtual HRESULT STDMETHODCALLTYPE get_Size(UINT64 *value) = 0;
	virtual HRESULT STDMETHODCALLTYPE put_Size(UINT64 value) = 0;
	virtual HRESULT STDMETHODCALLTYPE GetInputStreamAt(UINT64 position,
							   IInputStream **stream) = 0;
	virtual HRESULT STDMETHODCALLTYPE GetOutputStreamAt(UINT64 position,
							    IOutputStream **stream) = 0;
	virtual HRESULT STDMETHODCALLTYPE get_Position(UINT64 *value) = 0;
	virtual HRESULT STDMETHODCALLTYPE Seek(UINT64 position) = 0;
	virtual HRESULT STDMETHODCALLTYPE CloneStream(IRandomAccessStream **stream) = 0;
	virtual HRESULT STDMETHODCALLTYPE get_CanRead(boolean *value) = 0;
	virtual HRESULT STDMETHODCALLTYPE get_CanWrite(boolean *value) = 0;
};
static const IID &IID_IRandomAccessStream __attribute__((unused)) =
	IID___x_ABI_CWindows_CStorage_CStreams_CIRandomAccessStream;

struct IContentTypeProvider : public IInspectable {
	virtual HRESULT STDMETHODCALLTYPE get_ContentType(HSTRING *value) = 0;
};
static const IID &IID_IContentTypeProvider __attribute__((unused)) =
	IID___x_ABI_CWindows_CStorage_CStreams_CIContentTypeProvider;

struct IRandomAccessStreamWithContentType : public IInspectable {
};
static const IID &IID_IRandomAccessStreamWithContentType __attribute__((unused)) =
	IID___x_ABI_CWindows_CStorage_CStreams_CIRandomAccessStreamWithContentType;

} // namespace Streams
} // namespace Storage
} // namespace Windows
} // namespace ABI
typedef ABI::Windows::Storage::Streams::InputStreamOptions
	__x_ABI_CWindows_CStorage_CStreams_CInputStreamOptions;
typedef ABI::Windows::Storage::Streams::IBuffer
	__x_ABI_CWindows_CStorage_CStreams_CIBuffer;
typedef ABI::Windows::Storage::Streams::IInputStream
	__x_ABI_CWindows_CStorage_CStreams_CIInputStream;
typedef ABI::Windows::Storage::Streams::IOutputStream
	__x_ABI_CWindows_CStorage_CStreams_CIOutputStream;
typedef ABI::Windows::Storage::Streams::IRandomAccessStream
	__x_ABI_CWindows_CStorage_CStreams_CIRandomAccessStream;
typedef ABI::Windows::Storage::Streams::IContentTypeProvider
	__x_ABI_CWindows_CStorage_CStreams_CIContentTypeProvider;
typedef ABI::Windows::Storage::Streams::IRandomAccessStreamWithContentType
	__x_ABI_CWindows_CStorage_CStreams_CIRandomAccessStreamWithContentType;
typedef ABI::Windows::Foundation::IAsyncOperationWithProgress<
	__x_ABI_CWindows_CStorage_CStreams_CIBuffer *, UINT32>
	__FIAsyncOperationWithProgress_2_Windows__CStorage__CStreams__CIBuffer_UINT32;
typedef ABI::Windows::Foundation::IAsyncOperationWithProgressCompletedHandler<
	__x_ABI_CWindows_CStorage_CStreams_CIBuffer *, UINT32>
	__FIAsyncOperationWithProgressCompletedHandler_2_Windows__CStorage__CStreams__CIBuffer_UINT32;
typedef ABI::Windows::Foundation::IAsyncOperationProgressHandler<
	__x_ABI_CWindows_CStorage_CStreams_CIBuffer *, UINT32>
	__FIAsyncOperationProgressHandler_2_Windows__CStorage__CStreams__CIBuffer_UINT32;
#else
typedef enum __x_ABI_CWindows_CStorage_CStreams_CInputStreamOptions {
	InputStreamOptions_None = 0,
	InputStreamOptions_Partial = 1,
	InputStreamOptions_ReadAhead = 2
} __x_ABI_CWindows_CStorage_CStreams_CInputStreamOptions;

typedef struct __x_ABI_CWindows_CStorage_CStreams_CIBuffer
	__x_ABI_CWindows_CStorage_CStreams_CIBuffer;
typedef struct __x_ABI_CWindows_CStorage_CStreams_CIBufferVtbl {
	IXHR2_INSPECTABLE_METHODS(__x_ABI_CWindows_CStorage_CStreams_CIBuffer)
	HRESULT(STDMETHODCALLTYPE *get_Capacity)
	(__x_ABI_CWindows_CStorage_CStreams_CIBuffer *This, UINT32 *value);
	HRESULT(STDMETHODCALLTYPE *get_Length)
	(__x_ABI_CWindows_CStorage_CStreams_CIBuffer *This, UINT32 *value);
	HRESULT(STDMETHODCALLTYPE *put_Length)
	(__x_ABI_CWindows_CStorage_CStreams_CIBuffer *This, UINT32 value);
} __x_ABI_CWindows_CStorage_CStreams_CIBufferVtbl;
struct __x_ABI_CWindows_CStorage_CStreams_CIBuffer {
	const __x_ABI_CWindows_CStorage_CStreams_CIBufferVtbl *lpVtbl; /* the functions */
};

typedef struct __FIAsyncOperationWithProgress_2_Windows__CStorage__CStreams__CIBuffer_UINT32
	__FIAsyncOperationWithProgress_2_Windows__CStorage__CStreams__CIBuffer_UINT32;
typedef struct __FIAsyncOperationWithProgressCompletedHandler_2_Windows__CStorage__CStreams__CIBuffer_UINT32
	__FIAsyncOperationWithProgressCompletedHandler_2_Windows__CStorage__CStreams__CIBuffer_UINT32;
typedef struct
	__FIAsyncOperationWithProgressCompletedHandler_2_Windows__CStorage__CStreams__CIBuffer_UINT32Vtbl {
	IXHR2_UNKNOWN_METHODS(
		__FIAsyncOperationWithProgressCompletedHandler_2_Windows__CStorage__CStreams__CIBuffer_UINT32)
	HRESULT(STDMETHODCALLTYPE *Invoke)
	(__FIAsyncOperationWithProgressCompletedHandler_2_Windows__CStorage__CStreams__CIBuffer_UINT32
		 *This,
	 __FIAsyncOperationWithProgress_2_Windows__CStorage__CStreams__CIBuffer_UINT32
		 *asyncInfo,
	 AsyncStatus asyncStatus);
} __FIAsyncOperationWithProgressCompletedHandler_2_Windows__CStorage__CStreams__CIBuffer_UINT32Vtbl;
struct __FIAsyncOperationWithProgressCompletedHandler_2_Windows__CStorage__CStreams__CIBuffer_UINT32 {
	const __FIAsyncOperationWithProgressCompletedHandler_2_Windows__CStorage__CStreams__CIBuffer_UINT32Vtbl
		*lpVtbl; /* the functions */
};
typedef struct __FIAsyncOperationProgressHandler_2_Windows__CStorage__CStreams__CIBuffer_UINT32
	__FIAsyncOperationProgressHandler_2_Windows__CStorage__CStreams__CIBuffer_UINT32;
typedef struct
	__FIAsyncOperationProgressHandler_2_Windows__CStorage__CStreams__CIBuffer_UINT32Vtbl {
	IXHR2_UNKNOWN_METHODS(
		__FIAsyncOperationProgressHandler_2_Windows__CStorage__CStreams__CIBuffer_UINT32)
	HRESULT(STDMETHODCALLTYPE *Invoke)
	(__FIAsyncOperationProgressHandler_2_Windows__CStorage__CStreams__CIBuffer_UINT32
		 *This,
	 __FIAsyncOperationWithProgress_2_Windows__CStorage__CStreams__CIBuffer_UINT32
		 *asyncInfo,
	 UINT32 progressInfo);
} __FIAsyncOperationProgressHandler_2_Windows__CStorage__CStreams__CIBuffer_UINT32Vtbl;
struct __FIAsyncOperationProgressHandler_2_Windows__CStorage__CStreams__CIBuffer_UINT32 {
	const __FIAsyncOperationProgressHandler_2_Windows__CStorage__CStreams__CIBuffer_UINT32Vtbl
		*lpVtbl; /* the functions */
};
typedef struct
	__FIAsyncOperationWithProgress_2_Windows__CStorage__CStreams__CIBuffer_UINT32Vtbl {
	IXHR2_INSPECTABLE_METHODS(
		__FIAsyncOperationWithProgress_2_Windows__CStorage__CStreams__CIBuffer_UINT32)
	HRESULT(STDMETHODCALLTYPE *put_Progress)
	(__FIAsyncOperationWithProgress_2_Windows__CStorage__CStreams__CIBuffer_UINT32
		 *This,
	 __FIAsyncOperationProgressHandler_2_Windows__CStorage__CStreams__CIBuffer_UINT32
		 *handler);
	HRESULT(STDMETHODCALLTYPE *get_Progress)
	(__FIAsyncOperationWithProgress_2_Windows__CStorage__CStreams__CIBuffer_UINT32
		 *This,
	 __FIAsyncOperationProgressHandler_2_Windows__CStorage__CStreams__CIBuffer_UINT32
		 **handler);
	HRESULT(STDMETHODCALLTYPE *put_Completed)
	(__FIAsyncOperationWithProgress_2_Windows__CStorage__CStreams__CIBuffer_UINT32
		 *This,
	 __FIAsyncOperationWithProgressCompletedHandler_2_Windows__CStorage__CStreams__CIBuffer_UINT32
		 *handler);
	HRESULT(STDMETHODCALLTYPE *get_Completed)
	(__FIAsyncOperationWithProgress_2_Windows__CStorage__CStreams__CIBuffer_UINT32
		 *This,
	 __FIAsyncOperationWithProgressCompletedHandler_2_Windows__CStorage__CStreams__CIBuffer_UINT32
		 **handler);
	HRESULT(STDMETHODCALLTYPE *GetResults)
	(__FIAsyncOperationWithProgress_2_Windows__CStorage__CStreams__CIBuffer_UINT32
		 *This,
	 __x_ABI_CWindows_CStorage_CStreams_CIBuffer **results);
} __FIAsyncOperationWithProgress_2_Windows__CStorage__CStreams__CIBuffer_UINT32Vtbl;
struct __FIAsyncOperationWithProgress_2_Windows__CStorage__CStreams__CIBuffer_UINT32 {
	const __FIAsyncOperationWithProgress_2_Windows__CStorage__CStreams__CIBuffer_UINT32Vtbl
		*lpVtbl; /* the functions */
};

typedef struct __x_ABI_CWindows_CStorage_CStreams_CIInputStream
	__x_ABI_CWindows_CStorage_CStreams_CIInputStream;
typedef struct __x_ABI_CWindows_CStorage_CStreams_CIInputStreamVtbl {
	IXHR2_INSPECTABLE_METHODS(__x_ABI_CWindows_CStorage_CStreams_CIInputStream)
	HRESULT(STDMETHODCALLTYPE *ReadAsync)
	(__x_ABI_CWindows_CStorage_CStreams_CIInputStream *This,
	 __x_ABI_CWindows_CStorage_CStreams_CIBuffer *buffer, UINT32 count,
	 __x_ABI_CWindows_CStorage_CStreams_CInputStreamOptions options,
	 __FIAsyncOperationWithProgress_2_Windows__CStorage__CStreams__CIBuffer_UINT32 *
		 *operation);
} __x_ABI_CWindows_CStorage_CStreams_CIInputStreamVtbl;
struct __x_ABI_CWindows_CStorage_CStreams_CIInputStream {
	const __x_ABI_CWindows_CStorage_CStreams_CIInputStreamVtbl
		*lpVtbl; /* the functions */
};

typedef struct __x_ABI_CWindows_CStorage_CStreams_CIOutputStream
	__x_ABI_CWindows_CStorage_CStreams_CIOutputStream;
typedef struct __x_ABI_CWindows_CStorage_CStreams_CIOutputStreamVtbl {
	IXHR2_INSPECTABLE_METHODS(__x_ABI_CWindows_CStorage_CStreams_CIOutputStream)
	HRESULT(STDMETHODCALLTYPE *WriteAsync)
	(__x_ABI_CWindows_CStorage_CStreams_CIOutputStream *This,
	 __x_ABI_CWindows_CStorage_CStreams_CIBuffer *buffer,
	 __FIAsyncOperationWithProgress_2_UINT32_UINT32 **operation);
	HRESULT(STDMETHODCALLTYPE *FlushAsync)
	(__x_ABI_CWindows_CStorage_CStreams_CIOutputStream *This,
	 __FIAsyncOperation_1_boolean **operation);
} __x_ABI_CWindows_CStorage_CStreams_CIOutputStreamVtbl;
struct __x_ABI_CWindows_CStorage_CStreams_CIOutputStream {
	const __x_ABI_CWindows_CStorage_CStreams_CIOutputStreamVtbl
		*lpVtbl; /* the functions */
};

typedef struct __x_ABI_CWindows_CStorage_CStreams_CIRandomAccessStream
	__x_ABI_CWindows_CStorage_CStreams_CIRandomAccessStream;
typedef struct __x_ABI_CWindows_CStorage_CStreams_CIRandomAccessStreamVtbl {
	IXHR2_INSPECTABLE_METHODS(__x_ABI_CWindows_CStorage_CStreams_CIRandomAccessStream)
	HRESULT(STDMETHODCALLTYPE *get_Size)
	(__x_ABI_CWindows_CStorage_CStreams_CIRandomAccessStream *This, UINT64 *value);
	HRESULT(STDMETHODCALLTYPE *put_Size)
	(__x_ABI_CWindows_CStorage_CStreams_CIRandomAccessStream *This, UINT64 value);
	HRESULT(STDMETHODCALLTYPE *GetInputStreamAt)
	(__x_ABI_CWindows_CStorage_CStreams_CIRandomAccessStream *This, UINT64 position,
	 __x_ABI_CWindows_CStorage_CStreams_CIInputStream **stream);
	HRESULT(STDMETHODCALLTYPE *GetOutputStreamAt)
	(__x_ABI_CWindows_CStorage_CStreams_CIRandomAccessStream *This, UINT64 position,
	 __x_ABI_CWindows_CStorage_CStreams_CIOutputStream **stream);
	HRESULT(STDMETHODCALLTYPE *get_Position)
	(__x_ABI_CWindows_CStorage_CStreams_CIRandomAccessStream *This, UINT64 *value);
	HRESULT(STDMETHODCALLTYPE *Seek)
	(__x_ABI_CWindows_CStorage_CStreams_CIRandomAccessStream *This, UINT64 position);
	HRESULT(STDMETHODCALLTYPE *CloneStream)
	(__x_ABI_CWindows_CStorage_CStreams_CIRandomAccessStream *This,
	 __x_ABI_CWindows_CStorage_CStreams_CIRandomAccessStream **stream);
	HRESULT(STDMETHODCALLTYPE *get_CanRead)
	(__x_ABI_CWindows_CStorage_CStreams_CIRandomAccessStream *This, boolean *value);
	HRESULT(STDMETHODCALLTYPE *get_CanWrite)
	(__x_ABI_CWindows_CStorage_CStreams_CIRandomAccessStream *This, boolean *value);
} __x_ABI_CWindows_CStorage_CStreams_CIRandomAccessStreamVtbl;
struct __x_ABI_CWindows_CStorage_CStreams_CIRandomAccessStream {
	const __x_ABI_CWindows_CStorage_CStreams_CIRandomAccessStreamVtbl
		*lpVtbl; /* the functions */
};

typedef struct __x_ABI_CWindows_CStorage_CStreams_CIContentTypeProvider
	__x_ABI_CWindows_CStorage_CStreams_CIContentTypeProvider;
typedef struct __x_ABI_CWindows_CStorage_CStreams_CIContentTypeProviderVtbl {
	IXHR2_INSPECTABLE_METHODS(
		__x_ABI_CWindows_CStorage_CStreams_CIContentTypeProvider)
	HRESULT(STDMETHODCALLTYPE *get_ContentType)
	(__x_ABI_CWindows_CStorage_CStreams_CIContentTypeProvider *This, HSTRING *value);
} __x_ABI_CWindows_CStorage_CStreams_CIContentTypeProviderVtbl;
struct __x_ABI_CWindows_CStorage_CStreams_CIContentTypeProvider {
	const __x_ABI_CWindows_CStorage_CStreams_CIContentTypeProviderVtbl
		*lpVtbl; /* the functions */
};

typedef struct __x_ABI_CWindows_CStorage_CStreams_CIRandomAccessStreamWithContentType
	__x_ABI_CWindows_CStorage_CStreams_CIRandomAccessStreamWithContentType;
typedef struct
	__x_ABI_CWindows_CStorage_CStreams_CIRandomAccessStreamWithContentTypeVtbl {
	IXHR2_INSPECTABLE_METHODS(
		__x_ABI_CWindows_CStorage_CStreams_CIRandomAccessStreamWithContentType)
} __x_ABI_CWindows_CStorage_CStreams_CIRandomAccessStreamWithContentTypeVtbl;
struct __x_ABI_CWindows_CStorage_CStreams_CIRandomAccessStreamWithContentType {
	const __x_ABI_CWindows_CStorage_CStreams_CIRandomAccessStreamWithContentTypeVtbl
		*lpVtbl; /* the functions */
};

#endif
IXHR2_IID_OF(__x_ABI_CWindows_CStorage_CStreams_CIBuffer,
	     IID___x_ABI_CWindows_CStorage_CStreams_CIBuffer)
IXHR2_IID_OF(__x_ABI_CWindows_CStorage_CStreams_CIInputStream,
	     IID___x_ABI_CWindows_CStorage_CStreams_CIInputStream)
IXHR2_IID_OF(__x_ABI_CWindows_CStorage_CStreams_CIOutputStream,
	     IID___x_ABI_CWindows_CStorage_CStreams_CIOutputStream)
IXHR2_IID_OF(__x_ABI_CWindows_CStorage_CStreams_CIRandomAccessStream,
	     IID___x_ABI_CWindows_CStorage_CStreams_CIRandomAccessStream)
IXHR2_IID_OF(__x_ABI_CWindows_CStorage_CStreams_CIContentTypeProvider,
	     IID___x_ABI_CWindows_CStorage_CStreams_CIContentTypeProvider)
IXHR2_IID_OF(__x_ABI_CWindows_CStorage_CStreams_CIRandomAccessStreamWithContentType,
	     IID___x_ABI_CWindows_CStorage_CStreams_CIRandomAccessStreamWithContentType)
IXHR2_IID_OF(
	__FIAsyncOperationWithProgress_2_Windows__CStorage__CStreams__CIBuffer_UINT32,
	IID___FIAsyncOperationWithProgress_2_Windows__CStorage__CStreams__CIBuffer_UINT32)
IXHR2_IID_OF(
	__FIAsyncOperationWithProgressCompletedHandler_2_Windows__CStorage__CStreams__CIBuffer_UINT32,
	IID___FIAsyncOperationWithProgressCompletedHandler_2_Windows__CStorage__CStreams__CIBuffer_UINT32)
IXHR2_IID_OF(
	__FIAsyncOperationProgressHandler_2_Windows__CStorage__CStreams__CIBuffer_UINT32,
	IID___FIAsyncOperationProgressHandler_2_Windows__CStorage__CStreams__CIBuffer_UINT32)

#endif
