/* SPDX-License-Identifier: MIT */
/*
 * IXMLHTTPRequest2 and IXMLHTTPRequest3: HTTP requests that run by themselves and tell a
 * callback object what happens.
 *
 *	CoCreateInstance(CLSID_FreeThreadedXMLHTTP60) -> Open -> Set... -> Send
 *	    -> callbacks, the last of which is OnResponseReceived or OnError -> Open
 * again, or Release
 *
 * Strings of this interface end with a zero unit and consist of WCHAR (windef.h). What a
 * method gives by a pointer to a pointer is the caller's and freed with CoTaskMemFree;
 * it is NULL after a failure. Every method may be called from any thread and in every
 * callback. A failing call changes nothing. Success is S_OK. E_INVALIDARG always stands
 * for a NULL or malformed argument, E_OUTOFMEMORY for memory; they are not repeated
 * below. See unknwn.h for how interfaces look in C and C++.
 */
#ifndef IXHR2_MSXML6_H
#define IXHR2_MSXML6_H

#include "objbase.h"
#include "objidl.h"
#include "unknwn.h"
#include "winerror.h"

DEFINE_GUID(CLSID_FreeThreadedXMLHTTP60, 0x88d96a09, 0xf192, 0x11d4, 0xa6, 0x5f, 0x00,
	    0x40, 0x96, 0x32, 0x51, 0xe5);
DEFINE_GUID(IID_IXMLHTTPRequest2, 0xe5d37dc0, 0x552a, 0x4d52, 0x9c, 0xc0, 0xa1, 0x4d,
	    0x54, 0x6f, 0xbd, 0x04);
DEFINE_GUID(IID_IXMLHTTPRequest3, 0xa1c9feee, 0x0617, 0x4f23, 0x9d, 0x58, 0x89, 0x61,
	    0xea, 0x43, 0x56, 0x7c);
DEFINE_GUID(IID_IXMLHTTPRequest2Callback, 0xa44a9299, 0xe321, 0x40de, 0x88, 0x66, 0x34,
	    0x1b, 0x41, 0x66, 0x91, 0x62);
DEFINE_GUID(IID_IXMLHTTPRequest3Callback, 0xb9e57830, 0x8c6c, 0x4a6f, 0x9c, 0x13, 0x47,
	    0x77, 0x2b, 0xb0, 0x47, 0xbb);

/* What SetProperty sets (Microsoft: "XHR_PROPERTY enumeration"). */
typedef enum XHR_PROPERTY {
	/* An XHR_CRED_PROMPT: whether the program's prompt (ixhr2_set_prompt of ixhr2.h)
	 * may be asked. Default ALL. */
	XHR_PROP_NO_CRED_PROMPT = 0,

	/* An XHR_AUTH: what is answered with credentials. Default ALL. */
	XHR_PROP_NO_AUTH = 1,

	/* Milliseconds, up to 0xFFFFFFFF; 0, the default: none, or what is configured
	 * (ixhr2.h). Bounds connecting, each wait for the peer to take bytes and each
	 * wait for bytes to come. */
	XHR_PROP_TIMEOUT = 2,

	/* TRUE: no header is sent that the program did not set, but for Host; nothing is
	   decoded then. Default FALSE. */
	XHR_PROP_NO_DEFAULT_HEADERS = 3,

	/* TRUE: OnHeadersAvailable comes for redirects too. Default FALSE. */
	XHR_PROP_REPORT_REDIRECT_STATUS = 4,

	/* TRUE: the cache is neither read nor written. Default FALSE. */
	XHR_PROP_NO_CACHE = 5,

	/* TRUE: OnError gives HRESULT_FROM_WIN32 of an ERROR_INTERNET_ number. Default
	   FALSE. */
	XHR_PROP_EXTENDED_ERROR = 6,

	/* Accepted; queries are always percent-encoded UTF-8. */
	XHR_PROP_QUERY_STRING_UTF8 = 7,

	/* Which errors of a server's certificates do not stop a request: 0, the default:
	 * none; 1 (TRUE): all; else XHR_CERT_IGNORE_ bits, each of which forgives its own
	 * error and no other. Any other bit is E_INVALIDARG. They are told to
	 * OnServerCertificateReceived all the same. What is no error of a certificate, as
	 * a handshake that fails, is never forgiven. */
	XHR_PROP_IGNORE_CERT_ERRORS = 8,

	/* Bytes that must be unread, decoded, before OnDataAvailable comes. */
	XHR_PROP_ONDATA_THRESHOLD = 9,

	/* Accepted, without effect. */
	XHR_PROP_SET_ENTERPRISEID = 10,

	/* Connections to the origin at most; 0, the default: no limit, or what is
	 * configured (ixhr2.h). */
	XHR_PROP_MAX_CONNECTIONS = 11
} XHR_PROPERTY;

/* Values of XHR_PROP_ONDATA_THRESHOLD: for any byte (default), or never. */
#define XHR_PROP_ONDATA_ALWAYS ((ULONGLONG)0)
#define XHR_PROP_ONDATA_NEVER  ((ULONGLONG)-1)

/* Values of XHR_PROP_NO_CRED_PROMPT: who may ask. NONE: nobody; PROXY: for proxies alone.
 */
