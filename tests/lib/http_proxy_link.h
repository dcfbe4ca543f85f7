/* SPDX-License-Identifier: MIT */
/* One connection of lib/http_proxy.h. For its thread, but for what is said. */
#ifndef IXHR2_TESTS_LIB_HTTP_PROXY_LINK_H
#define IXHR2_TESTS_LIB_HTTP_PROXY_LINK_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/http_proxy.h"
#include "lib/peer.h"
#include "lib/tls_front.h"

/* What all connections write to. */
struct http_proxy_record {
	pthread_mutex_t lock;		   /* for heads, the warden and answer */
	char *heads[HTTP_PROXY_MAX_HEADS]; /* owned */
	atomic_uint head_count;		   /* of heads; grows under the lock */
	atomic_uint tunnels;		   /* opened */
	atomic_uint open;		   /* connections */
};

struct http_proxy_link {
	struct http_proxy_link *next;		  /* the proxy's */
	const struct http_proxy_options *options; /* of the proxy */
	struct http_proxy_record *record;	  /* of the proxy */
	struct complaint complaint; /* how it ended; borrows the flag that stops all */
	struct peer client;	    /* all that the client has said to the proxy */
	struct peer target;	    /* to whom a request or tunnel goes */
	char *carried;		    /* from the client through the tunnel; owned */
	size_t carried_len;	    /* of carried */
	unsigned number;	    /* from 0 */
	struct tls_front *front;    /* between the client and this, or NULL; owned */
	pthread_t thread;	    /* serves it */
};

/* Serves the client until the end. */
void http_proxy_link_serve(struct http_proxy_link *link);

#endif
