/* SPDX-License-Identifier: MIT */
/*
 * The configuration of the process: what the program sets, else what the environment
 * says, else the defaults. Once frozen it does not change.
 */
#ifndef IXHR2_ENGINE_SETTINGS_H
#define IXHR2_ENGINE_SETTINGS_H

#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "engine/session.h"

/* Until a connection is there, when nothing else is said (contract section 7). */
#define SETTINGS_CONNECT_TIMEOUT_MS 60000u

/* Bytes of "Accept-Language: xx-YY", its value alone. */
#define SETTINGS_LANGUAGE_BYTES 16

/* Connect elsewhere: what a rule matches and where it leads. Empty spans and port 0
 * match everything, or leave it as it is. */
struct settings_route {
	struct span host;    /* as in a URL */
	struct span to_host; /* as in a URL */
	uint16_t port;	     /* of the URL */
	uint16_t to_port;    /* to connect to */
};

struct settings {
	char *text[SESSION_CA_FILE + 1]; /* what was given by option, owned, or NULL */
	struct settings_route *routes;	 /* route_count of them, borrowing from text */
	unsigned route_count;		 /* rules of SESSION_CONNECT_TO */
	uint32_t max_connections;	 /* to one origin; 0: no limit */
	uint32_t timeout_ms;		 /* of each wait; 0: none */
	uint32_t connect_timeout_ms;	 /* until connected; never 0 */
	struct span user_agent;		 /* value of the default User-Agent */
	struct span accept_language;	 /* value of the default Accept-Language */
	char language[SETTINGS_LANGUAGE_BYTES]; /* what accept_language points to */
};

/* Defaults; allocates nothing. */
void settings_init(struct settings *settings);

/* Frees what was given; settings_init makes it usable again. */
void settings_done(struct settings *settings);

/* Sets one option (see session_configure). ERR_INVALID, ERR_NO_MEMORY: unchanged. */
MUST_USE enum err settings_set(struct settings *settings, enum session_option option,
			       const char *value);

/* Takes from the environment what was not set; what is malformed there is left out.
 * ERR_NO_MEMORY. */
MUST_USE enum err settings_read_environment(struct settings *settings);

/* The data folder: what was set, else $XDG_DATA_HOME/ixhr2, else
 * $HOME/.local/share/ixhr2. The caller's, to be freed with mem_free. ERR_FILE_MISSING:
 * there is no home; ERR_NO_MEMORY. */
MUST_USE enum err settings_data_dir(const struct settings *settings, char **out_path);

/* Applies the first rule that matches to *host and *port. */
void settings_route(const struct settings *settings, struct span *host, uint16_t *port);

#endif
