/* SPDX-License-Identifier: MIT */
/*
 * get URL: prints the status, the headers and the body of a response.
 *
 *	cc get.c -o get $(pkg-config --cflags --libs ixhr2)
 *
 * The calls are those of Microsoft's documentation. They return at once. What happens is
 * told by the callbacks, on a thread of the library, while main waits for the last one.
 */
#define COBJMACROS
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

#include <ixhr2/msxml6.h>

#include "callback.h"

#define MAX_URL 2048

static HRESULT on_headers(IXMLHTTPRequest2Callback *self, IXMLHTTPRequest2 *xhr,
			  DWORD status, const WCHAR *reason)
{
	WCHAR *headers;

	(void)self;
	printf("%u %ls\n", status, reason);
	if (IXMLHTTPRequest2_GetAllResponseHeaders(xhr, &headers) == S_OK) {
		printf("%ls", headers);
		CoTaskMemFree(headers);
	}
	return S_OK;
}

static HRESULT on_data(IXMLHTTPRequest2Callback *self, IXMLHTTPRequest2 *xhr,
		       ISequentialStream *body)
{
	char bytes[16384];
	ULONG n;

	(void)self, (void)xhr;
	while (SUCCEEDED(ISequentialStream_Read(body, bytes, sizeof(bytes), &n)) && n > 0)
		if (fwrite(bytes, 1, n, stdout) < n)
			return E_FAIL; /* stops the request */
	return S_OK;
}

static HRESULT on_received(IXMLHTTPRequest2Callback *self, IXMLHTTPRequest2 *xhr,
			   ISequentialStream *body)
{
	return on_data(self, xhr, body);
}

static const IXMLHTTPRequest2CallbackVtbl callbacks = {
	callback_query_interface,
	callback_add_ref,
	callback_release,
	callback_on_redirect,
	on_headers,
	on_data,
	on_received,
	callback_on_error,
};

int main(int argc, char **argv)
{
	struct callback callback = CALLBACK_INIT(&callbacks);
	IXMLHTTPRequest2 *xhr = NULL;
	WCHAR url[MAX_URL];
	HRESULT hr;

	setlocale(LC_ALL, "C.UTF-8");
	if (argc != 2 || mbstowcs(url, argv[1], MAX_URL) >= MAX_URL) {
		fputs("usage: get URL\n", stderr);
		return 2;
	}
	hr = CoCreateInstance(&CLSID_FreeThreadedXMLHTTP60, NULL, CLSCTX_SERVER,
			      &IID_IXMLHTTPRequest2, (void **)&xhr);
	if (SUCCEEDED(hr))
		hr = IXMLHTTPRequest2_Open(xhr, L"GET", url, &callback.iface, NULL, NULL,
					   NULL, NULL);
	if (SUCCEEDED(hr))
		hr = IXMLHTTPRequest2_SetRequestHeader(xhr, L"Accept", L"text/*, */*");
	if (SUCCEEDED(hr))
		hr = IXMLHTTPRequest2_Send(xhr, NULL, 0);
	if (FAILED(hr))
		fprintf(stderr, "get: cannot begin: 0x%08x\n", (unsigned)hr);
	else
		hr = callback_wait(&callback);
	if (xhr)
		IXMLHTTPRequest2_Release(xhr);
	return SUCCEEDED(hr) && fflush(stdout) == 0 ? 0 : 1;
}
