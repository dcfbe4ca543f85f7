/* SPDX-License-Identifier: MIT */
/*
 * A chain becomes an array of XHR_CERT that points to the engine's bytes; chains as long
 * as they are in practice need no memory for it. Issuers, which may be hundreds, become
 * one block: the pointers first, with a NULL behind the last, so that there is an array
 * even for none, then the texts.
 */
#define COBJMACROS
#include "com/certificate_events.h"

#include <string.h>

#include "base/mem.h"
#include "engine/request.h"

/* Certificates that need no memory beyond the call's frame. */
#define SMALL_CHAIN 8

/* The engine's errors as XHR_CERT_ERROR_ bits. */
static DWORD error_bits(unsigned errors)
{
	static const struct {
		unsigned from; /* of enum request_certificate_error */
		DWORD to;      /* of XHR_CERT_ERROR_FLAG */
	} rows[] = {
		{REQUEST_CERTIFICATE_REVOCATION, XHR_CERT_ERROR_REVOCATION_FAILED},
		{REQUEST_CERTIFICATE_AUTHORITY, XHR_CERT_ERROR_UNKNOWN_CA},
		{REQUEST_CERTIFICATE_NAME, XHR_CERT_ERROR_CERT_CN_INVALID},
		{REQUEST_CERTIFICATE_DATE, XHR_CERT_ERROR_CERT_DATE_INVALID},
	};
	DWORD bits = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (errors & rows[i].from)
			bits |= rows[i].to;
	return bits;
}

HRESULT certificate_events_tell_chain(IXMLHTTPRequest3Callback *callback,
				      IXMLHTTPRequest3 *xhr, unsigned errors,
				      const struct span *chain, size_t count)
{
	XHR_CERT small[SMALL_CHAIN];
	XHR_CERT *big = NULL;
	XHR_CERT *certs = small;
	HRESULT hr;

	if (count > SMALL_CHAIN) {
		big = mem_array(count, sizeof(*big));
		if (!big)
			return E_OUTOFMEMORY;
		certs = big;
	}
	for (size_t i = 0; i < count; i++) {
		certs[i].cbCert = (DWORD)chain[i].len;
		certs[i].pbCert = (BYTE *)chain[i].at;
	}
	hr = IXMLHTTPRequest3Callback_OnServerCertificateReceived(
		callback, xhr, error_bits(errors), (DWORD)count, certs);
	mem_free(big);
	return hr == E_NOTIMPL ? S_OK : hr;
}

/* The block for count issuers, or NULL. */
static void *new_texts(const struct span *issuers, size_t count, enum wide_unit unit)
{
	size_t units = count;

	for (size_t i = 0; i < count; i++)
		units += wide_units_for(issuers[i], unit);
	return mem_alloc((count + 1) * sizeof(WCHAR *) + units * unit);
}

static void fill_texts(const WCHAR **texts, const struct span *issuers, size_t count,
		       enum wide_unit unit)
{
	char *at = (char *)(texts + count + 1);

	for (size_t i = 0; i < count; i++) {
		texts[i] = (const WCHAR *)(void *)at;
		at = wide_put_text(issuers[i], unit, at);
	}
	texts[count] = NULL;
}

enum err certificate_events_tell_issuers(IXMLHTTPRequest3Callback *callback,
					 IXMLHTTPRequest3 *xhr, enum wide_unit unit,
					 const struct span *issuers, size_t count)
{
	const WCHAR **texts = new_texts(issuers, count, unit);

	if (!texts)
		return ERR_NO_MEMORY;
	fill_texts(texts, issuers, count, unit);
	IXMLHTTPRequest3Callback_OnClientCertificateRequested(callback, xhr, (DWORD)count,
							      texts);
	mem_free(texts);
	return ERR_NONE;
}
