/* SPDX-License-Identifier: MIT */
/* Streams on memory and on files, for bodies and responses. Any thread. */
#ifndef IXHR2_SHLWAPI_H
#define IXHR2_SHLWAPI_H

#include "objbase.h"

EXTERN_C_START

/*
 * A stream in memory that holds a copy of bytes at first (none with initial NULL or
 * bytes 0), its position at 0, and grows: SHCreateMemStream. wchar_bytes: 2 or 4. The
 * answer is one reference, the caller's; NULL when memory is out or wchar_bytes is
 * wrong.
 *
 * Its methods are those of ixhr2_create_stream_on_hglobal (objbase.h), but for Read,
 * which answers S_FALSE when fewer than cb bytes were left. Microsoft:
 * "SHCreateMemStream function" (as of Windows 8).
 */
IXHR2_API IStream *ixhr2_sh_create_mem_stream(unsigned wchar_bytes, const BYTE *initial,
					      UINT bytes);

/*
 * A stream on a file: SHCreateStreamOnFileEx and, without attributes and with create
 * FALSE, SHCreateStreamOnFile.
 *
 * wchar_bytes: 1 (path is UTF-8), 2 or 4. Strings that the stream gives have units of
 * this size, or of wchar_t's with 1. path: absolute or relative to the working folder;
 * only "/" separates, a backslash is an ordinary character. stgm: STGM_READ, WRITE or
 * READWRITE. STGM_SHARE_ flags are accepted; files are not locked. STGM_CREATE empties
 * the file or makes it, whatever create is. Without it the file must exist when create
 * is FALSE, and must not when create is TRUE; then it is made. STGM_DELETEONRELEASE
 * removes the file with the last reference. attributes: FILE_ATTRIBUTE_READONLY makes a
 * new file 0444, else it is 0666, less the umask. file_template: NULL. *out gets one
 * reference, the caller's; NULL on failure.
 *
 * S_OK; E_INVALIDARG: path or out is NULL, path is empty or no Unicode, file_template is
 * not NULL, or wchar_bytes; STG_E_INVALIDFLAG: another bit in stgm;
 * STG_E_INVALIDFUNCTION: STGM_TRANSACTED or STGM_CONVERT; STG_E_FILENOTFOUND: the file
 * or a folder of its path; STG_E_ACCESSDENIED, also for a folder;
 * HRESULT_FROM_WIN32(ERROR_FILE_EXISTS); STG_E_TOOMANYOPENFILES; STG_E_INVALIDNAME: too
 * long; STG_E_MEDIUMFULL; STG_E_DISKISWRITEPROTECTED; E_OUTOFMEMORY; E_FAIL: the system
 * refused otherwise. Microsoft: "SHCreateStreamOnFileEx function".
 *
 * The stream may be used from several threads at once. Its methods are those of
 * ixhr2_create_stream_on_hglobal (objbase.h), but for these:
 *
 * Read: S_FALSE when fewer than cb bytes were left. STG_E_READFAULT; STG_E_ACCESSDENIED:
 * opened with STGM_WRITE (CopyTo too).
 *
 * Write, SetSize: STG_E_MEDIUMFULL or STG_E_WRITEFAULT, with what was written counted;
 * STG_E_ACCESSDENIED: opened with STGM_READ.
 *
 * Seek, SetSize: STG_E_INVALIDFUNCTION where the file is a pipe or a terminal, which is
 * read and written in order.
 *
 * Stat: the path as given, type, size, times and mode. E_OUTOFMEMORY.
 *
 * Clone: E_NOTIMPL.
 */
IXHR2_API HRESULT ixhr2_sh_create_stream_on_file(unsigned wchar_bytes, const void *path,
						 DWORD stgm, DWORD attributes,
						 BOOL create, IStream *file_template,
						 IStream **out);

/*
 * Words for any IStream, the program's own too; they are in libixhr2win. E_INVALIDARG: a
 * pointer is NULL; else what the stream's methods answer.
 *
 * IStream_Read, IStream_Write: all bytes or nothing but failure: S_OK with all, E_FAIL
 * with fewer. IStream_Reset: seeks to 0. IStream_Size: the size that Stat tells, 0 on
 * failure. Microsoft: "IStream_Read function" and the others. In C with COBJMACROS,
 * IStream_Read and IStream_Write are the methods (objidl.h) instead.
 */
IXHR2_API HRESULT ixhr2_istream_read(IStream *stream, void *to, ULONG bytes);
IXHR2_API HRESULT ixhr2_istream_write(IStream *stream, const void *from, ULONG bytes);
IXHR2_API HRESULT ixhr2_istream_reset(IStream *stream);
IXHR2_API HRESULT ixhr2_istream_size(IStream *stream, ULARGE_INTEGER *out_bytes);

EXTERN_C_END

/* SHCreateMemStream: see ixhr2_sh_create_mem_stream. */
static inline IStream *SHCreateMemStream(const BYTE *pInit, UINT cbInit)
{
	return ixhr2_sh_create_mem_stream(sizeof(WCHAR), pInit, cbInit);
}

/* SHCreateStreamOnFileEx: see ixhr2_sh_create_stream_on_file. */
static inline HRESULT SHCreateStreamOnFileEx(LPCWSTR pszFile, DWORD grfMode,
					     DWORD dwAttributes, BOOL fCreate,
					     IStream *pstmTemplate, IStream **ppstm)
{
	return ixhr2_sh_create_stream_on_file(sizeof(WCHAR), pszFile, grfMode,
					      dwAttributes, fCreate, pstmTemplate, ppstm);
}

/* SHCreateStreamOnFileW: as SHCreateStreamOnFileEx for a file that exists, or, with
 * STGM_CREATE, for one that is emptied or made. */
static inline HRESULT SHCreateStreamOnFileW(LPCWSTR pszFile, DWORD grfMode,
					    IStream **ppstm)
{
	return ixhr2_sh_create_stream_on_file(sizeof(WCHAR), pszFile, grfMode, 0, FALSE,
					      NULL, ppstm);
}

/* SHCreateStreamOnFileA: as SHCreateStreamOnFileW with a path in UTF-8. */
static inline HRESULT SHCreateStreamOnFileA(LPCSTR pszFile, DWORD grfMode,
					    IStream **ppstm)
{
	return ixhr2_sh_create_stream_on_file(1, pszFile, grfMode, 0, FALSE, NULL, ppstm);
}

#ifndef IStream_Read
/* IStream_Read: see ixhr2_istream_read. */
static inline HRESULT IStream_Read(IStream *pstm, void *pv, ULONG cb)
{
	return ixhr2_istream_read(pstm, pv, cb);
}
#endif

#ifndef IStream_Write
/* IStream_Write: see ixhr2_istream_write. */
static inline HRESULT IStream_Write(IStream *pstm, const void *pv, ULONG cb)
{
	return ixhr2_istream_write(pstm, pv, cb);
}
#endif

/* IStream_Reset: see ixhr2_istream_reset. */
static inline HRESULT IStream_Reset(IStream *pstm)
{
	return ixhr2_istream_reset(pstm);
}

/* IStream_Size: see ixhr2_istream_size. */
static inline HRESULT IStream_Size(IStream *pstm, ULARGE_INTEGER *pui)
{
	return ixhr2_istream_size(pstm, pui);
}

#ifdef UNICODE
#define SHCreateStreamOnFile SHCreateStreamOnFileW
#else
#define SHCreateStreamOnFile SHCreateStreamOnFileA
#endif

#endif
