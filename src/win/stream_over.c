/* SPDX-License-Identifier: MIT */
/*
 * An IStream over a random access stream of the Windows Runtime, as shcore.h describes
 * it: each method calls what it stands for and waits for the operation (completion.h).
 *
 * The position is the random access stream's own, so there is nothing to lock. There are
 * implementations whose ReadAsync leaves the position where it is, and ReadAsync of an
 * input stream at a position has to: so the position is looked at before and behind, and
 * set if it did not move. One that can neither be told nor set is left alone.
 *
 * Bytes go through a buffer of ours, not through the caller's memory, since whoever got
 * the buffer may keep it.
 */
#include "ixhr2/shcore.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "com/unknown.h"
#include "win/buffer.h"
#include "win/completion.h"

#define MAX_POSITION ((UINT64)INT64_MAX)
#define PIECE_BYTES  (1024u * 1024)
#define COPY_BYTES   (64u * 1024)
#define STAT_FLAGS   (STATFLAG_NONAME | STATFLAG_NOOPEN)

struct stream_over {
	IStream IStream_iface;	     /* the interface */
	atomic_uint refs;	     /* references */
	bool may_read;		     /* get_CanRead did not say no */
	bool may_write;		     /* get_CanWrite did not say no */
	IRandomAccessStream *source; /* what it is over; a reference */
	IInputStream *input;	     /* its other interface, or NULL; a reference */
	IOutputStream *output;	     /* the same */
};

static struct stream_over *impl_from_IStream(IStream *iface)
{
	return (struct stream_over *)iface;
}

static const struct unknown_row rows[] = {
	{&IID_IUnknown, offsetof(struct stream_over, IStream_iface)},
	{&IID_ISequentialStream, offsetof(struct stream_over, IStream_iface)},
	{&IID_IStream, offsetof(struct stream_over, IStream_iface)},
	{&IID_IAgileObject, offsetof(struct stream_over, IStream_iface)},
};

static HRESULT stream_over_QueryInterface(IStream *iface, REFIID riid, void **out)
{
	return unknown_query(impl_from_IStream(iface), rows,
			     sizeof(rows) / sizeof(rows[0]), riid, out);
}

static ULONG stream_over_AddRef(IStream *iface)
{
	return unknown_ref(&impl_from_IStream(iface)->refs);
}

/* Releases what is there. */
static void drop(void *interface)
{
	IUnknown *unknown = interface;

	if (unknown)
		unknown->lpVtbl->Release(unknown);
}

static ULONG stream_over_Release(IStream *iface)
{
	struct stream_over *stream = impl_from_IStream(iface);
	ULONG refs = unknown_unref(&stream->refs);

	if (refs != 0)
		return refs;
	drop(stream->output);
	drop(stream->input);
	drop(stream->source);
	mem_free(stream);
	return 0;
}

/* Where the source stands. */
struct place {
	UINT64 position;  /* the position */
	HRESULT is_known; /* a failure where it does not tell */
};

static struct place place_of(struct stream_over *stream)
{
	struct place place = {0};

	place.is_known =
		stream->source->lpVtbl->get_Position(stream->source, &place.position);
	return place;
}

/* Sees that the source stands done bytes behind the place where it stood. A source that
 * cannot be positioned goes on by itself. */
static void move_on(struct stream_over *stream, const struct place *before, UINT32 done)
{
	UINT64 target = before->position + done;
	struct place now;

	if (FAILED(before->is_known))
		return;
	now = place_of(stream);
	if (SUCCEEDED(now.is_known) && now.position != target)
		(void)stream->source->lpVtbl->Seek(stream->source, target);
}

/* Where to read; *out is a reference. */
static HRESULT input_at(struct stream_over *stream, const struct place *place,
			IInputStream **out)
{
	HRESULT hr = place->is_known;

	*out = stream->input;
	if (*out) {
		(*out)->lpVtbl->AddRef(*out);
		return S_OK;
	}
	if (SUCCEEDED(hr))
		hr = stream->source->lpVtbl->GetInputStreamAt(stream->source,
							      place->position, out);
	if (FAILED(hr))
		return hr;
	return *out ? S_OK : E_UNEXPECTED;
}

