/* SPDX-License-Identifier: MIT */
/*
 * What this library offers beyond the Windows interface: its version, configuration,
 * plain creation, sentences for errors, what is known of a request, and asking for
 * logins. Strings here are UTF-8. Any thread.
 */
#ifndef IXHR2_IXHR2_H
#define IXHR2_IXHR2_H

#include "msxml6.h"

/* The version of these headers; ixhr2_version() tells that of the library. */
#define IXHR2_VERSION	     "0.1.0"
#define IXHR2_VERSION_NUMBER 0x000100 /* 8 bits each: major, minor, patch */

/* As cbBody of Send: read the body until its end (chunked on HTTP/1.1). */
#define IXHR2_LENGTH_UNKNOWN ((ULONGLONG)-1)

/* The most that IXHR2_OPTION_LOOPS takes. */
#define IXHR2_MAX_LOOPS 64

/* A time that has not come, in struct ixhr2_info. */
#define IXHR2_NO_TIME ((LONGLONG)-1)

EXTERN_C_START

/*
 * What ixhr2_configure sets. Each can be given by an environment variable as well; what
 * a call sets wins.
 */
enum ixhr2_option {
	/* IXHR2_DATA_DIR: folder for what outlives the process (cookies, cache, and in
	 * "my" the certificates for SetClientCertificate); default $XDG_DATA_HOME/ixhr2,
	 * else $HOME/.local/share/ixhr2. */
	IXHR2_OPTION_DATA_DIR = 0,

	/* IXHR2_CONNECT_TO: rules HOST:PORT:ADDRESS:PORT, separated by commas; the first
	 * that fits applies. An empty HOST or PORT in front fits all; an empty one behind
	 * leaves it as it is. IPv6 addresses stand in brackets. */
	IXHR2_OPTION_CONNECT_TO = 1,

	/* IXHR2_MAX_CONNECTIONS: connections to one origin, where the object's
	 * XHR_PROP_MAX_CONNECTIONS is 0; 0, the default: no limit. */
	IXHR2_OPTION_MAX_CONNECTIONS = 2,

	/* IXHR2_TIMEOUT_MS: milliseconds, where the object's XHR_PROP_TIMEOUT is 0; 0,
	 * the default: none. Up to 4294967295. */
	IXHR2_OPTION_TIMEOUT_MS = 3,

	/* IXHR2_CONNECT_TIMEOUT_MS: milliseconds for name, connection and TLS handshake
	 * where no timeout is set; default 60000. */
	IXHR2_OPTION_CONNECT_TIMEOUT_MS = 4,

	/* IXHR2_USER_AGENT: the User-Agent field of requests that set none; "": none. */
	IXHR2_OPTION_USER_AGENT = 5,

	/* IXHR2_CA_FILE: a file of PEM certificates that are the only roots which server
	 * certificates may lead to. Without it: SSL_CERT_FILE and SSL_CERT_DIR of the
	 * environment, else the system's. It is read when the first https: connection is
	 * made; one that cannot be read fails every such request. */
	IXHR2_OPTION_CA_FILE = 6,

	/* IXHR2_PROXY: the proxy for all URLs, "scheme://user:password@host:port" with
	 * the schemes http (which may be left out), https, socks5, socks5h, socks4 and
	 * socks4a; "", here and not in the environment: none. Without it: http_proxy (in
	 * small letters only), https_proxy or HTTPS_PROXY, by the scheme of the URL, else
	 * all_proxy or ALL_PROXY. A malformed one in the environment fails every request
	 * that it is for. */
	IXHR2_OPTION_PROXY = 7,

	/* IXHR2_NO_PROXY: hosts that are reached without any proxy, separated by commas:
	 * "*" all; "example.org" or ".example.org" it and all below it; "192.0.2.1",
	 * "2001:db8::1", "192.0.2.0/24", "2001:db8::/32"; with ":port" behind a name, an
	 * IPv4 address or "[2001:db8::1]" this port alone. Without it: no_proxy or
	 * NO_PROXY. */
	IXHR2_OPTION_NO_PROXY = 8,

