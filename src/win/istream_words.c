/* SPDX-License-Identifier: MIT */
/*
 * The functions of shlwapi.h that take an IStream and spare a program a loop or a struct.
 * Read goes on until all is there, since a stream may give less than it has.
 */
#include <stddef.h>

#include "ixhr2/shlwapi.h"

HRESULT ixhr2_istream_read(IStream *stream, void *to, ULONG bytes)
{
	HRESULT hr = S_OK;
	ULONG done = 0;

	if (!stream || !to)
		return E_INVALIDARG;
	while (SUCCEEDED(hr) && done < bytes) {
		ULONG len = 0;

		hr = stream->lpVtbl->Read(stream, (char *)to + done, bytes - done, &len);
		if (SUCCEEDED(hr) && (len == 0 || len > bytes - done))
			hr = E_FAIL;
		done += len;
	}
	return FAILED(hr) ? hr : S_OK;
}

HRESULT ixhr2_istream_write(IStream *stream, const void *from, ULONG bytes)
{
	ULONG len = 0;
	HRESULT hr;

	if (!stream || !from)
		return E_INVALIDARG;
	hr = stream->lpVtbl->Write(stream, from, bytes, &len);
	if (FAILED(hr))
		return hr;
	return len == bytes ? S_OK : E_FAIL;
}

HRESULT ixhr2_istream_reset(IStream *stream)
{
	LARGE_INTEGER start = {.QuadPart = 0};

	if (!stream)
		return E_INVALIDARG;
	return stream->lpVtbl->Seek(stream, start, STREAM_SEEK_SET, NULL);
}

HRESULT ixhr2_istream_size(IStream *stream, ULARGE_INTEGER *out_bytes)
{
	STATSTG stat = {0};
	HRESULT hr;

	if (out_bytes)
		out_bytes->QuadPart = 0;
	if (!stream || !out_bytes)
		return E_INVALIDARG;
	hr = stream->lpVtbl->Stat(stream, &stat, STATFLAG_NONAME);
	if (SUCCEEDED(hr))
		*out_bytes = stat.cbSize;
	return FAILED(hr) ? hr : S_OK;
}
