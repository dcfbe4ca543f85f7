/* SPDX-License-Identifier: MIT */
/*
 * Streams: ISequentialStream and IStream, their constants, and IAgileObject. See
 * unknwn.h for how interfaces look in C and C++.
 */
#ifndef IXHR2_OBJIDL_H
#define IXHR2_OBJIDL_H

#include "unknwn.h"

DEFINE_GUID(IID_ISequentialStream, 0x0c733a30, 0x2a1c, 0x11ce, 0xad, 0xe5, 0x00, 0xaa,
	    0x00, 0x44, 0x77, 0x3d);
DEFINE_OLEGUID(IID_IStream, 0x0000000c, 0, 0);
DEFINE_GUID(IID_IAgileObject, 0x94ea2b94, 0xe9cc, 0x49e0, 0xc0, 0xff, 0xee, 0x64, 0xca,
	    0x8f, 0x5b, 0x90);

/* How a stream is opened (Microsoft: "STGM Constants"). One of the first three, one share
 * mode, and what else is wanted. */
#define STGM_READ	      0x00000000
#define STGM_WRITE	      0x00000001
#define STGM_READWRITE	      0x00000002
#define STGM_SHARE_EXCLUSIVE  0x00000010
#define STGM_SHARE_DENY_WRITE 0x00000020
#define STGM_SHARE_DENY_READ  0x00000030
#define STGM_SHARE_DENY_NONE  0x00000040
#define STGM_FAILIFTHERE      0x00000000
#define STGM_CREATE	      0x00001000
#define STGM_DIRECT	      0x00000000
#define STGM_TRANSACTED	      0x00010000
#define STGM_CONVERT	      0x00020000
#define STGM_PRIORITY	      0x00040000
#define STGM_NOSCRATCH	      0x00100000
#define STGM_NOSNAPSHOT	      0x00200000
#define STGM_DIRECT_SWMR      0x00400000
#define STGM_DELETEONRELEASE  0x04000000
#define STGM_SIMPLE	      0x08000000

/* What STATSTG.type says. */
typedef enum STGTY {
	STGTY_STORAGE = 1,
	STGTY_STREAM = 2,
	STGTY_LOCKBYTES = 3,
	STGTY_PROPERTY = 4
} STGTY;

/* From where Seek counts. */
typedef enum STREAM_SEEK {
	STREAM_SEEK_SET = 0,
	STREAM_SEEK_CUR = 1,
	STREAM_SEEK_END = 2
} STREAM_SEEK;

/* Kinds of LockRegion. <fcntl.h> has a LOCK_WRITE of its own, which is left alone. */
typedef enum LOCKTYPE {
#ifndef LOCK_WRITE
	LOCK_WRITE = 1,
#endif
	LOCK_EXCLUSIVE = 2,
	LOCK_ONLYONCE = 4
} LOCKTYPE;

/* Flags of Stat: with or without the name. */
typedef enum STATFLAG {
	STATFLAG_DEFAULT = 0,
	STATFLAG_NONAME = 1,
	STATFLAG_NOOPEN = 2
} STATFLAG;

/* Flags of Commit. */
typedef enum STGC {
	STGC_DEFAULT = 0,
	STGC_OVERWRITE = 1,
	STGC_ONLYIFCURRENT = 2,
	STGC_DANGEROUSLYCOMMITMERELYTODISKCACHE = 4,
	STGC_CONSOLIDATE = 8
} STGC;

/* What Stat fills (Microsoft: "STATSTG structure"). */
typedef struct STATSTG {
	LPOLESTR pwcsName;     /* the name, freed with CoTaskMemFree; NULL with NONAME */
	DWORD type;	       /* an STGTY */
	ULARGE_INTEGER cbSize; /* bytes */
	FILETIME mtime;	       /* last change of the content */
	FILETIME ctime;	       /* creation */
	FILETIME atime;	       /* last access */
	DWORD grfMode;	       /* STGM_ flags of opening */
	DWORD grfLocksSupported; /* LOCKTYPE bits */
	CLSID clsid;		 /* zero for streams */
	DWORD grfStateBits;	 /* zero for streams */
	DWORD reserved;		 /* zero */
} STATSTG;

/*
 * ISequentialStream (Microsoft: "ISequentialStream interface"). What a program passes as
 * a body or a response stream is called on a thread of the library, never by two at
 * once.
 *
 * Read(pv, cb, pcbRead): up to cb bytes to pv, their number to *pcbRead (which may be
 * NULL for streams of this library). S_OK; S_FALSE or S_OK with fewer bytes; the end is
 * 0 bytes.
 *
 * Write(pv, cb, pcbWritten): cb bytes from pv; how many were taken to *pcbWritten.
 */
