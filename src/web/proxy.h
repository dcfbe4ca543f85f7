/* SPDX-License-Identifier: MIT */
/*
 * What a proxy's URL says: scheme://user:password@host:port. Without a scheme it is
 * http://. Ports by default: 443 for https, 1080 for all others, as curl has it. Never
 * changed once made. Any thread.
 */
#ifndef IXHR2_WEB_PROXY_H
#define IXHR2_WEB_PROXY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "web/login.h"

enum proxy_kind {
	PROXY_HTTP,    /* http:// */
	PROXY_HTTPS,   /* https://: TLS to the proxy */
	PROXY_SOCKS4A, /* socks4a:// (and socks4://): the proxy resolves names */
	PROXY_SOCKS5,  /* socks5://: names are resolved here */
	PROXY_SOCKS5H  /* socks5h://: the proxy resolves names */
};

struct proxy {
	enum proxy_kind kind;	   /* how it is spoken to */
	struct span host;	   /* as in a parsed URL */
	uint16_t port;		   /* to connect to */
	const struct login *login; /* of its URL; a reference, or NULL */
	struct span text; /* "http://host:port", without the login; a NUL behind */
};

/* Reads a URL; white space around it, a path, query and fragment are left out.
 * ERR_INVALID: no host, another scheme, a bad port; ERR_NO_MEMORY; ERR_SYSTEM (as
 * login_new). */
MUST_USE enum err proxy_new(struct span url, struct proxy **out_proxy);

/* NULL is fine. */
void proxy_free(struct proxy *proxy);

/* Whether it is asked in HTTP: for http: URLs in absolute form, for https: by CONNECT. */
bool proxy_is_http(const struct proxy *proxy);

#endif
