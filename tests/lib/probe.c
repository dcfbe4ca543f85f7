/* SPDX-License-Identifier: MIT */
#include "lib/probe.h"

#include <stddef.h>
#include <string.h>

static void note(struct probe_log *log, char letter)
{
	size_t len = strlen(log->text);

	if (len + 1 < sizeof(log->text))
		log->text[len] = letter;
}

/* Would wait for ever if the object's lock were held around the program's code. */
static void poke(IXMLHTTPRequest3 *xhr)
{
	WCHAR *headers;

	if (xhr && SUCCEEDED(IXMLHTTPRequest3_GetAllResponseHeaders(xhr, &headers)))
		CoTaskMemFree(headers);
}

/* ---- the callback ---- */

static struct probe_callback *callback_of(IXMLHTTPRequest3Callback *iface)
{
	return (struct probe_callback *)(void *)iface;
}

static HRESULT callback_QueryInterface(IXMLHTTPRequest3Callback *iface, REFIID iid,
				       void **out)
{
	struct probe_callback *callback = callback_of(iface);

	poke(callback->poked);
	callback->queries++;
	if (!IsEqualIID(iid, &IID_IXMLHTTPRequest3Callback))
		callback->strange_queries++;
	*out = callback->has_callback3 ? iface : NULL;
	if (!callback->has_callback3)
		return E_NOINTERFACE;
	callback->refs++;
	return S_OK;
}

static ULONG callback_AddRef(IXMLHTTPRequest3Callback *iface)
{
	poke(callback_of(iface)->poked);
	return (ULONG)++callback_of(iface)->refs;
}

static ULONG callback_Release(IXMLHTTPRequest3Callback *iface)
{
	poke(callback_of(iface)->poked);
	return (ULONG)--callback_of(iface)->refs;
}

static HRESULT called(struct probe_callback *callback, IXMLHTTPRequest2 *xhr, char letter)
{
	callback->xhr = xhr;
	poke(callback->poked);
	note(callback->log, letter);
	if (callback->hook)
		callback->hook(callback, letter);
	if (callback->answer_to && callback->answer_to != letter)
		return S_OK;
	return callback->answer;
}

static HRESULT callback_OnRedirect(IXMLHTTPRequest3Callback *iface, IXMLHTTPRequest2 *xhr,
				   const WCHAR *url)
{
	callback_of(iface)->text = url;
	return called(callback_of(iface), xhr, 'r');
}

static HRESULT callback_OnHeadersAvailable(IXMLHTTPRequest3Callback *iface,
					   IXMLHTTPRequest2 *xhr, DWORD status,
					   const WCHAR *reason)
{
	callback_of(iface)->status = status;
	callback_of(iface)->text = reason;
	return called(callback_of(iface), xhr, 'h');
}

static HRESULT callback_OnDataAvailable(IXMLHTTPRequest3Callback *iface,
					IXMLHTTPRequest2 *xhr, ISequentialStream *stream)
{
	callback_of(iface)->stream = stream;
	return called(callback_of(iface), xhr, 'd');
}

static HRESULT callback_OnResponseReceived(IXMLHTTPRequest3Callback *iface,
					   IXMLHTTPRequest2 *xhr,
					   ISequentialStream *stream)
{
	callback_of(iface)->stream = stream;
	return called(callback_of(iface), xhr, 'R');
}

static HRESULT callback_OnError(IXMLHTTPRequest3Callback *iface, IXMLHTTPRequest2 *xhr,
				HRESULT error)
{
	callback_of(iface)->error = error;
	return called(callback_of(iface), xhr, 'E');
}

static HRESULT callback_OnServerCertificateReceived(IXMLHTTPRequest3Callback *iface,
						    IXMLHTTPRequest3 *xhr, DWORD errors,
						    DWORD count, const XHR_CERT *chain)
{
	callback_of(iface)->errors = errors;
	callback_of(iface)->count = count;
	callback_of(iface)->chain = chain;
	return called(callback_of(iface), (IXMLHTTPRequest2 *)(void *)xhr, 'c');
}

