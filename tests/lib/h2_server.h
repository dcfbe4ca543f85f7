/* SPDX-License-Identifier: MIT */
/*
 * An HTTP/2 origin on 127.0.0.1 (RFC 9113) that sends any frames, right and wrong ones,
 * in cleartext with prior knowledge or over TLS, and records and judges what the client
 * sends. Requests are answered by a function of the test, and by the test's own thread,
 * which can send frames at any time. A client that begins with HTTP/1.1 is served too.
 * Constants and numbers of frames are nghttp2's. One thread of its own; every wait is
 * bounded.
 *
 *	struct h2_server *server = h2_server_start(
 *		&(struct h2_server_options){.answer = answer});
 *
 *	h2_server_lead(server);
 *	client_finish(client_start("GET", h2_server_url(server, "/", url)), 200, "/");
 *	h2_server_end(server);
 *
 * Fields are texts: "name: value\n" for each, in any order and however wrong.
 */
#ifndef IXHR2_TESTS_LIB_H2_SERVER_H
#define IXHR2_TESTS_LIB_H2_SERVER_H

#include <nghttp2/nghttp2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

/* Bytes of a URL with the longest path here. */
#define H2_SERVER_URL_BYTES 160

#define H2_SERVER_MAX_SETTINGS 8

/* Types of frames that are counted: DATA to CONTINUATION. */
#define H2_SERVER_FRAME_TYPES 10

/* The first bytes of a body or payload that are kept. */
#define H2_SERVER_KEPT_BYTES 256

struct h2_server;

/* A request, as far as it has come. */
struct h2_server_request {
	unsigned connection; /* counted from 0 */
	uint32_t stream;     /* its number; 0: it came by HTTP/1.1 */
	unsigned number;     /* of the request, from 0, over all connections */
	char method[24];     /* as it came, as all of these; cut if it is longer */
	char path[128];	     /* :path */
	char authority[128]; /* :authority, or Host */
	char scheme[8];	     /* :scheme */
	const char *head;    /* all fields, pseudo-fields included; while the server is */
	const char *trailers;		     /* the same, or NULL */
	uint64_t body_bytes;		     /* that have come */
	bool is_pattern;		     /* they are those of lib/pattern.h */
	char kept[H2_SERVER_KEPT_BYTES + 1]; /* the first of them, with a NUL */
	bool is_whole;			     /* END_STREAM has come */
	bool is_reset;			     /* RST_STREAM has come */
	uint32_t reset_code;		     /* of it */
	bool is_answered;		     /* everything has been sent */
	uint64_t sent_bytes;		     /* of the body of the reply */
};

struct h2_server_reply {
	unsigned status;	 /* 200; 0: no head at all, and no body */
	const char *fields;	 /* further ones */
	struct span body;	 /* must stay until it is sent; or */
	uint64_t pattern_bytes;	 /* so many of the pattern */
	const char *trailers;	 /* fields behind the body, or NULL */
	unsigned interims;	 /* so many 103 before */
	bool is_held;		 /* until h2_server_release */
	bool ends_apart;	 /* END_STREAM stands in a DATA without bytes */
	bool is_cut;		 /* no END_STREAM: the stream stays as it is */
	bool is_reset;		 /* RST_STREAM behind what is sent */
	uint32_t reset_code;	 /* of it */
	bool closes;		 /* FIN behind what is sent */
	unsigned frame_bytes;	 /* of each DATA at most; 0: what the client allows */
	uint8_t padding;	 /* bytes in each DATA and HEADERS */
	unsigned fragment_bytes; /* of heads in each frame; 0: all */
};

/* Fills *reply, which is a 200 with the path as its body. On the server's thread, with
 * nothing locked out: it may call the functions below that send. */
typedef void h2_server_fn(void *owner, const struct h2_server_request *request,
			  struct h2_server_reply *reply);

struct h2_server_options {
	const char *certificate; /* NAME of lib/pki.h: over TLS; NULL: cleartext */
	const char *alpn;	 /* protocols that are taken, best first, with commas;
				    NULL: "h2,http/1.1"; "": no ALPN */
	const char *client_root; /* NAME: certificates of clients are asked for */
	nghttp2_settings_entry settings[H2_SERVER_MAX_SETTINGS]; /* sent at the start */
	unsigned setting_count;					 /* of settings */
	struct span greeting; /* frames instead of SETTINGS; or empty */
	bool keeps_windows;   /* nobody but the test sends WINDOW_UPDATE */
	bool answers_heads;   /* a request is answered when its head has come */
	bool ignores_pings;   /* PING has no answer */
	bool is_lenient;      /* what the client does wrong does not fail the test */
	h2_server_fn *answer; /* NULL: as h2_server_fn says */
	void *owner;	      /* given to answer */
};

