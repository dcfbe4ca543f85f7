/* SPDX-License-Identifier: MIT */
/* The chunked transfer coding, both ways (RFC 9112 7.1). No I/O, no allocation. */
#ifndef IXHR2_HTTP_CHUNK_H
#define IXHR2_HTTP_CHUNK_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

/* Longest line with a chunk's size and extensions, without its end. */
#define CHUNK_MAX_LINE 4096u

/* Bytes that chunk_begin writes at most: 16 digits, CR, LF. */
#define CHUNK_BEGIN_BYTES 18

/* What ends a chunk, and what ends the body when there are no trailers. */
#define CHUNK_END  SPAN("\r\n")
#define CHUNK_LAST SPAN("0\r\n\r\n")

enum chunk_place {
	CHUNK_SIZE_START, /* first digit of a size */
	CHUNK_SIZE,	  /* further digits, or what ends them */
	CHUNK_SIZE_BLANK, /* blanks behind a size, then a semicolon */
	CHUNK_EXTENSION,  /* all up to CR */
	CHUNK_SIZE_LF,	  /* LF behind the size line's CR */
	CHUNK_DATA,	  /* the chunk itself */
	CHUNK_DATA_CR,	  /* CR behind the chunk */
	CHUNK_DATA_LF,	  /* LF behind that CR */
	CHUNK_TRAILERS	  /* not ours any more */
};

struct chunk {
	uint64_t left;		/* bytes of this chunk still to come */
	enum chunk_place place; /* what the next byte belongs to */
	uint32_t line_bytes;	/* of the size line so far */
};

/* Ready for the first byte of a chunked body. */
void chunk_init(struct chunk *chunk);

/*
 * Takes bytes off *in. 0: *out_data is a piece of the body, not empty, lying in in.
 * ERR_AGAIN: in is used up. ERR_EOF: the last chunk's line has been read, *in begins
 * with the trailer section. ERR_PROTOCOL, ERR_LIMIT: for good.
 */
MUST_USE enum err chunk_next(struct chunk *chunk, struct span *in, struct span *out_data);

/* Bytes of data that come next, before any line. */
static inline uint64_t chunk_plain(const struct chunk *chunk)
{
	return chunk->place == CHUNK_DATA ? chunk->left : 0;
}

/* The next len bytes, all of chunk_plain, were taken elsewhere. */
void chunk_skip(struct chunk *chunk, uint64_t len);

/* Writes the line before a chunk of bytes > 0; answers how long it is. */
size_t chunk_begin(char out[CHUNK_BEGIN_BYTES], uint64_t bytes);

#endif
