/* SPDX-License-Identifier: MIT */
/*
 * URLs by the WHATWG URL Standard (https://url.spec.whatwg.org/), for http and https.
 * No I/O. A URL is one serialised text in an arena, and spans of it.
 */
#ifndef IXHR2_HTTP_URL_H
#define IXHR2_HTTP_URL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

/* Longest URL that is parsed or serialised, in bytes (contract section 11). */
#define URL_MAX_BYTES (2u * 1024 * 1024)

struct url {
	struct span href;      /* all of it, with a NUL behind (not counted) */
	struct span username;  /* percent-encoded, or empty */
	struct span password;  /* percent-encoded, or empty */
	struct span authority; /* host, with :port unless it is the scheme's default */
	struct span host;      /* serialised: [v6] in brackets, IDNA in its ASCII form */
	struct span target;    /* path with ?query: what a request line carries */
	struct span fragment;  /* with its #, or empty; never sent */
	uint16_t port;	       /* explicit or the scheme's default */
	bool is_https;	       /* otherwise http */
};

/*
 * Parses input (UTF-8; bytes that are not are U+FFFD), relative to base unless that
 * is NULL. ERR_URL when it cannot be parsed, is relative without a base, or is too
 * long; ERR_SCHEME when it is a URL with another scheme; ERR_NO_MEMORY. The spans lie
 * in arena; base need not stay.
 */
MUST_USE enum err url_parse(struct arena *arena, struct span input,
			    const struct url *base, struct url *out);

/* Same scheme, host and port (RFC 6454). */
bool url_is_same_origin(const struct url *a, const struct url *b);

/* A copy of url whose fragment is that of from (RFC 9110 10.2.2). ERR_NO_MEMORY. */
MUST_USE enum err url_with_fragment(struct arena *arena, const struct url *url,
				    const struct url *from, struct url *out);

/* Takes user name and password out of a URL the text of which lies in the caller's
 * memory, where nothing of them is left. */
void url_drop_login(struct url *url);

/* A copy of url without user name, password and fragment. ERR_NO_MEMORY. */
MUST_USE enum err url_without_secrets(struct arena *arena, const struct url *url,
				      struct url *out);

#endif
