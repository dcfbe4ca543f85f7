/* SPDX-License-Identifier: MIT */
/*
 * A turn is a mutex, held from the Seek to the end of what comes after it. It is
 * recursive, since the stream may be the program's own and come back to us.
 */
#include "win/shared_stream.h"

#include <pthread.h>

#include "base/mem.h"
#include "com/unknown.h"

#define ACCESS_MODE 3u

struct shared_stream {
	atomic_uint refs;     /* references */
	IStream *stream;      /* the stream; a reference */
	DWORD mode;	      /* STGM_READ, WRITE or READWRITE; constant */
	pthread_mutex_t turn; /* held while the stream is called */
};

/* What the stream says of itself, without a name; *out is zero on failure. */
static HRESULT stat_of(IStream *stream, STATSTG *out)
{
	HRESULT hr = stream->lpVtbl->Stat(stream, out, STATFLAG_NONAME);

	if (FAILED(hr))
		*out = (STATSTG){0};
	return hr;
}

static DWORD mode_of(IStream *stream)
{
	STATSTG stat = {0};

	return FAILED(stat_of(stream, &stat)) ? STGM_READWRITE
					      : stat.grfMode & ACCESS_MODE;
}

static void turn_init(pthread_mutex_t *turn)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(turn, &attr);
	pthread_mutexattr_destroy(&attr);
}

HRESULT shared_stream_new(IStream *stream, struct shared_stream **out)
{
	struct shared_stream *shared = mem_zalloc(sizeof(*shared));

	if (!shared)
		return E_OUTOFMEMORY;
	atomic_init(&shared->refs, 1);
	turn_init(&shared->turn);
	shared->mode = mode_of(stream);
	stream->lpVtbl->AddRef(stream);
	shared->stream = stream;
	*out = shared;
	return S_OK;
}

struct shared_stream *shared_stream_ref(struct shared_stream *shared)
{
	unknown_ref(&shared->refs);
	return shared;
}

void shared_stream_unref(struct shared_stream *shared)
{
	if (!shared || unknown_unref(&shared->refs) != 0)
		return;
	shared->stream->lpVtbl->Release(shared->stream);
	pthread_mutex_destroy(&shared->turn);
	mem_free(shared);
}

bool shared_stream_may_read(const struct shared_stream *shared)
{
	return shared->mode != STGM_WRITE;
}

bool shared_stream_may_write(const struct shared_stream *shared)
{
	return shared->mode != STGM_READ;
}

static HRESULT seek_to(IStream *stream, UINT64 position)
{
	LARGE_INTEGER move = {.QuadPart = (LONGLONG)position};

	return stream->lpVtbl->Seek(stream, move, STREAM_SEEK_SET, NULL);
}

/* Reads until cap bytes have come, or the stream gives none, or once. */
static HRESULT read_on(IStream *stream, char *to, UINT32 cap, enum shared_amount amount,
		       UINT32 *done)
{
	HRESULT hr = S_OK;

	while (SUCCEEDED(hr) && *done < cap) {
		ULONG len = 0;

		hr = stream->lpVtbl->Read(stream, to + *done, cap - *done, &len);
		if (len > cap - *done)
			return E_BOUNDS;
		*done += len;
		if (len == 0 || amount == SHARED_ANY)
			break;
	}
	return FAILED(hr) ? hr : S_OK;
}

HRESULT shared_stream_read(struct shared_stream *shared, shared_position *position,
			   void *to, UINT32 *len, enum shared_amount amount)
{
	UINT32 done = 0;
	UINT64 at;
	HRESULT hr;

	pthread_mutex_lock(&shared->turn);
	at = atomic_load(position);
	hr = seek_to(shared->stream, at);
	if (SUCCEEDED(hr))
		hr = read_on(shared->stream, to, *len, amount, &done);
	atomic_store(position, at + done);
	pthread_mutex_unlock(&shared->turn);
	*len = done;
	return hr;
}

static HRESULT write_once(IStream *stream, const void *from, UINT32 len, UINT32 *done)
{
	ULONG written = 0;
	HRESULT hr = stream->lpVtbl->Write(stream, from, len, &written);

	if (written > len)
		return E_BOUNDS;
	*done = written;
	if (SUCCEEDED(hr) && written < len)
		return STG_E_MEDIUMFULL;
	return FAILED(hr) ? hr : S_OK;
}

HRESULT shared_stream_write(struct shared_stream *shared, shared_position *position,
			    const void *from, UINT32 *len)
{
	UINT32 done = 0;
	UINT64 at;
	HRESULT hr;

	pthread_mutex_lock(&shared->turn);
	at = atomic_load(position);
	hr = seek_to(shared->stream, at);
	if (SUCCEEDED(hr) && *len)
		hr = write_once(shared->stream, from, *len, &done);
	atomic_store(position, at + done);
	pthread_mutex_unlock(&shared->turn);
	*len = done;
	return hr;
}

static HRESULT end_of(IStream *stream, UINT64 *out_bytes)
{
	ULARGE_INTEGER end = {.QuadPart = 0};
	HRESULT hr = stream->lpVtbl->Seek(stream, (LARGE_INTEGER){.QuadPart = 0},
					  STREAM_SEEK_END, &end);

	if (SUCCEEDED(hr))
		*out_bytes = end.QuadPart;
	return hr;
}

HRESULT shared_stream_size(struct shared_stream *shared, UINT64 *out_bytes)
{
	STATSTG stat = {0};
	HRESULT hr;

	pthread_mutex_lock(&shared->turn);
	hr = stat_of(shared->stream, &stat);
	if (SUCCEEDED(hr))
		*out_bytes = stat.cbSize.QuadPart;
	else
		hr = end_of(shared->stream, out_bytes);
	pthread_mutex_unlock(&shared->turn);
	return hr;
}

HRESULT shared_stream_set_size(struct shared_stream *shared, UINT64 bytes)
{
	HRESULT hr;

	pthread_mutex_lock(&shared->turn);
	hr = shared->stream->lpVtbl->SetSize(shared->stream,
					     (ULARGE_INTEGER){.QuadPart = bytes});
	pthread_mutex_unlock(&shared->turn);
	return hr;
}

HRESULT shared_stream_flush(struct shared_stream *shared)
{
	HRESULT hr;

	pthread_mutex_lock(&shared->turn);
	hr = shared->stream->lpVtbl->Commit(shared->stream, STGC_DEFAULT);
	pthread_mutex_unlock(&shared->turn);
	return hr;
}
