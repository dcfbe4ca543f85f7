/* SPDX-License-Identifier: MIT */
/*
 * The bytes of one body that have come over HTTP/2 and nobody has pulled: some lie where
 * they were received, the others in memory of the queue. First in, first out.
 */
#ifndef IXHR2_HTTP_H2_QUEUE_H
#define IXHR2_HTTP_H2_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"
#include "http/h2.h"

/* Pieces that may lie where they were received: a buffer has room for seventeen of the
 * usual 16 KiB, where the first and the last are cut. */
#define H2_QUEUE_PIECES 18u

/* Shorter pieces are copied: they are not worth a whole buffer; but where a body has had
 * so many bytes, because all that is behind a copy must be copied too. */
#define H2_QUEUE_PIECE_BYTES 1024u
#define H2_QUEUE_LONG_BYTES  (32u * 1024)

/* Most bytes that are told at a time out of copies. */
#define H2_QUEUE_TELL_BYTES (64u * 1024)

/* Memory above this is given back when it is empty. */
#define H2_QUEUE_KEEP_BYTES 4096u

/* All zero bytes are an empty one. */
struct h2_queue {
	struct h2_input *input;		     /* held; where pieces lies; or NULL */
	struct span pieces[H2_QUEUE_PIECES]; /* the oldest bytes, in input */
	uint32_t piece_count;		     /* of pieces, in use */
	bool is_told;			     /* all of pieces are */
	struct buf old;	   /* copies that are being told, behind pieces */
	size_t old_at;	   /* bytes of old that were told */
	struct span told;  /* the last of them */
	struct buf young;  /* copies that came since, behind old */
	size_t told_bytes; /* by the last h2_queue_next */
	uint64_t bytes;	   /* that were ever put */
};

/* Appends bytes, which lie in input. ERR_NO_MEMORY. */
MUST_USE enum err h2_queue_put(struct h2_queue *queue, struct h2_input *input,
			       struct span bytes);

/* How many bytes the last call of h2_queue_next told, once: they go. */
size_t h2_queue_drop_told(struct h2_queue *queue);

/* The oldest bytes, all those that lie in one buffer, until the next h2_queue_drop_told,
 * which came before this. ERR_AGAIN: it is empty. */
MUST_USE enum err h2_queue_next(struct h2_queue *queue, struct spans *out);

/* Whether nothing is left that was not told. */
bool h2_queue_is_empty(const struct h2_queue *queue);

/* Drops all bytes; a little memory may stay for the next body. */
void h2_queue_clear(struct h2_queue *queue);

/* Drops all bytes and all memory. */
void h2_queue_done(struct h2_queue *queue);

#endif
