/* SPDX-License-Identifier: MIT */
/*
 * An ordered list of fields in an arena. Names keep their case and compare without.
 * Names and values are borrowed unless a function says that it copies.
 */
#ifndef IXHR2_HTTP_HEADERS_H
#define IXHR2_HTTP_HEADERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

/* Most fields that a list has room for; there is no memory for more. */
#define HEADERS_MAX_COUNT (1u << 20)

/* Room of the first array that headers_put makes. */
#define HEADERS_FIRST_CAP 8u

struct headers_field {
	struct span name;  /* as it came */
	struct span value; /* trimmed; may be empty */
};

struct headers {
	struct arena *arena;	  /* where the list lies */
	struct headers_field *at; /* count fields, or NULL */
	uint32_t count;		  /* fields in use */
	uint32_t cap;		  /* fields that there is room for; 0: at is borrowed */
};

/* An empty list that will lie in arena; allocates nothing. */
void headers_init(struct headers *headers, struct arena *arena);

/* Makes an empty list that of somebody else, who has laid it out (h1_head_lay_out, and
 * h2_lay_out where requests go over HTTP/2) and keeps it longer than the arena. What is
 * put behind it goes to a copy; nothing of it can be removed. */
static inline void headers_borrow(struct headers *headers, const struct headers_field *at,
				  uint32_t count)
{
	headers->at = (struct headers_field *)(uintptr_t)at;
	headers->count = count;
	headers->cap = 0;
}

/* Makes room for count fields in all. ERR_NO_MEMORY. */
MUST_USE enum err headers_reserve(struct headers *headers, uint32_t count);

/* Appends a field; name and value are borrowed for the life of the list.
 * ERR_NO_MEMORY. */
MUST_USE static inline enum err headers_put(struct headers *headers, struct span name,
					    struct span value)
{
	if (headers->count >= headers->cap) {
		uint32_t cap = headers->count ? headers->count * 2 : HEADERS_FIRST_CAP;
		enum err err = headers_reserve(headers, cap);

		if (err)
			return err;
	}
	headers->at[headers->count++] = (struct headers_field){name, value};
	return ERR_NONE;
}

/* Whether two names are the same. */
static inline bool headers_is_name(struct span a, struct span b)
{
	return a.len == b.len && (span_eq(a, b) || span_eq_nocase(a, b));
}

/* The first field of this name at index from or behind it; NULL when there is none. */
const struct headers_field *headers_find(const struct headers *headers, struct span name,
					 uint32_t from);

/* The first field's value, or an empty span with at == NULL. */
struct span headers_get(const struct headers *headers, struct span name);

/* Removes every field of this name. */
void headers_remove(struct headers *headers, struct span name);

/* Appends the values of all fields of this name, joined by separator, to out.
 * ERR_MISSING when there is none; ERR_NO_MEMORY. */
MUST_USE enum err headers_join(const struct headers *headers, struct span name,
			       struct span separator, struct buf *out);

/*
 * Adds a field given by the program as contract R12 says: an existing one gets its
 * value joined by ", " (Cookie: "; "), or replaced where the field takes one value.
 * Name and value are copied. ERR_NO_MEMORY.
 */
MUST_USE enum err headers_merge(struct headers *headers, struct span name,
				struct span value);

#endif
