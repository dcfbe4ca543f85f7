/* SPDX-License-Identifier: MIT */
/*
 * What -v writes to standard error: callbacks, heads, and the library's trace, each line
 * with the milliseconds since the beginning. Any thread.
 */
#ifndef CLI_VERBOSE_H
#define CLI_VERBOSE_H

#include <stdbool.h>

#include <ixhr2/ixhr2.h>

/* Begins: the library's trace is written from now on. */
void verbose_begin(void);

/* Whether anything is written. */
bool verbose_is_on(void);

/* Writes a line about a transfer: id is that of its job, or NULL. */
__attribute__((format(printf, 2, 3))) void verbose_line(const char *id,
							const char *format, ...);

/* Writes each line of a head (lines that end with CR LF) behind mark; what proves an
 * identity is left out. NULL is nothing. */
void verbose_head(const char *id, char mark, const char *lines);

#endif