#if defined(__cplusplus) && !defined(CINTERFACE)
struct ISequentialStream : public IUnknown {
	virtual HRESULT STDMETHODCALLTYPE Read(void *pv, ULONG cb, ULONG *pcbRead) = 0;
	virtual HRESULT STDMETHODCALLTYPE Write(const void *pv, ULONG cb,
						ULONG *pcbWritten) = 0;
};
#else
typedef struct ISequentialStream ISequentialStream;
typedef struct ISequentialStreamVtbl {
	HRESULT(STDMETHODCALLTYPE *QueryInterface)
	(ISequentialStream *This, REFIID riid, void **ppvObject);
	ULONG(STDMETHODCALLTYPE *AddRef)(ISequentialStream *This);
	ULONG(STDMETHODCALLTYPE *Release)(ISequentialStream *This);
	HRESULT(STDMETHODCALLTYPE *Read)
	(ISequentialStream *This, void *pv, ULONG cb, ULONG *pcbRead);
	HRESULT(STDMETHODCALLTYPE *Write)
	(ISequentialStream *This, const void *pv, ULONG cb, ULONG *pcbWritten);
} ISequentialStreamVtbl;
struct ISequentialStream {
	const ISequentialStreamVtbl *lpVtbl; /* the functions */
};
#ifdef COBJMACROS
#define ISequentialStream_QueryInterface(This, riid, ppvObject)                          \
	((This)->lpVtbl->QueryInterface((This), (riid), (ppvObject)))
#define ISequentialStream_AddRef(This)	((This)->lpVtbl->AddRef((This)))
#define ISequentialStream_Release(This) ((This)->lpVtbl->Release((This)))
#define ISequentialStream_Read(This, pv, cb, pcbRead)                                    \
	((This)->lpVtbl->Read((This), (pv), (cb), (pcbRead)))
#define ISequentialStream_Write(This, pv, cb, pcbWritten)                                \
	((This)->lpVtbl->Write((This), (pv), (cb), (pcbWritten)))
#endif
#endif
IXHR2_IID_OF(ISequentialStream, IID_ISequentialStream)

/*
 * IStream (Microsoft: "IStream interface"): a stream with a position. Those that this
 * library makes are described in shlwapi.h and objbase.h.
 *
 * Seek(dlibMove, dwOrigin, plibNewPosition): moves the position; plibNewPosition may be
 * NULL.
 * SetSize(libNewSize): cuts off or appends zero bytes.
 * CopyTo(pstm, cb, pcbRead, pcbWritten): reads up to cb bytes here and writes them
 * there. Commit(grfCommitFlags), Revert(): for transacted streams. LockRegion,
 * UnlockRegion(libOffset, cb, dwLockType): locks on bytes.
 * Stat(pstatstg, grfStatFlag): fills *pstatstg.
 * Clone(ppstm): another stream on the same bytes, with a position of its own.
 */
#if defined(__cplusplus) && !defined(CINTERFACE)
struct IStream : public ISequentialStream {
	virtual HRESULT STDMETHODCALLTYPE Seek(LARGE_INTEGER dlibMove, DWORD dwOrigin,
					       ULARGE_INTEGER *plibNewPosition) = 0;
	virtual HRESULT STDMETHODCALLTYPE SetSize(ULARGE_INTEGER libNewSize) = 0;
	virtual HRESULT STDMETHODCALLTYPE CopyTo(IStream *pstm, ULARGE_INTEGER cb,
						 ULARGE_INTEGER *pcbRead,
						 ULARGE_INTEGER *pcbWritten) = 0;
	virtual HRESULT STDMETHODCALLTYPE Commit(DWORD grfCommitFlags) = 0;
	virtual HRESULT STDMETHODCALLTYPE Revert() = 0;
	virtual HRESULT STDMETHODCALLTYPE LockRegion(ULARGE_INTEGER libOffset,
						     ULARGE_INTEGER cb,
						     DWORD dwLockType) = 0;
	virtual HRESULT STDMETHODCALLTYPE UnlockRegion(ULARGE_INTEGER libOffset,
						       ULARGE_INTEGER cb,
						       DWORD dwLockType) = 0;
	virtual HRESULT STDMETHODCALLTYPE Stat(STATSTG *pstatstg, DWORD grfStatFlag) = 0;
	virtual HRESULT STDMETHODCALLTYPE Clone(IStream **ppstm) = 0;
};
#else
typedef struct IStream IStream;
typedef struct IStreamVtbl {
	HRESULT(STDMETHODCALLTYPE *QueryInterface)
	(IStream *This, REFIID riid, void **ppvObject);
	ULONG(STDMETHODCALLTYPE *AddRef)(IStream *This);
	ULONG(STDMETHODCALLTYPE *Release)(IStream *This);
	HRESULT(STDMETHODCALLTYPE *Read)
	(IStream *This, void *pv, ULONG cb, ULONG *pcbRead);
	HRESULT(STDMETHODCALLTYPE *Write)
	(IStream *This, const void *pv, ULONG cb, ULONG *pcbWritten);
	HRESULT(STDMETHODCALLTYPE *Seek)
	(IStream *This, LARGE_INTEGER dlibMove, DWORD dwOrigin,
	 ULARGE_INTEGER *plibNewPosition);
	HRESULT(STDMETHODCALLTYPE *SetSize)(IStream *This, ULARGE_INTEGER libNewSize);
	HRESULT(STDMETHODCALLTYPE *CopyTo)
	(IStream *This, IStream *pstm, ULARGE_INTEGER cb, ULARGE_INTEGER *pcbRead,
	 ULARGE_INTEGER *pcbWritten);
	HRESULT(STDMETHODCALLTYPE *Commit)(IStream *This, DWORD grfCommitFlags);
	HRESULT(STDMETHODCALLTYPE *Revert)(IStream *This);
	HRESULT(STDMETHODCALLTYPE *LockRegion)
	(IStream *This, ULARGE_INTEGER libOffset, ULARGE_INTEGER cb, DWORD dwLockType);
	HRESULT(STDMETHODCALLTYPE *UnlockRegion)
	(IStream *This, ULARGE_INTEGER libOffset, ULARGE_INTEGER cb, DWORD dwLockType);
	HRESULT(STDMETHODCALLTYPE *Stat)
	(IStream *This, STATSTG *pstatstg, DWORD grfStatFlag);
	HRESULT(STDMETHODCALLTYPE *Clone)(IStream *This, IStream **ppstm);
} IStreamVtbl;
struct IStream {
	const IStreamVtbl *lpVtbl; /* the functions */
};
#ifdef COBJMACROS
#define IStream_QueryInterface(This, riid, ppvObject)                                    \
	((This)->lpVtbl->QueryInterface((This), (riid), (ppvObject)))
