/* SPDX-License-Identifier: MIT */
/*
 * A file that appears under its name when it is complete, and not before: it is written
 * beside that name and renamed. What is no regular file (a device, a pipe) is written
 * directly. One thread at a time, but for output_unlink.
 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

struct output;

/*
 * Begins a file. may_replace: an existing file is replaced; otherwise it is EEXIST, now
 * or at the end. 0, or an errno. Ended by output_commit or output_discard.
 */
int output_open(const char *path, bool may_replace, struct output **out_output);

/* Appends. 0, or an errno. */
int output_write(struct output *output, const void *at, size_t len);

/* Gives the file its name and frees output; after a failure nothing is left. 0, or an
 * errno. */
int output_commit(struct output *output);

/* Removes what was written and frees output. NULL is fine. */
void output_discard(struct output *output);

/* Removes what was written, while another thread may still write it: before the process
 * ends. NULL is fine. */
void output_unlink(const struct output *output);

#endif
