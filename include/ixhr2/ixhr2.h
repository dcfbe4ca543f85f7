/* SPDX-License-Identifier: MIT */
/*
 * What this library offers beyond the Windows interface: its version, configuration,
 * plain creation, sentences for errors, and what is known of a request. Strings here are
 * UTF-8. Any thread.
 */
#ifndef IXHR2_IXHR2_H
#define IXHR2_IXHR2_H

#include "msxml6.h"

/* The version of these headers; ixhr2_version() tells that of the library. */
#define IXHR2_VERSION	     "0.1.0"
#define IXHR2_VERSION_NUMBER 0x000100 /* 8 bits each: major, minor, patch */

/* As cbBody of Send: read the body until its end (chunked on HTTP/1.1). */
#define IXHR2_LENGTH_UNKNOWN ((ULONGLONG)-1)

/* A time that has not come, in struct ixhr2_info. */
#define IXHR2_NO_TIME ((LONGLONG)-1)

EXTERN_C_START

/*
 * What ixhr2_configure sets. Each can be given by an environment variable as well; what
 * a call sets wins.
 */
enum ixhr2_option {
	/* IXHR2_DATA_DIR: folder for what outlives the process (cookies, cache). */
	IXHR2_OPTION_DATA_DIR = 0,

	/* IXHR2_CONNECT_TO: rules HOST:PORT:ADDRESS:PORT, separated by commas; the first
	 * that fits applies. An empty HOST or PORT in front fits all; an empty one behind
	 * leaves it as it is. IPv6 addresses stand in brackets. */
	IXHR2_OPTION_CONNECT_TO = 1,

	/* IXHR2_MAX_CONNECTIONS: connections to one origin, where the program sets no
	 * XHR_PROP_MAX_CONNECTIONS; 0, the default: no limit. */
	IXHR2_OPTION_MAX_CONNECTIONS = 2,

	/* IXHR2_TIMEOUT_MS: milliseconds, where the program sets no XHR_PROP_TIMEOUT; 0,
	 * the default: none. Up to 4294967295. */
	IXHR2_OPTION_TIMEOUT_MS = 3,

	/* IXHR2_CONNECT_TIMEOUT_MS: milliseconds for name and connection where no timeout
	 * is set; default 60000. */
	IXHR2_OPTION_CONNECT_TIMEOUT_MS = 4,

	/* IXHR2_USER_AGENT: the User-Agent field of requests that set none; "": none. */
	IXHR2_OPTION_USER_AGENT = 5
};

/*
 * What is known of the latest request of an object. cb is set by the caller before
 * ixhr2_get_info; the strings are freed by ixhr2_info_free. Times are microseconds since
 * Send, or IXHR2_NO_TIME; after redirects and retries those of the last exchange. More
 * fields may follow in later versions.
 */
struct ixhr2_info {
	DWORD cb;	    /* sizeof(struct ixhr2_info) of the caller */
	DWORD http_version; /* 10, 11 or 20; 0 before the head of a response */
	BOOL is_reused;	    /* whether the connection had served another request */
	DWORD redirects;    /* how many redirects were followed */
	char *url;	    /* the final URL, without fragment; NULL before Open */
	char *peer;	    /* "address:port" or "[address]:port"; NULL without one */
	char *request_head; /* request line and fields as sent, CR LF included; or NULL */
	LONGLONG resolved_us;  /* the name was resolved */
	LONGLONG connected_us; /* the connection stood */
	LONGLONG secured_us;   /* the TLS handshake was done; IXHR2_NO_TIME without TLS */
	LONGLONG sent_us;      /* the request, body included, was written */
	LONGLONG first_byte_us;	  /* the first byte of the response came */
	LONGLONG done_us;	  /* the final callback began */
	ULONGLONG sent_bytes;	  /* bytes of body sent */
	ULONGLONG received_bytes; /* bytes of body received, as they came */
	HRESULT error;		  /* what OnError gives by default; S_OK: no error */
	HRESULT error_extended;	  /* what it gives with XHR_PROP_EXTENDED_ERROR */
	const char *error_name; /* such as "INET_E_CANNOT_CONNECT", a constant; or NULL */
};

/* Gets one line, NUL-terminated, without a line feed, and its time in nanoseconds of a
 * clock that only goes forward. Called on any thread; must not call the library. */
typedef void ixhr2_trace_fn(void *owner, uint64_t mono_ns, const char *line);

/* The version of the library, as "0.1.0". A constant. */
IXHR2_API const char *ixhr2_version(void);

/*
 * Makes an object, as CoCreateInstance does for CLSID_FreeThreadedXMLHTTP60.
 * wchar_bytes: sizeof(WCHAR), 2 or 4. *out gets one reference, the caller's; NULL on
 * failure. S_OK; E_POINTER: out is NULL; E_INVALIDARG: wchar_bytes; E_NOINTERFACE;
 * E_OUTOFMEMORY.
 */
IXHR2_API HRESULT ixhr2_create(unsigned wchar_bytes, REFIID iid, void **out);

/*
 * Whether redirects are followed, which they are by default. FALSE: a 3xx is the
 * response, with OnHeadersAvailable and its body. Kept by Open and after the final
 * callback, as properties are; a request that runs is not changed. xhr: any interface of
 * an object of this library. S_OK; E_INVALIDARG: xhr is NULL or another kind of object.
 * Any thread.
 */
IXHR2_API HRESULT ixhr2_follow_redirects(IUnknown *xhr, BOOL follow);

/*
 * A sentence that says what the latest failure of an object was: host, address, errno.
 * xhr: any interface of an object of this library. *out_text is the caller's, freed with
 * CoTaskMemFree. S_OK; S_FALSE and NULL: nothing has failed; E_INVALIDARG: xhr is NULL
 * or another kind of object, or out_text is NULL; E_OUTOFMEMORY. May be called in
 * callbacks.
 */
IXHR2_API HRESULT ixhr2_error_text(IUnknown *xhr, char **out_text);

/*
 * Fills *out, of which out->cb bytes are known to the caller. xhr: any interface of an
 * object of this library. The strings are the caller's, freed by ixhr2_info_free. S_OK;
 * E_INVALIDARG: xhr is NULL or another kind of object, out is NULL, or out->cb is no
 * size of this struct; E_PENDING: a request runs, and the call does not come from a
 * callback or stream method of it; E_OUTOFMEMORY. On failure *out is zero but for cb.
 */
IXHR2_API HRESULT ixhr2_get_info(IUnknown *xhr, struct ixhr2_info *out);

/* Frees the strings of *info and sets it to zero but for cb. NULL is fine. */
IXHR2_API void ixhr2_info_free(struct ixhr2_info *info);

/*
 * Configures the process; value is copied. S_OK; E_INVALIDARG: no such option, value is
 * NULL or malformed; E_UNEXPECTED: a request has been sent already; E_OUTOFMEMORY.
 */
IXHR2_API HRESULT ixhr2_configure(enum ixhr2_option option, const char *value);

/*
 * Sets where trace lines go, at any time; NULL: nowhere. When it returns, the function
 * set before is not running. IXHR2_TRACE=1 in the environment writes them to standard
 * error, any other value but 0 to the file of that name. S_OK.
 */
IXHR2_API HRESULT ixhr2_set_trace(ixhr2_trace_fn *trace, void *owner);

EXTERN_C_END

#endif
