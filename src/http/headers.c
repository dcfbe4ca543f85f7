/* SPDX-License-Identifier: MIT */
/*
 * The list is one array in the arena. When it is full a new one of twice the size is
 * cut and the old one is left to the arena, so the waste is bounded by the list itself.
 *
 * A name is looked up by going through the array: its length is compared first, which
 * rules out nearly all others; for the dozen fields of a message that is faster than any
 * index that would have to be built for it.
 */
#include "http/headers.h"

#include <assert.h>

/* Fields of requests whose grammar is one value, not a list (RFC 9110 unless named). */
static const char *const single_fields[] = {
	"Access-Control-Request-Method", /* Fetch */
	"Authorization",
	"Content-Disposition", /* RFC 6266 */
	"Content-Length",
	"Content-Location",
	"Content-Range",
	"Content-Type",
	"DNT",
	"Date",
	"Depth",       /* RFC 4918 */
	"Destination", /* RFC 4918 */
	"From",
	"Host",
	"If-Modified-Since",
	"If-Range",
	"If-Unmodified-Since",
	"Last-Modified",
	"Lock-Token", /* RFC 4918 */
	"Max-Forwards",
	"Origin",    /* RFC 6454 */
	"Overwrite", /* RFC 4918 */
	"Proxy-Authorization",
	"Range",
	"Referer",
	"SOAPAction",		     /* SOAP 1.1 */
	"Upgrade-Insecure-Requests", /* CSP */
	"User-Agent",
};

void headers_init(struct headers *headers, struct arena *arena)
{
	*headers = (struct headers){.arena = arena};
}

enum err headers_reserve(struct headers *headers, uint32_t count)
{
	struct headers_field *at;

	if (count <= headers->cap)
		return ERR_NONE;
	if (count > HEADERS_MAX_COUNT)
		return ERR_NO_MEMORY;
	at = arena_alloc(headers->arena, count * sizeof(*at));
	if (!at)
		return ERR_NO_MEMORY;
	if (headers->count > 0)
		memcpy(at, headers->at, headers->count * sizeof(*at));
	headers->at = at;
	headers->cap = count;
	return ERR_NONE;
}

const struct headers_field *headers_find(const struct headers *headers, struct span name,
					 uint32_t from)
{
	const struct headers_field *end;

	if (from >= headers->count)
		return NULL;
	end = headers->at + headers->count;
	for (const struct headers_field *at = headers->at + from; at < end; at++) {
		if (headers_is_name(at->name, name))
			return at;
	}
	return NULL;
}

struct span headers_get(const struct headers *headers, struct span name)
{
	const struct headers_field *field = headers_find(headers, name, 0);

	return field ? field->value : span_of(NULL, 0);
}

void headers_remove(struct headers *headers, struct span name)
{
	uint32_t kept = 0;

	if (!headers_find(headers, name, 0))
		return;
	assert(headers->cap);
	for (uint32_t i = 0; i < headers->count; i++) {
		if (!headers_is_name(headers->at[i].name, name))
			headers->at[kept++] = headers->at[i];
	}
	headers->count = kept;
}

enum err headers_join(const struct headers *headers, struct span name,
		      struct span separator, struct buf *out)
{
	size_t len_before = out->len;
	bool is_first = true;
	enum err err;

	for (uint32_t i = 0; i < headers->count; i++) {
		if (!headers_is_name(headers->at[i].name, name))
			continue;
		err = is_first ? ERR_NONE : buf_put(out, separator);
		if (!err)
			err = buf_put(out, headers->at[i].value);
		if (err) {
			out->len = len_before;
			return err;
		}
		is_first = false;
	}
	return is_first ? ERR_MISSING : ERR_NONE;
}

static bool is_single(struct span name)
{
	for (size_t i = 0; i < sizeof(single_fields) / sizeof(*single_fields); i++) {
		if (headers_is_name(span_str(single_fields[i]), name))
			return true;
	}
	return false;
}

/* A copy in the arena of a, separator and b. */
static enum err join_two(struct arena *arena, const struct span parts[3],
			 struct span *out)
{
	size_t len = parts[0].len + parts[1].len + parts[2].len;
	char *at = arena_alloc(arena, len);
	char *to = at;

	if (!at)
		return ERR_NO_MEMORY;
	for (int i = 0; i < 3; i++) {
		memcpy(to, parts[i].at, parts[i].len);
		to += parts[i].len;
	}
	*out = span_of(at, len);
	return ERR_NONE;
}

static enum err merge_into(struct headers *headers, struct headers_field *field,
			   struct span value)
{
	struct span separator =
		headers_is_name(field->name, SPAN("Cookie")) ? SPAN("; ") : SPAN(", ");
	const struct span parts[3] = {field->value, separator, value};

	if (field->value.len == 0 || is_single(field->name))
		return arena_copy(headers->arena, value, &field->value);
	if (value.len == 0)
		return ERR_NONE;
	return join_two(headers->arena, parts, &field->value);
}

enum err headers_merge(struct headers *headers, struct span name, struct span value)
{
	const struct headers_field *field = headers_find(headers, name, 0);
	struct span name_copy;
	struct span value_copy;
	enum err err;

	if (field)
		return merge_into(headers, &headers->at[field - headers->at], value);
	err = arena_copy(headers->arena, name, &name_copy);
	if (!err)
		err = arena_copy(headers->arena, value, &value_copy);
	if (!err)
		err = headers_put(headers, name_copy, value_copy);
	return err;
}