/* One connection. */
struct h2_server_visit {
	char offered[64];   /* protocols by ALPN, with commas; or "" */
	char host[128];	    /* of SNI, or "" */
	unsigned version;   /* 20 or 11; 0: nothing has come */
	unsigned requests;  /* heads that came */
	unsigned whole;	    /* requests that came whole */
	unsigned resets;    /* RST_STREAMs that came */
	unsigned open;	    /* streams open now */
	unsigned most_open; /* at once */
	unsigned frames[H2_SERVER_FRAME_TYPES];	   /* by type */
	unsigned settings_acks;			   /* SETTINGS that are answers */
	unsigned ping_acks;			   /* the same of PING */
	uint32_t settings[H2_SERVER_MAX_SETTINGS]; /* of the client, by number */
	bool has_goaway;			   /* GOAWAY has come */
	uint32_t goaway_code;			   /* of it */
	unsigned records; /* times that bytes came: over TLS, records with data */
	uint64_t bytes;	  /* of frames and all, decrypted */
	bool is_over;	  /* the client has closed, or the connection is broken */
};

/* A frame to be sent. */
struct h2_server_frame {
	uint8_t type;	     /* NGHTTP2_DATA and so on, or none of those */
	uint8_t flags;	     /* NGHTTP2_FLAG_... */
	uint32_t stream;     /* all 32 bits */
	struct span payload; /* as it is */
	uint32_t lie_bytes;  /* the length that is told; 0: that of payload */
};

/* Starts; what *options points to stays. Never NULL. */
struct h2_server *h2_server_start(const struct h2_server_options *options);

/* Configures the process anew: every connection leads here, root.pem is the only root,
 * and http: URLs mean HTTP/2. */
void h2_server_lead(const struct h2_server *server);

unsigned h2_server_port(const struct h2_server *server);

/* The URL of a path: of good.test over TLS, else of 127.0.0.1 and the port; answers
 * out. */
const char *h2_server_url(const struct h2_server *server, const char *path,
			  char out[H2_SERVER_URL_BYTES]);

/* Closes everything and frees. Fails the test if the client has broken a rule. */
void h2_server_end(struct h2_server *server);

/*
 * ---- what is sent: any thread; a connection that is over takes nothing ----
 */

void h2_server_say(struct h2_server *server, unsigned connection, struct span bytes);
void h2_server_say_frame(struct h2_server *server, unsigned connection,
			 const struct h2_server_frame *frame);

/* HEADERS with END_HEADERS and these flags. */
void h2_server_say_head(struct h2_server *server, unsigned connection, uint32_t stream,
			uint8_t flags, const char *fields);

/* A frame whose payload is one number: RST_STREAM, WINDOW_UPDATE. */
void h2_server_say_number(struct h2_server *server, unsigned connection, uint8_t type,
			  uint32_t stream, uint32_t number);

void h2_server_say_goaway(struct h2_server *server, unsigned connection, uint32_t last,
			  uint32_t code);

/* SETTINGS with one entry. */
void h2_server_say_setting(struct h2_server *server, unsigned connection, int32_t id,
			   uint32_t value);

/* Answers a request; DATA keep to the client's windows. For one whose reply had no
 * status. */
void h2_server_reply(struct h2_server *server, unsigned connection, uint32_t stream,
		     const struct h2_server_reply *reply);

/* Sends what is held, and holds nothing any more. */
void h2_server_release(struct h2_server *server);

/* Closes, by FIN behind what is to be sent, or by RST at once. */
void h2_server_close(struct h2_server *server, unsigned connection);
void h2_server_reset(struct h2_server *server, unsigned connection);

/* Takes nothing and sends nothing on any connection from now on, or does so again. */
void h2_server_freeze(struct h2_server *server, bool is_frozen);

/*
 * ---- the record: any thread ----
 */

/* Of all connections so far: their number; heads of requests; requests that are whole;
 * those that were reset. */
struct h2_server_counts {
	unsigned connections, requests, whole, resets;
};
struct h2_server_counts h2_server_count(struct h2_server *server);

/* Connection n, counted from 0; fails the test if there is none. */
void h2_server_visit(struct h2_server *server, unsigned connection,
		     struct h2_server_visit *out);

/* The request of a stream; fails the test if there is none. */
void h2_server_request(struct h2_server *server, unsigned connection, uint32_t stream,
		       struct h2_server_request *out);

/* What a client did wrong first, or ""; once its connection is over. */
const char *h2_server_complaint(struct h2_server *server);

/* The value of a field of a head, or NULL; in a buffer of the thread. */
const char *h2_server_field(const char *head, const char *name);

/* What these wait for: so many in all. */
enum h2_server_wait {
	H2_SERVER_CONNECTIONS,
	H2_SERVER_REQUESTS,	 /* heads */
	H2_SERVER_WHOLE,	 /* requests */
	H2_SERVER_RESETS,	 /* of requests */
	H2_SERVER_GOAWAYS,	 /* connections that the client has taken leave of */
	H2_SERVER_OVER,		 /* connections that are over */
	H2_SERVER_SETTINGS_ACKS, /* on all connections */
	H2_SERVER_PING_ACKS,
	H2_SERVER_PINGS,      /* that are no answers */
	H2_SERVER_DATA_BYTES, /* of all requests */
	H2_SERVER_WAITS
};

/* Waits until there are so many; fails the test if they do not come. */
void h2_server_await(struct h2_server *server, enum h2_server_wait what, uint64_t count);

#endif
