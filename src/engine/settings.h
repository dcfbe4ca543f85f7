/* SPDX-License-Identifier: MIT */
/*
 * The configuration of the process: what the program sets, else what the environment
 * says, else the defaults. Once frozen it does not change.
 */
#ifndef IXHR2_ENGINE_SETTINGS_H
#define IXHR2_ENGINE_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "engine/connection.h"
#include "engine/session.h"
#include "http/headers.h"
#include "http/url.h"
#include "web/proxy.h"

/* Until a connection is there, when nothing else is said (contract section 7). */
#define SETTINGS_CONNECT_TIMEOUT_MS 60000u

/* Silence of an HTTP/2 peer before it is asked whether it lives, when nothing else is
 * said.
 */
#define SETTINGS_PING_MS 30000u

/* Bytes of "Accept-Language: xx-YY", its value alone. */
#define SETTINGS_LANGUAGE_BYTES 16

/* Fields that a request gets by default. */
#define SETTINGS_DEFAULT_COUNT 4

/* Connect elsewhere: what a rule matches and where it leads. Empty spans and port 0
 * match everything, or leave it as it is. */
struct settings_route {
	struct span host;    /* as in a URL */
	struct span to_host; /* as in a URL */
	uint16_t port;	     /* of the URL */
	uint16_t to_port;    /* to connect to */
};

/* Whence a proxy is known, the first that applies counts. */
enum settings_proxy_source {
	SETTINGS_PROXY_OPTION, /* SESSION_PROXY, for all URLs */
	SETTINGS_PROXY_HTTP,   /* http_proxy, for http: */
	SETTINGS_PROXY_HTTPS,  /* https_proxy, HTTPS_PROXY, for https: */
	SETTINGS_PROXY_ALL,    /* all_proxy, ALL_PROXY, for all */
	SETTINGS_PROXY_COUNT
};

/* Options that there are. */
#define SETTINGS_OPTION_COUNT (SESSION_LOOPS + 1)

struct settings {
	char *text[SETTINGS_OPTION_COUNT]; /* what was given by option, owned, or NULL */
	struct settings_route *routes;	   /* route_count of them, borrowing from text */
	unsigned route_count;		   /* rules of SESSION_CONNECT_TO */
	uint32_t max_connections;	   /* to one origin; 0: no limit */
	uint32_t timeout_ms;		   /* of each wait; 0: none */
	uint32_t connect_timeout_ms;	   /* until connected; never 0 */
	enum connection_protocol protocol; /* where a request has no reason for another */
	uint32_t ping_ms;		   /* HTTP/2: silence before a PING; 0: none */
	uint32_t loops;			   /* 1 to SPREAD_MAX_LANES */
	struct span user_agent;		   /* value of the default User-Agent */
	struct span accept_language;	   /* value of the default Accept-Language */
	struct proxy *proxy[SETTINGS_PROXY_COUNT]; /* owned; NULL: there is none */
	bool has_ways; /* set behind the environment: a proxy or a host for the ticket is
			  named, so that requests need not go straight to their origin */
	bool is_bad_proxy[SETTINGS_PROXY_COUNT]; /* the environment's is malformed */
	char *no_proxy; /* the environment's list, owned, or NULL */
	char language[SETTINGS_LANGUAGE_BYTES]; /* what accept_language points to */

	/* The fields that a request gets by default, set behind the environment. */
	struct headers_field defaults[2 * SETTINGS_DEFAULT_COUNT]; /* laid out */
	uint32_t default_count; /* of defaults: those that are there */
	char *default_text;	/* where they lie; owned */
	char *default_names;	/* the same for their names over HTTP/2 */
};

/* Defaults; allocates nothing. */
void settings_init(struct settings *settings);

/* Frees what was given; settings_init makes it usable again. */
void settings_done(struct settings *settings);

/* Sets one option (see session_configure). ERR_INVALID, ERR_NO_MEMORY, ERR_SYSTEM (no
 * SHA-256 for a proxy's login): unchanged. */
MUST_USE enum err settings_set(struct settings *settings, enum session_option option,
			       const char *value);

/* Takes from the environment what was not set; what is malformed there is left out, but
 * for proxies (see settings_proxy). An empty variable is as one that is not there, but
 * for IXHR2_USER_AGENT. ERR_NO_MEMORY, ERR_SYSTEM. */
MUST_USE enum err settings_read_environment(struct settings *settings);

/* The data folder: what was set, else $XDG_DATA_HOME/ixhr2, else
 * $HOME/.local/share/ixhr2. The caller's, to be freed with mem_free. ERR_FILE_MISSING:
 * there is no home; ERR_NO_MEMORY. */
MUST_USE enum err settings_data_dir(const struct settings *settings, char **out_path);

/*
 * The proxy through which url is reached: that of SESSION_PROXY ("": none), else the
 * environment's, else none; none for hosts on the list of SESSION_NO_PROXY, or else of
 * no_proxy or NO_PROXY. 0: *out_proxy, or NULL in it, lives as long as settings;
 * ERR_INVALID: the environment's URL is malformed, and the request must not go another
 * way.
 */
MUST_USE enum err settings_proxy(const struct settings *settings, const struct url *url,
				 const struct proxy **out_proxy);

/* Whether the user's Kerberos ticket may be shown to host: it is on the list of
 * SESSION_NEGOTIATE_HOSTS. */
bool settings_may_negotiate(const struct settings *settings, struct span host,
			    uint16_t port);

/* Applies the first rule that matches to *host and *port. */
void settings_route(const struct settings *settings, struct span *host, uint16_t *port);

#endif
