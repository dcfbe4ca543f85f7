/* SPDX-License-Identifier: MIT */
/*
 * The body of a request as a stream for Send. What can be read again (memory, a regular
 * file) is an IStream too; a pipe is an ISequentialStream alone.
 */
#ifndef CLI_SOURCE_H
#define CLI_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include <ixhr2/objidl.h>

#include "task.h"

struct source;

/*
 * Makes one for a body, whose bytes and path stay as long as it is read. *out_source is
 * NULL when there is no body. 0, or an errno. The reference is the caller's.
 */
int source_new(const struct task_body *body, struct source **out_source);

/* The stream; lent. */
ISequentialStream *source_stream(struct source *source);

/* How long it is, or IXHR2_LENGTH_UNKNOWN. */
uint64_t source_length(const struct source *source);

/* How far it has been read. Any thread. */
uint64_t source_position(const struct source *source);

/* Why reading failed: an errno, or 0. After the request. */
int source_error(const struct source *source);

/* Ends a Read that waits, with E_ABORT. Any thread. NULL is fine. */
void source_stop(struct source *source);

/* Gives the reference back. NULL is fine. */
void source_unref(struct source *source);

#endif