typedef enum XHR_CRED_PROMPT {
	XHR_CRED_PROMPT_ALL = 0,
	XHR_CRED_PROMPT_NONE = 1,
	XHR_CRED_PROMPT_PROXY = 2
} XHR_CRED_PROMPT;

/* Values of XHR_PROP_NO_AUTH. NONE: no challenge is answered; PROXY: those of proxies
 * alone. */
typedef enum XHR_AUTH {
	XHR_AUTH_ALL = 0,
	XHR_AUTH_NONE = 1,
	XHR_AUTH_PROXY = 2
} XHR_AUTH;

/* Bits of XHR_PROP_IGNORE_CERT_ERRORS (Microsoft: "XHR_CERT_IGNORE_FLAG enumeration"):
 * which of the errors below does not stop a request. */
typedef enum XHR_CERT_IGNORE_FLAG {
	XHR_CERT_IGNORE_REVOCATION_FAILED = 0x80,
	XHR_CERT_IGNORE_UNKNOWN_CA = 0x100,
	XHR_CERT_IGNORE_CERT_CN_INVALID = 0x1000,
	XHR_CERT_IGNORE_CERT_DATE_INVALID = 0x2000,
	XHR_CERT_IGNORE_ALL_SERVER_ERRORS = 0x3180
} XHR_CERT_IGNORE_FLAG;

/*
 * Bits of OnServerCertificateReceived (Microsoft: "XHR_CERT_ERROR_FLAG enumeration"):
 * what is wrong with the certificates. One that is not forgiven ends the request with
 * OnError(INET_E_INVALID_CERTIFICATE), and with XHR_PROP_EXTENDED_ERROR with
 * HRESULT_FROM_WIN32 of the number named here, or of ERROR_INTERNET_SEC_CERT_ERRORS where
 * there are several.
 */
typedef enum XHR_CERT_ERROR_FLAG {
	/* A stapled OCSP response (RFC 6960, RFC 6066 section 8) says that the server's
	 * certificate is revoked: ERROR_INTERNET_SEC_CERT_REVOKED. Or the certificate
	 * demands such a response (RFC 7633) and no good one came:
	 * ERROR_INTERNET_SEC_CERT_REV_FAILED. */
	XHR_CERT_ERROR_REVOCATION_FAILED = 0x800000,

	/* No way leads to a trusted root, or something is wrong that has no bit of its
	 * own, as a key usage, a name constraint or a weak key (RFC 5280 section 6):
	 * ERROR_INTERNET_INVALID_CA. */
	XHR_CERT_ERROR_UNKNOWN_CA = 0x1000000,

	/* Not for this host. Only subject alternative names count (RFC 9525 section 6):
	 * ERROR_INTERNET_SEC_CERT_CN_INVALID. */
	XHR_CERT_ERROR_CERT_CN_INVALID = 0x2000000,

	/* One of the certificates has expired, or is not valid yet:
	 * ERROR_INTERNET_SEC_CERT_DATE_INVALID. */
	XHR_CERT_ERROR_CERT_DATE_INVALID = 0x4000000,

	XHR_CERT_ERROR_ALL_SERVER_ERRORS = 0x7800000
} XHR_CERT_ERROR_FLAG;

/* What became of a cookie given to SetCookie. */
typedef enum XHR_COOKIE_STATE {
	XHR_COOKIE_STATE_UNKNOWN = 0,
	XHR_COOKIE_STATE_ACCEPT = 1,
	XHR_COOKIE_STATE_PROMPT = 2,
	XHR_COOKIE_STATE_LEASH = 3,
	XHR_COOKIE_STATE_DOWNGRADE = 4,
	XHR_COOKIE_STATE_REJECT = 5
} XHR_COOKIE_STATE;

/* Bits of XHR_COOKIE.dwFlags and of GetCookie. */
typedef enum XHR_COOKIE_FLAG {
	XHR_COOKIE_IS_SECURE = 0x1,
	XHR_COOKIE_IS_SESSION = 0x2,
	XHR_COOKIE_THIRD_PARTY = 0x10,
	XHR_COOKIE_PROMPT_REQUIRED = 0x20,
	XHR_COOKIE_EVALUATE_P3P = 0x40,
	XHR_COOKIE_APPLY_P3P = 0x80,
	XHR_COOKIE_P3P_ENABLED = 0x100,
	XHR_COOKIE_IS_RESTRICTED = 0x200,
	XHR_COOKIE_IE6 = 0x400,
	XHR_COOKIE_IS_LEGACY = 0x800,
	XHR_COOKIE_NON_SCRIPT = 0x1000,
	XHR_COOKIE_HTTPONLY = 0x2000
} XHR_COOKIE_FLAG;

/* A cookie (Microsoft: "XHR_COOKIE structure"). */
typedef struct XHR_COOKIE {
	WCHAR *pwszUrl;	      /* the URL that it belongs to */
	WCHAR *pwszName;      /* its name */
	WCHAR *pwszValue;     /* its value */
	WCHAR *pwszP3PPolicy; /* without effect; NULL from GetCookie */
	FILETIME ftExpires;   /* when it ends; zero: with the session */
	DWORD dwFlags;	      /* XHR_COOKIE_ bits */
} XHR_COOKIE;

