/* SPDX-License-Identifier: MIT */
/*
 * Bytes of a response that have come and that the program has not read: they come out in
 * the order in which they went in. Up to BACKLOG_MEMORY_BYTES lie in memory, what is
 * beyond in a file without a name. One thread at a time.
 */
#ifndef IXHR2_COM_BACKLOG_H
#define IXHR2_COM_BACKLOG_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

/* Bytes that are kept in memory. */
#define BACKLOG_MEMORY_BYTES (1024 * 1024)

struct backlog;

/* An empty one, or NULL when memory is out. */
MUST_USE struct backlog *backlog_new(void);

/* Forgets what is in it. NULL is fine. */
void backlog_free(struct backlog *backlog);

/* Appends a copy of bytes. ERR_NO_MEMORY, ERR_FILE_FULL, ERR_FILE_DENIED,
 * ERR_FILE_MISSING (no folder for the file), ERR_SYSTEM: a part of bytes may have been
 * appended. */
MUST_USE enum err backlog_put(struct backlog *backlog, struct span bytes);

/* Takes up to cap bytes out, *out_len of them, also after a failure: ERR_SYSTEM, the file
 * cannot be read. */
MUST_USE enum err backlog_take(struct backlog *backlog, char *to, size_t cap,
			       size_t *out_len);

/* How many bytes are in it. */
uint64_t backlog_bytes(const struct backlog *backlog);

/* Nothing more will be put: what is drained is given back at once. */
void backlog_end(struct backlog *backlog);

#endif
