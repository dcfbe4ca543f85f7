/* SPDX-License-Identifier: MIT */
/*
 * Between IStream and the random access streams of the Windows Runtime
 * (windows.storage.streams.h). Any thread. Programs link libixhr2win.
 */
#ifndef IXHR2_SHCORE_H
#define IXHR2_SHCORE_H

#include "objbase.h"

/*
 * How CreateRandomAccessStreamOverStream uses a stream (Microsoft: "BSOS_OPTIONS
 * enumeration"). BSOS_PREFERDESTINATIONSTREAM is a wish for streams that have another
 * one behind them; it changes nothing here.
 */
typedef enum BSOS_OPTIONS {
	BSOS_DEFAULT = 0,
	BSOS_PREFERDESTINATIONSTREAM = 1
} BSOS_OPTIONS;

EXTERN_C_START

/*
 * An IStream over an object with IRandomAccessStream, whose position it shares:
 * CreateStreamOverRandomAccessStream. It can be the body of a request. iid:
 * IID_IUnknown, IID_ISequentialStream, IID_IStream or IID_IAgileObject. *out gets one
 * reference, the caller's; NULL on failure. S_OK; E_POINTER: out is NULL; E_INVALIDARG:
 * stream is NULL; E_NOINTERFACE: iid, or what stream has not; E_OUTOFMEMORY. Microsoft:
 * "CreateStreamOverRandomAccessStream function".
 *
 * A method that stands for an asynchronous one starts it and waits until it has ended,
 * on the thread that called and without a limit of time. The operation may end before
 * the stream asks, when it asks, or later on any thread. Nothing else is locked or
 * serialised: calls on two threads at once reach the random access stream at once.
 *
 * What goes wrong there is answered as it is: the failure of a call; the ErrorCode of an
 * operation that ends with Error (E_FAIL if it gives none); E_ABORT when it ends with
 * Canceled; E_UNEXPECTED: it ends with none of these, or it or its result is missing;
 * E_BOUNDS: more bytes came or went than were asked for. Beyond these:
 *
 * Read: ReadAsync, in pieces of up to 1 MiB, until one of them is short. S_FALSE when
 * fewer than cb bytes came. STG_E_ACCESSDENIED: get_CanRead said no when the stream was
 * made (CopyTo too); STG_E_INVALIDPOINTER: pv is NULL. pcbRead may be NULL. Where the
 * object has no IInputStream, that of GetInputStreamAt is used.
 *
 * Write: WriteAsync. STG_E_MEDIUMFULL: it took fewer bytes; STG_E_ACCESSDENIED:
 * get_CanWrite said no (SetSize too); STG_E_INVALIDPOINTER. Where the object has no
 * IOutputStream, that of GetOutputStreamAt is used.
 *
 * After both the position has moved by the bytes, whether ReadAsync and WriteAsync move
 * it or not. An object that cannot tell or set its position goes on by itself.
 *
 * Seek: STG_E_INVALIDFUNCTION: another origin, or a position below 0 or above 2^63 - 1.
 *
 * SetSize: put_Size.
 *
 * CopyTo: as that of ixhr2_create_stream_on_hglobal (objbase.h).
 *
 * Commit: FlushAsync; STG_E_WRITEFAULT: its result is FALSE. S_OK at once for a stream
 * that cannot be written. Revert: S_OK. LockRegion, UnlockRegion:
 * STG_E_INVALIDFUNCTION.
 *
 * Stat: type, size and mode; there is no name and no time. STG_E_INVALIDPOINTER;
 * STG_E_INVALIDFLAG.
 *
 * Clone: CloneStream, at the same position. STG_E_INVALIDPOINTER.
 */
IXHR2_API HRESULT ixhr2_create_stream_over_random_access_stream(IUnknown *stream,
								REFIID iid, void **out);

