/* SPDX-License-Identifier: MIT */
/*
 * The decision is a pure function of the response, the method and the URL. What the
 * program is told, how often one may follow, and sending the body again are the
 * request's business.
 *
 * A Location is bytes. URLs are UTF-8, so those of an older server (Latin-1, say) would
 * be lost in parsing; they are percent-encoded first and reach the server as it sent
 * them.
 */
#include "web/redirect.h"

#include "base/text.h"

static bool is_followed_status(unsigned status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 ||
	       status == 308;
}

static bool becomes_get(unsigned status, struct span method)
{
	if (status == 303)
		return !span_eq(method, SPAN("HEAD")) && !span_eq(method, SPAN("GET"));
	return (status == 301 || status == 302) && span_eq(method, SPAN("POST"));
}

/* The one Location; two that differ would let the server and us disagree. */
static enum err find_location(const struct headers *headers, struct span *out_location,
			      const char **out_what)
{
	const struct headers_field *first = headers_find(headers, SPAN("Location"), 0);
	const struct headers_field *other = first;

	if (!first)
		return ERR_MISSING;
	do {
		if (!span_eq(first->value, other->value)) {
			*out_what = "there is more than one Location";
			return ERR_REDIRECT;
		}
		other = headers_find(headers, SPAN("Location"),
				     (uint32_t)(other - headers->at) + 1);
	} while (other);
	*out_location = first->value;
	return ERR_NONE;
}

/* Writes octets above 0x7F as %XX, which changes nothing where they are UTF-8. */
static enum err escape_octets(struct arena *arena, struct span text, struct span *out)
{
	static const char digits[16] = "0123456789ABCDEF";
	char *begin = arena_alloc(arena, text.len * 3);
	char *to = begin;

	if (!begin)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < text.len; i++) {
		unsigned char byte = (unsigned char)text.at[i];

		if (byte > 0x7F) {
			*to++ = '%';
			*to++ = digits[byte >> 4];
			*to++ = digits[byte & 15];
		} else {
			*to++ = (char)byte;
		}
	}
	*out = span_between(begin, to);
	return ERR_NONE;
}

static enum err resolve(struct arena *arena, struct span location, const struct url *from,
			struct url *out, const char **out_what)
{
	enum err err = ERR_NONE;

	if (!text_is_ascii(location))
		err = escape_octets(arena, location, &location);
	if (!err)
		err = url_parse(arena, location, from, out);
	switch (err) {
	case ERR_URL:
		*out_what = "its Location is not a URL";
		return ERR_REDIRECT;
	case ERR_SCHEME:
		*out_what = "its Location is neither http nor https";
		return ERR_REDIRECT;
	case ERR_NONE:
		break;
	default:
		return err;
	}
	if (from->is_https && !out->is_https) {
		*out_what = "it leads from https to http";
		return ERR_REDIRECT_DOWNGRADE;
	}
	return ERR_NONE;
}

enum err redirect_follow(struct arena *arena, const struct request_head *request,
			 const struct response_head *head, struct redirect *out,
			 const char **out_what)
{
	const struct url *from = request->url;
	struct span location;
	struct url url;
	enum err err;

	if (!is_followed_status(head->status))
		return ERR_MISSING;
	err = find_location(&head->headers, &location, out_what);
	if (err)
		return err;
	err = resolve(arena, location, from, &url, out_what);
	if (!err && !url_fragment(&url).len && url_fragment(from).len)
		err = url_with_fragment(arena, &url, from, &url);
	if (err)
		return err;
	out->url = url;
	out->becomes_get = becomes_get(head->status, request->method);
	out->leaves_origin = !url_is_same_origin(&url, from);
	return ERR_NONE;
}

static bool is_one_of(struct span name, const struct span *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (span_eq_nocase(name, names[i]))
			return true;
	return false;
}

/* RFC 9110 15.4 has some by name, "but not limited to" them. */
bool redirect_drops_with_body(struct span name)
{
	static const struct span prefix = {"Content-", 8};
	static const struct span names[] = {
		{"Digest", 6},
		{"Repr-Digest", 11},
		{"Last-Modified", 13},
		{"Expect", 6},
	};

	return (name.len > prefix.len &&
		span_eq_nocase(span_of(name.at, prefix.len), prefix)) ||
	       is_one_of(name, names, sizeof(names) / sizeof(names[0]));
}

bool redirect_drops_with_origin(struct span name)
{
	static const struct span names[] = {
		{"Authorization", 13},
		{"Cookie", 6},
		{"Host", 4},
		{"Referer", 7},
	};

	return is_one_of(name, names, sizeof(names) / sizeof(names[0]));
}
