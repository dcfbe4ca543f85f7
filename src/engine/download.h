/* SPDX-License-Identifier: MIT */
/*
 * The body of a response on its way from an exchange to the program, where it is coded
 * (contract P11). A body that is not coded needs none: its bytes are given as they lie.
 * Owner of the loop only.
 */
#ifndef IXHR2_ENGINE_DOWNLOAD_H
#define IXHR2_ENGINE_DOWNLOAD_H

#include "base/err.h"
#include "base/span.h"
#include "http/headers.h"
#include "net/loop.h"

/* Most that is decoded at a time, into a buffer of the loop. */
#define DOWNLOAD_PIECE_BYTES (128u * 1024)

struct coding;

struct download {
	struct loop *loop;     /* lends buffers */
	struct coding *coding; /* owned */
	struct span coded;     /* not decoded yet; lent by the exchange */
	struct spans rest;     /* the same behind that */
	struct span decoded;   /* what was decoded last, in buffer */
	char *buffer;	       /* of the loop, while decoded bytes are lent; or NULL */
};

/* One for a response with these fields. 0 and NULL: there is nothing to be decoded.
 * Otherwise the fields that tell of the coded body are gone from headers. ERR_LIMIT,
 * ERR_NO_MEMORY. */
MUST_USE enum err download_new(struct loop *loop, struct headers *headers,
			       struct download **out_download);

/* Takes coded bytes, which stay until download_next has answered ERR_AGAIN, as those
 * before must have. */
void download_take(struct download *download, struct spans coded);

/* The next decoded bytes, lent until the next call. ERR_AGAIN: more must be taken.
 * ERR_CODING, ERR_NO_MEMORY: for good. */
MUST_USE enum err download_next(struct download *download, struct spans *out_decoded);

/* The coded body has ended, and download_next has answered ERR_AGAIN. ERR_CODING: it is
 * cut off. */
MUST_USE enum err download_end(const struct download *download);

/* NULL is fine. */
void download_free(struct download *download);

#endif
