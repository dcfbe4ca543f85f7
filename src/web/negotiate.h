/* SPDX-License-Identifier: MIT */
/*
 * The schemes Negotiate (RFC 4559: SPNEGO, with Kerberos inside where that is possible)
 * and NTLM, by GSSAPI; the one door to it. The library (MIT krb5) is loaded when it is
 * first needed; without it, or without the mechanism (gss-ntlmssp for NTLM), the scheme
 * is not there. One thread at a time for each exchange of tokens.
 *
 * Every function but negotiate_free may block for long: names are resolved, a KDC is
 * asked.
 */
#ifndef IXHR2_WEB_NEGOTIATE_H
#define IXHR2_WEB_NEGOTIATE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"
#include "web/login.h"

/* Longest token that is taken or given, in bytes. */
#define NEGOTIATE_TOKEN_MAX_BYTES (64u * 1024)

enum negotiate_scheme { NEGOTIATE_SPNEGO, NEGOTIATE_NTLM };

struct negotiate; /* one exchange of tokens with one server */

/*
 * Begins one with the service HTTP at host (a name or an address, as in a URL). login:
 * whose credentials, "DOMAIN\user" and "user@REALM" included; lent for the call. NULL:
 * the user's own Kerberos ticket, never NTLM. ERR_MISSING: the scheme, the mechanism or
 * the ticket is not there, or the password is empty or known to be wrong; ERR_NO_MEMORY.
 * Why is told to the trace.
 */
MUST_USE enum err negotiate_new(enum negotiate_scheme scheme, struct span host,
				const struct login *login,
				struct negotiate **out_negotiate);

/*
 * Takes the server's token (decoded; empty at first) and appends ours to out_token.
 * ERR_MISSING: the exchange has failed, or there is nothing more to say; ERR_NO_MEMORY.
 */
MUST_USE enum err negotiate_answer(struct negotiate *negotiate, struct span token,
				   struct buf *out_token);

/* Whether ours was the first of several tokens for certain: the server cannot be content
 * with it (NTLM's first message, also inside SPNEGO). */
bool negotiate_is_opening(const struct negotiate *negotiate);

/* Ends it, wherever it is. NULL is fine. */
void negotiate_free(struct negotiate *negotiate);

#endif
