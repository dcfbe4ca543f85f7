/* SPDX-License-Identifier: MIT */
/*
 * The standard describes a machine that looks at one code point at a time. For http and
 * https alone it comes down to cutting, which is done here in three steps.
 *
 * Clean: controls and spaces go at both ends; tabs, line ends and bytes that are not
 * UTF-8 are rare, and only where something of the kind may be is the input copied.
 *
 * Cut: scheme, fragment and query are cut off; the number of slashes in front of the
 * rest says whether an authority comes, or what is missing is taken from the base. The
 * pieces are spans of the input, or of the base. Nothing is written but a host that has
 * to be decoded.
 *
 * Write: the pieces are serialised into a scratch, on the stack unless the URL is long,
 * and copied into the arena when their length is known. Segments "." and ".." are
 * resolved in the output, as they are written. Base pieces are serialised already.
 */
#include "http/url.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "http/url_clean.h"
#include "http/url_escape.h"
#include "http/url_host.h"

/* URLs that need no more room than this are written on the stack first. */
#define SCRATCH_BYTES 1024

/* Room for what no piece of a URL brings: scheme, : and @ of the user information, a
 * host that is a number, a port, the slash of an empty path. */
#define OVERHEAD_BYTES (8 + 2 + URL_HOST_NUMBER_BYTES + 6 + 1)

#define PORT_HTTP  80
#define PORT_HTTPS 443

/* A URL cut into pieces; all but the kept ones are still as they were written. */
struct draft {
	bool is_https;	       /* otherwise http */
	bool has_authority;    /* otherwise all before the path is the base's */
	bool has_path;	       /* otherwise the path is kept_path */
	bool is_plain;	       /* nothing is encoded anywhere */
	uint16_t port;	       /* of the authority, explicit or the default */
	struct span username;  /* of the authority */
	struct span password;  /* of the authority */
	struct span host;      /* of the authority; lies in decoded if it was encoded */
	struct span kept_path; /* the front of the base's path, without a last slash */
	struct span path;      /* what comes behind kept_path, without a first slash */
	struct span query;     /* with its ?, or empty */
	struct span fragment;  /* with its #, or empty */
	struct buf decoded;    /* owned: the host where it had to be decoded */
};

static uint16_t default_port(bool is_https)
{
	return is_https ? PORT_HTTPS : PORT_HTTP;
}

static bool is_slash(char c)
{
	return c == '/' || c == '\\';
}

/* Cuts text at the first byte c: answers what begins with c, or an empty span. */
static struct span cut_tail(struct span *text, char c)
{
	const char *end = text->at + text->len;
	const char *at = text->len ? memchr(text->at, c, text->len) : NULL;

	if (!at)
		return span_of(end, 0);
	text->len = (size_t)(at - text->at);
	return span_between(at, end);
}

/* How many bytes of text are a scheme, which a colon follows; 0 without a scheme. */
static size_t scheme_bytes(struct span text)
{
	size_t i = 0;

	if (text.len > 6 && memcmp(text.at, "https:", 6) == 0)
		return 5;
	if (text.len > 5 && memcmp(text.at, "http:", 5) == 0)
		return 4;
	if (text.len == 0 || !text_is_alpha(text.at[0]))
		return 0;
	while (i < text.len &&
	       (text_is_alpha(text.at[i]) || text_is_digit(text.at[i]) ||
		text.at[i] == '+' || text.at[i] == '-' || text.at[i] == '.'))
		i++;
	return i < text.len && text.at[i] == ':' ? i : 0;
}

/* Nearly always the scheme is in lower case. */
static bool is_scheme(struct span scheme, struct span name)
{
	return span_eq(scheme, name) || span_eq_nocase(scheme, name);
}

/* Cuts the scheme off *rest; *base becomes NULL where it supplies nothing. */
static enum err cut_scheme(struct draft *draft, struct span *rest,
			   const struct url **base)
{
	size_t bytes = scheme_bytes(*rest);
	struct span scheme = span_of(rest->at, bytes);

	if (bytes == 0) {
		if (!*base)
			return ERR_URL;
		draft->is_https = (*base)->is_https;
		return ERR_NONE;
	}
	draft->is_https = bytes == 5 && is_scheme(scheme, SPAN("https"));
	if (!draft->is_https && (bytes != 4 || !is_scheme(scheme, SPAN("http"))))
		return ERR_SCHEME;
	if (*base && (*base)->is_https != draft->is_https)
		*base = NULL;
	*rest = span_skip(*rest, bytes + 1);
	return ERR_NONE;
}