/* A certificate (Microsoft: "XHR_CERT structure"). */
typedef struct XHR_CERT {
	DWORD cbCert; /* bytes at pbCert */
	BYTE *pbCert; /* DER */
} XHR_CERT;

#if defined(__cplusplus) && !defined(CINTERFACE)
struct IXMLHTTPRequest2;
struct IXMLHTTPRequest3;
struct IXMLHTTPRequest2Callback;
struct IXMLHTTPRequest3Callback;
class FreeThreadedXMLHTTP60;
IXHR2_IID_OF(FreeThreadedXMLHTTP60, CLSID_FreeThreadedXMLHTTP60)
#else
typedef struct IXMLHTTPRequest2 IXMLHTTPRequest2;
typedef struct IXMLHTTPRequest3 IXMLHTTPRequest3;
typedef struct IXMLHTTPRequest2Callback IXMLHTTPRequest2Callback;
typedef struct IXMLHTTPRequest3Callback IXMLHTTPRequest3Callback;
#endif

/*
 * IXMLHTTPRequest2: a request (Microsoft: "IXMLHTTPRequest2 interface").
 *
 * Open(method, url, callback, user, password, proxy user, proxy password): prepares a
 * request; again after its end, or instead of one that was not sent. method: a token
 * (RFC 9110 9.1). url: absolute, http or https. callback: gets a reference until the
 * final callback has returned. user and password answer the challenges (401) of the
 * origin of url, the others those of a proxy (407); nothing is sent before a challenge,
 * and nothing to another origin. User names NULL or "": no credentials, but for those in
 * url or in the URL of the proxy; passwords may be NULL. They are kept for the Send of
 * this Open. E_ACCESSDENIED: CONNECT, TRACE or TRACK; INET_E_INVALID_URL;
 * INET_E_UNKNOWN_PROTOCOL: another scheme; E_PENDING: a request runs.
 *
 * Send(body, bytes): starts the request. Nothing of it is called back before Send
 * returns, unless on another thread. body: read on a thread of the library, referenced
 * until the final callback has returned; NULL with 0 bytes. All else that goes wrong is
 * told by OnError. E_UNEXPECTED: not opened, or sent already.
 *
 * Abort(): ends a running request with OnError(E_ABORT), a request that was opened
 * without any callback. Never waits. S_OK always.
 *
 * SetCookie(cookie, state): puts a cookie into the jar; *state gets an XHR_COOKIE_STATE.
 *
 * SetCustomResponseStream(stream): the body, decoded, is written to stream (then with 0
 * bytes at its end) instead of being kept. E_UNEXPECTED: a request runs.
 *
 * SetProperty(property, value): stays for later requests of the object. One that runs
 * goes on as Send found it, but TIMEOUT, ONDATA_THRESHOLD and EXTENDED_ERROR act at once.
 *
 * SetRequestHeader(name, value): adds a header field (RFC 9110 5.1, 5.5) to the request
 * that is open; the same name again joins the values by ", ". NULL or "": the field is
 * not sent, not even by default. Whoever sets Accept-Encoding gets the body as it comes;
 * by default it names the codings that are decoded, gzip, deflate, br and zstd, or, where
 * Range is set, identity. E_ACCESSDENIED: a field that is the library's own
 * (Transfer-Encoding, TE, Trailer, Upgrade, HTTP2-Settings, Proxy-Authorization);
 * E_UNEXPECTED: no request is open.
 *
 * GetAllResponseHeaders(headers): "Name: value" CR LF for each field, and CR LF. Where
 * the body is decoded, Content-Encoding and Content-Length are not among them. E_PENDING:
 * the headers have not come; E_UNEXPECTED: there is no response.
 *
 * GetCookie(url, name, flags, count, cookies): the cookies that a request to url would
 * carry, those of that name or, with NULL, all; HttpOnly ones only with
 * XHR_COOKIE_HTTPONLY. The array and every string in it are freed by themselves. S_OK
 * with 0 and NULL where there are none.
 *
 * GetResponseHeader(name, value): the values of that field, joined by ", ".
 * HRESULT_FROM_WIN32 of ERROR_FILE_NOT_FOUND: there is none; else as
 * GetAllResponseHeaders.
 */
