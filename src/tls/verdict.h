/* SPDX-License-Identifier: MIT */
/*
 * What was found out about the certificates that a server showed. Written once, at the
 * end of their verification, and never changed; shared by the connection, the TLS
 * sessions kept from it, and the requests that go over it. Any thread.
 */
#ifndef IXHR2_TLS_VERDICT_H
#define IXHR2_TLS_VERDICT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

/* What can be wrong with a chain. Every error that is none of the others is one of
 * authority. */
enum verdict_error {
	VERDICT_REVOCATION = 1, /* revoked, or it cannot be told though it must */
	VERDICT_AUTHORITY = 2,	/* no way to a root, or a fault in the chain */
	VERDICT_NAME = 4,	/* for another server */
	VERDICT_DATE = 8,	/* expired, or not yet valid */
	VERDICT_ALL = 15
};

struct verdict {
	unsigned errors;	  /* bits of enum verdict_error, forgiven ones too */
	enum err err;		  /* 0, or the ERR_CERT_ of what was not forgiven */
	const char *text;	  /* sentences about what was not forgiven, or "" */
	size_t count;		  /* of chain; at least 1 */
	const struct span *chain; /* DER, each signed by the next, the server's own first,
				     as far as it could be built; a root included */
	int64_t good_until_s;	  /* when one of them, or a proof that it is not revoked,
				     runs out (seconds since 1970) */
};

/* A copy of what *from says, with one reference. ERR_NO_MEMORY. */
MUST_USE enum err verdict_new(const struct verdict *from,
			      const struct verdict **out_verdict);

/* One more reference; answers the same. NULL is fine. */
const struct verdict *verdict_ref(const struct verdict *verdict);

/* One less; the last one frees. NULL is fine. */
void verdict_unref(const struct verdict *verdict);

#endif
