/* SPDX-License-Identifier: MIT */
/*
 * The Digest scheme (RFC 7616, RFC 2617 where qop is missing): what a server has
 * challenged with, and the answers to it. One thread at a time.
 */
#ifndef IXHR2_WEB_DIGEST_H
#define IXHR2_WEB_DIGEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"
#include "web/login.h"

/* Room for a client nonce as text; ours has half as many bytes. */
#define DIGEST_CNONCE_MAX_BYTES 64

/* Algorithms, the stronger the higher. */
enum digest_algorithm {
	DIGEST_UNKNOWN, /* none that is known */
	DIGEST_MD5,
	DIGEST_SHA256,
	DIGEST_SHA512_256
};

/* All zero bytes are one that nothing was taken into. */
struct digest {
	struct buf texts;	 /* owned: what the challenge said, one after the other */
	struct span realm;	 /* in texts, unescaped; so are the next three */
	struct span nonce;	 /* the server's, or the last nextnonce */
	struct span first_nonce; /* the challenge's: -sess makes its key with it */
	struct span opaque;	 /* given back as it came */
	bool has_opaque;	 /* there was one, maybe empty */
	enum digest_algorithm algorithm; /* for all hashes */
	bool is_named;			 /* the server has named the algorithm */
	bool is_session;    /* -sess: the key is made of nonce and cnonce as well */
	bool has_auth;	    /* it takes qop=auth */
	bool has_auth_int;  /* it takes qop=auth-int; neither: RFC 2069 */
	bool has_userhash;  /* the user name is to be hashed */
	bool knows_charset; /* the server has said charset=UTF-8 */
	bool is_stale;	    /* the last answer was right but for its nonce */
	uint32_t count;	    /* answers with this nonce */
	char cnonce[DIGEST_CNONCE_MAX_BYTES]; /* ours, made with the first answer to a
						 challenge; a test sets it before */
	uint8_t cnonce_bytes;		      /* how many; 0: it is not made */
};

/* What an answer is for. */
struct digest_message {
	struct span method; /* as sent */
	struct span uri;    /* as in the request line */
	struct span body;   /* all of it; for auth-int */
	bool is_body_known; /* body is all of it; otherwise auth-int cannot be said */
};

/* How strong the algorithm of a challenge is; DIGEST_UNKNOWN also for a challenge that
 * cannot be answered at all: malformed, without realm or nonce, twice the same parameter,
 * with qops that are all unknown. */
enum digest_algorithm digest_algorithm_of(struct span parameters);

/* Takes the parameters of a challenge (see http/challenge.h), instead of those before. If
 * the nonce is the same, counting goes on. ERR_MISSING: it cannot be answered;
 * ERR_NO_MEMORY; on either nothing is changed. */
MUST_USE enum err digest_take(struct digest *digest, struct span parameters);

/* Takes the value of Authentication-Info: a nextnonce replaces the nonce (RFC 7616 3.5).
 * What is malformed is left out. ERR_NO_MEMORY: nothing is changed. */
MUST_USE enum err digest_take_info(struct digest *digest, struct span value);

/*
 * Appends "Digest username=..., ..." as the answer to the challenge taken last; each call
 * counts one more. qop=auth is preferred. A user name outside of ASCII is said by
 * userhash or else by username*, UTF-8 (RFC 7616 3.4, RFC 8187). ERR_MISSING: the server
 * takes auth-int alone and the body is not known, or the algorithm is not there (MD5 on a
 * machine that forbids it); ERR_NO_MEMORY; ERR_SYSTEM (no random bytes). On failure out
 * is unchanged.
 */
MUST_USE enum err digest_put(struct digest *digest, const struct login *login,
			     const struct digest_message *message, struct buf *out);

/* Frees; it is as one that nothing was taken into. */
void digest_done(struct digest *digest);

#endif
