/* SPDX-License-Identifier: MIT */
/*
 * The standard describes a machine that looks at one code point at a time. For http and
 * https alone it comes down to cutting, which is done here in three steps.
 *
 * Clean: controls and spaces go at both ends; tabs, line ends and bytes that are not
 * UTF-8 are rare, and only where something of the kind may be is the input copied.
 *
 * Cut: what comes before the path is cut off. The number of slashes behind the scheme
 * says whether an authority comes, or the front of the base's text is kept. Nearly always
 * an authority is a host that need not be decoded and perhaps a port; if these are not
 * all, it is read again as one with a login, or with a host to be decoded. Nothing is
 * written but such a host.
 *
 * Write: all is serialised into a scratch, on the stack unless the URL is long, and
 * copied into the arena when its length is known. Path, query and fragment are read as
 * they are written; segments "." and ".." are resolved in the output. What is kept of the
 * base is serialised already.
 */
#include "http/url.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/word.h"
#include "http/url_clean.h"
#include "http/url_escape.h"
#include "http/url_host.h"

/* URLs that need no more room than this are written on the stack first. */
#define SCRATCH_BYTES 1024

/* Room for what no piece of a URL brings: scheme, : and @ of the user information, a
 * host that is a number, a port, the slash of an empty path. */
#define OVERHEAD_BYTES (8 + 2 + URL_HOST_NUMBER_BYTES + 6 + 1)

/* Most digits of a port. */
#define PORT_DIGITS 5

#define PORT_HTTP  80
#define PORT_HTTPS 443

/* A URL whose front is read: what comes before the path is cut, or is the base's. */
struct draft {
	bool is_https;	   /* otherwise http */
	uint16_t port;	   /* of the authority, explicit or the default */
	uint32_t kept;	   /* how many bytes of the base's text are this URL's too; 0 when
			      it has an authority */
	struct span login; /* what comes before the @ of the authority, or empty */
	struct span host;  /* of the authority; lies in decoded if it was encoded */
	struct span digits; /* of the authority's port, without leading zeros */
	struct span rest;   /* path, query and fragment, as they are written */
	struct buf decoded; /* owned: the host where it had to be decoded */
};

static uint16_t default_port(bool is_https)
{
	return is_https ? PORT_HTTPS : PORT_HTTP;
}

static bool is_slash(char c)
{
	return c == '/' || c == '\\';
}

/* How many bytes of text are a scheme, which a colon follows; 0 without a scheme. */
static size_t scheme_bytes(struct span text)
{
	size_t i = 0;

	if (text.len == 0 || !text_is_alpha(text.at[0]))
		return 0;
	while (i < text.len &&
	       (text_is_alpha(text.at[i]) || text_is_digit(text.at[i]) ||
		text.at[i] == '+' || text.at[i] == '-' || text.at[i] == '.'))
		i++;
	return i < text.len && text.at[i] == ':' ? i : 0;
}

/* As scheme_bytes, of "http" or "https"; 0 when it is neither. */
static size_t web_scheme_bytes(struct span text)
{
	const char *at = text.at;

	/* Nearly always it is in lower case. */
	if (text.len < 5 ||
	    (memcmp(at, "http", 4) != 0 && !span_eq_nocase(span_of(at, 4), SPAN("http"))))
		return 0;
	if (at[4] == ':')
		return 4;
	return text.len > 5 && text_lower(at[4]) == 's' && at[5] == ':' ? 5 : 0;
}

/* Cuts the scheme off draft->rest; *base becomes NULL where it supplies nothing. */
static enum err cut_scheme(struct draft *draft, const struct url **base)
{
	size_t bytes = web_scheme_bytes(draft->rest);

	if (bytes) {
		draft->is_https = bytes == 5;
		draft->rest = span_skip(draft->rest, bytes + 1);
		if (*base && (*base)->is_https != draft->is_https)
			*base = NULL;
		return ERR_NONE;
	}
	if (scheme_bytes(draft->rest))
		return ERR_SCHEME;
	if (!*base)
		return ERR_URL;
	draft->is_https = (*base)->is_https;
	return ERR_NONE;
}

/* Reads a port with its colon, if text begins with one; answers what follows. */
static struct span cut_port(struct draft *draft, struct span text)
{
	const char *end = text.at + text.len;
	const char *at = text.at;
	const char *first;
	int value = 0;