/* Where to write; *out is a reference. */
static HRESULT output_at(struct stream_over *stream, const struct place *place,
			 IOutputStream **out)
{
	HRESULT hr = place->is_known;

	*out = stream->output;
	if (*out) {
		(*out)->lpVtbl->AddRef(*out);
		return S_OK;
	}
	if (SUCCEEDED(hr))
		hr = stream->source->lpVtbl->GetOutputStreamAt(stream->source,
							       place->position, out);
	if (FAILED(hr))
		return hr;
	return *out ? S_OK : E_UNEXPECTED;
}

/* Copies what a buffer that was read holds; at most *len bytes, which becomes how many.
 */
static HRESULT take(IBuffer *buffer, void *to, ULONG *len)
{
	UINT32 got = 0;
	byte *bytes = NULL;
	HRESULT hr = buffer->lpVtbl->get_Length(buffer, &got);

	if (SUCCEEDED(hr) && got > *len)
		hr = E_BOUNDS;
	if (SUCCEEDED(hr) && got)
		hr = buffer_bytes(buffer, &bytes);
	if (SUCCEEDED(hr) && got)
		memcpy(to, bytes, got);
	*len = SUCCEEDED(hr) ? got : 0;
	return SUCCEEDED(hr) ? S_OK : hr;
}

/* ReadAsync and its end: up to *len bytes, which becomes how many. */
static HRESULT read_from(IInputStream *input, void *to, ULONG *len)
{
	IBufferOperation *operation = NULL;
	IBuffer *buffer = NULL;
	IBuffer *result = NULL;
	HRESULT hr = buffer_new(*len, &buffer);

	if (SUCCEEDED(hr))
		hr = input->lpVtbl->ReadAsync(input, buffer, *len,
					      InputStreamOptions_None, &operation);
	if (FAILED(hr))
		operation = NULL;
	else
		hr = completion_of_buffer(operation, &result);
	if (SUCCEEDED(hr))
		hr = take(result, to, len);
	else
		*len = 0;
	drop(result);
	drop(operation);
	drop(buffer);
	return hr;
}

static HRESULT read_piece(struct stream_over *stream, void *to, ULONG *len)
{
	struct place before = place_of(stream);
	IInputStream *input;
	HRESULT hr = input_at(stream, &before, &input);

	if (FAILED(hr)) {
		*len = 0;
		return hr;
	}
	hr = read_from(input, to, len);
	drop(input);
	if (*len)
		move_on(stream, &before, *len);
	return hr;
}

static HRESULT stream_over_Read(IStream *iface, void *pv, ULONG cb, ULONG *pcbRead)
{
	struct stream_over *stream = impl_from_IStream(iface);
	HRESULT hr = S_OK;
	ULONG done = 0;

	if (pcbRead)
		*pcbRead = 0;
	if (!pv)
		return STG_E_INVALIDPOINTER;
	if (!stream->may_read)
		return STG_E_ACCESSDENIED;
	while (SUCCEEDED(hr) && done < cb) {
		ULONG piece = cb - done < PIECE_BYTES ? cb - done : PIECE_BYTES;
		ULONG len = piece;

		hr = read_piece(stream, (char *)pv + done, &len);
		done += len;
		if (len < piece)
			break;
	}
	if (pcbRead)
		*pcbRead = done;
	if (FAILED(hr))
		return hr;
	return done < cb ? S_FALSE : S_OK;
}

/* A buffer of ours with those bytes. */
static HRESULT buffer_with(const void *from, ULONG len, IBuffer **out)
{
	byte *bytes = NULL;
	HRESULT hr = buffer_new(len, out);

	if (FAILED(hr))
		return hr;
	(void)buffer_bytes(*out, &bytes);
	memcpy(bytes, from, len);
	return (*out)->lpVtbl->put_Length(*out, len);
}

