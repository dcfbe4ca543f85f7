/* SPDX-License-Identifier: MIT */
/* Buffers of the Windows Runtime: ours, and the bytes of everybody's. Any thread. */
#ifndef IXHR2_WIN_BUFFER_H
#define IXHR2_WIN_BUFFER_H

#include "win/abi.h"

/* An IBuffer of ours with zeroed bytes and length 0; also IBufferByteAccess. *out gets
 * one reference. E_OUTOFMEMORY. */
HRESULT buffer_new(UINT32 capacity, IBuffer **out);

/* Where the bytes of any buffer are. E_NOINTERFACE: it does not tell; E_POINTER: it says
 * NULL; else its own failure. */
HRESULT buffer_bytes(IBuffer *buffer, byte **out_bytes);

#endif
