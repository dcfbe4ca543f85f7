/* SPDX-License-Identifier: MIT */
/*
 * post URL FILE: sends a file, and prints the status, the headers and the body of the
 * response. FILE has a size: it is no pipe.
 *
 *	cc post.c -o post $(pkg-config --cflags --libs ixhr2)
 *
 * The file is read as it is sent, whatever its size. Unlike get.c, this asks for the body
 * of the response once, when all of it is there.
 */
#define COBJMACROS
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

#include <ixhr2/msxml6.h>
#include <ixhr2/shlwapi.h>

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
	(void)self, (void)xhr, (void)body;
	return S_OK; /* does not come: see send_file */
}

static HRESULT on_received(IXMLHTTPRequest2Callback *self, IXMLHTTPRequest2 *xhr,
			   ISequentialStream *body)
{
	char bytes[16384];
	ULONG n;

	(void)self, (void)xhr;
	while (SUCCEEDED(ISequentialStream_Read(body, bytes, sizeof(bytes), &n)) && n > 0)
		fwrite(bytes, 1, n, stdout);
	return S_OK;
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

static HRESULT send_file(IXMLHTTPRequest2 *xhr, IStream *file)
{
	STATSTG stat;
	HRESULT hr = IStream_Stat(file, &stat, STATFLAG_NONAME);

	if (SUCCEEDED(hr))
		hr = IXMLHTTPRequest2_SetProperty(xhr, XHR_PROP_ONDATA_THRESHOLD,
						  XHR_PROP_ONDATA_NEVER);
	if (SUCCEEDED(hr))
		hr = IXMLHTTPRequest2_SetRequestHeader(xhr, L"Content-Type",
						       L"application/octet-stream");
	if (SUCCEEDED(hr))
		hr = IXMLHTTPRequest2_Send(xhr, (ISequentialStream *)file,
					   stat.cbSize.QuadPart);
	return hr;
}

int main(int argc, char **argv)
{
	struct callback callback = CALLBACK_INIT(&callbacks);
	IXMLHTTPRequest2 *xhr = NULL;
	IStream *file = NULL;
	WCHAR url[MAX_URL];
	HRESULT hr;

	setlocale(LC_ALL, "C.UTF-8");
	if (argc != 3 || mbstowcs(url, argv[1], MAX_URL) >= MAX_URL) {
		fputs("usage: post URL FILE\n", stderr);
		return 2;
	}
	hr = SHCreateStreamOnFile(argv[2], STGM_READ | STGM_SHARE_DENY_WRITE, &file);
	if (SUCCEEDED(hr))
		hr = CoCreateInstance(&CLSID_FreeThreadedXMLHTTP60, NULL, CLSCTX_SERVER,
				      &IID_IXMLHTTPRequest2, (void **)&xhr);
	if (SUCCEEDED(hr))
		hr = IXMLHTTPRequest2_Open(xhr, L"POST", url, &callback.iface, NULL, NULL,
					   NULL, NULL);
	if (SUCCEEDED(hr))
		hr = send_file(xhr, file);
	if (FAILED(hr))
		fprintf(stderr, "post: cannot begin: 0x%08x\n", (unsigned)hr);
	else
		hr = callback_wait(&callback);
	if (xhr)
		IXMLHTTPRequest2_Release(xhr);
	if (file)
		IStream_Release(file);
	return SUCCEEDED(hr) && fflush(stdout) == 0 ? 0 : 1;
}