/* WriteAsync and its end: *len bytes, which becomes how many were taken. */
static HRESULT write_to(IOutputStream *output, const void *from, ULONG *len)
{
	ICountOperation *operation = NULL;
	IBuffer *buffer = NULL;
	UINT32 taken = 0;
	HRESULT hr = buffer_with(from, *len, &buffer);

	if (SUCCEEDED(hr))
		hr = output->lpVtbl->WriteAsync(output, buffer, &operation);
	if (FAILED(hr))
		operation = NULL;
	else
		hr = completion_of_count(operation, &taken);
	if (SUCCEEDED(hr) && taken > *len)
		hr = E_BOUNDS;
	*len = SUCCEEDED(hr) ? taken : 0;
	drop(operation);
	drop(buffer);
	return hr;
}

static HRESULT write_piece(struct stream_over *stream, const void *from, ULONG *len)
{
	struct place before = place_of(stream);
	IOutputStream *output;
	HRESULT hr = output_at(stream, &before, &output);

	if (FAILED(hr)) {
		*len = 0;
		return hr;
	}
	hr = write_to(output, from, len);
	drop(output);
	if (*len)
		move_on(stream, &before, *len);
	return hr;
}

static HRESULT stream_over_Write(IStream *iface, const void *pv, ULONG cb,
				 ULONG *pcbWritten)
{
	struct stream_over *stream = impl_from_IStream(iface);
	HRESULT hr = S_OK;
	ULONG done = 0;

	if (pcbWritten)
		*pcbWritten = 0;
	if (!pv)
		return STG_E_INVALIDPOINTER;
	if (!stream->may_write)
		return STG_E_ACCESSDENIED;
	while (SUCCEEDED(hr) && done < cb) {
		ULONG piece = cb - done < PIECE_BYTES ? cb - done : PIECE_BYTES;
		ULONG len = piece;

		hr = write_piece(stream, (const char *)pv + done, &len);
		done += len;
		if (SUCCEEDED(hr) && len < piece)
			hr = STG_E_MEDIUMFULL;
	}
	if (pcbWritten)
		*pcbWritten = done;
	return FAILED(hr) ? hr : S_OK;
}

/* The position that a move from an origin leads to. */
static HRESULT target_of(struct stream_over *stream, LONGLONG move, DWORD origin,
			 UINT64 *out)
{
	IRandomAccessStream *source = stream->source;
	UINT64 from = 0;
	LONGLONG target;
	HRESULT hr = S_OK;

	if (origin == STREAM_SEEK_CUR)
		hr = source->lpVtbl->get_Position(source, &from);
	else if (origin == STREAM_SEEK_END)
		hr = source->lpVtbl->get_Size(source, &from);
	else if (origin != STREAM_SEEK_SET)
		hr = STG_E_INVALIDFUNCTION;
	if (FAILED(hr))
		return hr;
	if (from > MAX_POSITION ||
	    __builtin_add_overflow((LONGLONG)from, move, &target) || target < 0)
		return STG_E_INVALIDFUNCTION;
	*out = (UINT64)target;
	return S_OK;
}

static HRESULT stream_over_Seek(IStream *iface, LARGE_INTEGER move, DWORD origin,
				ULARGE_INTEGER *out_position)
{
	struct stream_over *stream = impl_from_IStream(iface);
	UINT64 target = 0;
	HRESULT hr = target_of(stream, move.QuadPart, origin, &target);

	if (SUCCEEDED(hr))
		hr = stream->source->lpVtbl->Seek(stream->source, target);
	if (out_position)
		out_position->QuadPart =
			SUCCEEDED(hr) ? target : place_of(stream).position;
	return FAILED(hr) ? hr : S_OK;
}

static HRESULT stream_over_SetSize(IStream *iface, ULARGE_INTEGER size)
{
	struct stream_over *stream = impl_from_IStream(iface);
	HRESULT hr;

	if (!stream->may_write)
		return STG_E_ACCESSDENIED;
	hr = stream->source->lpVtbl->put_Size(stream->source, size.QuadPart);
	return FAILED(hr) ? hr : S_OK;
}

