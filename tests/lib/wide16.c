/* SPDX-License-Identifier: MIT */
/* A plain callback object, apart from lib/client, because WCHAR is another type here. */
#define IXHR2_WCHAR16
#define COBJMACROS
#include "ixhr2/msxml6.h"

#include "lib/wide16.h"

#include <stdatomic.h>
#include <unistd.h>

/* How long the request may take. */
#define WAIT_MS 100000

struct listener {
	IXMLHTTPRequest2Callback IXMLHTTPRequest2Callback_iface; /* what is passed */
	struct wide16_result *result;				 /* filled */
	atomic_int refs;					 /* one is our own */
	atomic_bool is_over;					 /* a final one came */
};

static struct listener *impl_from_callback(IXMLHTTPRequest2Callback *iface)
{
	return (struct listener *)iface;
}

static void copy(char16_t *to, size_t cap, const char16_t *from)
{
	size_t n = 0;

	while (from[n] && n + 1 < cap) {
		to[n] = from[n];
		n++;
	}
	to[n] = 0;
}

static HRESULT listener_QueryInterface(IXMLHTTPRequest2Callback *iface, REFIID iid,
				       void **out)
{
	(void)iface;
	(void)iid;
	*out = NULL;
	return E_NOINTERFACE;
}

static ULONG listener_AddRef(IXMLHTTPRequest2Callback *iface)
{
	return (ULONG)atomic_fetch_add(&impl_from_callback(iface)->refs, 1) + 1;
}

static ULONG listener_Release(IXMLHTTPRequest2Callback *iface)
{
	return (ULONG)atomic_fetch_sub(&impl_from_callback(iface)->refs, 1) - 1;
}

static HRESULT listener_OnRedirect(IXMLHTTPRequest2Callback *iface, IXMLHTTPRequest2 *xhr,
				   const WCHAR *url)
{
	struct wide16_result *result = impl_from_callback(iface)->result;

	(void)xhr;
	copy(result->redirect, sizeof(result->redirect) / sizeof(char16_t), url);
	return S_OK;
}

static HRESULT listener_OnHeadersAvailable(IXMLHTTPRequest2Callback *iface,
					   IXMLHTTPRequest2 *xhr, DWORD status,
					   const WCHAR *reason)
{
	struct wide16_result *result = impl_from_callback(iface)->result;
	WCHAR *value = NULL;

	result->status = status;
	copy(result->reason, sizeof(result->reason) / sizeof(char16_t), reason);
	if (IXMLHTTPRequest2_GetResponseHeader(xhr, u"X-Wide", &value) == S_OK)
		copy(result->field, sizeof(result->field) / sizeof(char16_t), value);
	CoTaskMemFree(value);
	return S_OK;
}

static HRESULT listener_OnDataAvailable(IXMLHTTPRequest2Callback *iface,
					IXMLHTTPRequest2 *xhr, ISequentialStream *stream)
{
	(void)iface;
	(void)xhr;
	(void)stream;
	return S_OK;
}

static HRESULT listener_OnResponseReceived(IXMLHTTPRequest2Callback *iface,
					   IXMLHTTPRequest2 *xhr,
					   ISequentialStream *stream)
{
	struct listener *listener = impl_from_callback(iface);
	ULONG n = 0;

	(void)xhr;
	ISequentialStream_Read(stream, listener->result->body,
			       sizeof(listener->result->body) - 1, &n);
	listener->result->body[n] = '\0';
	atomic_store(&listener->is_over, true);
	return S_OK;
}

static HRESULT listener_OnError(IXMLHTTPRequest2Callback *iface, IXMLHTTPRequest2 *xhr,
				HRESULT error)
{
	struct listener *listener = impl_from_callback(iface);

	(void)xhr;
	listener->result->error = error;
	atomic_store(&listener->is_over, true);
	return S_OK;
}

static const IXMLHTTPRequest2CallbackVtbl listener_vtbl = {
	listener_QueryInterface,
	listener_AddRef,
	listener_Release,
	listener_OnRedirect,
	listener_OnHeadersAvailable,
	listener_OnDataAvailable,
	listener_OnResponseReceived,
	listener_OnError,
};

static HRESULT start(IXMLHTTPRequest2 *xhr, struct listener *listener, const WCHAR *url,
		     const WCHAR *value)
{
	HRESULT hr = IXMLHTTPRequest2_Open(xhr, u"GET", url,
					   &listener->IXMLHTTPRequest2Callback_iface,
					   NULL, NULL, NULL, NULL);

	if (hr == S_OK)
		hr = IXMLHTTPRequest2_SetRequestHeader(xhr, u"X-Wide", value);
	if (hr == S_OK)
		hr = IXMLHTTPRequest2_Send(xhr, NULL, 0);
	return hr;
}

int wide16_get(const char16_t *url, const char16_t *value, struct wide16_result *out)
{
	struct listener listener = {{&listener_vtbl}, out, 1, false};
	IXMLHTTPRequest2 *xhr = NULL;
	HRESULT hr =
		CoCreateInstance(&CLSID_FreeThreadedXMLHTTP60, NULL, CLSCTX_INPROC_SERVER,
				 &IID_IXMLHTTPRequest2, (void **)&xhr);

	if (hr != S_OK)
		return hr;
	*out = (struct wide16_result){0};
	hr = start(xhr, &listener, url, value);
	for (int ms = 0; hr == S_OK && ms < WAIT_MS && !atomic_load(&listener.is_over);
	     ms++)
		usleep(1000);
	if (hr == S_OK && !atomic_load(&listener.is_over))
		IXMLHTTPRequest2_Abort(xhr);
	IXMLHTTPRequest2_Release(xhr);
	while (atomic_load(&listener.refs) > 1)
		usleep(200);
	out->is_over = atomic_load(&listener.is_over);
	return hr;
}

size_t wide16_unit(void)
{
	return sizeof(WCHAR);
}
