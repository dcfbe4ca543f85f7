/* SPDX-License-Identifier: MIT */
/*
 * pin URL SHA256: requests URL, but only from the server whose certificate has this
 * SHA-256, 64 hexadecimal digits; ixhr2 -v shows it, and so does
 *
 *	openssl x509 -in server.pem -outform der | sha256sum
 *
 *	cc pin.c -o pin $(pkg-config --cflags --libs ixhr2 libcrypto)
 *
 * The certificates come before any byte of the request goes to the server. Whoever
 * aborts then has told a wrong server nothing, not even the path of the URL.
 */
#define COBJMACROS
#include <locale.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include <ixhr2/msxml6.h>

#include "callback.h"

#define MAX_URL 2048

static const char *pinned; /* set before the request, read in its callbacks */

/* Comes for each connection: also behind a redirect, and when one is used again. The
 * first certificate is the server's own. */
static HRESULT on_server_certificate(IXMLHTTPRequest2Callback *self,
				     IXMLHTTPRequest3 *xhr, DWORD errors, DWORD count,
				     const XHR_CERT *chain)
{
	unsigned char hash[SHA256_DIGEST_LENGTH];
	char digits[2 * SHA256_DIGEST_LENGTH + 1];
	int i;

	(void)self, (void)errors, (void)count;
	SHA256(chain[0].pbCert, chain[0].cbCert, hash);
	for (i = 0; i < SHA256_DIGEST_LENGTH; i++)
		snprintf(digits + 2 * i, 3, "%02x", hash[i]);
	if (strcasecmp(digits, pinned) == 0)
		return S_OK;
	fprintf(stderr, "pin: the server's certificate is %s\n", digits);
	return IXMLHTTPRequest3_Abort(xhr); /* OnError(E_ABORT) comes next */
}

static HRESULT on_client_certificate(IXMLHTTPRequest2Callback *self,
				     IXMLHTTPRequest3 *xhr, DWORD count,
				     const WCHAR **issuers)
{
	(void)self, (void)xhr, (void)count, (void)issuers;
	return S_OK; /* there is none to show; see SetClientCertificate */
}

static HRESULT on_headers(IXMLHTTPRequest2Callback *self, IXMLHTTPRequest2 *xhr,
			  DWORD status, const WCHAR *reason)
{
	(void)self, (void)xhr;
	printf("%u %ls\n", status, reason);
	return S_OK;
}

static HRESULT on_body(IXMLHTTPRequest2Callback *self, IXMLHTTPRequest2 *xhr,
		       ISequentialStream *body)
{
	(void)self, (void)xhr, (void)body;
	return S_OK; /* get.c shows how it is read */
}

/* The library asks at Open whether this is an IXMLHTTPRequest3Callback. */
static HRESULT query_interface(IXMLHTTPRequest2Callback *self, REFIID iid, void **out)
{
	if (!IsEqualIID(iid, &IID_IXMLHTTPRequest3Callback))
		return callback_query_interface(self, iid, out);
	callback_add_ref(self);
	*out = self;
	return S_OK;
}

/* The functions of IXMLHTTPRequest3Callback are those of IXMLHTTPRequest2Callback and
 * two more. */
static const struct {
	IXMLHTTPRequest2CallbackVtbl first;
	HRESULT(*on_server_certificate)
	(IXMLHTTPRequest2Callback *, IXMLHTTPRequest3 *, DWORD, DWORD, const XHR_CERT *);
	HRESULT(*on_client_certificate)
	(IXMLHTTPRequest2Callback *, IXMLHTTPRequest3 *, DWORD, const WCHAR **);
} callbacks = {
	{
		query_interface,
		callback_add_ref,
		callback_release,
		callback_on_redirect,
		on_headers,
		on_body,
		on_body,
		callback_on_error,
	},
	on_server_certificate,
	on_client_certificate,
};

int main(int argc, char **argv)
{
	struct callback callback = CALLBACK_INIT(&callbacks.first);
	IXMLHTTPRequest2 *xhr = NULL;
	WCHAR url[MAX_URL];
	HRESULT hr;

	setlocale(LC_ALL, "C.UTF-8");
	if (argc != 3 || mbstowcs(url, argv[1], MAX_URL) >= MAX_URL) {
		fputs("usage: pin URL SHA256\n", stderr);
		return 2;
	}
	pinned = argv[2];
	hr = CoCreateInstance(&CLSID_FreeThreadedXMLHTTP60, NULL, CLSCTX_SERVER,
			      &IID_IXMLHTTPRequest2, (void **)&xhr);
	/* Who has the hash needs no authority: a self-signed certificate is as good. All
	 * else that may be wrong, as a name or a date, still ends the request. */
	if (SUCCEEDED(hr))
		hr = IXMLHTTPRequest2_SetProperty(xhr, XHR_PROP_IGNORE_CERT_ERRORS,
						  XHR_CERT_IGNORE_UNKNOWN_CA);
	if (SUCCEEDED(hr))
		hr = IXMLHTTPRequest2_Open(xhr, L"GET", url, &callback.iface, NULL, NULL,
					   NULL, NULL);
	if (SUCCEEDED(hr))
		hr = IXMLHTTPRequest2_Send(xhr, NULL, 0);
	if (FAILED(hr))
		fprintf(stderr, "pin: cannot begin: 0x%08x\n", (unsigned)hr);
	else
		hr = callback_wait(&callback);
	if (xhr)
		IXMLHTTPRequest2_Release(xhr);
	return SUCCEEDED(hr) ? 0 : 1;
}
