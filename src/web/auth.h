/* SPDX-License-Identifier: MIT */
/*
 * Answering the challenges of one side, the origin (401) or a proxy (407), for one
 * request or one tunnel: which schemes are offered, which of them is next, what the
 * answer is (contract X8). Before a challenge nothing is answered. No I/O but what
 * web/negotiate.h does. One thread at a time.
 */
#ifndef IXHR2_WEB_AUTH_H
#define IXHR2_WEB_AUTH_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"
#include "http/headers.h"
#include "web/digest.h"
#include "web/login.h"

/* Answers to the challenges of one side in one request (contract section 11). */
#define AUTH_MAX_ROUNDS 8

/* The schemes, in the order in which they are tried. */
enum auth_scheme {
	AUTH_NEGOTIATE,
	AUTH_NTLM,
	AUTH_DIGEST,
	AUTH_BASIC,
	AUTH_SCHEME_COUNT,
	AUTH_NO_SCHEME = AUTH_SCHEME_COUNT
};

/* A scheme's name, and what may be told of an answer by it. */
struct span auth_scheme_name(enum auth_scheme scheme);
struct span auth_scheme_shown(enum auth_scheme scheme);

struct negotiate;

/* With what is answered. Everything is borrowed. */
struct auth_means {
	const struct login *login; /* or NULL */
	bool may_use_ticket;	   /* without a login: the user's Kerberos ticket */
	bool is_shared; /* what leads to the server may serve others too, so that a scheme
			   which authenticates a connection (Negotiate, NTLM) is not used
			 */
	struct span host; /* of the server or the proxy, as in a URL */
};

/* All zero bytes are one that was not challenged. */
struct auth {
	enum auth_scheme scheme; /* of the last answer, while rounds is above 0 */
	unsigned offered;	 /* bits 1 << enum auth_scheme: the last challenge's */
	unsigned failed;	 /* bits: those whose answer was refused, or could not
				    be made */
	unsigned rounds;	 /* answers to challenges so far */
	bool is_challenged;	 /* the last challenge has not been answered yet */
	bool is_pending;	 /* an answer was made and the server has not shown yet
				    that it is content */
	bool is_repeated;	 /* that answer was not asked for by a challenge */
	struct digest digest;	 /* the strongest Digest offered */
	struct buf token;	 /* the server's, decoded, of the scheme under way */
	struct negotiate *negotiate; /* under way, or NULL */
	struct buf realm;	     /* of the last challenge, for a person; or empty */
};

/* Frees, wipes; it is as one that was not challenged. */
void auth_done(struct auth *auth);

/*
 * Takes the challenges of a 401 or 407: all fields of headers with this name
 * (WWW-Authenticate, Proxy-Authenticate). A scheme whose answer was refused by this is
 * not tried again, unless it is Digest and the server says that only its nonce was stale,
 * or the answer was a repeated one (see auth_may_repeat). 0: there is something that
 * auth_put can try; ERR_MISSING: there is not, or AUTH_MAX_ROUNDS are over;
 * ERR_NO_MEMORY.
 */
MUST_USE enum err auth_take(struct auth *auth, const struct headers *headers,
			    struct span field, const struct auth_means *means);

/* Whether auth_put may block for long, so that it must run where the program's code
 * may. */
bool auth_may_block(const struct auth *auth);

/*
 * Appends the value of Authorization or Proxy-Authorization: the answer of the first of
 * the offered schemes that can make one. Without a new challenge: the last answer's
 * scheme again, if that is Digest or Basic. ERR_MISSING: none can; ERR_NO_MEMORY;
 * ERR_SYSTEM (no random bytes); out is unchanged then. out holds a secret from now on.
 */
MUST_USE enum err auth_put(struct auth *auth, const struct auth_means *means,
			   const struct digest_message *message, struct buf *out);

/* Whether the answer that was made last holds for the one connection that it is sent on
 * (Negotiate, NTLM), and not for a message (Digest, Basic). */
bool auth_is_bound(const struct auth *auth);

/* Whether another answer must follow that answer for certain: a body need not be sent
 * with it. */
bool auth_is_opening(const struct auth *auth);

/* Whether an answer can be made for a further message to the same side without a new
 * challenge: Digest or Basic has answered the last one. */
bool auth_may_repeat(const struct auth *auth);

/* The side is content: headers are those of a response that is no challenge. Takes
 * Authentication-Info (info_field names it, or Proxy-Authentication-Info). */
MUST_USE enum err auth_accept(struct auth *auth, const struct headers *headers,
			      struct span info_field);

/* Whether another login may help: one of the schemes of the last challenge takes one, and
 * a round is left. */
bool auth_wants_login(const struct auth *auth);

/* There are other means from now on: what has failed may be tried again, and the last
 * challenge be answered, without auth_take. Rounds go on. */
void auth_renew(struct auth *auth);

#endif
