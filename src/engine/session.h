/* SPDX-License-Identifier: MIT */
/*
 * What all requests of a process share: the configuration, and the lanes on which they
 * run (one, unless more loops are configured). Made at first use; a child after fork()
 * makes its own. It lives until the process ends.
 */
#ifndef IXHR2_ENGINE_SESSION_H
#define IXHR2_ENGINE_SESSION_H

#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

struct lane;
struct settings;
struct spread;
struct url;

struct session {
	const struct settings *settings; /* frozen; owned by engine/settings */
	struct lane *lanes;		 /* lane_count of them; owned */
	unsigned lane_count;		 /* as many as loops are configured */
	struct spread *spread; /* tells requests where to run; owned; NULL: one lane */
};

/* The process's session; the same until a fork. ERR_NO_MEMORY, ERR_NO_DESCRIPTOR,
 * ERR_SYSTEM (the next call tries again). Any thread. */
MUST_USE enum err session_get(struct session **out_session);

/* The same as session_enter, where there is a choice. */
struct lane *session_choose(struct session *session, const struct url *url,
			    uint32_t max_connections);

/* The lane on which a request to url's origin is to run, until session_leave, as
 * spread_enter has it. max_connections: its own limit to them; 0: the configuration's.
 * Any thread. */
static inline struct lane *session_enter(struct session *session, const struct url *url,
					 uint32_t max_connections)
{
	return session->spread ? session_choose(session, url, max_connections)
			       : session->lanes;
}

/* A request has ended, or goes on on another lane. Any thread. */
void session_leave(struct lane *lane);

/* What can be configured before first use; each also by an environment variable. */
enum session_option {
	SESSION_DATA_DIR,	    /* a folder; IXHR2_DATA_DIR */
	SESSION_CONNECT_TO,	    /* HOST:PORT:ADDR:PORT,...; IXHR2_CONNECT_TO */
	SESSION_MAX_CONNECTIONS,    /* to one origin, 0 none; IXHR2_MAX_CONNECTIONS */
	SESSION_TIMEOUT_MS,	    /* of each wait, 0 none; IXHR2_TIMEOUT_MS */
	SESSION_CONNECT_TIMEOUT_MS, /* until connected; IXHR2_CONNECT_TIMEOUT_MS */
	SESSION_USER_AGENT,	    /* the field's value; IXHR2_USER_AGENT */
	SESSION_CA_FILE,	    /* the only roots, PEM; IXHR2_CA_FILE */
	SESSION_PROXY,		    /* a URL (web/proxy.h), "" none; IXHR2_PROXY */
	SESSION_NO_PROXY,	    /* a list (web/host_list.h); IXHR2_NO_PROXY */
	SESSION_NEGOTIATE_HOSTS,    /* the same: who may get the user's Kerberos ticket;
				       IXHR2_NEGOTIATE_HOSTS */
	SESSION_PROTOCOL,	    /* "any", "http1.1", "http2"; IXHR2_PROTOCOL */
	SESSION_PING_MS,	    /* HTTP/2: silence before a PING, 0 none;
				       IXHR2_PING_MS */
	SESSION_LOOPS		    /* loops, and so lanes; IXHR2_LOOPS */
};

/* Sets one option; NULL is its default again. ERR_INVALID for a malformed value,
 * ERR_WRONG_STATE after first use, ERR_NO_MEMORY. Any thread. */
MUST_USE enum err session_configure(enum session_option option, const char *value);

/* The data folder (see settings_data_dir), whether the configuration is frozen or not.
 * The caller's, to be freed with mem_free. ERR_FILE_MISSING: none is set and there is no
 * home; ERR_NO_MEMORY. Any thread. */
MUST_USE enum err session_data_dir(char **out_path);

/* For tests: waits for every call to return and forgets the session and the
 * configuration. Nobody may use a request any more. */
void session_reset(void);

#endif
