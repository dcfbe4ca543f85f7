/* SPDX-License-Identifier: MIT */
/*
 * What a TLS handshake shows, told to the program: the two callbacks that
 * IXMLHTTPRequest3Callback adds. Called where the program's code may run, without a
 * lock.
 */
#ifndef IXHR2_COM_CERTIFICATE_EVENTS_H
#define IXHR2_COM_CERTIFICATE_EVENTS_H

#include <stddef.h>

#include "base/err.h"
#include "base/span.h"
#include "base/wide.h"
#include "ixhr2/msxml6.h"

/*
 * OnServerCertificateReceived: errors are bits of enum request_certificate_error, chain
 * is count >= 1 certificates in DER; the program is lent these very bytes. Answers what
 * it answered, S_OK for E_NOTIMPL; E_OUTOFMEMORY: it was not told.
 */
HRESULT certificate_events_tell_chain(IXMLHTTPRequest3Callback *callback,
				      IXMLHTTPRequest3 *xhr, unsigned errors,
				      const struct span *chain, size_t count);

/*
 * OnClientCertificateRequested: count issuers in UTF-8, without NUL bytes, become texts
 * of this unit. What the program answers does not matter. ERR_NO_MEMORY: it was not
 * told.
 */
MUST_USE enum err certificate_events_tell_issuers(IXMLHTTPRequest3Callback *callback,
						  IXMLHTTPRequest3 *xhr,
						  enum wide_unit unit,
						  const struct span *issuers,
						  size_t count);

#endif
