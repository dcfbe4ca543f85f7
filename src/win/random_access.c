/* SPDX-License-Identifier: MIT */
/*
 * Random access streams over an IStream or a file, as shcore.h describes them, their
 * clones, and the input and output streams at a position: all are one struct, whose
 * class says which of its interfaces can be had.
 *
 * What is read and written goes through a shared_stream, at the position of this object.
 * It has been done when ReadAsync and the others return; what came of it is in the
 * operation that they give.
 *
 * Close may come while another thread reads: a method takes a reference to the shared
 * stream first, under the object's lock, and nothing of the program's runs under that.
 */
#include "ixhr2/shcore.h"

#include <pthread.h>

#include "base/mem.h"
#include "ixhr2/shlwapi.h"
#include "win/buffer.h"
#include "win/inspected.h"
#include "win/operation.h"
#include "win/shared_stream.h"

#define MAX_POSITION ((UINT64)INT64_MAX)

/* FileAccessMode. */
#define ACCESS_READ	  0
#define ACCESS_READ_WRITE 1

struct random_access {
	struct inspected inspected;	     /* its references */
	struct inspected_face random_face;   /* IRandomAccessStream */
	struct inspected_face input_face;    /* IInputStream */
	struct inspected_face output_face;   /* IOutputStream */
	struct inspected_face closable_face; /* IClosable */
	shared_position position;	     /* where the next byte is */
	pthread_mutex_t lock;		     /* guards what follows */
	struct shared_stream *shared;	     /* a reference; NULL once closed */
};

static struct random_access *random_access_from(const void *face)
{
	return (struct random_access *)inspected_of(face);
}

INSPECTED_METHODS(IRandomAccessStream)
INSPECTED_METHODS(IInputStream)
INSPECTED_METHODS(IOutputStream)
INSPECTED_METHODS(IClosable)

static HRESULT random_access_new(const struct inspected_class *class,
				 struct shared_stream *shared, UINT64 position,
				 struct random_access **out);

/* A reference to what is behind the object; NULL once it is closed. */
static struct shared_stream *shared_of(const void *face)
{
	struct random_access *stream = random_access_from(face);
	struct shared_stream *shared = NULL;

	pthread_mutex_lock(&stream->lock);
	if (stream->shared)
		shared = shared_stream_ref(stream->shared);
	pthread_mutex_unlock(&stream->lock);
	return shared;
}

/* The same for a method with an answer; *out_shared is a reference on success. */
static HRESULT begin(const void *face, const void *out, struct shared_stream **out_shared)
{
	if (!out)
		return E_POINTER;
	*out_shared = shared_of(face);
	return *out_shared ? S_OK : RO_E_CLOSED;
}

static HRESULT random_access_Close(IClosable *face)
{
	struct random_access *stream = random_access_from(face);
	struct shared_stream *shared;

	pthread_mutex_lock(&stream->lock);
	shared = stream->shared;
	stream->shared = NULL;
	pthread_mutex_unlock(&stream->lock);
	shared_stream_unref(shared);
	return S_OK;
}

/* The bytes of a buffer that shall take count bytes. */
static HRESULT room_in(IBuffer *buffer, UINT32 count, byte **out_bytes)
{
	UINT32 capacity = 0;
	HRESULT hr;

	if (!buffer)
		return E_INVALIDARG;
	hr = buffer->lpVtbl->get_Capacity(buffer, &capacity);
	if (SUCCEEDED(hr) && count > capacity)
		hr = E_INVALIDARG;
	return SUCCEEDED(hr) ? buffer_bytes(buffer, out_bytes) : hr;
}

static HRESULT input_ReadAsync(IInputStream *face, IBuffer *buffer, UINT32 count,
			       InputStreamOptions options, IBufferOperation **operation)
{
	enum shared_amount amount =
		options & InputStreamOptions_Partial ? SHARED_ANY : SHARED_ALL;
	struct random_access *stream = random_access_from(face);
	struct shared_stream *shared = NULL;
	byte *bytes = NULL;
	HRESULT hr = begin(face, operation, &shared);

	if (operation)
		*operation = NULL;
	if (SUCCEEDED(hr) && !shared_stream_may_read(shared))
		hr = E_ACCESSDENIED;
	if (SUCCEEDED(hr))
		hr = room_in(buffer, count, &bytes);
	if (SUCCEEDED(hr)) {
		hr = shared_stream_read(shared, &stream->position, bytes, &count, amount);
		if (SUCCEEDED(hr))
			hr = buffer->lpVtbl->put_Length(buffer, count);
		hr = operation_of_buffer(hr, buffer, operation);
		if (FAILED(hr)) /* nobody learns of the bytes */
			atomic_fetch_sub(&stream->position, count);
	}
	shared_stream_unref(shared);
	return hr;
}