/* text is what follows the colon behind the host. */
static enum err read_port(struct span text, uint16_t *port)
{
	uint32_t value = 0;

	if (text.len == 0)
		return ERR_NONE;
	for (size_t i = 0; i < text.len; i++) {
		unsigned digit = (unsigned char)(text.at[i] - '0');

		if (digit > 9)
			return ERR_URL;
		value = value * 10 + digit;
		if (value > UINT16_MAX)
			return ERR_URL;
	}
	*port = (uint16_t)value;
	return ERR_NONE;
}

static enum err cut_host(struct draft *draft, struct span text)
{
	struct span behind = text;
	struct span port;
	enum err err;

	/* A colon in brackets is part of the host. */
	if (text.len && text.at[0] == '[')
		behind = cut_tail(&behind, ']');
	port = cut_tail(&behind, ':');
	draft->host = span_between(text.at, port.at);
	if (draft->host.len == 0)
		return ERR_URL;
	if (port.len) {
		err = read_port(span_skip(port, 1), &draft->port);
		if (err)
			return err;
	}
	if (draft->is_plain || !url_host_is_encoded(draft->host))
		return ERR_NONE;
	err = url_host_decode(&draft->decoded, draft->host);
	draft->host = buf_span(&draft->decoded);
	return err;
}

/* text begins behind the slashes that introduce an authority. */
static enum err cut_authority(struct draft *draft, struct span text)
{
	struct span authority = text;
	const char *end;
	const char *at;

	cut_tail(&authority, '/');
	cut_tail(&authority, '\\');
	end = authority.at + authority.len;
	draft->path = span_skip(text, authority.len);
	if (draft->path.len)
		draft->path = span_skip(draft->path, 1);
	draft->has_path = true;
	draft->has_authority = true;
	draft->port = default_port(draft->is_https);
	at = authority.len ? memrchr(authority.at, '@', authority.len) : NULL;
	if (at) {
		draft->password = span_between(authority.at, at);
		draft->username = span_cut(&draft->password, ':');
		authority = span_between(at + 1, end);
	}
	return cut_host(draft, authority);
}

/* text has no authority and one slash in front, or none; query and fragment are cut. */
static void cut_relative(struct draft *draft, struct span text, const struct url *base)
{
	struct span base_path = url_target(base);
	struct span base_query = cut_tail(&base_path, '?');
	const char *slash;

	draft->has_path = text.len > 0;
	if (!draft->has_path) {
		draft->kept_path = base_path;
		if (draft->query.len == 0)
			draft->query = base_query;
		return;
	}
	if (is_slash(text.at[0])) {
		draft->path = span_skip(text, 1);
		return;
	}
	slash = memrchr(base_path.at, '/', base_path.len);
	draft->kept_path = span_between(base_path.at, slash ? slash : base_path.at);
	draft->path = text;
}

static enum err cut(struct draft *draft, struct span input, const struct url **base)
{
	enum err err = cut_scheme(draft, &input, base);
	size_t slashes = 0;

	if (err)
		return err;
	draft->fragment = cut_tail(&input, '#');
	draft->query = cut_tail(&input, '?');
	while (slashes < input.len && is_slash(input.at[slashes]))
		slashes++;
	if (!*base || slashes >= 2)
		return cut_authority(draft, span_skip(input, slashes));
	cut_relative(draft, input, *base);
	return ERR_NONE;
}

/* The most bytes that the pieces can take. */
static size_t room_for(const struct draft *draft, const struct url *base)
{
	size_t escaped = draft->username.len + draft->password.len + draft->path.len +
			 draft->query.len + draft->fragment.len;
	size_t kept = draft->has_authority ? 0 : base->bytes;

	return 3 * escaped + draft->host.len + kept + OVERHEAD_BYTES;
}

