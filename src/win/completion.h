/* SPDX-License-Identifier: MIT */
/*
 * Waits for asynchronous operations of the Windows Runtime that somebody else has
 * started. Any thread; without a limit of time.
 *
 * operation: one reference, the caller's before and afterwards, or NULL. S_OK with the
 * result; the operation's ErrorCode when it ended with Error, or E_FAIL if that tells no
 * failure; E_ABORT: Canceled; E_UNEXPECTED: operation or result is NULL, or it was said
 * to have ended and has not; E_OUTOFMEMORY; the failure of a method.
 */
#ifndef IXHR2_WIN_COMPLETION_H
#define IXHR2_WIN_COMPLETION_H

#include "win/abi.h"

/* *out gets one reference. */
HRESULT completion_of_buffer(IBufferOperation *operation, IBuffer **out);
HRESULT completion_of_count(ICountOperation *operation, UINT32 *out);
HRESULT completion_of_flag(IFlagOperation *operation, boolean *out);

#endif
