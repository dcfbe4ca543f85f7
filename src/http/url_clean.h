/* SPDX-License-Identifier: MIT */
/*
 * What the WHATWG URL parser does to its input before it looks at it: UTF-8 is decoded
 * (Encoding Standard, section 8.1.1), tabs and line ends are dropped.
 */
#ifndef IXHR2_HTTP_URL_CLEAN_H
#define IXHR2_HTTP_URL_CLEAN_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

/* Whether there is surely nothing to clean: all bytes are ASCII and no controls. */
bool url_clean_is_needless(struct span text);

/* Appends text without tabs, line feeds and carriage returns; what is not UTF-8 becomes
 * U+FFFD. ERR_NO_MEMORY. */
MUST_USE enum err url_clean_put(struct buf *out, struct span text);

#endif
