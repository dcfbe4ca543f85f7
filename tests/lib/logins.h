/* SPDX-License-Identifier: MIT */
/* Open with user names and passwords, for lib/client.h. */
#ifndef IXHR2_TESTS_LIB_LOGINS_H
#define IXHR2_TESTS_LIB_LOGINS_H

#include "lib/client.h"

/* UTF-8; what is NULL is given as NULL. */
struct logins {
	const char *user;	    /* for the origin, as is password */
	const char *password;	    /* of user */
	const char *proxy_user;	    /* for the proxy, as is proxy_password */
	const char *proxy_password; /* of proxy_user */
};

/* What Open answers. */
HRESULT logins_try_open(struct client *client, const char *method, const char *url,
			const struct logins *logins);

/* Asserts S_OK. */
void logins_open(struct client *client, const char *method, const char *url,
		 const struct logins *logins);

/* client_new, logins_open, client_send. */
struct client *logins_start(const char *method, const char *url,
			    const struct logins *logins);

#endif