/* The bytes of a buffer that are to be written. */
static HRESULT content_of(IBuffer *buffer, UINT32 *out_len, byte **out_bytes)
{
	HRESULT hr;

	if (!buffer)
		return E_INVALIDARG;
	hr = buffer->lpVtbl->get_Length(buffer, out_len);
	return SUCCEEDED(hr) ? room_in(buffer, *out_len, out_bytes) : hr;
}

static HRESULT output_WriteAsync(IOutputStream *face, IBuffer *buffer,
				 ICountOperation **operation)
{
	struct random_access *stream = random_access_from(face);
	struct shared_stream *shared = NULL;
	byte *bytes = NULL;
	UINT32 len = 0;
	HRESULT hr = begin(face, operation, &shared);

	if (operation)
		*operation = NULL;
	if (SUCCEEDED(hr) && !shared_stream_may_write(shared))
		hr = E_ACCESSDENIED;
	if (SUCCEEDED(hr))
		hr = content_of(buffer, &len, &bytes);
	if (SUCCEEDED(hr)) {
		hr = shared_stream_write(shared, &stream->position, bytes, &len);
		hr = operation_of_count(hr, len, operation);
		if (FAILED(hr)) /* nobody learns of the bytes */
			atomic_fetch_sub(&stream->position, len);
	}
	shared_stream_unref(shared);
	return hr;
}

static HRESULT output_FlushAsync(IOutputStream *face, IFlagOperation **operation)
{
	struct shared_stream *shared = NULL;
	HRESULT hr = begin(face, operation, &shared);

	if (operation)
		*operation = NULL;
	if (SUCCEEDED(hr))
		hr = operation_of_flag(shared_stream_flush(shared), TRUE, operation);
	shared_stream_unref(shared);
	return hr;
}

static HRESULT random_get_Size(IRandomAccessStream *face, UINT64 *value)
{
	struct shared_stream *shared = NULL;
	HRESULT hr = begin(face, value, &shared);

	if (value)
		*value = 0;
	if (SUCCEEDED(hr))
		hr = shared_stream_size(shared, value);
	shared_stream_unref(shared);
	return hr;
}

static HRESULT random_put_Size(IRandomAccessStream *face, UINT64 value)
{
	struct shared_stream *shared = NULL;
	HRESULT hr = begin(face, face, &shared);

	if (SUCCEEDED(hr) && !shared_stream_may_write(shared))
		hr = E_ACCESSDENIED;
	if (SUCCEEDED(hr))
		hr = shared_stream_set_size(shared, value);
	shared_stream_unref(shared);
	return hr;
}

static HRESULT random_get_Position(IRandomAccessStream *face, UINT64 *value)
{
	struct shared_stream *shared = NULL;
	HRESULT hr = begin(face, value, &shared);

	if (value)
		*value = SUCCEEDED(hr) ? atomic_load(&random_access_from(face)->position)
				       : 0;
	shared_stream_unref(shared);
	return hr;
}

static HRESULT random_Seek(IRandomAccessStream *face, UINT64 position)
{
	struct shared_stream *shared = NULL;
	HRESULT hr = begin(face, face, &shared);

	if (SUCCEEDED(hr) && position > MAX_POSITION)
		hr = E_INVALIDARG;
	if (SUCCEEDED(hr))
		atomic_store(&random_access_from(face)->position, position);
	shared_stream_unref(shared);
	return hr;
}

static HRESULT random_get_CanRead(IRandomAccessStream *face, boolean *value)
{
	struct shared_stream *shared = NULL;
	HRESULT hr = begin(face, value, &shared);

	if (value)
		*value = SUCCEEDED(hr) && shared_stream_may_read(shared);
	shared_stream_unref(shared);
	return hr;
}

