/* SPDX-License-Identifier: MIT */
/*
 * One connection of lib/h2_server.h: bytes in, frames taken apart, requests answered,
 * replies put into frames. Under the server's lock all of it.
 */
#ifndef IXHR2_TESTS_LIB_H2_LINK_H
#define IXHR2_TESTS_LIB_H2_LINK_H

#include <nghttp2/nghttp2.h>
#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "lib/h2_bytes.h"
#include "lib/h2_server.h"

/* More settings than a client leaves unanswered; those beyond are not judged by. */
#define H2_LINK_MAX_UNANSWERED 64

/* What the server knows of all its links. */
struct h2_link_house {
	const struct h2_server_options *options; /* of the server */
	unsigned requests;			 /* heads so far */
	bool is_released;			 /* nothing is held any more */
	char complaint[512]; /* what a client did wrong first, or "" */
};

struct h2_link_stream {
	struct h2_server_request request; /* the record */
	struct h2_server_reply reply;	  /* what is sent */
	bool has_reply;			  /* reply is set */
	bool is_sending;		  /* it is in the link's list */
	bool has_head;			  /* the reply's head is sent */
	bool is_over;			  /* we have ended or reset it */
	bool is_counted;		  /* it is among those open */
	int64_t in_window;		  /* what the client may send */
	int64_t out_window;		  /* what it may be sent */
	uint64_t length;		  /* Content-Length, or UINT64_MAX */
};

struct h2_link {
	struct h2_link *next;	     /* the server's */
	struct h2_link_house *house; /* the server's */
	unsigned number;	     /* from 0 */
	int fd;			     /* does not block; -1 once closed */
	SSL *ssl;		     /* owned; NULL: cleartext */
	bool is_secured;	     /* TLS is done with its handshake */
	bool wants_out;		     /* the socket was full */
	bool is_closing;	     /* FIN follows out */
	bool is_shut;		     /* it has followed */
	struct h2_bytes in, out;     /* received, not used up; to be sent */

	struct h2_link_stream **streams;       /* by (number - 1) / 2; owned */
	size_t stream_count;		       /* of streams */
	struct h2_link_stream **sending;       /* those whose replies are on their way */
	size_t sending_count;		       /* of sending */
	size_t sending_cap;		       /* room in sending */
	nghttp2_hd_inflater *inflater;	       /* of heads; owned */
	struct h2_bytes block;		       /* of the head that comes */
	uint32_t block_stream;		       /* whose; 0: none comes */
	uint8_t block_flags;		       /* of its HEADERS */
	bool has_settings;		       /* the client's came */
	int64_t in_window, out_window;	       /* of the connection */
	uint32_t frame_max;		       /* that the client takes */
	uint32_t stream_window;		       /* the client's INITIAL_WINDOW_SIZE */
	uint32_t ours[H2_SERVER_MAX_SETTINGS]; /* settings that the client has answered */
	nghttp2_settings_entry
		unanswered[H2_LINK_MAX_UNANSWERED]; /* in order; id 0 ends a frame's */
	unsigned unanswered_count;		    /* of unanswered */
	struct h2_server_visit visit;		    /* the record */
};

/* A link over a socket that it owns; over TLS if ctx is not NULL. */
struct h2_link *h2_link_new(struct h2_link_house *house, int fd, SSL_CTX *ctx);

/* Takes what has come and sends what can be. */
void h2_link_work(struct h2_link *link);

/* Closes the socket, if it is open. */
void h2_link_close(struct h2_link *link);

void h2_link_free(struct h2_link *link);

#endif
