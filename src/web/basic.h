/* SPDX-License-Identifier: MIT */
/* The Basic scheme (RFC 7617). Any thread. */
#ifndef IXHR2_WEB_BASIC_H
#define IXHR2_WEB_BASIC_H

#include "base/buf.h"
#include "base/err.h"
#include "web/login.h"

/* Whether a login can be said by Basic: its user name has no colon. */
bool basic_may_say(const struct login *login);

/* Appends "Basic dXNlcjpwYXNzd29yZA==" (UTF-8, which servers that name no charset take as
 * well as any). ERR_NO_MEMORY; out holds a secret from now on. */
MUST_USE enum err basic_put(struct buf *out, const struct login *login);

#endif