static HRESULT random_get_CanWrite(IRandomAccessStream *face, boolean *value)
{
	struct shared_stream *shared = NULL;
	HRESULT hr = begin(face, value, &shared);

	if (value)
		*value = SUCCEEDED(hr) && shared_stream_may_write(shared);
	shared_stream_unref(shared);
	return hr;
}

static const IInputStreamVtbl input_vtbl = {
	INSPECTED_VTBL(IInputStream),
	input_ReadAsync,
};

static const IOutputStreamVtbl output_vtbl = {
	INSPECTED_VTBL(IOutputStream),
	output_WriteAsync,
	output_FlushAsync,
};

static const IClosableVtbl closable_vtbl = {
	INSPECTED_VTBL(IClosable),
	random_access_Close,
};

static void random_access_free(struct inspected *inspected)
{
	struct random_access *stream = (struct random_access *)inspected;

	shared_stream_unref(stream->shared);
	pthread_mutex_destroy(&stream->lock);
	mem_free(stream);
}

#define ROWS_OF(face)                                                                    \
	{&IID_IUnknown, offsetof(struct random_access, face)},                           \
		{&IID_IInspectable, offsetof(struct random_access, face)},               \
		{&IID_IAgileObject, offsetof(struct random_access, face)},               \
	{                                                                                \
		&IID_IClosable, offsetof(struct random_access, closable_face)            \
	}
#define CLASS_OF(class_name, class_rows)                                                 \
	{                                                                                \
		.name = "Windows.Storage.Streams." class_name, .rows = (class_rows),     \
		.row_count = sizeof(class_rows) / sizeof((class_rows)[0]),               \
		.free = random_access_free                                               \
	}

static const struct unknown_row random_rows[] = {
	ROWS_OF(random_face),
	{&IID_IRandomAccessStream, offsetof(struct random_access, random_face)},
	{&IID_IInputStream, offsetof(struct random_access, input_face)},
	{&IID_IOutputStream, offsetof(struct random_access, output_face)},
};

static const struct unknown_row input_rows[] = {
	ROWS_OF(input_face),
	{&IID_IInputStream, offsetof(struct random_access, input_face)},
};

static const struct unknown_row output_rows[] = {
	ROWS_OF(output_face),
	{&IID_IOutputStream, offsetof(struct random_access, output_face)},
};

static const struct inspected_class over_stream_class =
	CLASS_OF("RandomAccessStreamOverStream", random_rows);
static const struct inspected_class on_file_class =
	CLASS_OF("FileRandomAccessStream", random_rows);
static const struct inspected_class input_class =
	CLASS_OF("InputStreamOverStream", input_rows);
static const struct inspected_class output_class =
	CLASS_OF("OutputStreamOverStream", output_rows);

/* Another object on what is behind face; may: whether it may be had. */
static HRESULT another(const void *face, const struct inspected_class *class,
		       UINT64 position, bool (*may)(const struct shared_stream *),
		       struct random_access **out)
{
	struct shared_stream *shared = shared_of(face);
	HRESULT hr = S_OK;

	if (!shared)
		hr = RO_E_CLOSED;
	else if (may && !may(shared))
		hr = E_ACCESSDENIED;
	else if (position > MAX_POSITION)
		hr = E_INVALIDARG;
	if (SUCCEEDED(hr))
		hr = random_access_new(class, shared, position, out);
	shared_stream_unref(shared);
	return hr;
}

static HRESULT random_GetInputStreamAt(IRandomAccessStream *face, UINT64 position,
				       IInputStream **out)
{
	struct random_access *input = NULL;
	HRESULT hr;

	if (!out)
		return E_POINTER;
	hr = another(face, &input_class, position, shared_stream_may_read, &input);
	*out = SUCCEEDED(hr) ? (IInputStream *)&input->input_face : NULL;
	return hr;
}

static HRESULT random_GetOutputStreamAt(IRandomAccessStream *face, UINT64 position,
					IOutputStream **out)
{
	struct random_access *output = NULL;
	HRESULT hr;

	if (!out)
		return E_POINTER;
	hr = another(face, &output_class, position, shared_stream_may_write, &output);
	*out = SUCCEEDED(hr) ? (IOutputStream *)&output->output_face : NULL;
	return hr;
}

