/* SPDX-License-Identifier: MIT */
/*
 * Streams in memory: ixhr2_sh_create_mem_stream and ixhr2_create_stream_on_hglobal.
 *
 * The bytes lie in one block that doubles as it grows. Clones share it, so it has a count
 * and a lock of its own, taken inside the lock of the stream. The two functions differ in
 * what Read answers at the end (Microsoft: "SHCreateMemStream function").
 */
#include <string.h>

#include "base/mem.h"
#include "com/istream.h"
#include "com/unknown.h"
#include "ixhr2/shlwapi.h"

/* More is refused, however much memory there is. */
#define MEMORY_MAX_BYTES ((uint64_t)1 << 38)

/* The first block, unless more is needed at once. */
#define MEMORY_MIN_BYTES 256

/* What a stream and its clones share. */
struct memory {
	atomic_uint refs;     /* streams */
	pthread_mutex_t lock; /* guards what follows */
	char *at;	      /* the bytes, or NULL */
	size_t size;	      /* how many there are */
	size_t cap;	      /* how many there is room for */
};

struct memstream {
	struct istream istream; /* the interface and the position */
	struct memory *memory;	/* a reference */
};

static struct memory *memory_of(struct istream *stream)
{
	return ((struct memstream *)stream)->memory;
}

static void memory_unref(struct memory *memory)
{
	if (unknown_unref(&memory->refs))
		return;
	pthread_mutex_destroy(&memory->lock);
	mem_free(memory->at);
	mem_free(memory);
}

/* Makes room for size bytes in all. */
static HRESULT memory_reserve(struct memory *memory, uint64_t size)
{
	size_t cap = memory->cap < MEMORY_MIN_BYTES ? MEMORY_MIN_BYTES : memory->cap * 2;
	char *at;

	if (size <= memory->cap)
		return S_OK;
	if (size > MEMORY_MAX_BYTES)
		return STG_E_MEDIUMFULL;
	if (cap < size)
		cap = (size_t)size;
	at = mem_resize(memory->at, cap, 1);
	if (!at)
		return STG_E_MEDIUMFULL;
	memory->at = at;
	memory->cap = cap;
	return S_OK;
}

static HRESULT memory_resize(struct memory *memory, uint64_t size)
{
	HRESULT hr = memory_reserve(memory, size);

	if (FAILED(hr))
		return hr;
	if (size > memory->size)
		memset(memory->at + memory->size, 0, (size_t)size - memory->size);
	memory->size = (size_t)size;
	if (size == 0) {
		mem_free(memory->at);
		memory->at = NULL;
		memory->cap = 0;
	}
	return S_OK;
}

static HRESULT memstream_read_at(struct istream *stream, uint64_t at, void *to, ULONG cap,
				 ULONG *out_len)
{
	struct memory *memory = memory_of(stream);

	pthread_mutex_lock(&memory->lock);
	if (at < memory->size) {
		uint64_t left = memory->size - at;

		*out_len = left < cap ? (ULONG)left : cap;
		memcpy(to, memory->at + at, *out_len);
	}
	pthread_mutex_unlock(&memory->lock);
	return S_OK;
}

static HRESULT memstream_write_at(struct istream *stream, uint64_t at, const void *from,
				  ULONG len, ULONG *out_len)
{
	struct memory *memory = memory_of(stream);
	HRESULT hr;

	pthread_mutex_lock(&memory->lock);
	hr = memory_reserve(memory, at + len);
	if (FAILED(hr))
		goto unlock;
	if (at > memory->size)
		memset(memory->at + memory->size, 0, (size_t)at - memory->size);
	memcpy(memory->at + at, from, len);
	if (at + len > memory->size)
		memory->size = (size_t)at + len;
	*out_len = len;

unlock:
	pthread_mutex_unlock(&memory->lock);
	return hr;
}

static HRESULT memstream_size(struct istream *stream, uint64_t *out_bytes)
{
	struct memory *memory = memory_of(stream);

	pthread_mutex_lock(&memory->lock);
	*out_bytes = memory->size;
	pthread_mutex_unlock(&memory->lock);
	return S_OK;
}

