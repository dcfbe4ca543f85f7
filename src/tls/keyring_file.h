/* SPDX-License-Identifier: MIT */
/* Files with private keys: read into memory that is wiped, and written for their owner
 * alone. Any thread. */
#ifndef IXHR2_TLS_KEYRING_FILE_H
#define IXHR2_TLS_KEYRING_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/span.h"

/* All zero is empty. */
struct keyring_file {
	char *at;	 /* the bytes, owned; or NULL */
	size_t len;	 /* how many there are */
	size_t cap;	 /* how many there is room for */
	bool is_exposed; /* others than its owner may read or write it, or its owner is
			    neither this user nor root */
};

/* Where a file comes from: the folder, where it must be a regular one and nothing that
 * waits is waited for, or anywhere, where it may be a pipe. */
enum keyring_file_origin { KEYRING_FILE_OURS, KEYRING_FILE_ANY };

/*
 * Reads a file into an empty struct; what was opened is what was looked at and read.
 * *fault says more. ERR_INVALID: no regular file, or longer than KEYRING_MAX_FILE_BYTES;
 * ERR_FILE_MISSING, ERR_FILE_DENIED, ERR_NO_MEMORY, ERR_SYSTEM.
 */
MUST_USE enum err keyring_file_read(struct keyring_file *file, const char *path,
				    enum keyring_file_origin origin, struct fault *fault);

/* The bytes, valid until keyring_file_done. */
struct span keyring_file_span(const struct keyring_file *file);

/* Wipes and frees; empty again. */
void keyring_file_done(struct keyring_file *file);

/* Writes folder/name, which is there whole or not at all; the folder is made. *fault says
 * more. ERR_FILE_..., ERR_NO_MEMORY, ERR_SYSTEM. */
MUST_USE enum err keyring_file_write(const char *folder, const char *name,
				     struct span bytes, struct fault *fault);

/* Removes a file; one that is not there is fine. ERR_FILE_..., ERR_SYSTEM. */
MUST_USE enum err keyring_file_remove(const char *path);

/* folder, a slash, name and suffix, to be freed with mem_free; NULL: no memory. */
MUST_USE char *keyring_file_path(const char *folder, struct span name,
				 const char *suffix);

#endif