static HRESULT random_CloneStream(IRandomAccessStream *face, IRandomAccessStream **out)
{
	struct random_access *clone = NULL;
	HRESULT hr;

	if (!out)
		return E_POINTER;
	hr = another(face, inspected_of(face)->class, 0, NULL, &clone);
	*out = SUCCEEDED(hr) ? (IRandomAccessStream *)&clone->random_face : NULL;
	return hr;
}

static const IRandomAccessStreamVtbl random_vtbl = {
	INSPECTED_VTBL(IRandomAccessStream),
	random_get_Size,
	random_put_Size,
	random_GetInputStreamAt,
	random_GetOutputStreamAt,
	random_get_Position,
	random_Seek,
	random_CloneStream,
	random_get_CanRead,
	random_get_CanWrite,
};

static HRESULT random_access_new(const struct inspected_class *class,
				 struct shared_stream *shared, UINT64 position,
				 struct random_access **out)
{
	struct random_access *stream = mem_zalloc(sizeof(*stream));
	struct inspected *inspected;

	if (!stream)
		return E_OUTOFMEMORY;
	inspected = &stream->inspected;
	inspected_init(inspected, class);
	stream->random_face = (struct inspected_face){&random_vtbl, inspected};
	stream->input_face = (struct inspected_face){&input_vtbl, inspected};
	stream->output_face = (struct inspected_face){&output_vtbl, inspected};
	stream->closable_face = (struct inspected_face){&closable_vtbl, inspected};
	atomic_init(&stream->position, position);
	pthread_mutex_init(&stream->lock, NULL);
	stream->shared = shared_stream_ref(shared);
	*out = stream;
	return S_OK;
}

/* A random access stream of that class over an IStream, as the interface iid. */
static HRESULT over_stream(IStream *stream, const struct inspected_class *class,
			   REFIID iid, void **out)
{
	struct random_access *made = NULL;
	struct shared_stream *shared;
	HRESULT hr = shared_stream_new(stream, &shared);

	if (FAILED(hr))
		return hr;
	hr = random_access_new(class, shared, 0, &made);
	shared_stream_unref(shared);
	if (FAILED(hr))
		return hr;
	hr = inspected_query(&made->random_face, iid, out);
	inspected_unref(&made->random_face);
	return hr;
}

HRESULT ixhr2_create_random_access_stream_over_stream(IStream *stream, DWORD options,
						      REFIID iid, void **out)
{
	if (!out)
		return E_POINTER;
	*out = NULL;
	if (!stream || options > BSOS_PREFERDESTINATIONSTREAM)
		return E_INVALIDARG;
	return over_stream(stream, &over_stream_class, iid, out);
}

/* Opens a file for both, and makes it if it is not there. */
static HRESULT open_or_make(unsigned wchar_bytes, const void *path, IStream **out)
{
	HRESULT hr = ixhr2_sh_create_stream_on_file(wchar_bytes, path, STGM_READWRITE, 0,
						    FALSE, NULL, out);

	if (hr == STG_E_FILENOTFOUND)
		hr = ixhr2_sh_create_stream_on_file(wchar_bytes, path, STGM_READWRITE, 0,
						    TRUE, NULL, out);
	if (hr == HRESULT_FROM_WIN32(ERROR_FILE_EXISTS)) /* made by somebody meanwhile */
		hr = ixhr2_sh_create_stream_on_file(wchar_bytes, path, STGM_READWRITE, 0,
						    FALSE, NULL, out);
	return hr;
}

HRESULT ixhr2_create_random_access_stream_on_file(unsigned wchar_bytes, const void *path,
						  DWORD access_mode, REFIID iid,
						  void **out)
{
	IStream *stream = NULL;
	HRESULT hr;

	if (!out)
		return E_POINTER;
	*out = NULL;
	if (access_mode == ACCESS_READ)
		hr = ixhr2_sh_create_stream_on_file(wchar_bytes, path, STGM_READ, 0,
						    FALSE, NULL, &stream);
	else if (access_mode == ACCESS_READ_WRITE)
		hr = open_or_make(wchar_bytes, path, &stream);
	else
		hr = E_INVALIDARG;
	if (FAILED(hr))
		return hr;
	hr = over_stream(stream, &on_file_class, iid, out);
	stream->lpVtbl->Release(stream);
	return hr;
}
