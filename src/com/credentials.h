/* SPDX-License-Identifier: MIT */
/*
 * The user names and passwords of one Open, for the server and for a proxy, until Send
 * has passed them on. One thread at a time; a copy of the struct takes the place of the
 * original.
 */
#ifndef IXHR2_COM_CREDENTIALS_H
#define IXHR2_COM_CREDENTIALS_H

#include "base/err.h"
#include "base/wide.h"
#include "com/secret.h"
#include "engine/request.h"
#include "ixhr2/windef.h"

/* In the order of Open's arguments. */
enum credentials_part {
	CREDENTIALS_USER,
	CREDENTIALS_PASSWORD,
	CREDENTIALS_PROXY_USER,
	CREDENTIALS_PROXY_PASSWORD,
	CREDENTIALS_COUNT
};

/* All zero bytes are none. */
struct credentials {
	struct secret *part; /* CREDENTIALS_COUNT of them, owned; a password without a
				user is empty. NULL: there are none. */
};

/* Makes them from the arguments of Open. A user that is NULL or "" is none, whatever the
 * password is (contract C14). ERR_INVALID: one of texts is what wide_to_utf8 refuses;
 * ERR_NO_MEMORY. */
MUST_USE enum err credentials_init(struct credentials *credentials,
				   const WCHAR *const texts[CREDENTIALS_COUNT],
				   enum wide_unit unit);

/* Wipes and frees; they are none then. */
void credentials_done(struct credentials *credentials);

/* What the engine is given. Valid until they are changed. */
struct request_login credentials_login(const struct credentials *credentials);
struct request_login credentials_proxy_login(const struct credentials *credentials);

#endif