#define IStream_AddRef(This)  ((This)->lpVtbl->AddRef((This)))
#define IStream_Release(This) ((This)->lpVtbl->Release((This)))
#define IStream_Read(This, pv, cb, pcbRead)                                              \
	((This)->lpVtbl->Read((This), (pv), (cb), (pcbRead)))
#define IStream_Write(This, pv, cb, pcbWritten)                                          \
	((This)->lpVtbl->Write((This), (pv), (cb), (pcbWritten)))
#define IStream_Seek(This, dlibMove, dwOrigin, plibNewPosition)                          \
	((This)->lpVtbl->Seek((This), (dlibMove), (dwOrigin), (plibNewPosition)))
#define IStream_SetSize(This, libNewSize) ((This)->lpVtbl->SetSize((This), (libNewSize)))
#define IStream_CopyTo(This, pstm, cb, pcbRead, pcbWritten)                              \
	((This)->lpVtbl->CopyTo((This), (pstm), (cb), (pcbRead), (pcbWritten)))
#define IStream_Commit(This, grfCommitFlags)                                             \
	((This)->lpVtbl->Commit((This), (grfCommitFlags)))
#define IStream_Revert(This) ((This)->lpVtbl->Revert((This)))
#define IStream_LockRegion(This, libOffset, cb, dwLockType)                              \
	((This)->lpVtbl->LockRegion((This), (libOffset), (cb), (dwLockType)))
#define IStream_UnlockRegion(This, libOffset, cb, dwLockType)                            \
	((This)->lpVtbl->UnlockRegion((This), (libOffset), (cb), (dwLockType)))
#define IStream_Stat(This, pstatstg, grfStatFlag)                                        \
	((This)->lpVtbl->Stat((This), (pstatstg), (grfStatFlag)))
#define IStream_Clone(This, ppstm) ((This)->lpVtbl->Clone((This), (ppstm)))
#endif
#endif
typedef IStream *LPSTREAM;
IXHR2_IID_OF(IStream, IID_IStream)

/* IAgileObject (Microsoft: "IAgileObject interface"): no methods of its own; an object
 * that answers for it may be used from any thread. All objects of this library do. */
#if defined(__cplusplus) && !defined(CINTERFACE)
struct IAgileObject : public IUnknown {
};
#else
typedef struct IAgileObject IAgileObject;
typedef struct IAgileObjectVtbl {
	HRESULT(STDMETHODCALLTYPE *QueryInterface)
	(IAgileObject *This, REFIID riid, void **ppvObject);
	ULONG(STDMETHODCALLTYPE *AddRef)(IAgileObject *This);
	ULONG(STDMETHODCALLTYPE *Release)(IAgileObject *This);
} IAgileObjectVtbl;
struct IAgileObject {
	const IAgileObjectVtbl *lpVtbl; /* the functions */
};
#ifdef COBJMACROS
#define IAgileObject_QueryInterface(This, riid, ppvObject)                               \
	((This)->lpVtbl->QueryInterface((This), (riid), (ppvObject)))
#define IAgileObject_AddRef(This)  ((This)->lpVtbl->AddRef((This)))
#define IAgileObject_Release(This) ((This)->lpVtbl->Release((This)))
#endif
#endif
IXHR2_IID_OF(IAgileObject, IID_IAgileObject)

#endif