#if defined(__cplusplus) && !defined(CINTERFACE)
struct IXMLHTTPRequest2 : public IUnknown {
	virtual HRESULT STDMETHODCALLTYPE Open(const WCHAR *pwszMethod,
					       const WCHAR *pwszUrl,
					       IXMLHTTPRequest2Callback *pStatusCallback,
					       const WCHAR *pwszUserName,
					       const WCHAR *pwszPassword,
					       const WCHAR *pwszProxyUserName,
					       const WCHAR *pwszProxyPassword) = 0;
	virtual HRESULT STDMETHODCALLTYPE Send(ISequentialStream *pBody,
					       ULONGLONG cbBody) = 0;
	virtual HRESULT STDMETHODCALLTYPE Abort() = 0;
	virtual HRESULT STDMETHODCALLTYPE SetCookie(const XHR_COOKIE *pCookie,
						    DWORD *pdwCookieState) = 0;
	virtual HRESULT STDMETHODCALLTYPE
	SetCustomResponseStream(ISequentialStream *pSequentialStream) = 0;
	virtual HRESULT STDMETHODCALLTYPE SetProperty(XHR_PROPERTY eProperty,
						      ULONGLONG ullValue) = 0;
	virtual HRESULT STDMETHODCALLTYPE SetRequestHeader(const WCHAR *pwszHeader,
							   const WCHAR *pwszValue) = 0;
	virtual HRESULT STDMETHODCALLTYPE GetAllResponseHeaders(WCHAR **ppwszHeaders) = 0;
	virtual HRESULT STDMETHODCALLTYPE GetCookie(const WCHAR *pwszUrl,
						    const WCHAR *pwszName, DWORD dwFlags,
						    ULONG *pcCookies,
						    XHR_COOKIE **ppCookies) = 0;
	virtual HRESULT STDMETHODCALLTYPE GetResponseHeader(const WCHAR *pwszHeader,
							    WCHAR **ppwszValue) = 0;
};
#else
typedef struct IXMLHTTPRequest2Vtbl {
	HRESULT(STDMETHODCALLTYPE *QueryInterface)
	(IXMLHTTPRequest2 *This, REFIID riid, void **ppvObject);
	ULONG(STDMETHODCALLTYPE *AddRef)(IXMLHTTPRequest2 *This);
	ULONG(STDMETHODCALLTYPE *Release)(IXMLHTTPRequest2 *This);
	HRESULT(STDMETHODCALLTYPE *Open)
	(IXMLHTTPRequest2 *This, const WCHAR *pwszMethod, const WCHAR *pwszUrl,
	 IXMLHTTPRequest2Callback *pStatusCallback, const WCHAR *pwszUserName,
	 const WCHAR *pwszPassword, const WCHAR *pwszProxyUserName,
	 const WCHAR *pwszProxyPassword);
	HRESULT(STDMETHODCALLTYPE *Send)
	(IXMLHTTPRequest2 *This, ISequentialStream *pBody, ULONGLONG cbBody);
	HRESULT(STDMETHODCALLTYPE *Abort)(IXMLHTTPRequest2 *This);
	HRESULT(STDMETHODCALLTYPE *SetCookie)
	(IXMLHTTPRequest2 *This, const XHR_COOKIE *pCookie, DWORD *pdwCookieState);
	HRESULT(STDMETHODCALLTYPE *SetCustomResponseStream)
	(IXMLHTTPRequest2 *This, ISequentialStream *pSequentialStream);
	HRESULT(STDMETHODCALLTYPE *SetProperty)
	(IXMLHTTPRequest2 *This, XHR_PROPERTY eProperty, ULONGLONG ullValue);
	HRESULT(STDMETHODCALLTYPE *SetRequestHeader)
	(IXMLHTTPRequest2 *This, const WCHAR *pwszHeader, const WCHAR *pwszValue);
	HRESULT(STDMETHODCALLTYPE *GetAllResponseHeaders)
	(IXMLHTTPRequest2 *This, WCHAR **ppwszHeaders);
	HRESULT(STDMETHODCALLTYPE *GetCookie)
	(IXMLHTTPRequest2 *This, const WCHAR *pwszUrl, const WCHAR *pwszName,
	 DWORD dwFlags, ULONG *pcCookies, XHR_COOKIE **ppCookies);
	HRESULT(STDMETHODCALLTYPE *GetResponseHeader)
	(IXMLHTTPRequest2 *This, const WCHAR *pwszHeader, WCHAR **ppwszValue);
} IXMLHTTPRequest2Vtbl;
struct IXMLHTTPRequest2 {
	const IXMLHTTPRequest2Vtbl *lpVtbl; /* the functions */
};
#ifdef COBJMACROS
#define IXMLHTTPRequest2_QueryInterface(This, riid, ppvObject)                           \
	((This)->lpVtbl->QueryInterface((This), (riid), (ppvObject)))
#define IXMLHTTPRequest2_AddRef(This)  ((This)->lpVtbl->AddRef((This)))
#define IXMLHTTPRequest2_Release(This) ((This)->lpVtbl->Release((This)))
#define IXMLHTTPRequest2_Open(This, pwszMethod, pwszUrl, pStatusCallback, pwszUserName,  \
			      pwszPassword, pwszProxyUserName, pwszProxyPassword)        \
	((This)->lpVtbl->Open((This), (pwszMethod), (pwszUrl), (pStatusCallback),        \
			      (pwszUserName), (pwszPassword), (pwszProxyUserName),       \
			      (pwszProxyPassword)))
#define IXMLHTTPRequest2_Send(This, pBody, cbBody)                                       \
	((This)->lpVtbl->Send((This), (pBody), (cbBody)))
#define IXMLHTTPRequest2_Abort(This) ((This)->lpVtbl->Abort((This)))
#define IXMLHTTPRequest2_SetCookie(This, pCookie, pdwCookieState)                        \
	((This)->lpVtbl->SetCookie((This), (pCookie), (pdwCookieState)))
#define IXMLHTTPRequest2_SetCustomResponseStream(This, pSequentialStream)                \
	((This)->lpVtbl->SetCustomResponseStream((This), (pSequentialStream)))
