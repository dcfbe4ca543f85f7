/* SPDX-License-Identifier: MIT */
/*
 * UTF-8 as the program's zero-terminated wide text, for the length of a callback. Short
 * text takes no allocation.
 */
#ifndef IXHR2_COM_WIDEN_H
#define IXHR2_COM_WIDEN_H

#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "base/wide.h"

/* Units that need no memory beyond the struct. */
#define WIDEN_SMALL_UNITS 127

/* It may not be moved once made. */
struct widen {
	const void *text;		       /* the text, never NULL */
	void *big;			       /* owned; where it lies if it is long */
	uint32_t small[WIDEN_SMALL_UNITS + 1]; /* where it lies otherwise */
};

/* Makes the text. ERR_NO_MEMORY: there is nothing to free then. */
MUST_USE enum err widen_init(struct widen *widen, struct span utf8, enum wide_unit unit);

/* Frees it. */
void widen_done(struct widen *widen);

#endif
