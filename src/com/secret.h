/* SPDX-License-Identifier: MIT */
/*
 * A text of the program's that is nobody else's business, such as a password: UTF-8 that
 * is wiped before it is freed. One thread at a time; a copy of the struct takes the place
 * of the original.
 */
#ifndef IXHR2_COM_SECRET_H
#define IXHR2_COM_SECRET_H

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"
#include "base/wide.h"
#include "ixhr2/windef.h"

/* All zero bytes are an empty one. */
struct secret {
	struct buf utf8; /* owned; a NUL behind it, not counted; at is NULL when empty */
};

/* Makes one of a zero-terminated text; NULL and "" become an empty one. ERR_INVALID: it
 * is what wide_to_utf8 refuses; ERR_NO_MEMORY. */
MUST_USE enum err secret_init(struct secret *secret, const WCHAR *text,
			      enum wide_unit unit);

/* Wipes and frees; it is empty then. */
void secret_done(struct secret *secret);

/* Its bytes. Valid until it is changed. */
struct span secret_span(const struct secret *secret);

#endif