/* How many bytes lie before the end; where that is not told, as many as there can be. */
static UINT64 left_of(struct stream_over *stream)
{
	struct place place = place_of(stream);
	UINT64 size = 0;

	if (FAILED(place.is_known) ||
	    FAILED(stream->source->lpVtbl->get_Size(stream->source, &size)))
		return MAX_POSITION;
	return size > place.position ? size - place.position : 0;
}

/* Copies until left bytes have been, or there are no more; counts what was done. */
static HRESULT copy_all(IStream *from, IStream *to, UINT64 left, ULARGE_INTEGER done[2])
{
	char *piece = mem_alloc(COPY_BYTES);
	HRESULT hr = piece ? S_OK : E_OUTOFMEMORY;

	while (SUCCEEDED(hr) && left) {
		ULONG len = 0;
		ULONG written = 0;

		hr = stream_over_Read(from, piece,
				      left < COPY_BYTES ? (ULONG)left : COPY_BYTES, &len);
		done[0].QuadPart += len;
		left -= len;
		if (FAILED(hr) || len == 0)
			break;
		hr = to->lpVtbl->Write(to, piece, len, &written);
		done[1].QuadPart += written;
		if (SUCCEEDED(hr) && written < len)
			hr = STG_E_MEDIUMFULL;
	}
	mem_free(piece);
	return FAILED(hr) ? hr : S_OK;
}

static HRESULT stream_over_CopyTo(IStream *iface, IStream *to, ULARGE_INTEGER cb,
				  ULARGE_INTEGER *out_read, ULARGE_INTEGER *out_written)
{
	struct stream_over *stream = impl_from_IStream(iface);
	ULARGE_INTEGER done[2] = {{.QuadPart = 0}, {.QuadPart = 0}};
	HRESULT hr = STG_E_INVALIDPOINTER;

	if (to && !stream->may_read) {
		hr = STG_E_ACCESSDENIED;
	} else if (to) {
		UINT64 left = left_of(stream);

		hr = copy_all(iface, to, cb.QuadPart < left ? cb.QuadPart : left, done);
	}
	if (out_read)
		*out_read = done[0];
	if (out_written)
		*out_written = done[1];
	return hr;
}

static HRESULT stream_over_Commit(IStream *iface, DWORD flags)
{
	struct stream_over *stream = impl_from_IStream(iface);
	struct place place = {0};
	IFlagOperation *operation = NULL;
	IOutputStream *output;
	boolean is_flushed = 0;
	HRESULT hr;

	(void)flags;
	if (!stream->may_write)
		return S_OK;
	if (!stream->output)
		place = place_of(stream);
	hr = output_at(stream, &place, &output);
	if (FAILED(hr))
		return hr;
	hr = output->lpVtbl->FlushAsync(output, &operation);
	if (FAILED(hr))
		operation = NULL;
	else
		hr = completion_of_flag(operation, &is_flushed);
	if (SUCCEEDED(hr))
		hr = is_flushed ? S_OK : STG_E_WRITEFAULT;
	drop(operation);
	drop(output);
	return hr;
}

static HRESULT stream_over_Revert(IStream *iface)
{
	(void)iface;
	return S_OK;
}

/* LockRegion and UnlockRegion. */
static HRESULT stream_over_lock_region(IStream *iface, ULARGE_INTEGER offset,
				       ULARGE_INTEGER cb, DWORD type)
{
	(void)iface;
	(void)offset;
	(void)cb;
	(void)type;
	return STG_E_INVALIDFUNCTION;
}

static HRESULT stream_over_Stat(IStream *iface, STATSTG *out, DWORD flags)
{
	struct stream_over *stream = impl_from_IStream(iface);
	UINT64 size = 0;
	HRESULT hr;

	if (!out)
		return STG_E_INVALIDPOINTER;
	memset(out, 0, sizeof(*out));
	if (flags & ~(DWORD)STAT_FLAGS)
		return STG_E_INVALIDFLAG;
	hr = stream->source->lpVtbl->get_Size(stream->source, &size);
	if (FAILED(hr))
		return hr;
	out->type = STGTY_STREAM;
	out->cbSize.QuadPart = size;
	out->grfMode = !stream->may_write  ? STGM_READ
		       : !stream->may_read ? STGM_WRITE
					   : STGM_READWRITE;
	return S_OK;
}