/*
 * A random access stream over an IStream: CreateRandomAccessStreamOverStream. options:
 * BSOS_OPTIONS. iid: IID_IUnknown, or that of IInspectable, IAgileObject,
 * IRandomAccessStream, IInputStream, IOutputStream or IClosable. *out gets one
 * reference, the caller's; NULL on failure. S_OK; E_POINTER: out is NULL; E_INVALIDARG:
 * stream is NULL, or options; E_NOINTERFACE; E_OUTOFMEMORY. Microsoft:
 * "CreateRandomAccessStreamOverStream function".
 *
 * It, its clones, and the streams of GetInputStreamAt and GetOutputStreamAt have
 * positions of their own, begin at 0 or where they are told, and take turns with the
 * stream, which is called by one thread at a time: Seek, then what is to be done. Its
 * own position is not kept.
 *
 * Operations have ended when the method that starts them returns, with Completed or
 * Error; their handler is called in put_Completed, and may be put once
 * (E_ILLEGAL_DELEGATE_ASSIGNMENT). A failure of the stream is the operation's ErrorCode.
 *
 * get_CanRead, get_CanWrite: as the mode of the stream's Stat says; where it fails, both
 * yes. ReadAsync: E_ACCESSDENIED (GetInputStreamAt too); E_INVALIDARG: buffer is NULL,
 * or its capacity below count; E_NOINTERFACE: it has no IBufferByteAccess. The result is
 * the buffer. Without InputStreamOptions_Partial the stream is read until it is full
 * or the stream gives 0 bytes. WriteAsync: the same (GetOutputStreamAt too); an
 * ErrorCode of STG_E_MEDIUMFULL: the stream took fewer bytes. FlushAsync: Commit.
 * get_Size: the size that Stat says, or where Seek finds the end. put_Size: SetSize.
 * Seek and the streams at a position: E_INVALIDARG above 2^63 - 1. Close drops the
 * stream; RO_E_CLOSED from then on. E_POINTER: no place for the answer.
 */
IXHR2_API HRESULT ixhr2_create_random_access_stream_over_stream(IStream *stream,
								DWORD options, REFIID iid,
								void **out);

/*
 * The same over a file: CreateRandomAccessStreamOnFile. wchar_bytes and path: as
 * ixhr2_sh_create_stream_on_file (shlwapi.h) has them. access_mode: 0, FileAccessMode's
 * Read, for a file that exists; 1, ReadWrite, for one that is made if it does not.
 * E_INVALIDARG: path, access_mode or wchar_bytes; else what that function answers for
 * the file. Microsoft: "CreateRandomAccessStreamOnFile function".
 */
IXHR2_API HRESULT ixhr2_create_random_access_stream_on_file(unsigned wchar_bytes,
							    const void *path,
							    DWORD access_mode, REFIID iid,
							    void **out);

EXTERN_C_END

/* CreateStreamOverRandomAccessStream: see ixhr2_create_stream_over_random_access_stream.
 */
static inline HRESULT CreateStreamOverRandomAccessStream(IUnknown *randomAccessStream,
							 REFIID riid, void **ppv)
{
	return ixhr2_create_stream_over_random_access_stream(randomAccessStream, riid,
							     ppv);
}

/* CreateRandomAccessStreamOverStream: see ixhr2_create_random_access_stream_over_stream.
 */
static inline HRESULT CreateRandomAccessStreamOverStream(IStream *stream,
							 BSOS_OPTIONS options,
							 REFIID riid, void **ppv)
{
	return ixhr2_create_random_access_stream_over_stream(stream, (DWORD)options, riid,
							     ppv);
}

/* CreateRandomAccessStreamOnFile: see ixhr2_create_random_access_stream_on_file. */
static inline HRESULT CreateRandomAccessStreamOnFile(LPCWSTR filePath, DWORD accessMode,
						     REFIID riid, void **ppv)
{
	return ixhr2_create_random_access_stream_on_file(sizeof(WCHAR), filePath,
							 accessMode, riid, ppv);
}

#endif