#define IXMLHTTPRequest2_SetProperty(This, eProperty, ullValue)                          \
	((This)->lpVtbl->SetProperty((This), (eProperty), (ullValue)))
#define IXMLHTTPRequest2_SetRequestHeader(This, pwszHeader, pwszValue)                   \
	((This)->lpVtbl->SetRequestHeader((This), (pwszHeader), (pwszValue)))
#define IXMLHTTPRequest2_GetAllResponseHeaders(This, ppwszHeaders)                       \
	((This)->lpVtbl->GetAllResponseHeaders((This), (ppwszHeaders)))
#define IXMLHTTPRequest2_GetCookie(This, pwszUrl, pwszName, dwFlags, pcCookies,          \
				   ppCookies)                                            \
	((This)->lpVtbl->GetCookie((This), (pwszUrl), (pwszName), (dwFlags),             \
				   (pcCookies), (ppCookies)))
#define IXMLHTTPRequest2_GetResponseHeader(This, pwszHeader, ppwszValue)                 \
	((This)->lpVtbl->GetResponseHeader((This), (pwszHeader), (ppwszValue)))
#endif
#endif
IXHR2_IID_OF(IXMLHTTPRequest2, IID_IXMLHTTPRequest2)

/*
 * IXMLHTTPRequest3 (Microsoft: "IXMLHTTPRequest3 interface"). Every object has it.
 *
 * SetClientCertificate(bytes, hash, pin) (Microsoft: "IXMLHTTPRequest3::
 * SetClientCertificate method"): the certificate that is shown when the server of Open's
 * URL asks for one. hash: its SHA-1 (bytes is 20) or SHA-256 (32) thumbprint, a digest of
 * the DER. The certificate is in the folder "my" of the data folder (ixhr2.h). pin: what
 * its private key or PKCS#12 file is encrypted with, or NULL. Both are copied. May be
 * called before Open, which keeps them; dropped after the final callback. A redirect to
 * another origin does not take the certificate along. E_UNEXPECTED: a request runs. That
 * there is no such certificate, or that its pin is wrong, is told by OnError for an
 * https: URL, before anything is sent: INET_E_SECURITY_PROBLEM, extended
 * HRESULT_FROM_WIN32(ERROR_INTERNET_CLIENT_AUTH_CERT_NEEDED), which also comes when the
 * server refuses what it was shown, or that nothing was.
 */
#if defined(__cplusplus) && !defined(CINTERFACE)
struct IXMLHTTPRequest3 : public IXMLHTTPRequest2 {
	virtual HRESULT STDMETHODCALLTYPE
	SetClientCertificate(DWORD cbClientCertHash, const BYTE *pbClientCertHash,
			     const WCHAR *pwszPin) = 0;
};
#else
typedef struct IXMLHTTPRequest3Vtbl {
	HRESULT(STDMETHODCALLTYPE *QueryInterface)
	(IXMLHTTPRequest3 *This, REFIID riid, void **ppvObject);
	ULONG(STDMETHODCALLTYPE *AddRef)(IXMLHTTPRequest3 *This);
	ULONG(STDMETHODCALLTYPE *Release)(IXMLHTTPRequest3 *This);
	HRESULT(STDMETHODCALLTYPE *Open)
	(IXMLHTTPRequest3 *This, const WCHAR *pwszMethod, const WCHAR *pwszUrl,
	 IXMLHTTPRequest2Callback *pStatusCallback, const WCHAR *pwszUserName,
	 const WCHAR *pwszPassword, const WCHAR *pwszProxyUserName,
	 const WCHAR *pwszProxyPassword);
	HRESULT(STDMETHODCALLTYPE *Send)
	(IXMLHTTPRequest3 *This, ISequentialStream *pBody, ULONGLONG cbBody);
	HRESULT(STDMETHODCALLTYPE *Abort)(IXMLHTTPRequest3 *This);
	HRESULT(STDMETHODCALLTYPE *SetCookie)
	(IXMLHTTPRequest3 *This, const XHR_COOKIE *pCookie, DWORD *pdwCookieState);
	HRESULT(STDMETHODCALLTYPE *SetCustomResponseStream)
	(IXMLHTTPRequest3 *This, ISequentialStream *pSequentialStream);
	HRESULT(STDMETHODCALLTYPE *SetProperty)
	(IXMLHTTPRequest3 *This, XHR_PROPERTY eProperty, ULONGLONG ullValue);
	HRESULT(STDMETHODCALLTYPE *SetRequestHeader)
	(IXMLHTTPRequest3 *This, const WCHAR *pwszHeader, const WCHAR *pwszValue);
	HRESULT(STDMETHODCALLTYPE *GetAllResponseHeaders)
	(IXMLHTTPRequest3 *This, WCHAR **ppwszHeaders);
	HRESULT(STDMETHODCALLTYPE *GetCookie)
	(IXMLHTTPRequest3 *This, const WCHAR *pwszUrl, const WCHAR *pwszName,
	 DWORD dwFlags, ULONG *pcCookies, XHR_COOKIE **ppCookies);
	HRESULT(STDMETHODCALLTYPE *GetResponseHeader)
	(IXMLHTTPRequest3 *This, const WCHAR *pwszHeader, WCHAR **ppwszValue);
	HRESULT(STDMETHODCALLTYPE *SetClientCertificate)
	(IXMLHTTPRequest3 *This, DWORD cbClientCertHash, const BYTE *pbClientCertHash,
	 const WCHAR *pwszPin);
} IXMLHTTPRequest3Vtbl;
struct IXMLHTTPRequest3 {
	const IXMLHTTPRequest3Vtbl *lpVtbl; /* the functions */
};
#ifdef COBJMACROS
#define IXMLHTTPRequest3_QueryInterface(This, riid, ppvObject)                           \
	((This)->lpVtbl->QueryInterface((This), (riid), (ppvObject)))
