/* SPDX-License-Identifier: MIT */
/*
 * Asynchronous operations of the Windows Runtime that have ended before anybody sees
 * them. Any thread.
 *
 * result: S_OK for the status Completed; a failure for Error, with it as the ErrorCode.
 * put_Completed calls the handler at once; it and the other getters keep none, so that a
 * handler that holds its operation makes no circle. *out gets one reference.
 * E_OUTOFMEMORY; E_POINTER: out is NULL.
 */
#ifndef IXHR2_WIN_OPERATION_H
#define IXHR2_WIN_OPERATION_H

#include "win/abi.h"

/* The operation takes a reference to buffer of its own. */
HRESULT operation_of_buffer(HRESULT result, IBuffer *buffer, IBufferOperation **out);
HRESULT operation_of_count(HRESULT result, UINT32 count, ICountOperation **out);
HRESULT operation_of_flag(HRESULT result, boolean flag, IFlagOperation **out);

#endif
