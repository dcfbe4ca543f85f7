/* SPDX-License-Identifier: MIT */
/*
 * One request from Send to its final callback, whatever connections, redirects and
 * repetitions it takes. Its life is the table of steps in request_steps.c, drawn
 * in docs/request.md.
 *
 * Before request_send one thread at a time prepares it. From request_send on it belongs
 * to the loop; the functions marked "any thread" may still be called.
 */
#ifndef IXHR2_ENGINE_REQUEST_H
#define IXHR2_ENGINE_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"
#include "http/message.h"

/* Redirects that are followed (contract section 11). */
#define REQUEST_MAX_REDIRECTS 100

/* What can be wrong with a server's certificates, as bits. */
enum request_certificate_error {
	REQUEST_CERTIFICATE_REVOCATION = 1,
	REQUEST_CERTIFICATE_AUTHORITY = 2,
	REQUEST_CERTIFICATE_NAME = 4,
	REQUEST_CERTIFICATE_DATE = 8
};

/* request_send's body_length: read until the stream gives 0 bytes. */
#define REQUEST_LENGTH_UNKNOWN MESSAGE_LENGTH_UNKNOWN

/* Bytes of a client's own part, which lies in one block with the request. */
#define REQUEST_CLIENT_BYTES 160

struct request;

/* A user and a password (UTF-8, without NUL); user empty: none. */
struct request_login {
	struct span user;     /* borrowed for the call, as is password */
	struct span password; /* may be empty */
};

/* A login that the client is asked for. What it borrows is lent for the call. */
struct request_prompt {
	bool is_proxy;	  /* for the proxy, and not for the server */
	struct span host; /* whose: "example.org:8080", the port always there */
	struct span
		scheme; /* the strongest offered that takes one: "Digest", "Basic" … */
	struct span realm;    /* what the other side calls itself (UTF-8), or empty */
	unsigned attempt;     /* 0 the first time; more when what was given was refused */
	struct buf *user;     /* to be filled; empty: there is none */
	struct buf *password; /* to be filled; wiped afterwards */
};

/*
 * What a request asks of its client and tells it; client is the client's own part. Every
 * function but gone runs in a call (see net/loop.h): it may block and may use the API;
 * two never overlap; after received or failed, one of which comes exactly once, none
 * comes any more.
 *
 * An int32_t is a code of the program's: below 0 it stops the request with ERR_CLIENT
 * and this code.
 */
struct request_client {
	/* Seek to 0. 0: done; 1: not possible; it may be sent but not repeated. */
	int32_t (*rewind)(void *client);

	/* Fills at most cap > 0 bytes. *out_len is 0 before; 0 after is the end. */
	int32_t (*read)(void *client, void *to, uint32_t cap, uint32_t *out_len);

	/* What the server has shown, before a byte of the request goes over that
	 * connection: errors (enum request_certificate_error, forgiven ones too; 0: all
	 * is well) and count >= 1 certificates in DER, its own first; lent for the call.
	 */
	int32_t (*server_certificate)(void *client, unsigned errors,
				      const struct span *chain, size_t count);

	/* The server has asked for a certificate and got none. The issuers that it
	 * names (UTF-8, attributes separated by CR LF), lent for the call. */
	int32_t (*certificate_requested)(void *client, const struct span *issuers,
					 size_t count);

	/* The server or the proxy wants a login, and there is none or it was refused.
	 * NULL: nobody is asked. */
	int32_t (*prompt)(void *client, const struct request_prompt *prompt);

	/* A redirect to url will be followed. */
	int32_t (*redirect)(void *client, struct span url);

	/* A head to be told: the final one, or a 3xx if these are reported. It lives as
	 * long as the request. */
	int32_t (*headers)(void *client, const struct response_head *head);

	/* Bytes of the body, lent for the call; no piece is empty. request_read_more may
	 * have more. */
	int32_t (*data)(void *client, struct spans bytes);

	/* The body is complete. */
	void (*received)(void *client);

	/* The request has failed; code is the program's for ERR_CLIENT, else 0. */
	void (*failed)(void *client, const struct fault *fault, int32_t code);

	/* The last reference was dropped, on that thread: the client's part is next.
	 * NULL: nothing is to be done. */
	void (*gone)(void *client);
};

/* What a client may want of any request; all zero by default. */
struct request_wishes {
	uint32_t timeout_ms;	  /* of each wait; 0: the configuration's */
	uint32_t max_connections; /* to the origin; 0: the configuration's */
	uint8_t forgiven;	  /* bits of enum request_certificate_error */
	bool no_default_headers;  /* Host alone */
	bool reports_redirects;	  /* a followed 3xx is told by headers too */
	bool no_redirects;	  /* a 3xx is the response */
	bool no_auth;		  /* a 401 is the response */
	bool no_proxy_auth;	  /* a 407 is */
	bool no_prompt;		  /* the client is not asked for the server's login */
	bool no_proxy_prompt;	  /* nor for the proxy's */
};

/* What does not fit a header or the client's table. What is borrowed is so for the call.
 */