#define IXMLHTTPRequest3_AddRef(This)  ((This)->lpVtbl->AddRef((This)))
#define IXMLHTTPRequest3_Release(This) ((This)->lpVtbl->Release((This)))
#define IXMLHTTPRequest3_Open(This, pwszMethod, pwszUrl, pStatusCallback, pwszUserName,  \
			      pwszPassword, pwszProxyUserName, pwszProxyPassword)        \
	((This)->lpVtbl->Open((This), (pwszMethod), (pwszUrl), (pStatusCallback),        \
			      (pwszUserName), (pwszPassword), (pwszProxyUserName),       \
			      (pwszProxyPassword)))
#define IXMLHTTPRequest3_Send(This, pBody, cbBody)                                       \
	((This)->lpVtbl->Send((This), (pBody), (cbBody)))
#define IXMLHTTPRequest3_Abort(This) ((This)->lpVtbl->Abort((This)))
#define IXMLHTTPRequest3_SetCookie(This, pCookie, pdwCookieState)                        \
	((This)->lpVtbl->SetCookie((This), (pCookie), (pdwCookieState)))
#define IXMLHTTPRequest3_SetCustomResponseStream(This, pSequentialStream)                \
	((This)->lpVtbl->SetCustomResponseStream((This), (pSequentialStream)))
#define IXMLHTTPRequest3_SetProperty(This, eProperty, ullValue)                          \
	((This)->lpVtbl->SetProperty((This), (eProperty), (ullValue)))
#define IXMLHTTPRequest3_SetRequestHeader(This, pwszHeader, pwszValue)                   \
	((This)->lpVtbl->SetRequestHeader((This), (pwszHeader), (pwszValue)))
#define IXMLHTTPRequest3_GetAllResponseHeaders(This, ppwszHeaders)                       \
	((This)->lpVtbl->GetAllResponseHeaders((This), (ppwszHeaders)))
#define IXMLHTTPRequest3_GetCookie(This, pwszUrl, pwszName, dwFlags, pcCookies,          \
				   ppCookies)                                            \
	((This)->lpVtbl->GetCookie((This), (pwszUrl), (pwszName), (dwFlags),             \
				   (pcCookies), (ppCookies)))
#define IXMLHTTPRequest3_GetResponseHeader(This, pwszHeader, ppwszValue)                 \
	((This)->lpVtbl->GetResponseHeader((This), (pwszHeader), (ppwszValue)))
#define IXMLHTTPRequest3_SetClientCertificate(This, cbClientCertHash, pbClientCertHash,  \
					      pwszPin)                                   \
	((This)->lpVtbl->SetClientCertificate((This), (cbClientCertHash),                \
					      (pbClientCertHash), (pwszPin)))
#endif
#endif
IXHR2_IID_OF(IXMLHTTPRequest3, IID_IXMLHTTPRequest3)

/*
 * IXMLHTTPRequest2Callback: what the program implements (Microsoft:
 * "IXMLHTTPRequest2Callback interface"). Called on a thread of the library, for one
 * request never twice at once, and may block. Strings and streams are the library's; a
 * stream may be kept with AddRef. A failure from OnRedirect, OnHeadersAvailable or
 * OnDataAvailable stops the request with OnError of it.
 *
 * OnRedirect(xhr, url): the request goes on at this absolute URL.
 * OnHeadersAvailable(xhr, status, reason): the head of the response is there.
 * OnDataAvailable(xhr, stream): more of the body can be read; what is not read stays.
 * OnResponseReceived(xhr, stream): all of it is there. The final callback.
 * OnError(xhr, error): the request has failed. The final callback. A body that is
 * damaged, or ends before its length, its chunks or its codings say, is
 * INET_E_DOWNLOAD_FAILURE.
 */
