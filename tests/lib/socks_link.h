/* SPDX-License-Identifier: MIT */
/* One connection of lib/socks_server.h. For its thread, but for the visit. */
#ifndef IXHR2_TESTS_LIB_SOCKS_LINK_H
#define IXHR2_TESTS_LIB_SOCKS_LINK_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/peer.h"
#include "lib/socks_server.h"

struct socks_link {
	struct socks_link *next;		    /* the server's */
	const struct socks_server_options *options; /* of the server */
	pthread_mutex_t *lock;			    /* of the server, for visit */
	struct complaint complaint; /* how it ended; borrows the flag that stops all */
	struct peer client;	    /* all that the client has said to the server */
	struct peer target;	    /* whither it is led */
	char *carried;		    /* from the client to the target; owned */
	size_t carried_len;	    /* of carried */
	size_t said;		    /* bytes of the handshake */
	unsigned number;	    /* from 0 */
	pthread_t thread;	    /* serves it */
	struct socks_server_visit visit; /* the record */
};

/* Serves the client until the end. */
void socks_link_serve(struct socks_link *link);

#endif