static HRESULT callback_OnClientCertificateRequested(IXMLHTTPRequest3Callback *iface,
						     IXMLHTTPRequest3 *xhr, DWORD count,
						     const WCHAR **issuers)
{
	callback_of(iface)->count = count;
	callback_of(iface)->issuers = issuers;
	return called(callback_of(iface), (IXMLHTTPRequest2 *)(void *)xhr, 'a');
}

static const IXMLHTTPRequest3CallbackVtbl callback_vtbl = {
	callback_QueryInterface,
	callback_AddRef,
	callback_Release,
	callback_OnRedirect,
	callback_OnHeadersAvailable,
	callback_OnDataAvailable,
	callback_OnResponseReceived,
	callback_OnError,
	callback_OnServerCertificateReceived,
	callback_OnClientCertificateRequested,
};

void probe_callback_init(struct probe_callback *callback, struct probe_log *log)
{
	memset(callback, 0, sizeof(*callback));
	callback->IXMLHTTPRequest3Callback_iface.lpVtbl = &callback_vtbl;
	callback->refs = 1;
	callback->has_callback3 = true;
	callback->log = log;
}

IXMLHTTPRequest2Callback *probe_callback_2(struct probe_callback *callback)
{
	return (IXMLHTTPRequest2Callback *)(void *)&callback
		->IXMLHTTPRequest3Callback_iface;
}

/* ---- the stream ---- */

static struct probe_stream *stream_of(IStream *iface)
{
	return (struct probe_stream *)(void *)iface;
}

static HRESULT stream_QueryInterface(IStream *iface, REFIID iid, void **out)
{
	struct probe_stream *stream = stream_of(iface);

	poke(stream->poked);
	stream->queries++;
	if (!IsEqualIID(iid, &IID_IStream))
		stream->strange_queries++;
	*out = stream->is_stream ? iface : NULL;
	if (!stream->is_stream)
		return E_NOINTERFACE;
	stream->refs++;
	return S_OK;
}

static ULONG stream_AddRef(IStream *iface)
{
	poke(stream_of(iface)->poked);
	return (ULONG)++stream_of(iface)->refs;
}

static ULONG stream_Release(IStream *iface)
{
	poke(stream_of(iface)->poked);
	return (ULONG)--stream_of(iface)->refs;
}

static HRESULT used(struct probe_stream *stream, char letter)
{
	poke(stream->poked);
	note(stream->log, letter);
	if (stream->hook)
		stream->hook(stream, letter);
	return stream->answer;
}

static HRESULT stream_Read(IStream *iface, void *to, ULONG cap, ULONG *out_len)
{
	struct probe_stream *stream = stream_of(iface);
	ULONG len = stream->takes_all ? cap : stream->taken;

	if (cap == 0 || !out_len || *out_len)
		stream->was_dirty = true;
	memset(to, 'x', len < cap ? len : cap);
	*out_len = len;
	return used(stream, '<');
}

static HRESULT stream_Write(IStream *iface, const void *from, ULONG len, ULONG *out_len)
{
	struct probe_stream *stream = stream_of(iface);

	if (!from || !out_len || *out_len)
		stream->was_dirty = true;
	*out_len = stream->takes_all ? len : stream->taken;
	return used(stream, len ? '>' : ']');
}

static HRESULT stream_Seek(IStream *iface, LARGE_INTEGER move, DWORD origin,
			   ULARGE_INTEGER *out)
{
	struct probe_stream *stream = stream_of(iface);

	(void)out;
	if (move.QuadPart || origin != STREAM_SEEK_SET)
		stream->was_dirty = true;
	return used(stream, 'K');
}

static const IStreamVtbl stream_vtbl = {
	.QueryInterface = stream_QueryInterface,
	.AddRef = stream_AddRef,
	.Release = stream_Release,
	.Read = stream_Read,
	.Write = stream_Write,
	.Seek = stream_Seek,
};

void probe_stream_init(struct probe_stream *stream, struct probe_log *log)
{
	memset(stream, 0, sizeof(*stream));
	stream->IStream_iface.lpVtbl = &stream_vtbl;
	stream->refs = 1;
	stream->is_stream = true;
	stream->takes_all = true;
	stream->log = log;
}

ISequentialStream *probe_sequential(struct probe_stream *stream)
{
	return (ISequentialStream *)(void *)&stream->IStream_iface;
}