#if defined(__cplusplus) && !defined(CINTERFACE)
struct IXMLHTTPRequest2Callback : public IUnknown {
	virtual HRESULT STDMETHODCALLTYPE OnRedirect(IXMLHTTPRequest2 *pXHR,
						     const WCHAR *pwszRedirectUrl) = 0;
	virtual HRESULT STDMETHODCALLTYPE OnHeadersAvailable(IXMLHTTPRequest2 *pXHR,
							     DWORD dwStatus,
							     const WCHAR *pwszStatus) = 0;
	virtual HRESULT STDMETHODCALLTYPE
	OnDataAvailable(IXMLHTTPRequest2 *pXHR, ISequentialStream *pResponseStream) = 0;
	virtual HRESULT STDMETHODCALLTYPE OnResponseReceived(
		IXMLHTTPRequest2 *pXHR, ISequentialStream *pResponseStream) = 0;
	virtual HRESULT STDMETHODCALLTYPE OnError(IXMLHTTPRequest2 *pXHR,
						  HRESULT hrError) = 0;
};
#else
typedef struct IXMLHTTPRequest2CallbackVtbl {
	HRESULT(STDMETHODCALLTYPE *QueryInterface)
	(IXMLHTTPRequest2Callback *This, REFIID riid, void **ppvObject);
	ULONG(STDMETHODCALLTYPE *AddRef)(IXMLHTTPRequest2Callback *This);
	ULONG(STDMETHODCALLTYPE *Release)(IXMLHTTPRequest2Callback *This);
	HRESULT(STDMETHODCALLTYPE *OnRedirect)
	(IXMLHTTPRequest2Callback *This, IXMLHTTPRequest2 *pXHR,
	 const WCHAR *pwszRedirectUrl);
	HRESULT(STDMETHODCALLTYPE *OnHeadersAvailable)
	(IXMLHTTPRequest2Callback *This, IXMLHTTPRequest2 *pXHR, DWORD dwStatus,
	 const WCHAR *pwszStatus);
	HRESULT(STDMETHODCALLTYPE *OnDataAvailable)
	(IXMLHTTPRequest2Callback *This, IXMLHTTPRequest2 *pXHR,
	 ISequentialStream *pResponseStream);
	HRESULT(STDMETHODCALLTYPE *OnResponseReceived)
	(IXMLHTTPRequest2Callback *This, IXMLHTTPRequest2 *pXHR,
	 ISequentialStream *pResponseStream);
	HRESULT(STDMETHODCALLTYPE *OnError)
	(IXMLHTTPRequest2Callback *This, IXMLHTTPRequest2 *pXHR, HRESULT hrError);
} IXMLHTTPRequest2CallbackVtbl;
struct IXMLHTTPRequest2Callback {
	const IXMLHTTPRequest2CallbackVtbl *lpVtbl; /* the functions */
};
#ifdef COBJMACROS
#define IXMLHTTPRequest2Callback_QueryInterface(This, riid, ppvObject)                   \
	((This)->lpVtbl->QueryInterface((This), (riid), (ppvObject)))
#define IXMLHTTPRequest2Callback_AddRef(This)  ((This)->lpVtbl->AddRef((This)))
#define IXMLHTTPRequest2Callback_Release(This) ((This)->lpVtbl->Release((This)))
#define IXMLHTTPRequest2Callback_OnRedirect(This, pXHR, pwszRedirectUrl)                 \
	((This)->lpVtbl->OnRedirect((This), (pXHR), (pwszRedirectUrl)))
#define IXMLHTTPRequest2Callback_OnHeadersAvailable(This, pXHR, dwStatus, pwszStatus)    \
	((This)->lpVtbl->OnHeadersAvailable((This), (pXHR), (dwStatus), (pwszStatus)))
#define IXMLHTTPRequest2Callback_OnDataAvailable(This, pXHR, pResponseStream)            \
	((This)->lpVtbl->OnDataAvailable((This), (pXHR), (pResponseStream)))
#define IXMLHTTPRequest2Callback_OnResponseReceived(This, pXHR, pResponseStream)         \
	((This)->lpVtbl->OnResponseReceived((This), (pXHR), (pResponseStream)))
#define IXMLHTTPRequest2Callback_OnError(This, pXHR, hrError)                            \
	((This)->lpVtbl->OnError((This), (pXHR), (hrError)))
#endif
#endif
IXHR2_IID_OF(IXMLHTTPRequest2Callback, IID_IXMLHTTPRequest2Callback)

/*
 * IXMLHTTPRequest3Callback (Microsoft: "IXMLHTTPRequest3Callback interface"): asked for
 * by QueryInterface at Open.
 *
 * OnServerCertificateReceived(xhr, errors, count, chain) (Microsoft:
 * "IXMLHTTPRequest3Callback::OnServerCertificateReceived method"): for each https:
 * exchange, also over a connection that is used again, before any byte of the request is
 * sent over it. errors: all XHR_CERT_ERROR_ bits that apply, forgiven ones too; 0: all is
 * well. With one that is not forgiven OnError follows. chain: count >= 1 certificates,
 * the server's own first, each signed by the next, as far as the chain could be built,
 * with the root if there is one; the library's, for the call. A failure but E_NOTIMPL
 * stops the request with OnError of it, and so does Abort: the server then never sees the
 * request.
 *
 * OnClientCertificateRequested(xhr, count, issuers) (Microsoft:
 * "IXMLHTTPRequest3Callback::OnClientCertificateRequested method"): the server asks for a
 * certificate and none is set. issuers: the authorities that it names (RFC 8446 section
 * 4.2.4, RFC 5246 section 7.4.4), each as the values of its attributes, separated by CR
 * LF, as CertNameToStr writes them with CERT_SIMPLE_NAME_STR | CERT_NAME_STR_CRLF_FLAG;
 * the library's, for the call. Without any, count is 0. The request goes on without a
 * certificate, which the server may then refuse. The result is not looked at.
 */
