/* SPDX-License-Identifier: MIT */
/*
 * Hosts of http and https URLs: the host parser and serialiser of the WHATWG URL
 * Standard, sections 3.5 and 3.6.
 */
#ifndef IXHR2_HTTP_URL_HOST_H
#define IXHR2_HTTP_URL_HOST_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

/* Room that url_host_put needs for a host that is a number: [IPv6] is the longest. */
#define URL_HOST_NUMBER_BYTES 41

/*
 * How many bytes at the front of text are a host that need not be decoded: [address], or
 * what a serialised domain may have. 0 when there is none.
 */
size_t url_host_bytes(struct span text);

/* Appends the domain that text stands for, percent-decoded, in lower case and in its
 * ASCII form. ERR_URL, ERR_NO_MEMORY; out may have grown then. */
MUST_USE enum err url_host_decode(struct buf *out, struct span text);

/*
 * Writes the host that text (not empty, and all of it url_host_bytes) stands for behind
 * *to, where there is room for text and URL_HOST_NUMBER_BYTES more, and moves *to to its
 * end: a domain in lower case, an IPv4 address in its usual form, or an IPv6 address in
 * brackets. ERR_URL when it is an address that cannot be.
 */
MUST_USE enum err url_host_put(struct span text, char **to);

#endif
