/* SPDX-License-Identifier: MIT */
/* Files as the library needs them. Descriptors are close-on-exec. Any thread. */
#ifndef IXHR2_BASE_FILE_H
#define IXHR2_BASE_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

/* A file in $TMPDIR or /tmp that is unlinked at once, readable and writable. Closed by
 * the caller. ERR_FILE_..., ERR_NO_DESCRIPTOR, ERR_NO_MEMORY, ERR_SYSTEM. */
MUST_USE enum err file_open_unlinked(int *out_fd);

/* Reads up to cap bytes at offset; *out_len is less than cap only at the end. */
MUST_USE enum err file_read_at(int fd, uint64_t offset, void *to, size_t cap,
			       size_t *out_len);

/* Writes all bytes at offset. ERR_FILE_FULL, ERR_SYSTEM. */
MUST_USE enum err file_write_at(int fd, uint64_t offset, struct span bytes);

/* Gives the blocks of [from, to) back to the file system where it can; no error. */
void file_punch(int fd, uint64_t from, uint64_t to);

/* Makes a folder and its missing parents, readable by this user alone; one that is
 * there stays as it is. ERR_FILE_... (EXISTS: something else has the name),
 * ERR_NO_MEMORY, ERR_SYSTEM. */
MUST_USE enum err file_make_folder(const char *path);

#endif
