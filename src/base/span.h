/* SPDX-License-Identifier: MIT */
/*
 * Borrowed bytes: where they lie and how many they are. A span is valid until its
 * lender's next call. It is not NUL-terminated unless its lender says so.
 */
#ifndef IXHR2_BASE_SPAN_H
#define IXHR2_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct span {
	const char *at; /* first byte; may be NULL when len is 0 */
	size_t len;	/* number of bytes */
};

/* Pieces of one text, in order, which lie wherever they do. */
struct spans {
	const struct span *at; /* the first of them; may be NULL when count is 0 */
	size_t count;	       /* how many they are */
};

/* How many bytes the pieces have together. */
static inline size_t spans_bytes(struct spans spans)
{
	size_t bytes = 0;

	for (size_t i = 0; i < spans.count; i++)
		bytes += spans.at[i].len;
	return bytes;
}

/* A span over a string literal. */
#define SPAN(literal) ((struct span){"" literal, sizeof(literal) - 1})

/* A span over len bytes. */
static inline struct span span_of(const char *at, size_t len)
{
	return (struct span){at, len};
}

/* A span over a NUL-terminated string; NULL gives an empty span. */
static inline struct span span_str(const char *text)
{
	return (struct span){text, text ? strlen(text) : 0};
}

/* A span over the bytes from begin up to end. */
static inline struct span span_between(const char *begin, const char *end)
{
	return (struct span){begin, (size_t)(end - begin)};
}

/* Whether two spans hold the same bytes. */
static inline bool span_eq(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

/* What is left of s behind its first n bytes; n <= s.len. */
static inline struct span span_skip(struct span s, size_t n)
{
	return (struct span){n ? s.at + n : s.at, s.len - n};
}

/* Whether two spans are the same but for the case of ASCII letters. */
bool span_eq_nocase(struct span a, struct span b);

/* Whether s begins with prefix. */
bool span_has_prefix(struct span s, struct span prefix);

/* s without spaces and tabs at both ends (RFC 9110 5.6.3, OWS). */
struct span span_trim(struct span s);

/* Cuts *rest at the first byte c: answers what stands before it and moves *rest
 * behind it; without c answers all and leaves *rest empty. */
struct span span_cut(struct span *rest, char c);

#endif