	/* IXHR2_NEGOTIATE_HOSTS: hosts, written the same way, that may be shown the
	 * user's Kerberos ticket when they ask for Negotiate and the request has no user
	 * name; default: none. */
	IXHR2_OPTION_NEGOTIATE_HOSTS = 9,

	/* IXHR2_PROTOCOL: "any", the default: HTTP/2 on https: where the server speaks
	 * it, else HTTP/1.1; "http1.1": nothing else; "http2": nothing else, and so on
	 * http: too, where the server must be known to speak it. Through a proxy that
	 * http: goes to, HTTP/1.1 is spoken in any case. */
	IXHR2_OPTION_PROTOCOL = 10,

	/* IXHR2_PING_MS: milliseconds of silence, with requests running, after which the
	 * other side of an HTTP/2 connection is asked whether it lives; after the same
	 * time without an answer the connection is lost. Default 30000; 0: never. */
	IXHR2_OPTION_PING_MS = 11,

	/* IXHR2_LOOPS: how many event loops run requests, each with threads and
	 * connections of its own; 1, the default, to IXHR2_MAX_LOOPS, anything else is
	 * E_INVALIDARG. More than one is for programs that want more than one processor
	 * core. Requests to one origin run on the same loop, but for those beyond what
	 * the others have to do; with a limit on connections all do. */
	IXHR2_OPTION_LOOPS = 12
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
	char *url;	    /* the final URL, without user name, password and fragment;
			       NULL before Open */
	char *peer;	    /* "address:port" or "[address]:port"; NULL without one */
	char *request_head; /* request line and fields as sent, CR LF included, but of the
			       library's credentials the scheme alone; with HTTP/2 in
			       the words of HTTP/1.1; or NULL */
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
	const char *tls_version; /* such as "TLSv1.3", a constant; NULL without TLS */
	const char *tls_cipher;	 /* such as "TLS_AES_128_GCM_SHA256", the same */
	BOOL is_resumed;	 /* the TLS session was that of another connection */
	char *proxy;	     /* "http://host:port" that the last exchange went through, or
				was to go; NULL without one */
	DWORD proxy_status;  /* of that proxy's answer to CONNECT; 0: none */
	BOOL is_proxy_fault; /* the request failed on the way to the proxy, or by it */
};

/* A login that is asked for. Everything is lent for the call. More fields may follow in
 * later versions. */
struct ixhr2_prompt {
	DWORD cb;	    /* sizeof(struct ixhr2_prompt) of the library */
	BOOL is_proxy;	    /* for a proxy (407), and not for a server (401) */
	const char *host;   /* whose: "example.org:443"; the port is always there */
	const char *scheme; /* the strongest offered that takes a login: "Digest"; "": a
			       SOCKS proxy asks */
	const char *realm;  /* what the other side calls itself; "": nothing */
	DWORD attempt;	    /* 0 the first time; more when what was given was refused */
};

/*
 * Answers a login: S_OK, with *out_user and *out_password from CoTaskMemAlloc, which the
 * library wipes and frees; both are NULL before, and a password that is NULL is "".
 * S_FALSE, as any other success and S_OK without a user: nobody is known, and the 401 or
 * 407 is the response (where a proxy refuses a tunnel, OnError). A failure stops the
 * request: OnError with that HRESULT. xhr: the object whose request it is, with no
 * reference for the function.
 *
 * It is called like a callback of that object: on a thread of the library, after the call
 * of Send or the callback before it has returned, never while another callback or stream
 * method of the request runs. It may block as long as it likes and may call the library,
 * Abort included. Requests of several objects may ask at the same time.
 */
typedef HRESULT ixhr2_prompt_fn(void *owner, IUnknown *xhr,
				const struct ixhr2_prompt *prompt, char **out_user,
				char **out_password);

/* Gets one line, NUL-terminated, without a line feed, and its time in nanoseconds of a
 * clock that only goes forward. Called on any thread, also inside Send and Read;
 * must not call the library, nor wait for a lock that is held over these, and must
 * return. */
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

