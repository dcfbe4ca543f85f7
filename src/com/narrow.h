/* SPDX-License-Identifier: MIT */
/*
 * The program's wide text as UTF-8, for the length of a call. Short ASCII, which is
 * nearly all of it, takes no allocation.
 */
#ifndef IXHR2_COM_NARROW_H
#define IXHR2_COM_NARROW_H

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"
#include "base/wide.h"

/* Units of ASCII that need no memory beyond the struct. */
#define NARROW_SMALL_BYTES 200

/* All zero bytes in big and text are an empty one; it may not be moved once filled. */
struct narrow {
	struct span text; /* the UTF-8; at is NULL for a text that was NULL */
	struct buf big;	  /* owned; where the text lies if it is not small */
	char small[NARROW_SMALL_BYTES]; /* where it lies otherwise */
};

/* An empty one. */
static inline void narrow_init(struct narrow *narrow)
{
	narrow->text = (struct span){0};
	buf_init(&narrow->big);
}

/* Fills an empty one with a zero-terminated text, which may be NULL. ERR_INVALID for
 * what wide_to_utf8 refuses; ERR_NO_MEMORY; it is then empty. */
MUST_USE enum err narrow_set(struct narrow *narrow, const void *text,
			     enum wide_unit unit);

/* Frees; it is empty again. */
static inline void narrow_done(struct narrow *narrow)
{
	buf_done(&narrow->big);
	narrow->text = (struct span){0};
}

/* The same for what may be a secret, of which nothing is left behind. */
void narrow_wipe(struct narrow *narrow);

#endif
