/* SPDX-License-Identifier: MIT */
/* A client of lib/h2_server.h that speaks HTTP/1.1 after all. */
#ifndef IXHR2_TESTS_LIB_H2_HTTP1_H
#define IXHR2_TESTS_LIB_H2_HTTP1_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/h2_bytes.h"
#include "lib/h2_server.h"

/* Takes one request off the beginning of in: its head, as fields from malloc, into
 * *out_head, and the rest of it into *out. How many bytes it took; 0: it is not there
 * yet. */
size_t h2_http1_take(struct span in, struct h2_server_request *out, char **out_head);

/* Appends a reply. */
void h2_http1_put(struct h2_bytes *out, const struct h2_server_request *request,
		  const struct h2_server_reply *reply);

#endif