static HRESULT memstream_set_size(struct istream *stream, uint64_t bytes)
{
	struct memory *memory = memory_of(stream);
	HRESULT hr;

	pthread_mutex_lock(&memory->lock);
	hr = memory_resize(memory, bytes);
	pthread_mutex_unlock(&memory->lock);
	return hr;
}

static HRESULT memstream_stat(struct istream *stream, STATSTG *out, bool is_named)
{
	uint64_t size = 0;

	(void)is_named;
	(void)memstream_size(stream, &size);
	out->cbSize.QuadPart = size;
	return S_OK;
}

static void memstream_free(struct istream *stream)
{
	memory_unref(memory_of(stream));
	istream_done(stream);
	mem_free(stream);
}

/* A stream that takes a reference to the memory over; NULL when memory is out. */
static struct istream *memstream_on(struct memory *memory,
				    const struct istream_kind *kind, enum wide_unit unit)
{
	struct memstream *stream = mem_alloc(sizeof(*stream));

	if (!stream)
		return NULL;
	istream_init(&stream->istream, kind, unit, STGM_READWRITE);
	stream->memory = memory;
	return &stream->istream;
}

static HRESULT memstream_clone(struct istream *stream, struct istream **out_clone)
{
	struct memory *memory = memory_of(stream);
	struct istream *clone = memstream_on(memory, stream->kind, stream->unit);

	if (!clone)
		return E_OUTOFMEMORY;
	unknown_ref(&memory->refs);
	*out_clone = clone;
	return S_OK;
}

/* CreateStreamOnHGlobal's. */
static const struct istream_kind global_kind = {
	.short_read = S_OK,
	.is_seekable = true,
	.read_at = memstream_read_at,
	.write_at = memstream_write_at,
	.size = memstream_size,
	.set_size = memstream_set_size,
	.stat = memstream_stat,
	.clone = memstream_clone,
	.free = memstream_free,
};

/* SHCreateMemStream's. */
static const struct istream_kind shell_kind = {
	.short_read = S_FALSE,
	.is_seekable = true,
	.read_at = memstream_read_at,
	.write_at = memstream_write_at,
	.size = memstream_size,
	.set_size = memstream_set_size,
	.stat = memstream_stat,
	.clone = memstream_clone,
	.free = memstream_free,
};

/* A stream on a copy of bytes; NULL when memory is out. */
static IStream *memstream_new(const struct istream_kind *kind, unsigned wchar_bytes,
			      const void *initial, size_t bytes)
{
	struct memory *memory = mem_zalloc(sizeof(*memory));
	struct istream *stream = NULL;

	if (!memory)
		return NULL;
	atomic_init(&memory->refs, 1);
	pthread_mutex_init(&memory->lock, NULL);
	if (bytes) {
		memory->at = mem_alloc(bytes);
		if (!memory->at)
			goto unref_memory;
		memcpy(memory->at, initial, bytes);
		memory->size = bytes;
		memory->cap = bytes;
	}
	stream = memstream_on(memory, kind, (enum wide_unit)wchar_bytes);
	if (stream)
		return &stream->IStream_iface;

unref_memory:
	memory_unref(memory);
	return NULL;
}

static bool is_width(unsigned wchar_bytes)
{
	return wchar_bytes == WIDE_16 || wchar_bytes == WIDE_32;
}

IStream *ixhr2_sh_create_mem_stream(unsigned wchar_bytes, const BYTE *initial, UINT bytes)
{
	if (!is_width(wchar_bytes))
		return NULL;
	return memstream_new(&shell_kind, wchar_bytes, initial, initial ? bytes : 0);
}

HRESULT ixhr2_create_stream_on_hglobal(unsigned wchar_bytes, HGLOBAL global,
				       BOOL delete_on_release, IStream **out)
{
	(void)delete_on_release;
	if (!out)
		return E_INVALIDARG;
	*out = NULL;
	if (global || !is_width(wchar_bytes))
		return E_INVALIDARG;
	*out = memstream_new(&global_kind, wchar_bytes, NULL, 0);
	return *out ? S_OK : E_OUTOFMEMORY;
}