/* What the source answers, or yes if it does not. */
static bool may(IRandomAccessStream *source,
		HRESULT (*ask)(IRandomAccessStream *, boolean *))
{
	boolean answer = 0;

	return FAILED(ask(source, &answer)) || answer;
}

/* Asks an object for an interface; NULL if it has not. */
static void *interface_of(void *object, REFIID iid)
{
	IUnknown *unknown = object;
	void *found = NULL;

	return FAILED(unknown->lpVtbl->QueryInterface(unknown, iid, &found)) ? NULL
									     : found;
}

/* A stream over source, of which it takes the reference, also on failure. */
static HRESULT stream_over_new(const IStreamVtbl *vtbl, IRandomAccessStream *source,
			       struct stream_over **out)
{
	struct stream_over *stream = mem_zalloc(sizeof(*stream));

	if (!stream) {
		drop(source);
		return E_OUTOFMEMORY;
	}
	stream->IStream_iface.lpVtbl = vtbl;
	atomic_init(&stream->refs, 1);
	stream->may_read = may(source, source->lpVtbl->get_CanRead);
	stream->may_write = may(source, source->lpVtbl->get_CanWrite);
	stream->source = source;
	stream->input = interface_of(source, &IID_IInputStream);
	stream->output = interface_of(source, &IID_IOutputStream);
	*out = stream;
	return S_OK;
}

static HRESULT stream_over_Clone(IStream *iface, IStream **out)
{
	struct stream_over *stream = impl_from_IStream(iface);
	IRandomAccessStream *source = NULL;
	struct stream_over *clone = NULL;
	struct place place = place_of(stream);
	HRESULT hr = place.is_known;

	if (!out)
		return STG_E_INVALIDPOINTER;
	*out = NULL;
	if (SUCCEEDED(hr))
		hr = stream->source->lpVtbl->CloneStream(stream->source, &source);
	if (SUCCEEDED(hr) && !source)
		hr = E_UNEXPECTED;
	if (FAILED(hr))
		return hr;
	hr = source->lpVtbl->Seek(source, place.position);
	if (FAILED(hr)) {
		drop(source);
		return hr;
	}
	hr = stream_over_new(iface->lpVtbl, source, &clone);
	if (SUCCEEDED(hr))
		*out = &clone->IStream_iface;
	return hr;
}

static const IStreamVtbl vtbl = {
	stream_over_QueryInterface, stream_over_AddRef,	     stream_over_Release,
	stream_over_Read,	    stream_over_Write,	     stream_over_Seek,
	stream_over_SetSize,	    stream_over_CopyTo,	     stream_over_Commit,
	stream_over_Revert,	    stream_over_lock_region, stream_over_lock_region,
	stream_over_Stat,	    stream_over_Clone,
};

HRESULT ixhr2_create_stream_over_random_access_stream(IUnknown *stream, REFIID iid,
						      void **out)
{
	IRandomAccessStream *source = NULL;
	struct stream_over *made = NULL;
	HRESULT hr;

	if (!out)
		return E_POINTER;
	*out = NULL;
	if (!stream)
		return E_INVALIDARG;
	hr = stream->lpVtbl->QueryInterface(stream, &IID_IRandomAccessStream,
					    (void **)&source);
	if (SUCCEEDED(hr) && !source)
		hr = E_NOINTERFACE;
	if (SUCCEEDED(hr))
		hr = stream_over_new(&vtbl, source, &made);
	if (FAILED(hr))
		return hr;
	hr = stream_over_QueryInterface(&made->IStream_iface, iid, out);
	stream_over_Release(&made->IStream_iface);
	return hr;
}
