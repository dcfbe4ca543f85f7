/* SPDX-License-Identifier: MIT */
/* What a link of lib/h2_link.h sends: frames, and replies cut into frames. It is put into
 * link->out. */
#ifndef IXHR2_TESTS_LIB_H2_OUTGOING_H
#define IXHR2_TESTS_LIB_H2_OUTGOING_H

#include <stdint.h>

#include "lib/h2_link.h"

/* A stream, or NULL. */
struct h2_link_stream *h2_outgoing_find(const struct h2_link *link, uint32_t number);

/* A frame; what it changes for the client (SETTINGS, RST_STREAM …) is remembered. */
void h2_outgoing_put(struct h2_link *link, const struct h2_server_frame *frame);

/* One whose payload is a number. */
void h2_outgoing_put_number(struct h2_link *link, uint8_t type, uint32_t stream,
			    uint32_t number);

/* Sets a reply on its way. */
void h2_outgoing_reply(struct h2_link *link, struct h2_link_stream *stream,
		       const struct h2_server_reply *reply);

/* Puts replies in turn, until they wait or enough is to be sent. */
void h2_outgoing_send(struct h2_link *link);

/* Counts a stream that is through on both sides as open no longer. */
void h2_outgoing_settle(struct h2_link *link, struct h2_link_stream *stream);

#endif