#if defined(__cplusplus) && !defined(CINTERFACE)
struct IXMLHTTPRequest3Callback : public IXMLHTTPRequest2Callback {
	virtual HRESULT STDMETHODCALLTYPE
	OnServerCertificateReceived(IXMLHTTPRequest3 *pXHR, DWORD dwCertificateErrors,
				    DWORD cServerCertificateChain,
				    const XHR_CERT *rgServerCertificateChain) = 0;
	virtual HRESULT STDMETHODCALLTYPE
	OnClientCertificateRequested(IXMLHTTPRequest3 *pXHR, DWORD cIssuerList,
				     const WCHAR **rgpwszIssuerList) = 0;
};
#else
typedef struct IXMLHTTPRequest3CallbackVtbl {
	HRESULT(STDMETHODCALLTYPE *QueryInterface)
	(IXMLHTTPRequest3Callback *This, REFIID riid, void **ppvObject);
	ULONG(STDMETHODCALLTYPE *AddRef)(IXMLHTTPRequest3Callback *This);
	ULONG(STDMETHODCALLTYPE *Release)(IXMLHTTPRequest3Callback *This);
	HRESULT(STDMETHODCALLTYPE *OnRedirect)
	(IXMLHTTPRequest3Callback *This, IXMLHTTPRequest2 *pXHR,
	 const WCHAR *pwszRedirectUrl);
	HRESULT(STDMETHODCALLTYPE *OnHeadersAvailable)
	(IXMLHTTPRequest3Callback *This, IXMLHTTPRequest2 *pXHR, DWORD dwStatus,
	 const WCHAR *pwszStatus);
	HRESULT(STDMETHODCALLTYPE *OnDataAvailable)
	(IXMLHTTPRequest3Callback *This, IXMLHTTPRequest2 *pXHR,
	 ISequentialStream *pResponseStream);
	HRESULT(STDMETHODCALLTYPE *OnResponseReceived)
	(IXMLHTTPRequest3Callback *This, IXMLHTTPRequest2 *pXHR,
	 ISequentialStream *pResponseStream);
	HRESULT(STDMETHODCALLTYPE *OnError)
	(IXMLHTTPRequest3Callback *This, IXMLHTTPRequest2 *pXHR, HRESULT hrError);
	HRESULT(STDMETHODCALLTYPE *OnServerCertificateReceived)
	(IXMLHTTPRequest3Callback *This, IXMLHTTPRequest3 *pXHR,
	 DWORD dwCertificateErrors, DWORD cServerCertificateChain,
	 const XHR_CERT *rgServerCertificateChain);
	HRESULT(STDMETHODCALLTYPE *OnClientCertificateRequested)
	(IXMLHTTPRequest3Callback *This, IXMLHTTPRequest3 *pXHR, DWORD cIssuerList,
	 const WCHAR **rgpwszIssuerList);
} IXMLHTTPRequest3CallbackVtbl;
struct IXMLHTTPRequest3Callback {
	const IXMLHTTPRequest3CallbackVtbl *lpVtbl; /* the functions */
};
#ifdef COBJMACROS
#define IXMLHTTPRequest3Callback_QueryInterface(This, riid, ppvObject)                   \
	((This)->lpVtbl->QueryInterface((This), (riid), (ppvObject)))
#define IXMLHTTPRequest3Callback_AddRef(This)  ((This)->lpVtbl->AddRef((This)))
#define IXMLHTTPRequest3Callback_Release(This) ((This)->lpVtbl->Release((This)))
#define IXMLHTTPRequest3Callback_OnRedirect(This, pXHR, pwszRedirectUrl)                 \
	((This)->lpVtbl->OnRedirect((This), (pXHR), (pwszRedirectUrl)))
#define IXMLHTTPRequest3Callback_OnHeadersAvailable(This, pXHR, dwStatus, pwszStatus)    \
	((This)->lpVtbl->OnHeadersAvailable((This), (pXHR), (dwStatus), (pwszStatus)))
#define IXMLHTTPRequest3Callback_OnDataAvailable(This, pXHR, pResponseStream)            \
	((This)->lpVtbl->OnDataAvailable((This), (pXHR), (pResponseStream)))
#define IXMLHTTPRequest3Callback_OnResponseReceived(This, pXHR, pResponseStream)         \
	((This)->lpVtbl->OnResponseReceived((This), (pXHR), (pResponseStream)))
#define IXMLHTTPRequest3Callback_OnError(This, pXHR, hrError)                            \
	((This)->lpVtbl->OnError((This), (pXHR), (hrError)))
#define IXMLHTTPRequest3Callback_OnServerCertificateReceived(                            \
	This, pXHR, dwCertificateErrors, cServerCertificateChain,                        \
	rgServerCertificateChain)                                                        \
	((This)->lpVtbl->OnServerCertificateReceived(                                    \
		(This), (pXHR), (dwCertificateErrors), (cServerCertificateChain),        \
		(rgServerCertificateChain)))
#define IXMLHTTPRequest3Callback_OnClientCertificateRequested(This, pXHR, cIssuerList,   \
							      rgpwszIssuerList)          \
	((This)->lpVtbl->OnClientCertificateRequested((This), (pXHR), (cIssuerList),     \
						      (rgpwszIssuerList)))
#endif
#endif
IXHR2_IID_OF(IXMLHTTPRequest3Callback, IID_IXMLHTTPRequest3Callback)

#endif
