/* SPDX-License-Identifier: MIT */
/*
 * Codes bodies as a server would, by the libraries' encoders. A test that uses it links
 * zlib, libbrotlienc and libzstd.
 */
#ifndef IXHR2_TESTS_LIB_CODER_H
#define IXHR2_TESTS_LIB_CODER_H

#include "base/buf.h"
#include "base/span.h"

enum coder_format {
	CODER_GZIP,
	CODER_ZLIB, /* "deflate" as it is meant */
	CODER_BARE, /* "deflate" as some servers send it */
	CODER_BR,
	CODER_ZSTD, /* with a checksum */
	CODER_FORMATS
};

/* The names of the formats in Content-Encoding. */
extern const char *const coder_names[CODER_FORMATS];

/* Appends the coded body: a gzip member, a zstd frame ... Ends the program when there is
 * no memory. window_bits: of the window, 0 for the encoder's choice; br has its large
 * windows from 25 on. */
void coder_put(struct buf *out, enum coder_format format, struct span body,
	       int window_bits);

/* The coded body alone, with the encoder's choice of a window. */
struct buf coder_make(enum coder_format format, struct span body);

#endif
