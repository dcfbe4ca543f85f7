/* SPDX-License-Identifier: MIT */
/*
 * What a coded body decodes to: decoders by the name of their codings, fed in pieces that
 * lie against guard pages, with room for output that does too.
 */
#ifndef IXHR2_TESTS_LIB_DECODED_H
#define IXHR2_TESTS_LIB_DECODED_H

#include <stddef.h>

#include "base/err.h"
#include "base/span.h"
#include "http/coding.h"

/* Room for what is decoded. */
#define DECODED_BYTES 16384

/* What came of a coded body. */
struct decoded {
	char bytes[DECODED_BYTES]; /* all output together, as much of it as fits */
	size_t len;		   /* of all */
	enum err err;		   /* coding_end's, or the failure before */
};

/* A body for most tests: words and noise, so that there are matches, literals and codes
 * of all lengths. */
struct span decoded_body(void);

/* All output; a failure of the test when it was more than there is room for. */
struct span decoded_span(const struct decoded *decoded);

/* coding_new for one Content-Encoding field. */
MUST_USE enum err decoded_new(const char *codings, struct coding **out_coding);

/* coding_read until it answers anything but 0, with room for cap bytes or less; appends
 * what comes. */
MUST_USE enum err decoded_read(struct coding *coding, struct span *in, size_t cap,
			       struct decoded *out);

/* Decodes all of input, in pieces, with room for cap bytes. */
void decoded_run(const char *codings, struct span input, size_t piece_bytes, size_t cap,
		 struct decoded *out);

/* Fails the test unless input comes to err, and without a failure to bytes: whole, and in
 * pieces of each length. */
void decoded_check(const char *codings, struct span input, enum err err,
		   struct span bytes);

#endif
