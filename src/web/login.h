/* SPDX-License-Identifier: MIT */
/*
 * A user name and its password, for one origin or one proxy. Never changed once made;
 * shared; the bytes are wiped when the last reference goes. Any thread.
 */
#ifndef IXHR2_WEB_LOGIN_H
#define IXHR2_WEB_LOGIN_H

#include "base/err.h"
#include "base/span.h"

/* Bytes of login.sha256. */
#define LOGIN_SHA256_BYTES 32

struct login {
	struct span user;     /* UTF-8, not empty; a NUL behind it (not counted) */
	struct span password; /* UTF-8, may be empty; a NUL behind it */
	unsigned char sha256[LOGIN_SHA256_BYTES]; /* of both: equal for equal logins, so
						     that connections can be kept apart
						     without the password */
};

/* Copies both; neither holds a NUL. One reference. ERR_INVALID: user is empty, or there
 * is a NUL; ERR_NO_MEMORY; ERR_SYSTEM (no SHA-256). */
MUST_USE enum err login_new(struct span user, struct span password,
			    const struct login **out_login);

/* The same from the userinfo of a URL: percent-encoded (contract section 4). */
MUST_USE enum err login_from_userinfo(struct span username, struct span password,
				      const struct login **out_login);

/* One more reference; answers the same. NULL is fine. */
const struct login *login_ref(const struct login *login);

/* One less; the last one wipes and frees. NULL is fine. */
void login_unref(const struct login *login);

#endif