/* A certificate in the folder "my" of the data folder, which SetClientCertificate can
 * name. Everything is lent for the call. */
struct ixhr2_certificate {
	const char *path;    /* the file with the certificate */
	const char *subject; /* such as "CN=Ann,O=Example"; NULL where is_locked */
	const char *issuer;  /* the same */
	LONGLONG from;	     /* valid from: seconds since 1970; 0 where is_locked */
	LONGLONG to;	     /* valid until */
	BYTE sha1[20];	   /* thumbprints, either of which SetClientCertificate takes; */
	BYTE sha256[32];   /* zero where is_locked */
	BOOL is_locked;	   /* PKCS#12 that the pin does not open: only path is known */
	BOOL is_encrypted; /* its private key needs a pin */
	BOOL is_exposed;   /* other users can get at the private key: it is refused */
};

/* Gets one certificate. Must not call the functions that list, add and remove. */
typedef void ixhr2_certificate_fn(void *owner,
				  const struct ixhr2_certificate *certificate);

/*
 * Calls each for every certificate in the folder, by file name. pin opens PKCS#12 files;
 * NULL: none. S_OK, also when there is no folder; E_POINTER: each is NULL;
 * STG_E_ACCESSDENIED; STG_E_FILENOTFOUND: there is no data folder and no home;
 * E_OUTOFMEMORY; E_FAIL.
 */
IXHR2_API HRESULT ixhr2_list_certificates(const char *pin, ixhr2_certificate_fn *each,
					  void *owner);

/*
 * Copies a certificate with its private key into the folder. path: PEM or PKCS#12;
 * key_path: a PEM file with the key where path does not hold it, or NULL; pin opens what
 * is encrypted, and stays needed; NULL: none. sha256, 32 bytes, gets its thumbprint;
 * NULL is fine. S_OK; E_POINTER: path is NULL; E_INVALIDARG: the files do not hold a
 * certificate and its key; 0x80072F0C (ERROR_INTERNET_CLIENT_AUTH_CERT_NEEDED): the pin
 * is wrong or missing; STG_E_FILENOTFOUND; STG_E_ACCESSDENIED; STG_E_MEDIUMFULL;
 * E_OUTOFMEMORY; E_FAIL.
 */
IXHR2_API HRESULT ixhr2_add_certificate(const char *path, const char *key_path,
					const char *pin, BYTE *sha256);

/*
 * Removes the certificate with this SHA-1 (20 bytes) or SHA-256 (32 bytes) thumbprint
 * from the folder. S_OK; S_FALSE: there is none; E_INVALIDARG: bytes or hash;
 * STG_E_FILENOTFOUND: there is no data folder and no home; STG_E_ACCESSDENIED;
 * E_OUTOFMEMORY; E_FAIL.
 */
IXHR2_API HRESULT ixhr2_remove_certificate(DWORD bytes, const BYTE *hash);

/*
 * Sets where trace lines go, at any time; NULL: nowhere. When it returns, the function
 * set before is not running. IXHR2_TRACE=1 in the environment writes them to standard
 * error, any other value but 0 to the file of that name. S_OK.
 */
IXHR2_API HRESULT ixhr2_set_trace(ixhr2_trace_fn *trace, void *owner);

/*
 * Sets who is asked for a login when a server or proxy wants one, and Open and the URL
 * gave none or theirs was refused, three times at most for each of both in a request;
 * NULL, the default: nobody. It is for the whole process, at any time, and counts from
 * the next challenge on, also for requests that run. XHR_PROP_NO_CRED_PROMPT keeps an
 * object from asking; what XHR_PROP_NO_AUTH leaves unanswered is not asked for either. It
 * does not wait: when it returns, the function set before may still be running. S_OK.
 */
IXHR2_API HRESULT ixhr2_set_prompt(ixhr2_prompt_fn *prompt, void *owner);

EXTERN_C_END

#endif
