/* SPDX-License-Identifier: MIT */
/* Short names for the C forms of windows.foundation.h and windows.storage.streams.h. */
#ifndef IXHR2_WIN_ABI_H
#define IXHR2_WIN_ABI_H

#include "ixhr2/robuffer.h"
#include "ixhr2/windows.foundation.h"
#include "ixhr2/windows.storage.streams.h"

typedef __x_ABI_CWindows_CFoundation_CIClosable IClosable;
typedef __x_ABI_CWindows_CFoundation_CIClosableVtbl IClosableVtbl;
typedef __x_ABI_CWindows_CStorage_CStreams_CIBuffer IBuffer;
typedef __x_ABI_CWindows_CStorage_CStreams_CIBufferVtbl IBufferVtbl;
typedef __x_ABI_CWindows_CStorage_CStreams_CIInputStream IInputStream;
typedef __x_ABI_CWindows_CStorage_CStreams_CIInputStreamVtbl IInputStreamVtbl;
typedef __x_ABI_CWindows_CStorage_CStreams_CIOutputStream IOutputStream;
typedef __x_ABI_CWindows_CStorage_CStreams_CIOutputStreamVtbl IOutputStreamVtbl;
typedef __x_ABI_CWindows_CStorage_CStreams_CIRandomAccessStream IRandomAccessStream;
typedef __x_ABI_CWindows_CStorage_CStreams_CIRandomAccessStreamVtbl
	IRandomAccessStreamVtbl;
typedef __x_ABI_CWindows_CStorage_CStreams_CInputStreamOptions InputStreamOptions;

#define IID_IClosable		__x_ABI_IID(Foundation_CIClosable)
#define IID_IBuffer		__x_ABI_IID(Storage_CStreams_CIBuffer)
#define IID_IInputStream	__x_ABI_IID(Storage_CStreams_CIInputStream)
#define IID_IOutputStream	__x_ABI_IID(Storage_CStreams_CIOutputStream)
#define IID_IRandomAccessStream __x_ABI_IID(Storage_CStreams_CIRandomAccessStream)
#define __x_ABI_IID(name)	IID___x_ABI_CWindows_C##name

/* What reads: its result is a buffer. */
typedef __FIAsyncOperationWithProgress_2_Windows__CStorage__CStreams__CIBuffer_UINT32
	IBufferOperation;
typedef __FIAsyncOperationWithProgress_2_Windows__CStorage__CStreams__CIBuffer_UINT32Vtbl
	IBufferOperationVtbl;
typedef __FIAsyncOperationWithProgressCompletedHandler_2_Windows__CStorage__CStreams__CIBuffer_UINT32
	IBufferHandler;
typedef __FIAsyncOperationProgressHandler_2_Windows__CStorage__CStreams__CIBuffer_UINT32
	IBufferProgress;

/* What writes: its result is a number of bytes. */
typedef __FIAsyncOperationWithProgress_2_UINT32_UINT32 ICountOperation;
typedef __FIAsyncOperationWithProgress_2_UINT32_UINT32Vtbl ICountOperationVtbl;
typedef __FIAsyncOperationWithProgressCompletedHandler_2_UINT32_UINT32 ICountHandler;
typedef __FIAsyncOperationProgressHandler_2_UINT32_UINT32 ICountProgress;

/* What flushes: its result is a truth. */
typedef __FIAsyncOperation_1_boolean IFlagOperation;
typedef __FIAsyncOperation_1_booleanVtbl IFlagOperationVtbl;
typedef __FIAsyncOperationCompletedHandler_1_boolean IFlagHandler;
typedef __FIAsyncOperationCompletedHandler_1_booleanVtbl IFlagHandlerVtbl;

#define IID_IBufferOperation                                                             \
	IID___FIAsyncOperationWithProgress_2_Windows__CStorage__CStreams__CIBuffer_UINT32
#define IID_IBufferHandler                                                               \
	IID___FIAsyncOperationWithProgressCompletedHandler_2_Windows__CStorage__CStreams__CIBuffer_UINT32
#define IID_ICountOperation IID___FIAsyncOperationWithProgress_2_UINT32_UINT32
#define IID_ICountHandler                                                                \
	IID___FIAsyncOperationWithProgressCompletedHandler_2_UINT32_UINT32
#define IID_IFlagOperation IID___FIAsyncOperation_1_boolean
#define IID_IFlagHandler   IID___FIAsyncOperationCompletedHandler_1_boolean

#endif
