/* SPDX-License-Identifier: MIT */
/*
 * An HTTP proxy on 127.0.0.1, as strange as a test wants it: it carries requests in
 * absolute form and CONNECT tunnels to ports of 127.0.0.1, may demand a login, and each
 * of its answers can be replaced, cut and delayed. What clients say to the proxy itself
 * is recorded apart from what goes through tunnels. A thread for each connection; every
 * wait is bounded.
 *
 *	struct http_proxy *proxy = http_proxy_start(&(struct http_proxy_options){
 *		.targets = {{"origin.test:80", origin_port}}});
 *
 *	http_proxy_lead(proxy);
 *	client_finish(client_start("GET", "http://origin.test/"), 200, "/");
 *	http_proxy_end(proxy);
 */
#ifndef IXHR2_TESTS_LIB_HTTP_PROXY_H
#define IXHR2_TESTS_LIB_HTTP_PROXY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"
#include "lib/flag.h"
#include "lib/warden.h"

#define HTTP_PROXY_MAX_TARGETS 8
#define HTTP_PROXY_MAX_HEADS   512

/* Whither an authority leads. */
struct http_proxy_target {
	const char *authority; /* "name:port" as a URL would have it, the port always
				  there; NULL: none */
	unsigned port;	       /* of 127.0.0.1 */
};

/* What comes behind an answer. */
enum http_proxy_end {
	HTTP_PROXY_KEEP,  /* the next request */
	HTTP_PROXY_CLOSE, /* FIN */
	HTTP_PROXY_RESET, /* RST; with TLS as CLOSE */
	HTTP_PROXY_STALL  /* silence until the client closes */
};

struct http_proxy_request {
	bool is_connect;     /* CONNECT, else a request in absolute form */
	char target[1024];   /* of the request line; cut if it is longer */
	const char *head;    /* all of it; for the call */
	bool is_admitted;    /* the login is right, or none is demanded */
	unsigned number;     /* of all requests, from 0 */
	unsigned connection; /* from 0 */
};

/* What is done with a request. */
struct http_proxy_reply {
	struct span raw;	 /* what the proxy says itself; may be empty */
	unsigned drip_ms;	 /* between two bytes of that; 0: all at once */
	bool is_cut;		 /* only cut_bytes of that are said, then end comes */
	size_t cut_bytes;	 /* with is_cut */
	bool is_open;		 /* then what the client wants is done: the tunnel is
				    opened, the request is carried on */
	enum http_proxy_end end; /* behind it, but for a tunnel */
	struct flag *hold;	 /* up before all of it, or NULL */
};

/* May change *reply, which is what a good proxy does. Called on the connections' threads,
 * one at a time. */
typedef void http_proxy_fn(void *owner, const struct http_proxy_request *request,
			   struct http_proxy_reply *reply);

struct http_proxy_options {
	struct http_proxy_target targets[HTTP_PROXY_MAX_TARGETS]; /* and 127.0.0.1 itself;
								     others: 502 */
	const char *certificate;  /* NAME of lib/pki.h: TLS is spoken; NULL: none is */
	struct warden *warden;	  /* whoever it does not admit gets a 407; or NULL */
	const char *refusal;	  /* body of a 407; NULL: "who are you?" */
	unsigned refusal_drip_ms; /* between two bytes of a 407 */
	bool closes;		  /* behind a 407, and says so */
	bool hangs_up;		  /* behind a 407, and does not say so */
	http_proxy_fn *answer;	  /* or NULL */
	void *owner;		  /* given to answer */
};

struct http_proxy;

/* Starts; what *options points to stays. Never NULL. */
struct http_proxy *http_proxy_start(const struct http_proxy_options *options);

/* Its URL, "http://127.0.0.1:port" or https:, with a login ("user:password", as in a URL)
 * unless it is NULL; valid until the next. */
const char *http_proxy_url(struct http_proxy *proxy, const char *login);

/* Leads every request of the process through it and makes root.pem the only root. */
void http_proxy_lead(struct http_proxy *proxy);
void http_proxy_lead_as(struct http_proxy *proxy, const char *login);

/* So far. */
struct http_proxy_counts {
	unsigned connections; /* accepted */
	unsigned open;	      /* of them, not closed yet */
	unsigned requests;    /* heads read, CONNECTs included */
	unsigned tunnels;     /* opened */
};
struct http_proxy_counts http_proxy_count(struct http_proxy *proxy);

/* Head number n of all, from 0, or "" if there is none; lives as long as the proxy. */
const char *http_proxy_head(struct http_proxy *proxy, unsigned n);

/* Waits for so many heads; fails the test if they do not come. */
void http_proxy_await_heads(struct http_proxy *proxy, unsigned count);

/* Waits until every connection is closed; fails the test if that takes too long. */
void http_proxy_await_over(struct http_proxy *proxy);

/* Ends its threads, so that the record is complete. */
void http_proxy_stop(struct http_proxy *proxy);

/* After http_proxy_stop: whether a text is in what clients have said to the proxy
 * itself; and in what they have sent through tunnels. */
bool http_proxy_was_told(const struct http_proxy *proxy, const char *text);
bool http_proxy_has_carried(const struct http_proxy *proxy, const char *text);

/* http_proxy_stop where it was not; frees. NULL is fine. */
void http_proxy_end(struct http_proxy *proxy);

#endif
