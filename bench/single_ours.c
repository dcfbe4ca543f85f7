/* SPDX-License-Identifier: MIT */
/*
 * single_ours PORT PATH COUNT WAY: the same work as single_bare.c's, by this library: GET /
 * from good.test:PORT, then COUNT times GET PATH, each by an object of its own, on a
 * connection of its own. WAY: how the body is taken. "read": OnDataAvailable reads it;
 * "write": a stream of the program gets it (SetCustomResponseStream).
 */
#define COBJMACROS
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <ixhr2/ixhr2.h>
#include <ixhr2/msxml6.h>

#include "tally.h"

#define PIECE_BYTES 65536
#define MAX_URL	    256

/* The callback object and the stream of all requests: one runs at a time, and both live
 * longer than the library's threads, so that nothing is counted. */
struct taker {
	IXMLHTTPRequest2Callback callback; /* what Open takes; stands first */
	ISequentialStream stream;	   /* what SetCustomResponseStream takes */
	sem_t done;			   /* posted when the final callback has come */
	bool is_written;		   /* the stream gets the body */
	HRESULT result;			   /* S_OK, or why the request failed */
	struct tally tally;		   /* what came */
};

static HRESULT on_query(IXMLHTTPRequest2Callback *self, REFIID iid, void **out)
{
	bool is_known = IsEqualIID(iid, &IID_IUnknown) ||
			IsEqualIID(iid, &IID_IXMLHTTPRequest2Callback);

	*out = is_known ? self : NULL;
	return is_known ? S_OK : E_NOINTERFACE;
}

static ULONG on_count(IXMLHTTPRequest2Callback *self)
{
	(void)self;
	return 1;
}

static HRESULT on_redirect(IXMLHTTPRequest2Callback *self, IXMLHTTPRequest2 *xhr,
			   const WCHAR *url)
{
	(void)self, (void)xhr, (void)url;
	return E_FAIL;
}

static HRESULT on_headers(IXMLHTTPRequest2Callback *self, IXMLHTTPRequest2 *xhr,
			  DWORD status, const WCHAR *reason)
{
	(void)self, (void)xhr, (void)reason;
	return status == 200 ? S_OK : E_FAIL;
}

static HRESULT on_data(IXMLHTTPRequest2Callback *self, IXMLHTTPRequest2 *xhr,
		       ISequentialStream *body)
{
	static char bytes[PIECE_BYTES]; /* one request runs at a time */
	struct taker *taker = (struct taker *)self;
	HRESULT hr;
	ULONG n;

	(void)xhr;
	if (taker->is_written)
		return S_OK;
	do {
		hr = ISequentialStream_Read(body, bytes, sizeof(bytes), &n);
		if (FAILED(hr))
			return hr;
		tally_take(&taker->tally, bytes, n);
	} while (hr == S_OK);
	return S_OK;
}

static void finish(struct taker *taker, HRESULT result)
{
	taker->result = result;
	sem_post(&taker->done);
}

static HRESULT on_received(IXMLHTTPRequest2Callback *self, IXMLHTTPRequest2 *xhr,
			   ISequentialStream *body)
{
	(void)xhr, (void)body;
	finish((struct taker *)self, S_OK);
	return S_OK;
}

static HRESULT on_error(IXMLHTTPRequest2Callback *self, IXMLHTTPRequest2 *xhr,
			HRESULT error)
{
	char *text = NULL;

	ixhr2_error_text((IUnknown *)xhr, &text);
	fprintf(stderr, "single_ours: error 0x%08x: %s\n", (unsigned)error,
		text ? text : "");
	CoTaskMemFree(text);
	finish((struct taker *)self, error);
	return S_OK;
}

static const IXMLHTTPRequest2CallbackVtbl callback_functions = {
	on_query,   on_count, on_count,	   on_redirect,
	on_headers, on_data,  on_received, on_error,
};

static HRESULT stream_query(ISequentialStream *self, REFIID iid, void **out)
{
	bool is_known =
		IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_ISequentialStream);

	*out = is_known ? self : NULL;
	return is_known ? S_OK : E_NOINTERFACE;
}

static ULONG stream_count(ISequentialStream *self)
{
	(void)self;
	return 1;
}

static HRESULT stream_read(ISequentialStream *self, void *to, ULONG cap, ULONG *out_n)
{
	(void)self, (void)to, (void)cap;
	*out_n = 0;
	return E_NOTIMPL;
}

static HRESULT stream_write(ISequentialStream *self, const void *from, ULONG n,
			    ULONG *out_n)
{
	struct taker *taker =
		(struct taker *)((char *)self - offsetof(struct taker, stream));

	tally_take(&taker->tally, from, n);
	*out_n = n;
	return S_OK;
}

static const ISequentialStreamVtbl stream_functions = {
	stream_query, stream_count, stream_count, stream_read, stream_write,
};

static struct taker taker = {
	.callback = {&callback_functions},
	.stream = {&stream_functions},
};

/* One request, from the object to the final callback. */
static HRESULT get(const WCHAR *url)
{
	IXMLHTTPRequest2 *xhr = NULL;
	HRESULT hr;

	hr = CoCreateInstance(&CLSID_FreeThreadedXMLHTTP60, NULL, CLSCTX_SERVER,
			      &IID_IXMLHTTPRequest2, (void **)&xhr);
	if (SUCCEEDED(hr))
		hr = IXMLHTTPRequest2_Open(xhr, L"GET", url, &taker.callback, NULL, NULL,
					   NULL, NULL);
	if (SUCCEEDED(hr))
		hr = IXMLHTTPRequest2_SetRequestHeader(xhr, L"Connection", L"close");
	if (SUCCEEDED(hr) && taker.is_written)
		hr = IXMLHTTPRequest2_SetCustomResponseStream(xhr, &taker.stream);
	if (SUCCEEDED(hr))
		hr = IXMLHTTPRequest2_Send(xhr, NULL, 0);
	if (SUCCEEDED(hr)) {
		while (sem_wait(&taker.done) != 0)
			;
		hr = taker.result;
	}
	if (xhr)
		IXMLHTTPRequest2_Release(xhr);
	if (SUCCEEDED(hr))
		tally_end(&taker.tally);
	return hr;
}

int main(int argc, char **argv)
{
	WCHAR first[MAX_URL], url[MAX_URL];
	unsigned long count;
	HRESULT hr;

	if (argc != 5) {
		fputs("usage: single_ours PORT PATH COUNT WAY\n", stderr);
		return 2;
	}
	swprintf(first, MAX_URL, L"https://good.test:%s/", argv[1]);
	swprintf(url, MAX_URL, L"https://good.test:%s%s", argv[1], argv[2]);
	count = strtoul(argv[3], NULL, 10);
	taker.is_written = strcmp(argv[4], "write") == 0;
	sem_init(&taker.done, 0, 0);

	/* The other side asks nobody for an address either. */
	hr = ixhr2_configure(IXHR2_OPTION_CONNECT_TO, "::127.0.0.1:");
	if (SUCCEEDED(hr))
		hr = get(first);
	for (; SUCCEEDED(hr) && count > 0; count--)
		hr = get(url);
	if (FAILED(hr)) {
		fprintf(stderr, "single_ours: 0x%08x\n", (unsigned)hr);
		return 1;
	}
	tally_print(&taker.tally);
	return 0;
}