static char *put_span(char *to, struct span text)
{
	if (text.len)
		memcpy(to, text.at, text.len);
	return to + text.len;
}

static char *put_port(char *to, uint16_t port)
{
	char digits[5];
	char *end = digits + sizeof(digits);
	char *first = end;

	do {
		*--first = (char)('0' + port % 10);
		port /= 10;
	} while (port);
	*to++ = ':';
	return put_span(to, span_between(first, end));
}

/* How far to is in the text of url. */
static uint32_t offset_of(const struct url *url, const char *to)
{
	return (uint32_t)(to - url->text);
}

static char *put_userinfo(char *to, const struct draft *draft, struct url *url)
{
	to = url_escape_put(to, draft->username, URL_ESCAPE_USERINFO);
	url->username_end = offset_of(url, to);
	if (draft->password.len) {
		*to++ = ':';
		to = url_escape_put(to, draft->password, URL_ESCAPE_USERINFO);
	}
	if (draft->username.len + draft->password.len)
		*to++ = '@';
	return to;
}

/* Writes scheme and authority behind *to. */
static enum err put_authority(char **to, const struct draft *draft, struct url *url)
{
	enum err err;

	url->is_https = draft->is_https;
	url->port = draft->port;
	*to = put_userinfo(put_span(*to, url_scheme(url)), draft, url);
	url->authority = offset_of(url, *to);
	err = url_host_put(draft->host, to);
	if (err)
		return err;
	url->host_end = offset_of(url, *to);
	if (draft->port != default_port(draft->is_https))
		*to = put_port(*to, draft->port);
	return ERR_NONE;
}

/* How many dots a serialised segment stands for: 1, 2, or 0 when it is another. */
static unsigned dots_in(struct span segment)
{
	unsigned dots = 0;

	if (segment.len && segment.at[0] != '.' && segment.at[0] != '%')
		return 0;
	while (segment.len) {
		size_t bytes = 1;

		if (segment.at[0] != '.') {
			bytes = 3;
			if (segment.len < 3 ||
			    !span_eq_nocase(span_of(segment.at, 3), SPAN("%2e")))
				return 0;
		}
		if (++dots > 2)
			return 0;
		segment = span_skip(segment, bytes);
	}
	return dots;
}

/* Writes path behind to, segment by segment; the whole path begins at first. */
static char *put_path(char *to, const char *first, struct span path)
{
	bool is_last;

	do {
		char *begin = to;
		unsigned dots;

		*to++ = '/';
		to = url_escape_put_segment(to, &path);
		is_last = path.len == 0;
		if (!is_last)
			path = span_skip(path, 1);
		dots = dots_in(span_between(begin + 1, to));
		if (dots == 0)
			continue;
		to = begin;
		if (dots == 2)
			while (to > first && *--to != '/')
				;
		if (is_last)
			*to++ = '/';
	} while (!is_last);
	return to;
}

/* Writes everything before the path behind to; *url gets the base's, or its own. */
static enum err put_front(char **to, const struct draft *draft, const struct url *base,
			  struct url *url)
{
	url->text = *to;
	if (draft->has_authority)
		return put_authority(to, draft, url);
	*url = *base;
	url->text = *to;
	*to = put_span(*to, url_part(base, 0, base->target));
	return ERR_NONE;
}

/* Serialises to scratch, which has the room. */
static enum err write_url(char *scratch, const struct draft *draft,
			  const struct url *base, struct url *url)
{
	char *to = scratch;
	char *target;
	enum err err = put_front(&to, draft, base, url);

	if (err)
		return err;
	target = to;
	url->target = offset_of(url, to);
	to = put_span(to, draft->kept_path);
	if (draft->has_path)
		to = put_path(to, target, draft->path);
	to = url_escape_put(to, draft->query, URL_ESCAPE_QUERY);
	url->fragment = offset_of(url, to);
	to = url_escape_put(to, draft->fragment, URL_ESCAPE_FRAGMENT);
	url->bytes = offset_of(url, to);
	return url->bytes > URL_MAX_BYTES ? ERR_URL : ERR_NONE;
}

static bool has_login(const struct draft *draft, const struct url *base)
{
	const struct span password =
		draft->has_authority ? draft->password : url_password(base);

	return password.len > 0;
}

