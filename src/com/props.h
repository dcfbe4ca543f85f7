/* SPDX-License-Identifier: MIT */
/*
 * The properties of one object, XHR_PROPERTY of msxml6.h. They live as long as the
 * object. Any thread: each is read and written as a whole.
 */
#ifndef IXHR2_COM_PROPS_H
#define IXHR2_COM_PROPS_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/err.h"
#include "ixhr2/msxml6.h"

#define PROPS_COUNT (XHR_PROP_MAX_CONNECTIONS + 1)

/* All zero bytes are the defaults. */
struct props {
	_Atomic uint64_t value[PROPS_COUNT]; /* by XHR_PROPERTY */
};

/* Sets a property. ERR_INVALID for one that does not exist and for a value that it
 * cannot have; nothing is changed then. */
MUST_USE enum err props_set(struct props *props, XHR_PROPERTY property, uint64_t value);

/* What XHR_PROP_IGNORE_CERT_ERRORS forgives, as bits of enum request_certificate_error.
 */
unsigned props_forgiven(const struct props *props);

/* The value of a property that exists. */
static inline uint64_t props_get(const struct props *props, XHR_PROPERTY property)
{
	return atomic_load_explicit(&props->value[property], memory_order_relaxed);
}

#endif
