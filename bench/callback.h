/* SPDX-License-Identifier: MIT */
/*
 * What the callback objects of the programs here have in common: they live as long as the
 * process, so that nothing is counted, and know no interface but the one. And an object
 * that is made and opened with one of them.
 */
#ifndef IXHR2_BENCH_CALLBACK_H
#define IXHR2_BENCH_CALLBACK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define COBJMACROS
#include <ixhr2/ixhr2.h>
#include <ixhr2/msxml6.h>

#define CALLBACK_PIECE_BYTES 65536

static inline HRESULT callback_query(IXMLHTTPRequest2Callback *self, REFIID iid,
				     void **out)
{
	bool is_known = IsEqualIID(iid, &IID_IUnknown) ||
			IsEqualIID(iid, &IID_IXMLHTTPRequest2Callback);

	*out = is_known ? self : NULL;
	return is_known ? S_OK : E_NOINTERFACE;
}

static inline ULONG callback_count(IXMLHTTPRequest2Callback *self)
{
	(void)self;
	return 1;
}

static inline HRESULT callback_redirect(IXMLHTTPRequest2Callback *self,
					IXMLHTTPRequest2 *xhr, const WCHAR *url)
{
	(void)self, (void)xhr, (void)url;
	return E_FAIL;
}

/* Anything but 200 is a failure. */
static inline HRESULT callback_headers(IXMLHTTPRequest2Callback *self,
				       IXMLHTTPRequest2 *xhr, DWORD status,
				       const WCHAR *reason)
{
	(void)self, (void)xhr, (void)reason;
	return status == 200 ? S_OK : E_FAIL;
}

/* What went wrong, on standard error; program: whose callback it is. */
static inline void callback_tell(const char *program, IXMLHTTPRequest2 *xhr,
				 HRESULT error)
{
	char *text = NULL;

	ixhr2_error_text((IUnknown *)xhr, &text);
	fprintf(stderr, "%s: error 0x%08x: %s\n", program, (unsigned)error,
		text ? text : "");
	CoTaskMemFree(text);
}

/* The first three functions of a stream that the program keeps until its end. */
static inline HRESULT callback_stream_query(ISequentialStream *self, REFIID iid,
					    void **out)
{
	bool is_known =
		IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_ISequentialStream);

	*out = is_known ? self : NULL;
	return is_known ? S_OK : E_NOINTERFACE;
}

static inline ULONG callback_stream_count(ISequentialStream *self)
{
	(void)self;
	return 1;
}

/* Reads all there is of a body, and adds to *bytes how much that is. */
static inline HRESULT callback_read(ISequentialStream *body, uint64_t *bytes)
{
	char piece[CALLBACK_PIECE_BYTES];
	HRESULT hr;
	ULONG n;

	do {
		hr = ISequentialStream_Read(body, piece, sizeof(piece), &n);
		if (SUCCEEDED(hr))
			*bytes += n;
	} while (hr == S_OK);
	return FAILED(hr) ? hr : S_OK;
}

/* *out_xhr: an object that has GET url open, or NULL. */
static inline HRESULT callback_open(IXMLHTTPRequest2Callback *self, const WCHAR *url,
				    IXMLHTTPRequest2 **out_xhr)
{
	HRESULT hr = CoCreateInstance(&CLSID_FreeThreadedXMLHTTP60, NULL, CLSCTX_SERVER,
				      &IID_IXMLHTTPRequest2, (void **)out_xhr);

	if (FAILED(hr))
		return hr;
	hr = IXMLHTTPRequest2_Open(*out_xhr, L"GET", url, self, NULL, NULL, NULL, NULL);
	if (FAILED(hr)) {
		IXMLHTTPRequest2_Release(*out_xhr);
		*out_xhr = NULL;
	}
	return hr;
}

#endif
