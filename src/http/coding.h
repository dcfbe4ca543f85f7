/* SPDX-License-Identifier: MIT */
/*
 * Content codings of a response (RFC 9110 8.4.1, RFC 7932, RFC 8878, RFC 9659): gzip,
 * deflate, br, zstd, and chains of them. Coded bytes in, decoded bytes out, pulled, with
 * bounded memory. No I/O. The door to zlib, brotli and zstd.
 */
#ifndef IXHR2_HTTP_CODING_H
#define IXHR2_HTTP_CODING_H

#include <stddef.h>

#include "base/err.h"
#include "base/span.h"
#include "http/headers.h"

/* What is decoded, as the value of Accept-Encoding. */
#define CODING_ACCEPTED "gzip, deflate, br, zstd"

/* Codings of one response, over all its fields (contract section 11). */
#define CODING_MAX_CHAIN 5

/* Bytes that may go from one coding to the next without bringing out anything; real data
 * has no use for more than a few. */
#define CODING_MAX_BARREN_BYTES ((size_t)4 * 1024 * 1024)

/* Windows as powers of two: a response that wants a larger one is refused. zstd by RFC
 * 9659; br by RFC 7932, without its large windows. */
#define CODING_ZSTD_WINDOW_BITS 23
#define CODING_BR_WINDOW_BITS	24

struct coding;

/*
 * A decoder for what the Content-Encoding fields say: the coding that was applied last is
 * undone first; x-gzip is gzip; identity is nothing. 0 and NULL: there is nothing to be
 * decoded, or one of the codings, however many, is not known, so that the body is to be
 * given as it is. ERR_LIMIT: over CODING_MAX_CHAIN; ERR_NO_MEMORY.
 */
MUST_USE enum err coding_new(const struct headers *headers, struct coding **out_coding);

/*
 * Decodes what *in holds into at most cap > 0 bytes, and takes what it has used off *in.
 * 0: *out_len > 0 bytes are there, maybe more behind the same input. ERR_AGAIN: *in is
 * empty, all there is has been given, more input is needed or the end. ERR_CODING: the
 * data is damaged, or wants a larger window; ERR_LIMIT: over CODING_MAX_BARREN_BYTES, in
 * a chain alone; ERR_NO_MEMORY. After a failure the decoder is of no use. What follows
 * the end of the coded data is dropped; a further gzip member or zstd frame is no such
 * end.
 */
MUST_USE enum err coding_read(struct coding *coding, struct span *in, void *to,
			      size_t cap, size_t *out_len);

/* The input has ended, and coding_read has answered ERR_AGAIN. 0: the data is complete;
 * no input at all is, too. ERR_CODING: it is cut off. */
MUST_USE enum err coding_end(const struct coding *coding);

/* NULL is fine. */
void coding_free(struct coding *coding);

#endif
