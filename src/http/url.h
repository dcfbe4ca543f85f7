/* SPDX-License-Identifier: MIT */
/*
 * URLs by the WHATWG URL Standard (https://url.spec.whatwg.org/), for http and https.
 * No I/O. A URL is one serialised text in an arena, and where its parts lie there.
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

/* The parts follow each other; the functions below answer them. */
struct url {
	const char *text;      /* all of it, with a NUL behind (not counted) */
	uint32_t username_end; /* where the user name ends, which follows "://" */
	uint32_t authority;    /* where the host begins: behind the @ of a login */
	uint32_t host_end;     /* where the host ends; :port may follow */
	uint32_t target;       /* where the path begins */
	uint32_t fragment;     /* where the fragment begins, with its # */
	uint32_t bytes;	       /* of the whole text */
	uint16_t port;	       /* explicit or the scheme's default */
	bool is_https;	       /* otherwise http */
};

/* A URL of which nothing is asked but its authority and target, which text is. */
static inline struct url url_of_request(struct span text, size_t authority_bytes,
					bool is_https)
{
	return (struct url){.text = text.at,
			    .target = (uint32_t)authority_bytes,
			    .fragment = (uint32_t)text.len,
			    .bytes = (uint32_t)text.len,
			    .is_https = is_https};
}

/* The bytes from begin up to end. */
static inline struct span url_part(const struct url *url, uint32_t begin, uint32_t end)
{
	return span_of(url->text + begin, end - begin);
}

/* "http://" or "https://", with which the text begins. */
static inline struct span url_scheme(const struct url *url)
{
	return url->is_https ? SPAN("https://") : SPAN("http://");
}

/* All of it. */
static inline struct span url_href(const struct url *url)
{
	return url_part(url, 0, url->bytes);
}

/* Percent-encoded, or empty. */
static inline struct span url_username(const struct url *url)
{
	return url_part(url, (uint32_t)url_scheme(url).len, url->username_end);
}

/* Percent-encoded, or empty. */
static inline struct span url_password(const struct url *url)
{
	/* Between ":" and "@". */
	if (url->authority < url->username_end + 2)
		return url_part(url, url->username_end, url->username_end);
	return url_part(url, url->username_end + 1, url->authority - 1);
}

/* Whether there is a user name or a password. */
static inline bool url_has_login(const struct url *url)
{
	return url->authority > url_scheme(url).len;
}

/* Host, with :port unless it is the scheme's default. */
static inline struct span url_authority(const struct url *url)
{
	return url_part(url, url->authority, url->target);
}

/* Serialised: [v6] in brackets, IDNA in its ASCII form. */
static inline struct span url_host(const struct url *url)
{
	return url_part(url, url->authority, url->host_end);
}

/* Path with ?query: what a request line carries. */
static inline struct span url_target(const struct url *url)
{
	return url_part(url, url->target, url->fragment);
}

/* With its #, or empty; never sent. */
static inline struct span url_fragment(const struct url *url)
{
	return url_part(url, url->fragment, url->bytes);
}

/*
 * Parses input (UTF-8; bytes that are not are U+FFFD), relative to base unless that
 * is NULL. ERR_URL when it cannot be parsed, is relative without a base, or is too
 * long; ERR_SCHEME when it is a URL with another scheme; ERR_NO_MEMORY. The text lies
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