	draft->port = default_port(draft->is_https);
	if (at == end || *at++ != ':')
		return text;
	while (end - at > 1 && at[0] == '0' && text_is_digit(at[1]))
		at++;
	first = at;
	if (end - at > PORT_DIGITS)
		end = at + PORT_DIGITS;
	for (; at != end && text_is_digit(*at); at++)
		value = value * 10 + (*at - '0');
	if (value > UINT16_MAX)
		return text;
	draft->digits = span_between(first, at);
	if (at != first)
		draft->port = (uint16_t)value;
	return span_skip(text, (size_t)(at - text.at));
}

/* Whether what is left follows a path. */
static bool is_path_over(struct span rest)
{
	return rest.len == 0 || rest.at[0] == '?' || rest.at[0] == '#';
}

/* Whether what is left follows an authority. */
static bool is_authority_over(struct span rest)
{
	return rest.len == 0 || is_slash(rest.at[0]) || is_path_over(rest);
}

/* Reads a host of so many bytes, and perhaps a port; answers what follows. */
static struct span cut_host(struct draft *draft, struct span text, size_t bytes)
{
	draft->host = span_of(text.at, bytes);
	return cut_port(draft, span_skip(text, bytes));
}

/* text is a host that has to be decoded, and perhaps a port. */
static enum err decode_host(struct draft *draft, struct span text)
{
	struct span behind = text;
	struct span host = span_cut(&behind, ':');
	enum err err;

	if (cut_host(draft, text, host.len).len)
		return ERR_URL;
	err = url_host_decode(&draft->decoded, host);
	draft->host = buf_span(&draft->decoded);
	return err;
}

/* There is a login, or a host that has to be decoded. */
static enum err cut_odd_authority(struct draft *draft)
{
	struct span text = draft->rest;
	const char *at;

	text.len = 0;
	while (!is_authority_over(span_skip(draft->rest, text.len)))
		text.len++;
	draft->rest = span_skip(draft->rest, text.len);
	at = memrchr(text.at, '@', text.len);
	if (at) {
		draft->login = span_between(text.at, at);
		text = span_between(at + 1, text.at + text.len);
		if (cut_host(draft, text, url_host_bytes(text)).len == 0)
			return ERR_NONE;
	}
	return decode_host(draft, text);
}

/* draft->rest begins behind the slashes that introduce an authority. */
static enum err cut_authority(struct draft *draft)
{
	size_t bytes = url_host_bytes(draft->rest);
	struct span behind = cut_host(draft, draft->rest, bytes);
	enum err err = ERR_NONE;

	/* Otherwise it was no host. */
	if (is_authority_over(behind))
		draft->rest = behind;
	else
		err = cut_odd_authority(draft);
	if (err)
		return err;
	return draft->host.len ? ERR_NONE : ERR_URL;
}

/* There is no authority: how much of the base stays, up to a slash that ends its path, or
 * to what draft->rest replaces. */
static void cut_relative(struct draft *draft, const struct url *base)
{
	struct span path = url_target(base);
	struct span rest = draft->rest;
	const char *slash;

	draft->kept = base->fragment;
	if (rest.len == 0 || rest.at[0] == '#')
		return;
	path = span_cut(&path, '?');
	draft->kept = base->target + (uint32_t)path.len;
	if (rest.at[0] == '?')
		return;
	slash = is_slash(rest.at[0]) ? path.at : memrchr(path.at, '/', path.len);
	draft->kept = base->target + (uint32_t)(slash - path.at);
}

/* Reads draft->rest up to the path. */
static enum err cut(struct draft *draft, const struct url **base)
{
	enum err err = cut_scheme(draft, base);
	size_t slashes = 0;

	if (err)
		return err;
	while (slashes < draft->rest.len && is_slash(draft->rest.at[slashes]))
		slashes++;
	if (*base && slashes < 2) {
		cut_relative(draft, *base);
		return ERR_NONE;
	}
	draft->rest = span_skip(draft->rest, slashes);
	return cut_authority(draft);
}

/* The most bytes that the URL can take. */
static size_t room_for(const struct draft *draft)
{
	size_t escaped = draft->login.len + draft->rest.len;

	return draft->kept + draft->host.len + 3 * escaped + OVERHEAD_BYTES;
}

static char *put_span(char *to, struct span text)
{
	if (text.len)
		memcpy(to, text.at, text.len);
	return to + text.len;
}

/* How far to is in the text of url. */
static uint32_t offset_of(const struct url *url, const char *to)
{
	return (uint32_t)(to - url->text);
}

