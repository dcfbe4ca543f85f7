/* SPDX-License-Identifier: MIT */
/*
 * An origin on 127.0.0.1 that answers every request through one function, over any
 * number of connections that it keeps alive: for tests with many requests at once. One
 * thread of its own on epoll. See lib/origin.h for scripts.
 */
#ifndef IXHR2_TESTS_LIB_ANSWERER_H
#define IXHR2_TESTS_LIB_ANSWERER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

/* Bytes of "http://127.0.0.1:65535", and of the longest path here. */
#define ANSWERER_URL_BYTES 160

struct answerer_request {
	char method[24];     /* as it came */
	char path[128];	     /* cut if it is longer */
	const char *head;    /* all of it, with a NUL; for the call */
	struct span body;    /* decoded if it is chunked; for the call */
	unsigned number;     /* counted from 1, over all connections */
	unsigned connection; /* counted from 1 */
};

struct answerer_reply {
	const char *status; /* "200 OK" */
	const char *fields; /* further fields, each with its CR LF; "" */
	struct span body;   /* must stay until it is sent */
	unsigned delay_ms;  /* until it is sent */
	bool is_held;	    /* sent when answerer_release comes */
	bool closes;	    /* the connection is closed behind it */
	bool drops;	    /* the connection is closed instead */
};

/* Fills *reply, which is a plain 200 without a body; on the answerer's thread. */
typedef void answerer_fn(void *owner, const struct answerer_request *request,
			 struct answerer_reply *reply);

struct answerer;

/* Starts; answer NULL: "200 OK" with the path as the body. Never NULL. */
struct answerer *answerer_start(answerer_fn *answer, void *owner);

/* The URL of a path; answers out. */
const char *answerer_url(const struct answerer *answerer, const char *path,
			 char out[ANSWERER_URL_BYTES]);

unsigned answerer_port(const struct answerer *answerer);

/* Sends what is held, and holds nothing any more. */
void answerer_release(struct answerer *answerer);

/* So far: requests read whole, connections accepted, and the most open at once. */
unsigned answerer_requests(const struct answerer *answerer);
unsigned answerer_connections(const struct answerer *answerer);
unsigned answerer_most_open(const struct answerer *answerer);

/* Waits until so many requests have been read; whether they were in time. */
bool answerer_await_requests(const struct answerer *answerer, unsigned count, int ms);

/* Closes everything and frees. NULL is fine. */
void answerer_end(struct answerer *answerer);

#endif
