/* SPDX-License-Identifier: MIT */
/*
 * Each method checks its arguments, takes the lock, lets the kind do the work at the
 * position, and moves the position by what was done. Out-parameters are set on failure
 * too, since programs look at them.
 *
 * CopyTo takes the lock for a piece at a time, so that two streams may copy to one
 * another without waiting for each other for ever. It copies at most what lies before
 * the end when it begins: else a copy onto itself, or onto a clone, would not end.
 */
#include "com/istream.h"

#include <string.h>

#include "base/mem.h"
#include "com/unknown.h"

#define ACCESS_MODE 3u
#define COPY_BYTES  (64u * 1024)
#define STAT_FLAGS  (STATFLAG_NONAME | STATFLAG_NOOPEN)

static struct istream *impl_from_IStream(IStream *iface)
{
	return (struct istream *)iface;
}

static const struct unknown_row rows[] = {
	{&IID_IUnknown, offsetof(struct istream, IStream_iface)},
	{&IID_ISequentialStream, offsetof(struct istream, IStream_iface)},
	{&IID_IStream, offsetof(struct istream, IStream_iface)},
	{&IID_IAgileObject, offsetof(struct istream, IStream_iface)},
};

static HRESULT istream_QueryInterface(IStream *iface, REFIID riid, void **out)
{
	return unknown_query(impl_from_IStream(iface), rows,
			     sizeof(rows) / sizeof(rows[0]), riid, out);
}

static ULONG istream_AddRef(IStream *iface)
{
	return unknown_ref(&impl_from_IStream(iface)->refs);
}

static ULONG istream_Release(IStream *iface)
{
	struct istream *stream = impl_from_IStream(iface);
	ULONG refs = unknown_unref(&stream->refs);

	if (refs == 0)
		stream->kind->free(stream);
	return refs;
}

static bool may_read(const struct istream *stream)
{
	return (stream->mode & ACCESS_MODE) != STGM_WRITE;
}

static bool may_write(const struct istream *stream)
{
	return (stream->mode & ACCESS_MODE) != STGM_READ;
}

static HRESULT istream_Read(IStream *iface, void *pv, ULONG cb, ULONG *pcbRead)
{
	struct istream *stream = impl_from_IStream(iface);
	HRESULT hr = S_OK;
	ULONG len = 0;

	if (pcbRead)
		*pcbRead = 0;
	if (!pv)
		return STG_E_INVALIDPOINTER;
	if (!may_read(stream))
		return STG_E_ACCESSDENIED;
	if (cb == 0)
		return S_OK;
	pthread_mutex_lock(&stream->lock);
	hr = stream->kind->read_at(stream, stream->position, pv, cb, &len);
	stream->position += len;
	pthread_mutex_unlock(&stream->lock);
	if (pcbRead)
		*pcbRead = len;
	if (hr == S_OK && len < cb)
		return stream->kind->short_read;
	return hr;
}

static HRESULT write_locked(struct istream *stream, const void *pv, ULONG cb,
			    ULONG *out_len)
{
	HRESULT hr;

	if (cb > ISTREAM_MAX_POSITION - stream->position)
		return STG_E_MEDIUMFULL;
	hr = stream->kind->write_at(stream, stream->position, pv, cb, out_len);
	stream->position += *out_len;
	return hr;
}

static HRESULT istream_Write(IStream *iface, const void *pv, ULONG cb, ULONG *pcbWritten)
{
	struct istream *stream = impl_from_IStream(iface);
	HRESULT hr = S_OK;
	ULONG len = 0;

	if (pcbWritten)
		*pcbWritten = 0;
	if (!pv)
		return STG_E_INVALIDPOINTER;
	if (!may_write(stream))
		return STG_E_ACCESSDENIED;
	if (cb == 0)
		return S_OK;
	pthread_mutex_lock(&stream->lock);
	hr = write_locked(stream, pv, cb, &len);
	pthread_mutex_unlock(&stream->lock);
	if (pcbWritten)
		*pcbWritten = len;
	return hr;
}

/* The position that a move from an origin leads to. */
static HRESULT seek_target(struct istream *stream, int64_t move, DWORD origin,
			   uint64_t *out_position)
{
	uint64_t from = 0;
	int64_t target;
	HRESULT hr = S_OK;

	if (!stream->kind->is_seekable || origin > STREAM_SEEK_END)
		return STG_E_INVALIDFUNCTION;
	if (origin == STREAM_SEEK_CUR)
		from = stream->position;
	else if (origin == STREAM_SEEK_END)
		hr = stream->kind->size(stream, &from);
	if (FAILED(hr))
		return hr;
	if (__builtin_add_overflow((int64_t)from, move, &target) || target < 0)
		return STG_E_INVALIDFUNCTION;
	*out_position = (uint64_t)target;
	return S_OK;
}

static HRESULT istream_Seek(IStream *iface, LARGE_INTEGER move, DWORD origin,
			    ULARGE_INTEGER *out_position)
{
	struct istream *stream = impl_from_IStream(iface);
	HRESULT hr;

	pthread_mutex_lock(&stream->lock);
	hr = seek_target(stream, move.QuadPart, origin, &stream->position);
	if (out_position)
		out_position->QuadPart = stream->position;
	pthread_mutex_unlock(&stream->lock);
	return hr;
}

static HRESULT istream_SetSize(IStream *iface, ULARGE_INTEGER size)
{
	struct istream *stream = impl_from_IStream(iface);
	HRESULT hr;

	if (!may_write(stream))
		return STG_E_ACCESSDENIED;
	if (!stream->kind->is_seekable)
		return STG_E_INVALIDFUNCTION;
	if (size.QuadPart > ISTREAM_MAX_POSITION)
		return STG_E_MEDIUMFULL;
	pthread_mutex_lock(&stream->lock);
	hr = stream->kind->set_size(stream, size.QuadPart);
	pthread_mutex_unlock(&stream->lock);
	return hr;
}

