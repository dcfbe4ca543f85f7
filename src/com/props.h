/* SPDX-License-Identifier: MIT */
/*
 * The properties of one object, XHR_PROPERTY of msxml6.h. They live as long as the
 * object. One thread at a time, but what a callback looks at is read by any.
 */
#ifndef IXHR2_COM_PROPS_H
#define IXHR2_COM_PROPS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "engine/request.h"
#include "ixhr2/msxml6.h"

/* All zero bytes are the defaults. */
struct props {
	struct request_wishes wishes; /* what they make of the next Send; no_redirects
					 is set by others */
	_Atomic uint64_t threshold;   /* any thread: XHR_PROP_ONDATA_THRESHOLD */
	atomic_bool is_extended;      /* any thread: XHR_PROP_EXTENDED_ERROR */
};

/* Sets a property. ERR_INVALID for one that does not exist and for a value that it
 * cannot have; nothing is changed then. */
MUST_USE enum err props_set(struct props *props, XHR_PROPERTY property, uint64_t value);

/* How many unread bytes the program is told of. */
static inline uint64_t props_threshold(const struct props *props)
{
	return atomic_load_explicit(&props->threshold, memory_order_relaxed);
}

/* Whether OnError tells more of what has failed. */
static inline bool props_is_extended(const struct props *props)
{
	return atomic_load_explicit(&props->is_extended, memory_order_relaxed);
}

#endif
