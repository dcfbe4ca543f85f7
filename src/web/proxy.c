/* SPDX-License-Identifier: MIT */
/*
 * A proxy's URL is cut here, since schemes and default ports are not those of the URLs
 * that are requested: the scheme up to "://", the authority up to a slash, the login up
 * to the last "@", the port behind a colon outside of brackets. The host alone goes
 * through http/url, which brings it into the form that the rest of the library has; so
 * the password gets into no memory but the login's.
 *
 * A proxy is one block of memory with its text behind; the host lies in the text.
 */
#include "web/proxy.h"

#include <stdio.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "http/url.h"

#define PORT_HTTPS  443
#define PORT_OTHERS 1080

/* Room for ":65535" and a NUL. */
#define PORT_TEXT_BYTES 7

/* A URL in pieces, spans of it. */
struct pieces {
	enum proxy_kind kind; /* by its scheme */
	struct span userinfo; /* or empty */
	struct span host;     /* as it is written, then as in a parsed URL */
	uint16_t port;	      /* written or the default */
};

/* What begins each text. */
static const char *const fronts[] = {
	[PROXY_HTTP] = "http://",	[PROXY_HTTPS] = "https://",
	[PROXY_SOCKS4A] = "socks4a://", [PROXY_SOCKS5] = "socks5://",
	[PROXY_SOCKS5H] = "socks5h://",
};

static const struct {
	struct span name;     /* in lower case */
	enum proxy_kind kind; /* what it stands for */
} schemes[] = {
	{{"http", 4}, PROXY_HTTP},	{{"https", 5}, PROXY_HTTPS},
	{{"socks4", 6}, PROXY_SOCKS4A}, {{"socks4a", 7}, PROXY_SOCKS4A},
	{{"socks5", 6}, PROXY_SOCKS5},	{{"socks5h", 7}, PROXY_SOCKS5H},
};

#define SCHEME_COUNT (sizeof(schemes) / sizeof(schemes[0]))

/* text without controls and spaces at both ends. */
static struct span trim(struct span text)
{
	while (text.len && (unsigned char)text.at[0] <= ' ')
		text = span_skip(text, 1);
	while (text.len && (unsigned char)text.at[text.len - 1] <= ' ')
		text.len--;
	return text;
}

/* The URL parser would pass over some controls. */
static bool has_control(struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		if ((unsigned char)text.at[i] < ' ')
			return true;
	}
	return false;
}

/* How many bytes of text stand before the first of these. */
static size_t bytes_before(struct span text, const char *these)
{
	size_t len = 0;

	while (len < text.len && !strchr(these, text.at[len]))
		len++;
	return len;
}

/* Cuts the scheme and what follows it off *rest. */
static enum err cut_scheme(struct span *rest, enum proxy_kind *out_kind)
{
	size_t len = bytes_before(*rest, ":/?#@[");
	struct span scheme = span_of(rest->at, len);

	if (!span_has_prefix(span_skip(*rest, len), SPAN("://"))) {
		*out_kind = PROXY_HTTP;
		return ERR_NONE;
	}
	for (size_t i = 0; i < SCHEME_COUNT; i++) {
		if (!span_eq_nocase(schemes[i].name, scheme))
			continue;
		*rest = span_skip(*rest, len + 3);
		*out_kind = schemes[i].kind;
		return ERR_NONE;
	}
	return ERR_INVALID;
}

/* text is what stands behind the colon; without any the default stays. */
static enum err read_port(struct span text, uint16_t *port)
{
	uint64_t value;

	if (text.len == 0)
		return ERR_NONE;
	if (text_parse_uint(text, &value) || !value || value > UINT16_MAX)
		return ERR_INVALID;
	*port = (uint16_t)value;
	return ERR_NONE;
}

/* url is not empty. */
static enum err cut(struct span url, struct pieces *out)
{
	enum err err = cut_scheme(&url, &out->kind);
	struct span rest = span_of(url.at, bytes_before(url, "/\\?#"));
	const char *at = rest.len ? memrchr(rest.at, '@', rest.len) : NULL;
	const char *end = rest.at + rest.len;
	const char *bracket;
	size_t len = 0;

	if (err)
		return err;
	out->userinfo = span_between(rest.at, at ? at : rest.at);
	if (at)
		rest = span_between(at + 1, end);
	bracket = rest.len && rest.at[0] == '[' ? memchr(rest.at, ']', rest.len) : NULL;
	if (bracket)
		len = (size_t)(bracket - rest.at);
	len += bytes_before(span_skip(rest, len), ":");
	out->host = span_of(rest.at, len);
	out->port = out->kind == PROXY_HTTPS ? PORT_HTTPS : PORT_OTHERS;
	return read_port(span_skip(rest, len < rest.len ? len + 1 : len), &out->port);
}

/* Brings the host into the form that a parsed URL has; it lies in arena then. */
static enum err read_host(struct arena *arena, struct span *host)
{
	struct buf text;
	struct url url;
	enum err err;

	if (host->len == 0)
		return ERR_INVALID;
	buf_init(&text);
	err = buf_put(&text, SPAN("http://"));
	if (!err)
		err = buf_put(&text, *host);
	if (!err)
		err = buf_put_byte(&text, '/');
	if (!err)
		err = url_parse(arena, buf_span(&text), NULL, &url);
	buf_done(&text);
	if (!err)
		*host = url_host(&url);
	return err == ERR_URL ? ERR_INVALID : err;
}

/* *out_login is NULL when there is no user name. */
static enum err read_login(struct span userinfo, const struct login **out_login)
{
	struct span user = span_cut(&userinfo, ':');

	if (user.len)
		return login_from_userinfo(user, userinfo, out_login);
	*out_login = NULL;
	return ERR_NONE;
}

/* The login is taken over. */
static enum err make(const struct pieces *pieces, const struct login *login,
		     struct proxy **out_proxy)
{
	const char *front = fronts[pieces->kind];
	struct span host = pieces->host;
	size_t room = strlen(front) + host.len + PORT_TEXT_BYTES;
	struct proxy *proxy = mem_alloc(sizeof(*proxy) + room);
	char *text;
	int len;

	if (!proxy)
		return ERR_NO_MEMORY;
	text = (char *)(proxy + 1);
	len = snprintf(text, room, "%s%.*s:%u", front, (int)host.len, host.at,
		       (unsigned)pieces->port);
	*proxy = (struct proxy){
		.kind = pieces->kind,
		.host = span_of(text + strlen(front), host.len),
		.port = pieces->port,
		.login = login,
		.text = span_of(text, (size_t)len),
	};
	*out_proxy = proxy;
	return ERR_NONE;
}

enum err proxy_new(struct span url, struct proxy **out_proxy)
{
	const struct login *login = NULL;
	struct pieces pieces = {0};
	struct arena arena;
	enum err err;

	url = trim(url);
	if (url.len == 0 || has_control(url) || cut(url, &pieces))
		return ERR_INVALID;
	arena_init(&arena);
	err = read_host(&arena, &pieces.host);
	if (!err)
		err = read_login(pieces.userinfo, &login);
	if (!err)
		err = make(&pieces, login, out_proxy);
	if (err)
		login_unref(login);
	arena_done(&arena);
	return err;
}

void proxy_free(struct proxy *proxy)
{
	if (!proxy)
		return;
	login_unref(proxy->login);
	mem_free(proxy);
}

bool proxy_is_http(const struct proxy *proxy)
{
	return proxy->kind == PROXY_HTTP || proxy->kind == PROXY_HTTPS;
}