/* How many bytes lie before the end; without an end, as many as there can be. */
static uint64_t left_of(struct istream *stream)
{
	uint64_t left = ISTREAM_MAX_POSITION;
	uint64_t size;

	if (!stream->kind->is_seekable)
		return left;
	pthread_mutex_lock(&stream->lock);
	if (SUCCEEDED(stream->kind->size(stream, &size)))
		left = size > stream->position ? size - stream->position : 0;
	pthread_mutex_unlock(&stream->lock);
	return left;
}

/* What a CopyTo has done. */
struct copied {
	ULARGE_INTEGER read;	/* bytes read here */
	ULARGE_INTEGER written; /* bytes written there */
};

/* One piece; *out_len is 0 at the end. */
static HRESULT copy_piece(IStream *from, IStream *to, char *piece, ULONG *out_len,
			  struct copied *copied)
{
	ULONG written = 0;
	ULONG len = 0;
	HRESULT hr = istream_Read(from, piece, *out_len, &len);

	*out_len = len;
	copied->read.QuadPart += len;
	if (FAILED(hr) || len == 0)
		return hr;
	hr = to->lpVtbl->Write(to, piece, len, &written);
	copied->written.QuadPart += written;
	if (SUCCEEDED(hr) && written < len)
		return STG_E_MEDIUMFULL;
	return hr;
}

static HRESULT copy_all(IStream *from, IStream *to, uint64_t bytes, struct copied *copied)
{
	uint64_t left = left_of(impl_from_IStream(from));
	char *piece = mem_alloc(COPY_BYTES);
	HRESULT hr = S_OK;

	if (!piece)
		return E_OUTOFMEMORY;
	if (bytes < left)
		left = bytes;
	while (left && SUCCEEDED(hr)) {
		ULONG len = left < COPY_BYTES ? (ULONG)left : COPY_BYTES;

		hr = copy_piece(from, to, piece, &len, copied);
		if (len == 0)
			break;
		left -= len;
	}
	mem_free(piece);
	return FAILED(hr) ? hr : S_OK;
}

static HRESULT istream_CopyTo(IStream *iface, IStream *to, ULARGE_INTEGER cb,
			      ULARGE_INTEGER *out_read, ULARGE_INTEGER *out_written)
{
	struct copied copied = {0};
	HRESULT hr = STG_E_INVALIDPOINTER;

	if (to && !may_read(impl_from_IStream(iface)))
		hr = STG_E_ACCESSDENIED;
	else if (to)
		hr = copy_all(iface, to, cb.QuadPart, &copied);
	if (out_read)
		*out_read = copied.read;
	if (out_written)
		*out_written = copied.written;
	return hr;
}

static HRESULT istream_Commit(IStream *iface, DWORD flags)
{
	(void)iface;
	(void)flags;
	return S_OK;
}

static HRESULT istream_Revert(IStream *iface)
{
	(void)iface;
	return S_OK;
}

/* LockRegion and UnlockRegion. */
static HRESULT istream_lock_region(IStream *iface, ULARGE_INTEGER offset,
				   ULARGE_INTEGER cb, DWORD type)
{
	(void)iface;
	(void)offset;
	(void)cb;
	(void)type;
	return STG_E_INVALIDFUNCTION;
}

static HRESULT istream_Stat(IStream *iface, STATSTG *out, DWORD flags)
{
	struct istream *stream = impl_from_IStream(iface);
	HRESULT hr;

	if (!out)
		return STG_E_INVALIDPOINTER;
	memset(out, 0, sizeof(*out));
	if (flags & ~(DWORD)STAT_FLAGS)
		return STG_E_INVALIDFLAG;
	out->type = STGTY_STREAM;
	out->grfMode = stream->mode;
	pthread_mutex_lock(&stream->lock);
	hr = stream->kind->stat(stream, out, !(flags & STATFLAG_NONAME));
	pthread_mutex_unlock(&stream->lock);
	return hr;
}

static HRESULT istream_Clone(IStream *iface, IStream **out)
{
	struct istream *stream = impl_from_IStream(iface);
	struct istream *clone = NULL;
	HRESULT hr;

	if (!out)
		return STG_E_INVALIDPOINTER;
	*out = NULL;
	if (!stream->kind->clone)
		return E_NOTIMPL;
	pthread_mutex_lock(&stream->lock);
	hr = stream->kind->clone(stream, &clone);
	if (SUCCEEDED(hr))
		clone->position = stream->position;
	pthread_mutex_unlock(&stream->lock);
	if (SUCCEEDED(hr))
		*out = &clone->IStream_iface;
	return hr;
}

static const IStreamVtbl vtbl = {
	istream_QueryInterface, istream_AddRef, istream_Release,     istream_Read,
	istream_Write,		istream_Seek,	istream_SetSize,     istream_CopyTo,
	istream_Commit,		istream_Revert, istream_lock_region, istream_lock_region,
	istream_Stat,		istream_Clone,
};

void istream_init(struct istream *stream, const struct istream_kind *kind,
		  enum wide_unit unit, DWORD mode)
{
	stream->IStream_iface.lpVtbl = &vtbl;
	atomic_init(&stream->refs, 1);
	stream->kind = kind;
	stream->unit = unit;
	stream->mode = mode;
	pthread_mutex_init(&stream->lock, NULL);
	stream->position = 0;
}

void istream_done(struct istream *stream)
{
	pthread_mutex_destroy(&stream->lock);
}