struct request_options {
	const struct request_wishes *wishes; /* of this request; borrowed */
	struct span thumbprint; /* of the certificate to show to the origin of the URL: 20
				   or 32 bytes, borrowed; or empty */
	const char *pin;	/* opens that, borrowed; or NULL */
	struct request_login login; /* for the origin of the URL; without one that in
				       the URL counts */
	struct request_login proxy_login; /* for the proxy; without one that in the
					     proxy's URL counts */
	bool hears_certificates; /* server_certificate and certificate_requested are
				    told */
};

/*
 * A request for method and url (UTF-8). The first reference is the caller's. ERR_INVALID
 * (method), ERR_DENIED (a forbidden method), ERR_URL, ERR_SCHEME, ERR_NO_MEMORY.
 */
MUST_USE enum err request_new(struct span method, struct span url,
			      const struct request_client *client,
			      struct request **out_request);

/* The client's own part: REQUEST_CLIENT_BYTES, aligned for any type, all zero at first;
 * it is there as long as the request. */
void *request_own(struct request *request);

/* One reference more. Any thread. */
void request_ref(struct request *request);

/* Drops the caller's reference; a request that runs lives on until its final call has
 * returned. Any thread. NULL is fine. */
void request_unref(struct request *request);

/*
 * A header by the rules R11 and R12 of the contract; an empty value takes the header
 * and its default away. ERR_INVALID (name or value), ERR_DENIED, ERR_NO_MEMORY.
 * Before request_send.
 */
MUST_USE enum err request_set_header(struct request *request, struct span name,
				     struct span value);

/*
 * Sends it; where the loop sleeps its first steps are taken at once, by this thread (see
 * loop_visit). body_length: bytes, 0, or REQUEST_LENGTH_UNKNOWN; a body with GET or HEAD
 * is not read. Everything that goes wrong from here on is told by failed. The failures
 * of this call leave the request as it was: ERR_INVALID (2^64 - 2 bytes),
 * ERR_NO_MEMORY, ERR_SYSTEM, ERR_NO_DESCRIPTOR (the engine could not start).
 */
MUST_USE enum err request_send(struct request *request, uint64_t body_length,
			       const struct request_options *options);

/* Ends the request with ERR_ABORTED, unless its final call has begun. Any thread, any
 * number of times, never waits. Before request_send: no effect. */
void request_abort(struct request *request);

/* A new timeout for the waits that follow and the one that is on. Any thread. */
void request_set_timeout(struct request *request, uint32_t timeout_ms);

/*
 * In data, behind all that it was given: up to cap further bytes of the body, which come
 * from the connection straight to memory. How many; 0: there are none now, or they come
 * another way. Never waits. Any thread, one at a time; it gives bytes to the thread that
 * data was called on.
 */
size_t request_read_more(struct request *request, void *to, size_t cap);

/* What is known of a request. Spans live as long as the request. */
struct request_info {
	unsigned version;   /* of the last response: 10, 11, or 0 */
	unsigned redirects; /* followed so far */
	bool is_reused;	    /* the last connection served before */
	bool is_resumed;    /* its TLS session was that of another connection */
	struct span url;    /* of the last exchange, with fragment */
	const char *peer;   /* "93.184.216.34:80" or ""; as long as the request */
	/* Times of clock_mono_ns; those behind the handshake as the loop knows them
	 * (loop_now_ns in net/loop.h). They never go back: a connection that was begun
	 * for another request has nothing before begin_ns. */
	uint64_t begin_ns;     /* request_send was called; 0: not sent */
	uint64_t resolved_ns;  /* of the last exchange; 0: did not happen (also below) */
	uint64_t connected_ns; /* the connection was there */
	uint64_t secured_ns;   /* the TLS handshake was over */
	const char *tls_version; /* "TLSv1.3", a constant; NULL without TLS */
	const char *tls_cipher;	 /* a constant, or NULL */
	uint64_t sent_ns;	 /* the last byte of the request was written */
	uint64_t first_byte_ns;	 /* the turn began that found the final head complete */
	uint64_t end_ns;	 /* the final call was due */
	uint64_t body_sent;	 /* bytes of the last exchange, without framing */
	uint64_t body_received;	 /* bytes, without framing; 0 when headers stopped it */
	const char *proxy;	 /* "http://host:port" that it went through; or NULL */
	unsigned proxy_status;	 /* that proxy's answer to CONNECT; 0: none */
	bool is_proxy_fault;	 /* it failed on the way to the proxy, or by it */
};

/* Fills *out. Before request_send, in a call of this request, or after its end. */
void request_get_info(const struct request *request, struct request_info *out);

/* Appends the head of the last exchange as it is sent, but for what credentials of ours
 * it holds, or nothing where there is no exchange yet. ERR_NO_MEMORY. When
 * request_get_info may be called, or before request_send. */
MUST_USE enum err request_put_head(const struct request *request, struct buf *out);

/*
 * Appends a sentence on the failure: what was done, host and address, errno's words.
 * ERR_MISSING when it has not failed; ERR_NO_MEMORY. In failed, or later.
 */
MUST_USE enum err request_put_error_text(const struct request *request, struct buf *out);

#endif
