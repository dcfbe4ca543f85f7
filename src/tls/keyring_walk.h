/* SPDX-License-Identifier: MIT */
/* The files of a folder that hold certificates, one after the other. Any thread. */
#ifndef IXHR2_TLS_KEYRING_WALK_H
#define IXHR2_TLS_KEYRING_WALK_H

#include <stdbool.h>

#include "base/err.h"
#include "base/span.h"
#include "tls/identity_parts.h"

/* A file with certificates, lent to a visitor. */
struct keyring_bundle {
	const char *name;	     /* in the folder */
	char *path;		     /* of the file */
	char *key_path;		     /* of its .key file; NULL: it has none */
	struct identity_parts parts; /* of both files; certificates or PKCS#12 */
	bool is_exposed; /* others can get at the private key, as far as there is one */
};

/* Looks at a file, between crypto_enter and crypto_leave. ERR_EOF ends the walk in good
 * order, a failure ends it with that. */
typedef enum err keyring_visit_fn(void *visitor, const struct keyring_bundle *bundle);

struct keyring_walk {
	const char *folder;	 /* borrowed */
	keyring_visit_fn *visit; /* called for each file */
	void *visitor;		 /* its first argument */
	struct fault unread;	 /* of the first file that could not be read; 0 before */
};

/*
 * Visits them by name. Files that hold no certificate are passed over, and so are those
 * that cannot be read, but for walk->unread; a folder that is not there is empty. *fault
 * says more. ERR_FILE_DENIED, ERR_NO_MEMORY, ERR_SYSTEM, or a visitor's failure.
 */
MUST_USE enum err keyring_walk_run(struct keyring_walk *walk, struct fault *fault);

/* The suffix of a file's name with its dot, or an empty span. */
struct span keyring_walk_suffix(const char *name);

#endif