static char *put_scheme(char *to, bool is_https)
{
	return is_https ? put_span(to, SPAN("https://")) : put_span(to, SPAN("http://"));
}

/* Writes user name and password, or nothing where both are empty. */
static char *put_login(char *to, struct span login, struct url *url)
{
	struct span username = span_cut(&login, ':');
	char *begin = to;

	to = url_escape_put(to, &username, URL_ESCAPE_USERINFO);
	url->username_end = offset_of(url, to);
	if (login.len) {
		*to++ = ':';
		to = url_escape_put(to, &login, URL_ESCAPE_USERINFO);
	}
	if (to != begin)
		*to++ = '@';
	return to;
}

/* Writes scheme and authority behind *to. */
static enum err put_authority(char **to, const struct draft *draft, struct url *url)
{
	enum err err;

	url->is_https = draft->is_https;
	url->port = draft->port;
	*to = put_scheme(*to, draft->is_https);
	url->username_end = offset_of(url, *to);
	if (draft->login.len)
		*to = put_login(*to, draft->login, url);
	url->authority = offset_of(url, *to);
	err = url_host_put(draft->host, to);
	if (err)
		return err;
	url->host_end = offset_of(url, *to);
	if (draft->port != default_port(draft->is_https)) {
		*(*to)++ = ':';
		word_copy_few(*to, draft->digits.at, draft->digits.len);
		*to += draft->digits.len;
	}
	url->target = offset_of(url, *to);
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

/* Writes the path at the front of *rest behind to, segment by segment; the whole path
 * begins at first. */
static char *put_path(char *to, const char *first, struct span *rest)
{
	bool is_last = false;

	if (rest->len && is_slash(rest->at[0]))
		*rest = span_skip(*rest, 1);
	while (!is_last) {
		char *begin = to;
		unsigned dots;

		*to++ = '/';
		if (rest->len)
			to = url_escape_put(to, rest, URL_ESCAPE_SEGMENT);
		is_last = rest->len == 0 || !is_slash(rest->at[0]);
		if (!is_last)
			*rest = span_skip(*rest, 1);
		dots = dots_in(span_between(begin + 1, to));
		if (dots == 0)
			continue;
		to = begin;
		if (dots == 2)
			while (to > first && *--to != '/')
				;
		if (is_last)
			*to++ = '/';
	}
	return to;
}

/* Writes what comes before draft->rest behind *to. */
static enum err put_front(char **to, const struct draft *draft, const struct url *base,
			  struct url *url)
{
	if (draft->kept) {
		*url = *base;
		url->text = *to;
		*to = put_span(*to, url_part(base, 0, draft->kept));
		return ERR_NONE;
	}
	url->text = *to;
	return put_authority(to, draft, url);
}

/* Serialises to scratch, which has the room. */
static enum err write_url(char *scratch, const struct draft *draft,
			  const struct url *base, struct url *url)
{
	struct span rest = draft->rest;
	char *to = scratch;
	enum err err = put_front(&to, draft, base, url);

	if (err)
		return err;
	if (!draft->kept || !is_path_over(rest))
		to = put_path(to, scratch + url->target, &rest);
	if (rest.len)
		to = url_escape_put(to, &rest, URL_ESCAPE_QUERY);
	url->fragment = offset_of(url, to);
	if (rest.len)
		to = url_escape_put(to, &rest, URL_ESCAPE_FRAGMENT);
	url->bytes = offset_of(url, to);
	return url->bytes > URL_MAX_BYTES ? ERR_URL : ERR_NONE;
}

static bool has_login(const struct draft *draft, const struct url *base)
{
	return draft->kept ? url_has_login(base) : draft->login.len > 0;
}

static enum err store(struct arena *arena, const struct draft *draft,
		      const struct url *base, struct url *out)
{
	char stack[SCRATCH_BYTES];
	size_t room = room_for(draft);
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
static enum err parse_clean(struct arena *arena, struct span input,
			    const struct url *base, struct url *out)
{
	struct draft draft = {.rest = input};
	enum err err = cut(&draft, &base);

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
	enum err err = text.len > URL_MAX_BYTES ? ERR_URL : ERR_NONE;
	struct buf clean = {0};

	if (!err && !url_clean_is_needless(text)) {
		err = url_clean_put(&clean, text);
		text = clean.len ? buf_span(&clean) : SPAN("");
	}
	if (!err)
		err = parse_clean(arena, text, base, out);
	buf_wipe(&clean);
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
