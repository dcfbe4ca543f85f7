/* SPDX-License-Identifier: MIT */
/*
 * A buffer is one block of memory with its bytes at the end. The bytes belong to whoever
 * fills or reads the buffer; the length, which may be asked for meanwhile, is atomic.
 */
#include "win/buffer.h"

#include <stdatomic.h>

#include "base/mem.h"
#include "win/inspected.h"

struct buffer {
	struct inspected inspected;	   /* its references */
	struct inspected_face buffer_face; /* IBuffer */
	struct inspected_face bytes_face;  /* IBufferByteAccess */
	UINT32 capacity;		   /* bytes that there are */
	atomic_uint length;		   /* bytes that count */
	byte bytes[];			   /* the bytes */
};

static struct buffer *buffer_of(const void *face)
{
	return (struct buffer *)inspected_of(face);
}

INSPECTED_METHODS(IBuffer)
INSPECTED_UNKNOWN_METHODS(IBufferByteAccess)

static HRESULT buffer_get_Capacity(IBuffer *face, UINT32 *value)
{
	if (!value)
		return E_POINTER;
	*value = buffer_of(face)->capacity;
	return S_OK;
}

static HRESULT buffer_get_Length(IBuffer *face, UINT32 *value)
{
	if (!value)
		return E_POINTER;
	*value = atomic_load(&buffer_of(face)->length);
	return S_OK;
}

static HRESULT buffer_put_Length(IBuffer *face, UINT32 value)
{
	if (value > buffer_of(face)->capacity)
		return E_INVALIDARG;
	atomic_store(&buffer_of(face)->length, value);
	return S_OK;
}

static HRESULT buffer_Buffer(IBufferByteAccess *face, byte **value)
{
	if (!value)
		return E_POINTER;
	*value = buffer_of(face)->bytes;
	return S_OK;
}

static const IBufferVtbl buffer_vtbl = {
	INSPECTED_VTBL(IBuffer),
	buffer_get_Capacity,
	buffer_get_Length,
	buffer_put_Length,
};

static const IBufferByteAccessVtbl bytes_vtbl = {
	INSPECTED_UNKNOWN_VTBL(IBufferByteAccess),
	buffer_Buffer,
};

static const struct unknown_row rows[] = {
	{&IID_IUnknown, offsetof(struct buffer, buffer_face)},
	{&IID_IInspectable, offsetof(struct buffer, buffer_face)},
	{&IID_IAgileObject, offsetof(struct buffer, buffer_face)},
	{&IID_IBuffer, offsetof(struct buffer, buffer_face)},
	{&IID_IBufferByteAccess, offsetof(struct buffer, bytes_face)},
};

static void buffer_free(struct inspected *inspected)
{
	mem_free(inspected);
}

static const struct inspected_class buffer_class = {
	.name = "Windows.Storage.Streams.Buffer",
	.rows = rows,
	.row_count = sizeof(rows) / sizeof(rows[0]),
	.free = buffer_free,
};

HRESULT buffer_new(UINT32 capacity, IBuffer **out)
{
	struct buffer *buffer = mem_zalloc(sizeof(*buffer) + capacity);

	if (!buffer)
		return E_OUTOFMEMORY;
	inspected_init(&buffer->inspected, &buffer_class);
	buffer->buffer_face = (struct inspected_face){&buffer_vtbl, &buffer->inspected};
	buffer->bytes_face = (struct inspected_face){&bytes_vtbl, &buffer->inspected};
	buffer->capacity = capacity;
	atomic_init(&buffer->length, 0);
	*out = (IBuffer *)&buffer->buffer_face;
	return S_OK;
}

HRESULT buffer_bytes(IBuffer *buffer, byte **out_bytes)
{
	IBufferByteAccess *access = NULL;
	byte *bytes = NULL;
	HRESULT hr = buffer->lpVtbl->QueryInterface(buffer, &IID_IBufferByteAccess,
						    (void **)&access);

	if (SUCCEEDED(hr) && !access)
		hr = E_NOINTERFACE;
	if (FAILED(hr))
		return hr;
	hr = access->lpVtbl->Buffer(access, &bytes);
	access->lpVtbl->Release(access);
	if (SUCCEEDED(hr) && !bytes)
		hr = E_POINTER;
	if (SUCCEEDED(hr))
		*out_bytes = bytes;
	return hr;
}