static enum err store(struct arena *arena, const struct draft *draft,
		      const struct url *base, struct url *out)
{
	char stack[SCRATCH_BYTES];
	size_t room = room_for(draft, base);
	char *scratch = room <= sizeof(stack) ? stack : mem_alloc(room);
	struct span text;
	struct url url;
	enum err err;

	if (!scratch)
		return ERR_NO_MEMORY;
	err = write_url(scratch, draft, base, &url);
	if (!err)
		err = arena_copy(arena, url_href(&url), &text);
	if (!err) {
		url.text = text.at;
		*out = url;
	}
	if (has_login(draft, base))
		mem_wipe(scratch, room);
	if (scratch != stack)
		mem_free(scratch);
	return err;
}

/* input is clean. */
static enum err parse_clean(struct arena *arena, struct span input, bool is_ascii,
			    const struct url *base, struct url *out)
{
	struct draft draft = {
		.is_plain = is_ascii && !memchr(input.at, '%', input.len),
	};
	enum err err = cut(&draft, input, &base);

	if (!err)
		err = store(arena, &draft, base, out);
	buf_done(&draft.decoded);
	return err;
}

/* text without controls and spaces at both ends. */
static struct span trim(struct span text)
{
	while (text.len && (unsigned char)text.at[0] <= ' ')
		text = span_skip(text, 1);
	while (text.len && (unsigned char)text.at[text.len - 1] <= ' ')
		text.len--;
	return text;
}

enum err url_parse(struct arena *arena, struct span input, const struct url *base,
		   struct url *out)
{
	struct span text = input.len ? trim(input) : SPAN("");
	struct buf clean;
	enum err err;

	if (text.len > URL_MAX_BYTES)
		return ERR_URL;
	if (url_clean_is_needless(text))
		return parse_clean(arena, text, true, base, out);
	buf_init(&clean);
	err = url_clean_put(&clean, text);
	if (!err)
		err = parse_clean(arena, clean.len ? buf_span(&clean) : SPAN(""), false,
				  base, out);
	mem_wipe(clean.at, clean.len);
	buf_done(&clean);
	return err;
}

bool url_is_same_origin(const struct url *a, const struct url *b)
{
	/* A port that is the scheme's default is never written. */
	return a->is_https == b->is_https && span_eq(url_authority(a), url_authority(b));
}

/* A copy of url whose text is front and behind, one behind the other. */
static enum err copy_of(struct arena *arena, const struct url *url, struct span front,
			struct span behind, struct url *out)
{
	char *at = arena_alloc(arena, front.len + behind.len + 1);

	if (!at)
		return ERR_NO_MEMORY;
	*put_span(put_span(at, front), behind) = '\0';
	*out = *url;
	out->text = at;
	out->bytes = (uint32_t)(front.len + behind.len);
	return ERR_NONE;
}

enum err url_with_fragment(struct arena *arena, const struct url *url,
			   const struct url *from, struct url *out)
{
	return copy_of(arena, url, url_part(url, 0, url->fragment), url_fragment(from),
		       out);
}

/* The login is not in the text of url any more. */
static void forget_login(struct url *url)
{
	uint32_t scheme_bytes = (uint32_t)url_scheme(url).len;
	uint32_t cut = url->authority - scheme_bytes;

	url->username_end = scheme_bytes;
	url->authority = scheme_bytes;
	url->host_end -= cut;
	url->target -= cut;
	url->fragment -= cut;
}

void url_drop_login(struct url *url)
{
	size_t scheme_bytes = url_scheme(url).len;
	char *to = (char *)(uintptr_t)url->text + scheme_bytes;
	size_t cut = url->authority - scheme_bytes;
	size_t left = url->bytes - url->authority;

	if (!cut)
		return;
	memmove(to, to + cut, left);
	mem_wipe(to + left, cut);
	url->bytes -= (uint32_t)cut;
	forget_login(url);
}

enum err url_without_secrets(struct arena *arena, const struct url *url, struct url *out)
{
	enum err err = copy_of(arena, url, url_scheme(url),
			       url_part(url, url->authority, url->fragment), out);

	if (!err)
		forget_login(out);
	return err;
}
