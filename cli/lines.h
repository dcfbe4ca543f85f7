/* SPDX-License-Identifier: MIT */
/* Lines of standard input, in bounded memory. */
#ifndef CLI_LINES_H
#define CLI_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "bytes.h"

/* A line may not be longer. */
#define LINES_MAX_BYTES ((size_t)64 << 20)

/* All zero is the beginning. */
struct lines {
	struct bytes buffer; /* what was read */
	size_t begin;	     /* where what was not given yet begins */
	size_t seen;	     /* up to here there is no line feed behind begin */
	bool is_skipping;    /* in a line that is too long */
	bool has_ended;	     /* there is nothing more to read */
	int error;	     /* errno if it could not be read, else 0 */
};

enum lines_answer {
	LINES_NONE,	/* none is complete: lines_fill */
	LINES_ONE,	/* here it is */
	LINES_TOO_LONG, /* there was one that is too long; it is passed over */
	LINES_END	/* there is no more */
};

/* Reads what there is; it may wait. */
void lines_fill(struct lines *lines);

/* The next line, without its line feed, lent until the next call. The last one needs
 * none. */
enum lines_answer lines_next(struct lines *lines, const char **out_at, size_t *out_len);

/* Whether lines_next would answer LINES_NONE. */
bool lines_needs_more(struct lines *lines);

/* Frees what it holds. */
void lines_done(struct lines *lines);

#endif
